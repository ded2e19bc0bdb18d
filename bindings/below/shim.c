/*
 * shim.c - the shim's memory and settings, and what can be asked of it. shim_internal.h says where
 * the rest is.
 */
#include "shim_internal.h"
#include "tcp_option.h"

#include <string.h>

#define MTU_LEAST 576u
#define SEGMENT_IPV4 536u /* of a peer that tells no MSS (RFC 9293 s3.7.1) */
#define SEGMENT_IPV6 1220u

void shim_config_init(struct shim_config *cfg)
{
    if (cfg != NULL) {
        *cfg = (struct shim_config){.size = sizeof *cfg,
                                    .flows = 256,
                                    .listeners = 4,
                                    .half = 128,
                                    .mtu = 1500,
                                    .versions = SHIM_VERSION_1};
    }
}

static bool is_valid(const struct shim_config *cfg)
{
    return cfg != NULL && cfg->size == sizeof *cfg && cfg->flows >= 1 && cfg->flows < NO_PLACE &&
           cfg->half < cfg->flows && cfg->mtu >= MTU_LEAST && cfg->link <= LINK_MOST &&
           (cfg->flags & ~(MPTCP_CFG_CHECKSUM | MPTCP_CFG_DENY_JOIN)) == 0 &&
           (cfg->versions & ~(SHIM_VERSION_0 | SHIM_VERSION_1)) == 0;
}

/* Where the parts of the memory begin. */
struct layout {
    size_t listeners, flows, chains, conn_chains, scratch, end;
};

static size_t aligned(size_t n)
{
    return (n + 7u) & ~(size_t)7u;
}

static struct layout lay_out(const struct shim_config *cfg)
{
    struct layout l;

    l.flows = aligned(sizeof(struct shim));
    l.listeners = aligned(l.flows + cfg->flows * sizeof(struct flow));
    l.chains = aligned(l.listeners + cfg->listeners * sizeof(struct mptcp_addr));
    l.conn_chains = l.chains + flow_chains(cfg->flows) * sizeof(uint16_t);
    l.scratch = l.conn_chains + flow_chains(cfg->flows) * sizeof(uint16_t);
    /* A frame as TCP made it, whose options may grow, or one of the shim's own. */
    l.end = aligned(l.scratch + SCRATCH_HEADERS + cfg->mtu);
    return l;
}

size_t shim_size(const struct shim_config *cfg)
{
    return is_valid(cfg) ? lay_out(cfg).end : 0;
}

static bool is_complete(const struct shim_host *host)
{
    return host != NULL && host->transmit != NULL && host->open != NULL &&
           host->connection != NULL && host->touched != NULL;
}

struct shim *shim_init(void *mem, size_t size, const struct shim_config *cfg,
                       const struct shim_host *host, const struct mptcp_endpoint *endpoint,
                       const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE])
{
    struct shim *s = mem;
    uint8_t *octets = mem;

    if (mem == NULL || (uintptr_t)mem % 8 != 0 || !is_valid(cfg) || size < shim_size(cfg) ||
        !is_complete(host) || endpoint == NULL || secret == NULL) {
        return NULL;
    }
    struct layout l = lay_out(cfg);
    memset(mem, 0, l.scratch);
    s->cfg = *cfg;
    s->host = *host;
    s->endpoint = endpoint;
    s->listeners = (struct mptcp_addr *)(void *)(octets + l.listeners);
    s->scratch = octets + l.scratch;
    s->table = (struct flow_table){.flows = (struct flow *)(void *)(octets + l.flows),
                                   .chains = (uint16_t *)(void *)(octets + l.chains),
                                   .conn_chains = (uint16_t *)(void *)(octets + l.conn_chains),
                                   .chain_mask = flow_chains(cfg->flows) - 1,
                                   .places = (uint16_t)cfg->flows,
                                   .half_limit = cfg->half};
    memcpy(s->secret, secret, sizeof s->secret);
    memcpy(s->table.secret, secret + 8, sizeof s->table.secret);
    flow_table_init(&s->table);
    for (unsigned i = 0; i < NIFS; i++) {
        s->mtu[i] = cfg->mtu;
    }
    return s;
}

int shim_set_mtu(struct shim *s, unsigned nif, uint16_t mtu)
{
    if (s == NULL || nif >= NIFS || mtu < MTU_LEAST || mtu > s->cfg.mtu) {
        return MPTCP_E_ARGUMENT;
    }
    s->mtu[nif] = mtu;
    return MPTCP_OK;
}

