/*
 * tcp.c - the toy TCP of tcp.h. Each subflow is a pair of counters; what is
 * sent lies in a queue of segments until tcp_step hands it to the peer.
 */
#include "tcp.h"

#include <assert.h>
#include <string.h>

#define MSS 1000u
#define QUEUE 4096u
#define SEGMENT_US 20 /* between two segments */

struct packet {
    struct host *to;
    unsigned subflow;
    struct mptcp_segment seg;
    uint8_t options[OPTION_ROOM];
    uint8_t payload[MSS];
};

static struct packet queue[QUEUE];
static unsigned head;
static unsigned tail;
mptcp_time now = 1000000;

mptcp_time clock_us(void)
{
    return now;
}

static struct tcp *tcp_of(struct host *h, mptcp_sf sf)
{
    for (unsigned i = 0; i < SUBFLOWS; i++) {
        if (h->tcp[i].up && h->tcp[i].sf == sf) {
            return &h->tcp[i];
        }
    }
    return NULL;
}

/* What the application writes and expects: any octet of the stream from its number. */
static uint8_t pattern(uint64_t i)
{
    return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

static void emit(struct host *h, struct tcp *t, unsigned flags, uint32_t ssn, uint32_t len)
{
    struct packet *p = &queue[tail++ % QUEUE];
    struct mptcp_txseg seg = {.tcp_flags = (uint8_t)flags, .ssn = mptcp_ssn_of(ssn), .len = len};
    uint32_t window;

    assert(tail - head <= QUEUE);
    int n = segment_out(h, t->sf, &seg, p->options, &window);
    assert(n >= 0);
    p->to = h->peer;
    p->subflow = (unsigned)(t - h->tcp);
    p->seg = (struct mptcp_segment){
        .options = p->options,
        .options_len = (uint16_t)n,
        .tcp_flags = (uint8_t)flags,
        .ssn = mptcp_ssn_of(ssn),
        .len = len,
        .ack = mptcp_ssn_of(t->rcv_nxt),
        .window = window,
    };
    for (uint32_t i = 0; i < len; i++) {
        p->payload[i] = h->buffer[(t->unsent_at.v + i) % BUFFER];
    }
}

uint32_t tcp_write(struct host *h, mptcp_sf sf, mptcp_dsn dsn, uint32_t len)
{
    struct tcp *t = tcp_of(h, sf);

    t->unsent_at = dsn;
    t->unsent = len < MSS ? len : MSS;
    return t->unsent;
}

uint32_t app_take(struct host *h, mptcp_sf sf, mptcp_ssn ssn, uint32_t len)
{
    struct tcp *t = tcp_of(h, sf);
    for (uint32_t i = 0; i < len; i++) {
        h->wrong |= t->queue[(ssn.v + i) % BUFFER] != pattern(h->taken + i);
    }
    h->taken += len;
    return len;
}

void queue_drop(struct host *h, mptcp_sf sf, mptcp_ssn below)
{
    (void)h;
    (void)sf;
    (void)below; /* the ring is as large as the window: it forgets by itself */
}

void buffer_drop(struct host *h, mptcp_dsn below)
{
    h->buffer_start = below;
}

void tcp_ack(struct host *h, mptcp_sf sf)
{
    struct tcp *t = tcp_of(h, sf);
    emit(h, t, MPTCP_TCP_ACK, t->snd_nxt + t->fin_sent, 0);
}

void tcp_keepalive(struct host *h, mptcp_sf sf)
{
    struct tcp *t = tcp_of(h, sf);
    emit(h, t, MPTCP_TCP_ACK, t->snd_nxt - 1, 0);
}

void tcp_fin(struct host *h, mptcp_sf sf)
{
    struct tcp *t = tcp_of(h, sf);
    emit(h, t, MPTCP_TCP_ACK | MPTCP_TCP_FIN, t->snd_nxt, 0);
    t->fin_sent = true;
}

void tcp_reset(struct host *h, mptcp_sf sf)
{
    struct tcp *t = tcp_of(h, sf);
    emit(h, t, MPTCP_TCP_ACK | MPTCP_TCP_RST, t->snd_nxt, 0);
    t->up = false;
}

static struct tcp *tcp_open(struct host *h, unsigned i, mptcp_sf sf)
{
    struct tcp *t = &h->tcp[i];
    t->sf = sf;
    t->up = true;
    t->fin_sent = t->fin_received = false;
    t->snd_nxt = 1;
    t->rcv_nxt = 0;
    return t;
}

bool tcp_can(struct host *h, const struct mptcp_action *a)
{
    (void)h;
    return a->type != MPTCP_LISTEN; /* nobody announces anything here */
}

void tcp_output(struct host *h, const struct mptcp_action *a)
{
    if (a->type == MPTCP_CONNECT) {
        emit(h, tcp_open(h, 1, a->sf), MPTCP_TCP_SYN, 0, 0);
    }
    if (a->type == MPTCP_SEND) {
        struct tcp *t = tcp_of(h, a->sf);
        t->snd_nxt += t->unsent;
        emit(h, t, MPTCP_TCP_ACK, t->snd_nxt - t->unsent, t->unsent);
    }
}

void app_event(struct host *h, const struct mptcp_action *a)
{
    h->eof |= a->event == MPTCP_EV_EOF;
    h->ended |= a->event == MPTCP_EV_END && a->code == MPTCP_E_CLOSED;
}

void timer_at(struct host *h, mptcp_time when)
{
    h->timer = when;
}

uint32_t app_write(struct host *h, uint32_t n)
{
    struct mptcp_conn_report info;
    mptcp_conn_info(h->conn, &info);
    uint64_t held = info.snd_end.v - h->buffer_start.v;
    uint32_t fits = BUFFER - (uint32_t)held;
    n = n < fits ? n : fits;
    for (uint32_t i = 0; i < n; i++) {
        h->buffer[(info.snd_end.v + i) % BUFFER] = pattern(h->written + i);
    }
    h->written += n;
    mptcp_on_written(h->conn, n, now);
    return n;
}

void tcp_start(struct host *client)
{
    mptcp_sf sf;
    mptcp_connect(client->conn, &client->address[0], &client->peer->address[0], &sf, now);
    emit(client, tcp_open(client, 0, sf), MPTCP_TCP_SYN, 0, 0);
}

/* A SYN: whose it is, the endpoint tells. */
static void accept_syn(struct host *h, struct packet *p)
{
    struct mptcp_syn syn;
    mptcp_sf sf;
    struct mptcp_addr *local = &h->address[0];
    struct mptcp_addr *remote = &h->peer->address[p->subflow];

    mptcp_endpoint_on_syn(h->endpoint, &p->seg, &syn);
    int why = syn.kind == MPTCP_SYN_JOIN
                  ? mptcp_accept_join(h->conn, &p->seg, local, remote, &sf, now)
                  : mptcp_accept(h->conn, &p->seg, local, remote, &sf, now);
    if (why < 0 || sf == MPTCP_SF_NONE) {
        return; /* refused, or its turn comes with the SYN after this one */
    }
    struct tcp *t = tcp_open(h, p->subflow, sf);
    t->rcv_nxt = 1;
    emit(h, t, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 0);
}

/* What TCP itself does with a segment that it was allowed to see. */
static void process(struct host *h, struct tcp *t, struct packet *p)
{
    struct mptcp_piece piece = {.len = p->seg.len, .data = p->payload};
    struct mptcp_path path = {
        .size = sizeof path, .room = 10 * MSS, .segment_size = MSS, .srtt_us = 1000};

    if ((p->seg.tcp_flags & MPTCP_TCP_SYN) != 0) {
        t->rcv_nxt = 1;
        mptcp_on_established(h->conn, t->sf, now);
    }
    for (uint32_t i = 0; i < p->seg.len; i++) {
        t->queue[(t->rcv_nxt + i) % BUFFER] = p->payload[i];
    }
    if (p->seg.len > 0) {
        t->rcv_nxt += p->seg.len;
        mptcp_on_data(h->conn, t->sf, &piece, now);
    }
    if ((p->seg.tcp_flags & MPTCP_TCP_FIN) != 0) {
        t->rcv_nxt++;
        t->fin_received = true;
        mptcp_on_fin(h->conn, t->sf, now);
    }
    mptcp_on_path(h->conn, t->sf, &path, now);
    if (p->seg.len > 0 || (p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_FIN)) != 0) {
        tcp_ack(h, t->sf);
    }
}

