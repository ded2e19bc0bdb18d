/*
 * scheduler.c - which path takes the next data: lowest smoothed RTT with room.
 *
 * No state. The class of a path comes before its room, so that data waits for
 * a good path instead of spilling onto a backup or a silent one whenever the good
 * one's window is full (RFC 8684 s3.3.8).
 */
#include "mptcp/scheduler.h"

/* Lower is better. */
static unsigned class_of(const struct mptcp_sched_path *p)
{
    return (p->usable ? 0u : 4u) + (p->avoid ? 2u : 0u) + (p->backup ? 1u : 0u);
}

bool mptcp_sched_prefer(const struct mptcp_sched_path *a, const struct mptcp_sched_path *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL;
    }
    unsigned class_a = class_of(a);
    unsigned class_b = class_of(b);

    if (class_a != class_b) {
        return class_a < class_b;
    }
    if (a->cost != b->cost) {
        return a->cost < b->cost;
    }
    if ((a->room == 0) != (b->room == 0)) {
        return a->room != 0;
    }
    /* No sample is 0: one less wraps to the largest, and keeps the order of the others. */
    return a->srtt_us - 1u < b->srtt_us - 1u;
}

int mptcp_sched_minrtt(const struct mptcp_sched_path *paths, unsigned n)
{
    unsigned best = 0;

    if (paths == NULL || n == 0) {
        return -1;
    }
    for (unsigned i = 1; i < n; i++) {
        if (mptcp_sched_prefer(&paths[i], &paths[best])) {
            best = i;
        }
    }
    return paths[best].usable && paths[best].room != 0 ? (int)best : -1;
}
