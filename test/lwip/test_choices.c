/*
 * test_choices.c - which subflows there are and which of them carry data, as the host has
 * chosen: the policies of the path manager, joins on demand, flag C, costs, metered paths,
 * announced addresses with a port of their own.
 */
#include "suite.h"

#define ANNOUNCED_PORT 5999u

static void add(struct mptcpl_pcb *pcb, unsigned path, enum world_side side, unsigned flags)
{
    assert_int_equal(
        ERR_OK, mptcpl_add_path(pcb, world_address(path, side), world_netif(path, side), flags));
}

/* Three paths, and both ends' connections to be. */
static void make(struct peers *p)
{
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    world_path("10.0.3.1", "10.0.3.2", &medium);
    peers_make(p, &defaults, &defaults);
}

/* Connects, and lets it settle with some data under way. */
static void settle(struct peers *p)
{
    p->client.to_send = (uint64_t)1 << 40;
    p->server.keep_open = true;
    peers_connect(p);
    assert_true(world_run_until(peers_open, p, 5 * SECOND));
    world_run_for(3 * SECOND);
}

static void finish(struct peers *p)
{
    p->client.to_send = p->client.sent;
    p->server.keep_open = false;
    peer_write(&p->client);
    peer_write(&p->server);
    peers_run(p, 30 * SECOND);
    peers_end(p);
}

/* checks: H-1 */
static void given_the_policy_ports_when_open_then_subflows_differ_in_their_port(void **state)
{
    static struct peers p;
    struct mptcpl_subflow_stats s;
    struct mptcpl_subflow_stats other;

    (void)state;
    defaults.policy = MPTCP_POLICY_PORTS;
    defaults.max_subflows = 4;
    make(&p);
    settle(&p);
    assert_int_equal(4, peer_alive(&p.client));
    assert_int_equal(4, peer_alive(&p.server));
    for (unsigned i = 0; mptcpl_subflow_stats(p.client.pcb, i, &s); i++) {
        assert_true(ip_addr_eq(&s.local, world_address(0, WORLD_CLIENT)));
        assert_true(ip_addr_eq(&s.remote, world_address(0, WORLD_SERVER)));
        for (unsigned k = 0; k < i; k++) {
            assert_true(mptcpl_subflow_stats(p.client.pcb, k, &other));
            assert_int_not_equal(s.local_port, other.local_port);
        }
    }
    finish(&p);
}

