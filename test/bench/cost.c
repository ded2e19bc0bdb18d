/*
 * cost.c - the worst that one call costs with many runs waiting, for `make bench` and `make
 * bench-cost`: cost.py counts the instructions of each function row_... here under callgrind and
 * compares them with those of a data segment in order, measured in the same run.
 *
 * usage: cost RUNS [REPEATS] - RUNS wait in all, on 7 subflows of 8. Prints a line for each row:
 * its function, how often it is called, how many runs arrive or finish in each call, how many
 * nanoseconds the quickest call takes, and what it is.
 */
#define _POSIX_C_SOURCE 200809L

#include "unit/bugs_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOINLINE __attribute__((noinline))
#define SUBFLOWS 8u
#define OTHERS (SUBFLOWS - 1)
#define AHEAD 200000u /* octets between RCV.NXT and the first that waits */
#define WINDOW (1u << 24)
#define PIECE 10u /* octets of each run that is sent */

static struct pair pair;
static struct side *const server = &pair.server;
static mptcp_sf others[OTHERS]; /* at the server */
static uint8_t *memory;
static size_t size;
static unsigned runs;
static unsigned per; /* on each of the others */
static unsigned repeats;
static const uint8_t zeros[65536];

/* What a row does it with. */
static struct wire segment;
static struct mptcp_verdict verdict;
static struct mptcp_piece piece;
static mptcp_sf on;
static struct mptcp_action action;
static mptcp_time later;
static mptcp_ssn at;

static double ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ----------------------------------------------------------------------- rows */

static inline void comes(void)
{
    mptcp_on_segment(server->c, on, &segment.seg, &verdict, pair.now);
}

static inline void comes_in_order(void)
{
    comes();
    mptcp_on_data(server->c, on, &piece, pair.now);
}

#define ROW(name, ...)                    \
    static NOINLINE void row_##name(void) \
    {                                     \
        __VA_ARGS__;                      \
    }

ROW(unit, comes_in_order())
ROW(next_with_4, comes_in_order())
ROW(next_with_512, comes_in_order())
ROW(next_with_all, comes_in_order())
ROW(waits_first, comes_in_order())
ROW(waits_middle, comes_in_order())
ROW(waits_last, comes_in_order())
ROW(closes_one, comes_in_order())
ROW(closes_all, comes_in_order())
ROW(duplicates_all, comes_in_order())
ROW(delivers, mptcp_poll(server->c, &action);
    mptcp_done(server->c, &action, action.len, MPTCP_DONE, pair.now);
    mptcp_on_consumed(server->c, action.len, pair.now))
ROW(announced_first, comes())
ROW(announced_middle, comes())
ROW(announced_last, comes())
ROW(announced_again, comes())
ROW(swallows_all, comes())
ROW(ssn_gap_closes, comes_in_order())
ROW(bare_over_many, comes())
ROW(refused, comes())
ROW(gone_waiting, mptcp_on_gone(server->c, on, MPTCP_E_PEER_RESET, pair.now))
ROW(gone_announced, mptcp_on_gone(server->c, on, MPTCP_E_PEER_RESET, pair.now))
ROW(gone_sent, mptcp_on_gone(server->c, on, MPTCP_E_PEER_RESET, pair.now))
ROW(after_gone, mptcp_on_timeout(server->c, pair.now))
ROW(ack_no_news, comes())
ROW(ack_no_news_searching, comes())
ROW(ack_of_one, comes())
ROW(ack_of_its_all, comes())
ROW(data_ack_of_one, comes())
ROW(data_ack_of_all, comes())
ROW(data_ack_after_acks, comes())
ROW(dark, mptcp_on_timeout(server->c, later))
ROW(data_timer, mptcp_on_timeout(server->c, later))
ROW(poll, mptcp_poll(server->c, &action))
ROW(want, (void)mptcp_want(server->c))
ROW(deadline, (void)mptcp_deadline(server->c))
ROW(sends, mptcp_done(server->c, &action, action.len, MPTCP_DONE, pair.now))
ROW(sends_again, mptcp_done(server->c, &action, action.len, MPTCP_DONE, pair.now))
ROW(written, mptcp_on_written(server->c, PIECE, pair.now))
ROW(path, tcp_tells(&pair, server, on, 100, PIECE, 10000))
ROW(copied, mptcp_on_copied(server->c, on, pair.now))
ROW(options, struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = at, .len = PIECE};
    struct mptcp_receipt r; uint8_t p[MPTCP_OPTION_MAX];
    mptcp_tx_options(server->c, on, &seg, p, sizeof p, &r); mptcp_sent(server->c, on, &r, pair.now))

