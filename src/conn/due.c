/*
 * due.c - what is due: one predicate per action, asked by mptcp_want, mptcp_poll and mptcp_done
 * alike, so that they cannot disagree. Nothing here changes anything.
 *
 * The order of urgency is the order of enum mptcp_action_type: actions that free or end something
 * come before those that add something, and events come last, when everything that they imply has
 * been done.
 *
 * Three members defer what is due, each until a deadline that mptcp_deadline returns: conn.later,
 * types of action that the host could not do; SF_LATER, a subflow to which it could give no octets;
 * subflow.hold, an ACK that it has been told to send.
 *
 * In mid-transfer only the actions that move data are due. mptcp_only_stream finds that out from a
 * few members instead of all predicates, and BIT_ONLY_STREAM stores its answer from one input or
 * commit to the next; the simulators compare both with all predicates after every step.
 */
#include "conn/out.h"
#include "tables/in_step.h"
#include "wire/apart.h"
#include "wire/mem.h"
#include "wire/reset_reason.h"

int mptcp_reset_code(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    return (s->flags & SF_RESET) != 0 ? s->code : mptcp_close_by_reset(c, i);
}

/* True if subflow i is to be reset; *a then says why. */
static bool reset_due(const struct mptcp_conn *c, unsigned i, struct mptcp_action *a)
{
    int code = sf_live(subflow_at(c, i)) ? mptcp_reset_code(c, i) : MPTCP_OK;
    if (code == MPTCP_OK) {
        return false;
    }
    a->code = code;
    a->reason = (uint8_t)mptcp_reset_reason(code);
    return true;
}

/* True if the host's receive queue of s holds octets that are delivered or duplicates; sets *a. */
static bool release_due(const struct mptcp_subflow *s, struct mptcp_action *a)
{
    if (!mptcp_ssn_before(s->released, s->rcv_done)) {
        return false;
    }
    a->ssn = s->released;
    a->keep = s->rcv_done;
    a->len = (uint32_t)mptcp_ssn_diff(s->rcv_done, s->released);
    return true;
}

bool mptcp_ack_due(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if ((s->state != SF_OPEN && s->state != SF_PRE) || (s->flags & SF_RESET) != 0 ||
        c->tick < s->hold) {
        return false;
    }
    if (mptcp_ack_owed(c, i)) {
        return true;
    }
    for (unsigned k = 0; k < MPTCP_SIGNALS; k++) {
        if (mptcp_signal_level(&mptcp_signals[k], c, i) == SIGNAL_DUE) {
            return true;
        }
    }
    return false;
}

/* True if an action of this type, one of PER_SUBFLOW, is due on subflow i; sets members of *a. */
static bool subflow_due(const struct mptcp_conn *c, unsigned type, unsigned i,
                        struct mptcp_action *a)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    switch (type) {
    case MPTCP_RESET_SUBFLOW:
        return reset_due(c, i, a);
    case MPTCP_RELEASE:
        return release_due(s, a);
    case MPTCP_SEND_ACK:
        return mptcp_ack_due(c, i);
    case MPTCP_PROBE:
        return sf_live(s) && (s->flags & SF_PROBE_DUE) != 0;
    default:
        return mptcp_close_due(c, i);
    }
}

/* True if the host's send buffer holds octets that are not needed any more (D-16); sets *a. */
static bool free_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (!mptcp_dsn_before(c->freed, c->free_to)) {
        return false;
    }
    a->dsn = c->free_to;
    a->len = (uint32_t)mptcp_dsn_diff(c->free_to, c->freed);
    return true;
}

#define PER_SUBFLOW                                                                             \
    (MPTCP_WANT(MPTCP_RESET_SUBFLOW) | MPTCP_WANT(MPTCP_RELEASE) | MPTCP_WANT(MPTCP_SEND_ACK) | \
     MPTCP_WANT(MPTCP_PROBE) | MPTCP_WANT(MPTCP_CLOSE_SUBFLOW))

/* True if octets are to be delivered, in plain TCP or MPTCP; sets *a. */
static bool deliver_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (is_plain(c)) {
        return mptcp_plain_deliver_due(c, a);
    }
    return c->received.queue != RUN_NONE && mptcp_deliver_due(c, a);
}

/* True if an action of this type, not one of PER_SUBFLOW, is due; sets members of *a. */
static bool common_due(const struct mptcp_conn *c, unsigned type, struct mptcp_action *a)
{
    switch (type) {
    case MPTCP_DELIVER:
        return deliver_due(c, a);
    case MPTCP_FREE:
        return free_due(c, a);
    case MPTCP_SEND:
        return mptcp_send_due(c, a);
    case MPTCP_LISTEN:
        return mptcp_pm_listen_due(c, a);
    case MPTCP_UNLISTEN:
        return mptcp_pm_unlisten_due(c, a);
    case MPTCP_CONNECT:
        return mptcp_pm_connect_due(c, a);
    default:
        return mptcp_event_due(c, a);
    }
}

/* True if an action of this type is due, on whatever subflow; sets members of *a. */
static bool due(const struct mptcp_conn *c, unsigned type, struct mptcp_action *a)
{
    if ((MPTCP_WANT(type) & PER_SUBFLOW) == 0) {
        return common_due(c, type, a);
    }
    for (unsigned i = 0; i < c->top; i++) {
        if (subflow_due(c, type, i, a)) {
            a->sf = handle_of(c, i);
            return true;
        }
    }
    return false;
}

