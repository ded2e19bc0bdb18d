/*
 * need.c - what mptcp_tx_options_need and the constants MPTCP_TX_MOST_ say of each segment that
 * leaves, against what the option writer makes of it.
 */
#include "sim.h"

#include <string.h>

static unsigned kind_of(const struct mptcp_txseg *seg)
{
    if ((seg->tcp_flags & MPTCP_TCP_RST) != 0) {
        return MPTCP_TX_RST;
    }
    if ((seg->tcp_flags & MPTCP_TCP_SYN) != 0) {
        return (seg->tcp_flags & MPTCP_TCP_ACK) != 0 ? MPTCP_TX_SYN_ACK : MPTCP_TX_SYN;
    }
    if (seg->len > 0) {
        return MPTCP_TX_DATA;
    }
    return (seg->tcp_flags & MPTCP_TCP_FIN) != 0 ? MPTCP_TX_FIN : MPTCP_TX_ACK;
}

static const uint8_t most[] = {
    [MPTCP_TX_SYN] = MPTCP_TX_MOST_SYN, [MPTCP_TX_SYN_ACK] = MPTCP_TX_MOST_SYN_ACK,
    [MPTCP_TX_ACK] = MPTCP_TX_MOST_ACK, [MPTCP_TX_DATA] = MPTCP_TX_MOST_DATA,
    [MPTCP_TX_FIN] = MPTCP_TX_MOST_FIN, [MPTCP_TX_RST] = MPTCP_TX_MOST_RST,
};

void need_check(struct end *e, struct tcp *t, const struct mptcp_txseg *seg)
{
    uint8_t free[MPTCP_OPTION_MAX], needed[MPTCP_OPTION_MAX], all[MPTCP_OPTION_MAX];
    struct mptcp_receipt r;
    unsigned kind = kind_of(seg);
    unsigned need = mptcp_tx_options_need(e->conn, t->sf, kind);
    struct mptcp_subflow_report info;
    struct mptcp_config cfg;

    /* A keep-alive has less than an ACK: the host need not reckon with it. */
    mptcp_subflow_info(e->conn, t->sf, &info);
    bool exact = kind != MPTCP_TX_DATA && !mptcp_ssn_before(seg->ssn, info.snd_una);
    host_config(e, &cfg);
    int n = mptcp_tx_options(e->conn, t->sf, seg, free, cfg.option_room, &r);
    bool joins = n == MPTCP_E_ROOM && (r.no_room & MPTCP_OUT_JOIN) != 0;
    n = joins ? (int)MPTCP_TX_MOST_THIRD_ACK : n;
    if (n > (int)need || (exact && n >= 0 && n < (int)need)) {
        fail(e->sim, "%d: a segment (flags %02x, %u octets) gets %d octets of options, and not %u",
             e->id, seg->tcp_flags, seg->len, n, need);
    }
    int m = joins ? n : mptcp_tx_options(e->conn, t->sf, seg, needed, need, &r);
    if (m != n || (!joins && n > 0 && memcmp(free, needed, (size_t)n) != 0)) {
        fail(e->sim, "%d: with the %u octets that it needs a segment gets %d, and not %d", e->id,
             need, m, n);
    }
    int most_of = mptcp_tx_options(e->conn, t->sf, seg, all, MPTCP_OPTION_MAX, &r);
    if (most_of > most[kind]) {
        fail(e->sim, "%d: a segment (flags %02x) gets %d octets of options", e->id, seg->tcp_flags,
             most_of);
    }
}