/* ------------------------------------------------------------- listening */

static struct mptcp_addr *listener_of(const struct shim *s, const struct mptcp_addr *local)
{
    for (unsigned i = 0; i < s->cfg.listeners; i++) {
        struct mptcp_addr *l = &s->listeners[i];
        if (l->port == local->port && l->family == local->family &&
            (l->family == 0 || mptcp_addr_same_ip(l, local))) {
            return l;
        }
    }
    return NULL;
}

bool shim_listens(const struct shim *s, const struct mptcp_addr *local)
{
    struct mptcp_addr any = {.port = local->port};

    return listener_of(s, local) != NULL || listener_of(s, &any) != NULL;
}

int shim_listen(struct shim *s, const struct mptcp_addr *local)
{
    struct mptcp_addr none = {0};

    if (s == NULL || local == NULL || local->port == 0 || listener_of(s, local) != NULL) {
        return MPTCP_E_ARGUMENT;
    }
    struct mptcp_addr *l = listener_of(s, &none);
    if (l == NULL) {
        return MPTCP_E_FULL;
    }
    *l = *local;
    return MPTCP_OK;
}

int shim_unlisten(struct shim *s, const struct mptcp_addr *local)
{
    struct mptcp_addr *l =
        s == NULL || local == NULL || local->port == 0 ? NULL : listener_of(s, local);

    if (l == NULL) {
        return MPTCP_E_NOT_FOUND;
    }
    *l = (struct mptcp_addr){0};
    return MPTCP_OK;
}

/* ----------------------------------------------------------------- flows */

struct flow *shim_new_flow(struct shim *s, const struct mptcp_addr *local,
                           const struct mptcp_addr *remote, unsigned state, mptcp_time now)
{
    bool displaced = false;
    struct flow *f = flow_new(&s->table, local, remote, state, &displaced);

    if (displaced) {
        s->counts.half_forgotten++;
        s->forgotten_at = now;
    }
    s->counts.no_room += f == NULL;
    return f;
}

shim_flow shim_open(struct shim *s, struct mptcp_conn *c, mptcp_sf sf,
                    const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_time now)
{
    if (s == NULL || c == NULL || local == NULL || remote == NULL || local->port == 0 ||
        local->family != remote->family) {
        return SHIM_NO_FLOW;
    }
    struct flow *f = flow_find(&s->table, local, remote);
    if (f != NULL) {
        flow_drop(&s->table, f);
    }
    f = shim_new_flow(s, local, remote, SHIM_LIVE, now);
    if (f == NULL) {
        return SHIM_NO_FLOW;
    }
    flow_belongs(&s->table, f, c);
    f->sf = sf;
    return flow_handle(&s->table, f);
}

shim_flow shim_find(const struct shim *s, const struct mptcp_addr *local,
                    const struct mptcp_addr *remote)
{
    struct flow *f =
        s == NULL || local == NULL || remote == NULL ? NULL : flow_find(&s->table, local, remote);

    return f == NULL || f->conn == NULL ? SHIM_NO_FLOW : flow_handle(&s->table, f);
}

/* The payload of a full segment of TCP: what its peer's MSS and the path leave. */
static uint32_t segment_size(const struct flow *f)
{
    uint32_t stamps = flow_has(f, FLOW_TIMESTAMPS) ? TIMESTAMPS_SIZE + 2u : 0u;
    uint32_t headers = TCP_HEADER + (f->local.family == 4 ? IPV4_HEADER : IPV6_HEADER) + DATA_ROOM;
    uint32_t most = f->mss;

    if (f->path_mtu > headers && f->path_mtu - headers < most) {
        most = f->path_mtu - headers;
    }
    return most > stamps ? most - stamps : 0;
}

int shim_look(const struct shim *s, shim_flow flow, struct shim_report *r)
{
    const struct flow *f = s == NULL || r == NULL ? NULL : flow_of(&s->table, flow);

    if (f == NULL) {
        return MPTCP_E_STALE;
    }
    *r = (struct shim_report){.conn = f->conn,
                              .sf = f->sf,
                              .state = f->state,
                              .established = flow_has(f, FLOW_ESTABLISHED),
                              .peer_fin = flow_has(f, FLOW_PEER_FIN),
                              .peer_reset = flow_has(f, FLOW_PEER_RESET),
                              .tcp_reset = flow_has(f, FLOW_TCP_RESET),
                              .fin_sent = flow_has(f, FLOW_FIN_SENT),
                              .early = f->early,
                              .sent = f->sent,
                              .acknowledged = f->una,
                              .segment_size = segment_size(f),
                              .in_flight = (uint32_t)mptcp_ssn_diff(f->sent, f->una)};
    r->fin_acked = r->fin_sent && mptcp_ssn_before(f->fin, f->una);
    return MPTCP_OK;
}

