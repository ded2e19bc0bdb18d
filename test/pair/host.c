/*
 * host.c - an end: made, opened, and what comes in handed to its connection or to
 * nobody, as conn.h says. What is then due does actions.c.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define NO_PATH_US 60000000u

mptcp_time clock_of(const struct end *e)
{
    return e->sim->now + e->skew;
}

/* The second octet is the path, the third how often the end has moved. */
struct mptcp_addr host_address(const struct end *e, unsigned path)
{
    struct mptcp_addr a = {
        .family = 4,
        .port = 7000,
        .ip = {10, (uint8_t)path, e->generation, (uint8_t)(e->id + 1)},
    };

    if (path > 0 && e->sim->sc.ipv6) {
        a.family = 6;
        a.port = (uint16_t)(e->id == 1 ? 7100 + path : 0);
        a.ip[0] = 0xfd;
    }
    return a;
}

void host_config(const struct end *e, struct mptcp_config *cfg)
{
    const struct scenario *sc = &e->sim->sc;

    mptcp_config_init(cfg);
    cfg->subflows = sc->subflows;
    cfg->subflow_limit = e->id == 1 ? sc->limit : sc->park_at != 0 ? sc->subflows : SUBFLOWS;
    cfg->addrs = sc->addrs;
    cfg->policy = sc->policy;
    cfg->scheduler = sc->scheduler;
    cfg->runs = (uint16_t)(4 * sc->subflows + 2 * (sc->runs - 2));
    cfg->rcv_buf = sc->rcv_buf;
    cfg->flags = e->flags;
    cfg->version = e->version;
    cfg->add_addr2 = sc->versions.add_addr2[e->id];
    cfg->option_room = sc->varied ? manner_room(e) : cfg->option_room;
    bool others = sc->hostile && sc->paths > 1;
    cfg->no_path_limit = sc->park_at != 0 || others ? NO_PATH_US : 0;
}

void host_make_connection(struct end *e, const struct mptcp_config *cfg)
{
    struct mptcp_conn_report info;

    e->conn = mptcp_conn_init(malloc(e->size), e->size, cfg, &e->secret);
    mptcp_conn_info(e->conn, &info);
    mptcp_endpoint_add(e->endpoint, info.local_token, (uint32_t)e->id);
    e->first = e->keyed = info.snd_end.v;
}

void host_make(struct sim *s, int id)
{
    struct end *e = &s->end[id];
    struct mptcp_config cfg;

    memset(e, 0, sizeof *e);
    e->sim = s;
    e->id = id;
    e->flags = s->sc.flags[id] | (id == 0 && s->sc.versions.plainly ? MPTCP_CFG_NO_MPTCP : 0u);
    e->version = id == 0 ? s->sc.versions.offer : version_served(&s->sc, 1) ? 1 : 0;
    host_config(e, &cfg);
    e->secret.key = random_key(s);
    memset(e->secret.seed, id + 1, sizeof e->secret.seed);
    memcpy(e->secret_cookie, &e->secret.key, sizeof e->secret.key);
    e->size = (size_t)mptcp_conn_size(&cfg);
    e->endpoint = mptcp_endpoint_init(malloc(MPTCP_ENDPOINT_SIZE(8u)), MPTCP_ENDPOINT_SIZE(8u), 8);
    if (id == 0 || !s->sc.stateless) {
        host_make_connection(e, &cfg);
    }
    s->next_tcp = 1;
    e->buffer = malloc(STREAM_MAX + 1);
    e->arrived = calloc(STREAM_MAX + 1, 1);
    e->skew = s->sc.rebase ? random_below(s, 1000000000) : 0;
    e->skew += s->sc.hostile ? 100000000 : 0; /* it may jump back */
    for (uint32_t i = 0; i < STREAM_MAX; i++) {
        e->buffer[i] = octet_of(e, i);
    }
}

void host_free(struct end *e)
{
    for (unsigned i = 0; i < TCPS; i++) {
        tcp_free(&e->tcp[i]);
    }
    free(e->conn);
    free(e->parked);
    free(e->endpoint);
    free(e->buffer);
    free(e->arrived);
}

void host_learn_paths(struct end *e)
{
    bool announce = e->sim->sc.announce && e->id == 1;
    bool join = (!e->sim->sc.announce || e->sim->sc.ipv6) && e->id == 0;
    /* A server that moves can join its client only where that has announced an address. */
    bool both = e->id == 0 && e->sim->sc.park_at != 0 && e->sim->sc.park_who == 1;
    unsigned flags = announce ? MPTCP_ADDR_ANNOUNCE : MPTCP_ADDR_JOIN;

    flags |= both ? MPTCP_ADDR_ANNOUNCE : 0;

    for (unsigned i = 1; i < e->sim->sc.paths && (announce || join); i++) {
        struct mptcp_addr a = host_address(e, i);
        uint8_t id;
        int why = mptcp_add_address(e->conn, &a, flags, &id, clock_of(e));
        e->sim->met[MET_FULL_ADDRS] += why == MPTCP_E_FULL;
        if (why < 0 && why != MPTCP_E_FULL) {
            fail(e->sim, "add_address: %s", mptcp_error_name(why));
        }
        moved(e);
    }
}

