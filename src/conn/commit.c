/*
 * commit.c - what the host really did of an action.
 *
 * An action is committed against the state as it is now: if the same action
 * is not due any more, or names other octets, it is stale and nothing moves.
 */
#include "conn/conn.h"
#include "tables/pool.h"

#define LATER_US 10000

static int deliver_done(struct mptcp_conn *c, struct mptcp_subflow *s,
                        const struct mptcp_action *due, uint32_t n)
{
    if (n > due->len) {
        return MPTCP_E_ARGUMENT;
    }
    bool front = mptcp_ssn_eq(due->ssn, s->rcv_done);
    mptcp_delivered(c, n);
    mptcp_close_reached(c); /* octets of a run that another one had overtaken */
    /* The host has let go of what it delivered from the front of its queue. */
    if (front && mptcp_ssn_before(s->released, s->rcv_done)) {
        mptcp_ssn keep = mptcp_ssn_add(due->ssn, n);
        s->released = mptcp_ssn_before(s->rcv_done, keep) ? s->rcv_done : keep;
    }
    mptcp_subflow_drain(c, s);
    return MPTCP_OK;
}

/* Less than what there is by now may have been let go. */
static int release_done(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_action *a,
                        const struct mptcp_action *due)
{
    if (mptcp_ssn_before(due->keep, a->keep)) {
        return MPTCP_E_STALE;
    }
    s->released = a->keep;
    mptcp_subflow_drain(c, s);
    return MPTCP_OK;
}

static int free_done(struct mptcp_conn *c, const struct mptcp_action *a,
                     const struct mptcp_action *due)
{
    if (mptcp_dsn_before(due->dsn, a->dsn) || !mptcp_dsn_before(c->freed, a->dsn)) {
        return MPTCP_E_STALE;
    }
    c->freed = a->dsn;
    return MPTCP_OK;
}

#define FAR_BEHIND 0x10000000000ll /* 2^40 octets */

/* The DSNs of runs are told apart within 2^41 octets of the newest: a subflow that has acknowledged
 * nothing while so much went on others is reset. */
static void give_up_far_behind(const struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        uint16_t k = mptcp_order_first(order_of(c, BY_SSN), s->sent.flying);
        if (k != RUN_NONE && mptcp_run_behind(&runs_of(c)[k], c->snd_nxt) < -FAR_BEHIND) {
            mptcp_subflow_fail(s, MPTCP_E_SUBFLOW_FAILED);
        }
    }
}

static int send_done(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_action *due,
                     uint32_t n, enum mptcp_result result)
{
    if (result != MPTCP_DONE || n == 0) {
        /* No room after all, until the host says otherwise. */
        s->room = 0;
        return MPTCP_OK;
    }
    int why = mptcp_send_done(c, due, n);
    if (why == MPTCP_SENT_MUCH) {
        give_up_far_behind(c);
        why = MPTCP_OK;
    }
    return why;
}

static int connect_done(struct mptcp_conn *c, const struct mptcp_action *a,
                        enum mptcp_result result)
{
    if (result == MPTCP_LATER) {
        c->timer[DUE_CONNECT] = from_now(c, LATER_US);
        return MPTCP_OK;
    }
    if (result == MPTCP_FAILED) {
        mptcp_pm_connect_failed(c, a);
        return MPTCP_OK;
    }
    mptcp_pm_connected(c, a);
    struct mptcp_subflow *s = mptcp_subflow_open(c, a->sf & 0xffu, SF_SYN_SENT);
    s->local_id = a->addr_id;
    s->remote_id = a->remote_id;
    s->local_port = a->local.port;
    s->remote_port = a->remote.port;
    s->local_nonce = mptcp_join_nonce(c);
    s->flags |= SF_OURS | (a->backup ? SF_BACKUP : 0u);
    const struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), a->addr_id);
    s->cost = (l->flags & MPTCP_ADDR_METERED) != 0;
    return MPTCP_OK;
}

