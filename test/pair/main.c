/*
 * main.c - runs seeds and says what they met. A seed that fails is named, with
 * the command that replays it as a readable log.
 */
#define _POSIX_C_SOURCE 200809L
#include "mptcp/print.h"
#include "sim.h"

#include "mptcp/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX 64

/* So many seeds must have met everything. */
#define ALL_MET 500
#define ALL_MET_HOSTILE 3000
#define ALL_MET_0 1500

static const char help[] =
    "usage: pair [--hostile | --small] [--hosts MANNER] [--scheduler NAME] [--version V]\n"
    "            [--seeds N] [--seed BASE] [--jobs N] [--log]\n"
    "\n"
    "Two connections back to back in virtual time: N scenarios from seed BASE on (500, 1).\n"
    "--hostile  paths that strip, split, merge, edit, forge and forget; peers that lie\n"
    "--small    segments, windows, buffers and tables as small as they may be: all that there "
    "are,\n"
    "           or with --seeds behind it so many, which have each row and each variant\n"
    "--hosts    varied: TCPs leave 0 to 40 octets for options, delay, merge, forget and run out "
    "of\n"
    "           memory (default); steady: they leave room and tell everything at once\n"
    "--scheduler  minrtt (default), another of the library's, or wild: answers almost anything,\n"
    "           with --hostile only, since paths overtake each other with the same octets\n"
    "--version  1 (default), 0, or mixed: clients with either or both, servers with either or "
    "both\n"
    "--jobs     so many processes at a time (as many as there are processors)\n"
    "--log      prints one seed's run: what came in, what was sent, what was told\n"
    "Exit status: 0 all passed, 1 not, 2 usage.\n";

/* What a range of seeds came to. */
struct sum {
    unsigned long long met[MET_COUNT];
    unsigned long long steps;
    unsigned long failed;
};

struct options {
    uint64_t base;
    unsigned long seeds;
    unsigned long jobs;
    bool log;
    bool hostile;
    bool steady;
    bool small;
    enum mode mode;
    uint8_t scheduler; /* of test/pair/schedulers.c */
};

static void note_scenario(struct sim *s)
{
    s->met[MET_WRAP_32] += s->sc.wrap == 32;
    s->met[MET_WRAP_64] += s->sc.wrap == 64;
    s->met[MET_CHECKSUM] += ((s->sc.flags[0] | s->sc.flags[1]) & MPTCP_CFG_CHECKSUM) != 0;
    s->met[MET_OTHER_VERSION] += version_agreed(&s->sc) < 0;
    s->met[MET_COPIES] += ((s->sc.flags[0] | s->sc.flags[1]) & MPTCP_CFG_TCP_COPIES) != 0;
}

static void clear_away(struct sim *s)
{
    while (s->queue != NULL) {
        struct segment *p = s->queue;
        s->queue = p->next;
        world_drop(p);
    }
    box_free(s);
    host_free(&s->end[0]);
    host_free(&s->end[1]);
    free(s);
}

/* Of a run that failed: what both connections say of themselves. */
static void print_ends(const struct sim *s)
{
    char text[4096];

    for (unsigned i = 0; i < 2; i++) {
        const struct end *e = &s->end[i];
        if (e->conn != NULL) {
            mptcp_conn_print(e->conn, text, sizeof text, clock_of(e));
            printf("end %u: %s", i, text);
        }
    }
}

static void print_failure(const struct sim *s, const struct options *o)
{
    static const char *const modes[] = {"", "--version 0 ", "--version mixed "};
    const char *scheduler = o->scheduler != 0 ? mptcp_schedulers[o->scheduler]->name : "";

    printf("[  FAILED  ] seed %llu at %.3f s: %s\n  replay: pair %s%s%s%s%s%s--seed %llu --log\n",
           (unsigned long long)s->sc.seed, (double)s->now / 1e6, s->failure,
           o->hostile ? "--hostile "
           : o->small ? "--small "
                      : "",
           o->steady ? "--hosts steady " : "", modes[o->mode],
           o->scheduler != 0 ? "--scheduler " : "", scheduler, o->scheduler != 0 ? " " : "",
           (unsigned long long)s->sc.seed);
    if (o->log) {
        print_ends(s);
    }
}

