/*
 * fair.c - from every world an end has to be reached: by a network in which nothing more goes
 * wrong, hosts that do what is due, TCPs that send again what is not acknowledged, and applications
 * that write, read and close. One such course is taken, step by step, and shown to end; that is
 * more than to ask whether an end can be reached by any moves at all, as faults could help there.
 *
 * The course does not depend on how often something may still go wrong, so the limits are set to
 * 0 before a world is compared with those from which the end is known to be reached.
 */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 4000u
#define RTO_US 250000u
#define RTO_DOUBLINGS 8u
#define TRIES_MAX 14u /* of a TCP, on which the other one has to act */

static uint64_t *known; /* hashes of worlds from which the end is reached; 0: free */
static uint64_t known_mask;
static uint64_t known_count;

bool fair_init(uint64_t slots)
{
    known = calloc(slots, sizeof *known);
    known_mask = slots - 1;
    known_count = 0;
    return known != NULL;
}

void fair_free(void)
{
    free(known);
    known = NULL;
}

uint64_t fair_count(void)
{
    return known_count;
}

uint64_t fair_octets(void)
{
    return (known_mask + 1) * sizeof *known;
}

static uint64_t *place(uint64_t hash)
{
    uint64_t at = hash & known_mask;

    while (known[at] != 0 && known[at] != hash) {
        at = (at + 1) & known_mask;
    }
    return &known[at];
}

/* Most courses are short, some take hundreds of worlds: when half of the places are taken there are
 * twice as many. */
static void make_room(void)
{
    uint64_t *old = known;
    uint64_t slots = known_mask + 1;

    if (known_count < slots / 2) {
        return;
    }
    if (!fair_init(2 * slots)) {
        perror("explore: memory");
        exit(2);
    }
    for (uint64_t i = 0; i < slots; i++) {
        if (old[i] != 0) {
            *place(old[i]) = old[i];
            known_count++;
        }
    }
    free(old);
}

/* ------------------------------------------------------------------------- a step */

static bool deliver_next(struct world *w)
{
    for (unsigned i = 0; i < 2 * SUBFLOWS; i++) {
        unsigned at = (w->turn + i) % (2 * SUBFLOWS);
        int from = (int)(at % 2);
        if (w->under_way[from][at / 2] == 0) {
            continue;
        }
        w->turn = (uint8_t)((at + 1) % (2 * SUBFLOWS));
        struct segment p = way_take(w, from, at / 2, 0);
        words_segment(from, at / 2, &p, "to the other end:");
        host_receive(w, !from, at / 2, &p, false, false);
        return true;
    }
    return false;
}

static bool do_what_waits(struct world *w)
{
    bool any = false;

    for (int id = 0; id < 2; id++) {
        struct end *e = &w->end[id];
        if (e->life != LIFE_ALIVE) {
            continue;
        }
        if (e->work_waits) {
            host_work(w, id);
            any = true;
        }
        for (unsigned sf = 0; sf < SUBFLOWS && e->life == LIFE_ALIVE; sf++) {
            if (e->tcp[sf].owes_ack && e->tcp[sf].state == TCP_UP) {
                tcp_ack(w, id, sf);
                any = true;
            }
        }
    }
    return any;
}

static bool application(struct world *w, int id)
{
    struct end *e = &w->end[id];
    struct mptcp_conn *c = conn_of(w, id);
    bool any = false;

    if (e->life == LIFE_PARKED) {
        host_resume(w, id);
        return true;
    }
    if (e->life != LIFE_ALIVE) {
        return false;
    }
    if (e->consumed != e->delivered) {
        mptcp_on_consumed(c, (uint32_t)(e->delivered - e->consumed), START);
        e->consumed = e->delivered;
        any = true;
    }
    uint8_t rest = (uint8_t)(scope->octets[id] - e->written);
    if (e->open && !e->aborted && !e->shut && rest > 0 && mptcp_on_written(c, rest, START) >= 0) {
        e->written = scope->octets[id];
        say("%c writes up to octet %u", 'A' + id, e->written);
        any = true;
    } else if (e->open && !e->aborted && !e->shut) {
        e->shut = 1;
        say("%c's application has written everything", 'A' + id);
        mptcp_on_shutdown(c, START);
        any = true;
    }
    if (any) {
        host_work(w, id);
    }
    return any;
}

