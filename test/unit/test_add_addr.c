/*
 * test_add_addr.c - ADD_ADDR and its echo, IPv4 and IPv6, with and without a port.
 */
#include "wire_test.h"

static struct mptcp_option add_addr(unsigned family, bool port, bool echo)
{
    struct mptcp_option opt;
    memset(&opt, 0, sizeof opt);
    opt.subtype = MPTCP_ADD_ADDR;
    opt.u.add_addr.echo = echo;
    opt.u.add_addr.addr_id = 9;
    opt.u.add_addr.has_port = port;
    opt.u.add_addr.addr.family = (uint8_t)family;
    opt.u.add_addr.addr.port = port ? 8080 : 0;
    for (unsigned i = 0; i < (family == 4 ? 4u : 16u); i++) {
        opt.u.add_addr.addr.ip[i] = (uint8_t)(0xa0 + i);
    }
    opt.u.add_addr.hmac = echo ? 0 : 0xe0e054c3444e4c25u;
    return opt;
}

static const struct {
    const char *hex;
    unsigned family;
    bool port;
    bool echo;
} forms[] = {
    {"1e103009a0a1a2a3e0e054c3444e4c25", 4, false, false},
    {"1e123009a0a1a2a31f90e0e054c3444e4c25", 4, true, false},
    {"1e1c3009a0a1a2a3a4a5a6a7a8a9aaabacadaeafe0e054c3444e4c25", 6, false, false},
    {"1e1e3009a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1f90e0e054c3444e4c25", 6, true, false},
    {"1e083109a0a1a2a3", 4, false, true},
    {"1e0a3109a0a1a2a31f90", 4, true, true},
    {"1e143109a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", 6, false, true},
    {"1e163109a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1f90", 6, true, true},
};

/* checks: A-3 A-4 A-6 */
static void given_every_form_then_it_is_read_and_written_octet_for_octet(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct mptcp_option expected = add_addr(forms[i].family, forms[i].port, forms[i].echo);
        struct mptcp_option opt = read_hex(forms[i].hex);
        assert_memory_equal(&opt, &expected, sizeof opt);
        assert_writes(&expected, forms[i].hex);
    }
}

/* checks: A-6 */
static void given_an_announcement_when_marked_as_echo_then_the_hmac_is_left_out(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e1030010a000201f8295862f645df19");
    assert_true(opt.u.add_addr.hmac == 0xf8295862f645df19u);
    opt.u.add_addr.echo = 1;
    assert_writes(&opt, "1e0831010a000201");
}

/* checks: A-5 */
static void given_reserved_flags_then_they_are_ignored(void **state)
{
    (void)state;
    struct mptcp_option opt = read_hex("1e103e09a0a1a2a3e0e054c3444e4c25");
    assert_int_equal(opt.u.add_addr.echo, 0);
    opt = read_hex("1e083f09a0a1a2a3");
    assert_int_equal(opt.u.add_addr.echo, 1);
    assert_writes(&opt, "1e083109a0a1a2a3");
}

/* checks: A-3 */
static void given_port_0_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e123009a0a1a2a30000e0e054c3444e4c25", MPTCP_E_OPT_PORT, 8);
    assert_refused("1e0a3109a0a1a2a30000", MPTCP_E_OPT_PORT, 8);
    assert_refused("1e163109a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0000", MPTCP_E_OPT_PORT, 20);
    struct mptcp_option opt = add_addr(4, true, false);
    opt.u.add_addr.addr.port = 0;
    assert_not_written(&opt, MPTCP_E_OPT_PORT);
}

/* checks: A-4 A-6 */
static void given_the_length_of_the_other_kind_then_it_is_refused(void **state)
{
    (void)state;
    assert_refused("1e083009a0a1a2a3", MPTCP_E_OPT_LENGTH, 1); /* no HMAC and no E */
    assert_refused("1e0a3009a0a1a2a31f90", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e103109a0a1a2a3e0e054c3444e4c25", MPTCP_E_OPT_LENGTH, 1); /* E and an HMAC */
    assert_refused("1e0331", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0834010a010202", MPTCP_E_OPT_LENGTH, 1); /* version 0 */
}

/* checks: A-1 */
static void given_a_family_that_is_none_when_written_then_it_is_an_argument_error(void **state)
{
    (void)state;
    for (unsigned family = 0; family < 256; family++) {
        if (family != 4 && family != 6) {
            struct mptcp_option opt = add_addr(4, false, false);
            opt.u.add_addr.addr.family = (uint8_t)family;
            assert_not_written(&opt, MPTCP_E_ARGUMENT);
        }
    }
}

static struct capture capture;

/* checks: A-6 */
static void given_a_captured_announcement_and_its_echo_then_both_are_read(void **state)
{
    (void)state;
    struct segment s;
    struct mptcp_options o;
    capture_open(&capture, "mptcp-aa-echo.pcap");
    assert_true(capture_next(&capture, &s));
    assert_int_equal(mptcp_options_read(s.options, s.options_len, s.tcp_flags, &o, NULL), MPTCP_OK);
    assert_int_equal(o.present, MPTCP_HAS(MPTCP_ADD_ADDR) | MPTCP_HAS(MPTCP_DSS));
    assert_int_equal(o.add_addr.echo, 0);
    assert_true(o.add_addr.hmac == 0xf8295862f645df19u);
    assert_true(capture_next(&capture, &s));
    assert_int_equal(mptcp_options_read(s.options, s.options_len, s.tcp_flags, &o, NULL), MPTCP_OK);
    assert_int_equal(o.present, MPTCP_HAS(MPTCP_ADD_ADDR) | MPTCP_HAS(MPTCP_DSS));
    assert_int_equal(o.add_addr.echo, 1);
    assert_int_equal(o.add_addr.addr_id, 1);
    assert_int_equal(o.add_addr.addr.ip[0], 10);
    assert_true(o.dss.data_ack == 17984156407873109865u);
    assert_false(capture_next(&capture, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_every_form_then_it_is_read_and_written_octet_for_octet),
        cmocka_unit_test(given_an_announcement_when_marked_as_echo_then_the_hmac_is_left_out),
        cmocka_unit_test(given_reserved_flags_then_they_are_ignored),
        cmocka_unit_test(given_port_0_then_it_is_refused),
        cmocka_unit_test(given_the_length_of_the_other_kind_then_it_is_refused),
        cmocka_unit_test(given_a_family_that_is_none_when_written_then_it_is_an_argument_error),
        cmocka_unit_test(given_a_captured_announcement_and_its_echo_then_both_are_read),
    };
    return cmocka_run_group_tests_name("add_addr", tests, NULL, NULL);
}
