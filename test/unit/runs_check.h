/*
 * runs_check.h - what must hold of the runs of a connection at any time, found out from the block
 * alone: no function of src/ is asked. For unit tests and for both simulators.
 */
#ifndef RUNS_CHECK_H
#define RUNS_CHECK_H

#include "tables/tables.h"

#include <stdio.h>
#include <string.h>

/* Between the tables of a block: MODE=canary has some (test/canary). */
#ifndef BLOCK_GAP
#define BLOCK_GAP 0u
#endif

enum { SEEN_FREE = 1, SEEN_VOID, SEEN_SENT, SEEN_RECEIVED };

struct runs_check {
    const struct mptcp_conn *c;
    const struct mptcp_subflow *s;
    const struct mptcp_run *t;
    uint8_t seen[65536];   /* by number: what it was found as */
    uint8_t listed[65536]; /* ... and that it was found in the order of DSNs */
    unsigned used;         /* in use */
    char why[160];
};

static inline bool runs_wrong(struct runs_check *k, const char *why, unsigned i)
{
    if (k->why[0] == 0) {
        (void)snprintf(k->why, sizeof k->why, "runs: %s (%u)", why, i);
    }
    return false;
}

static inline bool runs_see(struct runs_check *k, unsigned i, uint8_t as)
{
    if (i >= k->c->runs) {
        return runs_wrong(k, "no such run", i);
    }
    if (k->seen[i] != 0) {
        return runs_wrong(k, "a run is in two places", i);
    }
    k->seen[i] = as;
    return true;
}

static inline bool runs_list(struct runs_check *k, unsigned i)
{
    if (i >= k->c->runs || k->listed[i] != 0) {
        return runs_wrong(k, "a run stands twice in the order of DSNs", i);
    }
    k->listed[i] = 1;
    return true;
}

static inline uint64_t runs_dsn(const struct runs_check *k, unsigned i, uint64_t near)
{
    uint64_t low = (uint64_t)k->t[i].dsn_high << 32 | k->t[i].key[1];
    return near + (uint64_t)((int64_t)((low - near) << 22) >> 22);
}

/* Numbers of a tree in its order, by a stack of the test's own; how many. */
static inline unsigned runs_tree(struct runs_check *k, unsigned root, unsigned by, uint16_t *out)
{
    static uint16_t stack[65536];
    unsigned depth = 0;
    unsigned n = 0;

    while (root != RUN_NONE || depth > 0) {
        while (root != RUN_NONE) {
            if (root >= k->c->runs || depth >= k->c->runs) {
                runs_wrong(k, "a tree leads astray", root);
                return n;
            }
            stack[depth++] = (uint16_t)root;
            root = k->t[root].link[by][0];
        }
        unsigned i = stack[--depth];
        if (n >= k->c->runs) {
            runs_wrong(k, "a tree has a circle", i);
            return n;
        }
        out[n++] = (uint16_t)i;
        root = k->t[i].link[by][1];
    }
    return n;
}

static inline void runs_check_free(struct runs_check *k)
{
    const struct mptcp_pool *p = &k->c->pool;
    unsigned n = 0;

    for (unsigned i = p->free; i != RUN_NONE && runs_see(k, i, SEEN_FREE); n++) {
        i = k->t[i].link[0][1];
    }
    for (unsigned i = p->fresh; i < k->c->runs && runs_see(k, i, SEEN_FREE); i++, n++) {
    }
    unsigned last = RUN_NONE;
    for (unsigned i = p->voided; i != RUN_NONE && runs_see(k, i, SEEN_VOID); n++) {
        if (k->t[i].stage != RUN_VOID || k->t[i].link[0][0] != last) {
            runs_wrong(k, "the list of void runs", i);
        }
        last = i;
        i = k->t[i].link[0][1];
    }
    if (p->left != n) {
        runs_wrong(k, "free ones", n);
    }
}

static inline void runs_check_reserve(struct runs_check *k)
{
    unsigned reserved = 0;

    for (unsigned i = 0; i < k->c->subflows; i++) {
        const struct mptcp_subflow *s = &k->s[i];
        unsigned counts[2] = {s->sent.count, s->received.count};
        for (unsigned side = 0; side < 2; side++) {
            unsigned head = s->head >> side & 1u;
            if (head > counts[side]) {
                runs_wrong(k, "an head run without a run", i);
            }
            reserved += (head == 0 ? 1u : 0u) + (counts[side] == head ? 1u : 0u);
        }
        k->used += counts[0] + counts[1];
    }
    if (k->c->pool.reserved != reserved) {
        runs_wrong(k, "places of their own", reserved);
    }
    if (k->c->pool.left < reserved) {
        runs_wrong(k, "a place of one's own is taken", reserved);
    }
    if (k->used + k->c->pool.left != k->c->runs) {
        runs_wrong(k, "runs that nobody has", k->used);
    }
}

