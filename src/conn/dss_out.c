/*
 * dss_out.c - the DATA_ACK and the mappings that leave: how they are written (RFC 8684 s3.3), and
 * when a DATA_ACK has to leave although TCP sends no ACK by itself.
 *
 * Every ACK of TCP's passes the option writer, and carries the DATA_ACK if it has room. What left
 * is kept, not what is to be done: RCV.NXT as it was said last (rcv_told); of each subflow up to
 * where TCP has acknowledged (ack_sent), and up to where it did with a DATA_ACK (ack_told). So
 *
 *   ack_told < rcv_nxt    the next ACK of this subflow brings news: nothing may take the place of
 *                         its DATA_ACK
 *   ack_told < ack_sent   TCP has acknowledged octets without a DATA_ACK: one is owed on this
 * subflow rcv_told < RCV.NXT    and no subflow has octets that TCP still has to acknowledge: one is
 * owed (a mapping came after its octets, a gap was closed, a DATA_FIN counts)
 *
 * Beside that SIG_ACK asks for one: the window has opened, or the peer repeats itself and TCP does
 * not answer that.
 */
#include "conn/out.h"

/* TCP has octets of this subflow that no segment has acknowledged: its own ACK is to come. */
static bool tcp_answers(const struct mptcp_subflow *s)
{
    return s->state == SF_OPEN && (s->flags & SF_RESET) == 0 &&
           mptcp_ssn_before(s->ack_sent, s->rcv_nxt);
}

bool mptcp_ack_unsaid(const struct mptcp_conn *c)
{
    if (mptcp_dsn_eq(c->rcv_told, c->rcv_nxt) || !is_mptcp(c)) {
        return false;
    }
    const struct mptcp_subflow *s = subflow_at(c, 0);
    for (unsigned n = c->top; n > 0; n--, s++) {
        if (tcp_answers(s)) {
            return false;
        }
    }
    return true;
}

bool mptcp_ack_is_news(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return mptcp_ack_possible(c) &&
           ((s->signal & SIG_ACK) != 0 || !mptcp_ssn_eq(s->ack_told, s->rcv_nxt) ||
            !mptcp_dsn_eq(c->rcv_told, c->rcv_nxt));
}

bool mptcp_ack_owed(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (s->state != SF_OPEN || c->phase == PHASE_ABORTING) {
        return false;
    }
    bool bare = is_mptcp(c) && mptcp_ssn_before(s->ack_told, s->ack_sent);
    return (s->signal & SIG_ACK) != 0 || bare ||
           (mptcp_ack_unsaid(c) && mptcp_signal_subflow(c) == (int)i);
}

void mptcp_out_map(const struct mptcp_conn *c, const struct mptcp_tx_map *map, uint32_t sum,
                   struct mptcp_dss *d)
{
    bool narrow = (c->flags & MPTCP_CFG_DSN32) != 0 && (c->bits & BIT_WIDE) == 0;

    d->flags |= narrow ? MPTCP_DSS_MAP : (MPTCP_DSS_MAP | MPTCP_DSS_DSN64);
    d->dsn = narrow ? map->dsn.v & 0xffffffffu : map->dsn.v;
    d->ssn = map->ssn.v;
    d->dll = (uint16_t)map->len;
    if ((c->bits & BIT_CHECKSUM) != 0) {
        d->has_checksum = 1;
        d->checksum = mptcp_dss_checksum(map->dsn, map->ssn, (uint16_t)map->len, sum);
    }
}
