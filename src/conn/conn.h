/*
 * conn.h - private to src/conn: what the inputs, outputs and commits share.
 */
#ifndef MPTCP_CONN_PRIVATE_H
#define MPTCP_CONN_PRIVATE_H

#include "machines/machines.h"

/* From this DATA_FIN on, an answer without options means that the peer knows nothing of it. */
#define BARE_FIN_TRIES 2

/* The subflow of a handle, NULL if it is stale or over. If not, the arguments of the call are good,
 * and its time is taken note of. */
struct mptcp_subflow *mptcp_enter(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now);

/* What every input and commit ends with: timers that follow from the state. */
int mptcp_settled(struct mptcp_conn *c);

/* A pure ACK of this subflow is due. */
bool mptcp_ack_due(const struct mptcp_conn *c, unsigned i);

/* The action is due as it was polled; *now is what it would be polled as now: zeroed by the
 * caller. */
bool mptcp_still_due(const struct mptcp_conn *c, const struct mptcp_action *a,
                     struct mptcp_action *now);

/* No address or subflow gives the path manager anything to do, whatever else happens. */
bool mptcp_paths_quiet(const struct mptcp_conn *c);

/* An event is due; taking one. */
bool mptcp_event_due(const struct mptcp_conn *c, struct mptcp_action *a);
void mptcp_event_taken(struct mptcp_conn *c, const struct mptcp_action *a);

/* ------------------------------------------------------ a segment that comes in */

struct inbound {
    struct mptcp_conn *c;
    struct mptcp_subflow *s;
    const struct mptcp_segment *seg;
    const struct mptcp_options *o;
    struct mptcp_verdict *verdict;
};

static inline unsigned at_slot(const struct inbound *in)
{
    return (unsigned)(in->s - subflow_at(in->c, 0));
}

static inline bool has(const struct inbound *in, unsigned subtype)
{
    return (in->o->present & MPTCP_HAS(subtype)) != 0;
}

/*
 * What the functions below give back: MPTCP_OK, STOP if nothing further may be done
 * with the segment, or the code with which it is to be dropped.
 */
#define STOP 1

/* The subflow is to be reset, and the segment as if lost. */
static inline int fail(const struct inbound *in, int code)
{
    mptcp_subflow_fail(in->s, code);
    return code;
}

/* No MPTCP option was there at all. */
static inline bool is_bare(const struct inbound *in)
{
    return in->o->present == 0 && in->o->refused == 0;
}

/* Plain TCP if that can be, else the subflow is to be reset: STOP, or the code to drop it with. */
int mptcp_give_up_on(const struct inbound *in, int code);

/* Its mapping, DATA_FIN or lack of one. MPTCP_OK, STOP, or the code to drop it with. */
int mptcp_data_of_segment(const struct inbound *in);

#endif
