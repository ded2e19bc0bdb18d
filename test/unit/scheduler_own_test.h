/*
 * scheduler_own_test.h - the schedulers of test_scheduler_own.c, and their table in place of the
 * library's.
 */
#ifndef SCHEDULER_OWN_TEST_H
#define SCHEDULER_OWN_TEST_H

#include "core_test.h"

#include "mptcp/scheduler.h"

/* What the scheduler `told_to` answers, and the view that it saw last. */
static struct mptcp_sched_choice answer;
static struct mptcp_sched_view seen;
static struct mptcp_sched_path paths[8];
static struct mptcp_sched_held held[8];
static unsigned helds;
static unsigned asked;
static struct mptcp_sched_choice went;
static unsigned sents;

static void look(const struct mptcp_sched_view *v)
{
    uint32_t cursor = 0;

    asked++;
    seen = *v;
    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &paths[i]);
    }
    for (helds = 0; helds < 8 && v->held != NULL && v->held(v, &cursor, &held[helds]);) {
        helds++;
    }
}

static void choose_told(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    look(v);
    *choice = answer;
}

static void sent_told(const struct mptcp_sched_view *v, const struct mptcp_sched_choice *choice,
                      const struct mptcp_sched_words *words)
{
    sents++;
    went = *choice;
    assert_true(v->n > 0);
    *words->conn = (uint16_t)(*words->conn + 1);
    *words->path += choice->len;
    *words->other += 1000000;
}

/* All that the last path takes. */
static void choose_last(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path path;

    for (unsigned i = 0; i < v->n; i++) {
        v->path(v, i, &path);
        if (path.usable && path.room > 0) {
            choice->what = v->again != 0 ? MPTCP_SCHED_AGAIN : MPTCP_SCHED_NEW;
            choice->path = (uint8_t)i;
            choice->at = v->at;
            choice->len = path.room;
        }
    }
}

/* Waits for the first path as long as that has octets in flight. */
static void choose_patient(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path path;

    choose_last(v, choice);
    v->path(v, 0, &path);
    if (choice->what == MPTCP_SCHED_NEW && choice->path != 0 && path.usable && !path.avoid &&
        path.in_flight > 0) {
        choice->what = MPTCP_SCHED_WAIT;
        choice->other = 0;
    }
}

enum { LAST, PATIENT, TOLD, TOLD_AGAIN };
static const struct mptcp_scheduler last = {.name = "last", .choose = choose_last};
static const struct mptcp_scheduler patient = {.name = "patient", .choose = choose_patient};
static const struct mptcp_scheduler told_to = {.name = "told", .choose = choose_told};
static const struct mptcp_scheduler told_again = {.name = "told again",
                                                  .flags = MPTCP_SCHED_SENDS_AGAIN,
                                                  .choose = choose_told,
                                                  .sent = sent_told,
                                                  .held = mptcp_sched_held};
const struct mptcp_scheduler *const mptcp_schedulers[] = {&last, &patient, &told_to, &told_again};
const uint8_t mptcp_schedulers_count = 4;

#endif
