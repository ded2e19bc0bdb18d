/*
 * runs.h - floor 2: runs, the entries of a connection's tables of mappings, and how they are kept
 * in order.
 *
 * A run says that `len` octets from an SSN of a subflow on are the octets from a DSN on. Those of
 * both directions and of all subflows stand in one pool, and are named by their number in it:
 * nothing points anywhere. Each has two links in either of two orders, that of SSNs and that of
 * DSNs. They belong to a tree where runs are looked for or put in between others, and to a list
 * where they are only walked.
 */
#ifndef MPTCP_RUNS_H
#define MPTCP_RUNS_H

#include "mptcp/types.h"
#include "wire/inline.h"

/* No run. */
#define RUN_NONE 0xffffu
/* Runs of a connection, at most. */
#define RUNS_MAX 65534u
/* Octets from which on a run is not made longer, and octets that are given to it at most: len holds
 * the sum of two long ones, and of a long one and a gift. */
#define RUN_LONG 0x10000000u
#define RUN_SEND_MAX 0x20000000u

/* Orders of runs. */
enum { BY_SSN = 0, BY_DSN = 1 };

/* Links of a run: in a tree to what comes before it and to what comes after it, in a list to its
 * neighbours. */
enum { LINK_BEFORE = 0, LINK_AFTER = 1 };

/* Where a run stands in the order of DSNs. */
enum mptcp_run_stage {
    /* received */
    RUN_AHEAD = 0, /* begins after RCV.NXT: in the tree of those */
    RUN_BELOW,     /* does not, and holds nothing that is to be delivered now: nowhere */
    RUN_QUEUED,    /* holds octets before RCV.NXT that are not delivered: in the queue of those */
    RUN_VOID,      /* counts as free, and is still in the tree of those after RCV.NXT */
    /* sent */
    RUN_IN_FLIGHT = 0, /* not acknowledged by its subflow's peer: in that subflow's tree */
    RUN_ACKED,         /* acknowledged, not DATA_ACKed: in that subflow's pile */
    RUN_COPIED /* in_flight and DATA_ACKed, and TCP has a copy: no more in the order of DSNs */
};

struct mptcp_run {
    uint32_t key[2];     /* its SSN; the low half of its DSN */
    uint16_t link[2][2]; /* in each order */
    uint32_t len : 30;
    uint32_t stage : 2; /* enum mptcp_run_stage */
    union {
        uint16_t unit;  /* sent: octets of each mapping that it is cut into from its start */
        uint16_t check; /* received, with checksums, not verified: the mapping's checksum field */
    };
    uint16_t dsn_high : 10; /* bits 32 to 41 of its DSN */
    uint16_t owner : 5;     /* slot of its subflow */
    uint16_t fin : 1; /* received: the mapping's length counted a DATA_FIN that is not in len */
};

/* A mapping as it is declared, in full. */
struct mptcp_mapping {
    mptcp_dsn dsn;
    mptcp_ssn ssn;
    uint32_t len;   /* octets of data */
    uint16_t check; /* its checksum field */
    uint16_t fin;   /* 1: a DATA_FIN follows the data (RFC 8684 s3.3.3) */
    uint32_t zero;
};

static inline struct mptcp_mapping mptcp_mapping_of(mptcp_dsn dsn, mptcp_ssn ssn, uint32_t len)
{
    struct mptcp_mapping m = {dsn, ssn, len, 0, 0, 0};
    return m;
}

static inline mptcp_ssn mptcp_mapping_end(const struct mptcp_mapping *m)
{
    return mptcp_ssn_add(m->ssn, m->len);
}

static inline mptcp_dsn mptcp_mapping_dsn_end(const struct mptcp_mapping *m)
{
    return mptcp_dsn_add(m->dsn, m->len);
}

