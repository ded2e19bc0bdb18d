/*
 * out.h - private to src/conn: what segments carry out, shared by the files that write it
 * (options_out.c), that list the signals (signals.c) and that commit what left (sent.c).
 */
#ifndef MPTCP_CONN_OUT_H
#define MPTCP_CONN_OUT_H

#include "conn/conn.h"

/* receipt.segment: what the options were written for. 0: the receipt was never filled. */
enum mptcp_segment_kind {
    SEGMENT_SYN = 1,
    SEGMENT_RST,
    SEGMENT_DATA,
    SEGMENT_ACK, /* without payload; a FIN as well */
    SEGMENT_OLD  /* a keep-alive: no acceptable segment to the peer, who reads none of its options
                    (G-3), nor its window */
};

/* How much a signal has to do with a pure ACK that leaves on a subflow now. */
enum mptcp_signal_level {
    SIGNAL_NONE = 0,
    SIGNAL_RIDES, /* if one leaves, it goes along */
    SIGNAL_DUE    /* one has to leave for it: MPTCP_SEND_ACK is due */
};

/* mptcp_signal.flags */
enum {
    SIGNAL_ALONE = 0x01,    /* no other option beside it, and no DATA_ACK */
    SIGNAL_LAST = 0x02,     /* no other signal beside it */
    SIGNAL_COUNTS = 0x04,   /* among those of which at most two leave in a row (G-2) */
    SIGNAL_REPEATED = 0x08, /* its own timer, or the peer, asks for it again: without room on an ACK
                               that was asked for it counts as lost on the way */
    SIGNAL_HANDSHAKE = 0x10 /* of a join whose fourth ACK has not come: then it, and nothing else */
};

/*
 * One kind of signal. A row says all there is to know of it: when it is due, how it is written,
 * what it means that it has left. Its rank is its place in the table.
 */
struct mptcp_signal {
    uint32_t bit; /* MPTCP_OUT_ */
    uint16_t subtype;
    uint16_t flags;
    enum mptcp_signal_level (*level)(const struct mptcp_conn *c, unsigned i);
    /* Fills *o, which is zeroed but for its subtype; r->address if it is of an address. */
    void (*make)(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                 struct mptcp_receipt *r);
    void (*left)(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r);
};

#define MPTCP_SIGNALS 9u
extern const struct mptcp_signal mptcp_signals[MPTCP_SIGNALS];

/* Its level on subflow i, whatever the state of that. */
enum mptcp_signal_level mptcp_signal_level(const struct mptcp_signal *row,
                                           const struct mptcp_conn *c, unsigned i);

/* A client's initial subflow repeats the keys until the server has shown that it has them (C-13).
 */
static inline bool mptcp_repeats_keys(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return (c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT && (s->flags & SF_INITIAL) != 0;
}

/* ---------------------------------------------------------------- dss_out.c */

/* A DATA_ACK can be said: before the peer's key is known there is nothing to count from (erratum
 * 6609), and in plain TCP it means nothing to who knows that it is plain. */
static inline bool mptcp_ack_possible(const struct mptcp_conn *c)
{
    return c->phase == PHASE_MPTCP || c->phase == PHASE_ABORTING || mptcp_fallback_acks_data(c);
}

/* Octets that the DATA_ACK takes on an ACK without payload. */
static inline size_t mptcp_ack_length(const struct mptcp_conn *c)
{
    return (c->bits & BIT_ACK64) != 0 ? 12 : 8;
}

/* What the DATA_ACK that leaves on this subflow says is news to the peer, or was asked for. */
bool mptcp_ack_is_news(const struct mptcp_conn *c, const struct mptcp_subflow *s);

/* RCV.NXT is beyond every DATA_ACK that has left, and no ACK that TCP owes will say so. */
bool mptcp_ack_unsaid(const struct mptcp_conn *c);

/* The DATA_ACK must leave on a pure ACK of subflow i, since TCP will send none by itself. */
bool mptcp_ack_owed(const struct mptcp_conn *c, unsigned i);

/* Adds the DATA_ACK to a DSS; D-14: a 64-bit DSN is answered with 64 bits. */
static inline void mptcp_out_ack(const struct mptcp_conn *c, struct mptcp_dss *d)
{
    bool wide = (c->bits & BIT_ACK64) != 0;

    d->flags |= wide ? MPTCP_DSS_ACK | MPTCP_DSS_ACK64 : MPTCP_DSS_ACK;
    d->data_ack = wide ? c->rcv_nxt.v : (uint32_t)c->rcv_nxt.v;
}

/* Adds a mapping to a DSS; sum: of its payload, if there are checksums. */
void mptcp_out_map(const struct mptcp_conn *c, const struct mptcp_tx_map *map, uint32_t sum,
                   struct mptcp_dss *d);

#endif
