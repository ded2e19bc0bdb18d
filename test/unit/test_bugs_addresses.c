/*
 * test_bugs_addresses.c - what went wrong elsewhere with address ids, announcements, removals and
 * backup flags.
 */
#include "bugs_test.h"

/* A REMOVE_ADDR of two ids comes to one side. */
static void removed(struct pair *p, struct side *s, uint8_t first, uint8_t second)
{
    const uint8_t ids[2] = {first, second};
    removal_comes(p, s, ids, 2);
}

/* The server has an address that it announces, and listens there. */
static uint8_t listens_at(struct pair *p, unsigned net)
{
    return announces(p, address(net, 2, 8000));
}

/* What the server sends as a pure ACK now. */
static struct mptcp_options server_says(struct pair *p)
{
    struct wire w = send_from(p, &p->server, p->server.sf, ACK, 1, 0, 101);
    return options_of(&w);
}

/* checks: R-2 R-4, bug class 30 */
static void given_id_0_is_removed_then_the_initial_subflow_is_probed_and_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    removed(&p, &p.server, 0, 9);
    assert_true(find_action(&p, &p.server, MPTCP_PROBE, &a));
    assert_int_equal(p.server.sf, a.sf);
    for (unsigned i = 0; i < 20 && !wants(&p.server, MPTCP_RESET_SUBFLOW); i++) {
        drain(&p, &p.server);
        p.now = mptcp_deadline(p.server.c);
        assert_true(p.now != MPTCP_NEVER);
        mptcp_on_timeout(p.server.c, p.now);
    }
    assert_true(wants(&p.server, MPTCP_RESET_SUBFLOW));
}

/* checks: A-8 A-9, bug class 30 */
static void given_id_0_is_announced_again_after_its_removal_then_it_is_joined(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, 0, address(0, 2, 0));
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    removed(&p, &p.client, 0, 9);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    drain(&p, &p.client);
    assert_false(wants(&p.client, MPTCP_CONNECT));
    struct wire w = with_option(&o, ACK, 1, 0, 1);
    come(&p, &p.client, ours, &w);
    p.now += 1000000;
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(0, a.remote_id);
}

/* checks: A-2 J-3, bug class 30 */
static void given_more_than_255_ids_were_used_then_one_in_use_is_not_given_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr kept = address(1, 2, 8000);
    uint8_t id;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.server.c, &kept, 0, &id, p.now));
    assert_int_equal(1, id);
    for (unsigned i = 0; i < 300; i++) {
        struct mptcp_addr addr = address(2, 2, 8000);
        assert_int_equal(MPTCP_OK, mptcp_add_address(p.server.c, &addr, 0, &id, p.now));
        assert_in_range(id, 2, 255);
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id, p.now));
        struct mptcp_options o = server_says(&p);
        assert_int_equal(1, o.remove_addr.count);
        p.now += 1000000;
        mptcp_on_timeout(p.server.c, p.now);
    }
}

/* checks: R-1, bug class 30 */
static void given_an_address_is_removed_before_its_announcement_left_then_none_leaves(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    uint8_t id = listens_at(&p, 7);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id, p.now));
    for (unsigned i = 0; i < 3; i++) {
        struct mptcp_options o = server_says(&p);
        assert_int_equal(0, o.present & MPTCP_HAS(MPTCP_ADD_ADDR));
    }
}

/* checks: none, bug class 31 */
static void given_subflows_that_ended_untold_then_they_are_not_counted(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(2, info_of(&p.client).subflows);
    mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(1, info_of(&p.client).subflows);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(0, info_of(&p.client).subflows);
    assert_int_equal(MPTCP_E_PEER_RESET, info_of(&p.client).error);
}

/* checks: A-6 R-1, bug class 32 */
static void
given_a_removed_address_when_its_timer_fires_then_nothing_more_is_said_of_it(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    uint8_t id = listens_at(&p, 7);
    assert_int_not_equal(0, server_says(&p).present & MPTCP_HAS(MPTCP_ADD_ADDR));
    /* The host has not come to stop listening when the timer fires. */
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id, p.now));
    assert_int_not_equal(0, server_says(&p).present & MPTCP_HAS(MPTCP_REMOVE_ADDR));
    for (unsigned i = 0; i < 5; i++) {
        p.now += 10000000;
        mptcp_on_timeout(p.server.c, p.now);
        assert_int_equal(MPTCP_HAS(MPTCP_DSS), server_says(&p).present);
    }
}

/* checks: A-6, bug class 32 */
static void given_a_wait_of_0_then_an_address_is_announced_a_few_times_only(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = SERVER_KEY};
    unsigned sent = 0;

    struct wire syn = begin(&p, 0, 0);
    mptcp_config_init(&cfg);
    cfg.runs = CORE_RUNS;
    cfg.add_addr_rto = 0;
    p.server.c = mptcp_conn_init(p.server.block, sizeof p.server.block, &cfg, &secret);
    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    client_sends(&p, 1, 100);
    drain(&p, &p.server);
    listens_at(&p, 7);
    for (unsigned i = 0; i < 100; i++) {
        sent += (server_says(&p).present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0;
        p.now += 200000; /* two in a row, then an RTT of silence */
        mptcp_on_timeout(p.server.c, p.now);
    }
    assert_in_range(sent, 1, 20);
}

