/*
 * in_step.h - floor 2: converts SSNs of the first subflow to DSNs, and back, while they run in
 * step.
 *
 * The first octet of a stream has SSN 1 and DSN IDSN + 1. As long as a connection has only ever had
 * its first subflow, and nobody has sent an octet twice at different SSNs, DSN = IDSN + SSN for
 * every octet, in both directions. Fallback to plain TCP relies on that: no mapping is needed.
 */
#ifndef MPTCP_TABLES_IN_STEP_H
#define MPTCP_TABLES_IN_STEP_H

#include "tables/block.h"

/* True if the connection has fallen back to plain TCP; it stays true after its end. */
static inline bool is_plain(const struct mptcp_conn *c)
{
    return c->fb.plain != PLAIN_NOT;
}

/* Returns the DSN after the last octet of data received in order. A DATA_FIN takes one DSN, which
 * RCV.NXT counts and this does not. */
static inline mptcp_dsn data_end(const struct mptcp_conn *c)
{
    return has_ended(c) ? c->rcv_fin : c->rcv_nxt;
}

/* Returns true if the end that a DATA_FIN has told is plain TCP's, too. With checksums only if it
 * was reached: a box that they found may put octets in, and TCP's FIN moves with them. */
static inline bool end_holds(const struct mptcp_conn *c)
{
    return has_ended(c) || (c->bits & (BIT_FIN_KNOWN | BIT_CHECKSUM)) == BIT_FIN_KNOWN;
}

/* Returns the DSN of SSN ssn, if SSN 1 has the DSN `first`; of all DSNs that SSN stands for after
 * wraps, the one nearest to near_to. */
static inline mptcp_dsn dsn_in_step(mptcp_dsn first, mptcp_ssn ssn, mptcp_dsn near_to)
{
    return mptcp_dsn_widen((uint32_t)first.v + ssn.v - 1, near_to);
}

/* Returns the DSN of an octet that is received with this SSN. */
static inline mptcp_dsn received_in_step(const struct mptcp_conn *c, mptcp_ssn ssn)
{
    return dsn_in_step(c->rcv_first, ssn, c->rcv_nxt);
}

/* Returns the DSN of an octet that is sent with this SSN. */
static inline mptcp_dsn sent_in_step(const struct mptcp_conn *c, mptcp_ssn ssn)
{
    return dsn_in_step(c->snd_first, ssn, c->snd_nxt);
}

/* Returns the SSN of an octet that is received with this DSN. */
static inline mptcp_ssn ssn_received(const struct mptcp_conn *c, mptcp_dsn dsn)
{
    return mptcp_ssn_of((uint32_t)(dsn.v - c->rcv_first.v) + 1);
}

/* Returns the SSN of an octet that is sent with this DSN. */
static inline mptcp_ssn ssn_sent(const struct mptcp_conn *c, mptcp_dsn dsn)
{
    return mptcp_ssn_of((uint32_t)(dsn.v - c->snd_first.v) + 1);
}

/* True if a mapping of the peer's gives its octets the DSNs that they have without a mapping. */
static inline bool is_in_step(const struct mptcp_conn *c, const struct mptcp_mapping *map)
{
    return mptcp_dsn_eq(map->dsn, received_in_step(c, map->ssn));
}

#endif
