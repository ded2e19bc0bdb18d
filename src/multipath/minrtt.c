/*
 * minrtt.c - the next data goes to the path with the lowest smoothed RTT among those that have
 * room. It has no state.
 */
#include "multipath/preference.h"

/* Chooses the first path by mptcp_sched_order, if it has room; otherwise none. */
static void choose_minrtt(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path best;

    if (mptcp_sched_first(v, &best, choice)) {
        mptcp_sched_take(v, &best, choice);
    }
}

const struct mptcp_scheduler mptcp_minrtt = {.name = "minrtt", .choose = choose_minrtt};
