/*
 * tun.c - TUN devices as interfaces of lwIP: an interface per path, a device
 * per name. Packets are read and written as they are, without a link header; a
 * packet leaves by the interface that has its source address (the binding's
 * routing hooks see to that).
 *
 * A device that takes no packet has lost it, as networks do: TCP sends it again. One that is
 * deleted takes its paths with it, as an address does that is removed (paths.c). One of the same
 * name that is made later, which is looked for once a second, brings them back.
 */
#include "nc.h"
#include "offload.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lwip/ip.h"
#include "lwip/ip6.h"
#include "lwip/pbuf.h"

#define BATCH 64u
#define WINDOW_MIN 65536u

struct device {
    struct prog_tun tun;
    struct nc_path *first; /* of the paths on it */
    unsigned paths;
    bool more;
    bool emulated;
    bool offload;
    struct mptcpl_merge waiting; /* what is about to leave a device with offload */
    struct nc_way out;
    struct nc_way in;
};

static struct device devices[NC_PATHS];
static unsigned count;
static struct nc_options *options;

static unsigned number_of(const struct netif *netif)
{
    unsigned i = 0;
    while (&options->path[i].netif != netif) {
        i++;
    }
    return i;
}

/* ---------------------------------------------------------------------- output */

static void write_packet(const struct device *d, const struct iovec *v, int n)
{
    if (writev(d->tun.fd, v, n) < 0) {
        return; /* lost, whatever the reason */
    }
}

void nc_tun_flush(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (devices[i].tun.fd >= 0) {
            nc_offload_flush(devices[i].tun.fd, &devices[i].waiting);
        }
    }
}

static err_t output(struct netif *netif, struct pbuf *p)
{
    struct device *d = netif->state;
    struct iovec v[NC_PIECES];

    if (d->tun.fd < 0) {
        return ERR_IF;
    }
    nc_capture(number_of(netif), p);
    if (d->emulated) {
        nc_way_put(&d->out, p);
        return ERR_OK;
    }
    int n = nc_pieces(p, v);
    if (!d->offload) {
        write_packet(d, v, n);
    } else {
        nc_offload_put(d->tun.fd, &d->waiting, v, n);
    }
    return ERR_OK;
}

static err_t output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    (void)to;
    return output(netif, p);
}

static err_t output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
    (void)to;
    return output(netif, p);
}

/* ----------------------------------------------------------------------- input */

/* The interface whose address a packet goes to, if several share the device. */
static struct netif *netif_for(const struct device *d, const struct pbuf *p)
{
    const uint8_t *ip = p->payload;
    bool v6 = p->len >= 40 && ip[0] >> 4 == 6;

    for (unsigned i = 0; d->paths > 1 && p->len >= 20 && i < options->paths; i++) {
        struct nc_path *path = &options->path[i];
        if (path->netif.state != d || IP_IS_V6(&path->addr) != v6) {
            continue;
        }
        if (v6 ? memcmp(ip + 24, ip_2_ip6(&path->addr)->addr, 16) == 0
               : memcmp(ip + 16, &ip_2_ip4(&path->addr)->addr, 4) == 0) {
            return &path->netif;
        }
    }
    return &d->first->netif;
}

/*
 * What reads and writes say of a deleted device, for ever, while poll calls it ready. lwIP ends all
 * TCP connections that are bound to an address when its interface goes.
 */
static void lose(struct device *d)
{
    prog_tun_lose(&d->tun, nc_now());
    prog_complain("%s: the device is gone%s", d->tun.name,
                  nc_tun_left() ? "" : ", and no other is left");
    for (unsigned i = 0; i < options->paths; i++) {
        struct nc_path *path = &options->path[i];
        if (path->netif.state == d) {
            path->gone = true;
            netif_remove(&path->netif);
        }
    }
}

/* What a read said; false if there is nothing. */
static bool has_read(struct device *d, ssize_t len)
{
    if (len < 0 && errno != EAGAIN && errno != EINTR) {
        lose(d);
    }
    return len > 0;
}

