/*
 * options_out.c - the options of every segment that leaves, and the commit
 * that it left.
 *
 *   SYN, SYN/ACK   MP_CAPABLE or MP_JOIN
 *   RST            MP_TCPRST with the reason; MP_FAIL, MP_FASTCLOSE where they
 *                  are why
 *   with payload   the mapping of its first octet, and the DATA_ACK
 *   pure ACK       at most one signal (MP_JOIN, DATA_FIN, ADD_ADDR, MP_PRIO), and
 *                  the DATA_ACK if there is room
 *   in plain TCP   nothing, but for the infinite mapping that says so
 *
 * Signals never ride on payload: a mapping needs the room, and would have to
 * be repeated with them.
 */
#include "conn/conn.h"
#include "wire/mem.h"

/* receipt.signals */
enum {
    OUT_SYN = 0x01,
    OUT_JOIN_ACK = 0x02,
    OUT_FIN = 0x04,
    OUT_PRIO = 0x08,
    OUT_ACK = 0x10, /* a pure ACK, or anything that does as one */
    OUT_KEYS = 0x20
};

struct outbound {
    const struct mptcp_conn *c;
    const struct mptcp_subflow *s;
    unsigned slot;
    const struct mptcp_txseg *seg;
    uint8_t *p;
    size_t room;
    unsigned used;
    struct mptcp_receipt *r;
};

static bool put(struct outbound *out, const struct mptcp_option *o)
{
    int n = mptcp_option_write(o, out->p + out->used, out->room - out->used);
    if (n < 0) {
        return false;
    }
    out->used += (unsigned)n;
    return true;
}

/* D-14: a 64-bit DSN is answered with 64 bits. */
static void add_ack(const struct mptcp_conn *c, struct mptcp_dss *d)
{
    d->flags |= MPTCP_DSS_ACK;
    d->data_ack = c->rcv_nxt.v;
    if ((c->bits & BIT_ACK64) != 0) {
        d->flags |= MPTCP_DSS_ACK64;
    } else {
        d->data_ack &= 0xffffffffu;
    }
}

static void add_map(const struct mptcp_conn *c, struct mptcp_dss *d, mptcp_dsn dsn, mptcp_ssn ssn,
                    uint32_t dll, uint32_t sum)
{
    bool narrow = (c->flags & MPTCP_CFG_DSN32) != 0 && (c->bits & BIT_WIDE) == 0;

    d->flags |= narrow ? MPTCP_DSS_MAP : (MPTCP_DSS_MAP | MPTCP_DSS_DSN64);
    d->dsn = narrow ? dsn.v & 0xffffffffu : dsn.v;
    d->ssn = ssn.v;
    d->dll = (uint16_t)dll;
    if ((c->bits & BIT_CHECKSUM) != 0) {
        d->has_checksum = 1;
        d->checksum = mptcp_dss_checksum(dsn, ssn, (uint16_t)dll, sum);
    }
}

/* A DSS, with the DATA_ACK if it fits, else without. */
static bool put_dss(struct outbound *out, struct mptcp_option *o)
{
    uint8_t bare = o->u.dss.flags;
    add_ack(out->c, &o->u.dss);
    if (put(out, o)) {
        return true;
    }
    o->u.dss.flags = bare;
    return bare != 0 && put(out, o);
}

