/*
 * path_manager.c - which subflows are opened, and when they are tried again (RFC 8684 s3.2,
 * s3.9; enum mptcp_policy).
 *
 * Nothing starts before the connection is fully established (C-17). Each pair of a local and
 * a remote address is tried once. It is tried again when the peer announces the
 * address anew; and after a while, if a subflow that we opened worked and was lost, was
 * refused by a RST that says it is transient (T-3), or could not be opened by the host; and if that
 * other try gets no answer. If no other subflow is left, it is tried again whatever the reason. The
 * while doubles each time, RETRY_DOUBLINGS times, and stays as long as that until octets or a
 * DATA_ACK come on a subflow that was opened so: what comes on others says nothing of it. So a path
 * that comes back after hours is found again, and one that never does costs a join in four minutes.
 * Once one has ended, joins use ports
 * of their own: the peer, or a box on the path, may still take the old five-tuple for the lost
 * subflow.
 *
 * Addresses that cost something come after those that do not.
 *
 * Moves: what is known of pairs of addresses, join_tries, join_failures, BIT_ASKED, BIT_OWN_PORTS,
 * DUE_RETRY; SF_AGAIN; MARK_USABLE, MARK_REACHED and MARK_AWAY of addresses.
 */
#include "machines/machines.h"
#include "tables/pairs.h"

#define RETRY_WAIT_US 1000000u
#define RETRY_DOUBLINGS 8 /* the longest wait is 256 s */

/* The rank of a pair; the lowest is tried first. In this order count: a local address that is not
 * metered, a remote one to which no join has failed, an announced one, an unused local one. */
static unsigned rank(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                     const struct mptcp_addr_slot *r)
{
    return ((l->flags & MPTCP_ADDR_METERED) != 0 ? 8u : 0u) +
           ((r->flags & MARK_FAILED) != 0 ? 4u : 0u) + (r == remote_at(c, 0) ? 2u : 0u) +
           (mptcp_addr_in_use(c, false, l->id) ? 1u : 0u);
}

/* Sets *from and *to to the wanted pair with the lowest rank; false if no pair is wanted. */
static bool next_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                      const struct mptcp_addr_slot **to)
{
    unsigned best = UINT32_MAX;

    for (unsigned i = 0; i < c->addrs; i++) {
        const struct mptcp_addr_slot *r = remote_at(c, i);
        for (unsigned k = 0; k < c->addrs && (r->flags & ADDR_USED) != 0; k++) {
            const struct mptcp_addr_slot *l = local_at(c, k);
            unsigned cost = rank(c, l, r);
            if (cost < best && pair_unwanted(c, l, r) == MPTCP_OK) {
                best = cost;
                *from = l;
                *to = r;
            }
        }
    }
    return best != UINT32_MAX;
}

/* Sets *from and *to to the pair that the host requested (mptcp_join); false if it requested none,
 * or if that is not possible any more. */
static bool asked_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                       const struct mptcp_addr_slot **to)
{
    *from = mptcp_local_of(c, c->join_from);
    *to = mptcp_remote_of(c, c->join_to);
    return (c->bits & BIT_ASKED) != 0 && *from != NULL && *to != NULL &&
           mptcp_pair_refused(c, *from, *to) == MPTCP_OK;
}

bool mptcp_pm_asked(const struct mptcp_conn *c)
{
    const struct mptcp_addr_slot *from;
    const struct mptcp_addr_slot *to;
    return asked_pair(c, &from, &to);
}

/* Sets *from and *to to the pair that the host requested, if that is still possible, else to the
 * policy's; false if there is neither, or if it has to wait for a REMOVE_ADDR. */
static bool choose(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                   const struct mptcp_addr_slot **to)
{
    if (asked_pair(c, from, to)) {
        return !mptcp_addr_waits(c, *from);
    }
    return next_pair(c, from, to);
}

/* True if a subflow is to be opened now, from *from to *to. */
static bool is_due(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                   const struct mptcp_addr_slot **to)
{
    return joins_refused(c) == MPTCP_OK && c->timer[DUE_CONNECT] == IDLE &&
           mptcp_subflow_proven(c) < c->subflow_limit && choose(c, from, to);
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
    /* A client uses its initial port on every path, for boxes that recognise traffic by its port
     * (s3.9, H-1). A server can't: its own port listens. */
    bool same =
        (c->bits & (BIT_CLIENT | BIT_OWN_PORTS)) == BIT_CLIENT && !pair_in_use(c, from->id, to->id);
    a->local.port = same ? local_at(c, 0)->addr.port : 0;
    a->remote = to->addr;
    return true;
}

/* Adds these PAIR_ bits to the pair of addresses of a, an MPTCP_CONNECT. */
static void mark(struct mptcp_conn *c, const struct mptcp_action *a, unsigned what)
{
    const struct mptcp_addr_slot *from = mptcp_local_of(c, a->addr_id);
    const struct mptcp_addr_slot *to = mptcp_remote_of(c, a->remote_id);

    mptcp_pair_set(c, from, to, mptcp_pair(c, from, to) | what);
}

void mptcp_pm_connected(struct mptcp_conn *c, const struct mptcp_action *a)
{
    struct mptcp_addr_slot *from = mptcp_local_of(c, a->addr_id);

    mark(c, a, PAIR_TRIED);
    if ((from->flags & MARK_AWAY) != 0) {
        /* There was no subflow to tell the peer on; from here on its id means this one. */
        from->flags &= (uint16_t) ~(MARK_AWAY | ADDR_SIGNAL);
    }
    c->bits &= ~(uint32_t)BIT_ASKED;
    bool again = c->join_tries != 0 || c->quiet_ends != 0;
    subflow_at(c, a->sf & 0xffu)->flags |= again ? SF_AGAIN : 0u;
}

