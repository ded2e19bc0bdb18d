/*
 * bench_handshake.c - what the handshakes of a server cost, against the hashes that they are made
 * of: MP_CAPABLE from mptcp_endpoint_on_syn to the third ACK, MP_JOIN from the SYN to the third
 * ACK.
 *
 * The floor is the same number of hashes, alone: BearSSL called as it is, nothing wiped. Handshake
 * and floor take turns, the best round of each counts, and their ratio has a limit.
 */
#define _POSIX_C_SOURCE 200809L

#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mptcp/crypto.h"
#include "mptcp/endpoint.h"

#define ROUNDS 40u
#define TIMES 500u
#define LIMIT 1.5

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static volatile uint64_t sink;

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bench_handshake: %s\n", what);
        exit(2);
    }
}

/* A segment without payload, with one option. */
struct wire {
    struct mptcp_segment seg;
    uint8_t octets[MPTCP_OPTION_MAX];
};

static void make_segment(struct wire *w, unsigned flags, uint32_t ssn, const struct mptcp_option *o)
{
    memset(w, 0, sizeof *w);
    w->seg.tcp_flags = (uint8_t)flags;
    w->seg.ssn = mptcp_ssn_of(ssn);
    w->seg.ack = mptcp_ssn_of(1);
    w->seg.window = 65535;
    w->seg.options = w->octets;
    int n = mptcp_option_write(o, w->octets, sizeof w->octets);
    must(n > 0, "an option cannot be written");
    w->seg.options_len = (uint16_t)n;
}

/* ------------------------------------------------------------------------ MP_CAPABLE */

static _Alignas(8) uint8_t endpoint_mem[MPTCP_ENDPOINT_SIZE(64)];
static _Alignas(8) uint8_t conn_mem[16384];
static struct mptcp_endpoint *endpoint;
static struct mptcp_config config;
static const struct mptcp_addr here = {.family = 4, .port = 80, .ip = {10, 0, 0, 1}};
static const struct mptcp_addr there = {.family = 4, .port = 5000, .ip = {10, 0, 0, 2}};
static const uint64_t peer_key = 0x0123456789abcdefu;

/* A server's side of the handshake; the key is drawn here too. Returns the connection. */
static struct mptcp_conn *capable(mptcp_sf *sf)
{
    static const uint8_t entropy[8] = {9, 8, 7, 6, 5, 4, 3, 2};
    struct mptcp_secret secret = {.seed = {1, 2, 3}};
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};
    struct mptcp_txseg out = {.tcp_flags = MPTCP_TCP_SYN | MPTCP_TCP_ACK};
    struct mptcp_receipt receipt;
    struct mptcp_verdict verdict = {0};
    struct mptcp_syn syn;
    struct wire w;
    uint8_t octets[MPTCP_OPTION_MAX];
    uint32_t token;

    o.u.capable.version = 1;
    o.u.capable.flags = MPTCP_CAPABLE_SHA256;
    o.u.capable.form = MPTCP_CAPABLE_SYN;
    make_segment(&w, MPTCP_TCP_SYN, 0, &o);
    must(mptcp_endpoint_on_syn(endpoint, &w.seg, &syn) == MPTCP_OK, "on_syn");
    must(mptcp_endpoint_key(endpoint, entropy, &secret.key, &token) == MPTCP_OK, "key");
    struct mptcp_conn *c = mptcp_conn_init(conn_mem, sizeof conn_mem, &config, &secret);
    must(c != NULL, "init");
    must(mptcp_accept(c, &w.seg, &here, &there, sf, 1) == MPTCP_OK, "accept");
    must(mptcp_tx_options(c, *sf, &out, octets, sizeof octets, &receipt) == 12, "SYN/ACK");
    must(mptcp_sent(c, *sf, &receipt, 1) >= 0, "sent");
    o.u.capable.form = MPTCP_CAPABLE_ACK;
    o.u.capable.sender_key = peer_key;
    o.u.capable.receiver_key = secret.key;
    make_segment(&w, MPTCP_TCP_ACK, 1, &o);
    must(mptcp_on_segment(c, *sf, &w.seg, &verdict, 2) >= 0 && !verdict.drop, "third ACK");
    return c;
}

/* Of our key twice, to find one that is free and for the connection, and of the peer's. */
#define CAPABLE_HASHES 3u

static void hash_alone(void)
{
    br_sha256_context context;
    uint8_t out[32];
    br_sha256_init(&context);
    br_sha256_update(&context, &peer_key, sizeof peer_key);
    br_sha256_out(&context, out);
    sink += out[0];
}

static void capable_ours(void)
{
    mptcp_sf sf;
    struct mptcp_conn_report info;
    mptcp_conn_info(capable(&sf), &info);
    must(info.version == 1, "no MPTCP");
}

static void capable_floor(void)
{
    for (unsigned i = 0; i < CAPABLE_HASHES; i++) {
        hash_alone();
    }
}

