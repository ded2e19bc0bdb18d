/*
 * test_answers.c - what bindings/README.md answers to the questions of embedders, each tried.
 */
#include "core_test.h"

/* Octets of the block that a call may change without meaning: none. */
static void kept(const struct side *s, const uint8_t *before)
{
    assert_memory_equal(before, s->block, sizeof s->block);
}

/* checks: none */
static void given_the_syn_again_then_on_segment_ignores_it_and_accept_refuses_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    uint8_t before[CORE_BLOCK];
    mptcp_sf sf;

    struct wire syn = begin(&p, 0, 0);
    accept_syn(&p, &syn);
    struct wire first = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    memcpy(before, p.server.block, sizeof before);
    come(&p, &p.server, p.server.sf, &syn);
    assert_int_equal(0, p.server.verdict.drop);
    assert_int_equal(0, p.server.verdict.code);
    kept(&p.server, before);
    assert_int_equal(MPTCP_E_STATE,
                     mptcp_accept(p.server.c, &syn.seg, &local, &remote, &sf, p.now));
    /* The answer to it is the same as to the first. */
    struct wire again = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    assert_int_equal(first.seg.options_len, again.seg.options_len);
    assert_memory_equal(first.options, again.options, sizeof first.options);
}

/* checks: none */
static void given_the_syn_of_a_join_again_then_accept_join_returns_the_same_handle(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_action a;
    mptcp_sf sf;
    mptcp_sf again;
    uint8_t id;

    establish(&p, 0, 0);
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    struct wire syn = send_from(&p, &p.client, a.sf, SYN, 0, 0, 0);
    assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
    assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &again));
    assert_int_equal(sf, again);
    assert_int_not_equal(MPTCP_SF_NONE, sf);
}

/* checks: none */
static void
given_octets_written_before_connect_then_they_are_sent_from_the_dsn_told_then(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    memset(&p, 0, sizeof p);
    p.now = 1000000;
    make_side(&p.client, CLIENT_KEY, 0);
    make_side(&p.server, SERVER_KEY, 0);
    mptcp_dsn first = info_of(&p.client).snd_end;
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    struct wire syn = connects_first(&p);
    answers(&p, &syn);
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_true(mptcp_dsn_eq(first, a.dsn));
    assert_int_equal(100, a.len);
    assert_int_equal(1, a.ssn.v);
}

/* checks: none */
static void given_a_subflow_that_is_gone_then_its_queue_is_free_when_its_info_is_stale(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct mptcp_action a;
    struct mptcp_subflow_report info;
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.len = 100, .data = zeros};

    two_subflows(&p, &ours, &theirs);
    mptcp_dsn next = info_of(&p.server).rcv_nxt;
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = next.v + 50; /* behind a gap */
    o.u.dss.ssn = 1;
    o.u.dss.dll = 100;
    struct wire w = with_option(&o, ACK, 1, 100, 1);
    come(&p, &p.server, theirs, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, theirs, &piece, p.now));
    mptcp_on_gone(p.server.c, theirs, MPTCP_E_PEER_RESET, p.now);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_subflow_info(p.server.c, theirs, &info));
    /* The gap is filled on the other subflow. */
    uint32_t ssn = subflow_of(&p.server, p.server.sf).rcv_nxt.v;
    o.u.dss.dsn = next.v;
    o.u.dss.ssn = ssn;
    o.u.dss.dll = 50;
    piece.len = 50;
    w = with_option(&o, ACK, ssn, 50, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    bool delivered = false;
    while (mptcp_poll(p.server.c, &a)) {
        delivered |= a.type == MPTCP_DELIVER && a.sf == theirs;
        assert_int_equal(MPTCP_OK, mptcp_subflow_info(p.server.c, theirs, &info));
        mptcp_done(p.server.c, &a, a.len, MPTCP_DONE, p.now);
    }
    assert_true(delivered);
    assert_int_equal(MPTCP_E_STALE, mptcp_subflow_info(p.server.c, theirs, &info));
}

