/*
 * scheduler_view_test.h - what the tests of the schedulers share: a view of an array of paths and
 * of what they hold, and what a scheduler makes of it.
 */
#ifndef SCHEDULER_VIEW_TEST_H
#define SCHEDULER_VIEW_TEST_H

#include "wire_test.h"

#include "mptcp/scheduler.h"

#define UNIT 1000u
#define MS 1000u

struct seen {
    struct mptcp_sched_array array; /* the first member: a pointer to its view is one to this */
    struct mptcp_sched_path path[4];
    struct mptcp_sched_held held[8];
    uint32_t helds;
    uint16_t word;
    struct mptcp_sched_choice choice;
};

static inline bool held_of(const struct mptcp_sched_view *v, uint32_t *cursor,
                           struct mptcp_sched_held *held)
{
    const struct seen *s = (const struct seen *)(const void *)v;
    if (*cursor >= s->helds) {
        return false;
    }
    *held = s->held[(*cursor)++];
    return true;
}

/* n paths without room, and with `unsent` octets that the window allows. */
static inline void see(struct seen *s, unsigned n, uint32_t window, uint32_t unsent)
{
    memset(s, 0, sizeof *s);
    mptcp_sched_array_make(&s->array, s->path, n);
    s->array.view.held = held_of;
    s->array.view.window = window;
    s->array.view.wanted = s->array.view.unsent = unsent;
    s->array.view.allowed = unsent < window ? unsent : window;
    s->array.view.resends = 1;
    for (unsigned i = 0; i < n; i++) {
        s->path[i].unit = UNIT;
        s->path[i].usable = 1;
    }
}

static inline void rtt(struct seen *s, unsigned i, uint32_t srtt_us, uint32_t min_us)
{
    s->path[i].srtt_us = srtt_us;
    s->path[i].min_rtt_us = min_us;
}

/* Path 0 of 10 ms and path 1 of 100 ms, nothing queued before either. */
static inline void see_fast_and_slow(struct seen *s, uint32_t window, uint32_t unsent)
{
    see(s, 2, window, unsent);
    rtt(s, 0, 10 * MS, 10 * MS);
    rtt(s, 1, 100 * MS, 100 * MS);
}

/* Path i has octets in flight, and room for more. */
static inline void load(struct seen *s, unsigned i, uint32_t flight, uint32_t room)
{
    struct mptcp_sched_view *v = &s->array.view;

    v->in_flight += flight - s->path[i].in_flight;
    v->at = v->in_flight;
    s->path[i].in_flight = flight;
    s->path[i].spare = s->path[i].room = room;
}

/* Nothing new can go. */
static inline void stalled(struct seen *s)
{
    s->array.view.allowed = 0;
    for (unsigned i = 0; i < s->array.view.n; i++) {
        s->path[i].room = 0;
    }
}

static inline void holds(struct seen *s, unsigned path, int32_t at, uint32_t len, uint32_t acked)
{
    s->held[s->helds++] =
        (struct mptcp_sched_held){.at = at, .len = len, .acked = acked, .path = path};
}

static inline unsigned ask(struct seen *s, const struct mptcp_scheduler *scheduler)
{
    s->choice = (struct mptcp_sched_choice){.what = MPTCP_SCHED_NONE};
    s->array.view.word = s->word;
    scheduler->choose(&s->array.view, &s->choice);
    return s->choice.what;
}

/* What was chosen is sent: the words, and if it is new the stream, move on. */
static inline void send_it(struct seen *s, const struct mptcp_scheduler *scheduler)
{
    struct mptcp_sched_words words = {&s->word, &s->path[s->choice.path].word,
                                      &s->path[s->choice.other].word};
    if (scheduler->sent != NULL) {
        scheduler->sent(&s->array.view, &s->choice, &words);
    }
    if (s->choice.what == MPTCP_SCHED_NEW) {
        struct mptcp_sched_path *p = &s->path[s->choice.path];
        uint32_t room = p->room > s->choice.len ? p->room - s->choice.len : 0;
        load(s, s->choice.path, p->in_flight + s->choice.len, room);
        s->array.view.unsent -= s->choice.len;
    }
}

/* A wait must name a path that brings another choice: usable, heard, with octets in flight, and of
 * the rank of a path that has room. */
static inline void wait_has_witness(const struct seen *s)
{
    if (s->choice.what != MPTCP_SCHED_WAIT) {
        return;
    }
    assert_true(s->choice.other < s->array.view.n);
    const struct mptcp_sched_path *f = &s->path[s->choice.other];
    assert_true(f->usable && !f->avoid && f->in_flight > 0);
    bool likes = false;
    for (unsigned i = 0; i < s->array.view.n; i++) {
        const struct mptcp_sched_path *p = &s->path[i];
        likes |= p->usable && p->room > 0 && p->backup == f->backup && p->avoid == f->avoid &&
                 p->cost == f->cost && i != s->choice.other;
    }
    assert_true(likes);
}

#endif
