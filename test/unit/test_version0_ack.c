/*
 * test_version0_ack.c - the third ACK of version 0 and what may come in its place (Z-22 to Z-29,
 * Z-32).
 */
#include "version0_test.h"

#include "tables/block.h"

static const uint8_t zeros[100];

/* Mappings of the client's first 10 octets: right, and of other DSNs or SSNs. */
#define FIRST_10 "1e122005d1b97490d52abeca00000001000a"
#define FIRST_ACK "1e082001d1b97490"

/* checks: Z-22 Z-24 Z-26 */
static void given_the_third_ack_then_it_is_pure_and_leaves_once(void **state)
{
    (void)state;
    struct pair p;
    struct wire synack = answered0(&p, 0, 0);

    come(&p, &p.client, p.client.sf, &synack);
    struct wire ack = says(&p, &p.client, p.client.sf);
    assert_options(&ack, ACK_A);
    /* Nothing repeats it by itself: no timer, no ACK that is due. */
    drain(&p, &p.client);
    assert_false(wants(&p.client, MPTCP_SEND_ACK));
    for (unsigned i = 0; i < 5 && mptcp_deadline(p.client.c) != MPTCP_NEVER; i++) {
        next_timeout(&p, &p.client);
        assert_int_equal(0, drain(&p, &p.client) & MPTCP_WANT(MPTCP_SEND_ACK));
    }
    come(&p, &p.server, p.server.sf, &ack);
    assert_true(told(&p, &p.server, MPTCP_EV_OPEN));
    assert_true(is_version0(&p.server));
}

/* checks: Z-24 */
static void given_a_synack_that_comes_again_then_each_ack_to_it_has_the_keys(void **state)
{
    (void)state;
    struct pair p;
    struct wire synack = answered0(&p, 0, 0);

    come(&p, &p.client, p.client.sf, &synack);
    says(&p, &p.client, p.client.sf);
    for (unsigned i = 0; i < 3; i++) {
        come(&p, &p.client, p.client.sf, &synack);
        struct wire ack = says(&p, &p.client, p.client.sf);
        assert_options(&ack, ACK_A);
    }
    /* Also after data has left, as long as the server has said no DSS. */
    sends(&p, &p.client, 10);
    come(&p, &p.client, p.client.sf, &synack);
    struct wire ack = says(&p, &p.client, p.client.sf);
    assert_options(&ack, ACK_A);
    raw_comes(&p, &p.client, "1e082001d52abeca");
    ack = says(&p, &p.client, p.client.sf);
    assert_options(&ack, FIRST_ACK);
}

/* checks: Z-22 Z-23 Z-41 */
static void given_first_data_then_each_segment_has_a_mapping_and_no_keys(void **state)
{
    (void)state;
    struct pair p;

    open0(&p, 0, 0);
    struct wire data = sends(&p, &p.client, 10);
    assert_options(&data, FIRST_10);
    data = sends(&p, &p.client, 41);
    assert_options(&data, "1e122005d1b97490d52abed40000000b0029");
    /* Again, as TCP repeats it. */
    data = send_from(&p, &p.client, p.client.sf, ACK, 1, 10, 1);
    assert_options(&data, FIRST_10);
}

/* checks: Z-24 Z-26 */
static void given_the_third_ack_is_lost_then_data_with_a_mapping_establishes(void **state)
{
    (void)state;
    struct pair p;

    answered0(&p, 0, 0);
    assert_true(raw_data_comes(&p, &p.server, FIRST_10, zeros, 10));
    assert_true(is_version0(&p.server));
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
    assert_int_equal(1, info_of(&p.server).fully_established);
    struct wire ack = says(&p, &p.server, p.server.sf);
    assert_options(&ack, "1e082001d52abed4");
}

/* checks: Z-24 Z-26 Z-33 */
static void given_checksums_then_the_mapping_that_establishes_is_verified(void **state)
{
    (void)state;
    /* The mapping of Z-74 without its DATA_FIN: a length of one less, a checksum of one more. */
    static const char *const first[] = {"1e142005d1b97490d52abeca00000001000a193e",
                                        "1e142005d1b97490d52abeca00000001000a193f"};

    for (unsigned wrong = 0; wrong < 2; wrong++) {
        struct pair p;
        answered0(&p, MPTCP_CFG_CHECKSUM, 0);
        assert_true(raw_data_comes(&p, &p.server, first[wrong], "0123456789", 10));
        assert_int_equal(wrong != 0 ? 255 : 0, info_of(&p.server).version);
        assert_int_equal(wrong != 0 ? MPTCP_E_CHECKSUM : 0, info_of(&p.server).fallback);
    }
}

