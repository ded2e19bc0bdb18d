/*
 * option.h - reader and writer of every MPTCP option of version 1 (RFC 8684) and
 * version 0 (RFC 6824).
 *
 * Usable alone: it needs no connection, no cryptography and no memory of its
 * own, and keeps no state. All functions are pure.
 *
 * Two levels:
 *   one option     mptcp_option_read, mptcp_option_write
 *   one segment    mptcp_options_read: reads a TCP options area, keeps the
 *                  options that may stand together, refuses the others
 *
 * The functions read version 1; those whose names end in _of read the version
 * that they are given, 1 or 0. Options with every legal length of that version
 * are read and written. All others are refused, with a code and the offset of
 * the octet that is wrong. Reserved bits are written as zero and ignored when
 * read, as the RFC requires. Numbers in these structs are in host order.
 */
#ifndef MPTCP_OPTION_H
#define MPTCP_OPTION_H

#include "mptcp/error.h"
#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MPTCP_OPTION_KIND 30
#define MPTCP_OPTION_MAX 40 /* octets of TCP's whole options area */

enum mptcp_subtype {
    MPTCP_CAPABLE = 0,
    MPTCP_JOIN = 1,
    MPTCP_DSS = 2,
    MPTCP_ADD_ADDR = 3,
    MPTCP_REMOVE_ADDR = 4,
    MPTCP_PRIO = 5,
    MPTCP_FAIL = 6,
    MPTCP_FASTCLOSE = 7,
    MPTCP_TCPRST = 8,    /* version 1 */
    MPTCP_ADD_ADDR2 = 8, /* version 0, as proposed in draft-ietf-mptcp-rfc6824bis-01 to -04 */
    MPTCP_EXPERIMENTAL = 15
};

/* TCP flags, which decide what options may stand on a segment. */
#define MPTCP_TCP_FIN 0x01u
#define MPTCP_TCP_SYN 0x02u
#define MPTCP_TCP_RST 0x04u
#define MPTCP_TCP_ACK 0x10u

/* s3.1. The flag octet of MP_CAPABLE as on the wire: A is bit 7, H is bit 0. */
#define MPTCP_CAPABLE_CHECKSUM 0x80u  /* A: DSS checksums are required */
#define MPTCP_CAPABLE_EXTENSION 0x40u /* B: extension, must be 0 */
#define MPTCP_CAPABLE_DENY_JOIN 0x20u /* C: the receiver must not join to this address and port */
#define MPTCP_CAPABLE_SHA256 0x01u    /* H: HMAC-SHA256 */
#define MPTCP_CAPABLE_SHA1 0x01u      /* H in version 0: HMAC-SHA1 */
#define MPTCP_CAPABLE_CRYPTO 0x1fu    /* D to H: the crypto algorithms */

/* The forms of MP_CAPABLE: the length tells which fields follow version and flags. */
enum mptcp_capable_form {
    MPTCP_CAPABLE_SYN = 4,           /* no further field; not in version 0 */
    MPTCP_CAPABLE_SYNACK = 12,       /* sender_key; in version 0 also on the SYN */
    MPTCP_CAPABLE_ACK = 20,          /* sender_key, receiver_key */
    MPTCP_CAPABLE_DATA = 22,         /* sender_key, receiver_key, dll; not in version 0 */
    MPTCP_CAPABLE_DATA_CHECKSUM = 24 /* sender_key, receiver_key, dll, checksum; the same */
};

struct mptcp_capable {
    uint8_t version;
    uint8_t flags;
    uint8_t form; /* enum mptcp_capable_form: the option's length */
    uint8_t zero;
    uint16_t dll;      /* Data-Level Length of the first data, whose DSN is IDSN+1 and SSN 1 */
    uint16_t checksum; /* the checksum field */
    uint64_t sender_key;
    uint64_t receiver_key;
};

/* s3.2. The forms of MP_JOIN: the length tells which fields are there. */
enum mptcp_join_form {
    MPTCP_JOIN_SYN = 12,    /* backup, addr_id, token, nonce */
    MPTCP_JOIN_SYNACK = 16, /* backup, addr_id, hmac[0..8), nonce */
    MPTCP_JOIN_ACK = 24     /* hmac[0..20) */
};

struct mptcp_join {
    uint8_t form;   /* enum mptcp_join_form */
    uint8_t backup; /* flag B: 1: the subflow is a backup */
    uint8_t addr_id;
    uint8_t zero;
    uint32_t token;   /* the receiver's */
    uint32_t nonce;   /* the sender's */
    uint8_t hmac[20]; /* left-most octets of the HMAC; octets that are not on the wire are 0 */
};

