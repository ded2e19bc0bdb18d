/*
 * seq.h - sequence numbers as they stand in TCP headers.
 *
 * They wrap, and say where in a stream they are only beside the ISN of its SYN: so they are a type
 * of their own, and become SSNs (mptcp_ssn) by it.
 */
#ifndef BELOW_SEQ_H
#define BELOW_SEQ_H

#include "mptcp/types.h"

typedef struct shim_seq {
    uint32_t v;
} shim_seq;

static inline shim_seq seq_of(uint32_t v)
{
    shim_seq s = {v};
    return s;
}

/* The number n octets after s. */
static inline shim_seq seq_add(shim_seq s, uint32_t n)
{
    return seq_of(s.v + n);
}

/* The number after s: that of the first octet, if s is an ISN. */
static inline shim_seq seq_next(shim_seq s)
{
    return seq_of(s.v + 1);
}

/* The number before s: the ISN, if s is that of the first octet. */
static inline shim_seq seq_prev(shim_seq s)
{
    return seq_of(s.v - 1);
}

static inline bool seq_eq(shim_seq a, shim_seq b)
{
    return a.v == b.v;
}

/* The SSN of s in the stream of this ISN, and the number of an SSN there. */
static inline mptcp_ssn seq_ssn(shim_seq s, shim_seq isn)
{
    return mptcp_ssn_of(s.v - isn.v);
}

static inline shim_seq seq_at(mptcp_ssn ssn, shim_seq isn)
{
    return seq_of(isn.v + ssn.v);
}

/* Octets from a to b, which does not come before it. */
static inline uint32_t seq_span(shim_seq a, shim_seq b)
{
    return b.v - a.v;
}

/* True if a comes before b, also across a wrap. */
static inline bool seq_before(shim_seq a, shim_seq b)
{
    return mptcp_ssn_before(mptcp_ssn_of(a.v), mptcp_ssn_of(b.v));
}

#endif
