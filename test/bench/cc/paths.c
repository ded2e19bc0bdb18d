/*
 * paths.c - two paths with losses by chance, packet by packet: the library's integers beside the
 * documents' formulae in floating point, with the same packets lost; and what CUBIC and wVegas
 * promise.
 */
#include "bench/cc/model.h"
#include "bench/cc/net.h"
#include "bench/cc/report.h"
#include "bench/cc/sections.h"

#include <math.h>
#include <stdio.h>

#define PATHS 2u

struct pair {
    double loss[PATHS];
    uint32_t rtt_us[PATHS];
};

static const struct pair pairs[] = {
    {{0.01, 0.01}, {100000, 100000}},   {{0.01, 0.04}, {100000, 100000}},
    {{0.001, 0.004}, {50000, 100000}},  {{0.01, 0.04}, {100000, 10000}},
    {{0.0005, 0.0015}, {50000, 50000}},
};

/* Packets per s over each of n paths. */
static void over(const struct mptcp_congestion *cc, const struct pair *p, unsigned from, unsigned n,
                 uint64_t seed, double *rate)
{
    static struct net net;

    net_begin(&net, seed);
    net_connection(&net, cc, n);
    for (unsigned i = 0; i < n; i++) {
        unsigned lane = net_lane(&net, p->rtt_us[from + i], p->loss[from + i], 0, NULL);
        net.lane[lane].seed += from;
    }
    net_run(&net, 50);
    net_measure(&net);
    net_run(&net, report_quick ? 500 : 4000);
    for (unsigned i = 0; i < n; i++) {
        rate[i] = net_rate(&net, i);
    }
    net_end(&net);
}

static void row(const struct mptcp_congestion *cc, const struct pair *p)
{
    struct figure total = {0};
    struct figure split = {0};
    struct figure goal = {0};
    char what[96];

    for (unsigned s = 1; s <= report_seeds; s++) {
        double ours[PATHS];
        double exact[PATHS];
        double alone[PATHS];
        over(cc, p, 0, PATHS, s, ours);
        over(model_formula(cc), p, 0, PATHS, s, exact);
        over(&mptcp_reno, p, 0, 1, s, &alone[0]);
        over(&mptcp_reno, p, 1, 1, s, &alone[1]);
        figure_add(&total, (ours[0] + ours[1]) / (exact[0] + exact[1]));
        figure_add(&split, ours[0] / (ours[0] + ours[1]) / (exact[0] / (exact[0] + exact[1])));
        figure_add(&goal, (ours[0] + ours[1]) / fmax(alone[0], alone[1]));
    }
    snprintf(what, sizeof what, "%-5s p %g %g r %.0f %.0f ms: X / formula's", cc->name, p->loss[0],
             p->loss[1], p->rtt_us[0] / 1e3, p->rtt_us[1] / 1e3);
    report_row(what, &total, 1, 0.015);
    report_row("      its first path's share / formula's", &split, 1, 0.015);
    report_shown("      X / best TCP (closed form: 1)", &goal, 1);
}

/* Packets until the next loss, 1/p in the mean. Each time just as many would lose at the very
 * window of the last loss, and whether that is below it, which calls for fast convergence, would be
 * up to rounding. */
static double gap(double loss, uint64_t *seed)
{
    return (0.5 + net_chance(seed)) / loss;
}

/* What CUBIC's rules give over so many losses, in floating point: packets of window. */
static double cubic_rules(double loss, double rtt, unsigned cycles)
{
    uint64_t seed = 5;
    double w_max = 50;
    double w = 0.7 * w_max;
    double packets = 0;
    double seconds = 0;

    for (unsigned k = 0; k < cycles; k++) {
        double origin = w_max > w ? w_max : w;
        double t0 = cbrt((origin - w) / 0.4);
        double t = 0;
        double est = w;
        double before = w / 0.7;
        double n = gap(loss, &seed);
        packets += k >= cycles / 4 ? n : 0;
        for (; n > 0; n--) {
            double d = t + rtt - t0;
            double curve = origin + 0.4 * d * d * d;
            est += (est < before ? 9.0 / 17 : 1) / w;
            double goal = fmin(fmax(curve, fmax(est, w)), 1.5 * w);
            w = fmax(curve, w) <= est ? est : w + (goal - w) / w;
            t += rtt / w;
        }
        seconds += k >= cycles / 4 ? t : 0;
        w_max = w < w_max ? 0.85 * w : w;
        w *= 0.7;
    }
    return packets * rtt / seconds;
}

