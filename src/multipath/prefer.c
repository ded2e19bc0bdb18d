/*
 * prefer.c - the order of minrtt (preference.h), for programs that have paths to compare.
 */
#include "multipath/preference.h"

bool mptcp_sched_prefer(const struct mptcp_sched_path *a, const struct mptcp_sched_path *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL;
    }
    return mptcp_sched_order(a) < mptcp_sched_order(b);
}
