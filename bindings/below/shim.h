/*
 * shim.h - MPTCP below a TCP that cannot be changed: packets in, packets out.
 *
 * The shim stands between a TCP/IP stack and its interfaces and sees every packet both ways. To the
 * segments that the stack sends it adds the options of MPTCP; from those that come it takes them,
 * before the stack's TCP sees the segment. It allocates nothing, does no I/O and reads no clock.
 *
 *   the stack's TCP                          the stack's TCP
 *        | shim_out                                ^ SHIM_PASS
 *        v                                         |
 *      shim ---- mptcp_tx_options, _sent         shim ---- mptcp_on_segment
 *        | shim_host.transmit                      ^ shim_in
 *        v                                         |
 *      network                                  network
 *
 * A flow is a TCP connection that the shim takes part in: an address and port at either end. Other
 * packets pass as they are, octet for octet: other protocols, fragments, TCP connections that no
 * call named. The states of a flow:
 *
 *   HALF    a client's SYN came to a listening port; there is no connection yet. -> LIVE by the
 *           third ACK, whose MPTCP options tell what the connection is
 *   LIVE    a subflow of a connection: its segments carry MPTCP, or plain TCP after fallback.
 *           -> DEAD by a RST in either direction; -> DONE by a FIN of each side, both acknowledged
 *   DONE    TCP may be in TIME_WAIT: its segments pass without options
 *   DEAD    was reset: only RSTs leave, so that the TCP below cannot acknowledge what was discarded
 *
 * HALF, DONE and DEAD flows make room for new ones, the oldest first. A HALF one of an MPTCP client
 * is there again when its third ACK comes, for 64 s since a HALF flow made room last; that of a
 * client of plain TCP when TCP has accepted it (shim_accepted).
 *
 * TCP Fast Open is left alone: a client whose SYN has data that the TCP below acknowledges in its
 * SYN/ACK gets a connection of plain TCP at once (HALF -> LIVE), whose SSN 1 is the octet after
 * those (shim_report.early).
 *
 * What is above the shim (below.h, or a host of its own) opens connections, gives their octets to
 * the sockets of the TCP and takes them from there, and does the actions of mptcp_poll. The shim
 * calls no socket.
 *
 * Threads: no two calls at a time on one shim and its connections. A TCP that emits packets within
 * a call of its socket (a write) must have them wait until that call has been committed
 * (mptcp_done): in a queue, or for the lock.
 *
 * Frames: a link header of shim_config.link octets (0: a TUN device; 14: Ethernet), which the shim
 * copies and does not read, then the IPv4 or IPv6 packet. Lengths are in octets, times in
 * microseconds.
 */
#ifndef BELOW_SHIM_H
#define BELOW_SHIM_H

#include "mptcp/conn.h"
#include "mptcp/endpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

struct shim;

/* The handle of a flow: its place and, above it, a generation. A handle whose flow has gone is
 * refused. */
typedef uint32_t shim_flow;
#define SHIM_NO_FLOW UINT32_MAX

/* In us: a TCP repeats its SYN/ACK for up to a minute, so a handshake may take as long. */
#define SHIM_SYN_ACK_US 64000000u

/* A connection of a client that has come: see shim_host.open. */
struct shim_opening {
    struct mptcp_addr local;
    struct mptcp_addr remote;
    uint64_t key;     /* for mptcp_secret.key */
    uint8_t version;  /* for mptcp_config.version */
    uint8_t plain;    /* 1: it must have MPTCP_CFG_NO_MPTCP */
    uint8_t unscaled; /* 1: nobody knows the window scales of its SYNs (shim_accepted). Octets may
                         then count as in flight that TCP holds back since the peer's window is
                         closed, so mptcp_config.silence_limit must be 0: the limit is TCP's own */
    uint8_t zero[5];
};

