/*
 * clock.h - floor 2: the time inside a connection.
 *
 * Every moment in a connection is a count of ticks of 8 us since `epoch`, in 32 bits; `tick` is the
 * present. When the present reaches 2^31 ticks (4.7 hours), the epoch moves up, and moments that
 * lie more than 2.4 hours in the past count as 2.4 hours ago. A timer is set at most 71 minutes
 * ahead, so no timer is cut short. Moving a connection to another clock changes its epoch only.
 * The blocks of two connections that differ only in their clocks are equal octet by octet after
 * both have been moved to the same clock.
 */
#ifndef MPTCP_CLOCK_H
#define MPTCP_CLOCK_H

#include "tables/tables.h"

#define TICK_SHIFT 3
#define IDLE UINT32_MAX /* of a timer: it does not run */

/* Sets `tick` to the time `now`, and moves the epoch if need be; a time in the past changes
 * nothing. */
void mptcp_clock_advance(struct mptcp_conn *c, mptcp_time now);
/* Does the same; returns at once if the tick is still the same, as in nearly every call. */
MPTCP_INLINE void mptcp_clock_set(struct mptcp_conn *c, mptcp_time now)
{
    if ((now - c->epoch) >> TICK_SHIFT != c->tick) {
        mptcp_clock_advance(c, now);
    }
}

/* Moves the connection to another clock: the moment `from` of the old clock is `to` on the new. */
void mptcp_clock_move(struct mptcp_conn *c, mptcp_time from, mptcp_time to);

/* Returns the time of a past or future moment on the caller's clock; MPTCP_NEVER for IDLE. */
mptcp_time mptcp_clock_time(const struct mptcp_conn *c, mptcp_tick moment);

/* Returns the moment `us` microseconds after `moment`, rounded up to a tick; always before IDLE. */
MPTCP_INLINE mptcp_tick tick_after(mptcp_tick moment, uint32_t us)
{
    mptcp_tick ticks = (us >> TICK_SHIFT) + ((us & 7u) != 0);
    return moment < IDLE - 1 - ticks ? moment + ticks : IDLE - 1;
}

/* Returns the moment `us` microseconds from now. */
MPTCP_INLINE mptcp_tick from_now(const struct mptcp_conn *c, uint32_t us)
{
    return tick_after(c->tick, us);
}

/* Returns the microseconds since a past moment, at most UINT32_MAX. */
MPTCP_INLINE uint32_t us_since(const struct mptcp_conn *c, mptcp_tick moment)
{
    mptcp_tick ticks = c->tick - moment;
    return ticks <= UINT32_MAX >> TICK_SHIFT ? ticks << TICK_SHIFT : UINT32_MAX;
}

/* Returns the earlier of two moments; IDLE is later than any other. */
static inline mptcp_tick earlier(mptcp_tick a, mptcp_tick b)
{
    return a < b ? a : b;
}

/* True if timer `which` has run out; this also stops it. */
bool fired(struct mptcp_conn *c, enum mptcp_timer which);

/* Returns `us` doubled n times, but at most 64 s. */
uint32_t backoff(uint32_t us, unsigned n);

#endif
