/*
 * cell.h - one cell of a table: both paths under each scheduler, and each of them alone.
 */
#ifndef PATHS_CELL_H
#define PATHS_CELL_H

#include "grid.h"

#define SCHEDULERS_MAX 255u

struct cell {
    bool wanted;
    unsigned alone[2]; /* numbers of measurements */
    unsigned both[SCHEDULERS_MAX];
    double floor; /* Mbit/s: see grid_floor */
};

/* Asks for what the cell needs. */
void cell_want(struct cell *cell, const struct pair *pair, const struct column *column,
               const struct mptcp_scheduler *const *schedulers, unsigned n,
               const struct mptcp_congestion *cc);

/* What the better of its paths carries alone, once it is measured. */
const struct measured *cell_best(const struct cell *cell);

/* ... and both under scheduler number s, as a ratio of it; 0: a transfer failed. */
double cell_ratio(const struct cell *cell, unsigned s);

#endif
