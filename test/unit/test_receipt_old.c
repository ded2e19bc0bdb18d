/*
 * test_receipt_old.c - what a segment that leaves must not commit: a keep-alive nothing at all, a
 * receipt that is older than what happened since no more than it said, octets without room for the
 * DATA_ACK neither that nor a window of the connection (RFC 8684 s3.3.1, s3.3.4).
 */
#include "bugs_test.h"

/* What the server's next segment would carry. */
static struct mptcp_receipt writes(struct pair *p, uint32_t ssn, uint32_t len, size_t octets)
{
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(ssn), .len = len};
    uint8_t area[MPTCP_OPTION_MAX];
    struct mptcp_receipt r;

    assert_true(mptcp_tx_options(p->server.c, p->server.sf, &seg, area, octets, &r) >= 0);
    return r;
}

static struct mptcp_receipt writes_ack(struct pair *p, size_t octets)
{
    return writes(p, subflow_of(&p->server, p->server.sf).snd_nxt.v, 0, octets);
}

static void left(struct pair *p, const struct mptcp_receipt *r)
{
    assert_int_equal(MPTCP_OK, mptcp_sent(p->server.c, p->server.sf, r, p->now));
}

static uint32_t next_ssn(const struct pair *p)
{
    return subflow_of(&p->client, p->client.sf).snd_nxt.v;
}

/* The server has received and acknowledged 3000 octets, and its application has read none. */
static void receives_much(struct pair *p)
{
    establish(p, 0, 0);
    for (uint32_t n = 0; n < 30; n++) {
        client_sends(p, next_ssn(p), 100);
        drain(p, &p->server);
        says(p, &p->server, p->server.sf);
    }
}

/* The server's next ACK has to have the DATA_ACK: nothing may take its place. */
static bool data_ack_is_news(struct pair *p)
{
    return (writes_ack(p, 0).no_room & MPTCP_OUT_DATA_ACK) != 0;
}

/* The server has octets in flight, and owes acknowledgements and signals of every kind. */
static void all_is_due(struct pair *p)
{
    struct mptcp_action a;

    establish(p, 0, 0);
    room(p, &p->server, p->server.sf, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->server.c, 100, p->now));
    assert_true(find_action(p, &p->server, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, 100, MPTCP_DONE, p->now));
    for (unsigned n = 0; n < 30; n++) {
        client_sends(p, next_ssn(p), 100);
    }
    drain(p, &p->server);
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p->server.c, 3000, p->now));
    announces(p, address(7, 2, 8000));
    assert_int_equal(MPTCP_OK, mptcp_set_backup(p->server.c, p->server.sf, true, p->now));
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->server.c, p->now));
    p->now += 10000; /* nothing is promised any more */
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->server.c, p->now));
    assert_true(wants(&p->server, MPTCP_SEND_ACK));
}

/* checks: G-3 D-15 */
static void given_a_keep_alive_with_any_room_then_its_commit_changes_nothing(void **state)
{
    (void)state;
    for (unsigned promised = 0; promised < 2; promised++) {
        struct pair p;
        uint8_t before[CORE_BLOCK];
        struct mptcp_action a = {.type = MPTCP_SEND_ACK};

        all_is_due(&p);
        a.sf = p.server.sf;
        if (promised) {
            assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
        }
        memcpy(before, p.server.block, sizeof before);
        for (size_t octets = 0; octets <= MPTCP_OPTION_MAX; octets++) {
            struct mptcp_receipt r = writes(&p, 0, 0, octets);
            assert_int_equal(0, r.wrote & ~MPTCP_OUT_DATA_ACK);
            left(&p, &r);
            assert_memory_equal(before, p.server.block, sizeof before);
        }
    }
}

/* checks: D-15 D-17 */
static void given_a_receipt_of_before_others_left_then_its_commit_takes_nothing_back(void **state)
{
    (void)state;
    struct pair p;
    uint8_t before[CORE_BLOCK];

    establish(&p, 0, 0);
    struct mptcp_receipt first = writes_ack(&p, MPTCP_OPTION_MAX);
    client_sends(&p, 101, 100);
    struct mptcp_receipt second = writes_ack(&p, MPTCP_OPTION_MAX);
    client_sends(&p, 201, 100);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 300, p.now));
    struct mptcp_receipt third = writes_ack(&p, MPTCP_OPTION_MAX);
    left(&p, &third);
    assert_false(data_ack_is_news(&p));
    memcpy(before, p.server.block, sizeof before);
    const struct mptcp_receipt *again[] = {&third, &second, &first};
    for (unsigned i = 0; i < 3; i++) {
        left(&p, again[i]);
        assert_memory_equal(before, p.server.block, sizeof before);
    }
}

