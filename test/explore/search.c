/*
 * search.c - breadth-first search. Of a world that was seen only a hash of 64 bits is kept, from
 * which world it was reached, and by which move: so the shortest path to it can be walked again.
 * (Among 10^7 worlds two have the same hash once in a few hundred thousand runs.) The worlds of the
 * level that is being walked, and of the next one, are kept as what differs from the first world.
 */
#define _DEFAULT_SOURCE
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct level {
    uint8_t *data;
    size_t used;
    size_t size;
    uint32_t first; /* index of its first world */
    uint32_t count;
};

static struct world *root;
static uint64_t *hashes; /* by index */
static uint32_t *parents;
static uint16_t *moves;
static uint32_t *table; /* index + 1, by hash */
static uint64_t table_mask;
static uint32_t count;
static uint64_t most;

struct hash {
    uint64_t a;
    uint64_t b;
};

static void mix(struct hash *h, const void *data, size_t n)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < n; i += 16) {
        uint64_t x[2] = {0};
        memcpy(x, p + i, n - i < sizeof x ? n - i : sizeof x);
        h->a = (h->a ^ x[0]) * 0x9e3779b97f4a7c15u;
        h->a ^= h->a >> 32;
        h->b = (h->b ^ x[1]) * 0xc2b2ae3d27d4eb4fu;
        h->b ^= h->b >> 29;
    }
}

uint64_t world_hash(const struct world *w)
{
    struct hash h = {0x243f6a8885a308d3u, 0x13198a2e03707344u};

    mix(&h, w, offsetof(struct world, way));
    mix(&h, w->blocks, 2 * block_size);
    for (unsigned i = 0; i < 2 * SUBFLOWS; i++) {
        mix(&h, w->way[i % 2][i / 2], w->under_way[i % 2][i / 2] * sizeof(struct segment));
    }
    uint64_t x = (h.a ^ (h.b << 31 | h.b >> 33)) * 0xff51afd7ed558ccdu;
    return x ^ x >> 33;
}

/* Memory that costs nothing until it is used. */
static void *memory(uint64_t octets)
{
    void *p = mmap(NULL, octets, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        perror("explore: mmap");
        exit(2);
    }
    return p;
}

/* The index of the world with this hash; it is entered if it was not seen. */
static bool enter(uint64_t hash, uint32_t parent, unsigned move)
{
    uint64_t at = hash & table_mask;

    while (table[at] != 0) {
        if (hashes[table[at] - 1] == hash) {
            return false;
        }
        at = (at + 1) & table_mask;
    }
    hashes[count] = hash;
    parents[count] = parent;
    moves[count] = (uint16_t)move;
    table[at] = ++count;
    return true;
}

/* -------------------------------------------------------------------- the levels */

/* A bit for each word that differs from the first world's, then these words. */
static void keep(struct level *l, const struct world *w)
{
    size_t words = world_size / 8;
    size_t bits = (words + 7) / 8;
    const uint8_t *p = (const uint8_t *)w;
    const uint8_t *q = (const uint8_t *)root;

    if (l->used + world_size + bits > l->size) {
        l->size = l->size * 2 + world_size + bits + 65536;
        l->data = realloc(l->data, l->size);
        if (l->data == NULL) {
            perror("explore: memory");
            exit(2);
        }
    }
    uint8_t *mask = l->data + l->used;
    memset(mask, 0, bits);
    l->used += bits;
    for (size_t i = 0; i < words; i++) {
        if (memcmp(p + 8 * i, q + 8 * i, 8) != 0) {
            mask[i / 8] |= (uint8_t)(1u << i % 8);
            memcpy(l->data + l->used, p + 8 * i, 8);
            l->used += 8;
        }
    }
    l->count++;
}

/* The world that was kept at *from, which moves to the next one. */
static void fetch(const struct level *l, size_t *from, struct world *w)
{
    size_t words = world_size / 8;
    size_t bits = (words + 7) / 8;
    const uint8_t *mask = l->data + *from;

    memcpy(w, root, world_size);
    *from += bits;
    for (size_t i = 0; i < words; i++) {
        if ((mask[i / 8] >> i % 8 & 1) != 0) {
            memcpy((uint8_t *)w + 8 * i, l->data + *from, 8);
            *from += 8;
        }
    }
}

/* --------------------------------------------------------------------- the trace */

#define DEPTH_MAX 1000u

