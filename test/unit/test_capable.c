/*
 * test_capable.c - the MP_CAPABLE handshake, both roles, and what makes it plain TCP.
 */
#include "core_test.h"

static struct mptcp_option capable(unsigned form, uint64_t sender, uint64_t receiver)
{
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};
    o.u.capable.version = 1;
    o.u.capable.flags = MPTCP_CAPABLE_SHA256;
    o.u.capable.form = (uint8_t)form;
    o.u.capable.sender_key = sender;
    o.u.capable.receiver_key = receiver;
    return o;
}

/* checks: C-1 C-5 C-10 C-11 C-22 C-24 */
static void
given_two_ends_that_speak_it_when_they_shake_hands_then_both_know_the_tokens(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);
    struct mptcp_options o = options_of(&syn);
    assert_int_equal(MPTCP_CAPABLE_SYN, o.capable.form);
    assert_int_equal(1, o.capable.version);
    assert_int_equal(MPTCP_CAPABLE_SHA256, o.capable.flags);

    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    o = options_of(&synack);
    assert_int_equal(MPTCP_CAPABLE_SYNACK, o.capable.form);
    assert_true(o.capable.sender_key == SERVER_KEY);

    come(&p, &p.client, p.client.sf, &synack);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    o = options_of(&ack);
    assert_int_equal(MPTCP_CAPABLE_ACK, o.capable.form);
    assert_true(o.capable.sender_key == CLIENT_KEY && o.capable.receiver_key == SERVER_KEY);

    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(mptcp_key_id(SERVER_KEY).token, info_of(&p.client).remote_token);
    assert_int_equal(mptcp_key_id(CLIENT_KEY).token, info_of(&p.server).remote_token);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    assert_int_equal(1, info_of(&p.client).version);
}

/* checks: C-25 B-1 */
static void given_a_syn_ack_without_the_option_then_the_client_is_plain_tcp_for_good(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
    assert_int_equal(255, info_of(&p.client).version);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    assert_int_equal(0, ack.seg.options_len);
}

/* checks: C-2 C-20 C-23 */
static void given_a_syn_ack_with_a_bad_option_then_the_client_is_plain_tcp(void **state)
{
    (void)state;
    struct mptcp_option bad[3] = {capable(MPTCP_CAPABLE_SYNACK, SERVER_KEY, 0),
                                  capable(MPTCP_CAPABLE_SYNACK, SERVER_KEY, 0),
                                  capable(MPTCP_CAPABLE_SYNACK, SERVER_KEY, 0)};
    bad[0].u.capable.version = 2;
    bad[1].u.capable.flags |= MPTCP_CAPABLE_EXTENSION;
    bad[2].u.capable.flags = 0x10;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;
        begin(&p, 0, 0);
        struct wire synack = with_option(&bad[i], SYN | ACK, 0, 0, 1);
        come(&p, &p.client, p.client.sf, &synack);
        assert_int_not_equal(0, info_of(&p.client).fallback);
        assert_int_equal(0, info_of(&p.client).error);
    }
}

/* checks: G-3 */
static void given_a_syn_ack_for_another_syn_then_it_changes_nothing(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct mptcp_option o = capable(MPTCP_CAPABLE_SYNACK, SERVER_KEY, 0);
    struct wire synack = with_option(&o, SYN | ACK, 0, 0, 7);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(MPTCP_OPENING, info_of(&p.client).state);
}

/* checks: C-26 */
static void given_a_syn_without_the_option_then_the_server_answers_without(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct wire syn = with_option(NULL, SYN, 0, 0, 0);
    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    assert_int_equal(0, synack.seg.options_len);
}

/* checks: C-27 C-16 X-6 */
static void given_a_third_ack_without_or_with_wrong_keys_then_the_server_is_plain_tcp(void **state)
{
    (void)state;
    struct mptcp_option wrong = capable(MPTCP_CAPABLE_ACK, CLIENT_KEY, SERVER_KEY + 1);
    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct wire syn = begin(&p, 0, 0);
        accept_syn(&p, &syn);
        struct wire ack = with_option(i == 0 ? NULL : &wrong, ACK, 1, 0, 1);
        come(&p, &p.server, p.server.sf, &ack);
        assert_int_not_equal(0, info_of(&p.server).fallback);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    }
}

