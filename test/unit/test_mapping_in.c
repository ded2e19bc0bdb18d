/*
 * test_mapping_in.c - the peer's mappings: repeated, contradicting, out of order,
 * with and without checksums, and a table that is full.
 */
#include "core_test.h"

#include "machines/machines.h"

/* A segment with a mapping of the test's own. DSN and SSN count from the first octet not arrived.
 */
static struct wire mapped(const struct pair *p, int64_t dsn, uint32_t ssn, uint32_t dll,
                          uint32_t len)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = info_of(&p->server).rcv_nxt.v + (uint64_t)dsn;
    o.u.dss.ssn = 101 + ssn;
    o.u.dss.dll = (uint16_t)dll;
    return with_option(&o, ACK, 101 + ssn, len, 1);
}

static void arrive(struct pair *p, uint32_t len)
{
    static const uint8_t zeros[2000];
    struct mptcp_piece piece = {.len = len, .data = zeros};
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, p->server.sf, &piece, p->now));
}

static bool reset_due(struct pair *p, int code)
{
    struct mptcp_action a;
    return find_action(p, &p->server, MPTCP_RESET_SUBFLOW, &a) && a.code == code;
}

/* checks: C-15 D-12 */
static void given_a_mapping_repeated_on_each_segment_then_it_counts_once(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    uint64_t start = info_of(&p.server).rcv_nxt.v;
    struct wire first = mapped(&p, 0, 0, 300, 100);
    struct wire second = first;
    struct wire third = first;
    second.seg.ssn = mptcp_ssn_of(201);
    third.seg.ssn = mptcp_ssn_of(301);
    come(&p, &p.server, p.server.sf, &first);
    arrive(&p, 100);
    come(&p, &p.server, p.server.sf, &second);
    arrive(&p, 100);
    come(&p, &p.server, p.server.sf, &third);
    arrive(&p, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == start + 300);
}

/* checks: D-5 */
static void given_a_mapping_that_contradicts_an_earlier_one_then_the_subflow_is_reset(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    struct wire first = mapped(&p, 0, 0, 300, 100);
    struct wire other = mapped(&p, 150, 100, 100, 100);
    come(&p, &p.server, p.server.sf, &first);
    come(&p, &p.server, p.server.sf, &other);
    assert_int_equal(1, p.server.verdict.drop);
    assert_int_equal(MPTCP_E_MAPPING, p.server.verdict.code);
    assert_true(reset_due(&p, MPTCP_E_MAPPING));
}

/* checks: D-24 D-6 */
static void given_octets_ahead_of_a_gap_then_they_wait_and_duplicates_are_released(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, 0, 0);
    uint64_t start = info_of(&p.server).rcv_nxt.v;
    struct wire ahead = mapped(&p, 100, 0, 100, 100);
    struct wire gap = mapped(&p, 0, 100, 100, 100);
    struct wire again = mapped(&p, 100, 200, 100, 100);
    come(&p, &p.server, p.server.sf, &ahead);
    arrive(&p, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == start);
    assert_false((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_DELIVER)) != 0);
    come(&p, &p.server, p.server.sf, &gap);
    arrive(&p, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == start + 200);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(201, a.ssn.v); /* the gap's octets first */
    mptcp_done(p.server.c, &a, a.len, MPTCP_DONE, p.now);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(101, a.ssn.v);
    mptcp_done(p.server.c, &a, a.len, MPTCP_DONE, p.now);
    come(&p, &p.server, p.server.sf, &again);
    arrive(&p, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == start + 200);
    assert_false((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_DELIVER)) != 0);
    drain(&p, &p.server);
    struct mptcp_subflow_report info;
    mptcp_subflow_info(p.server.c, p.server.sf, &info);
    assert_int_equal(0, info.rx_runs);
}

/* checks: D-11 */
static void given_32_bit_numbers_then_they_are_read_against_what_is_expected(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    uint64_t start = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP;
    o.u.dss.dsn = (uint32_t)start;
    o.u.dss.ssn = 101;
    o.u.dss.dll = 100;
    struct wire w = with_option(&o, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    arrive(&p, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == start + 100);
}

/* checks: E-2 D-24 */
static void given_octets_beyond_the_window_then_they_are_dropped_unacknowledged(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    uint32_t window = info_of(&p.server).rcv_window;
    struct wire far = mapped(&p, window, 0, 100, 100);
    come(&p, &p.server, p.server.sf, &far);
    assert_int_equal(1, p.server.verdict.drop);
    assert_int_equal(0, info_of(&p.server).error);
    struct mptcp_subflow_report info;
    mptcp_subflow_info(p.server.c, p.server.sf, &info);
    assert_int_equal(0, info.rx_runs);
}

/* checks: D-10 */
static void
given_a_full_table_then_what_would_wait_is_refused_and_the_gap_still_passes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_subflow_report info;
    establish(&p, 0, 0);
    uint64_t start = info_of(&p.server).rcv_nxt.v;
    uint32_t ssn = 0;
    for (unsigned i = 0; i < CORE_WAITING; i++, ssn += 100) {
        struct wire w = mapped(&p, 200 + 200 * (int)i, ssn, 100, 100);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(0, p.server.verdict.drop);
        arrive(&p, 100);
    }
    struct wire more = mapped(&p, 200 + 200 * CORE_WAITING, ssn, 100, 100);
    come(&p, &p.server, p.server.sf, &more);
    assert_int_equal(1, p.server.verdict.drop);
    assert_int_equal(MPTCP_E_FULL, p.server.verdict.code);
    struct wire gap = mapped(&p, 0, ssn, 100, 100);
    come(&p, &p.server, p.server.sf, &gap);
    assert_int_equal(0, p.server.verdict.drop);
    arrive(&p, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == start + 100);
    mptcp_subflow_info(p.server.c, p.server.sf, &info);
    assert_true(info.rx_runs <= CORE_WAITING + 1);
}

