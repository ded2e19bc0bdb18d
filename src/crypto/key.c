/*
 * key.c - hashes of one secret: token and IDSN of a key (RFC 8684 s3.1), nonces
 * of a seed. Numbers are hashed in network order.
 */
#include "octets.h"

struct mptcp_key_id mptcp_key_id_of(unsigned version, uint64_t key)
{
    uint8_t octets[8];
    uint8_t digest[MPTCP_DIGEST_MAX];
    octets_put64(octets, key);
    mptcp_hash_of(version, digest, octets, sizeof octets);
    struct mptcp_key_id id = {octets_get32(digest), 0,
                              mptcp_dsn_of(octets_get64(mptcp_last_64(version, digest)))};
    mptcp_wipe(octets, sizeof octets);
    mptcp_wipe(digest, sizeof digest);
    return id;
}

struct mptcp_key_id mptcp_key_id(uint64_t key)
{
    return mptcp_key_id_of(MPTCP_VERSION_NEWEST, key);
}

uint32_t mptcp_nonce(const uint8_t seed[MPTCP_NONCE_SEED_SIZE], uint32_t counter)
{
    uint8_t octets[MPTCP_NONCE_SEED_SIZE + 4];
    uint8_t digest[MPTCP_SHA256_SIZE];
    if (seed == NULL) {
        return 0;
    }
    memcpy(octets, seed, MPTCP_NONCE_SEED_SIZE);
    octets_put32(octets + MPTCP_NONCE_SEED_SIZE, counter);
    mptcp_crypto_sha256(digest, octets, sizeof octets);
    uint32_t nonce = octets_get32(digest);
    mptcp_wipe(octets, sizeof octets);
    mptcp_wipe(digest, sizeof digest);
    return nonce;
}
