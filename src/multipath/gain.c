/*
 * gain.c - a slower path is used only where the connection gains by it.
 *
 * New octets go to the path with the lowest smoothed RTT that has room, as by minrtt. If that is a
 * slower path s, a faster one f of the same rank is full. What s is given holds up the stream, and
 * with it the shared window, until s has delivered it. So s is given nothing if f alone could
 * meanwhile carry all there is to be carried: all that the shared window leaves beside what s
 * holds, or all that is left to send. Then gain waits for f, which has octets in flight. For as
 * long as octets queue on the way of f, it has work without new ones: that time does not count.
 *
 * If nothing new can go, the fastest path sends again what holds up the stream, from SND.UNA on:
 * octets that slower paths hold and have not delivered. Each time the holder was taken for better
 * than it was; so it gets a caution, which makes the next question about it harder, and which
 * wears off with what the connection sends.
 *
 * A path without an RTT gets one segment, before all others of its rank, and nothing more until it
 * is measured.
 *
 * The word of a path: bits 0 to 12 are its caution, in 1/1600; the others say where SND.NXT was, in
 * PLACE octets, when the caution last grew. It grows again only when SND.UNA has come there.
 */
#include "multipath/preference.h"

#define LAMBDA_NUM 13u /* 1.3: how sure we must be that the window is enough */
#define LAMBDA_DEN 10u
#define ONE 1600u       /* a caution of 1 */
#define STEP (ONE / 2u) /* for octets sent again */
#define CAUTION_MAX (4u * ONE)
#define CAUTION_BITS 13
#define CAUTION_MASK 0x1fffu
#define WEARS 32u      /* windows sent until a caution of 1 has worn off */
#define PLACE_SHIFT 12 /* of a position, to count in PLACE octets, 4096 */
#define PLACE_MASK 0x7ffffu
#define LOOK_AT 16u /* stretches that are looked at for octets to send again */

/* A position in the stream as a word keeps it. */
static uint32_t place(uint32_t at)
{
    return at >> PLACE_SHIFT & PLACE_MASK;
}

/* What is left of the caution in `word`: it wears off with what the connection sends. */
static uint32_t caution_of(const struct mptcp_sched_view *v, uint32_t word)
{
    uint32_t caution = word & CAUTION_MASK;
    uint32_t since = (place(v->una) - (word >> CAUTION_BITS)) & PLACE_MASK;
    uint32_t window = v->window >> PLACE_SHIFT;
    if (caution == 0 || since > PLACE_MASK / 2) {
        return caution; /* SND.UNA is not there yet */
    }
    uint32_t worn = (uint32_t)((uint64_t)since * (ONE / WEARS) / (window != 0 ? window : 1));
    return worn < caution ? caution - worn : 0;
}

