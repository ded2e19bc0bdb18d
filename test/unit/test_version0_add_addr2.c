/*
 * test_version0_add_addr2.c - announcements with an HMAC in version 0, at both ends: which kinds
 * are sent, believed, ignored and counted (Z-62 to Z-68).
 */
#include "version0_test.h"

#include "mptcp/crypto.h"
#include "tables/block.h"

/* An announcement of the server's, id 1, 10.1.2.2, in each form that was drafted or deployed. */
enum { PLAIN, SECOND, BOTH_KEYS, LINUX_, BIS05, FORMS };
static const char *const forms[FORMS] = {
    [PLAIN] = "1e0834010a010202",
    [SECOND] = "1e1084010a010202b8b8550cbb971caa",
    [BOTH_KEYS] = "1e1084010a010202a4ccfa75e6bb1861",
    [LINUX_] = "1e1034010a010202405954032efe239d",
    [BIS05] = "1e1030010a010202ee569ca23b67b82b",
};

static struct mptcp_config config_with(unsigned add_addr2)
{
    struct mptcp_config cfg = config_of(0, 0);
    cfg.add_addr2 = (uint8_t)add_addr2;
    return cfg;
}

static void establish_with(struct pair *p, unsigned add_addr2)
{
    struct mptcp_config cfg = config_with(add_addr2);
    establish_both(p, &cfg);
}

static bool knows(const struct pair *p, uint8_t id)
{
    struct mptcp_addr a;
    return mptcp_address(p->client.c, true, id, &a) == MPTCP_OK;
}

static unsigned ignored(const struct pair *p)
{
    return info_of(&p->client).announcements_ignored;
}

/* What the receiver believes: a bit for each form. */
static const struct {
    uint8_t mode;
    uint8_t believed;
} modes[] = {
    {MPTCP_ADD_ADDR2_OFF, 1u << PLAIN | 1u << SECOND},
    {MPTCP_ADD_ADDR2_SENDER_KEY, 1u << SECOND},
    {MPTCP_ADD_ADDR2_SENDER_KEY | MPTCP_ADD_ADDR2_AND_PLAIN, 1u << PLAIN | 1u << SECOND},
    {MPTCP_ADD_ADDR2_BOTH_KEYS, 1u << BOTH_KEYS},
    {MPTCP_ADD_ADDR2_BOTH_KEYS | MPTCP_ADD_ADDR2_AND_PLAIN, 1u << PLAIN | 1u << BOTH_KEYS},
    {MPTCP_ADD_ADDR2_LINUX, 1u << LINUX_},
    {MPTCP_ADD_ADDR2_LINUX | MPTCP_ADD_ADDR2_AND_PLAIN, 1u << PLAIN | 1u << LINUX_},
    {MPTCP_ADD_ADDR2_BIS05, 1u << BIS05},
    {MPTCP_ADD_ADDR2_BIS05 | MPTCP_ADD_ADDR2_AND_PLAIN, 1u << PLAIN | 1u << BIS05},
};

/* checks: Z-63 Z-64 Z-66 Z-67 Z-76 Z-77 */
static void given_each_mode_and_form_then_it_is_believed_or_ignored_and_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        for (unsigned form = 0; form < FORMS; form++) {
            struct pair p;
            bool believed = (modes[i].believed >> form & 1u) != 0;
            establish_with(&p, modes[i].mode);
            raw_comes(&p, &p.client, forms[form]);
            assert_int_equal(believed, knows(&p, 1));
            assert_int_equal(!believed, ignored(&p));
            assert_false(p.client.verdict.drop);
            assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
            assert_true(is_version0(&p.client));
            struct mptcp_action a;
            assert_int_equal(believed, find_action(&p, &p.client, MPTCP_CONNECT, &a));
        }
    }
}

/* checks: Z-62 Z-63 Z-76 */
static void given_add_addr2_with_port_or_ipv6_then_it_is_believed(void **state)
{
    (void)state;
    static const char *const all[] = {
        "1e1284010a01020200166de0f1875e256c83",
        "1e1c860220010db8000000000000000000000001e927808283b2bd14",
        "1e1e860220010db800000000000000000000000101bb3dccbcdaea968f6d",
    };
    static const uint16_t ports[] = {22, 80, 443};

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        struct mptcp_addr a;
        establish_with(&p, MPTCP_ADD_ADDR2_SENDER_KEY);
        raw_comes(&p, &p.client, all[i]);
        assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, i == 0 ? 1 : 2, &a));
        assert_int_equal(ports[i], a.port);
    }
}