/* The application of this example reads at once. */
static void read_all(struct host *h)
{
    struct mptcp_conn_report info;
    work(h);
    mptcp_conn_info(h->conn, &info);
    while (mptcp_on_consumed(h->conn, MSS, now) == MPTCP_OK) {
    }
    while (mptcp_on_consumed(h->conn, 1, now) == MPTCP_OK) {
    }
    work(h);
}

/* The one timer of a host. */
static void tick(struct host *h)
{
    if (h->timer <= now) {
        mptcp_on_timeout(h->conn, now);
        work(h);
    }
}

bool tcp_step(void)
{
    if (head == tail) {
        return false;
    }
    now += SEGMENT_US;
    struct packet *p = &queue[head++ % QUEUE];
    struct host *h = p->to;
    struct tcp *t = &h->tcp[p->subflow];

    if ((p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) == MPTCP_TCP_SYN) {
        accept_syn(h, p);
    } else if (t->up && !segment_in(h, t->sf, &p->seg)) {
        if ((p->seg.tcp_flags & MPTCP_TCP_RST) != 0) {
            t->up = false;
            mptcp_on_gone(h->conn, t->sf, MPTCP_E_PEER_RESET, now);
        } else {
            process(h, t, p);
        }
    }
    tick(h);
    tick(h->peer);
    read_all(h);
    if (t->up && t->fin_sent && t->fin_received) {
        t->up = false;
        mptcp_on_gone(h->conn, t->sf, MPTCP_E_CLOSED, now);
        work(h);
    }
    return true;
}
