/*
 * addresses.c - finds, takes and frees the slots that hold the addresses of both sides (RFC 8684
 * s3.2, s3.4).
 *
 *   free -> used                  the address was configured, announced, or joined from
 *   used -> removed -> free       by REMOVE_ADDR of either side; free when no subflow has the id
 *                                 any more, and host and peer know of the removal
 *
 * An address of the peer's that an MP_JOIN named is only claimed (MARK_CLAIMED) until that subflow
 * is open: it is not reported to the host, an authenticated ADD_ADDR may replace it, and its slot
 * is freed when the subflow fails.
 *
 * An address of ours from which a subflow was lost is told to the peer as removed (MARK_AWAY), and
 * gets another id on the wire (MARK_RENAMED): REMOVE_ADDR is not acknowledged and may arrive late,
 * so a join with the id that it names might be taken for the subflow that is gone (s3.4.2).
 *
 * Slot 0 of either side holds the initial subflow's address, id 0, and is not freed, except in a
 * moved connection with one slot per side.
 *
 * Moves: the address slots.
 */
#include "tables/block.h"

/* In the array of slots t, returns the used slot with this id; NULL if there is none. */
static struct mptcp_addr_slot *with_id(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                       uint8_t id)
{
    for (struct mptcp_addr_slot *a = t; a < t + c->addrs; a++) {
        if ((a->flags & ADDR_USED) != 0 && a->id == id) {
            return a;
        }
    }
    return NULL;
}

struct mptcp_addr_slot *mptcp_local_of(const struct mptcp_conn *c, uint8_t id)
{
    return with_id(c, local_at(c, 0), id);
}

struct mptcp_addr_slot *mptcp_remote_of(const struct mptcp_conn *c, uint8_t id)
{
    return with_id(c, remote_at(c, 0), id);
}

struct mptcp_addr_slot *mptcp_addr_first(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         unsigned mask, unsigned flags)
{
    for (struct mptcp_addr_slot *a = t; a < t + c->addrs; a++) {
        if ((a->flags & mask) == flags) {
            return a;
        }
    }
    return NULL;
}

bool mptcp_addr_at(const struct mptcp_addr_slot *t, const struct mptcp_addr *ip)
{
    return (t->flags & ADDR_USED) != 0 && mptcp_addr_same_ip(&t->addr, ip);
}

/* With ADDR_SIGNAL the REMOVE_ADDR is still due, with ADDR_LISTENING the host still listens. */
bool mptcp_addr_is_gone(const struct mptcp_conn *c, const struct mptcp_addr_slot *l)
{
    return (l->flags & (MARK_REMOVED | ADDR_SIGNAL | ADDR_LISTENING)) == MARK_REMOVED &&
           !mptcp_addr_in_use(c, false, l->id);
}

struct mptcp_addr_slot *mptcp_addr_local(const struct mptcp_conn *c, const struct mptcp_addr *addr)
{
    struct mptcp_addr_slot *t = local_at(c, 0);
    struct mptcp_addr_slot *best = NULL;

    for (struct mptcp_addr_slot *a = t; a < t + c->addrs; a++) {
        if (!mptcp_addr_at(a, addr) || mptcp_addr_is_gone(c, a)) {
            continue;
        }
        if (addr_good(a) && a->addr.port == addr->port) {
            return a;
        }
        best = best == NULL || (addr_good(a) && !addr_good(best)) ? a : best;
    }
    return best;
}

bool mptcp_addr_reclaim(struct mptcp_conn *c)
{
    for (unsigned i = c->addrs == 1 ? 0 : 1; i < c->addrs; i++) {
        struct mptcp_addr_slot *l = local_at(c, i);
        bool removed = (l->flags & (MARK_REMOVED | ADDR_LISTENING)) == MARK_REMOVED && c->top == 0;
        if (removed || (l->flags & MARK_CLAIMED) != 0) {
            l->flags = 0;
            return true;
        }
    }
    return false;
}

void mptcp_addr_make_room(const struct mptcp_conn *c)
{
    struct mptcp_addr_slot *r = mptcp_addr_first(c, remote_at(c, 0), MARK_CLAIMED, MARK_CLAIMED);
    if (r != NULL && mptcp_addr_free(c, remote_at(c, 0)) == NULL) {
        r->flags = 0;
    }
}

/* ------------------------------------------------------------------- pairs */

/* Where the two bits of a pair stand: behind the address slots, one row of octets for each local
 * slot, four pairs in each octet. */
