/*
 * test_half_open.c - somebody who has seen a token begins joins, and finishes none: SYNs from
 * addresses of nobody's. The client's own join gets its place all the same.
 */
#include "suite.h"

#include <string.h>

#include "lwip/pbuf.h"

#define SYN_LENGTH (20u + 20u + 12u)

static struct peers p;

static void put32(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 24);
    at[1] = (uint8_t)(v >> 16);
    at[2] = (uint8_t)(v >> 8);
    at[3] = (uint8_t)v;
}

/* A SYN with an MP_JOIN that has the server's token, from 10.66.0.n. */
static void forge(uint8_t n, uint32_t nonce)
{
    uint8_t packet[SYN_LENGTH] = {0x45,
                                  0,
                                  0,
                                  SYN_LENGTH,
                                  0,
                                  0,
                                  0,
                                  0,
                                  64,
                                  6,
                                  0,
                                  0,
                                  10,
                                  66,
                                  0,
                                  n,
                                  10,
                                  0,
                                  1,
                                  2, /* IPv4 */
                                  (uint8_t)(0x40 + nonce % 64),
                                  (uint8_t)nonce,
                                  PEERS_PORT >> 8,
                                  PEERS_PORT & 0xff,
                                  0,
                                  0,
                                  0,
                                  1,
                                  0,
                                  0,
                                  0,
                                  0,
                                  (20 + 12) / 4 << 4,
                                  2,
                                  0x7f,
                                  0xff,
                                  0,
                                  0,
                                  0,
                                  0,
                                  30,
                                  12,
                                  0x10,
                                  n};
    struct mptcp_conn_report info;

    mptcpl_info(p.server.pcb, &info);
    put32(packet + 44, info.local_token);
    put32(packet + 48, nonce);
    world_refit(packet, sizeof packet);
    struct pbuf *pb = pbuf_alloc(PBUF_RAW, sizeof packet, PBUF_RAM);
    assert_non_null(pb);
    pbuf_take(pb, packet, sizeof packet);
    struct netif *netif = world_netif(0, WORLD_SERVER);
    assert_int_equal(ERR_OK, netif->input(pb, netif));
}

/* A join every `every` us from one host or another, for so long. */
static void attack(mptcp_time every, mptcp_time us, unsigned hosts)
{
    static uint32_t nonce;
    mptcp_time end = world_now() + us;

    while (world_now() < end) {
        nonce++;
        forge((uint8_t)(1 + nonce % hosts), nonce);
        world_run_for(every);
    }
}

static void opens(uint8_t max_subflows)
{
    defaults.max_subflows = max_subflows;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 100000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(SECOND);
    assert_int_equal(100000, p.server.received);
}

static void client_joins(void)
{
    assert_int_equal(ERR_OK, mptcpl_new_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
}

static unsigned usable(const struct peer *peer)
{
    return peer->events[MPTCP_EV_SUBFLOW];
}

/* One place beside the initial subflow: the second begun pushes out the first. */
/* checks: J-14 */
static void
given_a_join_that_is_pushed_out_then_it_is_counted_as_refused_for_lack_of_a_place(void **state)
{
    uint32_t all = mptcpl_joins_refused(0);
    uint32_t full = mptcpl_joins_refused(MPTCP_E_FULL);

    (void)state;
    opens(2);
    for (uint8_t n = 1; n <= 2; n++) {
        assert_int_equal(full, mptcpl_joins_refused(MPTCP_E_FULL));
        forge(n, n);
        world_run_for(100 * MILLISECOND);
    }
    assert_int_equal(full + 1, mptcpl_joins_refused(MPTCP_E_FULL));
    assert_int_equal(all + 1, mptcpl_joins_refused(0));
    peers_end(&p);
}

/* checks: J-14 Y-1 */
static void
given_joins_that_nobody_finishes_when_the_client_joins_then_it_gets_a_place(void **state)
{
    static const uint8_t limits[] = {2, 3, 8};

    for (unsigned i = 0; i < sizeof limits; i++) {
        opens(limits[i]);
        attack(MILLISECOND, SECOND, 20);
        world_run_for(SECOND / 10); /* an RTT: whoever could prove something would have */
        struct mptcp_conn_report info;
        mptcpl_info(p.server.pcb, &info);
        assert_int_equal(1, info.subflows);
        client_joins();
        world_run_for(SECOND);
        assert_int_equal(2, usable(&p.client));
        assert_int_equal(2, usable(&p.server));
        assert_int_equal(0, p.server.events[MPTCP_EV_SUBFLOW_GONE]);
        assert_int_equal(0, p.client.events[MPTCP_EV_SUBFLOW_GONE]);
        suite_end(state);
        suite_begin(state);
    }
}

/* The attack goes on meanwhile: from one host it does not reach the client's join where there is
 * place for two; from many it may, and the client comes again. */
/* checks: J-14 Y-1 T-3 */
static void given_a_flood_of_joins_when_the_client_joins_then_it_gets_a_place(void **state)
{
    opens(3);
    attack(5 * MILLISECOND, SECOND, 1);
    client_joins();
    attack(5 * MILLISECOND, SECOND, 1);
    assert_int_equal(2, usable(&p.client));
    assert_int_equal(2, usable(&p.server));
    suite_end(state);
    suite_begin(state);
    opens(2);
    attack(40 * MILLISECOND, SECOND, 20);
    client_joins();
    attack(40 * MILLISECOND, 30 * SECOND, 20);
    assert_int_equal(2, usable(&p.client));
    assert_int_equal(2, usable(&p.server));
}

/* checks: J-14 H-2 */
static void given_joins_that_nobody_finishes_when_the_server_joins_then_it_does(void **state)
{
    (void)state;
    opens(2);
    attack(MILLISECOND, SECOND, 20);
    assert_int_equal(ERR_OK, mptcpl_new_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_ANNOUNCE));
    attack(MILLISECOND, SECOND, 20);
    assert_int_equal(2, usable(&p.client));
    assert_int_equal(2, usable(&p.server));
}

int test_half_open(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_join_that_is_pushed_out_then_it_is_counted_as_refused_for_lack_of_a_place),
        in_world(given_joins_that_nobody_finishes_when_the_client_joins_then_it_gets_a_place),
        in_world(given_a_flood_of_joins_when_the_client_joins_then_it_gets_a_place),
        in_world(given_joins_that_nobody_finishes_when_the_server_joins_then_it_does),
    };
    return cmocka_run_group_tests_name("half_open", tests, NULL, NULL);
}
