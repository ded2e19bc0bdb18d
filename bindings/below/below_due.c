/*
 * below_due.c - which streams below_work looks at: those that something happened to stand in a
 * list, those that have a timer in a binary heap by their time. below_work spends no time on a
 * stream that is in neither.
 */
#include "below_internal.h"

void bl_touch(struct below *b, struct bl_stream *s)
{
    uint16_t i = bl_index(b, s);

    if (s->busy) {
        s->again = 1;
        return;
    }
    if (s->touched) {
        return;
    }
    s->touched = 1;
    s->next_touched = BL_NONE;
    if (b->touched == BL_NONE) {
        b->touched = i;
    } else {
        b->streams[b->touched_last].next_touched = i;
    }
    b->touched_last = i;
}

struct bl_stream *bl_take_touched(struct below *b)
{
    if (b->touched == BL_NONE) {
        return NULL;
    }
    struct bl_stream *s = &b->streams[b->touched];
    b->touched = s->next_touched;
    s->next_touched = BL_NONE;
    s->touched = 0;
    return s;
}

/* Puts stream i at place `at` of the heap. */
static void put(struct below *b, uint32_t at, uint32_t i)
{
    b->heap[at] = i;
    b->streams[i].due_at = at;
}

static mptcp_time due(const struct below *b, uint32_t at)
{
    return b->streams[b->heap[at]].due;
}

/* Moves the stream at a place to where it belongs. */
static void rise(struct below *b, uint32_t at)
{
    uint32_t i = b->heap[at];

    while (at > 0 && b->streams[i].due < due(b, (at - 1) / 2)) {
        put(b, at, b->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(b, at, i);
}

static void sink(struct below *b, uint32_t at)
{
    uint32_t i = b->heap[at];

    for (uint32_t child = 2 * at + 1; child < b->heap_count; child = 2 * at + 1) {
        if (child + 1 < b->heap_count && due(b, child + 1) < due(b, child)) {
            child++;
        }
        if (b->streams[i].due <= due(b, child)) {
            break;
        }
        put(b, at, b->heap[child]);
        at = child;
    }
    put(b, at, i);
}

static void leave(struct below *b, struct bl_stream *s)
{
    uint32_t at = s->due_at;
    uint32_t last = b->heap[--b->heap_count];

    if (last != bl_index(b, s)) {
        put(b, at, last);
        rise(b, at);
        sink(b, b->streams[last].due_at);
    }
}

void bl_set_due(struct below *b, struct bl_stream *s, mptcp_time when)
{
    mptcp_time before = s->due;

    s->due = when;
    if (when == before) {
        return;
    }
    if (when == MPTCP_NEVER) {
        leave(b, s);
        return;
    }
    if (before == MPTCP_NEVER) {
        put(b, b->heap_count, bl_index(b, s));
        b->heap_count++;
    }
    rise(b, s->due_at);
    sink(b, s->due_at);
}

struct bl_stream *bl_first_due(const struct below *b)
{
    return b->heap_count == 0 ? NULL : &b->streams[b->heap[0]];
}
