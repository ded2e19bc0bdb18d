/*
 * moves.c - what can happen next. Every move has a number: its kind, and what it is done to. A
 * move that is limited takes one from what is left of its limit.
 */
#include "explore.h"

#include <string.h>

/* A segment on the way, by number: who sent it, on which subflow, how many are before it. */
#define ON_THE_WAY (2 * SUBFLOWS * FLIGHT)

/* After so long without anything from the other end a connection may end. */
#define LONG_US 30000000u

struct which {
    int from;
    unsigned sf;
    unsigned k;
};

static struct which which(unsigned n)
{
    struct which x = {(int)(n % 2), n / 2 % SUBFLOWS, n / 2 / SUBFLOWS};
    return x;
}

/* Takes one of what is left; false if nothing is. */
static bool take(struct world *w, enum limit what)
{
    bool timer = what == TIMER_A || what == TIMER_B;

    if (w->left[what] == 0 || (!timer && w->left[FAULTS] == 0)) {
        return false;
    }
    w->left[what]--;
    w->left[FAULTS] = (uint8_t)(w->left[FAULTS] - (timer ? 0 : 1));
    return true;
}

/* What it excuses. Plain TCP can go on where there was one subflow ever; elsewhere it is reset. */
static void harm(struct world *w, enum harm what)
{
    enum harm all = what == MAY_FALL_BACK && scope->subflows > 1 ? MAY_END : what;
    w->harmed = w->harmed < all ? (uint8_t)all : w->harmed;
}

/* A flag that was changed makes a mapping contradict another copy of it: a reason to reset. */
enum { FLAG_CHANGED = 1, CUT_ANEW = 2 };

static void doubt(struct world *w, unsigned what)
{
    w->doubts |= scope->limits[EDIT] > 0 ? (uint8_t)what : 0;
    harm(w, w->doubts == (FLAG_CHANGED | CUT_ANEW) ? MAY_END : NO_HARM);
}

static bool alive(const struct world *w, int id)
{
    return w->end[id].life == LIFE_ALIVE;
}

/* ------------------------------------------------------------ segments on the way */

static bool deliver_as(struct world *w, unsigned n, bool merge, bool lazy)
{
    struct which x = which(n);

    if (way_at(w, x.from, x.sf, x.k) == NULL || (x.k > 0 && !take(w, OVERTAKE)) ||
        (merge && !take(w, MERGE)) || (lazy && !take(w, LAZY))) {
        return false;
    }
    struct segment p = way_take(w, x.from, x.sf, x.k);
    w->lossy |= x.k > 0;
    words_segment(x.from, x.sf, &p,
                  merge  ? "to the other end, which does not acknowledge it yet:"
                  : lazy ? "to the other end, which does later what is due:"
                         : "to the other end:");
    host_receive(w, !x.from, x.sf, &p, merge, lazy);
    return true;
}

static bool deliver(struct world *w, unsigned n)
{
    return deliver_as(w, n, false, false);
}

static bool deliver_merged(struct world *w, unsigned n)
{
    return deliver_as(w, n, true, false);
}

static bool deliver_lazily(struct world *w, unsigned n)
{
    return deliver_as(w, n, false, true);
}

static bool lose(struct world *w, unsigned n)
{
    struct which x = which(n);

    if (way_at(w, x.from, x.sf, x.k) == NULL || !take(w, LOSS)) {
        return false;
    }
    struct segment p = way_take(w, x.from, x.sf, x.k);
    words_segment(x.from, x.sf, &p, "in vain, it is lost:");
    w->lossy = 1;
    w->reset_lost |= (p.flags & MPTCP_TCP_RST) != 0;
    return true;
}

static bool split(struct world *w, unsigned n)
{
    struct which x = which(n % ON_THE_WAY);
    unsigned keeps = n / ON_THE_WAY; /* 0: both have the options; 1, 2: that one alone */

    if (!take(w, keeps == 0 ? SPLIT : HALVE) || !way_split(w, x.from, x.sf, x.k, keeps)) {
        return false;
    }
    harm(w, keeps != 0 ? MAY_FALL_BACK : NO_HARM);
    doubt(w, CUT_ANEW);
    return true;
}

