/*
 * test_version0_vectors.c - the octets of version 0: tokens, IDSNs, HMACs, options and checksums as
 * other implementations have them (Z-71 to Z-80), read and written.
 */
#include "version0_test.h"

#include <inttypes.h>

#include "mptcp/crypto.h"

/* The option reads as one of version 0, and is written again with the same octets. */
static struct mptcp_option same(const char *hex)
{
    uint8_t octets[MPTCP_OPTION_MAX];
    uint8_t again[MPTCP_OPTION_MAX];
    size_t n = from_hex(hex, octets, sizeof octets);
    uint8_t *copy = exact_copy(octets, n);
    struct mptcp_option o;
    struct mptcp_refusal why;

    assert_int_equal((int)n, mptcp_option_read_of(0, copy, n, &o, &why));
    free(copy);
    assert_int_equal((int)n, mptcp_option_length(&o));
    for (size_t room = 0; room < n; room++) {
        assert_int_equal(MPTCP_E_ROOM, mptcp_option_write(&o, again, room));
    }
    assert_int_equal((int)n, mptcp_option_write(&o, again, n));
    assert_memory_equal(octets, again, n);
    return o;
}

static uint64_t number(const char *hex)
{
    uint64_t n = 0;
    sscanf(hex, "%16" SCNx64, &n);
    return n;
}

static void sha1_is(uint64_t key, const char *hex)
{
    uint8_t octets[8];
    uint8_t expected[MPTCP_SHA1_SIZE];
    uint8_t digest[MPTCP_SHA1_SIZE];

    for (unsigned i = 0; i < 8; i++) {
        octets[i] = (uint8_t)(key >> (56 - 8 * i));
    }
    from_hex(hex, expected, sizeof expected);
    mptcp_crypto_sha1(digest, octets, sizeof octets);
    assert_memory_equal(expected, digest, sizeof digest);
}

/* checks: Z-11 Z-71 */
static void given_the_captured_keys_then_sha1_makes_their_tokens_and_idsns(void **state)
{
    (void)state;
    struct mptcp_key_id a = mptcp_key_id_of(0, KEY_A);
    struct mptcp_key_id b = mptcp_key_id_of(0, KEY_B);

    sha1_is(KEY_A, "af9706ebf38e1f8bd95f53559851b565d52abec9");
    sha1_is(KEY_B, "e47f01428153e4193f1bbdb8e47ef57dd1b9748f");
    assert_int_equal(0xaf9706ebu, a.token);
    assert_true(a.idsn.v == 0x9851b565d52abec9u);
    assert_int_equal(0xe47f0142u, b.token);
    assert_true(b.idsn.v == 0xe47ef57dd1b9748fu);
    struct mptcp_config cfg = config_of(0, 0);
    struct pair p;
    begin_as(&p, &cfg, &cfg);
    assert_int_equal(0xaf9706ebu, info_of(&p.client).local_token);
    assert_true(info_of(&p.client).snd_nxt.v == FIRST_A);
}

/* checks: Z-12 Z-71 */
static void given_the_captured_nonces_then_hmac_sha1_is_that_of_both_hosts(void **state)
{
    (void)state;
    struct mptcp_join_auth a = {KEY_A, KEY_B, 0x1b665a18u, 0x33abe9d5u};
    struct mptcp_join_auth b = {KEY_B, KEY_A, 0x33abe9d5u, 0x1b665a18u};
    uint8_t expected[20];
    uint8_t hmac[20];

    from_hex("cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a", expected, sizeof expected);
    mptcp_join_hmac_of(0, &a, hmac);
    assert_memory_equal(expected, hmac, 20);
    assert_true(mptcp_join_hmac_ok_of(0, &a, expected, 20));
    assert_false(mptcp_join_hmac_ok_of(1, &a, expected, 20));
    from_hex("5ab680c7884af03d5834f6a6f4b59072ea18842f", expected, sizeof expected);
    mptcp_join_hmac_of(0, &b, hmac);
    assert_memory_equal(expected, hmac, 20);
    assert_true(mptcp_join_hmac_ok_of(0, &b, expected, 8));
    assert_false(mptcp_join_hmac_ok_of(0, &a, expected, 8));
}

