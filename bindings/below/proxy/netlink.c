/*
 * netlink.c - devices, addresses, routes and rules of a network namespace, by rtnetlink: one
 * request, one answer. Each function returns 0, or the errno that the kernel answered.
 */
#include "proxy.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 256u

struct message {
    struct nlmsghdr head;
    uint8_t body[ROOM];
};

int px_netlink_open(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* Appends octets, padded to a multiple of 4 with zeros, which the message is full of. */
static void put(struct message *m, const void *octets, size_t n)
{
    memcpy((uint8_t *)m + m->head.nlmsg_len, octets, n);
    m->head.nlmsg_len += (uint32_t)NLMSG_ALIGN(n);
}

static void put_attribute(struct message *m, uint16_t type, const void *octets, size_t n)
{
    struct rtattr a = {.rta_len = (uint16_t)RTA_LENGTH(n), .rta_type = type};

    put(m, &a, sizeof a);
    put(m, octets, n);
}

static void put_number(struct message *m, uint16_t type, uint32_t n)
{
    put_attribute(m, type, &n, sizeof n);
}

static void put_ip(struct message *m, uint16_t type, const struct mptcp_addr *addr)
{
    put_attribute(m, type, addr->ip, addr->family == 6 ? 16 : 4);
}

static void begin(struct message *m, uint16_t type, const void *body, size_t n)
{
    memset(m, 0, sizeof *m);
    m->head.nlmsg_type = type;
    m->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
    m->head.nlmsg_len = NLMSG_HDRLEN;
    put(m, body, n);
}

struct answer {
    struct nlmsghdr head;
    union {
        struct nlmsgerr error;
        struct rtmsg route;
    };
    uint8_t rest[ROOM * 4];
};

/* Its length is in *n. */
static int exchange(int fd, const struct message *m, struct answer *answer, size_t *n)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    if (sendto(fd, m, m->head.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) {
        return errno;
    }
    ssize_t got = recv(fd, answer, sizeof *answer, 0);
    if (got < 0) {
        return errno;
    }
    *n = (size_t)got;
    return *n < sizeof answer->head + sizeof answer->error.error ? EPROTO : 0;
}

static int ask(int fd, const struct message *m)
{
    struct answer answer = {0};
    size_t n = 0;
    int e = exchange(fd, m, &answer, &n);

    if (e != 0) {
        return e;
    }
    return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
}

static uint8_t family_of(unsigned family)
{
    return family == 6 ? AF_INET6 : AF_INET;
}

static uint8_t bits_of(unsigned family)
{
    return family == 6 ? 128 : 32;
}

/* mtu 0, queue 0: as they are. */
int px_netlink_up(int fd, unsigned device, unsigned mtu, unsigned queue)
{
    struct ifinfomsg body = {.ifi_index = (int)device, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct message m;

    begin(&m, RTM_NEWLINK, &body, sizeof body);
    if (mtu != 0) {
        put_number(&m, IFLA_MTU, mtu);
    }
    if (queue != 0) {
        put_number(&m, IFLA_TXQLEN, queue);
    }
    return ask(fd, &m);
}

/* Without its network, which is reached by its default route; in IPv6 in use at once. */
int px_netlink_address(int fd, unsigned device, const struct mptcp_addr *addr)
{
    struct ifaddrmsg body = {.ifa_family = family_of(addr->family),
                             .ifa_prefixlen = bits_of(addr->family),
                             .ifa_flags = IFA_F_NODAD,
                             .ifa_index = device};
    struct message m;

    begin(&m, RTM_NEWADDR, &body, sizeof body);
    put_ip(&m, IFA_LOCAL, addr);
    put_ip(&m, IFA_ADDRESS, addr);
    return ask(fd, &m);
}

/* The default route of a table: the device itself. */
int px_netlink_route(int fd, unsigned device, unsigned family, uint32_t table)
{
    struct rtmsg body = {.rtm_family = family_of(family),
                         .rtm_table = RT_TABLE_UNSPEC,
                         .rtm_protocol = RTPROT_BOOT,
                         .rtm_scope = RT_SCOPE_LINK,
                         .rtm_type = RTN_UNICAST};
    struct message m;

    begin(&m, RTM_NEWROUTE, &body, sizeof body);
    put_number(&m, RTA_TABLE, table);
    put_number(&m, RTA_OIF, device);
    return ask(fd, &m);
}

/* What comes from this address is routed by this table. */
int px_netlink_rule(int fd, const struct mptcp_addr *from, uint32_t table)
{
    struct fib_rule_hdr body = {.family = family_of(from->family),
                                .src_len = bits_of(from->family),
                                .action = FR_ACT_TO_TBL};
    struct message m;

    begin(&m, RTM_NEWRULE, &body, sizeof body);
    put_ip(&m, FRA_SRC, from);
    put_number(&m, FRA_TABLE, table);
    return ask(fd, &m);
}

/* Where packets to this address go: to this machine itself, or out of *device (0: nowhere). */
int px_netlink_way(int fd, const struct mptcp_addr *to, bool *own, unsigned *device)
{
    struct rtmsg body = {.rtm_family = family_of(to->family), .rtm_dst_len = bits_of(to->family)};
    struct message m;
    struct answer answer = {0};
    size_t n = 0;

    begin(&m, RTM_GETROUTE, &body, sizeof body);
    m.head.nlmsg_flags = NLM_F_REQUEST;
    put_ip(&m, RTA_DST, to);
    int e = exchange(fd, &m, &answer, &n);
    if (e != 0 || answer.head.nlmsg_type == NLMSG_ERROR) {
        return e != 0 ? e : -answer.error.error;
    }
    *own = answer.route.rtm_type == RTN_LOCAL;
    *device = 0;
    size_t left = n - NLMSG_LENGTH(sizeof answer.route);
    for (struct rtattr *a = RTM_RTA(&answer.route); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type == RTA_OIF) {
            memcpy(device, RTA_DATA(a), sizeof *device);
        }
    }
    return 0;
}
