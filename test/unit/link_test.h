/*
 * link_test.h - for tests of whole transfers: what the hosts and the network between two sides do,
 * octet by octet. Each octet says where in its stream it stands, so that one that is lost, doubled
 * or out of place shows when it is delivered.
 *
 * A stream is one direction of the connection; a lane is one subflow in that direction, a TCP that
 * sends one mapping at a time, in order, and again what was dropped.
 */
#ifndef LINK_TEST_H
#define LINK_TEST_H

#include "core_test.h"

#define LANES 4
#define LANE_OCTETS 8000

struct lane {
    mptcp_sf out;                /* at the sender */
    mptcp_sf in;                 /* at the receiver */
    bool held;                   /* nothing comes through now */
    bool over;                   /* what was received on it may still be delivered */
    uint8_t octets[LANE_OCTETS]; /* what the sender's TCP was given, by SSN */
};

struct stream {
    struct side *from;
    struct side *to;
    unsigned count;
    mptcp_dsn first; /* of the first octet that counts */
    uint32_t taken;  /* octets that the application at the other end has got */
    struct lane lanes[LANES];
};

/* Both directions; what was written and delivered so far does not count. */
static inline void streams_begin(struct pair *p, struct stream s[2])
{
    for (unsigned d = 0; d < 2; d++) {
        memset(&s[d], 0, sizeof s[d]);
        s[d].from = d == 0 ? &p->client : &p->server;
        s[d].to = d == 0 ? &p->server : &p->client;
        s[d].first = info_of(s[d].from).snd_nxt;
    }
}

/* Another subflow: its handles at the client and at the server. */
static inline void streams_add(struct stream s[2], mptcp_sf client, mptcp_sf server)
{
    for (unsigned d = 0; d < 2; d++) {
        assert_true(s[d].count < LANES);
        struct lane *lane = &s[d].lanes[s[d].count++];
        lane->out = d == 0 ? client : server;
        lane->in = d == 0 ? server : client;
    }
}

static inline uint8_t octet_at(const struct stream *s, mptcp_dsn dsn)
{
    uint64_t at = (uint64_t)mptcp_dsn_diff(dsn, s->first);
    return (uint8_t)(at ^ at >> 8 ^ 0x5a);
}

static inline struct lane *lane_of(struct stream *s, mptcp_sf sf, bool in)
{
    for (unsigned i = 0; i < s->count; i++) {
        if ((in ? s->lanes[i].in : s->lanes[i].out) == sf) {
            return &s->lanes[i];
        }
    }
    fail_msg("no such lane");
    return NULL;
}

/* What a DELIVER hands over is what was written, the next octets of it. */
static inline void stream_delivers(struct stream *s, const struct mptcp_action *a)
{
    const struct lane *lane = lane_of(s, a->sf, true);

    assert_true(mptcp_dsn_eq(mptcp_dsn_add(s->first, s->taken), a->dsn));
    for (uint32_t i = 0; i < a->len; i++) {
        assert_int_equal(octet_at(s, mptcp_dsn_add(a->dsn, i)), lane->octets[a->ssn.v + i]);
    }
    s->taken += a->len;
}

static inline void stream_sends(struct stream *s, const struct mptcp_action *a)
{
    struct lane *lane = lane_of(s, a->sf, false);

    assert_true(a->ssn.v + a->len < LANE_OCTETS);
    for (uint32_t i = 0; i < a->len; i++) {
        lane->octets[a->ssn.v + i] = octet_at(s, mptcp_dsn_add(a->dsn, i));
    }
}

/* The host of one end does all that is due; the mask of what it did. */
static inline unsigned host_works(struct pair *p, struct stream s[2], unsigned end)
{
    struct side *side = s[end].from;
    struct mptcp_action a;
    unsigned seen = 0;

    for (unsigned i = 0; mptcp_poll(side->c, &a); i++) {
        assert_true(i < 1000);
        seen |= MPTCP_WANT(a.type);
        if (a.type == MPTCP_DELIVER) {
            stream_delivers(&s[1 - end], &a);
        } else if (a.type == MPTCP_SEND) {
            stream_sends(&s[end], &a);
        }
        assert_int_equal(MPTCP_OK, mptcp_done(side->c, &a, a.len, MPTCP_DONE, p->now));
        if (a.type == MPTCP_DELIVER) {
            assert_int_equal(MPTCP_OK, mptcp_on_consumed(side->c, a.len, p->now));
        }
    }
    return seen;
}

/* A subflow is gone at both ends. */
static inline void lane_dies(struct pair *p, struct stream s[2], unsigned i)
{
    struct lane *lane = &s[0].lanes[i];

    assert_int_equal(MPTCP_OK,
                     mptcp_on_gone(p->client.c, lane->out, MPTCP_E_SUBFLOW_FAILED, p->now));
    assert_int_equal(MPTCP_OK,
                     mptcp_on_gone(p->server.c, lane->in, MPTCP_E_SUBFLOW_FAILED, p->now));
    s[0].lanes[i].over = s[1].lanes[i].over = true;
}

