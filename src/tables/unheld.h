/*
 * unheld.h - floor 2: finds the unheld octets: those that were sent, and that no healthy subflow
 * holds. They are due for reinjection (RFC 8684 s3.3.6).
 *
 * reinject.c searches them over the runs in the order of DSNs, and moves rtx_nxt, rtx_end and
 * sent.look. The functions here derive from these three which octets are unheld.
 */
#ifndef MPTCP_TABLES_UNHELD_H
#define MPTCP_TABLES_UNHELD_H

#include "tables/block.h"
#include "tables/sent.h"

/* True if s lives, is not silent and not to be reset: octets in its runs need no reinjection. */
static inline bool sf_holds(const struct mptcp_subflow *s)
{
    return sf_live(s) && (s->flags & (SF_SILENT | SF_RESET)) == 0;
}

/* True if there may be unheld octets, between rtx_nxt and rtx_end, and they may be reinjected. */
static inline bool mptcp_reinject_pending(const struct mptcp_conn *c)
{
    return c->fb.may_resend && mptcp_dsn_before(c->rtx_nxt, c->rtx_end);
}

/* True if there may be octets to give to a subflow: new ones, or unheld ones. */
static inline bool mptcp_send_pending(const struct mptcp_conn *c)
{
    return mptcp_dsn_before(c->snd_nxt, c->snd_end) || mptcp_reinject_pending(c);
}

/* Returns the number of octets at the start of r that count as lost although the subflow of r is
 * healthy: TCP has acknowledged them, and the peer never DATA_ACKed them (BIT_RESENDS). */
uint32_t mptcp_unheld_part(const struct mptcp_conn *c, const struct mptcp_run *r);

/* Returns the octets from rtx_nxt to the start of sent.look, the next run to check; not positive:
 * it begins at or before rtx_nxt; INT64_MAX: all runs are checked. */
int64_t mptcp_unheld_distance(const struct mptcp_conn *c);

/* True if octet dsn is the first unheld one: it is rtx_nxt, and the next run to check begins after
 * it. */
bool mptcp_unheld_at(const struct mptcp_conn *c, mptcp_dsn dsn);

/*
 * With BIT_RESENDS, of a run that TCP has acknowledged in part that part counts as lost, the rest
 * is held. Only the first run of a subflow can be such a run. If *x lies in the held rest of one,
 * moves *x to the end of the run and returns 0. Else returns the octets from *x to the next held
 * rest; INT64_MAX if there is none.
 */
int64_t mptcp_unheld_pass(const struct mptcp_conn *c, mptcp_dsn *x);

/* Sets *dsn and *len to the first stretch of unheld octets. False: there is none, or
 * reinject.c has to check more runs first. */
bool mptcp_unheld_next(const struct mptcp_conn *c, mptcp_dsn *dsn, uint32_t *len);

#endif
