/*
 * two.c - see two.h.
 *
 * Each figure is of the worst of its runs: up and down, begun at several phases of lwIP's timers,
 * or with several moments of the cut. One path means the better of plain TCP and MPTCP over it.
 */
#include "two.h"

#include "dark.h"
#include "workers.h"

#define MIB (1u << 20)
#define SIZE (32u * MIB)
#define PHASES 8u
#define PHASE_US 7919u
#define KINDS 3u /* plain TCP, MPTCP on one path, on two */
#define RUNS (2 * PHASES * KINDS)

static const struct world_link fast = {.rate = 20000000, .delay_us = 10000, .queue = 65536};
static const struct world_link half = {.rate = 10000000, .delay_us = 10000, .queue = 65536};
static const struct world_link slow = {.rate = 10000000, .delay_us = 40000, .queue = 65536};

static const struct two {
    const char *name;
    const struct world_link *second;
    double gain;    /* the rate on both against the better one, at least */
    double silence; /* seconds without an octet when a path goes dark, at most */
    double answer;  /* seconds until a path that is back answers, at most */
    double back;    /* ... and from then on until it carries new data */
} twos[] = {
    {"20+20 Mbit/s, 20 ms RTT", &fast, 1.94, 0.45, 0.6, 0.1},
    {"20+10 Mbit/s, 20 ms RTT", &half, 1.46, 0.45, 0.6, 0.1},
    {"20+10 Mbit/s, 20/80 ms RTT", &slow, 1.42, 0.45, 0.6, 0.35},
};
#define TWOS (sizeof twos / sizeof twos[0])

/* One pair of paths under one scheduler. */
struct view {
    const struct options *o;
    const struct two *two;
    const struct mptcp_scheduler *scheduler;
    struct outcome *outcomes;
    struct darkness *dark;
    bool met;
    bool failed;
};

static struct spec spec_of(const struct view *v, uint32_t paths)
{
    return (struct spec){.links = {fast, paths == 2 ? *v->two->second : (struct world_link){0}},
                         .size = SIZE,
                         .window = MIB,
                         .snd_buf = MIB,
                         .paths = paths,
                         .scheduler = v->scheduler,
                         .cc = v->o->cc};
}

static void verdict(struct view *v, bool met)
{
    bool counts = v->scheduler == v->o->standard;

    v->met &= met || !counts;
    printf("%s\n", met ? "met" : counts ? "MISSED" : "missed");
}

/* ------------------------------------------------------------------------- gain */

static void run_gain(void *arg, unsigned i)
{
    const struct view *v = arg;
    unsigned kind = i % KINDS;
    struct spec spec = spec_of(v, kind == 2 ? 2 : 1);

    spec.plain = kind == 0;
    transfer_run(&spec, i / KINDS % 2 != 0, i / KINDS / 2 * PHASE_US, &v->outcomes[i]);
}

/* Prints one direction; of all phases the best rate on one path, the worst on two. */
static double gain_of(struct view *v, unsigned download)
{
    double best[KINDS] = {0};
    double worst = 0;

    for (unsigned i = 0; i < RUNS; i++) {
        const struct outcome *run = &v->outcomes[i];
        unsigned kind = i % KINDS;
        if (i / KINDS % 2 != download) {
            continue;
        }
        v->failed |= run->us == 0;
        double mbit = run->us == 0 ? 0 : (double)SIZE * 8 / (double)run->us;
        best[kind] = mbit > best[kind] ? mbit : best[kind];
        worst = kind == 2 && (worst == 0 || mbit < worst) ? mbit : worst;
    }
    double one = best[0] > best[1] ? best[0] : best[1];
    printf(
        "  %-4s on one path, the best: TCP %5.2f Mbit/s, MPTCP %5.2f; on two, the worst: %5.2f\n",
        download ? "down" : "up", best[0], best[1], worst);
    return one > 0 ? worst / one : 0;
}

static void gain(struct view *v)
{
    v->outcomes = workers_shared(RUNS, sizeof(struct outcome));
    v->failed |= !workers_run(RUNS, v->o->jobs, run_gain, v);
    double up = gain_of(v, 0);
    double down = gain_of(v, 1);
    double worse = up < down ? up : down;
    workers_unshare(v->outcomes, RUNS, sizeof(struct outcome));
    printf("  ratio %.3f, limit %.2f: ", worse, v->two->gain);
    verdict(v, worse >= v->two->gain);
}

