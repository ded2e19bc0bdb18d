/*
 * test_reinject.c - octets that have to go again when a subflow falls silent or dies.
 */
#include "several_test.h"

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

/* ------------------------------------------- runs that TCP has acknowledged in part */

/* TCP acknowledges this many octets more on the k-th, and no DATA_ACK says so. */
static void tcp_takes(struct several *t, unsigned k, uint32_t n)
{
    struct mptcp_subflow_report info = subflow_of(&t->p.client, t->ours[k]);
    acknowledge(&t->p, t->ours[k], info.snd_una.v + n, info_of(&t->p.client).snd_una.v);
}

/* Only the k-th has room. The RTTs vary so much that the data timer fires before a subflow counts
 * as silent. */
static void rooms(struct several *t, unsigned k, uint32_t n)
{
    struct mptcp_path path = {
        .size = sizeof path, .segment_size = 100, .srtt_us = 10000, .rttvar_us = 60000000};

    for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
        path.room = i == k ? n : 0;
        assert_int_equal(MPTCP_OK, mptcp_on_path(t->p.client.c, t->ours[i], &path, t->p.now));
    }
}

/* The k-th falls silent: what it holds goes once more, on another. */
static void falls_silent(struct several *t, unsigned k)
{
    tcp_tells(&t->p, &t->p.client, t->ours[k], 0, 100, 10000);
    for (unsigned n = 0; !mptcp_subflow_silent(t->p.client.c, t->ours[k]); n++) {
        assert_true(n < 50);
        next_timeout(&t->p, &t->p.client);
    }
}

/* The k-th is given n octets from here on, and nothing else is to be sent then. */
static void is_given(struct several *t, unsigned k, uint64_t dsn, uint32_t n, bool again)
{
    struct mptcp_action a;

    rooms(t, k, again ? 5000 : n);
    assert_true(find_action(&t->p, &t->p.client, MPTCP_SEND, &a));
    assert_int_equal(t->ours[k], a.sf);
    assert_int_equal(again, a.reinjected);
    assert_true(a.dsn.v == dsn);
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(t->p.client.c, &a, n, MPTCP_DONE, t->p.now));
    assert_false(find_action(&t->p, &t->p.client, MPTCP_SEND, &a));
}

static void gives_first(struct several *t, unsigned k, uint64_t dsn, uint32_t n)
{
    assert_int_equal(MPTCP_OK, mptcp_on_written(t->p.client.c, n, t->p.now));
    is_given(t, k, dsn, n, false);
}

/* The data timer fires. */
static void data_timer_fires(struct several *t)
{
    for (unsigned n = 0; !wants(&t->p.client, MPTCP_SEND); n++) {
        assert_true(n < 200);
        rooms(t, CORE_SUBFLOWS, 0);
        next_timeout(&t->p, &t->p.client);
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
            assert_false(mptcp_subflow_silent(t->p.client.c, t->ours[i]));
            rooms(t, i, 100);
            if (wants(&t->p.client, MPTCP_SEND)) {
                return;
            }
        }
    }
}

/* checks: D-28 D-29 */
static void
given_a_run_that_was_taken_in_part_then_the_part_alone_goes_again_on_any_subflow(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 6; order++) {
        struct several t;
        unsigned a = order % 3;
        unsigned b = (a + 1 + order / 3) % 3;
        unsigned c = 3 - a - b;

        several_subflows(&t, 0);
        uint64_t first = info_of(&t.p.client).snd_nxt.v;
        /* 200 octets on b, again on a, where 100 more follow. */
        gives_first(&t, b, first, 200);
        falls_silent(&t, b);
        is_given(&t, a, first, 200, true);
        gives_first(&t, a, first + 200, 100);
        tcp_takes(&t, b, 200);
        tcp_takes(&t, a, 100);
        /* Those from 100 on are in flight on a. */
        data_timer_fires(&t);
        is_given(&t, c, first, 100, true);
    }
}

/* checks: D-28 D-29 */
static void given_two_runs_that_were_taken_in_part_then_the_shorter_part_goes_again(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 6; order++) {
        struct several t;
        unsigned a = order % 3;
        unsigned b = (a + 1 + order / 3) % 3;
        unsigned c = 3 - a - b;

        several_subflows(&t, 0);
        uint64_t first = info_of(&t.p.client).snd_nxt.v;
        gives_first(&t, b, first, 200);
        falls_silent(&t, b);
        is_given(&t, a, first, 200, true);
        falls_silent(&t, a);
        is_given(&t, c, first, 200, true);
        tcp_takes(&t, b, 200);
        tcp_takes(&t, a, 100);
        tcp_takes(&t, c, 50);
        data_timer_fires(&t);
        is_given(&t, b, first, 50, true);
    }
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
        cmocka_unit_test(
            given_a_run_that_was_taken_in_part_then_the_part_alone_goes_again_on_any_subflow),
        cmocka_unit_test(given_two_runs_that_were_taken_in_part_then_the_shorter_part_goes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
