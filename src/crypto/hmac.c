/*
 * hmac.c - the HMACs of MP_JOIN (RFC 8684 s3.2) and ADD_ADDR (s3.4.1). Both are keyed
 * with the sender's key followed by the receiver's key. MP_JOIN carries the
 * left-most bits of the digest, ADD_ADDR the right-most ones.
 */
#include "octets.h"

/* Puts the HMAC of the n octets at msg, under both keys, into digest. */
static void keyed(unsigned version, uint8_t digest[MPTCP_DIGEST_MAX], uint64_t sender_key,
                  uint64_t receiver_key, const uint8_t *msg, size_t n)
{
    uint8_t key[16];
    octets_put64(octets_put64(key, sender_key), receiver_key);
    mptcp_hmac_of(version, digest, key, sizeof key, msg, n);
    mptcp_wipe(key, sizeof key);
}

void mptcp_join_hmac_of(unsigned version, const struct mptcp_join_auth *auth,
                        uint8_t hmac[MPTCP_JOIN_HMAC_SIZE])
{
    uint8_t digest[MPTCP_DIGEST_MAX];
    uint8_t msg[8];
    if (auth == NULL || hmac == NULL) {
        return;
    }
    octets_put32(octets_put32(msg, auth->sender_nonce), auth->receiver_nonce);
    keyed(version, digest, auth->sender_key, auth->receiver_key, msg, sizeof msg);
    memcpy(hmac, digest, MPTCP_JOIN_HMAC_SIZE);
    mptcp_wipe(digest, sizeof digest);
}

bool mptcp_join_hmac_ok_of(unsigned version, const struct mptcp_join_auth *auth,
                           const uint8_t *hmac, size_t n)
{
    if (auth == NULL || hmac == NULL ||
        (n != MPTCP_JOIN_HMAC_SYNACK_SIZE && n != MPTCP_JOIN_HMAC_SIZE)) {
        return false;
    }
    uint8_t expected[MPTCP_JOIN_HMAC_SIZE];
    mptcp_join_hmac_of(version, auth, expected);
    bool ok = mptcp_ct_equal(expected, hmac, n);
    mptcp_wipe(expected, sizeof expected);
    return ok;
}

/* ------------------------------------- the public functions, for the newest version */

void mptcp_join_hmac(const struct mptcp_join_auth *auth, uint8_t hmac[MPTCP_JOIN_HMAC_SIZE])
{
    mptcp_join_hmac_of(MPTCP_VERSION_NEWEST, auth, hmac);
}

bool mptcp_join_hmac_ok(const struct mptcp_join_auth *auth, const uint8_t *hmac, size_t n)
{
    return mptcp_join_hmac_ok_of(MPTCP_VERSION_NEWEST, auth, hmac, n);
}

uint64_t mptcp_add_addr_hmac(uint64_t sender_key, uint64_t receiver_key, uint8_t addr_id,
                             const struct mptcp_addr *addr)
{
    uint8_t digest[MPTCP_DIGEST_MAX];
    uint8_t msg[1 + 16 + 2];
    if (addr == NULL) {
        return 0;
    }
    size_t n = octets_put_address(msg, addr_id, addr);
    keyed(MPTCP_VERSION_NEWEST, digest, sender_key, receiver_key, msg, n);
    uint64_t hmac = octets_get64(mptcp_last_64(MPTCP_VERSION_NEWEST, digest));
    mptcp_wipe(digest, sizeof digest);
    return hmac;
}
