/*
 * growth.c - the steps of an increase in congestion avoidance that all algorithms share (growth.h).
 *
 * The state is the caller's struct mptcp_cc_acc. A plan sets `gain`, `left` and `cwnd`. Each ACK
 * subtracts its octets from `left`; when they would be more than `left`, a new plan is due. `rest`
 * is the fraction of an octet, in 1/2^32, that was not yet added to the window.
 */
#include "multipath/growth.h"

_Static_assert(sizeof(struct mptcp_cc_path) == 16, "no padding");
_Static_assert(sizeof(struct mptcp_cc_acc) == 32, "16 octets for the plan, 16 for the algorithm");

/* Returns the octets of an ACK that count: at most a window. An ACK for more ends a recovery, and
 * adds no more than one mss (RFC 5681 s3.1). */
static uint32_t counted(const struct mptcp_cc_path *self, uint32_t acked)
{
    return acked < self->cwnd ? acked : self->cwnd;
}

bool mptcp_growth_possible(const struct mptcp_cc_path *self)
{
    return mptcp_cc_avoiding(self) && (self->flags & MPTCP_CC_APP_LIMITED) == 0;
}

bool mptcp_growth_due(const struct mptcp_cc_path *self, uint32_t acked,
                      const struct mptcp_cc_acc *acc)
{
    /* If the window has fallen below the planned one, the unsigned difference is large, too. */
    return acc->left < counted(self, acked) || self->cwnd - acc->cwnd > self->mss;
}

void mptcp_growth_plan(const struct mptcp_cc_path *self, uint32_t window, struct mptcp_cc_acc *acc)
{
    uint32_t per_mss = window > self->cwnd ? window : self->cwnd;

    /* Divided only if per_mss is larger than an mss: it is not 0, and the quotient fits 32 bits. */
    acc->gain =
        self->mss < per_mss ? (uint32_t)(((uint64_t)self->mss << 32) / per_mss) : UINT32_MAX;
    acc->left = self->cwnd;
    acc->cwnd = self->cwnd;
}

uint32_t mptcp_growth_take(const struct mptcp_cc_path *self, uint32_t acked,
                           struct mptcp_cc_acc *acc)
{
    uint32_t octets = counted(self, acked);
    uint64_t growth = (uint64_t)octets * acc->gain + acc->rest;
    uint32_t most = UINT32_MAX - self->cwnd;

    acc->left -= octets;
    acc->rest = (uint32_t)growth;
    return growth >> 32 < most ? (uint32_t)(growth >> 32) : most;
}

uint32_t mptcp_growth_half(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint32_t least = 2u * p->mss;
    return p->cwnd / 2 > least ? p->cwnd / 2 : least;
}

void mptcp_growth_undone(const struct mptcp_cc_flows *f)
{
    (void)f;
}

void mptcp_growth_paused(const struct mptcp_cc_flows *f, uint32_t us)
{
    (void)f;
    (void)us;
}