/* Into the buffers of a pbuf; false if there is nothing. */
static bool fill(struct device *d, struct pbuf *p)
{
    struct iovec v[NC_PIECES];
    ssize_t len = readv(d->tun.fd, v, nc_pieces(p, v));

    if (!has_read(d, len)) {
        return false;
    }
    pbuf_realloc(p, (u16_t)len);
    return true;
}

/* With offload lwIP need not make TCP's checksums, but for a capture to be as on a wire. */
static void set_checksums(struct netif *netif, const struct device *d, bool whole)
{
    u16_t spared = whole ? NETIF_CHECKSUM_CHECK_TCP : 0;

    if (d->offload && options->common.pcap == NULL) {
        spared |= NETIF_CHECKSUM_GEN_TCP;
    }
    NETIF_SET_CHECKSUM_CTRL(netif, (u16_t)(NETIF_CHECKSUM_ENABLE_ALL & ~spared));
}

/* `whole`: lwIP need not look at TCP's checksum. A device with offload gives segments that follow
 * one another as one already. */
static void deliver(const struct device *d, struct pbuf *p, bool whole)
{
    struct netif *netif = netif_for(d, p);

    nc_capture(number_of(netif), p);
    set_checksums(netif, d, whole);
    if ((d->offload ? ip_input : mptcpl_gather)(p, netif) != ERR_OK) {
        pbuf_free(p);
    }
}

static void input(struct device *d)
{
    d->more = false;
    for (unsigned i = 0; i < BATCH && d->tun.fd >= 0; i++) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)d->tun.mtu, PBUF_POOL);
        if (p == NULL) {
            return; /* the device keeps them: what is delivered gives buffers back */
        }
        bool whole = false;
        if (!(d->offload ? has_read(d, nc_offload_get(d->tun.fd, p, &whole)) : fill(d, p))) {
            pbuf_free(p);
            return;
        }
        if (d->emulated) {
            nc_way_put(&d->in, p);
            pbuf_free(p);
        } else {
            deliver(d, p, whole);
        }
    }
    d->more = d->tun.fd >= 0;
}

void nc_tun_input(void)
{
    for (unsigned i = 0; i < count; i++) {
        input(&devices[i]);
    }
}

bool nc_tun_left(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (devices[i].tun.fd >= 0) {
            return true;
        }
    }
    return false;
}

bool nc_tun_more(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (devices[i].more) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ emulated links */

static void work(struct device *d)
{
    static uint8_t packet[65536];
    size_t n;

    while ((n = nc_way_take(&d->out, packet, sizeof packet)) > 0) {
        struct iovec v = {packet, n};
        write_packet(d, &v, 1);
    }
    while ((n = nc_way_take(&d->in, packet, sizeof packet)) > 0) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_POOL);
        if (p == NULL) {
            return;
        }
        pbuf_take(p, packet, (u16_t)n);
        if (d->tun.fd >= 0) {
            deliver(d, p, false);
        } else {
            pbuf_free(p);
        }
    }
}

void nc_tun_work(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (devices[i].emulated) {
            work(&devices[i]);
        }
    }
}

uint64_t nc_tun_deadline(void)
{
    uint64_t at = MPTCP_NEVER;
    for (unsigned i = 0; i < count; i++) {
        at = LWIP_MIN(at, nc_way_next(&devices[i].out));
        at = LWIP_MIN(at, nc_way_next(&devices[i].in));
    }
    return at;
}

static void emulate(struct device *d)
{
    for (unsigned i = 0; i < options->emulations; i++) {
        const struct nc_emulation *e = &options->emulation[i];
        if (strcmp(e->tun, d->tun.name) == 0) {
            d->emulated = true;
            d->out.link = d->in.link = e->link;
            d->out.link.seed = (uint32_t)options->seed + 2 * count;
            d->in.link.seed = (uint32_t)options->seed + 2 * count + 1;
        }
    }
}

unsigned nc_tun_fds(int *fd)
{
    for (unsigned i = 0; i < count; i++) {
        fd[i] = devices[i].tun.fd;
    }
    return count;
}

/* ------------------------------------------------------------------ the devices */

