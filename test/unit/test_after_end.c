/*
 * test_after_end.c - what must not happen at the end of a connection and after it: no event twice
 * or out of its order, no EVENT_CLOSED where octets may be lost, no action that nobody needs any
 * more, and the first code stays.
 */
#include "story_test.h"

/* Both DATA_FINs have come and are acknowledged, the client's first; of either side nothing is told
 * yet. */
static void both_close(struct pair *p)
{
    shuts_down(p, &p->client, &p->server, 101, 1);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->server.c, p->now));
    struct wire w = send_from(p, &p->server, p->server.sf, ACK, 1, 0, 101);
    come(p, &p->client, p->client.sf, &w);
    w = send_from(p, &p->client, p->client.sf, ACK, 101, 0, 1);
    come(p, &p->server, p->server.sf, &w);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p->client).state);
    assert_int_equal(MPTCP_CLOSED, info_of(&p->server).state);
}

/* All is done and acknowledged but the client's own DATA_FIN. */
static void all_but_the_last_ack(struct pair *p)
{
    shuts_down(p, &p->server, &p->client, 1, 101);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->client.c, p->now));
    send_from(p, &p->client, p->client.sf, ACK, 101, 0, 1);
    assert_int_equal(MPTCP_LAST_ACK, info_of(&p->client).state);
}

static void fastclose_comes(struct pair *p, struct side *s)
{
    struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};
    o.u.fastclose.receiver_key = s == &p->client ? CLIENT_KEY : SERVER_KEY;
    option_comes(p, s, s->sf, &o);
}

/* checks: D-22 K-2 */
static void given_a_close_in_order_then_each_event_comes_once_and_then_nothing(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    both_close(&p);
    /* Of timers only the one for subflows that do not close is left. */
    assert_true(mptcp_deadline(p.client.c) == p.now + 30000000);
    assert_string_equal("fin EOF CLOSED", story_of(&p, &p.client, 1000000));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_CLOSED, p.now));
    assert_string_equal("SUBFLOW_GONE(CLOSED) END(CLOSED)", story_of(&p, &p.client, 0));
    is_over(&p, &p.client);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_int_equal(MPTCP_E_STATE, mptcp_on_shutdown(p.client.c, p.now));
    assert_int_equal(MPTCP_E_STATE, mptcp_on_written(p.client.c, 1, p.now));
    is_over(&p, &p.client);
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: K-2 D-21 */
static void given_acknowledgements_that_come_after_the_close_then_it_is_not_told_again(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    both_close(&p);
    assert_string_equal("fin EOF CLOSED", story_of(&p, &p.client, 0));
    p.now += 20000000;
    /* TCP's, for the FIN: it is news, and DUE_CLOSE does not begin anew. */
    struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 102);
    come(&p, &p.client, p.client.sf, &w);
    assert_string_equal("", story_of(&p, &p.client, 9000000));
    assert_string_equal("reset(SUBFLOW_FAILED) SUBFLOW_GONE(SUBFLOW_FAILED) END(CLOSED)",
                        story_of(&p, &p.client, 2000000));
    is_over(&p, &p.client);
}

/* checks: D-20 K-2 */
static void
given_octets_that_the_host_cannot_take_yet_then_neither_eof_nor_closed_is_told(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    shuts_down(&p, &p.client, &p.server, 201, 1);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.server.c, p.now));
    struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 201);
    come(&p, &p.client, p.client.sf, &w);
    w = send_from(&p, &p.client, p.client.sf, ACK, 201, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    while (mptcp_poll(p.server.c, &a)) {
        assert_int_not_equal(MPTCP_EVENT, a.type);
        enum mptcp_result can = a.type == MPTCP_DELIVER ? MPTCP_LATER : MPTCP_DONE;
        assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, a.len, can, p.now));
    }
    assert_string_equal("EOF CLOSED", story_of(&p, &p.server, 1000000));
}

/* checks: D-22 D-16 */
static void given_a_send_buffer_that_is_not_let_go_yet_then_the_end_waits(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    client_sends(&p, 101, 100);
    server_acks(&p, 201);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    while (mptcp_poll(p.client.c, &a)) {
        assert_false(a.type == MPTCP_EVENT && a.event == MPTCP_EV_END);
        enum mptcp_result can = a.type == MPTCP_FREE ? MPTCP_LATER : MPTCP_DONE;
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, can, p.now));
    }
    assert_string_equal("END(ABORTED)", story_of(&p, &p.client, 1000000));
    is_over(&p, &p.client);
}

