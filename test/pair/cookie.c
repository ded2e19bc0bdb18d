/*
 * cookie.c - a server that keeps nothing before the third ACK (C-9 of RFC 8684 s3.1).
 *
 *   SYN   answered with a key and an ISN that are derived from it; there is no connection
 *   ACK   whose number is one more than that ISN: the connection is made, and this is its first
 *         segment, be it the third ACK or the first data
 *   else  nobody's: as if lost
 *
 * `answered` and `first` are the test's, not the server's: nothing that it does depends on them.
 */
#include "sim.h"

#include "mptcp/crypto.h"

#include <stdlib.h>
#include <string.h>

#define SOMEBODY_ELSE 99u
#define SYNACK_ROOM 16u
#define FLOOD_EVERY_US 50000u
#define FLOOD_FOR_US 1000000u

static uint32_t cookie_of(const struct end *e, uint32_t client_isn)
{
    uint64_t r = e->sim->sc.seed ^ (uint64_t)client_isn << 20;
    return (uint32_t)draw(&r);
}

static uint64_t key_of(const struct end *e, const struct segment *p, uint32_t client_isn)
{
    return mptcp_stateless_key(e->secret_cookie, &p->dst, &p->src, client_isn);
}

static void take_token(struct end *e, uint64_t key)
{
    struct mptcp_key_id id = mptcp_key_id_of(e->version, key);
    if (mptcp_endpoint_add(e->endpoint, id.token, SOMEBODY_ELSE) == MPTCP_OK) {
        e->sim->met[MET_COLLISION]++;
    }
}

/* The options of the SYN/ACK. To write them the endpoint is read, and nothing else. */
static int options_of(struct end *e, const struct segment *p, uint64_t key, uint8_t *options)
{
    uint8_t before[MPTCP_ENDPOINT_SIZE(8u)];
    struct mptcp_syn syn;

    memcpy(before, e->endpoint, sizeof before);
    mptcp_endpoint_on_syn(e->endpoint, &p->seg, &syn);
    int n = syn.kind == MPTCP_SYN_CAPABLE && version_served(&e->sim->sc, syn.version)
                ? mptcp_stateless_synack(e->endpoint, &p->seg, e->flags, key, options, SYNACK_ROOM)
                : 0;
    if (n < 0 || memcmp(before, e->endpoint, sizeof before) != 0) {
        fail(e->sim, "%d: a SYN leaves a trace, or %d", e->id, n);
    }
    return n < 0 ? 0 : n;
}

void cookie_answer(struct end *e, struct segment *p)
{
    struct sim *s = e->sim;
    uint8_t options[MPTCP_OPTION_MAX];
    uint64_t key = key_of(e, p, p->wire_ssn);
    bool ours = p->tcp == 0;
    struct mptcp_syn syn;
    struct tcp nobody = {
        .path = p->path,
        .index = p->tcp,
        .iss = cookie_of(e, p->wire_ssn),
        .irs = p->wire_ssn,
        .local = p->dst,
        .remote = p->src,
    };

    mptcp_endpoint_on_syn(e->endpoint, &p->seg, &syn);
    if (ours && syn.kind == MPTCP_SYN_CAPABLE) {
        e->version = syn.version;
    }
    if (ours && s->sc.collide == 1 && !e->answered) {
        take_token(e, key);
    }
    struct mptcp_segment synack = {
        .tcp_flags = MPTCP_TCP_SYN | MPTCP_TCP_ACK,
        .ack = mptcp_ssn_of(1),
        .window = s->sc.rcv_buf,
        .options_len = (uint16_t)options_of(e, p, key, options),
    };
    if (ours && s->sc.collide == 2 && !e->answered) {
        take_token(e, key);
    }
    if (ours) {
        e->first = e->keyed = mptcp_key_id_of(e->version, key).idsn.v + 1;
    }
    s->met[MET_COOKIE_AGAIN] += ours && e->answered;
    s->met[MET_FLOOD] += !ours;
    e->answered |= ours;
    world_send(s, e, &nobody, &synack, options, NULL);
}

