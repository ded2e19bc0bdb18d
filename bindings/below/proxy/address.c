/*
 * address.c - addresses as text, and as the kernel's socket calls have them.
 */
#include "proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* Family 0 is any address, of IPv6 and so of both. */
socklen_t px_to_socket(const struct mptcp_addr *addr, struct sockaddr_storage *to)
{
    memset(to, 0, sizeof *to);
    if (addr->family == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(addr->port);
        memcpy(&v4->sin_addr, addr->ip, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(addr->port);
    memcpy(&v6->sin6_addr, addr->ip, 16);
    return sizeof *v6;
}

/* A socket for both families tells an IPv4 address as an IPv4-mapped one (RFC 4291 s2.5.5.2): it is
 * an IPv4 address here. */
bool px_from_socket(const struct sockaddr_storage *from, struct mptcp_addr *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    memset(addr, 0, sizeof *addr);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        addr->family = 4;
        addr->port = ntohs(v4->sin_port);
        memcpy(addr->ip, &v4->sin_addr, 4);
        return true;
    }
    if (from->ss_family != AF_INET6) {
        return false;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
    addr->port = ntohs(v6->sin6_port);
    if (memcmp(&v6->sin6_addr, mapped, sizeof mapped) == 0) {
        addr->family = 4;
        memcpy(addr->ip, v6->sin6_addr.s6_addr + 12, 4);
    } else {
        addr->family = 6;
        memcpy(addr->ip, &v6->sin6_addr, 16);
    }
    return true;
}

const char *px_print_ip(const struct mptcp_addr *addr, char text[PX_ADDRESS])
{
    return inet_ntop(addr->family == 6 ? AF_INET6 : AF_INET, addr->ip, text, PX_ADDRESS);
}

const char *px_print(const struct mptcp_addr *addr, char text[PX_ADDRESS])
{
    char ip[INET6_ADDRSTRLEN] = "*";

    if (addr->family != 0) {
        inet_ntop(addr->family == 6 ? AF_INET6 : AF_INET, addr->ip, ip, sizeof ip);
    }
    snprintf(text, PX_ADDRESS, addr->family == 6 ? "[%s]:%u" : "%s:%u", ip, addr->port);
    return text;
}
