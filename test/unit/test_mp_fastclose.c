/*
 * test_mp_fastclose.c - MP_FASTCLOSE.
 */
#include "wire_test.h"

/* checks: F-1 */
static void given_the_receivers_key_then_it_is_read_and_written(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0c700073bb150358a0aecb");
    assert_int_equal(opt.subtype, MPTCP_FASTCLOSE);
    assert_true(opt.u.fastclose.receiver_key == 0x73bb150358a0aecbu);
    assert_writes(&opt, "1e0c700073bb150358a0aecb");
}

/* checks: F-1 */
static void given_reserved_bits_then_they_are_ignored(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0c7fff73bb150358a0aecb");
    assert_true(opt.u.fastclose.receiver_key == 0x73bb150358a0aecbu);
    assert_writes(&opt, "1e0c700073bb150358a0aecb");
}

/* checks: F-1 */
static void given_another_length_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e0b700073bb150358a0ae", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0d700073bb150358a0aecb00", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0370", MPTCP_E_OPT_LENGTH, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_receivers_key_then_it_is_read_and_written),
        cmocka_unit_test(given_reserved_bits_then_they_are_ignored),
        cmocka_unit_test(given_another_length_then_it_is_refused),
    };
    return cmocka_run_group_tests_name("mp_fastclose", tests, NULL, NULL);
}
