/*
 * test_cases_handshake.c - an option that the reader refused is as if it were not there; the order
 * of options in a segment means nothing; an MP_CAPABLE is believed where it belongs, and nowhere
 * else.
 */
#include "bugs_test.h"

/* Octets of a test's own behind the options of a segment. */
static void append(struct wire *w, const uint8_t *octets, size_t n)
{
    assert_true(w->seg.options_len + n <= MPTCP_OPTION_MAX);
    memcpy(w->options + w->seg.options_len, octets, n);
    w->seg.options_len = (uint16_t)(w->seg.options_len + n);
}

static void append_option(struct wire *w, const struct mptcp_option *o)
{
    int n = mptcp_option_write(o, w->options + w->seg.options_len,
                               MPTCP_OPTION_MAX - w->seg.options_len);
    assert_true(n > 0);
    w->seg.options_len = (uint16_t)(w->seg.options_len + n);
}

struct octets {
    uint8_t length;
    uint8_t octets[24];
};

static const struct octets refused[] = {
    {4, {0x1e, 4, 0x01, 1}},                           /* an MP_CAPABLE of a SYN */
    {5, {0x1e, 5, 0x01, 1, 0}},                        /* of a length that there is not */
    {4, {0x1e, 4, 0x04, 1}},                           /* of version 4 */
    {5, {0x1e, 5, 0x30, 1, 0}},                        /* an ADD_ADDR that is too short */
    {12, {0x1e, 12, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 2}}, /* an MP_JOIN of a SYN */
    {4, {0x1e, 4, 0x20, 0}},                           /* a second, empty DSS */
    {4, {0x1e, 4, 0x90, 0}},                           /* an unknown subtype */
};
#define REFUSED (sizeof refused / sizeof *refused)

/* A segment of 10 octets under a mapping, and an option to be refused in front of it or behind. */
static void data_beside(const struct octets *bad, bool before)
{
    struct pair p;
    static const uint8_t zeros[10];
    struct mptcp_piece piece = {.data = zeros, .len = 10};

    establish(&p, 0, 0);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option map = map_option(next, 101, 10);
    struct wire w = with_option(NULL, ACK, 101, 10, 1);
    if (before) {
        append(&w, bad->octets, bad->length);
    }
    append_option(&w, &map);
    if (!before) {
        append(&w, bad->octets, bad->length);
    }
    come(&p, &p.server, p.server.sf, &w);
    assert_false(p.server.verdict.drop);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(next + 10, info_of(&p.server).rcv_nxt.v);
    assert_int_equal(1, info_of(&p.server).version);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: C-16 */
static void given_a_refused_option_behind_a_good_dss_then_the_octets_are_taken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REFUSED; i++) {
        data_beside(&refused[i], false);
    }
}

/* checks: C-16 */
static void given_a_refused_option_in_front_of_a_good_dss_then_the_octets_are_taken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REFUSED; i++) {
        /* Of two DSS options that can be read the first counts. */
        if (refused[i].octets[2] != 0x20) {
            data_beside(&refused[i], true);
        }
    }
}

/* What the endpoint calls a SYN with these options, and whether the SYN/ACK has MP_CAPABLE. */
static unsigned syn_with(const struct octets *first, const struct octets *second, bool *answered)
{
    static _Alignas(8) uint8_t mem[4096];
    struct mptcp_endpoint *e = mptcp_endpoint_init(mem, sizeof mem, 16);
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    struct wire w = with_option(NULL, SYN, 0, 0, 0);
    struct mptcp_syn out;
    struct pair p = {.now = 1000000};

    assert_non_null(e);
    append(&w, first->octets, first->length);
    append(&w, second->octets, second->length);
    w.seg.options = w.options;
    assert_true(mptcp_endpoint_on_syn(e, &w.seg, &out) >= 0);
    make_side(&p.server, SERVER_KEY, 0);
    assert_int_equal(MPTCP_OK,
                     mptcp_accept(p.server.c, &w.seg, &local, &remote, &p.server.sf, p.now));
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    *answered = has_option(&synack, MPTCP_CAPABLE);
    return out.kind;
}

static const struct octets good_syn = {4, {0x1e, 4, 0x01, 0x01}};
static const struct octets beside_syn[] = {
    {5, {0x1e, 5, 0x01, 1, 0}}, /* a length that there is not */
    {4, {0x1e, 4, 0x10, 0}},    /* an MP_JOIN too short */
    {4, {0x1e, 4, 0x01, 0x00}}, /* no hash */
};
#define BESIDE_SYN (sizeof beside_syn / sizeof *beside_syn)

/* checks: C-16 */
static void
given_a_syn_with_a_good_mp_capable_and_a_refused_one_then_the_good_one_counts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * BESIDE_SYN; i++) {
        const struct octets *other = &beside_syn[i / 2];
        bool answered;
        unsigned kind = i % 2 == 0 ? syn_with(&good_syn, other, &answered)
                                   : syn_with(other, &good_syn, &answered);
        assert_int_equal(MPTCP_SYN_CAPABLE, kind);
        assert_true(answered);
    }
}

