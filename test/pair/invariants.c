/*
 * invariants.c - what must hold after every step.
 */
#include "mptcp/why.h"
#include "sim.h"
#include "unit/runs_check.h"

#include <stdlib.h>
#include <string.h>

static void peeks_agree(struct end *e)
{
    struct mptcp_action a;
    struct mptcp_action b;
    unsigned want = mptcp_want(e->conn);
    int due = mptcp_poll(e->conn, &a);
    int again = mptcp_poll(e->conn, &b);

    if (due != again || memcmp(&a, &b, sizeof a) != 0) {
        fail(e->sim, "%d: poll gives two answers", e->id);
    }
    if ((want != 0) != (due != 0) || (due && (want & MPTCP_WANT(a.type)) == 0)) {
        fail(e->sim, "%d: want %x, poll type %u", e->id, want, a.type);
    }
    const char *wrong = block_wrong(e->conn);
    if (wrong != NULL) {
        fail(e->sim, "%d: %s (want %x)", e->id, wrong, want);
    }
    if (mptcp_want(e->conn) != want || mptcp_deadline(e->conn) != mptcp_deadline(e->conn)) {
        fail(e->sim, "%d: a peek changed something", e->id);
    }
}

/* What mptcp_neglected says was left out is what this host leaves out. */
static void nothing_neglected(struct end *e)
{
    int left_out = mptcp_neglected(e->conn, clock_of(e), NULL);
    bool established = e->sim->sc.manner[e->id].established;

    if (left_out == MPTCP_E_NOT_SENT || (left_out == MPTCP_E_NOT_ESTABLISHED && established)) {
        fail(e->sim, "%d: nothing was left out, but: %s", e->id, mptcp_error_text(left_out));
    }
}

static void cursors_agree(struct end *e)
{
    struct mptcp_conn_report info;
    mptcp_conn_info(e->conn, &info);

    uint64_t una = info.snd_una.v - e->first;
    if (e->open && e->written > 0 && info.snd_end.v - e->first != e->written) {
        fail(e->sim, "%d: end of what was written is %llu and not %u", e->id,
             (unsigned long long)(info.snd_end.v - e->first), e->written);
    }
    if (una > (uint64_t)e->written + 1 || info.snd_nxt.v - e->first > e->written) {
        fail(e->sim, "%d: acknowledged or sent what was never written", e->id);
    }
    if (e->freed > una) {
        fail(e->sim, "%d: freed %u, acknowledged %llu", e->id, e->freed, (unsigned long long)una);
    }
    ledger_check(e, &info);
    /* What the peer acknowledged, the peer has. */
    const struct end *peer = &e->sim->end[!e->id];
    struct mptcp_conn_report theirs;
    if (peer->conn == NULL) {
        return;
    }
    mptcp_conn_info(peer->conn, &theirs);
    if (info.version != 255 && theirs.version != 255 && theirs.fully_established &&
        e->sim->sc.liar < 0 && (int64_t)(theirs.rcv_nxt.v - info.snd_una.v) < 0) {
        fail(e->sim, "%d: SND.UNA is beyond the peer's RCV.NXT", e->id);
    }
}

/* Now and then the connection goes on under another clock. */
static void rebase(struct end *e)
{
    mptcp_time from = clock_of(e);
    mptcp_time before = mptcp_deadline(e->conn);

    e->skew = 100000000 + random_below(e->sim, 1000000000);
    mptcp_time to = clock_of(e);
    mptcp_conn_rebase(e->conn, from, to);
    mptcp_time after = mptcp_deadline(e->conn);
    if ((before == MPTCP_NEVER) != (after == MPTCP_NEVER) ||
        (before != MPTCP_NEVER && after - to != before - from)) {
        fail(e->sim, "%d: rebasing moved the deadline by something else", e->id);
    }
    e->sim->met[MET_REBASE]++;
}

