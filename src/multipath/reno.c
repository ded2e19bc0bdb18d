/*
 * reno.c - Reno's increase in congestion avoidance (RFC 5681 s3.1): one mss per window, by a plan
 * of growth.h for the path's own window.
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

/* Returns the new cwnd: the old one and Reno's increase. */
static uint32_t on_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    return f->paths[f->self].cwnd + mptcp_reno_increase(&f->paths[f->self], acked, f->acc[f->self]);
}

const struct mptcp_congestion mptcp_reno = {
    .name = "reno",
    .on_ack = on_ack,
    .on_loss = mptcp_growth_half,
    .on_rto = mptcp_growth_half,
    .on_undo = mptcp_growth_undone,
    .on_idle = mptcp_growth_paused,
};
