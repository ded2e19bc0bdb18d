/*
 * test_each_subflow.c - data, windows, probes and questions: what is due for a subflow is due for
 * the second and the third as for the first, and for no other one.
 */
#include "several_test.h"

/* checks: D-17 */
static void given_octets_that_tcp_acknowledges_on_any_subflow_then_no_ack_is_asked_for(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        several_subflows(&t, 0);
        struct wire data = leaves(&t, k, 100);
        arrives(&t, k, &data);
        assert_false(wants(&t.p.server, MPTCP_SEND_ACK));
        struct wire ack = says(&t.p, &t.p.server, t.theirs[k]);
        assert_true((uint32_t)info_of(&t.p.client).snd_nxt.v ==
                    (uint32_t)options_of(&ack).dss.data_ack);
        assert_false(wants(&t.p.server, MPTCP_SEND_ACK));
    }
}

/* checks: D-23 D-25 */
static void given_the_window_opens_by_much_then_each_subflow_tells_it_once(void **state)
{
    (void)state;
    struct several t;

    several_subflows(&t, 0);
    for (unsigned n = 0; n < 30; n++) {
        struct wire data = leaves(&t, 0, 100);
        arrives(&t, 0, &data);
        says(&t.p, &t.p.server, t.theirs[0]);
    }
    drain(&t.p, &t.p.server);
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(t.p.server.c, 3000, t.p.now));
    assert_int_equal(ALL_OF_THEM, named_by(&t, &t.p.server, MPTCP_SEND_ACK));
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct wire w = says(&t.p, &t.p.server, t.theirs[k]);
        assert_int_equal(10000 - 100, w.seg.window);
    }
    t.p.now += 1000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.server.c, t.p.now));
    assert_false(wants(&t.p.server, MPTCP_SEND_ACK));
}

/* checks: D-25 */
static void given_octets_in_flight_on_any_subflow_then_a_shut_window_is_not_probed(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        several_subflows(&t, 0);
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) { /* not silent for 2.5 s */
            tcp_tells(&t.p, &t.p.client, t.ours[i], i == k ? 20000 : 0, 100, 1000000);
        }
        uint32_t window = info_of(&t.p.client).snd_window;
        assert_int_equal(MPTCP_OK, mptcp_on_written(t.p.client.c, window + 500, t.p.now));
        drain(&t.p, &t.p.client);
        assert_int_equal(0, info_of(&t.p.client).snd_window);
        t.p.now += 2000000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
        assert_false(mptcp_subflow_silent(t.p.client.c, t.ours[k]));
        assert_false(wants(&t.p.client, MPTCP_PROBE));
    }
}

#define OWN_WINDOW 9900 /* of each subflow when it came up: 100 octets wait at the server */

/* checks: D-25 */
static void given_any_subflow_whose_own_window_is_shut_then_it_alone_is_probed(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        mptcp_time wait = 0;

        several_subflows(&t, 0);
        data_acks(&t, (k + 1) % CORE_SUBFLOWS, 60000); /* the shared window is wide open */
        gives(&t, k, OWN_WINDOW);
        data_acks(&t, (k + 1) % CORE_SUBFLOWS, 60000);
        data_acks(&t, k, 0);
        drain(&t.p, &t.p.client);
        room_on(&t, k, 10000);
        assert_int_equal(MPTCP_OK, mptcp_on_written(t.p.client.c, 500, t.p.now));
        assert_false(wants(&t.p.client, MPTCP_SEND));
        for (unsigned n = 0; n < 3; n++) {
            mptcp_time before = t.p.now;
            unsigned probed = 0;
            for (unsigned m = 0; m < 200 && probed == 0; m++) {
                next_timeout(&t.p, &t.p.client);
                room_on(&t, k, 10000); /* the others have none, whatever is assumed */
                probed = named_by(&t, &t.p.client, MPTCP_PROBE);
            }
            assert_int_equal(1u << k, probed);
            assert_true(t.p.now - before > wait);
            wait = t.p.now - before;
        }
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
            assert_int_equal(i == k, subflow_of(&t.p.client, t.ours[i]).window_closed);
        }
    }
}

/* The others cost more than the k-th. */
static void prefers(struct several *t, unsigned k)
{
    for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
        assert_int_equal(MPTCP_OK,
                         mptcp_set_cost(t->p.client.c, t->ours[i], i == k ? 0 : 5, t->p.now));
    }
}

