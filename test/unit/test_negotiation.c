/*
 * test_negotiation.c - what the three segments of the handshake settle (RFC 8684 s3.1): checksums,
 * SYNs sent again with the option and without, doubts.
 */
#include "bugs_test.h"

/* The three segments between the two ends, none of them lost. */
static void shakes_hands(struct pair *p, uint32_t client_flags, uint32_t server_flags,
                         struct wire w[3])
{
    w[0] = begin(p, client_flags, server_flags);
    accept_syn(p, &w[0]);
    w[1] = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &w[1]);
    w[2] = send_from(p, &p->client, p->client.sf, ACK, 1, 0, 1);
}

static bool flag_a(const struct wire *w)
{
    return (options_of(w).capable.flags & MPTCP_CAPABLE_CHECKSUM) != 0;
}

/* checks: C-18 C-19 */
static void given_one_end_asks_for_checksums_then_flag_a_comes_back_and_both_use_them(void **state)
{
    (void)state;
    for (unsigned who = 0; who < 3; who++) {
        struct pair p;
        struct wire w[3];
        struct mptcp_action a;
        bool client = who == 1;
        bool server = who == 2;

        shakes_hands(&p, client ? MPTCP_CFG_CHECKSUM : 0, server ? MPTCP_CFG_CHECKSUM : 0, w);
        assert_int_equal(client, flag_a(&w[0]));
        assert_int_equal(client || server, flag_a(&w[1]));
        assert_int_equal(client || server, flag_a(&w[2]));
        come(&p, &p.server, p.server.sf, &w[2]);
        client_sends(&p, 1, 100);
        server_acks(&p, 101);
        struct side *sides[2] = {&p.client, &p.server};
        for (unsigned i = 0; i < 2; i++) {
            uint32_t ssn = i == 0 ? 101 : 1;
            room(&p, sides[i], sides[i]->sf, 100);
            assert_int_equal(MPTCP_OK, mptcp_on_written(sides[i]->c, 100, p.now));
            assert_true(find_action(&p, sides[i], MPTCP_SEND, &a));
            assert_int_equal(MPTCP_OK, mptcp_done(sides[i]->c, &a, 100, MPTCP_DONE, p.now));
            struct wire data = send_from(&p, sides[i], sides[i]->sf, ACK, ssn, 100, 1);
            assert_int_equal(client || server, options_of(&data).dss.has_checksum);
        }
    }
}

/* checks: C-19 C-16 */
static void given_a_third_ack_that_lost_flag_a_then_the_server_is_plain_tcp(void **state)
{
    (void)state;
    struct pair p;
    struct wire w[3];

    shakes_hands(&p, MPTCP_CFG_CHECKSUM, 0, w);
    assert_true(flag_a(&w[2]));
    w[2].options[3] &= 0x7f;
    come(&p, &p.server, p.server.sf, &w[2]);
    assert_int_equal(MPTCP_E_HANDSHAKE, info_of(&p.server).fallback);
    struct wire ack = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 1);
    assert_int_equal(0, ack.seg.options_len);
    assert_int_equal(0, info_of(&p.server).error);
}

/* checks: X-6 C-16 */
static void given_a_third_ack_with_another_key_then_the_server_is_plain_tcp(void **state)
{
    (void)state;
    struct pair p;
    struct wire w[3];

    shakes_hands(&p, 0, 0, w);
    w[2].options[12] ^= 1; /* of the server's key */
    come(&p, &p.server, p.server.sf, &w[2]);
    assert_int_equal(MPTCP_E_HANDSHAKE, info_of(&p.server).fallback);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    struct wire ack = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 1);
    assert_int_equal(0, ack.seg.options_len);
}

/*
 * The form of 22 octets, with flag A and without a checksum: no option that can be read, so the
 * first data came without one. Nothing of it is lost.
 */
/* checks: X-5 C-16 B-3 */
static void given_keys_with_data_flag_a_and_no_checksum_then_the_server_is_plain_tcp(void **state)
{
    (void)state;
    struct pair p;
    struct wire w[3];
    struct mptcp_action a;
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};

    shakes_hands(&p, MPTCP_CFG_CHECKSUM, 0, w);
    come(&p, &p.server, p.server.sf, &w[2]);
    o.u.capable.version = 1;
    o.u.capable.flags = MPTCP_CAPABLE_SHA256;
    o.u.capable.form = MPTCP_CAPABLE_DATA;
    o.u.capable.sender_key = CLIENT_KEY;
    o.u.capable.receiver_key = SERVER_KEY;
    o.u.capable.dll = 100;
    struct wire data = with_option(&o, ACK, 1, 100, 1);
    assert_int_equal(22, data.options[1]);
    data.options[3] |= 0x80;
    come(&p, &p.server, p.server.sf, &data);
    assert_false(p.server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(255, info_of(&p.server).version);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(100, a.len);
}

