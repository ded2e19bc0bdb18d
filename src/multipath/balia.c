/*
 * balia.c - the Balanced Linked Adaptation algorithm, draft-walid-mptcp-congestion-control-04.
 *
 * With the rates x_i = w_i / r_i, X their sum, x_max the largest, and a_i = x_max / x_i, each octet
 * that is acknowledged on path i adds
 *
 *     (x_i / r_i) / X^2 * (1 + a_i) / 2 * (4 + a_i) / 5 * mss_i
 *
 * octets to w_i, and a loss takes w_i / 2 * min(a_i, 1.5). With x_i = w_i / r_i the first is
 *
 *     mss_i / w_i * q_i,    q_i = (x_i + x_max) * (4 * x_i + x_max) / (10 * X^2)
 *
 * where nothing is divided by x_i, which may be 0. q_i is at most 1: no path grows faster than with
 * Reno, and a single path, with x_i = x_max = X, exactly as fast. a is never computed: the decrease
 * divides w_i * x_max by x_i.
 *
 * The state of a path is its plan of growth.
 */
#include "multipath/coupling.h"
#include "multipath/growth.h"

struct rates {
    uint64_t all;     /* X */
    uint64_t largest; /* x_max */
    uint64_t own;     /* x of self */
};

static struct rates rates_of(const struct mptcp_cc_flows *f)
{
    struct rates r = {.all = rate_of_all(f->paths, f->n)};

    for (unsigned i = 0; i < f->n; i++) {
        uint32_t w = coupled(&f->paths[i]);
        uint64_t rate = w != 0 ? rate_of(w, f->paths[i].srtt_us) : 0;
        r.largest = rate > r.largest ? rate : r.largest;
        r.own = i == f->self ? rate : r.own;
    }
    return r;
}

/* Scales all rates by the same power of two, so that X lies in [2^29, 2^30). X is not 0. */
static void scale(struct rates *r)
{
    while (r->all >> 30 != 0) {
        r->all >>= 1;
        r->largest >>= 1;
        r->own >>= 1;
    }
    while (r->all >> 29 == 0) {
        r->all <<= 1;
        r->largest <<= 1;
        r->own <<= 1;
    }
}

/* Returns w / q, the window by which self, a coupled path, grows; or UINT32_MAX. */
static uint32_t window_of(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct rates r = rates_of(f);

    if (r.all == 0) {
        return p->cwnd;
    }
    scale(&r);
    uint64_t q = (r.own + r.largest) * (4 * r.own + r.largest) / (10 * r.all * r.all >> 31);
    uint64_t window = q != 0 ? ((uint64_t)p->cwnd << 31) / q : UINT32_MAX;
    return window < UINT32_MAX ? (uint32_t)window : UINT32_MAX;
}

static uint32_t on_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct mptcp_cc_acc *acc = f->acc[f->self];

    if (!mptcp_growth_possible(p)) {
        return p->cwnd;
    }
    if (mptcp_growth_due(p, acked, acc)) {
        mptcp_growth_plan(p, coupled(p) != 0 ? window_of(f) : p->cwnd, acc);
    }
    return p->cwnd + mptcp_growth_take(p, acked, acc);
}

/* The rates are those of before the loss; what is left is two mss at least. */
static uint32_t on_loss(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct rates r = rates_of(f);
    uint32_t least = 2u * p->mss;
    uint64_t twice = p->cwnd; /* what is lost */

    if (coupled(p) != 0 && r.all != 0) {
        scale(&r);
        bool near = r.largest * 2 < r.own * 3;
        twice = near ? p->cwnd * r.largest / r.own : p->cwnd + (uint64_t)p->cwnd / 2;
    }
    uint32_t rest = p->cwnd - (uint32_t)((twice + 1) / 2);
    return rest > least ? rest : least;
}

const struct mptcp_congestion mptcp_balia = {
    .name = "balia",
    .on_ack = on_ack,
    .on_loss = on_loss,
    .on_rto = on_loss,
    .on_undo = mptcp_growth_undone,
    .on_idle = mptcp_growth_paused,
};
