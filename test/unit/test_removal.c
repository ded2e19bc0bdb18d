/*
 * test_removal.c - REMOVE_ADDR (RFC 8684 s3.4.2): what it ends and what not, at either end.
 */
#include "bugs_test.h"

/* The server hears that these addresses of the client's are gone. */
static struct wire removal(uint32_t ssn, uint8_t id)
{
    struct mptcp_option o = {.subtype = MPTCP_REMOVE_ADDR};
    o.u.remove_addr.count = 1;
    o.u.remove_addr.ids[0] = id;
    return with_option(&o, ACK, ssn, 0, 1);
}

/* Time passes at the server, until nothing is due any more or a subflow is to be reset. */
static unsigned probes_of(struct pair *p, mptcp_sf sf)
{
    struct mptcp_action a;
    unsigned n = 0;

    for (unsigned i = 0; i < 40 && !wants(&p->server, MPTCP_RESET_SUBFLOW); i++) {
        while (mptcp_poll(p->server.c, &a)) {
            n += a.type == MPTCP_PROBE && a.sf == sf;
            assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, a.len, MPTCP_DONE, p->now));
        }
        if (mptcp_deadline(p->server.c) == MPTCP_NEVER) {
            break;
        }
        p->now = mptcp_deadline(p->server.c);
        mptcp_on_timeout(p->server.c, p->now);
    }
    return n;
}

/* checks: R-2 */
static void
given_a_path_that_answers_the_probe_then_it_stays_and_nothing_new_goes_there(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    struct wire w = removal(101, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_true(find_action(&p, &p.server, MPTCP_PROBE, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    struct wire alive = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    come(&p, &p.server, theirs, &alive);
    assert_int_equal(0, probes_of(&p, theirs));
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_int_equal(2, info_of(&p.server).subflows);
    assert_int_equal(MPTCP_E_ADDRESS_GONE, mptcp_join(p.server.c, 0, 1, p.now));
}

/* checks: R-2 R-4 */
static void given_a_path_that_is_silent_then_it_is_reset_after_three_probes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    struct wire w = removal(101, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(3, probes_of(&p, theirs));
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_E_ADDRESS_GONE, a.code);
    assert_int_equal(0, info_of(&p.server).error);
}

/* checks: E-3 R-5 */
static void given_an_id_that_nobody_has_then_nothing_happens(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    struct mptcp_conn_report before = info_of(&p.server);
    struct wire w = removal(101, 77);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(p.server.verdict.drop);
    assert_int_equal(0, mptcp_want(p.server.c));
    assert_true(mptcp_deadline(p.server.c) == MPTCP_NEVER);
    struct mptcp_conn_report after = info_of(&p.server);
    assert_memory_equal(&before, &after, sizeof before);
}

/* checks: R-3 G-3 */
static void
given_a_segment_that_tcp_would_not_take_then_its_removal_counts_for_nothing(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    struct wire w = removal(50000, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(wants(&p.server, MPTCP_PROBE));
    w = removal(101, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_true(wants(&p.server, MPTCP_PROBE));
}

/* checks: R-6 R-1 */
static void
given_a_subflow_that_works_then_its_fin_goes_first_and_the_removal_after_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, 1, p.now));
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_false(has_option(&w, MPTCP_REMOVE_ADDR));

    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, ours, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, ours, MPTCP_E_CLOSED, p.now));
    drain(&p, &p.client);
    w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_true(has_option(&w, MPTCP_REMOVE_ADDR));
    assert_int_equal(1, options_of(&w).remove_addr.ids[0]);
}

/* checks: R-4 */
static void given_a_subflow_whose_fin_is_not_answered_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, 1, p.now));
    drain(&p, &p.client);
    p.now = mptcp_deadline(p.client.c);
    assert_true(p.now != MPTCP_NEVER);
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(wants(&p.client, MPTCP_RESET_SUBFLOW));
}

/* Nothing acknowledges it: who has lost it finds out by the path's silence. */
/* checks: X-7 */
static void given_a_removal_was_sent_then_it_is_not_sent_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr third = address(2, 1, 0);
    uint8_t id;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &third, 0, &id, p.now));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_true(has_option(&w, MPTCP_REMOVE_ADDR));
    drain(&p, &p.client);
    for (unsigned i = 0; i < 10; i++) {
        w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
        assert_false(has_option(&w, MPTCP_REMOVE_ADDR));
        p.now += 10000000;
        mptcp_on_timeout(p.client.c, p.now);
        assert_false(wants(&p.client, MPTCP_SEND_ACK));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_path_that_answers_the_probe_then_it_stays_and_nothing_new_goes_there),
        cmocka_unit_test(given_a_path_that_is_silent_then_it_is_reset_after_three_probes),
        cmocka_unit_test(given_an_id_that_nobody_has_then_nothing_happens),
        cmocka_unit_test(
            given_a_segment_that_tcp_would_not_take_then_its_removal_counts_for_nothing),
        cmocka_unit_test(
            given_a_subflow_that_works_then_its_fin_goes_first_and_the_removal_after_it),
        cmocka_unit_test(given_a_subflow_whose_fin_is_not_answered_then_it_is_reset),
        cmocka_unit_test(given_a_removal_was_sent_then_it_is_not_sent_again),
    };
    return cmocka_run_group_tests_name("removal", tests, NULL, NULL);
}
