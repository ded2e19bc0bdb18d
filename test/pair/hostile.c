/*
 * hostile.c - scenarios of what is really out there: the friendly scenario of the seed, one to
 * three faults on top, and what then has to come out all the same.
 *
 * Whatever happens on one path, a transfer completes as long as another works; on its only path it
 * completes whatever is done to its options and payload, as plain TCP if it must. What is left to
 * excuse stands in excuse.c.
 */
#include "sim.h"

#define SECOND 1000000u

/* Some time while data is under way. */
static mptcp_time midway(uint64_t *r)
{
    return SECOND + draw(r) % (SECOND / 2);
}

/* A fault on this path may cost its subflow, again and again. */
static void harms(struct scenario *sc, unsigned path)
{
    sc->harmed |= 1u << path;
}

/* Its subflows are lost once. */
void breaks(struct scenario *sc, unsigned path)
{
    sc->broken = true;
    harms(sc, path);
}

static void draw_strip(struct scenario *sc, uint64_t *r, unsigned path)
{
    uint8_t kinds = (uint8_t)(1u << draw(r) % 4);
    bool late = kinds == STRIP_OTHERS && one_in(r, 2);
    uint8_t only = one_in(r, 4) ? (uint8_t)(1 + draw(r) % 6) : 0;
    mptcp_time at = late ? midway(r) : 0;
    unsigned which = 1 + (unsigned)(draw(r) % 3);

    for (unsigned i = 0; i < 2; i++) {
        struct fault *f = &sc->fault[path][i];
        if ((which & 1u << i) != 0) {
            f->strip |= kinds;
            f->strip_at = at;
            f->only = only;
        }
    }
    /* Elsewhere than on the first path it is a join whose handshake is stripped. */
    if (kinds == STRIP_OTHERS || only != 0 || path > 0) {
        harms(sc, path);
    }
}

static void draw_edit(struct scenario *sc, uint64_t *r, unsigned path)
{
    struct fault *f = &sc->fault[path][draw(r) % 2];
    static const int by[] = {0, 1, 7, -1, -5};

    /* Without checksums nobody can notice; with the length kept TCP would not, either. */
    sc->flags[0] |= MPTCP_CFG_CHECKSUM;
    uint32_t half = sc->bytes[f == &sc->fault[path][1]] / 2;
    f->edit_at = half < 20 ? 0 : 1 + (uint32_t)(draw(r) % (half < 3000 ? half : 3000));
    f->edit_by = by[draw(r) % 5];
    harms(sc, path);
}

static void draw_inject(struct scenario *sc, uint64_t *r, unsigned path)
{
    sc->inject = (enum inject)(1 + draw(r) % 4);
    sc->inject_at = midway(r);
    sc->inject_path = path;
    sc->inject_to = (int)(draw(r) % 2);
    bool in = sc->inject == INJECT_RST_IN || sc->inject == INJECT_FIN_IN;
    if (in) {
        breaks(sc, path);
    }
}

static void draw_dark(struct scenario *sc, uint64_t *r, unsigned path)
{
    struct fault *f = &sc->fault[path][draw(r) % 2];
    f->dark_at = midway(r);
    f->dark_for = SECOND / 2 + draw(r) % (10 * SECOND);
}

static void draw_fault(struct scenario *sc, uint64_t *r)
{
    unsigned path = (unsigned)(draw(r) % sc->paths);
    struct fault *f = &sc->fault[path][draw(r) % 2];

    switch (draw(r) % 12) {
    case 0:
    case 1:
    case 2:
        draw_strip(sc, r, path);
        break;
    case 3:
        f->split = (uint8_t)(10 + draw(r) % 60);
        break;
    case 4:
        f->merge = (uint8_t)(1 + draw(r) % 8);
        break;
    case 5:
        draw_edit(sc, r, path);
        break;
    case 6:
        sc->proxy[path] = true;
        harms(sc, path);
        break;
    case 7:
        f->clamp = one_in(r, 2) ? 0 : 500 + (uint32_t)(draw(r) % 4000);
        f->clamp_until = f->clamp == 0 ? midway(r) + draw(r) % (5 * SECOND) : MPTCP_NEVER;
        break;
    case 8:
        draw_inject(sc, r, path);
        break;
    case 9:
        f->ack_loss = (uint16_t)(50 + draw(r) % 400);
        break;
    case 10:
        draw_dark(sc, r, path);
        break;
    default:
        sc->rebind_at[path] = midway(r);
        breaks(sc, path);
        break;
    }
}

static void draw_time(struct scenario *sc, uint64_t *r)
{
    if (one_in(r, 6)) {
        sc->late = 1 + (uint32_t)(draw(r) % (3 * SECOND));
    }
    if (one_in(r, 8)) {
        sc->jump_at = midway(r);
        sc->jump_by = one_in(r, 2) ? 500 * (int64_t)SECOND : -20 * (int64_t)SECOND;
    }
}

void scenario_hostile(struct scenario *sc, uint64_t seed)
{
    uint64_t r = seed * 0x9e3779b97f4a7c15ull + 77;

    sc->hostile = true;
    sc->calm = false;
    sc->corrupt = 0;
    sc->runs = (uint16_t)(2 + draw(&r) % 20);
    sc->addrs = (uint8_t)(one_in(&r, 4) ? 1 + draw(&r) % sc->paths : sc->paths + 1);
    sc->subflows = (uint8_t)(one_in(&r, 6) ? 1 : 2 + draw(&r) % (SUBFLOWS - 1));
    sc->policy = one_in(&r, 4) ? MPTCP_POLICY_FULLMESH : MPTCP_POLICY_ADDRESSES;
    sc->remove = sc->paths > 1 && one_in(&r, 6);
    for (unsigned p = 0; p < PATHS; p++) {
        sc->fault[p][0].shift = (uint32_t)draw(&r);
        sc->fault[p][1].shift = (uint32_t)draw(&r);
    }
    for (unsigned n = 1 + (unsigned)(draw(&r) % 3); n > 0; n--) {
        draw_fault(sc, &r);
    }
    draw_time(sc, &r);
    for (unsigned p = 0; p < PATHS; p++) {
        /* A proxy's numbers are those of one side only. */
        sc->fault[p][0].edit_at = sc->proxy[p] ? 0 : sc->fault[p][0].edit_at;
        sc->fault[p][1].edit_at = sc->proxy[p] ? 0 : sc->fault[p][1].edit_at;
    }
    if (one_in(&r, 10)) {
        sc->liar = (int)(draw(&r) % 2);
        sc->lie = (enum lie)(1 + draw(&r) % (LIES - 1));
    }
}
