/*
 * test_stateless.c - a server that keeps nothing of a SYN: the key comes back with the third ACK.
 */
#include "core_test.h"

#define SLOTS 8u

static const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, [31] = 99};

static _Alignas(uint64_t) uint8_t table[MPTCP_ENDPOINT_SIZE(SLOTS)];

static struct mptcp_endpoint *endpoint(void)
{
    struct mptcp_endpoint *e = mptcp_endpoint_init(table, sizeof table, SLOTS);
    assert_non_null(e);
    return e;
}

#define ISN 0x89abcdefu

/* Of the pair's server, for the client's first SYN. */
static uint64_t key_of(uint32_t isn)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    return mptcp_stateless_key(secret, &local, &remote, isn);
}

/* The SYN/ACK to a SYN, as the server would send it; its length is 0 if there can be no MPTCP. */
static struct wire answer(const struct mptcp_endpoint *e, struct wire *syn, uint32_t config,
                          uint64_t key)
{
    struct wire w = with_option(NULL, SYN | ACK, 0, 0, 1);

    syn->seg.options = syn->options;
    int n = mptcp_stateless_synack(e, &syn->seg, config, key, w.options, sizeof w.options);
    assert_true(n >= 0);
    w.seg.options_len = (uint16_t)n;
    return w;
}

/* Begins, and the client has the SYN/ACK. */
static void begin_stateless(struct pair *p, const struct mptcp_endpoint *e, uint32_t client,
                            uint32_t server)
{
    struct wire syn = begin(p, client, server);
    struct wire synack = answer(e, &syn, server, key_of(ISN));
    assert_int_equal(12, synack.seg.options_len);
    come(p, &p->client, p->client.sf, &synack);
}

/* What the header tells the host to do when the third ACK comes. */
static void third_ack_comes(struct pair *p, struct mptcp_endpoint *e, uint32_t flags,
                            struct wire *ack)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    uint64_t key = key_of(ISN);

    if (mptcp_endpoint_add(e, mptcp_key_id(key).token, 1) != MPTCP_OK) {
        flags |= MPTCP_CFG_NO_MPTCP;
    }
    make_side(&p->server, key, flags);
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_ack(p->server.c, &local, &remote, &p->server.sf, p->now));
    come(p, &p->server, p->server.sf, ack);
}

static struct wire third_ack(struct pair *p)
{
    return says(p, &p->client, p->client.sf);
}

/* n octets of the server's reach the client, and are acknowledged. */
static void server_sends(struct pair *p, uint32_t n)
{
    static const uint8_t zeros[1000];
    struct mptcp_piece piece = {.data = zeros, .len = n};
    struct mptcp_action a;
    uint64_t before = info_of(&p->client).rcv_nxt.v;

    room(p, &p->server, p->server.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->server.c, n, p->now));
    assert_true(find_action(p, &p->server, MPTCP_SEND, &a));
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, n, MPTCP_DONE, p->now));
    struct wire w = send_from(p, &p->server, p->server.sf, ACK, a.ssn.v, n,
                              subflow_of(&p->server, p->server.sf).rcv_nxt.v);
    come(p, &p->client, p->client.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->client.c, p->client.sf, &piece, p->now));
    assert_true(info_of(&p->client).rcv_nxt.v == before + n);
    w = says(p, &p->client, p->client.sf);
    come(p, &p->server, p->server.sf, &w);
    assert_true(mptcp_dsn_eq(info_of(&p->server).snd_una, info_of(&p->server).snd_end));
}

