/*
 * app.c - the application of an end: writes all it has, reads at once or slowly, closes
 * after its last octet, turns subflows to backups, or gives up.
 */
#include "sim.h"

uint8_t pattern(int from, uint32_t offset)
{
    return (uint8_t)(offset * 31 + (offset >> 8) * 7 + (offset >> 16) * 3 + (uint32_t)from * 101);
}

uint8_t octet_of(const struct end *e, uint32_t offset)
{
    return pattern(e->id, e->outside + offset);
}

/* Subflows become backups, and back. */
static void turn(struct end *e)
{
    struct mptcp_subflow_report info;
    struct tcp *t = &e->tcp[random_below(e->sim, SUBFLOWS)];

    if (!t->used || !t->up || mptcp_subflow_info(e->conn, t->sf, &info) < 0) {
        return;
    }
    e->sim->met[MET_PRIO] += info.peer_backup;
    mptcp_set_backup(e->conn, t->sf, !info.backup, clock_of(e));
    moved(e);
}

/* The first of our further addresses goes. */
static void remove_one(struct end *e)
{
    struct mptcp_addr known;

    for (uint8_t id = 1; id < 8 && !e->removed; id++) {
        e->removed = mptcp_address(e->conn, false, id, &known) == MPTCP_OK &&
                     mptcp_remove_address(e->conn, id, clock_of(e)) == MPTCP_OK;
        e->removed_id = id;
    }
    e->sim->met[MET_REMOVED] += e->removed;
    moved(e);
}

/* The application: writes all it has, reads at once or slowly, closes after its last octet. */
void host_application(struct end *e)
{
    struct sim *s = e->sim;

    if (e->conn == NULL) {
        return;
    }
    if (s->sc.abort_at != 0 && s->now >= s->sc.abort_at && !s->aborted && e->open) {
        s->aborted = true;
        s->met[MET_ABORT]++;
        mptcp_on_abort(e->conn, clock_of(e));
        moved(e);
    }
    if (!(e->open || e->started) || e->ended) {
        return;
    }
    if (s->sc.prio && random_below(s, 20) == 0) {
        turn(e);
    }
    if (s->sc.remove && !e->removed && random_below(s, 30) == 0) {
        remove_one(e);
    }
    if (e->written < stream_of(s, e->id)) {
        uint32_t n = stream_of(s, e->id) - e->written;
        if (n > 1 && random_below(s, 2) == 0) {
            n = 1 + random_below(s, n);
        }
        if (mptcp_on_written(e->conn, n, clock_of(e)) == MPTCP_OK) {
            e->written += n;
        }
        moved(e);
    } else if (!e->shut) {
        e->shut = true;
        s->met[MET_HALF_CLOSE] += !e->eof;
        mptcp_on_shutdown(e->conn, clock_of(e));
        moved(e);
    }
    if (e->consumed < e->taken && s->now >= e->read_at) {
        uint32_t n = e->taken - e->consumed;
        if (s->sc.slow_reader) {
            e->read_at = s->now + 30000;
            n = n > s->sc.rcv_buf / 3 + 1 ? s->sc.rcv_buf / 3 + 1 : n;
        }
        if (mptcp_on_consumed(e->conn, n, clock_of(e)) < 0) {
            fail(s, "on_consumed");
        }
        e->consumed += n;
        ledger_room(e);
        moved(e);
    }
    for (unsigned i = 0; i < TCPS; i++) {
        if (e->tcp[i].used && (e->tcp[i].up || e->tcp[i].early)) {
            host_report_path(e, &e->tcp[i]);
        }
    }
}