/* Each lane that is not over has room for n octets, but for `only`, if it is one, which alone has.
 */
static inline void lanes_have_room(struct pair *p, const struct stream *s, unsigned only,
                                   uint32_t n)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (!s->lanes[i].over) {
            room(p, s->from, s->lanes[i].out, only == i || only == LANES ? n : 0);
        }
    }
}

/* One lane has room for n octets, the others for none; how many of them went. */
static inline uint32_t lane_takes(struct pair *p, struct stream s[2], unsigned d, unsigned i,
                                  uint32_t n)
{
    uint32_t before = subflow_of(s[d].from, s[d].lanes[i].out).snd_nxt.v;

    lanes_have_room(p, &s[d], i, n);
    host_works(p, s, d);
    return subflow_of(s[d].from, s[d].lanes[i].out).snd_nxt.v - before;
}

#define LANE_IDLE 1

/*
 * The next segment of a lane comes to the other end. LANE_IDLE if there is none, MPTCP_OK, or the
 * code with which it was dropped.
 */
static inline int lane_carries(struct pair *p, struct stream *s, unsigned i)
{
    const struct lane *lane = &s->lanes[i];
    struct mptcp_tx_map map;

    if (lane->held || lane->over) {
        return LANE_IDLE;
    }
    struct mptcp_subflow_report out = subflow_of(s->from, lane->out);
    struct mptcp_subflow_report in = subflow_of(s->to, lane->in);
    if (!mptcp_ssn_before(in.rcv_nxt, out.snd_nxt)) {
        return LANE_IDLE;
    }
    assert_int_equal(MPTCP_OK, mptcp_tx_mapping(s->from->c, lane->out, in.rcv_nxt, &map));
    uint32_t len = map.len - (uint32_t)mptcp_ssn_diff(in.rcv_nxt, map.ssn);
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = in.rcv_nxt, .len = len};
    seg.sum = mptcp_sum(0, &lane->octets[map.ssn.v], map.len, false);
    struct mptcp_receipt r;
    struct wire w = with_option(NULL, ACK, in.rcv_nxt.v, len, out.rcv_nxt.v);
    int n = mptcp_tx_options(s->from->c, lane->out, &seg, w.options, sizeof w.options, &r);
    assert_true(n >= 0);
    assert_int_equal(MPTCP_OK, mptcp_sent(s->from->c, lane->out, &r, p->now));
    w.seg.options_len = (uint16_t)n;
    w.seg.window = r.window;
    come(p, s->to, lane->in, &w);
    if (s->to->verdict.drop) {
        return s->to->verdict.code;
    }
    struct mptcp_piece piece = {.len = len, .data = &lane->octets[in.rcv_nxt.v]};
    assert_int_equal(MPTCP_OK, mptcp_on_data(s->to->c, lane->in, &piece, p->now));
    return MPTCP_OK;
}

/* The receiver's pure ACK of a lane comes to the sender. */
static inline void lane_acks(struct pair *p, struct stream *s, unsigned i)
{
    const struct lane *lane = &s->lanes[i];

    if (!lane->held && !lane->over) {
        struct wire w = says(p, s->to, lane->in);
        come(p, s->from, lane->out, &w);
    }
}

/* All that can move does, in both directions; false if nothing could. */
static inline bool streams_move(struct pair *p, struct stream s[2])
{
    uint32_t before = s[0].taken + s[1].taken;
    bool moved = false;

    for (unsigned d = 0; d < 2; d++) {
        lanes_have_room(p, &s[d], LANES, 400);
        host_works(p, s, d);
        for (unsigned i = 0; i < s[d].count; i++) {
            while (lane_carries(p, &s[d], i) == MPTCP_OK) {
                moved = true;
            }
            host_works(p, s, 1 - d);
            lane_acks(p, &s[d], i);
        }
    }
    return moved || before != s[0].taken + s[1].taken;
}

/* Until this many octets of each direction were taken, with time passing where nothing moves. */
static inline void streams_complete(struct pair *p, struct stream s[2], uint32_t there,
                                    uint32_t back)
{
    for (unsigned i = 0; s[0].taken < there || s[1].taken < back; i++) {
        assert_true(i < 2000);
        if (streams_move(p, s)) {
            continue;
        }
        mptcp_time due = mptcp_deadline(p->client.c);
        due = due < mptcp_deadline(p->server.c) ? due : mptcp_deadline(p->server.c);
        assert_true(due != MPTCP_NEVER);
        p->now = due > p->now ? due : p->now + 1000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->client.c, p->now));
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->server.c, p->now));
    }
    streams_move(p, s);
    assert_int_equal(there, s[0].taken);
    assert_int_equal(back, s[1].taken);
    assert_true(mptcp_dsn_eq(info_of(&p->client).snd_una, info_of(&p->client).snd_end));
    assert_true(mptcp_dsn_eq(info_of(&p->server).snd_una, info_of(&p->server).snd_end));
}

#endif
