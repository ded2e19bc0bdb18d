/*
 * below_test.h - what every test of bindings/below includes.
 */
#ifndef TEST_BELOW_TEST_H
#define TEST_BELOW_TEST_H

#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The client's streams join from its address on this link. */
static inline void join_from(struct world *w, unsigned link, unsigned family)
{
    struct mptcp_addr addr = world_address(CLIENT, link, family);

    assert_int_equal(
        0, below_add_address(world_below(w, CLIENT), &addr, MPTCP_ADDR_JOIN, world_now(w)));
}

static inline struct mptcp_conn_report report_of(struct world *w, enum side side, unsigned i)
{
    struct mptcp_conn_report r;
    struct app *a = world_app(w, side, i);

    assert_non_null(a);
    mptcp_conn_info(below_conn(world_below(w, side), a->handle), &r);
    return r;
}

/* Living subflows of the stream of an application. */
static inline unsigned subflows(struct world *w, enum side side, unsigned i)
{
    return report_of(w, side, i).subflows;
}

/* An application that stayed writes no more. */
static inline void finish(struct world *w, struct app *a)
{
    a->stays = false;
    a->dirty = true;
    world_settle(w);
}

/* TCPs of all kinds, by the seed. */
static inline void vary_toys(struct world_config *cfg)
{
    uint64_t seed = cfg->seed;

    for (unsigned side = 0; side < 2; side++) {
        struct toy_config *t = &cfg->toy[side];
        t->timestamps = (uint8_t)(seed >> side & 1);
        t->strict_timestamps = (uint8_t)(seed % 3 == 0);
        t->sack_blocks = (uint8_t)(seed % 5);
        t->sack_on_data = (uint8_t)(seed % 7 < 3);
        t->nagle = (uint8_t)(seed >> 2 & 1);
        t->recut = (uint8_t)(seed % 4 != 0);
        t->offload = (uint8_t)(seed >> 3 & 1);
        t->scale = seed % 11 == 0 ? TOY_NO_SCALE : (uint8_t)(seed % 8);
        t->delayed_ack_us = seed % 5 == 0 ? 0 : 40000;
    }
    cfg->header = seed % 3 == 0 ? 14 : 0;
    cfg->tells = (uint8_t)(seed % 4 != 1);
    cfg->nests = (uint8_t)(seed % 6 == 4);
    cfg->lazy_us = seed % 5 == 3 ? 10000 : 0;
    cfg->queued_us = seed % 9 < 3 ? 50 : 0;
    cfg->emits_us = seed % 9 == 1 || seed % 9 == 4 ? 70 : 0;
}

#endif
