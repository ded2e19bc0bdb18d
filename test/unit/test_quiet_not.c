/*
 * test_quiet_not.c - a subflow that brings nothing while another one brings octets: when its peer
 * is not asked, since an answer would mean nothing or no other subflow could take its place.
 */
#include "quiet_test.h"

/* Ends with true when the client wants another subflow, within 100 s of octets on the first one. */
static bool wants_another(struct download *d)
{
    struct mptcp_action a;

    for (unsigned i = 0; i < 1000; i++) {
        if (find_action(&d->p, &d->p.client, MPTCP_CONNECT, &a)) {
            return true;
        }
        brings(d, d->p.server.sf, d->p.client.sf);
        d->p.now += STEP;
        mptcp_on_timeout(d->p.client.c, d->p.now);
    }
    return false;
}

/* The lost subflow is replaced by another one. */
static void is_replaced(struct download *d)
{
    assert_true(wants_another(d));
    drain(&d->p, &d->p.server);
    mptcp_on_gone(d->p.server.c, d->theirs, MPTCP_E_PEER_RESET, d->p.now);
    drain(&d->p, &d->p.server);
    joins(&d->p, &d->p.client, &d->p.server, &d->ours, &d->theirs);
    d->since = d->p.now;
    d->probes = 0;
}

/* checks: D-29 */
static void
given_a_path_that_answers_joins_but_no_keep_alives_then_the_third_replacement_stays(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 90 * SECOND, true));
        is_replaced(&d);
    }
    assert_int_equal(MPTCP_OK, passes(&d, 600 * SECOND, true));
    assert_int_equal(0, d.probes);
    /* When it has brought octets, so that it is known to work, it is asked again. */
    brings(&d, d.theirs, d.ours);
    assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 90 * SECOND, true));
}

/* checks: D-29 */
static void given_a_replaced_subflow_that_answers_then_later_ones_are_asked_as_well(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 90 * SECOND, true));
        is_replaced(&d);
        d.answers = true;
        assert_int_equal(MPTCP_OK, passes(&d, 3 * SECOND, true));
        assert_int_equal(1, d.probes);
        d.answers = false;
        d.probes = 0;
    }
}

/* SSNs wrap: 2 GiB later they compare the other way round. checks: D-29 */
static void given_a_subflow_that_has_brought_gigabytes_then_quiet_ones_are_asked(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    assert_int_equal(MPTCP_OK, passes(&d, SECOND, true));
    struct mptcp_subflow *first = subflow_at(d.p.client.c, 0);
    const struct mptcp_subflow *second = subflow_at(d.p.client.c, 1);
    assert_true(mptcp_quiet_due(d.p.client.c, second) != IDLE);
    first->rcv_nxt = mptcp_ssn_of(0x90000000);
    assert_true(mptcp_quiet_due(d.p.client.c, second) != IDLE);
    first->rcv_nxt = mptcp_ssn_of(1); /* nothing has come */
    assert_true(mptcp_quiet_due(d.p.client.c, second) == IDLE);
}

/* checks: D-29 D-4 */
static void given_a_client_that_has_closed_its_direction_then_it_asks_nobody(void **state)
{
    (void)state;
    struct download d;
    struct pair *p = &d.p;

    begins(&d);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->client.c, p->now));
    struct wire w = says(p, &p->client, p->client.sf);
    come(p, &p->server, p->server.sf, &w);
    w = says(p, &p->server, p->server.sf);
    come(p, &p->client, p->client.sf, &w);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p->client).state);
    assert_int_equal(MPTCP_OK, passes(&d, 60 * SECOND, true));
    assert_int_equal(0, d.probes);
    assert_int_equal(2, info_of(&p->client).subflows);
}

/* Its DATA_FIN may be acknowledged at any moment, and then no subflow is opened any more.
 * checks: D-29 D-4 */
static void given_a_client_whose_data_fin_is_on_its_way_then_no_subflow_is_reset(void **state)
{
    (void)state;
    struct download d;
    struct pair *p = &d.p;

    for (unsigned asked = 0; asked < 2; asked++) {
        begins(&d);
        assert_int_equal(MPTCP_OK, passes(&d, asked * 2 * SECOND + STEP, true));
        assert_int_equal(asked, d.probes);
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->client.c, p->now));
        says(p, &p->client, p->client.sf); /* it is lost, as are its repetitions */
        p->client.c->timer[DUE_FIN] = IDLE;
        assert_int_equal(MPTCP_OK, passes(&d, 20 * SECOND, true));
        assert_int_equal(MPTCP_FIN_WAIT_1, info_of(&p->client).state);
        assert_in_range(d.probes, asked, 3 * asked);
        assert_int_equal(2, info_of(&p->client).subflows);
    }
}

