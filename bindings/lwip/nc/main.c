/*
 * main.c - mptcp-nc: a netcat over MPTCP in user space. lwIP on TUN devices,
 * one thread, one loop:
 *
 *   packets in -> lwIP and the binding -> output -> input -> sleep until a
 *   descriptor is ready or the earliest of the deadlines
 *
 * It ends when the session is over and all output is written; a signal ends it
 * like a lost connection, statistics included, or has it kept in a file.
 */
#include "nc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lwip/init.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

const char prog_name[] = "mptcp-nc";

static volatile sig_atomic_t signalled;

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
#define ENDS (sizeof ends / sizeof ends[0])
#define ANSWER_US 1500000u

static void on_signal(int number)
{
    signalled = number;
}

/* Signals arrive only while ppoll waits, so none is missed between a look and the wait... */
static void catch_signals(sigset_t *while_waiting)
{
    struct sigaction end = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t blocked;

    sigemptyset(&blocked);
    for (unsigned i = 0; i < ENDS; i++) {
        sigaddset(&blocked, ends[i]);
        sigaction(ends[i], &end, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, while_waiting);
    for (unsigned i = 0; i < ENDS; i++) {
        sigdelset(while_waiting, ends[i]);
    }
    sigaction(SIGPIPE, &ignore, NULL);
}

/* ... and one that came while ppoll had no need to wait is looked for. */
static void look_for_signals(void)
{
    static const struct timespec at_once;
    sigset_t ours;

    sigemptyset(&ours);
    for (unsigned i = 0; i < ENDS; i++) {
        sigaddset(&ours, ends[i]);
    }
    int number = sigtimedwait(&ours, NULL, &at_once);
    if (number > 0) {
        signalled = number;
    }
}

static uint64_t earliest_deadline(const struct nc_session *s)
{
    uint64_t now = nc_now();
    uint32_t own = mptcpl_sleep_us();
    uint64_t at = now + (uint64_t)sys_timeouts_sleeptime() * 1000u;

    at = own == UINT32_MAX ? at : LWIP_MIN(at, now + own);
    at = LWIP_MIN(at, nc_session_deadline(s));
    at = LWIP_MIN(at, nc_tun_next());
    return LWIP_MIN(at, nc_tun_deadline());
}

/* Sleeps until there is something to do. */
static void wait_for_work(const struct nc_session *s, const struct nc_stream *t,
                          const sigset_t *mask)
{
    struct pollfd p[NC_PATHS + 2];
    int fd[NC_PATHS];
    nc_tun_flush();
    unsigned n = nc_tun_fds(fd);
    bool at_once = nc_tun_more();
    uint64_t until = earliest_deadline(s);

    for (unsigned i = 0; i < n; i++) {
        p[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
    }
    if (s->pcb != NULL && nc_stream_hungry(t, s->pcb)) {
        p[n++] = (struct pollfd){.fd = t->in, .events = POLLIN};
    }
    if (t->out_waits) {
        p[n++] = (struct pollfd){.fd = t->out, .events = POLLOUT};
    }
    uint64_t now = nc_tick();
    uint64_t us = at_once || until <= now ? 0 : until - now;
    struct timespec timeout = {.tv_sec = (time_t)(us / 1000000u),
                               .tv_nsec = (long)(us % 1000000u) * 1000};
    if (ppoll(p, n, &timeout, mask) >= 0) {
        look_for_signals();
    } else if (errno != EINTR) {
        prog_complain("waiting for packets: %s", strerror(errno));
        exit(NC_LOST);
    }
    nc_tick();
}

static bool input_ready(const struct nc_stream *t)
{
    struct pollfd p = {.fd = t->in, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static bool move_streams(struct nc_session *s, struct nc_stream *t)
{
    if (nc_stream_write(t, s->pcb) < 0) {
        return false;
    }
    while (s->pcb != NULL && s->opened != 0 && nc_stream_hungry(t, s->pcb) && input_ready(t)) {
        if (nc_stream_read(t, s->pcb) < 0) {
            return false;
        }
        mptcpl_work();
        if (s->pcb == NULL || !t->unread) {
            break;
        }
    }
    return true;
}

static void move_packets(void)
{
    nc_tun_again();
    nc_tun_input();
    nc_tun_work();
    sys_check_timeouts();
    mptcpl_work();
}

/*
 * A signal: the connection is kept in a file, or given up. False if it goes on: SIGUSR1 only asks
 * for the file, and what can't be kept may still come to a good end.
 */
static bool leave(struct nc_session *s)
{
    int number = (int)signalled;
    enum nc_kept kept = NC_NOT_KEPT;

    signalled = 0;
    if (s->o->checkpoint != NULL) {
        kept = nc_checkpoint(s, s->o->checkpoint);
    }
    if (kept != NC_NOT_KEPT) {
        s->over = s->parked = true;
        s->status = kept == NC_KEPT ? NC_OK : NC_LOST;
        return true;
    }
    if (s->o->checkpoint != NULL && number == SIGUSR1) {
        return false;
    }
    prog_complain("ended by signal %d", number);
    nc_session_fail(s);
    return true;
}

/* A connection that was closed is not over, or an emulated link still holds packets. */
static bool unanswered(void)
{
    return mptcpl_lingering() || nc_tun_deadline() != MPTCP_NEVER;
}

/* An abort is repeated until the peer has answered (RFC 8684 s3.5), for a while. */
static void wait_for_answers(const struct nc_session *s, const struct nc_stream *t,
                             const sigset_t *mask)
{
    uint64_t limit = nc_tick() + ANSWER_US;

    while (!s->parked && unanswered() && nc_now() < limit) {
        move_packets();
        if (unanswered()) {
            wait_for_work(s, t, mask);
        }
    }
}

static void run(struct nc_session *s, struct nc_stream *t, const sigset_t *mask)
{
    while (!s->over || !nc_stream_drained(t)) {
        move_packets();
        if (!move_streams(s, t)) {
            nc_session_fail(s);
            return;
        }
        nc_session_work(s);
        if (signalled != 0 && leave(s)) {
            return;
        }
        if (!s->over || t->out_waits) {
            wait_for_work(s, t, mask);
        }
    }
}

int main(int argc, char **argv)
{
    static struct nc_options o;
    static struct nc_stream t;
    static struct nc_session s;
    struct mptcpl_port port = {nc_now, nc_entropy};
    sigset_t mask;
    int status;

    if (!nc_options(&o, argc, argv, &status)) {
        return status;
    }
    if (!nc_stream_open(&t, o.config.rcv_buf)) {
        return NC_USAGE;
    }
    catch_signals(&mask);
    nc_tick();
    srand((unsigned)o.seed);
    lwip_init();
    if (mptcpl_init(&port) != ERR_OK) {
        prog_complain("no memory");
        return NC_USAGE;
    }
    if (!nc_tun_open(&o) || (o.common.pcap != NULL && !nc_capture_open(o.common.pcap, &o))) {
        return NC_USAGE;
    }
    if (nc_session_start(&s, &o, &t)) {
        run(&s, &t, &mask);
        wait_for_answers(&s, &t, &mask);
    }
    nc_tun_close();
    bool written = prog_capture_close();
    written &= o.common.stats == NULL || nc_stats_write(&s, o.common.stats);
    return s.status == NC_OK && !written ? NC_USAGE : s.status;
}
