/*
 * tables.h - measures the cells of a table under each scheduler, and prints them.
 */
#ifndef PATHS_TABLES_H
#define PATHS_TABLES_H

#include "cell.h"

#include <stdio.h>

struct options {
    const struct mptcp_scheduler *schedulers[SCHEDULERS_MAX];
    unsigned nschedulers;
    const struct mptcp_scheduler *standard; /* the library's own choice */
    const struct mptcp_congestion *cc;      /* not NULL */
    unsigned jobs;
    unsigned phases;
    FILE *out; /* a line for each cell, tab separated */
    /* which cells; NULL or 0: all */
    const char *cells; /* PAIR:COLUMN,... */
    unsigned pair;     /* from 1 */
    unsigned window;   /* KiB */
    char queue;        /* s or d */
};

/* Names what stands in each column of options.out. A path that was not measured alone, since it is
 * not the better one, has the rate 0. */
void tables_head(FILE *out);

/* False if a transfer failed. */
bool tables_run(const struct options *o, const struct table *table);

#endif