/* From two addresses to two: four. */
static void given_the_policy_fullmesh_when_both_have_two_addresses_then_all_pairs(void **state)
{
    static struct peers p;

    (void)state;
    defaults.policy = MPTCP_POLICY_FULLMESH;
    make(&p);
    add(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    add(p.listener, 2, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    settle(&p);
    assert_int_equal(4, peer_alive(&p.client));
    assert_int_equal(4, peer_alive(&p.server));
    finish(&p);
}

/* checks: D-31 */
static void given_the_policy_backup_when_all_is_well_then_only_the_first_carries(void **state)
{
    static struct peers p;

    (void)state;
    defaults.policy = MPTCP_POLICY_BACKUP;
    make(&p);
    add(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    settle(&p);
    assert_int_equal(2, peer_alive(&p.client));
    assert_true(peer_sent_on(&p.client, 1) == 0);
    assert_true(peer_sent_on(&p.client, 0) > 1000000);
    world_cut(0, true);
    world_run_for(4 * SECOND);
    assert_true(peer_sent_on(&p.client, 1) > 1000000);
    world_cut(0, false);
    finish(&p);
}

static void given_the_policy_host_when_it_says_so_then_and_only_then_is_joined(void **state)
{
    static struct peers p;
    const ip_addr_t *second;

    (void)state;
    defaults.policy = MPTCP_POLICY_HOST;
    make(&p);
    second = world_address(1, WORLD_CLIENT);
    add(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    assert_int_equal(ERR_CONN, mptcpl_join(p.client.pcb, second, NULL));
    settle(&p);
    assert_int_equal(1, peer_alive(&p.client));
    assert_int_equal(ERR_VAL, mptcpl_join(p.client.pcb, world_address(2, WORLD_CLIENT), NULL));
    assert_int_equal(ERR_VAL, mptcpl_join(p.client.pcb, second, world_address(2, WORLD_SERVER)));
    assert_int_equal(ERR_OK, mptcpl_join(p.client.pcb, second, NULL));
    assert_int_equal(ERR_INPROGRESS, mptcpl_join(p.client.pcb, second, NULL));
    world_run_for(3 * SECOND);
    assert_int_equal(2, peer_alive(&p.client));
    assert_true(peer_sent_on(&p.client, 1) > 1000000);
    finish(&p);
}

/* checks: C-21 */
static void given_flag_c_of_the_server_when_connected_then_nobody_joins_there(void **state)
{
    static struct peers p;

    (void)state;
    defaults.deny_join = 1;
    make(&p);
    add(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    settle(&p);
    assert_int_equal(1, peer_alive(&p.client));
    assert_int_equal(ERR_CONN, mptcpl_join(p.client.pcb, world_address(1, WORLD_CLIENT), NULL));
    finish(&p);
}

/* The only subflow whose path has this number. */
static mptcp_sf subflow_on(struct peer *p, unsigned path)
{
    struct mptcpl_subflow_stats s;

    for (unsigned i = 0; mptcpl_subflow_stats(p->pcb, i, &s); i++) {
        if (s.alive && ip_addr_eq(&s.local, world_address(path, p->side))) {
            return s.sf;
        }
    }
    fail_msg("no subflow on path %u", path);
    return MPTCP_SF_NONE;
}

static uint64_t sent_during(struct peer *p, unsigned path, mptcp_time us)
{
    uint64_t before = peer_sent_on(p, path);
    world_run_for(us);
    return peer_sent_on(p, path) - before;
}

static void given_costs_when_uploading_then_the_cheapest_that_works_carries(void **state)
{
    static struct peers p;

    (void)state;
    make(&p);
    add(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    add(p.client.pcb, 2, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    settle(&p);
    assert_int_equal(ERR_OK, mptcpl_set_cost(p.client.pcb, subflow_on(&p.client, 0), 20));
    assert_int_equal(ERR_OK, mptcpl_set_cost(p.client.pcb, subflow_on(&p.client, 1), 10));
    assert_int_equal(ERR_VAL, mptcpl_set_cost(p.client.pcb, MPTCP_SF_NONE, 1));
    world_run_for(SECOND);
    assert_true(sent_during(&p.client, 0, 2 * SECOND) == 0);
    assert_true(sent_during(&p.client, 1, 2 * SECOND) == 0);
    assert_true(sent_during(&p.client, 2, 2 * SECOND) > 1000000);
    world_cut(2, true);
    world_run_for(3 * SECOND);
    assert_true(sent_during(&p.client, 0, 2 * SECOND) == 0);
    assert_true(sent_during(&p.client, 1, 2 * SECOND) > 1000000);
    world_cut(2, false);
    finish(&p);
}

static void given_a_metered_path_when_the_other_works_then_it_carries_nothing(void **state)
{
    static struct peers p;

    (void)state;
    make(&p);
    add(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN | MPTCP_ADDR_METERED);
    settle(&p);
    assert_int_equal(2, peer_alive(&p.client));
    assert_true(sent_during(&p.client, 1, 2 * SECOND) == 0);
    world_cut(0, true);
    world_run_for(3 * SECOND);
    assert_true(sent_during(&p.client, 1, 2 * SECOND) > 1000000);
    world_cut(0, false);
    finish(&p);
}

/* checks: A-1 A-3 J-13 */
static void given_an_announced_port_when_the_peer_joins_then_it_comes_there(void **state)
{
    static struct peers p;
    struct mptcpl_subflow_stats s;
    bool there = false;

    (void)state;
    make(&p);
    mptcpl_close(p.listener);
    defaults.announce_port = ANNOUNCED_PORT;
    peers_make(&p, &defaults, &defaults);
    add(p.listener, 1, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    settle(&p);
    assert_int_equal(2, peer_alive(&p.client));
    for (unsigned i = 0; mptcpl_subflow_stats(p.client.pcb, i, &s); i++) {
        there |= ip_addr_eq(&s.remote, world_address(1, WORLD_SERVER)) &&
                 s.remote_port == ANNOUNCED_PORT;
    }
    assert_true(there);
    finish(&p);
}

/* An address that a peer could not reach, and that it may try again. */
/* checks: A-8 A-9 */
static void given_an_announced_address_when_it_is_refreshed_then_it_is_joined(void **state)
{
    static struct peers p;

    (void)state;
    make(&p);
    add(p.listener, 1, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    world_cut(1, true);
    settle(&p);
    world_run_for(60 * (mptcp_time)SECOND);
    assert_int_equal(1, peer_alive(&p.client));
    world_cut(1, false);
    assert_int_equal(ERR_VAL, mptcpl_refresh_path(p.server.pcb, world_address(2, WORLD_SERVER)));
    assert_int_equal(ERR_OK, mptcpl_refresh_path(p.server.pcb, world_address(1, WORLD_SERVER)));
    world_run_for(3 * SECOND);
    assert_int_equal(2, peer_alive(&p.client));
    finish(&p);
}

/* Two connections of one server announce the same; the first one's end does not deafen the other.
 */
/* checks: A-3 J-13 */
static void given_two_that_announce_one_address_when_one_ends_then_the_other_is_joined(void **state)
{
    static struct peers p;
    static struct peer second = {.keep_open = true};

    (void)state;
    defaults.policy = MPTCP_POLICY_HOST;
    make(&p);
    add(p.listener, 1, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    p.client.keep_open = p.server.keep_open = true;
    p.client.to_send = 1000;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(SECOND);
    struct mptcpl_pcb *first = p.server.pcb;
    p.server.pcb = NULL;
    peer_watch(&second, mptcpl_new(&defaults));
    assert_int_equal(ERR_OK, mptcpl_bind(second.pcb, world_address(0, WORLD_CLIENT), 0));
    assert_int_equal(ERR_OK,
                     mptcpl_connect(second.pcb, world_address(0, WORLD_SERVER), PEERS_PORT, NULL));
    world_run_for(SECOND);
    assert_non_null(p.server.pcb);
    assert_int_equal(ERR_OK, mptcpl_write(second.pcb, "x", 1));
    world_run_for(SECOND);

    mptcpl_close(p.client.pcb);
    mptcpl_close(first);
    p.client.over = true;
    world_run_for(5 * SECOND);
    assert_int_equal(ERR_OK, mptcpl_join(second.pcb, world_address(0, WORLD_CLIENT),
                                         world_address(1, WORLD_SERVER)));
    world_run_for(2 * SECOND);
    assert_int_equal(2, peer_alive(&second));
    mptcpl_abort(second.pcb);
    world_run_for(2 * SECOND);
    peers_end(&p);
}

int test_choices(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_the_policy_ports_when_open_then_subflows_differ_in_their_port),
        in_world(given_the_policy_fullmesh_when_both_have_two_addresses_then_all_pairs),
        in_world(given_the_policy_backup_when_all_is_well_then_only_the_first_carries),
        in_world(given_the_policy_host_when_it_says_so_then_and_only_then_is_joined),
        in_world(given_flag_c_of_the_server_when_connected_then_nobody_joins_there),
        in_world(given_costs_when_uploading_then_the_cheapest_that_works_carries),
        in_world(given_a_metered_path_when_the_other_works_then_it_carries_nothing),
        in_world(given_an_announced_port_when_the_peer_joins_then_it_comes_there),
        in_world(given_an_announced_address_when_it_is_refreshed_then_it_is_joined),
        in_world(given_two_that_announce_one_address_when_one_ends_then_the_other_is_joined),
    };
    return cmocka_run_group_tests_name("choices", tests, NULL, NULL);
}
