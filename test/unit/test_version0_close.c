/*
 * test_version0_close.c - the end of connections, MP_FASTCLOSE, MP_FAIL and fallback in version 0
 * (Z-46 to Z-55).
 */
#include "version0_test.h"

#include "tables/block.h"

static const uint8_t zeros[1000];

#define FAIL_A "1e0c60009851b565d52abeca" /* of the client's first octet */
#define FASTCLOSE_A "1e0c70009c9eabd1e46a33b2"
#define FASTCLOSE_B "1e0c7000967d2770b6960552"

static struct mptcp_dss dss_of(const struct wire *w)
{
    assert_true(has0(w, MPTCP_DSS));
    return options0(w).dss;
}

/* checks: Z-46 */
static void given_both_shut_down_then_the_data_fins_are_bare_and_acknowledged(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    mptcp_on_shutdown(p.client.c, p.now);
    struct wire fin = says(&p, &p.client, p.client.sf);
    assert_options(&fin, "1e122015d1b97490d52abf2e000000000001");
    come(&p, &p.server, p.server.sf, &fin);
    struct wire ack = says(&p, &p.server, p.server.sf);
    assert_options(&ack, "1e082001d52abf2f");
    come(&p, &p.client, p.client.sf, &ack);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
    mptcp_on_shutdown(p.server.c, p.now);
    fin = says(&p, &p.server, p.server.sf);
    assert_options(&fin, "1e122015d52abf2fd1b97490000000000001");
    come(&p, &p.client, p.client.sf, &fin);
    ack = says(&p, &p.client, p.client.sf);
    assert_options(&ack, "1e082001d1b97491");
    come(&p, &p.server, p.server.sf, &ack);
    assert_true(told(&p, &p.client, MPTCP_EV_CLOSED));
    assert_true(told(&p, &p.server, MPTCP_EV_CLOSED));
}

/* checks: Z-46 */
static void given_a_data_fin_that_is_not_acknowledged_then_it_is_repeated(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    mptcp_on_shutdown(p.client.c, p.now);
    for (unsigned i = 0; i < 3; i++) {
        struct wire fin = says(&p, &p.client, p.client.sf);
        assert_int_not_equal(0, dss_of(&fin).flags & MPTCP_DSS_FIN);
        assert_int_equal(1, dss_of(&fin).dll);
        for (unsigned k = 0; k < 4 && !wants(&p.client, MPTCP_SEND_ACK); k++) {
            next_timeout(&p, &p.client);
        }
        assert_true(wants(&p.client, MPTCP_SEND_ACK));
    }
}

