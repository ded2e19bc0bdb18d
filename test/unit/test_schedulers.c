/*
 * test_schedulers.c - roundrobin, redundant, blest and ecf: what each of them is for, by examples
 * of the papers; that all of them obey classes and costs. That their waits have witnesses is in
 * test_gain.c.
 */
#include "scheduler_view_test.h"

static const struct mptcp_scheduler *const all[] = {
    &mptcp_gain, &mptcp_minrtt, &mptcp_roundrobin, &mptcp_redundant, &mptcp_blest, &mptcp_ecf};

/* Path 0: 10 ms, full, 10 segments in flight. Path 1: 100 ms, room for 10 segments. */
static void ten(struct seen *s, uint32_t window, uint32_t unsent)
{
    see_fast_and_slow(s, window, unsent);
    load(s, 0, 10 * UNIT, 0);
    load(s, 1, 0, 10 * UNIT);
}

/* checks: D-31 */
static void given_a_better_class_or_cost_then_no_scheduler_takes_another_path(void **state)
{
    (void)state;
    struct seen s;

    for (unsigned i = 0; i < COUNT_OF(all); i++) {
        for (unsigned worse = 0; worse < 3; worse++) {
            see(&s, 2, 1000000, 1000000);
            rtt(&s, 0, 90 * MS, 90 * MS);
            rtt(&s, 1, 10 * MS, 10 * MS);
            load(&s, 0, 0, 5000);
            load(&s, 1, 0, 5000);
            s.path[1].backup = worse == 0;
            s.path[1].avoid = worse == 1;
            s.path[1].cost = worse == 2;
            assert_int_equal(MPTCP_SCHED_NEW, ask(&s, all[i]));
            assert_int_equal(0, s.choice.path);
            load(&s, 0, 5000, 0); /* it is waited for */
            assert_int_equal(MPTCP_SCHED_NONE, ask(&s, all[i]));
            s.array.view.again = 1;
            s.array.view.at = 0;
            assert_int_equal(MPTCP_SCHED_NONE, ask(&s, all[i]));
            s.path[0].usable = 0;
            s.array.view.again = 0;
            s.array.view.at = s.array.view.in_flight;
            s.path[1].word = s.array.view.in_flight; /* redundant: it has had all others */
            assert_int_equal(MPTCP_SCHED_NEW, ask(&s, all[i]));
            assert_int_equal(1, s.choice.path);
        }
    }
}

/* ------------------------------------------------------------------- roundrobin */

static void given_roundrobin_then_paths_with_room_take_turns(void **state)
{
    (void)state;
    static const unsigned turns[] = {0, 1, 2, 0, 2, 2};
    struct seen s;

    see(&s, 3, 1000000, 1000000);
    load(&s, 0, 0, 2 * UNIT);
    load(&s, 1, 0, UNIT);
    load(&s, 2, 0, 3 * UNIT);
    for (unsigned i = 0; i < COUNT_OF(turns); i++) {
        assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_roundrobin));
        assert_int_equal(turns[i], s.choice.path);
        assert_int_equal(UNIT, s.choice.len);
        send_it(&s, &mptcp_roundrobin);
    }
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_roundrobin));
    s.word = UINT16_MAX; /* of a path that is no more */
    load(&s, 1, UNIT, 1);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_roundrobin));
    assert_int_equal(1, s.choice.path);
    assert_int_equal(1, s.choice.len);
}

/* -------------------------------------------------------------------- redundant */

static void given_redundant_then_each_path_gets_each_octet_once(void **state)
{
    (void)state;
    struct seen s;
    uint32_t got[2] = {0};

    see_fast_and_slow(&s, 1000000, 20000);
    s.path[0].spare = s.path[1].spare = 5000;
    for (unsigned n = 0; n < 50; n++) {
        for (unsigned i = 0; i < 2; i++) {
            uint32_t room = s.array.view.unsent < 3000 ? s.array.view.unsent : 3000;
            s.path[i].spare = 5000;
            s.path[i].room = room;
        }
        s.array.view.at = s.array.view.in_flight;
        s.array.view.allowed = s.array.view.unsent;
        if (ask(&s, &mptcp_redundant) == MPTCP_SCHED_NONE) {
            break;
        }
        uint32_t at = s.choice.what == MPTCP_SCHED_NEW ? s.array.view.in_flight : s.choice.at;
        assert_int_equal(got[s.choice.path], at);                 /* in order, and nothing twice */
        s.choice.len = s.choice.len < 4000 ? s.choice.len : 4000; /* TCP takes no more */
        got[s.choice.path] += s.choice.len;
        send_it(&s, &mptcp_redundant);
    }
    assert_int_equal(20000, got[0]);
    assert_int_equal(20000, got[1]);
}

