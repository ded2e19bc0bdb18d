/*
 * world_test.h - two hosts with a toy TCP each, embedded as bindings/README.md says, and a network
 * that loses nothing. A host makes the mistakes that are set in `wrong`, and no other.
 *
 * The TCP cuts its segments at CUT octets, wherever mappings end, and does not retransmit. Windows
 * on the wire are shifted by SCALE.
 */
#ifndef WORLD_TEST_H
#define WORLD_TEST_H

#include "core_test.h"
#include "mptcp/names.h"
#include "mptcp/why.h"

#define CUT 1460u
#define SEGMENT 1000u
#define SCALE 7
#define ISN 1000000000u
#define PACKETS 512u
#define SLOTS 16u

enum wrong {
    NO_ON_PATH = 1,
    NO_SENT = 2,
    RAW_SSN_IN = 4,
    RAW_SSN_OUT = 8,
    NO_ON_CONSUMED = 0x10,
    NO_ON_ESTABLISHED = 0x20,
    NO_ON_TIMEOUT = 0x40,
    NEVER_CUT = 0x80,
    UNSCALED_WINDOW = 0x100,
    NO_ENDPOINT_ADD = 0x200
};

struct flow {
    mptcp_sf sf;
    bool up;
    bool established;
    uint32_t snd_una;
    uint32_t snd_nxt;
    uint32_t unsent; /* octets that TCP was given and has not sent */
    uint32_t rcv_nxt;
};

struct host {
    MPTCP_CONN_STORAGE(block, 4, 8, 64);
    MPTCP_CONN_STORAGE(endpoint, 1, 1, 4);
    struct mptcp_endpoint *e;
    struct mptcp_conn *c;
    struct host *peer;
    struct flow flow[2];
    unsigned wrong;
    uint64_t taken;           /* octets that its application has got */
    int32_t in;               /* the last code of a segment that was dropped */
    int32_t out;              /* the last error of mptcp_tx_options */
    int32_t syn;              /* the code for which a SYN was refused */
    uint32_t too_long;        /* segments that were longer than mptcp_receipt.covers */
    struct mptcp_action gone; /* the last MPTCP_EV_SUBFLOW_GONE */
    bool waited[100];         /* -code: the answers of mptcp_why_not_sending so far */
};

struct packet {
    struct host *to;
    unsigned flow;
    struct wire w;
};

struct world {
    struct host client;
    struct host server;
    struct packet packet[PACKETS];
    unsigned head;
    unsigned tail;
    bool dark; /* the network loses everything */
    mptcp_time now;
};

static inline unsigned flow_of(const struct host *h, mptcp_sf sf)
{
    return h->flow[1].up && h->flow[1].sf == sf ? 1 : 0;
}

static inline struct packet *packet_to(struct world *w, struct host *to, unsigned flow)
{
    assert_true(w->tail - w->head < PACKETS);
    struct packet *p = &w->packet[w->tail++ % PACKETS];
    memset(p, 0, sizeof *p);
    p->to = to;
    p->flow = flow;
    return p;
}

/* TCP emits a segment of a flow: one, or two if a mapping ends in it. */
static inline void emit(struct world *w, struct host *h, unsigned f, unsigned flags, uint32_t ssn,
                        uint32_t len)
{
    struct mptcp_txseg seg = {.tcp_flags = (uint8_t)flags, .len = len};
    struct mptcp_receipt r;
    uint8_t options[MPTCP_OPTION_MAX];

    seg.ssn = mptcp_ssn_of((h->wrong & RAW_SSN_OUT) != 0 && (flags & SYN) == 0 ? ssn + ISN : ssn);
    int n = mptcp_tx_options(h->c, h->flow[f].sf, &seg, options, sizeof options, &r);
    if (n < 0) {
        h->out = n;
        return;
    }
    bool cut = len > 0 && r.covers < len;
    h->too_long += cut;
    if (cut && (h->wrong & NEVER_CUT) == 0) {
        emit(w, h, f, flags, ssn, r.covers);
        emit(w, h, f, flags, ssn + r.covers, len - r.covers);
        return;
    }
    if ((h->wrong & NO_SENT) == 0) {
        assert_int_equal(MPTCP_OK, mptcp_sent(h->c, h->flow[f].sf, &r, w->now));
    }
    struct wire *x = &packet_to(w, h->peer, f)->w;
    memcpy(x->options, options, (size_t)n);
    x->seg.options_len = (uint16_t)n;
    x->seg.tcp_flags = (uint8_t)flags;
    x->seg.ssn = mptcp_ssn_of(ssn);
    x->seg.len = len;
    x->seg.ack = mptcp_ssn_of(h->flow[f].rcv_nxt);
    x->seg.window = r.window >> SCALE;
}

static inline void tcp_ack(struct world *w, struct host *h, unsigned f)
{
    emit(w, h, f, ACK, h->flow[f].snd_nxt, 0);
}