/* checks: D-17 D-9 */
static void given_a_receipt_of_before_octets_came_then_they_count_as_not_acknowledged(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    struct mptcp_receipt old = writes_ack(&p, MPTCP_OPTION_MAX);
    client_sends(&p, 101, 100);
    assert_true(data_ack_is_news(&p));
    left(&p, &old);
    assert_true(data_ack_is_news(&p));
    assert_false(wants(&p.server, MPTCP_SEND_ACK)); /* TCP has still to say it by itself */
    struct mptcp_receipt now = writes_ack(&p, MPTCP_OPTION_MAX);
    left(&p, &now);
    assert_false(data_ack_is_news(&p));
    /* Octets that were here before: RCV.NXT is what it was, and TCP has to acknowledge them. */
    old = writes_ack(&p, MPTCP_OPTION_MAX);
    struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v - 100, 201, 100);
    octets_come(&p, &p.server, &o, 201, 100);
    left(&p, &old);
    assert_true(data_ack_is_news(&p));
    says(&p, &p.server, p.server.sf);
    /* A DATA_FIN: TCP says nothing by itself. */
    old = writes_ack(&p, MPTCP_OPTION_MAX);
    shuts_down(&p, &p.client, &p.server, 301, 1);
    left(&p, &old);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
}

/* checks: D-15 D-23 */
static void given_a_receipt_of_before_an_ack_was_asked_for_then_it_is_due_all_the_same(void **state)
{
    (void)state;
    struct pair p;

    /* The window has opened since. */
    receives_much(&p);
    struct mptcp_receipt old = writes_ack(&p, MPTCP_OPTION_MAX);
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 3000, p.now));
    left(&p, &old);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    says(&p, &p.server, p.server.sf);
    assert_false(wants(&p.server, MPTCP_SEND_ACK));

    /* The window is what it was, RCV.NXT is not; an octet beyond the window asks for an ACK. */
    old = writes_ack(&p, MPTCP_OPTION_MAX);
    client_sends(&p, next_ssn(&p), 100);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 100, p.now));
    struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v + 20000, next_ssn(&p), 100);
    struct wire w = with_option(&o, ACK, next_ssn(&p), 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_true(p.server.verdict.drop);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    left(&p, &old);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
}

/* The server has a hundred octets to send; its next segment has them. */
static struct mptcp_receipt writes_data(struct pair *p, size_t octets)
{
    room(p, &p->server, p->server.sf, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->server.c, 100, p->now));
    struct mptcp_action send = {.type = MPTCP_SEND,
                                .sf = p->server.sf,
                                .dsn = info_of(&p->server).snd_nxt,
                                .ssn = subflow_of(&p->server, p->server.sf).snd_nxt,
                                .len = 100};
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &send, 100, MPTCP_DONE, p->now));
    return writes(p, send.ssn.v, 100, octets);
}

/* checks: D-15 D-23 */
static void
given_octets_without_room_for_the_data_ack_then_their_window_is_not_the_connections(void **state)
{
    (void)state;
    for (unsigned both = 0; both < 2; both++) {
        struct pair p;

        receives_much(&p);
        /* Less than a quarter of the buffer, then a little more. */
        assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 2400, p.now));
        assert_false(wants(&p.server, MPTCP_SEND_ACK));
        struct mptcp_receipt r = writes_data(&p, both ? 28 : 20);
        assert_int_equal(both != 0, (r.wrote & MPTCP_OUT_DATA_ACK) != 0);
        left(&p, &r);
        assert_false(wants(&p.server, MPTCP_SEND_ACK)); /* nothing new was acknowledged */
        assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 200, p.now));
        assert_int_equal(!both, wants(&p.server, MPTCP_SEND_ACK));
    }
}

/* checks: D-15 D-17 */
static void
given_octets_without_room_for_the_data_ack_then_one_that_was_asked_for_stays_due(void **state)
{
    (void)state;
    for (unsigned both = 0; both < 2; both++) {
        struct pair p;

        receives_much(&p);
        assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 3000, p.now));
        assert_true(wants(&p.server, MPTCP_SEND_ACK));
        struct mptcp_receipt r = writes_data(&p, both ? 28 : 20);
        left(&p, &r);
        assert_int_equal(!both, wants(&p.server, MPTCP_SEND_ACK));
    }
}

