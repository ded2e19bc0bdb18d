/*
 * path_manager.c - addresses of both sides, and what is done with them
 * (RFC 8684 s3.4).
 *
 * Local, announced   LISTEN due -> listening -> ADD_ADDR due -> sent, repeated
 *                    until echoed or given up
 * Local, to join     tried once: to an address that the peer announced, or, as
 *                    client, to its initial one unless it set flag C (C-21)
 * Remote, announced  HMAC right: kept, echo due, then tried once
 *
 * Nothing starts before the connection is fully established (C-17). An
 * address that failed is not tried again unless it is announced anew with
 * another port.
 *
 * Moves: the address slots, DUE_CONNECT.
 */
#include "machines/machines.h"
#include "mptcp/crypto.h"
#include "wire/mem.h"

#define ADD_ADDR_TRIES 6
#define ANNOUNCE_WAIT_US 20000
#define ECHOED 255

/* addr_slot.told of remote addresses */
#define TOLD 0x01u
#define HAD_PORT 0x02u

struct mptcp_addr_slot *mptcp_addr_find(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                        uint8_t id)
{
    for (struct mptcp_addr_slot *a = t; a < t + c->addrs; a++) {
        if ((a->flags & ADDR_USED) != 0 && a->id == id) {
            return a;
        }
    }
    return NULL;
}

/* The address of a slot, whatever its port. */
static bool at_ip(const struct mptcp_addr_slot *t, const struct mptcp_addr *a)
{
    return (t->flags & ADDR_USED) != 0 && mptcp_addr_same_ip(&t->addr, a);
}

struct mptcp_addr_slot *mptcp_addr_find_ip(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                           const struct mptcp_addr *ip)
{
    for (struct mptcp_addr_slot *a = t; a < t + c->addrs; a++) {
        if (at_ip(a, ip)) {
            return a;
        }
    }
    return NULL;
}

struct mptcp_addr_slot *mptcp_addr_free(const struct mptcp_conn *c, struct mptcp_addr_slot *t)
{
    for (struct mptcp_addr_slot *a = t; a < t + c->addrs; a++) {
        if ((a->flags & ADDR_USED) == 0) {
            return a;
        }
    }
    return NULL;
}

struct mptcp_addr_slot *mptcp_addr_learn(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         const struct mptcp_addr *addr, uint8_t id)
{
    struct mptcp_addr_slot *a = mptcp_addr_free(c, t);
    if (a != NULL) {
        a->addr = *addr;
        a->id = id;
        a->flags = ADDR_USED | ADDR_TRIED;
    }
    return a;
}

void mptcp_pm_stir(struct mptcp_conn *c)
{
    c->bits |= BIT_PATHS;
}

static bool closing(const struct mptcp_conn *c)
{
    return (c->events & EVER_CLOSED) != 0 || mptcp_close_fin_acked(c);
}

/* ADD_ADDRs leave that have no echo yet (s3.4.1); `signal`: ADDR_SIGNAL, or 0 to only ask for them.
 */
static bool announce(struct mptcp_conn *c, unsigned signal)
{
    struct mptcp_addr_slot *l = local_at(c, 0);
    bool any = false;

    for (unsigned n = c->addrs; n > 0; n--, l++) {
        if ((l->flags & ADDR_LISTENING) != 0 && l->tries < ADD_ADDR_TRIES) {
            l->flags |= (uint8_t)signal;
            any = true;
        }
    }
    return any;
}

void mptcp_pm_announce(struct mptcp_conn *c)
{
    announce(c, ADDR_SIGNAL);
    mptcp_pm_stir(c);
}

/*
 * A client waits a moment, or for the server's first data: Linux can't join a
 * client before its own application has accepted the connection, and does not try again.
 */
void mptcp_pm_start(struct mptcp_conn *c)
{
    mptcp_pm_stir(c);
    if ((c->bits & BIT_CLIENT) == 0) {
        mptcp_pm_announce(c);
        return;
    }
    struct mptcp_addr_slot *l = local_at(c, 0);
    for (unsigned n = c->addrs; n > 0; n--, l++) {
        l->flags &= (uint8_t)~ADDR_SIGNAL;
    }
    c->bits |= BIT_HELD;
    c->due[DUE_ADD_ADDR] = from_now(c, ANNOUNCE_WAIT_US);
}

void mptcp_pm_hurry(struct mptcp_conn *c)
{
    if ((c->bits & BIT_HELD) != 0) {
        c->bits &= (uint16_t)~BIT_HELD;
        c->due[DUE_ADD_ADDR] = MPTCP_NEVER;
        mptcp_pm_announce(c);
    }
}

