/*
 * test_version0_options.c - which options of version 0 are read, on which segments and with which
 * lengths (Z-1 to Z-9); that of version 1 is in test_profile.c.
 */
#include "lengths_test.h"
#include "version0_test.h"

/* The subtype of ADD_ADDR also has the lengths with an HMAC: those of Linux's later
 * kernels and of the drafts of RFC 8684 (Z-66). */
static const struct lengths table[] = {
    {MPTCP_CAPABLE, ON_SYN, {12}},
    {MPTCP_CAPABLE, ON_SYNACK, {12}},
    {MPTCP_CAPABLE, ON_ACK, {20}},
    {MPTCP_JOIN, ON_SYN, {12}},
    {MPTCP_JOIN, ON_SYNACK, {16}},
    {MPTCP_JOIN, ON_ACK, {24}},
    {MPTCP_DSS, ON_ACK, {4, 8, 12, 14, 16, 18, 20, 22, 24, 26, 28}},
    {MPTCP_ADD_ADDR, ON_ACK, {8, 10, 16, 18, 20, 22, 28, 30}},
    {MPTCP_REMOVE_ADDR, ON_ACK, {ANY_FROM(4)}},
    {MPTCP_PRIO, ON_ACK, {3, 4}},
    {MPTCP_FAIL, ON_ACK, {12}},
    {MPTCP_FAIL, ON_RST, {12}},
    {MPTCP_FASTCLOSE, ON_ACK, {12}},
    {MPTCP_FASTCLOSE, ON_RST, {12}},
    {MPTCP_ADD_ADDR2, ON_ACK, {16, 18, 28, 30}},
    {MPTCP_EXPERIMENTAL, ON_SYN, {ANY_FROM(3)}},
    {MPTCP_EXPERIMENTAL, ON_SYNACK, {ANY_FROM(3)}},
    {MPTCP_EXPERIMENTAL, ON_ACK, {ANY_FROM(3)}},
    {MPTCP_EXPERIMENTAL, ON_RST, {ANY_FROM(3)}},
};

/* checks: Z-1 Z-2 Z-5 Z-6 Z-7 Z-8 Z-9 Z-10 Z-22 Z-62 */
static void given_each_option_segment_and_length_then_those_of_version_0_are_read(void **state)
{
    (void)state;
    read_as_in(table, COUNT_OF(table), 0);
}

/* The options of an ACK with this area, of version 0. */
static struct mptcp_options read0(const char *hex)
{
    struct wire w = raw(hex, ACK, 1, 0, 1);
    return options0(&w);
}

/* The flags of a DSS tell each length; a checksum is told by a length of two more. */
static const struct {
    uint8_t flags;
    uint8_t length;
} dss[] = {{0x00, 4},  {0x01, 8},  {0x03, 12}, {0x04, 14}, {0x0c, 18}, {0x05, 18},
           {0x07, 22}, {0x0d, 22}, {0x0f, 26}, {0x15, 18}, {0x1f, 26}};

/* checks: Z-6 */
static void given_each_flag_octet_of_a_dss_then_only_its_two_lengths_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(dss); i++) {
        bool map = (dss[i].flags & MPTCP_DSS_MAP) != 0;
        for (uint8_t length = 3; length <= MPTCP_OPTION_MAX; length++) {
            uint8_t area[MPTCP_OPTION_MAX];
            struct mptcp_options o;
            memset(area, 0x11, sizeof area);
            area[0] = MPTCP_OPTION_KIND;
            area[1] = length;
            area[2] = MPTCP_DSS << 4;
            area[3] = dss[i].flags;
            mptcp_options_read_of(0, area, length, ACK, &o, NULL);
            bool sum = map && length == dss[i].length + 2;
            assert_int_equal(length == dss[i].length || sum, o.present == MPTCP_HAS(MPTCP_DSS));
            if (o.present != 0) {
                assert_int_equal(sum, o.dss.has_checksum);
            }
        }
    }
}

