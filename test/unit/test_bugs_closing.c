/*
 * test_bugs_closing.c - what went wrong elsewhere in closing, in falling back and with what is
 * used again afterwards.
 */
#include "bugs_test.h"

/* checks: D-20 D-22, bug class 26 */
static void given_the_last_data_ack_is_lost_and_a_reset_comes_then_that_is_no_error(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    mptcp_on_shutdown(p.server.c, p.now);
    send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(0, info_of(&p.server).error);
    assert_true(told(&p, &p.server, MPTCP_EV_CLOSED));
}

/* checks: D-20, bug class 26 */
static void given_a_data_fin_and_a_fin_on_one_segment_then_the_application_hears_of_it(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v, 0, 1);
    o.u.dss.flags |= MPTCP_DSS_FIN;
    struct wire w = with_option(&o, ACK | FIN, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, p.server.sf, p.now));
    assert_int_equal(1, info_of(&p.server).version);
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
    assert_true(told(&p, &p.server, MPTCP_EV_EOF));
}

/* The server is plain TCP: the client's third ACK has no option. */
static void plain(struct pair *p)
{
    struct wire syn = begin(p, 0, 0);
    accept_syn(p, &syn);
    send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    struct wire bare = with_option(NULL, ACK, 1, 0, 1);
    come(p, &p->server, p->server.sf, &bare);
    assert_int_equal(255, info_of(&p->server).version);
}

/* checks: B-8, bug class 26 */
static void given_plain_tcp_then_the_peers_fin_is_the_end_of_its_data(void **state)
{
    (void)state;
    struct pair p;

    plain(&p);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, p.server.sf, p.now));
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
    assert_true(told(&p, &p.server, MPTCP_EV_EOF));
}

/* checks: B-8, bug class 28 */
static void given_plain_tcp_is_reset_then_that_is_an_error_and_no_end_of_data(void **state)
{
    (void)state;
    struct pair p;

    plain(&p);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(MPTCP_E_PEER_RESET, info_of(&p.server).error);
    assert_false(told(&p, &p.server, MPTCP_EV_EOF));
}

/* A mapping of a hundred octets with a wrong checksum comes to the server whole. */
static void comes_corrupted(struct pair *p, uint32_t ssn)
{
    uint64_t dsn = info_of(&p->server).rcv_nxt.v;
    struct mptcp_option o = map_option(dsn, ssn, 100);
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum =
        (uint16_t)(mptcp_dss_checksum(mptcp_dsn_of(dsn), mptcp_ssn_of(ssn), 100, 0) + 1);
    octets_come(p, &p->server, &o, ssn, 100);
}

/* What the server sends as a pure ACK now. */
static struct wire server_says(struct pair *p, uint32_t ack)
{
    return send_from(p, &p->server, p->server.sf, ACK, 1, 0, ack);
}

/* checks: B-6, bug class 27 */
static void given_a_failed_checksum_and_then_a_join_then_it_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf sf;

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    comes_corrupted(&p, 101);
    struct wire w = server_says(&p, 201);
    assert_true(has_option(&w, MPTCP_FAIL));
    struct wire syn = join_of(&p, 3, 1);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, join_comes(&p, &syn, &local, &sf));
    assert_int_equal(255, info_of(&p.server).version);
}

/* checks: B-9, bug class 27 */
static void given_a_failed_checksum_amid_a_join_then_its_third_ack_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    mptcp_sf sf;

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    struct wire syn = join_of(&p, 3, 1);
    assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
    struct wire synack = send_from(&p, &p.server, sf, SYN | ACK, 0, 0, 1);
    comes_corrupted(&p, 101);
    assert_int_equal(255, info_of(&p.server).version);
    struct mptcp_join_auth auth = {CLIENT_KEY, SERVER_KEY, 1, options_of(&synack).join.nonce};
    o.u.join.form = MPTCP_JOIN_ACK;
    mptcp_join_hmac(&auth, o.u.join.hmac);
    struct wire third = with_option(&o, ACK, 1, 0, 1);
    come(&p, &p.server, sf, &third);
    assert_true(p.server.verdict.drop);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
}

/* checks: B-3 B-8, bug class 27 */
static void given_a_shutdown_and_then_a_fallback_then_the_subflow_is_closed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, 0, 0);
    client_sends(&p, 1, 100);
    mptcp_on_shutdown(p.client.c, p.now);
    struct wire bare = with_option(NULL, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &bare);
    assert_int_equal(255, info_of(&p.client).version);
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_false(has_option(&w, MPTCP_DSS));
    assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
}

/* checks: O-5, bug class 27 */
static void given_no_keys_of_the_peer_yet_then_no_dss_leaves(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);

    accept_syn(&p, &syn);
    send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    struct wire w = server_says(&p, 1);
    assert_int_equal(0, w.seg.options_len);
}

