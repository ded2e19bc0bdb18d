/*
 * seg.c - see seg.h.
 */
#include "seg.h"

#include <string.h>

uint16_t get16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

uint64_t get64(const uint8_t *p)
{
    return (uint64_t)get32(p) << 32 | get32(p + 4);
}

void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void put32(uint8_t *p, uint32_t v)
{
    put16(p, (uint16_t)(v >> 16));
    put16(p + 2, (uint16_t)v);
}

uint16_t seg_sum(uint16_t sum, const uint8_t *p, size_t len)
{
    uint32_t all = sum;

    for (size_t i = 0; i < len; i++) {
        all += (i & 1) != 0 ? p[i] : (uint32_t)p[i] << 8;
        all = (all & 0xffffu) + (all >> 16);
    }
    return (uint16_t)all;
}

/* Octets of the IP header, of a packet that is of either version. */
static size_t ip_octets(const uint8_t *p)
{
    return p[0] >> 4 == 6 ? 40u : (p[0] & 15u) * 4u;
}

/* The length that its IP header tells; 0: no IP packet with TCP and nothing else. */
static size_t told_length(const uint8_t *p, size_t len)
{
    if (len >= 20 && p[0] >> 4 == 4 && (p[0] & 15u) >= 5 && p[9] == 6 &&
        (get16(p + 6) & 0x3fffu) == 0) {
        return get16(p + 2);
    }
    return len >= 40 && p[0] >> 4 == 6 && p[6] == 6 ? 40u + get16(p + 4) : 0;
}

bool seg_read(const uint8_t *p, size_t len, struct seg *out)
{
    size_t total = told_length(p, len);
    size_t ip = total != 0 ? ip_octets(p) : 0;
    size_t width = total != 0 && p[0] >> 4 == 4 ? 4 : 16;

    if (total == 0 || total > len || total < ip + 20) {
        return false;
    }
    const uint8_t *tcp = p + ip;
    size_t head = (tcp[12] >> 4) * 4u;
    if (head < 20 || ip + head > total) {
        return false;
    }
    memset(out, 0, sizeof *out);
    out->from.family = out->to.family = width == 4 ? 4 : 6;
    memcpy(out->from.ip, p + (width == 4 ? 12 : 8), width);
    memcpy(out->to.ip, p + (width == 4 ? 16 : 24), width);
    out->from.port = get16(tcp);
    out->to.port = get16(tcp + 2);
    out->seq = get32(tcp + 4);
    out->ack = get32(tcp + 8);
    out->flags = tcp[13] & 0x3fu;
    out->window = get16(tcp + 14);
    out->options = tcp + 20;
    out->options_len = (uint8_t)(head - 20);
    out->payload = tcp + head;
    out->len = (uint32_t)(total - ip - head);
    return true;
}

/* The sum over the pseudo-header and all of TCP: 0xffff if its checksum is right. */
static uint16_t tcp_sum(const uint8_t *p, size_t total)
{
    size_t ip = ip_octets(p);
    bool four = p[0] >> 4 == 4;
    uint8_t pseudo[4] = {0, 6, (uint8_t)((total - ip) >> 8), (uint8_t)(total - ip)};
    uint16_t sum = seg_sum(0, p + (four ? 12 : 8), four ? 8 : 32);

    return seg_sum(seg_sum(sum, pseudo, 4), p + ip, total - ip);
}

bool seg_sums_right(const uint8_t *p, size_t len)
{
    struct seg s;

    if (!seg_read(p, len, &s)) {
        return false;
    }
    bool header = s.from.family == 6 || seg_sum(0, p, ip_octets(p)) == 0xffffu;
    return header && tcp_sum(p, told_length(p, len)) == 0xffffu;
}

void seg_refit(uint8_t *p, size_t len)
{
    size_t total = told_length(p, len);
    size_t ip = ip_octets(p);

    if (total < ip + 20 || total > len) {
        return;
    }
    if (p[0] >> 4 == 4) {
        put16(p + 10, 0);
        put16(p + 10, (uint16_t)~seg_sum(0, p, ip));
    }
    put16(p + ip + 16, 0);
    put16(p + ip + 16, (uint16_t)~tcp_sum(p, total));
}

static size_t write_ip(const struct seg *s, size_t tcp, uint8_t *out)
{
    size_t ip = s->from.family == 4 ? 20 : 40;

    memset(out, 0, ip);
    if (ip == 20) {
        out[0] = 0x45;
        put16(out + 2, (uint16_t)(ip + tcp));
        out[6] = 0x40; /* DF */
        out[8] = 64;
        out[9] = 6;
        memcpy(out + 12, s->from.ip, 4);
        memcpy(out + 16, s->to.ip, 4);
    } else {
        out[0] = 0x60;
        put16(out + 4, (uint16_t)tcp);
        out[6] = 6;
        out[7] = 64;
        memcpy(out + 8, s->from.ip, 16);
        memcpy(out + 24, s->to.ip, 16);
    }
    return ip;
}

size_t seg_write(const struct seg *s, uint8_t *out)
{
    size_t head = 20u + s->options_len;
    size_t ip = write_ip(s, head + s->len, out);
    uint8_t *tcp = out + ip;

    put16(tcp, s->from.port);
    put16(tcp + 2, s->to.port);
    put32(tcp + 4, s->seq);
    put32(tcp + 8, s->ack);
    tcp[12] = (uint8_t)(head / 4 << 4);
    tcp[13] = s->flags;
    put16(tcp + 14, s->window);
    put32(tcp + 16, 0);
    if (s->options_len != 0) {
        memcpy(tcp + 20, s->options, s->options_len);
    }
    if (s->len != 0) {
        memcpy(tcp + head, s->payload, s->len);
    }
    seg_refit(out, ip + head + s->len);
    return ip + head + s->len;
}

