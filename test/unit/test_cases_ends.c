/*
 * test_cases_ends.c - ends of the stream that were none: by a flag that was changed on the way, and
 * by the FIN of a subflow alone.
 */
#include "bugs_test.h"

static _Alignas(uint64_t) uint8_t memory[2 * CORE_BLOCK];

/* The octets that a side hands to its application now. */
static uint32_t delivers(struct pair *p, struct side *s)
{
    struct mptcp_action a;
    uint32_t n = 0;

    for (unsigned i = 0; i < 200 && mptcp_poll(s->c, &a); i++) {
        n += a.type == MPTCP_DELIVER ? a.len : 0;
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
    }
    return n;
}

static const uint8_t hundred[100] = {1, [59] = 6, [99] = 9};

/* A mapping, with its checksum over those octets. */
static struct mptcp_option checked_map(uint64_t dsn, uint32_t ssn, uint16_t n, unsigned flags)
{
    struct mptcp_option o = map_option(dsn, ssn, n);
    uint32_t octets = n < sizeof hundred ? 0 : sizeof hundred;

    o.u.dss.flags |= (uint8_t)flags;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = mptcp_dss_checksum(mptcp_dsn_of(dsn), mptcp_ssn_of(ssn), n,
                                          mptcp_sum(0, hundred, octets, false));
    return o;
}

/* The first n of them come to the server on a subflow under this mapping. */
static void hundred_come(struct pair *p, mptcp_sf sf, const struct mptcp_option *o, uint32_t n)
{
    struct mptcp_piece piece = {.data = hundred, .len = n};
    struct wire w = with_option(o, ACK, subflow_of(&p->server, sf).rcv_nxt.v, n, 1);

    come(p, &p->server, sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, sf, &piece, p->now));
}

/* checks: D-20 B-6 FB-14 */
static void
given_a_data_fin_flag_that_fails_its_checksum_when_another_subflow_goes_on_then_no_eof(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    /* The checksum was made over a length without DATA_FIN. */
    struct mptcp_option bad =
        checked_map(next, subflow_of(&p.server, p.server.sf).rcv_nxt.v, 100, 0);
    bad.u.dss.flags |= MPTCP_DSS_FIN;
    hundred_come(&p, p.server.sf, &bad, 100);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_CHECKSUM, a.code);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    struct mptcp_option good = checked_map(next, subflow_of(&p.server, theirs).rcv_nxt.v, 100, 0);
    hundred_come(&p, theirs, &good, 100);
    assert_int_equal(next + 100, info_of(&p.server).rcv_nxt.v);
    assert_int_equal(100, delivers(&p, &p.server));
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: D-20 B-6 FB-14 */
static void
given_a_data_fin_flag_that_fails_its_checksum_on_the_only_subflow_then_no_eof(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct mptcp_option bad = checked_map(info_of(&p.server).rcv_nxt.v, 101, 100, 0);
    bad.u.dss.flags |= MPTCP_DSS_FIN;
    hundred_come(&p, p.server.sf, &bad, 100);
    assert_false(told(&p, &p.server, MPTCP_EV_EOF));
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: D-20 FB-14 */
static void given_a_mapping_with_data_fin_of_which_a_part_has_come_then_no_eof(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct mptcp_option o = checked_map(info_of(&p.server).rcv_nxt.v, 101, 101, MPTCP_DSS_FIN);
    hundred_come(&p, p.server.sf, &o, 60);
    assert_false(told(&p, &p.server, MPTCP_EV_EOF));
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: D-20 FB-14 */
static void
given_a_bare_data_fin_with_a_wrong_checksum_then_it_does_not_end_the_stream(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct mptcp_option o = checked_map(info_of(&p.server).rcv_nxt.v, 0, 1, MPTCP_DSS_FIN);
    o.u.dss.checksum ^= 0x5555;
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_false(told(&p, &p.server, MPTCP_EV_EOF));
}

/* A segment comes to the server until it is taken. */
static void comes_until_taken(struct pair *p, struct wire *w)
{
    for (unsigned i = 0; i < 2; i++) {
        come(p, &p->server, p->server.sf, w);
        if (!p->server.verdict.drop) {
            return;
        }
    }
}

/*
 * One mapping over two segments, of which the second has no option. Much later a FIN with a DSS
 * ends the subflow alone.
 */
static void split_mapping_and_a_later_fin(bool overtaken)
{
    struct pair p;
    struct mptcp_config cfg = core_config(0);
    static const uint8_t zeros[200];
    struct mptcp_piece half = {.data = zeros, .len = 100};
    struct mptcp_option ack = {.subtype = MPTCP_DSS};

    cfg.no_path_limit = 60000000;
    establish_as(&p, &cfg, memory, CORE_BLOCK);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = map_option(next, 101, 200);
    struct wire first = with_option(&o, ACK, 101, 100, 1);
    struct wire second = with_option(NULL, ACK, 201, 100, 1);
    if (overtaken) {
        come(&p, &p.server, p.server.sf, &second);
    }
    come(&p, &p.server, p.server.sf, &first);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &half, p.now));
    comes_until_taken(&p, &second);
    assert_false(p.server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &half, p.now));
    drain(&p, &p.server);
    for (uint32_t i = 0; i < 3; i++) {
        struct mptcp_option m = map_option(next + 200 + i * 100, 301 + i * 100, 100);
        octets_come(&p, &p.server, &m, 301 + i * 100, 100);
        drain(&p, &p.server);
    }
    ack.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    ack.u.dss.data_ack = info_of(&p.server).snd_una.v;
    struct wire fin = with_option(&ack, ACK | FIN, 601, 0, 1);
    come(&p, &p.server, p.server.sf, &fin);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, p.server.sf, p.now));
    assert_int_equal(1, info_of(&p.server).version);
    assert_false(told(&p, &p.server, MPTCP_EV_EOF));
}

/* checks: D-22 FB-6 FB-12 */
static void given_a_split_mapping_when_a_fin_with_a_dss_comes_then_no_eof(void **state)
{
    (void)state;
    split_mapping_and_a_later_fin(false);
}

/* checks: D-22 FB-6 FB-12 */
static void given_a_split_mapping_out_of_order_when_a_fin_with_a_dss_comes_then_no_eof(void **state)
{
    (void)state;
    split_mapping_and_a_later_fin(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_data_fin_flag_that_fails_its_checksum_when_another_subflow_goes_on_then_no_eof),
        cmocka_unit_test(
            given_a_data_fin_flag_that_fails_its_checksum_on_the_only_subflow_then_no_eof),
        cmocka_unit_test(given_a_mapping_with_data_fin_of_which_a_part_has_come_then_no_eof),
        cmocka_unit_test(
            given_a_bare_data_fin_with_a_wrong_checksum_then_it_does_not_end_the_stream),
        cmocka_unit_test(given_a_split_mapping_when_a_fin_with_a_dss_comes_then_no_eof),
        cmocka_unit_test(
            given_a_split_mapping_out_of_order_when_a_fin_with_a_dss_comes_then_no_eof),
    };
    return cmocka_run_group_tests_name("cases_ends", tests, NULL, NULL);
}
