/*
 * test_lia.c - LIA and Reno as functions of values: the coupled window against
 * RFC 6356's formula over the whole range of its arguments, and the properties
 * that any coupled increase must have:
 *   P1 Reno on one path    P2 never faster than Reno      P3 any value is safe
 *   P4 paths come and go   P6 octets count, not ACKs      P7 no fraction is lost
 *   P8 no growth while the application limits             P9 a loss can be undone
 * (P5, the least window, is the host's.) P7 and P8 are in test_reno.c; what happens
 * over time, with loss, in test_lia_closed_form.c.
 */
#include "rounds.h"
#include "wire_test.h"

#include "mptcp/congestion.h"

#define MSS 1460u
#define MANY 32u

static struct mptcp_cc_path path(uint32_t cwnd, uint32_t srtt_us)
{
    struct mptcp_cc_path p;
    memset(&p, 0, sizeof p);
    p.cwnd = cwnd;
    p.srtt_us = srtt_us;
    p.mss = MSS;
    p.flags = MPTCP_CC_USABLE;
    return p;
}

/* What an increase is where nothing was planned before. */
static uint32_t fresh(const struct mptcp_cc_path *p, unsigned n, unsigned self, uint32_t acked)
{
    struct mptcp_cc_acc acc = {0};
    return mptcp_lia_increase(p, n, self, acked, &acc);
}

static uint32_t fresh_reno(const struct mptcp_cc_path *p, uint32_t acked)
{
    struct mptcp_cc_acc acc = {0};
    return mptcp_reno_increase(p, acked, &acc);
}

/* A number whose size in bits is as random as its bits: 0, small ones, powers of two, large ones.
 */
static uint32_t any_number(uint64_t *seed)
{
    unsigned bits = random_below(seed, 33);
    uint32_t n = bits == 0 ? 0 : (uint32_t)(random64(seed) >> 32) >> (32 - bits);
    if (random_below(seed, 4) == 0) {
        n &= 0xffff0000u;
    }
    return n;
}

/* ------------------------------------------------------------- the window */

static double window_of(const struct mptcp_cc_path *p)
{
    bool counts = (p->flags & MPTCP_CC_USABLE) != 0 && p->srtt_us != 0;
    return !counts ? 0 : (p->flags & MPTCP_CC_RECOVERY) != 0 ? p->ssthresh : p->cwnd;
}

/*
 * w_total / alpha = (sum w/r)^2 / max(w/r^2), as RFC 6356 has it, less what the
 * rounding down of rates to 1/2^26 octet per us can take away.
 */
static void assert_window_is_the_formulas(const struct mptcp_cc_path *p, unsigned n)
{
    double rate = 0;
    double best = 0;
    unsigned members = 0;
    for (unsigned i = 0; i < n; i++) {
        double w = window_of(&p[i]);
        if (w > 0) {
            double r = p[i].srtt_us;
            rate += w / r;
            best = w / r / r > best ? w / r / r : best;
            members++;
        }
    }
    uint32_t got = mptcp_lia_window(p, n);
    if (members == 0) {
        assert_int_equal(got, 0);
        return;
    }
    double exact = rate * rate / best;
    assert_true(got <= exact * 1.000001);
    double least = UINT32_MAX;
    for (unsigned i = 0; i < n; i++) {
        double w = window_of(&p[i]);
        if (w > 0) {
            double x = rate * p[i].srtt_us - members * (p[i].srtt_us / 67108864.0) - 1;
            double candidate = x <= 0 ? 0 : x * x / w;
            least = candidate < least ? candidate : least;
        }
    }
    assert_true(got >= least * 0.999999 - 1);
}

