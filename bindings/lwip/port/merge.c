/*
 * merge.c - merges TCP segments for segmentation offload (merge.h).
 */
#include "port/merge.h"

#include <string.h>

#define IP4_HEADER 20u
#define IP6_HEADER 40u
#define TCP_HEADER 20u
#define PROTOCOL_TCP 6u
#define FIN 0x01u
#define PSH 0x08u
#define ACK 0x10u

/* Offsets in TCP's header. */
#define AT_SEQUENCE 4u
#define AT_ACK 8u
#define AT_OFFSET 12u
#define AT_FLAGS 13u
#define AT_WINDOW 14u
#define AT_CHECKSUM 16u
#define AT_URGENT 18u

struct headers {
    uint32_t ip;     /* octets; 0: no whole TCP segment */
    uint32_t header; /* of both */
};

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static bool is_v4(const uint8_t *packet)
{
    return packet[0] >> 4 == 4;
}

/* The IP header of a packet with a whole TCP segment; 0: it has none, or only a fragment of one. */
static uint32_t ip_header(const uint8_t *p, uint32_t n)
{
    if (n >= IP4_HEADER && is_v4(p)) {
        uint32_t len = (p[0] & 0x0fu) * 4u;
        bool whole = (p[6] & 0x3fu) == 0 && p[7] == 0;
        return len >= IP4_HEADER && whole && p[9] == PROTOCOL_TCP ? len : 0;
    }
    return n >= IP6_HEADER && p[0] >> 4 == 6 && p[6] == PROTOCOL_TCP ? IP6_HEADER : 0;
}

/* Both headers of a packet whose first n octets are at p. */
static struct headers headers_of(const uint8_t *p, uint32_t n)
{
    struct headers h = {ip_header(p, n), 0};

    if (h.ip == 0 || n < h.ip + TCP_HEADER) {
        return (struct headers){0, 0};
    }
    uint32_t tcp = p[h.ip + AT_OFFSET] / 16u * 4u;
    h.header = h.ip + tcp;
    return tcp < TCP_HEADER || h.header > n ? (struct headers){0, 0} : h;
}

/* All but the total length, the identification and the checksum; of IPv6 all but the length. */
static bool same_ip(const uint8_t *a, const uint8_t *b, uint32_t ip)
{
    if (is_v4(a)) {
        return memcmp(a, b, 2) == 0 && memcmp(a + 6, b + 6, 4) == 0 &&
               memcmp(a + 12, b + 12, ip - 12) == 0;
    }
    return memcmp(a, b, 4) == 0 && memcmp(a + 6, b + 6, ip - 6) == 0;
}

/* The TCP header b may stand `sent` octets behind a: PSH and FIN are the last segment's. */
static bool follows(const uint8_t *a, const uint8_t *b, uint32_t tcp, uint32_t sent)
{
    return memcmp(a, b, AT_SEQUENCE) == 0 &&
           get32(b + AT_SEQUENCE) - get32(a + AT_SEQUENCE) == sent &&
           memcmp(a + AT_ACK, b + AT_ACK, AT_FLAGS - AT_ACK) == 0 && a[AT_FLAGS] == ACK &&
           (b[AT_FLAGS] & ~(PSH | FIN)) == ACK &&
           memcmp(a + AT_WINDOW, b + AT_WINDOW, AT_CHECKSUM - AT_WINDOW) == 0 &&
           memcmp(a + AT_URGENT, b + AT_URGENT, tcp - AT_URGENT) == 0;
}

static bool fits(const struct mptcpl_merge *g, const uint8_t *p, struct headers h, uint32_t len)
{
    return !g->ended && h.ip == g->ip && h.header == g->header && len > h.header &&
           len - h.header <= g->segment && len - h.header <= MPTCPL_MERGE_MAX - g->len &&
           same_ip(g->packet, p, h.ip) &&
           follows(g->packet + h.ip, p + h.ip, h.header - h.ip, g->len - h.header);
}

/* Behind what is there, without the first `skip` octets of the pieces. */
static void append(struct mptcpl_merge *g, const struct iovec *v, int n, uint32_t skip)
{
    for (int i = 0; i < n; i++) {
        const uint8_t *from = v[i].iov_base;
        uint32_t len = (uint32_t)v[i].iov_len;
        uint32_t left_out = skip < len ? skip : len;
        memcpy(g->packet + g->len, from + left_out, len - left_out);
        g->len += len - left_out;
        skip -= left_out;
    }
}

static void begin(struct mptcpl_merge *g, const struct iovec *v, int n, struct headers h,
                  uint32_t len)
{
    append(g, v, n, 0);
    g->ip = (uint16_t)h.ip;
    g->header = (uint16_t)h.header;
    g->segments = 1;
    g->segment = (uint16_t)(h.ip == 0 ? 0 : len - h.header);
    g->ended = g->segment == 0 || g->packet[h.ip + AT_FLAGS] != ACK;
}

bool mptcpl_merge_add(struct mptcpl_merge *g, const struct iovec *v, int n)
{
    size_t len = 0;

    for (int i = 0; i < n; i++) {
        len += v[i].iov_len;
    }
    if (n == 0 || len == 0 || len > MPTCPL_MERGE_MAX) {
        return false;
    }
    const uint8_t *p = v[0].iov_base;
    struct headers h = headers_of(p, (uint32_t)v[0].iov_len);
    if (g->len == 0) {
        begin(g, v, n, h, (uint32_t)len);
        return true;
    }
    if (!fits(g, p, h, (uint32_t)len)) {
        return false;
    }
    uint8_t flags = p[h.ip + AT_FLAGS];
    append(g, v, n, h.header);
    g->packet[h.ip + AT_FLAGS] = flags;
    g->segments++;
    g->ended = flags != ACK || len - h.header < g->segment;
    return true;
}

/* ------------------------------------------------------------------ what the device gets */

static uint32_t sum(uint32_t s, const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 2) {
        s += (uint32_t)p[i] << 8 | p[i + 1];
    }
    return s;
}

static uint32_t fold(uint32_t s)
{
    s = (s & 0xffffu) + (s >> 16);
    return (s & 0xffffu) + (s >> 16);
}

/* The length of the packet, and the checksum of an IPv4 header that has another one now. */
static void set_length(struct mptcpl_merge *g)
{
    uint8_t *p = g->packet;

    if (!is_v4(p)) {
        put16(p + 4, g->len - IP6_HEADER);
        return;
    }
    put16(p + 2, g->len);
    put16(p + 10, 0);
    put16(p + 10, ~fold(sum(0, p, g->ip)));
}

/* RFC 9293 s3.1: addresses, protocol, length. */
static uint32_t pseudo_header(const struct mptcpl_merge *g)
{
    const uint8_t *p = g->packet;
    uint32_t s = PROTOCOL_TCP + g->len - g->ip;

    return fold(is_v4(p) ? sum(s, p + 12, 8) : sum(s, p + 8, 32));
}

void mptcpl_merge_finish(struct mptcpl_merge *g, struct virtio_net_hdr *h)
{
    memset(h, 0, sizeof *h);
    if (g->ip == 0) {
        return;
    }
    set_length(g);
    put16(g->packet + g->ip + AT_CHECKSUM, pseudo_header(g));
    h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    h->csum_start = g->ip;
    h->csum_offset = AT_CHECKSUM;
    h->hdr_len = g->header;
    if (g->segments > 1) {
        h->gso_type = is_v4(g->packet) ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
        h->gso_size = g->segment;
    }
}

void mptcpl_merge_clear(struct mptcpl_merge *g)
{
    g->len = g->ip = g->header = g->segment = g->segments = 0;
    g->ended = false;
}