/* checks: Z-2 Z-3 Z-72 */
static void given_the_mp_capables_then_they_have_the_captured_octets(void **state)
{
    (void)state;
    struct mptcp_option syn = same("1e0c00819c9eabd1e46a33b2");
    struct mptcp_option synack = same("1e0c0081967d2770b6960552");
    struct mptcp_option ack = same("1e1400819c9eabd1e46a33b2967d2770b6960552");

    assert_int_equal(MPTCP_CAPABLE, syn.subtype);
    assert_int_equal(0, syn.u.capable.version);
    assert_int_equal(0x81, syn.u.capable.flags);
    assert_true(syn.u.capable.sender_key == KEY_A);
    assert_true(synack.u.capable.sender_key == KEY_B);
    assert_true(ack.u.capable.sender_key == KEY_A && ack.u.capable.receiver_key == KEY_B);
}

/* checks: Z-5 Z-72 */
static void given_the_mp_joins_then_they_have_the_captured_octets(void **state)
{
    (void)state;
    struct mptcp_option syn = same("1e0c1000e47f01421b665a18");
    struct mptcp_option synack = same("1e1010015ab680c7884af03d33abe9d5");
    struct mptcp_option ack = same("1e181000cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a");

    assert_int_equal(0xe47f0142u, syn.u.join.token);
    assert_int_equal(0x1b665a18u, syn.u.join.nonce);
    assert_int_equal(0, syn.u.join.addr_id);
    assert_int_equal(1, synack.u.join.addr_id);
    assert_int_equal(0x33abe9d5u, synack.u.join.nonce);
    assert_int_equal(MPTCP_JOIN_ACK, ack.u.join.form);
    assert_int_equal(0x7a, ack.u.join.hmac[19]);
}

/* checks: Z-6 Z-73 */
static void given_the_dsss_then_they_have_the_captured_octets(void **state)
{
    (void)state;
    struct mptcp_option ack = same("1e082001d1b974b9");
    struct mptcp_option other = same("1e082001d52abef3");
    struct mptcp_option first = same("1e142005d52abecad1b97490000000010029082f");
    struct mptcp_option third = same("1e142005d1b974b9d52abeca00000001002945c9");
    struct mptcp_option wide = same("1e18200dd1b974b99851b565d52abeca00000001002945c9");

    assert_int_equal(MPTCP_DSS_ACK, ack.u.dss.flags);
    assert_true(ack.u.dss.data_ack == 0xd1b974b9u && other.u.dss.data_ack == 0xd52abef3u);
    assert_int_equal(MPTCP_DSS_ACK | MPTCP_DSS_MAP, first.u.dss.flags);
    assert_true(first.u.dss.dsn == (uint32_t)FIRST_B && first.u.dss.data_ack == (uint32_t)FIRST_A);
    assert_int_equal(1, first.u.dss.ssn);
    assert_int_equal(41, first.u.dss.dll);
    assert_int_equal(0x082f, first.u.dss.checksum);
    assert_true(third.u.dss.dsn == (uint32_t)FIRST_A);
    assert_int_equal(0x45c9, third.u.dss.checksum);
    assert_true(wide.u.dss.dsn == FIRST_A);
    assert_int_equal(MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_DSN64, wide.u.dss.flags);
}

/* checks: Z-35 Z-46 Z-73 */
static void given_the_bare_data_fins_then_the_checksum_is_that_of_the_pseudo_header(void **state)
{
    (void)state;
    struct mptcp_option a = same("1e142015d1b99601d52ad2cb0000000000010a51");
    struct mptcp_option b = same("1e142015d52ad2ccd1b99601000000000001be46");

    assert_int_equal(MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_FIN, a.u.dss.flags);
    assert_int_equal(0, a.u.dss.ssn);
    assert_int_equal(1, a.u.dss.dll);
    /* The upper halves of the DSNs are those of the IDSNs. */
    assert_int_equal(a.u.dss.checksum,
                     mptcp_dss_checksum(mptcp_dsn_of(0x9851b565d52ad2cbu), mptcp_ssn_of(0), 1, 0));
    assert_int_equal(b.u.dss.checksum,
                     mptcp_dss_checksum(mptcp_dsn_of(0xe47ef57dd1b99601u), mptcp_ssn_of(0), 1, 0));
}

