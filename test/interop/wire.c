/*
 * wire.c - emulated paths between two network namespaces: what one end's kernel sends into a TUN
 * device comes out of the device of the same name at the other end, as late as the path is long.
 *
 *   wire NAMESPACE NAMESPACE NAME=LINK...    LINK as mptcp-nc's --emulate has it
 *
 * It makes the devices NAME in both namespaces, says "ready" on stdout, and carries packets until
 * it is ended by a signal. Exit status 2 if it cannot begin.
 */
#define _GNU_SOURCE
#include "port/link.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PATHS 4
#define PACKET 1600u
#define HELD 8192u /* packets that a direction holds at most */

struct packet {
    mptcp_time at; /* when it arrives */
    uint32_t len;
    uint8_t data[PACKET];
};

/* A direction of a path: packets on their way, in the order of their arrival. */
struct way {
    struct mptcpl_link link;
    int from;
    int to;
    unsigned first;
    unsigned count;
    struct packet *held;
};

static struct way ways[PATHS * 2];
static unsigned nways;

static void die(const char *what, const char *which)
{
    fprintf(stderr, "wire: %s: %s\n", which, what);
    exit(2);
}

static mptcp_time now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (mptcp_time)t.tv_sec * 1000000 + (mptcp_time)t.tv_nsec / 1000;
}

/* A TUN device of this name in the namespace; the device goes with the process. */
static int open_tun(const char *namespace, const char *name)
{
    char path[128];
    struct ifreq request = {0};

    snprintf(path, sizeof path, "/run/netns/%s", namespace);
    int ns = open(path, O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWNET) < 0) {
        die("no such network namespace", namespace);
    }
    close(ns);
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
        die("no TUN device", name);
    }
    return fd;
}

static void add_way(const struct mptcpl_link *link, int from, int to)
{
    struct way *w = &ways[nways++];

    w->link = *link;
    w->from = from;
    w->to = to;
    w->held = calloc(HELD, sizeof *w->held);
    if (w->held == NULL) {
        die("no memory", "packets");
    }
}

static void add_path(char *const namespaces[2], const char *text)
{
    char name[IFNAMSIZ] = {0};
    struct mptcpl_link link = {.seed = nways + 1};
    const char *spec = strchr(text, '=');

    if (spec == NULL || (size_t)(spec - text) >= sizeof name || nways == PATHS * 2) {
        die("NAME=LINK is wanted, for at most 4 paths", text);
    }
    memcpy(name, text, (size_t)(spec - text));
    const char *wrong = mptcpl_link_parse(spec + 1, &link);
    if (wrong != NULL) {
        die(wrong, text);
    }
    int a = open_tun(namespaces[0], name);
    int b = open_tun(namespaces[1], name);
    add_way(&link, a, b);
    add_way(&link, b, a);
}

/* Takes what waits at the device into the path. */
static void take(struct way *w)
{
    while (w->count < HELD) {
        struct packet *p = &w->held[(w->first + w->count) % HELD];
        ssize_t n = read(w->from, p->data, sizeof p->data);
        if (n <= 0) {
            return;
        }
        p->len = (uint32_t)n;
        p->at = mptcpl_link_push(&w->link, p->len, now());
        w->count += p->at != MPTCP_NEVER;
    }
}

/* Lets out what has arrived. A device that is down, or full, loses it, as a cable would. */
static void let_out(struct way *w)
{
    while (w->count > 0 && w->held[w->first].at <= now()) {
        const struct packet *p = &w->held[w->first];
        ssize_t n = write(w->to, p->data, p->len);
        (void)n;
        w->first = (w->first + 1) % HELD;
        w->count--;
    }
}

static void wait_for_packets(void)
{
    struct pollfd fds[PATHS * 2];
    mptcp_time next = now() + 1000000;

    for (unsigned i = 0; i < nways; i++) {
        const struct way *w = &ways[i];
        fds[i] = (struct pollfd){.fd = w->from, .events = w->count < HELD ? POLLIN : 0};
        if (w->count > 0 && w->held[w->first].at < next) {
            next = w->held[w->first].at;
        }
    }
    mptcp_time t = now();
    mptcp_time us = next > t ? next - t : 0;
    struct timespec wait = {.tv_sec = (time_t)(us / 1000000),
                            .tv_nsec = (long)(us % 1000000) * 1000};
    ppoll(fds, nways, &wait, NULL);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr,
                "usage: wire NAMESPACE NAMESPACE NAME=rate:20mbit,delay:10ms,queue:64k...\n");
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        add_path(argv + 1, argv[i]);
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        wait_for_packets();
        for (unsigned i = 0; i < nways; i++) {
            take(&ways[i]);
            let_out(&ways[i]);
        }
    }
}