/* What the shim asks of its host. None of these may call the shim. */
struct shim_host {
    void *context; /* the first argument of each */
    /* Sends a frame through an interface. It is only valid during the call. */
    void (*transmit)(void *context, unsigned nif, const uint8_t *frame, uint32_t length);
    /* A client's third ACK has come (or its Fast Open data were taken, or see shim_accepted).
     * Returns a connection that mptcp_conn_init has made with this key, entered into the endpoint
     * (if that says COLLISION: with MPTCP_CFG_NO_MPTCP); NULL: there is no room for one, and the
     * ACK is dropped. */
    struct mptcp_conn *(*open)(void *context, const struct shim_opening *opening);
    /* The connection with this number, which mptcp_endpoint_add was given. Never NULL for one that
     * is in the endpoint. */
    struct mptcp_conn *(*connection)(void *context, uint32_t number);
    /* With checksums: sets *sum to mptcp_sum of these octets of the connection's send buffer and
     * returns true; false if they are not there any more. */
    bool (*sum)(void *context, struct mptcp_conn *c, mptcp_dsn dsn, uint32_t length, uint32_t *sum);
    /* A segment of this connection has come or left, on subflow `sf`, which is this flow: what is
     * due may have changed, and what shim_look says. The first call with a flow comes with its
     * first segment, so the host knows the flows of clients and of their joins before TCP has
     * sockets for them. MPTCP_SF_NONE and SHIM_NO_FLOW: a join could not be taken before what is
     * due on the connection is done. */
    void (*touched)(void *context, struct mptcp_conn *c, mptcp_sf sf, shim_flow flow);
};

struct shim_config {
    uint32_t size;      /* sizeof(struct shim_config), set by shim_config_init */
    uint32_t flows;     /* most flows, in all states; 1 to 65534. Two for each subflow are enough */
    uint16_t listeners; /* most listening addresses */
    uint16_t half;      /* most flows that are HALF; less than `flows`; 0: no clients. Beyond it the
                           oldest makes room. Clients connect nevertheless: the third ACK of one with
                           MPTCP brings back what has to be known; that of one without is enough, once
                           TCP has given its socket to the listener */
    uint16_t mtu;       /* largest packet (without link header) that the interfaces send; 576 to
                           65535, or shim_set_mtu */
    uint8_t link;       /* octets of the link header, 0 to 18 */
    uint8_t trusted;    /* 1: the checksums of frames for shim_in were verified before */
    uint32_t flags;     /* MPTCP_CFG_CHECKSUM, MPTCP_CFG_DENY_JOIN: for connections of clients */
    uint32_t versions;  /* SHIM_VERSION_ bits: what clients' connections are answered as MPTCP; the
                           others are plain TCP */
};

#define SHIM_VERSION_0 0x01u /* RFC 6824 */
#define SHIM_VERSION_1 0x02u /* RFC 8684 */

/* Sets 256 flows, 4 listeners, 128 half-open ones, an MTU of 1500, no link header,
 * version 1. */
void shim_config_init(struct shim_config *cfg);

/* Octets of memory that shim_init needs, aligned like a uint64_t; 0 if a setting is out of range.
 */
size_t shim_size(const struct shim_config *cfg);

/*
 * Makes a shim in mem. `host` is copied, its functions may not be NULL; `sum` may, if no connection
 * ever has checksums. `endpoint` has the tokens of all connections and stays the caller's. `secret`
 * is unpredictable: keys of clients' connections are derived from it, and flows are spread by it.
 * Returns NULL if an argument is wrong or mem too small or misaligned.
 */
struct shim *shim_init(void *mem, size_t size, const struct shim_config *cfg,
                       const struct shim_host *host, const struct mptcp_endpoint *endpoint,
                       const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE]);

/* Sets the largest packet that an interface sends, at most shim_config.mtu; interfaces 0 to 31 can
 * differ. MPTCP_E_ARGUMENT. */
int shim_set_mtu(struct shim *s, unsigned nif, uint16_t mtu);

/* -------------------------------------------------------------- packets */

enum shim_pass {
    SHIM_PASS = 0, /* give the frame, as it is now, to the stack */
    SHIM_DROP      /* forget it */
};

