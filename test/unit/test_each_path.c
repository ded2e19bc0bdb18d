/*
 * test_each_path.c - opening, joining, removing and losing: what is known of the second and the
 * third subflow counts as much as what is known of the first.
 */
#include "several_test.h"

/* A join from a further address of the client's comes up; nobody was told yet. */
static void comes_up(struct several *t, unsigned k)
{
    struct mptcp_addr from = address(k, 1, 0);
    struct pair *p = &t->p;
    struct mptcp_action a;
    uint8_t id;

    assert_int_equal(MPTCP_OK, mptcp_add_address(p->client.c, &from, MPTCP_ADDR_JOIN, &id, p->now));
    assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
    struct wire w = send_from(p, &p->client, a.sf, SYN, 0, 0, 0);
    w.seg.options = w.options;
    a.local.port = 6000;
    assert_int_equal(MPTCP_OK, mptcp_accept_join(p->server.c, &w.seg, &a.remote, &a.local,
                                                 &t->theirs[k], p->now));
    t->ours[k] = a.sf;
    w = send_from(p, &p->server, t->theirs[k], SYN | ACK, 0, 0, 1);
    come(p, &p->client, a.sf, &w);
    w = send_from(p, &p->client, a.sf, ACK, 1, 0, 1);
    come(p, &p->server, t->theirs[k], &w);
    w = send_from(p, &p->server, t->theirs[k], ACK, 1, 0, 1);
    come(p, &p->client, a.sf, &w);
}

/* How often a side tells of an event of the subflow. */
static unsigned told_of(struct several *t, struct side *s, unsigned event, mptcp_sf sf)
{
    struct mptcp_action a;
    unsigned n = 0;

    while (mptcp_poll(s->c, &a)) {
        n += a.type == MPTCP_EVENT && a.event == event && a.sf == sf;
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, t->p.now));
    }
    return n;
}

/* checks: J-4 */
static void
given_any_subflow_that_comes_up_or_goes_then_each_application_hears_it_once(void **state)
{
    (void)state;
    struct several t;

    establish(&t.p, 0, 0);
    for (unsigned k = 1; k < CORE_SUBFLOWS; k++) {
        comes_up(&t, k);
        assert_int_equal(1, told_of(&t, &t.p.client, MPTCP_EV_SUBFLOW, t.ours[k]));
        assert_int_equal(1, told_of(&t, &t.p.server, MPTCP_EV_SUBFLOW, t.theirs[k]));
    }
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        several_subflows(&t, 0);
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(t.p.client.c, t.ours[k], MPTCP_E_PEER_RESET, t.p.now));
        assert_int_equal(1, told_of(&t, &t.p.client, MPTCP_EV_SUBFLOW_GONE, t.ours[k]));
    }
}

/* checks: D-29 D-27 */
static void given_any_subflow_that_lags_by_2_40_octets_then_it_is_reset_and_no_other(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        struct mptcp_action a;
        unsigned other = (k + 1) % CORE_SUBFLOWS;

        several_subflows(&t, 0);
        data_acks(&t, other, 0x3fffffff);
        gives(&t, k, 100);
        data_acks(&t, other, 0x3fffffff); /* they came by another way */
        for (unsigned n = 0; n < 2047; n++) {
            gives(&t, other, 0x20000000);
            data_acks(&t, other, 0x3fffffff);
            assert_false(wants(&t.p.client, MPTCP_RESET_SUBFLOW));
        }
        gives(&t, other, 0x20000000);
        assert_true(find_action(&t.p, &t.p.client, MPTCP_RESET_SUBFLOW, &a));
        assert_int_equal(t.ours[k], a.sf);
        assert_int_equal(MPTCP_E_SUBFLOW_FAILED, a.code);
        assert_int_equal(MPTCP_OK, mptcp_done(t.p.client.c, &a, 0, MPTCP_DONE, t.p.now));
        assert_false(wants(&t.p.client, MPTCP_RESET_SUBFLOW));
    }
}

/* checks: J-6 */
static void given_the_syn_of_any_half_open_join_again_then_it_is_the_same_subflow(void **state)
{
    (void)state;
    struct several t;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(9, 1, 9000);

    establish(&t.p, 0, 0);
    for (unsigned k = 1; k < CORE_SUBFLOWS; k++) {
        struct wire syn = join_of(&t.p, 77, 5);
        mptcp_sf sf;
        mptcp_sf again;

        syn.seg.options = syn.options;
        assert_int_equal(MPTCP_OK,
                         mptcp_accept_join(t.p.server.c, &syn.seg, &local, &remote, &sf, t.p.now));
        assert_int_equal(k, sf & 0xffu);
        unsigned subflows = info_of(&t.p.server).subflows;
        assert_int_equal(
            MPTCP_OK, mptcp_accept_join(t.p.server.c, &syn.seg, &local, &remote, &again, t.p.now));
        assert_int_equal(sf, again);
        assert_int_equal(subflows, info_of(&t.p.server).subflows);
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(t.p.server.c, sf, MPTCP_E_SUBFLOW_FAILED, t.p.now));
        drain(&t.p, &t.p.server);
        if (k + 1 < CORE_SUBFLOWS) {
            comes_up(&t, k);
            drain(&t.p, &t.p.client);
            drain(&t.p, &t.p.server);
        }
    }
}

/* The server's octets are under way on its k-th subflow, and nobody acknowledges them. */
static void falls_silent_at_server(struct several *t, unsigned k)
{
    for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
        room(&t->p, &t->p.server, t->theirs[i], i == k ? 100 : 0);
    }
    assert_int_equal(MPTCP_OK, mptcp_on_written(t->p.server.c, 100, t->p.now));
    assert_int_equal(1u << k, named_by(t, &t->p.server, MPTCP_SEND));
    t->p.now += 1000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(t->p.server.c, t->p.now));
    assert_true(mptcp_subflow_silent(t->p.server.c, t->theirs[k]));
}

