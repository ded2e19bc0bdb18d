/*
 * clock.h - floor 2: the time inside a connection.
 *
 * Every moment that a connection remembers is a count of ticks of 8 us since its `epoch`, in 32
 * bits; `tick` is the present. When the present has come to half of what 32 bits hold (4.7 hours),
 * the epoch moves up: what lies 2.4 hours and more in the past counts as 2.4 hours ago. A timer is
 * set at most 71 minutes ahead, so none is ever cut short. To move a connection to another clock is
 * to change its epoch; two connections that differ in nothing but their clocks are the same octets
 * when they have been moved to the same one.
 */
#ifndef MPTCP_CLOCK_H
#define MPTCP_CLOCK_H

#include "tables/tables.h"

#define TICK_SHIFT 3
#define IDLE UINT32_MAX /* of a timer: it does not run */

/* Takes note of the time; one that lies in the past changes nothing. Nor does one of the present
 * tick, as in nearly every call. */
void mptcp_clock_advance(struct mptcp_conn *c, mptcp_time now);
MPTCP_INLINE void mptcp_clock_set(struct mptcp_conn *c, mptcp_time now)
{
    if ((now - c->epoch) >> TICK_SHIFT != c->tick) {
        mptcp_clock_advance(c, now);
    }
}

/* What was `from` on the old clock is `to` on the new one. */
void mptcp_clock_move(struct mptcp_conn *c, mptcp_time from, mptcp_time to);

/* A moment on the caller's clock, also one that has passed; IDLE is MPTCP_NEVER. */
mptcp_time mptcp_clock_time(const struct mptcp_conn *c, mptcp_tick moment);

MPTCP_INLINE mptcp_tick tick_after(mptcp_tick moment, uint32_t us)
{
    mptcp_tick ticks = (us >> TICK_SHIFT) + ((us & 7u) != 0);
    return moment < IDLE - 1 - ticks ? moment + ticks : IDLE - 1;
}

MPTCP_INLINE mptcp_tick from_now(const struct mptcp_conn *c, uint32_t us)
{
    return tick_after(c->tick, us);
}

/* Microseconds since a moment that is over, at most UINT32_MAX. */
MPTCP_INLINE uint32_t us_since(const struct mptcp_conn *c, mptcp_tick moment)
{
    mptcp_tick ticks = c->tick - moment;
    return ticks <= UINT32_MAX >> TICK_SHIFT ? ticks << TICK_SHIFT : UINT32_MAX;
}

static inline mptcp_tick earlier(mptcp_tick a, mptcp_tick b)
{
    return a < b ? a : b;
}

/* The timer has run out; it is idle then. */
bool fired(struct mptcp_conn *c, enum mptcp_timer which);

/* us doubled n times, at most 64 s. */
uint32_t backoff(uint32_t us, unsigned n);

#endif
