/*
 * duo.c - see duo.h: shims, packets between them, and what a shim asks of its host.
 */
#include "duo_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const uint8_t duo_syn_options[12] = {2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 3, 1, 1};
const uint8_t duo_stamps[12] = {1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0};

/* Ethernet: to, from, type. */
static void write_header(uint8_t *h, unsigned to, unsigned from, unsigned nif, unsigned family)
{
    const uint8_t octets[DUO_HEADER] = {2, 0, 0, 0, (uint8_t)to,   (uint8_t)nif,
                                        2, 0, 0, 0, (uint8_t)from, (uint8_t)nif};

    memcpy(h, octets, DUO_HEADER);
    put16(h + 12, family == 4 ? 0x0800 : 0x86dd);
}

/* ------------------------------------------------------ what the shim asks */

static void transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    struct duo_end *e = context;
    unsigned own = e == &e->d->end[A] ? A : B;
    struct duo_frame *f = &e->sent[e->sents++ % DUO_FRAMES];
    uint8_t header[DUO_HEADER];

    assert_in_range(length, DUO_HEADER, DUO_HEADER + sizeof f->packet);
    write_header(header, 1 - own, own, nif, e->d->family);
    assert_memory_equal(header, frame, DUO_HEADER);
    f->nif = nif;
    f->len = length - DUO_HEADER;
    memcpy(f->packet, frame + DUO_HEADER, f->len);
}

struct mptcp_conn *duo_make_conn(struct duo_end *e, uint64_t key, const struct mptcp_config *cfg)
{
    struct mptcp_secret secret = {.key = key, .seed = {1, 2, 3, (uint8_t)e->conns}};
    struct mptcp_conn_report report;
    unsigned n = e->conns++;
    size_t size = (size_t)mptcp_conn_size(cfg);

    e->block[n] = malloc(size);
    assert_non_null(e->block[n]);
    e->conn[n] = mptcp_conn_init(e->block[n], size, cfg, &secret);
    assert_non_null(e->conn[n]);
    mptcp_conn_info(e->conn[n], &report);
    if (n == 0) {
        e->base = report.snd_end;
    }
    assert_int_equal(0, mptcp_endpoint_add(e->endpoint, report.local_token, n));
    return e->conn[n];
}

static struct mptcp_conn *open_one(void *context, const struct shim_opening *opening)
{
    struct duo_end *e = context;
    struct mptcp_config cfg = e->d->conn;

    e->opening = *opening;
    if (e->conns >= e->room) {
        return NULL;
    }
    cfg.version = opening->version;
    cfg.flags |= opening->plain ? MPTCP_CFG_NO_MPTCP : 0u;
    cfg.silence_limit = opening->unscaled ? 0 : cfg.silence_limit;
    return duo_make_conn(e, opening->key, &cfg);
}

static struct mptcp_conn *connection(void *context, uint32_t number)
{
    struct duo_end *e = context;

    assert_in_range(number, 0, e->conns - 1);
    return e->conn[number];
}

static bool sum(void *context, struct mptcp_conn *c, mptcp_dsn dsn, uint32_t length, uint32_t *out)
{
    struct duo_end *e = context;
    const uint8_t *stream = e->d->stream[e == &e->d->end[A] ? A : B];
    uint64_t at = dsn.v - e->base.v;

    (void)c;
    e->sums++;
    if (at + length > DUO_STREAM) {
        return false;
    }
    *out = mptcp_sum(0, stream + at, length, false);
    return true;
}

static void touched(void *context, struct mptcp_conn *c, mptcp_sf sf, shim_flow flow)
{
    struct duo_end *e = context;

    (void)c;
    if (sf != MPTCP_SF_NONE) {
        struct duo_told *t = &e->told[e->tolds++ % 32];
        t->sf = sf;
        t->flow = flow;
    }
}

/* ------------------------------------------------------------------- life */

