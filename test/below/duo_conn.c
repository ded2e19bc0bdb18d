/*
 * duo_conn.c - connections over two shims (duo.h): opened, joined, and their octets.
 */
#include "duo_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What the host of a shim knows of a line: subflow and flow at either end. */
static void look_up(struct duo *d, unsigned end, unsigned line)
{
    struct duo_line *l = &d->line[line];
    struct shim_report r;

    l->flow[end] = shim_find(d->end[end].shim, &l->addr[end], &l->addr[1 - end]);
    assert_int_not_equal(SHIM_NO_FLOW, l->flow[end]);
    assert_int_equal(0, shim_look(d->end[end].shim, l->flow[end], &r));
    l->sf[end] = r.sf;
}

void duo_answers(struct duo *d, unsigned line)
{
    assert_non_null(duo_carry(d, A));
    duo_sends(d, B, line, SYN | ACK, 0, 1);
    assert_non_null(duo_carry(d, B));
}

void duo_answered(struct duo *d, unsigned line)
{
    duo_sends(d, A, line, SYN, 0, 0);
    duo_answers(d, line);
}

/* SYN, SYN/ACK, third ACK. */
static void handshake(struct duo *d, unsigned line)
{
    duo_answered(d, line);
    duo_sends(d, A, line, ACK, 1, 1);
    assert_non_null(duo_carry(d, A));
    look_up(d, B, line);
}

void duo_open(struct duo *d)
{
    struct duo_end *e = &d->end[A];
    struct duo_line *l = &d->line[0];
    uint8_t entropy[8] = {1, 2, 3, 4, 5, 6, 7, (uint8_t)d->entropy++};
    uint64_t key;
    uint32_t token;

    assert_int_equal(0, mptcp_endpoint_key(e->endpoint, entropy, &key, &token));
    struct mptcp_conn *c = duo_make_conn(e, key, &d->conn);
    assert_int_equal(0, mptcp_connect(c, &l->addr[A], &l->addr[B], &l->sf[A], d->now));
    l->flow[A] = shim_open(e->shim, c, l->sf[A], &l->addr[A], &l->addr[B], d->now);
    assert_int_not_equal(SHIM_NO_FLOW, l->flow[A]);
}

void duo_connect(struct duo *d)
{
    duo_open(d);
    handshake(d, 0);
    duo_act(d, A);
    duo_act(d, B);
}

void duo_establish(struct duo *d)
{
    duo_connect(d);
    duo_transfer(d, A, 0, 100);
    duo_transfer(d, B, 0, 100);
    duo_clear(d);
}

void duo_wait(struct duo *d, unsigned end)
{
    mptcp_time at = mptcp_deadline(d->end[end].conn[0]);

    assert_true(at != MPTCP_NEVER);
    d->now = at > d->now ? at : d->now;
    assert_int_equal(0, mptcp_on_timeout(d->end[end].conn[0], d->now));
    duo_act(d, end);
}

void duo_join_begins(struct duo *d, unsigned line)
{
    struct duo_end *e = &d->end[A];
    struct duo_line *l = &d->line[line];
    struct mptcp_addr from = l->addr[A];
    uint8_t id;

    from.port = 0;
    e->connects = 0;
    assert_int_equal(0, mptcp_add_address(e->conn[0], &from, MPTCP_ADDR_JOIN, &id, d->now));
    duo_act(d, A);
    if (e->connects == 0) { /* not at once after the handshake */
        duo_wait(d, A);
    }
    assert_int_equal(1, e->connects);
    l->addr[B] = e->connect.remote;
    l->sf[A] = e->connect.sf;
    l->flow[A] = shim_open(e->shim, e->conn[0], l->sf[A], &l->addr[A], &l->addr[B], d->now);
    assert_int_not_equal(SHIM_NO_FLOW, l->flow[A]);
}

void duo_join(struct duo *d, unsigned line)
{
    duo_join_begins(d, line);
    handshake(d, line);
    duo_act(d, B);
    (void)duo_carry(d, B);
    duo_act(d, A);
    (void)duo_carry(d, A);
    duo_clear(d);
}

/* ----------------------------------------------------------------- actions */

static shim_flow flow_of(const struct duo_end *e, mptcp_sf sf)
{
    for (unsigned i = e->tolds; i > 0 && i + 32 > e->tolds; i--) {
        if (e->told[(i - 1) % 32].sf == sf) {
            return e->told[(i - 1) % 32].flow;
        }
    }
    return SHIM_NO_FLOW;
}

static void note(struct duo_end *e, const struct mptcp_action *a)
{
    if (a->type == MPTCP_EVENT && e->events < 32) {
        e->event[e->events].event = a->event;
        e->event[e->events++].code = a->code;
    }
    if (a->type == MPTCP_CONNECT) {
        e->connect = *a;
        e->connects++;
    }
    if (a->type == MPTCP_DELIVER) {
        e->delivered += a->len;
    }
}

