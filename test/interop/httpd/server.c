/*
 * server.c - lwIP's HTTP server, its source untouched, over MPTCP on two TUN
 * devices: what an embedder's port looks like, and the server of the test that
 * asks it from Linux (run).
 *
 *   httpd-mptcp DEVICE=ADDRESS/PREFIX DEVICE=ADDRESS/PREFIX
 *
 * It listens on port 443 of every address and announces the second one. It prints a line when
 * it listens, and runs until it is ended.
 */
#define _GNU_SOURCE
#include <limits.h>

#include "altcp_mptcp.h"

#include "lwip/altcp_tls.h"
#include "lwip/apps/httpd.h"
#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/timeouts.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PATHS 2
#define MTU 1500
#define BATCH 16

static struct path {
    int fd;
    ip_addr_t addr;
    struct netif netif;
} paths[PATHS];

/* --------------------------------------------------------------- the port */

static mptcp_time clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (mptcp_time)t.tv_sec * 1000000u + (mptcp_time)t.tv_nsec / 1000u;
}

u32_t sys_now(void)
{
    return (u32_t)(clock_us() / 1000u);
}

static void entropy(void *out, size_t n)
{
    if (getrandom(out, n, 0) != (ssize_t)n) {
        abort();
    }
}

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* ------------------------------------------------------------ TUN devices */

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    const struct path *path = netif->state;
    uint8_t packet[MTU];
    u16_t n = pbuf_copy_partial(p, packet, sizeof packet, 0);

    (void)to;
    return write(path->fd, packet, n) == (ssize_t)n ? ERR_OK : ERR_IF;
}

static err_t init_netif(struct netif *netif)
{
    netif->name[0] = 't';
    netif->name[1] = 'n';
    netif->mtu = MTU;
    netif->output = output;
    return ERR_OK;
}

static void input(struct path *path)
{
    uint8_t packet[MTU];

    for (unsigned i = 0; i < BATCH; i++) {
        ssize_t n = read(path->fd, packet, sizeof packet);
        struct pbuf *p = n <= 0 ? NULL : pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_POOL);
        if (p == NULL) {
            return;
        }
        pbuf_take(p, packet, (u16_t)n);
        if (ip_input(p, &path->netif) != ERR_OK) {
            pbuf_free(p);
        }
    }
}

static void open_device(struct path *path, const char *name)
{
    struct ifreq request = {0};

    path->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (path->fd < 0) {
        fail("/dev/net/tun");
    }
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(path->fd, TUNSETIFF, &request) < 0) {
        fail(name);
    }
}

/* DEVICE=ADDRESS/PREFIX, IPv4. */
static bool add_path(struct path *path, char *text)
{
    char *addr = strchr(text, '=');
    char *bits = addr == NULL ? NULL : strchr(addr, '/');
    ip4_addr_t mask;
    ip4_addr_t none;

    if (bits == NULL) {
        return false;
    }
    *addr++ = *bits++ = '\0';
    unsigned long prefix = strtoul(bits, NULL, 10);
    if (!ipaddr_aton(addr, &path->addr) || !IP_IS_V4(&path->addr) || prefix < 1 || prefix > 32) {
        return false;
    }
    open_device(path, text);
    mask.addr = lwip_htonl(0xffffffffu << (32 - prefix));
    ip4_addr_set_zero(&none);
    netif_add(&path->netif, ip_2_ip4(&path->addr), &mask, &none, path, init_netif, ip_input);
    netif_set_link_up(&path->netif);
    netif_set_up(&path->netif);
    return true;
}

static void announce(void *arg, struct mptcpl_pcb *pcb)
{
    (void)arg;
    mptcpl_add_path(pcb, &paths[1].addr, &paths[1].netif, MPTCP_ADDR_ANNOUNCE);
}

/* --------------------------------------------------------------- the loop */

static void serve(void)
{
    struct pollfd fds[PATHS];

    for (unsigned i = 0; i < PATHS; i++) {
        fds[i] = (struct pollfd){.fd = paths[i].fd, .events = POLLIN};
    }
    for (;;) {
        uint32_t us = mptcpl_sleep_us();
        u32_t ms = sys_timeouts_sleeptime();
        poll(fds, PATHS, (int)LWIP_MIN(ms, LWIP_MIN(us / 1000u, 1000u)));
        for (unsigned i = 0; i < PATHS; i++) {
            input(&paths[i]);
        }
        sys_check_timeouts();
        mptcpl_work();
    }
}

int main(int argc, char **argv)
{
    static const struct mptcpl_port port = {clock_us, entropy};
    static struct altcp_mptcp mptcp;

    if (argc != 1 + PATHS) {
        fprintf(stderr, "usage: httpd-mptcp DEVICE=ADDRESS/PREFIX DEVICE=ADDRESS/PREFIX\n");
        return 1;
    }
    lwip_init();
    if (mptcpl_init(&port) != ERR_OK) {
        return 2;
    }
    for (unsigned i = 0; i < PATHS; i++) {
        if (!add_path(&paths[i], argv[1 + i])) {
            fprintf(stderr, "httpd-mptcp: %s is no DEVICE=ADDRESS/PREFIX\n", argv[1 + i]);
            return 1;
        }
    }
    altcp_mptcp_init(&mptcp);
    mptcp.setup = announce;
    httpd_inits((struct altcp_tls_config *)&mptcp);
    puts("listening");
    fflush(stdout);
    serve();
}
