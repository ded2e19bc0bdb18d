/*
 * instructions.c - one-way transfer between two connections in one process, segment by segment,
 * for `make bench-instructions`, which counts the instructions of each function row_... here.
 *
 * Default configuration, no checksums, one subflow, timestamps beside the options, 1,400 octets a
 * segment, an ACK for each; every second burst by a host that passes octets on. Everything that is
 * not the library's, the segments between the two above all, is prepared outside of those
 * functions. Prints how often each row ran.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mptcp/endpoint.h"

#define SEGMENTS 4000u
#define BURST 8u
#define UNIT 1400u
#define ROOM 28u /* octets of options beside timestamps */
#define NOINLINE __attribute__((noinline))

struct side {
    struct mptcp_conn *c;
    mptcp_sf sf;
    uint32_t snd_nxt; /* SSN of the next new octet */
    uint32_t rcv_nxt;
};

struct wire {
    struct mptcp_segment seg;
    uint8_t octets[MPTCP_OPTION_MAX];
};

static _Alignas(8) uint8_t memory[2][16384];
static struct side sender;
static struct side receiver;
static mptcp_time now = 1000000;
static bool passing;

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "instructions: %s\n", what);
        exit(2);
    }
}

/* ---------------------------------------------------------------- what is counted */

/* The options of a segment that leaves. */
static NOINLINE int row_segment_out(const struct mptcp_txseg *seg, uint8_t *p,
                                    struct mptcp_receipt *r)
{
    int n = mptcp_tx_options(sender.c, sender.sf, seg, p, ROOM, r);
    mptcp_sent(sender.c, sender.sf, r, now);
    return n;
}

/* The application wrote a burst, and it is given to TCP. */
static NOINLINE uint32_t row_send_burst(void)
{
    struct mptcp_action a;
    uint32_t given = 0;

    mptcp_on_written(sender.c, BURST * UNIT, now);
    while (mptcp_poll(sender.c, &a)) {
        given += a.type == MPTCP_SEND ? a.len : 0;
        mptcp_done(sender.c, &a, a.len, MPTCP_DONE, now);
    }
    return given;
}

static NOINLINE void row_data_in(const struct mptcp_segment *seg, struct mptcp_verdict *v)
{
    struct mptcp_piece piece = {.len = UNIT};

    mptcp_on_segment(receiver.c, receiver.sf, seg, v, now);
    mptcp_on_data(receiver.c, receiver.sf, &piece, now);
}

/* The same for a host that passes octets on at once. */
static NOINLINE uint32_t row_data_passed(const struct mptcp_segment *seg, struct mptcp_verdict *v)
{
    struct mptcp_piece piece = {.len = UNIT};

    mptcp_on_segment(receiver.c, receiver.sf, seg, v, now);
    if (mptcp_on_data_passed(receiver.c, receiver.sf, &piece, now) != 1) {
        return 0;
    }
    mptcp_on_consumed(receiver.c, UNIT, now);
    return UNIT;
}

static NOINLINE uint32_t row_deliver(void)
{
    struct mptcp_action a;
    uint32_t taken = 0;

    while (mptcp_poll(receiver.c, &a)) {
        mptcp_done(receiver.c, &a, a.len, MPTCP_DONE, now);
        if (a.type == MPTCP_DELIVER) {
            mptcp_on_consumed(receiver.c, a.len, now);
            taken += a.len;
        }
    }
    return taken;
}

static NOINLINE int row_ack_out(const struct mptcp_txseg *seg, uint8_t *p, struct mptcp_receipt *r)
{
    int n = mptcp_tx_options(receiver.c, receiver.sf, seg, p, ROOM, r);
    mptcp_sent(receiver.c, receiver.sf, r, now);
    return n;
}

static NOINLINE uint32_t row_ack_in(const struct mptcp_segment *seg, struct mptcp_verdict *v)
{
    struct mptcp_action a;
    uint32_t freed = 0;

    mptcp_on_segment(sender.c, sender.sf, seg, v, now);
    while (mptcp_poll(sender.c, &a)) {
        freed += a.type == MPTCP_FREE ? a.len : 0;
        mptcp_done(sender.c, &a, a.len, MPTCP_DONE, now);
    }
    return freed;
}

/* -------------------------------------------------------------- what is not counted */

static void make_side(struct side *s, unsigned i, uint64_t key)
{
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = key};

    mptcp_config_init(&cfg);
    s->c = mptcp_conn_init(memory[i], sizeof memory[i], &cfg, &secret);
    must(s->c != NULL, "no connection");
    s->snd_nxt = s->rcv_nxt = 1;
}

/* What is received: the options behind NOP NOP timestamps. */
static void arrive_as(struct wire *w, unsigned flags, uint32_t ssn, uint32_t len, uint32_t ack,
                      const uint8_t *options, int n)
{
    static const uint8_t timestamps[12] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};

    must(n >= 0 && n + 12 <= MPTCP_OPTION_MAX, "options do not fit");
    memcpy(w->octets, timestamps, sizeof timestamps);
    memcpy(w->octets + 12, options, (size_t)n);
    memset(&w->seg, 0, sizeof w->seg);
    w->seg.options = w->octets;
    w->seg.options_len = (uint16_t)(12 + n);
    w->seg.tcp_flags = (uint8_t)flags;
    w->seg.ssn = mptcp_ssn_of(ssn);
    w->seg.len = len;
    w->seg.ack = mptcp_ssn_of(ack);
    w->seg.window = 65536;
}

