/*
 * tcp.c - the toy TCP of a subflow: sequence numbers relative to the ISN, a
 * fixed window in segments, one retransmission timer with backoff, go-back-N, a
 * reassembly store by SSN.
 *
 * Two kinds. One keeps the pieces it was given and references the connection's send
 * buffer: a retransmission is the same segment again, read from the buffer anew. The
 * other copies what it is given into a ring of octets and cuts it at random
 * places whenever it sends, up to what the option writer says its mapping covers.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define RTO_US 250000u
#define RTO_MAX_US 4000000u

struct tcp *tcp_open(struct end *e, unsigned path, unsigned index, mptcp_sf sf)
{
    struct tcp *t = &e->tcp[index];

    tcp_free(t);
    t->used = true;
    t->sf = sf;
    t->path = path;
    t->index = index;
    t->opened_at = e->sim->now;
    t->iss = isn_of(e->sim, index * 2 + (unsigned)e->id);
    t->una = t->nxt = t->sent = 1;
    t->released = t->marked = t->reported = 1;
    t->pieces = calloc(SPACE / 16, sizeof *t->pieces);
    t->tx = calloc(SPACE, 1);
    t->rx = calloc(SPACE, 1);
    t->have = calloc(SPACE, 1);
    t->map_dsn = calloc(SPACE, sizeof *t->map_dsn);
    t->map_len = calloc(SPACE, sizeof *t->map_len);
    return t;
}

void tcp_free(struct tcp *t)
{
    free(t->pieces);
    free(t->tx);
    free(t->rx);
    free(t->have);
    free(t->map_dsn);
    free(t->map_len);
    free(t->sums);
    memset(t, 0, sizeof *t);
}

void tcp_connect(struct end *e, struct tcp *t)
{
    t->syn_sent = true;
    t->rto_at = e->sim->now + 1000000;
    tcp_emit(e, t, MPTCP_TCP_SYN, 0, fast_open_syn(e, t));
}

struct tcp *tcp_find(struct end *e, mptcp_sf sf)
{
    for (unsigned i = 0; i < TCPS; i++) {
        if (e->tcp[i].used && e->tcp[i].sf == sf) {
            return &e->tcp[i];
        }
    }
    return NULL;
}

/* The octets [ssn, ssn + len) as this kind of host has them. */
static const uint8_t *octets(struct end *e, struct tcp *t, uint32_t ssn)
{
    if (ssn == 0) {
        return e->buffer; /* of a SYN: before the stream */
    }
    if (e->sim->sc.ring_host[e->id]) {
        return t->tx + ssn;
    }
    for (unsigned i = 0; i < t->npieces; i++) {
        const struct piece *p = &t->pieces[i];
        if (ssn >= p->ssn && ssn < p->ssn + p->len) {
            return e->buffer + (p->dsn.v - e->first) + (ssn - p->ssn);
        }
    }
    return NULL;
}

/* The options of a segment, behind those that are not MPTCP's; their length, or a code. */
static int ask(struct end *e, struct tcp *t, struct mptcp_txseg *seg, uint8_t *options,
               unsigned others, struct mptcp_receipt *r)
{
    bool syn = (seg->tcp_flags & MPTCP_TCP_SYN) != 0;
    const struct manner *m = &e->sim->sc.manner[e->id];
    size_t room = !syn ? manner_room(e) : m->syn_room != 0 && t->index == 0 ? m->syn_room : 16;
    struct mptcp_receipt again;
    uint8_t twice[MPTCP_OPTION_MAX];

    room = others > 0 ? MPTCP_OPTION_MAX - others : room;
    int n = mptcp_tx_options(e->conn, t->sf, seg, options + others, room, r);
    if (n >= 0 && r->covers < seg->len) {
        seg->len = r->covers;
        n = mptcp_tx_options(e->conn, t->sf, seg, options + others, room, r);
    }
    int m2 = mptcp_tx_options(e->conn, t->sf, seg, twice, room, &again);
    if (n != m2 || (n >= 0 && (memcmp(options + others, twice, (size_t)n) != 0 ||
                               memcmp(r, &again, sizeof again) != 0))) {
        fail(e->sim, "tx_options: %d, asked again %d", n, m2);
    }
    if (n > (int)room || (n > 0 && n % 4 != 0)) {
        fail(e->sim, "tx_options wrote %d octets into %zu", n, room);
    }
    return n;
}

