/*
 * test_path_manager.c - addresses: announced with HMAC and echo, listened on, joined.
 */
#include "core_test.h"

/* The client hears of an address of the server's. */
static void hears(struct pair *p, const struct mptcp_option *o)
{
    struct wire w = with_option(o, ACK, 1, 0, 101);
    come(p, &p->client, p->client.sf, &w);
    assert_false(p->client.verdict.drop);
}

static bool connects(const struct pair *p)
{
    return (mptcp_want(p->client.c) & MPTCP_WANT(MPTCP_CONNECT)) != 0;
}

/* checks: A-4 A-6 G-1 */
static void given_an_announced_address_then_it_is_echoed_and_joined(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, 0, 0);
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(7, 2, 0));
    hears(&p, &o);
    assert_true((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND_ACK)) != 0);
    struct wire echo = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    struct mptcp_options sent = options_of(&echo);
    assert_true((sent.present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0);
    assert_int_equal(1, sent.add_addr.echo);
    assert_int_equal(3, sent.add_addr.addr_id);
    assert_int_equal(0, sent.add_addr.has_port);
    p.now += 1000000;
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(3, a.remote_id);
    assert_int_equal(80, a.remote.port); /* the port of the subflow that carried it */
    assert_int_equal(7, a.remote.ip[1]);
}

/* checks: A-4 */
static void given_a_wrong_hmac_then_the_address_is_ignored(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;
    establish(&p, 0, 0);
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(7, 2, 0));
    o.u.add_addr.hmac ^= 1;
    hears(&p, &o);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 3, &got));
    assert_false(connects(&p));
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_false((options_of(&w).present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0);
}

/* checks: A-9 A-8 */
static void given_an_id_announced_again_then_only_a_new_port_is_tried(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr got;
    establish(&p, 0, 0);
    struct mptcp_option first = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(7, 2, 8000));
    hears(&p, &first);
    p.now += 1000000;
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_FAILED, p.now);
    assert_false(connects(&p));
    hears(&p, &first);
    assert_false(connects(&p));
    struct mptcp_option other_address = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(8, 2, 8000));
    hears(&p, &other_address);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, 3, &got));
    assert_int_equal(7, got.ip[1]);
    struct mptcp_option other_port = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(7, 2, 8001));
    hears(&p, &other_port);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(8001, a.remote.port);
}

/* checks: none */
static void given_the_initial_address_is_announced_then_it_is_not_joined_again(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(0, 2, 80));
    hears(&p, &o);
    p.now += 1000000;
    mptcp_on_timeout(p.client.c, p.now);
    assert_false(connects(&p));
}

/* The server announces; the host listens. The ADD_ADDR that leaves, if one does. */
static struct wire announce(struct pair *p, uint16_t port)
{
    struct mptcp_addr addr = address(7, 2, port);
    struct mptcp_action a;
    uint8_t id;
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p->server.c, &addr, MPTCP_ADDR_ANNOUNCE, &id, p->now));
    assert_true(find_action(p, &p->server, MPTCP_LISTEN, &a));
    assert_int_equal(port == 0 ? 80 : port, a.local.port);
    mptcp_done(p->server.c, &a, 0, MPTCP_DONE, p->now);
    return send_from(p, &p->server, p->server.sf, ACK, 1, 0, 101);
}

/* checks: A-2 A-3 A-6 */
static void given_no_echo_then_the_address_is_announced_again_until_it_is_echoed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, 0, 0);
    struct wire first = announce(&p, 0);
    struct mptcp_options o = options_of(&first);
    assert_int_equal(0, o.add_addr.echo);
    assert_int_equal(0, o.add_addr.has_port);
    p.now = mptcp_deadline(p.server.c);
    mptcp_on_timeout(p.server.c, p.now);
    assert_true(find_action(&p, &p.server, MPTCP_SEND_ACK, &a));
    struct wire again = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    assert_true(o.add_addr.hmac == options_of(&again).add_addr.hmac);

    come(&p, &p.client, p.client.sf, &again);
    struct wire echo = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &echo);
    drain(&p, &p.server);
    send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    p.now += 500000; /* two signals have left in a row (G-2) */
    mptcp_on_timeout(p.server.c, p.now);
    assert_true(mptcp_deadline(p.server.c) == MPTCP_NEVER);
}

/* checks: G-2 A-1 */
static void given_many_addresses_then_no_more_than_two_announcements_leave_in_a_row(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    unsigned at_once = 0;
    uint8_t id;

    establish(&p, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct mptcp_addr addr = address(7 + i, 2, 0);
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p.server.c, &addr, MPTCP_ADDR_ANNOUNCE, &id, p.now));
        assert_true(find_action(&p, &p.server, MPTCP_LISTEN, &a));
        mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
    }
    for (unsigned i = 0; i < 5; i++) {
        struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
        at_once += (options_of(&w).present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0;
    }
    assert_int_equal(2, at_once);
    assert_int_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_SEND_ACK));
    p.now += 500000; /* an RTT that is not known */
    mptcp_on_timeout(p.server.c, p.now);
    struct wire third = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    assert_true((options_of(&third).present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0);
}

