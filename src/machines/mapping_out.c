/*
 * mapping_out.c - our own mappings (RFC 8684 s3.3.1).
 *
 * What a subflow is given becomes a run, cut into mappings of the subflow's
 * mapping length from the run's start. A mapping on the wire never changes
 * (D-5): a run goes on only where its last mapping is full, the octets follow
 * in both spaces and the size is the same; otherwise a new run begins.
 *
 * A run stays until its octets are acknowledged at both levels: as long as one
 * is missing they may have to be sent again, here (D-27) or elsewhere, and the
 * application's octets must not go (D-16). The last slot of each table is kept
 * for octets at the head of the stream, so that a table full of runs that wait
 * for a gap cannot keep the gap from being filled.
 *
 * Moves: a subflow's sent runs, snd_nxt, SF_TAIL_SHORT; the connection's free_to.
 */
#include "machines/machines.h"

#define RUN_MAX 0x40000000u

bool mptcp_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, struct mptcp_tx_map *map)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    const struct mptcp_run *r = mptcp_runs_find(tx_base(c, i), &s->tx, ssn);
    if (r == NULL) {
        return false;
    }
    uint32_t offset = (uint32_t)mptcp_ssn_diff(ssn, r->ssn);
    uint32_t start = offset - offset % r->unit;
    uint32_t left = r->len - start;

    map->dsn = mptcp_dsn_add(mptcp_run_dsn(r), start);
    map->ssn = mptcp_ssn_add(r->ssn, start);
    map->len = left < r->unit ? left : r->unit;
    return true;
}

/* The last run, if [dsn, ...) may be appended to it. */
static struct mptcp_run *open_tail(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if (s->tx.count == 0 || (s->flags & SF_TAIL_SHORT) != 0) {
        return NULL;
    }
    struct mptcp_run *r = mptcp_run_at(tx_base(c, i), &s->tx, s->tx.count - 1u);
    bool follows = mptcp_run_ends_at(r, s->snd_nxt, dsn) && r->unit == s->mapping;
    return follows && r->len < RUN_MAX ? r : NULL;
}

bool mptcp_map_room(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn, bool head)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if (open_tail(c, i, dsn) != NULL) {
        return true;
    }
    return s->tx.count + (head ? 0u : 1u) < s->tx.capacity;
}

void mptcp_map_append(struct mptcp_conn *c, unsigned i, mptcp_dsn dsn, uint32_t len)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *r = open_tail(c, i, dsn);

    if (r != NULL) {
        r->len += len;
    } else {
        struct mptcp_run fresh = mptcp_run_of(dsn, s->snd_nxt, len, s->mapping, 0);
        mptcp_runs_insert(tx_base(c, i), &s->tx, s->tx.count, &fresh);
    }
    s->flags &= ~(uint32_t)SF_TAIL_SHORT;
    if (len != s->mapping && len % s->mapping != 0) {
        s->flags |= SF_TAIL_SHORT;
    }
    s->snd_nxt = mptcp_ssn_add(s->snd_nxt, len);
}

void mptcp_map_trim(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *base = tx_base(c, i);
    mptcp_ssn done = s->snd_una;

    mptcp_runs_finish(base, &s->tx, s->snd_una, c->snd_una, &done);
    mptcp_runs_compact(base, &s->tx, s->snd_una, c->snd_una);
}

/* D-16: DATA_ACKed, and acknowledged on every subflow it was sent on that still lives. */
void mptcp_map_free_limit(struct mptcp_conn *c)
{
    mptcp_dsn limit = c->snd_una;

    for (unsigned i = 0; i < c->top && (c->flags & MPTCP_CFG_TCP_COPIES) == 0; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        mptcp_ssn needless = mptcp_ssn_max(s->snd_una, s->copied);
        for (unsigned k = 0; k < s->tx.count; k++) {
            const struct mptcp_run *r = mptcp_run_at(tx_base(c, i), &s->tx, k);
            uint32_t acked = mptcp_run_below(r, needless);
            if (acked < r->len) {
                /* A part of a mapping that is sent again needs the checksum of all of it. */
                acked -= (c->bits & BIT_CHECKSUM) != 0 ? acked % r->unit : 0;
                limit = mptcp_dsn_min(limit, mptcp_dsn_add(mptcp_run_dsn(r), acked));
            }
        }
    }
    c->free_to = mptcp_dsn_max(c->free_to, mptcp_dsn_min(limit, c->snd_end));
}
