/*
 * test_version0_wrong.c - what belongs to the other version: a third ACK, options in
 * mid-connection, tokens and HMACs of the other hash. Each has one answer, in both versions.
 */
#include "version0_test.h"

#include "mptcp/crypto.h"

static const uint8_t zeros[100];

/* A server of this version that has answered the SYN of a client of its version. */
static void answered_of(struct pair *p, unsigned version)
{
    struct mptcp_config cfg = config_of(version, 0);
    struct wire syn = begin_as(p, &cfg, &cfg);
    accept_syn(p, &syn);
    send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
}

static void establish_of(struct pair *p, unsigned version)
{
    struct mptcp_config cfg = config_of(version, 0);
    cfg.policy = MPTCP_POLICY_HOST;
    establish_both(p, &cfg);
}

/* The side goes on as before, with its version: data are taken, nothing is reset. */
static void unharmed(struct pair *p, struct side *s, unsigned version)
{
    assert_int_equal(version, info_of(s).version);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(s).state);
    assert_int_equal(1, info_of(s).subflows);
    assert_false(wants(s, MPTCP_RESET_SUBFLOW));
    struct stream t[2];
    streams_begin(p, t);
    streams_add(t, p->client.sf, p->server.sf);
    mptcp_on_written(p->client.c, 300, p->now);
    mptcp_on_written(p->server.c, 200, p->now);
    streams_complete(p, t, 300, 200);
}

/* checks: Z-22 Z-26 C-2 C-16 */
static void given_a_third_ack_of_the_other_version_then_the_server_is_plain_tcp(void **state)
{
    (void)state;
    static const struct {
        unsigned version;
        const char *hex;
        uint32_t len;
    } all[] = {
        {0, "1e1401019c9eabd1e46a33b2967d2770b6960552", 0},
        {0, "1e1601019c9eabd1e46a33b2967d2770b6960552000a", 10},
        {0, "1e1801819c9eabd1e46a33b2967d2770b6960552000a0000", 10},
        {1, ACK_A, 0},
        {1, ACK_A, 10},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        answered_of(&p, all[i].version);
        assert_true(raw_data_comes(&p, &p.server, all[i].hex, zeros, all[i].len));
        assert_int_equal(MPTCP_E_HANDSHAKE, info_of(&p.server).fallback);
        is_plain_for_good(&p, &p.server);
    }
}

/* checks: Z-10 Z-53 */
static void given_mp_tcprst_in_version_0_then_the_rst_counts_without_a_reason(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish_of(&p, 0);
    struct wire rst = raw("1e048106", RST | ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &rst);
    assert_false(p.server.verdict.drop);
    mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now);
    while (find_action(&p, &p.server, MPTCP_EVENT, &a)) {
        if (a.event == MPTCP_EV_SUBFLOW_GONE) {
            assert_int_equal(MPTCP_NO_REASON, a.reason);
        }
        mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
    }
    /* On an ACK it is nothing at all. */
    establish_of(&p, 0);
    raw_comes(&p, &p.server, "1e048106");
    unharmed(&p, &p.server, 0);
}

/* checks: Z-7 Z-22 Z-56 */
static void given_options_of_version_1_on_acks_then_version_0_ignores_them(void **state)
{
    (void)state;
    static const char *const options[] = {
        "1e0831010a010202", /* an echo */
        "1e0a31010a0102020016",
        "1e1030010a0102020011223344556677",         /* ADD_ADDR with an HMAC */
        "1e1401019c9eabd1e46a33b2967d2770b6960552", /* MP_CAPABLE */
        "1e1601019c9eabd1e46a33b2967d2770b6960552000a",
        "1e040101",
    };

    for (size_t i = 0; i < COUNT_OF(options); i++) {
        struct pair p;
        struct mptcp_addr got;
        establish_of(&p, 0);
        raw_comes(&p, &p.server, options[i]);
        assert_false(p.server.verdict.drop);
        assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.server.c, true, 1, &got));
        unharmed(&p, &p.server, 0);
    }
}