/* checks: Z-15 */
static void given_a_syn_with_two_mp_capables_then_it_is_plain_tcp(void **state)
{
    (void)state;
    static const struct octets second[] = {
        {4, {0x1e, 4, 0x01, 0x01}},                        /* the same again */
        {12, {0x1e, 12, 0x00, 1, 1, 2, 3, 4, 5, 6, 7, 8}}, /* of version 0 */
        {12, {0x1e, 12, 0x01, 1, 1, 2, 3, 4, 5, 6, 7, 8}}, /* of version 0, numbered 1 */
        {4, {0x1e, 4, 0x01, 0x41}},                        /* with flag B */
    };
    for (unsigned i = 0; i < 8; i++) {
        bool answered;
        unsigned kind = i % 2 == 0 ? syn_with(&good_syn, &second[i / 2], &answered)
                                   : syn_with(&second[i / 2], &good_syn, &answered);
        assert_int_equal(MPTCP_SYN_PLAIN, kind);
        assert_false(answered);
    }
}

/* checks: C-16 */
static void given_a_syn_with_mp_capable_and_mp_join_then_endpoint_and_accept_agree(void **state)
{
    (void)state;
    static const struct octets join = {12, {0x1e, 12, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 2}};

    for (unsigned i = 0; i < 2; i++) {
        bool answered;
        unsigned kind = syn_with(i == 0 ? &good_syn : &join, i == 0 ? &join : &good_syn, &answered);
        assert_int_equal(kind == MPTCP_SYN_CAPABLE, answered);
    }
}

/* The client's third ACK is under way: its MP_CAPABLE. */
static struct mptcp_option third_ack_of(struct pair *p, struct wire *ack)
{
    struct mptcp_option capable = {.subtype = MPTCP_CAPABLE};
    struct wire syn = begin(p, 0, 0);

    accept_syn(p, &syn);
    struct wire synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &synack);
    *ack = send_from(p, &p->client, p->client.sf, ACK, 1, 0, 1);
    capable.u.capable = options_of(ack).capable;
    ack->seg.options_len = 0;
    return capable;
}

/* checks: C-16 */
static void given_a_third_ack_with_a_refused_option_beside_the_keys_then_mptcp(void **state)
{
    (void)state;
    for (unsigned i = 0; i < REFUSED; i++) {
        struct pair p;
        struct wire ack;
        struct mptcp_option capable = third_ack_of(&p, &ack);
        append_option(&ack, &capable);
        append(&ack, refused[i].octets, refused[i].length);
        come(&p, &p.server, p.server.sf, &ack);
        assert_int_equal(1, info_of(&p.server).version);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    }
}

/* What can stand beside them. */
static struct mptcp_option beside(unsigned subtype)
{
    struct mptcp_option o = {.subtype = (uint8_t)subtype};

    if (subtype == MPTCP_ADD_ADDR) {
        o = add_addr(CLIENT_KEY, SERVER_KEY, 3, address(9, 9, 0));
    } else if (subtype == MPTCP_REMOVE_ADDR) {
        o.u.remove_addr.count = 1;
        o.u.remove_addr.ids[0] = 9;
    } else if (subtype == MPTCP_DSS) {
        o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    }
    return o;
}

static const unsigned signals[] = {MPTCP_ADD_ADDR, MPTCP_REMOVE_ADDR, MPTCP_PRIO, MPTCP_DSS};
#define SIGNALS (sizeof signals / sizeof *signals)

/* Two options in an order. */
static void append_both(struct wire *w, const struct mptcp_option *a, const struct mptcp_option *b,
                        bool swapped)
{
    append_option(w, swapped ? b : a);
    append_option(w, swapped ? a : b);
}

/* checks: C-16 */
static void given_a_third_ack_with_a_signal_before_or_behind_the_keys_then_mptcp(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * SIGNALS; i++) {
        struct pair p;
        struct wire ack;
        struct mptcp_option capable = third_ack_of(&p, &ack);
        struct mptcp_option signal = beside(signals[i / 2]);
        if (signals[i / 2] == MPTCP_ADD_ADDR) {
            signal.u.add_addr.echo = 1; /* shorter: both fit */
        }
        append_both(&ack, &capable, &signal, i % 2 != 0);
        come(&p, &p.server, p.server.sf, &ack);
        assert_int_equal(1, info_of(&p.server).version);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    }
}

/* The server's state and error after an option that ends something, with a signal beside it. */
static void ends_in_any_order(const struct mptcp_option *end, unsigned signal)
{
    struct mptcp_option other = beside(signal);
    struct mptcp_conn_report info[2];

    for (unsigned swapped = 0; swapped < 2; swapped++) {
        struct pair p;
        establish(&p, 0, 0);
        struct wire w = with_option(NULL, ACK, 101, 0, 1);
        append_both(&w, end, &other, swapped != 0);
        come(&p, &p.server, p.server.sf, &w);
        info[swapped] = info_of(&p.server);
    }
    assert_int_equal(info[0].state, info[1].state);
    assert_int_equal(info[0].error, info[1].error);
    assert_int_equal(info[0].version, info[1].version);
}

