/*
 * test_shim_join.c - joins through the shim: each is a flow and a subflow, or is refused by a RST
 * and counted.
 */
#include "below_test.h"
#include "duo.h"

/* B has refused `n` joins for this reason, and none for another. */
static void counted(struct duo *d, int code, uint32_t n)
{
    for (int i = 0; i > MPTCP_E_LAST; i--) {
        uint32_t is = shim_joins_refused(d->end[B].shim, i);
        if (is != (i == 0 || i == code ? n : 0)) {
            fail_msg("%u joins refused as %s, and not %u as %s", is, mptcp_error_name(i), n,
                     mptcp_error_name(code));
        }
    }
}

/* The RST that refuses, and its reason (RFC 8684 s3.6). */
static void refused(struct duo *d, unsigned line, uint8_t reason)
{
    struct seg rst = duo_last(d, B);
    const uint8_t *o = seg_mptcp(&rst, SUB_RESET);

    assert_int_equal(RST, rst.flags & RST);
    assert_non_null(o);
    assert_int_equal(reason, o[3]);
    assert_true(same_end(&rst.from, &d->line[line].addr[B]));
    assert_true(same_end(&rst.to, &d->line[line].addr[A]));
}

static struct duo *joining(unsigned family)
{
    struct duo *d = duo_of(family);

    duo_establish(d);
    duo_join_begins(d, 1);
    duo_sends(d, A, 1, SYN, 0, 0);
    return d;
}

/* Changes an octet of the MP_JOIN in the last packet that an end sent. */
static void damage_join(struct duo *d, unsigned end, unsigned octet)
{
    struct duo_frame *f = &d->end[end].sent[d->end[end].sents - 1];
    struct seg s = duo_read(f);
    const uint8_t *o = seg_mptcp(&s, SUB_JOIN);

    assert_non_null(o);
    f->packet[(size_t)(o - f->packet) + octet] ^= 0xff;
    seg_refit(f->packet, f->len);
}

/* checks: J-6 */
static void given_one_mp_join_at_two_ports_then_each_flow_has_a_subflow_of_its_own(void **state)
{
    (void)state;

    for (unsigned family = 4; family <= 6; family += 2) {
        struct duo *d = joining(family);
        struct duo_end *b = &d->end[B];
        struct duo_frame first = d->end[A].sent[d->end[A].sents - 1];
        struct duo_frame second = first;
        unsigned before = b->tolds;
        put16(second.packet + (family == 4 ? 20 : 40) + 2, DUO_PORT + 1);
        seg_refit(second.packet, second.len);
        assert_non_null(duo_comes(d, B, first.packet, first.len));
        assert_non_null(duo_comes(d, B, second.packet, second.len));
        assert_int_equal(before + 2, b->tolds);
        assert_int_not_equal(b->told[before].flow, b->told[before + 1].flow);
        assert_int_not_equal(b->told[before].sf, b->told[before + 1].sf);
        duo_free(d);
    }
}

/* checks: none */
static void
given_a_join_with_an_unknown_token_then_it_is_refused_by_a_rst_and_tcp_sees_nothing(void **state)
{
    (void)state;

    for (unsigned family = 4; family <= 6; family += 2) {
        struct duo *d = joining(family);
        struct seg syn = duo_last(d, A);
        uint32_t seq = syn.seq;
        damage_join(d, A, 4);
        assert_null(duo_carry(d, A));
        refused(d, 1, 1);
        struct seg rst = duo_last(d, B);
        assert_int_equal(seq + 1, rst.ack);
        assert_int_equal(1, duo_counts(d, B).refused);
        counted(d, MPTCP_E_JOIN_TOKEN, 1);
        /* The client's TCP hears of it. */
        struct seg told = duo_read(duo_carry(d, B));
        assert_int_equal(RST, told.flags & RST);
        duo_free(d);
    }
}

/* checks: none */
static void
given_a_join_with_a_wrong_hmac_in_the_third_ack_then_tcp_is_reset_and_so_is_the_peer(void **state)
{
    (void)state;
    struct duo *d = joining(4);

    duo_answers(d, 1);
    duo_sends(d, A, 1, ACK, 1, 1);
    damage_join(d, A, 10);
    struct duo_frame *f = duo_carry(d, A);
    duo_act(d, B);
    if (f != NULL) { /* TCP, which waits for this ACK, gets a RST in its place */
        struct seg told = duo_read(f);
        assert_int_equal(RST, told.flags);
        assert_int_equal(d->line[1].isn[A] + 1, told.seq);
    }
    assert_non_null(f);
    refused(d, 1, 1);
    counted(d, MPTCP_E_JOIN_HMAC, 1);
    assert_int_equal(0, d->end[B].connects);
    duo_transfer(d, A, 0, 100); /* the connection lives */
    duo_free(d);
}

