/*
 * bearssl_sha1.c - SHA-1 and HMAC-SHA1 by BearSSL, the library's default for version 0. They are
 * alone in their object file, so that a program can define both functions itself in its place, and
 * a program without version 0 does not link them. What BearSSL leaves on the stack is wiped as in
 * bearssl.c.
 */
#include <bearssl.h>

#include "mptcp/crypto.h"

/*
 * Octets of the wiping frames. The HMAC uses most stack: 1.6 KB on 32-bit machines and on x86-64,
 * 2.4 KB where every call reserves room for registers (s390x). SHA-1 uses half of that.
 */
#if defined(__s390x__)
#define HMAC_FRAME 2560u
#else
#define HMAC_FRAME 1728u
#endif
#define SHA1_FRAME (HMAC_FRAME / 2 + 64)

/* Wipes a stack frame as large as those of hmac() and what it calls. */
static void wipe_hmac_frames(void)
{
    uint8_t frame[HMAC_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

/* Wipes a stack frame as large as those of sha1() and what it calls. */
static void wipe_sha1_frames(void)
{
    uint8_t frame[SHA1_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

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

/* Calls by volatile pointers are never inlined: so the wiping frame lies where the other one was.
 */
static void (*const volatile call_wipe_hmac)(void) = wipe_hmac_frames;
static void (*const volatile call_wipe_sha1)(void) = wipe_sha1_frames;
static void (*const volatile call_sha1)(uint8_t *, const void *, size_t) = sha1;
static void (*const volatile call_hmac)(uint8_t *, const void *, size_t, const void *,
                                        size_t) = hmac;

void mptcp_crypto_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *data, size_t n)
{
    if (out == NULL || (data == NULL && n > 0)) {
        return;
    }
    call_sha1(out, data, n);
    call_wipe_sha1();
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
