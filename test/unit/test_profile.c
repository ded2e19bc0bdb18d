/*
 * test_profile.c - the rows of mptcp_profiles: what a version of the protocol has (RFC 8684 for
 * version 1), and that a connection does as the row of its version says.
 */
#include "lengths_test.h"
#include "link_test.h"

#include "crypto/of_version.h"
#include "machines/machines.h"
#include "mptcp/print.h"

/* RFC 8684 s3.1 to s3.7. */
static const struct lengths table[] = {
    {MPTCP_CAPABLE, ON_SYN, {4, 12}}, /* 12: of version 0 */
    {MPTCP_CAPABLE, ON_SYNACK, {12}},
    {MPTCP_CAPABLE, ON_ACK, {20, 22, 24}},
    {MPTCP_JOIN, ON_SYN, {12}},
    {MPTCP_JOIN, ON_SYNACK, {16}},
    {MPTCP_JOIN, ON_ACK, {24}},
    {MPTCP_DSS, ON_ACK, {4, 8, 12, 14, 16, 18, 20, 22, 24, 26, 28}},
    {MPTCP_ADD_ADDR, ON_ACK, {8, 10, 16, 18, 20, 22, 28, 30}},
    {MPTCP_REMOVE_ADDR, ON_ACK, {ANY_FROM(4)}},
    {MPTCP_PRIO, ON_ACK, {3}},
    {MPTCP_FAIL, ON_ACK, {12}},
    {MPTCP_FAIL, ON_RST, {12}},
    {MPTCP_FASTCLOSE, ON_ACK, {12}},
    {MPTCP_FASTCLOSE, ON_RST, {12}},
    {MPTCP_TCPRST, ON_RST, {4}},
    {MPTCP_EXPERIMENTAL, ON_SYN, {ANY_FROM(3)}},
    {MPTCP_EXPERIMENTAL, ON_SYNACK, {ANY_FROM(3)}},
    {MPTCP_EXPERIMENTAL, ON_ACK, {ANY_FROM(3)}},
    {MPTCP_EXPERIMENTAL, ON_RST, {ANY_FROM(3)}},
};

/* checks: C-5 J-1 */
static void given_each_option_segment_and_length_then_those_of_the_rfc_are_read(void **state)
{
    (void)state;
    read_as_in(table, COUNT_OF(table), 1);
}

/* checks: none */
static void given_each_form_of_a_profile_then_it_is_the_rfcs(void **state)
{
    (void)state;
    for (unsigned subtype = 0; subtype < SUBTYPES; subtype++) {
        /* Flags inside of these tell the length. */
        bool exact = subtype != MPTCP_DSS && subtype != MPTCP_ADD_ADDR;
        for (unsigned length = 0; length <= MPTCP_OPTION_MAX; length++) {
            unsigned on = mptcp_form_on(1, subtype, length);
            unsigned rfc = 0;
            for (size_t k = 0; k < COUNT_OF(segments) && length >= 3; k++) {
                rfc |= in_table(table, COUNT_OF(table), subtype, segments[k].on, length)
                           ? segments[k].on
                           : 0u;
            }
            if (subtype == MPTCP_CAPABLE) {
                rfc = length == MPTCP_CAPABLE_SYNACK ? ON_SYNACK : rfc; /* on a SYN: version 0 */
            }
            assert_int_equal(rfc, exact ? on : on & rfc);
        }
    }
}