/* s3.3. Flag bits as on the wire. */
#define MPTCP_DSS_ACK 0x01u   /* A: data_ack is present */
#define MPTCP_DSS_ACK64 0x02u /* a: data_ack has 64 bits */
#define MPTCP_DSS_MAP 0x04u   /* M: dsn, ssn and dll are present */
#define MPTCP_DSS_DSN64 0x08u /* m: dsn has 64 bits */
#define MPTCP_DSS_FIN 0x10u   /* F: the mapping ends with a DATA_FIN */

struct mptcp_dss {
    uint8_t flags;        /* MPTCP_DSS_ bits; ACK64 without ACK, DSN64 without MAP are read as 0 */
    uint8_t has_checksum; /* 1: there is a checksum; on the wire only the length tells it */
    uint16_t dll;         /* Data-Level Length in octets; 0: infinite mapping */
    uint16_t checksum;    /* the checksum field */
    uint16_t zero;
    uint32_t ssn;
    uint32_t zero2;
    uint64_t data_ack; /* 64 bits; without MPTCP_DSS_ACK64 only the low 32 */
    uint64_t dsn;      /* 64 bits; without MPTCP_DSS_DSN64 only the low 32 */
};

/* Forms of announcements. Version 1 has the usual one only. */
enum mptcp_add_addr_form {
    MPTCP_ADD_ADDR_USUAL = 0, /* of version 1; version 0: without an HMAC */
    /* version 0, with an HMAC: */
    MPTCP_ADD_ADDR_LINUX = 1, /* as Linux's out-of-tree kernels send it */
    MPTCP_ADD_ADDR_BIS05 = 2, /* as in draft-ietf-mptcp-rfc6824bis-05 and -06 */
    MPTCP_ADD_ADDR_SECOND = 3 /* ADD_ADDR2, whose subtype is another one */
};

/* s3.4.1; also ADD_ADDR2 */
struct mptcp_add_addr {
    uint8_t echo; /* flag E: 1: it echoes an ADD_ADDR; version 0 has no echo: 0 */
    uint8_t addr_id;
    uint8_t has_port; /* 1: addr.port is on the wire */
    uint8_t form;     /* enum mptcp_add_addr_form */
    struct mptcp_addr addr;
    uint64_t hmac; /* 64 bits of the HMAC; 0 if the form has none, as an echo */
};

/* s3.4.2: address ids, 1 to 37 as far as the options area has room. */
struct mptcp_remove_addr {
    uint8_t count; /* number of ids */
    uint8_t ids[37];
};

struct mptcp_prio { /* s3.3.8 */
    uint8_t backup; /* flag B: from now on the subflow is (1) or is not (0) a backup */
    /* Version 0 only: 1: it is about the subflows that use the sender's address addr_id. */
    uint8_t has_id;
    uint8_t addr_id;
};

struct mptcp_fail { /* s3.7 */
    uint64_t dsn;   /* where the mapping begins whose checksum failed */
};

struct mptcp_fastclose {   /* s3.5 */
    uint64_t receiver_key; /* key of the host that it is sent to */
};

/* s3.6: reasons of MP_TCPRST. More may be registered, so any other octet is read, too. */
enum mptcp_reset_reason {
    MPTCP_RST_UNSPECIFIED = 0,
    MPTCP_RST_MPTCP = 1,
    MPTCP_RST_RESOURCES = 2,
    MPTCP_RST_PROHIBITED = 3,
    MPTCP_RST_OUTSTANDING = 4,
    MPTCP_RST_PERFORMANCE = 5,
    MPTCP_RST_MIDDLEBOX = 6
};

#define MPTCP_NO_REASON 255 /* stands for a RST without MP_TCPRST; never sent */

struct mptcp_tcprst {
    uint8_t transient; /* flag T: 1: the cause may pass */
    uint8_t reason;    /* enum mptcp_reset_reason or another octet */
};

struct mptcp_experimental { /* s7.2: contents are passed on unchanged */
    uint8_t length;         /* octets of data: 1 to 38 */
    uint8_t data[38];       /* data[0]: the nibble beside the subtype; then the option's rest */
};

