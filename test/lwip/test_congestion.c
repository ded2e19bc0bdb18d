/*
 * test_congestion.c - an algorithm of congestion control that an application brings: it is told of
 * acknowledgements, losses, timeouts, undos and pauses, and what it answers is done. And a transfer
 * by each of the library's.
 */
#include "suite.h"

#include <string.h>

#define WINDOW 8u /* segments */

static struct {
    unsigned acks;
    unsigned losses;
    unsigned rtos;
    unsigned undos;
    unsigned idles;
    uint32_t idle_us;
    uint64_t octets;
    uint64_t last;
} told;

/* What every hook may rely on. */
static const struct mptcp_cc_path *check(const struct mptcp_cc_flows *f)
{
    assert_in_range(f->n, 1, MPTCPL_SUBFLOWS);
    assert_true(f->self < f->n);
    assert_true(f->now >= told.last);
    told.last = f->now;
    for (unsigned i = 0; i < f->n; i++) {
        assert_non_null(f->acc[i]);
        assert_true(f->paths[i].mss > 0);
    }
    return &f->paths[f->self];
}

static uint32_t on_ack(const struct mptcp_cc_flows *f, uint32_t acked)
{
    told.acks++;
    told.octets += acked;
    return WINDOW * check(f)->mss;
}

static uint32_t on_loss(const struct mptcp_cc_flows *f)
{
    told.losses++;
    return 3u * check(f)->mss;
}

static uint32_t on_rto(const struct mptcp_cc_flows *f)
{
    told.rtos++;
    return 3u * check(f)->mss;
}

static void on_undo(const struct mptcp_cc_flows *f)
{
    told.undos++;
    check(f);
}

static void on_idle(const struct mptcp_cc_flows *f, uint32_t us)
{
    told.idles++;
    told.idle_us = us;
    check(f);
}

static const struct mptcp_congestion fixed = {"fixed", on_ack, on_loss, on_rto, on_undo, on_idle};

static void begin(void)
{
    memset(&told, 0, sizeof told);
}

/* Microseconds that a MiB takes from the client on one path. */
static mptcp_time takes(const struct mptcp_congestion *cc)
{
    static struct peers p;
    struct mptcpl_config config = defaults;

    config.cc = cc;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &config, &defaults);
    mptcp_time took = peers_upload(&p, 1 << 20, 60 * SECOND);
    peers_end(&p);
    world_end();
    return took;
}

/* checks: D-30 */
static void
given_an_algorithm_of_a_fixed_window_then_the_transfer_takes_as_long_as_that(void **state)
{
    (void)state;
    begin();
    mptcp_time lia = takes(&mptcp_lia);
    assert_int_equal(0, told.acks);
    world_begin(1);
    mptcp_time reno = takes(&mptcp_reno);
    assert_true(reno < SECOND && lia < SECOND);
    world_begin(1);
    /* 1 MiB at 8 segments in 20 ms is 1.8 s. */
    mptcp_time window = takes(&fixed);
    assert_in_range(window, 1400 * MILLISECOND, 2600 * MILLISECOND);
    assert_true(told.octets >= 1 << 20);
    assert_int_equal(0, told.losses);
}

static bool has_sent_all(void *arg)
{
    struct peers *p = arg;
    return p->server.received == p->client.to_send;
}

/* checks: D-30 */
static void given_loss_and_a_path_that_goes_dark_then_the_algorithm_hears_of_each(void **state)
{
    static struct peers p;
    const struct world_link lossy = {
        .rate = 20000000, .delay_us = 10000, .queue = 65536, .loss = 10000};
    struct mptcpl_config config = defaults;

    (void)state;
    begin();
    config.cc = &fixed;
    unsigned path = world_path("10.0.1.1", "10.0.1.2", &lossy);
    peers_make(&p, &config, &defaults);
    p.client.to_send = 2 << 20;
    p.client.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(has_sent_all, &p, 60 * SECOND));
    assert_true(told.losses > 3);
    unsigned rtos = told.rtos;
    unsigned undos = told.undos;
    p.client.to_send += 8 << 20;
    peer_write(&p.client);
    world_run_for(200 * MILLISECOND);
    world_cut(path, true);
    world_run_for(4 * SECOND);
    world_cut(path, false);
    assert_true(world_run_until(has_sent_all, &p, 60 * SECOND));
    assert_true(told.rtos > rtos);
    assert_true(told.undos > undos);
    unsigned idles = told.idles;
    world_run_for(7 * SECOND);
    p.client.to_send += 1;
    p.client.keep_open = false;
    peer_write(&p.client);
    peers_run(&p, 60 * SECOND);
    assert_int_equal(idles + 1, told.idles);
    assert_in_range(told.idle_us, 6900 * MILLISECOND, 7100 * MILLISECOND);
    peers_end(&p);
}