/* checks: C-9 C-6 */
static void given_the_same_secret_and_tuple_then_the_key_is_the_same_and_else_another(void **state)
{
    (void)state;
    for (unsigned family = 4; family <= 6; family += 2) {
        struct mptcp_addr local = family == 4 ? address(0, 2, 80) : address6(0, 2, 80);
        struct mptcp_addr remote = family == 4 ? address(0, 1, 5000) : address6(0, 1, 5000);
        uint64_t key = mptcp_stateless_key(secret, &local, &remote, ISN);

        assert_true(key == mptcp_stateless_key(secret, &local, &remote, ISN));
        assert_false(key == mptcp_stateless_key(secret, &remote, &local, ISN));
        for (unsigned bit = 0; bit < 32; bit++) {
            assert_false(key == mptcp_stateless_key(secret, &local, &remote, ISN ^ 1u << bit));
        }
        for (unsigned bit = 0; bit < 16; bit++) {
            struct mptcp_addr l = local;
            struct mptcp_addr r = remote;
            l.port ^= (uint16_t)(1u << bit);
            r.port ^= (uint16_t)(1u << bit);
            assert_false(key == mptcp_stateless_key(secret, &l, &remote, ISN));
            assert_false(key == mptcp_stateless_key(secret, &local, &r, ISN));
        }
        for (unsigned i = 0; i < (family == 4 ? 4u : 16u); i++) {
            struct mptcp_addr l = local;
            struct mptcp_addr r = remote;
            l.ip[i] ^= 1;
            r.ip[i] ^= 0x80;
            assert_false(key == mptcp_stateless_key(secret, &l, &remote, ISN));
            assert_false(key == mptcp_stateless_key(secret, &local, &r, ISN));
        }
        for (unsigned i = 0; i < MPTCP_STATELESS_SECRET_SIZE; i++) {
            uint8_t other[MPTCP_STATELESS_SECRET_SIZE];
            memcpy(other, secret, sizeof other);
            other[i] ^= 1;
            assert_false(key == mptcp_stateless_key(other, &local, &remote, ISN));
        }
    }
}

/* checks: C-9 C-2 C-5 C-19 C-22 C-24 */
static void given_a_syn_then_the_answer_is_that_of_a_server_with_state(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, MPTCP_CFG_CHECKSUM, MPTCP_CFG_DENY_JOIN,
                                     MPTCP_CFG_CHECKSUM | MPTCP_CFG_DENY_JOIN};
    struct mptcp_endpoint *e = endpoint();

    for (unsigned i = 0; i < 16; i++) {
        struct pair p;
        uint32_t ours = flags[i / 4];
        struct wire syn = begin(&p, flags[i % 4], ours);
        accept_syn(&p, &syn);
        struct wire with = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
        struct wire without = answer(e, &syn, ours, SERVER_KEY);
        assert_int_equal(with.seg.options_len, without.seg.options_len);
        assert_memory_equal(with.options, without.options, with.seg.options_len);
    }
}

static struct mptcp_option capable(uint8_t version, uint8_t flags)
{
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};
    o.u.capable.version = version;
    o.u.capable.flags = flags;
    o.u.capable.form = MPTCP_CAPABLE_SYN;
    return o;
}

/* checks: C-2 C-20 C-23 C-24 C-26 */
static void given_a_syn_that_offers_nothing_usable_then_the_answer_is_plain(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = endpoint();
    /* Version 0; no algorithm; one that nobody knows; flag B; nothing at all. */
    static const uint8_t bad[4][4] = {
        {30, 4, 0, 1}, {30, 4, 1, 0}, {30, 4, 1, 0x10}, {30, 4, 1, MPTCP_CAPABLE_EXTENSION | 1}};

    for (unsigned i = 0; i < 5; i++) {
        struct wire syn = with_option(NULL, SYN, 0, 0, 0);
        if (i < 4) {
            memcpy(syn.options, bad[i], sizeof bad[i]);
            syn.seg.options_len = sizeof bad[i];
        }
        assert_int_equal(0, answer(e, &syn, 0, SERVER_KEY).seg.options_len);
    }
    struct mptcp_option good = capable(1, MPTCP_CAPABLE_SHA256);
    struct wire wanted = with_option(&good, SYN, 0, 0, 0);
    assert_int_equal(12, answer(e, &wanted, 0, SERVER_KEY).seg.options_len);
    assert_int_equal(0, answer(e, &wanted, MPTCP_CFG_NO_MPTCP, SERVER_KEY).seg.options_len);
    struct mptcp_option newer = capable(2, MPTCP_CAPABLE_SHA256);
    struct wire syn = with_option(&newer, SYN, 0, 0, 0);
    struct wire synack = answer(e, &syn, 0, SERVER_KEY);
    assert_int_equal(1, options_of(&synack).capable.version);
}

