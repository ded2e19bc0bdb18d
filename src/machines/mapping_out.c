/*
 * mapping_out.c - our own mappings (RFC 8684 s3.3.1).
 *
 * Octets that a subflow is given become a run, cut from the run's start into mappings of the
 * subflow's mapping length. A mapping that was sent never changes (D-5): octets are appended to a
 * run only if its last mapping is full, they follow in both SSNs and DSNs, and the mapping length
 * is the same; otherwise a new run begins.
 *
 * A run is kept until its octets are DATA_ACKed and acknowledged by the subflow's TCP. Until then
 * they may have to be sent again, here (D-27) or on another subflow, and must stay in the
 * application's send buffer (D-16). The last free run of a subflow is kept for octets at the head
 * of the stream, so that runs that wait behind a gap cannot keep the gap from being filled.
 *
 * Moves: the runs that were sent, a subflow's snd_nxt, SF_TAIL_SHORT; the connection's free_to.
 */
#include "machines/machines.h"
#include "tables/in_step.h"
#include "tables/sent.h"

bool mptcp_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, struct mptcp_tx_map *map)
{
    const struct mptcp_run *r = mptcp_sent_find(c, i, ssn);
    if (r == NULL) {
        return false;
    }
    uint32_t offset = (uint32_t)mptcp_ssn_diff(ssn, mptcp_run_ssn(r));
    uint32_t start = offset - offset % r->unit;
    uint32_t left = r->len - start;

    map->dsn = mptcp_dsn_add(mptcp_run_dsn(r, c->snd_una), start);
    map->ssn = mptcp_ssn_add(mptcp_run_ssn(r), start);
    map->len = left < r->unit ? left : r->unit;
    return true;
}

void mptcp_map_append(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n)
{
    unsigned i = a->sf & 0xffu;
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *r = mptcp_sent_tail(c, i, a->dsn);
    struct mptcp_mapping m = mptcp_mapping_of(a->dsn, s->snd_nxt, n);

    if (r != NULL) {
        mptcp_run_lengthen(r, n);
    } else {
        mptcp_sent_add(c, i, &m, s->mapping, a->reinjected);
    }
    s->flags &= ~(uint32_t)SF_TAIL_SHORT;
    if (n != s->mapping && n % s->mapping != 0) {
        s->flags |= SF_TAIL_SHORT;
    }
    s->snd_nxt = mptcp_ssn_add(s->snd_nxt, n);
}

/* D-16: an octet is free once it is DATA_ACKed, and acknowledged by the TCP of every living subflow
 * on which it was sent; with MPTCP_CFG_TCP_COPIES once it is DATA_ACKed, unless a retransmission
 * needs the sum over its whole mapping. */
void mptcp_map_free_limit(struct mptcp_conn *c)
{
    mptcp_dsn limit = c->snd_una;
    bool sums = (c->bits & BIT_CHECKSUM) != 0;

    if ((c->flags & MPTCP_CFG_TCP_COPIES) == 0 || sums) {
        limit = mptcp_sent_free_limit(c, sums);
        /* Plain TCP has no runs: TCP may retransmit whatever it has not had acknowledged. */
        if (c->phase == PHASE_PLAIN && c->top > 0 && sf_live(subflow_at(c, 0))) {
            limit = mptcp_dsn_min(limit, sent_in_step(c, subflow_at(c, 0)->snd_una));
        }
    }
    c->free_to = mptcp_dsn_max(c->free_to, mptcp_dsn_min(limit, c->snd_end));
}
