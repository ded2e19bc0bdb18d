/*
 * measure.h - how fast transfers are: the mean over both directions and several phases of the
 * timers. What is asked for twice is measured once: a path alone has no scheduler, and the pairs of
 * a grid share paths.
 */
#ifndef PATHS_MEASURE_H
#define PATHS_MEASURE_H

#include "transfer.h"

#define PHASES_MAX 64u

struct measured {
    double mbit;    /* Mbit/s of payload, handshake and tail included: the mean of the runs */
    double low;     /* the slowest of them */
    double seconds; /* the mean time */
    double again;   /* share of the octets that were sent on two paths */
    bool failed;    /* a transfer did not end; all else is 0 */
};

/* Asks for a measurement; its number. Exits with 2 if there is no memory. */
unsigned measure_want(const struct spec *spec);

/* How many were asked for. */
unsigned measure_count(void);

/* Measures what was asked for and is not known yet, each at `phases` phases, in `jobs` processes.
 * False if a process ended badly. */
bool measure_all(unsigned phases, unsigned jobs);

const struct measured *measure_get(unsigned number);

#endif
