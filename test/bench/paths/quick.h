/*
 * quick.h - 20 cells of all tables against the limits that they have reached.
 */
#ifndef PATHS_QUICK_H
#define PATHS_QUICK_H

#include "tables.h"

/* Under the first of the schedulers; a line for each cell. 0: all reach their limits; 1: not all;
 * 2: a transfer failed. */
int quick_run(const struct options *o);

#endif
