/*
 * ledger.c - the books that an observer of the wire and of the host's calls can
 * keep, and what follows from them without asking the core:
 *
 *   mappings       one on the wire is repeated bit for bit, and covers its segment (D-5, D-12)
 *   payload        is what the application wrote, also when it is sent again (D-16)
 *   checksum       is the one of the mapping
 *   DATA_ACK       is the first octet that is missing, and moves when octets arrive (D-9)
 *   window         is the buffer less what is not consumed; its edge never moves left (D-23)
 *   freed          only what was DATA_ACKed and is in flight nowhere (D-16)
 *   delivered      what the peer's application wrote, each octet once and in its place; once it is
 *                  plain TCP, what TCP has at the same number (only what a box edited may differ)
 *   end            comes after the last octet that was written, or that TCP brought
 *   probe          none while the peer has room and has kept it to itself, none without a question,
 *                  none where something is in flight whose ACK will tell
 *   given          nothing beyond the shared window or the subflow's own (D-25)
 */
#include "sim.h"

#include <string.h>

#define ROOM_KEPT_US 300000u
#define PLAIN 255 /* mptcp_conn_report.version */

struct declared {
    uint64_t dsn;
    uint32_t ssn;
    uint32_t len;
    uint16_t checksum;
    bool summed;
};

static bool speaks_mptcp(const struct end *e)
{
    struct mptcp_conn_report info;
    mptcp_conn_info(e->conn, &info);
    return info.version != PLAIN && info.state >= MPTCP_ESTABLISHED;
}

static bool is_opening(const struct end *e)
{
    struct mptcp_conn_report info;
    mptcp_conn_info(e->conn, &info);
    return info.fallback == 0 && info.state == MPTCP_OPENING;
}

static bool declared(const struct mptcp_options *o, const struct end *e, struct declared *d)
{
    if ((o->present & MPTCP_HAS(MPTCP_CAPABLE)) != 0 && o->capable.form >= MPTCP_CAPABLE_DATA) {
        *d = (struct declared){e->first, 1, o->capable.dll, o->capable.checksum,
                               o->capable.form == MPTCP_CAPABLE_DATA_CHECKSUM};
        return true;
    }
    if ((o->present & MPTCP_HAS(MPTCP_DSS)) == 0 || (o->dss.flags & MPTCP_DSS_MAP) == 0 ||
        o->dss.ssn == 0) {
        return false;
    }
    bool wide = (o->dss.flags & MPTCP_DSS_DSN64) != 0;
    uint64_t dsn =
        wide ? o->dss.dsn
             : mptcp_dsn_widen((uint32_t)o->dss.dsn, mptcp_dsn_of(e->first + e->written)).v;
    *d = (struct declared){dsn, o->dss.ssn, o->dss.dll, o->dss.checksum, o->dss.has_checksum};
    return true;
}

static void enter(struct end *e, struct tcp *t, const struct declared *d)
{
    for (uint32_t i = 0; i < d->len; i++) {
        uint32_t at = d->ssn + i;
        uint32_t len = i == 0 ? d->len : UINT32_MAX;
        if (t->map_len[at] == 0) {
            t->map_dsn[at] = d->dsn + i;
            t->map_len[at] = len;
        } else if (t->map_dsn[at] != d->dsn + i || t->map_len[at] != len) {
            fail(e->sim, "%d: the mapping of ssn %u has changed", e->id, at);
            return;
        }
    }
}

static void check_sum(struct end *e, const struct declared *d)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < d->len; i++) {
        uint8_t octet = octet_of(e, (uint32_t)(d->dsn - e->first) + i);
        sum += (i & 1) == 0 ? (uint32_t)octet << 8 : octet;
    }
    /* mptcp_sum's own order of octets is its business: only the field is compared. */
    uint16_t field = mptcp_sum_fold(sum);
    uint64_t words[3] = {d->dsn, (uint64_t)d->ssn << 32 | (uint64_t)d->len << 16, 0};
    uint32_t total = field;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 64; k += 16) {
            total += (uint32_t)(words[i] >> k & 0xffffu);
        }
    }
    while (total > 0xffffu) {
        total = (total & 0xffffu) + (total >> 16);
    }
    if ((uint16_t)~total != d->checksum) {
        fail(e->sim, "%d: checksum %04x of ssn %u+%u, and not %04x", e->id, d->checksum, d->ssn,
             d->len, (uint16_t)~total);
    }
}

