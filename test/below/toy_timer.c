/*
 * toy_timer.c - timers of the toy TCP: retransmission with back-off, the probe of a closed window,
 * delayed ACKs, TIME_WAIT.
 */
#include "toy_own.h"

void toy_arm(struct toy *t, struct toy_tcb *s)
{
    bool flying = s->snd_max != s->snd_una;
    bool closed = s->snd_len != 0 && s->state >= TOY_ESTABLISHED;

    if (!flying && !closed) {
        s->resend_at = MPTCP_NEVER;
    } else if (s->resend_at == MPTCP_NEVER) {
        s->resend_at = t->now + ((mptcp_time)s->rto << least(s->tries, 7));
    }
}

static mptcp_time soonest(mptcp_time a, mptcp_time b)
{
    return a < b ? a : b;
}

mptcp_time toy_deadline(const struct toy *t)
{
    mptcp_time at = MPTCP_NEVER;

    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        at = soonest(at, soonest(s->resend_at, soonest(s->ack_at, s->gone_at)));
    }
    return at;
}

static void again(struct toy *t, struct toy_tcb *s)
{
    if (s->state == TOY_SYN_SENT || s->state == TOY_SYN_RCVD) {
        t->count.retransmits++;
        toy_send_syn(t, s);
    } else if (s->snd_max == s->snd_una) {
        toy_probe(t, s);
    } else if (s->snd_wnd == 0) { /* still closed: the octet of the probe again */
        t->count.probes++;
        toy_resend(t, s);
    } else {
        s->ssthresh = most((s->snd_max - s->snd_una) / 2, 2u * s->mss);
        s->cwnd = s->mss;
        s->recovering = false;
        s->dupacks = 0;
        s->snd_nxt = s->snd_una;
        toy_push(t, s);
    }
}

static void expire(struct toy *t, struct toy_tcb *s)
{
    bool asks = s->snd_wnd == 0 && s->state >= TOY_ESTABLISHED;

    s->resend_at = MPTCP_NEVER;
    if (++s->tries > t->cfg.retries && !asks) {
        toy_send_rst(t, s);
        toy_end(t, s, TOY_FAILED);
        return;
    }
    if (s->tries > 200) {
        s->tries = 200;
    }
    again(t, s);
    toy_arm(t, s);
}

void toy_timeout(struct toy *t, mptcp_time now)
{
    t->now = now;
    for (struct toy_tcb *s = t->tcbs, *next; s != NULL; s = next) {
        next = s->next;
        if (s->ack_at <= now) {
            toy_send_ack(t, s);
        }
        if (s->gone_at <= now) {
            toy_end(t, s, 0);
        } else if (s->resend_at <= now) {
            expire(t, s);
        }
    }
}