static uint32_t less(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

/* How long octets on s keep the window, in us: their DATA_ACK comes back by f. */
static uint32_t latency(const struct mptcp_sched_path *s, const struct mptcp_sched_path *f)
{
    return f->min_rtt_us == 0 ? s->srtt_us
                              : less(s->srtt_us, less(s->min_rtt_us, f->min_rtt_us) / 2);
}

/* How long f has work if it is given nothing more: its queue, in us. */
static uint32_t queue(const struct mptcp_sched_path *f)
{
    return f->min_rtt_us == 0 ? 0 : less(f->srtt_us, f->min_rtt_us);
}

/* Returns how many octets f carries in `us`, with the caution of s, in LAMBDA_DEN * ONE parts. */
static uint64_t carries(const struct mptcp_sched_path *f, uint32_t us, uint32_t caution)
{
    uint64_t octets = (uint64_t)f->in_flight * us / f->srtt_us;

    octets =
        octets < 1ull << 34 ? octets : 1ull << 34; /* more than there are; fits when weighted */
    return octets * LAMBDA_NUM * (ONE + caution);
}

/* True if the connection gains nothing by giving s a segment, since f carries all there is before s
 * has delivered it. */
static bool carries_all(const struct mptcp_sched_view *v, const struct mptcp_sched_path *s,
                        const struct mptcp_sched_path *f)
{
    uint32_t blocked = latency(s, f);
    if (f->in_flight == 0 || f->srtt_us == 0 || f->srtt_us >= blocked) {
        return false;
    }
    uint32_t caution = caution_of(v, s->word);
    uint64_t lent = (uint64_t)s->in_flight + s->unit;
    uint64_t window = v->window > lent ? v->window - lent : 0;
    uint64_t rest = (uint64_t)v->unsent + f->in_flight;

    return carries(f, less(blocked, queue(f)), caution) > window * (LAMBDA_DEN * ONE) ||
           carries(f, blocked, caution) > rest * (LAMBDA_NUM * ONE); /* 1.0 */
}

/* How full the window of p's TCP is: 0 to 256. */
static uint32_t full(const struct mptcp_sched_path *p)
{
    return p->in_flight / ((p->in_flight + p->spare) / 256 + 1);
}

/* True if p is filled before f, which has the lowest RTT of all with room: p has room, too, and is
 * about as fast, octets come sooner over it than through the queue of f, and it is less full, by
 * the more the slower it is. */
static bool filled_first(const struct mptcp_sched_path *p, const struct mptcp_sched_path *f)
{
    uint32_t slower = less(p->srtt_us, f->srtt_us) * LAMBDA_DEN;
    uint32_t most = f->srtt_us * (LAMBDA_NUM - LAMBDA_DEN);
    return p->room > 0 && p->srtt_us != 0 && p->min_rtt_us < f->srtt_us &&
           (uint64_t)full(p) * most < (uint64_t)full(f) * less(most, slower);
}

/* Path number `at` takes the place of *best, by one segment. */
static void take_place(const struct mptcp_sched_view *v, unsigned at, struct mptcp_sched_path *best,
                       struct mptcp_sched_choice *choice)
{
    choice->path = (uint8_t)at;
    v->path(v, at, best);
    best->room = best->room < best->unit ? best->room : best->unit;
}

/* New octets, and *best is the path that minrtt would take. True if that is to wait for another
 * path, choice->other, the witness. Else a path that is to be filled first takes its place, by one
 * segment. */
static bool waits(const struct mptcp_sched_view *v, struct mptcp_sched_path *best,
                  struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path f;
    unsigned at = choice->path;

    for (unsigned i = 0; i < v->n; i++) {
        if (i == choice->path) {
            continue;
        }
        v->path(v, i, &f);
        if (mptcp_sched_rank(&f) != mptcp_sched_rank(best)) {
            continue;
        }
        if (!f.avoid && carries_all(v, best, &f)) {
            choice->other = (uint8_t)i;
            return true;
        }
        at = filled_first(&f, best) ? i : at;
    }
    if (at != choice->path) {
        take_place(v, at, best, choice);
    }
    return false;
}

/* If paths of the rank of *best have an RTT, and one has none that may get its one segment: that
 * one takes the place of *best, and true. */
static bool unmeasured(const struct mptcp_sched_view *v, struct mptcp_sched_path *best,
                       struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path p = {0};
    bool measured = false;
    unsigned at = v->n;

    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &p);
        if (mptcp_sched_rank(&p) == mptcp_sched_rank(best)) {
            measured |= p.srtt_us != 0;
            at = p.srtt_us == 0 && p.in_flight == 0 && p.room > 0 ? i : at;
        }
    }
    if (!measured || at == v->n) {
        return false;
    }
    take_place(v, at, best, choice);
    return true;
}

/* What is offered. */
static void choose_offered(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path best;

    if (!mptcp_sched_first(v, &best, choice)) {
        return;
    }
    if (v->again == 0 && !unmeasured(v, &best, choice) && best.room != 0 && best.srtt_us != 0 &&
        waits(v, &best, choice)) {
        choice->what = MPTCP_SCHED_WAIT;
        return;
    }
    mptcp_sched_take(v, &best, choice);
}

/* --------------------------------------------------------------- the head again */

/* Octets that are to be sent again, as the walk over what is held finds them. */
struct again {
    uint32_t from;
    uint32_t to;    /* there are none yet unless it is after `from` */
    uint32_t owned; /* up to here: on their way by a good path, or arrived */
    uint8_t holder;
};

