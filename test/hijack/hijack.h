/*
 * hijack.h - the hijack of a connection by a forged ADD_ADDR (RFC 7430 s2), played in virtual time.
 *
 *   V  the victim: a client that opens subflows to the addresses that its server announces
 *   S  the server
 *   C  the attacker. He is on no path between V and S, and knows no key and no token: only
 *      addresses, ports, and sequence numbers that fall into the windows (guessed, or leaked by
 *      another hole; here he is told them)
 */
#ifndef TEST_HIJACK_H
#define TEST_HIJACK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lwip/world.h"
#include "mptcp/types.h"

#define VICTIM "10.0.1.1"
#define SERVER "10.0.1.2"
#define ATTACKER "10.9.9.9"
#define SERVER_PORT 5001u

/* -------------------------------------------------------------- attacker.c */

struct attacker {
    /* of the connection between V and S, as they stand on the wire */
    uint16_t victim_port;
    uint32_t victim_next; /* the sequence number that S expects of V */
    uint32_t server_next; /* and V of S */
    /* what came of it */
    bool asked;       /* V has sent him an MP_JOIN */
    bool joined;      /* V's third ACK went through his hands */
    uint32_t read[2]; /* octets of V's, and of S's, that went through his hands */
    char last[64];    /* the last line of V's that he has read */
};

/* Looks at a packet between V and S for the numbers above. */
void attacker_learns(struct attacker *c, const uint8_t *packet, size_t len);

/* A packet has come to C: he puts his own address in place of the sender's, and sends it on. */
void attacker_forwards(struct attacker *c, const uint8_t *packet, size_t len);

/* C sends V a segment that seems to be S's: an ACK with these n octets of options. */
void attacker_forges(const struct attacker *c, const uint8_t *options, size_t n);

/* C resets the first subflow at both ends. */
void attacker_resets(const struct attacker *c);

/* -------------------------------------------------------------------- main.c */

/* A line of the play. */
void record(const uint8_t *packet, size_t len); /* into the capture: what C sends */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
