/*
 * of_version.h - the functions of mptcp/crypto.h for a connection of any version of the protocol,
 * and the hash that its profile names (wire/profile.h). Those of mptcp/crypto.h are the newest
 * version's.
 */
#ifndef MPTCP_CRYPTO_OF_VERSION_H
#define MPTCP_CRYPTO_OF_VERSION_H

#include "mptcp/crypto.h"
#include "wire/profile.h"

#define MPTCP_DIGEST_MAX MPTCP_SHA256_SIZE

static inline void mptcp_hash_of(unsigned version, uint8_t out[MPTCP_DIGEST_MAX], const void *data,
                                 size_t n)
{
    switch (mptcp_profile(version)->hash) {
    case MPTCP_HASH_SHA256:
    default:
        mptcp_crypto_sha256(out, data, n);
    }
}

static inline void mptcp_hmac_of(unsigned version, uint8_t out[MPTCP_DIGEST_MAX], const void *key,
                                 size_t key_len, const void *msg, size_t msg_len)
{
    switch (mptcp_profile(version)->hash) {
    case MPTCP_HASH_SHA256:
    default:
        mptcp_crypto_hmac_sha256(out, key, key_len, msg, msg_len);
    }
}

/* What a digest of this version ends with. */
static inline const uint8_t *mptcp_last_64(unsigned version, const uint8_t *digest)
{
    return digest + mptcp_profile(version)->digest - 8;
}

struct mptcp_key_id mptcp_key_id_of(unsigned version, uint64_t key);
void mptcp_join_hmac_of(unsigned version, const struct mptcp_join_auth *auth,
                        uint8_t hmac[MPTCP_JOIN_HMAC_SIZE]);
bool mptcp_join_hmac_ok_of(unsigned version, const struct mptcp_join_auth *auth,
                           const uint8_t *hmac, size_t n);
uint64_t mptcp_add_addr_hmac_of(unsigned version, uint64_t sender_key, uint64_t receiver_key,
                                uint8_t addr_id, const struct mptcp_addr *addr);

#endif
