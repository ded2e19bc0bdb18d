/*
 * gather.c - segments of one TCP connection that have come in one after the other become one before
 * lwIP sees them, so that lwIP and the connection work once for many. A port that has several
 * packets at a time gives each to mptcpl_gather, and then calls mptcpl_work.
 *
 * A place holds the segments of one connection:
 *
 *   empty     a segment for this host with payload, no flag but ACK and PSH -> holding
 *   holding   the next segment of the connection, in every respect -> holding
 *             any other segment of the connection; mptcpl_work; no place is free for another
 *             connection -> empty: what is held goes to lwIP
 *
 * Every other packet goes to lwIP at once. So segments of a connection stay in their order, but
 * for fragments and what has IPv6 extension headers.
 *
 * The next segment follows in sequence, and its headers agree in all but what several segments of
 * one packet differ in: lengths, checksums, PSH and the IPv4 identification. Its options are the
 * same octet for octet, or differ in the mapping alone, which then continues the one before: the
 * gathered segment has one mapping over both. With DSS checksums, which are those of each mapping,
 * segments are gathered if they are under one mapping.
 *
 * What lwIP would verify is verified here, of each segment, and lwIP does not do it again. So lwIP
 * has to let an interface switch that off (LWIP_CHECKSUM_CTRL_PER_NETIF), or leave TCP's checksums
 * to the hardware (CHECKSUM_CHECK_TCP 0); else nothing is gathered.
 */
#include "binding.h"
#include "packet.h"

#include "lwip/inet_chksum.h"

#include <string.h>

#include "mptcp/option.h"

#define ETHERNET_HEADER (14u + ETH_PAD_SIZE)

/* --------------------------------------------------------------- what lwIP is to verify */

/* False: the interface was removed meanwhile. */
static bool is_there(const struct netif *netif)
{
    const struct netif *n;

    NETIF_FOREACH(n)
    {
        if (n == netif) {
            return true;
        }
    }
    return false;
}

#if LWIP_CHECKSUM_CTRL_PER_NETIF
#define CAN_GATHER true
#define VERIFIED (NETIF_CHECKSUM_CHECK_IP | NETIF_CHECKSUM_CHECK_TCP)

static bool verifies(const struct netif *netif, unsigned what)
{
    unsigned compiled = (CHECKSUM_CHECK_IP ? NETIF_CHECKSUM_CHECK_IP : 0) |
                        (CHECKSUM_CHECK_TCP ? NETIF_CHECKSUM_CHECK_TCP : 0);
    return (netif->chksum_flags & what & compiled) != 0;
}

/* lwIP verifies checksums again on the interface on which `give` has switched that off. */
static void verify_again(void)
{
    struct netif *netif = mptcpl.spared;

    mptcpl.spared = NULL;
    if (netif != NULL && is_there(netif)) {
        netif->chksum_flags |= mptcpl.spared_flags;
    }
}

/* To lwIP, which verifies neither checksum again. It may call applications, and these may remove
 * the interface; or answer, and the interface may hand over another packet at once. */
static void give(struct pbuf *p, struct netif *netif)
{
    verify_again();
    mptcpl.spared = netif;
    mptcpl.spared_flags = netif->chksum_flags & VERIFIED;
    netif->chksum_flags &= (u16_t)~VERIFIED;
    if (netif_input(p, netif) != ERR_OK) {
        pbuf_free(p);
    }
    verify_again();
}

#else
#define CAN_GATHER (!CHECKSUM_CHECK_TCP)
#define NETIF_CHECKSUM_CHECK_IP 1
#define NETIF_CHECKSUM_CHECK_TCP 2

/* The header of a gathered packet has a right checksum for IPv4, which lwIP may verify. */
static bool verifies(const struct netif *netif, unsigned what)
{
    (void)netif;
    return what == NETIF_CHECKSUM_CHECK_IP && CHECKSUM_CHECK_IP;
}

static void verify_again(void)
{
}

static void give(struct pbuf *p, struct netif *netif)
{
    if (netif_input(p, netif) != ERR_OK) {
        pbuf_free(p);
    }
}
#endif

