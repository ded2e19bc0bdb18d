/*
 * questions.c - what is done when a DATA_ACK stays away: of data (RFC 8684 s3.3.6), of the DATA_FIN
 * (s3.3.3), or with a window that is shut.
 *
 * Octets are sent again on other subflows, or at new SSNs, where the peer does not rely on SSNs
 * and DSNs being in step. On an only subflow that never had another a question is asked instead: a
 * keep-alive, which TCP answers by an ACK, and that has a DATA_ACK; the DATA_FIN again. When
 * TCP alone has answered so many of them, that is evidence against MPTCP (machines/fallback.c).
 * What TCP does not answer either counts nothing: that is a silent path.
 */
#include "conn/conn.h"
#include "tables/in_step.h"

#define RESENDS 12   /* times that data was not DATA_ACKed in time, 7 minutes and more */
#define FIN_TRIES 12 /* about six minutes */
#define FIN_PROBES                                                                 \
    2 /* from so many DATA_FINs on a keep-alive goes with it: TCP answers that one \
       */

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

#define ANSWERS_APART 500000 /* Linux answers no more than one keep-alive in that time */

/* A question that TCP has answered is repeated soon where plain TCP would be the worst of it. */
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

static bool may_be_asked(const struct mptcp_subflow *s)
{
    return sf_usable(s) && (s->flags & SF_SILENT) == 0;
}

/* TCP alone has answered, again and again: on these subflows. */
static void nothing_heard(struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top && is_mptcp(c); i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (may_be_asked(s) && (s->flags & SF_ANSWERED) != 0) {
            mptcp_evidence(c, i, EVIDENCE_SILENCE);
        }
    }
}

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

/* Octets are acknowledged by TCP and not DATA_ACKed, on the only subflow there ever was. */
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
    /* Without an acknowledgement of TCP's either it is a silent subflow: silence.c. */
    bool again = resend && mptcp_reinject_lost(c);
    if (again && c->rto_tries > RESENDS) {
        mptcp_close_end(c, MPTCP_E_TIMED_OUT);
    }
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
        s->flags |= c->fin_tries >= FIN_PROBES ? SF_PROBE_DUE : 0u;
    }
}

void mptcp_fin_timer(struct mptcp_conn *c)
{
    if (mptcp_close_fin_acked(c)) {
        return;
    }
    if (!mptcp_dsn_eq(c->snd_una, c->snd_end)) {
        /* It is repeated once everything before it is acknowledged; until then it only waits. */
        c->timer[DUE_FIN] = from_now(c, c->signal_rto);
        return;
    }
    if (mptcp_fallback_asks(c)) {
        nothing_heard(c);
    }
    if (!is_mptcp(c)) {
        return; /* TCP's FIN will do */
    }
    if (c->fin_tries >= FIN_TRIES) {
        mptcp_close_no_path_any_more(c); /* a local timeout (D-4) */
        return;
    }
    repeat_fin(c);
}

/* Data, or the DATA_FIN, was sent and not DATA_ACKed: its own timer asks for it. */
static bool waits_for_data_ack(const struct mptcp_conn *c)
{
    return mptcp_dsn_before(c->snd_una, mptcp_snd_max(c));
}

void mptcp_window_timer(struct mptcp_conn *c)
{
    bool waits = is_mptcp(c) && waits_for_data_ack(c);

    if (waits && !c->fb.may_resend) {
        count_up(&c->probe_tries); /* the question that is asked for it does for the window, too */
        return;
    }
    if (is_mptcp(c) && !waits && mptcp_fallback_asks(c)) {
        nothing_heard(c);
        if (!is_mptcp(c)) {
            return; /* TCP's window is the only one */
        }
    }
    mptcp_window_probe(c);
}

void mptcp_answered(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_segment *seg,
                    bool data_ack)
{
    /* Of a window only an answer that tells one, and no DATA_ACK with it, says that the other end
     * means something else (s3.3.5). */
    bool counts = waits_for_data_ack(c) || (seg->window > 0 && !data_ack);
    if (counts && mptcp_fallback_answered(c, s)) {
        c->timer[DUE_DATA_ACK] = IDLE; /* the next question need not wait as long */
    }
}
