/*
 * options_out.c - the options of every segment that is sent.
 *
 *   SYN, SYN/ACK   MP_CAPABLE or MP_JOIN
 *   RST            MP_TCPRST with the reason; MP_FAIL after a wrong checksum,
 *                  MP_FASTCLOSE after an abort or timeout of the connection
 *   with payload   the mapping of its first octet, and the DATA_ACK
 *   pure ACK       signals by rank (signals.c), as far as there is room beside a DATA_ACK that is
 *                  new to the peer; that DATA_ACK; an old DATA_ACK if there is room
 *   in plain TCP   nothing but the infinite mapping and MP_FAIL, and DATA_ACKs while the peer may
 *                  not know of the fallback
 *
 * sent.c commits the segments that were sent.
 */
#include "conn/out.h"
#include "tables/in_step.h"
#include "wire/apart.h"
#include "wire/mem.h"
#include "wire/reset_reason.h"
#include "wire/wire.h"

struct outbound {
    const struct mptcp_conn *c;
    const struct mptcp_subflow *s;
    unsigned slot;
    const struct mptcp_txseg *seg;
    uint8_t *p;
    size_t room;
    unsigned used;
    struct mptcp_receipt *r;
    struct mptcp_option o; /* the one being made */
};

/* Returns the outbound's option, zeroed but for its subtype and version, to be filled and put. */
static struct mptcp_option *fresh(struct outbound *out, unsigned subtype)
{
    memset(&out->o, 0, sizeof out->o);
    out->o.subtype = (uint8_t)subtype;
    if (profile_of(out->c)->version == 0) {
        out->o.version0 = 1;
    }
    return &out->o;
}

/*
 * Keeps an option of n octets that was written, and returns true, if it fits and leaves `spare`
 * octets after it (n < 0: it does not fit). Else returns false: it is to be sent on a further ACK
 * (no_room). If no other option was in its way, it is too long for this segment (too_long). `bit`:
 * MPTCP_OUT_ bits of the option.
 */
static bool stands(struct outbound *out, int n, unsigned bit, size_t spare)
{
    if (n >= 0 && out->used + (size_t)n + spare <= out->room) {
        out->used += (unsigned)n;
        out->r->wrote |= (uint16_t)bit;
        out->r->no_room &= (uint16_t)~bit;
        return true;
    }
    out->r->no_room |= (uint16_t)bit;
    out->r->too_long |= (uint16_t)(n < 0 && out->used == 0 ? bit : 0);
    return false;
}

/* Writes out->o; `bit`, `spare` and the result are those of `stands`. */
static bool put(struct outbound *out, unsigned bit, size_t spare)
{
    int n = mptcp_option_write(&out->o, out->p + out->used, out->room - out->used);
    return stands(out, n, bit, spare);
}

/* Writes the DSS d; `bit`, `spare` and the result are those of `stands`. */
static bool put_dss(struct outbound *out, const struct mptcp_dss *d, unsigned bit, size_t spare)
{
    struct wire_out to = {out->p + out->used, out->room - out->used};
    return stands(out, mptcp_wire_dss_write(d, to), bit, spare);
}

/* The option with these bits did not fit, but no further ACK has to be sent for it. */
static void not_missed(struct outbound *out, unsigned bit)
{
    out->r->no_room &= (uint16_t)~bit;
    out->r->too_long &= (uint16_t)~bit;
}

/* Puts a DSS with the DATA_ACK alone. If it does not fit, a further ACK is sent only if the
 * DATA_ACK is `news`. */
static void put_ack(struct outbound *out, bool news)
{
    struct mptcp_dss d = {0};

    if (!mptcp_ack_possible(out->c)) {
        return;
    }
    mptcp_out_ack(out->c, &d);
    if (!put_dss(out, &d, MPTCP_OUT_DATA_ACK, 0) && !news) {
        not_missed(out, MPTCP_OUT_DATA_ACK);
    }
}

