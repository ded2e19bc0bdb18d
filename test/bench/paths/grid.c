/*
 * grid.c - the pairs, the columns, and what transfer a cell stands for.
 */
#include "grid.h"

#include <string.h>

#define KIB 1024u
#define MEGA 1000000u
#define SIZE_MAX_OCTETS (64ull << 20)
#define TIME_S 6u
#define SHALLOW 65536u
#define DEEP_MS 100u
#define DEEP_MIN 15000u
#define BIG 2048u /* KiB of send buffer where it shall not be what limits */

#define HEADERS (20.0 + 20.0 + 12.0 + 24.0)

const struct pair grid_pairs[GRID_PAIRS] = {
    {"100/10+10/10", {100, 10}, {10, 10}},   {"100/10+10/100", {100, 10}, {10, 100}},
    {"100/100+10/10", {100, 10}, {100, 10}}, {"20/20+10/20", {20, 10}, {20, 20}},
    {"20/20+10/200", {20, 10}, {20, 200}},   {"20/200+10/20", {20, 10}, {200, 20}},
    {"20/20+20/20", {20, 20}, {20, 20}},     {"20/20+20/200", {20, 20}, {20, 200}},
    {"50/30+2/300", {50, 2}, {30, 300}},     {"10/20+1/200", {10, 1}, {20, 200}},
};

static const struct column windows[] = {
    {"64s", 64, BIG, 0, 0, 0, false},     {"64d", 64, BIG, 0, 0, 0, true},
    {"128s", 128, BIG, 0, 0, 0, false},   {"128d", 128, BIG, 0, 0, 0, true},
    {"256s", 256, BIG, 0, 0, 0, false},   {"256d", 256, BIG, 0, 0, 0, true},
    {"512s", 512, BIG, 0, 0, 0, false},   {"512d", 512, BIG, 0, 0, 0, true},
    {"1024s", 1024, BIG, 0, 0, 0, false}, {"1024d", 1024, BIG, 0, 0, 0, true},
};

static const struct column small[] = {
    {"16s", 16, BIG, 0, 0, 0, false},
    {"16d", 16, BIG, 0, 0, 0, true},
    {"32s", 32, BIG, 0, 0, 0, false},
    {"32d", 32, BIG, 0, 0, 0, true},
};

static const struct column buffers[] = {
    {"32s", 32, 32, 0, 0, 0, false},    {"32d", 32, 32, 0, 0, 0, true},
    {"64s", 64, 64, 0, 0, 0, false},    {"64d", 64, 64, 0, 0, 0, true},
    {"256s", 256, 256, 0, 0, 0, false}, {"256d", 256, 256, 0, 0, 0, true},
};

#define SIZED(octets)                                                                            \
    {                                                                                            \
        {"64s", 64, BIG, octets, 0, 0, false}, {"64d", 64, BIG, octets, 0, 0, true},             \
            {"256s", 256, BIG, octets, 0, 0, false}, {"256d", 256, BIG, octets, 0, 0, true},     \
            {"1024s", 1024, BIG, octets, 0, 0, false}, {"1024d", 1024, BIG, octets, 0, 0, true}, \
    }

static const struct column size_100k[] = SIZED(100000);
static const struct column size_1m[] = SIZED(1000000);
static const struct column size_10m[] = SIZED(10000000);

/* The window is large and the queues are deep, so that the loss is what the paths suffer from. */
static const struct column losses[] = {
    {"1%first", 512, BIG, 0, 1, 10000, true},
    {"1%second", 512, BIG, 0, 2, 10000, true},
    {"2%first", 512, BIG, 0, 1, 20000, true},
    {"2%second", 512, BIG, 0, 2, 20000, true},
};

#define COLUMNS(c) (c), sizeof(c) / sizeof(c)[0]

const struct table grid_tables[] = {
    {"grid", "grid", "windows of 64 to 1024 KiB", COLUMNS(windows)},
    {"small", "small", "windows of 16 and 32 KiB", COLUMNS(small)},
    {"buffer", "buffer", "a send buffer as small as the window", COLUMNS(buffers)},
    {"100k", "sizes", "100 KB", COLUMNS(size_100k)},
    {"1m", "sizes", "1 MB", COLUMNS(size_1m)},
    {"10m", "sizes", "10 MB", COLUMNS(size_10m)},
    {"loss", "loss", "random loss on one path, W 512 KiB, deep queues", COLUMNS(losses)},
};
const unsigned grid_tables_count = sizeof grid_tables / sizeof grid_tables[0];

static uint32_t deep_queue(uint32_t mbit)
{
    uint32_t octets = mbit * (MEGA / 8 / 1000) * DEEP_MS;
    return octets < DEEP_MIN ? DEEP_MIN : octets;
}

void grid_both(const struct pair *pair, const struct column *column, struct spec *spec)
{
    uint64_t size = (uint64_t)(pair->mbit[0] + pair->mbit[1]) * MEGA / 8 * TIME_S;

    memset(spec, 0, sizeof *spec);
    spec->size = size < SIZE_MAX_OCTETS ? size : SIZE_MAX_OCTETS;
    if (column->size != 0) {
        spec->size = column->size;
    }
    spec->window = column->window * KIB;
    spec->snd_buf = column->snd_buf * KIB;
    spec->paths = 2;
    for (unsigned i = 0; i < 2; i++) {
        spec->links[i].rate = (uint64_t)pair->mbit[i] * MEGA;
        spec->links[i].delay_us = pair->rtt_ms[i] * 1000u / 2;
        spec->links[i].queue = column->deep ? deep_queue(pair->mbit[i]) : SHALLOW;
        spec->links[i].loss = column->lossy == i + 1 ? column->loss : 0;
    }
}

void grid_alone(const struct spec *both, unsigned path, struct spec *spec)
{
    *spec = *both;
    spec->paths = 1;
    spec->links[0] = both->links[path];
    memset(&spec->links[1], 0, sizeof spec->links[1]);
    spec->scheduler = NULL;
}

double grid_floor(const struct spec *both)
{
    double mbit = (double)(both->links[0].rate + both->links[1].rate) / MEGA;
    return mbit * (WORLD_MTU - HEADERS) / WORLD_MTU;
}
