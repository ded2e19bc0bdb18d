/*
 * announce.c - ADD_ADDR and REMOVE_ADDR, of both sides (RFC 8684 s3.4.1, s3.4.2).
 * address_signal.c writes those that are due.
 *
 * Local, announced   LISTEN due -> listening -> ADD_ADDR due -> sent, repeated
 *                    until echoed or given up
 * Local, removed     its subflows are closed, or reset if they do not close -> REMOVE_ADDR due,
 *                    one for all that are waiting -> sent (it is not acknowledged, X-7)
 * Remote, announced  HMAC right: kept, echo due
 * Local, away        the subflow from it has timed out (path_manager.c) -> REMOVE_ADDR due -> sent;
 *                    only then may joins from it follow, with another id
 * Remote, removed    no subflow is opened to it; its subflows are probed: one on which the
 *                    peer answers is kept, the others are reset
 *
 * Moves: the address slots, DUE_ADD_ADDR, BIT_ANNOUNCE_WAITS, burst, DUE_SIGNAL; of subflows
 * SF_LEAVING, SF_PROBING, SF_QUIET, SF_PROBE_DUE, asked and timer; quiet_ends.
 */
#include "crypto/of_version.h"
#include "machines/machines.h"

#define ANNOUNCE_WAIT_US 20000
#define PROBES 3

/* --------------------------------------------------------------- announcing */

/* True if our address l may be announced: the host listens there, and it is not being removed. */
static bool is_announced(const struct mptcp_addr_slot *l)
{
    return (l->flags & ADDR_LISTENING) != 0 && addr_good(l);
}

/* Returns true if an address of ours was not echoed yet and may be announced again (s3.4.1).
 * `signal`: ADDR_SIGNAL makes ADD_ADDR due for each such address; 0 changes nothing. */
static bool announce(struct mptcp_conn *c, unsigned signal)
{
    struct mptcp_addr_slot *l = local_at(c, 0);
    bool any = false;

    for (unsigned n = c->addrs; n > 0; n--, l++) {
        if (is_announced(l) && (l->flags & MARK_ECHOED) == 0 &&
            l->tries < mptcp_announcement_tries(c)) {
            l->flags |= (uint16_t)signal;
            any = true;
        }
    }
    return any;
}

void mptcp_pm_announce(struct mptcp_conn *c)
{
    announce(c, ADDR_SIGNAL);
    mptcp_paths_changed(c);
}

/*
 * A server announces at once. A client defers its ADD_ADDRs for ANNOUNCE_WAIT_US, or until the
 * server's first data: a Linux server can't join a client before its own application has accepted
 * the connection, and does not try again.
 */
void mptcp_pm_start(struct mptcp_conn *c)
{
    mptcp_paths_changed(c);
    if ((c->bits & BIT_CLIENT) == 0) {
        mptcp_pm_announce(c);
        return;
    }
    struct mptcp_addr_slot *l = local_at(c, 0);
    for (unsigned n = c->addrs; n > 0; n--, l++) {
        if (is_announced(l)) {
            l->flags &= (uint16_t)~ADDR_SIGNAL;
        }
    }
    c->bits |= BIT_ANNOUNCE_WAITS;
    c->timer[DUE_ADD_ADDR] = from_now(c, ANNOUNCE_WAIT_US);
}

void mptcp_pm_announce_now(struct mptcp_conn *c)
{
    if ((c->bits & BIT_ANNOUNCE_WAITS) != 0) {
        c->bits &= ~(uint32_t)BIT_ANNOUNCE_WAITS;
        c->timer[DUE_ADD_ADDR] = IDLE;
        mptcp_pm_announce(c);
    }
}

/* Finds the first address of ours whose flags under `mask` are `flags`, and writes its id and
 * address into *a. False if there is none. */
static bool first_local(const struct mptcp_conn *c, unsigned mask, unsigned flags,
                        struct mptcp_action *a)
{
    const struct mptcp_addr_slot *l = mptcp_addr_first(c, local_at(c, 0), mask, flags);
    if (l != NULL) {
        a->addr_id = l->id;
        a->local = l->addr;
    }
    return l != NULL;
}

bool mptcp_pm_listen_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (!is_mptcp(c) || mptcp_pm_closing(c)) {
        return false;
    }
    return first_local(c, MPTCP_ADDR_ANNOUNCE | ADDR_LISTENING, MPTCP_ADDR_ANNOUNCE, a);
}

