/*
 * tun.c - TUN devices: attaching to one, and what is to be known of it.
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

int prog_tun_open(void)
{
    return open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
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

bool prog_tun_attach(int fd, const char *name, unsigned flags)
{
    struct ifreq r = request(name);

    r.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | flags);
    return ioctl(fd, TUNSETIFF, &r) == 0;
}

void prog_tun_complain(int fd, const char *name, int why)
{
    prog_complain("%s: %s", fd < 0 ? "/dev/net/tun" : name,
                  fd >= 0 && why == EINVAL ? "not a TUN device, or one with other flags"
                                           : strerror(why));
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

struct prog_tun prog_tun_begin(const char *name)
{
    struct prog_tun tun = {.mtu = MTU_USUAL, .queue = QUEUE_USUAL};
    struct ifreq r = request(name);
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (s < 0) {
        return tun;
    }
    if (ioctl(s, SIOCGIFMTU, &r) == 0) {
        tun.mtu = (unsigned)r.ifr_mtu;
    }
    if (ioctl(s, SIOCGIFTXQLEN, &r) == 0) {
        tun.queue = (unsigned)r.ifr_qlen;
    }
    wait_until_running(name, s);
    close(s);
    return tun;
}
