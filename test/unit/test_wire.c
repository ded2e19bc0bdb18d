/*
 * test_wire.c - the cursors: every get and put is checked, and one that fails
 * leaves its cursor where it was.
 */
#include "wire_test.h"

#include "../../src/wire/wire.h"

/* checks: none */
static void given_enough_octets_then_numbers_are_read_in_network_order(void **state)
{
    (void)state;
    const uint8_t octets[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    struct wire_in in = {octets, sizeof octets};
    uint8_t two[2];
    assert_int_equal(mptcp_wire_get16(&in), 0x0102);
    assert_int_equal(mptcp_wire_get_number(&in, false), 0x03040506);
    assert_true(mptcp_wire_get_number(&in, true) == 0x0708090a0b0c0d0eu);
    mptcp_wire_get(&in, two, sizeof two);
    assert_int_equal(two[0], 15);
    assert_int_equal(two[1], 16);
    assert_int_equal(in.n, 1);
    assert_int_equal(mptcp_wire_get8(&in), 17);
    assert_int_equal(in.n, 0);
}

/* checks: none */
static void given_too_few_octets_then_a_get_gives_0_and_the_cursor_stays(void **state)
{
    (void)state;
    for (size_t n = 0; n < 8; n++) {
        const uint8_t octets[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
        uint8_t *copy = exact_copy(octets, n);
        struct wire_in in = {copy, n};
        uint8_t untouched[8] = {7};
        assert_true(mptcp_wire_get_number(&in, true) == 0);
        if (n < 4) {
            assert_int_equal(mptcp_wire_get32(&in), 0);
            assert_true(mptcp_wire_get_number(&in, false) == 0);
        }
        if (n < 2) {
            assert_int_equal(mptcp_wire_get16(&in), 0);
        }
        if (n < 1) {
            assert_int_equal(mptcp_wire_get8(&in), 0);
        }
        mptcp_wire_get(&in, untouched, n + 1);
        assert_int_equal(untouched[0], 7);
        assert_false(mptcp_wire_skip(&in, n + 1));
        assert_false(mptcp_wire_skip(&in, SIZE_MAX));
        assert_ptr_equal(in.p, copy);
        assert_int_equal(in.n, n);
        free(copy);
    }
}

/* checks: none */
static void given_enough_room_then_numbers_are_put_in_network_order(void **state)
{
    (void)state;
    const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t octets[15];
    struct wire_out out = {octets, sizeof octets};
    mptcp_wire_put8(&out, 1);
    mptcp_wire_put16(&out, 0x0203);
    mptcp_wire_put32(&out, 0x04050607);
    mptcp_wire_put64(&out, 0x08090a0b0c0d0e0fu);
    assert_int_equal(out.n, 0);
    assert_memory_equal(octets, expected, sizeof expected);
}

/* checks: none */
static void given_too_little_room_then_a_put_does_nothing(void **state)
{
    (void)state;
    for (size_t n = 0; n < 8; n++) {
        uint8_t octets[8] = {0};
        const uint8_t zeros[9] = {0};
        struct wire_out out = {octets, n};
        mptcp_wire_put64(&out, UINT64_MAX);
        if (n < 4) {
            mptcp_wire_put32(&out, UINT32_MAX);
        }
        if (n < 2) {
            mptcp_wire_put16(&out, UINT16_MAX);
        }
        if (n < 1) {
            mptcp_wire_put8(&out, 0xff);
        }
        mptcp_wire_put(&out, "\xff\xff\xff\xff\xff\xff\xff\xff\xff", n + 1);
        assert_null(mptcp_wire_claim(&out, SIZE_MAX));
        assert_int_equal(out.n, n);
        assert_ptr_equal(out.p, octets);
        assert_memory_equal(octets, zeros, sizeof octets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_enough_octets_then_numbers_are_read_in_network_order),
        cmocka_unit_test(given_too_few_octets_then_a_get_gives_0_and_the_cursor_stays),
        cmocka_unit_test(given_enough_room_then_numbers_are_put_in_network_order),
        cmocka_unit_test(given_too_little_room_then_a_put_does_nothing),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
