/*
 * shim_stray.c - clients of plain TCP whose HALF flow made room for another one.
 *
 * Such a client's third ACK brings back nothing (shim_restore.c has those of MPTCP). But TCP knows
 * the client, and gives its socket to the listener in the end, whatever number of SYNs came in
 * between. So the ACK is noted, and what it may be is decided by whether TCP accepts it.
 *
 *   no flow   an ACK without MPTCP option comes to a listening port, when HALF flows were given up
 *             lately -> STRAY, with the ISNs that a third ACK would tell
 *   STRAY     its segments pass both ways as they are -> LIVE, in plain TCP, by shim_accepted;
 *             -> no flow by a RST of TCP's; or it makes room for others, as DONE and DEAD ones do
 *
 * The ACK may be anybody's, and the client's first segments may have been lost. TCP knows both
 * ISNs: what it sends tells its own, since nobody writes before the socket is accepted, and
 * acknowledges nothing that did not come. So its word counts, and of what came only what agrees
 * with it; before TCP has sent anything, what came last.
 *
 * Nobody knows what the SYNs said. So windows of the peer count as scaled by the most there is: TCP
 * itself keeps within the real ones. A lower guess would hold octets back that TCP could send, and
 * a window that is too small is not found out. But octets for which the real window has no room yet
 * wait in TCP, and look like octets in flight that nobody acknowledges: how long is too long only
 * TCP knows (shim_opening.unscaled). Windows that TCP advertises are never raised.
 */
#include "shim_internal.h"

#include "mptcp/option.h"

static bool has_options(const uint8_t *frame, const struct segment *t)
{
    struct mptcp_options o;

    mptcp_options_read(frame + t->tcp + TCP_HEADER, t->options, t->flags & FLAGS_TOLD, &o, NULL);
    return o.present != 0 || o.refused != 0;
}

/* The peer's ISN is another one than it seemed. */
static void set_peer_isn(struct flow *f, shim_seq isn)
{
    f->peer_fin = mptcp_ssn_add(f->peer_fin, seq_span(isn, f->peer_isn));
    f->peer_isn = isn;
    flow_starts(f, seq_next(isn));
}

static bool is_older(shim_seq isn, const struct flow *f)
{
    return seq_before(isn, f->peer_isn);
}

void shim_stray_note(struct flow *f, const struct segment *t)
{
    const unsigned kinds = MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK;
    bool agrees = seq_eq(t->acknowledgment, seq_next(f->isn));

    if ((t->flags & kinds) != MPTCP_TCP_ACK || (!agrees && flow_has(f, FLOW_TOLD))) {
        return;
    }
    if (!agrees) {
        f->isn = seq_prev(t->acknowledgment);
        flow_clear(f, FLOW_PEER_FIN);
        set_peer_isn(f, seq_prev(t->sequence));
    } else if (t->length != 0 && is_older(seq_prev(t->sequence), f)) { /* not a keep-alive */
        set_peer_isn(f, seq_prev(t->sequence));
    }
    f->syn_window = t->window;
    if ((t->flags & MPTCP_TCP_FIN) != 0) {
        f->peer_fin = seq_ssn(seq_add(t->sequence, t->length), f->peer_isn);
        flow_set(f, FLOW_PEER_FIN);
    }
}

void shim_stray_told(struct flow *f, const struct segment *t)
{
    shim_seq isn = (t->flags & MPTCP_TCP_SYN) != 0 ? t->sequence : seq_prev(t->sequence);
    shim_seq peer_isn = seq_prev(t->acknowledgment);

    if ((t->flags & MPTCP_TCP_ACK) == 0 || t->length != 0) {
        return;
    }
    if (!seq_eq(isn, f->isn)) { /* what came was nobody's */
        f->isn = isn;
        flow_clear(f, FLOW_PEER_FIN);
        set_peer_isn(f, peer_isn);
    } else if (is_older(peer_isn, f)) {
        set_peer_isn(f, peer_isn);
    }
    flow_set(f, FLOW_TOLD);
}

void shim_stray(struct shim *s, unsigned nif, const uint8_t *frame, const struct segment *t,
                mptcp_time now)
{
    if (has_options(frame, t)) {
        return;
    }
    struct flow *f = shim_new_flow(s, &t->destination, &t->source, FLOW_STRAY, now);
    if (f == NULL) {
        return;
    }
    f->nif = (uint16_t)nif;
    f->version = 1;
    f->isn = seq_prev(t->acknowledgment);
    set_peer_isn(f, seq_prev(t->sequence));
    f->sent = mptcp_ssn_of(1);
    f->peer_shift = SHIFT_MOST;
    flow_set(f, FLOW_PASSIVE | FLOW_PEERS | FLOW_OURS | FLOW_SCALES | FLOW_PEER_SCALES);
    shim_stray_note(f, t);
}

/* What the third ACK would have told the connection. */
static void tell_established(struct shim *s, struct flow *f, mptcp_time now)
{
    const struct mptcp_segment ack = {.tcp_flags = MPTCP_TCP_ACK,
                                      .ssn = mptcp_ssn_of(1),
                                      .ack = mptcp_ssn_of(1),
                                      .window = (uint32_t)f->syn_window << SHIFT_MOST};
    struct mptcp_verdict v = {0};

    (void)mptcp_on_segment(f->conn, f->sf, &ack, &v, now);
    f->una = mptcp_ssn_of(1);
    (void)mptcp_on_established(f->conn, f->sf, now);
    flow_clear(f, FLOW_TOLD);
    flow_set(f, FLOW_ESTABLISHED);
    s->counts.restored++;
    shim_touched(s, f);
}

shim_flow shim_accepted(struct shim *s, const struct mptcp_addr *local,
                        const struct mptcp_addr *remote, mptcp_time now)
{
    if (s == NULL || local == NULL || remote == NULL || now == MPTCP_NEVER) {
        return SHIM_NO_FLOW;
    }
    struct flow *f = flow_find(&s->table, local, remote);
    if (f != NULL && f->state == FLOW_STRAY) {
        if (!shim_open_plain(s, f, now)) {
            flow_drop(&s->table, f);
            s->counts.no_room++;
            return SHIM_NO_FLOW;
        }
        tell_established(s, f, now);
    }
    return shim_find(s, local, remote);
}
