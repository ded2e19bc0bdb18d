/*
 * timeout.c - all timers of a connection: mptcp_deadline returns when the next one expires,
 * mptcp_on_timeout runs those that have. Both walk the same list.
 *
 *   subflow.timer     third ACK due again, half-open join given up (s3.2), probe of a
 *                     subflow, FIN of one whose address was removed
 *   subflow.progress  no acknowledgement for too long: silence.c
 *   subflow.heard     no octets for long, while others brought some: quiet.c
 *   subflow.hold      an ACK that the host was told to send was not sent: it is due again
 *   conn.timer        those of the connection as a whole: enum mptcp_timer
 */
#include "conn/conn.h"

/* When the deferred ACK of s is due again; IDLE if none is deferred. */
static mptcp_tick hold_deadline(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->hold > c->tick ? s->hold : IDLE;
}

mptcp_time mptcp_deadline(const struct mptcp_conn *c)
{
    if (call_refused(c, 0) != MPTCP_OK) {
        return MPTCP_NEVER;
    }
    mptcp_tick t = mptcp_reinject_searching(c) ? c->tick : IDLE;
    for (unsigned i = 0; i < TIMERS; i++) {
        t = earlier(t, c->timer[i]);
    }
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_live(s) || (s->flags & SF_RESET) != 0) {
            continue;
        }
        t = earlier(t, earlier(s->timer, mptcp_silence_due(c, s)));
        t = earlier(t, earlier(hold_deadline(c, s), mptcp_quiet_due(c, s)));
    }
    return mptcp_clock_time(c, t);
}

/* The timer of s has expired: its handshake takes too long, or, if s is open, it was probed or its
 * local address was removed. */
static void subflow_due(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (s->state == SF_OPEN) {
        if (!mptcp_quiet_over(c, s)) {
            mptcp_pm_on_subflow_timeout(c, s);
        }
        return;
    }
    mptcp_join_on_timeout(c, s);
}

/* Reinjects the octets of a subflow that has fallen silent; resets one that was silent too long. */
static void subflow_silence(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    switch (mptcp_silence_on_timeout(c, s)) {
    case SILENCE_BEGINS:
        mptcp_reinject_all(c);
        break;
    case SILENCE_ENDS:
        mptcp_subflow_fail(s, MPTCP_E_TIMED_OUT);
        break;
    default:
        break;
    }
}

/* Runs the timers of all living subflows that are not marked for a reset. */
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
        subflow_silence(c, s);
        if (mptcp_quiet_on_timeout(c, s)) {
            mptcp_pm_probe(c, s);
        }
    }
}

/* Marks all living subflows that have these flags for a reset; false if there is none. */
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

/* DUE_CLOSE: the peer does not end its direction: aborts; or subflows do not close in time: resets
 * the silent ones (D-21), or all if there are none. */
static void close_timer(struct mptcp_conn *c)
{
    if ((c->events & EVER_CLOSED) == 0) {
        mptcp_close_abort(c);
        return;
    }
    if (give_up(c, SF_SILENT)) {
        c->timer[DUE_CLOSE] = from_now(c, c->close_limit);
        return;
    }
    give_up(c, 0);
}

/* DUE_ANSWER: MP_FASTCLOSE or MP_FAIL was not answered in time, or a deferred MP_FAIL is due. */
static void answer_timer(struct mptcp_conn *c)
{
    if (c->phase == PHASE_ABORTING) {
        mptcp_close_on_abort_timeout(c);
    } else {
        mptcp_fallback_no_answer(c);
    }
}

/* DUE_LATER: actions that the host could not do, and that were deferred, are due again. */
static void later_timer(struct mptcp_conn *c)
{
    c->later = 0;
    for (unsigned i = 0; i < c->top; i++) {
        subflow_at(c, i)->flags &= ~(uint32_t)SF_LATER;
    }
}

/* DUE_CONNECT: subflows may be opened again. */
static void connect_timer(struct mptcp_conn *c)
{
    mptcp_paths_changed(c);
}

static void (*const on_timer[TIMERS])(struct mptcp_conn *c) = {
    [DUE_LATER] = later_timer,          [DUE_NO_PATH] = mptcp_close_no_path_any_more,
    [DUE_ADD_ADDR] = mptcp_pm_announce, [DUE_DATA_ACK] = mptcp_data_timer,
    [DUE_FIN] = mptcp_fin_timer,        [DUE_PROBE] = mptcp_window_timer,
    [DUE_ROOM] = mptcp_room_assume,     [DUE_SIGNAL] = mptcp_pm_burst_over,
    [DUE_CONNECT] = connect_timer,      [DUE_RETRY] = mptcp_pm_retry,
    [DUE_CLOSE] = close_timer,          [DUE_ANSWER] = answer_timer,
};

int mptcp_on_timeout(struct mptcp_conn *c, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    mptcp_clock_set(c, now);
    subflow_timers(c);
    for (unsigned i = 0; i < TIMERS; i++) {
        if (fired(c, (enum mptcp_timer)i)) {
            on_timer[i](c);
        }
    }
    return mptcp_end_call(c);
}
