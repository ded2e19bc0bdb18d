/*
 * dss_out.c - how our DATA_ACK and mappings are written (RFC 8684 s3.3), and when an ACK has to be
 * sent for a DATA_ACK although TCP sends none by itself.
 *
 * Every ACK that TCP sends passes the option writer, and carries the DATA_ACK if it has room.
 * Stored is what was sent: the last DATA_ACK (rcv_told); for each subflow, up to which SSN TCP has
 * acknowledged (ack_sent), and up to which SSN with a DATA_ACK on the same segment (ack_told). So:
 *
 *   ack_told < rcv_nxt    the next ACK of this subflow has a new DATA_ACK: no signal may take its
 *                         room
 *   ack_told < ack_sent   TCP has acknowledged octets without a DATA_ACK: one has to be sent on
 *                         this subflow
 *   rcv_told < RCV.NXT    if no subflow has octets that TCP has yet to acknowledge, a DATA_ACK
 *                         has to be sent on one (a mapping came after its octets, a gap was
 *                         filled, or a DATA_FIN was reached)
 *
 * SIG_ACK requests one besides: the window has opened, or the peer has repeated a segment that TCP
 * does not answer.
 */
#include "conn/out.h"

/* True if TCP will send an ACK on s by itself: it has received octets and not acknowledged them. */
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