static inline void runs_check_sent_on(struct runs_check *k, unsigned i)
{
    static uint16_t order[65536];
    const struct mptcp_subflow *s = &k->s[i];
    unsigned n = runs_tree(k, s->sent.in_flight, 0, order);

    for (unsigned m = 0; m < n && runs_see(k, order[m], SEEN_SENT); m++) {
        const struct mptcp_run *r = &k->t[order[m]];
        uint32_t end = r->key[0] + r->len;
        if (r->owner != i || r->len == 0 || r->unit == 0 ||
            (r->stage != RUN_IN_FLIGHT && r->stage != RUN_COPIED)) {
            runs_wrong(k, "a in_flight run", order[m]);
        }
        if ((int32_t)(end - s->snd_una.v) <= 0 || (int32_t)(s->snd_nxt.v - end) < 0) {
            runs_wrong(k, "a in_flight run that is acknowledged or was not sent", order[m]);
        }
        if (m > 0 && k->t[order[m - 1]].key[0] + k->t[order[m - 1]].len != r->key[0]) {
            runs_wrong(k, "sent runs of a subflow with a gap", order[m]);
        }
    }
    if (s->sent.last != RUN_NONE && (n == 0 || s->sent.last != order[n - 1])) {
        runs_wrong(k, "the last run sent", i);
    }
    unsigned last = RUN_NONE;
    for (unsigned m = s->sent.acked; m != RUN_NONE && runs_see(k, m, SEEN_SENT); n++) {
        const struct mptcp_run *r = &k->t[m];
        if (r->owner != i || r->stage != RUN_ACKED || r->link[0][0] != last) {
            runs_wrong(k, "an acknowledged run", m);
        }
        last = m;
        m = r->link[0][1];
    }
    if (n != s->sent.count) {
        runs_wrong(k, "how many a subflow has sent", i);
    }
}

/* The list of what was sent, in the order of DSNs. */
static inline void runs_check_sent(struct runs_check *k)
{
    const struct mptcp_sent *q = &k->c->sent;
    uint64_t una = k->c->snd_una.v;
    unsigned last = RUN_NONE;
    bool before = true; /* the first run that is not DATA_ACKed */
    bool looked = q->look == RUN_NONE;

    for (unsigned i = q->list.first; i != RUN_NONE && runs_list(k, i); i = k->t[i].link[1][1]) {
        const struct mptcp_run *r = &k->t[i];
        uint64_t dsn = runs_dsn(k, i, una);
        if (k->seen[i] != SEEN_SENT || r->stage == RUN_COPIED || r->link[1][0] != last) {
            runs_wrong(k, "the list of what was sent", i);
            return;
        }
        if (last != RUN_NONE && (int64_t)(dsn - runs_dsn(k, last, una)) < 0) {
            runs_wrong(k, "what was sent is out of order", i);
        }
        before &= i != q->una;
        bool data_acked = (int64_t)(dsn + r->len - una) <= 0;
        if (before && !data_acked) {
            runs_wrong(k, "the first run not DATA_ACKed", i);
        }
        if (i == q->una && data_acked) {
            runs_wrong(k, "a run that is DATA_ACKed", i);
        }
        if (r->stage == RUN_ACKED && data_acked && before) {
            runs_wrong(k, "a run that nobody needs", i);
        }
        looked |= i == q->look;
        last = i;
    }
    if (q->list.last != last || (q->una != RUN_NONE && before) || !looked) {
        runs_wrong(k, "the ends of what was sent", last);
    }
    for (unsigned i = 0; i < k->c->runs; i++) {
        if (k->seen[i] == SEEN_SENT && (k->listed[i] != 0) == (k->t[i].stage == RUN_COPIED)) {
            runs_wrong(k, "a sent run in or out of the order of DSNs", i);
        }
    }
}

/* A received run of subflow i, in SSN order; from: where the one before it ends. */
static inline bool runs_received(struct runs_check *k, unsigned i, unsigned run, uint32_t *from)
{
    const struct mptcp_run *r = &k->t[run];

    if (!runs_see(k, run, SEEN_RECEIVED)) {
        return false;
    }
    if (r->owner != i || r->stage == RUN_VOID || (int32_t)(r->key[0] - *from) < 0) {
        runs_wrong(k, "a received run", run);
    }
    *from = r->key[0] + r->len;
    return true;
}

