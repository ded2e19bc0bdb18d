/*
 * dialect.c - what other stacks of version 0 write otherwise than the library does, and what RFC
 * 6824 allows or they do beside it: out-of-tree Linux kernels, Apple's, FreeBSD's. The options that
 * the library made are written anew; nothing of it is a reason to give MPTCP up.
 */
#include "sim.h"

#include <string.h>

#define KEYS 20u

/* The options area that is being made. */
struct area {
    uint8_t p[3 * MPTCP_OPTION_MAX];
    unsigned n;
};

static void put(struct area *a, const uint8_t *p, unsigned n)
{
    if (a->n + n <= sizeof a->p) {
        memcpy(a->p + a->n, p, n);
        a->n += n;
    }
}

static void put_option(struct area *a, const struct mptcp_option *o)
{
    int n = mptcp_option_write(o, a->p + a->n, sizeof a->p - a->n);

    a->n += n > 0 ? (unsigned)n : 0u;
}

static const struct dialect *dialect_of(const struct end *e)
{
    return &e->sim->sc.versions.dialect[e->id];
}

/* ------------------------------------------------------------------------ DSS */

static void widen(struct end *e, struct mptcp_dss *d)
{
    struct mptcp_conn_report info;
    unsigned which = 1 + random_below(e->sim, 3);

    mptcp_conn_info(e->conn, &info);
    if ((which & 1) != 0 && (d->flags & (MPTCP_DSS_MAP | MPTCP_DSS_DSN64)) == MPTCP_DSS_MAP) {
        d->dsn = mptcp_dsn_widen((uint32_t)d->dsn, info.snd_una).v;
        d->flags |= MPTCP_DSS_DSN64;
        e->sim->met[MET_WIDE_DSN]++;
    }
    if ((which & 2) != 0 && (d->flags & (MPTCP_DSS_ACK | MPTCP_DSS_ACK64)) == MPTCP_DSS_ACK) {
        d->data_ack = mptcp_dsn_widen((uint32_t)d->data_ack, info.rcv_nxt).v;
        d->flags |= MPTCP_DSS_ACK64;
        e->sim->met[MET_WIDE_ACK]++;
    }
}

static void dss(struct end *e, const struct mptcp_segment *seg, struct mptcp_option *o)
{
    const struct dialect *m = dialect_of(e);
    struct mptcp_dss *d = &o->u.dss;
    bool map = (d->flags & MPTCP_DSS_MAP) != 0;
    bool lone_fin = (d->flags & MPTCP_DSS_FIN) != 0 && seg->len == 0;

    if (map && m->map_once && seg->len > 0 && d->dll != 0 && seg->ssn.v != d->ssn &&
        (d->flags & (MPTCP_DSS_ACK | MPTCP_DSS_FIN)) == MPTCP_DSS_ACK) {
        d->flags &= (uint8_t) ~(MPTCP_DSS_MAP | MPTCP_DSS_DSN64);
        d->has_checksum = 0;
        d->dsn = d->ssn = d->dll = d->checksum = 0;
        e->sim->met[MET_MAP_ONCE]++;
    } else if (map && d->has_checksum && m->nops_in_sum && d->dll == 0) {
        d->checksum = 0x0101;
        e->sim->met[MET_NOPS_IN_SUM]++;
    } else if (map && d->has_checksum && m->fin_unsummed && lone_fin) {
        d->checksum ^= 0x5555;
        e->sim->met[MET_FIN_UNSUMMED]++;
    }
    if (m->wide != 0 && random_below(e->sim, 100) < m->wide) {
        widen(e, d);
    }
}

/* -------------------------------------------------------------- other options */

/* MP_CAPABLE: 12 octets on a SYN, 20 on an ACK. */
static void capable(struct end *e, const struct mptcp_segment *seg, struct area *a,
                    const uint8_t *p, unsigned n)
{
    const struct dialect *m = dialect_of(e);
    uint8_t *out = a->p + a->n;

    if (n == KEYS) {
        memcpy(e->keys, p, KEYS);
        if (m->keys_once && e->keys_sent) {
            e->sim->met[MET_KEYS_ONCE]++;
            return;
        }
        e->keys_sent = true;
    }
    put(a, p, n);
    if ((seg->tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) == MPTCP_TCP_SYN) {
        out[2] |= m->draft ? 1u : 0u;
        out[3] |= m->flags ? (uint8_t)(2 * random_below(e->sim, 32)) : 0u;
        e->sim->met[MET_DRAFT] += m->draft;
    }
}

