/*
 * offer.h - floor 2: fills the view that a scheduler is shown (mptcp/scheduler.h): the octets that
 * may be sent next, and how many of them each subflow can take. Nothing here changes the
 * connection.
 */
#ifndef MPTCP_TABLES_OFFER_H
#define MPTCP_TABLES_OFFER_H

#include "mptcp/scheduler.h"
#include "tables/block.h"
#include "tables/unheld.h"

struct mptcp_offer {
    struct mptcp_sched_view v; /* the first member: a pointer to it is one to the offer */
    const struct mptcp_conn *c;
};

/* True if the scheduler may ask to send octets again that are not due for reinjection, and some
 * octets are not DATA_ACKed (fewer than 2^32). It is then asked even if nothing else can be sent.
 */
MPTCP_INLINE bool mptcp_offer_possible(const struct mptcp_conn *c)
{
    return c->top > 1 && (uint32_t)c->snd_una.v != (uint32_t)c->snd_nxt.v &&
           (mptcp_schedulers[c->scheduler]->flags & MPTCP_SCHED_SENDS_AGAIN) != 0;
}

/* Fills the members of the view that the core itself reads ... */
MPTCP_INLINE void mptcp_offer_begin(const struct mptcp_conn *c, struct mptcp_offer *o)
{
    o->v.unsent = mptcp_span(c->snd_nxt, c->snd_end);
    o->v.in_flight = mptcp_span(c->snd_una, c->snd_nxt);
    o->v.window = mptcp_span(c->snd_una, c->snd_edge);
    o->v.n = c->top;
    o->c = c;
}
/* ... and the others, which only a scheduler reads. */
void mptcp_offer_show(struct mptcp_offer *o);
/* Offers the next octets that are due for reinjection, since no healthy subflow holds them. False:
 * there are none. */
bool mptcp_offer_due(struct mptcp_offer *o);
/* Offers octets that were never given to a subflow, as many as the shared window allows. False:
 * none are allowed. */
MPTCP_INLINE bool mptcp_offer_new(struct mptcp_offer *o)
{
    uint32_t window = o->v.window > o->v.in_flight ? o->v.window - o->v.in_flight : 0;

    o->v.at = o->v.in_flight;
    o->v.wanted = o->v.unsent;
    o->v.allowed = window < o->v.unsent ? window : o->v.unsent;
    o->v.again = 0;
    return o->v.allowed > 0;
}
/* Offers to send len octets again that begin `at` octets after SND.UNA. False: not all of them were
 * sent before, or nothing may be reinjected (fb.may_resend). */
bool mptcp_offer_again(struct mptcp_offer *o, uint32_t at, uint32_t len);

/* True if data may be given to subflow i: it is usable, or a server sends before the third ACK, and
 * the peer still reads on it. */
MPTCP_INLINE bool mptcp_offer_usable(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (!sf_usable(s) && (s->state != SF_SYN_RCVD || (c->bits & BIT_FAST_OPEN) == 0)) {
        return false;
    }
    /* A peer that sent a FIN on one of several subflows does not read on it any more. If no other
     * subflow works, its FIN only closed the peer's direction, and it still reads. */
    return (s->flags & SF_FIN_RECEIVED) == 0 || c->phase != PHASE_MPTCP ||
           !mptcp_works_without(c, i);
}

/* Returns how many octets both the TCP of s and the peer's window for s allow now. */
uint32_t mptcp_offer_spare(const struct mptcp_subflow *s);

/* Returns how many of the offered octets subflow i, which must be usable, can take now. */
uint32_t mptcp_offer_takes(const struct mptcp_offer *o, unsigned i);

/* Fills *path for subflow i: the function `path` of the view (mptcp/scheduler.h). */
void mptcp_offer_path(const struct mptcp_sched_view *v, unsigned i, struct mptcp_sched_path *path);

#endif