static void make_scenario(struct scenario *sc, uint64_t seed, const struct options *o,
                          const struct mptcp_versions *known)
{
    scenario_make(sc, seed);
    if (o->hostile) {
        scenario_hostile(sc, seed);
    }
    if (!o->steady && !o->small) {
        scenario_varied(sc, seed);
    }
    if (o->small) {
        scenario_small(sc, seed);
    }
    scenario_versions(sc, seed, o->mode, known);
    if (!o->small) {
        scenario_further(sc, seed);
    }
    sc->scheduler = o->scheduler;
}

/* One connection of a seed. True if the client has learned that it should offer another version,
 * and none has failed. */
static bool connect_once(uint64_t seed, const struct options *o, struct mptcp_versions *known,
                         struct sum *sum)
{
    struct sim *s = calloc(1, sizeof *s);

    make_scenario(&s->sc, seed, o, known);
    s->random = seed;
    s->verbose = o->log;
    host_make(s, 0);
    host_make(s, 1);
    note_scenario(s);
    world_run(s);
    bool again = version_learned(s, known) && s->failure[0] == 0;
    s->met[MET_SECOND_TRY] += again;
    for (unsigned i = 0; i < MET_COUNT; i++) {
        sum->met[i] += s->met[i];
    }
    sum->steps += s->steps;
    if (s->failure[0] != 0) {
        sum->failed++;
        print_failure(s, o);
    }
    clear_away(s);
    return again;
}

/* The first, and up to two more: in version 0, and as plain TCP. */
static void run(uint64_t seed, const struct options *o, struct sum *sum)
{
    struct mptcp_versions known;

    mptcp_versions_init(&known);
    while (connect_once(seed, o, &known, sum)) {
    }
}

/* Every jobs-th seed, from the first-th on. */
static void run_share(const struct options *o, unsigned long first, struct sum *sum)
{
    bool watched = first == 0 && isatty(STDERR_FILENO) && !o->log;

    for (unsigned long i = first; i < o->seeds; i += o->jobs) {
        run(o->base + i, o, sum);
        if (watched && i / o->jobs % 500 == 0) {
            fprintf(stderr, "\r%lu of %lu seeds", i, o->seeds);
        }
    }
    fputs(watched ? "\r" : "", stderr);
    fflush(stdout);
}

/* A process of its own; what it came to is read from the pipe. -1 if there can be none. */
static int start(const struct options *o, unsigned long first)
{
    int ends[2];

    fflush(stdout);
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child != 0) {
        close(ends[1]);
        return child < 0 ? -1 : ends[0];
    }
    struct sum sum = {0};
    run_share(o, first, &sum);
    bool said = write(ends[1], &sum, sizeof sum) == (ssize_t)sizeof sum;
    _exit(said ? 0 : 1);
}

static void add(struct sum *to, const struct sum *from)
{
    for (unsigned i = 0; i < MET_COUNT; i++) {
        to->met[i] += from->met[i];
    }
    to->steps += from->steps;
    to->failed += from->failed;
}

/* False if a process did not come to an end: it crashed. */
static bool run_all(const struct options *o, struct sum *sum)
{
    int from[JOBS_MAX];
    bool all = true;

    if (o->jobs == 1) {
        run_share(o, 0, sum);
        return true;
    }
    for (unsigned long i = 0; i < o->jobs; i++) {
        from[i] = start(o, i);
    }
    for (unsigned long i = 0; i < o->jobs; i++) {
        struct sum part;
        if (from[i] < 0 || read(from[i], &part, sizeof part) != (ssize_t)sizeof part) {
            printf("[  FAILED  ] a process ended too early\n");
            all = false;
            continue;
        }
        add(sum, &part);
        close(from[i]);
    }
    while (wait(NULL) > 0) {
    }
    return all;
}

/* Runs of this kind may meet it. */
static bool is_told(const struct options *o, unsigned met)
{
    if (met >= MET_VERSIONS) {
        return o->mode != MODE_1 && (o->hostile || met < MET_VERSIONS_PAIR);
    }
    return o->hostile || met < MET_PAIR;
}

