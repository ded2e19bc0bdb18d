/*
 * fallback.c - giving MPTCP up for plain TCP (RFC 8684 s3.7).
 *
 * Plain TCP is the same connection with one subflow and without options: SSN
 * and DSN run in step from here on, the subflow's acknowledgements are the
 * connection's. It never goes back (B-9). Three ways lead there:
 *
 *   options are lost     on the initial subflow, before there was another one (B-3);
 *                        afterwards that subflow is reset
 *   an infinite mapping  of the peer's, on the only subflow
 *   a wrong checksum     on the only subflow (B-6): MP_FAIL leaves on an ACK
 *                        (BIT_FAILING), repeated until the peer's MP_FAIL or infinite mapping is
 *                        there, at most FAIL_TRIES times; then, or if there are several subflows
 *                        or the data are not contiguous, reset with MP_FAIL (B-5, B-7)
 *
 * Both directions must be one straight line from what was DATA_ACKed on, SSNs
 * against DSNs: only then do both ends mean the same octets without mappings.
 *
 * A join whose third ACK has left counts as a second subflow at both ends, before it is known
 * whether the peer took it: nobody falls back by himself until that is settled.
 *
 * A peer that loses only what we say need not notice: data that is sent
 * for the first time carries an infinite mapping until some of it has been
 * acknowledged (B-3).
 *
 * Moves: phase, fallback, BIT_FAILING, DUE_ANSWER; received runs, SF_INFINITE and SIG_FAIL of the
 * only subflow.
 */
#include "machines/machines.h"

#define FAIL_TRIES 8

/* It is the only one, and the host has nothing against plain TCP. */
static bool may_go_plain(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    int sole = sole_slot(c);
    return sole >= 0 && subflow_at(c, (unsigned)sole) == s &&
           (c->flags & MPTCP_CFG_FAIL_RESETS) == 0;
}

bool mptcp_fallback_possible(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return (s->flags & (SF_INITIAL | SF_BENT)) == SF_INITIAL && (c->bits & BIT_JOINED) == 0 &&
           !mptcp_join_pending(c) && may_go_plain(c, s);
}

/* The SSN of octet dsn, if SSNs and DSNs run in step up to what was sent last. */
static mptcp_ssn line_out(const struct mptcp_conn *c, const struct mptcp_subflow *s, mptcp_dsn dsn)
{
    return mptcp_ssn_of(s->snd_nxt.v - (uint32_t)mptcp_dsn_diff(c->snd_nxt, dsn));
}

/* All that was sent and not DATA_ACKed lies on subflow i, once, and in order. */
static bool sent_in_line(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    uint32_t missing = mptcp_span(c->snd_una, c->snd_nxt);

    for (unsigned k = 0; k < s->tx.count; k++) {
        const struct mptcp_run *r = mptcp_run_at(tx_base(c, i), &s->tx, k);
        uint32_t below = mptcp_run_below_dsn(r, c->snd_una);
        if (below == r->len) {
            continue;
        }
        if (!mptcp_ssn_eq(r->ssn, line_out(c, s, mptcp_run_dsn(r)))) {
            return false;
        }
        missing -= r->len - below;
    }
    return missing == 0;
}

/*
 * The SSN at which octet RCV.NXT stands on subflow i, if it can be known without a mapping: because
 * the only subflow that ever was has run in step all the time, from the run that holds the octet or
 * ends before it, or because nothing is waiting.
 */
static bool line_in(const struct mptcp_conn *c, unsigned i, mptcp_ssn *ssn)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    bool fin = (c->bits & BIT_FIN_REACHED) != 0;
    mptcp_dsn next = mptcp_dsn_of(c->rcv_nxt.v - fin);
    bool found = s->rx.count == 0;

    *ssn = s->rcv_done;
    if ((s->flags & (SF_INITIAL | SF_BENT)) == SF_INITIAL && (c->bits & BIT_JOINED) == 0) {
        *ssn = mptcp_ssn_of((uint32_t)mptcp_dsn_diff(next, c->rcv_first) + 1);
        return true;
    }
    for (unsigned k = 0; k < s->rx.count; k++) {
        const struct mptcp_run *r = mptcp_run_at(rx_base(c, i), &s->rx, k);
        int64_t at = mptcp_dsn_diff(next, mptcp_run_dsn(r));
        if (at >= 0 && at <= (int64_t)r->len) {
            *ssn = mptcp_ssn_add(r->ssn, (uint32_t)at);
            found = true;
        }
    }
    /* Octets that came before it another way, and are still to come here, would be taken for new.
     */
    return found && !mptcp_ssn_before(s->rcv_nxt, *ssn);
}

/*
 * ... and all that has arrived from there on was mapped. Octets that were not may have lost their
 * mapping on the way: then the peer may have sent them again, behind the line, and nobody here can
 * know where.
 */
