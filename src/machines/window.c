/*
 * window.c - the windows of both directions (RFC 8684 s3.3.4, s3.3.5).
 *
 * Ours: one window for all subflows, relative to the DATA_ACK. Its right edge
 * is what the application consumed plus the receive buffer, so it never moves
 * left (D-23). When it has opened by a quarter of the buffer since it was last
 * told, every subflow tells it, and so does one that has told less than that of its own, since
 * each is also held to the last window that it told itself. The connection's window is told by a
 * segment that carries a DATA_ACK, and by no other (D-15).
 *
 * The peer's: the shared right edge is data_ack.c's; here each subflow's own
 * (ack_i + wnd_i), which is obeyed as well (D-25), the question whether all is
 * shut so that only a probe helps, and TCP's acceptance test.
 *
 * A window that stays shut is probed as long as the peer answers: on one subflow if it is the
 * shared one, and on each whose own is. One of those (SF_SHUT) keeps nothing from the others.
 *
 * Moves: rcv_consumed, rcv_edge, rcv_told, probe_tries, a subflow's snd_edge, rcv_edge, ack_sent,
 * ack_told, probes, SIG_ACK and SF_SHUT.
 */
#include "machines/machines.h"

#define PROBES_MAX 10 /* that nobody answered: about four minutes */
#define ACK_BEHIND \
    0x40000000 /* RFC 5961 s5.2: how old an acknowledgement may be; the largest window */

static mptcp_dsn right_edge(const struct mptcp_conn *c)
{
    return mptcp_dsn_add(c->rcv_consumed, c->rcv_buf);
}

void mptcp_window_open(struct mptcp_conn *c, mptcp_dsn first)
{
    c->rcv_first = c->rcv_nxt = c->rcv_delivered = c->rcv_consumed = c->rcv_told = first;
    c->rcv_edge = right_edge(c);
}

void mptcp_window_consumed(struct mptcp_conn *c, uint32_t n)
{
    c->rcv_consumed = mptcp_dsn_add(c->rcv_consumed, n);
    bool shared = mptcp_span(c->rcv_edge, right_edge(c)) > c->rcv_buf / 4;
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        mptcp_ssn edge = mptcp_ssn_add(s->rcv_nxt, mptcp_window(c));
        bool own = mptcp_ssn_diff(edge, s->rcv_edge) > (int32_t)(c->rcv_buf / 4);
        if (s->state == SF_OPEN && (s->flags & SF_FIN_RECEIVED) == 0 && (shared || own)) {
            s->signal |= SIG_ACK;
        }
    }
}

void mptcp_window_told(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_receipt *r)
{
    s->rcv_edge = mptcp_ssn_max(s->rcv_edge, mptcp_ssn_add(r->ack, r->window));
    s->ack_sent = mptcp_ssn_max(s->ack_sent, r->ack);
    if ((r->wrote & MPTCP_OUT_DATA_ACK) == 0 && c->phase != PHASE_PLAIN) {
        return;
    }
    s->ack_told = mptcp_ssn_max(s->ack_told, r->ack);
    c->rcv_told = mptcp_dsn_max(c->rcv_told, r->data_ack);
    c->rcv_edge = mptcp_dsn_max(c->rcv_edge, mptcp_dsn_add(r->data_ack, r->window));
    if ((s->signal & SIG_ACK) != 0 && mptcp_dsn_eq(r->data_ack, c->rcv_nxt) &&
        r->window == mptcp_window(c)) {
        s->signal &= (uint8_t)~SIG_ACK;
    }
}

bool mptcp_window_acceptable(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                             const struct mptcp_segment *seg)
{
    (void)c;
    /* A FIN of ours takes an SSN behind what was given to the subflow; a FIN of the peer's,
     * likewise. */
    mptcp_ssn newest = mptcp_ssn_add(s->snd_nxt, (s->flags & SF_FIN_GIVEN) != 0);
    mptcp_ssn last = mptcp_ssn_add(s->rcv_edge, 1);

    if ((seg->tcp_flags & MPTCP_TCP_ACK) == 0 || mptcp_ssn_before(newest, seg->ack) ||
        mptcp_ssn_diff(s->snd_una, seg->ack) > ACK_BEHIND) {
        return false;
    }
    if (mptcp_ssn_before(last, seg->ssn)) {
        return false;
    }
    /* A FIN that comes with octets that are here already is new itself. */
    bool fin = (seg->tcp_flags & MPTCP_TCP_FIN) != 0 && (s->flags & SF_FIN_RECEIVED) == 0;
    mptcp_ssn end = mptcp_ssn_add(seg->ssn, seg->len + fin);
    return seg->len == 0 ? !mptcp_ssn_before(seg->ssn, s->rcv_nxt)
                         : mptcp_ssn_before(s->rcv_nxt, end);
}

bool mptcp_window_peer(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_segment *seg)
{
    (void)c;
    mptcp_ssn edge = mptcp_ssn_add(seg->ack, seg->window);
    if (!mptcp_ssn_before(s->snd_edge, edge)) {
        return false;
    }
    s->snd_edge = edge;
    s->flags &= ~(uint32_t)SF_SHUT;
    return true;
}

static bool data_waits(const struct mptcp_conn *c)
{
    mptcp_dsn dsn;
    uint32_t len;

    return mptcp_dsn_before(c->snd_nxt, c->snd_end) ||
           (mptcp_reinject_pending(c) && mptcp_reinject_next(c, &dsn, &len));
}

/* Nothing is in flight, so only a probe would show that there is a window. */
static bool all_shut(const struct mptcp_conn *c)
{
    bool ready = false;

    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (s->state != SF_OPEN) {
            continue;
        }
        if (mptcp_ssn_before(s->snd_una, s->snd_nxt) && (s->flags & SF_STALLED) == 0) {
            return false;
        }
        ready |= sf_usable(s) && sf_has_room(s);
    }
    return ready && !mptcp_send_due(c, NULL);
}

/* Its own window is shut, whatever the shared one is. */
static bool own_shut(const struct mptcp_subflow *s)
{
    return sf_usable(s) && mptcp_ssn_eq(s->snd_una, s->snd_nxt) &&
           !mptcp_ssn_before(s->snd_nxt, s->snd_edge);
}

static bool any_shut_out(const struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if ((s->flags & SF_SHUT) != 0 && own_shut(s)) {
            return true;
        }
    }
    return false;
}

bool mptcp_window_shut(const struct mptcp_conn *c)
{
    return data_waits(c) && (all_shut(c) || any_shut_out(c));
}

/* From here on others take the data that would be for a subflow whose own window is shut. */
void mptcp_window_probe(struct mptcp_conn *c)
{
    int carrier = mptcp_subflow_carrier(c);

    count_up(&c->probe_tries);
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if ((int)i != carrier && !own_shut(s)) {
            continue;
        }
        s->flags |= own_shut(s) ? SF_PROBE_DUE | SF_SHUT : SF_PROBE_DUE;
        count_up(&s->probes);
        if (s->probes > PROBES_MAX) {
            mptcp_subflow_fail(s, MPTCP_E_TIMED_OUT);
        }
    }
}
