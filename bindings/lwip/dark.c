/*
 * dark.c - the retransmission timer of a subflow whose path is dark, which is one that the
 * connection takes for silent.
 *
 *   works     lwIP's timer, and its backoff (RFC 6298 s5.5)
 *   dark      while another subflow works: the timer runs out once per RTO by the path's own RTT,
 *             and does not back off. After TRIES_MAX times it does.
 *   all dark  lwIP's backoff, up to the end of its table. It does not give the subflow up, which
 *             silence_limit does (D-29).
 *
 * Backoff keeps many senders from loading a path that is congested and that each of them needs. A
 * dark subflow carries no data: its data went over the paths that work, and each timeout sends one
 * segment, which is less than the least rate of a TCP that is answered (one segment per RTT). It is
 * a probe, and how often it leaves decides how long a path that is back stays unused.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/priv/tcp_priv.h"

#define RTO_MIN_US 500000u
#define TICK_US (TCP_SLOW_INTERVAL * 1000u)
#define TRIES_MAX 120u  /* for a minute at least */
#define BACKOFF_LAST 6u /* of lwIP's table: 128 RTOs */

static bool another_works(const struct subflow *self)
{
    const struct mptcpl_pcb *m = self->m;

    for (const struct subflow *s = m->subs; s != NULL; s = s->next) {
        if (s != self && s->used && s->tcp != NULL && s->tcp->state >= ESTABLISHED &&
            s->rtt.srtt_us != 0 && !mptcp_subflow_silent(m->conn, s->sf)) {
            return true;
        }
    }
    return false;
}

/* In lwIP's ticks: RFC 6298 s2.3, with a smallest value of its own. */
static s16_t rto_of(const struct subflow *s)
{
    uint32_t us = LWIP_MAX(s->rtt.srtt_us + 4 * s->rtt.rttvar_us, RTO_MIN_US);
    return (s16_t)LWIP_MIN((us + TICK_US - 1) / TICK_US, 0x7fffu);
}

/* lwIP counts in nrtx how often the timer has run out, and looks there how far to back off. */
static void set_timer(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;

    if (s->dark_tries < TRIES_MAX && s->rtt.srtt_us != 0 && another_works(s)) {
        s->dark_tries += pcb->nrtx;
        pcb->nrtx = 0;
        pcb->rto = rto_of(s);
    } else if (pcb->nrtx > BACKOFF_LAST) {
        pcb->nrtx = BACKOFF_LAST;
    }
}

void mptcpl_dark_check(struct subflow *s)
{
    bool dark = mptcp_subflow_silent(s->m->conn, s->sf);

    if (dark && !s->silent) {
        s->dark_tries = 0;
        mptcpl_cc_dark(s);
    } else if (!dark && s->silent) {
        mptcpl_cc_light(s);
    }
    s->silent = dark;
    if (dark) {
        set_timer(s);
    }
}
