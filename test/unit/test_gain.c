/*
 * test_gain.c - gain: when a slower path is used and when it waits for a faster one; what is sent
 * again when nothing new can go; the caution; a path that is not measured yet.
 */
#include "scheduler_view_test.h"

/* Path 0: 10 ms and full, 100 000 octets in flight, so 10 000 octets per ms. Path 1: 100 ms, with
 * room. An octet on path 1 keeps the window for 55 ms, in which path 0 carries 550 000 octets;
 * times 1.3: 715 000. */
static void unequal(struct seen *s, uint32_t window)
{
    see_fast_and_slow(s, window, 10000000);
    load(s, 0, 100000, 0);
    load(s, 1, 0, 50000);
}

static void given_a_window_that_the_fast_path_fills_then_it_waits_for_that_path(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 715000 + UNIT - 1);
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_gain));
    assert_int_equal(0, s.choice.other);
    wait_has_witness(&s);
}

static void given_a_larger_window_then_the_slow_path_is_used(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 715000 + UNIT);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(1, s.choice.path);
    assert_int_equal(50000, s.choice.len);
}

static void given_octets_on_the_slow_path_then_they_count_against_the_window(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 715000 + UNIT + 20000);
    load(&s, 1, 20000, 50000);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    load(&s, 1, 20001, 50000);
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_gain));
}

/* srtt 30 ms at 10 000 octets per ms; 20 ms of it are its queue: (110 - 45 - 20) * 10 000 * 1.3 */
static void given_a_queue_before_the_fast_path_then_it_has_work_for_that_time(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 585000 + UNIT);
    rtt(&s, 0, 30 * MS, 10 * MS);
    rtt(&s, 1, 110 * MS, 100 * MS);
    load(&s, 0, 300000, 0);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    s.array.view.window--;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_gain));
}

static void given_no_smallest_rtt_then_the_smoothed_one_counts(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 1300000 + UNIT);
    rtt(&s, 0, 10 * MS, 0);
    rtt(&s, 1, 100 * MS, 0);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    s.array.view.window--;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_gain));
}

/* The fast path sends what is left in less than the slow one needs for one octet. */
static void given_little_is_left_then_the_fast_path_sends_it(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 100000000);
    s.array.view.unsent = 450000; /* 550 000 less those in flight */
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    s.array.view.unsent--;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_gain));
}

static void given_equal_paths_then_both_are_used_to_the_end(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 100000);
    rtt(&s, 0, 20 * MS, 20 * MS);
    rtt(&s, 1, 20 * MS, 20 * MS);
    s.array.view.unsent = s.array.view.wanted = s.array.view.allowed = 1;
    s.path[1].room = 1;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(1, s.choice.path);
}

static void given_room_on_the_fast_path_then_it_is_taken_first(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 1000000);
    load(&s, 0, 100000, 3000);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(0, s.choice.path);
    assert_int_equal(3000, s.choice.len);
}

/* Both have room, and the TCP of path 0 a window that is half full, half of it by a queue. Path 1
 * has a window as large, and an RTT that is longer by half of what may be: it is filled by half of
 * what path 0 is. */
static void near(struct seen *s)
{
    see(s, 2, 1000000, 10000000);
    rtt(s, 0, 20 * MS, 10 * MS);
    rtt(s, 1, 23 * MS, 10 * MS);
    load(s, 0, 64000, 64000);
    load(s, 1, 31000, 97000);
}

static void given_room_on_paths_that_are_about_as_fast_then_they_are_filled_evenly(void **state)
{
    (void)state;
    struct seen s;

    near(&s);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(1, s.choice.path);
    assert_int_equal(UNIT, s.choice.len);
    load(&s, 1, 33000, 95000);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(0, s.choice.path);
    assert_int_equal(64000, s.choice.len);
    /* A window of half the size is as full with half the octets. */
    load(&s, 1, 15500, 48500);
    ask(&s, &mptcp_gain);
    assert_int_equal(1, s.choice.path);
    load(&s, 1, 16500, 47500);
    ask(&s, &mptcp_gain);
    assert_int_equal(0, s.choice.path);
}

