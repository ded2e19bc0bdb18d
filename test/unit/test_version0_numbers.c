/*
 * test_version0_numbers.c - 32 and 64 bits, and which mappings are taken and sent (Z-39 to Z-45).
 */
#include "version0_test.h"

#include "tables/block.h"

static const uint8_t zeros[1000];

/* Its IDSN is 3120661affffffe2: the low half of the DSN is 0 after 29 octets. */
#define KEY_WRAP 0x113c69u
#define FIRST_WRAP 0x3120661affffffe3u

/* A pair whose client has that key. */
static void open_wrap(struct pair *p, uint32_t flags)
{
    struct mptcp_config cfg = config_of(0, flags);

    memset(p, 0, sizeof *p);
    p->now = 1000000;
    make_in(&p->client, p->client.block, sizeof p->client.block, &cfg, KEY_WRAP);
    make_in(&p->server, p->server.block, sizeof p->server.block, &cfg, KEY_B);
    struct wire syn = connects_first(p);
    answers(p, &syn);
}

/* checks: Z-39 Z-41 */
static void given_data_and_acks_then_all_numbers_of_ours_have_32_bits(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    struct wire data = sends(&p, &p.client, 10);
    assert_options(&data, "1e122005d1b97490d52abf2e00000065000a");
    arrives(&p, &p.server, &data);
    struct wire ack = says(&p, &p.server, p.server.sf);
    assert_options(&ack, "1e082001d52abf38");
}

/* checks: Z-39 Z-42 */
static void given_each_width_of_a_dsn_then_the_mapping_is_taken(void **state)
{
    (void)state;
    static const char *const maps[] = {
        "1e0e2004d52abeca00000001000a",                 /* XNU: no DATA_ACK where none is due */
        "1e12200c9851b565d52abeca00000001000a",         /* 64 bits */
        "1e162007e47ef57dd1b97490d52abeca00000001000a", /* a DATA_ACK of 64 bits */
        "1e16200dd1b974909851b565d52abeca00000001000a", /* 32 and 64 */
        "1e1a200fe47ef57dd1b974909851b565d52abeca00000001000a",
    };

    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        struct pair p;
        open0(&p, 0, 0);
        assert_true(raw_data_comes(&p, &p.server, maps[i], zeros, 10));
        assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
        assert_true(is_version0(&p.server));
        /* A DSN of 64 bits is answered with 64 (Z-40), one of 32 with 32. */
        struct wire ack = says(&p, &p.server, p.server.sf);
        bool wide = i == 1 || i >= 3;
        assert_options(&ack, wide ? "1e0c20039851b565d52abed4" : "1e082001d52abed4");
    }
}

/* checks: Z-39 */
static void given_a_dsn_of_64_bits_with_another_high_half_then_its_data_are_dropped(void **state)
{
    (void)state;
    struct pair p;

    open0(&p, 0, 0);
    assert_false(
        raw_data_comes(&p, &p.server, "1e16200dd1b974909851b567d52abeca00000001000a", zeros, 10));
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A);
}

/* checks: Z-40 Z-42 */
static void given_each_width_of_a_data_ack_then_it_counts(void **state)
{
    (void)state;
    for (unsigned wide = 0; wide < 2; wide++) {
        for (unsigned ours = 0; ours < 2; ours++) {
            struct pair p;
            open0(&p, 0, 0);
            p.client.c->bits |= ours != 0 ? BIT_WIDE : 0u;
            struct wire data = sends(&p, &p.client, 10);
            assert_int_equal(ours, (options0(&data).dss.flags & MPTCP_DSS_DSN64) != 0);
            struct wire ack =
                raw(wide != 0 ? "1e0c20039851b565d52abed4" : "1e082001d52abed4", ACK, 1, 0, 11);
            come(&p, &p.client, p.client.sf, &ack);
            assert_true(info_of(&p.client).snd_una.v == FIRST_A + 10);
        }
    }
}