/* checks: Z-46 */
static void given_a_fin_of_the_subflow_before_the_data_ack_then_both_are_closed(void **state)
{
    (void)state;
    struct pair p;

    /* CAP 257 to 264, as the client: it has closed; the peer's DATA_FIN comes with its DATA_ACK,
     * then the peer's FIN before our DATA_ACK has reached it. */
    establish0(&p, 0, 0);
    mptcp_on_shutdown(p.client.c, p.now);
    says(&p, &p.client, p.client.sf);
    raw_comes(&p, &p.client, "1e122015d52abf2fd1b97490000000000001");
    struct wire fin = raw("1e082001d52abf2f", FIN | ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &fin);
    assert_false(p.client.verdict.drop);
    struct wire ack = says(&p, &p.client, p.client.sf);
    assert_options(&ack, "1e082001d1b97491");
    assert_true(told(&p, &p.client, MPTCP_EV_CLOSED));
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: Z-46 */
static void given_a_data_fin_that_comes_again_then_it_is_acknowledged_again(void **state)
{
    (void)state;
    struct pair p;
    const char *fin = "1e122015d1b97490d52abf2e000000000001";

    establish0(&p, 0, 0);
    mptcp_on_shutdown(p.server.c, p.now);
    says(&p, &p.server, p.server.sf);
    raw_comes(&p, &p.server, fin);
    raw_comes(&p, &p.server, "1e082001d1b97491");
    says(&p, &p.server, p.server.sf);
    assert_true(told(&p, &p.server, MPTCP_EV_CLOSED));
    for (unsigned i = 0; i < 3; i++) { /* TIME_WAIT */
        raw_comes(&p, &p.server, fin);
        assert_true(wants(&p.server, MPTCP_SEND_ACK));
        struct wire ack = says(&p, &p.server, p.server.sf);
        assert_int_equal(0xd52abf2fu, (uint32_t)dss_of(&ack).data_ack);
    }
}

/* checks: Z-47 */
static void
given_a_peer_that_goes_silent_or_says_an_infinite_mapping_then_both_are_taken(void **state)
{
    (void)state;
    for (unsigned silent = 0; silent < 2; silent++) {
        struct pair p;
        struct mptcp_action a;
        open0(&p, 0, 0);
        assert_true(raw_data_comes(
            &p, &p.server, silent != 0 ? "" : "1e122005d1b97490d52abeca000000010000", zeros, 10));
        assert_true(raw_data_comes(&p, &p.server, "", zeros, 10));
        assert_int_equal(255, info_of(&p.server).version);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(20, a.len);
        assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    }
}

/* checks: Z-47 */
static void given_options_that_stop_in_mid_connection_then_the_only_subflow_goes_plain(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish0(&p, 0, 0);
    assert_true(raw_data_comes(&p, &p.server, "", zeros, 10));
    assert_int_equal(255, info_of(&p.server).version);
    assert_int_equal(MPTCP_E_UNMAPPED, info_of(&p.server).fallback);
    struct wire data = sends(&p, &p.server, 10);
    assert_options(&data, "1e0e2004d1b97490000000010000");
    /* With a second subflow it is reset. */
    two_subflows0(&p, 0, &ours, &theirs);
    assert_false(raw_data_comes(&p, &p.server, "", zeros, 10));
    assert_true(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_true(is_version0(&p.server));
}

/* A pair with checksums, of which the server has got a wrong one on its first subflow. */
static void wrong_sum_comes(struct pair *p)
{
    assert_true(
        raw_data_comes(p, &p->server, "1e142005d1b97490d52abf2e00000065000abad5", zeros, 10));
}

/* checks: Z-48 Z-52 Z-50 */
static void given_a_wrong_checksum_on_the_only_subflow_then_mp_fail_leaves_on_an_ack(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish0(&p, MPTCP_CFG_CHECKSUM, 0);
    drain(&p, &p.server);
    wrong_sum_comes(&p);
    /* The octets are those of plain TCP: it is plain TCP from there on, at once. */
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(10, a.len);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    struct wire fail = says(&p, &p.server, p.server.sf);
    assert_true(has0(&fail, MPTCP_FAIL));
    assert_true(options0(&fail).fail.dsn == FIRST_A + 100);
    /* The client answers with an infinite mapping at once, and with no MP_FAIL of its own. */
    struct wire lost = sends(&p, &p.client, 10);
    assert_int_equal(ACK, lost.seg.tcp_flags);
    come(&p, &p.client, p.client.sf, &fail);
    assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p.client).fallback);
    struct wire ack = says(&p, &p.client, p.client.sf);
    assert_int_equal(0, ack.seg.options_len); /* Z-52: no DATA_ACK either */
    struct wire data = sends(&p, &p.client, 10);
    assert_int_equal(0, dss_of(&data).dll);
    assert_int_equal(0, dss_of(&data).checksum);
    /* Z-49: from the first octet that was not DATA_ACKed. */
    assert_true(dss_of(&data).dsn == (uint32_t)(FIRST_A + 100));
    assert_int_equal(101, dss_of(&data).ssn);
}

/* checks: Z-48 Z-49 */
static void
given_an_infinite_mapping_that_repeats_what_failed_then_nothing_comes_twice(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    /* Linux goes back to its SND.UNA, at a new SSN: what TCP has acknowledged would come again. */
    establish0(&p, MPTCP_CFG_CHECKSUM, 0);
    wrong_sum_comes(&p);
    says(&p, &p.server, p.server.sf);
    drain(&p, &p.server);
    assert_false(
        raw_data_comes(&p, &p.server, "1e142005d1b97490d52abf2e0000006f00000101", zeros, 10));
    assert_true(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_false(find_action(&p, &p.server, MPTCP_DELIVER, &a));
}

/* checks: Z-48 Z-53 */
static void given_a_wrong_checksum_beside_another_subflow_then_rst_and_mp_fail(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows0(&p, MPTCP_CFG_CHECKSUM, &ours, &theirs);
    wrong_sum_comes(&p);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(p.server.sf, a.sf);
    struct wire rst = send_from(&p, &p.server, a.sf, RST | ACK, 1, 0, 111);
    assert_options(&rst, "1e0c60009851b565d52abf2e");
    assert_true(is_version0(&p.server));
}

/* checks: Z-50 Z-51 */
static void
given_an_mp_fail_again_and_again_then_it_is_no_new_failure_and_not_answered(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        raw_comes(&p, &p.client, FAIL_A);
        assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
        struct wire ack = says(&p, &p.client, p.client.sf);
        assert_int_equal(0, ack.seg.options_len);
    }
    assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p.client).fallback);
    struct wire data = sends(&p, &p.client, 10);
    assert_int_equal(0, dss_of(&data).dll);
    /* It is over once an infinite mapping is acknowledged. */
    struct wire ack = raw("", ACK, 1, 0, 111);
    come(&p, &p.client, p.client.sf, &ack);
    data = sends(&p, &p.client, 10);
    assert_int_equal(0, data.seg.options_len);
}