/* checks: Z-63 Z-65 */
static void given_any_octet_of_an_add_addr2_is_changed_then_it_is_ignored_and_counted(void **state)
{
    (void)state;
    struct pair p;
    unsigned count = 0;

    establish_with(&p, MPTCP_ADD_ADDR2_SENDER_KEY);
    for (unsigned at = 3; at < 16; at++) { /* id, address, HMAC */
        struct mptcp_subflow_report info = subflow_of(&p.client, p.client.sf);
        struct wire w = raw(forms[SECOND], ACK, info.rcv_nxt.v, 0, info.snd_una.v);
        w.options[at] ^= 1;
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(++count, ignored(&p));
        assert_false(knows(&p, 1));
    }
    assert_true(is_version0(&p.client));
    assert_int_equal(1, info_of(&p.client).subflows);
}

/* checks: Z-65 */
static void given_a_bad_length_or_ip_version_then_it_is_ignored_and_counted(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "1e0884010a010202",                     /* no HMAC */
        "1e0f84010a010202b8b8550cbb971c",       /* one octet less */
        "1e1184010a010202b8b8550cbb971caa00",   /* one more */
        "1e1086010a010202b8b8550cbb971caa",     /* IPv6 */
        "1e1085010a010202b8b8550cbb971caa",     /* IP version 5 */
        "1e1284010a01020200006de0f1875e256c83", /* port 0 */
        "1e0836010a010202",                     /* ADD_ADDR of IPv6 in 8 octets */
    };

    for (unsigned mode = 0; mode < 2; mode++) {
        for (size_t i = 0; i < COUNT_OF(bad); i++) {
            struct pair p;
            establish_with(&p, mode != 0 ? MPTCP_ADD_ADDR2_SENDER_KEY : MPTCP_ADD_ADDR2_OFF);
            raw_comes(&p, &p.client, bad[i]);
            assert_int_equal(1, ignored(&p));
            char beside[96]; /* a DSS, as on nearly every segment */
            snprintf(beside, sizeof beside, "1e082001d52abf2e%s", bad[i]);
            raw_comes(&p, &p.client, beside);
            assert_int_equal(2, ignored(&p));
            assert_false(knows(&p, 1));
            assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
            assert_true(is_version0(&p.client));
        }
    }
}

/* checks: Z-67 */
static void given_many_that_are_ignored_then_the_count_stays_at_255(void **state)
{
    (void)state;
    struct pair p;

    establish_with(&p, MPTCP_ADD_ADDR2_SENDER_KEY);
    for (unsigned i = 1; i < 300; i++) {
        raw_comes(&p, &p.client, forms[PLAIN]);
        assert_int_equal(i < 255 ? i : 255, ignored(&p));
    }
    /* Several in one segment count each. */
    establish_with(&p, MPTCP_ADD_ADDR2_SENDER_KEY);
    raw_comes(&p, &p.client, "1e0834010a0102021e0834020a0102021e0834030a010202");
    assert_int_equal(3, ignored(&p));
    assert_false(wants(&p.client, MPTCP_SEND_ACK)); /* nothing is answered */
}

/* checks: Z-67 Z-57 */
static void given_a_plain_address_then_a_verified_one_of_the_same_id_takes_its_place(void **state)
{
    (void)state;
    static const uint8_t any[] = {MPTCP_ADD_ADDR2_OFF,
                                  MPTCP_ADD_ADDR2_SENDER_KEY | MPTCP_ADD_ADDR2_AND_PLAIN};

    for (size_t i = 0; i < COUNT_OF(any); i++) {
        struct pair p;
        struct mptcp_addr a;
        establish_with(&p, any[i]);
        raw_comes(&p, &p.client, "1e0834010a090909"); /* whoever it was */
        assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, 1, &a));
        assert_int_equal(9, a.ip[3]);
        raw_comes(&p, &p.client, forms[SECOND]);
        assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, 1, &a));
        assert_int_equal(2, a.ip[3]);
        /* ... and keeps it, and its port. */
        raw_comes(&p, &p.client, "1e0834010a090909");
        raw_comes(&p, &p.client, "1e0a34010a0102020016");
        assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, 1, &a));
        assert_int_equal(2, a.ip[3]);
        assert_int_equal(80, a.port);
    }
}

