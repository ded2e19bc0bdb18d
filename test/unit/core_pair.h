/*
 * core_pair.h - for tests of the core: a client and a server connection, and the
 * segments between them, one at a time and by hand. What a segment carries is
 * what mptcp_tx_options wrote, unless a test writes its own.
 */
#ifndef CORE_PAIR_H
#define CORE_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mptcp/crypto.h"
#include "mptcp/endpoint.h"
#include "runs_check.h"

#define CLIENT_KEY 0x1122334455667788ull
#define SERVER_KEY 0x99aabbccddeeff00ull
#define CORE_SUBFLOWS 3
#define CORE_ADDRS 4
#define CORE_RUNS 14
/* Runs of a side that may wait: its own one, and those that are no other side's. */
#define CORE_WAITING (CORE_RUNS - 4 * CORE_SUBFLOWS + 1)
#define CORE_BLOCK MPTCP_CONN_SIZE(CORE_SUBFLOWS, CORE_ADDRS, CORE_RUNS)

/* A segment on the wire: its options in memory of its own. */
struct wire {
    struct mptcp_segment seg;
    uint8_t options[MPTCP_OPTION_MAX];
};

struct side {
    _Alignas(uint64_t) uint8_t block[CORE_BLOCK];
    struct mptcp_conn *c;
    mptcp_sf sf; /* the initial subflow */
    struct mptcp_verdict verdict;
};

struct pair {
    struct side client;
    struct side server;
    mptcp_time now;
};

static inline struct mptcp_addr address(unsigned net, unsigned host, uint16_t port)
{
    struct mptcp_addr a = {.family = 4, .port = port, .ip = {10, (uint8_t)net, 0, (uint8_t)host}};
    return a;
}

/* What fits the block of a side. */
static inline struct mptcp_config core_config(uint32_t flags)
{
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    cfg.subflows = cfg.subflow_limit = CORE_SUBFLOWS;
    cfg.addrs = CORE_ADDRS;
    cfg.runs = CORE_RUNS;
    cfg.rcv_buf = 10000;
    cfg.flags = flags;
    return cfg;
}

static inline void make_in(struct side *s, void *mem, size_t size, const struct mptcp_config *cfg,
                           uint64_t key)
{
    struct mptcp_secret secret = {.key = key};

    s->c = mptcp_conn_init(mem, size, cfg, &secret);
    assert_non_null(s->c);
}

static inline void make_side(struct side *s, uint64_t key, uint32_t flags)
{
    struct mptcp_config cfg = core_config(flags);
    make_in(s, s->block, sizeof s->block, &cfg, key);
}

/* Both sides with a configuration of the test's own, in its memory: size octets for each. */
static inline void make_pair(struct pair *p, const struct mptcp_config *cfg, uint8_t *mem,
                             size_t size)
{
    memset(p, 0, sizeof *p);
    p->now = 1000000;
    make_in(&p->client, mem, size, cfg, CLIENT_KEY);
    make_in(&p->server, mem + size, size, cfg, SERVER_KEY);
}

/* What the side would send: flags, SSN, length; the acknowledgement number is the caller's. */
static inline struct wire send_from(struct pair *p, struct side *s, mptcp_sf sf, unsigned flags,
                                    uint32_t ssn, uint32_t len, uint32_t ack)
{
    struct wire w;
    struct mptcp_txseg seg = {.tcp_flags = (uint8_t)flags, .ssn = mptcp_ssn_of(ssn), .len = len};
    struct mptcp_receipt r;

    memset(&w, 0, sizeof w);
    int n = mptcp_tx_options(s->c, sf, &seg, w.options, MPTCP_OPTION_MAX, &r);
    assert_true(n >= 0);
    assert_int_equal(MPTCP_OK, mptcp_sent(s->c, sf, &r, p->now));
    w.seg.options_len = (uint16_t)n;
    w.seg.tcp_flags = (uint8_t)flags;
    w.seg.ssn = mptcp_ssn_of(ssn);
    w.seg.len = len;
    w.seg.ack = mptcp_ssn_of(ack);
    w.seg.window = r.window;
    return w;
}

static inline void come(struct pair *p, struct side *s, mptcp_sf sf, struct wire *w)
{
    w->seg.options = w->options;
    assert_int_equal(MPTCP_OK, mptcp_on_segment(s->c, sf, &w->seg, &s->verdict, p->now));
}

/* An option of the test's own on an otherwise plain ACK. */
static inline struct wire with_option(const struct mptcp_option *o, unsigned flags, uint32_t ssn,
                                      uint32_t len, uint32_t ack)
{
    struct wire w;
    memset(&w, 0, sizeof w);
    int n = o == NULL ? 0 : mptcp_option_write(o, w.options, MPTCP_OPTION_MAX);
    assert_true(n >= 0);
    w.seg.options_len = (uint16_t)n;
    w.seg.tcp_flags = (uint8_t)flags;
    w.seg.ssn = mptcp_ssn_of(ssn);
    w.seg.len = len;
    w.seg.ack = mptcp_ssn_of(ack);
    w.seg.window = 10000;
    return w;
}