/* ------------------------------------------------------------- dark, and back again */

#define MOMENTS 11u
#define FIRST_US 500000u
#define STEP_US 517000u

static const mptcp_time nights[] = {1000000, 3000000, 10000000}; /* how long it is dark */
#define NIGHTS (sizeof nights / sizeof nights[0])

/* Each path goes dark, up and down: 4 kinds of runs. */
static void run_dark(void *arg, unsigned i)
{
    const struct view *v = arg;
    struct spec spec = spec_of(v, 2);

    dark_silence(&spec, i / 2 % 2, i % 2 != 0, FIRST_US + i / 4 * STEP_US, &v->dark[i]);
}

static void run_back(void *arg, unsigned i)
{
    const struct view *v = arg;
    struct spec spec = spec_of(v, 2);
    unsigned moment = i / 4 % MOMENTS;

    spec.size *= 4; /* it goes on long after the path is back */
    dark_back(&spec, i / 2 % 2, i % 2 != 0, FIRST_US + moment * STEP_US, nights[i / 4 / MOMENTS],
              &v->dark[i]);
}

struct most {
    double longest;
    double mean;
};

static struct most most_of(struct view *v, unsigned kind, unsigned n, size_t member)
{
    struct most most = {0};
    unsigned count = 0;

    for (unsigned i = kind; i < n; i += 4, count++) {
        const struct darkness *d = &v->dark[i];
        double seconds = *(const double *)(const void *)((const char *)d + member);
        v->failed |= d->failed || !d->done;
        most.longest = seconds > most.longest ? seconds : most.longest;
        most.mean += seconds;
    }
    most.mean /= count;
    return most;
}

static void name_kind(unsigned kind, const char *what)
{
    printf("  path %u %s, %-4s", kind / 2 + 1, what, kind % 2 != 0 ? "down" : "up");
}

static void silence(struct view *v)
{
    unsigned n = 4 * MOMENTS;

    v->dark = workers_shared(n, sizeof *v->dark);
    v->failed |= !workers_run(n, v->o->jobs, run_dark, v);
    for (unsigned kind = 0; kind < 4; kind++) {
        struct most m = most_of(v, kind, n, offsetof(struct darkness, silence));
        name_kind(kind, "goes dark");
        printf(" silence at most %.3f s, mean %.3f s, limit %.2f: ", m.longest, m.mean,
               v->two->silence);
        verdict(v, m.longest <= v->two->silence);
    }
    workers_unshare(v->dark, n, sizeof *v->dark);
}

static void back(struct view *v)
{
    unsigned n = 4 * MOMENTS * NIGHTS;

    v->dark = workers_shared(n, sizeof *v->dark);
    v->failed |= !workers_run(n, v->o->jobs, run_back, v);
    for (unsigned kind = 0; kind < 4; kind++) {
        struct most answer = most_of(v, kind, n, offsetof(struct darkness, answered));
        struct most m = most_of(v, kind, n, offsetof(struct darkness, carries));
        name_kind(kind, "is back  ");
        printf(" answers after at most %.3f s, mean %.3f s, limit %.2f; carries new data at most "
               "%.3f s later, mean %.3f s, limit %.2f: ",
               answer.longest, answer.mean, v->two->answer, m.longest, m.mean, v->two->back);
        verdict(v, answer.longest <= v->two->answer && m.longest <= v->two->back);
    }
    workers_unshare(v->dark, n, sizeof *v->dark);
}

int two_run(const struct options *o)
{
    bool met = true;
    bool failed = false;

    printf("== two: %u MiB over links with 64 KiB of queue; limits are those of %s\n\n", SIZE / MIB,
           o->standard->name);
    for (unsigned s = 0; s < o->nschedulers; s++) {
        for (unsigned i = 0; i < TWOS; i++) {
            struct view v = {.o = o, .two = &twos[i], .scheduler = o->schedulers[s], .met = true};
            printf("%s, %s\n", o->schedulers[s]->name, twos[i].name);
            gain(&v);
            silence(&v);
            back(&v);
            printf("\n");
            met &= v.met;
            failed |= v.failed;
        }
    }
    if (failed) {
        printf("A TRANSFER FAILED\n");
    }
    return failed ? 2 : !met;
}
