/*
 * test_endpoint.c - tokens, keys that do not collide, whose a SYN is.
 */
#include "core_test.h"

#define SLOTS 16u

static _Alignas(uint64_t) uint8_t block[MPTCP_ENDPOINT_SIZE(SLOTS)];

static struct mptcp_endpoint *make(void)
{
    struct mptcp_endpoint *e = mptcp_endpoint_init(block, sizeof block, SLOTS);
    assert_non_null(e);
    return e;
}

static void
given_a_block_too_small_or_a_count_that_is_no_power_of_two_then_there_is_none(void **state)
{
    (void)state;
    assert_null(mptcp_endpoint_init(block, sizeof block - 1, SLOTS));
    assert_null(mptcp_endpoint_init(block, sizeof block, 12));
    assert_null(mptcp_endpoint_init(block + 1, sizeof block - 1, 8));
    assert_null(mptcp_endpoint_init(NULL, sizeof block, SLOTS));
}

/* checks: C-7 */
static void given_tokens_that_share_a_slot_then_each_is_found_until_it_is_removed(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = make();
    uint32_t conn;
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, 0x100 * i + 3, i));
    }
    assert_int_equal(MPTCP_E_FULL, mptcp_endpoint_add(e, 99, 9));
    for (uint32_t gone = 0; gone < 8; gone++) {
        for (uint32_t i = 0; i < 8; i++) {
            int found = mptcp_endpoint_find(e, 0x100 * i + 3, &conn);
            assert_int_equal(i < gone ? MPTCP_E_NOT_FOUND : MPTCP_OK, found);
            assert_true(i < gone || conn == i);
        }
        assert_int_equal(MPTCP_OK, mptcp_endpoint_remove(e, 0x100 * gone + 3));
        assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_endpoint_remove(e, 0x100 * gone + 3));
    }
}

/* checks: C-6 C-8 C-10 */
static void given_a_token_in_use_then_its_key_collides_and_another_does_not(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = make();
    const uint8_t entropy[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t other[8] = {1, 2, 3, 4, 5, 6, 7, 9};
    uint64_t key = 0;
    uint32_t token = 0;

    assert_int_equal(MPTCP_OK, mptcp_endpoint_key(e, entropy, &key, &token));
    assert_true(key == 0x0102030405060708ull);
    assert_int_equal(mptcp_key_id(key).token, token);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, token, 1));
    key = 0;
    assert_int_equal(MPTCP_E_COLLISION, mptcp_endpoint_key(e, entropy, &key, &token));
    assert_true(key == 0);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_key(e, other, &key, &token));
}

static struct mptcp_syn ask(const struct mptcp_endpoint *e, const struct mptcp_option *o)
{
    struct wire w = with_option(o, SYN, 0, 0, 0);
    struct mptcp_syn syn;
    w.seg.options = w.options;
    assert_int_equal(MPTCP_OK, mptcp_endpoint_on_syn(e, &w.seg, &syn));
    return syn;
}

/* checks: J-13 J-6 E-1 C-26 */
static void given_syns_then_their_options_tell_whose_they_are(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = make();
    struct mptcp_option capable = {.subtype = MPTCP_CAPABLE};
    struct mptcp_option join = {.subtype = MPTCP_JOIN};

    capable.u.capable.version = 1;
    capable.u.capable.flags = MPTCP_CAPABLE_SHA256;
    capable.u.capable.form = MPTCP_CAPABLE_SYN;
    join.u.join.form = MPTCP_JOIN_SYN;
    join.u.join.token = 0xabc;
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, 0xabc, 42));

    assert_int_equal(MPTCP_SYN_PLAIN, ask(e, NULL).kind);
    assert_int_equal(MPTCP_SYN_CAPABLE, ask(e, &capable).kind);
    struct mptcp_syn known = ask(e, &join);
    assert_int_equal(MPTCP_SYN_JOIN, known.kind);
    assert_int_equal(42, known.conn);
    join.u.join.token = 0xdef;
    struct mptcp_syn unknown = ask(e, &join);
    assert_int_equal(MPTCP_SYN_RESET, unknown.kind);
    assert_int_equal(MPTCP_E_JOIN_TOKEN, unknown.code);
}

/* checks: J-6 T-1 X-2 */
static void given_a_refused_syn_then_the_rst_has_a_reason(void **state)
{
    (void)state;
    uint8_t p[4];
    struct mptcp_option o;
    static const struct {
        int code;
        unsigned reason;
    } cases[] = {{MPTCP_E_JOIN_TOKEN, MPTCP_RST_MPTCP},
                 {MPTCP_E_JOIN_REFUSED, MPTCP_RST_PROHIBITED},
                 {MPTCP_E_FULL, MPTCP_RST_RESOURCES}};

    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(4, mptcp_reset_option(cases[i].code, p, sizeof p));
        assert_int_equal(4, mptcp_option_read(p, sizeof p, &o, NULL));
        assert_int_equal(MPTCP_TCPRST, o.subtype);
        assert_int_equal(cases[i].reason, o.u.tcprst.reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_block_too_small_or_a_count_that_is_no_power_of_two_then_there_is_none),
        cmocka_unit_test(given_tokens_that_share_a_slot_then_each_is_found_until_it_is_removed),
        cmocka_unit_test(given_a_token_in_use_then_its_key_collides_and_another_does_not),
        cmocka_unit_test(given_syns_then_their_options_tell_whose_they_are),
        cmocka_unit_test(given_a_refused_syn_then_the_rst_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
