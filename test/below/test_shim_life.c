/*
 * test_shim_life.c - the states of flows, from the handshake to TIME_WAIT and the next connection
 * between the same ports; TCP Fast Open; arguments.
 */
#include "below_test.h"
#include "duo.h"

#include <stdlib.h>

static struct shim_report look(struct duo *d, unsigned end)
{
    struct shim_report r;

    assert_int_equal(0, shim_look(d->end[end].shim, d->line[0].flow[end], &r));
    return r;
}

static void sends(struct duo *d, unsigned end, uint8_t flags, uint32_t ssn, uint32_t ack)
{
    struct duo_segment s = {.flags = flags, .ssn = ssn, .ack = ack};

    assert_int_equal(0, duo_tcp(d, end, &s));
}

/* ------------------------------------------------------------------- closing */

/* checks: none */
static void given_a_flow_in_mid_transfer_then_what_is_told_of_it_is_so(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    mptcp_ssn ssn = duo_give(d, A, 0, 300, 1400);
    struct duo_segment s = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 300, .at = 100};

    assert_int_equal(0, duo_tcp(d, A, &s));
    struct shim_report r = look(d, A);
    assert_ptr_equal(d->end[A].conn[0], r.conn);
    assert_int_equal(d->line[0].sf[A], r.sf);
    assert_int_equal(SHIM_LIVE, r.state);
    assert_int_equal(1, r.established);
    assert_int_equal(401, r.sent.v);
    assert_int_equal(101, r.acknowledged.v);
    assert_int_equal(300, r.in_flight);
    assert_int_equal(1460 - 28, r.segment_size);
    assert_int_equal(0, r.fin_sent + r.fin_acked + r.peer_fin + r.peer_reset + r.tcp_reset);
    sends(d, B, ACK, 101, 301);
    (void)duo_carry(d, B);
    assert_int_equal(100, look(d, A).in_flight);
    duo_free(d);
}

/* Both applications have written all, and both DATA_FINs are acknowledged: the subflow may close.
 */
static void end_streams(struct duo *d)
{
    assert_int_equal(0, mptcp_on_shutdown(d->end[A].conn[0], d->now));
    assert_int_equal(0, mptcp_on_shutdown(d->end[B].conn[0], d->now));
    for (unsigned i = 0; i < 6; i++) {
        duo_act(d, i % 2);
        (void)duo_carry(d, i % 2);
    }
    assert_true(duo_had(d, A, MPTCP_EV_CLOSED));
    assert_true(duo_had(d, B, MPTCP_EV_CLOSED));
    d->end[A].sents = d->end[B].sents = 0;
}

/* One side after the other: A first. */
static void close_in_order(struct duo *d)
{
    end_streams(d);
    sends(d, A, FIN | ACK, 101, 101);
    (void)duo_carry(d, A);
    sends(d, B, ACK, 101, 102);
    (void)duo_carry(d, B);
    assert_int_equal(SHIM_LIVE, look(d, A).state);
    assert_int_equal(1, look(d, A).fin_acked);
    assert_int_equal(1, look(d, B).peer_fin);
    sends(d, B, FIN | ACK, 101, 102);
    (void)duo_carry(d, B);
    sends(d, A, ACK, 102, 102);
    (void)duo_carry(d, A);
}

/* checks: none */
static void given_fins_of_both_sides_then_the_flow_is_done_and_time_wait_is_tcps_alone(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);

    close_in_order(d);
    assert_int_equal(SHIM_DONE, look(d, A).state);
    assert_int_equal(SHIM_DONE, look(d, B).state);
    /* B did not get A's last ACK and sends its FIN again; A is in TIME_WAIT and answers. */
    sends(d, B, FIN | ACK, 101, 102);
    struct seg fin = duo_last(d, B);
    assert_int_equal(0, fin.options_len);
    assert_non_null(duo_carry(d, B));
    sends(d, A, ACK, 102, 102);
    struct seg ack = duo_last(d, A);
    assert_int_equal(0, ack.options_len);
    assert_non_null(duo_carry(d, A));
    duo_free(d);
}

