/*
 * sent.c - enters, searches and removes the runs that were sent (sent.h).
 *
 *   RUN_IN_FLIGHT   in its subflow's tree and in the list by DSN
 *   RUN_COPIED      only in its subflow's tree: it is DATA_ACKed, and TCP has a copy of its octets,
 *                   so the application need not keep them (mptcp_on_copied)
 *   RUN_ACKED       in its subflow's pile `acked`, and in the list by DSN
 */
#include "tables/sent.h"
#include "tables/order.h"
#include "tables/unheld.h"
#include "wire/apart.h"

/* True if all octets of r are DATA_ACKed. */
static bool is_data_acked(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return mptcp_run_end_from(r, c->snd_una) <= 0;
}

/* ------------------------------------------------------------- the list by DSN */

/* Removes run k from the list by DSN; sent.una and sent.look move to the next run if they are k. */
static void unlist(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    uint16_t next = t[k].link[BY_DSN][LINK_AFTER];

    mptcp_list_join(t, BY_DSN, &c->sent.list, t[k].link[BY_DSN][LINK_BEFORE], next);
    c->sent.una = c->sent.una == k ? next : c->sent.una;
    c->sent.look = c->sent.look == k ? next : c->sent.look;
}

/* Frees run k, which is neither in its subflow's tree nor in its pile any more. */
static void leave(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    if (t[k].stage != RUN_COPIED) {
        unlist(c, t, k);
    }
    mptcp_pool_free(c, k);
}

/* Removes run k, which is RUN_ACKED and not in the list by DSN any more, from its pile; frees it.
 */
static void finish_acked(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    struct mptcp_subflow *s = subflow_at(c, t[k].owner);

    mptcp_pile_take(t, &s->sent.acked, k);
    mptcp_pool_free(c, k);
    mptcp_pool_count_off(c, s, SIDE_SENT, 1);
}

/* ------------------------------------------------- search, entry, acknowledgement */

const struct mptcp_run *mptcp_sent_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn)
{
    const struct mptcp_sent_on *on = &subflow_at(c, i)->sent;
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = on->last;

    /* The octet is nearly always in the newest run. */
    if (k == RUN_NONE || mptcp_ssn_before(ssn, mptcp_run_ssn(&t[k]))) {
        k = mptcp_order_upto(c, BY_SSN, on->in_flight, ssn.v);
    }
    return k != RUN_NONE && mptcp_ssn_before(ssn, mptcp_run_end(&t[k])) ? &t[k] : NULL;
}

/* Returns the run in the list by DSN before which a run that begins at dsn is to be inserted, if
 * its octets were given to a subflow before; RUN_NONE: at the end. */
static uint16_t place_of(const struct mptcp_conn *c, mptcp_dsn dsn)
{
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = mptcp_unheld_at(c, dsn) ? c->sent.look : c->sent.una;

    while (k != RUN_NONE && mptcp_run_from(&t[k], dsn) <= 0) {
        k = t[k].link[BY_DSN][LINK_AFTER];
    }
    return k;
}

void mptcp_sent_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, uint16_t unit,
                    bool again)
{
    struct mptcp_sent_on *on = &subflow_at(c, i)->sent;
    struct mptcp_sent *all = &c->sent;
    uint16_t k = mptcp_pool_take(c, i, SIDE_SENT, mptcp_dsn_eq(m->dsn, c->snd_una));

    if (k == RUN_NONE) {
        return;
    }
    struct mptcp_run *t = runs_of(c);
    struct mptcp_run *r = &t[k];
    uint16_t next = again ? place_of(c, m->dsn) : RUN_NONE;
    uint16_t last = next == RUN_NONE ? all->list.last : t[next].link[BY_DSN][LINK_BEFORE];
    mptcp_run_set(r, m->dsn, m->ssn);
    r->len = m->len & LENGTH_MAX;
    r->unit = unit;
    r->stage = RUN_IN_FLIGHT;
    mptcp_order_insert(c, BY_SSN, &on->in_flight, k);
    on->last = k;
    mptcp_list_put(t, BY_DSN, &all->list, k, last, next);
    all->una = all->una == next ? k : all->una;
    all->look = !again && all->look == RUN_NONE ? k : all->look;
}

