/*
 * test_version0.c - version 0 (RFC 6824) over lwIP: two paths of which one goes dark, announced
 * addresses, both versions at one listener, and a client that offers version 1, then 0.
 */
#include "suite.h"

#include "mptcp/crypto.h"

static void two_paths(void)
{
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
}

static void use(struct mptcpl_pcb *pcb, enum world_side side, unsigned flags)
{
    assert_int_equal(ERR_OK,
                     mptcpl_add_path(pcb, world_address(1, side), world_netif(1, side), flags));
}

static unsigned version_of(const struct peer *peer)
{
    struct mptcp_conn_report info;
    mptcpl_info(peer->pcb, &info);
    return info.version;
}

static bool two_alive(void *arg)
{
    struct peers *p = arg;
    return p->client.pcb != NULL && p->server.pcb != NULL && peer_alive(&p->client) == 2 &&
           peer_alive(&p->server) == 2;
}

static void finish(struct peers *p)
{
    p->client.to_send = p->client.sent;
    p->server.keep_open = false;
    peer_write(&p->client);
    peer_write(&p->server);
    peers_run(p, 30 * SECOND);
    peers_end(p);
}

/* Connects and writes without an end; both subflows come up. */
static void opens_twice(struct peers *p)
{
    p->client.to_send = (uint64_t)1 << 40;
    p->server.keep_open = true;
    peers_connect(p);
    assert_true(world_run_until(two_alive, p, 10 * SECOND));
    assert_int_equal(0, version_of(&p->client));
    assert_int_equal(0, version_of(&p->server));
}

/* checks: Z-5 Z-22 Z-30 */
static void given_version_0_and_two_paths_when_one_goes_dark_then_the_other_carries_on(void **state)
{
    static struct peers p;

    (void)state;
    defaults.version = MPTCPL_VERSION_0;
    defaults.checksum = 1;
    two_paths();
    peers_make(&p, &defaults, &defaults);
    use(p.client.pcb, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    opens_twice(&p);
    world_run_for(2 * SECOND);
    assert_true(peer_sent_on(&p.client, 0) > 500000);
    assert_true(peer_sent_on(&p.client, 1) > 500000);
    world_cut(0, true);
    world_run_for(2 * SECOND);
    uint64_t before = p.server.received;
    world_run_for(2 * SECOND);
    assert_true(p.server.received > before + 1000000);
    world_cut(0, false);
    world_run_for(3 * SECOND);
    finish(&p);
    assert_int_equal(0, p.client.fallback);
}

/* The server announces its second address; does the client join to it? */
static bool announced_joins(uint8_t client, uint8_t server)
{
    static struct peers p;
    struct mptcpl_config at_server = defaults;

    defaults.version = MPTCPL_VERSION_0;
    defaults.add_addr2 = client;
    at_server.add_addr2 = server;
    two_paths();
    peers_make(&p, &defaults, &at_server);
    use(p.listener, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    p.client.to_send = (uint64_t)1 << 40;
    p.server.keep_open = true;
    peers_connect(&p);
    bool joined = world_run_until(two_alive, &p, 10 * SECOND);
    finish(&p);
    return joined;
}

/* checks: Z-7 Z-56 */
static void given_version_0_when_the_server_announces_then_the_client_joins(void **state)
{
    (void)state;
    assert_true(announced_joins(MPTCP_ADD_ADDR2_OFF, MPTCP_ADD_ADDR2_OFF));
}

/* checks: Z-62 Z-67 */
static void
given_add_addr2_at_both_ends_when_the_server_announces_then_the_client_joins(void **state)
{
    (void)state;
    assert_true(announced_joins(MPTCP_ADD_ADDR2_SENDER_KEY, MPTCP_ADD_ADDR2_SENDER_KEY));
}

/* checks: Z-67 */
static void
given_add_addr2_at_the_client_alone_then_a_plain_announcement_is_not_joined(void **state)
{
    (void)state;
    assert_false(announced_joins(MPTCP_ADD_ADDR2_SENDER_KEY, MPTCP_ADD_ADDR2_OFF));
}

/* A transfer by a client of this version to a listener of that one; which version it had. */
static unsigned transfer(enum mptcpl_version client, enum mptcpl_version server)
{
    static struct peers p;
    struct mptcpl_config of_client = defaults;
    struct mptcpl_config of_server = defaults;

    of_client.version = (uint8_t)client;
    of_server.version = (uint8_t)server;
    peers_make(&p, &of_client, &of_server);
    p.client.to_send = 100000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(2 * SECOND);
    unsigned version = version_of(&p.client);
    assert_int_equal(version, version_of(&p.server));
    p.client.keep_open = false;
    finish(&p);
    return version;
}

/* checks: Z-13 Z-15 Z-19 */
static void given_one_listener_then_each_client_is_answered_in_its_version(void **state)
{
    (void)state;
    two_paths();
    assert_int_equal(1, transfer(MPTCPL_VERSION_ANY, MPTCPL_VERSION_ANY));
    assert_int_equal(0, transfer(MPTCPL_VERSION_0, MPTCPL_VERSION_ANY));
    assert_int_equal(1, transfer(MPTCPL_VERSION_1_THEN_0, MPTCPL_VERSION_ANY));
}

/* checks: Z-16 Z-18 */
static void given_a_listener_of_the_other_version_then_the_connection_is_plain_tcp(void **state)
{
    (void)state;
    two_paths();
    assert_int_equal(255, transfer(MPTCPL_VERSION_0, MPTCPL_VERSION_1));
    assert_int_equal(255, transfer(MPTCPL_VERSION_1, MPTCPL_VERSION_0));
}

/* checks: Z-20 C-4 */
static void
given_version_1_then_0_when_the_server_speaks_0_then_the_second_connection_has_mptcp(void **state)
{
    (void)state;
    two_paths();
    mptcpl_forget_versions();
    assert_int_equal(255, transfer(MPTCPL_VERSION_1_THEN_0, MPTCPL_VERSION_0));
    assert_int_equal(0, transfer(MPTCPL_VERSION_1_THEN_0, MPTCPL_VERSION_0));
    assert_int_equal(0, transfer(MPTCPL_VERSION_1_THEN_0, MPTCPL_VERSION_0));
    mptcpl_forget_versions();
}

int test_version0(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_version_0_and_two_paths_when_one_goes_dark_then_the_other_carries_on),
        in_world(given_version_0_when_the_server_announces_then_the_client_joins),
        in_world(given_add_addr2_at_both_ends_when_the_server_announces_then_the_client_joins),
        in_world(given_add_addr2_at_the_client_alone_then_a_plain_announcement_is_not_joined),
        in_world(given_one_listener_then_each_client_is_answered_in_its_version),
        in_world(given_a_listener_of_the_other_version_then_the_connection_is_plain_tcp),
        in_world(
            given_version_1_then_0_when_the_server_speaks_0_then_the_second_connection_has_mptcp),
    };
    return cmocka_run_group_tests_name("version 0", tests, NULL, NULL);
}
