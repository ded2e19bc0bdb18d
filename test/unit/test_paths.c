/*
 * test_paths.c - what the host says of addresses and paths, and what it gets for an answer.
 */
#include "core_test.h"

/* A fully established pair of which the client opens no subflow by itself. */
static void establish_by_hand(struct pair *p)
{
    static _Alignas(uint64_t) uint8_t blocks[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);

    cfg.policy = MPTCP_POLICY_HOST;
    establish_as(p, &cfg, blocks, CORE_BLOCK);
}

static int add(struct pair *p, struct mptcp_addr addr, unsigned flags, uint8_t *id)
{
    return mptcp_add_address(p->client.c, &addr, flags, id, p->now);
}

static uint8_t added(struct pair *p, struct mptcp_addr addr, unsigned flags)
{
    uint8_t id = 0;
    assert_int_equal(MPTCP_OK, add(p, addr, flags, &id));
    return id;
}

/* The client's next CONNECT, taken with a result; false if it wants none. */
static bool connects(struct pair *p, struct mptcp_action *a, enum mptcp_result result)
{
    if (!find_action(p, &p->client, MPTCP_CONNECT, a)) {
        return false;
    }
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, a, 0, result, p->now));
    return true;
}

/* Plain TCP, from a SYN/ACK without an option. */
static void plain(struct pair *p)
{
    begin(p, 0, 0);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &synack);
    assert_int_equal(255, info_of(&p->client).version);
}

/* ------------------------------------------------------------------------ addresses */

/* checks: A-2 J-3 */
static void given_an_address_that_is_none_or_known_then_it_is_refused_unchanged(void **state)
{
    (void)state;
    struct pair p;
    uint8_t before[CORE_BLOCK];
    uint8_t id = 77;
    struct mptcp_addr none = {0};
    struct mptcp_addr odd = address(1, 1, 0);

    odd.family = 5;
    establish(&p, 0, 0);
    added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN);
    drain(&p, &p.client);
    memcpy(before, p.client.block, sizeof before);
    assert_int_equal(MPTCP_E_ARGUMENT, add(&p, none, MPTCP_ADDR_JOIN, &id));
    assert_int_equal(MPTCP_E_ARGUMENT, add(&p, odd, MPTCP_ADDR_JOIN, &id));
    assert_int_equal(MPTCP_E_ARGUMENT, add(&p, address(1, 1, 0), MPTCP_ADDR_JOIN, &id));
    /* The initial one is known, and another port does not make it another address. */
    assert_int_equal(MPTCP_E_ARGUMENT, add(&p, address(0, 1, 999), MPTCP_ADDR_JOIN, &id));
    assert_int_equal(MPTCP_E_ARGUMENT, add(&p, address(2, 1, 0), 0x10, &id));
    assert_int_equal(MPTCP_E_ARGUMENT, add(&p, address(2, 1, 0), 0x80000000u, &id));
    assert_memory_equal(before, p.client.block, sizeof before);
    assert_int_equal(77, id);
}

/* checks: A-3 J-3 */
static void given_an_address_without_a_port_then_it_has_that_of_the_initial_subflow(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;

    establish(&p, 0, 0);
    uint8_t one = added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN);
    uint8_t other = added(&p, address6(2, 1, 7000), 0);
    assert_int_not_equal(0, one);
    assert_int_not_equal(one, other);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, false, one, &got));
    assert_int_equal(5000, got.port);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, false, other, &got));
    assert_int_equal(7000, got.port);
    assert_int_equal(6, got.family);
}

/* checks: R-1 */
static void given_an_address_that_goes_then_nothing_new_comes_from_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr got;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_remove_address(p.client.c, 1, p.now));
    uint8_t id = added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN);
    assert_true(wants(&p.client, MPTCP_CONNECT));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
    assert_false(connects(&p, &a, MPTCP_DONE));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_remove_address(p.client.c, id, p.now));
    assert_int_equal(MPTCP_E_ADDRESS_GONE, mptcp_join(p.client.c, id, 0, p.now));
    /* Once the peer was told it is as if it had never been there. */
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_int_equal(id, options_of(&w).remove_addr.ids[0]);
    mptcp_on_timeout(p.client.c, p.now);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, false, id, &got));
    added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN);
    assert_true(connects(&p, &a, MPTCP_DONE));
}