static uint8_t *kept;
static double clock_ns; /* what asking for the time takes */

static void keep(void)
{
    memcpy(kept, server->c, size);
}

/* Measures a row from the state that was kept last; it is called `calls` times in a row. */
static void measure(const char *name, void (*row)(void), unsigned calls, double n, const char *what)
{
    double least = 1e18;

    for (unsigned i = 0; i < repeats; i++) {
        memcpy(server->c, kept, size);
        double begin = ns();
        for (unsigned k = 0; k < calls; k++) {
            row();
        }
        double took = (ns() - begin - clock_ns) / calls;
        least = took < least ? took : least;
    }
    printf("%s %u %.3f %.0f %s\n", name, repeats * calls, n, least, what);
    fflush(stdout);
}

#define MEASURE(name, calls, n, what) measure("row_" #name, row_##name, calls, n, what)

/* ---------------------------------------------------------------- what is measured */

static void works(struct side *s)
{
    struct mptcp_action a;

    while (mptcp_poll(s->c, &a)) {
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, pair.now));
        if (a.type == MPTCP_DELIVER) {
            assert_int_equal(MPTCP_OK, mptcp_on_consumed(s->c, a.len, pair.now));
        }
    }
}

/* A pair with 8 subflows, of which nothing waits. */
static void establish_all(void)
{
    struct pair *p = &pair;
    struct mptcp_config cfg;
    struct mptcp_action a;

    mptcp_config_init(&cfg);
    cfg.subflows = cfg.subflow_limit = SUBFLOWS;
    cfg.runs = (uint16_t)(runs + 4 * SUBFLOWS + 64);
    cfg.rcv_buf = WINDOW;
    cfg.policy = MPTCP_POLICY_PORTS;
    size = (size_t)mptcp_conn_size(&cfg);
    free(memory);
    free(kept);
    memory = calloc(2, size);
    kept = calloc(1, size);
    make_pair(p, &cfg, memory, size);
    struct wire syn = connects_first(p);
    answers(p, &syn);
    client_sends(p, 1, 100);
    server_acks(p, 101);
    p->now += 1000000;
    mptcp_on_timeout(p->client.c, p->now);
    for (unsigned i = 0; i < OTHERS; i++) {
        assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
        struct mptcp_addr local = address(0, 2, 80);
        struct mptcp_addr remote = address(0, 1, (uint16_t)(6000 + i));
        mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now);
        struct wire join = send_from(p, &p->client, a.sf, SYN, 0, 0, 0);
        join.seg.options = join.options;
        assert_int_equal(
            MPTCP_OK, mptcp_accept_join(server->c, &join.seg, &local, &remote, &others[i], p->now));
        struct wire synack = send_from(p, server, others[i], SYN | ACK, 0, 0, 1);
        come(p, &p->client, a.sf, &synack);
        struct wire third = send_from(p, &p->client, a.sf, ACK, 1, 0, 1);
        come(p, server, others[i], &third);
        struct wire fourth = send_from(p, server, others[i], ACK, 1, 0, 1);
        come(p, &p->client, a.sf, &fourth);
    }
    works(server);
}