/* checks: F-3 F-1 */
static void
given_both_ends_abort_then_each_hears_its_own_abort_and_not_that_it_is_closed(void **state)
{
    (void)state;
    for (unsigned closing = 0; closing < 2; closing++) {
        struct pair p;

        establish(&p, 0, 0);
        if (closing) {
            all_but_the_last_ack(&p);
            assert_string_equal("EOF", story_of(&p, &p.client, 0));
        }
        assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
        assert_string_equal("ack", story_of(&p, &p.client, 0));
        fastclose_comes(&p, &p.client);
        assert_true(p.client.verdict.drop);
        assert_int_equal(MPTCP_E_ABORTED, p.client.verdict.code);
        assert_string_equal("reset(ABORTED) SUBFLOW_GONE(ABORTED) END(ABORTED)",
                            story_of(&p, &p.client, 1000000));
        is_over(&p, &p.client);
        assert_int_equal(MPTCP_E_ABORTED, info_of(&p.client).error);
    }
}

/* checks: F-2 */
static void given_the_peer_aborts_then_it_is_told_as_that_unless_all_had_come_through(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    fastclose_comes(&p, &p.client);
    assert_string_equal("reset(PEER_ABORTED) SUBFLOW_GONE(PEER_ABORTED) END(PEER_ABORTED)",
                        story_of(&p, &p.client, 1000000));
    is_over(&p, &p.client);

    establish(&p, 0, 0);
    all_but_the_last_ack(&p);
    fastclose_comes(&p, &p.client);
    assert_string_equal("reset(CLOSED) SUBFLOW_GONE(CLOSED) EOF CLOSED END(CLOSED)",
                        story_of(&p, &p.client, 1000000));
    is_over(&p, &p.client);
    assert_int_equal(0, info_of(&p.client).error);

    establish(&p, 0, 0);
    both_close(&p);
    assert_string_equal("fin EOF CLOSED", story_of(&p, &p.client, 0));
    fastclose_comes(&p, &p.client);
    assert_string_equal("reset(CLOSED) SUBFLOW_GONE(CLOSED) END(CLOSED)",
                        story_of(&p, &p.client, 1000000));
    is_over(&p, &p.client);
}

/* checks: F-1 F-4 D-25 */
static void
given_data_that_waits_for_a_window_when_it_is_aborted_then_no_probe_leaves_any_more(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 60000);
    uint32_t window = info_of(&p.client).snd_window;
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, window + 500, p.now));
    assert_string_equal("send", story_of(&p, &p.client, 0));
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_nxt.v;
    struct wire w = with_option(&o, ACK, 1, 0, 101 + window);
    w.seg.window = 0;
    come(&p, &p.client, p.client.sf, &w);
    assert_true(mptcp_deadline(p.client.c) != MPTCP_NEVER);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_string_equal("ack ack ack ack reset(ABORTED) SUBFLOW_GONE(ABORTED) END(ABORTED)",
                        story_of(&p, &p.client, HOUR));
    is_over(&p, &p.client);
}

/* checks: F-1 R-2 */
static void given_a_subflow_that_is_being_probed_when_it_is_aborted_then_that_ends(void **state)
{
    (void)state;
    struct pair p;
    uint8_t id = 0;

    establish(&p, 0, 0);
    removal_comes(&p, &p.client, &id, 1);
    assert_string_equal("probe ADDRESS_GONE", story_of(&p, &p.client, 0));
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_string_equal("ack ack ack ack reset(ABORTED) SUBFLOW_GONE(ABORTED) END(ABORTED)",
                        story_of(&p, &p.client, HOUR));
    is_over(&p, &p.client);
}

/* checks: F-1 */
static void given_an_abort_then_segments_are_dropped_and_nothing_else_is_started(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now)); /* a DATA_FIN is due */
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_true(has_option(&w, MPTCP_FASTCLOSE));
    w = says(&p, &p.client, p.client.sf);
    assert_int_equal(0, options_of(&w).dss.flags & MPTCP_DSS_FIN);
    struct mptcp_option o = map_option(info_of(&p.client).rcv_nxt.v, 1, 100);
    w = with_option(&o, ACK, 1, 100, 101);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(p.client.verdict.drop);
    assert_int_equal(MPTCP_E_STATE, mptcp_on_written(p.client.c, 1, p.now));
    assert_int_equal(MPTCP_E_STATE, mptcp_on_shutdown(p.client.c, p.now));
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now)); /* once more: no other one */
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
}

/* checks: F-1 D-29 */
static void given_the_subflow_that_says_the_abort_is_lost_then_it_is_over_at_once(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100); /* nobody acknowledges them */
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_string_equal("ack", story_of(&p, &p.client, 0));
    p.now += HOUR; /* the host was away: every limit has passed */
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_int_equal(MPTCP_CLOSED, info_of(&p.client).state);
    assert_string_equal("reset(TIMED_OUT) SUBFLOW_GONE(TIMED_OUT) END(ABORTED)",
                        story_of(&p, &p.client, 0));
    is_over(&p, &p.client);

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now));
    assert_string_equal("SUBFLOW_GONE(PEER_RESET) END(ABORTED)", story_of(&p, &p.client, HOUR));
    is_over(&p, &p.client);
}

