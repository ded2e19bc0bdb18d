/*
 * reno.c - Reno's increase in congestion avoidance (RFC 5681 s3.1): the plan of growth.h for the
 * path's own window.
 */
#include "multipath/growth.h"

uint32_t mptcp_reno_increase(const struct mptcp_cc_path *self, uint32_t acked,
                             struct mptcp_cc_acc *acc)
{
    if (self == NULL || acc == NULL || !mptcp_growth_possible(self)) {
        return 0;
    }
    if (mptcp_growth_due(self, acked, acc)) {
        mptcp_growth_plan(self, self->cwnd, acc);
    }
    return mptcp_growth_take(self, acked, acc);
}
