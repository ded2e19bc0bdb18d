/*
 * test_due.c - what is due: want, poll and deadline come from the same state and
 * can't disagree; asking changes nothing.
 */
#include "core_test.h"

static void assert_agree(const struct side *s)
{
    struct mptcp_action a;
    bool due = mptcp_poll(s->c, &a) != 0;

    assert_int_equal(due, mptcp_want(s->c) != 0);
    assert_true(!due || (mptcp_want(s->c) & MPTCP_WANT(a.type)) != 0);
}

/* checks: none */
static void given_a_handshake_at_each_step_then_want_and_poll_agree(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);
    assert_agree(&p.client);
    accept_syn(&p, &syn);
    assert_agree(&p.server);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    assert_agree(&p.client);
    assert_true((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_EVENT)) != 0);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    come(&p, &p.server, p.server.sf, &ack);
    client_sends(&p, 1, 100);
    assert_agree(&p.server);
    assert_true((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_EVENT)) != 0);
    drain(&p, &p.server);
    assert_agree(&p.server);
    assert_int_equal(0, mptcp_want(p.server.c));
}

/* checks: none */
static void given_an_action_that_is_due_when_asked_again_then_it_is_the_same(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_action b;
    uint8_t before[CORE_BLOCK];

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 300, p.now);
    memcpy(before, p.client.block, sizeof before);
    assert_int_equal(1, mptcp_poll(p.client.c, &a));
    assert_int_equal(1, mptcp_poll(p.client.c, &b));
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(before, p.client.block, sizeof before);
}

/* checks: none */
static void given_a_reset_and_data_when_polled_then_the_reset_comes_first(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, MPTCP_CFG_ABORT_RST);
    client_sends(&p, 101, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.server.c, p.now));
    assert_int_equal(1, mptcp_poll(p.server.c, &a));
    assert_int_equal(MPTCP_RESET_SUBFLOW, a.type);
    assert_int_equal(p.server.sf, a.sf);
    assert_int_equal(MPTCP_E_ABORTED, a.code);
}

/* checks: none */
static void given_nothing_to_do_then_nothing_is_due_and_the_action_is_empty(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_action empty = {0};

    establish(&p, 0, 0);
    memset(&a, 0xff, sizeof a);
    assert_int_equal(0, mptcp_poll(p.client.c, &a));
    assert_memory_equal(&empty, &a, sizeof a);
    assert_int_equal(0, mptcp_want(p.client.c));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
}

/* checks: none */
static void
given_delivered_octets_when_they_came_from_the_front_then_no_release_is_due(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(100, a.len);
    assert_int_equal(101, a.ssn.v);
    assert_int_equal(201, a.keep.v);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 100, MPTCP_DONE, p.now));
    assert_int_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_RELEASE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_handshake_at_each_step_then_want_and_poll_agree),
        cmocka_unit_test(given_an_action_that_is_due_when_asked_again_then_it_is_the_same),
        cmocka_unit_test(given_a_reset_and_data_when_polled_then_the_reset_comes_first),
        cmocka_unit_test(given_nothing_to_do_then_nothing_is_due_and_the_action_is_empty),
        cmocka_unit_test(
            given_delivered_octets_when_they_came_from_the_front_then_no_release_is_due),
    };
    return cmocka_run_group_tests_name("due", tests, NULL, NULL);
}
