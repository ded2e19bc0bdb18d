/*
 * values.c - values of options: numbers, addresses, lists of names.
 */
#include "programs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

void prog_list_name(char list[PROG_NAMES], unsigned i, unsigned n, const char *name)
{
    const char *before = i == 0 ? "" : i + 1 < n ? ", " : " or ";
    size_t used = strlen(list);

    snprintf(list + used, PROG_NAMES - used, "%s%s", before, name);
}
