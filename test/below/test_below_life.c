/*
 * test_below_life.c - streams are opened, closed in every way, and aborted; segments of handshakes
 * are lost; ports are used again.
 */
#include "below_test.h"

static struct world *pair_of(const struct world_config *cfg, uint64_t out, uint64_t back, bool stay)
{
    struct app like = {.out = back, .stays = stay};
    struct world *w = world_new(cfg);

    world_serve(w, &like);
    world_connect(w, 0, 0, 4, out)->stays = stay;
    return w;
}

/* -------------------------------------------------------- lost handshakes */

/* Loses the first packets of a kind. */
struct losing {
    uint8_t mask;
    uint8_t flags;
    int from;
    unsigned link;
    unsigned count;
    unsigned lost;
    bool without_data;
};

static bool lose(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct losing *x = arg;
    struct seg s;

    if (link == x->link && (int)from == x->from && seg_read(packet, *len, &s) &&
        (s.flags & x->mask) == x->flags && (!x->without_data || s.len == 0) && x->lost < x->count) {
        x->lost++;
        return false;
    }
    return true;
}

/* checks: none */
static void given_a_lost_syn_syn_ack_or_third_ack_then_the_stream_is_mptcp_and_whole(void **state)
{
    (void)state;
    struct losing kinds[] = {
        {SYN | ACK, SYN, CLIENT, 0, 2, 0, false},
        {SYN | ACK, SYN | ACK, SERVER, 0, 2, 0, false},
        {SYN | ACK, ACK, CLIENT, 0, 1, 0, false},
        {SYN | ACK, ACK, CLIENT, 0, 3, 0, false},
        /* and of a join */
        {SYN | ACK, SYN, CLIENT, 1, 2, 0, false},
        {SYN | ACK, SYN | ACK, SERVER, 1, 2, 0, false},
        {SYN | ACK, ACK, CLIENT, 1, 1, 0, false},
        {SYN | ACK, ACK, SERVER, 1, 1, 0, false},
    };
    struct world_config cfg;

    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        world_config_init(&cfg);
        struct world *w = pair_of(&cfg, 400000, 100000, true);
        world_box(w, lose, &kinds[i]);
        join_from(w, 1, 4);
        world_run(w, 15 * SECOND);
        assert_int_equal(kinds[i].count, kinds[i].lost);
        assert_int_equal(400000, world_app(w, SERVER, 0)->got);
        assert_int_equal(1, report_of(w, CLIENT, 0).version);
        assert_int_equal(1, report_of(w, SERVER, 0).version);
        if (subflows(w, CLIENT, 0) != 2 || subflows(w, SERVER, 0) != 2) {
            fail_msg("kind %u: the join has not come back", i);
        }
        assert_null(world_app(w, SERVER, 1));
        finish(w, world_app(w, CLIENT, 0));
        finish(w, world_app(w, SERVER, 0));
        assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
        world_free(w);
    }
}

/* Brings each packet of a handshake a second time. */
static bool twice(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct world *w = arg;
    struct seg s;

    (void)link;
    if (seg_read(packet, *len, &s) && s.len == 0) {
        world_again(w, from == CLIENT ? SERVER : CLIENT, packet, *len);
    }
    return true;
}

/* checks: none */
static void
given_every_segment_without_octets_twice_then_one_stream_is_whole_on_two_subflows(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    struct world *w = pair_of(&cfg, 400000, 100000, true);
    world_box(w, twice, w);
    join_from(w, 1, 4);
    world_run(w, 5 * SECOND);
    assert_int_equal(2, subflows(w, CLIENT, 0));
    assert_int_equal(2, subflows(w, SERVER, 0));
    assert_null(world_app(w, SERVER, 1));
    finish(w, world_app(w, CLIENT, 0));
    finish(w, world_app(w, SERVER, 0));
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(400000, world_app(w, SERVER, 0)->got);
    world_free(w);
}

/* checks: none */
static void given_nobody_who_listens_then_the_stream_ends_as_reset(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    struct world *w = world_new(&cfg);
    struct app *a = world_connect(w, 0, 0, 4, 100);
    world_run(w, SECOND);
    assert_true(a->ended);
    assert_int_equal(MPTCP_E_PEER_RESET, a->code);
    assert_true((below_ready(world_below(w, CLIENT), a->handle) & BELOW_ENDED) != 0);
    world_free(w);
}

/* checks: none */
static void given_a_server_that_never_answers_then_the_stream_fails(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.toy[CLIENT].retries = 2;
    struct world *w = world_new(&cfg);
    world_dark(w, 0, true);
    struct app *a = world_connect(w, 0, 0, 4, 100);
    world_run(w, 60 * SECOND);
    assert_true(a->ended);
    assert_int_equal(MPTCP_E_SUBFLOW_FAILED, a->code);
    world_free(w);
}

