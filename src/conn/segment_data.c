/*
 * segment_data.c - what a segment says of data: a mapping of its octets (RFC 8684
 * s3.3.1), a DATA_FIN, an infinite mapping, or nothing at all.
 *
 *   a mapping   is entered into the subflow's table; if no run is free, the segment is dropped
 *   none        the octets are covered by an earlier mapping; or the path has lost options, and the
 *               segment is evidence (machines/fallback.c); or it is dropped, to be retransmitted
 *   infinite    the peer has fallen back to plain TCP (D-13)
 *
 * This is decided before TCP takes the octets: once they are in its queue, it is not known any more
 * which segment, with which options, brought them.
 */
#include "conn/conn.h"
#include "mptcp/crypto.h"
#include "tables/in_step.h"
#include "wire/apart.h"

#define COPIES 3 /* segments with the next octets, not fully mapped: the third is evidence */

#define PADDING                                                                          \
    3 /* NOPs in a row, at most, that align an option; more were put in place of options \
       */

/* How many octets of a segment's options area other options than MPTCP's use; for an area without
 * MPTCP options. Runs of more than PADDING NOPs count as free. */
static unsigned others_length(const uint8_t *p, unsigned n)
{
    unsigned used = 0;
    unsigned nops = 0;

    for (unsigned i = 0; i < n && p[i] != 0;) {
        bool nop = p[i] == 1;
        unsigned len = nop ? 1 : i + 1 < n && p[i + 1] >= 2 ? p[i + 1] : n - i;
        nops = nop ? nops + 1 : 0;
        used += len;
        used -= nops == PADDING + 1 ? PADDING + 1 : nops > PADDING + 1 ? 1 : 0;
        i += len;
    }
    return used;
}

/*
 * A DATA_ACK of 64 bits takes 12 of the 40 octets: an ACK whose other options use more than 28 had
 * no room for it. A segment with data always has room: a sender in MPTCP leaves other options out
 * for the mapping (RFC 8684 s3.3.1). An invalid MPTCP option shows that there was room.
 */
bool mptcp_lacks_options(const struct inbound *in)
{
    if (in->o->present != 0) {
        return false;
    }
    return in->seg->len > 0 || in->o->refused != 0 ||
           others_length(in->seg->options, in->seg->options_len) <=
               MPTCP_OPTION_MAX - MPTCP_TX_MOST_DATA_ACK;
}

bool mptcp_repeats_ack(const struct inbound *in)
{
    const unsigned others = MPTCP_TCP_SYN | MPTCP_TCP_FIN | MPTCP_TCP_RST;
    const struct mptcp_subflow *s = in->s;

    return in->seg->len == 0 && mptcp_ssn_eq(in->seg->ack, s->snd_una) &&
           (!mptcp_ssn_eq(s->snd_una, s->snd_nxt) || (s->flags & SF_FIN_GIVEN) != 0) &&
           (in->seg->tcp_flags & others) == 0;
}

/* Sets *map to the stream's first mapping, which an MP_CAPABLE with data carries. */
static MPTCP_APART void declared_by_keys(const struct inbound *in, struct mptcp_mapping *map)
{
    *map = mptcp_mapping_of(in->c->rcv_first, mptcp_ssn_of(1), in->o->capable.dll);
    map->check = in->o->capable.checksum;
}

/* Sets *map to the mapping that the segment declares, in an MP_CAPABLE or a DSS; false if it
 * declares none. Its length excludes a DATA_FIN. */
static inline bool declared(const struct inbound *in, struct mptcp_mapping *map)
{
    const struct mptcp_conn *c = in->c;
    const struct mptcp_dss *d = &in->o->dss;

    if (has(in, MPTCP_CAPABLE) && in->o->capable.form >= MPTCP_CAPABLE_DATA &&
        (in->s->flags & SF_INITIAL) != 0) {
        declared_by_keys(in, map);
        return true;
    }
    if (!has(in, MPTCP_DSS) || (d->flags & MPTCP_DSS_MAP) == 0) {
        return false;
    }
    unsigned fin = (d->flags & MPTCP_DSS_FIN) != 0;
    *map = mptcp_mapping_of(mptcp_dss_dsn(c, d), mptcp_ssn_of(d->ssn), (uint32_t)d->dll - fin);
    map->check = d->checksum;
    map->fin = (uint16_t)fin;
    return true;
}

