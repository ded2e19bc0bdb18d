/*
 * order.c - trees and lists of runs (order.h).
 *
 * Two runs can have the same DSN (one octet sent on two subflows), but not the same SSN. Runs with
 * equal keys are ordered by their numbers.
 */
#include "tables/order.h"

/* The one external copy of each inline function, for builds that call it instead of inlining. */
extern MPTCP_INLINE uint16_t mptcp_order_turn(const struct mptcp_conn *c, unsigned by, uint16_t k,
                                              uint16_t up);
extern MPTCP_INLINE uint16_t mptcp_order_next(const struct mptcp_conn *c, unsigned by, uint16_t k);
extern MPTCP_INLINE void mptcp_list_join(struct mptcp_run *t, unsigned by, struct mptcp_list *l,
                                         uint16_t last, uint16_t next);
extern MPTCP_INLINE void mptcp_list_put(struct mptcp_run *t, unsigned by, struct mptcp_list *l,
                                        uint16_t k, uint16_t last, uint16_t next);
extern MPTCP_INLINE void mptcp_pile_put(struct mptcp_run *t, uint16_t *top, uint16_t k);
extern MPTCP_INLINE void mptcp_pile_take(struct mptcp_run *t, uint16_t *top, uint16_t k);

/* What all functions here need: the pool of runs, rank_secret, and BY_SSN or BY_DSN. */
struct order {
    struct mptcp_run *t;
    uint32_t secret;
    unsigned by;
};

/* Returns what the functions here need, for the runs of c and the order `by`. */
static struct order order_of(const struct mptcp_conn *c, unsigned by)
{
    struct order o = {runs_of(c), c->rank_secret, by};
    return o;
}

/* Returns the rank of run i in the treap. No two runs have the same: each step is invertible. */
static uint32_t rank(struct order o, uint16_t i)
{
    uint32_t x = (i + 1u) * o.secret;
    x ^= x >> 15;
    return x * 0x2c1b3c6du;
}

/* True if run a comes before the place that run i with key `key` has, or would have. */
static bool before(struct order o, uint16_t a, uint32_t key, uint16_t i)
{
    int32_t n = (int32_t)(o.t[a].key[o.by] - key);
    return n < 0 || (n == 0 && a < i);
}

uint16_t mptcp_order_upto(const struct mptcp_conn *c, unsigned by, uint16_t root, uint32_t key)
{
    struct order o = order_of(c, by);
    uint16_t found = RUN_NONE;

    while (root != RUN_NONE) {
        const struct mptcp_run *r = &o.t[root];
        bool after = (int32_t)(r->key[by] - key) > 0;
        found = after ? found : root;
        root = r->link[by][after ? LINK_BEFORE : LINK_AFTER];
    }
    return found;
}

uint16_t mptcp_order_first(const struct mptcp_conn *c, unsigned by, uint16_t root)
{
    struct order o = order_of(c, by);
    uint16_t found = RUN_NONE;

    while (root != RUN_NONE) {
        found = root;
        root = o.t[root].link[by][LINK_BEFORE];
    }
    return found;
}

/* Leaves in the tree the runs before the place of run i with key `key`; returns the others as a
 * tree. */
static uint16_t split(struct order o, uint16_t *root, uint32_t key, uint16_t i)
{
    uint16_t rest = RUN_NONE;
    uint16_t *end[2] = {&rest, root}; /* the link where each part gets its next run */
    uint16_t k = *root;

    while (k != RUN_NONE) {
        bool first = before(o, k, key, i);
        *end[first] = k;
        end[first] = &o.t[k].link[o.by][first ? LINK_AFTER : LINK_BEFORE];
        k = *end[first];
    }
    *end[0] = *end[1] = RUN_NONE;
    return rest;
}

uint16_t mptcp_order_split(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint32_t key)
{
    return split(order_of(c, by), root, key, 0);
}

uint16_t mptcp_order_join(const struct mptcp_conn *c, unsigned by, uint16_t first, uint16_t second)
{
    struct order o = order_of(c, by);
    uint16_t root;
    uint16_t *place = &root;

    while (first != RUN_NONE && second != RUN_NONE) {
        bool higher = rank(o, first) > rank(o, second);
        *place = higher ? first : second;
        place = &o.t[*place].link[by][higher ? LINK_AFTER : LINK_BEFORE];
        *(higher ? &first : &second) = *place;
    }
    *place = first != RUN_NONE ? first : second;
    return root;
}

void mptcp_order_insert(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint16_t i)
{
    struct order o = order_of(c, by);
    uint16_t *link = o.t[i].link[by];
    uint32_t key = o.t[i].key[by];
    uint32_t own = rank(o, i);
    uint16_t *place = root;

    while (*place != RUN_NONE && rank(o, *place) > own) {
        bool after = before(o, *place, key, i);
        place = &o.t[*place].link[by][after ? LINK_AFTER : LINK_BEFORE];
    }
    link[LINK_BEFORE] = *place;
    *place = i;
    link[LINK_AFTER] = split(o, &link[LINK_BEFORE], key, i);
}

void mptcp_order_remove(const struct mptcp_conn *c, unsigned by, uint16_t *root, uint16_t i)
{
    struct order o = order_of(c, by);
    const uint16_t *link = o.t[i].link[by];
    uint32_t key = o.t[i].key[by];
    uint16_t *place = root;

    while (*place != i) {
        bool after = before(o, *place, key, i);
        place = &o.t[*place].link[by][after ? LINK_AFTER : LINK_BEFORE];
    }
    *place = mptcp_order_join(c, by, link[LINK_BEFORE], link[LINK_AFTER]);
}
