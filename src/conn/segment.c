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

/*
 * What the functions below give back: MPTCP_OK, STOP if nothing further may be done
 * with the segment, or the code with which it is to be dropped.
 */
#define STOP 1

/* The subflow is to be reset, and the segment as if lost. */
static int fail(const struct inbound *in, int code)
{
    mptcp_subflow_fail(in->s, code);
    return code;
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
static int on_syn(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;
    bool answer = (in->seg->tcp_flags & MPTCP_TCP_ACK) != 0 && s->state == SF_SYN_SENT;

    if (!answer || !mptcp_ssn_eq(in->seg->ack, mptcp_ssn_of(1))) {
        return STOP;
    }
    s->due = MPTCP_NEVER;
    if ((s->flags & SF_INITIAL) == 0) {
        mptcp_join_on_synack(c, s, in->seg, in->o);
        return s->code; /* 0, unless it failed */
    }
    if (c->phase == PHASE_OPENING) {
        mptcp_capable_on_synack(c, s, in->seg, in->o);
    }
    s->state = SF_OPEN;
    plain_opened(c, in);
    return STOP;
}

/* The first ACKs of a subflow that we accepted. */
static int on_first_ack(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;

    if (c->phase == PHASE_PLAIN) {
        s->state = SF_OPEN;
    } else if ((s->flags & SF_INITIAL) == 0) {
        s->snd_edge = mptcp_ssn_add(in->seg->ack, in->seg->window);
        return mptcp_join_on_ack(c, s, in->o) ? MPTCP_OK : s->code;
    } else if (!mptcp_capable_on_ack(c, s, in->seg, in->o)) {
        return MPTCP_E_AGAIN;
    }
    plain_opened(c, in);
    return MPTCP_OK;
}

/* Whoever knows our key may end the connection (s3.5). */
static bool aborted(const struct inbound *in)
{
    if (!has(in, MPTCP_FASTCLOSE) || (!is_mptcp(in->c) && in->c->phase != PHASE_ABORTING) ||
        in->o->fastclose.receiver_key != in->c->local_key) {
        return false;
    }
    mptcp_close_end(in->c, MPTCP_E_PEER_ABORTED);
    return true;
}

/* No MPTCP option was there at all. */
static bool is_bare(const struct inbound *in)
{
    return in->o->present == 0 && in->o->refused == 0;
}

#define BARE_ACKS 3
#define BARE_PROBES 1

/*
 * B-3: data was acknowledged, and no option has come: the path, or the peer, has lost them. At once
 * if that was never different on this subflow; later only if it happens again and again, since a
 * receiver need not repeat a DATA_ACK that has not moved (D-17).
 */
static bool options_lost(const struct inbound *in, bool news)
{
    const struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;

    if (!is_bare(in)) {
        return false;
    }
    if ((s->flags & SF_DATA_ACKED) == 0 && mptcp_ssn_before(mptcp_ssn_of(1), s->snd_una)) {
        return true;
    }
    /* The answers to what we asked again and again: a DATA_FIN, a window that does not open. */
    bool fin = (c->bits & BIT_FIN_SENT) != 0 && c->fin_tries > BARE_FIN_TRIES;
    bool shut = c->probe_tries > BARE_PROBES;
    if (in->seg->len == 0 && ((fin && !mptcp_close_fin_acked(c)) || shut)) {
        return true;
    }
    if (!news || !mptcp_dsn_before(c->snd_una, c->snd_nxt)) {
        return false;
    }
    count_up(&s->bare);
    return s->bare >= BARE_ACKS;
}

static int give_up(const struct inbound *in, int code)
{
    if (!mptcp_give_up(in->c, in->s, code)) {
        return code;
    }
    mptcp_on_subflow_ack(in->c, in->slot, in->seg);
    mptcp_una_moved(in->c);
    mptcp_close_check(in->c);
    return STOP;
}

static int on_acks(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    bool moved = mptcp_window_peer(c, in->s, in->seg);
    bool acked = mptcp_on_subflow_ack(c, in->slot, in->seg);
    bool news = acked;

    if (is_mptcp(c) && has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_ACK) != 0 &&
        mptcp_on_data_ack(c, in->s, in->seg, &in->o->dss)) {
        news = moved = true;
    }
    in->verdict->signal |= moved;
    c->bits |= in->seg->len == 0 ? (uint32_t)BIT_FIN_ANSWERED : 0u;
    if (news) {
        mptcp_una_moved(c);
        mptcp_close_check(c);
    }
    if (!is_mptcp(c) || !options_lost(in, acked)) {
        return MPTCP_OK;
    }
    give_up(in, MPTCP_E_NO_MPTCP);
    return STOP; /* and not dropped: its acknowledgement was counted */
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

#define ASTRAY 2

/*
 * Under checksums: the segment goes on behind the end of a mapping that begins before it, and of
 * which octets have passed without it. Once it is a box that merges segments; again and again,
 * and no mapping fits any more, it is one that has put octets in: what comes is not where its
 * mappings say.
 */
static bool belies(const struct inbound *in, const struct mptcp_run *map)
{
    const struct mptcp_conn *c = in->c;
    mptcp_ssn end = mptcp_ssn_add(in->seg->ssn, in->seg->len);

    return (c->bits & BIT_CHECKSUM) != 0 && mptcp_ssn_before(map->ssn, in->s->rcv_valid) &&
           mptcp_ssn_before(map->ssn, in->seg->ssn) && mptcp_ssn_before(mptcp_run_end(map), end) &&
           !mptcp_map_covers(c, in->slot, map->ssn, map->len);
}

static int astray(const struct inbound *in, const struct mptcp_run *map)
{
    /* A whole mapping in a segment of its own, as the sender cut it, and yet not in its place. */
    bool plain = in->seg->len == map->len && (in->s->flags & SF_BENT) == 0;

    count_up(&in->s->astray);
    if (plain || in->s->astray >= ASTRAY) {
        mptcp_fail_found(in->c, in->slot);
    }
    return in->s->code; /* 0, unless it is to be reset */
}

#define REFUSALS 1

/*
 * No slot for the mapping. If the refused octets are the next ones of their
 * subflow, and again and again, what the gap needs may lie behind them: then
 * they are let in without a mapping, which the peer must send again (D-10).
 */
static int refuse(const struct inbound *in)
{
    in->s->astray = 0;
    if (mptcp_ssn_eq(in->seg->ssn, in->s->rcv_nxt) && ++in->s->refusals > REFUSALS) {
        in->s->refusals = 0;
        return MPTCP_OK;
    }
    return MPTCP_E_FULL;
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
    int why = mptcp_map_in(c, in->slot, map);
    if (why == MPTCP_E_FULL && map->len <= c->rcv_buf) {
        return refuse(in);
    }
    if (why != MPTCP_OK) {
        return fail(in, why);
    }
    if (mptcp_ssn_eq(in->seg->ssn, in->s->rcv_nxt)) {
        in->s->refusals = 0;
    }
    if (mptcp_map_covers(c, in->slot, in->seg->ssn, in->seg->len)) {
        in->s->astray = 0;
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

    if (dss && (in->o->dss.has_checksum != 0) != wanted) {
        return false;
    }
    return (in->o->refused & MPTCP_HAS(MPTCP_CAPABLE)) == 0;
}

static void on_fin_of(const struct inbound *in, const struct mptcp_run *map)
{
    bool bare = map->len == 0;
    bool right = (in->c->bits & BIT_CHECKSUM) == 0 || !bare ||
                 mptcp_dss_checksum(mptcp_run_dsn(map), map->ssn, 1, 0) == map->check;

    if (!right) {
        mptcp_fail_found(in->c, in->slot);
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
        return give_up(in, MPTCP_E_UNMAPPED);
    }
    if (is_bare(in) && (fin || !mptcp_map_covers(in->c, in->slot, seg->ssn, seg->len))) {
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
    int why = mptcp_fallback_infinite(in->c, in->slot, map);
    if (why != MPTCP_OK) {
        return fail(in, why);
    }
    mptcp_on_subflow_ack(in->c, in->slot, in->seg);
    mptcp_una_moved(in->c);
    mptcp_close_check(in->c);
    return STOP;
}

static int on_mapping(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_run map;

    if (!declared(in, &map)) {
        return on_unmapped(in);
    }
    if (!checksum_as_agreed(in)) {
        return fail(in, MPTCP_E_OPT_CHECKSUM);
    }
    in->s->mapped = in->s->rcv_nxt;
    bool fin = map.unit != 0;
    if (map.len == 0 && !fin) {
        return on_infinite(in, &map);
    }
    if ((c->bits & BIT_FAILING) != 0) {
        return MPTCP_OK; /* nothing is verified until it is known what becomes of it */
    }
    if (has(in, MPTCP_DSS)) {
        c->bits &= ~(uint32_t)BIT_ACK64;
        c->bits |= (in->o->dss.flags & MPTCP_DSS_DSN64) != 0 ? BIT_ACK64 : 0u;
    }
    mptcp_capable_fully(c);
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
        mptcp_settle(c, in->slot);
    }
    return MPTCP_OK;
}

static void on_signals(const struct inbound *in)
{
    struct mptcp_subflow *s = in->s;

    if ((in->o->present & ~(MPTCP_HAS(MPTCP_DSS))) != 0) {
        in->verdict->signal = 1;
    }
    if (aborted(in)) {
        return;
    }
    if (has(in, MPTCP_FAIL)) {
        mptcp_fail_received(in->c, in->slot);
        return;
    }
    if (has(in, MPTCP_REMOVE_ADDR)) {
        mptcp_pm_on_remove_addr(in->c, &in->o->remove_addr);
    }
    if (has(in, MPTCP_ADD_ADDR)) {
        mptcp_pm_on_add_addr(in->c, s, &in->o->add_addr);
    }
    if (has(in, MPTCP_PRIO)) {
        s->flags &= ~(uint32_t)SF_PEER_BACKUP;
        s->flags |= in->o->prio.backup ? SF_PEER_BACKUP : 0u;
    }
    if (has(in, MPTCP_JOIN) && s->state == SF_OPEN) {
        s->signal |= SIG_ACK; /* the third ACK again: the fourth was lost (J-8) */
    }
}

static int on_established_segment(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;

    if (in->s->state == SF_PRE) {
        mptcp_join_on_fourth_ack(c, in->s);
    }
    mptcp_pm_alive(in->s);
    if (!is_mptcp(c)) {
        if (has(in, MPTCP_FAIL)) {
            mptcp_fail_received(c, in->slot);
        }
        return on_acks(in);
    }
    if (has(in, MPTCP_DSS)) {
        mptcp_capable_fully(c);
    }
    /* What is dropped is as if lost: TCP does not see its ACK, so nobody does (D-16). */
    int why = on_mapping(in);
    if (why == MPTCP_OK) {
        why = on_acks(in);
    }
    if (why == MPTCP_OK && is_mptcp(c)) {
        on_signals(in);
    }
    return why;
}

/*
 * Whether TCP takes the RST is its business; mptcp_on_gone tells. Here its options are kept, for
 * then, and believed as far as they prove who sent them.
 */
static int on_rst(const struct inbound *in)
{
    struct mptcp_subflow *s = in->s;

    if (has(in, MPTCP_TCPRST)) {
        s->reason = in->o->tcprst.reason;
        s->flags &= ~(uint32_t)SF_TRANSIENT;
        s->flags |= in->o->tcprst.transient ? (uint32_t)SF_TRANSIENT : 0u;
    }
    if (has(in, MPTCP_FAIL) && is_mptcp(in->c)) {
        s->code = MPTCP_E_PEER_FAIL;
    }
    return aborted(in) ? STOP : MPTCP_OK;
}

static int route(const struct inbound *in)
{
    struct mptcp_subflow *s = in->s;

    if ((in->seg->tcp_flags & MPTCP_TCP_RST) != 0) {
        return on_rst(in);
    }
    if (in->c->phase == PHASE_ABORTING) {
        aborted(in); /* both gave up at once: a RST is the answer (F-3) */
        return MPTCP_E_ABORTED;
    }
    if ((in->seg->tcp_flags & MPTCP_TCP_SYN) != 0) {
        return on_syn(in);
    }
    if (s->state == SF_SYN_SENT || !mptcp_window_acceptable(in->c, s, in->seg)) {
        /* No handshake is finished by a segment that is none of its own. */
        return s->state == SF_SYN_RCVD ? MPTCP_E_AGAIN : STOP;
    }
    int why = s->state == SF_SYN_RCVD ? on_first_ack(in) : MPTCP_OK;
    return why != MPTCP_OK ? why : on_established_segment(in);
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
    /* In plain TCP options mean nothing, but for an MP_FAIL whose answer was lost. */
    if (c->phase != PHASE_PLAIN || c->fallback == MPTCP_E_PEER_FAIL) {
        verdict->code =
            mptcp_options_read(seg->options, seg->options_len, seg->tcp_flags, &o, NULL);
        if ((o.present & MPTCP_HAS(MPTCP_EXPERIMENTAL)) != 0) {
            verdict->experimental_at = o.experimental_at;
            verdict->experimental_len = seg->options[o.experimental_at + 1];
        }
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    if ((s->flags & SF_RESET) != 0 || c->phase == PHASE_ENDED) {
        verdict->drop = 1;
        return MPTCP_OK;
    }
    struct inbound in = {c, s, (unsigned)i, seg, &o, verdict};
    int why = route(&in);
    if (why < 0) {
        verdict->drop = 1;
        verdict->code = why;
    }
    return mptcp_settled(c);
}
