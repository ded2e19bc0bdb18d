/*
 * test_reinject.c - octets that have to go again when a subflow falls silent or dies.
 */
#include "core_test.h"

/* Gives n octets to the one subflow that has room. */
static struct mptcp_action give(struct pair *p, mptcp_sf sf, uint32_t n)
{
    struct mptcp_action a;
    room(p, &p->client, sf, n);
    mptcp_on_written(p->client.c, n, p->now);
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, n, MPTCP_DONE, p->now));
    return a;
}

/* checks: D-27 D-29 */
static void given_a_subflow_dies_then_its_octets_go_to_the_other_with_the_same_numbers(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;
    mptcp_sf theirs;

    two_subflows(&p, &second, &theirs);
    struct mptcp_action first = give(&p, p.client.sf, 200);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    room(&p, &p.client, second, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(second, a.sf);
    assert_int_equal(1, a.reinjected);
    assert_true(a.dsn.v == first.dsn.v);
    assert_int_equal(200, a.len);
    mptcp_done(p.client.c, &a, 200, MPTCP_DONE, p.now);
    assert_false((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND)) != 0);
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: D-28 D-29 */
static void
given_a_subflow_acknowledges_nothing_then_it_is_silent_and_its_octets_go_elsewhere(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;
    mptcp_sf theirs;

    two_subflows(&p, &second, &theirs);
    give(&p, p.client.sf, 200);
    p.now = mptcp_deadline(p.client.c);
    mptcp_on_timeout(p.client.c, p.now);
    while (!mptcp_subflow_silent(p.client.c, p.client.sf)) {
        drain(&p, &p.client);
        p.now = mptcp_deadline(p.client.c);
        assert_true(p.now < 3000000);
        mptcp_on_timeout(p.client.c, p.now);
    }
    room(&p, &p.client, second, 1000);
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(second, a.sf);
    assert_int_equal(1, a.reinjected);

    /* An acknowledgement, and it is as good as the other again. */
    struct wire w = with_option(NULL, ACK, 1, 0, 201);
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(&p.client).snd_una.v;
    w = with_option(&o, ACK, 1, 0, 201);
    come(&p, &p.client, p.client.sf, &w);
    assert_false(mptcp_subflow_silent(p.client.c, p.client.sf));
}

/* checks: D-16 */
static void
given_octets_on_two_subflows_then_they_are_kept_until_both_acknowledge_or_one_is_gone(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;
    mptcp_sf theirs;

    two_subflows(&p, &second, &theirs);
    give(&p, p.client.sf, 200);
    give(&p, second, 100);
    drain(&p, &p.client);
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(&p.client).snd_nxt.v;
    struct wire w = with_option(&o, ACK, 1, 0, 101);
    come(&p, &p.client, second, &w);
    assert_false(find_action(&p, &p.client, MPTCP_FREE, &a));
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_FREE, &a));
    assert_int_equal(300, a.len);
}

/* The peer's TCP has these on a subflow, its DATA_ACK says `data_ack`. */
static void acknowledge(struct pair *p, mptcp_sf sf, uint32_t ack, uint64_t data_ack)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = data_ack;
    struct wire w = with_option(&o, ACK, 1, 0, ack);
    come(p, &p->client, sf, &w);
}

/* 300 octets that the first subflow's TCP acknowledged, and no DATA_ACK: they are to go again. */
static struct mptcp_action lose_300(struct pair *p, mptcp_sf *second)
{
    struct mptcp_action a;
    mptcp_sf theirs;

    two_subflows(p, second, &theirs);
    struct mptcp_action first = give(p, p->client.sf, 300);
    acknowledge(p, p->client.sf, first.ssn.v + 300, first.dsn.v);
    drain(p, &p->client);
    tcp_tells(p, &p->client, *second, 1000, 100, 5000); /* the better one */
    for (unsigned n = 0; !find_action(p, &p->client, MPTCP_SEND, &a); n++) {
        assert_true(n < 20 && mptcp_deadline(p->client.c) < p->now + 10000000);
        p->now = mptcp_deadline(p->client.c);
        mptcp_on_timeout(p->client.c, p->now);
    }
    assert_int_equal(*second, a.sf);
    assert_int_equal(1, a.reinjected);
    assert_true(a.dsn.v == first.dsn.v);
    assert_int_equal(300, a.len);
    return a;
}

/* checks: D-28 D-29 */
static void
given_the_data_timer_has_fired_when_a_data_ack_covers_the_first_octets_then_nothing_goes_again(
    void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;

    a = lose_300(&p, &second);
    acknowledge(&p, second, a.ssn.v, a.dsn.v + 100);
    assert_false(find_action(&p, &p.client, MPTCP_SEND, &a));
}

/* checks: D-28 D-29 */
static void
given_the_data_timer_has_fired_when_a_data_ack_covers_what_went_again_then_the_rest_goes(
    void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;

    a = lose_300(&p, &second);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    acknowledge(&p, second, a.ssn.v + 100, a.dsn.v + 100);
    struct mptcp_action rest;
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &rest));
    assert_true(rest.dsn.v == a.dsn.v + 100);
    assert_int_equal(200, rest.len);
}

/* checks: D-28 D-29 */
static void
given_octets_went_again_and_were_acknowledged_when_a_subflow_dies_then_they_stay_away(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;

    a = lose_300(&p, &second);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 300, MPTCP_DONE, p.now));
    acknowledge(&p, second, a.ssn.v + 300, a.dsn.v);
    room(&p, &p.client, second, 0);
    struct mptcp_action more = give(&p, p.client.sf, 50);
    room(&p, &p.client, second, 1000);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    struct mptcp_action again;
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &again));
    assert_true(again.dsn.v == more.dsn.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_subflow_dies_then_its_octets_go_to_the_other_with_the_same_numbers),
        cmocka_unit_test(
            given_a_subflow_acknowledges_nothing_then_it_is_silent_and_its_octets_go_elsewhere),
        cmocka_unit_test(
            given_octets_on_two_subflows_then_they_are_kept_until_both_acknowledge_or_one_is_gone),
        cmocka_unit_test(
            given_the_data_timer_has_fired_when_a_data_ack_covers_the_first_octets_then_nothing_goes_again),
        cmocka_unit_test(
            given_the_data_timer_has_fired_when_a_data_ack_covers_what_went_again_then_the_rest_goes),
        cmocka_unit_test(
            given_octets_went_again_and_were_acknowledged_when_a_subflow_dies_then_they_stay_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