/* checks: D-29 R-2 */
static void given_a_removed_address_that_has_answered_then_its_subflow_is_not_asked(void **state)
{
    (void)state;
    struct download d;
    static const uint8_t initial = 0;

    begins(&d);
    removal_comes(&d.p, &d.p.client, &initial, 1);
    drain(&d.p, &d.p.client); /* two probes */
    struct wire w = says(&d.p, &d.p.server, d.theirs);
    come(&d.p, &d.p.client, d.ours, &w);
    assert_int_equal(MPTCP_OK, passes(&d, 60 * SECOND, true));
    assert_int_equal(0, d.probes);
}

/* checks: D-29 H-4 */
static void given_a_host_that_decides_about_subflows_then_none_is_asked(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    d.p.client.c->policy = MPTCP_POLICY_HOST;
    assert_int_equal(MPTCP_OK, passes(&d, 60 * SECOND, true));
    assert_int_equal(0, d.probes);
}

/* checks: D-29 H-4 */
static void given_joins_that_are_tried_no_more_then_nobody_is_asked(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    d.p.client.c->join_tries = JOINS_STOPPED;
    assert_int_equal(MPTCP_OK, passes(&d, 60 * SECOND, true));
    assert_int_equal(0, d.probes);
    d.p.client.c->join_tries = 0;
    assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 60 * SECOND, true));
}

/* The peer has told that the address is gone: no octets elsewhere are needed to act on it.
 * checks: R-2 R-4 D-29 */
static void given_a_subflow_that_is_asked_when_its_address_is_removed_then_that_holds(void **state)
{
    (void)state;
    struct download d;
    struct pair *p = &d.p;
    struct mptcp_action a;
    static const uint8_t initial = 0;

    begins(&d);
    assert_int_equal(MPTCP_OK, passes(&d, 2 * SECOND + STEP, true));
    assert_int_equal(1, d.probes);
    removal_comes(p, &p->client, &initial, 1);
    assert_true(wants(&p->client, MPTCP_PROBE));
    struct wire w = says(p, &p->server, p->server.sf); /* the first one works */
    come(p, &p->client, p->client.sf, &w);
    for (unsigned i = 0; i < 50 && !wants(&p->client, MPTCP_RESET_SUBFLOW); i++) {
        p->now += STEP;
        mptcp_on_timeout(p->client.c, p->now);
    }
    assert_true(find_action(p, &p->client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(d.ours, a.sf);
    assert_int_equal(MPTCP_E_ADDRESS_GONE, a.code);
}

/* checks: D-29 */
static void
given_a_clock_that_jumps_by_hours_while_one_is_asked_then_the_question_stands(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    d.p.client.c->silence_limit = 0;
    assert_int_equal(MPTCP_OK, passes(&d, 2 * SECOND + STEP, true));
    assert_int_equal(1, d.probes);
    brings(&d, d.p.server.sf, d.p.client.sf);
    d.p.now += 7200ull * SECOND;
    assert_int_equal(MPTCP_OK, acts(&d));
    assert_int_equal(2, d.probes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_path_that_answers_joins_but_no_keep_alives_then_the_third_replacement_stays),
        cmocka_unit_test(given_a_replaced_subflow_that_answers_then_later_ones_are_asked_as_well),
        cmocka_unit_test(given_a_subflow_that_has_brought_gigabytes_then_quiet_ones_are_asked),
        cmocka_unit_test(given_a_client_that_has_closed_its_direction_then_it_asks_nobody),
        cmocka_unit_test(given_a_client_whose_data_fin_is_on_its_way_then_no_subflow_is_reset),
        cmocka_unit_test(given_a_removed_address_that_has_answered_then_its_subflow_is_not_asked),
        cmocka_unit_test(given_a_host_that_decides_about_subflows_then_none_is_asked),
        cmocka_unit_test(given_joins_that_are_tried_no_more_then_nobody_is_asked),
        cmocka_unit_test(given_a_subflow_that_is_asked_when_its_address_is_removed_then_that_holds),
        cmocka_unit_test(
            given_a_clock_that_jumps_by_hours_while_one_is_asked_then_the_question_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
