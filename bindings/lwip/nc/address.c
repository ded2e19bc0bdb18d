/*
 * address.c - addresses as text, by the C library's functions: lwIP's readers take
 * forms that nobody means (10.1 for 10.0.0.1).
 */
#include "nc.h"

#include <arpa/inet.h>
#include <string.h>

bool nc_literal(const char *text, ip_addr_t *addr)
{
    uint8_t ip[16];

    memset(addr, 0, sizeof *addr);
    if (inet_pton(AF_INET, text, ip) == 1) {
        IP_SET_TYPE(addr, IPADDR_TYPE_V4);
        memcpy(&ip_2_ip4(addr)->addr, ip, 4);
        return true;
    }
    if (inet_pton(AF_INET6, text, ip) == 1) {
        IP_SET_TYPE(addr, IPADDR_TYPE_V6);
        memcpy(ip_2_ip6(addr)->addr, ip, 16);
        return true;
    }
    return false;
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
