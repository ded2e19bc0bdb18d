/*
 * actions.c - a host does what is due. What its application is given is compared with what the
 * other one has written; no action may be due twice.
 */
#include "explore.h"

#include <string.h>

#define ACTIONS_MAX 48u

static unsigned slot_of_handle(const struct world *w, int id, mptcp_sf sf)
{
    for (unsigned i = 0; i < SUBFLOWS; i++) {
        if (w->end[id].tcp[i].state != TCP_NONE && w->end[id].tcp[i].sf == sf) {
            return i;
        }
    }
    return SUBFLOWS;
}

static void commit(struct world *w, int id, const struct mptcp_action *a, uint32_t n,
                   enum mptcp_result result)
{
    int why = mptcp_done(conn_of(w, id), a, n, result, START);

    if (why < 0) {
        fail("%c: mptcp_done of action %u: %s", 'A' + id, a->type, mptcp_error_name(why));
    }
}

/* Octets of the receive queue below ssn are not needed any more. */
static void forget(struct tcp *t, uint32_t ssn)
{
    for (; (int32_t)(ssn - t->released) > 0 && (int32_t)(t->rcv - t->released) > 0; t->released++) {
        t->rx[t->released % RING] = 0;
    }
}

/* True if the host can't do it now. */
static bool put_off(struct world *w, int id, const struct mptcp_action *a)
{
    bool can_wait = a->type == MPTCP_SEND || a->type == MPTCP_CONNECT || a->type == MPTCP_DELIVER;

    if (!w->end[id].later || !can_wait) {
        return false;
    }
    say("%c can't do that now (action %u)", 'A' + id, a->type);
    w->end[id].later = 0;
    commit(w, id, a, 0, MPTCP_LATER);
    return true;
}

/* How many of the octets of an action the host takes. */
static uint32_t bite(const struct mptcp_action *a)
{
    return scope->bite ? 1 : a->len;
}

static bool is_plain(const struct world *w, int id)
{
    struct mptcp_conn_report info;

    mptcp_conn_info(conn_of(w, id), &info);
    return info.version == PLAIN_TCP;
}

/* In plain TCP octets may be such as the path has changed them. */
static void compare(const struct world *w, int id, const struct tcp *t, uint32_t ssn, uint32_t n)
{
    const struct end *e = &w->end[id];
    uint8_t mask = is_plain(w, id) ? (uint8_t)~EDITED : 0xff;

    for (uint32_t i = 0; i < n; i++) {
        uint8_t came = t->rx[(ssn + i) % RING];
        unsigned index = e->delivered + i;
        if (index >= w->end[!id].written || (came & mask) != octet_of(!id, index)) {
            fail("%c delivers octet %u%s where octet %u of %u comes", 'A' + id, came & 0x3fu,
                 (came & EDITED) != 0 ? " (changed)" : "", index + 1, w->end[!id].written);
            return;
        }
    }
}

static void deliver(struct world *w, int id, const struct mptcp_action *a)
{
    struct end *e = &w->end[id];
    unsigned sf = slot_of_handle(w, id, a->sf);

    if (sf == SUBFLOWS || e->eof || (int32_t)(a->ssn.v - e->tcp[sf].released) < 0 ||
        (int32_t)(e->tcp[sf].rcv - a->ssn.v) < (int32_t)a->len) {
        fail("%c: DELIVER of octets that are not there, or after the end", 'A' + id);
        return;
    }
    struct tcp *t = &e->tcp[sf];
    uint32_t n = bite(a);
    uint32_t keep =
        n == a->len || (int32_t)(a->ssn.v + n - a->keep.v) > 0 ? a->keep.v : a->ssn.v + n;
    say("%c delivers %u octets from SSN %u", 'A' + id, n, a->ssn.v);
    compare(w, id, t, a->ssn.v, n);
    e->delivered = (uint8_t)(e->delivered + n);
    commit(w, id, a, n, MPTCP_DONE);
    forget(t, keep);
    if (!scope->slow_reader) {
        e->consumed = e->delivered;
        mptcp_on_consumed(conn_of(w, id), n, START);
    }
}

static void send_octets(struct world *w, int id, const struct mptcp_action *a)
{
    struct end *e = &w->end[id];
    unsigned sf = slot_of_handle(w, id, a->sf);
    uint64_t index = a->dsn.v - first_dsn[id];

    if (sf == SUBFLOWS || e->tcp[sf].state != TCP_UP || a->ssn.v != e->tcp[sf].nxt ||
        index + a->len > e->written || a->len == 0) {
        fail("%c: SEND of %u octets at SSN %u to a TCP that can't", 'A' + id, a->len, a->ssn.v);
        return;
    }
    struct tcp *t = &e->tcp[sf];
    if (t->nxt + a->len - t->una >= RING / 2) {
        fail("%c: SEND of more than there was room for", 'A' + id);
        return;
    }
    uint32_t n = bite(a);
    for (uint32_t i = 0; i < n; i++) {
        t->tx[(t->nxt + i) % RING] = (uint8_t)(index + i + 1);
    }
    if (a->reinjected != 0) {
        say("%c sends octets %u to %u again, at SSN %u", 'A' + id, (unsigned)index + 1,
            (unsigned)index + n, a->ssn.v);
    }
    t->nxt += n;
    commit(w, id, a, n, MPTCP_DONE);
    tcp_push(w, id, sf);
}