/* Returns where the octet of this SSN belongs, by that mapping. */
static mptcp_dsn place(const struct mptcp_mapping *map, mptcp_ssn ssn)
{
    return mptcp_dsn_add(map->dsn, (uint64_t)(int64_t)mptcp_ssn_diff(ssn, map->ssn));
}

/* True if the segment has mapped octets that lie after every window advertised (E-2, D-24). Those
 * after the mapping are no sign of it: a box may have put them into the last ones of a window. */
static bool beyond_window(const struct inbound *in, const struct mptcp_mapping *map)
{
    mptcp_ssn last = mptcp_ssn_add(in->seg->ssn, in->seg->len);
    mptcp_dsn end = place(map, mptcp_ssn_min(last, mptcp_mapping_end(map)));
    mptcp_dsn edge =
        mptcp_dsn_max(in->c->rcv_edge, mptcp_dsn_add(in->c->rcv_consumed, in->c->rcv_buf));
    return mptcp_dsn_before(edge, end);
}

/* Result of static functions here: TCP may take the octets although no run was free for their
 * mapping. */
#define LET_IN 2

/*
 * No run is free for the mapping. Returns MPTCP_E_FULL: the segment is to be dropped. If the octets
 * are the next ones of their subflow, wait for a gap of the stream, and were refused before,
 * returns LET_IN: TCP takes them without a mapping, and the peer must send them again (D-10), since
 * octets that fill that gap may lie after them on the subflow. Octets that wait for nothing get a
 * run as soon as the application takes what is before them.
 */
static MPTCP_APART int refuse(const struct inbound *in, const struct mptcp_mapping *map)
{
    bool wait = mptcp_dsn_before(in->c->rcv_nxt, place(map, in->seg->ssn));

    if (!mptcp_ssn_eq(in->seg->ssn, in->s->rcv_nxt) || !wait) {
        return MPTCP_E_FULL;
    }
    count_up(&in->s->unmapped);
    return in->s->unmapped < 2 ? MPTCP_E_FULL : LET_IN;
}

/* Enters a mapping with a length. Returns MPTCP_OK, LET_IN, or the code to drop the segment with.
 */
static int on_payload_mapping(const struct inbound *in, const struct mptcp_mapping *map)
{
    struct mptcp_conn *c = in->c;

    if (in->seg->len > 0 && beyond_window(in, map)) {
        want_ack(in->s);
        return MPTCP_E_BEYOND;
    }
    mptcp_fallback_mapping(c, in->s, map);
    int why = mptcp_map_in(c, in->slot, map);
    if (why == MPTCP_E_FULL && map->len <= c->rcv_buf) {
        return refuse(in, map);
    }
    if (why != MPTCP_OK) {
        return fail(in, why);
    }
    /* `mapped` moves only if the subflow's next octet has a mapping: a mapping of other octets does
     * not show that the path lets options through (B-4). */
    if (!mptcp_ssn_before(in->s->rcv_nxt, map->ssn) &&
        mptcp_ssn_before(in->s->rcv_nxt, mptcp_mapping_end(map))) {
        in->s->mapped = in->s->rcv_nxt;
    }
    if (mptcp_ssn_eq(map->ssn, mptcp_ssn_of(1))) {
        mptcp_pm_announce_now(c);
    }
    return MPTCP_OK;
}

/* D-3: true if the mapping has a checksum and checksums were negotiated, or neither; in version 0 a
 * checksum may be there in vain, and an infinite mapping may have none (Z-36). */
static bool checksum_as_agreed(const struct inbound *in)
{
    bool wanted = (in->c->bits & BIT_CHECKSUM) != 0;
    bool keyed = has(in, MPTCP_CAPABLE) && in->o->capable.form >= MPTCP_CAPABLE_DATA;
    bool there =
        keyed ? in->o->capable.form == MPTCP_CAPABLE_DATA_CHECKSUM : in->o->dss.has_checksum != 0;

    if (there == wanted) {
        return !in->o->checksum_unclear;
    }
    return profile_of(in->c)->spare_sum && (there || in->o->dss.dll == 0);
}

enum fin { FIN_WRONG, FIN_RIGHT, FIN_WAITS };

