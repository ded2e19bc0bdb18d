/*
 * of_version.h - the hash and the HMAC that the profile of a protocol version names
 * (wire/profile.h).
 */
#ifndef MPTCP_CRYPTO_OF_VERSION_H
#define MPTCP_CRYPTO_OF_VERSION_H

#include "mptcp/crypto.h"
#include "wire/profile.h"

#define MPTCP_DIGEST_MAX MPTCP_SHA256_SIZE

/* True if this version uses SHA-1, else it uses SHA-256. In a build without version 0 this is
 * constant, so SHA-1 is not linked. */
static inline bool mptcp_uses_sha1(unsigned version)
{
    return mptcp_profile(version)->hash == MPTCP_HASH_SHA1;
}
#define USES_SHA1(version) (MPTCP_HAS_VERSION_0 && mptcp_uses_sha1(version))

/* Writes the hash of n octets at `data` to out, by the hash of this version. */
static inline void mptcp_hash_of(unsigned version, uint8_t out[MPTCP_DIGEST_MAX], const void *data,
                                 size_t n)
{
    if (USES_SHA1(version)) {
        mptcp_crypto_sha1(out, data, n);
    } else {
        mptcp_crypto_sha256(out, data, n);
    }
}

/* Writes the HMAC of msg under `key` to out, by the hash of this version. */
static inline void mptcp_hmac_of(unsigned version, uint8_t out[MPTCP_DIGEST_MAX], const void *key,
                                 size_t key_len, const void *msg, size_t msg_len)
{
    if (USES_SHA1(version)) {
        mptcp_crypto_hmac_sha1(out, key, key_len, msg, msg_len);
    } else {
        mptcp_crypto_hmac_sha256(out, key, key_len, msg, msg_len);
    }
}

/* Returns where the last 64 bits of a digest of this version begin. */
static inline const uint8_t *mptcp_last_64(unsigned version, const uint8_t *digest)
{
    return digest + mptcp_profile(version)->digest - 8;
}

#endif
