/*
 * test_scarce_each.c - a connection of two subflows, from its first SYN to its end, once for each
 * allocation that fails in it, and once for each moment in which there is no memory at all. It
 * takes longer; it never stops, and never loses its second subflow.
 */
#include "suite.h"

#include <limits.h>

#define AMOUNT 20000u

enum flavour {
    JOINS,
    ANNOUNCES, /* the server's address, which the client joins to */
    CHECKSUMS,
    LOSES,       /* packets, too */
    PLAIN,       /* TCP */
    CLOSES_SOON, /* without waiting for the second subflow */
    FLAVOURS
};

static struct peers p;
static enum flavour flavour;

static void make(void)
{
    struct world_link link = medium;
    bool announces = flavour == ANNOUNCES;

    link.loss = flavour == LOSES ? 20000 : 0;
    world_path("10.0.1.1", "10.0.1.2", &link);
    world_path("10.0.2.1", "10.0.2.2", &link);
    defaults.no_mptcp = flavour == PLAIN;
    defaults.checksum = flavour == CHECKSUMS;
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = p.server.to_send = AMOUNT;
    p.client.keep_open = p.server.keep_open = flavour != CLOSES_SOON;
    enum world_side side = announces ? WORLD_SERVER : WORLD_CLIENT;
    mptcpl_add_path(announces ? p.listener : p.client.pcb, world_address(1, side),
                    world_netif(1, side), announces ? MPTCP_ADDR_ANNOUNCE : MPTCP_ADDR_JOIN);
}

static bool all_there(void *arg)
{
    (void)arg;
    return p.client.over || (p.client.received == AMOUNT && p.server.received == AMOUNT &&
                             p.client.events[MPTCP_EV_SUBFLOW] >= (flavour == PLAIN ? 1 : 2));
}

static void carry_on(void)
{
    if (flavour != CLOSES_SOON) {
        assert_true(world_run_until(all_there, NULL, 60 * SECOND));
        assert_false(p.client.over);
        p.client.keep_open = p.server.keep_open = false;
        peer_write(&p.client);
        peer_write(&p.server);
    }
    peers_run(&p, 60 * SECOND);
    assert_int_equal(flavour == PLAIN ? MPTCP_E_NO_MPTCP : 0, p.client.fallback);
    assert_int_equal(MPTCP_E_CLOSED, p.client.end);
    assert_int_equal(MPTCP_E_CLOSED, p.server.end);
}

static unsigned long at;

/* After a failure: which run it was. */
static int end(void **state)
{
    print_message("flavour %u, number %lu\n", flavour, at);
    return suite_end(state);
}

/* ------------------------------------------------------------------- one allocation */

/* Returns how many there were. */
static unsigned long without(unsigned long k)
{
    suite_begin(NULL);
    at = k;
    make();
    assert_int_equal(ERR_OK, mptcpl_listen(p.listener, 8));
    scarce_at(k);
    err_t err = peers_dial(&p);
    if (err == ERR_OK) {
        carry_on();
    } else {
        assert_int_equal(ERR_MEM, err);
    }
    unsigned long n = scarce_asked();
    scarce_begin();
    peers_end(&p);
    world_end();
    return n;
}

static void given_any_allocation_when_it_fails_then_the_connection_gets_on(void **state)
{
    (void)state;
    for (flavour = 0; flavour < FLAVOURS; flavour++) {
        unsigned long n = without(ULONG_MAX);
        assert_true(n > 100);
        for (unsigned long k = 0; k < n; k++) {
            without(k);
        }
    }
}

/* ------------------------------------------------------------------------- a moment */

static void none_at(mptcp_time from, mptcp_time length)
{
    suite_begin(NULL);
    at = from;
    make();
    peers_connect(&p);
    world_run_for(from);
    scarce(SCARCE_ALL);
    world_run_for(length);
    scarce(0);
    carry_on();
    peers_end(&p);
    world_end();
}

static void given_any_moment_when_there_is_no_memory_then_the_connection_gets_on(void **state)
{
    (void)state;
    for (flavour = 0; flavour < FLAVOURS; flavour++) {
        for (mptcp_time from = 0; from < 200 * MILLISECOND; from += MILLISECOND) {
            none_at(from, MILLISECOND);
        }
        for (mptcp_time from = 0; from < 200 * MILLISECOND; from += 7 * MILLISECOND) {
            none_at(from, 30 * MILLISECOND);
            none_at(from, 3 * SECOND);
        }
    }
}

int test_scarce_each(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            given_any_allocation_when_it_fails_then_the_connection_gets_on, suite_begin, end),
        cmocka_unit_test_setup_teardown(
            given_any_moment_when_there_is_no_memory_then_the_connection_gets_on, suite_begin, end),
    };
    return cmocka_run_group_tests_name("scarce, each", tests, NULL, NULL);
}
