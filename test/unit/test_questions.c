/*
 * test_questions.c - what an end does when DATA_ACKs stay away (RFC 8684 s3.3.6, s3.3.3): it asks,
 * and sends again at new SSNs only where the peer relies on nothing.
 */
#include "bugs_test.h"

/* The client's data of this many octets is under way on its first subflow. */
static void gives(struct pair *p, uint32_t octets)
{
    struct mptcp_action a;

    tcp_tells(p, &p->client, p->client.sf, octets, octets, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, octets, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(octets, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, octets, MPTCP_DONE, p->now));
}

/* How the peer answers: with an option, or without any. */
enum how { NOT, BARE, BESIDE };

/* TCP acknowledges all that the client has sent; no DATA_ACK says so. */
static void tcp_acks(struct pair *p, enum how how)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    o.u.dss.data_ack = (uint32_t)info_of(&p->client).snd_una.v;
    struct wire w = with_option(how == BESIDE ? &o : NULL, ACK, 1, 0,
                                subflow_of(&p->client, p->client.sf).snd_nxt.v);
    come(p, &p->client, p->client.sf, &w);
}

/* What became of it, once nothing more happens or it is no MPTCP any more. */
struct outcome {
    unsigned questions;
    unsigned resent;
    mptcp_time took;
};

/* The client's host does all that is due; TCP answers each keep-alive like that. */
static struct outcome asks(struct pair *p, enum how how, unsigned timeouts)
{
    struct outcome out = {0};
    struct mptcp_action a;
    mptcp_time begin = p->now;

    for (unsigned i = 0; i < timeouts && info_of(&p->client).version == 1; i++) {
        if (mptcp_deadline(p->client.c) == MPTCP_NEVER || wants(&p->client, MPTCP_RESET_SUBFLOW)) {
            break;
        }
        next_timeout(p, &p->client);
        while (info_of(&p->client).version == 1 && !wants(&p->client, MPTCP_RESET_SUBFLOW) &&
               mptcp_poll(p->client.c, &a)) {
            assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
            out.questions += a.type == MPTCP_PROBE;
            out.resent += a.type == MPTCP_SEND ? a.len : 0;
            if (a.type == MPTCP_SEND_ACK) {
                says(p, &p->client, a.sf);
            }
            if (a.type == MPTCP_PROBE && how != NOT) {
                tcp_acks(p, how);
            }
        }
    }
    out.took = p->now - begin;
    return out;
}

/* checks: FB-5 FB-1 D-28 */
static void given_no_data_ack_after_six_answered_questions_then_it_is_plain_tcp(void **state)
{
    (void)state;
    for (enum how how = BARE; how <= BESIDE; how++) {
        struct pair p;

        establish(&p, 0, 0);
        gives(&p, 300);
        tcp_acks(&p, BESIDE);
        struct outcome out = asks(&p, how, 30);
        assert_int_equal(6, out.questions);
        assert_int_equal(0, out.resent);
        assert_in_range(out.took, 3000000, 10000000);
        assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
        assert_true(info_of(&p.client).snd_una.v == info_of(&p.client).snd_nxt.v);
    }
}

/* checks: FB-5 */
static void given_a_data_ack_in_answer_to_a_question_then_all_goes_on(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    gives(&p, 300);
    for (unsigned i = 0; i < 3; i++) {
        tcp_acks(&p, BARE);
        struct outcome out = asks(&p, BARE, 5);
        assert_in_range(out.questions, 1, 5);
        struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
        o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_nxt.v;
        struct wire w = with_option(&o, ACK, 1, 0, subflow_of(&p.client, p.client.sf).snd_nxt.v);
        come(&p, &p.client, p.client.sf, &w);
        gives(&p, 100);
    }
    assert_int_equal(1, info_of(&p.client).version);
}

/* checks: FB-5 */
static void given_questions_that_nobody_answers_then_they_count_nothing(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    gives(&p, 300);
    tcp_acks(&p, BARE);
    struct outcome out = asks(&p, NOT, 9);
    assert_true(out.questions > 6);
    assert_int_equal(1, info_of(&p.client).version);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
}