/* checks: A-2 A-8 */
static void given_an_address_that_is_not_announced_then_it_cannot_be_refreshed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    uint8_t joined = added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN);
    uint8_t announced = added(&p, address(2, 1, 0), MPTCP_ADDR_ANNOUNCE);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_refresh_address(p.client.c, 0, p.now));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_refresh_address(p.client.c, 99, p.now));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_refresh_address(p.client.c, joined, p.now));
    /* Not yet: nobody listens there. */
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_refresh_address(p.client.c, announced, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_LISTEN, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_int_equal(MPTCP_OK, mptcp_refresh_address(p.client.c, announced, p.now));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, announced, p.now));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_refresh_address(p.client.c, announced, p.now));
}

/* checks: A-8 A-6 */
static void given_an_announced_address_is_refreshed_then_it_is_announced_until_echoed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    uint8_t id = added(&p, address(2, 1, 0), MPTCP_ADDR_ANNOUNCE);
    assert_true(find_action(&p, &p.client, MPTCP_LISTEN, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    for (unsigned times = 0; times < 5; times++) {
        struct wire w = says(&p, &p.client, p.client.sf);
        assert_int_equal(id, options_of(&w).add_addr.addr_id);
        assert_true(has_option(&w, MPTCP_ADD_ADDR));
        come(&p, &p.server, p.server.sf, &w);
        struct wire echo = says(&p, &p.server, p.server.sf);
        come(&p, &p.client, p.client.sf, &echo);
        w = says(&p, &p.client, p.client.sf);
        assert_false(has_option(&w, MPTCP_ADD_ADDR));
        assert_int_equal(MPTCP_OK, mptcp_refresh_address(p.client.c, id, p.now));
        assert_true(wants(&p.client, MPTCP_SEND_ACK));
        /* The first one is lost. */
        w = says(&p, &p.client, p.client.sf);
        assert_true(has_option(&w, MPTCP_ADD_ADDR));
        drain(&p, &p.client);
        says(&p, &p.client, p.client.sf);
        next_timeout(&p, &p.client);
    }
}

/* ---------------------------------------------------------------------------- joins */

/* checks: C-17 C-25 D-22 */
static void given_a_connection_that_may_open_nothing_then_a_join_is_refused(void **state)
{
    (void)state;
    struct pair p;
    uint8_t before[CORE_BLOCK];

    plain(&p);
    added(&p, address(1, 1, 0), 0);
    memcpy(before, p.client.block, sizeof before);
    assert_int_equal(MPTCP_E_PLAIN, mptcp_join(p.client.c, 1, 0, p.now));
    assert_memory_equal(before, p.client.block, sizeof before);

    open_pair(&p, 0, 0); /* not fully established */
    added(&p, address(1, 1, 0), 0);
    assert_int_equal(MPTCP_E_NOT_FULLY, mptcp_join(p.client.c, 1, 0, p.now));

    establish(&p, 0, 0);
    added(&p, address(1, 1, 0), 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    struct wire ack = says(&p, &p.server, p.server.sf);
    come(&p, &p.client, p.client.sf, &ack);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
    assert_int_equal(MPTCP_E_CLOSING, mptcp_join(p.client.c, 1, 0, p.now));
}

/* checks: C-21 */
static void given_the_peers_flag_c_then_only_announced_addresses_are_joined(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, MPTCP_CFG_DENY_JOIN);
    uint8_t id = added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN);
    assert_int_equal(MPTCP_E_DENIED, mptcp_join(p.client.c, id, 0, p.now));
    assert_false(connects(&p, &a, MPTCP_DONE));
    /* The same address and port under another id is no way around it; another port is. */
    hears_of(&p, 5, address(0, 2, 80));
    assert_int_equal(MPTCP_E_DENIED, mptcp_join(p.client.c, id, 5, p.now));
    hears_of(&p, 6, address(0, 2, 81));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 6, p.now));
    assert_true(connects(&p, &a, MPTCP_DONE));
    assert_int_equal(81, a.remote.port);
}