/* checks: none */
static void given_fins_that_cross_then_the_flow_is_done_once_both_are_acknowledged(void **state)
{
    (void)state;
    struct duo *d = duo_opened(6);

    end_streams(d);
    sends(d, A, FIN | ACK, 101, 101);
    sends(d, B, FIN | ACK, 101, 101);
    (void)duo_carry(d, A);
    (void)duo_carry(d, B);
    assert_int_equal(SHIM_LIVE, look(d, A).state);
    sends(d, A, ACK, 102, 102);
    sends(d, B, ACK, 102, 102);
    (void)duo_carry(d, A);
    (void)duo_carry(d, B);
    assert_int_equal(SHIM_DONE, look(d, A).state);
    assert_int_equal(SHIM_DONE, look(d, B).state);
    duo_free(d);
}

/* checks: none */
static void given_a_rst_of_tcp_then_it_leaves_and_the_flow_is_dead_at_both_ends(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);

    sends(d, A, RST | ACK, 101, 101);
    assert_int_equal(1, d->end[A].sents);
    assert_non_null(duo_carry(d, A));
    assert_int_equal(SHIM_DEAD, look(d, A).state);
    assert_int_equal(1, look(d, A).tcp_reset);
    assert_int_equal(SHIM_DEAD, look(d, B).state);
    assert_int_equal(1, look(d, B).peer_reset);
    duo_free(d);
}

/* checks: none */
static void
given_octets_that_tcp_has_and_nobody_read_then_a_rst_behind_them_tells_its_reason(void **state)
{
    static const uint8_t too_much[] = {30, 4, 0x80, 2}; /* MP_TCPRST, "lack of resources" (s3.6) */
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK | PSH, .ssn = 101, .ack = 101, .len = 100, .at = 100};
    uint8_t packet[SEG_MOST];

    (void)duo_give(d, A, 0, 100, 100);
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_non_null(duo_carry(d, A));
    sends(d, B, ACK, 101, 201);
    s = (struct duo_segment){.flags = RST, .ssn = 201, .options = too_much, .options_len = 4};
    assert_non_null(duo_comes(d, B, packet, duo_build(d, A, &s, packet)));
    assert_int_equal(1, look(d, B).peer_reset);
    assert_int_equal(2, duo_reset_reason(d, B, 0));
    duo_free(d);
}

/* A blind attacker's: in the window, but not the next octet (RFC 5961 s3.2). */
/* checks: none */
static void given_a_rst_that_is_not_in_order_then_the_subflow_lives(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = RST | ACK, .ssn = 150, .ack = 0x40000000};
    uint8_t packet[SEG_MOST];

    size_t len = duo_build(d, A, &s, packet);
    assert_non_null(duo_comes(d, B, packet, len)); /* TCP answers it by an ACK */
    assert_int_equal(SHIM_LIVE, look(d, B).state);
    assert_int_equal(0, look(d, B).peer_reset);
    assert_int_equal(101, look(d, B).acknowledged.v);
    sends(d, B, ACK, 101, 101);
    assert_int_equal(1, d->end[B].sents);
    (void)duo_carry(d, B);
    duo_transfer(d, A, 0, 100);
    duo_free(d);
}

/* checks: none */
static void given_a_connection_that_is_wiped_then_its_flows_name_it_no_more(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);

    shim_forget(d->end[A].shim, d->end[A].conn[0]);
    assert_null(look(d, A).conn);
    memset(d->end[A].block[0], 0xdd, (size_t)mptcp_conn_size(&d->conn));
    sends(d, A, ACK, 101, 101);
    sends(d, B, ACK, 101, 101);
    assert_non_null(duo_carry(d, B));
    struct seg s = duo_last(d, A);
    assert_int_equal(0, s.options_len);
    assert_int_equal(SHIM_NO_FLOW,
                     shim_find(d->end[A].shim, &d->line[0].addr[A], &d->line[0].addr[B]));
    duo_free(d);
}

/* ---------------------------------------------------------------- ports again */