void tcp_emit(struct end *e, struct tcp *t, unsigned flags, uint32_t ssn, uint32_t len)
{
    struct mptcp_txseg seg = {.tcp_flags = (uint8_t)flags, .ssn = mptcp_ssn_of(ssn), .len = len};
    struct mptcp_receipt r;
    uint8_t options[MPTCP_OPTION_MAX];

    seg.sum = len > 0 && ssn > 0 ? sums_of(e, t, ssn) : 0;
    bool ack = len == 0 && (flags & (MPTCP_TCP_SYN | MPTCP_TCP_FIN | MPTCP_TCP_RST)) == 0;
    bool third = t->rcv_nxt == 1 && t->nxt == 1; /* no SACK block before any data */
    unsigned others = manner_others(e, flags, ack && (t->asked || third), options);
    need_check(e, t, &seg);
    int n = ask(e, t, &seg, options, others, &r);
    if (n == MPTCP_E_ROOM && others > 0) {
        /* Data never leave without their mapping: other options have to wait. */
        e->sim->met[MET_MADE_ROOM]++;
        others = 0;
        n = ask(e, t, &seg, options, others, &r);
    }
    if (n == MPTCP_E_STATE && mptcp_subflow_resets(e->conn, t->sf)) {
        t->ack_at = 0;
        return; /* nothing but its RST may leave any more */
    }
    if (n == MPTCP_E_ROOM && ack) {
        t->ack_at = 0;
        return; /* a third ACK of a join, which is asked for again */
    }
    if (n < 0) {
        fail(e->sim, "tx_options: %s (flags %02x ssn %u len %u)", mptcp_error_name(n), flags, ssn,
             len);
        return;
    }
    if (manner_no_memory(e)) {
        e->sim->reset_lost |= (flags & MPTCP_TCP_RST) != 0;
        t->ack_at = ack && t->up ? e->sim->now + 1 + random_below(e->sim, 250000) : t->ack_at;
        return;
    }
    struct mptcp_segment out = {
        .options = options,
        .options_len = (uint16_t)(others + (unsigned)n),
        .tcp_flags = (uint8_t)flags,
        .ssn = mptcp_ssn_of(ssn),
        .len = seg.len,
        .ack = mptcp_ssn_of(t->rcv_nxt + (t->fin_received ? 1 : 0)),
        .window = r.window,
    };
    t->told = out.ack.v + out.window > t->told ? out.ack.v + out.window : t->told;
    ledger_sent(e, t, &out, out.len > 0 ? octets(e, t, ssn) : NULL);
    liar_speak(e, &out, options);
    dialect_speak(e, t, &out, options);
    t->ack_at = 0;
    t->asked = t->asked && !ack;
    mptcp_sent(e->conn, t->sf, &r, clock_of(e));
    moved(e);
    world_send(e->sim, e, t, &out, options, out.len > 0 ? octets(e, t, ssn) : NULL);
}

static uint32_t cut(struct end *e, uint32_t n)
{
    uint32_t mss = e->sim->sc.mss;
    n = n < mss ? n : mss;
    if (n > 1 && random_below(e->sim, 3) == 0) {
        e->sim->met[MET_RECUT]++;
        n = 1 + random_below(e->sim, n);
    }
    return n;
}

/* The piece that a segment-keeping host sends next: from `sent` to the end of its piece. */
static uint32_t kept(const struct tcp *t, uint32_t ssn, uint32_t mss)
{
    for (unsigned i = 0; i < t->npieces; i++) {
        const struct piece *p = &t->pieces[i];
        if (ssn >= p->ssn && ssn < p->ssn + p->len) {
            uint32_t offset = ssn - p->ssn;
            uint32_t left = p->len - offset;
            uint32_t to_cut = mss - offset % mss;
            return left < to_cut ? left : to_cut;
        }
    }
    return 0;
}

