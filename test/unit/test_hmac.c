/*
 * test_hmac.c - the HMACs of MP_JOIN and ADD_ADDR.
 */
#include "wire_test.h"

#include "mptcp/crypto.h"

static const struct {
    const char key[17];
    const char msg[9];
    const char *digest;
} vectors[] = {
    {"0b0b0b0b0b0b0b0b", "48692054",
     "8385e24fb4235ac37556b6b886db106284a1da671699f46db1f235ec622dcafa"},
    {"aaaaaaaaaaaaaaaa", "dddddddd",
     "2c5e219164ff1dca1c4a92318d847bb6b9d44492984e1eb71aff9022f71046e9"},
    {"0102030405060708", "cdcdcdcd",
     "e73b9ba9969969cefb04aa0d6df18ec2fcc075b6f23b4d8c4da736a5dbbc6e7d"},
};

/* The number whose octets in network order are these characters. */
static uint64_t number_of(const char *text, unsigned n)
{
    uint64_t v = 0;
    while (n-- > 0) {
        v = v << 8 | (uint8_t)*text++;
    }
    return v;
}

static struct mptcp_join_auth auth_of(const char *key, const char *msg)
{
    struct mptcp_join_auth auth = {number_of(key, 8), number_of(key + 8, 8),
                                   (uint32_t)number_of(msg, 4), (uint32_t)number_of(msg + 4, 4)};
    return auth;
}

/* checks: J-7 */
static void given_published_vectors_then_the_hmac_is_their_left_160_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct mptcp_join_auth auth = auth_of(vectors[i].key, vectors[i].msg);
        uint8_t expected[32];
        uint8_t hmac[MPTCP_JOIN_HMAC_SIZE + 1];
        hmac[MPTCP_JOIN_HMAC_SIZE] = 0x5a;
        from_hex(vectors[i].digest, expected, sizeof expected);
        mptcp_join_hmac(&auth, hmac);
        assert_memory_equal(hmac, expected, MPTCP_JOIN_HMAC_SIZE);
        assert_int_equal(hmac[MPTCP_JOIN_HMAC_SIZE], 0x5a);
        assert_true(mptcp_join_hmac_ok(&auth, expected, 8));
        assert_true(mptcp_join_hmac_ok(&auth, expected, 20));
    }
}

/* checks: J-7 */
static void given_the_other_direction_then_keys_and_nonces_change_places(void **state)
{
    (void)state;
    struct mptcp_join_auth a = {0x0102030405060708u, 0x1112131415161718u, 0x21222324u, 0x31323334u};
    struct mptcp_join_auth b = {a.receiver_key, a.sender_key, a.receiver_nonce, a.sender_nonce};
    uint8_t key[16];
    uint8_t msg[8];
    uint8_t digest[32];
    uint8_t hmac[MPTCP_JOIN_HMAC_SIZE];
    from_hex("11121314151617180102030405060708", key, sizeof key);
    from_hex("3132333421222324", msg, sizeof msg);
    mptcp_crypto_hmac_sha256(digest, key, sizeof key, msg, sizeof msg);
    mptcp_join_hmac(&b, hmac);
    assert_memory_equal(hmac, digest, sizeof hmac);
    mptcp_join_hmac(&a, hmac);
    assert_memory_not_equal(hmac, digest, sizeof hmac);
    assert_false(mptcp_join_hmac_ok(&a, digest, 8));
}

