/*
 * peers.h - two applications over the binding, for tests: each writes a stream
 * of known octets and checks that what it reads is the other's.
 */
#ifndef TEST_LWIP_PEERS_H
#define TEST_LWIP_PEERS_H

#include "mptcp_lwip.h"
#include "world.h"

#define PEERS_PORT 5001

struct peer {
    struct mptcpl_pcb *pcb;
    enum world_side side;
    uint64_t to_send;
    uint64_t sent;     /* written */
    uint64_t received; /* and found right */
    bool wrong;        /* an octet was not what it should be */
    uint64_t bad;      /* how many were not */
    bool eof;
    bool finished;  /* shut down after the last octet */
    bool keep_open; /* do not shut down when all is written */
    bool open;
    bool over; /* the connection is gone, with `error` */
    err_t error;
    bool hold; /* takes octets and does not consume them */
    uint64_t held;
    bool refuse;         /* does not even take them */
    unsigned unwritten;  /* writes for which there was no memory */
    int fallback;        /* code of OPEN or FALLBACK */
    int end;             /* ... of END */
    int lost;            /* ... of the last SUBFLOW_GONE that was no orderly end, */
    unsigned reason;     /* and the reason that the peer gave */
    unsigned events[16]; /* how often, by enum mptcp_event */
};

struct peers {
    struct mptcpl_pcb *listener;
    struct peer client;
    struct peer server;
};

/* Makes both ends, the server listening on path 0's address. Give mptcpl_add_path to them, then
 * peers_connect. */
void peers_make(struct peers *p, const struct mptcpl_config *client,
                const struct mptcpl_config *server);
void peers_connect(struct peers *p);
err_t peers_dial(struct peers *p); /* the client's half of it */

/* What both ends have to do with each other is done: everything arrived, both ends closed. */
bool peers_done(void *arg);
bool peers_open(void *arg);

/* Lets the world run until they are done; fails the test if they are not within limit. */
void peers_run(struct peers *p, mptcp_time limit);

/* Connects, and the client sends so many octets; returns how long it takes until they are done. */
mptcp_time peers_upload(struct peers *p, uint64_t octets, mptcp_time limit);

/* Closes what is left and waits until lwIP has forgotten it. */
void peers_end(struct peers *p);

/* The same after a test that failed, whatever its peers were. */
void peers_clean_up(void);

/* Writes more; for after to_send was raised. */
void peer_write(struct peer *p);
/* Consumes what is held, and what comes from now on. */
void peer_release(struct peer *p);

/* Has its callbacks called for this connection from now on. */
void peer_watch(struct peer *p, struct mptcpl_pcb *pcb);

/* Octets of payload sent on path i, by the peer's statistics. */
uint64_t peer_sent_on(const struct peer *p, unsigned path);
unsigned peer_alive(const struct peer *p);

#endif
