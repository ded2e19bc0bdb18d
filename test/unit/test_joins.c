/*
 * test_joins.c - which subflows are opened, from where and to where, and which are not tried again
 * (RFC 8684 s3.6, s3.9): ports, what the host asks for, refusals, addresses that mislead.
 */
#include "bugs_test.h"

/* As establish, but the client's policy and limit are the test's. */
static void establish_under(struct pair *p, unsigned policy, unsigned limit)
{
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = CLIENT_KEY};
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(0, 2, 80);

    begin(p, 0, 0);
    mptcp_config_init(&cfg);
    cfg.subflows = CORE_SUBFLOWS;
    cfg.addrs = CORE_ADDRS;
    cfg.runs = CORE_RUNS;
    cfg.subflow_limit = (uint8_t)limit;
    cfg.policy = (uint8_t)policy;
    p->client.c = mptcp_conn_init(p->client.block, sizeof p->client.block, &cfg, &secret);
    assert_non_null(p->client.c);
    assert_int_equal(MPTCP_OK, mptcp_connect(p->client.c, &local, &remote, &p->client.sf, p->now));
    struct wire syn = send_from(p, &p->client, p->client.sf, SYN, 0, 0, 0);
    accept_syn(p, &syn);
    struct wire synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &synack);
    client_sends(p, 1, 100);
    server_acks(p, 101);
    p->now += 1000000;
    mptcp_on_timeout(p->client.c, p->now);
    send_from(p, &p->client, p->client.sf, ACK, 101, 0, 1);
}

static uint8_t has_address(struct pair *p, unsigned net, unsigned flags)
{
    struct mptcp_addr a = address(net, 1, 0);
    uint8_t id;
    assert_int_equal(MPTCP_OK, mptcp_add_address(p->client.c, &a, flags, &id, p->now));
    return id;
}

/* The next subflow is opened: its SYN leaves. NONE if there is none. */
static mptcp_sf opens(struct pair *p, struct mptcp_action *a)
{
    if (!find_action(p, &p->client, MPTCP_CONNECT, a)) {
        return MPTCP_SF_NONE;
    }
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, a, 0, MPTCP_DONE, p->now));
    send_from(p, &p->client, a->sf, SYN, 0, 0, 0);
    return a->sf;
}

/* Whether the client opens another one within ten minutes. */
static bool opens_later(struct pair *p)
{
    struct mptcp_action a;
    mptcp_time end = p->now + 600000000;

    while (!find_action(p, &p->client, MPTCP_CONNECT, &a)) {
        mptcp_time at = mptcp_deadline(p->client.c);
        if (at > end) {
            return false;
        }
        p->now = at;
        mptcp_on_timeout(p->client.c, p->now);
    }
    return true;
}

/* checks: H-1 */
static void given_a_second_address_then_it_is_joined_from_and_to_the_same_ports(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish_under(&p, MPTCP_POLICY_ADDRESSES, 3);
    has_address(&p, 1, MPTCP_ADDR_JOIN);
    opens(&p, &a);
    assert_int_equal(1, a.local.ip[1]);
    assert_int_equal(5000, a.local.port);
    assert_int_equal(80, a.remote.port);
    /* To an announced address likewise. */
    hears_of(&p, 3, address(7, 2, 0));
    opens(&p, &a);
    assert_int_equal(7, a.remote.ip[1]);
    assert_int_equal(5000, a.local.port);
    assert_int_equal(80, a.remote.port);
}

/* checks: H-2 J-14 */
static void given_the_host_decides_then_it_gets_what_it_asks_for_up_to_the_limit(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish_under(&p, MPTCP_POLICY_HOST, 2);
    uint8_t id = has_address(&p, 1, MPTCP_ADDR_JOIN);
    hears_of(&p, 3, address(7, 2, 0));
    assert_false(opens_later(&p));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 3, p.now));
    opens(&p, &a);
    assert_int_equal(id, a.addr_id);
    assert_int_equal(3, a.remote_id);
    assert_int_equal(2, info_of(&p.client).subflows);
    mptcp_join(p.client.c, 0, 3, p.now);
    assert_int_equal(MPTCP_SF_NONE, opens(&p, &a));
}