static bool slot_free(const struct tcp *t)
{
    bool over = t->state == TCP_DEAD || t->state == TCP_TIME_WAIT;
    return t->state == TCP_NONE || (over && t->released == t->rcv);
}

static void connect_subflow(struct world *w, int id, const struct mptcp_action *a)
{
    unsigned sf = 0;

    while (sf < SUBFLOWS && !(slot_free(&w->end[id].tcp[sf]) && slot_free(&w->end[!id].tcp[sf]))) {
        sf++;
    }
    if (sf == SUBFLOWS) {
        commit(w, id, a, 0, MPTCP_FAILED);
        return;
    }
    commit(w, id, a, 0, MPTCP_DONE);
    memset(&w->end[!id].tcp[sf], 0, sizeof(struct tcp));
    for (int d = 0; d < 2; d++) {
        memset(w->way[d][sf], 0, sizeof w->way[d][sf]);
        w->under_way[d][sf] = 0;
    }
    tcp_open(w, id, sf, a->sf, TCP_SYN_SENT);
    tcp_emit(w, id, sf, MPTCP_TCP_SYN, 0, 0);
}

static void reset_subflow(struct world *w, int id, const struct mptcp_action *a)
{
    unsigned sf = slot_of_handle(w, id, a->sf);

    say("%c resets subflow %u: %s", 'A' + id, sf + 1, mptcp_error_name(a->code));
    if (sf < SUBFLOWS) {
        struct tcp *t = &w->end[id].tcp[sf];
        tcp_emit(w, id, sf, MPTCP_TCP_RST | MPTCP_TCP_ACK, t->sent, 0);
        tcp_close(t, TCP_DEAD);
    }
    commit(w, id, a, 0, MPTCP_DONE);
}

static void check_eof(const struct world *w, int id)
{
    const struct end *peer = &w->end[!id];

    if (!peer->shut || w->end[id].delivered != peer->written) {
        fail("%c: end of data after %u octets; %c has written %u and %s", 'A' + id,
             w->end[id].delivered, 'A' + !id, peer->written, peer->shut ? "closed" : "not closed");
    }
}

static void over(struct world *w, int id, int code)
{
    struct end *e = &w->end[id];

    e->life = LIFE_OVER;
    e->code = code;
    for (unsigned i = 0; i < SUBFLOWS; i++) {
        if (e->tcp[i].state != TCP_NONE && e->tcp[i].state < TCP_DEAD) {
            fail("%c has ended, and subflow %u lives", 'A' + id, i + 1);
        }
    }
    mptcp_conn_wipe(conn_of(w, id));
}

static void event(struct world *w, int id, const struct mptcp_action *a)
{
    static const char *const names[] = {"nothing",      "open",        "FALLBACK", "subflow up",
                                        "address",      "end of data", "closed",   "THE END",
                                        "subflow gone", "address gone"};
    struct end *e = &w->end[id];

    say("%c tells its application: %s%s%s", 'A' + id, names[a->event], a->code == 0 ? "" : ", ",
        a->code == 0 ? "" : mptcp_error_name(a->code));
    commit(w, id, a, 0, MPTCP_DONE);
    switch (a->event) {
    case MPTCP_EV_OPEN:
        e->open = 1;
        if (a->code != 0 && !w->harmed && scope->old[CLIENT] == scope->old[SERVER]) {
            fail("%c opens as plain TCP, and nothing had happened that excuses it", 'A' + id);
        }
        break;
    case MPTCP_EV_SUBFLOW: {
        unsigned sf = slot_of_handle(w, id, a->sf);
        if (sf < SUBFLOWS) {
            host_report_path(w, id, sf);
        }
        break;
    }
    case MPTCP_EV_FALLBACK:
        if (!w->harmed) {
            fail("%c falls back to plain TCP, and nothing had happened that excuses it", 'A' + id);
        }
        break;
    case MPTCP_EV_EOF:
        check_eof(w, id);
        e->eof = 1;
        break;
    case MPTCP_EV_CLOSED:
        e->closed = 1;
        break;
    case MPTCP_EV_END:
        over(w, id, a->code);
        break;
    default:
        break;
    }
}

/*
 * A keep-alive asks for something that no ACK on the way will tell: a window that is shut with
 * nothing in flight, octets that TCP alone has acknowledged, a DATA_FIN, a subflow that is silent,
 * that brings nothing while others do, or whose address is going. It leaves as soon as it is due,
 * unless the host may be late.
 */
