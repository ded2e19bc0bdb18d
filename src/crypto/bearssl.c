/*
 * bearssl.c - SHA-256 and HMAC-SHA256 by BearSSL, the library's default. They are alone in their
 * object file, so that a program can define both functions itself in its place.
 *
 * BearSSL leaves parts of secrets on the stack: in its contexts, and in the frames of its
 * functions, whose working words begin with the key itself. So all of it runs one call deeper;
 * afterwards a function with a frame of the same size is called, which lies over the same memory
 * and wipes it.
 */
#include <bearssl.h>

#include "mptcp/crypto.h"

/*
 * Octets of the wiping frames. The HMAC uses most stack: 1.6 KB on 32-bit machines and on x86-64,
 * 2.4 KB where every call reserves room for registers (s390x). SHA-256 uses half of that.
 */
#if defined(__s390x__)
#define HMAC_FRAME 2560u
#else
#define HMAC_FRAME 1728u
#endif
#define SHA256_FRAME (HMAC_FRAME / 2 + 64)

/* Wipes a stack frame as large as those of hmac() and what it calls. */
static void wipe_hmac_frames(void)
{
    uint8_t frame[HMAC_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

/* Wipes a stack frame as large as those of sha256() and what it calls. */
static void wipe_sha256_frames(void)
{
    uint8_t frame[SHA256_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

/* Writes the SHA-256 of n octets at data to out. */
static void sha256(uint8_t *out, const void *data, size_t n)
{
    br_sha256_context context;
    br_sha256_init(&context);
    br_sha256_update(&context, data, n);
    br_sha256_out(&context, out);
}

/* Writes the HMAC-SHA256 of msg under key to out. */
static void hmac(uint8_t *out, const void *key, size_t key_len, const void *msg, size_t msg_len)
{
    br_hmac_key_context keyed;
    br_hmac_context context;
    br_hmac_key_init(&keyed, &br_sha256_vtable, key, key_len);
    br_hmac_init(&context, &keyed, 0);
    br_hmac_update(&context, msg, msg_len);
    br_hmac_out(&context, out);
}

/* Calls by volatile pointers are never inlined: so the wiping frame lies where the other one was.
 */
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
