/*
 * test_options_captured.c - the walk over every segment of the captures.
 */
#include "wire_test.h"

struct result {
    int code;
    struct mptcp_options o;
    struct mptcp_refusal why;
};

static struct result read_as(unsigned version, const uint8_t *octets, size_t n, unsigned flags)
{
    struct result r;
    memset(&r, 0xa5, sizeof r);
    uint8_t *copy = exact_copy(octets, n);
    r.code = mptcp_options_read_of(version, copy, n, flags, &r.o, &r.why);
    free(copy);
    assert_int_equal(r.code, r.why.code);
    return r;
}

static struct result read_area(const uint8_t *octets, size_t n, unsigned flags)
{
    return read_as(1, octets, n, flags);
}

static struct capture capture;

/* checks: C-5 C-11 C-13 C-14 A-4 D-19 */
static void given_a_captured_connection_of_version_1_then_every_segment_is_read(void **state)
{
    (void)state;
    struct segment s;
    unsigned count[16] = {0};
    unsigned fins = 0;
    capture_open(&capture, "mptcp-aa-v1.pcap");
    while (capture_next(&capture, &s)) {
        struct result r = read_area(s.options, s.options_len, s.tcp_flags);
        assert_int_equal(r.code, MPTCP_OK);
        for (unsigned subtype = 0; subtype < 16; subtype++) {
            count[subtype] += (r.o.present & MPTCP_HAS(subtype)) != 0;
        }
        fins += (r.o.present & MPTCP_HAS(MPTCP_DSS)) != 0 && (r.o.dss.flags & MPTCP_DSS_FIN) != 0;
    }
    assert_int_equal(count[MPTCP_CAPABLE], 4);
    assert_int_equal(count[MPTCP_DSS], 18);
    assert_int_equal(count[MPTCP_ADD_ADDR], 1);
    assert_int_equal(fins, 2);
}

/* checks: C-2 D-18 J-1 R-7 */
static void given_a_capture_of_version_0_then_only_what_is_not_version_1_is_refused(void **state)
{
    (void)state;
    struct segment s;
    unsigned segments_read = 0;
    unsigned refusals[16] = {0};
    capture_open(&capture, "mptcp-v0.pcap");
    while (capture_next(&capture, &s)) {
        struct result r = read_area(s.options, s.options_len, s.tcp_flags);
        for (unsigned subtype = 0; subtype < 16; subtype++) {
            refusals[subtype] += (r.o.refused & MPTCP_HAS(subtype)) != 0;
        }
        if (r.code != MPTCP_OK) {
            assert_true(s.number == 4 || s.number == 211);
        }
        segments_read++;
    }
    assert_true(segments_read > 200);
    assert_int_equal(refusals[MPTCP_CAPABLE], 0); /* it names its version itself */
    assert_int_equal(refusals[MPTCP_JOIN], 0);
    assert_int_equal(refusals[MPTCP_ADD_ADDR], 1); /* 8 octets without flag E */
    assert_int_equal(refusals[MPTCP_DSS], 1);      /* a DATA_ACK on a reset */
    assert_int_equal(refusals[MPTCP_REMOVE_ADDR], 0);
    assert_int_equal(refusals[MPTCP_PRIO], 0);
}

/* checks: Z-1 Z-5 Z-6 Z-7 Z-8 Z-45 */
static void given_a_capture_of_version_0_then_its_own_reader_reads_every_segment(void **state)
{
    (void)state;
    struct segment s;
    unsigned count[16] = {0};
    unsigned fins = 0;
    capture_open(&capture, "mptcp-v0.pcap");
    while (capture_next(&capture, &s)) {
        struct result r = read_as(0, s.options, s.options_len, s.tcp_flags);
        if (s.number == 211) { /* a DATA_ACK on a RST, which is a RST all the same */
            assert_int_equal(r.o.present, 0);
            assert_int_equal(r.o.refused, MPTCP_HAS(MPTCP_DSS));
            continue;
        }
        assert_int_equal(r.code, MPTCP_OK);
        assert_int_equal(r.o.refused, 0);
        for (unsigned subtype = 0; subtype < 16; subtype++) {
            count[subtype] += (r.o.present & MPTCP_HAS(subtype)) != 0;
        }
        fins += (r.o.present & MPTCP_HAS(MPTCP_DSS)) != 0 && (r.o.dss.flags & MPTCP_DSS_FIN) != 0;
    }
    assert_int_equal(s.number, 264);
    assert_int_equal(count[MPTCP_CAPABLE], 3);
    assert_int_equal(count[MPTCP_JOIN], 3);
    assert_int_equal(count[MPTCP_DSS], 264 - 3 - 3 - 1);
    assert_int_equal(count[MPTCP_ADD_ADDR], 1);
    assert_int_equal(count[MPTCP_REMOVE_ADDR], 1);
    assert_int_equal(count[MPTCP_ADD_ADDR2], 0);
    assert_int_equal(fins, 2);
}

/* checks: none */
static void given_a_captured_dss_of_length_3_then_it_is_refused_within_its_octets(void **state)
{
    (void)state;
    struct segment s;
    capture_open(&capture, "mptcp-dss-oobr.pcap");
    assert_true(capture_next(&capture, &s));
    assert_int_equal(s.options_len, 20);
    struct result r = read_area(s.options, s.options_len, s.tcp_flags);
    assert_int_equal(r.code, MPTCP_E_OPT_LENGTH);
    assert_int_equal(r.why.octet, 17);
    assert_int_equal(r.o.present, 0);
    assert_int_equal(r.o.refused, MPTCP_HAS(MPTCP_DSS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_captured_connection_of_version_1_then_every_segment_is_read),
        cmocka_unit_test(given_a_captured_dss_of_length_3_then_it_is_refused_within_its_octets),
        cmocka_unit_test(given_a_capture_of_version_0_then_its_own_reader_reads_every_segment),
        cmocka_unit_test(given_a_capture_of_version_0_then_only_what_is_not_version_1_is_refused),
    };
    return cmocka_run_group_tests_name("options_captured", tests, NULL, NULL);
}
