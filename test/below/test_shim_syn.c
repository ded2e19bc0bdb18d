/*
 * test_shim_syn.c - handshakes through the shim: options of SYNs, the MSS that TCP is told, and
 * what is sent again.
 */
#include "below_test.h"
#include "duo.h"

/* What the MSS option of a segment says. */
static unsigned mss_of(const struct seg *s)
{
    const uint8_t *o = seg_option(s, OPT_MSS);

    assert_non_null(o);
    return get16(o + 2);
}

/* -------------------------------------------------------------------- MSS */

/* checks: none */
static void given_a_syn_with_mptcp_then_tcp_is_told_of_an_mss_with_room_for_options(void **state)
{
    (void)state;

    for (unsigned family = 4; family <= 6; family += 2) {
        struct duo *d = duo_of(family);
        unsigned most = family == 4 ? 1460 : 1440;
        duo_open(d);
        duo_sends(d, A, 0, SYN, 0, 0);
        struct seg left = duo_last(d, A);
        assert_int_equal(1460, mss_of(&left)); /* the peer's room is not ours to say */
        assert_non_null(seg_mptcp(&left, SUB_CAPABLE));
        struct duo_frame *f = duo_carry(d, A);
        struct seg told = duo_read(f);
        assert_int_equal(most - 28, mss_of(&told));
        duo_sends(d, B, 0, SYN | ACK, 0, 1);
        f = duo_carry(d, B);
        told = duo_read(f);
        assert_int_equal(most - 28, mss_of(&told));
        duo_free(d);
    }
}

/* checks: none */
static void given_a_small_mss_of_the_peer_then_tcp_is_told_that_less_the_room(void **state)
{
    (void)state;
    static const uint8_t small[4] = {2, 4, 0x02, 0x18};
    struct duo *d = duo_of(4);
    struct duo_segment s = duo_part(0, SYN, 0, 0);

    duo_open(d);
    s.options = small;
    s.options_len = sizeof small;
    assert_int_equal(0, duo_tcp(d, A, &s));
    struct seg told = duo_read(duo_carry(d, A));
    assert_int_equal(536 - 28, mss_of(&told));
    duo_free(d);
}

/* checks: none */
static void given_a_client_without_mptcp_then_its_segments_pass_as_they_are(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);
    struct duo_segment s = duo_part(0, SYN, 0, 0);
    uint8_t packet[SEG_MOST];

    size_t len = duo_build(d, A, &s, packet);
    struct duo_frame *f = duo_comes(d, B, packet, len);
    assert_non_null(f);
    assert_memory_equal(packet, f->packet, len);
    duo_sends(d, B, 0, SYN | ACK, 0, 1);
    struct seg answer = duo_last(d, B);
    assert_int_equal(1460, mss_of(&answer));
    assert_null(seg_option(&answer, OPT_MPTCP));
    s = duo_part(0, ACK, 1, 1);
    len = duo_build(d, A, &s, packet);
    f = duo_comes(d, B, packet, len);
    assert_non_null(f);
    assert_memory_equal(packet, f->packet, len);
    assert_int_equal(1, d->end[B].conns);
    assert_int_equal(1, d->end[B].opening.plain);
    d->end[B].sents = 0;
    s = (struct duo_segment){.flags = ACK, .ssn = 1, .ack = 1};
    assert_int_equal(0, duo_tcp(d, B, &s));
    answer = duo_last(d, B);
    assert_int_equal(0, answer.options_len);
    duo_free(d);
}

/* checks: none */
static void
given_a_service_without_a_stream_listener_then_its_syns_pass_with_mptcp_untouched(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    d->sums = true;
    assert_int_equal(0, shim_unlisten(d->end[B].shim, &(struct mptcp_addr){.port = DUO_PORT}));
    duo_open(d);
    duo_sends(d, A, 0, SYN, 0, 0);
    struct duo_frame sent = d->end[A].sent[0];
    struct duo_frame *f = duo_carry(d, A);
    assert_non_null(f);
    assert_memory_equal(sent.packet, f->packet, sent.len);
    duo_sends(d, B, 0, SYN | ACK, 0, 1);
    struct seg answer = duo_last(d, B);
    assert_null(seg_option(&answer, OPT_MPTCP));
    duo_free(d);
}

