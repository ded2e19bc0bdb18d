/*
 * bench_lwip_paths.c - what a second path gives, and how long a transfer is
 * silent when a path goes dark: two lwIP ends over emulated links, in virtual time.
 *
 *   bench_lwip_paths [SCHEDULER]
 *
 * Every figure is of the worst of its runs: up and down, begun at several phases of
 * lwIP's timers, and for the silence with several moments of the cut. One path means the better of
 * plain TCP and MPTCP over it. Exit status 1 if a limit is missed, 2 if a transfer fails.
 */
#include "../lwip/world.h"

#include "mptcp_lwip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT 5001u
#define CHUNK 16384u
#define SIZE (32u << 20)
#define SECOND 1000000u
#define TRANSFER_LIMIT (120u * SECOND)
#define EVEN_LIMIT 1.8
#define UNEVEN_LIMIT 1.35
#define SILENCE_LIMIT 2.0
#define PHASES 8u
#define PHASE_US 7919u /* lwIP's timers tick every 50 and 100 ms */

static const struct world_link fast = {.rate = 20000000, .delay_us = 10000, .queue = 65536};
static const struct world_link half = {.rate = 10000000, .delay_us = 10000, .queue = 65536};
static const struct world_link slow = {.rate = 10000000, .delay_us = 40000, .queue = 65536};

static const struct mptcp_scheduler *scheduler; /* NULL: the default */

/* One transfer: what it runs over, then what came of it. */
struct run {
    const struct world_link *links[2]; /* the second NULL: one path */
    bool download;
    bool plain; /* no MPTCP */
    struct mptcpl_pcb *listener;
    struct mptcpl_pcb *client;
    struct mptcpl_pcb *server;
    uint64_t written;
    uint64_t received;
    mptcp_time last;    /* when octets arrived last */
    mptcp_time silence; /* the longest time in which none did */
    bool failed;
};

/* -------------------------------------------------------------- the applications */

static void feed(struct run *r, struct mptcpl_pcb *from)
{
    static const uint8_t chunk[CHUNK];

    while (r->written < SIZE && mptcpl_sndbuf(from) >= CHUNK) {
        r->failed |= mptcpl_write(from, chunk, CHUNK) != ERR_OK;
        r->written += CHUNK;
    }
}

static err_t on_sent(void *arg, struct mptcpl_pcb *pcb, uint32_t len)
{
    (void)len;
    feed(arg, pcb);
    return ERR_OK;
}

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct run *r = arg;

    (void)err;
    if (p == NULL) {
        return ERR_OK;
    }
    mptcp_time gap = world_now() - r->last;
    r->silence = r->received != 0 && gap > r->silence ? gap : r->silence;
    r->last = world_now();
    r->received += p->tot_len;
    mptcpl_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    struct run *r = arg;

    (void)err;
    r->failed = true;
    r->client = r->server = NULL;
}

static void attend(struct run *r, struct mptcpl_pcb *pcb, bool writes)
{
    mptcpl_arg(pcb, r);
    mptcpl_recv(pcb, on_recv);
    mptcpl_err(pcb, on_err);
    if (writes) {
        mptcpl_sent(pcb, on_sent);
    }
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct run *r = arg;

    if (!r->download) {
        feed(r, pcb);
    }
    return err;
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct run *r = arg;

    r->server = pcb;
    attend(r, pcb, r->download);
    if (r->download) {
        feed(r, pcb);
    }
    return err;
}

/* -------------------------------------------------------------------- transfers */

static bool complete(void *arg)
{
    const struct run *r = arg;
    return r->failed || r->received == SIZE;
}

static void check(err_t err)
{
    if (err != ERR_OK) {
        fprintf(stderr, "bench_lwip_paths: lwIP refused (%d)\n", err);
        exit(2);
    }
}

