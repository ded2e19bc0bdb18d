/*
 * test_options_out.c - what every segment that leaves carries, and what its leaving moves.
 */
#include "core_test.h"

static struct mptcp_options out(struct pair *p, struct side *s, unsigned flags, uint32_t ssn,
                                uint32_t len)
{
    struct wire w = send_from(p, s, s->sf, flags, ssn, len, 1);
    return options_of(&w);
}

/* checks: C-5 C-11 C-13 */
static void given_the_handshake_then_each_segment_has_its_form_of_mp_capable(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);
    struct mptcp_options o = options_of(&syn);
    assert_int_equal(MPTCP_CAPABLE_SYN, o.capable.form);
    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    o = options_of(&synack);
    assert_int_equal(MPTCP_CAPABLE_SYNACK, o.capable.form);
    assert_true(o.capable.sender_key == SERVER_KEY);
    come(&p, &p.client, p.client.sf, &synack);
    o = out(&p, &p.client, ACK, 1, 0);
    assert_int_equal(MPTCP_CAPABLE_ACK, o.capable.form);
    assert_true(o.capable.sender_key == CLIENT_KEY && o.capable.receiver_key == SERVER_KEY);
    /* The first data repeat the keys, with their length. */
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    o = out(&p, &p.client, ACK, 1, 100);
    assert_int_equal(MPTCP_CAPABLE_DATA, o.capable.form);
    assert_int_equal(100, o.capable.dll);
}

/* checks: D-5 D-12 B-2 */
static void given_data_sent_again_in_other_pieces_then_the_mapping_is_the_same(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(101), .len = 200};
    struct mptcp_receipt r;
    uint8_t octets[MPTCP_OPTION_MAX];

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 200, p.now);
    drain(&p, &p.client);
    struct mptcp_options whole = out(&p, &p.client, ACK, 101, 100);
    struct mptcp_options half = out(&p, &p.client, ACK, 150, 50);
    assert_true(whole.dss.dsn == half.dss.dsn && whole.dss.ssn == half.dss.ssn);
    assert_int_equal(100, whole.dss.dll);
    assert_int_equal(100, half.dss.dll);
    /* A longer segment is to be cut where its mapping ends. */
    assert_true(mptcp_tx_options(p.client.c, p.client.sf, &seg, octets, sizeof octets, &r) > 0);
    assert_int_equal(100, r.covers);
}

/* checks: none */
static void given_too_little_room_then_the_data_ack_stays_behind_and_the_mapping_not(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(101), .len = 100};
    struct mptcp_receipt r;
    uint8_t octets[MPTCP_OPTION_MAX];
    struct mptcp_options o;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    int n = mptcp_tx_options(p.client.c, p.client.sf, &seg, octets, 20, &r);
    assert_in_range(n, 1, 20);
    mptcp_options_read(octets, (size_t)n, ACK, &o, NULL);
    assert_int_equal(0, o.dss.flags & MPTCP_DSS_ACK);
    assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_MAP);
    assert_int_equal(MPTCP_E_ROOM, mptcp_tx_options(p.client.c, p.client.sf, &seg, octets, 12, &r));
}

/* checks: D-17 */
static void given_a_pure_ack_then_it_carries_the_data_ack(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    struct mptcp_options o = out(&p, &p.server, ACK, 1, 0);
    assert_int_equal(MPTCP_DSS_ACK, o.dss.flags & (MPTCP_DSS_ACK | MPTCP_DSS_MAP));
    assert_int_equal((uint32_t)info_of(&p.server).rcv_nxt.v, (uint32_t)o.dss.data_ack);
}

/* checks: D-19 */
static void given_a_data_fin_alone_then_its_ssn_is_0_and_its_length_1(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    struct mptcp_options o = out(&p, &p.client, ACK, 101, 0);
    assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_FIN);
    assert_int_equal(0, o.dss.ssn);
    assert_int_equal(1, o.dss.dll);
    assert_true(o.dss.dsn == info_of(&p.client).snd_end.v);
    assert_int_equal(mptcp_dss_checksum(mptcp_dsn_of(o.dss.dsn), mptcp_ssn_of(0), 1, 0),
                     o.dss.checksum);
}

/* checks: F-5 T-1 */
static void given_an_abort_then_the_reset_carries_the_peers_key_and_a_reason(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    struct mptcp_options o = out(&p, &p.client, RST | ACK, 101, 0);
    assert_true((o.present & MPTCP_HAS(MPTCP_FASTCLOSE)) != 0);
    assert_true(o.fastclose.receiver_key == SERVER_KEY);
    assert_true((o.present & MPTCP_HAS(MPTCP_TCPRST)) != 0);
}

/* checks: none */
static void given_a_wrong_handle_or_an_ssn_never_sent_then_no_option_is_written(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(900), .len = 10};
    struct mptcp_receipt r = {0};
    uint8_t octets[MPTCP_OPTION_MAX];

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_E_STALE, mptcp_tx_options(p.client.c, p.client.sf + 0x100, &seg, octets,
                                                     sizeof octets, &r));
    assert_int_equal(MPTCP_E_NOT_FOUND,
                     mptcp_tx_options(p.client.c, p.client.sf, &seg, octets, sizeof octets, &r));
    assert_int_equal(MPTCP_E_STALE, mptcp_sent(p.client.c, p.client.sf + 0x100, &r, p.now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_handshake_then_each_segment_has_its_form_of_mp_capable),
        cmocka_unit_test(given_data_sent_again_in_other_pieces_then_the_mapping_is_the_same),
        cmocka_unit_test(given_too_little_room_then_the_data_ack_stays_behind_and_the_mapping_not),
        cmocka_unit_test(given_a_pure_ack_then_it_carries_the_data_ack),
        cmocka_unit_test(given_a_data_fin_alone_then_its_ssn_is_0_and_its_length_1),
        cmocka_unit_test(given_an_abort_then_the_reset_carries_the_peers_key_and_a_reason),
        cmocka_unit_test(given_a_wrong_handle_or_an_ssn_never_sent_then_no_option_is_written),
    };
    return cmocka_run_group_tests_name("options_out", tests, NULL, NULL);
}
