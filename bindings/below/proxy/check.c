/*
 * check.c - whether a path's address can be answered: what comes back from the network must be
 * routed to its device, so the address is another one than this machine's own.
 */
#include "proxy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Routing by rules may lead elsewhere what really comes back: so that is only a warning. */
static bool check(int netlink, const struct px_path *p)
{
    char text[PX_ADDRESS];
    unsigned device = 0;
    bool own = false;
    int e = px_netlink_way(netlink, &p->addr, &own, &device);

    px_print_ip(&p->addr, text);
    if (e == 0 && own) {
        prog_complain(
            "--path %s=%s: that is this machine's own address; the proxy needs another one "
            "of the device's network",
            p->tun, text);
        return false;
    }
    if (e != 0 || device != if_nametoindex(p->tun)) {
        prog_complain("warning: no route to %s leads to %s: what comes back may not arrive", text,
                      p->tun);
    }
    return true;
}

bool px_paths_check(void)
{
    int netlink = px_netlink_open();
    bool fine = true;

    if (netlink < 0) {
        prog_complain("no netlink: %s", strerror(errno));
        return false;
    }
    for (unsigned i = 0; i < px_o->paths && fine; i++) {
        fine = check(netlink, &px_o->path[i]);
    }
    close(netlink);
    return fine;
}