/* checks: C-9 O-3 */
static void given_too_little_room_then_that_is_said_and_nothing_is_written(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = endpoint();
    struct mptcp_option o = capable(1, MPTCP_CAPABLE_SHA256);
    struct wire syn = with_option(&o, SYN, 0, 0, 0);

    syn.seg.options = syn.options;
    for (size_t room = 0; room <= 12; room++) {
        uint8_t octets[12] = {0};
        static const uint8_t none[12];
        int n = mptcp_stateless_synack(e, &syn.seg, 0, SERVER_KEY, octets, room);
        assert_int_equal(room < 12 ? MPTCP_E_ROOM : 12, n);
        assert_int_equal(room < 12, memcmp(none, octets, 12) == 0);
    }
}

/* checks: C-9 C-11 C-13 C-17 J-14 */
static void given_the_third_ack_then_the_connection_is_there_and_carries_data(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_syn whose;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_endpoint *e = endpoint();

    begin_stateless(&p, e, 0, 0);
    struct wire ack = third_ack(&p);
    third_ack_comes(&p, e, 0, &ack);
    assert_false(p.server.verdict.drop);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    assert_int_equal(1, info_of(&p.server).version);
    assert_int_equal(mptcp_key_id(CLIENT_KEY).token, info_of(&p.server).remote_token);
    assert_int_equal(info_of(&p.client).remote_token, info_of(&p.server).local_token);
    assert_true(find_action(&p, &p.server, MPTCP_EVENT, &a));
    assert_int_equal(MPTCP_EV_OPEN, a.event);
    assert_int_equal(0, a.code);
    first_data(&p);
    server_sends(&p, 100);
    assert_int_equal(1, info_of(&p.server).fully_established);
    /* It is as good as any: a join finds it. */
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    assert_true(has_option(&synack, MPTCP_JOIN));
    struct wire syn = send_from(&p, &p.client, ours, SYN, 0, 0, 0);
    syn.seg.options = syn.options;
    assert_int_equal(MPTCP_OK, mptcp_endpoint_on_syn(e, &syn.seg, &whose));
    assert_int_equal(MPTCP_SYN_JOIN, whose.kind);
}

/* checks: C-9 C-13 C-14 C-15 C-19 */
static void given_the_third_ack_is_lost_then_the_first_data_brings_the_keys(void **state)
{
    (void)state;
    static const uint8_t zeros[100];

    for (unsigned sums = 0; sums < 4; sums++) {
        struct pair p;
        struct mptcp_action a;
        struct mptcp_piece piece = {.data = zeros, .len = 100};
        uint32_t client = (sums & 1) != 0 ? MPTCP_CFG_CHECKSUM : 0;
        uint32_t server = (sums & 2) != 0 ? MPTCP_CFG_CHECKSUM : 0;
        struct mptcp_endpoint *e = endpoint();

        begin_stateless(&p, e, client, server);
        third_ack(&p); /* lost */
        room(&p, &p.client, p.client.sf, 1000);
        mptcp_on_written(p.client.c, 100, p.now);
        assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
        mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now);
        struct wire data = send_from(&p, &p.client, p.client.sf, ACK, 1, 100, 1);
        assert_int_equal(sums == 0 ? MPTCP_CAPABLE_DATA : MPTCP_CAPABLE_DATA_CHECKSUM,
                         options_of(&data).capable.form);
        third_ack_comes(&p, e, server, &data);
        assert_false(p.server.verdict.drop);
        assert_int_equal(sums != 0, info_of(&p.server).checksum);
        mptcp_on_data(p.server.c, p.server.sf, &piece, p.now);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(100, a.len);
        mptcp_done(p.server.c, &a, 100, MPTCP_DONE, p.now);
        struct wire ack = says(&p, &p.server, p.server.sf);
        come(&p, &p.client, p.client.sf, &ack);
        assert_true(mptcp_dsn_eq(info_of(&p.client).snd_una, info_of(&p.client).snd_end));
        assert_int_equal(1, info_of(&p.server).version);
        server_sends(&p, 100);
    }
}