bool mptcp_pm_unlisten_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    const unsigned both = ADDR_LISTENING | MARK_REMOVED;
    return first_local(c, both, both, a);
}

/* ------------------------------------------------------------------ removing */

void mptcp_pm_remove(struct mptcp_conn *c, struct mptcp_addr_slot *l)
{
    l->flags &= ADDR_USED | ADDR_LISTENING | MARKS;
    l->flags |= ADDR_SIGNAL | MARK_REMOVED;
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_live(s) || s->local_id != l->id) {
            continue;
        }
        if (s->state != SF_OPEN || (s->flags & SF_SILENT) != 0) {
            mptcp_subflow_fail(s, MPTCP_E_ADDRESS_GONE);
            continue;
        }
        /* A subflow that works is closed by FIN; the timer resets it if FINs are lost. */
        s->flags &= ~(uint32_t)SF_PROBED;
        s->flags |= SF_LEAVING;
        s->timer = from_now(c, 2 * c->answer_wait);
    }
    mptcp_paths_changed(c);
}

void mptcp_pm_probe(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->flags |= SF_PROBING | SF_PROBE_DUE;
    s->asked = 1;
    s->timer = from_now(c, mptcp_pm_answer_time(c, s));
}

/* The peer has removed, on subflow `on`, the remote address of subflow i: makes a probe due that
 * shows whether that one still works. A join that is not open is marked for a reset; so is a silent
 * subflow, if others work and one of them has brought the option: anybody who guesses a sequence
 * number of TCP can forge it, and what is silent may be the only path, and come back. */
static void is_it_gone(struct mptcp_conn *c, unsigned i, const struct mptcp_subflow *on)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    bool dead = (s->flags & SF_SILENT) != 0 && s != on && mptcp_works_without(c, i);

    if (s->state != SF_OPEN || dead) {
        mptcp_subflow_fail(s, MPTCP_E_ADDRESS_GONE);
        return;
    }
    s->flags &= ~(uint32_t)SF_QUIET; /* R-4 holds, whatever others bring */
    mptcp_pm_probe(c, s);
}

void mptcp_pm_on_remove_addr(struct mptcp_conn *c, const struct mptcp_subflow *on,
                             const struct mptcp_remove_addr *o)
{
    for (unsigned k = 0; k < o->count; k++) {
        struct mptcp_addr_slot *r = mptcp_remote_of(c, o->ids[k]);
        if (r != NULL) {
            r->flags |= MARK_REMOVED;
            r->flags &= (uint16_t)~ADDR_SIGNAL;
        }
        /* Unknown ids are ignored. A subflow may have an id for which no slot was free. */
        for (unsigned i = 0; i < c->top; i++) {
            const struct mptcp_subflow *s = subflow_at(c, i);
            bool probed = (s->flags & (SF_PROBING | SF_QUIET)) == SF_PROBING;
            if (sf_live(s) && s->remote_id == o->ids[k] && !probed &&
                (s->flags & SF_LEAVING) == 0) {
                is_it_gone(c, i, on);
            }
        }
    }
    mptcp_paths_changed(c);
}

void mptcp_pm_alive(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if ((s->flags & SF_PROBING) != 0) {
        c->quiet_ends = (s->flags & SF_QUIET) != 0 ? 0 : c->quiet_ends;
        s->flags &= ~(uint32_t)SF_PROBED;
        s->timer = IDLE;
    }
}

void mptcp_pm_on_subflow_timeout(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->timer = IDLE;
    if ((s->flags & SF_PROBING) == 0 || s->asked >= PROBES) {
        bool quiet = (s->flags & SF_QUIET) != 0;
        if (quiet && (s->flags & SF_AGAIN) != 0) {
            count_up(&c->quiet_ends);
        }
        mptcp_subflow_fail(s, quiet ? MPTCP_E_TIMED_OUT : MPTCP_E_ADDRESS_GONE);
        return;
    }
    count_up(&s->asked);
    s->flags |= SF_PROBE_DUE;
    s->timer = from_now(c, mptcp_pm_answer_time(c, s));
}

/* --------------------------------------------------------- what the peer says */

/* The peer echoes an ADD_ADDR of ours: it is not repeated any more. */
static void on_echo(struct mptcp_conn *c, const struct mptcp_add_addr *o)
{
    struct mptcp_addr_slot *l = mptcp_local_of(c, o->addr_id);
    if (l == NULL || !is_announced(l) || !mptcp_addr_at(l, &o->addr)) {
        return;
    }
    mptcp_pm_burst_over(c);
    l->flags |= MARK_ECHOED;
    l->flags &= (uint16_t)~ADDR_SIGNAL;
    if (!announce(c, 0)) {
        c->timer[DUE_ADD_ADDR] = IDLE;
    }
}

