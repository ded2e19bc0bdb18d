/*
 * test_cubic.c - CUBIC as a function of values and time, against RFC 9438 in floating point: the
 * curve, its two regions and Reno's; what a loss, a timeout, an undo and a pause make of it.
 */
#include "cc_test.h"

#define RTT_US 50000u

static struct scene scene;

static void begin(uint32_t cwnd)
{
    const struct mptcp_cc_path p = path_of(cwnd, RTT_US);
    scene_begin(&scene, &mptcp_cubic, &p, 1);
}

static void assert_near(double got, double expected, double tolerance)
{
    if (got < expected - tolerance || got > expected + tolerance) {
        fail_msg("%g, expected %g within %g", got, expected, tolerance);
    }
}

/* ACKs for so long: a window in each RTT. */
static void run(double seconds)
{
    uint64_t end = scene.now + (uint64_t)(seconds * 1e6);
    while (scene.now < end) {
        ack(&scene, 0, MSS);
        scene.now += (uint64_t)RTT_US * MSS / scene.path[0].cwnd;
    }
}

static double segments(void)
{
    return (double)scene.path[0].cwnd / MSS;
}

static double cube_root(double x)
{
    double r = 1;
    for (unsigned i = 0; i < 200; i++) {
        r = (2 * r + x / (r * r)) / 3;
    }
    return r;
}

/* W_cubic in segments, t seconds after a loss at w_max that left 0.7 of it. */
static double curve(double w_max, double t)
{
    double k = cube_root(w_max * 0.3 / 0.4);
    return w_max + 0.4 * (t - k) * (t - k) * (t - k);
}

/* checks: none */
static void given_a_loss_then_the_window_follows_the_cubic_function_of_time(void **state)
{
    (void)state;
    static const double windows[] = {500, 1000, 4000, 20000};
    for (unsigned i = 0; i < COUNT_OF(windows); i++) {
        double w = windows[i];
        begin((uint32_t)(w * MSS));
        lose(&scene, 0);
        assert_near(segments(), 0.7 * w, 0.01);
        for (double t = 1; t < 20; t += 1) {
            run(1);
            /* Planned for the next RTT: no later than that, no earlier than now. */
            double reno = 0.7 * w + 9.0 / 17 * t * 1e6 / RTT_US;
            reno = reno > w ? w + (reno - w) * 17 / 9 : reno;
            double least = curve(w, t - RTT_US / 1e6) * 0.998 - 1;
            double most = curve(w, t + RTT_US / 1e6) * 1.002 + 1;
            assert_true(segments() >= least);
            assert_true(segments() <= most || segments() <= reno + 1);
        }
    }
}

/* Small windows and short RTTs: at least what Reno with a factor of 0.7 would have, 9/17 mss in an
 * RTT. */
static void given_a_small_window_then_it_grows_as_reno_with_that_factor(void **state)
{
    (void)state;
    begin(20 * MSS);
    lose(&scene, 0);
    for (unsigned rtt = 0; rtt < 11; rtt++) {
        assert_near(segments(), 14 + rtt * 9.0 / 17, 0.06);
        ack_all(&scene, 0, scene.path[0].cwnd, MSS / 2);
        scene.now += 1000; /* no time to speak of */
    }
    /* From the window of the loss on, one mss. */
    double before = segments();
    ack_all(&scene, 0, (uint64_t)21 * MSS, MSS / 2);
    double middle = segments();
    ack_all(&scene, 0, (uint64_t)22 * MSS, MSS / 2);
    assert_true(middle - before < segments() - middle + 0.1);
    assert_near(segments() - middle, 1, 0.1);
}

/* s4.7 */
static void given_a_loss_below_the_last_one_then_the_path_makes_room(void **state)
{
    (void)state;
    begin(1000 * MSS);
    lose(&scene, 0);
    assert_int_equal(scene.acc[0].own[0], 1000 * MSS);
    scene.path[0].cwnd = 900 * MSS;
    lose(&scene, 0);
    assert_int_equal(scene.acc[0].own[0], 765 * MSS);
    assert_int_equal(scene.path[0].cwnd, 630 * MSS);
    scene.path[0].cwnd = 800 * MSS;
    lose(&scene, 0);
    assert_int_equal(scene.acc[0].own[0], 800 * MSS);
}

/* s4.8 */
static void given_a_timeout_then_the_curve_begins_where_slow_start_ends(void **state)
{
    (void)state;
    begin(1000 * MSS);
    lose(&scene, 0);
    run(1);
    uint32_t ssthresh = scene.cc->on_rto(flows_at(&scene, 0));
    assert_int_equal(ssthresh, (uint32_t)((uint64_t)scene.path[0].cwnd * 7 / 10));
    scene.path[0].ssthresh = ssthresh;
    scene.path[0].cwnd = MSS;
    run(1); /* in slow start, which is the host's */
    assert_int_equal(scene.path[0].cwnd, MSS);
    scene.path[0].cwnd = ssthresh;
    for (double t = 0.5; t < 5; t += 0.5) {
        run(0.5);
        double w = (double)ssthresh / MSS;
        double reno = w + 9.0 / 17 * t * 1e6 / RTT_US;
        double least = w + 0.4 * t * t * t > reno ? w + 0.4 * t * t * t : reno;
        assert_in_range(segments(), least - 1.5, least * 1.01 + 1.5);
    }
}

