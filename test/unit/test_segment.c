/*
 * test_segment.c - a segment comes in: what is believed, what is dropped, what is ignored.
 */
#include "bugs_test.h"

static struct mptcp_option mapping(const struct pair *p, int64_t offset, uint32_t ssn, uint16_t len)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = info_of(&p->server).rcv_nxt.v + (uint64_t)offset;
    o.u.dss.ssn = ssn;
    o.u.dss.dll = len;
    return o;
}

/* checks: G-3 */
static void given_an_ack_outside_the_window_then_its_options_are_not_believed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_PRIO, .u.prio.backup = 1};
    struct mptcp_subflow_report sf;

    establish(&p, 0, 0);
    /* Beyond the window; below it; acknowledging what was never sent. */
    struct wire bad[] = {with_option(&o, ACK, 50000, 0, 1), with_option(&o, ACK, 50, 0, 1),
                         with_option(&o, ACK, 101, 0, 5000)};
    for (unsigned i = 0; i < 3; i++) {
        come(&p, &p.server, p.server.sf, &bad[i]);
        mptcp_subflow_info(p.server.c, p.server.sf, &sf);
        assert_false(sf.peer_backup);
    }
    struct wire good = with_option(&o, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &good);
    mptcp_subflow_info(p.server.c, p.server.sf, &sf);
    assert_true(sf.peer_backup);
}

/* checks: G-1 */
static void given_a_signal_then_the_ack_is_marked_as_no_sign_of_congestion(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_PRIO};

    establish(&p, 0, 0);
    client_sends(&p, 101, 10);
    struct wire w = with_option(&o, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(p.client.verdict.signal);
    struct wire plain = with_option(NULL, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &plain);
    assert_false(p.client.verdict.signal);
}

/* True if the client's TCP must not count a segment with an MP_PRIO as a duplicate ACK. */
static bool only_signals(struct pair *p, unsigned flags, uint32_t ack)
{
    struct mptcp_option o = {.subtype = MPTCP_PRIO};
    struct wire w = with_option(&o, flags, 1, 0, ack);

    come(p, &p->client, p->client.sf, &w);
    assert_false(p->client.verdict.drop);
    return p->client.verdict.signal != 0;
}

/* checks: G-1 */
static void given_a_signal_on_a_segment_that_is_no_duplicate_ack_then_tcp_has_it(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_sends(&p, 101, 10);
    assert_true(only_signals(&p, ACK, 101));
    assert_false(only_signals(&p, ACK, 111)); /* it acknowledges octets */
    assert_false(only_signals(&p, ACK, 101)); /* an older one */
    assert_false(only_signals(&p, ACK, 111)); /* nothing is in flight */
    client_sends(&p, 111, 10);
    assert_true(only_signals(&p, ACK, 111));
    assert_false(only_signals(&p, ACK | FIN, 111));
}

/* A TCP whose queue of connections was full, say, waits for it to come again. checks: G-1 J-8 */
static void given_the_third_ack_of_a_join_when_it_comes_again_then_tcp_has_it_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf sf;

    establish(&p, 0, 0);
    struct wire syn = join_of(&p, 1, 7);
    assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
    struct wire ack = third_ack(&p, sf, 7);
    come(&p, &p.server, sf, &ack);
    assert_false(p.server.verdict.drop);
    assert_false(p.server.verdict.signal);
    come(&p, &p.server, sf, &ack);
    assert_false(p.server.verdict.drop);
    assert_false(p.server.verdict.signal);
}

/* checks: none */
static void given_a_malformed_option_then_it_is_as_if_it_were_not_there(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    struct mptcp_conn_report before = info_of(&p.server);
    struct wire w = with_option(NULL, ACK, 101, 0, 1);
    const uint8_t bad[] = {30, 5, 0x20, 0x05, 0};
    memcpy(w.options, bad, sizeof bad);
    w.seg.options_len = sizeof bad;
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_E_OPT_LENGTH, p.server.verdict.code);
    assert_false(p.server.verdict.drop);
    struct mptcp_conn_report after = info_of(&p.server);
    assert_memory_equal(&before, &after, sizeof before);
}

/* checks: E-2 D-24 */
static void
given_octets_beyond_the_window_then_the_segment_is_dropped_and_an_ack_is_due(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    uint32_t window = info_of(&p.server).rcv_window;
    struct mptcp_option o = mapping(&p, window, 101, 100);
    struct wire w = with_option(&o, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_true(p.server.verdict.drop);
    assert_int_equal(MPTCP_E_BEYOND, p.server.verdict.code);
    assert_true((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_SEND_ACK)) != 0);
}

