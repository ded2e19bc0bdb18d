/*
 * why.c - why nothing is sent, and what the host has left out (mptcp/why.h). Nothing is decided
 * here: the questions are those of due.c and of tables/offer.h, asked one by one.
 */
#include "conn/why.h"
#include "tables/in_step.h"
#include "tables/offer.h"
#include "tables/sent.h"
#include "wire/mem.h"

#define OVERDUE_US 500000u

int mptcp_why_not_open(const struct mptcp_conn *c)
{
    switch (c->subflows == 0 ? PHASE_NEW : c->phase) {
    case PHASE_NEW:
        return MPTCP_E_NOT_OPEN;
    case PHASE_OPENING:
        return MPTCP_E_OPENING;
    case PHASE_ABORTING:
        return MPTCP_E_ABORTED;
    case PHASE_ENDED:
        return c->error != MPTCP_OK ? c->error : MPTCP_E_CLOSED;
    default:
        return MPTCP_OK;
    }
}

/* True if mptcp_sent was called for s, as far as can be seen: its SYN or SYN/ACK was timed. Where
 * the host tells the RTT that may be before the first one; then it shows only in a client, when the
 * server has keys (C-17) that nobody says have left. */
static bool was_sent(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    bool keys = (c->bits & (BIT_CLIENT | BIT_FULLY | BIT_SHUTDOWN)) == (BIT_CLIENT | BIT_FULLY) &&
                (s->flags & (SF_INITIAL | SF_KEYS_SENT)) == SF_INITIAL;

    return s->rtt_ssn.v != 0 || (c->bits & BIT_STATELESS) != 0 ||
           ((s->flags & SF_RTT_TOLD) != 0 && !keys);
}

/* True if for OVERDUE_US the peer's TCP has acknowledged nothing on s. */
static bool is_late(const struct mptcp_conn *c, const struct mptcp_subflow *s, mptcp_time now)
{
    mptcp_time progress = mptcp_clock_time(c, s->progress);
    return progress < now && now - progress >= OVERDUE_US;
}

/* True if mptcp_sent was never called for s, although the peer has acknowledged octets; or
 * although, after OVERDUE_US without that, some are in flight, or half the receive buffer has come.
 */
static bool is_unsent(const struct mptcp_conn *c, const struct mptcp_subflow *s, mptcp_time now)
{
    mptcp_ssn first = mptcp_ssn_of(1);
    bool late = is_late(c, s, now);
    bool out = mptcp_ssn_before(first, s->snd_una) || (late && mptcp_ssn_before(first, s->snd_nxt));
    bool in = late && s->rtt_ssn.v == 0 && mptcp_ssn_eq(s->ack_sent, first) &&
              (uint32_t)mptcp_ssn_diff(s->rcv_nxt, first) > c->rcv_buf / 2;
    bool stateless = (c->bits & BIT_STATELESS) != 0;

    return s->state == SF_OPEN && ((out && !was_sent(c, s)) || (in && !stateless));
}

/* Why subflow s, whose TCP has told `room`, can take no octets: its TCP, or the peer's window for
 * it, whichever is less. */
static int narrow(const struct mptcp_subflow *s)
{
    int32_t window = mptcp_ssn_diff(s->snd_edge, s->snd_nxt);

    if (window < (int32_t)s->room) {
        return MPTCP_E_SUBFLOW_WINDOW;
    }
    return (s->flags & SF_PATH_TOLD) != 0 ? MPTCP_E_NO_ROOM : MPTCP_E_NO_PATH;
}

/* Why subflow i does not take what *o offers; SCHEDULER if it could. */
static int why_not_on(const struct mptcp_offer *o, unsigned i)
{
    const struct mptcp_conn *c = o->c;
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (!mptcp_offer_usable(c, i)) {
        bool opens = s->state != SF_OPEN && (s->flags & SF_RESET) == 0;
        return opens ? MPTCP_E_OPENING : MPTCP_E_CLOSING;
    }
    if (is_unsent(c, s, mptcp_clock_time(c, c->tick))) {
        return MPTCP_E_NOT_SENT;
    }
    if (o->v.allowed == 0) {
        return MPTCP_E_WINDOW;
    }
    if (mptcp_offer_takes(o, i) > 0) {
        return (s->flags & SF_SILENT) != 0 ? MPTCP_E_SILENT : MPTCP_E_SCHEDULER;
    }
    if ((s->flags & SF_LATER) != 0) {
        return MPTCP_E_LATER;
    }
    if ((s->flags & SF_SILENT) != 0) {
        return MPTCP_E_SILENT;
    }
    bool place = is_plain(c) || mptcp_sent_room(c, i, mptcp_dsn_add(c->snd_una, o->v.at));
    return place ? narrow(s) : MPTCP_E_FULL;
}

/* How near to sending a subflow is that does not send for this reason: the lower, the nearer. */
static unsigned distance(int code)
{
    static const int8_t order[] = {MPTCP_E_NOT_SENT, MPTCP_E_WINDOW,         MPTCP_E_NO_PATH,
                                   MPTCP_E_NO_ROOM,  MPTCP_E_SUBFLOW_WINDOW, MPTCP_E_LATER,
                                   MPTCP_E_FULL,     MPTCP_E_SCHEDULER,      MPTCP_E_SILENT,
                                   MPTCP_E_CLOSING,  MPTCP_E_OPENING};
    return place_of(order, sizeof order, code);
}

/* Returns the living subflow that is nearest to sending, c->top if there is none; *code says why it
 * does not send. */
