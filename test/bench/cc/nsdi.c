/*
 * nsdi.c - the ring and the torus of Wischik et al., NSDI 2011, on ideal links: what the algorithms
 * make of paths that share links with each other's.
 *
 * Ring: three links of 12 Mbit/s (1000 packets per s), three connections, each with one path of one
 * link and one of the two others. Torus: five links, five connections, each over two neighbouring
 * links; one link, C, has less and less.
 */
#include "bench/cc/model.h"
#include "bench/cc/net.h"
#include "bench/cc/report.h"
#include "bench/cc/sections.h"

#include <stdio.h>

#define FULL 1000.0
#define SLOW 100.0 /* many losses in a run, for OLIA */
#define RTT_US 100000u
#define TORUS 5u
#define SECONDS 600

/* ------------------------------------------------------------------ ring */

/* What a connection has, in Mbit/s. */
static void ring(const struct mptcp_congestion *cc, bool told, double rate, struct figure *f)
{
    static struct net net;

    for (unsigned s = 1; s <= report_seeds; s++) {
        double one = 0;
        double two = 0;
        net_begin(&net, s);
        for (unsigned l = 0; l < 3; l++) {
            net_ideal(&net, rate);
        }
        for (unsigned i = 0; i < 3; i++) {
            unsigned others[] = {(i + 1) % 3, (i + 2) % 3};
            net_connection(&net, cc, 2);
            net_lane(&net, RTT_US, 0, 1, &i);
            net_lane(&net, RTT_US, 0, 2, others);
        }
        if (told) {
            net_tell(&net);
        }
        net_run(&net, 50);
        net_measure(&net);
        net_run(&net, SECONDS * FULL / rate);
        for (unsigned i = 0; i < net.lanes; i += 2) {
            one += net_rate(&net, i) / 3;
            two += net_rate(&net, i + 1) / 3;
        }
        figure_add(f, (one + two) / rate * 12);
        net_end(&net);
    }
}

static void ring_row(const struct mptcp_congestion *cc, double expected)
{
    struct figure f = {0};
    char what[80];

    ring(cc, false, FULL, &f);
    snprintf(what, sizeof what, "%s", cc->name);
    report_row(what, &f, expected, 0.05);
}

static void rings(void)
{
    struct figure olia = {0};
    struct figure formula = {0};
    struct figure told = {0};

    report_head(
        "NSDI 2011, ring of three links (Mbit/s of a connection; 8 if split evenly, 12 at most)",
        "  OLIA's measure of a path is of two random numbers, and a small window shrinks slowly "
        "(see "
        "scenario A).");
    ring_row(&mptcp_reno, 8.49);
    ring_row(&mptcp_lia, 9);
    if (report_quick) {
        return;
    }
    ring_row(&mptcp_balia, 9.68);
    ring(&mptcp_olia, false, SLOW, &olia);
    ring(model_formula(&mptcp_olia), false, SLOW, &formula);
    report_row("olia, as its formula", &olia, figure_mean(&formula), 0.03);
    report_least("olia, more than lia's 9", &olia, 9.3);
    ring(model_formula(&mptcp_olia), true, SLOW, &told);
    /* One packet in flight over two links. */
    report_shown("olia told the losses", &told, 12 * (1 - 1e6 / RTT_US / SLOW));
}

/* ----------------------------------------------------------------- torus */

/* Jain's index of the five connections. */
static double torus(const struct mptcp_congestion *cc, double c, uint64_t seed)
{
    static struct net net;
    double sum = 0;
    double squares = 0;

    net_begin(&net, seed);
    for (unsigned l = 0; l < TORUS; l++) {
        net_ideal(&net, l == 0 ? c : FULL);
    }
    for (unsigned i = 0; i < TORUS; i++) {
        unsigned next = (i + 1) % TORUS;
        net_connection(&net, cc, 2);
        net_lane(&net, RTT_US, 0, 1, &i);
        net_lane(&net, RTT_US, 0, 1, &next);
    }
    net_run(&net, 100);
    net_measure(&net);
    net_run(&net, SECONDS);
    for (unsigned i = 0; i < net.lanes; i += 2) {
        double x = net_rate(&net, i) + net_rate(&net, i + 1);
        sum += x;
        squares += x * x;
    }
    net_end(&net);
    return sum * sum / (TORUS * squares);
}

/* Jain's index as the closed forms have it. */
static double jain_of(const struct mptcp_congestion *cc, double c)
{
    struct model m = {.links = TORUS, .users = TORUS, .rtt = RTT_US / 1e6};
    double sum = 0;
    double squares = 0;

    for (unsigned i = 0; i < TORUS; i++) {
        m.capacity[i] = i == 0 ? c : FULL;
        m.user[i] = (struct user){.cc = cc, .count = 1, .paths = 2};
        m.user[i].over[0] = 1u << i;
        m.user[i].over[1] = 1u << (i + 1) % TORUS;
    }
    model_solve(&m);
    for (unsigned i = 0; i < TORUS; i++) {
        double x = m.user[i].rate[0] + m.user[i].rate[1];
        sum += x;
        squares += x * x;
    }
    return sum * sum / (TORUS * squares);
}

static void torus_row(const struct mptcp_congestion *cc, double c, double expected,
                      double tolerance, struct plot *plot, unsigned curve)
{
    struct figure jain = {0};
    char what[80];

    for (unsigned s = 1; s <= report_seeds; s++) {
        figure_add(&jain, torus(cc, c, s));
    }
    snprintf(what, sizeof what, "%-6s C = %.0f: Jain's index", cc->name, c);
    report_row(what, &jain, expected, tolerance);
    plot_add(plot, curve, c, figure_mean(&jain));
}

void section_nsdi(void)
{
    static const struct mptcp_congestion *const algorithms[] = {&mptcp_reno, &mptcp_lia,
                                                                &mptcp_balia, &mptcp_olia};
    static const double sizes[] = {100, 250, 500, 750, 1000};
    static struct plot plot;

    rings();
    report_head(
        "NSDI 2011, torus of five links of 1000 packets per s, one of them C",
        "  Recalled from the paper at C = 100: EWTCP (here: reno) .92, MPTCP (lia) .986, COUPLED "
        "(olia) .99.");
    plot_begin(&plot, "cc-torus.svg", "Torus: Jain's index by the capacity of one link",
               "C, packets/s", "Jain's index");
    for (unsigned a = 0; a < (report_quick ? 2 : 4); a++) {
        const struct mptcp_congestion *cc = algorithms[a];
        unsigned curve = plot_curve(&plot, cc->name, true);
        for (unsigned i = 0; i < (report_quick ? 1u : 5u); i++) {
            double expected = cc == &mptcp_olia ? 1 : jain_of(cc, sizes[i]);
            torus_row(cc, sizes[i], expected, 0.02, &plot, curve);
        }
    }
    plot_write(&plot);
}
