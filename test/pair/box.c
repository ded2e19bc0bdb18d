/*
 * box.c - what middleboxes do to the segments that pass them, by the scenario's faults:
 *
 *   strip     MPTCP options become NOPs: on SYN, SYN/ACK, the third ACK, all others; from some time
 *             on; all of them or one subtype
 *   rewrite   sequence numbers are shifted, both ways consistently (numbers.c)
 *   edit      an octet of the payload is changed; octets are put in or taken out, and the numbers
 *             behind them adjusted both ways
 *   DATA_FIN  as Linux sends it: part of the last mapping, also when that comes again
 *   clamp     no window larger than so much is told
 *   proxy     data is acknowledged by the box, and repeated until the receiver has it
 *   rebind    the address translator forgets a subflow: one end hears a reset, the other nothing
 *   inject    a RST or FIN that nobody sent, in or out of the window
 *   lost      ACKs, or all of one direction for a while; or they are late (cut.c)
 *
 * Numbers of a fault are those of the sender's stream: SSNs before any box.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define REPEAT_US 300000u

struct fault *fault_of(struct sim *s, const struct segment *p)
{
    return &s->sc.fault[p->path][!p->to];
}

/* ------------------------------------------------------------------- options */

static unsigned kind_of(const struct segment *p)
{
    unsigned flags = p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK);
    if ((flags & MPTCP_TCP_SYN) != 0) {
        return flags == MPTCP_TCP_SYN ? STRIP_SYN : STRIP_SYNACK;
    }
    bool third = p->to == 1 && p->seg.len == 0 && p->seg.ssn.v == 1 && p->seg.ack.v == 1;
    return third ? STRIP_THIRD : STRIP_OTHERS;
}

bool box_blank(struct segment *p, unsigned only)
{
    bool found = false;
    for (unsigned i = 0; i < p->seg.options_len && p->options[i] != 0;) {
        unsigned len = p->options[i] == 1 ? 1 : p->options[i + 1];
        if (p->options[i] == MPTCP_OPTION_KIND &&
            (only == 0 || p->options[i + 2] >> 4 == (int)only - 1)) {
            memset(p->options + i, 1, len);
            found = true;
        }
        i += len;
    }
    return found;
}

static void strip(struct sim *s, struct segment *p)
{
    static const enum met names[] = {MET_STRIP_SYN, MET_STRIP_SYNACK, MET_STRIP_THIRD,
                                     MET_STRIP_DATA};
    const struct fault *f = fault_of(s, p);
    unsigned kind = kind_of(p);

    if ((f->strip & kind) == 0 || s->now < f->strip_at || !box_blank(p, f->only)) {
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        s->met[names[i]] += kind == 1u << i;
    }
    s->met[MET_STRIP_LATE] += f->strip_at != 0;
    s->met[MET_STRIP_ONE] += f->only != 0;
}

/* ------------------------------------------------------------------- DATA_FIN */

/* The one DSS of a segment, and where it is. */
static uint8_t *find_dss(struct segment *p, struct mptcp_option *o)
{
    for (unsigned i = 0; i < p->seg.options_len && p->options[i] != 0;) {
        unsigned len = p->options[i] == 1 ? 1 : p->options[i + 1];
        if (p->options[i] == MPTCP_OPTION_KIND && p->options[i + 2] >> 4 == MPTCP_DSS &&
            mptcp_option_read(p->options + i, len, o, NULL) > 0) {
            return p->options + i;
        }
        i += len;
    }
    return NULL;
}

/* Of `from`'s direction: the last mapping is longer by the DATA_FIN. */
static void map_fin(struct sim *s, const struct end *from, struct segment *p, uint8_t *option,
                    struct mptcp_option *o)
{
    struct mptcp_dss *d = &o->u.dss;
    struct track *t = &s->track[p->tcp][from->id];
    uint32_t end = d->ssn + d->dll;
    uint64_t stream_end = from->first + from->written;

    if ((d->flags & MPTCP_DSS_MAP) == 0 || p->seg.len == 0 || d->dll == 0 || d->dll == UINT16_MAX) {
        s->fin_passed[from->id] |= (d->flags & MPTCP_DSS_FIN) != 0;
        return;
    }
    if (!from->shut || (uint32_t)(d->dsn + d->dll) != (uint32_t)stream_end) {
        t->mapped = end > t->mapped ? end : t->mapped;
        return;
    }
    s->met[MET_FIN_MAPPED]++;
    s->met[MET_FIN_MAPPED_LATE] += t->mapped == end;
    s->met[MET_FIN_SUMMED] += d->has_checksum != 0 && t->fin_mapped == end;
    t->fin_mapped = end;
    d->flags |= MPTCP_DSS_FIN;
    d->dll++;
    /* One's complement: the length is one of the words that it sums up. */
    uint32_t sum = (uint16_t)~d->checksum + 1u;
    d->checksum = (uint16_t) ~((sum & 0xffffu) + (sum >> 16));
    mptcp_option_write(o, option, option[1]);
}

