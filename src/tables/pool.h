/*
 * pool.h - floor 2: the pool of runs of a connection.
 *
 * A side is one direction of one subflow. Each side has two reserved runs: one for any run, and one
 * for a head run, which holds the octet at RCV.NXT (received) or at SND.UNA (sent) and so lets the
 * stream advance. All other runs of the pool go to the side that asks first. So runs that wait for
 * a gap to close can never use up the run that closes it, and no subflow can starve another.
 */
#ifndef MPTCP_POOL_H
#define MPTCP_POOL_H

#include "tables/order.h"

enum mptcp_side { SIDE_SENT = 0, SIDE_RECEIVED = 1 };

#define PLACES_OF_A_SIDE 2u /* reserved runs of each side */

/* Makes all runs of the connection free; no subflow has any then. */
void mptcp_pool_clear(struct mptcp_conn *c);

/* Sets subflow i to having no runs; called when its slot is taken. */
void mptcp_pool_open(struct mptcp_conn *c, unsigned i);

/* True if a side of subflow i can get one more run. `head`: it is to be a head run. */
bool mptcp_pool_room(const struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool head);

/* Takes a run for a side of subflow i. Returns its number; RUN_NONE if it can get none. O(1); O(log
 * n) if only void runs are left. */
uint16_t mptcp_pool_take(struct mptcp_conn *c, unsigned i, enum mptcp_side side, bool head);

/*
 * Runs are given back in two steps, so that giving back many costs little. First each one is made
 * free (mptcp_pool_free: run k is in no tree or list), or void (mptcp_pool_void: run k is still in
 * the tree `received.ahead`, and nowhere else). Then mptcp_pool_count_off subtracts their number n
 * from the count of their side. O(1) each.
 */
MPTCP_INLINE void mptcp_pool_free(struct mptcp_conn *c, uint16_t k)
{
    struct mptcp_run *r = &runs_of(c)[k];

    *r = (struct mptcp_run){0}; /* so that connections in equal states have equal octets */
    r->link[BY_SSN][LINK_AFTER] = c->pool.free;
    c->pool.free = k;
}

/* Makes run k void, which is only in the tree `received.ahead`. */
MPTCP_INLINE void mptcp_pool_void(struct mptcp_conn *c, uint16_t k)
{
    struct mptcp_run *t = runs_of(c);

    t[k].stage = RUN_VOID;
    mptcp_pile_put(t, &c->pool.voided, k);
}

/* Subtracts n runs, already free or void, from the count of a side of s. */
void mptcp_pool_count_off(struct mptcp_conn *c, struct mptcp_subflow *s, enum mptcp_side side,
                          unsigned n);

/* Makes void run k free, which has just been removed from the tree `received.ahead`. O(1). */
void mptcp_pool_unvoid(struct mptcp_conn *c, uint16_t k);

#endif
