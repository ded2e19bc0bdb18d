/*
 * commit.c - what the host really did of an action.
 *
 * An action is committed against the state as it is now: if the same action
 * is not due any more, or names other octets, it is stale and nothing moves. So does nothing of a
 * commit that is refused: what can be wrong with it is looked at first.
 *
 * What the host could not do now, or at all, is never due again at once. It counts as a try where
 * tries are counted (a subflow that was to be opened); an address where nobody can listen is not
 * announced; everything else is put off until a deadline:
 *
 *   SEND       on this subflow, also until a report of more room (SF_LATER)
 *   SEND_ACK   on this subflow: whatever the host says, the ACK is promised for a moment (hold)
 *   CONNECT    all of them (DUE_CONNECT)
 *   others     all of their type (conn.later)
 */
#include "conn/conn.h"
#include "tables/order.h"

#define LATER_US 10000

static void deliver_done(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_action *due, uint32_t n)
{
    bool front = mptcp_ssn_eq(due->ssn, s->rcv_done);
    mptcp_delivered(c, n);
    mptcp_close_reached(c); /* octets of a run that another one had overtaken */
    /* The host has let go of what it delivered from the front of its queue. */
    if (front && mptcp_ssn_before(s->released, s->rcv_done)) {
        mptcp_ssn keep = mptcp_ssn_add(due->ssn, n);
        s->released = mptcp_ssn_before(s->rcv_done, keep) ? s->rcv_done : keep;
    }
    mptcp_subflow_drain(c, s);
}

#define FAR_BEHIND 0x10000000000ll /* 2^40 octets */

/* The DSNs of runs are told apart within 2^41 octets of the newest: a subflow that has acknowledged
 * nothing while so much went on others is reset. */
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

static void subflow_connected(struct mptcp_conn *c, const struct mptcp_action *a)
{
    struct mptcp_subflow *s = mptcp_subflow_open(c, a->sf & 0xffu, SF_SYN_SENT);

    s->local_id = a->addr_id;
    s->remote_id = a->remote_id;
    s->local_port = a->local.port;
    s->remote_port = a->remote.port;
    s->local_nonce = mptcp_join_nonce(c);
    s->flags |= SF_OURS | (a->backup ? SF_BACKUP : 0u);
    const struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), a->addr_id);
    s->cost = (l->flags & MPTCP_ADDR_METERED) != 0;
}

static void connect_done(struct mptcp_conn *c, const struct mptcp_action *a,
                         enum mptcp_result result)
{
    if (result == MPTCP_LATER) {
        c->timer[DUE_CONNECT] = from_now(c, LATER_US);
    } else if (result == MPTCP_FAILED) {
        mptcp_pm_connect_failed(c, a);
    } else {
        mptcp_pm_connected(c, a);
        subflow_connected(c, a);
    }
}

static void listen_done(struct mptcp_conn *c, const struct mptcp_action *a,
                        enum mptcp_result result)
{
    struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), a->addr_id);

    if (result == MPTCP_DONE) {
        l->flags |= ADDR_LISTENING | ADDR_SIGNAL;
        mptcp_paths_changed(c);
    } else {
        /* An address where nobody listens is not announced. */
        l->flags &= (uint16_t)~MPTCP_ADDR_ANNOUNCE;
    }
}

static void unlisten_done(struct mptcp_conn *c, const struct mptcp_action *a)
{
    struct mptcp_addr_slot *l = mptcp_addr_find(c, local_at(c, 0), a->addr_id);

    l->flags &= (uint16_t)~ADDR_LISTENING;
    mptcp_paths_changed(c);
}

/* What leaves by itself may have left already: no matter. */
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
        return MPTCP_OK;
    }
    /* If it has not left, it is promised. */
    s->hold = mptcp_ack_due(c, a->sf & 0xffu) ? from_now(c, LATER_US) : 0;
    return MPTCP_OK;
}

/* Its octets are counted: some of them may be done. */
static bool is_counted(unsigned type)
{
    return type == MPTCP_DELIVER || type == MPTCP_SEND;
}

/* Those that have a way of their own to wait, or another meaning of failing. */
#define OWN_WAY (MPTCP_WANT(MPTCP_SEND_ACK) | MPTCP_WANT(MPTCP_CONNECT))

/* The host can't, and the action is to be hidden for a moment. */
static bool is_put_off(const struct mptcp_action *a, uint32_t n, enum mptcp_result result)
{
    if ((MPTCP_WANT(a->type) & OWN_WAY) != 0 ||
        (a->type == MPTCP_LISTEN && result == MPTCP_FAILED)) {
        return false;
    }
    return result != MPTCP_DONE || (is_counted(a->type) && n == 0);
}

static void put_off(struct mptcp_conn *c, const struct mptcp_action *a)
{
    if (a->type == MPTCP_SEND) {
        subflow_at(c, a->sf & 0xffu)->flags |= SF_LATER;
    } else {
        c->later |= (uint16_t)MPTCP_WANT(a->type);
    }
    c->timer[DUE_LATER] = earlier(c->timer[DUE_LATER], from_now(c, LATER_US));
}

/* Why it can't be committed; `due` is what it would be polled as now, n what was done of it. */
static int refusal(const struct mptcp_conn *c, const struct mptcp_action *a,
                   const struct mptcp_action *due, uint32_t n)
{
    switch (a->type) {
    case MPTCP_DELIVER:
    case MPTCP_SEND:
        return n > due->len ? MPTCP_E_ARGUMENT : MPTCP_OK;
    case MPTCP_RELEASE: /* less than what there is by now may have been let go */
        return mptcp_ssn_before(due->keep, a->keep) || mptcp_ssn_before(a->keep, due->ssn)
                   ? MPTCP_E_STALE
                   : MPTCP_OK;
    case MPTCP_FREE:
        return mptcp_dsn_before(due->dsn, a->dsn) || !mptcp_dsn_before(c->freed, a->dsn)
                   ? MPTCP_E_STALE
                   : MPTCP_OK;
    default:
        return MPTCP_OK;
    }
}

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
    case MPTCP_FREE:
        c->freed = a->dsn;
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

int mptcp_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now)
{
    struct mptcp_action due = {0};

    if (a == NULL || a->type == MPTCP_NOTHING || a->type > MPTCP_EVENT ||
        (unsigned)result > MPTCP_FAILED || (is_counted(a->type) && n > a->len)) {
        return MPTCP_E_ARGUMENT;
    }
    int refused = call_refused(c, now);
    if (refused != MPTCP_OK) {
        return refused;
    }
    bool later = is_put_off(a, n, result);
    if (a->type == MPTCP_SEND_ACK || (a->type == MPTCP_PROBE && !later)) {
        int why = ack_done(c, a, now);
        return why != MPTCP_OK ? why : mptcp_end_call(c);
    }
    if (!mptcp_still_due(c, a, &due)) {
        return MPTCP_E_STALE;
    }
    int why = later ? MPTCP_OK : refusal(c, a, &due, n);
    if (why != MPTCP_OK) {
        return why;
    }
    mptcp_clock_set(c, now);
    if (later) {
        put_off(c, a);
    } else {
        apply(c, a, &due, n, result);
    }
    bool stream = (MPTCP_WANT(a->type) & ACTIONS_OF_STREAM) != 0 && !later;
    return stream ? mptcp_end_stream_call(c, NULL, a->type == MPTCP_SEND) : mptcp_end_call(c);
}