/* The options of a segment, read back. */
static inline struct mptcp_options options_of(const struct wire *w)
{
    struct mptcp_options o;
    memset(&o, 0, sizeof o);
    mptcp_options_read(w->options, w->seg.options_len, w->seg.tcp_flags, &o, NULL);
    return o;
}

#define SYN MPTCP_TCP_SYN
#define ACK MPTCP_TCP_ACK
#define FIN MPTCP_TCP_FIN
#define RST MPTCP_TCP_RST

/* Of a pair just made: the client's SYN under way. */
static inline struct wire connects_first(struct pair *p)
{
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(0, 2, 80);

    assert_int_equal(MPTCP_OK, mptcp_connect(p->client.c, &local, &remote, &p->client.sf, p->now));
    return send_from(p, &p->client, p->client.sf, SYN, 0, 0, 0);
}

/* Both blocks, and the client's SYN under way. */
static inline struct wire begin(struct pair *p, uint32_t client_flags, uint32_t server_flags)
{
    memset(p, 0, sizeof *p);
    p->now = 1000000;
    make_side(&p->client, CLIENT_KEY, client_flags);
    make_side(&p->server, SERVER_KEY, server_flags);
    return connects_first(p);
}

static inline void accept_syn(struct pair *p, struct wire *syn)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    syn->seg.options = syn->options;
    assert_int_equal(MPTCP_OK,
                     mptcp_accept(p->server.c, &syn->seg, &local, &remote, &p->server.sf, p->now));
}

/* The rest of the three-way handshake. */
static inline void answers(struct pair *p, struct wire *syn)
{
    accept_syn(p, syn);
    struct wire synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &synack);
    struct wire ack = send_from(p, &p->client, p->client.sf, ACK, 1, 0, 1);
    come(p, &p->server, p->server.sf, &ack);
}

/* Three-way handshake; both ends have MPTCP, nobody is fully established. */
static inline void open_pair(struct pair *p, uint32_t client_flags, uint32_t server_flags)
{
    struct wire syn = begin(p, client_flags, server_flags);
    answers(p, &syn);
}

/* Its runs are in order, each in one place. */
static inline void runs_are_right(const struct side *s)
{
    const char *wrong = runs_check(s->c);
    if (wrong != NULL) {
        fail_msg("%s", wrong);
    }
}

/* Commits every action that is due, without looking; returns the mask of their types. */
static inline unsigned drain(struct pair *p, struct side *s)
{
    struct mptcp_action a;
    unsigned seen = 0;
    for (unsigned i = 0; mptcp_poll(s->c, &a); i++) {
        assert_true(i < 200);
        seen |= MPTCP_WANT(a.type);
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
    }
    runs_are_right(s);
    return seen;
}

/* The first action of a type; others before it are committed. False if there is none. */
static inline bool find_action(struct pair *p, struct side *s, unsigned type,
                               struct mptcp_action *a)
{
    for (unsigned i = 0; i < 50 && mptcp_poll(s->c, a); i++) {
        if (a->type == type) {
            return true;
        }
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, a, a->len, MPTCP_DONE, p->now));
    }
    return false;
}

/* The event comes; those before it, and other actions, are committed. */
static inline bool told(struct pair *p, struct side *s, unsigned event)
{
    struct mptcp_action a;
    while (find_action(p, s, MPTCP_EVENT, &a)) {
        mptcp_done(s->c, &a, 0, MPTCP_DONE, p->now);
        if (a.event == event) {
            return true;
        }
    }
    return false;
}

/* A side's host tells what its TCP knows of a subflow. */
static inline void tcp_tells(struct pair *p, struct side *s, mptcp_sf sf, uint32_t octets,
                             uint32_t segment, uint32_t srtt_us)
{
    struct mptcp_path path = {
        .size = sizeof path, .room = octets, .segment_size = segment, .srtt_us = srtt_us};
    assert_int_equal(MPTCP_OK, mptcp_on_path(s->c, sf, &path, p->now));
}

static inline void room(struct pair *p, struct side *s, mptcp_sf sf, uint32_t octets)
{
    tcp_tells(p, s, sf, octets, 100, 10000);
}

/* Data of the client's, one segment for each mapping; the connection is fully established after
 * it. */
