/*
 * scale.c - what a busy connection costs beside many that are idle: one that transfers alone, and
 * beside 1,000 and 10,000 others, with lwIP's own raw API and with the binding. Both ends are in
 * one process, without I/O (flows.h).
 *
 *   scale [ROUNDS]
 *
 * There is a process for each case. They take turns, and of each the best round counts. Printed:
 * CPU nanoseconds per data segment and end, and how many times what it is alone, at most 1.1;
 * octets of the heap that an end of an idle connection takes, at most 2560. The exit status is 1 if
 * the binding exceeds one of them.
 *
 * lwIP has to have room for so many connections: make bench-scale builds it so.
 */
#define _POSIX_C_SOURCE 200809L

#include "ends.h"
#include "flows.h"
#include "lwip/scarce.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define OCTETS (8u << 20)
#define LIMIT 1.1
#define LIMIT_OCTETS 2560
#define COUNTS 3

static const unsigned idle[COUNTS] = {0, 1000, 10000};

struct answer {
    double ns;
    size_t octets; /* of an idle end */
};

struct child {
    int ask;
    int answer;
    double best;
    size_t octets;
};

/* The process of one case: a round for each octet that is asked for. */
static void serve(enum flows_kind kind, unsigned n, int ask, int answer)
{
    struct mptcpl_config cfg;
    char word;

    ends_begin();
    mptcpl_config_init(&cfg);
    cfg.max_subflows = cfg.addrs = 2;
    cfg.runs = 16;
    cfg.snd_buf = cfg.rcv_buf = 128u << 10;
    flows_begin(kind, &cfg);
    flows_open(1);
    size_t held = scarce_held();
    flows_open(n);
    struct answer a = {.octets = n == 0 ? 0 : (scarce_held() - held) / n / 2};
    while (read(ask, &word, 1) == 1) {
        uint64_t segments = ends_segments();
        double start = ends_cpu_ns();
        flows_transfer(OCTETS);
        a.ns = (ends_cpu_ns() - start) / (double)(ends_segments() - segments) / 2;
        if (write(answer, &a, sizeof a) != sizeof a) {
            break;
        }
    }
    exit(0);
}

static void start(struct child *c, enum flows_kind kind, unsigned n)
{
    int to[2];
    int from[2];

    if (pipe(to) != 0 || pipe(from) != 0) {
        ends_die("scale: no pipe");
    }
    pid_t pid = fork();
    if (pid < 0) {
        ends_die("scale: no process");
    }
    if (pid == 0) {
        close(to[1]);
        close(from[0]);
        serve(kind, n, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    *c = (struct child){.ask = to[1], .answer = from[0], .best = 1e18};
}

static void round_of(struct child *c)
{
    struct answer a;

    if (write(c->ask, "x", 1) != 1 || read(c->answer, &a, sizeof a) != sizeof a) {
        ends_die("scale: a process has ended");
    }
    c->best = a.ns < c->best ? a.ns : c->best;
    c->octets = a.octets;
}

static bool print(const char *what, const struct child *c)
{
    bool good = true;

    printf("  %-10s", what);
    for (unsigned i = 0; i < COUNTS; i++) {
        double times = c[i].best / c[0].best;
        printf("  %7.0f ns %5.2f", c[i].best, times);
        good &= times <= LIMIT && c[i].octets <= LIMIT_OCTETS;
    }
    printf("  %10zu octets\n", c[COUNTS - 1].octets);
    return good;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20;
    struct child children[2][COUNTS];

    if (rounds == 0 || argc > 2) {
        ends_die("usage: scale [ROUNDS]");
    }
    for (unsigned i = 0; i < 2 * COUNTS; i++) {
        start(&children[i / COUNTS][i % COUNTS], (enum flows_kind)(i / COUNTS), idle[i % COUNTS]);
    }
    for (unsigned i = 0; i < rounds * 2 * COUNTS; i++) {
        round_of(&children[i / COUNTS % 2][i % COUNTS]);
    }
    printf("a busy connection, per data segment and end, work for each packet\n  %-10s", "");
    for (unsigned i = 0; i < COUNTS; i++) {
        printf("  %10u idle", idle[i]);
    }
    printf("  an idle end\n");
    print("raw lwIP", children[FLOWS_RAW]);
    bool good = print("MPTCP", children[FLOWS_MPTCP]);
    printf("  at most %.1f times what it is alone, and %d octets beside lwIP's pools%s\n", LIMIT,
           LIMIT_OCTETS, good ? "" : "  TOO MUCH");
    return good ? 0 : 1;
}
