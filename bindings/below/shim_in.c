/*
 * shim_in.c - frames that come.
 *
 * Each segment of a LIVE flow goes to mptcp_on_segment before TCP sees it; what that tells to drop,
 * TCP does not see. Segments of HALF flows and SYNs go to shim_syn.c, the rest to TCP as it is.
 */
#include "shim_internal.h"
#include "tcp_option.h"

#include "mptcp/option.h"

#include <string.h>

/* What the connection made of a segment. */
enum outcome { TAKEN, REFUSED, ENDED };

static enum outcome tell(struct shim *s, struct flow *f, const uint8_t *frame,
                         const struct segment *t, struct mptcp_verdict *v, mptcp_time now)
{
    struct mptcp_segment seg = shim_segment(f, frame, t);

    *v = (struct mptcp_verdict){0};
    int code = mptcp_on_segment(f->conn, f->sf, &seg, v, now);
    if (code == MPTCP_E_STALE) {
        return ENDED;
    }
    if (code < 0 || v->drop) {
        s->counts.dropped++;
        return REFUSED;
    }
    return TAKEN;
}

/*
 * A refused third ACK of a join: TCP waits for it, and would send its SYN/ACK again and again. It
 * gets a RST in its place, and forgets what it holds.
 */
static enum shim_pass refuse_for_tcp(uint8_t *frame, const struct packet *p,
                                     const struct segment *t)
{
    struct packet cut = *p;

    frame[t->tcp + TCP_FLAGS] = MPTCP_TCP_RST;
    cut.end = t->payload;
    packet_finish(frame, &cut, TCP_CHECKSUM);
    return SHIM_PASS;
}

/* True if TCP has nothing to do with a segment but to count it as a duplicate ACK, which it must
 * not (mptcp_verdict.signal). TCP needs a new window and SACK blocks, and counts no ACK with a new
 * window. */
static bool only_a_signal(const struct flow *f, const uint8_t *frame, const struct segment *t,
                          const struct mptcp_verdict *v)
{
    const uint8_t *options = frame + t->tcp + TCP_HEADER;

    return v->signal && t->window == f->window &&
           tcp_option_find(options, t->options, TCP_OPTION_SACK, 2) == UINT32_MAX;
}

/* A RST that TCP takes ends the flow; of any other one nothing counts, its ACK number included: TCP
 * answers it by an ACK, which has to leave, or takes it all the same, and says so itself. One
 * before octets that TCP has and the connection was not told of is old, and TCP ignores it. */
static void note_rst(struct shim *s, struct flow *f, const struct segment *t,
                     const struct mptcp_verdict *v)
{
    bool old = flow_has(f, FLOW_PEERS) && seq_before(t->sequence, f->taken);

    if (v->reset && !old) {
        flow_set(f, FLOW_PEER_RESET);
        flow_set_state(&s->table, f, SHIM_DEAD);
    }
}

/* What a segment that TCP will act on says of the flow. */
static void note(struct shim *s, struct flow *f, const uint8_t *frame, const struct segment *t,
                 mptcp_time now)
{
    struct mptcp_segment seg = shim_segment(f, frame, t);

    f->window = t->window;
    if ((t->flags & MPTCP_TCP_ACK) != 0) {
        f->una = mptcp_ssn_max(f->una, seg.ack);
        if (!flow_has(f, FLOW_ESTABLISHED) && flow_has(f, FLOW_OURS | FLOW_PEERS) &&
            f->una.v != 0) {
            struct mptcp_conn_report report;
            mptcp_on_established(f->conn, f->sf, now);
            mptcp_conn_info(f->conn, &report);
            flow_set(f, FLOW_ESTABLISHED | (report.checksum ? FLOW_CHECKSUM : 0));
        }
    }
    mptcp_ssn fin = mptcp_ssn_add(seg.ssn, seg.len);
    bool has_fin = (t->flags & MPTCP_TCP_FIN) != 0;
    flow_takes(f, t->sequence, seq_add(t->sequence, t->length + has_fin));
    if (has_fin && !flow_has(f, FLOW_FIN_TAKEN) &&
        !mptcp_ssn_before(fin, seq_ssn(f->ack, f->peer_isn))) { /* an old one is nobody's */
        f->peer_fin = fin;
        flow_set(f, FLOW_PEER_FIN);
    }
    shim_settle(s, f);
}

