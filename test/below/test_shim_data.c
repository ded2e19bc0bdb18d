/*
 * test_shim_data.c - segments with octets through the shim: cut where mappings end and where the
 * interface's MTU is, windows, SACK blocks, and what TCP sends again.
 */
#include "below_test.h"
#include "duo.h"

/* The segments that A has sent are one segment of TCP's, cut: they follow each other, each lies
 * under the mapping it carries, the octets are those of A's stream from `at` on, and what is said
 * at the end of a segment is said on the last alone. */
static void whole(struct duo *d, uint32_t ssn, uint64_t at, uint32_t len, uint8_t flags)
{
    uint32_t done = 0;
    unsigned n = d->end[A].sents;

    for (unsigned i = 0; i < n; i++) {
        struct seg s = duo_sent(d, A, i);
        struct dss dss;
        assert_true(seg_dss(&s, &dss));
        assert_true(dss.has_map);
        assert_true(dss.ssn <= ssn + done && ssn + done + s.len <= dss.ssn + dss.len);
        assert_int_equal(d->line[0].isn[A] + ssn + done, s.seq);
        assert_memory_equal(d->stream[A] + at + done, s.payload, s.len);
        assert_int_equal(i + 1 == n ? flags : flags & ~(FIN | PSH), s.flags);
        assert_int_equal(d->line[0].addr[B].port, s.to.port);
        done += s.len;
    }
    assert_int_equal(len, done);
}

/* ------------------------------------------------------------------- cutting */

/* checks: none */
static void given_a_segment_over_several_mappings_then_it_leaves_cut_at_their_ends(void **state)
{
    (void)state;

    for (unsigned family = 4; family <= 6; family += 2) {
        struct duo *d = duo_opened(family);
        mptcp_ssn ssn = duo_give(d, A, 0, 1000, 300);
        struct duo_segment s = {.flags = ACK | PSH, .ssn = ssn.v, .ack = 101, .len = 1000};
        s.at = 100;
        assert_int_equal(0, duo_tcp(d, A, &s));
        assert_true(d->end[A].sents >= 4);
        whole(d, ssn.v, 100, 1000, ACK | PSH);
        assert_int_equal(d->end[A].sents - 1, duo_counts(d, A).split);
        unsigned n = d->end[A].sents;
        for (unsigned i = 0; i < n && family == 4; i++) { /* each is a packet of its own */
            for (unsigned k = 0; k < i; k++) {
                assert_int_not_equal(get16(d->end[A].sent[i].packet + 4),
                                     get16(d->end[A].sent[k].packet + 4));
            }
        }
        /* The other end takes all of them. */
        (void)duo_carry(d, A);
        duo_data(d, B, 0, 1000);
        duo_act(d, B);
        assert_int_equal(1100, d->end[B].delivered);
        duo_free(d);
    }
}

/* checks: none */
static void given_a_fin_behind_octets_of_several_mappings_then_it_is_on_the_last_piece(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);

    mptcp_ssn ssn = duo_give(d, A, 0, 900, 300);
    struct duo_segment s = {.flags = ACK | PSH | FIN, .ssn = ssn.v, .ack = 101, .len = 900};
    s.at = 100;
    assert_int_equal(0, duo_tcp(d, A, &s));
    whole(d, ssn.v, 100, 900, ACK | PSH | FIN);
    duo_free(d);
}

/* checks: none */
static void given_octets_that_tcp_cuts_anew_then_each_piece_has_the_mapping_it_had(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);

    mptcp_ssn ssn = duo_give(d, A, 0, 1200, 400);
    struct duo_segment s = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 1200, .at = 100};
    assert_int_equal(0, duo_tcp(d, A, &s));
    struct seg first = duo_sent(d, A, 0);
    struct dss was;
    assert_true(seg_dss(&first, &was));
    for (uint32_t from = 0; from < 1200; from += 77) {
        for (uint32_t n = 1; from + n <= 1200; n += 233) {
            d->end[A].sents = 0;
            s.ssn = ssn.v + from;
            s.at = 100 + from;
            s.len = n;
            assert_int_equal(0, duo_tcp(d, A, &s));
            whole(d, ssn.v + from, 100 + from, n, ACK);
            struct seg p = duo_sent(d, A, 0);
            struct dss now;
            assert_true(seg_dss(&p, &now));
            assert_int_equal((uint32_t)(now.dsn - was.dsn), now.ssn - was.ssn);
        }
    }
    duo_free(d);
}

