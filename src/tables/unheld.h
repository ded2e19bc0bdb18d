/*
 * unheld.h - floor 2: octets that no healthy subflow holds, as far as they are looked for.
 *
 * reinject.c moves rtx_nxt, rtx_end and sent.look, over the runs in the order of DSNs. Here is what
 * these say: which octets come next that have to go again (RFC 8684 s3.3.6).
 */
#ifndef MPTCP_TABLES_UNHELD_H
#define MPTCP_TABLES_UNHELD_H

#include "tables/block.h"
#include "tables/sent.h"

/* Octets on it need not go on another one. */
static inline bool sf_holds(const struct mptcp_subflow *s)
{
    return sf_live(s) && (s->flags & (SF_SILENT | SF_RESET)) == 0;
}

/* There may be some: they lie before rtx_end. */
static inline bool mptcp_reinject_pending(const struct mptcp_conn *c)
{
    return c->fb.may_resend && mptcp_dsn_before(c->rtx_nxt, c->rtx_end);
}

/* Without it there is nothing that has to be given to a subflow. */
static inline bool mptcp_send_pending(const struct mptcp_conn *c)
{
    return mptcp_dsn_before(c->snd_nxt, c->snd_end) || mptcp_reinject_pending(c);
}

/* Octets at the start of r that count as lost, though r's subflow is healthy. */
uint32_t mptcp_unheld_part(const struct mptcp_conn *c, const struct mptcp_run *r);

/* The distance from rtx_nxt to the first octet of the next run to look at; INT64_MAX: none. */
int64_t mptcp_unheld_distance(const struct mptcp_conn *c);

/* The octets from dsn on are the first of those, and what lies after them is known. */
bool mptcp_unheld_at(const struct mptcp_conn *c, mptcp_dsn dsn);

/*
 * Where runs are acknowledged in part, and these parts count as lost: moves *x over what is not,
 * and returns how far from it the next such run allows to go. Of each subflow that is the first run
 * at most.
 */
int64_t mptcp_unheld_pass(const struct mptcp_conn *c, mptcp_dsn *x);

/* The first of those octets; false if there are none, or more runs are to be looked at first. */
bool mptcp_unheld_next(const struct mptcp_conn *c, mptcp_dsn *dsn, uint32_t *len);

#endif
