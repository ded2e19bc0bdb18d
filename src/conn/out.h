/*
 * out.h - private to src/conn: options of segments that are sent, shared by the files that write
 * them (options_out.c, dss_out.c), list the signals (signals.c) and commit what was sent (sent.c).
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
    SEGMENT_OLD  /* a keep-alive: not acceptable to the peer's TCP, which ignores its options (G-3)
                    and its window */
};

/* Whether a signal is to be sent on a pure ACK of a subflow now. */
enum mptcp_signal_level {
    SIGNAL_NONE = 0, /* no */
    SIGNAL_RIDES,    /* if an ACK is sent anyway, it carries the signal */
    SIGNAL_DUE       /* an ACK has to be sent for it: MPTCP_SEND_ACK is due */
};

/* mptcp_signal.flags */
enum {
    SIGNAL_ALONE = 0x01,    /* no other option beside it, and no DATA_ACK */
    SIGNAL_LAST = 0x02,     /* no other signal beside it */
    SIGNAL_COUNTS = 0x04,   /* at most two of these signals may be sent in a row (G-2) */
    SIGNAL_REPEATED = 0x08, /* a timer, or the peer, makes it due again: if an ACK sent for it has
                               no room for it, it counts as sent and lost on the way */
    SIGNAL_HANDSHAKE = 0x10 /* in SF_PRE, where it is the only signal; others are for SF_OPEN */
};

/*
 * One kind of signal. Its functions say when it is due, how it is written, and what changes when it
 * was sent. Its rank is its place in the table.
 */
struct mptcp_signal {
    uint32_t bit;     /* MPTCP_OUT_ */
    uint16_t subtype; /* of its option */
    uint16_t flags;   /* SIGNAL_ALONE ... */
    /* Returns whether it is to be sent on subflow i. */
    enum mptcp_signal_level (*level)(const struct mptcp_conn *c, unsigned i);
    /* Fills *o, which is zeroed but for its subtype, and the members of *r that `left` needs. */
    void (*make)(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                 struct mptcp_receipt *r);
    /* Commits that it was sent on subflow i, with receipt r: it is not due any more. */
    void (*left)(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r);
};

#define MPTCP_SIGNALS 9u
extern const struct mptcp_signal mptcp_signals[MPTCP_SIGNALS];

/* The level of the signal on subflow i: row->level, or SIGNAL_NONE if it does not fit the subflow's
 * state (SIGNAL_HANDSHAKE). */
enum mptcp_signal_level mptcp_signal_level(const struct mptcp_signal *row,
                                           const struct mptcp_conn *c, unsigned i);

/* True if the keys are to be repeated on subflow s: it is the initial one of a client, and the
 * server has not shown yet that it has them (C-13). */
static inline bool mptcp_repeats_keys(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return (c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT && (s->flags & SF_INITIAL) != 0;
}

#define KEYED_ROOM 24u /* MP_CAPABLE with a length, and its checksum or padding */

/* True if the mapping of s that begins at ssn is that of the first octets of the stream, and goes
 * with the keys in the place of a DSS, where `room` octets are free for options. If there is never
 * room for that, the third ACK alone carries the keys. */
static inline bool mptcp_out_keyed(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                                   mptcp_ssn ssn, size_t room)
{
    return profile_of(c)->keyed_data && mptcp_repeats_keys(c, s) &&
           mptcp_ssn_eq(ssn, mptcp_ssn_of(1)) &&
           (c->option_room >= KEYED_ROOM || room >= KEYED_ROOM);
}

/* ---------------------------------------------------------------- dss_out.c */

/* True if a DATA_ACK can be sent. It can't before the peer's key is known, since there is no DSN to
 * count from (erratum 6609), nor in plain TCP, unless the peer may not know of the fallback. */
static inline bool mptcp_ack_possible(const struct mptcp_conn *c)
{
    return c->phase == PHASE_MPTCP || c->phase == PHASE_ABORTING || mptcp_fallback_acks_data(c);
}

/* The octets of a DSS with a DATA_ACK alone. */
static inline size_t mptcp_ack_length(const struct mptcp_conn *c)
{
    return (c->bits & BIT_ACK64) != 0 ? 12 : 8;
}

/* True if the DATA_ACK on the next ACK of s is new to the peer, or was requested by SIG_ACK: it has
 * precedence over signals then. */
bool mptcp_ack_is_news(const struct mptcp_conn *c, const struct mptcp_subflow *s);

/* True if RCV.NXT lies after every DATA_ACK sent, and TCP will send no ACK by itself that could
 * carry the new one. */
bool mptcp_ack_unsaid(const struct mptcp_conn *c);

/* True if a pure ACK must be sent on subflow i for the DATA_ACK, since TCP sends none by itself. */
bool mptcp_ack_owed(const struct mptcp_conn *c, unsigned i);

/* Adds the DATA_ACK to a DSS; D-14: a 64-bit DSN is answered with 64 bits. Some hosts of version 0
 * misread an option in which the DSN has 64 bits as well: there 32 bits suffice. */
static inline void mptcp_out_ack(const struct mptcp_conn *c, struct mptcp_dss *d)
{
    bool only_one = (c->bits & BIT_ONE_WIDE) != 0 && (d->flags & MPTCP_DSS_DSN64) != 0;
    bool wide = (c->bits & BIT_ACK64) != 0 && !only_one;

    d->flags |= wide ? MPTCP_DSS_ACK | MPTCP_DSS_ACK64 : MPTCP_DSS_ACK;
    d->data_ack = wide ? c->rcv_nxt.v : (uint32_t)c->rcv_nxt.v;
}

/* Adds a mapping to a DSS. `sum` is the mptcp_sum of its octets, used if checksums are on. */
void mptcp_out_map(const struct mptcp_conn *c, const struct mptcp_tx_map *map, uint32_t sum,
                   struct mptcp_dss *d);

#endif
