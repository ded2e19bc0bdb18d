/*
 * segment_opens.c - segments that begin or end something: a SYN, the ACKs that complete a
 * handshake, a RST, and whatever comes while the connection is being aborted. In mid-transfer there
 * is none.
 */
#include "conn/conn.h"
#include "wire/apart.h"

/* If the connection became plain TCP in its handshake, reports it as opened (MPTCP_EV_OPEN), not
 * as a fallback, and takes acknowledgement and window of the segment. */
static void plain_opened(struct mptcp_conn *c, const struct inbound *in)
{
    if (c->phase != PHASE_PLAIN || in->s->state != SF_OPEN || (c->events & EVER_OPEN) != 0) {
        return;
    }
    c->events |= HAPPENED_OPEN | EVER_OPEN;
    in->s->snd_edge = mptcp_ssn_add(in->seg->ack, in->seg->window);
    bool news = mptcp_subflow_acked(c, in->slot, in->seg->ack);
    mptcp_tcp_acked(c, in->slot);
    if (news) {
        mptcp_una_moved(c);
    }
}

/* Sets where the segment has an MP_EXPERIMENTAL option, of private use (s7.2), for the host. */
static void tell_experimental(const struct inbound *in)
{
    if (has(in, MPTCP_EXPERIMENTAL)) {
        in->verdict->experimental_at = in->o->experimental_at;
        in->verdict->experimental_len = in->seg->options[in->o->experimental_at + 1];
    }
}

/* The handshake is complete. `why` is MPTCP_OK: it is MPTCP, and `first` is the DSN of the peer's
 * first octet; else it is plain TCP for that reason. */
static void opened_as(struct mptcp_conn *c, int why, mptcp_dsn first)
{
    if (why == MPTCP_OK) {
        mptcp_window_open(c, first);
    } else {
        mptcp_plain_from_start(c, why);
    }
}

/* A segment with SYN: takes the SYN/ACK that answers our SYN, ignores any other. */
static int on_syn(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;
    bool answer = (in->seg->tcp_flags & MPTCP_TCP_ACK) != 0 && s->state == SF_SYN_SENT;

    if (!answer || !mptcp_ssn_eq(in->seg->ack, mptcp_ssn_of(1))) {
        return STOP;
    }
    s->timer = IDLE;
    mptcp_rtt_acked(c, s, in->seg->ack);
    tell_experimental(in);
    if ((s->flags & SF_INITIAL) == 0) {
        mptcp_join_on_synack(c, s, in->seg, in->o);
        return s->code != 0 ? s->code : STOP; /* it failed */
    }
    if (c->phase == PHASE_OPENING) {
        mptcp_dsn first = {0};
        int why = mptcp_capable_on_synack(c, s, in->seg, in->o, &first);
        opened_as(c, why, first);
    }
    s->state = SF_OPEN;
    plain_opened(c, in);
    return STOP;
}

/* The ACK that may complete the handshake of a subflow that we accepted. MPTCP_OK: it does; else
 * the code with which it is to be dropped. */
static int on_first_ack(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;

    if (c->phase == PHASE_PLAIN) {
        s->state = SF_OPEN;
    } else if ((s->flags & SF_INITIAL) == 0) {
        if (!mptcp_ssn_eq(in->seg->ack, mptcp_ssn_of(1))) {
            return MPTCP_E_OUTSIDE;
        }
        s->snd_edge = mptcp_ssn_add(in->seg->ack, in->seg->window);
        if (!mptcp_join_on_ack(c, s, in->o)) {
            return s->code;
        }
        mptcp_fallback_joined(c);
        mptcp_window_joined(c);
        return MPTCP_OK;
    } else {
        mptcp_dsn first = {0};
        int why = MPTCP_OK;
        if (!mptcp_capable_on_ack(c, s, in->seg, in->o, &why, &first)) {
            return MPTCP_E_AGAIN;
        }
        opened_as(c, why, first);
    }
    plain_opened(c, in);
    return MPTCP_OK;
}

bool mptcp_segment_aborts(const struct inbound *in)
{
    if (!has(in, MPTCP_FASTCLOSE) || (!is_mptcp(in->c) && in->c->phase != PHASE_ABORTING) ||
        in->o->fastclose.receiver_key != in->c->local_key) {
        return false;
    }
    mptcp_close_aborted(in->c);
    return true;
}

/*
 * True if the segment shows that the peer has both keys (C-17). To a client only a DATA_ACK does:
 * a server may send data before it has the client's key (Appendix B; not in version 0), but has no
 * DSN to acknowledge then. To a server any DSS does, or the client's first mapping, which comes
 * with the keys (C-15).
 */
