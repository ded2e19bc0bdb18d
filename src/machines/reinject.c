/*
 * reinject.c - octets that are sent again on another subflow (RFC 8684 s3.3.6).
 *
 * An octet that was given to a subflow is safe while a living subflow that is
 * not silent (silence.c) holds it in a run. Octets that no such subflow holds are to be reinjected;
 * the runs show which these are (tables/unheld.h). Only the progress of the search is stored: when
 * a subflow has ended or fallen silent, the runs up to rtx_end are checked in the order of DSNs, a
 * bounded number in each call. Octets before rtx_nxt are safe. If the next run to check (sent.look)
 * begins after rtx_nxt, the octets between the two are not safe.
 *
 * The data-level timer (D-28) is for octets that a subflow's TCP has had acknowledged and the peer
 * does not DATA_ACK: when it expires, the octets from SND.UNA to rtx_end that were acknowledged so
 * count as lost (BIT_RESENDS), and their runs, where acknowledged as a whole, are freed. They are
 * reinjected in one round. It ends when all of them are sent again, or when a DATA_ACK covers the
 * next one: then only a DATA_ACK was lost. Octets after rtx_end are checked after the round.
 *
 * Moves: rtx_nxt, rtx_end, BIT_RESENDS, sent.look.
 */
#include "machines/machines.h"
#include "tables/sent.h"
#include "tables/unheld.h"

#define LOOKS 64 /* runs that are checked in one call, at most */

bool mptcp_reinject_searching(const struct mptcp_conn *c)
{
    return mptcp_reinject_pending(c) && mptcp_unheld_distance(c) <= 0;
}

/* Checks the next run, which begins at or before rtx_nxt: if a healthy subflow holds it, moves
 * rtx_nxt to its end. */
static void look(struct mptcp_conn *c)
{
    const struct mptcp_run *r = &runs_of(c)[c->sent.look];
    int64_t from = mptcp_unheld_distance(c) + mptcp_unheld_part(c, r);
    int64_t end = mptcp_unheld_distance(c) + (int64_t)r->len;

    if (sf_holds(subflow_at(c, r->owner)) && from <= 0 && end > 0) {
        c->rtx_nxt = mptcp_dsn_add(c->rtx_nxt, (uint64_t)end);
    }
    c->sent.look = r->link[BY_DSN][LINK_AFTER];
}

/* Restarts the search at SND.UNA, up to `end`. */
static void look_upto(struct mptcp_conn *c, mptcp_dsn end)
{
    c->rtx_nxt = c->snd_una;
    c->rtx_end = end;
    c->sent.look = c->sent.una;
}

/* Ends the round of octets that the data-level timer took for lost: those not reinjected by now
 * were not lost. The search continues after them. */
static void end_round(struct mptcp_conn *c)
{
    c->bits &= ~(uint32_t)BIT_RESENDS;
    c->rtx_nxt = c->rtx_end;
    c->rtx_end = c->snd_nxt;
    c->sent.look = c->sent.una;
}

/*
 * Moves rtx_nxt over octets that healthy subflows hold, in at most LOOKS steps: run by run, in the
 * order of their first octets; and, if the next run begins after rtx_nxt, over the octets of a run
 * acknowledged in part that do not count as lost (BIT_RESENDS).
 */
void mptcp_reinject_search(struct mptcp_conn *c)
{
    bool acked = mptcp_dsn_before(c->rtx_nxt, c->snd_una);
    bool gone = !mptcp_dsn_before(c->rtx_nxt, c->rtx_end);

    if ((c->bits & BIT_RESENDS) != 0 && (acked || gone)) {
        end_round(c);
    }
    c->rtx_nxt = mptcp_dsn_max(c->rtx_nxt, c->snd_una);
    for (unsigned n = 0; n < LOOKS && mptcp_reinject_pending(c); n++) {
        if (mptcp_unheld_distance(c) <= 0) {
            look(c);
        } else if (mptcp_unheld_pass(c, &c->rtx_nxt) != 0) {
            return;
        }
    }
}

/* In a round after the data-level timer the search still ends with the octets of the round. */
void mptcp_reinject_all(struct mptcp_conn *c)
{
    look_upto(c, (c->bits & BIT_RESENDS) != 0 ? c->rtx_end : c->snd_nxt);
}

void mptcp_reinject_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n)
{
    if (a->reinjected && mptcp_unheld_at(c, a->dsn)) {
        c->rtx_nxt = mptcp_dsn_add(a->dsn, n);
    }
}

bool mptcp_reinject_lost(struct mptcp_conn *c)
{
    mptcp_dsn end = mptcp_sent_acked_end(c);

    if (!mptcp_dsn_before(c->snd_una, end)) {
        mptcp_reinject_all(c);
        return false;
    }
    mptcp_sent_lost(c, end);
    c->bits |= BIT_RESENDS;
    look_upto(c, end);
    return true;
}
