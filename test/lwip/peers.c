/*
 * peers.c - the two applications of peers.h.
 *
 * The stream: octet i of a side is a function of i and the side, so that
 * any octet lost, repeated or moved is seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lwip/tcp.h"
#include "peers.h"

#define CHUNK 16384u

/* Of the test that runs; a failed one leaves them behind. */
static struct peers *current;

static uint8_t octet(enum world_side side, uint64_t i)
{
    uint64_t word = (i >> 3) * 0x9E3779B97F4A7C15u + (uint64_t)side;
    return (uint8_t)(word >> (8 * (i & 7)));
}

static void shut(struct peer *p)
{
    if (p->sent == p->to_send && !p->finished && !p->keep_open && !p->over) {
        p->finished = true;
        mptcpl_shutdown(p->pcb, 0, 1);
    }
}

void peer_write(struct peer *p)
{
    uint8_t chunk[CHUNK];

    while (p->open && !p->over && p->sent < p->to_send) {
        uint64_t n = LWIP_MIN(p->to_send - p->sent, CHUNK);
        n = LWIP_MIN(n, mptcpl_sndbuf(p->pcb));
        if (n == 0) {
            return;
        }
        for (uint64_t i = 0; i < n; i++) {
            chunk[i] = octet(p->side, p->sent + i);
        }
        err_t err = mptcpl_write(p->pcb, chunk, (uint32_t)n);
        if (err == ERR_CONN) {
            return; /* it has failed, and will say so in a moment */
        }
        if (err == ERR_MEM) {
            p->unwritten++;
            return; /* `sent` is called when it may be tried again */
        }
        assert_int_equal(ERR_OK, err);
        p->sent += n;
    }
    if (p->open) {
        shut(p);
    }
}

static void check(struct peer *p, const struct pbuf *pb)
{
    for (const struct pbuf *q = pb; q != NULL; q = q->next) {
        const uint8_t *data = q->payload;
        for (uint16_t i = 0; i < q->len; i++) {
            p->bad += data[i] != octet((enum world_side)(1 - p->side), p->received++);
        }
    }
    p->wrong = p->bad > 0;
}

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *pb, err_t err)
{
    struct peer *p = arg;

    assert_int_equal(ERR_OK, err);
    if (pb == NULL) {
        assert_false(p->eof);
        p->eof = true;
        return ERR_OK;
    }
    if (p->refuse) {
        return ERR_MEM;
    }
    assert_false(p->eof);
    check(p, pb);
    if (p->hold) {
        p->held += pb->tot_len;
    } else {
        mptcpl_recved(pcb, pb->tot_len);
    }
    pbuf_free(pb);
    return ERR_OK;
}

void peer_release(struct peer *p)
{
    p->hold = false;
    mptcpl_recved(p->pcb, (uint32_t)p->held);
    p->held = 0;
}

static err_t on_sent(void *arg, struct mptcpl_pcb *pcb, uint32_t len)
{
    (void)pcb;
    (void)len;
    peer_write(arg);
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    struct peer *p = arg;
    p->over = true;
    p->error = err;
    p->pcb = NULL;
}

static void on_event(void *arg, struct mptcpl_pcb *pcb, const struct mptcp_action *event)
{
    struct peer *p = arg;

    (void)pcb;
    p->events[event->event & 15]++;
    if (event->event == MPTCP_EV_OPEN || event->event == MPTCP_EV_FALLBACK) {
        p->fallback = event->code;
    } else if (event->event == MPTCP_EV_END) {
        p->end = event->code;
    } else if (event->event == MPTCP_EV_SUBFLOW_GONE && event->code != MPTCP_E_CLOSED) {
        p->lost = event->code;
        p->reason = event->reason;
    }
}

void peer_watch(struct peer *p, struct mptcpl_pcb *pcb)
{
    p->pcb = pcb;
    mptcpl_arg(pcb, p);
    mptcpl_recv(pcb, on_recv);
    mptcpl_sent(pcb, on_sent);
    mptcpl_err(pcb, on_err);
    mptcpl_event(pcb, on_event);
}

