/*
 * window.c - the windows of both directions (RFC 8684 s3.3.4, s3.3.5).
 *
 * Ours: one window for all subflows, relative to the DATA_ACK. Its right edge
 * is what the application consumed plus the receive buffer, so it never moves
 * left (D-23). When that edge has moved by more than a quarter of the buffer since it was last
 * advertised, an ACK is sent on every subflow. It is also sent on a single subflow whose own edge
 * could move as far, since the peer obeys each subflow's last window too. Only a segment with a
 * DATA_ACK advertises the connection's window (D-15).
 *
 * The peer's: the shared right edge is data_ack.c's; here each subflow's own
 * (ack_i + wnd_i), which is obeyed as well (D-25), and TCP's acceptance test.
 *
 * If data can't be sent while nothing is in flight, no acknowledgement will change that. Then:
 *
 *   a closed window  is probed, at intervals that double, as long as the peer answers: on one
 *                    subflow if the shared window is closed (another one, if it did not answer),
 *                    and on each whose own is closed. The latter (SF_WINDOW_CLOSED) take data only
 *                    if no other subflow can.
 *   missing room     the host's TCP had none at its last report: room for a segment is assumed, at
 *                    intervals that double, so that the host tries to send again.
 *
 * Moves: rcv_consumed, rcv_edge, rcv_told, probe_tries, room_tries, a subflow's snd_edge, rcv_edge,
 * ack_sent, ack_told, room, probes, SIG_ACK, SF_PROBE_DUE and SF_WINDOW_CLOSED.
 */
#include "machines/machines.h"

#define PROBES_MAX 10 /* unanswered window probes before the subflow is reset: about 4 minutes */
#define ACK_BEHIND                                                                                 \
    0x40000000 /* octets before SND.UNA that an ACK may be old: the largest window (RFC 5961 s5.2) \
                */

/* The right edge of our window. */
static mptcp_dsn right_edge(const struct mptcp_conn *c)
{
    return mptcp_dsn_add(c->rcv_consumed, c->rcv_buf);
}

void mptcp_window_open(struct mptcp_conn *c, mptcp_dsn first)
{
    c->rcv_first = c->rcv_nxt = c->rcv_delivered = c->rcv_consumed = c->rcv_told = first;
    c->rcv_edge = right_edge(c);
}

bool mptcp_window_consumed(struct mptcp_conn *c, uint32_t n)
{
    struct mptcp_subflow *s = subflow_at(c, 0);
    uint32_t much = c->rcv_buf / 4; /* a smaller opening of the window needs no ACK of its own */
    bool any = false;

    c->rcv_consumed = mptcp_dsn_add(c->rcv_consumed, n);
    uint32_t window = mptcp_window(c);
    bool shared = mptcp_dsn_diff(right_edge(c), c->rcv_edge) > (int64_t)much;
    for (unsigned k = c->top; k > 0; k--, s++) {
        int32_t own = mptcp_ssn_diff(mptcp_ssn_add(s->rcv_nxt, window), s->rcv_edge);
        if ((shared || own > (int32_t)much) && s->state == SF_OPEN &&
            (s->flags & SF_FIN_RECEIVED) == 0) {
            want_ack(s);
            any = true;
        }
    }
    return any;
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

bool mptcp_window_holds(const struct mptcp_subflow *s, mptcp_ssn ssn)
{
    return !mptcp_ssn_before(ssn, s->rcv_nxt) &&
           !mptcp_ssn_before(mptcp_ssn_add(s->rcv_edge, 1), ssn);
}

bool mptcp_window_acceptable(const struct mptcp_subflow *s, const struct mptcp_segment *seg)
{
    /* Our FIN takes the SSN after the last octet given to the subflow, so an ACK may be one higher;
     * a FIN of the peer's may lie one SSN after the window. */
    mptcp_ssn newest = mptcp_ssn_add(s->snd_nxt, (s->flags & SF_FIN_GIVEN) != 0);
    mptcp_ssn last = mptcp_ssn_add(s->rcv_edge, 1);

    if ((seg->tcp_flags & MPTCP_TCP_ACK) == 0 || mptcp_ssn_before(newest, seg->ack) ||
        mptcp_ssn_diff(s->snd_una, seg->ack) > ACK_BEHIND) {
        return false;
    }
    if (mptcp_ssn_before(last, seg->ssn)) {
        return false;
    }
    /* A FIN that has not been received yet makes a segment new whose octets have all arrived. */
    bool fin = (seg->tcp_flags & MPTCP_TCP_FIN) != 0 && (s->flags & SF_FIN_RECEIVED) == 0;
    mptcp_ssn end = mptcp_ssn_add(seg->ssn, seg->len + fin);
    return seg->len == 0 ? !mptcp_ssn_before(seg->ssn, s->rcv_nxt)
                         : mptcp_ssn_before(s->rcv_nxt, end);
}

bool mptcp_window_peer(struct mptcp_subflow *s, const struct mptcp_segment *seg)
{
    mptcp_ssn edge = mptcp_ssn_add(seg->ack, seg->window);
    if (!mptcp_ssn_before(s->snd_edge, edge)) {
        return false;
    }
    s->snd_edge = edge;
    s->flags &= ~(uint32_t)SF_WINDOW_CLOSED;
    return true;
}

/* True if there are octets to send, new ones or some to reinject. */
static bool data_waits(const struct mptcp_conn *c)
{
    mptcp_dsn dsn;
    uint32_t len;

    return mptcp_dsn_before(c->snd_nxt, c->snd_end) || mptcp_unheld_next(c, &dsn, &len);
}

/* True if the peer's TCP has acknowledged every octet given to s. */
static bool nothing_in_flight(const struct mptcp_subflow *s)
{
    return mptcp_ssn_eq(s->snd_una, s->snd_nxt);
}

/* True if the peer's window on this subflow is closed, and nothing is in flight on it whose
 * acknowledgement could open it. */
static bool own_closed(const struct mptcp_subflow *s)
{
    return sf_usable(s) && nothing_in_flight(s) && !mptcp_ssn_before(s->snd_nxt, s->snd_edge);
}

/* True if new data waits for the peer's shared window, and no subflow that is not silent has octets
 * in flight whose acknowledgement could open it. */
static bool shared_closed(const struct mptcp_conn *c)
{
    if (!mptcp_dsn_before(c->snd_nxt, c->snd_end) || mptcp_dsn_before(c->snd_nxt, c->snd_edge)) {
        return false;
    }
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (s->state == SF_OPEN && !nothing_in_flight(s) && (s->flags & SF_SILENT) == 0) {
            return false;
        }
    }
    return true;
}