static void check_probe(const struct world *w, int id, const struct mptcp_action *a,
                        const struct tcp *t)
{
    const uint8_t *late = scope->limits;
    struct mptcp_subflow_report sf;
    struct mptcp_conn_report info;
    uint64_t flight = 0; /* of all subflows */
    bool quiet =
        false; /* others have brought octets, and it is asked whether it still can (D-29) */

    mptcp_conn_info(conn_of(w, id), &info);
    mptcp_subflow_info(conn_of(w, id), a->sf, &sf);
    for (unsigned i = 0; i < SUBFLOWS; i++) {
        const struct tcp *other = &w->end[id].tcp[i];
        flight += other->nxt - other->una;
        quiet |= t->ours != 0 && other != t && other->rcv > 1;
    }
    bool owed = info.snd_nxt.v - info.snd_una.v > flight;
    bool shut = t->una == t->nxt && info.snd_nxt.v != info.snd_end.v &&
                (info.snd_window == 0 || sf.window_closed);
    bool ends = w->end[id].shut != 0;

    if (info.version != PLAIN_TCP && !sf.silent && !ends && !owed && !shut && !quiet &&
        late[SIGNAL] == 0 && late[LATER] == 0 && late[LAZY] == 0 && late[PARK] == 0) {
        fail("%c: a keep-alive, and nothing is to be asked for (%u octets in flight)", 'A' + id,
             (unsigned)flight);
    }
}

static void simple(struct world *w, int id, const struct mptcp_action *a)
{
    unsigned sf = slot_of_handle(w, id, a->sf);
    struct tcp *t = sf < SUBFLOWS ? &w->end[id].tcp[sf] : NULL;

    commit(w, id, a, 0, MPTCP_DONE);
    switch (a->type) {
    case MPTCP_FREE:
        w->end[id].freed = (uint8_t)(a->dsn.v - first_dsn[id]);
        return;
    case MPTCP_RELEASE:
        if (t != NULL) {
            forget(t, a->keep.v);
        }
        return;
    case MPTCP_SEND_ACK:
        if (t != NULL) {
            tcp_ack(w, id, sf);
        }
        return;
    case MPTCP_PROBE:
        if (t != NULL) {
            check_probe(w, id, a, t);
            tcp_emit(w, id, sf, MPTCP_TCP_ACK, t->una - 1, 0);
        }
        return;
    case MPTCP_CLOSE_SUBFLOW:
        if (t != NULL) {
            t->fin_given = 1;
            tcp_push(w, id, sf);
        }
        return;
    default:
        return;
    }
}

static void act(struct world *w, int id, const struct mptcp_action *a)
{
    if (put_off(w, id, a)) {
        return;
    }
    switch (a->type) {
    case MPTCP_DELIVER:
        deliver(w, id, a);
        break;
    case MPTCP_SEND:
        send_octets(w, id, a);
        break;
    case MPTCP_CONNECT:
        connect_subflow(w, id, a);
        break;
    case MPTCP_RESET_SUBFLOW:
        reset_subflow(w, id, a);
        break;
    case MPTCP_EVENT:
        event(w, id, a);
        break;
    default:
        simple(w, id, a);
        break;
    }
}

/* No action is due twice: only ACKs may follow each other, as each has room for some signals. */
static void check_action(const struct world *w, int id, const struct mptcp_action *did, unsigned n)
{
    const struct mptcp_action *a = &did[n];
    unsigned want = mptcp_want(conn_of(w, id));

    if ((want & MPTCP_WANT(a->type)) == 0) {
        fail("%c: action %u is polled and not wanted (%x)", 'A' + id, a->type, want);
    }
    for (unsigned i = 0; i < n; i++) {
        if (a->type != MPTCP_SEND_ACK && memcmp(&did[i], a, sizeof *a) == 0) {
            fail("%c: action %u is due again at once", 'A' + id, a->type);
        }
    }
    if (n + 1 == ACTIONS_MAX) {
        fail("%c: %u actions without an event, the last of type %u", 'A' + id, n + 1, a->type);
    }
}

void host_work(struct world *w, int id)
{
    struct mptcp_action did[ACTIONS_MAX];
    struct end *e = &w->end[id];

    e->work_waits = 0;
    for (unsigned n = 0; e->life == LIFE_ALIVE && failure[0] == 0; n++) {
        if (!mptcp_poll(conn_of(w, id), &did[n])) {
            if (mptcp_want(conn_of(w, id)) != 0) {
                fail("%c: an action is wanted, and not polled", 'A' + id);
            }
            if (!waits_right(conn_of(w, id))) {
                fail("%c: the scheduler waits, and has no witness", 'A' + id);
            }
            return;
        }
        check_action(w, id, did, n);
        act(w, id, &did[n]);
    }
}
