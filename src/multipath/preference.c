/*
 * preference.c - the order of paths by class, cost, room and smoothed RTT (preference.h).
 *
 * The class of a path is compared before its room. So data waits for a good path whose window is
 * full, and does not go to a backup or a silent path meanwhile (RFC 8684 s3.3.8).
 */
#include "multipath/preference.h"

uint64_t mptcp_sched_order(const struct mptcp_sched_path *p)
{
    return (uint64_t)(2 * mptcp_sched_rank(p) + (p->room == 0)) << 32 | (p->srtt_us - 1u);
}

bool mptcp_sched_first(const struct mptcp_sched_view *v, struct mptcp_sched_path *best,
                       struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path other;

    best->usable = 0;
    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &other);
        if (other.usable &&
            (!best->usable || mptcp_sched_order(&other) < mptcp_sched_order(best))) {
            choice->path = (uint8_t)i;
            *best = other;
        }
    }
    return best->usable;
}

void mptcp_sched_take(const struct mptcp_sched_view *v, const struct mptcp_sched_path *p,
                      struct mptcp_sched_choice *choice)
{
    if (p->room > 0) {
        choice->what = v->again != 0 ? MPTCP_SCHED_AGAIN : MPTCP_SCHED_NEW;
        choice->at = v->at;
        choice->len = p->room;
    }
}
