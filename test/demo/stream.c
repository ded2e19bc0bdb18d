/*
 * stream.c - the two applications of the demo: the client writes octets made
 * from a seed, both ends hash what they wrote and read. Each end closes when
 * it is through.
 */
#include "demo.h"

#include <bearssl.h>
#include <string.h>

#define CHUNK 16384u

static br_sha256_context sent_context;
static br_sha256_context received_context;
static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Letters: octets at random are taken for all kinds of protocols by those who look at the capture.
 */
static uint64_t text(uint64_t random)
{
    return (random & 0x0f0f0f0f0f0f0f0full) + 0x6161616161616161ull;
}

static void feed(struct demo_stream *s)
{
    uint64_t block[CHUNK / 8];

    while (s->sent < s->total && mptcpl_sndbuf(s->client) >= CHUNK) {
        for (unsigned i = 0; i < CHUNK / 8; i++) {
            block[i] = text(next());
        }
        uint32_t n = s->total - s->sent < CHUNK ? (uint32_t)(s->total - s->sent) : CHUNK;
        if (mptcpl_write(s->client, block, n) != ERR_OK) {
            s->failure = "the client cannot write";
            return;
        }
        br_sha256_update(&sent_context, block, n);
        s->sent += n;
    }
    if (s->sent == s->total) {
        br_sha256_out(&sent_context, s->sent_hash);
        mptcpl_shutdown(s->client, 0, 1);
    }
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct demo_stream *s = arg;
    (void)pcb;
    s->client_open = true;
    feed(s);
    return err;
}

static err_t on_sent(void *arg, struct mptcpl_pcb *pcb, uint32_t len)
{
    struct demo_stream *s = arg;
    (void)pcb;
    (void)len;
    if (s->sent < s->total) {
        feed(s);
    }
    return ERR_OK;
}

/* Nothing is sent to the client but the end. */
static err_t on_client_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)pcb;
    (void)err;
    if (p != NULL) {
        pbuf_free(p);
    }
    return ERR_OK;
}

static err_t on_server_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct demo_stream *s = arg;

    (void)err;
    if (p == NULL) {
        br_sha256_out(&received_context, s->received_hash);
        mptcpl_shutdown(pcb, 0, 1);
        return ERR_OK;
    }
    for (const struct pbuf *q = p; q != NULL; q = q->next) {
        br_sha256_update(&received_context, q->payload, q->len);
    }
    mptcp_time gap = world_now() - s->last;
    s->silence = s->received != 0 && gap > s->silence ? gap : s->silence;
    s->last = world_now();
    s->received += p->tot_len;
    mptcpl_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static void on_client_err(void *arg, err_t err)
{
    struct demo_stream *s = arg;
    s->client = NULL;
    if (!s->client_closed) {
        s->failure = err == ERR_RST ? "the client was reset" : "the client lost the connection";
    }
}

static void on_server_err(void *arg, err_t err)
{
    struct demo_stream *s = arg;
    s->server = NULL;
    if (!s->server_closed) {
        s->failure = err == ERR_RST ? "the server was reset" : "the server lost the connection";
    }
}

static void on_event(void *arg, struct mptcpl_pcb *pcb, const struct mptcp_action *event)
{
    struct demo_stream *s = arg;
    if (event->event == MPTCP_EV_OPEN && event->code != 0) {
        s->failure = "MPTCP was not agreed upon";
    }
    if (event->event == MPTCP_EV_CLOSED) {
        if (pcb == s->client) {
            for (unsigned i = 0; i < DEMO_PATHS; i++) {
                demo_stream_stats(s, i, &s->paths[i]);
            }
            s->client_closed = true;
        }
        s->server_closed |= pcb == s->server;
    }
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct demo_stream *s = arg;
    s->server = pcb;
    mptcpl_arg(pcb, s);
    mptcpl_recv(pcb, on_server_recv);
    mptcpl_err(pcb, on_server_err);
    mptcpl_event(pcb, on_event);
    return err;
}

bool demo_stream_start(struct demo_stream *s, uint64_t seed)
{
    struct mptcpl_config cfg;

    state = seed * 2 + 1;
    br_sha256_init(&sent_context);
    br_sha256_init(&received_context);
    mptcpl_config_init(&cfg);
    struct mptcpl_pcb *listener = mptcpl_new(&cfg);
    s->client = mptcpl_new(&cfg);
    if (listener == NULL || s->client == NULL) {
        return false;
    }
    mptcpl_arg(listener, s);
    mptcpl_accept(listener, on_accept);
    mptcpl_arg(s->client, s);
    mptcpl_recv(s->client, on_client_recv);
    mptcpl_sent(s->client, on_sent);
    mptcpl_err(s->client, on_client_err);
    mptcpl_event(s->client, on_event);
    return mptcpl_bind(listener, world_address(0, WORLD_SERVER), DEMO_PORT) == ERR_OK &&
           mptcpl_listen(listener, 1) == ERR_OK &&
           mptcpl_bind(s->client, world_address(0, WORLD_CLIENT), 0) == ERR_OK &&
           mptcpl_add_path(s->client, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                           MPTCP_ADDR_JOIN) == ERR_OK &&
           mptcpl_connect(s->client, world_address(0, WORLD_SERVER), DEMO_PORT, on_connected) ==
               ERR_OK;
}

bool demo_stream_stats(const struct demo_stream *s, unsigned path,
                       struct mptcpl_subflow_stats *stats)
{
    if (s->client == NULL || s->client_closed) {
        *stats = s->paths[path];
        return s->client_closed;
    }
    for (unsigned i = 0; mptcpl_subflow_stats(s->client, i, stats); i++) {
        if (ip_addr_eq(&stats->local, world_address(path, WORLD_CLIENT))) {
            return true;
        }
    }
    memset(stats, 0, sizeof *stats);
    return false;
}

bool demo_stream_done(const struct demo_stream *s)
{
    return s->failure != NULL || (s->client_closed && s->server_closed);
}
