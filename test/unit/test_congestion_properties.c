/*
 * test_congestion_properties.c - what holds for every algorithm of congestion control, tried with
 * each of them. An algorithm
 *
 *   P1  is Reno on one usable path (cubic: each path is as if alone; wvegas: as if it had all
 *       weight)
 *   P2  does not grow faster than Reno (olia: by 1 / n more; cubic and wvegas: within their own
 *       bounds)
 *   P3  is defined for any values
 *   P4  lets paths come and go, and knows no index
 *   P5  leaves a least window
 *   P6  counts octets, not ACKs
 *   P7  loses no fraction
 *   P8  does not grow while the application limits
 *   P9  can be undone
 */
#include "cc_test.h"
#include "rounds.h"

struct kind {
    const struct mptcp_congestion *cc;
    bool renos;     /* on one path it is Reno */
    unsigned least; /* mss of ssthresh with several paths */
    /* The most that it adds for octets of a window, for which Reno adds `reno`, with two paths. */
    uint32_t (*most)(uint32_t reno, uint32_t cwnd);
};

static uint32_t as_reno(uint32_t reno, uint32_t cwnd)
{
    (void)cwnd;
    return reno;
}

static uint32_t a_half_more(uint32_t reno, uint32_t cwnd)
{
    (void)cwnd;
    return reno + reno / 2;
}

static uint32_t a_segment(uint32_t reno, uint32_t cwnd)
{
    (void)reno;
    (void)cwnd;
    return MSS;
}

static uint32_t half_a_window(uint32_t reno, uint32_t cwnd)
{
    (void)reno;
    return cwnd / 2;
}

static const struct kind kinds[] = {
    {&mptcp_lia, true, 2, as_reno},       {&mptcp_reno, true, 2, as_reno},
    {&mptcp_olia, true, 1, a_half_more},  {&mptcp_balia, true, 2, as_reno},
    {&mptcp_wvegas, false, 2, a_segment}, {&mptcp_cubic, false, 2, half_a_window},
};

static struct scene scene;
static struct scene other;

/* ------------------------------------------------------------------------ P1 */

/* ACKs of all sizes, RTTs that change, losses and timeouts, undone now and then, on path self. */
static void assert_trace_is_renos(const struct kind *k, const struct mptcp_cc_path *paths,
                                  unsigned n, unsigned self)
{
    uint64_t seed = 31 + n;
    scene_begin(&scene, k->cc, paths, n);
    scene_begin(&other, &mptcp_reno, &paths[self], 1);
    struct mptcp_cc_path *p = &scene.path[self];
    for (unsigned i = 0; i < rounds(40000); i++) {
        uint32_t octets = 1 + random_below(&seed, 4 * MSS);
        if (p->srtt_us != 0) {
            p->srtt_us = 1 + any_number(&seed) % 4000000;
        }
        ack(&scene, self, octets);
        ack(&other, 0, octets);
        assert_int_equal(p->cwnd, other.path[0].cwnd);
        if (random_below(&seed, 400) == 0) {
            uint32_t cwnd = p->cwnd;
            uint32_t ssthresh = p->ssthresh;
            lose(&scene, self);
            lose(&other, 0);
            assert_int_equal(p->ssthresh, other.path[0].ssthresh);
            if (random_below(&seed, 4) == 0) {
                p->cwnd = other.path[0].cwnd = cwnd;
                p->ssthresh = other.path[0].ssthresh = ssthresh;
                k->cc->on_undo(flows_at(&scene, self));
            }
        }
    }
}