static bool strip(struct world *w, unsigned n)
{
    struct which x = which(n % ON_THE_WAY);
    struct segment *p = way_at(w, x.from, x.sf, x.k);

    if (p == NULL || !take(w, STRIP) || !way_strip(p, 1 + n / ON_THE_WAY)) {
        return false;
    }
    words_segment(x.from, x.sf, p, "and a box has stripped it:");
    harm(w, MAY_FALL_BACK);
    return true;
}

/* From now on. */
static bool strip_all(struct world *w, unsigned n)
{
    enum strip what = 1 + n / 2;

    if (w->strip[n % 2] != STRIP_NOTHING || !take(w, STRIP)) {
        return false;
    }
    say("from now on a box takes options (%u) off what %c sends", (unsigned)what, 'A' + n % 2);
    w->strip[n % 2] = (uint8_t)what;
    harm(w, MAY_FALL_BACK);
    return true;
}

static bool edit(struct world *w, unsigned n)
{
    struct which x = which(n % ON_THE_WAY);
    struct segment *p = way_at(w, x.from, x.sf, x.k);

    if (p == NULL || !take(w, EDIT) || !way_edit(p, n / ON_THE_WAY)) {
        return false;
    }
    words_segment(x.from, x.sf, p, "and a box has changed it:");
    harm(w, MAY_FALL_BACK);
    doubt(w, n / ON_THE_WAY == CHANGE_FLAG ? FLAG_CHANGED : 0);
    return true;
}

static bool foreign(struct world *w, unsigned n)
{
    struct which x = which(n % ON_THE_WAY);
    struct segment *p = way_at(w, x.from, x.sf, x.k);

    if (p == NULL || !take(w, FOREIGN) || !way_foreign(p, x.from, n / ON_THE_WAY)) {
        return false;
    }
    words_segment(x.from, x.sf, p, "is another stack, and has written:");
    w->lossy = 1;
    if (n / ON_THE_WAY == FOREIGNS - 1) {
        harm(w, MAY_FALL_BACK);
        w->strip[x.from] = STRIP_KEYS; /* nor do they when they are sent again */
    }
    return true;
}

/* Another stack closes its only subflow with a DSS on the FIN, and is gone. */
static bool leave(struct world *w, unsigned n)
{
    int id = (int)n;
    struct end *e = &w->end[id];

    if (scope->subflows > 1 || !alive(w, id) || !e->open || e->tcp[0].state != TCP_UP ||
        e->tcp[0].fin_given || !take(w, FOREIGN)) {
        return false;
    }
    say("%c is another stack, closes its subflow and forgets it", 'A' + id);
    harm(w, MAY_END);
    w->lossy = 1;
    tcp_emit(w, id, 0, MPTCP_TCP_ACK | MPTCP_TCP_FIN, e->tcp[0].sent, 0);
    tcp_close(&e->tcp[0], TCP_DEAD);
    e->life = LIFE_OVER;
    e->code = MPTCP_E_ABORTED;
    mptcp_conn_wipe(conn_of(w, id));
    return true;
}

/* -------------------------------------------------------------------- the hosts */

static bool resend(struct world *w, unsigned n)
{
    int id = (int)(n % 2);
    unsigned sf = n / 2 % SUBFLOWS;
    bool whole = n / 2 / SUBFLOWS != 0;
    const struct tcp *t = &w->end[id].tcp[sf];

    if (!alive(w, id) || !tcp_outstanding(t) || (whole && t->sent - t->una < 2) ||
        w->under_way[id][sf] == FLIGHT || !take(w, RESEND)) {
        return false;
    }
    say("%c sends again what is not acknowledged", 'A' + id);
    doubt(w, CUT_ANEW);
    tcp_resend(w, id, sf, whole);
    return true;
}

static bool acknowledge(struct world *w, unsigned n)
{
    int id = (int)(n % 2);
    const struct tcp *t = &w->end[id].tcp[n / 2];

    if (!alive(w, id) || t->state != TCP_UP || !t->owes_ack) {
        return false;
    }
    say("%c acknowledges at last", 'A' + id);
    tcp_ack(w, id, n / 2);
    return true;
}

