/*
 * test_below_paths.c - paths of a stream that go dark, come back, are added and taken away, refuse
 * joins, or are too narrow.
 */
#include "below_test.h"

/* A stream over two paths in mid-transfer: so many octets each way. */
static struct world *two_paths(const struct world_config *cfg, unsigned family, uint64_t octets)
{
    struct app like = {.out = octets / 2};
    struct world *w = world_new(cfg);

    world_serve(w, &like);
    join_from(w, 1, family);
    world_connect(w, 0, 0, family, octets);
    return w;
}

static void ends_whole(struct world *w, uint64_t octets, mptcp_time limit)
{
    if (!world_until(w, world_all_done, NULL, limit)) {
        fail_msg("%u of %u octets and %u of %u have come; %s",
                 (unsigned)world_app(w, SERVER, 0)->got, (unsigned)octets,
                 (unsigned)world_app(w, CLIENT, 0)->got, (unsigned)(octets / 2),
                 world_fault(w) ? world_fault(w) : "no fault");
    }
    assert_int_equal(octets, world_app(w, SERVER, 0)->got);
    assert_int_equal(octets / 2, world_app(w, CLIENT, 0)->got);
    assert_int_equal(MPTCP_E_CLOSED, world_app(w, CLIENT, 0)->code);
    assert_int_equal(MPTCP_E_CLOSED, world_app(w, SERVER, 0)->code);
}

/* checks: none */
static void
given_a_path_dark_for_a_while_and_back_then_both_subflows_live_and_the_streams_are_whole(
    void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned seed = 1; seed <= 24; seed++) {
        world_config_init(&cfg);
        cfg.seed = seed;
        vary_toys(&cfg);
        cfg.way.loss = seed % 2 * 5000;
        cfg.way.rate = 3000000;
        struct world *w = two_paths(&cfg, 4 + seed % 2 * 2, 2000000);
        world_run(w, 700000 + seed * 10000);
        world_dark(w, seed % 2, true);
        world_run(w, 1500000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        world_dark(w, seed % 2, false);
        world_run(w, 1000000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        assert_int_equal(2, subflows(w, SERVER, 0));
        ends_whole(w, 2000000, 120 * SECOND);
        world_free(w);
    }
}

/* Counts the segments with SYN and ACK that the server sends. */
static bool count_syn_acks(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct seg s;

    (void)link;
    if (from == SERVER && seg_read(packet, *len, &s) && (s.flags & (SYN | ACK)) == (SYN | ACK)) {
        ++*(unsigned *)arg;
    }
    return true;
}

/* A TCP with a thread of its own acknowledges the SYN/ACK after the shim has seen it. checks: J-8
 */
static void
given_tcps_that_drop_what_has_no_timestamp_when_they_join_then_no_syn_ack_is_repeated(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned queued = 0; queued <= 50; queued += 50) {
        world_config_init(&cfg);
        unsigned syn_acks = 0;
        cfg.toy[CLIENT].strict_timestamps = cfg.toy[SERVER].strict_timestamps = 1;
        cfg.queued_us = queued;
        struct world *w = world_new(&cfg);
        struct app like = {.out = 10, .stays = true};
        world_watch(w, count_syn_acks, &syn_acks);
        world_serve(w, &like);
        join_from(w, 1, 4);
        world_connect(w, 0, 0, 4, 10)->stays = true;
        world_run(w, 4 * SECOND);
        assert_int_equal(2, subflows(w, SERVER, 0));
        assert_int_equal(2, syn_acks);
        world_free(w);
    }
}

/* checks: none */
static void given_each_path_dark_in_turn_then_the_streams_are_whole(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    struct world *w = two_paths(&cfg, 4, 8000000);
    for (unsigned i = 0; i < 6; i++) {
        world_run(w, 400000);
        world_dark(w, i % 2, true);
        world_run(w, 1200000);
        world_dark(w, i % 2, false);
    }
    ends_whole(w, 8000000, 120 * SECOND);
    world_free(w);
}

/* checks: none */
static void given_a_path_dark_for_good_then_the_other_one_carries_all(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned dark = 0; dark < 2; dark++) {
        world_config_init(&cfg);
        struct world *w = two_paths(&cfg, 4, 4000000);
        world_run(w, 700000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        world_dark(w, dark, true);
        ends_whole(w, 4000000, 400 * SECOND);
        world_free(w);
    }
}