/* checks: D-30 */
static void given_one_usable_path_then_every_window_is_renos_octet_for_octet(void **state)
{
    (void)state;
    struct mptcp_cc_path paths[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        paths[i] = path_of(30 * MSS, i % 2 == 0 ? 20000 : 0);
        paths[i].flags = (uint16_t)(i % 2 == 0 ? 0 : MPTCP_CC_USABLE);
    }
    paths[17] = path_of(10 * MSS, 20000);
    paths[1] = path_of(10 * MSS, 0);
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        if (kinds[k].renos) {
            assert_trace_is_renos(&kinds[k], &paths[17], 1, 0);
            assert_trace_is_renos(&kinds[k], &paths[16], 2, 1);
            assert_trace_is_renos(&kinds[k], paths, MANY, 17);
            /* No sample on any. */
            assert_trace_is_renos(&kinds[k], paths, 2, 1);
        }
    }
}

/* Cubic: whatever else there is; wvegas: paths that do not count. */
static void given_paths_that_do_not_couple_then_every_window_is_as_alone(void **state)
{
    (void)state;
    static const struct mptcp_congestion *const others[] = {&mptcp_cubic, &mptcp_wvegas};
    struct mptcp_cc_path paths[3] = {path_of(30 * MSS, 10000), path_of(20 * MSS, 40000),
                                     path_of(10 * MSS, 0)};
    for (unsigned k = 0; k < COUNT_OF(others); k++) {
        paths[0].flags = (uint16_t)(k == 0 ? MPTCP_CC_USABLE : 0);
        uint64_t seed = 34;
        scene_begin(&scene, others[k], paths, 3);
        scene_begin(&other, others[k], &paths[1], 1);
        for (unsigned i = 0; i < rounds(40000); i++) {
            uint32_t octets = 1 + random_below(&seed, 4 * MSS);
            scene.rtt_us = other.rtt_us = 40000 + random_below(&seed, 30000);
            scene.now = other.now = scene.now + random_below(&seed, 4000);
            ack(&scene, 1, octets);
            ack(&other, 0, octets);
            assert_int_equal(scene.path[1].cwnd, other.path[0].cwnd);
            if (random_below(&seed, 400) == 0) {
                lose(&scene, 1);
                lose(&other, 0);
            }
        }
        assert_memory_equal(&scene.acc[1], &other.acc[0], sizeof other.acc[0]);
    }
}

/* ------------------------------------------------------------------------ P2 */

static void given_any_two_paths_then_growth_has_a_bound(void **state)
{
    (void)state;
    uint64_t seed = 32;
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        for (unsigned round = 0; round < rounds(20000); round++) {
            struct mptcp_cc_path paths[2] = {
                path_of(1 + random_below(&seed, 3000000), 1 + random_below(&seed, 1000000)),
                path_of(1 + random_below(&seed, 3000000), 1 + random_below(&seed, 1000000))};
            scene_begin(&scene, kinds[k].cc, paths, 2);
            scene.acc[0].own[0] = any_number(&seed);
            scene.acc[1].own[0] = any_number(&seed);
            uint32_t octets = random_below(&seed, paths[0].cwnd + 1);
            uint32_t cwnd = kinds[k].cc->on_ack(flows_at(&scene, 0), octets);
            scene_begin(&other, &mptcp_reno, paths, 1);
            uint32_t reno = mptcp_reno.on_ack(flows_at(&other, 0), octets) - paths[0].cwnd;
            if (cwnd > paths[0].cwnd) {
                assert_true(cwnd - paths[0].cwnd <= kinds[k].most(reno, paths[0].cwnd) + 1);
            } else {
                assert_true(paths[0].cwnd - cwnd <= reno / 2 + 1);
            }
        }
    }
}

/* ------------------------------------------------------------------------ P3 */

