/*
 * faster.h - the path that a scheduler may wait for instead of taking a slower one.
 */
#ifndef MPTCP_MULTIPATH_FASTER_H
#define MPTCP_MULTIPATH_FASTER_H

#include "multipath/preference.h"

/*
 * Fills *f with the fastest path of the rank of s that can be the witness of a wait: it is no path
 * to be avoided, has octets in flight and an RTT less than that of s. Sets *at to its index. False:
 * there is none, or s has no RTT.
 */
bool mptcp_sched_faster(const struct mptcp_sched_view *v, const struct mptcp_sched_path *s,
                        struct mptcp_sched_path *f, uint8_t *at);

#endif
