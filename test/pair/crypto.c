/*
 * crypto.c - the crypto functions of this program, which take the library's place at
 * link time: BearSSL's, but a key whose top half says so has an IDSN just below
 * 2^32 or 2^64, so that data sequence numbers wrap within the first octets.
 */
#include "sim.h"

#include "mptcp/crypto.h"

#include <bearssl.h>

#define MARK 0xfade0000u
#define BEFORE 0x4000u /* octets to the wrap, at most */

uint64_t wrapping_key(uint64_t drawn, unsigned bits)
{
    return (uint64_t)(MARK | bits) << 32 | (uint32_t)drawn;
}

static void put_idsn(uint8_t *p, uint32_t high, uint32_t low)
{
    for (int i = 3; i >= 0; i--) {
        p[i] = (uint8_t)high;
        p[i + 4] = (uint8_t)low;
        high >>= 8;
        low >>= 8;
    }
}

/* If the key, whose hash is in out, says so, puts that IDSN into the last 8 octets. */
static void make_wrap(uint8_t *out, size_t octets, const uint8_t *key, size_t n)
{
    if (n != 8 || key[0] != 0xfa || key[1] != 0xde) {
        return;
    }
    uint32_t low = UINT32_MAX - ((uint32_t)key[6] << 8 | key[7]) % BEFORE;
    put_idsn(out + octets - 8, key[3] == 64 ? UINT32_MAX : key[4], low);
}

void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n)
{
    br_sha256_context context;

    br_sha256_init(&context);
    br_sha256_update(&context, data, n);
    br_sha256_out(&context, out);
    make_wrap(out, MPTCP_SHA256_SIZE, data, n);
}

void mptcp_crypto_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *data, size_t n)
{
    br_sha1_context context;

    br_sha1_init(&context);
    br_sha1_update(&context, data, n);
    br_sha1_out(&context, out);
    make_wrap(out, MPTCP_SHA1_SIZE, data, n);
}

static void hmac(uint8_t *out, const br_hash_class *hash, const void *key, size_t key_len,
                 const void *msg, size_t msg_len)
{
    br_hmac_key_context keyed;
    br_hmac_context context;

    br_hmac_key_init(&keyed, hash, key, key_len);
    br_hmac_init(&context, &keyed, 0);
    br_hmac_update(&context, msg, msg_len);
    br_hmac_out(&context, out);
}

void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len)
{
    hmac(out, &br_sha256_vtable, key, key_len, msg, msg_len);
}

void mptcp_crypto_hmac_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *key, size_t key_len,
                            const void *msg, size_t msg_len)
{
    hmac(out, &br_sha1_vtable, key, key_len, msg, msg_len);
}
