/*
 * goals.c - RFC 6356's three goals (s1): on its best path a connection is as fast as TCP there; on
 * a path it takes no more than TCP would; and it moves away from congestion. And one bottleneck for
 * two subflows beside a TCP flow, for all algorithms.
 */
#include "bench/cc/model.h"
#include "bench/cc/net.h"
#include "bench/cc/report.h"
#include "bench/cc/sections.h"

#include <math.h>
#include <stdio.h>

enum neck { IDEAL, RED, TAIL };

static const char *const neck_names[] = {"ideal", "RED", "drop-tail"};

static unsigned neck_of(struct net *n, enum neck kind, double rate)
{
    return kind == IDEAL ? net_ideal(n, rate)
           : kind == RED ? net_red(n, rate, rate / 100, rate / 10)
                         : net_tail(n, rate, rate / 10);
}

#define SECONDS 600
#define COUPLED 3u

static const struct mptcp_congestion *const coupled[COUPLED] = {&mptcp_lia, &mptcp_olia,
                                                                &mptcp_balia};

/* The share of a link that two subflows get beside `others` Reno flows, times what one of 1 +
 * others has. */
static double beside_tcp(const struct mptcp_congestion *cc, enum neck kind, unsigned others,
                         uint64_t seed)
{
    static struct net net;
    double ours = 0;
    double all = 0;

    net_begin(&net, seed);
    unsigned link = neck_of(&net, kind, 500 * (1.0 + others));
    net_connection(&net, cc, 2);
    net_lane(&net, 50000, 0, 1, &link);
    net_lane(&net, 50000, 0, 1, &link);
    for (unsigned k = 0; k < others; k++) {
        net_connection(&net, &mptcp_reno, 1);
        net_lane(&net, 50000, 0, 1, &link);
    }
    net_run(&net, 30);
    net_measure(&net);
    net_run(&net, report_quick ? SECONDS / 4 : SECONDS);
    for (unsigned i = 0; i < net.lanes; i++) {
        double rate = net_rate(&net, i);
        ours += i < 2 ? rate : 0;
        all += rate;
    }
    net_end(&net);
    return ours / all;
}

static void shared(const struct mptcp_congestion *cc, enum neck kind, unsigned others,
                   double expected, double tolerance)
{
    struct figure f = {0};
    char what[80];

    for (unsigned s = 1; s <= report_seeds; s++) {
        figure_add(&f, beside_tcp(cc, kind, others, s));
    }
    snprintf(what, sizeof what, "%-6s %s, beside %u TCP: share", cc->name, neck_names[kind],
             others);
    if (tolerance > 0) {
        report_row(what, &f, expected, tolerance);
    } else {
        report_shown(what, &f, expected);
    }
}

/* X over two links with `tcps` Reno flows on each, by what one of these has on the better link. */
static void first_and_third(const struct mptcp_congestion *cc, double rate1, double rate2,
                            unsigned tcps1, unsigned tcps2)
{
    static struct net net;
    struct figure total = {0};
    struct figure away = {0};
    char what[80];

    for (unsigned s = 1; s <= report_seeds; s++) {
        double tcp[2] = {0, 0};
        net_begin(&net, s);
        unsigned links[] = {net_red(&net, rate1, rate1 / 100, rate1 / 10),
                            net_red(&net, rate2, rate2 / 100, rate2 / 10)};
        net_connection(&net, cc, 2);
        net_lane(&net, 50000, 0, 1, &links[0]);
        net_lane(&net, 50000, 0, 1, &links[1]);
        for (unsigned k = 0; k < tcps1 + tcps2; k++) {
            net_connection(&net, &mptcp_reno, 1);
            net_lane(&net, 50000, 0, 1, &links[k >= tcps1]);
        }
        net_run(&net, 30);
        net_measure(&net);
        net_run(&net, SECONDS);
        for (unsigned i = 2; i < net.lanes; i++) {
            unsigned second = i - 2 >= tcps1;
            tcp[second] += net_rate(&net, i) / (second ? tcps2 : tcps1);
        }
        double ours = net_rate(&net, 0) + net_rate(&net, 1);
        double best = fmax(tcp[0], tcp[1]);
        figure_add(&total, ours / best);
        /* What it takes of the worse link, by what a TCP flow has there. */
        figure_add(&away, net_rate(&net, 1) / tcp[1]);
        net_end(&net);
    }
    snprintf(what, sizeof what, "%-6s %u and %u TCP: X / the better TCP", cc->name, tcps1, tcps2);
    report_least(what, &total, 0.9);
    report_most("       on the worse path / TCP there", &away, 0.5);
}

