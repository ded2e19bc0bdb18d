/*
 * why.h - private to src/conn: what the questions of mptcp/why.h share.
 */
#ifndef MPTCP_CONN_WHY_H
#define MPTCP_CONN_WHY_H

#include "conn/conn.h"
#include "mptcp/why.h"

/* Sets *where, which may be NULL, to "the connection". */
static inline void where_begin(struct mptcp_where *where)
{
    static const struct mptcp_where nowhere = {.sf = MPTCP_SF_NONE, .when = MPTCP_NEVER};
    if (where != NULL) {
        *where = nowhere;
    }
}

/* Says, with the code, that the answer is about subflow i. */
static inline int at_subflow(const struct mptcp_conn *c, struct mptcp_where *where, unsigned i,
                             int code)
{
    if (where != NULL) {
        where->sf = handle_of(c, i);
    }
    return code;
}

/* Returns the place of a code among n codes, nearest first; n if it is none of them. */
static inline unsigned place_of(const int8_t *order, unsigned n, int code)
{
    unsigned k = 0;
    while (k < n && order[k] != code) {
        k++;
    }
    return k;
}

/* MPTCP_OK if the connection is open, be it MPTCP or plain TCP; else why not. */
int mptcp_why_not_open(const struct mptcp_conn *c);

#endif
