/*
 * close.c - closing by DATA_FIN (RFC 8684 s3.3.3), aborting, and the end of a connection.
 *
 * Our direction   OPEN -> SHUT, by the application -> FIN_DUE, when every octet was given to a
 *                 subflow -> FIN_SENT -> FIN_AGAIN -> FIN_SENT ..., until DATA_ACKed
 *                 (enum mptcp_sending)
 * The peer's      OPEN -> TO_FIN, a DATA_FIN is announced -> ENDED, everything before it has
 *                 arrived and RCV.NXT is past it (enum mptcp_receiving)
 * Both            EVER_CLOSED: subflows are closed with FINs, silent ones reset;
 *                 what is not gone after close_limit is reset (D-21); a peer that repeats itself
 *                 meanwhile has not heard, is answered, and gets that time anew
 * FIN_WAIT_2      without an application (BIT_DETACHED) for close_limit at most, then aborted
 * No subflow left PHASE_ENDED, at once or after no_path_limit (D-22): until then
 *                 a peer may join, to continue the transfer, or to learn that
 *                 everything is acknowledged (TIME_WAIT)
 * Aborted         MP_FASTCLOSE on an ACK of one subflow, the others reset:
 *                 PHASE_ABORTING, FASTCLOSE_WAIT (s3.5); ended by the peer's RST
 *                 or MP_FASTCLOSE, or after ABORT_TRIES
 *
 * The DATA_FIN travels on pure ACKs as SSN 0, length 1 (D-19), never inside a
 * data mapping: a mapping on the wire is repeated bit for bit, and whether it
 * is the last is known too late for that.
 *
 * Moves: the stages of both directions, the timers of closing (all timers, when the connection
 * ends), rcv_nxt by one, error, phase, answer_tries.
 */
#include "machines/machines.h"
#include "tables/in_step.h"
#include "tables/received.h"
#include "wire/mem.h"

void mptcp_close_on_fin(struct mptcp_conn *c, mptcp_dsn fin)
{
    /* A second DATA_FIN, or one that lies before RCV.NXT, changes nothing. */
    if (mptcp_receiving(c) != RECEIVING_OPEN || mptcp_dsn_before(fin, c->rcv_nxt)) {
        return;
    }
    c->rcv_fin = fin;
    c->bits |= BIT_FIN_KNOWN;
    mptcp_close_reached(c);
}

void mptcp_close_on_plain_fin(struct mptcp_conn *c)
{
    if (!has_ended(c)) {
        c->rcv_fin = c->rcv_nxt;
        c->bits |= BIT_FIN_KNOWN;
        mptcp_close_reached(c);
    }
}

void mptcp_close_plain(struct mptcp_conn *c)
{
    c->bits &= end_holds(c) ? UINT32_MAX : ~(uint32_t)BIT_FIN_KNOWN;
    c->bits &=
        mptcp_close_fin_acked(c) ? ~(uint32_t)BIT_FIN_DUE : ~(uint32_t)(BIT_FIN_DUE | BIT_FIN_SENT);
    c->timer[DUE_FIN] = IDLE;
}

void mptcp_close_reached(struct mptcp_conn *c)
{
    if (mptcp_receiving(c) != RECEIVING_TO_FIN || !mptcp_dsn_eq(c->rcv_nxt, c->rcv_fin)) {
        return;
    }
    c->bits |= BIT_FIN_REACHED | ((c->bits & BIT_FIN_SENT) == 0 ? BIT_PASSIVE : 0u);
    c->events |= HAPPENED_EOF;
    c->rcv_nxt = mptcp_dsn_add(c->rcv_nxt, 1);
    int i = mptcp_signal_subflow(c);
    if (i >= 0 && is_mptcp(c)) {
        want_ack(subflow_at(c, (unsigned)i));
    }
}

/* The DATA_FIN becomes due when the last octet has been given to a subflow. */
void mptcp_close_arm(struct mptcp_conn *c)
{
    if (mptcp_sending(c) == SENDING_SHUT && is_mptcp(c) && mptcp_dsn_eq(c->snd_nxt, c->snd_end)) {
        c->bits |= BIT_FIN_DUE;
    }
}

/* True if the peer has closed subflow i alone, or its local address is being removed, and this end
 * does not need it either (D-20): another subflow works, or all our data, and the DATA_FIN if the
 * application has shut down, is DATA_ACKed. */
static bool is_left(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_dsn end = mptcp_dsn_add(c->snd_end, is_shut(c));
    bool all_acked = mptcp_dsn_eq(c->snd_una, end);
    /* The peer's stream has ended, and the application may still write (CLOSE-WAIT). */
    bool answers = has_ended(c) && !is_shut(c) && (s->flags & SF_LEAVING) == 0;
    return (s->flags & (SF_FIN_RECEIVED | SF_LEAVING)) != 0 &&
           (mptcp_works_without(c, i) || (all_acked && !answers));
}

