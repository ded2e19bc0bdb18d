/*
 * acked.c - what changes for the connection when octets were acknowledged, by a DATA_ACK or by the
 * TCP of a subflow.
 */
#include "conn/conn.h"
#include "tables/sent.h"

void mptcp_tcp_acked(struct mptcp_conn *c, unsigned i)
{
    if (c->phase == PHASE_PLAIN) {
        mptcp_plain_acked(c, i);
        mptcp_fallback_acked(c, subflow_at(c, i));
    }
}

void mptcp_una_moved(struct mptcp_conn *c)
{
    mptcp_sent_data_acked(c);
    mptcp_map_free_limit(c);
}
