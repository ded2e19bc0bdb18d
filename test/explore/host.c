/*
 * host.c - a host: what it hands to its connection, as conn.h says. What it does because of that
 * is in actions.c.
 */
#include "explore.h"

#include <string.h>

#define RTT_US 10000u

void host_report_path(struct world *w, int id, unsigned sf)
{
    const struct tcp *t = &w->end[id].tcp[sf];
    uint32_t held = (int32_t)(t->nxt - t->una) > 0 ? t->nxt - t->una : 0;
    struct mptcp_path path;

    if (t->state != TCP_UP || w->end[id].life != LIFE_ALIVE) {
        return;
    }
    mptcp_path_init(&path);
    path.room = held < RING / 4 ? RING / 4 - held : 0;
    path.acknowledged = mptcp_ssn_of(t->una);
    path.sent = mptcp_ssn_of(t->sent);
    path.in_flight = held;
    path.srtt_us = path.min_rtt_us = RTT_US;
    path.segment_size = scope->unit;
    mptcp_on_path(conn_of(w, id), t->sf, &path, START);
}

void host_gone(struct world *w, int id, unsigned sf, int why)
{
    struct tcp *t = &w->end[id].tcp[sf];

    say("%c: subflow %u is gone: %s", 'A' + id, sf + 1, mptcp_error_name(why));
    if (mptcp_on_gone(conn_of(w, id), t->sf, why, START) < 0) {
        fail("%c: mptcp_on_gone", 'A' + id);
    }
    tcp_close(t, why == MPTCP_E_CLOSED ? TCP_TIME_WAIT : TCP_DEAD);
}

/* ------------------------------------------------------------ to leave and go on */

bool host_park(struct world *w, int id)
{
    struct end *e = &w->end[id];

    if (mptcp_conn_park(conn_of(w, id), START) < 0) {
        return false;
    }
    e->life = LIFE_PARKED;
    memset(e->tcp, 0, sizeof e->tcp);
    return true;
}

void host_resume(struct world *w, int id)
{
    struct mptcp_conn *c = conn_of(w, id);
    struct mptcp_addr here = address_of(id, 3);
    uint8_t given = 0;

    say("%c goes on elsewhere", 'A' + id);
    w->end[id].life = LIFE_ALIVE;
    if (mptcp_conn_resume(c, block_size, START, START, scope->no_path_limit) == NULL ||
        mptcp_add_address(c, &here, MPTCP_ADDR_JOIN, &given, START) < 0 ||
        mptcp_join(c, given, 0, START) < 0) {
        fail("%c can't go on", 'A' + id);
    }
    host_work(w, id);
}

/* ----------------------------------------------------------------- inputs */

void host_connect(struct world *w)
{
    struct mptcp_addr local = address_of(CLIENT, 0);
    struct mptcp_addr remote = address_of(SERVER, 0);
    mptcp_sf sf;

    if (mptcp_connect(conn_of(w, CLIENT), &local, &remote, &sf, START) < 0) {
        fail("mptcp_connect");
        return;
    }
    w->end[CLIENT].life = LIFE_ALIVE;
    tcp_open(w, CLIENT, 0, sf, TCP_SYN_SENT);
    tcp_emit(w, CLIENT, 0, MPTCP_TCP_SYN, 0, 0);
}

static struct mptcp_segment segment_of(const struct segment *p)
{
    struct mptcp_segment seg = {.options = p->options,
                                .options_len = p->options_len,
                                .tcp_flags = p->flags,
                                .ssn = mptcp_ssn_of(p->ssn),
                                .len = p->len,
                                .ack = mptcp_ssn_of(p->ack),
                                .window = p->window};
    return seg;
}

static void refuse_syn(struct world *w, int id, unsigned sf, int code)
{
    struct segment p = {.flags = MPTCP_TCP_RST | MPTCP_TCP_ACK, .ack = 1};

    p.options_len = (uint8_t)mptcp_reset_option(code, p.options, MPTCP_OPTION_MAX);
    way_put(w, id, sf, &p);
}

