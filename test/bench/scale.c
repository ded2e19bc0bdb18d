/*
 * scale.c - what a busy connection costs beside many that are idle: one that transfers alone, and
 * beside 1,000 and 10,000 others, with lwIP's own raw API and with the binding. Both ends are in
 * one process, without I/O (flows.h).
 *
 *   scale [ROUNDS]            measures time
 *   scale raw|mptcp IDLE      one case, for scale.py, which counts its instructions
 *
 * Time: there is a process for each case, and in each round they take turns. Printed: CPU
 * nanoseconds per data segment and end, of the best round; how many times what it is alone in the
 * same round, the median of all rounds, at most 1.1; octets of the heap that an end of an idle
 * connection takes, at most 2560. The exit status is 1 if the binding exceeds one of them.
 *
 * One case: printed are the data segments of the busy connection, and the octets as above.
 *
 * lwIP has to have room for so many connections: make bench-scale builds it so.
 */
#define _POSIX_C_SOURCE 200809L

#include "ends.h"
#include "flows.h"
#include "lwip/scarce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OCTETS (2u << 20)
#define LIMIT 1.1
#define LIMIT_OCTETS 2560
#define COUNTS 3
#define MAX_ROUNDS 1000

static const unsigned idle[COUNTS] = {0, 1000, 10000};

struct answer {
    double ns;
    size_t octets; /* of an idle end */
};

struct child {
    int ask;
    int answer;
    size_t octets;
    double ns[MAX_ROUNDS];
};

/* One connection that will be busy, n others, and the octets of an end of one of those. */
static size_t open_all(enum flows_kind kind, unsigned n)
{
    struct mptcpl_config cfg;

    ends_begin();
    mptcpl_config_init(&cfg);
    cfg.max_subflows = cfg.addrs = 2;
    cfg.runs = 16;
    cfg.snd_buf = cfg.rcv_buf = 128u << 10;
    flows_begin(kind, &cfg);
    flows_open(1);
    size_t held = scarce_held();
    flows_open(n);
    return n == 0 ? 0 : (scarce_held() - held) / n / 2;
}

/* The process of one case: a round for each octet that is asked for. */
static void serve(enum flows_kind kind, unsigned n, int ask, int answer)
{
    struct answer a = {.octets = open_all(kind, n)};
    char word;

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

static int one_case(const char *kind, const char *idle_connections)
{
    size_t octets = open_all(strcmp(kind, "raw") == 0 ? FLOWS_RAW : FLOWS_MPTCP,
                             (unsigned)strtoul(idle_connections, NULL, 10));
    uint64_t segments = ends_segments();

    flows_transfer(OCTETS);
    printf("%llu %zu\n", (unsigned long long)(ends_segments() - segments), octets);
    return 0;
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
    c->ask = to[1];
    c->answer = from[0];
}

static void round_of(struct child *c, unsigned round)
{
    struct answer a;

    if (write(c->ask, "x", 1) != 1 || read(c->answer, &a, sizeof a) != sizeof a) {
        ends_die("scale: a process has ended");
    }
    c->ns[round] = a.ns;
    c->octets = a.octets;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median of how many times what it is alone, of each round on its own: a machine that is slower
 * for a while is slower for both. */
static double times_alone(const struct child *c, const struct child *alone, unsigned rounds)
{
    double ratios[MAX_ROUNDS];

    for (unsigned i = 0; i < rounds; i++) {
        ratios[i] = c->ns[i] / alone->ns[i];
    }
    qsort(ratios, rounds, sizeof ratios[0], compare);
    return ratios[rounds / 2];
}

static double best(const struct child *c, unsigned rounds)
{
    double least = c->ns[0];

    for (unsigned i = 1; i < rounds; i++) {
        least = c->ns[i] < least ? c->ns[i] : least;
    }
    return least;
}

static bool print(const char *what, const struct child *c, unsigned rounds)
{
    bool good = true;

    printf("  %-10s", what);
    for (unsigned i = 0; i < COUNTS; i++) {
        double times = times_alone(&c[i], &c[0], rounds);
        printf("  %7.0f ns %5.2f", best(&c[i], rounds), times);
        good &= times <= LIMIT && c[i].octets <= LIMIT_OCTETS;
    }
    printf("  %10zu octets\n", c[COUNTS - 1].octets);
    return good;
}

static int measure(unsigned rounds)
{
    static struct child children[2][COUNTS];

    for (unsigned i = 0; i < 2 * COUNTS; i++) {
        start(&children[i / COUNTS][i % COUNTS], (enum flows_kind)(i / COUNTS), idle[i % COUNTS]);
    }
    for (unsigned i = 0; i < rounds * 2 * COUNTS; i++) {
        round_of(&children[i / COUNTS % 2][i % COUNTS], i / COUNTS / 2);
    }
    printf("a busy connection, per data segment and end, work for each packet\n  %-10s", "");
    for (unsigned i = 0; i < COUNTS; i++) {
        printf("  %10u idle", idle[i]);
    }
    printf("  an idle end\n");
    print("raw lwIP", children[FLOWS_RAW], rounds);
    bool good = print("MPTCP", children[FLOWS_MPTCP], rounds);
    printf("  at most %.1f times what it is alone, and %d octets beside lwIP's pools%s\n", LIMIT,
           LIMIT_OCTETS, good ? "" : "  TOO MUCH");
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 80;

    if (argc == 3 && (strcmp(argv[1], "raw") == 0 || strcmp(argv[1], "mptcp") == 0)) {
        return one_case(argv[1], argv[2]);
    }
    if (argc > 2 || rounds == 0 || rounds > MAX_ROUNDS) {
        ends_die("usage: scale [ROUNDS up to 1000], or scale raw|mptcp IDLE");
    }
    return measure(rounds);
}
