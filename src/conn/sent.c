/*
 * sent.c - mptcp_sent: a segment was sent, so what it carried is not due any more.
 *
 * A signal that did not fit on an ACK that TCP sent by itself, or beside another option, is due at
 * once (MPTCP_SEND_ACK). If it did not even fit alone on an ACK sent for MPTCP_SEND_ACK, the host's
 * TCP has less room than mptcp_config.option_room promises: the next try is deferred for
 * signal_rto, or until the signal's own timer makes it due again.
 */
#include "conn/out.h"

/* Commits the signals with one of these bits and all of these flags as sent (or lost on the way).
 * Returns the flags of all of them, combined. */
static unsigned signals_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r,
                             unsigned bits, unsigned flags)
{
    unsigned left = 0;

    for (unsigned k = 0; k < MPTCP_SIGNALS; k++) {
        const struct mptcp_signal *row = &mptcp_signals[k];
        if ((row->bit & bits) != 0 && (row->flags & flags) == flags) {
            row->left(c, i, r);
            left |= row->flags;
        }
    }
    return left;
}

/* A segment without payload was sent on subflow i. */
static void ack_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    bool asked_for = s->hold != 0;

    s->hold = 0;
    if ((r->wrote & ~MPTCP_OUT_DATA_ACK) != 0 &&
        (signals_left(c, i, r, r->wrote, 0) & SIGNAL_COUNTS) != 0) {
        mptcp_pm_burst_on(c, s);
    }
    if ((s->signal & SIG_FIN) != 0 && mptcp_close_fin_acked(c)) {
        s->signal &= (uint8_t)~SIG_FIN;
    }
    if (r->too_long != 0 && asked_for) {
        s->hold = from_now(c, c->signal_rto);
        signals_left(c, i, r, r->too_long, SIGNAL_REPEATED);
    }
}

/* A segment with payload, or a SYN, was sent on s: counts SYNs, ends a burst of signals, and may
 * start an RTT measurement. */
static void octets_left(struct mptcp_conn *c, struct mptcp_subflow *s,
                        const struct mptcp_receipt *r)
{
    if (r->segment == SEGMENT_SYN) {
        count_up(&s->syns);
    } else {
        mptcp_pm_burst_over(c);
    }
    mptcp_rtt_sent(c, s, r->ssn);
}

/* True if mptcp_tx_options may have made such a receipt. */
static inline bool receipt_possible(const struct mptcp_receipt *r)
{
    return r->segment >= SEGMENT_SYN && r->segment <= SEGMENT_OLD &&
           r->length <= MPTCP_OPTION_MAX && r->zero3 == 0;
}

int mptcp_sent(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_receipt *r, mptcp_time now)
{
    if (c == NULL || r == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    int i = slot_of(c, sf);
    if (i < 0 || !sf_live(subflow_at(c, (unsigned)i))) {
        return MPTCP_E_STALE;
    }
    if (!receipt_possible(r)) {
        return MPTCP_E_ARGUMENT;
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    mptcp_clock_set(c, now);
    if (r->segment == SEGMENT_OLD) {
        return mptcp_end_call(c);
    }
    mptcp_window_told(c, s, r);
    if (r->segment == SEGMENT_ACK) {
        ack_left(c, (unsigned)i, r);
    } else if (r->segment != SEGMENT_RST) {
        octets_left(c, s, r);
    }
    /* Sending moves nothing on which timers of the stream depend. */
    return mptcp_end_stream_call(c, s, false);
}