static unsigned nearest(const struct mptcp_offer *o, int *code)
{
    unsigned best = o->c->top;

    *code = MPTCP_E_NO_SUBFLOW;
    for (unsigned i = 0; i < o->c->top; i++) {
        if (!sf_live(subflow_at(o->c, i))) {
            continue;
        }
        int why = why_not_on(o, i);
        if (best == o->c->top || distance(why) < distance(*code)) {
            best = i;
            *code = why;
        }
    }
    return best;
}

/* The scheduler chooses no subflow, although one could take octets: says which one it waits for,
 * its witness; else the first one that can't take any. */
static int scheduler_waits(struct mptcp_offer *o, struct mptcp_where *where)
{
    struct mptcp_sched_choice choice;
    unsigned other = o->c->top;

    mptcp_send_choice(o, &choice);
    if (choice.what == MPTCP_SCHED_WAIT && choice.other < o->c->top) {
        other = choice.other;
    }
    for (unsigned i = 0; i < o->c->top && other == o->c->top; i++) {
        bool waits = mptcp_offer_usable(o->c, i) && mptcp_offer_takes(o, i) == 0;
        other = waits ? i : other;
    }
    return other < o->c->top ? at_subflow(o->c, where, other, MPTCP_E_SCHEDULER)
                             : MPTCP_E_SCHEDULER;
}

/* True if a subflow could take octets, and none is in the way of that but the scheduler. */
static bool any_could(const struct mptcp_offer *o)
{
    for (unsigned i = 0; i < o->c->top; i++) {
        if (sf_live(subflow_at(o->c, i)) && why_not_on(o, i) == MPTCP_E_SCHEDULER) {
            return true;
        }
    }
    return false;
}

/* Says when the octets that the host has put off are due again. */
static int put_off(const struct mptcp_conn *c, struct mptcp_where *where, int code)
{
    if (where != NULL && code == MPTCP_E_LATER) {
        where->when = mptcp_clock_time(c, c->timer[DUE_LATER]);
    }
    return code;
}

/* Why nothing is sent on subflow i, or on any if i is c->top; MPTCP_SEND is not due there. */
static int obstacle(const struct mptcp_conn *c, unsigned i, struct mptcp_where *where)
{
    struct mptcp_offer o;
    int code;

    memset(&o, 0, sizeof o);
    mptcp_offer_begin(c, &o);
    bool there = mptcp_offer_new(&o) || (mptcp_reinject_pending(c) && mptcp_offer_due(&o));
    if (!there && o.v.unsent == 0) {
        return MPTCP_E_NOTHING;
    }
    if (i < c->top) {
        code = why_not_on(&o, i);
        at_subflow(c, where, i, code);
        return code == MPTCP_E_SCHEDULER ? scheduler_waits(&o, where) : put_off(c, where, code);
    }
    if (any_could(&o)) {
        return scheduler_waits(&o, where);
    }
    i = nearest(&o, &code);
    return i < c->top ? put_off(c, where, at_subflow(c, where, i, code)) : code;
}

int mptcp_why_not_sending(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_where *where)
{
    struct mptcp_action a = {0};

    where_begin(where);
    if (c == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    int slot = slot_of(c, sf);
    if (sf != MPTCP_SF_NONE && (slot < 0 || !sf_live(subflow_at(c, (unsigned)slot)))) {
        return MPTCP_E_STALE;
    }
    int why = mptcp_why_not_open(c);
    bool early = why == MPTCP_E_OPENING && (c->bits & BIT_FAST_OPEN) != 0;
    if (why != MPTCP_OK && !early) {
        return why;
    }
    if (mptcp_send_due(c, &a) && (slot < 0 || a.sf == sf)) {
        return at_subflow(c, where, a.sf & 0xffu, MPTCP_OK);
    }
    return obstacle(c, slot < 0 ? c->top : (unsigned)slot, where);
}

/* --------------------------------------------------------------- what was left out */

/* True if octets have come on an open subflow, or were acknowledged a while ago. */
static bool has_moved(const struct mptcp_conn *c, const struct mptcp_subflow *s, mptcp_time now)
{
    mptcp_ssn first = mptcp_ssn_of(1);
    return s->state == SF_OPEN && (mptcp_ssn_before(first, s->rcv_nxt) ||
                                   (mptcp_ssn_before(first, s->snd_una) && is_late(c, s, now)));
}

/* What the host has left out on subflow s; MPTCP_OK: nothing. */
static int left_out(const struct mptcp_conn *c, const struct mptcp_subflow *s, mptcp_time now)
{
    if (is_unsent(c, s, now)) {
        return MPTCP_E_NOT_SENT;
    }
    if (!has_moved(c, s, now)) {
        return MPTCP_OK;
    }
    if ((s->flags & SF_ESTABLISHED) == 0) {
        return MPTCP_E_NOT_ESTABLISHED;
    }
    bool told = (s->flags & SF_PATH_TOLD) != 0;
    return told || mptcp_ssn_eq(s->snd_nxt, mptcp_ssn_of(1)) ? MPTCP_OK : MPTCP_E_NO_PATH;
}

int mptcp_neglected(const struct mptcp_conn *c, mptcp_time now, struct mptcp_where *where)
{
    where_begin(where);
    if (c == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_time deadline = mptcp_deadline(c);
    if (deadline < now && now - deadline >= OVERDUE_US) {
        return MPTCP_E_NO_TIMEOUT;
    }
    if (mptcp_dsn_diff(c->rcv_delivered, c->rcv_consumed) > c->rcv_buf - c->rcv_buf / 4) {
        return MPTCP_E_NOT_CONSUMED;
    }
    for (unsigned i = 0; i < c->top; i++) {
        int code = left_out(c, subflow_at(c, i), now);
        if (code != MPTCP_OK) {
            return at_subflow(c, where, i, code);
        }
    }
    return MPTCP_OK;
}
