/*
 * world.h - two hosts and the links between them, in virtual time.
 *
 * Each host has a toy TCP with an interface on every link; below it lie the streams and the shim of
 * bindings/below (struct below), or nothing. Link i has the addresses 10.0.i.1 and fd00:i::1 at the
 * client, .2 and ::2 at the server. Between them lies a network that delivers a packet to the
 * interface with its destination address; from the client's address of link i to the server's of
 * link j, and back, it takes the link with the higher number.
 *
 * Everything is a consequence of the seed. The judge (judge.c) looks at every packet that a host
 * with MPTCP sends; the first rule that one breaks is told by world_fault.
 */
#ifndef TEST_BELOW_WORLD_H
#define TEST_BELOW_WORLD_H

#include "below.h"
#include "toy_tcp.h"

#define LINKS 3u
#define PORT 5001u
#define SECOND 1000000u /* us */
#define HEADER_MOST 18u

enum side { CLIENT, SERVER };

/* One direction of a link, or both. 0 of anything: none. */
struct way {
    uint64_t rate; /* bits per second */
    uint32_t delay_us;
    uint32_t loss;  /* packets of a million */
    uint32_t twice; /* packets of a million that come twice */
    uint32_t late;  /* packets of a million that come late_us later */
    uint32_t late_us;
    uint32_t queue; /* octets that wait at most; 0: any number */
    uint16_t mtu;   /* larger packets are dropped, and an ICMP message says so */
};

/* Sees a packet that enters a link, and may change it in place, and its length. False: it is lost.
 */
typedef bool (*box_fn)(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len);

/* A host of the test's own, in the place of the world's. */
struct driver {
    void *context;
    void (*arrives)(void *context, unsigned nif, const uint8_t *packet, size_t len);
    bool (*pump)(void *context); /* does what is due; true: something was */
    mptcp_time (*deadline)(void *context);
};

struct world_config {
    uint64_t seed;
    unsigned links;
    struct way way; /* of all links, both ways */
    uint16_t mtu;   /* of the interfaces */
    uint8_t header; /* octets of a link header */
    uint8_t tells;  /* below_host.path is given */
    uint8_t nests;  /* within connect, listen and close other calls come, as from another thread */
    uint32_t lazy_us;   /* sockets are looked at, and work is done, at multiples of it */
    uint32_t queued_us; /* TCP has a thread of its own, which takes packets so much later */
    uint32_t emits_us;  /* what TCP emits comes to the shim so much later */
    const struct driver *driver[2];
    bool plain[2]; /* a host without MPTCP */
    bool loose;    /* the judge does not ask for mappings: something strips them, say */
    struct toy_config toy[2];
    struct below_config below[2];
};

/* Two links of 20 Mbit/s and 10 ms each way. */
void world_config_init(struct world_config *cfg);

struct world;

struct world *world_new(const struct world_config *cfg);
/* Ends everything. The world must be without a fault (an assertion of CMocka). */
void world_free(struct world *w);

mptcp_time world_now(const struct world *w);
uint32_t world_random(struct world *w);
struct toy *world_toy(struct world *w, enum side side);
struct below *world_below(struct world *w, enum side side);
/* An address of a host on a link; port 0. */
struct mptcp_addr world_address(enum side side, unsigned link, unsigned family);
/* What is wrong, NULL if nothing is. */
const char *world_fault(const struct world *w);
/* Says that something is wrong; the first one counts. */
void world_wrong(struct world *w, const char *fault);

void world_set_way(struct world *w, unsigned link, const struct way *way);
/* A dark link swallows everything, what is under way included. */
void world_dark(struct world *w, unsigned link, bool dark);
void world_box(struct world *w, box_fn box, void *arg);
/* Sees every packet, before the box. */
void world_watch(struct world *w, box_fn watch, void *arg);
/* A packet that nobody sent reaches a host's interface. */
void world_inject(struct world *w, enum side to, unsigned link, const uint8_t *packet, size_t len);

/* A host with a driver sends a packet. */
void world_sends(struct world *w, enum side from, unsigned nif, const uint8_t *packet, size_t len);
/* A copy of a packet is on its way to a host, and comes a little later than the packet. */
void world_again(struct world *w, enum side to, const uint8_t *packet, size_t len);
/* The streams of a side were ended (below_end): nobody calls them any more. */
void world_forget(struct world *w, enum side side);

/* Lets everything happen that is due now; to be called after calls of sockets or streams. */
void world_settle(struct world *w);
void world_run(struct world *w, mptcp_time us);
/* Until done says so; false: it did not within `limit` us. */
bool world_until(struct world *w, bool (*done)(struct world *w, void *arg), void *arg,
                 mptcp_time limit);

/* ---------------------------------------------------------- applications */

/*
 * An application writes `out` octets of its side's pattern, and reads until the end of what the
 * other side writes; each octet is compared.
 */
struct app {
    struct world *w;
    enum side side;
    bool plain;     /* over a socket of the toy TCP */
    bool dirty;     /* what it can do may have changed */
    bool stays;     /* it does not shut down its direction */
    bool deaf;      /* it reads nothing */
    bool waits_eof; /* it writes after the peer's end only */
    bool closes;    /* it closes at once when it has written: does not read the end */
    bool open;
    bool eof;
    bool shut;
    bool ended; /* nothing more comes from the stream */
    int code;   /* why it ended: MPTCP_E_; 0: it lives */
    uint32_t handle;
    uint32_t chunk; /* octets of one write; 0: what fits */
    uint64_t out;
    uint64_t written;
    uint64_t got;
    uint64_t bad;    /* octets that were not those of the pattern */
    unsigned opened; /* events: subflows that can carry data */
    unsigned gone;   /* ... that have ended */
    int why_gone;    /* ... and why the last one has */
};

#define APPS 1200u

/* A client's application, connected from its address on a link to the server's; port: PORT. */
struct app *world_connect(struct world *w, unsigned from, unsigned to, unsigned family,
                          uint64_t out);
/* The server listens at PORT; each client gets an application like `like`, which may be NULL. */
void world_serve(struct world *w, const struct app *like);
/* Applications in the order in which they were made; NULL: there are fewer. */
struct app *world_app(struct world *w, enum side side, unsigned i);
/* What the pattern of a side has at a place of the stream. */
uint8_t world_pattern(enum side side, uint64_t at);

/* All applications have read the other side's end, and their streams have ended. */
bool world_all_done(struct world *w, void *arg);

#endif
