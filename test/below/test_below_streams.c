/*
 * test_below_streams.c - many streams, slow ones, and all kinds of settings: every octet comes, and
 * nobody keeps another one waiting.
 */
#include "streams.h"

#define BUFFER 16384u

/* checks: none */
static void given_many_streams_at_once_then_each_is_whole(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 30000};

    world_config_init(&cfg);
    for (unsigned i = 0; i < 2; i++) {
        cfg.below[i].streams = 100;
        cfg.below[i].backlog = 100;
        cfg.below[i].shim.half = 100;
        cfg.toy[i].backlog = 100;
    }
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    for (unsigned i = 0; i < 100; i++) {
        world_connect(w, 0, 0, 4, 20000 + i);
    }
    assert_true(world_until(w, world_all_done, NULL, 300 * SECOND));
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(MPTCP_E_CLOSED, world_app(w, CLIENT, i)->code);
        assert_int_equal(30000, world_app(w, CLIENT, i)->got);
        assert_true(world_app(w, SERVER, i)->eof);
    }
    world_free(w);
}

/* checks: none */
static void given_a_slow_reader_then_the_writer_fills_both_buffers_and_waits(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.deaf = true};

    world_config_init(&cfg);
    for (unsigned i = 0; i < 2; i++) {
        cfg.below[i].snd_buf = cfg.below[i].conn.rcv_buf = BUFFER;
    }
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    struct app *a = world_connect(w, 0, 0, 4, 500000);
    world_run(w, 20 * SECOND);
    assert_in_range(a->written, 2 * BUFFER - 8, 2 * BUFFER); /* windows are told in units of 8 */
    struct app *s = world_app(w, SERVER, 0);
    s->deaf = false;
    s->dirty = true;
    world_settle(w);
    assert_true(world_until(w, world_all_done, NULL, 100 * SECOND));
    assert_int_equal(500000, s->got);
    world_free(w);
}

/* checks: none */
static void given_the_smallest_buffers_then_streams_are_whole(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 50000};

    world_config_init(&cfg);
    for (unsigned i = 0; i < 2; i++) {
        cfg.below[i].snd_buf = cfg.below[i].conn.rcv_buf = 1024;
        cfg.way.loss = 5000;
    }
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, 50000);
    assert_true(world_until(w, world_all_done, NULL, 1000 * SECOND));
    assert_int_equal(50000, world_app(w, SERVER, 0)->got);
    assert_int_equal(50000, world_app(w, CLIENT, 0)->got);
    world_free(w);
}

/* checks: D-6 */
static void given_checksums_loss_and_small_tables_then_streams_are_whole(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 300000};

    world_config_init(&cfg);
    for (unsigned i = 0; i < 2; i++) {
        cfg.below[i].conn.flags |= MPTCP_CFG_CHECKSUM;
        cfg.below[i].conn.runs = 32;
        cfg.way.loss = 3000;
        cfg.way.late = 10000;
        cfg.way.late_us = 15000;
    }
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, 300000);
    assert_true(world_until(w, world_all_done, NULL, 1000 * SECOND));
    assert_int_equal(300000, world_app(w, SERVER, 0)->got);
    assert_int_equal(300000, world_app(w, CLIENT, 0)->got);
    world_free(w);
}

/* TCPs, links and settings of all kinds, by the seed. */
static void mix(struct world_config *cfg, unsigned seed)
{
    world_config_init(cfg);
    cfg->seed = seed;
    cfg->links = 2 + seed % 2;
    cfg->way.loss = seed % 3 * 7000;
    cfg->way.late = seed % 4 * 30000;
    cfg->way.late_us = 9000;
    cfg->way.twice = seed % 5 * 2000;
    vary_toys(cfg);
    for (unsigned i = 0; i < 2; i++) {
        struct below_config *b = &cfg->below[i];
        b->conn.flags |= seed % 2 != 0 ? MPTCP_CFG_CHECKSUM : 0;
        b->conn.runs = seed % 7 == 0 ? 16 : 128;
        b->conn.subflows = b->conn.subflow_limit = (uint8_t)cfg->links;
        b->conn.scheduler = seed / 3 % 2;
        b->conn.no_path_limit = 60 * SECOND;
        b->snd_buf = b->conn.rcv_buf = 4096u << (seed % 6);
    }
}

/* Streams both ways in that world. */
static void whole_in(unsigned seed)
{
    struct world_config cfg;
    struct app like = {.out = 200000};
    bool done = false;

    mix(&cfg, seed);
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    for (unsigned i = 1; i < cfg.links; i++) {
        join_from(w, i, 4);
    }
    for (unsigned i = 0; i < 3; i++) {
        world_connect(w, 0, 0, 4, 150000);
    }
    for (unsigned i = 0; i < 60 && !done; i++) { /* every fourth world has a dark link, in turn */
        world_dark(w, i % cfg.links, seed % 4 == 3);
        done = world_until(w, world_all_done, NULL, 3 * SECOND / 2);
        world_dark(w, i % cfg.links, false);
        done = done || world_until(w, world_all_done, NULL, 6 * SECOND);
    }
    for (unsigned i = 0; i < 3; i++) {
        struct app *c = world_app(w, CLIENT, i);
        struct app *s = world_app(w, SERVER, i);
        if (!done || s == NULL || c->got != 200000 || s->got != 150000 ||
            c->code != MPTCP_E_CLOSED || s->code != MPTCP_E_CLOSED) {
            fail_msg("seed %u, stream %u: code %d; %s", seed, i, c->code,
                     world_fault(w) ? world_fault(w) : "not all has come");
        }
    }
    world_free(w);
}

