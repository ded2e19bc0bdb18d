/*
 * capture.c - what lwIP sends and gets, as a file with an interface per path. A packet that an
 * emulated link loses is there if we sent it.
 */
#include "nc.h"

bool nc_capture_open(const char *file, const struct nc_options *o)
{
    if (!prog_capture_open(file)) {
        return false;
    }
    for (unsigned i = 0; i < o->paths; i++) {
        prog_capture_interface(o->path[i].tun);
    }
    return true;
}

void nc_capture(unsigned path, const struct pbuf *p)
{
    uint8_t flat[65536];

    if (prog_capturing()) {
        prog_capture(path, flat, pbuf_copy_partial(p, flat, p->tot_len, 0));
    }
}
