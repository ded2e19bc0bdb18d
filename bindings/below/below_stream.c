/*
 * below_stream.c - the slots of streams: taken, given a connection, ended, and given back
 * (bl_state); and what the shim asks of connections.
 */
#include "below_internal.h"

#include "mptcp/crypto.h"

#include <string.h>

#define KEY_TRIES 8

struct bl_stream *bl_stream_of(const struct below *b, below_stream handle)
{
    uint32_t i = handle & 0xffffu;

    if (b == NULL || i >= b->cfg.streams || b->streams[i].state == BL_FREE ||
        b->streams[i].generation != handle >> 16) {
        return NULL;
    }
    return &b->streams[i];
}

below_stream bl_stream_handle(const struct below *b, const struct bl_stream *s)
{
    return bl_handle(bl_index(b, s), s->generation);
}

struct bl_stream *bl_stream_of_conn(const struct below *b, const struct mptcp_conn *c)
{
    return &b->streams[(size_t)((const uint8_t *)c - b->conns) / b->conn_size];
}

struct bl_stream *bl_stream_take(struct below *b)
{
    if (b->free_stream == BL_NONE) {
        return NULL;
    }
    struct bl_stream *s = &b->streams[b->free_stream];
    b->free_stream = s->next;
    s->state = BL_OPENING;
    s->owner = BL_NOBODY;
    s->next = s->listener = BL_NONE;
    s->limit = MPTCP_NEVER;
    s->code = MPTCP_OK;
    s->again = 0;
    s->news = s->wants = s->shut = s->eof = s->checksum = s->entered = s->spared = 0;
    memset(s->address_ids, BL_NO_ID, b->cfg.conn.addrs);
    for (unsigned i = 0; i < b->cfg.conn.addrs; i++) {
        s->listens[i] = BL_NONE;
    }
    memset(s->places, 0, sizeof *s->places * bl_places(b));
    for (unsigned i = 0; i < bl_places(b); i++) {
        s->places[i].socket = BELOW_NO_SOCKET;
        bl_queue_init(&s->places[i].queue);
    }
    bl_chunks_init(b, s);
    bl_buffer_init(b, s);
    return s;
}

/* The settings of a connection of this version of the protocol, with these flags in addition. */
static struct mptcp_config settings(const struct below *b, unsigned version, uint32_t flags)
{
    struct mptcp_config cfg = b->cfg.conn;

    cfg.flags |= flags;
    cfg.version = (uint8_t)version;
    return cfg;
}

/* Makes the connection, and enters its token. Returns what mptcp_endpoint_add says. */
static int make(struct below *b, struct bl_stream *s, struct mptcp_secret *secret,
                const struct mptcp_config *cfg)
{
    struct mptcp_conn_report info;

    b->host.random(b->host.context, secret->seed, sizeof secret->seed);
    if (mptcp_conn_init(s->conn, b->conn_size, cfg, secret) == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_conn_info(s->conn, &info);
    s->snd_start = s->snd_end = info.snd_end;
    if ((cfg->flags & MPTCP_CFG_NO_MPTCP) != 0) {
        return MPTCP_OK;
    }
    int why = mptcp_endpoint_add(b->endpoint, info.local_token, bl_index(b, s));
    s->entered = why == MPTCP_OK;
    return why;
}

bool bl_stream_make(struct below *b, struct bl_stream *s)
{
    struct mptcp_config cfg = settings(b, s->version, s->spared ? MPTCP_CFG_NO_MPTCP : 0);
    struct mptcp_secret secret;
    uint8_t entropy[8];
    uint32_t token;
    int why = MPTCP_E_COLLISION;

    for (unsigned i = 0; i < KEY_TRIES && why != MPTCP_OK; i++) {
        b->host.random(b->host.context, entropy, sizeof entropy);
        why = mptcp_endpoint_key_of(b->endpoint, s->version, entropy, &secret.key, &token);
    }
    if (why == MPTCP_OK) {
        why = make(b, s, &secret, &cfg);
    }
    mptcp_wipe(&secret, sizeof secret);
    mptcp_wipe(entropy, sizeof entropy);
    return why == MPTCP_OK;
}

void bl_stream_make_with(struct below *b, struct bl_stream *s, const struct shim_opening *o)
{
    struct mptcp_secret secret = {.key = o->key};
    struct mptcp_config cfg = settings(b, o->version, o->plain ? MPTCP_CFG_NO_MPTCP : 0);

    cfg.silence_limit = o->unscaled ? 0 : cfg.silence_limit;
    if (make(b, s, &secret, &cfg) != MPTCP_OK) {
        cfg.flags |= MPTCP_CFG_NO_MPTCP;
        (void)make(b, s, &secret, &cfg);
    }
    mptcp_wipe(&secret, sizeof secret);
}

void bl_stream_end(struct below *b, struct bl_stream *s, int code)
{
    struct mptcp_conn_report info;

    if (s->state == BL_ENDED) {
        return;
    }
    s->state = BL_ENDED;
    s->code = code;
    s->news = 1;
    s->limit = MPTCP_NEVER;
    if (s->entered) {
        mptcp_conn_info(s->conn, &info);
        (void)mptcp_endpoint_remove(b->endpoint, info.local_token);
        s->entered = 0;
    }
    shim_forget(b->shim, s->conn);
}

void bl_stream_free(struct below *b, struct bl_stream *s)
{
    bl_stream_end(b, s, MPTCP_E_CLOSED);
    bl_listener_leave(b, s);
    bl_set_due(b, s, MPTCP_NEVER);
    mptcp_conn_wipe(s->conn);
    s->state = BL_FREE;
    s->generation++;
    s->next = b->free_stream;
    b->free_stream = bl_index(b, s);
}

void bl_stream_tell(struct below *b, struct bl_stream *s)
{
    bool told = s->news && s->owner == BL_APPLICATION && b->host.changed != NULL;

    s->news = 0;
    if (told) {
        b->host.changed(b->host.context, bl_stream_handle(b, s), BELOW_NONE);
    }
}

void bl_stream_event(struct below *b, struct bl_stream *s, const struct mptcp_action *event)
{
    if (b->host.event != NULL && s->owner != BL_NOBODY) {
        b->host.event(b->host.context, bl_stream_handle(b, s), event);
    }
}

void bl_stream_no_join(struct below *b, struct bl_stream *s, mptcp_sf sf, int code)
{
    struct mptcp_action event = {
        .type = MPTCP_EVENT, .event = MPTCP_EV_SUBFLOW_GONE, .sf = sf, .code = code};
    struct mptcp_subflow_report info;

    if (mptcp_subflow_info(s->conn, sf, &info) == MPTCP_OK && !info.initial && !info.established) {
        bl_stream_event(b, s, &event);
    }
}

/* ------------------------------------------------------------------- the shim */

struct mptcp_conn *bl_connection(void *context, uint32_t number)
{
    const struct below *b = context;
    return b->streams[number].conn;
}

bool bl_sum(void *context, struct mptcp_conn *c, mptcp_dsn dsn, uint32_t length, uint32_t *sum)
{
    const struct below *b = context;
    const struct bl_stream *s = bl_stream_of_conn(b, c);
    return bl_send_sum(b, s, dsn, length, sum) || bl_sums_find(b, s, dsn, length, sum);
}

void bl_touched(void *context, struct mptcp_conn *c, mptcp_sf sf, shim_flow flow)
{
    struct below *b = context;
    struct bl_stream *s = bl_stream_of_conn(b, c);

    (void)bl_place_flow(b, s, sf, flow);
    bl_touch(b, s);
}
