/*
 * test_fast_open.c - TCP Fast Open (RFC 8684 Appendix B), both roles: what the SYN carried is no
 * part of the stream, and data may leave before the keys are known.
 */
#include "core_test.h"

static const uint8_t zeros[1000];

/* One side writes and gives to its subflow what goes; the action. */
static struct mptcp_action writes(struct pair *p, struct side *s, uint32_t n)
{
    struct mptcp_action a;

    room(p, s, s->sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(s->c, n, p->now));
    assert_true(find_action(p, s, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
    return a;
}

/* A segment of a side's subflow, from its first octet on. */
static struct wire segment(struct pair *p, struct side *s, uint32_t ssn, uint32_t len)
{
    return send_from(p, s, s->sf, ACK, ssn, len, subflow_of(s, s->sf).rcv_nxt.v);
}

/* It comes to the other side, and its octets. */
static void arrives(struct pair *p, struct side *s, struct wire *w)
{
    struct mptcp_piece piece = {.data = zeros, .len = w->seg.len};

    come(p, s, s->sf, w);
    assert_false(s->verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(s->c, s->sf, &piece, p->now));
}

/* A SYN with data, its cookie right, is accepted; the SYN/ACK that answers it. */
static struct wire accepted(struct pair *p, uint32_t client, uint32_t server, uint32_t window)
{
    struct wire syn = begin(p, client, server);
    struct mptcp_txseg with_data = {.tcp_flags = SYN, .len = 20};
    struct mptcp_receipt r;
    uint8_t octets[MPTCP_OPTION_MAX];

    /* O-1: the SYN says nothing of what it carries. */
    assert_int_equal(4, mptcp_tx_options(p->client.c, p->client.sf, &with_data, octets, 40, &r));
    assert_int_equal(20, r.covers);
    syn.seg.len = 20;
    accept_syn(p, &syn);
    assert_int_equal(MPTCP_OK, mptcp_on_fast_open(p->server.c, p->server.sf, window, p->now));
    return send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
}

/* checks: O-1 O-2 C-29 */
static void given_data_in_the_syn_then_the_stream_begins_behind_it_on_both_ends(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_dsn first = mptcp_dsn_add(mptcp_key_id(CLIENT_KEY).idsn, 1);

    struct wire synack = accepted(&p, 0, 0, 10000);
    come(&p, &p.client, p.client.sf, &synack);
    assert_true(mptcp_dsn_eq(first, info_of(&p.client).snd_nxt));
    struct wire third = segment(&p, &p.client, 1, 0);
    come(&p, &p.server, p.server.sf, &third);
    assert_true(mptcp_dsn_eq(first, info_of(&p.server).rcv_nxt));
    /* The first octet that was not in the SYN: SSN 1, whatever TCP's sequence number is. */
    a = writes(&p, &p.client, 30);
    assert_int_equal(1, a.ssn.v);
    assert_true(mptcp_dsn_eq(first, a.dsn));
    struct wire data = segment(&p, &p.client, 1, 30);
    arrives(&p, &p.server, &data);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_true(mptcp_dsn_eq(first, a.dsn));
    assert_int_equal(1, a.ssn.v);
    assert_int_equal(30, a.len);
}

/* checks: O-4 O-2 */
static void given_part_of_the_syns_data_was_taken_then_the_rest_goes_in_a_mapping(void **state)
{
    (void)state;
    /* Of 20 octets the SYN/ACK acknowledged 20, 5, 0. */
    for (uint32_t again = 0; again <= 20; again += again == 0 ? 15 : 5) {
        struct pair p;
        struct mptcp_action a;
        struct wire synack = accepted(&p, MPTCP_CFG_CHECKSUM, 0, 10000);

        come(&p, &p.client, p.client.sf, &synack);
        a = writes(&p, &p.client, again + 10);
        assert_int_equal(1, a.ssn.v);
        assert_int_equal(again + 10, a.len);
        struct wire data = segment(&p, &p.client, 1, a.len);
        struct mptcp_options o = options_of(&data);
        assert_int_equal(MPTCP_CAPABLE_DATA_CHECKSUM, o.capable.form); /* as C-13 asks */
        assert_int_equal(again + 10, o.capable.dll);
        arrives(&p, &p.server, &data);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(again + 10, a.len);
        assert_int_equal(1, a.ssn.v);
        assert_int_equal(1, info_of(&p.server).version);
    }
}

/* checks: O-4 O-5 C-13 */
static void given_a_third_ack_before_the_data_that_is_sent_again_then_it_has_a_dss(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    /* A listener without Fast Open: it never heard of the SYN's data. */
    struct wire syn = begin(&p, 0, 0);
    answers(&p, &syn);
    a = writes(&p, &p.client, 20);
    assert_int_equal(1, a.ssn.v);
    struct wire data = segment(&p, &p.client, 1, 20);
    arrives(&p, &p.server, &data);
    struct wire ack = segment(&p, &p.server, 1, 0);
    /* RFC 8684 Figure 20 shows a mapping of length 0 here, which would be an infinite one. */
    assert_int_equal(0, options_of(&ack).dss.flags & MPTCP_DSS_MAP);
    come(&p, &p.client, p.client.sf, &ack);
    assert_true(mptcp_dsn_eq(info_of(&p.client).snd_una, info_of(&p.client).snd_end));
}

/* checks: O-5 X-3, bug class 16 */
static void given_data_before_the_keys_then_it_has_a_mapping_and_no_data_ack(void **state)
{
    (void)state;
    mptcp_dsn first = mptcp_dsn_add(mptcp_key_id(SERVER_KEY).idsn, 1);

    for (unsigned sums = 0; sums < 2; sums++) {
        struct pair p;
        struct mptcp_action a;
        struct wire synack = accepted(&p, sums ? MPTCP_CFG_CHECKSUM : 0, 0, 10000);
        uint32_t ssn = 1;

        assert_int_equal(250, writes(&p, &p.server, 250).len);
        come(&p, &p.client, p.client.sf, &synack);
        struct wire third = segment(&p, &p.client, 1, 0);
        for (; ssn < 251; ssn += 100) {
            uint32_t len = ssn < 201 ? 100 : 50;
            struct wire data = segment(&p, &p.server, ssn, len);
            struct mptcp_options o = options_of(&data);
            assert_int_equal(MPTCP_DSS_MAP, o.dss.flags & (MPTCP_DSS_MAP | MPTCP_DSS_ACK));
            assert_int_equal(len, o.dss.dll);
            assert_int_equal(ssn, o.dss.ssn);
            assert_true(mptcp_dsn_eq(mptcp_dsn_add(first, ssn - 1), mptcp_dsn_of(o.dss.dsn)));
            assert_int_equal(sums, o.dss.has_checksum);
            arrives(&p, &p.client, &data);
        }
        assert_true(find_action(&p, &p.client, MPTCP_DELIVER, &a));
        assert_int_equal(250, a.len);
        /* The third ACK had left before; the next segment of the server's has a DATA_ACK. */
        come(&p, &p.server, p.server.sf, &third);
        assert_false(p.server.verdict.drop);
        assert_int_equal(1, info_of(&p.server).version);
        writes(&p, &p.server, 10);
        struct wire next = segment(&p, &p.server, 251, 10);
        assert_int_not_equal(0, options_of(&next).dss.flags & MPTCP_DSS_ACK);
        arrives(&p, &p.client, &next);
        struct wire ack = segment(&p, &p.client, 1, 0);
        come(&p, &p.server, p.server.sf, &ack);
        assert_true(find_action(&p, &p.server, MPTCP_FREE, &a));
        assert_int_equal(260, a.len);
    }
}

/* checks: O-5 C-11 C-12 C-13 */
static void
given_the_third_ack_is_lost_then_the_keys_come_again_until_they_are_confirmed(void **state)
{
    (void)state;
    for (unsigned data = 0; data < 2; data++) {
        struct pair p;
        struct mptcp_action a;
        struct wire synack = accepted(&p, 0, 0, 10000);

        writes(&p, &p.server, 100);
        struct wire early = segment(&p, &p.server, 1, 100);
        come(&p, &p.client, p.client.sf, &synack);
        segment(&p, &p.client, 1, 0); /* lost */
        arrives(&p, &p.client, &early);
        /* A DSS without a DATA_ACK came: it does not say that the server has the keys. */
        uint32_t len = data != 0 ? writes(&p, &p.client, 40).len : 0;
        struct wire again = segment(&p, &p.client, 1, len);
        assert_true(has_option(&again, MPTCP_CAPABLE));
        assert_int_equal(101, again.seg.ack.v);
        come(&p, &p.server, p.server.sf, &again);
        assert_false(p.server.verdict.drop);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
        assert_int_equal(1, info_of(&p.server).version);
        if (data != 0) {
            struct mptcp_piece piece = {.data = zeros, .len = 40};
            assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
            assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
            assert_int_equal(40, a.len);
        }
    }
}

/* checks: O-5 C-26 */
static void given_a_syn_without_mptcp_then_plain_tcp_answers_as_early(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    begin(&p, 0, 0);
    struct wire syn = with_option(NULL, SYN, 0, 20, 0);
    accept_syn(&p, &syn);
    assert_int_equal(MPTCP_OK, mptcp_on_fast_open(p.server.c, p.server.sf, 60, p.now));
    send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    a = writes(&p, &p.server, 100);
    assert_int_equal(60, a.len);
    struct wire early = segment(&p, &p.server, 1, 60);
    assert_int_equal(0, early.seg.options_len);
    struct wire third = with_option(NULL, ACK, 1, 0, 61);
    come(&p, &p.server, p.server.sf, &third);
    assert_true(find_action(&p, &p.server, MPTCP_SEND, &a));
    assert_int_equal(40, a.len);
    assert_int_equal(61, a.ssn.v);
}

/* checks: O-5 D-25 */
static void given_a_small_window_in_the_syn_then_no_more_goes_before_the_third_ack(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct wire synack = accepted(&p, 0, 0, 60);

    a = writes(&p, &p.server, 100);
    assert_int_equal(60, a.len);
    assert_false(wants(&p.server, MPTCP_SEND));
    come(&p, &p.client, p.client.sf, &synack);
    struct wire third = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 61);
    come(&p, &p.server, p.server.sf, &third);
    assert_true(find_action(&p, &p.server, MPTCP_SEND, &a));
    assert_int_equal(40, a.len);
}

/* checks: O-5 C-27 B-1 */
static void
given_the_third_ack_lost_its_option_then_it_is_plain_tcp_and_nothing_is_lost(void **state)
{
    (void)state;
    for (unsigned acked = 0; acked < 2; acked++) {
        struct pair p;
        struct mptcp_action a;

        accepted(&p, 0, 0, 10000);
        writes(&p, &p.server, 100);
        segment(&p, &p.server, 1, 100);
        struct wire bare = with_option(NULL, ACK, 1, 0, acked ? 101 : 1);
        come(&p, &p.server, p.server.sf, &bare);
        assert_int_equal(255, info_of(&p.server).version);
        /* What goes next goes on from there. */
        a = writes(&p, &p.server, 50);
        assert_int_equal(101, a.ssn.v);
        struct wire last = with_option(NULL, ACK, 1, 0, 151);
        come(&p, &p.server, p.server.sf, &last);
        assert_true(find_action(&p, &p.server, MPTCP_FREE, &a));
        assert_true(mptcp_dsn_eq(info_of(&p.server).snd_end, a.dsn));
    }
}

/* checks: O-5 */
static void given_anything_but_an_unanswered_syn_then_fast_open_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    begin(&p, 0, 0);
    assert_int_equal(MPTCP_E_STATE, mptcp_on_fast_open(p.client.c, p.client.sf, 100, p.now));
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_E_STATE, mptcp_on_fast_open(p.server.c, p.server.sf, 100, p.now));
    assert_int_equal(MPTCP_E_STALE,
                     mptcp_on_fast_open(p.server.c, p.server.sf + 0x100, 100, p.now));
    /* No data goes on a join before its handshake is over (J-9). */
    join_answered(&p, &local, &ours, &theirs);
    assert_int_equal(MPTCP_E_STATE, mptcp_on_fast_open(p.server.c, theirs, 100, p.now));
}