static void begin(struct run *r)
{
    struct mptcpl_config cfg;

    world_begin(1);
    world_path("10.0.1.1", "10.0.1.2", r->links[0]);
    if (r->links[1] != NULL) {
        world_path("10.0.2.1", "10.0.2.2", r->links[1]);
    }
    mptcpl_config_init(&cfg);
    cfg.no_mptcp = r->plain;
    cfg.scheduler = scheduler != NULL ? scheduler : cfg.scheduler;
    r->listener = mptcpl_new(&cfg);
    r->client = mptcpl_new(&cfg);
    if (r->listener == NULL || r->client == NULL) {
        check(ERR_MEM);
    }
    mptcpl_arg(r->listener, r);
    mptcpl_accept(r->listener, on_accept);
    check(mptcpl_bind(r->listener, world_address(0, WORLD_SERVER), PORT));
    check(mptcpl_listen(r->listener, 1));
    attend(r, r->client, !r->download);
    check(mptcpl_bind(r->client, world_address(0, WORLD_CLIENT), 0));
    if (r->links[1] != NULL) {
        check(mptcpl_add_path(r->client, world_address(1, WORLD_CLIENT),
                              world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    }
    check(mptcpl_connect(r->client, world_address(0, WORLD_SERVER), PORT, on_connected));
    r->last = world_now();
}

static void end(struct run *r)
{
    if (r->failed) {
        fprintf(stderr, "bench_lwip_paths: a transfer failed after %llu octets\n",
                (unsigned long long)r->received);
        exit(2);
    }
    mptcpl_abort(r->client);
    if (r->server != NULL) {
        mptcpl_arg(r->server, NULL);
        mptcpl_err(r->server, NULL);
        mptcpl_recv(r->server, NULL);
        mptcpl_abort(r->server);
    }
    mptcpl_close(r->listener);
    world_run_for(5 * SECOND);
    world_end();
}

/* Mbit/s of a whole transfer, its handshake and slow start included. */
static double rate(const struct world_link *first, const struct world_link *second, bool download,
                   bool plain)
{
    struct run r = {.links = {first, second}, .download = download, .plain = plain};

    begin(&r);
    mptcp_time start = world_now();
    r.failed |= !world_run_until(complete, &r, TRANSFER_LIMIT);
    double mbit = (double)SIZE * 8 / (double)(world_now() - start);
    end(&r);
    return mbit;
}

/* Of all phases: the best rate on one path, the worst on two. */
static double ratio_of(const char *name, const struct world_link *second, bool download)
{
    double tcp = 0;
    double one = 0;
    double two = 1e9;

    for (unsigned i = 0; i < PHASES; i++) {
        world_run_for(PHASE_US);
        double plain = rate(&fast, NULL, download, true);
        double single = rate(&fast, NULL, download, false);
        double both = rate(&fast, second, download, false);
        tcp = plain > tcp ? plain : tcp;
        one = single > one ? single : one;
        two = both < two ? both : two;
    }
    double ratio = two / (tcp > one ? tcp : one);
    printf("%-28s %-4s best on one path: TCP %5.2f Mbit/s, MPTCP %5.2f; worst on two %5.2f, ratio "
           "%.3f\n",
           name, download ? "down" : "up", tcp, one, two, ratio);
    return ratio;
}

/* Prints the worse of both directions; false if it is below the limit. */
static bool gain(const char *name, const struct world_link *second, double limit)
{
    double up = ratio_of(name, second, false);
    double down = ratio_of(name, second, true);
    double worst = up < down ? up : down;

    printf("%-28s ratio %.3f, limit %.2f: %s\n\n", name, worst, limit,
           worst >= limit ? "met" : "MISSED");
    return worst >= limit;
}

/* Seconds without a new octet when a path goes dark `after` the start. */
static double silence_of(unsigned path, bool download, mptcp_time after)
{
    struct run r = {.links = {&fast, &slow}, .download = download};

    begin(&r);
    world_run_for(after);
    world_cut(path, true);
    r.silence = 0;
    r.failed |= !world_run_until(complete, &r, TRANSFER_LIMIT);
    double seconds = (double)r.silence / SECOND;
    world_cut(path, false);
    end(&r);
    return seconds;
}

static bool silence(unsigned path, bool download)
{
    double worst = 0;
    double sum = 0;
    unsigned n = 0;

    for (mptcp_time after = SECOND / 2; after < 6 * SECOND; after += 517000, n++) {
        double seconds = silence_of(path, download, after);
        worst = seconds > worst ? seconds : worst;
        sum += seconds;
    }
    printf("silence, path %u goes dark     %-4s longest %.3f s, mean %.3f s of %u moments, limit "
           "%.0f: %s\n",
           path + 1, download ? "down" : "up", worst, sum / n, n, SILENCE_LIMIT,
           worst <= SILENCE_LIMIT ? "met" : "MISSED");
    return worst <= SILENCE_LIMIT;
}

/* By its name; exits if there is none. */
static void choose_scheduler(const char *name)
{
    for (unsigned i = 0; i < mptcp_schedulers_count; i++) {
        if (strcmp(mptcp_schedulers[i]->name, name) == 0) {
            scheduler = mptcp_schedulers[i];
        }
    }
    if (scheduler == NULL) {
        fprintf(stderr, "bench_lwip_paths: %s: no such scheduler\n", name);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    bool met = true;

    if (argc > 1) {
        choose_scheduler(argv[1]);
    }
    world_begin(1);
    printf("%u MiB over links with 64 KiB of queue, virtual time\n\n", SIZE >> 20);
    met &= gain("20+20 Mbit/s, 20 ms RTT", &fast, EVEN_LIMIT);
    met &= gain("20+10 Mbit/s, 20 ms RTT", &half, UNEVEN_LIMIT);
    met &= gain("20+10 Mbit/s, 20/80 ms RTT", &slow, UNEVEN_LIMIT);
    for (unsigned i = 0; i < 4; i++) {
        met &= silence(i / 2, i % 2 != 0);
    }
    return met ? 0 : 1;
}
