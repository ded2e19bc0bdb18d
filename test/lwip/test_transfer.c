/*
 * test_transfer.c - the main job on one path: bytes each way, few and many, half
 * closed, over both families, with and without checksums, with loss.
 */
#include "suite.h"

static void transfer(struct peers *p, uint64_t up, uint64_t down)
{
    peers_make(p, &defaults, &defaults);
    p->client.to_send = up;
    p->server.to_send = down;
    peers_connect(p);
    peers_run(p, 60 * SECOND);
    assert_int_equal(0, p->client.fallback);
    assert_int_equal(0, p->server.fallback);
    assert_int_equal(ERR_CLSD, p->client.error);
    assert_int_equal(ERR_CLSD, p->server.error);
    peers_end(p);
}

static void on_one_path(uint64_t up, uint64_t down)
{
    static struct peers p;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    transfer(&p, up, down);
}

/* checks: C-13 D-22 */
static void given_one_path_when_the_client_writes_then_every_octet_arrives(void **state)
{
    (void)state;
    on_one_path(1 << 20, 0);
}

/* checks: C-12 D-22 */
static void given_one_path_when_the_server_writes_then_every_octet_arrives(void **state)
{
    (void)state;
    on_one_path(0, 1 << 20);
}

/* checks: C-15 D-17 */
static void given_one_path_when_both_write_then_every_octet_arrives(void **state)
{
    (void)state;
    on_one_path(1 << 20, 1 << 20);
}

/* checks: D-18 D-19 D-22 */
static void given_nothing_to_say_when_both_shut_down_then_both_directions_close(void **state)
{
    (void)state;
    on_one_path(0, 0);
}

/* checks: C-13 */
static void given_one_octet_when_written_then_it_arrives(void **state)
{
    (void)state;
    on_one_path(1, 0);
}

/* checks: C-12 */
static void given_one_octet_when_the_server_writes_it_then_it_arrives(void **state)
{
    (void)state;
    on_one_path(0, 1);
}

static void given_ipv6_when_both_write_then_every_octet_arrives(void **state)
{
    static struct peers p;

    (void)state;
    world_path("fd00:1::1", "fd00:1::2", &medium);
    transfer(&p, 1 << 20, 1 << 20);
}

/* checks: C-19 D-8 */
static void given_checksums_when_both_write_then_every_octet_arrives(void **state)
{
    (void)state;
    defaults.checksum = 1;
    on_one_path(1 << 20, 1 << 20);
}

/* checks: D-12 D-16 */
static void given_a_lossy_path_when_both_write_then_every_octet_arrives(void **state)
{
    struct world_link lossy = medium;
    static struct peers p;

    (void)state;
    lossy.loss = 20000;
    world_path("10.0.1.1", "10.0.1.2", &lossy);
    transfer(&p, 1 << 20, 1 << 20);
}

static void given_loss_and_checksums_when_both_write_then_every_octet_arrives(void **state)
{
    struct world_link lossy = medium;
    static struct peers p;

    (void)state;
    defaults.checksum = 1;
    lossy.loss = 20000;
    world_path("10.0.1.1", "10.0.1.2", &lossy);
    transfer(&p, 1 << 20, 1 << 20);
}

/* One end closes its direction at once and goes on reading. */
static void half_close(bool client_first)
{
    static struct peers p;
    struct peer *first = client_first ? &p.client : &p.server;
    struct peer *second = client_first ? &p.server : &p.client;

    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    first->to_send = 5000;
    second->keep_open = true;
    peers_connect(&p);
    world_run_for(1 * SECOND);
    assert_true(second->eof);
    assert_false(first->eof);
    second->keep_open = false;
    second->to_send = 300000;
    peer_write(second);
    peers_run(&p, 30 * SECOND);
    peers_end(&p);
}

/* checks: D-18 D-22 */
static void given_a_client_that_shuts_down_when_the_server_writes_then_all_arrives(void **state)
{
    (void)state;
    half_close(true);
}

/* checks: D-18 D-22 */
static void given_a_server_that_shuts_down_when_the_client_writes_then_all_arrives(void **state)
{
    (void)state;
    half_close(false);
}

/* checks: D-23 D-25 */
static void given_a_reader_that_stops_when_it_reads_again_then_the_transfer_goes_on(void **state)
{
    static struct peers p;

    (void)state;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    defaults.rcv_buf = 65536;
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 1 << 20;
    p.server.hold = true;
    peers_connect(&p);
    world_run_for(20 * SECOND);
    assert_true(p.server.held <= 65536);
    assert_true(p.server.held > 60000);
    peer_release(&p.server);
    peers_run(&p, 20 * SECOND);
    peers_end(&p);
}

/* A box that loses what one end says for a while. */
static bool deaf;

