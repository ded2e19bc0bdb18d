/*
 * options_out.c - the options of every segment that leaves, and the commit
 * that it left.
 *
 *   SYN, SYN/ACK   MP_CAPABLE or MP_JOIN
 *   RST            MP_TCPRST with the reason; MP_FAIL, MP_FASTCLOSE where they
 *                  are why
 *   with payload   the mapping of its first octet, and the DATA_ACK
 *   pure ACK       signals (MP_JOIN, DATA_FIN, MP_FAIL, MP_FASTCLOSE, addresses, MP_PRIO), and
 *                  the DATA_ACK if there is room
 *   in plain TCP   nothing, but for the infinite mapping and the MP_FAIL that say so
 *
 * Signals never ride on payload: a mapping needs the room, and would have to
 * be repeated with them.
 */
#include "conn/conn.h"
#include "wire/mem.h"
#include "wire/reset_reason.h"

/* receipt.signals */
enum {
    OUT_SYN = 0x01,
    OUT_JOIN_ACK = 0x02,
    OUT_FIN = 0x04,
    OUT_PRIO = 0x08,
    OUT_ACK = 0x10, /* a pure ACK, or anything that does as one */
    OUT_KEYS = 0x20,
    OUT_FAIL = 0x40,
    OUT_FASTCLOSE = 0x80
};

/* receipt.address */
#define OUT_REMOVED 255

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

static struct mptcp_option *fresh(struct outbound *out, unsigned subtype)
{
    memset(&out->o, 0, sizeof out->o);
    out->o.subtype = (uint8_t)subtype;
    return &out->o;
}

/* Writes it; false if there is no room. */
static bool put(struct outbound *out)
{
    int n = mptcp_option_write(&out->o, out->p + out->used, out->room - out->used);
    if (n < 0) {
        return false;
    }
    out->used += (unsigned)n;
    return true;
}

/* D-14: a 64-bit DSN is answered with 64 bits. */
static void add_ack(const struct mptcp_conn *c, struct mptcp_dss *d)
{
    /* Before the peer's key is known there is nothing to count from (erratum 6609). */
    if (c->phase == PHASE_OPENING) {
        return;
    }
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
static bool put_dss(struct outbound *out)
{
    struct mptcp_dss *d = &out->o.u.dss;
    uint8_t bare = d->flags;

    add_ack(out->c, d);
    if (put(out)) {
        return true;
    }
    d->flags = bare;
    return bare != 0 && put(out);
}

static bool put_capable(struct outbound *out, unsigned form)
{
    struct mptcp_capable *o = &fresh(out, MPTCP_CAPABLE)->u.capable;
    mptcp_capable_make(out->c, form, o);
    return put(out);
}

/* The keys, and the first mapping. */
static bool put_keyed_data(struct outbound *out, const struct mptcp_tx_map *map)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_capable *o = &fresh(out, MPTCP_CAPABLE)->u.capable;
    bool sum = (c->bits & BIT_CHECKSUM) != 0;

    mptcp_capable_make(c, sum ? MPTCP_CAPABLE_DATA_CHECKSUM : MPTCP_CAPABLE_DATA, o);
    o->dll = (uint16_t)map->len;
    o->checksum = sum ? mptcp_dss_checksum(map->dsn, map->ssn, o->dll, out->seg->sum) : 0;
    return put(out);
}

static void put_join(struct outbound *out)
{
    mptcp_join_make(out->c, out->s, out->seg->tcp_flags, &fresh(out, MPTCP_JOIN)->u.join);
    put(out);
}

/* A client's initial subflow repeats the keys until the server has shown that it has them (C-13).
 */
