/*
 * invariants.c - what must hold after every step.
 */
#include "sim.h"

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
    if (mptcp_want(e->conn) != want || mptcp_deadline(e->conn) != mptcp_deadline(e->conn)) {
        fail(e->sim, "%d: a peek changed something", e->id);
    }
}

static void cursors_agree(struct end *e)
{
    struct mptcp_info info;
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
    /* What the peer acknowledged, the peer has. */
    const struct end *peer = &e->sim->end[!e->id];
    struct mptcp_info theirs;
    mptcp_conn_info(peer->conn, &theirs);
    if (info.version == 1 && theirs.version == 1 && theirs.fully_established &&
        (int64_t)(theirs.rcv_nxt.v - info.snd_una.v) < 0) {
        fail(e->sim, "%d: SND.UNA is beyond the peer's RCV.NXT", e->id);
    }
}

void moved(struct end *e)
{
    struct mptcp_conn *fresh = malloc(e->size);

    memcpy(fresh, e->conn, e->size);
    memset(e->conn, 0xa5, e->size);
    free(e->conn);
    e->conn = fresh;
    e->sim->steps++;
    peeks_agree(e);
    cursors_agree(e);
    if (e->sim->sc.misuse && random_below(e->sim, 50) == 0) {
        try_misuse(e);
    }
}

/* D-23: the right edge that a segment advertises never moves left. */
void check_edge(struct end *e, const struct mptcp_receipt *r)
{
    uint64_t edge = r->data_ack.v + r->window;
    struct mptcp_info info;

    mptcp_conn_info(e->conn, &info);
    if (info.state < MPTCP_ESTABLISHED) {
        return;
    }
    /* A DATA_FIN's octet needs no room in the buffer. */
    if (e->edge_known && (int64_t)(edge - e->edge) < 0) {
        fail(e->sim, "%d: the right edge moved left by %lld", e->id, (long long)(e->edge - edge));
    }
    e->edge = edge;
    e->edge_known = true;
}

static bool declared(const struct mptcp_segment *seg, const struct end *e, uint64_t *dsn,
                     uint32_t *ssn, uint32_t *len)
{
    struct mptcp_options o;

    mptcp_options_read(seg->options, seg->options_len, seg->tcp_flags, &o, NULL);
    if ((o.present & MPTCP_HAS(MPTCP_CAPABLE)) != 0 && o.capable.form >= MPTCP_CAPABLE_DATA) {
        *dsn = e->first;
        *ssn = 1;
        *len = o.capable.dll;
        return true;
    }
    if ((o.present & MPTCP_HAS(MPTCP_DSS)) == 0 || (o.dss.flags & MPTCP_DSS_MAP) == 0 ||
        o.dss.ssn == 0) {
        return false;
    }
    bool wide = (o.dss.flags & MPTCP_DSS_DSN64) != 0;
    *dsn = wide ? o.dss.dsn
                : mptcp_dsn_widen((uint32_t)o.dss.dsn, mptcp_dsn_of(e->first + e->written)).v;
    *ssn = o.dss.ssn;
    *len = o.dss.dll;
    return true;
}

/* D-5, D-12: a mapping once on the wire is repeated bit for bit, and covers its segment. */
void check_wire(struct end *e, struct tcp *t, const struct mptcp_segment *seg)
{
    struct mptcp_info info;
    uint64_t dsn;
    uint32_t ssn;
    uint32_t len;

    mptcp_conn_info(e->conn, &info);
    if (info.version != 1 || seg->len == 0) {
        return;
    }
    if (!declared(seg, e, &dsn, &ssn, &len)) {
        fail(e->sim, "%d: a data segment without a mapping", e->id);
        return;
    }
    if (seg->ssn.v < ssn || seg->ssn.v + seg->len > ssn + len) {
        fail(e->sim, "%d: mapping %u+%u does not cover segment %u+%u", e->id, ssn, len, seg->ssn.v,
             seg->len);
        return;
    }
    for (uint32_t i = ssn; i < ssn + len; i++) {
        bool first = i == ssn;
        if (t->map_len[i] == 0) {
            t->map_dsn[i] = dsn;
            t->map_len[i] = first ? len : UINT32_MAX;
        } else if (t->map_dsn[i] != dsn || t->map_len[i] != (first ? len : UINT32_MAX)) {
            fail(e->sim, "%d: the mapping of ssn %u has changed", e->id, i);
            return;
        }
    }
}

/* Wrong calls return a code and change nothing. */
void try_misuse(struct end *e)
{
    uint8_t *before = malloc(e->size);
    struct mptcp_verdict v;
    struct mptcp_segment seg = {0};
    struct mptcp_piece nothing = {0};
    struct mptcp_path path = {0};
    struct mptcp_action a = {0};
    struct mptcp_addr none = {0};
    uint8_t id;
    mptcp_sf sf;
    mptcp_sf stale = 0xabcdef00u;
    mptcp_time now = e->sim->now;
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