/* Octets of the client's on a subflow: DSN from RCV.NXT on. */
static void prepare(mptcp_sf sf, uint64_t dsn, uint32_t ssn, uint32_t n)
{
    struct mptcp_option o = map_option(info_of(server).rcv_nxt.v + dsn, ssn, (uint16_t)n);

    segment = with_option(&o, ACK, ssn, n, 1);
    segment.seg.options = segment.options;
    segment.seg.window = 65535;
    piece.data = zeros;
    piece.len = n;
    on = sf;
}

static void arrives(mptcp_sf sf, uint64_t dsn, uint32_t ssn, uint32_t n, bool in_order)
{
    prepare(sf, dsn, ssn, n);
    comes();
    assert_false(verdict.drop);
    if (in_order) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(server->c, sf, &piece, pair.now));
    }
}

/* `count` runs of one octet have arrived on the other subflows: SSNs rise where DSNs fall, `apart`
 * octets from each other, the first of them `from` octets behind RCV.NXT. */
static void waiting(unsigned count, uint32_t from, uint32_t apart)
{
    establish_all();
    for (unsigned i = 0; i < count; i++) {
        unsigned k = count - 1 - i;
        arrives(others[i % OTHERS], from + (uint64_t)k * apart, 1 + i / OTHERS, 1, true);
    }
    works(server);
}

/* The next octets of the first subflow. */
static void next_in_order(void)
{
    prepare(server->sf, 0, 101, 1000);
    keep();
}

static void rows_of_waiting(void)
{
    waiting(0, 0, 0);
    next_in_order();
    MEASURE(unit, 1, 0, "a data segment in order (the unit)");
    waiting(4, AHEAD, 2);
    next_in_order();
    MEASURE(next_with_4, 1, 0, "... while 4 runs wait");
    waiting(512, AHEAD, 2);
    next_in_order();
    MEASURE(next_with_512, 1, 0, "... while 512 runs wait");
    waiting(runs, AHEAD, 2);
    next_in_order();
    MEASURE(next_with_all, 1, 0, "... while all wait");

    uint32_t next = 1 + (runs + OTHERS - 1) / OTHERS;
    prepare(others[OTHERS - 1], AHEAD - 1000, next, 1);
    segment.seg.ssn = mptcp_ssn_of(subflow_of(server, on).rcv_nxt.v);
    next = segment.seg.ssn.v;
    prepare(others[OTHERS - 1], AHEAD - 1000, next, 1);
    keep();
    MEASURE(waits_first, 1, 0, "a segment that waits, before all others in the stream");
    prepare(others[OTHERS - 1], AHEAD + 2 * (runs / 2) + 1, next, 1);
    MEASURE(waits_middle, 1, 0, "... in the middle");
    prepare(others[OTHERS - 1], AHEAD + 2 * runs + 100, next, 1);
    MEASURE(waits_last, 1, 0, "... behind them");
    on = others[0];
    MEASURE(gone_waiting, 1, 0, "a subflow whose octets wait is gone");

    waiting(runs, 1, 2);
    prepare(server->sf, 0, 101, 1);
    keep();
    MEASURE(closes_one, 1, 1, "an octet that closes a gap in front of one run and the next gap");

    waiting(runs, 1, 1);
    prepare(server->sf, 0, 101, 1);
    keep();
    MEASURE(closes_all, 1, runs, "an octet that closes the gap in front of all");
    comes_in_order();
    assert_int_equal(runs + 1, info_of(server).rcv_nxt.v - info_of(server).delivered.v);
    keep();
    MEASURE(delivers, runs, 1, "poll, done and consumed of each");

    waiting(runs, 1, 1);
    prepare(server->sf, 0, 101, runs + 1 < 65535 ? runs + 1 : 65535);
    keep();
    MEASURE(duplicates_all, 1, piece.len - 1, "a segment that makes all that wait duplicates");
}

/* `count` runs of one octet are announced on one subflow, behind an octet that is missing: their
 * SSNs `apart` octets from each other, their DSNs falling, or in step. */