/* True if octets that holder *h has not delivered are left to it: it is about as fast as f, or
 * silent, which is a matter of reinjection. */
static bool left_to(const struct mptcp_sched_path *h, const struct mptcp_sched_path *f)
{
    return !h->usable || h->avoid ||
           (h->srtt_us != 0 &&
            (uint64_t)h->srtt_us * LAMBDA_DEN <= (uint64_t)f->srtt_us * LAMBDA_NUM);
}

/* Takes into *a that octets from..to need not be sent again. */
static void owned(struct again *a, uint32_t from, uint32_t to)
{
    a->owned = to > a->owned ? to : a->owned;
    if (a->from < a->to && from < a->to) {
        if (from > a->from) {
            a->to = from;
        } else if (to > a->from) {
            a->from = to;
        }
    }
}

/* Takes the next stretch into *a. False: the first octets to be sent again are found. */
static bool look(const struct mptcp_sched_view *v, const struct mptcp_sched_held *h,
                 const struct mptcp_sched_path *f, unsigned f_at, struct again *a)
{
    struct mptcp_sched_path holder;
    uint32_t end = (uint32_t)h->at + h->len;
    uint32_t from = h->at > 0 ? (uint32_t)h->at : 0;
    uint32_t rest = (uint32_t)h->at + h->acked;

    if (a->from < a->to && from > a->from) {
        owned(a, from, from); /* what follows belongs to another walk */
        return false;
    }
    if ((int32_t)end <= 0) {
        return true;
    }
    rest = (int32_t)rest > 0 ? rest : 0;
    v->path(v, h->path, &holder);
    if (h->path == f_at || left_to(&holder, f)) {
        owned(a, from, end);
        return true;
    }
    if (rest > from) {
        owned(a, from, rest);
    }
    rest = rest > a->owned ? rest : a->owned;
    if (!(a->from < a->to) && rest < end) {
        a->from = rest;
        a->to = end;
        a->holder = (uint8_t)h->path;
    }
    return true;
}

static void choose_again(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_held h;
    struct mptcp_sched_path f;
    struct again a = {0, 0, 0, 0};
    uint32_t cursor = 0;

    /* No path of the rank has room for what is offered: the first is the fastest. */
    if (!mptcp_sched_first(v, &f, choice) || f.avoid || f.srtt_us == 0 || f.spare < f.unit) {
        return;
    }
    for (unsigned n = 0; n < LOOK_AT && v->held(v, &cursor, &h); n++) {
        if (!look(v, &h, &f, choice->path, &a)) {
            break;
        }
    }
    if (a.from < a.to) {
        choice->what = MPTCP_SCHED_AGAIN;
        choice->other = a.holder;
        choice->at = a.from;
        choice->len = a.to - a.from;
    }
}

static void choose_gain(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    if (v->allowed > 0) {
        choose_offered(v, choice);
    }
    if (choice->what == MPTCP_SCHED_NONE && v->again == 0 && v->resends != 0) {
        choose_again(v, choice);
    }
}

/* ------------------------------------------------------------------ the caution */

static void sent_gain(const struct mptcp_sched_view *v, const struct mptcp_sched_choice *choice,
                      const struct mptcp_sched_words *words)
{
    if (choice->what != MPTCP_SCHED_AGAIN || choice->other == choice->path) {
        return;
    }
    uint32_t caution = caution_of(v, *words->other);
    uint32_t since = (place(v->una) - (*words->other >> CAUTION_BITS)) & PLACE_MASK;
    if (caution != 0 && since > PLACE_MASK / 2) {
        return; /* what was sent again then is not over */
    }
    caution = caution + STEP < CAUTION_MAX ? caution + STEP : CAUTION_MAX;
    *words->other = place(v->una + v->in_flight + (1u << PLACE_SHIFT)) << CAUTION_BITS | caution;
}

const struct mptcp_scheduler mptcp_gain = {.name = "gain",
                                           .flags =
                                               MPTCP_SCHED_SENDS_AGAIN | MPTCP_SCHED_TOLD_AGAIN,
                                           .choose = choose_gain,
                                           .sent = sent_gain,
                                           .held = mptcp_sched_held};
