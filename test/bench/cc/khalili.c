/*
 * khalili.c - the scenarios A, B and C of Khalili et al., CoNEXT 2012, on ideal links: what users
 * of several paths take from users of one.
 *
 *   A  N1 users of two paths from a server whose link has the capacity N1 C1. One of the paths also
 *      crosses an access point of N2 C2, which N2 TCP users share: to use it gains nothing.
 *   B  Red users of an access link T, and blue ones of T and of a link X. The red ones add a path
 *      that crosses both X and T.
 *   C  N1 users with an access point of their own, N1 C1, and a path over another one, N2 C2, of N2
 *      TCP users.
 *
 * Expected for LIA and BALIA are closed forms. For OLIA they would be the optimum with one packet
 * in flight on each path that is not the best; but its measure of a path, the octets between its
 * last losses, is of two random numbers, and now and then the worse path looks better, and gets
 * window. OLIA told the true losses is at the optimum, so it is this; and by its formula in
 * floating point it is where the library's integers are. It leaves more than LIA in each case.
 */
#include "bench/cc/model.h"
#include "bench/cc/net.h"
#include "bench/cc/report.h"
#include "bench/cc/sections.h"

#include <stdio.h>
#include <string.h>

#define USERS 10u  /* N2 */
#define RATE 400.0 /* C2, packets per s: windows large enough for closed forms */
#define SLOW 83.3  /* 1 Mbit/s, as in the paper's testbed: many losses in a run, for OLIA */
#define RTT_US 150000u

static double seconds(void)
{
    return report_quick ? 60 : 300;
}

static void measure(struct net *net, double rate)
{
    net_run(net, 60);
    net_measure(net);
    net_run(net, seconds() * (rate == SLOW ? 3 : 1));
}

/* Mean rate of the lanes from `first` on, `step` apart. */
static double mean_rate(const struct net *net, unsigned first, unsigned end, unsigned step)
{
    double sum = 0;
    unsigned n = 0;
    for (unsigned i = first; i < end; i += step) {
        sum += net_rate(net, i);
        n++;
    }
    return sum / n;
}

/* ------------------------------------------------------------ scenarios A, C */

struct shared {
    char scenario; /* 'A' or 'C' */
    unsigned n1;
    double c1;   /* C1 / C2 */
    double rate; /* C2 */
};

/* y / C2: what a TCP user has of its part of the access point. */
static double single(const struct mptcp_congestion *cc, bool told, const struct shared *s,
                     uint64_t seed)
{
    static struct net net;

    net_begin(&net, seed);
    unsigned own = net_ideal(&net, s->n1 * s->c1 * s->rate);
    unsigned access = net_ideal(&net, USERS * s->rate);
    unsigned both[] = {own, access};
    for (unsigned i = 0; i < s->n1; i++) {
        net_connection(&net, cc, 2);
        net_lane(&net, RTT_US, 0, 1, &own);
        net_lane(&net, RTT_US, 0, s->scenario == 'A' ? 2 : 1, s->scenario == 'A' ? both : &access);
    }
    for (unsigned i = 0; i < USERS; i++) {
        net_connection(&net, &mptcp_reno, 1);
        net_lane(&net, RTT_US, 0, 1, &access);
    }
    if (told) {
        net_tell(&net);
    }
    measure(&net, s->rate);
    /* Of what the link carried, which is its capacity within some %. */
    double y = mean_rate(&net, 2 * s->n1, net.lanes, 1);
    double taken = mean_rate(&net, 1, 2 * s->n1, 2) * s->n1 / USERS;
    net_end(&net);
    return y / (y + taken);
}

static double expected_single(const struct mptcp_congestion *cc, const struct shared *s)
{
    struct model m = {.links = 2, .users = 2, .rtt = RTT_US / 1e6};

    if (cc == &mptcp_olia) {
        return 1 - s->n1 / (RTT_US / 1e6 * s->rate * USERS);
    }
    m.capacity[0] = s->n1 * s->c1 * s->rate;
    m.capacity[1] = USERS * s->rate;
    m.user[0] = (struct user){.cc = cc, .count = s->n1, .paths = 2};
    m.user[0].over[0] = 1;
    m.user[0].over[1] = s->scenario == 'A' ? 3 : 2;
    m.user[1] = (struct user){.cc = &mptcp_reno, .count = USERS, .paths = 1};
    m.user[1].over[0] = 2;
    model_solve(&m);
    return m.user[1].rate[0] / s->rate;
}

