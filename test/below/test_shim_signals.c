/*
 * test_shim_signals.c - segments that TCP must not count, and those that the shim makes itself.
 */
#include "below_test.h"
#include "duo.h"

static struct duo *begin(unsigned family, bool stamps)
{
    struct duo *d = duo_opened(family);

    if (stamps) { /* A's TCP has timestamps */
        struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .options = duo_stamps};
        s.options_len = sizeof duo_stamps;
        assert_int_equal(0, duo_tcp(d, A, &s));
        duo_clear(d);
    }
    return d;
}

/* ---------------------------------------------------------- what TCP counts */

/* B's connection has something to say on an ACK that says nothing to TCP. */
static void announce(struct duo *d)
{
    struct mptcp_addr other = address4(10, 0, 3, 2, 0);
    uint8_t id;

    assert_int_equal(
        0, mptcp_add_address(d->end[B].conn[0], &other, MPTCP_ADDR_ANNOUNCE, &id, d->now));
    duo_act(d, B);
    assert_true(d->end[B].sents >= 1);
    struct seg s = duo_last(d, B);
    assert_non_null(seg_mptcp(&s, SUB_ADD_ADDR));
}

/* With nothing in flight TCP counts no ACK as a duplicate one. checks: none */
static void
given_an_ack_that_only_carries_a_signal_then_tcp_does_not_see_a_duplicate_ack(void **state)
{
    (void)state;

    for (unsigned flying = 0; flying < 2; flying++) {
        struct duo *d = begin(4, false);
        if (flying) {
            mptcp_ssn ssn = duo_give(d, A, 0, 300, 1400);
            struct duo_segment data = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 300};
            data.at = 100;
            assert_int_equal(0, duo_tcp(d, A, &data));
        }
        announce(d);
        assert_int_equal(flying, duo_carry(d, B) == NULL);
        assert_int_equal(flying, duo_counts(d, A).swallowed);
        duo_act(d, A);
        assert_true(duo_had(d, A, MPTCP_EV_ADDRESS));
        duo_free(d);
    }
}

/* checks: none */
static void given_a_signal_on_an_ack_that_tells_tcp_something_then_tcp_sees_it(void **state)
{
    (void)state;
    uint8_t sack[12] = {1, 1, OPT_SACK, 10};

    for (unsigned i = 0; i < 4; i++) {
        struct duo *d = begin(4, false);
        struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101};
        mptcp_ssn ssn = duo_give(d, A, 0, 300, 1400);
        struct duo_segment data = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 300, .at = 100};
        struct mptcp_addr other = address4(10, 0, 3, 2, 0);
        uint8_t id;
        assert_int_equal(0, duo_tcp(d, A, &data));
        d->end[A].sents = 0;
        assert_int_equal(
            0, mptcp_add_address(d->end[B].conn[0], &other, MPTCP_ADDR_ANNOUNCE, &id, d->now));
        struct mptcp_action a;
        assert_int_equal(1, mptcp_poll(d->end[B].conn[0], &a));
        while (a.type == MPTCP_LISTEN) {
            assert_int_equal(0, mptcp_done(d->end[B].conn[0], &a, 0, MPTCP_DONE, d->now));
            assert_int_equal(1, mptcp_poll(d->end[B].conn[0], &a));
        }
        assert_int_equal(MPTCP_SEND_ACK, a.type);
        put32(sack + 4, d->line[0].isn[A] + 150);
        put32(sack + 8, d->line[0].isn[A] + 200);
        s.ack = i == 0 ? 151 : 101; /* new octets acknowledged */
        s.window = i == 1 ? 990 : 0;
        s.options = sack;
        s.options_len = i == 2 ? sizeof sack : 0;
        s.flags = i == 3 ? ACK | FIN : ACK;
        assert_int_equal(0, duo_tcp(d, B, &s));
        assert_non_null(duo_carry(d, B));
        assert_int_equal(0, duo_counts(d, A).swallowed);
        duo_free(d);
    }
}

/* checks: none */
static void given_three_duplicate_acks_without_a_signal_then_tcp_counts_all_of_them(void **state)
{
    (void)state;
    struct duo *d = begin(4, false);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101};

    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(0, duo_tcp(d, B, &s));
        assert_non_null(duo_carry(d, B));
    }
    assert_int_equal(0, duo_counts(d, A).swallowed);
    duo_free(d);
}