static int on_payload(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_tx_map map;

    if (!mptcp_map_out(c, out->slot, out->seg->ssn, &map)) {
        return MPTCP_E_NOT_FOUND;
    }
    out->r->covers = map.len - (uint32_t)mptcp_ssn_diff(out->seg->ssn, map.ssn);
    bool keys = (c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT &&
                (out->s->flags & SF_INITIAL) != 0 && mptcp_ssn_eq(map.ssn, mptcp_ssn_of(1));
    if (keys) {
        out->used = mptcp_capable_write_data(c, &map, out->seg->sum, out->p, out->room);
        return out->used > 0 ? MPTCP_OK : MPTCP_E_ROOM;
    }
    struct mptcp_option o = {0};
    o.subtype = MPTCP_DSS;
    add_map(c, &o.u.dss, map.dsn, map.ssn, map.len, out->seg->sum);
    return put_dss(out, &o) ? MPTCP_OK : MPTCP_E_ROOM;
}

/* D-13: the last mapping of all, as long as what it covers. */
static void infinite_mapping(struct outbound *out)
{
    const struct mptcp_subflow *s = out->s;
    struct mptcp_option o = {0};

    if ((s->flags & SF_INFINITE) == 0 || out->seg->len == 0 ||
        mptcp_ssn_before(out->seg->ssn, s->infinite)) {
        return;
    }
    uint32_t since = (uint32_t)mptcp_ssn_diff(s->snd_nxt, s->infinite);
    o.subtype = MPTCP_DSS;
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = out->c->snd_nxt.v - since;
    o.u.dss.ssn = s->infinite.v;
    o.u.dss.has_checksum = (s->flags & SF_INFINITE_SUM) != 0;
    put(out, &o);
}

static void pm_signal(struct outbound *out)
{
    struct mptcp_option o;
    unsigned signal = mptcp_pm_signal(out->c);
    int carrier = mptcp_subflow_carrier(out->c);

    if (signal == 0 || carrier != (int)out->slot) {
        return;
    }
    mptcp_pm_signal_option(out->c, signal, &o);
    put(out, &o);
    /* Without room for it it counts as lost: repeated a few times, and never due for ever. */
    out->r->address = (uint8_t)signal;
}

static void prio(struct outbound *out)
{
    struct mptcp_option o = {0};
    if ((out->s->signal & SIG_PRIO) == 0) {
        return;
    }
    o.subtype = MPTCP_PRIO;
    o.u.prio.backup = (out->s->flags & SF_BACKUP) != 0;
    if (put(out, &o)) {
        out->r->signals |= OUT_PRIO;
    }
}

/* D-19: SSN 0, length 1, the checksum over the pseudo-header alone. */
static bool data_fin(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_option o = {0};

    if ((c->bits & BIT_FIN_DUE) == 0 || mptcp_subflow_carrier(c) != (int)out->slot) {
        return false;
    }
    o.subtype = MPTCP_DSS;
    o.u.dss.flags = MPTCP_DSS_FIN;
    add_map(c, &o.u.dss, c->snd_end, mptcp_ssn_of(0), 1, 0);
    if (!put_dss(out, &o)) {
        return false;
    }
    out->r->signals |= OUT_FIN;
    return true;
}

static void on_pure_ack(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_option o = {0};

    out->r->signals |= OUT_ACK;
    if (out->s->state == SF_PRE) {
        out->used = mptcp_join_write(c, out->s, out->seg->tcp_flags, out->p, out->room);
        out->r->signals |= OUT_JOIN_ACK;
        return;
    }
    bool keys =
        (c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT && (out->s->flags & SF_INITIAL) != 0;
    /* The third ACK carries the keys whatever else is due (C-13). */
    if (!(keys && (out->s->flags & SF_KEYS_SENT) == 0) && data_fin(out)) {
        return;
    }
    if (keys) {
        out->used = mptcp_capable_write_ack(c, out->p, out->room);
        out->r->signals |= OUT_KEYS;
        return;
    }
    pm_signal(out);
    prio(out);
    o.subtype = MPTCP_DSS;
    put_dss(out, &o);
}

static void on_rst(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_option o = {0};

    if (c->remote_token == 0 && c->phase != PHASE_MPTCP) {
        return;
    }
    if ((out->s->flags & SF_CHECK_FAILED) != 0) {
        const struct mptcp_run *r =
            mptcp_runs_find(rx_base(c, out->slot), &out->s->rx, out->s->rcv_valid);
        o.subtype = MPTCP_FAIL;
        o.u.fail.dsn = r != NULL ? mptcp_run_dsn(r).v : c->rcv_nxt.v;
        put(out, &o);
    }
    if (c->error == MPTCP_E_ABORTED) {
        memset(&o, 0, sizeof o);
        o.subtype = MPTCP_FASTCLOSE;
        o.u.fastclose.receiver_key = c->remote_key;
        put(out, &o);
    }
    memset(&o, 0, sizeof o);
    o.subtype = MPTCP_TCPRST;
    o.u.tcprst.reason = (uint8_t)mptcp_reset_reason(out->s->code);
    put(out, &o);
}

static void on_syn(struct outbound *out)
{
    out->r->signals |= OUT_SYN;
    if ((out->s->flags & SF_INITIAL) != 0) {
        out->used = mptcp_capable_write_syn(out->c, out->s, out->p, out->room);
        return;
    }
    out->used = mptcp_join_write(out->c, out->s, out->seg->tcp_flags, out->p, out->room);
}

static int write_options(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;

    if (c->fallback != 0 || c->phase == PHASE_PLAIN) {
        infinite_mapping(out);
        return MPTCP_OK;
    }
    if ((out->seg->tcp_flags & MPTCP_TCP_SYN) != 0) {
        on_syn(out);
        return MPTCP_OK;
    }
    if ((out->seg->tcp_flags & MPTCP_TCP_RST) != 0) {
        on_rst(out);
        return MPTCP_OK;
    }
    if (c->phase == PHASE_OPENING) {
        return MPTCP_OK;
    }
    if (out->seg->len > 0) {
        return on_payload(out);
    }
    on_pure_ack(out);
    return MPTCP_OK;
}

int mptcp_tx_options(const struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_txseg *seg,
                     uint8_t *p, size_t room, struct mptcp_receipt *r)
{
    int i = slot_of(c, sf);
    if (i < 0) {
        return MPTCP_E_STALE;
    }
    const struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    struct outbound out = {c, s, (unsigned)i, seg, p, room & ~(size_t)3, 0, r};

    memset(r, 0, sizeof *r);
    r->window = c->phase == PHASE_OPENING ? c->rcv_buf : mptcp_window(c);
    r->covers = seg->len;
    r->data_ack = c->rcv_nxt;
    int why = write_options(&out);
    if (why != MPTCP_OK) {
        return why;
    }
    while (out.used % 4 != 0) {
        p[out.used++] = 1; /* NOP */
    }
    r->length = (uint8_t)out.used;
    return (int)out.used;
}

static bool infinite_due(const struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        if ((subflow_at(c, i)->flags & SF_INFINITE) != 0) {
            return true;
        }
    }
    return false;
}

unsigned mptcp_tx_options_max(const struct mptcp_conn *c)
{
    if (c->phase == PHASE_PLAIN || c->fallback != 0) {
        return infinite_due(c) ? 20 : 0;
    }
    /* DSS: 4, DATA_ACK 4 or 8, DSN 8, SSN 4, length 2, checksum 2. If the DATA_ACK has grown when
     * the segment leaves, it stays behind. */
    return (c->bits & BIT_ACK64) != 0 ? 28 : 24;
}

/* Twice the RTT if it is known. */
static uint32_t signal_rto(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->srtt_us != 0 ? 2 * s->srtt_us + 100000 : c->signal_rto;
}

static void fin_left(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    c->bits &= (uint16_t)~BIT_FIN_DUE;
    c->bits |= BIT_FIN_SENT;
    c->due[DUE_FIN] = from_now(c, backoff(signal_rto(c, s), c->fin_tries));
    c->fin_tries = (uint8_t)(c->fin_tries < 16 ? c->fin_tries + 1 : 16);
}

int mptcp_sent(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_receipt *r, mptcp_time now)
{
    int i = slot_of(c, sf);
    if (i < 0 || !sf_live(subflow_at(c, (unsigned)i))) {
        return MPTCP_E_STALE;
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    at(c, now);
    mptcp_window_sent(c, s);
    if (r->signals == 0) {
        return MPTCP_OK;
    }
    s->hold = 0;
    if ((r->signals & OUT_SYN) != 0) {
        s->tries = (uint8_t)(s->tries < 255 ? s->tries + 1 : 255);
        return MPTCP_OK;
    }
    if ((r->signals & OUT_KEYS) != 0) {
        s->flags |= SF_KEYS_SENT;
    }
    if (mptcp_dsn_eq(r->data_ack, c->rcv_nxt)) {
        s->signal &= (uint8_t)~SIG_ACK;
    }
    if ((r->signals & OUT_PRIO) != 0) {
        s->signal &= (uint8_t)~SIG_PRIO;
    }
    if ((r->signals & OUT_JOIN_ACK) != 0) {
        s->signal &= (uint8_t)~SIG_JOIN_ACK;
        s->due = from_now(c, backoff(signal_rto(c, s), s->tries));
        s->tries = (uint8_t)(s->tries < 255 ? s->tries + 1 : 255);
    }
    if ((r->signals & OUT_FIN) != 0) {
        fin_left(c, s);
    }
    if (r->address != 0) {
        mptcp_pm_signal_sent(c, r->address);
    }
    return MPTCP_OK;
}
