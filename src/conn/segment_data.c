/*
 * segment_data.c - what a segment says of data: the mapping of its octets (RFC 8684
 * s3.3.1), a DATA_FIN, an infinite mapping, or nothing at all.
 *
 *   mapped     entered into the subflow's table; refused and dropped if there is no place
 *   unmapped   covered by what was declared before, or the path has lost options
 *   infinite   the peer has fallen back (D-13)
 */
#include "conn/conn.h"
#include "mptcp/crypto.h"

int mptcp_give_up_on(const struct inbound *in, int code)
{
    if (!mptcp_give_up(in->c, in->s, code)) {
        return code;
    }
    mptcp_on_subflow_ack(in->c, at_slot(in), in->seg);
    mptcp_una_moved(in->c);
    mptcp_close_check(in->c);
    return STOP;
}

/* The mapping that a segment declares, in an MP_CAPABLE or a DSS; false if none. */
static bool declared(const struct inbound *in, struct mptcp_run *map)
{
    const struct mptcp_conn *c = in->c;
    const struct mptcp_dss *d = &in->o->dss;

    if (has(in, MPTCP_CAPABLE) && in->o->capable.form >= MPTCP_CAPABLE_DATA &&
        (in->s->flags & SF_INITIAL) != 0) {
        *map = mptcp_run_of(c->rcv_first, mptcp_ssn_of(1), in->o->capable.dll, 0,
                            in->o->capable.checksum);
        return true;
    }
    if (!has(in, MPTCP_DSS) || (d->flags & MPTCP_DSS_MAP) == 0) {
        return false;
    }
    bool wide = (d->flags & MPTCP_DSS_DSN64) != 0;
    unsigned fin = (d->flags & MPTCP_DSS_FIN) != 0;
    mptcp_dsn dsn = wide ? mptcp_dsn_of(d->dsn) : mptcp_dsn_widen((uint32_t)d->dsn, c->rcv_nxt);
    *map =
        mptcp_run_of(dsn, mptcp_ssn_of(d->ssn), (uint32_t)d->dll - fin, (uint16_t)fin, d->checksum);
    return true;
}

/* E-2, D-24: octets that no advertised window allowed. */
static bool beyond_window(const struct inbound *in, const struct mptcp_run *map)
{
    uint64_t offset = (uint64_t)(int64_t)mptcp_ssn_diff(in->seg->ssn, map->ssn);
    mptcp_dsn end = mptcp_dsn_of(mptcp_run_dsn(map).v + offset + in->seg->len);
    mptcp_dsn edge =
        mptcp_dsn_max(in->c->rcv_edge, mptcp_dsn_add(in->c->rcv_consumed, in->c->rcv_buf));
    return mptcp_dsn_before(edge, end);
}

/*
 * Under checksums: the segment goes on behind the end of a mapping that begins before it, and of
 * which octets have passed without it. Once it is a box that merges segments; again and by as
 * many octets, and no mapping fits any more, it is one that has put octets in: what comes is not
 * where its mappings say.
 */
static bool belies(const struct inbound *in, const struct mptcp_run *map)
{
    const struct mptcp_conn *c = in->c;
    mptcp_ssn end = mptcp_ssn_add(in->seg->ssn, in->seg->len);

    return (c->bits & BIT_CHECKSUM) != 0 && (in->s->flags & SF_LET_IN) == 0 &&
           mptcp_ssn_before(map->ssn, in->s->rcv_valid) &&
           mptcp_ssn_before(map->ssn, in->seg->ssn) && mptcp_ssn_before(mptcp_run_end(map), end) &&
           mptcp_dsn_before(c->rcv_nxt, mptcp_run_dsn_end(map)) &&
           !mptcp_map_covers(c, at_slot(in), map->ssn, map->len);
}

static int astray(const struct inbound *in, const struct mptcp_run *map)
{
    mptcp_ssn end = mptcp_ssn_add(in->seg->ssn, in->seg->len);
    uint16_t by = (uint16_t)mptcp_ssn_diff(end, mptcp_run_end(map));
    /* A whole mapping in a segment of its own, as the sender cut it, and yet not in its place. */
    bool plain = in->seg->len == map->len && (in->s->flags & SF_BENT) == 0;

    if (plain || in->s->astray == by) {
        mptcp_fail_found(in->c, at_slot(in));
    }
    in->s->astray = by;
    return in->s->code; /* 0, unless it is to be reset */
}

/*
 * No slot for the mapping. If the refused octets are the next ones of their
 * subflow, and again and again, what the gap needs may lie behind them: then
 * they are let in without a mapping, which the peer must send again (D-10).
 */
static int refuse(const struct inbound *in)
{
    if (!mptcp_ssn_eq(in->seg->ssn, in->s->rcv_nxt)) {
        return MPTCP_E_FULL;
    }
    in->s->flags ^= SF_REFUSED;
    if ((in->s->flags & SF_REFUSED) != 0) {
        return MPTCP_E_FULL;
    }
    in->s->flags |= SF_LET_IN;
    return MPTCP_OK;
}