/* True if the peer would take a FIN on subflow i whose options were removed on the way for the end
 * of the stream: it is the first subflow, and its SSNs and DSNs run in step. */
static bool fin_ends_stream(const struct mptcp_conn *c, unsigned i)
{
    return !c->fb.out_of_step && (subflow_at(c, i)->flags & SF_INITIAL) != 0;
}

int mptcp_close_by_reset(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (!is_mptcp(c) || (c->events & EVER_CLOSED) != 0 || !sf_usable(s) || !fin_ends_stream(c, i) ||
        !is_left(c, i)) {
        return MPTCP_OK;
    }
    return (s->flags & SF_LEAVING) != 0 ? MPTCP_E_ADDRESS_GONE : MPTCP_E_CLOSED;
}

bool mptcp_close_due(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if (!sf_usable(s) || c->phase == PHASE_ABORTING) {
        return false;
    }
    if (c->phase == PHASE_PLAIN) {
        return is_shut(c) && mptcp_dsn_eq(c->snd_nxt, c->snd_end);
    }
    /* A connection that was closed since its last subflow failed, and is joined again, sends its
     * DATA_FIN, and waits for the DATA_ACK of it, before it closes that subflow. */
    return (c->events & EVER_CLOSED) != 0 ? mptcp_close_fin_acked(c)
                                          : is_left(c, i) && !fin_ends_stream(c, i);
}

void mptcp_close_check(struct mptcp_conn *c)
{
    if ((c->events & EVER_CLOSED) != 0 || !mptcp_close_fin_acked(c)) {
        return;
    }
    if (!has_ended(c)) {
        bool begins = (c->bits & BIT_DETACHED) != 0 && c->timer[DUE_CLOSE] == IDLE;
        c->timer[DUE_CLOSE] = begins ? from_now(c, c->close_limit) : c->timer[DUE_CLOSE];
        return;
    }
    c->events |= HAPPENED_CLOSED | EVER_CLOSED;
    c->timer[DUE_FIN] = c->timer[DUE_DATA_ACK] = c->timer[DUE_PROBE] = IDLE;
    c->timer[DUE_CLOSE] = from_now(c, c->close_limit);
    if (!is_mptcp(c)) {
        return;
    }
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        /* A join whose third ACK was sent (SF_PRE) is kept: it may be the only subflow on which the
         * peer learns that everything is acknowledged. */
        if (s->state == SF_SYN_SENT) {
            mptcp_subflow_fail(s, MPTCP_E_CLOSED);
        } else if ((s->flags & SF_SILENT) != 0) {
            /* It may only be slow: it gets answer_wait to close by FIN before it is reset. */
            c->timer[DUE_CLOSE] = from_now(c, c->answer_wait);
        }
    }
}

/* As TCP's TIME-WAIT begins anew with a FIN that comes again (RFC 9293 s3.10.7.4). */
void mptcp_close_asked(struct mptcp_conn *c)
{
    if ((c->events & EVER_CLOSED) != 0 && c->timer[DUE_CLOSE] != IDLE) {
        c->timer[DUE_CLOSE] = from_now(c, c->close_limit);
    }
}

void mptcp_close_end(struct mptcp_conn *c, int code)
{
    if (c->phase == PHASE_ENDED) {
        return;
    }
    c->phase = PHASE_ENDED;
    c->error = code == MPTCP_E_CLOSED ? MPTCP_OK : code;
    c->events |= HAPPENED_END;
    memset(c->timer, 0xff, DUE_LATER * sizeof c->timer[0]); /* IDLE */
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        mptcp_subflow_fail(s, code);
        s->timer = IDLE;
        mptcp_received_done(c, i);
    }
    if (!mptcp_dsn_before(c->rcv_delivered, data_end(c))) {
        mptcp_received_forget(c);
    }
}

/* True if both directions have ended and all our data is acknowledged, so that at most the
 * acknowledgement of our DATA_FIN or FIN is missing. After a fallback by this end, acknowledgements
 * of TCP count only if the peer knows of the fallback. Its FIN shows that: in MPTCP, in step, it
 * would send none before both ends are closed. */
static bool as_good_as_closed(const struct mptcp_conn *c)
{
    bool knows = c->fb.plain != PLAIN_OWN || (subflow_at(c, 0)->flags & SF_FIN_RECEIVED) != 0;

    return knows && has_ended(c) && is_shut(c) && !mptcp_dsn_before(c->snd_una, c->snd_end);
}

