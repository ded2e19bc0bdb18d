/*
 * test_blocking.c - below_blocking.h and below_polled.h: threads of POSIX exchange data over two
 * subflows in real time, wait, and are woken. What begins a stream is in test_blocking_connect.c.
 */
#include "blocking_test.h"

#define OCTETS 300000u

static uint8_t octet_at(const struct job *j, uint32_t i)
{
    return (uint8_t)((i + j->seed) * 2654435761u >> 24);
}

/* Half of the octets before there is a second subflow, and half afterwards. */
static void *write_all(void *arg)
{
    struct job *j = arg;
    uint8_t octets[3000];

    while (j->octets < OCTETS) {
        for (uint32_t i = 0; i < sizeof octets; i++) {
            octets[i] = octet_at(j, j->octets + i);
        }
        j->code = below_blocking_write(j->k, j->stream, octets, sizeof octets, LIMIT);
        if (j->code != (int32_t)sizeof octets) {
            return NULL;
        }
        j->octets += sizeof octets;
        if (j->octets == OCTETS / 2) {
            until_subflows(j, 2);
        }
    }
    j->code = below_blocking_shutdown(j->k, j->stream);
    return NULL;
}

static void *read_all(void *arg)
{
    struct job *j = arg;
    uint8_t octets[2000];

    while ((j->code = below_blocking_read(j->k, j->stream, octets, sizeof octets, LIMIT)) > 0) {
        for (int32_t i = 0; i < j->code; i++) {
            j->bad += octets[i] != octet_at(j, j->octets++);
        }
    }
    return NULL;
}

/* Answers each octet that comes, until the end. */
static void *echo(void *arg)
{
    struct job *j = arg;
    uint8_t octets[1000];

    j->code = below_blocking_accept(j->k, j->listener, &j->stream, LIMIT);
    while (j->code >= 0) {
        j->code = below_blocking_read(j->k, j->stream, octets, sizeof octets, LIMIT);
        if (j->code <= 0) {
            break;
        }
        j->code = below_blocking_write(j->k, j->stream, octets, (uint32_t)j->code, LIMIT);
    }
    below_blocking_close(j->k, j->stream);
    return NULL;
}

/* A client, with a thread that reads and one that writes. */
static void *client(void *arg)
{
    struct job *j = arg;
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = server_address();
    struct job reader = {.k = j->k, .seed = j->seed};

    j->code = below_blocking_connect(j->k, &local, &remote, &j->stream, LIMIT);
    if (j->code != MPTCP_OK) {
        return NULL;
    }
    reader.stream = j->stream;
    begin(&reader, read_all);
    (void)write_all(j);
    end(&reader);
    below_blocking_close(j->k, j->stream);
    j->octets = reader.octets;
    j->bad = reader.bad;
    j->code = reader.code;
    return NULL;
}

/* checks: none */
static void given_threads_at_both_ends_then_their_octets_come_back_over_two_subflows(void **state)
{
    (void)state;
    struct live *l = live_new(PLACES);
    below_listener listener = listens(l);
    struct mptcp_addr second = world_address(CLIENT, 1, 4);
    struct job at_client[3];
    struct job at_server[3];

    live_lose(l, 1);
    assert_int_equal(0,
                     below_blocking_add_address(live_streams(l, CLIENT), &second, MPTCP_ADDR_JOIN));
    for (uint32_t i = 0; i < 3; i++) {
        at_server[i] = (struct job){.k = live_streams(l, SERVER), .listener = listener};
        at_client[i] = (struct job){.k = live_streams(l, CLIENT), .seed = i};
        begin(&at_server[i], echo);
        begin(&at_client[i], client);
    }
    for (unsigned i = 0; i < 3; i++) {
        end(&at_client[i]);
        end(&at_server[i]);
        assert_int_equal(0, at_client[i].code);
        assert_int_equal(0, at_server[i].code);
        assert_int_equal(OCTETS, at_client[i].octets);
        assert_int_equal(0, at_client[i].bad);
        assert_int_equal(2, at_client[i].subflows);
    }
    live_free(l);
}

/* ------------------------------------------------------------------- waiting */

/* A stream between two hosts. */
struct ends {
    struct live *l;
    below_listener listener;
    below_stream client;
    below_stream server;
};

static struct ends connected(void)
{
    struct ends e = {.l = live_new(PLACES)};
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = server_address();

    e.listener = listens(e.l);
    assert_int_equal(
        0, below_blocking_connect(live_streams(e.l, CLIENT), &local, &remote, &e.client, LIMIT));
    assert_int_equal(
        0, below_blocking_accept(live_streams(e.l, SERVER), e.listener, &e.server, LIMIT));
    return e;
}

