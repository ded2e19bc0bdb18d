/*
 * received.c - received runs, from their first octet's arrival to their last octet's delivery
 * (received.h). announced.c keeps runs before anything of them arrives; forgotten.c removes runs
 * that will not be delivered.
 *
 *   RUN_AHEAD    begins after RCV.NXT: in the tree by DSN
 *   RUN_BELOW    begins at or before RCV.NXT, and no octet of it that has arrived can be delivered
 *   RUN_QUEUED   moved RCV.NXT: its octets are to be delivered, up to where the next run of the
 *                queue begins
 *   RUN_VOID     belongs to no subflow any more (pool.c)
 *
 * Octets that were delivered or are duplicates are cut off the front of a run, unless it is
 * RUN_AHEAD. A queued run may grow after another run has joined the queue behind it. Its new octets
 * after RCV.NXT become a run of their own; if none is left, they are checked against RCV.NXT when
 * it leaves the queue.
 */
#include "tables/received.h"
#include "tables/in_step.h"
#include "tables/order.h"
#include "tables/reach.h"
#include "wire/apart.h"

extern MPTCP_INLINE void mptcp_received_leave(struct mptcp_conn *c, uint16_t k);

/* --------------------------------------------------------------- in SSN order */

/* Returns rcv_done of the first subflow in plain TCP, where there are no runs: it follows from
 * rcv_delivered, since SSNs and DSNs run in step. */
static mptcp_ssn plain_done(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    bool gone = s->state == SF_GONE || c->phase == PHASE_ENDED;
    bool over = gone && !mptcp_dsn_before(c->rcv_delivered, data_end(c));
    return over ? s->rcv_nxt : ssn_received(c, c->rcv_delivered);
}

/* True if octets of s have arrived without a mapping, and may still get one. */
static bool has_hole(const struct mptcp_subflow *s)
{
    return mptcp_ssn_before(s->hole_from, s->hole_to);
}

/* Moves rcv_done to the first octet of s that may still be delivered. */
static void done(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    uint16_t k = s->received.arrived.first;
    mptcp_ssn first = s->rcv_valid;

    if (is_plain(c) && (s->flags & SF_INITIAL) != 0) {
        s->rcv_done = plain_done(c, s);
        return;
    }
    k = k != RUN_NONE ? k : s->received.current;
    if (k != RUN_NONE) {
        first = mptcp_ssn_min(first, mptcp_run_ssn(&runs_of(c)[k]));
    }
    if (has_hole(s)) {
        first = mptcp_ssn_min(first, s->hole_from);
    }
    s->rcv_done = mptcp_ssn_max(s->rcv_done, first);
}

void mptcp_received_done(struct mptcp_conn *c, unsigned i)
{
    done(c, subflow_at(c, i));
}

/* Enters run k into the list of whole runs, after run `last`; RUN_NONE: at its start. */
static void list(struct mptcp_run *t, struct mptcp_received_on *on, uint16_t k, uint16_t last)
{
    uint16_t next = last == RUN_NONE ? on->arrived.first : t[last].link[BY_SSN][LINK_AFTER];
    mptcp_list_put(t, BY_SSN, &on->arrived, k, last, next);
}

/* Removes run k from the list of whole runs. */
static void unlist(struct mptcp_run *t, struct mptcp_received_on *on, uint16_t k)
{
    uint16_t last = t[k].link[BY_SSN][LINK_BEFORE];

    mptcp_list_join(t, BY_SSN, &on->arrived, last, t[k].link[BY_SSN][LINK_AFTER]);
    on->hole = on->hole == k ? last : on->hole;
}

/* Subtracts n runs, already free or void, from the count of s. */
static void count_off(struct mptcp_conn *c, struct mptcp_subflow *s, unsigned n)
{
    mptcp_pool_count_off(c, s, SIDE_RECEIVED, n);
}

/* Gives run k of s back, which is in no order of s any more. */
static void drop(struct mptcp_conn *c, struct mptcp_subflow *s, uint16_t k)
{
    mptcp_received_leave(c, k);
    count_off(c, s, 1);
}

/* Removes run k of s, of which nothing is left to deliver; k is in the list or the current run. The
 * current run stays, with 0 octets, as long as its subflow may receive a mapping that continues
 * it. */
static void finish(struct mptcp_conn *c, struct mptcp_run *t, struct mptcp_subflow *s, uint16_t k)
{
    struct mptcp_received_on *on = &s->received;

    /* The octets without a mapping lie before it: they will not get one any more. */
    if (has_hole(s) && !mptcp_ssn_before(mptcp_run_ssn(&t[k]), s->hole_to)) {
        s->hole_from = s->hole_to;
    }
    if (k != on->current) {
        unlist(t, on, k);
    } else if (s->state == SF_GONE) {
        on->current = RUN_NONE;
    } else {
        if (t[k].len > 0) {
            mptcp_run_advance(&t[k], t[k].len);
        }
        return;
    }
    drop(c, s, k);
}