/* checks: Z-24 Z-26 Z-29 */
static void given_the_third_ack_is_lost_then_a_data_ack_on_an_ack_establishes(void **state)
{
    (void)state;
    struct pair p;

    answered0(&p, 0, 0);
    raw_comes(&p, &p.server, FIRST_ACK);
    assert_false(p.server.verdict.drop);
    assert_true(told(&p, &p.server, MPTCP_EV_OPEN));
    assert_true(is_version0(&p.server));
    assert_true(raw_data_comes(&p, &p.server, FIRST_10, zeros, 10));
    assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
}

/* checks: Z-26 */
static void given_wrong_keys_or_another_version_in_the_third_ack_then_it_is_plain_tcp(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "1e1400019c9eabd1e46a33b3967d2770b6960552", /* the client's key */
        "1e1400019c9eabd1e46a33b2967d2770b6960553", /* ours */
        "1e140001967d2770b69605529c9eabd1e46a33b2", /* exchanged */
        "1e1401019c9eabd1e46a33b2967d2770b6960552", /* version 1 */
        "1e1402019c9eabd1e46a33b2967d2770b6960552",
        "1e1400419c9eabd1e46a33b2967d2770b6960552", /* flag B */
        "1e1400009c9eabd1e46a33b2967d2770b6960552", /* no hash */
    };

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct pair p;
        answered0(&p, 0, 0);
        raw_comes(&p, &p.server, wrong[i]);
        assert_true(told(&p, &p.server, MPTCP_EV_OPEN));
        is_plain_for_good(&p, &p.server);
        /* Data under a mapping are data of plain TCP then. */
        assert_true(raw_data_comes(&p, &p.server, FIRST_10, zeros, 10));
        assert_int_equal(255, info_of(&p.server).version);
        struct mptcp_action a;
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(10, a.len);
    }
}

/* checks: Z-26 */
static void given_data_without_a_dss_first_then_it_is_plain_tcp_for_good(void **state)
{
    (void)state;
    static const char *const options[] = {"", "1e0834010a010202", "1e0351"};

    for (size_t i = 0; i < COUNT_OF(options); i++) {
        struct pair p;
        struct mptcp_action a;
        answered0(&p, 0, 0);
        assert_true(raw_data_comes(&p, &p.server, options[i], zeros, 10));
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(10, a.len);
        is_plain_for_good(&p, &p.server);
    }
}

/* checks: Z-27 */
static void given_a_pure_ack_without_options_then_the_first_data_decide(void **state)
{
    (void)state;
    for (unsigned plain = 0; plain < 2; plain++) {
        struct pair p;
        struct mptcp_action a;
        answered0(&p, 0, 0);
        raw_comes(&p, &p.server, "");
        assert_false(p.server.verdict.drop);
        assert_int_equal(0, info_of(&p.server).fully_established);
        assert_true(raw_data_comes(&p, &p.server, plain != 0 ? "" : FIRST_10, zeros, 10));
        assert_int_equal(plain != 0 ? 255 : 0, info_of(&p.server).version);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(10, a.len);
        assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    }
}

/* checks: Z-27 Z-29 Z-47 */
static void given_a_server_that_speaks_first_then_the_answer_to_its_data_decides(void **state)
{
    (void)state;
    for (unsigned plain = 0; plain < 2; plain++) {
        struct pair p;
        answered0(&p, 0, 0);
        raw_comes(&p, &p.server, "");
        struct wire data = sends(&p, &p.server, 41);
        /* CAP 4 without its checksum: the DATA_ACK is the DSN of the client's first octet. */
        assert_options(&data, "1e122005d52abecad1b97490000000010029");
        struct wire ack = raw(plain != 0 ? "" : "1e082001d1b974b9", ACK, 1, 0, 42);
        come(&p, &p.server, p.server.sf, &ack);
        assert_int_equal(plain != 0 ? 255 : 0, info_of(&p.server).version);
        assert_int_equal(plain == 0, info_of(&p.server).fully_established);
        assert_true(mptcp_dsn_eq(info_of(&p.server).snd_una, info_of(&p.server).snd_end));
    }
}

/* checks: Z-23 */
static void given_keys_data_and_dss_on_one_segment_then_all_count(void **state)
{
    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        struct pair p;
        answered0(&p, 0, 0);
        if (again != 0) { /* the keys came before as well */
            raw_comes(&p, &p.server, ACK_A);
        }
        assert_true(raw_data_comes(&p, &p.server, ACK_A FIRST_10, zeros, 10));
        assert_true(is_version0(&p.server));
        assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A + 10);
        assert_int_equal(1, info_of(&p.server).fully_established);
    }
}

