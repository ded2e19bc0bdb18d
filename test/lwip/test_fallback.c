/*
 * test_fallback.c - peers and paths that do not speak MPTCP: one end that will not,
 * boxes in the middle that strip its options, from one kind of segment or
 * another, or drop SYNs that carry them.
 */
#include <string.h>

#include "suite.h"

#define SYN 0x02u
#define ACK 0x10u
#define KIND_MPTCP 30u

enum { OF_SYN = 1, OF_SYNACK = 2, OF_OTHERS = 4 };

/* What the box does, to segments from which side. */
static struct {
    unsigned strip[2];
    bool drop_syn;
    mptcp_time from;
    unsigned path;
} box;

static unsigned class_of(const uint8_t *tcp)
{
    if ((tcp[13] & SYN) == 0) {
        return OF_OTHERS;
    }
    return (tcp[13] & ACK) != 0 ? OF_SYNACK : OF_SYN;
}

#define BOTH_PATHS 2

/* Turns the options of this kind into NOPs; returns whether there was one. */
static bool blank(uint8_t *tcp)
{
    uint8_t *p = tcp + 20;
    uint8_t *end = tcp + (size_t)(tcp[12] >> 4) * 4;
    bool found = false;

    while (p < end && *p != 0) {
        size_t len = *p == 1 ? 1 : p[1];
        if (*p == KIND_MPTCP) {
            memset(p, 1, len);
            found = true;
        }
        p += len;
    }
    return found;
}

static bool act(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    uint8_t *tcp = data + 20;

    (void)arg;
    if (world_now() < box.from || (path != box.path && box.path != BOTH_PATHS) ||
        (box.strip[from] & class_of(tcp)) == 0 || !blank(tcp)) {
        return true;
    }
    if (box.drop_syn) {
        return false;
    }
    world_refit(data, *len);
    return true;
}

static void with_box(unsigned from_client, unsigned from_server)
{
    memset(&box, 0, sizeof box);
    box.strip[WORLD_CLIENT] = from_client;
    box.strip[WORLD_SERVER] = from_server;
    world_middlebox(act, NULL);
}

/* A transfer that ends well, on plain TCP at both ends. */
static void transfer(const struct mptcpl_config *client, const struct mptcpl_config *server,
                     uint64_t up, uint64_t down)
{
    static struct peers p;

    peers_make(&p, client, server);
    mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    p.client.to_send = up;
    p.server.to_send = down;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 10 * SECOND));
    peers_run(&p, 30 * SECOND);
    assert_int_not_equal(0, p.client.fallback);
    assert_int_not_equal(0, p.server.fallback);
    peers_end(&p);
}

/* Both at once, one way, the other way. */
static void falls_back(const struct mptcpl_config *client, const struct mptcpl_config *server)
{
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    transfer(client, server, 1 << 20, 1 << 20);
    transfer(client, server, 1 << 20, 0);
    transfer(client, server, 0, 1 << 20);
}

/* checks: C-25 */
static void given_a_server_without_mptcp_when_connected_then_it_is_plain_tcp(void **state)
{
    struct mptcpl_config plain = defaults;

    (void)state;
    plain.no_mptcp = 1;
    falls_back(&defaults, &plain);
}

/* checks: C-26 */
static void given_a_client_without_mptcp_when_connected_then_it_is_plain_tcp(void **state)
{
    struct mptcpl_config plain = defaults;

    (void)state;
    plain.no_mptcp = 1;
    falls_back(&plain, &defaults);
}

static void given_no_mptcp_at_either_end_when_connected_then_it_is_plain_tcp(void **state)
{
    (void)state;
    defaults.no_mptcp = 1;
    falls_back(&defaults, &defaults);
}

/* checks: B-1 C-25 M-1 */
static void given_syns_are_stripped_when_connected_then_it_is_plain_tcp(void **state)
{
    (void)state;
    with_box(OF_SYN, 0);
    falls_back(&defaults, &defaults);
}

/* checks: B-1 C-27 M-1 */
static void given_syn_acks_are_stripped_when_connected_then_it_is_plain_tcp(void **state)
{
    (void)state;
    with_box(0, OF_SYNACK);
    falls_back(&defaults, &defaults);
}

/* checks: C-27 B-3 M-1 */
static void given_all_but_syns_are_stripped_when_connected_then_it_is_plain_tcp(void **state)
{
    (void)state;
    with_box(OF_OTHERS, OF_OTHERS);
    falls_back(&defaults, &defaults);
}

/* checks: C-27 B-3 M-1 */
static void given_the_client_s_segments_are_stripped_when_connected_then_it_is_plain(void **state)
{
    (void)state;
    with_box(OF_OTHERS, 0);
    falls_back(&defaults, &defaults);
}

/* checks: B-3 M-1 */
static void given_the_server_s_segments_are_stripped_when_connected_then_it_is_plain(void **state)
{
    (void)state;
    with_box(0, OF_OTHERS);
    falls_back(&defaults, &defaults);
}

