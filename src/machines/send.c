/*
 * send.c - octets out: which ones, how many, on which subflow.
 *
 * First what has to be reinjected, then what was never sent. The scheduler
 * picks among the subflows that can take something now; how much is bounded by
 * the application's data, the shared window, the subflow's own window, and its
 * room. Less than a full segment goes only if it is the end of the data or if
 * nothing is in flight that could bring more window or room (RFC 1122
 * s4.2.3.4's rule against silly windows).
 *
 * Moves: snd_nxt, a subflow's room, and in plain TCP its snd_nxt; room_tries, BIT_WIDE.
 */
#include "machines/machines.h"
#include "mptcp/scheduler.h"
#include "tables/in_step.h"
#include "tables/sent.h"

/* What is to go next. */
struct offer {
    mptcp_dsn dsn;
    uint32_t wanted;  /* octets there are */
    uint32_t allowed; /* ... and the shared window lets go */
    bool reinjected;
};

/* How many octets of an offer subflow i takes now. */
static uint32_t takes(const struct mptcp_conn *c, unsigned i, const struct offer *o)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    int32_t edge = mptcp_ssn_diff(s->snd_edge, s->snd_nxt);

    if (!sf_has_room(s) || edge <= 0 || (o->reinjected && (s->flags & SF_SILENT) != 0)) {
        return 0;
    }
    uint32_t n = o->allowed < s->room ? o->allowed : s->room;
    n = n < (uint32_t)edge ? n : (uint32_t)edge;
    n = n < RUN_GIFT ? n : RUN_GIFT;
    if (n < o->wanted) {
        uint32_t whole = n >= s->mapping ? s->mapping : s->segment;
        if (n >= whole) {
            n -= n == whole ? 0 : n % whole; /* a division less where it is one segment */
        } else if (mptcp_ssn_before(s->snd_una, s->snd_nxt)) {
            return 0;
        }
    }
    return n > 0 && (is_plain(c) || mptcp_sent_room(c, i, o->dsn)) ? n : 0;
}

static int pick(const struct mptcp_conn *c, const struct offer *o, uint32_t *len)
{
    struct mptcp_sched_path best = {0};
    int slot = -1;

    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        /* Whoever closed a subflow of several reads it no more; if none works any more that he left
         * open, he has closed his direction alone. */
        bool early = s->state == SF_SYN_RCVD && (c->bits & BIT_FAST_OPEN) != 0;
        bool left = is_mptcp(c) && (s->flags & SF_FIN_RECEIVED) != 0 && mptcp_works_without(c, i);
        if (!(sf_usable(s) || early) || left) {
            continue;
        }
        struct mptcp_sched_path path = {
            .srtt_us = s->srtt_us,
            .room = takes(c, i, o),
            .usable = 1,
            .backup = (s->flags & (SF_BACKUP | SF_PEER_BACKUP)) != 0,
            .avoid = sf_avoided(s),
            .cost = mptcp_subflow_unreliable(c, s) ? UINT8_MAX : s->cost,
        };
        if (slot < 0 || mptcp_sched_prefer(&path, &best)) {
            best = path;
            slot = (int)i;
        }
    }
    *len = best.room;
    return best.room > 0 ? slot : -1;
}

static bool reinjection(const struct mptcp_conn *c, struct offer *o)
{
    o->reinjected = true;
    if (!mptcp_unheld_next(c, &o->dsn, &o->wanted)) {
        return false;
    }
    o->allowed = o->wanted;
    return true;
}

static bool new_data(const struct mptcp_conn *c, struct offer *o)
{
    mptcp_dsn end = mptcp_dsn_min(c->snd_end, c->snd_edge);

    o->reinjected = false;
    o->dsn = c->snd_nxt;
    o->wanted = mptcp_span(c->snd_nxt, c->snd_end);
    o->allowed = mptcp_span(c->snd_nxt, end);
    return o->allowed > 0;
}

bool mptcp_send_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    struct offer o;
    uint32_t len;

    bool early = c->phase == PHASE_OPENING && (c->bits & BIT_FAST_OPEN) != 0;
    if (c->phase != PHASE_MPTCP && c->phase != PHASE_PLAIN && !early) {
        return false;
    }
    int i = reinjection(c, &o) ? pick(c, &o, &len) : -1;
    if (i < 0) {
        i = new_data(c, &o) ? pick(c, &o, &len) : -1;
    }
    if (i < 0) {
        return false;
    }
    if (a != NULL) {
        a->sf = handle_of(c, (unsigned)i);
        a->dsn = o.dsn;
        a->ssn = subflow_at(c, (unsigned)i)->snd_nxt;
        a->len = len;
        a->reinjected = o.reinjected;
    }
    return true;
}

/*
 * D-11: a 32-bit DSN would be ambiguous if 2^32 octets could go within an MSL
 * (RFC 9293: 2 minutes). Measured over stretches of 2^29 octets, once and for all.
 */
#define MSL_US 120000000ull
#define STRETCH 0x20000000ull

/* A stretch is over. */
static bool watch_rate(struct mptcp_conn *c)
{
    if (mptcp_dsn_diff(c->snd_nxt, c->wide_mark) < (int64_t)STRETCH) {
        return false;
    }
    if (us_since(c, c->wide_since) < MSL_US / 4) {
        c->bits |= BIT_WIDE;
    }
    c->wide_mark = c->snd_nxt;
    c->wide_since = c->tick;
    return true;
}

bool mptcp_send_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n)
{
    struct mptcp_subflow *s = subflow_at(c, a->sf & 0xffu);

    if (mptcp_ssn_eq(s->snd_una, s->snd_nxt)) {
        s->progress = c->tick;
    }
    if (is_plain(c)) {
        s->snd_nxt = mptcp_ssn_add(s->snd_nxt, n); /* else mapping_out.c moves it */
    }
    s->room -= n;
    c->room_tries = 0;
    if (!a->reinjected) {
        c->snd_nxt = mptcp_dsn_add(c->snd_nxt, n);
    }
    return watch_rate(c);
}
