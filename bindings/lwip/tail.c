/*
 * tail.c - finds losses of the last segments in flight, as RFC 8985 s7 does (Tail Loss Probe). No
 * later segment makes the peer's TCP send SACK blocks for them, so only lwIP's timeout would find
 * them, hundreds of milliseconds later.
 *
 * If TCP has sent nothing and the peer has acknowledged nothing for two RTTs while several segments
 * are in flight, the last one is sent again, once. The peer's answer, an ACK or SACK blocks, shows
 * what is lost, and recovery.c sends that again. No probe is sent on a silent path, in a recovery
 * and after a timeout: there something else is sent again anyway.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/priv/tcp_priv.h"

#define MARGIN_US 10000u /* for the timers of both ends */

void mptcpl_tail_moves(struct subflow *s)
{
    s->quiet_at = mptcpl_now();
    s->tail_sent = false;
}

/* True if a probe may find a loss that nothing else would find. */
static bool waits(const struct subflow *s)
{
    const struct tcp_pcb *pcb = s->tcp;

    return !s->tail_sent && !s->silent && s->rtt.srtt_us != 0 && pcb->nrtx == 0 &&
           (pcb->flags & (TF_INFR | TF_RTO)) == 0 && mptcpl_sacks(pcb) && pcb->unsent == NULL &&
           pcb->unacked != NULL && pcb->unacked->next != NULL;
}

void mptcpl_tail_check(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;

    if (pcb == NULL || (pcb->state != ESTABLISHED && pcb->state != CLOSE_WAIT) || !waits(s)) {
        return;
    }
    mptcp_time due = s->quiet_at + 2u * s->rtt.srtt_us + MARGIN_US;
    if (mptcpl_now() < due) {
        mptcpl_put_off(s->m, due - mptcpl_now());
        return;
    }
    struct tcp_seg **last = &pcb->unacked;
    while ((*last)->next != NULL) {
        last = &(*last)->next;
    }
    s->tail_sent = mptcpl_send_again(s, last);
    tcp_output(pcb);
}
