/*
 * tun.c - TUN devices, which may be deleted, and made again, while a program runs.
 *
 *   gone   -> there, by prog_tun_open, prog_tun_attach and prog_tun_begin. A device that is lost is
 *             looked for by its name, once in AGAIN_US
 *   there  -> gone, by prog_tun_lose, when reads of it fail
 */
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RUNNING_TRIES 500u
#define PAUSE_NS 1000000
#define MTU_USUAL 1500u
#define QUEUE_USUAL 500u
#define AGAIN_US 1000000u

void prog_tun_init(struct prog_tun *tun, const char *name)
{
    *tun = (struct prog_tun){.fd = -1};
    memcpy(tun->name, name, strnlen(name, sizeof tun->name - 1));
}

bool prog_tun_there(const char *name)
{
    bool there = if_nametoindex(name) != 0;

    if (!there) {
        prog_complain("%s: no such device", name);
    }
    return there;
}

static struct ifreq request(const char *name)
{
    struct ifreq r = {0};

    memcpy(r.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    return r;
}

static void leave(struct prog_tun *tun)
{
    if (tun->fd >= 0) {
        close(tun->fd);
    }
    tun->fd = -1;
}

void prog_tun_refuse(struct prog_tun *tun, const char *what, const char *why)
{
    if (!tun->refused) {
        prog_complain("%s: %s", what, why);
    }
    tun->refused = true;
    leave(tun);
}

bool prog_tun_open(struct prog_tun *tun)
{
    tun->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun->fd < 0) {
        prog_tun_refuse(tun, "/dev/net/tun", strerror(errno));
    }
    return tun->fd >= 0;
}

bool prog_tun_attach(struct prog_tun *tun, unsigned flags)
{
    struct ifreq r = request(tun->name);

    r.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | flags);
    if (ioctl(tun->fd, TUNSETIFF, &r) < 0) {
        prog_tun_refuse(tun, tun->name,
                        errno == EINVAL ? "not a TUN device, or one with other flags"
                                        : strerror(errno));
        return false;
    }
    return true;
}

/* The kernel drops what it sends to a device until it has taken note that somebody is attached, a
 * moment later: an answer to the first SYN would be lost. */
static void wait_until_running(const char *name, int s)
{
    struct timespec pause = {.tv_nsec = PAUSE_NS};
    struct ifreq r = request(name);

    for (unsigned i = 0; i < RUNNING_TRIES; i++) {
        if (ioctl(s, SIOCGIFFLAGS, &r) < 0 || (r.ifr_flags & IFF_UP) == 0) {
            return;
        }
        nanosleep(&pause, NULL);
        if ((r.ifr_flags & IFF_RUNNING) != 0) {
            return;
        }
    }
}

void prog_tun_begin(struct prog_tun *tun)
{
    struct ifreq r = request(tun->name);
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    tun->mtu = MTU_USUAL;
    tun->queue = QUEUE_USUAL;
    if (s < 0) {
        return;
    }
    if (ioctl(s, SIOCGIFMTU, &r) == 0) {
        tun->mtu = (unsigned)r.ifr_mtu;
    }
    if (ioctl(s, SIOCGIFTXQLEN, &r) == 0) {
        tun->queue = (unsigned)r.ifr_qlen;
    }
    wait_until_running(tun->name, s);
    close(s);
}

void prog_tun_lose(struct prog_tun *tun, mptcp_time now)
{
    leave(tun);
    tun->refused = false;
    tun->again_at = now + AGAIN_US;
}

mptcp_time prog_tun_next(const struct prog_tun *tun)
{
    return tun->fd >= 0 ? MPTCP_NEVER : tun->again_at;
}

bool prog_tun_back(struct prog_tun *tun, mptcp_time now)
{
    if (tun->fd >= 0 || now < tun->again_at) {
        return false;
    }
    tun->again_at = now + AGAIN_US;
    if (if_nametoindex(tun->name) == 0) {
        tun->refused = false;
        return false;
    }
    return true;
}