static void check_data(struct end *e, struct tcp *t, const struct mptcp_options *o,
                       const struct mptcp_segment *seg, const uint8_t *payload)
{
    struct declared d;

    if (!declared(o, e, &d)) {
        fail(e->sim, "%d: a data segment without a mapping", e->id);
        return;
    }
    if (seg->ssn.v < d.ssn || seg->ssn.v + seg->len > d.ssn + d.len) {
        fail(e->sim, "%d: mapping %u+%u does not cover segment %u+%u", e->id, d.ssn, d.len,
             seg->ssn.v, seg->len);
        return;
    }
    enter(e, t, &d);
    if (d.summed) {
        check_sum(e, &d);
    }
    for (uint32_t i = 0; i < seg->len; i++) {
        uint32_t offset = (uint32_t)(t->map_dsn[seg->ssn.v + i] - e->first);
        if (payload[i] != octet_of(e, offset)) {
            fail(e->sim, "%d: octet %u leaves as something else (ssn %u)", e->id, offset,
                 seg->ssn.v + i);
            return;
        }
    }
}

static void check_ack(struct end *e, const struct mptcp_options *o, const struct mptcp_segment *seg)
{
    struct mptcp_conn_report info;
    const struct end *peer = &e->sim->end[!e->id];

    mptcp_conn_info(e->conn, &info);
    if ((o->present & MPTCP_HAS(MPTCP_DSS)) != 0 && (o->dss.flags & MPTCP_DSS_ACK) != 0) {
        uint64_t mask = (o->dss.flags & MPTCP_DSS_ACK64) != 0 ? UINT64_MAX : UINT32_MAX;
        if (((o->dss.data_ack ^ info.rcv_nxt.v) & mask) != 0) {
            fail(e->sim, "%d: a DATA_ACK that is not RCV.NXT", e->id);
        }
    }
    uint64_t end = peer->keyed + e->consumed + e->sim->sc.rcv_buf;
    int64_t window = (int64_t)(end - info.rcv_nxt.v);
    if ((int64_t)seg->window != (window < 0 ? 0 : window)) {
        fail(e->sim, "%d: window %u, and not %lld", e->id, seg->window, (long long)window);
    }
    uint64_t edge = info.rcv_nxt.v + seg->window;
    /* A DATA_FIN takes no room: its octet may lie one behind the edge. */
    if (e->edge_known && (int64_t)(edge - e->edge) < 0) {
        fail(e->sim, "%d: the right edge moved left by %lld", e->id, (long long)(e->edge - edge));
    }
    e->edge = edge;
    e->edge_known = true;
    ledger_room(e);
}