static void given_redundant_then_what_is_acked_meanwhile_is_left_out(void **state)
{
    (void)state;
    struct seen s;

    see_fast_and_slow(&s, 1000000, 0);
    s.array.view.in_flight = s.array.view.at = 9000;
    s.array.view.una = UINT32_MAX - 100;
    s.path[0].word = s.array.view.una + 9000;
    s.path[1].word = s.array.view.una - 50; /* it has had those before SND.UNA, and some not */
    s.path[1].spare = 2000;
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_redundant));
    assert_int_equal(1, s.choice.path);
    assert_int_equal(0, s.choice.at);
    assert_int_equal(9000, s.choice.len);
    s.path[1].word = s.array.view.una + 8500;
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_redundant));
    assert_int_equal(8500, s.choice.at);
    assert_int_equal(500, s.choice.len);
    s.path[1].spare = 499;
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_redundant));
}

/* checks: D-29 */
static void
given_redundant_and_octets_due_again_then_a_path_that_passed_them_sends_them(void **state)
{
    (void)state;
    struct seen s;

    see(&s, 1, 1000000, 0);
    rtt(&s, 0, 10 * MS, 10 * MS);
    s.array.view.in_flight = 9000;
    s.array.view.at = 3000;
    s.array.view.wanted = s.array.view.allowed = 2000;
    s.array.view.again = 1;
    s.path[0].word = 9000;
    s.path[0].spare = s.path[0].room = 2000;
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_redundant));
    assert_int_equal(3000, s.choice.at);
    send_it(&s, &mptcp_redundant);
    assert_int_equal(9000, s.path[0].word);
    s.path[0].word = 1000; /* it comes to them in their order */
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_redundant));
    assert_int_equal(1000, s.choice.at);
}

/* FB-4 */
static void given_redundant_and_nothing_may_go_twice_then_any_path_takes_new_octets(void **state)
{
    (void)state;
    struct seen s;

    ten(&s, 1000000, 50000);
    s.array.view.resends = 0;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_redundant));
    assert_int_equal(1, s.choice.path);
    send_it(&s, &mptcp_redundant);
    /* What it has not had before is left out later, too: it would come upon its own octets. */
    s.array.view.resends = 1;
    load(&s, 1, s.path[1].in_flight, 5000);
    s.path[0].usable = 0;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_redundant));
}

/* ------------------------------------------------------------------------ blest */

/* 11 rounds of 10, 11, ... 20 segments: X = 11 * (10 + 5) = 165; times 1.2: 198. */
static void given_blest_then_it_waits_if_the_window_would_block_the_fast_path(void **state)
{
    (void)state;
    struct seen s;

    ten(&s, 199 * UNIT, 10000000);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_blest));
    assert_int_equal(1, s.choice.path);
    ten(&s, 199 * UNIT - 1, 10000000);
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_blest));
    assert_int_equal(0, s.choice.other);
    ten(&s, 209 * UNIT, 10000000);
    load(&s, 1, 10 * UNIT, 10 * UNIT); /* what is there already keeps the window as well */
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_blest));
    s.array.view.window--;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_blest));
}

static void given_blest_and_the_largest_numbers_then_products_do_not_wrap(void **state)
{
    (void)state;
    struct seen s;

    ten(&s, UINT32_MAX, UINT32_MAX);
    rtt(&s, 0, 1, 1);
    rtt(&s, 1, UINT32_MAX, UINT32_MAX);
    s.path[0].in_flight = UINT32_MAX;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_blest));
    s.path[0].in_flight =
        1u << 20; /* 2^16 * 2^20 is 0 in 32 bits: a congestion window that was lost */
    s.path[0].unit = 0;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_blest));
}

/* -------------------------------------------------------------------------- ecf */