/* checks: C-17 C-21 */
static void given_it_may_not_join_then_the_hosts_wish_is_refused(void **state)
{
    (void)state;
    struct pair p;
    uint8_t id;
    struct mptcp_addr second = address(1, 1, 0);

    open_pair(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &second, 0, &id, p.now));
    assert_int_equal(MPTCP_E_NOT_FULLY, mptcp_join(p.client.c, id, 0, p.now));
    client_sends(&p, 1, 100);
    server_acks(&p, 101);
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));

    /* The peer's flag C forbids its initial address and port; another address is free. */
    establish(&p, 0, MPTCP_CFG_DENY_JOIN);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &second, 0, &id, p.now));
    assert_int_equal(MPTCP_E_DENIED, mptcp_join(p.client.c, id, 0, p.now));
    hears_of(&p, 3, address(7, 2, 0));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 3, p.now));
}

/* checks: A-8 H-4 */
static void
given_an_address_that_cannot_be_reached_then_only_announcing_it_again_helps(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish_under(&p, MPTCP_POLICY_ADDRESSES, 3);
    hears_of(&p, 3, address(7, 2, 0));
    mptcp_sf sf = opens(&p, &a);
    assert_int_equal(3, a.remote_id);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, sf, MPTCP_E_SUBFLOW_FAILED, p.now));
    assert_false(opens_later(&p));
    hears_of(&p, 3, address(7, 2, 0));
    assert_true(opens_later(&p));
}

/* The host had no memory for the SYN: nothing is known of that address, however often. */
static void given_no_memory_for_its_syn_then_the_subflow_is_opened_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish_under(&p, MPTCP_POLICY_ADDRESSES, 3);
    hears_of(&p, 3, address(7, 2, 0));
    for (unsigned i = 0; i < 4; i++) {
        mptcp_sf sf = opens(&p, &a);
        assert_int_equal(3, a.remote_id);
        mptcp_time at = p.now;
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, sf, MPTCP_E_FULL, p.now));
        assert_false(wants(&p.client, MPTCP_CONNECT));
        assert_true(opens_later(&p));
        assert_true(p.now >= at + 500000);
    }
}

/* The second subflow, the client's, is reset by an MP_TCPRST. */
static void is_reset(struct pair *p, bool transient)
{
    struct mptcp_option o = {.subtype = MPTCP_TCPRST};
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(p, &ours, &theirs);
    o.u.tcprst.reason = MPTCP_RST_RESOURCES;
    o.u.tcprst.transient = transient;
    struct wire rst = with_option(&o, RST | ACK, 1, 0, 1);
    come(p, &p->client, ours, &rst);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, ours, MPTCP_E_PEER_RESET, p->now));
}

/* checks: T-3 */
static void given_a_reset_for_good_or_for_a_while_then_only_the_latter_is_opened_again(void **state)
{
    (void)state;
    struct pair p;

    is_reset(&p, false);
    assert_false(opens_later(&p));
    is_reset(&p, true);
    assert_false(wants(&p.client, MPTCP_CONNECT));
    mptcp_time at = p.now;
    assert_true(opens_later(&p));
    assert_true(p.now >= at + 500000);
}

/* A peer may name addresses of others. It gets one SYN each, few at a time, and each time it has to
 * say so again, under the HMAC of the connection. */
/* checks: Y-3 A-2 J-14 */
static void given_a_peer_that_names_many_addresses_then_few_are_tried_and_each_once(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    unsigned syns = 0;

    establish_under(&p, MPTCP_POLICY_FULLMESH, 2);
    for (uint8_t id = 1; id <= 100; id++) {
        hears_of(&p, id, address(id, 2, 0));
        while (opens(&p, &a) != MPTCP_SF_NONE) {
            syns++;
        }
        drain(&p, &p.client);
    }
    assert_int_equal(1, syns); /* with the initial one, the limit */
    assert_int_equal(2, info_of(&p.client).subflows);
    for (unsigned i = 0; i < 20; i++) {
        mptcp_sf sf = mptcp_subflow_at(p.client.c, 1);
        if (sf != MPTCP_SF_NONE) {
            mptcp_on_gone(p.client.c, sf, MPTCP_E_SUBFLOW_FAILED, p.now);
        }
        syns += opens(&p, &a) != MPTCP_SF_NONE;
        drain(&p, &p.client);
        p.now += 60000000;
        mptcp_on_timeout(p.client.c, p.now);
    }
    assert_in_range(syns, 2, CORE_ADDRS - 1);
}