static void announced(unsigned count, uint32_t apart, bool falling)
{
    establish_all();
    on = others[0];
    for (unsigned i = 0; i < count; i++) {
        unsigned k = falling ? count - 1 - i : i;
        arrives(on, AHEAD + (uint64_t)k * apart, 2 + i * apart, 1, false);
    }
}

static void rows_of_announced(void)
{
    announced(runs, 2, true);
    keep();
    prepare(others[0], AHEAD - 100, 1, 1);
    MEASURE(announced_first, 1, 0, "a segment out of order, before all others on its subflow");
    prepare(others[0], AHEAD + runs + 1, 3 + 2 * (runs / 2), 1);
    MEASURE(announced_middle, 1, 0, "... in the middle");
    prepare(others[0], AHEAD - 100, 3 + 2 * runs, 1);
    MEASURE(announced_last, 1, 0, "... behind them");
    prepare(others[0], AHEAD + 2 * (uint64_t)(runs - 1 - runs / 2), 2 + 2 * (runs / 2), 1);
    MEASURE(announced_again, 1, 0, "... that came before");
    on = others[0];
    MEASURE(gone_announced, 1, runs, "a subflow is gone with all that was announced on it");

    unsigned fit = runs < 32000 ? runs : 32000;
    announced(fit, 2, false);
    prepare(others[0], AHEAD, 2, 2 * fit);
    keep();
    MEASURE(swallows_all, 1, fit, "a mapping of which all that was announced is a part");

    announced(runs, 1, true);
    prepare(others[0], AHEAD + runs, 1, 1);
    piece.len = 1 + runs < 65536 ? 1 + runs : 65536;
    keep();
    MEASURE(ssn_gap_closes, 1, piece.len, "an octet on whose subflow all others wait for it");
    struct mptcp_option ack = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    segment = with_option(&ack, ACK, 2 + runs / 2, 400, 1);
    segment.seg.options = segment.options;
    MEASURE(bare_over_many, 1, 0, "a segment without a mapping over 400 runs");

    announced(runs + 64 + 1, 1, true);
    prepare(others[1], AHEAD - 50, 5, 1);
    comes();
    prepare(others[1], AHEAD - 100, 3, 1);
    keep();
    MEASURE(refused, 1, 0, "a segment for which there is no place");
}

static void room_of(mptcp_sf sf, uint32_t n)
{
    tcp_tells(&pair, server, sf, n, PIECE, 10000);
}

static void gives(mptcp_sf sf)
{
    struct mptcp_action a;

    mptcp_on_written(server->c, PIECE, pair.now);
    room_of(sf, PIECE);
    assert_true(find_action(&pair, server, MPTCP_SEND, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(server->c, &a, a.len, MPTCP_DONE, pair.now));
    room_of(sf, 0);
}

/* An ACK at the server: of a subflow up to an SSN, of the stream up to so many octets. */
static void prepare_ack(mptcp_sf sf, uint32_t ack, uint64_t data)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(server).snd_una.v + data;
    segment = with_option(&o, ACK, sf == server->sf ? 101 : 1, 0, ack);
    segment.seg.options = segment.options;
    segment.seg.window = WINDOW;
    on = sf;
}

/* The server has sent a run on the first subflow, and the others on the other subflows by turns. */
static void sent(void)
{
    establish_all();
    for (unsigned i = 0; i < OTHERS; i++) {
        prepare_ack(others[i], 1, 0);
        comes();
        room_of(others[i], 0);
    }
    prepare_ack(server->sf, 1, 0);
    comes();
    works(server);
    gives(server->sf);
    pair.now += 200000;
    for (unsigned i = 0; i + 1 < runs; i++) {
        gives(others[i % OTHERS]);
    }
    works(server);
}

