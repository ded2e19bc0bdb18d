/*
 * test_arguments_alone.c - what is usable without a connection, with each wrong argument: endpoint,
 * options, crypto, congestion control, schedulers.
 */
#include "arguments_test.h"

#include "mptcp/congestion.h"
#include "mptcp/scheduler.h"
#include "mptcp/sums.h"
#include "mptcp/version.h"

#define SLOTS 16u

static struct caller no_connection;
static struct caller *const w = &no_connection;

static const struct mptcp_addr good = {.family = 4, .port = 80, .ip = {10, 0, 0, 9}};
static const struct mptcp_addr no_family = {.family = 5, .port = 80, .ip = {10, 0, 0, 9}};

struct endpoint_memory {
    _Alignas(8) uint8_t octets[MPTCP_ENDPOINT_SIZE(SLOTS) + 8];
};

/* checks: none, law 5 */
static void given_an_endpoint_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    static struct endpoint_memory mem;
    static struct endpoint_memory before;
    static const uint8_t entropy[8] = {1};
    struct mptcp_segment syn = {.tcp_flags = SYN};
    struct mptcp_segment ack = {.tcp_flags = ACK};
    struct mptcp_segment no_options = {.tcp_flags = SYN, .options_len = 12};
    struct mptcp_syn out;
    uint64_t key;
    uint32_t number;
    size_t size = MPTCP_ENDPOINT_SIZE(SLOTS);

    ANSWERS(NULL, mptcp_endpoint_init, NULL, size, SLOTS);
    ANSWERS(NULL, mptcp_endpoint_init, mem.octets, size - 1, SLOTS);
    ANSWERS(NULL, mptcp_endpoint_init, mem.octets + 4, size, SLOTS);
    ANSWERS(NULL, mptcp_endpoint_init, mem.octets, size, 0);
    ANSWERS(NULL, mptcp_endpoint_init, mem.octets, size, 1);
    ANSWERS(NULL, mptcp_endpoint_init, mem.octets, size, 12);
    ANSWERS(NULL, mptcp_endpoint_init, mem.octets, SIZE_MAX, 0x2000000u);
    ANSWERS(NULL, mptcp_endpoint_init, mem.octets, size, 0x80000000u);
    struct mptcp_endpoint *e = mptcp_endpoint_init(mem.octets, size, SLOTS);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, 1234, 1));
    before = mem;
    REFUSED(ARGUMENT, mptcp_endpoint_seed, NULL, 1);
    REFUSED(STATE, mptcp_endpoint_seed, e, 1);
    REFUSED(ARGUMENT, mptcp_endpoint_on_syn, NULL, &syn, &out);
    REFUSED(ARGUMENT, mptcp_endpoint_on_syn, e, NULL, &out);
    REFUSED(ARGUMENT, mptcp_endpoint_on_syn, e, &syn, NULL);
    REFUSED(ARGUMENT, mptcp_endpoint_on_syn, e, &ack, &out);
    REFUSED(ARGUMENT, mptcp_endpoint_on_syn, e, &no_options, &out);
    no_options.options_len = 500;
    REFUSED(ARGUMENT, mptcp_endpoint_on_syn, e, &no_options, &out);
    REFUSED(ARGUMENT, mptcp_endpoint_key, NULL, entropy, &key, &number);
    REFUSED(ARGUMENT, mptcp_endpoint_key, e, NULL, &key, &number);
    REFUSED(ARGUMENT, mptcp_endpoint_key, e, entropy, NULL, &number);
    REFUSED(ARGUMENT, mptcp_endpoint_key, e, entropy, &key, NULL);
    REFUSED(ARGUMENT, mptcp_endpoint_key_of, NULL, 0, entropy, &key, &number);
    REFUSED(ARGUMENT, mptcp_endpoint_key_of, e, 0, NULL, &key, &number);
    REFUSED(ARGUMENT, mptcp_endpoint_key_of, e, 0, entropy, NULL, &number);
    REFUSED(ARGUMENT, mptcp_endpoint_key_of, e, 0, entropy, &key, NULL);
    REFUSED(ARGUMENT, mptcp_endpoint_add, NULL, 5, 1);
    REFUSED(ARGUMENT, mptcp_endpoint_add, e, 5, UINT32_MAX);
    REFUSED(COLLISION, mptcp_endpoint_add, e, 1234, 1);
    REFUSED(ARGUMENT, mptcp_endpoint_remove, NULL, 1234);
    REFUSED(NOT_FOUND, mptcp_endpoint_remove, e, 5);
    REFUSED(ARGUMENT, mptcp_endpoint_find, NULL, 1234, &number);
    REFUSED(ARGUMENT, mptcp_endpoint_find, e, 1234, NULL);
    REFUSED(NOT_FOUND, mptcp_endpoint_find, e, 5, &number);
    assert_memory_equal(&before, &mem, sizeof mem);
}

