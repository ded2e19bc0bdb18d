/*
 * test_join.c - the MP_JOIN handshake, both roles; any doubt resets the subflow only.
 */
#include "core_test.h"

/* The client joins from a second address: its SYN, and the action that asked for it. */
static struct wire join_syn(struct pair *p, mptcp_sf *sf, unsigned flags)
{
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_action a;
    uint8_t id;

    establish(p, 0, 0);
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p->client.c, &second, MPTCP_ADDR_JOIN | flags, &id, p->now));
    assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
    assert_int_equal(id, a.addr_id);
    assert_int_equal(80, a.remote.port);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
    *sf = a.sf;
    return send_from(p, &p->client, *sf, SYN, 0, 0, 0);
}

static int accept_join(struct pair *p, struct wire *syn, mptcp_sf *sf)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(1, 1, 5000);
    syn->seg.options = syn->options;
    return mptcp_accept_join(p->server.c, &syn->seg, &local, &remote, sf, p->now);
}

static void join(struct pair *p, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct wire syn = join_syn(p, ours, 0);
    assert_int_equal(MPTCP_OK, accept_join(p, &syn, theirs));
    struct wire synack = send_from(p, &p->server, *theirs, SYN | ACK, 0, 0, 1);
    come(p, &p->client, *ours, &synack);
    struct wire third = send_from(p, &p->client, *ours, ACK, 1, 0, 1);
    come(p, &p->server, *theirs, &third);
}

static bool established(const struct side *s, mptcp_sf sf)
{
    struct mptcp_subflow_info info;
    assert_int_equal(MPTCP_OK, mptcp_subflow_info(s->c, sf, &info));
    return info.established;
}

/* checks: J-1 J-3 J-6 J-8 J-9 */
static void given_right_hmacs_then_the_initiator_is_open_only_after_the_fourth_ack(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct wire syn = join_syn(&p, &ours, 0);
    struct mptcp_options o = options_of(&syn);
    assert_int_equal(MPTCP_JOIN_SYN, o.join.form);
    assert_int_equal(mptcp_key_id(SERVER_KEY).token, o.join.token);
    assert_int_equal(1, o.join.addr_id);

    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &theirs));
    struct wire synack = send_from(&p, &p.server, theirs, SYN | ACK, 0, 0, 1);
    assert_int_equal(MPTCP_JOIN_SYNACK, options_of(&synack).join.form);
    come(&p, &p.client, ours, &synack);
    assert_false(established(&p.client, ours));
    struct wire third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    assert_int_equal(MPTCP_JOIN_ACK, options_of(&third).join.form);
    come(&p, &p.server, theirs, &third);
    assert_true(established(&p.server, theirs));
    assert_true((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_SEND_ACK)) != 0);
    struct wire fourth = send_from(&p, &p.server, theirs, ACK, 1, 0, 1);
    come(&p, &p.client, ours, &fourth);
    assert_true(established(&p.client, ours));
}

/* checks: J-8 */
static void given_no_fourth_ack_then_the_third_is_sent_again_and_answered_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    join(&p, &ours, &theirs);
    drain(&p, &p.server);
    send_from(&p, &p.server, theirs, ACK, 1, 0, 1); /* lost */
    drain(&p, &p.client);
    mptcp_time due = mptcp_deadline(p.client.c);
    assert_true(due != MPTCP_NEVER);
    p.now = due;
    mptcp_on_timeout(p.client.c, p.now);
    while (find_action(&p, &p.client, MPTCP_SEND_ACK, &a) && a.sf != ours) {
        mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    }
    assert_int_equal(ours, a.sf);
    struct wire again = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    assert_int_equal(MPTCP_JOIN_ACK, options_of(&again).join.form);
    come(&p, &p.server, theirs, &again);
    /* The initial subflow may have one due as well. */
    while (find_action(&p, &p.server, MPTCP_SEND_ACK, &a) && a.sf != theirs) {
        mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
    }
    assert_int_equal(theirs, a.sf);
}

/* The subflow is to be reset with this code and reason; the connection lives. */
static void reset_only(struct pair *p, struct side *s, mptcp_sf sf, int code, unsigned reason)
{
    struct mptcp_action a;
    assert_int_equal(1, s->verdict.drop);
    assert_true(find_action(p, s, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(code, a.code);
    struct wire rst = send_from(p, s, sf, RST | ACK, 1, 0, 1);
    struct mptcp_options o = options_of(&rst);
    assert_int_equal(reason, o.tcprst.reason);
    assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, 0, MPTCP_DONE, p->now));
    assert_int_equal(0, info_of(s).error);
    assert_int_equal(1, info_of(s).subflows);
}

