/*
 * received.h - floor 2: the runs that were received.
 *
 * By SSN, a subflow has, in this order: a list of whole runs that have arrived and are not all
 * delivered; the current run, in which the next octet is expected or the last one came; a tree of
 * the runs that were announced after it. Mappings that touch in both spaces are one run, however
 * the peer cut them; under checksums only once they are verified.
 *
 * By DSN, each run is passed by RCV.NXT once. Before that it is in a tree, whether it has arrived
 * or not. When RCV.NXT has reached its first octet, and it has arrived, what of it lies after
 * RCV.NXT moves RCV.NXT, and the run joins the queue of what is to be delivered; what does not is a
 * duplicate. So an octet costs O(1) for each run that it lets arrive, wherever these lie in either
 * order, and O(log n) to find its place.
 *
 * Of two copies of an octet the one counts that is in order first (RFC 8684 s3.3.1, D-6).
 */
#ifndef MPTCP_RECEIVED_H
#define MPTCP_RECEIVED_H

#include "tables/pool.h"

/* A mapping, without checksums, that goes on where the current run of subflow s ends, and nothing
 * was announced after that: it becomes a part of it. Nearly every one; false if it is another. */
MPTCP_INLINE bool mptcp_received_continue(struct mptcp_conn *c, const struct mptcp_subflow *s,
                                          const struct mptcp_mapping *m)
{
    uint16_t k = s->received.current;
    struct mptcp_run *r = &runs_of(c)[k];

    if (k == RUN_NONE || s->received.announced != RUN_NONE || !mptcp_run_continues(r, m)) {
        return false;
    }
    mptcp_run_lengthen(r, m->len);
    return true;
}

/*
 * A mapping of octets of subflow i that have not arrived, without checksums. Agrees with what is
 * known: 0. MPTCP_E_MAPPING: it contradicts it (D-5). MPTCP_E_FULL: there is no place for it;
 * `head` as in pool.h. O(log n), and O(1) for each run that becomes a part of it.
 */
int mptcp_received_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, bool head);

/* A whole mapping, under checksums, that overlaps with none that is known. 0 or MPTCP_E_FULL. */
int mptcp_received_add_whole(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m,
                             bool head);

/* Octets of subflow i that arrived without a mapping get one. 0 or MPTCP_E_FULL. */
int mptcp_received_add_late(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m);

/* The octets of subflow i before `to` have arrived (without checksums). False if some of them are
 * without a mapping. */
bool mptcp_received_arrived(struct mptcp_conn *c, unsigned i, mptcp_ssn to);

/* Under checksums: the next announced run of subflow i is whole and right; or octets up to `to`
 * were without a mapping. */
void mptcp_received_verified(struct mptcp_conn *c, unsigned i);
void mptcp_received_unmapped(struct mptcp_conn *c, unsigned i, mptcp_ssn to);

/* Moves RCV.NXT over what has arrived there. */
void mptcp_received_advance(struct mptcp_conn *c);

/* The run of subflow i, current or announced, in which octet ssn is, and which has not arrived as a
 * whole; NULL. O(log n). */
const struct mptcp_run *mptcp_received_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn);

/* The last run of subflow i, current or announced, that overlaps with m; NULL. O(log n). */
struct mptcp_run *mptcp_received_overlap(const struct mptcp_conn *c, unsigned i,
                                         const struct mptcp_mapping *m);

/* The first announced run of subflow i; NULL. */
const struct mptcp_run *mptcp_received_next(const struct mptcp_conn *c, unsigned i);

/* The next octets to deliver, at rcv_delivered: fills MPTCP_DELIVER; false if there are none. */
bool mptcp_received_deliverable(const struct mptcp_conn *c, struct mptcp_action *a);

/* Moves rcv_done of subflow i: to the first octet that may still be delivered. O(1). */
void mptcp_received_done(struct mptcp_conn *c, unsigned i);

/* n of them were delivered; n is not more than there are. */
void mptcp_received_delivered(struct mptcp_conn *c, uint32_t n);

/* Nothing more arrives on subflow i: what was announced only is forgotten. O(its runs). */
void mptcp_received_cut(struct mptcp_conn *c, unsigned i);

/* Nothing is wanted any more, all is delivered: no subflow has a run, and all that has arrived is
 * done with. O(runs). */
void mptcp_received_forget(struct mptcp_conn *c);

/* Runs of subflow i that hold something. */
unsigned mptcp_received_count(const struct mptcp_conn *c, unsigned i);

/* ------------------------------------------------- for announced.c alone */

/* A run of subflow i for m, in no order of the subflow yet; RUN_NONE if there is no place. */
uint16_t mptcp_received_make(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m,
                             bool head);
/* The current run is given back if it holds nothing. */
void mptcp_received_drop_empty(struct mptcp_conn *c, struct mptcp_subflow *s);
/* Run k is in no order of its subflow any more, and is to be counted off. */
MPTCP_INLINE void mptcp_received_leave(struct mptcp_conn *c, uint16_t k)
{
    if (runs_of(c)[k].stage == RUN_AHEAD) {
        mptcp_pool_void(c, k);
    } else {
        mptcp_pool_free(c, k);
    }
}

#endif