/* checks: Z-42 */
static void given_a_data_ack_that_is_old_or_of_what_was_not_sent_then_it_is_ignored(void **state)
{
    (void)state;
    static const char *const acks[] = {
        "1e082001d52abec9",         /* before the first octet */
        "1e082001d52abf2d",         /* old */
        "1e082001d52abf39",         /* beyond */
        "1e0c20039851b566d52abf38", /* another high half */
    };

    for (size_t i = 0; i < COUNT_OF(acks); i++) {
        struct pair p;
        establish0(&p, 0, 0);
        sends(&p, &p.client, 10);
        struct wire ack = raw(acks[i], ACK, 1, 0, 101);
        come(&p, &p.client, p.client.sf, &ack);
        assert_true(info_of(&p.client).snd_una.v == FIRST_A + 100);
        assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
        assert_true(is_version0(&p.client));
    }
}

/* checks: Z-42 Z-39 */
static void given_the_low_half_wraps_then_dsns_and_data_acks_go_on(void **state)
{
    (void)state;
    struct pair p;

    open_wrap(&p, 0);
    struct wire data = sends(&p, &p.client, 60);
    assert_options(&data, "1e122005d1b97490ffffffe300000001003c");
    arrives(&p, &p.server, &data);
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_WRAP + 60);
    struct wire ack = says(&p, &p.server, p.server.sf);
    assert_options(&ack, "1e0820010000001f");
    come(&p, &p.client, p.client.sf, &ack);
    assert_true(info_of(&p.client).snd_una.v == FIRST_WRAP + 60);
    data = sends(&p, &p.client, 10);
    assert_options(&data, "1e122005d1b974900000001f0000003d000a");
    arrives(&p, &p.server, &data);
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_WRAP + 70);
}

/* Never both numbers of one option have 64 bits. */
static void one_is_narrow(const struct wire *w)
{
    const unsigned both = MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    struct mptcp_options o = options0(w);

    assert_true((o.present & MPTCP_HAS(MPTCP_DSS)) != 0);
    assert_int_not_equal(both, o.dss.flags & both);
}

/* checks: Z-41 Z-40 */
static void given_64_bits_are_needed_then_never_both_numbers_of_an_option_have_them(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct pair p;
        bool wide = (i & 1u) != 0;
        bool asked = (i & 2u) != 0;
        open0(&p, (i & 4u) != 0 ? MPTCP_CFG_CHECKSUM : 0, 0);
        if (asked) { /* the peer's DSNs have 64 bits: so should our DATA_ACKs */
            const char *dss = (i & 4u) != 0 ? "1e18200dd1b974909851b565d52abeca00000001000a193e"
                                            : "1e16200dd1b974909851b565d52abeca00000001000a";
            assert_true(raw_data_comes(&p, &p.server, dss, "0123456789", 10));
        }
        p.server.c->bits |= wide ? BIT_WIDE : 0u;
        struct wire w = sends(&p, &p.server, 10);
        one_is_narrow(&w);
        assert_int_equal(wide, (options0(&w).dss.flags & MPTCP_DSS_DSN64) != 0);
        assert_int_equal(asked && !wide, (options0(&w).dss.flags & MPTCP_DSS_ACK64) != 0);
        assert_true((options0(&w).dss.flags & MPTCP_DSS_ACK) != 0);
        mptcp_on_shutdown(p.server.c, p.now);
        w = says(&p, &p.server, p.server.sf);
        assert_int_not_equal(0, options0(&w).dss.flags & MPTCP_DSS_FIN);
        one_is_narrow(&w);
    }
}