/* MP_PRIO with the id of the address that the subflow uses. */
static void prio(struct end *e, const struct tcp *t, struct mptcp_option *o)
{
    struct mptcp_subflow_report info;

    if (dialect_of(e)->prio_id && mptcp_subflow_info(e->conn, t->sf, &info) == 0) {
        o->u.prio.has_id = 1;
        o->u.prio.addr_id = info.local_id;
        e->sim->met[MET_PRIO_ID]++;
    }
}

static void option(struct end *e, struct tcp *t, const struct mptcp_segment *seg, struct area *a,
                   const uint8_t *p, unsigned n)
{
    struct mptcp_option o;

    if (p[0] != MPTCP_OPTION_KIND || mptcp_option_read_of(0, p, n, &o, NULL) != (int)n) {
        put(a, p, n);
        return;
    }
    switch (o.subtype) {
    case MPTCP_CAPABLE:
        capable(e, seg, a, p, n);
        return;
    case MPTCP_DSS:
        dss(e, seg, &o);
        break;
    case MPTCP_PRIO:
        prio(e, t, &o);
        break;
    case MPTCP_FAIL:
        e->fail_dsn = o.u.fail.dsn;
        e->fails = !e->infinite;
        break;
    case MPTCP_ADD_ADDR:
    case MPTCP_ADD_ADDR2:
        if (dialect_of(e)->announces_more) {
            put(a, p, n);
            e->sim->met[MET_ADDS_TWICE]++;
        }
        break;
    default:
        break;
    }
    put_option(a, &o);
}

/* ------------------------------------------------------------- what comes besides */

static bool has(const struct area *a, unsigned subtype)
{
    for (unsigned i = 0; i < a->n; i += a->p[i] == 1 ? 1 : a->p[i + 1]) {
        if (a->p[i] == MPTCP_OPTION_KIND && a->p[i + 2] >> 4 == (int)subtype) {
            return true;
        }
    }
    return false;
}

/* False if it would be more than there is room for. */
static bool fits(const struct area *a, unsigned n)
{
    return a->n + n <= MPTCP_OPTION_MAX;
}

static void besides(struct end *e, const struct tcp *t, unsigned flags, struct area *a)
{
    const struct dialect *m = dialect_of(e);
    struct mptcp_conn_report info;
    bool ack = (flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) == 0;

    mptcp_conn_info(e->conn, &info);
    if (info.version != 0) {
        return;
    }
    if (m->keys_again && ack && t->index == 0 && e->keys_sent && e->told == 0 &&
        !has(a, MPTCP_CAPABLE) && fits(a, KEYS)) {
        put(a, e->keys, KEYS);
        e->sim->met[MET_KEYS_AGAIN]++;
    }
    if (m->acks_reset && (flags & MPTCP_TCP_RST) != 0 && a->n == 0) {
        struct mptcp_option o = {.subtype = MPTCP_DSS, .version0 = 1};
        o.u.dss.flags = MPTCP_DSS_ACK;
        o.u.dss.data_ack = (uint32_t)info.rcv_nxt.v;
        put_option(a, &o);
        e->sim->met[MET_ACK_ON_RESET]++;
    }
}

static void fail_again(struct end *e, const struct tcp *t, unsigned flags, struct area *a)
{
    bool ack = (flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) == 0;

    if (dialect_of(e)->fails_again && e->fails && e->plain && ack && t->index == 0 &&
        !has(a, MPTCP_FAIL) && fits(a, 12)) {
        struct mptcp_option o = {.subtype = MPTCP_FAIL, .version0 = 1};
        o.u.fail.dsn = e->fail_dsn;
        put_option(a, &o);
        e->sim->met[MET_FAIL_AGAIN]++;
    }
}

void dialect_speak(struct end *e, struct tcp *t, struct mptcp_segment *seg, uint8_t *options)
{
    struct area a = {.n = 0};

    if (!e->sim->sc.versions.used || e->version != 0) {
        return;
    }
    for (unsigned i = 0; i < seg->options_len && options[i] != 0;) {
        unsigned n = options[i] == 1 ? 1 : options[i + 1];
        if (options[i] != 1) {
            option(e, t, seg, &a, options + i, n);
        }
        i += n;
    }
    besides(e, t, seg->tcp_flags, &a);
    fail_again(e, t, seg->tcp_flags, &a);
    while (a.n % 4 != 0) {
        put(&a, (const uint8_t[]){1}, 1);
    }
    if (a.n <= MPTCP_OPTION_MAX) {
        memcpy(options, a.p, a.n);
        seg->options_len = (uint16_t)a.n;
    }
}
