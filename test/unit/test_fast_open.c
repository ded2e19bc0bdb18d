/*
 * test_fast_open.c - data on SYNs (RFC 8684 Appendix B): outside of the stream, whose first octet
 * is the one behind; what was not taken goes again inside of a mapping.
 */
#include "bugs_test.h"

#define EARLY 50 /* octets on the SYN */

/* The server has answered a SYN with data, of which it took `taken`, and its application speaks at
 * once. `w`: the SYN/ACK, and the data that follow it. */
static void speaks_early(struct pair *p, struct wire w[2])
{
    struct mptcp_action a;
    struct wire syn = begin(p, 0, 0);

    accept_syn(p, &syn);
    assert_int_equal(MPTCP_OK, mptcp_on_fast_open(p->server.c, p->server.sf, 10000, p->now));
    w[0] = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    room(p, &p->server, p->server.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->server.c, 100, p->now));
    assert_true(find_action(p, &p->server, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, a.len, MPTCP_DONE, p->now));
    w[1] = send_from(p, &p->server, p->server.sf, ACK, 1, 100, 1);
}

/* checks: O-1 X-4 */
static void given_data_on_a_syn_then_its_option_maps_nothing(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct wire syn = send_from(&p, &p.client, p.client.sf, SYN, 0, EARLY, 0);
    struct mptcp_options o = options_of(&syn);
    assert_int_equal(MPTCP_HAS(MPTCP_CAPABLE), o.present);
    assert_int_equal(MPTCP_CAPABLE_SYN, o.capable.form);
    assert_int_equal(4, syn.seg.options_len);
}

/* checks: O-2 O-5 X-3 */
static void given_a_server_that_speaks_early_then_its_mapping_begins_the_stream(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_piece piece = {.len = 100};
    struct wire w[2];

    speaks_early(&p, w);
    struct mptcp_options o = options_of(&w[1]);
    assert_int_equal(MPTCP_DSS_MAP, o.dss.flags & (MPTCP_DSS_MAP | MPTCP_DSS_ACK));
    assert_int_equal(1, o.dss.ssn);
    assert_true(o.dss.dsn == mptcp_key_id(SERVER_KEY).idsn.v + 1);
    assert_int_equal(100, o.dss.dll); /* and not 0, which would be without end */

    come(&p, &p.client, p.client.sf, &w[0]);
    come(&p, &p.client, p.client.sf, &w[1]);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.client.c, p.client.sf, &piece, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_DELIVER, &a));
    assert_int_equal(100, a.len);
    assert_int_equal(1, info_of(&p.client).version);
}

/* checks: O-1 O-2 O-4 */
static void given_a_part_of_the_syns_data_was_taken_then_the_rest_is_mapped_from_1_on(void **state)
{
    (void)state;
    for (uint32_t taken = 0; taken < EARLY; taken += 20) {
        struct pair p;
        struct mptcp_action a;
        struct mptcp_piece piece = {.len = EARLY - taken};
        struct wire w[2];

        speaks_early(&p, w);
        come(&p, &p.client, p.client.sf, &w[0]);
        room(&p, &p.client, p.client.sf, 1000);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, piece.len, p.now));
        assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
        assert_int_equal(1, a.ssn.v);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
        struct wire rest = send_from(&p, &p.client, p.client.sf, ACK, 1, piece.len, 1);
        assert_int_equal(MPTCP_CAPABLE_DATA, options_of(&rest).capable.form);
        assert_int_equal(piece.len, options_of(&rest).capable.dll);

        come(&p, &p.server, p.server.sf, &rest);
        assert_false(p.server.verdict.drop);
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
        assert_true(info_of(&p.server).rcv_nxt.v ==
                    mptcp_key_id(CLIENT_KEY).idsn.v + 1 + piece.len);
        assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
        assert_int_equal(1, a.ssn.v);
        assert_int_equal(piece.len, a.len);
    }
}

/* Beside a cookie of 18 octets, with the usual options in another 20, there is no room. */
/* checks: O-3 C-25 C-27 */
static void given_no_room_beside_the_cookie_then_both_ends_are_plain_tcp(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_txseg seg = {.tcp_flags = SYN | ACK};
    struct mptcp_receipt r;
    uint8_t octets[MPTCP_OPTION_MAX];
    struct wire syn = begin(&p, 0, 0);

    accept_syn(&p, &syn);
    assert_int_equal(0, mptcp_tx_options(p.server.c, p.server.sf, &seg, octets, 11, &r));
    assert_int_equal(MPTCP_OK, mptcp_sent(p.server.c, p.server.sf, &r, p.now));
    struct wire bare = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &bare);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(255, info_of(&p.server).version);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);

    /* A shorter cookie, and there is. */
    syn = begin(&p, 0, 0);
    accept_syn(&p, &syn);
    assert_int_equal(12, mptcp_tx_options(p.server.c, p.server.sf, &seg, octets, 12, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_data_on_a_syn_then_its_option_maps_nothing),
        cmocka_unit_test(given_a_server_that_speaks_early_then_its_mapping_begins_the_stream),
        cmocka_unit_test(given_a_part_of_the_syns_data_was_taken_then_the_rest_is_mapped_from_1_on),
        cmocka_unit_test(given_no_room_beside_the_cookie_then_both_ends_are_plain_tcp),
    };
    return cmocka_run_group_tests_name("fast_open", tests, NULL, NULL);
}