void tcp_push(struct end *e, struct tcp *t)
{
    while (t->used && (t->up || t->early) && t->sent < t->nxt && e->sim->failure[0] == 0) {
        bool ring = e->sim->sc.ring_host[e->id] || e->sim->sc.manner[e->id].recut;
        uint32_t n = ring ? cut(e, t->nxt - t->sent) : kept(t, t->sent, e->sim->sc.mss);
        struct mptcp_tx_map map;
        if (mptcp_tx_mapping(e->conn, t->sf, mptcp_ssn_of(t->sent), &map) < 0) {
            fail(e->sim, "no mapping for ssn %u (una %u nxt %u)", t->sent, t->una, t->nxt);
            return;
        }
        uint32_t left = map.ssn.v + map.len - t->sent;
        n = n < left ? n : left;
        bool fin = t->fin_sent && t->sent + n == t->nxt && e->sim->sc.manner[e->id].fin_on_data;
        e->sim->met[MET_FIN_ON_DATA] += fin;
        tcp_emit(e, t, fin ? MPTCP_TCP_FIN | MPTCP_TCP_ACK : MPTCP_TCP_ACK, t->sent, n);
        t->sent += n;
        if (t->rto_at == MPTCP_NEVER || t->rto_at == 0) {
            t->rto_at = e->sim->now + RTO_US;
        }
    }
}

uint32_t tcp_room(const struct end *e, const struct tcp *t)
{
    uint32_t window = e->sim->sc.window_segments * e->sim->sc.mss;
    uint32_t flight = t->nxt - t->una;
    return !(t->up || t->early) || flight >= window ? 0 : window - flight;
}

static void resend_control(struct end *e, struct tcp *t)
{
    if (!t->up && t->syn_sent) {
        tcp_emit(e, t, MPTCP_TCP_SYN, 0, fast_open_syn(e, t));
    } else if (!t->up) {
        tcp_emit(e, t, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 0);
    } else if (t->fin_sent && !t->fin_acked) {
        tcp_emit(e, t, MPTCP_TCP_FIN | MPTCP_TCP_ACK, t->nxt, 0);
    }
}

void tcp_timer(struct end *e, struct tcp *t)
{
    if (t->used && !t->dead && t->data_at != 0 && t->data_at <= e->sim->now) {
        tcp_report(e, t);
    }
    if (t->used && t->report_due && t->report_at <= e->sim->now) {
        host_report_path(e, t);
    }
    if (t->used && t->up && t->ack_at != 0 && t->ack_at <= e->sim->now) {
        e->sim->met[MET_PROMISE]++;
        tcp_emit(e, t, MPTCP_TCP_ACK, t->nxt + (t->fin_sent ? 1 : 0), 0);
    }
    if (!t->used || t->rto_at == 0 || t->rto_at > e->sim->now) {
        return;
    }
    uint32_t wait = RTO_US << (t->backoff < 4 ? t->backoff : 4);
    t->backoff++;
    t->rto_at = e->sim->now + (wait < RTO_MAX_US ? wait : RTO_MAX_US);
    if (t->backoff > 40) {
        tcp_gone(e, t, MPTCP_E_SUBFLOW_FAILED);
        return;
    }
    resend_control(e, t);
    if (t->up && t->una < t->nxt) {
        t->sent = t->una;
        tcp_push(e, t);
    }
}

static void acked(struct end *e, struct tcp *t, uint32_t ack)
{
    uint32_t limit = t->nxt + (t->fin_sent ? 1 : 0);
    if (ack <= t->una || ack > limit) {
        return;
    }
    t->fin_acked |= t->fin_sent && ack == t->nxt + 1;
    t->una = ack > t->nxt ? t->nxt : ack;
    sums_acked(t);
    t->sent = t->sent < t->una ? t->una : t->sent;
    t->backoff = 0;
    bool waiting = t->una < t->nxt || (t->fin_sent && !t->fin_acked);
    t->rto_at = waiting ? e->sim->now + RTO_US : 0;
}

static void report_piece(struct end *e, struct tcp *t)
{
    struct mptcp_piece piece = manner_piece(e, t);
    bool passes = e->sim->sc.manner[e->id].passes;
    uint32_t first = t->reported;

    t->reported += piece.len;
    int why = (passes ? mptcp_on_data_passed : mptcp_on_data)(e->conn, t->sf, &piece, clock_of(e));
    if (why < 0 && why != MPTCP_E_STALE) {
        fail(e->sim, "on_data: %s", mptcp_error_name(why));
    }
    if (why >= 0) {
        ledger_arrived(e, t);
    }
    if (why == 1) {
        host_passes(e, t, first, piece.len);
    }
    trace(e->sim, "%d: subflow %u: %u octets in order up to SSN %u, their sum %s", e->id, t->index,
          piece.len, t->reported, piece.data == NULL ? "told" : "not told");
    moved(e);
}

