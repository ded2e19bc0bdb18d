/*
 * test_option.c - one option, whatever its subtype: lengths, truncation, round
 * trips with a seeded generator, wrong arguments.
 */
#include "wire_test.h"

static const uint8_t subtypes[] = {
    MPTCP_CAPABLE, MPTCP_JOIN, MPTCP_DSS,       MPTCP_ADD_ADDR, MPTCP_REMOVE_ADDR,
    MPTCP_PRIO,    MPTCP_FAIL, MPTCP_FASTCLOSE, MPTCP_TCPRST,   MPTCP_EXPERIMENTAL};

/* What RFC 8684 allows, for flags that call for nothing more: DSS and ADD_ADDR depend on theirs. */
static bool legal_length(unsigned subtype, unsigned len, bool echo)
{
    switch (subtype) {
    case MPTCP_CAPABLE:
        return len == 4 || len == 12 || len == 20 || len == 22;
    case MPTCP_JOIN:
        return len == 12 || len == 16 || len == 24;
    case MPTCP_DSS:
        return len == 26 || len == 28; /* all fields, 64 bits */
    case MPTCP_ADD_ADDR:
        return echo ? len == 8 || len == 10 || len == 20 || len == 22
                    : len == 16 || len == 18 || len == 28 || len == 30;
    case MPTCP_REMOVE_ADDR:
        return len >= 4 && len <= 40;
    case MPTCP_PRIO:
        return len == 3;
    case MPTCP_FAIL:
    case MPTCP_FASTCLOSE:
        return len == 12;
    case MPTCP_TCPRST:
        return len == 4;
    case MPTCP_EXPERIMENTAL:
        return len >= 3 && len <= 40;
    default:
        return false;
    }
}

/* checks: C-5 J-1 D-1 A-6 R-7 D-32 B-5 F-1 T-2 */
static void given_every_length_octet_for_every_subtype_then_only_legal_ones_are_read(void **state)
{
    (void)state;
    uint8_t octets[300];
    for (unsigned head = 0; head < 512; head++) {
        unsigned subtype = head % 16;
        bool echo = (head & 16) != 0;
        for (unsigned len = 0; len < 256; len++) {
            memset(octets, 0x11, sizeof octets);
            octets[0] = 30;
            octets[1] = (uint8_t)len;
            octets[2] = (uint8_t)(subtype << 4 | (subtype == MPTCP_ADD_ADDR ? echo : 1u));
            octets[3] = subtype == MPTCP_DSS ? 0x0f : 0x01;
            struct mptcp_option opt;
            struct mptcp_refusal why;
            int got = mptcp_option_read(octets, sizeof octets, &opt, &why);
            if (legal_length(subtype, len, echo)) {
                assert_int_equal(got, (int)len);
                assert_int_equal(why.code, MPTCP_OK);
                assert_int_equal(opt.subtype, subtype);
                continue;
            }
            bool unknown = subtype > MPTCP_TCPRST && subtype < MPTCP_EXPERIMENTAL;
            bool headless = len < 3 || len > 40;
            int code = unknown && !headless ? MPTCP_E_OPT_SUBTYPE : MPTCP_E_OPT_LENGTH;
            if (subtype == MPTCP_CAPABLE && len == 24) {
                code = MPTCP_E_OPT_CHECKSUM; /* flag A is clear */
            }
            assert_int_equal(got, code);
            assert_int_equal(why.code, code);
            assert_int_equal(why.subtype, headless ? 255 : subtype);
        }
    }
}

static void random_octets(uint64_t *seed, uint8_t *p, size_t n)
{
    while (n-- > 0) {
        *p++ = (uint8_t)random64(seed);
    }
}

static void random_capable(uint64_t *seed, struct mptcp_capable *o)
{
    static const uint8_t forms[] = {4, 12, 20, 22, 24};
    uint64_t r = random64(seed);
    o->form = forms[r % 5];
    o->version = (r >> 8) % 4 != 0 ? 1 : (uint8_t)((r >> 16) & 15);
    o->flags = (uint8_t)((r >> 24 & 0x7f) | 1);
    if (o->form >= MPTCP_CAPABLE_SYNACK) {
        o->sender_key = random64(seed);
    }
    if (o->form >= MPTCP_CAPABLE_ACK) {
        o->receiver_key = random64(seed);
    }
    if (o->form >= MPTCP_CAPABLE_DATA) {
        o->dll = (uint16_t)(r >> 48);
    }
    if (o->form == MPTCP_CAPABLE_DATA_CHECKSUM) {
        o->flags |= MPTCP_CAPABLE_CHECKSUM;
        o->checksum = (uint16_t)(r >> 32);
    }
}