void moved(struct end *e)
{
    struct mptcp_conn *fresh = malloc(e->size);

    memcpy(fresh, e->conn, e->size);
    memset(e->conn, 0xa5, e->size);
    free(e->conn);
    e->conn = fresh;
    e->sim->steps++;
    if (e->sim->sc.rebase && random_below(e->sim, 100) == 0) {
        rebase(e);
    }
    peeks_agree(e);
    cursors_agree(e);
    nothing_neglected(e);
    const char *why = runs_check(e->conn);
    if (why != NULL) {
        fail(e->sim, "%d: %s", e->id, why);
    }
    if (e->sim->sc.misuse && random_below(e->sim, 50) == 0) {
        try_misuse(e);
    }
}

/*
 * Commits an action, now and then twice: the second time the state has moved on, so
 * it must be refused and change nothing.
 */
void commit(struct end *e, const struct mptcp_action *a, uint32_t n, enum mptcp_result result)
{
    bool once = a->type != MPTCP_SEND_ACK && a->type != MPTCP_PROBE && result == MPTCP_DONE;
    int why = mptcp_done(e->conn, a, n, result, clock_of(e));

    if (why < 0) {
        fail(e->sim, "%d: done(type %u): %s", e->id, a->type, mptcp_error_name(why));
    }
    if (!once || random_below(e->sim, 16) != 0) {
        return;
    }
    uint8_t *before = malloc(e->size);
    memcpy(before, e->conn, e->size);
    why = mptcp_done(e->conn, a, n, result, clock_of(e));
    if (why >= 0 || memcmp(before, e->conn, e->size) != 0) {
        fail(e->sim, "%d: an action of type %u was committed twice: %s", e->id, a->type,
             mptcp_error_name(why));
    }
    e->sim->met[MET_TWICE]++;
    free(before);
}

/* Wrong calls return a code and change nothing. */
void try_misuse(struct end *e)
{
    uint8_t *before = malloc(e->size);
    struct mptcp_verdict v;
    struct mptcp_segment seg = {0};
    struct mptcp_piece nothing = {0};
    struct mptcp_path path = {.size = sizeof path};
    struct mptcp_action a = {0};
    struct mptcp_addr none = {0};
    uint8_t id;
    mptcp_sf sf;
    mptcp_sf stale = 0xabcdef00u;
    mptcp_time now = clock_of(e) + 1;
    int worst = -1;

    memcpy(before, e->conn, e->size);
    int codes[] = {
        mptcp_on_segment(e->conn, stale, &seg, &v, now),
        mptcp_on_data(e->conn, stale, &nothing, now),
        mptcp_on_fin(e->conn, stale, now),
        mptcp_on_gone(e->conn, stale, MPTCP_E_CLOSED, now),
        mptcp_on_path(e->conn, stale, &path, now),
        mptcp_on_copied(e->conn, stale, now),
        mptcp_on_consumed(e->conn, UINT32_MAX, now),
        mptcp_add_address(e->conn, &none, 0, &id, now),
        mptcp_set_backup(e->conn, stale, true, now),
        mptcp_done(e->conn, &a, 0, MPTCP_DONE, now),
        mptcp_done(e->conn, NULL, 0, MPTCP_DONE, now),
        mptcp_connect(e->conn, &none, &none, &sf, now),
    };
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        worst = codes[i] >= 0 && e->open ? (int)i : worst;
    }
    a.type = MPTCP_SEND;
    a.sf = stale;
    if (mptcp_done(e->conn, &a, 1, MPTCP_DONE, now) >= 0) {
        worst = 100;
    }
    if (worst >= 0) {
        fail(e->sim, "%d: wrong call %d was accepted", e->id, worst);
    }
    if (memcmp(before, e->conn, e->size) != 0) {
        fail(e->sim, "%d: a refused call changed something", e->id);
    }
    e->sim->met[MET_MISUSE]++;
    free(before);
}