/* checks: C-9 C-27 */
static void given_a_third_ack_without_options_then_it_is_plain_tcp(void **state)
{
    (void)state;
    static const uint8_t zeros[50];

    for (uint32_t len = 0; len <= 50; len += 50) {
        struct pair p;
        struct mptcp_action a;
        struct mptcp_piece piece = {.data = zeros, .len = len};
        struct mptcp_endpoint *e = endpoint();
        struct wire bare = with_option(NULL, ACK, 1, len, 1);

        begin_stateless(&p, e, 0, 0);
        third_ack_comes(&p, e, 0, &bare);
        assert_false(p.server.verdict.drop);
        assert_int_equal(255, info_of(&p.server).version);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
        assert_true(find_action(&p, &p.server, MPTCP_EVENT, &a));
        assert_int_equal(MPTCP_EV_OPEN, a.event);
        assert_int_equal(MPTCP_E_NO_MPTCP, a.code);
        mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
        if (len > 0) {
            assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
            assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
            assert_int_equal(len, a.len);
        }
        assert_int_equal(0, says(&p, &p.server, p.server.sf).seg.options_len);
    }
}

/* checks: C-9 C-16 C-19 */
static void given_a_third_ack_with_a_wrong_key_or_flag_then_it_is_plain_tcp(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;
        struct mptcp_endpoint *e = endpoint();
        uint32_t flags = i == 2 ? MPTCP_CFG_CHECKSUM : 0;

        begin_stateless(&p, e, 0, flags);
        struct wire ack = third_ack(&p);
        ack.options[12 + 7] ^= i == 0;                     /* the key that it gives back */
        ack.options[2] ^= (uint8_t)(i == 1 ? 3 : 0);       /* the version */
        ack.options[3] &= (uint8_t) ~(i == 2 ? 0x80u : 0); /* flag A, which we set */
        third_ack_comes(&p, e, flags, &ack);
        assert_int_equal(255, info_of(&p.server).version);
        assert_int_not_equal(0, info_of(&p.server).fallback);
        assert_int_equal(0, info_of(&p.server).error);
        assert_int_equal(0, says(&p, &p.server, p.server.sf).seg.options_len);
    }
}

/* checks: C-9 C-11 C-15 */
static void given_what_is_no_third_ack_then_nothing_is_decided_before_the_keys_come(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option ack = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    struct wire first[3] = {
        with_option(&ack, ACK, 1, 0, 1),    /* MP_CAPABLE was lost, and this shows MPTCP */
        with_option(NULL, ACK, 101, 50, 1), /* overtook the keys */
        with_option(NULL, ACK, 1, 0, 2),    /* acknowledges what we never sent */
    };

    for (unsigned i = 0; i < 3; i++) {
        struct mptcp_endpoint *e = endpoint();
        begin_stateless(&p, e, 0, 0);
        struct wire keys = third_ack(&p);
        third_ack_comes(&p, e, 0, &first[i]);
        assert_true(p.server.verdict.drop);
        assert_int_equal(MPTCP_OPENING, info_of(&p.server).state);
        come(&p, &p.server, p.server.sf, &keys);
        assert_false(p.server.verdict.drop);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
        assert_int_equal(1, info_of(&p.server).version);
    }
}

