/*
 * test_move.c - a connection leaves all its subflows, and goes on elsewhere: in other memory, under
 * another clock, from other addresses.
 */
#include "link_test.h"

/* The clock of the place where the connection goes on. */
#define THERE 5000000000000ull

#define LIMIT 30000000u

/* The block in its new place. */
static _Alignas(uint64_t) uint8_t moved[CORE_BLOCK];

/* The client is parked, copied, and goes on in the new place; the server does not notice. */
static void moves(struct pair *p)
{
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p->client.c, p->now));
    memcpy(moved, p->client.block, sizeof moved);
    memset(p->client.block, 0xa5, sizeof p->client.block);
    p->client.c = mptcp_conn_resume(moved, sizeof moved, p->now, THERE, LIMIT);
    assert_non_null(p->client.c);
    assert_ptr_equal(moved, p->client.c);
}

/* A subflow from a new address of the client's; its handles. */
static void joins_anew(struct pair *p, unsigned net, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_addr here = address(net, 1, 7000);
    uint8_t id;

    assert_int_equal(MPTCP_OK, mptcp_add_address(p->client.c, &here, MPTCP_ADDR_JOIN, &id, p->now));
    joins(p, &p->client, &p->server, ours, theirs);
    assert_int_equal(id, subflow_of(&p->client, *ours).local_id);
}

/* checks: none */
static void given_a_connection_that_went_on_then_its_block_is_not_one_that_is_parked(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    moves(&p);
    joins_anew(&p, 3, &ours, &theirs);
    assert_null(mptcp_conn_resume(moved, sizeof moved, p.now, p.now, LIMIT));
}

/* checks: D-22 */
static void given_no_subflow_in_time_then_it_ends_and_says_that_it_timed_out(void **state)
{
    (void)state;
    static const mptcp_time clocks[] = {THERE, 7}; /* the other one is ahead, or has just begun */

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct mptcp_action a;

        establish(&p, 0, 0);
        assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
        p.client.c = mptcp_conn_resume(p.client.block, CORE_BLOCK, p.now, clocks[i], LIMIT);
        assert_non_null(p.client.c);
        assert_true(mptcp_deadline(p.client.c) == clocks[i] + LIMIT);
        p.now = clocks[i] + LIMIT - 1;
        mptcp_on_timeout(p.client.c, p.now);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.client).state);
        p.now++;
        mptcp_on_timeout(p.client.c, p.now);
        assert_int_equal(MPTCP_CLOSED, info_of(&p.client).state);
        assert_int_equal(MPTCP_E_TIMED_OUT, info_of(&p.client).error);
        while (find_action(&p, &p.client, MPTCP_EVENT, &a) && a.event != MPTCP_EV_END) {
            mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
        }
        assert_int_equal(MPTCP_EV_END, a.event);
        assert_int_equal(MPTCP_E_TIMED_OUT, a.code);
    }
}

/* checks: D-22 */
static void given_a_subflow_in_time_then_the_limit_is_forgotten(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    moves(&p);
    p.now = THERE;
    joins_anew(&p, 3, &ours, &theirs);
    p.now = THERE + 2 * (mptcp_time)LIMIT;
    mptcp_on_timeout(p.client.c, p.now);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.client).state);
    assert_int_equal(1, info_of(&p.client).subflows);
}

/* checks: R-1 R-7 A-2 */
static void given_addresses_of_the_old_place_then_the_peer_hears_that_they_are_gone(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    mptcp_sf old;
    mptcp_sf old_there;

    two_subflows(&p, &old, &old_there); /* ids 0 and 1 */
    moves(&p);
    assert_false(wants(&p.client, MPTCP_CONNECT)); /* from where? */
    p.now = THERE;
    joins_anew(&p, 3, &ours, &theirs);
    struct wire w = says(&p, &p.client, ours);
    struct mptcp_remove_addr r = options_of(&w).remove_addr;
    assert_int_equal(2, r.count);
    assert_int_equal(1, r.ids[0] + r.ids[1]);
    /* The server finds that nobody answers there, and resets what it has. */
    come(&p, &p.server, theirs, &w);
    drain(&p, &p.server);
    for (unsigned i = 0; i < 20 && info_of(&p.server).subflows > 1; i++) {
        next_timeout(&p, &p.server);
        drain(&p, &p.server);
    }
    assert_int_equal(1, info_of(&p.server).subflows);
    assert_int_equal(theirs, mptcp_subflow_at(p.server.c, 0));
}

