/*
 * subflow_end.c - the end of a subflow, and what follows for the connection: its octets are
 * reinjected on other subflows, it may be opened again, or no subflow is left.
 */
#include "conn/conn.h"
#include "tables/sent.h"

void mptcp_subflow_end(struct mptcp_conn *c, unsigned i, int why)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    bool counts = mptcp_subflow_is_proven(s);

    mptcp_subflow_ended(s, why);
    mptcp_pm_on_end(c, s);
    mptcp_subflow_gone(c, i);
    if (mptcp_sent_drop(c, i) && is_mptcp(c)) {
        mptcp_reinject_all(c);
    }
    mptcp_map_free_limit(c);
    mptcp_subflow_drain(c, s);
    if (counts && mptcp_subflow_proven(c) == 0) {
        mptcp_close_no_path(c, why);
    }
}
