/*
 * small.c - small scenarios: segments, windows, buffers and tables down to what TCP and conn.h
 * allow. Nothing is lost or late, so that what waits for a timer all the time shows: each row must
 * end within the run's limit.
 */
#include "sim.h"

struct row {
    uint32_t mss;      /* payload of a segment */
    uint32_t rcv_buf;  /* octets that an end may have to keep */
    uint32_t clamp;    /* no larger window is told, by middleboxes; 0: any */
    uint32_t segments; /* the toy TCP's window */
    uint32_t bytes;
    uint8_t room; /* octets for options */
    bool checksum;
    bool plain;
};

static const struct row rows[] = {
    {1, 65000, 0, 10, 500, 28, false, false},     {1, 65000, 0, 10, 500, 28, true, false},
    {1, 65000, 0, 10, 500, 28, false, true},      {7, 65000, 0, 10, 500, 40, true, false},
    {8, 65000, 0, 1, 500, 28, true, false},       {20, 65000, 0, 2, 500, 28, false, false},
    {1000, 1, 0, 10, 150, 28, false, false},      {1000, 1, 0, 10, 150, 28, true, false},
    {1000, 1, 0, 10, 150, 28, false, true},       {1000, 2, 0, 10, 150, 40, false, false},
    {1000, 3, 0, 10, 150, 28, true, false},       {1000, 47, 0, 10, 500, 28, true, false},
    {1000, 100, 0, 10, 500, 28, false, false},    {1000, 999, 0, 10, 4000, 28, true, false},
    {1000, 65000, 1, 10, 150, 28, false, false},  {1000, 65000, 1, 10, 150, 28, true, false},
    {1000, 65000, 1, 10, 150, 28, false, true},   {1000, 65000, 2, 10, 150, 28, true, false},
    {1000, 65000, 40, 10, 500, 28, false, false}, {1000, 65000, 1, 1, 150, 28, true, false},
    {1, 1, 1, 1, 150, 28, true, false},           {8, 9, 10, 2, 150, 28, true, false},
};

#define ROWS (sizeof rows / sizeof rows[0])

unsigned small_scenarios(void)
{
    return SMALL_VARIANTS * (unsigned)ROWS;
}

/* Seeds from 1 on, each row with both kinds of hosts, one path and two, and least tables. The first
 * seeds are all rows, each with another variant than the row before it. */
void scenario_small(struct scenario *sc, uint64_t seed)
{
    uint64_t at = (seed - 1) % ROWS;
    uint64_t variant = ((seed - 1) / ROWS + 5 * at) % SMALL_VARIANTS;
    const struct row *row = &rows[at];
    uint32_t flags =
        (row->checksum ? MPTCP_CFG_CHECKSUM : 0) | (row->plain ? MPTCP_CFG_NO_MPTCP : 0);

    *sc = (struct scenario){
        .seed = seed,
        .liar = -1,
        .addrs = 4,
        .subflows = SUBFLOWS,
        .limit = SUBFLOWS,
        .policy = MPTCP_POLICY_ADDRESSES,
        .paths = row->plain || variant % 2 == 0 ? 1 : 2,
        .calm = true,
        .mss = row->mss,
        .rcv_buf = row->rcv_buf,
        .window_segments = row->segments,
        .room = row->room,
        .runs = variant / 4 % 2 == 0 ? 2 : 16,
        .plain_peer = row->plain,
    };
    for (unsigned i = 0; i < PATHS * 2; i++) {
        struct fault *f = &sc->fault[i / 2][i % 2];
        f->clamp = row->clamp == 0 ? UINT32_MAX : row->clamp;
        f->clamp_until = row->clamp == 0 ? 0 : MPTCP_NEVER;
        sc->delay[i / 2] = 3000 + 2000 * (i / 2);
    }
    for (unsigned i = 0; i < 2; i++) {
        sc->ring_host[i] = variant / 2 % 2 != 0;
        sc->flags[i] = flags;
        sc->bytes[i] = variant / 8 % 2 == i ? row->bytes : row->bytes / 3;
    }
}
