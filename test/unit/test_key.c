/*
 * test_key.c - token and IDSN of a key, nonces of a seed.
 */
#include "wire_test.h"

#include "mptcp/crypto.h"

#define KEY_A 0x8f0c7c64a6a32ac1u
#define KEY_B 0x73bb150358a0aecbu

/* checks: C-10 */
static void given_captured_keys_then_token_and_idsn_are_the_ends_of_their_hash(void **state)
{
    (void)state;
    struct mptcp_key_id a = mptcp_key_id(KEY_A);
    struct mptcp_key_id b = mptcp_key_id(KEY_B);
    assert_int_equal(a.token, 0x2e1abdedu);
    assert_int_equal(b.token, 0x5f3f5591u);
    assert_true(a.idsn.v == 0xee83a616c38765c4u);
    assert_true(b.idsn.v == 0xa896f3fe7a8dc02du);
    assert_int_equal(a.zero, 0);
}

static struct capture capture;

/* checks: C-10 C-14 C-29 D-7 */
static void given_a_captured_connection_then_its_first_data_acks_count_from_the_idsn(void **state)
{
    (void)state;
    struct segment s;
    struct mptcp_options o;
    uint64_t first_ack[2] = {0, 0};
    capture_open(&capture, "mptcp-aa-v1.pcap");
    while (capture_next(&capture, &s)) {
        mptcp_options_read(s.options, s.options_len, s.tcp_flags, &o, NULL);
        unsigned side = s.from_port == 55555;
        if ((o.present & MPTCP_HAS(MPTCP_DSS)) != 0 && first_ack[side] == 0) {
            first_ack[side] = o.dss.data_ack;
        }
    }
    assert_true(first_ack[1] == mptcp_key_id(KEY_A).idsn.v + 1);
    assert_true(first_ack[0] == mptcp_key_id(KEY_B).idsn.v + 1);
}

/* checks: Y-1 */
static void given_seed_and_counter_then_the_nonce_is_the_left_end_of_their_hash(void **state)
{
    (void)state;
    uint8_t octets[20] = {0,  1,  2,  3,  4,  5,  6,    7,    8, 9,
                          10, 11, 12, 13, 14, 15, 0x12, 0x34, 0, 0xff};
    uint8_t digest[MPTCP_SHA256_SIZE];
    mptcp_crypto_sha256(digest, octets, sizeof octets);
    uint32_t expected = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
                        (uint32_t)digest[2] << 8 | digest[3];
    assert_int_equal(mptcp_nonce(octets, 0x123400ffu), expected);
}

/* checks: Y-1 */
static void given_other_counters_or_seeds_then_nonces_differ(void **state)
{
    (void)state;
    uint8_t seed[MPTCP_NONCE_SEED_SIZE] = {1};
    uint32_t nonces[64];
    for (uint32_t i = 0; i < COUNT_OF(nonces); i++) {
        nonces[i] = mptcp_nonce(seed, i);
        assert_int_equal(mptcp_nonce(seed, i), nonces[i]);
        for (uint32_t k = 0; k < i; k++) {
            assert_int_not_equal(nonces[i], nonces[k]);
        }
    }
    seed[15] = 1;
    assert_int_not_equal(mptcp_nonce(seed, 0), nonces[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_captured_keys_then_token_and_idsn_are_the_ends_of_their_hash),
        cmocka_unit_test(given_a_captured_connection_then_its_first_data_acks_count_from_the_idsn),
        cmocka_unit_test(given_seed_and_counter_then_the_nonce_is_the_left_end_of_their_hash),
        cmocka_unit_test(given_other_counters_or_seeds_then_nonces_differ),
    };
    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
