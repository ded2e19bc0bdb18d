/*
 * report.c - what is printed: a line that moves on a terminal, a line per
 * virtual second elsewhere, and the table at the end.
 */
#define _DEFAULT_SOURCE 1

#include "demo.h"

#include <unistd.h>

static const char *state_of(const struct demo_stream *s, unsigned path)
{
    struct mptcpl_subflow_stats stats;
    if (!demo_stream_stats(s, path, &stats)) {
        return "none";
    }
    return s->client_closed || !stats.alive ? "closed" : stats.stalled ? "dark" : "established";
}

static void bar(double share)
{
    putchar('[');
    for (unsigned i = 0; i < 20; i++) {
        putchar(i < share * 20 ? '#' : '.');
    }
    printf("] %3.0f%%", share * 100);
}

void demo_progress(const struct demo_stream *s, const struct demo_record *r, bool last)
{
    static uint64_t before[DEMO_PATHS];
    static mptcp_time then;
    bool terminal = isatty(STDOUT_FILENO);
    double seconds = (double)(world_now() - (then == 0 ? r->start : then)) / 1e6;

    printf("%s%6.1f s ", terminal ? "\r" : "", (double)(world_now() - r->start) / 1e6);
    bar((double)s->received / (double)s->total);
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        double mbit = seconds > 0 ? (double)(r->delivered[i] - before[i]) * 8 / seconds / 1e6 : 0;
        printf("  path %u %5.1f Mbit/s %-11s", i + 1, mbit, state_of(s, i));
        before[i] = r->delivered[i];
    }
    then = world_now();
    if (!terminal || last) {
        putchar('\n');
    }
    fflush(stdout);
}

static void hex(const char *name, const uint8_t hash[32])
{
    printf("  SHA-256 %s  ", name);
    for (unsigned i = 0; i < 32; i++) {
        printf("%02x", hash[i]);
    }
    putchar('\n');
}

void demo_summary(const struct demo_stream *s, const struct demo_record *r)
{
    uint64_t all = 0;

    printf("\n  %-8s %14s %8s %14s %10s\n", "", "bytes sent", "share", "reinjected", "RTT");
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        struct mptcpl_subflow_stats stats;
        demo_stream_stats(s, i, &stats);
        all += stats.bytes_sent;
    }
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        struct mptcpl_subflow_stats stats;
        demo_stream_stats(s, i, &stats);
        printf("  path %u   %14llu %7.1f%% %14llu %7.1f ms\n", i + 1,
               (unsigned long long)stats.bytes_sent,
               all == 0 ? 0.0 : 100.0 * (double)stats.bytes_sent / (double)all,
               (unsigned long long)stats.bytes_reinjected, stats.srtt_us / 1000.0);
    }
    double seconds = (double)(world_now() - r->start) / 1e6;
    printf("  %llu of %llu bytes arrived in %.1f s of virtual time: %.1f Mbit/s\n\n",
           (unsigned long long)s->received, (unsigned long long)s->total, seconds,
           (double)s->received * 8 / seconds / 1e6);
    hex("sent    ", s->sent_hash);
    hex("received", s->received_hash);
}
