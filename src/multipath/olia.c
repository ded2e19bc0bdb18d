/*
 * olia.c - the Opportunistic Linked Increases Algorithm, draft-khalili-mptcp-congestion-control-05:
 * an increase that is coupled path by path, and a shift of window between the paths.
 *
 * With windows w_i, RTTs r_i, n paths, and l_i the octets that path i carries between two losses,
 * each octet that is acknowledged on path i adds
 *
 *     ((w_i / r_i^2) / (sum of w_k / r_k)^2 + a_i / w_i) * mss_i
 *
 * octets to w_i. Of the paths, B are those with the largest l / r^2, M those with the largest
 * window. If B has paths that are not in M, those have a = 1 / (n * |B without M|), those in M have
 * a = -1 / (n * |M|), and all others 0. The first term is growth by one mss per window X_i^2 / w_i,
 * with X_i = r_i * (sum of w_k / r_k), at least w_i: on a single path it is Reno's, octet for
 * octet.
 *
 * Windows within an mss of the largest one are in M: equal windows would not stay in it, since each
 * ACK moves one of them. l / r^2 is compared exactly, by products of 96 bits.
 *
 * The state of a path is its plan of growth, which here may be negative, and l: the octets since
 * the last loss, those between the last two, and the ones before, for an undo. A count stops at
 * UINT32_MAX. Further timeouts in a row are no further losses: they would leave an l of 0. A window
 * falls to one mss at the least, and so does ssthresh (s3 of the draft); alone, a path has Reno's
 * two.
 */
#include "multipath/coupling.h"
#include "multipath/growth.h"

/* Words of mptcp_cc_acc.own: octets since the last loss, between the last two, between the two
 * before; and bits. */
enum { SINCE, BETWEEN, BEFORE, BITS };

enum {
    FALLS = 1, /* `gain` is what the window loses per octet */
    NEW = 2    /* the last loss began a new count, which an undo can take back */
};

/* An unsigned number of 96 bits. */
struct wide {
    uint64_t high;
    uint32_t low;
};

/* Returns l * us^2. */
static struct wide times_squared(uint32_t l, uint32_t us)
{
    uint64_t square = (uint64_t)us * us;
    uint64_t low = (square & UINT32_MAX) * l;
    struct wide product = {.high = (square >> 32) * l + (low >> 32), .low = (uint32_t)low};
    return product;
}

static uint32_t carried(const struct mptcp_cc_acc *acc)
{
    return acc->own[SINCE] > acc->own[BETWEEN] ? acc->own[SINCE] : acc->own[BETWEEN];
}

/* True if path a has a larger l / r^2 than path b: l_a * r_b^2 > l_b * r_a^2. */
static bool better(const struct mptcp_cc_flows *f, unsigned a, unsigned b)
{
    struct wide of_a = times_squared(carried(f->acc[a]), f->paths[b].srtt_us);
    struct wide of_b = times_squared(carried(f->acc[b]), f->paths[a].srtt_us);
    return of_a.high != of_b.high ? of_a.high > of_b.high : of_a.low > of_b.low;
}

/* What the sets B and M are, for paths that are coupled. */
struct sets {
    unsigned n;      /* coupled paths */
    unsigned best;   /* one of B */
    uint32_t widest; /* the largest window */
};

static struct sets sets_of(const struct mptcp_cc_flows *f)
{
    struct sets s = {0};

    for (unsigned i = 0; i < f->n; i++) {
        uint32_t w = coupled(&f->paths[i]);
        if (w == 0) {
            continue;
        }
        if (s.n++ == 0 || better(f, i, s.best)) {
            s.best = i;
        }
        s.widest = w > s.widest ? w : s.widest;
    }
    return s;
}

static bool in_m(const struct mptcp_cc_path *p, const struct sets *s)
{
    return s->widest - coupled(p) <= p->mss;
}

/* Returns n * |B without M| if self is one of those, -n * |M| if it is in M: 1 / a; or 0, if a
 * is. */
static int64_t shift_of(const struct mptcp_cc_flows *f)
{
    struct sets s = sets_of(f);
    int64_t m = 0;
    int64_t b = 0;

    for (unsigned i = 0; i < f->n; i++) {
        if (coupled(&f->paths[i]) == 0) {
            continue;
        }
        if (in_m(&f->paths[i], &s)) {
            m++;
        } else if (!better(f, s.best, i)) {
            b++;
        }
    }
    if (b == 0) {
        return 0;
    }
    if (in_m(&f->paths[f->self], &s)) {
        return -m * s.n;
    }
    return better(f, s.best, f->self) ? 0 : b * s.n;
}

