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
 *   gone      -> there, when one of its name can be attached to, which is tried once a second: its
 *                addresses are added again. Its inner device stays all the time
 *
 * While no link is there, the program waits for one.
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
#define TABLE 100u /* the first routing table that is used in the subflows' namespace */

struct link {
    struct prog_tun outer;
    struct prog_tun inner;
};

static struct link links[PX_PATHS];
static unsigned count;

/* --------------------------------------------------------------------- packets */

void px_tun_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    (void)context;
    if (nif >= count || links[nif].outer.fd < 0) {
        return;
    }
    prog_capture(nif, frame, length);
    if (write(links[nif].outer.fd, frame, length) < 0) {
        return; /* lost, whatever the reason */
    }
}

static bool one_is_left(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (links[i].outer.fd >= 0) {
            return true;
        }
    }
    return false;
}

/* What reads of a deleted device say, for ever. */
static void lose(unsigned nif)
{
    struct link *l = &links[nif];

    prog_tun_lose(&l->outer, px_now());
    prog_complain("%s: the device is gone%s", l->outer.name,
                  one_is_left() ? "" : ", and no other is left: waiting for one");
    px_links_drop(nif);
}

static bool read_outer(unsigned nif)
{
    static uint8_t packet[PACKET];
    const struct link *l = &links[nif];

    for (unsigned i = 0; i < IN_MOST && l->outer.fd >= 0; i++) {
        ssize_t n = read(l->outer.fd, packet, sizeof packet);
        if (n <= 0) {
            if (n < 0 && errno != EAGAIN && errno != EINTR) {
                lose(nif);
            }
            return i != 0;
        }
        prog_capture(nif, packet, (uint32_t)n);
        if (below_in(px_below, nif, packet, (uint32_t)n, px_now()) == SHIM_PASS &&
            write(l->inner.fd, packet, (size_t)n) < 0) {
            continue; /* lost */
        }
    }
    return l->outer.fd >= 0;
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
        for (unsigned i = 0; i < OUT_MOST && l->inner.fd >= 0; i++) {
            ssize_t n = read(l->inner.fd, packet, sizeof packet);
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

unsigned px_tun_links(void)
{
    return count;
}

const char *px_tun_name(unsigned nif)
{
    return links[nif].outer.name;
}

unsigned px_tun_mtu(unsigned nif)
{
    return links[nif].outer.mtu;
}

/* ----------------------------------------------------------------- the devices */

static bool attach(struct prog_tun *tun)
{
    return prog_tun_open(tun) && prog_tun_attach(tun, 0);
}

static bool attach_outer(struct link *l)
{
    if (!attach(&l->outer)) {
        return false;
    }
    prog_tun_begin(&l->outer);
    return true;
}

/* 0, or an errno. */
static int configure(int netlink, unsigned nif)
{
    unsigned device = if_nametoindex(links[nif].inner.name);
    int e = px_netlink_up(netlink, device, links[nif].outer.mtu, QUEUE);
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
        if (!attach(&links[i].inner)) {
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

    while (i < count && strcmp(links[i].outer.name, path->tun) != 0) {
        i++;
    }
    if (i == count) {
        prog_tun_init(&links[i].outer, path->tun);
        prog_tun_init(&links[i].inner, path->tun);
        count++;
    }
    return i;
}

bool px_tun_open(struct px_options *o)
{
    for (unsigned i = 0; i < o->paths; i++) {
        o->path[i].nif = link_of(&o->path[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!prog_tun_there(links[i].outer.name) || !attach_outer(&links[i])) {
            return false;
        }
    }
    px_space_enter();
    bool made = make_inner();
    px_space_leave();
    return made;
}

/* The inner device has the MTU of the new outer one, or less. */
static void fit_inner(unsigned nif)
{
    struct link *l = &links[nif];
    unsigned most = px_o->config.shim.mtu; /* of all links when the program began */

    l->outer.mtu = l->outer.mtu < most ? l->outer.mtu : most;
    px_space_enter();
    int netlink = px_netlink_open();
    int e = netlink < 0 ? errno
                        : px_netlink_up(netlink, if_nametoindex(l->inner.name), l->outer.mtu, 0);
    if (netlink >= 0) {
        close(netlink);
    }
    px_space_leave();
    if (e != 0) {
        prog_complain("%s: TCP can't be told of its MTU, %u: %s", l->outer.name, l->outer.mtu,
                      strerror(e));
    }
    below_set_mtu(px_below, nif, (uint16_t)l->outer.mtu);
}

/* Attaches to the device of a link that is gone: there is one of its name again. */
static void come_back(unsigned nif)
{
    struct link *l = &links[nif];

    if (!attach_outer(l)) {
        return;
    }
    if (!px_watch(l->outer.fd, EPOLLIN, PX_TAG_LINK, nif)) {
        prog_tun_refuse(&l->outer, l->outer.name, strerror(errno));
        return;
    }
    fit_inner(nif);
    px_links_back(nif);
    prog_complain("%s: the device is back", l->outer.name);
}

void px_tun_again(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (prog_tun_back(&links[i].outer, px_now())) {
            come_back(i);
        }
    }
}

mptcp_time px_tun_next(void)
{
    mptcp_time next = MPTCP_NEVER;

    for (unsigned i = 0; i < count; i++) {
        mptcp_time at = prog_tun_next(&links[i].outer);
        next = at < next ? at : next;
    }
    return next;
}

bool px_tun_watch(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (!px_watch(links[i].outer.fd, EPOLLIN, PX_TAG_LINK, i) ||
            !px_watch(links[i].inner.fd, EPOLLIN, PX_TAG_LINK, i)) {
            return false;
        }
    }
    return true;
}

void px_tun_close(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (links[i].outer.fd >= 0) {
            close(links[i].outer.fd);
        }
        close(links[i].inner.fd);
    }
}
