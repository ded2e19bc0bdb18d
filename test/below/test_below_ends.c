/*
 * test_below_ends.c - how streams end, in order and otherwise, and what of them is left: nothing.
 */
#include "streams.h"

/* checks: none */
static void given_both_close_then_nothing_of_them_is_left(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct both s = open_both(w);
    struct toy_report r;

    below_close(world_below(w, CLIENT), s.client, world_now(w));
    world_settle(w);
    assert_int_equal(MPTCP_E_STALE, below_write(world_below(w, CLIENT), s.client, "x", 1, 1));
    world_run(w, SECOND);
    char octet;
    assert_int_equal(0, below_read(world_below(w, SERVER), s.server, &octet, 1, world_now(w)));
    below_close(world_below(w, SERVER), s.server, world_now(w));
    world_settle(w);
    assert_true(world_until(w, no_streams, NULL, 5 * SECOND));
    assert_int_equal(MPTCP_E_STALE, below_code(world_below(w, CLIENT), s.client));
    assert_null(below_conn(world_below(w, CLIENT), s.client));
    assert_int_equal(0, below_ready(world_below(w, CLIENT), s.client));
    world_run(w, 10 * SECOND);
    toy_look(world_toy(w, CLIENT), &r);
    assert_int_equal(0, r.sockets);
    assert_int_equal(0, r.resets_sent);
    world_free(w);
}

/* checks: none */
static void given_what_was_written_before_a_close_then_the_peer_reads_all_of_it(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct app like = {.out = 0};

    world_serve(w, &like);
    join_from(w, 1, 4);
    struct app *a = world_connect(w, 0, 0, 4, 200000);
    a->closes = true;
    assert_true(world_until(w, no_streams, NULL, 1) == false);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(200000, world_app(w, SERVER, 0)->got);
    assert_int_equal(MPTCP_E_CLOSED, world_app(w, SERVER, 0)->code);
    world_run(w, 5 * SECOND);
    assert_int_equal(0, streams(w, CLIENT));
    world_free(w);
}

/* checks: none */
static void given_a_peer_that_never_ends_then_a_closed_stream_goes_after_close_limit(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct both s = open_both(w);

    below_close(world_below(w, CLIENT), s.client, world_now(w));
    world_settle(w);
    world_run(w, 28 * SECOND);
    assert_int_equal(1, streams(w, CLIENT));
    world_run(w, 4 * SECOND);
    assert_int_equal(0, streams(w, CLIENT));
    assert_int_equal(MPTCP_E_PEER_ABORTED, below_code(world_below(w, SERVER), s.server));
    world_free(w);
}

/* checks: none */
static void given_an_abort_then_the_peer_reads_what_came_and_then_why(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct both s = open_both(w);
    char octets[8];

    assert_int_equal(3, below_write(world_below(w, CLIENT), s.client, "abc", 3, world_now(w)));
    world_settle(w);
    world_run(w, SECOND);
    below_abort(world_below(w, CLIENT), s.client, world_now(w));
    world_settle(w);
    world_run(w, SECOND);
    struct below *b = world_below(w, SERVER);
    assert_int_equal(0, streams(w, CLIENT));
    assert_int_equal(3, below_read(b, s.server, octets, sizeof octets, world_now(w)));
    assert_memory_equal("abc", octets, 3);
    assert_int_equal(MPTCP_E_PEER_ABORTED, below_read(b, s.server, octets, 8, world_now(w)));
    assert_int_equal(MPTCP_E_PEER_ABORTED, below_write(b, s.server, octets, 8, world_now(w)));
    assert_int_equal(BELOW_ENDED | BELOW_READABLE | BELOW_WRITABLE, below_ready(b, s.server));
    below_close(b, s.server, world_now(w));
    world_settle(w);
    assert_int_equal(0, streams(w, SERVER));
    world_free(w);
}

/* checks: none */
static void given_an_abort_before_it_is_open_then_nothing_is_left(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct toy_report r;

    (void)listen_at(w, PORT);
    below_stream s = connect_to(w, PORT);
    below_abort(world_below(w, CLIENT), s, world_now(w));
    world_settle(w);
    assert_int_equal(0, streams(w, CLIENT));
    world_run(w, 10 * SECOND);
    toy_look(world_toy(w, CLIENT), &r);
    assert_int_equal(0, r.sockets);
    assert_int_equal(0, streams(w, SERVER));
    world_free(w);
}

/* checks: none */
static void given_no_listener_then_the_stream_ends_with_the_reason(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    below_stream s = connect_to(w, PORT);
    char octet;

    assert_true(world_until(w, has_ended, &s, 5 * SECOND));
    assert_int_equal(MPTCP_E_PEER_RESET, below_code(world_below(w, CLIENT), s));
    assert_int_equal(MPTCP_E_PEER_RESET,
                     below_read(world_below(w, CLIENT), s, &octet, 1, world_now(w)));
    world_free(w);
}

/* checks: none */
static void given_a_handle_of_a_stream_that_is_gone_then_the_next_in_its_place_is_safe(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.below[CLIENT].streams = 1;
    struct world *w = world_new(&cfg);
    struct both s = open_both(w);
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = world_address(SERVER, 0, 4);
    below_stream other;
    remote.port = PORT;

    struct below *b = world_below(w, CLIENT);
    assert_int_equal(MPTCP_E_FULL, below_connect(b, &local, &remote, &other, world_now(w)));
    below_abort(b, s.client, world_now(w));
    world_settle(w);
    world_run(w, SECOND);
    other = connect_to(w, PORT);
    assert_int_not_equal(other, s.client);
    b = world_below(w, CLIENT);
    below_abort(b, s.client, world_now(w));
    below_close(b, s.client, world_now(w));
    assert_int_equal(MPTCP_E_STALE, below_shutdown(b, s.client, world_now(w)));
    assert_int_equal(MPTCP_E_STALE, below_read(b, s.client, &local, 1, world_now(w)));
    assert_true(world_until(w, is_open, &other, SECOND));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_both_close_then_nothing_of_them_is_left),
        cmocka_unit_test(given_what_was_written_before_a_close_then_the_peer_reads_all_of_it),
        cmocka_unit_test(given_a_peer_that_never_ends_then_a_closed_stream_goes_after_close_limit),
        cmocka_unit_test(given_an_abort_then_the_peer_reads_what_came_and_then_why),
        cmocka_unit_test(given_an_abort_before_it_is_open_then_nothing_is_left),
        cmocka_unit_test(given_no_listener_then_the_stream_ends_with_the_reason),
        cmocka_unit_test(
            given_a_handle_of_a_stream_that_is_gone_then_the_next_in_its_place_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
