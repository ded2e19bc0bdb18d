/*
 * test_event.c - what the application is told, in which order, and once.
 */
#include "core_test.h"

/* The next event, taken; other actions are committed on the way. 0: none. */
static unsigned next_event(struct pair *p, struct side *s, int *code)
{
    struct mptcp_action a;
    if (!find_action(p, s, MPTCP_EVENT, &a)) {
        return MPTCP_EV_NONE;
    }
    *code = a.code;
    assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, 0, MPTCP_DONE, p->now));
    return a.event;
}

/* checks: none */
static void given_a_handshake_then_open_is_told_before_the_subflow_and_each_once(void **state)
{
    (void)state;
    struct pair p;
    int code = -1;

    open_pair(&p, 0, 0);
    assert_int_equal(MPTCP_EV_OPEN, next_event(&p, &p.client, &code));
    assert_int_equal(MPTCP_OK, code);
    assert_int_equal(MPTCP_EV_SUBFLOW, next_event(&p, &p.client, &code));
    assert_int_equal(MPTCP_EV_NONE, next_event(&p, &p.client, &code));
}

/* checks: C-25 */
static void given_a_peer_without_mptcp_then_open_says_why(void **state)
{
    (void)state;
    struct pair p;
    int code = 0;

    begin(&p, 0, 0);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(MPTCP_EV_OPEN, next_event(&p, &p.client, &code));
    assert_int_equal(MPTCP_E_NO_MPTCP, code);
}

/* checks: D-20 */
static void given_a_data_fin_then_its_event_waits_for_the_last_octet(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    struct wire fin = send_from(&p, &p.client, p.client.sf, ACK, 201, 0, 1);
    come(&p, &p.server, p.server.sf, &fin);
    assert_int_equal(1, mptcp_poll(p.server.c, &a));
    assert_int_equal(MPTCP_DELIVER, a.type);
    assert_int_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_EVENT));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, a.len, MPTCP_DONE, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_EVENT, &a));
    assert_int_equal(MPTCP_EV_EOF, a.event);
}

/* checks: none */
static void given_an_abort_then_the_end_is_told_after_the_subflow_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    int code = 0;

    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_int_equal(1, mptcp_poll(p.client.c, &a));
    assert_int_equal(MPTCP_RESET_SUBFLOW, a.type);
    assert_int_equal(0, mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_EVENT));
    assert_int_equal(MPTCP_EV_SUBFLOW_GONE, next_event(&p, &p.client, &code));
    assert_int_equal(MPTCP_E_ABORTED, code);
    assert_int_equal(MPTCP_EV_END, next_event(&p, &p.client, &code));
    assert_int_equal(MPTCP_E_ABORTED, code);
    assert_int_equal(MPTCP_EV_NONE, next_event(&p, &p.client, &code));
}

/* checks: A-2 */
static void given_an_announced_address_then_the_application_hears_of_it_once(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, 7, address(9, 9, 0));
    int code;

    establish(&p, 0, 0);
    for (unsigned times = 0; times < 2; times++) {
        struct wire w = with_option(&o, ACK, 1, 0, 101);
        come(&p, &p.client, p.client.sf, &w);
        unsigned event = next_event(&p, &p.client, &code);
        assert_int_equal(times == 0 ? MPTCP_EV_ADDRESS : MPTCP_EV_NONE, event);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_handshake_then_open_is_told_before_the_subflow_and_each_once),
        cmocka_unit_test(given_a_peer_without_mptcp_then_open_says_why),
        cmocka_unit_test(given_a_data_fin_then_its_event_waits_for_the_last_octet),
        cmocka_unit_test(given_an_abort_then_the_end_is_told_after_the_subflow_is_reset),
        cmocka_unit_test(given_an_announced_address_then_the_application_hears_of_it_once),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
