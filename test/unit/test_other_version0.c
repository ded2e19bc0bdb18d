/*
 * test_other_version0.c - what other stacks of version 0 (RFC 6824) do, or boxes with them, that
 * the simulators have shown to need a rule.
 */
#include "link_test.h"

static _Alignas(uint64_t) uint8_t mem[2 * CORE_BLOCK];

static void establish0(struct pair *p, uint32_t flags)
{
    struct mptcp_config cfg = core_config(flags);
    cfg.version = 0;
    establish_as(p, &cfg, mem, CORE_BLOCK);
}

/* A DATA_FIN without data at this DSN, whose checksum is anything. */
static void unsummed_fin_comes(struct pair *p, mptcp_dsn dsn)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .version0 = 1};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_FIN;
    o.u.dss.dsn = (uint32_t)dsn.v;
    o.u.dss.dll = 1;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = 0x5555;
    option_comes(p, &p->server, p->server.sf, &o);
    drain(p, &p->server);
}

/* checks: Z-38 Z-46 */
static void
given_an_unsummed_data_fin_was_taken_when_it_comes_again_then_it_is_acknowledged(void **state)
{
    (void)state;
    struct pair p;
    establish0(&p, MPTCP_CFG_CHECKSUM);
    mptcp_dsn end = info_of(&p.server).rcv_nxt;

    unsummed_fin_comes(&p, end);
    says(&p, &p.server, p.server.sf);
    unsummed_fin_comes(&p, end);
    assert_int_equal(0, info_of(&p.server).fallback);
    assert_int_equal(1, info_of(&p.server).subflows);
    assert_false(p.server.verdict.drop);
    struct wire ack = says(&p, &p.server, p.server.sf);
    assert_true(has_option(&ack, MPTCP_DSS));
}

/* checks: Z-38 */
static void
given_checksums_of_version_0_when_a_box_sets_the_flag_on_one_octet_then_it_is_a_wrong_checksum(
    void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_DSS, .version0 = 1};
    establish0(&p, MPTCP_CFG_CHECKSUM);
    /* One octet, whose mapping would be a DATA_FIN of no data by that flag. */
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_FIN;
    o.u.dss.dsn = (uint32_t)info_of(&p.server).rcv_nxt.v;
    o.u.dss.ssn = 101;
    o.u.dss.dll = 1;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = 0x5555;
    struct wire w = with_option(&o, ACK, 101, 1, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    assert_int_equal(MPTCP_E_CHECKSUM, info_of(&p.server).fallback);
}

/* checks: Z-26 Z-27 */
static void
given_a_server_of_version_0_when_a_fin_without_options_ends_the_handshake_then_it_is_plain(
    void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg = core_config(0);
    cfg.version = 0;
    make_pair(&p, &cfg, mem, CORE_BLOCK);
    struct wire syn = connects_first(&p);
    accept_syn(&p, &syn);
    send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);

    /* Other options fill its area, so that it does not show whether there are MPTCP's. */
    struct wire fin = with_option(NULL, FIN | ACK, 1, 0, 1);
    fin.options[0] = 253;
    fin.options[1] = MPTCP_OPTION_MAX;
    fin.seg.options_len = MPTCP_OPTION_MAX;
    come(&p, &p.server, p.server.sf, &fin);
    assert_false(p.server.verdict.drop);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.server).fallback);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, p.server.sf, p.now));
    assert_true(told(&p, &p.server, MPTCP_EV_EOF));
}

/* checks: Z-51 Z-52 */
static void given_plain_tcp_when_a_fin_repeats_mp_fail_then_it_ends_the_stream(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_FAIL, .version0 = 1};
    establish0(&p, 0);
    o.u.fail.dsn = info_of(&p.client).rcv_nxt.v;
    option_comes(&p, &p.client, p.client.sf, &o);
    assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p.client).fallback);
    drain(&p, &p.client);

    struct wire fin = with_option(&o, FIN | ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &fin);
    assert_false(p.client.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
    assert_true(told(&p, &p.client, MPTCP_EV_EOF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_an_unsummed_data_fin_was_taken_when_it_comes_again_then_it_is_acknowledged),
        cmocka_unit_test(
            given_checksums_of_version_0_when_a_box_sets_the_flag_on_one_octet_then_it_is_a_wrong_checksum),
        cmocka_unit_test(
            given_a_server_of_version_0_when_a_fin_without_options_ends_the_handshake_then_it_is_plain),
        cmocka_unit_test(given_plain_tcp_when_a_fin_repeats_mp_fail_then_it_ends_the_stream),
    };
    return cmocka_run_group_tests_name("other_version0", tests, NULL, NULL);
}