/* A DATA_ACK of a DATA_FIN that its sender has not sent yet is not for its eyes. */
static void hide_ack(struct sim *s, const struct end *to, uint8_t *option, struct mptcp_option *o)
{
    struct mptcp_dss *d = &o->u.dss;
    uint64_t end = to->first + to->written;

    if (s->fin_passed[to->id] || (d->flags & MPTCP_DSS_ACK) == 0 || !to->shut ||
        (uint32_t)d->data_ack != (uint32_t)(end + 1)) {
        return;
    }
    d->data_ack = (d->flags & MPTCP_DSS_ACK64) != 0 ? end : end & UINT32_MAX;
    mptcp_option_write(o, option, option[1]);
}

static void fin_as_linux(struct sim *s, struct end *from, struct segment *p)
{
    struct mptcp_option o;
    uint8_t *option = find_dss(p, &o);

    if (option != NULL && s->sc.fault[p->path][from->id].fin_mapped) {
        map_fin(s, from, p, option, &o);
    }
    if (option != NULL && s->sc.fault[p->path][!from->id].fin_mapped) {
        hide_ack(s, &s->end[!from->id], option, &o);
    }
}

/* -------------------------------------------------------------------- editing */

static uint32_t moved_by(const struct fault *f, uint32_t ssn)
{
    if (f->edit_at == 0 || f->edit_by == 0 || ssn <= f->edit_at) {
        return ssn;
    }
    uint32_t n = (uint32_t)abs(f->edit_by);
    if (f->edit_by > 0) {
        return ssn + n;
    }
    return ssn < f->edit_at + n ? f->edit_at : ssn - n;
}

static uint32_t moved_back(const struct fault *f, const struct track *t, uint32_t ack)
{
    uint32_t n = (uint32_t)abs(f->edit_by);
    if (f->edit_at == 0 || f->edit_by == 0 || !t->cut_seen || ack < f->edit_at) {
        return ack;
    }
    if (f->edit_by < 0) {
        return ack + n;
    }
    return ack <= f->edit_at + 1 ? ack : ack <= f->edit_at + 1 + n ? f->edit_at + 1 : ack - n;
}

/* The payload as the box sends it on. */
static void rewrite(struct sim *s, struct segment *p, const struct fault *f, struct track *t)
{
    uint32_t from = p->seg.ssn.v;
    uint32_t len = p->seg.len;
    uint32_t n = (uint32_t)abs(f->edit_by);
    bool inside = from <= f->edit_at && f->edit_at < from + len;
    bool edits = inside || (f->edit_by < 0 && from < f->edit_at + n && from + len > f->edit_at);
    uint8_t *out = malloc(len + n + 1);
    uint32_t made = 0;

    for (uint32_t i = 0; i < len; i++) {
        uint32_t at = from + i;
        if (f->edit_by < 0 && at >= f->edit_at && at < f->edit_at + n) {
            continue;
        }
        out[made++] = (uint8_t)(p->payload[i] ^ (at == f->edit_at && f->edit_by == 0 ? 0x40 : 0));
        for (uint32_t k = 0; at == f->edit_at && f->edit_by > 0 && k < n; k++) {
            out[made++] = 'x';
        }
    }
    if (edits) {
        s->met[f->edit_by == 0 ? MET_EDIT : f->edit_by > 0 ? MET_GROW : MET_SHRINK]++;
    }
    /* Octets with other numbers make another stream for TCP, and other ACKs, also where those that
     * are edited pass later. */
    t->cut_seen |= edits || moved_by(f, from) != from;
    s->edited[!p->to] |= t->cut_seen;
    free(p->payload);
    p->payload = out;
    p->seg.len = made;
    p->seg.ssn.v = moved_by(f, from);
}