/* Returns X^2 / w of the path, or UINT32_MAX; 0 if no path has a rate. */
static uint32_t window_of(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint64_t octets = octets_in(rate_of_all(f->paths, f->n), p->srtt_us);
    uint64_t window = octets <= UINT32_MAX ? octets * octets / p->cwnd : UINT32_MAX;
    return window < UINT32_MAX ? (uint32_t)window : UINT32_MAX;
}

/* Plans for self, which is in congestion avoidance: its window is not 0. */
static void plan(const struct mptcp_cc_flows *f, struct mptcp_cc_acc *acc)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    bool alone = coupled(p) == 0;
    int64_t parts = alone ? 0 : shift_of(f);

    mptcp_growth_plan(p, alone ? p->cwnd : window_of(f), acc);
    acc->own[BITS] &= ~(uint32_t)FALLS;
    if (parts == 0) {
        return;
    }
    uint64_t shift = ((uint64_t)p->mss << 32) / p->cwnd / (uint64_t)(parts > 0 ? parts : -parts);
    uint64_t gain = acc->gain + shift;
    if (parts < 0) {
        acc->own[BITS] |= shift > acc->gain ? FALLS : 0;
        gain = shift > acc->gain ? shift - acc->gain : acc->gain - shift;
    }
    acc->gain = gain < UINT32_MAX ? (uint32_t)gain : UINT32_MAX;
}

/* As mptcp_growth_due, for a plan that moves the window down by one mss, or up by two, at most. */
static bool due(const struct mptcp_cc_path *p, uint32_t acked, const struct mptcp_cc_acc *acc)
{
    uint32_t octets = acked < p->cwnd ? acked : p->cwnd;
    return acc->left < octets || p->cwnd - acc->cwnd + p->mss > 3u * p->mss;
}

/* Returns the window after a planned fall for an ACK of `acked` octets. */
static uint32_t fallen(const struct mptcp_cc_path *p, uint32_t acked, struct mptcp_cc_acc *acc)
{
    uint32_t octets = acked < p->cwnd ? acked : p->cwnd;
    uint64_t fall = (uint64_t)octets * acc->gain;
    uint32_t least = p->cwnd < p->mss ? p->cwnd : p->mss;

    acc->left -= octets;
    uint64_t whole = (fall >> 32) + ((uint32_t)fall > acc->rest);
    acc->rest -= (uint32_t)fall;
    return whole < p->cwnd - least ? p->cwnd - (uint32_t)whole : least;
}

static uint32_t on_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct mptcp_cc_acc *acc = f->acc[f->self];
    uint32_t *since = &acc->own[SINCE];

    *since = acked < UINT32_MAX - *since ? *since + acked : UINT32_MAX;
    if (!mptcp_growth_possible(p) || p->cwnd == 0) {
        return p->cwnd;
    }
    if (due(p, acked, acc)) {
        plan(f, acc);
    }
    if ((acc->own[BITS] & FALLS) != 0) {
        return fallen(p, acked, acc);
    }
    return p->cwnd + mptcp_growth_take(p, acked, acc);
}

static uint32_t on_loss(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint32_t *own = f->acc[f->self]->own;

    own[BITS] &= ~(uint32_t)NEW;
    if (own[SINCE] != 0) {
        own[BEFORE] = own[BETWEEN];
        own[BETWEEN] = own[SINCE];
        own[SINCE] = 0;
        own[BITS] |= NEW;
    }
    if (sets_of(f).n < 2) {
        return mptcp_growth_half(f);
    }
    return p->cwnd / 2 > p->mss ? p->cwnd / 2 : p->mss;
}

static void on_undo(const struct mptcp_cc_flows *f)
{
    uint32_t *own = f->acc[f->self]->own;

    if ((own[BITS] & NEW) == 0) {
        return;
    }
    own[BITS] &= ~(uint32_t)NEW;
    own[SINCE] = own[BETWEEN] < UINT32_MAX - own[SINCE] ? own[SINCE] + own[BETWEEN] : UINT32_MAX;
    own[BETWEEN] = own[BEFORE];
}

const struct mptcp_congestion mptcp_olia = {
    .name = "olia",
    .on_ack = on_ack,
    .on_loss = on_loss,
    .on_rto = on_loss,
    .on_undo = on_undo,
    .on_idle = mptcp_growth_paused,
};
