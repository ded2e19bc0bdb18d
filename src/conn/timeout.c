/*
 * timeout.c - every timer of a connection in one place: when the next one is,
 * and what each does. The two functions walk the same list.
 *
 *   subflow due       third ACK again, half-open join given up (s3.2)
 *   subflow progress  no acknowledgement for too long: dark (s3.3.6)
 *   subflow hold      a promised ACK did not leave
 *   address due       ADD_ADDR without echo (s3.4.1)
 *   rto_due           the head was not DATA_ACKed (s3.3.6)
 *   fin_due           the DATA_FIN was not DATA_ACKed (s3.3.3)
 *   probe_due         all windows are shut
 *   connect_hold      a connect that had to wait
 *   no_path_due       no subflow for too long (s3.3.3)
 *   close_due         subflows that do not close
 *   later_due         actions that the host could not do
 */
#include "conn/conn.h"

static mptcp_time hold_deadline(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->hold > c->now ? s->hold : MPTCP_NEVER;
}

mptcp_time mptcp_deadline(const struct mptcp_conn *c)
{
    if (c->phase == PHASE_NEW || c->phase == PHASE_ENDED) {
        return c->later_due;
    }
    mptcp_time t = earlier(mptcp_pm_deadline(c), earlier(c->rto_due, c->fin_due));
    t = earlier(t, c->later_due);
    t = earlier(t, earlier(c->probe_due, c->connect_hold));
    t = earlier(t, earlier(c->no_path_due, c->close_due));
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_live(s) || (s->flags & SF_RESET) != 0) {
            continue;
        }
        t = earlier(t, earlier(s->due, mptcp_stall_due(c, s)));
        t = earlier(t, hold_deadline(c, s));
    }
    return t;
}

static void subflow_timers(struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_live(s) || (s->flags & SF_RESET) != 0) {
            continue;
        }
        if (s->due <= c->now) {
            mptcp_join_on_timeout(c, s);
        }
        if (mptcp_stall_due(c, s) <= c->now) {
            mptcp_stall(c, s);
        }
    }
}

/* The DATA_FIN is repeated once everything before it is acknowledged; until then it only waits. */
static void fin_timer(struct mptcp_conn *c)
{
    c->fin_due = MPTCP_NEVER;
    if (mptcp_close_fin_acked(c)) {
        return;
    }
    if (mptcp_dsn_eq(c->snd_una, c->snd_end)) {
        c->bits |= BIT_FIN_DUE;
        return;
    }
    c->fin_due = time_after(c->now, c->signal_rto);
}

static void close_timer(struct mptcp_conn *c)
{
    c->close_due = MPTCP_NEVER;
    for (unsigned i = 0; i < c->top; i++) {
        mptcp_subflow_fail(subflow_at(c, i), MPTCP_E_SUBFLOW_FAILED);
    }
}

int mptcp_on_timeout(struct mptcp_conn *c, mptcp_time now)
{
    at(c, now);
    if (c->later_due <= c->now) {
        c->later_due = MPTCP_NEVER;
        c->later = 0;
    }
    if (c->phase == PHASE_NEW || c->phase == PHASE_ENDED) {
        return MPTCP_OK;
    }
    if (c->no_path_due <= c->now) {
        mptcp_close_end(c, MPTCP_E_TIMED_OUT);
        return MPTCP_OK;
    }
    subflow_timers(c);
    mptcp_pm_on_timeout(c);
    if (c->rto_due <= c->now) {
        mptcp_data_rto_fire(c);
    }
    if (c->fin_due <= c->now) {
        fin_timer(c);
    }
    if (c->probe_due <= c->now) {
        c->probe_due = MPTCP_NEVER;
        c->bits |= BIT_PROBE;
    }
    if (c->connect_hold <= c->now) {
        c->connect_hold = MPTCP_NEVER;
        mptcp_pm_stir(c);
    }
    if (c->close_due <= c->now) {
        close_timer(c);
    }
    return mptcp_settled(c);
}
