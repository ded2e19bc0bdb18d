/*
 * pool.h - floor 2: the pool of runs of a connection.
 *
 * Each subflow and direction (a side) has two places of its own in it: one for a run that waits,
 * and one for a run that lets the stream go on, namely the octet at RCV.NXT, or the one at
 * SND.UNA. All others are taken by whoever comes first. So nothing that waits can take the place of
 * what it waits for, and no subflow can starve another.
 */
#ifndef MPTCP_POOL_H
#define MPTCP_POOL_H

#include "tables/order.h"

enum mptcp_side { SIDE_SENT = 0, SIDE_RECEIVED = 1 };

#define PLACES_OF_A_SIDE 2u

/* All runs are free, no subflow has any. */
void mptcp_pool_clear(struct mptcp_conn *c);

/* Subflow i has no runs: to be called when its slot is taken. */
void mptcp_pool_open(struct mptcp_conn *c, unsigned i);

/* There is a place for one more run of a side of subflow i. `head`: it lets the stream go on. */
bool mptcp_pool_room(const struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool head);

/* Takes it: its number, or RUN_NONE. O(1), O(log n) if none is left but void ones. */
uint16_t mptcp_pool_take(struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool head);

/*
 * Giving runs back, in two steps, so that many cost little. Run k is in no tree and list: it is
 * free. Or it is in the tree of those ahead, and nowhere else: it becomes void. Then n of a side of
 * a subflow are counted off. O(1) each.
 */
MPTCP_INLINE void mptcp_pool_free(struct mptcp_conn *c, uint16_t k)
{
    struct mptcp_run *r = &runs_of(c)[k];

    *r = (struct mptcp_run){0}; /* connections in the same state look the same */
    r->link[BY_SSN][LINK_AFTER] = c->pool.free;
    c->pool.free = k;
}

MPTCP_INLINE void mptcp_pool_void(struct mptcp_conn *c, uint16_t k)
{
    struct mptcp_run *t = runs_of(c);

    t[k].stage = RUN_VOID;
    mptcp_pile_put(t, &c->pool.voided, k);
}

void mptcp_pool_count_off(struct mptcp_conn *c, struct mptcp_subflow *s, enum mptcp_side side,
                          unsigned n);

/* A void run was taken out of the tree of those ahead: it is free. O(1). */
void mptcp_pool_unvoid(struct mptcp_conn *c, uint16_t k);

#endif