/* Takes the current run away, of which all has arrived: into the list, or back to the pool if it
 * has 0 octets. */
static void retire(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    struct mptcp_received_on *on = &s->received;
    struct mptcp_run *t = runs_of(c);
    uint16_t k = on->current;

    on->current = RUN_NONE;
    if (k == RUN_NONE) {
        return;
    }
    if (t[k].len == 0) {
        drop(c, s, k);
    } else {
        list(t, on, k, on->arrived.last);
    }
}

void mptcp_received_drop_empty(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (s->received.current != RUN_NONE && runs_of(c)[s->received.current].len == 0) {
        retire(c, s);
    }
}

/* --------------------------------------------------------------- in DSN order */

/* Appends run k to the queue of runs to deliver. */
static void enqueue(struct mptcp_conn *c, struct mptcp_run *t, uint16_t k)
{
    struct mptcp_received *q = &c->received;

    t[k].stage = RUN_QUEUED;
    t[k].link[BY_DSN][LINK_AFTER] = RUN_NONE;
    *(q->queue == RUN_NONE ? &q->queue : &t[q->queue_last].link[BY_DSN][LINK_AFTER]) = k;
    q->queue_last = k;
}

/* The general case of reached(): a part of run k may not have arrived, or may be a duplicate. */
static MPTCP_APART void reached_in_part(struct mptcp_conn *c, struct mptcp_run *t,
                                        struct mptcp_subflow *s, uint16_t k, int32_t from)
{
    struct mptcp_run *r = &t[k];
    uint32_t n = mptcp_run_below(r, s->rcv_valid); /* octets of it that have arrived */
    int32_t end = up_to_fin(c, from + (int32_t)n);
    bool first = k == s->received.arrived.first || k == s->received.current;

    if (end > 0) {
        c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, (uint32_t)end);
        enqueue(c, t, k);
        n = (uint32_t)-from; /* the duplicates at its front, to be cut off */
    } else {
        r->stage = RUN_BELOW;
        if (n == r->len) {
            finish(c, t, s, k);
            n = 0;
        }
    }
    if (n == 0 && end > 0) {
        return; /* all that has arrived is new: nothing to cut off */
    }
    if (n > 0) {
        mptcp_run_advance(r, n);
    }
    if (first) {
        done(c, s);
    }
}

/*
 * RCV.NXT has reached run k of s, which is not in the queue; it stands -from octets after the run's
 * first octet. If octets that have arrived lie after RCV.NXT, they move RCV.NXT, and the run joins
 * the queue. Octets before RCV.NXT are duplicates, and are cut off.
 */
static void reached(struct mptcp_conn *c, struct mptcp_run *t, struct mptcp_subflow *s, uint16_t k,
                    int32_t from)
{
    const struct mptcp_run *r = &t[k];

    if (from != 0 || r->len == 0 || (c->bits & BIT_FIN_KNOWN) != 0 ||
        mptcp_ssn_before(s->rcv_valid, mptcp_run_end(r))) {
        reached_in_part(c, t, s, k, from);
        return;
    }
    c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, r->len);
    enqueue(c, t, k);
}

/* Does the same in fewer steps if all of run k has arrived and is a duplicate, and k is not the
 * first or the current run of s: removes it. False: it is another case, and nothing has changed. */
static bool reached_copy(struct mptcp_conn *c, struct mptcp_run *t, struct mptcp_subflow *s,
                         uint16_t k, int32_t from)
{
    const struct mptcp_run *r = &t[k];

    if (from + (int32_t)r->len > 0 || mptcp_ssn_before(s->rcv_valid, mptcp_run_end(r)) ||
        k == s->received.current || k == s->received.arrived.first || has_hole(s)) {
        return false;
    }
    unlist(t, &s->received, k);
    mptcp_pool_free(c, k);
    count_off(c, s, 1);
    return true;
}

/* Removes the runs from received.ahead that RCV.NXT has reached, and moves RCV.NXT over them. */
static MPTCP_APART void advance(struct mptcp_conn *c)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = mptcp_order_open(c, BY_DSN, c->received.ahead);

    while (k != RUN_NONE && ahead(c, &t[k]) <= 0) {
        struct mptcp_subflow *s = subflow_at(c, t[k].owner);
        uint16_t next = mptcp_order_next(c, BY_DSN, k);
        if (t[k].stage == RUN_VOID) {
            mptcp_pool_unvoid(c, k);
        } else if (!reached_copy(c, t, s, k, ahead(c, &t[k]))) {
            reached(c, t, s, k, ahead(c, &t[k]));
        }
        k = next;
    }
    c->received.ahead = mptcp_order_close(c, BY_DSN, k);
}

