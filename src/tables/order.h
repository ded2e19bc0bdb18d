/*
 * order.h - floor 2: trees and lists of runs. Either is made of the links of its runs in one order
 * (`by`: BY_SSN or BY_DSN), and named by the number of a run.
 *
 * A tree is a treap: the left subtree of a run holds what comes before it, and both subtrees hold
 * runs of a lower rank. The rank is a hash of the run's number under a secret of the connection:
 * it takes no memory, and a peer that chooses the order of arrivals cannot make a tree deep.
 * Searching, inserting and removing take O(log n) steps. Taking out the first ones, one after the
 * other, takes O(1) for each: see mptcp_order_open.
 */
#ifndef MPTCP_ORDER_H
#define MPTCP_ORDER_H

#include "tables/block.h"

/* ------------------------------------------------------------------- trees */

/* The last run of a tree whose key is not after `key`; RUN_NONE. Keys are less than 2^31 apart.
 * O(log n). */
uint16_t mptcp_order_upto(const struct mptcp_conn *c, unsigned by, uint16_t root, uint32_t key);

/* The first run of a tree; RUN_NONE. O(log n). */
uint16_t mptcp_order_first(const struct mptcp_conn *c, unsigned by, uint16_t root);

/* Run i, whose key is set and which is in no tree of this order. O(log n). */
void mptcp_order_insert(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint16_t i);

/* Run i, which is in the tree. O(log n). */
void mptcp_order_remove(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint16_t i);

/* Leaves in the tree what comes before `key`, and returns the rest as a tree. O(log n). */
uint16_t mptcp_order_split(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint32_t key);

/* One tree of two, of which the first holds what comes first. O(log n). */
uint16_t mptcp_order_join(const struct mptcp_conn *c, unsigned by, uint16_t first, uint16_t second);

/* Turns the links around that lead from k to the first run of its subtree: from that one they lead
 * up again, and to `up` at last. Returns the first run, or `up` if there is none. */
MPTCP_INLINE uint16_t mptcp_order_turn(const struct mptcp_conn *c, unsigned by, uint16_t k,
                                       uint16_t up)
{
    struct mptcp_run *t = runs_of(c);

    while (k != RUN_NONE) {
        uint16_t *before = &t[k].link[by][LINK_BEFORE];
        uint16_t down = *before;
        *before = up;
        up = k;
        k = down;
    }
    return up;
}

/*
 * A tree whose first runs are to be taken out one after the other is turned once; then each is
 * at hand, and the next one is found in O(1) on average; and what is left is turned back:
 *
 *     uint16_t k = mptcp_order_open(c, by, root);
 *     while (k != RUN_NONE && ...) {
 *         uint16_t next = mptcp_order_next(c, by, k);
 *         ... k is in no tree any more
 *         k = next;
 *     }
 *     root = mptcp_order_close(c, by, k);
 *
 * Links are turned once in each direction, so that n runs cost O(n + log n).
 */
static inline uint16_t mptcp_order_open(const struct mptcp_conn *c, unsigned by, uint16_t root)
{
    return mptcp_order_turn(c, by, root, RUN_NONE);
}

static inline uint16_t mptcp_order_close(const struct mptcp_conn *c, unsigned by, uint16_t k)
{
    return mptcp_order_turn(c, by, k, RUN_NONE);
}

MPTCP_INLINE uint16_t mptcp_order_next(const struct mptcp_conn *c, unsigned by, uint16_t k)
{
    const uint16_t *link = runs_of(c)[k].link[by];
    return mptcp_order_turn(c, by, link[LINK_AFTER], link[LINK_BEFORE]);
}

/* ------------------------------------------------------------------- lists */

/* Links run `last` to run `next` in list l of runs t; RUN_NONE: that end of the list. */
MPTCP_INLINE void mptcp_list_join(struct mptcp_run *t, unsigned by, struct mptcp_list *l,
                                  uint16_t last, uint16_t next)
{
    *(last == RUN_NONE ? &l->first : &t[last].link[by][LINK_AFTER]) = next;
    *(next == RUN_NONE ? &l->last : &t[next].link[by][LINK_BEFORE]) = last;
}

/* Puts run k into it, after run `last` and before run `next`, which follow each other. */
MPTCP_INLINE void mptcp_list_put(struct mptcp_run *t, unsigned by, struct mptcp_list *l, uint16_t k,
                                 uint16_t last, uint16_t next)
{
    mptcp_list_join(t, by, l, last, k);
    mptcp_list_join(t, by, l, k, next);
}

/* A pile of runs in no order, by the links of BY_SSN: *top is one of them, or RUN_NONE. */
MPTCP_INLINE void mptcp_pile_put(struct mptcp_run *t, uint16_t *top, uint16_t k)
{
    uint16_t next = *top;

    t[k].link[BY_SSN][LINK_BEFORE] = RUN_NONE;
    t[k].link[BY_SSN][LINK_AFTER] = next;
    if (next != RUN_NONE) {
        t[next].link[BY_SSN][LINK_BEFORE] = k;
    }
    *top = k;
}

MPTCP_INLINE void mptcp_pile_take(struct mptcp_run *t, uint16_t *top, uint16_t k)
{
    struct mptcp_list l = {*top, RUN_NONE};

    mptcp_list_join(t, BY_SSN, &l, t[k].link[BY_SSN][LINK_BEFORE], t[k].link[BY_SSN][LINK_AFTER]);
    *top = l.first;
}

#endif