/* If our SYN offered timestamps and the SYN/ACK takes that up, segments have them from now on
 * (RFC 7323 s3.2): also those that the shim makes before TCP has sent one. */
static void agree_timestamps(struct flow *f, const uint8_t *frame, const struct segment *t)
{
    const uint8_t *area = frame + t->tcp + TCP_HEADER;
    uint32_t at = tcp_option_find(area, t->options, TCP_OPTION_TIMESTAMPS, TIMESTAMPS_SIZE);

    if (f->stamps[0] == TCP_OPTION_TIMESTAMPS && at != UINT32_MAX) {
        memcpy(f->stamps + 6, area + at + 2, 4); /* what it says of its clock is echoed */
        flow_set(f, FLOW_TIMESTAMPS);
    }
}

/* The SYN/ACK that answers our SYN. False: something else, which TCP refuses, or a simultaneous
 * open, whose SYN/ACK follows. */
static bool take_syn_ack(struct flow *f, const uint8_t *frame, const struct segment *t)
{
    if ((t->flags & MPTCP_TCP_ACK) == 0 || !seq_eq(t->acknowledgment, seq_next(f->isn))) {
        return false;
    }
    if (!flow_has(f, FLOW_ESTABLISHED)) {
        f->peer_isn = t->sequence;
        flow_starts(f, seq_next(f->peer_isn));
        flow_set(f, FLOW_PEERS);
        shim_read_scale(f, frame, t, true);
        agree_timestamps(f, frame, t);
    }
    return true;
}

/* By how much TCP's segments have to be shorter, so that options fit. */
static uint32_t data_room(const struct flow *f)
{
    return mptcp_tx_options_max(f->conn) == 0 ? 0 : DATA_ROOM;
}

/* A SYN on a LIVE flow. False: it is for TCP alone. */
static bool take_syn(const struct shim *s, struct flow *f, uint8_t *frame, const struct packet *p,
                     const struct segment *t)
{
    if (!flow_has(f, FLOW_PASSIVE)) {
        return take_syn_ack(f, frame, t);
    }
    if (seq_eq(t->sequence, f->peer_isn) && (t->flags & MPTCP_TCP_ACK) == 0) { /* a join's, again */
        shim_lower_mss(s, f, frame, p, t, data_room(f));
    }
    return false;
}

/* Segments that the connection is not told of: TCP answers them, or ignores them. */
static bool not_ours(const struct flow *f, const struct segment *t)
{
    bool acks = (t->flags & MPTCP_TCP_ACK) != 0 && flow_has(f, FLOW_OURS);
    mptcp_ssn ack = seq_ssn(t->acknowledgment, f->isn);

    if (flow_unanswered(f)) {
        return true;
    }
    if (!flow_has(f, FLOW_PEERS)) { /* before the SYN/ACK only a RST means something */
        return (t->flags & MPTCP_TCP_RST) == 0;
    }
    return acks && mptcp_ssn_before(f->sent, ack); /* what TCP has not sent yet */
}

/* The stream's octets are all in line, urgent or not: a TCP that took one out would miscount. */
static void not_urgent(uint8_t *frame, const struct packet *p, const struct segment *t)
{
    if ((t->flags & TCP_URG) != 0) {
        frame[t->tcp + TCP_FLAGS] &= (uint8_t)~TCP_URG;
        packet_put16(frame + t->tcp + TCP_URGENT, 0);
        packet_finish(frame, p, TCP_CHECKSUM);
    }
}

static enum shim_pass refused(const struct flow *f, uint8_t *frame, const struct packet *p,
                              const struct segment *t)
{
    bool waits = flow_has(f, FLOW_PASSIVE) && !flow_has(f, FLOW_ESTABLISHED);

    return waits && mptcp_subflow_resets(f->conn, f->sf) ? refuse_for_tcp(frame, p, t) : SHIM_DROP;
}

