/*
 * capture.c - what the shim sends and gets, as a pcapng file with an interface per link.
 */
#include "proxy.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "port/pcapng.h"

static FILE *file;
static const char *file_name;
static bool broken;

bool px_capture_open(const char *name)
{
    file_name = name;
    file = fopen(name, "we");
    if (file == NULL) {
        prog_complain("%s: %s", name, strerror(errno));
        return false;
    }
    broken = !mptcpl_pcapng_begin(file);
    for (unsigned i = 0; i < px_tun_links(); i++) {
        broken |= !mptcpl_pcapng_interface(file, px_tun_name(i));
    }
    return true;
}

void px_capture(unsigned nif, const uint8_t *packet, uint32_t length)
{
    struct timespec t;

    if (file == NULL) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t us = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    broken |= !mptcpl_pcapng_packet(file, nif, us, packet, length);
}

bool px_capture_close(void)
{
    if (file == NULL) {
        return true;
    }
    if (fclose(file) != 0 || broken) {
        prog_complain("%s: could not be written", file_name);
        return false;
    }
    return true;
}