/* checks: none */
static void
given_a_port_used_again_after_time_wait_then_the_next_connection_is_mptcp_too(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    shim_flow old = d->line[0].flow[B];

    close_in_order(d);
    duo_clear(d);
    struct mptcp_conn *c = d->end[A].conn[0];
    struct duo_segment s = {.flags = SYN, .options = duo_syn_options};
    struct shim_report r;
    uint64_t key;
    uint32_t token;
    uint8_t entropy[8] = {9};
    shim_forget(d->end[A].shim, c);
    assert_int_equal(0, mptcp_endpoint_key(d->end[A].endpoint, entropy, &key, &token));
    mptcp_conn_wipe(c);
    struct mptcp_secret secret = {.key = key};
    c = mptcp_conn_init(d->end[A].block[0], (size_t)mptcp_conn_size(&d->conn), &d->conn, &secret);
    assert_non_null(c);
    mptcp_sf sf;
    assert_int_equal(0, mptcp_connect(c, &d->line[0].addr[A], &d->line[0].addr[B], &sf, d->now));
    d->line[0].isn[A] += 900000;
    d->line[0].isn[B] += 1234567;
    d->line[0].flow[A] =
        shim_open(d->end[A].shim, c, sf, &d->line[0].addr[A], &d->line[0].addr[B], d->now);
    s.options_len = sizeof duo_syn_options;
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_non_null(duo_carry(d, A));
    assert_int_equal(MPTCP_E_STALE, shim_look(d->end[B].shim, old, &r));
    s.flags = SYN | ACK;
    s.ack = 1;
    assert_int_equal(0, duo_tcp(d, B, &s));
    struct seg answer = duo_last(d, B);
    assert_non_null(seg_mptcp(&answer, SUB_CAPABLE));
    (void)duo_carry(d, B);
    sends(d, A, ACK, 1, 1);
    (void)duo_carry(d, A);
    assert_int_equal(2, d->end[B].conns);
    duo_free(d);
}

/* ------------------------------------------------------------------- Fast Open */

/* The client's SYN has a cookie and data, which B's TCP takes. */
/* checks: none */
static void
given_fast_open_data_that_tcp_takes_then_the_connection_is_plain_and_they_come_first(void **state)
{
    (void)state;
    static const uint8_t options[28] = {2,    4,    0x05, 0xb4, 30,   4,    1,    1,    34, 10,
                                        0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 1,  1};
    struct duo_config cfg;
    struct shim_report r;

    duo_config_init(&cfg);
    struct duo *d = duo_new(&cfg);
    struct duo_segment s = {.flags = SYN, .len = 40, .options = options, .options_len = 20};
    uint8_t packet[SEG_MOST];
    size_t len = duo_build(d, A, &s, packet);
    struct duo_frame *f = duo_comes(d, B, packet, len);
    struct seg told = duo_read(f);
    assert_int_equal(40, told.len);
    assert_int_equal(SYN, told.flags);
    s = (struct duo_segment){.flags = SYN | ACK, .ack = 41, .options = duo_syn_options};
    s.options_len = sizeof duo_syn_options;
    assert_int_equal(0, duo_tcp(d, B, &s));
    struct seg answer = duo_last(d, B);
    assert_null(seg_option(&answer, OPT_MPTCP));
    assert_int_equal(1, d->end[B].conns);
    assert_int_equal(1, d->end[B].opening.plain);
    shim_flow flow = shim_find(d->end[B].shim, &d->line[0].addr[B], &d->line[0].addr[A]);
    assert_int_equal(0, shim_look(d->end[B].shim, flow, &r));
    assert_int_equal(40, r.early);
    /* The third ACK, and the octet after those. */
    s = (struct duo_segment){.flags = ACK, .ssn = 41, .ack = 1, .len = 10, .at = 40};
    len = duo_build(d, A, &s, packet);
    f = duo_comes(d, B, packet, len);
    assert_non_null(f);
    assert_memory_equal(packet, f->packet, len);
    assert_int_equal(0, shim_look(d->end[B].shim, flow, &r));
    assert_int_equal(1, r.established);
    duo_free(d);
}

/* checks: none */
static void given_fast_open_data_that_tcp_does_not_take_then_the_connection_is_mptcp(void **state)
{
    (void)state;
    static const uint8_t options[28] = {2,    4,    0x05, 0xb4, 30,   4,    1,    1,    34, 10,
                                        0x11, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 1,  1};
    struct duo_config cfg;

    duo_config_init(&cfg);
    struct duo *d = duo_new(&cfg);
    struct duo_segment s = {.flags = SYN, .len = 40, .options = options, .options_len = 20};
    uint8_t packet[SEG_MOST];
    size_t len = duo_build(d, A, &s, packet);
    (void)duo_comes(d, B, packet, len);
    s = (struct duo_segment){.flags = SYN | ACK, .ack = 1, .options = duo_syn_options};
    s.options_len = sizeof duo_syn_options;
    assert_int_equal(0, duo_tcp(d, B, &s));
    struct seg answer = duo_last(d, B);
    assert_non_null(seg_mptcp(&answer, SUB_CAPABLE));
    assert_int_equal(0, d->end[B].conns);
    duo_free(d);
}

/* ------------------------------------------------------------------- arguments */

