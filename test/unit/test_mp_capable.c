/*
 * test_mp_capable.c - MP_CAPABLE in its five forms, other versions, contradictions.
 */
#include "wire_test.h"

static struct mptcp_option capable(unsigned form, unsigned flags)
{
    struct mptcp_option opt;
    memset(&opt, 0, sizeof opt);
    opt.subtype = MPTCP_CAPABLE;
    opt.u.capable.version = 1;
    opt.u.capable.form = (uint8_t)form;
    opt.u.capable.flags = (uint8_t)flags;
    if (form > MPTCP_CAPABLE_SYN) {
        opt.u.capable.sender_key = 0x8f0c7c64a6a32ac1u;
    }
    if (form > MPTCP_CAPABLE_SYNACK) {
        opt.u.capable.receiver_key = 0x73bb150358a0aecbu;
    }
    if (form > MPTCP_CAPABLE_ACK) {
        opt.u.capable.dll = 16;
    }
    if (form > MPTCP_CAPABLE_DATA) {
        opt.u.capable.checksum = 0xbeef;
    }
    return opt;
}

static const struct {
    const char *hex;
    unsigned form;
    unsigned flags;
} forms[] = {
    {"1e040101", MPTCP_CAPABLE_SYN, 0x01},
    {"1e040181", MPTCP_CAPABLE_SYN, 0x81},
    {"1e0401a1", MPTCP_CAPABLE_SYN, 0xa1},
    {"1e0c01018f0c7c64a6a32ac1", MPTCP_CAPABLE_SYNACK, 0x01},
    {"1e1401018f0c7c64a6a32ac173bb150358a0aecb", MPTCP_CAPABLE_ACK, 0x01},
    {"1e1401818f0c7c64a6a32ac173bb150358a0aecb", MPTCP_CAPABLE_ACK, 0x81},
    {"1e1601018f0c7c64a6a32ac173bb150358a0aecb0010", MPTCP_CAPABLE_DATA, 0x01},
    {"1e1801818f0c7c64a6a32ac173bb150358a0aecb0010beef", MPTCP_CAPABLE_DATA_CHECKSUM, 0x81},
};

/* checks: C-5 C-11 C-13 C-18 C-21 */
static void given_each_form_when_read_then_its_fields_are_there_and_the_others_are_0(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct mptcp_option expected = capable(forms[i].form, forms[i].flags);
        struct mptcp_option opt = read_hex(forms[i].hex);
        assert_memory_equal(&opt, &expected, sizeof opt);
    }
}

/* checks: C-5 C-11 C-13 */
static void given_each_form_when_written_then_the_octets_are_those_of_the_figure(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct mptcp_option opt = capable(forms[i].form, forms[i].flags);
        assert_writes(&opt, forms[i].hex);
    }
}

/* checks: C-5 */
static void given_fields_that_the_form_lacks_when_written_then_they_are_left_out(void **state)
{
    (void)state;
    struct mptcp_option opt = capable(MPTCP_CAPABLE_DATA_CHECKSUM, 0x01);
    opt.u.capable.form = MPTCP_CAPABLE_SYN;
    assert_writes(&opt, "1e040101");
    opt.u.capable.form = MPTCP_CAPABLE_SYNACK;
    assert_writes(&opt, "1e0c01018f0c7c64a6a32ac1");
    opt.u.capable.form = MPTCP_CAPABLE_DATA;
    assert_writes(&opt, "1e1601018f0c7c64a6a32ac173bb150358a0aecb0010");
}

/* checks: C-23 */
static void given_no_crypto_bit_when_read_then_the_option_is_invalid(void **state)
{
    (void)state;
    assert_refused("1e040100", MPTCP_E_OPT_CRYPTO, 3);
    assert_refused("1e0401a0", MPTCP_E_OPT_CRYPTO, 3);
    struct mptcp_option opt = capable(MPTCP_CAPABLE_SYN, MPTCP_CAPABLE_CHECKSUM);
    assert_not_written(&opt, MPTCP_E_OPT_CRYPTO);
}

