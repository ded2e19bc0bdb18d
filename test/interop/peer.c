/*
 * peer.c - the Linux kernel's end of an interop case: a netcat over
 * IPPROTO_MPTCP sockets, a meter for what the other end puts out, and a source
 * of test data.
 *
 *   peer [options] connect ADDR PORT
 *   peer [options] listen PORT        one connection, at every address of the namespace
 *   peer gen BYTES SEED               that many octets to stdout, the same for the same seed
 *   peer meter FILE                   stdin to stdout, figures of its arrival to FILE
 *
 * A connection is two directions, each of them open, then ended:
 *   out   stdin -> socket, ended by the end of stdin: shutdown(SHUT_WR)
 *   in    socket -> stdout, ended by the peer's DATA_FIN: stdout is closed
 * Two things hold a direction back: --wait-subflows keeps either at 64 KiB
 * until so many subflows are there, so that a case is about the subflows it
 * names however fast the machine is; --after-eof starts `out` when `in` has
 * ended. When both have ended, and the other end has closed its subflows, the socket is closed and
 * the process is done: Linux resets a subflow on which something comes after that, as a copy of
 * octets that have come on another one may.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* linux/mptcp.h of older distributions lacks them. */
#define PROTO_MPTCP 262
#define LEVEL_MPTCP 284
#define OPTION_INFO 1
#define OPTION_TCP_INFO 2

#define BLOCK (256u * 1024)
#define FREE_RUN (64u * 1024)
#define CHECK_MS 2
#define CLOSING_MS 1000 /* a link that is dark brings no FIN */

enum status { OK = 0, USAGE = 1, NOT_CONNECTED = 2, LOST = 3 };

/* The head of the kernel's struct mptcp_info: what is looked at here. */
struct info {
    uint8_t subflows; /* besides the first */
    uint8_t add_addr_signal;
    uint8_t add_addr_accepted;
    uint8_t subflows_max;
    uint8_t add_addr_signal_max;
    uint8_t add_addr_accepted_max;
    uint32_t flags;
    uint32_t token;
    uint64_t write_seq;
    uint64_t snd_una;
    uint64_t rcv_nxt;
};

struct meter {
    uint64_t bytes;
    double first; /* of the first and last octet's arrival */
    double last;
    double silence; /* the longest time between two arrivals */
};

struct options {
    bool tcp;
    bool after_eof;
    int wait_subflows;
    const char *bind;
    const char *info;
};

struct flow {
    uint8_t data[BLOCK];
    size_t from;
    size_t to;
    uint64_t moved;
    bool source_ended;
    bool ended;
};

static struct flow out_flow;
static struct flow in_flow;
static struct meter in_meter;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int complain(int status, const char *what)
{
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    return status;
}

static void arrived(struct meter *m, size_t n)
{
    double t = now();

    if (m->bytes == 0) {
        m->first = t;
    } else if (t - m->last > m->silence) {
        m->silence = t - m->last;
    }
    m->last = t;
    m->bytes += n;
}

static void print_meter(FILE *f, const struct meter *m)
{
    fprintf(f, "received %llu\nreceive_s %.6f\nsilence_s %.6f\n", (unsigned long long)m->bytes,
            m->last - m->first, m->silence);
}

/* ---------------------------------------------------------------- gen, meter */

static int generate(uint64_t bytes, uint64_t seed)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;
    uint64_t block[4096];

    while (bytes > 0) {
        for (size_t i = 0; i < sizeof block / sizeof block[0]; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            block[i] = x;
        }
        size_t n = bytes < sizeof block ? (size_t)bytes : sizeof block;
        if (fwrite(block, 1, n, stdout) != n) {
            return complain(LOST, "stdout");
        }
        bytes -= n;
    }
    return fflush(stdout) == 0 ? OK : complain(LOST, "stdout");
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w < 0) {
            return false;
        }
        p += w;
        n -= (size_t)w;
    }
    return true;
}

static int meter(const char *file)
{
    for (;;) {
        ssize_t n = read(STDIN_FILENO, in_flow.data, sizeof in_flow.data);
        if (n < 0) {
            return complain(LOST, "stdin");
        }
        if (n == 0) {
            break;
        }
        arrived(&in_meter, (size_t)n);
        if (!write_all(STDOUT_FILENO, in_flow.data, (size_t)n)) {
            return complain(LOST, "stdout");
        }
    }
    FILE *f = fopen(file, "w");
    if (f == NULL) {
        return complain(LOST, file);
    }
    print_meter(f, &in_meter);
    return fclose(f) == 0 ? OK : complain(LOST, file);
}

/* --------------------------------------------------------------- the socket */

static socklen_t address_of(const char *text, int port, struct sockaddr_storage *a)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;

    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return sizeof *v6;
    }
    return 0;
}

