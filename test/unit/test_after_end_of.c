/*
 * test_after_end_of.c - what must not happen after the end of a part: of the peer's stream, of a
 * subflow, of MPTCP itself; and while the connection closes.
 */
#include "story_test.h"

/* A DATA_FIN at this place of the client's stream comes to the server. */
static void data_fin_comes(struct pair *p, uint64_t at)
{
    struct mptcp_option o = map_option(at, 0, 1);
    o.u.dss.flags |= MPTCP_DSS_FIN;
    option_comes(p, &p->server, p->server.sf, &o);
}

/* checks: D-20 */
static void given_a_second_data_fin_elsewhere_then_the_first_one_is_the_end(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    uint64_t nxt = info_of(&p.server).rcv_nxt.v;
    data_fin_comes(&p, nxt + 100);
    data_fin_comes(&p, nxt + 200);
    client_sends(&p, 101, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == nxt + 101);
    assert_string_equal("ack EOF", story_of(&p, &p.server, 1000000));
    /* Once it was reached none behind it moves it, either. */
    data_fin_comes(&p, nxt + 101);
    data_fin_comes(&p, nxt + 300);
    assert_string_equal("ack", story_of(&p, &p.server, 1000000));
    assert_true(info_of(&p.server).rcv_nxt.v == nxt + 101);
    assert_true(info_of(&p.server).delivered.v == nxt + 100);
}

/* checks: D-20 */
static void given_a_data_fin_among_octets_that_have_come_then_the_stream_goes_on(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    uint64_t nxt = info_of(&p.server).rcv_nxt.v;
    data_fin_comes(&p, nxt - 50);
    client_sends(&p, 101, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == nxt + 100);
    assert_string_equal("ack", story_of(&p, &p.server, 1000000));
    assert_true(info_of(&p.server).delivered.v == nxt + 100);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: D-21 FB-13 */
static void
given_the_peer_closes_its_subflow_first_after_the_data_fins_then_ours_is_closed_too(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.server.c, p.now));
    struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
    assert_string_equal("ack fin EOF CLOSED", story_of(&p, &p.client, 1000000));
}

/* checks: F-1 S-2 */
static void given_the_peer_left_a_subflow_when_it_is_aborted_then_no_fin_but_the_abort_leaves_there(
    void **state)
{
    (void)state;
    struct several t;
    struct pair *p = &t.p;

    several_subflows(&t, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p->client.c, t.ours[0], p->now));
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p->client.c, p->now));
    assert_string_equal("reset(ABORTED) reset(ABORTED) ack SUBFLOW_GONE(ABORTED) "
                        "SUBFLOW_GONE(ABORTED)",
                        story_of(p, &p->client, 0));
}

/* checks: J-11 */
static void given_a_subflow_that_is_to_be_reset_then_nobody_hears_that_it_came_up(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    come(&p, &p.client, ours, &synack);
    struct wire third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    come(&p, &p.server, theirs, &third);
    /* It is open; a mapping that contradicts itself follows at once. */
    struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v, 1, 100);
    struct wire w = with_option(&o, ACK, 1, 100, 1);
    come(&p, &p.server, theirs, &w);
    o.u.dss.dsn += 7;
    w = with_option(&o, ACK, 1, 100, 1);
    come(&p, &p.server, theirs, &w);
    assert_int_equal(MPTCP_E_MAPPING, p.server.verdict.code);
    for (unsigned n = 0; mptcp_poll(p.server.c, &a); n++) {
        assert_true(n < 10);
        assert_false(a.type == MPTCP_EVENT && a.event == MPTCP_EV_SUBFLOW);
        enum mptcp_result can = a.type == MPTCP_RESET_SUBFLOW ? MPTCP_LATER : MPTCP_DONE;
        assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, a.len, can, p.now));
    }
    assert_string_equal("reset(MAPPING) SUBFLOW_GONE(MAPPING)", story_of(&p, &p.server, 20000));
}