struct pair {
    uint8_t *octet;
    unsigned shift;
};

/* Returns where the two bits of this pair stand. */
static struct pair pair_of(const struct mptcp_conn *c, const struct mptcp_addr_slot *local,
                           const struct mptcp_addr_slot *remote)
{
    unsigned l = (unsigned)(local - local_at(c, 0));
    unsigned r = (unsigned)(remote - remote_at(c, 0));
    uint8_t *first = (uint8_t *)local_at(c, c->addrs);
    struct pair p = {first + l * MPTCP_CONN_PER_PAIRS(c->addrs) + r / 4, 2 * (r % 4)};
    return p;
}

unsigned mptcp_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot *local,
                    const struct mptcp_addr_slot *remote)
{
    struct pair p = pair_of(c, local, remote);
    return (unsigned)*p.octet >> p.shift & 3u;
}

void mptcp_pair_set(const struct mptcp_conn *c, const struct mptcp_addr_slot *local,
                    const struct mptcp_addr_slot *remote, unsigned what)
{
    struct pair p = pair_of(c, local, remote);
    *p.octet = (uint8_t)((*p.octet & ~(3u << p.shift)) | what << p.shift);
}

void mptcp_pairs(const struct mptcp_conn *c, unsigned what)
{
    uint8_t *octet = (uint8_t *)local_at(c, c->addrs);

    for (unsigned n = c->addrs * MPTCP_CONN_PER_PAIRS(c->addrs); n > 0; n--, octet++) {
        /* 0x55 selects PAIR_TRIED of all four pairs; times 2 it is PAIR_AGAIN. */
        unsigned tried = *octet & 0x55u;
        *octet = (uint8_t)((*octet | tried * PAIR_AGAIN) & 0x55u * what);
    }
}

void mptcp_addr_untry(const struct mptcp_conn *c, const struct mptcp_addr_slot *a)
{
    for (unsigned i = 0; i < c->addrs; i++) {
        bool local = a >= local_at(c, 0); /* local slots stand after the remote ones */
        mptcp_pair_set(c, local ? a : local_at(c, i), local ? remote_at(c, i) : a, 0);
    }
}

/* ------------------------------------------------------------------- slots */

struct mptcp_addr_slot *mptcp_addr_learn(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         const struct mptcp_addr *addr, uint8_t id)
{
    struct mptcp_addr_slot *a = mptcp_addr_free(c, t);
    if (a != NULL) {
        a->addr = *addr;
        a->id = id;
        a->flags = ADDR_USED | ADDR_PASSIVE;
        a->tries = 0;
        /* Joins with the slot's former address say nothing about this one. */
        mptcp_addr_untry(c, a);
    }
    return a;
}

/* True if one of our addresses has this id, for the host or on the wire. */
static bool is_taken(const struct mptcp_conn *c, uint8_t id)
{
    for (unsigned i = 0; i < c->addrs; i++) {
        const struct mptcp_addr_slot *l = local_at(c, i);
        if ((l->flags & ADDR_USED) != 0 && (l->id == id || addr_wire_id(l) == id)) {
            return true;
        }
    }
    return mptcp_addr_in_use(c, false, id);
}

uint8_t mptcp_addr_new_id(struct mptcp_conn *c)
{
    for (unsigned n = 0; n < UINT8_MAX; n++) {
        uint8_t id = c->next_id;
        c->next_id = (uint8_t)(id == UINT8_MAX ? 1 : id + 1);
        if (!is_taken(c, id)) {
            return id;
        }
    }
    return 0;
}

void mptcp_addr_rename(struct mptcp_conn *c, struct mptcp_addr_slot *l)
{
    uint8_t id = mptcp_addr_new_id(c);
    if (id != 0) {
        l->alias = id;
        l->flags |= MARK_RENAMED;
    }
}

bool mptcp_addr_waits(const struct mptcp_conn *c, const struct mptcp_addr_slot *l)
{
    return (l->flags & MARK_AWAY) != 0 && !mptcp_addr_in_use(c, false, l->id) &&
           mptcp_signal_subflow(c) >= 0;
}

bool mptcp_addr_in_use(const struct mptcp_conn *c, bool remote, uint8_t id)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        bool counts =
            !remote || (s->flags & SF_CLAIMS) != 0 ? sf_live(s) : mptcp_subflow_is_proven(s);
        if (counts && (remote ? s->remote_id : s->local_id) == id) {
            return true;
        }
    }
    return false;
}
