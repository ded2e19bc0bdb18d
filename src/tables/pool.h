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

#include "tables/block.h"

enum mptcp_side { SIDE_SENT = 0, SIDE_RECEIVED = 1 };

#define PLACES_OF_A_SIDE 2u

static inline struct mptcp_order order_of(const struct mptcp_conn *c, unsigned by)
{
    struct mptcp_order o = {runs_of(c), c->rank_secret, by};
    return o;
}

/* All runs are free, no subflow has any. */
void mptcp_pool_clear(struct mptcp_conn *c);

/* Subflow i has no runs: to be called when its slot is taken. */
void mptcp_pool_open(struct mptcp_conn *c, unsigned i);

/* There is a place for one more run of a side of subflow i. `urgent`: it lets the stream go on. */
bool mptcp_pool_room(const struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool urgent);

/* Takes it: its number, or RUN_NONE. O(1), O(log n) if none is left but void ones. */
uint16_t mptcp_pool_take(struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool urgent);

/* Run k, which is in no tree and list, is free. O(1). */
void mptcp_pool_give(struct mptcp_conn *c, uint16_t k, enum mptcp_side side);

/* Run k, received and in the tree of those ahead and nowhere else, counts as free. O(1). */
void mptcp_pool_void(struct mptcp_conn *c, uint16_t k);

/* A void run was taken out of the tree of those ahead: it is free. O(1). */
void mptcp_pool_unvoid(struct mptcp_conn *c, uint16_t k);

#endif
