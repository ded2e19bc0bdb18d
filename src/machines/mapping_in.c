/*
 * mapping_in.c - the peer's mappings (RFC 8684 s3.3.1).
 *
 * The mapping of a segment is entered before TCP takes the segment's octets. It may be repeated, on
 * any segment, by the peer or a box on the path (C-15). One that contradicts an earlier mapping of
 * octets that have not arrived resets the subflow (D-5). The mapping of arrived octets never
 * changes.
 *
 * Without checksums, mappings that follow each other in both spaces are one run, however the peer
 * cut them. With checksums each stays as it came, since only a whole one can be verified.
 *
 * When the pool is nearly full, the last free run is kept for a mapping whose octets can be
 * delivered at once, since they are the next ones of the subflow and of the stream: so mappings
 * that wait behind a gap cannot keep the gap from being filled. Other mappings are refused, and
 * their segment is dropped before TCP acknowledges it.
 *
 * Moves: the runs that were received.
 */
#include "machines/machines.h"
#include "tables/received.h"
#include "wire/apart.h"

#define FAR 0x40000000 /* octets: more than any window, so no octet of a mapping can come there */

/* True if the octets of m are the next ones of subflow s and do not lie after RCV.NXT: they can be
 * delivered as soon as they arrive. */
static bool passes_through(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                           const struct mptcp_mapping *m)
{
    return !mptcp_ssn_before(s->rcv_nxt, m->ssn) &&
           mptcp_ssn_before(s->rcv_nxt, mptcp_mapping_end(m)) &&
           !mptcp_dsn_before(c->rcv_nxt, m->dsn);
}

/*
 * True if run r and mapping m are the same mapping, whether or not either counts a DATA_FIN. Linux
 * may add the DATA_FIN to a mapping whose first segments were sent: later segments declare a length
 * that is greater by 1, and a checksum that differs by that. So both checksums are compared with
 * their DATA_FINs taken off.
 */
static bool same_mapping(const struct mptcp_conn *c, const struct mptcp_run *r,
                         const struct mptcp_mapping *m)
{
    uint32_t x = (uint32_t)(uint16_t)~r->check + m->fin;
    uint32_t y = (uint32_t)(uint16_t)~m->check + r->fin;

    return r->len == m->len &&
           mptcp_run_from(r, c->rcv_nxt) == mptcp_dsn_diff(m->dsn, c->rcv_nxt) &&
           mptcp_ssn_eq(mptcp_run_ssn(r), m->ssn) && x % 0xffffu == y % 0xffffu;
}

/* With checksums: enters m as a whole. Returns MPTCP_OK, also if m is known already; FULL if there
 * is no run or buffer for it; or the code with which the subflow is to be reset. */
static int enter_whole(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (mptcp_ssn_before(m->ssn, s->rcv_valid)) {
        return MPTCP_OK; /* its octets were verified under an earlier mapping, or had none */
    }
    struct mptcp_run *r = mptcp_received_overlap(c, i, m);
    if (r != NULL) {
        bool same = same_mapping(c, r, m);
        if (same && m->fin != 0) { /* the DATA_FIN counts once the mapping is verified */
            r->fin = 1;
            r->check = m->check;
        }
        return same ? MPTCP_OK : MPTCP_E_MAPPING;
    }
    /* Some of its octets have arrived without it and were not summed: it can't be verified. */
    if (mptcp_ssn_before(m->ssn, s->rcv_nxt)) {
        return MPTCP_E_UNMAPPED;
    }
    return m->len > c->rcv_buf ? MPTCP_E_FULL
                               : mptcp_received_add_whole(c, i, m, passes_through(c, s, m));
}

/* Without checksums: enters m. Octets of m that have arrived without a mapping get it now; the
 * octets that have not arrived are announced. Returns as mptcp_map_in. */
static int enter(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_mapping rest = *m;
    int32_t old = mptcp_ssn_diff(s->rcv_valid, m->ssn);

    if (old > 0) {
        int why = mptcp_ssn_before(s->hole_from, s->hole_to) ? mptcp_received_add_late(c, i, m)
                                                             : MPTCP_OK;
        if (why != MPTCP_OK || old >= (int32_t)m->len) {
            return why;
        }
        rest = mptcp_mapping_of(mptcp_dsn_add(m->dsn, (uint32_t)old), s->rcv_valid,
                                m->len - (uint32_t)old);
    }
    return mptcp_received_add(c, i, &rest, passes_through(c, s, &rest));
}

/* Enters a mapping, with checksums or without; returns as mptcp_map_in. */
static MPTCP_APART int enter_any(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *map)
{
    if (mptcp_ssn_diff(map->ssn, subflow_at(c, i)->rcv_nxt) > FAR ||
        mptcp_dsn_diff(map->dsn, c->rcv_nxt) > FAR) {
        return MPTCP_OK; /* no octet that the window allows can be under it: ignored */
    }
    return (c->bits & BIT_CHECKSUM) != 0 ? enter_whole(c, i, map) : enter(c, i, map);
}

int mptcp_map_in(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *map)
{
    bool sums = (c->bits & BIT_CHECKSUM) != 0;

    return !sums && mptcp_received_continue(c, subflow_at(c, i), map) ? MPTCP_OK
                                                                      : enter_any(c, i, map);
}

#define RUNS_OF_A_SEGMENT 8

bool mptcp_map_covers(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, uint32_t len)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn end = mptcp_ssn_add(ssn, len);

    if (mptcp_ssn_before(ssn, s->rcv_valid)) {
        mptcp_ssn from = mptcp_ssn_max(ssn, s->hole_from);
        mptcp_ssn to = mptcp_ssn_before(end, s->hole_to) ? end : s->hole_to;
        if (mptcp_ssn_before(from, to)) {
            return false;
        }
        ssn = s->rcv_valid;
    }
    for (unsigned n = 0; n < RUNS_OF_A_SEGMENT && mptcp_ssn_before(ssn, end); n++) {
        const struct mptcp_run *r = mptcp_received_find(c, i, ssn);
        if (r == NULL) {
            return false;
        }
        ssn = mptcp_run_end(r);
    }
    return !mptcp_ssn_before(ssn, end);
}
