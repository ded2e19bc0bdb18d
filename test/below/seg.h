/*
 * seg.h - IP packets with TCP in them, read and written by code of the tests alone.
 *
 * The toy TCP sends and receives with it, and the tests look at packets with it: so what they say
 * of a packet is computed by nothing that they check.
 */
#ifndef TEST_BELOW_SEG_H
#define TEST_BELOW_SEG_H

#include "mptcp/types.h"

#define FIN 0x01u
#define SYN 0x02u
#define RST 0x04u
#define PSH 0x08u
#define ACK 0x10u

/* Kinds of TCP options. */
#define OPT_MSS 2u
#define OPT_SCALE 3u
#define OPT_SACK_OK 4u
#define OPT_SACK 5u
#define OPT_TIME 8u
#define OPT_MPTCP 30u
#define OPT_FAST_OPEN 34u

/* Subtypes of MPTCP. */
#define SUB_CAPABLE 0u
#define SUB_JOIN 1u
#define SUB_DSS 2u
#define SUB_ADD_ADDR 3u
#define SUB_REMOVE_ADDR 4u
#define SUB_PRIO 5u
#define SUB_FAIL 6u
#define SUB_FASTCLOSE 7u
#define SUB_RESET 8u

#define SEG_MOST 4096u

struct seg {
    struct mptcp_addr from; /* with ports */
    struct mptcp_addr to;
    uint32_t seq;
    uint32_t ack;
    uint16_t window; /* as in the header */
    uint8_t flags;
    uint8_t options_len;
    const uint8_t *options;
    const uint8_t *payload;
    uint32_t len; /* octets of payload */
};

uint16_t get16(const uint8_t *p);
uint32_t get32(const uint8_t *p);
uint64_t get64(const uint8_t *p);
void put16(uint8_t *p, uint16_t v);
void put32(uint8_t *p, uint32_t v);

/* The one's-complement sum of octets over `sum`, not inverted: RFC 1071, octet by octet. */
uint16_t seg_sum(uint16_t sum, const uint8_t *p, size_t len);

/* Reads a packet that is IPv4 or IPv6 without extension headers, no fragment, TCP, and well-formed
 * up to its TCP options. False: it is something else. Pointers point into it. */
bool seg_read(const uint8_t *p, size_t len, struct seg *out);

/* True if the checksums of the IP header (IPv4) and of TCP are right. */
bool seg_sums_right(const uint8_t *p, size_t len);

/* Writes both anew; length fields are those of the packet. */
void seg_refit(uint8_t *p, size_t len);

/* Writes a packet, checksums included, and returns its length. `out` holds SEG_MOST octets. */
size_t seg_write(const struct seg *s, uint8_t *out);

/* The option of this kind (its kind octet), or NULL; kind 30: the first one. */
const uint8_t *seg_option(const struct seg *s, unsigned kind);
/* The MPTCP option of this subtype, or NULL. */
const uint8_t *seg_mptcp(const struct seg *s, unsigned subtype);
/* True if the options area is made of whole options. */
bool seg_options_whole(const struct seg *s);

/* SEG.LEN: payload, SYN and FIN. */
uint32_t seg_span(const struct seg *s);

/* A DSS option (RFC 8684 s3.3), read. */
struct dss {
    bool has_ack;
    bool has_map;
    bool fin;
    bool has_sum;
    uint64_t data_ack; /* as on the wire: 4 or 8 octets */
    uint64_t dsn;
    uint32_t ssn;
    uint16_t len;
    uint16_t sum;
};
/* False if there is none, or its length is not what its flags say. */
bool seg_dss(const struct seg *s, struct dss *out);

/* Writes the ICMP message (IPv6: ICMPv6) of a router which says that this packet exceeds `mtu`, and
 * returns its length. It quotes the packet's header and 8 octets (IPv6: up to 1232). */
size_t seg_too_big(const uint8_t *p, size_t len, uint32_t mtu, uint8_t *out);

struct mptcp_addr address4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);
/* fd00:net::host */
struct mptcp_addr address6(uint8_t net, uint8_t host, uint16_t port);
bool same_end(const struct mptcp_addr *a, const struct mptcp_addr *b);

#endif