/* checks: H-2 J-3 */
static void given_unknown_ids_or_other_families_then_a_join_is_refused(void **state)
{
    (void)state;
    struct pair p;

    establish_by_hand(&p);
    uint8_t four = added(&p, address(1, 1, 0), 0);
    uint8_t six = added(&p, address6(1, 1, 0), 0);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_join(p.client.c, 99, 0, p.now));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_join(p.client.c, four, 99, p.now));
    assert_int_equal(MPTCP_E_PAIR, mptcp_join(p.client.c, six, 0, p.now));
    hears_of(&p, 9, address6(1, 2, 0));
    assert_int_equal(MPTCP_E_PAIR, mptcp_join(p.client.c, four, 9, p.now));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, six, 9, p.now));
}

/* checks: H-2 A-8 */
static void given_the_host_asks_then_a_subflow_is_opened_whatever_was_tried_before(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish_by_hand(&p);
    uint8_t id = added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN);
    hears_of(&p, 9, address(7, 2, 8000));
    assert_false(connects(&p, &a, MPTCP_DONE)); /* not of its own accord */
    for (unsigned times = 0; times < 3; times++) {
        assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 9, p.now));
        assert_int_equal(MPTCP_E_AGAIN, mptcp_join(p.client.c, 0, 0, p.now));
        assert_true(connects(&p, &a, MPTCP_FAILED));
        assert_int_equal(id, a.addr_id);
        assert_int_equal(9, a.remote_id);
        assert_int_equal(1, a.local.ip[1]);
        assert_int_equal(8000, a.remote.port);
        assert_false(connects(&p, &a, MPTCP_DONE));
    }
}

/* checks: H-2 */
static void given_no_slot_then_what_the_host_asked_for_waits_for_one(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf sf = 0;

    establish_by_hand(&p);
    uint8_t id = added(&p, address(1, 1, 0), 0);
    for (unsigned i = 1; i < CORE_SUBFLOWS; i++) {
        assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));
        assert_true(connects(&p, &a, MPTCP_DONE));
        sf = a.sf;
    }
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));
    assert_false(connects(&p, &a, MPTCP_DONE));
    assert_int_equal(MPTCP_E_AGAIN, mptcp_join(p.client.c, id, 0, p.now));
    mptcp_on_gone(p.client.c, sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    assert_true(connects(&p, &a, MPTCP_DONE));
    assert_int_equal(id, a.addr_id);
    assert_int_not_equal(sf, a.sf);
}

/* checks: D-31 J-5 */
static void given_an_address_for_backups_then_its_join_says_so(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN | MPTCP_ADDR_BACKUP);
    assert_true(connects(&p, &a, MPTCP_DONE));
    assert_int_equal(1, a.backup);
    struct wire syn = send_from(&p, &p.client, a.sf, SYN, 0, 0, 0);
    assert_int_equal(1, options_of(&syn).join.backup);
    assert_int_equal(1, subflow_of(&p.client, a.sf).backup);
}

/* ------------------------------------------------------------------ costs and backups */

/* Which of two subflows takes the next octets of the client's; both have room. */
static mptcp_sf next_goes_to(struct pair *p, mptcp_sf second)
{
    struct mptcp_action a;

    room(p, &p->client, p->client.sf, 1000);
    room(p, &p->client, second, 1000);
    mptcp_on_written(p->client.c, 100, p->now);
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
    return a.sf;
}

/* checks: H-2 */
static void given_metered_addresses_then_they_are_joined_last_and_carry_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    uint8_t metered = added(&p, address(1, 1, 0), MPTCP_ADDR_JOIN | MPTCP_ADDR_METERED);
    uint8_t free = added(&p, address(2, 1, 0), MPTCP_ADDR_JOIN);
    assert_true(connects(&p, &a, MPTCP_FAILED));
    assert_int_equal(free, a.addr_id);
    joins(&p, &p.client, &p.server, &ours, &theirs);
    assert_int_equal(metered, subflow_of(&p.client, ours).local_id);
    assert_int_equal(1, subflow_of(&p.client, ours).cost);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(p.client.sf, next_goes_to(&p, ours));
    }
    /* Nothing else is left: it does. */
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(ours, a.sf);
}

