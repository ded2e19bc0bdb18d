/*
 * commit.c - what the host really did of an action.
 *
 * An action is committed against the state as it is now: if the same action
 * is not due any more, or names other octets, it is stale and nothing moves.
 */
#include "conn/conn.h"

#define LATER_US 10000

/* The subflow of an action that names one; -1 if it has moved on. */
static int slot_for(const struct mptcp_conn *c, const struct mptcp_action *a)
{
    return slot_of(c, a->sf);
}

static int deliver_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n)
{
    struct mptcp_action due = {0};

    if (!mptcp_deliver_due(c, &due) || due.sf != a->sf || !mptcp_dsn_eq(due.dsn, a->dsn) ||
        !mptcp_ssn_eq(due.ssn, a->ssn)) {
        return MPTCP_E_STALE;
    }
    if (n > due.len || n > a->len) {
        return MPTCP_E_ARGUMENT;
    }
    unsigned i = a->sf & 0xffu;
    struct mptcp_subflow *s = subflow_at(c, i);
    bool front = mptcp_ssn_eq(a->ssn, s->rcv_done);
    mptcp_delivered(c, n);
    /* The host has let go of what it delivered from the front of its queue. */
    if (front && mptcp_ssn_before(s->released, s->rcv_done)) {
        mptcp_ssn keep = mptcp_ssn_add(a->ssn, n);
        s->released = mptcp_ssn_before(s->rcv_done, keep) ? s->rcv_done : keep;
    }
    mptcp_subflow_drain(c, i);
    return MPTCP_OK;
}

static int release_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    unsigned i = a->sf & 0xffu;
    struct mptcp_subflow *s = subflow_at(c, i);

    if (!mptcp_ssn_eq(s->released, a->ssn) || mptcp_ssn_before(s->rcv_done, a->keep)) {
        return MPTCP_E_STALE;
    }
    s->released = a->keep;
    mptcp_subflow_drain(c, i);
    return MPTCP_OK;
}

static int send_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
                     enum mptcp_result result)
{
    unsigned i = a->sf & 0xffu;
    struct mptcp_action due = {0};

    if (result != MPTCP_DONE || n == 0) {
        if (!mptcp_send_due(c, &due) || due.sf != a->sf || !mptcp_ssn_eq(due.ssn, a->ssn)) {
            return MPTCP_E_STALE;
        }
        /* No room after all, until the host says otherwise. */
        subflow_at(c, i)->room = 0;
        return MPTCP_OK;
    }
    return mptcp_send_done(c, i, a, n);
}

static int connect_done(struct mptcp_conn *c, const struct mptcp_action *a,
                        enum mptcp_result result)
{
    struct mptcp_action due = {0};

    if (!mptcp_pm_connect_due(c, &due) || due.sf != a->sf || due.addr_id != a->addr_id ||
        due.remote_id != a->remote_id) {
        return MPTCP_E_STALE;
    }
    if (result == MPTCP_LATER) {
        c->due[DUE_CONNECT] = from_now(c, LATER_US);
        return MPTCP_OK;
    }
    mptcp_pm_connected(c, a);
    if (result == MPTCP_FAILED) {
        return MPTCP_OK;
    }
    unsigned i = a->sf & 0xffu;
    struct mptcp_subflow *s = mptcp_subflow_open(c, i, SF_SYN_SENT);
    s->local_id = a->addr_id;
    s->remote_id = a->remote_id;
    s->local_port = a->local.port;
    s->remote_port = a->remote.port;
    s->local_nonce = mptcp_join_nonce(c);
    s->flags |= a->backup ? SF_BACKUP : 0u;
    return MPTCP_OK;
}

static int listen_done(struct mptcp_conn *c, const struct mptcp_action *a, enum mptcp_result result)
{
    struct mptcp_action due = {0};
    int i = mptcp_addr_find(local_at(c, 0), c->addrs, a->addr_id);

    if (i <= 0 || !mptcp_pm_listen_due(c, &due) || due.addr_id != a->addr_id) {
        return MPTCP_E_STALE;
    }
    struct mptcp_addr_slot *l = local_at(c, (unsigned)i);
    if (result == MPTCP_DONE) {
        l->flags |= ADDR_LISTENING | ADDR_SIGNAL;
        mptcp_pm_stir(c);
        return MPTCP_OK;
    }
    /* An address where nobody listens is not announced. */
    l->flags &= (uint8_t) ~(unsigned)MPTCP_ADDR_ANNOUNCE;
    return MPTCP_OK;
}