/* checks: D-30 */
static void given_paths_of_a_usual_kind_then_the_window_is_within_a_thousandth(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (unsigned round = 0; round < rounds(20000); round++) {
        struct mptcp_cc_path p[4];
        double rate = 0;
        double best = 0;
        for (unsigned i = 0; i < 4; i++) {
            p[i] = path(2 * MSS + random_below(&seed, 4000000), 500 + random_below(&seed, 900000));
            double r = p[i].srtt_us;
            rate += p[i].cwnd / r;
            best = p[i].cwnd / r / r > best ? p[i].cwnd / r / r : best;
        }
        double exact = rate * rate / best;
        double error = mptcp_lia_window(p, 4) / exact - 1;
        assert_true(error > -0.001 && error <= 0);
        assert_window_is_the_formulas(p, 4);
    }
}

/* checks: D-30 */
static void given_two_equal_paths_then_each_grows_a_quarter_as_fast_as_reno(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(40 * MSS, 50000), path(40 * MSS, 50000)};
    assert_in_range(mptcp_lia_window(p, 2), 160 * MSS - 8, 160 * MSS);
    assert_int_equal(fresh_reno(p, 40 * MSS), MSS - 1);
    assert_int_equal(fresh(p, 2, 0, 40 * MSS), MSS / 4);
    assert_int_equal(fresh(p, 2, 1, 40 * MSS), MSS / 4);
}

/* The divisor of an earlier implementation was srtt^2 in 32 bits: 0 for each of these. */
static void given_rtts_that_are_multiples_of_2_16_us_then_the_window_is_the_formulas(void **state)
{
    (void)state;
    for (uint32_t k = 1; k < 65536; k++) {
        struct mptcp_cc_path p[] = {path(10 * MSS, k << 16), path(20 * MSS, (65536 - k) << 16)};
        assert_window_is_the_formulas(p, 2);
        assert_true(mptcp_lia_window(p, 2) >= 10 * MSS - 10);
        p[1].srtt_us = 1;
        assert_window_is_the_formulas(p, 2);
    }
}

/* Large windows, and a best path that has the larger RTT: sums and squares pass 64 bits unscaled.
 */
static void given_extreme_windows_and_rtts_then_the_window_is_the_formulas(void **state)
{
    (void)state;
    static const uint32_t rtts[] = {0, 1, 2, 65535, 65536, 65537, 131072, 1u << 31, UINT32_MAX};
    static const uint32_t windows[] = {
        0, 1, 2, MSS, 65535, 1u << 16, 1u << 20, 1u << 31, UINT32_MAX - 1, UINT32_MAX};
    const unsigned kinds = COUNT_OF(rtts) * COUNT_OF(windows);
    for (unsigned k = 0; k < kinds * kinds; k++) {
        struct mptcp_cc_path p[MANY];
        unsigned a = k % kinds;
        unsigned b = k / kinds;
        for (unsigned i = 0; i < MANY; i++) {
            p[i] = path(windows[(i & 1 ? b : a) % COUNT_OF(windows)],
                        rtts[(i & 1 ? b : a) / COUNT_OF(windows)]);
        }
        assert_window_is_the_formulas(p, 1);
        assert_window_is_the_formulas(p, 2);
        assert_window_is_the_formulas(p, 3);
        assert_window_is_the_formulas(p, MANY);
    }
}

static void given_more_paths_than_their_sum_can_hold_then_the_window_is_the_largest(void **state)
{
    (void)state;
    struct mptcp_cc_path p[200];
    for (unsigned i = 0; i < COUNT_OF(p); i++) {
        p[i] = path(UINT32_MAX, 1);
        assert_true(i == 0 || mptcp_lia_window(p, i) == UINT32_MAX);
    }
}

static void given_a_path_in_recovery_then_its_ssthresh_counts_not_its_inflated_cwnd(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(40 * MSS, 50000), path(20 * MSS, 50000)};
    uint32_t before = mptcp_lia_window(p, 2);
    p[1].flags |= MPTCP_CC_RECOVERY;
    p[1].ssthresh = 20 * MSS;
    p[1].cwnd = 90 * MSS;
    assert_int_equal(mptcp_lia_window(p, 2), before);
    assert_window_is_the_formulas(p, 2);
}

