/*
 * park.c - an end leaves all its subflows without a word and goes on elsewhere: its block under
 * another clock, its send buffer, its application; from new addresses, with an endpoint that knows
 * nothing of it.
 *
 *   there     -> parked   as soon as it may: what was in order is delivered; TCP's state is gone,
 *                         what the peer sends goes nowhere
 *   parked    -> resumed  some time later
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_US 300000000u

static void vanish(struct tcp *t)
{
    t->up = t->early = t->time_wait = false;
    t->dead = t->vanished = true;
    t->rto_at = t->ack_at = t->data_at = 0;
    t->rcv_nxt = t->reported;
    t->una = t->nxt = t->sent = 1;
    t->npieces = 0;
    t->released = t->rcv_nxt;
}

/* What had come beyond RCV.NXT will come again. */
static void forget_arrived(struct end *e, const struct mptcp_conn_report *info)
{
    uint64_t offset = info->rcv_nxt.v - e->sim->end[!e->id].keyed;

    if (offset < STREAM_MAX) {
        memset(e->arrived + offset, 0, (size_t)(STREAM_MAX - offset));
    }
    e->expected = offset < e->expected ? (uint32_t)offset : e->expected;
}

/* It says no, and is as it was. */
static bool may_leave(struct end *e)
{
    uint8_t *before = malloc(e->size);

    memcpy(before, e->conn, e->size);
    int why = mptcp_conn_park(e->conn, clock_of(e));
    if (why < 0 && (why != MPTCP_E_AGAIN && why != MPTCP_E_STATE)) {
        fail(e->sim, "%d: park: %s", e->id, mptcp_error_name(why));
    }
    if (why < 0 && memcmp(before, e->conn, e->size) != 0) {
        fail(e->sim, "%d: park was refused and changed something", e->id);
    }
    free(before);
    return why == MPTCP_OK;
}

static void leave(struct end *e)
{
    struct mptcp_conn_report info;

    host_work(e);
    if (e->sim->failure[0] != 0 || e->ended || !may_leave(e)) {
        return;
    }
    struct mptcp_action a;
    if (mptcp_want(e->conn) != 0 && mptcp_poll(e->conn, &a) && a.type != MPTCP_FREE &&
        a.type != MPTCP_EVENT) {
        fail(e->sim, "%d: parked, and an action of type %u is due", e->id, a.type);
    }
    mptcp_conn_info(e->conn, &info);
    trace(e->sim, "%d: parked", e->id);
    e->sim->met[e->id == 0 ? MET_PARK_CLIENT : MET_PARK_SERVER]++;
    forget_arrived(e, &info);
    e->was_parked = true;
    e->park_clock = clock_of(e);
    e->wake_at = e->sim->now + e->sim->sc.park_for;
    e->parked = malloc(e->size);
    memcpy(e->parked, e->conn, e->size);
    memset(e->conn, 0xa5, e->size);
    free(e->conn);
    e->conn = NULL;
    for (unsigned i = 0; i < TCPS; i++) {
        if (e->tcp[i].used) {
            vanish(&e->tcp[i]);
        }
    }
}

static void add_addresses(struct end *e)
{
    bool many = e->id == 0 && (!e->sim->sc.announce || e->sim->sc.ipv6);
    uint8_t id;

    for (unsigned i = 0; i < (many ? e->sim->sc.paths : 1); i++) {
        struct mptcp_addr a = host_address(e, i);
        int why = mptcp_add_address(e->conn, &a, MPTCP_ADDR_JOIN, &id, clock_of(e));
        if (why < 0) {
            fail(e->sim, "%d: add_address when resumed: %s", e->id, mptcp_error_name(why));
        }
        moved(e);
    }
}

static void come_back(struct end *e)
{
    struct mptcp_conn_report info;
    uint8_t *mem = e->parked;

    trace(e->sim, "%d: resumed", e->id);
    e->parked = NULL;
    e->generation++;
    e->skew = 100000000 + random_below(e->sim, 1000000000);
    if (mptcp_conn_resume(mem, e->size - 8, e->park_clock, clock_of(e), LIMIT_US) != NULL) {
        fail(e->sim, "%d: resumed in too little memory", e->id);
    }
    e->conn = mptcp_conn_resume(mem, e->size, e->park_clock, clock_of(e), LIMIT_US);
    if (e->conn == NULL) {
        fail(e->sim, "%d: can't be resumed", e->id);
        free(mem);
        return;
    }
    mptcp_conn_info(e->conn, &info);
    e->endpoint = mptcp_endpoint_init(e->endpoint, MPTCP_ENDPOINT_SIZE(8u), 8);
    mptcp_endpoint_add(e->endpoint, info.local_token, (uint32_t)e->id);
    moved(e);
    add_addresses(e);
}

void park_knows(struct end *e, uint8_t addr_id)
{
    bool joined = false; /* from there, before it was announced */

    for (unsigned i = 1; i < TCPS; i++) {
        const struct tcp *t = &e->tcp[i];
        joined |= t->used && !t->syn_sent && t->path == addr_id;
    }
    e->knows |= !joined;
}

void park_said(struct end *e, const struct mptcp_options *o)
{
    if ((o->present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0 && o->add_addr.echo) {
        park_knows(e, o->add_addr.addr_id);
    }
}

/* Afterwards it must be able to join: a server, where its client has announced an address. */
void park_or_wake(struct sim *s)
{
    struct end *e = &s->end[s->sc.park_who];
    bool able = e->id == 0 || e->knows;

    if (s->sc.park_at == 0 || s->now < s->sc.park_at) {
        return;
    }
    if (e->parked != NULL && s->now >= e->wake_at) {
        come_back(e);
    } else if (!e->was_parked && e->conn != NULL && e->open && able) {
        leave(e);
    }
}

mptcp_time park_next(const struct sim *s)
{
    const struct end *e = &s->end[s->sc.park_who];

    if (e->parked != NULL) {
        return e->wake_at;
    }
    return s->sc.park_at > s->now ? s->sc.park_at : MPTCP_NEVER;
}
