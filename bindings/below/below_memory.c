/*
 * below_memory.c - settings, and the one block of memory: what lies where in it, its making, and
 * its end.
 *
 * The block: struct below, the shim, the endpoint, the tables that all streams share, the slots of
 * streams, the connections' blocks side by side, and the memory of each slot. Every part begins at
 * a multiple of 8.
 */
#include "below_internal.h"

#include "mptcp/crypto.h"

#include <string.h>

#define STREAMS_MOST 65535u
#define CHUNK_LEAST 512u
#define CHUNK_MOST 4096u
#define QUEUE_MOST 65536u  /* octets that wait on a subflow, at most */
#define CHUNKS_AT_BEST 32u /* of a receive buffer */
#define SPARE_CHUNKS 3u    /* of each subflow, where a receive buffer is more than mappings */
#define BUFFER_LEAST 1024u
#define BUFFER_MOST 0x40000000u
#define FLOWS_MOST 65535u

/* Where the parts of the block begin. */
struct plan {
    uint64_t shim;
    uint64_t endpoint;
    uint64_t listeners;
    uint64_t addresses;
    uint64_t sockets;
    uint64_t heap;
    uint64_t streams;
    uint64_t conns;
    uint64_t slots; /* the memory of the first slot */
    uint64_t end;
    /* in the memory of a slot */
    uint64_t links;
    uint64_t address_ids;
    uint64_t listens;
    uint64_t sums;
    uint64_t snd;
    uint64_t rcv;
    uint64_t marks;
    uint64_t chunks;
    uint64_t slot; /* octets of it */
    /* sizes */
    size_t shim_size;
    size_t conn_size;
    uint32_t tokens;
    uint32_t socket_slots;
    uint32_t chunk;
    uint32_t chunk_count;
    uint32_t reserve;
};

void below_config_init(struct below_config *cfg)
{
    if (cfg == NULL) {
        return;
    }
    memset(cfg, 0, sizeof *cfg);
    cfg->size = sizeof *cfg;
    cfg->streams = 8;
    cfg->listeners = 4;
    cfg->backlog = 4;
    cfg->snd_buf = 65536;
    mptcp_config_init(&cfg->conn);
    cfg->conn.runs = 128;
    shim_config_init(&cfg->shim);
    cfg->shim.flows = 0;
}

static bool is_buffer(uint32_t n)
{
    return n >= BUFFER_LEAST && n <= BUFFER_MOST && (n & (n - 1)) == 0;
}

static bool in_range(const struct below_config *cfg)
{
    return cfg->size == sizeof *cfg && cfg->streams >= 1 && cfg->streams <= STREAMS_MOST &&
           cfg->listeners < BL_NONE && is_buffer(cfg->snd_buf) && is_buffer(cfg->conn.rcv_buf);
}

static uint32_t power_of_two_from(uint64_t n)
{
    uint32_t p = 2;
    while (p < n) {
        p *= 2;
    }
    return p;
}

/* The configuration with what below sets in it. */
static void complete(struct below_config *cfg)
{
    struct shim_config *shim = &cfg->shim;

    cfg->conn.flags |= MPTCP_CFG_TCP_COPIES;
    shim->flags = cfg->conn.flags & (MPTCP_CFG_CHECKSUM | MPTCP_CFG_DENY_JOIN);
    shim->listeners = cfg->listeners > 0 ? cfg->listeners : 1;
    if (shim->flows == 0) {
        /* Each subflow twice: one that is over may be in TIME_WAIT while its place is used anew. */
        uint64_t flows = 2ull * cfg->streams * cfg->conn.subflows + shim->half;
        shim->flows = flows < FLOWS_MOST ? (uint32_t)flows : FLOWS_MOST;
    }
}

/* Adds a part to the block that ends at *end, and returns where it begins. */
static uint64_t add(uint64_t *end, uint64_t octets)
{
    uint64_t at = *end;
    *end = at + ((octets + 7u) & ~(uint64_t)7u);
    return at;
}