/* checks: Z-50 Z-51 */
static void given_the_number_in_mp_fail_is_another_then_it_counts_as_well(void **state)
{
    (void)state;
    static const char *const fails[] = {FAIL_A, "1e0c60009851b565d52abf2e",
                                        "1e0c6000e47ef57dd1b97490"};

    for (size_t i = 0; i < COUNT_OF(fails); i++) {
        struct pair p;
        establish0(&p, 0, 0);
        raw_comes(&p, &p.client, fails[i]);
        assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p.client).fallback);
    }
}

/* checks: Z-50 */
static void given_an_mp_fail_in_answer_to_ours_then_it_is_taken(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, MPTCP_CFG_CHECKSUM, 0);
    wrong_sum_comes(&p);
    says(&p, &p.server, p.server.sf);
    raw_comes(&p, &p.server, FAIL_A);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_int_equal(MPTCP_E_CHECKSUM, info_of(&p.server).fallback);
    /* Ours has been heard: it is not repeated. */
    for (unsigned i = 0; i < 4 && mptcp_deadline(p.server.c) != MPTCP_NEVER; i++) {
        next_timeout(&p, &p.server);
    }
    struct wire ack = says(&p, &p.server, p.server.sf);
    assert_false(has0(&ack, MPTCP_FAIL));
}

/* checks: Z-52 */
static void given_an_infinite_mapping_then_tcp_alone_counts_and_nothing_leads_back(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf sf;
    struct mptcp_addr local = address(0, 2, 80);

    establish0(&p, 0, 0);
    assert_true(raw_data_comes(&p, &p.server, "1e122005d1b97490d52abf2e000000650000", zeros, 10));
    struct wire ack = says(&p, &p.server, p.server.sf);
    assert_int_equal(0, ack.seg.options_len);
    sends(&p, &p.server, 50);
    ack = raw("", ACK, 111, 0, 51);
    come(&p, &p.server, p.server.sf, &ack);
    assert_true(mptcp_dsn_eq(info_of(&p.server).snd_una, info_of(&p.server).snd_end));
    struct wire syn = raw("1e0c1001e47f01421b665a18", SYN, 0, 0, 0);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, join_comes(&p, &syn, &local, &sf));
    struct wire fin = raw("", FIN | ACK, 111, 0, 51);
    come(&p, &p.server, p.server.sf, &fin);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, p.server.sf, p.now));
    assert_true(told(&p, &p.server, MPTCP_EV_EOF));
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
}

/* checks: Z-54 Z-53 */
static void given_an_abort_then_mp_fastclose_leaves_on_acks_and_no_rst_has_an_option(void **state)
{
    (void)state;
    for (uint32_t flag = 0; flag < 2; flag++) {
        struct pair p;
        mptcp_sf ours;
        mptcp_sf theirs;
        struct mptcp_action a;

        /* Also if RSTs were asked for: version 0 has no MP_FASTCLOSE on them (Z-55). */
        two_subflows0(&p, flag != 0 ? MPTCP_CFG_ABORT_RST : 0, &ours, &theirs);
        mptcp_on_abort(p.client.c, p.now);
        assert_int_equal(MPTCP_FASTCLOSE_WAIT, info_of(&p.client).state);
        struct wire ack = says(&p, &p.client, p.client.sf);
        assert_options(&ack, FASTCLOSE_B);
        assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
        assert_int_equal(ours, a.sf);
        struct wire rst = send_from(&p, &p.client, a.sf, RST | ACK, 1, 0, 1);
        assert_int_equal(0, rst.seg.options_len);
        mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
        /* The peer resets all and is over; its RST ends ours. */
        come(&p, &p.server, p.server.sf, &ack);
        assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
        rst = send_from(&p, &p.server, a.sf, RST | ACK, 1, 0, 1);
        assert_int_equal(0, rst.seg.options_len);
        assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
        mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
        assert_true(told(&p, &p.client, MPTCP_EV_END));
    }
}