static void assert_all_defined(const struct kind *k, uint64_t *seed, unsigned round)
{
    memset(&scene, 0, sizeof scene);
    scene.cc = k->cc;
    scene.n = 1 + random_below(seed, round % 16 == 0 ? MANY : 3);
    scene.now = random64(seed) >> random_below(seed, 64);
    any_paths(&scene, seed);
    for (unsigned step = 0; step < 4; step++) {
        unsigned self = random_below(seed, scene.n);
        struct mptcp_cc_path *p = &scene.path[self];
        struct mptcp_cc_path before = *p;
        uint32_t ssthresh = 0;
        scene.rtt_us = any_number(seed);
        scene.now += any_number(seed);
        switch (random_below(seed, 6)) {
        case 0:
            ssthresh = k->cc->on_loss(flows_at(&scene, self));
            break;
        case 1:
            ssthresh = k->cc->on_rto(flows_at(&scene, self));
            break;
        case 2:
            k->cc->on_undo(flows_at(&scene, self));
            continue;
        case 3:
            k->cc->on_idle(flows_at(&scene, self), any_number(seed));
            continue;
        default: {
            uint32_t octets = any_number(seed);
            ack(&scene, self, octets);
            assert_true(p->cwnd >= before.cwnd || p->cwnd >= p->mss);
            assert_true(mptcp_cc_avoiding(&before) || p->cwnd <= before.cwnd);
            assert_true(p->cwnd <= before.cwnd || (before.flags & MPTCP_CC_APP_LIMITED) == 0);
            continue;
        }
        }
        assert_true(ssthresh >= (uint32_t)k->least * p->mss);
        assert_true(ssthresh <= before.cwnd || ssthresh <= 2u * p->mss);
        p->ssthresh = p->cwnd = ssthresh;
    }
}

static void given_any_values_then_every_hook_is_defined_and_bounded(void **state)
{
    (void)state;
    uint64_t seed = 33;
    for (unsigned round = 0; round < rounds(40000); round++) {
        for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
            assert_all_defined(&kinds[k], &seed, round);
        }
    }
}

/* Each of a pair of paths at each of the extremes: a sum, a square or a product that wraps shows.
 */
static void given_extreme_windows_and_rtts_then_growth_is_still_bounded(void **state)
{
    (void)state;
    static const uint32_t rtts[] = {0,      1,        2,           65535,     65536,
                                    131072, 1u << 31, 0xffff0000u, UINT32_MAX};
    static const uint32_t windows[] = {1, 2, MSS, 2 * MSS, 1u << 20, 1u << 31, UINT32_MAX};
    const unsigned pairs = COUNT_OF(rtts) * COUNT_OF(windows);
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        for (unsigned i = 0; i < pairs * pairs; i++) {
            unsigned a = i % pairs;
            unsigned b = i / pairs;
            struct mptcp_cc_path paths[2] = {
                path_of(windows[a % COUNT_OF(windows)], rtts[a / COUNT_OF(windows)]),
                path_of(windows[b % COUNT_OF(windows)], rtts[b / COUNT_OF(windows)])};
            scene_begin(&scene, kinds[k].cc, paths, 2);
            ack(&scene, 0, paths[0].cwnd);
            ack(&scene, 1, paths[1].cwnd);
            for (unsigned p = 0; p < 2; p++) {
                uint32_t room = UINT32_MAX - paths[p].cwnd;
                uint32_t most = kinds[k].most(MSS, paths[p].cwnd);
                assert_true(scene.path[p].cwnd <= paths[p].cwnd + (most < room ? most : room));
            }
            assert_true(kinds[k].cc->on_loss(flows_at(&scene, 0)) >= kinds[k].least * MSS);
        }
    }
}

/* ------------------------------------------------------------------------ P4 */

static void given_paths_in_another_order_then_growth_is_the_same(void **state)
{
    (void)state;
    const struct mptcp_cc_path paths[] = {path_of(40 * MSS, 50000), path_of(25 * MSS, 70000),
                                          path_of(9 * MSS, 20000)};
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        scene_begin(&scene, kinds[k].cc, paths, 3);
        scene_begin(&other, kinds[k].cc, paths, 3);
        for (unsigned i = 0; i < 3; i++) {
            other.path[i] = paths[2 - i];
        }
        for (unsigned step = 0; step < 3000; step++) {
            ack(&scene, step % 3, MSS);
            ack(&other, 2 - step % 3, MSS);
            assert_int_equal(scene.path[step % 3].cwnd, other.path[2 - step % 3].cwnd);
            scene.now += 1000;
            other.now += 1000;
        }
    }
}

