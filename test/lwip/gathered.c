/*
 * gathered.c - makes packets and cuts what lwIP gets of them (gathered.h).
 */
#include "gathered.h"
#include "octets.h"

#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "lwip/pbuf.h"

#include "mptcp_lwip.h"

#define MOST 4096u
#define ETHERNET 14u

struct given {
    uint8_t *data; /* from the IP header on */
    uint32_t len;
    uint32_t taken; /* octets of its payload */
    bool begun;
    bool verified; /* lwIP verifies TCP's checksum */
};

static struct given given[MOST];
static unsigned count;
static bool keeps;
static void (*then)(struct netif *);

err_t __wrap_netif_input(struct pbuf *p, struct netif *netif);
err_t __real_netif_input(struct pbuf *p, struct netif *netif);

err_t __wrap_netif_input(struct pbuf *p, struct netif *netif)
{
    uint32_t link = (netif->flags & NETIF_FLAG_ETHERNET) != 0 ? ETHERNET : 0;

    if (!keeps) {
        return __real_netif_input(p, netif);
    }
    if (count == MOST || p->tot_len < link) {
        return ERR_MEM;
    }
    struct given *g = &given[count++];
    g->len = p->tot_len - link;
    g->data = malloc(g->len + 1);
    g->taken = 0;
    g->begun = false;
    g->verified = (netif->chksum_flags & NETIF_CHECKSUM_CHECK_TCP) != 0;
    if (pbuf_copy_partial(p, g->data, (u16_t)g->len, (u16_t)link) != g->len) {
        return ERR_BUF;
    }
    pbuf_free(p);
    if (then != NULL) {
        void (*fn)(struct netif *) = then;
        then = NULL;
        fn(netif);
    }
    return ERR_OK;
}

void gathered_then(void (*fn)(struct netif *netif))
{
    then = fn;
}

void gathered_begin(void)
{
    keeps = true;
}

void gathered_end(void)
{
    while (count > 0) {
        free(given[--count].data);
    }
    keeps = false;
}

/* ------------------------------------------------------------------------- making */

struct made gathered_usual(unsigned flow)
{
    struct made m = {.flow = flow,
                     .flags = 0x10,
                     .seq = 0xfffff000u + flow,
                     .ack = 77,
                     .window = 1000,
                     .stamp = 5,
                     .len = GATHERED_FULL,
                     .mptcp = true,
                     .dss_flags = 0x0f,
                     .data_ack = 0x1122334455667788u,
                     .dsn = 0xffffffffffffe000u,
                     .ssn = 1,
                     .dll = GATHERED_FULL,
                     .hops = 64};
    return m;
}

struct made gathered_next(struct made m)
{
    m.seq += m.len;
    m.ssn += m.dll;
    m.dsn += m.dll;
    return m;
}

struct netif *gathered_host(void)
{
    world_path("10.0.1.1", "10.0.1.2", &medium);
    struct netif *netif = world_netif(0, WORLD_SERVER);
    ip6_addr_t six = {.addr = {PP_HTONL(0xfdfdfdfd), PP_HTONL(0xfdfdfdfd), PP_HTONL(0xfdfdfdfd),
                               PP_HTONL(0xfdfdfd17)}};
    netif_ip6_addr_set(netif, 1, &six);
    netif_ip6_addr_set_state(netif, 1, IP6_ADDR_PREFERRED);
    gathered_begin();
    return netif;
}

static uint8_t octet_of(unsigned flow, uint32_t seq)
{
    uint32_t h = (seq ^ flow * 0x9E3779B9u) * 0x85EBCA6Bu;
    return (uint8_t)(h >> 24);
}

/* Returns the octets of a DSS. */
static unsigned put_dss(uint8_t *p, const struct made *m)
{
    unsigned n = 4;

    if ((m->dss_flags & 0x01u) != 0) {
        unsigned wide = (m->dss_flags & 0x02u) != 0 ? 8 : 4;
        put(p + n, wide, m->data_ack);
        n += wide;
    }
    if ((m->dss_flags & 0x04u) != 0) {
        unsigned wide = (m->dss_flags & 0x08u) != 0 ? 8 : 4;
        put(p + n, wide, m->dsn);
        put(p + n + wide, 4, m->ssn);
        put(p + n + wide + 4, 2, m->dll);
        n += wide + 6;
        if (m->sum) {
            put(p + n, 2, 0x1234);
            n += 2;
        }
    }
    p[0] = 30;
    p[1] = (uint8_t)n;
    p[2] = 0x20;
    p[3] = (uint8_t)m->dss_flags;
    return n;
}

static unsigned put_options(uint8_t *p, const struct made *m)
{
    static const uint8_t stamps[12] = {1, 1, 8, 10};
    unsigned n = sizeof stamps;

    memcpy(p, stamps, sizeof stamps);
    put(p + 4, 4, m->stamp);
    n += m->mptcp ? put_dss(p + n, m) : 0;
    while (n % 4 != 0) {
        p[n++] = 1;
    }
    return n;
}

