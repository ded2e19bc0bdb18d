/*
 * events.c - descriptors that are watched, and what time it is. What is watched has a tag, which
 * says whose an event is.
 */
#include "proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define EVENTS 256
#define HOUR_US 3600000000u

static int epoll_fd = -1;
static mptcp_time now;

mptcp_time px_now(void)
{
    return now;
}

void px_tick(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    now = (mptcp_time)t.tv_sec * 1000000u + (mptcp_time)t.tv_nsec / 1000u;
}

bool px_watch(int fd, uint32_t events, enum px_tag tag, uint32_t number)
{
    struct epoll_event e = {.events = events, .data.u64 = (uint64_t)tag << 32 | number};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

bool px_events_open(void)
{
    px_tick();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) {
        prog_complain("no epoll: %s", strerror(errno));
    }
    return epoll_fd >= 0;
}

/* In milliseconds, rounded up: what is due then is due. */
static int milliseconds(mptcp_time at)
{
    mptcp_time us = at <= now ? 0 : at - now;

    return us > HOUR_US ? (int)(HOUR_US / 1000u) : (int)((us + 999u) / 1000u);
}

bool px_events_wait(mptcp_time at, px_event_fn event)
{
    static struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll_fd, events, EVENTS, milliseconds(at));

    px_tick();
    if (n < 0 && errno != EINTR) {
        prog_complain("waiting: %s", strerror(errno));
        return false;
    }
    for (int i = 0; i < n; i++) {
        event((enum px_tag)(events[i].data.u64 >> 32), (uint32_t)events[i].data.u64,
              events[i].events);
    }
    return true;
}
