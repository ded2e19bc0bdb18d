/*
 * turns.c - the turns of the connections: those that are in the queue (relay.c) do what their stage
 * has to do, and those that have waited long enough go on without an answer.
 */
#include "proxy.h"

#include <sys/socket.h>

static bool app_is_lost(struct px_relay *r)
{
    int e = 0;
    socklen_t n = sizeof e;

    if (!r->app_failed || (r->stage == PX_DIALLING && r->door->kind == PX_SERVE)) {
        return false;
    }
    r->app_failed = false;
    return getsockopt(r->app, SOL_SOCKET, SO_ERROR, &e, &n) == 0 && e != 0;
}

static void work(struct px_relay *r)
{
    if (r->stage != PX_FREE && app_is_lost(r)) {
        px_relay_fail(r, MPTCP_E_PEER_RESET);
        return;
    }
    switch (r->stage) {
    case PX_GREETING:
        px_front_work(r);
        break;
    case PX_DIALLING:
        px_dial_work(r);
        break;
    case PX_TALKING:
        px_flow(r);
        break;
    default:
        break;
    }
}

/* What they enter into the queue is for the next time. */
void px_turns(void)
{
    struct px_relay *r = px_relays_take();

    while (r != NULL) {
        struct px_relay *next = r->next_dirty;
        r->dirty = false;
        work(r);
        r = next;
    }
}

static void give_up(struct px_relay *r)
{
    if (r->stage == PX_DIALLING) {
        px_dial_again(r, MPTCP_E_TIMED_OUT);
    } else if (r->stage == PX_TALKING) {
        px_flow(r);
    } else {
        px_relay_fail(r, MPTCP_E_TIMED_OUT);
    }
}

void px_turns_tick(void)
{
    struct px_relay *r;

    if (!px_relays_due()) {
        return;
    }
    for (uint32_t i = 0; (r = px_relay_at(i)) != NULL && px_relays_next() != MPTCP_NEVER; i++) {
        if (r->stage != PX_FREE && px_now() >= r->give_up) {
            give_up(r);
        }
    }
}

void px_turns_report(void)
{
    struct px_relay *r;

    for (uint32_t i = 0; px_stats_wanted() && (r = px_relay_at(i)) != NULL; i++) {
        if (r->stage == PX_TALKING) {
            px_stats_of(r);
        }
    }
    px_stats_second();
}

void px_turns_abort(void)
{
    struct px_relay *r;

    for (uint32_t i = 0; (r = px_relay_at(i)) != NULL; i++) {
        if (r->stage != PX_FREE) {
            px_relay_fail(r, MPTCP_E_ABORTED);
        }
    }
}
