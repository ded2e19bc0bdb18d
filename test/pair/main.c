/*
 * main.c - runs seeds and says what they met. A seed that fails is named, with
 * the command that replays it as a readable log.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const met_names[MET_COUNT] = {
    "joins",          "announced addresses",
    "losses",         "reinjections",
    "dark subflows",  "window probes",
    "checksums",      "recuts",
    "subflow deaths", "plain TCP",
    "wraps at 2^32",  "wraps at 2^64",
    "LATER answers",  "refusals",
    "half closes",    "copying hosts",
    "misuses",        "clocks that jump",
    "IPv6 joins",     "commits made twice",
    "ACKs promised",  "aborts",
    "MP_PRIOs",       "refused joins",
    "corruptions",
};

/* So many seeds must have met everything. */
#define ALL_MET 500

static const char help[] =
    "usage: pair [--seeds N] [--seed BASE] [--log]\n"
    "\n"
    "Two connections back to back in virtual time: N scenarios from seed BASE on (500, 1).\n"
    "--log prints one seed's run: what came in, what was sent, what was told.\n"
    "Exit status: 0 all passed, 1 not, 2 usage.\n";

static bool run(uint64_t seed, bool verbose, unsigned met[MET_COUNT], unsigned long long *steps)
{
    struct sim *s = calloc(1, sizeof *s);

    scenario_make(&s->sc, seed);
    s->random = seed;
    s->verbose = verbose;
    host_make(s, 0);
    host_make(s, 1);
    s->met[MET_WRAP_32] += s->sc.wrap == 32;
    s->met[MET_WRAP_64] += s->sc.wrap == 64;
    s->met[MET_CHECKSUM] += ((s->sc.flags[0] | s->sc.flags[1]) & MPTCP_CFG_CHECKSUM) != 0;
    s->met[MET_COPIES] += ((s->sc.flags[0] | s->sc.flags[1]) & MPTCP_CFG_TCP_COPIES) != 0;
    world_run(s);
    for (unsigned i = 0; i < MET_COUNT; i++) {
        met[i] += s->met[i];
    }
    *steps += s->steps;
    bool passed = s->failure[0] == 0;
    if (!passed) {
        printf("[  FAILED  ] seed %llu at %.3f s: %s\n  replay: pair --seed %llu --log\n",
               (unsigned long long)seed, (double)s->now / 1e6, s->failure,
               (unsigned long long)seed);
    }
    while (s->queue != NULL) {
        struct segment *p = s->queue;
        s->queue = p->next;
        free(p->payload);
        free(p);
    }
    host_free(&s->end[0]);
    host_free(&s->end[1]);
    free(s);
    return passed;
}

static int usage(void)
{
    fputs("pair: unknown or incomplete option; see pair --help\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    uint64_t base = 1;
    unsigned long seeds = 500;
    bool log = false;
    unsigned met[MET_COUNT] = {0};
    unsigned long long steps = 0;
    unsigned long failed = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        } else if (strcmp(argv[i], "--log") == 0) {
            log = true;
            seeds = 1;
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            seeds = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            base = strtoull(argv[++i], NULL, 10);
        } else {
            return usage();
        }
    }
    for (unsigned long i = 0; i < seeds; i++) {
        failed += !run(base + i, log, met, &steps);
    }
    printf("%lu seeds from %llu, %llu steps; they met:", seeds, (unsigned long long)base, steps);
    for (unsigned i = 0; i < MET_COUNT; i++) {
        printf("%s %u %s", i == 0 ? "" : ",", met[i], met_names[i]);
    }
    for (unsigned i = 0; i < MET_COUNT && seeds >= ALL_MET; i++) {
        if (met[i] == 0) {
            printf("\n[  FAILED  ] no run met any %s", met_names[i]);
            failed++;
        }
    }
    printf("\n[  PASSED  ] %lu test(s).\n", seeds - (failed < seeds ? failed : seeds));
    if (failed > 0) {
        printf("[  FAILED  ] %lu test(s).\n", failed);
    }
    return failed == 0 ? 0 : 1;
}
