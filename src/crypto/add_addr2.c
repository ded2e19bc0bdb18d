/*
 * add_addr2.c - the HMACs of version 0's announcements (mptcp/crypto.h: enum mptcp_add_addr2). The
 * drafts and the deployed code differ in the key, in whether a missing port is part of the message,
 * and in which end of the digest is sent.
 */
#include "octets.h"

static const struct kind {
    bool both_keys;  /* key: the sender's, then the receiver's; else the sender's alone */
    bool port_apart; /* message: a missing port is two octets of zero; else nothing */
    bool left_most;  /* the left-most 64 bits of the digest; else the right-most */
} kinds[] = {
    [MPTCP_ADD_ADDR2_SENDER_KEY] = {false, false, false},
    [MPTCP_ADD_ADDR2_BOTH_KEYS] = {true, false, false},
    [MPTCP_ADD_ADDR2_LINUX] = {false, false, true},
    [MPTCP_ADD_ADDR2_BIS05] = {true, true, false},
};

uint64_t mptcp_add_addr2_hmac(enum mptcp_add_addr2 kind, uint64_t sender_key, uint64_t receiver_key,
                              uint8_t addr_id, const struct mptcp_addr *addr)
{
    uint8_t digest[MPTCP_DIGEST_MAX];
    uint8_t key[16];
    uint8_t msg[1 + 16 + 2];
    if (addr == NULL || kind <= MPTCP_ADD_ADDR2_OFF || kind > MPTCP_ADD_ADDR2_BIS05) {
        return 0;
    }
    const struct kind *k = &kinds[kind];
    octets_put64(octets_put64(key, sender_key), receiver_key);
    size_t n = octets_put_address(msg, addr_id, addr);
    n -= addr->port == 0 && !k->port_apart ? 2 : 0;
    mptcp_hmac_of(0, digest, key, k->both_keys ? 16 : 8, msg, n);
    uint64_t hmac = octets_get64(k->left_most ? digest : mptcp_last_64(0, digest));
    mptcp_wipe(key, sizeof key);
    mptcp_wipe(digest, sizeof digest);
    return hmac;
}
