/*
 * runs.h - floor 2: runs, the entries of a connection's tables of mappings, and how they are kept
 * in order.
 *
 * A run says that `len` octets of a subflow, from an SSN on, are the octets of the stream from a
 * DSN on. The runs of both directions and of all subflows stand in one pool and are named by their
 * number in it, so there are no pointers. Each run has two links in the order of SSNs and two in
 * the order of DSNs. The links form a tree where runs are searched or inserted between others, and
 * a list where they are only walked.
 */
#ifndef MPTCP_RUNS_H
#define MPTCP_RUNS_H

#include "mptcp/types.h"
#include "wire/inline.h"

/* A number that names no run. */
#define RUN_NONE 0xffffu
/* The most runs that a connection can have. */
#define RUNS_MAX 65534u
/* A run with RUN_LONG octets or more is not lengthened; one SEND adds at most RUN_SEND_MAX octets.
 * So the sum of a run's length and of what is added fits the 30 bits of `len`. */
#define RUN_LONG 0x10000000u
#define RUN_SEND_MAX 0x20000000u

/* The two orders of runs. */
enum { BY_SSN = 0, BY_DSN = 1 };

/* Links of a run: in a tree to its left and to its right subtree, in a list to the run before it
 * and to the run after it. */
enum { LINK_BEFORE = 0, LINK_AFTER = 1 };

/* The stage of a run: where it stands in the order of DSNs. */
enum mptcp_run_stage {
    /* received */
    RUN_AHEAD = 0, /* begins after RCV.NXT: in the tree received.ahead */
    RUN_BELOW,     /* begins at or before RCV.NXT, and no octet of it can be delivered now: in no
                      tree or list by DSN */
    RUN_QUEUED,    /* holds octets before RCV.NXT that are not delivered: in received.queue */
    RUN_VOID,      /* counts as free, and is still in the tree received.ahead */
    /* sent */
    RUN_IN_FLIGHT = 0, /* the peer's TCP has not acknowledged all of it: in its subflow's tree */
    RUN_ACKED,         /* acknowledged by TCP, not DATA_ACKed: in its subflow's pile */
    RUN_COPIED /* as RUN_IN_FLIGHT, but DATA_ACKed and copied by TCP: not in the order of DSNs */
};

struct mptcp_run {
    uint32_t key[2];     /* its SSN; the low half of its DSN */
    uint16_t link[2][2]; /* [BY_SSN or BY_DSN][LINK_BEFORE or LINK_AFTER] */
    uint32_t len : 30;
    uint32_t stage : 2; /* enum mptcp_run_stage */
    union {
        uint16_t unit;  /* sent: octets of each mapping into which it is cut, from its start on */
        uint16_t check; /* received, with checksums, not yet verified: the checksum field */
    };
    uint16_t dsn_high : 10; /* bits 32 to 41 of its DSN */
    uint16_t owner : 5;     /* slot of its subflow */
    uint16_t fin : 1; /* received, 1: the mapping's length also counted a DATA_FIN; len does not */
};

/* A mapping, with the DSN in full. */
struct mptcp_mapping {
    mptcp_dsn dsn;
    mptcp_ssn ssn;
    uint32_t len;   /* octets of data */
    uint16_t check; /* its checksum field */
    uint16_t fin;   /* 1: a DATA_FIN follows the data (RFC 8684 s3.3.3) */
    uint32_t zero;
};

/* Returns a mapping of len octets without checksum and DATA_FIN. */
static inline struct mptcp_mapping mptcp_mapping_of(mptcp_dsn dsn, mptcp_ssn ssn, uint32_t len)
{
    struct mptcp_mapping m = {dsn, ssn, len, 0, 0, 0};
    return m;
}

/* Returns the SSN after the last octet of data of m. */
static inline mptcp_ssn mptcp_mapping_end(const struct mptcp_mapping *m)
{
    return mptcp_ssn_add(m->ssn, m->len);
}

/* Returns the DSN after the last octet of data of m. */
static inline mptcp_dsn mptcp_mapping_dsn_end(const struct mptcp_mapping *m)
{
    return mptcp_dsn_add(m->dsn, m->len);
}