static void given_a_path_that_comes_or_goes_then_no_window_has_a_step(void **state)
{
    (void)state;
    const struct mptcp_cc_path paths[] = {path_of(40 * MSS, 50000), path_of(25 * MSS, 70000),
                                          path_of(9 * MSS, 20000)};
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        scene_begin(&scene, kinds[k].cc, paths, 3);
        for (unsigned step = 0; step < 200; step++) {
            scene.now += 1000;
            ack(&scene, 1, MSS);
        }
        /* The first goes, the others move up; then it comes back, new. */
        memmove(&scene.path[0], &scene.path[1], 2 * sizeof scene.path[0]);
        memmove(&scene.acc[0], &scene.acc[1], 2 * sizeof scene.acc[0]);
        scene.n = 2;
        uint32_t before = scene.path[0].cwnd;
        mptcp_cc_refresh(&scene.acc[0]);
        ack(&scene, 0, MSS);
        assert_in_range(scene.path[0].cwnd, before - MSS, before + MSS);
        scene.n = 3;
        scene.path[2] = path_of(2 * MSS, 0);
        scene.acc[2] = (struct mptcp_cc_acc){0};
        before = scene.path[0].cwnd;
        mptcp_cc_refresh(&scene.acc[0]);
        ack(&scene, 0, MSS);
        assert_in_range(scene.path[0].cwnd, before - MSS, before + MSS);
        ack(&scene, 2, MSS);
        assert_in_range(scene.path[2].cwnd, 2 * MSS, 3 * MSS);
    }
}

/* ------------------------------------------------------------------------ P5 */

static void given_losses_and_timeouts_in_a_row_then_a_least_window_is_left(void **state)
{
    (void)state;
    const struct mptcp_cc_path paths[] = {path_of(40 * MSS, 50000), path_of(25 * MSS, 20000)};
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        scene_begin(&scene, kinds[k].cc, paths, 2);
        for (unsigned step = 0; step < 40; step++) {
            uint32_t was = scene.path[0].cwnd;
            uint32_t left = step % 2 == 0 ? kinds[k].cc->on_loss(flows_at(&scene, 0))
                                          : kinds[k].cc->on_rto(flows_at(&scene, 0));
            assert_true(left >= kinds[k].least * MSS);
            assert_true(left < was || left == kinds[k].least * MSS);
            scene.path[0].cwnd = scene.path[0].ssthresh = left;
        }
        assert_int_equal(scene.path[0].cwnd, kinds[k].least * MSS);
    }
}

/* ------------------------------------------------------------------------ P6, P7 */

/* The same octets, acknowledged in pieces, as time goes on. */
static uint32_t grown(const struct kind *k, unsigned windows, uint32_t piece)
{
    const struct mptcp_cc_path paths[] = {path_of(24 * MSS, 50000), path_of(12 * MSS, 30000)};
    scene_begin(&scene, k->cc, paths, 2);
    for (uint32_t done = 0; done < windows * 24 * MSS; done += piece) {
        scene.now = 1000000 + (uint64_t)done * 50000 / (24 * MSS);
        ack(&scene, 0, piece);
    }
    return scene.path[0].cwnd;
}

static void given_acks_for_fewer_or_more_octets_then_growth_is_the_same(void **state)
{
    (void)state;
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        for (unsigned windows = 1; windows < 60; windows += 7) {
            uint32_t single = grown(&kinds[k], windows, MSS);
            assert_in_range(grown(&kinds[k], windows, 365), single - MSS, single + MSS);
            assert_in_range(grown(&kinds[k], windows, 2 * MSS), single - MSS, single + MSS);
            assert_in_range(grown(&kinds[k], windows, 8 * MSS), single - MSS, single + MSS);
        }
    }
}

/* ------------------------------------------------------------------------ P8, P9 */