/* checks: F-2 X-8 */
static void
given_mp_fastclose_and_a_signal_in_any_order_then_the_connection_is_aborted(void **state)
{
    (void)state;
    struct mptcp_option fastclose = {.subtype = MPTCP_FASTCLOSE};

    fastclose.u.fastclose.receiver_key = SERVER_KEY;
    for (unsigned i = 0; i < SIGNALS; i++) {
        ends_in_any_order(&fastclose, signals[i]);
    }
    struct pair p;
    struct mptcp_option other = beside(MPTCP_ADD_ADDR);
    establish(&p, 0, 0);
    struct wire w = with_option(NULL, ACK, 101, 0, 1);
    append_both(&w, &other, &fastclose, false);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_not_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: B-6 */
static void given_mp_fail_and_a_signal_in_any_order_then_the_outcome_is_the_same(void **state)
{
    (void)state;
    struct mptcp_option fail = {.subtype = MPTCP_FAIL};

    fail.u.fail.dsn = 5;
    for (unsigned i = 0; i < SIGNALS; i++) {
        if (signals[i] != MPTCP_ADD_ADDR) {
            ends_in_any_order(&fail, signals[i]);
        }
    }
}

struct late {
    bool to_client;
    uint8_t version;
    uint8_t flags;
    bool right_keys;
    uint16_t dll;
};

/* An MP_CAPABLE with a length, on a pure ACK of an established connection. */
static void capable_comes_late(const struct late *l)
{
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};

    establish(&p, 0, 0);
    struct side *s = l->to_client ? &p.client : &p.server;
    o.u.capable.version = l->version;
    o.u.capable.flags = l->flags;
    o.u.capable.form = l->version == 0 ? MPTCP_CAPABLE_ACK : MPTCP_CAPABLE_DATA;
    o.u.capable.sender_key = !l->right_keys ? 5 : l->to_client ? SERVER_KEY : CLIENT_KEY;
    o.u.capable.receiver_key = !l->right_keys ? 6 : l->to_client ? CLIENT_KEY : SERVER_KEY;
    o.u.capable.dll = l->dll;
    option_comes(&p, s, s->sf, &o);
    drain(&p, s);
    assert_int_equal(1, info_of(s).version);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(s).state);
    assert_int_equal(1, info_of(s).subflows);
}

/* checks: C-16 */
static void
given_an_established_connection_when_an_mp_capable_comes_then_nothing_changes(void **state)
{
    (void)state;
    static const struct late lates[] = {
        {false, 1, 0x01, true, 100}, {false, 1, 0x01, true, 0},   {false, 1, 0x01, false, 0},
        {false, 0, 0x01, false, 0},  {false, 15, 0x01, false, 0}, {false, 1, 0x41, false, 0},
        {true, 1, 0x01, true, 0},    {true, 0, 0x01, false, 0},   {true, 1, 0x01, true, 100},
    };

    for (unsigned i = 0; i < sizeof lates / sizeof *lates; i++) {
        capable_comes_late(&lates[i]);
    }
}

/* checks: C-16 */
static void given_an_mp_capable_of_another_version_with_data_then_it_is_no_mapping(void **state)
{
    (void)state;
    struct pair p;
    struct wire ack;
    struct mptcp_option o = third_ack_of(&p, &ack);

    append_option(&ack, &o);
    come(&p, &p.server, p.server.sf, &ack);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    o.u.capable.form = MPTCP_CAPABLE_DATA;
    o.u.capable.version = 15;
    o.u.capable.dll = 100;
    struct wire w = with_option(&o, ACK, 1, 100, 1);
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    come(&p, &p.server, p.server.sf, &w);
    if (!p.server.verdict.drop) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    }
    bool plain = info_of(&p.server).version == 255;
    assert_true(plain || next == info_of(&p.server).rcv_nxt.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_refused_option_behind_a_good_dss_then_the_octets_are_taken),
        cmocka_unit_test(given_a_refused_option_in_front_of_a_good_dss_then_the_octets_are_taken),
        cmocka_unit_test(
            given_a_syn_with_a_good_mp_capable_and_a_refused_one_then_the_good_one_counts),
        cmocka_unit_test(given_a_syn_with_two_mp_capables_then_it_is_plain_tcp),
        cmocka_unit_test(given_a_syn_with_mp_capable_and_mp_join_then_endpoint_and_accept_agree),
        cmocka_unit_test(given_a_third_ack_with_a_refused_option_beside_the_keys_then_mptcp),
        cmocka_unit_test(given_a_third_ack_with_a_signal_before_or_behind_the_keys_then_mptcp),
        cmocka_unit_test(
            given_mp_fastclose_and_a_signal_in_any_order_then_the_connection_is_aborted),
        cmocka_unit_test(given_mp_fail_and_a_signal_in_any_order_then_the_outcome_is_the_same),
        cmocka_unit_test(
            given_an_established_connection_when_an_mp_capable_comes_then_nothing_changes),
        cmocka_unit_test(given_an_mp_capable_of_another_version_with_data_then_it_is_no_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