/* ------------------------------------------------------- the shim's segments */

/* checks: none */
static void given_an_ack_of_the_shims_then_it_says_what_tcp_said_last(void **state)
{
    (void)state;

    for (unsigned family = 4; family <= 6; family += 2) {
        struct duo *d = begin(family, true);
        uint32_t forged = duo_counts(d, A).forged;
        assert_int_equal(0, shim_ack(d->end[A].shim, d->line[0].flow[A], d->now));
        struct seg s = duo_last(d, A);
        assert_int_equal(ACK, s.flags);
        assert_int_equal(0, s.len);
        assert_int_equal(d->line[0].isn[A] + 101, s.seq);
        assert_int_equal(d->line[0].isn[B] + 101, s.ack);
        assert_int_equal(1000, s.window);
        assert_true(same_end(&s.from, &d->line[0].addr[A]));
        assert_true(same_end(&s.to, &d->line[0].addr[B]));
        const uint8_t *stamp = seg_option(&s, OPT_TIME); /* RFC 7323: on each or on none */
        assert_non_null(stamp);
        assert_memory_equal(duo_stamps + 2, stamp, 10);
        struct dss dss;
        assert_true(seg_dss(&s, &dss));
        assert_true(dss.has_ack);
        assert_int_equal(forged + 1, duo_counts(d, A).forged);
        duo_free(d);
    }
}

/* checks: none */
static void given_octets_in_flight_then_an_ack_of_the_shims_stands_after_them(void **state)
{
    (void)state;
    struct duo *d = begin(4, false);
    mptcp_ssn ssn = duo_give(d, A, 0, 300, 1400);
    struct duo_segment s = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 300, .at = 100};

    assert_int_equal(0, duo_tcp(d, A, &s));
    s.len = 100; /* the first of them again: the ACK does not go back */
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_int_equal(0, shim_ack(d->end[A].shim, d->line[0].flow[A], d->now));
    struct seg p = duo_last(d, A);
    assert_int_equal(d->line[0].isn[A] + 401, p.seq);
    duo_free(d);
}

/* checks: none */
static void given_a_probe_of_the_shims_then_the_peers_tcp_has_to_answer_it(void **state)
{
    (void)state;
    struct duo *d = begin(4, true);

    assert_int_equal(0, shim_probe(d->end[A].shim, d->line[0].flow[A], d->now));
    struct seg p = duo_last(d, A);
    assert_int_equal(ACK, p.flags);
    assert_int_equal(0, p.len);
    /* Below what the peer expects: not acceptable, so it is answered (RFC 9293 s3.10.7.4). */
    assert_int_equal(d->line[0].isn[A] + 100, p.seq);
    assert_non_null(seg_option(&p, OPT_TIME));
    assert_non_null(duo_carry(d, A));
    duo_free(d);
}

/* checks: none */
static void
given_a_reset_of_the_shims_then_it_is_where_the_peer_accepts_it_with_a_reason(void **state)
{
    (void)state;
    struct duo *d = begin(4, false);
    struct shim_report r;

    duo_join(d, 1);
    assert_int_equal(0, shim_reset(d->end[A].shim, d->line[1].flow[A], 0, d->now));
    struct seg p = duo_last(d, A);
    assert_int_equal(RST, p.flags & RST);
    assert_int_equal(d->line[1].isn[A] + 1, p.seq);
    assert_int_equal(0, shim_look(d->end[A].shim, d->line[1].flow[A], &r));
    assert_int_equal(SHIM_DEAD, r.state);
    struct seg told = duo_read(duo_carry(d, A));
    assert_int_equal(RST, told.flags & RST);
    assert_int_equal(0, shim_look(d->end[B].shim, d->line[1].flow[B], &r));
    assert_int_equal(SHIM_DEAD, r.state);
    assert_int_equal(1, r.peer_reset);
    duo_free(d);
}

