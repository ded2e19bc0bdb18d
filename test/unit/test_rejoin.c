/*
 * test_rejoin.c - a subflow of ours that worked and was lost is opened anew (RFC 8684 s3.6, s3.9):
 * what was on the way has forgotten its five-tuple, or has not, so it gets one of its own.
 */
#include "bugs_test.h"
#include "mptcp/why.h"

#define TEN_MINUTES 600000000u
#define DAY 86400000000ull
#define LONGEST_WAIT 256000000u /* between joins of a path that is lost again and again */

/* True if the side wants another subflow; *a is its CONNECT. The ACKs that are due leave. */
static bool connects_now(struct pair *p, struct side *s, struct mptcp_action *a)
{
    acks_leave(p, s);
    return find_action(p, s, MPTCP_CONNECT, a);
}

/* Who wants another subflow within ten minutes; *a is its CONNECT. */
static bool connects(struct pair *p, struct side *s, struct mptcp_action *a)
{
    mptcp_time end = p->now + TEN_MINUTES;

    while (!connects_now(p, s, a)) {
        mptcp_time at = mptcp_deadline(s->c);
        if (at > end) {
            return false;
        }
        p->now = at > p->now ? at : p->now;
        mptcp_on_timeout(s->c, p->now);
    }
    return true;
}

/* The second subflow, the client's, from its second address. */
static void has_two(struct pair *p, mptcp_sf *second)
{
    mptcp_sf theirs;
    two_subflows(p, second, &theirs);
}

static void is_lost(struct pair *p, struct side *s, mptcp_sf sf, int why)
{
    assert_int_equal(MPTCP_OK, mptcp_on_gone(s->c, sf, why, p->now));
}

/* checks: H-4 H-1 */
static void given_a_subflow_that_was_lost_then_it_is_opened_anew_from_another_port(void **state)
{
    static const int lost[] = {MPTCP_E_PEER_RESET, MPTCP_E_SUBFLOW_FAILED, MPTCP_E_TIMED_OUT};
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;

    (void)state;
    for (unsigned i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        has_two(&p, &second);
        uint8_t from = subflow_of(&p.client, second).local_id;
        mptcp_time at = p.now;
        is_lost(&p, &p.client, second, lost[i]);
        assert_true(connects(&p, &p.client, &a));
        assert_true(p.now >= at + 500000);
        assert_int_equal(from, a.addr_id);
        assert_int_equal(0, a.remote_id);
        assert_int_equal(0, a.local.port);
        assert_int_equal(80, a.remote.port);
    }
}

/* checks: H-4 H-1 */
static void
given_the_initial_subflow_was_lost_then_it_is_opened_anew_from_another_port(void **state)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;

    (void)state;
    has_two(&p, &second);
    is_lost(&p, &p.client, p.client.sf, MPTCP_E_TIMED_OUT);
    assert_true(connects(&p, &p.client, &a));
    assert_int_equal(0, a.addr_id);
    assert_int_equal(0, a.remote_id);
    assert_int_equal(0, a.local.port);
}

/* The client's second subflow has timed out, and time enough for another join has passed. *first is
 * the address id that the lost one had on the wire. */
static void a_second_one_times_out(struct pair *p, mptcp_sf *theirs)
{
    mptcp_sf ours;

    two_subflows(p, &ours, theirs);
    is_lost(p, &p->client, ours, MPTCP_E_TIMED_OUT);
    for (unsigned i = 0; i < 20; i++) {
        p->now += 500000;
        mptcp_on_timeout(p->client.c, p->now);
    }
}

/* checks: H-4 R-1 */
static void
given_a_subflow_that_timed_out_then_it_is_opened_anew_only_after_the_peer_was_told(void **state)
{
    struct pair p;
    struct mptcp_action a;
    struct mptcp_where where = {0};
    mptcp_sf theirs;

    (void)state;
    a_second_one_times_out(&p, &theirs);
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_E_LATER, mptcp_why_not_joining(p.client.c, 1, 0, &where));
    /* Nor if the host asks for it. */
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, 1, 0, p.now));
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_E_LATER, mptcp_why_not_joining(p.client.c, 1, 0, &where));

    struct wire gone = says(&p, &p.client, p.client.sf);
    assert_true(has_option(&gone, MPTCP_REMOVE_ADDR));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(1, a.addr_id);
}

