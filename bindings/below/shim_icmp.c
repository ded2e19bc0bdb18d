/*
 * shim_icmp.c - "packet too big" (RFC 1191, RFC 8201) for a segment of a flow.
 *
 * The packet that was too big had options that TCP did not know of. So the MTU that TCP is told is
 * less than the path's by the room for them.
 */
#include "shim_internal.h"

#define FOUR_TYPE 3u
#define FOUR_CODE 4u
#define SIX_TYPE 2u
#define ICMP_HEADER 8u
#define PORTS_AND_SEQUENCE 8u
#define FOUR_LEAST 296u /* the least MTU that is believed: of the plateaus of RFC 1191 s7.1 */
#define SIX_LEAST 1280u

/* The flow whose segment the message quotes. NULL: the segment is of no flow, or not in flight, so
 * that the message may be forged. */
static struct flow *quoted(const struct shim *s, const uint8_t *quote, uint32_t length,
                           uint8_t version)
{
    uint32_t header = version == 4 ? (quote[0] & 15u) * 4u : IPV6_HEADER;
    struct mptcp_addr local;
    struct mptcp_addr remote;

    if (quote[0] >> 4 != version || header < IPV4_HEADER || length < header + PORTS_AND_SEQUENCE ||
        quote[version == 4 ? 9 : 6] != PROTOCOL_TCP) {
        return NULL;
    }
    packet_address(quote, version, false, &local);
    packet_address(quote, version, true, &remote);
    local.port = packet_get16(quote + header + TCP_SOURCE);
    remote.port = packet_get16(quote + header + TCP_DESTINATION);
    struct flow *f = flow_find(&s->table, &local, &remote);
    if (f == NULL || f->state != SHIM_LIVE || !flow_has(f, FLOW_OURS)) {
        return NULL;
    }
    mptcp_ssn ssn = seq_ssn(packet_get_seq(quote + header + TCP_SEQUENCE), f->isn);
    bool in_flight = !mptcp_ssn_before(ssn, f->una) && mptcp_ssn_before(ssn, f->sent);
    return in_flight ? f : NULL;
}

/* True for a whole "packet too big". */
static bool is_too_big(const uint8_t *frame, const struct packet *p)
{
    const uint8_t *icmp = frame + p->body;
    bool four = p->version == 4;

    return p->end - p->body >= ICMP_HEADER + (four ? IPV4_HEADER : IPV6_HEADER) &&
           icmp[0] == (four ? FOUR_TYPE : SIX_TYPE) && icmp[1] == (four ? FOUR_CODE : 0) &&
           packet_sum_right(frame, p);
}

void shim_icmp(struct shim *s, uint8_t *frame, const struct packet *p)
{
    uint8_t *icmp = frame + p->body;
    bool four = p->version == 4;

    if (!is_too_big(frame, p)) {
        return;
    }
    struct flow *f = quoted(s, icmp + ICMP_HEADER, p->end - p->body - ICMP_HEADER, p->version);
    uint32_t mtu = four ? packet_get16(icmp + 6) : packet_get32(icmp + 4);
    if (f == NULL || mtu < (four ? FOUR_LEAST : SIX_LEAST) || mtu > shim_mtu(s, f->nif) ||
        mptcp_tx_options_max(f->conn) == 0) {
        return;
    }
    f->path_mtu = (uint16_t)mtu;
    if (four) {
        packet_put16(icmp + 6, mtu - DATA_ROOM);
    } else {
        /* Hosts ignore less than IPv6's minimum; what is still too long emit.c cuts in two. */
        packet_put32(icmp + 4, mtu - DATA_ROOM < SIX_LEAST ? SIX_LEAST : mtu - DATA_ROOM);
    }
    packet_finish(frame, p, 2);
}
