/*
 * sent.h - floor 2: the runs that were sent.
 *
 * Runs stand in two orders at once. By SSN, each subflow has a tree of the runs that the peer's TCP
 * has not acknowledged; retransmitted segments get their mappings from it. By DSN, the connection
 * has one list of the runs of all subflows. It holds each run that is not DATA_ACKed, since it may
 * have to be reinjected. Before `una` it also holds runs that are DATA_ACKed, but whose octets the
 * application must keep, since TCP may retransmit them (RFC 8684 s3.3.2, D-16). A run is removed
 * when it is both acknowledged by TCP and DATA_ACKed.
 *
 * The subflow's SND.UNA passes each run once, and so does the connection's: an acknowledgement
 * costs O(1) for each run that it passes, and O(log n).
 */
#ifndef MPTCP_SENT_H
#define MPTCP_SENT_H

#include "tables/pool.h"

/* Returns the run of subflow i that holds octet ssn, which its peer's TCP has not acknowledged;
 * NULL if there is none. O(log n). */
const struct mptcp_run *mptcp_sent_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn);

/*
 * Adds a run of subflow i for m, cut into mappings of `unit` octets; m must come after all others
 * in SSN order. In the list by DSN it becomes the last one. If its octets are sent `again`, its
 * place is searched instead: from sent.look on if they are due for reinjection, else from SND.UNA
 * on. There must be a free run (mptcp_sent_room). O(log n), and O(1) for each run that the search
 * passes.
 */
void mptcp_sent_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, uint16_t unit,
                    bool again);

/* Returns the newest run of subflow i, if octets from dsn on may be appended to it; else NULL. A
 * run that is DATA_ACKed is not lengthened. */
struct mptcp_run *mptcp_sent_tail(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn);

/* True if octets from dsn on can be entered for subflow i: its newest run can be lengthened, or
 * there is a free run. */
bool mptcp_sent_room(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn);

/* The SND.UNA of s has moved: removes the runs that it has passed and that are DATA_ACKed; the
 * others that it has passed become RUN_ACKED. */
void mptcp_sent_acked(struct mptcp_conn *c, struct mptcp_subflow *s);

/* The connection's SND.UNA has moved: moves sent.una, and removes passed runs that are RUN_ACKED;
 * also those, if there are any, behind one that it has reached and not passed. */
void mptcp_sent_data_acked(struct mptcp_conn *c);

/* Returns the DSN below which the application need not keep octets any more (D-16); at most
 * SND.UNA. On the way, removes from the list by DSN the runs that are wholly DATA_ACKed and that
 * TCP will not read again. `whole`: there are checksums, so a retransmission of a part of a
 * mapping needs all its octets. */
mptcp_dsn mptcp_sent_free_limit(struct mptcp_conn *c, bool whole);

/* Removes all runs of subflow i, which is gone. True if it had any. O(its runs). */
bool mptcp_sent_drop(struct mptcp_conn *c, unsigned i);

/* Octets before dsn that TCP acknowledged and the peer has not DATA_ACKed count as lost: removes
 * the runs RUN_ACKED that end at or before dsn. */
void mptcp_sent_lost(struct mptcp_conn *c, mptcp_dsn dsn);

/* Returns the DSN after the octets from SND.UNA on that one run covers and that TCP has
 * acknowledged; SND.UNA if the octet there is not acknowledged. At most 64 runs are checked. */
mptcp_dsn mptcp_sent_acked_end(const struct mptcp_conn *c);

/* Returns how many octets of r, from its start on, the peer's TCP has acknowledged. */
static inline uint32_t mptcp_sent_run_acked(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return r->stage == RUN_ACKED ? r->len : mptcp_run_below(r, subflow_at(c, r->owner)->snd_una);
}

#endif