/*
 * Puts the DSS d, which stands for `bits`: with the DATA_ACK added if that fits, else without. If
 * `first`, it is not put without: then the DATA_ACK has precedence. Returns true if it was put.
 */
static bool put_with_ack(struct outbound *out, struct mptcp_dss *d, unsigned bits, bool first)
{
    uint8_t flags = d->flags;

    if (mptcp_ack_possible(out->c)) {
        mptcp_out_ack(out->c, d);
        if (put_dss(out, d, bits | MPTCP_OUT_DATA_ACK, 0)) {
            return true;
        }
        not_missed(out, bits | MPTCP_OUT_DATA_ACK);
        out->r->no_room |= mptcp_ack_is_news(out->c, out->s) ? MPTCP_OUT_DATA_ACK : 0u;
        d->flags = flags;
    }
    return put_dss(out, d, bits, first ? MPTCP_OPTION_MAX : 0);
}

/* Puts our MP_CAPABLE of this form. */
static void put_capable(struct outbound *out, unsigned form)
{
    mptcp_capable_make(out->c, form, &fresh(out, MPTCP_CAPABLE)->u.capable);
    put(out, MPTCP_OUT_KEYS, 0);
}

/* Puts an MP_CAPABLE with the keys and the first mapping. No DATA_ACK is put beside it; if that is
 * new to the peer, it is to be sent on a further ACK. */
static void put_keyed_data(struct outbound *out, const struct mptcp_tx_map *map)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_capable *o = &fresh(out, MPTCP_CAPABLE)->u.capable;
    bool sum = (c->bits & BIT_CHECKSUM) != 0;

    mptcp_capable_make(c, sum ? MPTCP_CAPABLE_DATA_CHECKSUM : MPTCP_CAPABLE_DATA, o);
    o->dll = (uint16_t)map->len;
    o->checksum = sum ? mptcp_dss_checksum(map->dsn, map->ssn, o->dll, out->seg->sum) : 0;
    if (mptcp_ack_is_news(c, out->s)) {
        out->r->no_room |= MPTCP_OUT_DATA_ACK;
    }
    put(out, MPTCP_OUT_KEYS | MPTCP_OUT_MAPPING, 0);
}

/* Puts the MP_JOIN of a SYN or SYN/ACK. */
static void put_join(struct outbound *out)
{
    mptcp_join_make(out->c, out->s, out->seg->tcp_flags, &fresh(out, MPTCP_JOIN)->u.join);
    put(out, MPTCP_OUT_JOIN, 0);
}

/* Options of a segment with payload in MPTCP. NOT_FOUND: the octets were never given to the
 * subflow.
 */
static int on_payload(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_tx_map map;

    if (!mptcp_map_out(c, out->slot, out->seg->ssn, &map)) {
        return MPTCP_E_NOT_FOUND;
    }
    out->r->covers = map.len - (uint32_t)mptcp_ssn_diff(out->seg->ssn, map.ssn);
    if (mptcp_out_keyed(c, out->s, map.ssn, out->room)) {
        put_keyed_data(out, &map);
        return MPTCP_OK;
    }
    struct mptcp_dss d = {0};
    mptcp_out_map(c, &map, out->seg->sum, &d);
    put_with_ack(out, &d, MPTCP_OUT_MAPPING, false);
    return MPTCP_OK;
}

/* D-13: puts the infinite mapping on data that is sent for the first time after the fallback. Its
 * start may lie before that data (B-6). */
static void infinite_mapping(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;

    if (!c->fb.infinite_due || mptcp_ssn_before(out->seg->ssn, c->fb.infinite_from)) {
        return;
    }
    struct mptcp_tx_map map = {sent_in_step(c, c->fb.infinite_start), c->fb.infinite_start, 0};
    struct mptcp_dss d = {0};

    mptcp_out_map(c, &map, 0, &d);
    d.checksum = 0; /* there is nothing to verify, but the peer expects the field */
    put_dss(out, &d, MPTCP_OUT_MAPPING, 0);
}