static void given_a_path_that_is_slower_or_may_not_be_used_then_it_is_not_filled(void **state)
{
    (void)state;
    struct seen s;

    near(&s);
    load(&s, 1, 0, 0);
    ask(&s, &mptcp_gain);
    assert_int_equal(0, s.choice.path);

    near(&s);
    load(&s, 1, 1000, 127000);
    rtt(&s, 1, 25 * MS, 20 * MS); /* no sooner there than through the queue of path 0 */
    ask(&s, &mptcp_gain);
    assert_int_equal(0, s.choice.path);
    rtt(&s, 1, 25 * MS, 19 * MS);
    ask(&s, &mptcp_gain);
    assert_int_equal(1, s.choice.path);
    rtt(&s, 1, 26 * MS, 19 * MS);
    ask(&s, &mptcp_gain);
    assert_int_equal(0, s.choice.path);

    near(&s);
    s.path[1].cost = 1;
    ask(&s, &mptcp_gain);
    assert_int_equal(0, s.choice.path);
}

/* checks: D-29 */
static void given_octets_that_are_due_again_then_it_does_not_wait(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 1000);
    s.array.view.again = 1;
    s.array.view.at = 5;
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    assert_int_equal(1, s.choice.path);
    assert_int_equal(5, s.choice.at);
    assert_int_equal(50000, s.choice.len);
}

static void given_no_witness_then_it_does_not_wait(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 2000);
    load(&s, 0, 0, 0);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    unequal(&s, 2000);
    s.path[0].usable = 0;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    unequal(&s, 2000);
    s.path[0].avoid = 1;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
}

/* checks: D-31 */
static void given_a_path_of_another_class_or_cost_then_nobody_waits_for_it(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 2000);
    s.path[0].backup = 1;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(1, s.choice.path);
    unequal(&s, 2000);
    s.path[0].cost = 1;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    unequal(&s, 2000);
    s.path[1].backup = 1; /* and none takes it because the fast one is full */
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
    s.path[1].backup = 0;
    s.path[1].cost = 1;
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
}

/* ------------------------------------------------------------- without an RTT */

static void given_a_path_without_an_rtt_then_it_gets_one_segment_first(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 1000000);
    rtt(&s, 1, 0, 0);
    load(&s, 0, 100000, 7000);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(1, s.choice.path);
    assert_int_equal(UNIT, s.choice.len);
    send_it(&s, &mptcp_gain);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(0, s.choice.path);
}

static void given_only_paths_without_an_rtt_then_they_are_used_in_turn(void **state)
{
    (void)state;
    struct seen s;

    unequal(&s, 1000000);
    rtt(&s, 0, 0, 0);
    rtt(&s, 1, 0, 0);
    load(&s, 0, 0, 7000);
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    assert_int_equal(7000, s.choice.len);
}

/* --------------------------------------------------------------- the head again */

/* Both paths hold octets, the slow one the first; the window is full. */
static void blocked(struct seen *s)
{
    unequal(s, 200000);
    load(s, 1, 100000, 0);
    load(s, 0, 100000, 9000);
    stalled(s);
    holds(s, 1, 0, 60000, 0);
    holds(s, 0, 60000, 100000, 0);
    holds(s, 1, 160000, 40000, 0);
}

/* checks: D-29 */
static void given_nothing_new_can_go_then_the_fast_path_sends_the_head_again(void **state)
{
    (void)state;
    struct seen s;

    blocked(&s);
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    assert_int_equal(0, s.choice.path);
    assert_int_equal(1, s.choice.other);
    assert_int_equal(0, s.choice.at);
    assert_int_equal(60000, s.choice.len);
}

static void given_parts_that_need_not_go_then_they_are_left_out(void **state)
{
    (void)state;
    struct seen s;

    blocked(&s);
    s.held[0].acked = 10000; /* the peer's TCP has them */
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    assert_int_equal(10000, s.choice.at);
    assert_int_equal(50000, s.choice.len);
    s.held[0].at = -15000; /* the first of them are before SND.UNA */
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    assert_int_equal(0, s.choice.at);
    assert_int_equal(45000, s.choice.len);
    /* Those that it holds already, in the middle of the first stretch. */
    blocked(&s);
    s.helds = 1;
    holds(&s, 0, 20000, 10000, 0);
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    assert_int_equal(0, s.choice.at);
    assert_int_equal(20000, s.choice.len);
    s.held[1].at = 0;
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    assert_int_equal(10000, s.choice.at);
    assert_int_equal(50000, s.choice.len);
    /* All of them: the next ones of the slow path. */
    blocked(&s);
    s.helds = 1;
    holds(&s, 0, 0, 160000, 0);
    holds(&s, 1, 160000, 40000, 0);
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    assert_int_equal(160000, s.choice.at);
    s.held[2].acked = 40000;
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
}

static void given_a_holder_that_is_no_slower_or_silent_then_its_octets_are_left_to_it(void **state)
{
    (void)state;
    struct seen s;

    blocked(&s);
    rtt(&s, 1, 13 * MS, 13 * MS);
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
    rtt(&s, 1, 13 * MS + 1, 13 * MS);
    assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
    s.path[1].avoid = 1;
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
}