/* checks: Z-54 */
static void
given_no_answer_to_mp_fastclose_then_it_is_repeated_three_times_and_then_a_rst(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    unsigned times = 0;

    establish0(&p, 0, 0);
    mptcp_on_abort(p.client.c, p.now);
    for (unsigned i = 0; i < 50 && !wants(&p.client, MPTCP_RESET_SUBFLOW); i++) {
        if (wants(&p.client, MPTCP_SEND_ACK)) {
            struct wire ack = says(&p, &p.client, p.client.sf);
            assert_options(&ack, FASTCLOSE_B);
            times++;
        } else {
            next_timeout(&p, &p.client);
        }
    }
    assert_int_equal(4, times);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    struct wire rst = send_from(&p, &p.client, a.sf, RST | ACK, 101, 0, 1);
    assert_int_equal(0, rst.seg.options_len);
}

/* checks: Z-54 Z-55 */
static void given_an_mp_fastclose_then_only_the_right_key_ends_the_connection(void **state)
{
    (void)state;
    static const unsigned flags[] = {ACK, RST, RST | ACK};

    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        struct pair p;
        establish0(&p, 0, 0);
        struct wire wrong = raw(FASTCLOSE_A, flags[i], 101, 0, 1);
        come(&p, &p.server, p.server.sf, &wrong);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
        struct wire right = raw(FASTCLOSE_B, flags[i], 101, 0, 1);
        come(&p, &p.server, p.server.sf, &right);
        assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
        assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
    }
}

/* checks: Z-54 */
static void given_both_abort_then_both_are_over(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    mptcp_on_abort(p.client.c, p.now);
    mptcp_on_abort(p.server.c, p.now);
    struct wire a = says(&p, &p.client, p.client.sf);
    struct wire b = says(&p, &p.server, p.server.sf);
    assert_options(&b, FASTCLOSE_A);
    come(&p, &p.server, p.server.sf, &a);
    come(&p, &p.client, p.client.sf, &b);
    assert_true(wants(&p.client, MPTCP_RESET_SUBFLOW));
    assert_true(wants(&p.server, MPTCP_RESET_SUBFLOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_both_shut_down_then_the_data_fins_are_bare_and_acknowledged),
        cmocka_unit_test(given_a_data_fin_that_is_not_acknowledged_then_it_is_repeated),
        cmocka_unit_test(given_a_fin_of_the_subflow_before_the_data_ack_then_both_are_closed),
        cmocka_unit_test(given_a_data_fin_that_comes_again_then_it_is_acknowledged_again),
        cmocka_unit_test(
            given_a_peer_that_goes_silent_or_says_an_infinite_mapping_then_both_are_taken),
        cmocka_unit_test(
            given_options_that_stop_in_mid_connection_then_the_only_subflow_goes_plain),
        cmocka_unit_test(given_a_wrong_checksum_on_the_only_subflow_then_mp_fail_leaves_on_an_ack),
        cmocka_unit_test(
            given_an_infinite_mapping_that_repeats_what_failed_then_nothing_comes_twice),
        cmocka_unit_test(given_a_wrong_checksum_beside_another_subflow_then_rst_and_mp_fail),
        cmocka_unit_test(
            given_an_mp_fail_again_and_again_then_it_is_no_new_failure_and_not_answered),
        cmocka_unit_test(given_the_number_in_mp_fail_is_another_then_it_counts_as_well),
        cmocka_unit_test(given_an_mp_fail_in_answer_to_ours_then_it_is_taken),
        cmocka_unit_test(given_an_infinite_mapping_then_tcp_alone_counts_and_nothing_leads_back),
        cmocka_unit_test(given_an_abort_then_mp_fastclose_leaves_on_acks_and_no_rst_has_an_option),
        cmocka_unit_test(
            given_no_answer_to_mp_fastclose_then_it_is_repeated_three_times_and_then_a_rst),
        cmocka_unit_test(given_an_mp_fastclose_then_only_the_right_key_ends_the_connection),
        cmocka_unit_test(given_both_abort_then_both_are_over),
    };
    return cmocka_run_group_tests_name("version0_close", tests, NULL, NULL);
}
