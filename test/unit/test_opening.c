/*
 * test_opening.c - how subflows come into being: connect, accept, accept_join.
 */
#include "bugs_test.h"

/* A join of the client's towards the server, as its SYN. */
static struct wire join_syn(const struct pair *p, uint32_t token, uint8_t id, uint32_t nonce)
{
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    (void)p;
    o.u.join.form = MPTCP_JOIN_SYN;
    o.u.join.addr_id = id;
    o.u.join.token = token;
    o.u.join.nonce = nonce;
    return with_option(&o, SYN, 0, 0, 0);
}

static int accept_join(struct pair *p, struct wire *w, unsigned net, mptcp_sf *sf)
{
    struct mptcp_addr local = address(net, 2, 80);
    struct mptcp_addr remote = address(net, 1, (uint16_t)(6000 + net));
    w->seg.options = w->options;
    return mptcp_accept_join(p->server.c, &w->seg, &local, &remote, sf, p->now);
}

/* checks: none */
static void given_a_connection_in_use_then_it_cannot_be_opened_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(0, 2, 80);
    mptcp_sf sf;

    struct wire syn = begin(&p, 0, 0);
    accept_syn(&p, &syn);
    assert_int_equal(MPTCP_E_STATE, mptcp_connect(p.client.c, &local, &remote, &sf, p.now));
    assert_int_equal(MPTCP_E_STATE,
                     mptcp_accept(p.server.c, &syn.seg, &local, &remote, &sf, p.now));
}

/* checks: none */
static void given_a_segment_that_is_no_syn_then_it_is_not_accepted(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr a = address(0, 1, 1);
    mptcp_sf sf;

    begin(&p, 0, 0);
    struct wire w = with_option(NULL, SYN | ACK, 0, 0, 0);
    w.seg.options = w.options;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_accept(p.server.c, &w.seg, &a, &a, &sf, p.now));
}

/* checks: C-25 C-26 */
static void given_a_host_that_wants_plain_tcp_then_its_syn_carries_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, MPTCP_CFG_NO_MPTCP, 0);

    assert_int_equal(0, syn.seg.options_len);
    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    assert_int_equal(0, synack.seg.options_len);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(255, info_of(&p.client).version);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
}

/* checks: J-1 J-4 J-6 */
static void given_a_join_with_our_token_then_a_subflow_is_half_open_and_answered(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf sf;

    establish(&p, 0, 0);
    struct wire w = join_syn(&p, info_of(&p.server).local_token, 5, 77);
    assert_int_equal(MPTCP_OK, accept_join(&p, &w, 1, &sf));
    struct wire synack = send_from(&p, &p.server, sf, SYN | ACK, 0, 0, 1);
    struct mptcp_options o = options_of(&synack);
    assert_true((o.present & MPTCP_HAS(MPTCP_JOIN)) != 0);
    assert_int_equal(MPTCP_JOIN_SYNACK, o.join.form);
    assert_int_not_equal(0, o.join.addr_id); /* 0 is the initial subflow's (J-3) */
    assert_int_equal(1, info_of(&p.server).subflows);
}

/* checks: J-6 */
static void given_the_same_join_again_then_it_is_the_same_subflow(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf first;
    mptcp_sf again;

    establish(&p, 0, 0);
    struct wire w = join_syn(&p, info_of(&p.server).local_token, 5, 77);
    assert_int_equal(MPTCP_OK, accept_join(&p, &w, 1, &first));
    assert_int_equal(MPTCP_OK, accept_join(&p, &w, 1, &again));
    assert_int_equal(first, again);
    assert_int_equal(MPTCP_SF_NONE, mptcp_subflow_at(p.server.c, 2));
}

/* The same MP_JOIN, from the same port: a middlebox or an attacker may send it to several places.
 * Sets the handles of the subflows at the two ends; each keeps its own when its SYN comes again. */
static void joins_twice(const struct mptcp_addr end[2][2], mptcp_sf sf[2])
{
    struct pair p;
    mptcp_sf again;

    establish(&p, 0, 0);
    struct wire w = join_syn(&p, info_of(&p.server).local_token, 5, 77);
    w.seg.options = w.options;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(
            MPTCP_OK, mptcp_accept_join(p.server.c, &w.seg, &end[i][0], &end[i][1], &sf[i], p.now));
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(
            MPTCP_OK, mptcp_accept_join(p.server.c, &w.seg, &end[i][0], &end[i][1], &again, p.now));
        assert_int_equal(sf[i], again);
    }
}

