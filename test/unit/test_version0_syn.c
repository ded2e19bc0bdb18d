/*
 * test_version0_syn.c - SYN and SYN/ACK: who speaks version 0 with whom, and what flags mean (Z-2
 * to Z-4, Z-13 to Z-22, Z-33).
 */
#include "version0_test.h"

#include "tables/block.h"

static _Alignas(uint64_t) uint8_t table[MPTCP_ENDPOINT_SIZE(16)];

/* What an endpoint says of a SYN with these options. */
static struct mptcp_syn syn_of(const char *hex)
{
    struct mptcp_endpoint *e = mptcp_endpoint_init(table, sizeof table, 16);
    struct wire w = raw(hex, SYN, 0, 0, 0);
    struct mptcp_syn out;

    assert_non_null(e);
    w.seg.options = w.options;
    assert_true(mptcp_endpoint_on_syn(e, &w.seg, &out) >= 0);
    return out;
}

/* A server of this version has accepted a SYN of these options; its SYN/ACK. */
static struct wire synack_to(struct pair *p, const char *hex, unsigned version, uint32_t flags)
{
    struct mptcp_config cfg = config_of(version, flags);
    struct wire w = raw(hex, SYN, 0, 0, 0);

    begin_as(p, &cfg, &cfg);
    accept_syn(p, &w);
    return send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
}

/* A client of this version gets a SYN/ACK of these options. */
static void client_gets(struct pair *p, unsigned version, const char *hex)
{
    struct mptcp_config cfg = config_of(version, 0);
    struct wire w = raw(hex, SYN | ACK, 0, 0, 1);

    begin_as(p, &cfg, &cfg);
    come(p, &p->client, p->client.sf, &w);
    assert_true(told(p, &p->client, MPTCP_EV_OPEN));
}

/* checks: Z-2 Z-3 Z-22 Z-33 Z-34 Z-72 */
static void given_checksums_or_not_then_the_handshake_has_these_octets(void **state)
{
    (void)state;
    static const struct {
        uint32_t client;
        uint32_t server;
        const char *syn;
        const char *synack;
        const char *ack;
    } all[] = {
        {0, 0, SYN_A, SYNACK_B, ACK_A},
        {MPTCP_CFG_CHECKSUM, 0, "1e0c00819c9eabd1e46a33b2", "1e0c0081967d2770b6960552",
         "1e1400819c9eabd1e46a33b2967d2770b6960552"},
        {0, MPTCP_CFG_CHECKSUM, SYN_A, "1e0c0081967d2770b6960552",
         "1e1400819c9eabd1e46a33b2967d2770b6960552"},
        /* Flag C does not exist: an address that takes no joins can't say so. */
        {MPTCP_CFG_DENY_JOIN, MPTCP_CFG_DENY_JOIN, SYN_A, SYNACK_B, ACK_A},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        struct wire syn = begin0(&p, all[i].client, all[i].server);
        assert_options(&syn, all[i].syn);
        accept_syn(&p, &syn);
        struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
        assert_options(&synack, all[i].synack);
        come(&p, &p.client, p.client.sf, &synack);
        struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
        assert_options(&ack, all[i].ack);
        come(&p, &p.server, p.server.sf, &ack);
        bool sums = ((all[i].client | all[i].server) & MPTCP_CFG_CHECKSUM) != 0;
        assert_int_equal(sums, info_of(&p.client).checksum);
        assert_int_equal(sums, info_of(&p.server).checksum);
        assert_true(is_version0(&p.client) && is_version0(&p.server));
    }
}

/* checks: Z-3 Z-4 */
static void given_each_flag_octet_of_a_syn_then_h_decides_and_b_refuses(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 0x100; flags++) {
        struct pair p;
        char hex[32];
        bool mptcp = (flags & 0x01u) != 0 && (flags & 0x40u) == 0;
        snprintf(hex, sizeof hex, "1e0c00%02x9c9eabd1e46a33b2", flags);
        assert_int_equal(mptcp ? MPTCP_SYN_CAPABLE : MPTCP_SYN_PLAIN, syn_of(hex).kind);
        struct wire synack = synack_to(&p, hex, 0, 0);
        assert_int_equal(mptcp ? 12 : 0, synack.seg.options_len);
        if (mptcp) { /* C is not obeyed */
            assert_options(&synack, (flags & 0x80u) != 0 ? "1e0c0081967d2770b6960552" : SYNACK_B);
            assert_int_equal(0, p.server.c->bits & BIT_DENY_JOIN);
        }
    }
}

