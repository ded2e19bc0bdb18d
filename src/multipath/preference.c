/*
 * preference.c - the order of paths by class, cost, room and smoothed RTT (preference.h).
 *
 * The class of a path is compared before its room. So data waits for a good path whose window is
 * full, and does not go to a backup or a silent path meanwhile (RFC 8684 s3.3.8).
 */
#include "multipath/preference.h"

/* Rank, then room, then RTT as one number: the least is the first. */
static uint64_t order_of(const struct mptcp_sched_path *p)
{
    return (uint64_t)(2 * mptcp_sched_rank(p) + (p->room == 0)) << 32 | mptcp_sched_rtt(p);
}

bool mptcp_sched_prefer(const struct mptcp_sched_path *a, const struct mptcp_sched_path *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL;
    }
    return order_of(a) < order_of(b);
}

bool mptcp_sched_first(const struct mptcp_sched_view *v, struct mptcp_sched_path *best,
                       struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path other = {0};

    *best = other; /* not usable */
    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &other);
        if (other.usable && mptcp_sched_prefer(&other, best)) {
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
