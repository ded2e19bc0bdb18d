/*
 * test_fastclose.c - MP_FASTCLOSE (RFC 8684 s3.5): on an ACK of one subflow, answered by RSTs, met
 * by another, never answered; on RSTs; beside a DSS.
 */
#include "bugs_test.h"

/* The client gives up; the ACK that says so is under way on the initial subflow. */
static struct wire gives_up(struct pair *p)
{
    struct mptcp_action a;

    assert_int_equal(MPTCP_OK, mptcp_on_abort(p->client.c, p->now));
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p->client).state);
    assert_true(find_action(p, &p->client, MPTCP_SEND_ACK, &a));
    assert_int_equal(p->client.sf, a.sf);
    struct wire w = send_from(p, &p->client, p->client.sf, ACK, 101, 0, 1);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
    return w;
}

/* Which subflows are reset now, in the order of the actions; their number. */
static unsigned resets(struct pair *p, struct side *s, mptcp_sf *sf, unsigned most)
{
    struct mptcp_action a;
    unsigned n = 0;

    while (mptcp_poll(s->c, &a) && a.type == MPTCP_RESET_SUBFLOW) {
        assert_true(n < most);
        sf[n++] = a.sf;
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, 0, MPTCP_DONE, p->now));
    }
    return n;
}

/* checks: F-1 F-2 */
static void given_two_subflows_when_given_up_then_one_says_so_and_the_other_is_reset(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    mptcp_sf sf[2];

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    struct wire rst = send_from(&p, &p.client, ours, RST | ACK, 1, 0, 1);
    assert_false(has_option(&rst, MPTCP_FASTCLOSE));
    assert_int_equal(1, resets(&p, &p.client, sf, 1));
    assert_int_equal(ours, sf[0]);
    struct wire ack = gives_up(&p);
    assert_true(has_option(&ack, MPTCP_FASTCLOSE));
    assert_true(options_of(&ack).fastclose.receiver_key == SERVER_KEY);

    /* The other end resets all that it has, and is over. */
    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
    assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
    assert_int_equal(2, resets(&p, &p.server, sf, 2));
    assert_true(told(&p, &p.server, MPTCP_EV_END));

    /* Its RST is the answer. */
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(MPTCP_CLOSED, info_of(&p.client).state);
    assert_int_equal(MPTCP_E_ABORTED, info_of(&p.client).error);
    assert_true(told(&p, &p.client, MPTCP_EV_END));
}

/* checks: F-3 */
static void given_both_give_up_at_once_then_both_reset_and_are_over(void **state)
{
    (void)state;
    struct pair p;
    struct side *sides[2] = {&p.client, &p.server};
    mptcp_sf sf;

    establish(&p, 0, 0);
    struct wire w[2] = {gives_up(&p), {.seg = {0}}};
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.server.c, p.now));
    w[1] = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    for (unsigned i = 0; i < 2; i++) {
        come(&p, sides[i], sides[i]->sf, &w[1 - i]);
        assert_int_equal(MPTCP_CLOSED, info_of(sides[i]).state);
        assert_int_equal(1, resets(&p, sides[i], &sf, 1));
        assert_true(told(&p, sides[i], MPTCP_EV_END));
        assert_true(mptcp_deadline(sides[i]->c) == MPTCP_NEVER);
    }
}

/* checks: F-4 */
static void given_no_answer_then_it_is_said_three_times_more_and_then_on_a_rst(void **state)
{
    (void)state;
    struct pair p;
    unsigned sent = 0;

    establish(&p, 0, 0);
    struct wire w = gives_up(&p);
    while (!wants(&p.client, MPTCP_RESET_SUBFLOW)) {
        assert_true(has_option(&w, MPTCP_FASTCLOSE));
        assert_in_range(++sent, 1, 4);
        assert_false(wants(&p.client, MPTCP_SEND_ACK));
        mptcp_time at = mptcp_deadline(p.client.c);
        assert_true(at != MPTCP_NEVER && at > p.now);
        p.now = at;
        mptcp_on_timeout(p.client.c, p.now);
        if (!wants(&p.client, MPTCP_RESET_SUBFLOW)) {
            w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
        }
        drain(&p, &p.server);
    }
    assert_int_equal(4, sent);
    struct wire rst = send_from(&p, &p.client, p.client.sf, RST | ACK, 101, 0, 1);
    assert_true(options_of(&rst).fastclose.receiver_key == SERVER_KEY);
    assert_true(told(&p, &p.client, MPTCP_EV_END));
}

