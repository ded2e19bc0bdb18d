/*
 * record.c - watches the world: payload delivered to the server per path and
 * tenth of a second, and a capture as the client's interfaces see it.
 */
#include "demo.h"

#include "port/pcapng.h"

#include <string.h>

/* Captures begin at a fixed date: the same file every time. */
#define EPOCH_US 1700000000000000ull

static uint32_t payload_of(const struct world_packet *p)
{
    unsigned ip = (p->data[0] & 15u) * 4u;
    unsigned tcp = (unsigned)(p->data[ip + 12] >> 4) * 4u;
    return (uint32_t)p->len - ip - tcp;
}

static void count(struct demo_record *r, const struct world_packet *p)
{
    uint32_t payload = payload_of(p);
    unsigned bin = (unsigned)((p->at - r->start) / BIN_US);

    r->delivered[p->path] += payload;
    if (bin < BINS) {
        r->bins[p->path][bin] += payload;
        r->used = bin + 1 > r->used ? bin + 1 : r->used;
    }
}

static void observe(void *arg, const struct world_packet *p)
{
    struct demo_record *r = arg;
    bool leaves = p->from == WORLD_CLIENT && p->fate == WORLD_SENT;
    bool arrives = p->from == WORLD_SERVER && p->fate == WORLD_DELIVERED;

    if (p->path >= DEMO_PATHS) {
        return;
    }
    if (p->from == WORLD_CLIENT && p->fate == WORLD_DELIVERED) {
        count(r, p);
    }
    if (r->capture == NULL || !(leaves || arrives)) {
        return;
    }
    r->failed |= !mptcpl_pcapng_packet(r->capture, p->path, EPOCH_US + (p->at - r->start), p->data,
                                       (uint32_t)p->len);
}

bool demo_record_start(struct demo_record *r, const char *capture)
{
    r->start = world_now();
    r->capture = fopen(capture, "wb");
    if (r->capture == NULL || !mptcpl_pcapng_begin(r->capture) ||
        !mptcpl_pcapng_interface(r->capture, "path 1") ||
        !mptcpl_pcapng_interface(r->capture, "path 2")) {
        return false;
    }
    world_observe(observe, r);
    return true;
}

bool demo_record_end(struct demo_record *r)
{
    world_observe(NULL, NULL);
    bool closed = r->capture != NULL && fclose(r->capture) == 0;
    r->capture = NULL;
    return closed && !r->failed;
}

double demo_record_rate(const struct demo_record *r, unsigned path, unsigned first, unsigned n)
{
    uint64_t octets = 0;

    for (unsigned i = first; i < first + n && i < r->used; i++) {
        octets += r->bins[path][i];
    }
    return n == 0 ? 0 : (double)octets * 8 / ((double)n * BIN_US);
}

double demo_record_seconds(const struct demo_record *r, mptcp_time at)
{
    return (double)(at - r->start) / 1e6;
}
