/*
 * tables_test.h - for tests of the tables of runs: a connection with open subflows, in MPTCP, whose
 * tables are called by hand; and random numbers.
 */
#ifndef TABLES_TEST_H
#define TABLES_TEST_H

#include "core_test.h"

#include "machines/machines.h"
#include "runs_check.h"

#define TABLES_SUBFLOWS 3u
#define TABLES_RUNS 40u
#define TABLES_BLOCK MPTCP_CONN_SIZE(TABLES_SUBFLOWS, 1u, TABLES_RUNS)

/* The first DSN: a wrap of 32 bits lies in what the tests send and receive. */
#define TABLES_FIRST 0x1fffffe00ull

static inline uint32_t draw(uint32_t *x, uint32_t below)
{
    *x = *x * 1664525u + 1013904223u;
    return (*x >> 8) % below;
}

static inline struct mptcp_conn *tables_open(void *block, uint32_t seed, uint16_t runs)
{
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = 1, .seed = {(uint8_t)seed, (uint8_t)(seed >> 8)}};

    mptcp_config_init(&cfg);
    cfg.subflows = TABLES_SUBFLOWS;
    cfg.addrs = 1;
    cfg.runs = runs;
    struct mptcp_conn *c = mptcp_conn_init(block, TABLES_BLOCK, &cfg, &secret);
    assert_non_null(c);
    c->phase = PHASE_MPTCP;
    c->events = EVER_OPEN;
    c->snd_first = c->snd_una = c->snd_nxt = c->snd_end = mptcp_dsn_of(TABLES_FIRST);
    c->rtx_nxt = c->rtx_end = c->free_to = c->freed = c->snd_first;
    c->rcv_first = c->rcv_nxt = c->rcv_delivered = c->rcv_consumed = mptcp_dsn_of(TABLES_FIRST);
    for (unsigned i = 0; i < TABLES_SUBFLOWS; i++) {
        mptcp_subflow_open(c, i, SF_OPEN);
    }
    return c;
}

#define assert_sound(c)                \
    do {                               \
        const char *w = runs_check(c); \
        if (w != NULL) {               \
            fail_msg("%s", w);         \
        }                              \
    } while (0)

#endif
