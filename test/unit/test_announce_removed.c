/*
 * test_announce_removed.c - what the two sides tell each other of addresses that are gone:
 * REMOVE_ADDR, and what becomes of the subflows.
 */
#include "core_test.h"

#define MANY 40u
#define MANY_BLOCK MPTCP_CONN_SIZE(CORE_SUBFLOWS, MANY, CORE_RUNS)

static _Alignas(uint64_t) uint8_t blocks[2 * MANY_BLOCK];

/* A fully established pair with room for many addresses. */
static void establish_many(struct pair *p)
{
    struct mptcp_config cfg = core_config(0);

    cfg.addrs = MANY;
    cfg.policy = MPTCP_POLICY_HOST;
    establish_as(p, &cfg, blocks, MANY_BLOCK);
}

/* ------------------------------------------------------------- REMOVE_ADDR of the peer */

/* checks: R-5 R-7 E-3, bug class 34 */
static void given_a_long_list_with_unknown_ids_then_all_that_are_known_are_gone(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;
    uint8_t ids[37];
    unsigned told_of = 0;
    struct mptcp_action a;

    establish_many(&p);
    for (uint8_t id = 1; id <= 20; id++) {
        hears_of(&p, id, address(10u + id, 2, 0));
    }
    drain(&p, &p.client);
    /* In turn one that is known and one that is not, and one of them twice. */
    for (uint8_t i = 0; i < 37; i++) {
        ids[i] = (uint8_t)(i % 2 == 0 ? 2 + i / 2 : 100 + i);
    }
    ids[36] = 2;
    removal_comes(&p, &p.client, ids, 37);
    while (find_action(&p, &p.client, MPTCP_EVENT, &a)) {
        assert_int_equal(MPTCP_EV_ADDRESS_GONE, a.event);
        told_of++;
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    }
    mptcp_on_timeout(p.client.c, p.now);
    assert_int_equal(18, told_of);
    for (uint8_t id = 1; id <= 20; id++) {
        bool stays = id == 1 || id == 20;
        assert_int_equal(stays ? MPTCP_OK : MPTCP_E_NOT_FOUND,
                         mptcp_address(p.client.c, true, id, &got));
    }
}

/* checks: R-5 E-3 */
static void given_only_unknown_ids_then_nothing_comes_of_it(void **state)
{
    (void)state;
    struct pair p;
    static const uint8_t ids[3] = {9, 200, 255};
    struct mptcp_conn_report before;

    establish(&p, 0, 0);
    before = info_of(&p.client);
    removal_comes(&p, &p.client, ids, 3);
    assert_false(p.client.verdict.drop);
    struct mptcp_conn_report after = info_of(&p.client);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(0, mptcp_want(p.client.c));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
}

/* The client has joined an address that the server announced, and then removes. */
static uint8_t joined_and_removed(struct pair *p, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_action a;

    establish(p, 0, 0);
    uint8_t id = announces(p, address(7, 2, 0));
    struct wire w = says(p, &p->server, p->server.sf);
    come(p, &p->client, p->client.sf, &w);
    joins(p, &p->client, &p->server, ours, theirs);
    removal_comes(p, &p->client, &id, 1);
    assert_true(find_action(p, &p->client, MPTCP_PROBE, &a));
    assert_int_equal(*ours, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
    assert_false(wants(&p->client, MPTCP_PROBE));
    return id;
}

/* checks: R-2 */
static void given_a_removed_address_that_still_answers_then_its_subflow_stays(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;
    struct mptcp_action a;
    struct mptcp_addr more = address(3, 1, 0);
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;

    uint8_t gone = joined_and_removed(&p, &ours, &theirs);
    struct wire answer = says(&p, &p.server, theirs);
    come(&p, &p.client, ours, &answer);
    assert_true(told(&p, &p.client, MPTCP_EV_ADDRESS_GONE));
    for (unsigned i = 0; i < 10; i++) {
        p.now += 10000000;
        mptcp_on_timeout(p.client.c, p.now);
        drain(&p, &p.client);
    }
    assert_int_equal(1, subflow_of(&p.client, ours).established);
    room(&p, &p.client, ours, 1000);
    room(&p, &p.client, p.client.sf, 0);
    mptcp_on_written(p.client.c, 100, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(ours, a.sf);
    /* But nothing new goes there. */
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &more, 0, &id, p.now));
    assert_int_equal(MPTCP_E_ADDRESS_GONE, mptcp_join(p.client.c, id, gone, p.now));
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, gone, &got));
    /* When the subflow is over, so is the id. */
    mptcp_on_gone(p.client.c, ours, MPTCP_E_CLOSED, p.now);
    drain(&p, &p.client);
    mptcp_on_timeout(p.client.c, p.now);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, gone, &got));
}

