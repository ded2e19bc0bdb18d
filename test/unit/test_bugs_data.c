/*
 * test_bugs_data.c - what went wrong elsewhere with numbers, mappings, windows and what has to be
 * sent again.
 */
#include "bugs_test.h"

/* Its IDSN ends in 0xfffffeb1: 32-bit numbers wrap with the 335th octet. */
#define WRAP_KEY 0xe48e9bull

/* As establish, but with that key of the client's. */
static void establish_before_a_wrap(struct pair *p)
{
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(0, 2, 80);

    memset(p, 0, sizeof *p);
    p->now = 1000000;
    make_side(&p->client, WRAP_KEY, 0);
    make_side(&p->server, SERVER_KEY, 0);
    assert_int_equal(MPTCP_OK, mptcp_connect(p->client.c, &local, &remote, &p->client.sf, p->now));
    struct wire syn = send_from(p, &p->client, p->client.sf, SYN, 0, 0, 0);
    accept_syn(p, &syn);
    struct wire synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &synack);
    struct wire ack = send_from(p, &p->client, p->client.sf, ACK, 1, 0, 1);
    come(p, &p->server, p->server.sf, &ack);
    client_sends(p, 1, 100);
    server_acks(p, 101);
    drain(p, &p->client);
    drain(p, &p->server);
}

/* checks: D-14, bug class 18 */
static void given_a_data_ack_of_32_bits_behind_a_wrap_then_it_counts(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    establish_before_a_wrap(&p);
    client_sends(&p, 101, 300);
    mptcp_dsn all = info_of(&p.client).snd_nxt;
    assert_true(all.v >> 32 != info_of(&p.client).snd_una.v >> 32);
    o.u.dss.data_ack = (uint32_t)all.v;
    struct wire w = with_option(&o, ACK, 1, 0, 401);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(mptcp_dsn_eq(all, info_of(&p.client).snd_una));

    /* An old one that comes late. */
    o.u.dss.data_ack = (uint32_t)(all.v - 300);
    w = with_option(&o, ACK, 1, 0, 401);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(mptcp_dsn_eq(all, info_of(&p.client).snd_una));
}

/* checks: D-11 D-18, bug class 18 */
static void given_a_data_fin_of_32_bits_then_it_is_the_one_that_is_expected(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = map_option(0, 0, 1);

    establish_before_a_wrap(&p);
    client_sends(&p, 101, 300);
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_FIN;
    o.u.dss.dsn = (uint32_t)info_of(&p.server).rcv_nxt.v;
    struct wire w = with_option(&o, ACK, 401, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
}

/* Window and room for much. */
static void opens_wide(struct pair *p, uint32_t window)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&p->client).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, 101);
    w.seg.window = window;
    come(p, &p->client, p->client.sf, &w);
}

/* checks: D-5 D-12, bug class 19b */
static void given_much_data_then_no_mapping_is_longer_than_its_length_can_say(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_path path = {
        .size = sizeof path, .room = 200000, .segment_size = 60000, .srtt_us = 10000};
    const uint32_t all = 130000;

    establish(&p, 0, 0);
    opens_wide(&p, 200000);
    assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
    mptcp_on_written(p.client.c, all, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(all, a.len);
    mptcp_done(p.client.c, &a, all, MPTCP_DONE, p.now);
    for (uint32_t sent = 0; sent < all; sent += 60000) {
        uint32_t len = all - sent < 60000 ? all - sent : 60000;
        struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101 + sent, len, 1);
        struct mptcp_options o = options_of(&w);
        assert_int_equal(101 + sent, o.dss.ssn);
        assert_int_equal(len, o.dss.dll);
    }
    path.segment_size = 0x10000;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
}

/* checks: D-19, bug class 19c */
static void given_a_data_fin_sent_again_after_data_then_its_mapping_is_the_same(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    server_acks(&p, 201);
    mptcp_on_shutdown(p.client.c, p.now);
    for (unsigned i = 0; i < 3; i++) {
        struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 201, 0, 1);
        struct mptcp_options o = options_of(&w);
        assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_FIN);
        assert_int_equal(0, o.dss.ssn);
        assert_int_equal(1, o.dss.dll);
        assert_true(o.dss.dsn == info_of(&p.client).snd_end.v);
        drain(&p, &p.client);
        p.now = mptcp_deadline(p.client.c);
        mptcp_on_timeout(p.client.c, p.now);
    }
}

/* checks: D-5 S-2, bug class 20 */
static void given_a_corrupted_mapping_on_a_second_subflow_then_only_that_one_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    uint64_t dsn = info_of(&p.server).rcv_nxt.v;
    for (unsigned i = 0; i < 2; i++) {
        struct mptcp_option o = map_option(dsn + 50 * i, 1, 100);
        struct wire w = with_option(&o, ACK, 1, 100, 1);
        come(&p, &p.server, theirs, &w);
        assert_int_equal(i, p.server.verdict.drop);
    }
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_int_equal(1, info_of(&p.server).version);
}

