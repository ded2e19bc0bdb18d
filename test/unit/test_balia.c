/*
 * test_balia.c - BALIA as a function of values: its increase and its decrease against the draft's
 * formulae in floating point, and what an earlier implementation had wrong (each test says what).
 */
#include "cc_test.h"

static struct scene scene;

static void begin(const struct mptcp_cc_path *paths, unsigned n)
{
    scene_begin(&scene, &mptcp_balia, paths, n);
}

static double rate(unsigned i)
{
    return (double)scene.path[i].cwnd / scene.path[i].srtt_us;
}

static double a_of(unsigned i)
{
    double largest = 0;
    for (unsigned k = 0; k < scene.n; k++) {
        largest = rate(k) > largest ? rate(k) : largest;
    }
    return largest / rate(i);
}

/* The draft's increase for a window of octets. */
static double formula(unsigned i)
{
    double sum = 0;
    for (unsigned k = 0; k < scene.n; k++) {
        sum += rate(k);
    }
    double a = a_of(i);
    double w = scene.path[i].cwnd;
    return scene.path[i].mss * w * rate(i) / scene.path[i].srtt_us / (sum * sum) * (1 + a) / 2 *
           (4 + a) / 5;
}

static void assert_near(double got, double expected, double tolerance)
{
    if (got < expected - tolerance || got > expected + tolerance) {
        fail_msg("%g, expected %g within %g", got, expected, tolerance);
    }
}

static void assert_grows(unsigned i)
{
    double got = (double)scene.cc->on_ack(flows_at(&scene, i), scene.path[i].cwnd);
    assert_near(got - scene.path[i].cwnd, formula(i), 1.5 + 1e-4 * MSS);
}

static void assert_falls(unsigned i)
{
    double a = a_of(i) < 1.5 ? a_of(i) : 1.5;
    double w = scene.path[i].cwnd;
    double left = w - w / 2 * a < 2 * MSS ? 2 * MSS : w - w / 2 * a;
    assert_near(scene.cc->on_loss(flows_at(&scene, i)), left, 1.5 + 1e-5 * w);
    assert_near(scene.cc->on_rto(flows_at(&scene, i)), left, 1.5 + 1e-5 * w);
}

/* checks: D-30 */
static void given_paths_of_any_kind_then_increase_and_decrease_are_the_drafts(void **state)
{
    (void)state;
    uint64_t seed = 51;
    for (unsigned round = 0; round < 20000; round++) {
        struct mptcp_cc_path p[3];
        usual_paths(p, 3, &seed);
        begin(p, 3);
        assert_grows(round % 3);
        assert_falls(round % 3);
    }
}

/* An earlier a was an integer: 1.99 became 1, and 1.5 was never reached. */
static void
given_a_path_up_to_twice_as_slow_then_the_decrease_is_between_half_and_three_quarters(void **state)
{
    (void)state;
    for (unsigned tenth = 10; tenth <= 25; tenth++) {
        const struct mptcp_cc_path p[] = {path_of(100 * MSS, 5000 * tenth),
                                          path_of(100 * MSS, 50000)};
        begin(p, 2);
        assert_falls(0);
        assert_falls(1);
    }
    const struct mptcp_cc_path p[] = {path_of(100 * MSS, 65000), path_of(100 * MSS, 50000)};
    begin(p, 2);
    assert_in_range(scene.cc->on_loss(flows_at(&scene, 0)), 34.9 * MSS, 35.1 * MSS);
}

/* An earlier sum took this path's mss for all: here windows are octets. */
static void given_paths_of_unlike_mss_then_their_windows_count_as_octets(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path_of(100 * MSS, 50000), path_of(70 * MSS, 50000)};
    begin(p, 2);
    double before = formula(0);
    scene.path[1].mss = 500;
    assert_near(formula(0), before, 0.1);
    assert_grows(0);
    assert_grows(1);
    scene.path[0].mss = 500;
    assert_grows(0);
}

/* A rate of 0 left the last values of an earlier implementation at 0: growth by a segment at each
 * ACK, and no decrease. */
static void given_a_rate_that_is_too_small_to_count_then_growth_is_renos_at_most(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(20, 1u << 31), path_of(100 * MSS, 1000),
                                      path_of(40, UINT32_MAX)};
    for (unsigned n = 1; n <= 3; n++) {
        begin(p, n);
        for (unsigned i = 0; i < n; i++) {
            uint32_t w = p[i].cwnd;
            uint32_t more = w < MSS ? w : MSS;
            assert_in_range(scene.cc->on_ack(flows_at(&scene, i), w), w, w + more);
            assert_in_range(scene.cc->on_loss(flows_at(&scene, i)), 2 * MSS, w / 2 + 2 * MSS);
        }
    }
    /* With windows that leave more than the least: three quarters go. */
    const struct mptcp_cc_path slow[] = {path_of(1u << 20, UINT32_MAX), path_of(UINT32_MAX, 1)};
    begin(slow, 2);
    assert_int_equal(scene.cc->on_loss(flows_at(&scene, 0)), 1u << 18);
}

/* An earlier decrease was computed at the last plan, for a window that was larger, and wrapped. */
static void
given_a_window_that_shrank_since_the_plan_then_the_decrease_is_of_what_it_is(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(100 * MSS, 100000), path_of(100 * MSS, 20000)};
    begin(p, 2);
    ack(&scene, 0, MSS);
    scene.path[0].cwnd = 20 * MSS;
    assert_falls(0);
    scene.path[0].cwnd = MSS;
    assert_int_equal(scene.cc->on_loss(flows_at(&scene, 0)), 2 * MSS);
}

/* A refresh was noted on the connection, and looked for on the subflow, of an earlier one. */
static void given_a_refresh_then_the_next_ack_plans_anew(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(100 * MSS, 50000), path_of(100 * MSS, 50000)};
    begin(p, 2);
    ack(&scene, 0, MSS);
    uint32_t planned = scene.acc[0].gain;
    scene.path[1].cwnd = 50 * MSS;
    ack(&scene, 0, MSS);
    assert_int_equal(scene.acc[0].gain, planned);
    mptcp_cc_refresh(&scene.acc[0]);
    ack(&scene, 0, MSS);
    assert_true(scene.acc[0].gain > planned);
}

/* P7: far less than an octet per ACK. */
static void given_acks_of_one_octet_then_their_growth_adds_up(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(1u << 20, 50000), path_of(1u << 20, 50000)};
    begin(p, 2);
    scene.path[0].mss = 100;
    for (uint32_t done = 0; done < 1u << 21; done++) {
        ack(&scene, 0, 1);
    }
    /* Two windows, a quarter of an mss in each. */
    assert_in_range(scene.path[0].cwnd, (1u << 20) + 49, (1u << 20) + 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_paths_of_any_kind_then_increase_and_decrease_are_the_drafts),
        cmocka_unit_test(
            given_a_path_up_to_twice_as_slow_then_the_decrease_is_between_half_and_three_quarters),
        cmocka_unit_test(given_paths_of_unlike_mss_then_their_windows_count_as_octets),
        cmocka_unit_test(given_a_rate_that_is_too_small_to_count_then_growth_is_renos_at_most),
        cmocka_unit_test(
            given_a_window_that_shrank_since_the_plan_then_the_decrease_is_of_what_it_is),
        cmocka_unit_test(given_a_refresh_then_the_next_ack_plans_anew),
        cmocka_unit_test(given_acks_of_one_octet_then_their_growth_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
