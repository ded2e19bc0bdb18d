/*
 * fuzz_segments.c - a connected client and a listening server, given what an
 * input says: segments, events, time, calls of the application, commits.
 *
 * An input is a sequence of operations; the first octet of each chooses the connection
 * and the operation, the next ones are its numbers. Segments are raw octets, or made
 * with right keys, HMACs, tokens and numbers that are near the right ones, so that the
 * fuzzer comes past the handshakes. The first octet says how they are configured, and which
 * of them speaks version 0.
 *
 * What must hold after every operation: a refused call changed nothing; peeks
 * repeated give the same; want, poll and deadline agree; RCV.NXT and the right edge
 * never go back; the actions that are due at one time are bounded. A failure aborts.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "segments.h"

#define OPERATIONS_MAX 400u
#define ACTIONS_MAX 2000u

/* The first octet, beside MPTCP_CFG_ bits. */
#define CLIENT_OLD 0x40u
#define SERVER_OLD 0x80u
#define ADD_ADDR2_AT 4 /* two bits of it: off, sender's key, both keys, Linux's */

struct input {
    const uint8_t *p;
    size_t n;
};

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static uint32_t take(struct input *in, unsigned octets)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < octets && in->n > 0; i++) {
        v = v << 8 | *in->p++;
        in->n--;
    }
    return v;
}

/* ------------------------------------------------------------------ what must hold */

static void agree(struct target *t)
{
    struct mptcp_action a;
    struct mptcp_action b;
    struct mptcp_conn_report info;
    unsigned want = mptcp_want(t->conn);
    int due = mptcp_poll(t->conn, &a);

    check(mptcp_poll(t->conn, &b) == due && memcmp(&a, &b, sizeof a) == 0);
    check((want != 0) == (due != 0));
    check(!due || (want & MPTCP_WANT(a.type)) != 0);
    check(mptcp_deadline(t->conn) == mptcp_deadline(t->conn));
    mptcp_conn_info(t->conn, &info);
    if (info.state >= MPTCP_ESTABLISHED && t->known) {
        check((int64_t)(info.rcv_nxt.v - t->rcv_nxt) >= 0);
    }
    t->known = info.state >= MPTCP_ESTABLISHED;
    t->rcv_nxt = info.rcv_nxt.v;
    check((int64_t)(info.snd_nxt.v - info.snd_end.v) <= 0);
    check((int64_t)(info.snd_una.v - info.snd_end.v) <= 1);
}

static void result(struct target *t, int code)
{
    if (code < 0) {
        check(memcmp(t->before, t->conn, t->size) == 0);
    }
    agree(t);
    memcpy(t->before, t->conn, t->size);
}

/* ---------------------------------------------------------------------- segments */

static mptcp_sf some_subflow(const struct target *t, uint32_t choice)
{
    mptcp_sf sf = mptcp_subflow_at(t->conn, choice & 3u);
    return (choice & 0xc0u) == 0xc0u ? choice * 0x01010101u : sf == MPTCP_SF_NONE ? t->initial : sf;
}

static void numbers(const struct target *t, struct input *in, mptcp_sf sf,
                    struct mptcp_segment *seg)
{
    static const uint8_t flags[] = {0x10, 0x10, 0x10, 0x11, 0x12, 0x02, 0x14, 0x18};
    struct mptcp_subflow_report info;
    uint32_t c = take(in, 1);

    memset(&info, 0, sizeof info);
    mptcp_subflow_info(t->conn, sf, &info);
    seg->tcp_flags = flags[c & 7u];
    seg->ssn = mptcp_ssn_add(info.rcv_nxt, (c & 8u) != 0 ? take(in, 2) - 1000u : 0);
    seg->len = (c & 16u) != 0 ? take(in, 2) : 0;
    seg->ack = mptcp_ssn_add(info.snd_nxt, (c & 32u) != 0 ? take(in, 2) - 1000u : 0);
    seg->window = (c & 64u) != 0 ? take(in, 3) : 60000;
    if ((seg->tcp_flags & 0x02u) != 0) {
        seg->ssn = mptcp_ssn_of(0);
        seg->ack = mptcp_ssn_of(1);
    }
}

/* Fills the options area: raw, or one or two that are made. */
static void options(const struct target *t, struct input *in, struct mptcp_segment *seg,
                    uint8_t *area)
{
    uint32_t c = take(in, 1);
    unsigned n = 0;

    if ((c & 0x80u) != 0) {
        for (n = 0; n < (c & 0x3fu) && n < MPTCP_OPTION_MAX; n++) {
            area[n] = (uint8_t)take(in, 1);
        }
    } else {
        n = made_option(t, c & 15u, take(in, 4), seg->ssn.v, area, MPTCP_OPTION_MAX);
        if ((c & 0x40u) != 0) {
            n += made_option(t, c >> 1, take(in, 4), seg->ssn.v, area + n, MPTCP_OPTION_MAX - n);
        }
    }
    seg->options = area;
    seg->options_len = (uint16_t)n;
}

