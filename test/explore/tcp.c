/*
 * tcp.c - the TCP of a subflow: sequence numbers relative to the ISN, a ring of octets in either
 * direction, no congestion control. It sends what it is given at once. When it sends again it cuts
 * anew. That its retransmission timer fires is a move (moves.c) or a step of fair.c.
 */
#include "explore.h"

#include <string.h>

#define FILLER_KIND 253 /* an option of somebody else's, which takes the room */
#define FILLER 36

static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

void tcp_open(struct world *w, int id, unsigned sf, mptcp_sf handle, enum tcp_state state)
{
    struct tcp *t = &w->end[id].tcp[sf];

    memset(t, 0, sizeof *t);
    t->state = (uint8_t)state;
    t->sf = handle;
    t->ours = state == TCP_SYN_SENT;
    t->una = t->nxt = t->sent = t->rcv = t->released = 1;
}

void tcp_close(struct tcp *t, enum tcp_state state)
{
    t->state = (uint8_t)state;
    t->una = t->nxt = t->peer_fin = 0;
    t->fin_known = t->owes_ack = t->tries = 0;
    memset(t->tx, 0, sizeof t->tx);
    if (state != TCP_TIME_WAIT) {
        t->sent = 0;
    }
}

/* ---------------------------------------------------------------- sending */

/* An octet of our stream by its index, from the send buffer, or from TCP's copy if it has one. */
static uint8_t own_octet(const struct world *w, int id, int64_t index, bool copied)
{
    if (index >= 0 && index < w->end[id].freed && !copied) {
        fail("%c sends octet %d again, which MPTCP_FREE has let go", 'A' + id, (int)index + 1);
    }
    return index < 0 ? 0 : octet_of(id, (unsigned)index);
}

/* Of the whole mapping that the octet is under: TCP may have no copy of its beginning. */
static uint32_t mapping_sum(const struct world *w, int id, mptcp_sf sf, uint32_t ssn)
{
    struct mptcp_tx_map map;
    uint8_t octets[RING];
    int64_t first;

    if (mptcp_tx_mapping(conn_of(w, id), sf, mptcp_ssn_of(ssn), &map) < 0 || map.len > RING) {
        return 0;
    }
    first = (int64_t)(map.dsn.v - first_dsn[id]);
    for (uint32_t i = 0; i < map.len; i++) {
        octets[i] = own_octet(w, id, first + i, false);
    }
    return mptcp_sum(0, octets, map.len, false);
}

static bool checksums(const struct world *w, int id)
{
    struct mptcp_conn_report info;

    mptcp_conn_info(conn_of(w, id), &info);
    return info.checksum != 0;
}

/* The options; their length, or an error. */
static int options_of(struct world *w, int id, struct tcp *t, struct mptcp_txseg *seg,
                      struct segment *p, struct mptcp_receipt *r)
{
    struct mptcp_conn *c = conn_of(w, id);
    bool pure = seg->tcp_flags == MPTCP_TCP_ACK && seg->len == 0;
    bool full = pure && w->end[id].no_room;
    size_t most = scope->room != 0 ? scope->room : MPTCP_OPTION_MAX;
    size_t room = full ? MPTCP_OPTION_MAX - FILLER : most;
    unsigned before = 0;

    if (full) {
        w->end[id].no_room = 0;
        p->options[0] = FILLER_KIND;
        p->options[1] = FILLER;
        before = FILLER;
    }
    int n = mptcp_tx_options(c, t->sf, seg, p->options + before, room, r);
    if (n >= 0 && r->covers < seg->len) {
        seg->len = r->covers;
        n = mptcp_tx_options(c, t->sf, seg, p->options + before, room, r);
    }
    return n < 0 ? n : n + (int)before;
}

/* In the header's words the mapping has no room, or the subflow may send nothing but its RST. */
static bool may_be_refused(int why)
{
    return why == MPTCP_E_ROOM || why == MPTCP_E_STATE;
}

