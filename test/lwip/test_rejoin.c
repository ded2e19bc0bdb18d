/*
 * test_rejoin.c - a NAT forgets a subflow. The end that opened it opens another one in its place,
 * from another port, unless the host decides which there are.
 */
#include "suite.h"

#include <string.h>

#define FLOWS 8u
#define FIRST_PORT 20000u

/* On path 1, in front of the client. */
static struct {
    uint16_t inside[FLOWS]; /* 0: none */
    uint16_t outside[FLOWS];
    uint16_t next;
    bool strict; /* what it does not know and is no SYN goes nowhere; else it gets a port */
} nat;

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void forget(void)
{
    memset(nat.inside, 0, sizeof nat.inside);
    memset(nat.outside, 0, sizeof nat.outside);
}

static int find(const uint16_t *ports, uint16_t port)
{
    for (unsigned i = 0; i < FLOWS; i++) {
        if (ports[i] == port) {
            return (int)i;
        }
    }
    return -1;
}

static bool leaves(uint8_t *tcp)
{
    bool syn = (tcp[13] & 2) != 0;
    int i = find(nat.inside, get16(tcp));

    if (i < 0 && nat.strict && !syn) {
        return false;
    }
    if (i < 0) {
        i = find(nat.inside, 0);
        assert_true(i >= 0);
        nat.inside[i] = get16(tcp);
        nat.outside[i] = nat.next++;
    }
    put16(tcp, nat.outside[i]);
    return true;
}

static bool comes(uint8_t *tcp)
{
    int i = find(nat.outside, get16(tcp + 2));

    if (i < 0) {
        return false;
    }
    put16(tcp + 2, nat.inside[i]);
    return true;
}

static bool translate(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    uint8_t *tcp = data + 20;

    (void)arg;
    if (path != 1) {
        return true;
    }
    bool through = from == WORLD_CLIENT ? leaves(tcp) : comes(tcp);
    world_refit(data, *len);
    return through;
}

static struct peers p;

static bool two_alive(void *arg)
{
    (void)arg;
    return peer_alive(&p.client) == 2;
}

static bool one_alive(void *arg)
{
    (void)arg;
    return peer_alive(&p.client) == 1;
}

static struct mptcpl_subflow_stats last_subflow(void)
{
    struct mptcpl_subflow_stats s;
    assert_true(mptcpl_subflow_stats(p.client.pcb, mptcpl_subflow_count(p.client.pcb) - 1, &s));
    return s;
}

/* Two paths, both in use by `from`, without end. */
static void runs(struct peer *from, bool strict, uint8_t policy)
{
    memset(&nat, 0, sizeof nat);
    nat.next = FIRST_PORT;
    nat.strict = strict;
    defaults.policy = policy;
    defaults.silence_limit_us = 4 * SECOND;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    world_middlebox(translate, NULL);
    peers_make(&p, &defaults, &defaults);
    assert_int_equal(ERR_OK, mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    from->to_send = (uint64_t)1 << 40;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    if (policy == MPTCP_POLICY_HOST) {
        world_run_for(SECOND); /* fully established */
        assert_int_equal(ERR_OK, mptcpl_join(p.client.pcb, world_address(1, WORLD_CLIENT), NULL));
    }
    assert_true(world_run_until(two_alive, NULL, 2 * SECOND));
    world_run_for(SECOND);
}

static void ends(void)
{
    assert_false(p.client.wrong || p.server.wrong);
    suite_end(NULL);
    suite_begin(NULL);
}

static void is_opened_anew(struct peer *from, bool strict, int why)
{
    runs(from, strict, MPTCP_POLICY_ADDRESSES);
    struct mptcpl_subflow_stats before = last_subflow();
    forget();
    assert_true(world_run_until(one_alive, NULL, 6 * SECOND));
    assert_int_equal(why, p.client.lost);
    mptcp_time lost = world_now();
    assert_true(world_run_until(two_alive, NULL, 3 * SECOND));
    assert_true(world_now() - lost + 8 >= SECOND); /* a tick */
    struct mptcpl_subflow_stats after = last_subflow();
    assert_true(ip_addr_eq(&before.local, &after.local));
    assert_true(ip_addr_eq(&before.remote, &after.remote));
    assert_int_equal(before.remote_port, after.remote_port);
    assert_int_not_equal(before.local_port, after.local_port);
    world_run_for(2 * SECOND);
    after = last_subflow();
    assert_true((from == &p.client ? after.bytes_sent : after.bytes_received) > 100000);
    ends();
}

/* checks: H-4 H-1 */
static void given_a_nat_that_forgets_when_its_port_is_reset_then_another_is_opened(void **state)
{
    (void)state;
    is_opened_anew(&p.client, false, MPTCP_E_PEER_RESET);
}

/* checks: H-4 H-1 D-29 */
static void given_a_nat_that_forgets_when_nothing_comes_through_then_another_is_opened(void **state)
{
    (void)state;
    is_opened_anew(&p.client, true, MPTCP_E_TIMED_OUT);
    /* The server has data in flight, and the client, which has nothing to say, asks. */
    is_opened_anew(&p.server, true, MPTCP_E_TIMED_OUT);
}

/* checks: H-2 H-4 */
static void given_a_host_that_decides_when_a_nat_forgets_then_none_is_opened(void **state)
{
    (void)state;
    runs(&p.client, false, MPTCP_POLICY_HOST);
    forget();
    assert_true(world_run_until(one_alive, NULL, 6 * SECOND));
    world_run_for(20 * SECOND);
    assert_int_equal(2, mptcpl_subflow_count(p.client.pcb));
    assert_int_equal(1, peer_alive(&p.client));
    ends();
}

int test_rejoin(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_nat_that_forgets_when_its_port_is_reset_then_another_is_opened),
        in_world(given_a_nat_that_forgets_when_nothing_comes_through_then_another_is_opened),
        in_world(given_a_host_that_decides_when_a_nat_forgets_then_none_is_opened),
    };
    return cmocka_run_group_tests_name("rejoin", tests, NULL, NULL);
}
