/*
 * test_version0_sums.c - checksums of version 0 (Z-33 to Z-38).
 */
#include "version0_test.h"

#include "tables/block.h"

static const uint8_t zeros[100];
static const char digits[] = "0123456789";

/* An open pair, of which both ends or none use checksums. */
static void open_with(struct pair *p, bool sums)
{
    open0(p, sums ? MPTCP_CFG_CHECKSUM : 0, 0);
}

/* A RST of the side's first subflow is due, and it has no option. */
static void is_reset_bare(struct pair *p, struct side *s, int code)
{
    struct mptcp_action a;

    assert_true(find_action(p, s, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(code, a.code);
    struct wire rst = send_from(p, s, a.sf, RST | ACK, subflow_of(s, a.sf).snd_nxt.v, 0, 1);
    assert_int_equal(0, rst.seg.options_len);
}

/* checks: Z-33 Z-35 Z-41 */
static void given_either_side_asks_then_mappings_of_both_have_a_checksum(void **state)
{
    (void)state;
    for (unsigned who = 0; who < 2; who++) {
        struct pair p;
        struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(1), .len = 10};
        struct mptcp_receipt r;
        open0(&p, who == 0 ? MPTCP_CFG_CHECKSUM : 0, who == 1 ? MPTCP_CFG_CHECKSUM : 0);
        for (unsigned end = 0; end < 2; end++) {
            struct side *s = end == 0 ? &p.client : &p.server;
            struct wire w = sends(&p, s, 10);
            seg.sum = mptcp_sum(0, digits, 10, false);
            int n = mptcp_tx_options(s->c, s->sf, &seg, w.options, sizeof w.options, &r);
            w.seg.options_len = (uint16_t)n;
            struct mptcp_dss d = options0(&w).dss;
            assert_int_equal(20, n);
            assert_int_equal(MPTCP_DSS_ACK | MPTCP_DSS_MAP, d.flags);
            assert_int_equal(1, d.has_checksum);
            /* Z-74: 193d with a length of 11, so that the pseudo-header has 64 bits. */
            if (end == 0) {
                assert_int_equal(0x193e, d.checksum);
            }
        }
    }
}

/* checks: Z-36 */
static void given_a_checksum_that_was_not_negotiated_then_it_is_ignored(void **state)
{
    (void)state;
    struct pair p;

    open_with(&p, false);
    assert_true(
        raw_data_comes(&p, &p.server, "1e142005d1b97490d52abeca00000001000abad5", zeros, 10));
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
    /* The next one has none again, and a DATA_FIN one that is wrong. */
    assert_true(raw_data_comes(&p, &p.server, "1e122005d1b97490d52abed40000000b000a", zeros, 10));
    raw_comes(&p, &p.server, "1e142015d1b97490d52abede000000000001bad5");
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 21);
    assert_true(is_version0(&p.server));
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
}

/* checks: Z-36 Z-53 */
static void given_a_checksum_that_is_missing_then_a_bare_rst_follows(void **state)
{
    (void)state;
    struct pair p;

    open_with(&p, true);
    assert_false(raw_data_comes(&p, &p.server, "1e122005d1b97490d52abeca00000001000a", zeros, 10));
    is_reset_bare(&p, &p.server, MPTCP_E_OPT_CHECKSUM);
}

/* checks: Z-36 Z-37 Z-74 */
static void given_each_infinite_mapping_then_its_checksum_is_not_looked_at(void **state)
{
    (void)state;
    static const char *const infinite[] = {
        "1e142005d1b97490d52abeca0000000100000000", /* ours */
        "1e142005d1b97490d52abeca0000000100000101", /* Linux's */
        "1e142005d1b97490d52abeca000000010000ffff",
        "1e122005d1b97490d52abeca000000010000", /* none */
        "1e0e2004d52abeca000000010000",
    };

    for (size_t i = 0; i < 2 * COUNT_OF(infinite); i++) {
        struct pair p;
        struct mptcp_action a;
        open_with(&p, i % 2 != 0);
        assert_true(raw_data_comes(&p, &p.server, infinite[i / 2], zeros, 10));
        assert_int_equal(255, info_of(&p.server).version);
        assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p.server).fallback);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(10, a.len);
    }
}

/* checks: Z-38 Z-46 */
static void
given_a_bare_data_fin_with_a_wrong_checksum_then_it_counts_where_it_is_next(void **state)
{
    (void)state;
    static const char *const next[] = {"1e142015d1b97490d52abed40000000000010000",
                                       "1e142015d1b97490d52abed4000000000001ffff"};

    for (size_t i = 0; i < COUNT_OF(next); i++) {
        struct pair p;
        open_with(&p, true);
        raw_data_comes(&p, &p.server, "1e142005d1b97490d52abeca00000001000a193e", digits, 10);
        assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
        raw_comes(&p, &p.server, next[i]);
        assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 11);
        assert_true(is_version0(&p.server));
        assert_true(told(&p, &p.server, MPTCP_EV_EOF));
    }
}

