/*
 * test_secret.c - comparing and erasing secrets.
 */
#include "wire_test.h"

#include "mptcp/crypto.h"

/* checks: none */
static void given_two_buffers_then_every_octet_and_only_n_of_them_count(void **state)
{
    (void)state;
    uint8_t a[40];
    uint8_t b[40];
    for (size_t n = 0; n <= sizeof a; n++) {
        memset(a, 0x3c, sizeof a);
        memset(b, 0x3c, sizeof b);
        assert_true(mptcp_ct_equal(a, b, n));
        for (size_t i = 0; i < sizeof a; i++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                b[i] ^= (uint8_t)(1u << bit);
                assert_int_equal(mptcp_ct_equal(a, b, n), i >= n);
                b[i] ^= (uint8_t)(1u << bit);
            }
        }
    }
    assert_true(mptcp_ct_equal(NULL, NULL, 0));
}

/* checks: none */
static void given_memory_when_wiped_then_exactly_n_octets_are_zero(void **state)
{
    (void)state;
    uint8_t octets[48];
    for (size_t n = 0; n <= 40; n++) {
        memset(octets, 0xee, sizeof octets);
        mptcp_wipe(octets + 4, n);
        for (size_t i = 0; i < sizeof octets; i++) {
            assert_int_equal(octets[i], i >= 4 && i < 4 + n ? 0 : 0xee);
        }
    }
    mptcp_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_two_buffers_then_every_octet_and_only_n_of_them_count),
        cmocka_unit_test(given_memory_when_wiped_then_exactly_n_octets_are_zero),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
