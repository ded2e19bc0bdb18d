/*
 * test_syn.c - what becomes of a SYN at a listener, of which only a record is kept until the
 * handshake is complete (half_open.c).
 */
#include "suite.h"

#include <string.h>

static struct peers p;

static void begin(void)
{
    memset(&p, 0, sizeof p);
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = p.server.to_send = 10000;
}

static bool is_over(void *arg)
{
    return ((struct peer *)arg)->over;
}

static void given_half_open_when_the_listener_is_closed_then_the_client_is_reset(void **state)
{
    (void)state;
    begin();
    peers_connect(&p);
    world_run_for(15 * MILLISECOND); /* the SYN has arrived, and its ACK has not */
    mptcpl_close(p.listener);
    p.listener = mptcpl_new(&defaults); /* so that there is something to close */
    assert_true(world_run_until(is_over, &p.client, SECOND));
    assert_int_equal(ERR_RST, p.client.error);
    assert_false(p.server.open);
    peers_end(&p);
}

/* There is none when the handshake is completed, and the client's data comes then, too. */
static void given_no_memory_at_the_third_ack_when_there_is_some_then_it_opens(void **state)
{
    (void)state;
    begin();
    peers_connect(&p);
    world_run_for(15 * MILLISECOND);
    scarce(SCARCE_HEAP);
    world_run_for(30 * MILLISECOND);
    assert_false(p.server.open);
    scarce(0);
    peers_run(&p, 20 * SECOND);
    assert_int_equal(0, p.server.fallback);
    peers_end(&p);
}

static void given_no_memory_for_long_when_a_client_comes_then_it_is_refused(void **state)
{
    (void)state;
    begin();
    peers_connect(&p);
    world_run_for(15 * MILLISECOND);
    scarce(SCARCE_HEAP);
    world_run_for(60 * SECOND);
    scarce(0);
    assert_true(world_run_until(is_over, &p.client, 300 * SECOND));
    assert_false(p.server.open);
    peers_end(&p);
}

static unsigned synacks;

static bool lose_two_synacks(void *arg, unsigned path, enum world_side from, uint8_t *data,
                             size_t *len)
{
    (void)arg;
    (void)path;
    (void)len;
    bool synack = from == WORLD_SERVER && (data[20 + 13] & 0x12) == 0x12;
    synacks += synack;
    return !synack || synacks > 2;
}

static void given_a_lost_synack_when_it_is_repeated_then_mptcp_opens(void **state)
{
    (void)state;
    begin();
    synacks = 0;
    world_middlebox(lose_two_synacks, NULL);
    peers_connect(&p);
    peers_run(&p, 30 * SECOND);
    assert_true(synacks > 2);
    assert_int_equal(0, p.client.fallback);
    assert_int_equal(0, p.server.fallback);
    peers_end(&p);
}

/* The third ACK is lost: the first data opens the connection, since it brings the keys. */
static bool lose_the_third_ack(void *arg, unsigned path, enum world_side from, uint8_t *data,
                               size_t *len)
{
    unsigned *seen = arg;
    size_t header = 20u + (size_t)(data[20 + 12] >> 4) * 4;

    (void)path;
    bool pure = from == WORLD_CLIENT && data[20 + 13] == 0x10 && *len == header;
    return !pure || (*seen)++ > 0;
}

static void given_a_lost_third_ack_when_data_comes_then_mptcp_opens(void **state)
{
    static unsigned seen;

    (void)state;
    begin();
    seen = 0;
    world_middlebox(lose_the_third_ack, &seen);
    peers_connect(&p);
    peers_run(&p, 30 * SECOND);
    assert_true(seen > 0);
    assert_int_equal(0, p.client.fallback);
    assert_int_equal(0, p.server.fallback);
    peers_end(&p);
}

int test_syn(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_half_open_when_the_listener_is_closed_then_the_client_is_reset),
        in_world(given_no_memory_at_the_third_ack_when_there_is_some_then_it_opens),
        in_world(given_no_memory_for_long_when_a_client_comes_then_it_is_refused),
        in_world(given_a_lost_synack_when_it_is_repeated_then_mptcp_opens),
        in_world(given_a_lost_third_ack_when_data_comes_then_mptcp_opens),
    };
    return cmocka_run_group_tests_name("syn", tests, NULL, NULL);
}
