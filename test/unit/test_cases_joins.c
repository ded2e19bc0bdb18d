/*
 * test_cases_joins.c - joins that nobody has authenticated, that cannot be opened, or that come to
 * a connection that has been parked.
 */
#include "bugs_test.h"

#define BLOCK 8192

static _Alignas(8) uint8_t memory[2][BLOCK];

/* The actions that are due until none is, where every CONNECT fails; at most `limit` of them. */
static unsigned actions_until_quiet(struct pair *p, struct side *s, unsigned limit)
{
    struct mptcp_action a;
    unsigned n = 0;

    for (; n < limit && mptcp_poll(s->c, &a); n++) {
        enum mptcp_result result = a.type == MPTCP_CONNECT ? MPTCP_FAILED : MPTCP_DONE;
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, result, p->now));
    }
    return n;
}

static void connects_that_fail(enum mptcp_policy policy)
{
    struct pair p;
    struct mptcp_config cfg = core_config(0);

    cfg.policy = (uint8_t)policy;
    make_pair(&p, &cfg, memory[0], BLOCK);
    struct wire first = connects_first(&p);
    answers(&p, &first);
    client_sends(&p, 1, 100);
    server_acks(&p, 101);
    p.now += 1000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_true(actions_until_quiet(&p, &p.client, 1000) < 100);
}

/* checks: H-4 */
static void given_any_policy_when_connects_fail_at_once_then_the_loop_ends(void **state)
{
    (void)state;
    connects_that_fail(MPTCP_POLICY_HOST);
    connects_that_fail(MPTCP_POLICY_FULLMESH);
}

/* checks: H-4 */
static void given_the_policy_ports_when_connects_fail_at_once_then_the_loop_ends(void **state)
{
    (void)state;
    connects_that_fail(MPTCP_POLICY_PORTS);
}

/* A SYN with the client's token, from a stranger, and what follows it has no HMAC. */
static void stranger_joins(struct pair *p, uint32_t nonce)
{
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(66, 6, 666);
    mptcp_sf sf;

    o.u.join.form = MPTCP_JOIN_SYN;
    o.u.join.addr_id = 77;
    o.u.join.nonce = nonce;
    o.u.join.token = info_of(&p->client).local_token;
    struct wire syn = with_option(&o, SYN, 0, 0, 0);
    syn.seg.options = syn.options;
    if (mptcp_accept_join(p->client.c, &syn.seg, &local, &remote, &sf, p->now) != MPTCP_OK) {
        return;
    }
    send_from(p, &p->client, sf, SYN | ACK, 0, 0, 1);
    struct wire third = with_option(NULL, ACK, 1, 0, 1);
    come(p, &p->client, sf, &third);
    drain(p, &p->client);
}

/* Time passes; each join that the client opens fails at once. How many there were. */
static unsigned own_joins_within(struct pair *p, unsigned seconds)
{
    struct mptcp_action a;
    unsigned n = 0;

    for (unsigned i = 0; i < seconds; i++) {
        p->now += 1000000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->client.c, p->now));
        while (find_action(p, &p->client, MPTCP_CONNECT, &a)) {
            assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
            assert_int_equal(MPTCP_OK,
                             mptcp_on_gone(p->client.c, a.sf, MPTCP_E_SUBFLOW_FAILED, p->now));
            assert_true(++n < 1000);
        }
    }
    return n;
}

/* checks: H-4 J-11 */
static void
given_a_living_subflow_when_joins_of_a_stranger_end_then_nothing_is_tried_anew(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg = core_config(0);

    cfg.no_path_limit = 60000000;
    establish_as(&p, &cfg, memory[0], BLOCK);
    for (uint32_t nonce = 0; nonce < 3; nonce++) {
        stranger_joins(&p, nonce);
        assert_int_equal(0, own_joins_within(&p, 70));
    }
}

static unsigned own_joins_beside(unsigned strangers)
{
    struct pair p;
    struct mptcp_config cfg = core_config(0);

    cfg.no_path_limit = 600000000;
    establish_as(&p, &cfg, memory[0], BLOCK);
    assert_int_equal(MPTCP_OK,
                     mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
    drain(&p, &p.client);
    for (uint32_t i = 0; i < strangers; i++) {
        stranger_joins(&p, i);
    }
    return own_joins_within(&p, 500);
}

/* checks: H-4 J-11 */
static void
given_no_subflow_when_joins_of_strangers_end_then_own_tries_are_not_used_up(void **state)
{
    (void)state;
    assert_int_equal(own_joins_beside(0), own_joins_beside(8));
}

/* checks: J-14 */
static void given_a_parked_connection_when_a_join_comes_then_it_is_refused(void **state)
{
    (void)state;
    for (unsigned known = 0; known < 2; known++) {
        struct pair p;
        struct mptcp_config cfg = core_config(0);
        struct mptcp_addr at = known != 0 ? address(0, 2, 80) : address(9, 2, 80);
        mptcp_sf sf;

        cfg.no_path_limit = 600000000;
        establish_as(&p, &cfg, memory[0], BLOCK);
        assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 100, p.now));
        assert_int_equal(MPTCP_OK, mptcp_conn_park(p.server.c, p.now));
        struct wire syn = join_of(&p, 9, 1);
        assert_true(join_comes(&p, &syn, &at, &sf) < 0);
        assert_non_null(
            mptcp_conn_resume(memory[1], (size_t)mptcp_conn_size(&cfg), p.now, p.now, 60000000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_any_policy_when_connects_fail_at_once_then_the_loop_ends),
        cmocka_unit_test(given_the_policy_ports_when_connects_fail_at_once_then_the_loop_ends),
        cmocka_unit_test(
            given_a_living_subflow_when_joins_of_a_stranger_end_then_nothing_is_tried_anew),
        cmocka_unit_test(
            given_no_subflow_when_joins_of_strangers_end_then_own_tries_are_not_used_up),
        cmocka_unit_test(given_a_parked_connection_when_a_join_comes_then_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
