/*
 * test_ending.c - the end of connections with several subflows, or with none (RFC 8684 s3.3.3):
 * FINs on all, nothing closed that data needs, a connection that outlives its subflows.
 */
#include "bugs_test.h"

static struct wire pure_ack(struct pair *p, struct side *s, uint32_t ssn, uint32_t ack)
{
    return send_from(p, s, s->sf, ACK, ssn, 0, ack);
}

/* checks: D-21 D-22 K-2 */
static void
given_both_data_fins_are_acknowledged_then_every_subflow_is_closed_by_a_fin(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    unsigned closed = 0;

    two_subflows(&p, &ours, &theirs);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_false(wants(&p.server, MPTCP_CLOSE_SUBFLOW));
    shuts_down(&p, &p.server, &p.client, 1, 101);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p.client).state);
    while (mptcp_poll(p.client.c, &a)) {
        assert_int_not_equal(MPTCP_RESET_SUBFLOW, a.type);
        if (a.type == MPTCP_CLOSE_SUBFLOW) {
            closed += a.sf == ours ? 1 : a.sf == p.client.sf ? 2 : 100;
        }
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
    }
    assert_int_equal(3, closed);
    /* The connection waits with its last subflow, and is over with it. */
    mptcp_on_gone(p.client.c, ours, MPTCP_E_CLOSED, p.now);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p.client).state);
    assert_false(told(&p, &p.client, MPTCP_EV_END));
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_CLOSED, p.now);
    assert_int_equal(MPTCP_CLOSED, info_of(&p.client).state);
    assert_true(told(&p, &p.client, MPTCP_EV_END));
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: D-20 S-2 FB-13 */
static void
given_the_peer_closes_its_only_subflow_then_ours_is_open_until_data_is_acked(void **state)
{
    (void)state;
    for (unsigned joined = 0; joined < 2; joined++) {
        struct pair p;
        mptcp_sf ours;
        mptcp_sf theirs;

        if (joined) {
            two_subflows(&p, &ours, &theirs);
            assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, ours, MPTCP_E_CLOSED, p.now));
            drain(&p, &p.client);
        } else {
            establish(&p, 0, 0);
        }
        client_sends(&p, 101, 100);
        assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
        assert_false(wants(&p.client, MPTCP_CLOSE_SUBFLOW));
        assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.client).state);
        server_acks(&p, 201);
        /* A FIN on a subflow that never had another might be taken for the end of the stream. */
        assert_int_equal(joined, wants(&p.client, MPTCP_CLOSE_SUBFLOW));
        assert_int_equal(!joined, wants(&p.client, MPTCP_RESET_SUBFLOW));
    }
}

/* The peer's FIN comes to the client, with an option or without. */
static void fin_comes(struct pair *p, const struct mptcp_option *o, uint32_t ssn, uint32_t ack)
{
    struct wire w = with_option(o, ACK | FIN, ssn, 0, ack);

    come(p, &p->client, p->client.sf, &w);
    assert_false(p->client.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p->client.c, p->client.sf, p->now));
}

/* The client's application closes: the peer hears of it, and no subflow is reset before it did. */
static void data_fin_leaves(struct pair *p)
{
    assert_false(wants(&p->client, MPTCP_RESET_SUBFLOW));
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->client.c, p->now));
    assert_false(wants(&p->client, MPTCP_RESET_SUBFLOW));
    struct wire out = pure_ack(p, &p->client, 101, 2);
    assert_int_not_equal(0, options_of(&out).dss.flags & MPTCP_DSS_FIN);
    assert_false(wants(&p->client, MPTCP_RESET_SUBFLOW));
}

/* checks: D-20 FB-12 FB-13 */
static void
given_the_end_of_the_peers_data_and_a_bare_fin_then_our_data_fin_leaves_all_the_same(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    shuts_down(&p, &p.server, &p.client, 1, 101);
    fin_comes(&p, NULL, 1, 101);
    drain(&p, &p.client);
    data_fin_leaves(&p);
}

/* checks: D-20 FB-13 */
static void
given_the_peers_fin_for_its_only_subflow_then_that_is_left_when_our_data_fin_is_acked(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option ack = {.subtype = MPTCP_DSS};

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    ack.u.dss.flags = MPTCP_DSS_ACK;
    ack.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_una.v;
    fin_comes(&p, &ack, 1, 101);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    server_acks(&p, 201);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    struct wire fin = pure_ack(&p, &p.client, 201, 2);
    assert_int_not_equal(0, options_of(&fin).dss.flags & MPTCP_DSS_FIN);
    come(&p, &p.server, p.server.sf, &fin);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    ack.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_end.v + 1;
    struct wire w = with_option(&ack, ACK, 2, 0, 201);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(wants(&p.client, MPTCP_RESET_SUBFLOW));
}