/* checks: J-14 X-2 */
static void
given_one_join_too_many_then_a_silent_subflow_says_that_there_may_be_room_soon(void **state)
{
    (void)state;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(9, 1, 9000);

    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        mptcp_sf sf;

        several_subflows(&t, 0);
        struct wire syn = join_of(&t.p, 77, 5);
        syn.seg.options = syn.options;
        assert_int_equal(MPTCP_E_JOIN_REFUSED,
                         mptcp_accept_join(t.p.server.c, &syn.seg, &local, &remote, &sf, t.p.now));
        falls_silent_at_server(&t, k);
        assert_int_equal(MPTCP_E_FULL,
                         mptcp_accept_join(t.p.server.c, &syn.seg, &local, &remote, &sf, t.p.now));
        assert_int_equal(CORE_SUBFLOWS, info_of(&t.p.server).subflows);
    }
}

/* checks: R-6 R-1 */
static void
given_any_address_of_ours_goes_then_its_subflow_is_closed_before_the_peer_hears_it(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        unsigned carrier = k == 0 ? 1 : 0;

        several_subflows(&t, 0);
        assert_int_equal(MPTCP_OK, mptcp_remove_address(t.p.client.c, (uint8_t)k, t.p.now));
        assert_int_equal(1u << k, named_by(&t, &t.p.client, MPTCP_CLOSE_SUBFLOW));
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
            struct wire w = says(&t.p, &t.p.client, t.ours[i]);
            assert_false(has_option(&w, MPTCP_REMOVE_ADDR));
        }
        assert_int_equal(MPTCP_OK, mptcp_on_gone(t.p.client.c, t.ours[k], MPTCP_E_CLOSED, t.p.now));
        struct wire w = says(&t.p, &t.p.client, t.ours[carrier]);
        assert_true(has_option(&w, MPTCP_REMOVE_ADDR));
        assert_int_equal(k, options_of(&w).remove_addr.ids[0]);
    }
}

/* checks: R-2 R-4 */
static void given_the_peer_removes_the_address_of_any_subflow_then_that_one_is_probed(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        uint8_t id = (uint8_t)k;

        several_subflows(&t, 0);
        removal_comes(&t.p, &t.p.server, &id, 1);
        if (k == 0) { /* which has spoken since */
            assert_int_equal(0, named_by(&t, &t.p.server, MPTCP_RESET_SUBFLOW));
            continue;
        }
        assert_int_equal(1u << k, named_by(&t, &t.p.server, MPTCP_PROBE));
    }
}

/* checks: D-20 S-2 */
static void
given_any_subflow_alone_is_left_open_by_the_peer_then_the_others_are_closed(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;

        several_subflows(&t, 0);
        gives(&t, k, 100); /* which is not acknowledged */
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
            if (i != k) {
                assert_int_equal(MPTCP_OK, mptcp_on_fin(t.p.client.c, t.ours[i], t.p.now));
            }
        }
        assert_int_equal(ALL_OF_THEM & ~(1u << k), named_by(&t, &t.p.client, MPTCP_CLOSE_SUBFLOW));
        gives(&t, k, 100); /* and it goes on there */
    }
}

/* checks: D-20 D-22 */
static void
given_octets_behind_a_gap_on_any_subflow_when_it_is_aborted_then_they_are_let_go(void **state)
{
    (void)state;
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        struct several t;
        struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};
        struct mptcp_action a;
        uint32_t released = 0;

        several_subflows(&t, 0);
        struct wire lost = leaves(&t, (k + 1) % CORE_SUBFLOWS, 100);
        struct wire data = leaves(&t, k, 100);
        (void)lost;
        arrives(&t, k, &data);
        assert_false(wants(&t.p.server, MPTCP_DELIVER));
        o.u.fastclose.receiver_key = SERVER_KEY;
        option_comes(&t.p, &t.p.server, t.p.server.sf, &o);
        runs_are_right(&t.p.server);
        while (find_action(&t.p, &t.p.server, MPTCP_RELEASE, &a)) {
            assert_int_equal(t.theirs[k], a.sf);
            released += a.len;
            assert_int_equal(MPTCP_OK, mptcp_done(t.p.server.c, &a, 0, MPTCP_DONE, t.p.now));
        }
        assert_int_equal(100, released);
        assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&t.p.server).error);
        assert_int_equal(0, info_of(&t.p.server).subflows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_any_subflow_that_comes_up_or_goes_then_each_application_hears_it_once),
        cmocka_unit_test(given_any_subflow_that_lags_by_2_40_octets_then_it_is_reset_and_no_other),
        cmocka_unit_test(given_the_syn_of_any_half_open_join_again_then_it_is_the_same_subflow),
        cmocka_unit_test(
            given_one_join_too_many_then_a_silent_subflow_says_that_there_may_be_room_soon),
        cmocka_unit_test(
            given_any_address_of_ours_goes_then_its_subflow_is_closed_before_the_peer_hears_it),
        cmocka_unit_test(given_the_peer_removes_the_address_of_any_subflow_then_that_one_is_probed),
        cmocka_unit_test(
            given_any_subflow_alone_is_left_open_by_the_peer_then_the_others_are_closed),
        cmocka_unit_test(
            given_octets_behind_a_gap_on_any_subflow_when_it_is_aborted_then_they_are_let_go),
    };
    return cmocka_run_group_tests_name("each_path", tests, NULL, NULL);
}