static void random_join(uint64_t *seed, struct mptcp_join *o)
{
    static const uint8_t forms[] = {12, 16, 24};
    uint64_t r = random64(seed);
    o->form = forms[r % 3];
    if (o->form == MPTCP_JOIN_ACK) {
        random_octets(seed, o->hmac, 20);
        return;
    }
    o->backup = (r >> 8) & 1;
    o->addr_id = (uint8_t)(r >> 16);
    o->nonce = (uint32_t)(r >> 32);
    if (o->form == MPTCP_JOIN_SYN) {
        o->token = (uint32_t)random64(seed);
    } else {
        random_octets(seed, o->hmac, 8);
    }
}

static void random_dss(uint64_t *seed, struct mptcp_dss *o)
{
    uint64_t r = random64(seed);
    if ((r & MPTCP_DSS_ACK) != 0) {
        o->flags = (uint8_t)(r & 3);
        o->data_ack = random64(seed) >> ((r & MPTCP_DSS_ACK64) != 0 ? 0 : 32);
    }
    if ((r & MPTCP_DSS_MAP) != 0) {
        o->flags = (uint8_t)(o->flags | (r & 12));
        o->dsn = random64(seed) >> ((r & MPTCP_DSS_DSN64) != 0 ? 0 : 32);
        o->ssn = (uint32_t)(r >> 32);
        o->dll = (uint16_t)(r >> 16);
        o->has_checksum = (r >> 5) & 1;
        o->checksum = o->has_checksum ? (uint16_t)random64(seed) : 0;
        if (o->dll != 0) {
            o->flags = (uint8_t)(o->flags | (r & MPTCP_DSS_FIN));
        }
    }
}

static void random_add_addr(uint64_t *seed, struct mptcp_add_addr *o)
{
    uint64_t r = random64(seed);
    o->echo = r & 1;
    o->has_port = (r >> 1) & 1;
    o->addr_id = (uint8_t)(r >> 8);
    o->addr.family = (r & 4) != 0 ? 4 : 6;
    o->addr.port = o->has_port ? (uint16_t)(r >> 16 | 1) : 0;
    random_octets(seed, o->addr.ip, o->addr.family == 4 ? 4 : 16);
    o->hmac = o->echo ? 0 : random64(seed);
}

/* An option of a legal form with random contents; fields that the form lacks are 0. */
static struct mptcp_option random_option(uint64_t *seed, unsigned subtype)
{
    struct mptcp_option o;
    memset(&o, 0, sizeof o);
    o.subtype = (uint8_t)subtype;
    switch (subtype) {
    case MPTCP_CAPABLE:
        random_capable(seed, &o.u.capable);
        if (o.u.capable.version == 0) { /* it has other forms */
            o.u.capable.version = 1;
        }
        break;
    case MPTCP_JOIN:
        random_join(seed, &o.u.join);
        break;
    case MPTCP_DSS:
        random_dss(seed, &o.u.dss);
        break;
    case MPTCP_ADD_ADDR:
        random_add_addr(seed, &o.u.add_addr);
        break;
    case MPTCP_REMOVE_ADDR:
        o.u.remove_addr.count = (uint8_t)(1 + random_below(seed, 37));
        random_octets(seed, o.u.remove_addr.ids, o.u.remove_addr.count);
        break;
    case MPTCP_PRIO:
        o.u.prio.backup = random64(seed) & 1;
        break;
    case MPTCP_FAIL:
        o.u.fail.dsn = random64(seed);
        break;
    case MPTCP_FASTCLOSE:
        o.u.fastclose.receiver_key = random64(seed);
        break;
    case MPTCP_TCPRST:
        o.u.tcprst.transient = random64(seed) & 1;
        o.u.tcprst.reason = (uint8_t)random64(seed);
        break;
    default:
        o.u.experimental.length = (uint8_t)(1 + random_below(seed, 38));
        random_octets(seed, o.u.experimental.data, o.u.experimental.length);
        o.u.experimental.data[0] &= 0x0f;
    }
    return o;
}

/* checks: C-5 J-1 D-1 A-6 R-7 D-32 B-5 F-1 T-2 */
static void given_any_legal_option_when_written_and_read_then_it_is_the_same(void **state)
{
    (void)state;
    uint64_t seed = 8684;
    for (unsigned round = 0; round < 20000; round++) {
        struct mptcp_option opt = random_option(&seed, subtypes[round % COUNT_OF(subtypes)]);
        struct mptcp_option back;
        uint8_t octets[40];
        int len = mptcp_option_write(&opt, octets, sizeof octets);
        assert_true(len >= 3 && len <= 40);
        assert_int_equal(mptcp_option_length(&opt), len);
        assert_int_equal(octets[0], 30);
        assert_int_equal(octets[1], len);
        assert_int_equal(octets[2] >> 4, opt.subtype);
        memset(&back, 0xa5, sizeof back);
        uint8_t *copy = exact_copy(octets, (size_t)len);
        assert_int_equal(mptcp_option_read(copy, (size_t)len, &back, NULL), len);
        free(copy);
        assert_memory_equal(&back, &opt, sizeof opt);
    }
}

