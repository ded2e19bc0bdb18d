/*
 * actions.c - the loop that does what is due, and each action as conn.h says. Octets
 * of the send buffer are poisoned as soon as MPTCP_FREE lets them go, those of a receive queue as
 * soon as they were released.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define POISON 0xee
#define ACTIONS_MAX 4000u

static void poison_queue(struct tcp *t, uint32_t below)
{
    if (below > t->released && below <= SPACE) {
        memset(t->rx + t->released, POISON, below - t->released);
        t->released = below;
    }
}

static bool deliverable(struct end *e, const struct tcp *t, uint32_t ssn, uint32_t n)
{
    if (ssn < t->released || ssn + n > t->reported || e->eof) {
        fail(e->sim, "deliver ssn %u+%u: released %u, reported %u", ssn, n, t->released,
             t->reported);
        return false;
    }
    return true;
}

void host_passes(struct end *e, struct tcp *t, uint32_t ssn, uint32_t n)
{
    if (!deliverable(e, t, ssn, n) || (e->sim->sc.liar < 0 && !ledger_delivers(e, t, ssn, n))) {
        return;
    }
    e->sim->met[MET_PASSED]++;
    e->taken += n;
    poison_queue(t, ssn + n);
}

static void deliver(struct end *e, const struct mptcp_action *a)
{
    struct tcp *t = tcp_find(e, a->sf);
    uint32_t n = a->len;

    if (t == NULL) {
        fail(e->sim, "deliver from an unknown subflow");
        return;
    }
    if (!deliverable(e, t, a->ssn.v, n)) {
        return;
    }
    if (n > 1 && random_below(e->sim, 4) == 0) {
        n = 1 + random_below(e->sim, n);
    }
    if (e->sim->sc.liar < 0 && !ledger_delivers(e, t, a->ssn.v, n)) {
        return;
    }
    e->taken += n;
    commit(e, a, n, MPTCP_DONE);
    uint32_t keep = n == a->len || a->keep.v < a->ssn.v + n ? a->keep.v : a->ssn.v + n;
    poison_queue(t, keep);
}

static void send(struct end *e, const struct mptcp_action *a)
{
    struct tcp *t = tcp_find(e, a->sf);
    uint32_t n = a->len;

    if (t != NULL && e->sim->sc.liar >= 0 && t->nxt + n >= SPACE) {
        tcp_gone(e, t, MPTCP_E_SUBFLOW_FAILED); /* for nothing, again and again */
        return;
    }
    if (t == NULL || !(t->up || t->early) || a->ssn.v != t->nxt || t->nxt + n >= SPACE) {
        fail(e->sim, "send to a subflow that is not there, or with SSN %u and not %u", a->ssn.v,
             t == NULL ? 0 : t->nxt);
        return;
    }
    bool not_now = manner_not_now(e);
    if (not_now || (e->sim->sc.later && random_below(e->sim, 8) == 0)) {
        bool failed = not_now && random_below(e->sim, 2) == 0;
        e->sim->met[MET_LATER]++;
        commit(e, a, 0, failed ? MPTCP_FAILED : MPTCP_LATER);
        moved(e);
        host_report_path(e, t);
        return;
    }
    if (e->sim->sc.later && n > 1 && random_below(e->sim, 4) == 0) {
        n = 1 + random_below(e->sim, n);
    }
    uint64_t offset = a->dsn.v - e->first;
    if (offset + n > e->written) {
        fail(e->sim, "send of octets that were not written");
        return;
    }
    ledger_given(e, t, a, n);
    memcpy(t->tx + t->nxt, e->buffer + offset, n);
    t->pieces[t->npieces++] = (struct piece){t->nxt, n, a->dsn};
    t->nxt += n;
    e->sim->met[MET_REINJECTION] += a->reinjected;
    commit(e, a, n, MPTCP_DONE);
    t->report.room = UINT32_MAX; /* the next report says something new */
    moved(e);
    manner_given(e, t);
    tcp_push(e, t);
}