struct mptcp_option {
    uint8_t subtype;  /* enum mptcp_subtype */
    uint8_t version0; /* 1: an option of version 0; 0: of version 1 */
    uint8_t zero[6];
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

/* Why the reader refused an option, and where. */
struct mptcp_refusal {
    int code;        /* MPTCP_OK, MPTCP_E_OPT_..., or MPTCP_E_ARGUMENT */
    uint8_t octet;   /* offset of the wrong octet in the area (mptcp_option_read: in the option) */
    uint8_t subtype; /* of the option refused; 255 if its subtype was not read */
    uint16_t zero;
};

/*
 * Reads the one MPTCP option that begins at p[0] (its kind octet); n octets
 * may be read. Returns its length (3 to 40) and fills all of *out; or returns
 * a negative code and leaves *out untouched. Fills *why if why is not NULL.
 * Does not check whether it may stand on the segment. Cost: O(length).
 */
int mptcp_option_read(const uint8_t *p, size_t n, struct mptcp_option *out,
                      struct mptcp_refusal *why);
int mptcp_option_read_of(unsigned version, const uint8_t *p, size_t n, struct mptcp_option *out,
                         struct mptcp_refusal *why);

/*
 * Writes one option of the version that opt->version0 says to p, without padding; an MP_CAPABLE
 * names its version itself. Returns its length; MPTCP_E_ROOM if
 * it needs more than `room` octets; MPTCP_E_ARGUMENT, or the OPT code that the
 * reader would return, for invalid contents. Writes nothing on error.
 */
int mptcp_option_write(const struct mptcp_option *opt, uint8_t *p, size_t room);

/* Returns the octets that mptcp_option_write would write, or its error code. */
int mptcp_option_length(const struct mptcp_option *opt);

/* The bit of a subtype in `present` and `refused`. */
#define MPTCP_HAS(subtype) (1u << (subtype))

/*
 * All MPTCP options of one segment, at most one of each subtype. From `dss` on,
 * only the members whose bit is set in `present` are valid.
 */
struct mptcp_options {
    uint16_t present;        /* options that were read: MPTCP_HAS(MPTCP_DSS) | ... */
    uint16_t refused;        /* options that were refused: the same bits */
    uint8_t experimental_at; /* offset in the area at which MP_EXPERIMENTAL begins */
    /* 1: an MP_CAPABLE with data was refused, since flag A and the length contradict each other
     * about a checksum (s3.1): a middlebox has changed one of them. */
    uint8_t checksum_unclear;
    uint8_t doubled; /* 1: there was a second MP_CAPABLE, as well formed as the first */
    uint8_t zero;
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
 * Reads the MPTCP options of an options area of n octets, which follows the 20
 * octets of the TCP header (more than 40: MPTCP_E_ARGUMENT). Skips options of
 * other kinds; NOP and EOL are understood. An option is refused if it is
 * malformed, the second of its subtype, not allowed on a segment with these
 * TCP flags (MPTCP_TCP_...), or excluded by a stronger one. Its bit is set in
 * `refused`, and reading goes on with the next option, unless its length is
 * impossible. The order of different options has no meaning.
 *
 * Returns MPTCP_OK, or the code of the first refusal, and fills *why if why is
 * not NULL. *out is valid in both cases (not if it is NULL: MPTCP_E_ARGUMENT).
 * Cost: one pass over n octets, with a short path for common data segments.
 *
 * MP_CAPABLE names its version itself, and is read by its own, whatever the version asked for. So a
 * SYN needs no version.
 *
 * A segment of version 0 may carry several ADD_ADDRs and ADD_ADDR2s: `add_addr` is the last of
 * them, and mptcp_options_next reads all.
 */
int mptcp_options_read(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                       struct mptcp_refusal *why);
int mptcp_options_read_of(unsigned version, const uint8_t *area, size_t n, unsigned tcp_flags,
                          struct mptcp_options *out, struct mptcp_refusal *why);

/*
 * Reads the first well-formed MPTCP option from offset *at of the area on, and sets *at to the
 * offset after it. Returns false, with *out untouched, if there is none. Does not check what may
 * stand on the segment.
 */
bool mptcp_options_next(unsigned version, const uint8_t *area, size_t n, size_t *at,
                        struct mptcp_option *out);

/*
 * Sums for the DSS checksum (s3.3.1). mptcp_sum returns the one's-complement sum
 * `sum` plus the n octets at data, as a 32-bit value that is not folded. `odd`:
 * an odd number of octets came before these. mptcp_sum_fold folds a sum to 16
 * bits, without inverting it.
 */
uint32_t mptcp_sum(uint32_t sum, const void *data, size_t n, bool odd);
uint16_t mptcp_sum_fold(uint32_t sum);

/* Returns the checksum field of a mapping whose payload has the sum `sum`; dsn always has 64 bits.
 */
uint16_t mptcp_dss_checksum(mptcp_dsn dsn, mptcp_ssn ssn, uint16_t dll, uint32_t sum);

#ifdef __cplusplus
}
#endif

#endif