/* checks: C-28 H-3 M-2 */
static void given_syns_with_mptcp_are_dropped_when_connecting_then_it_is_plain_tcp(void **state)
{
    (void)state;
    with_box(OF_SYN, 0);
    box.drop_syn = true;
    falls_back(&defaults, &defaults);
}

static bool both_over(void *arg)
{
    struct peers *p = arg;
    return p->client.over && p->server.over;
}

static const struct {
    unsigned up;
    unsigned down;
} directions[] = {{OF_OTHERS, OF_OTHERS}, {OF_OTHERS, 0}, {0, OF_OTHERS}};

/* A transfer both ways over one path or two, where options vanish after a second. */
static void begin_to_vanish(struct peers *p, unsigned direction, unsigned paths)
{
    world_path("10.0.1.1", "10.0.1.2", &medium);
    if (paths == 2) {
        world_path("10.0.2.1", "10.0.2.2", &medium);
    }
    with_box(directions[direction].up, directions[direction].down);
    box.path = paths == 2 ? BOTH_PATHS : 0;
    box.from = world_now() + SECOND;
    peers_make(p, &defaults, &defaults);
    if (paths == 2) {
        mptcpl_add_path(p->client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                        MPTCP_ADDR_JOIN);
    }
    p->client.to_send = p->server.to_send = 8 << 20;
    peers_connect(p);
}

/* Nothing goes on, both are told, and nothing wrong was delivered. */
static void both_hear(struct peers *p)
{
    assert_true(world_run_until(both_over, p, 10 * (mptcp_time)SECOND));
    assert_int_not_equal(ERR_CLSD, p->client.error);
    assert_int_not_equal(ERR_CLSD, p->server.error);
    assert_false(p->client.wrong || p->server.wrong);
}

/* Everything arrives, as over TCP, and both ends know that it is TCP by now. */
/* checks: B-3 B-8 B-9 D-13 M-1 */
static void given_options_vanish_in_mid_transfer_when_alone_then_both_fall_back(void **state)
{
    static struct peers p;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        begin_to_vanish(&p, i, 1);
        peers_run(&p, 60 * SECOND);
        assert_int_not_equal(0, p.client.fallback);
        assert_int_not_equal(0, p.server.fallback);
        peers_end(&p);
        world_end();
    }
}

/* The same under the policy to reset. */
/* checks: B-4 M-1 */
static void given_options_vanish_when_told_to_reset_then_both_ends_hear_of_it(void **state)
{
    static struct peers p;

    (void)state;
    defaults.fail_resets = 1;
    for (unsigned i = 0; i < 3; i++) {
        begin_to_vanish(&p, i, 1);
        both_hear(&p);
        peers_end(&p);
        world_end();
    }
}

/* Two paths: by then nobody can fall back, and what the ends say of resets is lost as well. */
/* checks: B-3 B-4 M-1 */
static void
given_options_vanish_on_both_paths_when_under_way_then_both_ends_hear_of_it(void **state)
{
    static struct peers p;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        begin_to_vanish(&p, i, 2);
        both_hear(&p);
        peers_end(&p);
        world_end();
    }
}

/* checks: J-6 J-12 M-1 */
static void given_joins_are_stripped_when_joining_then_the_first_path_carries_on(void **state)
{
    static struct peers p;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        world_path("10.0.1.1", "10.0.1.2", &medium);
        world_path("10.0.2.1", "10.0.2.2", &medium);
        with_box(i == 0 ? OF_SYN : i == 1 ? 0 : OF_OTHERS, i == 1 ? OF_SYNACK : 0);
        box.path = 1;
        peers_make(&p, &defaults, &defaults);
        mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                        MPTCP_ADDR_JOIN);
        p.client.to_send = p.server.to_send = 4 << 20;
        peers_connect(&p);
        peers_run(&p, 60 * SECOND);
        assert_int_equal(0, p.client.fallback);
        peers_end(&p);
        world_end();
    }
}

int test_fallback(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_server_without_mptcp_when_connected_then_it_is_plain_tcp),
        in_world(given_a_client_without_mptcp_when_connected_then_it_is_plain_tcp),
        in_world(given_no_mptcp_at_either_end_when_connected_then_it_is_plain_tcp),
        in_world(given_syns_are_stripped_when_connected_then_it_is_plain_tcp),
        in_world(given_syn_acks_are_stripped_when_connected_then_it_is_plain_tcp),
        in_world(given_all_but_syns_are_stripped_when_connected_then_it_is_plain_tcp),
        in_world(given_the_client_s_segments_are_stripped_when_connected_then_it_is_plain),
        in_world(given_the_server_s_segments_are_stripped_when_connected_then_it_is_plain),
        in_world(given_syns_with_mptcp_are_dropped_when_connecting_then_it_is_plain_tcp),
        in_world(given_options_vanish_in_mid_transfer_when_alone_then_both_fall_back),
        in_world(given_options_vanish_when_told_to_reset_then_both_ends_hear_of_it),
        in_world(given_options_vanish_on_both_paths_when_under_way_then_both_ends_hear_of_it),
        in_world(given_joins_are_stripped_when_joining_then_the_first_path_carries_on),
    };
    return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