static int listen_done(struct mptcp_conn *c, const struct mptcp_action *a, enum mptcp_result result)
{
    struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), a->addr_id);

    if (result == MPTCP_DONE) {
        l->flags |= ADDR_LISTENING | ADDR_SIGNAL;
        mptcp_pm_stir(c);
        return MPTCP_OK;
    }
    /* An address where nobody listens is not announced. */
    l->flags &= (uint8_t) ~(unsigned)MPTCP_ADDR_ANNOUNCE;
    return MPTCP_OK;
}

static int unlisten_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), a->addr_id);

    l->flags &= (uint8_t) ~(unsigned)ADDR_LISTENING;
    mptcp_pm_stir(c);
    return MPTCP_OK;
}

/* What leaves by itself may have left already: no matter. */
static int ack_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    int i = slot_of(c, a->sf);
    if (i < 0) {
        return MPTCP_E_STALE;
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    if (a->type == MPTCP_PROBE) {
        s->flags &= ~(uint32_t)SF_PROBE_DUE;
        return MPTCP_OK;
    }
    /* If it has not left, it is promised. */
    s->hold = mptcp_ack_due(c, (unsigned)i) ? from_now(c, LATER_US) : 0;
    return MPTCP_OK;
}

/* Those that wait in a way of their own when the host can't. */
#define PATIENT (MPTCP_WANT(MPTCP_SEND) | MPTCP_WANT(MPTCP_SEND_ACK) | MPTCP_WANT(MPTCP_CONNECT))

/* The host can't, and the action's type is to be hidden for a moment. */
static bool put_off(const struct mptcp_action *a, uint32_t n, enum mptcp_result result)
{
    if ((MPTCP_WANT(a->type) & PATIENT) != 0 ||
        (a->type == MPTCP_LISTEN && result == MPTCP_FAILED)) {
        return false;
    }
    return result != MPTCP_DONE || (a->type == MPTCP_DELIVER && n == 0);
}

static int hide(struct mptcp_conn *c, const struct mptcp_action *a)
{
    if ((mptcp_want(c) & MPTCP_WANT(a->type)) == 0) {
        return MPTCP_E_STALE;
    }
    c->later |= (uint16_t)MPTCP_WANT(a->type);
    c->timer[DUE_LATER] = earlier(c->timer[DUE_LATER], from_now(c, LATER_US));
    return MPTCP_OK;
}

static int apply(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
                 enum mptcp_result result)
{
    struct mptcp_action due = {0};

    if (put_off(a, n, result)) {
        return hide(c, a);
    }
    if (a->type == MPTCP_SEND_ACK || a->type == MPTCP_PROBE) {
        return ack_done(c, a);
    }
    if (!mptcp_still_due(c, a, &due)) {
        return MPTCP_E_STALE;
    }
    unsigned i = a->sf & 0xffu;
    struct mptcp_subflow *s = subflow_at(c, i);
    switch (a->type) {
    case MPTCP_RESET_SUBFLOW:
        mptcp_subflow_end(c, i, due.code);
        return MPTCP_OK;
    case MPTCP_CLOSE_SUBFLOW:
        s->flags |= SF_FIN_GIVEN;
        return MPTCP_OK;
    case MPTCP_DELIVER:
        return deliver_done(c, s, &due, n);
    case MPTCP_RELEASE:
        return release_done(c, s, a, &due);
    case MPTCP_FREE:
        return free_done(c, a, &due);
    case MPTCP_SEND:
        return send_done(c, s, &due, n, result);
    case MPTCP_LISTEN:
        return listen_done(c, a, result);
    case MPTCP_UNLISTEN:
        return unlisten_done(c, a);
    case MPTCP_CONNECT:
        return connect_done(c, a, result);
    default:
        mptcp_event_taken(c, a);
        return MPTCP_OK;
    }
}

int mptcp_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now)
{
    if (a == NULL || a->type == MPTCP_NOTHING || a->type > MPTCP_EVENT ||
        (unsigned)result > MPTCP_FAILED) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_time before = mptcp_clock_time(c, c->tick);
    mptcp_clock_set(c, now);
    int why = apply(c, a, n, result);
    if (why != MPTCP_OK) {
        mptcp_clock_back(c, before);
        return why;
    }
    return mptcp_settled(c);
}
