/*
 * test_mp_tcprst.c - MP_TCPRST, every flag nibble and every reason.
 */
#include "wire_test.h"

/* checks: T-2 T-3 */
static void given_every_nibble_and_reason_then_only_t_and_the_reason_count(void **state)
{
    (void)state;
    for (unsigned nibble = 0; nibble < 16; nibble++) {
        for (unsigned reason = 0; reason < 256; reason++) {
            const uint8_t octets[4] = {30, 4, (uint8_t)(0x80 | nibble), (uint8_t)reason};
            const uint8_t clean[4] = {30, 4, (uint8_t)(0x80 | (nibble & 1)), (uint8_t)reason};
            uint8_t written[4];
            struct mptcp_option opt;
            assert_int_equal(mptcp_option_read(octets, sizeof octets, &opt, NULL), 4);
            assert_int_equal(opt.u.tcprst.transient, nibble & 1);
            assert_int_equal(opt.u.tcprst.reason, reason);
            assert_int_equal(mptcp_option_write(&opt, written, sizeof written), 4);
            assert_memory_equal(written, clean, sizeof clean);
        }
    }
}

/* checks: T-2 */
static void given_another_length_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e0380", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e05800000", MPTCP_E_OPT_LENGTH, 1);
}

static struct capture capture;

/* checks: T-1 T-3 */
static void given_two_captured_resets_then_flag_and_reason_are_theirs(void **state)
{
    (void)state;
    struct segment s;
    struct mptcp_options o;
    capture_open(&capture, "mptcp-tcprst.pcap");
    assert_true(capture_next(&capture, &s));
    assert_int_equal(mptcp_options_read(s.options, s.options_len, s.tcp_flags, &o, NULL), MPTCP_OK);
    assert_int_equal(o.present, MPTCP_HAS(MPTCP_TCPRST));
    assert_int_equal(o.tcprst.transient, 0);
    assert_int_equal(o.tcprst.reason, MPTCP_RST_UNSPECIFIED);
    assert_true(capture_next(&capture, &s));
    assert_int_equal(mptcp_options_read(s.options, s.options_len, s.tcp_flags, &o, NULL), MPTCP_OK);
    assert_int_equal(o.tcprst.transient, 1);
    assert_int_equal(o.tcprst.reason, MPTCP_RST_MPTCP);
    assert_false(capture_next(&capture, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_every_nibble_and_reason_then_only_t_and_the_reason_count),
        cmocka_unit_test(given_another_length_then_it_is_refused),
        cmocka_unit_test(given_two_captured_resets_then_flag_and_reason_are_theirs),
    };
    return cmocka_run_group_tests_name("mp_tcprst", tests, NULL, NULL);
}
