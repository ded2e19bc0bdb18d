/*
 * received.c - the runs that were received (received.h).
 *
 *   RUN_AHEAD    begins behind RCV.NXT: in the tree by DSN
 *   RUN_BELOW    begins at or before RCV.NXT, and nothing of it that has arrived is wanted
 *   RUN_QUEUED   moved RCV.NXT: its first octets are to be delivered, up to where the next run of
 *                the queue begins
 *   RUN_VOID     is nobody's (pool.c)
 *
 * The first octet of a run is the first one that is not done with, unless the run waits. A queued
 * run that another one has overtaken may have more octets behind RCV.NXT: it is looked at again
 * when it leaves the queue.
 */
#include "tables/received.h"
#include "tables/in_step.h"

/* RCV.NXT can't go beyond the DATA_FIN: nothing lies behind it, whatever a peer maps there. */
static int64_t up_to_fin(const struct mptcp_conn *c, int64_t n)
{
    if ((c->bits & BIT_FIN_KNOWN) == 0) {
        return n;
    }
    int64_t most = mptcp_dsn_diff(c->rcv_fin, c->rcv_nxt);
    return most < n ? most : n;
}

/* --------------------------------------------------------------- in SSN order */

/* In plain TCP nothing but the first subflow has octets, and no run says where they belong. */
static mptcp_ssn plain_done(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    bool gone = s->state == SF_GONE || c->phase == PHASE_ENDED;
    bool over = gone && !mptcp_dsn_before(c->rcv_delivered, data_end(c));
    return over ? s->rcv_nxt : ssn_received(c, c->rcv_delivered);
}

/* Moves rcv_done: to the first octet of the subflow that may still be delivered. */
static void done(const struct mptcp_conn *c, const struct mptcp_run *t, struct mptcp_subflow *s)
{
    uint16_t k = s->received.first != RUN_NONE ? s->received.first : s->received.current;
    mptcp_ssn first = s->rcv_valid;

    if (is_plain(c) && (s->flags & SF_INITIAL) != 0) {
        s->rcv_done = plain_done(c, s);
        return;
    }
    if (k != RUN_NONE && mptcp_ssn_before(mptcp_run_ssn(&t[k]), first)) {
        first = mptcp_run_ssn(&t[k]);
    }
    if (mptcp_ssn_before(s->hole_from, s->hole_to) && mptcp_ssn_before(s->hole_from, first)) {
        first = s->hole_from;
    }
    s->rcv_done = mptcp_ssn_max(s->rcv_done, first);
}

void mptcp_received_done(struct mptcp_conn *c, unsigned i)
{
    done(c, runs_of(c), subflow_at(c, i));
}

/* In the list of what has arrived run `next` follows run `last`; RUN_NONE: the end of the list. */
static void join(struct mptcp_run *t, struct mptcp_received_on *on, uint16_t last, uint16_t next)
{
    *(last == RUN_NONE ? &on->first : &t[last].link[BY_SSN][LINK_BEHIND]) = next;
    *(next == RUN_NONE ? &on->last : &t[next].link[BY_SSN][LINK_BEFORE]) = last;
}

/* Puts run k into that list, behind run `last`. */
static void list(struct mptcp_run *t, struct mptcp_received_on *on, uint16_t k, uint16_t last)
{
    uint16_t next = last == RUN_NONE ? on->first : t[last].link[BY_SSN][LINK_BEHIND];

    join(t, on, last, k);
    join(t, on, k, next);
}

static void unlist(struct mptcp_run *t, struct mptcp_received_on *on, uint16_t k)
{
    uint16_t last = t[k].link[BY_SSN][LINK_BEFORE];

    join(t, on, last, t[k].link[BY_SSN][LINK_BEHIND]);
    on->hole = on->hole == k ? last : on->hole;
}

/* Run k is in no order of its subflow any more, and is to be counted off. */
static void leave(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    if (t[k].stage == RUN_AHEAD) {
        mptcp_pool_void(c, t, k);
    } else {
        mptcp_pool_free(c, t, k);
    }
}

static void count_off(struct mptcp_conn *c, struct mptcp_subflow *s, unsigned n)
{
    mptcp_pool_count_off(c, s, SIDE_RECEIVED, n);
}

static bool has_hole(const struct mptcp_subflow *s)
{
    return mptcp_ssn_before(s->hole_from, s->hole_to);
}

