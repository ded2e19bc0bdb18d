/*
 * cut.c - boxes that know nothing of mappings, and cut the stream where they like:
 *
 *   split     a data segment becomes two, both with its options
 *   tso       ... or many, as a network card cuts what it was given in one piece: MP_CAPABLE and
 *             DSS come several times (RFC 8684 s3.1)
 *   merge     a data segment joins the one before; the options of the first are kept, those of the
 *             last, or of both as far as there is room
 *   ack_merge a pure ACK takes the place of the one before, with the options of either or none
 *   resend    the end of a segment and the beginning of the next come once more, as one segment
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define OPTIONS_ROOM 40u
#define TSO_MOST 8u

static void forward(struct sim *s, struct segment *p)
{
    struct fault *f = fault_of(s, p);
    mptcp_time after = s->sc.delay[p->path];
    bool ack = p->seg.len == 0 && (p->seg.tcp_flags & MPTCP_TCP_SYN) == 0;

    box_number(s, p);
    if (f->dup != 0 && random_below(s, 100) < f->dup) {
        s->met[MET_DUPLICATE]++;
        s->met[MET_DUPLICATE_SYN] += (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0;
        world_enqueue(s, world_copy(p), after + random_below(s, 1500000));
    }
    if (f->ack_late != 0 && ack) {
        s->met[MET_ACK_LATE]++;
        after += random_below(s, f->ack_late);
    }
    world_enqueue(s, p, after);
}

/* ------------------------------------------------------------------------ cut */

/* The octets of p from the n-th on, as a segment of its own. */
static struct segment *tail(struct segment *p, uint32_t n)
{
    struct segment *rest = world_copy(p);

    p->seg.len = n;
    p->seg.tcp_flags &= (uint8_t)~MPTCP_TCP_FIN;
    rest->seg.len -= n;
    rest->seg.ssn.v += n;
    memmove(rest->payload, rest->payload + n, rest->seg.len);
    return rest;
}

static bool is_data(const struct segment *p)
{
    return p->seg.len > 0 && (p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) == 0;
}

static struct segment *split(struct sim *s, struct segment *p)
{
    if (p->seg.len < 2 || !is_data(p) || random_below(s, 100) >= fault_of(s, p)->split) {
        return NULL;
    }
    s->met[MET_SPLIT]++;
    return tail(p, 1 + random_below(s, p->seg.len - 1));
}

static bool has_keys(const struct segment *p)
{
    return p->seg.options_len > 2 && p->options[0] == MPTCP_OPTION_KIND && p->options[2] >> 4 == 0;
}

/* All but the last go on; that is left in p. */
static void cut_in_many(struct sim *s, struct segment **p)
{
    uint32_t len = (*p)->seg.len;
    uint32_t n = fault_of(s, *p)->tso;

    if (n == 0 || len < 3 || !is_data(*p) || random_below(s, 100) >= n) {
        return;
    }
    uint32_t unit = len / (3 + random_below(s, TSO_MOST - 3));
    unit = unit == 0 ? 1 : unit;
    s->met[MET_TSO]++;
    s->met[MET_TSO_KEYS] += has_keys(*p);
    for (unsigned i = 1; i < TSO_MOST && (*p)->seg.len > unit; i++) {
        struct segment *rest = tail(*p, unit);
        forward(s, *p);
        *p = rest;
    }
}

/* ---------------------------------------------------------------------- merge */

/* What a segment keeps of its own options and of those of the one that joins it. */
static void keep_options(struct sim *s, struct segment *q, const struct segment *p, unsigned keeps)
{
    if (keeps == KEEPS_LAST) {
        memcpy(q->options, p->options, p->seg.options_len);
        q->seg.options_len = p->seg.options_len;
        s->met[MET_MERGE_LAST]++;
    }
    if (keeps == KEEPS_BOTH && q->seg.options_len + p->seg.options_len <= OPTIONS_ROOM) {
        memcpy(q->options + q->seg.options_len, p->options, p->seg.options_len);
        q->seg.options_len = (uint16_t)(q->seg.options_len + p->seg.options_len);
        s->met[MET_MERGE_BOTH]++;
    }
}