/* A TCP that did not obey the MSS it was told: options make its segment too long. */
/* checks: none */
static void given_a_segment_as_large_as_the_mtu_then_no_packet_exceeds_it(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK | PSH, .ssn = 101, .ack = 101, .len = 1460, .at = 100};

    (void)duo_give(d, A, 0, 1460, 1460);
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_int_equal(2, d->end[A].sents);
    assert_in_range(d->end[A].sent[0].len, 1400, 1500);
    whole(d, 101, 100, 1460, ACK | PSH);
    assert_int_equal(0, shim_set_mtu(d->end[A].shim, 0, 600));
    d->end[A].sents = 0;
    assert_int_equal(0, duo_tcp(d, A, &s));
    for (unsigned i = 0; i < d->end[A].sents; i++) {
        assert_in_range(d->end[A].sent[i].len, 1, 600);
    }
    whole(d, 101, 100, 1460, ACK | PSH);
    duo_free(d);
}

/* checks: none */
static void given_octets_that_nobody_gave_to_the_subflow_then_they_do_not_leave(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK | PSH, .ssn = 101, .ack = 101, .len = 10, .at = 100};

    assert_int_equal(MPTCP_E_NOT_FOUND, duo_tcp(d, A, &s));
    assert_int_equal(0, d->end[A].sents);
    assert_int_equal(1, duo_counts(d, A).kept);
    duo_free(d);
}

/* A keep-alive with an octet that was acknowledged long ago: no mapping has it. */
/* checks: none */
static void given_a_keep_alive_with_an_old_octet_then_it_leaves_without_the_octet(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK, .ssn = 100, .ack = 101, .len = 1, .at = 5};

    assert_int_equal(0, duo_tcp(d, A, &s));
    struct seg p = duo_last(d, A);
    assert_int_equal(0, p.len);
    assert_int_equal(d->line[0].isn[A] + 100, p.seq);
    struct duo_frame *f = duo_carry(d, A);
    assert_non_null(f); /* B's TCP answers it */
    duo_free(d);
}

/* ------------------------------------------------------------------- windows */

/* checks: none */
static void given_tcp_with_a_smaller_window_than_the_connection_then_tcps_is_told(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .window = 50};

    assert_int_equal(0, duo_tcp(d, B, &s));
    struct seg p = duo_last(d, B);
    assert_int_equal(50, p.window);
    s.window = 1; /* closed */
    assert_int_equal(0, duo_tcp(d, B, &s));
    p = duo_last(d, B);
    assert_int_equal(0, p.window);
    duo_free(d);
}

/* checks: none */
static void
given_tcp_with_a_larger_window_than_the_connection_then_the_connections_is_told(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .window = 60000};
    struct mptcp_conn_report r;

    assert_int_equal(0, duo_tcp(d, B, &s));
    mptcp_conn_info(d->end[B].conn[0], &r);
    struct seg p = duo_last(d, B);
    assert_int_equal(r.rcv_window >> 3, p.window); /* the scale of duo_syn_options */
    assert_int_equal(65536 >> 3, p.window);
    duo_free(d);
}

/* checks: none */
static void given_a_syn_then_its_window_is_not_scaled(void **state)
{
    (void)state;
    struct duo_config cfg;
    struct duo_segment s = {.flags = SYN, .window = 65535, .options = duo_syn_options};

    duo_config_init(&cfg);
    cfg.conn.rcv_buf = 32768;
    struct duo *d = duo_new(&cfg);
    duo_open(d);
    s.options_len = sizeof duo_syn_options;
    assert_int_equal(0, duo_tcp(d, A, &s));
    struct seg p = duo_last(d, A);
    assert_int_equal(32768, p.window);
    duo_free(d);
}

/* checks: none */
static void given_a_scaled_window_of_the_peer_then_the_connection_may_send_that_much(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .window = 700};
    struct mptcp_conn_report r;

    assert_int_equal(0, duo_tcp(d, B, &s));
    (void)duo_carry(d, B);
    mptcp_conn_info(d->end[A].conn[0], &r);
    assert_true(r.snd_window >= 5600);
    duo_free(d);
}

/* ----------------------------------------------------------------- SACK blocks */

