/*
 * fallback.c - when a connection falls back to plain TCP (RFC 8684 s3.7), and when a subflow is
 * reset instead. The rules have the ids FB-1 to FB-15 in test/conformance/requirements.txt.
 *
 * The idea. As long as a connection has only ever had its first subflow and neither end has sent an
 * octet twice at different SSNs, SSNs and DSNs run in step (tables/in_step.h). Then plain TCP
 * and MPTCP mean the same octets, so either end may stop speaking MPTCP at any moment and for
 * any reason, and no octet is lost, doubled or misplaced, whatever the other end still
 * believes. Out of step the place of an octet without a mapping is unknown: there is no fallback,
 * and the subflow is reset. So wrong evidence can at worst end MPTCP without need. The data is safe
 * if this end knows whether the connection is in step, and sends no octet at a new SSN while the
 * other end may still rely on it.
 *
 * What this end stores, of the connection:
 *
 *   out_of_step   a third ACK of a join was sent or accepted (a RST does not tell whether the
 *                 other end accepted it); a mapping came that is not in step; octets that
 *                 TCP acknowledged came without a mapping. MPTCP_CFG_FAIL_RESETS: from the start
 *   may_resend    the other end is out of step for certain: the fourth ACK of a join of ours was
 *                 received, or a third ACK accepted. Only then may octets be sent at new SSNs
 *   plain         plain TCP, and by whose decision
 *
 * and of a subflow: SF_DATA_ACKED, a DATA_ACK of data came on it; SF_FIN_MPTCP, a copy of its FIN
 * carried an MPTCP option.
 *
 * mptcp_fallback_judge answers each piece of evidence with a verdict:
 *
 *   evidence                                  the first subflow, in step    otherwise
 *   octets without mapping (a)                plain, own decision           reset
 *   a FIN without option (b)                  plain, own                    reset
 *   data acknowledged without option before
 *     the first DATA_ACK of data (c)          plain, own                    reset
 *   QUESTIONS answered without DATA_ACK (d)   plain, own                    reset
 *   a wrong checksum (e)                      plain, own                    reset, with MP_FAIL
 *   MP_FAIL                                   plain, the peer's             reset
 *   an infinite mapping in step               plain, the peer's             reset
 *   an infinite mapping out of step           reset                         reset
 *
 * (a) A segment without any MPTCP option; or, until a DATA_ACK of data was sent on the subflow, one
 * whose options have no mapping; or a mapping that again and again covers only a part of its
 * octets. (b) A FIN before the peer's DATA_FIN is known, or at its place while octets before it are
 * missing.
 *
 * In plain TCP a mapping out of step, a DATA_FIN before RCV.NXT, octets after a DATA_FIN, and a FIN
 * of the subflow alone contradict the stream: the subflow is reset. With checksums a DATA_FIN whose
 * place was not reached says nothing: a box may have moved it, and TCP's FIN is the end. A segment
 * that leads to a reset is dropped, and only a RST is sent on that subflow from then on: if TCP
 * acknowledged its octets or FIN, the other end could close as if all had been received.
 *
 * New data carries an infinite mapping until some of it is acknowledged. An end that has fallen
 * back by its own decision repeats MP_FAIL, at most FAILS times, until new data is acknowledged, or
 * the peer sends MP_FAIL or an infinite mapping; it never answers an MP_FAIL. An end that was told
 * by the peer's MP_FAIL or infinite mapping answers each MP_FAIL; in version 0, where MP_FAIL
 * speaks of one direction only, its infinite mapping is the answer.
 *
 * A peer that does not know of the fallback would retransmit, at new SSNs, octets that TCP
 * acknowledged and no DATA_ACK covers; without options they would be taken for new ones (Linux does
 * so). So an end that misses the peer's options continues to send DATA_ACKs until the peer knows,
 * and defers MP_FAIL until a pause of the peer's data.
 *
 * Moves: fb of the connection, its phase and fallback, DUE_ANSWER; SF_DATA_ACKED, SF_ANSWERED,
 * SF_FIN_MPTCP and fin of a subflow.
 */
#include "machines/machines.h"
#include "tables/in_step.h"
#include "tables/received.h"

#define FAILS 8
#define QUESTIONS 6 /* probes in a row that TCP answered without a DATA_ACK: evidence (d) */

/* ---------------------------------------------------------------- out of step */

void mptcp_fallback_out_of_step(struct mptcp_conn *c)
{
    c->fb.out_of_step = 1;
}

void mptcp_fallback_joined(struct mptcp_conn *c)
{
    c->fb.out_of_step = 1;
    c->fb.may_resend = 1;
}

/* ------------------------------------------------------------------ DATA_ACKs */

