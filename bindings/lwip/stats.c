/*
 * stats.c - what can be asked of a connection: its subflows, closed ones included,
 * and its state; and of the stack: why joins were refused.
 */
#include "binding.h"

#include "lwip/mem.h"

#include <string.h>

bool mptcpl_lingering(void)
{
    return mptcpl.lingering > 0;
}

/* NULL: no memory. The last one is everybody's after the first MPTCPL_HISTORY - 1. */
struct mptcpl_past *mptcpl_new_past(struct mptcpl_pcb *m)
{
    struct mptcpl_past *last = m->past;

    if (m->npast < MPTCPL_HISTORY) {
        return mem_calloc(1, sizeof *last);
    }
    while (last->next != NULL) {
        last = last->next;
    }
    return last;
}

/* ... of a subflow that never began. */
void mptcpl_drop_past(struct mptcpl_pcb *m, struct mptcpl_past *past)
{
    if (m->npast < MPTCPL_HISTORY) {
        mem_free(past);
    }
}

void mptcpl_begin_past(struct subflow *s)
{
    struct mptcpl_past **last = &s->m->past;

    if (s->m->npast < MPTCPL_HISTORY) {
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = s->past;
        s->m->npast++;
    }
    memset(&s->past->s, 0, sizeof s->past->s);
    s->past->s.alive = true;
    s->past->s.sf = s->sf;
}

unsigned mptcpl_subflow_count(const struct mptcpl_pcb *pcb)
{
    return pcb->npast;
}

void mptcpl_note(struct subflow *s)
{
    struct mptcpl_subflow_stats *h = &s->past->s;
    struct mptcp_subflow_report info;

    ip_addr_copy(h->local, s->tcp->local_ip);
    ip_addr_copy(h->remote, s->tcp->remote_ip);
    h->local_port = s->tcp->local_port;
    h->remote_port = s->tcp->remote_port;
    h->srtt_us = s->rtt.srtt_us;
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
    struct mptcpl_past *past = pcb->past;

    if (i >= pcb->npast) {
        return false;
    }
    while (i-- > 0) {
        past = past->next;
    }
    for (struct subflow *s = pcb->subs; s != NULL; s = s->next) {
        if (s->used && s->tcp != NULL && s->past == past) {
            mptcpl_note(s);
        }
    }
    *stats = past->s;
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

const struct mptcp_conn *mptcpl_conn(const struct mptcpl_pcb *pcb)
{
    return pcb->conn;
}

/* --------------------------------------------------------------------- refused joins */

void mptcpl_count_refused(int code)
{
    mptcpl.joins_refused[0]++;
    mptcpl.joins_refused[-code]++;
}

/* lwIP's pcb of a join that has not been accepted waits for the third ACK still. */
void mptcpl_count_reset(const struct subflow *s, int code)
{
    struct mptcp_subflow_report info;

    if (s->tcp->state == SYN_RCVD && mptcp_subflow_info(s->m->conn, s->sf, &info) == MPTCP_OK &&
        !info.initial) {
        mptcpl_count_refused(code);
    }
}

uint32_t mptcpl_joins_refused(int code)
{
    return code <= 0 && code > MPTCP_E_LAST ? mptcpl.joins_refused[-code] : 0;
}
