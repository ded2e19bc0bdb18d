/*
 * blest.c - BLEST: a slower path is not taken if the shared window would then block the fastest one
 * (S. Ferlin et al., "BLEST: Blocking Estimation-based MPTCP Scheduler for Heterogeneous Networks",
 * IFIP Networking 2016).
 *
 * An octet on the slower path s keeps the window for an RTT of s. In this time the fastest path f
 * can send, in as many rounds as its RTT fits into that, each with a segment more than the one
 * before, X octets. If LAMBDA * X is more than the window leaves beside what s holds, it waits
 * for f.
 *
 * LAMBDA stays what it is at first in Linux: the paper moves it when blocking is seen, for which it
 * looks at the clock. The congestion window of f is what it has in flight: the question is asked
 * only when f is full. There is no state.
 */
#include "multipath/faster.h"

#define LAMBDA_NUM 6u /* 1.2 */
#define LAMBDA_DEN 5u
#define ROUNDS_MAX 0xffffu /* of f in an RTT of s; the products fit 64 bits */

/* Returns X. */
static uint64_t sends(const struct mptcp_sched_path *f, uint32_t us)
{
    uint64_t rounds = (uint64_t)(us / f->srtt_us) + 1u;
    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    return rounds * (f->in_flight + (rounds - 1) * f->unit / 2);
}

static void choose_blest(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path s;
    struct mptcp_sched_path f;

    if (!mptcp_sched_first(v, &s, choice)) {
        return;
    }
    if (v->again == 0 && s.room != 0 && mptcp_sched_faster(v, &s, &f, &choice->other)) {
        uint64_t lent = (uint64_t)s.in_flight + s.unit;
        uint64_t window = v->window > lent ? v->window - lent : 0;
        if (LAMBDA_NUM * sends(&f, s.srtt_us) > LAMBDA_DEN * window) {
            choice->what = MPTCP_SCHED_WAIT;
            return;
        }
    }
    mptcp_sched_take(v, &s, choice);
}

const struct mptcp_scheduler mptcp_blest = {.name = "blest", .choose = choose_blest};
