/*
 * values.c - values of options: numbers, durations, addresses, names of schedulers.
 */
#include "programs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mptcp/scheduler.h"

#define SUBFLOWS_MOST 8u
#define SURVIVE_MOST 3600u /* s */
#define WAIT_MOST 600000u  /* ms */

bool prog_number(const char *text, uint64_t low, uint64_t high, uint64_t *n)
{
    char *rest;

    errno = 0;
    *n = strtoull(text, &rest, 10);
    return text[0] >= '0' && text[0] <= '9' && *rest == '\0' && errno == 0 && *n >= low &&
           *n <= high;
}

bool prog_wrong(const char *option, const char *value, const char *expected)
{
    prog_complain("%s %s: expected %s", option, value, expected);
    return false;
}

const char *prog_split_tun(const char *text, char tun[IFNAMSIZ])
{
    const char *equals = strchr(text, '=');
    size_t n = equals == NULL ? 0 : (size_t)(equals - text);

    if (n == 0 || n >= IFNAMSIZ) {
        return NULL;
    }
    memset(tun, 0, IFNAMSIZ);
    memcpy(tun, text, n);
    return equals + 1;
}

bool prog_literal(const char *text, struct mptcp_addr *addr)
{
    memset(addr, 0, sizeof *addr);
    if (inet_pton(AF_INET, text, addr->ip) == 1) {
        addr->family = 4;
        return true;
    }
    if (inet_pton(AF_INET6, text, addr->ip) == 1) {
        addr->family = 6;
        return true;
    }
    return false;
}

bool prog_max_subflows(uint8_t *n, const char *text)
{
    uint64_t number;

    if (!prog_number(text, 1, SUBFLOWS_MOST, &number)) {
        return prog_wrong("--max-subflows", text, "a number from 1 to 8");
    }
    *n = (uint8_t)number;
    return true;
}

bool prog_survive(uint32_t *us, const char *text)
{
    uint64_t n;

    if (!prog_number(text, 0, SURVIVE_MOST, &n)) {
        return prog_wrong("--survive", text, "0 to 3600 seconds");
    }
    *us = (uint32_t)n * 1000000u;
    return true;
}

bool prog_wait(uint32_t *us, const char *option, uint64_t low, const char *text)
{
    uint64_t n;

    if (!prog_number(text, low, WAIT_MOST, &n)) {
        return prog_wrong(option, text, low == 0 ? "0 to 600000 ms" : "1 to 600000 ms");
    }
    *us = (uint32_t)n * 1000u;
    return true;
}

bool prog_waits_fit(uint32_t silence_min, uint32_t answer_wait, uint32_t silence_limit)
{
    if (answer_wait < silence_min) {
        prog_complain("--answer-wait %u is less than --silence-min %u", answer_wait / 1000u,
                      silence_min / 1000u);
        return false;
    }
    if (silence_limit != 0 && silence_limit < answer_wait) {
        prog_complain("--silence-limit %u is less than --answer-wait %u", silence_limit / 1000u,
                      answer_wait / 1000u);
        return false;
    }
    return true;
}

void prog_list_name(char list[PROG_NAMES], unsigned i, unsigned n, const char *name)
{
    const char *before = i == 0 ? "" : i + 1 < n ? ", " : " or ";
    size_t used = strlen(list);

    snprintf(list + used, PROG_NAMES - used, "%s%s", before, name);
}

bool prog_scheduler(unsigned *scheduler, const char *text)
{
    char known[PROG_NAMES] = "";

    for (unsigned i = 0; i < mptcp_schedulers_count; i++) {
        if (strcmp(text, mptcp_schedulers[i]->name) == 0) {
            *scheduler = i;
            return true;
        }
        prog_list_name(known, i, mptcp_schedulers_count, mptcp_schedulers[i]->name);
    }
    return prog_wrong("--scheduler", text, known);
}
