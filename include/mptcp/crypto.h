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
 * Version 1 uses SHA-256. Version 0 (RFC 6824) uses SHA-1 in its place, and is
 * otherwise the same; functions whose names end in _of are given the version.
 *
 * A program can replace the hashes and HMACs by its own functions: see the end.
 */
#ifndef MPTCP_CRYPTO_H
#define MPTCP_CRYPTO_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MPTCP_SHA256_SIZE 32
#define MPTCP_SHA1_SIZE 20
#define MPTCP_JOIN_HMAC_SIZE 20       /* octets of the HMAC that MP_JOIN carries on an ACK */
#define MPTCP_JOIN_HMAC_SYNACK_SIZE 8 /* octets of it that MP_JOIN carries on a SYN/ACK */
#define MPTCP_NONCE_SEED_SIZE 16      /* octets of the seed of mptcp_nonce */

/* The token and the IDSN that follow from a key (s3.1), by one hash. */
struct mptcp_key_id {
    uint32_t token; /* left-most 32 bits of the hash of the key */
    uint32_t zero;
    mptcp_dsn idsn; /* its right-most 64 bits; the first octet of data has DSN idsn + 1 */
};

/* Returns token and IDSN of a key. */
struct mptcp_key_id mptcp_key_id(uint64_t key);
struct mptcp_key_id mptcp_key_id_of(unsigned version, uint64_t key);

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
void mptcp_join_hmac_of(unsigned version, const struct mptcp_join_auth *auth,
                        uint8_t hmac[MPTCP_JOIN_HMAC_SIZE]);

/*
 * True if the n octets at hmac equal the first n octets of the HMAC; they are
 * compared in constant time. n is 8 for a SYN/ACK and 20 for an ACK; any other
 * n gives false.
 */
bool mptcp_join_hmac_ok(const struct mptcp_join_auth *auth, const uint8_t *hmac, size_t n);
bool mptcp_join_hmac_ok_of(unsigned version, const struct mptcp_join_auth *auth,
                           const uint8_t *hmac, size_t n);

/*
 * Returns the HMAC of an ADD_ADDR (s3.4.1): the right-most 64 of the 256 bits of
 * HMAC-SHA256(sender_key || receiver_key, addr_id || ip || port), as the
 * number in struct mptcp_add_addr. addr->port is the port that the
 * option carries, 0 if it carries none. Compare with mptcp_ct_equal.
 */
uint64_t mptcp_add_addr_hmac(uint64_t sender_key, uint64_t receiver_key, uint8_t addr_id,
                             const struct mptcp_addr *addr);

/* The authenticated announcements of version 0, which were drafted and deployed before RFC 8684
 * (config.h: mptcp_config.add_addr2). */
enum mptcp_add_addr2 {
    MPTCP_ADD_ADDR2_OFF = 0,
    MPTCP_ADD_ADDR2_SENDER_KEY = 1, /* ADD_ADDR2 of draft-ietf-mptcp-rfc6824bis-01 to -04: the key
                                       is the sender's alone, right-most 64 bits */
    MPTCP_ADD_ADDR2_BOTH_KEYS = 2,  /* the same option, keyed as MP_JOIN */
    MPTCP_ADD_ADDR2_LINUX = 3,      /* ADD_ADDR of out-of-tree Linux kernels with mptcp_version 1:
                                       the sender's key, left-most 64 bits */
    MPTCP_ADD_ADDR2_BIS05 = 4       /* ADD_ADDR of draft -05 and -06, on SHA-1: as in version 1 */
};

/* Returns the HMAC of such an announcement, as the number in struct mptcp_add_addr; 0 if the kind
 * is OFF or unknown. Its message leaves out a port that the option does not carry, but for
 * BIS05. */
uint64_t mptcp_add_addr2_hmac(enum mptcp_add_addr2 kind, uint64_t sender_key, uint64_t receiver_key,
                              uint8_t addr_id, const struct mptcp_addr *addr);

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
 * The primitives, which write their result to out. The library needs no other,
 * and defines them by BearSSL: those of SHA-256 in one object file of its
 * archive, those of SHA-1, which only version 0 uses, in another. If a program
 * defines both functions of a file itself, that file is not linked, nor
 * BearSSL for it. None may keep anything of its arguments. data and msg may be
 * NULL if their length is 0.
 */
void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n);
void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len);
void mptcp_crypto_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *data, size_t n);
void mptcp_crypto_hmac_sha1(uint8_t out[MPTCP_SHA1_SIZE], const void *key, size_t key_len,
                            const void *msg, size_t msg_len);

#ifdef __cplusplus
}
#endif

#endif
