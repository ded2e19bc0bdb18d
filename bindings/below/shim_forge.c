/*
 * shim_forge.c - segments that the shim makes itself, because a TCP that cannot be changed has no
 * call for them: a pure ACK, a keep-alive, a RST. They are made from the header of the last segment
 * that TCP sent.
 */
#include "shim_internal.h"

#include "mptcp/option.h"

#include <string.h>

/* TCP sends timestamps on every segment if on any, and peers may drop those without
 * (RFC 7323 s3.2). A RST needs none. */
static uint32_t put_timestamps(const struct flow *f, uint8_t *area, uint8_t flags)
{
    if (!flow_has(f, FLOW_TIMESTAMPS) || (flags & MPTCP_TCP_RST) != 0) {
        return 0;
    }
    area[0] = 1; /* two NOPs, so that the numbers are aligned */
    area[1] = 1;
    memcpy(area + 2, f->stamps, TIMESTAMPS_SIZE);
    return TIMESTAMPS_SIZE + 2;
}

static int forge(struct shim *s, struct flow *f, uint8_t flags, mptcp_ssn ssn, mptcp_time now)
{
    uint8_t frame[LINK_MOST + IPV6_HEADER + TCP_HEADER + TIMESTAMPS_SIZE + 2];
    bool four = f->local.family == 4;
    struct packet p = {.version = four ? 4 : 6,
                       .protocol = PROTOCOL_TCP,
                       .ip = s->cfg.link,
                       .body = s->cfg.link + (four ? IPV4_HEADER : IPV6_HEADER)};
    struct segment t = {.tcp = p.body, .flags = flags};
    uint8_t *tcp = frame + p.body;

    if (!flow_has(f, FLOW_HEADER)) {
        return MPTCP_E_LATER;
    }
    memcpy(frame, f->head, p.body + TCP_HEADER);
    if (four) {
        packet_put16(frame + p.ip + 4, s->next_id++);
    }
    if (flow_scaled(f) && (tcp[TCP_FLAGS] & MPTCP_TCP_SYN) != 0) { /* a SYN's is not scaled */
        packet_put16(tcp + TCP_WINDOW, (uint32_t)packet_get16(tcp + TCP_WINDOW) >> f->shift);
    }
    t.sequence = seq_at(ssn, f->isn);
    packet_put_seq(tcp + TCP_SEQUENCE, t.sequence);
    packet_put_seq(tcp + TCP_ACKNOWLEDGMENT, f->ack);
    tcp[TCP_FLAGS] = flags;
    t.options = put_timestamps(f, tcp + TCP_HEADER, flags);
    t.payload = p.body + TCP_HEADER + t.options;
    p.end = t.payload;
    int code = shim_emit(s, f, frame, &p, &t, now);
    s->counts.forged += code == MPTCP_OK;
    return code;
}

static struct flow *live(struct shim *s, shim_flow handle)
{
    struct flow *f = s == NULL ? NULL : flow_of(&s->table, handle);

    return f != NULL && f->state == SHIM_LIVE ? f : NULL;
}

/* The number of a segment without payload: after what was sent, but within the peer's window, or
 * the peer does not look at it (RFC 9293 s3.10.7.4). A probe of a closed window lies outside. */
static mptcp_ssn next(const struct flow *f)
{
    uint32_t window = (uint32_t)f->window << (flow_scaled(f) ? f->peer_shift : 0);
    mptcp_ssn edge = mptcp_ssn_add(f->una, window);

    return flow_has(f, FLOW_ESTABLISHED) ? mptcp_ssn_min(f->sent, edge) : f->sent;
}

int shim_ack(struct shim *s, shim_flow flow, mptcp_time now)
{
    struct flow *f = live(s, flow);

    if (f == NULL) {
        return MPTCP_E_STALE;
    }
    if (!flow_has(f, FLOW_PEERS)) {
        return MPTCP_E_LATER;
    }
    return forge(s, f, MPTCP_TCP_ACK, next(f), now);
}

