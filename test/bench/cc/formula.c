/*
 * formula.c - LIA, OLIA and BALIA as their documents write them, in floating point (model.h). What
 * the library's integers do in the same network, with the same losses, is to be the same: a
 * difference to a closed form that both show is not one of arithmetic.
 *
 * Growth is computed once per window of octets here, too: RFC 5681 has a segment per window. At
 * each ACK, for a window that has grown meanwhile, it would be less by 1 / 2w, which windows of
 * some segments notice.
 *
 * What a path keeps: the fraction of an octet, a double, in the first two words of its state;
 * `left` and `cwnd` of the plan, and its growth, a double, in the third and fourth of the
 * algorithm's own words; in the first and second OLIA's octets since the last loss and between the
 * last two.
 */
#include "bench/cc/model.h"

#include <string.h>

enum { SINCE, BETWEEN, GROWTH };

static double window(const struct mptcp_cc_path *p)
{
    return (p->flags & MPTCP_CC_RECOVERY) != 0 ? p->ssthresh : p->cwnd;
}

static double rate(const struct mptcp_cc_path *p)
{
    return p->srtt_us > 0 ? window(p) / p->srtt_us : 0;
}

static double all(const struct mptcp_cc_flows *f)
{
    double sum = 0;
    for (unsigned i = 0; i < f->n; i++) {
        sum += rate(&f->paths[i]);
    }
    return sum;
}

static double largest(const struct mptcp_cc_flows *f)
{
    double most = 0;
    for (unsigned i = 0; i < f->n; i++) {
        most = rate(&f->paths[i]) > most ? rate(&f->paths[i]) : most;
    }
    return most;
}

/* True if a window of octets was acknowledged since growth was computed, or the window was moved.
 */
static bool due(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_acc *acc = f->acc[f->self];
    const struct mptcp_cc_path *p = &f->paths[f->self];
    return acc->left < acked || p->cwnd - acc->cwnd + p->mss > 3u * p->mss;
}

/* Sets what is added per octet acknowledged, for a window of them. */
static void plan(const struct mptcp_cc_flows *f, double growth)
{
    struct mptcp_cc_acc *acc = f->acc[f->self];

    memcpy(&acc->own[GROWTH], &growth, sizeof growth);
    acc->left = acc->cwnd = f->paths[f->self].cwnd;
}

/* Returns the new window. */
static uint32_t grow(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    struct mptcp_cc_acc *acc = f->acc[f->self];
    double rest;
    double growth;

    memcpy(&rest, acc, sizeof rest);
    memcpy(&growth, &acc->own[GROWTH], sizeof growth);
    acc->left -= acked < acc->left ? acked : acc->left;
    double w = p->cwnd + rest + growth * acked;
    double whole = (double)(uint32_t)(w > p->mss ? w : p->mss);
    rest = w > p->mss ? w - whole : 0;
    memcpy(acc, &rest, sizeof rest);
    return (uint32_t)whole;
}

static uint32_t lia_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    double best = 0;

    if (!mptcp_cc_avoiding(p)) {
        return p->cwnd;
    }
    if (!due(f, acked)) {
        return grow(f, acked);
    }
    for (unsigned i = 0; i < f->n; i++) {
        const struct mptcp_cc_path *k = &f->paths[i];
        double quality = k->srtt_us > 0 ? rate(k) / k->srtt_us : 0;
        best = quality > best ? quality : best;
    }
    double coupled = p->mss * best / (all(f) * all(f));
    double reno = (double)p->mss / p->cwnd;
    plan(f, coupled < reno ? coupled : reno);
    return grow(f, acked);
}

static uint32_t half(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint32_t least = 2u * p->mss;
    return p->cwnd / 2 > least ? p->cwnd / 2 : least;
}

static double quality(const struct mptcp_cc_flows *f, unsigned i)
{
    const uint32_t *own = f->acc[i]->own;
    double r = f->paths[i].srtt_us > 0 ? f->paths[i].srtt_us : 1;
    return (own[SINCE] > own[BETWEEN] ? own[SINCE] : own[BETWEEN]) / (r * r);
}

/* a of the draft; windows within an mss of the largest are the largest. */
static double shift(const struct mptcp_cc_flows *f)
{
    double widest = 0;
    double best = 0;
    unsigned m = 0;
    unsigned b = 0;

    for (unsigned i = 0; i < f->n; i++) {
        widest = window(&f->paths[i]) > widest ? window(&f->paths[i]) : widest;
        best = quality(f, i) > best ? quality(f, i) : best;
    }
    for (unsigned i = 0; i < f->n; i++) {
        bool wide = window(&f->paths[i]) + f->paths[i].mss >= widest;
        m += wide;
        b += !wide && quality(f, i) >= best;
    }
    if (b == 0) {
        return 0;
    }
    if (window(&f->paths[f->self]) + f->paths[f->self].mss >= widest) {
        return -1.0 / f->n / m;
    }
    return quality(f, f->self) >= best ? 1.0 / f->n / b : 0;
}

static uint32_t olia_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];

    f->acc[f->self]->own[SINCE] += acked;
    if (!mptcp_cc_avoiding(p)) {
        return p->cwnd;
    }
    if (due(f, acked)) {
        double w = p->cwnd;
        double x = all(f) * p->srtt_us;
        plan(f, p->mss * (w / (x * x) + shift(f) / w));
    }
    return grow(f, acked);
}

static uint32_t olia_loss(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    uint32_t *own = f->acc[f->self]->own;

    if (own[SINCE] != 0) {
        own[BETWEEN] = own[SINCE];
        own[SINCE] = 0;
    }
    return p->cwnd / 2 > p->mss ? p->cwnd / 2 : p->mss;
}

static uint32_t balia_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];

    if (!mptcp_cc_avoiding(p)) {
        return p->cwnd;
    }
    if (due(f, acked)) {
        double a = largest(f) / rate(p);
        double x = all(f);
        plan(f, p->mss * rate(p) / p->srtt_us / (x * x) * (1 + a) / 2 * (4 + a) / 5);
    }
    return grow(f, acked);
}

static uint32_t balia_loss(const struct mptcp_cc_flows *f)
{
    const struct mptcp_cc_path *p = &f->paths[f->self];
    double a = largest(f) / rate(p);
    double rest = p->cwnd - p->cwnd / 2.0 * (a < 1.5 ? a : 1.5);
    return rest > 2 * p->mss ? (uint32_t)rest : 2u * p->mss;
}

static void undo(const struct mptcp_cc_flows *f)
{
    (void)f;
}

static void idle(const struct mptcp_cc_flows *f, uint32_t us)
{
    (void)f;
    (void)us;
}

static const struct mptcp_congestion lia = {"lia", lia_ack, half, half, undo, idle};
static const struct mptcp_congestion olia = {"olia", olia_ack, olia_loss, olia_loss, undo, idle};
static const struct mptcp_congestion balia = {"balia",    balia_ack, balia_loss,
                                              balia_loss, undo,      idle};

const struct mptcp_congestion *model_formula(const struct mptcp_congestion *cc)
{
    return cc == &mptcp_lia ? &lia : cc == &mptcp_olia ? &olia : cc == &mptcp_balia ? &balia : NULL;
}