int tcp_emit(struct world *w, int id, unsigned sf, unsigned flags, uint32_t ssn, uint32_t len)
{
    struct tcp *t = &w->end[id].tcp[sf];
    struct mptcp_txseg seg = {.tcp_flags = (uint8_t)flags, .ssn = mptcp_ssn_of(ssn), .len = len};
    struct mptcp_receipt r;
    struct segment p = {.flags = (uint8_t)flags, .ssn = ssn};

    if (len > 0 && checksums(w, id)) {
        seg.sum = mapping_sum(w, id, t->sf, ssn);
    }
    int n = options_of(w, id, t, &seg, &p, &r);
    if (n < 0 || (len > 0 && seg.len == 0)) {
        if (n >= 0 || !may_be_refused(n)) {
            fail("%c: tx_options: %s", 'A' + id, mptcp_error_name(n));
        }
        say("%c can't send SSN %u: %s", 'A' + id, ssn, mptcp_error_name(n));
        return -1;
    }
    p.options_len = (uint8_t)n;
    p.len = (uint8_t)seg.len;
    p.ack = (flags & MPTCP_TCP_ACK) == 0 ? 0 : t->rcv + t->fin_in;
    p.window = r.window;
    bool copies = (scope->flags[id] & MPTCP_CFG_TCP_COPIES) != 0;
    for (unsigned i = 0; i < seg.len; i++) {
        p.payload[i] = own_octet(w, id, (int64_t)t->tx[(ssn + i) % RING] - 1, copies);
    }
    t->owes_ack = 0;
    if (mptcp_sent(conn_of(w, id), t->sf, &r, START) < 0) {
        fail("%c: mptcp_sent", 'A' + id);
    }
    way_put(w, id, sf, &p);
    return (int)seg.len;
}

void tcp_ack(struct world *w, int id, unsigned sf)
{
    tcp_emit(w, id, sf, MPTCP_TCP_ACK, w->end[id].tcp[sf].sent, 0);
}

static uint32_t at_most(uint32_t n, uint32_t most)
{
    return n < most ? n : most;
}

void tcp_push(struct world *w, int id, unsigned sf)
{
    struct tcp *t = &w->end[id].tcp[sf];

    while (t->state == TCP_UP && distance(t->nxt, t->sent) > 0) {
        uint32_t n = at_most(t->nxt - t->sent, scope->unit);
        int sent = tcp_emit(w, id, sf, MPTCP_TCP_ACK, t->sent, n);
        if (sent <= 0) {
            return;
        }
        t->sent += (uint32_t)sent;
    }
    if (t->state == TCP_UP && t->fin_given && t->sent == t->nxt &&
        tcp_emit(w, id, sf, MPTCP_TCP_ACK | MPTCP_TCP_FIN, t->nxt, 0) >= 0) {
        t->sent++;
    }
}

bool tcp_outstanding(const struct tcp *t)
{
    return t->state == TCP_SYN_SENT || t->state == TCP_SYN_RECEIVED ||
           (t->state == TCP_UP && (t->una != t->sent || t->sent != t->nxt + t->fin_given));
}

void tcp_resend(struct world *w, int id, unsigned sf, bool whole)
{
    struct tcp *t = &w->end[id].tcp[sf];

    if (t->state == TCP_SYN_SENT) {
        tcp_emit(w, id, sf, MPTCP_TCP_SYN, 0, 0);
    } else if (t->state == TCP_SYN_RECEIVED) {
        tcp_emit(w, id, sf, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 0);
    } else if (distance(t->sent, t->una) <= 0) {
        tcp_push(w, id, sf);
    } else if (distance(t->nxt, t->una) > 0) {
        uint32_t sent = distance(t->sent, t->nxt) > 0 ? t->nxt : t->sent;
        uint32_t n = whole ? at_most(sent - t->una, PAYLOAD) : 1;
        tcp_emit(w, id, sf, MPTCP_TCP_ACK, t->una, n);
    } else {
        tcp_emit(w, id, sf, MPTCP_TCP_ACK | MPTCP_TCP_FIN, t->nxt, 0);
    }
}

/* -------------------------------------------------------------- receiving */

static void acknowledged(struct tcp *t, uint32_t ack)
{
    if (distance(ack, t->una) <= 0 || distance(ack, t->sent) > 0) {
        return;
    }
    for (; t->una != ack; t->una++) {
        t->tx[t->una % RING] = 0;
    }
    t->fin_acked = t->fin_given && ack == t->nxt + 1;
    t->tries = 0;
}

static void take_octets(struct tcp *t, const struct segment *p)
{
    for (unsigned i = 0; i < p->len; i++) {
        uint32_t ssn = p->ssn + i;
        int32_t ahead = distance(ssn, t->rcv);
        if (ahead < 0 || distance(ssn, t->released) >= RING) {
            continue;
        }
        if ((t->have >> ssn % RING & 1u) == 0) {
            t->rx[ssn % RING] = p->payload[i];
            t->have |= 1u << ssn % RING;
        }
    }
}

