/*
 * segments.h - what fuzz_segments.c and the maker of its options (made.c) share.
 */
#ifndef FUZZ_SEGMENTS_H
#define FUZZ_SEGMENTS_H

#include "mptcp/crypto.h"
#include "mptcp/endpoint.h"

#define REMOTE_KEY 0x0123456789abcdefull

struct target {
    struct mptcp_conn *conn;
    struct mptcp_endpoint *endpoint;
    uint8_t *before;
    size_t size;
    uint64_t key;
    mptcp_sf initial;
    bool client;
    unsigned version;
    uint8_t add_addr2;
    mptcp_time now;
    uint64_t rcv_nxt;
    bool known;
};

/* Writes an option of this kind (modulo 9) to p, with right keys, HMACs, tokens and numbers, or
 * near ones, as the bits of c say; returns its length, 0 if it does not fit. */
unsigned made_option(const struct target *t, uint32_t kind, uint32_t c, uint32_t ssn, uint8_t *p,
                     size_t room);

#endif