/* checks: Z-23 Z-26 */
static void given_keys_on_data_without_a_mapping_then_the_data_are_delivered(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    answered0(&p, 0, 0);
    assert_true(raw_data_comes(&p, &p.server, ACK_A, zeros, 10));
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(10, a.len);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_int_equal(255, info_of(&p.server).version);
}

/* checks: Z-22 */
static void given_mp_capable_with_data_of_version_1_then_it_is_no_third_ack_of_ours(void **state)
{
    (void)state;
    struct pair p;

    answered0(&p, 0, 0);
    assert_true(
        raw_data_comes(&p, &p.server, "1e1601019c9eabd1e46a33b2967d2770b6960552000a", zeros, 10));
    is_plain_for_good(&p, &p.server);
    /* With the nibble of version 0 that length is none. */
    answered0(&p, 0, 0);
    assert_true(
        raw_data_comes(&p, &p.server, "1e1600019c9eabd1e46a33b2967d2770b6960552000a", zeros, 10));
    is_plain_for_good(&p, &p.server);
}

/* checks: Z-25 */
static void given_each_first_dss_of_the_server_then_the_client_is_confirmed(void **state)
{
    (void)state;
    static const char *const dss[] = {
        "1e082001d52abeca",                     /* a DATA_ACK */
        "1e122005d52abecad1b9749000000001000a", /* on data */
        "1e0e2004d1b9749000000001000a",         /* a mapping alone */
    };

    for (size_t i = 0; i < COUNT_OF(dss); i++) {
        struct pair p;
        struct wire synack = answered0(&p, 0, 0);
        come(&p, &p.client, p.client.sf, &synack);
        assert_true(is_version0(&p.client));
        assert_int_equal(0, info_of(&p.client).fully_established);
        assert_true(raw_data_comes(&p, &p.client, dss[i], zeros, i == 0 ? 0 : 10));
        assert_int_equal(1, info_of(&p.client).fully_established);
    }
}

/* checks: Z-25 Z-47 B-3 */
static void given_first_data_acknowledged_without_a_data_ack_then_the_client_is_plain(void **state)
{
    (void)state;
    struct pair p;

    open0(&p, 0, 0);
    sends(&p, &p.client, 10);
    struct wire ack = raw("", ACK, 1, 0, 11);
    come(&p, &p.client, p.client.sf, &ack);
    assert_int_equal(255, info_of(&p.client).version);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    assert_true(mptcp_dsn_eq(info_of(&p.client).snd_una, info_of(&p.client).snd_end));
}

static const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE] = {9, 8, 7, [31] = 1};
static _Alignas(uint64_t) uint8_t table[MPTCP_ENDPOINT_SIZE(8)];

/* A server that keeps nothing has answered a SYN; what comes then is taken as its host would. */
static void stateless_gets(struct pair *p, uint32_t flags, const char *syn_hex, bool keys,
                           const char *instead, uint32_t len)
{
    struct mptcp_endpoint *e = mptcp_endpoint_init(table, sizeof table, 8);
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    uint64_t key = mptcp_stateless_key(secret, &local, &remote, 77);
    uint8_t octets[MPTCP_OPTION_MAX];
    char hex[64];
    struct wire syn = raw(syn_hex, SYN, 0, 0, 0);

    memset(p, 0, sizeof *p);
    p->now = 1000000;
    syn.seg.options = syn.options;
    assert_int_equal(12, mptcp_stateless_synack(e, &syn.seg, flags, key, octets, sizeof octets));
    assert_int_equal(0, octets[2]); /* version 0, whatever the SYN's nibble says */
    uint64_t said = 0;
    for (unsigned i = 4; i < 12; i++) {
        said = said << 8 | octets[i];
    }
    assert_true(said == key);
    snprintf(hex, sizeof hex, "1e1400%02x9c9eabd1e46a33b2%08x%08x", octets[3],
             (unsigned)(key >> 32), (unsigned)key);
    struct wire ack = raw(keys ? hex : instead, ACK, 1, len, 1);
    ack.seg.options = ack.options;
    struct mptcp_config cfg = config_of(mptcp_stateless_version(&ack.seg), flags);
    make_in(&p->server, p->server.block, sizeof p->server.block, &cfg, key);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, mptcp_key_id_of(cfg.version, key).token, 1));
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_ack(p->server.c, &local, &remote, &p->server.sf, p->now));
    come(p, &p->server, p->server.sf, &ack);
}