/* Of its token somebody may have become the owner meanwhile: then there is no MPTCP. */
static void make(struct end *e, uint64_t key, unsigned version)
{
    struct mptcp_config cfg;
    struct mptcp_conn_report info;
    void *mem = malloc(e->size);
    bool keys_lost = version != e->version; /* in version 0 they come on the third ACK alone */

    e->version = (uint8_t)version;
    host_config(e, &cfg);
    e->secret.key = key;
    int why = mptcp_endpoint_add(e->endpoint, mptcp_key_id_of(version, key).token, (uint32_t)e->id);
    if (why == MPTCP_E_COLLISION) {
        cfg.flags |= MPTCP_CFG_NO_MPTCP;
    } else if (why < 0) {
        fail(e->sim, "%d: endpoint_add: %s", e->id, mptcp_error_name(why));
    }
    e->conn = mptcp_conn_init(mem, e->size, &cfg, &e->secret);
    mptcp_conn_info(e->conn, &info);
    e->first = keys_lost ? info.snd_end.v : e->first;
    if (e->first != info.snd_end.v) {
        fail(e->sim, "%d: the key of the third ACK is not that of the SYN", e->id);
    }
}

/* checks: C-9 */
bool cookie_came_back(struct end *e, struct tcp *t, struct segment *p)
{
    struct sim *s = e->sim;
    uint32_t isn = p->wire_ssn - 1;
    unsigned flags = p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK);
    mptcp_sf sf;

    if (!s->sc.stateless || e->id != 1 || e->ended || e->conn != NULL || e->parked != NULL ||
        p->tcp != 0 || flags != MPTCP_TCP_ACK || p->wire_ack != cookie_of(e, isn) + 1) {
        return false;
    }
    make(e, key_of(e, p, isn), mptcp_stateless_version(&p->seg));
    int why = mptcp_accept_ack(e->conn, &p->dst, &p->src, &sf, clock_of(e));
    if (why < 0) {
        fail(s, "%d: accept_ack: %s", e->id, mptcp_error_name(why));
        return false;
    }
    moved(e);
    tcp_open(e, p->path, 0, sf);
    t->rcv_nxt = 1;
    t->told = 1 + s->sc.rcv_buf;
    t->iss = p->wire_ack - 1;
    t->irs = isn;
    t->irs_known = true;
    t->local = p->dst;
    t->remote = p->src;
    s->met[MET_STATELESS]++;
    s->met[MET_STATELESS_DATA] += p->seg.len > 0;
    return true;
}

/* The connection that the ACK made dropped it: as if it had been lost, and nothing made. */
void cookie_forget(struct end *e, struct tcp *t)
{
    struct mptcp_conn_report info;
    uint32_t whose;

    mptcp_conn_info(e->conn, &info);
    if (mptcp_endpoint_find(e->endpoint, info.local_token, &whose) == MPTCP_OK && whose == 1) {
        mptcp_endpoint_remove(e->endpoint, info.local_token);
    }
    mptcp_conn_wipe(e->conn);
    free(e->conn);
    e->conn = NULL;
    tcp_free(t);
    e->sim->met[MET_FORGOTTEN]++;
}

/* SYNs of others that never say anything again. Their addresses are nobody's. */
void cookie_flood(struct sim *s)
{
    if (s->sc.flood == 0 || s->now < s->flood_at || s->flood_at > 1000000u + FLOOD_FOR_US) {
        return;
    }
    s->flood_at = s->now + FLOOD_EVERY_US;
    for (unsigned i = 0; i < s->sc.flood; i++) {
        struct segment *p = calloc(1, sizeof *p);
        struct mptcp_option o = {.subtype = MPTCP_CAPABLE};
        o.u.capable.version = s->sc.versions.offer;
        o.u.capable.flags = MPTCP_CAPABLE_SHA256;
        o.u.capable.form = o.u.capable.version == 0 ? MPTCP_CAPABLE_SYNACK : MPTCP_CAPABLE_SYN;
        p->to = 1;
        p->tcp = TCPS + i;
        p->seg.options = p->options;
        p->seg.options_len = (uint16_t)mptcp_option_write(&o, p->options, sizeof p->options);
        p->seg.tcp_flags = MPTCP_TCP_SYN;
        p->seg.window = 65535;
        p->wire_ssn = random_below(s, UINT32_MAX);
        p->src = p->dst = host_address(&s->end[1], 0);
        p->src.ip[0] = 192;
        p->src.port = (uint16_t)random_below(s, 65536);
        world_enqueue(s, p, 0);
    }
}
