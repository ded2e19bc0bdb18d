/*
 * demo.h - what the files of the demo share.
 *
 *   main.c     the two paths, the cut, the verdict
 *   options.c  the command line
 *   stream.c   the two applications: octets from a seed, hashed at both ends
 *   record.c   what is delivered on each path over time; the capture
 *   chart.c    the picture
 *   report.c   progress while it runs, the table at the end
 */
#ifndef DEMO_H
#define DEMO_H

#include "../lwip/world.h"

#include "mptcp_lwip.h"

#include <stdio.h>

#define DEMO_PATHS 2
#define DEMO_PORT 5001
#define DEMO_MIB_MAX 1024u
#define BIN_US 100000u /* the finest step of the chart */
#define BINS 16384u

struct demo_options {
    uint64_t seed;
    uint64_t size;
    const char *capture;
    const char *chart;
    bool fast;
};

struct demo_stream {
    struct mptcpl_pcb *client;
    struct mptcpl_pcb *server;
    uint64_t total;
    uint64_t sent;
    uint64_t received;
    uint64_t mark;      /* octets received at which the world is to stop */
    mptcp_time last;    /* when octets arrived last */
    mptcp_time silence; /* the longest time in which none did */
    uint8_t sent_hash[32];
    uint8_t received_hash[32];
    bool client_open;
    bool client_closed;
    bool server_closed;
    struct mptcpl_subflow_stats paths[DEMO_PATHS]; /* the client's, when it closed */
    const char *failure;                           /* NULL: none */
};

struct demo_record {
    FILE *capture; /* NULL: none */
    bool failed;
    mptcp_time start;
    mptcp_time cut_at;      /* 0: not yet */
    mptcp_time restored_at; /* 0: not yet */
    mptcp_time done_at;
    uint64_t delivered[DEMO_PATHS]; /* octets of payload to the server */
    uint32_t bins[DEMO_PATHS][BINS];
    unsigned used; /* bins */
};

extern const struct world_link demo_links[DEMO_PATHS];

/* options.c: 0, or an exit status after a line on stderr; -1: help was printed. */
int demo_options(int argc, char **argv, struct demo_options *o);

/* stream.c */
bool demo_stream_start(struct demo_stream *s, uint64_t seed);
bool demo_stream_done(const struct demo_stream *s);

/* What the client's subflow on a path has done so far; false if there is none. */
bool demo_stream_stats(const struct demo_stream *s, unsigned path,
                       struct mptcpl_subflow_stats *stats);

/* record.c */
bool demo_record_start(struct demo_record *r, const char *capture);
bool demo_record_end(struct demo_record *r);

/* Mbit/s of payload on a path in n bins from `first` on. */
double demo_record_rate(const struct demo_record *r, unsigned path, unsigned first, unsigned n);

/* Seconds since the start. */
double demo_record_seconds(const struct demo_record *r, mptcp_time at);

/* chart.c */
bool demo_chart(const struct demo_record *r, const struct demo_stream *s, const char *file);

/* report.c */
void demo_begin(const struct demo_options *o);
void demo_progress(const struct demo_stream *s, const struct demo_record *r);
void demo_note(const struct demo_record *r, const char *what);
void demo_summary(const struct demo_stream *s, const struct demo_record *r);

#endif
