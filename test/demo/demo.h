/*
 * demo.h - what the files of the demo share.
 *
 *   main.c     options, the two paths, the cut, the verdict
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
#define BIN_US 250000u /* one point of the chart */
#define BINS 4096u

struct demo_stream {
    struct mptcpl_pcb *client;
    struct mptcpl_pcb *server;
    uint64_t total;
    uint64_t sent;
    uint64_t received;
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
    uint64_t delivered[DEMO_PATHS]; /* octets of payload to the server */
    uint32_t bins[DEMO_PATHS][BINS];
    unsigned used; /* bins */
    mptcp_time cut_at;
    mptcp_time restored_at;
};

/* stream.c */
bool demo_stream_start(struct demo_stream *s, uint64_t seed);
bool demo_stream_done(const struct demo_stream *s);

/* What the client's subflow on a path has done so far; false if there is none. */
bool demo_stream_stats(const struct demo_stream *s, unsigned path,
                       struct mptcpl_subflow_stats *stats);

/* record.c */
bool demo_record_start(struct demo_record *r, const char *capture);
bool demo_record_end(struct demo_record *r);

/* chart.c */
bool demo_chart(const struct demo_record *r, const char *file);

/* report.c */
void demo_progress(const struct demo_stream *s, const struct demo_record *r, bool last);
void demo_summary(const struct demo_stream *s, const struct demo_record *r);

#endif
