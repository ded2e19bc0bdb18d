/*
 * ecf.c - ECF, earliest completion first: a slower path is not taken if the fastest one has sent
 * all that is left before (Y. Lim et al., "ECF: An MPTCP Path Scheduler to Manage Heterogeneous
 * Paths", CoNEXT 2017).
 *
 * k octets are unsent; r and w are the RTT and the congestion window of the fastest path f and of
 * the slower one s, which has room. f alone needs 1 + k / w_f rounds. If these take less than r_s,
 * it waits for f; but not if s would deliver k octets within two RTTs of f. While it waits, r_s
 * counts a quarter more, so that it does not waver.
 *
 * A congestion window is what is in flight and what there is room for. A view has no deviation of
 * the RTT, so the delta of the paper is 0.
 *
 * The word of the connection: 1 while it waits. A wait sends nothing, and a word is changed only
 * when octets are sent; so it is decided anew for each octet that f gets.
 */
#include "multipath/faster.h"

#define BETA_DEN 4u    /* beta = 1/4 */
#define FAR 1ull << 40 /* us: more than any RTT and a quarter, and fits when multiplied */

static uint64_t window_of(const struct mptcp_sched_path *p)
{
    uint64_t w = (uint64_t)p->in_flight + p->spare;
    return w != 0 ? w : 1;
}

/* Returns in how many us path p sends k octets, at its rate. */
static uint64_t time_of(const struct mptcp_sched_path *p, uint32_t k)
{
    uint64_t us = (uint64_t)k * p->srtt_us / window_of(p);
    return us < (FAR) ? us : (FAR);
}

/* True if it waits for f with s at hand; `waiting`: 1 if it did so last. */
static bool waits(const struct mptcp_sched_path *f, const struct mptcp_sched_path *s, uint32_t k,
                  uint32_t waiting)
{
    uint64_t limit = (uint64_t)s->srtt_us * (BETA_DEN + waiting);

    return BETA_DEN * (f->srtt_us + time_of(f, k)) < limit &&
           time_of(s, k) >= 2 * (uint64_t)f->srtt_us;
}

static void choose_ecf(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path s;
    struct mptcp_sched_path f;

    if (!mptcp_sched_first(v, &s, choice)) {
        return;
    }
    if (v->again == 0 && s.room != 0 && mptcp_sched_faster(v, &s, &f, &choice->other) &&
        waits(&f, &s, v->unsent, v->word & 1u)) {
        choice->what = MPTCP_SCHED_WAIT;
        return;
    }
    mptcp_sched_take(v, &s, choice);
}

/* Finds the path that would be asked about if path `at` had no room. */
static bool next_best(const struct mptcp_sched_view *v, unsigned at, struct mptcp_sched_path *s)
{
    struct mptcp_sched_path other = {0};

    *s = other; /* not usable */
    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &other);
        if (i != at && other.usable &&
            (!s->usable || mptcp_sched_order(&other) < mptcp_sched_order(s))) {
            *s = other;
        }
    }
    return s->usable && s->room != 0;
}

static void sent_ecf(const struct mptcp_sched_view *v, const struct mptcp_sched_choice *choice,
                     const struct mptcp_sched_words *words)
{
    struct mptcp_sched_path to;
    struct mptcp_sched_path s;

    if (choice->what != MPTCP_SCHED_NEW) {
        return;
    }
    v->path(v, choice->path, &to);
    *words->conn = next_best(v, choice->path, &s) &&
                   mptcp_sched_rank(&s) == mptcp_sched_rank(&to) && to.srtt_us < s.srtt_us &&
                   waits(&to, &s, v->unsent, v->word & 1u);
}

const struct mptcp_scheduler mptcp_ecf = {.name = "ecf", .choose = choose_ecf, .sent = sent_ecf};