/* Of run k, which is in the list or the current one, nothing is wanted any more. The current one
 * stays, as long as something may come that continues it. */
static void finish(struct mptcp_conn *c, struct mptcp_run *t, struct mptcp_subflow *s, uint16_t k)
{
    /* Octets before it that are without a mapping will not get one any more. */
    if (has_hole(s) && !mptcp_ssn_before(mptcp_run_ssn(&t[k]), s->hole_to)) {
        s->hole_from = s->hole_to;
    }
    if (k != s->received.current) {
        unlist(t, &s->received, k);
    } else if (s->state == SF_GONE) {
        s->received.current = RUN_NONE;
    } else {
        mptcp_run_advance(&t[k], t[k].len);
        return;
    }
    leave(c, t, k);
    count_off(c, s, 1);
}

/* The current run makes way for another one: all of it has arrived. */
static void retire(struct mptcp_conn *c, struct mptcp_run *t, struct mptcp_subflow *s)
{
    struct mptcp_received_on *on = &s->received;
    uint16_t k = on->current;

    on->current = RUN_NONE;
    if (k == RUN_NONE) {
        return;
    }
    if (t[k].len == 0) {
        leave(c, t, k);
        count_off(c, s, 1);
    } else {
        join(t, on, on->last, k);
        join(t, on, k, RUN_NONE);
    }
}

/* --------------------------------------------------------------- in DSN order */

static void enqueue(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    t[k].stage = RUN_QUEUED;
    t[k].link[BY_DSN][LINK_BEHIND] = RUN_NONE;
    *(c->received.queue == RUN_NONE ? &c->received.queue
                                    : &t[c->received.queue_last].link[BY_DSN][LINK_BEHIND]) = k;
    c->received.queue_last = k;
}

/*
 * RCV.NXT has reached run k, which is not in the queue, and is -from octets behind its first one:
 * what of it has arrived is new, and moves RCV.NXT, or was there before.
 */
static void reached(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k, int64_t from)
{
    struct mptcp_run *r = &t[k];
    struct mptcp_subflow *s = subflow_at(c, r->owner);
    uint32_t len = r->len;
    uint32_t n = mptcp_run_below(r, s->rcv_valid);
    int64_t end = from <= 0 ? up_to_fin(c, from + n) : 0; /* behind it: a very old one */

    bool first = k == s->received.first || k == s->received.current;

    if (end > 0) {
        c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, (uint64_t)end);
        enqueue(c, t, k);
        if (from == 0) {
            return; /* nothing of it is done with */
        }
        mptcp_run_advance(r, (uint32_t)-from);
    } else {
        r->stage = RUN_BELOW;
        if (n == len) {
            finish(c, t, s, k);
        } else {
            mptcp_run_advance(r, n);
        }
    }
    if (first) {
        done(c, t, s);
    }
}

/*
 * The usual cases, in fewer steps: run k, which RCV.NXT has reached, has arrived as a whole, and
 * begins at RCV.NXT, or lies before it and is not the first of its subflow. False if it is another
 * one.
 */
static bool reached_whole(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    struct mptcp_run *r = &t[k];
    struct mptcp_subflow *s = subflow_at(c, r->owner);
    int32_t from = (int32_t)(r->key[BY_DSN] - (uint32_t)c->rcv_nxt.v);

    if (mptcp_ssn_before(s->rcv_valid, mptcp_run_end(r))) {
        return false;
    }
    if (from == 0 && (c->bits & BIT_FIN_KNOWN) == 0) {
        c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, r->len);
        enqueue(c, t, k);
        return true;
    }
    if (from + (int32_t)r->len > 0 || k == s->received.current || k == s->received.first ||
        has_hole(s)) {
        return false;
    }
    unlist(t, &s->received, k);
    mptcp_pool_free(c, t, k);
    count_off(c, s, 1);
    return true;
}

/* What lies ahead is less than 2^31 octets from RCV.NXT. */
static int32_t ahead(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return (int32_t)(r->key[BY_DSN] - (uint32_t)c->rcv_nxt.v);
}