/* checks: A-6 */
static void given_nobody_ever_echoes_then_announcing_ends(void **state)
{
    (void)state;
    struct pair p;
    unsigned sent = 0;
    establish(&p, 0, 0);
    announce(&p, 8000);
    for (unsigned i = 0; i < 40 && mptcp_deadline(p.server.c) != MPTCP_NEVER; i++) {
        p.now = mptcp_deadline(p.server.c);
        mptcp_on_timeout(p.server.c, p.now);
        struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
        sent += (options_of(&w).present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0;
    }
    assert_true(sent >= 2 && sent < 20);
    assert_true(mptcp_deadline(p.server.c) == MPTCP_NEVER);
}

/* checks: A-1 */
static void given_a_host_that_cannot_listen_then_nothing_is_announced(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr addr = address(7, 2, 0);
    struct mptcp_action a;
    uint8_t id;
    establish(&p, 0, 0);
    mptcp_add_address(p.server.c, &addr, MPTCP_ADDR_ANNOUNCE, &id, p.now);
    assert_true(find_action(&p, &p.server, MPTCP_LISTEN, &a));
    mptcp_done(p.server.c, &a, 0, MPTCP_FAILED, p.now);
    struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    assert_false((options_of(&w).present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0);
}

/* checks: A-2 J-3 */
static void given_more_addresses_than_slots_then_the_next_is_refused_unchanged(void **state)
{
    (void)state;
    struct pair p;
    uint8_t id;
    uint8_t before[CORE_BLOCK];
    establish(&p, 0, 0);
    for (unsigned i = 1; i < CORE_ADDRS; i++) {
        struct mptcp_addr addr = address(i, 1, 0);
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p.client.c, &addr, MPTCP_ADDR_JOIN, &id, p.now));
        assert_int_equal(i, id);
    }
    struct mptcp_addr more = address(9, 1, 0);
    memcpy(before, p.client.c, sizeof before);
    assert_int_equal(MPTCP_E_FULL,
                     mptcp_add_address(p.client.c, &more, MPTCP_ADDR_JOIN, &id, p.now));
    assert_memory_equal(before, p.client.c, sizeof before);
}

/* checks: D-32 D-31 */
static void given_mp_prio_then_the_subflow_is_a_backup_and_back_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_subflow_report info;
    establish(&p, 0, 0);
    for (unsigned backup = 1; backup < 2; backup--) {
        assert_int_equal(MPTCP_OK, mptcp_set_backup(p.client.c, p.client.sf, backup != 0, p.now));
        struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
        assert_true((options_of(&w).present & MPTCP_HAS(MPTCP_PRIO)) != 0);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(MPTCP_OK, mptcp_subflow_info(p.server.c, p.server.sf, &info));
        assert_int_equal(backup, info.peer_backup);
    }
}

/* checks: G-1 */
static void
given_our_direction_is_closed_when_no_subflow_is_left_then_several_addresses_are_tried(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[2 * CORE_BLOCK];
    struct pair p;
    struct mptcp_action a;
    struct mptcp_config cfg = core_config(0);
    uint8_t id;

    cfg.no_path_limit = 60000000;
    establish_as(&p, &cfg, mem, CORE_BLOCK);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    server_acks(&p, 101);
    drain(&p, &p.client);
    for (unsigned net = 1; net < 3; net++) {
        struct mptcp_addr addr = address(net, 1, 0);
        assert_true(mptcp_add_address(p.client.c, &addr, MPTCP_ADDR_JOIN, &id, p.now) >= 0);
    }
    assert_false(connects(&p)); /* the subflow that is there suffices */
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    /* The first of them may be on a path that is dead. */
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_true(connects(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_announced_address_then_it_is_echoed_and_joined),
        cmocka_unit_test(given_a_wrong_hmac_then_the_address_is_ignored),
        cmocka_unit_test(given_an_id_announced_again_then_only_a_new_port_is_tried),
        cmocka_unit_test(given_the_initial_address_is_announced_then_it_is_not_joined_again),
        cmocka_unit_test(given_no_echo_then_the_address_is_announced_again_until_it_is_echoed),
        cmocka_unit_test(given_many_addresses_then_no_more_than_two_announcements_leave_in_a_row),
        cmocka_unit_test(given_nobody_ever_echoes_then_announcing_ends),
        cmocka_unit_test(given_a_host_that_cannot_listen_then_nothing_is_announced),
        cmocka_unit_test(given_more_addresses_than_slots_then_the_next_is_refused_unchanged),
        cmocka_unit_test(given_mp_prio_then_the_subflow_is_a_backup_and_back_again),
        cmocka_unit_test(
            given_our_direction_is_closed_when_no_subflow_is_left_then_several_addresses_are_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