/* checks: Z-56 Z-65 */
static void given_an_echo_in_version_0_then_the_address_is_announced_all_the_same(void **state)
{
    (void)state;
    struct pair p;
    unsigned times = 0;

    establish_of(&p, 0);
    announces(&p, (struct mptcp_addr){.family = 4, .port = 80, .ip = {10, 1, 2, 2}});
    for (unsigned i = 0; i < 20; i++) {
        if (wants(&p.server, MPTCP_SEND_ACK)) {
            struct wire w = says(&p, &p.server, p.server.sf);
            times += has0(&w, MPTCP_ADD_ADDR);
            raw_comes(&p, &p.server, "1e0831010a010202");
        } else if (mptcp_deadline(p.server.c) != MPTCP_NEVER) {
            next_timeout(&p, &p.server);
        }
    }
    assert_int_equal(3, times);
}

/* checks: Z-23 Z-22 X-5 */
static void
given_mp_capable_with_data_in_mid_connection_then_it_is_data_without_mapping(void **state)
{
    (void)state;
    for (unsigned mapped = 0; mapped < 2; mapped++) {
        struct pair p;
        establish_of(&p, 0);
        /* Beside a DSS with a mapping it does no harm. */
        const char *dss = mapped != 0 ? "1e0e2004d52abf2e00000065000a" : "";
        char hex[96];
        snprintf(hex, sizeof hex, "%s%s", "1e1601019c9eabd1e46a33b2967d2770b6960552000a", dss);
        assert_true(raw_data_comes(&p, &p.server, hex, zeros, 10));
        assert_int_equal(mapped != 0 ? 0 : 255, info_of(&p.server).version);
        assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    }
}

/* checks: Z-7 Z-9 Z-62 A-4 */
static void given_options_of_version_0_on_acks_then_version_1_ignores_them(void **state)
{
    (void)state;
    static const char *const options[] = {
        "1e0834010a010202", /* ADD_ADDR without an HMAC */
        "1e0a34010a0102020016",
        "1e0836010a010202",
        "1e1084010a010202b8b8550cbb971caa", /* ADD_ADDR2 */
        "1e1034010a010202405954032efe239d", /* Linux's */
        "1e1030010a010202ee569ca23b67b82b", /* SHA-1 where SHA-256 belongs */
        "1e045100",                         /* MP_PRIO with an id */
        ACK_A,
        SYN_A,
    };

    for (size_t i = 0; i < COUNT_OF(options); i++) {
        for (unsigned end = 0; end < 2; end++) {
            struct pair p;
            struct mptcp_addr got;
            establish_of(&p, 1);
            struct side *s = end == 0 ? &p.client : &p.server;
            raw_comes(&p, s, options[i]);
            assert_false(s->verdict.drop);
            assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(s->c, true, 1, &got));
            assert_int_equal(0, subflow_of(s, s->sf).peer_backup);
            unharmed(&p, s, 1);
        }
    }
}

/* Both ends of a join, of this version; the SYN/ACK is under way. */
struct join {
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct wire synack;
    uint32_t client_nonce;
};

static void join_begins(struct join *j, unsigned version)
{
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_action a;
    uint8_t id;

    struct mptcp_config cfg = config_of(version, 0);
    establish_both(&j->p, &cfg);
    mptcp_add_address(j->p.client.c, &second, MPTCP_ADDR_JOIN, &id, j->p.now);
    assert_true(find_action(&j->p, &j->p.client, MPTCP_CONNECT, &a));
    mptcp_done(j->p.client.c, &a, 0, MPTCP_DONE, j->p.now);
    j->ours = a.sf;
    struct wire syn = send_from(&j->p, &j->p.client, a.sf, SYN, 0, 0, 0);
    j->client_nonce = options_of(&syn).join.nonce;
    assert_int_equal(MPTCP_OK, join_comes(&j->p, &syn, &local, &j->theirs));
    j->synack = send_from(&j->p, &j->p.server, j->theirs, SYN | ACK, 0, 0, 1);
}

