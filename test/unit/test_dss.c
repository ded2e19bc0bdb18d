/*
 * test_dss.c - the Data Sequence Signal: every combination of its flags, every
 * length, DATA_FIN, captured options.
 */
#include "wire_test.h"

static struct mptcp_option dss(unsigned flags, bool checksum)
{
    struct mptcp_option opt;
    memset(&opt, 0, sizeof opt);
    opt.subtype = MPTCP_DSS;
    opt.u.dss.flags = (uint8_t)flags;
    opt.u.dss.has_checksum = checksum;
    if ((flags & MPTCP_DSS_ACK) != 0) {
        opt.u.dss.data_ack = (flags & MPTCP_DSS_ACK64) != 0 ? 0x0102030405060708u : 0x05060708u;
    }
    if ((flags & MPTCP_DSS_MAP) != 0) {
        opt.u.dss.dsn = (flags & MPTCP_DSS_DSN64) != 0 ? 0x1112131415161718u : 0x15161718u;
        opt.u.dss.ssn = 0x21222324u;
        opt.u.dss.dll = 0x3132;
        opt.u.dss.checksum = checksum ? 0x4142 : 0;
    }
    return opt;
}

static const struct {
    const char *hex;
    unsigned flags;
    bool checksum;
} forms[] = {
    {"1e042000", 0, false},
    {"1e08200105060708", MPTCP_DSS_ACK, false},
    {"1e0c20030102030405060708", MPTCP_DSS_ACK | MPTCP_DSS_ACK64, false},
    {"1e0e200415161718212223243132", MPTCP_DSS_MAP, false},
    {"1e1020041516171821222324"
     "31324142",
     MPTCP_DSS_MAP, true},
    {"1e12200c1112131415161718212223243132", MPTCP_DSS_MAP | MPTCP_DSS_DSN64, false},
    {"1e14200c11121314151617182122232431324142", MPTCP_DSS_MAP | MPTCP_DSS_DSN64, true},
    {"1e1220050506070815161718212223243132", MPTCP_DSS_ACK | MPTCP_DSS_MAP, false},
    {"1e142005050607081516171821222324"
     "31324142",
     MPTCP_DSS_ACK | MPTCP_DSS_MAP, true},
    {"1e162007010203040506070815161718212223243132",
     MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP, false},
    {"1e18200701020304050607081516171821222324"
     "31324142",
     MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP, true},
    {"1e16200d050607081112131415161718212223243132",
     MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_DSN64, false},
    {"1e18200d0506070811121314151617182122232431324142",
     MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_DSN64, true},
    {"1e1a200f01020304050607081112131415161718212223243132",
     MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP | MPTCP_DSS_DSN64, false},
    {"1e1c200f010203040506070811121314151617182122232431324142",
     MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP | MPTCP_DSS_DSN64, true},
    {"1e1c201f010203040506070811121314151617182122232431324142",
     MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP | MPTCP_DSS_DSN64 | MPTCP_DSS_FIN, true},
};

/* checks: D-1 D-11 D-12 D-14 D-17 */
static void given_every_form_then_it_is_read_and_written_octet_for_octet(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct mptcp_option expected = dss(forms[i].flags, forms[i].checksum);
        struct mptcp_option opt = read_hex(forms[i].hex);
        assert_memory_equal(&opt, &expected, sizeof opt);
        assert_writes(&expected, forms[i].hex);
    }
}

/* checks: D-1 */
static void given_wide_flags_without_their_field_then_they_mean_nothing(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e04200a");
    assert_int_equal(opt.u.dss.flags, 0);
    opt = read_hex("1e08200905060708");
    assert_int_equal(opt.u.dss.flags, MPTCP_DSS_ACK);
    opt = read_hex("1e0e200615161718212223243132");
    assert_int_equal(opt.u.dss.flags, MPTCP_DSS_MAP);
    assert_true(opt.u.dss.data_ack == 0);
    opt = dss(MPTCP_DSS_ACK, false);
    opt.u.dss.flags |= MPTCP_DSS_DSN64;
    assert_writes(&opt, "1e08200105060708");
}

/* checks: D-2 */
static void given_reserved_bits_then_they_are_ignored_and_never_written(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e082fe105060708");
    assert_int_equal(opt.u.dss.flags, MPTCP_DSS_ACK);
    assert_writes(&opt, "1e08200105060708");
    opt.u.dss.flags |= 0x20;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
}

/* checks: D-11 */
static void given_wide_numbers_in_a_narrow_field_when_written_then_the_low_half_stands(void **state)
{
    (void)state;
    struct mptcp_option opt = dss(MPTCP_DSS_ACK | MPTCP_DSS_MAP, false);
    opt.u.dss.data_ack |= 0xffffffff00000000u;
    opt.u.dss.dsn |= 0xeeeeeeee00000000u;
    assert_writes(&opt, "1e1220050506070815161718212223243132");
}

