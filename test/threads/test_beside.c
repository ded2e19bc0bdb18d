/*
 * test_beside.c - lwIP's own sockets beside MPTCP: they are what they are without it.
 */
#include "threads.h"

#include "lwip/sockets.h"

#include <string.h>

static struct sockaddr_in address(const ip_addr_t *addr)
{
    struct sockaddr_in a = {
        .sin_len = sizeof a, .sin_family = AF_INET, .sin_port = lwip_htons(port())};

    inet_addr_from_ip4addr(&a.sin_addr, ip_2_ip4(addr));
    return a;
}

static void given_a_socket_when_it_connects_to_a_stream_then_they_speak_plain_tcp(void **state)
{
    struct sockaddr_in at = address(example_server());
    struct mptcpl_stream *listener = serve(1);
    int fd = lwip_socket(AF_INET, SOCK_STREAM, 0);
    char text[8];
    err_t err;

    (void)state;
    assert_int_equal(0, lwip_connect(fd, (struct sockaddr *)&at, sizeof at));
    struct mptcpl_stream *s = mptcpl_stream_accept(listener, &err);
    assert_int_equal(ERR_OK, err);
    mptcpl_stream_timeout(s, LIMIT_MS);
    assert_int_equal(3, lwip_send(fd, "ask", 3, 0));
    assert_int_equal(3, mptcpl_stream_read(s, text, sizeof text));
    assert_int_equal(ERR_OK, mptcpl_stream_write(s, "answer", 6));
    assert_int_equal(6, lwip_recv(fd, text, sizeof text, 0));
    assert_memory_equal("answer", text, 6);
    lwip_close(fd);
    assert_int_equal(0, mptcpl_stream_read(s, text, sizeof text));
    mptcpl_stream_close(s);
    mptcpl_stream_close(listener);
}

static void given_datagrams_then_sockets_carry_them_as_ever(void **state)
{
    struct sockaddr_in at = address(example_server());
    struct sockaddr_in from = address(example_client(0));
    int server = lwip_socket(AF_INET, SOCK_DGRAM, 0);
    int client = lwip_socket(AF_INET, SOCK_DGRAM, 0);
    char text[8];

    (void)state;
    assert_int_equal(0, lwip_bind(server, (struct sockaddr *)&at, sizeof at));
    assert_int_equal(0, lwip_bind(client, (struct sockaddr *)&from, sizeof from));
    assert_int_equal(4, lwip_sendto(client, "hear", 4, 0, (struct sockaddr *)&at, sizeof at));
    assert_int_equal(4, lwip_recv(server, text, sizeof text, 0));
    assert_memory_equal("hear", text, 4);
    lwip_close(client);
    lwip_close(server);
}

int test_beside(void)
{
    const struct CMUnitTest tests[] = {
        threaded(given_a_socket_when_it_connects_to_a_stream_then_they_speak_plain_tcp),
        threaded(given_datagrams_then_sockets_carry_them_as_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