/*
 * Version 0: what an HMAC proves takes the place of what nothing proves, and is not replaced by it
 * (Z-67). *r is the slot of an announced id, freed (NULL) if the announcement takes its place.
 * Returns false if the announcement is to be ignored.
 */
static bool outranks(struct mptcp_addr_slot **r, const struct mptcp_add_addr *o, bool proven)
{
    if (!proven) {
        return ((*r)->flags & (MARK_PROVEN | MARK_REMOVED)) != MARK_PROVEN;
    }
    if (((*r)->flags & MARK_PLAIN) != 0 && !mptcp_addr_at(*r, &o->addr)) {
        (*r)->flags = 0;
        *r = NULL;
    }
    return true;
}

/* The slot for an address that the peer announces, `proven`: with a right HMAC: the slot with its
 * id, or a free one. NULL if none is free, or if its id stands for another address: the
 * ADD_ADDR is then ignored. */
static struct mptcp_addr_slot *place_for(struct mptcp_conn *c, const struct mptcp_add_addr *o,
                                         bool proven)
{
    struct mptcp_addr_slot *r = mptcp_remote_of(c, o->addr_id);

    if (r != NULL && !profile_of(c)->add_addr_hmac && !outranks(&r, o, proven)) {
        return NULL;
    }
    if (r == NULL) {
        mptcp_addr_make_room(c);
        r = mptcp_addr_learn(c, remote_at(c, 0), &o->addr, o->addr_id);
        if (r != NULL) {
            r->flags |= MARK_REMOVED | MARK_FAILED; /* so keep_remote takes it for a new one */
        }
        return r;
    }
    /* An id changes its address only after REMOVE_ADDR, and not under a living subflow. */
    bool free_again = ((r->flags & MARK_REMOVED) != 0 && !mptcp_addr_in_use(c, true, r->id)) ||
                      (r->flags & MARK_CLAIMED) != 0;
    return free_again || mptcp_addr_at(r, &o->addr) ? r : NULL;
}

/* The address is new, was removed before, has another port, or is announced again while no subflow
 * uses it: joins to it may be tried, whatever was tried before. */
static bool is_news(const struct mptcp_conn *c, const struct mptcp_addr_slot *r,
                    const struct mptcp_add_addr *o)
{
    return (r->flags & (MARK_REMOVED | MARK_FAILED | MARK_CLAIMED)) != 0 ||
           (o->has_port && r->addr.port != o->addr.port) ||
           ((r->flags & ADDR_PASSIVE) != 0 && !mptcp_addr_in_use(c, true, r->id));
}

/* What the option shows of its sender and is due for it, as marks of the slot. */
static uint16_t marks_of(const struct mptcp_conn *c, const struct mptcp_add_addr *o, bool proven,
                         bool first)
{
    unsigned marks = o->has_port ? MARK_HAD_PORT : 0u;

    if (profile_of(c)->add_addr_echo) {
        marks |= ADDR_SIGNAL;
    }
    if (!profile_of(c)->add_addr_hmac && !first) {
        marks |= proven ? MARK_PROVEN : MARK_PLAIN;
    }
    return (uint16_t)marks;
}

/* Stores the announced address in slot r, makes its echo due, and lets it be joined (again) if it
 * is new, changed, or unused. `default_port`: its port if the option carries none; `proven`: the
 * option had a right HMAC. */
static void keep_remote(struct mptcp_conn *c, struct mptcp_addr_slot *r,
                        const struct mptcp_add_addr *o, uint16_t default_port, bool proven)
{
    const struct mptcp_addr_slot *first = remote_at(c, 0);
    uint16_t port = o->has_port ? o->addr.port : default_port;

    if (is_news(c, r, o)) {
        mptcp_addr_untry(c, r);
        r->flags = r == first ? (uint16_t)(r->flags & ~MARK_REACHED) : ADDR_USED;
    }
    r->flags &= (uint16_t) ~(MARK_REMOVED | MARK_FAILED | MARK_HAD_PORT | MARK_PLAIN | MARK_PROVEN);
    r->flags |= marks_of(c, o, proven, r == first);
    r->addr = o->addr;
    r->addr.port = port;
    /* The address and port of the initial subflow need no join (bug class 33). */
    if (r != first && mptcp_addr_at(first, &r->addr) && c->first_port == port) {
        r->flags |= ADDR_PASSIVE;
    }
    mptcp_paths_changed(c);
}