/* checks: D-31 */
static void given_only_a_backup_has_room_then_nothing_is_sent_again(void **state)
{
    (void)state;
    struct seen s;

    blocked(&s);
    s.path[0].backup = 1;
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
    blocked(&s);
    s.path[0].spare = UNIT - 1;
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
}

/* FB-4 */
static void given_nothing_may_go_twice_then_the_head_does_not(void **state)
{
    (void)state;
    struct seen s;

    blocked(&s);
    s.array.view.resends = 0;
    assert_int_equal(MPTCP_SCHED_NONE, ask(&s, &mptcp_gain));
}

/* ------------------------------------------------------------------ the caution */

static void given_the_head_was_sent_again_then_its_holder_is_used_with_more_caution(void **state)
{
    (void)state;
    struct seen s;

    blocked(&s);
    ask(&s, &mptcp_gain);
    send_it(&s, &mptcp_gain);
    uint32_t word = s.path[1].word;
    assert_int_not_equal(0, word);
    assert_int_equal(0, s.path[0].word);
    ask(&s, &mptcp_gain); /* once for all octets that were sent before */
    send_it(&s, &mptcp_gain);
    assert_int_equal(word, s.path[1].word);
    /* 715 000 * 1.5 */
    unequal(&s, 1072500 + UNIT);
    s.path[1].word = word;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    s.array.view.window--;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_gain));
    /* It has worn off when 16 windows more have been sent. */
    s.array.view.window = 720000;
    s.array.view.una += 200000 + 17 * 720000;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
    s.array.view.una -= 10 * 720000;
    assert_int_equal(MPTCP_SCHED_WAIT, ask(&s, &mptcp_gain));
}

static void given_the_head_is_sent_again_over_and_over_then_the_caution_has_an_end(void **state)
{
    (void)state;
    struct seen s;

    blocked(&s);
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(MPTCP_SCHED_AGAIN, ask(&s, &mptcp_gain));
        send_it(&s, &mptcp_gain);
        s.array.view.una += 204096 + 4096;
    }
    uint32_t word = s.path[1].word;
    uint32_t una = s.array.view.una;
    unequal(&s, 5 * 715000 + UNIT);
    s.path[1].word = word;
    s.array.view.una = una - 204096;
    assert_int_equal(MPTCP_SCHED_NEW, ask(&s, &mptcp_gain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_window_that_the_fast_path_fills_then_it_waits_for_that_path),
        cmocka_unit_test(given_a_larger_window_then_the_slow_path_is_used),
        cmocka_unit_test(given_octets_on_the_slow_path_then_they_count_against_the_window),
        cmocka_unit_test(given_a_queue_before_the_fast_path_then_it_has_work_for_that_time),
        cmocka_unit_test(given_no_smallest_rtt_then_the_smoothed_one_counts),
        cmocka_unit_test(given_little_is_left_then_the_fast_path_sends_it),
        cmocka_unit_test(given_equal_paths_then_both_are_used_to_the_end),
        cmocka_unit_test(given_room_on_the_fast_path_then_it_is_taken_first),
        cmocka_unit_test(given_room_on_paths_that_are_about_as_fast_then_they_are_filled_evenly),
        cmocka_unit_test(given_a_path_that_is_slower_or_may_not_be_used_then_it_is_not_filled),
        cmocka_unit_test(given_octets_that_are_due_again_then_it_does_not_wait),
        cmocka_unit_test(given_no_witness_then_it_does_not_wait),
        cmocka_unit_test(given_a_path_of_another_class_or_cost_then_nobody_waits_for_it),
        cmocka_unit_test(given_a_path_without_an_rtt_then_it_gets_one_segment_first),
        cmocka_unit_test(given_only_paths_without_an_rtt_then_they_are_used_in_turn),
        cmocka_unit_test(given_nothing_new_can_go_then_the_fast_path_sends_the_head_again),
        cmocka_unit_test(given_parts_that_need_not_go_then_they_are_left_out),
        cmocka_unit_test(given_a_holder_that_is_no_slower_or_silent_then_its_octets_are_left_to_it),
        cmocka_unit_test(given_only_a_backup_has_room_then_nothing_is_sent_again),
        cmocka_unit_test(given_nothing_may_go_twice_then_the_head_does_not),
        cmocka_unit_test(given_the_head_was_sent_again_then_its_holder_is_used_with_more_caution),
        cmocka_unit_test(given_the_head_is_sent_again_over_and_over_then_the_caution_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
