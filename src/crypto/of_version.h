/*
 * of_version.h - the functions of mptcp/crypto.h with the protocol version as an argument, and the
 * hash that the version's profile names (wire/profile.h). The functions of mptcp/crypto.h itself
 * use the newest version.
 */
#ifndef MPTCP_CRYPTO_OF_VERSION_H
#define MPTCP_CRYPTO_OF_VERSION_H

#include "mptcp/crypto.h"
#include "wire/profile.h"

#define MPTCP_DIGEST_MAX MPTCP_SHA256_SIZE

/* Writes the hash of n octets at `data` to out, by the hash of this version. */
static inline void mptcp_hash_of(unsigned version, uint8_t out[MPTCP_DIGEST_MAX], const void *data,
                                 size_t n)
{
    switch (mptcp_profile(version)->hash) {
    case MPTCP_HASH_SHA256:
    default:
        mptcp_crypto_sha256(out, data, n);
    }
}

/* Writes the HMAC of msg under `key` to out, by the hash of this version. */
static inline void mptcp_hmac_of(unsigned version, uint8_t out[MPTCP_DIGEST_MAX], const void *key,
                                 size_t key_len, const void *msg, size_t msg_len)
{
    switch (mptcp_profile(version)->hash) {
    case MPTCP_HASH_SHA256:
    default:
        mptcp_crypto_hmac_sha256(out, key, key_len, msg, msg_len);
    }
}

/* Returns where the last 64 bits of a digest of this version begin. */
static inline const uint8_t *mptcp_last_64(unsigned version, const uint8_t *digest)
{
    return digest + mptcp_profile(version)->digest - 8;
}

/* These do what the functions without _of in mptcp/crypto.h do, for this version. */
struct mptcp_key_id mptcp_key_id_of(unsigned version, uint64_t key);
void mptcp_join_hmac_of(unsigned version, const struct mptcp_join_auth *auth,
                        uint8_t hmac[MPTCP_JOIN_HMAC_SIZE]);
bool mptcp_join_hmac_ok_of(unsigned version, const struct mptcp_join_auth *auth,
                           const uint8_t *hmac, size_t n);
uint64_t mptcp_add_addr_hmac_of(unsigned version, uint64_t sender_key, uint64_t receiver_key,
                                uint8_t addr_id, const struct mptcp_addr *addr);

#endif