/* The peer is told on a path that is slower than that of the join. checks: H-4 R-2 A-9 */
static void
given_a_removal_that_arrives_after_the_join_then_the_new_subflow_is_not_meant(void **state)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf old;
    mptcp_sf ours;
    mptcp_sf theirs;

    (void)state;
    a_second_one_times_out(&p, &old);
    struct wire gone = says(&p, &p.client, p.client.sf);
    assert_int_equal(1, options_of(&gone).remove_addr.count);
    joins(&p, &p.client, &p.server, &ours, &theirs);
    drain(&p, &p.server);
    uint8_t was = options_of(&gone).remove_addr.ids[0];
    assert_int_equal(was, subflow_of(&p.server, old).remote_id);
    assert_int_not_equal(was, subflow_of(&p.server, theirs).remote_id);
    come(&p, &p.server, p.server.sf, &gone);
    assert_true(find_action(&p, &p.server, MPTCP_PROBE, &a));
    assert_int_equal(old, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    assert_false(find_action(&p, &p.server, MPTCP_PROBE, &a));
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    /* For the client's host the address is the one that it was. */
    assert_int_equal(1, subflow_of(&p.client, ours).local_id);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, 1, p.now));
}

/* checks: R-1 H-4 */
static void
given_a_subflow_opened_anew_when_its_address_is_removed_then_the_peer_hears_its_own_id(void **state)
{
    struct pair p;
    mptcp_sf old;
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;

    (void)state;
    a_second_one_times_out(&p, &old);
    struct wire gone = says(&p, &p.client, p.client.sf);
    joins(&p, &p.client, &p.server, &ours, &theirs);
    uint8_t new_one = subflow_of(&p.server, theirs).remote_id;
    /* Another address of ours gets neither of its ids. */
    struct mptcp_addr third = address(2, 1, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &third, 0, &id, p.now));
    assert_int_not_equal(new_one, id);
    assert_int_not_equal(options_of(&gone).remove_addr.ids[0], id);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, 1, p.now));
    is_lost(&p, &p.client, ours, MPTCP_E_CLOSED);
    drain(&p, &p.client);
    gone = says(&p, &p.client, p.client.sf);
    assert_int_equal(1, options_of(&gone).remove_addr.count);
    assert_int_equal(new_one, options_of(&gone).remove_addr.ids[0]);
}

/* checks: H-4 */
static void
given_that_no_subflow_is_left_to_tell_the_peer_on_then_joins_do_not_wait_for_it(void **state)
{
    static _Alignas(uint64_t) uint8_t mem[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr second = address(1, 1, 0);
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;

    (void)state;
    cfg.no_path_limit = TEN_MINUTES;
    establish_as(&p, &cfg, mem, CORE_BLOCK);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now));
    joins(&p, &p.client, &p.server, &ours, &theirs);
    is_lost(&p, &p.client, ours, MPTCP_E_TIMED_OUT);
    is_lost(&p, &p.client, p.client.sf, MPTCP_E_TIMED_OUT);
    bool from_second = false;
    while (!from_second && connects(&p, &p.client, &a)) {
        from_second = a.addr_id == id;
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    }
    assert_true(from_second);
    assert_int_equal(MPTCP_OK, mptcp_on_established(p.client.c, a.sf, p.now));
}

/* checks: H-4 */
static void given_a_subflow_of_the_peers_when_it_is_lost_then_the_peer_opens_it_anew(void **state)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    (void)state;
    two_subflows(&p, &ours, &theirs);
    is_lost(&p, &p.server, theirs, MPTCP_E_PEER_RESET);
    assert_false(connects(&p, &p.server, &a));
}

/* checks: H-4 H-2 */
static void given_a_host_that_decides_when_a_subflow_is_lost_then_none_is_opened(void **state)
{
    static _Alignas(uint64_t) uint8_t mem[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct mptcp_addr second = address(1, 1, 0);
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;

    (void)state;
    cfg.policy = MPTCP_POLICY_HOST;
    establish_as(&p, &cfg, mem, CORE_BLOCK);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));
    joins(&p, &p.client, &p.server, &ours, &theirs);
    is_lost(&p, &p.client, ours, MPTCP_E_TIMED_OUT);
    assert_false(connects(&p, &p.client, &a));
    /* If it asks for it, from another port. */
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));
    assert_true(connects(&p, &p.client, &a));
    assert_int_equal(0, a.local.port);
}