void mptcp_pm_on_prio(struct mptcp_conn *c, const struct mptcp_subflow *on,
                      const struct mptcp_prio *o)
{
    bool by_id = MPTCP_HAS_VERSION_0 && o->has_id != 0;
    bool all = (c->flags & MPTCP_CFG_PRIO_BY_ID) != 0;
    struct mptcp_subflow *s = subflow_at(c, 0);

    if (by_id && (c->flags & MPTCP_CFG_PRIO_WITHOUT_ID) != 0) {
        return;
    }
    /* Nothing authenticates an id, so by default it must be that of the subflow itself (Z-59). */
    for (unsigned n = c->top; n > 0; n--, s++) {
        bool meant = by_id ? s->remote_id == o->addr_id && (all || s == on) : s == on;
        if (meant && sf_live(s)) {
            s->flags &= ~(uint32_t)SF_PEER_BACKUP;
            s->flags |= o->backup ? SF_PEER_BACKUP : 0u;
        }
    }
}

/* Takes one announcement, or an echo. Returns true if its HMAC proves that the peer has both keys.
 */
static bool on_add_addr(struct mptcp_conn *c, const struct mptcp_subflow *s,
                        const struct mptcp_add_addr *o)
{
    if (o->echo) {
        on_echo(c, o);
        return false;
    }
    bool proven = false;
    if (!mptcp_announcement_right(c, o, &proven)) {
        count_up(&c->ignored);
        return false;
    }
    mptcp_pm_burst_over(c);
    struct mptcp_addr_slot *r = place_for(c, o, proven);
    if (r != NULL) {
        keep_remote(c, r, o, s->remote_port, proven);
    }
    return proven;
}

bool mptcp_pm_on_add_addrs(struct mptcp_conn *c, const struct mptcp_subflow *s,
                           const struct mptcp_segment *seg, const struct mptcp_options *o)
{
    struct mptcp_option one;
    size_t at = 0;

    if (!profile_of(c)->add_addr_several) {
        return on_add_addr(c, s, &o->add_addr);
    }
    if ((o->refused & ANNOUNCEMENTS) != 0) {
        count_up(&c->ignored);
    }
    while (mptcp_options_next(c->version, seg->options, seg->options_len, &at, &one)) {
        if (one.subtype == MPTCP_ADD_ADDR || one.subtype == MPTCP_ADD_ADDR2) {
            on_add_addr(c, s, &one.u.add_addr);
        }
    }
    return false; /* the sender's own key is no proof of both: a DSS is (Z-30) */
}

const struct mptcp_addr_slot *mptcp_pm_news(const struct mptcp_conn *c)
{
    const struct mptcp_addr_slot *r = remote_at(c, 0);
    for (unsigned n = c->addrs; n > 0; n--, r++) {
        unsigned is = r->flags & (ADDR_USED | MARK_TOLD | MARK_REMOVED | MARK_CLAIMED);
        if (is == ADDR_USED || is == (ADDR_USED | MARK_TOLD | MARK_REMOVED)) {
            return r;
        }
    }
    return NULL;
}

void mptcp_pm_told(struct mptcp_conn *c, uint8_t id)
{
    struct mptcp_addr_slot *r = mptcp_remote_of(c, id);
    if (r != NULL) {
        r->flags ^= MARK_TOLD;
        mptcp_paths_changed(c);
    }
}

/* ------------------------------------------------------- signals in a row */

/*
 * A TCP that does not know what they carry takes three duplicate ACKs for a loss (G-2). So after
 * two signals in a row the next one waits until data has come or was sent, until the peer has sent
 * an address signal, or for an RTT.
 */
void mptcp_pm_burst_on(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    c->burst = c->tick < c->burst_end ? c->burst : 0;
    count_up(&c->burst);
    c->burst_end = from_now(c, s->srtt_us != 0 ? s->srtt_us : c->signal_rto);
    if (mptcp_pm_burst_full(c)) {
        c->timer[DUE_SIGNAL] = c->burst_end;
    }
}

void mptcp_pm_burst_ends(struct mptcp_conn *c)
{
    c->burst = 0;
    c->timer[DUE_SIGNAL] = IDLE;
    mptcp_paths_changed(c);
}
