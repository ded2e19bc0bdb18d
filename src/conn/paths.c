/*
 * paths.c - the host's calls for path management: addresses are added, removed or announced again;
 * subflows are requested, made backups, or get a cost. The machines decide what follows.
 */
#include "conn/conn.h"
#include "tables/pairs.h"

/* The slot of our address with this id; NULL if there is none, or it is being removed. */
static struct mptcp_addr_slot *local_of(const struct mptcp_conn *c, uint8_t id)
{
    struct mptcp_addr_slot *l = mptcp_local_of(c, id);
    return l != NULL && addr_good(l) ? l : NULL;
}

/* Ends a call that gives the path manager work. */
static int end_call_of_paths(struct mptcp_conn *c)
{
    mptcp_paths_changed(c);
    return mptcp_end_call(c);
}

#define KNOWN_FLAGS (MPTCP_ADDR_JOIN | MPTCP_ADDR_ANNOUNCE | MPTCP_ADDR_BACKUP | MPTCP_ADDR_METERED)

/* True if this is one of our addresses already. With another port it is another one if it is to be
 * announced: for joins from it the port makes no difference. */
static bool is_ours(const struct mptcp_conn *c, const struct mptcp_addr *addr, unsigned flags)
{
    const struct mptcp_addr_slot *known = mptcp_addr_local(c, addr);

    return known != NULL && addr_good(known) &&
           (known->addr.port == addr->port || (flags & MPTCP_ADDR_ANNOUNCE) == 0);
}

int mptcp_add_address(struct mptcp_conn *c, const struct mptcp_addr *addr, unsigned flags,
                      uint8_t *id, mptcp_time now)
{
    if (id == NULL || !addr_possible(addr) || (flags & ~KNOWN_FLAGS) != 0) {
        return MPTCP_E_ARGUMENT;
    }
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    if (c->phase == PHASE_NEW || c->phase == PHASE_ENDED) {
        return MPTCP_E_STATE;
    }
    struct mptcp_addr full = *addr;
    full.port = addr->port != 0 ? addr->port : local_at(c, 0)->addr.port;
    if (is_ours(c, &full, flags)) {
        return MPTCP_E_ARGUMENT;
    }
    if (mptcp_addr_free(c, local_at(c, 0)) == NULL && !mptcp_addr_reclaim(c)) {
        return MPTCP_E_FULL;
    }
    mptcp_clock_set(c, now);
    struct mptcp_addr_slot *l = mptcp_addr_learn(c, local_at(c, 0), &full, mptcp_addr_new_id(c));
    l->flags = (uint16_t)(ADDR_USED | flags);
    c->join_failures = 0; /* joins from a new address may succeed */
    *id = l->id;
    return end_call_of_paths(c);
}

int mptcp_remove_address(struct mptcp_conn *c, uint8_t id, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    struct mptcp_addr_slot *l = local_of(c, id);

    if (l == NULL) {
        return MPTCP_E_NOT_FOUND;
    }
    mptcp_clock_set(c, now);
    mptcp_pm_remove(c, l);
    return mptcp_end_call(c);
}

int mptcp_refresh_address(struct mptcp_conn *c, uint8_t id, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    struct mptcp_addr_slot *l = local_of(c, id);

    if (l == NULL || (l->flags & ADDR_LISTENING) == 0) {
        return MPTCP_E_NOT_FOUND;
    }
    mptcp_clock_set(c, now);
    l->tries = 0;
    l->flags &= (uint16_t)~MARK_ECHOED;
    l->flags |= ADDR_SIGNAL;
    return end_call_of_paths(c);
}

int mptcp_join(struct mptcp_conn *c, uint8_t local_id, uint8_t remote_id, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    const struct mptcp_addr_slot *l = mptcp_local_of(c, local_id);
    const struct mptcp_addr_slot *r = mptcp_remote_of(c, remote_id);

    if (l == NULL || r == NULL) {
        return MPTCP_E_NOT_FOUND;
    }
    why = joins_refused(c);
    why = why == MPTCP_OK ? mptcp_pair_refused(c, l, r) : why;
    if (why != MPTCP_OK) {
        return why;
    }
    if (mptcp_pm_asked(c)) {
        return MPTCP_E_AGAIN;
    }
    mptcp_clock_set(c, now);
    c->bits |= BIT_ASKED;
    c->join_from = local_id;
    c->join_to = remote_id;
    return end_call_of_paths(c);
}

int mptcp_set_backup(struct mptcp_conn *c, mptcp_sf sf, bool backup, mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = subflow_refused(c, sf, now, &s);
    if (why != MPTCP_OK) {
        return why;
    }
    if (!is_mptcp(c)) {
        return MPTCP_E_STATE;
    }
    mptcp_clock_set(c, now);
    if (backup == ((s->flags & SF_BACKUP) != 0)) {
        return MPTCP_OK;
    }
    s->flags ^= SF_BACKUP;
    s->signal |= SIG_PRIO;
    return mptcp_end_call(c);
}

int mptcp_set_cost(struct mptcp_conn *c, mptcp_sf sf, uint8_t cost, mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = mptcp_enter(c, sf, now, &s);
    if (why != MPTCP_OK) {
        return why;
    }
    s->cost = cost;
    return mptcp_end_call(c);
}
