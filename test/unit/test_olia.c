/*
 * test_olia.c - OLIA as a function of values: its increase against the draft's formula in floating
 * point; the sets B and M with their ties; the octets between losses; and what earlier
 * implementations had wrong (each test says what).
 */
#include "cc_test.h"
#include "rounds.h"

static struct scene scene;

/* Octets since the last loss, between the last two: as an ACK and losses leave them. */
static void carried(unsigned i, uint32_t since, uint32_t between)
{
    scene.path[i].flags = 0; /* no growth */
    ack(&scene, i, between);
    (void)scene.cc->on_loss(flows_at(&scene, i));
    ack(&scene, i, since);
    scene.path[i].flags = MPTCP_CC_USABLE;
}

static void begin(const struct mptcp_cc_path *paths, unsigned n)
{
    scene_begin(&scene, &mptcp_olia, paths, n);
}

/* Two paths: the window and the RTT in us of each. */
static void begin_two(uint32_t cwnd, uint32_t rtt_us, uint32_t other_cwnd, uint32_t other_rtt_us)
{
    const struct mptcp_cc_path p[] = {path_of(cwnd, rtt_us), path_of(other_cwnd, other_rtt_us)};
    begin(p, 2);
}

/* What one window of ACKs adds to path i, by a plan of now; nothing is changed. */
static double grown(unsigned i)
{
    uint32_t before = scene.path[i].cwnd;
    struct mptcp_cc_acc acc = scene.acc[i];
    assert_int_equal(scene.cc->on_ack(flows_at(&scene, i), 0), before);
    uint32_t after = scene.cc->on_ack(flows_at(&scene, i), before);
    scene.acc[i] = acc;
    return (double)after - before;
}

/* The draft's increase for a window of octets: mss * w * ((w / r^2) / X^2 + a / w). The window (X *
 * r)^2 / w counts as 2^32 octets where it is more. */
static double formula(unsigned i, double a)
{
    double rate = 0;
    for (unsigned k = 0; k < scene.n; k++) {
        rate += (double)scene.path[k].cwnd / scene.path[k].srtt_us;
    }
    double w = scene.path[i].cwnd;
    double x = scene.path[i].srtt_us * rate;
    double window = x * x / w < UINT32_MAX ? x * x / w : UINT32_MAX;
    return scene.path[i].mss * (w / window + a);
}

/* a of the draft, for counts as they stand. */
static double a_of(unsigned self)
{
    double widest = 0;
    double best = 0;
    double quality[MANY];
    unsigned m = 0;
    unsigned b = 0;
    for (unsigned i = 0; i < scene.n; i++) {
        const uint32_t *l = scene.acc[i].own;
        double r = scene.path[i].srtt_us;
        quality[i] = (l[0] > l[1] ? l[0] : l[1]) / (r * r);
        best = quality[i] > best ? quality[i] : best;
        widest = scene.path[i].cwnd > widest ? scene.path[i].cwnd : widest;
    }
    for (unsigned i = 0; i < scene.n; i++) {
        m += scene.path[i].cwnd + MSS >= widest;
        b += quality[i] >= best && scene.path[i].cwnd + MSS < widest;
    }
    if (b == 0) {
        return 0;
    }
    if (scene.path[self].cwnd + MSS >= widest) {
        return -1.0 / scene.n / m;
    }
    return quality[self] >= best ? 1.0 / scene.n / b : 0;
}

static void assert_grows(unsigned i, double a)
{
    double expected = formula(i, a);
    double got = grown(i);
    if (got < expected * 1.0001 - 2 - 1e-4 * MSS || got > expected + 2) {
        fail_msg("path %u grows by %g, expected %g", i, got, expected);
    }
}

/* checks: D-30 */
static void given_paths_of_any_kind_then_the_increase_is_the_drafts(void **state)
{
    (void)state;
    uint64_t seed = 41;
    for (unsigned round = 0; round < rounds(20000); round++) {
        struct mptcp_cc_path p[3];
        usual_paths(p, 3, &seed);
        begin(p, 3);
        for (unsigned i = 0; i < 3; i++) {
            carried(i, any_number(&seed), any_number(&seed));
        }
        assert_grows(round % 3, a_of(round % 3));
    }
}

/* One best path with a small window beside two equal, large ones. */
static void given_a_best_path_with_a_small_window_then_the_largest_ones_give_to_it(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(40 * MSS, 50000), path_of(10 * MSS, 50000),
                                      path_of(40 * MSS, 50000), path_of(20 * MSS, 50000)};
    begin(p, 4);
    carried(1, 1000 * MSS, 0);
    assert_grows(1, 1.0 / 4);
    assert_grows(0, -1.0 / 8);
    assert_grows(2, -1.0 / 8);
    assert_grows(3, 0);
}

static void given_the_best_path_has_the_largest_window_then_nothing_is_shifted(void **state)
{
    (void)state;
    begin_two(40 * MSS, 50000, 10 * MSS, 50000);
    carried(0, 1000 * MSS, 0);
    assert_grows(0, 0);
    assert_grows(1, 0);
}

