/*
 * clock.c - the time inside a connection: ticks since an epoch that moves up (clock.h).
 *
 * Moves: epoch, tick, and every moment by the same number of ticks.
 */
#include "tables/clock.h"
#include "tables/block.h"

extern MPTCP_INLINE void mptcp_clock_set(struct mptcp_conn *c, mptcp_time now);
extern MPTCP_INLINE mptcp_tick tick_after(mptcp_tick moment, uint32_t us);
extern MPTCP_INLINE mptcp_tick from_now(const struct mptcp_conn *c, uint32_t us);
extern MPTCP_INLINE uint32_t us_since(const struct mptcp_conn *c, mptcp_tick moment);

#define EPOCH_MOVES_AT 0x80000000u
#define PAST 0x40000000u      /* ticks between the new epoch and the present when it has moved */
#define BACKOFF_MAX 64000000u /* us */

/* Makes a moment count from an epoch that is `ticks` later; one before that epoch becomes 0. */
static void age(mptcp_tick *moment, uint64_t ticks)
{
    if (*moment != IDLE) {
        *moment = *moment > ticks ? *moment - (mptcp_tick)ticks : 0;
    }
}

/* Moves the epoch `ticks` up, and changes every moment of the connection accordingly. */
static void move_epoch(struct mptcp_conn *c, uint64_t ticks)
{
    c->epoch += ticks << TICK_SHIFT;
    age(&c->wide_since, ticks);
    age(&c->burst_end, ticks);
    for (unsigned i = 0; i < TIMERS; i++) {
        age(&c->timer[i], ticks);
    }
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        age(&s->progress, ticks);
        age(&s->timer, ticks);
        age(&s->hold, ticks);
        age(&s->silent_at, ticks);
        age(&s->heard, ticks);
        age(&s->rtt_at, ticks);
    }
}

/* Returns the present on the caller's clock, to the tick. */
static mptcp_time present(const struct mptcp_conn *c)
{
    return c->epoch + ((mptcp_time)c->tick << TICK_SHIFT);
}

void mptcp_clock_advance(struct mptcp_conn *c, mptcp_time now)
{
    if (now <= present(c)) {
        return;
    }
    uint64_t ticks = (now - c->epoch) >> TICK_SHIFT;
    if (ticks >= EPOCH_MOVES_AT) {
        move_epoch(c, ticks - PAST);
        ticks = PAST;
    }
    c->tick = (mptcp_tick)ticks;
}

void mptcp_clock_move(struct mptcp_conn *c, mptcp_time from, mptcp_time to)
{
    mptcp_time was = present(c);
    mptcp_time is = was - from + to;

    /* A result below 0 becomes 0, one above the largest time the largest. */
    if (was < from) {
        is = from - was < to ? is : 0;
    } else if (is < to || is == MPTCP_NEVER) {
        is = MPTCP_NEVER - 1;
    }
    c->epoch += is - was;
    if (c->tick > PAST) {
        /* With the present at a fixed tick, equal distances between moments are equal octets. */
        move_epoch(c, c->tick - PAST);
        c->tick = PAST;
    }
}

mptcp_time mptcp_clock_time(const struct mptcp_conn *c, mptcp_tick moment)
{
    mptcp_time now = present(c);

    if (moment == IDLE) {
        return MPTCP_NEVER;
    }
    if (moment < c->tick) {
        mptcp_time behind = (mptcp_time)(c->tick - moment) << TICK_SHIFT;
        return now > behind ? now - behind : 0;
    }
    mptcp_time ahead = (mptcp_time)(moment - c->tick) << TICK_SHIFT;
    return now < MPTCP_NEVER - 1 - ahead ? now + ahead : MPTCP_NEVER - 1;
}

bool fired(struct mptcp_conn *c, enum mptcp_timer which)
{
    if (c->timer[which] > c->tick) {
        return false;
    }
    c->timer[which] = IDLE;
    return true;
}

uint32_t backoff(uint32_t us, unsigned n)
{
    while (n > 0 && us < BACKOFF_MAX) {
        us *= 2;
        n--;
    }
    return us < BACKOFF_MAX ? us : BACKOFF_MAX;
}
