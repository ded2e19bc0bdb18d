/*
 * emit.c - one segment of a LIVE flow, with its options, to the network.
 *
 * The headers are TCP's own. A segment is sent in several packets where its octets are under
 * several mappings (RFC 8684 s3.3.1: a peer resets on octets without one), or where its options
 * make it too long for the interface. FIN and PSH stand on the last of them.
 *
 * Where SACK blocks and timestamps leave no room for what is due, the oldest SACK blocks are left
 * out: an ACK of new data that has no DATA_ACK looks to the peer as if the path stripped options
 * (RFC 8684 s3.7).
 */
#include "shim_internal.h"
#include "tcp_option.h"

#include "mptcp/option.h"

#include <string.h>

/* A segment on its way: what TCP made, and what of it leaves in the next packet. */
struct emission {
    struct shim *s;
    struct flow *f;
    const uint8_t *payload; /* of the whole segment */
    uint32_t length;        /* of it */
    uint32_t at;            /* what has left */
    uint32_t n;             /* octets of the next packet */
    uint32_t own;           /* octets of TCP's options, which stand in the scratch frame */
    uint32_t tcp;           /* offset of the TCP header there */
    shim_seq first;         /* sequence number of the segment */
    uint8_t flags;          /* of the segment */
    uint8_t options[OPTIONS_MOST];
    struct mptcp_receipt receipt;
};

static uint8_t flags_now(const struct emission *e)
{
    bool last = e->at + e->n == e->length;

    return last ? e->flags : (uint8_t)(e->flags & ~(MPTCP_TCP_FIN | TCP_PSH));
}

/* With checksums: the sum over the mapping of the next octets. A mapping that lies in the packet as
 * a whole is summed up from it, since the send buffer may not have those octets any more. */
static bool sum_up(const struct emission *e, mptcp_ssn ssn, uint32_t *sum)
{
    const struct flow *f = e->f;
    struct mptcp_tx_map map;

    *sum = 0;
    if (e->n == 0 || !flow_has(f, FLOW_CHECKSUM) ||
        mptcp_tx_mapping(f->conn, f->sf, ssn, &map) != MPTCP_OK) {
        return true;
    }
    if (mptcp_ssn_eq(map.ssn, ssn) && map.len <= e->n) {
        *sum = mptcp_sum(0, e->payload + e->at, map.len, false);
        return true;
    }
    return e->s->host.sum != NULL &&
           e->s->host.sum(e->s->host.context, f->conn, map.dsn, map.len, sum);
}

/* Writes the options of the next packet. Returns their length or a code. */
static int write_options(struct emission *e)
{
    struct mptcp_txseg seg = {.tcp_flags = flags_now(e) & FLAGS_TOLD,
                              .ssn = seq_ssn(seq_add(e->first, e->at), e->f->isn),
                              .len = e->n};

    if (!sum_up(e, seg.ssn, &seg.sum)) {
        return MPTCP_E_NOT_FOUND;
    }
    return mptcp_tx_options(e->f->conn, e->f->sf, &seg, e->options, OPTIONS_MOST - e->own,
                            &e->receipt);
}

/* Leaves out a SACK block; false: there is none. */
static bool less_sack(struct emission *e)
{
    uint32_t own = tcp_option_less_sack(e->s->scratch + e->tcp + TCP_HEADER, e->own);
    bool less = own < e->own;

    e->own = own;
    return less;
}

/* How many octets of payload the next packet may have, given its options. */
static uint32_t most(const struct emission *e, uint32_t options)
{
    uint32_t mtu = shim_mtu(e->s, e->f->nif);
    uint32_t headers = e->tcp - e->s->cfg.link + TCP_HEADER + e->own + options;

    if (e->f->path_mtu != 0 && e->f->path_mtu < mtu) {
        mtu = e->f->path_mtu;
    }
    uint32_t n = mtu > headers ? mtu - headers : 0;
    if (e->receipt.covers != 0 && e->receipt.covers < n) {
        n = e->receipt.covers;
    }
    return n;
}

/* Decides how long the next packet is, and writes its options. Returns their length, or a code. */
static int fit(struct emission *e)
{
    bool trimmed = false;

    e->n = e->length - e->at;
    for (;;) {
        int options = write_options(e);
        bool room = options != MPTCP_E_ROOM && (options < 0 || e->receipt.no_room == 0);
        if (!room && less_sack(e)) {
            e->s->counts.trimmed += !trimmed;
            trimmed = true;
            continue;
        }
        if (options < 0) {
            return options;
        }
        uint32_t n = most(e, (uint32_t)options);
        if (n >= e->n) {
            return options;
        }
        if (n == 0 || (e->flags & MPTCP_TCP_SYN) != 0) {
            return MPTCP_E_ROOM;
        }
        e->n = n;
    }
}

/* The window of a segment is the lesser of what TCP has room for and what the connection allows
 * (s3.3.4). That of a SYN is not scaled. */
static void set_window(struct emission *e, uint8_t *tcp)
{
    bool scaled = flow_scaled(e->f) && (e->flags & MPTCP_TCP_SYN) == 0;
    uint32_t allowed = e->receipt.window >> (scaled ? e->f->shift : 0);

    if (allowed < packet_get16(tcp + TCP_WINDOW)) {
        packet_put16(tcp + TCP_WINDOW, allowed);
    }
}

static void send_packet(struct emission *e, const struct packet *p, uint32_t options)
{
    struct shim *s = e->s;
    uint8_t *frame = s->scratch;
    uint8_t *tcp = frame + e->tcp;
    uint16_t window = packet_get16(tcp + TCP_WINDOW);
    uint32_t header = TCP_HEADER + e->own + options;
    struct packet out = *p;

    memcpy(tcp + TCP_HEADER + e->own, e->options, options);
    if (e->n != 0) {
        memcpy(tcp + header, e->payload + e->at, e->n);
    }
    out.end = e->tcp + header + e->n;
    packet_put_seq(tcp + TCP_SEQUENCE, seq_add(e->first, e->at));
    tcp[TCP_OFFSET] = (uint8_t)(header / 4 << 4 | (tcp[TCP_OFFSET] & 15u));
    tcp[TCP_FLAGS] = flags_now(e);
    set_window(e, tcp);
    if (p->version == 4 && e->at != 0) {
        packet_put16(frame + p->ip + 4, s->next_id++);
    }
    packet_finish(frame, &out, TCP_CHECKSUM);
    s->host.transmit(s->host.context, e->f->nif, frame, out.end);
    packet_put16(tcp + TCP_WINDOW, window);
}

int shim_emit(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
              const struct segment *t, mptcp_time now)
{
    struct emission e = {.s = s,
                         .f = f,
                         .payload = frame + t->payload,
                         .length = t->length,
                         .tcp = t->tcp,
                         .first = t->sequence,
                         .flags = t->flags};

    memcpy(s->scratch, frame, t->tcp + TCP_HEADER + t->options);
    e.own = tcp_option_open(s->scratch + t->tcp + TCP_HEADER, t->options);
    do {
        int options = fit(&e);
        if (options < 0) {
            return options;
        }
        s->counts.split += e.at + e.n < e.length;
        send_packet(&e, p, (uint32_t)options);
        mptcp_sent(f->conn, f->sf, &e.receipt, now);
        e.at += e.n;
    } while (e.at < e.length);
    return MPTCP_OK;
}
