/*
 * world.c - the clock of the world, its links, and the packets that are under way on them.
 */
#include "world_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void world_config_init(struct world_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    cfg->seed = 1;
    cfg->links = 2;
    cfg->way.rate = 20000000;
    cfg->way.delay_us = 10000;
    cfg->mtu = 1500;
    cfg->tells = 1;
    for (unsigned i = 0; i < 2; i++) {
        toy_config_init(&cfg->toy[i]);
        below_config_init(&cfg->below[i]);
    }
}

struct world *world_new(const struct world_config *cfg)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->judged = calloc(JUDGED, sizeof *w->judged);
    assert_non_null(w->judged);
    w->cfg = *cfg;
    w->now = SECOND;
    w->random = cfg->seed * 0x9e3779b97f4a7c15u + 1;
    for (unsigned i = 0; i < LINKS; i++) {
        w->way[i] = cfg->way;
    }
    host_begin(w, CLIENT);
    host_begin(w, SERVER);
    return w;
}

void world_free(struct world *w)
{
    char fault[sizeof w->fault];

    host_end(&w->host[CLIENT]);
    host_end(&w->host[SERVER]);
    memcpy(fault, w->fault, sizeof fault);
    for (size_t i = 0; i < w->flying; i++) {
        free(w->heap[i]);
    }
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned i = 0; i < w->apps[side]; i++) {
            free(w->app[side][i]);
        }
    }
    free(w->heap);
    free(w->judged);
    free(w);
    assert_string_equal("", fault);
}

mptcp_time world_now(const struct world *w)
{
    return w->now;
}

uint32_t world_random(struct world *w)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->random >> 32);
}

struct toy *world_toy(struct world *w, enum side side)
{
    return w->host[side].toy;
}

struct below *world_below(struct world *w, enum side side)
{
    return w->host[side].below;
}

struct mptcp_addr world_address(enum side side, unsigned link, unsigned family)
{
    uint8_t host = side == CLIENT ? 1 : 2;

    return family == 6 ? address6((uint8_t)link, host, 0) : address4(10, 0, (uint8_t)link, host, 0);
}

const char *world_fault(const struct world *w)
{
    return w->fault[0] != 0 ? w->fault : NULL;
}

void world_wrong(struct world *w, const char *fault)
{
    if (w->fault[0] == 0) {
        strncpy(w->fault, fault, sizeof w->fault - 1);
    }
}

void world_set_way(struct world *w, unsigned link, const struct way *way)
{
    w->way[link] = *way;
}

void world_dark(struct world *w, unsigned link, bool dark)
{
    w->dark[link] = dark;
}

void world_box(struct world *w, box_fn box, void *arg)
{
    w->box = box;
    w->box_arg = arg;
}

void world_watch(struct world *w, box_fn watch, void *arg)
{
    w->watch = watch;
    w->watch_arg = arg;
}

/* ------------------------------------------------------------- under way */

static bool sooner(const struct flying *a, const struct flying *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct flying **a, struct flying **b)
{
    struct flying *t = *a;

    *a = *b;
    *b = t;
}

static void fly(struct world *w, const struct flying *f)
{
    struct flying *copy = malloc(sizeof *copy);

    if (w->flying == w->room) {
        w->room = w->room * 2 + 64;
        w->heap = realloc(w->heap, w->room * sizeof w->heap[0]);
    }
    assert_non_null(copy);
    assert_non_null(w->heap);
    *copy = *f;
    copy->order = w->order++;
    size_t i = w->flying++;
    w->heap[i] = copy;
    for (; i != 0 && sooner(w->heap[i], w->heap[(i - 1) / 2]); i = (i - 1) / 2) {
        swap(&w->heap[i], &w->heap[(i - 1) / 2]);
    }
}

static struct flying *land(struct world *w)
{
    struct flying *first = w->heap[0];
    size_t n = --w->flying;