/* Puts the signal of a row. `spare` octets are kept free for the DATA_ACK, 0 if that is not new. */
static bool put_signal(struct outbound *out, const struct mptcp_signal *row, size_t spare)
{
    row->make(out->c, out->slot, fresh(out, row->subtype), out->r);
    if (row->subtype == MPTCP_DSS) { /* the DATA_ACK goes into the same DSS */
        return put_with_ack(out, &out->o.u.dss, row->bit, spare > 0);
    }
    return put(out, row->bit, (row->flags & SIGNAL_ALONE) != 0 ? 0 : spare);
}

/* Puts the signals that this pure ACK can carry, by rank. Returns the flags of those that were put.
 */
static unsigned put_signals(struct outbound *out, size_t spare)
{
    unsigned flags = 0;

    for (unsigned k = 0; k < MPTCP_SIGNALS; k++) {
        const struct mptcp_signal *row = &mptcp_signals[k];
        if (((row->flags & SIGNAL_LAST) != 0 && out->used > 0) ||
            mptcp_signal_level(row, out->c, out->slot) == SIGNAL_NONE) {
            continue;
        }
        if (put_signal(out, row, spare)) {
            flags |= row->flags;
            if ((flags & (SIGNAL_ALONE | SIGNAL_LAST)) != 0) {
                break;
            }
        }
    }
    return flags;
}

/* Options of a segment without payload: signals, and the DATA_ACK if the signals leave room. */
static void on_pure_ack(struct outbound *out)
{
    bool news = mptcp_ack_is_news(out->c, out->s);
    size_t needs = mptcp_ack_length(out->c);

    unsigned flags = put_signals(out, news && needs <= out->room ? needs : 0);
    unsigned dss = MPTCP_OUT_DATA_ACK | MPTCP_OUT_DATA_FIN;
    if ((out->r->wrote & dss) != 0 || out->s->state == SF_PRE) {
        return;
    }
    if ((flags & SIGNAL_ALONE) != 0) {
        out->r->no_room |= news ? MPTCP_OUT_DATA_ACK : 0u;
    } else {
        put_ack(out, news);
    }
}

/* Options of a RST. */
static void on_rst(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;

    /* Before the peer has shown that it speaks MPTCP, a RST has no options. */
    if (c->remote_token == 0 && c->phase != PHASE_MPTCP) {
        return;
    }
    if ((out->s->flags & SF_CHECK_FAILED) != 0) {
        fresh(out, MPTCP_FAIL)->u.fail.dsn = mptcp_fallback_fail_dsn(c, out->slot);
        put(out, MPTCP_OUT_FAIL, 0);
    }
    /* If this end has ended the whole connection by itself, MP_FASTCLOSE says so (s3.5). */
    bool over = c->phase == PHASE_ENDED;
    if (profile_of(c)->fastclose_on_rst && out->used == 0 && over &&
        (c->error == MPTCP_E_ABORTED || c->error == MPTCP_E_TIMED_OUT)) {
        fresh(out, MPTCP_FASTCLOSE)->u.fastclose.receiver_key = c->remote_key;
        put(out, MPTCP_OUT_FASTCLOSE, 0);
    }
    if (!profile_of(c)->reset_reason) {
        return;
    }
    unsigned reason = mptcp_reset_reason(mptcp_reset_code(c, out->slot));
    fresh(out, MPTCP_TCPRST)->u.tcprst.reason = (uint8_t)reason;
    out->o.u.tcprst.transient = !over && mptcp_reset_transient(reason);
    put(out, MPTCP_OUT_REASON, 0);
}

/* Options of a SYN or SYN/ACK: MP_JOIN, or on the initial subflow MP_CAPABLE unless it is plain
 * TCP.
 */