/* checks: J-10 J-11 */
static void given_one_wrong_bit_anywhere_then_the_hmac_is_refused(void **state)
{
    (void)state;
    struct mptcp_join_auth auth = auth_of(vectors[0].key, vectors[0].msg);
    uint8_t hmac[MPTCP_JOIN_HMAC_SIZE];
    mptcp_join_hmac(&auth, hmac);
    for (unsigned bit = 0; bit < 160; bit++) {
        hmac[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(mptcp_join_hmac_ok(&auth, hmac, 20));
        assert_int_equal(mptcp_join_hmac_ok(&auth, hmac, 8), bit >= 64);
        hmac[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t n = 0; n < 64; n++) {
        if (n != 8 && n != 20) {
            assert_false(mptcp_join_hmac_ok(&auth, hmac, n));
        }
    }
}

#define KEY_A 0x8f0c7c64a6a32ac1u
#define KEY_B 0x73bb150358a0aecbu

/* checks: A-4 X-1 */
static void
given_an_ipv4_address_without_port_then_the_right_64_bits_of_the_digest_count(void **state)
{
    (void)state;
    struct mptcp_addr addr = {4, 0, 0, {192, 168, 136, 225}};
    assert_true(mptcp_add_addr_hmac(KEY_B, KEY_A, 1, &addr) == 0xe0e054c3444e4c25u);
    assert_false(mptcp_add_addr_hmac(KEY_A, KEY_B, 1, &addr) == 0xe0e054c3444e4c25u);
}

static struct capture capture;

/* checks: A-4 X-1 */
static void given_the_captured_add_addr_with_the_left_64_bits_then_it_does_not_verify(void **state)
{
    (void)state;
    struct segment s;
    unsigned seen = 0;
    capture_open(&capture, "mptcp-aa-v1.pcap");
    while (capture_next(&capture, &s)) {
        struct mptcp_options o;
        mptcp_options_read(s.options, s.options_len, s.tcp_flags, &o, NULL);
        if ((o.present & MPTCP_HAS(MPTCP_ADD_ADDR)) == 0) {
            continue;
        }
        seen++;
        assert_int_equal(o.add_addr.addr_id, 1);
        assert_true(o.add_addr.hmac == 0x669928744366716cu);
        uint64_t ours = mptcp_add_addr_hmac(KEY_B, KEY_A, o.add_addr.addr_id, &o.add_addr.addr);
        assert_false(mptcp_ct_equal(&ours, &o.add_addr.hmac, sizeof ours));
    }
    assert_int_equal(seen, 1);
}

static uint64_t hmac_by_hand(const char *msg_hex)
{
    uint8_t key[16];
    uint8_t msg[32];
    uint8_t digest[32];
    from_hex("73bb150358a0aecb8f0c7c64a6a32ac1", key, sizeof key);
    size_t n = from_hex(msg_hex, msg, sizeof msg);
    mptcp_crypto_hmac_sha256(digest, key, sizeof key, msg, n);
    uint64_t right = 0;
    for (unsigned i = 24; i < 32; i++) {
        right = right << 8 | digest[i];
    }
    return right;
}

/* checks: A-4 */
static void given_a_port_or_ipv6_then_the_message_is_id_address_and_port(void **state)
{
    (void)state;
    struct mptcp_addr v4 = {4, 0, 8080, {192, 168, 136, 225, 99}};
    struct mptcp_addr v6 = {6, 0, 0, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}};
    assert_true(mptcp_add_addr_hmac(KEY_B, KEY_A, 1, &v4) == hmac_by_hand("01c0a888e11f90"));
    v4.port = 0;
    assert_true(mptcp_add_addr_hmac(KEY_B, KEY_A, 1, &v4) == hmac_by_hand("01c0a888e10000"));
    assert_true(mptcp_add_addr_hmac(KEY_B, KEY_A, 255, &v6) ==
                hmac_by_hand("ff20010db80000000000000000000000070000"));
    v6.port = 65535;
    assert_true(mptcp_add_addr_hmac(KEY_B, KEY_A, 255, &v6) ==
                hmac_by_hand("ff20010db8000000000000000000000007ffff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_published_vectors_then_the_hmac_is_their_left_160_bits),
        cmocka_unit_test(given_the_other_direction_then_keys_and_nonces_change_places),
        cmocka_unit_test(given_one_wrong_bit_anywhere_then_the_hmac_is_refused),
        cmocka_unit_test(
            given_an_ipv4_address_without_port_then_the_right_64_bits_of_the_digest_count),
        cmocka_unit_test(given_the_captured_add_addr_with_the_left_64_bits_then_it_does_not_verify),
        cmocka_unit_test(given_a_port_or_ipv6_then_the_message_is_id_address_and_port),
    };
    return cmocka_run_group_tests_name("hmac", tests, NULL, NULL);
}
