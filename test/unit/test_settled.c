/*
 * test_settled.c - what must not stay undone for ever: an address that is announced or asked for
 * after others were given up, and a subflow that is to be closed.
 */
#include "bugs_test.h"

#define LIMIT 60000000u
#define MANY_FAILURES 16 /* as many as the policy takes before it tries no more */

/* The connection leaves all its subflows, and goes on in the same place. */
static void moves(struct pair *p, struct side *s)
{
    assert_int_equal(MPTCP_OK, mptcp_conn_park(s->c, p->now));
    s->c = mptcp_conn_resume(s->c, CORE_BLOCK, p->now, p->now, LIMIT);
    assert_non_null(s->c);
}

/* The client's host comes back to a server that has no subflow, by a join at one of its addresses;
 * the server's handle. */
static mptcp_sf comes_back(struct pair *p, const struct mptcp_addr *local)
{
    struct mptcp_addr remote = address(0, 1, 5001);
    struct wire syn = join_of(p, 0, 77);
    struct mptcp_option third = {.subtype = MPTCP_JOIN, .u.join.form = MPTCP_JOIN_ACK};
    mptcp_sf sf;

    syn.seg.options = syn.options;
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_join(p->server.c, &syn.seg, local, &remote, &sf, p->now));
    struct wire synack = send_from(p, &p->server, sf, SYN | ACK, 0, 0, 1);
    struct mptcp_join_auth auth = {CLIENT_KEY, SERVER_KEY, 77, options_of(&synack).join.nonce};
    mptcp_join_hmac(&auth, third.u.join.hmac);
    struct wire w = with_option(&third, ACK, 1, 0, 1);
    come(p, &p->server, sf, &w);
    assert_false(p->server.verdict.drop);
    assert_true(subflow_of(&p->server, sf).established);
    return sf;
}

/* checks: G-2 */
static void given_two_signals_in_a_row_before_a_move_then_those_after_it_still_go(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr here = address(4, 1, 80);
    unsigned announced = 0;
    unsigned removed = 0;
    uint8_t id;

    establish(&p, 0, 0);
    announces(&p, address(3, 1, 0));
    announces(&p, address(3, 2, 0));
    for (unsigned i = 0; i < 2; i++) {
        struct wire w = says(&p, &p.server, p.server.sf);
        assert_true(has_option(&w, MPTCP_ADD_ADDR));
    }
    drain(&p, &p.server);
    moves(&p, &p.server);
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p.server.c, &here, MPTCP_ADDR_ANNOUNCE, &id, p.now));
    listens(&p);
    mptcp_sf sf = comes_back(&p, &here);
    for (unsigned i = 0; i < 30; i++) {
        struct wire w = says(&p, &p.server, sf);
        announced += has_option(&w, MPTCP_ADD_ADDR);
        removed += has_option(&w, MPTCP_REMOVE_ADDR);
        p.now += 1000000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.server.c, p.now));
    }
    assert_true(announced > 0);
    assert_true(removed > 0);
}

/* The policy has given up: every join that the host asked for was refused. */
static void gives_up(struct pair *p)
{
    struct mptcp_action a;

    for (unsigned i = 0; i < MANY_FAILURES; i++) {
        assert_int_equal(MPTCP_OK, mptcp_join(p->client.c, 0, 0, p->now));
        assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, a.sf, MPTCP_E_PEER_RESET, p->now));
        drain(p, &p->client);
    }
}

/* checks: H-2 */
static void given_many_joins_that_failed_then_a_new_address_is_tried_all_the_same(void **state)
{
    (void)state;

    for (unsigned moved = 0; moved < 2; moved++) {
        struct pair p;
        struct mptcp_action a;
        struct mptcp_addr here = address(4, 1, 0);
        uint8_t id;

        establish(&p, 0, 0);
        gives_up(&p);
        if (moved) {
            moves(&p, &p.client);
        }
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p.client.c, &here, MPTCP_ADDR_JOIN, &id, p.now));
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_memory_equal(here.ip, a.local.ip, sizeof here.ip);
    }
}