/* checks: D-22 R-1 */
static void given_a_server_that_moved_then_it_joins_where_the_client_listens(void **state)
{
    (void)state;
    struct stream s[2];
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct mptcp_addr listened = address(2, 1, 9000);
    struct mptcp_addr here = address(4, 2, 8080);
    uint8_t id;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p.client.c, &listened, MPTCP_ADDR_ANNOUNCE, &id, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_LISTEN, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    struct wire w = says(&p, &p.client, p.client.sf);
    come(&p, &p.server, p.server.sf, &w);
    drain(&p, &p.server);
    streams_begin(&p, s);
    streams_add(s, p.client.sf, p.server.sf);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 300, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 300, p.now));
    lane_takes(&p, s, 0, 0, 200);
    lane_takes(&p, s, 1, 0, 200);

    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.server.c, p.now));
    memcpy(moved, p.server.block, sizeof moved);
    p.server.c = mptcp_conn_resume(moved, sizeof moved, p.now, THERE, LIMIT);
    assert_non_null(p.server.c);
    s[0].lanes[0].over = s[1].lanes[0].over = true;
    p.now = THERE;
    /* The client's initial address is no place to listen, the announced one is. */
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.server.c, &here, MPTCP_ADDR_JOIN, &id, p.now));
    joins(&p, &p.server, &p.client, &theirs, &ours);
    streams_add(s, ours, theirs);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    streams_complete(&p, s, 300, 300);
}

/* checks: D-16 D-22 */
static void
given_octets_behind_a_gap_when_it_moves_then_they_are_as_if_they_never_came(void **state)
{
    (void)state;
    struct stream s[2];
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    streams_begin(&p, s);
    streams_add(s, p.client.sf, p.server.sf);
    streams_add(s, ours, theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 400, p.now));
    assert_int_equal(100, lane_takes(&p, s, 1, 0, 100));
    assert_int_equal(100, lane_takes(&p, s, 1, 1, 100));
    assert_int_equal(MPTCP_OK, lane_carries(&p, &s[1], 1)); /* and not the one before */
    assert_int_equal(0, host_works(&p, s, 0) & MPTCP_WANT(MPTCP_DELIVER));
    moves(&p);
    for (unsigned i = 0; i < 2; i++) {
        s[0].lanes[i].over = s[1].lanes[i].over = true;
    }
    p.now = THERE;
    joins_anew(&p, 3, &ours, &theirs);
    streams_add(s, ours, theirs);
    mptcp_on_gone(p.server.c, s[0].lanes[0].in, MPTCP_E_SUBFLOW_FAILED, p.now);
    mptcp_on_gone(p.server.c, s[0].lanes[1].in, MPTCP_E_SUBFLOW_FAILED, p.now);
    streams_complete(&p, s, 0, 400);
}

/* checks: D-16 D-22 D-27 */
static void
given_a_transfer_both_ways_when_one_end_moves_then_every_octet_arrives_once(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost < 4; lost++) {
        struct stream s[2];
        struct pair p;
        struct mptcp_action a;
        mptcp_sf ours;
        mptcp_sf theirs;

        establish(&p, lost == 3 ? MPTCP_CFG_CHECKSUM : 0, 0);
        streams_begin(&p, s);
        streams_add(s, p.client.sf, p.server.sf);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 1000, p.now));
        assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 900, p.now));
        assert_int_equal(400, lane_takes(&p, s, 0, 0, 400));
        assert_int_equal(400, lane_takes(&p, s, 1, 0, 400));
        /* Some have arrived, and the acknowledgements of some are on their way. */
        for (unsigned i = 0; i < lost; i++) {
            lane_carries(&p, &s[0], 0);
            lane_carries(&p, &s[1], 0);
        }
        host_works(&p, s, 0);
        host_works(&p, s, 1);
        if (lost == 2) {
            lane_acks(&p, &s[0], 0);
            host_works(&p, s, 0);
        }
        moves(&p);
        s[0].lanes[0].over = s[1].lanes[0].over = true;
        p.now = THERE;
        joins_anew(&p, 3, &ours, &theirs);
        streams_add(s, ours, theirs);
        /* Its TCP hears nothing from the old place any more. */
        mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
        /* What was on its way goes first, and at once. */
        room(&p, &p.client, ours, 400);
        assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
        assert_int_equal(1, a.reinjected);
        assert_true(mptcp_dsn_eq(info_of(&p.client).snd_una, a.dsn));
        streams_complete(&p, s, 1000, 900);
        joins_anew(&p, 4, &ours, &theirs);
        streams_add(s, ours, theirs);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
        assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 500, p.now));
        streams_complete(&p, s, 1500, 1400);
    }
}