static inline void client_sends(struct pair *p, uint32_t ssn, uint32_t len)
{
    struct mptcp_action a;
    static const uint8_t zeros[1000];

    room(p, &p->client, p->client.sf, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, len, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(len, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, len, MPTCP_DONE, p->now));
    for (uint32_t n = 0; n < len;) {
        struct mptcp_tx_map map = {.len = len};
        mptcp_tx_mapping(p->client.c, p->client.sf, mptcp_ssn_of(ssn + n), &map);
        struct mptcp_piece piece = {.data = zeros, .len = map.len < len - n ? map.len : len - n};
        struct wire w = send_from(p, &p->client, p->client.sf, ACK, ssn + n, piece.len, 1);
        come(p, &p->server, p->server.sf, &w);
        assert_false(p->server.verdict.drop);
        assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, p->server.sf, &piece, p->now));
        n += piece.len;
    }
}

/* The server's ACK of everything, DATA_ACK included. */
static inline void server_acks(struct pair *p, uint32_t ack)
{
    struct wire w = send_from(p, &p->server, p->server.sf, ACK, 1, 0, ack);
    come(p, &p->client, p->client.sf, &w);
}

/* Of an open pair: fully established both ways, by a hundred octets that have gone and were
 * acknowledged. */
static inline void first_data(struct pair *p)
{
    client_sends(p, 1, 100);
    server_acks(p, 101);
    p->now += 100000;
    mptcp_on_timeout(p->client.c, p->now);
    mptcp_on_timeout(p->server.c, p->now);
    drain(p, &p->client);
    drain(p, &p->server);
    /* What draining promised, and one more, so that nothing is held back. */
    send_from(p, &p->client, p->client.sf, ACK, 101, 0, 1);
    send_from(p, &p->server, p->server.sf, ACK, 1, 0, 101);
}

static inline void establish(struct pair *p, uint32_t client_flags, uint32_t server_flags)
{
    open_pair(p, client_flags, server_flags);
    first_data(p);
}

/* ... of a configuration of the test's own, in its memory. */
static inline void establish_as(struct pair *p, const struct mptcp_config *cfg, uint8_t *mem,
                                size_t size)
{
    make_pair(p, cfg, mem, size);
    struct wire syn = connects_first(p);
    answers(p, &syn);
    first_data(p);
}

static inline struct mptcp_conn_report info_of(const struct side *s)
{
    struct mptcp_conn_report info;
    mptcp_conn_info(s->c, &info);
    return info;
}

static inline struct mptcp_subflow_report subflow_of(const struct side *s, mptcp_sf sf)
{
    struct mptcp_subflow_report info;
    assert_int_equal(MPTCP_OK, mptcp_subflow_info(s->c, sf, &info));
    return info;
}

static inline bool wants(const struct side *s, unsigned type)
{
    return (mptcp_want(s->c) & MPTCP_WANT(type)) != 0;
}

static inline bool has_option(const struct wire *w, unsigned subtype)
{
    return (options_of(w).present & MPTCP_HAS(subtype)) != 0;
}

/* A pure ACK that leaves on a subflow now, with the numbers that are due. */
static inline struct wire says(struct pair *p, struct side *s, mptcp_sf sf)
{
    struct mptcp_subflow_report info = subflow_of(s, sf);
    return send_from(p, s, sf, ACK, info.snd_nxt.v, 0, info.rcv_nxt.v);
}

/* The ACKs that are due leave, and are lost. */
static inline void acks_leave(struct pair *p, struct side *s)
{
    struct mptcp_action a;
    for (unsigned i = 0; wants(s, MPTCP_SEND_ACK) && find_action(p, s, MPTCP_SEND_ACK, &a); i++) {
        assert_true(i < 10);
        says(p, s, a.sf);
    }
}

/* An option of the test's own comes to a subflow of a side, on a pure ACK. */
static inline void option_comes(struct pair *p, struct side *s, mptcp_sf sf,
                                const struct mptcp_option *o)
{
    struct mptcp_subflow_report info = subflow_of(s, sf);
    struct wire w = with_option(o, ACK, info.rcv_nxt.v, 0, info.snd_una.v);
    come(p, s, sf, &w);
}

/* The next moment at which a side wants to be called; it is. */
static inline void next_timeout(struct pair *p, struct side *s)
{
    mptcp_time due = mptcp_deadline(s->c);
    assert_true(due != MPTCP_NEVER);
    p->now = due > p->now ? due : p->now;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(s->c, p->now));
}

/* The DATA_FIN of one side reaches the other. */
static inline void shuts_down(struct pair *p, struct side *from, struct side *to, uint32_t ssn,
                              uint32_t ack)
{
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(from->c, p->now));
    struct wire fin = send_from(p, from, from->sf, ACK, ssn, 0, ack);
    assert_int_not_equal(0, options_of(&fin).dss.flags & MPTCP_DSS_FIN);
    come(p, to, to->sf, &fin);
}

#endif