static double mean_single(const struct mptcp_congestion *cc, bool told, const struct shared *s,
                          struct figure *f)
{
    for (unsigned k = 1; k <= report_seeds; k++) {
        figure_add(f, single(cc, told, s, k));
    }
    return figure_mean(f);
}

/* One case: what LIA and BALIA leave at RATE, and all at SLOW; `noted` is LIA's closed form as the
 * note has it. */
static void compare(const struct shared *s, double noted, struct plot *plot)
{
    struct figure f[6] = {{.runs = 0}};
    const double x = (double)s->n1 / USERS;
    const struct mptcp_congestion *written = model_formula(&mptcp_olia);
    struct shared slow = *s;
    char what[80];

    slow.rate = SLOW;
    snprintf(what, sizeof what, "N1/N2 = %g, C1/C2 = %.2f: y/C2, lia", x, s->c1);
    plot_add(plot, 0, x, mean_single(&mptcp_lia, false, s, &f[0]));
    report_row(what, &f[0], noted > 0 ? noted : expected_single(&mptcp_lia, s), 0.06);
    plot_add(plot, 2, x, mean_single(&mptcp_balia, false, s, &f[1]));
    report_row("        balia", &f[1], expected_single(&mptcp_balia, s), 0.08);
    double lia = mean_single(&mptcp_lia, false, &slow, &f[2]);
    report_shown("        1 Mbit/s: lia", &f[2], expected_single(&mptcp_lia, s));
    plot_add(plot, 1, x, mean_single(&mptcp_olia, false, &slow, &f[3]));
    report_row("        1 Mbit/s: olia, as its formula", &f[3],
               mean_single(written, false, &slow, &f[4]), 0.03);
    report_least("        1 Mbit/s: olia, more than lia", &f[3], 1.05 * lia);
    plot_add(plot, 3, x, mean_single(written, true, &slow, &f[5]));
    double optimum = expected_single(&mptcp_olia, &slow);
    if (s->c1 > 1) {
        report_row("        1 Mbit/s: olia told the losses", &f[5], optimum, 0.03);
    } else {
        report_shown("        1 Mbit/s: olia told the losses", &f[5], optimum);
    }
    plot_add(plot, 4, x, expected_single(&mptcp_lia, s));
    plot_add(plot, 5, x, expected_single(&mptcp_balia, s));
    plot_add(plot, 6, x, optimum);
}

/* The note's closed forms for LIA at N1/N2 of 1, 2 and 3; model_solve meets them, too. */
static void scenario(char name, const double *c1, const double (*noted)[3], unsigned rows)
{
    static const unsigned n1[] = {10, 20, 30};
    static struct plot plot;
    static struct plot aside;
    char title[80];

    snprintf(title, sizeof title, "Scenario %c, C1 = C2: what single-path users keep", name);
    plot_begin(&plot, name == 'A' ? "cc-scenario-a.svg" : "cc-scenario-c.svg", title, "N1 / N2",
               "y / C2");
    plot_curve(&plot, "LIA", true);
    plot_curve(&plot, "OLIA", true);
    plot_curve(&plot, "BALIA", true);
    plot_curve(&plot, "OLIA told the losses", true);
    plot_curve(&plot, "LIA, closed form", false);
    plot_curve(&plot, "BALIA, closed form", false);
    plot_curve(&plot, "OLIA, closed form", false);
    for (unsigned r = 0; r < rows; r++) {
        for (unsigned k = 0; k < 3; k++) {
            struct shared s = {name, n1[k], c1[r], RATE};
            bool drawn = c1[r] == 1;
            if (!report_quick || (k == 0 && drawn)) {
                compare(&s, noted[r][k], drawn ? &plot : &aside);
            }
        }
    }
    plot_write(&plot);
}

/* -------------------------------------------------------------- scenario B */

#define BLUE 15u
#define RED 15u
#define X_RATE 2250.0 /* 27 Mbit/s */
#define T_RATE 3000.0 /* 36 Mbit/s */

/* What all users have together, by what links X and T can carry, before and after the red ones'
 * second path. */
