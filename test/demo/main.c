/*
 * main.c - the demo: a transfer between two lwIP ends over two emulated paths,
 * in virtual time, the first path cut at a third and restored at two thirds.
 * The same seed gives the same run, capture and picture. No privilege needed.
 */
#define _DEFAULT_SOURCE 1

#include "demo.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define TICK_US 100000u
#define PROGRESS_TICKS 10u
#define LIMIT_TICKS 12000u /* 20 minutes */

struct options {
    uint64_t seed;
    uint64_t size;
    const char *capture;
    const char *chart;
};

static const struct world_link fast = {.rate = 20000000, .delay_us = 10000, .queue = 65536};
static const struct world_link slow = {.rate = 10000000, .delay_us = 40000, .queue = 65536};

static const char help[] =
    "usage: demo [--seed N] [--size MIB] [--pcapng FILE] [--svg FILE]\n"
    "\n"
    "A transfer over two emulated paths (20 Mbit/s with 20 ms RTT, 10 Mbit/s with 80 ms), in "
    "virtual\n"
    "time. The first path is cut at a third of it and restored at two thirds.\n"
    "\n"
    "  --seed N       another run; the same seed gives the same one (1)\n"
    "  --size MIB     how much is transferred (32)\n"
    "  --pcapng FILE  the capture, as the client sees it (build/demo.pcapng)\n"
    "  --svg FILE     the picture: throughput per path over time (build/demo.svg)\n"
    "\n"
    "Exit status: 0 every byte arrived, 1 not, 2 usage, or a file that can't be written.\n";

static int usage(const char *why)
{
    fprintf(stderr, "demo: %s; see demo --help\n", why);
    return 2;
}

static int parse(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {
        {"seed", required_argument, NULL, 's'},   {"size", required_argument, NULL, 'z'},
        {"pcapng", required_argument, NULL, 'p'}, {"svg", required_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    char *end = NULL;

    opterr = 0;
    for (int c = getopt_long(argc, argv, "", names, NULL); c != -1;
         c = getopt_long(argc, argv, "", names, NULL)) {
        switch (c) {
        case 's':
            o->seed = strtoull(optarg, &end, 10);
            break;
        case 'z':
            o->size = strtoull(optarg, &end, 10) << 20;
            break;
        case 'p':
            o->capture = optarg;
            break;
        case 'v':
            o->chart = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            exit(0);
        default:
            return usage("unknown option");
        }
        if (end != NULL && *end != 0) {
            return usage("a number is expected");
        }
    }
    if (optind != argc || o->size == 0 || o->size > 4096ull << 20) {
        return usage("the size is 1 to 4096 MiB, and there are no arguments");
    }
    return 0;
}

/* The first path goes dark at a third and comes back at two thirds. */
static void act(const struct demo_stream *s, struct demo_record *r)
{
    if (r->cut_at == 0 && s->received >= s->total / 3) {
        r->cut_at = world_now();
        world_cut(0, true);
    }
    if (r->restored_at == 0 && s->received >= s->total / 3 * 2) {
        r->restored_at = world_now();
        world_cut(0, false);
    }
}

static void run(struct demo_stream *s, struct demo_record *r)
{
    for (unsigned tick = 1; tick < LIMIT_TICKS && !demo_stream_done(s); tick++) {
        world_run_for(TICK_US);
        act(s, r);
        if (tick % PROGRESS_TICKS == 0) {
            demo_progress(s, r, false);
        }
    }
    demo_progress(s, r, true);
    if (s->failure == NULL && !demo_stream_done(s)) {
        s->failure = "the transfer did not end";
    }
}

static int verdict(const struct demo_stream *s)
{
    if (s->failure != NULL) {
        fprintf(stderr, "demo: %s\n", s->failure);
        return 1;
    }
    if (s->received != s->total || memcmp(s->sent_hash, s->received_hash, 32) != 0) {
        fprintf(stderr, "demo: what arrived is not what was sent\n");
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct options o = {1, 32ull << 20, "build/demo.pcapng", "build/demo.svg"};
    static struct demo_stream stream;
    static struct demo_record record;
    int why = parse(argc, argv, &o);

    if (why != 0) {
        return why;
    }
    stream.total = o.size;
    world_begin(o.seed);
    world_path("10.0.1.1", "10.0.1.2", &fast);
    world_path("10.0.2.1", "10.0.2.2", &slow);
    printf("%llu MiB over two paths: 20 Mbit/s with 20 ms RTT, 10 Mbit/s with 80 ms; the first is "
           "cut on the way\n\n",
           (unsigned long long)(o.size >> 20));
    if (!demo_record_start(&record, o.capture)) {
        fprintf(stderr, "demo: cannot write %s\n", o.capture);
        return 2;
    }
    if (!demo_stream_start(&stream, o.seed)) {
        fprintf(stderr, "demo: lwIP has no memory for the connection\n");
        return 1;
    }
    run(&stream, &record);
    demo_summary(&stream, &record);
    bool written = demo_record_end(&record);
    if (!demo_chart(&record, o.chart) || !written) {
        fprintf(stderr, "demo: cannot write %s or %s\n", o.capture, o.chart);
        return 2;
    }
    printf("\n  %s  the packets, for Wireshark\n  %s     throughput per path over time\n",
           o.capture, o.chart);
    return verdict(&stream);
}
