/*
 * test_options.c - the walk over an options area: which segments may carry what,
 * duplicates, options that exclude each other, damage, and that the short path
 * and the walk agree. Captured segments: test_options_captured.c.
 */
#include "rounds.h"
#include "wire_test.h"

#define ACK MPTCP_TCP_ACK
#define SYN MPTCP_TCP_SYN
#define RST MPTCP_TCP_RST

#define CAPABLE_SYN "1e040101"
#define CAPABLE_SYNACK "1e0c01018f0c7c64a6a32ac1"
#define CAPABLE_ACK "1e1401018f0c7c64a6a32ac173bb150358a0aecb"
#define CAPABLE_DATA "1e1601018f0c7c64a6a32ac173bb150358a0aecb0010"
#define CAPABLE_SUM "1e1801818f0c7c64a6a32ac173bb150358a0aecb0010beef"
#define JOIN_SYN "1e0c1000e47f01421b665a18"
#define JOIN_SYNACK "1e1010015ab680c7884af03d33abe9d5"
#define JOIN_ACK "1e181000cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a"
#define DSS "1e08200105060708"
#define ADD_ADDR "1e103001c0a888e1e0e054c3444e4c25"
#define ECHO "1e083101c0a888e1"
#define REMOVE_ADDR "1e044005"
#define PRIO "1e0351"
#define FAIL "1e0c6000e47ef57dd1b97490"
#define FASTCLOSE "1e0c700073bb150358a0aecb"
#define TCPRST "1e048101"
#define EXPERIMENTAL "1e04f0aa"

struct result {
    int code;
    struct mptcp_options o;
    struct mptcp_refusal why;
};

static struct result read_area(const uint8_t *octets, size_t n, unsigned flags)
{
    struct result r;
    memset(&r, 0xa5, sizeof r);
    uint8_t *copy = exact_copy(octets, n);
    r.code = mptcp_options_read(copy, n, flags, &r.o, &r.why);
    free(copy);
    assert_int_equal(r.code, r.why.code);
    return r;
}

static struct result read_text(const char *hex, unsigned flags)
{
    uint8_t octets[64];
    size_t n = from_hex(hex, octets, sizeof octets);
    return read_area(octets, n, flags);
}

static void assert_reads(const char *hex, unsigned flags, unsigned present)
{
    struct result r = read_text(hex, flags);
    assert_string_equal(mptcp_error_name(r.code), "OK");
    assert_int_equal(r.o.present, present);
    assert_int_equal(r.o.refused, 0);
}

static void assert_refuses(const char *hex, unsigned flags, int code, unsigned octet,
                           unsigned present, unsigned refused)
{
    struct result r = read_text(hex, flags);
    assert_string_equal(mptcp_error_name(r.code), mptcp_error_name(code));
    assert_int_equal(r.why.octet, octet);
    assert_int_equal(r.o.present, present);
    assert_int_equal(r.o.refused, refused);
}

/* checks: none */
static void given_no_mptcp_option_then_nothing_is_present_and_nothing_wrong(void **state)
{
    (void)state;
    assert_reads("", ACK, 0);
    assert_reads("01", ACK, 0);
    assert_reads("00", ACK, 0);
    assert_reads("0101080a0102030405060708", ACK, 0);
    assert_reads("020405b40402080a01020304000000000103030a", SYN, 0);
    assert_int_equal(mptcp_options_read(NULL, 0, ACK, &(struct mptcp_options){0}, NULL), MPTCP_OK);
}

/* checks: none */
static void given_octets_after_the_end_of_options_then_they_are_not_looked_at(void **state)
{
    (void)state;
    assert_reads("0100" DSS, ACK, 0);
    assert_reads(DSS "00" PRIO, ACK, MPTCP_HAS(MPTCP_DSS));
    assert_reads(DSS "0101001eff", ACK, MPTCP_HAS(MPTCP_DSS));
}

static const unsigned segments[] = {
    SYN,        SYN | ACK, ACK, RST, RST | ACK, 0, SYN | RST, SYN | RST | ACK, ACK | MPTCP_TCP_FIN,
    ACK | 0x08, /* PSH is no matter */
    SYN | 0xc0};

