/*
 * offer.h - floor 2: octets that might go next, and what each subflow could take of them, as a
 * scheduler is shown both (mptcp/scheduler.h). Questions only.
 */
#ifndef MPTCP_TABLES_OFFER_H
#define MPTCP_TABLES_OFFER_H

#include "mptcp/scheduler.h"
#include "tables/block.h"
#include "tables/unheld.h"

struct mptcp_offer {
    struct mptcp_sched_view v; /* the first member */
    const struct mptcp_conn *c;
};

/* Octets that are not due again may go, though nothing else can; and there are such. */
MPTCP_INLINE bool mptcp_offer_possible(const struct mptcp_conn *c)
{
    return c->snd_una.v != c->snd_nxt.v &&
           (mptcp_schedulers[c->scheduler]->flags & MPTCP_SCHED_SENDS_AGAIN) != 0;
}

/* What the core itself needs to know of the stream ... */
MPTCP_INLINE void mptcp_offer_begin(const struct mptcp_conn *c, struct mptcp_offer *o)
{
    o->v.unsent = mptcp_span(c->snd_nxt, c->snd_end);
    o->v.in_flight = mptcp_span(c->snd_una, c->snd_nxt);
    o->v.window = mptcp_span(c->snd_una, c->snd_edge);
    o->v.n = c->top;
    o->c = c;
}
/* ... and what else a scheduler does. */
void mptcp_offer_show(struct mptcp_offer *o);
/* Octets that no healthy subflow holds; false: there are none. */
bool mptcp_offer_due(struct mptcp_offer *o);
/* Octets that were never given, as many as the window lets go; false: none. */
MPTCP_INLINE bool mptcp_offer_new(struct mptcp_offer *o)
{
    uint32_t window = o->v.window > o->v.in_flight ? o->v.window - o->v.in_flight : 0;

    o->v.at = o->v.in_flight;
    o->v.wanted = o->v.unsent;
    o->v.allowed = window < o->v.unsent ? window : o->v.unsent;
    o->v.again = 0;
    return o->v.allowed > 0;
}
/* len octets from `at` octets after SND.UNA on; false: they were not given before, or may not go
 * again. */
bool mptcp_offer_again(struct mptcp_offer *o, uint32_t at, uint32_t len);

/* Data may be given to subflow i. */
MPTCP_INLINE bool mptcp_offer_usable(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (!sf_usable(s) && (s->state != SF_SYN_RCVD || (c->bits & BIT_FAST_OPEN) == 0)) {
        return false;
    }
    /* Whoever closed a subflow of several reads it no more; if none works any more that he left
     * open, he has closed his direction alone. */
    return (s->flags & SF_FIN_RECEIVED) == 0 || c->phase != PHASE_MPTCP ||
           !mptcp_works_without(c, i);
}

/* How many octets of what is offered subflow i, which is usable, takes now. */
uint32_t mptcp_offer_takes(const struct mptcp_offer *o, unsigned i);

/* What a scheduler asks (mptcp/scheduler.h). */
void mptcp_offer_path(const struct mptcp_sched_view *v, unsigned i, struct mptcp_sched_path *path);

#endif