/* --------------------------------------------------------------- the other end */

/* The announcements of the server, as they leave one after the other; how many. */
static unsigned said(struct pair *p, struct wire *out, unsigned room_)
{
    unsigned n = 0;

    for (unsigned k = 0; k < 40; k++) {
        if (wants(&p->server, MPTCP_SEND_ACK)) {
            struct wire w = says(p, &p->server, p->server.sf);
            if (has0(&w, MPTCP_ADD_ADDR) || has0(&w, MPTCP_ADD_ADDR2)) {
                assert_true(n < room_);
                out[n++] = w;
            }
        } else if (mptcp_deadline(p->server.c) != MPTCP_NEVER) {
            next_timeout(p, &p->server);
        }
    }
    return n;
}

/* The segment's options begin with these octets. */
static void begins(const struct wire *w, const char *hex)
{
    uint8_t octets[MPTCP_OPTION_MAX];
    size_t n = from_hex(hex, octets, sizeof octets);
    assert_true(w->seg.options_len >= n);
    assert_memory_equal(octets, w->options, n);
}

/* checks: Z-56 Z-62 Z-65 Z-66 Z-67 Z-76 Z-77 */
static void given_each_sender_mode_then_its_announcements_have_these_octets(void **state)
{
    (void)state;
    static const struct {
        uint8_t mode;
        const char *hex;
    } all[] = {
        {MPTCP_ADD_ADDR2_OFF, "1e0834010a010202"},
        {MPTCP_ADD_ADDR2_SENDER_KEY, "1e1084010a010202b8b8550cbb971caa"},
        {MPTCP_ADD_ADDR2_BOTH_KEYS, "1e1084010a010202a4ccfa75e6bb1861"},
        {MPTCP_ADD_ADDR2_LINUX, "1e1034010a010202405954032efe239d"},
        {MPTCP_ADD_ADDR2_BIS05, "1e1030010a010202ee569ca23b67b82b"},
    };
    struct mptcp_addr addr = {.family = 4, .port = 80, .ip = {10, 1, 2, 2}};

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        struct wire w[8];
        establish_with(&p, all[i].mode);
        announces(&p, addr);
        assert_int_equal(3, said(&p, w, COUNT_OF(w)));
        for (unsigned k = 0; k < 3; k++) {
            begins(&w[k], all[i].hex);
        }
        /* Both: the one with the HMAC first, then the plain one, of the same id. */
        if (all[i].mode != MPTCP_ADD_ADDR2_OFF) {
            establish_with(&p, all[i].mode | MPTCP_ADD_ADDR2_AND_PLAIN);
            announces(&p, addr);
            assert_int_equal(6, said(&p, w, COUNT_OF(w)));
            for (unsigned k = 0; k < 6; k++) {
                begins(&w[k], k % 2 == 0 ? all[i].hex : all[0].hex);
            }
        }
    }
}