/*
 * What the DATA_FIN of a mapping is: right without checksums always; with them, without data, if
 * its own checksum is. One with data waits until its mapping is verified. In version 0 the checksum
 * of a DATA_FIN alone, with SSN 0, says nothing: it covers no data, and some hosts sum it up
 * wrongly (Z-38). It is right at the next octet, and when it comes again; one that has overtaken
 * data waits for the next copy, which comes until it is DATA_ACKed.
 */
static MPTCP_APART enum fin judge_fin(const struct inbound *in, const struct mptcp_mapping *map)
{
    if ((in->c->bits & BIT_CHECKSUM) == 0) {
        return FIN_RIGHT;
    }
    if (map->len > 0) {
        return FIN_WAITS;
    }
    if (mptcp_dss_checksum(map->dsn, map->ssn, 1, 0) == map->check) {
        return FIN_RIGHT;
    }
    if (!profile_of(in->c)->lone_fin_unsummed || map->ssn.v != 0) {
        return FIN_WRONG;
    }
    return mptcp_dsn_before(in->c->rcv_nxt, map->dsn) ? FIN_WAITS : FIN_RIGHT;
}

/* Takes the DATA_FIN of a mapping. Returns MPTCP_OK, or the code to drop the segment with. */
static MPTCP_APART int on_data_fin(const struct inbound *in, const struct mptcp_mapping *map)
{
    enum fin is = judge_fin(in, map);

    if (is == FIN_WRONG) {
        return mptcp_evidence(in->c, in->slot, EVIDENCE_CHECKSUM);
    }
    if (map->len == 0) {
        want_ack(in->s); /* TCP acknowledges no segment without data by itself */
        in->verdict->signal |= mptcp_repeats_ack(in);
    }
    if (is == FIN_RIGHT) {
        mptcp_close_on_fin(in->c, mptcp_mapping_dsn_end(map));
        mptcp_close_check(in->c);
    }
    return MPTCP_OK;
}

/* True if octets of the subflow before this segment have not arrived. */
static bool leaves_gap(const struct inbound *in)
{
    return mptcp_ssn_before(in->s->rcv_nxt, in->seg->ssn);
}

/* True if the peer must put a mapping on every segment with payload: on the first subflow, until a
 * DATA_ACK of data was sent on it (RFC 8684 s3.7). */
static bool has_to_be_mapped(const struct inbound *in)
{
    return (in->s->flags & SF_INITIAL) != 0 && mptcp_ssn_eq(in->s->ack_told, mptcp_ssn_of(1));
}

/*
 * Payload that no mapping covers; `mapping`: the segment declares one, of a part of it at most.
 * Returns MPTCP_OK if TCP may take it, else the code to drop it with.
 *   - Without any option, or where each segment must have a mapping, none will come: it is
 *     evidence if its octets are the next ones, else it is dropped, and retransmitted.
 *   - A mapping of a part is left if a box has merged segments or inserted octets: it is dropped,
 *     since the retransmitted segments may come one by one; after COPIES it is evidence.
 *   - With other options only, a mapping may come on another segment (D-10): TCP takes it.
 */
static MPTCP_APART int on_unmapped(const struct inbound *in, bool mapping)
{
    if (mptcp_lacks_options(in) || (!mapping && has_to_be_mapped(in))) {
        return leaves_gap(in) ? MPTCP_E_UNMAPPED : mptcp_evidence(in->c, in->slot, EVIDENCE_DATA);
    }
    if (!mapping) {
        return MPTCP_OK;
    }
    if (leaves_gap(in)) {
        return MPTCP_E_UNMAPPED;
    }
    count_up(&in->s->unmapped);
    if (in->s->unmapped < COPIES && in->opens == 0) {
        return MPTCP_E_UNMAPPED;
    }
    return in->c->fb.out_of_step ? MPTCP_OK : mptcp_evidence(in->c, in->slot, EVIDENCE_DATA);
}

/* True if all octets of the segment that are new to the subflow have a mapping. `map`: what the
 * segment declares, NULL if nothing. With checksums, a middlebox may have set the DATA_FIN flag,
 * which makes the mapping one octet shorter: so with a DATA_FIN the segment's last octet needs
 * no mapping. */