/* checks: R-2 R-4 D-29 */
static void given_a_removed_address_that_is_dead_then_its_subflow_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr got;
    mptcp_sf ours;
    mptcp_sf theirs;
    unsigned probes = 1;

    uint8_t gone = joined_and_removed(&p, &ours, &theirs);
    for (unsigned i = 0; i < 20 && !wants(&p.client, MPTCP_RESET_SUBFLOW); i++) {
        next_timeout(&p, &p.client);
        if (wants(&p.client, MPTCP_PROBE)) {
            assert_true(find_action(&p, &p.client, MPTCP_PROBE, &a));
            assert_int_equal(ours, a.sf);
            mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
            probes++;
        }
    }
    assert_int_equal(3, probes);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_E_ADDRESS_GONE, a.code);
    struct wire rst = send_from(&p, &p.client, ours, RST | ACK, 1, 0, 1);
    assert_true(has_option(&rst, MPTCP_TCPRST));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    drain(&p, &p.client);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, gone, &got));
    /* The other one goes on. */
    assert_int_equal(1, info_of(&p.client).subflows);
    client_sends(&p, 101, 100);
}

/* checks: R-4 */
static void given_a_subflow_is_being_opened_to_a_removed_address_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    static const uint8_t id = 3;

    establish(&p, 0, 0);
    hears_of(&p, id, address(7, 2, 0));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    mptcp_sf ours = a.sf;
    removal_comes(&p, &p.client, &id, 1);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_E_ADDRESS_GONE, a.code);
}

/* ------------------------------------------------------------- REMOVE_ADDR of our own */

/* checks: R-1 R-7, bug class 34 */
static void given_many_addresses_go_at_once_then_as_few_options_name_each_once(void **state)
{
    (void)state;
    struct pair p;
    bool named[256] = {false};
    unsigned options = 0;
    uint8_t id;

    establish_many(&p);
    for (unsigned i = 1; i < MANY; i++) {
        struct mptcp_addr addr = address(10 + i, 2, 0);
        assert_int_equal(MPTCP_OK, mptcp_add_address(p.server.c, &addr, 0, &id, p.now));
    }
    for (uint8_t i = 1; i < MANY; i++) {
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, i, p.now));
    }
    for (; options < 3; options++) { /* 16, 16 and 7 */
        if (!wants(&p.server, MPTCP_SEND_ACK)) {
            next_timeout(&p, &p.server); /* two signals in a row were enough (G-2) */
        }
        struct wire w = says(&p, &p.server, p.server.sf);
        struct mptcp_remove_addr r = options_of(&w).remove_addr;
        assert_true(has_option(&w, MPTCP_REMOVE_ADDR));
        for (unsigned i = 0; i < r.count; i++) {
            assert_in_range(r.ids[i], 1, MANY - 1);
            assert_false(named[r.ids[i]]);
            named[r.ids[i]] = true;
        }
    }
    assert_false(wants(&p.server, MPTCP_SEND_ACK));
    for (unsigned i = 1; i < MANY; i++) {
        assert_true(named[i]);
    }
}

/* checks: R-1 A-2 */
static void
given_nobody_listens_at_a_removed_address_any_more_then_the_peer_is_told_and_no_more_announced(
    void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr addr = address(7, 2, 0);
    uint8_t id;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p.server.c, &addr, MPTCP_ADDR_ANNOUNCE, &id, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_LISTEN, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    struct wire w = says(&p, &p.server, p.server.sf);
    assert_true(has_option(&w, MPTCP_ADD_ADDR));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_UNLISTEN, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    w = says(&p, &p.server, p.server.sf);
    assert_false(has_option(&w, MPTCP_ADD_ADDR));
    assert_true(has_option(&w, MPTCP_REMOVE_ADDR));
    assert_int_equal(1, options_of(&w).remove_addr.count);
    assert_int_equal(id, options_of(&w).remove_addr.ids[0]);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_refresh_address(p.server.c, id, p.now));
    assert_false(wants(&p.server, MPTCP_SEND_ACK));
}

/* The client has a second subflow from an address of its own, which goes now. */
static void leaves(struct pair *p, mptcp_sf *ours, mptcp_sf *theirs)
{
    two_subflows(p, ours, theirs);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p->client.c, 1, p->now));
    struct wire w = says(p, &p->client, p->client.sf);
    assert_false(has_option(&w, MPTCP_REMOVE_ADDR));
}

/* checks: R-1 R-6 */
static void given_a_subflow_that_works_then_it_is_closed_and_then_the_peer_is_told(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    leaves(&p, &ours, &theirs);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    /* The peer closes as well, and the subflow is over. */
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, theirs, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_CLOSE_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, ours, MPTCP_E_CLOSED, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, theirs, MPTCP_E_CLOSED, p.now));
    drain(&p, &p.client);
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_int_equal(1, options_of(&w).remove_addr.count);
    assert_int_equal(1, options_of(&w).remove_addr.ids[0]);
    come(&p, &p.server, p.server.sf, &w);
    drain(&p, &p.server);
    assert_int_equal(1, info_of(&p.server).subflows);
    client_sends(&p, 101, 100);
}

