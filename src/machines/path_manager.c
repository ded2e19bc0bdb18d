/*
 * path_manager.c - which subflows are opened, and when again (RFC 8684 s3.2,
 * s3.9; enum mptcp_policy).
 *
 * Nothing starts before the connection is fully established (C-17). Each pair of a local and
 * a remote address is tried once. It is tried again when the peer announces the
 * address anew, and some time after a subflow of ours that worked was lost, or was
 * refused by a reset that calls itself transient (T-3), or after the host could not open it:
 * RETRIES times, later and later, until data has been acknowledged on one of ours; whatever became
 * of it, if no other subflow is left. From then on joins leave from ports of their own: the peer,
 * or a box on the way, may still take the five-tuple for what was lost.
 *
 * Addresses that cost something come after those that do not.
 *
 * Moves: what is known of pairs of addresses, join_tries, join_failures, BIT_ASKED,
 * BIT_OWN_PORTS, DUE_RETRY.
 */
#include "machines/machines.h"

#define RETRIES 8
#define FAILURES_MAX                                                            \
    16 /* so many addresses in a row where nobody was: it is no good list (Y-3) \
        */
#define RETRY_WAIT_US 1000000u

#define JOIN_ROOM 24 /* octets of the third ACK's MP_JOIN */

/* A pair that is allowed at all; as for flag C, that of a client to the initial address (C-21). */
bool mptcp_pm_may_join(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                       const struct mptcp_addr_slot *r)
{
    const struct mptcp_addr_slot *first = remote_at(c, 0);
    bool to_first = mptcp_addr_same_ip(&r->addr, &first->addr) && r->addr.port == c->first_port;

    if (!addr_good(l) || !addr_good(r) || l->addr.family != r->addr.family || r->addr.port == 0 ||
        c->option_room < JOIN_ROOM) {
        return false;
    }
    return !to_first || (c->bits & (BIT_CLIENT | BIT_DENY_JOIN)) == BIT_CLIENT;
}

static bool is_source(const struct mptcp_conn *c, const struct mptcp_addr_slot *l)
{
    return l == local_at(c, 0) || (l->flags & MPTCP_ADDR_JOIN) != 0;
}

static bool pair_in_use(const struct mptcp_conn *c, uint8_t local_id, uint8_t remote_id)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (mptcp_subflow_is_proven(s) && s->local_id == local_id && s->remote_id == remote_id) {
            return true;
        }
    }
    return false;
}

/* Somebody has built a bridge there: the peer from anywhere, or we to this port. */
static bool is_reached(const struct mptcp_conn *c, const struct mptcp_addr_slot *r)
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

static bool tried_from_any(const struct mptcp_conn *c, const struct mptcp_addr_slot *r)
{
    const struct mptcp_addr_slot *l = local_at(c, 0);
    for (unsigned n = c->addrs; n > 0; n--, l++) {
        if (mptcp_pair(c, l, r) != 0) {
            return true;
        }
    }
    return false;
}

/* The policy wants a subflow between the two. */
static bool wanted(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                   const struct mptcp_addr_slot *r)
{
    bool initial = r == remote_at(c, 0);

    if (!is_source(c, l) || !mptcp_pm_may_join(c, l, r) ||
        (!initial && (r->flags & ADDR_PASSIVE) != 0)) {
        return false;
    }
    switch (c->policy) {
    case MPTCP_POLICY_HOST:
        return false;
    case MPTCP_POLICY_PORTS:
        return initial && l == local_at(c, 0) && (mptcp_pair(c, l, r) & PAIR_AGAIN) == 0 &&
               c->join_tries < RETRIES;
    case MPTCP_POLICY_FULLMESH:
        return mptcp_pair(c, l, r) == 0 && !pair_in_use(c, l->id, r->id);
    default:
        /* A bridge to each of the peer's addresses, or from each of ours; the peer may have built
         * it. */
        return initial ? mptcp_pair(c, l, r) == 0 : !tried_from_any(c, r) && !is_reached(c, r);
    }
}

/* The lower the better: addresses that cost nothing, where somebody was, that nothing uses. */
static unsigned rank(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                     const struct mptcp_addr_slot *r)
{
    return ((l->flags & MPTCP_ADDR_METERED) != 0 ? 8u : 0u) +
           ((r->flags & MARK_FAILED) != 0 ? 4u : 0u) + (r == remote_at(c, 0) ? 2u : 0u) +
           (mptcp_addr_in_use(c, false, l->id) ? 1u : 0u);
}

