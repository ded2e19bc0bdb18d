/*
 * tun.c - the links. Each has two TUN devices: the outer one, which the machine's own namespace has
 * made and routes, and an inner one in the subflows' namespace. A packet from the outer one goes
 * through below_in to the inner one, a packet from the inner one through below_out to the outer
 * one; so the shim stands between the kernel's TCP and the network.
 *
 * TCP runs within the write to the inner device. What it sends then waits in that device until
 * px_tun_out reads it, and never meets a call of below that is not complete.
 *
 * A device that takes no packet has lost it, as networks do: TCP sends it again.
 *
 *   there     -> gone, when it is deleted: its addresses are removed from all connections
 *   gone      -> there, when one of its name can be attached to, which is tried once in AGAIN_US:
 *                its addresses are added again. Its inner device stays all the time
 */
#include "proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define IN_MOST 256u   /* packets of a link at a time */
#define OUT_MOST 1024u /* packets of TCP at a time */
#define QUEUE 8192u    /* packets that TCP may send before they are read */
#define PACKET 65536u
#define AGAIN_US 1000000u
#define TABLE 100u /* the first routing table that is used in the subflows' namespace */

struct link {
    char tun[IFNAMSIZ];
    int outer; /* -1: gone */
    int inner;
    unsigned mtu;
    bool refused; /* gone: why that of its name can't be attached to has been said */
};

static struct link links[PX_PATHS];
static unsigned count;
static mptcp_time again_at; /* when devices that are gone are looked for; MPTCP_NEVER: none is */

/* --------------------------------------------------------------------- packets */

void px_tun_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    (void)context;
    if (nif >= count || links[nif].outer < 0) {
        return;
    }
    prog_capture(nif, frame, length);
    if (write(links[nif].outer, frame, length) < 0) {
        return; /* lost, whatever the reason */
    }
}

/* What reads of a deleted device say, for ever. */
static void lose(unsigned nif)
{
    struct link *l = &links[nif];

    close(l->outer);
    l->outer = -1;
    again_at = px_now() + AGAIN_US;
    prog_complain("%s: the device is gone%s", l->tun,
                  px_tun_left() ? "" : ", and no other is left");
    px_links_drop(nif);
}

static bool read_outer(unsigned nif)
{
    static uint8_t packet[PACKET];
    const struct link *l = &links[nif];

    for (unsigned i = 0; i < IN_MOST && l->outer >= 0; i++) {
        ssize_t n = read(l->outer, packet, sizeof packet);
        if (n <= 0) {
            if (n < 0 && errno != EAGAIN && errno != EINTR) {
                lose(nif);
            }
            return i != 0;
        }
        prog_capture(nif, packet, (uint32_t)n);
        if (below_in(px_below, nif, packet, (uint32_t)n, px_now()) == SHIM_PASS &&
            write(l->inner, packet, (size_t)n) < 0) {
            continue; /* lost */
        }
    }
    return l->outer >= 0;
}

bool px_tun_in(void)
{
    bool some = false;

    for (unsigned nif = 0; nif < count; nif++) {
        some |= read_outer(nif);
    }
    return some;
}

/* The subflows' namespace may have more to say than is the network's business. */
static bool from_our_address(unsigned nif, const uint8_t *packet, size_t n)
{
    for (unsigned i = 0; i < px_o->paths; i++) {
        const struct px_path *p = &px_o->path[i];
        if (p->nif != nif) {
            continue;
        }
        if (p->addr.family == 4 && n >= 20 && packet[0] >> 4 == 4 &&
            memcmp(packet + 12, p->addr.ip, 4) == 0) {
            return true;
        }
        if (p->addr.family == 6 && n >= 40 && packet[0] >> 4 == 6 &&
            memcmp(packet + 8, p->addr.ip, 16) == 0) {
            return true;
        }
    }
    return false;
}

bool px_tun_out(void)
{
    static uint8_t packet[PACKET];
    bool some = false;

    for (unsigned nif = 0; nif < count; nif++) {
        const struct link *l = &links[nif];
        for (unsigned i = 0; i < OUT_MOST && l->inner >= 0; i++) {
            ssize_t n = read(l->inner, packet, sizeof packet);
            if (n <= 0) {
                break;
            }
            some = true;
            if (from_our_address(nif, packet, (size_t)n)) {
                below_out(px_below, nif, packet, (uint32_t)n, px_now());
            }
        }
    }
    return some;
}

bool px_tun_left(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (links[i].outer >= 0) {
            return true;
        }
    }
    return false;
}

unsigned px_tun_links(void)
{
    return count;
}

const char *px_tun_name(unsigned nif)
{
    return links[nif].tun;
}

unsigned px_tun_mtu(unsigned nif)
{
    return links[nif].mtu;
}

/* ----------------------------------------------------------------- the devices */

/* A device of this name, of the namespace in which this is called; -1: there is none. Complains, if
 * that was not done before. */