/* checks: D-25 */
static void given_any_subflow_without_room_then_its_host_is_asked_again_for_a_segment(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        struct mptcp_action a;

        several_subflows(&t, 0);
        prefers(&t, k);
        room_on(&t, CORE_SUBFLOWS, 0); /* on none */
        assert_int_equal(MPTCP_OK, mptcp_on_written(t.p.client.c, 500, t.p.now));
        assert_false(wants(&t.p.client, MPTCP_SEND));
        next_timeout(&t.p, &t.p.client);
        assert_true(find_action(&t.p, &t.p.client, MPTCP_SEND, &a));
        assert_int_equal(t.ours[k], a.sf);
        assert_int_equal(100, a.len);
    }
}

/* A pure ACK of the server's on the k-th, for what lies below `ack` there; its DATA_ACK is not
 * news. */
static void tcp_acks_to(struct several *t, unsigned k, uint32_t ack)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&t->p.client).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, ack);
    come(&t->p, &t->p.client, t->ours[k], &w);
}

/* checks: D-28 D-27 */
static void
given_octets_that_tcp_took_on_any_subflow_and_nobody_then_they_alone_go_again(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        struct mptcp_action a;

        several_subflows(&t, 0);
        gives(&t, k, 300);
        mptcp_dsn una = info_of(&t.p.client).snd_una;
        mptcp_ssn first = subflow_of(&t.p.client, t.ours[k]).snd_una;
        /* Some of them now and then, so that nothing is silent. */
        for (unsigned n = 1; n <= 5; n++) {
            t.p.now += 150000;
            assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
            tcp_acks_to(&t, k, first.v + 20 * n);
        }
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
            room(&t.p, &t.p.client, t.ours[i], 1000);
        }
        t.p.now += 250000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
        assert_false(wants(&t.p.client, MPTCP_SEND));
        t.p.now += 30000; /* two RTTs and answer_wait since they were given */
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
        assert_false(mptcp_subflow_silent(t.p.client.c, t.ours[k]));
        assert_true(find_action(&t.p, &t.p.client, MPTCP_SEND, &a));
        assert_true(a.reinjected);
        assert_true(mptcp_dsn_eq(una, a.dsn));
        assert_int_equal(100, a.len);
        assert_int_equal(MPTCP_OK, mptcp_done(t.p.client.c, &a, 100, MPTCP_DONE, t.p.now));
        assert_false(wants(&t.p.client, MPTCP_SEND)); /* the others are under way */
    }
}

/* checks: D-28 */
static void given_any_subflow_is_the_slowest_then_a_data_ack_may_take_two_of_its_rtts(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;

        several_subflows(&t, 0);
        unsigned quick = (k + 1) % CORE_SUBFLOWS;
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
            tcp_tells(&t.p, &t.p.client, t.ours[i], i == quick ? 100 : 0, 100,
                      i == k ? 2000000 : 10000);
        }
        assert_int_equal(MPTCP_OK, mptcp_on_written(t.p.client.c, 100, t.p.now));
        assert_int_equal(1u << quick, named_by(&t, &t.p.client, MPTCP_SEND));
        tcp_acks_to(&t, quick, subflow_of(&t.p.client, t.ours[quick]).snd_nxt.v);
        t.p.now += 4900000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
        room(&t.p, &t.p.client, t.ours[quick], 100);
        assert_false(wants(&t.p.client, MPTCP_SEND));
        t.p.now += 200000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(t.p.client.c, t.p.now));
        assert_true(wants(&t.p.client, MPTCP_SEND));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_octets_that_tcp_acknowledges_on_any_subflow_then_no_ack_is_asked_for),
        cmocka_unit_test(given_the_window_opens_by_much_then_each_subflow_tells_it_once),
        cmocka_unit_test(given_octets_in_flight_on_any_subflow_then_a_shut_window_is_not_probed),
        cmocka_unit_test(given_any_subflow_whose_own_window_is_shut_then_it_alone_is_probed),
        cmocka_unit_test(given_any_subflow_without_room_then_its_host_is_asked_again_for_a_segment),
        cmocka_unit_test(
            given_octets_that_tcp_took_on_any_subflow_and_nobody_then_they_alone_go_again),
        cmocka_unit_test(given_any_subflow_is_the_slowest_then_a_data_ack_may_take_two_of_its_rtts),
    };
    return cmocka_run_group_tests_name("each_subflow", tests, NULL, NULL);
}