/* checks: D-24 B-4 */
static void given_a_box_puts_an_octet_into_a_full_window_then_it_is_plain_tcp_at_last(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    uint32_t window = info_of(&p.server).rcv_window;
    struct mptcp_option o = mapping(&p, 0, 101, (uint16_t)window);
    for (unsigned i = 0; i < 3; i++) {
        struct wire w = with_option(&o, ACK, 101, window + 1, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(i < 2, p.server.verdict.drop);
    }
    assert_int_equal(MPTCP_E_UNMAPPED, info_of(&p.server).fallback);
}

/* checks: D-5 D-12 */
static void
given_a_mapping_that_contradicts_then_the_subflow_is_reset_and_the_segment_dropped(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    struct mptcp_option o = mapping(&p, 0, 101, 100);
    struct wire w = with_option(&o, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(p.server.verdict.drop);
    o = mapping(&p, 50, 101, 100);
    w = with_option(&o, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_true(p.server.verdict.drop);
    assert_int_equal(MPTCP_E_MAPPING, p.server.verdict.code);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_RST_MPTCP, a.reason);
}

/* checks: D-3 */
static void given_a_checksum_that_was_not_negotiated_then_the_subflow_is_reset(void **state)
{
    (void)state;
    for (unsigned negotiated = 0; negotiated < 2; negotiated++) {
        struct pair p;
        struct mptcp_action a;
        establish(&p, negotiated ? MPTCP_CFG_CHECKSUM : 0, 0);
        struct mptcp_option o = mapping(&p, 0, 101, 100);
        o.u.dss.has_checksum = !negotiated;
        struct wire w = with_option(&o, ACK, 101, 100, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_true(p.server.verdict.drop);
        assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
        assert_int_equal(MPTCP_E_OPT_CHECKSUM, a.code);
    }
}

/* checks: F-2 */
static void given_a_fastclose_then_only_our_key_ends_the_connection(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FASTCLOSE};

    establish(&p, 0, 0);
    o.u.fastclose.receiver_key = SERVER_KEY + 1;
    struct wire w = with_option(&o, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_OK, info_of(&p.server).error);
    o.u.fastclose.receiver_key = SERVER_KEY;
    w = with_option(&o, ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_E_PEER_ABORTED, info_of(&p.server).error);
    assert_true((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_RESET_SUBFLOW)) != 0);
}

/* checks: D-11 D-14 */
static void
given_a_64_bit_dsn_among_shorter_ones_then_all_that_come_after_it_have_64_bits(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    struct mptcp_option o = mapping(&p, 0, 101, 10);
    for (unsigned i = 0; i < 3; i++) {
        bool wide = i == 1;
        o.u.dss.flags = (uint8_t)(MPTCP_DSS_MAP | (wide ? MPTCP_DSS_DSN64 : 0));
        struct wire w = with_option(&o, ACK, 101, 10, 1);
        come(&p, &p.server, p.server.sf, &w);
        struct wire ack = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
        struct mptcp_options got = options_of(&ack);
        assert_int_equal(i >= 1, (got.dss.flags & MPTCP_DSS_ACK64) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_ack_outside_the_window_then_its_options_are_not_believed),
        cmocka_unit_test(given_a_signal_then_the_ack_is_marked_as_no_sign_of_congestion),
        cmocka_unit_test(given_a_signal_on_a_segment_that_is_no_duplicate_ack_then_tcp_has_it),
        cmocka_unit_test(given_the_third_ack_of_a_join_when_it_comes_again_then_tcp_has_it_again),
        cmocka_unit_test(given_a_malformed_option_then_it_is_as_if_it_were_not_there),
        cmocka_unit_test(
            given_octets_beyond_the_window_then_the_segment_is_dropped_and_an_ack_is_due),
        cmocka_unit_test(given_a_box_puts_an_octet_into_a_full_window_then_it_is_plain_tcp_at_last),
        cmocka_unit_test(
            given_a_mapping_that_contradicts_then_the_subflow_is_reset_and_the_segment_dropped),
        cmocka_unit_test(given_a_checksum_that_was_not_negotiated_then_the_subflow_is_reset),
        cmocka_unit_test(given_a_fastclose_then_only_our_key_ends_the_connection),
        cmocka_unit_test(
            given_a_64_bit_dsn_among_shorter_ones_then_all_that_come_after_it_have_64_bits),
    };
    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
