/*
 * toy_ack.c - what a segment tells the sender: octets acknowledged, window, RTT, congestion.
 *
 * NewReno (RFC 6582): slow start, congestion avoidance; three duplicate ACKs -> fast retransmit,
 * until what was sent by then is acknowledged.
 */
#include "toy_own.h"

#include <string.h>

void toy_measured(struct toy *t, struct toy_tcb *s, uint32_t us)
{
    if (s->srtt == 0) {
        s->srtt = most(us, 1);
        s->rttvar = us / 2;
    } else {
        uint32_t off = us > s->srtt ? us - s->srtt : s->srtt - us;
        s->rttvar = s->rttvar - s->rttvar / 4 + off / 4;
        s->srtt = s->srtt - s->srtt / 8 + us / 8;
    }
    s->rto = most(s->srtt + 4 * s->rttvar, t->cfg.rto_us);
}

static void grow(struct toy_tcb *s, uint32_t acked)
{
    if (s->cwnd < s->ssthresh) {
        s->cwnd += least(acked, s->mss);
    } else {
        s->cwnd += most((uint32_t)s->mss * s->mss / s->cwnd, 1);
    }
    s->cwnd = least(s->cwnd, 1u << 24);
}

static void drop_acked(struct toy_tcb *s, uint32_t ack)
{
    uint32_t n = before(s->snd_first, ack) ? least(ack - s->snd_first, s->snd_len) : 0;

    memmove(s->snd, s->snd + n, s->snd_len - n);
    s->snd_len -= n;
    s->snd_first += n;
    s->snd_una = ack;
    if (before(s->snd_nxt, ack)) {
        s->snd_nxt = ack;
    }
    if (n != 0 && s->state >= TOY_ESTABLISHED) {
        s->events |= TOY_EV_WRITABLE;
    }
}

static void new_ack(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    uint32_t acked = p->ack - s->snd_una;

    if (s->timing && !before(p->ack, s->timed_seq)) {
        s->timing = false;
        toy_measured(t, s, (uint32_t)(t->now - s->timed_at));
    }
    drop_acked(s, p->ack);
    s->dupacks = 0;
    s->tries = 0;
    s->resend_at = MPTCP_NEVER;
    if (s->recovering && before(p->ack, s->recover)) { /* a partial one: the next hole */
        toy_resend(t, s);
        s->cwnd = most(s->cwnd > acked ? s->cwnd - acked + s->mss : 0, s->mss);
    } else if (s->recovering) {
        s->recovering = false;
        s->cwnd = s->ssthresh;
    } else {
        grow(s, acked);
    }
}

static void duplicate(struct toy *t, struct toy_tcb *s)
{
    s->dupacks = (uint8_t)least(s->dupacks + 1u, 200);
    if (s->recovering) {
        s->cwnd += s->mss;
        return;
    }
    if (s->dupacks != 3) {
        return;
    }
    t->count.fast++;
    s->ssthresh = most((s->snd_max - s->snd_una) / 2, 2u * s->mss);
    s->cwnd = s->ssthresh + 3u * s->mss;
    s->recover = s->snd_max;
    s->recovering = true;
    toy_resend(t, s);
}

static void take_window(struct toy_tcb *s, const struct seg *p, uint32_t window)
{
    bool newer =
        before(s->snd_wl1, p->seq) || (s->snd_wl1 == p->seq && !before(p->ack, s->snd_wl2));

    if (newer) {
        /* Probes of a closed window are no tries: the peer has answered them. */
        s->tries = s->snd_wnd == 0 && window != 0 ? 0 : s->tries;
        s->snd_wnd = window;
        s->snd_wl1 = p->seq;
        s->snd_wl2 = p->ack;
    }
}

bool toy_take_ack(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    uint32_t window = s->scaled ? (uint32_t)p->window << s->peer_scale : p->window;
    bool same = window == s->snd_wnd;

    if (before(s->snd_max, p->ack)) {
        return false;
    }
    if (before(s->snd_una, p->ack)) {
        new_ack(t, s, p);
    } else if (p->ack == s->snd_una && seg_span(p) == 0 && same && s->snd_max != s->snd_una) {
        duplicate(t, s);
    }
    take_window(s, p, window);
    return true;
}
