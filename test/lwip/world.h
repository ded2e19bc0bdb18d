/*
 * world.h - lwIP in virtual time: both ends in one process.
 *
 * The world has a clock of its own and paths. A path is a pair of interfaces
 * of the one lwIP stack, one with the client's address and one with the
 * server's, and a link each way between them, with rate, delay, loss and a queue.
 * Between them lies a network that delivers every packet to the interface with
 * its destination address. From the client's address of path i to the server's
 * of path j, and back, it takes the path with the higher number: so an end with one
 * address can have two paths.
 *
 * Everything that happens is a consequence of the seed: same seed, same packets.
 */
#ifndef TEST_LWIP_WORLD_H
#define TEST_LWIP_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/ip_addr.h"
#include "lwip/netif.h"

#include "mptcp/types.h"

#define WORLD_PATHS 8
#define WORLD_MTU 1500

/* One direction of a path, or both. 0 of anything: no limit, no delay, no loss. */
struct world_link {
    uint64_t rate;       /* bits per second of IP packets */
    mptcp_time delay_us; /* after the last bit was sent */
    uint32_t loss;       /* packets lost of a million */
    uint32_t queue;      /* octets that may wait for the link */
};

enum world_side { WORLD_CLIENT, WORLD_SERVER };

enum world_fate {
    WORLD_SENT,      /* entered the link */
    WORLD_DELIVERED, /* left it */
    WORLD_LOST,      /* the link's loss, or its queue was full */
    WORLD_CUT,       /* the path is cut */
    WORLD_NO_BUFFER  /* lwIP had no pbuf for it */
};

/* What an observer sees; octets live during the call only. */
struct world_packet {
    mptcp_time at;
    unsigned path;
    enum world_side from;
    enum world_fate fate;
    const uint8_t *data; /* from the IP header on */
    size_t len;
};

typedef void (*world_observer)(void *arg, const struct world_packet *packet);

/*
 * A box in the middle of every path. It may change the packet in place (it is
 * checksummed again after a change of the TCP header, see world_refit) and its
 * length. False: dropped.
 */
typedef bool (*world_box)(void *arg, unsigned path, enum world_side from, uint8_t *data,
                          size_t *len);

/* A host outside of all paths: gets the packets to addresses that no path has. */
typedef void (*world_stranger)(void *arg, const uint8_t *data, size_t len);

struct world_counters {
    uint64_t packets; /* delivered */
    uint64_t octets;
    uint64_t lost; /* for whatever reason */
};

/*
 * Starts lwIP and the binding in this process the first time, and makes an empty
 * world: no paths, no observer, no box. What runs in lwIP goes on.
 */
void world_begin(uint64_t seed);

/* Takes all paths down; what is under way on them is lost. */
void world_end(void);

mptcp_time world_now(void);

/* The next of a seeded sequence. */
uint32_t world_random(void);

/* A new path, up; both directions alike. Addresses as text, both families. Returns its number. */
unsigned world_path(const char *client, const char *server, const struct world_link *link);

/* Another rate, delay, ... for one direction from now on. */
void world_set_link(unsigned path, enum world_side from, const struct world_link *link);

/* A path that is cut swallows everything, what is under way included. */
void world_cut(unsigned path, bool cut);

const ip_addr_t *world_address(unsigned path, enum world_side side);
struct netif *world_netif(unsigned path, enum world_side side);
void world_counters(unsigned path, enum world_side from, struct world_counters *counters);

void world_observe(world_observer fn, void *arg);
void world_middlebox(world_box fn, void *arg);

void world_stranger_is(world_stranger fn, void *arg);

/* A packet that the stranger sends arrives at once at the interface with its destination address.
 * For use outside of callbacks of lwIP. False if no interface has it. */
bool world_inject(const uint8_t *data, size_t len);

/* Recomputes the checksums of an IPv4 or IPv6 packet with TCP in it. */
void world_refit(uint8_t *data, size_t len);

/* Both ends look for packets every `us` microseconds only, and hand all that are there then to
 * mptcpl_gather, before they work. 0, as after world_end: each packet is handed to mptcpl_input
 * when it arrives. */
void world_polls(mptcp_time us);

/* Lets time pass until `at`. */
void world_run_to(mptcp_time at);
void world_run_for(mptcp_time us);

/* ... or until done says so. Returns whether it did within `limit` microseconds. */
bool world_run_until(bool (*done)(void *arg), void *arg, mptcp_time limit);

#endif