/* checks: F-4 FB-2 */
static void given_up_and_data_come_without_any_option_then_a_rst_goes_at_once(void **state)
{
    (void)state;
    const unsigned flags[] = {ACK, ACK | FIN};

    for (unsigned i = 0; i < 4; i++) {
        struct pair p;
        mptcp_sf sf;
        uint32_t len = i / 2 != 0 ? 100 : 0;

        establish(&p, 0, 0);
        gives_up(&p);
        /* TCP would not take it. */
        struct wire w = with_option(NULL, flags[i % 2], 20000, len, 101);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
        w = with_option(NULL, flags[i % 2], 1, len, 101);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(1, p.client.verdict.drop);
        bool stream = len > 0 || (flags[i % 2] & FIN) != 0;
        assert_int_equal(stream ? MPTCP_CLOSED : MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
        assert_int_equal(stream, resets(&p, &p.client, &sf, 1));
        assert_int_equal(stream, told(&p, &p.client, MPTCP_EV_END));
        assert_int_equal(MPTCP_E_ABORTED, info_of(&p.client).error);
    }
}

/* checks: F-4 */
static void given_up_and_mapped_data_come_then_the_answer_is_waited_for(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    gives_up(&p);
    struct mptcp_option map = map_option(info_of(&p.client).rcv_nxt.v, 1, 100);
    struct wire w = with_option(&map, ACK, 1, 100, 101);
    come(&p, &p.client, p.client.sf, &w);
    assert_int_equal(1, p.client.verdict.drop);
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
}

/* checks: F-5 */
static void given_resets_are_wanted_then_each_says_it_and_nothing_is_waited_for(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;
    mptcp_sf sf[2];

    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    come(&p, &p.client, ours, &synack);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_int_equal(MPTCP_CLOSED, info_of(&p.client).state);
    struct wire first = send_from(&p, &p.client, p.client.sf, RST | ACK, 101, 0, 1);
    struct wire second = send_from(&p, &p.client, ours, RST | ACK, 1, 0, 1);
    assert_true(options_of(&first).fastclose.receiver_key == SERVER_KEY);
    assert_true(options_of(&second).fastclose.receiver_key == SERVER_KEY);
    assert_int_equal(2, resets(&p, &p.client, sf, 2));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);

    come(&p, &p.server, p.server.sf, &first);
    assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
    assert_int_equal(2, resets(&p, &p.server, sf, 2));
}

static void add_option(struct wire *w, const struct mptcp_option *o)
{
    int n = mptcp_option_write(o, w->options + w->seg.options_len,
                               MPTCP_OPTION_MAX - (size_t)w->seg.options_len);
    assert_true(n > 0);
    w->seg.options_len = (uint16_t)(w->seg.options_len + n);
}

/* checks: X-8 F-2 */
static void given_it_stands_beside_a_dss_then_it_means_the_same(void **state)
{
    (void)state;
    for (unsigned behind = 0; behind < 2; behind++) {
        struct pair p;
        struct mptcp_option end = {.subtype = MPTCP_FASTCLOSE};

        establish(&p, 0, 0);
        uint64_t next = info_of(&p.server).rcv_nxt.v;
        struct mptcp_option map = map_option(next, 101, 100);
        for (unsigned right = 0; right < 2; right++) {
            end.u.fastclose.receiver_key = SERVER_KEY + 1 - right;
            struct wire w = with_option(behind ? &map : &end, ACK, 101, 100, 1);
            add_option(&w, behind ? &end : &map);
            come(&p, &p.server, p.server.sf, &w);
            assert_int_equal(right ? MPTCP_E_PEER_ABORTED : MPTCP_OK, info_of(&p.server).error);
            /* With a wrong key it is as if it were not there: the mapping counts. */
            assert_int_equal(100, right ? 100 : mptcp_rx_mapping_left(p.server.c, p.server.sf));
        }
        assert_true(wants(&p.server, MPTCP_RESET_SUBFLOW));
    }
}

/* checks: G-3 F-5 */
static void given_a_rst_that_tcp_would_not_take_then_it_counts_for_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};

    establish(&p, 0, 0);
    o.u.fastclose.receiver_key = SERVER_KEY;
    struct wire w = with_option(&o, RST | ACK, 90000, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    w = with_option(&o, RST | ACK, 50, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    w = with_option(&o, RST | ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
}

/* A segment was lost, so TCP does not take the RST at once (RFC 5961 s3.2); but nobody else has the
 * key. checks: F-5 G-3 */
static void given_a_rst_in_the_window_then_the_key_says_whether_the_peer_aborts(void **state)
{
    (void)state;
    static const unsigned flags[] = {RST | ACK, RST};

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};

        establish(&p, 0, 0);
        o.u.fastclose.receiver_key = SERVER_KEY + 1;
        struct wire w = with_option(&o, flags[i], 201, 0, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
        o.u.fastclose.receiver_key = SERVER_KEY;
        w = with_option(&o, flags[i], 201, 0, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
        assert_int_equal(0, p.server.verdict.reset); /* whether TCP takes it TCP decides */
        assert_int_equal(0, p.server.verdict.drop);
        assert_true(wants(&p.server, MPTCP_RESET_SUBFLOW));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_two_subflows_when_given_up_then_one_says_so_and_the_other_is_reset),
        cmocka_unit_test(given_both_give_up_at_once_then_both_reset_and_are_over),
        cmocka_unit_test(given_no_answer_then_it_is_said_three_times_more_and_then_on_a_rst),
        cmocka_unit_test(given_up_and_data_come_without_any_option_then_a_rst_goes_at_once),
        cmocka_unit_test(given_up_and_mapped_data_come_then_the_answer_is_waited_for),
        cmocka_unit_test(given_resets_are_wanted_then_each_says_it_and_nothing_is_waited_for),
        cmocka_unit_test(given_it_stands_beside_a_dss_then_it_means_the_same),
        cmocka_unit_test(given_a_rst_that_tcp_would_not_take_then_it_counts_for_nothing),
        cmocka_unit_test(given_a_rst_in_the_window_then_the_key_says_whether_the_peer_aborts),
    };
    return cmocka_run_group_tests_name("fastclose", tests, NULL, NULL);
}
