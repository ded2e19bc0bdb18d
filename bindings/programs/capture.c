/*
 * capture.c - the packets that a program sends and gets, as a pcapng file with an interface for
 * each device.
 *
 * Closed -> open, by prog_capture_open; then its interfaces are named, then packets come. A packet
 * of a capture that is closed is ignored.
 */
#include "programs.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "port/pcapng.h"

static FILE *file; /* NULL: closed */
static const char *file_name;
static bool broken; /* something could not be written */

bool prog_capture_open(const char *name)
{
    file_name = name;
    file = fopen(name, "we");
    if (file == NULL) {
        prog_complain("%s: %s", name, strerror(errno));
        return false;
    }
    broken = !mptcpl_pcapng_begin(file);
    return true;
}

void prog_capture_interface(const char *name)
{
    broken |= !mptcpl_pcapng_interface(file, name);
}

bool prog_capturing(void)
{
    return file != NULL;
}

void prog_capture(unsigned interface, const void *packet, uint32_t length)
{
    struct timespec t;

    if (file == NULL) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t us = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    broken |= !mptcpl_pcapng_packet(file, interface, us, packet, length);
}

bool prog_capture_close(void)
{
    bool whole = file == NULL || (fclose(file) == 0 && !broken);

    file = NULL;
    if (!whole) {
        prog_complain("%s: could not be written", file_name);
    }
    return whole;
}
