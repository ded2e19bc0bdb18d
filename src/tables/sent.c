/*
 * sent.c - the runs that were sent (sent.h).
 *
 *   RUN_FLYING   in its subflow's tree and in the list by DSN
 *   RUN_COPIED   in its subflow's tree alone: it is DATA_ACKed, and TCP needs the application's
 *                octets no more (mptcp_on_copied)
 *   RUN_ACKED    in its subflow's list of those, and in the list by DSN
 */
#include "tables/sent.h"

static mptcp_dsn dsn_of(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return mptcp_run_dsn(r, c->snd_una);
}

static bool is_data_acked(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return mptcp_run_behind(r, c->snd_una) + (int64_t)r->len <= 0;
}

/* ------------------------------------------------------------- the list by DSN */

/* In the list run `next` follows run `last`; RUN_NONE: the end of the list. */
static void join(struct mptcp_conn *c, struct mptcp_run *t, uint16_t last, uint16_t next)
{
    *(last == RUN_NONE ? &c->sent.first : &t[last].link[BY_DSN][LINK_BEHIND]) = next;
    *(next == RUN_NONE ? &c->sent.last : &t[next].link[BY_DSN][LINK_BEFORE]) = last;
}

/* Puts run k before run `next`, or at the end. */
static void list(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k, uint16_t next)
{
    uint16_t last = next == RUN_NONE ? c->sent.last : t[next].link[BY_DSN][LINK_BEFORE];

    join(c, t, last, k);
    join(c, t, k, next);
    if (c->sent.una == next) {
        c->sent.una = k;
    }
}

static void unlist(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    uint16_t next = t[k].link[BY_DSN][LINK_BEHIND];

    join(c, t, t[k].link[BY_DSN][LINK_BEFORE], next);
    c->sent.una = c->sent.una == k ? next : c->sent.una;
    c->sent.look = c->sent.look == k ? next : c->sent.look;
}

/* ------------------------------------------------- what a subflow acknowledged */

static void put_acked(struct mptcp_run *t, struct mptcp_subflow *s, uint16_t k)
{
    uint16_t next = s->sent.acked;

    t[k].stage = RUN_ACKED;
    t[k].link[BY_SSN][LINK_BEFORE] = RUN_NONE;
    t[k].link[BY_SSN][LINK_BEHIND] = next;
    if (next != RUN_NONE) {
        t[next].link[BY_SSN][LINK_BEFORE] = k;
    }
    s->sent.acked = k;
}

/* Run k, acknowledged and in the list by DSN no more, goes. */
static void finish_acked(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    struct mptcp_subflow *s = subflow_at(c, t[k].owner);
    uint16_t last = t[k].link[BY_SSN][LINK_BEFORE];
    uint16_t next = t[k].link[BY_SSN][LINK_BEHIND];

    *(last == RUN_NONE ? &s->sent.acked : &t[last].link[BY_SSN][LINK_BEHIND]) = next;
    if (next != RUN_NONE) {
        t[next].link[BY_SSN][LINK_BEFORE] = last;
    }
    mptcp_pool_free(c, t, k);
    mptcp_pool_count_off(c, s, SIDE_SENT, 1);
}

/* ----------------------------------------------------------------- the events */

const struct mptcp_run *mptcp_sent_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn)
{
    const struct mptcp_sent_on *on = &subflow_at(c, i)->sent;
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = on->last;

    /* Nearly always asked for the newest. */
    if (k == RUN_NONE || mptcp_ssn_before(ssn, mptcp_run_ssn(&t[k]))) {
        k = mptcp_order_upto(order_of(c, BY_SSN), on->flying, ssn.v);
    }
    return k != RUN_NONE && mptcp_ssn_before(ssn, mptcp_run_end(&t[k])) ? &t[k] : NULL;
}

void mptcp_sent_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, uint16_t unit,
                    bool again)
{
    struct mptcp_sent_on *on = &subflow_at(c, i)->sent;
    bool head = mptcp_dsn_eq(m->dsn, c->snd_una);
    uint16_t k = mptcp_pool_take(c, i, SIDE_SENT, head);

    if (k == RUN_NONE) {
        return;
    }
    struct mptcp_run *t = runs_of(c);
    struct mptcp_run *r = &t[k];
    mptcp_run_set(r, m->dsn, m->ssn);
    r->len = m->len & 0x3fffffffu;
    r->unit = unit;
    r->stage = RUN_FLYING;
    mptcp_order_insert(order_of(c, BY_SSN), &on->flying, k);
    on->last = k;
    list(c, t, k, again ? c->sent.look : RUN_NONE);
    if (!again && c->sent.look == RUN_NONE) {
        c->sent.look = k;
    }
}

void mptcp_sent_acked(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_order o = order_of(c, BY_SSN);
    struct mptcp_subflow *s = subflow_at(c, i);
    uint16_t k = mptcp_order_turn(o, s->sent.flying, RUN_NONE);
    unsigned gone = 0;

    while (k != RUN_NONE && !mptcp_ssn_before(s->snd_una, mptcp_run_end(&o.t[k]))) {
        uint16_t next = mptcp_order_next(o, k);
        if (!is_data_acked(c, &o.t[k])) {
            put_acked(o.t, s, k);
        } else {
            if (o.t[k].stage != RUN_COPIED) {
                unlist(c, o.t, k);
            }
            mptcp_pool_free(c, o.t, k);
            gone++;
        }
        if (k == s->sent.last) {
            s->sent.last = RUN_NONE;
        }
        k = next;
    }
    s->sent.flying = mptcp_order_turn(o, k, RUN_NONE);
    mptcp_pool_count_off(c, s, SIDE_SENT, gone);
}