void host_open(struct end *e)
{
    struct mptcp_addr local = host_address(e, 0);
    struct mptcp_addr remote = host_address(&e->sim->end[1], 0);
    mptcp_sf sf;

    if (mptcp_connect(e->conn, &local, &remote, &sf, clock_of(e)) < 0) {
        fail(e->sim, "connect");
    }
    moved(e);
    struct tcp *t = tcp_open(e, 0, 0, sf);
    t->local = local;
    t->remote = remote;
    tcp_connect(e, t);
    host_learn_paths(e);
}

static void refuse_syn(struct end *e, const struct segment *p, int why)
{
    struct tcp nobody = {.path = p->path, .index = p->tcp, .irs = p->wire_ssn};
    uint8_t options[MPTCP_OPTION_MAX];
    struct mptcp_segment rst = {.tcp_flags = MPTCP_TCP_RST | MPTCP_TCP_ACK, .ack = mptcp_ssn_of(1)};

    trace(e->sim, "%d: SYN refused: %s", e->id, mptcp_error_name(why));
    e->sim->met[MET_FULL_SUBFLOWS] += why == MPTCP_E_FULL;
    rst.options_len = (uint16_t)mptcp_reset_option(why, options, sizeof options);
    e->sim->met[MET_JOIN_REFUSED]++;
    world_send(e->sim, e, &nobody, &rst, options, NULL);
}

/* A segment for a subflow that is no more: RST, as any TCP does. */
static void stray(struct end *e, struct tcp *t, const struct segment *p)
{
    struct mptcp_segment rst = {.tcp_flags = MPTCP_TCP_RST, .ssn = p->seg.ack};

    if ((p->seg.tcp_flags & MPTCP_TCP_RST) == 0) {
        world_send(e->sim, e, t, &rst, p->options, NULL);
    }
}

/* The subflow is there: its SYN is answered. */
static void accepted(struct end *e, const struct segment *p, mptcp_sf sf)
{
    struct tcp *t = tcp_open(e, p->path, p->tcp, sf);

    t->rcv_nxt = 1;
    t->irs = p->wire_ssn;
    t->irs_known = true;
    t->local = p->dst;
    t->remote = p->src;
    t->rto_at = e->sim->now + 1000000;
    fast_open_accept(e, t, p);
    tcp_emit(e, t, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 0);
    if (p->tcp == 0) {
        host_learn_paths(e);
    }
}

/* A SYN of the other version that this server speaks: nothing has come to its connection yet. */
static void answer_in(struct end *e, unsigned version)
{
    struct mptcp_config cfg;
    struct mptcp_conn_report info;

    if (e->version == version || !version_served(&e->sim->sc, version)) {
        return;
    }
    mptcp_conn_info(e->conn, &info);
    mptcp_endpoint_remove(e->endpoint, info.local_token);
    free(e->conn);
    e->version = (uint8_t)version;
    host_config(e, &cfg);
    host_make_connection(e, &cfg);
}

/* A SYN: the endpoint tells whose it is. */
static void accept_syn(struct end *e, struct segment *p)
{
    struct mptcp_syn syn;
    mptcp_sf sf;
    struct tcp *t = p->tcp < TCPS ? &e->tcp[p->tcp] : NULL;

    p->seg.ssn.v = 0;
    if (p->dst.ip[2] != e->generation || (t != NULL && t->used && (t->up || t->dead))) {
        return;
    }
    if (e->sim->sc.stateless && (t == NULL || p->tcp == 0) && (t == NULL || !t->used)) {
        cookie_answer(e, p);
        return;
    }
    if (t == NULL || e->conn == NULL) {
        return;
    }
    if (t->used) {
        tcp_emit(e, t, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 0);
        return;
    }
    mptcp_endpoint_on_syn(e->endpoint, &p->seg, &syn);
    if (syn.kind == MPTCP_SYN_CAPABLE && p->tcp == 0) {
        answer_in(e, syn.version);
    }
    int why = syn.kind == MPTCP_SYN_RESET ? syn.code
              : syn.kind == MPTCP_SYN_JOIN
                  ? mptcp_accept_join(e->conn, &p->seg, &p->dst, &p->src, &sf, clock_of(e))
                  : mptcp_accept(e->conn, &p->seg, &p->dst, &p->src, &sf, clock_of(e));
    moved(e);
    if (why < 0) {
        refuse_syn(e, p, why);
        return;
    }
    if (sf != MPTCP_SF_NONE) { /* else an older join gives its place, and the SYN comes again */
        accepted(e, p, sf);
    }
}

