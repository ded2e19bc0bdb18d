/*
 * test_window.c - the shared window and each subflow's, ours and the peer's.
 */
#include "bugs_test.h"

/* checks: D-23 */
static void given_octets_that_arrive_then_the_window_shrinks_and_its_right_edge_stays(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    struct mptcp_conn_report before = info_of(&p.server);
    client_sends(&p, 101, 100);
    struct mptcp_conn_report after = info_of(&p.server);
    assert_int_equal(before.rcv_window - 100, after.rcv_window);
    assert_true(before.rcv_nxt.v + before.rcv_window == after.rcv_nxt.v + after.rcv_window);
}

/* checks: D-23 */
static void
given_little_was_consumed_then_no_update_leaves_and_after_a_quarter_one_does(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0); /* 100 octets of 10000 are delivered and not consumed */
    for (uint32_t ssn = 101; ssn < 3101; ssn += 100) {
        client_sends(&p, ssn, 100);
        drain(&p, &p.server);
        send_from(&p, &p.server, p.server.sf, ACK, 1, 0, ssn + 100);
    }
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 2000, p.now));
    assert_int_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_SEND_ACK));
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 1000, p.now));
    assert_int_not_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_SEND_ACK));
}

/* checks: D-25 */
static void given_either_window_is_shut_then_nothing_is_sent(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    establish(&p, 0, 0);
    /* All of the peer's window is filled: what its buffer holds was not consumed. */
    room(&p, &p.client, p.client.sf, 60000);
    uint32_t window = info_of(&p.client).snd_window;
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, window + 500, p.now));
    drain(&p, &p.client);
    assert_int_equal(0, info_of(&p.client).snd_window);
    /* The subflow's window opens without a DATA_ACK: the shared one does not (D-15). */
    struct wire w = with_option(NULL, ACK, 1, 0, 101);
    w.seg.window = 60000;
    come(&p, &p.client, p.client.sf, &w);
    assert_int_equal(0, mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND));
    o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_una.v;
    w = with_option(&o, ACK, 1, 0, 101);
    w.seg.window = 60000;
    come(&p, &p.client, p.client.sf, &w);
    assert_int_not_equal(0, mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND));
}

/* The window that one side has is filled: its subflow has acknowledged it all, the peer's
 * application reads nothing, and 500 octets wait. */
static void is_shut(struct pair *p, struct side *s)
{
    room(p, s, s->sf, 60000);
    uint32_t first = subflow_of(s, s->sf).snd_nxt.v;
    uint32_t window = info_of(s).snd_window;
    mptcp_on_written(s->c, window + 500, p->now);
    drain(p, s);
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(s).snd_nxt.v;
    struct wire w = with_option(&o, ACK, s == &p->client ? 1 : 101, 0, first + window);
    w.seg.window = 0;
    come(p, s, s->sf, &w);
    drain(p, s);
}

/* Asks wherever this side asks next; returns whether that is on `sf`, too. */
static bool probes_on(struct pair *p, struct side *s, mptcp_sf sf)
{
    struct mptcp_action a;
    bool found = false;

    while (!wants(s, MPTCP_PROBE)) {
        next_timeout(p, s);
    }
    while (find_action(p, s, MPTCP_PROBE, &a)) {
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, 0, MPTCP_DONE, p->now));
        found |= a.sf == sf;
    }
    return found;
}

/* How long it takes until this side asks. */
static mptcp_time probes(struct pair *p, struct side *s)
{
    mptcp_time since = p->now;

    probes_on(p, s, s->sf);
    return p->now - since;
}

/* checks: D-25 */
static void given_a_window_that_stays_shut_then_a_probe_leaves_later_and_later(void **state)
{
    (void)state;
    struct pair p;
    mptcp_time wait = 0;

    establish(&p, 0, 0);
    is_shut(&p, &p.client);
    for (unsigned i = 0; i < 3; i++) {
        mptcp_time next = probes(&p, &p.client);
        assert_true(next > wait);
        wait = next;
    }
}