/* checks: Z-28 */
static void given_a_server_without_state_then_the_keys_of_the_third_ack_establish(void **state)
{
    (void)state;
    static const char *const syns[] = {SYN_A, "1e0c00819c9eabd1e46a33b2",
                                       "1e0c01019c9eabd1e46a33b2"};

    for (size_t i = 0; i < COUNT_OF(syns); i++) {
        struct pair p;
        stateless_gets(&p, 0, syns[i], true, NULL, 0);
        assert_true(is_version0(&p.server));
        assert_int_equal(i == 1, info_of(&p.server).checksum);
        assert_int_equal(mptcp_key_id_of(0, KEY_A).token, info_of(&p.server).remote_token);
        assert_true(info_of(&p.server).rcv_nxt.v == FIRST_A);
    }
}

/* checks: Z-28 */
static void given_a_server_without_state_then_a_lost_third_ack_is_plain_tcp(void **state)
{
    (void)state;
    static const char *const instead[] = {FIRST_10, ""};

    for (size_t i = 0; i < COUNT_OF(instead); i++) {
        struct pair p;
        stateless_gets(&p, 0, SYN_A, false, instead[i], 10);
        assert_false(p.server.verdict.drop);
        is_plain_for_good(&p, &p.server);
    }
}

/* checks: Z-13 Z-28 C-9 */
static void given_a_server_without_state_whose_token_is_taken_then_it_answers_as_tcp(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 2; version++) {
        struct mptcp_endpoint *e = mptcp_endpoint_init(table, sizeof table, 8);
        struct wire syn = raw(version == 0 ? SYN_A : "1e040101", SYN, 0, 0, 0);
        uint8_t octets[MPTCP_OPTION_MAX];
        syn.seg.options = syn.options;
        /* Taken by the other hash's token: that does not matter. */
        mptcp_endpoint_add(e, mptcp_key_id_of(1 - version, KEY_B).token, 1);
        assert_int_equal(12, mptcp_stateless_synack(e, &syn.seg, 0, KEY_B, octets, 40));
        mptcp_endpoint_add(e, mptcp_key_id_of(version, KEY_B).token, 2);
        assert_int_equal(0, mptcp_stateless_synack(e, &syn.seg, 0, KEY_B, octets, 40));
    }
}

/* checks: Z-32 */
static void given_fast_open_then_version_0_takes_no_data_of_a_syn(void **state)
{
    (void)state;
    struct pair p;

    answered0(&p, 0, 0);
    assert_int_equal(MPTCP_E_STATE, mptcp_on_fast_open(p.server.c, p.server.sf, 1000, p.now));
    raw_comes(&p, &p.server, ACK_A);
    assert_true(is_version0(&p.server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_third_ack_then_it_is_pure_and_leaves_once),
        cmocka_unit_test(given_a_synack_that_comes_again_then_each_ack_to_it_has_the_keys),
        cmocka_unit_test(given_first_data_then_each_segment_has_a_mapping_and_no_keys),
        cmocka_unit_test(given_the_third_ack_is_lost_then_data_with_a_mapping_establishes),
        cmocka_unit_test(given_checksums_then_the_mapping_that_establishes_is_verified),
        cmocka_unit_test(given_the_third_ack_is_lost_then_a_data_ack_on_an_ack_establishes),
        cmocka_unit_test(given_wrong_keys_or_another_version_in_the_third_ack_then_it_is_plain_tcp),
        cmocka_unit_test(given_data_without_a_dss_first_then_it_is_plain_tcp_for_good),
        cmocka_unit_test(given_a_pure_ack_without_options_then_the_first_data_decide),
        cmocka_unit_test(given_a_server_that_speaks_first_then_the_answer_to_its_data_decides),
        cmocka_unit_test(given_keys_data_and_dss_on_one_segment_then_all_count),
        cmocka_unit_test(given_keys_on_data_without_a_mapping_then_the_data_are_delivered),
        cmocka_unit_test(given_mp_capable_with_data_of_version_1_then_it_is_no_third_ack_of_ours),
        cmocka_unit_test(given_each_first_dss_of_the_server_then_the_client_is_confirmed),
        cmocka_unit_test(given_first_data_acknowledged_without_a_data_ack_then_the_client_is_plain),
        cmocka_unit_test(given_a_server_without_state_then_the_keys_of_the_third_ack_establish),
        cmocka_unit_test(given_a_server_without_state_then_a_lost_third_ack_is_plain_tcp),
        cmocka_unit_test(given_a_server_without_state_whose_token_is_taken_then_it_answers_as_tcp),
        cmocka_unit_test(given_fast_open_then_version_0_takes_no_data_of_a_syn),
    };
    return cmocka_run_group_tests_name("version0_ack", tests, NULL, NULL);
}
