/*
 * segment.c - a segment comes in: reads its options and hands each to its
 * machine, in an order that lets none of them see half of the truth:
 * handshake, mapping and DATA_FIN, acknowledgements, addresses.
 *
 * Nothing is acted on unless TCP itself would take the segment (RFC 8684 s3,
 * G-3), and an option that was refused is as if it were not there.
 */
#include "conn/conn.h"
#include "mptcp/crypto.h"
#include "wire/mem.h"

struct inbound {
    struct mptcp_conn *c;
    struct mptcp_subflow *s;
    unsigned slot;
    const struct mptcp_segment *seg;
    const struct mptcp_options *o;
    struct mptcp_verdict *verdict;
};

static bool has(const struct inbound *in, unsigned subtype)
{
    return (in->o->present & MPTCP_HAS(subtype)) != 0;
}

static void drop(const struct inbound *in, int code)
{
    in->verdict->drop = 1;
    in->verdict->code = code;
}

/* Plain from the first segment on counts as opened, not as fallen back. */
static void plain_opened(struct mptcp_conn *c, const struct inbound *in)
{
    if (c->phase != PHASE_PLAIN || in->s->state != SF_OPEN || (c->events & EVER_OPEN) != 0) {
        return;
    }
    c->events |= HAPPENED_OPEN | EVER_OPEN;
    in->s->snd_edge = mptcp_ssn_add(in->seg->ack, in->seg->window);
    mptcp_on_subflow_ack(c, in->slot, in->seg);
}

/* Segments with SYN: only a SYN/ACK to our SYN means anything. */
static void on_syn(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;
    bool answer = (in->seg->tcp_flags & MPTCP_TCP_ACK) != 0 && s->state == SF_SYN_SENT;

    if (!answer || !mptcp_ssn_eq(in->seg->ack, mptcp_ssn_of(1))) {
        return;
    }
    s->due = MPTCP_NEVER;
    if ((s->flags & SF_INITIAL) == 0) {
        mptcp_join_on_synack(c, s, in->seg, in->o);
        if ((s->flags & SF_RESET) != 0) {
            drop(in, s->code);
        }
        return;
    }
    if (c->phase == PHASE_OPENING) {
        mptcp_capable_on_synack(c, s, in->seg, in->o);
    }
    s->state = SF_OPEN;
    plain_opened(c, in);
}

/* The first ACKs of a subflow that we accepted. Returns false if the segment goes no further. */
static bool on_first_ack(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;

    if (c->phase == PHASE_PLAIN) {
        s->state = SF_OPEN;
        plain_opened(c, in);
        return true;
    }
    if ((s->flags & SF_INITIAL) != 0) {
        if (!mptcp_capable_on_ack(c, s, in->seg, in->o)) {
            drop(in, MPTCP_E_AGAIN);
            return false;
        }
        plain_opened(c, in);
        return true;
    }
    if (!mptcp_join_on_ack(c, s, in->o)) {
        drop(in, s->code);
        return false;
    }
    s->snd_edge = mptcp_ssn_add(in->seg->ack, in->seg->window);
    return true;
}

/* RST: its options are believed as far as they prove who sent them. */
static void on_rst(const struct inbound *in)
{
    if (has(in, MPTCP_FASTCLOSE) && is_mptcp(in->c) &&
        in->o->fastclose.receiver_key == in->c->local_key) {
        mptcp_close_end(in->c, MPTCP_E_PEER_ABORTED);
    }
}

/* B-3: data was acknowledged, and no option has come: the path, or the peer, has lost them. */
static bool options_lost(const struct inbound *in)
{
    const struct mptcp_subflow *s = in->s;
    return in->o->present == 0 && in->o->refused == 0 && (s->flags & SF_DATA_ACKED) == 0 &&
           mptcp_ssn_before(mptcp_ssn_of(1), s->snd_una);
}

static void give_up(const struct inbound *in, int code)
{
    if (mptcp_fallback_possible(in->c, in->s)) {
        mptcp_fallback(in->c, code);
        mptcp_on_subflow_ack(in->c, in->slot, in->seg);
        mptcp_una_moved(in->c);
        mptcp_close_check(in->c);
        return;
    }
    mptcp_subflow_fail(in->s, code);
    drop(in, code);
}

