/*
 * mapping_in.c - the peer's mappings (RFC 8684 s3.3.1).
 *
 * A mapping comes with a segment, before its octets are taken. It may be repeated, on any segment,
 * by anyone on the path (C-15); one that contradicts what was declared and has not arrived resets
 * the subflow (D-5). What has arrived stays what it is.
 *
 * Without checksums, mappings that follow each other in both spaces are one run, however the peer
 * cut them. With checksums each stays as it came, since only a whole one can be verified.
 *
 * In a full pool the last place is for a mapping whose octets pass straight through, being the
 * subflow's next and RCV.NXT's: what waits for a gap cannot keep the gap from closing. Others are
 * refused, and their segment is dropped before TCP acknowledges it.
 *
 * Moves: the runs that were received.
 */
#include "machines/machines.h"
#include "tables/received.h"
#include "wire/apart.h"

#define FAR 0x40000000 /* no mapping of a window is farther away */

/* Its octets are the next ones of the subflow, and nothing has to come before them: they will not
 * wait. */
static bool passes_through(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                           const struct mptcp_mapping *m)
{
    return !mptcp_ssn_before(s->rcv_nxt, m->ssn) &&
           mptcp_ssn_before(s->rcv_nxt, mptcp_mapping_end(m)) &&
           !mptcp_dsn_before(c->rcv_nxt, m->dsn);
}

/*
 * r was declared by the same mapping as m. A DATA_FIN decided on after the first segments of a
 * mapping left is counted by the length that the later ones carry (Linux does so): a run keeps it
 * apart, but the checksum sums that length up.
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

/* With checksums: known already, new as a whole, or a contradiction. */
static int enter_whole(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (mptcp_ssn_before(m->ssn, s->rcv_valid)) {
        return MPTCP_OK; /* what has arrived is the mapping that proved right, or none */
    }
    struct mptcp_run *r = mptcp_received_overlap(c, i, m);
    if (r != NULL) {
        bool same = same_mapping(c, r, m);
        if (same && m->fin != 0) { /* which counts when it is verified */
            r->fin = 1;
            r->check = m->check;
        }
        return same ? MPTCP_OK : MPTCP_E_MAPPING;
    }
    /* Its octets have passed unsummed, or it could never arrive as a whole. */
    if (mptcp_ssn_before(m->ssn, s->rcv_nxt)) {
        return MPTCP_E_UNMAPPED;
    }
    return m->len > c->rcv_buf ? MPTCP_E_FULL
                               : mptcp_received_add_whole(c, i, m, passes_through(c, s, m));
}

/* Without: the octets that have arrived may have waited for it, the others are new. */
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

static MPTCP_APART int enter_any(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *map)
{
    if (mptcp_ssn_diff(map->ssn, subflow_at(c, i)->rcv_nxt) > FAR ||
        mptcp_dsn_diff(map->dsn, c->rcv_nxt) > FAR) {
        return MPTCP_OK; /* of no octet that could come */
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
