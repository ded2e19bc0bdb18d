/*
 * test_paths.c - several paths: joins by us and by the peer, both used at once,
 * backups, limits, a path that goes dark and comes back.
 */
#include "suite.h"

#include "mptcp/why.h"

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

static int why_no_join(const struct peer *of)
{
    return mptcp_why_not_joining(mptcpl_conn(of->pcb), MPTCP_ANY_ID, MPTCP_ANY_ID, NULL);
}

/* checks: none */
static void given_no_join_then_the_connection_of_a_pcb_says_why(void **state)
{
    (void)state;
    static struct peers p;

    two_paths(&medium, &medium);
    peers_make(&p, &defaults, &defaults);
    assert_null(mptcpl_conn(p.client.pcb));
    assert_null(mptcpl_conn(p.listener));
    assert_int_equal(MPTCP_E_ARGUMENT, why_no_join(&p.client));
    p.client.to_send = 1000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(SECOND);
    assert_int_equal(MPTCP_E_NO_SOURCE, why_no_join(&p.client));
    assert_int_equal(ERR_OK, mptcpl_new_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    assert_true(world_run_until(two_alive, &p, 5 * SECOND));
    assert_int_equal(MPTCP_E_JOINED, why_no_join(&p.client));
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 20 * SECOND);
    peers_end(&p);
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

/* checks: J-1 J-6 J-8 */
static void given_a_second_address_of_the_client_when_uploading_then_both_paths_carry(void **state)
{
    (void)state;
    shared(CLIENT_JOINS, true);
}

/* checks: J-1 J-6 J-8 */
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

/* What arrives at `to` in `us`, in bits per second. */
static uint64_t rate(struct peer *to, mptcp_time us)
{
    uint64_t before = to->received;
    world_run_for(us);
    return (to->received - before) * 8 * SECOND / us;
}

/* A transfer that lasts, with both paths up. */
static void start_bulk(struct peers *p, const struct world_link *first,
                       const struct world_link *second)
{
    two_paths(first, second);
    peers_make(p, &defaults, &defaults);
    use(p->client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    p->client.to_send = (uint64_t)1 << 40;
    p->server.keep_open = true;
    peers_connect(p);
    assert_true(world_run_until(two_alive, p, 5 * SECOND));
}

/* The rest of it, made short. */
static void finish_bulk(struct peers *p)
{
    p->client.to_send = p->client.sent;
    p->server.keep_open = false;
    peer_write(&p->client);
    peer_write(&p->server);
    peers_run(p, 30 * SECOND);
    peers_end(p);
}

static void given_two_equal_paths_when_uploading_then_they_carry_nearly_twice_as_much(void **state)
{
    static struct peers p;

    (void)state;
    start_bulk(&p, &medium, &medium);
    world_run_for(5 * SECOND);
    assert_in_range(rate(&p.server, 20 * SECOND), 34000000, 40000000);
    finish_bulk(&p);
}

static void given_unequal_paths_when_uploading_then_both_are_used(void **state)
{
    static struct peers p;

    (void)state;
    start_bulk(&p, &medium, &slow);
    world_run_for(5 * SECOND);
    assert_in_range(rate(&p.server, 20 * SECOND), 26000000, 30000000);
    finish_bulk(&p);
}

/* The longest time without a new octet at `to` during us. */
static mptcp_time silence(struct peer *to, mptcp_time us)
{
    mptcp_time end = world_now() + us;
    mptcp_time since = world_now();
    mptcp_time longest = 0;
    uint64_t before = to->received;

    while (world_now() < end) {
        world_run_for(10 * MILLISECOND);
        if (to->received != before) {
            before = to->received;
            since = world_now();
        }
        longest = LWIP_MAX(longest, world_now() - since);
    }
    return longest;
}

static void cut_and_restore(unsigned path)
{
    static struct peers p;

    start_bulk(&p, &medium, &slow);
    world_run_for(3 * SECOND);
    world_cut(path, true);
    assert_in_range(silence(&p.server, 5 * SECOND), 0, 2 * SECOND);
    assert_true(rate(&p.server, 10 * SECOND) > 7000000);
    world_cut(path, false);
    uint64_t before = peer_sent_on(&p.client, path);
    world_run_for(3 * SECOND);
    assert_true(peer_sent_on(&p.client, path) > before + 100000);
    world_run_for(5 * SECOND);
    assert_true(rate(&p.server, 20 * SECOND) > 25000000);
    finish_bulk(&p);
}

/* checks: D-27 D-29 */
static void given_a_first_path_that_goes_dark_when_it_returns_then_it_carries_again(void **state)
{
    (void)state;
    cut_and_restore(0);
}

/* checks: D-27 D-29 */
static void given_a_second_path_that_goes_dark_when_it_returns_then_it_carries_again(void **state)
{
    (void)state;
    cut_and_restore(1);
}

/* checks: D-31 */
static void given_a_backup_when_the_first_path_is_well_then_it_carries_nothing(void **state)
{
    static struct peers p;

    (void)state;
    two_paths(&medium, &medium);
    peers_make(&p, &defaults, &defaults);
    use(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN | MPTCP_ADDR_BACKUP);
    p.client.to_send = (uint64_t)1 << 40;
    p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(two_alive, &p, 5 * SECOND));
    world_run_for(3 * SECOND);
    assert_int_equal(0, peer_sent_on(&p.client, 1));
    world_cut(0, true);
    world_run_for(5 * SECOND);
    assert_true(peer_sent_on(&p.client, 1) > 1000000);
    world_cut(0, false);
    world_run_for(3 * SECOND);
    finish_bulk(&p);
}

/* checks: D-31 */
static void given_the_first_subflow_is_made_a_backup_then_the_second_carries_all(void **state)
{
    static struct peers p;
    struct mptcpl_subflow_stats first;

    (void)state;
    two_paths(&medium, &medium);
    peers_make(&p, &defaults, &defaults);
    use(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    p.client.keep_open = true;
    p.server.to_send = (uint64_t)1 << 40;
    peers_connect(&p);
    assert_true(world_run_until(two_alive, &p, 5 * SECOND));
    assert_true(mptcpl_subflow_stats(p.client.pcb, 0, &first));

    assert_int_equal(ERR_OK, mptcpl_set_backup(p.client.pcb, first.sf, true));
    world_run_for(SECOND);
    uint64_t before = peer_sent_on(&p.server, 0);
    world_run_for(3 * SECOND);
    assert_true(peer_sent_on(&p.server, 0) == before);
    assert_true(mptcpl_subflow_stats(p.server.pcb, 0, &first) && first.backup);

    assert_true(mptcpl_subflow_stats(p.client.pcb, 0, &first));
    assert_int_equal(ERR_OK, mptcpl_set_backup(p.client.pcb, first.sf, false));
    world_run_for(3 * SECOND);
    assert_true(peer_sent_on(&p.server, 0) > before);
    assert_int_equal(ERR_VAL, mptcpl_set_backup(p.client.pcb, first.sf + 0x1000, true));
    p.server.to_send = p.server.sent;
    p.client.keep_open = false;
    finish_bulk(&p);
}

static void given_a_limit_of_one_subflow_when_there_are_two_paths_then_one_is_used(void **state)
{
    static struct peers p;

    (void)state;
    two_paths(&medium, &medium);
    defaults.max_subflows = 1;
    peers_make(&p, &defaults, &defaults);
    use(p.client.pcb, 1, WORLD_CLIENT, MPTCP_ADDR_JOIN);
    p.client.to_send = 4 << 20;
    p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(1 * SECOND);
    assert_int_equal(1, mptcpl_subflow_count(p.client.pcb));
    p.server.keep_open = false;
    peer_write(&p.server);
    peers_run(&p, 20 * SECOND);
    peers_end(&p);
}

static void given_checksums_and_two_paths_when_uploading_then_both_carry(void **state)
{
    (void)state;
    defaults.checksum = 1;
    shared(CLIENT_JOINS, true);
}

static void given_loss_on_two_paths_when_uploading_then_every_octet_arrives(void **state)
{
    static struct peers p;
    struct world_link lossy = medium;

    (void)state;
    lossy.loss = 10000;
    start_bulk(&p, &lossy, &lossy);
    world_run_for(30 * SECOND);
    finish_bulk(&p);
}

/* checks: A-1 A-9 */
static void
given_two_announced_addresses_when_one_is_removed_then_joins_to_the_other_are_taken(void **state)
{
    (void)state;
    static struct peers p;

    two_paths(&medium, &medium);
    world_path("10.0.3.1", "10.0.3.2", &medium);
    peers_make(&p, &defaults, &defaults);
    assert_int_equal(ERR_OK, mptcpl_bind(p.listener, IP4_ADDR_ANY, PEERS_PORT));
    use(p.listener, 1, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    use(p.listener, 2, WORLD_SERVER, MPTCP_ADDR_ANNOUNCE);
    world_cut(2, true);
    p.client.keep_open = p.server.keep_open = true;
    p.client.to_send = 1000;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 5 * SECOND));
    world_run_for(SECOND);
    /* From here on the connection itself is all that listens. */
    mptcpl_close(p.listener);
    p.listener = mptcpl_new(&defaults);
    assert_int_equal(ERR_OK, mptcpl_remove_path(p.server.pcb, world_address(1, WORLD_SERVER)));
    world_run_for(10 * SECOND);
    assert_int_equal(1, peer_alive(&p.server));
    world_cut(2, false);
    mptcpl_refresh_path(p.server.pcb, world_address(2, WORLD_SERVER));
    world_run_for(40 * SECOND);
    assert_int_equal(2, peer_alive(&p.client));
    assert_int_equal(2, peer_alive(&p.server));
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 60 * SECOND);
    peers_end(&p);
}