static void plan_slot(const struct below_config *cfg, struct plan *p)
{
    uint32_t rcv = cfg->conn.rcv_buf;
    uint64_t end = 0;

    /* What waits in queues is a mapping with a checksum on each subflow, which the window bounds
     * and which may begin within a chunk; or what came without one: at most a receive buffer. */
    uint32_t mapping = QUEUE_MOST < rcv ? QUEUE_MOST : rcv;
    uint64_t queued = (uint64_t)QUEUE_MOST * cfg->conn.subflows;
    queued = queued < rcv ? queued : rcv;

    p->chunk = rcv / CHUNKS_AT_BEST > CHUNK_LEAST ? rcv / CHUNKS_AT_BEST : CHUNK_LEAST;
    p->chunk = p->chunk < CHUNK_MOST ? p->chunk : CHUNK_MOST;
    p->reserve = mapping / p->chunk + 1;
    p->chunk_count = p->reserve * cfg->conn.subflows;
    uint32_t shared = (uint32_t)(queued / p->chunk) + SPARE_CHUNKS * cfg->conn.subflows;
    p->chunk_count = p->chunk_count > shared ? p->chunk_count : shared;
    add(&end, sizeof(struct bl_place) * cfg->conn.subflows);
    p->links = add(&end, sizeof(uint16_t) * p->chunk_count);
    p->address_ids = add(&end, cfg->conn.addrs);
    p->listens = add(&end, sizeof(uint16_t) * cfg->conn.addrs);
    p->sums = add(&end, (uint64_t)bl_sums_size(cfg) * cfg->conn.subflows);
    p->snd = add(&end, cfg->snd_buf);
    p->rcv = add(&end, rcv);
    p->marks = add(&end, rcv / 8);
    p->chunks = add(&end, (uint64_t)p->chunk * p->chunk_count);
    p->slot = end;
}

/* Fills *p for a configuration that is complete. False: a setting is out of range. */
static bool plan(const struct below_config *cfg, struct plan *p)
{
    uint64_t sockets = (uint64_t)cfg->streams * cfg->conn.subflows + cfg->listeners;
    int64_t conn_size = mptcp_conn_size(&cfg->conn);
    uint64_t end = 0;

    p->shim_size = shim_size(&cfg->shim);
    if (conn_size <= 0 || p->shim_size == 0) {
        return false;
    }
    p->conn_size = (size_t)conn_size;
    p->tokens = power_of_two_from(2ull * cfg->streams);
    p->socket_slots = power_of_two_from(2 * sockets);
    plan_slot(cfg, p);
    add(&end, sizeof(struct below));
    p->shim = add(&end, p->shim_size);
    p->endpoint = add(&end, MPTCP_ENDPOINT_SIZE((uint64_t)p->tokens));
    p->listeners = add(&end, sizeof(struct bl_listener) * cfg->listeners);
    p->addresses = add(&end, sizeof(struct bl_address) * (cfg->conn.addrs - 1u));
    p->sockets = add(&end, sizeof(struct bl_socket) * (uint64_t)p->socket_slots);
    p->heap = add(&end, sizeof(uint32_t) * (uint64_t)cfg->streams);
    p->streams = add(&end, sizeof(struct bl_stream) * (uint64_t)cfg->streams);
    p->conns = add(&end, (uint64_t)p->conn_size * cfg->streams);
    p->slots = add(&end, p->slot * cfg->streams);
    p->end = end;
    return end <= SIZE_MAX;
}

/* The settings as they will be used, and the plan for them. False: one is out of range. */
static bool settle(const struct below_config *cfg, struct below_config *own, struct plan *p)
{
    if (cfg == NULL || !in_range(cfg)) {
        return false;
    }
    *own = *cfg;
    complete(own);
    return plan(own, p);
}

size_t below_size(const struct below_config *cfg)
{
    struct below_config own;
    struct plan p;

    return settle(cfg, &own, &p) ? (size_t)p.end : 0;
}

static bool is_whole(const struct below_host *host)
{
    const struct below_sockets *s = &host->sockets;

    return s->connect != NULL && s->listen != NULL && s->write != NULL && s->read != NULL &&
           s->close != NULL && host->transmit != NULL && host->random != NULL;
}

static void transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    const struct below *b = context;
    b->host.transmit(b->host.context, nif, frame, length);
}

static bool make_endpoint(struct below *b, uint8_t *mem, uint32_t tokens)
{
    uint64_t seed;

    b->endpoint = mptcp_endpoint_init(mem, MPTCP_ENDPOINT_SIZE(tokens), tokens);
    if (b->endpoint == NULL) {
        return false;
    }
    b->host.random(b->host.context, &seed, sizeof seed);
    return mptcp_endpoint_seed(b->endpoint, seed) == MPTCP_OK;
}

static bool make_shim(struct below *b, uint8_t *mem, size_t size)
{
    const struct shim_host host = {.context = b,
                                   .transmit = transmit,
                                   .open = bl_open,
                                   .connection = bl_connection,
                                   .sum = bl_sum,
                                   .touched = bl_touched};
    uint8_t secret[MPTCP_STATELESS_SECRET_SIZE];

    b->host.random(b->host.context, secret, sizeof secret);
    b->shim = shim_init(mem, size, &b->cfg.shim, &host, b->endpoint, secret);
    mptcp_wipe(secret, sizeof secret);
    return b->shim != NULL;
}

