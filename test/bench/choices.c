/*
 * choices.c - one choice of each scheduler between two paths, for `make bench-instructions`, which
 * counts the instructions of each function row_... here.
 *
 * A path of 20 ms and one of 100 ms, both half full, with 64 KiB that may be sent; each holds four
 * stretches of the stream. Two cases: the faster path has room, which is the usual one, and only
 * the slower has, where it is to be weighed against waiting. The view is an array: what it costs a
 * connection to fill the view is in the row of a burst (instructions.c). Prints how often each row
 * ran.
 */
#include <stdio.h>
#include <string.h>

#include "mptcp/scheduler.h"

#define TIMES 1000u
#define UNIT 1400u
#define STRETCHES 8u
#define NOINLINE __attribute__((noinline))

struct scene {
    struct mptcp_sched_array array; /* the first member: a pointer to its view is one to this */
    struct mptcp_sched_path path[2];
};

/* The stretches alternate between both paths. */
static bool held_of(const struct mptcp_sched_view *v, uint32_t *cursor,
                    struct mptcp_sched_held *held)
{
    (void)v;
    if (*cursor >= STRETCHES) {
        return false;
    }
    *held = (struct mptcp_sched_held){
        .at = (int32_t)(*cursor * 5u * UNIT), .len = 5 * UNIT, .path = *cursor % 2};
    ++*cursor;
    return true;
}

static void make(struct scene *s, bool fast_has_room)
{
    struct mptcp_sched_view *v = &s->array.view;

    memset(s, 0, sizeof *s);
    mptcp_sched_array_make(&s->array, s->path, 2);
    v->held = held_of;
    v->at = v->in_flight = STRETCHES * 5 * UNIT;
    v->window = 262144;
    v->wanted = v->unsent = v->allowed = 65536;
    v->resends = 1;
    for (unsigned i = 0; i < 2; i++) {
        struct mptcp_sched_path *p = &s->path[i];
        p->srtt_us = i == 0 ? 20000 : 100000;
        p->min_rtt_us = p->srtt_us - 1000;
        p->in_flight = 20 * UNIT;
        p->room = p->spare = i == 1 || fast_has_room ? 20 * UNIT : 0;
        p->unit = UNIT;
        p->usable = 1;
    }
}

/* The rows of a scheduler. */
#define ROWS(name)                                                                                \
    static NOINLINE unsigned row_fast_##name(const struct scene *s, struct mptcp_sched_choice *c) \
    {                                                                                             \
        mptcp_##name.choose(&s->array.view, c);                                                   \
        return c->what;                                                                           \
    }                                                                                             \
    static NOINLINE unsigned row_slow_##name(const struct scene *s, struct mptcp_sched_choice *c) \
    {                                                                                             \
        mptcp_##name.choose(&s->array.view, c);                                                   \
        return c->what;                                                                           \
    }
ROWS(gain)
ROWS(minrtt)
ROWS(roundrobin)
ROWS(redundant)
ROWS(blest)
ROWS(ecf)

static unsigned (*const rows[][2])(const struct scene *, struct mptcp_sched_choice *) = {
    {row_fast_gain, row_slow_gain},
    {row_fast_minrtt, row_slow_minrtt},
    {row_fast_roundrobin, row_slow_roundrobin},
    {row_fast_redundant, row_slow_redundant},
    {row_fast_blest, row_slow_blest},
    {row_fast_ecf, row_slow_ecf},
};

int main(void)
{
    struct scene s;
    unsigned none =
        0; /* choices that are neither to send nor to wait: such a row would say nothing */

    for (unsigned slow = 0; slow < 2; slow++) {
        make(&s, slow == 0);
        for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            for (unsigned n = 0; n < TIMES; n++) {
                struct mptcp_sched_choice c = {.what = MPTCP_SCHED_NONE};
                none += rows[i][slow](&s, &c) == MPTCP_SCHED_NONE;
            }
        }
    }
    printf("%u\n", TIMES);
    if (none > 0) {
        fprintf(stderr, "choices: %u choices were none\n", none);
    }
    return none > 0 ? 2 : 0;
}