/* checks: O-3 P-1 C-25 C-27 */
static void given_a_long_cookie_then_mp_capable_fits_whole_or_both_ends_are_plain(void **state)
{
    (void)state;
    for (size_t space = 8; space <= 12; space += 4) {
        struct pair p;
        struct wire syn = begin(&p, 0, 0);
        struct mptcp_txseg seg = {.tcp_flags = SYN | ACK};
        struct mptcp_receipt r;
        struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);

        accept_syn(&p, &syn);
        int n = mptcp_tx_options(p.server.c, p.server.sf, &seg, synack.options, space, &r);
        assert_int_equal(space < 12 ? 0 : 12, n);
        mptcp_sent(p.server.c, p.server.sf, &r, p.now);
        synack.seg.options_len = (uint16_t)n;
        come(&p, &p.client, p.client.sf, &synack);
        struct wire third = segment(&p, &p.client, 1, 0);
        come(&p, &p.server, p.server.sf, &third);
        assert_int_equal(space < 12 ? 255 : 1, info_of(&p.client).version);
        assert_int_equal(space < 12 ? 255 : 1, info_of(&p.server).version);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_data_in_the_syn_then_the_stream_begins_behind_it_on_both_ends),
        cmocka_unit_test(given_part_of_the_syns_data_was_taken_then_the_rest_goes_in_a_mapping),
        cmocka_unit_test(given_a_third_ack_before_the_data_that_is_sent_again_then_it_has_a_dss),
        cmocka_unit_test(given_data_before_the_keys_then_it_has_a_mapping_and_no_data_ack),
        cmocka_unit_test(
            given_the_third_ack_is_lost_then_the_keys_come_again_until_they_are_confirmed),
        cmocka_unit_test(given_a_syn_without_mptcp_then_plain_tcp_answers_as_early),
        cmocka_unit_test(given_a_small_window_in_the_syn_then_no_more_goes_before_the_third_ack),
        cmocka_unit_test(
            given_the_third_ack_lost_its_option_then_it_is_plain_tcp_and_nothing_is_lost),
        cmocka_unit_test(given_anything_but_an_unanswered_syn_then_fast_open_is_refused),
        cmocka_unit_test(given_a_long_cookie_then_mp_capable_fits_whole_or_both_ends_are_plain),
    };
    return cmocka_run_group_tests_name("fast_open", tests, NULL, NULL);
}
