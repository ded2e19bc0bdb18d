/*
 * test_paths.c - several paths: joins by us and by the peer, both used at once,
 * backups, limits, a path that goes dark and comes back.
 */
#include "suite.h"

static void two_paths(const struct world_link *first, const struct world_link *second)
{
    world_path("10.0.1.1", "10.0.1.2", first);
    world_path("10.0.2.1", "10.0.2.2", second);
}

static void use(struct mptcpl_pcb *pcb, unsigned path, enum world_side side, unsigned flags)
{
    assert_int_equal(
        ERR_OK, mptcpl_add_path(pcb, world_address(path, side), world_netif(path, side), flags));
}

static bool two_alive(void *arg)
{
    struct peers *p = arg;
    return p->client.pcb != NULL && p->server.pcb != NULL && peer_alive(&p->client) == 2 &&
           peer_alive(&p->server) == 2;
}

/* Both paths carry a part of n octets written by `from`. */
static void shares(struct peers *p, struct peer *from, uint64_t n)
{
    struct peer *to = from == &p->client ? &p->server : &p->client;

    from->to_send = n;
    from->keep_open = to->keep_open = true;
    peers_connect(p);
    assert_true(world_run_until(two_alive, p, 5 * SECOND));
    while (to->received < n) {
        mptcp_time before = to->received;
        world_run_for(SECOND);
        assert_true(to->received > before);
    }
    assert_true(peer_sent_on(from, 0) > n / 8);
    assert_true(peer_sent_on(from, 1) > n / 8);
    from->keep_open = to->keep_open = false;
    peer_write(from);
    peer_write(to);
    peers_run(p, 20 * SECOND);
    peers_end(p);
}

enum way { CLIENT_JOINS, SERVER_ANNOUNCES, BOTH, CLIENT_ANNOUNCES };

static void set_up(struct peers *p, enum way way)
{
    two_paths(&medium, &medium);
    peers_make(p, &defaults, &defaults);
    if (way == CLIENT_JOINS || way == BOTH) {
        use(p->client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    }
    if (way == CLIENT_ANNOUNCES) {
        use(p->client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_ANNOUNCE);
    }
    if (way == SERVER_ANNOUNCES || way == BOTH) {
        use(p->listener, 1, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    }
}

static void shared(enum way way, bool upload)
{
    static struct peers p;
    set_up(&p, way);
    shares(&p, upload ? &p.client : &p.server, 4 << 20);
}

/* checks: J-1 J-6 J-8 C-17 */
static void given_a_second_address_of_the_client_when_uploading_then_both_paths_carry(void **state)
{
    (void)state;
    shared(CLIENT_JOINS, true);
}

/* checks: J-1 J-6 J-8 C-17 */
static void given_a_second_address_of_the_client_when_downloading_then_both_carry(void **state)
{
    (void)state;
    shared(CLIENT_JOINS, false);
}

/* checks: A-1 A-3 A-4 A-6 */
static void given_an_address_that_the_server_announces_when_uploading_then_both_carry(void **state)
{
    (void)state;
    shared(SERVER_ANNOUNCES, true);
}

/* checks: A-1 A-3 A-4 A-6 */
static void
given_an_address_that_the_server_announces_when_downloading_then_both_carry(void **state)
{
    (void)state;
    shared(SERVER_ANNOUNCES, false);
}

/* checks: A-1 J-13 */
static void given_an_address_that_the_client_announces_when_uploading_then_both_carry(void **state)
{
    (void)state;
    shared(CLIENT_ANNOUNCES, true);
}

/* checks: A-1 J-13 */
static void
given_an_address_that_the_client_announces_when_downloading_then_both_carry(void **state)
{
    (void)state;
    shared(CLIENT_ANNOUNCES, false);
}

int test_paths(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_second_address_of_the_client_when_uploading_then_both_paths_carry),
        in_world(given_a_second_address_of_the_client_when_downloading_then_both_carry),
        in_world(given_an_address_that_the_server_announces_when_uploading_then_both_carry),
        in_world(given_an_address_that_the_server_announces_when_downloading_then_both_carry),
        in_world(given_an_address_that_the_client_announces_when_uploading_then_both_carry),
        in_world(given_an_address_that_the_client_announces_when_downloading_then_both_carry),
    };
    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
