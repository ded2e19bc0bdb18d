/*
 * test_wvegas.c - weighted Vegas as a function of values and measured RTTs: its rounds, what it
 * keeps in queues, how paths share that; and what an earlier implementation had wrong (each test
 * says what).
 */
#include "cc_test.h"

static struct scene scene;

static void begin(const struct mptcp_cc_path *paths, unsigned n)
{
    scene_begin(&scene, &mptcp_wvegas, paths, n);
}

/* A window of ACKs, all with this RTT. */
static void round_of(unsigned i, uint32_t rtt_us)
{
    scene.rtt_us = rtt_us;
    scene.path[i].srtt_us = rtt_us;
    ack_all(&scene, i, scene.path[i].cwnd, MSS);
}

/* Rounds on links of `segments_per_s`: each path alone on its own, of that base RTT. */
static void run(unsigned rounds, const double *segments_per_s, const uint32_t *base_us)
{
    for (unsigned k = 0; k < rounds; k++) {
        for (unsigned i = 0; i < scene.n; i++) {
            double full = scene.path[i].cwnd / (double)MSS / segments_per_s[i] * 1e6;
            round_of(i, full > base_us[i] ? (uint32_t)full : base_us[i]);
        }
    }
}

static uint32_t queued(unsigned i, const uint32_t *base_us)
{
    return (uint32_t)((uint64_t)scene.path[i].cwnd * (scene.path[i].srtt_us - base_us[i]) /
                      scene.path[i].srtt_us / MSS);
}

/* checks: none */
static void given_one_path_then_it_keeps_ten_segments_in_the_queue(void **state)
{
    (void)state;
    static const double rates[] = {50, 1000, 20000};
    for (unsigned i = 0; i < COUNT_OF(rates); i++) {
        const uint32_t base = 40000;
        const struct mptcp_cc_path p = path_of(3 * MSS, base);
        begin(&p, 1);
        run(2000, &rates[i], &base);
        assert_in_range(queued(0, &base), 9, 11);
    }
}

/* q = 10 segments / X on each, whatever rates and RTTs are. */
static void given_two_paths_then_the_queueing_delay_is_the_same_on_both(void **state)
{
    (void)state;
    const uint32_t bases[] = {20000, 80000};
    const double rates[] = {4000, 1000};
    const struct mptcp_cc_path p[] = {path_of(50 * MSS, 20000), path_of(50 * MSS, 80000)};
    begin(p, 2);
    run(1000, rates, bases);
    assert_in_range(queued(0, bases), 7, 9);
    assert_in_range(queued(1, bases), 2, 3);
    for (unsigned i = 0; i < 2; i++) {
        assert_in_range(scene.path[i].srtt_us - bases[i], 1500, 3000); /* 10 / 5000 s */
    }
}

static void given_slow_start_then_it_ends_when_a_segment_queues(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path_of(20 * MSS, 40000);
    p.ssthresh = UINT32_MAX;
    begin(&p, 1);
    round_of(0, 40000);
    round_of(0, 42000);
    assert_int_equal(scene.path[0].cwnd, 20 * MSS);
    assert_false(mptcp_cc_avoiding(&scene.path[0]));
    round_of(0, 50000);
    assert_int_equal(scene.path[0].cwnd, 17 * MSS); /* 20 * 40 / 50 + 1 */
    assert_true(mptcp_cc_avoiding(&scene.path[0]));
}

/* A window that is not full says nothing of queues; a round without a sample grows as Reno's. */
static void given_no_rtt_then_a_round_grows_by_a_segment(void **state)
{
    (void)state;
    const struct mptcp_cc_path p = path_of(20 * MSS, 0);
    begin(&p, 1);
    for (unsigned k = 1; k <= 30; k++) {
        ack_all(&scene, 0, scene.path[0].cwnd, MSS);
        assert_int_equal(scene.path[0].cwnd, (20 + k) * MSS);
    }
}

/* An earlier sum of samples was 32 bits wide, and wrapped at 4295 s of them. */
static void given_rtts_whose_sum_passes_32_bits_then_their_mean_is_right(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path_of(4000 * MSS, 2000000);
    begin(&p, 1);
    round_of(0, 2000000);
    assert_int_equal(scene.path[0].cwnd, 4001 * MSS);
    /* 4001 samples of 3 s: a third of the window is queued. By the wrapped sum nothing would be. */
    round_of(0, 3000000);
    assert_true(scene.path[0].cwnd < 4001 * MSS);
    assert_int_equal(scene.acc[0].gain, 0);
    assert_int_equal(scene.acc[0].rest, 0);
}

/* Another path that has just ended a round had no samples, and was left out of the earlier sum of
 * rates. */
static void given_another_path_at_the_end_of_its_round_then_it_has_its_weight(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(100 * MSS, 40000), path_of(100 * MSS, 40000)};
    begin(p, 2);
    round_of(0, 40000);
    round_of(1, 40000);
    assert_int_equal(scene.path[1].cwnd, 101 * MSS);
    round_of(0, 48000);
    /* 10 mss by the rates 101 / 48 and 101 / 40. */
    assert_in_range(scene.acc[0].own[1], 4.4 * MSS, 4.6 * MSS);
}