/* checks: J-10 J-12 H-4 */
static void given_a_bad_or_missing_hmac_in_the_syn_ack_then_the_initiator_resets_it(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < 2; missing++) {
        struct pair p;
        mptcp_sf ours;
        mptcp_sf theirs;
        struct wire syn = join_syn(&p, &ours, 0);
        assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &theirs));
        struct wire synack = send_from(&p, &p.server, theirs, SYN | ACK, 0, 0, 1);
        synack.options[5] ^= 1;
        if (missing) {
            synack.seg.options_len = 0;
        }
        come(&p, &p.client, ours, &synack);
        reset_only(&p, &p.client, ours, missing ? MPTCP_E_JOIN_MISSING : MPTCP_E_JOIN_HMAC,
                   MPTCP_RST_MPTCP);
    }
}

/* checks: J-11 E-1 */
static void given_a_bad_or_missing_hmac_in_the_third_ack_then_the_listener_resets_it(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < 2; missing++) {
        struct pair p;
        mptcp_sf ours;
        mptcp_sf theirs;
        struct wire syn = join_syn(&p, &ours, 0);
        assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &theirs));
        struct wire synack = send_from(&p, &p.server, theirs, SYN | ACK, 0, 0, 1);
        come(&p, &p.client, ours, &synack);
        struct wire third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
        third.options[10] ^= 1;
        if (missing) {
            third.seg.options_len = 0;
        }
        come(&p, &p.server, theirs, &third);
        reset_only(&p, &p.server, theirs, missing ? MPTCP_E_JOIN_MISSING : MPTCP_E_JOIN_HMAC,
                   MPTCP_RST_MPTCP);
    }
}

/* checks: J-6 J-14 */
static void given_a_join_that_is_not_wanted_then_it_is_refused_and_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct wire syn = join_syn(&p, &ours, 0);
    uint8_t before[CORE_BLOCK];

    syn.options[4] ^= 1; /* the token */
    memcpy(before, p.server.c, sizeof before);
    assert_int_equal(MPTCP_E_JOIN_TOKEN, accept_join(&p, &syn, &theirs));
    assert_memory_equal(before, p.server.c, sizeof before);
    syn.options[4] ^= 1;
    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &theirs));
    syn.options[8] ^= 1; /* another nonce: another join */
    mptcp_sf third;
    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &third));
    assert_int_not_equal(theirs, third);
    syn.options[8] ^= 2; /* there is place for no more: one of the others makes room */
    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &third));
    assert_int_equal(MPTCP_SF_NONE, third);
}

/* checks: J-6 */
static void given_a_syn_sent_again_then_it_is_the_same_half_open_join(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf first;
    mptcp_sf second;
    struct wire syn = join_syn(&p, &ours, 0);
    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &first));
    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &second));
    assert_int_equal(first, second);
    assert_int_equal(MPTCP_SF_NONE, mptcp_subflow_at(p.server.c, 2));
    assert_int_equal(1, info_of(&p.server).subflows); /* it has proved nothing */
}

/* checks: J-5 */
static void given_a_backup_address_then_flag_b_is_on_the_wire_and_the_peer_holds_back(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_subflow_info info;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct wire syn = join_syn(&p, &ours, MPTCP_ADDR_BACKUP);
    assert_int_equal(1, options_of(&syn).join.backup);
    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &theirs));
    assert_int_equal(MPTCP_OK, mptcp_subflow_info(p.server.c, theirs, &info));
    assert_int_equal(1, info.peer_backup);
}

/* checks: C-17 */
static void given_a_connection_not_fully_established_then_the_client_joins_nobody(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr second = address(1, 1, 0);
    uint8_t id;
    open_pair(&p, 0, 0);
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now);
    assert_false((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_CONNECT)) != 0);
}

/* checks: C-21 */
static void given_the_peer_set_flag_c_then_its_initial_address_is_not_joined(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr second = address(1, 1, 0);
    uint8_t id;
    establish(&p, 0, MPTCP_CFG_DENY_JOIN);
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now);
    assert_false((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_CONNECT)) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_right_hmacs_then_the_initiator_is_open_only_after_the_fourth_ack),
        cmocka_unit_test(given_no_fourth_ack_then_the_third_is_sent_again_and_answered_again),
        cmocka_unit_test(given_a_bad_or_missing_hmac_in_the_syn_ack_then_the_initiator_resets_it),
        cmocka_unit_test(given_a_bad_or_missing_hmac_in_the_third_ack_then_the_listener_resets_it),
        cmocka_unit_test(given_a_join_that_is_not_wanted_then_it_is_refused_and_nothing_changes),
        cmocka_unit_test(given_a_syn_sent_again_then_it_is_the_same_half_open_join),
        cmocka_unit_test(given_a_backup_address_then_flag_b_is_on_the_wire_and_the_peer_holds_back),
        cmocka_unit_test(given_a_connection_not_fully_established_then_the_client_joins_nobody),
        cmocka_unit_test(given_the_peer_set_flag_c_then_its_initial_address_is_not_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
