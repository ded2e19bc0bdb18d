/*
 * crypto.c - the crypto functions of this program, which take the library's place at link time:
 * cheap, and without any security. A key's token and IDSN depend on the key; nonces are all the
 * same, so that worlds do not differ by how many were drawn.
 */
#include "mptcp/crypto.h"

#include <string.h>

#define KEY_OCTETS 8

static void spread(uint8_t *out, unsigned octets, uint64_t h)
{
    for (unsigned i = 0; i < octets; i++) {
        h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u + i;
        out[i] = (uint8_t)(h >> 40);
    }
}

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * 0x100000001b3u;
    }
    return h;
}

void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n)
{
    spread(out, MPTCP_SHA256_SIZE, n == KEY_OCTETS ? mix(1, data, n) : 2);
}

void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len)
{
    spread(out, MPTCP_SHA256_SIZE, mix(mix(3, key, key_len), msg, msg_len));
}

void mptcp_crypto_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *data, size_t n)
{
    spread(out, MPTCP_SHA1_SIZE, n == KEY_OCTETS ? mix(4, data, n) : 5);
}

void mptcp_crypto_hmac_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *key, size_t key_len,
                            const void *msg, size_t msg_len)
{
    spread(out, MPTCP_SHA1_SIZE, mix(mix(6, key, key_len), msg, msg_len));
}