static bool is_covered(const struct inbound *in, const struct mptcp_mapping *map)
{
    bool sums = (in->c->bits & BIT_CHECKSUM) != 0;
    mptcp_ssn from = mptcp_ssn_max(in->seg->ssn, in->s->rcv_nxt);
    mptcp_ssn end = mptcp_ssn_add(in->seg->ssn, in->seg->len);

    /* Without checksums a mapping that was taken is known as a whole. */
    if (map != NULL && !sums && !mptcp_ssn_before(from, map->ssn) &&
        !mptcp_ssn_before(mptcp_mapping_end(map), end)) {
        return true;
    }
    int32_t n = mptcp_ssn_diff(end, from) - (sums && map != NULL && map->fin != 0);
    return n <= 0 || mptcp_map_covers(in->c, in->slot, from, (uint32_t)n);
}

/*
 * For a segment with TCP's FIN: true if that FIN closes the subflow alone, since this or an earlier
 * copy of it carried an MPTCP option. Else it ends the stream, as in plain TCP. An infinite mapping
 * and MP_FAIL, which some hosts repeat on all segments, do not count: they belong to plain TCP.
 */
static bool fin_is_marked(const struct inbound *in, bool infinite)
{
    mptcp_ssn fin = mptcp_ssn_add(in->seg->ssn, in->seg->len);

    if (!infinite && !has(in, MPTCP_FAIL) && (in->o->present | in->o->refused) != 0) {
        mptcp_fallback_fin_marked(in->s, fin);
    }
    return mptcp_fallback_fin_is_marked(in->s, fin);
}

/*
 * For a FIN without any option, when the DATA_FIN is known: true if it stands where the DATA_FIN
 * says that the stream ends, but TCP has received octets before it that had no mapping, so that
 * RCV.NXT has not passed them. If the peer is in plain TCP, it takes these octets for delivered.
 */
static bool ends_short(const struct inbound *in)
{
    const struct mptcp_conn *c = in->c;
    mptcp_ssn fin = mptcp_ssn_add(in->seg->ssn, in->seg->len);

    return (in->s->flags & SF_INITIAL) != 0 &&
           mptcp_ssn_before(ssn_received(c, c->rcv_nxt), in->s->rcv_nxt) &&
           mptcp_ssn_eq(fin, ssn_received(c, c->rcv_fin));
}

/* A segment with TCP's FIN, in MPTCP. One without any option, before the end of the stream is
 * known, is evidence. Returns MPTCP_OK, or the code to drop the segment with. */
static MPTCP_APART int on_fin_flag(const struct inbound *in)
{
    bool known = (in->c->bits & BIT_FIN_KNOWN) != 0 && !ends_short(in);

    if (fin_is_marked(in, false) || known || (in->s->flags & SF_FIN_RECEIVED) != 0) {
        return MPTCP_OK;
    }
    /* A FIN that may have had no room for an option is dropped: its retransmission will have no
     * SACK blocks. Taken as the end of the subflow it would prevent a fallback, and taken as the
     * end of the stream it might cut that short. */
    return leaves_gap(in) || !mptcp_lacks_options(in)
               ? MPTCP_E_AGAIN
               : mptcp_evidence(in->c, in->slot, EVIDENCE_FIN);
}

/* Which evidence an infinite mapping is. */
static enum mptcp_evidence infinite(const struct inbound *in, const struct mptcp_mapping *map)
{
    return is_in_step(in->c, map) ? EVIDENCE_INFINITE : EVIDENCE_INFINITE_OUT_OF_STEP;
}

/* Takes a mapping that is not infinite, and its DATA_FIN. Returns MPTCP_OK, LET_IN, or the code to
 * drop the segment with. */
static int on_mapping(const struct inbound *in, const struct mptcp_mapping *map)
{
    struct mptcp_conn *c = in->c;
    bool fin = map->fin != 0;

    if (has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_DSN64) != 0) {
        c->bits |= BIT_ACK64;
    }
    int why = map->len > 0 ? on_payload_mapping(in, map) : MPTCP_OK;
    if (why == MPTCP_OK && fin) {
        why = on_data_fin(in, map);
    }
    if (why == MPTCP_OK && is_mptcp(c) && mptcp_ssn_before(map->ssn, in->s->rcv_nxt)) {
        mptcp_close_reached(c); /* the mapping may have come after its octets did */
    }
    return why;
}

