/*
 * test_version0_join.c - further subflows in version 0 (Z-5, Z-12, Z-30, Z-31, Z-58, Z-60, Z-61),
 * and connections of version 0 that are moved.
 */
#include "version0_test.h"

#include "mptcp/print.h"
#include "tables/block.h"

static const uint8_t zeros[100];

/* An address of the client's that is to join. */
static void second_address(struct pair *p)
{
    struct mptcp_addr second = address(1, 1, 0);
    uint8_t id;
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p->client.c, &second, MPTCP_ADDR_JOIN, &id, p->now));
    assert_int_equal(1, id);
}

/* A SYN with an MP_JOIN to the server's token, of this id, comes to the server; what it says. */
static int join_of_id(struct pair *p, uint8_t id, mptcp_sf *sf)
{
    struct mptcp_addr local = address(0, 2, 80);
    char hex[32];
    snprintf(hex, sizeof hex, "1e0c10%02xe47f01421b665a18", id);
    struct wire syn = raw(hex, SYN, 0, 0, 0);
    return join_comes(p, &syn, &local, sf);
}

/* checks: Z-5 Z-12 Z-71 Z-72 */
static void given_the_captured_nonces_then_the_joins_have_the_captured_octets(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf theirs;
    struct mptcp_action a;

    establish0(&p, 0, 0);
    second_address(&p);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    subflow_at(p.client.c, 1)->local_nonce = 0x1b665a18u;
    struct wire syn = send_from(&p, &p.client, a.sf, SYN, 0, 0, 0);
    assert_options(&syn, "1e0c1001e47f01421b665a18"); /* id 1; the capture joins from id 0 */
    assert_int_equal(MPTCP_OK, join_of_id(&p, 1, &theirs));
    subflow_at(p.server.c, 1)->local_nonce = 0x33abe9d5u;
    struct wire synack = send_from(&p, &p.server, theirs, SYN | ACK, 0, 0, 1);
    assert_options(&synack, "1e1010005ab680c7884af03d33abe9d5");
    come(&p, &p.client, a.sf, &synack);
    struct wire third = send_from(&p, &p.client, a.sf, ACK, 1, 0, 1);
    assert_options(&third, "1e181000cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a");
    come(&p, &p.server, theirs, &third);
    assert_int_equal(1, subflow_of(&p.server, theirs).established);
}

/* checks: Z-12 Z-30 Z-33 Z-43 */
static void given_two_subflows_then_streams_of_both_directions_arrive(void **state)
{
    (void)state;
    for (unsigned sums = 0; sums < 2; sums++) {
        struct pair p;
        struct stream s[2];
        mptcp_sf ours;
        mptcp_sf theirs;

        two_subflows0(&p, sums != 0 ? MPTCP_CFG_CHECKSUM : 0, &ours, &theirs);
        streams_begin(&p, s);
        streams_add(s, p.client.sf, p.server.sf);
        streams_add(s, ours, theirs);
        mptcp_on_written(p.client.c, 3000, p.now);
        mptcp_on_written(p.server.c, 2000, p.now);
        streams_complete(&p, s, 3000, 2000);
    }
}

/* checks: Z-30 C-17 */
static void given_no_dss_of_the_server_yet_then_no_join_is_sent(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open0(&p, 0, 0);
    second_address(&p);
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    sends(&p, &p.client, 10);
    p.now += 1000000;
    mptcp_on_timeout(p.client.c, p.now);
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    struct wire ack = raw("1e082001d52abed4", ACK, 1, 0, 11);
    come(&p, &p.client, p.client.sf, &ack);
    p.now += 100000;
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
}

/* checks: Z-30 */
static void given_a_join_before_the_third_ack_or_in_plain_tcp_then_it_is_refused(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf sf;

    answered0(&p, 0, 0);
    assert_true(join_of_id(&p, 1, &sf) < 0);
    /* As soon as the keys are known, before any data, it is taken. */
    raw_comes(&p, &p.server, ACK_A);
    assert_int_equal(MPTCP_OK, join_of_id(&p, 1, &sf));
    answered0(&p, 0, 0);
    raw_data_comes(&p, &p.server, "", zeros, 10);
    assert_true(join_of_id(&p, 1, &sf) < 0);
    /* ... and after a fallback. */
    establish0(&p, 0, 0);
    raw_comes(&p, &p.server, "1e0c6000e47ef57dd1b97490");
    assert_int_equal(255, info_of(&p.server).version);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, join_of_id(&p, 1, &sf));
}

