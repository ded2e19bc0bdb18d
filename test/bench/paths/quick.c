/*
 * quick.c - see quick.h. Most cells have deep queues: those with shallow ones are chaotic, and a
 * change of one packet moves them by 0.1. A limit is what was reached, less what that differs by
 * with other phases of the timers: 0.01 at most, 0.04 where packets are lost.
 */
#include "quick.h"

#include <string.h>

static const struct entry {
    const char *table;
    unsigned pair; /* from 1 */
    const char *column;
    double limit; /* of what the better path carries alone */
} entries[] = {
    {"grid", 1, "256d", 1.04}, {"grid", 1, "512d", 1.08},     {"grid", 2, "64d", 0.99},
    {"grid", 3, "128d", 1.33}, {"grid", 3, "512d", 1.09},     {"grid", 4, "256d", 1.48},
    {"grid", 4, "64d", 1.09},  {"grid", 5, "512d", 1.24},     {"grid", 6, "128d", 0.97},
    {"grid", 6, "256d", 1.24}, {"grid", 7, "128d", 1.96},     {"grid", 8, "512d", 1.37},
    {"grid", 9, "128d", 0.99}, {"10m", 9, "256s", 0.98},      {"grid", 10, "256d", 1.02},
    {"small", 6, "16d", 0.98}, {"buffer", 10, "64d", 0.99},   {"100k", 4, "256d", 0.98},
    {"1m", 6, "256d", 0.70},   {"loss", 7, "1%second", 1.06},
};
#define ENTRIES (sizeof entries / sizeof entries[0])

static const struct column *column_of(const struct entry *e)
{
    for (unsigned i = 0; i < grid_tables_count; i++) {
        const struct table *t = &grid_tables[i];
        for (unsigned k = 0; strcmp(t->name, e->table) == 0 && k < t->n; k++) {
            if (strcmp(t->columns[k].name, e->column) == 0) {
                return &t->columns[k];
            }
        }
    }
    return NULL;
}

int quick_run(const struct options *o)
{
    struct cell cells[ENTRIES] = {0};
    int status = 0;

    for (unsigned i = 0; i < ENTRIES; i++) {
        const struct column *column = column_of(&entries[i]);
        if (column == NULL) {
            fprintf(stderr, "paths: no column %s in %s\n", entries[i].column, entries[i].table);
            return 2;
        }
        cell_alone(&cells[i], &grid_pairs[entries[i].pair - 1], column, o->cc);
    }
    bool well = measure_all(o->phases, o->jobs);
    for (unsigned i = 0; i < ENTRIES; i++) {
        cell_rest(&cells[i], o->schedulers, 1);
    }
    if (!measure_all(o->phases, o->jobs) || !well) {
        return 2;
    }
    for (unsigned i = 0; i < ENTRIES; i++) {
        double ratio = cell_ratio(&cells[i], 0);
        printf("%-6s %-14s %-8s alone %6.2f Mbit/s, both %6.2f: ratio %.3f, limit %.2f: %s\n",
               entries[i].table, grid_pairs[entries[i].pair - 1].name, entries[i].column,
               cell_best(&cells[i]), measure_get(cells[i].both[0])->mbit, ratio, entries[i].limit,
               ratio >= entries[i].limit ? "met" : "MISSED");
        if (ratio == 0) {
            status = 2;
        } else if (ratio < entries[i].limit && status == 0) {
            status = 1;
        }
    }
    return status;
}