int mptcp_data_of_segment(const struct inbound *in)
{
    struct mptcp_mapping map;
    bool mapping = declared(in, &map);
    int why = MPTCP_OK;

    if (mapping && !checksum_as_agreed(in)) {
        return fail(in, MPTCP_E_OPT_CHECKSUM);
    }
    if (mapping && map.len == 0 && map.fin == 0) {
        if (in->seg->len > 0) {
            return mptcp_evidence(in->c, in->slot, infinite(in, &map));
        }
        mapping = false; /* without payload an infinite mapping means nothing */
    }
    if (mapping) {
        why = on_mapping(in, &map);
    }
    bool let_in = why == LET_IN;
    why = let_in ? MPTCP_OK : why;
    if (why == MPTCP_OK && !let_in && is_mptcp(in->c) && in->seg->len > 0 &&
        !is_covered(in, mapping ? &map : NULL)) {
        why = on_unmapped(in, mapping);
    }
    if (why == MPTCP_OK && is_mptcp(in->c) && (in->seg->tcp_flags & MPTCP_TCP_FIN) != 0) {
        why = on_fin_flag(in);
    }
    return why;
}

/* ------------------------------------------------------------------ plain TCP */

/* Plain TCP: takes the DATA_FIN of a peer that does not know of the fallback as the end of the
 * stream, unless there are checksums. It is not DATA_ACKed; the peer's TCP sends its FIN after some
 * time without a DATA_ACK. */
static int on_plain_data_fin(const struct inbound *in, const struct mptcp_mapping *map)
{
    struct mptcp_conn *c = in->c;
    mptcp_dsn end = mptcp_mapping_dsn_end(map);
    bool known = (c->bits & BIT_FIN_KNOWN) != 0 && mptcp_dsn_eq(end, c->rcv_fin);

    if (judge_fin(in, map) != FIN_RIGHT) {
        return MPTCP_OK;
    }
    if ((c->bits & BIT_CHECKSUM) != 0) {
        mptcp_fallback_data_fin(c); /* TCP's FIN is the end (tables/in_step.h) */
        return MPTCP_OK;
    }
    if (!known && mptcp_dsn_before(end, data_end(c))) {
        return mptcp_evidence(c, in->slot, EVIDENCE_CONTRADICTION);
    }
    mptcp_fallback_data_fin(c);
    mptcp_close_on_fin(c, end);
    mptcp_close_check(c);
    return MPTCP_OK;
}

/* Plain TCP: checks the mapping of a peer that may not know of the fallback. Returns MPTCP_OK, or
 * the code to drop the segment with. */
static int on_plain_mapping(const struct inbound *in, const struct mptcp_mapping *map)
{
    bool endless = map->len == 0 && map->fin == 0;

    if (endless && in->seg->len > 0) {
        return mptcp_evidence(in->c, in->slot, infinite(in, map));
    }
    if (map->len > 0 && !is_in_step(in->c, map)) {
        return mptcp_evidence(in->c, in->slot, EVIDENCE_CONTRADICTION);
    }
    return map->fin != 0 ? on_plain_data_fin(in, map) : MPTCP_OK;
}

/* Plain TCP: true if the segment has octets after the known end of the stream, or a FIN that closes
 * the subflow alone. */
static bool contradicts(const struct inbound *in, bool infinite)
{
    const struct mptcp_conn *c = in->c;
    mptcp_dsn end = received_in_step(c, mptcp_ssn_add(in->seg->ssn, in->seg->len));

    if ((c->bits & BIT_FIN_KNOWN) != 0) {
        return in->seg->len > 0 && mptcp_dsn_before(c->rcv_fin, end);
    }
    return (in->seg->tcp_flags & MPTCP_TCP_FIN) != 0 && fin_is_marked(in, infinite);
}

int mptcp_data_of_plain_segment(const struct inbound *in)
{
    struct mptcp_mapping map;
    int why = MPTCP_OK;
    bool endless = false;

    if (has(in, MPTCP_FAIL)) {
        why = mptcp_evidence(in->c, in->slot, EVIDENCE_MP_FAIL);
    }
    if (why == MPTCP_OK && declared(in, &map)) {
        endless = map.len == 0 && map.fin == 0 && in->seg->len > 0;
        why = on_plain_mapping(in, &map);
    }
    if (why == MPTCP_OK && contradicts(in, endless)) {
        why = mptcp_evidence(in->c, in->slot, EVIDENCE_CONTRADICTION);
    }
    return why;
}