/* s4.2: an epoch does not go on while the application limits, or nothing is sent; earlier code was
 * at once where the curve had gone without it. */
static void given_a_pause_then_the_curve_goes_on_where_it_was(void **state)
{
    (void)state;
    for (unsigned idle = 0; idle < 2; idle++) {
        begin(1000 * MSS);
        lose(&scene, 0);
        run(4);
        double before = segments();
        scene.path[0].flags |= idle ? 0 : MPTCP_CC_APP_LIMITED;
        if (idle) {
            scene.now += 100000000;
            scene.cc->on_idle(flows_at(&scene, 0), 100000000);
        } else {
            run(100);
        }
        assert_near(segments(), before, 0.01);
        scene.path[0].flags = MPTCP_CC_USABLE;
        run(1);
        assert_in_range(segments(), curve(1000, 4.9) - 2, curve(1000, 5.1) + 2);
    }
}

static void given_a_window_that_something_else_moved_then_a_new_epoch_begins(void **state)
{
    (void)state;
    begin(1000 * MSS);
    lose(&scene, 0);
    run(1);
    scene.path[0].cwnd = scene.path[0].ssthresh = 300 * MSS;
    run(1);
    double k = cube_root(700 / 0.4);
    double expected = 1000 + 0.4 * (1 - k) * (1 - k) * (1 - k);
    assert_near(segments(), expected, 10);
    scene.path[0].cwnd = 2000 * MSS;
    run(0.5);
    assert_in_range(segments(), 2000, 2012);
}

/* Earlier code cubed a difference of times that had grown too large for it. */
static void given_a_very_long_epoch_then_growth_is_half_a_window_at_most(void **state)
{
    (void)state;
    static const uint64_t ages[] = {1000000000, 4000000000000, 1000000000000000, UINT64_MAX};
    for (unsigned i = 0; i < COUNT_OF(ages); i++) {
        begin(1000 * MSS);
        lose(&scene, 0);
        run(1);
        uint32_t before = scene.path[0].cwnd;
        scene.now = ages[i];
        mptcp_cc_refresh(&scene.acc[0]);
        ack_all(&scene, 0, before, MSS);
        assert_in_range(scene.path[0].cwnd, before, before + before / 2 + MSS);
    }
}

/* Windows beyond what W_est can count, and an mss of 1 or none. */
static void given_the_largest_windows_then_growth_is_defined(void **state)
{
    (void)state;
    for (unsigned mss = 0; mss < 3; mss++) {
        begin(UINT32_MAX);
        scene.path[0].mss = (uint16_t)mss;
        lose(&scene, 0);
        scene.path[0].cwnd = 1u << 20;
        run(10);
        assert_true(scene.path[0].cwnd >= 1u << 20);
        ack_all(&scene, 0, 1u << 30, 1u << 20);
    }
    begin(300000000);
    ack_all(&scene, 0, 600000000, 1u << 20);
    assert_in_range(scene.path[0].cwnd, 300000000, 300000000 + 2 * MSS);
}

/* P7: 1/30000 octet per ACK. */
static void given_acks_of_one_octet_then_their_growth_adds_up(void **state)
{
    (void)state;
    begin(1u << 20);
    scene.path[0].mss = 100;
    scene.path[0].ssthresh = 1u << 20;
    for (uint32_t done = 0; done < 1u << 21; done++) {
        ack(&scene, 0, 1);
    }
    assert_in_range(scene.path[0].cwnd, (1u << 20) + 104, (1u << 20) + 106);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_loss_then_the_window_follows_the_cubic_function_of_time),
        cmocka_unit_test(given_a_small_window_then_it_grows_as_reno_with_that_factor),
        cmocka_unit_test(given_a_loss_below_the_last_one_then_the_path_makes_room),
        cmocka_unit_test(given_a_timeout_then_the_curve_begins_where_slow_start_ends),
        cmocka_unit_test(given_a_pause_then_the_curve_goes_on_where_it_was),
        cmocka_unit_test(given_a_window_that_something_else_moved_then_a_new_epoch_begins),
        cmocka_unit_test(given_a_very_long_epoch_then_growth_is_half_a_window_at_most),
        cmocka_unit_test(given_the_largest_windows_then_growth_is_defined),
        cmocka_unit_test(given_acks_of_one_octet_then_their_growth_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
