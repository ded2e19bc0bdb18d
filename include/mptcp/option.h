/*
 * option.h - reader and writer of every MPTCP option of version 1.
 *
 * Usable alone: it needs no connection, no crypto, no memory but the
 * caller's, and keeps no state. All functions are pure.
 *
 * Two levels:
 *   one option     mptcp_option_read, mptcp_option_write
 *   one segment    mptcp_options_read: walks a TCP options area, keeps what
 *                  may stand together, refuses the rest
 *
 * Strict: every legal length of RFC 8684 is read and written, every other
 * one is refused with a distinct code and the octet where it broke. Reserved
 * bits are written as zero and ignored when read, as the RFC asks.
 * Numbers in these structs are in host order.
 */
#ifndef MPTCP_OPTION_H
#define MPTCP_OPTION_H

#include "mptcp/error.h"
#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MPTCP_OPTION_KIND 30
#define MPTCP_OPTION_MAX 40 /* TCP's whole options area */

enum mptcp_subtype {
    MPTCP_CAPABLE = 0,
    MPTCP_JOIN = 1,
    MPTCP_DSS = 2,
    MPTCP_ADD_ADDR = 3,
    MPTCP_REMOVE_ADDR = 4,
    MPTCP_PRIO = 5,
    MPTCP_FAIL = 6,
    MPTCP_FASTCLOSE = 7,
    MPTCP_TCPRST = 8,
    MPTCP_EXPERIMENTAL = 15
};

/* TCP flags that decide which form of an option may stand on a segment. */
#define MPTCP_TCP_FIN 0x01u
#define MPTCP_TCP_SYN 0x02u
#define MPTCP_TCP_RST 0x04u
#define MPTCP_TCP_ACK 0x10u

/* s3.1. The wire's flag octet: A is bit 7, H is bit 0. */
#define MPTCP_CAPABLE_CHECKSUM 0x80u  /* A */
#define MPTCP_CAPABLE_EXTENSION 0x40u /* B: must be 0 */
#define MPTCP_CAPABLE_DENY_JOIN 0x20u /* C: no joins to this address and port */
#define MPTCP_CAPABLE_SHA256 0x01u    /* H */
#define MPTCP_CAPABLE_CRYPTO 0x1fu    /* D to H */

/* Which fields beyond version and flags are there, told by the length. */
enum mptcp_capable_form {
    MPTCP_CAPABLE_SYN = 4,           /* nothing */
    MPTCP_CAPABLE_SYNACK = 12,       /* sender_key */
    MPTCP_CAPABLE_ACK = 20,          /* sender_key, receiver_key */
    MPTCP_CAPABLE_DATA = 22,         /* ... and dll */
    MPTCP_CAPABLE_DATA_CHECKSUM = 24 /* ... and checksum */
};

struct mptcp_capable {
    uint8_t version;
    uint8_t flags;
    uint8_t form; /* enum mptcp_capable_form: the option's length */
    uint8_t zero;
    uint16_t dll;      /* Data-Level Length; DSN IDSN+1 and SSN 1 are implied */
    uint16_t checksum; /* as on the wire */
    uint64_t sender_key;
    uint64_t receiver_key;
};

/* s3.2; the three forms differ in length. */
enum mptcp_join_form {
    MPTCP_JOIN_SYN = 12,    /* backup, addr_id, token, nonce */
    MPTCP_JOIN_SYNACK = 16, /* backup, addr_id, hmac[0..8), nonce */
    MPTCP_JOIN_ACK = 24     /* hmac[0..20) */
};

struct mptcp_join {
    uint8_t form; /* enum mptcp_join_form */
    uint8_t backup;
    uint8_t addr_id;
    uint8_t zero;
    uint32_t token;
    uint32_t nonce;
    uint8_t hmac[20]; /* left-most octets; unused ones are 0 */
};

/* s3.3. Flag bits as on the wire. */
#define MPTCP_DSS_ACK 0x01u   /* A: data_ack is there */
#define MPTCP_DSS_ACK64 0x02u /* a: ... with 64 bits */
#define MPTCP_DSS_MAP 0x04u   /* M: dsn, ssn, dll are there */
#define MPTCP_DSS_DSN64 0x08u /* m: ... dsn with 64 bits */
#define MPTCP_DSS_FIN 0x10u   /* F: DATA_FIN */

struct mptcp_dss {
    uint8_t flags;        /* ACK64 without ACK and DSN64 without MAP are read as 0 */
    uint8_t has_checksum; /* told by the length */
    uint16_t dll;         /* 0: infinite mapping */
    uint16_t checksum;    /* as on the wire */
    uint16_t zero;
    uint32_t ssn;
    uint32_t zero2;
    uint64_t data_ack; /* 64 bits, or the low 32: see flags */
    uint64_t dsn;      /* 64 bits, or the low 32: see flags */
};

/* s3.4.1 */
struct mptcp_add_addr {
    uint8_t echo;
    uint8_t addr_id;
    uint8_t has_port; /* addr.port stands on the wire */
    uint8_t zero;
    struct mptcp_addr addr;
    uint64_t hmac; /* right-most 64 bits; 0 and not on the wire in an echo */
};

/* s3.4.2: 1 to 37 ids; how many fit is told by the area. */
struct mptcp_remove_addr {
    uint8_t count;
    uint8_t ids[37];
};

struct mptcp_prio { /* s3.3.8 */
    uint8_t backup;
};