/* checks: none */
static void given_nothing_to_read_when_the_time_is_over_then_the_call_returns(void **state)
{
    (void)state;
    struct ends e = connected();
    struct below_blocking *k = live_streams(e.l, CLIENT);
    mptcp_time begun = live_now();
    below_stream none;
    uint8_t octet;

    assert_int_equal(MPTCP_E_AGAIN, below_blocking_read(k, e.client, &octet, 1, 50000));
    assert_in_range(live_now() - begun, 50000, 50000 + SOON);
    begun = live_now();
    assert_int_equal(MPTCP_E_AGAIN,
                     below_blocking_accept(live_streams(e.l, SERVER), e.listener, &none, 50000));
    assert_in_range(live_now() - begun, 50000, 50000 + SOON);
    assert_int_equal(MPTCP_E_AGAIN, below_blocking_read(k, e.client, &octet, 1, 0));
    live_free(e.l);
}

/* checks: none */
static void given_a_peer_that_does_not_read_then_write_says_how_much_was_taken(void **state)
{
    (void)state;
    struct ends e = connected();
    static uint8_t octets[1u << 20];
    struct below_blocking *k = live_streams(e.l, CLIENT);
    int32_t n = below_blocking_write(k, e.client, octets, sizeof octets, 300000);

    assert_in_range(n, 16384, sizeof octets - 1);
    for (uint32_t more = 0; n > 0; more += (uint32_t)n) { /* a slow machine is not through yet */
        assert_true(more < sizeof octets);
        n = below_blocking_write(k, e.client, octets, 1000, 20000);
    }
    assert_int_equal(MPTCP_E_AGAIN, n);
    live_free(e.l);
}

/* checks: none */
static void given_two_subflows_when_an_address_is_lost_then_one_is_left(void **state)
{
    (void)state;
    struct ends e = connected();
    struct job j = {.k = live_streams(e.l, CLIENT), .stream = e.client};
    struct mptcp_addr second = world_address(CLIENT, 1, 4);
    uint8_t octet = 9;

    assert_int_equal(0, below_blocking_add_address(j.k, &second, MPTCP_ADDR_JOIN));
    assert_int_equal(1, below_blocking_write(j.k, e.client, &octet, 1, LIMIT));
    until_subflows(&j, 2);
    assert_int_equal(2, j.subflows);
    assert_int_equal(0, below_blocking_remove_address(j.k, &second));
    until_subflows(&j, 1);
    assert_int_equal(1, j.subflows);
    assert_int_equal(1, below_blocking_read(live_streams(e.l, SERVER), e.server, &octet, 1, LIMIT));
    live_free(e.l);
}

static void *accept_one(void *arg)
{
    struct job *j = arg;

    j->code = below_blocking_accept(j->k, j->listener, &j->stream, MPTCP_NEVER);
    return NULL;
}

/* checks: none */
static void given_a_thread_that_waits_when_another_one_closes_then_it_is_told(void **state)
{
    (void)state;
    struct ends e = connected();
    struct job reader = {.k = live_streams(e.l, CLIENT), .stream = e.client};
    struct job acceptor = {.k = live_streams(e.l, SERVER), .listener = e.listener};

    begin(&reader, read_one);
    until_it_waits(&reader);
    below_blocking_close(reader.k, e.client);
    end(&reader);
    assert_int_equal(MPTCP_E_STALE, reader.code);
    begin(&acceptor, accept_one);
    until_it_waits(&acceptor);
    below_blocking_unlisten(acceptor.k, e.listener);
    end(&acceptor);
    assert_int_equal(MPTCP_E_STALE, acceptor.code);
    live_free(e.l);
}

/* checks: none */
static void given_a_thread_that_waits_when_the_peer_aborts_then_it_is_told_why(void **state)
{
    (void)state;
    struct ends e = connected();
    struct job reader = {.k = live_streams(e.l, CLIENT), .stream = e.client};

    begin(&reader, read_one);
    until_it_waits(&reader);
    below_blocking_abort(live_streams(e.l, SERVER), e.server);
    end(&reader);
    assert_true(reader.code < 0 && reader.code != MPTCP_E_STALE && reader.code != MPTCP_E_AGAIN);
    live_free(e.l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_threads_at_both_ends_then_their_octets_come_back_over_two_subflows),
        cmocka_unit_test(given_nothing_to_read_when_the_time_is_over_then_the_call_returns),
        cmocka_unit_test(given_a_peer_that_does_not_read_then_write_says_how_much_was_taken),
        cmocka_unit_test(given_two_subflows_when_an_address_is_lost_then_one_is_left),
        cmocka_unit_test(given_a_thread_that_waits_when_another_one_closes_then_it_is_told),
        cmocka_unit_test(given_a_thread_that_waits_when_the_peer_aborts_then_it_is_told_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