/* checks: D-17 D-9 */
static void
given_a_receipt_of_before_a_gap_was_closed_elsewhere_then_that_is_news_all_the_same(void **state)
{
    (void)state;
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    says(&p, &p.server, p.server.sf);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = map_option(next + 100, 101, 100);
    octets_come(&p, &p.server, &o, 101, 100);
    says(&p, &p.server, p.server.sf);
    struct mptcp_receipt old = writes_ack(&p, MPTCP_OPTION_MAX);
    o = map_option(next, 1, 100);
    struct wire w = with_option(&o, ACK, 1, 100, 1);
    come(&p, &p.server, theirs, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, theirs, &piece, p.now));
    assert_int_equal(next + 200, info_of(&p.server).rcv_nxt.v);
    assert_true(data_ack_is_news(&p));
    left(&p, &old);
    assert_true(data_ack_is_news(&p));
    struct mptcp_receipt now = writes_ack(&p, MPTCP_OPTION_MAX);
    left(&p, &now);
    assert_false(data_ack_is_news(&p));
}

/* checks: D-23 D-20 */
static void
given_a_data_fin_waits_for_room_when_the_window_opens_then_that_does_not_wait(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    receives_much(&p);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.server.c, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_SEND_ACK, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    struct mptcp_receipt r = writes_ack(&p, 12);
    assert_true((r.no_room & MPTCP_OUT_DATA_FIN) != 0);
    left(&p, &r);
    assert_false(wants(&p.server, MPTCP_SEND_ACK)); /* the host has less room than it promised */
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 3000, p.now));
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
}

/* checks: P-1 R-1 */
static void given_a_receipt_of_before_a_signal_changed_then_it_is_said_anew(void **state)
{
    (void)state;
    struct pair p;
    uint8_t id[2];

    /* MP_PRIO: the application has changed its mind. */
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_set_backup(p.server.c, p.server.sf, true, p.now));
    struct mptcp_receipt old = writes_ack(&p, MPTCP_OPTION_MAX);
    assert_true((old.wrote & MPTCP_OUT_PRIO) != 0);
    assert_int_equal(MPTCP_OK, mptcp_set_backup(p.server.c, p.server.sf, false, p.now));
    left(&p, &old);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    struct wire w = says(&p, &p.server, p.server.sf);
    assert_true(has_option(&w, MPTCP_PRIO));
    assert_int_equal(0, options_of(&w).prio.backup);
    assert_false(wants(&p.server, MPTCP_SEND_ACK));

    /* REMOVE_ADDR: one more address has gone. */
    establish(&p, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        struct mptcp_addr addr = address(10 + i, 2, 0);
        assert_int_equal(MPTCP_OK, mptcp_add_address(p.server.c, &addr, 0, &id[i], p.now));
    }
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id[0], p.now));
    old = writes_ack(&p, MPTCP_OPTION_MAX);
    assert_true((old.wrote & MPTCP_OUT_REMOVE_ADDR) != 0);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id[1], p.now));
    left(&p, &old);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    w = says(&p, &p.server, p.server.sf);
    assert_true(has_option(&w, MPTCP_REMOVE_ADDR));
    struct mptcp_remove_addr r = options_of(&w).remove_addr;
    assert_int_equal(id[1], r.ids[r.count - 1]);
    assert_false(wants(&p.server, MPTCP_SEND_ACK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_keep_alive_with_any_room_then_its_commit_changes_nothing),
        cmocka_unit_test(given_a_receipt_of_before_others_left_then_its_commit_takes_nothing_back),
        cmocka_unit_test(given_a_receipt_of_before_octets_came_then_they_count_as_not_acknowledged),
        cmocka_unit_test(
            given_a_receipt_of_before_an_ack_was_asked_for_then_it_is_due_all_the_same),
        cmocka_unit_test(
            given_octets_without_room_for_the_data_ack_then_their_window_is_not_the_connections),
        cmocka_unit_test(
            given_octets_without_room_for_the_data_ack_then_one_that_was_asked_for_stays_due),
        cmocka_unit_test(
            given_a_receipt_of_before_a_gap_was_closed_elsewhere_then_that_is_news_all_the_same),
        cmocka_unit_test(
            given_a_data_fin_waits_for_room_when_the_window_opens_then_that_does_not_wait),
        cmocka_unit_test(given_a_receipt_of_before_a_signal_changed_then_it_is_said_anew),
    };
    return cmocka_run_group_tests_name("receipt_old", tests, NULL, NULL);
}
