/*
 * why_joining.c - why no subflow is opened (mptcp/why.h). The reasons are those of tables/pairs.h,
 * by which the path manager acts; here they are told apart, and the nearest one is chosen.
 */
#include "conn/why.h"
#include "tables/pairs.h"

/* The pairs that were looked at so far: the nearest reason, and whose it is. */
struct search {
    const struct mptcp_conn *c;
    const struct mptcp_addr_slot *from;
    const struct mptcp_addr_slot *to;
    int code;
    unsigned distance;
};

/* How near to a join a pair is for which this is the reason that there is none: the lower, the
 * nearer. */
static unsigned distance(int code)
{
    static const int8_t order[] = {MPTCP_OK,          MPTCP_E_LATER,     MPTCP_E_POLICY,
                                   MPTCP_E_TRIED,     MPTCP_E_DENIED,    MPTCP_E_ROOM,
                                   MPTCP_E_PAIR,      MPTCP_E_NO_TARGET, MPTCP_E_ADDRESS_GONE,
                                   MPTCP_E_NO_SOURCE, MPTCP_E_JOINED};
    return place_of(order, sizeof order, code);
}

/* TRIED says that a pair has had its turn: tells whether a subflow came of it, or one will be tried
 * again. */
static int told_apart(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                      const struct mptcp_addr_slot *r, int why)
{
    if (why == MPTCP_E_NO_SOURCE && !addr_good(l)) {
        return MPTCP_E_ADDRESS_GONE; /* it has lost its flags as well */
    }
    if (why != MPTCP_E_TRIED) {
        return why;
    }
    if (pair_in_use(c, l->id, r->id)) {
        return MPTCP_E_JOINED;
    }
    return (mptcp_pair(c, l, r) & PAIR_AGAIN) != 0 ? MPTCP_E_LATER : MPTCP_E_TRIED;
}

/* Looks at our address l and the peer's address r. */
static void look(struct search *x, const struct mptcp_addr_slot *l, const struct mptcp_addr_slot *r)
{
    const struct mptcp_conn *c = x->c;
    int why = told_apart(c, l, r, pair_unwanted(c, l, r));

    if (distance(why) < x->distance) {
        x->distance = distance(why);
        x->code = why;
        x->from = l;
        x->to = r;
    }
}

/* True if slot a is to be looked at: it is in use, and has this id. */
static bool is_meant(const struct mptcp_addr_slot *a, int id)
{
    return (a->flags & ADDR_USED) != 0 && (id == MPTCP_ANY_ID || a->id == id);
}

/* Looks at all pairs with these ids. */
static void look_at_all(struct search *x, int local_id, int remote_id)
{
    const struct mptcp_conn *c = x->c;

    for (unsigned k = 0; k < c->addrs; k++) {
        for (unsigned i = 0; i < c->addrs && is_meant(local_at(c, k), local_id); i++) {
            if (is_meant(remote_at(c, i), remote_id)) {
                look(x, local_at(c, k), remote_at(c, i));
            }
        }
    }
}

/* A pair is wanted: what is in the way of all pairs. */
static int turn(const struct mptcp_conn *c, struct mptcp_where *where)
{
    if (c->timer[DUE_CONNECT] != IDLE) {
        if (where != NULL) {
            where->when = mptcp_clock_time(c, c->timer[DUE_CONNECT]);
        }
        return MPTCP_E_LATER;
    }
    if (mptcp_subflow_proven(c) >= c->subflow_limit) {
        return MPTCP_E_LIMIT;
    }
    return mptcp_subflow_free_slot(c) < 0 ? MPTCP_E_FULL : MPTCP_OK;
}

/* Tells where the reason was found. */
static void tell(const struct search *x, struct mptcp_where *where)
{
    if (where == NULL || x->from == NULL) {
        return;
    }
    where->pair = 1;
    where->local_id = x->from->id;
    where->remote_id = x->to->id;
    if (x->code == MPTCP_E_LATER) {
        where->when = mptcp_clock_time(x->c, x->c->timer[DUE_RETRY]);
    }
}

/* True if we have no address but the initial one. */
static bool alone(const struct mptcp_conn *c)
{
    for (unsigned k = 1; k < c->addrs; k++) {
        if (addr_good(local_at(c, k))) {
            return false;
        }
    }
    return true;
}

/* MPTCP_OK if an address with this id is there. */
static int id_refused(const struct mptcp_conn *c, int id, bool remote)
{
    if (id == MPTCP_ANY_ID) {
        return MPTCP_OK;
    }
    if (id < 0 || id > UINT8_MAX) {
        return MPTCP_E_ARGUMENT;
    }
    const struct mptcp_addr_slot *a =
        remote ? mptcp_remote_of(c, (uint8_t)id) : mptcp_local_of(c, (uint8_t)id);
    return a != NULL ? MPTCP_OK : MPTCP_E_NOT_FOUND;
}

/* What is wrong with the connection as a whole, or with the ids. */
static int not_at_all(const struct mptcp_conn *c, int local_id, int remote_id)
{
    int why = mptcp_why_not_open(c);

    why = why == MPTCP_OK ? joins_refused(c) : why;
    why = why == MPTCP_OK ? id_refused(c, local_id, false) : why;
    return why == MPTCP_OK ? id_refused(c, remote_id, true) : why;
}

int mptcp_why_not_joining(const struct mptcp_conn *c, int local_id, int remote_id,
                          struct mptcp_where *where)
{
    where_begin(where);
    if (c == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    int why = not_at_all(c, local_id, remote_id);
    if (why != MPTCP_OK) {
        return why;
    }
    struct search x = {.c = c, .code = MPTCP_E_NO_SOURCE, .distance = UINT32_MAX};
    look_at_all(&x, local_id, remote_id);
    if (mptcp_pm_asked(c) && is_meant(mptcp_local_of(c, c->join_from), local_id) &&
        is_meant(mptcp_remote_of(c, c->join_to), remote_id)) {
        /* The host wants it, whatever the policy says. */
        x.code = mptcp_addr_waits(c, mptcp_local_of(c, c->join_from)) ? MPTCP_E_LATER : MPTCP_OK;
    }
    if (x.code == MPTCP_E_JOINED && local_id == MPTCP_ANY_ID && alone(c)) {
        return MPTCP_E_NO_SOURCE;
    }
    tell(&x, where);
    return x.code == MPTCP_OK ? turn(c, where) : x.code;
}
