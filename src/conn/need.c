/*
 * need.c - how many octets of options a segment of some kind would get now.
 *
 * Of segments without payload the option writer itself is asked. What a segment with payload gets
 * depends on its octets, which may not have been given to the subflow yet: its mapping with the
 * DATA_ACK, or, for the first octets of the stream, the keys with a mapping.
 */
#include "conn/out.h"
#include "wire/wire.h"

/* Flags of enum mptcp_tx_kind; DATA has none of its own. */
static const uint8_t flags_of[] = {
    [MPTCP_TX_SYN] = MPTCP_TCP_SYN, [MPTCP_TX_SYN_ACK] = MPTCP_TCP_SYN | MPTCP_TCP_ACK,
    [MPTCP_TX_ACK] = MPTCP_TCP_ACK, [MPTCP_TX_DATA] = MPTCP_TCP_ACK,
    [MPTCP_TX_FIN] = MPTCP_TCP_FIN, [MPTCP_TX_RST] = MPTCP_TCP_RST,
};

#define JOIN_ACK_ROOM 24u /* MP_JOIN on a third ACK */

/* Octets of a DSS with a mapping, padded; `acks`: and with the DATA_ACK. */
static unsigned dss_length(const struct mptcp_conn *c, bool acks)
{
    static const struct mptcp_tx_map any = {{0}, {0}, 1};
    struct mptcp_dss d = {0};
    uint8_t p[MPTCP_OPTION_MAX];
    struct wire_out to = {p, sizeof p};

    mptcp_out_map(c, &any, 0, &d);
    if (acks) {
        mptcp_out_ack(c, &d);
    }
    return ((unsigned)mptcp_wire_dss_write(&d, to) + 3u) & ~3u;
}

/* True if the mapping of the first octets of the stream may still be sent on subflow i: it is not
 * given to it yet, or not acknowledged as a whole. */
static bool begins_the_stream(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn first = mptcp_ssn_of(1);
    struct mptcp_tx_map map;

    return mptcp_ssn_eq(s->snd_nxt, first) ||
           (mptcp_map_out(c, i, s->snd_una, &map) && mptcp_ssn_eq(map.ssn, first));
}

/* Octets for a segment with payload of subflow i. */
static unsigned data_need(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if ((s->flags & SF_RESET) != 0 ||
        (c->phase == PHASE_OPENING && (c->bits & BIT_FAST_OPEN) == 0)) {
        return 0;
    }
    if (is_plain(c)) {
        return c->fb.infinite_due ? dss_length(c, false) : 0;
    }
    unsigned n = dss_length(c, mptcp_ack_possible(c));
    n = n > c->option_room ? dss_length(c, false) : n;
    bool keyed = n < KEYED_ROOM && begins_the_stream(c, i) &&
                 mptcp_out_keyed(c, s, mptcp_ssn_of(1), c->option_room);
    return keyed ? KEYED_ROOM : n;
}

unsigned mptcp_tx_options_need(const struct mptcp_conn *c, mptcp_sf sf, unsigned kind)
{
    uint8_t p[MPTCP_OPTION_MAX];
    struct mptcp_receipt r;
    struct mptcp_txseg seg = {0};
    int i = slot_of(c, sf);

    if (i < 0 || kind >= sizeof flags_of / sizeof *flags_of) {
        return 0;
    }
    if (kind == MPTCP_TX_DATA) {
        return data_need(c, (unsigned)i);
    }
    seg.tcp_flags = flags_of[kind];
    seg.ssn = subflow_at(c, (unsigned)i)->snd_nxt;
    int n = mptcp_tx_options(c, sf, &seg, p, c->option_room, &r);
    return n >= 0 ? (unsigned)n : n == MPTCP_E_ROOM ? JOIN_ACK_ROOM : 0;
}
