/*
 * test_bugs_handshake.c - what went wrong elsewhere in opening connections and subflows.
 */
#include "bugs_test.h"

static struct mptcp_option capable(unsigned form, uint64_t sender)
{
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};
    o.u.capable.version = 1;
    o.u.capable.flags = MPTCP_CAPABLE_SHA256;
    o.u.capable.form = (uint8_t)form;
    o.u.capable.sender_key = sender;
    return o;
}

/* checks: C-8 C-9, bug class 9 */
static void given_a_stateless_key_whose_token_is_in_use_then_the_answer_is_plain(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[MPTCP_ENDPOINT_SIZE(8)];
    struct mptcp_endpoint *e = mptcp_endpoint_init(mem, sizeof mem, 8);
    struct mptcp_option o = capable(MPTCP_CAPABLE_SYN, 0);
    struct wire syn = with_option(&o, SYN, 0, 0, 0);
    uint8_t octets[MPTCP_OPTION_MAX];

    syn.seg.options = syn.options;
    assert_int_equal(12, mptcp_stateless_synack(e, &syn.seg, 0, SERVER_KEY, octets, sizeof octets));
    assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, mptcp_key_id(SERVER_KEY).token, 1));
    assert_int_equal(0, mptcp_stateless_synack(e, &syn.seg, 0, SERVER_KEY, octets, sizeof octets));
}

/* checks: B-4, bug class 11 */
static void given_a_joined_subflow_without_options_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    struct wire w = with_option(NULL, ACK, 1, 50, 1);
    come(&p, &p.server, theirs, &w);
    assert_true(p.server.verdict.drop);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(1, info_of(&p.server).version);
    assert_int_equal(0, info_of(&p.server).error);
}

/* checks: B-3, bug class 11 */
static void given_the_only_subflow_loses_its_options_later_then_it_falls_back(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    struct wire bare = with_option(NULL, ACK, 1, 50, 101);
    come(&p, &p.client, p.client.sf, &bare);
    assert_false(p.client.verdict.drop);
    assert_int_equal(255, info_of(&p.client).version);
    assert_false(wants(&p.client, MPTCP_RESET_SUBFLOW));
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: C-15, bug class 12 */
static void given_the_syn_ack_again_with_other_keys_then_it_changes_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = capable(MPTCP_CAPABLE_SYNACK, SERVER_KEY + 1);

    open_pair(&p, 0, 0);
    struct mptcp_conn_report before = info_of(&p.client);
    struct wire again = with_option(&o, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &again);
    struct mptcp_conn_report after = info_of(&p.client);
    assert_memory_equal(&before, &after, sizeof before);
}

/* checks: C-15, bug class 12 */
static void given_the_third_ack_again_then_it_changes_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = capable(MPTCP_CAPABLE_ACK, CLIENT_KEY);

    open_pair(&p, 0, 0);
    drain(&p, &p.server);
    struct mptcp_conn_report before = info_of(&p.server);
    o.u.capable.receiver_key = SERVER_KEY;
    struct wire again = with_option(&o, ACK, 1, 0, 1);
    come(&p, &p.server, p.server.sf, &again);
    assert_false(wants(&p.server, MPTCP_EVENT));
    struct mptcp_conn_report after = info_of(&p.server);
    assert_memory_equal(&before, &after, sizeof before);
}

/* checks: C-21 J-14, bug class 13 */
static void given_a_join_that_was_refused_then_a_data_fin_still_means_one(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf sf;

    establish(&p, 0, MPTCP_CFG_DENY_JOIN);
    struct wire syn = join_of(&p, 3, 1);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, join_comes(&p, &syn, &local, &sf));
    assert_int_equal(1, info_of(&p.server).version);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_int_equal(MPTCP_CLOSE_WAIT, info_of(&p.server).state);
    server_acks(&p, 101);
    assert_int_equal(MPTCP_FIN_WAIT_2, info_of(&p.client).state);
}

/* checks: J-6, bug class 13 */
static void given_a_join_that_cannot_be_read_then_it_is_no_plain_connection(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[MPTCP_ENDPOINT_SIZE(8)];
    static const uint8_t area[] = {30, 10, 0x10, 3, 1, 2, 3, 4, 5, 6, 1, 1};
    struct mptcp_endpoint *e = mptcp_endpoint_init(mem, sizeof mem, 8);
    struct mptcp_segment seg = {.options = area, .options_len = sizeof area, .tcp_flags = SYN};
    struct mptcp_syn out;

    assert_int_equal(MPTCP_OK, mptcp_endpoint_on_syn(e, &seg, &out));
    assert_int_equal(MPTCP_SYN_RESET, out.kind);
}

