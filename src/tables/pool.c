/*
 * pool.c - shares the runs of a connection among its sides (pool.h).
 *
 * Invariant: pool.left >= pool.reserved. `reserved` is the number of reserved runs that are not in
 * use: each side adds one as long as it has no run but a head run, and one as long as it has no
 * head run. Which run of a side is the head run is not stored: the first one that is given back
 * counts as the head run.
 *
 * A received run in the tree `received.ahead` whose subflow is gone becomes void: it counts as free
 * at once, but stays in the tree, since finding it there would cost time, until RCV.NXT reaches it
 * or no other run is left.
 */
#include "tables/pool.h"

extern MPTCP_INLINE void mptcp_pool_free(struct mptcp_conn *c, uint16_t k);
extern MPTCP_INLINE void mptcp_pool_void(struct mptcp_conn *c, uint16_t k);

/* Returns where the number of runs of a side is kept. */
static uint16_t *count_of(struct mptcp_subflow *s, enum mptcp_side side)
{
    return side == SIDE_SENT ? &s->sent.count : &s->received.count;
}

/* Returns 1 if the side's reserved head run is in use, else 0. */
static unsigned has_head(const struct mptcp_subflow *s, enum mptcp_side side)
{
    return s->head >> side & 1u;
}

void mptcp_pool_clear(struct mptcp_conn *c)
{
    c->pool.left = c->runs;
    c->pool.reserved = (uint16_t)(2 * PLACES_OF_A_SIDE * c->subflows);
    c->pool.free = c->pool.voided = RUN_NONE;
    c->pool.fresh = 0;
    c->sent.list.first = c->sent.list.last = c->sent.una = c->sent.look = RUN_NONE;
    c->received.ahead = c->received.queue = c->received.queue_last = RUN_NONE;
    for (unsigned i = 0; i < c->subflows; i++) {
        mptcp_pool_open(c, i);
    }
}

void mptcp_pool_open(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    s->sent.in_flight = s->sent.last = s->sent.acked = RUN_NONE;
    s->received.arrived.first = s->received.arrived.last = s->received.current = RUN_NONE;
    s->received.announced = s->received.hole = RUN_NONE;
    s->sent.count = s->received.count = 0;
    s->head = 0;
}

/* True if the side's reserved run that is not for a head run is not in use. */
static bool has_place(struct mptcp_subflow *s, enum mptcp_side side)
{
    return *count_of(s, side) == has_head(s, side);
}

/* True if only reserved runs are left. */
static bool is_full(const struct mptcp_conn *c)
{
    return c->pool.left <= c->pool.reserved;
}

bool mptcp_pool_room(const struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool head)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    return !is_full(c) || has_place(s, side) || (head && has_head(s, side) == 0);
}

void mptcp_pool_unvoid(struct mptcp_conn *c, uint16_t k)
{
    mptcp_pile_take(runs_of(c), &c->pool.voided, k);
    mptcp_pool_free(c, k);
}

/* Takes the first run from the list of free runs, which must not be empty. */
static uint16_t pop(struct mptcp_conn *c)
{
    uint16_t k = c->pool.free;

    c->pool.free = runs_of(c)[k].link[BY_SSN][LINK_AFTER];
    return k;
}

/* Returns a run that is not in use, which must exist: a free one, else one never used, else a void
 * one, which is removed from its tree. */
static uint16_t find(struct mptcp_conn *c)
{
    if (c->pool.free == RUN_NONE) {
        if (c->pool.fresh < c->runs) {
            return c->pool.fresh++;
        }
        mptcp_order_remove(c, BY_DSN, &c->received.ahead, c->pool.voided);
        mptcp_pool_unvoid(c, c->pool.voided);
    }
    return pop(c);
}

uint16_t mptcp_pool_take(struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool head)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    bool own = has_place(s, side);

    if (!mptcp_pool_room(c, i, side, head)) {
        return RUN_NONE;
    }
    /* Only the side's reserved head run is left for it. */
    if (!own && is_full(c)) {
        s->head |= (uint8_t)(1u << side);
        own = true;
    }
    c->pool.reserved = (uint16_t)(c->pool.reserved - own);
    c->pool.left--;
    ++*count_of(s, side);
    uint16_t k = find(c);
    runs_of(c)[k].owner = i & 31u;
    return k;
}

/* Empties the list of free runs when no run is in use: all count as never used. So the block does
 * not show in which order they were used. */
static void begin_anew(struct mptcp_conn *c)
{
    while (c->pool.free != RUN_NONE) {
        runs_of(c)[pop(c)].link[BY_SSN][LINK_AFTER] = 0;
    }
    c->pool.fresh = 0;
}

void mptcp_pool_count_off(struct mptcp_conn *c, struct mptcp_subflow *s, enum mptcp_side side,
                          unsigned n)
{
    uint16_t *count = count_of(s, side);
    unsigned head = has_head(s, side);
    bool others = *count > head;

    if (n == 0) {
        return;
    }
    *count = (uint16_t)(*count - n);
    c->pool.left = (uint16_t)(c->pool.left + n);
    if (head == 0 && *count > 0) {
        return; /* the runs that it keeps still use its reserved one */
    }
    s->head &= (uint8_t) ~(1u << side);
    c->pool.reserved = (uint16_t)(c->pool.reserved + head + (others && *count == 0));
    if (c->pool.left == c->runs && c->pool.voided == RUN_NONE) {
        begin_anew(c);
    }
}