/* checks: Z-4 */
static void given_each_flag_octet_of_a_synack_then_only_a_and_h_agree_to_mptcp(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 0x100; flags++) {
        struct pair p;
        char hex[32];
        bool mptcp = (flags & 0x7fu) == 0x01u;
        snprintf(hex, sizeof hex, "1e0c00%02x967d2770b6960552", flags);
        client_gets(&p, 0, hex);
        assert_int_equal(mptcp ? 0 : 255, info_of(&p.client).version);
        if (!mptcp) {
            is_plain_for_good(&p, &p.client);
        }
    }
}

/* checks: Z-14 Z-15 Z-19 */
static void given_each_kind_of_syn_then_its_length_tells_the_version(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint8_t kind;
        uint8_t version;
    } all[] = {
        {"1e040101", MPTCP_SYN_CAPABLE, 1},
        {"1e040f01", MPTCP_SYN_CAPABLE, 1},
        {SYN_A, MPTCP_SYN_CAPABLE, 0},
        {"1e0c01019c9eabd1e46a33b2", MPTCP_SYN_CAPABLE, 0}, /* draft version 1 of Linux */
        {"1e0c0f019c9eabd1e46a33b2", MPTCP_SYN_CAPABLE, 0},
        {"1e040001", MPTCP_SYN_PLAIN, 0},
        {"1e040101" SYN_A, MPTCP_SYN_PLAIN, 0},
        {SYN_A "1e040101", MPTCP_SYN_PLAIN, 0},
        {SYN_A SYN_A, MPTCP_SYN_PLAIN, 0},
        {"1e040101"
         "1e040101",
         MPTCP_SYN_PLAIN, 0},
        {ACK_A, MPTCP_SYN_PLAIN, 0},
        {"", MPTCP_SYN_PLAIN, 0},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        struct mptcp_syn syn = syn_of(all[i].hex);
        assert_int_equal(all[i].kind, syn.kind);
        bool mptcp = syn.kind == MPTCP_SYN_CAPABLE;
        if (mptcp) {
            assert_int_equal(all[i].version, syn.version);
        }
        for (unsigned version = 0; version < 2; version++) {
            struct wire synack = synack_to(&p, all[i].hex, version, 0);
            if (mptcp && version == all[i].version) {
                assert_options(&synack, version == 0 ? SYNACK_B : "1e0c0101967d2770b6960552");
            } else {
                assert_int_equal(0, synack.seg.options_len);
            }
        }
    }
}

/* checks: Z-15 Z-19 Z-26 */
static void given_a_syn_of_draft_version_1_then_the_connection_is_version_0(void **state)
{
    (void)state;
    struct pair p;
    struct wire synack = synack_to(&p, "1e0c01019c9eabd1e46a33b2", 0, 0);

    assert_options(&synack, SYNACK_B);
    raw_comes(&p, &p.server, ACK_A);
    assert_true(is_version0(&p.server));
    assert_int_equal(mptcp_key_id_of(0, KEY_A).token, info_of(&p.server).remote_token);
}

/* checks: Z-16 Z-17 Z-18 C-3 */
static void given_a_synack_of_the_other_version_or_none_then_the_client_is_plain_tcp(void **state)
{
    (void)state;
    static const struct {
        unsigned version;
        const char *synack;
        int code;
    } all[] = {
        {1, "", MPTCP_E_NO_MPTCP},          /* a server of version 0: Z-16 */
        {1, SYNACK_B, MPTCP_E_OPT_VERSION}, /* Z-17 */
        {1, SYN_A, MPTCP_E_OPT_VERSION},    /* its nibble counts, not whose key */
        {0, "", MPTCP_E_NO_MPTCP},          /* a server of version 1: Z-18 */
        {0, "1e0c0101967d2770b6960552", MPTCP_E_OPT_VERSION},
        {0, "1e0c0201967d2770b6960552", MPTCP_E_OPT_VERSION},
        {0, "1e0c0f01967d2770b6960552", MPTCP_E_OPT_VERSION},
        {0, "1e040001", MPTCP_E_NO_MPTCP}, /* other lengths than 12 */
        {0, "1e040101", MPTCP_E_NO_MPTCP},
        {0, "1e140001967d2770b69605529c9eabd1e46a33b2", MPTCP_E_NO_MPTCP},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        client_gets(&p, all[i].version, all[i].synack);
        assert_int_equal(all[i].code, info_of(&p.client).fallback);
        is_plain_for_good(&p, &p.client);
    }
}

