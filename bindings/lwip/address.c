/*
 * address.c - addresses of lwIP's and of the library's, and the interface that has one: for an lwIP
 * of either family, or of both.
 */
#include "binding.h"
#include "hooks.h"

#include <string.h>

/* Where those of an address are, in the order of the network. */
#if LWIP_IPV4 && LWIP_IPV6
#define OCTETS(ip) \
    (IP_IS_V6_VAL(*(ip)) ? (uint8_t *)ip_2_ip6(ip)->addr : (uint8_t *)&ip_2_ip4(ip)->addr)
#elif LWIP_IPV6
#define OCTETS(ip) ((uint8_t *)ip_2_ip6(ip)->addr)
#else
#define OCTETS(ip) ((uint8_t *)&ip_2_ip4(ip)->addr)
#endif

static size_t length(bool v6)
{
    return v6 ? 16 : 4;
}

bool mptcpl_is_at(const ip_addr_t *ip, bool v6, const uint8_t *octets)
{
    return IP_IS_V6(ip) == v6 && memcmp(OCTETS(ip), octets, length(v6)) == 0;
}

void mptcpl_to_addr(const ip_addr_t *ip, u16_t port, struct mptcp_addr *a)
{
    bool v6 = IP_IS_V6(ip);

    memset(a, 0, sizeof *a);
    a->port = port;
    a->family = v6 ? 6 : 4;
    memcpy(a->ip, OCTETS(ip), length(v6));
}

bool mptcpl_from_addr(const struct mptcp_addr *a, ip_addr_t *ip)
{
    bool v6 = a->family == 6;

    memset(ip, 0, sizeof *ip);
    if (!((v6 && LWIP_IPV6) || (!v6 && LWIP_IPV4))) {
        return false;
    }
    IP_SET_TYPE(ip, v6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4);
    memcpy(OCTETS(ip), a->ip, length(v6));
    return true;
}

#if LWIP_IPV4
/* A packet leaves on the interface that has its source address. */
struct netif *mptcpl_hook_route4(const void *src, const void *dest)
{
    const ip4_addr_t *a = (const ip4_addr_t *)src;
    struct netif *netif;

    (void)dest;
    if (a == NULL || ip4_addr_isany(a)) {
        return NULL;
    }
    NETIF_FOREACH(netif)
    {
        if (netif_is_up(netif) && ip4_addr_eq(a, netif_ip4_addr(netif))) {
            return netif;
        }
    }
    return NULL;
}
#endif

#if LWIP_IPV6
struct netif *mptcpl_hook_route6(const void *src, const void *dest)
{
    const ip6_addr_t *a = (const ip6_addr_t *)src;
    struct netif *netif;

    (void)dest;
    if (a == NULL || ip6_addr_isany(a)) {
        return NULL;
    }
    NETIF_FOREACH(netif)
    {
        for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
            if (netif_is_up(netif) && ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
                ip6_addr_zoneless_eq(a, netif_ip6_addr(netif, i))) {
                return netif;
            }
        }
    }
    return NULL;
}
#endif

#if LWIP_IPV4 && LWIP_IPV6
#define OWNER(ip)                                               \
    (IP_IS_V6_VAL(*(ip)) ? mptcpl_hook_route6(OCTETS(ip), NULL) \
                         : mptcpl_hook_route4(OCTETS(ip), NULL))
#elif LWIP_IPV6
#define OWNER(ip) mptcpl_hook_route6(OCTETS(ip), NULL)
#else
#define OWNER(ip) mptcpl_hook_route4(OCTETS(ip), NULL)
#endif

bool mptcpl_is_here(bool v6, const uint8_t *octets)
{
    struct mptcp_addr a = {.family = v6 ? 6 : 4};
    ip_addr_t ip;

    memcpy(a.ip, octets, length(v6));
    return mptcpl_from_addr(&a, &ip) && OWNER(&ip) != NULL;
}