unsigned mptcp_pm_news(const struct mptcp_conn *c)
{
    const struct mptcp_addr_slot *r = remote_at(c, 0);
    for (unsigned i = 1; i < c->addrs; i++) {
        r++;
        if ((r->flags & ADDR_USED) != 0 && (r->told & TOLD) == 0) {
            return i;
        }
    }
    return 0;
}

void mptcp_pm_told(struct mptcp_conn *c, uint8_t id)
{
    struct mptcp_addr_slot *r = mptcp_addr_find(c, remote_at(c, 0), id);
    if (r != NULL) {
        r->told |= TOLD;
    }
}

/* --------------------------------------------------------------- ADD_ADDR in */

static void on_echo(struct mptcp_conn *c, const struct mptcp_add_addr *o)
{
    struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), o->addr_id);
    if (l == NULL || (l->flags & ADDR_LISTENING) == 0 || !at_ip(l, &o->addr)) {
        return;
    }
    l->tries = ECHOED;
    l->flags &= (uint8_t)~ADDR_SIGNAL;
    if (!announce(c, 0)) {
        c->due[DUE_ADD_ADDR] = MPTCP_NEVER;
    }
}

static void keep_remote(struct mptcp_conn *c, struct mptcp_addr_slot *r,
                        const struct mptcp_add_addr *o, uint16_t default_port)
{
    uint16_t port = o->has_port ? o->addr.port : default_port;
    bool news = (r->flags & ADDR_USED) == 0 || (o->has_port && r->addr.port != port);

    if (news) {
        r->flags = ADDR_USED;
        r->told = 0;
    }
    r->addr = o->addr;
    r->addr.port = port;
    r->id = o->addr_id;
    r->flags |= ADDR_SIGNAL;
    r->told = (uint8_t)((r->told & TOLD) | (o->has_port ? HAD_PORT : 0u));
    /* The initial subflow's own address and port is no news (bug class 33). */
    mptcp_pm_stir(c);
    const struct mptcp_addr_slot *first = remote_at(c, 0);
    if (at_ip(first, &r->addr) && first->addr.port == port) {
        r->flags |= ADDR_TRIED;
    }
}

void mptcp_pm_on_add_addr(struct mptcp_conn *c, const struct mptcp_subflow *s,
                          const struct mptcp_add_addr *o)
{
    if (o->echo) {
        on_echo(c, o);
        return;
    }
    uint64_t hmac = mptcp_add_addr_hmac(c->remote_key, c->local_key, o->addr_id, &o->addr);
    /* In constant time: one word, or two put together. */
    if ((hmac ^ o->hmac) != 0 || o->addr_id == MPTCP_ADDR_ID_INITIAL) {
        return;
    }
    mptcp_capable_fully(c);
    struct mptcp_addr_slot *r = mptcp_addr_find(c, remote_at(c, 0), o->addr_id);
    if (r == NULL) {
        r = mptcp_addr_free(c, remote_at(c, 0));
    } else if (!at_ip(r, &o->addr)) {
        return; /* an id changes its address only after REMOVE_ADDR */
    }
    if (r != NULL) {
        keep_remote(c, r, o, s->remote_port);
    }
}

/* -------------------------------------------------------------- ADD_ADDR out */

/* Echoes first: the peer waits for them. */
unsigned mptcp_pm_signal(const struct mptcp_conn *c)
{
    if (!is_mptcp(c) || (c->bits & (BIT_FULLY | BIT_PATHS)) != (BIT_FULLY | BIT_PATHS)) {
        return 0;
    }
    const struct mptcp_addr_slot *a = remote_at(c, 0);
    for (unsigned i = 1; i <= 2u * c->addrs; i++, a++) {
        if ((a->flags & ADDR_SIGNAL) != 0) {
            return i;
        }
    }
    return 0;
}

void mptcp_pm_signal_option(const struct mptcp_conn *c, unsigned signal, struct mptcp_add_addr *add)
{
    const struct mptcp_addr_slot *a = remote_at(c, signal - 1);

    add->echo = signal <= c->addrs;
    add->addr_id = a->id;
    add->addr = a->addr;
    /* Without a port the receiver takes the one of the subflow that carries it. */
    add->has_port =
        add->echo ? (a->told & HAD_PORT) != 0 : a->addr.port != local_at(c, 0)->addr.port;
    if (!add->has_port) {
        add->addr.port = 0;
    }
    if (!add->echo) {
        add->hmac = mptcp_add_addr_hmac(c->local_key, c->remote_key, a->id, &add->addr);
    }
}