/* checks: A-6, bug class 33 */
static void given_two_addresses_then_the_second_does_not_wait_for_the_firsts_echo(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    uint8_t one = listens_at(&p, 7);
    uint8_t other = listens_at(&p, 8);
    struct mptcp_options first = server_says(&p);
    struct mptcp_options second = server_says(&p);
    assert_int_equal(one, first.add_addr.addr_id);
    assert_int_not_equal(0, second.present & MPTCP_HAS(MPTCP_ADD_ADDR));
    assert_int_equal(other, second.add_addr.addr_id);
}

/* checks: R-5, bug class 34 */
static void given_an_unknown_id_among_removed_ones_then_the_others_are_removed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(7, 2, 0));

    establish(&p, 0, 0);
    struct wire w = with_option(&o, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &w);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, 3, &got));
    removed(&p, &p.client, 9, 3);
    drain(&p, &p.client);
    mptcp_on_timeout(p.client.c, p.now);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 3, &got));
}

/* checks: R-1, bug class 34 */
static void given_one_of_two_addresses_is_removed_then_only_its_listener_is_closed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    listens_at(&p, 7);
    uint8_t id = listens_at(&p, 8);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_UNLISTEN, &a));
    assert_int_equal(id, a.addr_id);
    assert_int_equal(8, a.local.ip[1]);
    mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
    assert_false(wants(&p.server, MPTCP_UNLISTEN));
}

/* checks: D-32, bug class 35 */
static void given_mp_prio_on_one_of_two_subflows_then_the_other_is_no_backup(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_PRIO, .u.prio.backup = 1};
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    struct wire w = with_option(&o, ACK, 1, 0, 1);
    come(&p, &p.server, theirs, &w);
    assert_true(peer_backup(&p.server, theirs));
    assert_false(peer_backup(&p.server, p.server.sf));
    /* It is over meanwhile. */
    mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_E_STALE, mptcp_set_backup(p.client.c, ours, true, p.now));
    w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_false(has_option(&w, MPTCP_PRIO));
}

/* checks: J-5, bug class 35 */
static void given_the_listener_wants_a_backup_then_its_syn_ack_says_so(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(7, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;

    establish(&p, 0, 0);
    mptcp_add_address(p.server.c, &local, MPTCP_ADDR_BACKUP, &id, p.now);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    assert_int_equal(1, options_of(&synack).join.backup);
    come(&p, &p.client, ours, &synack);
    assert_true(peer_backup(&p.client, ours));
}

/* checks: A-8, bug class 36 */
static void given_all_addresses_go_and_come_back_then_they_are_used_as_before(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr second = address(1, 1, 0);
    uint8_t id;

    establish(&p, 0, 0);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now));
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(id, a.addr_id);
        mptcp_done(p.client.c, &a, 0, MPTCP_FAILED, p.now);
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
        send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
        mptcp_on_timeout(p.client.c, p.now);
    }
}

/* checks: R-1 A-9, bug class 30 */
static void given_our_first_address_goes_then_id_0_is_removed_and_it_can_come_back(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr first = address(0, 1, 0);
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id = 0;

    two_subflows(&p, &ours, &theirs);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
        if (id == 0) {
            mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_CLOSED, p.now);
        }
        drain(&p, &p.client);
        p.now += 1000000; /* no third signal in a row */
        mptcp_on_timeout(p.client.c, p.now);
        struct wire w = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
        struct mptcp_options o = options_of(&w);
        assert_int_equal(1, o.remove_addr.count);
        assert_int_equal(id, o.remove_addr.ids[0]);
        mptcp_on_timeout(p.client.c, p.now);
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p.client.c, &first, MPTCP_ADDR_JOIN, &id, p.now));
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(id, a.addr_id);
        mptcp_done(p.client.c, &a, 0, MPTCP_FAILED, p.now);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_id_0_is_removed_then_the_initial_subflow_is_probed_and_reset),
        cmocka_unit_test(given_id_0_is_announced_again_after_its_removal_then_it_is_joined),
        cmocka_unit_test(given_more_than_255_ids_were_used_then_one_in_use_is_not_given_again),
        cmocka_unit_test(given_an_address_is_removed_before_its_announcement_left_then_none_leaves),
        cmocka_unit_test(given_subflows_that_ended_untold_then_they_are_not_counted),
        cmocka_unit_test(
            given_a_removed_address_when_its_timer_fires_then_nothing_more_is_said_of_it),
        cmocka_unit_test(given_a_wait_of_0_then_an_address_is_announced_a_few_times_only),
        cmocka_unit_test(given_two_addresses_then_the_second_does_not_wait_for_the_firsts_echo),
        cmocka_unit_test(given_an_unknown_id_among_removed_ones_then_the_others_are_removed),
        cmocka_unit_test(given_one_of_two_addresses_is_removed_then_only_its_listener_is_closed),
        cmocka_unit_test(given_mp_prio_on_one_of_two_subflows_then_the_other_is_no_backup),
        cmocka_unit_test(given_the_listener_wants_a_backup_then_its_syn_ack_says_so),
        cmocka_unit_test(given_all_addresses_go_and_come_back_then_they_are_used_as_before),
        cmocka_unit_test(given_our_first_address_goes_then_id_0_is_removed_and_it_can_come_back),
    };
    return cmocka_run_group_tests_name("bugs_addresses", tests, NULL, NULL);
}
