/*
 * toy_tcp.h - a small IP and TCP stack in virtual time, with sockets: what MPTCP is put below.
 *
 * It knows nothing of MPTCP. It is correct, and bad on purpose, as hosts are: it joins what was
 * written into full segments, cuts anew when it retransmits, fills its options with SACK blocks,
 * and leaves checksums to the device. It does no I/O: packets come by toy_in, and lie in a queue
 * until toy_out takes them; what happens to sockets is asked for by toy_event.
 *
 *   CLOSED -> toy_connect -> SYN_SENT -> ESTABLISHED
 *   LISTEN: a SYN makes a socket in SYN_RCVD -> ESTABLISHED, and it waits for toy_accept
 *   ESTABLISHED -> FIN_WAIT_1, FIN_WAIT_2, CLOSING, TIME_WAIT; or CLOSE_WAIT, LAST_ACK
 *   (RFC 9293 s3.3.2)
 *
 * NewReno without the sender's side of SACK; RFC 5961's checks; RFC 7323's timestamps and windows;
 * path MTU by ICMP. IPv4 and IPv6 without extension headers or fragments.
 */
#ifndef TEST_BELOW_TOY_TCP_H
#define TEST_BELOW_TOY_TCP_H

#include "seg.h"

#define TOY_NO_SCALE 255u
#define TOY_INTERFACES 4u

/* The cookie of TCP Fast Open that this server gives, and takes, for any address. */
#define TOY_COOKIE "\x10\x32\x54\x76\x98\xba\xdc\xfe"

struct toy;
typedef uint32_t toy_sock; /* a number that no later socket gets; 0: none */

struct toy_config {
    uint32_t sndbuf; /* octets of each socket's buffers */
    uint32_t rcvbuf;
    uint8_t scale; /* window scale that is offered; TOY_NO_SCALE: none */
    uint8_t timestamps;
    uint8_t strict_timestamps; /* where they were negotiated, segments without one are dropped */
    uint8_t sack_blocks;       /* most blocks on an ACK; 0: SACK is not offered */
    uint8_t sack_on_data;      /* data segments carry them, too */
    uint8_t nagle;             /* small writes wait, and leave in one segment */
    uint8_t recut;             /* what is retransmitted is cut at random sizes */
    uint8_t offload;           /* checksums of what leaves are garbage */
    uint8_t fast_open;         /* data on a SYN with TOY_COOKIE are taken */
    uint8_t retries;           /* retransmissions until it gives up */
    uint8_t backlog;           /* most sockets of a listener that nobody has accepted */
    uint8_t zero;
    uint32_t delayed_ack_us;
    uint32_t rto_us; /* the smallest */
    uint32_t time_wait_us;
    uint16_t first_port; /* of those that toy_connect takes */
    uint16_t ports;      /* how many of these there are */
};

/* Buffers of 64 KiB, window scale 3, timestamps, three SACK blocks, ACKs delayed by 40 ms. */
void toy_config_init(struct toy_config *cfg);

struct toy *toy_new(const struct toy_config *cfg, uint64_t seed);
void toy_free(struct toy *t);

/* Gives interface nif an address and its MTU; the packets from that address leave there. */
void toy_address(struct toy *t, unsigned nif, const struct mptcp_addr *addr, uint16_t mtu);

/* -------------------------------------------------------------- sockets */

/* Begin; port 0 of *local is replaced by one that is free. 0: there is no such address, or port. */
toy_sock toy_connect(struct toy *t, struct mptcp_addr *local, const struct mptcp_addr *remote,
                     mptcp_time now);
toy_sock toy_listen(struct toy *t, const struct mptcp_addr *local);
/* The next socket that came to a listener, and its addresses; 0: none. */
toy_sock toy_accept(struct toy *t, toy_sock listener, struct mptcp_addr *local,
                    struct mptcp_addr *remote);

#define TOY_AGAIN (-1)
#define TOY_RESET (-2)
#define TOY_FAILED (-3)

/* Octets that were taken; or TOY_FAILED, TOY_RESET. */
int32_t toy_write(struct toy *t, toy_sock s, const void *octets, uint32_t len, mptcp_time now);
/* Octets that were read; 0: the peer's FIN; TOY_AGAIN, TOY_FAILED, TOY_RESET. */
int32_t toy_read(struct toy *t, toy_sock s, void *octets, uint32_t len, mptcp_time now);

/* FIN after what was written: reading goes on. */
void toy_shutdown(struct toy *t, toy_sock s, mptcp_time now);
/* The number is not named again: a FIN, if none was sent; data that come are answered by a RST. */
void toy_forget(struct toy *t, toy_sock s, mptcp_time now);
/* A RST, and the socket is gone. */
void toy_reset(struct toy *t, toy_sock s, mptcp_time now);

#define TOY_EV_CONNECTED 1u
#define TOY_EV_READABLE 2u
#define TOY_EV_WRITABLE 4u
#define TOY_EV_FAILED 8u  /* the socket is gone; *why: TOY_RESET, TOY_FAILED */
#define TOY_EV_ACCEPT 16u /* of a listener: toy_accept has one */

/* The next socket to which something happened: its TOY_EV_ bits, which are cleared; 0: none. */
unsigned toy_event(struct toy *t, toy_sock *s, int *why);

/* ----------------------------------------------------------------- host */

void toy_in(struct toy *t, unsigned nif, const uint8_t *packet, size_t len, mptcp_time now);
/* The next packet that leaves: its length; 0: none. `out` holds SEG_MOST octets. */
size_t toy_out(struct toy *t, unsigned *nif, uint8_t *out);
mptcp_time toy_deadline(const struct toy *t);
void toy_timeout(struct toy *t, mptcp_time now);

struct toy_report {
    uint32_t sockets; /* that exist, listeners and TIME_WAIT included */
    uint32_t time_wait;
    uint32_t bad_sums;     /* packets dropped for their checksum */
    uint32_t retransmits;  /* segments */
    uint32_t fast;         /* retransmissions after three duplicate ACKs */
    uint32_t resets_sent;  /* RSTs */
    uint32_t unknown;      /* segments for no socket */
    uint32_t no_timestamp; /* dropped by strict_timestamps */
    uint32_t too_big;      /* ICMP messages that lowered a segment size */
    uint32_t probes;       /* of closed windows */
};
void toy_look(const struct toy *t, struct toy_report *r);

/* What a socket knows. */
struct toy_path {
    uint32_t room; /* octets that toy_write would take */
    uint32_t segment_size;
    uint32_t in_flight;
    uint32_t readable; /* octets */
    uint32_t state;    /* enum toy_state */
};
enum toy_state {
    TOY_CLOSED,
    TOY_LISTEN,
    TOY_SYN_SENT,
    TOY_SYN_RCVD,
    TOY_ESTABLISHED,
    TOY_FIN_WAIT_1,
    TOY_FIN_WAIT_2,
    TOY_CLOSING,
    TOY_TIME_WAIT,
    TOY_CLOSE_WAIT,
    TOY_LAST_ACK
};
/* False: there is no such socket. */
bool toy_path_of(const struct toy *t, toy_sock s, struct toy_path *out);

#endif
