/*
 * test_vanish.c - the peer is there no more, and says nothing: no connection lives for ever.
 */
#include "suite.h"

#include <string.h>

static bool none_lingers(void *arg)
{
    (void)arg;
    return !mptcpl_lingering();
}

/*
 * One end has closed and heard that all it wrote arrived. The other one, which could still write,
 * vanishes. It is waited for 30 s (mptcp_config.close_limit).
 */
static void closed_when_the_peer_vanishes(bool mptcp)
{
    static struct peers p;

    defaults.no_mptcp = !mptcp;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 1000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(SECOND);
    mptcpl_close(p.client.pcb);
    p.client.pcb = NULL;
    world_run_for(SECOND);
    assert_true(p.server.eof);
    world_cut(0, true);
    world_run_for(27 * SECOND);
    assert_true(mptcpl_lingering());
    assert_true(world_run_until(none_lingers, NULL, 10 * SECOND));
    world_cut(0, false);
    peers_end(&p);
    world_end();
}

static void given_a_closed_connection_when_the_peer_vanishes_then_it_ends(void **state)
{
    (void)state;
    closed_when_the_peer_vanishes(true);
    closed_when_the_peer_vanishes(false);
}

/* The same, and the peer is there: what it says counts, however slowly it comes. */
static void given_a_closed_connection_when_the_peer_lives_then_it_may_take_its_time(void **state)
{
    static struct peers p;

    (void)state;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 1000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    mptcpl_close(p.client.pcb);
    p.client.pcb = NULL;
    world_run_for(15 * SECOND);
    assert_false(p.server.over);
    p.server.keep_open = false;
    peer_write(&p.server);
    world_run_for(2 * SECOND);
    assert_true(p.server.over);
    assert_int_equal(MPTCP_E_CLOSED, p.server.end);
    peers_end(&p);
}

int test_vanish(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_closed_connection_when_the_peer_vanishes_then_it_ends),
        in_world(given_a_closed_connection_when_the_peer_lives_then_it_may_take_its_time),
    };
    return cmocka_run_group_tests_name("vanish", tests, NULL, NULL);
}
