/*
 * test_move.c - a connection that leaves all its subflows without a word, is octets for a
 * while, and goes on from another address: mptcpl_park, mptcpl_save, mptcpl_resume.
 */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define LIMIT (10 * SECOND) /* less than lwIP tries a SYN for */
#define MUCH (8u << 20)

/* As octets; nothing is left of it in the stack. */
static uint8_t *take_out(struct peer *p, uint32_t *n)
{
    assert_int_equal(ERR_OK, mptcpl_park(p->pcb));
    assert_int_equal(ERR_CONN, mptcpl_park(p->pcb));
    assert_int_equal(ERR_CONN, mptcpl_write(p->pcb, "x", 1));
    *n = mptcpl_saved_size(p->pcb);
    assert_in_range(*n, 1, mptcpl_saved_max(p->pcb));
    uint8_t *octets = malloc(*n);
    assert_non_null(octets);
    mptcpl_save(p->pcb, octets);
    mptcpl_close(p->pcb);
    p->pcb = NULL;
    return octets;
}

static void put_in(struct peer *p, uint8_t *octets, uint32_t n, unsigned path)
{
    struct mptcpl_pcb *pcb = mptcpl_resume(octets, n, LIMIT);

    free(octets);
    assert_non_null(pcb);
    peer_watch(p, pcb);
    assert_int_equal(ERR_OK, mptcpl_new_path(pcb, world_address(path, p->side),
                                             world_netif(path, p->side), MPTCP_ADDR_JOIN));
    peer_write(p);
}

/* The paths that it had go with the process. */
static void go_dark(void)
{
    world_cut(0, true);
    world_cut(1, true);
}

static void move(struct peer *p)
{
    uint32_t n;

    go_dark();
    uint8_t *octets = take_out(p, &n);
    world_run_for(2 * SECOND);
    put_in(p, octets, n, 2);
}

static void make(struct peers *p, bool v6)
{
    world_path(v6 ? "fd00:1::1" : "10.0.1.1", v6 ? "fd00:1::2" : "10.0.1.2", &medium);
    world_path(v6 ? "fd00:2::1" : "10.0.2.1", v6 ? "fd00:2::2" : "10.0.2.2", &medium);
    world_path(v6 ? "fd00:3::1" : "10.0.3.1", v6 ? "fd00:3::2" : "10.0.3.2", &medium);
    peers_make(p, &defaults, &defaults);
    /* A server that moves can only join where somebody listens. */
    mptcpl_add_path(p->client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_ANNOUNCE);
}

static void transfer(enum world_side mover, uint64_t up, uint64_t down, bool v6)
{
    static struct peers p;
    struct peer *moving = mover == WORLD_CLIENT ? &p.client : &p.server;

    make(&p, v6);
    p.client.to_send = up;
    p.server.to_send = down;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(SECOND);
    move(moving);
    world_run_for(5 * SECOND);
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 60 * SECOND);
    assert_int_equal(0, p.client.fallback);
    peers_end(&p);
    world_end();
}

static void all_flows(enum world_side mover)
{
    for (unsigned v6 = 0; v6 < 2; v6++) {
        transfer(mover, MUCH, 0, v6);
        transfer(mover, 0, MUCH, v6);
        transfer(mover, MUCH, MUCH, v6);
    }
}

static void given_a_client_when_it_moves_then_all_arrives(void **state)
{
    (void)state;
    all_flows(WORLD_CLIENT);
}

static void given_a_server_when_it_moves_then_all_arrives(void **state)
{
    (void)state;
    all_flows(WORLD_SERVER);
}

static mptcp_time deaf_until;

/* The join is not heard at once. */
static bool lose_syns(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    size_t ip = data[0] >> 4 == 6 ? 40 : 20;

    (void)arg;
    (void)path;
    (void)len;
    return from != WORLD_CLIENT || (data[ip + 13] & 2) == 0 || world_now() >= deaf_until;
}

/*
 * Back at the address it had, while its peer still sends on the only subflow of then, before a join
 * gets there.
 */
