/*
 * test_data_ack.c - acknowledgements at both levels: what they move, what they
 * may not, when the send buffer may go.
 */
#include "core_test.h"

/* The client has given n octets to its subflow; they begin at SSN 101. */
static void given_sent(struct pair *p, uint32_t n)
{
    struct mptcp_action a;
    establish(p, 0, 0);
    room(p, &p->client, p->client.sf, 10000);
    mptcp_on_written(p->client.c, n, p->now);
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, n, MPTCP_DONE, p->now));
}

static struct wire ack_of(const struct pair *p, int64_t data_ack, uint32_t ack, bool wide)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    uint64_t dsn = info_of(&p->client).snd_una.v + (uint64_t)data_ack;
    o.u.dss.flags = wide ? MPTCP_DSS_ACK | MPTCP_DSS_ACK64 : MPTCP_DSS_ACK;
    o.u.dss.data_ack = wide ? dsn : (uint32_t)dsn;
    return with_option(&o, ACK, 1, 0, ack);
}

static uint64_t freed(struct pair *p)
{
    struct mptcp_action a;
    if (!find_action(p, &p->client, MPTCP_FREE, &a)) {
        return 0;
    }
    mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now);
    return a.len;
}

/* checks: D-14 S-1 */
static void given_either_width_then_the_data_ack_moves_snd_una(void **state)
{
    (void)state;
    for (unsigned wide = 0; wide < 2; wide++) {
        struct pair p;
        given_sent(&p, 300);
        uint64_t una = info_of(&p.client).snd_una.v;
        struct wire w = ack_of(&p, 200, 401, wide);
        come(&p, &p.client, p.client.sf, &w);
        assert_true(info_of(&p.client).snd_una.v == una + 200);
    }
}

/* checks: S-1 D-15 */
static void given_only_a_subflow_acknowledgement_then_snd_una_stays(void **state)
{
    (void)state;
    struct pair p;
    given_sent(&p, 300);
    uint64_t una = info_of(&p.client).snd_una.v;
    struct wire w = ack_of(&p, 0, 401, true);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(info_of(&p.client).snd_una.v == una);
    assert_int_equal(0, freed(&p));
}

/* checks: D-16 */
static void
given_a_data_ack_alone_then_the_buffer_is_kept_until_the_subflow_acknowledges(void **state)
{
    (void)state;
    struct pair p;
    given_sent(&p, 300);
    drain(&p, &p.client);
    struct wire data = ack_of(&p, 300, 101, true);
    come(&p, &p.client, p.client.sf, &data);
    assert_int_equal(0, freed(&p));
    struct wire part = ack_of(&p, 0, 251, true);
    come(&p, &p.client, p.client.sf, &part);
    assert_int_equal(150, freed(&p));
    struct wire all = ack_of(&p, 0, 401, true);
    come(&p, &p.client, p.client.sf, &all);
    assert_int_equal(150, freed(&p));
}

/* checks: D-16 */
static void given_tcp_made_copies_then_a_data_ack_alone_frees(void **state)
{
    (void)state;
    struct pair p;
    given_sent(&p, 300);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_OK, mptcp_on_copied(p.client.c, p.client.sf, p.now));
    struct wire data = ack_of(&p, 300, 101, true);
    come(&p, &p.client, p.client.sf, &data);
    assert_int_equal(300, freed(&p));
}

/* checks: D-15 */
static void given_a_data_ack_of_what_was_never_sent_then_it_and_its_window_are_ignored(void **state)
{
    (void)state;
    struct pair p;
    given_sent(&p, 300);
    struct mptcp_conn_report before = info_of(&p.client);
    struct wire w = ack_of(&p, 301, 101, true);
    w.seg.window = 60000;
    come(&p, &p.client, p.client.sf, &w);
    assert_true(info_of(&p.client).snd_una.v == before.snd_una.v);
    assert_int_equal(before.snd_window, info_of(&p.client).snd_window);
}

/* checks: D-25 */
static void given_windows_out_of_order_then_the_right_edge_only_grows(void **state)
{
    (void)state;
    struct pair p;
    given_sent(&p, 300);
    struct wire large = ack_of(&p, 0, 101, true);
    large.seg.window = 20000;
    come(&p, &p.client, p.client.sf, &large);
    uint32_t window = info_of(&p.client).snd_window;
    assert_int_equal(20000 - 300, window);
    struct wire small = ack_of(&p, 0, 101, true);
    small.seg.window = 500;
    come(&p, &p.client, p.client.sf, &small);
    assert_int_equal(window, info_of(&p.client).snd_window);
}