static void open_subflow(struct end *e, const struct mptcp_action *a)
{
    bool theirs = e->sim->sc.announce || e->id == 1; /* it is the peer's address that tells */
    unsigned path = theirs ? a->remote.ip[1] : a->local.ip[1];
    bool refuse = e->sim->sc.later && random_below(e->sim, 4) == 0;

    if (!version_believes(e, &a->remote)) {
        fail(e->sim, "%d: connect to an address that was announced without the right HMAC", e->id);
        return;
    }
    if (version_is_nobodys(&a->remote)) {
        commit(e, a, 0, MPTCP_FAILED);
        return;
    }
    if (path >= e->sim->sc.paths) {
        fail(e->sim, "connect on path %u", path);
        return;
    }
    bool fails = e->sim->next_tcp >= TCPS || (e->failed < 2 && manner_not_now(e));
    refuse |= fails;
    e->failed += fails;
    commit(e, a, 0, fails ? MPTCP_FAILED : refuse ? MPTCP_LATER : MPTCP_DONE);
    moved(e);
    if (refuse) {
        trace(e->sim, "%d: no subflow now: %s", e->id, fails ? "FAILED" : "LATER");
        return;
    }
    struct tcp *t = tcp_open(e, path, e->sim->next_tcp++, a->sf);
    t->local = a->local;
    t->local.port = (uint16_t)(7000 + t->index);
    t->remote = a->remote;
    tcp_connect(e, t);
}

/* A FIN that nobody sent was taken for the peer's. */
static bool forged(const struct end *e)
{
    for (unsigned i = 0; i < TCPS; i++) {
        if (e->tcp[i].forged_fin && e->tcp[i].fin_received) {
            return true;
        }
    }
    return false;
}

/* A box changes what octets there are, or where they end, or a peer lies: what mappings say may
 * contradict itself. */
static bool may_contradict(const struct end *e)
{
    bool edits = e->plain || e->sim->sc.liar >= 0 || forged(e);

    for (unsigned i = 0; i < PATHS * 2; i++) {
        edits |= e->sim->sc.fault[i / 2][i % 2].edit_at != 0;
    }
    return edits;
}

static void reset(struct end *e, const struct mptcp_action *a)
{
    struct tcp *t = tcp_find(e, a->sf);
    trace(e->sim, "%d: reset subflow: %s", e->id, mptcp_error_name(a->code));
    if (a->code == MPTCP_E_MAPPING && !may_contradict(e)) {
        fail(e->sim, "%d: a mapping that comes again is taken for another one", e->id);
    }
    if (a->code == MPTCP_E_TIMED_OUT && e->sim->sc.dark_at == 0 && !e->sim->sc.hostile &&
        e->sim->sc.park_at == 0) {
        fail(e->sim, "%d: a join timed out", e->id);
    }
    excuse_verdict(e->sim, t != NULL ? t->path : PATHS, a->code);
    if (t != NULL) {
        excuse_lost(e->sim, t->path);
        tcp_emit(e, t, MPTCP_TCP_RST | MPTCP_TCP_ACK, t->nxt + (t->fin_sent ? 1 : 0), 0);
        t->up = false;
        t->dead = true;
        t->rcv_nxt = t->reported;
        t->rto_at = t->ack_at = t->data_at = 0;
        t->una = t->nxt = t->sent = 1;
        t->npieces = 0;
    }
    commit(e, a, 0, MPTCP_DONE);
}

/* Whoever has closed in order holds nothing for the connection any more. */
static void check_end(struct end *e)
{
    for (unsigned i = 0; i < TCPS; i++) {
        const struct tcp *t = &e->tcp[i];
        if (t->used && (t->released < t->rcv_nxt || t->up)) {
            fail(e->sim, "%d: ended, and subflow %u holds ssn %u to %u", e->id, i, t->released,
                 t->rcv_nxt);
        }
    }
    if (e->freed != e->written && e->end_code == MPTCP_E_CLOSED && e->sim->sc.liar < 0) {
        fail(e->sim, "%d: ended, and %u of %u octets are not freed", e->id, e->written - e->freed,
             e->written);
    }
}

static void event(struct end *e, const struct mptcp_action *a)
{
    struct sim *s = e->sim;
    trace(s, "%d: event %u sf %x code %s", e->id, a->event, a->sf, mptcp_error_name(a->code));
    switch (a->event) {
    case MPTCP_EV_OPEN:
        e->open = true;
        s->met[MET_PLAIN] += a->code != 0;
        s->met[MET_OPEN_0] += a->code == 0 && e->version == 0;
        e->open_code = a->code;
        e->plain |= a->code != 0;
        break;
    case MPTCP_EV_SUBFLOW:
        s->met[MET_JOIN] += (a->sf & 0xff) != 0;
        s->met[MET_JOIN_0] += (a->sf & 0xff) != 0 && e->version == 0;
        s->met[MET_IPV6] += (a->sf & 0xff) != 0 && s->sc.ipv6;
        s->met[MET_REPAIR] += a->sf >> 8 > 1;
        host_report_path(e, tcp_find(e, a->sf));
        break;
    case MPTCP_EV_ADDRESS:
        s->met[MET_ADD_ADDR] += s->sc.announce;
        if (e->version == 0) { /* which has no echo */
            park_knows(e, a->addr_id);
        }
        break;
    case MPTCP_EV_EOF:
        e->eof = true;
        s->cut_short |= e->plain && forged(e);
        ledger_eof(e);
        break;
    case MPTCP_EV_FALLBACK:
        e->plain = true;
        s->met[MET_FALLBACK]++;
        s->met[MET_FAILED] += a->code == MPTCP_E_CHECKSUM;
        excuse_verdict(s, PATHS, a->code);
        break;
    case MPTCP_EV_CLOSED:
        e->closed = true;
        break;
    case MPTCP_EV_END:
        e->ended = true;
        e->end_code = a->code;
        check_end(e);
        break;
    default:
        break;
    }
    commit(e, a, 0, MPTCP_DONE);
}