/* checks: Z-31 J-8 J-9 */
static void given_the_fourth_ack_has_no_dss_then_the_third_is_not_repeated(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish0(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    come(&p, &p.client, ours, &synack);
    send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    /* No data on it before the fourth ACK; the third again until then. */
    tcp_tells(&p, &p.client, p.client.sf, 0, 100, 10000);
    room(&p, &p.client, ours, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    assert_false(find_action(&p, &p.client, MPTCP_SEND, &a));
    for (unsigned i = 0; i < 3 && !wants(&p.client, MPTCP_SEND_ACK); i++) {
        next_timeout(&p, &p.client);
    }
    assert_true(find_action(&p, &p.client, MPTCP_SEND_ACK, &a));
    assert_int_equal(ours, a.sf);
    struct wire third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    assert_true(has0(&third, MPTCP_JOIN));
    struct wire fourth = raw("", ACK, 1, 0, 1);
    come(&p, &p.client, ours, &fourth);
    assert_int_equal(1, subflow_of(&p.client, ours).established);
    third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    assert_false(has0(&third, MPTCP_JOIN));
    drain(&p, &p.client);
    assert_false(wants(&p.client, MPTCP_SEND_ACK));
}

/* checks: Z-47 B-3 */
static void given_data_of_a_join_acknowledged_without_a_data_ack_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows0(&p, 0, &ours, &theirs);
    tcp_tells(&p, &p.client, p.client.sf, 0, 100, 10000);
    room(&p, &p.client, ours, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(ours, a.sf);
    mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now);
    send_from(&p, &p.client, ours, ACK, 1, 100, 1);
    struct wire ack = raw("", ACK, 1, 0, 101);
    come(&p, &p.client, ours, &ack);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    struct wire rst = send_from(&p, &p.client, ours, RST | ACK, 101, 0, 1);
    assert_int_equal(0, rst.seg.options_len); /* Z-53: without a reason */
    assert_true(is_version0(&p.client));
}

/* checks: Z-58 Z-61 */
static void given_joins_from_one_address_with_several_ids_then_all_are_taken(void **state)
{
    (void)state;
    static const uint8_t ids[] = {0, 5};
    struct pair p;
    mptcp_sf sf[2];

    /* Id 0, from another port of the initial address (CAP 8), and a new id for each (XNU). */
    establish0(&p, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        char hex[32];
        struct mptcp_addr local = address(0, 2, 80);
        struct mptcp_addr remote = address(0, 1, (uint16_t)(6000 + i));
        snprintf(hex, sizeof hex, "1e0c10%02xe47f01421b665a%02x", ids[i], i);
        struct wire syn = raw(hex, SYN, 0, 0, 0);
        syn.seg.options = syn.options;
        assert_int_equal(MPTCP_OK,
                         mptcp_accept_join(p.server.c, &syn.seg, &local, &remote, &sf[i], p.now));
        struct mptcp_option third = {.subtype = MPTCP_JOIN, .u.join.form = MPTCP_JOIN_ACK};
        struct wire synack = send_from(&p, &p.server, sf[i], SYN | ACK, 0, 0, 1);
        struct mptcp_join_auth auth = {KEY_A, KEY_B, 0x1b665a00u + i, options0(&synack).join.nonce};
        mptcp_join_hmac_of(0, &auth, third.u.join.hmac);
        struct wire ack = with_option(&third, ACK, 1, 0, 1);
        come(&p, &p.server, sf[i], &ack);
        assert_int_equal(1, subflow_of(&p.server, sf[i]).established);
    }
    /* REMOVE_ADDR names the id of the subflow that was lost. */
    raw_comes(&p, &p.server, "1e044005");
    assert_true((subflow_at(p.server.c, 2)->flags & SF_PROBING) != 0);
    assert_false((subflow_at(p.server.c, 1)->flags & SF_PROBING) != 0);
}

/* checks: Z-60 */
static void given_either_side_sets_b_then_the_other_sends_nothing_on_that_subflow(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf sf;

    establish0(&p, 0, 0);
    assert_int_equal(MPTCP_OK, join_of_id(&p, 1, &sf));
    assert_int_equal(0, subflow_of(&p.server, sf).peer_backup);
    establish0(&p, 0, 0);
    struct mptcp_addr local = address(0, 2, 80);
    struct wire syn = raw("1e0c1101e47f01421b665a18", SYN, 0, 0, 0);
    assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
    assert_int_equal(1, subflow_of(&p.server, sf).peer_backup);
    assert_false(find_action(&p, &p.server, MPTCP_SEND, &a));
}

static _Alignas(uint64_t) uint8_t moved[CORE_BLOCK];

/* checks: Z-13 */
static void given_a_parked_connection_then_it_goes_on_in_version_0(void **state)
{
    (void)state;
    struct pair p;
    char text[1024];
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf theirs;

    establish0(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    memcpy(moved, p.client.block, sizeof moved);
    p.client.c = mptcp_conn_resume(moved, sizeof moved, p.now, p.now, 30000000u);
    assert_non_null(p.client.c);
    assert_true(is_version0(&p.client));
    mptcp_conn_print(p.client.c, text, sizeof text, p.now);
    assert_non_null(strstr(text, "MPTCP version 0"));
    assert_int_equal(mptcp_key_id_of(0, KEY_A).token, info_of(&p.client).local_token);
    /* It joins again, with version 0's token and HMACs. */
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_action a;
    uint8_t id;
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    struct wire syn = send_from(&p, &p.client, a.sf, SYN, 0, 0, 0);
    assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &theirs));
    struct wire synack = send_from(&p, &p.server, theirs, SYN | ACK, 0, 0, 1);
    join_completes(&p, &p.client, a.sf, &p.server, theirs, &synack);
    assert_int_equal(1, subflow_of(&p.client, a.sf).established);
    assert_int_equal(1, subflow_of(&p.server, theirs).established);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_captured_nonces_then_the_joins_have_the_captured_octets),
        cmocka_unit_test(given_two_subflows_then_streams_of_both_directions_arrive),
        cmocka_unit_test(given_no_dss_of_the_server_yet_then_no_join_is_sent),
        cmocka_unit_test(given_a_join_before_the_third_ack_or_in_plain_tcp_then_it_is_refused),
        cmocka_unit_test(given_the_fourth_ack_has_no_dss_then_the_third_is_not_repeated),
        cmocka_unit_test(given_data_of_a_join_acknowledged_without_a_data_ack_then_it_is_reset),
        cmocka_unit_test(given_joins_from_one_address_with_several_ids_then_all_are_taken),
        cmocka_unit_test(given_either_side_sets_b_then_the_other_sends_nothing_on_that_subflow),
        cmocka_unit_test(given_a_parked_connection_then_it_goes_on_in_version_0),
    };
    return cmocka_run_group_tests_name("version0_join", tests, NULL, NULL);
}