static enum shim_pass in_live(struct shim *s, struct flow *f, uint8_t *frame,
                              const struct packet *p, const struct segment *t, mptcp_time now)
{
    struct mptcp_verdict v;
    bool syn = (t->flags & MPTCP_TCP_SYN) != 0;

    if ((syn && !take_syn(s, f, frame, p, t)) || not_ours(f, t)) {
        return SHIM_PASS;
    }
    enum outcome outcome = tell(s, f, frame, t, &v, now);
    shim_touched(s, f);
    if (outcome == ENDED) {
        flow_set_state(&s->table, f, SHIM_DEAD);
        return SHIM_PASS;
    }
    if (outcome == REFUSED) {
        return refused(f, frame, p, t);
    }
    if (only_a_signal(f, frame, t, &v)) {
        s->counts.swallowed++;
        return SHIM_DROP;
    }
    if ((t->flags & MPTCP_TCP_RST) != 0) {
        note_rst(s, f, t, &v);
        return SHIM_PASS;
    }
    if (syn) {
        shim_lower_mss(s, f, frame, p, t, data_room(f));
    }
    note(s, f, frame, t, now);
    not_urgent(frame, p, t);
    return SHIM_PASS;
}

/* A SYN between the addresses and ports of a flow: true if it is of another connection. TCP decides
 * about one that comes while the flow is LIVE, or has been answered. */
static bool is_new(const struct flow *f, const struct segment *t)
{
    return f == NULL || f->state == SHIM_DONE || f->state == SHIM_DEAD || f->state == FLOW_STRAY ||
           (f->state == SHIM_HALF && !seq_eq(t->sequence, f->peer_isn) && !flow_has(f, FLOW_OURS));
}

static enum shim_pass in_half(struct shim *s, struct flow *f, uint8_t *frame,
                              const struct packet *p, const struct segment *t, mptcp_time now)
{
    if ((t->flags & MPTCP_TCP_SYN) != 0) {
        if (seq_eq(t->sequence, f->peer_isn)) {
            shim_syn_again(s, f, frame, p, t);
        }
        return SHIM_PASS;
    }
    enum shim_pass pass = shim_third_ack(s, f, frame, t, now);
    return f->state == SHIM_LIVE ? in_live(s, f, frame, p, t, now) : pass;
}

static enum shim_pass in_flow(struct shim *s, struct flow *f, uint8_t *frame,
                              const struct packet *p, const struct segment *t, mptcp_time now)
{
    if (f->state == FLOW_STRAY) {
        shim_stray_note(f, t);
        s->counts.others++;
        return SHIM_PASS;
    }
    s->counts.in++;
    if (f->state == SHIM_LIVE) {
        return in_live(s, f, frame, p, t, now);
    }
    return f->state == SHIM_HALF ? in_half(s, f, frame, p, t, now) : SHIM_PASS;
}

static enum shim_pass in_tcp(struct shim *s, unsigned nif, uint8_t *frame, const struct packet *p,
                             const struct segment *t, mptcp_time now)
{
    bool opens = (t->flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK | MPTCP_TCP_RST)) == MPTCP_TCP_SYN;
    struct flow *f = flow_find(&s->table, &t->destination, &t->source);

    if (f == NULL && !opens && !shim_may_restore(s, t, now)) {
        s->counts.others++;
        return SHIM_PASS;
    }
    if (!s->cfg.trusted && !packet_sum_right(frame, p)) {
        s->counts.bad_checksum++;
        return SHIM_PASS; /* TCP counts it and drops it */
    }
    if (opens && is_new(f, t)) {
        bool reused = f != NULL && f->state == SHIM_DEAD;
        if (f != NULL) {
            flow_drop(&s->table, f); /* the port is used again */
        }
        return shim_syn(s, nif, frame, p, t, reused, now);
    }
    if (f == NULL) {
        f = shim_restore(s, nif, frame, t, now);
    }
    if (f == NULL) {
        shim_stray(s, nif, frame, t, now);
        s->counts.others++;
        return SHIM_PASS;
    }
    return in_flow(s, f, frame, p, t, now);
}

enum shim_pass shim_in(struct shim *s, unsigned nif, uint8_t *frame, uint32_t length,
                       mptcp_time now)
{
    struct packet p;
    struct segment t;

    if (!packet_read(frame, length, s->cfg.link, &p)) {
        s->counts.others++;
        return SHIM_PASS;
    }
    if (p.protocol == PROTOCOL_TCP && packet_segment(frame, &p, &t)) {
        return in_tcp(s, nif, frame, &p, &t, now);
    }
    s->counts.others++;
    if (p.protocol == (p.version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6)) {
        shim_icmp(s, frame, &p);
    }
    return SHIM_PASS;
}