struct mptcp_fail { /* s3.7 */
    uint64_t dsn;
};

struct mptcp_fastclose { /* s3.5 */
    uint64_t receiver_key;
};

/* s3.6: reason codes; the registry is open, so any octet is read. */
enum mptcp_reset_reason {
    MPTCP_RST_UNSPECIFIED = 0,
    MPTCP_RST_MPTCP = 1,
    MPTCP_RST_RESOURCES = 2,
    MPTCP_RST_PROHIBITED = 3,
    MPTCP_RST_OUTSTANDING = 4,
    MPTCP_RST_PERFORMANCE = 5,
    MPTCP_RST_MIDDLEBOX = 6
};

#define MPTCP_NO_REASON 255 /* where a reset gave none; not on the wire */

struct mptcp_tcprst {
    uint8_t transient;
    uint8_t reason; /* enum mptcp_reset_reason or another octet */
};

struct mptcp_experimental { /* s7.2: passed on as it is */
    uint8_t length;         /* of data: 1 to 38 */
    uint8_t data[38];       /* data[0] is octet 2 of the option without the subtype */
};

struct mptcp_option {
    uint8_t subtype; /* enum mptcp_subtype */
    uint8_t zero[7];
    union {
        struct mptcp_capable capable;
        struct mptcp_join join;
        struct mptcp_dss dss;
        struct mptcp_add_addr add_addr;
        struct mptcp_remove_addr remove_addr;
        struct mptcp_prio prio;
        struct mptcp_fail fail;
        struct mptcp_fastclose fastclose;
        struct mptcp_tcprst tcprst;
        struct mptcp_experimental experimental;
    } u;
};

/* Where and why the reader refused. */
struct mptcp_refusal {
    int code;        /* MPTCP_OK or MPTCP_E_OPT_... */
    uint8_t octet;   /* offset into the area (or option) of the octet that is wrong */
    uint8_t subtype; /* of the option refused; 255 if it did not come that far */
    uint16_t zero;
};

/*
 * Reads the one MPTCP option that begins at p[0] (its kind octet); n octets
 * may be read. Returns its length (3 to 40) and fills *out wholly; or a
 * negative code with *out untouched and, if why is not NULL, *why filled.
 * Which segment it stood on is not judged here. Cost: O(length).
 */
int mptcp_option_read(const uint8_t *p, size_t n, struct mptcp_option *out,
                      struct mptcp_refusal *why);

/*
 * Writes one option without padding. Returns its length; MPTCP_E_ROOM if it
 * needs more than room octets; MPTCP_E_ARGUMENT, or the OPT code a reader
 * would give, for contents that no option has. Nothing is written on error.
 */
int mptcp_option_write(const struct mptcp_option *opt, uint8_t *p, size_t room);

/* Octets that mptcp_option_write would need, or its error. */
int mptcp_option_length(const struct mptcp_option *opt);

#define MPTCP_HAS(subtype) (1u << (subtype))

/*
 * All MPTCP options of one segment, each at most once. Only members whose
 * bit is in `present` hold anything: the others are not written.
 */
struct mptcp_options {
    uint16_t present;        /* MPTCP_HAS(MPTCP_DSS) | ... */
    uint16_t refused;        /* the same bits, for options that were there and refused */
    uint8_t experimental_at; /* where in the area that option begins */
    /* 1: an MP_CAPABLE with data was refused since its flag A says another thing about a checksum
     * than its length does (s3.1): one of the two was changed on the way. */
    uint8_t checksum_unclear;
    uint8_t zero[2];
    struct mptcp_dss dss;
    struct mptcp_capable capable;
    struct mptcp_join join;
    struct mptcp_add_addr add_addr;
    struct mptcp_remove_addr remove_addr;
    struct mptcp_fail fail;
    struct mptcp_fastclose fastclose;
    struct mptcp_tcprst tcprst;
    struct mptcp_prio prio;
    struct mptcp_experimental experimental;
};

/*
 * Walks an options area (what follows the 20 octets of the TCP header; at
 * most 40, more is MPTCP_E_ARGUMENT). Options of other kinds are stepped
 * over; NOP and EOL are understood. An option that is malformed, the second of
 * its subtype, not for a segment with these TCP flags (MPTCP_TCP_...), or excluded by a
 * stronger one is left out and named in `refused`, and reading goes on, unless
 * its length octet can't be trusted. The order of different options means nothing.
 *
 * Returns MPTCP_OK, or the code of the first refusal with *why (may be NULL)
 * filled; *out is valid either way. Cost: one pass over n octets, with a
 * short path for the layout of a common data segment.
 */
int mptcp_options_read(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                       struct mptcp_refusal *why);

/*
 * The DSS checksum (s3.3.1): one's-complement sums, as unfolded 32-bit
 * values that can be added up. `odd` tells that an odd number of octets came
 * before this piece. mptcp_sum_fold gives 16 bits, not inverted.
 */
uint32_t mptcp_sum(uint32_t sum, const void *data, size_t n, bool odd);
uint16_t mptcp_sum_fold(uint32_t sum);

/* The checksum field for payload sum `sum` under this mapping; dsn always has 64 bits. */
uint16_t mptcp_dss_checksum(mptcp_dsn dsn, mptcp_ssn ssn, uint16_t dll, uint32_t sum);

#ifdef __cplusplus
}
#endif

#endif
