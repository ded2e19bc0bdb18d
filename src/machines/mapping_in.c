/*
 * mapping_in.c - the peer's mappings (RFC 8684 s3.3.1).
 *
 * Each subflow keeps the mappings it was told, as runs in SSN order, from the
 * first octet that is not done with. Without checksums, mappings that follow
 * each other in both spaces are one run, however the peer cut them. With
 * checksums each stays as it came, since only a whole one can be verified.
 *
 * A mapping may be repeated, on any segment, by anyone on the path (C-15);
 * one that contradicts what was declared resets the subflow (D-5). The last
 * slot of the table is for a mapping whose octets pass straight through, being the
 * subflow's next and RCV.NXT's: what waits for a gap cannot keep the gap from
 * closing. Others are refused while the table is full, and their segment is dropped
 * before TCP acknowledges it.
 *
 * Moves: the subflow's received runs.
 */
#include "machines/machines.h"

/* True if r says the same as map about the octets that both speak of, map beginning inside r. */
static bool agrees(const struct mptcp_run *r, const struct mptcp_run *map)
{
    return mptcp_dsn_diff(mptcp_run_dsn(map), mptcp_run_dsn(r)) == mptcp_ssn_diff(map->ssn, r->ssn);
}

/* Its octets are the next ones of the subflow, and nothing has to come before them: they will not
 * wait. */
static bool passes_through(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                           const struct mptcp_run *r)
{
    return !mptcp_ssn_before(s->rcv_nxt, r->ssn) &&
           mptcp_ssn_before(s->rcv_nxt, mptcp_run_end(r)) &&
           !mptcp_dsn_before(c->rcv_nxt, mptcp_run_dsn(r));
}

static int insert(struct mptcp_conn *c, unsigned i, const struct mptcp_run *r)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *base = rx_base(c, i);

    mptcp_runs_compact(base, &s->rx, s->rcv_valid, c->rcv_delivered);
    unsigned reserved = passes_through(c, s, r) ? 0 : 1;
    if (s->rx.count + reserved >= s->rx.capacity) {
        return MPTCP_E_FULL;
    }
    mptcp_runs_insert(base, &s->rx, mptcp_runs_upto(base, &s->rx, r->ssn), r);
    return MPTCP_OK;
}

/* Enters the octets up to the next run, or up to map's end; cuts them off map. */
static int enter_piece(struct mptcp_conn *c, unsigned i, struct mptcp_run *map)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *base = rx_base(c, i);
    unsigned k = mptcp_runs_upto(base, &s->rx, map->ssn);
    struct mptcp_run *before = k > 0 ? mptcp_run_at(base, &s->rx, k - 1) : NULL;
    uint32_t fresh = map->len;

    if (before != NULL && mptcp_ssn_before(map->ssn, mptcp_run_end(before))) {
        if (!agrees(before, map)) {
            return MPTCP_E_MAPPING;
        }
        mptcp_run_advance(map, mptcp_run_below(map, mptcp_run_end(before)));
        return MPTCP_OK;
    }
    if (k < s->rx.count) {
        fresh = mptcp_run_below(map, mptcp_run_at(base, &s->rx, k)->ssn);
    }
    if (before != NULL && mptcp_run_ends_at(before, map->ssn, mptcp_run_dsn(map))) {
        before->len += fresh;
    } else {
        struct mptcp_run piece = *map;
        piece.len = fresh;
        int why = insert(c, i, &piece);
        if (why != MPTCP_OK) {
            return why;
        }
    }
    mptcp_run_advance(map, fresh);
    return MPTCP_OK;
}

/*
 * True if both are the same mapping. A DATA_FIN decided on after the first segments of a mapping
 * left is counted by the length that the later ones carry (Linux does so): a run keeps it apart,
 * but the checksum sums that length up.
 */
static bool same_mapping(const struct mptcp_run *a, const struct mptcp_run *b)
{
    uint16_t x = mptcp_sum_fold((uint32_t)(uint16_t)~a->check + b->unit);
    uint16_t y = mptcp_sum_fold((uint32_t)(uint16_t)~b->check + a->unit);

    return a->len == b->len && mptcp_dsn_eq(mptcp_run_dsn(a), mptcp_run_dsn(b)) &&
           x % 0xffffu == y % 0xffffu;
}

/* With checksums: known already, new as a whole, or a contradiction. */
static int enter_whole(struct mptcp_conn *c, unsigned i, const struct mptcp_run *map)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *base = rx_base(c, i);
    unsigned k = mptcp_runs_upto(base, &s->rx, map->ssn);

    if (k > 0) {
        struct mptcp_run *r = mptcp_run_at(base, &s->rx, k - 1);
        if (mptcp_ssn_eq(r->ssn, map->ssn)) {
            bool same = same_mapping(r, map);
            if (same && map->unit != 0) {
                *r = *map; /* with the DATA_FIN, which counts when it is verified */
            }
            return same ? MPTCP_OK : MPTCP_E_MAPPING;
        }
        if (mptcp_ssn_before(map->ssn, mptcp_run_end(r))) {
            return MPTCP_E_MAPPING;
        }
    }
    if (k < s->rx.count &&
        mptcp_ssn_before(mptcp_run_at(base, &s->rx, k)->ssn, mptcp_run_end(map))) {
        return MPTCP_E_MAPPING;
    }
    /* Its octets have passed unsummed, or it could never arrive as a whole. */
    if (mptcp_ssn_before(map->ssn, s->rcv_nxt)) {
        return MPTCP_E_UNMAPPED;
    }
    return map->len > c->rcv_buf ? MPTCP_E_FULL : insert(c, i, map);
}

int mptcp_map_in(struct mptcp_conn *c, unsigned i, const struct mptcp_run *map)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run rest = *map;

    uint32_t done = mptcp_run_below(map, s->rcv_done);
    if (done == map->len) {
        return MPTCP_OK;
    }
    if ((c->bits & BIT_CHECKSUM) != 0) {
        /* What has arrived stays as it is: the mapping that proved right, or none. */
        bool past = mptcp_ssn_before(map->ssn, s->rcv_valid);
        return past ? MPTCP_OK : enter_whole(c, i, map);
    }
    mptcp_run_advance(&rest, done);
    while (rest.len > 0) {
        int why = enter_piece(c, i, &rest);
        if (why != MPTCP_OK) {
            return why;
        }
    }
    return MPTCP_OK;
}

bool mptcp_map_covers(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, uint32_t len)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn end = mptcp_ssn_add(ssn, len);

    if (mptcp_ssn_before(ssn, s->rcv_done)) {
        ssn = s->rcv_done;
    }
    while (mptcp_ssn_before(ssn, end)) {
        const struct mptcp_run *r = mptcp_runs_find(rx_base(c, i), &s->rx, ssn);
        if (r == NULL) {
            return false;
        }
        ssn = mptcp_run_end(r);
    }
    return true;
}