static void simple(struct end *e, const struct mptcp_action *a)
{
    struct tcp *t = tcp_find(e, a->sf);

    commit(e, a, 0, MPTCP_DONE);
    moved(e);
    switch (a->type) {
    case MPTCP_FREE: {
        uint64_t upto = a->dsn.v - e->first;
        if (upto > e->written || upto < e->freed) {
            fail(e->sim, "free up to %llu of %u", (unsigned long long)upto, e->written);
            return;
        }
        ledger_freed(e, upto);
        memset(e->buffer + e->freed, POISON, (size_t)(upto - e->freed));
        e->freed = (uint32_t)upto;
        return;
    }
    case MPTCP_RELEASE:
        poison_queue(t, a->keep.v);
        return;
    case MPTCP_SEND_ACK:
        t->asked = true;
        if (e->sim->sc.lazy_acks && random_below(e->sim, 2) == 0) {
            mptcp_time at = e->sim->now + random_below(e->sim, 10000);
            t->ack_at = t->ack_at == 0 || at < t->ack_at ? at : t->ack_at;
            return;
        }
        tcp_emit(e, t, MPTCP_TCP_ACK, t->nxt + (t->fin_sent ? 1 : 0), 0);
        return;
    case MPTCP_PROBE:
        e->sim->met[MET_PROBE]++;
        ledger_probe(e, t);
        if (e->sim->sc.calm && e->refused + e->sim->end[!e->id].refused == 0) {
            fail(e->sim, "%d: a window probe, and no window update was lost", e->id);
        }
        tcp_emit(e, t, MPTCP_TCP_ACK, t->nxt - 1, 0);
        return;
    case MPTCP_CLOSE_SUBFLOW:
        t->fin_sent = true;
        tcp_emit(e, t, MPTCP_TCP_ACK | MPTCP_TCP_FIN, t->nxt, 0);
        t->rto_at = e->sim->now + 250000;
        return;
    default:
        return;
    }
}

/* A host that can't now: the action is not due again at once, and others are not blocked. */
static bool not_now(struct end *e, const struct mptcp_action *a)
{
    struct mptcp_action next;
    bool own = a->type == MPTCP_SEND || a->type == MPTCP_CONNECT || a->type == MPTCP_SEND_ACK;
    bool refused = a->type == MPTCP_SEND_ACK && manner_not_now(e);

    if (!refused && (!e->sim->sc.later || own || random_below(e->sim, 10) != 0)) {
        return false;
    }
    e->sim->met[MET_LATER]++;
    commit(e, a, 0,
           random_below(e->sim, 2) != 0 && a->type != MPTCP_LISTEN ? MPTCP_FAILED : MPTCP_LATER);
    moved(e);
    if (mptcp_poll(e->conn, &next) && next.type == a->type &&
        (a->type != MPTCP_SEND_ACK || next.sf == a->sf)) {
        fail(e->sim, "%d: an action of type %u is due again at once", e->id, a->type);
    }
    return true;
}

static void act(struct end *e, const struct mptcp_action *a)
{
    if (not_now(e, a)) {
        return;
    }
    switch (a->type) {
    case MPTCP_DELIVER:
        deliver(e, a);
        break;
    case MPTCP_SEND:
        send(e, a);
        break;
    case MPTCP_CONNECT:
        open_subflow(e, a);
        break;
    case MPTCP_RESET_SUBFLOW:
        reset(e, a);
        break;
    case MPTCP_EVENT:
        event(e, a);
        break;
    default:
        simple(e, a);
        break;
    }
    moved(e);
}

void host_work(struct end *e)
{
    struct mptcp_action a;

    if (e->instant != e->sim->now) {
        e->instant = e->sim->now;
        e->acts = e->timeouts = 0;
    }
    while (e->sim->failure[0] == 0 && e->conn != NULL && mptcp_poll(e->conn, &a)) {
        act(e, &a);
        if (++e->acts > ACTIONS_MAX) {
            fail(e->sim, "%d: %u actions at one instant, the last of type %u", e->id, e->acts,
                 a.type);
        }
    }
}