static void given_an_application_that_limits_then_nothing_is_added_nor_saved_up(void **state)
{
    (void)state;
    const struct mptcp_cc_path paths[] = {path_of(20 * MSS, 50000), path_of(15 * MSS, 30000)};
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        scene_begin(&scene, kinds[k].cc, paths, 2);
        for (unsigned step = 0; step < 50; step++) {
            scene.now += 2500;
            ack(&scene, 0, MSS);
        }
        uint32_t cwnd = scene.path[0].cwnd;
        scene.path[0].flags |= MPTCP_CC_APP_LIMITED;
        for (unsigned step = 0; step < 4000; step++) {
            scene.now += 2500;
            ack(&scene, 0, MSS);
            assert_true(scene.path[0].cwnd <= cwnd);
        }
        scene.path[0].flags = MPTCP_CC_USABLE;
        cwnd = scene.path[0].cwnd;
        ack_all(&scene, 0, cwnd / 2, MSS);
        assert_true(scene.path[0].cwnd <= cwnd + MSS);
    }
}

/* The state is as if the loss had not been. Cubic plans at other moments than without it, and
 * between two plans its curve is a straight line. */
static void given_a_loss_that_is_undone_then_growth_goes_on_as_before(void **state)
{
    (void)state;
    const struct mptcp_cc_path paths[] = {path_of(30 * MSS, 50000), path_of(20 * MSS, 30000)};
    for (unsigned k = 0; k < COUNT_OF(kinds); k++) {
        const uint32_t slack = kinds[k].cc == &mptcp_cubic ? MSS / 4 : 0;
        for (unsigned timeout = 0; timeout < 2; timeout++) {
            scene_begin(&scene, kinds[k].cc, paths, 2);
            for (unsigned loss = 0; loss < 3; loss++) {
                ack_all(&scene, 0, (50 + 50 * loss) * MSS, MSS);
                ack_all(&scene, 1, 40 * MSS, MSS);
                lose(&scene, 0);
                lose(&scene, 1);
                scene.now += 100000;
            }
            ack_all(&scene, 0, 20 * MSS, MSS);
            other = scene;
            uint32_t cwnd = scene.path[0].cwnd;
            uint32_t ssthresh = scene.path[0].ssthresh;
            scene.path[0].ssthresh = timeout ? kinds[k].cc->on_rto(flows_at(&scene, 0))
                                             : kinds[k].cc->on_loss(flows_at(&scene, 0));
            scene.path[0].cwnd = timeout ? MSS : scene.path[0].ssthresh;
            scene.path[0].cwnd = cwnd;
            scene.path[0].ssthresh = ssthresh;
            kinds[k].cc->on_undo(flows_at(&scene, 0));
            for (unsigned step = 0; step < 2000; step++) {
                scene.now += 2000;
                other.now += 2000;
                ack(&scene, 0, MSS);
                ack(&other, 0, MSS);
                assert_in_range(scene.path[0].cwnd, other.path[0].cwnd - slack,
                                other.path[0].cwnd + slack);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_one_usable_path_then_every_window_is_renos_octet_for_octet),
        cmocka_unit_test(given_paths_that_do_not_couple_then_every_window_is_as_alone),
        cmocka_unit_test(given_any_two_paths_then_growth_has_a_bound),
        cmocka_unit_test(given_any_values_then_every_hook_is_defined_and_bounded),
        cmocka_unit_test(given_extreme_windows_and_rtts_then_growth_is_still_bounded),
        cmocka_unit_test(given_paths_in_another_order_then_growth_is_the_same),
        cmocka_unit_test(given_a_path_that_comes_or_goes_then_no_window_has_a_step),
        cmocka_unit_test(given_losses_and_timeouts_in_a_row_then_a_least_window_is_left),
        cmocka_unit_test(given_acks_for_fewer_or_more_octets_then_growth_is_the_same),
        cmocka_unit_test(given_an_application_that_limits_then_nothing_is_added_nor_saved_up),
        cmocka_unit_test(given_a_loss_that_is_undone_then_growth_goes_on_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