/* checks: D-29 T-1 */
static void given_a_subflow_that_is_to_be_reset_or_is_gone_then_its_first_code_stays(void **state)
{
    (void)state;
    struct several t;
    struct pair *p = &t.p;

    several_subflows(&t, MPTCP_CFG_ABORT_RST);
    struct mptcp_option o = map_option(info_of(&p->client).rcv_nxt.v, 1, 100);
    for (unsigned n = 0; n < 2; n++) {
        struct wire w = with_option(&o, ACK, 1, 100, 1);
        come(p, &p->client, t.ours[1], &w);
        o.u.dss.dsn += 7;
    }
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, t.ours[2], MPTCP_E_PEER_RESET, p->now));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p->client.c, 1, p->now));
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p->client.c, p->now));
    assert_string_equal("reset(ABORTED) reset(MAPPING) SUBFLOW_GONE(ABORTED) SUBFLOW_GONE(MAPPING) "
                        "SUBFLOW_GONE(PEER_RESET) END(ABORTED)",
                        story_of(p, &p->client, 1000000));
}

/* checks: D-22 */
static void given_data_that_was_never_sent_at_the_end_then_no_timer_runs(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
    room(&p, &p.client, p.client.sf, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
    assert_string_equal("reset(ABORTED) SUBFLOW_GONE(ABORTED) END(ABORTED)",
                        story_of(&p, &p.client, HOUR));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
}

/* A RST, in place, with an option of the test's own; TCP does not take it. */
static void rst_comes(struct pair *p, const struct mptcp_option *o)
{
    struct wire w = with_option(o, RST | ACK, subflow_of(&p->client, p->client.sf).rcv_nxt.v, 0,
                                subflow_of(&p->client, p->client.sf).snd_una.v);
    come(p, &p->client, p->client.sf, &w);
}

/* checks: T-1 B-5 */
static void
given_a_rst_that_tcp_did_not_take_then_what_it_said_is_not_why_the_subflow_ends(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FAIL};

    establish(&p, 0, 0);
    rst_comes(&p, &o);
    assert_int_equal(MPTCP_OK,
                     mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
    assert_string_equal("SUBFLOW_GONE(SUBFLOW_FAILED) END(SUBFLOW_FAILED)",
                        story_of(&p, &p.client, HOUR));
}

/* The client has lost the server's options: plain TCP. */
static void goes_plain(struct pair *p)
{
    struct wire w = with_option(NULL, ACK, 1, 100, 101);
    struct mptcp_piece piece = {.len = 100, .data = w.options};
    static const uint8_t zeros[100];

    piece.data = zeros;
    come(p, &p->client, p->client.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->client.c, p->client.sf, &piece, p->now));
    assert_int_equal(MPTCP_E_UNMAPPED, info_of(&p->client).fallback);
}

/* checks: F-2 B-8 B-9 */
static void
given_plain_tcp_then_a_fastclose_on_a_rst_says_nothing_that_tcp_does_not_say(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};

    establish(&p, 0, 0);
    goes_plain(&p);
    drain(&p, &p.client);
    o.u.fastclose.receiver_key = CLIENT_KEY;
    rst_comes(&p, &o);
    assert_int_equal(0, info_of(&p.client).error);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.client).state);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now));
    assert_string_equal("SUBFLOW_GONE(PEER_RESET) END(PEER_RESET)", story_of(&p, &p.client, HOUR));
}

/* checks: FB-11 B-8 */
static void given_a_data_fin_in_plain_tcp_then_the_fin_that_follows_ends_nothing_again(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    goes_plain(&p);
    drain(&p, &p.client);
    send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 101);
    struct mptcp_option o = map_option(info_of(&p.client).rcv_nxt.v, 0, 1);
    o.u.dss.flags |= MPTCP_DSS_FIN;
    option_comes(&p, &p.client, p.client.sf, &o);
    assert_true(told(&p, &p.client, MPTCP_EV_EOF));
    struct mptcp_conn_report before = info_of(&p.client);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
    struct mptcp_conn_report after = info_of(&p.client);
    assert_memory_equal(&before, &after, sizeof before);
    assert_false(wants(&p.client, MPTCP_EVENT) || wants(&p.client, MPTCP_DELIVER));
}

/* checks: B-8 */
static void given_a_fin_in_plain_tcp_then_no_ack_is_asked_for(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, MPTCP_CFG_NO_MPTCP, 0);

    answers(&p, &syn);
    assert_string_equal("OPEN(NO_MPTCP) SUBFLOW", story_of(&p, &p.client, 0));
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
    assert_string_equal("EOF", story_of(&p, &p.client, HOUR));
}

