/*
 * test_checksum.c - one's-complement sums and the DSS checksum, against a sum octet
 * by octet and against captured packets.
 */
#include "wire_test.h"

/* The definition: 16-bit words in network order, carries added back in. */
static uint16_t reference(const uint8_t *p, size_t n, bool odd)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (i % 2 == 0) != odd ? (uint64_t)p[i] << 8 : p[i];
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static uint8_t big[300000];

/* checks: D-8 */
static void given_any_length_and_alignment_then_the_sum_is_the_reference(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (size_t i = 0; i < 2048; i++) {
        big[i] = (uint8_t)random64(&seed);
    }
    for (size_t at = 0; at < 9; at++) {
        for (size_t n = 0; n < 700; n++) {
            uint8_t *copy = exact_copy(big + at, n);
            assert_int_equal(mptcp_sum_fold(mptcp_sum(0, copy, n, false)),
                             reference(copy, n, false));
            free(copy);
            assert_int_equal(mptcp_sum_fold(mptcp_sum(0, big + at, n, true)),
                             reference(big + at, n, true));
        }
    }
}

/* checks: D-8 */
static void given_much_data_with_all_bits_set_then_nothing_overflows(void **state)
{
    (void)state;
    memset(big, 0xff, sizeof big);
    static const size_t lengths[] = {1424, 65535, 65536, 262143, 262144, 262145, 262400, 300000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        uint32_t sum = mptcp_sum(0xffffffffu, big, lengths[i], false);
        uint32_t expected = 0xffffu + reference(big, lengths[i], false);
        assert_int_equal(mptcp_sum_fold(sum), mptcp_sum_fold(expected));
    }
}

/* checks: D-8 */
static void given_data_in_pieces_then_their_sums_add_up(void **state)
{
    (void)state;
    uint64_t seed = 6;
    for (unsigned round = 0; round < 2000; round++) {
        size_t n = random_below(&seed, 3000);
        for (size_t i = 0; i < n; i++) {
            big[i] = (uint8_t)random64(&seed);
        }
        uint32_t chained = 0;
        uint32_t added = 0;
        size_t at = 0;
        while (at < n) {
            size_t piece = 1 + random_below(&seed, 400);
            piece = piece < n - at ? piece : n - at;
            chained = mptcp_sum(chained, big + at, piece, at % 2 != 0);
            added += mptcp_sum(0, big + at, piece, at % 2 != 0);
            at += piece;
        }
        assert_int_equal(mptcp_sum_fold(chained), reference(big, n, false));
        assert_int_equal(mptcp_sum_fold(added), reference(big, n, false));
    }
}

/* checks: D-8 */
static void given_no_data_then_the_sum_is_unchanged(void **state)
{
    (void)state;
    assert_int_equal(mptcp_sum(0, NULL, 0, false), 0);
    assert_int_equal(mptcp_sum_fold(mptcp_sum(0x1234, NULL, 0, true)), 0x1234);
    assert_int_equal(mptcp_sum_fold(0xffffffffu), 0xffff);
    assert_int_equal(mptcp_sum_fold(0x00010000u), 1);
    assert_int_equal(mptcp_sum_fold(0xffff0001u), 1);
}

static void assert_dss_checksum(uint64_t dsn, uint32_t ssn, uint16_t dll, const char *payload_hex,
                                uint16_t expected)
{
    uint8_t payload[64];
    size_t n = from_hex(payload_hex, payload, sizeof payload);
    uint32_t sum = mptcp_sum(0, payload, n, false);
    assert_int_equal(mptcp_dss_checksum(mptcp_dsn_of(dsn), mptcp_ssn_of(ssn), dll, sum), expected);
    /* A receiver adds the field to the sum: all ones, so that the complement is zero. */
    assert_int_equal(mptcp_dss_checksum(mptcp_dsn_of(dsn), mptcp_ssn_of(ssn), dll, sum + expected),
                     0);
}

/* checks: D-8 D-19 */
static void given_the_mappings_of_a_published_capture_then_the_checksum_is_theirs(void **state)
{
    (void)state;
    assert_dss_checksum(
        0xe47ef57dd1b97490u, 1, 41,
        "5353482d322e302d4f70656e5353485f352e3570312044656269616e2d362b73717565657a65310d0a",
        0x082f);
    assert_dss_checksum(
        0x9851b565d52abecau, 1, 41,
        "5353482d322e302d4f70656e5353485f352e3570312044656269616e2d362b73717565657a65320d0a",
        0x45c9);
    assert_dss_checksum(0x9851b565d52ad2cbu, 0, 1, "", 0x0a51);
    assert_dss_checksum(0xe47ef57dd1b99601u, 0, 1, "", 0xbe46);
}

/* checks: D-8 */
static void given_a_payload_sum_of_32_bits_then_the_checksum_takes_it_unfolded(void **state)
{
    (void)state;
    uint16_t folded = mptcp_dss_checksum(mptcp_dsn_of(1), mptcp_ssn_of(2), 3, 0xffff);
    assert_int_equal(mptcp_dss_checksum(mptcp_dsn_of(1), mptcp_ssn_of(2), 3, 0xffffffffu), folded);
    assert_int_equal(mptcp_dss_checksum(mptcp_dsn_of(UINT64_MAX), mptcp_ssn_of(UINT32_MAX),
                                        UINT16_MAX, 0xffffffffu),
                     0);
}

static struct capture capture;

/* checks: D-8 D-18 D-19 */
static void given_a_whole_captured_connection_then_all_153_checksums_verify(void **state)
{
    (void)state;
    struct segment s;
    unsigned verified = 0;
    capture_open(&capture, "mptcp-v0.pcap");
    while (capture_next(&capture, &s)) {
        struct mptcp_options o;
        mptcp_options_read(s.options, s.options_len, s.tcp_flags, &o, NULL);
        if ((o.present & MPTCP_HAS(MPTCP_DSS)) == 0 || (o.dss.flags & MPTCP_DSS_MAP) == 0) {
            continue;
        }
        assert_true(o.dss.has_checksum);
        unsigned fin = (o.dss.flags & MPTCP_DSS_FIN) != 0 ? 1 : 0;
        assert_int_equal(s.payload_len + fin, o.dss.dll);
        uint64_t high = s.to_port == 22 ? 0x9851b56500000000u : 0xe47ef57d00000000u;
        uint32_t sum = mptcp_sum(0, s.payload, s.payload_len, false);
        assert_int_equal(mptcp_dss_checksum(mptcp_dsn_of(high | o.dss.dsn), mptcp_ssn_of(o.dss.ssn),
                                            o.dss.dll, sum),
                         o.dss.checksum);
        verified++;
    }
    assert_int_equal(verified, 153);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_any_length_and_alignment_then_the_sum_is_the_reference),
        cmocka_unit_test(given_much_data_with_all_bits_set_then_nothing_overflows),
        cmocka_unit_test(given_data_in_pieces_then_their_sums_add_up),
        cmocka_unit_test(given_no_data_then_the_sum_is_unchanged),
        cmocka_unit_test(given_the_mappings_of_a_published_capture_then_the_checksum_is_theirs),
        cmocka_unit_test(given_a_payload_sum_of_32_bits_then_the_checksum_takes_it_unfolded),
        cmocka_unit_test(given_a_whole_captured_connection_then_all_153_checksums_verify),
    };
    return cmocka_run_group_tests_name("checksum", tests, NULL, NULL);
}