/* ------------------------------------------------------------------------ one packet */

/* A packet with a TCP segment, whose headers are in the first buffer. */
struct arrived {
    struct netif *netif;
    struct pbuf *p;
    const uint8_t *ip; /* its IP header */
    struct mptcpl_headers h;
    uint32_t link; /* octets before the IP header */
    uint32_t len;  /* octets of the IP packet, as its header says */
};

/* The octets before the IP header; UINT32_MAX: no IP packet. */
static uint32_t link_header(const struct netif *netif, const struct pbuf *p)
{
    const uint8_t *frame = p->payload;

    if ((netif->flags & (NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET)) == 0) {
        return 0;
    }
    if (p->len < ETHERNET_HEADER + 1) {
        return UINT32_MAX;
    }
    uint32_t type = mptcpl_get16(frame + ETHERNET_HEADER - 2);
    bool v4 = frame[ETHERNET_HEADER] >> 4 == 4;
    return type == (v4 ? 0x0800u : 0x86ddu) ? ETHERNET_HEADER : UINT32_MAX;
}

/* False: the packet has no whole TCP segment, or its headers are in several buffers. */
static bool read_packet(struct arrived *a)
{
    a->link = link_header(a->netif, a->p);
    if (a->link >= a->p->len) {
        return false;
    }
    a->ip = (const uint8_t *)a->p->payload + a->link;
    a->h = mptcpl_headers_of(a->ip, a->p->len - a->link);
    if (a->h.ip == 0) {
        return false;
    }
    a->len =
        mptcpl_is_v4(a->ip) ? mptcpl_get16(a->ip + 2) : mptcpl_get16(a->ip + 4) + MPTCPL_IP6_HEADER;
    return true;
}

static bool ip_is_right(const struct arrived *a)
{
    return !mptcpl_is_v4(a->ip) || !verifies(a->netif, NETIF_CHECKSUM_CHECK_IP) ||
           mptcpl_sum_fold(mptcpl_sum_words(0, a->ip, a->h.ip)) == 0xffff;
}

static bool tcp_is_right(const struct arrived *a)
{
    size_t before = a->link + a->h.ip;

    if (!verifies(a->netif, NETIF_CHECKSUM_CHECK_TCP)) {
        return true;
    }
    pbuf_remove_header(a->p, before);
    u16_t inverted = inet_chksum_pbuf(a->p);
    pbuf_add_header_force(a->p, before);
    return mptcpl_sum_fold(mptcpl_pseudo_header(a->ip, a->h.ip, a->len) +
                           (u16_t)~lwip_ntohs(inverted)) == 0xffff;
}

/* True if segments may be gathered behind it: it has payload and is of the common kind, and its
 * checksums are right. lwIP counts and drops those whose checksums are wrong. */
static bool may_begin(const struct arrived *a)
{
    const uint8_t *tcp = a->ip + a->h.ip;

    return (tcp[MPTCPL_AT_FLAGS] & ~MPTCPL_PSH) == MPTCPL_ACK && a->len > a->h.header &&
           a->p->tot_len == a->link + a->len && a->p->ref == 1 && ip_is_right(a) && tcp_is_right(a);
}

/* False: the host may forward it, and neither its length nor TCP's checksum may change. */
static bool is_for_us(const struct arrived *a)
{
    bool v4 = mptcpl_is_v4(a->ip);

    return mptcpl_is_here(!v4, a->ip + (v4 ? 16 : 24));
}

/* ----------------------------------------------------------------------- the mappings */

/* Finds the mapping among n octets of options. False: the first MPTCP option is none, or it has a
 * checksum or a DATA_FIN. */
static bool find_mapping(struct mptcpl_gathered *g, const uint8_t *options, size_t n)
{
    struct mptcp_option o;
    size_t at = 0;

    if (!mptcp_options_next(1, options, n, &at, &o) || o.subtype != MPTCP_DSS ||
        (o.u.dss.flags & (MPTCP_DSS_MAP | MPTCP_DSS_FIN)) != MPTCP_DSS_MAP ||
        o.u.dss.has_checksum != 0) {
        return false;
    }
    g->dss = o.u.dss;
    g->dss_length = (uint8_t)mptcp_option_length(&o);
    g->dss_at = (uint8_t)(at - g->dss_length);
    return true;
}

