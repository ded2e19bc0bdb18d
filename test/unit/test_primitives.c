/*
 * test_primitives.c - a program that brings its own SHA-256 and HMAC: both are defined
 * here, so the library's default must stay out, and every hash must come by.
 */
#include "wire_test.h"

#include "mptcp/crypto.h"

static uint8_t seen_key[16];
static size_t seen_key_len;
static uint8_t seen[64];
static size_t seen_len;
static unsigned hashes;
static unsigned hmacs;

static void fill(uint8_t out[MPTCP_SHA256_SIZE])
{
    for (unsigned i = 0; i < MPTCP_SHA256_SIZE; i++) {
        out[i] = (uint8_t)(0x80 + i);
    }
}

static void note(const void *data, size_t n)
{
    assert_true(n <= sizeof seen);
    memcpy(seen, data, n);
    seen_len = n;
}

void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n)
{
    hashes++;
    note(data, n);
    fill(out);
}

void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len)
{
    hmacs++;
    assert_true(key_len <= sizeof seen_key);
    memcpy(seen_key, key, key_len);
    seen_key_len = key_len;
    note(msg, msg_len);
    fill(out);
}

static void assert_seen(const uint8_t *p, size_t n, const char *hex)
{
    uint8_t expected[64];
    assert_int_equal(n, from_hex(hex, expected, sizeof expected));
    assert_memory_equal(p, expected, n);
}

/* checks: C-10 */
static void given_own_sha256_then_keys_and_nonces_go_through_it(void **state)
{
    (void)state;
    hashes = 0;
    struct mptcp_key_id id = mptcp_key_id(0x0102030405060708u);
    assert_seen(seen, seen_len, "0102030405060708");
    assert_int_equal(id.token, 0x80818283u);
    assert_true(id.idsn.v == 0x98999a9b9c9d9e9fu);
    const uint8_t seed[MPTCP_NONCE_SEED_SIZE] = {0xff, 1};
    assert_int_equal(mptcp_nonce(seed, 0x01020304u), 0x80818283u);
    assert_seen(seen, seen_len, "ff01000000000000000000000000000001020304");
    assert_int_equal(hashes, 2);
}

/* checks: J-7 A-4 */
static void given_own_hmac_then_joins_and_addresses_go_through_it(void **state)
{
    (void)state;
    const struct mptcp_join_auth auth = {0x0102030405060708u, 0x1112131415161718u, 0x21222324u,
                                         0x31323334u};
    uint8_t hmac[MPTCP_JOIN_HMAC_SIZE];
    hmacs = 0;
    mptcp_join_hmac(&auth, hmac);
    assert_seen(seen_key, seen_key_len, "01020304050607081112131415161718");
    assert_seen(seen, seen_len, "2122232431323334");
    assert_int_equal(hmac[0], 0x80);
    assert_int_equal(hmac[19], 0x93);
    assert_true(mptcp_join_hmac_ok(&auth, hmac, 8));
    const struct mptcp_addr addr = {4, 0, 0x1f90, {10, 1, 2, 3}};
    assert_true(mptcp_add_addr_hmac(1, 2, 5, &addr) == 0x98999a9b9c9d9e9fu);
    assert_seen(seen_key, seen_key_len, "00000000000000010000000000000002");
    assert_seen(seen, seen_len, "050a0102031f90");
    assert_int_equal(hmacs, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_own_sha256_then_keys_and_nonces_go_through_it),
        cmocka_unit_test(given_own_hmac_then_joins_and_addresses_go_through_it),
    };
    return cmocka_run_group_tests_name("primitives", tests, NULL, NULL);
}
