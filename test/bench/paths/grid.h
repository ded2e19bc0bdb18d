/*
 * grid.h - which transfers are measured: tables of cells, a row for each pair of unequal paths, a
 * column for each window, queue, send buffer, size or loss.
 */
#ifndef PATHS_GRID_H
#define PATHS_GRID_H

#include "measure.h"

#define GRID_PAIRS 10u
#define GRID_COLUMNS_MAX 10u

struct pair {
    const char *name;
    uint32_t mbit[2];
    uint32_t rtt_ms[2];
};

extern const struct pair grid_pairs[GRID_PAIRS];

struct column {
    const char *name;
    uint32_t window;  /* KiB */
    uint32_t snd_buf; /* KiB */
    uint32_t size;    /* octets; 0: 6 s at the sum of the rates, at most 64 MiB */
    uint32_t lossy;   /* the path that loses packets, 1 or 2; 0: none */
    uint32_t loss;    /* packets of a million, each way */
    bool deep;        /* queues of 100 ms, not of 64 KiB */
};

struct table {
    const char *name;
    const char *group; /* by this name, too, it is asked for */
    const char *title;
    const struct column *columns;
    unsigned n;
};

extern const struct table grid_tables[];
extern const unsigned grid_tables_count;

/* Both paths of a cell, without a scheduler or a congestion control. */
void grid_both(const struct pair *pair, const struct column *column, struct spec *spec);

/* One of the paths (0 or 1) of `both` alone: the same size, window and queue. */
void grid_alone(const struct spec *both, unsigned path, struct spec *spec);

/*
 * The floor of headers: payload in Mbit/s if both paths were full all the time. A full segment is
 * an IP packet of WORLD_MTU octets, of which 20 are IPv4's header, 20 TCP's, 12 its timestamps, and
 * 24 a DSS option with a mapping: 2 of kind and length, 2 of subtype and flags, 4 of DATA_ACK (the
 * peer has sent no data, so no DSN of 64 bits), 8 of DSN, 4 of SSN, 2 of length, and 2 NOPs.
 * Retransmissions, handshakes, slow start and the way of the last octets are not in it.
 */
double grid_floor(const struct spec *both);

#endif