/* A segment without payload from one to the other, with all that becomes due of it. */
static void carry(struct side *from, struct side *to, unsigned flags, uint32_t ssn, uint32_t ack)
{
    struct mptcp_txseg out = {.tcp_flags = (uint8_t)flags, .ssn = mptcp_ssn_of(ssn)};
    struct mptcp_receipt r;
    struct mptcp_verdict v = {0};
    struct mptcp_action a;
    struct wire w;
    uint8_t p[MPTCP_OPTION_MAX];

    int n = mptcp_tx_options(from->c, from->sf, &out, p, ROOM, &r);
    must(n >= 0 && mptcp_sent(from->c, from->sf, &r, now) >= 0, "a segment does not leave");
    arrive_as(&w, flags, ssn, 0, ack, p, n);
    must(mptcp_on_segment(to->c, to->sf, &w.seg, &v, now) >= 0 && !v.drop, "a segment is dropped");
    while (mptcp_poll(to->c, &a)) {
        must(mptcp_done(to->c, &a, a.len, MPTCP_DONE, now) >= 0, "an action is refused");
    }
    while (mptcp_poll(from->c, &a)) {
        must(mptcp_done(from->c, &a, a.len, MPTCP_DONE, now) >= 0, "an action is refused");
    }
}

static void give_room(struct side *s)
{
    struct mptcp_path path;

    mptcp_path_init(&path);
    path.room = 100 * UNIT;
    path.segment_size = UNIT;
    path.srtt_us = 20000;
    must(mptcp_on_path(s->c, s->sf, &path, now) >= 0, "on_path");
}

static void connect_both(void)
{
    static const struct mptcp_addr a = {.family = 4, .port = 5000, .ip = {10, 0, 0, 1}};
    static const struct mptcp_addr b = {.family = 4, .port = 80, .ip = {10, 0, 0, 2}};
    struct mptcp_txseg syn = {.tcp_flags = MPTCP_TCP_SYN};
    struct mptcp_receipt r;
    struct wire w;
    uint8_t p[MPTCP_OPTION_MAX];

    make_side(&sender, 0, 0x1111222233334444u);
    make_side(&receiver, 1, 0x5555666677778888u);
    must(mptcp_connect(sender.c, &a, &b, &sender.sf, now) >= 0, "connect");
    int n = mptcp_tx_options(sender.c, sender.sf, &syn, p, ROOM, &r);
    must(mptcp_sent(sender.c, sender.sf, &r, now) >= 0, "the SYN does not leave");
    arrive_as(&w, MPTCP_TCP_SYN, 0, 0, 0, p, n);
    must(mptcp_accept(receiver.c, &w.seg, &b, &a, &receiver.sf, now) >= 0, "accept");
    carry(&receiver, &sender, MPTCP_TCP_SYN | MPTCP_TCP_ACK, 0, 1);
    must(mptcp_on_established(sender.c, sender.sf, now) >= 0, "established");
    carry(&sender, &receiver, MPTCP_TCP_ACK, 1, 1);
    must(mptcp_on_established(receiver.c, receiver.sf, now) >= 0, "established");
}

static void one_segment(void)
{
    struct mptcp_txseg out = {.tcp_flags = MPTCP_TCP_ACK, .len = UNIT};
    struct mptcp_txseg ack = {.tcp_flags = MPTCP_TCP_ACK, .ssn = mptcp_ssn_of(1)};
    struct mptcp_receipt r;
    struct mptcp_verdict v = {0};
    struct wire w;
    uint8_t p[MPTCP_OPTION_MAX];

    out.ssn = mptcp_ssn_of(sender.snd_nxt);
    int n = row_segment_out(&out, p, &r);
    must(r.covers == UNIT, "a mapping is cut");
    arrive_as(&w, MPTCP_TCP_ACK, sender.snd_nxt, UNIT, 1, p, n);
    sender.snd_nxt += UNIT;
    if (passing) {
        must(row_data_passed(&w.seg, &v) == UNIT, "data are not passed on");
    } else {
        row_data_in(&w.seg, &v);
        must(row_deliver() == UNIT, "data are not delivered");
    }
    must(!v.drop, "data are dropped");
    receiver.rcv_nxt += UNIT;
    n = row_ack_out(&ack, p, &r);
    arrive_as(&w, MPTCP_TCP_ACK, 1, 0, receiver.rcv_nxt, p, n);
    must(row_ack_in(&w.seg, &v) == UNIT, "data are not freed");
}

static void burst(void)
{
    now += 1000;
    give_room(&sender);
    must(row_send_burst() == BURST * UNIT, "data do not go to TCP");
    for (unsigned k = 0; k < BURST; k++) {
        now += 100;
        one_segment();
    }
}

/* What the handshake has left to do is done: timers fire, an ACK that was promised leaves. */
static void finish_opening(void)
{
    burst();
    now += 1000000;
    must(mptcp_on_timeout(sender.c, now) >= 0 && mptcp_on_timeout(receiver.c, now) >= 0, "timeout");
    carry(&sender, &receiver, MPTCP_TCP_ACK, sender.snd_nxt, 1);
    must(mptcp_deadline(sender.c) == MPTCP_NEVER, "the handshake is not over");
}

int main(void)
{
    connect_both();
    finish_opening();
    for (unsigned i = 0; i < SEGMENTS; i += BURST) {
        burst();
        passing = !passing;
    }
    printf("%u\n", SEGMENTS);
    return 0;
}
