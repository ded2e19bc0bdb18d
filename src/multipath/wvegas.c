/*
 * wvegas.c - weighted Vegas, draft-xu-mptcp-congestion-control-05: a path's window keeps a number
 * of segments in queues, alpha, and the paths of a connection share ten of them by their rates. In
 * equilibrium the queueing delay of all paths in use is the same, 10 segments / X.
 *
 * Once per window of octets, a round, from the mean r of the RTTs that its ACKs measured and the
 * smallest RTT that the path has shown, base, the path has w * (r - base) / r octets in queues.
 *
 * In slow start, if these octets are
 *
 *   more than an mss   the window becomes w * base / r + mss, and slow start ends
 *
 * In congestion avoidance, if they are
 *
 *   at least alpha     alpha becomes 10 mss * x / (sum of x_k), x = w / r, two mss at least; what
 *                      follows compares with this alpha
 *   less than alpha    the window grows by an mss
 *   more than alpha    the window falls by an mss; or to w * base / 2r, if the queueing delay is
 *                      twice the shortest that a queue of alpha had, so that queues drain and all
 *                      paths can see their base. (The draft says so for any delay; but a queue
 *                      that grows from empty doubles on its way to alpha, and the path would never
 *                      get there.)
 *
 * No window falls below two mss. A round without a measured RTT grows as Reno's. A round in which
 * the application limits, or a loss is recovered from, tells nothing of the window and does
 * nothing.
 *
 * After a pause of a second, and a timeout, base is measured anew: the route may be another one. A
 * longer route without any such sign looks like a queue.
 *
 * The state of a path: `left` octets of the round, `cwnd` as the last ACK left it, the sum of the
 * round's RTTs (its halves in `gain` and `rest`) and their number; base, alpha, the shortest
 * queueing delay.
 */
#include "multipath/coupling.h"
#include "multipath/growth.h"

/* Words of mptcp_cc_acc.own: us, octets, us, a number and a bit. 0: not known yet. */
enum { BASE, ALPHA, SHORTEST, SAMPLES };

#define TOTAL_ALPHA 10u
#define LEAST 2u
#define STALE (1u << 31) /* in SAMPLES: base is to be measured anew */
#define PAUSE_US 1000000u

/* Of the window's octets, `done` are acknowledged already. */
static void begin_round(uint32_t cwnd, uint32_t done, struct mptcp_cc_acc *acc)
{
    acc->left = done < cwnd ? cwnd - done : 0;
    acc->gain = 0;
    acc->rest = 0;
    acc->own[SAMPLES] &= STALE;
}

static void measure(uint32_t rtt_us, struct mptcp_cc_acc *acc)
{
    uint32_t *own = acc->own;

    if (rtt_us == 0) {
        return;
    }
    if (own[BASE] == 0 || rtt_us < own[BASE] || (own[SAMPLES] & STALE) != 0) {
        own[BASE] = rtt_us;
        own[SAMPLES] &= ~STALE;
    }
    if (own[SAMPLES] < STALE - 1) {
        own[SAMPLES]++;
        acc->rest += rtt_us;
        acc->gain += acc->rest < rtt_us;
    }
}

/* Returns the mean of the round's RTTs, at least base, and not 0: the round has one. */
static uint32_t mean_of(const struct mptcp_cc_acc *acc)
{
    uint64_t sum = (uint64_t)acc->gain << 32 | acc->rest;
    uint64_t mean = sum / (acc->own[SAMPLES] & ~STALE);
    uint32_t rtt = mean < UINT32_MAX ? (uint32_t)mean : UINT32_MAX;
    uint32_t least = acc->own[BASE] != 0 ? acc->own[BASE] : 1;
    return rtt > least ? rtt : least;
}

/* Returns this path's part of all segments in queues, in octets. */
static uint32_t alpha_of(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint64_t all = rate_of_all(f->paths, f->n);
    uint64_t rate = coupled(p) != 0 ? rate_of(coupled(p), p->srtt_us) : 0;
    uint32_t total = TOTAL_ALPHA * p->mss;

    while (all >> 32 != 0) {
        all >>= 1;
        rate >>= 1;
    }
    uint32_t alpha = rate != 0 && all != 0 ? (uint32_t)(total * rate / all) : total;
    return alpha > LEAST * p->mss ? alpha : LEAST * p->mss;
}