/* checks: none, law 5 */
static void given_a_server_without_state_when_arguments_are_wrong_then_no_key(void **state)
{
    (void)state;
    static struct endpoint_memory mem;
    static const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE] = {7};
    struct mptcp_endpoint *e = mptcp_endpoint_init(mem.octets, MPTCP_ENDPOINT_SIZE(SLOTS), SLOTS);
    struct mptcp_segment syn = {.tcp_flags = SYN};
    struct mptcp_segment ack = {.tcp_flags = ACK};
    struct mptcp_segment no_options = {.tcp_flags = SYN, .options_len = 12};
    struct mptcp_segment third = {.tcp_flags = ACK, .ssn = {1}, .ack = {1}};
    uint8_t p[MPTCP_OPTION_MAX];

    ANSWERS(0, mptcp_stateless_key, NULL, &good, &good, 1);
    ANSWERS(0, mptcp_stateless_key, secret, NULL, &good, 1);
    ANSWERS(0, mptcp_stateless_key, secret, &good, NULL, 1);
    ANSWERS(0, mptcp_stateless_key, secret, &no_family, &good, 1);
    ANSWERS(0, mptcp_stateless_key, secret, &good, &no_family, 1);
    REFUSED(ARGUMENT, mptcp_stateless_synack, NULL, &syn, 0, 1, p, sizeof p);
    REFUSED(ARGUMENT, mptcp_stateless_synack, e, NULL, 0, 1, p, sizeof p);
    ANSWERS(0, mptcp_stateless_synack, e, &ack, 0, 1, p, sizeof p);
    REFUSED(ARGUMENT, mptcp_stateless_synack, e, &no_options, 0, 1, p, sizeof p);
    REFUSED(ARGUMENT, mptcp_stateless_synack, e, &syn, 0, 1, NULL, sizeof p);
    ANSWERS(1, mptcp_stateless_version, NULL);
    ANSWERS(1, mptcp_stateless_version, &ack);
    ANSWERS(1, mptcp_stateless_version, &no_options);
    ANSWERS(false, mptcp_stateless_decides, 1, NULL);
    ANSWERS(false, mptcp_stateless_decides, 1, &no_options);
    ANSWERS(false, mptcp_stateless_decides, 2, &third);
}

/* checks: none, law 5 */
static void given_a_list_of_versions_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct mptcp_versions v;
    struct mptcp_versions before;

    memset(&v, 0, sizeof v);
    mptcp_versions_init(&v);
    mptcp_versions_opened(&v, &good, 1, MPTCP_E_NO_MPTCP, 1000);
    before = v;
    IGNORED(mptcp_versions_init, NULL);
    IGNORED(mptcp_versions_opened, NULL, &good, 1, MPTCP_E_NO_MPTCP, 1000);
    IGNORED(mptcp_versions_opened, &v, NULL, 1, MPTCP_E_NO_MPTCP, 1000);
    IGNORED(mptcp_versions_opened, &v, &good, 2, MPTCP_E_NO_MPTCP, 1000);
    IGNORED(mptcp_versions_opened, &v, &good, 1, MPTCP_E_TIMED_OUT, 1000);
    IGNORED(mptcp_versions_opened, &v, &good, 1, MPTCP_E_NO_MPTCP, MPTCP_NEVER);
    assert_memory_equal(&before, &v, sizeof v);
    ANSWERS(1, mptcp_versions_offer, NULL, &good, 2000);
    ANSWERS(1, mptcp_versions_offer, &v, NULL, 2000);
    ANSWERS(0, mptcp_versions_offer, &v, &good, 2000);
}

/* checks: none, law 5 */
static void given_a_list_of_blackholes_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct mptcp_blackhole b;
    struct mptcp_blackhole before;

    memset(&b, 0, sizeof b);
    mptcp_blackhole_init(&b);
    mptcp_blackhole_opened(&b, &good, MPTCP_E_BLACKHOLE, 1000);
    before = b;
    IGNORED(mptcp_blackhole_init, NULL);
    IGNORED(mptcp_blackhole_opened, NULL, &good, MPTCP_E_BLACKHOLE, 1000);
    IGNORED(mptcp_blackhole_opened, &b, NULL, MPTCP_E_BLACKHOLE, 1000);
    IGNORED(mptcp_blackhole_opened, &b, &good, MPTCP_E_BLACKHOLE, MPTCP_NEVER);
    assert_memory_equal(&before, &b, sizeof b);
    ANSWERS(true, mptcp_blackhole_may_offer, NULL, &good, 2000);
    ANSWERS(true, mptcp_blackhole_may_offer, &b, NULL, 2000);
    ANSWERS(false, mptcp_blackhole_may_offer, &b, &good, 2000);
}

