/*
 * stats.c - what can be asked of a connection: its subflows, closed ones included,
 * and its state.
 */
#include "binding.h"

#include <string.h>

bool mptcpl_lingering(void)
{
    return mptcpl.lingering > 0;
}

unsigned mptcpl_subflow_count(const struct mptcpl_pcb *pcb)
{
    return pcb->nhistory;
}

void mptcpl_note(struct subflow *s)
{
    struct mptcpl_subflow_stats *h = &s->m->history[s->history];
    struct mptcp_subflow_report info;

    ip_addr_copy(h->local, s->tcp->local_ip);
    ip_addr_copy(h->remote, s->tcp->remote_ip);
    h->local_port = s->tcp->local_port;
    h->remote_port = s->tcp->remote_port;
    h->srtt_us = s->srtt_us;
    h->cwnd = s->tcp->cwnd;
    h->silent = s->silent;
    if (mptcp_subflow_info(s->m->conn, s->sf, &info) == MPTCP_OK) {
        h->local_id = info.local_id;
        h->remote_id = info.remote_id;
        h->backup = info.backup || info.peer_backup;
    }
}

bool mptcpl_subflow_stats(struct mptcpl_pcb *pcb, unsigned i, struct mptcpl_subflow_stats *stats)
{
    if (i >= pcb->nhistory) {
        return false;
    }
    for (unsigned k = 0; k < MPTCPL_SUBFLOWS; k++) {
        struct subflow *s = &pcb->sub[k];
        if (s->used && s->tcp != NULL && s->history == i) {
            mptcpl_note(s);
        }
    }
    *stats = pcb->history[i];
    return true;
}

void mptcpl_info(const struct mptcpl_pcb *pcb, struct mptcp_conn_report *info)
{
    if (pcb->conn == NULL) {
        memset(info, 0, sizeof *info);
        return;
    }
    mptcp_conn_info(pcb->conn, info);
}