static void given_paths_that_do_not_count_then_the_window_is_as_without_them(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(40 * MSS, 50000), path(40 * MSS, 0), path(7 * MSS, 9000),
                                path(0, 10000), path(30 * MSS, 80000)};
    p[2].flags = 0;
    struct mptcp_cc_path only[] = {p[0], p[4]};
    assert_int_equal(mptcp_lia_window(p, 5), mptcp_lia_window(only, 2));
    assert_int_equal(mptcp_lia_window(p + 1, 3), 0);
    assert_int_equal(mptcp_lia_window(NULL, 0), 0);
}

/* ----------------------------------------------------------- the increase */

/* P3 */
static void given_any_values_then_an_increase_is_defined_and_bounded(void **state)
{
    (void)state;
    uint64_t seed = 12;
    for (unsigned round = 0; round < rounds(200000); round++) {
        struct mptcp_cc_path p[MANY];
        unsigned n = 1 + random_below(&seed, round % 16 == 0 ? MANY : 3);
        for (unsigned i = 0; i < n; i++) {
            p[i] = path(any_number(&seed), any_number(&seed));
            p[i].ssthresh = any_number(&seed);
            p[i].mss = (uint16_t)any_number(&seed);
            p[i].flags = (uint16_t)(random_below(&seed, 4) == 0 ? random64(&seed) : 1);
        }
        unsigned self = random_below(&seed, n + 1);
        uint32_t acked = any_number(&seed);
        struct mptcp_cc_acc acc = {.rest = any_number(&seed), .gain = any_number(&seed)};
        acc.left = any_number(&seed);
        acc.cwnd = any_number(&seed);
        assert_window_is_the_formulas(p, n);
        uint32_t inc = mptcp_lia_increase(p, n, self, acked, &acc);
        if (self == n) {
            assert_int_equal(inc, 0);
            continue;
        }
        assert_true(inc <= UINT32_MAX - p[self].cwnd);
        assert_true(inc == 0 || mptcp_cc_avoiding(&p[self]));
        inc = fresh(p, n, self, acked);
        assert_true(inc <= acked && inc <= p[self].mss);
        assert_true(p[self].mss != 0 || inc == 0);
    }
}

/* P2 */
static void given_any_paths_then_no_path_grows_faster_than_reno(void **state)
{
    (void)state;
    uint64_t seed = 13;
    unsigned slower = 0;
    for (unsigned round = 0; round < rounds(100000); round++) {
        struct mptcp_cc_path p[3];
        for (unsigned i = 0; i < 3; i++) {
            p[i] = path(1 + random_below(&seed, 3000000), random_below(&seed, 1000000));
            p[i].mss = (uint16_t)(1 + random_below(&seed, 9000));
        }
        uint32_t acked = random_below(&seed, p[0].cwnd + 1);
        uint32_t reno = fresh_reno(p, acked);
        uint32_t lia = fresh(p, 3, 0, acked);
        assert_true(lia <= reno);
        slower += lia < reno;
    }
    assert_true(10 * slower > rounds(100000));
}

/* The cap: a large window on a long RTT beside a fast path would grow faster than Reno. */
static void given_a_long_path_with_a_large_window_then_the_cap_makes_it_reno(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(300 * MSS, 400000), path(5 * MSS, 10000)};
    assert_true(mptcp_lia_window(p, 2) < p[0].cwnd);
    assert_int_equal(fresh(p, 2, 0, 90 * MSS), fresh_reno(p, 90 * MSS));
}