void mptcp_received_advance(struct mptcp_conn *c)
{
    struct mptcp_order o = order_of(c, BY_DSN);
    uint16_t k = c->received.ahead;

    if (k == RUN_NONE) {
        return;
    }
    k = mptcp_order_turn(o, k, RUN_NONE);
    while (k != RUN_NONE && ahead(c, &o.t[k]) <= 0) {
        uint16_t next = mptcp_order_next(o, k);
        if (o.t[k].stage == RUN_VOID) {
            mptcp_pool_unvoid(c, k);
        } else if (!reached_whole(c, o.t, k)) {
            reached(c, o.t, k, ahead(c, &o.t[k]));
        }
        k = next;
    }
    c->received.ahead = mptcp_order_turn(o, k, RUN_NONE);
}

/* More of run k, the current one, has arrived. */
static void grown(struct mptcp_conn *c, struct mptcp_run *t, struct mptcp_subflow *s, uint16_t k)
{
    const struct mptcp_run *r = &t[k];

    if (r->stage == RUN_BELOW) {
        reached(c, t, k, mptcp_run_behind(r, c->rcv_nxt));
    } else if (r->stage == RUN_QUEUED && k == c->received.queue_last) {
        int64_t n = mptcp_run_behind(r, c->rcv_nxt) + mptcp_run_below(r, s->rcv_valid);
        n = up_to_fin(c, n);
        c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, n > 0 ? (uint64_t)n : 0);
    }
}

/* A new run, or one that begins elsewhere now: its place by DSN. */
static void place(struct mptcp_conn *c, uint16_t k)
{
    struct mptcp_run *r = &runs_of(c)[k];

    r->stage = mptcp_run_behind(r, c->rcv_nxt) > 0 ? RUN_AHEAD : RUN_BELOW;
    if (r->stage == RUN_AHEAD) {
        mptcp_order_insert(order_of(c, BY_DSN), &c->received.ahead, k);
    }
}

/* r and m say the same of each octet that they speak of. */
static bool agrees(const struct mptcp_run *r, const struct mptcp_mapping *m)
{
    return mptcp_run_behind(r, m->dsn) == mptcp_ssn_diff(mptcp_run_ssn(r), m->ssn);
}

/* A run of subflow i for m, in no order yet; RUN_NONE if there is no place. */
static uint16_t make(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, bool urgent)
{
    uint16_t k = mptcp_pool_take(c, i, SIDE_RECEIVED, urgent);

    if (k != RUN_NONE) {
        struct mptcp_run *r = &runs_of(c)[k];
        mptcp_run_set(r, m->dsn, m->ssn);
        r->len = m->len & 0x3fffffffu;
        r->check = m->check;
        r->fin = m->fin & 1u;
    }
    return k;
}

/* The current run holds nothing, and m does not continue it: its place is free. */
static void drop_empty(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *t = runs_of(c);
    uint16_t k = s->received.current;

    if (k != RUN_NONE && t[k].len == 0) {
        s->received.current = RUN_NONE;
        leave(c, t, k);
        count_off(c, s, 1);
    }
}

/* The run of subflow i, current or announced, that begins before m's first octet; RUN_NONE. */
static uint16_t run_before(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn)
{
    const struct mptcp_received_on *on = &subflow_at(c, i)->received;
    uint16_t k = mptcp_order_upto(order_of(c, BY_SSN), on->expected, ssn.v);
    return k != RUN_NONE ? k : on->current;
}

/*
 * Takes the announced runs out of which m speaks, or that it touches at its end: they become a
 * part of it. m grows by what they say more. MPTCP_E_MAPPING if one contradicts; they are gone
 * then, and so will be the subflow.
 */
static int swallow(struct mptcp_conn *c, unsigned i, struct mptcp_mapping *m)
{
    struct mptcp_order o = order_of(c, BY_SSN);
    struct mptcp_subflow *s = subflow_at(c, i);
    uint16_t rest = mptcp_order_split(o, &s->received.expected, m->ssn.v);
    uint16_t k = mptcp_order_turn(o, rest, RUN_NONE);
    unsigned gone = 0;
    int why = MPTCP_OK;

    while (k != RUN_NONE) {
        int32_t past = mptcp_ssn_diff(mptcp_run_ssn(&o.t[k]), mptcp_mapping_end(m));
        bool same = agrees(&o.t[k], m);
        bool joins = same && o.t[k].len < RUN_LONG;
        if (past > 0 || (past == 0 && !joins)) {
            break;
        }
        if (same && !joins) {
            m->len -= (uint32_t)-past;
            break;
        }
        uint16_t next = mptcp_order_next(o, k);
        why = same ? why : MPTCP_E_MAPPING;
        if (mptcp_ssn_before(mptcp_mapping_end(m), mptcp_run_end(&o.t[k]))) {
            m->len = (uint32_t)mptcp_ssn_diff(mptcp_run_end(&o.t[k]), m->ssn);
        }
        leave(c, o.t, k);
        gone++;
        k = next;
    }
    rest = mptcp_order_turn(o, k, RUN_NONE);
    s->received.expected = mptcp_order_join(o, s->received.expected, rest);
    count_off(c, s, gone);
    return why;
}

