/*
 * test_ends.c - how streams begin that cannot, and how they end: in order, by an abort, by a
 * timeout.
 */
#include "threads.h"

#include <string.h>

static struct mptcpl_stream *try_to_dial(uint32_t ms, err_t *err)
{
    return mptcpl_stream_connect(NULL, example_server(), port(), ms, err);
}

static void given_nobody_listens_when_connecting_then_it_is_refused(void **state)
{
    err_t err;

    (void)state;
    assert_null(try_to_dial(LIMIT_MS, &err));
    assert_int_equal(ERR_RST, err);
}

static void given_no_path_when_connecting_then_it_ends_with_the_timeout(void **state)
{
    err_t err;

    (void)state;
    example_net_cut(0, true);
    example_net_cut(1, true);
    assert_null(try_to_dial(300, &err));
    assert_int_equal(ERR_TIMEOUT, err);
}

static void given_settings_that_cannot_work_when_connecting_then_the_answer_says_so(void **state)
{
    struct mptcpl_stream_options options;
    err_t err;

    (void)state;
    mptcpl_stream_options_init(&options);
    options.config.snd_buf = 0;
    assert_null(mptcpl_stream_connect(&options, example_server(), port(), 0, &err));
    assert_int_equal(ERR_ARG, err);
    assert_null(mptcpl_stream_listen(&options, example_server(), port(), 1, &err));
    assert_int_equal(ERR_ARG, err);
}

static void given_a_port_that_is_taken_when_listening_then_the_answer_says_so(void **state)
{
    struct mptcpl_stream *listener = serve(1);
    err_t err;

    (void)state;
    assert_null(mptcpl_stream_listen(NULL, example_server(), port(), 1, &err));
    assert_int_equal(ERR_USE, err);
    mptcpl_stream_close(listener);
}

static void given_nothing_comes_when_the_timeout_passes_then_read_and_accept_return(void **state)
{
    struct pair p;
    uint8_t octet = 7;
    err_t err;

    (void)state;
    pair_open(&p);
    mptcpl_stream_timeout(p.listener, 100);
    assert_null(mptcpl_stream_accept(p.listener, &err));
    assert_int_equal(ERR_TIMEOUT, err);
    mptcpl_stream_timeout(p.server, 100);
    assert_int_equal(ERR_TIMEOUT, mptcpl_stream_read(p.server, &octet, 1));
    mptcpl_stream_timeout(p.server, LIMIT_MS);
    assert_int_equal(ERR_OK, mptcpl_stream_write(p.client, &octet, 1));
    octet = 0;
    assert_int_equal(1, mptcpl_stream_read(p.server, &octet, 1));
    assert_int_equal(7, octet);
    pair_close(&p);
}

static void given_one_end_has_shut_down_then_the_other_direction_goes_on(void **state)
{
    struct pair p;
    char text[8];

    (void)state;
    pair_open(&p);
    assert_int_equal(ERR_OK, mptcpl_stream_write(p.client, "ask", 3));
    assert_int_equal(ERR_OK, mptcpl_stream_shutdown(p.client));
    assert_int_equal(ERR_CONN, mptcpl_stream_write(p.client, "more", 4));
    assert_int_equal(3, mptcpl_stream_read(p.server, text, sizeof text));
    assert_int_equal(0, mptcpl_stream_read(p.server, text, sizeof text));
    assert_int_equal(0, mptcpl_stream_read(p.server, text, sizeof text));
    assert_int_equal(ERR_OK, mptcpl_stream_write(p.server, "answer", 6));
    assert_int_equal(ERR_OK, mptcpl_stream_shutdown(p.server));
    assert_int_equal(6, mptcpl_stream_read(p.client, text, sizeof text));
    assert_memory_equal("answer", text, 6);
    assert_int_equal(0, mptcpl_stream_read(p.client, text, sizeof text));
    pair_close(&p);
}

static void
given_the_peer_aborts_when_reading_and_writing_then_both_say_that_it_was_reset(void **state)
{
    static uint8_t much[1u << 20];
    struct pair p;

    (void)state;
    pair_open(&p);
    mptcpl_stream_abort(p.client);
    p.client = NULL;
    assert_int_equal(ERR_RST, mptcpl_stream_read(p.server, much, 1));
    assert_int_equal(ERR_RST, mptcpl_stream_write(p.server, much, sizeof much));
    assert_int_equal(ERR_RST, mptcpl_stream_shutdown(p.server));
    pair_close(&p);
}

/* What was received before the connection ended is there to be read. */
static void given_octets_that_came_before_an_abort_then_they_are_read_first(void **state)
{
    struct pair p;
    char text[8];

    (void)state;
    pair_open(&p);
    assert_int_equal(ERR_OK, mptcpl_stream_write(p.client, "first", 5));
    assert_int_equal(1, mptcpl_stream_read(p.server, text, 1));
    mptcpl_stream_abort(p.client);
    p.client = NULL;
    assert_int_equal(4, mptcpl_stream_read(p.server, text, sizeof text));
    assert_memory_equal("irst", text, 4);
    assert_int_equal(ERR_RST, mptcpl_stream_read(p.server, text, 1));
    pair_close(&p);
}

static void given_octets_that_nobody_has_read_when_it_is_closed_then_the_peer_is_told(void **state)
{
    struct pair p;
    uint8_t two[2] = {1, 2};

    (void)state;
    pair_open(&p);
    assert_int_equal(ERR_OK, mptcpl_stream_write(p.client, two, 2));
    assert_int_equal(1, mptcpl_stream_read(p.server, two, 1));
    mptcpl_stream_close(p.server);
    p.server = NULL;
    assert_int_equal(ERR_RST, mptcpl_stream_read(p.client, two, 1));
    pair_close(&p);
}

static void
given_connections_that_nobody_accepted_when_the_listener_closes_then_they_are_reset(void **state)
{
    struct mptcpl_stream *listener = serve(1);
    struct mptcpl_stream *first = dial();
    struct mptcpl_stream *second = dial();
    uint8_t octet;

    (void)state;
    /* The backlog is full with the first. */
    assert_int_equal(ERR_RST, mptcpl_stream_read(second, &octet, 1));
    mptcpl_stream_timeout(first, 100);
    assert_int_equal(ERR_TIMEOUT, mptcpl_stream_read(first, &octet, 1));
    mptcpl_stream_timeout(first, LIMIT_MS);
    mptcpl_stream_close(listener);
    assert_int_equal(ERR_RST, mptcpl_stream_read(first, &octet, 1));
    mptcpl_stream_close(first);
    mptcpl_stream_close(second);
}

int test_ends(void)
{
    const struct CMUnitTest tests[] = {
        threaded(given_nobody_listens_when_connecting_then_it_is_refused),
        threaded(given_no_path_when_connecting_then_it_ends_with_the_timeout),
        threaded(given_settings_that_cannot_work_when_connecting_then_the_answer_says_so),
        threaded(given_a_port_that_is_taken_when_listening_then_the_answer_says_so),
        threaded(given_nothing_comes_when_the_timeout_passes_then_read_and_accept_return),
        threaded(given_one_end_has_shut_down_then_the_other_direction_goes_on),
        threaded(given_the_peer_aborts_when_reading_and_writing_then_both_say_that_it_was_reset),
        threaded(given_octets_that_came_before_an_abort_then_they_are_read_first),
        threaded(given_octets_that_nobody_has_read_when_it_is_closed_then_the_peer_is_told),
        threaded(
            given_connections_that_nobody_accepted_when_the_listener_closes_then_they_are_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