/* checks: none */
static void given_no_segment_yet_or_a_flow_that_has_gone_then_nothing_is_made(void **state)
{
    (void)state;
    struct duo_config cfg;

    duo_config_init(&cfg);
    struct duo *d = duo_new(&cfg);
    struct shim *s = d->end[A].shim;
    duo_open(d);
    shim_flow f = d->line[0].flow[A];
    assert_int_equal(MPTCP_E_LATER, shim_ack(s, f, d->now));
    assert_int_equal(MPTCP_E_LATER, shim_probe(s, f, d->now));
    assert_int_equal(MPTCP_E_STALE, shim_ack(s, f + 1, d->now));
    assert_int_equal(MPTCP_E_STALE, shim_probe(s, SHIM_NO_FLOW, d->now));
    assert_int_equal(MPTCP_E_STALE, shim_reset(s, f + 0x10000u, 0, d->now));
    assert_int_equal(0, d->end[A].sents);
    assert_int_equal(0, shim_reset(s, f, 0, d->now)); /* the peer has no state */
    assert_int_equal(0, d->end[A].sents);
    assert_int_equal(MPTCP_E_STALE, shim_ack(s, f, d->now));
    duo_free(d);
}

/* ------------------------------------------------------------- aborted, reset */

/* What leaves A's TCP on a flow that is DEAD. */
/* checks: none */
static void given_a_flow_that_was_reset_then_tcp_acknowledges_nothing_on_it_any_more(void **state)
{
    (void)state;
    struct duo *d = begin(4, false);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101};

    assert_int_equal(0, shim_reset(d->end[A].shim, d->line[0].flow[A], 0, d->now));
    d->end[A].sents = 0;
    (void)duo_tcp(d, A, &s);
    s.len = 50;
    (void)duo_tcp(d, A, &s);
    s.flags = ACK | FIN;
    (void)duo_tcp(d, A, &s);
    assert_int_equal(0, d->end[A].sents);
    s = (struct duo_segment){.flags = RST, .ssn = 101};
    (void)duo_tcp(d, A, &s);
    assert_int_equal(1, d->end[A].sents);
    struct seg p = duo_last(d, A);
    assert_int_equal(RST, p.flags);
    duo_free(d);
}

/* checks: none */
static void given_a_fastclose_then_the_other_end_hears_of_it(void **state)
{
    (void)state;
    struct duo *d = begin(4, false);
    bool said = false;

    assert_int_equal(0, mptcp_on_abort(d->end[A].conn[0], d->now));
    duo_act(d, A);
    for (unsigned i = 0; i < d->end[A].sents; i++) {
        struct seg p = duo_sent(d, A, i);
        said |= seg_mptcp(&p, SUB_FASTCLOSE) != NULL;
    }
    assert_true(said);
    (void)duo_carry(d, A);
    duo_act(d, B);
    assert_true(duo_had(d, B, MPTCP_EV_END));
    struct seg rst = duo_last(d, B);
    assert_int_equal(RST, rst.flags & RST);
    (void)duo_carry(d, B);
    struct shim_report r;
    assert_int_equal(0, shim_look(d->end[A].shim, d->line[0].flow[A], &r));
    assert_int_equal(1, r.peer_reset);
    assert_int_equal(0, mptcp_on_gone(d->end[A].conn[0], r.sf, MPTCP_E_PEER_RESET, d->now));
    duo_act(d, A);
    assert_true(duo_had(d, A, MPTCP_EV_END));
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_an_ack_that_only_carries_a_signal_then_tcp_does_not_see_a_duplicate_ack),
        cmocka_unit_test(given_a_signal_on_an_ack_that_tells_tcp_something_then_tcp_sees_it),
        cmocka_unit_test(given_three_duplicate_acks_without_a_signal_then_tcp_counts_all_of_them),
        cmocka_unit_test(given_an_ack_of_the_shims_then_it_says_what_tcp_said_last),
        cmocka_unit_test(given_octets_in_flight_then_an_ack_of_the_shims_stands_after_them),
        cmocka_unit_test(given_a_probe_of_the_shims_then_the_peers_tcp_has_to_answer_it),
        cmocka_unit_test(
            given_a_reset_of_the_shims_then_it_is_where_the_peer_accepts_it_with_a_reason),
        cmocka_unit_test(given_no_segment_yet_or_a_flow_that_has_gone_then_nothing_is_made),
        cmocka_unit_test(given_a_flow_that_was_reset_then_tcp_acknowledges_nothing_on_it_any_more),
        cmocka_unit_test(given_a_fastclose_then_the_other_end_hears_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