/* checks: C-2 C-16, bug class 14 */
static void given_both_ends_connect_at_once_then_both_are_plain_tcp_at_once(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr one = address(0, 1, 5000);
    struct mptcp_addr other = address(0, 2, 80);
    struct side *sides[2] = {&p.client, &p.server};
    struct wire w[2];

    w[0] = begin(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_connect(p.server.c, &other, &one, &p.server.sf, p.now));
    w[1] = send_from(&p, &p.server, p.server.sf, SYN, 0, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        come(&p, sides[i], sides[i]->sf, &w[1 - i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        w[i] = send_from(&p, sides[i], sides[i]->sf, SYN | ACK, 0, 0, 1);
    }
    for (unsigned i = 0; i < 2; i++) {
        come(&p, sides[i], sides[i]->sf, &w[1 - i]);
        assert_int_equal(255, info_of(sides[i]).version);
        assert_int_equal(MPTCP_ESTABLISHED, info_of(sides[i]).state);
        struct wire ack = send_from(&p, sides[i], sides[i]->sf, ACK, 1, 0, 1);
        assert_int_equal(0, ack.seg.options_len);
    }
}

/* Both ends have closed, and the server knows it. */
static void close_both(struct pair *p)
{
    establish(p, 0, 0);
    shuts_down(p, &p->client, &p->server, 101, 1);
    shuts_down(p, &p->server, &p->client, 1, 101);
    struct wire ack = send_from(p, &p->client, p->client.sf, ACK, 101, 0, 1);
    come(p, &p->server, p->server.sf, &ack);
    assert_int_equal(MPTCP_CLOSED, info_of(&p->server).state);
}

/* checks: J-6 J-14, bug class 15 */
static void given_a_join_after_the_end_then_it_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf sf;

    close_both(&p);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_CLOSED, p.now));
    struct wire syn = join_of(&p, 3, 1);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, join_comes(&p, &syn, &local, &sf));
}

/* The peer asks since it has not heard that its DATA_FIN was acknowledged. checks: D-22 J-6 */
static void given_a_join_while_subflows_close_then_it_hears_what_is_acknowledged(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf sf;

    close_both(&p);
    struct wire syn = join_of(&p, 3, 1);
    assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    struct wire synack = send_from(&p, &p.server, sf, SYN | ACK, 0, 0, 1);
    struct mptcp_join_auth auth = {CLIENT_KEY, SERVER_KEY, 1, options_of(&synack).join.nonce};
    o.u.join.form = MPTCP_JOIN_ACK;
    mptcp_join_hmac(&auth, o.u.join.hmac);
    struct wire third = with_option(&o, ACK, 1, 0, 1);
    come(&p, &p.server, sf, &third);
    struct wire fourth = send_from(&p, &p.server, sf, ACK, 1, 0, 1);
    assert_int_equal((uint32_t)info_of(&p.server).rcv_nxt.v,
                     (uint32_t)options_of(&fourth).dss.data_ack);
}

/* checks: C-17, bug class 16 */
static void given_an_add_addr_as_first_signal_then_it_establishes_and_an_echo_does_not(void **state)
{
    (void)state;
    for (unsigned echo = 0; echo < 2; echo++) {
        struct pair p;
        struct mptcp_option o = {.subtype = MPTCP_ADD_ADDR};

        open_pair(&p, 0, 0);
        o.u.add_addr.echo = (uint8_t)echo;
        o.u.add_addr.addr_id = 3;
        o.u.add_addr.addr = address(7, 2, 0);
        o.u.add_addr.hmac =
            echo ? 0 : mptcp_add_addr_hmac(SERVER_KEY, CLIENT_KEY, 3, &o.u.add_addr.addr);
        struct wire w = with_option(&o, ACK, 1, 0, 1);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(!echo, info_of(&p.client).fully_established);
    }
}

/* A server that has sent a hundred octets ahead of the third ACK, after its SYN/ACK. */
static struct wire sends_early(struct pair *p, struct wire *synack)
{
    struct mptcp_action a;
    struct wire syn = begin(p, 0, 0);

    accept_syn(p, &syn);
    *synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    assert_int_equal(MPTCP_OK, mptcp_on_fast_open(p->server.c, p->server.sf, 10000, p->now));
    room(p, &p->server, p->server.sf, 1000);
    mptcp_on_written(p->server.c, 100, p->now);
    assert_true(find_action(p, &p->server, MPTCP_SEND, &a));
    mptcp_done(p->server.c, &a, a.len, MPTCP_DONE, p->now);
    return send_from(p, &p->server, p->server.sf, ACK, 1, 100, 1);
}

/* checks: O-5, bug class 16 */
static void given_data_before_the_third_ack_then_that_ack_may_acknowledge_it(void **state)
{
    (void)state;
    struct pair p;
    struct wire synack;
    struct wire data = sends_early(&p, &synack);

    assert_int_equal(MPTCP_DSS_MAP, options_of(&data).dss.flags & (MPTCP_DSS_ACK | MPTCP_DSS_MAP));
    come(&p, &p.client, p.client.sf, &synack);
    struct wire third = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 101);
    come(&p, &p.server, p.server.sf, &third);
    assert_false(p.server.verdict.drop);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
    assert_int_equal(1, info_of(&p.server).version);
}

