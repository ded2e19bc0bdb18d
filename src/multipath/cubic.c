/*
 * cubic.c - CUBIC, RFC 9438: each path by itself; its window follows a cubic function of time
 * around the window at which it last lost.
 *
 *     W_cubic(t) = C * mss * (t - K)^3 + W_max,    C = 0.4 per s^3
 *
 * It reaches W_max at the moment t0 = epoch + K, which is all that is kept of epoch and K. At a
 * loss 0.7 of the window is left. Where Reno with that factor would have the larger window, W_est,
 * that one is followed (s4.3). Growth is planned for a window of octets, about an RTT: to what
 * W_cubic or W_est will be then, at most half of the window (s4.2, s4.4, s4.5).
 *
 * States of a path:
 *
 *   new       EST is 0: since a loss or a timeout, and at the start. The next plan begins an epoch,
 *             from the window as it is to W_MAX, or at W_MAX itself if the window is not below it
 *             (s4.2, s4.8). -> running
 *   running   there is a plan (cwnd is not 0), and T0 is t0. -> new by a loss or a timeout
 *   paused    no plan (cwnd is 0): the application limits, or nothing is in flight. T0 is what was
 *             left until t0 (s4.2: such a time is no part of an epoch). -> running by the next plan
 *
 * If something else has moved the window, the next plan begins an epoch as well. In state new,
 * until the next plan, the words of the plan hold what an undo puts back: W_MAX in `rest`, EST in
 * `gain`, T0 in LEFT.
 *
 * Times are in 1/1024 s and compare by their difference, less than 24 days. What is further than
 * 1024 s from t0 counts as 1024 s: W_cubic is then 400 million segments off W_max.
 */
#include "multipath/growth.h"

/* Words of mptcp_cc_acc.own: octets, 1/1024 s, 1/17 octet, octets of the plan. */
enum { W_MAX, T0, EST, LEFT };

#define FAR (1 << 20)

static uint32_t ticks(uint64_t us)
{
    return (uint32_t)(us / 15625 * 16 + us % 15625 * 16 / 15625);
}

/* Returns the largest number below 2^21 with a cube of at most x. */
static uint32_t cube_root(uint64_t x)
{
    uint32_t root = 0;

    for (uint32_t bit = 1u << 20; bit != 0; bit >>= 1) {
        uint64_t y = root | bit;
        if (y * y * y <= x) {
            root |= bit;
        }
    }
    return root;
}

/* Returns K for a window that is `below` octets under W_max. */
static uint32_t k_of(uint32_t below, uint32_t mss)
{
    return cube_root(((uint64_t)below * 5 << 29) / (mss > 0 ? mss : 1));
}

/* Returns W_cubic so long after t0, which may be before it. */
static uint32_t w_cubic(uint32_t w_max, uint32_t mss, int32_t after)
{
    uint64_t t = (uint64_t)(after < 0 ? -(int64_t)after : after);

    t = t < FAR ? t : FAR;
    uint64_t off = (t * t * t >> 15) * (2 * (uint64_t)mss) / 5 >> 15;
    if (after < 0) {
        return off < w_max ? w_max - (uint32_t)off : 0;
    }
    return off < UINT32_MAX - w_max ? w_max + (uint32_t)off : UINT32_MAX;
}

/* Returns by how much W_est grows in `octets` of a window, in 1/17 octet: 9/17 mss in a window
 * until it is at the window of the last loss, then one mss (s4.3). */
static uint32_t est_more(const struct mptcp_cc_path *p, uint32_t est, uint32_t octets,
                         uint32_t cwnd)
{
    bool past = (uint64_t)est * 7 >= (uint64_t)p->ssthresh * 10 * 17;
    uint64_t more = (uint64_t)octets * (p->mss * (past ? 17u : 9u)) / cwnd;
    return more < UINT32_MAX - est ? (uint32_t)more : UINT32_MAX - est;
}

/* Counts what was acknowledged under the plan. */
static void advance(const struct mptcp_cc_path *p, struct mptcp_cc_acc *acc)
{
    uint32_t *own = acc->own;

    if (acc->cwnd != 0 && own[LEFT] < acc->cwnd) {
        own[EST] += est_more(p, own[EST], acc->cwnd - own[LEFT], acc->cwnd);
        own[LEFT] = acc->cwnd;
    }
}

static void pause(const struct mptcp_cc_flows *f, uint64_t since)
{
    struct mptcp_cc_acc *acc = f->acc[f->self];

    if (acc->cwnd != 0) {
        advance(&f->paths[f->self], acc);
        acc->own[T0] -= ticks(since);
        acc->cwnd = 0;
    }
}

