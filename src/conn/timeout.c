/*
 * timeout.c - every timer of a connection in one place: when the next one is,
 * and what each does. The two functions walk the same list.
 *
 *   subflow due       third ACK again, half-open join given up (s3.2)
 *   subflow progress  no acknowledgement for too long: dark (s3.3.6)
 *   subflow hold      a promised ACK did not leave
 *   conn.due          those of the connection as a whole: enum mptcp_timer
 */
#include "conn/conn.h"

#define FIN_TRIES 12   /* about six minutes */
#define UNHEARD_FINS 4 /* with answers of the peer's TCP alone: options are lost on the way out */

static mptcp_tick hold_deadline(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->hold > c->tick ? s->hold : IDLE;
}

mptcp_time mptcp_deadline(const struct mptcp_conn *c)
{
    mptcp_tick t = IDLE;
    for (unsigned i = 0; i < TIMERS; i++) {
        t = earlier(t, c->timer[i]);
    }
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_live(s) || (s->flags & SF_RESET) != 0) {
            continue;
        }
        t = earlier(t, earlier(s->timer, mptcp_stall_due(c, s)));
        t = earlier(t, hold_deadline(c, s));
    }
    return mptcp_clock_time(c, t);
}

/* A handshake that does not end; a subflow whose address goes, or was said to have gone. */
static void subflow_due(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (s->state == SF_OPEN) {
        mptcp_pm_on_subflow_timeout(c, s);
        return;
    }
    mptcp_join_on_timeout(s);
}

static void subflow_timers(struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_live(s) || (s->flags & SF_RESET) != 0) {
            continue;
        }
        if (s->timer <= c->tick) {
            subflow_due(c, s);
        }
        if (mptcp_stall_due(c, s) <= c->tick) {
            mptcp_stall(c, s);
        }
    }
}

/* The path is there both ways, and again and again the DATA_FIN alone did not come through. */
static bool fin_unheard(struct mptcp_conn *c)
{
    int sole = sole_slot(c);

    if ((c->bits & BIT_FIN_ANSWERED) != 0) {
        count_up(&c->fin_unheard);
    } else {
        c->fin_unheard = 0;
    }
    c->bits &= ~(uint32_t)BIT_FIN_ANSWERED;
    bool last = c->fin_tries >= FIN_TRIES && c->fin_unheard > 0;
    return (c->fin_unheard >= UNHEARD_FINS || last) && sole >= 0 &&
           mptcp_fallback_possible(c, subflow_at(c, (unsigned)sole));
}

/* On all subflows: one that died with nothing in flight shows it by nothing. */
static void repeat_fin(struct mptcp_conn *c)
{
    c->bits |= BIT_FIN_DUE; /* also on one that comes up later */
    if ((c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT) {
        /* Nothing shows that the keys have come, without which it means nothing (C-11). */
        subflow_at(c, 0)->flags &= ~(uint32_t)SF_KEYS_SENT;
    }
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_usable(s)) {
            continue;
        }
        s->signal |= SIG_FIN;
        /* What a TCP answers that speaks no MPTCP any more shows that (B-3). */
        s->flags |= c->fin_tries >= BARE_FIN_TRIES ? SF_PROBE_DUE : 0u;
    }
}

/* The DATA_FIN is repeated once everything before it is acknowledged; until then it only waits. */
static void fin_timer(struct mptcp_conn *c)
{
    if (mptcp_close_fin_acked(c)) {
        return;
    }
    if (mptcp_dsn_eq(c->snd_una, c->snd_end)) {
        if (fin_unheard(c)) {
            /* The peer has all, and hears no option of ours: TCP's FIN will do. */
            mptcp_fallback(c, MPTCP_E_NO_MPTCP);
            return;
        }
        if (c->fin_tries >= FIN_TRIES) {
            mptcp_close_end(c, MPTCP_E_TIMED_OUT); /* a local timeout (D-4) */
            return;
        }
        repeat_fin(c);
        return;
    }
    c->timer[DUE_FIN] = from_now(c, c->signal_rto);
}

/* Resets the subflows that have these flags; false if there is none. */
static bool give_up(struct mptcp_conn *c, unsigned flags)
{
    bool any = false;
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (sf_live(s) && (s->flags & (flags | SF_RESET)) == flags) {
            mptcp_subflow_fail(s, MPTCP_E_SUBFLOW_FAILED);
            any = true;
        }
    }
    return any;
}

/* First the dark ones (D-21), then whatever is left. */
static void close_timer(struct mptcp_conn *c)
{
    if (give_up(c, SF_STALLED)) {
        c->timer[DUE_CLOSE] = from_now(c, c->close_limit);
        return;
    }
    give_up(c, 0);
}

/* MP_FASTCLOSE or MP_FAIL was not answered. */
static void answer_timer(struct mptcp_conn *c)
{
    if (c->phase == PHASE_ABORTING) {
        mptcp_close_on_abort_timeout(c);
    } else if ((c->bits & BIT_FAILING) != 0) {
        mptcp_fail_on_timeout(c);
    }
}

int mptcp_on_timeout(struct mptcp_conn *c, mptcp_time now)
{
    mptcp_clock_set(c, now);
    if (fired(c, DUE_LATER)) {
        c->later = 0;
    }
    if (fired(c, DUE_NO_PATH)) {
        mptcp_close_no_path_any_more(c);
    }
    subflow_timers(c);
    if (fired(c, DUE_ADD_ADDR)) {
        mptcp_pm_announce(c);
    }
    if (fired(c, DUE_DATA_ACK)) {
        mptcp_data_rto_fire(c);
    }
    if (fired(c, DUE_FIN)) {
        fin_timer(c);
    }
    if (fired(c, DUE_PROBE)) {
        mptcp_window_probe(c);
    }
    if (fired(c, DUE_SIGNAL)) {
        mptcp_pm_row_off(c);
    }
    if (fired(c, DUE_CONNECT)) {
        mptcp_pm_stir(c);
    }
    if (fired(c, DUE_RETRY)) {
        mptcp_pm_retry(c);
    }
    if (fired(c, DUE_CLOSE)) {
        close_timer(c);
    }
    if (fired(c, DUE_ANSWER)) {
        answer_timer(c);
    }
    return mptcp_settled(c);
}
