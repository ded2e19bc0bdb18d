/*
 * socks.c - the messages of SOCKS5 (RFC 1928), as far as they are served: no authentication,
 * CONNECT, addresses of IPv4 and IPv6 and names. A message may come in pieces: its reader is asked
 * again with all octets that have come so far.
 */
#include "proxy.h"

#include <string.h>

#define VERSION 5
#define METHOD_NONE 0
#define CONNECT 1
#define IS_IPV4 1
#define IS_NAME 3
#define IS_IPV6 4
#define HEAD 4u /* octets before the address */

int px_socks_greeting(const uint8_t *p, uint32_t n)
{
    if (n >= 1 && p[0] != VERSION) {
        return PX_SOCKS_NONSENSE;
    }
    if (n < 2 || n < 2u + p[1]) {
        return 0;
    }
    return memchr(p + 2, METHOD_NONE, p[1]) != NULL ? 2 + p[1] : -PX_SOCKS_METHOD;
}

/* Octets of the address of a request of n octets; 0: not known yet. */
static uint32_t address_length(const uint8_t *p, uint32_t n)
{
    switch (p[3]) {
    case IS_IPV4:
        return 4;
    case IS_IPV6:
        return 16;
    default:
        return n > HEAD ? 1u + p[HEAD] : 0;
    }
}

static bool take_address(const uint8_t *p, uint32_t length, struct px_request *q)
{
    if (p[3] != IS_NAME) {
        q->addr.family = p[3] == IS_IPV4 ? 4 : 6;
        memcpy(q->addr.ip, p + HEAD, length);
        return true;
    }
    memcpy(q->host, p + HEAD + 1, length - 1);
    if (length == 1 || memchr(q->host, '\0', length - 1) != NULL) {
        return false;
    }
    if (prog_literal(q->host, &q->addr)) {
        q->host[0] = '\0';
    }
    return true;
}

int px_socks_request(const uint8_t *p, uint32_t n, struct px_request *q)
{
    memset(q, 0, sizeof *q);
    if (n >= 1 && p[0] != VERSION) {
        return PX_SOCKS_NONSENSE;
    }
    if (n < HEAD) {
        return 0;
    }
    if (p[1] != CONNECT) {
        return -PX_SOCKS_COMMAND;
    }
    if (p[3] != IS_IPV4 && p[3] != IS_NAME && p[3] != IS_IPV6) {
        return -PX_SOCKS_FAMILY;
    }
    uint32_t length = address_length(p, n);
    if (length == 0 || n < HEAD + length + 2) {
        return 0;
    }
    q->port = (uint16_t)(p[HEAD + length] << 8 | p[HEAD + length + 1]);
    if (!take_address(p, length, q) || q->port == 0) {
        return -PX_SOCKS_GENERAL;
    }
    q->addr.port = q->port;
    return (int)(HEAD + length + 2);
}

/* The address from which it was connected is not told: there may be several. */
uint32_t px_socks_answer(uint8_t *p, unsigned code)
{
    static const uint8_t answer[10] = {VERSION, 0, 0, IS_IPV4};

    memcpy(p, answer, sizeof answer);
    p[1] = (uint8_t)code;
    return sizeof answer;
}