/* One bit for each entry of segments[] that may carry the option. */
static const struct {
    const char *hex;
    unsigned subtype;
    unsigned on;
} places[] = {
    {CAPABLE_SYN, MPTCP_CAPABLE, 0x401},
    {CAPABLE_SYNACK, MPTCP_CAPABLE, 0x403},
    {CAPABLE_ACK, MPTCP_CAPABLE, 0x304},
    {CAPABLE_DATA, MPTCP_CAPABLE, 0x304},
    {CAPABLE_SUM, MPTCP_CAPABLE, 0x304},
    {JOIN_SYN, MPTCP_JOIN, 0x401},
    {JOIN_SYNACK, MPTCP_JOIN, 0x002},
    {JOIN_ACK, MPTCP_JOIN, 0x304},
    {DSS, MPTCP_DSS, 0x304},
    {ADD_ADDR, MPTCP_ADD_ADDR, 0x304},
    {ECHO, MPTCP_ADD_ADDR, 0x304},
    {REMOVE_ADDR, MPTCP_REMOVE_ADDR, 0x304},
    {PRIO, MPTCP_PRIO, 0x304},
    {FAIL, MPTCP_FAIL, 0x31c},
    {FASTCLOSE, MPTCP_FASTCLOSE, 0x31c},
    {TCPRST, MPTCP_TCPRST, 0x018},
    {EXPERIMENTAL, MPTCP_EXPERIMENTAL, 0x71f},
};

/* checks: C-5 J-1 F-5 T-1 B-5 */
static void given_each_option_on_each_segment_then_only_its_own_place_is_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        for (size_t k = 0; k < COUNT_OF(segments); k++) {
            unsigned bit = MPTCP_HAS(places[i].subtype);
            if ((places[i].on >> k & 1) != 0) {
                assert_reads(places[i].hex, segments[k], bit);
            } else {
                assert_refuses(places[i].hex, segments[k], MPTCP_E_OPT_SEGMENT, 2, 0, bit);
            }
        }
    }
}

/* checks: C-3 C-20 */
static void
given_a_misplaced_capable_of_another_version_then_the_version_is_the_reason(void **state)
{
    (void)state;
    unsigned bit = MPTCP_HAS(MPTCP_CAPABLE);
    assert_refuses("1e140281"
                   "9c9eabd1e46a33b29c9eabd1e46a33b2",
                   SYN, MPTCP_E_OPT_VERSION, 2, 0, bit);
    assert_refuses("1e140141"
                   "8f0c7c64a6a32ac18f0c7c64a6a32ac1",
                   SYN, MPTCP_E_OPT_EXTENSION, 2, 0, bit);
    assert_reads("1e0c00819c9eabd1e46a33b2", SYN, bit);
    assert_reads("1e040201", SYN, bit);
    assert_reads("1e0c00819c9eabd1e46a33b2", SYN | ACK, bit);
}

/* Rows and columns as the table of combinations has them; x: never together on any segment. */
static const struct {
    const char *hex;
    unsigned subtype;
    unsigned strength;
} parts[] = {
    {CAPABLE_ACK, MPTCP_CAPABLE, 6},
    {JOIN_ACK, MPTCP_JOIN, 5},
    {DSS, MPTCP_DSS, 0},
    {ECHO, MPTCP_ADD_ADDR, 3},
    {REMOVE_ADDR, MPTCP_REMOVE_ADDR, 2},
    {PRIO, MPTCP_PRIO, 1},
    {FAIL, MPTCP_FAIL, 4},
    {FASTCLOSE, MPTCP_FASTCLOSE, 7},
    {EXPERIMENTAL, MPTCP_EXPERIMENTAL, 0},
};
static const char *const together[] = {
    "",         /* MP_CAPABLE */
    "x",        /* MP_JOIN */
    "..",       /* DSS */
    "xx.",      /* ADD_ADDR */
    "....",     /* REMOVE_ADDR */
    "x....",    /* MP_PRIO */
    "xx.xxx",   /* MP_FAIL */
    "xx.xxxx",  /* MP_FASTCLOSE */
    "........", /* MP_EXPERIMENTAL */
};

/* checks: C-15 F-1 B-6 */
static void
given_any_two_options_in_any_order_then_the_stronger_of_those_that_exclude_each_other_is_kept(
    void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(parts); row++) {
        for (size_t column = 0; column < row; column++) {
            for (unsigned swap = 0; swap < 2; swap++) {
                size_t first = swap != 0 ? row : column;
                size_t second = swap != 0 ? column : row;
                char hex[160];
                snprintf(hex, sizeof hex, "%s%s", parts[first].hex, parts[second].hex);
                if (strlen(hex) > 80) {
                    continue; /* MP_CAPABLE and MP_JOIN do not even fit into one area */
                }
                unsigned a = MPTCP_HAS(parts[first].subtype);
                unsigned b = MPTCP_HAS(parts[second].subtype);
                bool first_wins = parts[first].strength > parts[second].strength;
                if (together[row][column] != 'x') {
                    assert_reads(hex, ACK, a | b);
                } else if (first_wins) {
                    unsigned octet = (unsigned)strlen(parts[first].hex) / 2 + 2;
                    assert_refuses(hex, ACK, MPTCP_E_OPT_CONFLICT, octet, a, b);
                } else {
                    assert_refuses(hex, ACK, MPTCP_E_OPT_CONFLICT, 2, b, a);
                }
            }
        }
    }
}