/* checks: C-10, bug class 17 */
static void given_no_answer_yet_then_the_numbers_of_what_was_written_are_known(void **state)
{
    (void)state;
    struct pair p;
    mptcp_dsn first = mptcp_dsn_add(mptcp_key_id(CLIENT_KEY).idsn, 1);

    begin(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 50, p.now));
    struct mptcp_conn_report info = info_of(&p.client);
    assert_true(mptcp_dsn_eq(first, info.snd_una));
    assert_true(mptcp_dsn_eq(first, info.snd_nxt));
    assert_true(mptcp_dsn_eq(mptcp_dsn_add(first, 50), info.snd_end));
    assert_int_equal(0, info.snd_window);
}

/* checks: J-6 C-17, bug class 15 */
static void given_a_join_before_the_keys_are_known_then_it_is_refused_and_nothing_else(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    uint8_t before[CORE_BLOCK];
    mptcp_sf sf;
    struct wire syn = begin(&p, 0, 0);

    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    struct wire join = join_of(&p, 3, 1);
    memcpy(before, p.server.c, sizeof before);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, join_comes(&p, &join, &local, &sf));
    assert_memory_equal(before, p.server.c, sizeof before);
    come(&p, &p.client, p.client.sf, &synack);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    come(&p, &p.server, p.server.sf, &ack);
    assert_int_equal(1, info_of(&p.server).version);
    assert_int_equal(MPTCP_OK, join_comes(&p, &join, &local, &sf));
}

/* checks: F-1 T-1, bug class 16 */
static void
given_fast_open_data_when_it_is_aborted_then_nothing_leaves_with_a_key_nobody_knows(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct wire synack;

    sends_early(&p, &synack);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.server.c, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    struct wire rst = send_from(&p, &p.server, p.server.sf, RST | ACK, 101, 0, 1);
    assert_int_equal(0, rst.seg.options_len);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    assert_true(told(&p, &p.server, MPTCP_EV_END));
    assert_int_equal(0, drain(&p, &p.server));
}

/* checks: B-8 O-5, bug class 16 */
static void given_fast_open_data_when_the_peer_is_plain_tcp_then_they_are_acknowledged_all_the_same(
    void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct wire synack;

    sends_early(&p, &synack);
    struct wire bare = with_option(NULL, ACK, 1, 0, 101);
    come(&p, &p.server, p.server.sf, &bare);
    assert_int_equal(255, info_of(&p.server).version);
    assert_true(mptcp_dsn_eq(info_of(&p.server).snd_una, info_of(&p.server).snd_end));
    assert_true(find_action(&p, &p.server, MPTCP_FREE, &a));
    assert_int_equal(100, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_stateless_key_whose_token_is_in_use_then_the_answer_is_plain),
        cmocka_unit_test(given_a_joined_subflow_without_options_then_it_is_reset),
        cmocka_unit_test(given_the_only_subflow_loses_its_options_later_then_it_falls_back),
        cmocka_unit_test(given_the_syn_ack_again_with_other_keys_then_it_changes_nothing),
        cmocka_unit_test(given_the_third_ack_again_then_it_changes_nothing),
        cmocka_unit_test(given_a_join_that_was_refused_then_a_data_fin_still_means_one),
        cmocka_unit_test(given_a_join_that_cannot_be_read_then_it_is_no_plain_connection),
        cmocka_unit_test(given_both_ends_connect_at_once_then_both_are_plain_tcp_at_once),
        cmocka_unit_test(given_a_join_after_the_end_then_it_is_refused),
        cmocka_unit_test(given_a_join_while_subflows_close_then_it_hears_what_is_acknowledged),
        cmocka_unit_test(
            given_an_add_addr_as_first_signal_then_it_establishes_and_an_echo_does_not),
        cmocka_unit_test(given_data_before_the_third_ack_then_that_ack_may_acknowledge_it),
        cmocka_unit_test(given_no_answer_yet_then_the_numbers_of_what_was_written_are_known),
        cmocka_unit_test(
            given_a_join_before_the_keys_are_known_then_it_is_refused_and_nothing_else),
        cmocka_unit_test(
            given_fast_open_data_when_it_is_aborted_then_nothing_leaves_with_a_key_nobody_knows),
        cmocka_unit_test(
            given_fast_open_data_when_the_peer_is_plain_tcp_then_they_are_acknowledged_all_the_same),
    };
    return cmocka_run_group_tests_name("bugs_handshake", tests, NULL, NULL);
}
