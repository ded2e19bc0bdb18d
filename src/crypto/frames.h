/*
 * frames.h - private to the files that compute hashes by BearSSL.
 *
 * BearSSL leaves parts of secrets on the stack: in its contexts, and in the frames of its
 * functions, whose working words begin with the key itself. So all of it runs one call deeper;
 * afterwards a function with a frame of the same size is called, which lies over the same memory
 * and wipes it.
 */
#ifndef MPTCP_CRYPTO_FRAMES_H
#define MPTCP_CRYPTO_FRAMES_H

#include "mptcp/crypto.h"

/*
 * Octets of the wiping frames. The HMAC uses most stack: 1.6 KB on 32-bit machines and on x86-64,
 * 2.4 KB where every call reserves room for registers (s390x). A hash alone uses half of that.
 */
#if defined(__s390x__)
#define HMAC_FRAME 2560u
#else
#define HMAC_FRAME 1728u
#endif
#define HASH_FRAME (HMAC_FRAME / 2 + 64)

/* Wipes a stack frame as large as those of an HMAC function and what it calls. */
static void wipe_hmac_frames(void)
{
    uint8_t frame[HMAC_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

/* Wipes a stack frame as large as those of a hash function and what it calls. */
static void wipe_hash_frames(void)
{
    uint8_t frame[HASH_FRAME];
    mptcp_wipe(frame, sizeof frame);
}

/* Calls by volatile pointers are never inlined: so the wiping frame lies where the other one was.
 */
static void (*const volatile call_wipe_hmac)(void) = wipe_hmac_frames;
static void (*const volatile call_wipe_hash)(void) = wipe_hash_frames;

#endif
