/*
 * received.h - floor 2: the runs that were received.
 *
 * By SSN, a subflow has, in this order: a list of runs that have arrived as a whole and are not
 * wholly delivered; the current run, in which the next octet is expected or the last one came; a
 * tree of announced runs, of which only the mapping has been received. Mappings that touch both in
 * SSNs and in DSNs become one run, however the peer cut them; under checksums once verified.
 *
 * By DSN, RCV.NXT passes each run once. Before that the run is in a tree, whether it has arrived or
 * not. When RCV.NXT has reached its first octet and the run has arrived, its octets after RCV.NXT
 * move RCV.NXT, and the run joins the queue of runs to deliver; octets before RCV.NXT are
 * duplicates. So an octet that closes a gap costs O(1) for each run that becomes deliverable, in
 * whatever order these lie, and O(log n) to find its place.
 *
 * Of two copies of an octet the one that moves RCV.NXT over it is delivered (RFC 8684 s3.3.1, D-6).
 */
#ifndef MPTCP_RECEIVED_H
#define MPTCP_RECEIVED_H

#include "tables/pool.h"

/* Without checksums: appends mapping m to the current run of subflow s, if m begins where that run
 * ends and s has no announced run. True if it did, as for nearly every mapping; else nothing has
 * changed. */
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
 * Without checksums: enters mapping m of octets of subflow i that have not arrived. Returns
 * MPTCP_OK, also if m was known; MPTCP_E_MAPPING if it contradicts an earlier mapping (D-5);
 * MPTCP_E_FULL if there is no run for it, with `head` as in pool.h. O(log n), and O(1) for each run
 * that is merged into it.
 */
int mptcp_received_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, bool head);

/* Under checksums: enters mapping m, which must overlap with no known mapping of subflow i. Returns
 * MPTCP_OK or MPTCP_E_FULL. */
int mptcp_received_add_whole(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m,
                             bool head);

/* Enters mapping m for octets of subflow i that arrived before it, from hole_from to hole_to; what
 * of m lies outside is ignored. Returns MPTCP_OK or MPTCP_E_FULL. */
int mptcp_received_add_late(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m);

/* Without checksums: the octets of subflow i before `to` have arrived. Moves rcv_valid and RCV.NXT.
 * Returns false if some of these octets have no mapping. */
bool mptcp_received_arrived(struct mptcp_conn *c, unsigned i, mptcp_ssn to);

/* The next n octets of s have arrived and are delivered at once, if they are all of its current
 * run, the next ones of the stream, and no octet waits to be delivered, before or behind them.
 * False: it is another case, and nothing has changed. */
bool mptcp_received_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n);

/* Under checksums: the first announced run of subflow i has arrived and its checksum is right; or
 * the octets from rcv_valid to `to` have arrived without a mapping. Both move rcv_valid. */
void mptcp_received_verified(struct mptcp_conn *c, unsigned i);
void mptcp_received_unmapped(struct mptcp_conn *c, unsigned i, mptcp_ssn to);

/* Moves RCV.NXT over the runs that have arrived in order. */
void mptcp_received_advance(struct mptcp_conn *c);

/* Returns the current or announced run of subflow i that holds octet ssn; NULL if none does. O(log
 * n). */
const struct mptcp_run *mptcp_received_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn);

/* Returns the last current or announced run of subflow i that overlaps with m; NULL if none does.
 * O(log n). */
struct mptcp_run *mptcp_received_overlap(const struct mptcp_conn *c, unsigned i,
                                         const struct mptcp_mapping *m);

/* Returns the first announced run of subflow i; NULL if there is none. */
const struct mptcp_run *mptcp_received_next(const struct mptcp_conn *c, unsigned i);

/* Fills *a for MPTCP_DELIVER with the next octets to deliver, at rcv_delivered. False: there are
 * none. */
bool mptcp_received_deliverable(const struct mptcp_conn *c, struct mptcp_action *a);

/* Moves rcv_done of subflow i to its first octet that may still be delivered. O(1). */
void mptcp_received_done(struct mptcp_conn *c, unsigned i);

/* The host has taken the first n octets of what mptcp_received_deliverable offers; n must not be
 * more. */
void mptcp_received_delivered(struct mptcp_conn *c, uint32_t n);

/* Nothing more arrives on subflow i: removes its announced runs, and of its current run what has
 * not arrived. O(its runs). */
void mptcp_received_cut(struct mptcp_conn *c, unsigned i);

/* Nothing more is to be delivered: removes all received runs of all subflows, and moves each
 * rcv_done to rcv_nxt. O(runs). */
void mptcp_received_forget(struct mptcp_conn *c);

/* Returns the number of received runs of subflow i that hold at least one octet. */
unsigned mptcp_received_count(const struct mptcp_conn *c, unsigned i);

/* ------------------------------------------------- for announced.c alone */

/* Makes a run of subflow i for m. The run is in the order of DSNs; the caller enters it in the
 * subflow's order of SSNs. Returns its number; RUN_NONE if there is none left. */
uint16_t mptcp_received_make(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m,
                             bool head);
/* Gives the current run of s back if it holds no octet. */
void mptcp_received_drop_empty(struct mptcp_conn *c, struct mptcp_subflow *s);
/* Gives run k back, which is in no order of its subflow any more: as void if it is still in the
 * tree received.ahead, else as free. The caller calls mptcp_pool_count_off. */
MPTCP_INLINE void mptcp_received_leave(struct mptcp_conn *c, uint16_t k)
{
    if (runs_of(c)[k].stage == RUN_AHEAD) {
        mptcp_pool_void(c, k);
    } else {
        mptcp_pool_free(c, k);
    }
}

#endif