/* checks: C-10 J-7 A-4 */
static void given_version_1_then_its_row_makes_the_captured_tokens_and_hmacs(void **state)
{
    (void)state;
    struct mptcp_join_auth auth = {0x0b0b0b0b0b0b0b0bu, 0x0b0b0b0b0b0b0b0bu, 0x48692054u,
                                   0x68657265u};
    uint8_t key[16];
    uint8_t msg[8] = {0x48, 0x69, 0x20, 0x54, 0x68, 0x65, 0x72, 0x65};
    uint8_t whole[MPTCP_DIGEST_MAX];
    uint8_t hmac[MPTCP_JOIN_HMAC_SIZE];
    struct mptcp_key_id id = mptcp_key_id_of(1, 0x8f0c7c64a6a32ac1u);

    assert_int_equal(1, mptcp_profile(1)->version);
    assert_int_equal(32, mptcp_profile(1)->digest);
    assert_int_equal(0x2e1abdedu, id.token);
    assert_true(id.idsn.v == 0xee83a616c38765c4u);
    memset(key, 0x0b, sizeof key);
    mptcp_hmac_of(1, whole, key, sizeof key, msg, sizeof msg);
    mptcp_join_hmac_of(1, &auth, hmac);
    assert_memory_equal(whole, hmac, sizeof hmac);
    assert_true(mptcp_join_hmac_ok_of(1, &auth, hmac, sizeof hmac));

    struct mptcp_addr addr = address(1, 1, 80);
    uint8_t said[7] = {5, addr.ip[0], addr.ip[1], addr.ip[2], addr.ip[3], 0, 80};
    uint64_t last = 0;
    mptcp_hmac_of(1, whole, key, sizeof key, said, sizeof said);
    for (unsigned i = 24; i < 32; i++) {
        last = last << 8 | whole[i];
    }
    assert_true(last == mptcp_add_addr_hmac(0x0b0b0b0b0b0b0b0bu, 0x0b0b0b0b0b0b0b0bu, 5, &addr));
}

/* checks: C-1 C-18 C-21 C-22 */
static void given_a_new_connection_then_its_syn_is_that_of_its_version(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < 4; flags++) {
        struct pair p;
        uint32_t config = ((flags & 1u) != 0 ? MPTCP_CFG_CHECKSUM : 0u) |
                          ((flags & 2u) != 0 ? MPTCP_CFG_DENY_JOIN : 0u);
        establish(&p, config, 0);
        assert_int_equal(1, p.client.c->version);
        assert_int_equal(1, info_of(&p.client).version);
        assert_int_equal(1, info_of(&p.server).version);
        struct mptcp_capable keys = {0};
        mptcp_capable_make(p.client.c, MPTCP_CAPABLE_ACK, &keys);
        assert_int_equal(1, keys.version);
        assert_int_equal(MPTCP_CAPABLE_SHA256 | ((flags & 1u) != 0 ? MPTCP_CAPABLE_CHECKSUM : 0u) |
                             ((flags & 2u) != 0 ? MPTCP_CAPABLE_DENY_JOIN : 0u),
                         keys.flags);
    }
}

static _Alignas(uint64_t) uint8_t moved[CORE_BLOCK];

/* checks: none */
static void given_a_parked_connection_then_its_version_goes_with_it(void **state)
{
    (void)state;
    struct pair p;
    char text[1024];

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    memcpy(moved, p.client.block, sizeof moved);
    struct mptcp_conn *c = mptcp_conn_resume(moved, sizeof moved, p.now, p.now, 30000000u);
    assert_non_null(c);
    assert_int_equal(1, c->version);
    mptcp_conn_print(c, text, sizeof text, p.now);
    assert_non_null(strstr(text, "MPTCP version 1"));
    /* One of a version that this build does not speak is no connection of ours. */
    memcpy(moved, p.client.block, sizeof moved);
    ((struct mptcp_conn *)(void *)moved)->version = 2;
    assert_null(mptcp_conn_resume(moved, sizeof moved, p.now, p.now, 30000000u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_each_option_segment_and_length_then_those_of_the_rfc_are_read),
        cmocka_unit_test(given_each_form_of_a_profile_then_it_is_the_rfcs),
        cmocka_unit_test(given_version_1_then_its_row_makes_the_captured_tokens_and_hmacs),
        cmocka_unit_test(given_a_new_connection_then_its_syn_is_that_of_its_version),
        cmocka_unit_test(given_a_parked_connection_then_its_version_goes_with_it),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