void mptcp_received_advance(struct mptcp_conn *c)
{
    if (c->received.ahead != RUN_NONE) {
        advance(c);
    }
}

/* The current run of s is in the queue, others have joined it behind, and octets of the run that
 * have arrived lie after RCV.NXT: these become a run of their own, the current one. Without a run
 * for them they wait until this one leaves the queue. `keep`: octets of the run before RCV.NXT. */
static MPTCP_APART void split(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t keep)
{
    struct mptcp_run *t = runs_of(c);
    struct mptcp_run *r = &t[s->received.current];
    struct mptcp_mapping rest = mptcp_mapping_of(c->rcv_nxt, mptcp_ssn_add(mptcp_run_ssn(r), keep),
                                                 (uint32_t)r->len - keep);

    rest.check = r->check;
    rest.fin = r->fin;
    uint16_t k = mptcp_received_make(c, r->owner, &rest, true);
    if (k != RUN_NONE) {
        r->len = keep & LENGTH_MAX;
        retire(c, s);
        s->received.current = k;
        reached(c, t, s, k, 0);
    }
}

/* More of the current run of s has arrived (rcv_valid has moved): moves RCV.NXT if the new octets
 * are in order. Returns the SSN after the run. */
static mptcp_ssn grown(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = s->received.current;
    struct mptcp_run *r = &t[k];
    mptcp_ssn end = mptcp_run_end(r);

    if (r->stage == RUN_BELOW) {
        reached(c, t, s, k, from_next(c, r));
    } else if (r->stage == RUN_QUEUED) {
        int32_t from = from_next(c, r);
        int32_t n = up_to_fin(c, from + (int32_t)mptcp_run_below(r, s->rcv_valid));
        if (n > 0 && k == c->received.queue_last) {
            c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, (uint32_t)n);
        } else if (n > 0) {
            split(c, s, (uint32_t)-from);
        }
    }
    return end;
}

uint16_t mptcp_received_make(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m,
                             bool head)
{
    uint16_t k = mptcp_pool_take(c, i, SIDE_RECEIVED, head);

    if (k != RUN_NONE) {
        struct mptcp_run *r = &runs_of(c)[k];
        mptcp_run_set(r, m->dsn, m->ssn);
        r->len = m->len & LENGTH_MAX;
        r->check = m->check;
        r->fin = m->fin & 1u;
        r->stage = RUN_BELOW;
        if (mptcp_dsn_before(c->rcv_nxt, m->dsn)) {
            r->stage = RUN_AHEAD;
            mptcp_order_insert(c, BY_DSN, &c->received.ahead, k);
        }
    }
    return k;
}

int mptcp_received_add_late(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn from = mptcp_ssn_max(m->ssn, s->hole_from);
    mptcp_ssn end = mptcp_ssn_min(mptcp_mapping_end(m), s->hole_to);
    uint32_t skip = from.v - m->ssn.v;

    if (!mptcp_ssn_before(from, end)) {
        return MPTCP_OK;
    }
    struct mptcp_mapping part = mptcp_mapping_of(mptcp_dsn_add(m->dsn, skip), from, end.v - from.v);
    /* A head run if it begins at or before RCV.NXT: it may close the gap there. */
    uint16_t k = mptcp_received_make(c, i, &part, !mptcp_dsn_before(c->rcv_nxt, part.dsn));
    if (k == RUN_NONE) {
        return MPTCP_E_FULL;
    }
    struct mptcp_run *t = runs_of(c);
    list(t, &s->received, k, s->received.hole);
    if (mptcp_ssn_eq(from, s->hole_from)) {
        s->received.hole = k;
        s->hole_from = end;
    } else {
        s->hole_to = from; /* only one stretch can be kept: the part before the mapping */
    }
    if (t[k].stage == RUN_BELOW) {
        reached(c, t, s, k, from_next(c, &t[k]));
    }
    mptcp_received_advance(c);
    return MPTCP_OK;
}

/* -------------------------------------------------------------------- arrival */

/* Notes that octets of s from `from` to `to` have arrived without a mapping, after all its runs. */
static void hole(struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn from, mptcp_ssn to)
{
    retire(c, s);
    /* Only one stretch is kept, the newest: an older one will not get a mapping any more. */
    if (!has_hole(s) || !mptcp_ssn_eq(s->hole_to, from)) {
        s->hole_from = from;
        s->received.hole = s->received.arrived.last;
    }
    s->hole_to = to;
}

/* Octets of s from `from` to `to`, after the current run, have arrived: makes announced runs the
 * current one, in turn. False: some of the octets have no mapping. */
