/*
 * arguments.c - checks of arguments, which change nothing. Those that every call makes are inline
 * in block.h; here are their external copies, and the check of an address.
 */
#include "tables/block.h"

extern MPTCP_INLINE int call_refused(const struct mptcp_conn *c, mptcp_time now);
extern MPTCP_INLINE int subflow_refused(const struct mptcp_conn *c, mptcp_sf sf, mptcp_time now,
                                        struct mptcp_subflow **s);
extern MPTCP_INLINE bool segment_possible(const struct mptcp_segment *seg);

bool addr_possible(const struct mptcp_addr *a)
{
    return a != NULL && (a->family == 4 || a->family == 6);
}
