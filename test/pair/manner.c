/*
 * manner.c - how the TCPs of hosts differ where the contract of conn.h leaves them the choice, and
 * what they cannot help:
 *
 * - room: other options (timestamps, SACK blocks) leave 0 to 40 octets on any segment; data make
 *   room for their mapping, an ACK goes without what does not fit;
 * - cut: boundaries are others at every retransmission;
 * - ACKs: one for several segments, some time later;
 * - reports: of room rarely, or only when something changed, of the RTT never; of octets in order
 *   some time after they were acknowledged; or passed on to the application at once;
 * - memory: a segment that was asked for does not leave; SEND and SEND_ACK have to wait.
 *
 * And on hostile paths: ACKs that boxes make one, and the DATA_FIN as part of the last mapping, as
 * Linux sends it (box.c, cut.c).
 */
#include "sim.h"

#include <string.h>

#define TIMESTAMPS 12u
#define OTHER_KIND 253

static uint8_t percent(uint64_t *r, unsigned least, unsigned most)
{
    return (uint8_t)(least + draw(r) % (most - least + 1));
}

static void draw_manner(struct manner *m, uint64_t *r)
{
    m->tight = one_in(r, 2) ? percent(r, 5, 95) : 0;
    m->least_room = one_in(r, 2) ? percent(r, 20, 40) : 0;
    m->syn_room = one_in(r, 10) ? percent(r, 1, 40) : 0;
    m->recut = one_in(r, 3);
    m->no_rtt = one_in(r, 4);
    m->changes_only = one_in(r, 3);
    m->fin_on_data = one_in(r, 2);
    m->sums = one_in(r, 3);
    m->copied = one_in(r, 3);
    m->established = one_in(r, 2);
    m->no_memory = one_in(r, 4) ? percent(r, 1, 20) : 0;
    m->not_now = one_in(r, 4) ? percent(r, 5, 60) : 0;
    m->ack_delay = one_in(r, 3) ? 1000 + (uint32_t)(draw(r) % 200000) : 0;
    m->report_rare = one_in(r, 4) ? 1000 + (uint32_t)(draw(r) % 500000) : 0;
    m->data_late = one_in(r, 4) ? 1000 + (uint32_t)(draw(r) % 100000) : 0;
    m->passes = (*r >> 20 & 1) != 0;
}

void scenario_varied(struct scenario *sc, uint64_t seed)
{
    uint64_t r = seed * 0x9fb21c651e98df25ull + 4711;

    sc->varied = true;
    for (unsigned i = 0; i < 2; i++) {
        if (!one_in(&r, 4)) {
            draw_manner(&sc->manner[i], &r);
            sc->calm = false;
        }
    }
    for (unsigned i = 0; i < PATHS * 2 && sc->hostile; i++) {
        struct fault *f = &sc->fault[i / 2][i % 2];
        static const uint8_t keeps[] = {KEEPS_FIRST, KEEPS_LAST, KEEPS_LAST, KEEPS_NONE};
        f->ack_merge = one_in(&r, 4) ? percent(&r, 10, 90) : 0;
        f->ack_keeps = keeps[draw(&r) % 4];
    }
    bool fin = sc->hostile && sc->liar < 0 && one_in(&r, 3);
    unsigned who = (unsigned)(draw(&r) % 2);
    for (unsigned i = 0; i < PATHS; i++) {
        sc->fault[i][who].fin_mapped = fin;
    }
}

void manner_trace(struct sim *s)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct manner *m = &s->sc.manner[i];
        trace(s,
              "%d: tight %u%%, room %u, SYN %u, recut %u, no RTT %u, changes only %u, no memory "
              "%u%%, not now "
              "%u%%, ACKs wait %u us, reports %u us, data %u us",
              i, m->tight, m->least_room, m->syn_room, m->recut, m->no_rtt, m->changes_only,
              m->no_memory, m->not_now, m->ack_delay, m->report_rare, m->data_late);
    }
}

/* ------------------------------------------------------------------- segments */

/* Draws nothing where it cannot be: steady hosts are the same with and without this file. */
static bool chance(struct sim *s, unsigned percent_of)
{
    return percent_of != 0 && random_below(s, 100) < percent_of;
}

uint8_t manner_room(const struct end *e)
{
    uint8_t least = e->sim->sc.manner[e->id].least_room;

    return least != 0 ? least : e->sim->sc.room;
}