/* checks: Z-12 J-10 J-11 E-1 */
static void given_the_hmac_of_the_other_hash_then_the_join_is_reset(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 2; version++) {
        for (unsigned hash = 0; hash < 2; hash++) {
            struct join j;
            struct mptcp_action a;
            join_begins(&j, version);
            struct mptcp_option o = {.subtype = MPTCP_JOIN};
            o.u.join = options_of(&j.synack).join;
            struct mptcp_join_auth b = {KEY_B, KEY_A, o.u.join.nonce, j.client_nonce};
            mptcp_join_hmac_of(hash, &b, o.u.join.hmac);
            memset(o.u.join.hmac + 8, 0, 12);
            struct wire synack = with_option(&o, SYN | ACK, 0, 0, 1);
            come(&j.p, &j.p.client, j.ours, &synack);
            bool reset = find_action(&j.p, &j.p.client, MPTCP_RESET_SUBFLOW, &a);
            assert_int_equal(hash != version, reset);

            struct mptcp_join_auth third = {KEY_A, KEY_B, j.client_nonce, o.u.join.nonce};
            memset(&o, 0, sizeof o);
            o.subtype = MPTCP_JOIN;
            o.u.join.form = MPTCP_JOIN_ACK;
            mptcp_join_hmac_of(hash, &third, o.u.join.hmac);
            struct wire ack = with_option(&o, ACK, 1, 0, 1);
            come(&j.p, &j.p.server, j.theirs, &ack);
            assert_int_equal(hash != version, j.p.server.verdict.drop);
            reset = find_action(&j.p, &j.p.server, MPTCP_RESET_SUBFLOW, &a);
            assert_int_equal(hash != version, reset);
            if (reset) { /* with a reason in version 1 only */
                struct wire rst = send_from(&j.p, &j.p.server, a.sf, RST | ACK, 1, 0, 1);
                assert_int_equal(version == 0 ? 0 : 4, rst.seg.options_len);
            }
        }
    }
}

/* checks: Z-11 Z-13 J-6 */
static void given_the_token_of_the_other_hash_then_the_join_is_refused(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 2; version++) {
        struct pair p;
        struct mptcp_addr local = address(0, 2, 80);
        mptcp_sf sf;
        for (unsigned hash = 0; hash < 2; hash++) {
            char hex[32];
            establish_of(&p, version);
            snprintf(hex, sizeof hex, "1e0c1001%08x1b665a18",
                     (unsigned)mptcp_key_id_of(hash, KEY_B).token);
            struct wire syn = raw(hex, SYN, 0, 0, 0);
            int code = join_comes(&p, &syn, &local, &sf);
            assert_int_equal(hash == version ? MPTCP_OK : MPTCP_E_JOIN_TOKEN, code);
        }
    }
}

/* checks: none */
static void given_a_version_that_there_is_not_then_no_connection_is_made(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_secret secret = {.key = KEY_A};

    for (unsigned version = 2; version < 256; version++) {
        struct mptcp_config cfg = config_of(version, 0);
        assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
        assert_null(mptcp_conn_init(p.client.block, sizeof p.client.block, &cfg, &secret));
    }
    for (unsigned kind = 5; kind < 0x80; kind++) {
        struct mptcp_config cfg = config_of(0, 0);
        cfg.add_addr2 = (uint8_t)kind;
        assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_third_ack_of_the_other_version_then_the_server_is_plain_tcp),
        cmocka_unit_test(given_mp_tcprst_in_version_0_then_the_rst_counts_without_a_reason),
        cmocka_unit_test(given_options_of_version_1_on_acks_then_version_0_ignores_them),
        cmocka_unit_test(given_an_echo_in_version_0_then_the_address_is_announced_all_the_same),
        cmocka_unit_test(
            given_mp_capable_with_data_in_mid_connection_then_it_is_data_without_mapping),
        cmocka_unit_test(given_options_of_version_0_on_acks_then_version_1_ignores_them),
        cmocka_unit_test(given_the_hmac_of_the_other_hash_then_the_join_is_reset),
        cmocka_unit_test(given_the_token_of_the_other_hash_then_the_join_is_refused),
        cmocka_unit_test(given_a_version_that_there_is_not_then_no_connection_is_made),
    };
    return cmocka_run_group_tests_name("version0_wrong", tests, NULL, NULL);
}