/* checks: Z-41 Z-37 Z-49 Z-74 */
static void
given_an_infinite_mapping_of_ours_then_its_dsn_has_32_bits_and_its_checksum_is_0(void **state)
{
    (void)state;
    for (unsigned sums = 0; sums < 2; sums++) {
        struct pair p;
        establish0(&p, sums != 0 ? MPTCP_CFG_CHECKSUM : 0, 0);
        raw_comes(&p, &p.client,
                  "1e0c6000"
                  "9851b565d52abeca");
        struct wire data = sends(&p, &p.client, 10);
        assert_options(&data, sums != 0 ? "1e102004d52abf2e0000006500000000"
                                        : "1e0e2004d52abf2e000000650000");
    }
}

/* ------------------------------------------------------------- mappings that come */

/* The next segment of the client's has these options and 10 octets. */
static void ten(struct pair *p, const char *hex)
{
    assert_true(raw_data_comes(p, &p->server, hex, zeros, 10));
}

#define OF_30 "1e122005d1b97490d52abeca00000001001e"

/* checks: Z-43 */
static void given_one_mapping_over_several_segments_then_each_way_to_say_it_is_taken(void **state)
{
    (void)state;
    static const char *const ways[][3] = {
        {OF_30, "", ""},                                 /* on the first only */
        {OF_30, OF_30, OF_30},                           /* copied on each, as NICs do */
        {OF_30, "1e082001d1b97490", "1e082001d1b97490"}, /* then DATA_ACKs */
        {"1e122005d1b97490d52abeca00000001000a", "1e122005d1b97490d52abed40000000b000a",
         "1e122005d1b97490d52abede00000015000a"}, /* one for each */
        {"1e122005d1b97490d52abeca000000010014", "1e122005d1b97490d52abeca000000010014",
         "1e122005d1b97490d52abede00000015000a"},
    };

    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        for (unsigned fully = 0; fully < 2; fully++) {
            struct pair p;
            open0(&p, 0, 0);
            for (unsigned k = 0; k < 3; k++) {
                ten(&p, ways[i][k]);
                if (fully != 0) {
                    drain(&p, &p.server);
                    says(&p, &p.server, p.server.sf);
                }
            }
            assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 30);
            assert_true(is_version0(&p.server));
            assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
        }
    }
}

/* checks: Z-43 */
static void given_checksums_and_one_mapping_over_several_segments_then_all_are_summed(void **state)
{
    (void)state;
    for (unsigned copied = 0; copied < 2; copied++) {
        struct pair p;
        const char *map = "1e142005d1b97490d52abeca00000001000a193e";
        open0(&p, MPTCP_CFG_CHECKSUM, 0);
        assert_true(raw_data_comes(&p, &p.server, map, "0123", 4));
        assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A);
        assert_true(
            raw_data_comes(&p, &p.server, copied != 0 ? map : "1e082001d1b97490", "456789", 6));
        assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
        assert_true(is_version0(&p.server));
    }
}

/* checks: Z-43 */
static void given_retransmissions_over_other_borders_then_the_original_mapping_holds(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_piece piece = {.data = zeros, .len = 15};

    open0(&p, 0, 0);
    ten(&p, OF_30);
    /* 15 octets from the sixth on: five of them came before. */
    struct wire w = raw(OF_30, ACK, 6, 15, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(p.server.verdict.drop);
    piece.len = 10;
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    ten(&p, OF_30);
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 30);
    assert_true(is_version0(&p.server));
}

/* --------------------------------------------------------------- mappings of ours */

