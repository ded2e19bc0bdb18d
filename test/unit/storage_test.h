/*
 * storage_test.h - a connection without a heap, as an embedder writes it. `make headers-check`
 * compiles it in each standard of C and C++ that the library is for.
 */
#ifndef STORAGE_TEST_H
#define STORAGE_TEST_H

#include "mptcp/conn.h"

static MPTCP_CONN_STORAGE(outside, 1, 2, 8);

static inline struct mptcp_conn *in_static_storage(const struct mptcp_config *cfg,
                                                   const struct mptcp_secret *secret)
{
    static MPTCP_CONN_STORAGE(inside, 2, 4, 24);
    struct mptcp_conn *c = mptcp_conn_init(&outside, sizeof outside, cfg, secret);
    return c != NULL ? c : mptcp_conn_init(&inside, sizeof inside, cfg, secret);
}

#endif
