/*
 * reinject.c - octets that may have to go again (RFC 8684 s3.3.6).
 *
 * An octet that was given to a subflow is safe while a living subflow that is
 * not dark holds it in a run. What no such subflow holds is to be reinjected:
 * that is derived from the runs, not remembered. Remembered is only where to
 * look: [rtx_nxt, rtx_end) is searched when a subflow has died or gone dark.
 *
 * A subflow is dark (stalled) when it has acknowledged nothing for a bounded
 * time though something was in flight; it goes on retransmitting (D-27), and
 * the first acknowledgement makes it healthy again.
 *
 * The data-level timer (D-28) covers what a subflow acknowledged and the peer
 * never DATA_ACKed: when it fires, that stretch at the head counts as lost
 * (rtx_forced).
 *
 * Moves: rtx_nxt, rtx_end, rtx_forced, its timer, rto_tries; SF_STALLED.
 */
#include "machines/machines.h"

/*
 * If octet x is safe, returns true and the DSN up to which it is in *end;
 * if not, false and the DSN at which something safe begins, at most *end.
 */
static bool safe_in(const struct mptcp_conn *c, unsigned i, mptcp_dsn x, mptcp_dsn *end)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if (!sf_live(s) || (s->flags & (SF_STALLED | SF_RESET)) != 0) {
        return false;
    }
    for (unsigned k = 0; k < s->tx.count; k++) {
        const struct mptcp_run *r = mptcp_run_at(tx_base(c, i), &s->tx, k);
        bool forced = mptcp_dsn_before(x, c->rtx_forced);
        uint32_t lost = forced ? mptcp_run_below(r, s->snd_una) : 0;
        mptcp_dsn from = mptcp_dsn_add(mptcp_run_dsn(r), lost);
        if (!mptcp_dsn_before(x, mptcp_run_dsn_end(r))) {
            continue;
        }
        if (!mptcp_dsn_before(x, from)) {
            *end = mptcp_run_dsn_end(r);
            return true;
        }
        *end = mptcp_dsn_min(*end, from);
    }
    return false;
}

static bool safe(const struct mptcp_conn *c, mptcp_dsn x, mptcp_dsn *end)
{
    for (unsigned i = 0; i < c->top; i++) {
        if (safe_in(c, i, x, end)) {
            return true;
        }
    }
    return false;
}

bool mptcp_reinject_next(const struct mptcp_conn *c, mptcp_dsn *dsn, uint32_t *len)
{
    mptcp_dsn x = mptcp_dsn_max(c->rtx_nxt, c->snd_una);

    while (mptcp_dsn_before(x, c->rtx_end)) {
        mptcp_dsn end = c->rtx_end;
        if (mptcp_dsn_before(x, c->rtx_forced)) {
            end = mptcp_dsn_min(end, c->rtx_forced);
        }
        if (!safe(c, x, &end)) {
            *dsn = x;
            *len = mptcp_span(x, end);
            return true;
        }
        x = end;
    }
    return false;
}

/* Some subflow died or went dark: everything not DATA_ACKed is looked at anew. */
void mptcp_reinject_all(struct mptcp_conn *c)
{
    c->rtx_nxt = c->snd_una;
    c->rtx_end = c->snd_nxt;
}

void mptcp_reinject_done(struct mptcp_conn *c, mptcp_dsn upto)
{
    c->rtx_nxt = upto;
    mptcp_reinject_trim(c);
}

/* Skips what has become safe, so that no peek searches it again. */
void mptcp_reinject_trim(struct mptcp_conn *c)
{
    mptcp_dsn dsn;
    uint32_t len;

    if (!mptcp_dsn_before(c->rtx_nxt, c->rtx_end)) {
        return;
    }
    c->rtx_nxt = mptcp_reinject_next(c, &dsn, &len) ? dsn : c->rtx_end;
}

/* Twice the RTT and a margin for delayed ACKs and queues, within the configured bounds. */
mptcp_tick mptcp_stall_due(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    if (!is_mptcp(c) || s->state != SF_OPEN || (s->flags & SF_STALLED) != 0 ||
        !mptcp_ssn_before(s->snd_una, s->snd_nxt)) {
        return IDLE;
    }
    uint32_t wait = s->srtt_us == 0 ? c->stall_max : 2 * s->srtt_us + c->stall_min;
    return tick_after(s->progress, wait < c->stall_max ? wait : c->stall_max);
}

/* A path that goes dark again and again is used last, until it has not done so for a minute. */
#define DARK_MEMORY_US 60000000u
#define DARKS 3

bool mptcp_is_bad(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->darks >= DARKS && us_since(c, s->dark) <= DARK_MEMORY_US;
}

void mptcp_stall(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->flags |= SF_STALLED;
    if (us_since(c, s->dark) > DARK_MEMORY_US) {
        s->darks = 0;
    }
    count_up(&s->darks);
    s->dark = c->tick;
    mptcp_reinject_all(c);
}

/* Where the octets end that begin at SND.UNA and that a subflow has acknowledged; SND.UNA if none.
 */
mptcp_dsn mptcp_acked_end(const struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        for (unsigned k = 0; sf_live(s) && k < s->tx.count; k++) {
            const struct mptcp_run *r = mptcp_run_at(tx_base(c, i), &s->tx, k);
            uint32_t acked = mptcp_run_below(r, s->snd_una);
            if (mptcp_run_holds(r, c->snd_una, acked)) {
                return mptcp_dsn_add(mptcp_run_dsn(r), acked);
            }
        }
    }
    return c->snd_una;
}

/* Where the table is full, runs make place whose octets count as lost: they will get new ones. */
static void forget_lost(struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        mptcp_runs_compact(tx_base(c, i), &s->tx, s->snd_una, c->rtx_forced);
    }
}

bool mptcp_reinject_lost(struct mptcp_conn *c)
{
    mptcp_dsn end = mptcp_acked_end(c);

    if (!mptcp_dsn_before(c->snd_una, end)) {
        mptcp_reinject_all(c);
        mptcp_reinject_trim(c);
        return false;
    }
    c->rtx_forced = end;
    forget_lost(c);
    c->rtx_nxt = c->snd_una;
    c->rtx_end = mptcp_dsn_max(c->rtx_end, end);
    return true;
}