static void one(struct duo *d, unsigned end, const struct mptcp_action *a)
{
    struct duo_end *e = &d->end[end];
    shim_flow flow = flow_of(e, a->sf);
    int code = 0;

    note(e, a);
    if (a->type == MPTCP_SEND_ACK) {
        code = shim_ack(e->shim, flow, d->now);
    } else if (a->type == MPTCP_PROBE) {
        code = shim_probe(e->shim, flow, d->now);
    } else if (a->type == MPTCP_RESET_SUBFLOW) {
        code = shim_reset(e->shim, flow, a->code, d->now);
    }
    assert_int_equal(0, code);
    assert_int_equal(0, mptcp_done(e->conn[0], a, a->len, MPTCP_DONE, d->now));
    if (a->type == MPTCP_DELIVER) {
        assert_int_equal(0, mptcp_on_consumed(e->conn[0], a->len, d->now));
    }
}

void duo_act(struct duo *d, unsigned end)
{
    struct mptcp_action a;
    unsigned n = 0;

    while (d->end[end].conns != 0 && mptcp_poll(d->end[end].conn[0], &a) != 0 &&
           a.type != MPTCP_SEND) {
        one(d, end, &a);
        assert_in_range(++n, 1, 1000);
    }
}

bool duo_had(const struct duo *d, unsigned end, enum mptcp_event event)
{
    for (unsigned i = 0; i < d->end[end].events; i++) {
        if (d->end[end].event[i].event == event) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ octets */

/* TCP has room on this subflow alone. */
static void only_room(struct duo *d, unsigned end, unsigned line, uint32_t room, uint32_t most)
{
    struct mptcp_path path;

    for (unsigned i = 0; i < DUO_LINES; i++) {
        mptcp_path_init(&path);
        path.room = i == line ? room : 0;
        path.segment_size = i == line ? most : 0;
        (void)mptcp_on_path(d->end[end].conn[0], d->line[i].sf[end], &path, d->now);
    }
}

mptcp_ssn duo_give(struct duo *d, unsigned end, unsigned line, uint32_t n, uint32_t most)
{
    struct duo_end *e = &d->end[end];
    struct mptcp_action a;
    mptcp_ssn first = {0};
    uint32_t given = 0;

    assert_int_equal(0, mptcp_on_written(e->conn[0], n, d->now));
    e->written += n;
    only_room(d, end, line, n, most);
    while (given < n) {
        assert_int_equal(1, mptcp_poll(e->conn[0], &a));
        if (a.type != MPTCP_SEND) {
            one(d, end, &a);
            continue;
        }
        assert_int_equal(d->line[line].sf[end], a.sf);
        first = given == 0 ? a.ssn : first;
        assert_int_equal(0, mptcp_done(e->conn[0], &a, a.len, MPTCP_DONE, d->now));
        given += a.len;
    }
    assert_int_equal(n, given);
    return first;
}

void duo_data(struct duo *d, unsigned end, unsigned line, uint32_t n)
{
    struct duo_end *e = &d->end[end];
    struct mptcp_piece piece = {.len = n, .data = d->stream[1 - end] + e->received};

    assert_int_equal(0, mptcp_on_data(e->conn[0], d->line[line].sf[end], &piece, d->now));
    e->received += n;
}

void duo_transfer(struct duo *d, unsigned end, unsigned line, uint32_t n)
{
    struct duo_line *l = &d->line[line];
    uint64_t at = d->end[end].written;
    mptcp_ssn ssn = duo_give(d, end, line, n, 1400);
    struct duo_segment s = {.line = line, .flags = ACK | PSH, .ssn = ssn.v, .len = n, .at = at};

    assert_int_equal(l->next[end], ssn.v);
    s.ack = l->next[1 - end];
    assert_int_equal(0, duo_tcp(d, end, &s));
    l->next[end] += n;
    assert_non_null(duo_carry(d, end));
    duo_data(d, 1 - end, line, n);
    duo_act(d, 1 - end);
    struct duo_segment ack = {.line = line, .flags = ACK, .ssn = s.ack, .ack = l->next[end]};
    assert_int_equal(0, duo_tcp(d, 1 - end, &ack));
    (void)duo_carry(d, 1 - end);
    duo_act(d, end);
    (void)duo_carry(d, end);
}

unsigned duo_reset_reason(struct duo *d, unsigned end, unsigned line)
{
    struct mptcp_conn *c = d->end[end].conn[0];
    struct mptcp_action gone = {0};

    assert_int_equal(0, mptcp_on_gone(c, d->line[line].sf[end], MPTCP_E_PEER_RESET, d->now));
    while (gone.event != MPTCP_EV_SUBFLOW_GONE) {
        assert_true(mptcp_poll(c, &gone));
        (void)mptcp_done(c, &gone, gone.len, MPTCP_DONE, d->now);
    }
    return gone.reason;
}
