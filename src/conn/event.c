/*
 * event.c - which event is to be reported to the application next: one that has happened and was
 * not reported yet. Order: open, fallback, subflows, addresses, end of the peer's data (after the
 * last octet was delivered), closed, end (after every queue was released).
 */
#include "conn/conn.h"

/* Sets *a to this event; returns true, for the caller to return. */
static bool say(struct mptcp_action *a, unsigned event, int code)
{
    a->event = (uint8_t)event;
    a->code = code;
    return true;
}

/* True if an open subflow was not reported yet; sets *a. */
static bool subflow_news(const struct mptcp_conn *c, struct mptcp_action *a)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (s->state == SF_OPEN && (s->flags & (SF_TOLD | SF_RESET)) == 0 &&
            c->phase != PHASE_OPENING) {
            a->sf = handle_of(c, i);
            return say(a, MPTCP_EV_SUBFLOW, 0);
        }
    }
    return false;
}

/* True if the end of a subflow was not reported yet; sets *a. */
static bool gone_news(const struct mptcp_conn *c, struct mptcp_action *a)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (s->state == SF_GONE && (s->flags & SF_NEWS) != 0) {
            a->sf = handle_of(c, i);
            a->reason = s->reason;
            a->transient = (s->flags & SF_TRANSIENT) != 0;
            return say(a, MPTCP_EV_SUBFLOW_GONE, s->code);
        }
    }
    return false;
}

/* True if an announced or removed address of the peer's was not reported yet; sets *a. */
static bool address_news(const struct mptcp_conn *c, struct mptcp_action *a)
{
    const struct mptcp_addr_slot *r = mptcp_pm_news(c);
    if (r == NULL) {
        return false;
    }
    a->addr_id = r->id;
    bool gone = (r->flags & MARK_REMOVED) != 0;
    return say(a, gone ? MPTCP_EV_ADDRESS_GONE : MPTCP_EV_ADDRESS, 0);
}

/* True if no subflow has a slot and the host has freed its send buffer, so that the end may be
 * reported. */
static bool all_quiet(const struct mptcp_conn *c)
{
    return c->top == 0 && !mptcp_dsn_before(c->freed, c->free_to);
}

bool mptcp_event_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if ((c->events & (HAPPENED_OPEN | HAPPENED_FALLBACK)) != 0) {
        bool open = (c->events & HAPPENED_OPEN) != 0;
        return say(a, open ? MPTCP_EV_OPEN : MPTCP_EV_FALLBACK, c->fallback);
    }
    if (subflow_news(c, a) || gone_news(c, a) || address_news(c, a)) {
        return true;
    }
    if ((c->events & HAPPENED_EOF) != 0 && mptcp_dsn_eq(c->rcv_delivered, c->rcv_fin)) {
        return say(a, MPTCP_EV_EOF, 0);
    }
    if ((c->events & (HAPPENED_EOF | HAPPENED_CLOSED)) == HAPPENED_CLOSED) {
        return say(a, MPTCP_EV_CLOSED, 0);
    }
    if ((c->events & HAPPENED_END) != 0 && all_quiet(c)) {
        return say(a, MPTCP_EV_END, c->error != 0 ? c->error : MPTCP_E_CLOSED);
    }
    return false;
}

void mptcp_event_taken(struct mptcp_conn *c, const struct mptcp_action *a)
{
    if (a->event == MPTCP_EV_SUBFLOW) {
        subflow_at(c, a->sf & 0xffu)->flags |= SF_TOLD;
        return;
    }
    if (a->event == MPTCP_EV_SUBFLOW_GONE) {
        struct mptcp_subflow *s = subflow_at(c, a->sf & 0xffu);
        s->flags &= ~(uint32_t)SF_NEWS;
        mptcp_subflow_drain(c, s);
        return;
    }
    if (a->event == MPTCP_EV_ADDRESS || a->event == MPTCP_EV_ADDRESS_GONE) {
        mptcp_pm_told(c, a->addr_id);
        return;
    }
    c->events &= (uint16_t) ~(1u << a->event);
}