/* Three SYNs with the option, one without; all of them under way. */
static void calls_four_times(struct pair *p, struct wire w[4])
{
    w[0] = begin(p, 0, 0);
    for (unsigned i = 1; i < 4; i++) {
        w[i] = send_from(p, &p->client, p->client.sf, SYN, 0, 0, 0);
    }
    assert_int_equal(4, w[2].seg.options_len);
    assert_int_equal(0, w[3].seg.options_len);
}

/* checks: C-28 H-3 M-2 */
static void given_only_the_syn_without_the_option_arrives_then_both_ends_are_plain(void **state)
{
    (void)state;
    struct pair p;
    struct wire w[4];

    calls_four_times(&p, w);
    accept_syn(&p, &w[3]);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    assert_int_equal(0, synack.seg.options_len);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(MPTCP_E_BLACKHOLE, info_of(&p.client).fallback);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    assert_int_equal(0, ack.seg.options_len);
    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(255, info_of(&p.server).version);
}

/* checks: C-28 */
static void
given_a_syn_with_the_option_was_only_late_then_the_third_packet_has_the_keys(void **state)
{
    (void)state;
    struct pair p;
    struct wire w[4];

    calls_four_times(&p, w);
    accept_syn(&p, &w[0]);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    assert_int_equal(MPTCP_CAPABLE_ACK, options_of(&ack).capable.form);
    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(1, info_of(&p.client).version);
    assert_int_equal(1, info_of(&p.server).version);
}

/* checks: C-28 C-27 */
static void given_the_server_heard_another_syn_than_the_client_then_the_third_decides(void **state)
{
    (void)state;
    struct pair p;
    struct wire w[4];

    calls_four_times(&p, w);
    accept_syn(&p, &w[0]);
    /* Its SYN/ACK loses the option: the client takes it for an answer to its last SYN. */
    struct wire bare = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &bare);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(255, info_of(&p.client).version);
    assert_int_equal(255, info_of(&p.server).version);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: B-2 C-13 */
static void given_no_data_ack_yet_then_every_segment_has_its_mapping_each_time(void **state)
{
    (void)state;
    struct pair p;
    struct wire w[3];
    struct mptcp_action a;

    shakes_hands(&p, 0, 0, w);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 300, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 300, MPTCP_DONE, p.now));
    for (unsigned times = 0; times < 2; times++) {
        struct wire first = send_from(&p, &p.client, p.client.sf, ACK, 1, 100, 1);
        assert_int_equal(MPTCP_CAPABLE_DATA, options_of(&first).capable.form);
        for (uint32_t ssn = 101; ssn < 301; ssn += 50) {
            struct wire next = send_from(&p, &p.client, p.client.sf, ACK, ssn, 50, 1);
            struct mptcp_options o = options_of(&next);
            assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_MAP);
            assert_int_equal(ssn < 201 ? 101 : 201, o.dss.ssn);
            assert_true(o.dss.dsn == mptcp_key_id(CLIENT_KEY).idsn.v + o.dss.ssn);
        }
    }
}

/* checks: C-24 C-22 */
static void given_several_algorithms_then_ours_alone_is_answered_and_without_it_none(void **state)
{
    (void)state;
    for (unsigned flags = 1; flags < 0x20; flags++) {
        struct pair p;
        struct wire syn = begin(&p, 0, 0);

        syn.options[3] = (uint8_t)flags;
        accept_syn(&p, &syn);
        struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
        if ((flags & MPTCP_CAPABLE_SHA256) == 0) {
            assert_int_equal(0, synack.seg.options_len);
            assert_int_equal(MPTCP_E_OPT_CRYPTO, info_of(&p.server).fallback);
        } else {
            assert_int_equal(MPTCP_CAPABLE_SHA256, options_of(&synack).capable.flags);
        }
    }
}

static const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE] = {7};

/* The key for a SYN from this port and with this initial number. */
static uint64_t key_for(uint16_t port, uint32_t isn)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, port);
    return mptcp_stateless_key(secret, &local, &remote, isn);
}

