/*
 * space.c - the network namespace in which the subflows' sockets live. It has no name, is this
 * process's alone, and vanishes with it: nothing is left to be cleaned up, and nothing of the
 * machine's own addresses and routes is changed.
 *
 * A socket belongs to the namespace in which its thread was when it was made; so does a TUN device.
 */
#include "proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int outside = -1;
static int inside = -1;

static int this_space(void)
{
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* A setting of this namespace. Where the kernel has none of that name, there is nothing to set. */
static void set(const char *name, const char *value)
{
    char path[128];

    snprintf(path, sizeof path, "/proc/sys/net/%s", name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t n = write(fd, value, strlen(value));
        (void)n;
        close(fd);
    }
}

/*
 * Packets for others are not forwarded, although a router's own setting is copied into a new
 * namespace. Nothing is sent unasked: no addresses are made, and no routers are asked for. A port
 * is taken for each subflow.
 */
static void settle(void)
{
    set("ipv4/ip_forward", "0");
    set("ipv4/conf/all/rp_filter", "0");
    set("ipv4/conf/default/rp_filter", "0");
    set("ipv4/ip_local_port_range", "10000 65535");
    set("ipv6/conf/default/addr_gen_mode", "1");
    set("ipv6/conf/default/accept_ra", "0");
    set("ipv6/conf/default/router_solicitations", "0");
}

bool px_space_make(void)
{
    outside = this_space();
    if (outside < 0 || unshare(CLONE_NEWNET) < 0) {
        prog_complain("no network namespace can be made: %s", strerror(errno));
        return false;
    }
    inside = this_space();
    if (inside < 0) {
        prog_complain("the new network namespace can't be kept: %s", strerror(errno));
        return false;
    }
    settle();
    px_space_leave();
    return true;
}

/* What succeeded once can only fail if this process was taken its privileges. */
static void go(int space)
{
    if (setns(space, CLONE_NEWNET) < 0) {
        prog_complain("the network namespace can't be changed: %s", strerror(errno));
        exit(PX_LOST);
    }
}

void px_space_enter(void)
{
    go(inside);
}

void px_space_leave(void)
{
    go(outside);
}
