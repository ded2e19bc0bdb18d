/*
 * types.h - the types that all other headers use: sequence numbers, time,
 * addresses, subflow handles.
 *
 * Sequence numbers are structures, so that the compiler refuses to compare
 * them with `<`, or to mix a data sequence number (DSN, 64 bits, absolute) with
 * a subflow sequence number (SSN, 32 bits, relative: the SYN is 0, the first
 * octet of data is 1; RFC 8684 s3.3.1). Both kinds wrap.
 *
 * Freestanding: needs only compiler headers. Stands alone, in C and C++.
 */
#ifndef MPTCP_TYPES_H
#define MPTCP_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Data sequence number: the position of an octet in the connection's stream. */
typedef struct mptcp_dsn {
    uint64_t v;
} mptcp_dsn;

/* Subflow sequence number, relative to the sender's ISN: the SYN has 0, data begin at 1. */
typedef struct mptcp_ssn {
    uint32_t v;
} mptcp_ssn;

/* Time in microseconds on a monotonic clock of the host's choice. */
typedef uint64_t mptcp_time;
#define MPTCP_NEVER UINT64_MAX

/*
 * The handle of a subflow: its slot in the low 8 bits, above them the slot's
 * generation, which each new subflow in the slot changes. So a handle whose
 * subflow has ended is refused, and not taken for the next one in its slot.
 */
typedef uint32_t mptcp_sf;
#define MPTCP_SF_NONE UINT32_MAX

/* The address id that the initial subflow has at both ends (s3.2). */
#define MPTCP_ADDR_ID_INITIAL 0

/* Return the sequence number with the value v. */
static inline mptcp_dsn mptcp_dsn_of(uint64_t v)
{
    mptcp_dsn d = {v};
    return d;
}

static inline mptcp_ssn mptcp_ssn_of(uint32_t v)
{
    mptcp_ssn s = {v};
    return s;
}

/* Return the sequence number n octets after a. */
static inline mptcp_dsn mptcp_dsn_add(mptcp_dsn a, uint64_t n)
{
    return mptcp_dsn_of(a.v + n);
}

static inline mptcp_ssn mptcp_ssn_add(mptcp_ssn a, uint32_t n)
{
    return mptcp_ssn_of(a.v + n);
}

/* Return a - b as a signed number of octets: negative if a comes before b. */
static inline int64_t mptcp_dsn_diff(mptcp_dsn a, mptcp_dsn b)
{
    return (int64_t)(a.v - b.v);
}

static inline int32_t mptcp_ssn_diff(mptcp_ssn a, mptcp_ssn b)
{
    return (int32_t)(a.v - b.v);
}

/* True if a comes before b, also across a wrap. */
static inline bool mptcp_dsn_before(mptcp_dsn a, mptcp_dsn b)
{
    return mptcp_dsn_diff(a, b) < 0;
}

static inline bool mptcp_ssn_before(mptcp_ssn a, mptcp_ssn b)
{
    return mptcp_ssn_diff(a, b) < 0;
}

/* True if a and b are the same sequence number. */
static inline bool mptcp_dsn_eq(mptcp_dsn a, mptcp_dsn b)
{
    return a.v == b.v;
}

static inline bool mptcp_ssn_eq(mptcp_ssn a, mptcp_ssn b)
{
    return a.v == b.v;
}

/* Return the later, and the earlier, of two sequence numbers. */
static inline mptcp_dsn mptcp_dsn_max(mptcp_dsn a, mptcp_dsn b)
{
    return mptcp_dsn_before(a, b) ? b : a;
}

static inline mptcp_dsn mptcp_dsn_min(mptcp_dsn a, mptcp_dsn b)
{
    return mptcp_dsn_before(a, b) ? a : b;
}

static inline mptcp_ssn mptcp_ssn_max(mptcp_ssn a, mptcp_ssn b)
{
    return mptcp_ssn_before(a, b) ? b : a;
}

static inline mptcp_ssn mptcp_ssn_min(mptcp_ssn a, mptcp_ssn b)
{
    return mptcp_ssn_before(a, b) ? a : b;
}

/*
 * Returns the 64-bit number nearest to `around` whose low 32 bits are `low`, before
 * or after it: the full value of a 32-bit DSN or DATA_ACK (RFC 8684 s3.3.1).
 */
static inline mptcp_dsn mptcp_dsn_widen(uint32_t low, mptcp_dsn around)
{
    return mptcp_dsn_of(around.v + (uint64_t)(int64_t)(int32_t)(low - (uint32_t)around.v));
}

/* An IP address with an optional port. 20 bytes, no padding. */
struct mptcp_addr {
    uint8_t family; /* 4, 6, or 0: none */
    uint8_t zero;   /* always 0 */
    uint16_t port;  /* host order; 0: none */
    uint8_t ip[16]; /* network order; an IPv4 address in the first 4 octets, the rest 0 */
};

/* True if family and IP address are equal; ports are not compared. */
static inline bool mptcp_addr_same_ip(const struct mptcp_addr *a, const struct mptcp_addr *b)
{
    if (a->family != b->family) {
        return false;
    }
    unsigned n = a->family == 4 ? 4 : 16;
    for (unsigned i = 0; i < n; i++) {
        if (a->ip[i] != b->ip[i]) {
            return false;
        }
    }
    return true;
}

#ifdef __cplusplus
}
#endif

#endif