static int on_payload_mapping(const struct inbound *in, const struct mptcp_run *map)
{
    struct mptcp_conn *c = in->c;

    if (in->seg->len > 0 && beyond_window(in, map)) {
        in->s->signal |= SIG_ACK;
        return MPTCP_E_AGAIN;
    }
    if (belies(in, map)) {
        return astray(in, map);
    }
    int why = mptcp_map_in(c, at_slot(in), map);
    if (why == MPTCP_E_FULL && map->len <= c->rcv_buf) {
        return refuse(in);
    }
    if (why != MPTCP_OK) {
        return fail(in, why);
    }
    if (mptcp_ssn_eq(in->seg->ssn, in->s->rcv_nxt)) {
        in->s->flags &= ~(uint32_t)SF_REFUSED;
    }
    /* Of octets that come next: others explain nothing (B-4). */
    if (!mptcp_ssn_before(in->s->rcv_nxt, map->ssn) &&
        mptcp_ssn_before(in->s->rcv_nxt, mptcp_run_end(map))) {
        in->s->mapped = in->s->rcv_nxt;
    }
    if ((c->bits & BIT_CHECKSUM) != 0 &&
        mptcp_map_covers(c, at_slot(in), in->seg->ssn, in->seg->len)) {
        in->s->astray = 0;
        in->s->flags &= ~(uint32_t)SF_LET_IN;
    }
    in->s->flags |= SF_MAPPED;
    if ((uint32_t)mptcp_dsn_diff(mptcp_run_dsn(map), c->rcv_first) + 1 != map->ssn.v) {
        in->s->flags |= SF_BENT;
    }
    if (mptcp_ssn_eq(map->ssn, mptcp_ssn_of(1))) {
        mptcp_pm_hurry(c);
    }
    return MPTCP_OK;
}

/* D-3: checksums are there if they were negotiated, and only then. */
static bool checksum_as_agreed(const struct inbound *in)
{
    bool wanted = (in->c->bits & BIT_CHECKSUM) != 0;
    bool dss = has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_MAP) != 0;
    bool keyed = has(in, MPTCP_CAPABLE) && in->o->capable.form >= MPTCP_CAPABLE_DATA;
    bool there =
        keyed ? in->o->capable.form == MPTCP_CAPABLE_DATA_CHECKSUM : in->o->dss.has_checksum != 0;

    if ((dss || keyed) && there != wanted) {
        return false;
    }
    return !in->o->checksum_unclear;
}

static void on_fin_of(const struct inbound *in, const struct mptcp_run *map)
{
    bool bare = map->len == 0;
    bool right = (in->c->bits & BIT_CHECKSUM) == 0 || !bare ||
                 mptcp_dss_checksum(mptcp_run_dsn(map), map->ssn, 1, 0) == map->check;

    if (!right) {
        mptcp_fail_found(in->c, at_slot(in));
        return;
    }
    mptcp_close_on_fin(in->c, mptcp_run_dsn_end(map));
    mptcp_close_check(in->c);
    if (bare) {
        in->s->signal |= SIG_ACK; /* TCP acknowledges no segment without data by itself */
        in->verdict->signal = 1;
    }
}

/*
 * Data, or a FIN, without a mapping. The first data: options are lost on the way in. Later it may
 * be covered by what was declared before (D-12), or the mapping is still to come; only
 * if there is no option at all will nothing come, which is decided when the octets are the
 * next ones (mptcp_on_data).
 */
static int on_unmapped(const struct inbound *in)
{
    const struct mptcp_segment *seg = in->seg;
    bool fin = (seg->tcp_flags & MPTCP_TCP_FIN) != 0;

    if (seg->len > 0 && (in->s->flags & SF_MAPPED) == 0 &&
        mptcp_ssn_eq(seg->ssn, mptcp_ssn_of(1))) {
        return mptcp_give_up_on(in, MPTCP_E_UNMAPPED);
    }
    if (is_bare(in) && (fin || !mptcp_map_covers(in->c, at_slot(in), seg->ssn, seg->len))) {
        if (mptcp_join_pending(in->c)) {
            return MPTCP_E_AGAIN; /* it comes again, when it is known what this means */
        }
        in->s->flags |= SF_BARE;
    }
    return MPTCP_OK;
}

/* The peer has fallen back (D-13). */
static int on_infinite(const struct inbound *in, const struct mptcp_run *map)
{
    int why = mptcp_fallback_infinite(in->c, at_slot(in), map);
    if (why != MPTCP_OK) {
        return fail(in, why);
    }
    mptcp_on_subflow_ack(in->c, at_slot(in), in->seg);
    mptcp_una_moved(in->c);
    mptcp_close_check(in->c);
    return STOP;
}

int mptcp_data_of_segment(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_run map;

    if (!declared(in, &map)) {
        return on_unmapped(in);
    }
    if (!checksum_as_agreed(in)) {
        return fail(in, MPTCP_E_OPT_CHECKSUM);
    }
    bool fin = map.unit != 0;
    if (map.len == 0 && !fin) {
        return on_infinite(in, &map);
    }
    if ((c->bits & BIT_FAILING) != 0) {
        return MPTCP_OK; /* nothing is verified until it is known what becomes of it */
    }
    if (has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_DSN64) != 0) {
        c->bits |= BIT_ACK64;
    }
    int why = map.len > 0 ? on_payload_mapping(in, &map) : MPTCP_OK;
    if (why != MPTCP_OK) {
        return why;
    }
    if (fin) {
        on_fin_of(in, &map);
    }
    if (mptcp_ssn_before(map.ssn, in->s->rcv_nxt)) {
        /* The mapping comes after its octets did. */
        mptcp_arrive_advance(c);
        mptcp_close_reached(c);
        mptcp_settle(c, at_slot(in));
    }
    return MPTCP_OK;
}
