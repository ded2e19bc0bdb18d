/*
 * excuse.c - when a run need not complete, but may end with a reason. Everywhere else giving up
 * is a failure.
 *
 * A path is harmed if what is done to it may cost every subflow on it. A run is excused
 *
 *   - when all its paths are harmed, there being more than one;
 *   - when its only path is, as TCP would be lost there too, or since what TCP would deliver
 *     can't be told any more (RFC 8684 s3.7, B-7);
 *   - when the path that it began on is broken, or harmed and lost, and no other subflow is up;
 *   - when its last subflow is reset by force, or since a box took the options of an ACK, and the
 *     client, who alone opens others, has closed;
 *   - when it left all subflows to go on elsewhere, and a box takes the options of its ACKs;
 *   - when its server keeps nothing before the third ACK, and a box takes all of them.
 *
 * Then both applications hear the reason, and what they got until then is right. One may wait for
 * ever where TCP would let it: all that it sent and its end are acknowledged, and the other, who
 * has given up, could not tell it.
 */
#include "sim.h"

/* What TCP would deliver is known only as long as nothing was sent twice, or lost its mapping. */
static bool out_of_line(const struct scenario *sc, unsigned path, unsigned from)
{
    const struct fault *f = &sc->fault[path][from];
    const struct fault *back = &sc->fault[path][!from];
    bool merged = (f->merge | back->merge | f->resend | back->resend) != 0;
    bool stripped = (f->strip | back->strip) != 0;
    bool slow = sc->late != 0 || f->dark_at != 0 || back->dark_at != 0 ||
                (f->ack_loss | back->ack_loss) != 0 || (f->ack_late | back->ack_late) != 0 ||
                sc->jump_at != 0;

    /* A mapping that never gets all its octets is noticed only after they were sent again. */
    bool edited = f->edit_at != 0 && (slow || merged || stripped || f->edit_by < 0);
    return edited || (merged && (stripped || sc->proxy[path]));
}

void scenario_excuses(struct scenario *sc)
{
    bool mangled = false;
    bool forgotten = false;

    for (unsigned i = 0; i < PATHS * 2; i++) {
        const struct fault *f = &sc->fault[i / 2][i % 2];
        bool bad = out_of_line(sc, i / 2, i % 2);
        forgotten |= sc->rebind_at[i / 2] != 0;
        sc->harmed |= bad ? 1u << i / 2 : 0u;
        mangled |= bad || f->strip != 0 || f->edit_at != 0 || f->merge != 0 || f->resend != 0 ||
                   f->dark_at != 0 || sc->proxy[i / 2] || sc->rebind_at[i / 2] != 0;
    }
    if (forgotten) {
        /* A subflow that a translator has forgotten keeps its place at the end that only listens.
         */
        sc->subflows = sc->limit = 2 * SUBFLOWS;
    }
    unsigned good = 0;
    for (unsigned p = 0; p < sc->paths; p++) {
        good += (sc->harmed >> p & 1) == 0;
    }
    /* The application may remove the address of one. */
    sc->may_fail |= sc->paths > 1 ? good <= (unsigned)sc->remove && sc->harmed != 0
                                  : sc->broken || out_of_line(sc, 0, 0) || out_of_line(sc, 0, 1);
    /* All timers run out at once when the clock jumps ahead. */
    sc->may_fail |= sc->jump_at != 0 && sc->jump_by > 0;
    /* A probe of the window does not tell the number that a cookie is checked with. */
    sc->may_fail |= sc->stateless && sc->fault[0][1].clamp == 0;
    /* Who comes back has only joins, and no fallback. */
    sc->may_fail |= sc->park_at != 0 && (mangled || sc->inject != INJECT_NONE);
}

/* A subflow of another path is up at both ends. */
static bool others_up(const struct sim *s, unsigned path)
{
    for (unsigned i = 0; i < TCPS; i++) {
        const struct tcp *a = &s->end[0].tcp[i];
        const struct tcp *b = &s->end[1].tcp[i];
        if (a->used && a->up && !a->dead && b->used && b->up && !b->dead && a->path != path) {
            return true;
        }
    }
    return false;
}

/* Nothing is on its way from this end, nothing is left to be told, and its own direction is over.
 */