/* Removes the runs from the tree of s that its SND.UNA has passed: frees those that are DATA_ACKed,
 * and puts the others on the pile. */
static MPTCP_APART void pass_acked(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = mptcp_order_open(c, BY_SSN, s->sent.in_flight);
    unsigned gone = 0;

    while (k != RUN_NONE && !mptcp_ssn_before(s->snd_una, mptcp_run_end(&t[k]))) {
        uint16_t next = mptcp_order_next(c, BY_SSN, k);
        if (is_data_acked(c, &t[k])) {
            leave(c, t, k);
            gone++;
        } else {
            t[k].stage = RUN_ACKED;
            mptcp_pile_put(t, &s->sent.acked, k);
        }
        s->sent.last = s->sent.last == k ? RUN_NONE : s->sent.last;
        k = next;
    }
    s->sent.in_flight = mptcp_order_close(c, BY_SSN, k);
    mptcp_pool_count_off(c, s, SIDE_SENT, gone);
}

void mptcp_sent_acked(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    uint16_t k = mptcp_order_first(c, BY_SSN, s->sent.in_flight);

    /* Often only a part of the first run is acknowledged: then no run is passed. */
    if (k != RUN_NONE && !mptcp_ssn_before(s->snd_una, mptcp_run_end(&runs_of(c)[k]))) {
        pass_acked(c, s);
    }
}

/* Moves sent.una over the runs that are wholly DATA_ACKed, frees those of them that are RUN_ACKED,
 * and keeps the others in the list. */
static MPTCP_APART void pass_data_acked(struct mptcp_conn *c)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = c->sent.una;
    bool looked = false;
    uint16_t last = t[k].link[BY_DSN][LINK_BEFORE];
    while (k != RUN_NONE && is_data_acked(c, &t[k])) {
        uint16_t next = t[k].link[BY_DSN][LINK_AFTER];
        looked |= k == c->sent.look;
        if (t[k].stage == RUN_ACKED) {
            finish_acked(c, t, k);
        } else {
            mptcp_list_join(t, BY_DSN, &c->sent.list, last, k);
            last = k;
        }
        k = next;
    }
    mptcp_list_join(t, BY_DSN, &c->sent.list, last, k);
    c->sent.una = k;
    c->sent.look = looked ? k : c->sent.look;
}

/* Frees the runs from k on, `looks` of them at most, that are RUN_ACKED and end at or before dsn.
 */
static MPTCP_APART void free_acked(struct mptcp_conn *c, uint16_t k, mptcp_dsn dsn, unsigned looks)
{
    struct mptcp_run *t = runs_of(c);

    while (looks-- > 0 && k != RUN_NONE && mptcp_run_from(&t[k], dsn) < 0) {
        uint16_t next = t[k].link[BY_DSN][LINK_AFTER];
        if (t[k].stage == RUN_ACKED && mptcp_run_end_from(&t[k], dsn) <= 0) {
            unlist(c, t, k);
            finish_acked(c, t, k);
        }
        k = next;
    }
}

/*
 * Octets of the run that is then sent.una may have been sent again in pieces, which stand behind it
 * and would keep the runs that the next pieces need. A few are checked; what is left is checked at
 * the next DATA_ACK, and those in flight are freed when TCP has acknowledged them.
 */
void mptcp_sent_data_acked(struct mptcp_conn *c)
{
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = c->sent.una;

    if (k != RUN_NONE && is_data_acked(c, &t[k])) {
        pass_data_acked(c);
        k = c->sent.una;
    }
    if (k != RUN_NONE && t[k].link[BY_DSN][LINK_AFTER] != RUN_NONE) {
        free_acked(c, t[k].link[BY_DSN][LINK_AFTER], c->snd_una, 8);
    }
}

/* Returns how many octets of r, from its start on, TCP will not read from the application again:
 * those before `copied`, which is never less than the subflow's SND.UNA. */
