/*
 * sent.h - floor 2: the runs that were sent.
 *
 * Two orders at once. By SSN, each subflow has a tree of what its peer's TCP has not acknowledged,
 * from which mappings are repeated. By DSN, all subflows have one list of what may have to be sent
 * again, or kept for it: each run that is not DATA_ACKed, and before `una` those that are, and
 * whose octets the application's buffer must keep all the same, since TCP may send them again (RFC
 * 8684 s3.3.2, D-16). A run leaves when it is acknowledged at both levels.
 *
 * Each run is passed once by the subflow's SND.UNA and once by the connection's: an acknowledgement
 * costs O(1) for each run that it passes, and O(log n).
 */
#ifndef MPTCP_SENT_H
#define MPTCP_SENT_H

#include "tables/pool.h"

/* The run in which octet ssn of subflow i is, not acknowledged there; NULL. O(log n). */
const struct mptcp_run *mptcp_sent_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn);

/*
 * A new run of subflow i, after all others in SSN order, cut into mappings of `unit`. By DSN it
 * stands after all others; if its octets go `again`, before sent.look where they are due, else
 * where it is found from SND.UNA on. There is a place for it (mptcp_pool_room). O(log n), and O(1)
 * for each run that it is looked for at.
 */
void mptcp_sent_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, uint16_t unit,
                    bool again);

/* The last run of subflow i, if [dsn, ...) may be appended to it; NULL. One that is DATA_ACKed
 * stays what it is. */
struct mptcp_run *mptcp_sent_tail(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn);

/* [dsn, ...) may be given to subflow i: it goes on there, or there is a place for a run. */
bool mptcp_sent_room(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn);

/* The subflow's SND.UNA has moved. */
void mptcp_sent_acked(struct mptcp_conn *c, struct mptcp_subflow *s);

/* The connection's SND.UNA has moved. */
void mptcp_sent_data_acked(struct mptcp_conn *c);

/* Octets before it need not be kept any more (D-16); at most SND.UNA. `whole`: a part of a mapping
 * that is sent again needs all of it, for its checksum. */
mptcp_dsn mptcp_sent_free_limit(struct mptcp_conn *c, bool whole);

/* Subflow i is gone: none of its runs will be acknowledged. True if it had any. O(its runs). */
bool mptcp_sent_drop(struct mptcp_conn *c, unsigned i);

/* What was acknowledged by subflows and lies before dsn counts as lost: those runs leave. */
void mptcp_sent_lost(struct mptcp_conn *c, mptcp_dsn dsn);

/* Where the octets end that begin at SND.UNA and that a subflow has acknowledged; SND.UNA if there
 * are none. O(subflows). */
mptcp_dsn mptcp_sent_acked_end(const struct mptcp_conn *c);

/* How many octets of r the peer's TCP has acknowledged. */
static inline uint32_t mptcp_sent_run_acked(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return r->stage == RUN_ACKED ? r->len : mptcp_run_below(r, subflow_at(c, r->owner)->snd_una);
}

#endif