/* ... and must, if there are enough of them. */
static bool is_wanted(const struct options *o, unsigned met)
{
    bool manner =
        (met >= MET_TIGHT && met < MET_PAIR) || (met >= MET_ACK_MERGED && met < MET_VERSIONS);
    bool mixed = met == MET_OTHER_VERSION || met == MET_SECOND_TRY;
    bool any = met == MET_OPEN_0 || met == MET_JOIN_0 || met == MET_STRIP_VERSION;

    if (met == MET_FIN_UNSUMMED && o->hostile) {
        return false;
    }
    if (met >= MET_VERSIONS) { /* most of version 0 is met where both ends speak it */
        return any || mixed == (o->mode == MODE_MIXED);
    }
    return o->mode == MODE_1 && (!o->hostile || met != MET_CORRUPTION) && (!o->steady || !manner);
}

static void report(const struct options *o, struct sum *sum)
{
    unsigned long all = !o->hostile ? ALL_MET : o->mode == MODE_1 ? ALL_MET_HOSTILE : ALL_MET_0;
    bool enough = !o->small && o->seeds >= all;

    printf("%lu seeds from %llu, %llu steps; they met:", o->seeds, (unsigned long long)o->base,
           sum->steps);
    for (unsigned i = 0; i < MET_COUNT; i++) {
        if (is_told(o, i)) {
            printf("%s %llu %s", i == 0 ? "" : ",", sum->met[i], met_names[i]);
        }
    }
    for (unsigned i = 0; i < MET_COUNT && enough; i++) {
        if (sum->met[i] == 0 && is_told(o, i) && is_wanted(o, i)) {
            printf("\n[  FAILED  ] no run met any %s", met_names[i]);
            sum->failed++;
        }
    }
    printf("\n[  PASSED  ] %lu test(s).\n",
           o->seeds - (sum->failed < o->seeds ? sum->failed : o->seeds));
    if (sum->failed > 0) {
        printf("[  FAILED  ] %lu test(s).\n", sum->failed);
    }
}

static bool scheduler_named(const char *name, uint8_t *number)
{
    for (uint8_t i = 0; i < mptcp_schedulers_count; i++) {
        if (strcmp(mptcp_schedulers[i]->name, name) == 0) {
            *number = i;
            return true;
        }
    }
    return false;
}

static bool mode_named(const char *name, enum mode *mode)
{
    static const char *const names[] = {[MODE_1] = "1", [MODE_0] = "0", [MODE_MIXED] = "mixed"};

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            *mode = (enum mode)i;
            return true;
        }
    }
    return false;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--log") == 0) {
            o->log = true;
            o->seeds = 1;
        } else if (strcmp(argv[i], "--hostile") == 0) {
            o->hostile = true;
        } else if (strcmp(argv[i], "--small") == 0) {
            o->small = true;
            o->seeds = o->log ? 1 : small_scenarios();
        } else if (strcmp(argv[i], "--hosts") == 0 && more) {
            o->steady = strcmp(argv[++i], "steady") == 0;
            if (!o->steady && strcmp(argv[i], "varied") != 0) {
                return false;
            }
        } else if (strcmp(argv[i], "--scheduler") == 0 && more) {
            if (!scheduler_named(argv[++i], &o->scheduler)) {
                return false;
            }
        } else if (strcmp(argv[i], "--version") == 0 && more) {
            if (!mode_named(argv[++i], &o->mode)) {
                return false;
            }
        } else if (strcmp(argv[i], "--seeds") == 0 && more) {
            o->seeds = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && more) {
            o->base = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--jobs") == 0 && more) {
            o->jobs = strtoul(argv[++i], NULL, 10);
        } else {
            return false;
        }
    }
    if (!o->hostile && strcmp(mptcp_schedulers[o->scheduler]->name, "wild") == 0) {
        return false;
    }
    if (o->jobs == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        o->jobs = online > 0 ? (unsigned long)online : 1;
    }
    o->jobs = o->jobs < JOBS_MAX ? o->jobs : JOBS_MAX;
    o->jobs = o->seeds < o->jobs ? 1 : o->jobs;
    return true;
}

int main(int argc, char **argv)
{
    struct options o = {.base = 1, .seeds = 500};
    struct sum sum = {0};

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return 0;
    }
    if (!read_options(argc, argv, &o)) {
        fputs("pair: unknown or incomplete option; see pair --help\n", stderr);
        return 2;
    }
    bool all = run_all(&o, &sum);
    report(&o, &sum);
    return all && sum.failed == 0 ? 0 : 1;
}