/* checks: C-15 C-11 */
static void
given_data_that_overtook_the_keys_then_it_is_dropped_and_nothing_is_decided(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);
    accept_syn(&p, &syn);
    struct mptcp_option dss = {.subtype = MPTCP_DSS};
    dss.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    dss.u.dss.dsn = mptcp_key_id(CLIENT_KEY).idsn.v + 101;
    dss.u.dss.ssn = 101;
    dss.u.dss.dll = 100;
    struct wire late = with_option(&dss, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &late);
    assert_int_equal(1, p.server.verdict.drop);
    assert_int_equal(MPTCP_OPENING, info_of(&p.server).state);

    struct mptcp_option keys = capable(MPTCP_CAPABLE_DATA, CLIENT_KEY, SERVER_KEY);
    keys.u.capable.dll = 100;
    struct wire first = with_option(&keys, ACK, 1, 100, 1);
    come(&p, &p.server, p.server.sf, &first);
    assert_int_equal(0, p.server.verdict.drop);
    assert_int_equal(1, info_of(&p.server).version);
    assert_int_equal(1, info_of(&p.server).fully_established);
}

/* checks: C-13 C-17 C-14 */
static void given_a_client_with_data_then_its_first_segment_carries_keys_and_length(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    open_pair(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 10000);
    mptcp_on_written(p.client.c, 150, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_done(p.client.c, &a, 150, MPTCP_DONE, p.now);
    struct wire first = send_from(&p, &p.client, p.client.sf, ACK, 1, 100, 1);
    struct mptcp_options o = options_of(&first);
    assert_int_equal(MPTCP_HAS(MPTCP_CAPABLE), o.present);
    assert_int_equal(MPTCP_CAPABLE_DATA, o.capable.form);
    assert_int_equal(100, o.capable.dll);
    struct wire second = send_from(&p, &p.client, p.client.sf, ACK, 101, 50, 1);
    assert_int_equal(MPTCP_HAS(MPTCP_DSS), options_of(&second).present);
    assert_int_equal(0, info_of(&p.client).fully_established);

    come(&p, &p.server, p.server.sf, &first);
    struct mptcp_piece piece = {.len = 100};
    mptcp_on_data(p.server.c, p.server.sf, &piece, p.now);
    server_acks(&p, 101);
    assert_int_equal(1, info_of(&p.client).fully_established);
    assert_true(info_of(&p.client).snd_una.v == mptcp_key_id(CLIENT_KEY).idsn.v + 101);
}

/* checks: C-19 C-18 */
static void given_either_side_wants_checksums_then_both_use_them(void **state)
{
    (void)state;
    for (unsigned who = 0; who < 2; who++) {
        struct pair p;
        open_pair(&p, who == 0 ? MPTCP_CFG_CHECKSUM : 0, who == 1 ? MPTCP_CFG_CHECKSUM : 0);
        assert_int_equal(1, info_of(&p.client).checksum);
        assert_int_equal(1, info_of(&p.server).checksum);
    }
}

/* checks: C-28 H-3 M-2 X-4 */
static void given_no_answer_then_after_three_syns_the_option_is_left_out(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    for (unsigned i = 2; i <= 4; i++) {
        struct wire again = send_from(&p, &p.client, p.client.sf, SYN, 0, 0, 0);
        assert_int_equal(i <= 3 ? 4 : 0, again.seg.options_len);
    }
}

/* checks: C-3 */
static void given_a_syn_of_version_0_then_the_server_is_plain_tcp(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct mptcp_option o = capable(MPTCP_CAPABLE_SYN, 0, 0);
    struct wire syn = with_option(&o, SYN, 0, 0, 0);
    syn.options[2] &= 0xf0; /* version 0 in the form of version 1 */
    accept_syn(&p, &syn);
    assert_int_not_equal(0, info_of(&p.server).fallback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_two_ends_that_speak_it_when_they_shake_hands_then_both_know_the_tokens),
        cmocka_unit_test(given_a_syn_ack_without_the_option_then_the_client_is_plain_tcp_for_good),
        cmocka_unit_test(given_a_syn_ack_with_a_bad_option_then_the_client_is_plain_tcp),
        cmocka_unit_test(given_a_syn_ack_for_another_syn_then_it_changes_nothing),
        cmocka_unit_test(given_a_syn_without_the_option_then_the_server_answers_without),
        cmocka_unit_test(given_a_third_ack_without_or_with_wrong_keys_then_the_server_is_plain_tcp),
        cmocka_unit_test(
            given_data_that_overtook_the_keys_then_it_is_dropped_and_nothing_is_decided),
        cmocka_unit_test(given_a_client_with_data_then_its_first_segment_carries_keys_and_length),
        cmocka_unit_test(given_either_side_wants_checksums_then_both_use_them),
        cmocka_unit_test(given_no_answer_then_after_three_syns_the_option_is_left_out),
        cmocka_unit_test(given_a_syn_of_version_0_then_the_server_is_plain_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