bool mptcp_still_due(const struct mptcp_conn *c, const struct mptcp_action *a,
                     struct mptcp_action *now)
{
    if ((MPTCP_WANT(a->type) & PER_SUBFLOW) != 0) {
        return slot_of(c, a->sf) >= 0 && subflow_due(c, a->type, a->sf & 0xffu, now) &&
               mptcp_ssn_eq(now->ssn, a->ssn);
    }
    /* For MPTCP_FREE the DSN may have grown since the poll; mptcp_done compares it. */
    bool same =
        common_due(c, a->type, now) && (a->type == MPTCP_FREE || mptcp_dsn_eq(now->dsn, a->dsn));
    return same && now->sf == a->sf && mptcp_ssn_eq(now->ssn, a->ssn) && now->event == a->event &&
           now->addr_id == a->addr_id && now->remote_id == a->remote_id;
}

bool mptcp_paths_quiet(const struct mptcp_conn *c)
{
    struct mptcp_action a;
    return c->timer[DUE_CONNECT] == IDLE && mptcp_pm_signal(c) == 0 && mptcp_pm_news(c) == NULL &&
           !mptcp_pm_listen_due(c, &a) && !mptcp_pm_unlisten_due(c, &a) &&
           !mptcp_pm_connect_due(c, &a);
}

/* True if only the stream can be due on this subflow: it is open and reported, needs no reset, FIN,
 * probe or signal, and every ACK that TCP has sent on it carried the DATA_ACK. */
static bool is_still(const struct mptcp_subflow *s)
{
    unsigned flags = s->flags & (SF_RESET | SF_FIN_RECEIVED | SF_TOLD | SF_PROBE_DUE | SF_LEAVING);

    return flags == SF_TOLD && s->signal == 0 && s->state == SF_OPEN &&
           mptcp_ssn_eq(s->ack_told, s->ack_sent);
}

/* True if, apart from its subflows, only the stream can be due on the connection: no event, signal,
 * DATA_FIN, path manager or deferred action. */
static bool is_at_rest(const struct mptcp_conn *c)
{
    unsigned bits = c->bits & OTHER_DUE_BITS;
    unsigned events = c->events & OTHER_DUE_EVENTS;
    bool open = c->phase == PHASE_MPTCP || c->phase == PHASE_PLAIN;

    return open && (bits | events | c->later | c->fb.fail_due) == 0 &&
           (!is_shut(c) || !mptcp_dsn_eq(c->snd_nxt, c->snd_end));
}

/* The whole answer: the connection is at rest, each subflow is still, and no DATA_ACK is missing.
 */
bool mptcp_only_stream(const struct mptcp_conn *c)
{
    if (!is_at_rest(c)) {
        return false;
    }
    const struct mptcp_subflow *s = subflow_at(c, 0);
    for (unsigned n = c->top; n > 0; n--, s++) {
        if (!is_still(s) && s->state != SF_FREE) {
            return false;
        }
    }
    return !mptcp_ack_unsaid(c);
}

#define ALL (2u * MPTCP_WANT(MPTCP_EVENT) - MPTCP_WANT(MPTCP_RESET_SUBFLOW))

/* The types of action that may be due now, as MPTCP_WANT bits: those that move data if
 * BIT_ONLY_STREAM is set, else all that are not deferred. */
static unsigned asked(const struct mptcp_conn *c)
{
    return (c->bits & BIT_ONLY_STREAM) != 0 ? ACTIONS_OF_STREAM : ALL & ~(unsigned)c->later;
}

/* Returns the type of the first of ACTIONS_OF_STREAM that is due, and sets *a; or MPTCP_NOTHING. */
static unsigned first_of_stream(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (deliver_due(c, a)) {
        return MPTCP_DELIVER;
    }
    if (due(c, MPTCP_RELEASE, a)) {
        return MPTCP_RELEASE;
    }
    if (free_due(c, a)) {
        return MPTCP_FREE;
    }
    bool possible = mptcp_send_pending(c) || mptcp_offer_possible(c);
    return possible && mptcp_send_due(c, a) ? MPTCP_SEND : MPTCP_NOTHING;
}

/* Returns the first of these types of action that is due, and sets *a; or MPTCP_NOTHING. */
static MPTCP_APART unsigned first_due(const struct mptcp_conn *c, unsigned types,
                                      struct mptcp_action *a)
{
    for (unsigned type = MPTCP_RESET_SUBFLOW; types >> type != 0; type++) {
        if ((types & MPTCP_WANT(type)) != 0 && due(c, type, a)) {
            return type;
        }
    }
    return MPTCP_NOTHING;
}

unsigned mptcp_due_of(const struct mptcp_conn *c, unsigned types)
{
    struct mptcp_action a;
    unsigned mask = 0;

    for (unsigned type = MPTCP_RESET_SUBFLOW; types >> type != 0; type++) {
        mask |= (types & MPTCP_WANT(type)) != 0 && due(c, type, &a) ? MPTCP_WANT(type) : 0;
    }
    return mask;
}

unsigned mptcp_want(const struct mptcp_conn *c)
{
    return c != NULL ? mptcp_due_of(c, asked(c)) : 0;
}

int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (a == NULL) {
        return 0;
    }
    memset(a, 0, sizeof *a);
    if (c == NULL) {
        return 0;
    }
    a->type =
        (uint8_t)((c->bits & BIT_ONLY_STREAM) != 0 ? first_of_stream(c, a)
                                                   : first_due(c, ALL & ~(unsigned)c->later, a));
    return a->type != MPTCP_NOTHING;
}