/* checks: B-6 FB-9, bug class 28 */
static void given_an_mp_fail_without_answer_then_it_leaves_again_but_not_for_ever(void **state)
{
    (void)state;
    struct pair p;
    unsigned sent = 0;

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    comes_corrupted(&p, 101);
    for (unsigned i = 0; i < 40; i++) {
        struct wire w = server_says(&p, 201);
        sent += has_option(&w, MPTCP_FAIL);
        drain(&p, &p.server);
        if (mptcp_deadline(p.server.c) == MPTCP_NEVER) {
            break;
        }
        p.now = mptcp_deadline(p.server.c);
        mptcp_on_timeout(p.server.c, p.now);
    }
    assert_int_equal(8, sent);
    assert_true(mptcp_deadline(p.server.c) == MPTCP_NEVER);
    assert_false(wants(&p.server, MPTCP_SEND_ACK));
    assert_int_equal(0, info_of(&p.server).error);
    assert_int_equal(255, info_of(&p.server).version);
}

/* checks: B-6, bug class 28 */
static void given_two_failed_checksums_then_one_mp_fail_leaves(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    comes_corrupted(&p, 101);
    struct wire w = server_says(&p, 201);
    assert_true(has_option(&w, MPTCP_FAIL));
    comes_corrupted(&p, 201);
    w = server_says(&p, 301);
    assert_false(has_option(&w, MPTCP_FAIL));
}

/* checks: none, bug class 29 */
static void
given_memory_that_held_something_else_then_a_connection_knows_nothing_of_it(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t clean[CORE_BLOCK];
    static _Alignas(uint64_t) uint8_t used[CORE_BLOCK];
    struct mptcp_secret secret = {.key = SERVER_KEY};
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    cfg.subflows = CORE_SUBFLOWS;
    cfg.addrs = CORE_ADDRS;
    cfg.runs = CORE_RUNS;
    memset(clean, 0, sizeof clean);
    memset(used, 0xa5, sizeof used);
    assert_non_null(mptcp_conn_init(clean, sizeof clean, &cfg, &secret));
    assert_non_null(mptcp_conn_init(used, sizeof used, &cfg, &secret));
    assert_memory_equal(clean, used, sizeof clean);
}

/* checks: none, bug class 29 */
static void given_a_slot_that_another_subflow_had_then_the_next_knows_nothing_of_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf sf;

    establish(&p, 0, 0);
    for (unsigned backup = 1; backup < 2; backup--) {
        struct wire syn = join_of(&p, 3, backup);
        syn.options[2] |= (uint8_t)backup; /* flag B */
        assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
        assert_int_equal(backup, peer_backup(&p.server, sf));
        mptcp_on_gone(p.server.c, sf, MPTCP_E_PEER_RESET, p.now);
        drain(&p, &p.server);
    }
}

/* checks: D-19 D-20, bug class 26 */
static void given_we_closed_first_then_the_peers_data_fin_is_acknowledged(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    shuts_down(&p, &p.server, &p.client, 1, 101);
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.server).state);
    drain(&p, &p.server);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    assert_int_equal(MPTCP_LAST_ACK, info_of(&p.client).state);
    w = server_says(&p, 101);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(told(&p, &p.client, MPTCP_EV_CLOSED));
}

/* checks: B-5 T-1, bug class 28 */
static void
given_a_failed_checksum_that_resets_then_the_rst_says_mp_fail_and_the_peer_hears_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_FAIL_RESETS);
    uint64_t failed = info_of(&p.server).rcv_nxt.v;
    comes_corrupted(&p, 101);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(p.server.sf, a.sf);
    struct wire rst = send_from(&p, &p.server, p.server.sf, RST | ACK, 1, 0, 201);
    struct mptcp_options o = options_of(&rst);
    assert_int_equal(MPTCP_HAS(MPTCP_FAIL) | MPTCP_HAS(MPTCP_TCPRST), o.present);
    assert_true(o.fail.dsn == failed);
    come(&p, &p.client, p.client.sf, &rst);
    assert_int_equal(1, info_of(&p.client).version);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p.client).error);
}

/* checks: B-6 D-13, bug class 28 */
static void
given_an_mp_fail_then_it_is_answered_and_the_next_data_have_an_infinite_mapping(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FAIL};

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    o.u.fail.dsn = info_of(&p.client).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &w);
    assert_int_equal(255, info_of(&p.client).version);
    w = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_true(has_option(&w, MPTCP_FAIL));
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    w = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    assert_int_not_equal(0, options_of(&w).dss.flags & MPTCP_DSS_MAP);
    assert_int_equal(0, options_of(&w).dss.dll);
    assert_int_equal(101, options_of(&w).dss.ssn);
}

