/*
 * clock.c - what the program and lwIP ask the machine for: time and random octets.
 */
#include "nc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lwip/sys.h"

static uint64_t clock_us;

uint64_t nc_tick(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    clock_us = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    return clock_us;
}

uint64_t nc_now(void)
{
    return clock_us;
}

/* lwIP's clock, in milliseconds. */
u32_t sys_now(void)
{
    return (u32_t)(clock_us / 1000u);
}

void nc_entropy(void *out, size_t n)
{
    if (getrandom(out, n, 0) != (ssize_t)n) {
        prog_complain("no randomness: %s", strerror(errno));
        exit(NC_LOST);
    }
}
