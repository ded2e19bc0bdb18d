/*
 * faster.c - finds the path that a scheduler may wait for (faster.h).
 */
#include "multipath/faster.h"

bool mptcp_sched_faster(const struct mptcp_sched_view *v, const struct mptcp_sched_path *s,
                        struct mptcp_sched_path *f, uint8_t *at)
{
    struct mptcp_sched_path other = {0};
    bool found = false;

    *f = *s;
    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &other);
        if (mptcp_sched_rank(&other) == mptcp_sched_rank(s) && !other.avoid &&
            other.in_flight != 0 && other.srtt_us != 0 && other.srtt_us < f->srtt_us) {
            *f = other;
            *at = (uint8_t)i;
            found = true;
        }
    }
    return found;
}