/* checks: C-23 C-24 */
static void given_any_crypto_bit_when_read_then_the_choice_is_left_to_the_handshake(void **state)
{
    (void)state;
    assert_int_equal(read_hex("1e040110").u.capable.flags, 0x10);
    assert_int_equal(read_hex("1e04011f").u.capable.flags, 0x1f);
}

/* checks: C-20 */
static void given_flag_b_then_a_known_form_is_read_and_an_unknown_one_is_an_extension(void **state)
{
    (void)state;
    assert_int_equal(read_hex("1e040140").u.capable.flags, MPTCP_CAPABLE_EXTENSION);
    assert_int_equal(read_hex("1e0401c1").u.capable.flags, 0xc1);
    assert_refused("1e080141ffffffff", MPTCP_E_OPT_EXTENSION, 1);
    assert_refused("1e080101ffffffff", MPTCP_E_OPT_LENGTH, 1);
}

/* checks: C-2 C-3 */
static void given_another_version_then_a_known_form_is_read_with_its_version(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0c00819c9eabd1e46a33b2");
    assert_int_equal(opt.u.capable.version, 0);
    assert_int_equal(opt.u.capable.form, MPTCP_CAPABLE_SYNACK);
    assert_true(opt.u.capable.sender_key == 0x9c9eabd1e46a33b2u);
    opt = read_hex("1e1400819c9eabd1e46a33b2967d2770b6960552");
    assert_int_equal(opt.u.capable.version, 0);
    assert_true(opt.u.capable.receiver_key == 0x967d2770b6960552u);
    assert_int_equal(read_hex("1e040200").u.capable.version, 2);
    assert_int_equal(read_hex("1e040f01").u.capable.version, 15);
    assert_refused("1e080201ffffffff", MPTCP_E_OPT_VERSION, 1);
    assert_refused("1e050001ff", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e040001", MPTCP_E_OPT_LENGTH, 1);
}

/* checks: C-19 */
static void given_flag_a_and_no_checksum_or_the_reverse_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e1601818f0c7c64a6a32ac173bb150358a0aecb0010", MPTCP_E_OPT_CHECKSUM, 3);
    assert_refused("1e1801018f0c7c64a6a32ac173bb150358a0aecb0010beef", MPTCP_E_OPT_CHECKSUM, 3);
    struct mptcp_option opt = capable(MPTCP_CAPABLE_DATA, 0x81);
    assert_not_written(&opt, MPTCP_E_OPT_CHECKSUM);
    opt = capable(MPTCP_CAPABLE_DATA_CHECKSUM, 0x01);
    assert_not_written(&opt, MPTCP_E_OPT_CHECKSUM);
}

/* checks: C-5 */
static void
given_a_form_or_version_that_is_none_when_written_then_it_is_an_argument_error(void **state)
{
    (void)state;
    for (unsigned form = 0; form < 256; form++) {
        struct mptcp_option opt = capable(form, 0x01);
        if (form != 4 && form != 12 && form != 20 && form != 22 && form != 24) {
            assert_not_written(&opt, MPTCP_E_ARGUMENT);
        }
    }
    struct mptcp_option opt = capable(MPTCP_CAPABLE_SYN, 0x01);
    opt.u.capable.version = 16;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_each_form_when_read_then_its_fields_are_there_and_the_others_are_0),
        cmocka_unit_test(given_each_form_when_written_then_the_octets_are_those_of_the_figure),
        cmocka_unit_test(given_fields_that_the_form_lacks_when_written_then_they_are_left_out),
        cmocka_unit_test(given_no_crypto_bit_when_read_then_the_option_is_invalid),
        cmocka_unit_test(given_any_crypto_bit_when_read_then_the_choice_is_left_to_the_handshake),
        cmocka_unit_test(given_flag_b_then_a_known_form_is_read_and_an_unknown_one_is_an_extension),
        cmocka_unit_test(given_another_version_then_a_known_form_is_read_with_its_version),
        cmocka_unit_test(given_flag_a_and_no_checksum_or_the_reverse_then_it_is_refused),
        cmocka_unit_test(
            given_a_form_or_version_that_is_none_when_written_then_it_is_an_argument_error),
    };
    return cmocka_run_group_tests_name("mp_capable", tests, NULL, NULL);
}