/* --------------------------------------------------------------------------- MP_JOIN */

static struct mptcp_conn *joined; /* an established connection, copied anew for each join */
static _Alignas(8) uint8_t kept[16384];
static size_t size;

static void drain(struct mptcp_conn *c)
{
    struct mptcp_action a;
    while (mptcp_poll(c, &a)) {
        must(mptcp_done(c, &a, a.len, MPTCP_DONE, 3) >= 0, "done");
    }
}

static void prepare_join(void)
{
    mptcp_sf sf;
    struct mptcp_verdict verdict = {0};
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    struct wire w;

    joined = capable(&sf);
    o.u.dss.flags = MPTCP_DSS_ACK;
    struct mptcp_conn_report info;
    mptcp_conn_info(joined, &info);
    o.u.dss.data_ack = info.snd_una.v & 0xffffffffu;
    make_segment(&w, MPTCP_TCP_ACK, 1, &o);
    must(mptcp_on_segment(joined, sf, &w.seg, &verdict, 3) >= 0 && !verdict.drop, "DSS");
    drain(joined);
    size = (size_t)mptcp_conn_size(&config);
    memcpy(kept, joined, size);
}

static void join_ours(void)
{
    static const struct mptcp_addr from = {.family = 4, .port = 6000, .ip = {10, 1, 0, 2}};
    struct mptcp_txseg out = {.tcp_flags = MPTCP_TCP_SYN | MPTCP_TCP_ACK};
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    struct mptcp_option answer;
    struct mptcp_receipt receipt;
    struct mptcp_verdict verdict = {0};
    struct mptcp_conn_report info;
    struct wire w;
    uint8_t octets[MPTCP_OPTION_MAX];
    mptcp_sf sf;

    memcpy(joined, kept, size);
    mptcp_conn_info(joined, &info);
    o.u.join.form = MPTCP_JOIN_SYN;
    o.u.join.addr_id = 1;
    o.u.join.token = info.local_token;
    o.u.join.nonce = 77;
    make_segment(&w, MPTCP_TCP_SYN, 0, &o);
    must(mptcp_accept_join(joined, &w.seg, &here, &from, &sf, 4) == MPTCP_OK, "accept_join");
    int n = mptcp_tx_options(joined, sf, &out, octets, sizeof octets, &receipt);
    must(n == 16 && mptcp_option_read(octets, 16, &answer, NULL) > 0, "SYN/ACK of the join");
    must(mptcp_sent(joined, sf, &receipt, 4) >= 0, "sent");
    sink += answer.u.join.nonce;
    /* An HMAC that is wrong costs what a right one costs, and needs no hash of the peer's here. */
    o.u.join.form = MPTCP_JOIN_ACK;
    make_segment(&w, MPTCP_TCP_ACK, 1, &o);
    mptcp_on_segment(joined, sf, &w.seg, &verdict, 5);
    must(verdict.code == MPTCP_E_JOIN_HMAC, "the HMAC was not looked at");
}

/* A nonce, the HMAC of the SYN/ACK and that of the third ACK. */
static void join_floor(void)
{
    static const uint8_t key[16] = {1};
    static const uint8_t msg[8] = {2};
    hash_alone();
    for (unsigned i = 0; i < 2; i++) {
        br_hmac_key_context keyed;
        br_hmac_context context;
        uint8_t out[32];
        br_hmac_key_init(&keyed, &br_sha256_vtable, key, sizeof key);
        br_hmac_init(&context, &keyed, 0);
        br_hmac_update(&context, msg, sizeof msg);
        br_hmac_out(&context, out);
        sink += out[0];
    }
}

/* ------------------------------------------------------------------------- the program */

static double once(void (*job)(void))
{
    double start = now_ns();
    for (unsigned i = 0; i < TIMES; i++) {
        job();
    }
    return (now_ns() - start) / TIMES;
}

static unsigned compare(const char *name, void (*ours)(void), void (*floor)(void))
{
    double best = 1e12;
    double best_floor = 1e12;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double a = once(ours);
        double b = once(floor);
        best = a < best ? a : best;
        best_floor = b < best_floor ? b : best_floor;
    }
    double ratio = best / best_floor;
    printf("%-36s %7.0f ns   hashes alone %7.0f ns   ratio %.2f of at most %.1f%s\n", name, best,
           best_floor, ratio, LIMIT, ratio > LIMIT ? "  TOO MUCH" : "");
    return ratio > LIMIT;
}

int main(void)
{
    endpoint = mptcp_endpoint_init(endpoint_mem, sizeof endpoint_mem, 64);
    mptcp_config_init(&config);
    unsigned failures = compare("MP_CAPABLE, SYN to third ACK", capable_ours, capable_floor);
    prepare_join();
    failures += compare("MP_JOIN, SYN to third ACK", join_ours, join_floor);
    return failures > 0;
}
