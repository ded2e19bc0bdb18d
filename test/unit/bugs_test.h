/*
 * bugs_test.h - for the tests named after classes of bugs: a second subflow, and segments
 * that a peer with such a bug might send.
 */
#ifndef BUGS_TEST_H
#define BUGS_TEST_H

#include "core_test.h"

/* A mapping with 64 bits; more flags can be added. */
static inline struct mptcp_option map_option(uint64_t dsn, uint32_t ssn, uint16_t len)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = dsn;
    o.u.dss.ssn = ssn;
    o.u.dss.dll = len;
    return o;
}

/* A segment of zeros comes to one side, and then its octets. */
static inline void octets_come(struct pair *p, struct side *s, const struct mptcp_option *o,
                               uint32_t ssn, uint32_t len)
{
    static const uint8_t zeros[1000];
    struct mptcp_piece piece = {.data = zeros, .len = len};
    struct wire w = with_option(o, ACK, ssn, len, 1);

    come(p, s, s->sf, &w);
    assert_false(s->verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(s->c, s->sf, &piece, p->now));
}

/* An MP_JOIN with the server's token, from an address id and with a nonce. */
static inline struct wire join_of(const struct pair *p, uint8_t id, uint32_t nonce)
{
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    o.u.join.form = MPTCP_JOIN_SYN;
    o.u.join.addr_id = id;
    o.u.join.nonce = nonce;
    o.u.join.token = info_of(&p->server).local_token;
    return with_option(&o, SYN, 0, 0, 0);
}

/* It comes to the server, at an address of the server's. */
static inline int join_comes(struct pair *p, struct wire *syn, const struct mptcp_addr *local,
                             mptcp_sf *sf)
{
    struct mptcp_addr remote = address(1, 1, 6000);
    syn->seg.options = syn->options;
    return mptcp_accept_join(p->server.c, &syn->seg, local, &remote, sf, p->now);
}

/* Of an established pair, the client joins the server a second time; the SYN/ACK is under way. */
static inline struct wire join_answered(struct pair *p, const struct mptcp_addr *local,
                                        mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_action a;
    uint8_t id;

    mptcp_add_address(p->client.c, &second, MPTCP_ADDR_JOIN, &id, p->now);
    assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
    mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now);
    *ours = a.sf;
    struct wire syn = send_from(p, &p->client, a.sf, SYN, 0, 0, 0);
    assert_int_equal(MPTCP_OK, join_comes(p, &syn, local, theirs));
    return send_from(p, &p->server, *theirs, SYN | ACK, 0, 0, 1);
}

/* An established pair with two subflows; the handles of the second at both ends. */
static inline void two_subflows(struct pair *p, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_addr local = address(0, 2, 80);

    establish(p, 0, 0);
    struct wire synack = join_answered(p, &local, ours, theirs);
    come(p, &p->client, *ours, &synack);
    struct wire third = send_from(p, &p->client, *ours, ACK, 1, 0, 1);
    come(p, &p->server, *theirs, &third);
    struct wire fourth = send_from(p, &p->server, *theirs, ACK, 1, 0, 1);
    come(p, &p->client, *ours, &fourth);
    drain(p, &p->client);
    drain(p, &p->server);
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

static inline bool wants(const struct side *s, unsigned type)
{
    return (mptcp_want(s->c) & MPTCP_WANT(type)) != 0;
}

static inline bool has_option(const struct wire *w, unsigned subtype)
{
    return (options_of(w).present & MPTCP_HAS(subtype)) != 0;
}

static inline bool peer_backup(const struct side *s, mptcp_sf sf)
{
    struct mptcp_subflow_info info;
    assert_int_equal(MPTCP_OK, mptcp_subflow_info(s->c, sf, &info));
    return info.peer_backup;
}

#endif