/* Earlier weights had 16 bits: a window of one segment and an RTT above 65 ms made a rate of 0
 * or 1. */
static void given_slow_paths_then_their_weights_are_exact(void **state)
{
    (void)state;
    for (uint32_t k = 2; k <= 20; k += 3) {
        const struct mptcp_cc_path p[] = {path_of(40 * MSS, 1000000 * k),
                                          path_of(40 * MSS, 1000000)};
        begin(p, 2);
        scene.rtt_us = 500000 * k;
        ack_all(&scene, 0, scene.path[0].cwnd, MSS);
        scene.path[0].cwnd = 40 * MSS;
        scene.acc[0].left = 0;
        scene.rtt_us = 1000000 * k;
        ack_all(&scene, 0, scene.path[0].cwnd, MSS);
        uint32_t exact = 10 * MSS / (k + 1);
        exact = exact > 2 * MSS ? exact : 2 * MSS;
        assert_in_range(scene.acc[0].own[1], exact - 2, exact + 1);
    }
}

static void given_a_queue_that_doubles_then_the_window_drains_it_once(void **state)
{
    (void)state;
    const struct mptcp_cc_path p = path_of(100 * MSS, 40000);
    begin(&p, 1);
    round_of(0, 40000);
    for (unsigned k = 0; k < 5; k++) {
        round_of(0, 46000); /* more than 10 queued */
    }
    assert_int_equal(scene.path[0].cwnd, 96 * MSS);
    round_of(0, 52000);
    assert_in_range(scene.path[0].cwnd, 36 * MSS, 37 * MSS); /* 96 * 40 / 104 */
}

/* Every delay is twice that of an empty queue: the path has to get through to alpha all the same.
 */
static void given_a_queue_that_grows_from_empty_then_nothing_drains(void **state)
{
    (void)state;
    const uint32_t base = 40000;
    const double rate = 1000;
    const struct mptcp_cc_path p = path_of(30 * MSS, base);
    uint32_t before = 30 * MSS;
    begin(&p, 1);
    for (unsigned k = 0; k < 100; k++) {
        run(1, &rate, &base);
        assert_true(scene.path[0].cwnd + MSS >= before);
        before = scene.path[0].cwnd;
    }
}

/* A route that has become longer would look like a queue for ever. */
static void given_a_pause_or_a_timeout_then_the_smallest_rtt_is_measured_anew(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 4; k++) {
        const struct mptcp_cc_path p = path_of(100 * MSS, 40000);
        begin(&p, 1);
        round_of(0, 40000);
        if (k == 0) {
            scene.cc->on_idle(flows_at(&scene, 0), 999999);
        } else if (k == 1) {
            scene.cc->on_idle(flows_at(&scene, 0), 1000000);
        } else {
            (void)scene.cc->on_rto(flows_at(&scene, 0));
        }
        if (k == 3) {
            scene.cc->on_undo(flows_at(&scene, 0));
        }
        round_of(0, 60000);
        assert_int_equal(scene.acc[0].own[0], k == 1 || k == 2 ? 60000 : 40000);
        assert_true(k == 1 || k == 2 ? scene.path[0].cwnd == 102 * MSS
                                     : scene.path[0].cwnd < 101 * MSS);
    }
}

/* P5 */
static void given_a_full_queue_then_two_segments_are_left(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(100 * MSS, 40000), path_of(2000 * MSS, 10000)};
    begin(p, 2);
    round_of(0, 40000);
    for (unsigned k = 0; k < 300; k++) {
        round_of(0, 400000000);
        assert_true(scene.path[0].cwnd >= 2 * MSS);
    }
    assert_in_range(scene.path[0].cwnd, 2 * MSS, 3 * MSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_one_path_then_it_keeps_ten_segments_in_the_queue),
        cmocka_unit_test(given_two_paths_then_the_queueing_delay_is_the_same_on_both),
        cmocka_unit_test(given_slow_start_then_it_ends_when_a_segment_queues),
        cmocka_unit_test(given_no_rtt_then_a_round_grows_by_a_segment),
        cmocka_unit_test(given_rtts_whose_sum_passes_32_bits_then_their_mean_is_right),
        cmocka_unit_test(given_another_path_at_the_end_of_its_round_then_it_has_its_weight),
        cmocka_unit_test(given_slow_paths_then_their_weights_are_exact),
        cmocka_unit_test(given_a_queue_that_doubles_then_the_window_drains_it_once),
        cmocka_unit_test(given_a_queue_that_grows_from_empty_then_nothing_drains),
        cmocka_unit_test(given_a_pause_or_a_timeout_then_the_smallest_rtt_is_measured_anew),
        cmocka_unit_test(given_a_full_queue_then_two_segments_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