static bool work(struct world *w, unsigned n)
{
    if (!alive(w, (int)n) || !w->end[n].work_waits) {
        return false;
    }
    say("%c does what is due", 'A' + n);
    host_work(w, (int)n);
    return true;
}

static bool no_room(struct world *w, unsigned n)
{
    if (!alive(w, (int)n) || w->end[n].no_room || !take(w, NO_ROOM)) {
        return false;
    }
    say("%c has no room for options on its next pure ACK", 'A' + n);
    w->end[n].no_room = 1;
    w->lossy = 1;
    return true;
}

static bool later(struct world *w, unsigned n)
{
    if (!alive(w, (int)n) || w->end[n].later || !take(w, LATER)) {
        return false;
    }
    say("%c has no memory the next time", 'A' + n);
    w->end[n].later = 1;
    return true;
}

static bool timer(struct world *w, unsigned n)
{
    struct mptcp_conn *c = conn_of(w, (int)n);

    if (!alive(w, (int)n) || w->end[n].work_waits || !take(w, n == CLIENT ? TIMER_A : TIMER_B)) {
        return false;
    }
    mptcp_time due = mptcp_deadline(c);
    if (due == MPTCP_NEVER) {
        return false;
    }
    due = due > START ? due : START;
    say("%c: a timer, %.3f s later", 'A' + n, (double)(due - START) / 1e6);
    harm(w, due - START >= LONG_US ? MAY_END : NO_HARM);
    mptcp_on_timeout(c, due);
    if (mptcp_deadline(c) <= due) {
        fail("%c: the deadline stays in the past", 'A' + n);
    }
    mptcp_conn_rebase(c, due, START);
    host_work(w, (int)n);
    return true;
}

/* A box resets a subflow: one end hears it at once, the other one by a segment that is on its way.
 */
static bool gone(struct world *w, unsigned n)
{
    int id = (int)(n % 2);
    const struct tcp *other = &w->end[!id].tcp[n / 2];
    struct segment p = {.flags = MPTCP_TCP_RST, .ssn = other->rcv + other->fin_in};

    if (!alive(w, id) || w->end[id].tcp[n / 2].state != TCP_UP || other->state != TCP_UP ||
        w->under_way[id][n / 2] == FLIGHT || !take(w, GONE)) {
        return false;
    }
    say("a box resets subflow %u, %c hears it", n / 2 + 1, 'A' + id);
    harm(w, MAY_END);
    host_gone(w, id, n / 2, MPTCP_E_PEER_RESET);
    way_put(w, id, n / 2, &p);
    host_work(w, id);
    return true;
}

/* ------------------------------------------------------------- the applications */

static bool may_write(const struct world *w, unsigned n)
{
    const struct end *e = &w->end[n];
    return alive(w, (int)n) && e->open && !e->shut && !e->aborted;
}

static bool write_octets(struct world *w, unsigned n)
{
    struct end *e = &w->end[n];
    unsigned rest = scope->octets[n] - e->written;
    unsigned count = rest < scope->chunk ? rest : scope->chunk;

    if (!may_write(w, n) || count == 0 || e->work_waits ||
        mptcp_on_written(conn_of(w, (int)n), count, START) < 0) {
        return false;
    }
    e->written = (uint8_t)(e->written + count);
    say("%c writes up to octet %u", 'A' + n, e->written);
    host_work(w, (int)n);
    return true;
}

static bool read_octets(struct world *w, unsigned n)
{
    struct end *e = &w->end[n];

    if (!alive(w, (int)n) || e->consumed == e->delivered) {
        return false;
    }
    say("%c's application reads", 'A' + n);
    if (mptcp_on_consumed(conn_of(w, (int)n), (uint32_t)(e->delivered - e->consumed), START) < 0) {
        fail("%c: mptcp_on_consumed", 'A' + n);
    }
    e->consumed = e->delivered;
    host_work(w, (int)n);
    return true;
}

