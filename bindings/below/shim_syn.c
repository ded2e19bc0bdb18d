/*
 * shim_syn.c - clients that come.
 *
 * A SYN with MP_JOIN belongs to a connection, which takes or refuses it. Any other SYN to a
 * listening port becomes a HALF flow: a few numbers and the option of the SYN/ACK. Its key is
 * derived from addresses, ports and the client's ISN under the shim's secret, and derived again
 * from the third ACK, so that a flood of SYNs costs no connection (RFC 8684 s3.1).
 */
#include "shim_internal.h"

#include <string.h>

static void begin(struct flow *f, unsigned nif, const uint8_t *frame, const struct segment *t)
{
    f->peer_isn = t->sequence;
    flow_starts(f, seq_next(f->peer_isn));
    f->nif = (uint16_t)nif;
    flow_set(f, FLOW_PASSIVE | FLOW_PEERS);
    shim_read_scale(f, frame, t, true);
}

static enum shim_pass join(struct shim *s, unsigned nif, uint8_t *frame, const struct packet *p,
                           const struct segment *t, const struct mptcp_segment *syn,
                           uint32_t number, mptcp_time now)
{
    struct mptcp_conn *c = s->host.connection(s->host.context, number);
    struct flow *f = shim_new_flow(s, &t->destination, &t->source, SHIM_LIVE, now);
    mptcp_sf sf;

    if (f == NULL) {
        return SHIM_DROP; /* it comes again */
    }
    int code = mptcp_accept_join(c, syn, &t->destination, &t->source, &sf, now);
    if (code != MPTCP_OK || sf == MPTCP_SF_NONE) {
        s->host.touched(s->host.context, c, MPTCP_SF_NONE, SHIM_NO_FLOW);
        flow_drop(&s->table, f);
        if (code != MPTCP_OK) {
            shim_refuse(s, nif, frame, p, t, code);
        }
        return SHIM_DROP; /* an older half-open join has to end first: the SYN comes again */
    }
    begin(f, nif, frame, t);
    flow_belongs(&s->table, f, c);
    f->sf = sf;
    shim_touched(s, f);
    shim_lower_mss(s, f, frame, p, t, DATA_ROOM);
    s->counts.in++;
    return SHIM_PASS;
}

/* Prepares the answer to a SYN with MP_CAPABLE; without one, or if its token is taken, the
 * connection will be plain TCP. */
static void prepare(struct shim *s, struct flow *f, const struct mptcp_segment *syn,
                    const struct mptcp_syn *what)
{
    int length = 0;

    if (what->kind == MPTCP_SYN_CAPABLE && shim_serves(s, what->version)) {
        uint64_t key = shim_key(s, f, NULL, NULL);
        length = mptcp_stateless_synack(s->endpoint, syn, s->cfg.flags, key, f->half_options,
                                        sizeof f->half_options);
    }
    flow_clear(f, FLOW_PLAIN);
    f->version = what->version;
    f->half_length = (uint16_t)(length > 0 ? length : 0);
    if (length <= 0) {
        f->version = 1;
        flow_set(f, FLOW_PLAIN);
    }
}

static struct mptcp_segment as_syn(const uint8_t *frame, const struct segment *t)
{
    const struct flow none = {0};
    struct mptcp_segment syn = shim_segment(&none, frame, t);

    syn.ssn = mptcp_ssn_of(0);
    return syn;
}

void shim_syn_again(struct shim *s, struct flow *f, uint8_t *frame, const struct packet *p,
                    const struct segment *t)
{
    struct mptcp_segment syn = as_syn(frame, t);
    struct mptcp_syn what;

    if (mptcp_endpoint_on_syn(s->endpoint, &syn, &what) == MPTCP_OK &&
        what.kind != MPTCP_SYN_JOIN && what.kind != MPTCP_SYN_RESET) {
        prepare(s, f, &syn, &what);
        shim_read_scale(f, frame, t, true);
        shim_lower_mss(s, f, frame, p, t, flow_has(f, FLOW_PLAIN) ? 0 : DATA_ROOM);
    }
}

