/*
 * commit.c - mptcp_done: what the host really did of an action.
 *
 * An action is committed against the present state: if it is not due any more, or other octets are,
 * it is STALE. All checks come first, so a commit that is refused changes nothing.
 *
 * An action that the host could not do, now or at all, is never due again at once. A subflow that
 * could not be opened counts as tried; an address where the host can't listen is not announced;
 * everything else is deferred until a deadline:
 *
 *   SEND       on this subflow, also until a report of more room (SF_LATER)
 *   SEND_ACK   on this subflow, whatever the result: an ACK that has not left yet is expected
 *              within LATER_US (hold)
 *   CONNECT    all of them (DUE_CONNECT)
 *   others     all of their type (conn.later)
 */
#include "conn/conn.h"
#include "tables/order.h"
#include "wire/apart.h"

#define LATER_US 10000

/* n octets of `due`, an MPTCP_DELIVER of subflow s, were delivered. */
static void deliver_done(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_action *due, uint32_t n)
{
    bool front = mptcp_ssn_eq(due->ssn, s->rcv_done);
    mptcp_delivered(c, n);
    mptcp_close_reached(c); /* the rest of an overtaken run may have moved RCV.NXT */
    /* Octets delivered from the front of the host's queue need no MPTCP_RELEASE. */
    if (front && mptcp_ssn_before(s->released, s->rcv_done)) {
        mptcp_ssn keep = mptcp_ssn_add(due->ssn, n);
        s->released = mptcp_ssn_before(s->rcv_done, keep) ? s->rcv_done : keep;
    }
    mptcp_subflow_drain(c, s);
}

#define FAR_BEHIND 0x10000000000ll /* 2^40 octets */

/* Marks a subflow for a reset if its first octet in flight lies 2^40 octets or more behind SND.NXT:
 * runs store so few bits of a DSN that it is ambiguous beyond 2^41 octets. */
static void give_up_far_behind(struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        uint16_t k = mptcp_order_first(c, BY_SSN, s->sent.in_flight);
        if (k != RUN_NONE && mptcp_run_from(&runs_of(c)[k], c->snd_nxt) < -FAR_BEHIND) {
            mptcp_subflow_fail(s, MPTCP_E_SUBFLOW_FAILED);
        }
    }
    c->bits &= ~(uint32_t)BIT_ONLY_STREAM;
}

/* The first n octets of a, an MPTCP_SEND, were given to its subflow. */
static void send_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n)
{
    bool stretch = mptcp_send_done(c, a, n);

    if (!is_plain(c)) {
        mptcp_map_append(c, a, n);
    }
    mptcp_reinject_done(c, a, n);
    if (stretch) {
        give_up_far_behind(c);
    }
}

/* The host is opening the subflow of a, an MPTCP_CONNECT: sets up its slot. */
static void subflow_connected(struct mptcp_conn *c, const struct mptcp_action *a)
{
    struct mptcp_subflow *s = mptcp_subflow_open(c, a->sf & 0xffu, SF_SYN_SENT);

    s->local_id = a->addr_id;
    s->remote_id = a->remote_id;
    s->local_port = a->local.port;
    s->remote_port = a->remote.port;
    s->local_nonce = mptcp_join_nonce(c);
    s->flags |= SF_OURS | (a->backup ? SF_BACKUP : 0u);
    const struct mptcp_addr_slot *l = mptcp_local_of(c, a->addr_id);
    s->cost = (l->flags & MPTCP_ADDR_METERED) != 0;
}

/* Commits an MPTCP_CONNECT: it is done, deferred, or counts as a failed try. */
static void connect_done(struct mptcp_conn *c, const struct mptcp_action *a,
                         enum mptcp_result result)
{
    if (result == MPTCP_LATER) {
        c->timer[DUE_CONNECT] = from_now(c, LATER_US);
    } else if (result == MPTCP_FAILED) {
        mptcp_pm_connect_failed(c, a);
    } else {
        subflow_connected(c, a);
        mptcp_pm_connected(c, a);
    }
}

/* Commits an MPTCP_LISTEN: if the host listens now, ADD_ADDR is due. */
static void listen_done(struct mptcp_conn *c, const struct mptcp_action *a,
                        enum mptcp_result result)
{
    struct mptcp_addr_slot *l = mptcp_local_of(c, a->addr_id);

    if (result == MPTCP_DONE) {
        l->flags |= ADDR_LISTENING | ADDR_SIGNAL;
        mptcp_paths_changed(c);
    } else {
        /* An address where the host does not listen is not announced. */
        l->flags &= (uint16_t)~MPTCP_ADDR_ANNOUNCE;
    }
}

/* Commits an MPTCP_UNLISTEN. */
static void unlisten_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    struct mptcp_addr_slot *l = mptcp_local_of(c, a->addr_id);

    l->flags &= (uint16_t)~ADDR_LISTENING;
    mptcp_paths_changed(c);
}

/* Commits an MPTCP_SEND_ACK or MPTCP_PROBE, even if it is not due any more: TCP may have sent the
 * ACK before this call. */
static int ack_done(struct mptcp_conn *c, const struct mptcp_action *a, mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = mptcp_enter(c, a->sf, now, &s);
    if (why != MPTCP_OK) {
        return why;
    }
    if (a->type == MPTCP_PROBE) {
        s->flags &= ~(uint32_t)SF_PROBE_DUE;
        mptcp_silence_asked(c, s);
    } else {
        /* If the ACK was not sent yet (mptcp_sent), it is not due for LATER_US. */
        s->hold = mptcp_ack_due(c, a->sf & 0xffu) ? from_now(c, LATER_US) : 0;
    }
    return mptcp_end_call(c);
}