    w->heap[0] = w->heap[n];
    for (size_t i = 0, k; (k = 2 * i + 1) < n; i = k) {
        k += k + 1 < n && sooner(w->heap[k + 1], w->heap[k]);
        if (!sooner(w->heap[k], w->heap[i])) {
            break;
        }
        swap(&w->heap[i], &w->heap[k]);
    }
    return first;
}

void world_queue(struct world *w, enum side side, unsigned nif, const uint8_t *packet, size_t len,
                 bool emitted)
{
    struct flying f = {.to = side, .nif = nif, .len = len, .emitted = emitted, .passed = !emitted};

    f.at = w->now + (emitted ? w->cfg.emits_us : w->cfg.queued_us);
    memcpy(f.packet, packet, len);
    fly(w, &f);
}

/* What is next arrives, or is lost on a dark link. */
static void arrives(struct world *w)
{
    struct flying *f = land(w);
    struct host *h = &w->host[f->to];

    if (f->emitted) {
        host_emits(h, f->nif, f->packet, f->len);
    } else if (f->passed) {
        host_takes(h, f->nif, f->packet, f->len);
    } else if (!w->dark[f->link]) {
        host_arrives(h, f->nif, f->packet, f->len);
    }
    free(f);
}

bool world_hurry(struct world *w, enum side side)
{
    if (w->flying == 0 || w->heap[0]->to != side || w->dark[w->heap[0]->link]) {
        return false;
    }
    arrives(w);
    return true;
}

static bool chance(struct world *w, uint32_t of_a_million)
{
    return of_a_million != 0 && world_random(w) % 1000000u < of_a_million;
}

/* Where a packet goes: the interface that has its destination address; LINKS: none. */
static unsigned destination(const struct world *w, enum side to, const uint8_t *packet, size_t len)
{
    struct mptcp_addr addr = {.family = 4};

    if (len >= 20 && packet[0] >> 4 == 4) {
        memcpy(addr.ip, packet + 16, 4);
    } else if (len >= 40 && packet[0] >> 4 == 6) {
        addr.family = 6;
        memcpy(addr.ip, packet + 24, 16);
    }
    for (unsigned i = 0; i < w->cfg.links; i++) {
        struct mptcp_addr own = world_address(to, i, addr.family);
        if (mptcp_addr_same_ip(&own, &addr)) {
            return i;
        }
    }
    return LINKS;
}

/* A router says that a packet is too big: ICMP type 3 code 4, or ICMPv6 type 2. */
static void too_big(struct world *w, struct flying *f, enum side back, unsigned nif, uint16_t mtu)
{
    struct flying answer = {.at = w->now + SECOND / 1000, .to = back, .link = f->link, .nif = nif};

    answer.len = seg_too_big(f->packet, f->len, mtu, answer.packet);
    fly(w, &answer);
}

/* When the last bit of a packet is through; MPTCP_NEVER: there is no room for it. */
static mptcp_time through(struct world *w, enum side from, const struct flying *f)
{
    const struct way *way = &w->way[f->link];
    mptcp_time *busy = &w->busy[f->link][from];

    if (*busy < w->now) {
        *busy = w->now;
    }
    if (way->rate == 0) {
        return w->now;
    }
    if (way->queue != 0 && (*busy - w->now) * way->rate / 8 / SECOND > way->queue) {
        return MPTCP_NEVER;
    }
    *busy += (mptcp_time)f->len * 8 * SECOND / way->rate;
    return *busy;
}

static void enter(struct world *w, enum side from, struct flying *f)
{
    const struct way *way = &w->way[f->link];
    mptcp_time at = through(w, from, f);

    if (at == MPTCP_NEVER || chance(w, way->loss)) {
        return;
    }
    f->at = at + way->delay_us;
    if (chance(w, way->late)) {
        f->at += world_random(w) % (way->late_us + 1u);
    }
    fly(w, f);
    if (chance(w, way->twice)) {
        f->at += world_random(w) % 5000u;
        fly(w, f);
    }
}

