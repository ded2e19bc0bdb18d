/*
 * bearssl.c - SHA-256 and HMAC-SHA256 over BearSSL, the library's default. Alone in
 * its object file, so that a program's own two functions take its place.
 *
 * BearSSL keeps what becomes of a secret in its contexts, which are wiped here,
 * and leaves its working words, the first of which are the key itself, in
 * stack frames that are gone when it returns. So everything runs one call
 * deeper, and a frame of the same size is laid over it afterwards.
 */
#include <bearssl.h>

#include "mptcp/crypto.h"

/*
 * Words of that frame. An HMAC goes deepest: 1.6 KB on 32-bit machines and on
 * x86-64, 2.4 KB where every call reserves room for registers (s390x).
 */
#define FRAME_WORDS 416u

static void wipe_frames(void)
{
    uintptr_t frame[FRAME_WORDS];
    volatile uintptr_t *word = frame;
    for (size_t i = 0; i < FRAME_WORDS; i++) {
        word[i] = 0;
    }
}

static void sha256(uint8_t *out, const void *data, size_t n)
{
    br_sha256_context context;
    br_sha256_init(&context);
    br_sha256_update(&context, data, n);
    br_sha256_out(&context, out);
    mptcp_wipe(&context, sizeof context);
}

static void hmac(uint8_t *out, const void *key, size_t key_len, const void *msg, size_t msg_len)
{
    br_hmac_key_context keyed;
    br_hmac_context context;
    br_hmac_key_init(&keyed, &br_sha256_vtable, key, key_len);
    br_hmac_init(&context, &keyed, 0);
    br_hmac_update(&context, msg, msg_len);
    br_hmac_out(&context, out);
    mptcp_wipe(&keyed, sizeof keyed);
    mptcp_wipe(&context, sizeof context);
}

/* Called through volatile pointers: inlined, the frames would lie beside each other. */
static void (*const volatile call_wipe)(void) = wipe_frames;
static void (*const volatile call_sha256)(uint8_t *, const void *, size_t) = sha256;
static void (*const volatile call_hmac)(uint8_t *, const void *, size_t, const void *,
                                        size_t) = hmac;

void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n)
{
    call_sha256(out, data, n);
    call_wipe();
}

void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len)
{
    call_hmac(out, key, key_len, msg, msg_len);
    call_wipe();
}