int mptcp_received_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, bool urgent)
{
    struct mptcp_received_on *on = &subflow_at(c, i)->received;
    struct mptcp_run *t = runs_of(c);
    struct mptcp_mapping rest = *m;
    uint16_t k = run_before(c, i, m->ssn);
    int32_t past = k != RUN_NONE ? mptcp_ssn_diff(m->ssn, mptcp_run_end(&t[k])) : 1;

    if (past < 0) {
        if (!agrees(&t[k], m)) {
            return MPTCP_E_MAPPING;
        }
        if (-past >= (int32_t)m->len) {
            return MPTCP_OK;
        }
        rest.ssn = mptcp_run_end(&t[k]);
        rest.dsn = mptcp_dsn_add(m->dsn, (uint32_t)-past);
        rest.len -= (uint32_t)-past;
    }
    bool touches = past <= 0 && agrees(&t[k], m) && t[k].len < RUN_LONG;
    if (!touches) {
        drop_empty(c, i);
        if (!mptcp_pool_room(c, i, SIDE_RECEIVED, urgent)) {
            return MPTCP_E_FULL;
        }
    }
    int why = on->expected == RUN_NONE ? MPTCP_OK : swallow(c, i, &rest);
    if (why != MPTCP_OK || rest.len == 0) {
        return why;
    }
    if (touches) {
        mptcp_run_lengthen(&t[k], rest.len);
        return MPTCP_OK;
    }
    k = make(c, i, &rest, urgent);
    mptcp_order_insert(order_of(c, BY_SSN), &on->expected, k);
    place(c, k);
    return MPTCP_OK;
}

int mptcp_received_add_whole(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m,
                             bool urgent)
{
    drop_empty(c, i);
    uint16_t k = make(c, i, m, urgent);
    if (k == RUN_NONE) {
        return MPTCP_E_FULL;
    }
    mptcp_order_insert(order_of(c, BY_SSN), &subflow_at(c, i)->received.expected, k);
    place(c, k);
    return MPTCP_OK;
}

int mptcp_received_add_late(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn from = mptcp_ssn_max(m->ssn, s->hole_from);
    int32_t skip = mptcp_ssn_diff(from, m->ssn);
    int32_t last = mptcp_ssn_diff(s->hole_to, m->ssn);
    int32_t end = last < (int32_t)m->len ? last : (int32_t)m->len;

    if (end <= skip) {
        return MPTCP_OK;
    }
    struct mptcp_mapping part =
        mptcp_mapping_of(mptcp_dsn_add(m->dsn, (uint32_t)skip), from, (uint32_t)(end - skip));
    uint16_t k = make(c, i, &part, true);
    if (k == RUN_NONE) {
        return MPTCP_E_FULL;
    }
    list(runs_of(c), &s->received, k, s->received.hole);
    if (mptcp_ssn_eq(from, s->hole_from)) {
        s->received.hole = k;
        s->hole_from = mptcp_mapping_end(&part);
    } else {
        s->hole_to = from; /* of two holes the first one stays */
    }
    place(c, k);
    if (runs_of(c)[k].stage == RUN_BELOW) {
        reached(c, runs_of(c), k, mptcp_run_behind(&runs_of(c)[k], c->rcv_nxt));
    }
    mptcp_received_advance(c);
    return MPTCP_OK;
}

/* -------------------------------------------------------------------- arrival */

/* Octets from `from` to `to` of a subflow have arrived without a mapping, behind all runs. */
static void hole(struct mptcp_subflow *s, mptcp_ssn from, mptcp_ssn to)
{
    /* Of two holes the second one stays: the first will not get a mapping any more. */
    if (!has_hole(s) || !mptcp_ssn_eq(s->hole_to, from)) {
        s->hole_from = from;
        s->received.hole = s->received.last;
    }
    s->hole_to = to;
}

