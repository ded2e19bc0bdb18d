/*
 * test_mp_prio.c - MP_PRIO.
 */
#include "wire_test.h"

/* checks: D-32 */
static void given_both_values_of_b_then_they_are_read_and_written(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0350");
    assert_int_equal(opt.u.prio.backup, 0);
    assert_writes(&opt, "1e0350");
    opt = read_hex("1e0351");
    assert_int_equal(opt.u.prio.backup, 1);
    assert_writes(&opt, "1e0351");
}

/* checks: D-32 */
static void given_reserved_bits_then_they_are_ignored(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e035e");
    assert_int_equal(opt.u.prio.backup, 0);
    opt.u.prio.backup = 2; /* any value but 0 is true */
    assert_writes(&opt, "1e0351");
}

/* checks: D-32 Y-2 */
static void given_the_form_of_version_0_with_an_address_id_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e045101", MPTCP_E_OPT_LENGTH, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_both_values_of_b_then_they_are_read_and_written),
        cmocka_unit_test(given_reserved_bits_then_they_are_ignored),
        cmocka_unit_test(given_the_form_of_version_0_with_an_address_id_then_it_is_refused),
    };
    return cmocka_run_group_tests_name("mp_prio", tests, NULL, NULL);
}