static int open_tun(const char *name, bool complained)
{
    int fd = prog_tun_open();

    if (fd >= 0 && prog_tun_attach(fd, name, 0)) {
        return fd;
    }
    if (!complained) {
        prog_tun_complain(fd, name, errno);
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static bool attach_outer(struct link *l)
{
    l->outer = open_tun(l->tun, l->refused);
    l->refused = l->outer < 0;
    if (l->refused) {
        return false;
    }
    l->mtu = prog_tun_begin(l->tun).mtu;
    return true;
}

/* 0, or an errno. */
static int configure(int netlink, unsigned nif)
{
    unsigned device = if_nametoindex(links[nif].tun);
    int e = px_netlink_up(netlink, device, links[nif].mtu, QUEUE);
    unsigned families = 0;

    for (unsigned i = 0; i < px_o->paths && e == 0; i++) {
        const struct px_path *p = &px_o->path[i];
        if (p->nif != nif) {
            continue;
        }
        e = px_netlink_address(netlink, device, &p->addr);
        if (e == 0 && (families & 1u << p->addr.family) == 0) {
            families |= 1u << p->addr.family;
            e = px_netlink_route(netlink, device, p->addr.family, TABLE + nif);
        }
        e = e != 0 ? e : px_netlink_rule(netlink, &p->addr, TABLE + nif);
    }
    return e;
}

/* In the subflows' namespace. */
static bool make_inner(void)
{
    int netlink = px_netlink_open();
    int e = netlink < 0 ? errno : px_netlink_up(netlink, if_nametoindex("lo"), 0, 0);

    for (unsigned i = 0; i < count && e == 0; i++) {
        links[i].inner = open_tun(links[i].tun, false);
        if (links[i].inner < 0) {
            close(netlink);
            return false;
        }
        e = configure(netlink, i);
    }
    if (netlink >= 0) {
        close(netlink);
    }
    if (e != 0) {
        prog_complain("the subflows' namespace can't be set up: %s", strerror(e));
    }
    return e == 0;
}

static unsigned link_of(const struct px_path *path)
{
    unsigned i = 0;

    while (i < count && strcmp(links[i].tun, path->tun) != 0) {
        i++;
    }
    if (i == count) {
        links[count++] = (struct link){.outer = -1, .inner = -1};
        memcpy(links[i].tun, path->tun, sizeof links[i].tun);
    }
    return i;
}

bool px_tun_open(struct px_options *o)
{
    for (unsigned i = 0; i < o->paths; i++) {
        o->path[i].nif = link_of(&o->path[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!prog_tun_there(links[i].tun) || !attach_outer(&links[i])) {
            return false;
        }
    }
    px_space_enter();
    bool made = make_inner();
    px_space_leave();
    return made;
}

/* The inner device has the MTU of the new outer one. */
static void fit_inner(unsigned nif)
{
    struct link *l = &links[nif];
    unsigned most = px_o->config.shim.mtu; /* of all links when the program began */

    l->mtu = l->mtu < most ? l->mtu : most;
    px_space_enter();
    int netlink = px_netlink_open();
    if (netlink >= 0) {
        px_netlink_up(netlink, if_nametoindex(l->tun), l->mtu, 0);
        close(netlink);
    }
    px_space_leave();
    below_set_mtu(px_below, nif, (uint16_t)l->mtu);
}

/* Attaches to the device of a link that is gone, if there is one of its name again. */
static void come_back(unsigned nif)
{
    struct link *l = &links[nif];

    if (if_nametoindex(l->tun) == 0) {
        l->refused = false;
        return;
    }
    if (!attach_outer(l)) {
        return;
    }
    if (!px_loop_add(l->outer, EPOLLIN, PX_TAG_LINK, nif)) {
        close(l->outer);
        l->outer = -1;
        return;
    }
    fit_inner(nif);
    px_links_back(nif);
    prog_complain("%s: the device is back", l->tun);
}

void px_tun_again(void)
{
    if (px_now() < again_at) {
        return;
    }
    again_at = MPTCP_NEVER;
    for (unsigned i = 0; i < count; i++) {
        if (links[i].outer < 0) {
            come_back(i);
        }
        again_at = links[i].outer < 0 ? px_now() + AGAIN_US : again_at;
    }
}

mptcp_time px_tun_next(void)
{
    return again_at;
}

bool px_tun_watch(void)
{
    again_at = MPTCP_NEVER;
    for (unsigned i = 0; i < count; i++) {
        if (!px_loop_add(links[i].outer, EPOLLIN, PX_TAG_LINK, i) ||
            !px_loop_add(links[i].inner, EPOLLIN, PX_TAG_LINK, i)) {
            return false;
        }
    }
    return true;
}

void px_tun_close(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (links[i].outer >= 0) {
            close(links[i].outer);
        }
        close(links[i].inner);
    }
}
