/*
 * stateless.c - answers a SYN without keeping state (RFC 8684 s3.1, C-9). The
 * server's key is derived from addresses and ISN; the third ACK brings back
 * all else that must be known.
 */
#include "machines/machines.h"
#include "mptcp/crypto.h"
#include "mptcp/endpoint.h"
#include "wire/mem.h"
#include "wire/profile.h"
#include "wire/wire.h"

/* Writes family, port and IP address to p; returns the place after them. */
static uint8_t *put_address(uint8_t *p, const struct mptcp_addr *a)
{
    p[0] = a->family;
    p[1] = (uint8_t)(a->port >> 8);
    p[2] = (uint8_t)a->port;
    memcpy(p + 3, a->ip, sizeof a->ip);
    return p + 3 + sizeof a->ip;
}

uint64_t mptcp_stateless_key(const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE],
                             const struct mptcp_addr *local, const struct mptcp_addr *remote,
                             uint32_t client_isn)
{
    uint8_t msg[2 * 19 + 4];
    uint8_t mac[MPTCP_SHA256_SIZE];
    if (secret == NULL || !addr_possible(local) || !addr_possible(remote)) {
        return 0;
    }
    uint8_t *p = put_address(put_address(msg, local), remote);

    for (unsigned i = 0; i < 4; i++) {
        *p++ = (uint8_t)(client_isn >> 8 * i);
    }
    mptcp_crypto_hmac_sha256(mac, secret, MPTCP_STATELESS_SECRET_SIZE, msg, sizeof msg);
    uint64_t key = mptcp_wire_be64(mac);
    mptcp_wipe(mac, sizeof mac);
    return key;
}

int mptcp_stateless_synack(const struct mptcp_endpoint *e, const struct mptcp_segment *syn,
                           uint32_t config, uint64_t key, uint8_t *p, size_t room)
{
    struct mptcp_options o;
    struct mptcp_option answer = {.subtype = MPTCP_CAPABLE};
    uint32_t whose;

    if (e == NULL || p == NULL || !segment_possible(syn)) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_options_read(syn->options, syn->options_len, syn->tcp_flags, &o, NULL);
    int why = mptcp_capable_answer(&o, config, key, &answer.u.capable);
    uint32_t token = why == MPTCP_OK ? mptcp_key_id_of(answer.u.capable.version, key).token : 0;
    if (token == 0 || (config & MPTCP_CFG_NO_MPTCP) != 0 ||
        mptcp_endpoint_find(e, token, &whose) == MPTCP_OK) {
        return 0;
    }
    return mptcp_option_write(&answer, p, room);
}

unsigned mptcp_stateless_version(const struct mptcp_segment *ack)
{
    struct mptcp_options o;

    if (!segment_possible(ack)) {
        return MPTCP_VERSION_NEWEST;
    }
    mptcp_options_read(ack->options, ack->options_len, ack->tcp_flags, &o, NULL);
    bool keys = (o.present & MPTCP_HAS(MPTCP_CAPABLE)) != 0;
    return keys && mptcp_version_known(o.capable.version) ? o.capable.version
                                                          : MPTCP_VERSION_NEWEST;
}

bool mptcp_stateless_decides(unsigned version, const struct mptcp_segment *ack)
{
    const unsigned flags = MPTCP_TCP_SYN | MPTCP_TCP_ACK | MPTCP_TCP_RST;
    struct mptcp_options o;

    if (!segment_possible(ack) || (ack->tcp_flags & flags) != MPTCP_TCP_ACK ||
        !mptcp_version_known(version)) {
        return false;
    }
    mptcp_options_read_of(version, ack->options, ack->options_len, ack->tcp_flags, &o, NULL);
    return mptcp_capable_decides(ack, &o);
}
