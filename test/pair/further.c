/*
 * further.c - what both kinds of scenarios have besides, from a generator of its own: how the
 * connection begins, whether it moves in the middle; and, of hostile ones, one more fault.
 */
#include "sim.h"

#define SECOND 1000000u

static mptcp_time midway(uint64_t *r)
{
    return SECOND + draw(r) % (SECOND / 2);
}

static void draw_opening(struct scenario *sc, uint64_t *r)
{
    if (one_in(r, 6)) {
        sc->stateless = true;
        sc->forgets = one_in(r, 2);
        sc->collide = (uint8_t)(one_in(r, 4) ? 1 + draw(r) % 2 : 0);
        sc->flood = (uint8_t)(one_in(r, 3) ? 1 + draw(r) % 20 : 0);
        return;
    }
    if (one_in(r, 5) && sc->bytes[0] > 0) {
        uint32_t most = sc->bytes[0] < sc->mss ? sc->bytes[0] : sc->mss;
        sc->fast_open = 1 + (uint32_t)(draw(r) % most);
        sc->fast_take = one_in(r, 3)   ? 0
                        : one_in(r, 2) ? (uint32_t)(draw(r) % sc->fast_open)
                                       : sc->fast_open;
        sc->fast_again = one_in(r, 2);
        sc->fast_talk = one_in(r, 2);
    }
}

/* An end leaves and comes back elsewhere. There is room for its old subflows beside the new ones.
 */
static void draw_park(struct scenario *sc, uint64_t *r)
{
    int who = (int)(draw(r) % 2);

    if (!one_in(r, 6) || (who == 1 && sc->paths == 1) || sc->plain_peer || sc->liar >= 0) {
        return;
    }
    sc->park_who = who;
    sc->park_at = SECOND + draw(r) % SECOND;
    sc->park_for = 1000 + draw(r) % (10 * SECOND);
    sc->addrs = 2 * PATHS + 2;
    sc->subflows = sc->limit = 2 * SUBFLOWS;
    sc->policy = MPTCP_POLICY_ADDRESSES;
    sc->abort_at = 0;
    sc->calm = false;
    sc->corrupt = 0; /* the only path that a server may come back on */
    sc->remove = false;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *room = &sc->manner[i].least_room; /* for MP_JOIN */
        *room = *room != 0 && *room < 24 ? 24 : *room;
    }
    if (who == 1) {
        sc->announce = sc->ipv6 = false; /* the client does, so that the server can join it */
    }
}

static void draw_death(struct scenario *sc, uint64_t *r, unsigned path)
{
    bool grave = sc->paths > 1 && one_in(r, 2);
    mptcp_time at = midway(r);
    mptcp_time how_long = grave ? MPTCP_NEVER : SECOND / 2 + draw(r) % (10 * SECOND);

    for (unsigned i = 0; i < 2; i++) {
        sc->fault[path][i].dark_at = at;
        sc->fault[path][i].dark_for = how_long;
    }
    if (grave) {
        breaks(sc, path);
    }
}

static void draw_more(struct scenario *sc, uint64_t *r)
{
    unsigned path = (unsigned)(draw(r) % sc->paths);
    struct fault *f = &sc->fault[path][draw(r) % 2];

    switch (draw(r) % 7) {
    case 0:
        f->dup = (uint8_t)(1 + draw(r) % 50);
        break;
    case 1:
        f->ack_late = 1000 + (uint32_t)(draw(r) % 400000);
        break;
    case 2:
        draw_death(sc, r, path);
        break;
    case 3:
        f->tso = (uint8_t)(10 + draw(r) % 90);
        break;
    case 4:
        f->resend = (uint8_t)(5 + draw(r) % 50);
        break;
    case 5:
        f->merge = (uint8_t)(1 + draw(r) % 8);
        f->merge_keeps = one_in(r, 2) ? KEEPS_LAST : KEEPS_BOTH;
        break;
    default:
        breaks(sc, path);
        sc->inject = INJECT_RST_NEAR;
        sc->inject_at = midway(r);
        sc->inject_path = path;
        sc->inject_to = (int)(draw(r) % 2);
        break;
    }
}

void scenario_further(struct scenario *sc, uint64_t seed)
{
    uint64_t r = seed * 0xda942042e4dd58b5ull + 1234567;

    draw_opening(sc, &r);
    if (sc->versions.offer == 0) {
        sc->fast_open = 0; /* a SYN of version 0 has no payload */
        sc->fast_talk = false;
    }
    draw_park(sc, &r);
    if (sc->hostile && one_in(&r, 2)) {
        draw_more(sc, &r);
    }
    /* A proxy acknowledges nothing before it has a connection to both sides. */
    sc->fast_talk &= !sc->proxy[0];
    scenario_excuses(sc);
}
