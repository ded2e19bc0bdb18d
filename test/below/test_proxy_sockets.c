/*
 * test_proxy_sockets.c - the sockets of mptcp-below, over this machine's own loopback: what becomes
 * of clients that come while no descriptor is free.
 */
#include "proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define LISTENERS 3u
#define MOST 1024u

/* ------------------------------------------------- in the place of the program's other files */

static struct px_options options;
struct px_options *px_o = &options;
struct below
    *px_below; /* NULL: it knows no socket, so that each is reset as soon as it is accepted */

mptcp_time px_now(void)
{
    return 1;
}

bool px_watch(int fd, uint32_t events, enum px_tag tag, uint32_t number)
{
    (void)events;
    return fd >= 0 && tag == PX_TAG_SUBFLOW && number == (uint32_t)fd;
}

void px_space_enter(void)
{
}

void px_space_leave(void)
{
}

/* ------------------------------------------------------------------------------ the test */

static int client_of(int listener)
{
    struct sockaddr_in at;
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(0, getsockname(listener, (struct sockaddr *)&at, &n));
    assert_int_equal(0, connect(fd, (struct sockaddr *)&at, n));
    return fd;
}

/* True if it was accepted, which here resets it. */
static bool was_accepted(int client)
{
    char c;
    ssize_t n = recv(client, &c, 1, MSG_DONTWAIT);

    return n < 0 && errno == ECONNRESET;
}

/* No descriptor is free, or so many as this process may have by itself. */
static void descriptors(bool none)
{
    static struct rlimit before;
    struct rlimit limit;

    if (none) {
        assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &before));
        limit = before;
        limit.rlim_cur = 0;
        assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &limit));
    } else {
        assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &before));
    }
}

/* checks: none */
static void
given_no_descriptors_when_there_are_some_then_clients_of_all_listeners_are_accepted(void **state)
{
    (void)state;
    struct mptcp_addr local = {.family = 4, .ip = {127, 0, 0, 1}};
    below_socket listener[LISTENERS];
    int client[LISTENERS];

    options.config.conn.rcv_buf = 65536;
    assert_true(px_sockets_open(MOST));
    for (unsigned i = 0; i < LISTENERS; i++) {
        assert_int_equal(0, px_sockets.listen(NULL, &local, &listener[i]));
        client[i] = client_of((int)listener[i]);
    }
    descriptors(true);
    for (unsigned i = 0; i < LISTENERS; i++) {
        px_sockets_event((int)listener[i], EPOLLIN);
    }
    px_sockets_again();
    descriptors(false);
    for (unsigned i = 0; i < LISTENERS; i++) {
        assert_false(was_accepted(client[i]));
    }
    px_sockets_again();
    for (unsigned i = 0; i < LISTENERS; i++) {
        assert_true(was_accepted(client[i]));
        close(client[i]);
    }
    /* From then on an event is needed again. */
    client[0] = client_of((int)listener[0]);
    px_sockets_again();
    assert_false(was_accepted(client[0]));
    px_sockets_event((int)listener[0], EPOLLIN);
    assert_true(was_accepted(client[0]));
    close(client[0]);
    for (unsigned i = 0; i < LISTENERS; i++) {
        px_sockets.close(NULL, listener[i], BELOW_FORGET);
    }
}

/* A listener that has ended wants nothing any more. checks: none */
static void given_a_listener_that_ends_meanwhile_then_nobody_is_accepted_there(void **state)
{
    (void)state;
    struct mptcp_addr local = {.family = 4, .ip = {127, 0, 0, 1}};
    below_socket listener;

    assert_int_equal(0, px_sockets.listen(NULL, &local, &listener));
    int client = client_of((int)listener);
    descriptors(true);
    px_sockets_event((int)listener, EPOLLIN);
    descriptors(false);
    px_sockets.close(NULL, listener, BELOW_FORGET);
    px_sockets_again();
    px_sockets_event((int)listener, EPOLLIN);
    assert_true(was_accepted(client)); /* reset by the end of its listener */
    close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_no_descriptors_when_there_are_some_then_clients_of_all_listeners_are_accepted),
        cmocka_unit_test(given_a_listener_that_ends_meanwhile_then_nobody_is_accepted_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
