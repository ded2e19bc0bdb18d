/*
 * test_each_closing.c - the end: DATA_FINs, questions, resets and what is forgotten reach the
 * second and the third subflow as the first.
 */
#include "several_test.h"

/* The DATA_FIN that an ACK of the client's on the k-th carries; false if it has none. */
static bool says_fin(struct several *t, unsigned k)
{
    struct wire w = says(&t->p, &t->p.client, t->ours[k]);
    return (options_of(&w).dss.flags & MPTCP_DSS_FIN) != 0;
}

/* The next timer of the client's runs out; nothing but time passes. */
static void waits(struct several *t)
{
    next_timeout(&t->p, &t->p.client);
}

/* checks: D-18 D-20 */
static void given_a_data_fin_that_nobody_answers_then_it_goes_again_on_each_subflow(void **state)
{
    (void)state;
    struct several t;

    several_subflows(&t, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(t.p.client.c, t.p.now));
    assert_int_equal(1, named_by(&t, &t.p.client, MPTCP_SEND_ACK));
    assert_true(says_fin(&t, 0));
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) { /* once is enough at first */
        assert_false(says_fin(&t, k));
    }
    for (unsigned n = 0; n < 3; n++) {
        waits(&t);
        assert_int_equal(ALL_OF_THEM, named_by(&t, &t.p.client, MPTCP_SEND_ACK));
        for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
            assert_true(says_fin(&t, k));
            assert_false(says_fin(&t, k));
        }
    }
}

/* TCP alone answers on the k-th: an ACK without any option and without news. */
static void tcp_answers(struct several *t, unsigned k)
{
    struct mptcp_subflow_report info = subflow_of(&t->p.client, t->ours[k]);
    struct wire w = with_option(NULL, ACK, info.rcv_nxt.v, 0, info.snd_una.v);
    come(&t->p, &t->p.client, t->ours[k], &w);
}

/* checks: B-3 FB-3 FB-5 */
static void
given_any_subflow_where_tcp_alone_answers_six_questions_then_that_one_is_reset(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        struct mptcp_action a;

        several_subflows(&t, 0);
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(t.p.client.c, t.p.now));
        for (unsigned n = 0; n < 7; n++) {
            named_by(&t, &t.p.client, MPTCP_SEND_ACK);
            for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
                says(&t.p, &t.p.client, t.ours[i]);
            }
            assert_false(wants(&t.p.client, MPTCP_RESET_SUBFLOW));
            /* Another one answered the first question, and no other. */
            tcp_answers(&t, n <= 1 ? (k + 1) % CORE_SUBFLOWS : k);
            waits(&t);
        }
        assert_true(find_action(&t.p, &t.p.client, MPTCP_RESET_SUBFLOW, &a));
        assert_int_equal(t.ours[k], a.sf);
        assert_int_equal(MPTCP_E_NO_MPTCP, a.code);
        assert_int_equal(MPTCP_OK, mptcp_done(t.p.client.c, &a, 0, MPTCP_DONE, t.p.now));
        assert_false(wants(&t.p.client, MPTCP_RESET_SUBFLOW));
        assert_int_equal(0, info_of(&t.p.client).error);
        assert_int_equal(0, info_of(&t.p.client).fallback);
    }
}

/* Both applications have closed, and both DATA_FINs are acknowledged; the client's subflows are to
 * be closed. */
static void both_close(struct several *t)
{
    struct pair *p = &t->p;

    shuts_down(p, &p->client, &p->server, 101, 1);
    drain(p, &p->server);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->server.c, p->now));
    struct wire w = send_from(p, &p->server, p->server.sf, ACK, 1, 0, 101);
    come(p, &p->client, p->client.sf, &w);
    w = send_from(p, &p->client, p->client.sf, ACK, 101, 0, 1);
    come(p, &p->server, p->server.sf, &w);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p->client).state);
}

/* checks: D-21 */
static void given_subflows_that_do_not_close_then_each_is_reset_after_close_limit(void **state)
{
    (void)state;
    struct several t;

    several_subflows(&t, 0);
    both_close(&t);
    assert_int_equal(ALL_OF_THEM, named_by(&t, &t.p.client, MPTCP_CLOSE_SUBFLOW));
    t.p.now += 29000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
    assert_false(wants(&t.p.client, MPTCP_RESET_SUBFLOW));
    t.p.now += 1100000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
    assert_int_equal(ALL_OF_THEM, named_by(&t, &t.p.client, MPTCP_RESET_SUBFLOW));
    assert_int_equal(0, info_of(&t.p.client).error);
}

/* checks: D-21 */
static void given_a_peer_that_still_asks_on_any_subflow_then_close_limit_begins_anew(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;

        several_subflows(&t, 0);
        both_close(&t);
        assert_int_equal(ALL_OF_THEM, named_by(&t, &t.p.client, MPTCP_CLOSE_SUBFLOW));
        for (unsigned n = 0; n < 3; n++) {
            t.p.now += 29000000;
            assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
            assert_false(wants(&t.p.client, MPTCP_RESET_SUBFLOW));
            struct mptcp_subflow_report info = subflow_of(&t.p.client, t.ours[k]);
            struct wire question = with_option(NULL, ACK, info.rcv_nxt.v - 1, 0, info.snd_una.v);
            come(&t.p, &t.p.client, t.ours[k], &question);
        }
        t.p.now += 30100000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
        assert_int_equal(ALL_OF_THEM, named_by(&t, &t.p.client, MPTCP_RESET_SUBFLOW));
        assert_int_equal(0, info_of(&t.p.client).error);
    }
}