void mptcp_pm_signal_sent(struct mptcp_conn *c, unsigned signal)
{
    struct mptcp_addr_slot *a = remote_at(c, signal - 1);

    a->flags &= (uint8_t)~ADDR_SIGNAL;
    if (signal <= c->addrs) {
        return;
    }
    count_up(&a->tries);
    if (a->tries < ADD_ADDR_TRIES) {
        c->due[DUE_ADD_ADDR] = from_now(c, backoff(c->add_addr_rto, a->tries - 1u));
    }
}

/* ----------------------------------------------------------- listen, connect */

bool mptcp_pm_listen_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (!is_mptcp(c) || closing(c)) {
        return false;
    }
    const struct mptcp_addr_slot *l = local_at(c, 0);
    for (unsigned n = c->addrs; n > 0; n--, l++) {
        if ((l->flags & (MPTCP_ADDR_ANNOUNCE | ADDR_LISTENING)) == MPTCP_ADDR_ANNOUNCE) {
            a->addr_id = l->id;
            a->local = l->addr;
            return true;
        }
    }
    return false;
}

static bool id_in_use(const struct mptcp_conn *c, uint8_t id)
{
    for (unsigned i = 0; i < c->top; i++) {
        if (sf_live(subflow_at(c, i)) && subflow_at(c, i)->local_id == id) {
            return true;
        }
    }
    return false;
}

/* The local address to join from: the initial one or one that may join, if possible one that no
 * subflow uses; NULL if none has the family. */
static const struct mptcp_addr_slot *source_for(const struct mptcp_conn *c, unsigned family)
{
    const struct mptcp_addr_slot *l = local_at(c, 0);
    const struct mptcp_addr_slot *any = NULL;
    unsigned may = ADDR_USED;

    for (unsigned n = c->addrs; n > 0; n--, l++) {
        if ((l->flags & may) != 0 && l->addr.family == family) {
            any = l;
            if (!id_in_use(c, l->id)) {
                return l;
            }
        }
        may = MPTCP_ADDR_JOIN;
    }
    return any;
}

/* The pair to try next; false if there is none. */
static bool next_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot **from,
                      const struct mptcp_addr_slot **to)
{
    const struct mptcp_addr_slot *first = remote_at(c, 0);
    const struct mptcp_addr_slot *r = first;
    const struct mptcp_addr_slot *l = local_at(c, 0);

    for (unsigned n = c->addrs; n > 1; n--) {
        r++;
        if ((r->flags & (ADDR_USED | ADDR_TRIED)) == ADDR_USED && r->addr.port != 0) {
            *to = r;
            *from = source_for(c, r->addr.family);
            if (*from != NULL) {
                return true;
            }
        }
    }
    *to = first;
    for (unsigned n = c->addrs; n > 1; n--) {
        l++;
        if ((l->flags & (ADDR_TRIED | MPTCP_ADDR_JOIN)) == MPTCP_ADDR_JOIN &&
            l->addr.family == first->addr.family) {
            *from = l;
            return (c->bits & (BIT_CLIENT | BIT_DENY_JOIN)) == BIT_CLIENT;
        }
    }
    return false;
}

bool mptcp_pm_connect_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    const struct mptcp_addr_slot *from;
    const struct mptcp_addr_slot *to;
    int slot = mptcp_subflow_free_slot(c);

    if (slot < 0 || !is_mptcp(c) || (c->bits & BIT_FULLY) == 0 || closing(c) ||
        c->due[DUE_CONNECT] != MPTCP_NEVER || mptcp_subflow_count(c) >= c->subflow_limit ||
        !next_pair(c, &from, &to)) {
        return false;
    }
    a->sf = (((subflow_at(c, (unsigned)slot)->generation + 1) & 0xffffffu) << 8) | (unsigned)slot;
    a->addr_id = from->id;
    a->remote_id = to->id;
    a->backup = (from->flags & MPTCP_ADDR_BACKUP) != 0;
    a->local = from->addr;
    /* The same port on every path, for those who look at ports (s3.8, H-1); a server's is taken. */
    a->local.port = (c->bits & BIT_CLIENT) != 0 ? local_at(c, 0)->addr.port : 0;
    a->remote = to->addr;
    return true;
}

void mptcp_pm_connected(struct mptcp_conn *c, const struct mptcp_action *a)
{
    /* The flag means nothing on the initial subflow's own addresses. */
    mptcp_addr_find(c, local_at(c, 0), a->addr_id)->flags |= ADDR_TRIED;
    mptcp_addr_find(c, remote_at(c, 0), a->remote_id)->flags |= ADDR_TRIED;
}
