/*
 * pairs.c - between which addresses subflows may be opened (pairs.h).
 */
#include "tables/pairs.h"

int mptcp_pair_refused(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                       const struct mptcp_addr_slot *r)
{
    const struct mptcp_addr_slot *first = remote_at(c, 0);

    if (!addr_good(l) || !addr_good(r)) {
        return MPTCP_E_ADDRESS_GONE;
    }
    if (l->addr.family != r->addr.family || r->addr.port == 0) {
        return MPTCP_E_PAIR;
    }
    if (c->option_room < JOIN_ROOM) {
        return MPTCP_E_ROOM;
    }
    if (!mptcp_addr_same_ip(&r->addr, &first->addr) || r->addr.port != c->first_port) {
        return MPTCP_OK;
    }
    if ((c->bits & BIT_CLIENT) == 0) {
        return MPTCP_E_NO_TARGET;
    }
    return (c->bits & BIT_DENY_JOIN) != 0 ? MPTCP_E_DENIED : MPTCP_OK;
}