/* checks: Z-44 */
static void given_any_segment_of_ours_then_its_mapping_covers_it_and_overlaps_no_other(void **state)
{
    (void)state;
    struct pair p;
    mptcp_ssn begin[200];
    unsigned maps = 0;

    establish0(&p, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        sends(&p, &p.client, 137 + 10 * i);
    }
    uint32_t end = subflow_of(&p.client, p.client.sf).snd_nxt.v;
    /* Any piece of what is in flight, as TCP may repeat it. */
    for (uint32_t from = 101; from < end; from += 7) {
        struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(from), .len = end - from};
        struct mptcp_receipt r;
        struct wire w = with_option(NULL, ACK, from, 1, 1);
        int n = mptcp_tx_options(p.client.c, p.client.sf, &seg, w.options, sizeof w.options, &r);
        w.seg.options_len = (uint16_t)n;
        struct mptcp_dss d = options0(&w).dss;
        assert_true(d.ssn <= from && from + r.covers <= d.ssn + d.dll && r.covers > 0);
        assert_true((uint32_t)d.dsn - d.ssn == (uint32_t)FIRST_A - 1);
        begin[maps++] = mptcp_ssn_of(d.ssn);
        begin[maps++] = mptcp_ssn_of(d.ssn + d.dll);
    }
    /* Each mapping begins where one before it ends, or where the same one began. */
    for (unsigned i = 2; i < maps; i += 2) {
        bool same = mptcp_ssn_eq(begin[i], begin[i - 2]);
        assert_true(same ? mptcp_ssn_eq(begin[i + 1], begin[i - 1])
                         : mptcp_ssn_eq(begin[i], begin[i - 1]));
    }
}

/* checks: Z-44 */
static void given_segments_without_payload_then_only_a_data_fin_has_a_mapping(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    sends(&p, &p.client, 100);
    struct wire ack = says(&p, &p.client, p.client.sf);
    assert_int_equal(MPTCP_DSS_ACK, options0(&ack).dss.flags);
    mptcp_on_shutdown(p.client.c, p.now);
    ack = says(&p, &p.client, p.client.sf);
    assert_int_equal(MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_FIN, options0(&ack).dss.flags);
}

/* checks: Z-45 */
static void given_a_data_ack_on_a_fin_or_rst_then_fin_and_rst_are_processed(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    struct wire rst = raw("1e082001d1b97490", RST | ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &rst);
    assert_false(p.server.verdict.drop);
    assert_int_equal(MPTCP_OK,
                     mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
    assert_true(told(&p, &p.server, MPTCP_EV_END));
    /* TCP's FIN with a DATA_ACK ends the subflow alone. */
    establish0(&p, 0, 0);
    struct wire fin = raw("1e082001d1b97490", FIN | ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &fin);
    assert_false(p.server.verdict.drop);
    assert_true(is_version0(&p.server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_data_and_acks_then_all_numbers_of_ours_have_32_bits),
        cmocka_unit_test(given_each_width_of_a_dsn_then_the_mapping_is_taken),
        cmocka_unit_test(given_a_dsn_of_64_bits_with_another_high_half_then_its_data_are_dropped),
        cmocka_unit_test(given_each_width_of_a_data_ack_then_it_counts),
        cmocka_unit_test(given_a_data_ack_that_is_old_or_of_what_was_not_sent_then_it_is_ignored),
        cmocka_unit_test(given_the_low_half_wraps_then_dsns_and_data_acks_go_on),
        cmocka_unit_test(given_64_bits_are_needed_then_never_both_numbers_of_an_option_have_them),
        cmocka_unit_test(
            given_an_infinite_mapping_of_ours_then_its_dsn_has_32_bits_and_its_checksum_is_0),
        cmocka_unit_test(given_one_mapping_over_several_segments_then_each_way_to_say_it_is_taken),
        cmocka_unit_test(given_checksums_and_one_mapping_over_several_segments_then_all_are_summed),
        cmocka_unit_test(given_retransmissions_over_other_borders_then_the_original_mapping_holds),
        cmocka_unit_test(
            given_any_segment_of_ours_then_its_mapping_covers_it_and_overlaps_no_other),
        cmocka_unit_test(given_segments_without_payload_then_only_a_data_fin_has_a_mapping),
        cmocka_unit_test(given_a_data_ack_on_a_fin_or_rst_then_fin_and_rst_are_processed),
    };
    return cmocka_run_group_tests_name("version0_numbers", tests, NULL, NULL);
}
