/*
 * mtu.c - how long packets may be on the path of a subflow: Packet Too Big of ICMPv6 (RFC 8201).
 *
 * lwIP keeps the path MTU with the neighbour that a packet leaves to, so an interface without
 * neighbours (a TUN device, PPP) forgets it; and it looks there when a connection begins: one that
 * is open goes on with its segments, which no router lets through. Here:
 *
 *   heard     a Packet Too Big about a segment of a subflow that is in flight: noted, and done when
 *             lwIP's input is over
 *   check     the MSS is lowered; what is in flight leaves again, cut anew (recut.c). Nothing was
 *             lost to congestion: the window stays
 *   begin     for ten minutes (RFC 8201 s5.3) a new subflow between the same two addresses has the
 *             lower MSS from its beginning
 *
 * Over IPv4 no router asks for this: lwIP sends TCP without DF, and routers fragment it.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/inet_chksum.h"
#include "lwip/priv/tcp_priv.h"

#include <string.h>

#define RETRY_US 10000u

#if LWIP_IPV6

#include "lwip/ip6.h"
#include "lwip/prot/icmp6.h"

#define ICMP_HEADER 8u
#define MTU_MIN 1280u /* RFC 8200 s5: no path has less */
#define LIFE_US 600000000u
#define PLACES 8u

/* What was heard of a path. */
struct path_mtu {
    ip_addr_t local;
    ip_addr_t remote;
    u16_t mss; /* 0: nothing */
    mptcp_time until;
};

static struct path_mtu places[PLACES];

static u32_t number_at(const uint8_t *p)
{
    return (u32_t)p[0] << 24 | (u32_t)p[1] << 16 | (u32_t)p[2] << 8 | p[3];
}

/* The place of a path; or, for `make`, that which is over, or over first. */
static struct path_mtu *place_of(const struct tcp_pcb *pcb, bool make)
{
    struct path_mtu *first = &places[0];

    for (unsigned i = 0; i < PLACES; i++) {
        struct path_mtu *at = &places[i];
        if (at->mss != 0 && ip_addr_eq(&at->local, &pcb->local_ip) &&
            ip_addr_eq(&at->remote, &pcb->remote_ip)) {
            return at;
        }
        first = at->until < first->until ? at : first;
    }
    return make ? first : NULL;
}

static void remember(const struct tcp_pcb *pcb, u16_t mss)
{
    struct path_mtu *at = place_of(pcb, true);

    ip_addr_copy(at->local, pcb->local_ip);
    ip_addr_copy(at->remote, pcb->remote_ip);
    at->mss = mss;
    at->until = mptcpl_now() + LIFE_US;
}

void mptcpl_mtu_begin(struct subflow *s)
{
    const struct path_mtu *at = place_of(s->tcp, false);

    if (at != NULL && mptcpl_now() < at->until) {
        s->path_mss = at->mss;
    }
}

/* The subflow that a segment is of which did not get through: its packet begins at ip. A segment
 * that is not in flight was made up, or is old. */
static struct subflow *subflow_that_sent(const uint8_t *ip)
{
    const uint8_t *tcp = ip + IP6_HLEN;
    u32_t seqno = number_at(tcp + 4);

    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->local_port == (tcp[0] << 8 | tcp[1]) &&
            pcb->remote_port == (tcp[2] << 8 | tcp[3]) &&
            mptcpl_is_at(&pcb->local_ip, true, ip + 8) &&
            mptcpl_is_at(&pcb->remote_ip, true, ip + 24) && TCP_SEQ_GEQ(seqno, pcb->lastack) &&
            TCP_SEQ_LT(seqno, pcb->snd_nxt)) {
            struct subflow *s = subflow_of(pcb);
            return s != NULL && s->tcp != NULL ? s : NULL;
        }
    }
    return NULL;
}