/* checks: none */
static void given_an_address_that_nobody_has_then_connect_fails_at_once(void **state)
{
    (void)state;
    struct world_config cfg;
    struct mptcp_addr wrong = address4(10, 9, 9, 9, 0);
    struct mptcp_addr remote = world_address(SERVER, 0, 4);
    below_stream stream;

    world_config_init(&cfg);
    struct world *w = world_new(&cfg);
    remote.port = PORT;
    for (unsigned i = 0; i < 100; i++) { /* and leaves no stream behind */
        assert_int_equal(MPTCP_E_SUBFLOW_FAILED, below_connect(world_below(w, CLIENT), &wrong,
                                                               &remote, &stream, world_now(w)));
        world_settle(w);
    }
    assert_int_equal(BELOW_NONE, below_next(world_below(w, CLIENT), BELOW_NONE));
    world_free(w);
}

/* ------------------------------------------------------------------- closing */

/* checks: none */
static void given_a_half_that_is_closed_then_the_other_half_goes_on_both_ways(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned first = 0; first < 2; first++) { /* who writes only after the other's end */
        struct app like = {.out = 300000, .waits_eof = first == CLIENT};
        world_config_init(&cfg);
        struct world *w = world_new(&cfg);
        world_serve(w, &like);
        join_from(w, 1, 4);
        world_connect(w, 0, 0, 4, 300000)->waits_eof = first == SERVER;
        assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
        assert_int_equal(300000, world_app(w, SERVER, 0)->got);
        assert_int_equal(300000, world_app(w, CLIENT, 0)->got);
        world_free(w);
    }
}

/* checks: none */
static void given_both_ends_that_close_at_the_same_moment_then_both_end_in_order(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    struct world *w = pair_of(&cfg, 1000, 1000, true);
    join_from(w, 1, 4);
    world_run(w, 3 * SECOND);
    world_app(w, CLIENT, 0)->stays = world_app(w, SERVER, 0)->stays = false;
    world_app(w, CLIENT, 0)->dirty = world_app(w, SERVER, 0)->dirty = true;
    assert_true(world_until(w, world_all_done, NULL, 10 * SECOND));
    assert_int_equal(MPTCP_E_CLOSED, world_app(w, CLIENT, 0)->code);
    assert_int_equal(MPTCP_E_CLOSED, world_app(w, SERVER, 0)->code);
    world_free(w);
}

static unsigned streams_of(struct world *w, enum side side)
{
    unsigned n = 0;
    below_stream s = BELOW_NONE;

    while ((s = below_next(world_below(w, side), s)) != BELOW_NONE) {
        n++;
    }
    return n;
}

/* checks: none */
static void
given_a_client_that_closes_at_once_then_what_it_wrote_comes_and_its_stream_goes(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 50000};

    world_config_init(&cfg);
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    struct app *a = world_connect(w, 0, 0, 4, 60000);
    a->closes = a->deaf = true;
    world_run(w, 10 * SECOND);
    assert_int_equal(60000, world_app(w, SERVER, 0)->got);
    assert_true(world_app(w, SERVER, 0)->eof);
    assert_int_equal(0, below_ready(world_below(w, CLIENT), a->handle));
    assert_int_equal(MPTCP_E_STALE, below_code(world_below(w, CLIENT), a->handle));
    world_run(w, 100 * SECOND);
    assert_int_equal(0, streams_of(w, CLIENT));
    world_free(w);
}

/* checks: none */
static void given_an_abort_then_the_other_end_hears_of_it_and_both_are_gone(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned side = 0; side < 2; side++) {
        enum side other = side == CLIENT ? SERVER : CLIENT;
        world_config_init(&cfg);
        struct world *w = pair_of(&cfg, 3000000, 3000000, false);
        join_from(w, 1, 4);
        world_run(w, 400000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        below_abort(world_below(w, (enum side)side), world_app(w, (enum side)side, 0)->handle,
                    world_now(w));
        world_app(w, (enum side)side, 0)->ended = true;
        world_run(w, 5 * SECOND);
        assert_true(world_app(w, other, 0)->ended);
        assert_int_equal(MPTCP_E_PEER_ABORTED, world_app(w, other, 0)->code);
        assert_int_equal(0, streams_of(w, (enum side)side));
        world_free(w);
    }
}

/* checks: none */
static void given_an_abort_in_plain_tcp_or_while_opening_then_the_other_end_is_reset(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.plain[SERVER] = true;
    struct world *w = pair_of(&cfg, 3000000, 1000, false);
    world_run(w, 300000);
    below_abort(world_below(w, CLIENT), world_app(w, CLIENT, 0)->handle, world_now(w));
    world_app(w, CLIENT, 0)->ended = true;
    world_run(w, 5 * SECOND);
    assert_true(world_app(w, SERVER, 0)->ended);
    assert_int_equal(MPTCP_E_PEER_RESET, world_app(w, SERVER, 0)->code);
    struct app *a = world_connect(w, 0, 0, 4, 10); /* its SYN is on its way */
    below_abort(world_below(w, CLIENT), a->handle, world_now(w));
    a->ended = true;
    world_run(w, 60 * SECOND);
    assert_int_equal(0, streams_of(w, CLIENT));
    world_free(w);
}