void world_leaves(struct world *w, enum side from, unsigned nif, const uint8_t *packet, size_t len)
{
    enum side to = from == CLIENT ? SERVER : CLIENT;
    struct flying f = {.to = to, .len = len};

    f.nif = destination(w, to, packet, len);
    if (f.nif == LINKS) {
        return;
    }
    f.link = nif > f.nif ? nif : f.nif;
    memcpy(f.packet, packet, len);
    if (w->cfg.toy[from].offload) { /* the device computes checksums; the judge was there before */
        seg_refit(f.packet, f.len);
    }
    trace(w, from, f.link, packet, len);
    if (w->watch != NULL) {
        (void)w->watch(w->watch_arg, f.link, from, f.packet, &f.len);
    }
    if (w->box != NULL && !w->box(w->box_arg, f.link, from, f.packet, &f.len)) {
        return;
    }
    if (w->dark[f.link]) {
        return;
    }
    uint16_t mtu = w->way[f.link].mtu;
    if (mtu != 0 && f.len > mtu) {
        too_big(w, &f, from, nif, mtu);
        return;
    }
    enter(w, from, &f);
}

void world_sends(struct world *w, enum side from, unsigned nif, const uint8_t *packet, size_t len)
{
    judge(w, from, nif, packet, len);
    world_leaves(w, from, nif, packet, len);
}

void world_again(struct world *w, enum side to, const uint8_t *packet, size_t len)
{
    struct flying f = {.to = to, .len = len};

    f.link = f.nif = destination(w, to, packet, len);
    f.at = w->now + w->way[f.link % LINKS].delay_us + 3000;
    memcpy(f.packet, packet, len);
    if (f.nif != LINKS) {
        fly(w, &f);
    }
}

void world_forget(struct world *w, enum side side)
{
    struct host *h = &w->host[side];

    h->below = NULL;
    h->plain = true;
    h->due = MPTCP_NEVER;
    for (unsigned i = 0; i < w->apps[side]; i++) {
        w->app[side][i]->ended = w->app[side][i]->plain = true;
    }
}

void world_inject(struct world *w, enum side to, unsigned link, const uint8_t *packet, size_t len)
{
    host_arrives(&w->host[to], link, packet, len);
    world_settle(w);
}

/* ------------------------------------------------------------------ time */

static void settle(struct world *w)
{
    unsigned rounds = 0;
    bool any;

    do {
        any = host_pump(&w->host[CLIENT]);
        any |= host_pump(&w->host[SERVER]);
        if (++rounds > 100000) {
            world_wrong(w, "a host always has something to do at once");
            return;
        }
    } while (any);
}

void world_settle(struct world *w)
{
    w->host[CLIENT].touched = w->host[SERVER].touched = true; /* the caller did something */
    settle(w);
}

static mptcp_time next_time(const struct world *w)
{
    mptcp_time at = host_deadline(&w->host[CLIENT]);
    mptcp_time other = host_deadline(&w->host[SERVER]);

    at = other < at ? other : at;
    return w->flying != 0 && w->heap[0]->at < at ? w->heap[0]->at : at;
}

/* The next thing happens, if it does until `limit`. */
static bool step(struct world *w, mptcp_time limit)
{
    mptcp_time at = next_time(w);

    if (at > limit) {
        w->now = limit;
        return false;
    }
    w->now = at > w->now ? at : w->now;
    if (w->flying != 0 && w->heap[0]->at <= w->now) {
        arrives(w);
    }
    settle(w);
    return true;
}

void world_run(struct world *w, mptcp_time us)
{
    mptcp_time limit = w->now + us;

    world_settle(w);
    while (step(w, limit)) {
    }
}

bool world_until(struct world *w, bool (*done)(struct world *w, void *arg), void *arg,
                 mptcp_time us)
{
    mptcp_time limit = w->now + us;

    world_settle(w);
    while (!done(w, arg)) {
        if (w->fault[0] != 0 || !step(w, limit)) {
            return false;
        }
    }
    return true;
}
