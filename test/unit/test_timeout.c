/*
 * test_timeout.c - the one deadline and what it does; early, late and repeated calls.
 */
#include "core_test.h"

/* checks: none */
static void given_a_timeout_before_the_deadline_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    uint8_t before[CORE_BLOCK];

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    mptcp_time at = mptcp_deadline(p.client.c);
    assert_true(at != MPTCP_NEVER && at > p.now);
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, at - 1));
    memcpy(before, p.client.block, sizeof before);
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, at - 1));
    assert_memory_equal(before, p.client.block, sizeof before);
    assert_true(mptcp_deadline(p.client.c) == at);
}

/* checks: none */
static void
given_a_deadline_that_has_passed_when_other_calls_come_then_it_stays_what_it_was(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    mptcp_time at = mptcp_deadline(p.client.c);

    /* A host whose timer is armed anew at each call would never hear of a deadline that goes along.
     */
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 1, at + 5000000));
    assert_true(mptcp_deadline(p.client.c) == at);
}

/* checks: none */
static void given_a_clock_that_goes_back_then_it_stands_still(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    mptcp_time at = mptcp_deadline(p.client.c);

    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, 0));
    assert_true(mptcp_deadline(p.client.c) == at);
}

/* checks: D-29 */
static void
given_no_acknowledgement_for_too_long_then_the_subflow_is_silent_until_one_comes(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    client_sends(&p, 101, 100);

    assert_false(mptcp_subflow_silent(p.client.c, p.client.sf));
    p.now = mptcp_deadline(p.client.c);
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_true(mptcp_subflow_silent(p.client.c, p.client.sf));
    server_acks(&p, 201);
    assert_false(mptcp_subflow_silent(p.client.c, p.client.sf));
}

/* checks: D-20 K-2 */
static void given_a_data_fin_without_answer_then_it_leaves_again_later_and_later(void **state)
{
    (void)state;
    struct pair p;
    mptcp_time wait = 0;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    for (unsigned i = 0; i < 4; i++) {
        assert_true((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND_ACK)) != 0);
        struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
        struct mptcp_options o = options_of(&w);
        assert_true((o.dss.flags & MPTCP_DSS_FIN) != 0);
        drain(&p, &p.client);
        mptcp_time at = mptcp_deadline(p.client.c);
        assert_true(at - p.now > wait);
        wait = at - p.now;
        p.now = at;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    }
}

/* checks: D-22 */
static void given_no_subflow_and_a_limit_then_the_connection_waits_that_long_and_ends(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = CLIENT_KEY};
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(0, 2, 80);

    begin(&p, 0, 0);
    mptcp_config_init(&cfg);
    cfg.no_path_limit = 5000000;
    memset(p.client.block, 0, sizeof p.client.block);
    p.client.c = mptcp_conn_init(p.client.block, sizeof p.client.block, &cfg, &secret);
    assert_null(p.client.c); /* more runs than the block has room for */
    cfg.runs = CORE_RUNS;
    p.client.c = mptcp_conn_init(p.client.block, sizeof p.client.block, &cfg, &secret);
    assert_int_equal(MPTCP_OK, mptcp_connect(p.client.c, &local, &remote, &p.client.sf, p.now));
    struct wire syn = send_from(&p, &p.client, p.client.sf, SYN, 0, 0, 0);
    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(0, info_of(&p.client).error);
    while (mptcp_deadline(p.client.c) < p.now + 5000000) {
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, mptcp_deadline(p.client.c)));
        drain(&p, &p.client);
        assert_int_equal(0, info_of(&p.client).error);
    }
    assert_true(mptcp_deadline(p.client.c) == p.now + 5000000);
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now + 5000000));
    assert_int_equal(MPTCP_E_TIMED_OUT, info_of(&p.client).error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_timeout_before_the_deadline_then_nothing_changes),
        cmocka_unit_test(
            given_a_deadline_that_has_passed_when_other_calls_come_then_it_stays_what_it_was),
        cmocka_unit_test(given_a_clock_that_goes_back_then_it_stands_still),
        cmocka_unit_test(
            given_no_acknowledgement_for_too_long_then_the_subflow_is_silent_until_one_comes),
        cmocka_unit_test(given_a_data_fin_without_answer_then_it_leaves_again_later_and_later),
        cmocka_unit_test(given_no_subflow_and_a_limit_then_the_connection_waits_that_long_and_ends),
    };
    return cmocka_run_group_tests_name("timeout", tests, NULL, NULL);
}
