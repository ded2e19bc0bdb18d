/*
 * redundant.c - each octet goes on every path of the best rank. The stream goes on with whatever
 * copy arrives first: for little data that is urgent, at the price of the sum of the paths.
 *
 * New octets go to the fastest path that has all those before them. Each other path is given, in
 * their order, the octets that it has not had; those that are DATA_ACKed meanwhile are left out, so
 * that a slower path does not fall behind.
 *
 * The word of a path: where the next octet is that it has not had, modulo 2^32. It means SND.UNA
 * if it does not lie between that and SND.NXT.
 */
#include "multipath/preference.h"

/* Returns the next octet that p has not had, in octets after SND.UNA. */
static uint32_t next_of(const struct mptcp_sched_view *v, const struct mptcp_sched_path *p)
{
    uint32_t at = p->word - v->una;
    return at <= v->in_flight ? at : 0;
}

/* Gives p again what it has not had, as far as it takes that. */
static bool copies(const struct mptcp_sched_view *v, const struct mptcp_sched_path *p,
                   struct mptcp_sched_choice *choice)
{
    uint32_t at = next_of(v, p);
    uint32_t rest = v->in_flight - at;

    if (v->resends == 0 || rest == 0 || p->avoid || p->spare < (rest < p->unit ? rest : p->unit)) {
        return false;
    }
    choice->what = MPTCP_SCHED_AGAIN;
    choice->at = at;
    choice->len = rest;
    return true;
}

/* True if p takes what is offered: octets that are due again and that it has passed, or new ones if
 * it has had all others. As long as nothing may go twice, any path takes new ones. */
static bool takes_offered(const struct mptcp_sched_view *v, const struct mptcp_sched_path *p)
{
    uint32_t had = next_of(v, p);
    return v->allowed != 0 && p->room != 0 &&
           (v->again != 0 ? had > v->at : had == v->in_flight || v->resends == 0);
}

static void choose_redundant(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path best;
    struct mptcp_sched_path p = {0};
    struct mptcp_sched_path to = {0}; /* not usable */

    if (!mptcp_sched_first(v, &best, choice)) {
        return;
    }
    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &p);
        if (mptcp_sched_rank(&p) == mptcp_sched_rank(&best) && takes_offered(v, &p) &&
            (!to.usable || mptcp_sched_order(&p) < mptcp_sched_order(&to))) {
            to = p;
            choice->path = (uint8_t)i;
        }
    }
    if (to.usable) {
        mptcp_sched_take(v, &to, choice);
        return;
    }
    for (unsigned i = 0; i < v->n && choice->what == MPTCP_SCHED_NONE; i++) {
        v->path(v, i, &p);
        choice->path = (uint8_t)i;
        if (mptcp_sched_rank(&p) == mptcp_sched_rank(&best)) {
            copies(v, &p, choice);
        }
    }
}

static void sent_redundant(const struct mptcp_sched_view *v,
                           const struct mptcp_sched_choice *choice,
                           const struct mptcp_sched_words *words)
{
    struct mptcp_sched_path p;

    v->path(v, choice->path, &p);
    if (choice->what == MPTCP_SCHED_NEW) {
        *words->path = v->una + v->in_flight + choice->len;
    } else if (choice->at == next_of(v, &p)) {
        *words->path = v->una + choice->at + choice->len;
    }
}

const struct mptcp_scheduler mptcp_redundant = {.name = "redundant",
                                                .flags = MPTCP_SCHED_SENDS_AGAIN,
                                                .choose = choose_redundant,
                                                .sent = sent_redundant};
