/*
 * octets.h - private to src/crypto: converts numbers to and from network order,
 * in which they are hashed.
 */
#ifndef MPTCP_CRYPTO_OCTETS_H
#define MPTCP_CRYPTO_OCTETS_H

#include "crypto/of_version.h"
#include "mptcp/crypto.h"
#include "wire/mem.h"

/* Writes v to p as 4 octets in network order; returns the place after them. */
static inline uint8_t *octets_put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
    return p + 4;
}

/* Writes v to p as 8 octets in network order; returns the place after them. */
static inline uint8_t *octets_put64(uint8_t *p, uint64_t v)
{
    return octets_put32(octets_put32(p, (uint32_t)(v >> 32)), (uint32_t)v);
}

/* Writes the message of the HMAC of an announcement to msg: id, IP address, and port, of which two
 * octets of zero stand for one that is left out. Returns its length. */
static inline size_t octets_put_address(uint8_t msg[1 + 16 + 2], uint8_t addr_id,
                                        const struct mptcp_addr *addr)
{
    size_t ip = addr->family == 4 ? 4 : 16;
    msg[0] = addr_id;
    memcpy(msg + 1, addr->ip, ip);
    msg[1 + ip] = (uint8_t)(addr->port >> 8);
    msg[2 + ip] = (uint8_t)addr->port;
    return 3 + ip;
}

/* Returns the number that 4 octets at p are in network order. */
static inline uint32_t octets_get32(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
}

/* Returns the number that 8 octets at p are in network order. */
static inline uint64_t octets_get64(const uint8_t *p)
{
    return ((uint64_t)octets_get32(p) << 32) | octets_get32(p + 4);
}

#endif
