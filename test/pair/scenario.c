/*
 * scenario.c - what a seed stands for: every choice is drawn from it.
 */
#include "sim.h"

uint64_t draw(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15ull;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

uint32_t random_below(struct sim *s, uint32_t n)
{
    return n == 0 ? 0 : (uint32_t)(draw(&s->random) % n);
}

uint64_t random_key(struct sim *s)
{
    uint64_t key = draw(&s->random);
    return s->sc.wrap != 0 ? wrapping_key(key, s->sc.wrap) : key;
}

bool one_in(uint64_t *state, unsigned n)
{
    return draw(state) % n == 0;
}

static void draw_faults(struct scenario *sc, uint64_t *r)
{
    sc->loss = one_in(r, 2) ? (uint32_t)(draw(r) % 60) : 0;
    sc->jitter_us = one_in(r, 3) ? (uint32_t)(draw(r) % 30000) : 0;
    for (unsigned i = 0; i < PATHS; i++) {
        sc->delay[i] = 2000 + draw(r) % 60000;
    }
    if (sc->paths > 1 && one_in(r, 4)) {
        sc->dark_at = 1200000 + draw(r) % 1500000;
        sc->dark_for = 500000 + draw(r) % 20000000;
    }
    if (sc->paths > 1 && one_in(r, 4)) {
        sc->kill_at = 1200000 + draw(r) % 1500000;
    }
}

static void draw_host(struct scenario *sc, uint64_t *r, int id, bool checksum)
{
    sc->ring_host[id] = one_in(r, 2);
    sc->flags[id] |= checksum && one_in(r, 2) ? MPTCP_CFG_CHECKSUM : 0;
    sc->flags[id] |= one_in(r, 4) ? MPTCP_CFG_DSN32 : 0;
    /* Only a host whose TCP copies may say so. */
    sc->flags[id] |= sc->ring_host[id] && one_in(r, 2) ? MPTCP_CFG_TCP_COPIES : 0;
}

void scenario_make(struct scenario *sc, uint64_t seed)
{
    uint64_t r = seed * 0x2545f4914f6cdd1dull + 1;
    static const uint16_t runs[] = {2, 3, 4, 8, 16, 64};
    static const uint32_t buffers[] = {2000, 5000, 16000, 40000, 65000};

    *sc = (struct scenario){.seed = seed,
                            .liar = -1,
                            .addrs = 4,
                            .subflows = SUBFLOWS,
                            .policy = MPTCP_POLICY_ADDRESSES};
    sc->paths = 1 + (unsigned)(draw(&r) % PATHS);
    for (int i = 0; i < 2; i++) {
        /* One draw a statement: which operand comes first is the compiler's choice. */
        uint32_t most = one_in(&r, 3) ? 60000 : 8000;
        sc->bytes[i] = one_in(&r, 4) ? 0 : (uint32_t)(draw(&r) % most);
    }
    sc->announce = one_in(&r, 2);
    sc->plain_peer = one_in(&r, 12);
    bool checksum = one_in(&r, 3);
    for (int i = 0; i < 2; i++) {
        draw_host(sc, &r, i, checksum);
    }
    sc->runs = runs[draw(&r) % 6];
    sc->rcv_buf = buffers[draw(&r) % 5];
    sc->mss = 200 + (uint32_t)(draw(&r) % 1200);
    sc->window_segments = 2 + (uint32_t)(draw(&r) % 30);
    draw_faults(sc, &r);
    sc->slow_reader = one_in(&r, 3);
    sc->later = one_in(&r, 3);
    sc->misuse = one_in(&r, 4);
    sc->rebase = one_in(&r, 3);
    sc->lazy_acks = one_in(&r, 3);
    for (unsigned i = 0; i < PATHS * 2; i++) {
        sc->fault[i / 2][i % 2].clamp = UINT32_MAX;
    }
    sc->limit = (uint8_t)(one_in(&r, 4) ? 2 : SUBFLOWS);
    sc->prio = one_in(&r, 4);
    sc->abort_at = one_in(&r, 16) ? 1000000 + draw(&r) % 1000000 : 0;
    sc->ipv6 = sc->announce && one_in(&r, 3);
    sc->room = one_in(&r, 2) ? 28 : 40;
    sc->wrap = one_in(&r, 8) ? 32 : one_in(&r, 8) ? 64 : 0;
    for (int i = 0; i < 2 && sc->wrap != 0; i++) {
        sc->flags[i] |= one_in(&r, 2) ? MPTCP_CFG_DSN32 : 0;
    }
    bool summed = ((sc->flags[0] | sc->flags[1]) & MPTCP_CFG_CHECKSUM) != 0;
    sc->corrupt = summed && sc->paths > 1 && one_in(&r, 2) ? 200 : 0;
    if (sc->plain_peer) {
        sc->paths = 1;
        sc->dark_at = sc->kill_at = 0;
        sc->corrupt = 0;
    }
    sc->calm =
        sc->loss == 0 && sc->dark_at == 0 && sc->kill_at == 0 && sc->corrupt == 0 && !sc->later;
}
