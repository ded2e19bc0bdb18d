/*
 * reinject.c - octets that may have to go again (RFC 8684 s3.3.6).
 *
 * An octet that was given to a subflow is safe while a living subflow that is
 * not silent (silence.c) holds it in a run. What no such subflow holds is to be reinjected:
 * that is derived from the runs, not remembered (tables/unheld.h says what comes next). Remembered
 * is only how far it was looked for: when a subflow has died or fallen silent, the runs up to
 * rtx_end are passed in the order of DSNs, a bounded number in each call; octets up to rtx_nxt are
 * safe. If the next run to look at (sent.look) begins after rtx_nxt, the octets between are not.
 *
 * The data-level timer (D-28) covers what a subflow acknowledged and the peer
 * never DATA_ACKed: when it fires, that stretch at the head counts as lost (BIT_RESENDS), up to
 * rtx_end, and runs that were acknowledged as a whole give up their places. It is sent again in one
 * round, which ends when all of it has gone, or when a DATA_ACK covers what has not: then nothing
 * was lost but that DATA_ACK. What lies after it is looked at after the round.
 *
 * Moves: rtx_nxt, rtx_end, BIT_RESENDS, sent.look.
 */
#include "machines/machines.h"
#include "tables/sent.h"
#include "tables/unheld.h"

#define LOOKS 64 /* runs that are looked at in one call */

bool mptcp_reinject_searching(const struct mptcp_conn *c)
{
    return mptcp_reinject_pending(c) && mptcp_unheld_distance(c) <= 0;
}

/* Looks at one run, which begins at or before rtx_nxt. */
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

/* Everything not DATA_ACKed before `end` is looked at anew. */
static void look_upto(struct mptcp_conn *c, mptcp_dsn end)
{
    c->rtx_nxt = c->snd_una;
    c->rtx_end = end;
    c->sent.look = c->sent.una;
}

/* The round of what the timer found ends: what has not gone by now was not lost. */
static void end_round(struct mptcp_conn *c)
{
    c->bits &= ~(uint32_t)BIT_RESENDS;
    c->rtx_nxt = c->rtx_end;
    c->rtx_end = c->snd_nxt;
    c->sent.look = c->sent.una;
}

/*
 * Moves rtx_nxt over what healthy subflows hold, LOOKS steps at most: over runs in order of
 * first octets; where the next begins after it, over the rest of one acknowledged in part
 * (BIT_RESENDS).
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

/* Some subflow died or fell silent: everything not DATA_ACKed is looked at anew. */
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