static int dial(const struct options *o, const char *host, int port)
{
    struct sockaddr_storage a;
    struct sockaddr_storage from;
    socklen_t len = address_of(host, port, &a);
    int fd = socket(a.ss_family, SOCK_STREAM, o->tcp ? IPPROTO_TCP : PROTO_MPTCP);

    if (len == 0 || fd < 0) {
        return complain(-1, len == 0 ? "not an address" : "socket");
    }
    if (o->bind != NULL && bind(fd, (struct sockaddr *)&from, address_of(o->bind, 0, &from)) != 0) {
        return complain(-1, "bind");
    }
    if (connect(fd, (struct sockaddr *)&a, len) != 0) {
        return complain(-1, "connect");
    }
    return fd;
}

/*
 * At :: and so at every address, also those that are announced later. The listening socket stays
 * open: the kernel takes joins there.
 */
static int take(const struct options *o, int port)
{
    struct sockaddr_storage a;
    socklen_t len = address_of("::", port, &a);
    int fd = socket(AF_INET6, SOCK_STREAM, o->tcp ? IPPROTO_TCP : PROTO_MPTCP);
    int on = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
        return complain(-1, "socket");
    }
    if (bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 1) != 0) {
        return complain(-1, "listen");
    }
    int got = accept(fd, NULL, NULL);
    return got < 0 ? complain(-1, "accept") : got;
}

/* -1: not MPTCP, or no longer. */
static int extra_subflows(int fd, struct info *i)
{
    socklen_t len = sizeof *i;

    memset(i, 0, sizeof *i);
    return getsockopt(fd, LEVEL_MPTCP, OPTION_INFO, i, &len) == 0 ? i->subflows : -1;
}

/* How many subflows are in one of these states of TCP: bits. */
static int in_states(int fd, unsigned states)
{
    struct {
        uint32_t size_head; /* the kernel's struct mptcp_subflow_data */
        uint32_t count;
        uint32_t size_kernel;
        uint32_t size_user;
        struct tcp_info tcp[16];
    } all = {.size_head = 16, .size_user = sizeof all.tcp[0]};
    socklen_t len = sizeof all;
    int n = 0;

    if (getsockopt(fd, LEVEL_MPTCP, OPTION_TCP_INFO, &all, &len) != 0) {
        return 0;
    }
    for (uint32_t i = 0; i < all.count && i < sizeof all.tcp / sizeof all.tcp[0]; i++) {
        n += (states >> all.tcp[i].tcpi_state & 1) != 0;
    }
    return n;
}

/* Subflows that can carry data. The count in struct info has those that are only being opened. */
static int established(int fd)
{
    return in_states(fd, 1u << TCP_ESTABLISHED);
}

/* Those on which the other end has not sent its FIN. */
static int half_open(int fd)
{
    return in_states(fd, 1u << TCP_ESTABLISHED | 1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2);
}

static bool held_back(int fd, const struct options *o)
{
    static bool reached;

    if (!reached) {
        reached = established(fd) > o->wait_subflows;
    }
    return !reached;
}

/* ---------------------------------------------------------------- both flows */

/* The end of a direction waits too: Linux lets nobody join a connection that is half closed. */
static bool may_move(const struct flow *f, int fd, const struct options *o)
{
    bool little = f->moved < FREE_RUN && !(f->source_ended && f->from == f->to);

    return o->wait_subflows == 0 || little || !held_back(fd, o);
}

/* Moves what can be moved without waiting; false if the connection or a file is lost. */
static bool pump_out(int fd, short events, const struct options *o)
{
    struct flow *f = &out_flow;

    if (f->from == f->to && !f->source_ended) {
        ssize_t n = read(STDIN_FILENO, f->data, f->moved < FREE_RUN ? FREE_RUN : BLOCK);
        if (n < 0 && errno != EAGAIN) {
            return complain(false, "stdin");
        }
        f->source_ended = n == 0;
        f->from = 0;
        f->to = n > 0 ? (size_t)n : 0;
    }
    if (f->from < f->to && (events & POLLOUT) != 0) {
        ssize_t n = send(fd, f->data + f->from, f->to - f->from, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN) {
            return complain(false, "send");
        }
        f->from += n > 0 ? (size_t)n : 0;
        f->moved += n > 0 ? (size_t)n : 0;
    }
    if (f->from == f->to && f->source_ended && !f->ended && may_move(f, fd, o)) {
        f->ended = true;
        return shutdown(fd, SHUT_WR) == 0 || complain(false, "shutdown");
    }
    return true;
}

