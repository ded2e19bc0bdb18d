/*
 * test_subflow.c - the life of a subflow: slots and generations, what a reset says, who carries
 * signals, what outlives it.
 */
#include "core_test.h"

/* checks: T-1 X-2 */
static void given_each_reason_to_reset_then_the_option_names_it(void **state)
{
    (void)state;
    static const struct {
        int code;
        uint8_t reason;
    } table[] = {
        {MPTCP_E_JOIN_TOKEN, MPTCP_RST_MPTCP},
        {MPTCP_E_JOIN_HMAC, MPTCP_RST_MPTCP},
        {MPTCP_E_MAPPING, MPTCP_RST_MPTCP},
        {MPTCP_E_FULL, MPTCP_RST_RESOURCES},
        {MPTCP_E_JOIN_REFUSED, MPTCP_RST_PROHIBITED},
        {MPTCP_E_CHECKSUM, MPTCP_RST_MIDDLEBOX},
        {MPTCP_E_NO_MPTCP, MPTCP_RST_MIDDLEBOX},
        {MPTCP_E_TIMED_OUT, MPTCP_RST_PERFORMANCE},
        {MPTCP_E_SUBFLOW_FAILED, MPTCP_RST_OUTSTANDING},
        {MPTCP_E_ABORTED, MPTCP_RST_UNSPECIFIED},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t option[4];
        assert_int_equal(4, mptcp_reset_option(table[i].code, option, sizeof option));
        assert_int_equal(table[i].reason, option[3]);
    }
}

/* checks: none */
static void
given_a_subflow_that_ended_then_its_handle_never_means_the_next_in_its_slot(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    struct mptcp_addr local = address(1, 2, 80);
    struct mptcp_addr remote = address(1, 1, 6000);
    mptcp_sf seen[5];

    establish(&p, 0, 0);
    o.u.join.form = MPTCP_JOIN_SYN;
    o.u.join.addr_id = 3;
    o.u.join.token = info_of(&p.server).local_token;
    for (unsigned i = 0; i < 5; i++) {
        o.u.join.nonce = i;
        struct wire w = with_option(&o, SYN, 0, 0, 0);
        w.seg.options = w.options;
        assert_int_equal(MPTCP_OK,
                         mptcp_accept_join(p.server.c, &w.seg, &local, &remote, &seen[i], p.now));
        for (unsigned k = 0; k < i; k++) {
            assert_int_not_equal(seen[k], seen[i]);
            assert_int_equal(MPTCP_E_STALE, mptcp_on_fin(p.server.c, seen[k], p.now));
        }
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, seen[i], MPTCP_E_PEER_RESET, p.now));
        drain(&p, &p.server); /* the slot is free when the application was told */
    }
}

/* checks: S-2 */
static void given_a_subflow_that_died_then_what_had_arrived_on_it_is_still_delivered(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(1, mptcp_poll(p.server.c, &a));
    assert_int_equal(MPTCP_DELIVER, a.type);
    assert_int_equal(100, a.len);
    assert_int_equal(p.server.sf, a.sf);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_SF_NONE, mptcp_subflow_at(p.server.c, 0));
}

/* checks: D-22 */
static void given_the_last_subflow_is_gone_then_the_connection_ends_with_its_reason(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(MPTCP_E_PEER_RESET, info_of(&p.client).error);
    assert_int_equal(MPTCP_CLOSED, info_of(&p.client).state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_each_reason_to_reset_then_the_option_names_it),
        cmocka_unit_test(
            given_a_subflow_that_ended_then_its_handle_never_means_the_next_in_its_slot),
        cmocka_unit_test(given_a_subflow_that_died_then_what_had_arrived_on_it_is_still_delivered),
        cmocka_unit_test(given_the_last_subflow_is_gone_then_the_connection_ends_with_its_reason),
    };
    return cmocka_run_group_tests_name("subflow", tests, NULL, NULL);
}