static bool on_acks(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    bool news = mptcp_on_subflow_ack(c, in->slot, in->seg);

    in->verdict->signal |= mptcp_window_peer(c, in->s, in->seg);
    if (is_mptcp(c) && has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_ACK) != 0) {
        bool moved = mptcp_on_data_ack(c, in->s, in->seg, &in->o->dss);
        in->verdict->signal |= moved;
        news |= moved;
    }
    if (news) {
        mptcp_una_moved(c);
        mptcp_close_check(c);
    }
    if (is_mptcp(c) && options_lost(in)) {
        give_up(in, MPTCP_E_NO_MPTCP);
        return false;
    }
    return true;
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

#define REFUSALS 1

/*
 * No slot for the mapping. If the refused octets are the next ones of their
 * subflow, and again and again, what the gap needs may lie behind them: then
 * they are let in without a mapping, which the peer must send again (D-10).
 */
static bool refused(const struct inbound *in)
{
    if (mptcp_ssn_eq(in->seg->ssn, in->s->rcv_nxt) && ++in->s->refusals > REFUSALS) {
        in->s->refusals = 0;
        return true;
    }
    drop(in, MPTCP_E_FULL);
    return false;
}

static bool on_payload_mapping(const struct inbound *in, const struct mptcp_run *map)
{
    struct mptcp_conn *c = in->c;

    if (in->seg->len > 0 && beyond_window(in, map)) {
        in->s->signal |= SIG_ACK;
        drop(in, MPTCP_E_AGAIN);
        return false;
    }
    /* A mapping covers something of its segment (D-12); far from it, it is no mapping of ours. */
    int why = mptcp_map_in(c, in->slot, map);
    if (why == MPTCP_E_FULL && map->len <= c->rcv_buf) {
        return refused(in);
    }
    if (why != MPTCP_OK) {
        mptcp_subflow_fail(in->s, why);
        drop(in, why);
        return false;
    }
    if (mptcp_ssn_eq(in->seg->ssn, in->s->rcv_nxt)) {
        in->s->refusals = 0;
    }
    in->s->flags |= SF_MAPPED;
    return true;
}

/* D-3: checksums are there if they were negotiated, and only then. */
static bool checksum_as_agreed(const struct inbound *in)
{
    const struct mptcp_conn *c = in->c;
    bool wanted = (c->bits & BIT_CHECKSUM) != 0;
    bool dss = has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_MAP) != 0;
    bool refused_data = (in->o->refused & MPTCP_HAS(MPTCP_CAPABLE)) != 0;

    if (dss && (in->o->dss.has_checksum != 0) != wanted) {
        return false;
    }
    return !refused_data;
}

static void on_fin_of(const struct inbound *in, const struct mptcp_run *map)
{
    bool bare = map->len == 0;
    bool right = (in->c->bits & BIT_CHECKSUM) == 0 || !bare ||
                 mptcp_dss_checksum(mptcp_run_dsn(map), map->ssn, 1, 0) == map->check;

    if (!right) {
        in->s->flags |= SF_CHECK_FAILED;
        mptcp_subflow_fail(in->s, MPTCP_E_CHECKSUM);
        return;
    }
    mptcp_close_on_fin(in->c, mptcp_run_dsn_end(map));
    mptcp_close_check(in->c);
    if (bare) {
        in->s->signal |= SIG_ACK; /* TCP acknowledges no segment without data by itself */
        in->verdict->signal = 1;
    }
}

