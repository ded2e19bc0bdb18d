/*
 * octets.h - numbers of 1 to 8 octets in network order, for tests that make and read packets.
 */
#ifndef TEST_LWIP_OCTETS_H
#define TEST_LWIP_OCTETS_H

#include <stdint.h>

static inline void put(uint8_t *p, unsigned octets, uint64_t v)
{
    for (unsigned i = 0; i < octets; i++) {
        p[i] = (uint8_t)(v >> 8 * (octets - 1 - i));
    }
}

static inline uint64_t get(const uint8_t *p, unsigned octets)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < octets; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

#endif
