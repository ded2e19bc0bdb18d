/*
 * tables.h - floor 2: the bounded tables that a connection and an endpoint
 * are made of. All live in the owner's flat block; nothing points anywhere.
 *
 *   runs     stretches of mappings of one subflow, one direction, in SSN order
 *   tokens   token -> number of a connection
 */
#ifndef MPTCP_TABLES_H
#define MPTCP_TABLES_H

#include "mptcp/types.h"

/*
 * A run: len octets from SSN ssn on are the octets from DSN dsn on.
 *
 * Sent runs are cut into mappings of `unit` octets from their start; the last
 * mapping may be shorter, and then nothing is ever appended, so that every
 * mapping is repeated bit for bit (RFC 8684 s3.3.1, D-5). Received runs hold
 * any number of mappings that follow each other; with checksums exactly one,
 * and `check` is its checksum field.
 *
 * The DSN is kept in halves: the run is 20 octets and needs an alignment of 4.
 */
struct mptcp_run {
    uint32_t dsn_high;
    uint32_t dsn_low;
    mptcp_ssn ssn;
    uint32_t len;
    uint16_t unit;  /* sent runs; 0 in received ones */
    uint16_t check; /* received runs of a connection with checksums */
};

/* A ring of runs: its place in the owner's block is the owner's business. */
struct mptcp_runs {
    uint16_t first;
    uint16_t count;
    uint16_t capacity;
    uint16_t zero;
};

static inline mptcp_dsn mptcp_run_dsn(const struct mptcp_run *r)
{
    return mptcp_dsn_of((uint64_t)r->dsn_high << 32 | r->dsn_low);
}

static inline mptcp_dsn mptcp_run_dsn_end(const struct mptcp_run *r)
{
    return mptcp_dsn_add(mptcp_run_dsn(r), r->len);
}

static inline mptcp_ssn mptcp_run_end(const struct mptcp_run *r)
{
    return mptcp_ssn_add(r->ssn, r->len);
}

static inline struct mptcp_run mptcp_run_of(mptcp_dsn dsn, mptcp_ssn ssn, uint32_t len,
                                            uint16_t unit, uint16_t check)
{
    struct mptcp_run r = {(uint32_t)(dsn.v >> 32), (uint32_t)dsn.v, ssn, len, unit, check};
    return r;
}

/* Octets from a to b, 0 if b is not behind a; at most UINT32_MAX. */
uint32_t mptcp_span(mptcp_dsn a, mptcp_dsn b);

/* Octet dsn is among the first n of r. */
static inline bool mptcp_run_holds(const struct mptcp_run *r, mptcp_dsn dsn, uint32_t n)
{
    return dsn.v - mptcp_run_dsn(r).v < n;
}

/* How many octets of r lie below ssn, or below dsn. */
uint32_t mptcp_run_below(const struct mptcp_run *r, mptcp_ssn ssn);
uint32_t mptcp_run_below_dsn(const struct mptcp_run *r, mptcp_dsn dsn);

/* r ends where the octet with this SSN and DSN comes. */
bool mptcp_run_ends_at(const struct mptcp_run *r, mptcp_ssn ssn, mptcp_dsn dsn);

/* Cuts n octets off the front. */
void mptcp_run_advance(struct mptcp_run *r, uint32_t n);

/* The i-th run in SSN order; i <= count < capacity, or i < count. */
struct mptcp_run *mptcp_run_at(struct mptcp_run *base, const struct mptcp_runs *t, unsigned i);

/* How many runs begin at or before ssn: the run that may hold ssn is the one before. O(log count).
 */
unsigned mptcp_runs_upto(struct mptcp_run *base, const struct mptcp_runs *t, mptcp_ssn ssn);

/* The run that holds ssn, or NULL. */
const struct mptcp_run *mptcp_runs_find(struct mptcp_run *base, const struct mptcp_runs *t,
                                        mptcp_ssn ssn);

/* Puts r before the i-th run; i <= count, count < capacity. O(count - i). */
void mptcp_runs_insert(struct mptcp_run *base, struct mptcp_runs *t, unsigned i,
                       const struct mptcp_run *r);

/* Takes the i-th run out; i < count. O(count - i), O(1) for the first. */
void mptcp_runs_remove(struct mptcp_run *base, struct mptcp_runs *t, unsigned i);

/*
 * Takes out the first runs, as far as their octets lie below ssn and below dsn; *done moves up to
 * where these end. A run that goes on for ever is cut at its front now and then.
 */
void mptcp_runs_finish(struct mptcp_run *base, struct mptcp_runs *t, mptcp_ssn ssn, mptcp_dsn dsn,
                       mptcp_ssn *done);

/* If the table is nearly full: takes out whatever lies below both, wherever it stands. O(count^2).
 */
void mptcp_runs_compact(struct mptcp_run *base, struct mptcp_runs *t, mptcp_ssn ssn, mptcp_dsn dsn);

/* Takes out what lies at or behind ssn. */
void mptcp_runs_cut(struct mptcp_run *base, struct mptcp_runs *t, mptcp_ssn ssn);

/* ---------------------------------------------------------------- tokens */

struct mptcp_token_slot {
    uint32_t token;
    uint32_t conn; /* MPTCP_TOKEN_FREE: the slot is free */
};

#define MPTCP_TOKEN_FREE UINT32_MAX
#define MPTCP_TOKEN_NONE UINT32_MAX

/*
 * Open addressing over n slots (a power of two), at most half full. Tokens are hashes of our own
 * keys, and spread evenly; but a peer sees the keys of its connections, and can keep those alone
 * whose tokens lie together. With an odd seed that it does not know it can't tell which do.
 */
struct mptcp_tokens {
    uint32_t n;
    uint32_t used;
    uint64_t seed;
};

#define MPTCP_TOKENS_UNSEEDED ((uint64_t)1 << 32) /* a token's home is in its own low bits */

static inline uint32_t mptcp_token_home(const struct mptcp_tokens *t, uint32_t token)
{
    return (uint32_t)(token * t->seed >> 32) & (t->n - 1);
}

uint32_t mptcp_tokens_find(const struct mptcp_tokens *t, const struct mptcp_token_slot *s,
                           uint32_t token);
void mptcp_tokens_put(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t token,
                      uint32_t conn);
void mptcp_tokens_take(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t slot);

#endif
