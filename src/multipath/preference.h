/*
 * preference.h - what all schedulers of the library obey (mptcp/scheduler.h): which paths count at
 * all, and which of them is taken first by the order of minrtt.
 */
#ifndef MPTCP_MULTIPATH_PREFERENCE_H
#define MPTCP_MULTIPATH_PREFERENCE_H

#include "mptcp/scheduler.h"

/* The rank of a path that is not usable, or worse. */
#define RANK_UNUSABLE 0x400u

/* Returns the rank of a path: its class, and its cost within the class. Data goes only to usable
 * paths of the lowest rank, and waits for one of these if none of them has room. */
static inline unsigned mptcp_sched_rank(const struct mptcp_sched_path *p)
{
    return (p->usable ? 0u : RANK_UNUSABLE) + (p->avoid ? 0x200u : 0u) + (p->backup ? 0x100u : 0u) +
           p->cost;
}

/* Returns rank, room and RTT as one number: the path with the least comes first. A path without
 * room comes after all of its rank that have some; one without a sample counts as the slowest. */
uint64_t mptcp_sched_order(const struct mptcp_sched_path *p);

/* Fills *best with the path that is first by mptcp_sched_order, and sets choice->path to its
 * index. False: no path is usable. */
bool mptcp_sched_first(const struct mptcp_sched_view *v, struct mptcp_sched_path *best,
                       struct mptcp_sched_choice *choice);

/* Chooses to give path choice->path, as *p shows it, all that it takes of what is offered; if that
 * is nothing, none. */
void mptcp_sched_take(const struct mptcp_sched_view *v, const struct mptcp_sched_path *p,
                      struct mptcp_sched_choice *choice);

#endif
