/*
 * order.h - floor 2: trees and lists of runs. Both use the links of their runs in one order (`by`:
 * BY_SSN or BY_DSN); a tree is named by the number of its root, RUN_NONE if it is empty.
 *
 * A tree is a treap: the left subtree of a run holds the runs before it, the right one those
 * after it, and both hold only runs of a lower rank. The rank is a hash of the run's number under a
 * secret of the connection: it takes no memory, and a peer that chooses the order of arrivals
 * cannot make a tree deep. Searching, inserting and removing take O(log n) steps. Removing the
 * first runs one after the other takes O(1) for each: see mptcp_order_open.
 */
#ifndef MPTCP_ORDER_H
#define MPTCP_ORDER_H

#include "tables/block.h"

/* ------------------------------------------------------------------- trees */

/* Returns the last run of a tree whose key is not after `key`; RUN_NONE if there is none. Keys of a
 * tree must be less than 2^31 apart. O(log n). */
uint16_t mptcp_order_upto(const struct mptcp_conn *c, unsigned by, uint16_t root, uint32_t key);

/* Returns the first run of a tree; RUN_NONE if it is empty. O(log n). */
uint16_t mptcp_order_first(const struct mptcp_conn *c, unsigned by, uint16_t root);

/* Inserts run i, whose key must be set and which must be in no tree of this order. O(log n). */
void mptcp_order_insert(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint16_t i);

/* Removes run i, which must be in the tree. O(log n). */
void mptcp_order_remove(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint16_t i);

/* Leaves the runs before `key` in the tree, and returns the other runs as a second tree. O(log n).
 */
uint16_t mptcp_order_split(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint32_t key);

/* Joins two trees to one and returns it; every run of `first` must come before every run of
 * `second`. O(log n). */
uint16_t mptcp_order_join(const struct mptcp_conn *c, unsigned by, uint16_t first, uint16_t second);

/* Reverses the LINK_BEFORE links on the way from k down to the first run of its subtree: from that
 * run they then lead up to k, and from k to `up`. Returns the first run; `up` if k is RUN_NONE. */
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
 * Opens a tree, to remove its first runs one after the other: mptcp_order_open reverses the links
 * that lead to the first run and returns it; mptcp_order_next returns the run after k, in O(1) on
 * average; mptcp_order_close restores the links of the runs that stay:
 *
 *     uint16_t k = mptcp_order_open(c, by, root);
 *     while (k != RUN_NONE && ...) {
 *         uint16_t next = mptcp_order_next(c, by, k);
 *         ... here k is in no tree any more
 *         k = next;
 *     }
 *     root = mptcp_order_close(c, by, k);
 *
 * Each link is reversed at most once in each direction, so removing n runs costs O(n + log n). An
 * empty tree opens to RUN_NONE, and RUN_NONE closes to an empty tree.
 */
static inline uint16_t mptcp_order_open(const struct mptcp_conn *c, unsigned by, uint16_t root)
{
    return mptcp_order_turn(c, by, root, RUN_NONE);
}

/* Ends the removals: k is the first run that stays, or RUN_NONE. Returns the root of the tree. */
static inline uint16_t mptcp_order_close(const struct mptcp_conn *c, unsigned by, uint16_t k)
{
    return mptcp_order_turn(c, by, k, RUN_NONE);
}

/* Returns the run after k, the first run of an opened tree; RUN_NONE if there is none. */
MPTCP_INLINE uint16_t mptcp_order_next(const struct mptcp_conn *c, unsigned by, uint16_t k)
{
    const uint16_t *link = runs_of(c)[k].link[by];
    return mptcp_order_turn(c, by, link[LINK_AFTER], link[LINK_BEFORE]);
}

/* ------------------------------------------------------------------- lists */

/* Makes run `last` and run `next` neighbours in list l of runs t. RUN_NONE as `last` or `next`
 * stands for the start or the end of the list. */
MPTCP_INLINE void mptcp_list_join(struct mptcp_run *t, unsigned by, struct mptcp_list *l,
                                  uint16_t last, uint16_t next)
{
    *(last == RUN_NONE ? &l->first : &t[last].link[by][LINK_AFTER]) = next;
    *(next == RUN_NONE ? &l->last : &t[next].link[by][LINK_BEFORE]) = last;
}

/* Inserts run k into list l between run `last` and run `next`, which are neighbours. */
MPTCP_INLINE void mptcp_list_put(struct mptcp_run *t, unsigned by, struct mptcp_list *l, uint16_t k,
                                 uint16_t last, uint16_t next)
{
    mptcp_list_join(t, by, l, last, k);
    mptcp_list_join(t, by, l, k, next);
}

/* A pile is a list without order, linked by BY_SSN: *top is its first run, RUN_NONE if it is empty.
 * This adds run k to it. */
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

/* Removes run k from the pile *top, in which it must be. */
MPTCP_INLINE void mptcp_pile_take(struct mptcp_run *t, uint16_t *top, uint16_t k)
{
    struct mptcp_list l = {*top, RUN_NONE};

    mptcp_list_join(t, BY_SSN, &l, t[k].link[BY_SSN][LINK_BEFORE], t[k].link[BY_SSN][LINK_AFTER]);
    *top = l.first;
}

#endif