void tcp_report(struct end *e, struct tcp *t)
{
    t->data_at = 0;
    while (t->reported < t->rcv_nxt && e->sim->failure[0] == 0) {
        report_piece(e, t);
    }
    if (t->peer_fin != 0 && t->peer_fin == t->rcv_nxt && !t->fin_received) {
        t->fin_received = true;
        mptcp_on_fin(e->conn, t->sf, clock_of(e));
        moved(e);
    }
}

/* What arrived in order is reported once. */
static void advance(struct end *e, struct tcp *t)
{
    uint32_t before = t->rcv_nxt;

    while (t->rcv_nxt < SPACE && t->have[t->rcv_nxt]) {
        t->rcv_nxt++;
    }
    bool fin = t->peer_fin != 0 && t->peer_fin == t->rcv_nxt;
    if (fin || (before < t->rcv_nxt && !manner_data_later(e, t))) {
        tcp_report(e, t);
    }
}

void tcp_receive(struct end *e, struct tcp *t, const struct segment *p)
{
    bool answer = p->seg.len > 0 || (p->seg.tcp_flags & (MPTCP_TCP_FIN | MPTCP_TCP_SYN)) != 0 ||
                  p->seg.ssn.v < t->rcv_nxt;

    if ((p->seg.tcp_flags & MPTCP_TCP_SYN) != 0 && !t->up && t->syn_sent) {
        t->rcv_nxt = 1;
        t->up = true;
        t->rto_at = 0;
        t->backoff = 0;
        fast_open_answered(e, t);
        manner_up(e, t);
    } else if (!t->up) {
        t->up = true;
        t->rto_at = t->una < t->nxt ? e->sim->now + RTO_US : 0;
        t->backoff = 0;
        manner_up(e, t);
    }
    /* What lies wholly before the next octet, or behind the window, is answered and otherwise
     * ignored (RFC 9293 s3.10.7.4). */
    bool fin = (p->seg.tcp_flags & MPTCP_TCP_FIN) != 0 && !t->fin_received;
    uint32_t end = p->seg.ssn.v + p->seg.len + fin;
    bool old = p->seg.len == 0 ? p->seg.ssn.v < t->rcv_nxt : end <= t->rcv_nxt;
    bool syn = (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0;
    old |= t->up && p->seg.ssn.v > t->told + 1;
    if ((p->seg.tcp_flags & MPTCP_TCP_ACK) != 0 && (!old || syn)) {
        acked(e, t, p->seg.ack.v);
    }
    for (uint32_t i = 0; i < p->seg.len; i++) {
        uint32_t at = p->seg.ssn.v + i;
        if (at >= t->rcv_nxt && at < SPACE && !t->have[at]) {
            t->rx[at] = p->payload[i];
            t->have[at] = 1;
        }
    }
    if (fin) {
        t->peer_fin = p->seg.ssn.v + p->seg.len;
    }
    advance(e, t);
    if (answer && t->used && !manner_delays_ack(e, t, p)) {
        tcp_emit(e, t, MPTCP_TCP_ACK, t->nxt + (t->fin_sent ? 1 : 0), 0);
    }
    /* One that is to be reset says so, and does not wait for its peer in TIME-WAIT. */
    if (t->fin_sent && t->fin_acked && t->fin_received && !mptcp_subflow_resets(e->conn, t->sf)) {
        tcp_gone(e, t, MPTCP_E_CLOSED);
    }
}

void tcp_gone(struct end *e, struct tcp *t, int why)
{
    excuse_lost(e->sim, t->path);
    trace(e->sim, "%d: subflow %u gone: %s", e->id, t->index, mptcp_error_name(why));
    tcp_report(e, t);
    t->up = false;
    t->rto_at = t->ack_at = 0;
    mptcp_on_gone(e->conn, t->sf, why, clock_of(e));
    /* Its queue stays until the connection has released it; its TCP is no more. */
    t->dead = true;
    t->time_wait = why == MPTCP_E_CLOSED;
    t->last = t->nxt + 1;
    t->una = t->nxt = t->sent = 1;
    t->npieces = 0;
    moved(e);
}