/* checks: D-18 */
static void given_a_data_fin_without_a_number_of_its_own_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e042010", MPTCP_E_OPT_FIN, 3);
    assert_refused("1e08201105060708", MPTCP_E_OPT_FIN, 3);
    assert_refused("1e0e201415161718212223240000", MPTCP_E_OPT_FIN, 12);
    assert_refused("1e102014151617182122232400004142", MPTCP_E_OPT_FIN, 12);
    assert_refused("1e1a201f01020304050607081112131415161718212223240000", MPTCP_E_OPT_FIN, 24);
    struct mptcp_option opt = dss(MPTCP_DSS_ACK | MPTCP_DSS_FIN, false);
    assert_not_written(&opt, MPTCP_E_OPT_FIN);
    opt = dss(MPTCP_DSS_MAP | MPTCP_DSS_FIN, false);
    opt.u.dss.dll = 0;
    assert_not_written(&opt, MPTCP_E_OPT_FIN);
}

/* checks: D-13 */
static void given_a_length_of_0_then_it_is_an_infinite_mapping_and_legal(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0e200415161718212223240000");
    assert_int_equal(opt.u.dss.dll, 0);
    assert_true((opt.u.dss.flags & MPTCP_DSS_MAP) != 0);
    assert_writes(&opt, "1e0e200415161718212223240000");
}

/* checks: D-3 */
static void given_a_checksum_without_a_mapping_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e0620004142", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0a2001050607084142", MPTCP_E_OPT_LENGTH, 1);
    struct mptcp_option opt = dss(MPTCP_DSS_ACK, true);
    assert_not_written(&opt, MPTCP_E_OPT_LENGTH);
}

/* checks: D-1 D-3 */
static void given_every_flag_octet_and_every_length_then_only_the_rfcs_lengths_pass(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        size_t plain = 4;
        bool map = (flags & MPTCP_DSS_MAP) != 0;
        if ((flags & MPTCP_DSS_ACK) != 0) {
            plain += (flags & MPTCP_DSS_ACK64) != 0 ? 8 : 4;
        }
        if (map) {
            plain += (flags & MPTCP_DSS_DSN64) != 0 ? 14 : 10;
        }
        for (size_t len = 3; len <= 40; len++) {
            uint8_t octets[40];
            memset(octets, 0x77, sizeof octets);
            octets[0] = 30;
            octets[1] = (uint8_t)len;
            octets[2] = 0x20;
            octets[3] = (uint8_t)flags;
            uint8_t *copy = exact_copy(octets, len);
            struct mptcp_option opt;
            int got = mptcp_option_read(copy, len, &opt, NULL);
            free(copy);
            bool fits = len == plain || (map && len == plain + 2);
            bool bare_fin = (flags & MPTCP_DSS_FIN) != 0 && !map;
            int expected = (int)len;
            if (len == 3 || !fits) {
                expected = MPTCP_E_OPT_LENGTH;
            } else if (bare_fin) {
                expected = MPTCP_E_OPT_FIN;
            }
            assert_int_equal(got, expected);
            if (got > 0) {
                assert_int_equal(opt.u.dss.has_checksum, len != plain);
            }
        }
    }
}

/* checks: D-8 D-11 D-18 D-19 */
static void given_captured_options_then_their_fields_are_read_and_written_back(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e142005d52abecad1b97490000000010029082f");
    assert_true(opt.u.dss.data_ack == 0xd52abecau);
    assert_true(opt.u.dss.dsn == 0xd1b97490u);
    assert_int_equal(opt.u.dss.ssn, 1);
    assert_int_equal(opt.u.dss.dll, 41);
    assert_int_equal(opt.u.dss.has_checksum, 1);
    assert_int_equal(opt.u.dss.checksum, 0x082f);
    assert_writes(&opt, "1e142005d52abecad1b97490000000010029082f");
    opt = read_hex("1e142015d1b99601d52ad2cb0000000000010a51");
    assert_int_equal(opt.u.dss.flags, MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_FIN);
    assert_int_equal(opt.u.dss.ssn, 0);
    assert_int_equal(opt.u.dss.dll, 1);
    assert_writes(&opt, "1e142015d1b99601d52ad2cb0000000000010a51");
}

/* checks: none */
static void given_a_dss_of_length_3_then_it_is_refused_and_nothing_past_it_is_read(void **state)
{
    (void)state;
    assert_refused("1e0320", MPTCP_E_OPT_LENGTH, 1);
    assert_int_equal(refuse_hex("1e0320").subtype, MPTCP_DSS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_every_form_then_it_is_read_and_written_octet_for_octet),
        cmocka_unit_test(given_wide_flags_without_their_field_then_they_mean_nothing),
        cmocka_unit_test(given_reserved_bits_then_they_are_ignored_and_never_written),
        cmocka_unit_test(
            given_wide_numbers_in_a_narrow_field_when_written_then_the_low_half_stands),
        cmocka_unit_test(given_a_data_fin_without_a_number_of_its_own_then_it_is_refused),
        cmocka_unit_test(given_a_length_of_0_then_it_is_an_infinite_mapping_and_legal),
        cmocka_unit_test(given_a_checksum_without_a_mapping_then_it_is_refused),
        cmocka_unit_test(given_every_flag_octet_and_every_length_then_only_the_rfcs_lengths_pass),
        cmocka_unit_test(given_captured_options_then_their_fields_are_read_and_written_back),
        cmocka_unit_test(given_a_dss_of_length_3_then_it_is_refused_and_nothing_past_it_is_read),
    };
    return cmocka_run_group_tests_name("dss", tests, NULL, NULL);
}