static bool on_mapping(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_run map;

    if (!declared(in, &map)) {
        if (in->seg->len > 0 && (in->s->flags & SF_MAPPED) == 0 &&
            mptcp_ssn_eq(in->seg->ssn, mptcp_ssn_of(1))) {
            /* The first data without a mapping: options are lost on the way in. */
            give_up(in, MPTCP_E_UNMAPPED);
            return false;
        }
        return true;
    }
    if (!checksum_as_agreed(in)) {
        mptcp_subflow_fail(in->s, MPTCP_E_OPT_CHECKSUM);
        drop(in, MPTCP_E_OPT_CHECKSUM);
        return false;
    }
    in->s->mapped = in->s->rcv_nxt;
    bool fin = map.unit != 0;
    if (map.len == 0 && !fin) {
        /* An infinite mapping: the peer has fallen back (D-13). */
        give_up(in, MPTCP_E_UNMAPPED);
        return false;
    }
    mptcp_capable_fully(c);
    if (has(in, MPTCP_DSS)) {
        c->bits &= (uint16_t)~BIT_ACK64;
        c->bits |= (in->o->dss.flags & MPTCP_DSS_DSN64) != 0 ? BIT_ACK64 : 0u;
    }
    if (map.len > 0 && !on_payload_mapping(in, &map)) {
        return false;
    }
    if (map.len > 0 && mptcp_ssn_eq(map.ssn, mptcp_ssn_of(1))) {
        mptcp_pm_hurry(c);
    }
    if (fin) {
        on_fin_of(in, &map);
    }
    if (mptcp_ssn_before(map.ssn, in->s->rcv_nxt)) {
        /* The mapping comes after its octets did. */
        mptcp_arrive_advance(c);
        mptcp_close_reached(c);
        mptcp_settle(c, in->slot);
    }
    return true;
}

static void on_signals(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;

    if ((in->o->present & ~(MPTCP_HAS(MPTCP_DSS))) != 0) {
        in->verdict->signal = 1;
    }
    if (has(in, MPTCP_FASTCLOSE) && in->o->fastclose.receiver_key == c->local_key) {
        mptcp_close_end(c, MPTCP_E_PEER_ABORTED);
        return;
    }
    if (has(in, MPTCP_FAIL)) {
        mptcp_subflow_fail(in->s, MPTCP_E_PEER_FAIL);
        return;
    }
    if (has(in, MPTCP_ADD_ADDR)) {
        mptcp_pm_on_add_addr(c, in->s, &in->o->add_addr);
    }
    if (has(in, MPTCP_PRIO)) {
        in->s->flags &= (uint16_t)~SF_PEER_BACKUP;
        in->s->flags |= in->o->prio.backup ? SF_PEER_BACKUP : 0u;
    }
    if (has(in, MPTCP_JOIN) && in->s->state == SF_OPEN) {
        in->s->signal |= SIG_ACK; /* the third ACK again: the fourth was lost (J-8) */
    }
}

static void on_established_segment(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;

    if (in->s->state == SF_PRE) {
        mptcp_join_on_fourth_ack(c, in->s);
    }
    if (!is_mptcp(c)) {
        on_acks(in);
        return;
    }
    if (has(in, MPTCP_DSS)) {
        mptcp_capable_fully(c);
    }
    /* What is dropped is as if lost: TCP does not see its ACK, so nobody does (D-16). */
    if (!on_mapping(in) || !on_acks(in) || !is_mptcp(c)) {
        return;
    }
    on_signals(in);
}

static void route(const struct inbound *in)
{
    struct mptcp_subflow *s = in->s;

    if ((in->seg->tcp_flags & MPTCP_TCP_RST) != 0) {
        on_rst(in);
        return;
    }
    if ((in->seg->tcp_flags & MPTCP_TCP_SYN) != 0) {
        on_syn(in);
        return;
    }
    if (s->state == SF_SYN_SENT || !mptcp_window_acceptable(in->c, s, in->seg)) {
        return;
    }
    if (s->state == SF_SYN_RCVD && !on_first_ack(in)) {
        return;
    }
    on_established_segment(in);
}

int mptcp_on_segment(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_segment *seg,
                     struct mptcp_verdict *verdict, mptcp_time now)
{
    struct mptcp_options o;
    struct mptcp_verdict none = {0};
    int i = slot_of(c, sf);

    if (i < 0 || !sf_live(subflow_at(c, (unsigned)i))) {
        return MPTCP_E_STALE;
    }
    if (seg == NULL || verdict == NULL || seg->options_len > MPTCP_OPTION_MAX) {
        return MPTCP_E_ARGUMENT;
    }
    at(c, now);
    *verdict = none;
    o.present = o.refused = 0;
    if (c->phase != PHASE_PLAIN) {
        verdict->code =
            mptcp_options_read(seg->options, seg->options_len, seg->tcp_flags, &o, NULL);
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    if ((s->flags & SF_RESET) != 0 || c->phase == PHASE_ENDED) {
        verdict->drop = 1;
        return MPTCP_OK;
    }
    struct inbound in = {c, s, (unsigned)i, seg, &o, verdict};
    route(&in);
    return mptcp_settled(c);
}
