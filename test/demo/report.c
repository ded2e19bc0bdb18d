/*
 * report.c - what is printed. On a terminal a panel that is drawn anew in place,
 * slowed down for the eye; elsewhere a line per virtual second. What happens to
 * the paths is a line of its own in both. At the end a table.
 */
#define _DEFAULT_SOURCE 1

#include "demo.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR 40u
#define PANEL 4u           /* lines */
#define FRAME_NS 20000000L /* of real time for a tick of virtual time */
#define LINE_BINS 10u      /* a line is about so many bins */
#define PANEL_BINS 5u      /* the panel's rates are of so many */
#define FULL_MBIT 20.0     /* a bar's end */

static struct {
    bool terminal;
    bool color;
    bool slow;
    bool drawn; /* the panel is on the screen */
    bool cut;
    unsigned ticks;
} out;

static const char *const colors[DEMO_PATHS] = {"\033[38;5;32m", "\033[38;5;208m"};

static const char *paint(const char *code)
{
    return out.color ? code : "";
}

void demo_begin(const struct demo_options *o)
{
    const char *term = getenv("TERM");

    out.terminal = isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    out.color = out.terminal && getenv("NO_COLOR") == NULL;
    out.slow = out.terminal && !o->fast;
    printf("%llu MiB over two emulated paths in virtual time, seed %llu\n",
           (unsigned long long)(o->size >> 20), (unsigned long long)o->seed);
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        const struct world_link *l = &demo_links[i];
        printf("  %spath %u%s  %2llu Mbit/s, %llu ms RTT, %u KiB queue, %s\n", paint(colors[i]),
               i + 1, paint("\033[0m"), (unsigned long long)(l->rate / 1000000),
               (unsigned long long)(2 * l->delay_us / 1000), l->queue >> 10,
               i == 0 ? "cut at a third, restored at two thirds" : "always up");
    }
    putchar('\n');
    if (!out.terminal) {
        printf("    time  done  %-26s%-26s%s\n", "path 1", "path 2", "both");
    }
}

static const char *state_of(const struct demo_stream *s, unsigned path)
{
    struct mptcpl_subflow_stats stats;

    if (!demo_stream_stats(s, path, &stats)) {
        return "none";
    }
    if (s->client_closed || !stats.alive) {
        return "closed";
    }
    if (stats.silent) {
        return "dark";
    }
    return stats.bytes_sent == 0 ? "handshake" : "established";
}

static void bar(double share, const char *color)
{
    unsigned full = share >= 1 ? BAR : (unsigned)(share * BAR + 0.5);

    printf("%s", paint(color));
    for (unsigned i = 0; i < BAR; i++) {
        putchar(i < full ? '#' : '.');
    }
    printf("%s", paint("\033[0m"));
}

/* Rates over the last n bins, and their sum. */
static double rates(const struct demo_record *r, unsigned n, double mbit[DEMO_PATHS])
{
    unsigned now = (unsigned)((world_now() - r->start) / BIN_US);
    double sum = 0;

    n = now < n ? now : n;
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        mbit[i] = demo_record_rate(r, i, now - n, n);
        sum += mbit[i];
    }
    return sum;
}

static void erase(void)
{
    if (out.drawn) {
        printf("\033[%uA\033[J", PANEL);
        out.drawn = false;
    }
}

static void panel(const struct demo_stream *s, const struct demo_record *r)
{
    double mbit[DEMO_PATHS];
    double sum = rates(r, PANEL_BINS, mbit);
    double share = (double)s->received / (double)s->total;

    erase();
    printf("  %5.1f s              ", demo_record_seconds(r, world_now()));
    bar(share, "\033[1m");
    printf("  %3.0f %% of %llu MiB\n", share * 100, (unsigned long long)(s->total >> 20));
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        printf("  path %u  %5.1f Mbit/s ", i + 1, mbit[i]);
        bar(mbit[i] / FULL_MBIT, colors[i]);
        printf("  %s%s\n", state_of(s, i), i == 0 && out.cut ? " (cut)" : "");
    }
    printf("  both    %5.1f Mbit/s\n", sum);
    out.drawn = true;
    fflush(stdout);
    if (out.slow) {
        struct timespec frame = {0, FRAME_NS};
        nanosleep(&frame, NULL);
    }
}

static void line(const struct demo_stream *s, const struct demo_record *r)
{
    double mbit[DEMO_PATHS];
    double sum = rates(r, LINE_BINS, mbit);

    printf("%6.1f s  %3.0f%%", demo_record_seconds(r, world_now()),
           (double)s->received / (double)s->total * 100);
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        printf("  %4.1f Mbit/s %-12s", mbit[i], state_of(s, i));
    }
    printf("  %4.1f Mbit/s\n", sum);
    fflush(stdout);
}

void demo_progress(const struct demo_stream *s, const struct demo_record *r)
{
    out.ticks++;
    if (out.terminal) {
        panel(s, r);
    } else if (out.ticks % LINE_BINS == 0) {
        line(s, r);
    }
}

void demo_note(const struct demo_record *r, const char *what)
{
    erase();
    out.cut = r->restored_at == 0;
    printf("%6.2f s  %s\n", demo_record_seconds(r, world_now()), what);
}

static void hex(const char *name, const uint8_t hash[32])
{
    printf("  SHA-256 %-9s", name);
    for (unsigned i = 0; i < 32; i++) {
        printf("%02x", hash[i]);
    }
    putchar('\n');
}

static void row(const char *name, uint64_t bytes, uint64_t all, uint64_t reinjected, uint64_t lost)
{
    printf("  %-8s%14llu %7.1f %%%14llu%16llu\n", name, (unsigned long long)bytes,
           all == 0 ? 0.0 : 100.0 * (double)bytes / (double)all, (unsigned long long)reinjected,
           (unsigned long long)lost);
}

static void table(const struct demo_stream *s)
{
    static const char *const names[DEMO_PATHS] = {"path 1", "path 2"};
    struct mptcpl_subflow_stats stats[DEMO_PATHS];
    struct world_counters counters[DEMO_PATHS];
    uint64_t all = 0;
    uint64_t reinjected = 0;
    uint64_t lost = 0;

    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        demo_stream_stats(s, i, &stats[i]);
        world_counters(i, WORLD_CLIENT, &counters[i]);
        all += stats[i].bytes_sent;
        reinjected += stats[i].bytes_reinjected;
        lost += counters[i].lost;
    }
    printf("\n  %-8s%14s %9s%14s%16s\n", "", "bytes sent", "share", "reinjected", "packets lost");
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        row(names[i], stats[i].bytes_sent, all, stats[i].bytes_reinjected, counters[i].lost);
    }
    row("both", all, all, reinjected, lost);
}

void demo_summary(const struct demo_stream *s, const struct demo_record *r)
{
    double seconds = demo_record_seconds(r, r->done_at);

    if (out.terminal) {
        panel(s, r);
    }
    table(s);
    printf("\n  %llu of %llu bytes arrived in %.1f s of virtual time: %.1f Mbit/s; longest silence "
           "%.2f s\n\n",
           (unsigned long long)s->received, (unsigned long long)s->total, seconds,
           (double)s->received * 8 / seconds / 1e6, (double)s->silence / 1e6);
    hex("sent", s->sent_hash);
    hex("received", s->received_hash);
}
