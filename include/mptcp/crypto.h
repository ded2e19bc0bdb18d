/*
 * crypto.h - what RFC 8684 computes from keys: token, initial data sequence
 * number, the HMACs of MP_JOIN and ADD_ADDR; and nonces out of a seed.
 *
 * Usable alone: pure functions, no state, no context kept between calls. What
 * they put on the stack on the way to a result is wiped before they return.
 *
 * A key is the 64-bit number that its eight octets on the wire are in network
 * order. A connection has two; which one comes first in an HMAC is decided by
 * who sends it, so every function here speaks of a sender and a receiver of
 * the option, not of hosts A and B. Swap the two for the other direction.
 *
 * SHA-256 and HMAC-SHA256 are two functions of the linker's: see the end.
 */
#ifndef MPTCP_CRYPTO_H
#define MPTCP_CRYPTO_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MPTCP_SHA256_SIZE 32
#define MPTCP_JOIN_HMAC_SIZE 20       /* octets of it in the ACK of an MP_JOIN */
#define MPTCP_JOIN_HMAC_SYNACK_SIZE 8 /* ... in the SYN/ACK */
#define MPTCP_NONCE_SEED_SIZE 16

/* What a key stands for (s3.1), out of one hash. */
struct mptcp_key_id {
    uint32_t token; /* left-most 32 bits of SHA-256(key) */
    uint32_t zero;
    mptcp_dsn idsn; /* right-most 64 bits; takes the SYN's place, so data begins at idsn + 1 */
};

struct mptcp_key_id mptcp_key_id(uint64_t key);

/* What the HMAC of an MP_JOIN is made of (s3.2), for either direction. */
struct mptcp_join_auth {
    uint64_t sender_key; /* of the host that sends this HMAC */
    uint64_t receiver_key;
    uint32_t sender_nonce; /* from that host's own MP_JOIN on SYN or SYN/ACK */
    uint32_t receiver_nonce;
};

/*
 * The left-most 160 bits of HMAC-SHA256(sender_key || receiver_key,
 * sender_nonce || receiver_nonce). A SYN/ACK carries the first eight octets.
 */
void mptcp_join_hmac(const struct mptcp_join_auth *auth, uint8_t hmac[MPTCP_JOIN_HMAC_SIZE]);

/*
 * True if the first n octets of the HMAC are those at hmac; compared in
 * constant time. n is 8 for a SYN/ACK and 20 for an ACK: any other is false.
 */
bool mptcp_join_hmac_ok(const struct mptcp_join_auth *auth, const uint8_t *hmac, size_t n);

/*
 * The HMAC of an ADD_ADDR (s3.4.1): the right-most 64 bits of all 256 of
 * HMAC-SHA256(sender_key || receiver_key, addr_id || ip || port), as the
 * number that stands in struct mptcp_add_addr. addr->port is the port that the
 * option carries, 0 if it carries none. Compare with mptcp_ct_equal.
 */
uint64_t mptcp_add_addr_hmac(uint64_t sender_key, uint64_t receiver_key, uint8_t addr_id,
                             const struct mptcp_addr *addr);

/*
 * A nonce that cannot be guessed without the seed: the left-most 32 bits of
 * SHA-256(seed || counter). Never use a counter twice with one seed.
 */
uint32_t mptcp_nonce(const uint8_t seed[MPTCP_NONCE_SEED_SIZE], uint32_t counter);

/* True if n octets agree. Takes the same time wherever they differ. */
bool mptcp_ct_equal(const void *a, const void *b, size_t n);

/* Sets n octets to zero, also when they are never read again. */
void mptcp_wipe(void *p, size_t n);

/*
 * The two primitives. The library calls nothing else and defines both over
 * BearSSL in one object file of its archive: define both yourself, and that
 * file, and BearSSL with it, stay out of your program. Neither may keep
 * anything of what it was given. data and msg may be NULL if their length is 0.
 */
void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n);
void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len);

#ifdef __cplusplus
}
#endif

#endif