/* checks: H-2 */
static void given_a_join_asked_for_from_an_address_that_went_then_another_may_be(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr here = address(4, 1, 0);
    struct mptcp_addr first = address(0, 1, 0);
    uint8_t id;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &here, MPTCP_ADDR_BACKUP, &id, p.now));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));
    assert_int_equal(MPTCP_E_AGAIN, mptcp_join(p.client.c, 0, 0, p.now));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, 0, 0, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_memory_equal(first.ip, a.local.ip, sizeof first.ip);
}

/* Time passes, and the host does all it is asked for, until a subflow is to be reset; this one. */
static bool is_reset_in_time(struct pair *p, struct side *s, mptcp_sf sf)
{
    struct mptcp_action a;

    for (unsigned i = 0; i < 40; i++) {
        if (find_action(p, s, MPTCP_RESET_SUBFLOW, &a)) {
            return a.sf == sf;
        }
        if (mptcp_deadline(s->c) == MPTCP_NEVER) {
            return false;
        }
        next_timeout(p, s);
    }
    return false;
}

static _Alignas(uint64_t) uint8_t memory[2 * CORE_BLOCK];

/* checks: D-21 D-22 */
static void given_a_join_in_time_wait_whose_peer_never_closes_it_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_config cfg = core_config(0);
    struct mptcp_addr local = address(0, 2, 80);

    cfg.no_path_limit = LIMIT;
    establish_as(&p, &cfg, memory, CORE_BLOCK);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    server_acks(&p, 101);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.server.c, p.now));
    struct wire fin = says(&p, &p.server, p.server.sf);
    come(&p, &p.client, p.client.sf, &fin);
    struct wire ack = says(&p, &p.client, p.client.sf);
    come(&p, &p.server, p.server.sf, &ack);
    assert_true(told(&p, &p.server, MPTCP_EV_CLOSED));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    drain(&p, &p.server);
    p.now += 40000000; /* the limit for the closing of subflows has passed, too */
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.server.c, p.now));
    drain(&p, &p.server);

    mptcp_sf sf = comes_back(&p, &local);
    says(&p, &p.server, sf);
    assert_true(find_action(&p, &p.server, MPTCP_CLOSE_SUBFLOW, &a));
    assert_true(is_reset_in_time(&p, &p.server, sf));
    drain(&p, &p.server);
    assert_int_equal(0, info_of(&p.server).subflows);
}

/* checks: R-4 R-6 */
static void given_a_subflow_both_ends_remove_then_it_is_reset_if_its_fin_has_no_answer(void **state)
{
    (void)state;

    for (unsigned probed = 0; probed < 2; probed++) {
        struct pair p;
        struct mptcp_action a;
        static const uint8_t zero = 0;
        mptcp_sf ours;
        mptcp_sf theirs;

        two_subflows(&p, &ours, &theirs);
        if (probed) {
            removal_comes(&p, &p.client, &zero, 1);
        }
        uint8_t id = subflow_of(&p.client, ours).local_id;
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
        struct wire w = says(&p, &p.server, theirs); /* it is alive */
        come(&p, &p.client, ours, &w);
        w = says(&p, &p.server, p.server.sf);
        come(&p, &p.client, p.client.sf, &w);
        assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
        assert_int_equal(ours, a.sf);
        assert_true(is_reset_in_time(&p, &p.client, ours));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_two_signals_in_a_row_before_a_move_then_those_after_it_still_go),
        cmocka_unit_test(given_many_joins_that_failed_then_a_new_address_is_tried_all_the_same),
        cmocka_unit_test(given_a_join_asked_for_from_an_address_that_went_then_another_may_be),
        cmocka_unit_test(given_a_join_in_time_wait_whose_peer_never_closes_it_then_it_is_reset),
        cmocka_unit_test(
            given_a_subflow_both_ends_remove_then_it_is_reset_if_its_fin_has_no_answer),
    };
    return cmocka_run_group_tests_name("settled", tests, NULL, NULL);
}
