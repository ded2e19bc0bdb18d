/*
 * in_step.h - floor 2: the octets of the first subflow as long as SSNs and DSNs run in step.
 *
 * The first octet of a stream has SSN 1 and DSN IDSN + 1. As long as a connection has only ever had
 * its first subflow, and nobody has sent an octet twice at different SSNs, DSN = IDSN + SSN for
 * every octet, in both directions. Plain TCP rests on that: it needs no mapping.
 */
#ifndef MPTCP_TABLES_IN_STEP_H
#define MPTCP_TABLES_IN_STEP_H

#include "tables/block.h"

/* It is plain TCP, or was until it ended. */
static inline bool is_plain(const struct mptcp_conn *c)
{
    return c->fb.plain != PLAIN_NOT;
}

/* Where the application's data end: a DATA_FIN's octet is not theirs. */
static inline mptcp_dsn data_end(const struct mptcp_conn *c)
{
    return has_ended(c) ? c->rcv_fin : c->rcv_nxt;
}

static inline mptcp_dsn dsn_in_step(mptcp_dsn first, mptcp_ssn ssn, mptcp_dsn near_to)
{
    return mptcp_dsn_widen((uint32_t)first.v + ssn.v - 1, near_to);
}

/* The DSN of an octet that is received, or sent, with this SSN. */
static inline mptcp_dsn received_in_step(const struct mptcp_conn *c, mptcp_ssn ssn)
{
    return dsn_in_step(c->rcv_first, ssn, c->rcv_nxt);
}

static inline mptcp_dsn sent_in_step(const struct mptcp_conn *c, mptcp_ssn ssn)
{
    return dsn_in_step(c->snd_first, ssn, c->snd_nxt);
}

/* The SSN of an octet that is received, or sent, with this DSN. */
static inline mptcp_ssn ssn_received(const struct mptcp_conn *c, mptcp_dsn dsn)
{
    return mptcp_ssn_of((uint32_t)(dsn.v - c->rcv_first.v) + 1);
}

static inline mptcp_ssn ssn_sent(const struct mptcp_conn *c, mptcp_dsn dsn)
{
    return mptcp_ssn_of((uint32_t)(dsn.v - c->snd_first.v) + 1);
}

/* A mapping of the peer's says what it would be without. */
static inline bool is_in_step(const struct mptcp_conn *c, const struct mptcp_mapping *map)
{
    return mptcp_dsn_eq(map->dsn, received_in_step(c, map->ssn));
}

#endif
