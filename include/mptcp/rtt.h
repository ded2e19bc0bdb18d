/*
 * rtt.h - the RTT of a path, from measurements of single octets: the smoothed RTT and its mean
 * deviation of RFC 6298 s2, and the smallest RTT lately. The library applies it to the RTTs that it
 * measures by itself; a host can apply it to its own before it reports them by mptcp_on_path.
 *
 * Freestanding: needs only compiler headers. Stands alone, in C and C++.
 */
#ifndef MPTCP_RTT_H
#define MPTCP_RTT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All in us; zeros before the first measurement. */
struct mptcp_rtt {
    uint32_t srtt_us;    /* smoothed RTT (SRTT) */
    uint32_t rttvar_us;  /* its mean deviation (RTTVAR) */
    uint32_t min_rtt_us; /* the smallest RTT lately */
};

/* A greater RTT moves min_rtt_us by this part of the difference: the path may have become longer.
 */
#define MPTCP_RTT_MIN_AGES 2048u

/*
 * Returns `rtt` after a measurement of `us`, which is not 0. An octet that was sent more than once
 * gives none (Karn's algorithm). Cost: a few additions and shifts.
 */
static inline struct mptcp_rtt mptcp_rtt_measured(struct mptcp_rtt rtt, uint32_t us)
{
    uint32_t off = us > rtt.srtt_us ? us - rtt.srtt_us : rtt.srtt_us - us;

    if (rtt.srtt_us == 0) {
        rtt.srtt_us = us;
        rtt.rttvar_us = us / 2;
    } else {
        rtt.rttvar_us += off / 4 - rtt.rttvar_us / 4;
        rtt.srtt_us += us / 8 - rtt.srtt_us / 8;
    }
    if (rtt.min_rtt_us == 0 || us < rtt.min_rtt_us) {
        rtt.min_rtt_us = us;
    } else {
        rtt.min_rtt_us += (us - rtt.min_rtt_us) / MPTCP_RTT_MIN_AGES;
    }
    return rtt;
}

#ifdef __cplusplus
}
#endif

#endif
