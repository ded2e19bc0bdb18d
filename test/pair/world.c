/*
 * world.c - the clock, the paths, what is under way, and the loop that jumps
 * from event to event until both ends are through.
 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_US 600000000u
#define HOSTILE_LIMIT_US 2000000000u
#define EVENTS_MAX 400000u
#define TIMEOUTS_MAX 20u /* at one instant */

void fail(struct sim *s, const char *format, ...)
{
    va_list args;
    if (s->failure[0] != 0) {
        return;
    }
    va_start(args, format);
    vsnprintf(s->failure, sizeof s->failure, format, args);
    va_end(args);
    trace(s, "FAILED: %s", s->failure);
}

void trace(struct sim *s, const char *format, ...)
{
    va_list args;
    if (!s->verbose) {
        return;
    }
    printf("%10.6f  ", (double)s->now / 1e6);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

static void trace_segment(struct sim *s, const char *what, const struct segment *p)
{
    if (!s->verbose) {
        return;
    }
    printf("%10.6f  %s path %u to %d: flags %02x ssn %u len %u ack %u window %u options",
           (double)s->now / 1e6, what, p->path, p->to, p->seg.tcp_flags, p->seg.ssn.v, p->seg.len,
           p->seg.ack.v, p->seg.window);
    for (unsigned i = 0; i < p->seg.options_len; i++) {
        printf(" %02x", p->options[i]);
    }
    putchar('\n');
}

void world_enqueue(struct sim *s, struct segment *p, mptcp_time after)
{
    struct segment **q = &s->queue;

    p->at = s->now + after + (s->sc.jitter_us == 0 ? 0 : random_below(s, s->sc.jitter_us));
    while (*q != NULL && (*q)->at <= p->at) {
        q = &(*q)->next;
    }
    p->next = *q;
    *q = p;
}

void world_drop(struct segment *p)
{
    free(p->payload);
    free(p);
}

struct segment *world_copy(const struct segment *p)
{
    struct segment *copy = malloc(sizeof *copy);

    *copy = *p;
    copy->seg.options = copy->options;
    copy->payload = NULL;
    if (p->payload != NULL) {
        copy->payload = malloc(p->seg.len + 1);
        memcpy(copy->payload, p->payload, p->seg.len);
    }
    return copy;
}

void world_send(struct sim *s, struct end *from, struct tcp *t, const struct mptcp_segment *seg,
                const uint8_t *options, const uint8_t *payload)
{
    struct segment *p = calloc(1, sizeof *p);

    p->to = !from->id;
    p->path = t->path;
    p->tcp = t->index;
    p->seg = *seg;
    p->src = t->local;
    p->dst = t->remote;
    if (!(s->sc.plain_peer && from->id == 1)) {
        memcpy(p->options, options, seg->options_len);
    } else {
        p->seg.options_len = 0;
    }
    p->seg.options = p->options;
    if (seg->len > 0) {
        p->payload = malloc(seg->len);
        memcpy(p->payload, payload, seg->len);
    }
    wire_number(s, t, p);
    if (p->tcp >= TCPS) {
        world_drop(p); /* to who never was there */
        return;
    }
    if (s->sc.versions.used) {
        version_box(s, p);
        version_forge(s, p);
    }
    bool lost = random_below(s, 1000) < s->sc.loss || s->dark[t->path];
    trace_segment(s, lost ? "lost" : "sent", p);
    if (lost) {
        s->met[MET_LOSS]++;
        s->reset_lost |= (seg->tcp_flags & MPTCP_TCP_RST) != 0;
        world_drop(p);
        return;
    }
    if (s->sc.hostile) {
        box_pass(s, from, p);
        return;
    }
    if (seg->len > 0 && t->path == 1 && random_below(s, 1000) < s->sc.corrupt) {
        uint8_t *octet = &p->payload[random_below(s, seg->len)];
        unsigned bit = 1u << random_below(s, 8);
        /* Upwards only: two of them in one mapping must not make its checksum right again. */
        s->met[MET_CORRUPTION] += (*octet & bit) == 0;
        *octet |= (uint8_t)bit;
    }
    world_enqueue(s, p, s->sc.delay[t->path]);
}

static mptcp_time next_event(const struct sim *s)
{
    mptcp_time t = s->queue == NULL ? MPTCP_NEVER : s->queue->at;
    for (int i = 0; i < 2; i++) {
        const struct end *e = &s->end[i];
        mptcp_time d = e->conn == NULL ? MPTCP_NEVER : mptcp_deadline(e->conn);
        d = d == MPTCP_NEVER ? d : d > e->skew ? d - e->skew + e->late : e->late;
        t = d < t ? d : t;
        for (unsigned k = 0; k < TCPS; k++) {
            if (e->tcp[k].used && e->tcp[k].rto_at != 0 && e->tcp[k].rto_at < t) {
                t = e->tcp[k].rto_at;
            }
            if (e->tcp[k].used && e->tcp[k].ack_at != 0 && e->tcp[k].ack_at < t) {
                t = e->tcp[k].ack_at;
            }
            mptcp_time own = manner_next(&e->tcp[k]);
            t = own < t ? own : t;
        }
        if (!e->ended && e->conn != NULL && e->consumed < e->taken && e->read_at < t) {
            t = e->read_at;
        }
    }
    mptcp_time dark[2] = {s->sc.dark_at, s->sc.dark_at + s->sc.dark_for};
    for (unsigned i = 0; i < 2 && s->sc.dark_at != 0; i++) {
        t = dark[i] > s->now && dark[i] < t ? dark[i] : t;
    }
    mptcp_time others[] = {box_next(s), park_next(s)};
    for (unsigned i = 0; i < 2; i++) {
        t = others[i] < t ? others[i] : t;
    }
    return s->sc.kill_at > s->now && s->sc.kill_at < t ? s->sc.kill_at : t;
}

static void disturb(struct sim *s)
{
    park_or_wake(s);
    cookie_flood(s);
    if (s->sc.hostile) {
        box_disturb(s);
        box_timers(s);
    }
    if (s->sc.dark_at != 0) {
        bool dark = s->now >= s->sc.dark_at && s->now < s->sc.dark_at + s->sc.dark_for;
        unsigned path = s->sc.seed & 1u;
        if (dark != s->dark[path]) {
            trace(s, "path %u %s", path, dark ? "goes dark" : "is back");
            s->dark[path] = dark;
        }
    }
    if (s->sc.kill_at != 0 && s->now >= s->sc.kill_at && !s->killed) {
        s->killed = true;
        struct tcp *a = &s->end[0].tcp[1];
        struct tcp *b = &s->end[1].tcp[1];
        if (a->used && a->up && b->used && b->up) {
            s->met[MET_SUBFLOW_DEATH]++;
            excuse_killed(s);
            tcp_gone(&s->end[0], a, MPTCP_E_SUBFLOW_FAILED);
            tcp_gone(&s->end[1], b, MPTCP_E_PEER_RESET);
        }
    }
}

static void timers(struct end *e)
{
    struct sim *s = e->sim;
    for (unsigned k = 0; k < TCPS; k++) {
        tcp_timer(e, &e->tcp[k]);
    }
    if (e->conn == NULL) {
        return;
    }
    mptcp_time due = mptcp_deadline(e->conn);
    if (due <= clock_of(e) && clock_of(e) - due >= e->late) {
        s->met[MET_LATE] += e->late != 0;
        e->late = random_below(s, s->sc.late);
        mptcp_on_timeout(e->conn, clock_of(e));
        moved(e);
        host_work(e);
        if (++e->timeouts > TIMEOUTS_MAX) {
            fail(s, "%d: %u timeouts at one instant", e->id, e->timeouts);
        }
        if (s->failure[0] == 0 && mptcp_deadline(e->conn) <= clock_of(e)) {
            fail(s, "%d: the deadline stays in the past", e->id);
        }
    }
}

static void note_stalls(struct sim *s)
{
    for (int i = 0; i < 2; i++) {
        for (unsigned k = 0; k < TCPS && s->end[i].conn != NULL; k++) {
            const struct tcp *t = &s->end[i].tcp[k];
            s->met[MET_STALL] += t->used && t->up && mptcp_subflow_silent(s->end[i].conn, t->sf);
        }
    }
}

static bool through(const struct sim *s)
{
    return s->end[0].ended && s->end[1].ended;
}

/* After an abort the streams are cut, but what was delivered is right (it is compared on the way).
 */
static bool cut_short(const struct end *e)
{
    return e->sim->aborted &&
           (e->end_code == MPTCP_E_ABORTED || e->end_code == MPTCP_E_PEER_ABORTED ||
            e->end_code == MPTCP_E_PEER_RESET || e->end_code == MPTCP_E_TIMED_OUT);
}

/* Nothing will happen any more, and that is as it may be. */
static bool forsaken(const struct sim *s)
{
    return s->sc.liar >= 0 || ((s->aborted || s->sc.may_fail) && excuse_silence(s));
}

static void settle(struct sim *s)
{
    for (int i = 0; i < 2; i++) {
        struct end *e = &s->end[i];
        bool open = e->open;
        host_application(e);
        host_work(e);
        /* Nothing else may wake an application that has something to write. */
        if (e->open && !open) {
            host_application(e);
            host_work(e);
        }
    }
}

static void verdict(struct sim *s)
{
    for (int i = 0; i < 2 && s->failure[0] == 0; i++) {
        const struct end *e = &s->end[i];
        if (cut_short(e) || s->sc.liar >= 0 || !e->ended) {
            continue;
        }
        bool early = s->sc.may_fail && (e->end_code != MPTCP_E_CLOSED || s->cut_short);
        if (early) {
            s->met[MET_RESET_END]++;
            continue;
        }
        /* As plain TCP: what TCP brought, which the boxes may have made longer or shorter. */
        if (e->plain && s->edited[!i] && e->eof && e->closed && e->end_code == MPTCP_E_CLOSED) {
            continue;
        }
        if (e->plain && !excuse_plain(s)) {
            fail(s, "%d: plain TCP, and nothing justifies it", e->id);
        }
        if (!e->eof || e->taken_syn + e->taken != s->sc.bytes[!i] || !e->closed ||
            e->end_code != MPTCP_E_CLOSED) {
            fail(s, "%d: took %u of %u, eof %d closed %d, ended with %s", i, e->taken,
                 s->sc.bytes[!i], e->eof, e->closed, mptcp_error_name(e->end_code));
        }
    }
}

void world_run(struct sim *s)
{
    mptcp_time limit = s->sc.hostile ? HOSTILE_LIMIT_US : LIMIT_US;

    s->now = 1000000;
    manner_trace(s);
    host_open(&s->end[0]);
    settle(s);
    for (unsigned n = 0; n < EVENTS_MAX && !through(s) && s->failure[0] == 0; n++) {
        mptcp_time t = next_event(s);
        if (t == MPTCP_NEVER || t > limit) {
            if (forsaken(s)) {
                break;
            }
            fail(s, "nothing happens any more at %.3f s: %u of %u and %u of %u octets",
                 (double)s->now / 1e6, s->end[1].taken, s->sc.bytes[0], s->end[0].taken,
                 s->sc.bytes[1]);
            return;
        }
        s->now = t > s->now ? t : s->now;
        disturb(s);
        if (s->queue != NULL && s->queue->at <= s->now) {
            struct segment *p = s->queue;
            s->queue = p->next;
            trace_segment(s, "came", p);
            excuse_bare(s, p);
            host_segment(&s->end[p->to], p);
            world_drop(p);
        }
        timers(&s->end[0]);
        timers(&s->end[1]);
        settle(s);
        note_stalls(s);
    }
    if (!through(s) && s->failure[0] == 0 && !forsaken(s)) {
        fail(s, "not through: %u of %u and %u of %u octets", s->end[1].taken, s->sc.bytes[0],
             s->end[0].taken, s->sc.bytes[1]);
    }
    verdict(s);
}
