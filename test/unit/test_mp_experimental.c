/*
 * test_mp_experimental.c - MP_EXPERIMENTAL is passed on as it is.
 */
#include "wire_test.h"

/* checks: none */
static void given_every_length_then_all_bits_but_the_subtype_come_through(void **state)
{
    (void)state;
    for (unsigned len = 3; len <= 40; len++) {
        uint8_t octets[40];
        uint8_t written[40];
        for (unsigned i = 0; i < sizeof octets; i++) {
            octets[i] = (uint8_t)(0xf9 + i);
        }
        octets[0] = 30;
        octets[1] = (uint8_t)len;
        struct mptcp_option opt;
        assert_int_equal(mptcp_option_read(octets, len, &opt, NULL), (int)len);
        assert_int_equal(opt.u.experimental.length, len - 2);
        assert_int_equal(opt.u.experimental.data[0], octets[2] & 0x0f);
        assert_memory_equal(opt.u.experimental.data + 1, octets + 3, len - 3);
        assert_int_equal(mptcp_option_write(&opt, written, len - 1), MPTCP_E_ROOM);
        assert_int_equal(mptcp_option_write(&opt, written, len), (int)len);
        assert_memory_equal(written, octets, len);
    }
}

/* checks: none */
static void given_no_data_too_much_or_more_than_a_nibble_first_then_it_is_not_written(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e03f7");
    assert_writes(&opt, "1e03f7");
    opt.u.experimental.length = 0;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
    opt.u.experimental.length = 39;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
    opt.u.experimental.length = 1;
    opt.u.experimental.data[0] = 0x10;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_every_length_then_all_bits_but_the_subtype_come_through),
        cmocka_unit_test(given_no_data_too_much_or_more_than_a_nibble_first_then_it_is_not_written),
    };
    return cmocka_run_group_tests_name("mp_experimental", tests, NULL, NULL);
}