/* checks: D-6, bug class 21 */
static void given_octets_half_of_which_came_before_then_only_the_rest_is_delivered(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    uint64_t dsn = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = map_option(dsn - 50, 101, 100);
    octets_come(&p, &p.server, &o, 101, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == dsn + 50);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_true(a.dsn.v == dsn);
    assert_int_equal(151, a.ssn.v);
    assert_int_equal(50, a.len);
}

/* checks: D-13, bug class 21 */
static void
given_an_infinite_mapping_from_before_what_was_delivered_then_no_octet_comes_twice(void **state)
{
    (void)state;
    for (unsigned taken = 0; taken < 2; taken++) {
        struct pair p;
        struct mptcp_action a;

        establish(&p, 0, 0);
        client_sends(&p, 101, 100);
        uint64_t dsn = info_of(&p.server).rcv_nxt.v;
        if (taken) {
            drain(&p, &p.server);
        }
        struct mptcp_option o = map_option(dsn - 100, 101, 0);
        octets_come(&p, &p.server, &o, 201, 50);
        assert_int_equal(255, info_of(&p.server).version);
        assert_true(info_of(&p.server).rcv_nxt.v == dsn + 50);
        drain(&p, &p.server);
        octets_come(&p, &p.server, &o, 251, 50);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(251, a.ssn.v);
        assert_int_equal(50, a.len);
    }
}

/* checks: D-28, bug class 22 */
static void given_all_is_data_acked_then_no_timer_runs(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    server_acks(&p, 201);
    drain(&p, &p.client);
    send_from(&p, &p.client, p.client.sf, ACK, 201, 0, 1);
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
}

/* checks: D-15 D-25, bug class 22 */
static void given_the_largest_window_then_the_shared_edge_does_not_wrap(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    opens_wide(&p, UINT32_MAX);
    assert_true(info_of(&p.client).snd_window == UINT32_MAX);
    opens_wide(&p, 0);
    assert_true(info_of(&p.client).snd_window == UINT32_MAX);
}

/* checks: none, bug class 23 */
static void given_a_segment_size_of_0_then_nothing_is_divided_by_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_path path = {.size = sizeof path, .room = 1000, .segment_size = 0};
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    /* Neither now nor before: the size is not known, and one that any path takes is assumed. */
    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 5000, p.now));
    room(&p, &p.client, p.client.sf, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, ours, &path, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(2 * 496, a.len);
}

/* checks: none, bug class 24 */
static void given_an_abort_amid_data_then_the_end_is_told_once_and_its_reason_stays(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    unsigned ends = 0;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    o.u.fastclose.receiver_key = SERVER_KEY;
    struct wire w = with_option(&o, ACK, 201, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    mptcp_on_data(p.server.c, p.server.sf, &piece, p.now);
    mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    while (mptcp_poll(p.server.c, &a)) {
        ends += a.type == MPTCP_EVENT && a.event == MPTCP_EV_END;
        assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, a.len, MPTCP_DONE, p.now));
    }
    assert_int_equal(1, ends);
    assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
}

/* checks: D-16 S-1, bug class 24 */
static void given_octets_that_were_let_go_then_they_are_not_let_go_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    establish(&p, 0, 0);
    client_sends(&p, 101, 300);
    drain(&p, &p.client);
    for (uint32_t ack = 201; ack <= 301; ack += 100) {
        o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_una.v + 100;
        struct wire w = with_option(&o, ACK, 1, 0, ack);
        come(&p, &p.client, p.client.sf, &w);
        assert_true(ack > 201 || find_action(&p, &p.client, MPTCP_FREE, &a));
    }
    assert_int_equal(100, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_int_equal(MPTCP_E_STALE, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_FREE, &a));
    assert_int_equal(100, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_data_ack_of_32_bits_behind_a_wrap_then_it_counts),
        cmocka_unit_test(given_a_data_fin_of_32_bits_then_it_is_the_one_that_is_expected),
        cmocka_unit_test(given_much_data_then_no_mapping_is_longer_than_its_length_can_say),
        cmocka_unit_test(given_a_data_fin_sent_again_after_data_then_its_mapping_is_the_same),
        cmocka_unit_test(given_a_corrupted_mapping_on_a_second_subflow_then_only_that_one_is_reset),
        cmocka_unit_test(given_octets_half_of_which_came_before_then_only_the_rest_is_delivered),
        cmocka_unit_test(
            given_an_infinite_mapping_from_before_what_was_delivered_then_no_octet_comes_twice),
        cmocka_unit_test(given_all_is_data_acked_then_no_timer_runs),
        cmocka_unit_test(given_the_largest_window_then_the_shared_edge_does_not_wrap),
        cmocka_unit_test(given_a_segment_size_of_0_then_nothing_is_divided_by_it),
        cmocka_unit_test(given_an_abort_amid_data_then_the_end_is_told_once_and_its_reason_stays),
        cmocka_unit_test(given_octets_that_were_let_go_then_they_are_not_let_go_again),
    };
    return cmocka_run_group_tests_name("bugs_data", tests, NULL, NULL);
}
