/*
 * test_close.c - DATA_FINs, the end of subflows, the end of a connection.
 */
#include "core_test.h"

static struct wire data_fin_of(struct pair *p, struct side *s, uint32_t ssn, uint32_t ack)
{
    struct mptcp_action a;
    assert_true(find_action(p, s, MPTCP_SEND_ACK, &a));
    struct wire w = send_from(p, s, s->sf, ACK, ssn, 0, ack);
    mptcp_done(s->c, &a, 0, MPTCP_DONE, p->now);
    struct mptcp_options o = options_of(&w);
    assert_true((o.present & MPTCP_HAS(MPTCP_DSS)) != 0);
    assert_true((o.dss.flags & MPTCP_DSS_FIN) != 0);
    return w;
}

/* checks: D-18 D-19 */
static void given_a_shutdown_when_all_is_sent_then_a_bare_data_fin_goes_out(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    struct wire w = data_fin_of(&p, &p.client, 101, 1);
    struct mptcp_options o = options_of(&w);
    assert_int_equal(0, o.dss.ssn);
    assert_int_equal(1, o.dss.dll);
    assert_true(o.dss.dsn == info_of(&p.client).snd_end.v);
    assert_int_equal(MPTCP_FIN_WAIT_1, info_of(&p.client).state);
}

/* checks: D-18 K-2 */
static void given_unsent_data_then_the_data_fin_waits(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, 0, 0);
    mptcp_on_written(p.client.c, 50, p.now);
    mptcp_on_shutdown(p.client.c, p.now);
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_int_equal(0, options_of(&w).dss.flags & MPTCP_DSS_FIN);
    assert_int_equal(MPTCP_E_STATE, mptcp_on_written(p.client.c, 1, p.now));
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_done(p.client.c, &a, 50, MPTCP_DONE, p.now);
    data_fin_of(&p, &p.client, 151, 1);
}

/* The client's application closes; the server has its DATA_FIN and acknowledges that. */
static void half_closed(struct pair *p, bool detached)
{
    establish(p, 0, 0);
    mptcp_on_shutdown(p->client.c, p->now);
    if (detached) {
        assert_int_equal(MPTCP_OK, mptcp_on_detached(p->client.c, p->now));
    }
    struct wire fin = data_fin_of(p, &p->client, 101, 1);
    come(p, &p->server, p->server.sf, &fin);
    server_acks(p, 101);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p->client).state);
}

/* Time passes; keep-alives of the peer's TCP come meanwhile. */
static void waits(struct pair *p, mptcp_time us)
{
    for (unsigned i = 0; i < 4; i++) {
        struct wire keep_alive = with_option(NULL, ACK, 0, 0, 101);
        p->now += us / 4;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->client.c, p->now));
        come(p, &p->client, p->client.sf, &keep_alive);
    }
}

/* checks: none */
static void given_nobody_at_a_closed_connection_then_a_peer_that_never_closes_ends_it(void **state)
{
    (void)state;
    struct pair p;

    half_closed(&p, true);
    waits(&p, 29 * 1000000u);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
    waits(&p, 1000000);
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_true(has_option(&w, MPTCP_FASTCLOSE));
}

/* checks: none */
static void
given_nobody_at_a_closed_connection_then_a_peer_that_closes_in_time_closes_it(void **state)
{
    (void)state;
    struct pair p;

    half_closed(&p, true);
    waits(&p, 29 * 1000000u);
    mptcp_on_shutdown(p.server.c, p.now);
    struct wire fin = data_fin_of(&p, &p.server, 1, 101);
    come(&p, &p.client, p.client.sf, &fin);
    waits(&p, 4 * 1000000u);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p.client).state);
}

/* checks: none */
static void
given_an_application_that_reads_then_the_peer_may_write_as_long_as_it_likes(void **state)
{
    (void)state;
    struct pair p;

    half_closed(&p, false);
    waits(&p, 100 * 1000000u);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
    assert_int_equal(MPTCP_OK, mptcp_on_detached(p.client.c, p.now));
    waits(&p, 30 * 1000000u);
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
}

/* checks: D-20 D-22 K-2 */
static void given_both_ends_close_in_turn_then_each_hears_it_and_subflows_are_closed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, 0, 0);
    mptcp_on_consumed(p.server.c, 100, p.now);
    mptcp_on_shutdown(p.client.c, p.now);
    struct wire fin = data_fin_of(&p, &p.client, 101, 1);
    come(&p, &p.server, p.server.sf, &fin);
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
    assert_true((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_SEND_ACK)) != 0);
    server_acks(&p, 101);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
    assert_true(told(&p, &p.server, MPTCP_EV_EOF));

    mptcp_on_shutdown(p.server.c, p.now);
    struct wire theirs = data_fin_of(&p, &p.server, 1, 101);
    come(&p, &p.client, p.client.sf, &theirs);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p.client).state);
    assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    assert_true(told(&p, &p.client, MPTCP_EV_CLOSED));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_CLOSED, p.now));
    assert_true(told(&p, &p.client, MPTCP_EV_END));
    assert_int_equal(0, info_of(&p.client).error);
    assert_int_equal(0, drain(&p, &p.client));
}

