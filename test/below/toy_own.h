/*
 * toy_own.h - what the files of the toy TCP share. toy_tcp.h says what it is.
 *
 *   toy_socket.c    sockets: made, read, written, closed; the table of them
 *   toy_arrive.c    segments that come: which socket, which state
 *   toy_ack.c       what a segment acknowledges: windows, congestion, RTT
 *   toy_receive.c   octets that come: in order, out of order, SACK blocks
 *   toy_send.c      segments that leave
 *   toy_timer.c     timers
 */
#ifndef TEST_BELOW_TOY_OWN_H
#define TEST_BELOW_TOY_OWN_H

#include "toy_tcp.h"

#define TOY_HOLES 32u

struct toy_range {
    uint32_t begin; /* sequence numbers */
    uint32_t end;
};

struct toy_tcb {
    struct toy_tcb *next;
    toy_sock id;
    toy_sock listener; /* that it came to, until it is accepted; 0: none */
    uint8_t state;     /* enum toy_state */
    uint8_t forgotten; /* nobody names it any more */
    uint8_t events;    /* TOY_EV_ */
    uint8_t dupacks;
    int why;
    struct mptcp_addr local;
    struct mptcp_addr remote;
    unsigned nif;

    /* what was agreed on */
    bool scaled;
    bool stamped;
    bool sack;
    bool fin_queued; /* a FIN follows the octets of snd */
    bool cookie;     /* the SYN/ACK carries one of TCP Fast Open */
    uint8_t peer_scale;
    uint8_t tries;
    uint16_t mss; /* payload and options, without the 20 octets of TCP's header */

    /* sending: snd holds snd_len octets, the first of which is snd_first */
    uint8_t *snd;
    uint32_t snd_len;
    uint32_t iss, snd_first, snd_una, snd_nxt, snd_max, snd_wnd, snd_wl1, snd_wl2;
    uint32_t cwnd, ssthresh, recover;
    bool recovering;
    bool timing; /* timed_seq was sent at timed_at, and not again */
    uint32_t timed_seq;
    mptcp_time timed_at;
    uint32_t srtt, rttvar, rto;
    mptcp_time resend_at; /* retransmission, or the probe of a closed window */

    /* receiving: rcv holds octets from rcv_read on; those up to rcv_nxt are in order */
    uint8_t *rcv;
    uint32_t irs, rcv_read, rcv_nxt, rcv_edge;
    bool fin_known;
    uint32_t fin_seq;
    uint32_t ts_recent;
    uint32_t holes; /* ranges of octets beyond rcv_nxt, the newest first */
    struct toy_range hole[TOY_HOLES];
    unsigned ack_due; /* segments that wait for an ACK */
    bool ack_now;
    mptcp_time ack_at;
    mptcp_time gone_at; /* TIME_WAIT, and FIN_WAIT_2 of a forgotten one */
};

struct toy_frame {
    struct toy_frame *next;
    unsigned nif;
    size_t len;
    uint8_t packet[SEG_MOST];
};

struct toy {
    struct toy_config cfg;
    mptcp_time now;
    uint64_t random;
    toy_sock last;
    struct toy_tcb *tcbs; /* the newest first */
    struct toy_frame *out;
    struct toy_frame **out_end;
    struct {
        struct mptcp_addr addr[4];
        unsigned addrs;
        uint16_t mtu;
    } nif[TOY_INTERFACES];
    uint16_t next_port;
    uint16_t ip_id;
    struct toy_report count;
};

static inline bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

uint32_t toy_random(struct toy *t);

/* toy_socket.c */
struct toy_tcb *toy_find(const struct toy *t, toy_sock id);
struct toy_tcb *toy_between(const struct toy *t, const struct mptcp_addr *local,
                            const struct mptcp_addr *remote);
struct toy_tcb *toy_listener(const struct toy *t, const struct mptcp_addr *local);
/* The interface that has this address; TOY_INTERFACES: none. */
unsigned toy_nif_of(const struct toy *t, const struct mptcp_addr *addr);
struct toy_tcb *toy_make(struct toy *t, const struct mptcp_addr *local,
                         const struct mptcp_addr *remote, unsigned nif);
/* Takes it off the table; whoever names it is told why (0: nobody is). */
void toy_end(struct toy *t, struct toy_tcb *s, int why);
uint32_t toy_waiting(const struct toy *t, toy_sock listener);
/* Whether its FIN is acknowledged. */
bool toy_fin_acked(const struct toy_tcb *s);

/* toy_ack.c */
/* False: the segment acknowledges what was never sent. */
bool toy_take_ack(struct toy *t, struct toy_tcb *s, const struct seg *p);
void toy_measured(struct toy *t, struct toy_tcb *s, uint32_t us);

/* toy_receive.c */
bool toy_in_window(const struct toy_tcb *s, const struct seg *p);
uint32_t toy_window(const struct toy *t, struct toy_tcb *s);
void toy_take_data(struct toy *t, struct toy_tcb *s, const struct seg *p);
/* Writes SACK blocks, at most `blocks`, with two NOPs before them. */
unsigned toy_write_sack(const struct toy_tcb *s, uint8_t *p, unsigned blocks);
uint32_t toy_readable(const struct toy_tcb *s);

/* toy_send.c */
void toy_send_syn(struct toy *t, struct toy_tcb *s);
void toy_send_ack(struct toy *t, struct toy_tcb *s);
void toy_send_rst(struct toy *t, struct toy_tcb *s);
void toy_refuse(struct toy *t, unsigned nif, const struct seg *p);
/* Sends what may be sent. */
void toy_push(struct toy *t, struct toy_tcb *s);
/* Sends one segment from snd_una on again. */
void toy_resend(struct toy *t, struct toy_tcb *s);
void toy_probe(struct toy *t, struct toy_tcb *s);
/* Payload of a full segment. */
uint32_t toy_payload(const struct toy *t, const struct toy_tcb *s);

/* toy_timer.c */
void toy_arm(struct toy *t, struct toy_tcb *s);

/* toy_arrive.c */
void toy_wait_time(struct toy *t, struct toy_tcb *s);

#endif
