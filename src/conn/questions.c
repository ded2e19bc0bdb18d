/*
 * questions.c - what is done if no DATA_ACK comes: of data (RFC 8684 s3.3.6), of the DATA_FIN
 * (s3.3.3), or while the window is closed.
 *
 * Octets are reinjected on other subflows, or at new SSNs, if the peer does not rely on SSNs
 * and DSNs being in step. If the connection has only ever had one subflow, a probe ("question") is
 * sent instead: a keep-alive, which TCP answers by an ACK that should carry a DATA_ACK; or the
 * DATA_FIN again. When TCP has answered several in a row without a DATA_ACK, that is evidence
 * against MPTCP (machines/fallback.c). A probe that TCP does not answer either does not count: the
 * path is silent.
 */
#include "conn/conn.h"
#include "tables/in_step.h"

#define RESENDS 12   /* data-level timeouts before the connection ends: 7 minutes or more */
#define FIN_TRIES 12 /* DATA_FINs without DATA_ACK before it ends: about 6 minutes */
#define FIN_PROBES                                                                 \
    2 /* after so many DATA_FINs each is sent with a keep-alive, which TCP answers \
       */

/* The first timeout, in us, of the data-level timer: it follows the slowest open subflow. */
static uint32_t data_rto(const struct mptcp_conn *c)
{
    uint32_t srtt = 0;
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (s->state == SF_OPEN && s->srtt_us > srtt) {
            srtt = s->srtt_us;
        }
    }
    return 2 * srtt + c->answer_wait;
}

#define ANSWERS_APART 500000 /* in us; Linux answers at most one keep-alive in that time */

/* How long, in us, the data-level timer runs. A probe that TCP has answered is repeated soon if
 * the connection can fall back: the worst result is plain TCP, not a reset. */
static uint32_t data_wait(const struct mptcp_conn *c)
{
    if (c->fb.question == QUESTION_ANSWERED && !c->fb.out_of_step) {
        return signal_wait(c, subflow_at(c, 0)) + ANSWERS_APART;
    }
    return backoff(data_rto(c), c->rto_tries);
}

void mptcp_data_timer_start(struct mptcp_conn *c)
{
    c->timer[DUE_DATA_ACK] = from_now(c, data_wait(c));
}

/* True if a probe on s can be expected to be answered. */
static bool may_be_asked(const struct mptcp_subflow *s)
{
    return sf_usable(s) && (s->flags & SF_SILENT) == 0;
}

/* TCP has answered QUESTIONS probes without a DATA_ACK: judges that as evidence on each subflow
 * whose TCP has answered the last one. */
static void nothing_heard(struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top && is_mptcp(c); i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (may_be_asked(s) && (s->flags & SF_ANSWERED) != 0) {
            mptcp_evidence(c, i, EVIDENCE_SILENCE);
        }
    }
}

/* Makes a probe due on every subflow that works; or, if enough were answered without a DATA_ACK,
 * acts on that evidence. */
static void ask_peer(struct mptcp_conn *c)
{
    if (mptcp_fallback_asks(c)) {
        nothing_heard(c);
        return;
    }
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        s->flags |= may_be_asked(s) ? SF_PROBE_DUE : 0u;
    }
}

/* True if octets on the initial subflow are acknowledged by TCP and not DATA_ACKed. For connections
 * that never had another one. */
static bool data_ack_missing(const struct mptcp_conn *c)
{
    const struct mptcp_subflow *s = subflow_at(c, 0);
    return c->top > 0 && sf_live(s) && (s->flags & SF_INITIAL) != 0 &&
           mptcp_dsn_before(c->snd_una, sent_in_step(c, s->snd_una));
}

void mptcp_data_timer(struct mptcp_conn *c)
{
    bool resend = c->fb.may_resend;

    count_up(&c->rto_tries);
    if (!resend && data_ack_missing(c)) {
        ask_peer(c);
        return;
    }
    /* If TCP has acknowledged nothing either, the subflow is silent: silence.c handles that. */
    bool again = resend && mptcp_reinject_lost(c);
    if (again && c->rto_tries > RESENDS) {
        mptcp_close_end(c, MPTCP_E_TIMED_OUT);
    }
}

/* Makes the DATA_FIN due again on all subflows, since one that failed with nothing in flight can't
 * be told from one that works. */
static void repeat_fin(struct mptcp_conn *c)
{
    c->bits |= BIT_FIN_DUE; /* also on a subflow that opens later */
    if ((c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT) {
        /* The server may not have our keys, without which a DATA_FIN means nothing to it: they are
         * sent again before it (C-11). */
        subflow_at(c, 0)->flags &= ~(uint32_t)SF_KEYS_SENT;
    }
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_usable(s)) {
            continue;
        }
        s->signal |= SIG_FIN;
        s->flags |= c->fin_tries >= FIN_PROBES ? SF_PROBE_DUE : 0u;
    }
}

void mptcp_fin_timer(struct mptcp_conn *c)
{
    if (mptcp_close_fin_acked(c)) {
        return;
    }
    if (!mptcp_dsn_eq(c->snd_una, c->snd_end)) {
        /* The DATA_FIN is repeated only once all data before it is DATA_ACKed: tries later. */
        c->timer[DUE_FIN] = from_now(c, c->signal_rto);
        return;
    }
    if (mptcp_fallback_asks(c)) {
        nothing_heard(c);
    }
    if (!is_mptcp(c)) {
        return; /* it is plain TCP now: TCP's FIN takes the place of the DATA_FIN */
    }
    if (c->fin_tries >= FIN_TRIES) {
        mptcp_close_no_path_any_more(c); /* a local timeout (D-4) */
        return;
    }
    repeat_fin(c);
}

/* True if data or the DATA_FIN was sent and is not DATA_ACKed; the timer of that sends probes. */
static bool waits_for_data_ack(const struct mptcp_conn *c)
{
    return mptcp_dsn_before(c->snd_una, mptcp_snd_max(c));
}

void mptcp_window_timer(struct mptcp_conn *c)
{
    bool waits = is_mptcp(c) && waits_for_data_ack(c);

    if (waits && !c->fb.may_resend) {
        count_up(&c->probe_tries); /* a probe for the DATA_ACK probes the window as well */
        return;
    }
    if (is_mptcp(c) && !waits && mptcp_fallback_asks(c)) {
        nothing_heard(c);
        if (!is_mptcp(c)) {
            return; /* it is plain TCP now, where TCP itself probes its window */
        }
    }
    mptcp_window_probe(c);
}

void mptcp_answered(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_segment *seg,
                    bool data_ack)
{
    /* If only the window was probed, an answer counts as one of TCP alone if it opens the window
     * without a DATA_ACK: then the peer does not mean the connection's window (s3.3.5). */
    bool counts = waits_for_data_ack(c) || (seg->window > 0 && !data_ack);
    if (counts && mptcp_fallback_answered(c, s)) {
        c->timer[DUE_DATA_ACK] = IDLE; /* starts anew, with the shorter wait of data_wait */
    }
}
