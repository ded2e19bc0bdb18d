/*
 * test_mp_fail.c - MP_FAIL.
 */
#include "wire_test.h"

/* checks: B-5 */
static void given_a_64_bit_dsn_then_it_is_read_and_written(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0c6000e47ef57dd1b97490");
    assert_int_equal(opt.subtype, MPTCP_FAIL);
    assert_true(opt.u.fail.dsn == 0xe47ef57dd1b97490u);
    assert_writes(&opt, "1e0c6000e47ef57dd1b97490");
}

/* checks: B-5 */
static void given_reserved_bits_then_they_are_ignored(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0c6fffe47ef57dd1b97490");
    assert_true(opt.u.fail.dsn == 0xe47ef57dd1b97490u);
    assert_writes(&opt, "1e0c6000e47ef57dd1b97490");
}

/* checks: B-5 */
static void given_a_32_bit_dsn_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e086000d1b97490", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0360", MPTCP_E_OPT_LENGTH, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_64_bit_dsn_then_it_is_read_and_written),
        cmocka_unit_test(given_reserved_bits_then_they_are_ignored),
        cmocka_unit_test(given_a_32_bit_dsn_then_it_is_refused),
    };
    return cmocka_run_group_tests_name("mp_fail", tests, NULL, NULL);
}