static uint32_t needless_of(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return r->stage == RUN_ACKED ? r->len : mptcp_run_below(r, subflow_at(c, r->owner)->copied);
}

/* Removes run k, which is DATA_ACKed and whose octets TCP will not read again, from the list by
 * DSN; frees it if TCP has acknowledged it. */
static MPTCP_APART void let_go(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    unlist(c, t, k);
    if (t[k].stage == RUN_ACKED) {
        finish_acked(c, t, k);
    } else {
        t[k].stage = RUN_COPIED;
    }
}

/*
 * The list is in the order of first octets. So the limit is the first octet that TCP may read again
 * in the first run that has such octets; or a smaller one in a later run that begins before that
 * limit. Few runs do: at most 8 are checked, then the limit is the start of the last one.
 */
mptcp_dsn mptcp_sent_free_limit(struct mptcp_conn *c, bool whole)
{
    struct mptcp_run *t = runs_of(c);
    int64_t limit = 0; /* octets after SND.UNA; never positive */
    unsigned looks = 8;
    uint16_t next;

    for (uint16_t k = c->sent.list.first; k != RUN_NONE; k = next) {
        struct mptcp_run *r = &t[k];
        int64_t from = mptcp_run_from(r, c->snd_una);
        if (from >= limit) {
            break;
        }
        uint32_t needless = needless_of(c, r);
        next = r->link[BY_DSN][LINK_AFTER];
        if (needless == r->len && from + (int64_t)r->len <= 0) {
            let_go(c, t, k);
        } else if (--looks == 0) {
            limit = from;
            break;
        } else if (needless < r->len) {
            int64_t keep = from + needless - (whole ? needless % r->unit : 0);
            limit = keep < limit ? keep : limit;
        }
    }
    return mptcp_dsn_add(c->snd_una, (uint64_t)limit);
}

bool mptcp_sent_drop(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *t = runs_of(c);
    unsigned gone = s->sent.count;
    uint16_t k = mptcp_order_open(c, BY_SSN, s->sent.in_flight);

    while (k != RUN_NONE) {
        uint16_t next = mptcp_order_next(c, BY_SSN, k);
        leave(c, t, k);
        k = next;
    }
    for (k = s->sent.acked; k != RUN_NONE;) {
        uint16_t next = t[k].link[BY_SSN][LINK_AFTER];
        leave(c, t, k);
        k = next;
    }
    s->sent.in_flight = s->sent.last = s->sent.acked = RUN_NONE;
    mptcp_pool_count_off(c, s, SIDE_SENT, gone);
    mptcp_sent_data_acked(c); /* sent.una may now be a run that is DATA_ACKed: move it on */
    return gone > 0;
}

void mptcp_sent_lost(struct mptcp_conn *c, mptcp_dsn dsn)
{
    free_acked(c, c->sent.una, dsn, UINT16_MAX);
    mptcp_sent_data_acked(c);
}

mptcp_dsn mptcp_sent_acked_end(const struct mptcp_conn *c)
{
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = c->sent.una;

    for (unsigned looks = 0; k != RUN_NONE && looks < 64; looks++) {
        int64_t from = mptcp_run_from(&t[k], c->snd_una);
        int64_t end = from + mptcp_sent_run_acked(c, &t[k]);
        if (from > 0) {
            break;
        }
        if (end > 0) {
            return mptcp_dsn_add(c->snd_una, (uint64_t)end);
        }
        k = t[k].link[BY_DSN][LINK_AFTER];
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
    bool follows = mptcp_run_end_from(r, dsn) == 0 && !mptcp_dsn_eq(dsn, c->snd_una);
    return follows && r->unit == s->mapping && r->len < RUN_LONG ? r : NULL;
}

bool mptcp_sent_room(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn)
{
    return mptcp_sent_tail(c, i, dsn) != NULL ||
           mptcp_pool_room(c, i, SIDE_SENT, mptcp_dsn_eq(dsn, c->snd_una));
}
