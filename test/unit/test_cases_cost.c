/*
 * test_cases_cost.c - what one segment of a hostile peer costs, measured in units: a data segment
 * in order with its on_data, timed in the same run. A call may cost 4 units, and a tenth of one
 * more for each run that arrives or finishes in it; an ACK without news costs one. The limits here
 * are several times that: they tell a search through all runs for each run (hundreds of units) from
 * none, whatever the machine. `make bench` has the exact ones.
 */
#define _POSIX_C_SOURCE 200809L
#include "bugs_test.h"

#include <stdlib.h>
#include <time.h>

#define MANY 8
#define RUNS 128
#define UNITS 2000 /* segments that a unit is the mean of */
#define ROUNDS 3   /* of which the cheapest counts */

static struct pair pair;
static mptcp_sf joined[MANY]; /* at the server */
static const uint8_t zeros[1000];

static double ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* A pair with MANY subflows. */
static void many_subflows(struct pair *p, unsigned runs, uint8_t **mem)
{
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    cfg.subflows = cfg.subflow_limit = MANY;
    cfg.addrs = 4;
    cfg.runs = (uint16_t)(MANY * (runs + 4));
    cfg.rcv_buf = 1 << 20;
    cfg.policy = MPTCP_POLICY_PORTS;
    size_t size = (size_t)mptcp_conn_size(&cfg);
    *mem = calloc(2, size);
    assert_non_null(*mem);
    make_pair(p, &cfg, *mem, size);
    struct wire syn = connects_first(p);
    answers(p, &syn);
    client_sends(p, 1, 100);
    server_acks(p, 101);
    p->now += 1000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->client.c, p->now));
    for (unsigned i = 0; i + 1 < MANY; i++) {
        mptcp_sf ours;
        struct mptcp_action a;
        assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
        struct mptcp_addr local = address(0, 2, 80);
        struct mptcp_addr remote = address(0, 1, (uint16_t)(6000 + i));
        ours = a.sf;
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
        struct wire join = send_from(p, &p->client, ours, SYN, 0, 0, 0);
        join.seg.options = join.options;
        assert_int_equal(MPTCP_OK, mptcp_accept_join(p->server.c, &join.seg, &local, &remote,
                                                     &joined[i], p->now));
        struct wire synack = send_from(p, &p->server, joined[i], SYN | ACK, 0, 0, 1);
        come(p, &p->client, ours, &synack);
        struct wire third = send_from(p, &p->client, ours, ACK, 1, 0, 1);
        come(p, &p->server, joined[i], &third);
        struct wire fourth = send_from(p, &p->server, joined[i], ACK, 1, 0, 1);
        come(p, &p->client, ours, &fourth);
    }
}

static void segment(struct side *s, mptcp_sf sf, uint64_t dsn, uint32_t ssn, uint16_t n)
{
    struct mptcp_option o = map_option(dsn, ssn, n);
    struct wire w = with_option(&o, ACK, ssn, n, 1);
    struct mptcp_piece piece = {.data = zeros, .len = n};

    come(&pair, s, sf, &w);
    assert_false(s->verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(s->c, sf, &piece, pair.now));
}

static void consumes(struct side *s)
{
    struct mptcp_action a;

    while (mptcp_poll(s->c, &a)) {
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, pair.now));
        if (a.type == MPTCP_DELIVER) {
            assert_int_equal(MPTCP_OK, mptcp_on_consumed(s->c, a.len, pair.now));
        }
    }
}

/* Segments in order on the server's first subflow, from an SSN on; what one costs with its on_data.
 */
static double unit_of(struct side *s, uint64_t *dsn, uint32_t *ssn)
{
    double sum = 0;

    for (unsigned i = 0; i < UNITS; i++) {
        double begin = ns();
        segment(s, s->sf, *dsn, *ssn, 1000);
        sum += ns() - begin;
        *dsn += 1000;
        *ssn += 1000;
        consumes(s);
        if (i % 50 == 0) {
            send_from(&pair, s, s->sf, ACK, 1, 0, 1);
        }
    }
    return sum / UNITS;
}

/* Units that the octet costs which closes a gap in front of runs of one octet, on all other
 * subflows. */
static double gap_closes(unsigned *arrived)
{
    struct side *s = &pair.server;
    unsigned per = RUNS - 1;
    uint8_t *mem;
    uint32_t ssn = 101;

    many_subflows(&pair, RUNS, &mem);
    consumes(s);
    uint64_t dsn = info_of(s).rcv_nxt.v;
    double unit = unit_of(s, &dsn, &ssn);
    /* SSNs rise where DSNs fall, so that no run goes on from another. */
    for (unsigned i = 0; i + 1 < MANY; i++) {
        for (unsigned j = 0; j < per; j++) {
            segment(s, joined[i], dsn + 1 + (uint64_t)(MANY - 2 - i) * per + (per - 1 - j), 1 + j,
                    1);
        }
    }
    consumes(s);
    *arrived = (MANY - 1) * per;
    double begin = ns();
    segment(s, s->sf, dsn, ssn, 1);
    double cost = (ns() - begin) / unit;
    assert_int_equal(dsn + 1 + *arrived, info_of(s).rcv_nxt.v);
    free(mem);
    return cost;
}