/* checks: none */
static void given_a_third_ack_without_mp_join_then_the_join_is_counted_as_that(void **state)
{
    (void)state;
    struct duo *d = joining(4);
    struct duo_segment third = duo_part(1, ACK, 1, 1);
    uint8_t packet[SEG_MOST];

    duo_answers(d, 1);
    size_t len = duo_build(d, A, &third, packet);
    d->nif = 1;
    (void)duo_comes(d, B, packet, len);
    duo_act(d, B);
    refused(d, 1, 1);
    counted(d, MPTCP_E_JOIN_MISSING, 1);
    duo_free(d);
}

/* checks: none */
static void given_a_connection_that_is_aborted_then_a_join_is_counted_as_not_wanted(void **state)
{
    (void)state;
    struct duo *d = joining(4);

    assert_int_equal(0, mptcp_on_abort(d->end[B].conn[0], d->now));
    assert_null(duo_carry(d, A));
    refused(d, 1, 3);
    counted(d, MPTCP_E_JOIN_REFUSED, 1);
    duo_free(d);
}

/* checks: none */
static void
given_half_open_joins_in_all_slots_then_the_oldest_is_counted_as_pushed_out(void **state)
{
    (void)state;
    struct duo *d = joining(4);
    struct duo_frame syn = d->end[A].sent[d->end[A].sents - 1];
    unsigned slots = d->conn.subflows - 1u;

    for (unsigned i = 0; i <= slots; i++) { /* from ports of their own */
        counted(d, MPTCP_E_FULL, 0);
        put16(syn.packet + 20, (uint16_t)(40000 + i));
        seg_refit(syn.packet, syn.len);
        d->now += 1000000; /* longer than an RTT: none has to win a draw */
        (void)duo_comes(d, B, syn.packet, syn.len);
    }
    duo_act(d, B);
    counted(d, MPTCP_E_FULL, 1);
    duo_free(d);
}

/* checks: none */
static void given_a_syn_ack_of_a_join_with_a_wrong_hmac_then_the_client_resets_it(void **state)
{
    (void)state;
    struct duo *d = joining(4);

    assert_non_null(duo_carry(d, A));
    duo_sends(d, B, 1, SYN | ACK, 0, 1);
    damage_join(d, B, 4);
    assert_null(duo_carry(d, B));
    duo_act(d, A);
    struct seg rst = duo_last(d, A);
    assert_int_equal(RST, rst.flags & RST);
    assert_int_equal(d->line[1].isn[A] + 1, rst.seq);
    assert_non_null(seg_mptcp(&rst, SUB_RESET));
    duo_clear(d);
    duo_transfer(d, A, 0, 100);
    for (unsigned end = 0; end < 2; end++) { /* A has given it up itself */
        assert_int_equal(0, shim_joins_refused(d->end[end].shim, 0));
    }
    duo_free(d);
}

/* The peer's TCP answers the join of end A, which TCP does not get to see; the answer comes by
 * interface nif. */
static void answered_without_mp_join(struct duo *d, unsigned nif)
{
    struct duo_segment s = duo_part(1, SYN | ACK, 0, 1);
    uint8_t packet[SEG_MOST];

    d->end[A].sents = 0;
    size_t len = duo_build(d, B, &s, packet);
    d->nif = nif;
    assert_null(duo_comes(d, A, packet, len));
    duo_act(d, A);
}

/* checks: none */
static void
given_a_join_that_the_peer_answers_without_mp_join_then_the_client_resets_it(void **state)
{
    (void)state;
    struct duo *d = joining(4);

    answered_without_mp_join(d, 1);
    struct seg rst = duo_last(d, A);
    assert_int_equal(RST, rst.flags & RST);
    duo_free(d);
}

/* A host that sends by one interface and receives by another. */
/* checks: none */
static void
given_answers_by_another_interface_then_what_the_shim_makes_leaves_as_tcps_does(void **state)
{
    (void)state;
    struct duo *d = joining(4);

    answered_without_mp_join(d, 2); /* duo.c compares the link header with that of the interface */
    assert_int_equal(1, d->end[A].sents);
    assert_int_equal(1, d->end[A].sent[0].nif);
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_one_mp_join_at_two_ports_then_each_flow_has_a_subflow_of_its_own),
        cmocka_unit_test(
            given_a_join_with_an_unknown_token_then_it_is_refused_by_a_rst_and_tcp_sees_nothing),
        cmocka_unit_test(
            given_a_join_with_a_wrong_hmac_in_the_third_ack_then_tcp_is_reset_and_so_is_the_peer),
        cmocka_unit_test(given_a_third_ack_without_mp_join_then_the_join_is_counted_as_that),
        cmocka_unit_test(given_a_connection_that_is_aborted_then_a_join_is_counted_as_not_wanted),
        cmocka_unit_test(
            given_half_open_joins_in_all_slots_then_the_oldest_is_counted_as_pushed_out),
        cmocka_unit_test(given_a_syn_ack_of_a_join_with_a_wrong_hmac_then_the_client_resets_it),
        cmocka_unit_test(
            given_a_join_that_the_peer_answers_without_mp_join_then_the_client_resets_it),
        cmocka_unit_test(
            given_answers_by_another_interface_then_what_the_shim_makes_leaves_as_tcps_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
