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
static uint64_t epoch; /* of nc_now, in us after 1970 */
static bool broken;

bool nc_capture_open(const char *name, const struct nc_options *o)
{
    struct timespec t;

    path_name = name;
    file = fopen(name, "w");
    if (file == NULL) {
        nc_complain("%s: %s", name, strerror(errno));
        return false;
    }
    clock_gettime(CLOCK_REALTIME, &t);
    epoch = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u - nc_now();
    broken = !mptcpl_pcapng_begin(file);
    for (unsigned i = 0; i < o->paths; i++) {
        broken |= !mptcpl_pcapng_interface(file, o->path[i].tun);
    }
    return true;
}

void nc_capture(unsigned path, const struct pbuf *p)
{
    uint8_t flat[65536];

    if (file == NULL) {
        return;
    }
    u16_t n = pbuf_copy_partial(p, flat, p->tot_len, 0);
    broken |= !mptcpl_pcapng_packet(file, path, epoch + nc_now(), flat, n);
}

bool nc_capture_close(void)
{
    if (file == NULL) {
        return true;
    }
    if (fclose(file) != 0 || broken) {
        nc_complain("%s: could not be written", path_name);
        return false;
    }
    return true;
}
