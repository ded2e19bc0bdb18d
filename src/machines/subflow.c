/*
 * subflow.c - the slots of subflows: how one is taken, fails and ends.
 *
 *   FREE -> SYN_SENT -> OPEN                 the initial subflow, client
 *   FREE -> SYN_RCVD -> OPEN                 the initial subflow or a join, listener
 *   FREE -> SYN_SENT -> PRE -> OPEN          MP_JOIN, initiator (RFC 8684 s3.2)
 *   any living state -> GONE -> FREE         TCP has ended it; GONE while its
 *                                            receive queue still holds octets
 *
 * A failing subflow is marked (SF_RESET); mptcp_poll then tells the host to reset it. Its slot is
 * freed only after the host has done so, its queue is released, and its end was reported.
 * Each use of a slot has a new generation, so that handles kept too long are refused.
 */
#include "machines/machines.h"
#include "tables/received.h"
#include "tables/sent.h"
#include "wire/mem.h"

#define SEGMENT_UNKNOWN 496 /* RFC 9293 s3.7.1: an MSS of 536, less 40 of options */

struct mptcp_subflow *mptcp_subflow_open(struct mptcp_conn *c, unsigned i, unsigned state)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    uint32_t generation = (s->generation + 1) & 0xffffffu;

    memset(s, 0, sizeof *s);
    s->generation = generation;
    s->state = (uint8_t)state;
    mptcp_pool_open(c, i);
    s->snd_una = s->snd_nxt = s->snd_edge = s->copied = mptcp_ssn_of(1);
    s->rcv_nxt = s->rcv_valid = s->rcv_done = s->released = s->mapped = mptcp_ssn_of(1);
    s->ack_sent = s->ack_told = mptcp_ssn_of(1);
    s->rcv_edge = mptcp_ssn_of(1 + c->rcv_buf);
    s->segment = s->mapping = SEGMENT_UNKNOWN;
    s->progress = s->heard = c->tick;
    s->timer = s->rtt_at = IDLE;
    s->reason = MPTCP_NO_REASON;
    if (i >= c->top) {
        c->top = (uint8_t)(i + 1);
    }
    mptcp_paths_changed(c);
    return s;
}

void mptcp_subflow_ended(struct mptcp_subflow *s, int why)
{
    s->code = why;
    s->flags |= mptcp_subflow_is_proven(s) ? (uint32_t)SF_NEWS : 0u;
}

void mptcp_subflow_gone(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    s->state = SF_GONE;
    s->signal = 0;
    s->timer = IDLE;
    /* Octets that have arrived and wait behind a gap are kept; mappings of others are removed. */
    mptcp_received_cut(c, i);
    mptcp_paths_changed(c);
}

void mptcp_subflow_alone(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    c->bits &= ~(uint32_t)BIT_ASKED;
    s->signal &= SIG_ACK;
    s->timer = s->state == SF_OPEN ? IDLE : s->timer;
    s->flags &= ~(uint32_t)(SF_SILENT | SF_BACKUP | SF_PEER_BACKUP | SF_PROBED);
}

void mptcp_subflow_drain(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (s->state == SF_GONE && mptcp_ssn_eq(s->released, s->rcv_nxt) && (s->flags & SF_NEWS) == 0) {
        s->state = SF_FREE;
        while (c->top > 0 && subflow_at(c, c->top - 1u)->state == SF_FREE) {
            c->top--;
        }
        mptcp_paths_changed(c);
    }
}