/* checks: D-20 */
static void given_a_data_fin_before_its_data_then_it_is_not_acknowledged_yet(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    struct mptcp_conn_report before = info_of(&p.server);
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64 | MPTCP_DSS_FIN;
    o.u.dss.dsn = before.rcv_nxt.v + 100;
    o.u.dss.dll = 1;
    struct wire early = with_option(&o, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &early);
    assert_true(info_of(&p.server).rcv_nxt.v == before.rcv_nxt.v);
    client_sends(&p, 101, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == before.rcv_nxt.v + 101);
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
}

/* checks: D-18 */
static void
given_a_data_fin_unanswered_then_it_is_sent_again_and_a_repeated_one_is_answered(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    mptcp_on_shutdown(p.client.c, p.now);
    data_fin_of(&p, &p.client, 101, 1); /* lost */
    drain(&p, &p.client);
    p.now = mptcp_deadline(p.client.c);
    assert_true(p.now != MPTCP_NEVER);
    mptcp_on_timeout(p.client.c, p.now);
    struct wire again = data_fin_of(&p, &p.client, 101, 1);
    for (unsigned i = 0; i < 2; i++) {
        come(&p, &p.server, p.server.sf, &again);
        assert_true((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_SEND_ACK)) != 0);
        struct wire ack = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
        assert_true((uint32_t)options_of(&ack).dss.data_ack ==
                    (uint32_t)(info_of(&p.client).snd_end.v + 1));
    }
}

/* checks: F-2 */
static void given_a_fastclose_with_our_key_then_everything_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, 0, 0);
    struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};
    o.u.fastclose.receiver_key = SERVER_KEY + 1;
    struct wire forged = with_option(&o, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &forged);
    assert_int_equal(0, info_of(&p.server).error);
    o.u.fastclose.receiver_key = SERVER_KEY;
    struct wire real = with_option(&o, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &real);
    assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
}

/* checks: F-5 T-1 */
static void given_an_abort_then_each_rst_carries_the_peers_key(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    struct wire rst = send_from(&p, &p.client, p.client.sf, RST | ACK, 101, 0, 1);
    assert_true(options_of(&rst).fastclose.receiver_key == SERVER_KEY);
    come(&p, &p.server, p.server.sf, &rst);
    assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
}

/* checks: D-22 */
static void given_the_only_subflow_is_reset_then_the_connection_ends_with_that_error(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(MPTCP_E_PEER_RESET, info_of(&p.client).error);
    assert_true(told(&p, &p.client, MPTCP_EV_END));
    assert_int_equal(MPTCP_E_STALE, mptcp_on_fin(p.client.c, p.client.sf, p.now));
}

/* checks: D-21 D-29 */
static void
given_a_silent_subflow_at_the_close_then_it_has_a_moment_before_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    p.now = mptcp_deadline(p.client.c);
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_true(mptcp_subflow_silent(p.client.c, p.client.sf));
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    struct wire fin = send_from(&p, &p.client, p.client.sf, ACK, 201, 0, 1);
    come(&p, &p.server, p.server.sf, &fin);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.server.c, p.now));
    /* The server's DATA_FIN and DATA_ACK; its TCP has not acknowledged the data. */
    struct wire answer = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &answer);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p.client).state);
    assert_true(mptcp_subflow_silent(p.client.c, p.client.sf));
    assert_int_equal(0, mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_RESET_SUBFLOW));
    assert_int_not_equal(0, mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_CLOSE_SUBFLOW));
    drain(&p, &p.client);

    p.now += 1000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_RST_OUTSTANDING, a.reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_shutdown_when_all_is_sent_then_a_bare_data_fin_goes_out),
        cmocka_unit_test(given_unsent_data_then_the_data_fin_waits),
        cmocka_unit_test(given_both_ends_close_in_turn_then_each_hears_it_and_subflows_are_closed),
        cmocka_unit_test(given_nobody_at_a_closed_connection_then_a_peer_that_never_closes_ends_it),
        cmocka_unit_test(
            given_nobody_at_a_closed_connection_then_a_peer_that_closes_in_time_closes_it),
        cmocka_unit_test(
            given_an_application_that_reads_then_the_peer_may_write_as_long_as_it_likes),
        cmocka_unit_test(given_a_data_fin_before_its_data_then_it_is_not_acknowledged_yet),
        cmocka_unit_test(
            given_a_data_fin_unanswered_then_it_is_sent_again_and_a_repeated_one_is_answered),
        cmocka_unit_test(given_a_fastclose_with_our_key_then_everything_is_reset),
        cmocka_unit_test(given_an_abort_then_each_rst_carries_the_peers_key),
        cmocka_unit_test(given_the_only_subflow_is_reset_then_the_connection_ends_with_that_error),
        cmocka_unit_test(
            given_a_silent_subflow_at_the_close_then_it_has_a_moment_before_it_is_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
