/*
 * check.h - for the simulators: what a connection keeps although it could be computed, computed
 * from scratch. Looks into the block.
 */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include "conn/out.h"
#include "mptcp/why.h"

/* Something that is due is hidden until a deadline. */
static inline bool check_hides(const struct mptcp_conn *c)
{
    bool any = c->later != 0;

    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        any |= sf_live(s) && (s->flags & SF_RESET) == 0 &&
               (s->hold > c->tick || (s->flags & SF_LATER) != 0);
    }
    return any;
}

/* A signal wants to leave where nothing but the stream is said to be due. */
static inline bool check_forgets_signal(const struct mptcp_conn *c)
{
    bool any = false;

    for (unsigned i = 0; i < c->top && (c->bits & BIT_ONLY_STREAM) != 0; i++) {
        for (unsigned k = 0; k < MPTCP_SIGNALS && !mptcp_repeats_keys(c, subflow_at(c, i)); k++) {
            any |= mptcp_signal_level(&mptcp_signals[k], c, i) != SIGNAL_NONE;
        }
    }
    return any;
}

/* The bits of either direction's end are none of the stages that there are. */
static inline bool check_lost_stage(const struct mptcp_conn *c)
{
    unsigned out = mptcp_sending(c);
    unsigned in = mptcp_receiving(c);
    bool sending = out == SENDING_OPEN || out == SENDING_SHUT || out == SENDING_FIN_DUE ||
                   out == SENDING_FIN_SENT || out == SENDING_FIN_AGAIN;

    return !sending || (in != RECEIVING_OPEN && in != RECEIVING_TO_FIN && in != RECEIVING_ENDED);
}

/* A choice that is no wait, or that has a witness: usable, heard, with octets in flight. */
static inline bool check_witness(const struct mptcp_conn *c, struct mptcp_offer *o)
{
    struct mptcp_sched_choice choice;

    if (mptcp_send_choice(o, &choice) != 0 || choice.what != MPTCP_SCHED_WAIT) {
        return true;
    }
    if (choice.other >= c->top || !mptcp_offer_usable(c, choice.other)) {
        return false;
    }
    const struct mptcp_subflow *s = subflow_at(c, choice.other);
    return !sf_avoided(s) && mptcp_ssn_before(s->snd_una, s->snd_nxt);
}

/* Whatever its scheduler waits for, comes. */
static inline bool check_waits(const struct mptcp_conn *c)
{
    struct mptcp_offer o;

    if (c->phase != PHASE_MPTCP) {
        return true;
    }
    mptcp_offer_begin(c, &o);
    if (mptcp_offer_due(&o) && !check_witness(c, &o)) {
        return false;
    }
    return (!mptcp_offer_new(&o) && !mptcp_offer_possible(c)) || check_witness(c, &o);
}

/* The questions of mptcp/why.h see no obstacle exactly where something is due. */
static inline bool check_reasons(const struct mptcp_conn *c)
{
    unsigned due = mptcp_due_of(c, MPTCP_WANT(MPTCP_SEND) | MPTCP_WANT(MPTCP_CONNECT));
    int send = mptcp_why_not_sending(c, MPTCP_SF_NONE, NULL);
    int join = mptcp_why_not_joining(c, MPTCP_ANY_ID, MPTCP_ANY_ID, NULL);

    return (send == MPTCP_OK) == ((due & MPTCP_WANT(MPTCP_SEND)) != 0) &&
           (join == MPTCP_OK) == ((due & MPTCP_WANT(MPTCP_CONNECT)) != 0);
}

/* What is wrong, NULL if nothing is. */
static inline const char *check_block(const struct mptcp_conn *c)
{
    struct mptcp_action a;
    unsigned due = mptcp_due_of(c, 0x1ffeu & ~(unsigned)c->later);

    if (mptcp_want(c) != due) {
        return "an action is due that mptcp_want does not tell, or the reverse";
    }
    if ((mptcp_poll(c, &a) != 0 ? MPTCP_WANT(a.type) : 0u) != (due & (0u - due))) {
        return "mptcp_poll does not give the most head action";
    }
    if (((c->bits & BIT_ONLY_STREAM) != 0) != mptcp_only_stream(c)) {
        return "BIT_ONLY_STREAM does not say what mptcp_only_stream does";
    }
    if ((c->bits & BIT_PATHS) == 0 && !mptcp_paths_quiet(c)) {
        return "the path manager wants something, and BIT_PATHS does not say so";
    }
    if (check_forgets_signal(c)) {
        return "a signal is due where BIT_ONLY_STREAM says that there is none";
    }
    if (check_lost_stage(c)) {
        return "a direction's end is in no stage";
    }
    if (check_hides(c) && mptcp_deadline(c) == MPTCP_NEVER) {
        return "what is put off has no deadline";
    }
    if (!check_waits(c)) {
        return "the scheduler waits, and has no witness";
    }
    if (!check_reasons(c)) {
        return "nothing is in the way, and nothing is due, or the reverse";
    }
    return NULL;
}

#endif
