/*
 * test_lost_options.c - a path that eats options (RFC 8684 s3.7): what is acknowledged and never
 * DATA_ACKed, what is never mapped, on joined subflows and on the first.
 */
#include "bugs_test.h"

/* A hundred octets of the client's go on this subflow. */
static void sends_on(struct pair *p, mptcp_sf sf)
{
    struct mptcp_action a;

    room(p, &p->client, sf, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 100, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 100, MPTCP_DONE, p->now));
}

/* checks: B-3 T-1 */
static void given_a_joined_subflow_acknowledges_without_a_data_ack_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    room(&p, &p.client, p.client.sf, 0);
    sends_on(&p, ours);
    struct wire bare = with_option(NULL, ACK, 1, 0, 101);
    come(&p, &p.client, ours, &bare);
    struct wire rst = send_from(&p, &p.client, ours, RST | ACK, 101, 0, 1);
    assert_int_equal(MPTCP_RST_MIDDLEBOX, options_of(&rst).tcprst.reason);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(ours, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_int_equal(1, info_of(&p.client).version);
    /* What went there goes on the other. */
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(p.client.sf, a.sf);
    assert_true(a.reinjected);
}

/* checks: B-3 */
static void given_the_first_subflow_does_so_after_a_join_then_it_is_reset_as_well(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    /* Data that came both ways with options says that they may be missing on an ACK; data without
     * them says that they are lost. */
    two_subflows(&p, &ours, &theirs);
    sends_on(&p, p.client.sf);
    struct wire bare = with_option(NULL, ACK, 1, 0, 201);
    come(&p, &p.client, p.client.sf, &bare);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    bare = with_option(NULL, ACK, 1, 100, 201);
    come(&p, &p.client, p.client.sf, &bare);
    assert_true(p.client.verdict.drop);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(p.client.sf, a.sf);
    assert_int_equal(1, info_of(&p.client).version);
}

/* checks: B-4 D-10 */
static void given_a_joined_subflow_whose_octets_are_never_mapped_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    static const uint8_t zeros[1000];
    struct mptcp_piece piece = {.data = zeros, .len = 1000};
    struct mptcp_option ack = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    uint64_t before = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option map = map_option(before + 5000, 1, 100);
    struct wire first = with_option(&map, ACK, 1, 100, 1);
    come(&p, &p.server, theirs, &first);
    piece.len = 100;
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, theirs, &piece, p.now));
    /* From here on only DATA_ACKs come through. */
    piece.len = 1000;
    for (uint32_t ssn = 101; !wants(&p.server, MPTCP_RESET_SUBFLOW); ssn += 1000) {
        assert_true(ssn < 40000);
        ack.u.dss.data_ack = (uint32_t)info_of(&p.server).snd_una.v;
        struct wire w = with_option(&ack, ACK, ssn, 1000, 1);
        come(&p, &p.server, theirs, &w);
        assert_false(p.server.verdict.drop); /* TCP acknowledges it */
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, theirs, &piece, p.now));
        assert_true(info_of(&p.server).rcv_nxt.v == before);
        if (!wants(&p.server, MPTCP_RESET_SUBFLOW)) {
            send_from(&p, &p.server, theirs, ACK, 1, 0, ssn + 1000);
        }
    }
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_RST_MIDDLEBOX, a.reason);
    assert_false(wants(&p.server, MPTCP_DELIVER));
}

/* The server's octets are on the first subflow of the client's, none of them acknowledged. */
static void server_sends(struct pair *p)
{
    struct mptcp_action a;

    room(p, &p->server, p->server.sf, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->server.c, 100, p->now));
    assert_true(find_action(p, &p->server, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, 100, MPTCP_DONE, p->now));
}

/* A segment without any option is evidence: its first subflow is reset, with this code, and nothing
 * goes on as plain TCP. */
static void resets_without_options(struct pair *p, struct side *s, struct wire *bare, int code)
{
    struct mptcp_action a;

    come(p, s, s->sf, bare);
    assert_true(s->verdict.drop);
    assert_int_equal(1, info_of(s).version);
    assert_true(find_action(p, s, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(s->sf, a.sf);
    assert_int_equal(code, a.code);
}

/* checks: FB-1 FB-2 FB-3 B-3 */
static void
given_the_peers_direction_alone_is_out_of_step_when_options_are_lost_then_it_is_reset(void **state)
{
    (void)state;
    /* A mapping that leaves a gap in the stream; octets that TCP took without one. */
    for (unsigned mapped = 0; mapped < 2; mapped++) {
        for (unsigned data = 0; data < 2; data++) {
            struct pair p;

            establish(&p, 0, 0);
            struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v + 50, 101, 100);
            if (!mapped) {
                o.u.dss.flags = MPTCP_DSS_ACK;
                o.u.dss.data_ack = (uint32_t)info_of(&p.server).snd_una.v;
            }
            octets_come(&p, &p.server, &o, 101, 100);
            says(&p, &p.server, p.server.sf);
            server_sends(&p);
            struct wire bare = with_option(NULL, ACK, 201, data ? 100 : 0, data ? 1 : 101);
            resets_without_options(&p, &p.server, &bare,
                                   data ? MPTCP_E_UNMAPPED : MPTCP_E_NO_MPTCP);
        }
    }
}

/* checks: FB-1 FB-3 FB-15 B-3 */
static void
given_a_third_ack_that_left_and_was_answered_by_a_rst_when_options_are_lost_then_it_is_reset(
    void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    come(&p, &p.client, ours, &synack);
    says(&p, &p.client, ours); /* the peer may have accepted it all the same */
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now));
    drain(&p, &p.client);
    struct wire bare = with_option(NULL, ACK, 1, 100, 101);
    resets_without_options(&p, &p.client, &bare, MPTCP_E_UNMAPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_joined_subflow_acknowledges_without_a_data_ack_then_it_is_reset),
        cmocka_unit_test(given_the_first_subflow_does_so_after_a_join_then_it_is_reset_as_well),
        cmocka_unit_test(given_a_joined_subflow_whose_octets_are_never_mapped_then_it_is_reset),
        cmocka_unit_test(
            given_the_peers_direction_alone_is_out_of_step_when_options_are_lost_then_it_is_reset),
        cmocka_unit_test(
            given_a_third_ack_that_left_and_was_answered_by_a_rst_when_options_are_lost_then_it_is_reset),
    };
    return cmocka_run_group_tests_name("lost_options", tests, NULL, NULL);
}