/* checks: none, law 4 */
static void given_many_runs_behind_a_gap_when_it_closes_then_the_cost_is_bounded(void **state)
{
    (void)state;
    double least = 1e9;
    unsigned arrived = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        double cost = gap_closes(&arrived);
        least = cost < least ? cost : least;
    }
    print_message("%u runs arrive: %.0f units\n", arrived, least);
    assert_true(least < 3 * (4 + arrived / 10.0));
}

static void room_for_one(struct side *s, mptcp_sf sf, uint32_t n)
{
    tcp_tells(&pair, s, sf, n, 100, 10000);
}

/* A hundred octets of the server's go on a subflow. */
static void gives(struct side *s, mptcp_sf sf)
{
    struct mptcp_action a;

    room_for_one(s, sf, 100);
    assert_true(find_action(&pair, s, MPTCP_SEND, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, pair.now));
    room_for_one(s, sf, 0);
}

/* An ACK that acknowledges nothing new. */
static void ack_without_news(struct side *s, mptcp_sf sf)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(s).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, 1);
    w.seg.window = 1 << 20;
    come(&pair, s, sf, &w);
}

/*
 * Units that an ACK without news costs, with a poll, while what a lost subflow carried is safe on
 * others, and all runs are in use. `lost`: it was lost just now.
 */
static double acks_cost(bool lost)
{
    struct side *s = &pair.server;
    struct mptcp_action a;
    uint8_t *mem;
    uint32_t ssn = 101;
    unsigned per = RUNS - 2;

    many_subflows(&pair, RUNS, &mem);
    consumes(s);
    uint64_t dsn = info_of(s).rcv_nxt.v;
    double unit = unit_of(s, &dsn, &ssn);
    ack_without_news(s, s->sf);
    for (unsigned i = 0; i + 1 < MANY; i++) {
        ack_without_news(s, joined[i]);
    }
    assert_int_equal(MPTCP_OK, mptcp_on_written(s->c, ((MANY - 1) * per + 1) * 100, pair.now));
    gives(s, s->sf);
    pair.now += 200000;
    for (unsigned j = 0; j < per; j++) {
        for (unsigned i = 0; i + 1 < MANY; i++) {
            gives(s, joined[(i + 1) % (MANY - 1)]);
        }
    }
    if (lost) {
        /* It is silent, and what it carried goes on another; then the peer resets it. */
        pair.now += 130000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(s->c, pair.now));
        room_for_one(s, joined[MANY - 2], 100);
        assert_true(find_action(&pair, s, MPTCP_SEND, &a));
        assert_true(a.reinjected);
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, pair.now));
        room_for_one(s, joined[MANY - 2], 0);
        assert_int_equal(MPTCP_OK, mptcp_on_gone(s->c, s->sf, MPTCP_E_PEER_RESET, pair.now));
        drain(&pair, s);
    }
    double begin = ns();
    for (unsigned i = 0; i < 50; i++) {
        ack_without_news(s, joined[0]);
        mptcp_poll(s->c, &a);
    }
    double cost = (ns() - begin) / 50 / unit;
    free(mem);
    return cost;
}

static double cheapest_ack(bool lost)
{
    double least = 1e9;

    for (unsigned i = 0; i < ROUNDS; i++) {
        double cost = acks_cost(lost);
        least = cost < least ? cost : least;
    }
    print_message("an ACK without news: %.1f units\n", least);
    return least;
}

/* checks: none, law 4 */
static void
given_many_runs_sent_when_an_ack_without_news_comes_then_the_cost_is_bounded(void **state)
{
    (void)state;
    assert_true(cheapest_ack(false) < 10);
}

/* checks: none, law 4 */
static void
given_much_to_send_again_when_an_ack_without_news_comes_then_the_cost_is_bounded(void **state)
{
    (void)state;
    assert_true(cheapest_ack(true) < 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_many_runs_behind_a_gap_when_it_closes_then_the_cost_is_bounded),
        cmocka_unit_test(
            given_many_runs_sent_when_an_ack_without_news_comes_then_the_cost_is_bounded),
        cmocka_unit_test(
            given_much_to_send_again_when_an_ack_without_news_comes_then_the_cost_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