void mptcp_sent_data_acked(struct mptcp_conn *c)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = c->sent.una;
    bool looked = false;

    if (k == RUN_NONE || !is_data_acked(c, &t[k])) {
        return;
    }
    uint16_t last = t[k].link[BY_DSN][LINK_BEFORE];
    while (k != RUN_NONE && is_data_acked(c, &t[k])) {
        uint16_t next = t[k].link[BY_DSN][LINK_BEHIND];
        looked |= k == c->sent.look;
        if (t[k].stage == RUN_ACKED) {
            finish_acked(c, t, k);
        } else {
            join(c, t, last, k);
            last = k;
        }
        k = next;
    }
    join(c, t, last, k);
    c->sent.una = k;
    c->sent.look = looked ? k : c->sent.look;
}

/* How many octets of r TCP will not ask for again. */
static uint32_t needless_of(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    const struct mptcp_subflow *s = subflow_at(c, r->owner);
    uint32_t acked = mptcp_sent_run_acked(c, r);
    uint32_t copied = mptcp_run_below(r, s->copied);
    return acked > copied ? acked : copied;
}

/*
 * The list is in the order of first octets, so the limit is where the first run is not acknowledged
 * that is not; unless a part of it is, and runs begin in that part. Of those few are looked at.
 */
mptcp_dsn mptcp_sent_free_limit(struct mptcp_conn *c, bool whole)
{
    struct mptcp_run *t = runs_of(c);
    mptcp_dsn limit = c->snd_una;
    unsigned looks = 8;

    for (uint16_t k = c->sent.first; k != RUN_NONE && mptcp_dsn_before(dsn_of(c, &t[k]), limit);) {
        struct mptcp_run *r = &t[k];
        uint32_t needless = needless_of(c, r);
        uint16_t next = r->link[BY_DSN][LINK_BEHIND];
        if (needless == r->len && is_data_acked(c, r) && r->stage == RUN_ACKED) {
            unlist(c, t, k); /* a longer one before it is not DATA_ACKed */
            finish_acked(c, t, k);
        } else if (needless == r->len && is_data_acked(c, r)) {
            r->stage = RUN_COPIED;
            unlist(c, t, k);
        } else if (--looks == 0) {
            return dsn_of(c, r);
        } else if (needless < r->len) {
            needless -= whole ? needless % r->unit : 0;
            limit = mptcp_dsn_min(limit, mptcp_dsn_add(dsn_of(c, r), needless));
        }
        k = next;
    }
    return limit;
}

bool mptcp_sent_drop(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_order o = order_of(c, BY_SSN);
    struct mptcp_subflow *s = subflow_at(c, i);
    unsigned gone = s->sent.count;
    uint16_t k = mptcp_order_turn(o, s->sent.flying, RUN_NONE);

    while (k != RUN_NONE) {
        uint16_t next = mptcp_order_next(o, k);
        if (o.t[k].stage != RUN_COPIED) {
            unlist(c, o.t, k);
        }
        mptcp_pool_free(c, o.t, k);
        k = next;
    }
    for (k = s->sent.acked; k != RUN_NONE;) {
        uint16_t next = o.t[k].link[BY_SSN][LINK_BEHIND];
        unlist(c, o.t, k);
        mptcp_pool_free(c, o.t, k);
        k = next;
    }
    s->sent.flying = s->sent.last = s->sent.acked = RUN_NONE;
    mptcp_pool_count_off(c, s, SIDE_SENT, gone);
    mptcp_sent_data_acked(c); /* what stood behind a longer one */
    return gone > 0;
}

void mptcp_sent_lost(struct mptcp_conn *c, mptcp_dsn dsn)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = c->sent.una;

    while (k != RUN_NONE && mptcp_run_behind(&t[k], dsn) < 0) {
        uint16_t next = t[k].link[BY_DSN][LINK_BEHIND];
        if (t[k].stage == RUN_ACKED && mptcp_run_behind(&t[k], dsn) + (int64_t)t[k].len <= 0) {
            unlist(c, t, k);
            finish_acked(c, t, k);
        }
        k = next;
    }
    mptcp_sent_data_acked(c);
}

mptcp_dsn mptcp_sent_acked_end(const struct mptcp_conn *c)
{
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = c->sent.una;

    for (unsigned looks = 0; k != RUN_NONE && looks < 64; looks++) {
        int64_t from = mptcp_run_behind(&t[k], c->snd_una);
        int64_t acked = mptcp_sent_run_acked(c, &t[k]);
        if (from > 0) {
            break;
        }
        if (from + acked > 0) {
            return mptcp_dsn_add(c->snd_una, (uint64_t)(from + acked));
        }
        k = t[k].link[BY_DSN][LINK_BEHIND];
    }
    return c->snd_una;
}

struct mptcp_run *mptcp_sent_tail(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if (s->sent.last == RUN_NONE || (s->flags & SF_TAIL_SHORT) != 0) {
        return NULL;
    }
    struct mptcp_run *r = &runs_of(c)[s->sent.last];
    bool follows =
        mptcp_run_behind(r, dsn) + (int64_t)r->len == 0 && !mptcp_dsn_eq(dsn, c->snd_una);
    return follows && r->unit == s->mapping && r->len < RUN_LONG ? r : NULL;
}

bool mptcp_sent_room(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn)
{
    return mptcp_sent_tail(c, i, dsn) != NULL ||
           mptcp_pool_room(c, i, SIDE_SENT, mptcp_dsn_eq(dsn, c->snd_una));
}