/* The length of the option at octet i; 0: it is not whole. */
static unsigned option_length(const struct seg *s, unsigned i)
{
    if (s->options[i] <= 1) {
        return 1;
    }
    unsigned n = i + 1 < s->options_len ? s->options[i + 1] : 0;
    return n < 2 || i + n > s->options_len ? 0 : n;
}

static const uint8_t *find(const struct seg *s, unsigned kind, int subtype)
{
    for (unsigned i = 0; i < s->options_len && s->options[i] != 0;) {
        unsigned n = option_length(s, i);
        const uint8_t *o = s->options + i;
        if (n == 0) {
            return NULL;
        }
        if (o[0] == kind && n >= 2 && (subtype < 0 || (n >= 3 && o[2] >> 4 == subtype))) {
            return o;
        }
        i += n;
    }
    return NULL;
}

const uint8_t *seg_option(const struct seg *s, unsigned kind)
{
    return find(s, kind, -1);
}

const uint8_t *seg_mptcp(const struct seg *s, unsigned subtype)
{
    return find(s, OPT_MPTCP, (int)subtype);
}

bool seg_options_whole(const struct seg *s)
{
    for (unsigned i = 0; i < s->options_len && s->options[i] != 0;) {
        unsigned n = option_length(s, i);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}

uint32_t seg_span(const struct seg *s)
{
    return s->len + ((s->flags & SYN) != 0 ? 1u : 0u) + ((s->flags & FIN) != 0 ? 1u : 0u);
}

bool seg_dss(const struct seg *s, struct dss *out)
{
    const uint8_t *o = seg_mptcp(s, SUB_DSS);

    memset(out, 0, sizeof *out);
    if (o == NULL || o[1] < 4) {
        return false;
    }
    unsigned flags = o[3];
    unsigned ack = (flags & 1u) == 0 ? 0 : (flags & 2u) != 0 ? 8 : 4;
    unsigned dsn = (flags & 4u) == 0 ? 0 : (flags & 8u) != 0 ? 8 : 4;
    unsigned least = 4 + ack + (dsn != 0 ? dsn + 6 : 0);
    out->has_ack = ack != 0;
    out->has_map = dsn != 0;
    out->fin = (flags & 0x10u) != 0;
    out->has_sum = out->has_map && o[1] == least + 2;
    if (o[1] != least && !out->has_sum) {
        return false;
    }
    if (ack != 0) {
        out->data_ack = ack == 8 ? get64(o + 4) : get32(o + 4);
    }
    if (dsn != 0) {
        const uint8_t *m = o + 4 + ack;
        out->dsn = dsn == 8 ? get64(m) : get32(m);
        out->ssn = get32(m + dsn);
        out->len = get16(m + dsn + 4);
        out->sum = out->has_sum ? get16(m + dsn + 6) : 0;
    }
    return true;
}

static size_t too_big4(const uint8_t *p, uint32_t mtu, uint8_t *out)
{
    memset(out, 0, 28);
    out[0] = 0x45;
    out[3] = 56;
    out[8] = 64;
    out[9] = 1;
    memcpy(out + 12, p + 16, 4); /* a router that speaks with the peer's address */
    memcpy(out + 16, p + 12, 4);
    out[20] = 3;
    out[21] = 4;
    put16(out + 26, (uint16_t)mtu);
    memcpy(out + 28, p, 28);
    put16(out + 22, (uint16_t)~seg_sum(0, out + 20, 36));
    put16(out + 10, (uint16_t)~seg_sum(0, out, 20));
    return 56;
}

size_t seg_too_big(const uint8_t *p, size_t len, uint32_t mtu, uint8_t *out)
{
    if (p[0] >> 4 == 4) {
        return too_big4(p, mtu, out);
    }
    size_t quoted = len < 1232 ? len : 1232;
    uint8_t pseudo[4] = {0, 58, (uint8_t)((quoted + 8) >> 8), (uint8_t)(quoted + 8)};
    memset(out, 0, 48);
    out[0] = 0x60;
    put16(out + 4, (uint16_t)(quoted + 8));
    out[6] = 58;
    out[7] = 64;
    memcpy(out + 8, p + 24, 16);
    memcpy(out + 24, p + 8, 16);
    out[40] = 2;
    put32(out + 44, mtu);
    memcpy(out + 48, p, quoted);
    uint16_t sum = seg_sum(seg_sum(0, out + 8, 32), pseudo, 4);
    put16(out + 42, (uint16_t)~seg_sum(sum, out + 40, quoted + 8));
    return 48 + quoted;
}

struct mptcp_addr address4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    struct mptcp_addr out = {.family = 4, .port = port, .ip = {a, b, c, d}};

    return out;
}

struct mptcp_addr address6(uint8_t net, uint8_t host, uint16_t port)
{
    struct mptcp_addr out = {.family = 6, .port = port, .ip = {0xfd, 0, 0, net}};

    out.ip[15] = host;
    return out;
}

bool same_end(const struct mptcp_addr *a, const struct mptcp_addr *b)
{
    return a->port == b->port && mptcp_addr_same_ip(a, b);
}