/* checks: none */
static void given_tcps_links_and_settings_of_all_kinds_then_streams_are_whole(void **state)
{
    (void)state;

    for (unsigned seed = 1; seed <= 40; seed++) {
        whole_in(seed);
    }
}

/* Three paths, checksums, and tables so small that octets come before there is room for their
 * mapping, and wait in queues. What the stream needs next then came on a subflow whose queue could
 * not take its mapping.
 */
/* checks: none, law 4 */
static void given_queues_full_of_what_came_early_then_the_octets_before_that_are_taken(void **state)
{
    (void)state;

    whole_in(525);
    whole_in(1029);
    whole_in(1617);
}

/* checks: none */
static void given_more_clients_than_the_backlog_then_all_are_accepted_in_time(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.below[SERVER].backlog = 2;
    struct world *w = world_new(&cfg);
    below_listener l = listen_at(w, PORT);
    for (unsigned i = 0; i < 5; i++) {
        (void)connect_to(w, PORT);
    }
    world_run(w, 2 * SECOND);
    assert_int_equal(2, streams(w, SERVER));
    unsigned accepted = 0;
    for (unsigned i = 0; i < 60; i++) {
        accepted += next_client(w, l) != BELOW_NONE;
        world_run(w, SECOND);
    }
    assert_int_equal(5, accepted);
    assert_int_equal(5, streams(w, SERVER));
    world_free(w);
}

/* checks: none */
static void given_idle_streams_then_none_is_looked_at_nor_due(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    for (unsigned i = 0; i < 2; i++) {
        cfg.below[i].streams = 1000;
        cfg.below[i].backlog = 1000;
        cfg.below[i].shim.half = 1000;
        cfg.below[i].snd_buf = cfg.below[i].conn.rcv_buf = 4096;
        cfg.toy[i].sndbuf = cfg.toy[i].rcvbuf = 4096;
        cfg.toy[i].backlog = 255;
        cfg.toy[i].ports = 2000;
    }
    struct world *w = world_new(&cfg);
    struct app like = {.out = 1, .stays = true};
    world_serve(w, &like);
    for (unsigned i = 0; i < 1000; i++) {
        struct app *a = world_connect(w, 0, 0, 4, 1);
        a->stays = true;
        if (i % 100 == 99) {
            world_run(w, SECOND);
        }
    }
    world_run(w, 10 * SECOND);
    assert_int_equal(1000, streams(w, SERVER));
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(1, world_app(w, CLIENT, i)->got);
    }
    assert_true(below_work(world_below(w, CLIENT), world_now(w)) == MPTCP_NEVER);
    assert_true(below_work(world_below(w, SERVER), world_now(w)) == MPTCP_NEVER);
    world_free(w);
}

/* ------------------------------------------------------------- calls without octets */

/* checks: none */
static void given_no_room_for_octets_then_a_read_says_at_once_whether_the_stream_lives(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct both s = open_both(w);
    struct below *b = world_below(w, SERVER);
    char octets[8];

    assert_int_equal(0, below_read(b, s.server, NULL, 0, world_now(w)));
    assert_int_equal(3, below_write(world_below(w, CLIENT), s.client, "abc", 3, world_now(w)));
    world_settle(w);
    world_run(w, SECOND);
    below_abort(world_below(w, CLIENT), s.client, world_now(w));
    world_settle(w);
    world_run(w, SECOND);
    assert_int_equal(0, below_read(b, s.server, octets, 0, world_now(w)));
    assert_int_equal(3, below_read(b, s.server, octets, sizeof octets, world_now(w)));
    assert_int_equal(MPTCP_E_PEER_ABORTED, below_read(b, s.server, octets, 0, world_now(w)));
    assert_int_equal(MPTCP_E_PEER_ABORTED, below_write(b, s.server, octets, 0, world_now(w)));
    below_close(b, s.server, world_now(w));
    assert_int_equal(MPTCP_E_STALE, below_read(b, s.server, octets, 0, world_now(w)));
    assert_int_equal(MPTCP_E_STALE, below_write(b, s.server, octets, 0, world_now(w)));
    world_settle(w);
    world_free(w);
}

/* checks: none */
static void given_a_full_send_buffer_when_nothing_is_written_then_room_is_still_told(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);

    world_serve(w, NULL);
    struct app *a = world_connect(w, 0, 0, 4, 1000000);
    for (unsigned i = 0; i < 2000 && !a->shut; i++) {
        world_run(w, 1000);
        if (!a->shut) {
            assert_int_equal(0,
                             below_write(world_below(w, CLIENT), a->handle, NULL, 0, world_now(w)));
        }
    }
    assert_true(world_until(w, world_all_done, NULL, 10 * SECOND));
    assert_int_equal(1000000, world_app(w, SERVER, 0)->got);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_many_streams_at_once_then_each_is_whole),
        cmocka_unit_test(given_a_slow_reader_then_the_writer_fills_both_buffers_and_waits),
        cmocka_unit_test(given_the_smallest_buffers_then_streams_are_whole),
        cmocka_unit_test(given_checksums_loss_and_small_tables_then_streams_are_whole),
        cmocka_unit_test(given_tcps_links_and_settings_of_all_kinds_then_streams_are_whole),
        cmocka_unit_test(
            given_queues_full_of_what_came_early_then_the_octets_before_that_are_taken),
        cmocka_unit_test(given_more_clients_than_the_backlog_then_all_are_accepted_in_time),
        cmocka_unit_test(given_idle_streams_then_none_is_looked_at_nor_due),
        cmocka_unit_test(
            given_no_room_for_octets_then_a_read_says_at_once_whether_the_stream_lives),
        cmocka_unit_test(given_a_full_send_buffer_when_nothing_is_written_then_room_is_still_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