/* checks: J-1 C-5 */
static void given_capable_and_join_on_one_syn_then_capable_is_kept(void **state)
{
    (void)state;
    assert_refuses(CAPABLE_SYN JOIN_SYN, SYN, MPTCP_E_OPT_CONFLICT, 6, MPTCP_HAS(MPTCP_CAPABLE),
                   MPTCP_HAS(MPTCP_JOIN));
    assert_refuses(JOIN_SYN CAPABLE_SYN, SYN, MPTCP_E_OPT_CONFLICT, 2, MPTCP_HAS(MPTCP_CAPABLE),
                   MPTCP_HAS(MPTCP_JOIN));
}

/* checks: T-1 B-5 F-5 */
static void given_a_reset_then_its_reason_goes_with_fail_and_with_fastclose(void **state)
{
    (void)state;
    unsigned rst = MPTCP_HAS(MPTCP_TCPRST);
    assert_reads(FAIL TCPRST, RST | ACK, rst | MPTCP_HAS(MPTCP_FAIL));
    assert_reads(TCPRST FAIL, RST, rst | MPTCP_HAS(MPTCP_FAIL));
    assert_reads(FASTCLOSE TCPRST, RST, rst | MPTCP_HAS(MPTCP_FASTCLOSE));
    assert_refuses(FAIL FASTCLOSE, RST, MPTCP_E_OPT_CONFLICT, 2, MPTCP_HAS(MPTCP_FASTCLOSE),
                   MPTCP_HAS(MPTCP_FAIL));
    assert_refuses(DSS TCPRST, RST, MPTCP_E_OPT_SEGMENT, 2, rst, MPTCP_HAS(MPTCP_DSS));
}

/* checks: C-15 */
static void given_two_of_one_subtype_then_the_first_is_kept_and_the_second_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        char hex[160];
        snprintf(hex, sizeof hex, "%s%s", places[i].hex, places[i].hex);
        if (strlen(hex) > 80) {
            continue; /* two of them do not fit into one area */
        }
        unsigned segment = 0;
        while ((places[i].on >> segment & 1) == 0) {
            segment++;
        }
        unsigned bit = MPTCP_HAS(places[i].subtype);
        unsigned octet = (unsigned)strlen(places[i].hex) / 2 + 2;
        assert_refuses(hex, segments[segment], MPTCP_E_OPT_DUPLICATE, octet, bit, bit);
    }
    struct result r = read_text("1e08200111111111"
                                "1e08200122222222",
                                ACK);
    assert_true(r.o.dss.data_ack == 0x11111111);
}

/* checks: none */
static void given_a_malformed_dss_before_a_good_one_then_nothing_of_it_is_left(void **state)
{
    (void)state;
    unsigned bit = MPTCP_HAS(MPTCP_DSS);
    struct result r = read_text("1e0a200f112233445566" DSS, ACK);
    assert_int_equal(r.code, MPTCP_E_OPT_LENGTH);
    assert_int_equal(r.why.octet, 1);
    assert_int_equal(r.why.subtype, MPTCP_DSS);
    assert_int_equal(r.o.present, bit);
    assert_int_equal(r.o.refused, bit);
    assert_int_equal(r.o.dss.flags, MPTCP_DSS_ACK);
    assert_true(r.o.dss.data_ack == 0x05060708u);
    assert_true(r.o.dss.dsn == 0);
    assert_int_equal(r.o.dss.dll, 0);
    r = read_text("1e0a200f112233445566" CAPABLE_DATA, ACK);
    assert_int_equal(r.o.present, MPTCP_HAS(MPTCP_CAPABLE));
    assert_int_equal(r.o.refused, bit);
    assert_int_equal(r.o.capable.dll, 16);
}