/* The larger of both counts of octets tells. */
static void given_a_path_that_has_just_lost_then_the_octets_before_count(void **state)
{
    (void)state;
    begin_two(40 * MSS, 50000, 10 * MSS, 50000);
    carried(0, 900 * MSS, 0);
    carried(1, 3, 1000 * MSS);
    assert_grows(1, 1.0 / 2);
    assert_grows(0, -1.0 / 2);
    carried(1, 3, 800 * MSS);
    assert_grows(1, 0);
}

/* l / r^2: four times the octets at twice the RTT are a tie, one octet more is not. Earlier code
 * divided, and lost the difference. */
static void given_a_tie_of_octets_by_squared_rtt_then_an_octet_decides_it(void **state)
{
    (void)state;
    begin_two(40 * MSS, 40000, 10 * MSS, 80000);
    carried(0, 1000000, 0);
    carried(1, 4000000, 0);
    assert_grows(1, 1.0 / 2); /* both are best, and path 1 has not the largest window */
    begin_two(40 * MSS, 40000, 10 * MSS, 80000);
    carried(0, 1000000, 0);
    carried(1, 4000001, 0);
    assert_grows(1, 1.0 / 2);
    begin_two(40 * MSS, 40000, 10 * MSS, 80000);
    carried(0, 1000000, 0);
    carried(1, 3999999, 0);
    assert_grows(1, 0);
}

/* Equal windows differ by an mss at any moment: M holds all of them. An earlier M was one path. */
static void given_windows_within_an_mss_then_all_of_them_are_the_largest(void **state)
{
    (void)state;
    for (uint32_t more = 0; more <= 2 * MSS; more += MSS / 2) {
        const struct mptcp_cc_path p[] = {path_of(40 * MSS + more, 50000),
                                          path_of(40 * MSS, 50000)};
        begin(p, 2);
        carried(1, 1000 * MSS, 0);
        bool shifted = more > MSS;
        assert_grows(1, shifted ? 0.5 : 0);
        assert_grows(0, shifted ? -0.5 : 0);
    }
}

/* Earlier products of a squared rate and a window passed 64 bits at windows of 2^14 segments and
 * RTTs of 10 to 1. */
static void given_large_windows_and_unlike_rtts_then_the_increase_is_the_drafts(void **state)
{
    (void)state;
    static const uint32_t segments[] = {1u << 8, 1u << 14, 1u << 20};
    static const uint32_t rtts[] = {1000, 10000, 65536, 131072, 1000000, 1u << 31};
    for (unsigned a = 0; a < COUNT_OF(segments) * COUNT_OF(rtts); a++) {
        for (unsigned b = 0; b < COUNT_OF(rtts); b++) {
            const struct mptcp_cc_path p[] = {path_of(segments[a % 3] * MSS, rtts[a / 3]),
                                              path_of((1u << 14) * MSS, rtts[b])};
            begin(p, 2);
            carried(0, UINT32_MAX, 0);
            /* Its octets count as 2^32 - 1, the most; the other path's as none. */
            bool shifted = p[0].cwnd + MSS < p[1].cwnd;
            assert_grows(0, shifted ? 0.5 : 0);
            assert_grows(1, shifted ? -0.5 : 0);
        }
    }
}

/* Earlier counts of octets were sequence numbers of 32 bits, and wrapped. */
static void given_more_octets_than_a_count_holds_then_it_stops_and_stays_best(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(10 * MSS, 50000), path_of(40 * MSS, 50000)};
    begin(p, 2);
    carried(1, 4000000000u, 0);
    carried(0, 4000000000u, 0);
    ack(&scene, 0, 4000000000u);
    scene.path[0] = p[0];
    assert_grows(0, 0.5);
    (void)scene.cc->on_loss(flows_at(&scene, 0));
    assert_grows(0, 0.5);
    ack(&scene, 0, 1000);
    scene.cc->on_undo(flows_at(&scene, 0));
    scene.path[0] = p[0];
    assert_grows(0, 0.5);
}

/* The timer backs off: earlier code shifted the counts at each, until the path had none. */
static void given_timeouts_in_a_row_then_the_octets_before_them_are_kept(void **state)
{
    (void)state;
    begin_two(10 * MSS, 50000, 40 * MSS, 50000);
    carried(0, 1000 * MSS, 5);
    carried(1, 900 * MSS, 0);
    for (unsigned i = 0; i < 5; i++) {
        (void)scene.cc->on_rto(flows_at(&scene, 0));
    }
    assert_grows(0, 0.5);
    /* The last one took nothing: there is nothing to put back. */
    scene.cc->on_undo(flows_at(&scene, 0));
    assert_int_equal(scene.acc[0].own[0], 0);
    assert_grows(0, 0.5);
}

