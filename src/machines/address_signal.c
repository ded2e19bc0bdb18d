/*
 * address_signal.c - the address signal that the next pure ACK carries: an echo, an ADD_ADDR or a
 * REMOVE_ADDR (RFC 8684 s3.4.1, s3.4.2).
 *
 * Due (ADDR_SIGNAL, set by announce.c and path_manager.c) -> written -> sent: not due any more; an
 * ADD_ADDR then waits for its echo (DUE_ADD_ADDR).
 *
 * Moves: of the address slots ADDR_SIGNAL, MARK_AWAY and tries; DUE_ADD_ADDR.
 */
#include "machines/machines.h"

#define REMOVES_MAX 16 /* in one option: beside a DATA_ACK on a segment with timestamps */

/* True if the peer is to hear that our address l is gone, or the subflow from it. */
static bool goes(const struct mptcp_addr_slot *l)
{
    return (l->flags & (MARK_REMOVED | MARK_AWAY)) != 0;
}

/* True if a REMOVE_ADDR is due for our address l: no subflow uses it. */
static bool to_be_removed(const struct mptcp_conn *c, const struct mptcp_addr_slot *l)
{
    return (l->flags & ADDR_SIGNAL) != 0 && goes(l) && !mptcp_addr_in_use(c, false, l->id);
}

/* The slots of the peer's addresses stand before ours, so echoes come first: the peer waits for
 * them. */
unsigned mptcp_pm_signal(const struct mptcp_conn *c)
{
    if (!is_mptcp(c) || (c->bits & BIT_FULLY) == 0 || mptcp_pm_burst_full(c)) {
        return 0;
    }
    const struct mptcp_addr_slot *a = remote_at(c, 0);
    for (unsigned i = 1; i <= 2u * c->addrs; i++, a++) {
        bool ready = i <= c->addrs || !goes(a) || to_be_removed(c, a);
        if ((a->flags & ADDR_SIGNAL) != 0 && ready) {
            return i;
        }
    }
    return 0;
}

bool mptcp_pm_removes(const struct mptcp_conn *c, unsigned signal)
{
    return signal > c->addrs && goes(remote_at(c, signal - 1));
}

void mptcp_pm_remove_option(const struct mptcp_conn *c, struct mptcp_remove_addr *o)
{
    const struct mptcp_addr_slot *l = local_at(c, 0);
    for (unsigned n = c->addrs; n > 0 && o->count < REMOVES_MAX; n--, l++) {
        if (to_be_removed(c, l)) {
            o->ids[o->count++] = addr_wire_id(l);
        }
    }
}

void mptcp_pm_removed_sent(struct mptcp_conn *c, unsigned ids)
{
    struct mptcp_remove_addr now = {0};
    struct mptcp_addr_slot *l = local_at(c, 0);

    mptcp_pm_remove_option(c, &now);
    unsigned left = now.count == ids ? ids : 0;
    for (unsigned n = c->addrs; n > 0 && left > 0; n--, l++) {
        if (to_be_removed(c, l)) {
            if ((l->flags & MARK_REMOVED) == 0) {
                mptcp_addr_rename(c, l); /* joins from it may follow */
            }
            l->flags &= (uint16_t) ~(ADDR_SIGNAL | MARK_AWAY);
            left--;
        }
    }
    mptcp_paths_changed(c);
}

void mptcp_pm_signal_option(const struct mptcp_conn *c, const struct mptcp_subflow *on,
                            unsigned signal, struct mptcp_add_addr *add)
{
    const struct mptcp_addr_slot *a = remote_at(c, signal - 1);

    add->echo = signal <= c->addrs;
    add->addr_id = a->id;
    add->addr = a->addr;
    /* The port is left out only if it is that of the subflow which carries the option and of
     * the initial one: a receiver takes the former for a missing port, Linux the latter. */
    bool usual = a->addr.port == on->local_port && a->addr.port == local_at(c, 0)->addr.port;
    add->has_port = add->echo ? (a->flags & MARK_HAD_PORT) != 0 : !usual;
    if (!add->has_port) {
        add->addr.port = 0;
    }
    if (!add->echo) {
        mptcp_announcement_sign(c, a->tries, add);
    }
}

void mptcp_pm_signal_sent(struct mptcp_conn *c, unsigned signal)
{
    struct mptcp_addr_slot *a = remote_at(c, signal - 1);

    a->flags &= (uint16_t)~ADDR_SIGNAL;
    if (signal <= c->addrs) {
        return;
    }
    count_up(&a->tries);
    if (a->tries < mptcp_announcement_tries(c)) {
        c->timer[DUE_ADD_ADDR] = from_now(c, backoff(c->add_addr_rto, a->tries - 1u));
    }
}