void host_report_path(struct end *e, struct tcp *t)
{
    struct mptcp_path path = {
        .size = sizeof path,
        .room = tcp_room(e, t),
        .segment_size = e->sim->sc.mss,
        .srtt_us = (uint32_t)(2 * e->sim->sc.delay[t->path]),
    };
    if (t->used && (t->up || t->early) && manner_report(e, t, &path)) {
        mptcp_on_path(e->conn, t->sf, &path, clock_of(e));
        moved(e);
    }
}

/* RFC 5961: at the very next octet; elsewhere in the window it is asked whether it is meant. */
static bool reset_is_right(struct end *e, struct tcp *t, const struct segment *p)
{
    if (!e->sim->sc.hostile || !t->up || p->seg.ssn.v == t->rcv_nxt + (t->fin_received ? 1 : 0)) {
        return true;
    }
    if (p->seg.ssn.v > t->rcv_nxt && p->seg.ssn.v < t->rcv_nxt + 1000000) {
        tcp_emit(e, t, MPTCP_TCP_ACK, t->nxt + (t->fin_sent ? 1 : 0), 0);
    }
    return false;
}

/* A segment of a subflow whose TCP is no more. */
static void too_late(struct end *e, struct tcp *t, struct segment *p)
{
    if (t->vanished || !tcp_number(t, p)) {
        return;
    }
    if (t->time_wait && (p->seg.tcp_flags & MPTCP_TCP_FIN) != 0) {
        struct mptcp_segment ack = {.tcp_flags = MPTCP_TCP_ACK,
                                    .ssn = mptcp_ssn_of(t->last),
                                    .ack = mptcp_ssn_of(t->rcv_nxt + 1)};
        world_send(e->sim, e, t, &ack, p->options, NULL);
    } else if (!t->time_wait) {
        stray(e, t, p);
    }
}

/* True if the connection lets TCP have it. */
static bool let_in(struct end *e, struct tcp *t, struct segment *p, bool made)
{
    struct mptcp_verdict v = {0};

    if (t->data_at != 0) {
        tcp_report(e, t);
        host_work(e); /* a reset may be due */
    }
    ledger_received(e, t, &p->seg);
    version_before(e);
    int why = mptcp_on_segment(e->conn, t->sf, &p->seg, &v, clock_of(e));
    if (why < 0 && why != MPTCP_E_STALE) {
        fail(e->sim, "on_segment: %s", mptcp_error_name(why));
    }
    moved(e);
    version_after(e, t, p, v.drop || why != MPTCP_OK);
    e->heard = v.drop ? e->heard : e->told;
    if (v.drop) {
        e->sim->met[MET_REFUSED]++;
        e->sim->met[MET_FULL_RUNS] += v.code == MPTCP_E_FULL;
        e->refused++;
        trace(e->sim, "%d: dropped: %s", e->id, mptcp_error_name(v.code));
    }
    if (made && v.drop && e->sim->sc.forgets) {
        cookie_forget(e, t);
        return false;
    }
    if (made) {
        t->rto_at = v.drop ? e->sim->now + 1000000 : t->rto_at; /* half open: the SYN/ACK again */
        host_learn_paths(e);
    }
    return !v.drop && why != MPTCP_E_STALE;
}

void host_segment(struct end *e, struct segment *p)
{
    struct tcp *t = p->tcp < TCPS ? &e->tcp[p->tcp] : NULL;

    if ((p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) == MPTCP_TCP_SYN) {
        accept_syn(e, p);
        return;
    }
    bool made = t != NULL && !t->used && cookie_came_back(e, t, p);
    if (t == NULL || !t->used || e->conn == NULL) {
        return;
    }
    if (t->dead) {
        too_late(e, t, p);
        return;
    }
    if (!tcp_number(t, p) || !let_in(e, t, p, made) || t->dead) {
        return;
    }
    if ((p->seg.tcp_flags & MPTCP_TCP_RST) != 0) {
        if (reset_is_right(e, t, p)) {
            tcp_gone(e, t, MPTCP_E_PEER_RESET);
        }
        return;
    }
    if (p->seg.ssn.v > t->rcv_nxt + 1000000) {
        return; /* out of any window */
    }
    tcp_receive(e, t, p);
    host_report_path(e, t);
}
