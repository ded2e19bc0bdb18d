/*
 * bench_lia.c - what an ACK costs in congestion avoidance: LIA beside Reno, with 2
 * and with 8 paths, with windows of 12 and of 90 segments. The two take turns in
 * the same run; the best round of each counts. "planned anew" is the worst case,
 * an ACK after each of which something changed elsewhere. The window is put back
 * to where it was after each segment of growth, so that all ACKs see the same.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mptcp/congestion.h"

#define ROUNDS 40u
#define ACKS 200000u
#define MSS 1424u
#define PATHS 8u

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Results are added up here, so that no work can be left out. */
static volatile uint64_t sink;

enum kind { RENO, LIA, LIA_ANEW };

static double once(enum kind kind, unsigned n, uint32_t segments)
{
    struct mptcp_cc_path p[PATHS];
    struct mptcp_cc_acc acc = {0};
    uint32_t window = segments * MSS;
    memset(p, 0, sizeof p);
    for (unsigned i = 0; i < n; i++) {
        p[i].cwnd = window + i * MSS;
        p[i].srtt_us = 20000 + 7000 * i;
        p[i].mss = MSS;
        p[i].flags = MPTCP_CC_USABLE;
    }
    uint64_t sum = 0;
    double start = now_ns();
    for (unsigned i = 0; i < ACKS; i++) {
        if (kind == LIA_ANEW) {
            mptcp_cc_refresh(&acc);
        }
        uint32_t inc = kind == RENO ? mptcp_reno_increase(&p[0], 2 * MSS, &acc)
                                    : mptcp_lia_increase(p, n, 0, 2 * MSS, &acc);
        sum += inc;
        p[0].cwnd = p[0].cwnd - window < MSS ? p[0].cwnd + inc : window;
    }
    double each = (now_ns() - start) / ACKS;
    sink += sum;
    return each;
}

static void compare(const char *name, enum kind kind, unsigned n, uint32_t segments)
{
    double lia = 1e9;
    double reno = 1e9;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double a = once(kind, n, segments);
        double b = once(RENO, n, segments);
        lia = a < lia ? a : lia;
        reno = b < reno ? b : reno;
    }
    printf("%-44s %7.1f ns   Reno  %7.1f ns   ratio %.2f\n", name, lia, reno, lia / reno);
}

int main(void)
{
    compare("LIA: 2 paths, 12 segments", LIA, 2, 12);
    compare("LIA: 2 paths, 90 segments", LIA, 2, 90);
    compare("LIA: 8 paths, 12 segments", LIA, 8, 12);
    compare("LIA: 8 paths, 90 segments", LIA, 8, 90);
    compare("LIA: 2 paths, planned anew at each ACK", LIA_ANEW, 2, 90);
    compare("LIA: 8 paths, planned anew at each ACK", LIA_ANEW, 8, 90);
    return 0;
}
