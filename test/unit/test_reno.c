/*
 * test_reno.c - Reno's increase, and what LIA shares with it: when there is any,
 * fractions that add up, the bounds of one ACK.
 */
#include "wire_test.h"

#include "mptcp/congestion.h"

#define MSS 1460u

static struct mptcp_cc_path path(uint32_t cwnd)
{
    struct mptcp_cc_path p;
    memset(&p, 0, sizeof p);
    p.cwnd = cwnd;
    p.srtt_us = 50000;
    p.mss = MSS;
    p.flags = MPTCP_CC_USABLE;
    return p;
}

/* What both add where nothing was planned before: with one path they agree. */
static uint32_t fresh(const struct mptcp_cc_path *p, uint32_t acked)
{
    struct mptcp_cc_acc acc = {0};
    struct mptcp_cc_acc lia_acc = {0};
    uint32_t inc = mptcp_reno_increase(p, acked, &acc);
    assert_int_equal(mptcp_lia_increase(p, 1, 0, acked, &lia_acc), inc);
    assert_memory_equal(&acc, &lia_acc, sizeof acc);
    return inc;
}

static void given_a_window_of_octets_then_it_adds_one_segment(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path(20 * MSS);
    struct mptcp_cc_acc acc = {0};
    uint32_t expected = p.cwnd;
    for (unsigned rtt = 0; rtt < 100; rtt++) {
        uint32_t window = p.cwnd;
        for (uint32_t done = 0; done < window;) {
            uint32_t acked = window - done < MSS ? window - done : MSS;
            p.cwnd += mptcp_reno_increase(&p, acked, &acc);
            done += acked;
        }
        expected += MSS;
        assert_in_range(p.cwnd, expected - 2, expected);
    }
}

static void given_slow_start_or_recovery_then_nothing_is_added_but_at_ssthresh_it_is(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path(20 * MSS);
    p.ssthresh = 20 * MSS;
    assert_true(mptcp_cc_avoiding(&p));
    assert_in_range(fresh(&p, 20 * MSS), MSS - 1, MSS);
    p.ssthresh++;
    assert_false(mptcp_cc_avoiding(&p));
    assert_int_equal(fresh(&p, 20 * MSS), 0);
    p.ssthresh = 10 * MSS;
    p.flags |= MPTCP_CC_RECOVERY;
    assert_false(mptcp_cc_avoiding(&p));
    assert_int_equal(fresh(&p, 20 * MSS), 0);
    p.flags = 0;
    assert_false(mptcp_cc_avoiding(&p));
    assert_int_equal(fresh(&p, 20 * MSS), 0);
}

/* P8 */
static void given_an_application_that_limits_then_nothing_is_added_nor_saved_up(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path(20 * MSS);
    struct mptcp_cc_acc acc = {0};
    (void)mptcp_reno_increase(&p, MSS, &acc);
    struct mptcp_cc_acc before = acc;
    p.flags |= MPTCP_CC_APP_LIMITED;
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(mptcp_reno_increase(&p, MSS, &acc), 0);
        assert_int_equal(mptcp_lia_increase(&p, 1, 0, MSS, &acc), 0);
    }
    assert_memory_equal(&acc, &before, sizeof acc);
}

/* P7: 1/7 octet per ACK */
static void given_less_than_an_octet_per_ack_then_it_adds_up(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path(1u << 20);
    struct mptcp_cc_acc acc = {0};
    uint32_t sum = 0;
    for (uint32_t done = 0; done < 1u << 20; done += 100) {
        sum += mptcp_reno_increase(&p, 100, &acc);
    }
    assert_in_range(sum, MSS - 1, MSS);
}

/* P7: coupled, 1/40000 octet per ACK */
static void given_far_less_than_an_octet_per_ack_then_it_still_adds_up(void **state)
{
    (void)state;
    struct mptcp_cc_path p[] = {path(1u << 20), path(1u << 20)};
    struct mptcp_cc_acc acc = {0};
    uint32_t sum = 0;
    p[0].mss = 100;
    for (uint32_t done = 0; done < 1u << 22; done++) {
        sum += mptcp_lia_increase(p, 2, 0, 1, &acc);
    }
    assert_in_range(sum, 99, 100);
}

/* RFC 5681 s3.1: what a recovery held back arrives as one ACK, and is worth one segment. */
static void given_an_ack_for_more_than_a_window_then_it_adds_one_segment_at_most(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path(10 * MSS);
    assert_in_range(fresh(&p, 40 * MSS), MSS - 1, MSS);
    assert_in_range(fresh(&p, UINT32_MAX), MSS - 1, MSS);
}

static void given_the_largest_window_then_it_does_not_wrap(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path(UINT32_MAX - 3);
    assert_int_equal(fresh(&p, UINT32_MAX), 3);
    p.cwnd = UINT32_MAX;
    assert_int_equal(fresh(&p, UINT32_MAX), 0);
}

static void given_a_window_smaller_than_a_segment_then_it_doubles_at_most(void **state)
{
    (void)state;
    for (uint32_t cwnd = 0; cwnd <= MSS; cwnd++) {
        struct mptcp_cc_path p = path(cwnd);
        assert_in_range(fresh(&p, UINT32_MAX), cwnd == 0 ? 0 : cwnd - 1, cwnd);
    }
}

static void given_no_mss_then_nothing_is_added(void **state)
{
    (void)state;
    struct mptcp_cc_path p = path(10 * MSS);
    p.mss = 0;
    assert_int_equal(fresh(&p, UINT32_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_window_of_octets_then_it_adds_one_segment),
        cmocka_unit_test(given_slow_start_or_recovery_then_nothing_is_added_but_at_ssthresh_it_is),
        cmocka_unit_test(given_an_application_that_limits_then_nothing_is_added_nor_saved_up),
        cmocka_unit_test(given_less_than_an_octet_per_ack_then_it_adds_up),
        cmocka_unit_test(given_far_less_than_an_octet_per_ack_then_it_still_adds_up),
        cmocka_unit_test(given_an_ack_for_more_than_a_window_then_it_adds_one_segment_at_most),
        cmocka_unit_test(given_the_largest_window_then_it_does_not_wrap),
        cmocka_unit_test(given_a_window_smaller_than_a_segment_then_it_doubles_at_most),
        cmocka_unit_test(given_no_mss_then_nothing_is_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