/* TCP sends what it was given, in segments of its own size. */
static inline void tcp_output(struct world *w, struct host *h)
{
    for (unsigned f = 0; f < 2; f++) {
        struct flow *x = &h->flow[f];
        while (x->up && x->unsent > 0) {
            uint32_t n = x->unsent < CUT ? x->unsent : CUT;
            emit(w, h, f, ACK, x->snd_nxt, n);
            x->snd_nxt += n;
            x->unsent -= n;
        }
    }
}

static inline struct flow *tcp_open(struct host *h, unsigned f, mptcp_sf sf)
{
    h->flow[f] = (struct flow){.sf = sf, .up = true, .snd_una = 1, .snd_nxt = 1};
    return &h->flow[f];
}

/* Does one action, and commits it. */
static inline void act(struct world *w, struct host *h, const struct mptcp_action *a)
{
    unsigned f = flow_of(h, a->sf);
    uint32_t n = a->len;

    if (a->type == MPTCP_SEND) {
        h->flow[f].unsent += n;
    }
    if (a->type == MPTCP_EVENT && a->event == MPTCP_EV_SUBFLOW_GONE) {
        h->gone = *a;
    }
    if (a->type == MPTCP_RESET_SUBFLOW) {
        emit(w, h, f, ACK | RST, h->flow[f].snd_nxt, 0);
        h->flow[f].up = false;
    }
    assert_int_equal(MPTCP_OK, mptcp_done(h->c, a, n, MPTCP_DONE, w->now));
    if (a->type == MPTCP_CONNECT) {
        tcp_open(h, 1, a->sf);
        emit(w, h, 1, SYN, 0, 0);
    }
    if (a->type == MPTCP_SEND_ACK || a->type == MPTCP_PROBE) {
        tcp_ack(w, h, f);
    }
    if (a->type == MPTCP_DELIVER) {
        h->taken += n;
        if ((h->wrong & NO_ON_CONSUMED) == 0) {
            assert_int_equal(MPTCP_OK, mptcp_on_consumed(h->c, n, w->now));
        }
    }
}

/* TCP tells what it knows of its flows. */
static inline void tcp_reports(struct world *w, struct host *h)
{
    for (unsigned f = 0; f < 2 && (h->wrong & NO_ON_PATH) == 0; f++) {
        struct flow *x = &h->flow[f];
        uint32_t flight = x->snd_nxt + x->unsent - x->snd_una;
        struct mptcp_path path;

        mptcp_path_init(&path);
        path.room = flight < 30000 ? 30000 - flight : 0;
        path.segment_size = SEGMENT;
        path.srtt_us = x->established ? 1000 : 0;
        if (x->up) {
            mptcp_on_path(h->c, x->sf, &path, w->now);
        }
    }
}

/* After a batch of inputs. */
static inline void work(struct world *w, struct host *h)
{
    struct mptcp_action a;

    for (unsigned i = 0; i < 1000 && mptcp_poll(h->c, &a); i++) {
        act(w, h, &a);
    }
    assert_int_equal(0, mptcp_poll(h->c, &a));
    tcp_output(w, h);
    int why = mptcp_why_not_sending(h->c, MPTCP_SF_NONE, NULL);
    h->waited[-why] = true;
}

/* A SYN comes: it is accepted, or refused by a RST. */
static inline void syn_comes(struct world *w, struct host *h, struct packet *p)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(p->flow, 1, 5000);
    struct mptcp_syn syn;
    mptcp_sf sf = MPTCP_SF_NONE;

    assert_int_equal(MPTCP_OK, mptcp_endpoint_on_syn(h->e, &p->w.seg, &syn));
    int why = syn.kind == MPTCP_SYN_CAPABLE
                  ? mptcp_accept(h->c, &p->w.seg, &local, &remote, &sf, w->now)
              : syn.kind == MPTCP_SYN_JOIN
                  ? mptcp_accept_join(h->c, &p->w.seg, &local, &remote, &sf, w->now)
                  : syn.code;
    if (why != MPTCP_OK) {
        struct wire *x = &packet_to(w, h->peer, p->flow)->w;
        h->syn = why;
        x->seg.options_len = (uint16_t)mptcp_reset_option(why, x->options, sizeof x->options);
        x->seg.tcp_flags = ACK | RST;
        x->seg.ack = mptcp_ssn_of(1);
        return;
    }
    tcp_open(h, p->flow, sf)->rcv_nxt = 1;
    emit(w, h, p->flow, SYN | ACK, 0, 0);
}