/* True if s has no room, and nothing in flight whose acknowledgement would make some. */
static bool room_missing(const struct mptcp_subflow *s)
{
    return sf_usable(s) && s->room == 0 && nothing_in_flight(s);
}

unsigned mptcp_send_obstacles(const struct mptcp_conn *c)
{
    if (!data_waits(c)) {
        return 0;
    }
    unsigned found = shared_closed(c) ? OBSTACLE_WINDOW : 0;
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        found |= own_closed(s) ? OBSTACLE_WINDOW : 0;
        found |= room_missing(s) ? OBSTACLE_ROOM : 0;
    }
    return found;
}

/* Returns the subflow on which the shared window is probed: of those that signals may take, the one
 * with the fewest probes that nobody has answered, since its peer may be gone. -1: there is none.
 */
static int probed_subflow(const struct mptcp_conn *c)
{
    int first = mptcp_signal_subflow(c);
    int best = first;

    for (int i = first; i >= 0 && (unsigned)i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
        if (sf_usable(s) && (s->flags & SF_SILENT) == 0 &&
            s->probes < subflow_at(c, (unsigned)best)->probes) {
            best = i;
        }
    }
    return best;
}

/* A subflow whose own window is closed (SF_WINDOW_CLOSED) from now on takes data only if no other
 * one can; after PROBES_MAX probes without an answer it is marked for a reset. */
void mptcp_window_probe(struct mptcp_conn *c)
{
    int any = shared_closed(c) ? probed_subflow(c) : -1;

    count_up(&c->probe_tries);
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if ((int)i != any && !own_closed(s)) {
            continue;
        }
        s->flags |= own_closed(s) ? SF_PROBE_DUE | SF_WINDOW_CLOSED : SF_PROBE_DUE;
        count_up(&s->probes);
        if (s->probes > PROBES_MAX) {
            mptcp_subflow_fail(s, MPTCP_E_TIMED_OUT);
        }
    }
}

void mptcp_window_joined(struct mptcp_conn *c)
{
    c->probe_tries = 0;
    c->timer[DUE_PROBE] = IDLE;
    /* While there is no subflow, or as the last one ends, an update of the window reaches nobody.
     */
    int i = mptcp_signal_subflow(c);
    if (i >= 0 && mptcp_subflow_proven(c) == 1) {
        want_ack(subflow_at(c, (unsigned)i));
    }
}

void mptcp_room_assume(struct mptcp_conn *c)
{
    count_up(&c->room_tries);
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        s->room = room_missing(s) ? s->segment : s->room;
    }
}