/* checks: B-6 FB-7 */
static void given_our_data_fin_was_acknowledged_when_it_goes_plain_then_it_stays_so(void **state)
{
    (void)state;
    for (unsigned acked = 0; acked < 2; acked++) {
        struct pair p;
        struct mptcp_option o = {.subtype = MPTCP_FAIL};

        establish(&p, 0, 0);
        shuts_down(&p, &p.client, &p.server, 101, 1);
        if (acked) {
            server_acks(&p, 101);
        }
        o.u.fail.dsn = info_of(&p.client).snd_una.v;
        option_comes(&p, &p.client, p.client.sf, &o);
        assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p.client).fallback);
        assert_int_equal(acked ? MPTCP_FIN_WAIT_2 : MPTCP_FIN_WAIT_1, info_of(&p.client).state);
        story_of(&p, &p.client, 100000);
        assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
    }
}

/* checks: D-22 FB-2 */
static void given_all_is_closed_then_evidence_against_mptcp_leads_to_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FAIL};

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.server.c, p.now));
    struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &w);
    assert_string_equal("ack fin EOF CLOSED", story_of(&p, &p.client, 0));
    option_comes(&p, &p.client, p.client.sf, &o);
    assert_int_equal(0, info_of(&p.client).fallback);
    assert_string_equal("", story_of(&p, &p.client, 1000000));
}

/* checks: A-1 D-21 */
static void
given_our_stream_is_over_then_nobody_listens_and_nothing_is_opened_any_more(void **state)
{
    (void)state;
    struct several t;
    struct pair *p = &t.p;
    struct mptcp_addr further = address(9, 1, 0);
    struct mptcp_addr last = address(8, 1, 0);
    uint8_t id;

    several_subflows(&t, 0);
    shuts_down(p, &p->client, &p->server, 101, 1);
    server_acks(p, 101);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p->client).state);
    assert_string_equal("", story_of(p, &p->client, 0));
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p->client.c, &further, MPTCP_ADDR_ANNOUNCE, &id, p->now));
    assert_int_equal(MPTCP_E_FULL, /* one slot is all there was */
                     mptcp_add_address(p->client.c, &last, MPTCP_ADDR_JOIN, &id, p->now));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, t.ours[1], MPTCP_E_PEER_RESET, p->now));
    assert_string_equal("SUBFLOW_GONE(PEER_RESET)", story_of(p, &p->client, 500000));
    assert_true(mptcp_deadline(p->client.c) == MPTCP_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_second_data_fin_elsewhere_then_the_first_one_is_the_end),
        cmocka_unit_test(given_a_data_fin_among_octets_that_have_come_then_the_stream_goes_on),
        cmocka_unit_test(
            given_the_peer_closes_its_subflow_first_after_the_data_fins_then_ours_is_closed_too),
        cmocka_unit_test(
            given_the_peer_left_a_subflow_when_it_is_aborted_then_no_fin_but_the_abort_leaves_there),
        cmocka_unit_test(given_a_subflow_that_is_to_be_reset_then_nobody_hears_that_it_came_up),
        cmocka_unit_test(given_a_subflow_that_is_to_be_reset_or_is_gone_then_its_first_code_stays),
        cmocka_unit_test(given_data_that_was_never_sent_at_the_end_then_no_timer_runs),
        cmocka_unit_test(
            given_a_rst_that_tcp_did_not_take_then_what_it_said_is_not_why_the_subflow_ends),
        cmocka_unit_test(
            given_plain_tcp_then_a_fastclose_on_a_rst_says_nothing_that_tcp_does_not_say),
        cmocka_unit_test(
            given_a_data_fin_in_plain_tcp_then_the_fin_that_follows_ends_nothing_again),
        cmocka_unit_test(given_a_fin_in_plain_tcp_then_no_ack_is_asked_for),
        cmocka_unit_test(given_our_data_fin_was_acknowledged_when_it_goes_plain_then_it_stays_so),
        cmocka_unit_test(given_all_is_closed_then_evidence_against_mptcp_leads_to_nothing),
        cmocka_unit_test(
            given_our_stream_is_over_then_nobody_listens_and_nothing_is_opened_any_more),
    };
    return cmocka_run_group_tests_name("after_end_of", tests, NULL, NULL);
}