/* ------------------------------------------------------------- sent again */

/* checks: none */
static void
given_a_syn_that_is_sent_again_then_it_offers_the_same_and_one_flow_is_open(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    duo_open(d);
    duo_sends(d, A, 0, SYN, 0, 0);
    struct seg first = duo_last(d, A);
    uint8_t options[40];
    memcpy(options, first.options, first.options_len);
    unsigned len = first.options_len;
    (void)duo_carry(d, A);
    duo_sends(d, B, 0, SYN | ACK, 0, 1);
    const uint8_t *keys = NULL;
    struct seg answer = duo_last(d, B);
    keys = seg_mptcp(&answer, SUB_CAPABLE);
    assert_non_null(keys);
    uint64_t key = get64(keys + 4);
    d->end[B].sents = 0; /* lost */
    duo_sends(d, A, 0, SYN, 0, 0);
    struct seg again = duo_last(d, A);
    assert_int_equal(len, again.options_len);
    assert_memory_equal(options, again.options, len);
    struct seg told = duo_read(duo_carry(d, A));
    assert_int_equal(1460 - 28, mss_of(&told));
    duo_sends(d, B, 0, SYN | ACK, 0, 1);
    answer = duo_last(d, B);
    keys = seg_mptcp(&answer, SUB_CAPABLE);
    assert_non_null(keys);
    assert_true(key == get64(keys + 4));
    assert_int_equal(0, d->end[B].conns);
    duo_free(d);
}

/* checks: none */
static void given_a_lost_third_ack_then_the_first_octets_open_the_connection(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    duo_open(d);
    duo_answered(d, 0);
    duo_sends(d, A, 0, ACK, 1, 1);
    d->end[A].sents = 0; /* lost */
    duo_act(d, A);
    mptcp_ssn ssn = duo_give(d, A, 0, 100, 1400);
    struct duo_segment s = {.flags = ACK | PSH, .ssn = ssn.v, .ack = 1, .len = 100};
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_non_null(duo_carry(d, A));
    assert_int_equal(1, d->end[B].conns);
    assert_int_equal(0, d->end[B].opening.plain);
    d->line[0].flow[B] = shim_find(d->end[B].shim, &d->line[0].addr[B], &d->line[0].addr[A]);
    struct shim_report r;
    assert_int_equal(0, shim_look(d->end[B].shim, d->line[0].flow[B], &r));
    assert_int_equal(1, r.established);
    duo_free(d);
}

/* Its SYN/ACK has come again to a client whose first octets are lost: it answers by an ACK with the
 * next sequence number, which a TCP would take for the third ACK. */
/* checks: none */
static void
given_an_ack_behind_lost_octets_then_tcp_does_not_take_it_for_the_third_ack(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    duo_open(d);
    duo_answered(d, 0);
    duo_sends(d, A, 0, ACK, 1, 1);
    duo_act(d, A);
    mptcp_ssn ssn = duo_give(d, A, 0, 100, 1400);
    struct duo_segment s = {.flags = ACK | PSH, .ssn = ssn.v, .ack = 1, .len = 100};
    assert_int_equal(0, duo_tcp(d, A, &s));
    d->end[A].sents = 0; /* both are lost */
    duo_sends(d, A, 0, ACK, 101, 1);
    assert_null(duo_carry(d, A));
    assert_int_equal(0, d->end[B].conns);
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_non_null(duo_carry(d, A));
    assert_int_equal(1, d->end[B].conns);
    assert_int_equal(0, d->end[B].opening.plain);
    duo_free(d);
}