/* checks: H-2 */
static void given_costs_then_the_cheapest_of_those_that_work_carries_the_data(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    static const struct {
        uint8_t first;
        uint8_t second;
    } costs[] = {{1, 0}, {0, 1}, {255, 254}, {3, 200}, {7, 7}};

    two_subflows(&p, &ours, &theirs);
    struct wire before = says(&p, &p.client, ours);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(MPTCP_OK, mptcp_set_cost(p.client.c, p.client.sf, costs[i].first, p.now));
        assert_int_equal(MPTCP_OK, mptcp_set_cost(p.client.c, ours, costs[i].second, p.now));
        assert_int_equal(costs[i].second, subflow_of(&p.client, ours).cost);
        mptcp_sf cheap = costs[i].second < costs[i].first ? ours : p.client.sf;
        assert_int_equal(cheap, next_goes_to(&p, ours));
    }
    /* Nobody else hears of it. */
    struct wire after = says(&p, &p.client, ours);
    assert_int_equal(options_of(&before).present, options_of(&after).present);
    assert_int_equal(MPTCP_E_STALE, mptcp_set_cost(p.client.c, ours + 0x100, 1, p.now));
    mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(MPTCP_E_STALE, mptcp_set_cost(p.client.c, ours, 1, p.now));
}

/* checks: D-31 D-32 */
static void given_a_subflow_becomes_a_backup_then_both_ends_obey_and_back_again(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    for (unsigned backup = 1; backup < 2; backup--) {
        assert_int_equal(MPTCP_OK, mptcp_set_backup(p.client.c, p.client.sf, backup != 0, p.now));
        assert_int_equal(backup, subflow_of(&p.client, p.client.sf).backup);
        /* Only where it is meant, and once. */
        struct wire other = says(&p, &p.client, ours);
        assert_false(has_option(&other, MPTCP_PRIO));
        assert_true(wants(&p.client, MPTCP_SEND_ACK));
        struct wire w = says(&p, &p.client, p.client.sf);
        assert_true(has_option(&w, MPTCP_PRIO));
        assert_int_equal(backup, options_of(&w).prio.backup);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(backup, subflow_of(&p.server, p.server.sf).peer_backup);
        assert_int_equal(0, subflow_of(&p.server, p.server.sf).backup); /* one direction only */
        assert_int_equal(backup ? ours : p.client.sf, next_goes_to(&p, ours));
        assert_int_equal(MPTCP_OK, mptcp_set_backup(p.client.c, p.client.sf, backup != 0, p.now));
        w = says(&p, &p.client, p.client.sf);
        assert_false(has_option(&w, MPTCP_PRIO));
    }
}

/* checks: D-32 C-25 */
static void given_plain_tcp_or_a_subflow_that_is_over_then_there_is_no_backup(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    plain(&p);
    assert_int_equal(MPTCP_E_STATE, mptcp_set_backup(p.client.c, p.client.sf, true, p.now));
    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_E_STALE, mptcp_set_backup(p.client.c, ours + 0x100, true, p.now));
    mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(MPTCP_E_STALE, mptcp_set_backup(p.client.c, ours, true, p.now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_address_that_is_none_or_known_then_it_is_refused_unchanged),
        cmocka_unit_test(given_an_address_without_a_port_then_it_has_that_of_the_initial_subflow),
        cmocka_unit_test(given_an_address_that_goes_then_nothing_new_comes_from_it),
        cmocka_unit_test(given_an_address_that_is_not_announced_then_it_cannot_be_refreshed),
        cmocka_unit_test(given_an_announced_address_is_refreshed_then_it_is_announced_until_echoed),
        cmocka_unit_test(given_a_connection_that_may_open_nothing_then_a_join_is_refused),
        cmocka_unit_test(given_the_peers_flag_c_then_only_announced_addresses_are_joined),
        cmocka_unit_test(given_unknown_ids_or_other_families_then_a_join_is_refused),
        cmocka_unit_test(given_the_host_asks_then_a_subflow_is_opened_whatever_was_tried_before),
        cmocka_unit_test(given_no_slot_then_what_the_host_asked_for_waits_for_one),
        cmocka_unit_test(given_an_address_for_backups_then_its_join_says_so),
        cmocka_unit_test(given_metered_addresses_then_they_are_joined_last_and_carry_nothing),
        cmocka_unit_test(given_costs_then_the_cheapest_of_those_that_work_carries_the_data),
        cmocka_unit_test(given_a_subflow_becomes_a_backup_then_both_ends_obey_and_back_again),
        cmocka_unit_test(given_plain_tcp_or_a_subflow_that_is_over_then_there_is_no_backup),
    };
    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
