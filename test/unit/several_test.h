/*
 * several_test.h - for tests of what holds on each subflow alike: a connection with as many as it
 * has slots. A test that does the same on the k-th for every k finds what looks at the first alone.
 */
#ifndef SEVERAL_TEST_H
#define SEVERAL_TEST_H

#include "bugs_test.h"

struct several {
    struct pair p;
    mptcp_sf ours[CORE_SUBFLOWS];   /* at the client; [0] is the initial one */
    mptcp_sf theirs[CORE_SUBFLOWS]; /* at the server */
};

/* The pair is established; the client joins from further addresses, until no slot is free. Nothing
 * is due, no ACK is promised. */
static inline void joins_several(struct several *t)
{
    struct pair *p = &t->p;
    uint8_t id;

    t->ours[0] = p->client.sf;
    t->theirs[0] = p->server.sf;
    for (unsigned k = 1; k < CORE_SUBFLOWS; k++) {
        struct mptcp_addr from = address(k, 1, 0);
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p->client.c, &from, MPTCP_ADDR_JOIN, &id, p->now));
        joins(p, &p->client, &p->server, &t->ours[k], &t->theirs[k]);
    }
    p->now += 1000000;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        mptcp_on_timeout(p->client.c, p->now);
        mptcp_on_timeout(p->server.c, p->now);
        drain(p, &p->client);
        drain(p, &p->server);
        says(p, &p->client, t->ours[k]);
        says(p, &p->server, t->theirs[k]);
    }
    assert_int_equal(0, mptcp_want(p->client.c));
    assert_int_equal(0, mptcp_want(p->server.c));
}

static inline void several_subflows(struct several *t, uint32_t flags)
{
    establish(&t->p, flags, flags);
    joins_several(t);
}

/* Only the k-th has room, for n octets. */
static inline void room_on(struct several *t, unsigned k, uint32_t n)
{
    for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
        room(&t->p, &t->p.client, t->ours[i], i == k ? n : 0);
    }
}

/* The client gives octets to the k-th, which has room for all of them; they are not sent yet. */
static inline void gives(struct several *t, unsigned k, uint32_t len)
{
    struct mptcp_action a;

    room_on(t, k, len);
    assert_int_equal(MPTCP_OK, mptcp_on_written(t->p.client.c, len, t->p.now));
    assert_true(find_action(&t->p, &t->p.client, MPTCP_SEND, &a));
    assert_int_equal(t->ours[k], a.sf);
    assert_int_equal(len, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(t->p.client.c, &a, len, MPTCP_DONE, t->p.now));
}

/* ... and they leave, as one segment. */
static inline struct wire leaves(struct several *t, unsigned k, uint32_t len)
{
    gives(t, k, len);
    struct mptcp_subflow_report info = subflow_of(&t->p.client, t->ours[k]);
    return send_from(&t->p, &t->p.client, t->ours[k], ACK, info.snd_nxt.v - len, len,
                     info.rcv_nxt.v);
}

/* A segment of the client's reaches the server on the k-th, and its octets are in order. */
static inline void arrives(struct several *t, unsigned k, struct wire *w)
{
    static const uint8_t zeros[1000];
    struct mptcp_piece piece = {.data = zeros, .len = w->seg.len};

    come(&t->p, &t->p.server, t->theirs[k], w);
    assert_false(t->p.server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(t->p.server.c, t->theirs[k], &piece, t->p.now));
}

/* An ACK of the server's TCP on the k-th, for all that was sent there, with a window and without
 * any option. */
static inline void tcp_acks(struct several *t, unsigned k, uint32_t window)
{
    struct mptcp_subflow_report info = subflow_of(&t->p.client, t->ours[k]);
    struct wire w = with_option(NULL, ACK, info.rcv_nxt.v, 0, info.snd_nxt.v);

    w.seg.window = window;
    come(&t->p, &t->p.client, t->ours[k], &w);
    assert_false(t->p.client.verdict.drop);
}

/* A DATA_ACK for all that the client has sent, on the k-th, with a window. */
static inline void data_acks(struct several *t, unsigned k, uint32_t window)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    struct mptcp_subflow_report info = subflow_of(&t->p.client, t->ours[k]);

    o.u.dss.data_ack = (uint32_t)info_of(&t->p.client).snd_nxt.v;
    struct wire w = with_option(&o, ACK, info.rcv_nxt.v, 0, info.snd_nxt.v);
    w.seg.window = window;
    come(&t->p, &t->p.client, t->ours[k], &w);
    assert_false(t->p.client.verdict.drop);
}

/* All actions of a type that are due, committed; which of the subflows they name, a bit each. */
static inline unsigned named_by(struct several *t, struct side *s, unsigned type)
{
    const mptcp_sf *sf = s == &t->p.client ? t->ours : t->theirs;
    struct mptcp_action a;
    unsigned found = 0;

    for (unsigned n = 0; mptcp_poll(s->c, &a); n++) {
        assert_true(n < 100);
        for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
            found |= a.type == type && a.sf == sf[k] ? 1u << k : 0;
        }
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, t->p.now));
    }
    runs_are_right(s);
    return found;
}

#define ALL_OF_THEM ((1u << CORE_SUBFLOWS) - 1)

#endif