static double together(const struct mptcp_congestion *cc, bool told, bool upgraded, uint64_t seed)
{
    static struct net net;
    double sum = 0;
    double load = 0;

    net_begin(&net, seed);
    unsigned x = net_ideal(&net, X_RATE);
    unsigned t = net_ideal(&net, T_RATE);
    unsigned both[] = {x, t};
    for (unsigned i = 0; i < BLUE; i++) {
        net_connection(&net, cc, 2);
        net_lane(&net, RTT_US, 0, 1, &x);
        net_lane(&net, RTT_US, 0, 1, &t);
    }
    for (unsigned i = 0; i < RED; i++) {
        net_connection(&net, upgraded ? cc : &mptcp_reno, upgraded ? 2 : 1);
        net_lane(&net, RTT_US, 0, 1, &t);
        if (upgraded) {
            net_lane(&net, RTT_US, 0, 2, both);
        }
    }
    if (told) {
        net_tell(&net);
    }
    measure(&net, RATE);
    for (unsigned i = 0; i < net.lanes; i++) {
        sum += net_rate(&net, i);
        load += net_rate(&net, i) * net.lane[i].hops;
    }
    net_end(&net);
    return sum / load;
}

static double expected_together(const struct mptcp_congestion *cc)
{
    struct model m = {.links = 2, .users = 2, .rtt = RTT_US / 1e6};

    if (cc == &mptcp_olia) {
        return 1 - RED / (RTT_US / 1e6) / (X_RATE + T_RATE);
    }
    m.capacity[0] = X_RATE;
    m.capacity[1] = T_RATE;
    m.user[0] = (struct user){.cc = cc, .count = BLUE, .paths = 2};
    m.user[0].over[0] = 1;
    m.user[0].over[1] = 2;
    m.user[1] = (struct user){.cc = cc, .count = RED, .paths = 2};
    m.user[1].over[0] = 2;
    m.user[1].over[1] = 3;
    model_solve(&m);
    return 1 - m.user[1].rate[1] * RED / (X_RATE + T_RATE);
}

static double mean_upgrade(const struct mptcp_congestion *cc, bool told, struct figure *f)
{
    for (unsigned s = 1; s <= report_seeds; s++) {
        figure_add(f, together(cc, told, true, s) / together(cc, told, false, s));
    }
    return figure_mean(f);
}

static void scenario_b(void)
{
    const struct mptcp_congestion *written = model_formula(&mptcp_olia);
    struct figure lia = {0};
    struct figure balia = {0};
    struct figure olia = {0};
    struct figure formula = {0};
    struct figure told = {0};

    mean_upgrade(&mptcp_lia, false, &lia);
    report_row("all users, after / before: lia", &lia, expected_together(&mptcp_lia), 0.03);
    mean_upgrade(&mptcp_balia, false, &balia);
    report_row("                           balia", &balia, expected_together(&mptcp_balia), 0.05);
    mean_upgrade(&mptcp_olia, false, &olia);
    report_row("                           olia, as its formula", &olia,
               mean_upgrade(written, false, &formula), 0.03);
    report_least("                           olia, more than lia", &olia, 1.01 * figure_mean(&lia));
    mean_upgrade(written, true, &told);
    report_row("                           olia told the losses", &told,
               expected_together(&mptcp_olia), 0.03);
}

void section_khalili(void)
{
    static const double a_rates[] = {0.75, 1};
    static const double a_noted[][3] = {{.750, .587, .486}, {.739, .590, .500}};
    static const double c_rates[] = {1, 2};
    static const double c_noted[][3] = {{.704, .567, .485}, {0, 0, 0}};

    report_head(
        "CoNEXT 2012, scenario A: what single-path users keep of their access point",
        "  N2 = 10 users, RTT 150 ms. Links of 4.8 Mbit/s per user for the closed forms; of 1 "
        "Mbit/s, as "
        "in the paper,\n  windows are small, LIA's ssthresh of two segments counts, and the closed "
        "form is shown only. OLIA's\n  measure of a path is of two random numbers: told the true "
        "losses it comes near the optimum, and reaches\n  it where the other path is clearly "
        "worse (C1 = 2 C2 below); else a window that is down to a few packets\n  shrinks by the "
        "difference of the two losses alone, so it takes minutes.");
    scenario('A', a_rates, a_noted, 2);
    if (report_quick) {
        return;
    }
    report_head("CoNEXT 2012, scenario C: what single-path users keep of their access point", NULL);
    scenario('C', c_rates, c_noted, 2);
    report_head("CoNEXT 2012, scenario B: a second path for the red users (recalled: LIA -13 %)",
                NULL);
    scenario_b();
}