/* checks: D-22 */
static void given_an_abort_by_rst_then_what_becomes_of_its_subflow_changes_nothing(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    all_but_the_last_ack(&p);
    assert_string_equal("EOF", story_of(&p, &p.client, 0));
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    /* The host finds it gone before it can reset it. */
    assert_int_equal(MPTCP_OK,
                     mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
    assert_string_equal("SUBFLOW_GONE(SUBFLOW_FAILED) END(ABORTED)", story_of(&p, &p.client, HOUR));
    is_over(&p, &p.client);
    assert_int_equal(MPTCP_E_ABORTED, info_of(&p.client).error);
}

/* checks: D-22 D-4 S-2 */
static void
given_the_only_subflow_is_closed_before_the_stream_is_then_that_is_an_error(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_CLOSED, p.now));
    assert_string_equal("SUBFLOW_GONE(CLOSED) END(TIMED_OUT)", story_of(&p, &p.client, HOUR));
    is_over(&p, &p.client);
    assert_int_equal(MPTCP_E_TIMED_OUT, info_of(&p.client).error);
}

/* checks: D-22 */
static void
given_a_closed_connection_loses_its_last_path_then_it_waits_and_opens_no_other(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t blocks[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct pair p;

    cfg.no_path_limit = 60000000;
    establish_as(&p, &cfg, blocks, CORE_BLOCK);
    both_close(&p);
    assert_string_equal("fin EOF CLOSED", story_of(&p, &p.client, 0));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now));
    assert_string_equal("SUBFLOW_GONE(PEER_RESET)", story_of(&p, &p.client, 0));
    p.now += 30000000; /* DUE_CLOSE */
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_true(mptcp_deadline(p.client.c) == p.now + 30000000);
    assert_string_equal("END(CLOSED)", story_of(&p, &p.client, HOUR));
    is_over(&p, &p.client);
}

/* checks: K-2 F-1 */
static void
given_all_is_closed_when_it_is_aborted_then_it_is_over_at_once_and_in_order(void **state)
{
    (void)state;
    for (unsigned told = 0; told < 2; told++) {
        struct pair p;

        establish(&p, 0, 0);
        both_close(&p);
        if (told) {
            assert_string_equal("fin EOF CLOSED", story_of(&p, &p.client, 0));
        }
        assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
        assert_string_equal(told ? "reset(CLOSED) SUBFLOW_GONE(CLOSED) END(CLOSED)"
                                 : "reset(CLOSED) SUBFLOW_GONE(CLOSED) EOF CLOSED END(CLOSED)",
                            story_of(&p, &p.client, 0));
        assert_int_equal(0, info_of(&p.client).error);
        is_over(&p, &p.client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_close_in_order_then_each_event_comes_once_and_then_nothing),
        cmocka_unit_test(
            given_acknowledgements_that_come_after_the_close_then_it_is_not_told_again),
        cmocka_unit_test(
            given_octets_that_the_host_cannot_take_yet_then_neither_eof_nor_closed_is_told),
        cmocka_unit_test(given_a_send_buffer_that_is_not_let_go_yet_then_the_end_waits),
        cmocka_unit_test(
            given_both_ends_abort_then_each_hears_its_own_abort_and_not_that_it_is_closed),
        cmocka_unit_test(given_the_peer_aborts_then_it_is_told_as_that_unless_all_had_come_through),
        cmocka_unit_test(
            given_data_that_waits_for_a_window_when_it_is_aborted_then_no_probe_leaves_any_more),
        cmocka_unit_test(given_a_subflow_that_is_being_probed_when_it_is_aborted_then_that_ends),
        cmocka_unit_test(
            given_a_closed_connection_loses_its_last_path_then_it_waits_and_opens_no_other),
        cmocka_unit_test(given_an_abort_then_segments_are_dropped_and_nothing_else_is_started),
        cmocka_unit_test(given_the_subflow_that_says_the_abort_is_lost_then_it_is_over_at_once),
        cmocka_unit_test(given_an_abort_by_rst_then_what_becomes_of_its_subflow_changes_nothing),
        cmocka_unit_test(
            given_the_only_subflow_is_closed_before_the_stream_is_then_that_is_an_error),
        cmocka_unit_test(
            given_all_is_closed_when_it_is_aborted_then_it_is_over_at_once_and_in_order),
    };
    return cmocka_run_group_tests_name("after_end", tests, NULL, NULL);
}
