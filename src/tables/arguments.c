/*
 * arguments.c - what no call can work with. Pure questions: a call that is refused has changed
 * nothing.
 */
#include "tables/block.h"

int call_refused(const struct mptcp_conn *c, mptcp_time now)
{
    if (c == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    return c->subflows == 0 ? MPTCP_E_STATE : MPTCP_OK;
}

int subflow_refused(const struct mptcp_conn *c, mptcp_sf sf, mptcp_time now,
                    struct mptcp_subflow **s)
{
    if (c == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    int i = slot_of(c, sf);
    if (i < 0 || !sf_live(subflow_at(c, (unsigned)i))) {
        return MPTCP_E_STALE;
    }
    *s = subflow_at(c, (unsigned)i);
    return MPTCP_OK;
}

bool addr_possible(const struct mptcp_addr *a)
{
    return a != NULL && (a->family == 4 || a->family == 6);
}

bool segment_possible(const struct mptcp_segment *seg)
{
    return seg != NULL && seg->options_len <= MPTCP_OPTION_MAX && seg->len <= LENGTH_MAX &&
           (seg->options != NULL || seg->options_len == 0);
}