static bool is_sound(struct pbuf *p)
{
    ip6_addr_t from = {0};
    ip6_addr_t to = {0};

    memcpy(from.addr, (const uint8_t *)p->payload + 8, 16);
    memcpy(to.addr, (const uint8_t *)p->payload + 24, 16);
    pbuf_remove_header(p, IP6_HLEN);
    u16_t sum = ip6_chksum_pseudo(p, IP6_NEXTH_ICMP6, p->tot_len, &from, &to);
    pbuf_add_header_force(p, IP6_HLEN);
    return sum == 0;
}

void mptcpl_mtu_heard(struct pbuf *p)
{
    const uint8_t *ip = p->payload;
    const uint8_t *about = ip + IP6_HLEN + ICMP_HEADER;

    if (p->len < 2 * IP6_HLEN + ICMP_HEADER + 8 || ip[0] >> 4 != 6 || ip[6] != IP6_NEXTH_ICMP6 ||
        ip[IP6_HLEN] != ICMP6_TYPE_PTB || about[0] >> 4 != 6 || about[6] != IP6_NEXTH_TCP ||
        !is_sound(p)) {
        return;
    }
    u32_t mtu = LWIP_MAX(number_at(ip + IP6_HLEN + 4), MTU_MIN);
    u32_t was = IP6_HLEN + (u32_t)(about[4] << 8 | about[5]);
    struct subflow *s = mtu < was ? subflow_that_sent(about) : NULL;
    if (s != NULL && mtu - IP6_HLEN - TCP_HLEN < s->tcp->mss) {
        s->path_mss = (u16_t)(mtu - IP6_HLEN - TCP_HLEN);
        remember(s->tcp, s->path_mss);
        mptcpl_touch(s->m);
    }
}

#else

void mptcpl_mtu_begin(struct subflow *s)
{
    (void)s;
}

#endif

static bool has_longer(const struct tcp_seg *seg, u16_t size)
{
    while (seg != NULL && seg->len <= size) {
        seg = seg->next;
    }
    return seg != NULL;
}

/* What is in flight is to be sent again; false: not now, the interface has some of it. */
static bool take_back(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;
    struct tcp_seg **end = &pcb->unacked;

    for (const struct tcp_seg *seg = pcb->unacked; seg != NULL; seg = seg->next) {
        if (seg->p->ref != 1) {
            return false;
        }
    }
    mptcpl_recovery_forget(s);
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = pcb->unsent;
    pcb->unsent = pcb->unacked;
    pcb->unacked = NULL;
    pcb->rttest = 0;
    s->rtt_at = 0;
    return true;
}

/* True when nothing is longer than `size`. */
static bool cut_all(struct subflow *s, u16_t size)
{
    struct tcp_pcb *pcb = s->tcp;

    if (has_longer(pcb->unacked, size) && !take_back(s)) {
        return false;
    }
    for (struct tcp_seg *seg = pcb->unsent; seg != NULL; seg = seg->next) {
        if (!mptcpl_recut(s, seg, size)) {
            return false;
        }
    }
    return true;
}

static void lower(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;

    pcb->mss = LWIP_MIN(pcb->mss, s->path_mss);
    u16_t size = (u16_t)(pcb->mss - mptcpl_timestamp(pcb) - mptcp_tx_options_max(s->m->conn));
    bool longer = has_longer(pcb->unacked, size) || has_longer(pcb->unsent, size);
    if (longer && s->m->checksum && !s->lent) {
        /* The sums of mappings would be asked of octets that the send buffer has no more. */
        s->path_mss = 0;
        tcp_abort(pcb);
    } else if (cut_all(s, size)) {
        s->path_mss = 0;
        tcp_output(pcb);
    } else {
        mptcpl_put_off(s->m, RETRY_US);
    }
}

void mptcpl_mtu_check(struct subflow *s)
{
    const struct tcp_pcb *pcb = s->tcp;

    if (pcb == NULL || pcb->state < ESTABLISHED) {
        return;
    }
    if (!s->begun) {
        mptcpl_mtu_begin(s);
    }
    s->cut = s->cut && (pcb->unacked != NULL || pcb->unsent != NULL);
    if (s->path_mss != 0) {
        lower(s);
    }
}