static bool received_in_line(const struct mptcp_conn *c, unsigned i, mptcp_ssn *from)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if (!line_in(c, i, from)) {
        return false;
    }
    int32_t n = mptcp_ssn_diff(s->rcv_nxt, *from);
    return n <= 0 || mptcp_map_covers(c, i, *from, (uint32_t)n);
}

/* From this SSN on, what arrived and what will is the octets from RCV.NXT on. */
static void receive_in_line(struct mptcp_conn *c, unsigned i, mptcp_ssn from)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    uint32_t rest = (uint32_t)mptcp_ssn_diff(s->rcv_nxt, from);

    if ((c->bits & BIT_FIN_REACHED) == 0) {
        c->bits &= ~(uint32_t)BIT_FIN_KNOWN; /* TCP's FIN says it now */
    }
    mptcp_runs_cut(rx_base(c, i), &s->rx, from);
    s->rcv_valid = s->rcv_nxt;
    if (rest > 0) {
        struct mptcp_run run = mptcp_run_of(c->rcv_nxt, from, rest, 0, 0);
        mptcp_map_in(c, i, &run);
        mptcp_arrive_advance(c);
    }
    mptcp_settle(c, i);
}

/* What waits on a dead subflow for a gap is not of the stream any more that comes from here on. */
static void forget_beyond(struct mptcp_conn *c, unsigned k)
{
    struct mptcp_subflow *s = subflow_at(c, k);
    struct mptcp_run *base = rx_base(c, k);

    for (unsigned n = s->rx.count; n-- > 0;) {
        struct mptcp_run *r = mptcp_run_at(base, &s->rx, n);
        r->len = mptcp_run_below_dsn(r, c->rcv_nxt);
        if (r->len == 0) {
            mptcp_runs_remove(base, &s->rx, n);
        }
    }
    mptcp_settle(c, k);
}

/* New data say that the mappings are over, until some are acknowledged (B-3). */
static void announce(struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_dsn from)
{
    s->flags |= SF_INFINITE;
    s->flags |= (c->bits & BIT_CHECKSUM) != 0 ? (uint32_t)SF_INFINITE_SUM : 0u;
    s->infinite = s->snd_nxt;
    c->rtx_forced = from;
}

static void go_plain(struct mptcp_conn *c, unsigned i, mptcp_ssn from, int code)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    c->phase = PHASE_PLAIN;
    c->fallback = code;
    c->answer_tries = 0;
    c->bits &= ~(uint32_t)(BIT_FIN_DUE | BIT_FIN_SENT | BIT_CHECKSUM | BIT_FAILING | BIT_ASKED);
    c->timer[DUE_FIN] = c->timer[DUE_DATA_ACK] = c->timer[DUE_ANSWER] = IDLE;
    c->rtx_end = c->rtx_nxt = c->snd_una;
    if ((c->events & EVER_OPEN) != 0) {
        c->events |= HAPPENED_FALLBACK;
    }
    s->signal &= SIG_FAIL;
    s->timer = s->state == SF_OPEN ? IDLE : s->timer;
    s->flags &= ~(uint32_t)(SF_STALLED | SF_BACKUP | SF_PEER_BACKUP | SF_PROBING);
    for (unsigned k = 0; k < c->top; k++) {
        if (k != i) {
            mptcp_subflow_fail(subflow_at(c, k), code); /* it was being opened */
            forget_beyond(c, k);
        }
    }
    receive_in_line(c, i, from);
    if ((s->flags & SF_FIN_RECEIVED) != 0) {
        mptcp_close_on_fin(c, c->rcv_nxt);
    }
}

void mptcp_fallback(struct mptcp_conn *c, int code)
{
    int sole = sole_slot(c);
    unsigned i = sole < 0 ? 0 : (unsigned)sole;
    struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn from;

    if (c->phase == PHASE_OPENING) {
        /* No IDSN of the peer's: its first octet may have any number. */
        mptcp_window_open(c, mptcp_dsn_of(1));
        go_plain(c, i, s->rcv_done, code);
        return;
    }
    /* A peer that has had our MP_FAIL, and says nothing of MPTCP any more, has vouched for its
     * data. */
    bool failing = (c->bits & BIT_FAILING) != 0;
    bool known = failing ? line_in(c, i, &from) : received_in_line(c, i, &from);
    if (!known || !sent_in_line(c, i)) {
        mptcp_subflow_fail(s, code);
        return;
    }
    announce(c, s, c->snd_nxt);
    go_plain(c, i, from, code);
}

bool mptcp_give_up(struct mptcp_conn *c, struct mptcp_subflow *s, int code)
{
    if (mptcp_join_pending(c)) {
        return false;
    }
    if (!mptcp_fallback_possible(c, s)) {
        mptcp_subflow_fail(s, code);
        return false;
    }
    mptcp_fallback(c, code);
    if (c->phase != PHASE_PLAIN) {
        return false;
    }
    mptcp_plain_una(c, (unsigned)(s - subflow_at(c, 0)));
    mptcp_una_moved(c);
    return true;
}