/* True if b maps `len` octets that follow, in the stream and on the subflow, those that a maps; and
 * the rest of both is the same. */
static bool continues(const struct mptcp_dss *a, const struct mptcp_dss *b, uint32_t len)
{
    uint64_t dsn = a->dsn + a->dll;

    dsn = (a->flags & MPTCP_DSS_DSN64) != 0 ? dsn : (uint32_t)dsn;
    return b->flags == a->flags && b->data_ack == a->data_ack && b->dll == len &&
           b->ssn == (uint32_t)(a->ssn + a->dll) && b->dsn == dsn;
}

/* The options `theirs` of a segment with `len` octets, the next one, continue the mapping of g,
 * whose options are `ours`: that gets longer by as many. */
static bool lengthen(struct mptcpl_gathered *g, const uint8_t *ours, const uint8_t *theirs,
                     size_t n, uint32_t len)
{
    struct mptcp_option next;

    if (!g->longer && !find_mapping(g, ours, n)) {
        return false;
    }
    size_t at = g->dss_at;
    size_t behind = at + g->dss_length;
    if (g->dss.dll != g->payload || memcmp(ours, theirs, at) != 0 ||
        memcmp(ours + behind, theirs + behind, n - behind) != 0 ||
        mptcp_option_read(theirs + at, g->dss_length, &next, NULL) != g->dss_length ||
        next.subtype != MPTCP_DSS || !continues(&g->dss, &next.u.dss, len)) {
        return false;
    }
    g->dss.dll = (uint16_t)(g->payload + len);
    g->longer = true;
    return true;
}

/* ------------------------------------------------------------------------- the places */

static uint8_t *ip_of(const struct mptcpl_gathered *g)
{
    return (uint8_t *)g->p->payload + g->link;
}

/* True if both are of one connection and came by one interface. */
static bool is_of(const struct mptcpl_gathered *g, const struct arrived *a)
{
    if (g->netif != a->netif) {
        return false;
    }
    const uint8_t *ip = ip_of(g);
    unsigned at = mptcpl_is_v4(a->ip) ? 12 : 8;
    unsigned n = mptcpl_is_v4(a->ip) ? 8 : 32;
    return ip[0] >> 4 == a->ip[0] >> 4 && memcmp(ip + at, a->ip + at, n) == 0 &&
           memcmp(ip + g->ip, a->ip + a->h.ip, 4) == 0;
}

/* True if both have headers of the same lengths and values, but for what each of several segments
 * has of its own, and a is the next one in sequence. */
static bool same_headers(const struct mptcpl_gathered *g, const struct arrived *a)
{
    const uint8_t *ip = ip_of(g);
    const uint8_t *ours = g->p->payload;
    const uint8_t *theirs = a->p->payload;

    return a->h.ip == g->ip && a->h.header == (uint32_t)g->ip + g->tcp &&
           (g->link == 0 || memcmp(ours + ETH_PAD_SIZE, theirs + ETH_PAD_SIZE, 14) == 0) &&
           mptcpl_same_ip(ip, a->ip, g->ip) &&
           mptcpl_follows(ip + g->ip, a->ip + g->ip, g->payload);
}

/* True if a is the next segment of g; its mapping is in that of g then. */
static bool fits(struct mptcpl_gathered *g, const struct arrived *a)
{
    const uint8_t *ours = ip_of(g) + g->ip + MPTCPL_TCP_HEADER;
    const uint8_t *theirs = a->ip + g->ip + MPTCPL_TCP_HEADER;
    size_t n = g->tcp - MPTCPL_TCP_HEADER;
    uint32_t len = a->len - a->h.header;
    uint32_t room = MPTCPL_PACKET_MAX - g->link - g->ip - g->tcp - g->payload;

    if (len > room || !same_headers(g, a)) {
        return false;
    }
    bool same = !g->longer && memcmp(ours, theirs, n) == 0;
    return same || lengthen(g, ours, theirs, n, len);
}