static void given_a_loss_that_is_undone_then_the_octets_are_as_without_it(void **state)
{
    (void)state;
    begin_two(10 * MSS, 50000, 40 * MSS, 50000);
    carried(0, 400 * MSS, 1000 * MSS);
    carried(1, 900 * MSS, 0);
    (void)scene.cc->on_loss(flows_at(&scene, 0));
    assert_grows(0, 0);
    scene.acc[0].own[0] = 50 * MSS;
    mptcp_cc_refresh(&scene.acc[0]);
    scene.cc->on_undo(flows_at(&scene, 0));
    assert_int_equal(scene.acc[0].own[0], 450 * MSS);
    assert_grows(0, 0.5);
}

/* A window that falls below ssthresh would be in slow start, and back at once. */
static void given_a_window_that_falls_then_it_stays_in_congestion_avoidance(void **state)
{
    (void)state;
    begin_two(40 * MSS, 20000, 8 * MSS, 2000);
    carried(1, 1000 * MSS, 0);
    scene.path[0].ssthresh = 40 * MSS;
    for (unsigned i = 0; i < 400; i++) {
        uint32_t before = scene.path[0].cwnd;
        ack(&scene, 0, MSS);
        assert_true(scene.path[0].cwnd <= before);
        assert_true(mptcp_cc_avoiding(&scene.path[0]));
    }
    assert_true(scene.path[0].cwnd < 39 * MSS);
}

/* P5, P7: to one mss, octet by octet: half an mss in a window of octets, and no fraction is lost.
 */
static void given_a_path_that_gives_then_it_falls_evenly_and_to_one_segment(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(3000 * MSS, 900000), path_of(2900 * MSS, 1000)};
    begin(p, 2);
    carried(1, 1000 * MSS, 0);
    struct scene start = scene;
    uint32_t fell[2];
    for (unsigned k = 0; k < 2; k++) {
        scene = start;
        ack_all(&scene, 0, (uint64_t)6000 * MSS, k == 0 ? 1 : 2 * MSS);
        fell[k] = p[0].cwnd - scene.path[0].cwnd;
    }
    assert_in_range(fell[0], MSS - 2, MSS + 2);
    assert_in_range(fell[1], fell[0] - 1, fell[0] + 1);
    scene = start;
    scene.path[0].cwnd = 4 * MSS;
    scene.path[1].cwnd = 2 * MSS - 1;
    ack_all(&scene, 0, (uint64_t)100 * MSS, MSS);
    assert_in_range(scene.path[0].cwnd, 2 * MSS, 3 * MSS); /* within an mss: no more largest */
    scene.path[1].cwnd = 1;
    scene.path[1].mss = 1;
    scene.path[1].srtt_us = 1;
    for (unsigned i = 0; i < 300; i++) {
        scene.path[1].flags = MPTCP_CC_USABLE;
        ack(&scene, 0, MSS);
        assert_true(scene.path[0].cwnd >= MSS);
    }
}

/* s3 of the draft: one mss with several paths, two alone. */
static void given_a_small_window_and_a_loss_then_one_segment_is_left_two_if_alone(void **state)
{
    (void)state;
    const struct mptcp_cc_path p[] = {path_of(2 * MSS, 20000), path_of(8 * MSS, 2000)};
    begin(p, 2);
    assert_grows(0, 0.5); /* no octets yet: both are best */
    assert_int_equal(scene.cc->on_loss(flows_at(&scene, 0)), MSS);
    assert_int_equal(scene.cc->on_rto(flows_at(&scene, 0)), MSS);
    assert_int_equal(scene.cc->on_loss(flows_at(&scene, 1)), 4 * MSS);
    begin(p, 1);
    assert_int_equal(scene.cc->on_loss(flows_at(&scene, 0)), 2 * MSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_paths_of_any_kind_then_the_increase_is_the_drafts),
        cmocka_unit_test(given_a_best_path_with_a_small_window_then_the_largest_ones_give_to_it),
        cmocka_unit_test(given_the_best_path_has_the_largest_window_then_nothing_is_shifted),
        cmocka_unit_test(given_a_path_that_has_just_lost_then_the_octets_before_count),
        cmocka_unit_test(given_a_tie_of_octets_by_squared_rtt_then_an_octet_decides_it),
        cmocka_unit_test(given_windows_within_an_mss_then_all_of_them_are_the_largest),
        cmocka_unit_test(given_large_windows_and_unlike_rtts_then_the_increase_is_the_drafts),
        cmocka_unit_test(given_more_octets_than_a_count_holds_then_it_stops_and_stays_best),
        cmocka_unit_test(given_timeouts_in_a_row_then_the_octets_before_them_are_kept),
        cmocka_unit_test(given_a_loss_that_is_undone_then_the_octets_are_as_without_it),
        cmocka_unit_test(given_a_window_that_falls_then_it_stays_in_congestion_avoidance),
        cmocka_unit_test(given_a_path_that_gives_then_it_falls_evenly_and_to_one_segment),
        cmocka_unit_test(given_a_small_window_and_a_loss_then_one_segment_is_left_two_if_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