/* Octets from `from` to `to` have arrived, beyond the current run. */
static bool arrived_beyond(struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn from,
                           mptcp_ssn to)
{
    struct mptcp_order o = order_of(c, BY_SSN);
    struct mptcp_received_on *on = &s->received;
    uint16_t k = mptcp_order_turn(o, on->expected, RUN_NONE);
    bool mapped = true;

    if (on->current != RUN_NONE) {
        from = mptcp_run_end(&o.t[on->current]);
    }
    while (k != RUN_NONE && mptcp_ssn_before(mptcp_run_ssn(&o.t[k]), to)) {
        uint16_t next = mptcp_order_next(o, k);
        retire(c, o.t, s);
        if (mptcp_ssn_before(from, mptcp_run_ssn(&o.t[k]))) {
            hole(s, from, mptcp_run_ssn(&o.t[k]));
            mapped = false;
        }
        from = mptcp_run_end(&o.t[k]);
        on->current = k;
        grown(c, o.t, s, k);
        k = next;
    }
    on->expected = mptcp_order_turn(o, k, RUN_NONE);
    if (mptcp_ssn_before(from, to)) {
        retire(c, o.t, s);
        hole(s, from, to);
        mapped = false;
    }
    return mapped;
}

bool mptcp_received_arrived(struct mptcp_conn *c, unsigned i, mptcp_ssn to)
{
    struct mptcp_run *t = runs_of(c);
    struct mptcp_subflow *s = subflow_at(c, i);
    uint16_t k = s->received.current;
    mptcp_ssn from = s->rcv_valid;

    bool mapped = true;

    s->rcv_valid = to;
    if (k != RUN_NONE) {
        grown(c, t, s, k);
    }
    if (k == RUN_NONE || mptcp_ssn_before(mptcp_run_end(&t[k]), to)) {
        mapped = arrived_beyond(c, s, from, to);
        done(c, t, s);
    }
    mptcp_received_advance(c);
    return mapped;
}

void mptcp_received_verified(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_order o = order_of(c, BY_SSN);
    struct mptcp_subflow *s = subflow_at(c, i);
    uint16_t k = mptcp_order_turn(o, s->received.expected, RUN_NONE);
    uint16_t next = mptcp_order_next(o, k);
    uint16_t current = s->received.current;
    struct mptcp_run *r = &o.t[k];
    struct mptcp_mapping m =
        mptcp_mapping_of(mptcp_run_dsn(r, c->rcv_nxt), mptcp_run_ssn(r), r->len);

    s->received.expected = mptcp_order_turn(o, next, RUN_NONE);
    s->rcv_valid = mptcp_run_end(r);
    if (current != RUN_NONE && mptcp_ssn_eq(mptcp_run_end(&o.t[current]), m.ssn) &&
        agrees(&o.t[current], &m) && o.t[current].len < RUN_LONG) {
        mptcp_run_lengthen(&o.t[current], m.len);
        leave(c, o.t, k);
        count_off(c, s, 1);
    } else {
        retire(c, o.t, s);
        s->received.current = k;
    }
    grown(c, o.t, s, s->received.current);
    done(c, o.t, s);
}

void mptcp_received_unmapped(struct mptcp_conn *c, unsigned i, mptcp_ssn to)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    retire(c, runs_of(c), s);
    hole(s, s->rcv_valid, to);
    s->rcv_valid = to;
    done(c, runs_of(c), s);
}

/* ------------------------------------------------------------------- forgetting */

static void forget_expected(struct mptcp_conn *c, struct mptcp_run *t, struct mptcp_subflow *s)
{
    struct mptcp_order o = {t, c->rank_secret, BY_SSN};
    uint16_t k = mptcp_order_turn(o, s->received.expected, RUN_NONE);
    unsigned gone = 0;

    while (k != RUN_NONE) {
        uint16_t next = mptcp_order_next(o, k);
        leave(c, t, k);
        gone++;
        k = next;
    }
    s->received.expected = s->received.hole = RUN_NONE;
    s->hole_from = s->hole_to;
    count_off(c, s, gone);
}

void mptcp_received_cut(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_run *t = runs_of(c);
    struct mptcp_subflow *s = subflow_at(c, i);
    uint16_t k = s->received.current;

    forget_expected(c, t, s);
    if (k != RUN_NONE) {
        uint32_t n = mptcp_run_below(&t[k], s->rcv_valid);
        if (n == 0) {
            s->received.current = RUN_NONE;
            leave(c, t, k);
            count_off(c, s, 1);
        } else {
            t[k].len = n & 0x3fffffffu;
        }
    }
    s->rcv_valid = s->rcv_nxt;
    done(c, t, s);
}