/* checks: D-21 D-29 */
static void given_any_subflow_is_silent_at_the_close_then_it_has_a_second_and_no_more(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;

        several_subflows(&t, 0);
        struct wire data = leaves(&t, k, 100);
        arrives(&t, k, &data);
        t.p.now += 1000000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
        assert_true(mptcp_subflow_silent(t.p.client.c, t.ours[k]));
        struct side *client = &t.p.client;
        unsigned other = k == 0 ? 1 : 0; /* the first that is not silent says it */
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(client->c, t.p.now));
        struct wire fin = says(&t.p, client, t.ours[other]);
        come(&t.p, &t.p.server, t.theirs[other], &fin);
        drain(&t.p, &t.p.server);
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(t.p.server.c, t.p.now));
        /* The server's DATA_FIN and DATA_ACK; its TCP has not acknowledged the data. */
        struct wire answer = send_from(&t.p, &t.p.server, t.theirs[0], ACK, 1, 0, 101);
        come(&t.p, client, t.ours[0], &answer);
        assert_int_equal(MPTCP_TIME_WAIT, info_of(client).state);
        assert_int_equal(ALL_OF_THEM, named_by(&t, client, MPTCP_CLOSE_SUBFLOW));
        t.p.now += 1100000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(client->c, t.p.now));
        assert_int_equal(1u << k, named_by(&t, client, MPTCP_RESET_SUBFLOW));
    }
}

/* checks: F-5 F-1 */
static void given_an_abort_then_each_subflow_is_reset_at_once_but_one_that_says_so(void **state)
{
    (void)state;
    struct several t;

    several_subflows(&t, MPTCP_CFG_ABORT_RST);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(t.p.client.c, t.p.now));
    assert_int_equal(ALL_OF_THEM, named_by(&t, &t.p.client, MPTCP_RESET_SUBFLOW));

    several_subflows(&t, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(t.p.client.c, t.p.now));
    assert_int_equal(ALL_OF_THEM - 1, named_by(&t, &t.p.client, MPTCP_RESET_SUBFLOW));
    assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&t.p.client).state);
}

/* A SYN of the client's to join from a further address leaves. */
static mptcp_sf asks_to_join(struct pair *p, unsigned net)
{
    struct mptcp_addr from = address(net, 1, 0);
    struct mptcp_action a;
    uint8_t id;

    assert_int_equal(MPTCP_OK, mptcp_add_address(p->client.c, &from, MPTCP_ADDR_JOIN, &id, p->now));
    assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
    send_from(p, &p->client, a.sf, SYN, 0, 0, 0);
    return a.sf;
}

/* checks: D-21 H-4 */
static void given_joins_that_were_not_answered_when_all_is_closed_then_each_is_reset(void **state)
{
    (void)state;
    struct several t;

    establish(&t.p, 0, 0);
    t.ours[0] = t.p.client.sf;
    for (unsigned k = 1; k < CORE_SUBFLOWS; k++) {
        t.ours[k] = asks_to_join(&t.p, k);
    }
    both_close(&t);
    assert_int_equal(ALL_OF_THEM - 1, named_by(&t, &t.p.client, MPTCP_RESET_SUBFLOW));
    assert_int_equal(1, info_of(&t.p.client).subflows);
}

/* checks: B-9 FB-15 */
static void given_joins_that_were_not_answered_when_it_goes_plain_then_each_is_reset(void **state)
{
    (void)state;
    struct several t;
    struct mptcp_option o = {.subtype = MPTCP_FAIL};

    establish(&t.p, 0, 0);
    t.ours[0] = t.p.client.sf;
    for (unsigned k = 1; k < CORE_SUBFLOWS; k++) {
        t.ours[k] = asks_to_join(&t.p, k);
    }
    o.u.fail.dsn = info_of(&t.p.client).snd_una.v;
    option_comes(&t.p, &t.p.client, t.p.client.sf, &o);
    assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&t.p.client).fallback);
    assert_int_equal(ALL_OF_THEM - 1, named_by(&t, &t.p.client, MPTCP_RESET_SUBFLOW));
    assert_int_equal(1, info_of(&t.p.client).subflows);
}

/* checks: D-22 */
static void given_it_is_parked_then_none_of_its_subflows_is_known_any_more(void **state)
{
    (void)state;
    struct several t;
    struct mptcp_subflow_report info;

    several_subflows(&t, 0);
    gives(&t, 2, 100);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(t.p.client.c, t.p.now));
    assert_int_equal(0, info_of(&t.p.client).subflows);
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        assert_int_equal(MPTCP_E_STALE, mptcp_subflow_info(t.p.client.c, t.ours[k], &info));
    }
    assert_int_equal(0, mptcp_want(t.p.client.c));
    assert_true(mptcp_deadline(t.p.client.c) == MPTCP_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_data_fin_that_nobody_answers_then_it_goes_again_on_each_subflow),
        cmocka_unit_test(
            given_any_subflow_where_tcp_alone_answers_six_questions_then_that_one_is_reset),
        cmocka_unit_test(given_subflows_that_do_not_close_then_each_is_reset_after_close_limit),
        cmocka_unit_test(given_a_peer_that_still_asks_on_any_subflow_then_close_limit_begins_anew),
        cmocka_unit_test(given_any_subflow_is_silent_at_the_close_then_it_has_a_second_and_no_more),
        cmocka_unit_test(given_an_abort_then_each_subflow_is_reset_at_once_but_one_that_says_so),
        cmocka_unit_test(given_joins_that_were_not_answered_when_all_is_closed_then_each_is_reset),
        cmocka_unit_test(given_joins_that_were_not_answered_when_it_goes_plain_then_each_is_reset),
        cmocka_unit_test(given_it_is_parked_then_none_of_its_subflows_is_known_any_more),
    };
    return cmocka_run_group_tests_name("each_closing", tests, NULL, NULL);
}