int shim_probe(struct shim *s, shim_flow flow, mptcp_time now)
{
    struct flow *f = live(s, flow);

    if (f == NULL) {
        return MPTCP_E_STALE;
    }
    if (!flow_has(f, FLOW_PEERS)) {
        return MPTCP_E_LATER;
    }
    /* An octet that the peer has acknowledged: it answers by an ACK whatever else it lacks
     * (RFC 9293 s3.10.7.4). */
    return forge(s, f, MPTCP_TCP_ACK, mptcp_ssn_of(f->una.v - 1), now);
}

/* A join of the peer's whose third ACK was not taken yet. */
static bool is_half_open(const struct flow *f)
{
    struct mptcp_subflow_report r;

    return flow_has(f, FLOW_PASSIVE) && mptcp_subflow_info(f->conn, f->sf, &r) == MPTCP_OK &&
           !r.initial && !r.established;
}

int shim_reset(struct shim *s, shim_flow flow, int code, mptcp_time now)
{
    struct flow *f = live(s, flow);
    int left = MPTCP_OK;

    if (f == NULL) {
        return MPTCP_E_STALE;
    }
    if (code < 0 && code > MPTCP_E_LAST && is_half_open(f)) {
        shim_count_refused(s, code);
    }
    if (flow_unanswered(f)) { /* TCP may have another connection there */
        flow_drop(&s->table, f);
        return MPTCP_OK;
    }
    if (flow_has(f, FLOW_PEERS)) { /* else the peer has no state that a RST could end */
        left = forge(s, f, MPTCP_TCP_RST | MPTCP_TCP_ACK, next(f), now);
    }
    flow_set_state(&s->table, f, SHIM_DEAD);
    return left;
}

int shim_gone(struct shim *s, shim_flow flow)
{
    struct flow *f = live(s, flow);

    if (f == NULL) {
        return MPTCP_E_STALE;
    }
    if (flow_unanswered(f)) {
        flow_drop(&s->table, f);
    } else {
        flow_set_state(&s->table, f, SHIM_DEAD);
    }
    return MPTCP_OK;
}

void shim_refuse(struct shim *s, unsigned nif, const uint8_t *frame, const struct packet *p,
                 const struct segment *t, int code)
{
    uint8_t *reply = s->scratch;
    bool four = p->version == 4;
    struct packet out = {.version = p->version,
                         .protocol = PROTOCOL_TCP,
                         .ip = p->ip,
                         .body = p->ip + (four ? IPV4_HEADER : IPV6_HEADER)};
    uint8_t *ip = reply + out.ip;
    uint8_t *tcp = reply + out.body;
    int options = mptcp_reset_option(code, tcp + TCP_HEADER, OPTIONS_MOST);
    uint32_t header = TCP_HEADER + (options > 0 ? (uint32_t)options : 0);

    memcpy(reply, frame, out.body);
    if (p->ip >= 14) { /* Ethernet: back to the sender */
        memcpy(reply, frame + 6, 6);
        memcpy(reply + 6, frame, 6);
    }
    out.end = out.body + header;
    if (four) {
        ip[0] = 4u << 4 | IPV4_HEADER / 4;
        packet_put16(ip + 4, s->next_id++);
        ip[8] = 64; /* time to live */
        memcpy(ip + 12, t->destination.ip, 4);
        memcpy(ip + 16, t->source.ip, 4);
    } else {
        ip[6] = PROTOCOL_TCP;
        ip[7] = 64;
        memcpy(ip + 8, t->destination.ip, 16);
        memcpy(ip + 24, t->source.ip, 16);
    }
    memset(tcp, 0, TCP_HEADER);
    packet_put16(tcp + TCP_SOURCE, t->destination.port);
    packet_put16(tcp + TCP_DESTINATION, t->source.port);
    packet_put_seq(tcp + TCP_ACKNOWLEDGMENT, seq_add(t->sequence, 1 + t->length));
    tcp[TCP_OFFSET] = (uint8_t)(header / 4 << 4);
    tcp[TCP_FLAGS] = MPTCP_TCP_RST | MPTCP_TCP_ACK;
    packet_finish(reply, &out, TCP_CHECKSUM);
    s->counts.refused++;
    shim_count_refused(s, code);
    s->host.transmit(s->host.context, nif, reply, out.end);
}
