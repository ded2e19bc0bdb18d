/*
 * packet.h - what the headers of IP packets with TCP segments say, for those who make one packet of
 * several: gather.c of those that come in, port/merge.c of those that leave.
 */
#ifndef MPTCPL_PACKET_H
#define MPTCPL_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MPTCPL_PACKET_MAX 65535u /* octets of an IP packet, its header included */

#define MPTCPL_PROTOCOL_TCP 6u
#define MPTCPL_IP4_HEADER 20u
#define MPTCPL_IP6_HEADER 40u
#define MPTCPL_TCP_HEADER 20u

/* Bits of the octet MPTCPL_AT_FLAGS. */
#define MPTCPL_FIN 0x01u
#define MPTCPL_PSH 0x08u
#define MPTCPL_ACK 0x10u

/* Offsets in TCP's header. */
#define MPTCPL_AT_SEQUENCE 4u
#define MPTCPL_AT_ACK 8u
#define MPTCPL_AT_OFFSET 12u
#define MPTCPL_AT_FLAGS 13u
#define MPTCPL_AT_WINDOW 14u
#define MPTCPL_AT_CHECKSUM 16u
#define MPTCPL_AT_URGENT 18u

struct mptcpl_headers {
    uint32_t ip;     /* octets of the IP header; 0: no whole TCP segment */
    uint32_t header; /* of both headers, TCP's options included */
};

/* Numbers in network order. */
static inline uint32_t mptcpl_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint32_t mptcpl_get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline void mptcpl_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* Of an IP packet with a TCP segment. */
static inline bool mptcpl_is_v4(const uint8_t *packet)
{
    return packet[0] >> 4 == 4;
}

/* Both headers of an IP packet whose first n octets are at p. A fragment has no whole segment. */
struct mptcpl_headers mptcpl_headers_of(const uint8_t *p, uint32_t n);

/* True if two IP headers of this length agree in all but the total length, the identification and
 * the checksum; of IPv6 in all but the length. */
bool mptcpl_same_ip(const uint8_t *a, const uint8_t *b, uint32_t ip);

/* True if the segment with the TCP header b lies `sent` octets behind that with the TCP header a,
 * and their headers agree in the rest but flags, checksum and options. */
bool mptcpl_follows(const uint8_t *a, const uint8_t *b, uint32_t sent);

/* Sets the length of an IP packet of len octets whose IP header has `ip`, and the checksum of an
 * IPv4 header, which its length changes. */
void mptcpl_set_length(uint8_t *packet, uint32_t ip, uint32_t len);

/* Adds n octets, an even number, to a one's-complement sum of at most 65,536 such numbers. */
uint32_t mptcpl_sum_words(uint32_t s, const uint8_t *p, uint32_t n);
/* To 16 bits, not inverted. */
uint32_t mptcpl_sum_fold(uint32_t s);

/* The sum of the pseudo-header of a TCP segment (RFC 9293 s3.1), not folded. The IP packet has len
 * octets, and its header `ip`. */
uint32_t mptcpl_pseudo_header(const uint8_t *packet, uint32_t ip, uint32_t len);

#endif
