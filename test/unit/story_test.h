/*
 * story_test.h - for tests of what must not happen: all that is due at a side until it is quiet, in
 * words. A test compares the whole text, so that nothing can be in it that should not.
 *
 *   events by their names; END and SUBFLOW_GONE with their code: "EOF CLOSED END(CLOSED)"
 *   "reset(CODE)", "fin", "ack", "probe", "send", "connect", "listen" for what the host does
 *
 * Octets that are delivered, released or freed are not told.
 */
#ifndef STORY_TEST_H
#define STORY_TEST_H

#include "several_test.h"

#include "mptcp/print.h"

#include <stdio.h>

struct story {
    char text[600];
    size_t used;
};

static inline void tell(struct story *story, const char *word, int code)
{
    size_t room = sizeof story->text - story->used;
    const char *space = story->used > 0 ? " " : "";
    int n = code == 0 ? snprintf(story->text + story->used, room, "%s%s", space, word)
                      : snprintf(story->text + story->used, room, "%s%s(%s)", space, word,
                                 mptcp_error_name(code));
    assert_in_range(n, 0, room - 1);
    story->used += (size_t)n;
}

static inline void tell_action(struct story *story, const struct mptcp_action *a)
{
    static const char *const words[] = {
        [MPTCP_RESET_SUBFLOW] = "reset", [MPTCP_SEND] = "send",         [MPTCP_SEND_ACK] = "ack",
        [MPTCP_PROBE] = "probe",         [MPTCP_CLOSE_SUBFLOW] = "fin", [MPTCP_LISTEN] = "listen",
        [MPTCP_UNLISTEN] = "unlisten",   [MPTCP_CONNECT] = "connect",   [MPTCP_EVENT] = NULL};

    if (a->type == MPTCP_EVENT) {
        tell(story, mptcp_event_name(a->event), a->code);
    } else if (words[a->type] != NULL) {
        tell(story, words[a->type], a->code);
    }
}

/* What the host's TCP does by itself: an ACK that it was asked for leaves, a FIN, a RST. */
static inline void tcp_does(struct pair *p, struct side *s, const struct mptcp_action *a)
{
    struct mptcp_subflow_report info;

    if ((a->type == MPTCP_SEND_ACK || a->type == MPTCP_RESET_SUBFLOW) &&
        mptcp_subflow_info(s->c, a->sf, &info) == MPTCP_OK) {
        unsigned flags = a->type == MPTCP_RESET_SUBFLOW ? RST | ACK : ACK;
        send_from(p, s, a->sf, flags, info.snd_nxt.v, 0, info.rcv_nxt.v);
    }
}

/* All that happens at a side within this time, if nothing comes from the other one. */
static inline const char *story_of(struct pair *p, struct side *s, mptcp_time us)
{
    static struct story story;
    mptcp_time end = p->now + us;
    struct mptcp_action a;

    story.text[0] = 0;
    story.used = 0;
    for (unsigned n = 0;; n++) {
        assert_true(n < 1000);
        while (mptcp_poll(s->c, &a)) {
            assert_true(n++ < 1000);
            tell_action(&story, &a);
            tcp_does(p, s, &a);
            assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
        }
        mptcp_time due = mptcp_deadline(s->c);
        if (due > end) {
            break;
        }
        p->now = due > p->now ? due : p->now;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(s->c, p->now));
    }
    p->now = end;
    runs_are_right(s);
    return story.text;
}

#define HOUR 3600000000ull

/* Nothing is due, now or ever. */
static inline void is_over(struct pair *p, struct side *s)
{
    assert_string_equal("", story_of(p, s, HOUR));
    assert_true(mptcp_deadline(s->c) == MPTCP_NEVER);
    assert_int_equal(MPTCP_CLOSED, info_of(s).state);
    assert_int_equal(0, info_of(s).subflows);
}

#endif
