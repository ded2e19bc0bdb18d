/*
 * test_blocking_connect.c - the call that connects, of threads of POSIX in real time: it waits,
 * fails, and is woken.
 */
#include "blocking_test.h"

/* checks: none */
static void given_no_stream_then_connect_leaves_none_behind(void **state)
{
    (void)state;
    struct live *l = live_new(PLACES);
    struct below_blocking *k = live_streams(l, CLIENT);
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = server_address();
    below_stream s = 7;

    /* nobody listens; more often than there are streams */
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(MPTCP_E_PEER_RESET, below_blocking_connect(k, &local, &remote, &s, LIMIT));
        assert_int_equal(BELOW_NONE, s);
    }
    /* nobody answers */
    live_lose(l, 100);
    assert_int_equal(MPTCP_E_AGAIN, below_blocking_connect(k, &local, &remote, &s, 50000));
    assert_int_equal(BELOW_NONE, s);
    live_free(l);
}

static void *connects(void *arg)
{
    struct job *j = arg;
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = server_address();
    below_stream s;

    j->code = below_blocking_connect(j->k, &local, &remote, &s, j->wait);
    return NULL;
}

/* Its thread waits until the stream is open, which it is not before packets arrive. */
static void begin_connecting(struct job *j, mptcp_time wait)
{
    j->live = live_new(PLACES);
    j->listener = listens(j->live);
    j->k = live_streams(j->live, CLIENT);
    j->wait = wait;
    live_lose(j->live, 100);
    begin(j, connects);
    until_it_waits(j);
    struct below *b = below_blocking_enter(j->k, NULL);
    j->stream = below_next(b, BELOW_NONE);
    below_blocking_leave(j->k);
}

/* checks: none */
static void given_a_thread_that_waits_when_the_connect_fails_then_it_is_told(void **state)
{
    (void)state;
    struct job connecting = {0};

    begin_connecting(&connecting, 300000);
    struct job reader = {.k = connecting.k, .stream = connecting.stream};
    begin(&reader, read_one);
    end(&connecting);
    assert_int_equal(MPTCP_E_AGAIN, connecting.code);
    end(&reader);
    assert_int_equal(MPTCP_E_STALE, reader.code);
    live_free(connecting.live);
}

/* checks: none */
static void given_a_full_send_buffer_when_connect_is_woken_then_it_waits_on(void **state)
{
    (void)state;
    static const uint8_t octets[1u << 20];
    struct job j = {0};

    begin_connecting(&j, LIMIT);
    assert_in_range(below_blocking_write(j.k, j.stream, octets, sizeof octets, 0), 1,
                    sizeof octets - 1);
    assert_int_equal(0, below_ready(below_blocking_enter(j.k, NULL), j.stream));
    below_blocking_changed(j.k, j.stream, BELOW_NONE);
    below_blocking_leave(j.k);
    usleep(10000); /* so that it looks before the stream is open */
    live_lose(j.live, 0);
    end(&j);
    assert_int_equal(MPTCP_OK, j.code);
    live_free(j.live);
}

/* checks: none */
static void
given_a_stream_that_is_not_open_when_another_thread_ends_it_then_connect_says_so(void **state)
{
    (void)state;
    void (*const ways[])(struct below_blocking *, below_stream) = {below_blocking_close,
                                                                   below_blocking_abort};

    for (unsigned i = 0; i < 2; i++) {
        struct job j = {0};

        begin_connecting(&j, MPTCP_NEVER);
        ways[i](j.k, j.stream);
        end(&j);
        assert_int_equal(MPTCP_E_STALE, j.code);
        live_free(j.live);
    }
}

/* checks: none */
static void given_no_place_for_a_socket_then_the_call_fails_and_others_go_on(void **state)
{
    (void)state;
    struct live *l = live_new(1);
    struct below_blocking *k = live_streams(l, SERVER);
    struct mptcp_addr any = {.port = PORT};
    struct mptcp_addr other = {.port = PORT + 1};
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = server_address();
    below_listener listener;
    below_stream s;
    uint8_t octet;

    assert_int_equal(0, below_blocking_listen(k, &any, &listener));
    assert_int_equal(MPTCP_E_SUBFLOW_FAILED, below_blocking_listen(k, &other, &listener));
    /* the client's socket is accepted, and there is no place for it: a RST, soon */
    int32_t code = below_blocking_connect(live_streams(l, CLIENT), &local, &remote, &s, LIMIT);
    if (code == MPTCP_OK) {
        code = below_blocking_read(live_streams(l, CLIENT), s, &octet, 1, LIMIT);
        below_blocking_close(live_streams(l, CLIENT), s);
    }
    assert_int_equal(MPTCP_E_PEER_RESET, code);
    below_blocking_unlisten(k, listener);
    mptcp_time begun = live_now();
    do { /* the listener's place is free as soon as nobody asks it for clients */
        code = below_blocking_listen(k, &other, &listener);
    } while (code == MPTCP_E_SUBFLOW_FAILED && live_now() - begun < LIMIT);
    assert_int_equal(MPTCP_OK, code);
    live_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_no_stream_then_connect_leaves_none_behind),
        cmocka_unit_test(given_a_thread_that_waits_when_the_connect_fails_then_it_is_told),
        cmocka_unit_test(given_a_full_send_buffer_when_connect_is_woken_then_it_waits_on),
        cmocka_unit_test(
            given_a_stream_that_is_not_open_when_another_thread_ends_it_then_connect_says_so),
        cmocka_unit_test(given_no_place_for_a_socket_then_the_call_fails_and_others_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
