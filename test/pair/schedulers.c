/*
 * schedulers.c - the schedulers of the simulator's connections: the library's, and one that answers
 * almost anything (pair --scheduler wild): new octets on any path, octets again that any path
 * holds, waits, none, and answers that can't be done; but backups are only what minrtt makes of
 * them. Where nothing is in flight that would have it asked again, it does what minrtt does: else
 * it might wait for ever, which is its own fault and nobody else's.
 */
#include "mptcp/scheduler.h"

#include <string.h>

static uint32_t mixed(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

/* A number that depends on all that is shown, and on nothing else. */
static uint32_t drawn(const struct mptcp_sched_view *v, unsigned *witness, bool *any)
{
    struct mptcp_sched_path path;
    uint32_t x = mixed(v->in_flight + mixed(v->una + mixed(v->unsent + mixed(v->word))));

    *any = false;
    for (unsigned i = 0; i < v->n; i++) {
        memset(&path, 0, sizeof path);
        v->path(v, i, &path);
        x = mixed(x + path.in_flight + mixed(path.spare + mixed(path.word)));
        if (path.usable && !path.avoid && path.in_flight > 0) {
            *witness = i;
            *any = true;
        }
    }
    return x;
}

static uint32_t up_to(uint32_t x, uint32_t most)
{
    return most == 0 ? 0 : 1 + x % most;
}

/* Some octets that a path holds, and `to` does not hold there. */
static void again(const struct mptcp_sched_view *v, uint32_t x, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_held held;
    uint32_t cursor = 0;

    for (unsigned n = x % 8; v->held(v, &cursor, &held) && n > 0; n--) {
        if (held.at >= 0 && held.path != choice->path) {
            choice->what = MPTCP_SCHED_AGAIN;
            choice->other = (uint8_t)held.path;
            choice->at = (uint32_t)held.at;
            choice->len = up_to(mixed(x), held.len);
        }
    }
}

static void choose_wild(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path path;
    unsigned witness = 0;
    bool any;
    uint32_t x = drawn(v, &witness, &any);

    unsigned to = v->n != 0 ? mixed(x) % v->n : 0;
    v->path(v, to, &path);
    if (!any || x % 4 == 0 || path.backup || path.avoid) {
        mptcp_minrtt.choose(v, choice);
        return;
    }
    choice->path = (uint8_t)to;
    switch (x / 4 % 6) {
    case 0:
        choice->what = MPTCP_SCHED_WAIT;
        choice->other = (uint8_t)witness;
        return;
    case 1:
        choice->what = (uint8_t)(x >> 8);
        choice->path = (uint8_t)(x >> 16);
        choice->len = x;
        choice->at = mixed(x);
        choice->what = choice->what == MPTCP_SCHED_WAIT ? MPTCP_SCHED_NONE : choice->what;
        return;
    case 2:
    case 3:
        again(v, mixed(x + 1), choice);
        return;
    default:
        choice->what = v->again != 0 ? MPTCP_SCHED_AGAIN : MPTCP_SCHED_NEW;
        choice->at = v->at;
        choice->len = up_to(mixed(x + 2), path.room);
    }
}

static void sent_wild(const struct mptcp_sched_view *v, const struct mptcp_sched_choice *choice,
                      const struct mptcp_sched_words *words)
{
    (void)v;
    *words->conn = (uint16_t)(*words->conn + 1);
    *words->path += choice->len;
    *words->other ^= choice->at;
}

static const struct mptcp_scheduler wild = {.name = "wild",
                                            .flags = MPTCP_SCHED_SENDS_AGAIN,
                                            .choose = choose_wild,
                                            .sent = sent_wild,
                                            .held = mptcp_sched_held};

const struct mptcp_scheduler *const mptcp_schedulers[] = {
    &mptcp_gain, &mptcp_minrtt, &mptcp_roundrobin, &mptcp_redundant, &mptcp_blest,
    &mptcp_ecf,  &wild};
const uint8_t mptcp_schedulers_count = sizeof mptcp_schedulers / sizeof mptcp_schedulers[0];
