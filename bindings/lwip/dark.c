/*
 * dark.c - the retransmission timer of a dark subflow. A subflow is dark while the connection takes
 * it for silent (mptcp_subflow_silent): the peer's TCP has acknowledged nothing for too long.
 *
 *   works     lwIP's timer, with its backoff (RFC 6298 s5.5)
 *   dark      another subflow works: the timer expires once per RTO, which follows from the RTT of
 *             this path, without backoff; after TRIES_MAX times with lwIP's backoff
 *   all dark  lwIP's backoff, up to the end of its table. lwIP does not give the subflow up:
 *             silence_limit does that (D-29)
 *
 * Backoff keeps many senders from loading a congested path that each of them needs. A dark subflow
 * carries no data: the other paths carry them. Each timeout sends one segment, so a dark subflow
 * sends less than a TCP whose segments are acknowledged sends at least (one segment per RTT). That
 * segment is a probe: the longer the time between two of them, the longer a path that works again
 * stays unused.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/priv/tcp_priv.h"

#define RTO_MIN_US 500000u
#define TICK_US (TCP_SLOW_INTERVAL * 1000u)
#define TRIES_MAX 120u  /* for a minute at least */
#define BACKOFF_LAST 6u /* of lwIP's table: 128 RTOs */

/* True if a subflow other than this one carries data. */
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

/* The RTO of s in lwIP's ticks (RFC 6298 s2.3); RTO_MIN_US stands in the place of that RFC's
 * second. */
static s16_t rto_of(const struct subflow *s)
{
    uint32_t us = LWIP_MAX(s->rtt.srtt_us + 4 * s->rtt.rttvar_us, RTO_MIN_US);
    return (s16_t)LWIP_MIN((us + TICK_US - 1) / TICK_US, 0x7fffu);
}

/* Sets when lwIP's timer expires next. lwIP counts its expiries in nrtx, and backs off by that. */
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
