/*
 * coupling.h - what coupled algorithms ask of all paths: which of them count, with which window,
 * and at what rate each sends.
 *
 * A rate is window / RTT in 2^-26 octets per us: the sum of 32 paths with 2^32 octets per 1 us fits
 * 64 bits. Nothing here wraps, whatever the input.
 */
#ifndef MPTCP_COUPLING_H
#define MPTCP_COUPLING_H

#include "mptcp/congestion.h"

#define RATE_BITS 26

/* Returns the window of a path that takes part in the coupling; 0 if it does not. */
static inline uint32_t coupled(const struct mptcp_cc_path *p)
{
    if ((p->flags & MPTCP_CC_USABLE) == 0 || p->srtt_us == 0) {
        return 0;
    }
    return (p->flags & MPTCP_CC_RECOVERY) != 0 ? p->ssthresh : p->cwnd;
}

/* Returns the rate of a path with window w. */
static inline uint64_t rate_of(uint32_t w, uint32_t srtt_us)
{
    return ((uint64_t)w << RATE_BITS) / srtt_us;
}

/* Returns the sum of the rates of all coupled paths, or UINT64_MAX. */
static inline uint64_t rate_of_all(const struct mptcp_cc_path *paths, unsigned n)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < n; i++) {
        uint32_t w = coupled(&paths[i]);
        if (w != 0) {
            uint64_t rate = rate_of(w, paths[i].srtt_us);
            sum = rate < UINT64_MAX - sum ? sum + rate : UINT64_MAX;
        }
    }
    return sum;
}

/* Returns the octets that `rate` makes in `us`: rate * us >> RATE_BITS; a result above UINT32_MAX
 * may be any number above it. */
static inline uint64_t octets_in(uint64_t rate, uint32_t us)
{
    uint64_t high = (rate >> 32) * us;
    if (high >> RATE_BITS != 0) {
        return UINT64_MAX;
    }
    return (high << (32 - RATE_BITS)) + ((rate & UINT32_MAX) * us >> RATE_BITS);
}

#endif