void ledger_sent(struct end *e, struct tcp *t, const struct mptcp_segment *seg,
                 const uint8_t *payload)
{
    struct mptcp_options o;
    int why =
        mptcp_options_read_of(e->version, seg->options, seg->options_len, seg->tcp_flags, &o, NULL);

    if (why < 0) {
        fail(e->sim, "%d: wrote options that the reader refuses: %s", e->id, mptcp_error_name(why));
    }
    if ((o.present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0 && o.add_addr.echo == 0 && e->removed &&
        o.add_addr.addr_id == e->removed_id) {
        fail(e->sim, "%d: announces address %u, which it has removed", e->id, e->removed_id);
    }
    park_said(e, &o);
    if (t->early && !t->up && seg->len > 0 && is_opening(e)) {
        fast_open_early(e, &o);
        check_data(e, t, &o, seg, payload);
    }
    if (!speaks_mptcp(e) || (seg->tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0) {
        return;
    }
    check_ack(e, &o, seg);
    if (seg->len > 0) {
        check_data(e, t, &o, seg, payload);
    }
}

/* What the peer says of windows and acknowledgements, and when it last sent octets. */
void ledger_received(struct end *e, struct tcp *t, const struct mptcp_segment *seg)
{
    struct mptcp_options o;
    struct mptcp_conn_report info;
    bool syn = (seg->tcp_flags & MPTCP_TCP_SYN) != 0;

    if ((seg->tcp_flags & MPTCP_TCP_RST) != 0) {
        return;
    }
    if (seg->len > 0 && seg->ssn.v + seg->len > t->rcv_nxt) {
        t->heard = e->sim->now;
    }
    uint32_t edge = seg->ack.v + seg->window;
    t->edge = edge > t->edge ? edge : t->edge;
    if (t->index == 0 && seg->ack.v == 1) {
        e->shared = seg->window > e->shared ? seg->window : e->shared;
    }
    mptcp_options_read_of(e->version, seg->options, seg->options_len, seg->tcp_flags, &o, NULL);
    if (syn || (o.present & MPTCP_HAS(MPTCP_DSS)) == 0 || (o.dss.flags & MPTCP_DSS_ACK) == 0) {
        return;
    }
    mptcp_conn_info(e->conn, &info);
    e->infinite |= (o.dss.flags & MPTCP_DSS_MAP) != 0 && o.dss.dll == 0;
    bool wide = (o.dss.flags & MPTCP_DSS_ACK64) != 0;
    uint64_t ack =
        wide ? o.dss.data_ack : mptcp_dsn_widen((uint32_t)o.dss.data_ack, info.snd_una).v;
    int64_t offset = (int64_t)(ack - e->first);
    if (offset >= 0 && offset <= (int64_t)e->written + 1) {
        bool old = seg->len == 0 ? seg->ssn.v < t->rcv_nxt : seg->ssn.v + seg->len <= t->rcv_nxt;
        e->told = !old && (uint64_t)offset > e->told ? (uint64_t)offset : e->told;
        e->acked = (uint64_t)offset > e->acked ? (uint64_t)offset : e->acked;
        uint64_t right = (uint64_t)offset + seg->window;
        e->shared = right > e->shared ? right : e->shared;
    }
}

/* The receiver's book: which octets of the peer's stream are here. Under checksums whole mappings.
 */
void ledger_arrived(struct end *e, struct tcp *t)
{
    const struct end *peer = &e->sim->end[!e->id];
    const struct tcp *from = &peer->tcp[t->index];
    struct mptcp_conn_report info;

    mptcp_conn_info(e->conn, &info);
    while (from->map_len != NULL && t->marked < t->reported) {
        uint32_t len = from->map_len[t->marked];
        if (len == 0 || (info.checksum && t->marked + len > t->reported)) {
            break;
        }
        uint32_t n = info.checksum ? len : 1;
        for (uint32_t i = 0; i < n; i++) {
            uint64_t offset = from->map_dsn[t->marked + i] - peer->keyed;
            e->arrived[offset < STREAM_MAX ? offset : STREAM_MAX] = 1;
        }
        t->marked += n;
    }
    while (e->expected < STREAM_MAX && e->arrived[e->expected]) {
        e->expected++;
    }
}

/*
 * The application takes n octets of subflow t from ssn on. The library is not asked what they are:
 * they are the next ones of what the peer wrote, octet by octet, or, where a box has edited them
 * and plain TCP goes on, the next ones of the first subflow, which has carried all.
 */
bool ledger_delivers(struct end *e, const struct tcp *t, uint32_t ssn, uint32_t n)
{
    const struct end *peer = &e->sim->end[!e->id];
    bool line = t->index == 0 && ssn == e->taken + 1;

    if (e->plain && !line && e->sim->sc.varied) {
        fail(e->sim, "%d: plain TCP, and ssn %u of subflow %u follows %u octets", e->id, ssn,
             t->index, e->taken);
        return false;
    }
    if (e->plain && e->sim->edited[!e->id]) {
        return true;
    }
    if (e->taken + n > peer->written) {
        fail(e->sim, "%d: took %u octets, %u were written", e->id, e->taken + n, peer->written);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (t->rx[ssn + i] != pattern(!e->id, e->taken_syn + e->taken + i)) {
            fail(e->sim, "%d: octet %u is wrong (subflow %u ssn %u)", e->id, e->taken + i, t->index,
                 ssn + i);
            return false;
        }
    }
    return true;
}

void ledger_eof(struct end *e)
{
    struct sim *s = e->sim;
    const struct tcp *first = &e->tcp[0];
    bool whole = e->taken_syn + e->taken == s->sc.bytes[!e->id];
    bool tcps = e->plain && (first->peer_fin == e->taken + 1 || !s->sc.varied);

    if (!whole && !(tcps && (s->edited[!e->id] || s->cut_short)) && s->sc.liar < 0) {
        fail(s, "%d: end of data after %u of %u octets", e->id, e->taken, s->sc.bytes[!e->id]);
    }
}

/* Room that is worth an update, beyond what was ever said: more than a quarter of the buffer. */
static bool keeps_room(const struct end *e)
{
    const struct scenario *sc = &e->sim->sc;
    uint64_t edge = e->sim->end[!e->id].keyed + e->consumed + sc->rcv_buf;

    return e->edge_known && (int64_t)(edge - e->edge) > (int64_t)sc->rcv_buf / 4;
}

void ledger_room(struct end *e)
{
    e->room_since = !keeps_room(e) ? 0 : e->room_since != 0 ? e->room_since : e->sim->now;
}

#define QUIET_US (2000000u - 16u) /* two seconds, to the tick of a connection */
#define ASKED_US 8000000u         /* three keep-alives, each with the time for an answer */

/* True if a subflow that this end opened brings nothing, while another one brings octets, or did so
 * when it was asked first (D-29). */
static bool is_quiet(const struct end *e, const struct tcp *t)
{
    mptcp_time now = e->sim->now;

    if (!t->syn_sent || (t->heard != 0 && now - t->heard < QUIET_US)) {
        return false;
    }
    for (unsigned i = 0; i < TCPS; i++) {
        const struct tcp *other = &e->tcp[i];
        if (other->up && other != t && other->heard != 0 &&
            now - other->heard < QUIET_US + ASKED_US) {
            return true;
        }
    }
    return false;
}

/* A keep-alive leaves: the peer could not tell of its room, or something is to be answered. */
void ledger_probe(struct end *e, const struct tcp *t)
{
    const struct scenario *sc = &e->sim->sc;
    const struct end *peer = &e->sim->end[!e->id];
    const struct manner *theirs = &sc->manner[!e->id];
    bool able = !sc->later && theirs->no_memory == 0 && theirs->not_now == 0;
    bool silent = mptcp_subflow_silent(e->conn, t->sf);
    bool ends = e->shut && e->heard <= e->written;
    /* TCP has acknowledged octets and MPTCP has not, on the subflow that they all went on. */
    bool owed = t->index == 0 && e->heard + 1 < t->una;
    bool asks = (silent && t->una < t->nxt) || owed || ends;
    bool shut = e->given < e->written && (t->edge <= t->nxt || e->shared <= e->given);

    if (sc->liar >= 0) {
        return;
    }
    able &= peer->tcp[t->index].up && sc->park_at == 0;
    if (able && shut && peer->room_since != 0 && e->sim->now - peer->room_since > ROOM_KEPT_US &&
        !peer->plain) {
        fail(e->sim, "%d: a window probe, and the peer has had room for %llu us", e->id,
             (unsigned long long)(e->sim->now - peer->room_since));
    }
    /* An address that goes is asked for, too (s3.4.2); what was put off may come too late. */
    if (!asks && !shut && !is_quiet(e, t) && !e->plain && !sc->remove && sc->park_at == 0 &&
        !sc->later) {
        fail(e->sim, "%d: a probe without a question", e->id);
    }
    if (t->una < t->nxt && !silent && !owed && !ends && !e->plain && !sc->remove &&
        sc->park_at == 0 && !sc->later) {
        fail(e->sim, "%d: a probe, and octets are in flight that an ACK will answer", e->id);
    }
}

/* s3.3.8: a backup carries data only where nothing else works. */
static void check_backup(struct end *e, const struct mptcp_action *a)
{
    struct mptcp_subflow_report info;

    mptcp_subflow_info(e->conn, a->sf, &info);
    if (!info.backup && !info.peer_backup) {
        return;
    }
    for (unsigned k = 0; k < TCPS; k++) {
        struct mptcp_subflow_report other;
        const struct tcp *t = &e->tcp[k];
        if (t->used && mptcp_subflow_info(e->conn, t->sf, &other) == 0 && other.established &&
            !other.closing && !other.silent && !other.window_closed && !other.backup &&
            !other.peer_backup) {
            fail(e->sim, "%d: data for a backup, and subflow %u works", e->id, k);
        }
    }
}

/* D-25. A reinjection was let go by the shared window before. */
void ledger_given(struct end *e, struct tcp *t, const struct mptcp_action *a, uint32_t n)
{
    uint64_t offset = a->dsn.v - e->first;

    e->given = offset + n > e->given ? offset + n : e->given;
    check_backup(e, a);
    if (offset < e->freed) {
        fail(e->sim, "%d: asked to send octet %llu, which is freed", e->id,
             (unsigned long long)offset);
    }
    if (a->ssn.v + n > t->edge) {
        fail(e->sim, "%d: %u octets beyond the subflow's window", e->id, a->ssn.v + n - t->edge);
    }
    if (speaks_mptcp(e) && offset + n > e->shared) {
        fail(e->sim, "%d: octets up to %llu, the shared window ends at %llu", e->id,
             (unsigned long long)(offset + n), (unsigned long long)e->shared);
    }
}

/* D-16 */
void ledger_freed(struct end *e, uint64_t upto)
{
    bool mptcp = speaks_mptcp(e);
    bool copies = (e->sim->sc.flags[e->id] & MPTCP_CFG_TCP_COPIES) != 0 && !sums_needed(e);

    if (mptcp && upto > e->acked) {
        fail(e->sim, "%d: freed up to %llu, DATA_ACKed are %llu", e->id, (unsigned long long)upto,
             (unsigned long long)e->acked);
    }
    for (unsigned k = 0; k < TCPS; k++) {
        const struct tcp *t = &e->tcp[k];
        if (copies || !t->used) {
            continue;
        }
        for (unsigned i = 0; i < t->npieces; i++) {
            const struct piece *p = &t->pieces[i];
            uint32_t una = t->una > t->copied ? t->una : t->copied;
            uint32_t acked = una > p->ssn ? una - p->ssn : 0;
            if (acked < p->len && p->dsn.v - e->first + acked < upto) {
                fail(e->sim, "%d: freed up to %llu, but ssn %u of subflow %u is in flight", e->id,
                     (unsigned long long)upto, p->ssn + acked, k);
                return;
            }
        }
    }
}

/* D-9: RCV.NXT is the first octet that is not here, and SND.UNA what the peer said. */
void ledger_check(struct end *e, const struct mptcp_conn_report *info)
{
    const struct end *peer = &e->sim->end[!e->id];

    if (info->version == PLAIN || info->state < MPTCP_ESTABLISHED || !e->open || !peer->open ||
        e->sim->sc.liar >= 0) {
        return;
    }
    uint64_t here = info->rcv_nxt.v - peer->keyed;
    uint64_t fin = peer->shut && e->expected == peer->written ? 1 : 0;
    if (here > e->expected + fin || (e->refused == 0 && e->sim->met[MET_CORRUPTION] == 0 &&
                                     !e->sim->sc.hostile && here < e->expected)) {
        fail(e->sim, "%d: RCV.NXT is at %llu, the first missing octet is %u", e->id,
             (unsigned long long)here, e->expected);
    }
    if (info->snd_una.v - e->first > e->acked) {
        fail(e->sim, "%d: SND.UNA is at %llu, DATA_ACKed are %llu", e->id,
             (unsigned long long)(info->snd_una.v - e->first), (unsigned long long)e->acked);
    }
}