static void on_syn(struct outbound *out)
{
    if ((out->s->flags & SF_INITIAL) == 0) {
        put_join(out);
        return;
    }
    unsigned form = mptcp_capable_syn_form(out->c, out->s);
    if (form != 0) {
        put_capable(out, form);
    }
}

/* The enum mptcp_segment_kind of the segment. */
static unsigned kind_of(const struct outbound *out)
{
    const struct mptcp_txseg *seg = out->seg;

    if ((seg->tcp_flags & MPTCP_TCP_RST) != 0) {
        return SEGMENT_RST;
    }
    if ((seg->tcp_flags & MPTCP_TCP_SYN) != 0) {
        return SEGMENT_SYN;
    }
    if (seg->len > 0) {
        return SEGMENT_DATA;
    }
    return mptcp_ssn_before(seg->ssn, out->s->snd_una) ? SEGMENT_OLD : SEGMENT_ACK;
}

/* Options of a segment in plain TCP. A FIN carries none: it ends the stream, and with an option it
 * would close the subflow alone. */
static int write_plain(struct outbound *out)
{
    if ((out->seg->tcp_flags & MPTCP_TCP_FIN) != 0) {
        return MPTCP_OK;
    }
    if (out->r->segment == SEGMENT_DATA) {
        infinite_mapping(out);
    } else if (out->r->segment == SEGMENT_ACK) {
        on_pure_ack(out);
    }
    return MPTCP_OK;
}

/* Writes the options that the segment's kind has. MPTCP_OK, STATE or NOT_FOUND; what did not fit is
 * in the receipt. */
static int write_options(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;

    if ((out->s->flags & SF_RESET) != 0 && out->r->segment != SEGMENT_RST) {
        return MPTCP_E_STATE;
    }
    if (is_plain(c)) {
        return write_plain(out);
    }
    switch (out->r->segment) {
    case SEGMENT_SYN:
        on_syn(out);
        return MPTCP_OK;
    case SEGMENT_RST:
        on_rst(out);
        return MPTCP_OK;
    case SEGMENT_DATA:
        return c->phase != PHASE_OPENING || (c->bits & BIT_FAST_OPEN) != 0 ? on_payload(out)
                                                                           : MPTCP_OK;
    case SEGMENT_OLD:
        put_ack(out, false);
        return MPTCP_OK;
    default:
        if ((out->seg->tcp_flags & MPTCP_TCP_FIN) != 0) {
            put_ack(out, true); /* a FIN may be the subflow's last segment: no signal may take
                                 * the DATA_ACK's room */
        } else if (c->phase != PHASE_OPENING) {
            on_pure_ack(out);
        }
        return MPTCP_OK;
    }
}

/* Pads the options with NOPs to a multiple of four octets; stores and returns their length. */
static int padded(uint8_t *p, unsigned n, struct mptcp_receipt *r)
{
    while (n % 4 != 0) {
        p[n++] = 1;
    }
    r->length = (uint8_t)n;
    return (int)n;
}

/* True if the only option that the segment needs is a DSS, with the DATA_ACK and, if it has
 * payload, its mapping. */
