/*
 * gathered.h - packets of TCP for mptcpl_gather, and what lwIP is given in their place: cut again,
 * by code of its own, into octets with their places in sequence and stream.
 */
#ifndef TEST_LWIP_GATHERED_H
#define TEST_LWIP_GATHERED_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/netif.h"

/* What a packet is made of. All numbers as on the wire. */
struct made {
    unsigned flow; /* its ports; flows with an odd number are IPv6 */
    unsigned flags;
    unsigned to; /* the last octet of its destination; 0: gathered_host */
    uint32_t seq;
    uint32_t ack;
    uint32_t window;
    uint32_t stamp;     /* of the timestamps option */
    uint32_t len;       /* of the payload */
    bool mptcp;         /* has a DSS: */
    unsigned dss_flags; /* ... 0x01 A, 0x02 a, 0x04 M, 0x08 m, 0x10 F */
    bool sum;           /* ... with a checksum, which is 0x1234 */
    uint64_t data_ack;
    uint64_t dsn;
    uint32_t ssn;
    uint32_t dll;
    unsigned hops;    /* TTL */
    unsigned service; /* TOS, or traffic class */
    bool tcp_wrong;   /* TCP's checksum is, */
    bool ip_wrong;    /* or that of IPv4 */
    uint32_t padding; /* octets behind the IP packet */
    bool in_two;      /* the payload lies in two buffers */
    bool ethernet;
    unsigned station; /* that sent the frame */
    unsigned broken;  /* so many octets of the headers are anything */
};

#define GATHERED_FULL 1400u

/* The usual segment of a flow: timestamps, and a DSS with DATA_ACK and mapping of 64 bits. */
struct made gathered_usual(unsigned flow);
/* The segment after m, under a mapping that continues that of m. */
struct made gathered_next(struct made m);

/* A path to the host that all flows go to; returns its interface. Then as gathered_begin. */
struct netif *gathered_host(void);

/* Gives it to mptcpl_gather as a packet of `netif`. The payload is a function of flow and seq. */
void gathered_give(const struct made *m, struct netif *netif);

/* From here on lwIP is given nothing, and all is kept here, until gathered_end. */
void gathered_begin(void);
void gathered_end(void);

/* Is called when lwIP is given the next packet, once. */
void gathered_then(void (*fn)(struct netif *netif));

/* How many packets lwIP would have been given, and how long the payload of the n-th is. */
unsigned gathered_packets(void);
uint32_t gathered_payload(unsigned n);
/* The octets of all of them, headers included. */
uint32_t gathered_octets(void);
/* True if the checksum of IPv4 and all lengths of the n-th are right. */
bool gathered_is_right(unsigned n);

/*
 * Takes octets out of the packets that were given to lwIP for one flow, and compares them with
 * those of the next packet of that flow which was made: value, sequence number, DSN, and the rest
 * of the headers. True: they are the same. A packet with a wrong checksum has to be given alone,
 * and to be verified by lwIP.
 */
bool gathered_takes(const struct made *m);

/* True if all that was given is taken. */
bool gathered_empty(void);

/* Gives n segments, has them worked on, and takes them: all have to be there, and no more. Returns
 * how many packets lwIP was given. */
unsigned gathered_pass(const struct made *m, unsigned n, struct netif *netif);

#endif