/* checks: C-9 C-11 */
static void given_a_server_without_state_then_the_third_ack_brings_all_it_needs(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[MPTCP_ENDPOINT_SIZE(8)];
    struct mptcp_endpoint *e = mptcp_endpoint_init(mem, sizeof mem, 8);
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    struct pair p;
    struct wire syn = begin(&p, 0, 0);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);

    assert_true(key_for(5000, 1234) != key_for(5001, 1234));
    assert_true(key_for(5000, 1234) != key_for(5000, 1235));
    syn.seg.options = syn.options;
    int n = mptcp_stateless_synack(e, &syn.seg, 0, key_for(5000, 1234), synack.options,
                                   sizeof synack.options);
    assert_int_equal(12, n);
    synack.seg.options_len = (uint16_t)n;
    come(&p, &p.client, p.client.sf, &synack);
    struct wire third = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);

    /* Only now is there a connection. */
    make_side(&p.server, key_for(5000, 1234), 0);
    assert_int_equal(MPTCP_OK, mptcp_accept_ack(p.server.c, &local, &remote, &p.server.sf, p.now));
    come(&p, &p.server, p.server.sf, &third);
    assert_int_equal(1, info_of(&p.server).version);
    assert_int_equal(mptcp_key_id(CLIENT_KEY).token, info_of(&p.server).remote_token);
    client_sends(&p, 1, 100);
    server_acks(&p, 101);
    assert_int_equal(1, info_of(&p.client).fully_established);
}

/* checks: C-9 C-16 */
static void given_a_third_ack_with_a_key_that_was_never_given_then_it_is_plain_tcp(void **state)
{
    (void)state;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    struct pair p;
    struct wire w[3];

    shakes_hands(&p, 0, 0, w); /* with another key of the server's */
    make_side(&p.server, key_for(5000, 1234), 0);
    assert_int_equal(MPTCP_OK, mptcp_accept_ack(p.server.c, &local, &remote, &p.server.sf, p.now));
    come(&p, &p.server, p.server.sf, &w[2]);
    assert_int_equal(MPTCP_E_HANDSHAKE, info_of(&p.server).fallback);
}

/* checks: D-3 C-15 */
static void given_keys_with_data_whose_checksum_is_not_as_agreed_then_it_is_reset(void **state)
{
    (void)state;
    for (unsigned agreed = 0; agreed < 2; agreed++) {
        struct pair p;
        struct mptcp_action a;
        struct mptcp_option o = {.subtype = MPTCP_CAPABLE};

        open_pair(&p, agreed ? MPTCP_CFG_CHECKSUM : 0, 0);
        o.u.capable.version = 1;
        o.u.capable.flags = MPTCP_CAPABLE_SHA256 | (agreed ? 0 : MPTCP_CAPABLE_CHECKSUM);
        o.u.capable.form = agreed ? MPTCP_CAPABLE_DATA : MPTCP_CAPABLE_DATA_CHECKSUM;
        o.u.capable.sender_key = CLIENT_KEY;
        o.u.capable.receiver_key = SERVER_KEY;
        o.u.capable.dll = 100;
        struct wire w = with_option(&o, ACK, 1, 100, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_true(p.server.verdict.drop);
        assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
        assert_int_equal(MPTCP_RST_MPTCP, a.reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_one_end_asks_for_checksums_then_flag_a_comes_back_and_both_use_them),
        cmocka_unit_test(given_a_third_ack_that_lost_flag_a_then_the_server_is_plain_tcp),
        cmocka_unit_test(given_a_third_ack_with_another_key_then_the_server_is_plain_tcp),
        cmocka_unit_test(given_keys_with_data_flag_a_and_no_checksum_then_the_server_is_plain_tcp),
        cmocka_unit_test(given_only_the_syn_without_the_option_arrives_then_both_ends_are_plain),
        cmocka_unit_test(
            given_a_syn_with_the_option_was_only_late_then_the_third_packet_has_the_keys),
        cmocka_unit_test(given_the_server_heard_another_syn_than_the_client_then_the_third_decides),
        cmocka_unit_test(given_no_data_ack_yet_then_every_segment_has_its_mapping_each_time),
        cmocka_unit_test(given_several_algorithms_then_ours_alone_is_answered_and_without_it_none),
        cmocka_unit_test(given_a_server_without_state_then_the_third_ack_brings_all_it_needs),
        cmocka_unit_test(given_a_third_ack_with_a_key_that_was_never_given_then_it_is_plain_tcp),
        cmocka_unit_test(given_keys_with_data_whose_checksum_is_not_as_agreed_then_it_is_reset),
    };
    return cmocka_run_group_tests_name("negotiation", tests, NULL, NULL);
}