/* The boundary is where n * r_f = r_s. */
static void
given_ecf_then_it_waits_for_5_to_80_segments_and_uses_both_paths_from_90_on(void **state)
{
    (void)state;
    struct seen s;

    for (uint32_t k = 5; k <= 150; k += 5) {
        ten(&s, 10000000, k * UNIT);
        assert_int_equal(k < 90 ? MPTCP_SCHED_WAIT : MPTCP_SCHED_NEW, ask(&s, &mptcp_ecf));
    }
    ten(&s, 10000000, 90 * UNIT - 1);
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_ecf));
    assert_int_equal(0, s.choice.other);
}

/* Two RTTs of the fast path are 20 ms, in which the slow one sends 2 segments. */
static void
given_ecf_and_so_little_that_the_slow_path_is_as_soon_then_it_does_not_wait(void **state)
{
    (void)state;
    struct seen s;

    ten(&s, 10000000, 2 * UNIT - 1);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_ecf));
    ten(&s, 10000000, 2 * UNIT);
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_ecf));
}

/* 1 + k / 10 < 12.5: k < 115. */
static void given_ecf_waited_then_it_does_so_up_to_a_quarter_more(void **state)
{
    (void)state;
    struct seen s;

    ten(&s, 10000000, 100 * UNIT);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_ecf));
    s.word = 1;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_ecf));
    s.array.view.unsent = 115 * UNIT;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_ecf));
}

static void given_ecf_then_what_goes_on_the_fast_path_says_whether_it_waits(void **state)
{
    (void)state;
    struct seen s;

    ten(&s, 10000000, 50 * UNIT);
    load(&s, 0, 9 * UNIT, UNIT);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_ecf));
    assert_int_equal(0, s.choice.path);
    send_it(&s, &mptcp_ecf);
    assert_int_equal(1, s.word);
    s.array.view.unsent = 200 * UNIT;
    load(&s, 0, 9 * UNIT, UNIT);
    ask(&s, &mptcp_ecf);
    send_it(&s, &mptcp_ecf);
    assert_int_equal(0, s.word);
    s.word = 1;
    load(&s, 0, 10 * UNIT, 0);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_ecf));
    assert_int_equal(1, s.choice.path);
    send_it(&s, &mptcp_ecf);
    assert_int_equal(0, s.word);
}

/* In 32 bits 2^16 us * 2^16 octets is 0: the bug of an implementation of 2017. */
static void given_ecf_and_large_numbers_then_products_do_not_wrap(void **state)
{
    (void)state;
    struct seen s;

    ten(&s, UINT32_MAX, 1u << 16);
    rtt(&s, 0, 1u << 16, 1u << 16);
    rtt(&s, 1, 1u << 17, 1u << 17);
    assert_int_equal(MPTCP_SCHED_NEW,
                     ask(&s, &mptcp_ecf)); /* 7.5 rounds of 65 ms are not < 131 ms */
    ten(&s, UINT32_MAX, UINT32_MAX);
    rtt(&s, 0, UINT32_MAX - 1, 1);
    rtt(&s, 1, UINT32_MAX, 1);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_ecf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_better_class_or_cost_then_no_scheduler_takes_another_path),
        cmocka_unit_test(given_roundrobin_then_paths_with_room_take_turns),
        cmocka_unit_test(given_redundant_then_each_path_gets_each_octet_once),
        cmocka_unit_test(given_redundant_then_what_is_acked_meanwhile_is_left_out),
        cmocka_unit_test(
            given_redundant_and_octets_due_again_then_a_path_that_passed_them_sends_them),
        cmocka_unit_test(given_redundant_and_nothing_may_go_twice_then_any_path_takes_new_octets),
        cmocka_unit_test(given_blest_then_it_waits_if_the_window_would_block_the_fast_path),
        cmocka_unit_test(given_blest_and_the_largest_numbers_then_products_do_not_wrap),
        cmocka_unit_test(
            given_ecf_then_it_waits_for_5_to_80_segments_and_uses_both_paths_from_90_on),
        cmocka_unit_test(
            given_ecf_and_so_little_that_the_slow_path_is_as_soon_then_it_does_not_wait),
        cmocka_unit_test(given_ecf_waited_then_it_does_so_up_to_a_quarter_more),
        cmocka_unit_test(given_ecf_then_what_goes_on_the_fast_path_says_whether_it_waits),
        cmocka_unit_test(given_ecf_and_large_numbers_then_products_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
