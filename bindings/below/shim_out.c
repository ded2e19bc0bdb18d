/*
 * shim_out.c - segments that the TCP sends.
 *
 * What TCP has sent is read off its segments: its ISN and window scale, the highest octet, its FIN
 * and RST, and the header from which shim_forge.c makes segments. Then emit.c sends the segment
 * with its options.
 */
#include "shim_internal.h"
#include "tcp_option.h"

#include "mptcp/option.h"

#include <string.h>

static void pass_on(struct shim *s, unsigned nif, const uint8_t *frame, uint32_t length)
{
    s->host.transmit(s->host.context, nif, frame, length);
}

/* A segment of a flow that leaves without options of ours. Its checksum may be missing. */
static void pass_segment(struct shim *s, unsigned nif, const uint8_t *frame, const struct packet *p)
{
    if (p->end > SCRATCH_HEADERS + s->cfg.mtu) { /* more than TCP may send */
        pass_on(s, nif, frame, p->end);
        return;
    }
    memcpy(s->scratch, frame, p->end);
    packet_finish(s->scratch, p, TCP_CHECKSUM);
    pass_on(s, nif, s->scratch, p->end);
}

/* Keeps the headers, without options and extension headers, for segments of the shim's own. */
static void keep_header(struct shim *s, struct flow *f, const uint8_t *frame,
                        const struct packet *p, const struct segment *t)
{
    const uint8_t *area = frame + t->tcp + TCP_HEADER;
    uint32_t fixed = p->version == 4 ? IPV4_HEADER : IPV6_HEADER;
    uint32_t at = tcp_option_find(area, t->options, TCP_OPTION_TIMESTAMPS, TIMESTAMPS_SIZE);
    uint8_t *ip = f->head + s->cfg.link;

    memcpy(f->head, frame, s->cfg.link + fixed);
    memcpy(ip + fixed, frame + t->tcp, TCP_HEADER);
    if (p->version == 4) {
        ip[0] = 4u << 4 | IPV4_HEADER / 4;
    } else {
        ip[6] = PROTOCOL_TCP;
    }
    memset(f->stamps, 0, sizeof f->stamps);
    flow_clear(f, FLOW_TIMESTAMPS);
    if (at != UINT32_MAX) {
        memcpy(f->stamps, area + at, TIMESTAMPS_SIZE);
        /* Those of a SYN are an offer; those of a SYN/ACK take one up (RFC 7323 s3.2). */
        flow_set(f, (t->flags & MPTCP_TCP_ACK) != 0 ? FLOW_TIMESTAMPS : 0);
    }
    flow_set(f, FLOW_HEADER);
    if ((t->flags & MPTCP_TCP_ACK) != 0) {
        f->ack = t->acknowledgment;
        flow_takes(f, f->taken, f->ack);
    }
}

/* What a segment says of the flow, before it leaves. */
static void note(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
                 const struct segment *t)
{
    if ((t->flags & MPTCP_TCP_SYN) != 0) {
        f->isn = t->sequence;
        flow_set(f, FLOW_OURS);
        shim_read_scale(f, frame, t, false);
    }
    mptcp_ssn ssn = seq_ssn(t->sequence, f->isn);
    uint32_t counted = t->length + ((t->flags & MPTCP_TCP_SYN) != 0);
    if ((t->flags & MPTCP_TCP_FIN) != 0) {
        f->fin = mptcp_ssn_add(ssn, t->length);
        flow_set(f, FLOW_FIN_SENT);
        counted++;
    }
    f->sent = mptcp_ssn_max(f->sent, mptcp_ssn_add(ssn, counted));
    keep_header(s, f, frame, p, t);
    if (flow_has(f, FLOW_PEER_FIN) && (t->flags & MPTCP_TCP_ACK) != 0 &&
        mptcp_ssn_before(f->peer_fin, seq_ssn(f->ack, f->peer_isn))) {
        flow_set(f, FLOW_FIN_TAKEN);
    }
}

/* The SYN of a connection that nobody told of (shim_open). A SYN/ACK may have another ISN than the
 * one before: a TCP that forgot the first makes a new one. But it acknowledges the same SYN. */