/* True if the host had no memory for the SYN of s, so that its addresses were not really tried. */
static bool never_left(const struct mptcp_subflow *s)
{
    return s->state == SF_SYN_SENT && s->code == MPTCP_E_FULL;
}

/* True if a subflow that ended deserves another try: it worked and was lost, was refused by a
 * transient reset, or its SYN was never sent. */
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

/* True if s is a join of ours that nobody has answered, between addresses on which subflows worked
 * before. */
static bool no_answer_yet(const struct mptcp_subflow *s, const struct mptcp_addr_slot *l,
                          const struct mptcp_addr_slot *r)
{
    bool refused = s->code != MPTCP_E_SUBFLOW_FAILED && s->code != MPTCP_E_TIMED_OUT;
    return s->state == SF_SYN_SENT && !refused && pair_worked(l, r);
}

/* Starts DUE_RETRY, after which the pairs with PAIR_AGAIN may be tried; the wait doubles each time,
 * up to the longest. Not after JOINS_STOPPED. */
static void retry_later(struct mptcp_conn *c)
{
    mptcp_tick at = from_now(c, RETRY_WAIT_US << c->join_tries);
    c->timer[DUE_RETRY] = earlier(c->timer[DUE_RETRY], at);
    c->join_tries = (uint8_t)(c->join_tries + (c->join_tries < RETRY_DOUBLINGS));
}

void mptcp_pm_connect_failed(struct mptcp_conn *c, const struct mptcp_action *a)
{
    bool over = c->join_tries == JOINS_STOPPED;

    c->bits &= ~(uint32_t)BIT_ASKED;
    mark(c, a, over ? PAIR_TRIED : PAIR_AGAIN);
    if (!over) {
        retry_later(c);
    }
}

/* No subflow is left, so every pair that was tried before is tried again, after a while. */
static void retry_all(struct mptcp_conn *c)
{
    mptcp_pairs(c, PAIR_AGAIN);
    retry_later(c);
}

/* The subflow s, which we opened from l, has timed out: its RST may not have reached the peer,
 * which would count it on, and refuse another one in its place. So REMOVE_ADDR becomes due for the
 * address of a join, on a subflow that works, unless another subflow has it. A join from that
 * address waits until it was sent (mptcp_addr_waits), and has another id. */
static void tell_gone(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                      struct mptcp_addr_slot *l)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *other = subflow_at(c, i);
        if (other != s && sf_live(other) && other->local_id == l->id) {
            return;
        }
    }
    if ((l->flags & (MPTCP_ADDR_ANNOUNCE | ADDR_LISTENING)) == 0) {
        l->flags |= MARK_AWAY | ADDR_SIGNAL;
    }
}

/* The subflow s, which we opened from l to r, has ended, and others are left: its pair is tried
 * again after a while if that makes sense. */
static void retry_one(struct mptcp_conn *c, const struct mptcp_subflow *s,
                      struct mptcp_addr_slot *l, const struct mptcp_addr_slot *r)
{
    bool again = worth_again(s) || no_answer_yet(s, l, r);
    if (c->policy == MPTCP_POLICY_PORTS && !again) {
        c->join_tries = JOINS_STOPPED; /* this policy has no other pair: no more joins (H-4) */
    }
    if (again && c->join_tries != JOINS_STOPPED) {
        mptcp_pair_set(c, l, r, PAIR_AGAIN);
        retry_later(c);
        if (s->state == SF_OPEN && s->code == MPTCP_E_TIMED_OUT) {
            tell_gone(c, s, l);
        }
    }
}

/* What the end of a subflow, which we opened from l to r, says of them. */
static void mark_ended(struct mptcp_conn *c, const struct mptcp_subflow *s,
                       struct mptcp_addr_slot *l, struct mptcp_addr_slot *r)
{
    r->flags |= MARK_FAILED;
    c->bits |= BIT_OWN_PORTS;
    if (s->state == SF_OPEN) {
        l->flags |= MARK_USABLE;
        r->flags |= MARK_REACHED;
    } else {
        count_up(&c->join_failures);
    }
}

/* True if no subflow is wanted in the place of s, `last`: of the last one. The end of a half-open
 * join means nothing: its sender has proved no key. */
static bool end_means_nothing(const struct mptcp_conn *c, const struct mptcp_subflow *s, bool last)
{
    return !mptcp_subflow_is_proven(s) || !is_mptcp(c) || (c->events & EVER_CLOSED) != 0 ||
           (!last && mptcp_pm_closing(c));
}

void mptcp_pm_on_end(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    bool last = mptcp_subflow_proven(c) <= 1; /* s itself is still counted */

    mptcp_paths_changed(c);
    if (end_means_nothing(c, s, last)) {
        return;
    }
    struct mptcp_addr_slot *l = mptcp_local_of(c, s->local_id);
    struct mptcp_addr_slot *r = mptcp_remote_of(c, s->remote_id);
    bool ours = (s->flags & SF_OURS) != 0 && l != NULL && r != NULL;
    if (ours && !never_left(s)) {
        mark_ended(c, s, l, r);
    }
    if (last && mptcp_may_wait(c) && c->join_tries != JOINS_STOPPED) {
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