int mptcp_fallback_infinite(struct mptcp_conn *c, unsigned i, const struct mptcp_run *map)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    int64_t at = mptcp_dsn_diff(c->rcv_nxt, mptcp_run_dsn(map));
    mptcp_ssn from = mptcp_ssn_add(map->ssn, (uint32_t)at);

    /* It may begin before what was delivered (bug class 21), and behind what has come: the line
     * that it stands for goes back to what was DATA_ACKed. */
    if (!may_go_plain(c, s) || !sent_in_line(c, i) || mptcp_ssn_before(from, s->rcv_done) ||
        mptcp_ssn_before(s->rcv_nxt, from)) {
        return MPTCP_E_UNMAPPED;
    }
    announce(c, subflow_at(c, i), c->snd_nxt);
    go_plain(c, i, from, (c->bits & BIT_FAILING) != 0 ? MPTCP_E_CHECKSUM : MPTCP_E_UNMAPPED);
    return MPTCP_OK;
}

/* ------------------------------------------------------------------- MP_FAIL */

/* The only subflow can go on as plain TCP in both directions. Each end vouches for what it sent:
 * that is what MP_FAIL, or the answer to it, says. */
static bool can_go_on(const struct mptcp_conn *c, unsigned i, mptcp_ssn *from)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    return may_go_plain(c, s) && sf_usable(s) && sent_in_line(c, i) && line_in(c, i, from);
}

void mptcp_fail_found(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn from;

    if (!can_go_on(c, i, &from)) {
        s->flags |= SF_CHECK_FAILED;
        mptcp_subflow_fail(s, MPTCP_E_CHECKSUM);
        return;
    }
    c->bits |= BIT_FAILING;
    c->answer_tries = 0;
    s->signal |= SIG_FAIL;
}

void mptcp_fail_received(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    bool asked = (c->bits & BIT_FAILING) != 0;
    mptcp_ssn from;

    if (!is_mptcp(c)) {
        /* Our answer was lost, or our own MP_FAIL that was one. Not for ever, if the peer does the
         * same. */
        s->signal |= c->answer_tries < FAIL_TRIES ? SIG_FAIL : 0u;
        return;
    }
    /* With a third ACK under way the peer may have two subflows by now (B-5). An answer says that
     * it has not, or it has asked as we have: what becomes of the join tells. */
    bool pending = mptcp_join_pending(c);
    if (pending && asked) {
        return;
    }
    if (pending || !can_go_on(c, i, &from)) {
        mptcp_subflow_fail(s, MPTCP_E_PEER_FAIL);
        return;
    }
    /* An answer is not answered again. */
    s->signal = asked ? s->signal & (uint8_t)~SIG_FAIL : s->signal | SIG_FAIL;
    announce(c, s, c->snd_una);
    go_plain(c, i, from, asked ? MPTCP_E_CHECKSUM : MPTCP_E_PEER_FAIL);
}

void mptcp_fail_on_timeout(struct mptcp_conn *c)
{
    int i = sole_slot(c);

    if (i < 0) {
        return;
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    if (c->answer_tries < FAIL_TRIES) {
        s->signal |= SIG_FAIL;
        return;
    }
    s->flags |= SF_CHECK_FAILED;
    mptcp_subflow_fail(s, MPTCP_E_CHECKSUM);
}

void mptcp_fail_moot(struct mptcp_conn *c)
{
    if ((c->bits & BIT_FAILING) != 0) {
        c->bits &= ~(uint32_t)BIT_FAILING;
        c->timer[DUE_ANSWER] = IDLE;
    }
}

/*
 * A join came up while an MP_FAIL waits. Both ends take a third ACK that has left for a second
 * subflow, so the peer will not fall back any more: the failed one is reset (B-5).
 */
void mptcp_fail_overtaken(struct mptcp_conn *c, const struct mptcp_subflow *up)
{
    if ((c->bits & BIT_FAILING) == 0) {
        return;
    }
    mptcp_fail_moot(c);
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (s != up && s->state == SF_OPEN) {
            s->flags |= SF_CHECK_FAILED;
            mptcp_subflow_fail(s, MPTCP_E_CHECKSUM);
        }
    }
}

/* Where the mapping begins that failed; in an answer, what was DATA_ACKed last. */
uint64_t mptcp_fail_dsn(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    const struct mptcp_run *r = mptcp_runs_find(rx_base(c, i), &s->rx, s->rcv_valid);
    bool failed = (s->flags & SF_CHECK_FAILED) != 0 || (c->bits & BIT_FAILING) != 0;
    return failed && r != NULL ? mptcp_run_dsn(r).v : c->rcv_nxt.v;
}