static double cubic_integers(double loss, double rtt, unsigned cycles)
{
    struct mptcp_cc_acc acc = {0};
    struct mptcp_cc_acc *at = &acc;
    struct mptcp_cc_path path = {.cwnd = 50 * MSS, .mss = MSS, .flags = MPTCP_CC_USABLE};
    struct mptcp_cc_flows f = {.paths = &path, .acc = &at, .n = 1};
    double packets = 0;
    double seconds = 0;
    double began = 0;
    uint64_t seed = 5;

    path.srtt_us = (uint32_t)(rtt * 1e6);
    path.cwnd = path.ssthresh = mptcp_cubic.on_loss(&f);
    for (unsigned k = 0; k < cycles; k++) {
        double n = gap(loss, &seed);
        packets += k >= cycles / 4 ? n : 0;
        for (; n > 0; n--) {
            f.now = (uint64_t)(1e6 * seconds);
            path.cwnd = mptcp_cubic.on_ack(&f, MSS);
            seconds += rtt * MSS / path.cwnd;
        }
        path.cwnd = path.ssthresh = mptcp_cubic.on_loss(&f);
        began = k + 1 == cycles / 4 ? seconds : began;
    }
    return packets * rtt / (seconds - began);
}

/* Windows of 1.0538 (r / p)^(3/4) packets are what RFC 9438 s5.1 has, without fast convergence. */
static void cubic_response(double loss, double rtt)
{
    struct figure mean = {0};
    char what[80];

    const unsigned cycles = loss > 1e-5 ? 400 : 60;
    figure_add(&mean, cubic_integers(loss, rtt, cycles));
    snprintf(what, sizeof what, "cubic a loss in %.0g packets, r %.0f ms: w", 1 / loss, 1000 * rtt);
    report_row(what, &mean, cubic_rules(loss, rtt, cycles), 0.02);
    report_shown("      by the RFC's closed form", &mean, 1.0538 * pow(rtt / loss, 0.75));
}

/* 10 packets / X of queueing delay on each path, over links of its own. */
static void wvegas_delays(double rate1, double rate2, uint32_t rtt1, uint32_t rtt2)
{
    static struct net net;
    struct figure first_delay = {0};
    struct figure second_delay = {0};
    struct figure total = {0};
    char what[80];

    for (unsigned s = 1; s <= report_seeds; s++) {
        net_begin(&net, s);
        unsigned first = net_tail(&net, rate1, 1000);
        unsigned second = net_tail(&net, rate2, 1000);
        net_connection(&net, &mptcp_wvegas, PATHS);
        net_lane(&net, rtt1, 0, 1, &first);
        net_lane(&net, rtt2, 0, 1, &second);
        net_run(&net, 100);
        net_measure(&net);
        net_run(&net, report_quick ? 50 : 300);
        figure_add(&total, net_rate(&net, 0) + net_rate(&net, 1));
        figure_add(&first_delay, 1000 * (net_delay(&net, 0) - rtt1 / 1e6 - 1 / rate1));
        figure_add(&second_delay, 1000 * (net_delay(&net, 1) - rtt2 / 1e6 - 1 / rate2));
        net_end(&net);
    }
    snprintf(what, sizeof what, "wvegas links of %g and %g packets per s: X", rate1, rate2);
    report_row(what, &total, rate1 + rate2, 0.01);
    report_row("       queueing delay of the first, ms", &first_delay, 1e4 / (rate1 + rate2), 0.15);
    report_row("       queueing delay of the second, ms", &second_delay, 1e4 / (rate1 + rate2),
               0.15);
}

void section_paths(void)
{
    static const struct mptcp_congestion *const coupled[] = {&mptcp_lia, &mptcp_olia, &mptcp_balia};

    report_head("Two paths with losses by chance: integers beside formulae in floating point",
                "  The same packets are lost; both plan once per window. The closed form knows no "
                "chance: alpha and B go by the windows and "
                "the\n  octets of the moment, which gives LIA's equal paths some % more, and "
                "unlike paths some "
                "% less; and\n  ssthresh is two segments at least, which small windows notice. The "
                "formulae "
                "show the same.");
    for (unsigned a = 0; a < 3; a++) {
        for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
            row(coupled[a], &pairs[i]);
        }
    }
    report_head("CUBIC's windows, a loss in each 0.5/p to 1.5/p packets (packets)",
                "  Expected: the RFC's rules in floating point. Its closed form has a loss in each "
                "1/p, and no fast\n  convergence.");
    cubic_response(1e-4, 0.1);
    cubic_response(1e-5, 0.1);
    cubic_response(1e-5, 0.2);
    cubic_response(1e-6, 0.05);
    report_head("wVegas: the same queueing delay on all paths, 10 packets / X", NULL);
    wvegas_delays(1000, 1000, 40000, 40000);
    wvegas_delays(4000, 1000, 20000, 80000);
    wvegas_delays(500, 2000, 20000, 80000);
}
