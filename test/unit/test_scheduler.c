/*
 * test_scheduler.c - the lowest smoothed RTT with room: each rule by an example,
 * all rules together over every combination of small values.
 */
#include "wire_test.h"

#include "mptcp/scheduler.h"

static struct mptcp_sched_path path(uint32_t srtt_us, uint32_t room)
{
    struct mptcp_sched_path p;
    memset(&p, 0, sizeof p);
    p.srtt_us = srtt_us;
    p.room = room;
    p.usable = 1;
    return p;
}

/* Which of n paths minrtt gives new octets, all that it takes; -1: none. */
static int minrtt(const struct mptcp_sched_path *p, unsigned n)
{
    struct mptcp_sched_array array = {.view = {.at = 77, .wanted = 1, .allowed = 1}};
    struct mptcp_sched_choice choice = {.what = MPTCP_SCHED_NONE};

    mptcp_sched_array_make(&array, p, n);
    mptcp_minrtt.choose(&array.view, &choice);
    if (choice.what == MPTCP_SCHED_NONE) {
        return -1;
    }
    assert_int_equal(MPTCP_SCHED_NEW, choice.what);
    assert_int_equal(77, choice.at);
    assert_int_equal(p[choice.path].room, choice.len);
    return choice.path;
}

static void given_no_path_then_there_is_none_to_take(void **state)
{
    (void)state;
    struct mptcp_sched_path p = path(1000, 1);
    assert_int_equal(minrtt(NULL, 0), -1);
    assert_int_equal(minrtt(&p, 0), -1);
    assert_int_equal(minrtt(&p, 1), 0);
}

static void given_room_on_all_paths_then_the_lowest_rtt_is_taken_wherever_it_lies(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 5; at++) {
        struct mptcp_sched_path p[5];
        for (unsigned i = 0; i < 5; i++) {
            p[i] = path(80000 + i, 1);
        }
        p[at].srtt_us = 20000;
        assert_int_equal(minrtt(p, 5), (int)at);
    }
}

static void given_the_fast_path_is_full_then_the_next_one_is_taken(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(10000, 0), path(90000, 1), path(50000, 1)};
    assert_int_equal(minrtt(p, 3), 2);
    p[2].room = 0;
    assert_int_equal(minrtt(p, 3), 1);
    p[1].room = 0;
    assert_int_equal(minrtt(p, 3), -1);
}

static void given_equal_rtts_then_the_first_is_taken(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(30000, 1), path(30000, 900000), path(30000, 1)};
    assert_int_equal(minrtt(p, 3), 0);
}

static void given_a_path_without_a_sample_then_it_counts_as_the_slowest(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(0, 1), path(UINT32_MAX - 1, 1)};
    assert_int_equal(minrtt(p, 2), 1);
    p[1].room = 0;
    assert_int_equal(minrtt(p, 2), 0);
    assert_int_equal(minrtt(p, 1), 0);
    struct mptcp_sched_path none[] = {path(0, 0), path(0, 1), path(0, 1)};
    assert_int_equal(minrtt(none, 3), 1);
}

/* checks: D-31 */
static void given_a_usable_path_then_a_backup_waits_even_if_only_it_has_room(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(1000, 1), path(90000, 1)};
    p[0].backup = 1;
    assert_int_equal(minrtt(p, 2), 1);
    p[1].room = 0;
    assert_int_equal(minrtt(p, 2), -1);
}

/* checks: D-31 */
static void given_no_other_path_works_then_the_backup_is_taken(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(90000, 1), path(1000, 1)};
    p[0].backup = 1;
    p[1].usable = 0;
    assert_int_equal(minrtt(p, 2), 0);
    p[1].usable = 1;
    p[1].avoid = 1;
    assert_int_equal(minrtt(p, 2), 0);
    p[0].room = 0;
    assert_int_equal(minrtt(p, 2), -1);
}

static void given_a_path_to_be_avoided_then_it_is_taken_only_if_it_is_all_there_is(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(1000, 1), path(90000, 1), path(500, 1)};
    p[0].avoid = 1;
    p[2].avoid = 1;
    p[2].backup = 1;
    assert_int_equal(minrtt(p, 3), 1);
    p[1].usable = 0;
    assert_int_equal(minrtt(p, 3), 0);
    p[0].usable = 0;
    assert_int_equal(minrtt(p, 3), 2);
}

static void given_only_unusable_paths_then_none_is_taken(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(1000, 1), path(2000, 1)};
    p[0].usable = 0;
    p[1].usable = 0;
    assert_int_equal(minrtt(p, 2), -1);
}

