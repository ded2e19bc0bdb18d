/*
 * scheduler.c - minrtt: which path takes the next data is the one with the lowest smoothed RTT that
 * has room.
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
    /* 0 is no sample: minus 1 it wraps to the largest; the others keep their order. */
    return a->srtt_us - 1u < b->srtt_us - 1u;
}

static void choose_minrtt(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path paths[2] = {{0}, {0}};
    unsigned best = 0; /* of the two; the first one is no path at all */

    for (unsigned i = 0; i < v->n; i++) {
        struct mptcp_sched_path *other = &paths[best ^ 1u];
        v->path(v, i, other);
        if (other->usable && mptcp_sched_prefer(other, &paths[best])) {
            choice->path = (uint8_t)i;
            best ^= 1u;
        }
    }
    if (paths[best].room > 0) {
        choice->what = v->again != 0 ? MPTCP_SCHED_AGAIN : MPTCP_SCHED_NEW;
        choice->at = v->at;
        choice->len = paths[best].room;
    }
}

const struct mptcp_scheduler mptcp_minrtt = {.name = "minrtt", .choose = choose_minrtt};