static void accept_syn(struct world *w, int id, unsigned sf, const struct segment *p)
{
    struct end *e = &w->end[id];
    struct mptcp_segment seg = segment_of(p);
    struct mptcp_addr local = address_of(id, 0);
    struct mptcp_addr remote = address_of(!id, sf);
    struct mptcp_syn syn;
    mptcp_sf handle = MPTCP_SF_NONE;
    int why;

    if (e->tcp[sf].state == TCP_SYN_RECEIVED) {
        tcp_emit(w, id, sf, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 0);
        return;
    }
    if (e->tcp[sf].state == TCP_UP || e->life == LIFE_PARKED) {
        return;
    }
    mptcp_endpoint_on_syn(endpoint, &seg, &syn);
    if (syn.kind == MPTCP_SYN_JOIN && e->life == LIFE_ALIVE && syn.conn == (uint32_t)id) {
        why = mptcp_accept_join(conn_of(w, id), &seg, &local, &remote, &handle, START);
    } else if ((syn.kind == MPTCP_SYN_PLAIN || syn.kind == MPTCP_SYN_CAPABLE) &&
               e->life == LIFE_NONE) {
        e->life = LIFE_ALIVE;
        why = mptcp_accept(conn_of(w, id), &seg, &local, &remote, &handle, START);
    } else {
        why = syn.kind == MPTCP_SYN_RESET ? syn.code : MPTCP_E_JOIN_TOKEN;
    }
    if (why < 0) {
        refuse_syn(w, id, sf, why);
        return;
    }
    if (handle != MPTCP_SF_NONE) { /* else an older join gives its place, and the SYN comes again */
        tcp_open(w, id, sf, handle, TCP_SYN_RECEIVED);
        tcp_emit(w, id, sf, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 0);
    }
    host_work(w, id);
}

/* A RST counts at the very next octet; elsewhere it is asked whether it is meant (RFC 5961). */
static void take_reset(struct world *w, int id, unsigned sf, const struct segment *p)
{
    struct tcp *t = &w->end[id].tcp[sf];
    bool meant = t->state == TCP_SYN_SENT ? p->ack == 1 : p->ssn == t->rcv + t->fin_in;

    if (meant) {
        host_gone(w, id, sf, MPTCP_E_PEER_RESET);
    } else if (t->state == TCP_UP) {
        t->owes_ack = 1;
    }
}

static void hand_over(struct world *w, int id, unsigned sf, const struct segment *p)
{
    struct tcp *t = &w->end[id].tcp[sf];
    struct mptcp_segment seg = segment_of(p);
    struct mptcp_verdict v = {0};
    int why = mptcp_on_segment(conn_of(w, id), t->sf, &seg, &v, START);

    if (why < 0) {
        fail("%c: mptcp_on_segment: %s", 'A' + id, mptcp_error_name(why));
        return;
    }
    if (v.drop) {
        say("%c drops it: %s", 'A' + id, mptcp_error_name(v.code));
        return;
    }
    if ((p->flags & MPTCP_TCP_RST) != 0) {
        take_reset(w, id, sf, p);
        return;
    }
    tcp_receive(w, id, sf, p);
    host_report_path(w, id, sf);
}

void host_receive(struct world *w, int id, unsigned sf, const struct segment *p, bool merge,
                  bool lazy)
{
    struct end *e = &w->end[id];
    struct tcp *t = &e->tcp[sf];

    if ((p->flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK | MPTCP_TCP_RST)) == MPTCP_TCP_SYN) {
        accept_syn(w, id, sf, p);
        return;
    }
    if (e->life == LIFE_PARKED) {
        return;
    }
    if (e->life != LIFE_ALIVE || t->state == TCP_NONE || t->state >= TCP_DEAD) {
        tcp_stray(w, id, sf, p);
        return;
    }
    hand_over(w, id, sf, p);
    if (lazy) {
        e->work_waits = 1;
    } else {
        host_work(w, id);
    }
    if (!merge && t->owes_ack && t->state == TCP_UP && e->life == LIFE_ALIVE) {
        tcp_ack(w, id, sf);
    }
}