/* checks: R-1 R-4 */
static void given_a_subflow_that_does_not_close_then_it_is_reset_and_the_peer_is_told(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    leaves(&p, &ours, &theirs);
    drain(&p, &p.client);
    for (unsigned i = 0; i < 10 && !wants(&p.client, MPTCP_RESET_SUBFLOW); i++) {
        next_timeout(&p, &p.client);
        says(&p, &p.client, p.client.sf);
    }
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_int_equal(1, options_of(&w).remove_addr.ids[0]);
}

/* checks: R-1 R-4 D-29 */
static void given_a_silent_subflow_then_it_is_reset_at_once(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    room(&p, &p.client, p.client.sf, 0);
    room(&p, &p.client, ours, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    while (!mptcp_subflow_silent(p.client.c, ours)) {
        next_timeout(&p, &p.client);
        drain(&p, &p.client);
    }
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, 1, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    /* Its octets go on the other, and the REMOVE_ADDR. */
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(p.client.sf, a.sf);
    assert_int_equal(1, a.reinjected);
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_int_equal(1, options_of(&w).remove_addr.ids[0]);
}

/* The second subflow, which the client has opened, falls silent at the server. */
static void falls_silent(struct pair *p, mptcp_sf *theirs)
{
    mptcp_sf ours;

    two_subflows(p, &ours, theirs);
    room(p, &p->server, p->server.sf, 0);
    room(p, &p->server, *theirs, 1000);
    mptcp_on_written(p->server.c, 100, p->now);
    drain(p, &p->server);
    while (!mptcp_subflow_silent(p->server.c, *theirs)) {
        next_timeout(p, &p->server);
        drain(p, &p->server);
    }
}

/* checks: R-2 R-4 */
static void
given_a_removal_that_comes_on_another_subflow_then_a_silent_one_is_reset_at_once(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf theirs;
    static const uint8_t id = 1;

    falls_silent(&p, &theirs);
    removal_comes(&p, &p.server, &id, 1);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_E_ADDRESS_GONE, a.code);
}

/* A path that lets REMOVE_ADDR through has come back, or somebody has forged it. checks: R-2 */
static void given_a_removal_that_comes_on_the_silent_subflow_itself_then_it_is_probed(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf theirs;
    static const uint8_t id = 1;

    falls_silent(&p, &theirs);
    p.server.sf = theirs;
    removal_comes(&p, &p.server, &id, 1);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_true(wants(&p.server, MPTCP_PROBE));
}

/* checks: R-2 */
static void
given_one_subflow_that_is_silent_when_a_removal_is_forged_then_the_connection_goes_on(void **state)
{
    (void)state;
    struct pair p;
    static const uint8_t id = 0;

    establish(&p, 0, 0);
    drain(&p, &p.client);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    while (!mptcp_subflow_silent(p.client.c, p.client.sf)) {
        next_timeout(&p, &p.client);
        drain(&p, &p.client);
    }
    removal_comes(&p, &p.client, &id, 1);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    assert_true(wants(&p.client, MPTCP_PROBE));
    assert_int_equal(1, info_of(&p.client).subflows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_long_list_with_unknown_ids_then_all_that_are_known_are_gone),
        cmocka_unit_test(given_only_unknown_ids_then_nothing_comes_of_it),
        cmocka_unit_test(given_a_removed_address_that_still_answers_then_its_subflow_stays),
        cmocka_unit_test(given_a_removed_address_that_is_dead_then_its_subflow_is_reset),
        cmocka_unit_test(given_a_subflow_is_being_opened_to_a_removed_address_then_it_is_reset),
        cmocka_unit_test(
            given_nobody_listens_at_a_removed_address_any_more_then_the_peer_is_told_and_no_more_announced),
        cmocka_unit_test(given_many_addresses_go_at_once_then_as_few_options_name_each_once),
        cmocka_unit_test(given_a_subflow_that_works_then_it_is_closed_and_then_the_peer_is_told),
        cmocka_unit_test(given_a_subflow_that_does_not_close_then_it_is_reset_and_the_peer_is_told),
        cmocka_unit_test(given_a_silent_subflow_then_it_is_reset_at_once),
        cmocka_unit_test(
            given_a_removal_that_comes_on_another_subflow_then_a_silent_one_is_reset_at_once),
        cmocka_unit_test(given_a_removal_that_comes_on_the_silent_subflow_itself_then_it_is_probed),
        cmocka_unit_test(
            given_one_subflow_that_is_silent_when_a_removal_is_forged_then_the_connection_goes_on),
    };
    return cmocka_run_group_tests_name("announce_removed", tests, NULL, NULL);
}