/* checks: none */
static void given_flag_bits_that_mean_nothing_here_then_they_are_ignored(void **state)
{
    (void)state;
    struct pair one;
    struct pair other;
    static const unsigned more = 0x08 | 0x20 | 0x40 | 0x80; /* PSH, URG, ECE, CWR */

    for (unsigned k = 0; k < 2; k++) {
        struct pair *p = k == 0 ? &one : &other;
        struct wire syn = begin(p, 0, 0);
        syn.seg.tcp_flags |= (uint8_t)(k * (more & 0xc0u));
        accept_syn(p, &syn);
        struct wire synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
        come(p, &p->client, p->client.sf, &synack);
        struct wire ack = send_from(p, &p->client, p->client.sf, ACK, 1, 0, 1);
        ack.seg.tcp_flags |= (uint8_t)(k * more);
        come(p, &p->server, p->server.sf, &ack);
        struct mptcp_txseg seg = {.tcp_flags = (uint8_t)(ACK | k * more), .ssn = {1}};
        struct mptcp_receipt r;
        uint8_t options[MPTCP_OPTION_MAX];
        assert_true(mptcp_tx_options(p->client.c, p->client.sf, &seg, options, 40, &r) > 0);
        assert_int_equal(MPTCP_OK, mptcp_sent(p->client.c, p->client.sf, &r, p->now));
    }
    assert_memory_equal(one.client.block, other.client.block, CORE_BLOCK);
    assert_memory_equal(one.server.block, other.server.block, CORE_BLOCK);
}

/* checks: none */
static void given_plain_tcp_then_covers_is_the_length_of_the_segment(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_receipt r;
    uint8_t options[MPTCP_OPTION_MAX];
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = {1}, .len = 100};

    begin(&p, MPTCP_CFG_NO_MPTCP, 0);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now);
    assert_int_equal(0, mptcp_tx_options(p.client.c, p.client.sf, &seg, options, 40, &r));
    assert_int_equal(100, r.covers);
}

/* checks: none */
static void given_octets_that_tcp_sends_before_their_send_is_committed_then_not_found(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_receipt r;
    uint8_t options[MPTCP_OPTION_MAX];
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = {101}, .len = 100};

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_E_NOT_FOUND,
                     mptcp_tx_options(p.client.c, p.client.sf, &seg, options, 40, &r));
    /* The subflow ends between the poll and the commit. */
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    assert_int_equal(MPTCP_E_STALE, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    assert_int_equal(100, info_of(&p.client).snd_end.v - info_of(&p.client).snd_nxt.v);
}

/* checks: none */
static void given_nothing_set_then_the_settings_are_those_of_the_table(void **state)
{
    (void)state;
    struct mptcp_config cfg;

    memset(&cfg, 0xff, sizeof cfg);
    mptcp_config_init(&cfg);
    assert_int_equal(0, cfg.flags);
    assert_int_equal(2, cfg.subflows);
    assert_int_equal(2, cfg.subflow_limit);
    assert_int_equal(4, cfg.addrs);
    assert_int_equal(24, cfg.runs);
    assert_int_equal(1, cfg.version);
    assert_int_equal(65536, cfg.rcv_buf);
    assert_int_equal(300000, cfg.silence_min);
    assert_int_equal(1000000, cfg.answer_wait);
    assert_int_equal(300000000, cfg.silence_limit);
    assert_int_equal(500000, cfg.signal_rto);
    assert_int_equal(1000000, cfg.add_addr_rto);
    assert_int_equal(0, cfg.no_path_limit);
    assert_int_equal(30000000, cfg.close_limit);
    assert_int_equal(MPTCP_POLICY_ADDRESSES, cfg.policy);
    assert_int_equal(28, cfg.option_room);
    assert_int_equal(0, cfg.scheduler);
    assert_int_equal(0, cfg.add_addr2);
    assert_int_equal(1504, mptcp_conn_size(&cfg));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_syn_again_then_on_segment_ignores_it_and_accept_refuses_it),
        cmocka_unit_test(given_the_syn_of_a_join_again_then_accept_join_returns_the_same_handle),
        cmocka_unit_test(
            given_octets_written_before_connect_then_they_are_sent_from_the_dsn_told_then),
        cmocka_unit_test(
            given_a_subflow_that_is_gone_then_its_queue_is_free_when_its_info_is_stale),
        cmocka_unit_test(given_flag_bits_that_mean_nothing_here_then_they_are_ignored),
        cmocka_unit_test(given_plain_tcp_then_covers_is_the_length_of_the_segment),
        cmocka_unit_test(given_nothing_set_then_the_settings_are_those_of_the_table),
        cmocka_unit_test(given_octets_that_tcp_sends_before_their_send_is_committed_then_not_found),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