/* Returns w, or what is the least window if w is less; never more than cwnd. */
static uint32_t at_least(const struct mptcp_cc_path *p, uint64_t w)
{
    uint32_t least = LEAST * p->mss < p->cwnd ? LEAST * p->mss : p->cwnd;
    return w > least ? (uint32_t)w : least;
}

static uint32_t grown(const struct mptcp_cc_path *p)
{
    return p->mss < UINT32_MAX - p->cwnd ? p->cwnd + p->mss : UINT32_MAX;
}

/* The end of a round in congestion avoidance, with `queued` octets of this path in queues. */
static uint32_t avoid(const struct mptcp_cc_flows *f, uint32_t queued, uint32_t rtt)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint32_t *own = f->acc[f->self]->own;
    uint32_t delay = rtt - own[BASE];

    own[ALPHA] = own[ALPHA] != 0 ? own[ALPHA] : LEAST * p->mss;
    if (queued < own[ALPHA]) {
        return grown(p);
    }
    own[ALPHA] = alpha_of(f);
    if (queued < own[ALPHA]) {
        return grown(p);
    }
    if (own[SHORTEST] == 0 || delay < own[SHORTEST]) {
        own[SHORTEST] = delay;
    }
    if (delay != 0 && delay / 2 >= own[SHORTEST]) {
        own[SHORTEST] = 0;
        return at_least(p, (uint64_t)p->cwnd * own[BASE] / rtt / 2);
    }
    return queued > own[ALPHA] ? at_least(p, p->cwnd > p->mss ? p->cwnd - p->mss : 0) : p->cwnd;
}

/* Returns the window after a round. */
static uint32_t end_round(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    const struct mptcp_cc_acc *acc = f->acc[f->self];
    bool avoiding = mptcp_cc_avoiding(p);

    if ((acc->own[SAMPLES] & ~STALE) == 0) {
        return avoiding ? grown(p) : p->cwnd;
    }
    uint32_t rtt = mean_of(acc);
    uint64_t empty = (uint64_t)p->cwnd * acc->own[BASE] / rtt;
    uint32_t queued = p->cwnd - (uint32_t)empty;
    if (avoiding) {
        return avoid(f, queued, rtt);
    }
    return queued > p->mss ? at_least(p, empty + p->mss) : p->cwnd;
}

static uint32_t on_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct mptcp_cc_acc *acc = f->acc[f->self];
    const unsigned flags = p->flags & (MPTCP_CC_USABLE | MPTCP_CC_RECOVERY | MPTCP_CC_APP_LIMITED);
    uint32_t cwnd = p->cwnd;

    if (acc->left == 0 || cwnd < acc->cwnd || flags != MPTCP_CC_USABLE) {
        begin_round(cwnd, 0, acc);
    }
    measure(f->rtt_us, acc);
    if (flags == MPTCP_CC_USABLE && acked >= acc->left) {
        cwnd = end_round(f);
        begin_round(cwnd, acked - acc->left, acc);
    } else {
        acc->left -= acked < acc->left ? acked : acc->left;
    }
    acc->cwnd = cwnd;
    return cwnd;
}

static uint32_t on_rto(const struct mptcp_cc_flows *f)
{
    f->acc[f->self]->own[SAMPLES] |= STALE;
    return mptcp_growth_half(f);
}

static void on_undo(const struct mptcp_cc_flows *f)
{
    f->acc[f->self]->own[SAMPLES] &= ~STALE;
}

static void on_idle(const struct mptcp_cc_flows *f, uint32_t us)
{
    if (us >= PAUSE_US) {
        f->acc[f->self]->own[SAMPLES] |= STALE;
        f->acc[f->self]->own[SHORTEST] = 0;
    }
}

const struct mptcp_congestion mptcp_wvegas = {
    .name = "wvegas",
    .on_ack = on_ack,
    .on_loss = mptcp_growth_half,
    .on_rto = on_rto,
    .on_undo = on_undo,
    .on_idle = on_idle,
};
