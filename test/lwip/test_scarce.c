/*
 * test_scarce.c - lwIP has no memory, for a moment, or for one allocation. What was put off is done
 * as soon as there is some again, whatever else happens; nothing waits for ever.
 */
#include "suite.h"

#include <string.h>

#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"

static void one_path(struct peers *p)
{
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(p, &defaults, &defaults);
    p->client.keep_open = p->server.keep_open = true;
}

static bool received_all(void *arg)
{
    struct peers *p = arg;
    return p->server.received == p->client.to_send && p->client.received == p->server.to_send;
}

/* ------------------------------------------------- a moment without, and nothing in flight */

/* The connection is idle when the application writes, and there is nothing for 1 ms. */
static void idle_and_short_of(unsigned kinds)
{
    static struct peers p;

    one_path(&p);
    p.client.to_send = 1000;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(3 * SECOND);
    assert_int_equal(1000, p.server.received);
    scarce(kinds);
    p.client.to_send = 2000;
    peer_write(&p.client);
    mptcpl_work();
    world_run_for(MILLISECOND);
    scarce(0);
    assert_int_equal((kinds & SCARCE_HEAP) != 0, p.client.unwritten);
    assert_true(world_run_until(received_all, &p, SECOND));
    peers_end(&p);
    world_end();
}

static void given_nothing_in_flight_when_a_write_finds_no_memory_then_it_leaves_later(void **state)
{
    (void)state;
    idle_and_short_of(SCARCE_SEGMENTS);
    idle_and_short_of(SCARCE_PBUFS);
    idle_and_short_of(SCARCE_HEAP);
    idle_and_short_of(SCARCE_ALL);
}

/* Each write is acknowledged before the next one: the room is the same in every report. */
static void given_small_writes_with_pauses_when_there_are_many_then_each_arrives(void **state)
{
    static struct peers p;

    (void)state;
    one_path(&p);
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    for (unsigned i = 0; i < 1000; i++) {
        p.client.to_send += 1000;
        peer_write(&p.client);
        mptcpl_work();
        assert_true(world_run_until(received_all, &p, SECOND));
        world_run_for(25 * MILLISECOND);
    }
    peers_end(&p);
}

/* --------------------------------------------------------------- a path goes dark meanwhile */

/*
 * What the dark path has borrowed from the ring is to be copied, and for a while there is no memory
 * for that: as soon as there is some, the other path gets on.
 */
static void given_no_heap_when_a_path_goes_dark_then_the_other_one_gets_on_afterwards(void **state)
{
    static struct peers p;

    (void)state;
    defaults.snd_buf = 65536;
    one_path(&p);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    p.client.to_send = 40 << 20;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(SECOND);
    world_cut(1, true);
    scarce(SCARCE_HEAP);
    world_run_for(3 * SECOND / 2);
    scarce(0);
    uint64_t before = p.server.received;
    world_run_for(SECOND);
    /* 20 Mbit/s are 2.5 MB a second. */
    assert_true(p.server.received > before + 1000000);
    peers_end(&p);
}

/* ------------------------------------------------------ the application does not take it */

/* Somebody who reads nothing can still write all, and close. */
static void given_a_reader_that_refuses_when_it_writes_then_that_arrives(void **state)
{
    static struct peers p;

    (void)state;
    one_path(&p);
    p.client.to_send = p.server.to_send = 4 << 20;
    p.client.refuse = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(10 * SECOND);
    assert_int_equal(p.client.to_send, p.server.received);
    assert_int_equal(0, p.client.received);
    p.client.refuse = false;
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 10 * SECOND);
    peers_end(&p);
}

/* Delivery needs memory: octets of which a part was delivered before are copied. */
static void given_no_heap_when_octets_wait_for_delivery_then_they_come_later(void **state)
{
    static struct peers p;

    (void)state;
    one_path(&p);
    world_path("10.0.2.1", "10.0.2.2", &slow);
    mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    p.client.to_send = 8 << 20;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    for (unsigned i = 0; i < 100; i++) {
        world_run_for(25 * MILLISECOND);
        scarce(SCARCE_HEAP);
        world_run_for(5 * MILLISECOND);
        scarce(0);
    }
    assert_true(world_run_until(received_all, &p, 20 * SECOND));
    peers_end(&p);
}

/* ------------------------------------------------------------------- no place for a pcb */

static unsigned cut_short;

static err_t input_and_take_its_place(struct pbuf *p, struct netif *netif)
{
    struct tcp_pcb *taken[MEMP_NUM_TCP_PCB];
    unsigned n = 0;
    err_t err = ip_input(p, netif);

    cut_short += tcp_tw_pcbs != NULL;
    while (tcp_tw_pcbs != NULL && (taken[n] = tcp_new()) != NULL) {
        n++;
    }
    while (n > 0) {
        tcp_abort(taken[--n]);
    }
    return err;
}

/*
 * A subflow that is closed has no place any more in the moment in which it gets into TIME_WAIT,
 * before the connection could look at it.
 */
static void closed_without_time_wait(bool mptcp)
{
    static struct peers p;

    defaults.no_mptcp = !mptcp;
    one_path(&p);
    p.client.to_send = p.server.to_send = 10000;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(SECOND);
    cut_short = 0;
    world_netif(0, WORLD_CLIENT)->input = input_and_take_its_place;
    world_netif(0, WORLD_SERVER)->input = input_and_take_its_place;
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, SECOND);
    assert_true(cut_short > 0);
    assert_int_equal(MPTCP_E_CLOSED, p.client.end);
    assert_int_equal(MPTCP_E_CLOSED, p.server.end);
    peers_end(&p);
    world_end();
}

static void given_no_place_for_time_wait_when_a_subflow_is_closed_then_that_is_its_end(void **state)
{
    (void)state;
    closed_without_time_wait(true);
    closed_without_time_wait(false);
}

int test_scarce(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_nothing_in_flight_when_a_write_finds_no_memory_then_it_leaves_later),
        in_world(given_small_writes_with_pauses_when_there_are_many_then_each_arrives),
        in_world(given_no_heap_when_a_path_goes_dark_then_the_other_one_gets_on_afterwards),
        in_world(given_a_reader_that_refuses_when_it_writes_then_that_arrives),
        in_world(given_no_place_for_time_wait_when_a_subflow_is_closed_then_that_is_its_end),
        in_world(given_no_heap_when_octets_wait_for_delivery_then_they_come_later),
    };
    return cmocka_run_group_tests_name("scarce", tests, NULL, NULL);
}