static MPTCP_APART bool arrived_beyond(struct mptcp_conn *c, struct mptcp_subflow *s,
                                       mptcp_ssn from, mptcp_ssn to)
{
    struct mptcp_run *t = runs_of(c);
    struct mptcp_received_on *on = &s->received;
    uint16_t k = mptcp_order_open(c, BY_SSN, on->announced);
    bool mapped = true;

    while (mptcp_ssn_before(from, to)) {
        bool runs = k != RUN_NONE && mptcp_ssn_before(mptcp_run_ssn(&t[k]), to);
        mptcp_ssn first = runs ? mptcp_run_ssn(&t[k]) : to;
        if (mptcp_ssn_before(from, first)) {
            hole(c, s, from, first);
            mapped = false;
        }
        from = first;
        if (runs) {
            uint16_t next = mptcp_order_next(c, BY_SSN, k);
            retire(c, s);
            on->current = k;
            from = grown(c, s);
            k = next;
        }
    }
    on->announced = mptcp_order_close(c, BY_SSN, k);
    return mapped;
}

bool mptcp_received_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n)
{
    uint16_t k = s->received.current;

    if (k == RUN_NONE || c->received.queue != RUN_NONE || c->received.ahead != RUN_NONE ||
        s->received.arrived.first != RUN_NONE || has_hole(s) ||
        !mptcp_ssn_eq(s->rcv_done, s->rcv_valid) || !mptcp_dsn_eq(c->rcv_delivered, c->rcv_nxt)) {
        return false;
    }
    struct mptcp_run *r = &runs_of(c)[k];
    if (r->stage != RUN_BELOW || r->len != n || !mptcp_ssn_eq(mptcp_run_ssn(r), s->rcv_valid) ||
        mptcp_run_from(r, c->rcv_nxt) != 0) {
        return false;
    }
    mptcp_run_advance(r, n);
    r->link[BY_DSN][LINK_AFTER] =
        RUN_NONE; /* as if it had been in the queue: blocks are compared */
    s->rcv_valid = s->rcv_done = mptcp_ssn_add(s->rcv_valid, n);
    c->rcv_nxt = c->rcv_delivered = mptcp_dsn_add(c->rcv_nxt, n);
    return true;
}

bool mptcp_received_arrived(struct mptcp_conn *c, unsigned i, mptcp_ssn to)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn from = s->rcv_valid;
    bool mapped = true;

    s->rcv_valid = to;
    if (s->received.current != RUN_NONE) {
        from = grown(c, s);
    }
    if (mptcp_ssn_before(from, to)) {
        mapped = arrived_beyond(c, s, from, to);
        done(c, s);
    }
    mptcp_received_advance(c);
    return mapped;
}

void mptcp_received_verified(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_received_on *on = &s->received;
    struct mptcp_run *t = runs_of(c);
    uint16_t k = mptcp_order_first(c, BY_SSN, on->announced);
    struct mptcp_mapping m =
        mptcp_mapping_of(mptcp_run_dsn(&t[k], c->rcv_nxt), mptcp_run_ssn(&t[k]), t[k].len);

    mptcp_order_remove(c, BY_SSN, &on->announced, k);
    s->rcv_valid = mptcp_mapping_end(&m);
    if (on->current != RUN_NONE && mptcp_run_continues(&t[on->current], &m)) {
        mptcp_run_lengthen(&t[on->current], m.len);
        drop(c, s, k);
    } else {
        retire(c, s);
        on->current = k;
    }
    (void)grown(c, s);
    done(c, s);
}

void mptcp_received_unmapped(struct mptcp_conn *c, unsigned i, mptcp_ssn to)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    hole(c, s, s->rcv_valid, to);
    s->rcv_valid = to;
    done(c, s);
}

/* -------------------------------------------------------------------- delivery */

void mptcp_received_delivered(struct mptcp_conn *c, uint32_t n)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = c->received.queue;
    struct mptcp_subflow *s = subflow_at(c, t[k].owner);
    uint16_t next = t[k].link[BY_DSN][LINK_AFTER];

    c->rcv_delivered = mptcp_dsn_add(c->rcv_delivered, n);
    mptcp_run_advance(&t[k], n);
    /* The run leaves the queue at the start of the next one, or at the end of the data. */
    bool over = next != RUN_NONE ? t[next].key[BY_DSN] == (uint32_t)c->rcv_delivered.v
                                 : !mptcp_dsn_before(c->rcv_delivered, data_end(c));
    if (over) {
        c->received.queue = next;
        c->received.queue_last = next == RUN_NONE ? RUN_NONE : c->received.queue_last;
        if (t[k].len > 0) {
            reached(c, t, s, k, from_next(c, &t[k]));
        } else { /* no octet of it is left */
            t[k].stage = RUN_BELOW;
            finish(c, t, s, k);
        }
        mptcp_received_advance(c);
    }
    done(c, s);
}