static mptcp_time until_deadline(const struct world *w)
{
    mptcp_time least = MPTCP_NEVER;

    for (int id = 0; id < 2; id++) {
        if (w->end[id].life != LIFE_ALIVE) {
            continue;
        }
        mptcp_time due = mptcp_deadline(conn_of(w, id));
        mptcp_time wait = due == MPTCP_NEVER ? MPTCP_NEVER : due > START ? due - START : 0;
        least = wait < least ? wait : least;
    }
    return least;
}

static void advance(struct world *w, mptcp_time by, bool fire)
{
    for (int id = 0; id < 2; id++) {
        struct mptcp_conn *c = conn_of(w, id);
        if (w->end[id].life != LIFE_ALIVE) {
            continue;
        }
        bool due = fire && mptcp_deadline(c) <= START + by;
        if (due) {
            say("%c: a timer, %.3f s later", 'A' + id, (double)by / 1e6);
            mptcp_on_timeout(c, START + by);
            if (mptcp_deadline(c) <= START + by) {
                fail("%c: the deadline stays in the past", 'A' + id);
            }
        }
        mptcp_conn_rebase(c, START + by, START);
        if (due) {
            host_work(w, id);
        }
    }
}

/* The TCPs that wait for an acknowledgement. */
static unsigned waiting(const struct world *w)
{
    unsigned tries = 0;

    for (unsigned i = 0; i < 2 * SUBFLOWS; i++) {
        const struct end *e = &w->end[i % 2];
        const struct tcp *t = &e->tcp[i / 2];
        if (e->life == LIFE_ALIVE && tcp_outstanding(t)) {
            tries = t->tries + 1u > tries ? t->tries + 1u : tries;
        }
    }
    return tries;
}

static void send_again(struct world *w)
{
    for (unsigned i = 0; i < 2 * SUBFLOWS; i++) {
        int id = (int)(i % 2);
        struct tcp *t = &w->end[id].tcp[i / 2];
        if (w->end[id].life != LIFE_ALIVE || !tcp_outstanding(t)) {
            continue;
        }
        if (++t->tries > TRIES_MAX) {
            fail("%c never gets an acknowledgement on subflow %u, and nothing is lost", 'A' + id,
                 i / 2 + 1);
            return;
        }
        say("%c sends again what is not acknowledged", 'A' + id);
        tcp_resend(w, id, i / 2, true);
    }
}

static bool pass_time(struct world *w)
{
    unsigned tries = waiting(w);
    mptcp_time core = until_deadline(w);

    if (tries > 0 && w->rto_left == 0) {
        w->rto_left = RTO_US << (tries - 1 < RTO_DOUBLINGS ? tries - 1 : RTO_DOUBLINGS);
    } else if (tries == 0) {
        w->rto_left = 0;
    }
    if (tries > 0 && w->rto_left <= core) {
        mptcp_time by = w->rto_left;
        w->rto_left = 0;
        advance(w, by, false);
        send_again(w);
        return true;
    }
    if (core == MPTCP_NEVER) {
        return false;
    }
    w->rto_left -= tries > 0 ? (uint32_t)core : 0;
    advance(w, core, true);
    return true;
}

/* False: nothing can happen any more. */
static bool step(struct world *w)
{
    if (do_what_waits(w) || deliver_next(w)) {
        return true;
    }
    check_quiet(w);
    bool any = application(w, CLIENT);
    any |= application(w, SERVER);
    return any || pass_time(w);
}

bool fair_ends(const struct world *from)
{
    static struct world *w;
    static size_t size;
    static uint64_t path[STEPS];
    unsigned n = 0;

    if (size != world_size) {
        free(w);
        w = malloc(world_size);
        size = world_size;
    }
    memcpy(w, from, world_size);
    memset(w->left, 0, sizeof w->left);
    while (failure[0] == 0) {
        if (world_over(w)) {
            check_over(w);
            break;
        }
        path[n] = world_hash(w) | 1;
        if (*place(path[n]) != 0) {
            break;
        }
        if (++n == STEPS) {
            fail("no end after %u steps", n);
        } else if (!step(w)) {
            if (world_forsaken(w)) {
                break;
            }
            fail("nothing happens any more, and no end was told");
        }
    }
    if (talk || failure[0] != 0) {
        return failure[0] == 0;
    }
    for (unsigned i = 0; i < n; i++) {
        uint64_t *slot = place(path[i]);
        known_count += *slot == 0;
        *slot = path[i];
        make_room();
    }
    return true;
}
