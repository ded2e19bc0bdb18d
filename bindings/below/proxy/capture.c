/*
 * capture.c - what the shim sends and gets, as a file with an interface per link.
 */
#include "proxy.h"

bool px_capture_open(const char *file)
{
    if (!prog_capture_open(file)) {
        return false;
    }
    for (unsigned i = 0; i < px_tun_links(); i++) {
        prog_capture_interface(px_tun_name(i));
    }
    return true;
}