/* What is there in order, and was not reported. */
static void report(struct world *w, int id, unsigned sf)
{
    struct tcp *t = &w->end[id].tcp[sf];
    uint8_t octets[RING];
    uint32_t n = 0;

    while (n < RING && distance(t->rcv + n, t->released) < RING &&
           (t->have >> (t->rcv + n) % RING & 1u) != 0) {
        octets[n] = t->rx[(t->rcv + n) % RING];
        t->have &= ~(1u << (t->rcv + n) % RING);
        n++;
    }
    if (n == 0) {
        return;
    }
    struct mptcp_piece piece = {.len = n, .data = octets};
    t->rcv += n;
    int why = mptcp_on_data(conn_of(w, id), t->sf, &piece, START);
    if (why < 0) {
        fail("%c: mptcp_on_data of %u octets: %s", 'A' + id, n, mptcp_error_name(why));
    }
}

static void take_fin(struct world *w, int id, unsigned sf, const struct segment *p)
{
    struct tcp *t = &w->end[id].tcp[sf];

    if ((p->flags & MPTCP_TCP_FIN) != 0 && !t->fin_in) {
        t->fin_known = 1;
        t->peer_fin = p->ssn + p->len;
    }
    if (t->fin_known && t->peer_fin == t->rcv) {
        t->fin_known = 0;
        t->peer_fin = 0;
        t->fin_in = 1;
        say("%c takes the FIN", 'A' + id);
        if (mptcp_on_fin(conn_of(w, id), t->sf, START) < 0) {
            fail("%c: mptcp_on_fin", 'A' + id);
        }
    }
}

void tcp_receive(struct world *w, int id, unsigned sf, const struct segment *p)
{
    struct tcp *t = &w->end[id].tcp[sf];
    uint32_t next = t->rcv + t->fin_in;
    bool syn = (p->flags & MPTCP_TCP_SYN) != 0;
    uint32_t length = p->len + ((p->flags & MPTCP_TCP_FIN) != 0 ? 1u : 0u);
    bool old = length == 0 ? distance(p->ssn, next) < 0 : distance(p->ssn + length, next) <= 0;

    if (t->state == TCP_SYN_SENT && !syn) {
        return;
    }
    if (t->state != TCP_UP) {
        t->state = TCP_UP;
        t->tries = 0;
        mptcp_on_established(conn_of(w, id), t->sf, START);
    } else if (syn) {
        old = true;
    }
    if (old || length > 0 || syn) {
        t->owes_ack = 1;
    }
    if (old && !syn) {
        if (scope->old_acks && (p->flags & MPTCP_TCP_ACK) != 0) {
            acknowledged(t, p->ack);
        }
        return;
    }
    if ((p->flags & MPTCP_TCP_ACK) != 0) {
        acknowledged(t, p->ack);
    }
    take_octets(t, p);
    report(w, id, sf);
    take_fin(w, id, sf, p);
    if (t->fin_acked && t->fin_in) {
        tcp_ack(w, id, sf);
        host_gone(w, id, sf, MPTCP_E_CLOSED);
    }
}

/* A segment of a subflow whose TCP is no more. */
void tcp_stray(struct world *w, int id, unsigned sf, const struct segment *p)
{
    const struct tcp *t = &w->end[id].tcp[sf];
    struct segment answer = {0};

    if ((p->flags & MPTCP_TCP_RST) != 0) {
        w->reset_lost = 1; /* what it was to end is elsewhere, or not there yet */
        return;
    }
    if (t->state == TCP_TIME_WAIT) {
        if ((p->flags & MPTCP_TCP_FIN) == 0) {
            return;
        }
        answer.flags = MPTCP_TCP_ACK;
        answer.ssn = t->sent;
        answer.ack = t->rcv + 1;
    } else {
        answer.flags =
            (p->flags & MPTCP_TCP_ACK) != 0 ? MPTCP_TCP_RST : MPTCP_TCP_RST | MPTCP_TCP_ACK;
        answer.ssn = p->ack;
        answer.ack = (p->flags & MPTCP_TCP_ACK) != 0 ? 0 : p->ssn + 1;
    }
    way_put(w, id, sf, &answer);
}