static void same_address(bool v6)
{
    static struct peers p;
    uint32_t n;

    world_path(v6 ? "fd00:1::1" : "10.0.1.1", v6 ? "fd00:1::2" : "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = p.server.to_send = MUCH;
    peers_connect(&p);
    world_run_for(SECOND);
    world_cut(0, true);
    uint8_t *octets = take_out(&p.client, &n);
    world_run_for(700 * MILLISECOND);
    world_cut(0, false);
    world_middlebox(lose_syns, NULL);
    deaf_until = world_now() + 2 * SECOND;
    put_in(&p.client, octets, n, 0);
    peers_run(&p, 60 * SECOND);
    assert_int_equal(0, p.client.fallback);
    peers_end(&p);
    world_end();
}

static void given_the_same_address_when_it_comes_back_then_nothing_resets_it(void **state)
{
    (void)state;
    same_address(false);
    same_address(true);
}

/* One direction has ended: what is left of the other one is carried on elsewhere. */
static void half_closed(bool ours)
{
    static struct peers p;

    make(&p, false);
    p.client.to_send = ours ? 1000 : MUCH;
    p.server.to_send = ours ? MUCH : 1000;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(SECOND);
    assert_true((ours ? p.server.eof : p.client.eof) && !p.client.over && !p.server.over);
    move(&p.client);
    peers_run(&p, 60 * SECOND);
    peers_end(&p);
    world_end();
}

static void given_a_half_closed_connection_when_it_moves_then_the_rest_arrives(void **state)
{
    (void)state;
    half_closed(true);
    half_closed(false);
}

/* What the application had not taken was handed over before; the window is what it was. */
static void given_octets_that_are_not_consumed_when_it_moves_then_the_window_stands(void **state)
{
    static struct peers p;

    (void)state;
    make(&p, false);
    p.server.to_send = 4 << 20;
    p.client.keep_open = true;
    p.client.hold = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(3 * SECOND);
    uint64_t held = p.client.held;
    assert_int_equal(TCP_WND, held);
    move(&p.client);
    world_run_for(5 * SECOND);
    assert_int_equal(held, p.client.held);
    peer_release(&p.client);
    p.client.keep_open = false;
    peer_write(&p.client);
    peers_run(&p, 60 * SECOND);
    peers_end(&p);
}

/* Before it is open, while something is refused, as plain TCP, and when all is said. */
static void given_a_connection_that_cannot_move_when_parked_then_it_goes_on(void **state)
{
    static struct peers p;

    (void)state;
    make(&p, false);
    assert_int_equal(ERR_CONN, mptcpl_park(p.client.pcb));
    p.client.to_send = p.server.to_send = MUCH;
    peers_connect(&p);
    assert_int_equal(ERR_CONN, mptcpl_park(p.client.pcb));
    assert_int_equal(ERR_CONN, mptcpl_park(p.listener));
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    p.client.refuse = true;
    world_run_for(200 * MILLISECOND);
    assert_int_equal(ERR_INPROGRESS, mptcpl_park(p.client.pcb));
    p.client.refuse = false;
    peers_run(&p, 30 * SECOND);
    peers_end(&p);

    defaults.no_mptcp = 1;
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = p.server.to_send = MUCH;
    peers_connect(&p);
    world_run_for(SECOND);
    assert_int_equal(ERR_CONN, mptcpl_park(p.client.pcb));
    peers_run(&p, 30 * SECOND);
    peers_end(&p);
}

/* Octets that are short, long, or of another layout make no connection. */
static void given_other_octets_when_resumed_then_there_is_no_connection(void **state)
{
    static struct peers p;
    uint32_t n;

    (void)state;
    make(&p, false);
    p.client.to_send = MUCH;
    p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(SECOND);
    go_dark();
    uint8_t *octets = take_out(&p.client, &n);
    for (uint32_t k = 0; k < n; k += 1 + k / 8) {
        assert_null(mptcpl_resume(octets, k, LIMIT));
    }
    assert_null(mptcpl_resume(octets, n - 1, LIMIT));
    octets[0] ^= 1; /* the layout's number */
    assert_null(mptcpl_resume(octets, n, LIMIT));
    octets[0] ^= 1;
    put_in(&p.client, octets, n, 2);
    p.server.keep_open = false;
    peer_write(&p.server);
    peers_run(&p, 60 * SECOND);
    peers_end(&p);
}

/* The same octets in the same stack while they live: refused, its token is taken. */
static void given_it_lives_when_resumed_again_in_one_stack_then_that_is_refused(void **state)
{
    static struct peers p;
    uint32_t n;

    (void)state;
    make(&p, false);
    p.client.to_send = MUCH;
    peers_connect(&p);
    world_run_for(SECOND);
    go_dark();
    uint8_t *octets = take_out(&p.client, &n);
    uint8_t *again = malloc(n);
    memcpy(again, octets, n);
    put_in(&p.client, octets, n, 2);
    assert_null(mptcpl_resume(again, n, LIMIT));
    free(again);
    peers_run(&p, 60 * SECOND);
    peers_end(&p);
}

/* Nobody lets it join: it ends with a reason, in time. */
static void given_no_path_when_resumed_then_it_ends_at_the_limit(void **state)
{
    static struct peers p;

    (void)state;
    make(&p, false);
    p.client.to_send = MUCH;
    peers_connect(&p);
    world_run_for(SECOND);
    world_cut(2, true);
    move(&p.client);
    world_run_for(LIMIT - SECOND);
    assert_false(p.client.over);
    world_run_for(2 * SECOND);
    assert_true(p.client.over);
    assert_int_equal(MPTCP_E_TIMED_OUT, p.client.end);
    peers_clean_up();
}

/* All was said and acknowledged in one direction before it moved. Nobody is heard on the new
 * subflow yet when the application closes it: that is no long silence. */
static void
given_a_direction_that_had_ended_when_closed_once_resumed_then_the_peer_ends(void **state)
{
    static struct peers p;

    (void)state;
    make(&p, false);
    world_run_for(30 * SECOND); /* a clock that has run for longer than a FIN is waited for */
    p.client.to_send = 1000;
    p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(SECOND);
    assert_true(p.server.eof);
    move(&p.client);
    mptcpl_close(p.client.pcb);
    p.client.pcb = NULL;
    world_run_for(5 * SECOND);
    assert_false(p.server.over);
    p.server.keep_open = false;
    peer_write(&p.server);
    world_run_for(20 * SECOND);
    assert_true(p.server.over);
    assert_int_equal(MPTCP_E_CLOSED, p.server.end);
    peers_end(&p);
}

struct resets {
    unsigned all;
    unsigned with_options;
};

static bool count_resets(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    struct resets *r = arg;

    (void)path;
    (void)len;
    if (from == WORLD_CLIENT && (data[20 + 13] & 4) != 0) {
        r->all++;
        r->with_options += data[20 + 12] >> 4 > 5;
    }
    return true;
}

/* Version 0 has no MP_TCPRST: a join that is refused gets a RST without options. */
static void given_version_0_when_a_moved_end_refuses_a_join_then_its_rst_is_plain(void **state)
{
    static struct peers p;
    static struct resets resets;
    struct mptcpl_config one = defaults;

    (void)state;
    resets = (struct resets){0, 0};
    defaults.version = one.version = MPTCPL_VERSION_0;
    one.max_subflows = 1;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    world_path("10.0.3.1", "10.0.3.2", &medium);
    peers_make(&p, &one, &defaults);
    p.client.to_send = 1000;
    p.server.keep_open = p.client.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(SECOND);
    move(&p.client);
    world_run_for(5 * SECOND);
    world_cut(1, false);
    world_middlebox(count_resets, &resets);
    assert_int_equal(ERR_OK, mptcpl_new_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_ANNOUNCE));
    world_run_for(5 * SECOND);
    assert_int_not_equal(0, resets.all);
    assert_int_equal(0, resets.with_options);
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 60 * SECOND);
    peers_end(&p);
}

int test_move(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_client_when_it_moves_then_all_arrives),
        in_world(given_a_server_when_it_moves_then_all_arrives),
        in_world(given_the_same_address_when_it_comes_back_then_nothing_resets_it),
        in_world(given_a_half_closed_connection_when_it_moves_then_the_rest_arrives),
        in_world(given_octets_that_are_not_consumed_when_it_moves_then_the_window_stands),
        in_world(given_a_connection_that_cannot_move_when_parked_then_it_goes_on),
        in_world(given_other_octets_when_resumed_then_there_is_no_connection),
        in_world(given_it_lives_when_resumed_again_in_one_stack_then_that_is_refused),
        in_world(given_no_path_when_resumed_then_it_ends_at_the_limit),
        in_world(given_a_direction_that_had_ended_when_closed_once_resumed_then_the_peer_ends),
        in_world(given_version_0_when_a_moved_end_refuses_a_join_then_its_rst_is_plain),
    };
    return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