/* checks: none */
static void given_any_option_cut_short_then_it_is_refused_and_nothing_is_written(void **state)
{
    (void)state;
    uint64_t seed = 6824;
    for (unsigned round = 0; round < 1000; round++) {
        struct mptcp_option opt = random_option(&seed, subtypes[round % COUNT_OF(subtypes)]);
        uint8_t octets[40];
        uint8_t small[40];
        const uint8_t untouched[40] = {0};
        int len = mptcp_option_write(&opt, octets, sizeof octets);
        for (size_t n = 0; n < (size_t)len; n++) {
            struct mptcp_option back;
            struct mptcp_option before;
            struct mptcp_refusal why;
            memset(&back, 0xa5, sizeof back);
            before = back;
            uint8_t *copy = exact_copy(octets, n);
            assert_int_equal(mptcp_option_read(copy, n, &back, &why), MPTCP_E_OPT_TRUNCATED);
            free(copy);
            assert_int_equal(why.octet, n == 0 ? 0 : 1);
            assert_int_equal(why.subtype, n < 3 ? 255 : opt.subtype);
            assert_memory_equal(&back, &before, sizeof back);
            memset(small, 0, sizeof small);
            assert_int_equal(mptcp_option_write(&opt, small, n), MPTCP_E_ROOM);
            assert_memory_equal(small, untouched, sizeof small);
        }
    }
}

/* checks: none */
static void given_more_octets_than_the_option_then_the_rest_is_not_looked_at(void **state)
{
    (void)state;
    const uint8_t octets[] = {30, 3, 0x51, 30, 0, 0xff, 0xff};
    struct mptcp_option opt;
    assert_int_equal(mptcp_option_read(octets, sizeof octets, &opt, NULL), 3);
    assert_int_equal(opt.u.prio.backup, 1);
}

/* checks: none */
static void given_what_is_no_mptcp_option_then_the_reason_says_so(void **state)
{
    (void)state;
    assert_refused("020405b4", MPTCP_E_OPT_KIND, 0);
    assert_refused("01", MPTCP_E_OPT_KIND, 0);
    assert_refused("", MPTCP_E_OPT_TRUNCATED, 0);
    assert_refused("1e", MPTCP_E_OPT_TRUNCATED, 1);
    assert_refused("1e00", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0250", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e29500000", MPTCP_E_OPT_LENGTH, 1);
    assert_refused("1e0490ff", MPTCP_E_OPT_SUBTYPE, 2);
    assert_refused("1e04e0ff", MPTCP_E_OPT_SUBTYPE, 2);
    assert_int_equal(refuse_hex("1e0490ff").subtype, 9);
    assert_int_equal(refuse_hex("020405b4").subtype, 255);
}

/* checks: none */
static void given_an_unknown_subtype_when_written_then_it_is_refused(void **state)
{
    (void)state;
    struct mptcp_option opt;
    memset(&opt, 0, sizeof opt);
    for (unsigned subtype = MPTCP_TCPRST + 1; subtype < 256; subtype++) {
        if (subtype != MPTCP_EXPERIMENTAL) {
            opt.subtype = (uint8_t)subtype;
            assert_not_written(&opt, MPTCP_E_OPT_SUBTYPE);
        }
    }
}

/* checks: none */
static void given_null_then_it_is_an_argument_error(void **state)
{
    (void)state;
    const uint8_t octets[] = {30, 3, 0x50};
    uint8_t room[40];
    struct mptcp_option opt;
    struct mptcp_refusal why;
    assert_int_equal(mptcp_option_read(NULL, 3, &opt, &why), MPTCP_E_ARGUMENT);
    assert_int_equal(why.code, MPTCP_E_ARGUMENT);
    assert_int_equal(mptcp_option_read(octets, 3, NULL, NULL), MPTCP_E_ARGUMENT);
    assert_int_equal(mptcp_option_write(NULL, room, sizeof room), MPTCP_E_ARGUMENT);
    assert_int_equal(mptcp_option_read(octets, 3, &opt, NULL), 3);
    assert_int_equal(mptcp_option_write(&opt, NULL, 40), MPTCP_E_ARGUMENT);
    assert_int_equal(mptcp_option_length(NULL), MPTCP_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_every_length_octet_for_every_subtype_then_only_legal_ones_are_read),
        cmocka_unit_test(given_any_legal_option_when_written_and_read_then_it_is_the_same),
        cmocka_unit_test(given_any_option_cut_short_then_it_is_refused_and_nothing_is_written),
        cmocka_unit_test(given_more_octets_than_the_option_then_the_rest_is_not_looked_at),
        cmocka_unit_test(given_what_is_no_mptcp_option_then_the_reason_says_so),
        cmocka_unit_test(given_an_unknown_subtype_when_written_then_it_is_refused),
        cmocka_unit_test(given_null_then_it_is_an_argument_error),
    };
    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