/* checks: none */
static void given_members_that_are_not_present_then_they_are_not_written(void **state)
{
    (void)state;
    struct mptcp_options before;
    struct mptcp_options after;
    memset(&before, 0xa5, sizeof before);
    after = before;
    const uint8_t area[] = {30, 3, 0x51, 1};
    assert_int_equal(mptcp_options_read(area, sizeof area, ACK, &after, NULL), MPTCP_OK);
    assert_int_equal(after.prio.backup, 1);
    assert_memory_equal(&after.dss, &before.dss, sizeof after.dss);
    assert_memory_equal(&after.capable, &before.capable, sizeof after.capable);
    assert_memory_equal(&after.join, &before.join, sizeof after.join);
    assert_memory_equal(&after.add_addr, &before.add_addr, sizeof after.add_addr);
    assert_memory_equal(&after.remove_addr, &before.remove_addr, sizeof after.remove_addr);
    assert_memory_equal(&after.fail, &before.fail, sizeof after.fail);
    assert_memory_equal(&after.fastclose, &before.fastclose, sizeof after.fastclose);
    assert_memory_equal(&after.tcprst, &before.tcprst, sizeof after.tcprst);
    assert_memory_equal(&after.experimental, &before.experimental, sizeof after.experimental);
}

/* checks: none */
static void given_a_length_octet_that_cannot_be_trusted_then_reading_stops_there(void **state)
{
    (void)state;
    assert_refuses(PRIO "0800" DSS, ACK, MPTCP_E_OPT_LENGTH, 4, MPTCP_HAS(MPTCP_PRIO), 0);
    assert_refuses("0801" DSS, ACK, MPTCP_E_OPT_LENGTH, 1, 0, 0);
    assert_refuses(PRIO "08", ACK, MPTCP_E_OPT_TRUNCATED, 4, MPTCP_HAS(MPTCP_PRIO), 0);
    assert_refuses(PRIO "1e", ACK, MPTCP_E_OPT_TRUNCATED, 4, MPTCP_HAS(MPTCP_PRIO), 0);
    assert_refuses(PRIO "080a01", ACK, MPTCP_E_OPT_TRUNCATED, 4, MPTCP_HAS(MPTCP_PRIO), 0);
    assert_refuses("1e00" PRIO, ACK, MPTCP_E_OPT_LENGTH, 1, 0, 0);
    assert_refuses("1e01" PRIO, ACK, MPTCP_E_OPT_LENGTH, 1, 0, 0);
    assert_refuses("1e0c2001" PRIO, ACK, MPTCP_E_OPT_TRUNCATED, 1, 0, MPTCP_HAS(MPTCP_DSS));
}

/* checks: none */
static void given_an_option_refused_with_a_good_length_then_reading_goes_on(void **state)
{
    (void)state;
    assert_refuses("1e02" PRIO, ACK, MPTCP_E_OPT_LENGTH, 1, MPTCP_HAS(MPTCP_PRIO), 0);
    assert_refuses("1e0490ff" PRIO, ACK, MPTCP_E_OPT_SUBTYPE, 2, MPTCP_HAS(MPTCP_PRIO),
                   MPTCP_HAS(9));
    assert_refuses("1e0320"
                   "1e0340" PRIO,
                   ACK, MPTCP_E_OPT_LENGTH, 1, MPTCP_HAS(MPTCP_PRIO),
                   MPTCP_HAS(MPTCP_DSS) | MPTCP_HAS(MPTCP_REMOVE_ADDR));
}

/* checks: none */
static void given_more_than_40_octets_or_null_then_it_is_an_argument_error(void **state)
{
    (void)state;
    uint8_t octets[41] = {0};
    struct result r = read_area(octets, 41, ACK);
    assert_int_equal(r.code, MPTCP_E_ARGUMENT);
    assert_int_equal(r.o.present, 0);
    assert_int_equal(r.o.refused, 0);
    assert_int_equal(mptcp_options_read(NULL, 4, ACK, &r.o, NULL), MPTCP_E_ARGUMENT);
    assert_int_equal(mptcp_options_read(octets, 4, ACK, NULL, NULL), MPTCP_E_ARGUMENT);
}

/* The same area behind one NOP more is read by the walk: both ways must agree. */
static void assert_paths_agree(const uint8_t *octets, size_t n)
{
    uint8_t shifted[40] = {1};
    memcpy(shifted + 1, octets, n);
    struct result fast = read_area(octets, n, ACK);
    struct result slow = read_area(shifted, n + 1, ACK);
    assert_int_equal(fast.code, slow.code);
    assert_int_equal(fast.o.present, slow.o.present);
    assert_int_equal(fast.o.refused, slow.o.refused);
    assert_int_equal(fast.why.subtype, slow.why.subtype);
    assert_int_equal(fast.why.octet, slow.code == MPTCP_OK ? 0 : slow.why.octet - 1);
    if ((slow.o.present & MPTCP_HAS(MPTCP_EXPERIMENTAL)) != 0) {
        assert_int_equal(fast.o.experimental_at + 1, slow.o.experimental_at);
        slow.o.experimental_at--;
    }
    assert_memory_equal(&fast.o, &slow.o, sizeof fast.o);
}