/* A SYN has the room that it has; elsewhere 0 to 40 octets in steps of 4 are others'. */
unsigned manner_others(struct end *e, unsigned flags, bool asked, uint8_t *options)
{
    if ((flags & MPTCP_TCP_SYN) != 0 || !chance(e->sim, e->sim->sc.manner[e->id].tight)) {
        return 0;
    }
    unsigned n = 4 * random_below(e->sim, asked ? (40u - manner_room(e)) / 4 + 1 : 11);
    e->sim->met[MET_TIGHT]++;
    memset(options, 0x55, n);
    unsigned at = 0;
    if (n == TIMESTAMPS || n >= TIMESTAMPS + 4) {
        memcpy(options, (const uint8_t[]){1, 1, 8, 10}, 4);
        at = TIMESTAMPS;
    }
    if (at < n) {
        options[at] = OTHER_KIND;
        options[at + 1] = (uint8_t)(n - at);
    }
    return n;
}

bool manner_not_now(struct end *e)
{
    bool not_now = chance(e->sim, e->sim->sc.manner[e->id].not_now);

    e->sim->met[MET_NOT_NOW] += not_now;
    return not_now;
}

bool manner_no_memory(struct end *e)
{
    bool none = chance(e->sim, e->sim->sc.manner[e->id].no_memory);

    e->sim->met[MET_NO_MEMORY] += none;
    return none;
}

/* Data in order may be acknowledged together with what follows. */
bool manner_delays_ack(struct end *e, struct tcp *t, const struct segment *p)
{
    uint32_t delay = e->sim->sc.manner[e->id].ack_delay;
    bool plainly = p->seg.len > 0 && p->seg.ssn.v + p->seg.len == t->rcv_nxt && t->up &&
                   (p->seg.tcp_flags & (MPTCP_TCP_FIN | MPTCP_TCP_SYN)) == 0;

    if (delay == 0 || !plainly || random_below(e->sim, 4) == 0) {
        return false;
    }
    mptcp_time at = e->sim->now + 1 + random_below(e->sim, delay);
    t->ack_at = t->ack_at == 0 || at < t->ack_at ? at : t->ack_at;
    e->sim->met[MET_ACK_DELAYED]++;
    return true;
}

/* -------------------------------------------------------------------- reports */

bool manner_data_later(struct end *e, struct tcp *t)
{
    uint32_t late = e->sim->sc.manner[e->id].data_late;

    if (t->data_at != 0) {
        return true;
    }
    if (late == 0 || random_below(e->sim, 2) == 0) {
        return false;
    }
    t->data_at = e->sim->now + 1 + random_below(e->sim, late);
    e->sim->met[MET_DATA_LATE]++;
    return true;
}

/* A sum must not cross the end of a mapping, and says nothing where none is known. */
struct mptcp_piece manner_piece(struct end *e, const struct tcp *t)
{
    struct mptcp_piece piece = {.len = t->rcv_nxt - t->reported, .data = t->rx + t->reported};
    uint32_t left = mptcp_rx_mapping_left(e->conn, t->sf);

    if (!e->sim->sc.manner[e->id].sums) {
        return piece;
    }
    if (left != 0) {
        piece.len = piece.len < left ? piece.len : left;
        piece.sum = mptcp_sum(0, piece.data, piece.len, false);
        piece.data = NULL;
        e->sim->met[MET_SUMS]++;
    }
    return piece;
}

void manner_given(struct end *e, struct tcp *t)
{
    if (!e->sim->sc.manner[e->id].copied || !e->sim->sc.ring_host[e->id] ||
        random_below(e->sim, 3) != 0) {
        return;
    }
    if (sums_needed(e) && !sums_kept(e, t)) {
        return;
    }
    t->copied = t->nxt;
    int why = mptcp_on_copied(e->conn, t->sf, clock_of(e));
    if (why < 0) {
        fail(e->sim, "%d: on_copied: %s", e->id, mptcp_error_name(why));
    }
    e->sim->met[MET_COPIED]++;
    moved(e);
}

void manner_up(struct end *e, struct tcp *t)
{
    if (e->sim->sc.manner[e->id].established) {
        mptcp_on_established(e->conn, t->sf, clock_of(e));
        moved(e);
    }
}

bool manner_report(struct end *e, struct tcp *t, struct mptcp_path *path)
{
    const struct manner *m = &e->sim->sc.manner[e->id];

    path->srtt_us = m->no_rtt ? 0 : path->srtt_us;
    t->report_due = memcmp(path, &t->report, sizeof *path) != 0;
    if (m->changes_only && !t->report_due) {
        return false;
    }
    if (e->sim->now < t->report_at) {
        return false;
    }
    e->sim->met[MET_REPORT_LATE] += t->report_due && t->report_at != 0;
    t->report_at = m->report_rare == 0 ? 0 : e->sim->now + random_below(e->sim, m->report_rare);
    t->report = *path;
    t->report_due = false;
    return true;
}

/* When this host does by itself what it put off. */
mptcp_time manner_next(const struct tcp *t)
{
    mptcp_time at = t->used && !t->dead && t->data_at != 0 ? t->data_at : MPTCP_NEVER;

    return t->used && t->up && t->report_due && t->report_at < at ? t->report_at : at;
}