/* checks: D-29 */
static void given_octets_that_are_due_again_then_they_go_again_where_new_ones_would(void **state)
{
    (void)state;
    struct mptcp_sched_path p[] = {path(10000, 0), path(90000, 500), path(50000, 300)};
    struct mptcp_sched_array array = {.view = {.at = 4000, .wanted = 900, .again = 1}};
    struct mptcp_sched_choice choice = {.what = MPTCP_SCHED_NONE};

    mptcp_sched_array_make(&array, p, 3);
    mptcp_minrtt.choose(&array.view, &choice);
    assert_int_equal(MPTCP_SCHED_AGAIN, choice.what);
    assert_int_equal(2, choice.path);
    assert_int_equal(4000, choice.at);
    assert_int_equal(300, choice.len);
}

static void given_the_librarys_table_then_it_holds_minrtt_and_gain(void **state)
{
    (void)state;
    assert_int_equal(2, mptcp_schedulers_count);
    assert_ptr_equal(&mptcp_gain, mptcp_schedulers[0]);
    assert_ptr_equal(&mptcp_minrtt, mptcp_schedulers[1]);
    assert_string_equal("minrtt", mptcp_minrtt.name);
    assert_int_equal(0, mptcp_minrtt.flags);
    assert_null(mptcp_minrtt.sent);
}

/* The rules as they are written down, each on its own: slow, and in another shape. */
static int by_the_rules(const struct mptcp_sched_path *p, unsigned n)
{
    bool sound = false;
    bool sound_main = false;
    bool any_main = false;
    for (unsigned i = 0; i < n; i++) {
        sound = sound || (p[i].usable && !p[i].avoid);
        sound_main = sound_main || (p[i].usable && !p[i].avoid && !p[i].backup);
        any_main = any_main || (p[i].usable && !p[i].backup);
    }
    int best = -1;
    uint64_t best_rtt = 0;
    for (unsigned i = 0; i < n; i++) {
        if (!p[i].usable || p[i].room == 0 || (p[i].avoid && sound) ||
            (p[i].backup && (sound_main || (!sound && any_main)))) {
            continue;
        }
        uint64_t rtt = p[i].srtt_us == 0 ? UINT64_MAX : p[i].srtt_us;
        if (best < 0 || rtt < best_rtt) {
            best = (int)i;
            best_rtt = rtt;
        }
    }
    return best;
}

/* 3 RTTs, room or none, three flags: 48 kinds of path. */
static struct mptcp_sched_path kind(unsigned k)
{
    static const uint32_t rtts[] = {0, 1, UINT32_MAX};
    struct mptcp_sched_path p = path(rtts[k / 16], k & 1);
    p.usable = (k & 2) != 0;
    p.backup = (k & 4) != 0;
    p.avoid = (k & 8) != 0;
    return p;
}

/* checks: D-31 */
static void given_any_three_paths_then_all_rules_hold_at_once(void **state)
{
    (void)state;
    unsigned taken = 0;
    for (unsigned k = 0; k < 48 * 48 * 48; k++) {
        struct mptcp_sched_path p[3] = {kind(k % 48), kind(k / 48 % 48), kind(k / 48 / 48)};
        int i = minrtt(p, 3);
        assert_int_equal(i, by_the_rules(p, 3));
        taken += i >= 0;
    }
    assert_true(taken > 20000);
}

static void given_any_three_paths_then_the_preference_is_a_strict_order(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 48 * 48 * 48; k++) {
        struct mptcp_sched_path a = kind(k % 48);
        struct mptcp_sched_path b = kind(k / 48 % 48);
        struct mptcp_sched_path c = kind(k / 48 / 48);
        assert_false(mptcp_sched_prefer(&a, &a));
        assert_false(mptcp_sched_prefer(&a, &b) && mptcp_sched_prefer(&b, &a));
        if (mptcp_sched_prefer(&a, &b)) {
            assert_true(mptcp_sched_prefer(&a, &c) || mptcp_sched_prefer(&c, &b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_no_path_then_there_is_none_to_take),
        cmocka_unit_test(given_room_on_all_paths_then_the_lowest_rtt_is_taken_wherever_it_lies),
        cmocka_unit_test(given_the_fast_path_is_full_then_the_next_one_is_taken),
        cmocka_unit_test(given_equal_rtts_then_the_first_is_taken),
        cmocka_unit_test(given_a_path_without_a_sample_then_it_counts_as_the_slowest),
        cmocka_unit_test(given_a_usable_path_then_a_backup_waits_even_if_only_it_has_room),
        cmocka_unit_test(given_no_other_path_works_then_the_backup_is_taken),
        cmocka_unit_test(given_a_path_to_be_avoided_then_it_is_taken_only_if_it_is_all_there_is),
        cmocka_unit_test(given_only_unusable_paths_then_none_is_taken),
        cmocka_unit_test(given_octets_that_are_due_again_then_they_go_again_where_new_ones_would),
        cmocka_unit_test(given_the_librarys_table_then_it_holds_minrtt_and_gain),
        cmocka_unit_test(given_any_three_paths_then_all_rules_hold_at_once),
        cmocka_unit_test(given_any_three_paths_then_the_preference_is_a_strict_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