void mptcp_fallback_on_data_ack(struct mptcp_conn *c, struct mptcp_subflow *s, bool news)
{
    if (news) {
        c->fb.question = QUESTION_NONE;
        c->fb.questions = 0;
    }
    if (mptcp_dsn_before(c->snd_first, c->snd_una) && !mptcp_ssn_eq(s->snd_una, mptcp_ssn_of(1))) {
        s->flags |= SF_DATA_ACKED;
    }
}

bool mptcp_fallback_asks(struct mptcp_conn *c)
{
    /* Only a probe that TCP has answered counts; one without any answer means a silent path. */
    if (c->fb.question == QUESTION_ANSWERED) {
        count_up(&c->fb.questions);
    }
    bool enough = c->fb.questions >= QUESTIONS;
    c->fb.question = QUESTION_ASKED;
    c->fb.questions = enough ? 0 : c->fb.questions;
    for (unsigned i = 0; i < c->top && !enough; i++) {
        subflow_at(c, i)->flags &= ~(uint32_t)SF_ANSWERED;
    }
    return enough;
}

bool mptcp_fallback_answered(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    bool first = c->fb.question == QUESTION_ASKED;

    if (c->fb.question != QUESTION_NONE) {
        c->fb.question = QUESTION_ANSWERED;
        s->flags |= SF_ANSWERED;
    }
    return first;
}

/* ------------------------------------------------------------------------ FIN */

void mptcp_fallback_fin_marked(struct mptcp_subflow *s, mptcp_ssn fin)
{
    s->flags |= SF_FIN_MPTCP;
    s->fin = fin;
}

bool mptcp_fallback_fin_is_marked(const struct mptcp_subflow *s, mptcp_ssn fin)
{
    return (s->flags & SF_FIN_MPTCP) != 0 && mptcp_ssn_eq(s->fin, fin);
}

/* -------------------------------------------------------------------- verdicts */

/* The error code that names this evidence: why it is plain TCP, or why the subflow is reset. */
static int code_of(enum mptcp_evidence e)
{
    switch (e) {
    case EVIDENCE_DATA:
    case EVIDENCE_INFINITE_OUT_OF_STEP:
        return MPTCP_E_UNMAPPED;
    case EVIDENCE_CHECKSUM:
        return MPTCP_E_CHECKSUM;
    case EVIDENCE_MP_FAIL:
    case EVIDENCE_INFINITE:
        return MPTCP_E_PEER_FAIL;
    case EVIDENCE_CONTRADICTION:
        return MPTCP_E_MAPPING;
    default:
        return MPTCP_E_NO_MPTCP;
    }
}

/* True if octets that s has received in order would, in plain TCP, lie after the peer's DATA_FIN.
 */
static bool beyond_end(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return end_holds(c) && mptcp_dsn_before(c->rcv_fin, received_in_step(c, s->rcv_nxt));
}

/* True if the connection may fall back to plain TCP on subflow s (FB-1). */
static bool may_go_plain(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    /* The peer's FIN closed the subflow alone; in plain TCP it would end the stream. */
    bool over = (s->flags & SF_FIN_RECEIVED) != 0 && (c->bits & BIT_FIN_KNOWN) == 0;

    return (s->flags & (SF_INITIAL | SF_RESET)) == SF_INITIAL && s->state == SF_OPEN &&
           !c->fb.out_of_step && !over && !beyond_end(c, s);
}

/* Puts the connection into PHASE_PLAIN; `by`: who decided it, `code`: why. */
static void speak_plain(struct mptcp_conn *c, enum mptcp_plain by, int code)
{
    c->phase = PHASE_PLAIN;
    c->fallback = code;
    c->fb.plain = (uint8_t)by;
    c->fb.question = QUESTION_NONE;
}

/* The peer has shown that it knows of our fallback: MP_FAIL is not repeated any more. */
static void peer_knows(struct mptcp_conn *c)
{
    if (c->fb.plain == PLAIN_OWN) {
        c->fb.plain = PLAIN_KNOWN;
        c->fb.fail_due = 0;
        c->timer[DUE_ANSWER] = IDLE;
    }
}

/* Falls back on this evidence: sets whether MP_FAIL is due now or after a while, and from which SSN
 * on new data carries the infinite mapping. */