int test_paths(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_no_join_then_the_connection_of_a_pcb_says_why),
        in_world(given_a_second_address_of_the_client_when_uploading_then_both_paths_carry),
        in_world(given_a_second_address_of_the_client_when_downloading_then_both_carry),
        in_world(given_an_address_that_the_server_announces_when_uploading_then_both_carry),
        in_world(given_an_address_that_the_server_announces_when_downloading_then_both_carry),
        in_world(given_an_address_that_the_client_announces_when_uploading_then_both_carry),
        in_world(given_an_address_that_the_client_announces_when_downloading_then_both_carry),
        in_world(given_two_equal_paths_when_uploading_then_they_carry_nearly_twice_as_much),
        in_world(given_unequal_paths_when_uploading_then_both_are_used),
        in_world(given_a_first_path_that_goes_dark_when_it_returns_then_it_carries_again),
        in_world(given_a_second_path_that_goes_dark_when_it_returns_then_it_carries_again),
        in_world(given_a_backup_when_the_first_path_is_well_then_it_carries_nothing),
        in_world(given_the_first_subflow_is_made_a_backup_then_the_second_carries_all),
        in_world(given_a_limit_of_one_subflow_when_there_are_two_paths_then_one_is_used),
        in_world(given_checksums_and_two_paths_when_uploading_then_both_carry),
        in_world(given_loss_on_two_paths_when_uploading_then_every_octet_arrives),
        in_world(
            given_two_announced_addresses_when_one_is_removed_then_joins_to_the_other_are_taken),
    };
    return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