void shim_settle(struct shim *s, struct flow *f)
{
    if (f->state == SHIM_LIVE && flow_has(f, FLOW_FIN_SENT | FLOW_FIN_TAKEN) &&
        mptcp_ssn_before(f->fin, f->una)) {
        flow_set_state(&s->table, f, SHIM_DONE);
    }
}

void shim_forget(struct shim *s, const struct mptcp_conn *c)
{
    struct flow *f;

    if (s == NULL || c == NULL) {
        return;
    }
    while ((f = flow_of_conn(&s->table, c)) != NULL) {
        flow_belongs(&s->table, f, NULL);
        if (f->state == SHIM_LIVE) {
            flow_set_state(&s->table, f, SHIM_DONE);
        }
    }
}

void shim_read_counts(const struct shim *s, struct shim_counts *counts)
{
    if (counts != NULL) {
        *counts = s == NULL ? (struct shim_counts){0} : s->counts;
    }
}

uint32_t shim_joins_refused(const struct shim *s, int code)
{
    return s != NULL && code <= 0 && code > MPTCP_E_LAST ? s->joins_refused[-code] : 0;
}

/* ------------------------------------------------------- what a segment says */

struct mptcp_segment shim_segment(const struct flow *f, const uint8_t *frame,
                                  const struct segment *t)
{
    const uint8_t *tcp = frame + t->tcp;
    bool scaled = flow_scaled(f) && (t->flags & MPTCP_TCP_SYN) == 0;
    bool acks = (t->flags & MPTCP_TCP_ACK) != 0;

    return (struct mptcp_segment){.options = tcp + TCP_HEADER,
                                  .options_len = (uint16_t)t->options,
                                  .tcp_flags = t->flags & FLAGS_TOLD,
                                  .in_order = seq_eq(t->sequence, f->taken),
                                  .ssn = seq_ssn(t->sequence, f->peer_isn),
                                  .len = t->length,
                                  .ack =
                                      acks ? seq_ssn(t->acknowledgment, f->isn) : mptcp_ssn_of(0),
                                  .window = (uint32_t)t->window << (scaled ? f->peer_shift : 0)};
}

void shim_read_scale(struct flow *f, const uint8_t *frame, const struct segment *t, bool peer)
{
    const uint8_t *area = frame + t->tcp + TCP_HEADER;
    uint32_t at = tcp_option_find(area, t->options, TCP_OPTION_WINDOW_SCALE, 3);

    flow_clear(f, peer ? FLOW_PEER_SCALES : FLOW_SCALES);
    if (at == UINT32_MAX) {
        return;
    }
    uint8_t shift = area[at + 2] < SHIFT_MOST ? area[at + 2] : SHIFT_MOST;
    if (peer) {
        f->peer_shift = shift;
        flow_set(f, FLOW_PEER_SCALES);
    } else {
        f->shift = shift;
        flow_set(f, FLOW_SCALES);
    }
}

void shim_lower_mss(const struct shim *s, struct flow *f, uint8_t *frame, const struct packet *p,
                    const struct segment *t, uint32_t room)
{
    uint8_t *area = frame + t->tcp + TCP_HEADER;
    uint32_t at = tcp_option_find(area, t->options, TCP_OPTION_MSS, 4);
    uint32_t headers = TCP_HEADER + (p->version == 4 ? IPV4_HEADER : IPV6_HEADER);
    uint32_t most = shim_mtu(s, f->nif) - headers;
    uint32_t told = p->version == 4 ? SEGMENT_IPV4 : SEGMENT_IPV6;

    if (at != UINT32_MAX) {
        told = packet_get16(area + at + 2);
        if (room != 0 && told > room) {
            told = (told < most ? told : most) - room;
            packet_put16(area + at + 2, told);
            packet_finish(frame, p, TCP_CHECKSUM);
        }
    }
    if (!flow_has(f, FLOW_ESTABLISHED)) {
        f->mss = (uint16_t)told;
    }
}