/* P1: a transfer of its own with ACKs of all sizes, changing RTTs, and loss. */
static void assert_trace_is_renos(const struct mptcp_cc_path *others, unsigned n, unsigned self,
                                  uint32_t srtt_us)
{
    struct mptcp_cc_path p[MANY];
    struct mptcp_cc_acc acc = {0};
    struct mptcp_cc_acc reno_acc = {0};
    uint64_t seed = 14 + n;
    memcpy(p, others, n * sizeof *p);
    p[self] = path(10 * MSS, srtt_us);
    struct mptcp_cc_path reno = p[self];
    for (unsigned i = 0; i < 40000; i++) {
        uint32_t acked = 1 + random_below(&seed, 4 * MSS);
        if (srtt_us != 0) {
            p[self].srtt_us = 1 + any_number(&seed) % 4000000;
        }
        p[self].cwnd += mptcp_lia_increase(p, n, self, acked, &acc);
        reno.cwnd += mptcp_reno_increase(&reno, acked, &reno_acc);
        assert_int_equal(p[self].cwnd, reno.cwnd);
        if (random_below(&seed, 500) == 0) {
            p[self].ssthresh = p[self].cwnd / 2 > 2 * MSS ? p[self].cwnd / 2 : 2 * MSS;
            p[self].cwnd = p[self].ssthresh;
            reno.ssthresh = p[self].ssthresh;
            reno.cwnd = p[self].cwnd;
        }
    }
    assert_memory_equal(&acc, &reno_acc, sizeof acc);
}

/* checks: D-30 */
static void given_one_usable_path_then_every_window_is_renos_octet_for_octet(void **state)
{
    (void)state;
    struct mptcp_cc_path others[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        others[i] = path(30 * MSS, i % 2 == 0 ? 20000 : 0);
        others[i].flags = (uint16_t)(i % 2 == 0 ? 0 : MPTCP_CC_USABLE);
    }
    assert_trace_is_renos(others, 1, 0, 20000);
    assert_trace_is_renos(others, 2, 0, 20000);
    assert_trace_is_renos(others, 2, 1, 20000);
    assert_trace_is_renos(others, MANY, 17, 20000);
}

static void given_no_path_with_a_sample_then_every_window_is_renos_octet_for_octet(void **state)
{
    (void)state;
    struct mptcp_cc_path others[3] = {path(30 * MSS, 0), path(30 * MSS, 0), path(30 * MSS, 0)};
    assert_trace_is_renos(others, 3, 1, 0);
}

/* P6: the same octets, acknowledged in pieces of `piece` octets. */
static uint32_t grown(unsigned windows, uint32_t piece)
{
    struct mptcp_cc_path p[] = {path(24 * MSS, 50000), path(12 * MSS, 30000)};
    struct mptcp_cc_acc acc = {0};
    for (uint32_t done = 0; done < windows * 24 * MSS; done += piece) {
        p[0].cwnd += mptcp_lia_increase(p, 2, 0, piece, &acc);
    }
    return p[0].cwnd;
}

static void given_acks_for_fewer_or_more_octets_then_growth_is_the_same(void **state)
{
    (void)state;
    for (unsigned windows = 1; windows < 60; windows += 7) {
        uint32_t single = grown(windows, MSS);
        assert_in_range(grown(windows, 365), single - MSS, single + MSS);
        assert_in_range(grown(windows, 2 * MSS), single - MSS, single + MSS);
        assert_in_range(grown(windows, 8 * MSS), single - MSS, single + MSS);
        assert_in_range(grown(windows, 24 * MSS), single - MSS, single + MSS);
    }
}

/* ----------------------------------------------- changes while it is running */

/* P4 */
static void given_a_path_that_comes_or_goes_then_growth_is_as_if_always_so(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(40 * MSS, 50000), path(25 * MSS, 70000), path(9 * MSS, 20000)};
    struct mptcp_cc_acc acc = {0};
    (void)mptcp_lia_increase(p, 3, 2, MSS, &acc);

    /* The first path goes, the others move up: the plan knows no index. */
    p[0] = p[1];
    p[1] = p[2];
    mptcp_cc_refresh(&acc);
    uint32_t before = acc.rest;
    uint32_t inc = mptcp_lia_increase(p, 2, 1, MSS, &acc);
    assert_in_range(inc, fresh(p, 2, 1, MSS), fresh(p, 2, 1, MSS) + 1);
    assert_true(before != 0);

    /* Alone it is Reno; coupled again, slower. */
    mptcp_cc_refresh(&acc);
    acc.rest = 0;
    assert_int_equal(mptcp_lia_increase(p + 1, 1, 0, MSS, &acc), fresh_reno(p + 1, MSS));
    mptcp_cc_refresh(&acc);
    acc.rest = 0;
    assert_int_equal(mptcp_lia_increase(p, 2, 1, MSS, &acc), fresh(p, 2, 1, MSS));
    assert_true(fresh(p, 2, 1, MSS) < fresh_reno(p + 1, MSS));
}

