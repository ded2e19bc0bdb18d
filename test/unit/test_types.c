/*
 * test_types.c - sequence numbers across their wraps, addresses.
 */
#include "wire_test.h"

/* checks: D-7 */
static void given_numbers_on_both_sides_of_a_wrap_then_before_orders_them(void **state)
{
    (void)state;
    mptcp_ssn s = mptcp_ssn_of(0xfffffffeu);
    mptcp_ssn t = mptcp_ssn_add(s, 4);
    assert_int_equal(t.v, 2);
    assert_true(mptcp_ssn_before(s, t));
    assert_false(mptcp_ssn_before(t, s));
    assert_false(mptcp_ssn_before(s, s));
    assert_int_equal(mptcp_ssn_diff(t, s), 4);
    assert_int_equal(mptcp_ssn_diff(s, t), -4);
    assert_int_equal(mptcp_ssn_max(s, t).v, 2);

    mptcp_dsn a = mptcp_dsn_of(UINT64_MAX - 9);
    mptcp_dsn b = mptcp_dsn_add(a, 20);
    assert_true(b.v == 10);
    assert_true(mptcp_dsn_before(a, b));
    assert_false(mptcp_dsn_before(b, a));
    assert_true(mptcp_dsn_diff(b, a) == 20);
    assert_true(mptcp_dsn_diff(a, b) == -20);
    assert_true(mptcp_dsn_eq(mptcp_dsn_max(a, b), b));
    assert_true(mptcp_dsn_eq(mptcp_dsn_max(b, a), b));
    assert_true(mptcp_dsn_eq(mptcp_dsn_min(a, b), a));
    assert_true(mptcp_dsn_eq(mptcp_dsn_min(b, a), a));
    assert_true(mptcp_ssn_eq(s, mptcp_ssn_of(0xfffffffeu)));
    assert_false(mptcp_ssn_eq(s, t));
}

/* checks: D-11 */
static void given_a_low_half_when_widened_then_the_nearest_number_is_found(void **state)
{
    (void)state;
    static const struct {
        uint64_t near;
        uint32_t low;
        uint64_t wide;
    } cases[] = {
        {0x100000000u, 0, 0x100000000u},
        {0x1fffffff0u, 0x10, 0x200000010u},        /* forwards over a wrap */
        {0x200000010u, 0xfffffff0u, 0x1fffffff0u}, /* backwards over it */
        {0x200000010u, 0x80000000u, 0x280000000u}, /* less than 2^31 ahead */
        {0x200000010u, 0x80000011u, 0x180000011u}, /* more than 2^31 ahead: behind */
        {0xfffffffffffffff0u, 5, 5},               /* over the wrap of all 64 bits */
        {5, 0xfffffff0u, 0xfffffffffffffff0u},     /* and back */
        {0xe47ef57dd1b97490u, 0xd1b974b9u, 0xe47ef57dd1b974b9u},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        mptcp_dsn wide = mptcp_dsn_widen(cases[i].low, mptcp_dsn_of(cases[i].near));
        assert_true(wide.v == cases[i].wide);
    }
}

/* checks: D-11 */
static void given_any_number_within_2_31_when_cut_and_widened_then_it_comes_back(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t near = random64(&seed);
        uint64_t distance = random_below(&seed, 0x7fffffffu);
        uint64_t v = (random64(&seed) & 1) != 0 ? near + distance : near - distance;
        assert_true(mptcp_dsn_widen((uint32_t)v, mptcp_dsn_of(near)).v == v);
    }
}

/* checks: none */
static void given_addresses_then_family_and_octets_decide_and_ports_do_not(void **state)
{
    (void)state;
    struct mptcp_addr a = {4, 0, 80, {10, 0, 0, 1}};
    struct mptcp_addr b = {4, 0, 443, {10, 0, 0, 1, 99}};
    assert_true(mptcp_addr_same_ip(&a, &b));
    b.ip[3] = 2;
    assert_false(mptcp_addr_same_ip(&a, &b));
    b = a;
    b.family = 6;
    assert_false(mptcp_addr_same_ip(&a, &b));
    a.family = 6;
    assert_true(mptcp_addr_same_ip(&a, &b));
    b.ip[15] = 1;
    assert_false(mptcp_addr_same_ip(&a, &b));
    assert_int_equal(sizeof(struct mptcp_addr), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_numbers_on_both_sides_of_a_wrap_then_before_orders_them),
        cmocka_unit_test(given_a_low_half_when_widened_then_the_nearest_number_is_found),
        cmocka_unit_test(given_any_number_within_2_31_when_cut_and_widened_then_it_comes_back),
        cmocka_unit_test(given_addresses_then_family_and_octets_decide_and_ports_do_not),
    };
    return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