void duo_config_init(struct duo_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    cfg->family = 4;
    mptcp_config_init(&cfg->conn);
    cfg->conn.flags = MPTCP_CFG_TCP_COPIES;
    cfg->conn.subflows = 4;
    cfg->conn.subflow_limit = 4;
    cfg->conn.runs = 32;
    shim_config_init(&cfg->shim);
    cfg->shim.link = DUO_HEADER;
}

static void make_end(struct duo *d, unsigned end, const struct duo_config *cfg)
{
    struct duo_end *e = &d->end[end];
    const struct shim_host host = {e, transmit, open_one, connection, sum, touched};
    uint8_t secret[MPTCP_STATELESS_SECRET_SIZE];
    size_t size = shim_size(&cfg->shim);
    size_t endpoint = MPTCP_ENDPOINT_SIZE(64);

    memset(secret, (int)(end + 7), sizeof secret);
    e->d = d;
    e->room = DUO_CONNS;
    e->endpoint_memory = malloc(endpoint);
    e->memory = malloc(size);
    assert_non_null(e->endpoint_memory);
    assert_non_null(e->memory);
    e->endpoint = mptcp_endpoint_init(e->endpoint_memory, endpoint, 64);
    assert_non_null(e->endpoint);
    e->shim = shim_init(e->memory, size, &cfg->shim, &host, e->endpoint, secret);
    assert_non_null(e->shim);
}

struct duo *duo_new(const struct duo_config *cfg)
{
    struct duo *d = calloc(1, sizeof *d);

    assert_non_null(d);
    d->now = 1000000;
    d->family = cfg->family;
    d->conn = cfg->conn;
    for (unsigned i = 0; i < DUO_LINES; i++) {
        for (unsigned end = 0; end < 2; end++) {
            uint8_t host = (uint8_t)(end + 1);
            uint16_t port = end == A ? (uint16_t)(50000 + i) : DUO_PORT;
            d->line[i].addr[end] = d->family == 4 ? address4(10, 0, (uint8_t)i, host, port)
                                                  : address6((uint8_t)i, host, port);
            d->line[i].isn[end] = 0xfffffff0u + 1000u * i + 77u * end; /* they wrap soon */
            d->line[i].next[end] = 1;
        }
    }
    for (unsigned i = 0; i < DUO_STREAM; i++) {
        d->stream[A][i] = (uint8_t)(i * 2654435761u >> 24);
        d->stream[B][i] = (uint8_t)(i * 2246822519u >> 23);
    }
    make_end(d, A, cfg);
    make_end(d, B, cfg);
    assert_int_equal(0, shim_listen(d->end[B].shim, &(struct mptcp_addr){.port = DUO_PORT}));
    return d;
}

struct duo *duo_of(unsigned family)
{
    struct duo_config cfg;

    duo_config_init(&cfg);
    cfg.family = family;
    return duo_new(&cfg);
}

struct duo *duo_opened(unsigned family)
{
    struct duo *d = duo_of(family);

    duo_establish(d);
    return d;
}

void duo_free(struct duo *d)
{
    for (unsigned end = 0; end < 2; end++) {
        for (unsigned i = 0; i < d->end[end].conns; i++) {
            free(d->end[end].block[i]);
        }
        free(d->end[end].memory);
        free(d->end[end].endpoint_memory);
    }
    free(d);
}

/* ---------------------------------------------------------------- segments */

size_t duo_build(struct duo *d, unsigned end, const struct duo_segment *s, uint8_t *out)
{
    const struct duo_line *l = &d->line[s->line];
    struct seg p = {.from = l->addr[end], .to = l->addr[1 - end], .flags = s->flags};

    p.seq = l->isn[end] + s->ssn;
    p.ack = (s->flags & ACK) != 0 ? l->isn[1 - end] + s->ack : 0;
    p.window = s->window == 0 ? 1000 : s->window == 1 ? 0 : s->window;
    p.options = s->options;
    p.options_len = s->options_len;
    p.payload = d->stream[end] + s->at;
    p.len = s->len;
    return seg_write(&p, out);
}

