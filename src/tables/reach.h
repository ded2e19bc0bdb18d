/*
 * reach.h - private to received.c: how far RCV.NXT is from a run, and how far it may move.
 */
#ifndef MPTCP_REACH_H
#define MPTCP_REACH_H

#include "tables/block.h"

/* Returns n octets after RCV.NXT, or fewer if the peer's DATA_FIN comes before: RCV.NXT cannot pass
 * it, even if the peer maps octets after it. */
static inline int32_t up_to_fin(const struct mptcp_conn *c, int32_t n)
{
    if ((c->bits & BIT_FIN_KNOWN) != 0 && n > 0) {
        uint32_t most = mptcp_span(c->rcv_nxt, c->rcv_fin);
        return most < (uint32_t)n ? (int32_t)most : n;
    }
    return n;
}

/* Returns the octets from RCV.NXT to the start of r, which must not begin after RCV.NXT: 0 or
 * negative. A start farther back than LENGTH_MAX, the longest run, counts as LENGTH_MAX + 1 back.
 */
static inline int32_t from_next(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    const int32_t far = -(int32_t)LENGTH_MAX - 1;
    int64_t n = mptcp_run_from(r, c->rcv_nxt);
    return n <= 0 && n > far ? (int32_t)n : far;
}

/* Returns the octets from RCV.NXT to the start of r (less than 2^31 apart); <= 0: it is reached. */
static inline int32_t ahead(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return (int32_t)(r->key[BY_DSN] - (uint32_t)c->rcv_nxt.v);
}

#endif