/* The pair to try next; false if there is none. Announced addresses first: they were asked for. */
static bool next_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                      const struct mptcp_addr_slot **to)
{
    unsigned best = UINT32_MAX;

    for (unsigned i = 0; i < c->addrs; i++) {
        const struct mptcp_addr_slot *r = remote_at(c, i);
        for (unsigned k = 0; k < c->addrs && (r->flags & ADDR_USED) != 0; k++) {
            const struct mptcp_addr_slot *l = local_at(c, k);
            unsigned cost = rank(c, l, r);
            if (cost < best && wanted(c, l, r)) {
                best = cost;
                *from = l;
                *to = r;
            }
        }
    }
    return best != UINT32_MAX;
}

/* What the host asked for; false if it did not, or that is not possible any more. */
static bool asked_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                       const struct mptcp_addr_slot **to)
{
    *from = mptcp_addr_find(c, local_at(c, 0), c->join_from);
    *to = mptcp_addr_find(c, remote_at(c, 0), c->join_to);
    return (c->bits & BIT_ASKED) != 0 && *from != NULL && *to != NULL &&
           mptcp_pm_may_join(c, *from, *to);
}

bool mptcp_pm_asked(const struct mptcp_conn *c)
{
    const struct mptcp_addr_slot *from;
    const struct mptcp_addr_slot *to;
    return asked_pair(c, &from, &to);
}

/* What the host asked for, if it is still possible; otherwise the policy's. */
static bool choose(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                   const struct mptcp_addr_slot **to)
{
    if (asked_pair(c, from, to)) {
        return true;
    }
    return c->join_failures < FAILURES_MAX && next_pair(c, from, to);
}

/* A subflow is to be opened now. */
static bool is_due(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                   const struct mptcp_addr_slot **to)
{
    return is_mptcp(c) && (c->bits & BIT_FULLY) != 0 && !mptcp_pm_closing(c) &&
           c->timer[DUE_CONNECT] == IDLE && mptcp_subflow_proven(c) < c->subflow_limit &&
           choose(c, from, to);
}

bool mptcp_pm_connect_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    const struct mptcp_addr_slot *from;
    const struct mptcp_addr_slot *to;
    int slot = mptcp_subflow_free_slot(c);

    if (slot < 0 || !is_due(c, &from, &to)) {
        return false;
    }
    a->sf = (((subflow_at(c, (unsigned)slot)->generation + 1) & 0xffffffu) << 8) | (unsigned)slot;
    a->addr_id = from->id;
    a->remote_id = to->id;
    a->backup = (from->flags & MPTCP_ADDR_BACKUP) != 0 || c->policy == MPTCP_POLICY_BACKUP;
    a->local = from->addr;
    /* The same port on every path, for those who look at ports (s3.9, H-1); a server's is taken. */
    bool same =
        (c->bits & (BIT_CLIENT | BIT_OWN_PORTS)) == BIT_CLIENT && !pair_in_use(c, from->id, to->id);
    a->local.port = same ? local_at(c, 0)->addr.port : 0;
    a->remote = to->addr;
    return true;
}

static void mark(struct mptcp_conn *c, const struct mptcp_action *a, unsigned what)
{
    const struct mptcp_addr_slot *from = mptcp_addr_find(c, local_at(c, 0), a->addr_id);
    const struct mptcp_addr_slot *to = mptcp_addr_find(c, remote_at(c, 0), a->remote_id);

    mptcp_pair_set(c, from, to, mptcp_pair(c, from, to) | what);
}

void mptcp_pm_connected(struct mptcp_conn *c, const struct mptcp_action *a)
{
    mark(c, a, PAIR_TRIED);
    c->bits &= ~(uint32_t)BIT_ASKED;
}

/* The host had no memory for its SYN: nothing is known of the addresses. */
static bool never_left(const struct mptcp_subflow *s)
{
    return s->state == SF_SYN_SENT && s->code == MPTCP_E_FULL;
}

