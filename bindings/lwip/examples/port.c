/*
 * port.c - clock and entropy of the examples, from Linux; and the octets that their servers send.
 */
#define _DEFAULT_SOURCE
#include <limits.h>

#include "example.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static mptcp_time now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (mptcp_time)t.tv_sec * 1000000u + (mptcp_time)t.tv_nsec / 1000u;
}

static void entropy(void *out, size_t n)
{
    if (getrandom(out, n, 0) != (ssize_t)n) {
        abort();
    }
}

const struct mptcpl_port example_port = {now, entropy};

static uint8_t octet(uint32_t at)
{
    return (uint8_t)(at * 2654435761u >> 24);
}

void example_octets(uint8_t *to, uint32_t at, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        to[i] = octet(at + i);
    }
}

bool example_right(const struct pbuf *p, uint32_t at)
{
    for (; p != NULL; p = p->next) {
        const uint8_t *octets = p->payload;
        for (uint32_t i = 0; i < p->len; i++) {
            if (octets[i] != octet(at++)) {
                return false;
            }
        }
    }
    return true;
}

void example_report(const char *name, struct mptcpl_pcb *pcb, uint32_t octets)
{
    struct mptcpl_subflow_stats s;

    printf("%s: %lu octets", name, (unsigned long)octets);
    for (unsigned i = 0; mptcpl_subflow_stats(pcb, i, &s); i++) {
        printf(", subflow from %s %s: %llu", ipaddr_ntoa(&s.local), s.alive ? "alive" : "over",
               (unsigned long long)s.bytes_received);
    }
    printf("\n");
}