/* checks: Z-7 Z-62 Z-65 */
static void given_an_ip_version_that_contradicts_the_length_then_it_is_no_announcement(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "1e0836010a010202",                         /* IPv6 in 8 octets */
        "1e0a36010a0102020016",                     /* ... and with a port */
        "1e14340220010db8000000000000000000000001", /* IPv4 in 20 */
        "1e0830010a010202",                         /* version 1's, without E */
        "1e0831010a010202",                         /* version 1's echo */
        "1e1086010a010202b8b8550cbb971caa",         /* ADD_ADDR2: IPv6 in 16 */
        "1e1080010a010202b8b8550cbb971caa",         /* ADD_ADDR2 without an IP version */
        "1e1085010a010202b8b8550cbb971caa",         /* IP version 5 */
        "1e1c840220010db8000000000000000000000001e927808283b2bd14",
        "1e1036010a010202405954032efe239d", /* Linux's: IPv6 in 16 */
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(0, read0(bad[i]).present);
        assert_int_not_equal(0, read0(bad[i]).refused);
    }
}

/* checks: Z-7 Z-56 */
static void given_several_announcements_in_one_segment_then_each_is_read(void **state)
{
    (void)state;
    /* A DSS of 20 octets would have room beside one only: here are three of them, and a NOP. */
    struct wire w =
        raw("1e0834010a010202011e1084020a010202b8b8550cbb971caa1e0834030a010203", ACK, 1, 0, 1);
    struct mptcp_option o;
    size_t at = 0;
    static const uint8_t subtypes[] = {MPTCP_ADD_ADDR, MPTCP_ADD_ADDR2, MPTCP_ADD_ADDR};

    assert_int_equal(MPTCP_HAS(MPTCP_ADD_ADDR) | MPTCP_HAS(MPTCP_ADD_ADDR2), options0(&w).present);
    for (uint8_t i = 0; i < 3; i++) {
        assert_true(mptcp_options_next(0, w.options, w.seg.options_len, &at, &o));
        assert_int_equal(subtypes[i], o.subtype);
        assert_int_equal(i + 1, o.u.add_addr.addr_id);
    }
    assert_false(mptcp_options_next(0, w.options, w.seg.options_len, &at, &o));
    /* Version 1 has one in a segment at most. */
    struct wire two = raw("1e0831010a0102021e0831020a010202", ACK, 1, 0, 1);
    assert_int_equal(1, options_of(&two).add_addr.addr_id);
    assert_int_equal(MPTCP_HAS(MPTCP_ADD_ADDR), options_of(&two).refused);
}

/* checks: Z-1 Z-10 */
static void given_a_subtype_that_version_0_has_not_then_the_others_count(void **state)
{
    (void)state;
    for (unsigned subtype = 8; subtype < 15; subtype++) {
        char hex[64];
        snprintf(hex, sizeof hex, "1e04%x0001e082001d1b974b9", subtype);
        struct mptcp_options o = read0(hex);
        assert_int_equal(MPTCP_HAS(MPTCP_DSS), o.present);
        assert_true(o.dss.data_ack == 0xd1b974b9u);
    }
    struct wire rst = raw("1e048001", RST, 1, 0, 0);
    assert_int_equal(0, options0(&rst).present);
}

/* checks: Z-3 Z-4 */
static void given_each_flag_octet_of_mp_capable_then_without_a_hash_it_is_no_option(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 0x100; flags++) {
        char hex[32];
        snprintf(hex, sizeof hex, "1e0c00%02x9c9eabd1e46a33b2", flags);
        struct wire w = raw(hex, SYN, 0, 0, 0);
        struct mptcp_options o = options0(&w);
        bool known = (flags & 0x1fu) != 0 || (flags & 0x40u) != 0;
        assert_int_equal(known, o.present == MPTCP_HAS(MPTCP_CAPABLE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_each_option_segment_and_length_then_those_of_version_0_are_read),
        cmocka_unit_test(given_each_flag_octet_of_a_dss_then_only_its_two_lengths_are_read),
        cmocka_unit_test(
            given_an_ip_version_that_contradicts_the_length_then_it_is_no_announcement),
        cmocka_unit_test(given_several_announcements_in_one_segment_then_each_is_read),
        cmocka_unit_test(given_a_subtype_that_version_0_has_not_then_the_others_count),
        cmocka_unit_test(given_each_flag_octet_of_mp_capable_then_without_a_hash_it_is_no_option),
    };
    return cmocka_run_group_tests_name("version0_options", tests, NULL, NULL);
}
