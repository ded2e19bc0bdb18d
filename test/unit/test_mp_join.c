/*
 * test_mp_join.c - MP_JOIN in its three forms.
 */
#include "wire_test.h"

/* checks: J-1 J-5 */
static void given_the_syn_form_then_token_nonce_id_and_backup_go_both_ways(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0c1000e47f01421b665a18");
    assert_int_equal(opt.subtype, MPTCP_JOIN);
    assert_int_equal(opt.u.join.form, MPTCP_JOIN_SYN);
    assert_int_equal(opt.u.join.backup, 0);
    assert_int_equal(opt.u.join.addr_id, 0);
    assert_int_equal(opt.u.join.token, 0xe47f0142u);
    assert_int_equal(opt.u.join.nonce, 0x1b665a18u);
    assert_writes(&opt, "1e0c1000e47f01421b665a18");
    opt.u.join.backup = 1;
    opt.u.join.addr_id = 7;
    assert_writes(&opt, "1e0c1107e47f01421b665a18");
    opt = read_hex("1e0c1107e47f01421b665a18");
    assert_int_equal(opt.u.join.backup, 1);
    assert_int_equal(opt.u.join.addr_id, 7);
}

/* checks: J-6 */
static void given_the_synack_form_then_64_bits_of_hmac_go_both_ways(void **state)
{
    (void)state;
    const uint8_t hmac[20] = {0x5a, 0xb6, 0x80, 0xc7, 0x88, 0x4a, 0xf0, 0x3d};
    struct mptcp_option opt = read_hex("1e1010015ab680c7884af03d33abe9d5");
    assert_int_equal(opt.u.join.form, MPTCP_JOIN_SYNACK);
    assert_int_equal(opt.u.join.backup, 0);
    assert_int_equal(opt.u.join.addr_id, 1);
    assert_int_equal(opt.u.join.token, 0);
    assert_int_equal(opt.u.join.nonce, 0x33abe9d5u);
    assert_memory_equal(opt.u.join.hmac, hmac, sizeof hmac);
    assert_writes(&opt, "1e1010015ab680c7884af03d33abe9d5");
}

/* checks: J-7 */
static void given_the_ack_form_then_160_bits_of_hmac_go_both_ways(void **state)
{
    (void)state;
    const char *hex = "1e181000cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a";
    struct mptcp_option opt = read_hex(hex);
    assert_int_equal(opt.u.join.form, MPTCP_JOIN_ACK);
    assert_int_equal(opt.u.join.hmac[0], 0xcb);
    assert_int_equal(opt.u.join.hmac[19], 0x7a);
    assert_int_equal(opt.u.join.nonce, 0);
    assert_writes(&opt, hex);
    opt.u.join.backup = 1; /* the ACK has neither flag nor id: both are reserved bits there */
    opt.u.join.addr_id = 9;
    assert_writes(&opt, hex);
}

/* checks: J-2 */
static void given_reserved_bits_when_read_then_they_are_ignored(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e0c1e00e47f01421b665a18");
    assert_int_equal(opt.u.join.backup, 0);
    assert_writes(&opt, "1e0c1000e47f01421b665a18");
    opt = read_hex("1e1810ffcb7b87f5e5f0502f43b535fb70ef6607df2e6c7a");
    assert_int_equal(opt.u.join.addr_id, 0);
    opt = read_hex("1e181f00cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a");
    assert_int_equal(opt.u.join.backup, 0);
}

/* checks: J-1 */
static void given_any_other_length_or_form_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e031f", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0b1000e47f01421b665a", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0e1000e47f01421b665a180000", MPTCP_E_OPT_LENGTH, 1);
    struct mptcp_option opt;
    memset(&opt, 0, sizeof opt);
    opt.subtype = MPTCP_JOIN;
    for (unsigned form = 0; form < 256; form++) {
        if (form != 12 && form != 16 && form != 24) {
            opt.u.join.form = (uint8_t)form;
            assert_not_written(&opt, MPTCP_E_ARGUMENT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_syn_form_then_token_nonce_id_and_backup_go_both_ways),
        cmocka_unit_test(given_the_synack_form_then_64_bits_of_hmac_go_both_ways),
        cmocka_unit_test(given_the_ack_form_then_160_bits_of_hmac_go_both_ways),
        cmocka_unit_test(given_reserved_bits_when_read_then_they_are_ignored),
        cmocka_unit_test(given_any_other_length_or_form_then_it_is_refused),
    };
    return cmocka_run_group_tests_name("mp_join", tests, NULL, NULL);
}
