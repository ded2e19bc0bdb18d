/*
 * transfer.h - one transfer over one or two emulated paths between two lwIP ends, in virtual time.
 *
 * lwIP has one stack per process, and what a transfer leaves in it (port numbers, timers) would
 * change the next: each transfer has a process of its own (workers.h), which ends after it.
 */
#ifndef PATHS_TRANSFER_H
#define PATHS_TRANSFER_H

#include "lwip/world.h"

#include "mptcp/congestion.h"
#include "mptcp/scheduler.h"
#include "mptcp_lwip.h"

/* lwIP's timers tick every 50 and 100 ms: what begins at another moment goes otherwise. */
#define TICKS_US 100000u
#define SECOND_US 1000000u

/* What is transferred, and over what. No padding, so that two can be compared octet by octet. */
struct spec {
    struct world_link links[2]; /* both directions alike */
    uint64_t size;              /* octets */
    uint32_t window;            /* the shared receive window, octets */
    uint32_t snd_buf;           /* octets */
    uint32_t paths;             /* 1: links[0] alone; 2: it opens, and links[1] is joined */
    uint32_t plain;             /* 1: plain TCP */
    const struct mptcp_scheduler *scheduler; /* NULL: the default */
    const struct mptcp_congestion *cc;       /* NULL: the default */
};
_Static_assert(sizeof(struct spec) == 2 * sizeof(struct world_link) + 24 + 2 * sizeof(void *),
               "no padding");

struct transfer {
    const struct spec *spec;
    bool download; /* the server writes */
    bool failed;   /* lwIP refused something, or the connection broke */
    struct mptcpl_pcb *listener;
    struct mptcpl_pcb *client;
    struct mptcpl_pcb *server;
    uint64_t written;
    uint64_t received;
    mptcp_time last;    /* when octets arrived last */
    mptcp_time silence; /* the longest time in which none did */
};

struct outcome {
    mptcp_time us;  /* from connect to the last octet, 0: it failed */
    uint64_t again; /* octets that were given to a second path as well */
};

/* Makes the paths and connects, `phase` microseconds after the timers began. */
void transfer_begin(struct transfer *t, mptcp_time phase);

/* Goes on until all has arrived; false if it fails, or takes an hour. */
bool transfer_finish(struct transfer *t);

/* Both, and what came of it. */
void transfer_run(const struct spec *spec, bool download, mptcp_time phase, struct outcome *out);

#endif
