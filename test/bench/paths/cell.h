/*
 * cell.h - one cell of a table: both paths under each scheduler, and the better of them alone.
 *
 * Which one is the better is known only after both were measured, but a path whose rate or W / RTT
 * is below what the other has carried can't be. So a cell is measured in two steps:
 *
 *   cell_alone   asks for the path that promises more
 *   cell_rest    once that is measured: asks for the other one if need be, and for both together
 */
#ifndef PATHS_CELL_H
#define PATHS_CELL_H

#include "grid.h"

#define SCHEDULERS_MAX 255u

struct cell {
    bool wanted;
    bool known[2];     /* the path is measured alone */
    unsigned alone[2]; /* numbers of measurements */
    unsigned both[SCHEDULERS_MAX];
    struct spec spec; /* of both paths, without a scheduler */
    double floor;     /* Mbit/s: see grid_floor */
};

void cell_alone(struct cell *cell, const struct pair *pair, const struct column *column,
                const struct mptcp_congestion *cc);
void cell_rest(struct cell *cell, const struct mptcp_scheduler *const *schedulers, unsigned n);

/* What path 0 or 1 carries alone; NULL: it is not the better one, and was not measured. */
const struct measured *cell_path(const struct cell *cell, unsigned path);

/* What the better of its paths carries alone, Mbit/s; 0: a transfer failed. */
double cell_best(const struct cell *cell);

/* Both under scheduler number s, as a ratio of it; 0: a transfer failed. */
double cell_ratio(const struct cell *cell, unsigned s);

#endif
