/*
 * crypto.h - what RFC 8684 computes from keys: token, initial data sequence
 * number, the HMACs of MP_JOIN and ADD_ADDR; and nonces out of a seed.
 *
 * Usable alone: pure functions that keep nothing between calls. They wipe what
 * they have put on the stack before they return.
 *
 * A key is a 64-bit number; its eight octets on the wire are in network order.
 * A connection has two keys. In an HMAC the sender's key comes first, so every
 * function here speaks of a sender and a receiver of the option, not of hosts
 * A and B. Swap the two for the other direction.
 *
 * A program can replace SHA-256 and HMAC-SHA256 by its own functions: see the
 * end.
 */
#ifndef MPTCP_CRYPTO_H
#define MPTCP_CRYPTO_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MPTCP_SHA256_SIZE 32
#define MPTCP_JOIN_HMAC_SIZE 20       /* octets of the HMAC that MP_JOIN carries on an ACK */
#define MPTCP_JOIN_HMAC_SYNACK_SIZE 8 /* octets of it that MP_JOIN carries on a SYN/ACK */
#define MPTCP_NONCE_SEED_SIZE 16      /* octets of the seed of mptcp_nonce */

/* The token and the IDSN that follow from a key (s3.1), by one hash. */
struct mptcp_key_id {
    uint32_t token; /* left-most 32 bits of SHA-256(key) */
    uint32_t zero;
    mptcp_dsn idsn; /* its right-most 64 bits; the first octet of data has DSN idsn + 1 */
};

/* Returns token and IDSN of a key. */
struct mptcp_key_id mptcp_key_id(uint64_t key);

/* The input of the HMAC of an MP_JOIN (s3.2), in either direction. */
struct mptcp_join_auth {
    uint64_t sender_key;     /* key of the host that sends this HMAC */
    uint64_t receiver_key;   /* key of the other host */
    uint32_t sender_nonce;   /* nonce of the sender's own MP_JOIN on its SYN or SYN/ACK */
    uint32_t receiver_nonce; /* nonce of the other host's */
};

/*
 * Fills hmac with the left-most 160 bits of HMAC-SHA256(sender_key ||
 * receiver_key, sender_nonce || receiver_nonce). An ACK carries all of them, a
 * SYN/ACK the first eight octets.
 */
void mptcp_join_hmac(const struct mptcp_join_auth *auth, uint8_t hmac[MPTCP_JOIN_HMAC_SIZE]);

/*
 * True if the n octets at hmac equal the first n octets of the HMAC; they are
 * compared in constant time. n is 8 for a SYN/ACK and 20 for an ACK; any other
 * n gives false.
 */
bool mptcp_join_hmac_ok(const struct mptcp_join_auth *auth, const uint8_t *hmac, size_t n);

/*
 * Returns the HMAC of an ADD_ADDR (s3.4.1): the right-most 64 of the 256 bits of
 * HMAC-SHA256(sender_key || receiver_key, addr_id || ip || port), as the
 * number in struct mptcp_add_addr. addr->port is the port that the
 * option carries, 0 if it carries none. Compare with mptcp_ct_equal.
 */
uint64_t mptcp_add_addr_hmac(uint64_t sender_key, uint64_t receiver_key, uint8_t addr_id,
                             const struct mptcp_addr *addr);

/*
 * Returns a nonce that cannot be guessed without the seed: the left-most 32 bits
 * of SHA-256(seed || counter). Never use the same counter twice with one seed.
 */
uint32_t mptcp_nonce(const uint8_t seed[MPTCP_NONCE_SEED_SIZE], uint32_t counter);

/* True if the n octets at a and b are equal. The time does not depend on where they differ. */
bool mptcp_ct_equal(const void *a, const void *b, size_t n);

/* Sets n octets to zero, also when they are never read again. */
void mptcp_wipe(void *p, size_t n);

/*
 * The two primitives, which write their result to out. The library needs no
 * other, and defines both by BearSSL in one object file of its archive. If a
 * program defines both itself, that file and BearSSL are not linked. Neither
 * may keep anything of its arguments. data and msg may be NULL if their length
 * is 0.
 */
void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n);
void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len);

#ifdef __cplusplus
}
#endif

#endif