/* checks: none, law 5 */
static void given_a_table_of_sums_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    static _Alignas(8) uint8_t mem[MPTCP_SUMS_SIZE(2) + 8];
    uint8_t before[sizeof mem];
    struct mptcp_tx_map map = {.ssn = {1}, .len = 10};
    struct mptcp_tx_map empty = {.ssn = {1}, .len = 0};
    struct mptcp_tx_map ahead = {.ssn = {2}, .len = 10};
    size_t size = MPTCP_SUMS_SIZE(2);
    uint32_t sum;

    ANSWERS(NULL, mptcp_sums_init, NULL, size, 2);
    ANSWERS(NULL, mptcp_sums_init, mem, size - 1, 2);
    ANSWERS(NULL, mptcp_sums_init, mem + 2, size, 2);
    ANSWERS(NULL, mptcp_sums_init, mem, size, 0);
    ANSWERS(NULL, mptcp_sums_init, mem, SIZE_MAX, 65536);
    struct mptcp_sums *t = mptcp_sums_init(mem, size, 2);
    assert_ptr_equal(mem, t);
    memcpy(before, mem, sizeof mem);
    REFUSED(ARGUMENT, mptcp_sums_add, NULL, &map, 0);
    REFUSED(ARGUMENT, mptcp_sums_add, t, NULL, 0);
    REFUSED(ARGUMENT, mptcp_sums_add, t, &empty, 0);
    REFUSED(ARGUMENT, mptcp_sums_add, t, &ahead, 0);
    REFUSED(ARGUMENT, mptcp_sums_find, t, mptcp_ssn_of(1), NULL);
    REFUSED(NOT_FOUND, mptcp_sums_find, NULL, mptcp_ssn_of(1), &sum);
    REFUSED(NOT_FOUND, mptcp_sums_find, t, mptcp_ssn_of(1), &sum);
    IGNORED(mptcp_sums_acked, NULL, mptcp_ssn_of(1));
    IGNORED(mptcp_sums_acked, t, mptcp_ssn_of(0));
    assert_int_equal(1, mptcp_sums_next(NULL).v);
    assert_memory_equal(before, mem, sizeof mem);
}

/* checks: none, law 5 */
static void given_options_when_arguments_are_wrong_then_argument(void **state)
{
    (void)state;
    static const uint8_t prio[3] = {30, 3, 0x50};
    struct mptcp_option o = {.subtype = MPTCP_PRIO};
    struct mptcp_option wrong = {.subtype = 12};
    struct mptcp_options all;
    struct mptcp_refusal why;
    uint8_t p[MPTCP_OPTION_MAX];
    uint8_t blank[MPTCP_OPTION_MAX];
    size_t at = 0;

    memset(p, 0xaa, sizeof p);
    memset(blank, 0xaa, sizeof blank);
    REFUSED(ARGUMENT, mptcp_option_read, NULL, 3, &o, &why);
    assert_int_equal(MPTCP_E_ARGUMENT, why.code);
    REFUSED(ARGUMENT, mptcp_option_read, prio, 3, NULL, NULL);
    REFUSED(ARGUMENT, mptcp_option_write, NULL, p, sizeof p);
    REFUSED(ARGUMENT, mptcp_option_write, &o, NULL, sizeof p);
    REFUSED(ROOM, mptcp_option_write, &o, p, 2);
    assert_true(mptcp_option_write(&wrong, p, sizeof p) < 0);
    assert_memory_equal(blank, p, sizeof p);
    REFUSED(ARGUMENT, mptcp_option_length, NULL);
    REFUSED(ARGUMENT, mptcp_options_read, prio, 3, ACK, NULL, &why);
    REFUSED(ARGUMENT, mptcp_options_read, p, MPTCP_OPTION_MAX + 1, ACK, &all, &why);
    memset(&all, 0xff, sizeof all);
    REFUSED(ARGUMENT, mptcp_options_read, NULL, 3, ACK, &all, NULL);
    assert_int_equal(0, all.present);
    REFUSED(ARGUMENT, mptcp_option_read_of, 0, NULL, 3, &o, &why);
    REFUSED(ARGUMENT, mptcp_option_read_of, 0, prio, 3, NULL, NULL);
    REFUSED(ARGUMENT, mptcp_options_read_of, 0, prio, 3, ACK, NULL, &why);
    REFUSED(ARGUMENT, mptcp_options_read_of, 0, p, MPTCP_OPTION_MAX + 1, ACK, &all, &why);
    ANSWERS(false, mptcp_options_next, 0, NULL, 3, &at, &o);
    ANSWERS(false, mptcp_options_next, 0, prio, MPTCP_OPTION_MAX + 1, &at, &o);
    ANSWERS(false, mptcp_options_next, 0, prio, 3, NULL, &o);
    ANSWERS(false, mptcp_options_next, 0, prio, 3, &at, NULL);
    at = 4;
    ANSWERS(false, mptcp_options_next, 0, prio, 3, &at, &o);
    assert_int_equal(4, at);
    REFUSED(ARGUMENT, mptcp_reset_option, MPTCP_E_JOIN_TOKEN, NULL, sizeof p);
    REFUSED(ROOM, mptcp_reset_option, MPTCP_E_JOIN_TOKEN, p, 3);
    ANSWERS(77, mptcp_sum, 77, NULL, 10, false);
    ANSWERS(0xffff, mptcp_sum_fold, UINT32_MAX);
    ANSWERS(0xffff, mptcp_dss_checksum, mptcp_dsn_of(0), mptcp_ssn_of(0), 0, 0);
}

