/*
 * pairs.h - floor 2: may, and should, a subflow be opened between one of our addresses and one of
 * the peer's? The answers are codes: MPTCP_OK, or the reason why not. The path manager and
 * mptcp_join act by them, and mptcp_why_not_joining tells them. Inline, so that the path manager,
 * which only asks whether there is a reason, does not pay for their difference.
 */
#ifndef MPTCP_TABLES_PAIRS_H
#define MPTCP_TABLES_PAIRS_H

#include "tables/block.h"

/* Joins that failed in a row, after which the policy opens only subflows between addresses that
 * have worked (Y-3). */
#define JOIN_FAILURES_MAX 16
#define JOIN_ROOM 24 /* octets of the third ACK's MP_JOIN */

/* As long as this is not MPTCP_OK, no subflow is opened. Nothing starts before the connection is
 * fully established (C-17). */
static inline int joins_refused(const struct mptcp_conn *c)
{
    if (!is_mptcp(c)) {
        return c->phase == PHASE_PLAIN ? MPTCP_E_PLAIN : MPTCP_E_STATE;
    }
    if ((c->bits & BIT_FULLY) == 0) {
        return MPTCP_E_NOT_FULLY;
    }
    return mptcp_pm_closing(c) ? MPTCP_E_CLOSING : MPTCP_OK;
}

/* May a subflow be opened from our address l to the peer's address r? To the peer's initial address
 * and port only a client may join, unless the peer has set flag C (C-21). */
int mptcp_pair_refused(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                       const struct mptcp_addr_slot *r);

/* True if subflows that we opened from our address l, and to the peer's address r, have worked: a
 * path between them that is lost may come back. What a peer announces may be an address of somebody
 * else. */
static inline bool pair_worked(const struct mptcp_addr_slot *l, const struct mptcp_addr_slot *r)
{
    return (l->flags & MARK_USABLE) != 0 && (r->flags & MARK_REACHED) != 0;
}

/* True if the policy may join from our address l: the initial one, or one with MPTCP_ADDR_JOIN. */
static inline bool is_source(const struct mptcp_conn *c, const struct mptcp_addr_slot *l)
{
    return l == local_at(c, 0) || (l->flags & MPTCP_ADDR_JOIN) != 0;
}

/* True if a living subflow, other than a half-open join, has these address ids. */
static inline bool pair_in_use(const struct mptcp_conn *c, uint8_t local_id, uint8_t remote_id)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (mptcp_subflow_is_proven(s) && s->local_id == local_id && s->remote_id == remote_id) {
            return true;
        }
    }
    return false;
}

/* True if a living subflow uses the peer's address r: one that the peer opened from it, or that we
 * opened to it and its port. */
static inline bool is_reached(const struct mptcp_conn *c, const struct mptcp_addr_slot *r)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (mptcp_subflow_is_proven(s) && s->remote_id == r->id &&
            ((s->flags & SF_OURS) == 0 || s->remote_port == r->addr.port)) {
            return true;
        }
    }
    return false;
}

/* True if a join to the peer's address r was tried from any address of ours. */
static inline bool tried_from_any(const struct mptcp_conn *c, const struct mptcp_addr_slot *r)
{
    const struct mptcp_addr_slot *l = local_at(c, 0);
    for (unsigned n = c->addrs; n > 0; n--, l++) {
        if (mptcp_pair(c, l, r) != 0) {
            return true;
        }
    }
    return false;
}

/* MPTCP_OK if the policy wants a subflow from our address l to the peer's address r, a pair that it
 * does not exclude; else JOINED, or TRIED, which includes that it was established. */
static inline int policy_refuses(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                                 const struct mptcp_addr_slot *r)
{
    bool initial = r == remote_at(c, 0);

    switch (c->policy) {
    case MPTCP_POLICY_PORTS:
        return (mptcp_pair(c, l, r) & PAIR_AGAIN) == 0 && c->join_tries != JOINS_STOPPED
                   ? MPTCP_OK
                   : MPTCP_E_TRIED;
    case MPTCP_POLICY_FULLMESH:
        if (mptcp_pair(c, l, r) != 0) {
            return MPTCP_E_TRIED;
        }
        return pair_in_use(c, l->id, r->id) ? MPTCP_E_JOINED : MPTCP_OK;
    default:
        /* One subflow from each address of ours to the peer's initial one, and one to each address
         * that the peer announced; the latter may be one that the peer has opened. */
        if (initial ? mptcp_pair(c, l, r) != 0 : tried_from_any(c, r)) {
            return MPTCP_E_TRIED;
        }
        return !initial && is_reached(c, r) ? MPTCP_E_JOINED : MPTCP_OK;
    }
}

/* MPTCP_OK if the policy opens subflows from l to r, whatever was tried and is open; else the
 * reason. */
static inline int pair_excluded(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                                const struct mptcp_addr_slot *r)
{
    bool initial = r == remote_at(c, 0);

    if (!is_source(c, l)) {
        return MPTCP_E_NO_SOURCE;
    }
    int why = mptcp_pair_refused(c, l, r);
    if (why != MPTCP_OK) {
        return why;
    }
    if (!initial && (r->flags & ADDR_PASSIVE) != 0) {
        return MPTCP_E_NO_TARGET;
    }
    bool other = c->policy == MPTCP_POLICY_PORTS && (!initial || l != local_at(c, 0));
    return other || c->policy == MPTCP_POLICY_HOST ? MPTCP_E_POLICY : MPTCP_OK;
}

/* MPTCP_OK if the policy wants a subflow from l to r and one may be opened; else the reason. */
static inline int pair_unwanted(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                                const struct mptcp_addr_slot *r)
{
    int why = pair_excluded(c, l, r);
    why = why == MPTCP_OK ? policy_refuses(c, l, r) : why;
    if (why == MPTCP_OK && c->join_failures >= JOIN_FAILURES_MAX && !pair_worked(l, r)) {
        return MPTCP_E_TRIED;
    }
    return why == MPTCP_OK && mptcp_addr_waits(c, l) ? MPTCP_E_LATER : why;
}

#endif
