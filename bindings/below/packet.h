/*
 * packet.h - where the parts of a packet are, and checksums.
 *
 * A frame is a link header and an IPv4 or IPv6 packet. struct packet has offsets into the frame, so
 * it serves for a frame that may be changed and for one that may not.
 */
#ifndef BELOW_PACKET_H
#define BELOW_PACKET_H

#include "mptcp/types.h"
#include "seq.h"

/* Numbers in network order. */
static inline uint16_t packet_get16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t packet_get32(const uint8_t *p)
{
    return (uint32_t)packet_get16(p) << 16 | packet_get16(p + 2);
}

static inline void packet_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void packet_put32(uint8_t *p, uint32_t v)
{
    packet_put16(p, v >> 16);
    packet_put16(p + 2, v);
}

/* Sequence numbers, of the same octets. */
static inline shim_seq packet_get_seq(const uint8_t *p)
{
    return seq_of(packet_get32(p));
}

static inline void packet_put_seq(uint8_t *p, shim_seq s)
{
    packet_put32(p, s.v);
}

/* Octets of a TCP header, from its first on. */
enum {
    TCP_SOURCE = 0,
    TCP_DESTINATION = 2,
    TCP_SEQUENCE = 4,
    TCP_ACKNOWLEDGMENT = 8,
    TCP_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_WINDOW = 14,
    TCP_CHECKSUM = 16,
    TCP_URGENT = 18,
    TCP_HEADER = 20
};
#define TCP_PSH 0x08u
#define TCP_URG 0x20u

#define IPV4_HEADER 20u
#define IPV6_HEADER 40u
#define PROTOCOL_ICMP 1u
#define PROTOCOL_TCP 6u
#define PROTOCOL_ICMPV6 58u

/* The longest IP header, extension headers included, of a packet that the shim takes part in. */
#define IP_HEADER_MOST 120u

/* Offsets are from the frame's first octet. */
struct packet {
    uint8_t version;  /* 4 or 6 */
    uint8_t protocol; /* above IP and its extension headers */
    uint16_t zero;
    uint32_t ip;   /* offset of the IP header */
    uint32_t body; /* offset of what follows IP and its extension headers */
    uint32_t end;  /* offset of the packet's end; the frame may be longer (padding) */
};

/* Reads the IP headers. False: no IP packet, cut off, a fragment, on its way to other addresses (a
 * routing header), or with longer headers than IP_HEADER_MOST. */
bool packet_read(const uint8_t *frame, uint32_t length, uint32_t link, struct packet *p);

/* A TCP segment in a packet. */
struct segment {
    struct mptcp_addr source; /* with ports */
    struct mptcp_addr destination;
    uint32_t tcp;     /* offset of the TCP header */
    uint32_t options; /* octets of options */
    uint32_t payload; /* offset */
    uint32_t length;  /* octets of payload */
    shim_seq sequence;
    shim_seq acknowledgment;
    uint16_t window; /* as it stands in the header */
    uint8_t flags;
    uint8_t zero;
};

/* Reads the TCP header of a packet whose protocol is TCP. False: it is cut off. */
bool packet_segment(const uint8_t *frame, const struct packet *p, struct segment *s);

/* The packet's source or destination as an address without port. */
void packet_address(const uint8_t *ip, uint8_t version, bool destination, struct mptcp_addr *a);

/* True if the checksums of the packet's body (TCP, ICMPv6: with the pseudo-header) and of an IPv4
 * header are right. */
bool packet_sum_right(const uint8_t *frame, const struct packet *p);

/* Writes the packet's length into its IP header, and computes the checksum of the body, which
 * stands `at` octets from the body's start, and that of an IPv4 header. */
void packet_finish(uint8_t *frame, const struct packet *p, uint32_t at);

#endif
