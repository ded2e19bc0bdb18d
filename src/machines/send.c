/*
 * send.c - octets out: which ones, how many, on which subflow.
 *
 * First the octets to reinject, then octets never sent, are offered (tables/offer.h) to the
 * connection's scheduler (mptcp/scheduler.h), which answers with a subflow and octets. If only one
 * subflow can carry data, it takes what it can, and the scheduler is not asked. An answer that
 * can't be carried out counts as none.
 *
 * Moves: snd_nxt, a subflow's room and progress, and in plain TCP its snd_nxt; room_tries,
 * BIT_WIDE, wide_mark, wide_since; the words of a scheduler.
 */
#include "machines/machines.h"
#include "tables/in_step.h"
#include "tables/offer.h"
#include "wire/apart.h"

/* The connection's scheduler. */
static const struct mptcp_scheduler *scheduler_of(const struct mptcp_conn *c)
{
    return mptcp_schedulers[c->scheduler];
}

/* Checks a scheduler's choice. Returns how many octets of it are sent; *o then offers those. 0: the
 * choice is none or a wait, or can't be carried out. */
static uint32_t judge(struct mptcp_offer *o, const struct mptcp_sched_choice *choice)
{
    bool again = choice->what == MPTCP_SCHED_AGAIN;

    if ((choice->what != MPTCP_SCHED_NEW && !again) || choice->path >= o->v.n ||
        choice->other >= o->v.n || !mptcp_offer_usable(o->c, choice->path) ||
        !(again ? mptcp_offer_again(o, choice->at, choice->len) : mptcp_offer_new(o))) {
        return 0;
    }
    uint32_t n = mptcp_offer_takes(o, choice->path);
    return choice->len <= n ? choice->len : again ? n : 0;
}

/* Asks the scheduler for its choice, and checks it; returns as judge does. */
static MPTCP_APART uint32_t ask(struct mptcp_offer *o, struct mptcp_sched_choice *choice)
{
    mptcp_offer_show(o);
    scheduler_of(o->c)->choose(&o->v, choice);
    return judge(o, choice);
}

uint32_t mptcp_send_choice(struct mptcp_offer *o, struct mptcp_sched_choice *choice)
{
    unsigned usable = 0;

    *choice = (struct mptcp_sched_choice){.what = MPTCP_SCHED_NONE};
    for (unsigned i = 0; i < o->v.n; i++) {
        if (mptcp_offer_usable(o->c, i)) {
            choice->path = (uint8_t)i;
            usable++;
        }
    }
    if (usable == 1) {
        return mptcp_offer_takes(o, choice->path);
    }
    return usable > 1 ? ask(o, choice) : 0;
}

/* Finds the octets to send next, as *o offers them, and their subflow, choice->path. Returns how
 * many; 0: none. */
static uint32_t what_goes(const struct mptcp_conn *c, struct mptcp_offer *o,
                          struct mptcp_sched_choice *choice)
{
    mptcp_offer_begin(c, o);
    bool due = mptcp_reinject_pending(c) && mptcp_offer_due(o);
    uint32_t len = due ? mptcp_send_choice(o, choice) : 0;

    if (len == 0 && (mptcp_offer_new(o) || mptcp_offer_possible(c))) {
        len = mptcp_send_choice(o, choice);
    }
    return len;
}

bool mptcp_send_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    struct mptcp_offer o;
    struct mptcp_sched_choice choice;

    bool early = c->phase == PHASE_OPENING && (c->bits & BIT_FAST_OPEN) != 0;
    if (c->phase != PHASE_MPTCP && c->phase != PHASE_PLAIN && !early) {
        return false;
    }
    uint32_t len = what_goes(c, &o, &choice);
    if (len == 0) {
        return false;
    }
    a->sf = handle_of(c, choice.path);
    a->dsn = mptcp_dsn_add(c->snd_una, o.v.at);
    a->ssn = subflow_at(c, choice.path)->snd_nxt;
    a->len = len;
    a->reinjected = o.v.again != 0;
    return true;
}

/* Informs the scheduler that n octets of its choice were sent, so that it can change its words.
 * Since nothing has changed yet, the choice is computed once more. */
static MPTCP_APART void tell(struct mptcp_conn *c, uint32_t n)
{
    struct mptcp_offer o;
    struct mptcp_sched_choice choice;

    if (what_goes(c, &o, &choice) == 0) {
        return;
    }
    mptcp_offer_show(&o);
    choice.what = o.v.again != 0 ? MPTCP_SCHED_AGAIN : MPTCP_SCHED_NEW;
    choice.at = o.v.at;
    choice.len = n;
    struct mptcp_sched_words words = {&c->word, &subflow_at(c, choice.path)->word,
                                      &subflow_at(c, choice.other)->word};
    scheduler_of(c)->sent(&o.v, &choice, &words);
}

/*
 * D-11: a 32-bit DSN would be ambiguous if 2^32 octets could be sent within an MSL (RFC 9293: 2
 * minutes). The rate is measured over stretches of 2^29 octets; one that takes less than a
 * quarter of an MSL (more than half of that rate) sets BIT_WIDE, which stays set.
 */
#define MSL_US 120000000ull
#define STRETCH 0x20000000ull

/* Sets BIT_WIDE if a stretch has ended that took less than a quarter of an MSL. Returns true at
 * the end of each stretch. */
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

/* True if the hook `sent` is to be called for what a tells of. */
static bool wants_to_know(const struct mptcp_scheduler *scheduler, const struct mptcp_action *a)
{
    return scheduler->sent != NULL &&
           (a->reinjected || (scheduler->flags & MPTCP_SCHED_TOLD_AGAIN) == 0);
}

bool mptcp_send_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n)
{
    struct mptcp_subflow *s = subflow_at(c, a->sf & 0xffu);

    if (wants_to_know(scheduler_of(c), a)) {
        tell(c, n);
    }
    if (mptcp_ssn_eq(s->snd_una, s->snd_nxt)) {
        s->progress = c->tick;
    }
    if (is_plain(c)) {
        s->snd_nxt = mptcp_ssn_add(s->snd_nxt, n); /* in MPTCP mptcp_map_append does */
    }
    s->room -= n;
    c->room_tries = 0;
    if (!a->reinjected) {
        c->snd_nxt = mptcp_dsn_add(c->snd_nxt, n);
    }
    return watch_rate(c);
}