/* The pointers of a slot into its memory. */
static void make_slot(struct below *b, const struct plan *p, uint8_t *mem, uint32_t i)
{
    struct bl_stream *s = &b->streams[i];
    uint8_t *slot = mem + p->slots + p->slot * i;

    s->conn = (struct mptcp_conn *)(void *)(b->conns + b->conn_size * i);
    s->places = (struct bl_place *)(void *)slot;
    s->links = (uint16_t *)(void *)(slot + p->links);
    s->address_ids = slot + p->address_ids;
    s->listens = (uint16_t *)(void *)(slot + p->listens);
    s->sums = slot + p->sums;
    s->snd = slot + p->snd;
    s->rcv = slot + p->rcv;
    s->marks = slot + p->marks;
    s->chunks = slot + p->chunks;
    s->next = (uint16_t)(i + 1 < b->cfg.streams ? i + 1 : BL_NONE);
    s->due = MPTCP_NEVER;
}

static void make_tables(struct below *b, const struct plan *p, uint8_t *mem)
{
    b->listeners = (struct bl_listener *)(void *)(mem + p->listeners);
    b->addresses = (struct bl_address *)(void *)(mem + p->addresses);
    b->sockets = (struct bl_socket *)(void *)(mem + p->sockets);
    b->heap = (uint32_t *)(void *)(mem + p->heap);
    b->streams = (struct bl_stream *)(void *)(mem + p->streams);
    b->conns = mem + p->conns;
    b->conn_size = p->conn_size;
    b->socket_mask = p->socket_slots - 1;
    b->chunk = p->chunk;
    b->chunks = (uint16_t)p->chunk_count;
    b->reserve = (uint16_t)p->reserve;
    b->touched = b->touched_last = BL_NONE;
    for (uint32_t i = 0; i <= b->socket_mask; i++) {
        b->sockets[i].socket = BELOW_NO_SOCKET;
    }
    for (uint32_t i = 0; i < b->cfg.streams; i++) {
        make_slot(b, p, mem, i);
    }
    bl_listeners_init(b);
    mptcp_blackhole_init(&b->blackhole);
    mptcp_versions_init(&b->versions);
}

struct below *below_init(void *mem, size_t size, const struct below_config *cfg,
                         const struct below_host *host, mptcp_time now)
{
    struct below_config own;
    struct plan p;
    struct below *b = mem;
    uint8_t *octets = mem;

    if (!settle(cfg, &own, &p) || mem == NULL || ((uintptr_t)mem & 7u) != 0 || size < p.end ||
        host == NULL || !is_whole(host)) {
        return NULL;
    }
    /* The buffers need not be cleared, and are the most of it. */
    memset(mem, 0, (size_t)p.slots);
    for (uint32_t i = 0; i < own.streams; i++) {
        memset(octets + p.slots + p.slot * i, 0, (size_t)p.snd);
    }
    b->cfg = own;
    b->host = *host;
    b->now = now;
    make_tables(b, &p, octets);
    if (!make_endpoint(b, octets + p.endpoint, p.tokens) ||
        !make_shim(b, octets + p.shim, p.shim_size)) {
        return NULL;
    }
    return b;
}

/* Resets the sockets of a stream: the RSTs have the options of a reset, where a segment was sent
 * before. */
static void reset_all(struct below *b, struct bl_stream *s, mptcp_time now)
{
    for (unsigned i = 0; i < bl_places(b); i++) {
        struct bl_place *p = &s->places[i];
        if (p->state == BL_PLACE_LIVE) {
            (void)shim_reset(b->shim, p->flow, 0, now);
            bl_place_end(b, p, BELOW_RESET);
        }
    }
}

void below_end(struct below *b, mptcp_time now)
{
    if (b == NULL) {
        return;
    }
    for (uint32_t i = 0; i < b->cfg.streams; i++) {
        struct bl_stream *s = &b->streams[i];
        if (s->state != BL_FREE) {
            s->busy = 1;
            (void)mptcp_on_abort(s->conn, now);
            reset_all(b, s, now);
            shim_forget(b->shim, s->conn);
        }
    }
    for (uint32_t i = 0; i < b->cfg.listeners; i++) {
        bl_socket_close(b, &b->listeners[i].socket, BELOW_FORGET);
    }
    mptcp_wipe(b->conns, b->conn_size * b->cfg.streams);
    mptcp_wipe(b->shim, shim_size(&b->cfg.shim));
    mptcp_wipe(b, sizeof *b);
}