/* checks: Z-13 C-8 */
static void given_tokens_of_both_versions_then_no_two_are_the_same(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = mptcp_endpoint_init(table, sizeof table, 16);
    uint8_t entropy[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint64_t key;
    uint32_t token;
    uint32_t other;

    assert_int_equal(MPTCP_OK, mptcp_endpoint_key_of(e, 1, entropy, &key, &token));
    assert_int_equal(mptcp_key_id_of(1, key).token, token);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_key_of(e, 0, entropy, &key, &other));
    assert_int_equal(mptcp_key_id_of(0, key).token, other);
    assert_int_not_equal(token, other);
    /* The token that this key would have in version 1 belongs to a connection of version 0, and the
     * other way around. */
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, token, 7));
    assert_int_equal(MPTCP_E_COLLISION, mptcp_endpoint_key_of(e, 1, entropy, &key, &token));
    assert_int_equal(MPTCP_OK, mptcp_endpoint_key_of(e, 0, entropy, &key, &other));
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, other, 8));
    assert_int_equal(MPTCP_E_COLLISION, mptcp_endpoint_key_of(e, 0, entropy, &key, &other));
}

/* checks: Z-13 Z-30 J-13 */
static void given_joins_to_connections_of_both_versions_then_each_is_found(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = mptcp_endpoint_init(table, sizeof table, 16);
    uint32_t tokens[2] = {mptcp_key_id_of(0, KEY_B).token, mptcp_key_id_of(1, KEY_B).token};

    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, tokens[i], 10 + i));
    }
    for (uint32_t i = 0; i < 2; i++) {
        char hex[32];
        struct mptcp_syn out;
        snprintf(hex, sizeof hex, "1e0c1000%08x1b665a18", (unsigned)tokens[i]);
        struct wire w = raw(hex, SYN, 0, 0, 0);
        w.seg.options = w.options;
        mptcp_endpoint_on_syn(e, &w.seg, &out);
        assert_int_equal(MPTCP_SYN_JOIN, out.kind);
        assert_int_equal(10 + i, out.conn);
    }
}

/* checks: Z-11 Z-21 C-28 */
static void given_syns_that_are_lost_then_each_has_the_same_key_and_the_fourth_none(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin0(&p, 0, 0);

    assert_options(&syn, SYN_A);
    for (unsigned i = 0; i < 2; i++) {
        syn = send_from(&p, &p.client, p.client.sf, SYN, 0, 0, 0);
        assert_options(&syn, SYN_A);
    }
    syn = send_from(&p, &p.client, p.client.sf, SYN, 0, 0, 0);
    assert_int_equal(0, syn.seg.options_len);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(MPTCP_E_BLACKHOLE, info_of(&p.client).fallback);
    is_plain_for_good(&p, &p.client);
}

/* checks: Z-21 Z-26 */
static void given_a_client_whose_last_syn_had_no_option_then_the_server_goes_on_as_tcp(void **state)
{
    (void)state;
    struct pair p;
    static const uint8_t octets[10] = {0};

    answered0(&p, 0, 0);
    struct wire again = raw("", SYN, 0, 0, 0);
    come(&p, &p.server, p.server.sf, &again);
    assert_true(raw_data_comes(&p, &p.server, "", octets, sizeof octets));
    assert_true(told(&p, &p.server, MPTCP_EV_OPEN));
    is_plain_for_good(&p, &p.server);
}

/* checks: Z-19 Z-21 */
static void given_a_synack_that_is_lost_then_the_same_one_leaves_again(void **state)
{
    (void)state;
    struct pair p;

    answered0(&p, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct wire again = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
        assert_options(&again, SYNACK_B);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_checksums_or_not_then_the_handshake_has_these_octets),
        cmocka_unit_test(given_each_flag_octet_of_a_syn_then_h_decides_and_b_refuses),
        cmocka_unit_test(given_each_flag_octet_of_a_synack_then_only_a_and_h_agree_to_mptcp),
        cmocka_unit_test(given_each_kind_of_syn_then_its_length_tells_the_version),
        cmocka_unit_test(given_a_syn_of_draft_version_1_then_the_connection_is_version_0),
        cmocka_unit_test(given_a_synack_of_the_other_version_or_none_then_the_client_is_plain_tcp),
        cmocka_unit_test(given_tokens_of_both_versions_then_no_two_are_the_same),
        cmocka_unit_test(given_joins_to_connections_of_both_versions_then_each_is_found),
        cmocka_unit_test(given_syns_that_are_lost_then_each_has_the_same_key_and_the_fourth_none),
        cmocka_unit_test(
            given_a_client_whose_last_syn_had_no_option_then_the_server_goes_on_as_tcp),
        cmocka_unit_test(given_a_synack_that_is_lost_then_the_same_one_leaves_again),
    };
    return cmocka_run_group_tests_name("version0_syn", tests, NULL, NULL);
}
