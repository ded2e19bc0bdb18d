/*
 * bearssl_sha1.c - SHA-1 and HMAC-SHA1 by BearSSL, the library's default for version 0. They are
 * alone in their object file, so that a program can define both functions itself in its place, and
 * a build without version 0 leaves them out. What BearSSL leaves on the stack is wiped (frames.h).
 */
#include <bearssl.h>

#include "crypto/frames.h"

/* Writes the SHA-1 of n octets at data to out. */
static void sha1(uint8_t *out, const void *data, size_t n)
{
    br_sha1_context context;
    br_sha1_init(&context);
    br_sha1_update(&context, data, n);
    br_sha1_out(&context, out);
}

/* Writes the HMAC-SHA1 of msg under key to out. */
static void hmac(uint8_t *out, const void *key, size_t key_len, const void *msg, size_t msg_len)
{
    br_hmac_key_context keyed;
    br_hmac_context context;
    br_hmac_key_init(&keyed, &br_sha1_vtable, key, key_len);
    br_hmac_init(&context, &keyed, 0);
    br_hmac_update(&context, msg, msg_len);
    br_hmac_out(&context, out);
}

static void (*const volatile call_sha1)(uint8_t *, const void *, size_t) = sha1;
static void (*const volatile call_hmac)(uint8_t *, const void *, size_t, const void *,
                                        size_t) = hmac;

void mptcp_crypto_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *data, size_t n)
{
    if (out == NULL || (data == NULL && n > 0)) {
        return;
    }
    call_sha1(out, data, n);
    call_wipe_hash();
}

void mptcp_crypto_hmac_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *key, size_t key_len,
                            const void *msg, size_t msg_len)
{
    if (out == NULL || (key == NULL && key_len > 0) || (msg == NULL && msg_len > 0)) {
        return;
    }
    call_hmac(out, key, key_len, msg, msg_len);
    call_wipe_hmac();
}
