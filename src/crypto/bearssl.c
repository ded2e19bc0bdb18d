/*
 * bearssl.c - SHA-256 and HMAC-SHA256 over BearSSL, the library's default. Alone in
 * its object file, so that a program's own two functions take its place.
 *
 * BearSSL keeps what becomes of a secret in its contexts, and leaves its working words, the first
 * of which are the key itself, in stack frames that are gone when it returns. So everything,
 * contexts included, runs one call deeper, and a frame of the same size is laid over it and wiped
 * afterwards.
 */
#include <bearssl.h>

#include "mptcp/crypto.h"

/*
 * Octets of that frame. An HMAC goes deepest: 1.6 KB on 32-bit machines and on
 * x86-64, 2.4 KB where every call reserves room for registers (s390x). A SHA-256 goes half as deep.
 */
#if defined(__s390x__)
#define HMAC_FRAME 2560u
#else
#define HMAC_FRAME 1728u
#endif
#define SHA256_FRAME (HMAC_FRAME / 2 + 64)

static void wipe_hmac_frames(void)
{
    uint8_t frame[HMAC_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

static void wipe_sha256_frames(void)
{
    uint8_t frame[SHA256_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

static void sha256(uint8_t *out, const void *data, size_t n)
{
    br_sha256_context context;
    br_sha256_init(&context);
    br_sha256_update(&context, data, n);
    br_sha256_out(&context, out);
}

static void hmac(uint8_t *out, const void *key, size_t key_len, const void *msg, size_t msg_len)
{
    br_hmac_key_context keyed;
    br_hmac_context context;
    br_hmac_key_init(&keyed, &br_sha256_vtable, key, key_len);
    br_hmac_init(&context, &keyed, 0);
    br_hmac_update(&context, msg, msg_len);
    br_hmac_out(&context, out);
}

/* Never inlined: the wiped frame has to lie where the other one was. */
static void (*const volatile call_wipe_hmac)(void) = wipe_hmac_frames;
static void (*const volatile call_wipe_sha256)(void) = wipe_sha256_frames;
static void (*const volatile call_sha256)(uint8_t *, const void *, size_t) = sha256;
static void (*const volatile call_hmac)(uint8_t *, const void *, size_t, const void *,
                                        size_t) = hmac;

void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n)
{
    if (out == NULL || (data == NULL && n > 0)) {
        return;
    }
    call_sha256(out, data, n);
    call_wipe_sha256();
}

void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len)
{
    if (out == NULL || (key == NULL && key_len > 0) || (msg == NULL && msg_len > 0)) {
        return;
    }
    call_hmac(out, key, key_len, msg, msg_len);
    call_wipe_hmac();
}