static bool lose_from_server(void *arg, unsigned path, enum world_side from, uint8_t *data,
                             size_t *len)
{
    (void)arg;
    (void)path;
    (void)data;
    (void)len;
    return !deaf || from != WORLD_SERVER;
}

/* The update that opens a closed window is lost: only a probe brings it again. */
static void window_update_lost(void)
{
    static struct peers p;

    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_middlebox(lose_from_server, NULL);
    defaults.rcv_buf = 65536;
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 1 << 20;
    p.server.hold = true;
    p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(10 * SECOND);
    deaf = true;
    peer_release(&p.server);
    world_run_for(20 * MILLISECOND);
    deaf = false;
    p.server.keep_open = false;
    world_run_for(10 * SECOND);
    assert_int_equal(p.client.to_send, p.server.received);
    peer_write(&p.server);
    peers_run(&p, 20 * SECOND);
    peers_end(&p);
}

/* checks: D-25 */
static void given_a_window_update_that_is_lost_when_probed_then_the_transfer_goes_on(void **state)
{
    (void)state;
    window_update_lost();
}

/* checks: D-25 */
static void given_plain_tcp_when_a_window_update_is_lost_then_the_transfer_goes_on(void **state)
{
    (void)state;
    defaults.no_mptcp = 1;
    window_update_lost();
}

/* checks: D-23 */
static void given_a_reader_that_refuses_when_it_takes_again_then_nothing_is_lost(void **state)
{
    static struct peers p;

    (void)state;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 1 << 20;
    p.server.refuse = true;
    peers_connect(&p);
    world_run_for(3 * SECOND);
    assert_int_equal(0, p.server.received);
    p.server.refuse = false;
    peers_run(&p, 20 * SECOND);
    peers_end(&p);
}

static bool has_received(void *arg)
{
    return ((struct peer *)arg)->received == 5000;
}

/* Options take more room once the peer's 64-bit DSNs have come: its segments are shorter than what
 * was known when it was accepted. */
static void
given_checksums_when_a_server_sends_after_it_received_then_each_sum_is_right(void **state)
{
    static struct peers p;

    (void)state;
    defaults.checksum = 1;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 5000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    assert_true(world_run_until(has_received, &p.server, SECOND));
    p.server.to_send = 300000;
    peer_write(&p.server);
    world_run_for(SECOND);
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.server);
    peer_write(&p.client);
    peers_run(&p, 10 * SECOND);
    assert_int_equal(0, p.client.fallback);
    assert_int_equal(0, p.server.fallback);
    peers_end(&p);
}

static bool is_over(void *arg)
{
    return ((struct peer *)arg)->over;
}

/* More than was given counts as none, so a reader that closes then has not read what it has: the
 * window opens, and its peer, which still writes, is reset. */
static void
given_too_much_reported_as_read_when_the_reader_closes_then_its_peer_is_told(void **state)
{
    static struct peers p;

    (void)state;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 4 << 20;
    p.server.hold = true;
    peers_connect(&p);
    world_run_for(3 * SECOND);
    assert_int_equal(TCP_WND, p.server.held);
    mptcpl_recved(p.server.pcb, 1u << 30);
    mptcpl_close(p.server.pcb);
    p.server.pcb = NULL;
    assert_true(world_run_until(is_over, &p.client, 20 * SECOND));
    assert_int_equal(ERR_RST, p.client.error);
    peers_end(&p);
}

int test_transfer(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_one_path_when_the_client_writes_then_every_octet_arrives),
        in_world(given_one_path_when_the_server_writes_then_every_octet_arrives),
        in_world(given_one_path_when_both_write_then_every_octet_arrives),
        in_world(given_nothing_to_say_when_both_shut_down_then_both_directions_close),
        in_world(given_one_octet_when_written_then_it_arrives),
        in_world(given_one_octet_when_the_server_writes_it_then_it_arrives),
        in_world(given_ipv6_when_both_write_then_every_octet_arrives),
        in_world(given_checksums_when_both_write_then_every_octet_arrives),
        in_world(given_a_lossy_path_when_both_write_then_every_octet_arrives),
        in_world(given_loss_and_checksums_when_both_write_then_every_octet_arrives),
        in_world(given_a_client_that_shuts_down_when_the_server_writes_then_all_arrives),
        in_world(given_a_server_that_shuts_down_when_the_client_writes_then_all_arrives),
        in_world(given_a_reader_that_stops_when_it_reads_again_then_the_transfer_goes_on),
        in_world(given_a_window_update_that_is_lost_when_probed_then_the_transfer_goes_on),
        in_world(given_plain_tcp_when_a_window_update_is_lost_then_the_transfer_goes_on),
        in_world(given_a_reader_that_refuses_when_it_takes_again_then_nothing_is_lost),
        in_world(given_checksums_when_a_server_sends_after_it_received_then_each_sum_is_right),
        in_world(given_too_much_reported_as_read_when_the_reader_closes_then_its_peer_is_told),
    };
    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