/* It worked and was lost, was refused for a while only, or has not been tried at all. */
static bool worth_again(const struct mptcp_subflow *s)
{
    if (never_left(s)) {
        return true;
    }
    bool lost = s->code == MPTCP_E_SUBFLOW_FAILED || s->code == MPTCP_E_TIMED_OUT;
    if (s->code == MPTCP_E_PEER_RESET && s->reason != MPTCP_NO_REASON) {
        return (s->flags & SF_TRANSIENT) != 0;
    }
    return s->state == SF_OPEN && (s->code == MPTCP_E_PEER_RESET || lost);
}

static void retry_later(struct mptcp_conn *c)
{
    mptcp_tick at = from_now(c, backoff(RETRY_WAIT_US, c->join_tries));
    c->timer[DUE_RETRY] = earlier(c->timer[DUE_RETRY], at);
    count_up(&c->join_tries);
}

void mptcp_pm_connect_failed(struct mptcp_conn *c, const struct mptcp_action *a)
{
    bool over = c->join_tries >= RETRIES;

    c->bits &= ~(uint32_t)BIT_ASKED;
    mark(c, a, over ? PAIR_TRIED : PAIR_AGAIN);
    if (!over) {
        retry_later(c);
    }
}

/* No subflow is left: whatever was tried, or refused, is all there is. */
static void retry_all(struct mptcp_conn *c)
{
    mptcp_pairs(c, PAIR_AGAIN);
    retry_later(c);
}

/* One of ours has ended, and others are there. */
static void retry_one(struct mptcp_conn *c, const struct mptcp_subflow *s,
                      const struct mptcp_addr_slot *l, const struct mptcp_addr_slot *r)
{
    bool again = worth_again(s);
    if (c->policy == MPTCP_POLICY_PORTS && !again) {
        c->join_tries = RETRIES; /* the same address and port is all there is (H-4) */
    }
    if (again && c->join_tries < RETRIES) {
        mptcp_pair_set(c, l, r, PAIR_AGAIN);
        retry_later(c);
    }
}

void mptcp_pm_on_end(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    bool last = mptcp_subflow_proven(c) <= 1; /* it still counts */

    mptcp_paths_changed(c);
    /* Whoever sent the SYN of a half-open one has shown no key: its end means nothing. */
    if (!mptcp_subflow_is_proven(s) || !is_mptcp(c) || (c->events & EVER_CLOSED) != 0 ||
        (!last && mptcp_pm_closing(c))) {
        return;
    }
    struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), s->local_id);
    struct mptcp_addr_slot *r = mptcp_addr_find(c, remote_at(c, 0), s->remote_id);
    bool ours = (s->flags & SF_OURS) != 0 && l != NULL && r != NULL;
    if (ours && !never_left(s)) {
        r->flags |= MARK_FAILED;
        c->bits |= BIT_OWN_PORTS;
        if (s->state != SF_OPEN) {
            count_up(&c->join_failures);
        }
    }
    if (last && mptcp_may_wait(c) && c->join_tries < RETRIES) {
        retry_all(c);
    } else if (ours) {
        retry_one(c, s, l, r);
    }
}

void mptcp_pm_retry(struct mptcp_conn *c)
{
    mptcp_pairs(c, PAIR_TRIED);
    mptcp_paths_changed(c);
}

void mptcp_pm_free_slots(struct mptcp_conn *c)
{
    const struct mptcp_addr_slot *from;
    const struct mptcp_addr_slot *to;

    for (unsigned i = 1; i < c->addrs; i++) {
        struct mptcp_addr_slot *r = remote_at(c, i);
        struct mptcp_addr_slot *l = local_at(c, i);
        bool removed = (r->flags & (MARK_REMOVED | MARK_TOLD)) == MARK_REMOVED;
        if ((removed || (r->flags & MARK_CLAIMED) != 0) && !mptcp_addr_in_use(c, true, r->id)) {
            r->flags = 0;
        }
        bool claimed_only = (l->flags & MARK_CLAIMED) != 0 && !mptcp_addr_in_use(c, false, l->id);
        if (mptcp_addr_is_gone(c, l) || claimed_only) {
            l->flags = 0;
        }
    }
    if (mptcp_subflow_free_slot(c) < 0 && is_due(c, &from, &to)) {
        struct mptcp_subflow *half_open = mptcp_half_open_first(c, 0);
        if (half_open != NULL) {
            mptcp_subflow_fail(half_open, MPTCP_E_FULL);
        }
    }
}