static void put_ip(uint8_t *p, const struct made *m, uint32_t len)
{
    static unsigned id;

    if (m->flow % 2 == 0) {
        p[0] = 0x45;
        p[1] = (uint8_t)m->service;
        put(p + 2, 2, len);
        put(p + 4, 2, id++ & 0xffffu);
        p[6] = 0x40;
        p[8] = (uint8_t)m->hops;
        p[9] = 6;
        put(p + 12, 4, 0x0a000101);
        put(p + 16, 4, 0x0a000102);
        p[19] = m->to != 0 ? (uint8_t)m->to : p[19];
        return;
    }
    put(p, 4, 0x60000000u | m->service << 20);
    put(p + 4, 2, len - 40);
    p[6] = 6;
    p[7] = (uint8_t)m->hops;
    memset(p + 8, 0xfd, 32);
    p[39] = m->to != 0 ? (uint8_t)m->to : 0x17;
}

/* Writes the whole packet; returns its length. *header: that of its headers. */
static uint32_t make(uint8_t *p, const struct made *m, uint32_t *header)
{
    uint32_t ip = m->flow % 2 == 0 ? 20 : 40;
    uint8_t *tcp = p + ip;

    memset(p, 0, ip + 60);
    unsigned options = put_options(tcp + 20, m);
    put(tcp, 2, 10000 + m->flow);
    put(tcp + 2, 2, 80);
    put(tcp + 4, 4, m->seq);
    put(tcp + 8, 4, m->ack);
    tcp[12] = (uint8_t)((20 + options) / 4 << 4);
    tcp[13] = (uint8_t)m->flags;
    put(tcp + 14, 2, m->window);
    *header = ip + 20 + options;
    for (uint32_t i = 0; i < m->len; i++) {
        p[*header + i] = octet_of(m->flow, m->seq + i);
    }
    put_ip(p, m, *header + m->len);
    world_refit(p, *header + m->len);
    tcp[16] ^= m->tcp_wrong ? 0x55 : 0;
    p[10] ^= m->ip_wrong && m->flow % 2 == 0 ? 0x55 : 0;
    return *header + m->len;
}

void gathered_give(const struct made *m, struct netif *netif)
{
    static uint8_t frame[ETHERNET + 120 + 65535];
    uint32_t link = m->ethernet ? ETHERNET : 0;
    uint32_t header;

    memset(frame, 0x02, ETHERNET);
    frame[11] = (uint8_t)m->station;
    put(frame + 12, 2, m->flow % 2 == 0 ? 0x0800 : 0x86dd);
    uint8_t *from = frame + ETHERNET - link;
    uint32_t len = make(frame + ETHERNET, m, &header) + link;
    for (unsigned i = 0; i < m->broken; i++) {
        from[world_random() % (link + header)] = (uint8_t)world_random();
    }
    memset(from + len, 0, m->padding);
    len += m->padding;
    uint32_t first = m->in_two ? link + header + (len - link - header) / 2 : len;
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)first, PBUF_RAM);
    pbuf_take(p, from, (u16_t)first);
    if (first < len) {
        struct pbuf *q = pbuf_alloc(PBUF_RAW, (u16_t)(len - first), PBUF_RAM);
        pbuf_take(q, from + first, (u16_t)(len - first));
        pbuf_cat(p, q);
    }
    if (mptcpl_gather(p, netif) != ERR_OK) {
        pbuf_free(p);
    }
}

/* ------------------------------------------------------------------------ cutting */

static uint32_t ip_of(const struct given *g)
{
    return g->data[0] >> 4 == 4 ? 20 : 40;
}

static uint32_t header_of(const struct given *g)
{
    return ip_of(g) + (uint32_t)(g->data[ip_of(g) + 12] >> 4) * 4;
}

static uint32_t length_of(const struct given *g)
{
    return g->data[0] >> 4 == 4 ? (uint32_t)get(g->data + 2, 2)
                                : 40 + (uint32_t)get(g->data + 4, 2);
}

unsigned gathered_packets(void)
{
    return count;
}

uint32_t gathered_octets(void)
{
    uint32_t octets = 0;

    for (unsigned i = 0; i < count; i++) {
        octets += given[i].len;
    }
    return octets;
}

uint32_t gathered_payload(unsigned n)
{
    return length_of(&given[n]) - header_of(&given[n]);
}

bool gathered_is_right(unsigned n)
{
    const struct given *g = &given[n];
    uint32_t sum = 0;

    for (unsigned i = 0; g->data[0] >> 4 == 4 && i < 20; i += 2) {
        sum += (uint32_t)get(g->data + i, 2);
    }
    bool v4_right = g->data[0] >> 4 != 4 || (sum & 0xffff) + (sum >> 16) == 0xffff;
    return v4_right && g->len == length_of(g);
}

