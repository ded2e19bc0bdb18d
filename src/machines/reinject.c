/*
 * reinject.c - octets that may have to go again (RFC 8684 s3.3.6).
 *
 * An octet that was given to a subflow is safe while a living subflow that is
 * not silent (silence.c) holds it in a run. What no such subflow holds is to be reinjected:
 * that is derived from the runs, not remembered. Remembered is only how far it was looked for:
 * when a subflow has died or fallen silent, the runs up to rtx_end are passed in the order of DSNs,
 * a bounded number in each call; octets up to rtx_nxt are safe. If the next run to look at
 * (sent.look) begins behind rtx_nxt, the octets between are not.
 *
 * The data-level timer (D-28) covers what a subflow acknowledged and the peer
 * never DATA_ACKed: when it fires, that stretch at the head counts as lost (BIT_RESENDS), up to
 * rtx_end, and runs that were acknowledged as a whole give up their places. It is sent again in one
 * round, which ends when all of it has gone, or when a DATA_ACK covers what has not: then nothing
 * was lost but that DATA_ACK. What lies behind it is looked at after the round.
 *
 * Moves: rtx_nxt, rtx_end, BIT_RESENDS, sent.look.
 */
#include "machines/machines.h"
#include "tables/order.h"
#include "tables/sent.h"

#define LOOKS 64 /* runs that are looked at in one call */

/* Octets on it need not go on another one. */
static bool is_healthy(const struct mptcp_subflow *s)
{
    return sf_live(s) && (s->flags & (SF_SILENT | SF_RESET)) == 0;
}

/* Octets at the start of r that count as lost, though r's subflow is healthy. */
static uint32_t lost_of(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return (c->bits & BIT_RESENDS) != 0 ? mptcp_sent_run_acked(c, r) : 0;
}

/* The distance from rtx_nxt to the first octet of the next run to look at; INT64_MAX: none. */
static int64_t next_run(const struct mptcp_conn *c)
{
    uint16_t k = c->sent.look;
    return k == RUN_NONE ? INT64_MAX : mptcp_run_behind(&runs_of(c)[k], c->rtx_nxt);
}

bool mptcp_reinject_searching(const struct mptcp_conn *c)
{
    return mptcp_reinject_pending(c) && next_run(c) <= 0;
}

/*
 * Where runs are acknowledged in part, and these parts count as lost: moves rtx_nxt over what is
 * not, and returns how far the next such run allows to go. Of each subflow that is the first run at
 * most.
 */
static int64_t pass_parts(const struct mptcp_conn *c, mptcp_dsn *x)
{
    int64_t most = INT64_MAX;

    for (unsigned i = 0; i < c->top && (c->bits & BIT_RESENDS) != 0; i++) {
        uint16_t k = mptcp_order_first(c, BY_SSN, subflow_at(c, i)->sent.flying);
        if (k == RUN_NONE || !is_healthy(subflow_at(c, i))) {
            continue;
        }
        const struct mptcp_run *r = &runs_of(c)[k];
        int64_t from = mptcp_run_behind(r, *x) + lost_of(c, r);
        int64_t end = mptcp_run_behind(r, *x) + (int64_t)r->len;
        if (from <= 0 && end > 0) {
            *x = mptcp_dsn_add(*x, (uint64_t)end);
            return 0;
        }
        most = from > 0 && from < most ? from : most;
    }
    return most;
}

/* Passes the next run, which does not begin behind rtx_nxt. */
static void look(struct mptcp_conn *c)
{
    const struct mptcp_run *r = &runs_of(c)[c->sent.look];
    int64_t from = next_run(c) + lost_of(c, r);
    int64_t end = next_run(c) + (int64_t)r->len;

    if (is_healthy(subflow_at(c, r->owner)) && from <= 0 && end > 0) {
        c->rtx_nxt = mptcp_dsn_add(c->rtx_nxt, (uint64_t)end);
    }
    c->sent.look = r->link[BY_DSN][LINK_BEHIND];
}

bool mptcp_reinject_next(const struct mptcp_conn *c, mptcp_dsn *dsn, uint32_t *len)
{
    mptcp_dsn x = c->rtx_nxt;
    int64_t most = mptcp_dsn_diff(c->rtx_end, x);
    int64_t next = next_run(c);

    if (most <= 0 || next <= 0) {
        return false; /* nothing is lost, or that is not known yet */
    }
    int64_t part = pass_parts(c, &x);
    most = next < most ? next : most;
    most = part < most ? part : most;
    *dsn = c->rtx_nxt;
    *len = most < (int64_t)UINT32_MAX ? (uint32_t)most : UINT32_MAX;
    return most > 0;
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
 * Runs stand in the order of their first octets. So whatever is held without a gap from rtx_nxt on
 * is found by passing one run after the other as long as the next one begins at or before its end.
 */
void mptcp_reinject_search(struct mptcp_conn *c)
{
    bool heard = mptcp_dsn_before(c->rtx_nxt, c->snd_una);
    bool gone = !mptcp_dsn_before(c->rtx_nxt, c->rtx_end);

    if ((c->bits & BIT_RESENDS) != 0 && (heard || gone)) {
        end_round(c);
    }
    c->rtx_nxt = mptcp_dsn_max(c->rtx_nxt, c->snd_una);
    for (unsigned n = 0; n < LOOKS && mptcp_reinject_pending(c); n++) {
        if (next_run(c) <= 0) {
            look(c);
        } else if (pass_parts(c, &c->rtx_nxt) != 0) {
            return;
        }
    }
}

/* Some subflow died or fell silent: everything not DATA_ACKed is looked at anew. */
void mptcp_reinject_all(struct mptcp_conn *c)
{
    look_upto(c, (c->bits & BIT_RESENDS) != 0 ? c->rtx_end : c->snd_nxt);
}

void mptcp_reinject_done(struct mptcp_conn *c, mptcp_dsn upto)
{
    c->rtx_nxt = upto;
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