void mptcp_close_aborted(struct mptcp_conn *c)
{
    if (c->phase == PHASE_ABORTING) {
        mptcp_close_end(c, MPTCP_E_ABORTED); /* both ends aborted (F-3) */
        return;
    }
    if (!as_good_as_closed(c)) {
        mptcp_close_end(c, MPTCP_E_PEER_ABORTED);
        return;
    }
    /* No data of either direction can be lost any more: no error (bug class 26). */
    c->events |= (c->events & EVER_CLOSED) == 0 ? HAPPENED_CLOSED | EVER_CLOSED : 0u;
    mptcp_close_end(c, MPTCP_E_CLOSED);
}

#define ABORT_TRIES 3 /* after the first (F-4) */

void mptcp_close_abort(struct mptcp_conn *c)
{
    int on = mptcp_signal_subflow(c);
    bool by_rst = (c->flags & MPTCP_CFG_ABORT_RST) != 0 && profile_of(c)->fastclose_on_rst;

    if ((c->events & EVER_CLOSED) != 0) {
        mptcp_close_end(c, MPTCP_E_CLOSED);
        return;
    }
    if (!is_mptcp(c) || on < 0 || by_rst) {
        mptcp_close_end(c, MPTCP_E_ABORTED);
        return;
    }
    c->phase = PHASE_ABORTING;
    c->error = MPTCP_E_ABORTED;
    c->bits &= ~(uint32_t)BIT_FIN_DUE;
    memset(c->timer, 0xff, DUE_LATER * sizeof c->timer[0]); /* IDLE */
    c->answer_tries = 0;
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if ((int)i != on) {
            mptcp_subflow_fail(s, MPTCP_E_ABORTED);
        }
        s->timer = IDLE;
    }
    subflow_at(c, (unsigned)on)->signal = SIG_FASTCLOSE;
}

void mptcp_close_on_abort_timeout(struct mptcp_conn *c)
{
    int on = mptcp_signal_subflow(c);

    if (on < 0 || c->answer_tries > ABORT_TRIES) {
        mptcp_close_end(c, MPTCP_E_ABORTED);
        return;
    }
    subflow_at(c, (unsigned)on)->signal |= SIG_FASTCLOSE;
}

void mptcp_close_no_path(struct mptcp_conn *c, int why)
{
    if (c->phase == PHASE_ENDED) {
        return;
    }
    if (c->phase == PHASE_ABORTING) {
        mptcp_close_end(c, MPTCP_E_ABORTED);
        return;
    }
    if (as_good_as_closed(c) && (c->events & EVER_CLOSED) == 0) {
        /* Both ends have all data, so the connection is closed without an error, as TCP is by a RST
         * in CLOSING or LAST-ACK. If the peer joins again, our DATA_FIN is repeated. */
        c->events |= HAPPENED_CLOSED | EVER_CLOSED;
        c->bits |= BIT_FIN_DUE;
    }
    bool closed = (c->events & EVER_CLOSED) != 0;
    /* A peer that has closed the last subflow by FIN knows that the connection is closed. */
    bool heard = closed && why == MPTCP_E_CLOSED;
    /* An earlier limit stays: that of mptcp_conn_resume, or of the first loss of all subflows. */
    if (mptcp_may_wait(c) && !heard) {
        mptcp_tick at = from_now(c, c->no_path_limit);
        c->timer[DUE_NO_PATH] = earlier(c->timer[DUE_NO_PATH], c->no_path_limit > 0 ? at : IDLE);
        return;
    }
    mptcp_close_end(c, closed ? MPTCP_E_CLOSED : why == MPTCP_E_CLOSED ? MPTCP_E_TIMED_OUT : why);
}

void mptcp_close_no_path_any_more(struct mptcp_conn *c)
{
    mptcp_close_end(c, (c->events & EVER_CLOSED) != 0 ? MPTCP_E_CLOSED : MPTCP_E_TIMED_OUT);
}

/* Derives the state of RFC 8684 Appendix D from phase, events and stages. */
enum mptcp_state mptcp_close_state(const struct mptcp_conn *c)
{
    if (c->phase == PHASE_NEW || c->phase == PHASE_ENDED) {
        return MPTCP_CLOSED;
    }
    if (c->phase == PHASE_ABORTING) {
        return MPTCP_FASTCLOSE_WAIT;
    }
    if ((c->events & EVER_OPEN) == 0) {
        return MPTCP_OPENING;
    }
    bool reached = has_ended(c);
    if (!is_shut(c)) {
        return reached ? MPTCP_CLOSE_WAIT : MPTCP_ESTABLISHED;
    }
    bool acked = mptcp_close_fin_acked(c);
    if (!reached) {
        return acked ? MPTCP_FIN_WAIT_2 : MPTCP_FIN_WAIT_1;
    }
    if ((c->bits & BIT_PASSIVE) != 0) {
        return acked ? MPTCP_CLOSED : MPTCP_LAST_ACK;
    }
    return acked ? MPTCP_TIME_WAIT : MPTCP_CLOSING;
}
