/*
 * loop.c - one thread, one loop:
 *
 *   wait for a descriptor, or the earliest deadline; note what sockets tell
 *   -> devices that are back, sockets that could not be accepted
 *   -> rounds, while there is more to do:
 *        packets from the network, through the shim, into the kernel's TCP
 *        a few connections that come in, those with something to do, and below's own work
 *        packets that TCP has sent, through the shim, to the network
 *
 * A signal ends it: no connection is accepted any more, all are reset, and the program waits for
 * the peers' answers, ANSWER_US at most.
 */
#include "proxy.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define ROUNDS 8u
#define ANSWER_US 1500000u
#define SECOND_US 1000000u

static int signal_fd = -1;
static int signalled;

/* Blocked in all threads that are made later, and read here. */
static int catch_signals(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

bool px_loop_open(void)
{
    signal_fd = catch_signals();
    if (signal_fd < 0 || !px_watch(signal_fd, EPOLLIN, PX_TAG_SIGNAL, 0)) {
        prog_complain("no signalfd: %s", strerror(errno));
        return false;
    }
    return true;
}

static void on_signal(void)
{
    struct signalfd_siginfo info;

    if (read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        signalled = (int)info.ssi_signo;
    }
}

static void dispatch(enum px_tag tag, uint32_t number, uint32_t events)
{
    switch (tag) {
    case PX_TAG_SIGNAL:
        on_signal();
        break;
    case PX_TAG_LINK:
        break; /* both of its devices are read in each round */
    case PX_TAG_NAMES:
        px_resolve_answers(px_front_answer);
        break;
    case PX_TAG_DOOR:
        px_door_event(number);
        break;
    case PX_TAG_APP:
        px_relay_app_event(number, events);
        break;
    case PX_TAG_SUBFLOW:
        px_sockets_event((int)number, events);
        break;
    }
}

static mptcp_time earlier(mptcp_time a, mptcp_time b)
{
    return a < b ? a : b;
}

/* Nothing tells that descriptors or memory are to be had again: other programs take and free them,
 * too. */
static mptcp_time wanted_at(void)
{
    return px_sockets_wanting() || px_doors_wanting() ? px_now() + SECOND_US : MPTCP_NEVER;
}

/* Returns when there is more to do, if nothing happens. */
static mptcp_time work(void)
{
    mptcp_time next = px_now();
    bool more = true;

    px_tun_again();
    px_sockets_again();
    for (unsigned i = 0; i < ROUNDS && more; i++) {
        px_tick();
        more = px_tun_in();
        px_turns_tick();
        more |= px_doors_work();
        px_turns();
        next = below_work(px_below, px_now());
        more |= px_tun_out() || px_relays_dirty();
    }
    next = earlier(next, earlier(px_relays_next(), px_tun_next()));
    return more ? px_now() : earlier(next, wanted_at());
}

/* An abort is repeated until the peer has answered (RFC 8684 s3.5), for a while. */
static void wait_for_answers(void)
{
    mptcp_time limit = px_now() + ANSWER_US;

    px_doors_close();
    px_turns_abort();
    while (below_next(px_below, BELOW_NONE) != BELOW_NONE && px_now() < limit) {
        mptcp_time next = work();
        if (!px_events_wait(next < limit ? next : limit, dispatch)) {
            return;
        }
    }
    below_end(px_below, px_now());
}

int px_loop_run(void)
{
    mptcp_time second = px_now() + SECOND_US;

    while (signalled == 0) {
        mptcp_time next = work();
        if (px_o->common.stats != NULL && px_now() >= second) {
            px_turns_report();
            second = px_now() + SECOND_US;
        }
        if (!px_events_wait(px_o->common.stats != NULL && second < next ? second : next,
                            dispatch)) {
            return PX_LOST;
        }
    }
    px_turns_report();
    prog_say("ended by signal %d", signalled);
    wait_for_answers();
    return PX_OK;
}