static struct pbuf *last_of(struct pbuf *p)
{
    while (p->next != NULL) {
        p = p->next;
    }
    return p;
}

static void begin(struct mptcpl_gathered *g, const struct arrived *a)
{
    g->netif = a->netif;
    g->p = a->p;
    g->last = last_of(a->p);
    g->payload = a->len - a->h.header;
    g->segments = 1;
    g->link = (uint8_t)a->link;
    g->ip = (uint8_t)a->h.ip;
    g->tcp = (uint8_t)(a->h.header - a->h.ip);
    g->longer = false;
    mptcpl.holding++;
}

static void append(struct mptcpl_gathered *g, const struct arrived *a)
{
    uint8_t *flags = ip_of(g) + g->ip + MPTCPL_AT_FLAGS;

    *flags |= a->ip[g->ip + MPTCPL_AT_FLAGS] & MPTCPL_PSH;
    g->payload += a->len - a->h.header;
    g->segments++;
    pbuf_remove_header(a->p, a->link + a->h.header);
    g->last->next = a->p;
    g->last = last_of(a->p);
}

/* The headers of several segments become those of one. TCP's checksum is not verified again. */
static void complete(struct mptcpl_gathered *g)
{
    uint8_t *ip = ip_of(g);
    uint32_t len = g->ip + g->tcp + g->payload;
    uint32_t left = g->link + len;

    mptcpl_set_length(ip, g->ip, len);
    if (g->longer) {
        struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss = g->dss};
        mptcp_option_write(&o, ip + g->ip + MPTCPL_TCP_HEADER + g->dss_at, g->dss_length);
    }
    for (struct pbuf *q = g->p; q != NULL; q = q->next) {
        q->tot_len = (u16_t)left;
        left -= q->len;
    }
}

/* What is held goes to lwIP. */
static void release(struct mptcpl_gathered *g)
{
    struct netif *netif = g->netif;

    g->netif = NULL;
    mptcpl.holding--;
    if (g->segments > 1) {
        complete(g);
    }
    if (is_there(netif)) {
        give(g->p, netif);
    } else {
        pbuf_free(g->p);
    }
}

/* An empty place; NULL: there is none. */
static struct mptcpl_gathered *empty_place(void)
{
    for (unsigned i = 0; i < MPTCPL_PLACES; i++) {
        if (mptcpl.gathered[i].netif == NULL) {
            return &mptcpl.gathered[i];
        }
    }
    return NULL;
}

/* An empty place, if need be one that is emptied. lwIP may answer what it gets, and the interface
 * may hand that over at once: so a place may be taken again before `release` returns. */
static struct mptcpl_gathered *place(void)
{
    struct mptcpl_gathered *g;

    while ((g = empty_place()) == NULL) {
        release(&mptcpl.gathered[mptcpl.next_place++ % MPTCPL_PLACES]);
    }
    return g;
}

err_t mptcpl_gather(struct pbuf *p, struct netif *netif)
{
    struct arrived a = {.netif = netif, .p = p};

    verify_again();
    if (!CAN_GATHER || !read_packet(&a)) {
        return netif_input(p, netif);
    }
    bool may = may_begin(&a);
    for (unsigned i = 0; i < MPTCPL_PLACES; i++) {
        struct mptcpl_gathered *g = &mptcpl.gathered[i];
        if (g->netif == NULL || !is_of(g, &a)) {
            continue;
        }
        if (may && fits(g, &a)) {
            append(g, &a);
            return ERR_OK;
        }
        release(g);
    }
    if (!may || !is_for_us(&a)) {
        return netif_input(p, netif);
    }
    begin(place(), &a);
    return ERR_OK;
}

void mptcpl_gathered_input(void)
{
    for (unsigned i = 0; i < MPTCPL_PLACES && mptcpl.holding > 0; i++) {
        if (mptcpl.gathered[i].netif != NULL) {
            release(&mptcpl.gathered[i]);
        }
    }
}
