/*
 * sums.h - the sums of mappings, kept by a host whose TCP copies the octets that it is given.
 *
 * With checksums the options of a segment need the sum over the whole mapping that its first octet
 * is under (mptcp_txseg.sum), whenever TCP sends it: a path may be back after a minute, and its TCP
 * then retransmits what was delivered on another one. A wrong sum there costs the subflow, or ends
 * MPTCP (MP_FAIL, RFC 8684 s3.7). There are three places to have it from:
 *
 *   the payload       of a segment that is the whole mapping
 *   the send buffer   with checksums MPTCP_FREE waits until TCP has had the octets acknowledged,
 *                     also with MPTCP_CFG_TCP_COPIES. So this is always right, but a path that is
 *                     dark keeps the send buffer full until it is back or given up
 *   this table        of 16 bits for each mapping, made when the octets are given to TCP. The host
 *                     then says mptcp_on_copied, and MPTCP_FREE is due at the DATA_ACK
 *
 * One table for each subflow. After mptcp_done(SEND), and before MPTCP_FREE is done next:
 *
 *     while (mptcp_tx_mapping(c, sf, mptcp_sums_next(t), &map) == MPTCP_OK) {
 *         sum = ... mptcp_sum over map.len octets of the send buffer from map.dsn on;
 *         if (mptcp_sums_add(t, &map, sum) != MPTCP_OK) {
 *             return;                  (FULL: the octets stay in the send buffer)
 *         }
 *     }
 *     mptcp_on_copied(c, sf, now);
 *
 * For a segment: mptcp_sums_find; NOT_FOUND: the octets are in the send buffer, sum them there. As
 * TCP's octets are acknowledged: mptcp_sums_acked, and the loop again if the table was full.
 *
 * The table is a flat block in memory of the caller's, without pointers. Nothing here knows the
 * connection, and nothing else of the library needs this.
 */
#ifndef MPTCP_SUMS_H
#define MPTCP_SUMS_H

#include "mptcp/action.h"
#include "mptcp/error.h"
#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mptcp_sums; /* the block; the caller does not access its members */

/* Octets of memory for the sums of so many mappings, 1 to 65535. As many as segments can be in
 * flight and wait in TCP keep every sum. */
#define MPTCP_SUMS_SIZE(mappings) (16u + 8u * (mappings))

/* Makes mem an empty table for a new subflow: the next mapping is that of SSN 1. Returns it, or
 * NULL if mem is NULL, not aligned like a uint32_t, or smaller than MPTCP_SUMS_SIZE(mappings). */
struct mptcp_sums *mptcp_sums_init(void *mem, size_t size, unsigned mappings);

/* Returns the SSN after the last mapping in the table, or the first octet that is not acknowledged,
 * if that comes later: the mapping of this octet is the next one to add. NULL: SSN 1. */
mptcp_ssn mptcp_sums_next(const struct mptcp_sums *t);

/*
 * Adds the mapping of mptcp_sums_next, as mptcp_tx_mapping returned it; `sum` is the mptcp_sum over
 * all its octets. Returns 0; FULL; ARGUMENT: NULL, or another mapping. Cost: O(1).
 */
int mptcp_sums_add(struct mptcp_sums *t, const struct mptcp_tx_map *map, uint32_t sum);

/*
 * Sets *sum to the sum over the mapping that holds octet ssn, for mptcp_txseg.sum. Returns 0;
 * NOT_FOUND: the mapping is not in the table, or t is NULL; ARGUMENT: sum is NULL. Cost: O(log
 * n).
 */
int mptcp_sums_find(const struct mptcp_sums *t, mptcp_ssn ssn, uint32_t *sum);

/* The peer's TCP has acknowledged all octets before una: removes the mappings that end there or
 * before. An older una changes nothing; NULL neither. Cost: O(1) for each one removed. */
void mptcp_sums_acked(struct mptcp_sums *t, mptcp_ssn una);

#ifdef __cplusplus
}
#endif

#endif