static void rows_of_sent(void)
{
    sent();
    keep();
    prepare_ack(others[0], 1, 0);
    MEASURE(ack_no_news, 10, 0, "an ACK without news");
    MEASURE(want, 10, 0, "want");
    MEASURE(poll, 10, 0, "poll");
    MEASURE(deadline, 10, 0, "deadline");
    MEASURE(written, 1, 0, "written");
    MEASURE(path, 1, 0, "a report of a path");
    on = others[3];
    MEASURE(copied, 1, 0, "a subflow's TCP has copies");
    uint32_t newest = subflow_of(server, others[3]).snd_nxt.v;
    at = mptcp_ssn_of(1);
    MEASURE(options, 1, 0, "options of the oldest segment, again, and sent");
    at = mptcp_ssn_of(1 + PIECE * (newest / PIECE / 2));
    MEASURE(options, 1, 0, "options of one in the middle");
    at = mptcp_ssn_of(newest - PIECE);
    MEASURE(options, 1, 0, "options of the newest");
    prepare_ack(others[0], 1 + PIECE, 0);
    MEASURE(ack_of_one, 1, 1, "a subflow acknowledges one run");
    prepare_ack(others[0], subflow_of(server, others[0]).snd_nxt.v, 0);
    MEASURE(ack_of_its_all, 1, per, "... all that it was given");
    prepare_ack(server->sf, 1 + PIECE, PIECE);
    MEASURE(data_ack_of_one, 1, 1, "a DATA_ACK of one run");
    prepare_ack(server->sf, 1 + PIECE, (uint64_t)runs * PIECE);
    MEASURE(data_ack_of_all, 1, runs, "... of all, before their subflows acknowledge them");
    on = others[0];
    MEASURE(gone_sent, 1, per, "a subflow is gone with all that it was given");
    later = pair.now + 1000000;
    MEASURE(dark, 1, 0, "all subflows go dark, the data timer fires");

    /* Something is to be sent again, and runs are looked at for it, some in each call. */
    mptcp_on_gone(server->c, server->sf, MPTCP_E_PEER_RESET, pair.now);
    keep();
    prepare_ack(others[0], 1, 0);
    MEASURE(ack_no_news_searching, 1, 0, "an ACK without news while something is to be sent again");
    MEASURE(after_gone, 1, 0, "a timeout meanwhile");
    while (mptcp_deadline(server->c) <= pair.now) {
        mptcp_on_timeout(server->c, pair.now);
    }
    works(server);
    room_of(others[2], PIECE);
    if (find_action(&pair, server, MPTCP_SEND, &action)) {
        keep();
        MEASURE(sends_again, 1, 1, "SEND of octets that were lost");
    }

    sent();
    mptcp_on_written(server->c, PIECE, pair.now);
    room_of(others[(runs - 1) % OTHERS], PIECE);
    assert_true(find_action(&pair, server, MPTCP_SEND, &action));
    keep();
    MEASURE(sends, 1, 1, "SEND of new octets");

    sent();
    for (unsigned i = 0; i < OTHERS; i++) {
        prepare_ack(others[i], subflow_of(server, others[i]).snd_nxt.v, 0);
        comes();
    }
    prepare_ack(server->sf, 1 + PIECE, (uint64_t)runs * PIECE);
    keep();
    MEASURE(data_ack_after_acks, 1, runs, "a DATA_ACK of all that subflows have acknowledged");
    prepare_ack(server->sf, 1, 0);
    later = pair.now + 2000000;
    MEASURE(data_timer, 1, 0, "the data timer, when one run is missing");
}

int main(int argc, char **argv)
{
    runs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1024;
    repeats = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 20;
    if (argc < 2 || runs < 600 || runs > 60000 || repeats == 0) {
        fprintf(stderr, "usage: cost RUNS [REPEATS]\n");
        return 2;
    }
    per = runs / OTHERS;
    clock_ns = 1e18;
    for (unsigned i = 0; i < 1000; i++) {
        double begin = ns();
        double took = ns() - begin;
        clock_ns = took < clock_ns ? took : clock_ns;
    }
    rows_of_waiting();
    rows_of_announced();
    rows_of_sent();
    return 0;
}
