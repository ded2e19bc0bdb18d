/*
 * scheduler.h - which path takes the next data: lowest smoothed RTT with room.
 *
 * Pure functions of values; they need no connection and keep nothing. The rule:
 *
 *   1. A path that is not usable is never taken.
 *   2. Of the usable ones only the best class counts, whether or not it has room:
 *        sound, not a backup
 *        sound, a backup (either end asked: RFC 8684 s3.3.8)
 *        to be avoided, not a backup
 *        to be avoided, a backup
 *      So a backup carries nothing while another path works, and a path that has
 *      fallen silent carries nothing new while any other is left.
 *      Among them, only those that cost least: a metered path is used last.
 *   3. Of those, the path with room and the lowest smoothed RTT. Without a
 *      sample yet a path counts as the slowest there is. Of equals, the first.
 *   4. None of those has room: wait. Room comes with an acknowledgement, so
 *      this cannot wait for ever: a path without room has data in flight, or a
 *      closed window that its owner probes.
 *
 * Freestanding: needs only compiler headers. Stands alone, in C and C++.
 */
#ifndef MPTCP_SCHEDULER_H
#define MPTCP_SCHEDULER_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the choice depends on. 12 bytes, no padding; set it to zero first. */
struct mptcp_sched_path {
    uint32_t srtt_us; /* smoothed RTT; 0: no sample yet */
    uint32_t room;    /* octets it can take now */
    uint8_t usable;   /* data may be sent on it */
    uint8_t backup;   /* asked for by us or by the peer */
    uint8_t avoid;    /* silent: no acknowledgement for too long; or its own window stays closed */
    uint8_t cost;     /* of those in a class the cheapest come first; 0: costs nothing */
};

/*
 * True if `a` is taken rather than `b`: a strict order, for a host that walks
 * its own table and keeps the best so far. What is best at the end is taken if
 * it is usable and has room; otherwise nothing is.
 */
bool mptcp_sched_prefer(const struct mptcp_sched_path *a, const struct mptcp_sched_path *b);

/* The index of the path for the next data; -1: none can take any now. */
int mptcp_sched_minrtt(const struct mptcp_sched_path *paths, unsigned n);

#ifdef __cplusplus
}
#endif

#endif
