/*
 * transfer.c - the applications at both ends of a transfer: one writes whatever its send buffer
 * takes, the other reads at once. The client opens the connection on path 1 and joins path 2.
 */
#include "transfer.h"

#include <stdio.h>

#define PORT 5001u
#define CHUNK 16384u
#define HOUR_US (3600u * (mptcp_time)SECOND_US)

/* -------------------------------------------------------------- the applications */

static void feed(struct transfer *t, struct mptcpl_pcb *from)
{
    static const uint8_t chunk[CHUNK];

    while (t->written < t->spec->size) {
        uint64_t n = t->spec->size - t->written;
        uint32_t room = mptcpl_sndbuf(from);
        n = n < CHUNK ? n : CHUNK;
        n = n < room ? n : room;
        if (n == 0) {
            return;
        }
        t->failed |= mptcpl_write(from, chunk, (uint32_t)n) != ERR_OK;
        t->written += n;
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
    struct transfer *t = arg;

    (void)err;
    if (p == NULL) {
        return ERR_OK;
    }
    mptcp_time gap = world_now() - t->last;
    t->silence = t->received != 0 && gap > t->silence ? gap : t->silence;
    t->last = world_now();
    t->received += p->tot_len;
    mptcpl_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    struct transfer *t = arg;

    (void)err;
    t->failed = true;
}

static void attend(struct transfer *t, struct mptcpl_pcb *pcb, bool writes)
{
    mptcpl_arg(pcb, t);
    mptcpl_recv(pcb, on_recv);
    mptcpl_err(pcb, on_err);
    if (writes) {
        mptcpl_sent(pcb, on_sent);
    }
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct transfer *t = arg;

    if (!t->download) {
        feed(t, pcb);
    }
    return err;
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct transfer *t = arg;

    t->server = pcb;
    attend(t, pcb, t->download);
    if (t->download) {
        feed(t, pcb);
    }
    return err;
}

/* -------------------------------------------------------------------- transfers */

static void configure(const struct spec *spec, struct mptcpl_config *cfg)
{
    mptcpl_config_init(cfg);
    cfg->no_mptcp = spec->plain != 0;
    cfg->rcv_buf = spec->window;
    cfg->snd_buf = spec->snd_buf;
    if (spec->cc != NULL) {
        cfg->cc = spec->cc;
    }
    if (spec->scheduler != NULL) {
        cfg->scheduler = spec->scheduler;
    }
}

static void connect(struct transfer *t)
{
    struct mptcpl_config cfg;
    err_t err = ERR_OK;

    configure(t->spec, &cfg);
    t->listener = mptcpl_new(&cfg);
    t->client = mptcpl_new(&cfg);
    if (t->listener == NULL || t->client == NULL) {
        t->failed = true;
        return;
    }
    mptcpl_arg(t->listener, t);
    mptcpl_accept(t->listener, on_accept);
    err |= mptcpl_bind(t->listener, world_address(0, WORLD_SERVER), PORT);
    err |= mptcpl_listen(t->listener, 1);
    attend(t, t->client, !t->download);
    err |= mptcpl_bind(t->client, world_address(0, WORLD_CLIENT), 0);
    if (t->spec->paths == 2) {
        err |= mptcpl_add_path(t->client, world_address(1, WORLD_CLIENT),
                               world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN);
    }
    err |= mptcpl_connect(t->client, world_address(0, WORLD_SERVER), PORT, on_connected);
    t->failed |= err != ERR_OK;
    t->last = world_now();
}

void transfer_begin(struct transfer *t, mptcp_time phase)
{
    world_begin(1 + phase);
    world_run_for(phase);
    world_path("10.0.1.1", "10.0.1.2", &t->spec->links[0]);
    if (t->spec->paths == 2) {
        world_path("10.0.2.1", "10.0.2.2", &t->spec->links[1]);
    }
    connect(t);
}

static bool complete(void *arg)
{
    const struct transfer *t = arg;
    return t->failed || t->received == t->spec->size;
}

bool transfer_finish(struct transfer *t)
{
    return world_run_until(complete, t, HOUR_US) && !t->failed;
}

static uint64_t sent_again(struct mptcpl_pcb *pcb)
{
    struct mptcpl_subflow_stats stats;
    uint64_t sum = 0;

    for (unsigned i = 0; mptcpl_subflow_stats(pcb, i, &stats); i++) {
        sum += stats.bytes_reinjected;
    }
    return sum;
}

static void tell_failure(const struct transfer *t, mptcp_time phase, mptcp_time us)
{
    const struct spec *spec = t->spec;

    fprintf(stderr, "paths: %s, %u paths, the first of %llu bit/s, W %u, phase %llu: ",
            t->download ? "down" : "up", spec->paths, (unsigned long long)spec->links[0].rate,
            spec->window, (unsigned long long)phase);
    fprintf(stderr, "%s after %.3f s and %llu of %llu octets\n",
            t->failed ? "it broke" : "it did not end", (double)us / SECOND_US,
            (unsigned long long)t->received, (unsigned long long)spec->size);
}

void transfer_run(const struct spec *spec, bool download, mptcp_time phase, struct outcome *out)
{
    struct transfer t = {.spec = spec, .download = download};

    transfer_begin(&t, phase);
    mptcp_time start = world_now();
    if (transfer_finish(&t)) {
        out->us = world_now() - start;
        out->again = sent_again(download ? t.server : t.client);
        return;
    }
    tell_failure(&t, phase, world_now() - start);
}
