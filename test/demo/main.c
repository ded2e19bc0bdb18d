/*
 * main.c - the demo: a transfer between two lwIP ends over two emulated paths,
 * in virtual time, the first path cut at a third and restored at two thirds.
 * The same seed gives the same run, capture and picture. No privilege needed.
 */
#include "demo.h"

#include <string.h>

#define TICK_US BIN_US
#define LIMIT_US (60ull * 60u * 1000000u)
#define FAREWELL_US 500000u /* for the subflows' FINs, after the data is through */

const struct world_link demo_links[DEMO_PATHS] = {
    {.rate = 20000000, .delay_us = 10000, .queue = 65536},
    {.rate = 10000000, .delay_us = 40000, .queue = 65536},
};

static bool stop_here(void *arg)
{
    const struct demo_stream *s = arg;
    return s->received >= s->mark || demo_stream_done(s);
}

/* The first path goes dark at a third and comes back at two thirds. */
static void act(struct demo_stream *s, struct demo_record *r)
{
    if (r->cut_at == 0) {
        r->cut_at = world_now();
        world_cut(0, true);
        s->mark = s->total / 3 * 2;
        demo_note(r, "path 1 is cut");
        return;
    }
    r->restored_at = world_now();
    world_cut(0, false);
    s->mark = UINT64_MAX;
    demo_note(r, "path 1 is restored");
}

static void run(struct demo_stream *s, struct demo_record *r)
{
    mptcp_time tick = r->start + TICK_US;

    s->mark = s->total / 3;
    while (!demo_stream_done(s) && world_now() - r->start < LIMIT_US) {
        if (world_run_until(stop_here, s, tick - world_now()) && !demo_stream_done(s)) {
            act(s, r);
            continue;
        }
        if (world_now() >= tick) {
            demo_progress(s, r);
            tick += TICK_US;
        }
    }
    r->done_at = world_now();
    if (!demo_stream_done(s)) {
        s->failure = "the transfer did not end";
    }
    world_run_for(FAREWELL_US);
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

static int cannot_write(const char *file)
{
    fprintf(stderr, "demo: cannot write %s\n", file);
    return 2;
}

int main(int argc, char **argv)
{
    struct demo_options o = {1, 32u << 20, "build/demo.pcapng", "build/demo.svg", false};
    static struct demo_stream stream;
    static struct demo_record record;
    int status = demo_options(argc, argv, &o);

    if (status != 0) {
        return status < 0 ? 0 : status;
    }
    stream.total = o.size;
    world_begin(o.seed);
    world_path("10.0.1.1", "10.0.1.2", &demo_links[0]);
    world_path("10.0.2.1", "10.0.2.2", &demo_links[1]);
    if (!demo_record_start(&record, o.capture)) {
        return cannot_write(o.capture);
    }
    demo_begin(&o);
    if (!demo_stream_start(&stream, o.seed)) {
        fprintf(stderr, "demo: lwIP has no memory for the connection\n");
        return 1;
    }
    run(&stream, &record);
    demo_summary(&stream, &record);
    if (!demo_record_end(&record)) {
        return cannot_write(o.capture);
    }
    if (!demo_chart(&record, &stream, o.chart)) {
        return cannot_write(o.chart);
    }
    printf("\n  %s  the packets, for Wireshark\n  %s     throughput per path over time\n",
           o.capture, o.chart);
    return verdict(&stream);
}