/* Returns the number of octets from a to b, at most UINT32_MAX; 0 if b is not after a. */
MPTCP_INLINE uint32_t mptcp_span(mptcp_dsn a, mptcp_dsn b)
{
    int64_t n = (int64_t)(b.v - a.v);
    return n <= 0 ? 0 : n < (int64_t)UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* Returns the SSN of the first octet of r. */
static inline mptcp_ssn mptcp_run_ssn(const struct mptcp_run *r)
{
    return mptcp_ssn_of(r->key[BY_SSN]);
}

/* Returns the SSN after the last octet of r. */
static inline mptcp_ssn mptcp_run_end(const struct mptcp_run *r)
{
    return mptcp_ssn_of(r->key[BY_SSN] + r->len);
}

/* Returns the octets from `near` to the start of r, negative if r begins before `near`. They must
 * be less than 2^41 apart. */
MPTCP_INLINE int64_t mptcp_run_from(const struct mptcp_run *r, mptcp_dsn near)
{
    uint64_t dsn = (uint64_t)r->dsn_high << 32 | r->key[BY_DSN];
    return (int64_t)((dsn - near.v) << 22) >> 22;
}

/* Returns the octets from `near` to the end of r, negative if r ends before `near`. */
MPTCP_INLINE int64_t mptcp_run_end_from(const struct mptcp_run *r, mptcp_dsn near)
{
    return mptcp_run_from(r, near) + (int64_t)r->len;
}

/* True if r and m have the same distance from SSN to DSN: they agree on every octet in both. */
MPTCP_INLINE bool mptcp_run_agrees(const struct mptcp_run *r, const struct mptcp_mapping *m)
{
    return mptcp_run_from(r, m->dsn) == (int32_t)(r->key[BY_SSN] - m->ssn.v);
}

/* True if m can be appended to r: it begins where r ends, both in SSNs and in DSNs, and r is not
 * too long. */
MPTCP_INLINE bool mptcp_run_continues(const struct mptcp_run *r, const struct mptcp_mapping *m)
{
    return r->key[BY_SSN] + r->len == m->ssn.v && mptcp_run_agrees(r, m) && r->len < RUN_LONG;
}

/* Returns the DSN of the first octet of r, which must be less than 2^41 from `near`. */
static inline mptcp_dsn mptcp_run_dsn(const struct mptcp_run *r, mptcp_dsn near)
{
    return mptcp_dsn_add(near, (uint64_t)mptcp_run_from(r, near));
}

/* Sets the DSN and the SSN of the first octet of r. */
static inline void mptcp_run_set(struct mptcp_run *r, mptcp_dsn dsn, mptcp_ssn ssn)
{
    r->key[BY_SSN] = ssn.v;
    r->key[BY_DSN] = (uint32_t)dsn.v;
    r->dsn_high = (uint16_t)(dsn.v >> 32) & 0x3ffu;
}

/* Returns how many octets of r lie before ssn. */
static inline uint32_t mptcp_run_below(const struct mptcp_run *r, mptcp_ssn ssn)
{
    int32_t n = (int32_t)(ssn.v - r->key[BY_SSN]);
    uint32_t len = r->len;
    return n <= 0 ? 0 : (uint32_t)n < len ? (uint32_t)n : len;
}

/* Removes the first n octets of r; n must not be more than len. */
static inline void mptcp_run_advance(struct mptcp_run *r, uint32_t n)
{
    r->len = (r->len - n) & 0x3fffffffu;
    r->key[BY_DSN] += n;
    if (r->key[BY_DSN] < n) {
        r->dsn_high = (r->dsn_high + 1u) & 0x3ffu;
    }
    r->key[BY_SSN] += n;
}

/* Adds n octets to the end of r. */
MPTCP_INLINE void mptcp_run_lengthen(struct mptcp_run *r, uint32_t n)
{
    r->len = (r->len + n) & 0x3fffffffu;
}

/* ------------------------------------ members of a connection that refer to runs */

/* The first and the last run of a list; both RUN_NONE if it is empty. */
struct mptcp_list {
    uint16_t first;
    uint16_t last;
};

/* The pool: counts of runs, and the runs that are not in use (pool.c). */
struct mptcp_pool {
    uint16_t left;     /* number of runs that are free or void */
    uint16_t reserved; /* how many of these are reserved for sides that do not use them yet */
    uint16_t free;     /* first free run that was in use before: a list by BY_SSN's LINK_AFTER */
    uint16_t fresh;    /* runs from this number on were never in use */
    uint16_t voided;   /* top of the pile of RUN_VOID runs (order.h) */
};

/* The sent runs of all subflows, in the order of DSNs (sent.c). */
struct mptcp_sent {
    struct mptcp_list list; /* linked by BY_DSN */
    uint16_t una;           /* first run of the list that is not wholly DATA_ACKed */
    uint16_t look; /* first run of the list that the search of reinject.c has not checked */
};

/* The sent runs of one subflow. */
struct mptcp_sent_on {
    uint16_t in_flight; /* root of the tree by BY_SSN of runs RUN_IN_FLIGHT and RUN_COPIED */
    uint16_t last;      /* the newest run, while it is in that tree: it may be lengthened */
    uint16_t acked;     /* top of the pile of runs RUN_ACKED (order.h) */
    uint16_t count;     /* number of runs in both */
};

/* The received runs of all subflows, in the order of DSNs (received.c). */
struct mptcp_received {
    uint16_t ahead;      /* root of the tree by BY_DSN of runs RUN_AHEAD and RUN_VOID */
    uint16_t queue;      /* first run RUN_QUEUED: a list by BY_DSN's LINK_AFTER */
    uint16_t queue_last; /* last run of that list */
};

/* The received runs of one subflow, in the order of SSNs. */
struct mptcp_received_on {
    struct mptcp_list arrived; /* runs that have arrived as a whole, linked by BY_SSN */
    uint16_t current;   /* the run that holds the next octet or the last one; may have 0 octets */
    uint16_t announced; /* root of the tree by BY_SSN of runs of which nothing has arrived */
    uint16_t hole;      /* last run of `arrived` before the octets that came without a mapping */
    uint16_t count;     /* number of all these runs */
};

#endif