static bool is_usual(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                     const struct mptcp_txseg *seg)
{
    if ((seg->tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0 || !is_mptcp(c) ||
        (s->flags & SF_RESET) != 0 || mptcp_repeats_keys(c, s)) {
        return false;
    }
    if (seg->len > 0) {
        return true;
    }
    /* With BIT_ONLY_STREAM no signal is due on any subflow. */
    return (c->bits & BIT_ONLY_STREAM) != 0 && !mptcp_ssn_before(seg->ssn, s->snd_una);
}

/* Writes the options of a usual segment, and returns their length. -1: the segment is not usual, or
 * they do not fit; nothing was written then. */
static int write_usual(const struct mptcp_conn *c, unsigned i, const struct mptcp_txseg *seg,
                       struct wire_out to, struct mptcp_receipt *r)
{
    struct mptcp_dss d = {0};
    struct mptcp_tx_map map;
    bool data = seg->len > 0;

    if (!is_usual(c, subflow_at(c, i), seg) || (data && !mptcp_map_out(c, i, seg->ssn, &map))) {
        return -1;
    }
    if (data) {
        mptcp_out_map(c, &map, seg->sum, &d);
    }
    mptcp_out_ack(c, &d);
    int n = mptcp_wire_dss_write(&d, to);
    if (n < 0) {
        return -1;
    }
    r->segment = SEGMENT_ACK;
    r->wrote = MPTCP_OUT_DATA_ACK;
    if (data) {
        r->segment = SEGMENT_DATA;
        r->wrote = MPTCP_OUT_MAPPING | MPTCP_OUT_DATA_ACK;
        r->covers = map.len - (uint32_t)mptcp_ssn_diff(seg->ssn, map.ssn);
    }
    return padded(to.p, (unsigned)n, r);
}

/* A segment in MPTCP that needs one of these options must not be sent without it: the peer would
 * take it for something else. */
#define NEEDED (MPTCP_OUT_MAPPING | MPTCP_OUT_JOIN)

/* Writes the options of a segment that is not usual, or has little room. Returns their length, or
 * an error of mptcp_tx_options. */
static MPTCP_APART int write_all(const struct mptcp_conn *c, unsigned i,
                                 const struct mptcp_txseg *seg, struct wire_out to,
                                 struct mptcp_receipt *r)
{
    struct outbound out;
    out.c = c;
    out.s = subflow_at(c, i);
    out.slot = i;
    out.seg = seg;
    out.p = to.p;
    out.room = to.n;
    out.used = 0;
    out.r = r;

    r->covers = seg->len;
    r->segment = (uint8_t)kind_of(&out);
    int why = write_options(&out);
    uint16_t missing = is_plain(c) ? 0 : r->no_room & NEEDED;
    if (why == MPTCP_OK && missing == 0) {
        return padded(to.p, out.used, r);
    }
    memset(r, 0, sizeof *r);
    if (why == MPTCP_OK) {
        why = MPTCP_E_ROOM;
        r->no_room = missing;
    }
    return why;
}

int mptcp_tx_options(const struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_txseg *seg,
                     uint8_t *p, size_t room, struct mptcp_receipt *r)
{
    if (c == NULL || seg == NULL || p == NULL || r == NULL || seg->len > LENGTH_MAX) {
        return MPTCP_E_ARGUMENT;
    }
    struct wire_out to;
    int i = slot_of(c, sf);

    to.p = p;
    to.n = (room < MPTCP_OPTION_MAX ? room : MPTCP_OPTION_MAX) & ~(size_t)3;
    if (i < 0) {
        return MPTCP_E_STALE;
    }
    memset(r, 0, sizeof *r);
    r->window = c->phase == PHASE_OPENING ? c->rcv_buf : mptcp_window(c);
    r->ack = subflow_at(c, (unsigned)i)->rcv_nxt;
    r->ssn = seg->ssn;
    r->data_ack = c->rcv_nxt;
    int n = write_usual(c, (unsigned)i, seg, to, r);
    return n >= 0 ? n : write_all(c, (unsigned)i, seg, to, r);
}

unsigned mptcp_tx_options_max(const struct mptcp_conn *c)
{
    if (c == NULL) {
        return 0;
    }
    if (is_plain(c)) {
        return c->fb.infinite_due ? 20 : 0;
    }
    /* DSS: 4, DATA_ACK 4 or 8, DSN 8, SSN 4, length 2, checksum 2. If the DATA_ACK grows to 8
     * octets before the segment is sent and does not fit, it is left out. */
    unsigned most = (c->bits & BIT_ACK64) != 0 ? 28 : 24;
    return most < c->option_room ? most : c->option_room;
}
