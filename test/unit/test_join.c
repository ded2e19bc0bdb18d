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
    struct mptcp_subflow_report info;
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

/* A segment for which there is this room; what the writer says. */
static int has_room(struct side *s, mptcp_sf sf, unsigned flags, uint32_t ssn, size_t room,
                    struct mptcp_receipt *r)
{
    struct mptcp_txseg seg = {.tcp_flags = (uint8_t)flags, .ssn = mptcp_ssn_of(ssn)};
    uint8_t octets[MPTCP_OPTION_MAX];

    memset(r, 0xff, sizeof *r);
    return mptcp_tx_options(s->c, sf, &seg, octets, room, r);
}

/* It may not leave: to the peer it would be another segment. */
static void may_not_leave(struct side *s, mptcp_sf sf, unsigned flags, uint32_t ssn, size_t room)
{
    struct mptcp_receipt r;
    struct mptcp_receipt said = {.no_room = MPTCP_OUT_JOIN};

    assert_int_equal(MPTCP_E_ROOM, has_room(s, sf, flags, ssn, room, &r));
    assert_memory_equal(&said, &r, sizeof r);
}

/* checks: J-1 J-6 J-8 */
static void given_no_room_for_mp_join_then_its_handshake_waits(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_receipt r;
    mptcp_sf ours;
    mptcp_sf theirs;
    struct wire syn = join_syn(&p, &ours, 0);

    may_not_leave(&p.client, ours, SYN, 0, 8);
    assert_int_equal(12, has_room(&p.client, ours, SYN, 0, 12, &r));
    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &theirs));
    may_not_leave(&p.server, theirs, SYN | ACK, 0, 12);
    assert_int_equal(16, has_room(&p.server, theirs, SYN | ACK, 0, 16, &r));
    struct wire synack = send_from(&p, &p.server, theirs, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, ours, &synack);
    may_not_leave(&p.client, ours, ACK, 1, 20);
    may_not_leave(&p.client, ours, ACK, 1, 0);
    assert_int_equal(24, has_room(&p.client, ours, ACK, 1, 24, &r));
    /* The first subflow and the fourth ACK have no such need. */
    assert_int_equal(0, has_room(&p.client, p.client.sf, ACK, 101, 0, &r));
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    assert_int_equal(0, has_room(&p.server, theirs, ACK, 1, 0, &r));
}

/* checks: J-8 */
static void
given_no_room_for_the_third_ack_then_it_is_asked_for_until_the_join_is_given_up(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    unsigned asked = 0;
    struct wire syn = join_syn(&p, &ours, 0);

    assert_int_equal(MPTCP_OK, accept_join(&p, &syn, &theirs));
    struct wire synack = send_from(&p, &p.server, theirs, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, ours, &synack);
    mptcp_time begun = p.now;
    for (;;) {
        assert_true(p.now - begun < 120000000);
        while (mptcp_poll(p.client.c, &a) && a.type != MPTCP_RESET_SUBFLOW) {
            asked += a.type == MPTCP_SEND_ACK && a.sf == ours;
            assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        }
        if (a.type == MPTCP_RESET_SUBFLOW) {
            break;
        }
        next_timeout(&p, &p.client);
    }
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_E_TIMED_OUT, a.code);
    assert_true(asked > 6);
    assert_true(p.now - begun > 5000000);
    assert_int_equal(0, info_of(&p.client).error);
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
    struct mptcp_subflow_report info;
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
        cmocka_unit_test(given_no_room_for_mp_join_then_its_handshake_waits),
        cmocka_unit_test(
            given_no_room_for_the_third_ack_then_it_is_asked_for_until_the_join_is_given_up),
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
