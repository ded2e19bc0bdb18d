/*
 * diary_test.h - for tests that tell the same story twice, of two connections that differ in their
 * clocks alone: all that either end does, and when, as text, counted from where the story begins.
 * The texts have to be equal.
 *
 * A story is a function that does something to a pair and lets time pass. After every step, which
 * is a call of diary_step, and after every timer in between, the clocks are exchanged if the diary
 * says so.
 */
#ifndef DIARY_TEST_H
#define DIARY_TEST_H

#include "several_test.h"

#include "mptcp/print.h"

#include <stdio.h>

#define DIARY_TEXT 400000
#define DIARY_STEPS 4000

struct diary {
    struct several t;
    bool closed;       /* nothing is written down */
    bool exchange;     /* the clocks, at every step */
    bool mute;         /* ACKs that are asked for do not leave */
    unsigned hinder;   /* MPTCP_WANT bits of what the client's host can't do now */
    mptcp_sf opened;   /* the newest subflow of the client's */
    mptcp_time origin; /* when the story began, on the clock that runs now */
    unsigned steps;
    mptcp_time at[DIARY_STEPS]; /* of each, since then */
    size_t used;
    char text[DIARY_TEXT];
};

static inline mptcp_time diary_time(const struct diary *d)
{
    return d->t.p.now - d->origin;
}

__attribute__((format(printf, 2, 3))) static inline void diary_note(struct diary *d,
                                                                    const char *format, ...)
{
    va_list args;

    if (d->closed) {
        return;
    }
    va_start(args, format);
    int n = vsnprintf(d->text + d->used, sizeof d->text - d->used, format, args);
    va_end(args);
    assert_in_range(n, 0, sizeof d->text - d->used - 1);
    d->used += (size_t)n;
}

/* A pure ACK leaves, and goes nowhere. */
static inline void diary_ack(struct diary *d, struct side *s, mptcp_sf sf)
{
    struct mptcp_subflow_report info;

    if (d->mute || mptcp_subflow_info(s->c, sf, &info) != MPTCP_OK) {
        return;
    }
    struct wire w = send_from(&d->t.p, s, sf, ACK, info.snd_nxt.v, 0, info.rcv_nxt.v);
    for (unsigned i = 0; i < w.seg.options_len; i++) {
        diary_note(d, " %02x", w.options[i]);
    }
}

static inline void diary_act(struct diary *d, struct side *s, const struct mptcp_action *a)
{
    bool hindered = s == &d->t.p.client && (d->hinder & MPTCP_WANT(a->type)) != 0;

    diary_note(d, "  %s sf %x ssn %u len %u again %u event %u code %d id %u to %u",
               mptcp_action_name(a->type), a->sf, a->ssn.v, a->len, a->reinjected, a->event,
               a->code, a->addr_id, a->remote_id);
    if (a->type == MPTCP_SEND_ACK) {
        diary_ack(d, s, a->sf);
    }
    diary_note(d, "%s\n", hindered ? " not now" : "");
    d->opened = a->type == MPTCP_CONNECT && !hindered ? a->sf : d->opened;
    assert_int_equal(MPTCP_OK,
                     mptcp_done(s->c, a, a->len, hindered ? MPTCP_LATER : MPTCP_DONE, d->t.p.now));
}

/* All that is due at one end, and how it stands then. */
static inline void diary_side(struct diary *d, struct side *s, const char *who)
{
    struct mptcp_action a;
    mptcp_sf sf;

    diary_note(d, "%.6f %s\n", (double)diary_time(d) / 1e6, who);
    for (unsigned n = 0; mptcp_poll(s->c, &a); n++) {
        assert_true(n < 500);
        diary_act(d, s, &a);
    }
    for (unsigned i = 0; (sf = mptcp_subflow_at(s->c, i)) != MPTCP_SF_NONE; i++) {
        struct mptcp_subflow_report info = subflow_of(s, sf);
        diary_note(d, "  sf %x silent %u srtt %u window closed %u\n", sf, info.silent, info.srtt_us,
                   info.window_closed);
    }
    mptcp_time due = mptcp_deadline(s->c);
    if (due == MPTCP_NEVER) {
        diary_note(d, "  no deadline\n");
    } else {
        diary_note(d, "  deadline in %llu\n",
                   (unsigned long long)(due > d->t.p.now ? due - d->t.p.now : 0));
    }
    runs_are_right(s);
}

/* Both ends go on under another clock. */
static inline void diary_exchange(struct diary *d)
{
    static const mptcp_time clocks[] = {1ull << 40, 1ull << 50, 5000000000000ull};
    mptcp_time to = clocks[d->steps % 3];

    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(d->t.p.client.c, d->t.p.now, to));
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(d->t.p.server.c, d->t.p.now, to));
    d->origin += to - d->t.p.now;
    d->t.p.now = to;
}

/* Something has been done to one of them. */
static inline void diary_step(struct diary *d)
{
    if (!d->closed) {
        assert_true(d->steps < DIARY_STEPS);
        d->at[d->steps++] = diary_time(d);
    }
    diary_side(d, &d->t.p.client, "client");
    diary_side(d, &d->t.p.server, "server");
    if (d->exchange) {
        diary_exchange(d);
    }
}

/* Time passes; nothing comes from anywhere. */
static inline void diary_passes(struct diary *d, mptcp_time us)
{
    mptcp_time end = diary_time(d) + us;

    for (;;) {
        mptcp_time due = mptcp_deadline(d->t.p.client.c);
        mptcp_time other = mptcp_deadline(d->t.p.server.c);
        due = due < other ? due : other;
        if (due == MPTCP_NEVER || (due > d->t.p.now && due - d->origin >= end)) {
            break;
        }
        d->t.p.now = due > d->t.p.now ? due : d->t.p.now;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.client.c, d->t.p.now));
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.server.c, d->t.p.now));
        diary_step(d);
    }
    d->t.p.now = d->origin + end;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.client.c, d->t.p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.server.c, d->t.p.now));
    diary_step(d);
}

/* The texts are the same; else the line is shown where they part. */
static inline void diary_same(const char *name, const struct diary *a, const struct diary *b)
{
    size_t line = 0;

    for (size_t i = 0; a->text[i] != 0 || b->text[i] != 0; i++) {
        if (a->text[i] != b->text[i]) {
            fail_msg("%s: at one time\n%.200s\nand at another\n%.200s", name, a->text + line,
                     b->text + line);
        }
        line = a->text[i] == '\n' ? i + 1 : line;
    }
}

#endif
