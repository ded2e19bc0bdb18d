/*
 * forgotten.c - removes received and announced runs that are not needed any more (received.h): of a
 * subflow on which nothing more arrives, or of all subflows when nothing more is to be delivered.
 *
 * A run that waits in the tree by DSN becomes void instead of being searched for there (pool.c).
 */
#include "tables/order.h"
#include "tables/received.h"

/* Removes the announced runs of s, and its octets that wait for a mapping. */
static void drop_announced(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    uint16_t k = mptcp_order_open(c, BY_SSN, s->received.announced);
    unsigned gone = 0;

    for (; k != RUN_NONE; gone++) {
        uint16_t next = mptcp_order_next(c, BY_SSN, k);
        mptcp_received_leave(c, k);
        k = next;
    }
    s->received.announced = s->received.hole = RUN_NONE;
    s->hole_from = s->hole_to;
    mptcp_pool_count_off(c, s, SIDE_RECEIVED, gone);
}

void mptcp_received_cut(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    uint16_t k = s->received.current;

    drop_announced(c, s);
    if (k != RUN_NONE) {
        struct mptcp_run *r = &runs_of(c)[k];
        /* Only the part that has arrived remains. */
        r->len = mptcp_run_below(r, s->rcv_valid) & LENGTH_MAX;
        mptcp_received_drop_empty(c, s);
    }
    s->rcv_valid = s->rcv_nxt;
    mptcp_received_done(c, i);
}

/* Removes the current run of s and the whole runs that have arrived. */
static void drop_arrived(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    struct mptcp_received_on *on = &s->received;

    if (on->current != RUN_NONE) {
        mptcp_received_leave(c, on->current);
    }
    for (uint16_t k = on->arrived.first; k != RUN_NONE;) {
        uint16_t next = runs_of(c)[k].link[BY_SSN][LINK_AFTER];
        mptcp_received_leave(c, k);
        k = next;
    }
    on->current = on->arrived.first = on->arrived.last = RUN_NONE;
    mptcp_pool_count_off(c, s, SIDE_RECEIVED, on->count);
}

void mptcp_received_forget(struct mptcp_conn *c)
{
    uint16_t k;

    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        drop_announced(c, s);
        drop_arrived(c, s);
        s->rcv_done = s->rcv_valid = s->rcv_nxt;
    }
    /* What is left in the tree by DSN has become void above: it is freed. */
    for (k = mptcp_order_open(c, BY_DSN, c->received.ahead); k != RUN_NONE;) {
        uint16_t next = mptcp_order_next(c, BY_DSN, k);
        mptcp_pool_unvoid(c, k);
        k = next;
    }
    c->received.ahead = c->received.queue = c->received.queue_last = RUN_NONE;
}
