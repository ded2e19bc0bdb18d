/*
 * test_bearssl.c - the default primitives against published vectors, and what they
 * leave on the stack: they run on a stack of their own, which is searched.
 */
#define _XOPEN_SOURCE 700

#include <ucontext.h>

#include "wire_test.h"

#include "mptcp/crypto.h"

static void assert_digest(const uint8_t *digest, const char *hex)
{
    uint8_t expected[MPTCP_SHA256_SIZE];
    size_t n = from_hex(hex, expected, sizeof expected);
    assert_int_equal(n, strlen(hex) / 2);
    assert_memory_equal(digest, expected, n);
}

/* checks: C-10 */
static void given_the_messages_of_the_standard_then_sha256_gives_its_digests(void **state)
{
    (void)state;
    uint8_t out[MPTCP_SHA256_SIZE];
    mptcp_crypto_sha256(out, NULL, 0);
    assert_digest(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    mptcp_crypto_sha256(out, "abc", 3);
    assert_digest(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *long_one = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    mptcp_crypto_sha256(out, long_one, strlen(long_one));
    assert_digest(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* checks: J-7 */
static void given_the_cases_of_rfc_4231_then_hmac_sha256_gives_its_digests(void **state)
{
    (void)state;
    uint8_t out[MPTCP_SHA256_SIZE];
    uint8_t key[131];
    memset(key, 0x0b, 20);
    mptcp_crypto_hmac_sha256(out, key, 20, "Hi There", 8);
    assert_digest(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    mptcp_crypto_hmac_sha256(out, "Jefe", 4, "what do ya want for nothing?", 28);
    assert_digest(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    const char *msg = "Test Using Larger Than Block-Size Key - Hash Key First";
    mptcp_crypto_hmac_sha256(out, key, sizeof key, msg, strlen(msg));
    assert_digest(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* checks: Z-11 */
static void given_the_messages_of_the_standard_then_sha1_gives_its_digests(void **state)
{
    (void)state;
    uint8_t out[MPTCP_SHA1_SIZE];
    mptcp_crypto_sha1(out, NULL, 0);
    assert_digest(out, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    mptcp_crypto_sha1(out, "abc", 3);
    assert_digest(out, "a9993e364706816aba3e25717850c26c9cd0d89d");
    const char *long_one = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    mptcp_crypto_sha1(out, long_one, strlen(long_one));
    assert_digest(out, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

/* checks: Z-12 */
static void given_the_cases_of_rfc_2202_then_hmac_sha1_gives_its_digests(void **state)
{
    (void)state;
    uint8_t out[MPTCP_SHA1_SIZE];
    uint8_t key[80];
    memset(key, 0x0b, 20);
    mptcp_crypto_hmac_sha1(out, key, 20, "Hi There", 8);
    assert_digest(out, "b617318655057264e28bc0b6fb378c8ef146be00");
    mptcp_crypto_hmac_sha1(out, "Jefe", 4, "what do ya want for nothing?", 28);
    assert_digest(out, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(key, 0xaa, sizeof key);
    const char *msg = "Test Using Larger Than Block-Size Key - Hash Key First";
    mptcp_crypto_hmac_sha1(out, key, sizeof key, msg, strlen(msg));
    assert_digest(out, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

static uint8_t stack[256 * 1024];
static const uint8_t secret[16] = {0xd1, 0x5c, 0x0b, 0xa7, 0x3e, 0x92, 0xf4, 0x68,
                                   0x87, 0x1d, 0xc9, 0x53, 0xe6, 0x2f, 0xb8, 0x04};
static uint8_t result[MPTCP_SHA256_SIZE];

/* The job is called from here, so that nothing is below it on the stack. */
static void run_apart(void (*job)(void))
{
    ucontext_t here;
    ucontext_t apart;
    memset(stack, 0, sizeof stack);
    assert_int_equal(getcontext(&apart), 0);
    apart.uc_stack.ss_sp = stack;
    apart.uc_stack.ss_size = sizeof stack;
    apart.uc_link = &here;
    makecontext(&apart, job, 0);
    assert_int_equal(swapcontext(&here, &apart), 0);
}

/* How many of the secret's words are on the stack, each xored with `mask`, in either byte order. */
static unsigned words_left(uint8_t mask)
{
    unsigned found = 0;
    for (size_t at = 0; at + 4 <= sizeof stack; at++) {
        for (size_t w = 0; w < sizeof secret; w += 4) {
            const uint8_t *s = secret + w;
            const uint8_t forwards[4] = {s[0] ^ mask, s[1] ^ mask, s[2] ^ mask, s[3] ^ mask};
            const uint8_t backwards[4] = {s[3] ^ mask, s[2] ^ mask, s[1] ^ mask, s[0] ^ mask};
            found += memcmp(stack + at, forwards, 4) == 0 || memcmp(stack + at, backwards, 4) == 0;
        }
    }
    return found;
}

static void hash_secret(void)
{
    mptcp_crypto_sha256(result, secret, sizeof secret);
}

static void hmac_secret(void)
{
    mptcp_crypto_hmac_sha256(result, secret, sizeof secret, secret, 8);
}

static void hash_secret_by_sha1(void)
{
    mptcp_crypto_sha1(result, secret, sizeof secret);
}

static void hmac_secret_by_sha1(void)
{
    mptcp_crypto_hmac_sha1(result, secret, sizeof secret, secret, 8);
}

/* Into the middle of a frame: leaving this stack writes a little at its top. */
static void copy_secret(void)
{
    static void *(*volatile const copier)(void *, const void *, size_t) = memcpy;
    uint8_t copy[1024];
    copier(copy + 512, secret, sizeof secret);
    result[0] = copy[512 + result[1] % sizeof secret];
}

static void leaves_nothing(void (*hash)(void), void (*hmac)(void))
{
    run_apart(hash);
    assert_int_equal(words_left(0), 0);
    run_apart(hmac);
    assert_int_equal(words_left(0), 0);
    assert_int_equal(words_left(0x36), 0);
    assert_int_equal(words_left(0x5c), 0);
}

/* checks: none */
static void given_a_secret_when_hashed_then_no_word_of_it_stays_on_the_stack(void **state)
{
    (void)state;
    run_apart(copy_secret);
    assert_int_equal(words_left(0), 4); /* the search finds what is there */
    leaves_nothing(hash_secret, hmac_secret);
    leaves_nothing(hash_secret_by_sha1, hmac_secret_by_sha1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_messages_of_the_standard_then_sha256_gives_its_digests),
        cmocka_unit_test(given_the_cases_of_rfc_4231_then_hmac_sha256_gives_its_digests),
        cmocka_unit_test(given_the_messages_of_the_standard_then_sha1_gives_its_digests),
        cmocka_unit_test(given_the_cases_of_rfc_2202_then_hmac_sha1_gives_its_digests),
        cmocka_unit_test(given_a_secret_when_hashed_then_no_word_of_it_stays_on_the_stack),
    };
    return cmocka_run_group_tests_name("bearssl", tests, NULL, NULL);
}