/* True for actions of which the host may do a part: n says how many octets. */
static bool is_counted(unsigned type)
{
    return type == MPTCP_DELIVER || type == MPTCP_SEND;
}

/* Actions that are deferred otherwise: SEND_ACK by hold, CONNECT by DUE_CONNECT or as a try. */
#define OWN_WAY (MPTCP_WANT(MPTCP_SEND_ACK) | MPTCP_WANT(MPTCP_CONNECT))

/* True if the host could not do the action, and put_off has to defer it. */
static bool is_put_off(const struct mptcp_action *a, uint32_t n, enum mptcp_result result)
{
    if ((MPTCP_WANT(a->type) & OWN_WAY) != 0 ||
        (a->type == MPTCP_LISTEN && result == MPTCP_FAILED)) {
        return false;
    }
    return result != MPTCP_DONE || (is_counted(a->type) && n == 0);
}

/* Defers the action for LATER_US: a SEND on its subflow, others with all of their type. */
static void put_off(struct mptcp_conn *c, const struct mptcp_action *a)
{
    if (a->type == MPTCP_SEND) {
        subflow_at(c, a->sf & 0xffu)->flags |= SF_LATER;
    } else {
        c->later |= (uint16_t)MPTCP_WANT(a->type);
    }
    c->timer[DUE_LATER] = earlier(c->timer[DUE_LATER], from_now(c, LATER_US));
}

/* Commits an MPTCP_FREE. Since the poll more may be due. */
static int free_done(struct mptcp_conn *c, const struct mptcp_action *a, mptcp_time now)
{
    if (!mptcp_dsn_before(c->freed, a->dsn) || mptcp_dsn_before(c->free_to, a->dsn)) {
        return MPTCP_E_STALE;
    }
    mptcp_clock_set(c, now);
    c->freed = a->dsn;
    return mptcp_end_stream_call(c, NULL, false);
}

/* MPTCP_OK, or the code with which the commit of a is refused. `due` is the action as it would be
 * polled now; n is the number of octets done. */
static int refusal(const struct mptcp_action *a, const struct mptcp_action *due, uint32_t n)
{
    switch (a->type) {
    case MPTCP_DELIVER:
    case MPTCP_SEND:
        return n > due->len ? MPTCP_E_ARGUMENT : MPTCP_OK;
    case MPTCP_RELEASE: /* since the poll more may be due: the host has released a part of it */
        return mptcp_ssn_before(due->keep, a->keep) || mptcp_ssn_before(a->keep, due->ssn)
                   ? MPTCP_E_STALE
                   : MPTCP_OK;
    default:
        return MPTCP_OK;
    }
}

/* Changes the state as the commit of a requires; `due` and n as in refusal. */
static void apply(struct mptcp_conn *c, const struct mptcp_action *a,
                  const struct mptcp_action *due, uint32_t n, enum mptcp_result result)
{
    unsigned i = a->sf & 0xffu;
    struct mptcp_subflow *s = subflow_at(c, i);

    switch (a->type) {
    case MPTCP_RESET_SUBFLOW:
        mptcp_subflow_end(c, i, due->code);
        return;
    case MPTCP_CLOSE_SUBFLOW:
        s->flags |= SF_FIN_GIVEN;
        return;
    case MPTCP_DELIVER:
        deliver_done(c, s, due, n);
        return;
    case MPTCP_RELEASE:
        s->released = a->keep;
        mptcp_subflow_drain(c, s);
        return;
    case MPTCP_SEND:
        send_done(c, due, n);
        return;
    case MPTCP_LISTEN:
        listen_done(c, a, result);
        return;
    case MPTCP_UNLISTEN:
        unlisten_done(c, a);
        return;
    case MPTCP_CONNECT:
        connect_done(c, a, result);
        return;
    default:
        mptcp_event_taken(c, a);
        return;
    }
}

/* True if mptcp_poll may have answered such an action, of which n octets can be done. */
static bool is_action(const struct mptcp_action *a, uint32_t n)
{
    return a != NULL && a->type != MPTCP_NOTHING && a->type <= MPTCP_EVENT &&
           !(is_counted(a->type) && n > a->len);
}

/* The host could not do the action, if it is still due. */
static MPTCP_APART int not_done(struct mptcp_conn *c, const struct mptcp_action *a, mptcp_time now)
{
    struct mptcp_action due = {0};

    if (!mptcp_still_due(c, a, &due)) {
        return MPTCP_E_STALE;
    }
    mptcp_clock_set(c, now);
    put_off(c, a);
    return mptcp_end_call(c);
}

/* The host has done the action, or n octets of it, if they are still due. */
static int did(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now)
{
    struct mptcp_action due = {0};

    if (!mptcp_still_due(c, a, &due)) {
        return MPTCP_E_STALE;
    }
    int why = refusal(a, &due, n);
    if (why != MPTCP_OK) {
        return why;
    }
    mptcp_clock_set(c, now);
    apply(c, a, &due, n, result);
    return (MPTCP_WANT(a->type) & ACTIONS_OF_STREAM) != 0
               ? mptcp_end_stream_call(c, NULL, a->type == MPTCP_SEND)
               : mptcp_end_call(c);
}

int mptcp_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now)
{
    if (!is_action(a, n) || (unsigned)result > MPTCP_FAILED) {
        return MPTCP_E_ARGUMENT;
    }
    int refused = call_refused(c, now);
    if (refused != MPTCP_OK) {
        return refused;
    }
    bool later = is_put_off(a, n, result);
    if (a->type == MPTCP_SEND_ACK || (a->type == MPTCP_PROBE && !later)) {
        return ack_done(c, a, now);
    }
    if (later) {
        return not_done(c, a, now);
    }
    return a->type == MPTCP_FREE ? free_done(c, a, now) : did(c, a, n, result, now);
}