/* Timestamps and three SACK blocks: 40 octets. */
static void full_options(uint8_t o[40], uint32_t around)
{
    memcpy(o, duo_stamps, sizeof duo_stamps);
    o[12] = o[13] = 1;
    o[14] = OPT_SACK;
    o[15] = 26;
    for (uint32_t i = 0; i < 3; i++) {
        put32(o + 16 + 8 * i, around + 1000 * (3 - i));
        put32(o + 20 + 8 * i, around + 1000 * (3 - i) + 500);
    }
}

/* checks: none */
static void
given_an_ack_full_of_sack_blocks_then_the_oldest_make_room_for_the_data_ack(void **state)
{
    (void)state;
    uint8_t o[40];
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 201, .options = o};

    /* B has 100 new octets, and says so. */
    mptcp_ssn ssn = duo_give(d, A, 0, 100, 1400);
    struct duo_segment data = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 100, .at = 100};
    assert_int_equal(0, duo_tcp(d, A, &data));
    (void)duo_carry(d, A);
    duo_data(d, B, 0, 100);
    full_options(o, d->line[0].isn[A] + 201);
    s.options_len = 40;
    assert_int_equal(0, duo_tcp(d, B, &s));
    struct seg p = duo_last(d, B);
    struct dss dss;
    assert_true(seg_dss(&p, &dss));
    assert_true(dss.has_ack);
    const uint8_t *stamp = seg_option(&p, OPT_TIME);
    assert_non_null(stamp);
    assert_memory_equal(duo_stamps + 2, stamp, 10);
    const uint8_t *sack = seg_option(&p, OPT_SACK);
    assert_non_null(sack);
    assert_in_range(sack[1], 10, 18);
    assert_memory_equal(o + 16, sack + 2, sack[1] - 2u); /* the newest ones, as TCP wrote them */
    assert_int_equal(1, duo_counts(d, B).trimmed);
    duo_free(d);
}

/* checks: none */
static void
given_octets_with_options_full_of_sack_blocks_then_they_leave_with_their_mapping(void **state)
{
    (void)state;
    uint8_t o[40];
    struct duo *d = duo_opened(4);
    mptcp_ssn ssn = duo_give(d, A, 0, 700, 1400);
    struct duo_segment s = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 700, .at = 100};

    full_options(o, d->line[0].isn[B] + 101);
    s.options = o;
    s.options_len = 40;
    assert_int_equal(0, duo_tcp(d, A, &s));
    whole(d, ssn.v, 100, 700, ACK);
    duo_free(d);
}

/* checks: none */
static void given_sack_blocks_and_nothing_to_say_then_they_leave_as_they_are(void **state)
{
    (void)state;
    uint8_t o[40];
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .options = o};

    full_options(o, d->line[0].isn[A] + 101);
    s.options_len = 24; /* one of the three */
    o[15] = 10;
    assert_int_equal(0, duo_tcp(d, B, &s));
    struct seg p = duo_last(d, B);
    const uint8_t *sack = seg_option(&p, OPT_SACK);
    assert_non_null(sack);
    assert_memory_equal(o + 14, sack, 10);
    assert_int_equal(0, duo_counts(d, B).trimmed);
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_segment_over_several_mappings_then_it_leaves_cut_at_their_ends),
        cmocka_unit_test(
            given_a_fin_behind_octets_of_several_mappings_then_it_is_on_the_last_piece),
        cmocka_unit_test(given_octets_that_tcp_cuts_anew_then_each_piece_has_the_mapping_it_had),
        cmocka_unit_test(given_a_segment_as_large_as_the_mtu_then_no_packet_exceeds_it),
        cmocka_unit_test(given_octets_that_nobody_gave_to_the_subflow_then_they_do_not_leave),
        cmocka_unit_test(given_a_keep_alive_with_an_old_octet_then_it_leaves_without_the_octet),
        cmocka_unit_test(given_tcp_with_a_smaller_window_than_the_connection_then_tcps_is_told),
        cmocka_unit_test(
            given_tcp_with_a_larger_window_than_the_connection_then_the_connections_is_told),
        cmocka_unit_test(given_a_syn_then_its_window_is_not_scaled),
        cmocka_unit_test(given_a_scaled_window_of_the_peer_then_the_connection_may_send_that_much),
        cmocka_unit_test(
            given_an_ack_full_of_sack_blocks_then_the_oldest_make_room_for_the_data_ack),
        cmocka_unit_test(
            given_octets_with_options_full_of_sack_blocks_then_they_leave_with_their_mapping),
        cmocka_unit_test(given_sack_blocks_and_nothing_to_say_then_they_leave_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