/* The second path's address was added; the first one's is that which the client connected from.
 * checks: none */
static void
given_an_address_that_is_taken_back_then_its_subflow_closes_and_the_other_goes_on(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned path = 0; path < 2; path++) {
        struct mptcp_addr gone = world_address(CLIENT, path, 4);
        world_config_init(&cfg);
        cfg.way.rate = 3000000;
        struct world *w = two_paths(&cfg, 4, 2000000);
        world_run(w, 700000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        assert_int_equal(0, below_remove_address(world_below(w, CLIENT), &gone, world_now(w)));
        world_run(w, SECOND);
        assert_int_equal(1, subflows(w, CLIENT, 0));
        assert_int_equal(1, subflows(w, SERVER, 0));
        assert_int_equal(MPTCP_E_NOT_FOUND,
                         below_remove_address(world_below(w, CLIENT), &gone, world_now(w)));
        ends_whole(w, 2000000, 120 * SECOND);
        world_free(w);
    }
}

/* checks: none */
static void given_an_address_that_the_server_announces_then_the_client_joins_to_it(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned family = 4; family <= 6; family += 2) {
        world_config_init(&cfg);
        struct world *w = world_new(&cfg);
        struct app like = {.out = 2000000};
        struct mptcp_addr second = world_address(SERVER, 1, family);
        assert_int_equal(0, below_add_address(world_below(w, SERVER), &second, MPTCP_ADDR_ANNOUNCE,
                                              world_now(w)));
        world_serve(w, &like);
        join_from(w, 1, family);
        world_connect(w, 0, 0, family, 4000000);
        world_run(w, 1200000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        ends_whole(w, 4000000, 120 * SECOND);
        world_free(w);
    }
}

/* Loses the SYNs of joins, so that TCP gives them up. */
static bool no_joins(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    unsigned *tries = arg;
    struct seg s;

    (void)from;
    bool join = link == 1 && seg_read(packet, *len, &s) && (s.flags & SYN) != 0;
    *tries += join;
    return !join;
}

/* checks: none */
static void
given_joins_that_are_never_answered_then_the_stream_goes_on_and_no_flow_is_left_behind(void **state)
{
    (void)state;
    struct world_config cfg;
    unsigned tries = 0;

    world_config_init(&cfg);
    cfg.toy[CLIENT].retries = 1;
    cfg.below[CLIENT].shim.flows = 4;
    cfg.below[CLIENT].shim.half = 1;
    struct world *w = two_paths(&cfg, 4, 1000);
    struct app *a = world_app(w, CLIENT, 0);
    world_box(w, no_joins, &tries);
    a->stays = true;
    world_run(w, 20 * SECOND);
    for (unsigned i = 0; i < 20; i++) {
        struct mptcp_conn *c = below_conn(world_below(w, CLIENT), a->handle);
        assert_int_equal(0, mptcp_join(c, 1, MPTCP_ADDR_ID_INITIAL, world_now(w)));
        below_touch(world_below(w, CLIENT), a->handle);
        world_run(w, 20 * SECOND);
        assert_int_equal(1, subflows(w, CLIENT, 0));
    }
    assert_true(tries >= 40);
    world_box(w, NULL, NULL);
    assert_int_equal(0, mptcp_join(below_conn(world_below(w, CLIENT), a->handle), 1,
                                   MPTCP_ADDR_ID_INITIAL, world_now(w)));
    below_touch(world_below(w, CLIENT), a->handle);
    world_run(w, 20 * SECOND);
    assert_int_equal(2, subflows(w, CLIENT, 0));
    finish(w, a);
    ends_whole(w, 1000, 60 * SECOND);
    world_free(w);
}

/* Changes an octet of MP_JOINs on SYNs (token), SYN/ACKs or third ACKs (HMAC). */
struct damage {
    uint8_t flags;
    unsigned octet;
    unsigned done;
};

static bool damage_joins(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct damage *d = arg;
    struct seg s;
    const uint8_t *o;

    (void)link;
    (void)from;
    if (seg_read(packet, *len, &s) && (s.flags & (SYN | ACK)) == d->flags &&
        (o = seg_mptcp(&s, SUB_JOIN)) != NULL) {
        packet[(size_t)(o - packet) + d->octet] ^= 0xffu;
        seg_refit(packet, *len);
        d->done++;
    }
    return true;
}