/* checks: S-2 D-4 */
static void given_a_fin_or_a_rst_on_one_of_two_then_the_connection_goes_on(void **state)
{
    (void)state;
    for (unsigned rst = 0; rst < 2; rst++) {
        struct pair p;
        struct mptcp_action a;
        mptcp_sf ours;
        mptcp_sf theirs;

        two_subflows(&p, &ours, &theirs);
        if (rst) {
            mptcp_on_gone(p.server.c, theirs, MPTCP_E_PEER_RESET, p.now);
        } else {
            mptcp_on_fin(p.server.c, theirs, p.now);
            assert_true(find_action(&p, &p.server, MPTCP_CLOSE_SUBFLOW, &a));
            assert_int_equal(theirs, a.sf);
        }
        assert_false(told(&p, &p.server, MPTCP_EV_EOF));
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
        client_sends(&p, 101, 100);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(100, a.len);
    }
}

/* A server whose connections live for five seconds without any subflow. */
static void establish_patient(struct pair *p)
{
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = SERVER_KEY};
    struct wire syn = begin(p, 0, 0);

    mptcp_config_init(&cfg);
    cfg.subflows = CORE_SUBFLOWS;
    cfg.addrs = CORE_ADDRS;
    cfg.runs = CORE_RUNS;
    cfg.no_path_limit = 5000000;
    p->server.c = mptcp_conn_init(p->server.block, sizeof p->server.block, &cfg, &secret);
    assert_non_null(p->server.c);
    accept_syn(p, &syn);
    struct wire synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &synack);
    client_sends(p, 1, 100);
    server_acks(p, 101);
    drain(p, &p->server);
}

/* The only subflow is closed by a FIN, which is answered by a RST, and there was no DATA_FIN. */
static void loses_all(struct pair *p)
{
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p->server.c, p->server.sf, p->now));
    assert_true(wants(&p->server, MPTCP_RESET_SUBFLOW));
    drain(p, &p->server);
    assert_int_equal(0, info_of(&p->server).subflows);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p->server).state);
}

/* checks: D-22 D-4 */
static void given_fins_without_a_data_fin_then_it_ends_after_its_time_and_not_before(void **state)
{
    (void)state;
    struct pair p;

    establish_patient(&p);
    loses_all(&p);
    mptcp_on_timeout(p.server.c, p.now + 4999999);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    mptcp_on_timeout(p.server.c, p.now + 5000000);
    assert_int_equal(MPTCP_E_TIMED_OUT, info_of(&p.server).error);
    assert_true(told(&p, &p.server, MPTCP_EV_END));
}

/* A join of the client's comes up at the server, which sends nothing but what it is asked for. */
static mptcp_sf comes_back(struct pair *p)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    mptcp_sf sf;

    struct wire syn = join_of(p, 3, 7);
    assert_int_equal(MPTCP_OK, join_comes(p, &syn, &local, &sf));
    struct wire synack = send_from(p, &p->server, sf, SYN | ACK, 0, 0, 1);
    struct mptcp_join_auth auth = {CLIENT_KEY, SERVER_KEY, 7, options_of(&synack).join.nonce};
    o.u.join.form = MPTCP_JOIN_ACK;
    mptcp_join_hmac(&auth, o.u.join.hmac);
    struct wire third = with_option(&o, ACK, 1, 0, 1);
    come(p, &p->server, sf, &third);
    return sf;
}

/* checks: D-21 D-22 */
static void
given_our_data_fin_got_lost_with_the_last_path_then_who_comes_back_hears_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option ack = {.subtype = MPTCP_DSS};

    establish_patient(&p);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.server.c, p.now));
    send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101); /* the DATA_FIN: lost */
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    assert_true(told(&p, &p.server, MPTCP_EV_CLOSED));
    mptcp_sf sf = comes_back(&p);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    struct wire w = send_from(&p, &p.server, sf, ACK, 1, 0, 1);
    assert_int_not_equal(0, options_of(&w).dss.flags & MPTCP_DSS_FIN);
    assert_false(wants(&p.server, MPTCP_CLOSE_SUBFLOW));
    ack.u.dss.flags = MPTCP_DSS_ACK;
    ack.u.dss.data_ack = (uint32_t)info_of(&p.server).snd_end.v + 1;
    w = with_option(&ack, ACK, 1, 0, 1);
    come(&p, &p.server, sf, &w);
    assert_true(wants(&p.server, MPTCP_CLOSE_SUBFLOW));
    assert_int_equal(0, info_of(&p.server).error);
}