/* checks: none, law 5 */
static void given_crypto_when_arguments_are_wrong_then_nothing_is_written(void **state)
{
    (void)state;
    struct mptcp_join_auth auth = {1, 2, 3, 4};
    uint8_t hmac[MPTCP_SHA256_SIZE];
    uint8_t blank[MPTCP_SHA256_SIZE];

    memset(hmac, 0xaa, sizeof hmac);
    memset(blank, 0xaa, sizeof blank);
    IGNORED(mptcp_join_hmac, NULL, hmac);
    IGNORED(mptcp_join_hmac, &auth, NULL);
    IGNORED(mptcp_crypto_sha256, NULL, hmac, 4);
    IGNORED(mptcp_crypto_sha256, hmac, NULL, 4);
    IGNORED(mptcp_crypto_hmac_sha256, NULL, &auth, 8, &auth, 8);
    IGNORED(mptcp_crypto_hmac_sha256, hmac, NULL, 8, &auth, 8);
    IGNORED(mptcp_crypto_hmac_sha256, hmac, &auth, 8, NULL, 8);
    IGNORED(mptcp_join_hmac_of, 0, NULL, hmac);
    IGNORED(mptcp_join_hmac_of, 0, &auth, NULL);
    IGNORED(mptcp_crypto_sha1, NULL, hmac, 4);
    IGNORED(mptcp_crypto_sha1, hmac, NULL, 4);
    IGNORED(mptcp_crypto_hmac_sha1, NULL, &auth, 8, &auth, 8);
    IGNORED(mptcp_crypto_hmac_sha1, hmac, NULL, 8, &auth, 8);
    IGNORED(mptcp_crypto_hmac_sha1, hmac, &auth, 8, NULL, 8);
    IGNORED(mptcp_wipe, NULL, 4);
    assert_memory_equal(blank, hmac, sizeof hmac);
    ANSWERS(false, mptcp_join_hmac_ok, NULL, hmac, 8);
    ANSWERS(false, mptcp_join_hmac_ok, &auth, NULL, 8);
    ANSWERS(false, mptcp_join_hmac_ok, &auth, hmac, 7);
    ANSWERS(false, mptcp_join_hmac_ok, &auth, hmac, 21);
    ANSWERS(false, mptcp_join_hmac_ok_of, 0, NULL, hmac, 8);
    ANSWERS(false, mptcp_join_hmac_ok_of, 0, &auth, NULL, 8);
    ANSWERS(false, mptcp_join_hmac_ok_of, 0, &auth, hmac, 7);
    ANSWERS(0, mptcp_add_addr_hmac, 1, 2, 3, NULL);
    ANSWERS(0, mptcp_add_addr2_hmac, MPTCP_ADD_ADDR2_SENDER_KEY, 1, 2, 3, NULL);
    ANSWERS(0, mptcp_add_addr2_hmac, MPTCP_ADD_ADDR2_OFF, 1, 2, 3, &good);
    ANSWERS(0, mptcp_add_addr2_hmac, (enum mptcp_add_addr2)9, 1, 2, 3, &good);
    ANSWERS(0, mptcp_nonce, NULL, 1);
    ANSWERS(false, mptcp_ct_equal, NULL, hmac, 4);
    ANSWERS(false, mptcp_ct_equal, hmac, NULL, 4);
    ANSWERS(true, mptcp_ct_equal, NULL, NULL, 0);
    assert_int_equal(0, mptcp_key_id(0).zero); /* any number is a key */
    /* A version that there is not is taken for the newest one. */
    assert_int_equal(mptcp_key_id(5).token, mptcp_key_id_of(9, 5).token);
}