/* checks: none */
static void given_wrong_settings_then_there_is_no_size_and_no_shim(void **state)
{
    (void)state;
    struct shim_config good;
    struct shim_config bad;

    shim_config_init(&good);
    assert_int_not_equal(0, shim_size(&good));
    assert_int_equal(0, shim_size(NULL));
    for (unsigned i = 0; i < 7; i++) {
        bad = good;
        bad.size -= i == 0;
        bad.flows = i == 1 ? 0 : i == 2 ? 70000 : bad.flows;
        bad.half = (uint16_t)(i == 3 ? bad.flows : bad.half);
        bad.mtu = i == 4 ? 575 : bad.mtu;
        bad.link = i == 5 ? 19 : bad.link;
        bad.flags = i == 6 ? MPTCP_CFG_TCP_COPIES : 0;
        assert_int_equal(0, shim_size(&bad));
    }
}

/* checks: none */
static void given_wrong_arguments_then_calls_say_so_and_change_nothing(void **state)
{
    (void)state;
    struct duo *d = duo_opened(4);
    struct shim *s = d->end[B].shim;
    struct mptcp_addr at = {.port = DUO_PORT};
    struct mptcp_addr none = {.port = 0};
    struct shim_report r;

    assert_int_equal(MPTCP_E_ARGUMENT, shim_listen(s, &at)); /* there already */
    assert_int_equal(MPTCP_E_ARGUMENT, shim_listen(s, &none));
    for (uint16_t i = 0; i < 3; i++) {
        at.port = (uint16_t)(100 + i);
        assert_int_equal(0, shim_listen(s, &at));
    }
    at.port = 200;
    assert_int_equal(MPTCP_E_FULL, shim_listen(s, &at));
    assert_int_equal(MPTCP_E_NOT_FOUND, shim_unlisten(s, &at));
    assert_int_equal(MPTCP_E_ARGUMENT, shim_set_mtu(s, 0, 100));
    assert_int_equal(MPTCP_E_ARGUMENT, shim_set_mtu(s, 0, 1501));
    assert_int_equal(MPTCP_E_ARGUMENT, shim_set_mtu(s, 32, 1400));
    assert_int_equal(MPTCP_E_STALE, shim_look(s, 12345, &r));
    assert_int_equal(SHIM_NO_FLOW, shim_find(s, &at, &at));
    assert_int_equal(SHIM_NO_FLOW, shim_accepted(s, &at, &at, d->now));
    assert_int_equal(SHIM_NO_FLOW, shim_accepted(NULL, &at, &at, d->now));
    assert_int_equal(SHIM_NO_FLOW, shim_accepted(s, NULL, &at, d->now));
    assert_int_equal(SHIM_NO_FLOW, shim_accepted(s, &at, NULL, d->now));
    assert_int_equal(SHIM_NO_FLOW, shim_accepted(s, &at, &at, MPTCP_NEVER));
    assert_int_equal(SHIM_NO_FLOW, shim_open(s, NULL, 0, &at, &at, d->now));
    shim_forget(s, NULL);
    duo_transfer(d, A, 0, 100);
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_flow_in_mid_transfer_then_what_is_told_of_it_is_so),
        cmocka_unit_test(
            given_fins_of_both_sides_then_the_flow_is_done_and_time_wait_is_tcps_alone),
        cmocka_unit_test(given_fins_that_cross_then_the_flow_is_done_once_both_are_acknowledged),
        cmocka_unit_test(given_a_rst_of_tcp_then_it_leaves_and_the_flow_is_dead_at_both_ends),
        cmocka_unit_test(
            given_octets_that_tcp_has_and_nobody_read_then_a_rst_behind_them_tells_its_reason),
        cmocka_unit_test(given_a_rst_that_is_not_in_order_then_the_subflow_lives),
        cmocka_unit_test(given_a_connection_that_is_wiped_then_its_flows_name_it_no_more),
        cmocka_unit_test(
            given_a_port_used_again_after_time_wait_then_the_next_connection_is_mptcp_too),
        cmocka_unit_test(
            given_fast_open_data_that_tcp_takes_then_the_connection_is_plain_and_they_come_first),
        cmocka_unit_test(given_fast_open_data_that_tcp_does_not_take_then_the_connection_is_mptcp),
        cmocka_unit_test(given_wrong_settings_then_there_is_no_size_and_no_shim),
        cmocka_unit_test(given_wrong_arguments_then_calls_say_so_and_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