/* The DSS of the packet, NULL if it has none. */
static const uint8_t *dss_of(const struct given *g)
{
    const uint8_t *end = g->data + header_of(g);

    for (const uint8_t *p = g->data + ip_of(g) + 20; p < end; p += *p == 1 ? 1 : p[1]) {
        if (*p == 30) {
            return p;
        }
    }
    return NULL;
}

/* The DSN and the data_ack that the DSS gives the octet with this sequence number, whose mapping
 * m names; false if it does not map it as m does. */
static bool same_mapping(const uint8_t *dss, const struct made *m)
{
    unsigned at = 4;

    if (dss == NULL || !m->mptcp) {
        return (dss != NULL) == m->mptcp;
    }
    if (dss[3] != m->dss_flags) {
        return false;
    }
    if ((dss[3] & 0x01) != 0) {
        unsigned wide = (dss[3] & 0x02) != 0 ? 8 : 4;
        uint64_t ack = wide == 8 ? m->data_ack : (uint32_t)m->data_ack;
        if (get(dss + at, wide) != ack) {
            return false;
        }
        at += wide;
    }
    if ((dss[3] & 0x04) == 0) {
        return dss[1] == at;
    }
    unsigned wide = (dss[3] & 0x08) != 0 ? 8 : 4;
    uint64_t mask = wide == 8 ? UINT64_MAX : UINT32_MAX;
    uint64_t dsn = get(dss + at, wide);
    uint32_t ssn = (uint32_t)get(dss + at + wide, 4);
    uint32_t dll = (uint32_t)get(dss + at + wide + 4, 2);
    /* All that m maps is mapped to the same. */
    return dss[1] == at + wide + 6 + (m->sum ? 2u : 0u) &&
           ((dsn - ssn) & mask) == ((m->dsn - m->ssn) & mask) && m->ssn - ssn <= dll &&
           m->ssn + m->dll - ssn <= dll;
}

static struct given *next_of(unsigned flow)
{
    for (unsigned i = 0; i < count; i++) {
        struct given *g = &given[i];
        bool done = g->begun && g->taken == length_of(g) - header_of(g);
        if (!done && get(g->data + ip_of(g), 2) == 10000 + flow) {
            return g;
        }
    }
    return NULL;
}

/* The headers of g, whose next octet is that of m, say what m says. */
static bool same_headers(const struct given *g, const struct made *m)
{
    const uint8_t *tcp = g->data + ip_of(g);
    unsigned flags = tcp[13];
    uint32_t payload = length_of(g) - header_of(g);
    bool alone = !g->begun && payload == m->len;
    unsigned service = ip_of(g) == 20 ? g->data[1] : (unsigned)get(g->data, 4) >> 20 & 0xffu;

    return (uint32_t)get(tcp + 4, 4) + g->taken == m->seq && get(tcp + 8, 4) == m->ack &&
           get(tcp + 14, 2) == m->window && get(tcp + 24, 4) == m->stamp &&
           ((flags ^ m->flags) & ~0x08u) == 0 && (flags & m->flags & 0x08u) == (m->flags & 0x08u) &&
           (alone || (flags & ~0x18u) == 0) && service == m->service &&
           g->data[ip_of(g) == 20 ? 8 : 7] == m->hops;
}

bool gathered_takes(const struct made *m)
{
    struct given *g = next_of(m->flow);

    if (g == NULL) {
        return false;
    }
    uint32_t payload = length_of(g) - header_of(g);
    bool wrong = m->tcp_wrong || m->ip_wrong;
    if ((wrong && (g->begun || payload != m->len || !g->verified)) || !same_headers(g, m) ||
        !same_mapping(dss_of(g), m) || m->len > payload - g->taken) {
        return false;
    }
    const uint8_t *p = g->data + header_of(g) + g->taken;
    for (uint32_t i = 0; i < m->len; i++) {
        if (p[i] != octet_of(m->flow, m->seq + i)) {
            return false;
        }
    }
    g->begun = true;
    g->taken += m->len;
    return true;
}

bool gathered_empty(void)
{
    for (unsigned i = 0; i < count; i++) {
        const struct given *g = &given[i];
        if (!g->begun || g->taken != length_of(g) - header_of(g)) {
            return false;
        }
    }
    return true;
}

unsigned gathered_pass(const struct made *m, unsigned n, struct netif *netif)
{
    for (unsigned i = 0; i < n; i++) {
        gathered_give(&m[i], netif);
    }
    mptcpl_work();
    unsigned packets = gathered_packets();
    for (unsigned i = 0; i < n; i++) {
        assert_true(gathered_takes(&m[i]));
    }
    assert_true(gathered_empty());
    gathered_end();
    gathered_begin();
    return packets;
}
