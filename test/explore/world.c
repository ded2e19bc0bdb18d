/*
 * world.c - the world at the beginning of a scope: before the SYN, or with a connection that is
 * open, on which octets have passed already.
 */
#include "explore.h"

#include <stdlib.h>
#include <string.h>

#define TOKENS 8u
#define BULK 60000u /* octets of a segment that only serves to get ahead */
#define ROUNDS 1000u

const struct scope *scope;
size_t world_size;
size_t block_size;
uint64_t first_dsn[2];
uint64_t offset_of[2];
struct mptcp_endpoint *endpoint;

const uint64_t key_of[2] = {0x1122334455667788u, 0x99aabbccddeeff00u};

struct mptcp_addr address_of(int id, unsigned which)
{
    struct mptcp_addr a = {.family = 4,
                           .port = (uint16_t)(id == CLIENT ? 4000 : 80),
                           .ip = {10, (uint8_t)which, 0, (uint8_t)(id + 1)}};
    if (which == ANNOUNCED && scope->ipv6) {
        a.family = 6;
    }
    return a;
}

static void configure(struct mptcp_config *cfg, int id)
{
    mptcp_config_init(cfg);
    cfg->flags = scope->flags[id];
    cfg->version = scope->old[id] ? 0 : 1;
    cfg->subflows = cfg->subflow_limit = scope->subflows;
    cfg->addrs = scope->addrs;
    cfg->runs = (uint16_t)(4 * scope->subflows + 2 * (scope->runs - 2));
    cfg->rcv_buf = scope->rcv_buf;
    cfg->policy = MPTCP_POLICY_HOST;
    cfg->scheduler = scope->scheduler;
    cfg->no_path_limit = scope->no_path_limit;
}

void scope_set(const struct scope *s)
{
    static uint64_t memory[MPTCP_ENDPOINT_SIZE(TOKENS) / sizeof(uint64_t) + 1];
    struct mptcp_config cfg;

    scope = s;
    configure(&cfg, CLIENT);
    block_size = (size_t)mptcp_conn_size(&cfg);
    world_size = sizeof(struct world) + 2 * block_size;
    endpoint = mptcp_endpoint_init(memory, sizeof memory, TOKENS);
}

static void make(struct world *w, int id)
{
    struct mptcp_secret secret = {.key = key_of[id]};
    struct mptcp_config cfg;
    struct mptcp_conn_report info;

    configure(&cfg, id);
    if (mptcp_conn_init(conn_of(w, id), block_size, &cfg, &secret) == NULL) {
        fail("mptcp_conn_init");
        return;
    }
    mptcp_conn_info(conn_of(w, id), &info);
    mptcp_endpoint_add(endpoint, info.local_token, (uint32_t)id);
    first_dsn[id] = info.snd_end.v;
}

/* Everything on the way arrives, in order, until nothing is. */
static void until_quiet(struct world *w)
{
    for (unsigned n = 0; n < ROUNDS && failure[0] == 0; n++) {
        unsigned at = 0;
        while (at < 2 * SUBFLOWS && w->under_way[at % 2][at / 2] == 0) {
            at++;
        }
        if (at == 2 * SUBFLOWS) {
            return;
        }
        struct segment p = way_take(w, (int)(at % 2), at / 2, 0);
        host_receive(w, !(at % 2), at / 2, &p, false, false);
    }
}

/* -------------------------------------------------- octets before the scope begins */

/* A segment of the initial subflow, from end to end at once; its octets are zeros. */
static void pass_segment(struct world *w, int from, uint32_t len)
{
    struct tcp *t = &w->end[from].tcp[0];
    struct tcp *u = &w->end[!from].tcp[0];
    struct mptcp_txseg out = {.tcp_flags = MPTCP_TCP_ACK, .ssn = mptcp_ssn_of(t->sent), .len = len};
    uint8_t options[MPTCP_OPTION_MAX];
    struct mptcp_receipt r;
    struct mptcp_verdict v;
    int n = mptcp_tx_options(conn_of(w, from), t->sf, &out, options, sizeof options, &r);

    if (n < 0 || r.covers < len || mptcp_sent(conn_of(w, from), t->sf, &r, START) < 0) {
        fail("no way to begin: tx_options %d", n);
        return;
    }
    struct mptcp_segment in = {.options = options,
                               .options_len = (uint16_t)n,
                               .tcp_flags = MPTCP_TCP_ACK,
                               .ssn = mptcp_ssn_of(t->sent),
                               .len = len,
                               .ack = mptcp_ssn_of(t->rcv),
                               .window = r.window};
    t->sent += len;
    if (mptcp_on_segment(conn_of(w, !from), u->sf, &in, &v, START) < 0 || v.drop) {
        fail("no way to begin: %s", mptcp_error_name(v.code));
        return;
    }
    u->una = in.ack.v;
    if (len > 0) {
        struct mptcp_piece piece = {.len = len};
        u->rcv += len;
        mptcp_on_data(conn_of(w, !from), u->sf, &piece, START);
    }
}