struct duo_segment duo_part(unsigned line, uint8_t flags, uint32_t ssn, uint32_t ack)
{
    struct duo_segment s = {.line = line, .flags = flags, .ssn = ssn, .ack = ack};

    if ((flags & SYN) != 0) {
        s.options = duo_syn_options;
        s.options_len = sizeof duo_syn_options;
    }
    return s;
}

int duo_tcp(struct duo *d, unsigned end, const struct duo_segment *s)
{
    uint8_t frame[DUO_HEADER + SEG_MOST];
    size_t len = duo_build(d, end, s, frame + DUO_HEADER);
    int code;

    write_header(frame, 1 - end, end, s->line, d->family);
    if (!d->sums) { /* TCP leaves them to the device */
        frame[DUO_HEADER + len - s->len - s->options_len - 4] ^= 0x5a;
        frame[DUO_HEADER + 10] ^= d->family == 4 ? 0x5a : 0;
    }
    uint8_t *copy = malloc(DUO_HEADER + len); /* of its exact size */
    assert_non_null(copy);
    memcpy(copy, frame, DUO_HEADER + len);
    d->now += 1000;
    code = shim_out(d->end[end].shim, s->line, copy, (uint32_t)(DUO_HEADER + len), d->now);
    assert_memory_equal(frame, copy, DUO_HEADER + len);
    free(copy);
    return code;
}

void duo_sends(struct duo *d, unsigned end, unsigned line, uint8_t flags, uint32_t ssn,
               uint32_t ack)
{
    struct duo_segment s = duo_part(line, flags, ssn, ack);

    assert_int_equal(0, duo_tcp(d, end, &s));
}

struct duo_frame *duo_comes(struct duo *d, unsigned end, const uint8_t *packet, size_t len)
{
    struct duo_end *e = &d->end[end];
    struct duo_frame *f = &e->seen[e->seens++ % DUO_FRAMES];
    uint8_t *frame = malloc(DUO_HEADER + len);
    uint8_t header[DUO_HEADER];

    assert_non_null(frame);
    write_header(header, end, 1 - end, d->nif, d->family);
    memcpy(frame, header, DUO_HEADER);
    memcpy(frame + DUO_HEADER, packet, len);
    d->now += 1000;
    f->passed = shim_in(e->shim, d->nif, frame, (uint32_t)(DUO_HEADER + len), d->now) == SHIM_PASS;
    assert_memory_equal(header, frame, DUO_HEADER);
    f->len = len;
    memcpy(f->packet, frame + DUO_HEADER, len);
    free(frame);
    return f->passed ? f : NULL;
}

struct duo_frame *duo_carry(struct duo *d, unsigned from)
{
    struct duo_end *e = &d->end[from];
    struct duo_frame *last = NULL;

    for (unsigned i = 0; i < e->sents; i++) {
        d->nif = e->sent[i].nif;
        struct duo_frame *f = duo_comes(d, 1 - from, e->sent[i].packet, e->sent[i].len);
        last = f != NULL ? f : last;
    }
    e->sents = 0;
    return last;
}

void duo_clear(struct duo *d)
{
    for (unsigned end = 0; end < 2; end++) {
        d->end[end].sents = d->end[end].seens = d->end[end].events = 0;
    }
}

struct seg duo_read(const struct duo_frame *f)
{
    struct seg s;

    assert_non_null(f);
    assert_true(seg_read(f->packet, f->len, &s));
    assert_true(seg_sums_right(f->packet, f->len));
    assert_true(seg_options_whole(&s));
    return s;
}

struct seg duo_sent(struct duo *d, unsigned end, unsigned i)
{
    assert_in_range(i, 0, d->end[end].sents - 1);
    return duo_read(&d->end[end].sent[i]);
}

struct seg duo_last(struct duo *d, unsigned end)
{
    assert_int_not_equal(0, d->end[end].sents);
    return duo_sent(d, end, d->end[end].sents - 1);
}

struct shim_counts duo_counts(struct duo *d, unsigned end)
{
    struct shim_counts c;

    shim_read_counts(d->end[end].shim, &c);
    return c;
}