/* In step and under checksums: octets `from` to from + 100 of the stream, all zero. */
static void comes_summed(struct pair *p, mptcp_dsn first, uint32_t from)
{
    mptcp_dsn dsn = mptcp_dsn_add(first, from);
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = dsn.v;
    o.u.dss.ssn = 1 + from;
    o.u.dss.dll = 100;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = mptcp_dss_checksum(dsn, mptcp_ssn_of(1 + from), 100, 0);
    struct wire w = with_option(&o, ACK, 1 + from, 100, 1);
    come(p, &p->server, p->server.sf, &w);
}

/* checks: D-10 */
static void
given_a_full_table_and_a_slow_reader_then_the_next_octets_come_again_until_they_are_mapped(
    void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, MPTCP_CFG_CHECKSUM, 0);
    mptcp_dsn first = info_of(&p.server).rcv_nxt;
    for (unsigned i = 0; i < CORE_WAITING; i++) {
        comes_summed(&p, first, 200 + 100 * i);
        assert_int_equal(0, p.server.verdict.drop);
    }
    comes_summed(&p, first, 0);
    assert_int_equal(0, p.server.verdict.drop);
    arrive(&p, 100); /* not delivered */
    for (unsigned i = 0; i < 4; i++) {
        comes_summed(&p, first, 100);
        assert_int_equal(1, p.server.verdict.drop);
        assert_int_equal(MPTCP_E_FULL, p.server.verdict.code);
    }
    drain(&p, &p.server);
    comes_summed(&p, first, 100);
    assert_int_equal(0, p.server.verdict.drop);
    arrive(&p, 100 + 100 * CORE_WAITING);
    assert_true(info_of(&p.server).rcv_nxt.v == first.v + 200 + 100 * CORE_WAITING);
}

/* checks: D-3 */
static void given_a_checksum_missing_or_superfluous_then_the_subflow_is_reset(void **state)
{
    (void)state;
    for (unsigned wanted = 0; wanted < 2; wanted++) {
        struct pair p;
        open_pair(&p, wanted ? MPTCP_CFG_CHECKSUM : 0, 0);
        struct mptcp_option o = {.subtype = MPTCP_DSS};
        o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
        o.u.dss.dsn = info_of(&p.server).rcv_nxt.v;
        o.u.dss.ssn = 1;
        o.u.dss.dll = 100;
        o.u.dss.has_checksum = !wanted;
        struct wire w = with_option(&o, ACK, 1, 100, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_true(reset_due(&p, MPTCP_E_OPT_CHECKSUM));
        struct wire rst = send_from(&p, &p.server, p.server.sf, RST | ACK, 1, 0, 1);
        assert_int_equal(MPTCP_RST_MPTCP, options_of(&rst).tcprst.reason);
    }
}

/* checks: B-5 D-8 */
static void
given_a_wrong_checksum_then_nothing_is_delivered_and_mp_fail_goes_with_the_rst(void **state)
{
    (void)state;
    struct pair p;
    open_pair(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_FAIL_RESETS);
    uint64_t start = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = start;
    o.u.dss.ssn = 1;
    o.u.dss.dll = 100;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum =
        (uint16_t)(mptcp_dss_checksum(mptcp_dsn_of(start), mptcp_ssn_of(1), 100, 0) ^ 1);
    struct wire w = with_option(&o, ACK, 1, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    arrive(&p, 100);
    assert_true(info_of(&p.server).rcv_nxt.v == start);
    assert_true(reset_due(&p, MPTCP_E_CHECKSUM));
    struct wire rst = send_from(&p, &p.server, p.server.sf, RST | ACK, 1, 0, 101);
    struct mptcp_options sent = options_of(&rst);
    assert_true((sent.present & MPTCP_HAS(MPTCP_FAIL)) != 0);
    assert_true(sent.fail.dsn == start);
    assert_int_equal(MPTCP_RST_MIDDLEBOX, sent.tcprst.reason);
}

/* checks: B-3 C-16 */
static void given_first_data_without_a_mapping_then_the_only_subflow_falls_back(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    open_pair(&p, 0, 0);
    struct wire bare = with_option(NULL, ACK, 1, 100, 1);
    come(&p, &p.server, p.server.sf, &bare);
    assert_int_equal(0, p.server.verdict.drop);
    arrive(&p, 100);
    assert_int_equal(255, info_of(&p.server).version);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(100, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_mapping_repeated_on_each_segment_then_it_counts_once),
        cmocka_unit_test(given_a_mapping_that_contradicts_an_earlier_one_then_the_subflow_is_reset),
        cmocka_unit_test(given_octets_ahead_of_a_gap_then_they_wait_and_duplicates_are_released),
        cmocka_unit_test(given_32_bit_numbers_then_they_are_read_against_what_is_expected),
        cmocka_unit_test(given_octets_beyond_the_window_then_they_are_dropped_unacknowledged),
        cmocka_unit_test(
            given_a_full_table_then_what_would_wait_is_refused_and_the_gap_still_passes),
        cmocka_unit_test(
            given_a_full_table_and_a_slow_reader_then_the_next_octets_come_again_until_they_are_mapped),
        cmocka_unit_test(given_a_checksum_missing_or_superfluous_then_the_subflow_is_reset),
        cmocka_unit_test(
            given_a_wrong_checksum_then_nothing_is_delivered_and_mp_fail_goes_with_the_rst),
        cmocka_unit_test(given_first_data_without_a_mapping_then_the_only_subflow_falls_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