static int event_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    struct mptcp_action due = {0};

    if (!mptcp_event_due(c, &due) || due.event != a->event || due.sf != a->sf ||
        due.addr_id != a->addr_id) {
        return MPTCP_E_STALE;
    }
    mptcp_event_taken(c, a);
    return MPTCP_OK;
}

static int free_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    if (mptcp_dsn_before(c->free_to, a->dsn) || !mptcp_dsn_before(c->freed, a->dsn)) {
        return MPTCP_E_STALE;
    }
    c->freed = a->dsn;
    return MPTCP_OK;
}

/* Commits that need no result to be looked at beyond done or not. */
static int subflow_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    unsigned i = a->sf & 0xffu;
    struct mptcp_subflow *s = subflow_at(c, i);

    switch (a->type) {
    case MPTCP_RESET_SUBFLOW:
        if (!sf_live(s) || (s->flags & SF_RESET) == 0) {
            return MPTCP_E_STALE;
        }
        mptcp_subflow_end(c, i, s->code);
        return MPTCP_OK;
    case MPTCP_RELEASE:
        return release_done(c, a);
    case MPTCP_SEND_ACK:
        /* It may have left already; if not, it is promised. */
        s->hold = mptcp_ack_due(c, i, NULL) ? from_now(c, LATER_US) : 0;
        return MPTCP_OK;
    case MPTCP_PROBE:
        c->bits &= (uint16_t)~BIT_PROBE;
        c->probe_tries = (uint8_t)(c->probe_tries < 16 ? c->probe_tries + 1 : 16);
        return MPTCP_OK;
    case MPTCP_CLOSE_SUBFLOW:
        if (!mptcp_close_due(c, i)) {
            return MPTCP_E_STALE;
        }
        s->flags |= SF_FIN_GIVEN;
        return MPTCP_OK;
    default:
        return MPTCP_E_ARGUMENT;
    }
}

/* The host can't, and the action has no way of its own to wait: its type is hidden for a moment. */
static bool put_off(const struct mptcp_action *a, uint32_t n, enum mptcp_result result)
{
    switch (a->type) {
    case MPTCP_SEND:
    case MPTCP_SEND_ACK:
    case MPTCP_CONNECT:
        return false;
    case MPTCP_LISTEN:
        return result == MPTCP_LATER;
    case MPTCP_DELIVER:
        return result != MPTCP_DONE || n == 0;
    default:
        return result != MPTCP_DONE;
    }
}

static int hide(struct mptcp_conn *c, const struct mptcp_action *a)
{
    if ((mptcp_want(c) & MPTCP_WANT(a->type)) == 0) {
        return MPTCP_E_STALE;
    }
    c->later |= (uint16_t)MPTCP_WANT(a->type);
    c->due[DUE_LATER] = earlier(c->due[DUE_LATER], from_now(c, LATER_US));
    return MPTCP_OK;
}

static int apply(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
                 enum mptcp_result result)
{
    if (put_off(a, n, result)) {
        return hide(c, a);
    }
    switch (a->type) {
    case MPTCP_FREE:
        return free_done(c, a);
    case MPTCP_LISTEN:
        return listen_done(c, a, result);
    case MPTCP_CONNECT:
        return connect_done(c, a, result);
    case MPTCP_EVENT:
        return event_done(c, a);
    default:
        break;
    }
    if (slot_for(c, a) < 0) {
        return MPTCP_E_STALE;
    }
    if (a->type == MPTCP_SEND) {
        return send_done(c, a, n, result);
    }
    return a->type == MPTCP_DELIVER ? deliver_done(c, a, n) : subflow_done(c, a);
}

int mptcp_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now)
{
    if (a == NULL || a->type == MPTCP_NOTHING || a->type > MPTCP_EVENT ||
        (unsigned)result > MPTCP_FAILED) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_time before = c->now;
    at(c, now);
    int why = apply(c, a, n, result);
    if (why != MPTCP_OK) {
        c->now = before;
        return why;
    }
    return mptcp_settled(c);
}