/* TCP takes a segment that it was allowed to take. */
static inline void tcp_takes(struct world *w, struct host *h, unsigned f,
                             const struct mptcp_segment *seg)
{
    static const uint8_t zeros[CUT];
    struct flow *x = &h->flow[f];

    if ((seg->tcp_flags & RST) != 0) {
        x->up = false;
        mptcp_on_gone(h->c, x->sf, MPTCP_E_PEER_RESET, w->now);
        return;
    }
    if (!x->established) {
        x->established = true;
        x->rcv_nxt = 1;
        if ((h->wrong & NO_ON_ESTABLISHED) == 0) {
            assert_int_equal(MPTCP_OK, mptcp_on_established(h->c, x->sf, w->now));
        }
    }
    if ((int32_t)(seg->ack.v - x->snd_una) > 0) {
        x->snd_una = seg->ack.v;
    }
    if (seg->len > 0 && seg->ssn.v == x->rcv_nxt) {
        struct mptcp_piece piece = {.len = seg->len, .data = zeros};
        x->rcv_nxt += seg->len;
        assert_int_equal(MPTCP_OK, mptcp_on_data(h->c, x->sf, &piece, w->now));
    }
    if (seg->len > 0 || (seg->tcp_flags & SYN) != 0) {
        tcp_ack(w, h, f);
    }
}

static inline void segment_comes(struct world *w, struct host *h, struct packet *p)
{
    struct mptcp_segment seg = p->w.seg;
    struct mptcp_verdict verdict;

    p->w.seg.options = p->w.options;
    if ((seg.tcp_flags & (SYN | ACK)) == SYN) {
        syn_comes(w, h, p);
        return;
    }
    if (!h->flow[p->flow].up) {
        return;
    }
    struct mptcp_segment told = p->w.seg;
    told.window = (h->wrong & UNSCALED_WINDOW) != 0 ? seg.window : seg.window << SCALE;
    told.ssn.v += (h->wrong & RAW_SSN_IN) != 0 && (seg.tcp_flags & SYN) == 0 ? ISN : 0;
    assert_int_equal(MPTCP_OK,
                     mptcp_on_segment(h->c, h->flow[p->flow].sf, &told, &verdict, w->now));
    if (verdict.drop) {
        h->in = verdict.code;
        return;
    }
    tcp_takes(w, h, p->flow, &seg);
}

/* The one timer of a host. */
static inline void tick(struct world *w, struct host *h)
{
    if (mptcp_deadline(h->c) <= w->now && (h->wrong & NO_ON_TIMEOUT) == 0) {
        mptcp_on_timeout(h->c, w->now);
    }
    tcp_reports(w, h);
    work(w, h);
}

/* Runs the world for a while. */
static inline void passes(struct world *w, mptcp_time us)
{
    for (mptcp_time end = w->now + us; w->now < end; w->now += 100) {
        for (unsigned last = w->tail; w->head != last;) {
            struct packet p = w->packet[w->head++ % PACKETS];
            if (!w->dark) {
                segment_comes(w, p.to, &p);
            }
        }
        tick(w, &w->client);
        if (w->server.flow[0].up) {
            tick(w, &w->server);
        }
    }
}

/* Makes a host with this configuration. */
static inline void made(struct host *h, struct host *peer, const struct mptcp_config *cfg,
                        uint64_t key)
{
    struct mptcp_secret secret = {.key = key};
    struct mptcp_conn_report info;

    h->peer = peer;
    h->c = mptcp_conn_init(&h->block, sizeof h->block, cfg, &secret);
    assert_non_null(h->c);
    h->e = mptcp_endpoint_init(&h->endpoint, sizeof h->endpoint, SLOTS);
    assert_non_null(h->e);
    mptcp_conn_info(h->c, &info);
    if ((h->wrong & NO_ENDPOINT_ADD) == 0) {
        assert_int_equal(MPTCP_OK, mptcp_endpoint_add(h->e, info.local_token, 7));
    }
}

/* What a host sets where it does not want the default. */
static inline struct mptcp_config world_config(void)
{
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    cfg.subflows = 4;
    cfg.addrs = 8;
    cfg.runs = 64;
    cfg.rcv_buf = 262144;
    return cfg;
}

/* Two hosts of these configurations, their mistakes set, and the client's SYN under way. */
static inline void begins(struct world *w, const struct mptcp_config *client,
                          const struct mptcp_config *server)
{
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(0, 2, 80);
    mptcp_sf sf;

    w->now = 1000000;
    made(&w->client, &w->server, client, CLIENT_KEY);
    made(&w->server, &w->client, server, SERVER_KEY);
    assert_int_equal(MPTCP_OK, mptcp_connect(w->client.c, &local, &remote, &sf, w->now));
    tcp_open(&w->client, 0, sf);
    emit(w, &w->client, 0, SYN, 0, 0);
}

/* The client's application writes. */
static inline void writes(struct world *w, uint32_t n)
{
    assert_int_equal(MPTCP_OK, mptcp_on_written(w->client.c, n, w->now));
}

/* The client may join from a second address of its own. */
static inline uint8_t second_address(struct world *w, unsigned flags)
{
    struct mptcp_addr second = address(1, 1, 0);
    uint8_t id;

    assert_int_equal(MPTCP_OK, mptcp_add_address(w->client.c, &second, flags, &id, w->now));
    return id;
}

#endif
