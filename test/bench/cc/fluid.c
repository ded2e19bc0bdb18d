/*
 * fluid.c - where windows come to rest over two paths with fixed losses, as a fluid: the library's
 * integers grow them, for the octets of a small step of time; losses shrink them all the time, by
 * the share that the library's on_loss takes of a window, p times per packet. No chance is in it,
 * so the closed forms are met closely.
 *
 * OLIA goes by octets between losses: on_loss is called for its state once in 1/p packets. Its
 * windows have one packet at the least. on_loss leaves two segments of a small window, which no
 * closed form knows: the share is asked for windows a thousand times as large.
 */
#include "bench/cc/model.h"
#include "bench/cc/report.h"
#include "bench/cc/sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MSS 1000u
#define STEP_US 500.0
#define PATHS 2u
#define LARGER 1000u

struct fluid {
    const struct mptcp_congestion *cc;
    double loss[PATHS];
    double rtt[PATHS];  /* s */
    double w[PATHS];    /* octets */
    double mean[PATHS]; /* packets, of the second half */
    struct mptcp_cc_path path[PATHS];
    struct mptcp_cc_acc acc[PATHS];
    double owed[PATHS]; /* octets sent that no ACK was made of yet */
    double safe[PATHS]; /* packets since the state's last loss */
};

static const struct mptcp_cc_flows *flows(struct fluid *f, unsigned i,
                                          struct mptcp_cc_acc *const *at, struct mptcp_cc_flows *v)
{
    *v = (struct mptcp_cc_flows){.paths = f->path, .acc = at, .n = PATHS, .self = i};
    return v;
}

/* The share of its window that path i loses at a loss. */
static double share(const struct fluid *f, unsigned i)
{
    struct fluid copy = *f;
    struct mptcp_cc_acc *at[PATHS] = {&copy.acc[0], &copy.acc[1]};
    struct mptcp_cc_flows v;

    for (unsigned k = 0; k < PATHS; k++) {
        copy.path[k].cwnd *= LARGER;
    }
    double whole = copy.path[i].cwnd;
    return 1 - f->cc->on_loss(flows(&copy, i, at, &v)) / whole;
}

static void step(struct fluid *f, unsigned i)
{
    struct mptcp_cc_acc *at[PATHS] = {&f->acc[0], &f->acc[1]};
    struct mptcp_cc_flows v;
    double sent = f->w[i] * STEP_US / (f->rtt[i] * 1e6);

    f->owed[i] += sent;
    uint32_t acked = (uint32_t)f->owed[i];
    f->owed[i] -= acked;
    for (unsigned k = 0; k < PATHS; k++) {
        f->path[k].cwnd = (uint32_t)f->w[k];
    }
    uint32_t before = f->path[i].cwnd;
    f->w[i] += (double)f->cc->on_ack(flows(f, i, at, &v), acked) - before;
    f->w[i] -= sent / MSS * f->loss[i] * f->w[i] * share(f, i);
    f->w[i] = f->w[i] > MSS ? f->w[i] : MSS;
    f->safe[i] += sent / MSS;
    if (f->safe[i] >= 1 / f->loss[i]) {
        f->safe[i] -= 1 / f->loss[i];
        (void)f->cc->on_loss(flows(f, i, at, &v));
    }
}

static void flow(struct fluid *f)
{
    const unsigned steps = report_quick ? 400000 : 1600000;

    for (unsigned i = 0; i < PATHS; i++) {
        f->path[i].srtt_us = (uint32_t)(f->rtt[i] * 1e6);
        f->path[i].mss = MSS;
        f->path[i].flags = MPTCP_CC_USABLE;
        f->w[i] = (5 + 2 * (1 - (double)i)) * MSS;
    }
    for (unsigned k = 0; k < steps; k++) {
        for (unsigned i = 0; i < PATHS; i++) {
            step(f, i);
            f->mean[i] += k >= steps / 2 ? f->w[i] / MSS / (steps / 2) : 0;
        }
    }
}

struct pair {
    double loss[PATHS];
    double rtt[PATHS];
};

/* The rows of the note that the library's closed forms were checked against. */
static const struct pair pairs[] = {
    {{0.01, 0.01}, {0.1, 0.1}},  {{0.01, 0.04}, {0.1, 0.1}},       {{0.001, 0.004}, {0.05, 0.1}},
    {{0.01, 0.04}, {0.1, 0.01}}, {{0.0005, 0.0008}, {0.02, 0.04}},
};

static void row(const struct mptcp_congestion *cc, const struct pair *p)
{
    struct fluid f = {.cc = cc};
    double rate[PATHS];
    struct figure total = {0};
    struct figure first = {0};
    struct figure second = {0};
    char what[80];
    /* OLIA rests at any split of equal paths. */
    bool any = cc == &mptcp_olia && p->loss[0] == p->loss[1] && p->rtt[0] == p->rtt[1];

    memcpy(f.loss, p->loss, sizeof f.loss);
    memcpy(f.rtt, p->rtt, sizeof f.rtt);
    model_rates(cc, PATHS, p->loss, p->rtt, rate);
    flow(&f);
    figure_add(&total, f.mean[0] / f.rtt[0] + f.mean[1] / f.rtt[1]);
    figure_add(&first, f.mean[0]);
    figure_add(&second, f.mean[1]);
    snprintf(what, sizeof what, "%-6s p %g %g  r %g %g  X", cc->name, p->loss[0], p->loss[1],
             p->rtt[0], p->rtt[1]);
    report_row(what, &total, rate[0] + rate[1], 0.01);
    if (any) {
        return;
    }
    report_row("                                        w1", &first, rate[0] * p->rtt[0], 0.01);
    report_row("                                        w2", &second, rate[1] * p->rtt[1], 0.01);
}

void section_fluid(void)
{
    static const struct mptcp_congestion *const algorithms[] = {&mptcp_reno, &mptcp_lia,
                                                                &mptcp_olia, &mptcp_balia};
    report_head(
        "Equilibria of two paths with fixed losses, as a fluid (packets per s, packets)",
        "  OLIA's other path has one packet in flight; of equal paths it takes any split. BALIA's "
        "equal paths\n  are not stable at equal windows: their ratio is the a of a^2 + 5 a "
        "+ 4 = 15, 1.653.");
    for (unsigned a = 0; a < 4; a++) {
        for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
            row(algorithms[a], &pairs[i]);
        }
    }
}
