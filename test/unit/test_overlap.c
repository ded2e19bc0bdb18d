/*
 * test_overlap.c - two things at once: what goes on with one subflow does not hide, or take the
 * place of, what is due on another one.
 */
#include "bugs_test.h"

/* A segment of zeros with a mapping whose checksum is wrong, and its octets. */
static void corrupted_come(struct pair *p, mptcp_sf sf, uint64_t dsn, uint32_t ssn)
{
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = sizeof zeros};
    struct mptcp_option o = map_option(dsn, 1, sizeof zeros);

    o.u.dss.ssn = ssn;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = 0x1234;
    struct wire w = with_option(&o, ACK, ssn, sizeof zeros, 1);
    come(p, &p->server, sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, sf, &piece, p->now));
}

/* checks: B-5 */
static void given_wrong_checksums_on_two_subflows_then_nothing_of_them_is_delivered(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    mptcp_dsn next = mptcp_rcv_nxt(p.server.c);
    corrupted_come(&p, theirs, next.v + 100, 1);
    assert_true(wants(&p.server, MPTCP_RESET_SUBFLOW));
    corrupted_come(&p, p.server.sf, next.v, 101);
    /* More on the subflow that is left, with no mapping. */
    static const uint8_t zeros[50];
    struct mptcp_piece piece = {.data = zeros, .len = sizeof zeros};
    struct mptcp_option ack = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    struct wire w = with_option(&ack, ACK, 201, sizeof zeros, 1);
    come(&p, &p.server, p.server.sf, &w);
    if (!p.server.verdict.drop) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    }
    assert_false(wants(&p.server, MPTCP_DELIVER));
    assert_true(mptcp_rcv_nxt(p.server.c).v == next.v);
    /* Both are reset, the last one too: there is no plain TCP where there were two. */
    assert_int_equal(0, drain(&p, &p.server) & MPTCP_WANT(MPTCP_DELIVER));
    assert_int_equal(0, info_of(&p.server).subflows);
    assert_int_equal(MPTCP_E_CHECKSUM, info_of(&p.server).error);
}

/* A segment of 100 zeros with their mapping, and its octets; nothing of it is delivered. */
static void zeros_come(struct pair *p, mptcp_sf sf, uint64_t dsn, uint32_t ssn)
{
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = sizeof zeros};
    struct mptcp_option o = map_option(dsn, 1, sizeof zeros);

    o.u.dss.ssn = ssn;
    struct wire w = with_option(&o, ACK, ssn, sizeof zeros, 1);
    come(p, &p->server, sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, sf, &piece, p->now));
}

/* checks: D-16 D-28 */
static void given_octets_that_came_twice_then_those_behind_them_are_data_acked_at_once(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    mptcp_dsn next = mptcp_rcv_nxt(p.server.c);
    zeros_come(&p, theirs, next.v, 1);
    zeros_come(&p, p.server.sf, next.v + 100, 101); /* it goes on on the other subflow, */
    zeros_come(&p, theirs, next.v + 100, 101);      /* which the first one repeats */
    assert_true(mptcp_rcv_nxt(p.server.c).v == next.v + 200);
    zeros_come(&p, theirs, next.v + 200, 201);
    assert_true(mptcp_rcv_nxt(p.server.c).v == next.v + 300);
    zeros_come(&p, theirs, next.v + 300, 301);
    assert_true(mptcp_rcv_nxt(p.server.c).v == next.v + 400);
    drain(&p, &p.server);
    assert_true(info_of(&p.server).delivered.v == next.v + 400);
}

/* An acknowledgement of all that the client sent on a subflow: with a DATA_ACK, or bare. */
static void acks_all(struct pair *p, mptcp_sf sf, bool bare, uint32_t window)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    o.u.dss.data_ack = info_of(&p->client).snd_nxt.v & 0xffffffff;
    struct wire w = with_option(bare ? NULL : &o, ACK, 1, 0, subflow_of(&p->client, sf).snd_nxt.v);
    w.seg.window = window;
    come(p, &p->client, sf, &w);
}

/* The client's host sends on a subflow all that it may. */
static void sends_all(struct pair *p, mptcp_sf sf, uint32_t octets)
{
    struct mptcp_action a;

    room(p, &p->client, sf, octets);
    while (find_action(p, &p->client, MPTCP_SEND, &a)) {
        assert_int_equal(sf, a.sf);
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
    }
}

/* Whenever the client's host is asked to send it has no room. */
static void waits_for_probe(struct pair *p, struct mptcp_action *a)
{
    for (unsigned i = 0; i < 500; i++) {
        next_timeout(p, &p->client);
        while (mptcp_poll(p->client.c, a)) {
            if (a->type == MPTCP_PROBE) {
                return;
            }
            bool can = a->type != MPTCP_SEND;
            mptcp_done(p->client.c, a, 0, can ? MPTCP_DONE : MPTCP_LATER, p->now);
        }
    }
    fail();
}

/* checks: D-17 */
static void given_a_shut_window_on_one_subflow_then_a_bare_ack_on_another_is_no_fault(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 40000, p.now));
    room(&p, &p.client, ours, 0);
    sends_all(&p, p.client.sf, 100000);
    acks_all(&p, p.client.sf, false, 0);
    acks_all(&p, ours, false, 10000);
    for (unsigned i = 0; i < 2; i++) {
        waits_for_probe(&p, &a);
        assert_int_equal(p.client.sf, a.sf);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        acks_all(&p, p.client.sf, true, 0);
    }
    sends_all(&p, ours, 500);
    assert_int_equal(501, subflow_of(&p.client, ours).snd_nxt.v);
    acks_all(&p, ours, false, 10000);
    acks_all(&p, ours, true, 10000); /* the same again, with no option */
    assert_false(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(2, info_of(&p.client).subflows);
    assert_true(subflow_of(&p.client, ours).established);
}

/* checks: B-3 D-28 */
static void given_a_third_ack_without_answer_then_nothing_is_sent_twice(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr local = address(0, 2, 80);
    unsigned questions = 0;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    come(&p, &p.client, ours, &synack);
    says(&p, &p.client, ours); /* the third ACK, which nothing answers */
    room(&p, &p.client, p.client.sf, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    acks_all(&p, p.client.sf, true, 10000);
    /* The peer may have accepted it, or not: neither plain TCP nor octets at other SSNs are safe.
     */
    for (unsigned i = 0; i < 60 && !info_of(&p.client).error; i++) {
        next_timeout(&p, &p.client);
        while (mptcp_poll(p.client.c, &a)) {
            bool connect = a.type == MPTCP_CONNECT;
            assert_int_not_equal(MPTCP_SEND, a.type);
            questions += a.type == MPTCP_PROBE;
            if (a.type == MPTCP_SEND_ACK) {
                says(&p, &p.client, a.sf);
            }
            if (a.type == MPTCP_PROBE) {
                acks_all(&p, p.client.sf, true, 10000);
            }
            mptcp_done(p.client.c, &a, a.len, connect ? MPTCP_FAILED : MPTCP_DONE, p.now);
        }
    }
    assert_int_equal(6, questions);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_octets_that_came_twice_then_those_behind_them_are_data_acked_at_once),
        cmocka_unit_test(given_wrong_checksums_on_two_subflows_then_nothing_of_them_is_delivered),
        cmocka_unit_test(given_a_shut_window_on_one_subflow_then_a_bare_ack_on_another_is_no_fault),
        cmocka_unit_test(given_a_third_ack_without_answer_then_nothing_is_sent_twice),
    };
    return cmocka_run_group_tests_name("overlap", tests, NULL, NULL);
}
