/*
 * cell.c - see cell.h.
 */
#include "cell.h"

void cell_want(struct cell *cell, const struct pair *pair, const struct column *column,
               const struct mptcp_scheduler *const *schedulers, unsigned n,
               const struct mptcp_congestion *cc)
{
    struct spec both;
    struct spec alone;

    cell->wanted = true;
    grid_both(pair, column, &both);
    both.cc = cc;
    cell->floor = grid_floor(&both);
    for (unsigned i = 0; i < 2; i++) {
        grid_alone(&both, i, &alone);
        cell->alone[i] = measure_want(&alone);
    }
    for (unsigned s = 0; s < n; s++) {
        both.scheduler = schedulers[s];
        cell->both[s] = measure_want(&both);
    }
}

const struct measured *cell_best(const struct cell *cell)
{
    const struct measured *first = measure_get(cell->alone[0]);
    const struct measured *second = measure_get(cell->alone[1]);
    return first->mbit >= second->mbit ? first : second;
}

double cell_ratio(const struct cell *cell, unsigned s)
{
    const struct measured *first = measure_get(cell->alone[0]);
    const struct measured *second = measure_get(cell->alone[1]);

    if (first->failed || second->failed) {
        return 0;
    }
    return measure_get(cell->both[s])->mbit / cell_best(cell)->mbit;
}
