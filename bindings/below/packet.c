/*
 * packet.c - reads the headers of IPv4, IPv6 and TCP, and computes their checksums.
 *
 * Whatever is cut off, or of a kind that the shim has no part in, is refused: the caller passes it
 * on as it is.
 */
#include "packet.h"

#include "mptcp/option.h"

#include <string.h>

#define FRAGMENT_BITS 0x3fffu /* "more fragments" and the offset, of an IPv4 header */

static bool read_ipv4(const uint8_t *frame, uint32_t length, struct packet *p)
{
    const uint8_t *ip = frame + p->ip;
    uint32_t here = length - p->ip;

    if (here < IPV4_HEADER) {
        return false;
    }
    uint32_t header = (ip[0] & 15u) * 4u;
    uint32_t total = packet_get16(ip + 2);
    if (header < IPV4_HEADER || total < header || total > here ||
        (packet_get16(ip + 6) & FRAGMENT_BITS) != 0) {
        return false;
    }
    p->protocol = ip[9];
    p->body = p->ip + header;
    p->end = p->ip + total;
    return true;
}

/* Extension headers of IPv6 whose length is in units of 8 octets (RFC 8200 s4). */
enum { HOP_BY_HOP = 0, ROUTING = 43, DESTINATION_OPTIONS = 60 };

static bool is_extension(uint8_t next)
{
    return next == HOP_BY_HOP || next == ROUTING || next == DESTINATION_OPTIONS;
}

static bool read_ipv6(const uint8_t *frame, uint32_t length, struct packet *p)
{
    const uint8_t *ip = frame + p->ip;

    if (length - p->ip < IPV6_HEADER) {
        return false;
    }
    uint32_t payload = packet_get16(ip + 4);
    if (payload == 0 || payload > length - p->ip - IPV6_HEADER) {
        return false;
    }
    p->protocol = ip[6];
    p->body = p->ip + IPV6_HEADER;
    p->end = p->body + payload;
    while (is_extension(p->protocol)) {
        const uint8_t *header = frame + p->body;
        if (p->end - p->body < 8u) {
            return false;
        }
        uint32_t size = (header[1] + 1u) * 8u;
        bool travels = p->protocol == ROUTING && header[3] != 0; /* segments left */
        if (size > p->end - p->body || travels || p->body + size - p->ip > IP_HEADER_MOST) {
            return false;
        }
        p->protocol = header[0];
        p->body += size;
    }
    return true;
}

bool packet_read(const uint8_t *frame, uint32_t length, uint32_t link, struct packet *p)
{
    if (length <= link) {
        return false;
    }
    *p = (struct packet){.version = frame[link] >> 4, .ip = link};
    if (p->version == 4) {
        return read_ipv4(frame, length, p);
    }
    return p->version == 6 && read_ipv6(frame, length, p);
}

void packet_address(const uint8_t *ip, uint8_t version, bool destination, struct mptcp_addr *a)
{
    uint32_t size = version == 4 ? 4 : 16;
    const uint8_t *first = ip + (version == 4 ? 12 : 8);

    *a = (struct mptcp_addr){.family = version};
    memcpy(a->ip, first + (destination ? size : 0), size);
}

bool packet_segment(const uint8_t *frame, const struct packet *p, struct segment *s)
{
    const uint8_t *tcp = frame + p->body;
    uint32_t here = p->end - p->body;

    if (here < TCP_HEADER) {
        return false;
    }
    uint32_t header = (uint32_t)(tcp[TCP_OFFSET] >> 4) * 4u;
    if (header < TCP_HEADER || header > here) {
        return false;
    }
    packet_address(frame + p->ip, p->version, false, &s->source);
    packet_address(frame + p->ip, p->version, true, &s->destination);
    s->source.port = packet_get16(tcp + TCP_SOURCE);
    s->destination.port = packet_get16(tcp + TCP_DESTINATION);
    s->tcp = p->body;
    s->options = header - TCP_HEADER;
    s->payload = p->body + header;
    s->length = here - header;
    s->sequence = packet_get_seq(tcp + TCP_SEQUENCE);
    s->acknowledgment = packet_get_seq(tcp + TCP_ACKNOWLEDGMENT);
    s->window = packet_get16(tcp + TCP_WINDOW);
    s->flags = tcp[TCP_FLAGS];
    s->zero = 0;
    return true;
}

/* The sum of the body and, but for ICMP, of its pseudo-header (RFC 9293 s3.1, RFC 8200 s8.1). */
static uint32_t body_sum(const uint8_t *frame, const struct packet *p)
{
    uint32_t length = p->end - p->body;
    uint32_t sum = 0;

    if (p->protocol != PROTOCOL_ICMP) {
        bool four = p->version == 4;
        uint8_t rest[4] = {0, p->protocol, (uint8_t)(length >> 8), (uint8_t)length};
        sum = mptcp_sum(0, frame + p->ip + (four ? 12 : 8), four ? 8 : 32, false);
        sum = mptcp_sum(sum, rest, sizeof rest, false);
    }
    return mptcp_sum(sum, frame + p->body, length, false);
}

bool packet_sum_right(const uint8_t *frame, const struct packet *p)
{
    uint32_t header = p->version == 4 ? p->body - p->ip : 0;

    return mptcp_sum_fold(body_sum(frame, p)) == 0xffffu &&
           (header == 0 || mptcp_sum_fold(mptcp_sum(0, frame + p->ip, header, false)) == 0xffffu);
}

void packet_finish(uint8_t *frame, const struct packet *p, uint32_t at)
{
    uint8_t *sum = frame + p->body + at;
    uint8_t *ip = frame + p->ip;

    if (p->version == 6) {
        packet_put16(ip + 4, p->end - p->ip - IPV6_HEADER);
    } else {
        packet_put16(ip + 2, p->end - p->ip);
        packet_put16(ip + 10, 0);
        packet_put16(ip + 10, ~(uint32_t)mptcp_sum_fold(mptcp_sum(0, ip, p->body - p->ip, false)));
    }
    packet_put16(sum, 0);
    packet_put16(sum, ~(uint32_t)mptcp_sum_fold(body_sum(frame, p)));
}