static bool is_another(const struct flow *f, const struct segment *t)
{
    if ((t->flags & MPTCP_TCP_SYN) == 0) {
        return false;
    }
    if ((t->flags & MPTCP_TCP_ACK) != 0) {
        return flow_has(f, FLOW_PEERS) && f->state == SHIM_LIVE &&
               !seq_eq(t->acknowledgment, seq_next(f->peer_isn));
    }
    return flow_has(f, FLOW_OURS) && !seq_eq(t->sequence, f->isn);
}

/*
 * A RST by which TCP ends the flow has a number that the peer can take: of what is in flight or
 * next. Any other one answers a segment that TCP did not take for the flow's, an ACK in SYN-SENT or
 * an old connection's (RFC 9293 s3.10.7), and ends nothing.
 */
static bool ends(const struct flow *f, const struct segment *t)
{
    mptcp_ssn ssn = seq_ssn(t->sequence, f->isn);

    return flow_has(f, FLOW_OURS | FLOW_PEERS) && !mptcp_ssn_before(ssn, f->una) &&
           !mptcp_ssn_before(f->sent, ssn);
}

/*
 * Leaves out the octets that the peer has acknowledged: no mapping has them any more. TCP sends
 * such octets if the acknowledgement did not reach it, or as a keep-alive (RFC 9293 s3.8.4). Where
 * nothing is left the segment stays where it was, and the peer answers it by an ACK.
 */
static void leave_out_acknowledged(const struct flow *f, struct segment *t)
{
    int32_t old = mptcp_ssn_diff(f->una, seq_ssn(t->sequence, f->isn));
    bool fin = (t->flags & MPTCP_TCP_FIN) != 0;

    if (old <= 0 || (t->flags & MPTCP_TCP_SYN) != 0 || t->length == 0) {
        return;
    }
    if ((uint32_t)old > t->length || ((uint32_t)old == t->length && !fin)) {
        t->length = 0;
        t->flags = (uint8_t)(t->flags & ~(MPTCP_TCP_FIN | TCP_PSH));
        return;
    }
    t->sequence = seq_add(t->sequence, (uint32_t)old);
    t->payload += (uint32_t)old;
    t->length -= (uint32_t)old;
}

static int out_live(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
                    struct segment *t, mptcp_time now)
{
    bool reset = (t->flags & MPTCP_TCP_RST) != 0;
    bool syn_ack = (t->flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) == (MPTCP_TCP_SYN | MPTCP_TCP_ACK);

    if ((reset && !ends(f, t)) || (flow_unanswered(f) && !syn_ack)) {
        pass_segment(s, f->nif, frame, p);
        return MPTCP_OK;
    }
    note(s, f, frame, p, t);
    leave_out_acknowledged(f, t);
    int code = shim_emit(s, f, frame, p, t, now);
    if (reset || code == MPTCP_E_STALE) {
        /* A subflow that the connection has ended is over for TCP, too. */
        flow_set(f, reset ? FLOW_TCP_RESET : 0);
        flow_set_state(&s->table, f, SHIM_DEAD);
    }
    shim_settle(s, f);
    shim_touched(s, f);
    return code;
}

/* TCP answers a client's SYN: MP_CAPABLE goes beside its options, if there is room. */
static void answer(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
                   struct segment *t)
{
    uint8_t *tcp = s->scratch + t->tcp;
    struct packet out = *p;

    memcpy(s->scratch, frame, t->tcp + TCP_HEADER + t->options);
    uint32_t own = tcp_option_open(tcp + TCP_HEADER, t->options);
    uint32_t header = TCP_HEADER + own + f->half_length;
    out.end = t->tcp + header + t->length;
    if (f->half_length == 0 || own + f->half_length > OPTIONS_MOST ||
        out.end - p->ip > shim_mtu(s, f->nif)) {
        f->half_length = 0;
        flow_set(f, FLOW_PLAIN);
        pass_segment(s, f->nif, frame, p);
        return;
    }
    memcpy(tcp + TCP_HEADER + own, f->half_options, f->half_length);
    shim_tell_key(f, tcp + TCP_HEADER + own);
    memcpy(tcp + header, frame + t->payload, t->length);
    tcp[TCP_OFFSET] = (uint8_t)(header / 4 << 4 | (tcp[TCP_OFFSET] & 15u));
    packet_finish(s->scratch, &out, TCP_CHECKSUM);
    pass_on(s, f->nif, s->scratch, out.end);
}