/* checks: D-25 */
static void
given_a_window_that_stays_shut_and_a_join_then_it_is_asked_as_soon_as_at_first(void **state)
{
    (void)state;

    struct mptcp_addr local = address(0, 2, 80);

    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct side *s = i == 0 ? &p.client : &p.server; /* who asks */
        mptcp_sf ours;
        mptcp_sf theirs;

        establish(&p, 0, 0);
        is_shut(&p, s);
        mptcp_time first = probes(&p, s);
        for (unsigned k = 0; k < 4; k++) {
            probes(&p, s);
        }
        struct wire synack = join_answered(&p, &local, &ours, &theirs);
        join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
        assert_int_equal(first, probes(&p, s));
    }
}

/* checks: D-25 */
static void given_a_probe_that_nobody_answers_then_the_next_leaves_on_another_subflow(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    is_shut(&p, &p.client);
    /* The first subflow's own window is closed as well, and that is asked only there. */
    assert_false(probes_on(&p, &p.client, ours));
    assert_true(probes_on(&p, &p.client, ours));
}

/* checks: D-23 D-22 */
static void given_no_subflow_was_left_then_the_first_that_joins_advertises_the_window(void **state)
{
    (void)state;
    struct pair p;
    static _Alignas(uint64_t) uint8_t blocks[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct mptcp_action a;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    cfg.no_path_limit = 60000000;
    establish_as(&p, &cfg, blocks, CORE_BLOCK);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    come(&p, &p.client, ours, &synack);
    struct wire third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    come(&p, &p.server, theirs, &third);
    struct wire fourth = send_from(&p, &p.server, theirs, ACK, 1, 0, 1);
    come(&p, &p.client, ours, &fourth);
    assert_true(find_action(&p, &p.client, MPTCP_SEND_ACK, &a));
    assert_int_equal(ours, a.sf);
    struct wire fifth = says(&p, &p.client, ours);
    assert_true(has_option(&fifth, MPTCP_DSS));
    assert_int_equal(info_of(&p.client).rcv_window, fifth.seg.window);
}

/* checks: D-25 */
static void given_a_subflow_with_a_smaller_window_then_it_gets_no_more_than_that(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    /* A box on the second path has less room than the peer. */
    establish(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    synack.seg.window = 250;
    come(&p, &p.client, ours, &synack);
    struct wire third = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    come(&p, &p.server, theirs, &third);
    struct wire fourth = send_from(&p, &p.server, theirs, ACK, 1, 0, 1);
    fourth.seg.window = 250;
    come(&p, &p.client, ours, &fourth);
    drain(&p, &p.client);
    uint32_t shared = info_of(&p.client).snd_window;
    assert_true(shared > 5000);
    room(&p, &p.client, p.client.sf, 0);
    room(&p, &p.client, ours, 5000);
    mptcp_on_written(p.client.c, 5000, p.now);
    uint32_t sent = 0;
    while (find_action(&p, &p.client, MPTCP_SEND, &a)) {
        assert_int_equal(ours, a.sf);
        sent += a.len;
        mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now);
    }
    assert_in_range(sent, 200, 250);
    /* The first has the room that the peer gave all of them. */
    room(&p, &p.client, p.client.sf, 10000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(p.client.sf, a.sf);
    assert_int_equal(5000 - sent, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_octets_that_arrive_then_the_window_shrinks_and_its_right_edge_stays),
        cmocka_unit_test(
            given_little_was_consumed_then_no_update_leaves_and_after_a_quarter_one_does),
        cmocka_unit_test(given_either_window_is_shut_then_nothing_is_sent),
        cmocka_unit_test(given_a_window_that_stays_shut_then_a_probe_leaves_later_and_later),
        cmocka_unit_test(
            given_a_window_that_stays_shut_and_a_join_then_it_is_asked_as_soon_as_at_first),
        cmocka_unit_test(given_a_probe_that_nobody_answers_then_the_next_leaves_on_another_subflow),
        cmocka_unit_test(given_no_subflow_was_left_then_the_first_that_joins_advertises_the_window),
        cmocka_unit_test(given_a_subflow_with_a_smaller_window_then_it_gets_no_more_than_that),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
