/*
 * bugs_test.h - for the tests named after classes of bugs: segments that a peer with such a bug
 * might send.
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

/* The server answers a join of this nonce; the third ACK to that, with a right HMAC. */
static inline struct wire third_ack(struct pair *p, mptcp_sf sf, uint32_t nonce)
{
    struct mptcp_option o = {.subtype = MPTCP_JOIN, .u.join.form = MPTCP_JOIN_ACK};
    struct wire synack = send_from(p, &p->server, sf, SYN | ACK, 0, 0, 1);
    struct mptcp_join_auth auth = {.sender_key = CLIENT_KEY,
                                   .receiver_key = SERVER_KEY,
                                   .sender_nonce = nonce,
                                   .receiver_nonce = options_of(&synack).join.nonce};

    mptcp_join_hmac(&auth, o.u.join.hmac);
    return with_option(&o, ACK, 1, 0, 1);
}

static inline bool peer_backup(const struct side *s, mptcp_sf sf)
{
    return subflow_of(s, sf).peer_backup;
}

#endif
