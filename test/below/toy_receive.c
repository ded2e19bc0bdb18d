/*
 * toy_receive.c - octets that come: put in order, and told of in SACK blocks.
 *
 * The buffer holds the octets from rcv_read on. In order are those up to rcv_nxt; beyond it lie the
 * ranges of `hole`. rcv_edge is the right edge of the window that was told, and never moves back.
 */
#include "toy_own.h"

#include <string.h>

uint32_t toy_readable(const struct toy_tcb *s)
{
    uint32_t fin = s->fin_known && s->rcv_nxt == s->fin_seq + 1 ? 1u : 0u;

    return s->rcv_nxt - s->rcv_read - fin;
}

uint32_t toy_window(const struct toy *t, struct toy_tcb *s)
{
    uint32_t edge = s->rcv_read + t->cfg.rcvbuf;
    unsigned scale = s->scaled ? t->cfg.scale : 0u;
    uint32_t window;

    if (before(edge, s->rcv_edge)) {
        edge = s->rcv_edge;
    }
    window = least(edge - s->rcv_nxt, 65535u << scale) >> scale << scale;
    if (before(s->rcv_edge, s->rcv_nxt + window)) {
        s->rcv_edge = s->rcv_nxt + window;
    }
    return window;
}

/* RFC 9293, 3.10.7.4. */
bool toy_in_window(const struct toy_tcb *s, const struct seg *p)
{
    uint32_t window = s->rcv_edge - s->rcv_nxt;
    uint32_t span = seg_span(p);
    uint32_t last = p->seq + span - 1;

    if (span == 0) {
        return p->seq == s->rcv_nxt || (p->seq - s->rcv_nxt) < window;
    }
    return window != 0 && ((p->seq - s->rcv_nxt) < window || (last - s->rcv_nxt) < window);
}

static void forget_hole(struct toy_tcb *s, uint32_t i)
{
    s->holes--;
    memmove(s->hole + i, s->hole + i + 1, (s->holes - i) * sizeof s->hole[0]);
}

/* Joins what touches a new range to it, and puts it first. */
static void add_hole(struct toy_tcb *s, struct toy_range r)
{
    for (uint32_t i = 0; i < s->holes;) {
        struct toy_range *h = &s->hole[i];
        if (before(r.end, h->begin) || before(h->end, r.begin)) {
            i++;
            continue;
        }
        r.begin = before(h->begin, r.begin) ? h->begin : r.begin;
        r.end = before(r.end, h->end) ? h->end : r.end;
        forget_hole(s, i);
    }
    if (s->holes == TOY_HOLES) { /* a receiver may go back on what it told */
        s->holes--;
    }
    memmove(s->hole + 1, s->hole, s->holes * sizeof s->hole[0]);
    s->hole[0] = r;
    s->holes++;
}

/* rcv_nxt moves over ranges that it has reached. */
static void close_gap(struct toy_tcb *s)
{
    for (uint32_t i = 0; i < s->holes;) {
        if (before(s->rcv_nxt, s->hole[i].begin)) {
            i++;
            continue;
        }
        if (before(s->rcv_nxt, s->hole[i].end)) {
            s->rcv_nxt = s->hole[i].end;
        }
        forget_hole(s, i);
        i = 0;
    }
}

static void take_octets(struct toy_tcb *s, const struct seg *p)
{
    uint32_t skip = before(p->seq, s->rcv_nxt) ? s->rcv_nxt - p->seq : 0;
    struct toy_range r = {p->seq + skip, p->seq + p->len};

    if (skip >= p->len) {
        return;
    }
    if (before(s->rcv_edge, r.end)) {
        r.end = s->rcv_edge;
    }
    memcpy(s->rcv + (r.begin - s->rcv_read), p->payload + skip, r.end - r.begin);
    if (r.begin != s->rcv_nxt) {
        add_hole(s, r);
        s->ack_now = true;
        return;
    }
    s->ack_now |= s->holes != 0;
    s->rcv_nxt = r.end;
    close_gap(s);
    s->events |= TOY_EV_READABLE;
}

static void take_fin(struct toy_tcb *s, const struct seg *p)
{
    if ((p->flags & FIN) != 0 && !s->fin_known) {
        s->fin_known = true;
        s->fin_seq = p->seq + p->len;
    }
}

void toy_take_data(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    if (p->len == 0 && (p->flags & FIN) == 0) {
        return;
    }
    bool old = !before(s->rcv_nxt, p->seq + seg_span(p));
    s->ack_now |= old;
    take_octets(s, p);
    take_fin(s, p);
    if (s->fin_known && s->rcv_nxt == s->fin_seq) {
        s->rcv_nxt++;
        s->ack_now = true;
        s->events |= TOY_EV_READABLE;
    }
    s->ack_due++;
    if (s->ack_due >= 2 || t->cfg.delayed_ack_us == 0) {
        s->ack_now = true;
    } else if (s->ack_at == MPTCP_NEVER) {
        s->ack_at = t->now + t->cfg.delayed_ack_us;
    }
}

unsigned toy_write_sack(const struct toy_tcb *s, uint8_t *p, unsigned blocks)
{
    unsigned n = s->holes < blocks ? s->holes : blocks;

    if (!s->sack || n == 0) {
        return 0;
    }
    p[0] = p[1] = 1;
    p[2] = OPT_SACK;
    p[3] = (uint8_t)(2 + 8 * n);
    for (unsigned i = 0; i < n; i++) {
        put32(p + 4 + 8 * i, s->hole[i].begin);
        put32(p + 8 + 8 * i, s->hole[i].end);
    }
    return 4 + 8 * n;
}