/* checks: Z-35 Z-37 Z-74 */
static void given_a_data_fin_on_data_or_an_infinite_mapping_then_the_octets_are_these(void **state)
{
    (void)state;
    uint32_t sum = mptcp_sum(0, "0123456789", 10, false);
    struct mptcp_option ours = same("1e142005d1b974b9d52abeca0000000100000000");
    struct mptcp_option linux_ = same("1e142005d1b974b9d52abeca0000000100000101");
    struct mptcp_option without = same("1e122005d1b974b9d52abeca000000010000");

    assert_int_equal(0x193d, mptcp_dss_checksum(mptcp_dsn_of(FIRST_A), mptcp_ssn_of(1), 11, sum));
    assert_int_equal(0x193e, mptcp_dss_checksum(mptcp_dsn_of(FIRST_A), mptcp_ssn_of(1), 10, sum));
    assert_int_equal(0, ours.u.dss.dll);
    assert_int_equal(1, ours.u.dss.has_checksum);
    assert_int_equal(0, ours.u.dss.checksum);
    assert_int_equal(0x0101, linux_.u.dss.checksum);
    assert_int_equal(0, without.u.dss.has_checksum);
}

static const uint8_t db8[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

/* checks: Z-7 Z-75 */
static void given_the_add_addrs_then_they_have_no_hmac_and_their_ip_version(void **state)
{
    (void)state;
    struct mptcp_option four = same("1e0834010a010202");
    struct mptcp_option port = same("1e0a34010a0102020016");
    struct mptcp_option six = same("1e14360220010db8000000000000000000000001");
    struct mptcp_option both = same("1e16360220010db800000000000000000000000101bb");
    static const uint8_t ip[4] = {10, 1, 2, 2};

    assert_int_equal(MPTCP_ADD_ADDR, four.subtype);
    assert_int_equal(MPTCP_ADD_ADDR_USUAL, four.u.add_addr.form);
    assert_int_equal(1, four.u.add_addr.addr_id);
    assert_int_equal(4, four.u.add_addr.addr.family);
    assert_memory_equal(ip, four.u.add_addr.addr.ip, 4);
    assert_int_equal(0, four.u.add_addr.has_port);
    assert_int_equal(22, port.u.add_addr.addr.port);
    assert_int_equal(6, six.u.add_addr.addr.family);
    assert_memory_equal(db8, six.u.add_addr.addr.ip, 16);
    assert_int_equal(443, both.u.add_addr.addr.port);
}

/* One announcement: its option, whose HMAC is that of this kind. */
static void announced(const char *hex, unsigned subtype, unsigned form, enum mptcp_add_addr2 kind,
                      uint64_t sender, uint64_t receiver)
{
    struct mptcp_option o = same(hex);
    const struct mptcp_add_addr *add = &o.u.add_addr;

    assert_int_equal(subtype, o.subtype);
    assert_int_equal(form, add->form);
    assert_true(add->hmac ==
                mptcp_add_addr2_hmac(kind, sender, receiver, add->addr_id, &add->addr));
    assert_false(add->hmac ==
                 mptcp_add_addr2_hmac(kind, receiver, sender, add->addr_id, &add->addr));
}

/* checks: Z-62 Z-63 Z-64 Z-76 */
static void given_the_add_addr2s_then_the_hmac_has_the_key_of_their_sender(void **state)
{
    (void)state;
    static const char *const from_b[] = {
        "1e1084010a010202b8b8550cbb971caa",
        "1e1284010a01020200166de0f1875e256c83",
        "1e1c860220010db8000000000000000000000001e927808283b2bd14",
        "1e1e860220010db800000000000000000000000101bb3dccbcdaea968f6d",
    };

    for (size_t i = 0; i < COUNT_OF(from_b); i++) {
        announced(from_b[i], MPTCP_ADD_ADDR2, MPTCP_ADD_ADDR_SECOND, MPTCP_ADD_ADDR2_SENDER_KEY,
                  KEY_B, KEY_A);
    }
    announced("1e1084030a020202a37f5de361b9f749", MPTCP_ADD_ADDR2, MPTCP_ADD_ADDR_SECOND,
              MPTCP_ADD_ADDR2_SENDER_KEY, KEY_A, KEY_B);
}

/* checks: Z-62 Z-63 Z-76 Z-78 */
static void given_the_messages_of_add_addr2_then_hmac_sha1_is_this(void **state)
{
    (void)state;
    static const struct {
        uint64_t key;
        const char *message;
        const char *hmac;
    } all[] = {
        {KEY_B, "010a010202", "405954032efe239dcda33cd4b8b8550cbb971caa"},
        {KEY_B, "010a0102020016", "32cf2ebded43e721f5764d646de0f1875e256c83"},
        {KEY_B, "0220010db8000000000000000000000001", "20a4b07b38943106f5f35423e927808283b2bd14"},
        {KEY_B, "0220010db800000000000000000000000101bb",
         "fde27464da6c563f110540fe3dccbcdaea968f6d"},
        {KEY_A, "030a020202", "a96f26bc414aac23c49982d7a37f5de361b9f749"},
        {KEY_A, "010a010202", "f564e1309520cdd001a85210373c267517764d6f"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        uint8_t key[8];
        uint8_t message[24];
        uint8_t expected[MPTCP_SHA1_SIZE];
        uint8_t hmac[MPTCP_SHA1_SIZE];
        for (unsigned k = 0; k < 8; k++) {
            key[k] = (uint8_t)(all[i].key >> (56 - 8 * k));
        }
        size_t n = from_hex(all[i].message, message, sizeof message);
        from_hex(all[i].hmac, expected, sizeof expected);
        mptcp_crypto_hmac_sha1(hmac, key, sizeof key, message, n);
        assert_memory_equal(expected, hmac, sizeof hmac);
    }
}

/* checks: Z-64 Z-66 Z-77 */
static void given_the_variants_of_add_addr2_then_each_has_its_keys_octets_and_message(void **state)
{
    (void)state;
    struct mptcp_addr ip = {.family = 4, .ip = {10, 1, 2, 2}};
    struct mptcp_addr port = {.family = 4, .port = 22, .ip = {10, 1, 2, 2}};

    announced("1e1034010a010202405954032efe239d", MPTCP_ADD_ADDR, MPTCP_ADD_ADDR_LINUX,
              MPTCP_ADD_ADDR2_LINUX, KEY_B, KEY_A);
    announced("1e1234010a010202001632cf2ebded43e721", MPTCP_ADD_ADDR, MPTCP_ADD_ADDR_LINUX,
              MPTCP_ADD_ADDR2_LINUX, KEY_B, KEY_A);
    announced("1e1030010a010202ee569ca23b67b82b", MPTCP_ADD_ADDR, MPTCP_ADD_ADDR_BIS05,
              MPTCP_ADD_ADDR2_BIS05, KEY_B, KEY_A);
    /* 8572900b8f6e675b6ab8d3bf|a4ccfa75e6bb1861, aa1b883ff0ceab77444b6070|88dcbfd1f4157812 */
    assert_true(mptcp_add_addr2_hmac(MPTCP_ADD_ADDR2_BOTH_KEYS, KEY_B, KEY_A, 1, &ip) ==
                number("a4ccfa75e6bb1861"));
    assert_true(mptcp_add_addr2_hmac(MPTCP_ADD_ADDR2_BOTH_KEYS, KEY_B, KEY_A, 1, &port) ==
                number("88dcbfd1f4157812"));
    assert_true(mptcp_add_addr2_hmac(MPTCP_ADD_ADDR2_OFF, KEY_B, KEY_A, 1, &ip) == 0);
}

/* checks: Z-8 Z-9 Z-79 */
static void given_the_other_options_then_they_have_the_captured_octets(void **state)
{
    (void)state;
    struct mptcp_option one = same("1e044000");
    struct mptcp_option two = same("1e05400102");
    struct mptcp_option backup = same("1e0351");
    struct mptcp_option usual = same("1e0350");
    struct mptcp_option named = same("1e045101");
    struct mptcp_option failed = same("1e0c60009851b565d52abeca");

    assert_int_equal(1, one.u.remove_addr.count);
    assert_int_equal(0, one.u.remove_addr.ids[0]);
    assert_int_equal(2, two.u.remove_addr.count);
    assert_int_equal(2, two.u.remove_addr.ids[1]);
    assert_int_equal(1, backup.u.prio.backup);
    assert_int_equal(0, backup.u.prio.has_id);
    assert_int_equal(0, usual.u.prio.backup);
    assert_int_equal(1, named.u.prio.has_id);
    assert_int_equal(1, named.u.prio.addr_id);
    assert_int_equal(1, named.u.prio.backup);
    assert_true(failed.u.fail.dsn == FIRST_A);
    assert_true(same("1e0c7000967d2770b6960552").u.fastclose.receiver_key == KEY_B);
    assert_true(same("1e0c70009c9eabd1e46a33b2").u.fastclose.receiver_key == KEY_A);
    assert_true(same("1e0c7000d005b1ab34bad344").u.fastclose.receiver_key ==
                number("d005b1ab34bad344"));
}

/* checks: Z-11 Z-12 Z-80 */
static void given_the_keys_of_ns_3_then_tokens_idsns_and_hmacs_are_its(void **state)
{
    (void)state;
    uint64_t client = number("f3f34a78b51c7f6a");
    uint64_t server = number("3afd8e52bf2a6944");
    struct mptcp_key_id c = mptcp_key_id_of(0, client);
    struct mptcp_key_id s = mptcp_key_id_of(0, server);
    struct mptcp_join_auth syn = {client, server, 0xf9178ee3u, 0x2edf17cbu};
    struct mptcp_join_auth synack = {server, client, 0x2edf17cbu, 0xf9178ee3u};
    uint8_t expected[20];

    assert_int_equal(0x2e8e47c1u, c.token);
    assert_int_equal(0x068ce332u, s.token);
    assert_true(c.idsn.v == number("1c2220546f846ced"));
    assert_true(s.idsn.v == number("c6692252fd10b0cb"));
    from_hex("f54da609010de457", expected, sizeof expected);
    assert_true(mptcp_join_hmac_ok_of(0, &synack, expected, 8));
    from_hex("063e65ee505d974056a3022fd228016fe24c1a1b", expected, sizeof expected);
    assert_true(mptcp_join_hmac_ok_of(0, &syn, expected, 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_captured_keys_then_sha1_makes_their_tokens_and_idsns),
        cmocka_unit_test(given_the_captured_nonces_then_hmac_sha1_is_that_of_both_hosts),
        cmocka_unit_test(given_the_mp_capables_then_they_have_the_captured_octets),
        cmocka_unit_test(given_the_mp_joins_then_they_have_the_captured_octets),
        cmocka_unit_test(given_the_dsss_then_they_have_the_captured_octets),
        cmocka_unit_test(given_the_bare_data_fins_then_the_checksum_is_that_of_the_pseudo_header),
        cmocka_unit_test(given_a_data_fin_on_data_or_an_infinite_mapping_then_the_octets_are_these),
        cmocka_unit_test(given_the_add_addrs_then_they_have_no_hmac_and_their_ip_version),
        cmocka_unit_test(given_the_add_addr2s_then_the_hmac_has_the_key_of_their_sender),
        cmocka_unit_test(given_the_messages_of_add_addr2_then_hmac_sha1_is_this),
        cmocka_unit_test(given_the_variants_of_add_addr2_then_each_has_its_keys_octets_and_message),
        cmocka_unit_test(given_the_other_options_then_they_have_the_captured_octets),
        cmocka_unit_test(given_the_keys_of_ns_3_then_tokens_idsns_and_hmacs_are_its),
    };
    return cmocka_run_group_tests_name("version0_vectors", tests, NULL, NULL);
}