/* checks: Z-62 Z-63 Z-66 Z-76 Z-77 */
static void given_ports_and_ipv6_then_the_announcements_have_these_octets(void **state)
{
    (void)state;
    static const struct {
        uint8_t mode;
        struct mptcp_addr addr;
        const char *hex;
    } all[] = {
        {MPTCP_ADD_ADDR2_SENDER_KEY,
         {.family = 4, .port = 22, .ip = {10, 1, 2, 2}},
         "1e1284010a01020200166de0f1875e256c83"},
        {MPTCP_ADD_ADDR2_LINUX,
         {.family = 4, .port = 22, .ip = {10, 1, 2, 2}},
         "1e1234010a010202001632cf2ebded43e721"},
        {MPTCP_ADD_ADDR2_BOTH_KEYS,
         {.family = 4, .port = 22, .ip = {10, 1, 2, 2}},
         "1e1284010a010202001688dcbfd1f4157812"},
        {MPTCP_ADD_ADDR2_SENDER_KEY,
         {.family = 6, .port = 80, .ip = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
         "1e1c860220010db8000000000000000000000001e927808283b2bd14"},
        {MPTCP_ADD_ADDR2_SENDER_KEY,
         {.family = 6, .port = 443, .ip = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
         "1e1e860220010db800000000000000000000000101bb3dccbcdaea968f6d"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        struct wire w[8];
        struct mptcp_addr other = {.family = 4, .port = 80, .ip = {10, 3, 3, 3}};
        uint8_t id = 0;
        establish_with(&p, all[i].mode);
        if (all[i].addr.family == 6) { /* the vectors have id 2 */
            assert_int_equal(MPTCP_OK,
                             mptcp_add_address(p.server.c, &other, MPTCP_ADDR_JOIN, &id, p.now));
        }
        announces(&p, all[i].addr);
        assert_int_equal(3, said(&p, w, COUNT_OF(w)));
        begins(&w[0], all[i].hex);
    }
}

/* checks: Z-67 Z-68 */
static void given_both_ends_with_add_addr2_then_addresses_of_either_are_joined(void **state)
{
    (void)state;
    for (unsigned mode = 1; mode <= MPTCP_ADD_ADDR2_BIS05; mode++) {
        struct pair p;
        struct wire w[8];
        struct mptcp_action a;
        mptcp_sf ours;
        mptcp_sf theirs;
        establish_with(&p, mode);
        announces(&p, address(7, 2, 80));
        assert_true(said(&p, w, COUNT_OF(w)) > 0);
        come(&p, &p.client, p.client.sf, &w[0]);
        assert_int_equal(0, ignored(&p));
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(1, a.remote_id);
        joins(&p, &p.client, &p.server, &ours, &theirs);
        assert_int_equal(1, subflow_of(&p.server, theirs).established);
    }
}

/* checks: Z-25 Z-30 C-17 */
static void
given_add_addr2_before_any_dss_then_it_confirms_no_keys_and_nothing_is_joined(void **state)
{
    (void)state;
    for (unsigned form = SECOND; form < FORMS; form++) {
        static const uint8_t mode[FORMS] = {0, MPTCP_ADD_ADDR2_SENDER_KEY,
                                            MPTCP_ADD_ADDR2_BOTH_KEYS, MPTCP_ADD_ADDR2_LINUX,
                                            MPTCP_ADD_ADDR2_BIS05};
        struct pair p;
        struct mptcp_action a;
        struct mptcp_config cfg = config_with(mode[form]);
        struct wire syn = begin_as(&p, &cfg, &cfg);
        answers(&p, &syn);
        raw_comes(&p, &p.client, forms[form]);
        assert_true(knows(&p, 1));
        assert_int_equal(0, info_of(&p.client).fully_established);
        p.now += 1000000;
        mptcp_on_timeout(p.client.c, p.now);
        assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        raw_comes(&p, &p.client, "1e082001d52abeca");
        assert_int_equal(1, info_of(&p.client).fully_established);
        p.now += 1000000;
        mptcp_on_timeout(p.client.c, p.now);
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    }
}

/* checks: Z-62 Z-1 */
static void given_version_1_then_add_addr2_is_no_option_of_it(void **state)
{
    (void)state;
    for (unsigned form = 0; form < FORMS; form++) {
        struct pair p;
        struct mptcp_config cfg = config_of(1, 0);
        cfg.add_addr2 = MPTCP_ADD_ADDR2_SENDER_KEY;
        establish_both(&p, &cfg);
        raw_comes(&p, &p.client, forms[form]);
        assert_false(knows(&p, 1));
        assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
        assert_int_equal(1, info_of(&p.client).version);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_each_mode_and_form_then_it_is_believed_or_ignored_and_counted),
        cmocka_unit_test(given_add_addr2_with_port_or_ipv6_then_it_is_believed),
        cmocka_unit_test(given_any_octet_of_an_add_addr2_is_changed_then_it_is_ignored_and_counted),
        cmocka_unit_test(given_a_bad_length_or_ip_version_then_it_is_ignored_and_counted),
        cmocka_unit_test(given_many_that_are_ignored_then_the_count_stays_at_255),
        cmocka_unit_test(given_a_plain_address_then_a_verified_one_of_the_same_id_takes_its_place),
        cmocka_unit_test(given_each_sender_mode_then_its_announcements_have_these_octets),
        cmocka_unit_test(given_ports_and_ipv6_then_the_announcements_have_these_octets),
        cmocka_unit_test(given_both_ends_with_add_addr2_then_addresses_of_either_are_joined),
        cmocka_unit_test(
            given_add_addr2_before_any_dss_then_it_confirms_no_keys_and_nothing_is_joined),
        cmocka_unit_test(given_version_1_then_add_addr2_is_no_option_of_it),
    };
    return cmocka_run_group_tests_name("version0_add_addr2", tests, NULL, NULL);
}
