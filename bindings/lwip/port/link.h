/*
 * link.h - one direction of an emulated link, as a pure machine on any clock:
 * rate, delay, loss and a queue of bounded length. Packets are numbers to it;
 * the caller keeps them.
 *
 *   a packet comes   mptcpl_link_push: lost, or when it will arrive
 *
 * The rate counts whole IP packets, fractions of a microsecond included. A packet
 * that would make more than `queue` octets wait is dropped (tail drop). Order is kept.
 */
#ifndef MPTCPL_LINK_H
#define MPTCPL_LINK_H

#include "mptcp/types.h"

struct mptcpl_link {
    uint64_t rate;     /* bit/s; 0: infinite */
    uint32_t delay_us; /* one way */
    uint32_t loss;     /* of 2^32 */
    uint32_t queue;    /* octets; 0: unbounded */
    uint32_t seed;
    uint32_t corrupt;   /* each so-many-th data segment gets a wrong octet; 0: none */
    mptcp_time idle_at; /* when the last packet will have left, rounded down */
    uint64_t fraction;  /* ... and what was cut off, in 1/rate of a microsecond */
    uint64_t packets;
    uint64_t dropped;
    uint64_t data; /* segments with payload, as far as they were shown to it */
};

/*
 * Reads `rate:20mbit,delay:10ms,loss:0.5%,queue:64k,corrupt:1000`, any part of it, into *link; what
 * is left out stays as it is. Returns NULL, or what is wrong in one line (static storage), and has
 * then changed nothing.
 */
const char *mptcpl_link_parse(const char *text, struct mptcpl_link *link);

/*
 * Changes an octet of the payload of an IP packet with TCP in it, if it is its turn, and sets TCP's
 * checksum right again, as a box that edits payload does. Other packets stay as they are.
 */
void mptcpl_link_spoil(struct mptcpl_link *link, uint8_t *packet, size_t len);

/* A packet of len octets at time now. Returns when it arrives, MPTCP_NEVER if it is lost. */
mptcp_time mptcpl_link_push(struct mptcpl_link *link, uint32_t len, mptcp_time now);

#endif
