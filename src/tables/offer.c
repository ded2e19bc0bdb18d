/*
 * offer.c - which octets may be sent next, and how many each subflow can take (offer.h).
 *
 * The octets that a subflow takes are limited by the application's data, the shared window, the
 * subflow's own window, and the room in its TCP. Less than a full segment is taken only if it is
 * the end of the data, or if nothing is in flight on the subflow whose acknowledgement could bring
 * more window or room (silly window avoidance, RFC 1122 s4.2.3.4).
 */
#include "tables/offer.h"
#include "tables/clock.h"
#include "tables/in_step.h"
#include "tables/sent.h"

extern MPTCP_INLINE bool mptcp_offer_possible(const struct mptcp_conn *c);

extern MPTCP_INLINE void mptcp_offer_begin(const struct mptcp_conn *c, struct mptcp_offer *o);
extern MPTCP_INLINE bool mptcp_offer_new(struct mptcp_offer *o);
extern MPTCP_INLINE bool mptcp_offer_usable(const struct mptcp_conn *c, unsigned i);

void mptcp_offer_show(struct mptcp_offer *o)
{
    o->v.una = (uint32_t)o->c->snd_una.v;
    o->v.word = o->c->word;
    o->v.resends = o->c->fb.may_resend;
    o->v.path = mptcp_offer_path;
    o->v.held = mptcp_schedulers[o->c->scheduler]->held;
}

bool mptcp_offer_due(struct mptcp_offer *o)
{
    mptcp_dsn dsn;

    if (!mptcp_unheld_next(o->c, &dsn, &o->v.wanted)) {
        return false;
    }
    o->v.at = (uint32_t)(dsn.v - o->c->snd_una.v);
    o->v.allowed = o->v.wanted;
    o->v.again = 1;
    return true;
}

bool mptcp_offer_again(struct mptcp_offer *o, uint32_t at, uint32_t len)
{
    o->v.at = at;
    o->v.wanted = o->v.allowed = len;
    o->v.again = 1;
    /* While the peer may still rely on SSNs in step, no octet goes at a new SSN (FB-4). */
    return o->c->fb.may_resend && at < o->v.in_flight && len <= o->v.in_flight - at;
}

uint32_t mptcp_offer_spare(const struct mptcp_subflow *s)
{
    int32_t edge = mptcp_ssn_diff(s->snd_edge, s->snd_nxt);

    if (!sf_has_room(s) || edge <= 0) {
        return 0;
    }
    return s->room < (uint32_t)edge ? s->room : (uint32_t)edge;
}

uint32_t mptcp_offer_takes(const struct mptcp_offer *o, unsigned i)
{
    const struct mptcp_conn *c = o->c;
    const struct mptcp_subflow *s = subflow_at(c, i);
    uint32_t n = mptcp_offer_spare(s);

    /* On a silent subflow they would be due for reinjection again at once. */
    if (o->v.again != 0 && (s->flags & SF_SILENT) != 0) {
        return 0;
    }
    n = n < o->v.allowed ? n : o->v.allowed;
    n = n < RUN_SEND_MAX ? n : RUN_SEND_MAX;
    if (n < o->v.wanted) {
        uint32_t whole = n >= s->mapping ? s->mapping : s->segment;
        if (n >= whole) {
            n -= n == whole ? 0 : n % whole; /* saves the division for a single segment */
        } else if (mptcp_ssn_before(s->snd_una, s->snd_nxt)) {
            return 0;
        }
    }
    bool place = is_plain(c) || mptcp_sent_room(c, i, mptcp_dsn_add(c->snd_una, o->v.at));
    return place ? n : 0;
}

/* --------------------------------------------------------- what a scheduler sees */

/* Returns the connection that view v shows. */
static const struct mptcp_conn *shown(const struct mptcp_sched_view *v)
{
    return ((const struct mptcp_offer *)v)->c;
}

/* Returns how long it takes, in us, until so many octets on s are acknowledged, at its pace. */
static uint64_t us_of(const struct mptcp_subflow *s, uint32_t octets)
{
    uint64_t us = (uint64_t)octets * s->pace >> PACE_SHIFT;
    return us > s->min_rtt_us ? us : s->min_rtt_us;
}

/* Returns the RTT that octets have to expect which are given to s now, with `flight` in flight
 * before them: the smoothed one, and what its octets take longer, or less long, than those that
 * were in flight when it was measured. What is in flight behind a lost segment is no queue: if
 * nothing was acknowledged lately, the smoothed one alone. */
static uint32_t expected_rtt(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                             uint32_t flight)
{
    bool stuck = flight > 0 && us_since(c, s->progress) > s->srtt_us / 2;

    if (s->pace == 0 || s->srtt_us == 0 || stuck) {
        return s->srtt_us;
    }
    uint64_t us = s->srtt_us + us_of(s, flight);
    uint64_t less = us_of(s, s->rtt_flight);
    us = us > less + s->min_rtt_us ? us - less : s->min_rtt_us;
    return us < SRTT_MAX ? (uint32_t)us : SRTT_MAX;
}

void mptcp_offer_path(const struct mptcp_sched_view *v, unsigned i, struct mptcp_sched_path *path)
{
    const struct mptcp_conn *c = shown(v);
    const struct mptcp_subflow *s = subflow_at(c, i);

    path->in_flight = (uint32_t)mptcp_ssn_diff(s->snd_nxt, s->snd_una);
    path->srtt_us = expected_rtt(c, s, path->in_flight);
    path->min_rtt_us = s->min_rtt_us;
    path->room = mptcp_offer_takes((const struct mptcp_offer *)v, i);
    path->spare = mptcp_offer_spare(s);
    path->word = s->word;
    path->unit = s->segment;
    path->zero = 0;
    path->usable = mptcp_offer_usable(c, i);
    path->backup = (s->flags & (SF_BACKUP | SF_PEER_BACKUP)) != 0;
    path->avoid = sf_avoided(s);
    path->cost = mptcp_subflow_unreliable(c, s) ? UINT8_MAX : s->cost;
}
