/*
 * scheduler.c - minrtt: the next data goes to the path with the lowest smoothed RTT among those
 * that have room.
 *
 * It has no state. The class of a path is compared before its room. So data
 * waits for a good path whose window is full, and does not go to a backup or
 * a silent path meanwhile (RFC 8684 s3.3.8).
 */
#include "mptcp/scheduler.h"

/* Returns the class of a path: lower ones are preferred. */
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
    /* An RTT of 0 means no sample: 0 - 1 wraps to the largest number, so it comes last. */
    return a->srtt_us - 1u < b->srtt_us - 1u;
}

/* Chooses the first path by mptcp_sched_prefer, if it has room; otherwise none. */
static void choose_minrtt(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path paths[2] = {{0}, {0}};
    unsigned best = 0; /* index of the best path so far in `paths`; at first, of no path */

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