/* checks: D-22 */
static void given_a_join_comes_in_time_then_the_connection_lives_on_with_it(void **state)
{
    (void)state;
    struct pair p;

    establish_patient(&p);
    loses_all(&p);
    p.now += 4000000;
    mptcp_on_timeout(p.server.c, p.now);
    comes_back(&p);
    drain(&p, &p.server);
    mptcp_on_timeout(p.server.c, p.now + 100000000);
    assert_int_equal(0, info_of(&p.server).error);
    assert_int_equal(1, info_of(&p.server).subflows);
}

/* checks: D-29 T-1 */
static void
given_a_subflow_that_tcp_gives_up_then_its_octets_go_on_and_a_reset_says_why(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    client_sends(&p, 101, 100);
    struct wire w = pure_ack(&p, &p.client, 201, 1);
    assert_int_equal(MPTCP_DSS_ACK, options_of(&w).dss.flags & MPTCP_DSS_ACK);
    assert_int_equal(MPTCP_OK,
                     mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
    room(&p, &p.client, ours, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(ours, a.sf);
    uint8_t option[4];
    assert_int_equal(4, mptcp_reset_option(MPTCP_E_SUBFLOW_FAILED, option, sizeof option));
    assert_int_equal(MPTCP_RST_OUTSTANDING, option[3]);
}

/* checks: K-2 */
static void given_both_ends_close_at_once_then_both_are_closing_until_acknowledged(void **state)
{
    (void)state;
    struct pair p;
    struct side *sides[2] = {&p.client, &p.server};
    const uint32_t ssn[2] = {101, 1};
    struct wire w[2];

    establish(&p, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(sides[i]->c, p.now));
        w[i] = pure_ack(&p, sides[i], ssn[i], ssn[1 - i]);
        assert_int_equal(MPTCP_FIN_WAIT_1, info_of(sides[i]).state);
    }
    for (unsigned i = 0; i < 2; i++) {
        come(&p, sides[i], sides[i]->sf, &w[1 - i]);
        assert_int_equal(MPTCP_CLOSING, info_of(sides[i]).state);
        assert_false(wants(sides[i], MPTCP_CLOSE_SUBFLOW));
    }
    for (unsigned i = 0; i < 2; i++) {
        w[i] = pure_ack(&p, sides[i], ssn[i], ssn[1 - i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        come(&p, sides[i], sides[i]->sf, &w[1 - i]);
        assert_int_equal(MPTCP_TIME_WAIT, info_of(sides[i]).state);
        assert_true(wants(sides[i], MPTCP_CLOSE_SUBFLOW));
    }
}

/* checks: K-2 */
static void given_the_peer_closed_first_then_we_wait_for_the_last_ack_and_are_closed(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
    shuts_down(&p, &p.server, &p.client, 1, 101);
    assert_int_equal(MPTCP_LAST_ACK, info_of(&p.server).state);
    struct wire ack = pure_ack(&p, &p.client, 101, 1);
    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
    assert_true(wants(&p.server, MPTCP_CLOSE_SUBFLOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_the_end_of_the_peers_data_and_a_bare_fin_then_our_data_fin_leaves_all_the_same),
        cmocka_unit_test(
            given_the_peers_fin_for_its_only_subflow_then_that_is_left_when_our_data_fin_is_acked),
        cmocka_unit_test(
            given_both_data_fins_are_acknowledged_then_every_subflow_is_closed_by_a_fin),
        cmocka_unit_test(
            given_the_peer_closes_its_only_subflow_then_ours_is_open_until_data_is_acked),
        cmocka_unit_test(given_a_fin_or_a_rst_on_one_of_two_then_the_connection_goes_on),
        cmocka_unit_test(given_fins_without_a_data_fin_then_it_ends_after_its_time_and_not_before),
        cmocka_unit_test(
            given_our_data_fin_got_lost_with_the_last_path_then_who_comes_back_hears_it),
        cmocka_unit_test(given_a_join_comes_in_time_then_the_connection_lives_on_with_it),
        cmocka_unit_test(
            given_a_subflow_that_tcp_gives_up_then_its_octets_go_on_and_a_reset_says_why),
        cmocka_unit_test(given_both_ends_close_at_once_then_both_are_closing_until_acknowledged),
        cmocka_unit_test(given_the_peer_closed_first_then_we_wait_for_the_last_ack_and_are_closed),
    };
    return cmocka_run_group_tests_name("ending", tests, NULL, NULL);
}