/* checks: B-5, bug class 27 */
static void
given_a_third_ack_of_ours_and_then_a_failed_checksum_then_the_first_subflow_is_reset(void **state)
{
    (void)state;
    for (unsigned up = 0; up < 2; up++) {
        struct pair p;
        struct mptcp_addr local = address(0, 2, 80);
        struct mptcp_action a;
        mptcp_sf ours;
        mptcp_sf theirs;

        establish(&p, MPTCP_CFG_CHECKSUM, 0);
        uint64_t dsn = info_of(&p.client).rcv_nxt.v;
        struct wire synack = join_answered(&p, &local, &ours, &theirs);
        come(&p, &p.client, ours, &synack);
        struct wire third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
        come(&p, &p.server, theirs, &third);
        if (up) {
            struct wire fourth = send_from(&p, &p.server, theirs, ACK, 1, 0, 1);
            come(&p, &p.client, ours, &fourth);
        }
        struct mptcp_option o = map_option(dsn, 1, 100);
        o.u.dss.has_checksum = 1;
        o.u.dss.checksum =
            (uint16_t)(mptcp_dss_checksum(mptcp_dsn_of(dsn), mptcp_ssn_of(1), 100, 0) + 1);
        octets_come(&p, &p.client, &o, 1, 100);
        assert_int_equal(1, info_of(&p.client).version);
        assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
        assert_int_equal(p.client.sf, a.sf);
        struct wire rst = send_from(&p, &p.client, a.sf, RST | ACK, 101, 0, 101);
        assert_true(options_of(&rst).fail.dsn == dsn);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        assert_int_equal(1, info_of(&p.client).subflows);
        assert_int_equal(0, info_of(&p.client).error);
    }
}

/* checks: D-22, bug class 26 */
static void
given_both_data_fins_acknowledged_when_a_fastclose_comes_then_that_is_no_error(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE, .u.fastclose.receiver_key = SERVER_KEY};

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    shuts_down(&p, &p.server, &p.client, 1, 101);
    struct wire last = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &last);
    assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
    struct wire w = with_option(&o, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(0, info_of(&p.server).error);
    assert_true(told(&p, &p.server, MPTCP_EV_CLOSED));
}

/* checks: D-22, bug class 26 */
static void
given_both_data_fins_acknowledged_when_the_host_aborts_then_no_fastclose_leaves(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    shuts_down(&p, &p.server, &p.client, 1, 101);
    assert_int_equal(MPTCP_TIME_WAIT, info_of(&p.client).state);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_true(wants(&p.client, MPTCP_RESET_SUBFLOW));
    struct wire w = send_from(&p, &p.client, p.client.sf, RST | ACK, 101, 0, 1);
    assert_false(has_option(&w, MPTCP_FASTCLOSE));
    assert_int_equal(0, info_of(&p.client).error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_last_data_ack_is_lost_and_a_reset_comes_then_that_is_no_error),
        cmocka_unit_test(
            given_a_data_fin_and_a_fin_on_one_segment_then_the_application_hears_of_it),
        cmocka_unit_test(given_plain_tcp_then_the_peers_fin_is_the_end_of_its_data),
        cmocka_unit_test(given_plain_tcp_is_reset_then_that_is_an_error_and_no_end_of_data),
        cmocka_unit_test(given_a_failed_checksum_and_then_a_join_then_it_is_refused),
        cmocka_unit_test(given_a_failed_checksum_amid_a_join_then_its_third_ack_is_refused),
        cmocka_unit_test(given_a_shutdown_and_then_a_fallback_then_the_subflow_is_closed),
        cmocka_unit_test(given_no_keys_of_the_peer_yet_then_no_dss_leaves),
        cmocka_unit_test(given_an_mp_fail_without_answer_then_it_leaves_again_but_not_for_ever),
        cmocka_unit_test(given_two_failed_checksums_then_one_mp_fail_leaves),
        cmocka_unit_test(
            given_memory_that_held_something_else_then_a_connection_knows_nothing_of_it),
        cmocka_unit_test(given_a_slot_that_another_subflow_had_then_the_next_knows_nothing_of_it),
        cmocka_unit_test(given_we_closed_first_then_the_peers_data_fin_is_acknowledged),
        cmocka_unit_test(
            given_a_failed_checksum_that_resets_then_the_rst_says_mp_fail_and_the_peer_hears_it),
        cmocka_unit_test(
            given_an_mp_fail_then_it_is_answered_and_the_next_data_have_an_infinite_mapping),
        cmocka_unit_test(
            given_a_third_ack_of_ours_and_then_a_failed_checksum_then_the_first_subflow_is_reset),
        cmocka_unit_test(
            given_both_data_fins_acknowledged_when_a_fastclose_comes_then_that_is_no_error),
        cmocka_unit_test(
            given_both_data_fins_acknowledged_when_the_host_aborts_then_no_fastclose_leaves),
    };
    return cmocka_run_group_tests_name("bugs_closing", tests, NULL, NULL);
}