static bool pump_in(int fd, const struct options *o)
{
    struct flow *f = &in_flow;
    bool careful = o->wait_subflows > 0 && f->moved < FREE_RUN;
    ssize_t n = recv(fd, f->data, careful ? FREE_RUN - (size_t)f->moved : BLOCK, MSG_DONTWAIT);

    if (n < 0) {
        return errno == EAGAIN || complain(false, "recv");
    }
    if (n == 0) {
        f->ended = true;
        close(STDOUT_FILENO);
        return true;
    }
    f->moved += (size_t)n;
    arrived(&in_meter, (size_t)n);
    return write_all(STDOUT_FILENO, f->data, (size_t)n) || complain(false, "stdout");
}

static bool converse(int fd, const struct options *o)
{
    while (!out_flow.ended || !in_flow.ended) {
        bool out =
            !out_flow.ended && may_move(&out_flow, fd, o) && (!o->after_eof || in_flow.ended);
        bool in = !in_flow.ended && may_move(&in_flow, fd, o);
        bool hungry = out && out_flow.from == out_flow.to && !out_flow.source_ended;
        struct pollfd p[2] = {
            {.fd = fd, .events = (short)((in ? POLLIN : 0) | (out && !hungry ? POLLOUT : 0))},
            {.fd = hungry ? STDIN_FILENO : -1, .events = POLLIN},
        };
        bool waiting = (!out && !out_flow.ended) || (!in && !in_flow.ended);
        if (p[0].events == 0) {
            p[0].fd = -1;
        }
        if (poll(p, 2, waiting ? CHECK_MS : -1) < 0) {
            return complain(false, "poll");
        }
        if (out && ((p[0].revents & POLLOUT) != 0 || p[1].revents != 0) &&
            !pump_out(fd, (short)(hungry ? POLLOUT : p[0].revents), o)) {
            return false;
        }
        if (in && (p[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !pump_in(fd, o)) {
            return false;
        }
    }
    return true;
}

/* Until the other end has closed its subflows. */
static void await_close(int fd)
{
    for (int ms = 0; ms < CLOSING_MS && half_open(fd) > 0; ms += CHECK_MS) {
        poll(NULL, 0, CHECK_MS);
    }
}

static bool report(int fd, const char *file, bool ok)
{
    struct info i;
    int extra = extra_subflows(fd, &i);
    FILE *f = fopen(file, "w");

    if (f == NULL) {
        return complain(false, file);
    }
    fprintf(f, "result %s\nmptcp %s\nextra_subflows %d\nsent %llu\n", ok ? "ok" : "lost",
            extra < 0 ? "no" : "yes", extra, (unsigned long long)out_flow.moved);
    print_meter(f, &in_meter);
    return fclose(f) == 0 || complain(false, file);
}

static int usage(void)
{
    fputs("usage: peer [--tcp] [--bind ADDR] [--after-eof] [--wait-subflows N] [--info FILE]\n"
          "            connect ADDR PORT | listen PORT\n"
          "       peer gen BYTES SEED | meter FILE\n",
          stderr);
    return USAGE;
}

int main(int argc, char **argv)
{
    static const struct option list[] = {
        {"tcp", no_argument, NULL, 't'},        {"bind", required_argument, NULL, 'b'},
        {"after-eof", no_argument, NULL, 'a'},  {"wait-subflows", required_argument, NULL, 'w'},
        {"info", required_argument, NULL, 'i'}, {NULL, 0, NULL, 0}};
    struct options o = {0};
    int c;

    while ((c = getopt_long(argc, argv, "+", list, NULL)) != -1) {
        switch (c) {
        case 't':
            o.tcp = true;
            break;
        case 'b':
            o.bind = optarg;
            break;
        case 'a':
            o.after_eof = true;
            break;
        case 'w':
            o.wait_subflows = atoi(optarg);
            break;
        case 'i':
            o.info = optarg;
            break;
        default:
            return usage();
        }
    }
    char **arg = argv + optind;
    int n = argc - optind;
    if (n == 3 && strcmp(arg[0], "gen") == 0) {
        return generate(strtoull(arg[1], NULL, 0), strtoull(arg[2], NULL, 0));
    }
    if (n == 2 && strcmp(arg[0], "meter") == 0) {
        return meter(arg[1]);
    }
    int fd = -1;
    if (n == 3 && strcmp(arg[0], "connect") == 0) {
        fd = dial(&o, arg[1], atoi(arg[2]));
    } else if (n == 2 && strcmp(arg[0], "listen") == 0) {
        fd = take(&o, atoi(arg[1]));
    } else {
        return usage();
    }
    if (fd < 0) {
        return NOT_CONNECTED;
    }
    bool ok = converse(fd, &o);
    if (o.info != NULL && !report(fd, o.info, ok)) {
        ok = false;
    }
    if (ok) {
        await_close(fd);
    }
    close(fd);
    return ok ? OK : LOST;
}