/*
 * A frame has come on interface nif, a number from 0 to 65535. The shim may alter it in place, and
 * never makes it longer. Returns what the host is to do with it. In the SYN of a flow that may be
 * MPTCP the shim lowers the MSS by the room that options take, and to what the interface's MTU
 * allows; in an ICMP message "packet too big" about a flow it lowers the MTU. A frame whose TCP
 * checksum is wrong passes: the stack counts and drops it.
 */
enum shim_pass shim_in(struct shim *s, unsigned nif, uint8_t *frame, uint32_t length,
                       mptcp_time now);

/*
 * The stack sends a frame through interface nif, a number from 0 to 65535. It leaves by
 * shim_host.transmit: as it is, with options, as several ones (cut where a mapping ends, or where
 * it would exceed the MTU), or not at all. `frame` is not altered. The stack need not have computed
 * the TCP checksums of flows: the shim always does. Returns 0; or, if the segment did not leave, a
 * code of mptcp_tx_options, NOT_FOUND (shim_host.sum has no sum for it), or FULL (no connection for
 * Fast Open). Such a segment counts as lost in the network (shim_counts.kept), and TCP sends it
 * again.
 */
int shim_out(struct shim *s, unsigned nif, const uint8_t *frame, uint32_t length, mptcp_time now);

/* ------------------------------------------------------------- listening */

/*
 * Connections of clients to this address and port are MPTCP if the client wants it. `local.family`
 * 0: any address, of IPv4 and IPv6. Joins are found by their token and accepted at every address on
 * which the TCP listens. MPTCP_E_FULL, MPTCP_E_ARGUMENT (no port, or there already).
 */
int shim_listen(struct shim *s, const struct mptcp_addr *local);

/* Connections of later clients to this address and port are none of the shim's. Flows that exist go
 * on. Returns 0, or MPTCP_E_NOT_FOUND. */
int shim_unlisten(struct shim *s, const struct mptcp_addr *local);

/* ----------------------------------------------------------------- flows */

/*
 * The SYN of this subflow is about to leave: to be called after mptcp_connect, or after
 * mptcp_done(CONNECT), and before shim_out sees the SYN. `local` has the port that TCP took. An
 * older flow between the same addresses and ports is forgotten. Returns its handle; SHIM_NO_FLOW:
 * every flow is LIVE.
 */
shim_flow shim_open(struct shim *s, struct mptcp_conn *c, mptcp_sf sf,
                    const struct mptcp_addr *local, const struct mptcp_addr *remote,
                    mptcp_time now);

/* The flow between these addresses and ports, of which TCP has given a socket to its listener;
 * SHIM_NO_FLOW: none, or it is HALF. */
shim_flow shim_find(const struct shim *s, const struct mptcp_addr *local,
                    const struct mptcp_addr *remote);

/* As shim_find, for a socket that TCP gives to its listener. A client of plain TCP, of which
 * nothing is known any more since HALF flows made room, gets its connection here (shim_host.open),
 * and the flow is LIVE. */
shim_flow shim_accepted(struct shim *s, const struct mptcp_addr *local,
                        const struct mptcp_addr *remote, mptcp_time now);

enum shim_state { SHIM_HALF, SHIM_LIVE, SHIM_DONE, SHIM_DEAD };

/* What the shim has seen of a flow. */
struct shim_report {
    struct mptcp_conn *conn; /* NULL if it is HALF */
    mptcp_sf sf;
    uint8_t state;       /* enum shim_state */
    uint8_t established; /* 1: the handshake is complete (mptcp_on_established was called) */
    uint8_t peer_fin;    /* 1: the peer's FIN has come */
    uint8_t peer_reset;  /* 1: DEAD by a RST of the peer */
    uint8_t tcp_reset;   /* 1: DEAD by a RST of the TCP below */
    uint8_t fin_sent;    /* 1: the TCP below has sent a FIN */
    uint8_t fin_acked;   /* 1: the peer has acknowledged that FIN */
    uint8_t zero;
    uint32_t early; /* octets of a SYN's Fast Open data: they come first and are not of MPTCP */
    mptcp_ssn sent; /* after the highest octet that TCP has sent */
    mptcp_ssn acknowledged; /* what the peer expects next */
    uint32_t segment_size;  /* payload of a full segment, all options accounted for; 0: not known */
    uint32_t in_flight;     /* octets sent and not acknowledged */
};