/* checks: D-1 */
static void given_the_common_layouts_damaged_at_random_then_short_path_and_walk_agree(void **state)
{
    (void)state;
    static const char *const layouts[] = {
        "0101080a01020304050607081e1a200f01020304050607081112131415161718212223243132",
        "0101080a01020304050607081e0820010506070801",
        "0101080a01020304050607081e0c2003010203040506070801",
        "1e1c200f0102030405060708111213141516171821222324313241420101",
        "1e18200d050607081112131415161718212223243132414201",
        "1e0e2004151617182122232431320101",
        "0101080a01020304050607081e0820010506070800",
        DSS "010101",
        DSS DSS,
        DSS PRIO "01",
    };
    uint64_t seed = 77;
    for (unsigned round = 0; round < rounds(200000); round++) {
        uint8_t octets[40];
        size_t n = from_hex(layouts[round % COUNT_OF(layouts)], octets, sizeof octets - 1);
        unsigned damages = random_below(&seed, 4);
        while (damages-- > 0) {
            octets[random_below(&seed, (uint32_t)n)] ^= (uint8_t)(1u << random_below(&seed, 8));
        }
        n -= random_below(&seed, 4) == 0 ? random_below(&seed, (uint32_t)n) : 0;
        assert_paths_agree(octets, n);
    }
}

/* checks: none */
static void given_random_octets_then_what_is_kept_can_be_written_back(void **state)
{
    (void)state;
    uint64_t seed = 78;
    for (unsigned round = 0; round < rounds(200000); round++) {
        uint8_t octets[40];
        size_t n = random_below(&seed, 41);
        for (size_t i = 0; i < n; i++) {
            octets[i] = (uint8_t)random64(&seed);
        }
        for (size_t at = 0; at + 4 < n; at += 4 + random_below(&seed, 24)) {
            octets[at] = 30;
            octets[at + 1] = (uint8_t)(3 + random_below(&seed, 30));
            octets[at + 2] &= 0x8f;
        }
        struct result r = read_area(octets, n, (unsigned)random64(&seed) & 0x17);
        struct mptcp_option opt;
        memset(&opt, 0, sizeof opt);
        if ((r.o.present & MPTCP_HAS(MPTCP_DSS)) != 0) {
            opt.subtype = MPTCP_DSS;
            opt.u.dss = r.o.dss;
            assert_true(mptcp_option_length(&opt) >= 4);
        }
        if ((r.o.present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0) {
            opt.subtype = MPTCP_ADD_ADDR;
            opt.u.add_addr = r.o.add_addr;
            assert_true(mptcp_option_length(&opt) >= 8);
        }
        assert_int_equal(r.code == MPTCP_OK && r.o.refused != 0, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_no_mptcp_option_then_nothing_is_present_and_nothing_wrong),
        cmocka_unit_test(given_octets_after_the_end_of_options_then_they_are_not_looked_at),
        cmocka_unit_test(given_each_option_on_each_segment_then_only_its_own_place_is_allowed),
        cmocka_unit_test(
            given_a_misplaced_capable_of_another_version_then_the_version_is_the_reason),
        cmocka_unit_test(
            given_any_two_options_in_any_order_then_the_stronger_of_those_that_exclude_each_other_is_kept),
        cmocka_unit_test(given_capable_and_join_on_one_syn_then_capable_is_kept),
        cmocka_unit_test(given_a_reset_then_its_reason_goes_with_fail_and_with_fastclose),
        cmocka_unit_test(given_two_of_one_subtype_then_the_first_is_kept_and_the_second_refused),
        cmocka_unit_test(given_a_malformed_dss_before_a_good_one_then_nothing_of_it_is_left),
        cmocka_unit_test(given_members_that_are_not_present_then_they_are_not_written),
        cmocka_unit_test(given_a_length_octet_that_cannot_be_trusted_then_reading_stops_there),
        cmocka_unit_test(given_an_option_refused_with_a_good_length_then_reading_goes_on),
        cmocka_unit_test(given_more_than_40_octets_or_null_then_it_is_an_argument_error),
        cmocka_unit_test(given_the_common_layouts_damaged_at_random_then_short_path_and_walk_agree),
        cmocka_unit_test(given_random_octets_then_what_is_kept_can_be_written_back),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