/* checks: FB-5 FB-3 */
static void given_it_may_not_fall_back_then_the_subflow_is_reset_after_as_many(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, MPTCP_CFG_FAIL_RESETS, 0);
    gives(&p, 300);
    tcp_acks(&p, BARE);
    struct outcome out = asks(&p, BARE, 30);
    assert_int_equal(6, out.questions);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_RST_MIDDLEBOX, a.reason);
    assert_int_equal(1, info_of(&p.client).version);
}

/* checks: FB-4 D-28 */
static void
given_another_subflow_was_there_then_octets_are_sent_again_and_nothing_is_asked(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now));
    drain(&p, &p.client);
    gives(&p, 300);
    tcp_acks(&p, BARE);
    tcp_tells(&p, &p.client, p.client.sf, 1000, 300, 10000);
    struct outcome out = asks(&p, BARE, 2);
    assert_int_equal(300, out.resent);
    assert_int_equal(0, out.questions);
}

/* checks: FB-5 FB-1 D-19 */
static void given_a_data_fin_that_only_tcp_answers_then_its_fin_ends_the_stream(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    drain(&p, &p.client);
    says(&p, &p.client, p.client.sf);
    tcp_acks(&p, BESIDE);
    struct outcome out = asks(&p, BESIDE, 30);
    assert_int_equal(6, out.questions);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
    assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
    struct wire fin = send_from(&p, &p.client, p.client.sf, FIN | ACK, 101, 0, 1);
    assert_int_equal(0, fin.seg.options_len);
}

/* checks: FB-5 D-4 */
static void given_a_data_fin_that_nobody_answers_then_the_connection_times_out(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    drain(&p, &p.client);
    says(&p, &p.client, p.client.sf);
    asks(&p, NOT, 30);
    assert_int_equal(1, info_of(&p.client).version);
    assert_int_equal(MPTCP_E_TIMED_OUT, info_of(&p.client).error);
}

/* All that the client may send is DATA_ACKed, and the window is shut; octets wait. */
static void fills_window(struct pair *p)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    establish(p, 0, 0);
    o.u.dss.data_ack = (uint32_t)info_of(&p->client).snd_nxt.v;
    gives(p, 9900);
    o.u.dss.data_ack += 9900;
    struct wire w = with_option(&o, ACK, 1, 0, 10001);
    w.seg.window = 0;
    come(p, &p->client, p->client.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 100, p->now));
    tcp_tells(p, &p->client, p->client.sf, 1000, 100, 10000);
}

/* checks: FB-5 FB-1 D-25 */
static void given_a_window_that_opens_without_a_data_ack_then_it_is_plain_tcp(void **state)
{
    (void)state;
    struct pair p;

    fills_window(&p);
    struct outcome out = asks(&p, BARE, 30);
    assert_int_equal(6, out.questions);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
    assert_true(wants(&p.client, MPTCP_SEND));
}

/* checks: FB-5 D-25 */
static void given_a_window_that_stays_shut_then_every_answer_is_right(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    fills_window(&p);
    for (unsigned i = 0; i < 20; i++) {
        next_timeout(&p, &p.client);
        if (!find_action(&p, &p.client, MPTCP_PROBE, &a)) {
            continue;
        }
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        struct wire w = with_option(NULL, ACK, 1, 0, 10001);
        w.seg.window = 0;
        come(&p, &p.client, p.client.sf, &w);
    }
    assert_int_equal(1, info_of(&p.client).version);
    assert_int_equal(1, info_of(&p.client).subflows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_no_data_ack_after_six_answered_questions_then_it_is_plain_tcp),
        cmocka_unit_test(given_a_data_ack_in_answer_to_a_question_then_all_goes_on),
        cmocka_unit_test(given_questions_that_nobody_answers_then_they_count_nothing),
        cmocka_unit_test(given_it_may_not_fall_back_then_the_subflow_is_reset_after_as_many),
        cmocka_unit_test(
            given_another_subflow_was_there_then_octets_are_sent_again_and_nothing_is_asked),
        cmocka_unit_test(given_a_data_fin_that_only_tcp_answers_then_its_fin_ends_the_stream),
        cmocka_unit_test(given_a_data_fin_that_nobody_answers_then_the_connection_times_out),
        cmocka_unit_test(given_a_window_that_opens_without_a_data_ack_then_it_is_plain_tcp),
        cmocka_unit_test(given_a_window_that_stays_shut_then_every_answer_is_right),
    };
    return cmocka_run_group_tests_name("questions", tests, NULL, NULL);
}