/* Fills *r. Returns 0, or MPTCP_E_STALE: no such flow. */
int shim_look(const struct shim *s, shim_flow flow, struct shim_report *r);

/* shim_ack does MPTCP_SEND_ACK: it sends a pure ACK. shim_probe does MPTCP_PROBE: it sends a
 * keep-alive. The shim makes either from the header of the last segment that TCP sent. Return 0;
 * MPTCP_E_STALE; MPTCP_E_LATER: TCP has sent nothing on the flow, or the peer's SYN has not come;
 * or a code of mptcp_tx_options. */
int shim_ack(struct shim *s, shim_flow flow, mptcp_time now);
int shim_probe(struct shim *s, shim_flow flow, mptcp_time now);

/*
 * Does MPTCP_RESET_SUBFLOW: sends a RST with the options that are due, to be called before
 * mptcp_done. The flow is DEAD; the caller then makes TCP drop its socket, whose own RST leaves
 * without options. `code` is mptcp_action.code: a join that ends so before its third ACK was taken
 * counts as refused. Return values as above.
 */
int shim_reset(struct shim *s, shim_flow flow, int code, mptcp_time now);

/* The subflow of a LIVE flow was ended by mptcp_on_gone, without a RST of the library's: the flow
 * is DEAD. MPTCP_E_STALE: it is not LIVE any more. */
int shim_gone(struct shim *s, shim_flow flow);

/* The connection is about to be wiped: no flow has it any more; those LIVE are DONE. Cost: by the
 * number of its flows. */
void shim_forget(struct shim *s, const struct mptcp_conn *c);

/* ------------------------------------------------------------ statistics */

/* Since shim_init; each wraps. */
struct shim_counts {
    uint32_t in, out;        /* segments of flows */
    uint32_t others;         /* frames that were not of a flow, both ways */
    uint32_t split;          /* packets that were cut in two */
    uint32_t forged;         /* segments that the shim has made itself */
    uint32_t dropped;        /* segments that came and that a verdict told to drop */
    uint32_t swallowed;      /* pure ACKs that carried a signal only */
    uint32_t trimmed;        /* segments whose SACK blocks made room for a DATA_ACK */
    uint32_t refused;        /* SYNs answered by a RST */
    uint32_t kept;           /* segments of TCP that did not leave (shim_out's code) */
    uint32_t half_forgotten; /* HALF flows that made room for newer ones */
    uint32_t no_room;        /* third ACKs and SYNs dropped: no connection, no flow */
    uint32_t bad_checksum;   /* of segments that came */
    uint32_t restored;       /* clients whose HALF flow had made room, and that connected */
};
void shim_read_counts(const struct shim *s, struct shim_counts *counts);

/*
 * How many joins of peers were refused with this MPTCP_E_ code since shim_init; 0: how many in all.
 * A SYN that is refused and comes again counts again. mptcp_error_text(code) says what a code
 * means; a join is refused with one of these:
 *
 *   JOIN_TOKEN     no connection has its token: the connection is over, or of another host, or the
 *                  token was guessed
 *   JOIN_REFUSED   it is not wanted: subflow_limit, MPTCP_CFG_DENY_JOIN, an address that was
 *                  removed, a connection that is plain TCP or closed
 *   JOIN_MISSING   a SYN or a third ACK with a malformed MP_JOIN, or a third ACK without one: a
 *                  middlebox has changed it
 *   JOIN_HMAC      its third ACK does not prove that it is the peer's
 *   FULL           no slot; or a newer join has got the slot of this one, which was half open
 *   another code   its connection, or its local address, has ended while it was half open
 */
uint32_t shim_joins_refused(const struct shim *s, int code);

#ifdef __cplusplus
}
#endif

#endif
