/*
 * plain_data.c - the stream in plain TCP (RFC 8684 s3.7): the first subflow's octets are the
 * connection's, SSNs and DSNs run in step, and no runs are needed.
 *
 * In   RCV.NXT moves with the subflow's octets. Nothing is verified: rcv_valid stays where
 *      MPTCP ended.
 * Out  SND.UNA and the window are those of the subflow.
 *
 * Moves: rcv_nxt, snd_una, snd_edge, rtx_nxt, rtx_end of the connection; rcv_nxt of the first
 * subflow, all runs (none is left) and SF_TAIL_SHORT.
 */
#include "machines/machines.h"
#include "tables/in_step.h"
#include "tables/received.h"

void mptcp_plain_receives(struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (!has_ended(c)) {
        c->rcv_nxt = received_in_step(c, s->rcv_nxt);
    }
    mptcp_received_done(c, i);
}

void mptcp_plain_arrived(struct mptcp_conn *c, unsigned i, uint32_t n)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    s->rcv_nxt = mptcp_ssn_add(s->rcv_nxt, n);
    /* Octets after the end of the stream, or on a subflow that is to be reset, are released without
     * being delivered. */
    if (!has_ended(c) && (s->flags & SF_RESET) == 0) {
        c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, n);
    }
    mptcp_received_done(c, i);
}

bool mptcp_plain_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    mptcp_dsn end = data_end(c);

    if (!mptcp_dsn_before(c->rcv_delivered, end) ||
        (c->events & (HAPPENED_OPEN | HAPPENED_FALLBACK)) != 0) {
        return false;
    }
    a->sf = handle_of(c, 0);
    a->dsn = c->rcv_delivered;
    a->ssn = ssn_received(c, c->rcv_delivered);
    a->len = (uint32_t)mptcp_dsn_diff(end, c->rcv_delivered);
    a->keep = mptcp_ssn_add(a->ssn, a->len);
    return true;
}

void mptcp_plain_sends(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    mptcp_pool_clear(c);
    s->flags &= ~(uint32_t)SF_TAIL_SHORT;
    mptcp_plain_acked(c, i);
    c->rtx_nxt = c->rtx_end = c->snd_una;
}

bool mptcp_plain_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn,
                         struct mptcp_tx_map *map)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (mptcp_ssn_before(ssn, s->snd_una) || !mptcp_ssn_before(ssn, s->snd_nxt)) {
        return false;
    }
    uint32_t left = (uint32_t)mptcp_ssn_diff(s->snd_nxt, ssn);
    map->dsn = sent_in_step(c, ssn);
    map->ssn = ssn;
    map->len = left < s->mapping ? left : s->mapping;
    return true;
}

void mptcp_plain_acked(struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    c->snd_una = mptcp_dsn_max(c->snd_una, sent_in_step(c, s->snd_una));
    c->snd_edge = sent_in_step(c, s->snd_edge);
}