/* checks: C-16 */
static void given_a_third_ack_with_a_damaged_mp_capable_then_it_is_plain_tcp_at_once(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    duo_open(d);
    duo_answered(d, 0);
    duo_sends(d, A, 0, ACK, 1, 1);
    struct duo_frame *f = &d->end[A].sent[d->end[A].sents - 1];
    struct seg third = duo_last(d, A);
    const uint8_t *keys = seg_mptcp(&third, SUB_CAPABLE);
    assert_non_null(keys);
    f->packet[(size_t)(keys - third.options) + 40 + 1] = 19; /* its length */
    seg_refit(f->packet, f->len);
    assert_non_null(duo_carry(d, A));
    assert_int_equal(1, d->end[B].conns);
    struct mptcp_conn_report r;
    mptcp_conn_info(d->end[B].conn[0], &r);
    assert_int_equal(MPTCP_ESTABLISHED, r.state);
    assert_int_equal(255, r.version);
    duo_free(d);
}

/* checks: none */
static void given_the_third_ack_twice_then_there_is_one_connection(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    duo_connect(d);
    duo_sends(d, A, 0, ACK, 1, 1);
    (void)duo_carry(d, A);
    assert_int_equal(1, d->end[B].conns);
    duo_free(d);
}

/* checks: none */
static void given_a_syn_ack_again_after_the_handshake_then_the_connection_lives(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    duo_establish(d);
    duo_sends(d, B, 0, SYN | ACK, 0, 1);
    (void)duo_carry(d, B);
    duo_act(d, A);
    duo_act(d, B);
    (void)duo_carry(d, A);
    (void)duo_carry(d, B);
    struct shim_report r;
    for (unsigned end = 0; end < 2; end++) {
        assert_int_equal(0, shim_look(d->end[end].shim, d->line[0].flow[end], &r));
        assert_int_equal(SHIM_LIVE, r.state);
        assert_false(duo_had(d, end, MPTCP_EV_FALLBACK));
    }
    duo_transfer(d, A, 0, 500);
    duo_transfer(d, B, 0, 500);
    duo_free(d);
}

/* A TCP with timestamps, SACK and a cookie leaves no room in its SYN/ACK. */
/* checks: none */
static void given_a_syn_ack_without_room_then_the_connection_is_plain_tcp_and_works(void **state)
{
    (void)state;
    uint8_t full[40];
    struct duo *d = duo_of(4);

    memset(full, 1, sizeof full);
    duo_open(d);
    duo_sends(d, A, 0, SYN, 0, 0);
    (void)duo_carry(d, A);
    struct duo_segment s = duo_part(0, SYN | ACK, 0, 1);
    s.options = full;
    s.options_len = sizeof full;
    assert_int_equal(0, duo_tcp(d, B, &s));
    (void)duo_carry(d, B);
    duo_sends(d, A, 0, ACK, 1, 1);
    struct seg third = duo_last(d, A);
    assert_null(seg_option(&third, OPT_MPTCP));
    (void)duo_carry(d, A);
    assert_int_equal(1, d->end[B].conns);
    assert_int_equal(1, d->end[B].opening.plain);
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_syn_with_mptcp_then_tcp_is_told_of_an_mss_with_room_for_options),
        cmocka_unit_test(given_a_small_mss_of_the_peer_then_tcp_is_told_that_less_the_room),
        cmocka_unit_test(given_a_client_without_mptcp_then_its_segments_pass_as_they_are),
        cmocka_unit_test(
            given_a_service_without_a_stream_listener_then_its_syns_pass_with_mptcp_untouched),
        cmocka_unit_test(
            given_a_syn_that_is_sent_again_then_it_offers_the_same_and_one_flow_is_open),
        cmocka_unit_test(given_a_lost_third_ack_then_the_first_octets_open_the_connection),
        cmocka_unit_test(
            given_an_ack_behind_lost_octets_then_tcp_does_not_take_it_for_the_third_ack),
        cmocka_unit_test(given_a_third_ack_with_a_damaged_mp_capable_then_it_is_plain_tcp_at_once),
        cmocka_unit_test(given_the_third_ack_twice_then_there_is_one_connection),
        cmocka_unit_test(given_a_syn_ack_again_after_the_handshake_then_the_connection_lives),
        cmocka_unit_test(given_a_syn_ack_without_room_then_the_connection_is_plain_tcp_and_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