static bool keys_due(const struct outbound *out)
{
    return (out->c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT &&
           (out->s->flags & SF_INITIAL) != 0;
}

/* Signals of the whole connection leave on this subflow. */
static bool is_carrier(const struct outbound *out)
{
    return mptcp_subflow_carrier(out->c) == (int)out->slot;
}

static int on_payload(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    struct mptcp_tx_map map;

    if (!mptcp_map_out(c, out->slot, out->seg->ssn, &map)) {
        return MPTCP_E_NOT_FOUND;
    }
    out->r->covers = map.len - (uint32_t)mptcp_ssn_diff(out->seg->ssn, map.ssn);
    if (keys_due(out) && mptcp_ssn_eq(map.ssn, mptcp_ssn_of(1))) {
        return put_keyed_data(out, &map) ? MPTCP_OK : MPTCP_E_ROOM;
    }
    add_map(c, &fresh(out, MPTCP_DSS)->u.dss, map.dsn, map.ssn, map.len, out->seg->sum);
    return put_dss(out) ? MPTCP_OK : MPTCP_E_ROOM;
}

static void fail_signal(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    /* Its repetition does not wait for a timer that comes late: what the peer sends again before it
     * has heard of it is in line no more (B-7). */
    bool again = (c->bits & BIT_FAILING) != 0 && c->timer[DUE_ANSWER] <= c->tick;

    if ((out->s->signal & SIG_FAIL) == 0 && !again) {
        return;
    }
    fresh(out, MPTCP_FAIL)->u.fail.dsn = mptcp_fail_dsn(c, out->slot);
    if (put(out)) {
        out->r->signals |= OUT_FAIL;
    }
}

/* D-13: the last mapping of all, on what is sent for the first time; it may act backwards (B-6). */
static void infinite_mapping(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;
    const struct mptcp_subflow *s = out->s;

    if ((s->flags & SF_INFINITE) == 0 || mptcp_ssn_before(out->seg->ssn, s->infinite)) {
        return;
    }
    struct mptcp_dss *d = &fresh(out, MPTCP_DSS)->u.dss;
    d->flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    d->dsn = c->rtx_forced.v;
    d->ssn = s->snd_nxt.v - (uint32_t)mptcp_dsn_diff(c->snd_nxt, c->rtx_forced);
    d->has_checksum = (s->flags & SF_INFINITE_SUM) != 0;
    put(out);
}

static void pm_signal(struct outbound *out)
{
    unsigned signal = mptcp_pm_signal(out->c);

    if (signal == 0 || !is_carrier(out)) {
        return;
    }
    if (mptcp_pm_removes(out->c, signal)) {
        mptcp_pm_remove_option(out->c, &fresh(out, MPTCP_REMOVE_ADDR)->u.remove_addr);
        out->r->address = put(out) ? OUT_REMOVED : 0;
        return;
    }
    mptcp_pm_signal_option(out->c, out->s, signal, &fresh(out, MPTCP_ADD_ADDR)->u.add_addr);
    put(out);
    /* Without room for it it counts as lost: repeated a few times, and never due for ever. */
    out->r->address = (uint8_t)signal;
}

static void prio(struct outbound *out)
{
    if ((out->s->signal & SIG_PRIO) == 0 || (out->r->signals & OUT_FAIL) != 0 ||
        mptcp_pm_row_full(out->c)) {
        return;
    }
    fresh(out, MPTCP_PRIO)->u.prio.backup = (out->s->flags & SF_BACKUP) != 0;
    if (put(out)) {
        out->r->signals |= OUT_PRIO;
    }
}

/* D-19: SSN 0, length 1, the checksum over the pseudo-header alone. */
static bool data_fin(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;

    bool again = (out->s->signal & SIG_FIN) != 0 && !mptcp_close_fin_acked(c);
    if (!again && ((c->bits & BIT_FIN_DUE) == 0 || !is_carrier(out))) {
        return false;
    }
    struct mptcp_dss *d = &fresh(out, MPTCP_DSS)->u.dss;
    d->flags = MPTCP_DSS_FIN;
    add_map(c, d, c->snd_end, mptcp_ssn_of(0), 1, 0);
    if (!put_dss(out)) {
        return false;
    }
    out->r->signals |= OUT_FIN;
    return true;
}

static void on_pure_ack(struct outbound *out)
{
    out->r->signals |= OUT_ACK;
    if (mptcp_ssn_before(out->seg->ssn, out->s->snd_una)) {
        /* A keep-alive: no acceptable segment to the peer, who will not look at its options (G-3).
         */
        out->r->signals = 0;
        fresh(out, MPTCP_DSS);
        put_dss(out);
        return;
    }
    if (out->s->state == SF_PRE) {
        put_join(out);
        out->r->signals |= OUT_JOIN_ACK;
        return;
    }
    if ((out->s->signal & SIG_FASTCLOSE) != 0) {
        fresh(out, MPTCP_FASTCLOSE)->u.fastclose.receiver_key = out->c->remote_key;
        put(out);
        out->r->signals |= OUT_FASTCLOSE;
        return;
    }
    bool keys = keys_due(out);
    /* The third ACK carries the keys whatever else is due (C-13). */
    if (!(keys && (out->s->flags & SF_KEYS_SENT) == 0) && data_fin(out)) {
        return;
    }
    if (keys) {
        put_capable(out, MPTCP_CAPABLE_ACK);
        out->r->signals |= OUT_KEYS;
        return;
    }
    fail_signal(out);
    if ((out->r->signals & OUT_FAIL) == 0) {
        pm_signal(out);
    }
    /* An ADD_ADDR has a segment of its own. */
    if (out->r->address != 0 && out->r->address != OUT_REMOVED && out->used > 0) {
        return;
    }
    prio(out);
    fresh(out, MPTCP_DSS);
    put_dss(out);
}

static void on_rst(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;

    if (c->remote_token == 0 && c->phase != PHASE_MPTCP) {
        return;
    }
    if ((out->s->flags & SF_CHECK_FAILED) != 0) {
        fresh(out, MPTCP_FAIL)->u.fail.dsn = mptcp_fail_dsn(c, out->slot);
        put(out);
    }
    /* Who gives up by himself says that it is over, not only here (s3.5). */
    bool over = c->phase == PHASE_ENDED;
    if (out->used == 0 && over && (c->error == MPTCP_E_ABORTED || c->error == MPTCP_E_TIMED_OUT)) {
        fresh(out, MPTCP_FASTCLOSE)->u.fastclose.receiver_key = c->remote_key;
        put(out);
    }
    unsigned reason = mptcp_reset_reason(out->s->code);
    fresh(out, MPTCP_TCPRST)->u.tcprst.reason = (uint8_t)reason;
    out->o.u.tcprst.transient = !over && mptcp_reset_transient(reason);
    put(out);
}

static void on_syn(struct outbound *out)
{
    out->r->signals |= OUT_SYN;
    if ((out->s->flags & SF_INITIAL) == 0) {
        put_join(out);
        return;
    }
    unsigned form = mptcp_capable_syn_form(out->c, out->s);
    if (form != 0) {
        put_capable(out, form);
    }
}

static int write_options(struct outbound *out)
{
    const struct mptcp_conn *c = out->c;

    if (c->fallback != 0 || c->phase == PHASE_PLAIN) {
        if (out->seg->len > 0) {
            infinite_mapping(out);
        } else if ((out->seg->tcp_flags & MPTCP_TCP_RST) == 0) {
            fail_signal(out);
            out->r->signals |= OUT_ACK;
        }
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
    if (c->phase == PHASE_OPENING && ((c->bits & BIT_FAST_OPEN) == 0 || out->seg->len == 0)) {
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
    struct outbound out;
    out.c = c;
    out.s = subflow_at(c, (unsigned)i);
    out.slot = (unsigned)i;
    out.seg = seg;
    out.p = p;
    out.room = room & ~(size_t)3;
    out.used = 0;
    out.r = r;

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
    c->bits &= ~(uint32_t)(BIT_FIN_DUE | (c->fin_tries == 0 ? BIT_FIN_ANSWERED : 0));
    c->bits |= BIT_FIN_SENT;
    if (c->timer[DUE_FIN] == IDLE) { /* the first of several */
        c->timer[DUE_FIN] = from_now(c, backoff(signal_rto(c, s), c->fin_tries));
        count_up(&c->fin_tries);
    }
}

int mptcp_sent(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_receipt *r, mptcp_time now)
{
    int i = slot_of(c, sf);
    if (i < 0 || !sf_live(subflow_at(c, (unsigned)i))) {
        return MPTCP_E_STALE;
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    mptcp_clock_set(c, now);
    mptcp_window_sent(c, s);
    if (r->signals == 0) {
        mptcp_pm_row_off(c);
        return mptcp_settled(c);
    }
    if (r->address != 0 || (r->signals & OUT_PRIO) != 0) {
        mptcp_pm_row_on(c, s);
    }
    s->hold = 0;
    s->signal &= (uint8_t)~SIG_FIN;
    if ((r->signals & OUT_SYN) != 0) {
        count_up(&s->tries);
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
        s->timer = from_now(c, backoff(signal_rto(c, s), s->tries));
        count_up(&s->tries);
    }
    if ((r->signals & OUT_FIN) != 0) {
        fin_left(c, s);
    }
    if ((r->signals & (OUT_FAIL | OUT_FASTCLOSE)) != 0) {
        s->signal &= (uint8_t) ~(unsigned)(SIG_FAIL | SIG_FASTCLOSE);
        c->timer[DUE_ANSWER] = from_now(c, backoff(signal_rto(c, s), c->answer_tries));
        count_up(&c->answer_tries);
    }
    if (r->address == OUT_REMOVED) {
        mptcp_pm_removed_sent(c);
    } else if (r->address != 0) {
        mptcp_pm_signal_sent(c, r->address);
    }
    return MPTCP_OK;
}