void mptcp_received_forget(struct mptcp_conn *c)
{
    struct mptcp_order o = order_of(c, BY_DSN);
    uint16_t k;

    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        forget_expected(c, o.t, s);
        for (k = s->received.first; k != RUN_NONE;) {
            uint16_t next = o.t[k].link[BY_SSN][LINK_BEHIND];
            leave(c, o.t, k);
            k = next;
        }
        if (s->received.current != RUN_NONE) {
            leave(c, o.t, s->received.current);
        }
        s->received.first = s->received.last = s->received.current = RUN_NONE;
        s->rcv_done = s->rcv_valid = s->rcv_nxt;
        count_off(c, s, s->received.count);
    }
    for (k = mptcp_order_turn(o, c->received.ahead, RUN_NONE); k != RUN_NONE;) {
        uint16_t next = mptcp_order_next(o, k);
        mptcp_pool_unvoid(c, k);
        k = next;
    }
    c->received.ahead = c->received.queue = c->received.queue_last = RUN_NONE;
}

/* ------------------------------------------------------------------- questions */

const struct mptcp_run *mptcp_received_next(const struct mptcp_conn *c, unsigned i)
{
    uint16_t k = mptcp_order_first(order_of(c, BY_SSN), subflow_at(c, i)->received.expected);
    return k != RUN_NONE ? &runs_of(c)[k] : NULL;
}

const struct mptcp_run *mptcp_received_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn)
{
    uint16_t k = run_before(c, i, ssn);
    const struct mptcp_run *r = k != RUN_NONE ? &runs_of(c)[k] : NULL;
    return r != NULL && !mptcp_ssn_before(ssn, mptcp_run_ssn(r)) &&
                   mptcp_ssn_before(ssn, mptcp_run_end(r))
               ? r
               : NULL;
}

struct mptcp_run *mptcp_received_overlap(const struct mptcp_conn *c, unsigned i,
                                         const struct mptcp_mapping *m)
{
    uint16_t k = run_before(c, i, mptcp_ssn_of(mptcp_mapping_end(m).v - 1));
    struct mptcp_run *r = k != RUN_NONE ? &runs_of(c)[k] : NULL;
    return r != NULL && mptcp_ssn_before(m->ssn, mptcp_run_end(r)) ? r : NULL;
}

unsigned mptcp_received_count(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_received_on *on = &subflow_at(c, i)->received;
    bool empty = on->current != RUN_NONE && runs_of(c)[on->current].len == 0;
    return on->count - (unsigned)empty;
}

/* -------------------------------------------------------------------- delivery */

uint32_t mptcp_received_deliverable(const struct mptcp_conn *c, unsigned *slot, mptcp_ssn *ssn)
{
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = c->received.queue;
    mptcp_dsn end = data_end(c);

    if (k == RUN_NONE || !mptcp_dsn_before(c->rcv_delivered, end)) {
        return 0;
    }
    const struct mptcp_run *r = &t[k];
    uint16_t next = r->link[BY_DSN][LINK_BEHIND];
    *slot = r->owner;
    *ssn = mptcp_run_ssn(r);
    if (next == RUN_NONE) {
        return mptcp_span(c->rcv_delivered, end);
    }
    uint32_t n = r->len;
    uint32_t most = t[next].key[BY_DSN] - r->key[BY_DSN];
    return n < most ? n : most;
}

void mptcp_received_delivered(struct mptcp_conn *c, uint32_t n)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = c->received.queue;
    struct mptcp_subflow *s = subflow_at(c, t[k].owner);
    uint16_t next = t[k].link[BY_DSN][LINK_BEHIND];

    c->rcv_delivered = mptcp_dsn_add(c->rcv_delivered, n);
    mptcp_run_advance(&t[k], n);
    bool over = next != RUN_NONE ? t[next].key[BY_DSN] == (uint32_t)c->rcv_delivered.v
                                 : !mptcp_dsn_before(c->rcv_delivered, data_end(c));
    if (over) {
        c->received.queue = next;
        c->received.queue_last = next == RUN_NONE ? RUN_NONE : c->received.queue_last;
        reached(c, t, k, mptcp_run_behind(&t[k], c->rcv_nxt));
        mptcp_received_advance(c);
    }
    done(c, t, s);
}
