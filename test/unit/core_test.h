/*
 * core_test.h - for tests of the core: the pair of core_pair.h, its further addresses, and the
 * subflows that join it.
 */
#ifndef CORE_TEST_H
#define CORE_TEST_H

#include "core_pair.h"

/* An ADD_ADDR with a right HMAC. */
static inline struct mptcp_option add_addr(uint64_t sender, uint64_t receiver, uint8_t id,
                                           struct mptcp_addr addr)
{
    struct mptcp_option o = {.subtype = MPTCP_ADD_ADDR};
    o.u.add_addr.addr_id = id;
    o.u.add_addr.has_port = addr.port != 0;
    o.u.add_addr.addr = addr;
    o.u.add_addr.hmac = mptcp_add_addr_hmac(sender, receiver, id, &addr);
    return o;
}

static inline struct mptcp_addr address6(unsigned net, unsigned host, uint16_t port)
{
    struct mptcp_addr a = {
        .family = 6, .port = port, .ip = {0xfd, 0, 0, (uint8_t)net, [15] = (uint8_t)host}};
    return a;
}

/* The host listens where the server asks for it. */
static inline void listens(struct pair *p)
{
    struct mptcp_action a;
    assert_true(find_action(p, &p->server, MPTCP_LISTEN, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, 0, MPTCP_DONE, p->now));
}

/* The server announces an address. */
static inline uint8_t announces(struct pair *p, struct mptcp_addr addr)
{
    uint8_t id;
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p->server.c, &addr, MPTCP_ADDR_ANNOUNCE, &id, p->now));
    listens(p);
    return id;
}

/* The client hears of an address of the server's; what it says then. */
static inline struct wire hears_of(struct pair *p, uint8_t id, struct mptcp_addr addr)
{
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, id, addr);
    option_comes(p, &p->client, p->client.sf, &o);
    return says(p, &p->client, p->client.sf);
}

/* A REMOVE_ADDR comes to a side, on its first subflow. */
static inline void removal_comes(struct pair *p, struct side *s, const uint8_t *ids, unsigned count)
{
    struct mptcp_option o = {.subtype = MPTCP_REMOVE_ADDR};
    o.u.remove_addr.count = (uint8_t)count;
    memcpy(o.u.remove_addr.ids, ids, count);
    option_comes(p, s, s->sf, &o);
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

/* The SYN/ACK of a join reaches who asked for it, and both ends complete it. */
static inline void join_completes(struct pair *p, struct side *from, mptcp_sf ours, struct side *to,
                                  mptcp_sf theirs, struct wire *synack)
{
    come(p, from, ours, synack);
    struct wire third = send_from(p, from, ours, ACK, 1, 0, 1);
    come(p, to, theirs, &third);
    struct wire fourth = send_from(p, to, theirs, ACK, 1, 0, 1);
    come(p, from, ours, &fourth);
    drain(p, from);
    drain(p, to);
}

/* An established pair with two subflows; the handles of the second at both ends. */
static inline void two_subflows(struct pair *p, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_addr local = address(0, 2, 80);

    establish(p, 0, 0);
    struct wire synack = join_answered(p, &local, ours, theirs);
    join_completes(p, &p->client, *ours, &p->server, *theirs, &synack);
}

/* The subflow that one side wants to open comes to the other, and is completed. */
static inline void joins(struct pair *p, struct side *from, struct side *to, mptcp_sf *ours,
                         mptcp_sf *theirs)
{
    struct mptcp_action a;

    assert_true(find_action(p, from, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(from->c, &a, 0, MPTCP_DONE, p->now));
    *ours = a.sf;
    struct wire syn = send_from(p, from, a.sf, SYN, 0, 0, 0);
    syn.seg.options = syn.options;
    a.local.port = a.local.port == 0 ? 6000 : a.local.port;
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_join(to->c, &syn.seg, &a.remote, &a.local, theirs, p->now));
    struct wire synack = send_from(p, to, *theirs, SYN | ACK, 0, 0, 1);
    join_completes(p, from, *ours, to, *theirs, &synack);
}

#endif