static err_t on_open(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct peer *p = arg;

    (void)pcb;
    assert_int_equal(ERR_OK, err);
    p->open = true;
    peer_write(p);
    return ERR_OK;
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct peers *p = arg;

    assert_null(p->server.pcb);
    peer_watch(&p->server, pcb);
    return on_open(&p->server, pcb, err);
}

void peers_make(struct peers *p, const struct mptcpl_config *client,
                const struct mptcpl_config *server)
{
    memset(p, 0, sizeof *p);
    current = p;
    p->server.side = WORLD_SERVER;
    p->client.side = WORLD_CLIENT;
    p->listener = mptcpl_new(server);
    assert_non_null(p->listener);
    assert_int_equal(ERR_OK, mptcpl_bind(p->listener, world_address(0, WORLD_SERVER), PEERS_PORT));
    mptcpl_arg(p->listener, p);
    mptcpl_accept(p->listener, on_accept);
    peer_watch(&p->client, mptcpl_new(client));
    assert_int_equal(ERR_OK, mptcpl_bind(p->client.pcb, world_address(0, WORLD_CLIENT), 0));
}

err_t peers_dial(struct peers *p)
{
    return mptcpl_connect(p->client.pcb, world_address(0, WORLD_SERVER), PEERS_PORT, on_open);
}

void peers_connect(struct peers *p)
{
    assert_int_equal(ERR_OK, mptcpl_listen(p->listener, 8));
    assert_int_equal(ERR_OK, peers_dial(p));
}

bool peers_open(void *arg)
{
    struct peers *p = arg;
    return p->client.open && p->server.open;
}

static bool done(const struct peer *p, const struct peer *other)
{
    return p->wrong || (p->eof && p->received == other->to_send && p->over);
}

bool peers_done(void *arg)
{
    struct peers *p = arg;
    return done(&p->client, &p->server) && done(&p->server, &p->client);
}

void peers_run(struct peers *p, mptcp_time limit)
{
    bool in_time = world_run_until(peers_done, p, limit);

    assert_false(p->client.wrong);
    assert_false(p->server.wrong);
    assert_int_equal(p->client.to_send, p->server.received);
    assert_int_equal(p->server.to_send, p->client.received);
    assert_true(in_time);
}

mptcp_time peers_upload(struct peers *p, uint64_t octets, mptcp_time limit)
{
    mptcp_time began = world_now();

    p->client.to_send = octets;
    peers_connect(p);
    peers_run(p, limit);
    return world_now() - began;
}

static void give_up(struct peer *p)
{
    if (p->pcb != NULL && !p->over) {
        mptcpl_abort(p->pcb);
    }
    p->pcb = NULL;
}

static void let_go(struct peers *p)
{
    current = NULL;
    give_up(&p->client);
    give_up(&p->server);
    mptcpl_close(p->listener);
    world_run_for(5000000); /* TIME_WAIT included */
}

void peers_end(struct peers *p)
{
    let_go(p);
    assert_false(mptcpl_lingering());
}

void peers_clean_up(void)
{
    if (current != NULL) {
        let_go(current);
    }
}

/* The path that an address belongs to. */
static unsigned path_of(const ip_addr_t *addr, enum world_side side)
{
    unsigned i = 0;
    while (!ip_addr_eq(addr, world_address(i, side))) {
        i++;
    }
    return i;
}

uint64_t peer_sent_on(const struct peer *p, unsigned path)
{
    struct mptcpl_subflow_stats s;
    uint64_t n = 0;

    for (unsigned i = 0; mptcpl_subflow_stats(p->pcb, i, &s); i++) {
        unsigned local = path_of(&s.local, p->side);
        unsigned remote = path_of(&s.remote, (enum world_side)(1 - p->side));
        n += LWIP_MAX(local, remote) == path ? s.bytes_sent : 0;
    }
    return n;
}

unsigned peer_alive(const struct peer *p)
{
    struct mptcpl_subflow_stats s;
    unsigned n = 0;

    for (unsigned i = 0; mptcpl_subflow_stats(p->pcb, i, &s); i++) {
        n += s.alive;
    }
    return n;
}