/* checks: J-6 */
static void given_one_mp_join_between_other_ends_then_it_is_a_subflow_of_its_own(void **state)
{
    (void)state;
    const struct mptcp_addr local = address(1, 2, 80);
    const struct mptcp_addr remote = address(1, 1, 6001);
    const struct mptcp_addr others[][2] = {
        {address(1, 2, 81), remote},  /* another port of ours */
        {address(2, 2, 80), remote},  /* another address of ours */
        {local, address(1, 1, 6002)}, /* another port of the peer's */
        {local, address(2, 1, 6001)}, /* another address of the peer's */
    };

    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct mptcp_addr ends[2][2] = {{local, remote}, {others[i][0], others[i][1]}};
        mptcp_sf sf[2];
        joins_twice(ends, sf);
        assert_int_not_equal(sf[0], sf[1]);
    }
}

/* Two addresses that FNV-1a, a hash that anybody can compute, makes one number of. */
/* checks: J-6 */
static void given_two_addresses_with_one_public_hash_then_each_join_is_its_own(void **state)
{
    (void)state;
    const struct mptcp_addr ends[2][2] = {
        {address6(1, 2, 80),
         {.family = 6,
          .port = 6001,
          .ip = {0xfd, 0, 0, 1, 0, 0, 0, 0, 0xa8, 0xb4, 0xe4, 0x1a, 0x58, 0xfa, 0x1f, 0x63}}},
        {address6(1, 2, 80),
         {.family = 6,
          .port = 6001,
          .ip = {0xfd, 0, 0, 1, 0, 0, 0, 0, 0x9d, 0x8c, 0x42, 0x47, 0x9d, 0xc5, 0x6f, 0x1b}}}};
    mptcp_sf sf[2];

    joins_twice(ends, sf);
    assert_int_not_equal(sf[0], sf[1]);
}

/* checks: E-1 J-14 */
static void given_a_wrong_token_or_no_place_then_the_join_is_refused_unchanged(void **state)
{
    (void)state;
    struct pair p;
    uint8_t before[CORE_BLOCK];
    mptcp_sf sf;

    establish(&p, 0, 0);
    uint32_t token = info_of(&p.server).local_token;
    struct wire w = join_syn(&p, token + 1, 5, 77);
    memcpy(before, p.server.block, sizeof before);
    assert_int_equal(MPTCP_E_JOIN_TOKEN, accept_join(&p, &w, 1, &sf));
    struct wire none = with_option(NULL, SYN, 0, 0, 0);
    assert_int_equal(MPTCP_E_JOIN_MISSING, accept_join(&p, &none, 1, &sf));
    assert_memory_equal(before, p.server.block, sizeof before);
    for (uint8_t i = 1; i < CORE_SUBFLOWS; i++) {
        w = join_syn(&p, token, i, i);
        assert_int_equal(MPTCP_OK, accept_join(&p, &w, i, &sf));
        w = third_ack(&p, sf, i);
        come(&p, &p.server, sf, &w);
        drain(&p, &p.server);
    }
    w = join_syn(&p, token, 9, 9);
    memcpy(before, p.server.block, sizeof before);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, accept_join(&p, &w, 9, &sf));
    assert_memory_equal(before, p.server.block, sizeof before);
}

/* checks: C-25 C-26 D-25 */
static void
given_a_host_that_wants_plain_tcp_then_it_sends_as_soon_as_the_syn_ack_has_come(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct wire syn = begin(&p, MPTCP_CFG_NO_MPTCP, 0);

    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    synack.seg.window = 70;
    come(&p, &p.client, p.client.sf, &synack);
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(70, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_connection_in_use_then_it_cannot_be_opened_again),
        cmocka_unit_test(given_a_segment_that_is_no_syn_then_it_is_not_accepted),
        cmocka_unit_test(given_a_host_that_wants_plain_tcp_then_its_syn_carries_nothing),
        cmocka_unit_test(given_a_join_with_our_token_then_a_subflow_is_half_open_and_answered),
        cmocka_unit_test(given_the_same_join_again_then_it_is_the_same_subflow),
        cmocka_unit_test(given_one_mp_join_between_other_ends_then_it_is_a_subflow_of_its_own),
        cmocka_unit_test(given_two_addresses_with_one_public_hash_then_each_join_is_its_own),
        cmocka_unit_test(given_a_wrong_token_or_no_place_then_the_join_is_refused_unchanged),
        cmocka_unit_test(
            given_a_host_that_wants_plain_tcp_then_it_sends_as_soon_as_the_syn_ack_has_come),
    };
    return cmocka_run_group_tests_name("opening", tests, NULL, NULL);
}
