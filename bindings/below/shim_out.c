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
    if (at != UINT32_MAX) {
        memcpy(f->stamps, area + at, TIMESTAMPS_SIZE);
        flow_set(f, FLOW_TIMESTAMPS);
    }
    flow_set(f, FLOW_HEADER);
    if ((t->flags & MPTCP_TCP_ACK) != 0) {
        f->ack = packet_get32(frame + t->tcp + TCP_ACKNOWLEDGMENT);
    }
}

/* What a segment says of the flow, before it leaves. */
static void note(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
                 const struct segment *t)
{
    uint32_t sequence = packet_get32(frame + t->tcp + TCP_SEQUENCE);

    if ((t->flags & MPTCP_TCP_SYN) != 0) {
        f->isn = sequence;
        flow_set(f, FLOW_OURS);
        shim_read_scale(f, frame, t, false);
    }
    mptcp_ssn ssn = mptcp_ssn_of(sequence - f->isn);
    uint32_t counted = t->length + ((t->flags & MPTCP_TCP_SYN) != 0);
    if ((t->flags & MPTCP_TCP_FIN) != 0) {
        f->fin = mptcp_ssn_add(ssn, t->length);
        flow_set(f, FLOW_FIN_SENT);
        counted++;
    }
    f->sent = mptcp_ssn_max(f->sent, mptcp_ssn_add(ssn, counted));
    keep_header(s, f, frame, p, t);
    if (flow_has(f, FLOW_PEER_FIN) && (t->flags & MPTCP_TCP_ACK) != 0 &&
        mptcp_ssn_before(f->peer_fin, mptcp_ssn_of(f->ack - f->peer_isn))) {
        flow_set(f, FLOW_FIN_TAKEN);
    }
}

/* The SYN of a connection that nobody told of (shim_open). A SYN/ACK may have another ISN than the
 * one before: a TCP that forgot the first makes a new one. */
static bool is_another(const struct flow *f, const uint8_t *frame, const struct segment *t)
{
    return (t->flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) == MPTCP_TCP_SYN &&
           flow_has(f, FLOW_OURS) && packet_get32(frame + t->tcp + TCP_SEQUENCE) != f->isn;
}

/* A keep-alive of the kind that repeats the last octet that was acknowledged (RFC 9293 s3.8.4): no
 * mapping has it any more, so it goes without. */
static bool repeats_one_octet(const struct flow *f, const uint8_t *frame, const struct segment *t)
{
    uint32_t ssn = packet_get32(frame + t->tcp + TCP_SEQUENCE) - f->isn;

    return t->length == 1 && mptcp_ssn_eq(mptcp_ssn_of(ssn + 1), f->una);
}

static int out_live(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
                    struct segment *t, mptcp_time now)
{
    if (repeats_one_octet(f, frame, t)) {
        t->length = 0;
    }
    note(s, f, frame, p, t);
    int code = shim_emit(s, f, frame, p, t, now);
    bool reset = (t->flags & MPTCP_TCP_RST) != 0;
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
        flow_set(f, FLOW_PLAIN);
        pass_on(s, f->nif, frame, p->end);
        return;
    }
    memcpy(tcp + TCP_HEADER + own, f->half_options, f->half_length);
    memcpy(tcp + header, frame + t->payload, t->length);
    tcp[TCP_OFFSET] = (uint8_t)(header / 4 << 4 | (tcp[TCP_OFFSET] & 15u));
    packet_put16(s->scratch + p->ip + (p->version == 4 ? 2 : 4),
                 out.end - p->ip - (p->version == 4 ? 0 : IPV6_HEADER));
    packet_finish(s->scratch, &out, TCP_CHECKSUM);
    pass_on(s, f->nif, s->scratch, out.end);
}

static int out_half(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
                    struct segment *t, mptcp_time now)
{
    bool syn_ack = (t->flags & MPTCP_TCP_SYN) != 0 && (t->flags & MPTCP_TCP_ACK) != 0;

    if (!syn_ack) { /* a RST, or what TCP answers to a segment out of order */
        pass_on(s, f->nif, frame, p->end);
        if ((t->flags & MPTCP_TCP_RST) != 0) {
            flow_drop(&s->table, f);
        }
        return MPTCP_OK;
    }
    note(s, f, frame, p, t);
    if (f->ack - f->peer_isn > 1) {
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

int shim_out(struct shim *s, unsigned nif, const uint8_t *frame, uint32_t length, mptcp_time now)
{
    struct packet p;
    struct segment t;

    if (!packet_read(frame, length, s->cfg.link, &p) || p.protocol != PROTOCOL_TCP ||
        !packet_segment(frame, &p, &t)) {
        return out_other(s, nif, frame, length);
    }
    struct flow *f = flow_find(&s->table, &t.source, &t.destination);
    if (f == NULL) {
        return out_other(s, nif, frame, length);
    }
    if (is_another(f, frame, &t)) {
        flow_drop(&s->table, f);
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
        pass_on(s, nif, frame, length);
    }
    s->counts.kept += code != MPTCP_OK;
    return code;
}