/* checks: D-20 D-22 */
static void given_a_shutdown_before_the_move_then_the_data_fin_goes_again_after_it(void **state)
{
    (void)state;
    struct stream s[2];
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    streams_begin(&p, s);
    streams_add(s, p.client.sf, p.server.sf);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    struct wire lost = says(&p, &p.client, p.client.sf);
    assert_int_not_equal(0, options_of(&lost).dss.flags & MPTCP_DSS_FIN);
    assert_int_equal(MPTCP_FIN_WAIT_1, info_of(&p.client).state);
    moves(&p);
    s[0].lanes[0].over = s[1].lanes[0].over = true;
    p.now = THERE;
    joins_anew(&p, 3, &ours, &theirs);
    streams_add(s, ours, theirs);
    struct wire fin = says(&p, &p.client, ours);
    if (!has_option(&fin, MPTCP_DSS) || (options_of(&fin).dss.flags & MPTCP_DSS_FIN) == 0) {
        fin = says(&p, &p.client, ours);
    }
    assert_int_not_equal(0, options_of(&fin).dss.flags & MPTCP_DSS_FIN);
    come(&p, &p.server, theirs, &fin);
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
    lane_acks(&p, &s[0], 1);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
}

/* The application has closed before the move, and the peer acknowledged that. checks: D-21 */
static void
given_nobody_at_a_connection_that_moved_then_a_peer_that_never_closes_ends_it(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    server_acks(&p, 101);
    assert_int_equal(MPTCP_OK, mptcp_on_detached(p.client.c, p.now));
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
    moves(&p);
    p.now = THERE;
    joins_anew(&p, 3, &ours, &theirs);
    acks_leave(&p, &p.client);
    drain(&p, &p.client);
    p.now = THERE + LIMIT - 1;
    mptcp_on_timeout(p.client.c, p.now);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
    p.now++;
    mptcp_on_timeout(p.client.c, p.now);
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
    struct wire w = says(&p, &p.client, ours);
    assert_true(has_option(&w, MPTCP_FASTCLOSE));
}

/* ------------------------------------------------------------------------- rebasing */

/* checks: none */
static void given_another_clock_then_every_deadline_is_as_far_away_as_before(void **state)
{
    (void)state;
    struct pair p;
    mptcp_time from[2] = {1100000, 5};
    mptcp_time to[2] = {THERE, 6000};

    for (unsigned i = 0; i < 2; i++) {
        establish(&p, 0, 0);
        client_sends(&p, 101, 100); /* timers run */
        mptcp_time due = mptcp_deadline(p.client.c);
        assert_true(due > p.now && due != MPTCP_NEVER);
        assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p.client.c, from[i], to[i]));
        assert_true(mptcp_deadline(p.client.c) == due - from[i] + to[i]);
        /* What a clock said before means nothing now. */
        mptcp_on_timeout(p.client.c, due - from[i] + to[i] - 1);
        assert_true(mptcp_deadline(p.client.c) == due - from[i] + to[i]);
    }
}

/* checks: none */
static void given_no_deadline_or_one_beyond_all_time_then_it_does_not_wrap(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p.client.c, p.now, THERE));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p.client.c, p.now, MPTCP_NEVER - 10));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER - 1);

    /* Backwards: to a clock that has just begun. */
    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    mptcp_time left = mptcp_deadline(p.client.c) - p.now;
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p.client.c, p.now, 0));
    assert_true(mptcp_deadline(p.client.c) == left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_connection_that_went_on_then_its_block_is_not_one_that_is_parked),
        cmocka_unit_test(given_no_subflow_in_time_then_it_ends_and_says_that_it_timed_out),
        cmocka_unit_test(given_a_subflow_in_time_then_the_limit_is_forgotten),
        cmocka_unit_test(given_addresses_of_the_old_place_then_the_peer_hears_that_they_are_gone),
        cmocka_unit_test(given_a_server_that_moved_then_it_joins_where_the_client_listens),
        cmocka_unit_test(
            given_octets_behind_a_gap_when_it_moves_then_they_are_as_if_they_never_came),
        cmocka_unit_test(
            given_a_transfer_both_ways_when_one_end_moves_then_every_octet_arrives_once),
        cmocka_unit_test(given_a_shutdown_before_the_move_then_the_data_fin_goes_again_after_it),
        cmocka_unit_test(
            given_nobody_at_a_connection_that_moved_then_a_peer_that_never_closes_ends_it),
        cmocka_unit_test(given_another_clock_then_every_deadline_is_as_far_away_as_before),
        cmocka_unit_test(given_no_deadline_or_one_beyond_all_time_then_it_does_not_wrap),
    };
    return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