/* checks: none */
static void
given_joins_with_a_wrong_token_or_hmac_then_they_are_refused_and_the_streams_are_whole(void **state)
{
    (void)state;
    struct damage kinds[3] = {{SYN, 5, 0}, {SYN | ACK, 6, 0}, {ACK, 9, 0}};
    struct world_config cfg;

    for (unsigned i = 0; i < 3; i++) {
        world_config_init(&cfg);
        struct world *w = two_paths(&cfg, 4, 3000000);
        world_box(w, damage_joins, &kinds[i]);
        world_run(w, 800000);
        assert_true(kinds[i].done > 0);
        assert_int_equal(1, subflows(w, CLIENT, 0));
        assert_int_equal(1, world_app(w, CLIENT, 0)->opened);
        assert_true(world_app(w, CLIENT, 0)->gone >= 1); /* its host hears that joins fail */
        assert_int_equal(kinds[i].flags == (SYN | ACK) ? MPTCP_E_JOIN_HMAC : MPTCP_E_PEER_RESET,
                         world_app(w, CLIENT, 0)->why_gone);
        ends_whole(w, 3000000, 120 * SECOND);
        assert_null(world_app(w, SERVER, 1)); /* no join is a client */
        world_free(w);
    }
}

/* checks: none */
static void given_a_server_that_denies_joins_then_there_is_one_subflow(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.below[SERVER].conn.flags |= MPTCP_CFG_DENY_JOIN;
    struct world *w = two_paths(&cfg, 4, 1000000);
    world_run(w, 400000);
    assert_int_equal(1, subflows(w, CLIENT, 0));
    ends_whole(w, 1000000, 60 * SECOND);
    world_free(w);
}

/* checks: none */
static void
given_a_router_with_a_smaller_mtu_then_its_message_is_heard_on_every_subflow(void **state)
{
    (void)state;
    struct world_config cfg;
    struct toy_report r;

    for (unsigned family = 4; family <= 6; family += 2) {
        world_config_init(&cfg);
        cfg.way.mtu = 1300;
        struct world *w = two_paths(&cfg, family, 2000000);
        ends_whole(w, 2000000, 120 * SECOND);
        toy_look(world_toy(w, CLIENT), &r);
        assert_true(r.too_big >= 1);
        world_free(w);
    }
}

/* checks: none */
static void given_two_unequal_paths_then_they_carry_more_than_the_better_one(void **state)
{
    (void)state;
    struct world_config cfg;
    mptcp_time took[2];

    for (unsigned two = 0; two < 2; two++) {
        world_config_init(&cfg);
        cfg.below[CLIENT].snd_buf = cfg.below[SERVER].conn.rcv_buf = 262144;
        cfg.toy[SERVER].rcvbuf = 262144;
        struct way slow = cfg.way;
        slow.rate = cfg.way.rate / 2;
        struct world *w = world_new(&cfg);
        world_set_way(w, 1, &slow);
        world_serve(w, NULL);
        if (two != 0) {
            join_from(w, 1, 4);
        }
        world_connect(w, 0, 0, 4, 10000000);
        assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
        took[two] = world_now(w) - SECOND;
        world_free(w);
    }
    assert_true(took[0] * 100 > took[1] * 135); /* 20 and 10 Mbit/s: at most 1.5 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_path_dark_for_a_while_and_back_then_both_subflows_live_and_the_streams_are_whole),
        cmocka_unit_test(
            given_tcps_that_drop_what_has_no_timestamp_when_they_join_then_no_syn_ack_is_repeated),
        cmocka_unit_test(given_each_path_dark_in_turn_then_the_streams_are_whole),
        cmocka_unit_test(given_a_path_dark_for_good_then_the_other_one_carries_all),
        cmocka_unit_test(
            given_an_address_that_is_taken_back_then_its_subflow_closes_and_the_other_goes_on),
        cmocka_unit_test(given_an_address_that_the_server_announces_then_the_client_joins_to_it),
        cmocka_unit_test(
            given_joins_that_are_never_answered_then_the_stream_goes_on_and_no_flow_is_left_behind),
        cmocka_unit_test(
            given_joins_with_a_wrong_token_or_hmac_then_they_are_refused_and_the_streams_are_whole),
        cmocka_unit_test(given_a_server_that_denies_joins_then_there_is_one_subflow),
        cmocka_unit_test(
            given_a_router_with_a_smaller_mtu_then_its_message_is_heard_on_every_subflow),
        cmocka_unit_test(given_two_unequal_paths_then_they_carry_more_than_the_better_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
