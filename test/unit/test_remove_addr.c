/*
 * test_remove_addr.c - REMOVE_ADDR with one id and with as many as fit.
 */
#include "wire_test.h"

/* checks: R-7 */
static void given_1_to_37_ids_then_they_are_read_and_written_in_order(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 37; count++) {
        uint8_t octets[40] = {30, (uint8_t)(3 + count), 0x40};
        for (unsigned i = 0; i < count; i++) {
            octets[3 + i] = (uint8_t)(200 + i);
        }
        struct mptcp_option opt;
        assert_int_equal(mptcp_option_read(octets, 3 + count, &opt, NULL), (int)(3 + count));
        assert_int_equal(opt.u.remove_addr.count, count);
        assert_memory_equal(opt.u.remove_addr.ids, octets + 3, count);
        uint8_t written[40];
        assert_int_equal(mptcp_option_write(&opt, written, 2 + count), MPTCP_E_ROOM);
        assert_int_equal(mptcp_option_write(&opt, written, 3 + count), (int)(3 + count));
        assert_memory_equal(written, octets, 3 + count);
    }
}

/* checks: R-7 */
static void given_id_0_then_it_is_an_id_like_any_other(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e044000");
    assert_int_equal(opt.u.remove_addr.count, 1);
    assert_int_equal(opt.u.remove_addr.ids[0], 0);
    assert_writes(&opt, "1e044000");
}

/* checks: R-7 */
static void given_reserved_bits_then_they_are_ignored(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e054f0102");
    assert_int_equal(opt.u.remove_addr.count, 2);
    assert_writes(&opt, "1e05400102");
}

/* checks: R-7 */
static void given_no_id_or_too_many_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e0340", MPTCP_E_OPT_LENGTH, 1);
    struct mptcp_option opt = read_hex("1e0440ff");
    opt.u.remove_addr.count = 0;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
    opt.u.remove_addr.count = 38;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
    opt.u.remove_addr.count = 255;
    assert_not_written(&opt, MPTCP_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_1_to_37_ids_then_they_are_read_and_written_in_order),
        cmocka_unit_test(given_id_0_then_it_is_an_id_like_any_other),
        cmocka_unit_test(given_reserved_bits_then_they_are_ignored),
        cmocka_unit_test(given_no_id_or_too_many_then_it_is_refused),
    };
    return cmocka_run_group_tests_name("remove_addr", tests, NULL, NULL);
}