static void given_a_change_elsewhere_that_nobody_told_then_it_is_seen_within_a_window(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(40 * MSS, 50000), path(40 * MSS, 50000)};
    struct mptcp_cc_acc acc = {0};
    (void)mptcp_lia_increase(p, 2, 0, MSS, &acc);
    uint32_t coupled = acc.gain;
    p[1].flags = 0;
    for (unsigned i = 1; i < 40; i++) {
        (void)mptcp_lia_increase(p, 2, 0, MSS, &acc);
        assert_int_equal(acc.gain, coupled);
    }
    (void)mptcp_lia_increase(p, 2, 0, MSS, &acc);
    assert_in_range(acc.gain, 3.99 * coupled, 4.01 * coupled);
}

/* P9, and the loss before it */
static void given_a_loss_and_its_undo_then_each_is_planned_for_at_once(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(40 * MSS, 50000), path(30 * MSS, 50000)};
    struct mptcp_cc_acc acc = {0};
    (void)mptcp_lia_increase(p, 2, 0, MSS, &acc);
    uint32_t planned = acc.gain;
    p[0].cwnd = 20 * MSS;
    acc.rest = 0;
    assert_int_equal(mptcp_lia_increase(p, 2, 0, MSS, &acc), fresh(p, 2, 0, MSS));
    assert_true(acc.gain > planned);
    p[0].cwnd = 40 * MSS;
    acc.rest = 0;
    assert_int_equal(mptcp_lia_increase(p, 2, 0, MSS, &acc), fresh(p, 2, 0, MSS));
    assert_int_equal(acc.gain, planned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_paths_of_a_usual_kind_then_the_window_is_within_a_thousandth),
        cmocka_unit_test(given_two_equal_paths_then_each_grows_a_quarter_as_fast_as_reno),
        cmocka_unit_test(given_rtts_that_are_multiples_of_2_16_us_then_the_window_is_the_formulas),
        cmocka_unit_test(given_extreme_windows_and_rtts_then_the_window_is_the_formulas),
        cmocka_unit_test(given_more_paths_than_their_sum_can_hold_then_the_window_is_the_largest),
        cmocka_unit_test(given_a_path_in_recovery_then_its_ssthresh_counts_not_its_inflated_cwnd),
        cmocka_unit_test(given_paths_that_do_not_count_then_the_window_is_as_without_them),
        cmocka_unit_test(given_any_values_then_an_increase_is_defined_and_bounded),
        cmocka_unit_test(given_any_paths_then_no_path_grows_faster_than_reno),
        cmocka_unit_test(given_a_long_path_with_a_large_window_then_the_cap_makes_it_reno),
        cmocka_unit_test(given_one_usable_path_then_every_window_is_renos_octet_for_octet),
        cmocka_unit_test(given_no_path_with_a_sample_then_every_window_is_renos_octet_for_octet),
        cmocka_unit_test(given_acks_for_fewer_or_more_octets_then_growth_is_the_same),
        cmocka_unit_test(given_a_path_that_comes_or_goes_then_growth_is_as_if_always_so),
        cmocka_unit_test(given_a_change_elsewhere_that_nobody_told_then_it_is_seen_within_a_window),
        cmocka_unit_test(given_a_loss_and_its_undo_then_each_is_planned_for_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
