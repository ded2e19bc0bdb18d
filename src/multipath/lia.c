/*
 * lia.c - the Linked Increases Algorithm, RFC 6356: Reno's increase with the
 * coupled window in place of the path's own where that is larger.
 *
 * The only state is the path's plan of growth (growth.h). The coupled window
 *
 *     W = w_total / alpha = (sum of w_k / r_k)^2 / max(w_i / r_i^2)
 *
 * is computed as the minimum over i of X_i^2 / w_i with X_i = r_i * (sum of
 * w_k / r_k): so the path with the maximum need not be found first, and no RTT
 * is squared. An X_i of 2^32 or more needs no square: X_i^2 / w_i would exceed
 * UINT32_MAX, the largest W that is returned. So all fits 64 bits, whatever
 * the input.
 */
#include "multipath/coupling.h"
#include "multipath/growth.h"

uint32_t mptcp_lia_window(const struct mptcp_cc_path *paths, unsigned n)
{
    uint64_t rate = paths != NULL ? rate_of_all(paths, n) : 0;
    uint32_t window = UINT32_MAX;

    if (rate == 0) {
        return 0;
    }
    for (unsigned i = 0; i < n; i++) {
        uint32_t w = coupled(&paths[i]);
        if (w == 0) {
            continue;
        }
        uint64_t octets = octets_in(rate, paths[i].srtt_us);
        /* Tests octets^2 / w < window by a product, and divides only if it holds. */
        if (octets <= UINT32_MAX && octets * octets < (uint64_t)window * w) {
            window = (uint32_t)(octets * octets / w);
        }
    }
    return window;
}

uint32_t mptcp_lia_increase(const struct mptcp_cc_path *paths, unsigned n, unsigned self,
                            uint32_t acked, struct mptcp_cc_acc *acc)
{
    if (paths == NULL || acc == NULL || self >= n || !mptcp_growth_possible(&paths[self])) {
        return 0;
    }
    if (mptcp_growth_due(&paths[self], acked, acc)) {
        mptcp_growth_plan(&paths[self], mptcp_lia_window(paths, n), acc);
    }
    return mptcp_growth_take(&paths[self], acked, acc);
}

/* Returns the new cwnd: the old one and the coupled increase. */
static uint32_t on_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    return f->paths[f->self].cwnd +
           mptcp_lia_increase(f->paths, f->n, f->self, acked, f->acc[f->self]);
}

const struct mptcp_congestion mptcp_lia = {
    .name = "lia",
    .on_ack = on_ack,
    .on_loss = mptcp_growth_half,
    .on_rto = mptcp_growth_half,
    .on_undo = mptcp_growth_undone,
    .on_idle = mptcp_growth_paused,
};
