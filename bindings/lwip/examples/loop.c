/*
 * loop.c - no operating system: packets wait in a list until the main loop hands them over, for
 * lwIP may not be entered again from an output function; and that loop.
 */
#define _DEFAULT_SOURCE
#include <limits.h>

#include "example.h"

#include "lwip/sys.h"
#include "lwip/timeouts.h"

#include <time.h>

#define WAITING 1024u
#define MINUTE_US 60000000u

static struct {
    struct pbuf *p;
    unsigned path;
} waiting[WAITING];
static unsigned first;
static unsigned count;

u32_t sys_now(void)
{
    return (u32_t)(example_port.now() / 1000u);
}

void example_wire_begin(void)
{
    first = count = 0;
}

void example_wire_put(unsigned path, struct pbuf *p)
{
    if (count == WAITING) {
        pbuf_free(p); /* as a queue that is full does */
        return;
    }
    unsigned at = (first + count++) % WAITING;
    waiting[at].p = p;
    waiting[at].path = path;
}

static void deliver(void)
{
    while (count > 0) {
        unsigned at = first;
        first = (first + 1) % WAITING;
        count--;
        example_net_arrive(waiting[at].path, waiting[at].p);
    }
}

/* Until lwIP or the binding has something to do. A driver's interrupt would end it, too. */
static void rest(void)
{
    u32_t ms = sys_timeouts_sleeptime();
    uint32_t us = mptcpl_sleep_us();

    us = ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? us : LWIP_MIN(us, ms * 1000u);
    us = count > 0 ? 0 : LWIP_MIN(us, 100000u);
    struct timespec pause = {0, (long)us * 1000};
    nanosleep(&pause, NULL);
}

bool example_run(bool (*done)(void))
{
    mptcp_time end = example_port.now() + MINUTE_US;

    while (!done()) {
        deliver();
        sys_check_timeouts();
        mptcpl_work();
        rest();
        if (example_port.now() > end) {
            return false;
        }
    }
    return true;
}