/* checks: none, law 5 */
static void
given_algorithms_when_arguments_are_wrong_then_there_is_no_growth_and_no_path(void **state)
{
    (void)state;
    struct mptcp_cc_path path = {
        .cwnd = 10000, .ssthresh = 1000, .srtt_us = 1000, .mss = 1000, .flags = MPTCP_CC_USABLE};
    struct mptcp_cc_acc acc = {0};
    struct mptcp_sched_path to = {.usable = 1, .room = 1, .srtt_us = 1};
    struct mptcp_sched_array array = {.paths = &to};
    struct mptcp_sched_held held;
    uint32_t cursor = 0;

    ANSWERS(0, mptcp_reno_increase, NULL, 1000, &acc);
    ANSWERS(0, mptcp_reno_increase, &path, 1000, NULL);
    ANSWERS(0, mptcp_lia_increase, NULL, 1, 0, 1000, &acc);
    ANSWERS(0, mptcp_lia_increase, &path, 1, 0, 1000, NULL);
    ANSWERS(0, mptcp_lia_increase, &path, 1, 1, 1000, &acc);
    ANSWERS(0, mptcp_lia_increase, &path, 0, 0, 1000, &acc);
    ANSWERS(0, mptcp_lia_window, NULL, 1);
    ANSWERS(0, mptcp_lia_window, &path, 0);
    assert_int_equal(0, acc.left);
    ANSWERS(false, mptcp_sched_prefer, NULL, &to);
    ANSWERS(true, mptcp_sched_prefer, &to, NULL);
    ANSWERS(false, mptcp_sched_prefer, NULL, NULL);
    ANSWERS(false, mptcp_sched_held, NULL, &cursor, &held);
    ANSWERS(false, mptcp_sched_held, &array.view, NULL, &held);
    ANSWERS(false, mptcp_sched_held, &array.view, &cursor, NULL);
}

/* checks: none, law 5 */
static void given_structures_to_fill_when_they_are_none_then_nothing_is_written(void **state)
{
    (void)state;
    struct mptcp_config cfg = {.size = 1234};
    struct mptcp_path path = {.size = 1234};

    IGNORED(mptcp_config_fill, NULL, sizeof cfg);
    IGNORED(mptcp_config_fill, &cfg, 0);
    IGNORED(mptcp_config_fill, &cfg, 3);
    IGNORED(mptcp_config_init, NULL);
    IGNORED(mptcp_path_fill, NULL, sizeof path);
    IGNORED(mptcp_path_fill, &path, 3);
    IGNORED(mptcp_path_init, NULL);
    assert_true(cfg.size == 1234 && path.size == 1234);
    ANSWERS(NULL, mptcp_congestion_at, UINT32_MAX);
    assert_int_equal(MPTCP_LIBRARY_VERSION, mptcp_library_version());
}

/* checks: none, law 5 */
static void given_a_number_that_is_no_code_then_it_has_a_name_all_the_same(void **state)
{
    (void)state;
    static const int numbers[] = {1, -2, -1000, INT32_MAX, INT32_MIN};

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        ANSWERS(0, strcmp, "UNKNOWN", mptcp_error_name(numbers[i]));
        assert_non_null(mptcp_error_text(numbers[i]));
        assert_non_null(mptcp_error_section(numbers[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_endpoint_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(given_a_server_without_state_when_arguments_are_wrong_then_no_key),
        cmocka_unit_test(given_a_list_of_versions_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(given_a_list_of_blackholes_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(given_a_table_of_sums_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(given_options_when_arguments_are_wrong_then_argument),
        cmocka_unit_test(given_crypto_when_arguments_are_wrong_then_nothing_is_written),
        cmocka_unit_test(
            given_algorithms_when_arguments_are_wrong_then_there_is_no_growth_and_no_path),
        cmocka_unit_test(given_structures_to_fill_when_they_are_none_then_nothing_is_written),
        cmocka_unit_test(given_a_number_that_is_no_code_then_it_has_a_name_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