static bool confirms_keys(const struct inbound *in)
{
    if ((in->c->bits & BIT_CLIENT) != 0 && !profile_of(in->c)->key_in_syn) {
        return has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_ACK) != 0;
    }
    return has(in, MPTCP_DSS) ||
           (has(in, MPTCP_CAPABLE) && in->o->capable.form >= MPTCP_CAPABLE_DATA);
}

void mptcp_segment_confirms(const struct inbound *in)
{
    if (mptcp_capable_fully(in->c, in->seg->ack)) {
        mptcp_pm_start(in->c);
    }
}

MPTCP_APART int mptcp_segment_opens(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    struct mptcp_subflow *s = in->s;

    tell_experimental(in);
    int why = s->state == SF_SYN_RCVD ? on_first_ack(in) : MPTCP_OK;
    if (why != MPTCP_OK) {
        return why;
    }
    if (s->state == SF_PRE) {
        mptcp_join_on_fourth_ack(c, s);
        mptcp_fallback_joined(c);
        mptcp_window_joined(c);
    }
    mptcp_pm_alive(c, s);
    if (is_mptcp(c) && confirms_keys(in)) {
        mptcp_segment_confirms(in);
    }
    return MPTCP_OK;
}

/* True if TCP accepts a RST at once (RFC 5961 s3.2, RFC 9293 s3.10.7.3): its SSN is the next one
 * expected, or it acknowledges our SYN. */
static bool rst_in_place(const struct inbound *in)
{
    const struct mptcp_subflow *s = in->s;

    if (s->state == SF_SYN_SENT) {
        return (in->seg->tcp_flags & MPTCP_TCP_ACK) != 0 &&
               mptcp_ssn_eq(in->seg->ack, mptcp_ssn_of(1));
    }
    bool fin = (s->flags & SF_FIN_RECEIVED) != 0;
    return in->seg->in_order != 0 || mptcp_ssn_eq(in->seg->ssn, mptcp_ssn_add(s->rcv_nxt, fin));
}

/*
 * A RST. The host's TCP decides whether it accepts it, and then calls mptcp_on_gone. Here only its
 * options are stored for that call; an MP_FASTCLOSE with our key ends the connection at once, as on
 * an ACK (s3.5) anywhere in the window: octets before it may be lost, and the key is no guess.
 */
static int on_rst(const struct inbound *in)
{
    struct mptcp_subflow *s = in->s;

    if (!rst_in_place(in)) {
        if (s->state != SF_SYN_SENT && mptcp_window_holds(s, in->seg->ssn)) {
            mptcp_segment_aborts(in);
        }
        return STOP;
    }
    in->verdict->reset = 1;
    tell_experimental(in);
    if (has(in, MPTCP_TCPRST)) {
        s->reason = in->o->tcprst.reason;
        s->flags &= ~(uint32_t)SF_TRANSIENT;
        s->flags |= in->o->tcprst.transient ? (uint32_t)SF_TRANSIENT : 0u;
    }
    if (has(in, MPTCP_FAIL) && is_mptcp(in->c)) {
        s->code = MPTCP_E_PEER_FAIL;
    }
    mptcp_segment_aborts(in);
    return STOP;
}

/*
 * MP_FASTCLOSE was said. Both gave up at once: a RST is the answer (F-3). Data or a FIN without any
 * option come from a peer, or by a path, that has no MPTCP: no answer will come, and a RST is how
 * plain TCP gives up.
 */
static MPTCP_APART void while_aborting(const struct inbound *in)
{
    bool stream = in->seg->len > 0 || (in->seg->tcp_flags & MPTCP_TCP_FIN) != 0;

    if (mptcp_segment_aborts(in)) {
        return;
    }
    if (stream && mptcp_lacks_options(in) && mptcp_window_acceptable(in->s, in->seg)) {
        mptcp_close_end(in->c, MPTCP_E_ABORTED);
    }
}

MPTCP_APART int mptcp_segment_other(const struct inbound *in)
{
    if ((in->seg->tcp_flags & MPTCP_TCP_RST) != 0) {
        return on_rst(in);
    }
    if (in->c->phase == PHASE_ABORTING) {
        while_aborting(in);
        return MPTCP_E_ABORTED;
    }
    if ((in->seg->tcp_flags & MPTCP_TCP_SYN) != 0) {
        return on_syn(in);
    }
    return in->s->state == SF_SYN_SENT ? STOP : MPTCP_OK;
}