/* True if the window is not where the plan has brought it. */
static bool moved(const struct mptcp_cc_path *p, const struct mptcp_cc_acc *acc)
{
    uint32_t done = acc->cwnd - acc->own[LEFT];
    uint32_t here = acc->cwnd + (uint32_t)((uint64_t)done * acc->gain >> 32);
    return p->cwnd - here + p->mss > 2u * p->mss;
}

static void begin_epoch(const struct mptcp_cc_path *p, uint32_t now, struct mptcp_cc_acc *acc)
{
    uint32_t *own = acc->own;

    own[T0] = now;
    if (p->cwnd < own[W_MAX]) {
        own[T0] += k_of(own[W_MAX] - p->cwnd, p->mss);
    } else {
        own[W_MAX] = p->cwnd;
    }
    own[EST] = p->cwnd < UINT32_MAX / 17 ? p->cwnd * 17 : UINT32_MAX;
    acc->rest = 0;
}

/* Brings the path into the state running. */
static void go_on(const struct mptcp_cc_flows *f, struct mptcp_cc_acc *acc)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];

    if (acc->own[EST] == 0 || (acc->cwnd != 0 && moved(p, acc))) {
        begin_epoch(p, ticks(f->now), acc);
    } else if (acc->cwnd == 0) {
        acc->own[T0] += ticks(f->now);
    } else {
        advance(p, acc);
    }
}

/* The window of self is not 0. */
static void plan(const struct mptcp_cc_flows *f, struct mptcp_cc_acc *acc)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint32_t *own = acc->own;
    uint32_t most = p->cwnd / 2;

    go_on(f, acc);
    int32_t after = (int32_t)(ticks(f->now + p->srtt_us) - own[T0]);
    uint32_t goal = w_cubic(own[W_MAX], p->mss, after);
    uint32_t est = (own[EST] + est_more(p, own[EST], p->cwnd, p->cwnd)) / 17;
    goal = est > goal ? est : goal;
    uint32_t more = goal > p->cwnd ? goal - p->cwnd : 0;
    acc->gain = (uint32_t)(((uint64_t)(more < most ? more : most) << 32) / p->cwnd);
    acc->cwnd = p->cwnd;
    own[LEFT] = p->cwnd;
}

static uint32_t on_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct mptcp_cc_acc *acc = f->acc[f->self];
    uint32_t octets = acked < p->cwnd ? acked : p->cwnd;

    if ((p->flags & MPTCP_CC_APP_LIMITED) != 0) {
        pause(f, f->now);
    }
    if (!mptcp_growth_possible(p) || p->cwnd == 0) {
        return p->cwnd;
    }
    if (acc->cwnd == 0 || acc->own[LEFT] < octets || moved(p, acc)) {
        plan(f, acc);
    }
    acc->own[LEFT] -= octets;
    return p->cwnd + mptcp_growth_take(p, octets, acc);
}

/* Makes the path new, with another W_MAX; returns ssthresh. */
static uint32_t reduce(const struct mptcp_cc_flows *f, uint32_t w_max)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct mptcp_cc_acc *acc = f->acc[f->self];
    uint32_t *own = acc->own;
    uint32_t left = (uint32_t)((uint64_t)p->cwnd * 7 / 10);

    pause(f, f->now);
    acc->rest = own[W_MAX];
    acc->gain = own[EST];
    own[LEFT] = own[T0];
    own[W_MAX] = w_max;
    own[EST] = 0;
    return left > 2u * p->mss ? left : 2u * p->mss;
}

/* A path that lost below W_max makes room for others: fast convergence (s4.7). */
static uint32_t on_loss(const struct mptcp_cc_flows *f)
{
    uint32_t w = f->paths[f->self].cwnd;
    bool below = w < f->acc[f->self]->own[W_MAX];
    return reduce(f, below ? (uint32_t)((uint64_t)w * 17 / 20) : w);
}

/* After a timeout W_max is where slow start ends (s4.8). */
static uint32_t on_rto(const struct mptcp_cc_flows *f)
{
    return reduce(f, 0);
}

/* s4.9: only until the next plan there is something to put back; later the path is new. */
static void on_undo(const struct mptcp_cc_flows *f)
{
    struct mptcp_cc_acc *acc = f->acc[f->self];
    uint32_t *own = acc->own;

    if (acc->cwnd == 0 && own[EST] == 0) {
        own[W_MAX] = acc->rest;
        own[EST] = acc->gain;
        own[T0] = own[LEFT];
        acc->rest = 0;
    }
}

static void on_idle(const struct mptcp_cc_flows *f, uint32_t us)
{
    pause(f, f->now - us);
}

const struct mptcp_congestion mptcp_cubic = {
    .name = "cubic",
    .on_ack = on_ack,
    .on_loss = on_loss,
    .on_rto = on_rto,
    .on_undo = on_undo,
    .on_idle = on_idle,
};
