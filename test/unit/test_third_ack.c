/*
 * test_third_ack.c - which ACK decides what a connection is, asked without a connection: the same
 * that a connection which keeps no state of the SYN says of it.
 */
#include "version0_test.h"

/* An ACK, and whether it decides. */
struct third {
    const char *what;
    const char *options;
    uint32_t ssn;
    uint32_t len;
    uint32_t ack;
    bool decides;
};

static const struct third of_version_1[] = {
    {"the keys", "1e1401010102030405060708aabbccdd00112233", 1, 0, 1, true},
    {"wrong keys", "1e1401010000000000000000aabbccdd00112233", 1, 0, 1, true},
    {"keys with data", "1e1601010102030405060708aabbccdd00112233000a0000", 1, 10, 1, true},
    {"keys for data, without data", "1e1601010102030405060708aabbccdd00112233000a0000", 1, 0, 1,
     true},
    {"MP_CAPABLE of a wrong length", "1e1301010102030405060708aabbccdd00112200", 1, 0, 1, true},
    {"no option", "", 1, 0, 1, true},
    {"data without an option", "", 1, 10, 1, true},
    {"data with a DSS", "1e0820010000000a", 1, 10, 1, true},
    {"a DATA_ACK", "1e0820010000000a", 1, 0, 1, false},
    {"MP_PRIO", "1e035000", 1, 0, 1, false},
    {"data that overtook the keys", "", 11, 10, 1, false},
    {"an ACK behind data that are lost", "", 11, 0, 1, false},
    {"an acknowledgement of what was not sent", "", 1, 0, 2, false},
};

static const struct third of_version_0[] = {
    {"the keys", ACK_A, 1, 0, 1, true},
    {"no option", "", 1, 0, 1, true},
    {"ADD_ADDR without an HMAC", "1e0834020a000001", 1, 0, 1, false},
    {"a DATA_ACK", "1e0820010000000a", 1, 0, 1, false},
};

static struct wire as_wire(const struct third *t)
{
    struct wire w = with_option(NULL, ACK, t->ssn, t->len, t->ack);

    w.seg.options_len = (uint16_t)from_hex(t->options, w.options, sizeof w.options);
    return w;
}

/* What a connection says that is made when this ACK has come. */
static bool connection_decides(unsigned version, struct wire *w)
{
    static struct pair p;
    struct mptcp_config cfg = config_of(version, 0);
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    struct side *s = &p.server;

    p.now = 1000000;
    make_in(s, s->block, sizeof s->block, &cfg, KEY_B);
    assert_int_equal(MPTCP_OK, mptcp_accept_ack(s->c, &local, &remote, &s->sf, p.now));
    come(&p, s, s->sf, w);
    assert_int_equal(s->verdict.drop, info_of(s).state == MPTCP_OPENING);
    return !s->verdict.drop;
}

static void decide(unsigned version, const struct third *t, size_t n)
{
    for (; n > 0; n--, t++) {
        struct wire w = as_wire(t);
        bool connection = connection_decides(version, &w);
        bool asked = mptcp_stateless_decides(version, &w.seg);
        if (connection != t->decides || asked != t->decides) {
            fail_msg("version %u, %s: decides by the table %d, by a connection %d, asked %d",
                     version, t->what, t->decides, connection, asked);
        }
    }
}

/* checks: C-9 C-15 C-16 */
static void given_an_ack_then_it_decides_without_a_connection_what_it_decides_with_one(void **state)
{
    (void)state;
    decide(1, of_version_1, sizeof of_version_1 / sizeof of_version_1[0]);
    decide(0, of_version_0, sizeof of_version_0 / sizeof of_version_0[0]);
}

/* checks: C-9 */
static void given_a_segment_that_is_no_ack_then_it_decides_nothing(void **state)
{
    (void)state;
    static const uint8_t flags[] = {0, SYN, SYN | ACK, RST, RST | ACK};
    struct wire w = as_wire(&of_version_1[0]);

    w.seg.options = w.options;
    assert_true(mptcp_stateless_decides(1, &w.seg));
    for (unsigned i = 0; i < sizeof flags; i++) {
        w.seg.tcp_flags = flags[i];
        assert_false(mptcp_stateless_decides(1, &w.seg));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_an_ack_then_it_decides_without_a_connection_what_it_decides_with_one),
        cmocka_unit_test(given_a_segment_that_is_no_ack_then_it_decides_nothing),
    };
    return cmocka_run_group_tests_name("third_ack", tests, NULL, NULL);
}