enum shim_pass shim_syn(struct shim *s, unsigned nif, uint8_t *frame, const struct packet *p,
                        const struct segment *t, bool reused, mptcp_time now)
{
    struct mptcp_segment syn = as_syn(frame, t);
    struct mptcp_syn what;

    if (mptcp_endpoint_on_syn(s->endpoint, &syn, &what) != MPTCP_OK) {
        return SHIM_PASS;
    }
    if (what.kind == MPTCP_SYN_JOIN) {
        return join(s, nif, frame, p, t, &syn, what.conn, now);
    }
    if (!shim_listens(s, &t->destination)) { /* a service that has nothing to do with MPTCP */
        s->counts.others++;
        return SHIM_PASS;
    }
    if (what.kind == MPTCP_SYN_RESET) {
        shim_refuse(s, nif, frame, p, t, what.code);
        return SHIM_DROP;
    }
    struct flow *f = shim_new_flow(s, &t->destination, &t->source, SHIM_HALF, now);
    if (f == NULL) {
        return SHIM_DROP;
    }
    begin(f, nif, frame, t);
    f->syn_window = t->window;
    f->syn_length = t->length;
    flow_set(f, reused ? FLOW_REUSED : 0);
    prepare(s, f, &syn, &what);
    shim_lower_mss(s, f, frame, p, t, flow_has(f, FLOW_PLAIN) ? 0 : DATA_ROOM);
    s->counts.in++;
    return SHIM_PASS;
}

/* A connection for a HALF flow; NULL: the host has no room for one. */
static struct mptcp_conn *open_connection(struct shim *s, const struct flow *f, uint64_t key,
                                          bool plain)
{
    struct shim_opening opening = {.local = f->local,
                                   .remote = f->remote,
                                   .key = key,
                                   .version = f->version,
                                   .plain = plain,
                                   .unscaled = f->state == FLOW_STRAY};

    return s->host.open(s->host.context, &opening);
}

static void come_alive(struct shim *s, struct flow *f, struct mptcp_conn *c, mptcp_sf sf)
{
    flow_belongs(&s->table, f, c);
    f->sf = sf;
    flow_set_state(&s->table, f, SHIM_LIVE);
}

/* A segment at the start of the stream that acknowledges our SYN/ACK. */
static bool completes(const struct flow *f, const struct segment *t)
{
    return flow_has(f, FLOW_OURS) &&
           (t->flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK)) == MPTCP_TCP_ACK &&
           seq_eq(t->acknowledgment, seq_next(f->isn)) &&
           seq_eq(t->sequence, seq_next(f->peer_isn));
}

/* True if the library says that this ACK settles what the connection is; after a SYN/ACK without
 * MP_CAPABLE it is plain TCP, whatever comes. */
static bool decides(const struct flow *f, const uint8_t *frame, const struct segment *t)
{
    struct mptcp_segment ack = shim_segment(f, frame, t);

    return flow_has(f, FLOW_PLAIN) || mptcp_stateless_decides(f->version, &ack);
}

enum shim_pass shim_third_ack(struct shim *s, struct flow *f, const uint8_t *frame,
                              const struct segment *t, mptcp_time now)
{
    mptcp_sf sf;

    if (!completes(f, t)) {
        /* What overtook it, TCP would take for it: octets come again, and an ACK after them. TCP
         * refuses the rest, or takes a RST: then the flow goes when it is the oldest. */
        bool overtook = (t->flags & MPTCP_TCP_RST) == 0 && flow_has(f, FLOW_OURS) &&
                        seq_eq(t->acknowledgment, seq_next(f->isn));
        return overtook ? SHIM_DROP : SHIM_PASS;
    }
    if (!decides(f, frame, t)) {
        s->counts.dropped++;
        return SHIM_DROP;
    }
    struct mptcp_conn *c = open_connection(s, f, shim_key(s, f, frame, t), flow_has(f, FLOW_PLAIN));
    if (c == NULL || mptcp_accept_ack(c, &f->local, &f->remote, &sf, now) != MPTCP_OK) {
        s->counts.no_room++;
        return SHIM_DROP;
    }
    come_alive(s, f, c, sf);
    return SHIM_PASS;
}

bool shim_open_plain(struct shim *s, struct flow *f, mptcp_time now)
{
    struct mptcp_conn *c = open_connection(s, f, shim_key(s, f, NULL, NULL), true);
    mptcp_sf sf;

    if (c == NULL || mptcp_accept_ack(c, &f->local, &f->remote, &sf, now) != MPTCP_OK) {
        return false;
    }
    come_alive(s, f, c, sf);
    return true;
}

bool shim_fast_open(struct shim *s, struct flow *f, mptcp_time now)
{
    struct mptcp_segment syn = {.tcp_flags = MPTCP_TCP_SYN, .window = f->syn_window};
    struct mptcp_conn *c = open_connection(s, f, shim_key(s, f, NULL, NULL), true);
    mptcp_sf sf;

    if (c == NULL || mptcp_accept(c, &syn, &f->local, &f->remote, &sf, now) != MPTCP_OK) {
        return false;
    }
    mptcp_on_fast_open(c, sf, f->syn_window, now);
    f->early = seq_span(seq_next(f->peer_isn), f->ack);
    f->peer_isn = seq_prev(f->ack); /* so that SSN 1 is the octet after them */
    come_alive(s, f, c, sf);
    return true;
}
