/*
 * test_arrival.c - octets in order: three cursors, reordering over the data-level space,
 * duplicates, checksums.
 */
#include "core_test.h"

static const uint8_t zeros[2000];

/* A segment at the server: DSN relative to RCV.NXT, SSN, length; its octets arrive too. */
static void segment(struct pair *p, int64_t offset, uint32_t ssn, uint16_t len, bool arrive)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    struct mptcp_piece piece = {.data = zeros, .len = len};

    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = info_of(&p->server).rcv_nxt.v + (uint64_t)offset;
    o.u.dss.ssn = ssn;
    o.u.dss.dll = len;
    struct wire w = with_option(&o, ACK, ssn, len, 1);
    come(p, &p->server, p->server.sf, &w);
    assert_false(p->server.verdict.drop);
    if (arrive) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, p->server.sf, &piece, p->now));
    }
}

static uint64_t rcv_nxt(const struct pair *p)
{
    return info_of(&p->server).rcv_nxt.v;
}

/* checks: D-14 K-1 */
static void given_octets_with_a_mapping_then_rcv_nxt_moves_before_anyone_reads(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    uint64_t before = rcv_nxt(&p);
    segment(&p, 0, 101, 100, false);
    assert_true(rcv_nxt(&p) == before);
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_true(rcv_nxt(&p) == before + 100);
    assert_true(info_of(&p.server).delivered.v == before);
}

/* checks: D-20 D-24 */
static void
given_a_gap_in_the_data_space_then_nothing_behind_it_is_delivered_until_it_closes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    uint64_t before = rcv_nxt(&p);
    segment(&p, 100, 101, 100, true); /* the second hundred first */
    assert_true(rcv_nxt(&p) == before);
    assert_int_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_DELIVER));
    segment(&p, 0, 201, 100, true);
    assert_true(rcv_nxt(&p) == before + 200);
    for (uint32_t ssn = 201; ssn >= 101; ssn -= 100) {
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(ssn, a.ssn.v);
        assert_int_equal(100, a.len);
        assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 100, MPTCP_DONE, p.now));
    }
}

/* checks: D-6 */
static void given_octets_that_came_before_then_they_are_released_undelivered(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    segment(&p, 0, 101, 100, true);
    drain(&p, &p.server);
    uint64_t before = rcv_nxt(&p);
    segment(&p, -100, 201, 100, true);
    assert_true(rcv_nxt(&p) == before);
    assert_true(mptcp_poll(p.server.c, &a) == 1);
    assert_int_equal(MPTCP_RELEASE, a.type);
    assert_int_equal(201, a.ssn.v);
    assert_int_equal(301, a.keep.v);
}

/* checks: B-5 D-8 */
static void given_a_wrong_checksum_then_no_octet_of_it_counts_and_the_subflow_is_reset(void **state)
{
    (void)state;
    for (unsigned right = 0; right < 2; right++) {
        struct pair p;
        struct mptcp_option o = {.subtype = MPTCP_DSS};
        struct mptcp_piece half = {.data = zeros, .len = 50};

        establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_FAIL_RESETS);
        uint64_t before = rcv_nxt(&p);
        o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
        o.u.dss.dsn = before;
        o.u.dss.ssn = 101;
        o.u.dss.dll = 100;
        o.u.dss.has_checksum = 1;
        o.u.dss.checksum =
            (uint16_t)(mptcp_dss_checksum(mptcp_dsn_of(before), mptcp_ssn_of(101), 100, 0) +
                       !right);
        struct wire w = with_option(&o, ACK, 101, 100, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &half, p.now));
        assert_true(rcv_nxt(&p) == before); /* only whole mappings can be judged */
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &half, p.now));
        assert_true(rcv_nxt(&p) == before + (right ? 100 : 0));
        unsigned reset = mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_RESET_SUBFLOW);
        assert_int_equal(!right, reset != 0);
    }
}

/* checks: D-8 */
static void given_a_hosts_own_sum_then_it_serves_as_well_as_the_octets(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    uint8_t octets[7] = {1, 2, 3, 4, 5, 6, 7};
    struct mptcp_piece odd = {.len = 3};
    struct mptcp_piece rest = {.len = 4};

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    uint64_t before = rcv_nxt(&p);
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = before;
    o.u.dss.ssn = 101;
    o.u.dss.dll = sizeof octets;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = mptcp_dss_checksum(mptcp_dsn_of(before), mptcp_ssn_of(101), sizeof octets,
                                          mptcp_sum(0, octets, sizeof octets, false));
    struct wire w = with_option(&o, ACK, 101, sizeof octets, 1);
    come(&p, &p.server, p.server.sf, &w);
    odd.sum = mptcp_sum(0, octets, 3, false);
    rest.sum = mptcp_sum(0, octets + 3, 4, false);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &odd, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &rest, p.now));
    assert_true(rcv_nxt(&p) == before + sizeof octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_octets_with_a_mapping_then_rcv_nxt_moves_before_anyone_reads),
        cmocka_unit_test(
            given_a_gap_in_the_data_space_then_nothing_behind_it_is_delivered_until_it_closes),
        cmocka_unit_test(given_octets_that_came_before_then_they_are_released_undelivered),
        cmocka_unit_test(
            given_a_wrong_checksum_then_no_octet_of_it_counts_and_the_subflow_is_reset),
        cmocka_unit_test(given_a_hosts_own_sum_then_it_serves_as_well_as_the_octets),
    };
    return cmocka_run_group_tests_name("arrival", tests, NULL, NULL);
}