/* One that takes each back and names another, where nobody is either. */
/* checks: Y-3 */
static void given_one_wrong_address_after_the_other_then_no_more_are_tried_in_the_end(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_option gone = {.subtype = MPTCP_REMOVE_ADDR};
    unsigned syns = 0;

    establish_under(&p, MPTCP_POLICY_ADDRESSES, 3);
    gone.u.remove_addr.count = 1;
    gone.u.remove_addr.ids[0] = 3;
    for (unsigned net = 10; net < 110; net++) {
        hears_of(&p, 3, address(net, 2, 0));
        mptcp_sf sf = opens(&p, &a);
        if (sf != MPTCP_SF_NONE) {
            syns++;
            mptcp_on_gone(p.client.c, sf, MPTCP_E_SUBFLOW_FAILED, p.now);
        }
        struct wire w = with_option(&gone, ACK, 1, 0, 101);
        come(&p, &p.client, p.client.sf, &w);
        drain(&p, &p.client);
        p.now += 60000000;
        mptcp_on_timeout(p.client.c, p.now);
    }
    assert_in_range(syns, 2, 16);
}

/* checks: S-3 */
static void given_two_connections_of_the_same_hosts_then_addresses_are_each_ones_own(void **state)
{
    (void)state;
    static struct pair p;
    static struct pair q;
    struct mptcp_addr got;

    establish_under(&p, MPTCP_POLICY_ADDRESSES, 3);
    establish_under(&q, MPTCP_POLICY_ADDRESSES, 3);
    has_address(&p, 1, MPTCP_ADDR_JOIN);
    hears_of(&p, 3, address(7, 2, 0));
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, 3, &got));
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, false, 1, &got));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(q.client.c, true, 3, &got));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(q.client.c, false, 1, &got));
    assert_true(wants(&p.client, MPTCP_CONNECT));
    assert_false(opens_later(&q));
}

/* checks: D-31 D-32 J-5 */
static void given_the_peer_wants_a_backup_then_data_goes_there_only_if_no_other_works(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_option o = {.subtype = MPTCP_PRIO, .u.prio.backup = 1};
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    struct wire w = with_option(&o, ACK, 1, 0, 1);
    come(&p, &p.client, ours, &w);
    /* The way back is another matter. */
    assert_false(peer_backup(&p.server, theirs));
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    room(&p, &p.client, p.client.sf, 0);
    room(&p, &p.client, ours, 1000);
    assert_false(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(ours, a.sf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_second_address_then_it_is_joined_from_and_to_the_same_ports),
        cmocka_unit_test(given_the_host_decides_then_it_gets_what_it_asks_for_up_to_the_limit),
        cmocka_unit_test(given_it_may_not_join_then_the_hosts_wish_is_refused),
        cmocka_unit_test(
            given_an_address_that_cannot_be_reached_then_only_announcing_it_again_helps),
        cmocka_unit_test(given_no_memory_for_its_syn_then_the_subflow_is_opened_again),
        cmocka_unit_test(
            given_a_reset_for_good_or_for_a_while_then_only_the_latter_is_opened_again),
        cmocka_unit_test(given_a_peer_that_names_many_addresses_then_few_are_tried_and_each_once),
        cmocka_unit_test(given_two_connections_of_the_same_hosts_then_addresses_are_each_ones_own),
        cmocka_unit_test(given_the_peer_wants_a_backup_then_data_goes_there_only_if_no_other_works),
        cmocka_unit_test(given_one_wrong_address_after_the_other_then_no_more_are_tried_in_the_end),
    };
    return cmocka_run_group_tests_name("joins", tests, NULL, NULL);
}