/* What TCP sends on a HALF flow beside its SYN/ACK: a RST, or an answer to a segment out of order,
 * or segments of a connection that TCP had before, whose acknowledgements must not leave if it was
 * reset. */
static int out_half_other(struct shim *s, struct flow *f, const uint8_t *frame,
                          const struct packet *p, const struct segment *t)
{
    bool reset = (t->flags & MPTCP_TCP_RST) != 0;

    if (reset || !flow_has(f, FLOW_REUSED)) {
        pass_segment(s, f->nif, frame, p);
    }
    if (reset && flow_has(f, FLOW_OURS) && seq_eq(t->sequence, seq_next(f->isn))) {
        flow_drop(&s->table, f);
    }
    return MPTCP_OK;
}

static int out_half(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
                    struct segment *t, mptcp_time now)
{
    uint32_t taken =
        seq_span(seq_next(f->peer_isn), t->acknowledgment); /* of the data on the SYN */

    if ((t->flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) != (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) {
        return out_half_other(s, f, frame, p, t);
    }
    if (taken > f->syn_length) { /* it answers another SYN than that of the flow */
        pass_segment(s, f->nif, frame, p);
        flow_drop(&s->table, f);
        return MPTCP_OK;
    }
    flow_clear(f, FLOW_REUSED);
    note(s, f, frame, p, t);
    if (taken != 0) {
        if (!shim_fast_open(s, f, now)) {
            s->counts.no_room++;
            flow_drop(&s->table, f);
            return MPTCP_E_FULL;
        }
        return out_live(s, f, frame, p, t, now);
    }
    answer(s, f, frame, p, t);
    return MPTCP_OK;
}

/* Not of a flow: it leaves as it is. */
static int out_other(struct shim *s, unsigned nif, const uint8_t *frame, uint32_t length)
{
    s->counts.others++;
    pass_on(s, nif, frame, length);
    return MPTCP_OK;
}

/* The flow of which TCP's segment is; NULL: of none, or TCP has ended or begun something else. */
static struct flow *flow_from(struct shim *s, const struct segment *t)
{
    struct flow *f = flow_find(&s->table, &t->source, &t->destination);

    if (f == NULL) {
        return NULL;
    }
    bool stray = f->state == FLOW_STRAY;
    if (stray && (t->flags & MPTCP_TCP_RST) == 0) {
        shim_stray_told(f, t);
        return NULL;
    }
    if (stray || is_another(f, t)) {
        flow_drop(&s->table, f);
        return NULL;
    }
    return f;
}

int shim_out(struct shim *s, unsigned nif, const uint8_t *frame, uint32_t length, mptcp_time now)
{
    struct packet p;
    struct segment t;

    if (!packet_read(frame, length, s->cfg.link, &p) || p.protocol != PROTOCOL_TCP ||
        !packet_segment(frame, &p, &t)) {
        return out_other(s, nif, frame, length);
    }
    struct flow *f = flow_from(s, &t);
    if (f == NULL) {
        return out_other(s, nif, frame, length);
    }
    f->nif = (uint16_t)nif;
    s->counts.out++;
    int code = MPTCP_OK;
    if (f->state == SHIM_LIVE) {
        code = out_live(s, f, frame, &p, &t, now);
    } else if (f->state == SHIM_HALF) {
        code = out_half(s, f, frame, &p, &t, now);
    } else if (f->state == SHIM_DONE || (t.flags & MPTCP_TCP_RST) != 0) {
        pass_segment(s, nif, frame, &p);
    }
    s->counts.kept += code != MPTCP_OK;
    return code;
}