static bool shut(struct world *w, unsigned n)
{
    struct end *e = &w->end[n];

    if (!scope->closing || !may_write(w, n) || e->written < scope->octets[n]) {
        return false;
    }
    say("%c's application has written everything", 'A' + n);
    e->shut = 1;
    mptcp_on_shutdown(conn_of(w, (int)n), START);
    host_work(w, (int)n);
    return true;
}

static bool give_up(struct world *w, unsigned n)
{
    struct end *e = &w->end[n];

    if (!alive(w, (int)n) || !e->open || e->aborted || !take(w, ABORT)) {
        return false;
    }
    say("%c's application gives up", 'A' + n);
    e->aborted = 1;
    harm(w, MAY_END);
    mptcp_on_abort(conn_of(w, (int)n), START);
    host_work(w, (int)n);
    return true;
}

static bool begin_join(struct world *w, unsigned n)
{
    (void)n;
    if (!alive(w, CLIENT) || !take(w, JOIN) || mptcp_join(conn_of(w, CLIENT), 1, 0, START) < 0) {
        return false;
    }
    say("A asks for a second subflow");
    host_work(w, CLIENT);
    return true;
}

static bool park(struct world *w, unsigned n)
{
    (void)n;
    if (!alive(w, CLIENT) || w->end[CLIENT].work_waits || !take(w, PARK) || !host_park(w, CLIENT)) {
        return false;
    }
    say("A leaves all subflows");
    w->lossy = 1;
    return true;
}

static bool resume(struct world *w, unsigned n)
{
    (void)n;
    if (w->end[CLIENT].life != LIFE_PARKED) {
        return false;
    }
    host_resume(w, CLIENT);
    return true;
}

/* ADD_ADDR, REMOVE_ADDR, MP_PRIO. */
static bool signal_peer(struct world *w, unsigned n)
{
    int id = (int)(n % 2);
    struct mptcp_conn *c = conn_of(w, id);
    struct mptcp_addr another = address_of(id, ANNOUNCED);
    int why;

    if (!alive(w, id) || w->end[id].work_waits || w->end[id].tcp[0].state != TCP_UP ||
        !take(w, SIGNAL)) {
        return false;
    }
    switch (n / 2) {
    case 0:
        why = mptcp_add_address(c, &another, MPTCP_ADDR_ANNOUNCE, &w->end[id].announced, START);
        break;
    case 1:
        why = w->end[id].announced == 0 ? -1 : mptcp_remove_address(c, w->end[id].announced, START);
        break;
    default:
        why = mptcp_set_backup(c, w->end[id].tcp[0].sf, true, START);
        break;
    }
    if (why < 0) {
        return false;
    }
    say("%c %s", 'A' + id,
        n / 2 == 0   ? "has another address"
        : n / 2 == 1 ? "has lost its other address"
                     : "makes its subflow a backup");
    host_work(w, id);
    return true;
}

/* ------------------------------------------------------------------------ numbers */

static const struct {
    bool (*make)(struct world *w, unsigned n);
    unsigned count;
} kinds[] = {
    {deliver, ON_THE_WAY},
    {write_octets, 2},
    {shut, 2},
    {read_octets, 2},
    {acknowledge, 2 * SUBFLOWS},
    {work, 2},
    {timer, 2},
    {lose, ON_THE_WAY},
    {deliver_merged, ON_THE_WAY},
    {deliver_lazily, ON_THE_WAY},
    {split, 3 * ON_THE_WAY},
    {strip, (STRIPS - 1) * ON_THE_WAY},
    {strip_all, (STRIPS - 1) * 2},
    {edit, 2 * ON_THE_WAY},
    {resend, 4 * SUBFLOWS},
    {no_room, 2},
    {later, 2},
    {gone, 2 * SUBFLOWS},
    {give_up, 2},
    {begin_join, 1},
    {signal_peer, 6},
    {park, 1},
    {resume, 1},
    {foreign, FOREIGNS *ON_THE_WAY},
    {leave, 2},
};

bool move_make(struct world *w, unsigned m)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (m < kinds[i].count) {
            return kinds[i].make(w, m);
        }
        m -= kinds[i].count;
    }
    return false;
}