static inline void runs_check_received_on(struct runs_check *k, unsigned i)
{
    static uint16_t order[65536];
    const struct mptcp_subflow *s = &k->s[i];
    uint32_t from = s->rcv_done.v;
    unsigned last = RUN_NONE;
    unsigned count = 0;
    bool hole = s->received.hole == RUN_NONE;

    if (s->state == SF_FREE) {
        if (s->received.count != 0 || s->sent.count != 0) {
            runs_wrong(k, "runs of no subflow", i);
        }
        return;
    }
    for (unsigned m = s->received.arrived.first; m != RUN_NONE && runs_received(k, i, m, &from);
         count++) {
        const struct mptcp_run *r = &k->t[m];
        if (r->link[0][0] != last || r->len == 0 || (int32_t)(s->rcv_valid.v - from) < 0) {
            runs_wrong(k, "the list of what has arrived", m);
        }
        hole |= m == s->received.hole;
        last = m;
        m = r->link[0][1];
    }
    if (s->received.arrived.last != last && (count > 0 || s->received.arrived.first != RUN_NONE)) {
        runs_wrong(k, "the end of what has arrived", i);
    }
    unsigned current = s->received.current;
    if (current != RUN_NONE && runs_received(k, i, current, &from)) {
        count++;
        if ((int32_t)(s->rcv_valid.v - k->t[current].key[0]) < 0) {
            runs_wrong(k, "the current run is not where octets arrive", current);
        }
    }
    unsigned n = runs_tree(k, s->received.announced, 0, order);
    for (unsigned m = 0; m < n && runs_received(k, i, order[m], &from); m++, count++) {
        if ((int32_t)(k->t[order[m]].key[0] - s->rcv_valid.v) < 0 || k->t[order[m]].len == 0 ||
            k->t[order[m]].stage == RUN_QUEUED) {
            runs_wrong(k, "an announced run", order[m]);
        }
    }
    if (count != s->received.count || !hole) {
        runs_wrong(k, "how many a subflow has received", i);
    }
    if ((int32_t)(s->rcv_valid.v - s->rcv_done.v) < 0 && k->c->fb.plain == PLAIN_NOT) {
        runs_wrong(k, "done with what has not arrived", i);
    }
}

/* The tree of what lies ahead, and the queue of what is to be delivered. */
static inline void runs_check_received(struct runs_check *k)
{
    static uint16_t order[65536];
    uint64_t nxt = k->c->rcv_nxt.v;
    uint64_t end = nxt - ((k->c->bits & BIT_FIN_REACHED) != 0);
    uint64_t at = k->c->rcv_delivered.v;
    unsigned n = runs_tree(k, k->c->received.ahead, 1, order);
    unsigned last = RUN_NONE;

    for (unsigned m = 0; m < n && runs_list(k, order[m]); m++) {
        unsigned i = order[m];
        if (k->seen[i] != SEEN_VOID &&
            (k->seen[i] != SEEN_RECEIVED || k->t[i].stage != RUN_AHEAD)) {
            runs_wrong(k, "what lies ahead", i);
        }
        if ((int64_t)(runs_dsn(k, i, nxt) - nxt) <= 0) {
            runs_wrong(k, "RCV.NXT has passed a run by", i);
        }
        if (m > 0 && (int64_t)(runs_dsn(k, i, nxt) - runs_dsn(k, order[m - 1], nxt)) < 0) {
            runs_wrong(k, "what lies ahead is out of order", i);
        }
    }
    for (unsigned i = k->c->received.queue; i != RUN_NONE && runs_list(k, i);) {
        const struct mptcp_run *r = &k->t[i];
        if (k->seen[i] != SEEN_RECEIVED || r->stage != RUN_QUEUED || runs_dsn(k, i, nxt) != at) {
            runs_wrong(k, "the queue", i);
            return;
        }
        uint32_t arrived = k->s[r->owner].rcv_valid.v - r->key[0];
        unsigned next = r->link[1][1];
        last = i;
        if (next == RUN_NONE) {
            at += arrived < r->len ? arrived : r->len;
            at = k->c->fb.plain == PLAIN_NOT && (int64_t)(at - end) > 0 ? end : at;
        } else if (next < k->c->runs) {
            at = runs_dsn(k, next, nxt);
            if (at - runs_dsn(k, i, nxt) > (arrived < r->len ? arrived : r->len)) {
                runs_wrong(k, "a hole in the queue", i);
            }
        }
        i = next;
    }
    if (k->c->received.queue_last != last && k->c->received.queue != RUN_NONE) {
        runs_wrong(k, "the end of the queue", last);
    }
    if (k->c->fb.plain == PLAIN_NOT && k->c->phase >= PHASE_MPTCP && at != end) {
        runs_wrong(k, "the queue does not end at RCV.NXT", last);
    }
    for (unsigned i = 0; i < k->c->runs; i++) {
        bool below = k->t[i].stage == RUN_BELOW;
        if (k->seen[i] == SEEN_RECEIVED && (k->listed[i] != 0) == below) {
            runs_wrong(k, "a received run in or out of the order of DSNs", i);
        }
        if (k->seen[i] == 0) {
            runs_wrong(k, "a run is nowhere", i);
        }
    }
}

/* NULL, or what is wrong. */
static inline const char *runs_check(const struct mptcp_conn *c)
{
    static struct runs_check k;

    memset(&k, 0, offsetof(struct runs_check, seen));
    memset(k.seen, 0, c->runs);
    memset(k.listed, 0, c->runs);
    k.used = 0;
    k.why[0] = 0;
    k.c = c;
    k.s = (const void *)((const uint8_t *)(c + 1) + BLOCK_GAP);
    k.t = (const void *)((const uint8_t *)(k.s + c->subflows) + BLOCK_GAP);
    runs_check_free(&k);
    runs_check_reserve(&k);
    for (unsigned i = 0; i < c->subflows; i++) {
        if (k.s[i].state != SF_FREE) {
            runs_check_sent_on(&k, i);
        }
        runs_check_received_on(&k, i);
    }
    runs_check_sent(&k);
    runs_check_received(&k);
    return k.why[0] != 0 ? k.why : NULL;
}

#endif