/* Walks the path to world `index`, then `move` if it is one, then the fair course, in words. */
static void trace(uint32_t index, unsigned move)
{
    unsigned path[DEPTH_MAX];
    unsigned n = 0;
    struct world *w = malloc(world_size);
    char what[sizeof failure];

    memcpy(what, failure, sizeof what);
    for (uint32_t i = index; i != 0 && n < DEPTH_MAX; i = parents[i]) {
        path[n++] = moves[i];
    }
    printf("%s: %s\n", scope->name, what);
    printf("  (A is the client, B the server; --scope %s; octets, DSNs and DATA_ACKs counted from "
           "1)\n",
           scope->name);
    failure[0] = 0;
    talk = true;
    memcpy(w, root, world_size);
    for (unsigned k = 1; n-- > 0; k++) {
        printf("  %3u\n", k);
        move_make(w, path[n]);
    }
    if (move < MOVES) {
        printf("  and then\n");
        move_make(w, move);
    }
    if (failure[0] == 0) {
        printf("  and from here on nothing goes wrong any more:\n");
        fair_ends(w);
    }
    talk = false;
    printf("  %s\n", failure[0] == 0 ? "(not seen again when walked anew)" : failure);
    free(w);
}

/* -------------------------------------------------------------------- the search */

static void begin(uint64_t limit)
{
    uint64_t slots = 1024;

    most = limit;
    while (slots < 2 * limit) {
        slots *= 2;
    }
    root = malloc(world_size);
    hashes = memory((limit + 1) * sizeof *hashes);
    parents = memory((limit + 1) * sizeof *parents);
    moves = memory((limit + 1) * sizeof *moves);
    table = memory(slots * sizeof *table);
    table_mask = slots - 1;
    count = 0;
    if (root == NULL || !fair_init(1024)) {
        perror("explore: memory");
        exit(2);
    }
}

static void finish(struct level level[2])
{
    free(root);
    munmap(hashes, (most + 1) * sizeof *hashes);
    munmap(parents, (most + 1) * sizeof *parents);
    munmap(moves, (most + 1) * sizeof *moves);
    munmap(table, (table_mask + 1) * sizeof *table);
    fair_free();
    free(level[0].data);
    free(level[1].data);
}

/* All moves from one world; false if one is wrong. */
static bool walk(const struct world *w, uint32_t index, struct world *next, struct level *to,
                 struct result *r)
{
    bool same = false;

    for (unsigned m = 0; m < MOVES && count < most; m++) {
        if (!same) {
            memcpy(next, w, world_size);
        }
        same = !move_make(next, m);
        if (same) {
            memcpy(next->left, w->left, sizeof w->left);
            continue;
        }
        r->moves++;
        if (failure[0] != 0) {
            trace(index, m);
            return false;
        }
        if (!enter(world_hash(next), index, m)) {
            continue;
        }
        keep(to, next);
        if (!fair_ends(next)) {
            trace(count - 1, MOVES);
            return false;
        }
    }
    return true;
}

void search(struct result *r, uint64_t limit, unsigned depth)
{
    struct level level[2] = {{0}, {0}};
    struct world *w = malloc(world_size);
    struct world *next = malloc(world_size);
    struct level *now = &level[0];
    struct level *then = &level[1];

    memset(r, 0, sizeof *r);
    begin(limit);
    world_begin(root);
    enter(world_hash(root), 0, 0);
    keep(now, root);
    if (failure[0] != 0 || !fair_ends(root)) {
        trace(0, MOVES);
        r->failed = true;
    }
    while (now->count > 0 && r->depth < depth && !r->failed && count < most) {
        size_t from = 0;
        then->used = then->count = 0;
        then->first = count;
        for (uint32_t i = 0; i < now->count && !r->failed && count < most; i++) {
            fetch(now, &from, w);
            r->failed = !walk(w, now->first + i, next, then, r);
        }
        struct level *t = now;
        now = then;
        then = t;
        r->depth += now->count > 0;
        if (isatty(STDERR_FILENO)) {
            fprintf(stderr, "\r%-12s depth %3u, %10u states \r", scope->name, r->depth, count);
        }
    }
    r->complete = now->count == 0;
    r->states = count;
    r->fair_states = fair_count();
    r->octets = count * 18u + (table_mask + 1) * sizeof *table + level[0].size + level[1].size +
                fair_octets();
    finish(level);
    free(w);
    free(next);
}