static void append(struct segment *q, const struct segment *p, uint32_t n)
{
    q->payload = realloc(q->payload, q->seg.len + n);
    memcpy(q->payload + q->seg.len, p->payload, n);
    q->seg.len += n;
}

/* True if p has gone into one that is under way. */
static bool merge(struct sim *s, struct segment *p)
{
    if (!is_data(p) || random_below(s, 100) >= fault_of(s, p)->merge) {
        return false;
    }
    for (struct segment *q = s->queue; q != NULL; q = q->next) {
        if (q->to != p->to || q->tcp != p->tcp || !is_data(q) ||
            q->seg.ssn.v + q->seg.len != p->seg.ssn.v || (q->seg.tcp_flags & MPTCP_TCP_FIN) != 0) {
            continue;
        }
        append(q, p, p->seg.len);
        keep_options(s, q, p, fault_of(s, p)->merge_keeps);
        s->met[MET_MERGE]++;
        world_drop(p);
        return true;
    }
    return false;
}

static bool is_pure_ack(const struct segment *p)
{
    unsigned others = MPTCP_TCP_SYN | MPTCP_TCP_FIN | MPTCP_TCP_RST;

    return p->seg.len == 0 && (p->seg.tcp_flags & others) == 0;
}

/* The ACK before p, if it is still under way, does not arrive. */
static void merge_acks(struct sim *s, struct segment *p)
{
    const struct fault *f = fault_of(s, p);

    if (f->ack_merge == 0 || !is_pure_ack(p) || random_below(s, 100) >= f->ack_merge) {
        return;
    }
    for (struct segment **q = &s->queue; *q != NULL; q = &(*q)->next) {
        struct segment *before = *q;
        if (before->to != p->to || before->tcp != p->tcp || !is_pure_ack(before) ||
            before->seg.ssn.v != p->seg.ssn.v || before->seg.ack.v > p->seg.ack.v) {
            continue;
        }
        if (f->ack_keeps == KEEPS_FIRST) {
            memcpy(p->options, before->options, before->seg.options_len);
            p->seg.options_len = before->seg.options_len;
        } else if (f->ack_keeps == KEEPS_NONE) {
            p->seg.options_len = 0;
            s->met[MET_ACK_MERGED_BARE]++;
            p->bare = true;
        }
        if (f->ack_keeps != KEEPS_FIRST) {
            excuse_keys(s, before);
        }
        s->met[MET_ACK_MERGED]++;
        *q = before->next;
        world_drop(before);
        return;
    }
}

/* --------------------------------------------------------------------- resend */

static void resend(struct sim *s, struct segment *p)
{
    struct track *t = &s->track[p->tcp][!p->to];
    struct fault *f = fault_of(s, p);

    if (f->resend == 0 || !is_data(p)) {
        return;
    }
    struct segment *last = t->last;
    t->last = world_copy(p);
    if (last == NULL) {
        return;
    }
    bool next = last->seg.ssn.v + last->seg.len == p->seg.ssn.v && p->seg.len > 1 &&
                last->seg.len > 1 && (last->seg.tcp_flags & MPTCP_TCP_FIN) == 0;
    if (!next || random_below(s, 100) >= f->resend) {
        world_drop(last);
        return;
    }
    struct segment *again = tail(last, 1 + random_below(s, last->seg.len - 1));
    world_drop(last);
    append(again, p, 1 + random_below(s, p->seg.len - 1));
    keep_options(s, again, p, random_below(s, 3));
    box_number(s, again);
    s->met[MET_RESENT]++;
    world_enqueue(s, again, s->sc.delay[p->path] + random_below(s, 300000));
}

void cut_forward(struct sim *s, struct segment *p)
{
    struct segment *rest = split(s, p);

    cut_in_many(s, &p);
    resend(s, p);
    merge_acks(s, p);
    if (!merge(s, p)) {
        forward(s, p);
    }
    if (rest != NULL && !merge(s, rest)) {
        forward(s, rest);
    }
}
