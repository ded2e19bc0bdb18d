/*
 * capture.c - what lwIP sends and gets, as a pcapng file with an interface per
 * path. A packet that an emulated link loses is there if we sent it.
 */
#include "nc.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "port/pcapng.h"

static FILE *file;
static const char *path_name;
static bool broken;

bool nc_capture_open(const char *name, const struct nc_options *o)
{
    path_name = name;
    file = fopen(name, "w");
    if (file == NULL) {
        prog_complain("%s: %s", name, strerror(errno));
        return false;
    }
    broken = !mptcpl_pcapng_begin(file);
    for (unsigned i = 0; i < o->paths; i++) {
        broken |= !mptcpl_pcapng_interface(file, o->path[i].tun);
    }
    return true;
}

void nc_capture(unsigned path, const struct pbuf *p)
{
    uint8_t flat[65536];
    struct timespec t;

    if (file == NULL) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t us = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    u16_t n = pbuf_copy_partial(p, flat, p->tot_len, 0);
    broken |= !mptcpl_pcapng_packet(file, path, us, flat, n);
}

bool nc_capture_close(void)
{
    if (file == NULL) {
        return true;
    }
    if (fclose(file) != 0 || broken) {
        prog_complain("%s: could not be written", path_name);
        return false;
    }
    return true;
}
