/*
 * test_send.c - which octets go, how many, on which subflow.
 */
#include "core_test.h"

static bool due(struct pair *p, struct mptcp_action *a)
{
    return find_action(p, &p->client, MPTCP_SEND, a);
}

/* checks: none */
static void given_more_data_than_room_then_whole_segments_go(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 350); /* segments of 100 */
    mptcp_on_written(p.client.c, 1000, p.now);
    assert_true(due(&p, &a));
    assert_int_equal(300, a.len);
    assert_int_equal(101, a.ssn.v);
    assert_true(mptcp_dsn_eq(a.dsn, info_of(&p.client).snd_nxt));
    assert_false(a.reinjected);
}

/* checks: none */
static void given_less_than_a_segment_then_it_goes_only_if_it_is_the_end(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 100);
    mptcp_on_written(p.client.c, 150, p.now);
    assert_true(due(&p, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    room(&p, &p.client, p.client.sf, 30); /* in flight: 100; left: 50; room: 30 */
    assert_false(due(&p, &a));
    room(&p, &p.client, p.client.sf, 60);
    assert_true(due(&p, &a));
    assert_int_equal(50, a.len);
}

/* checks: none */
static void given_no_room_or_no_segment_size_then_nothing_goes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 0);
    mptcp_on_written(p.client.c, 150, p.now);
    assert_false(due(&p, &a));
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(due(&p, &a));
}

/* checks: S-2 */
static void given_the_only_subflow_was_half_closed_then_data_still_goes_on_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
    mptcp_on_written(p.client.c, 150, p.now);
    assert_true(due(&p, &a));
}

/* checks: D-11 */
static void given_32_bit_numbers_are_asked_for_then_they_are_sent(void **state)
{
    (void)state;
    for (unsigned narrow = 0; narrow < 2; narrow++) {
        struct pair p;
        establish(&p, narrow ? MPTCP_CFG_DSN32 : 0, 0);
        room(&p, &p.client, p.client.sf, 1000);
        mptcp_on_written(p.client.c, 100, p.now);
        drain(&p, &p.client);
        struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
        struct mptcp_options o = options_of(&w);
        assert_int_equal(!narrow, (o.dss.flags & MPTCP_DSS_DSN64) != 0);
    }
}

/* checks: D-11 */
static void given_a_rate_that_wraps_within_an_msl_then_64_bits_go_whatever_was_asked(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_option ack = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    struct mptcp_path path = {
        .size = sizeof path, .room = 0x20000000, .segment_size = 50000, .srtt_us = 10000};
    uint32_t ssn = 101;

    establish(&p, MPTCP_CFG_DSN32, 0);
    /* 600 MB within a second of a clock that began at the connection's start. */
    for (unsigned i = 0; i < 5; i++) {
        struct wire w = with_option(&ack, ACK, 1, 0, ssn);
        ack.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_nxt.v;
        w = with_option(&ack, ACK, 1, 0, ssn);
        w.seg.window = 0x10000000;
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
        mptcp_on_written(p.client.c, 150000000, p.now);
        assert_true(due(&p, &a));
        assert_int_equal(150000000, a.len);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
        ssn += a.len;
    }
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, ssn - 50000, 50000, 1);
    struct mptcp_options o = options_of(&w);
    assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_DSN64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_more_data_than_room_then_whole_segments_go),
        cmocka_unit_test(given_less_than_a_segment_then_it_goes_only_if_it_is_the_end),
        cmocka_unit_test(given_no_room_or_no_segment_size_then_nothing_goes),
        cmocka_unit_test(given_the_only_subflow_was_half_closed_then_data_still_goes_on_it),
        cmocka_unit_test(given_32_bit_numbers_are_asked_for_then_they_are_sent),
        cmocka_unit_test(given_a_rate_that_wraps_within_an_msl_then_64_bits_go_whatever_was_asked),
    };
    return cmocka_run_group_tests_name("send", tests, NULL, NULL);
}