static void edit(struct sim *s, struct segment *p)
{
    const struct fault *ours = fault_of(s, p);
    const struct fault *theirs = &s->sc.fault[p->path][p->to];

    p->seg.ack.v = moved_back(theirs, &s->track[p->tcp][p->to], p->seg.ack.v);
    if (ours->edit_at == 0 || (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0) {
        return;
    }
    if (p->seg.len > 0) {
        rewrite(s, p, ours, &s->track[p->tcp][!p->to]);
    } else {
        p->seg.ssn.v = moved_by(ours, p->seg.ssn.v);
    }
}

/* ------------------------------------------------------------------- windows */

static void clamp(struct sim *s, struct segment *p)
{
    const struct fault *f = fault_of(s, p);
    if (s->now < f->clamp_until && p->seg.window > f->clamp &&
        (p->seg.tcp_flags & MPTCP_TCP_RST) == 0) {
        p->seg.window = f->clamp;
        s->met[f->clamp == 0 ? MET_CLOSED : MET_CLAMP]++;
    }
}

/* --------------------------------------------------------------------- proxy */

static void forget_kept(struct track *t, uint32_t ack)
{
    struct kept **k = &t->kept;
    while (*k != NULL) {
        struct segment *p = (*k)->segment;
        if (p->seg.ssn.v + p->seg.len > ack) {
            k = &(*k)->next;
            continue;
        }
        struct kept *gone = *k;
        *k = gone->next;
        world_drop(gone->segment);
        free(gone);
    }
}

/* The box says that it has arrived, keeps it, and sends it on. True if p was taken over. */
static bool proxy(struct sim *s, struct end *from, struct segment *p)
{
    struct track *t = &s->track[p->tcp][from->id];
    struct track *back = &s->track[p->tcp][!from->id];

    if (!s->sc.proxy[p->path] || (p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0) {
        return false;
    }
    forget_kept(back, p->seg.ack.v);
    if (p->seg.ssn.v + p->seg.len > t->next && p->seg.ssn.v <= (t->next == 0 ? 1 : t->next)) {
        t->next = p->seg.ssn.v + p->seg.len;
    }
    if (p->seg.len == 0) {
        return false;
    }
    struct segment *ack = calloc(1, sizeof *ack);
    ack->to = from->id;
    ack->path = p->path;
    ack->tcp = p->tcp;
    ack->seg.tcp_flags = MPTCP_TCP_ACK;
    ack->seg.ssn.v = p->seg.ack.v;
    ack->seg.ack.v = t->next;
    ack->seg.window = 30000;
    ack->seg.options = ack->options;
    box_number(s, ack);
    world_enqueue(s, ack, s->sc.delay[p->path] / 2);
    struct kept *k = calloc(1, sizeof *k);
    k->segment = world_copy(p);
    k->next = t->kept;
    t->kept = k;
    s->proxy_at = s->proxy_at == 0 ? s->now + REPEAT_US : s->proxy_at;
    s->met[MET_PROXY]++;
    return false;
}

void box_timers(struct sim *s)
{
    if (s->proxy_at == 0 || s->now < s->proxy_at) {
        return;
    }
    s->proxy_at = 0;
    for (unsigned i = 0; i < TCPS * 2; i++) {
        struct end *to = &s->end[!(i % 2)];
        if (!to->tcp[i / 2].used || to->tcp[i / 2].dead) {
            forget_kept(&s->track[i / 2][i % 2], UINT32_MAX);
        }
        for (const struct kept *k = s->track[i / 2][i % 2].kept; k != NULL; k = k->next) {
            struct segment *again = world_copy(k->segment);
            box_number(s, again);
            world_enqueue(s, again, s->sc.delay[again->path]);
            s->proxy_at = s->now + REPEAT_US;
        }
    }
}

/* ------------------------------------------------------- rebinding, injection */

static bool rebound(struct sim *s, struct end *from, struct segment *p)
{
    mptcp_time at = s->sc.rebind_at[p->path];
    struct tcp *t = &s->end[0].tcp[p->tcp];

    if (at == 0 || s->now < at) {
        return false;
    }
    /* Those that were there by then; a new one gets a new entry. */
    if ((p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) == MPTCP_TCP_SYN || !t->rebound) {
        return false;
    }
    s->met[MET_REBIND]++;
    if (from->id == 0 && (p->seg.tcp_flags & MPTCP_TCP_RST) == 0) {
        struct segment *rst = calloc(1, sizeof *rst);
        rst->to = 0;
        rst->path = p->path;
        rst->tcp = p->tcp;
        rst->seg.tcp_flags = MPTCP_TCP_RST;
        rst->seg.ssn = p->seg.ack;
        rst->seg.options = rst->options;
        box_number(s, rst);
        world_enqueue(s, rst, s->sc.delay[p->path]);
    }
    world_drop(p);
    return true;
}

static void inject(struct sim *s)
{
    static const enum met names[] = {0,          MET_RST_IN,  MET_RST_OUT,
                                     MET_FIN_IN, MET_FIN_OUT, MET_RST_NEAR};
    struct end *e = &s->end[s->sc.inject_to];
    enum inject what = s->sc.inject;
    bool fin = what == INJECT_FIN_IN || what == INJECT_FIN_OUT;
    bool in = what == INJECT_RST_IN || what == INJECT_FIN_IN;

    for (unsigned i = 0; i < TCPS; i++) {
        struct tcp *t = &e->tcp[i];
        if (!t->used || !t->up || t->dead || t->path != s->sc.inject_path || t->fin_received) {
            continue;
        }
        struct segment *p = calloc(1, sizeof *p);
        p->to = e->id;
        p->path = t->path;
        p->tcp = i;
        p->seg.tcp_flags = fin ? MPTCP_TCP_FIN | MPTCP_TCP_ACK : MPTCP_TCP_RST;
        uint32_t beyond = in ? 0 : what == INJECT_RST_NEAR ? 1 + random_below(s, 1000) : 2000000;
        p->wire_ssn = t->irs + t->rx_base + t->rcv_nxt + beyond;
        p->wire_ack = t->iss + t->tx_base + t->una;
        p->seg.options = p->options;
        t->forged_fin = what == INJECT_FIN_IN;
        s->met[names[what]]++;
        world_enqueue(s, p, 0);
        return;
    }
}

void box_disturb(struct sim *s)
{
    if (s->sc.inject != INJECT_NONE && !s->injected && s->now >= s->sc.inject_at) {
        s->injected = true;
        if (s->sc.broken) {
            excuse_broken(s, s->sc.inject_path);
        }
        inject(s);
    }
    for (unsigned i = 0; i < TCPS; i++) {
        struct tcp *t = &s->end[0].tcp[i];
        mptcp_time at = t->used ? s->sc.rebind_at[t->path] : 0;
        if (at != 0 && s->now >= at && !s->dark[t->path] && !t->rebound && t->opened_at < at) {
            t->rebound = true;
            excuse_broken(s, t->path);
        }
    }
    for (unsigned p = 0; p < PATHS; p++) {
        const struct fault *f = &s->sc.fault[p][0];
        if (f->dark_for == MPTCP_NEVER && s->now >= f->dark_at && !s->gone[p]) {
            s->gone[p] = true;
            excuse_broken(s, p);
        }
    }
    if (s->sc.jump_at != 0 && !s->jumped && s->now >= s->sc.jump_at) {
        s->jumped = true;
        s->met[MET_JUMP]++;
        for (int i = 0; i < 2; i++) {
            s->end[i].skew = (mptcp_time)((int64_t)s->end[i].skew + s->sc.jump_by);
        }
    }
}

mptcp_time box_next(const struct sim *s)
{
    mptcp_time t = s->proxy_at == 0 ? MPTCP_NEVER : s->proxy_at;
    mptcp_time others[] = {s->injected ? 0 : s->sc.inject_at, s->jumped ? 0 : s->sc.jump_at};

    for (unsigned i = 0; i < 2; i++) {
        t = others[i] > s->now && others[i] < t ? others[i] : t;
    }
    return t;
}

void box_free(struct sim *s)
{
    for (unsigned i = 0; i < TCPS * 2; i++) {
        forget_kept(&s->track[i / 2][i % 2], UINT32_MAX);
        if (s->track[i / 2][i % 2].last != NULL) {
            world_drop(s->track[i / 2][i % 2].last);
        }
    }
}

/* ---------------------------------------------------------------- all of them */

static bool is_dark(const struct sim *s, const struct fault *f)
{
    return f->dark_at != 0 && s->now >= f->dark_at && s->now - f->dark_at < f->dark_for;
}

static bool lost(struct sim *s, const struct segment *p)
{
    const struct fault *f = fault_of(s, p);
    bool one_way = is_dark(s, f);
    bool dead = one_way && is_dark(s, &s->sc.fault[p->path][p->to]);
    bool ack = p->seg.len == 0 && random_below(s, 1000) < f->ack_loss;

    s->met[MET_ONE_WAY] += one_way && !dead;
    s->met[MET_DEATH] += dead;
    s->met[MET_GRAVE] += dead && f->dark_for == MPTCP_NEVER;
    s->met[MET_ACK_LOSS] += ack;
    if (!one_way && !ack) {
        return false;
    }
    s->reset_lost |= (p->seg.tcp_flags & MPTCP_TCP_RST) != 0;
    return true;
}

void box_pass(struct sim *s, struct end *from, struct segment *p)
{
    box_sees(s, p);
    fin_as_linux(s, from, p);
    if (lost(s, p)) {
        world_drop(p);
        return;
    }
    if (rebound(s, from, p)) {
        return;
    }
    strip(s, p);
    edit(s, p);
    clamp(s, p);
    proxy(s, from, p);
    cut_forward(s, p);
}