static void go_plain(struct mptcp_conn *c, const struct mptcp_subflow *s, enum mptcp_evidence e)
{
    bool told = e == EVIDENCE_MP_FAIL || e == EVIDENCE_INFINITE;

    speak_plain(c, told ? PLAIN_TOLD : PLAIN_OWN, code_of(e));
    bool answered = e == EVIDENCE_MP_FAIL && profile_of(c)->fail_answered;
    c->fb.fail_due = answered || e == EVIDENCE_CHECKSUM;
    /* MP_FAIL is due at once only after a wrong checksum, or as the answer to MP_FAIL. After the
     * peer's infinite mapping none is due. After other evidence it is deferred: the infinite
     * mapping of our new data may tell the peer first, and until then the peer can continue to
     * send, since its data is DATA_ACKed. After MP_FAIL Linux often sends no more. */
    c->timer[DUE_ANSWER] = told || c->fb.fail_due ? IDLE : from_now(c, signal_wait(c, s));
    c->fb.infinite_due = 1;
    c->fb.infinite_from = s->snd_nxt;
    /* In answer to MP_FAIL the infinite mapping begins at the first octet not DATA_ACKed (s3.7). */
    c->fb.infinite_start = e == EVIDENCE_MP_FAIL ? ssn_sent(c, c->snd_una) : s->snd_nxt;
}

/* Evidence in plain TCP. If it contradicts the stream, the subflow is to be reset. MP_FAIL or an
 * infinite mapping shows that the peer knows of the fallback; MP_FAIL is answered only if the
 * peer decided the fallback.
 */
static enum mptcp_judgement judge_in_plain_tcp(struct mptcp_conn *c, enum mptcp_evidence e)
{
    if (e == EVIDENCE_CONTRADICTION || e == EVIDENCE_INFINITE_OUT_OF_STEP) {
        return JUDGED_RESET;
    }
    if (e == EVIDENCE_MP_FAIL || e == EVIDENCE_INFINITE) {
        peer_knows(c);
        c->fb.fail_due =
            e == EVIDENCE_MP_FAIL && c->fb.plain == PLAIN_TOLD && profile_of(c)->fail_answered;
    }
    return JUDGED_NOTHING;
}

enum mptcp_judgement mptcp_fallback_judge(struct mptcp_conn *c, unsigned i, enum mptcp_evidence e,
                                          int *code)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    *code = code_of(e);
    if (c->phase == PHASE_PLAIN) {
        return judge_in_plain_tcp(c, e);
    }
    /* Once both directions are closed and acknowledged, no evidence matters any more. */
    if (!is_mptcp(c) || (c->events & EVER_CLOSED) != 0 || (s->flags & SF_RESET) != 0) {
        return JUDGED_NOTHING;
    }
    if (e == EVIDENCE_INFINITE_OUT_OF_STEP || !may_go_plain(c, s)) {
        return JUDGED_RESET;
    }
    go_plain(c, s, e);
    return JUDGED_PLAIN;
}

void mptcp_fallback_from_start(struct mptcp_conn *c, int code)
{
    speak_plain(c, PLAIN_FROM_START, code);
}

/* ----------------------------------------------------------- what plain TCP says */

void mptcp_fallback_data_fin(struct mptcp_conn *c)
{
    bool own = c->fb.plain == PLAIN_OWN || c->fb.plain == PLAIN_KNOWN;
    c->fb.fail_due |= own && c->fb.fails_sent < FAILS;
}

void mptcp_fallback_acked(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    if (!c->fb.infinite_due || !mptcp_ssn_before(c->fb.infinite_from, s->snd_una)) {
        return;
    }
    c->fb.infinite_due = 0;
    /* The peer's TCP has taken data of the fallback, with the infinite mapping or without: it knows
     * that no other mappings come. */
    peer_knows(c);
}

bool mptcp_fallback_acks_data(const struct mptcp_conn *c)
{
    return c->phase == PHASE_PLAIN && c->fb.plain == PLAIN_OWN && c->fallback == MPTCP_E_UNMAPPED &&
           !has_ended(c);
}

void mptcp_fallback_data(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    if (mptcp_fallback_acks_data(c) && c->fb.fails_sent == 0) {
        c->fb.fail_due = 0;
        c->timer[DUE_ANSWER] = from_now(c, signal_wait(c, s));
    }
}

void mptcp_fallback_fail_sent(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    uint32_t wait = backoff(signal_wait(c, s), c->fb.fails_sent);

    c->fb.fail_due = 0;
    count_up(&c->fb.fails_sent);
    if (c->fb.plain == PLAIN_OWN && c->fb.fails_sent < FAILS) {
        c->timer[DUE_ANSWER] = from_now(c, wait);
    }
}

void mptcp_fallback_no_answer(struct mptcp_conn *c)
{
    c->fb.fail_due = c->fb.plain == PLAIN_OWN && c->fb.fails_sent < FAILS;
}

uint64_t mptcp_fallback_fail_dsn(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (is_plain(c)) {
        /* In plain TCP rcv_valid stays where verification ended. */
        return received_in_step(c, s->rcv_valid).v;
    }
    const struct mptcp_run *r = mptcp_received_find(c, i, s->rcv_valid);
    return r != NULL ? mptcp_run_dsn(r, c->rcv_nxt).v : c->rcv_nxt.v;
}