/* checks: C-8 C-9, bug class 9 */
static void
given_the_keys_token_is_in_use_then_it_is_plain_tcp_at_the_syn_and_at_the_ack(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_endpoint *e = endpoint();
    uint32_t token = mptcp_key_id(key_of(ISN)).token;
    uint32_t whose;

    struct wire syn = begin(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, token, 7));
    assert_int_equal(0, answer(e, &syn, 0, key_of(ISN)).seg.options_len);
    /* It was free at the SYN, and is taken when the ACK comes. */
    assert_int_equal(MPTCP_OK, mptcp_endpoint_remove(e, token));
    begin_stateless(&p, e, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, token, 7));
    struct wire ack = third_ack(&p);
    third_ack_comes(&p, e, 0, &ack);
    assert_int_equal(255, info_of(&p.server).version);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    assert_int_equal(0, says(&p, &p.server, p.server.sf).seg.options_len);
    assert_int_equal(MPTCP_OK, mptcp_endpoint_find(e, token, &whose));
    assert_int_equal(7, whose);
}

/* checks: C-9 */
static void given_a_flood_of_syns_then_it_costs_no_state_and_each_has_another_key(void **state)
{
    (void)state;
    struct mptcp_endpoint *e = endpoint();
    struct mptcp_option o = capable(1, MPTCP_CAPABLE_SHA256);
    struct wire syn = with_option(&o, SYN, 0, 0, 0);
    uint8_t before[sizeof table];
    uint64_t last = 0;

    memcpy(before, table, sizeof before);
    for (uint32_t isn = 0; isn < 2000; isn++) {
        struct mptcp_syn whose;
        syn.seg.options = syn.options;
        assert_int_equal(MPTCP_OK, mptcp_endpoint_on_syn(e, &syn.seg, &whose));
        assert_int_equal(MPTCP_SYN_CAPABLE, whose.kind);
        struct wire synack = answer(e, &syn, 0, key_of(isn));
        uint64_t key = options_of(&synack).capable.sender_key;
        assert_true(key == key_of(isn));
        assert_false(key == last);
        last = key;
    }
    assert_memory_equal(before, table, sizeof before);
}

/* checks: C-9 */
static void given_a_connection_in_use_then_it_is_not_made_by_an_ack_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    mptcp_sf sf;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_E_STATE, mptcp_accept_ack(p.client.c, &local, &remote, &sf, p.now));
    assert_int_equal(MPTCP_E_STATE, mptcp_accept_ack(p.server.c, &local, &remote, &sf, p.now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_same_secret_and_tuple_then_the_key_is_the_same_and_else_another),
        cmocka_unit_test(given_a_syn_then_the_answer_is_that_of_a_server_with_state),
        cmocka_unit_test(given_a_syn_that_offers_nothing_usable_then_the_answer_is_plain),
        cmocka_unit_test(given_too_little_room_then_that_is_said_and_nothing_is_written),
        cmocka_unit_test(given_the_third_ack_then_the_connection_is_there_and_carries_data),
        cmocka_unit_test(given_the_third_ack_is_lost_then_the_first_data_brings_the_keys),
        cmocka_unit_test(given_a_third_ack_without_options_then_it_is_plain_tcp),
        cmocka_unit_test(given_a_third_ack_with_a_wrong_key_or_flag_then_it_is_plain_tcp),
        cmocka_unit_test(given_what_is_no_third_ack_then_nothing_is_decided_before_the_keys_come),
        cmocka_unit_test(
            given_the_keys_token_is_in_use_then_it_is_plain_tcp_at_the_syn_and_at_the_ack),
        cmocka_unit_test(given_a_flood_of_syns_then_it_costs_no_state_and_each_has_another_key),
        cmocka_unit_test(given_a_connection_in_use_then_it_is_not_made_by_an_ack_again),
    };
    return cmocka_run_group_tests_name("stateless", tests, NULL, NULL);
}
