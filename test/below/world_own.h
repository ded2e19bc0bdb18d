/*
 * world_own.h - what the files of the world share. world.h says what it is.
 *
 *   world.c   the clock, the links, what is under way
 *   host.c    one host: its TCP, the streams below it, and packets between them and the links
 *   app.c     applications
 *   judge.c   what every packet must be
 *   trace.c   packets told on stderr
 */
#ifndef TEST_BELOW_WORLD_OWN_H
#define TEST_BELOW_WORLD_OWN_H

#include "world.h"

struct flying {
    mptcp_time at;
    uint64_t order; /* of two at the same time the older one comes first */
    enum side to;
    unsigned link; /* that it takes */
    unsigned nif;  /* where it arrives */
    bool passed;   /* it is in the host, and its TCP takes it next (queued_us) */
    bool emitted;  /* its TCP has emitted it, and the shim takes it next (emits_us) */
    size_t len;
    uint8_t packet[SEG_MOST];
};

struct host {
    struct world *w;
    enum side side;
    bool plain;
    bool touched;                /* below_work is due */
    const struct driver *driver; /* instead of all else; NULL: none */
    struct toy *toy;
    struct below *below;
    void *memory;
    mptcp_time due;  /* of below_work */
    mptcp_time wake; /* earliest time at which sockets are looked at (lazy_us) */
    bool nested;     /* within a call that lets others in */
    toy_sock toy_listener;
    below_listener listener;
};

/* The sender's side of a flow, as the judge has seen it. */
struct judged {
    struct mptcp_addr from;
    struct mptcp_addr to;
    uint32_t isn;
    bool mptcp; /* its SYN had MPTCP, and so had the other's */
    bool offered;
    bool stamped; /* its SYN had a timestamp */
};

#define JUDGED 4096u

struct world {
    struct world_config cfg;
    mptcp_time now;
    uint64_t random;
    uint64_t order;
    char fault[200];
    struct host host[2];
    struct way way[LINKS];
    mptcp_time busy[LINKS][2]; /* until when a direction sends */
    bool dark[LINKS];
    box_fn box;
    void *box_arg;
    box_fn watch;
    void *watch_arg;
    struct flying **heap;
    size_t flying;
    size_t room;
    struct app *app[2][APPS];
    unsigned apps[2];
    struct app like;
    struct judged *judged;
    unsigned flows;
};

/* world.c: a packet leaves a host. */
void world_leaves(struct world *w, enum side from, unsigned nif, const uint8_t *packet, size_t len);

/* A packet that has come is queued for the host's TCP, for queued_us; or one that its TCP has
 * emitted for the shim, for emits_us. */
void world_queue(struct world *w, enum side side, unsigned nif, const uint8_t *packet, size_t len,
                 bool emitted);

/* The next packet for a side comes before its time; false: there is none. */
bool world_hurry(struct world *w, enum side side);

/* host.c */
void host_begin(struct world *w, enum side side);
void host_end(struct host *h);
void host_arrives(struct host *h, unsigned nif, const uint8_t *packet, size_t len);
/* The host's TCP takes it. */
void host_takes(struct host *h, unsigned nif, const uint8_t *packet, size_t len);
/* The shim takes what the host's TCP has emitted. */
void host_emits(struct host *h, unsigned nif, const uint8_t *packet, size_t len);
/* Does what is due; true: something was. */
bool host_pump(struct host *h);
mptcp_time host_deadline(const struct host *h);

/* app.c */
struct app *app_new(struct world *w, enum side side, uint32_t handle);
struct app *app_of(struct world *w, enum side side, uint32_t handle);
/* Does what the application can do; true: something was done. */
bool app_step(struct app *a);
bool apps_step(struct world *w, enum side side);

/* trace.c */
void trace(const struct world *w, enum side from, unsigned link, const uint8_t *packet, size_t len);

/* judge.c */
void judge(struct world *w, enum side from, unsigned nif, const uint8_t *packet, size_t len);

#endif
