/*
 * test_claims.c - a SYN with our token proves nothing (RFC 8684 s3.2, s5): what somebody claims in
 * an MP_JOIN, and never authenticates, changes nothing for the connection.
 */
#include "bugs_test.h"

#define LIMIT 30000000u
#define A_JOIN_LASTS 40000000u /* more than a half-open one is kept */

static struct mptcp_addr forger(void)
{
    return address(66, 6, 666);
}

/* Somebody who knows the token sends an MP_JOIN from an address of his own; nothing follows it. */
static int forged(struct pair *p, const struct mptcp_addr *local, uint8_t id, uint32_t nonce)
{
    struct wire syn = join_of(p, id, nonce);
    struct mptcp_addr remote = forger();
    mptcp_sf sf;

    syn.seg.options = syn.options;
    return mptcp_accept_join(p->server.c, &syn.seg, local, &remote, &sf, p->now);
}

static void passes(struct pair *p, uint32_t us)
{
    p->now += us;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->server.c, p->now));
    drain(p, &p->server);
}

/* The server takes this address for the peer's, under an id. */
static bool believes(const struct pair *p, uint8_t id, struct mptcp_addr addr)
{
    struct mptcp_addr got;
    return mptcp_address(p->server.c, true, id, &got) == MPTCP_OK && got.port == addr.port &&
           memcmp(got.ip, addr.ip, sizeof got.ip) == 0;
}

/* checks: A-9 J-4 Y-1 */
static void given_a_forged_claim_of_an_id_then_the_true_join_does_not_confirm_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr announced = address(1, 1, 7000);
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, forged(&p, &local, 1, 5));
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    assert_int_equal(1, subflow_of(&p.client, ours).local_id);
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    assert_true(subflow_of(&p.server, theirs).established);
    assert_false(believes(&p, 1, forger()));
    passes(&p, A_JOIN_LASTS);
    assert_false(believes(&p, 1, forger()));

    /* What the peer says of this id, with an HMAC, is not in conflict with anything. */
    struct mptcp_option add = add_addr(CLIENT_KEY, SERVER_KEY, 1, announced);
    option_comes(&p, &p.server, p.server.sf, &add);
    struct wire echo = says(&p, &p.server, p.server.sf);
    assert_true(has_option(&echo, MPTCP_ADD_ADDR));
    assert_true(options_of(&echo).add_addr.echo);
    assert_true(believes(&p, 1, announced));
}

/* checks: D-22 Y-1 */
static void given_a_forged_join_then_the_last_true_subflow_is_still_the_last(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, forged(&p, &local, 1, 5));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
    assert_int_equal(MPTCP_E_PEER_RESET, info_of(&p.server).error);
    assert_int_not_equal(MPTCP_OK, forged(&p, &local, 1, 6));
    assert_true(told(&p, &p.server, MPTCP_EV_END));
    assert_int_equal(0, info_of(&p.server).subflows);
}

static _Alignas(uint64_t) uint8_t memory[2 * CORE_BLOCK];

/* checks: D-22 Y-1 */
static void given_forged_joins_while_there_is_no_path_then_the_limit_is_kept(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_config cfg = core_config(0);

    cfg.no_path_limit = LIMIT;
    establish_as(&p, &cfg, memory, CORE_BLOCK);
    assert_int_equal(MPTCP_OK, forged(&p, &local, 1, 5));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    mptcp_time until = p.now + LIMIT;
    for (uint32_t nonce = 6; p.now < until; nonce++) {
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
        forged(&p, &local, 1, nonce);
        passes(&p, LIMIT / 10);
    }
    assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
}

/* checks: J-4 Y-1 */
static void given_forged_joins_at_many_addresses_then_there_is_still_place_for_ours(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr ours = address(30, 1, 0);
    uint8_t id;

    establish(&p, 0, 0);
    for (uint8_t k = 1; k < CORE_ADDRS; k++) {
        struct mptcp_addr local = address(20u + k, 2, 80);
        assert_int_equal(MPTCP_OK, forged(&p, &local, k, k));
        passes(&p, A_JOIN_LASTS);
    }
    assert_int_equal(1, info_of(&p.server).subflows);
    for (uint8_t k = 1; k < CORE_ADDRS; k++) {
        ours.ip[3] = k;
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p.server.c, &ours, MPTCP_ADDR_ANNOUNCE, &id, p.now));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_forged_claim_of_an_id_then_the_true_join_does_not_confirm_it),
        cmocka_unit_test(given_a_forged_join_then_the_last_true_subflow_is_still_the_last),
        cmocka_unit_test(given_forged_joins_while_there_is_no_path_then_the_limit_is_kept),
        cmocka_unit_test(given_forged_joins_at_many_addresses_then_there_is_still_place_for_ours),
    };
    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