static void trace_look(struct net *n, void *arg)
{
    struct plot *p = arg;
    for (unsigned i = 0; i < n->lanes; i++) {
        plot_add(p, i, (double)n->now / 1e6, n->path[i].cwnd / (double)MSS);
    }
}

/* Windows over a minute on one bottleneck. */
static void trace(const struct mptcp_congestion *cc, const char *file)
{
    static struct net net;
    static struct plot plot;
    char title[80];

    if (report_dir == NULL) {
        return;
    }
    snprintf(title, sizeof title, "%s: two subflows and a TCP flow through one bottleneck",
             cc->name);
    plot_begin(&plot, file, title, "s", "cwnd, packets");
    plot_curve(&plot, "subflow 1", false);
    plot_curve(&plot, "subflow 2", false);
    plot_curve(&plot, "TCP", false);
    net_begin(&net, 1);
    unsigned link = neck_of(&net, RED, 1000);
    net_connection(&net, cc, 2);
    net_lane(&net, 50000, 0, 1, &link);
    net_lane(&net, 50000, 0, 1, &link);
    net_connection(&net, &mptcp_reno, 1);
    net_lane(&net, 50000, 0, 1, &link);
    net.look = trace_look;
    net.arg = &plot;
    net.every = 200000;
    net_run(&net, 100);
    net_end(&net);
    plot_write(&plot);
}

static void bottleneck(enum neck kind)
{
    shared(&mptcp_reno, kind, 1, 2.0 / 3, 0.05);
    for (unsigned a = 0; a < COUPLED; a++) {
        shared(coupled[a], kind, 1, 0.5, 0.15);
    }
}

void section_goals(void)
{
    report_head("Goals 1 and 3 of RFC 6356: two links of 2000 packets per s, TCP flows on each",
                "  X at least 0.9 of a TCP flow on the better one (losses by chance take some %: "
                "see paths), "
                "and on the\n  worse one at most half of a TCP flow there.");
    for (unsigned a = 0; a < (report_quick ? 1 : COUPLED); a++) {
        first_and_third(coupled[a], 2000, 2000, 3, 12);
    }
    report_head(
        "Goal 2: two subflows and a TCP flow through one bottleneck (RTT 50 ms)",
        "  Half for coupled ones, two thirds for uncoupled ones. wVegas is not made to share: a "
        "queue "
        "that a\n  loss-based flow fills is too long for it, and one that RED keeps short is "
        "not.");
    bottleneck(RED);
    if (report_quick) {
        return;
    }
    bottleneck(IDEAL);
    bottleneck(TAIL);
    shared(&mptcp_cubic, RED, 1, 2.0 / 3, 0);
    shared(&mptcp_wvegas, RED, 1, 0.5, 0);
    shared(&mptcp_wvegas, TAIL, 1, 0.5, 0);
    for (unsigned a = 0; a < COUPLED; a++) {
        shared(coupled[a], RED, 4, 0.2, 0.15);
    }
    trace(&mptcp_lia, "cc-shared-lia.svg");
    trace(&mptcp_olia, "cc-shared-olia.svg");
    trace(&mptcp_balia, "cc-shared-balia.svg");
}