static void segment(struct target *t, struct input *in)
{
    uint8_t area[MPTCP_OPTION_MAX];
    struct mptcp_segment seg = {0};
    struct mptcp_verdict verdict;
    mptcp_sf sf = some_subflow(t, take(in, 1));

    numbers(t, in, sf, &seg);
    options(t, in, &seg, area);
    int code = mptcp_on_segment(t->conn, sf, &seg, &verdict, t->now);
    result(t, code);
    /* What TCP takes in order, it reports. */
    if (code >= 0 && !verdict.drop && seg.len > 0 && (seg.tcp_flags & 6u) == 0) {
        static const uint8_t zeros[65536];
        struct mptcp_piece piece = {.len = seg.len, .data = zeros};
        result(t, mptcp_on_data(t->conn, sf, &piece, t->now));
    }
}

static void syn(struct target *t, struct input *in)
{
    uint8_t area[MPTCP_OPTION_MAX];
    struct mptcp_addr local = {.family = 4, .port = 80, .ip = {10, 0, 0, 2}};
    struct mptcp_addr remote = {.family = 4, .port = (uint16_t)take(in, 1), .ip = {10, 0, 0, 1}};
    struct mptcp_segment seg = {.tcp_flags = 2, .window = 60000};
    struct mptcp_syn whose;
    mptcp_sf sf;

    options(t, in, &seg, area);
    if (mptcp_endpoint_on_syn(t->endpoint, &seg, &whose) < 0) {
        return;
    }
    if (whose.kind == MPTCP_SYN_JOIN) {
        result(t, mptcp_accept_join(t->conn, &seg, &local, &remote, &sf, t->now));
    } else if (whose.kind != MPTCP_SYN_RESET) {
        int code = mptcp_accept(t->conn, &seg, &local, &remote, &sf, t->now);
        t->initial = code >= 0 ? sf : t->initial;
        result(t, code);
    }
}

/* ------------------------------------------------------------------- everything else */

static void application(struct target *t, struct input *in)
{
    uint32_t c = take(in, 1);
    struct mptcp_addr a = {.family = (c & 16u) != 0 ? 6 : 4, .ip = {10, 1, 0, (uint8_t)(c >> 5)}};
    uint8_t id;

    switch (c % 6) {
    case 0:
    case 1:
        result(t, mptcp_on_written(t->conn, take(in, 2), t->now));
        break;
    case 2:
        result(t, mptcp_on_consumed(t->conn, take(in, 2), t->now));
        break;
    case 3:
        result(t, mptcp_on_shutdown(t->conn, t->now));
        break;
    case 4:
        result(t, mptcp_add_address(t->conn, &a, c >> 4 & 7u, &id, t->now));
        break;
    default:
        if ((c & 0xf0u) == 0xf0u) {
            result(t, mptcp_on_abort(t->conn, t->now));
        }
        break;
    }
}

static void event(struct target *t, struct input *in)
{
    uint32_t c = take(in, 1);
    mptcp_sf sf = some_subflow(t, take(in, 1));
    struct mptcp_path path = {.size = sizeof path,
                              .room = take(in, 2),
                              .segment_size = 1 + (c >> 3) * 50,
                              .srtt_us = c * 1000};

    switch (c & 7u) {
    case 0:
        result(t, mptcp_on_established(t->conn, sf, t->now));
        break;
    case 1:
        result(t, mptcp_on_fin(t->conn, sf, t->now));
        break;
    case 2:
        result(t, mptcp_on_gone(t->conn, sf, -50 - (int)(c >> 3 & 15u), t->now));
        break;
    case 3:
        result(t, mptcp_set_backup(t->conn, sf, (c & 8u) != 0, t->now));
        break;
    case 4:
        result(t, mptcp_on_copied(t->conn, sf, t->now));
        break;
    default:
        result(t, mptcp_on_path(t->conn, sf, &path, t->now));
        break;
    }
}

static void emit(struct target *t, struct input *in)
{
    static const uint8_t flags[] = {0x10, 0x10, 0x11, 0x14, 0x02, 0x12, 0x18, 0x10};
    uint32_t c = take(in, 1);
    mptcp_sf sf = some_subflow(t, take(in, 1));
    struct mptcp_txseg seg = {.tcp_flags = flags[c & 7u], .ssn = mptcp_ssn_of(take(in, 2))};
    struct mptcp_receipt r;
    struct mptcp_receipt again;
    uint8_t area[MPTCP_OPTION_MAX + 4];
    uint8_t twice[MPTCP_OPTION_MAX];
    size_t room = c >> 3 & 0x1cu;

    seg.len = (c & 0x80u) != 0 ? take(in, 2) : 0;
    memset(area, 0x5a, sizeof area);
    int n = mptcp_tx_options(t->conn, sf, &seg, area, room, &r);
    check(n <= (int)room && area[room] == 0x5a);
    if (n >= 0) {
        check(mptcp_tx_options(t->conn, sf, &seg, twice, room, &again) == n);
        check(memcmp(area, twice, (size_t)n) == 0);
        result(t, mptcp_sent(t->conn, sf, &r, t->now));
    }
}