/* Octets from a to b, 0 if b is not after a; at most UINT32_MAX. */
MPTCP_INLINE uint32_t mptcp_span(mptcp_dsn a, mptcp_dsn b)
{
    int64_t n = (int64_t)(b.v - a.v);
    return n <= 0 ? 0 : n < (int64_t)UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static inline mptcp_ssn mptcp_run_ssn(const struct mptcp_run *r)
{
    return mptcp_ssn_of(r->key[BY_SSN]);
}

static inline mptcp_ssn mptcp_run_end(const struct mptcp_run *r)
{
    return mptcp_ssn_of(r->key[BY_SSN] + r->len);
}

/* How far r begins after `near`, and ends; negative: before it. They are less than 2^41 apart. */
MPTCP_INLINE int64_t mptcp_run_from(const struct mptcp_run *r, mptcp_dsn near)
{
    uint64_t dsn = (uint64_t)r->dsn_high << 32 | r->key[BY_DSN];
    return (int64_t)((dsn - near.v) << 22) >> 22;
}

MPTCP_INLINE int64_t mptcp_run_end_from(const struct mptcp_run *r, mptcp_dsn near)
{
    return mptcp_run_from(r, near) + (int64_t)r->len;
}

/* r and m say the same of each octet that they speak of. */
MPTCP_INLINE bool mptcp_run_agrees(const struct mptcp_run *r, const struct mptcp_mapping *m)
{
    return mptcp_run_from(r, m->dsn) == (int32_t)(r->key[BY_SSN] - m->ssn.v);
}

/* m may become a part of r: it begins where r ends, in both spaces. */
MPTCP_INLINE bool mptcp_run_continues(const struct mptcp_run *r, const struct mptcp_mapping *m)
{
    return r->key[BY_SSN] + r->len == m->ssn.v && mptcp_run_agrees(r, m) && r->len < RUN_LONG;
}

/* The DSN of r, which is less than 2^41 from `near`. */
static inline mptcp_dsn mptcp_run_dsn(const struct mptcp_run *r, mptcp_dsn near)
{
    return mptcp_dsn_add(near, (uint64_t)mptcp_run_from(r, near));
}

static inline void mptcp_run_set(struct mptcp_run *r, mptcp_dsn dsn, mptcp_ssn ssn)
{
    r->key[BY_SSN] = ssn.v;
    r->key[BY_DSN] = (uint32_t)dsn.v;
    r->dsn_high = (uint16_t)(dsn.v >> 32) & 0x3ffu;
}

/* How many octets of r lie below ssn. */
static inline uint32_t mptcp_run_below(const struct mptcp_run *r, mptcp_ssn ssn)
{
    int32_t n = (int32_t)(ssn.v - r->key[BY_SSN]);
    uint32_t len = r->len;
    return n <= 0 ? 0 : (uint32_t)n < len ? (uint32_t)n : len;
}

/* Cuts n octets off the front; n <= len. */
static inline void mptcp_run_advance(struct mptcp_run *r, uint32_t n)
{
    r->len = (r->len - n) & 0x3fffffffu;
    r->key[BY_DSN] += n;
    if (r->key[BY_DSN] < n) {
        r->dsn_high = (r->dsn_high + 1u) & 0x3ffu;
    }
    r->key[BY_SSN] += n;
}

MPTCP_INLINE void mptcp_run_lengthen(struct mptcp_run *r, uint32_t n)
{
    r->len = (r->len + n) & 0x3fffffffu;
}

/* ----------------------------------------------- what a connection keeps of them */

/* A list of runs in the links of either order: its ends. */
struct mptcp_list {
    uint16_t first;
    uint16_t last;
};

/* The pool (pool.c). */
struct mptcp_pool {
    uint16_t left;     /* runs that are free or void */
    uint16_t reserved; /* of these, what no subflow and direction may take from another */
    uint16_t free;     /* those that were in use: a list by BY_SSN's LINK_AFTER */
    uint16_t fresh;    /* from here on they never were */
    uint16_t voided;   /* RUN_VOID: a pile (order.h) */
};

/* All runs that were sent, in the order of DSNs (sent.c). */
struct mptcp_sent {
    struct mptcp_list list; /* in the links of BY_DSN */
    uint16_t una;           /* the first one of which something is not DATA_ACKed */
    uint16_t look;          /* reinject.c: the first one that was not looked at */
};

/* Those of one subflow. */
struct mptcp_sent_on {
    uint16_t in_flight; /* a tree by BY_SSN */
    uint16_t last;      /* the newest one, if it is in_flight: it may be made longer */
    uint16_t acked;     /* a pile (order.h) */
    uint16_t count;
};

/* All runs that were received, in the order of DSNs (received.c). */
struct mptcp_received {
    uint16_t ahead; /* a tree by BY_DSN */
    uint16_t queue; /* a list by BY_DSN's LINK_AFTER, of what is to be delivered */
    uint16_t queue_last;
};

/* Those of one subflow, in the order of SSNs. */
struct mptcp_received_on {
    struct mptcp_list arrived; /* whole runs, by BY_SSN */
    uint16_t current;   /* where the next octet comes, or what came last; may hold 0 octets */
    uint16_t announced; /* what was announced after it: a tree by BY_SSN */
    uint16_t hole;      /* what of the list lies before the octets that came without a mapping */
    uint16_t count;
};

#endif
