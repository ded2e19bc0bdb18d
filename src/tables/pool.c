/*
 * pool.c - who may have how many runs (pool.h).
 *
 * Kept: pool.left >= pool.reserved, which is the sum over all sides of the places of their own
 * that they do not use: one as long as a side has no run but urgent ones, and one as long as it
 * has no urgent run. Which run of a side is the urgent one is not remembered: the first one that
 * is given back counts as that.
 *
 * A run that is received, waits in the tree of those behind RCV.NXT and becomes void (its subflow
 * is gone) is not searched for there at once: it counts as free, and leaves the tree when RCV.NXT
 * comes to it or when no other is left.
 */
#include "tables/pool.h"

static uint16_t *count_of(const struct mptcp_conn *c, unsigned i, enum mptcp_side side)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    return side == SIDE_SENT ? &s->sent.count : &s->received.count;
}

/* A run of its takes the place of an urgent one. */
static bool has_urgent(const struct mptcp_conn *c, unsigned i, enum mptcp_side side)
{
    return (subflow_at(c, i)->urgent & 1u << side) != 0;
}

void mptcp_pool_clear(struct mptcp_conn *c)
{
    c->pool.left = c->runs;
    c->pool.reserved = (uint16_t)(2 * PLACES_OF_A_SIDE * c->subflows);
    c->pool.free = c->pool.voided = RUN_NONE;
    c->pool.fresh = 0;
    c->sent.first = c->sent.last = c->sent.una = c->sent.look = RUN_NONE;
    c->received.ahead = c->received.queue = c->received.queue_last = RUN_NONE;
    for (unsigned i = 0; i < c->subflows; i++) {
        mptcp_pool_open(c, i);
    }
}

void mptcp_pool_open(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    s->sent.flying = s->sent.last = s->sent.acked = RUN_NONE;
    s->received.first = s->received.last = s->received.current = RUN_NONE;
    s->received.expected = s->received.hole = RUN_NONE;
    s->sent.count = s->received.count = 0;
    s->urgent = 0;
}

/* One of its own places is for a run like any other, and is free. */
static bool has_place(const struct mptcp_conn *c, unsigned i, enum mptcp_side side)
{
    return *count_of(c, i, side) == has_urgent(c, i, side);
}

bool mptcp_pool_room(const struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool urgent)
{
    return c->pool.left > c->pool.reserved || has_place(c, i, side) ||
           (urgent && !has_urgent(c, i, side));
}

/* A number that is not in use; there is one. */
static uint16_t find(struct mptcp_conn *c)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t k = c->pool.free;

    if (k != RUN_NONE) {
        c->pool.free = t[k].link[BY_SSN][LINK_BEHIND];
    } else if (c->pool.fresh < c->runs) {
        k = c->pool.fresh++;
    } else {
        k = c->pool.voided;
        mptcp_order_remove(order_of(c, BY_DSN), &c->received.ahead, k);
        mptcp_pool_unvoid(c, k);
        c->pool.free = t[k].link[BY_SSN][LINK_BEHIND];
    }
    return k;
}

uint16_t mptcp_pool_take(struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool urgent)
{
    if (has_place(c, i, side)) {
        c->pool.reserved--;
    } else if (c->pool.left <= c->pool.reserved) {
        if (!urgent || has_urgent(c, i, side)) {
            return RUN_NONE;
        }
        subflow_at(c, i)->urgent |= (uint8_t)(1u << side);
        c->pool.reserved--;
    }
    c->pool.left--;
    ++*count_of(c, i, side);
    uint16_t k = find(c);
    runs_of(c)[k].owner = i & 31u;
    return k;
}

/* Nothing of the order in which runs were used is left once none is. */
static void begin_anew(struct mptcp_conn *c)
{
    static const struct mptcp_run blank = {0};
    struct mptcp_run *t = runs_of(c);

    while (c->pool.free != RUN_NONE) {
        uint16_t k = c->pool.free;
        c->pool.free = t[k].link[BY_SSN][LINK_BEHIND];
        t[k] = blank;
    }
    c->pool.fresh = 0;
}

void mptcp_pool_count_off(struct mptcp_conn *c, struct mptcp_subflow *s, enum mptcp_side side,
                          unsigned n)
{
    uint16_t *count = side == SIDE_SENT ? &s->sent.count : &s->received.count;
    unsigned bit = 1u << side;
    unsigned urgent = (s->urgent & bit) != 0;
    bool others = *count > urgent;

    if (urgent == 0 && *count > n) { /* it keeps more than its own */
        *count = (uint16_t)(*count - n);
        c->pool.left = (uint16_t)(c->pool.left + n);
        return;
    }
    if (n == 0) {
        return;
    }
    *count = (uint16_t)(*count - n);
    s->urgent &= (uint8_t)~bit;
    c->pool.left = (uint16_t)(c->pool.left + n);
    c->pool.reserved = (uint16_t)(c->pool.reserved + urgent + (others && *count == 0));
    if (c->pool.left == c->runs && c->pool.voided == RUN_NONE) {
        begin_anew(c);
    }
}

void mptcp_pool_unvoid(struct mptcp_conn *c, uint16_t k)
{
    struct mptcp_run *t = runs_of(c);
    uint16_t last = t[k].link[BY_SSN][LINK_BEFORE];
    uint16_t next = t[k].link[BY_SSN][LINK_BEHIND];

    if (last == RUN_NONE) {
        c->pool.voided = next;
    } else {
        t[last].link[BY_SSN][LINK_BEHIND] = next;
    }
    if (next != RUN_NONE) {
        t[next].link[BY_SSN][LINK_BEFORE] = last;
    }
    mptcp_pool_free(c, t, k);
}