static bool attach(struct device *d)
{
    if (!prog_tun_open(&d->tun)) {
        return false;
    }
    d->offload = !d->emulated && !options->no_offload && nc_offload_possible(d->tun.fd);
    if (!prog_tun_attach(&d->tun, d->offload ? IFF_VNET_HDR : 0)) {
        return false;
    }
    nc_offload_ask(d->tun.fd, d->offload && options->common.pcap == NULL);
    prog_tun_begin(&d->tun);
    return true;
}

static struct device *device_of(struct nc_path *path)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(devices[i].tun.name, path->tun) == 0) {
            devices[i].paths++;
            return &devices[i];
        }
    }
    struct device *d = &devices[count];
    memset(d, 0, sizeof *d);
    prog_tun_init(&d->tun, path->tun);
    d->first = path;
    d->paths = 1;
    emulate(d);
    if (!prog_tun_there(d->tun.name) || !attach(d)) {
        return NULL;
    }
    count++;
    return d;
}

static err_t init(struct netif *netif)
{
    const struct device *d = netif->state;

    netif->name[0] = 't';
    netif->name[1] = 'u';
    netif->mtu = (u16_t)LWIP_MIN(d->tun.mtu, 0xffffu);
    netif->mtu6 = netif->mtu;
    netif->output = output4;
    netif->output_ip6 = output6;
    netif->flags = NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static bool add_interface(struct nc_path *path, struct device *d)
{
    struct netif *n = &path->netif;
    ip4_addr_t mask = {0};
    bool v4 = IP_IS_V4(&path->addr);

    if (v4 && path->prefix > 0) {
        mask.addr = lwip_htonl(0xffffffffu << (32 - path->prefix));
    }
    if (netif_add(n, v4 ? ip_2_ip4(&path->addr) : IP4_ADDR_ANY4, &mask, IP4_ADDR_ANY4, d, init,
                  ip_input) == NULL) {
        return false;
    }
    if (!v4) {
        netif_ip6_addr_set(n, 0, ip_2_ip6(&path->addr));
        netif_ip6_addr_set_state(n, 0, IP6_ADDR_PREFERRED);
    }
    set_checksums(n, d, false);
    netif_set_up(n);
    return true;
}

/* Attaches to a device that is gone: there is one of its name again. */
static void come_back(struct device *d)
{
    if (!attach(d)) {
        return;
    }
    prog_complain("%s: the device is back", d->tun.name);
    for (unsigned i = 0; i < options->paths; i++) {
        struct nc_path *path = &options->path[i];
        if (path->netif.state == d) {
            path->gone = !add_interface(path, d);
        }
    }
}

void nc_tun_again(void)
{
    for (unsigned i = 0; i < count; i++) {
        if (prog_tun_back(&devices[i].tun, nc_now())) {
            come_back(&devices[i]);
        }
    }
}

uint64_t nc_tun_next(void)
{
    uint64_t next = MPTCP_NEVER;

    for (unsigned i = 0; i < count; i++) {
        uint64_t at = prog_tun_next(&devices[i].tun);
        next = LWIP_MIN(next, at);
    }
    return next;
}

/*
 * The kernel queues only so many packets for a device and drops the rest. A window
 * that fits that queue spares a fast sender those losses.
 */
static void fit_window(struct nc_options *o)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t fits = devices[i].tun.queue / 4 * 3 * devices[i].tun.mtu;
        if (!devices[i].emulated && fits >= WINDOW_MIN) {
            o->config.rcv_buf = LWIP_MIN(o->config.rcv_buf, fits);
        }
    }
}

bool nc_tun_open(struct nc_options *o)
{
    options = o;
    for (unsigned i = 0; i < o->paths; i++) {
        struct device *d = device_of(&o->path[i]);
        if (d == NULL || !add_interface(&o->path[i], d)) {
            return false;
        }
        o->config.long_mappings |= d->offload;
    }
    fit_window(o);
    return true;
}

void nc_tun_close(void)
{
    nc_tun_flush();
    for (unsigned i = 0; i < count; i++) {
        if (devices[i].tun.fd >= 0) {
            nc_offload_ask(devices[i].tun.fd, false);
            close(devices[i].tun.fd);
        }
    }
}