/* checks: Z-38 */
static void
given_a_bare_data_fin_with_a_wrong_checksum_that_overtakes_data_then_its_next_copy_counts(
    void **state)
{
    (void)state;
    struct pair p;

    open_with(&p, true);
    raw_comes(&p, &p.server, "1e142015d1b97490d52abed40000000000010000");
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A);
    assert_int_equal(0, info_of(&p.server).fallback);
    assert_false(told(&p, &p.server, MPTCP_EV_EOF));
    raw_data_comes(&p, &p.server, "1e142005d1b97490d52abeca00000001000a193e", digits, 10);
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
    raw_comes(&p, &p.server, "1e142015d1b97490d52abed40000000000010000");
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 11);
    assert_true(told(&p, &p.server, MPTCP_EV_EOF));
}

/* checks: Z-35 Z-38 Z-74 */
static void given_a_data_fin_on_data_then_the_length_of_its_checksum_counts_it(void **state)
{
    (void)state;
    static const char *const fin[] = {"1e142015d1b97490d52abeca00000001000b193d",
                                      "1e142015d1b97490d52abeca00000001000b193e"}; /* old XNU */

    for (unsigned wrong = 0; wrong < 2; wrong++) {
        struct pair p;
        open_with(&p, true);
        assert_true(raw_data_comes(&p, &p.server, fin[wrong], digits, 10));
        if (wrong == 0) {
            assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 11);
            assert_true(told(&p, &p.server, MPTCP_EV_EOF));
        } else {
            assert_int_equal(MPTCP_E_CHECKSUM, info_of(&p.server).fallback);
            assert_false(told(&p, &p.server, MPTCP_EV_EOF));
        }
    }
}

/* checks: Z-34 Z-36 */
static void given_checksums_then_each_kind_of_mapping_of_ours_has_one(void **state)
{
    (void)state;
    for (unsigned sums = 0; sums < 2; sums++) {
        struct pair p;
        open_with(&p, sums != 0);
        client_sends(&p, 1, 100);
        server_acks(&p, 101);
        mptcp_on_shutdown(p.client.c, p.now);
        struct wire fin = says(&p, &p.client, p.client.sf);
        struct mptcp_dss d = options0(&fin).dss;
        assert_int_equal(MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_FIN, d.flags);
        assert_int_equal(sums, d.has_checksum);
        assert_int_equal(0, d.ssn);
        assert_int_equal(1, d.dll);
        if (sums != 0) {
            assert_int_equal(mptcp_dss_checksum(mptcp_dsn_of(FIRST_A + 100), mptcp_ssn_of(0), 1, 0),
                             d.checksum);
        }
    }
}

/* checks: Z-33 Z-35 Z-43 */
static void given_checksums_then_streams_of_both_directions_arrive(void **state)
{
    (void)state;
    struct pair p;
    struct stream s[2];

    establish0(&p, MPTCP_CFG_CHECKSUM, 0);
    streams_begin(&p, s);
    streams_add(s, p.client.sf, p.server.sf);
    mptcp_on_written(p.client.c, 5001, p.now);
    mptcp_on_written(p.server.c, 3333, p.now);
    streams_complete(&p, s, 5001, 3333);
    assert_true(is_version0(&p.client) && is_version0(&p.server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_either_side_asks_then_mappings_of_both_have_a_checksum),
        cmocka_unit_test(given_a_checksum_that_was_not_negotiated_then_it_is_ignored),
        cmocka_unit_test(given_a_checksum_that_is_missing_then_a_bare_rst_follows),
        cmocka_unit_test(given_each_infinite_mapping_then_its_checksum_is_not_looked_at),
        cmocka_unit_test(
            given_a_bare_data_fin_with_a_wrong_checksum_then_it_counts_where_it_is_next),
        cmocka_unit_test(
            given_a_bare_data_fin_with_a_wrong_checksum_that_overtakes_data_then_its_next_copy_counts),
        cmocka_unit_test(given_a_data_fin_on_data_then_the_length_of_its_checksum_counts_it),
        cmocka_unit_test(given_checksums_then_each_kind_of_mapping_of_ours_has_one),
        cmocka_unit_test(given_checksums_then_streams_of_both_directions_arrive),
    };
    return cmocka_run_group_tests_name("version0_sums", tests, NULL, NULL);
}