/* What is due at an end, while only zeros pass; true if it has sent an ACK. */
static bool pass_work(struct world *w, int id, uint32_t *sent)
{
    struct mptcp_conn *c = conn_of(w, id);
    struct mptcp_action a;
    bool ack = false;

    while (failure[0] == 0 && mptcp_poll(c, &a)) {
        if (mptcp_done(c, &a, a.len, MPTCP_DONE, START) < 0) {
            fail("no way to begin: action %u", a.type);
        }
        if (a.type == MPTCP_DELIVER) {
            mptcp_on_consumed(c, a.len, START);
        } else if (a.type == MPTCP_SEND) {
            w->end[id].tcp[0].nxt += a.len;
            *sent = a.len;
            return ack;
        } else if (a.type == MPTCP_SEND_ACK) {
            ack = true;
        } else if (a.type == MPTCP_EVENT && a.event == MPTCP_EV_OPEN) {
            w->end[id].open = 1;
        }
    }
    return ack;
}

static void allow_bulk(struct world *w)
{
    for (int id = 0; id < 2; id++) {
        struct mptcp_path path;
        mptcp_path_init(&path);
        path.room = path.segment_size = BULK;
        mptcp_on_path(conn_of(w, id), w->end[id].tcp[0].sf, &path, START);
    }
}

static void pass_octets(struct world *w, int from, uint32_t n)
{
    while (n > 0 && failure[0] == 0) {
        uint32_t sent = 0;
        uint32_t most = scope->rcv_buf < BULK ? scope->rcv_buf : BULK;
        uint32_t now = n < most ? n : most;
        allow_bulk(w);
        mptcp_on_written(conn_of(w, from), now, START);
        pass_work(w, from, &sent);
        if (sent == 0) {
            fail("no way to begin: nothing to send");
            return;
        }
        pass_segment(w, from, sent);
        pass_work(w, !from, &sent);
        pass_segment(w, !from, 0);
        pass_work(w, from, &sent);
        n -= now;
    }
    for (int id = 0; id < 2; id++) {
        struct tcp *t = &w->end[id].tcp[0];
        t->una = t->nxt = t->sent;
        t->released = t->rcv;
    }
}

/* Octets passed before count for nothing: the streams begin here. */
static void begin_streams(struct world *w)
{
    for (int id = 0; id < 2; id++) {
        struct mptcp_conn_report info;
        mptcp_conn_info(conn_of(w, id), &info);
        offset_of[id] = info.snd_end.v - first_dsn[id];
        first_dsn[id] = info.snd_end.v;
        host_report_path(w, id, 0);
    }
}

/* Timers of an open connection on which nothing goes on: joins have to wait for one. */
static void until_idle(struct world *w)
{
    for (unsigned n = 0; n < ROUNDS && failure[0] == 0; n++) {
        mptcp_time due = mptcp_deadline(conn_of(w, (int)(n % 2)));
        if (due == MPTCP_NEVER && mptcp_deadline(conn_of(w, (int)((n + 1) % 2))) == MPTCP_NEVER) {
            return;
        }
        if (due != MPTCP_NEVER) {
            mptcp_on_timeout(conn_of(w, (int)(n % 2)), due);
            mptcp_conn_rebase(conn_of(w, (int)(n % 2)), due, START);
            host_work(w, (int)(n % 2));
            until_quiet(w);
        }
    }
    fail("no way to begin: timers that do not end");
}

static void join(struct world *w)
{
    if (mptcp_join(conn_of(w, CLIENT), 1, 0, START) < 0) {
        fail("no way to begin: mptcp_join");
        return;
    }
    host_work(w, CLIENT);
    until_quiet(w);
    until_idle(w);
    if (w->end[SERVER].tcp[1].state != TCP_UP || w->end[CLIENT].tcp[1].state != TCP_UP) {
        fail("no way to begin: the second subflow is not up");
    }
}

void world_begin(struct world *w)
{
    struct mptcp_addr second = address_of(CLIENT, 1);
    uint8_t id;

    memset(w, 0, world_size);
    make(w, CLIENT);
    make(w, SERVER);
    host_connect(w);
    if (scope->subflows > 1 &&
        mptcp_add_address(conn_of(w, CLIENT), &second, MPTCP_ADDR_JOIN, &id, START) < 0) {
        fail("no way to begin: mptcp_add_address");
    }
    offset_of[CLIENT] = offset_of[SERVER] = 0;
    if (!scope->handshake) {
        until_quiet(w);
        if (scope->warm || scope->start_ssn != 0) {
            pass_octets(w, CLIENT, scope->start_ssn > 1 ? scope->start_ssn - 1 : 1);
            pass_octets(w, SERVER, 1);
        }
        until_idle(w);
        begin_streams(w);
    }
    if (scope->joined) {
        join(w);
    }
    memcpy(w->left, scope->limits, sizeof w->left);
}