/* Microseconds that 8 MiB take over two lossy paths. */
static mptcp_time takes_over_two(const struct mptcp_congestion *cc)
{
    static struct peers p;
    const struct world_link lossy = {
        .rate = 20000000, .delay_us = 10000, .queue = 65536, .loss = 1000};
    struct mptcpl_config config = defaults;

    config.cc = cc;
    world_path("10.0.1.1", "10.0.1.2", &lossy);
    world_path("10.0.2.1", "10.0.2.2", &lossy);
    peers_make(&p, &config, &defaults);
    assert_int_equal(ERR_OK, mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    mptcp_time took = peers_upload(&p, 8 << 20, 60 * SECOND);
    peers_end(&p);
    world_end();
    world_begin(1);
    return took;
}

/* checks: D-30 */
static void given_each_algorithm_then_two_paths_carry_more_than_one_could(void **state)
{
    (void)state;
    for (unsigned i = 0; mptcp_congestion_at(i) != NULL; i++) {
        /* One path alone needs 3.4 s at the very least. */
        mptcp_time took = takes_over_two(mptcp_congestion_at(i));
        assert_in_range(took, 1700 * MILLISECOND, 3300 * MILLISECOND);
    }
}

/* The first packets with SYN of one side get lost; what that side sends at once, later. */
static struct {
    enum world_side side;
    unsigned lost; /* so many more */
    mptcp_time first;
    unsigned segments; /* with payload, in half an RTT from the first on */
} start;

#define HEADERS 20u
#define SYN 2u

static bool lose_syns(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    (void)arg;
    (void)path;
    (void)len;
    if (from != start.side || (data[HEADERS + 13] & SYN) == 0 || start.lost == 0) {
        return true;
    }
    start.lost--;
    return false;
}

static void count_first(void *arg, const struct world_packet *packet)
{
    size_t headers = HEADERS + (size_t)(packet->data[HEADERS + 12] >> 4) * 4;

    (void)arg;
    if (packet->from != start.side || packet->fate != WORLD_SENT || packet->len == headers) {
        return;
    }
    start.first = start.segments == 0 ? packet->at : start.first;
    start.segments += packet->at - start.first < 10 * MILLISECOND;
}

static bool has_all(void *arg)
{
    const struct peers *p = arg;
    return p->client.received == p->server.to_send && p->server.received == p->client.to_send;
}

/* `lost` SYNs, or SYN/ACKs, get lost; how many segments their sender begins with. */
static unsigned begins_with(enum world_side side, unsigned lost)
{
    static struct peers p;

    start.side = side;
    start.lost = lost;
    start.segments = 0;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_middlebox(lose_syns, NULL);
    world_observe(count_first, NULL);
    peers_make(&p, &defaults, &defaults);
    (side == WORLD_CLIENT ? &p.client : &p.server)->to_send = 1 << 20;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    /* 3 s for the SYN that was lost, and slow start up to the path's rate: it takes 0.45 s. */
    assert_true(world_run_until(has_all, &p, 4 * SECOND));
    assert_int_equal(0, start.lost);
    suite_end(NULL);
    suite_begin(NULL);
    return start.segments;
}

/* checks: D-30 */
static void given_a_syn_that_was_lost_then_its_sender_begins_with_one_segment(void **state)
{
    (void)state;
    assert_int_equal(10, begins_with(WORLD_CLIENT, 0));
    assert_int_equal(1, begins_with(WORLD_CLIENT, 1));
    assert_int_equal(10, begins_with(WORLD_SERVER, 0));
    assert_int_equal(1, begins_with(WORLD_SERVER, 1));
}

int test_congestion(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_an_algorithm_of_a_fixed_window_then_the_transfer_takes_as_long_as_that),
        in_world(given_loss_and_a_path_that_goes_dark_then_the_algorithm_hears_of_each),
        in_world(given_each_algorithm_then_two_paths_carry_more_than_one_could),
        in_world(given_a_syn_that_was_lost_then_its_sender_begins_with_one_segment),
    };
    return cmocka_run_group_tests_name("congestion", tests, NULL, NULL);
}
