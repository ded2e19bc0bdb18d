/*
 * order.c - trees of runs, in the order of SSNs or of DSNs (runs.h).
 *
 * Equal keys, which only DSNs can have (one octet sent on two subflows), are told apart by the
 * numbers of the runs.
 */
#include "tables/runs.h"

/* Different for each run: every step can be undone. */
static uint32_t rank(struct mptcp_order o, uint16_t i)
{
    uint32_t x = (i + 1u) * o.secret;
    x ^= x >> 15;
    return x * 0x2c1b3c6du;
}

/* Run a comes before the place of `key`, or of run i of that key. */
static bool before(struct mptcp_order o, uint16_t a, uint32_t key, uint16_t i)
{
    int32_t n = (int32_t)(o.t[a].key[o.by] - key);
    return n < 0 || (n == 0 && a < i);
}

uint16_t mptcp_order_upto(struct mptcp_order o, uint16_t root, uint32_t key)
{
    uint16_t found = RUN_NONE;

    while (root != RUN_NONE) {
        const struct mptcp_run *r = &o.t[root];
        if ((int32_t)(r->key[o.by] - key) > 0) {
            root = r->link[o.by][LINK_BEFORE];
        } else {
            found = root;
            root = r->link[o.by][LINK_BEHIND];
        }
    }
    return found;
}

uint16_t mptcp_order_first(struct mptcp_order o, uint16_t root)
{
    uint16_t found = RUN_NONE;

    while (root != RUN_NONE) {
        found = root;
        root = o.t[root].link[o.by][LINK_BEFORE];
    }
    return found;
}

/* Leaves in the tree what comes before the place of `key`, or of run i of that key. */
static uint16_t split(struct mptcp_order o, uint16_t *root, uint32_t key, uint16_t i)
{
    uint16_t rest = RUN_NONE;
    uint16_t *end[2] = {&rest, root}; /* where the next run of either part is hung */
    uint16_t k = *root;

    while (k != RUN_NONE) {
        bool first = before(o, k, key, i);
        *end[first] = k;
        end[first] = &o.t[k].link[o.by][first ? LINK_BEHIND : LINK_BEFORE];
        k = *end[first];
    }
    *end[0] = *end[1] = RUN_NONE;
    return rest;
}

uint16_t mptcp_order_split(struct mptcp_order o, uint16_t *root, uint32_t key)
{
    return split(o, root, key, 0);
}

/* Hangs the tree of a, and b behind it, at *place. */
static void join(struct mptcp_order o, uint16_t *place, uint16_t a, uint16_t b)
{
    while (a != RUN_NONE && b != RUN_NONE) {
        if (rank(o, a) > rank(o, b)) {
            *place = a;
            place = &o.t[a].link[o.by][LINK_BEHIND];
            a = *place;
        } else {
            *place = b;
            place = &o.t[b].link[o.by][LINK_BEFORE];
            b = *place;
        }
    }
    *place = a != RUN_NONE ? a : b;
}

uint16_t mptcp_order_join(struct mptcp_order o, uint16_t first, uint16_t second)
{
    uint16_t root;
    join(o, &root, first, second);
    return root;
}

void mptcp_order_insert(struct mptcp_order o, uint16_t *root, uint16_t i)
{
    uint16_t *link = o.t[i].link[o.by];
    uint32_t key = o.t[i].key[o.by];
    uint32_t own = rank(o, i);
    uint16_t *place = root;

    while (*place != RUN_NONE && rank(o, *place) > own) {
        bool behind = before(o, *place, key, i);
        place = &o.t[*place].link[o.by][behind ? LINK_BEHIND : LINK_BEFORE];
    }
    link[LINK_BEFORE] = *place;
    *place = i;
    link[LINK_BEHIND] = split(o, &link[LINK_BEFORE], key, i);
}

void mptcp_order_remove(struct mptcp_order o, uint16_t *root, uint16_t i)
{
    const uint16_t *link = o.t[i].link[o.by];
    uint32_t key = o.t[i].key[o.by];
    uint16_t *place = root;

    while (*place != i) {
        bool behind = before(o, *place, key, i);
        place = &o.t[*place].link[o.by][behind ? LINK_BEHIND : LINK_BEFORE];
    }
    join(o, place, link[LINK_BEFORE], link[LINK_BEHIND]);
}