static bool rests(const struct end *e)
{
    for (unsigned i = 0; i < TCPS; i++) {
        const struct tcp *t = &e->tcp[i];
        if (t->used && !t->dead && (t->una < t->nxt || !t->up || (t->fin_sent && !t->fin_acked))) {
            return false;
        }
    }
    return e->shut && (e->plain || e->acked > e->written);
}

bool excuse_silence(const struct sim *s)
{
    for (int i = 0; i < 2; i++) {
        const struct end *e = &s->end[i];
        const struct end *other = &s->end[!i];
        bool nobody = e->parked == NULL && (e->conn == NULL || !e->tcp[0].used);
        if (other->ended && (nobody || rests(e))) {
            return true;
        }
    }
    return false;
}

void excuse_broken(struct sim *s, unsigned path)
{
    s->sc.may_fail |= path == 0 && !others_up(s, path);
}

/* A join is being made: one end knows the subflow, the other does not yet. */
static bool joining(const struct sim *s)
{
    for (unsigned i = 0; i < TCPS; i++) {
        const struct tcp *a = &s->end[0].tcp[i];
        const struct tcp *b = &s->end[1].tcp[i];
        if (a->path != 0 && a->used && !a->dead && !(a->up && b->used && b->up)) {
            return true;
        }
    }
    return false;
}

/* One end may go plain by that while the third ACK of a join is on its way (FB-15): reset. */
void excuse_bare(struct sim *s, const struct segment *p)
{
    if (p->bare && joining(s)) {
        excuse_broken(s, p->path);
    }
}

/* A client that has closed opens no subflow any more, and nobody opens one to it: what the server
 * has not heard yet it will not hear, as after a RST in TCP. It has closed, too, when only the
 * acknowledgement of its DATA_FIN is missing (D-22). */
static bool client_has_closed(const struct sim *s)
{
    const struct end *e = &s->end[0];
    return e->closed || (e->shut && e->eof && e->acked >= e->written);
}

void excuse_killed(struct sim *s)
{
    s->sc.may_fail |= client_has_closed(s) && !others_up(s, s->end[0].tcp[1].path);
}

/* An end goes plain, or resets a subflow, for want of options on ACKs (FB-2, FB-3), and a box has
 * taken some. Who comes back has only joins; and a client that has closed opens none. */
void excuse_verdict(struct sim *s, unsigned path, int code)
{
    bool taken = code == MPTCP_E_NO_MPTCP && s->met[MET_ACK_MERGED_BARE] > 0;
    bool last = client_has_closed(s) && !others_up(s, path);
    s->sc.may_fail |= taken && (s->sc.park_at != 0 || last);
}

/* A server that keeps nothing cannot say its SYN/ACK again, and a client without any data has no
 * other ACK for its keys: a box that makes one of that and of the DATA_FIN's may take them all. */
void excuse_keys(struct sim *s, const struct segment *lost)
{
    s->sc.may_fail |=
        s->sc.stateless && lost->to == 1 && s->end[1].conn == NULL && s->sc.bytes[0] == 0;
}

/* Friendly paths take no option, so a connection is plain TCP only if the ends agree on nothing,
 * if a SYN had no room for its option, or lost it with the fourth attempt, if the server's token
 * was taken, or if keys did not come: the third ACK was lost, and the first data had no room for
 * them, or, in version 0, a server that keeps nothing needs them first; or if a DATA_FIN without a
 * right checksum came before data. */
bool excuse_plain(const struct sim *s)
{
    const struct scenario *sc = &s->sc;
    bool no_room = false;

    for (unsigned i = 0; i < 2; i++) {
        uint8_t room = sc->manner[i].syn_room;
        no_room |= room != 0 && room < 12;
    }
    uint8_t room = sc->manner[0].least_room;
    bool unsummed = sc->versions.dialect[0].fin_unsummed || sc->versions.dialect[1].fin_unsummed;
    bool keys_late = sc->versions.offer == 0 ? sc->stateless : room != 0 && room < 24;
    return sc->hostile || sc->plain_peer || version_agreed(sc) < 0 || no_room || keys_late ||
           (unsummed && s->met[MET_FIN_UNSUMMED] > 0) || sc->collide != 0 ||
           s->end[0].open_code == MPTCP_E_BLACKHOLE;
}

void excuse_lost(struct sim *s, unsigned path)
{
    if ((s->sc.harmed >> path & 1) != 0) {
        excuse_broken(s, path);
    }
}
