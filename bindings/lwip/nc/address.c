/*
 * address.c - addresses as text, by the C library's functions: lwIP's readers take
 * forms that nobody means (10.1 for 10.0.0.1).
 */
#include "nc.h"

#include <arpa/inet.h>
#include <string.h>

void nc_from_addr(const struct mptcp_addr *from, ip_addr_t *to)
{
    memset(to, 0, sizeof *to);
    if (from->family == 6) {
        IP_SET_TYPE(to, IPADDR_TYPE_V6);
        memcpy(ip_2_ip6(to)->addr, from->ip, 16);
    } else {
        IP_SET_TYPE(to, IPADDR_TYPE_V4);
        memcpy(&ip_2_ip4(to)->addr, from->ip, 4);
    }
}

bool nc_literal(const char *text, ip_addr_t *addr)
{
    struct mptcp_addr a;

    if (!prog_literal(text, &a)) {
        return false;
    }
    nc_from_addr(&a, addr);
    return true;
}

const char *nc_print(const ip_addr_t *addr, uint16_t port, char text[NC_ADDRESS])
{
    char ip[INET6_ADDRSTRLEN] = "?";

    if (IP_IS_V6(addr)) {
        inet_ntop(AF_INET6, ip_2_ip6(addr)->addr, ip, sizeof ip);
    } else {
        inet_ntop(AF_INET, &ip_2_ip4(addr)->addr, ip, sizeof ip);
    }
    snprintf(text, NC_ADDRESS, IP_IS_V6(addr) ? "[%s]:%u" : "%s:%u", ip, port);
    return text;
}