/* checks: none */
static void given_the_end_of_all_streams_then_peers_are_reset_and_nothing_is_left(void **state)
{
    (void)state;
    struct world_config cfg;
    struct toy_report r;

    world_config_init(&cfg);
    struct world *w = pair_of(&cfg, 3000000, 1000, false);
    join_from(w, 1, 4);
    world_run(w, 400000);
    below_end(world_below(w, CLIENT), world_now(w));
    toy_look(world_toy(w, CLIENT), &r);
    assert_int_equal(0, r.sockets);
    world_forget(w, CLIENT);
    world_run(w, 5 * SECOND);
    assert_true(world_app(w, SERVER, 0)->ended);
    assert_int_not_equal(MPTCP_E_CLOSED, world_app(w, SERVER, 0)->code);
    world_free(w);
}

/* ------------------------------------------------------------- again and again */

/* checks: none */
static void given_one_port_and_many_streams_one_after_the_other_then_each_is_whole(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 3000};

    world_config_init(&cfg);
    cfg.toy[CLIENT].ports = 2;
    cfg.toy[CLIENT].time_wait_us = cfg.toy[SERVER].time_wait_us = 60000000;
    cfg.below[CLIENT].streams = cfg.below[SERVER].streams = 3;
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    for (unsigned i = 0; i < 60; i++) {
        world_connect(w, 0, 0, 4, 20000);
        if (!world_until(w, world_all_done, NULL, 20 * SECOND)) {
            fail_msg("stream %u does not end", i);
        }
        assert_int_equal(20000, world_app(w, SERVER, i)->got);
        assert_int_equal(MPTCP_E_CLOSED, world_app(w, SERVER, i)->code);
        assert_int_equal(1, report_of(w, CLIENT, i).version);
        below_close(world_below(w, CLIENT), world_app(w, CLIENT, i)->handle, world_now(w));
        below_close(world_below(w, SERVER), world_app(w, SERVER, i)->handle, world_now(w));
        world_settle(w);
    }
    world_free(w);
}

/* checks: none */
static void given_a_reader_that_waits_then_nothing_is_lost_and_the_window_opens_again(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned small = 0; small < 2; small++) {
        struct app like = {.out = 10, .deaf = true};
        world_config_init(&cfg);
        cfg.toy[SERVER].rcvbuf = small != 0 ? 8192 : 65536;
        struct world *w = world_new(&cfg);
        world_serve(w, &like);
        join_from(w, 1, 4);
        world_connect(w, 0, 0, 4, 500000);
        world_run(w, 20 * SECOND);
        assert_in_range(world_app(w, CLIENT, 0)->written, 65536, 400000);
        world_app(w, SERVER, 0)->deaf = false;
        world_app(w, SERVER, 0)->dirty = true;
        assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
        assert_int_equal(500000, world_app(w, SERVER, 0)->got);
        world_free(w);
    }
}

/* checks: none */
static void given_an_idle_stream_for_hours_then_it_goes_on_where_it_stopped(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    struct world *w = pair_of(&cfg, 1000, 1000, true);
    join_from(w, 1, 4);
    world_run(w, 5 * 3600ull * SECOND);
    world_app(w, CLIENT, 0)->out = 200000;
    finish(w, world_app(w, CLIENT, 0));
    finish(w, world_app(w, SERVER, 0));
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(200000, world_app(w, SERVER, 0)->got);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_lost_syn_syn_ack_or_third_ack_then_the_stream_is_mptcp_and_whole),
        cmocka_unit_test(
            given_every_segment_without_octets_twice_then_one_stream_is_whole_on_two_subflows),
        cmocka_unit_test(given_nobody_who_listens_then_the_stream_ends_as_reset),
        cmocka_unit_test(given_a_server_that_never_answers_then_the_stream_fails),
        cmocka_unit_test(given_an_address_that_nobody_has_then_connect_fails_at_once),
        cmocka_unit_test(given_a_half_that_is_closed_then_the_other_half_goes_on_both_ways),
        cmocka_unit_test(given_both_ends_that_close_at_the_same_moment_then_both_end_in_order),
        cmocka_unit_test(
            given_a_client_that_closes_at_once_then_what_it_wrote_comes_and_its_stream_goes),
        cmocka_unit_test(given_an_abort_then_the_other_end_hears_of_it_and_both_are_gone),
        cmocka_unit_test(given_an_abort_in_plain_tcp_or_while_opening_then_the_other_end_is_reset),
        cmocka_unit_test(given_the_end_of_all_streams_then_peers_are_reset_and_nothing_is_left),
        cmocka_unit_test(given_one_port_and_many_streams_one_after_the_other_then_each_is_whole),
        cmocka_unit_test(given_a_reader_that_waits_then_nothing_is_lost_and_the_window_opens_again),
        cmocka_unit_test(given_an_idle_stream_for_hours_then_it_goes_on_where_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