static void commit(struct target *t, struct input *in)
{
    struct mptcp_action a;
    uint32_t c = take(in, 1);

    if (!mptcp_poll(t->conn, &a)) {
        return;
    }
    uint32_t n = (c & 4u) != 0 ? take(in, 2) : a.len;
    result(t, mptcp_done(t->conn, &a, n, (enum mptcp_result)(c % 3), t->now));
}

static void pass_time(struct target *t, struct input *in)
{
    t->now += take(in, 3);
    result(t, mptcp_on_timeout(t->conn, t->now));
    check(mptcp_deadline(t->conn) > t->now || mptcp_want(t->conn) != 0);
}

/* Everything due is done, in a bounded number of actions. */
static void drain(struct target *t)
{
    struct mptcp_action a;
    for (unsigned i = 0; mptcp_poll(t->conn, &a); i++) {
        check(i < ACTIONS_MAX);
        result(t, mptcp_done(t->conn, &a, a.len, MPTCP_DONE, t->now));
    }
}

static void operate(struct target *t, struct input *in, uint32_t c)
{
    switch (c >> 1 & 7u) {
    case 0:
    case 1:
        segment(t, in);
        break;
    case 2:
        syn(t, in);
        break;
    case 3:
        application(t, in);
        break;
    case 4:
        event(t, in);
        break;
    case 5:
        emit(t, in);
        break;
    case 6:
        (c & 0x80u) != 0 ? drain(t) : commit(t, in);
        break;
    default:
        pass_time(t, in);
        break;
    }
}

static void make(struct target *t, bool client, uint32_t flags)
{
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = client ? 0x1111222233334444ull : 0x5555666677778888ull};
    struct mptcp_addr local = {.family = 4, .port = 5000, .ip = {10, 0, 0, 2}};
    struct mptcp_addr remote = {.family = 4, .port = 80, .ip = {10, 0, 0, 1}};

    memset(t, 0, sizeof *t);
    mptcp_config_init(&cfg);
    cfg.subflows = cfg.subflow_limit = 3;
    cfg.runs = 14;
    cfg.rcv_buf = 20000;
    cfg.flags = flags & (MPTCP_CFG_CHECKSUM | MPTCP_CFG_TCP_COPIES | MPTCP_CFG_DSN32);
    t->version = cfg.version = (flags & (client ? CLIENT_OLD : SERVER_OLD)) == 0;
    t->add_addr2 = flags >> ADD_ADDR2_AT & 3u;
    cfg.add_addr2 = t->add_addr2;
    if (t->add_addr2 != 0 && (flags & 2u) != 0) {
        cfg.add_addr2 |= MPTCP_ADD_ADDR2_AND_PLAIN;
    }
    t->size = (size_t)mptcp_conn_size(&cfg);
    t->before = (uint8_t *)malloc(t->size);
    t->conn = mptcp_conn_init(malloc(t->size), t->size, &cfg, &secret);
    t->endpoint = mptcp_endpoint_init(malloc(MPTCP_ENDPOINT_SIZE(4u)), MPTCP_ENDPOINT_SIZE(4u), 4);
    t->key = secret.key;
    t->client = client;
    t->now = 1000000;
    mptcp_endpoint_add(t->endpoint, mptcp_key_id_of(t->version, t->key).token, 1);
    if (client) {
        mptcp_connect(t->conn, &local, &remote, &t->initial, t->now);
    }
    memcpy(t->before, t->conn, t->size);
}

static void discard(struct target *t)
{
    free(t->before);
    free(t->conn);
    free(t->endpoint);
}

const char fuzz_format[] =
    "Its first octet says how the connections are configured; operations follow, each an octet\n"
    "(lowest bit: client or server) and its numbers. fuzz_segments.c has them.\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    struct target targets[2];
    uint32_t flags = take(&in, 1);

    make(&targets[0], true, flags);
    make(&targets[1], false, flags);
    for (unsigned i = 0; i < OPERATIONS_MAX && in.n > 0; i++) {
        uint32_t c = take(&in, 1);
        operate(&targets[c & 1u], &in, c);
    }
    for (unsigned i = 0; i < 2; i++) {
        drain(&targets[i]);
        discard(&targets[i]);
    }
    return 0;
}