/* checks: D-25 */
static void given_the_window_is_used_up_then_nothing_is_sent_and_a_probe_falls_due(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 60000);
    mptcp_on_written(p.client.c, 50000, p.now);
    uint32_t sent = 0;
    while (find_action(&p, &p.client, MPTCP_SEND, &a)) {
        mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now);
        sent += a.len;
    }
    assert_true(sent > 0 && sent <= 10000);
    struct wire shut = ack_of(&p, sent, 101 + sent, true);
    shut.seg.window = 0;
    come(&p, &p.client, p.client.sf, &shut);
    drain(&p, &p.client);
    assert_false((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND)) != 0);
    p.now = mptcp_deadline(p.client.c);
    assert_true(p.now != MPTCP_NEVER);
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_PROBE, &a));
}

/* checks: G-3 */
static void given_a_segment_that_tcp_would_not_take_then_its_options_mean_nothing(void **state)
{
    (void)state;
    struct pair p;
    given_sent(&p, 300);
    uint64_t una = info_of(&p.client).snd_una.v;
    struct wire beyond = ack_of(&p, 300, 9999, true);
    come(&p, &p.client, p.client.sf, &beyond);
    struct wire outside = ack_of(&p, 300, 401, true);
    outside.seg.ssn = mptcp_ssn_of(90000);
    come(&p, &p.client, p.client.sf, &outside);
    assert_true(info_of(&p.client).snd_una.v == una);
}

/* checks: D-5 D-12 */
static void given_a_mapping_was_sent_then_every_cut_of_it_repeats_it(void **state)
{
    (void)state;
    struct pair p;
    given_sent(&p, 250); /* mappings of 100, 100, 50 */
    static const struct {
        uint32_t at;
        uint32_t ssn;
        uint32_t dll;
    } cuts[] = {{101, 101, 100}, {150, 101, 100}, {200, 101, 100}, {201, 201, 100}, {301, 301, 50}};
    for (unsigned i = 0; i < 5; i++) {
        struct wire w = send_from(&p, &p.client, p.client.sf, ACK, cuts[i].at, 1, 1);
        struct mptcp_options o = options_of(&w);
        assert_int_equal(cuts[i].ssn, o.dss.ssn);
        assert_int_equal(cuts[i].dll, o.dss.dll);
    }
}

/* A second subflow of the client's comes up, and is lost. */
static void comes_and_goes(struct pair *p)
{
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;
    struct wire synack = join_answered(p, &local, &ours, &theirs);

    join_completes(p, &p->client, ours, &p->server, theirs, &synack);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, ours, MPTCP_E_PEER_RESET, p->now));
    drain(p, &p->client);
}

/* checks: D-28 D-27 */
static void
given_acknowledged_octets_that_are_never_data_acked_then_they_are_sent_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    given_sent(&p, 300);
    struct wire w = ack_of(&p, 0, 401, true);
    come(&p, &p.client, p.client.sf, &w);
    /* Not before there was another subflow: the peer might take them for new ones. */
    comes_and_goes(&p);
    room(&p, &p.client, p.client.sf, 10000);
    drain(&p, &p.client);
    for (unsigned i = 0; i < 5 && !find_action(&p, &p.client, MPTCP_SEND, &a); i++) {
        p.now = mptcp_deadline(p.client.c);
        assert_true(p.now != MPTCP_NEVER);
        mptcp_on_timeout(p.client.c, p.now);
    }
    assert_int_equal(MPTCP_SEND, a.type);
    assert_int_equal(1, a.reinjected);
    assert_true(a.dsn.v == info_of(&p.client).snd_una.v);
    assert_int_equal(401, a.ssn.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_either_width_then_the_data_ack_moves_snd_una),
        cmocka_unit_test(given_only_a_subflow_acknowledgement_then_snd_una_stays),
        cmocka_unit_test(
            given_a_data_ack_alone_then_the_buffer_is_kept_until_the_subflow_acknowledges),
        cmocka_unit_test(given_tcp_made_copies_then_a_data_ack_alone_frees),
        cmocka_unit_test(
            given_a_data_ack_of_what_was_never_sent_then_it_and_its_window_are_ignored),
        cmocka_unit_test(given_windows_out_of_order_then_the_right_edge_only_grows),
        cmocka_unit_test(given_the_window_is_used_up_then_nothing_is_sent_and_a_probe_falls_due),
        cmocka_unit_test(given_a_segment_that_tcp_would_not_take_then_its_options_mean_nothing),
        cmocka_unit_test(given_a_mapping_was_sent_then_every_cut_of_it_repeats_it),
        cmocka_unit_test(
            given_acknowledged_octets_that_are_never_data_acked_then_they_are_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