/* The subflow is opened, and lost as soon as it works. */
static void opens_and_is_lost(struct pair *p)
{
    mptcp_sf ours;
    mptcp_sf theirs;

    is_lost(p, &p->server, mptcp_subflow_at(p->server.c, 1), MPTCP_E_PEER_RESET);
    drain(p, &p->server);
    joins(p, &p->client, &p->server, &ours, &theirs);
    is_lost(p, &p->client, ours, MPTCP_E_PEER_RESET);
}

/* An upload whose second path is lost each time before it carries anything: it is joined there as
 * long as the connection lives, but ever more seldom, in the end once in some minutes. checks: H-4
 */
static void given_a_subflow_that_is_lost_each_time_then_it_is_tried_later_and_later(void **state)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_time least = 500000;
    const mptcp_time most = LONGEST_WAIT;

    (void)state;
    has_two(&p, &ours);
    is_lost(&p, &p.client, ours, MPTCP_E_PEER_RESET);
    mptcp_time at = p.now;
    for (unsigned i = 0; i < 300; i++) {
        assert_true(connects(&p, &p.client, &a));
        assert_in_range(p.now - at, least, most + 1000);
        at = p.now;
        least = 2 * least < most - 1000 ? 2 * least : most - 1000;
        opens_and_is_lost(&p);
    }
}

/* checks: H-4 */
static void given_a_path_that_is_away_for_a_day_then_it_is_joined_when_it_is_back(void **state)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    unsigned tries = 0;

    (void)state;
    has_two(&p, &ours);
    is_lost(&p, &p.client, ours, MPTCP_E_TIMED_OUT);
    mptcp_time at = p.now;
    while (p.now - at < DAY) {
        assert_true(connects(&p, &p.client, &a));
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        send_from(&p, &p.client, a.sf, SYN, 0, 0, 0);
        is_lost(&p, &p.client, a.sf, MPTCP_E_SUBFLOW_FAILED); /* nobody has answered */
        tries++;
    }
    /* No storm: those of the first minutes, and then one in each of the longest waits. */
    assert_in_range(tries, DAY / LONGEST_WAIT, DAY / LONGEST_WAIT + 10);
    is_lost(&p, &p.server, mptcp_subflow_at(p.server.c, 1), MPTCP_E_SUBFLOW_FAILED);
    drain(&p, &p.server);
    assert_true(connects(&p, &p.client, &a));
    joins(&p, &p.client, &p.server, &ours, &theirs);
}

/* checks: H-1 */
static void
given_a_connection_that_goes_on_elsewhere_then_its_joins_have_ports_of_their_own(void **state)
{
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr here = address(0, 1, 0);
    uint8_t id;

    (void)state;
    establish(&p, 0, 0);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    assert_non_null(
        mptcp_conn_resume(p.client.block, sizeof p.client.block, p.now, p.now, TEN_MINUTES));
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &here, MPTCP_ADDR_JOIN, &id, p.now));
    assert_true(connects(&p, &p.client, &a));
    assert_int_equal(0, a.local.port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_subflow_that_was_lost_then_it_is_opened_anew_from_another_port),
        cmocka_unit_test(
            given_the_initial_subflow_was_lost_then_it_is_opened_anew_from_another_port),
        cmocka_unit_test(
            given_a_subflow_that_timed_out_then_it_is_opened_anew_only_after_the_peer_was_told),
        cmocka_unit_test(
            given_a_removal_that_arrives_after_the_join_then_the_new_subflow_is_not_meant),
        cmocka_unit_test(
            given_a_subflow_opened_anew_when_its_address_is_removed_then_the_peer_hears_its_own_id),
        cmocka_unit_test(
            given_that_no_subflow_is_left_to_tell_the_peer_on_then_joins_do_not_wait_for_it),
        cmocka_unit_test(given_a_subflow_of_the_peers_when_it_is_lost_then_the_peer_opens_it_anew),
        cmocka_unit_test(given_a_host_that_decides_when_a_subflow_is_lost_then_none_is_opened),
        cmocka_unit_test(given_a_subflow_that_is_lost_each_time_then_it_is_tried_later_and_later),
        cmocka_unit_test(given_a_path_that_is_away_for_a_day_then_it_is_joined_when_it_is_back),
        cmocka_unit_test(
            given_a_connection_that_goes_on_elsewhere_then_its_joins_have_ports_of_their_own),
    };
    return cmocka_run_group_tests_name("rejoin", tests, NULL, NULL);
}
