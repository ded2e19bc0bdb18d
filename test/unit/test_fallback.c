/*
 * test_fallback.c - back to plain TCP without losing an octet, and never once it is too late.
 */
#include "bugs_test.h"

#include "tables/block.h"

static const uint8_t zeros[1000];

static void plain_data(struct pair *p, struct side *s, uint32_t ssn, uint32_t len, uint32_t ack)
{
    struct mptcp_piece piece = {.data = zeros, .len = len};
    struct wire w = with_option(NULL, ACK, ssn, len, ack);
    come(p, s, s->sf, &w);
    assert_false(s->verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(s->c, s->sf, &piece, p->now));
}

/* checks: C-27 B-1 */
static void given_a_third_ack_without_mptcp_then_the_server_is_plain_and_delivers(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    struct wire syn = begin(&p, 0, 0);
    accept_syn(&p, &syn);
    send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    plain_data(&p, &p.server, 1, 100, 1);
    assert_int_equal(255, info_of(&p.server).version);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(100, a.len);
    assert_int_equal(1, a.ssn.v);
    struct wire ack = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    assert_int_equal(0, ack.seg.options_len);
}

/* checks: B-3 D-13 FB-8 */
static void
given_data_acknowledged_without_a_data_ack_then_we_fall_back_and_say_so_once(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    send_from(&p, &p.client, p.client.sf, ACK, 1, 100, 1);
    struct wire ack = with_option(NULL, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &ack);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
    assert_true(find_action(&p, &p.client, MPTCP_EVENT, &a));
    assert_int_equal(MPTCP_EV_FALLBACK, a.event);

    /* The next data carry an infinite mapping, until they are acknowledged. */
    drain(&p, &p.client);
    mptcp_on_written(p.client.c, 100, p.now);
    room(&p, &p.client, p.client.sf, 1000);
    drain(&p, &p.client);
    struct wire data = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    struct mptcp_options o = options_of(&data);
    assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_MAP);
    assert_int_equal(0, o.dss.dll);
    assert_int_equal(101, o.dss.ssn);
    ack = with_option(NULL, ACK, 1, 0, 201);
    come(&p, &p.client, p.client.sf, &ack);
    mptcp_on_written(p.client.c, 100, p.now);
    room(&p, &p.client, p.client.sf, 1000);
    drain(&p, &p.client);
    data = send_from(&p, &p.client, p.client.sf, ACK, 201, 100, 1);
    assert_int_equal(0, data.seg.options_len);
}

/* checks: B-8 */
static void given_a_fallback_then_the_send_buffer_goes_by_subflow_acknowledgements(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 200, p.now);
    drain(&p, &p.client);
    struct wire ack = with_option(NULL, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &ack);
    assert_true(find_action(&p, &p.client, MPTCP_FREE, &a));
    assert_int_equal(100, a.len);
}

/* checks: D-13 */
static void given_an_infinite_mapping_before_any_join_then_we_fall_back_with_the_peer(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    establish(&p, 0, 0);
    uint64_t before = info_of(&p.server).rcv_nxt.v;
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = before;
    o.u.dss.ssn = 101;
    struct wire w = with_option(&o, ACK, 101, 50, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(p.server.verdict.drop);
    assert_int_equal(255, info_of(&p.server).version);
    struct mptcp_piece piece = {.data = zeros, .len = 50};
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_true(info_of(&p.server).rcv_nxt.v == before + 50);
}

/* checks: C-27 C-13 FB-10 */
static void given_mapped_data_overtake_the_keys_then_the_server_is_plain_and_delivers(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    struct mptcp_piece piece = {.data = zeros, .len = 100};

    /* The mapping counts from an IDSN that this server does not know. */
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = 0x123456789abcdefu;
    o.u.dss.ssn = 1;
    o.u.dss.dll = 100;
    struct wire syn = begin(&p, 0, 0);
    accept_syn(&p, &syn);
    send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    for (uint32_t i = 0; i < 2; i++) {
        o.u.dss.ssn = 1 + i * 100;
        struct wire w = with_option(&o, ACK, o.u.dss.ssn, 100, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_false(p.server.verdict.drop);
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    }
    assert_int_equal(255, info_of(&p.server).version);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(200, a.len);
    assert_false(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
}

/* Data as plain TCP sends them: beside them options of others, so many octets. */
static void data_beside(struct pair *p, struct side *s, uint8_t others, uint32_t ssn, uint32_t len)
{
    struct mptcp_piece piece = {.data = zeros, .len = len};
    struct wire w = with_option(NULL, ACK, ssn, len, 1);

    w.options[0] = 253;
    w.options[1] = others;
    w.seg.options_len = others;
    come(p, s, s->sf, &w);
    assert_false(s->verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(s->c, s->sf, &piece, p->now));
}

/* checks: B-3 FB-2 FB-6 */
static void given_data_with_timestamps_and_sack_blocks_alone_then_we_fall_back(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    for (uint8_t others = 4; others <= 40; others += 4) {
        open_pair(&p, 0, 0);
        data_beside(&p, &p.client, others, 1, 100);
        assert_int_equal(255, info_of(&p.client).version);
        assert_int_equal(MPTCP_E_UNMAPPED, info_of(&p.client).fallback);
        data_beside(&p, &p.client, 4, 101, 100);
        assert_false(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
        drain(&p, &p.client);
        assert_true(mptcp_dsn_eq(info_of(&p.client).rcv_nxt, info_of(&p.client).delivered));
    }
}

/* checks: B-3 FB-6 FB-12 */
static void given_a_fin_without_room_for_an_option_then_it_comes_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    for (uint8_t others = 32; others <= 40; others += 4) {
        open_pair(&p, 0, 0);
        struct wire fin = with_option(NULL, ACK | FIN, 1, 0, 1);
        fin.options[0] = 253;
        fin.options[1] = others;
        fin.seg.options_len = others;
        come(&p, &p.client, p.client.sf, &fin);
        assert_true(p.client.verdict.drop);
        assert_int_equal(1, info_of(&p.client).version);
        fin.options[1] = 12; /* timestamps alone */
        fin.seg.options_len = 12;
        come(&p, &p.client, p.client.sf, &fin);
        assert_false(p.client.verdict.drop);
        assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
        assert_int_equal(255, info_of(&p.client).version);
        bool eof = false;
        while (!eof && find_action(&p, &p.client, MPTCP_EVENT, &a)) {
            eof = a.event == MPTCP_EV_EOF;
            assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        }
        assert_true(eof);
    }
}

/* checks: B-3 FB-11 */
static void given_plain_then_the_peers_data_fin_is_the_end_and_it_is_told_again(void **state)
{
    (void)state;
    struct pair p;
    bool eof = false, told = false;

    open_pair(&p, 0, 0);
    data_beside(&p, &p.client, 4, 1, 100);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_E_UNMAPPED, info_of(&p.client).fallback);
    struct mptcp_option fin = map_option(info_of(&p.client).rcv_nxt.v, 0, 1);
    fin.u.dss.flags |= MPTCP_DSS_FIN;
    struct wire w = with_option(&fin, ACK, 101, 0, 1);
    come(&p, &p.client, p.client.sf, &w);
    for (unsigned i = 0; i < 4; i++) {
        struct mptcp_action a;
        while (find_action(&p, &p.client, MPTCP_EVENT, &a)) {
            eof |= a.event == MPTCP_EV_EOF;
            assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        }
        drain(&p, &p.client);
        struct wire out = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 101);
        told |= has_option(&out, MPTCP_FAIL);
        assert_false(has_option(&out, MPTCP_DSS));
        p.now = mptcp_deadline(p.client.c);
        mptcp_on_timeout(p.client.c, p.now);
    }
    assert_true(eof);
    assert_true(told);
    assert_true(info_of(&p.client).delivered.v == fin.u.dss.dsn);
}

/* checks: FB-3 FB-10 */
static void
given_octets_after_the_told_end_in_plain_tcp_then_the_fin_after_them_is_no_eof(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, 0, 0);
    data_beside(&p, &p.client, 4, 1, 100);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_E_UNMAPPED, info_of(&p.client).fallback);
    struct mptcp_option fin = map_option(info_of(&p.client).rcv_nxt.v + 50, 0, 1);
    fin.u.dss.flags |= MPTCP_DSS_FIN;
    struct wire w = with_option(&fin, ACK, 201, 0, 1);
    come(&p, &p.client, p.client.sf, &w);
    /* TCP has kept them, and a FIN, since before: they are reported at once. */
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.client.c, p.client.sf, &piece, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.client.c, p.client.sf, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_MAPPING, a.code);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    while (find_action(&p, &p.client, MPTCP_EVENT, &a)) {
        assert_int_not_equal(MPTCP_EV_EOF, a.event);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    }
    assert_int_equal(MPTCP_E_MAPPING, info_of(&p.client).error);
}

/* checks: FB-3 FB-12 */
static void
given_octets_without_a_mapping_before_a_fin_at_the_known_end_then_it_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    /* Who has gone on as plain TCP closes in order as soon as its FIN is acknowledged. */
    establish(&p, 0, 0);
    struct mptcp_option ack = {.subtype = MPTCP_DSS};
    ack.u.dss.flags = MPTCP_DSS_ACK;
    ack.u.dss.data_ack = (uint32_t)info_of(&p.server).snd_una.v;
    octets_come(&p, &p.server, &ack, 101, 100);
    struct mptcp_option fin = map_option(info_of(&p.server).rcv_nxt.v + 100, 0, 1);
    fin.u.dss.flags |= MPTCP_DSS_FIN;
    struct wire w = with_option(&fin, ACK, 201, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    w = with_option(NULL, ACK | FIN, 201, 0, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_true(p.server.verdict.drop);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_NO_MPTCP, a.code);
}

static void bare_fin_comes(struct pair *p)
{
    struct wire fin = with_option(NULL, ACK | FIN, 1, 0, 201);

    come(p, &p->client, p->client.sf, &fin);
    assert_false(p->client.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p->client.c, p->client.sf, p->now));
}

/* The server's DATA_FIN has come, and perhaps a FIN without options. The client's questions are
 * answered without options: it is plain, and its FIN has left. */
static void plain_at_the_end(struct pair *p, bool fin)
{
    establish(p, 0, 0);
    shuts_down(p, &p->server, &p->client, 1, 101);
    room(p, &p->client, p->client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 100, p->now));
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->client.c, p->now));
    drain(p, &p->client);
    struct wire ack = with_option(NULL, ACK, 1, 0, 201);
    come(p, &p->client, p->client.sf, &ack);
    if (fin) {
        bare_fin_comes(p);
        ack.seg.ssn = mptcp_ssn_of(2);
    }
    for (unsigned i = 0; i < 50 && info_of(&p->client).version == 1; i++) {
        says(p, &p->client, p->client.sf);
        next_timeout(p, &p->client);
        if ((drain(p, &p->client) & MPTCP_WANT(MPTCP_PROBE)) != 0) {
            come(p, &p->client, p->client.sf, &ack);
        }
    }
    assert_int_equal(255, info_of(&p->client).version);
    drain(p, &p->client);
}

/* checks: FB-3 D-22 */
static void given_the_peer_may_not_know_of_plain_tcp_then_its_rst_is_no_end_in_order(void **state)
{
    (void)state;
    struct pair p;

    /* What its TCP has acknowledged may not have got to its application. */
    plain_at_the_end(&p, false);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(MPTCP_E_PEER_RESET, info_of(&p.client).error);
}

/* checks: FB-12 D-22 */
static void given_the_peers_fin_in_plain_tcp_then_its_rst_after_that_is_no_error(void **state)
{
    (void)state;
    struct pair p;

    plain_at_the_end(&p, false);
    bare_fin_comes(&p);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: FB-12 D-22 */
static void
given_the_peers_bare_fin_before_plain_tcp_then_its_rst_after_that_is_no_error(void **state)
{
    (void)state;
    struct pair p;

    plain_at_the_end(&p, true);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: FB-7 B-6 J-14 */
static void
given_joins_in_all_slots_when_mp_fail_comes_then_they_are_reset_and_nothing_else(void **state)
{
    (void)state;
    static uint8_t tables[CORE_BLOCK];
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_option o = {.subtype = MPTCP_FAIL};
    struct mptcp_action a;
    struct pair p;
    mptcp_sf sf;
    unsigned resets = 0;

    establish(&p, 0, 0);
    for (uint8_t k = 1; k < CORE_SUBFLOWS; k++) {
        struct wire syn = join_of(&p, (uint8_t)(10 + k), k);
        assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
    }
    /* What follows the last subflow: runs, which nobody has now and which may hold anything, and
     * addresses. */
    uint8_t *behind = (uint8_t *)runs_of(p.server.c);
    size_t size = (size_t)(p.server.block + CORE_BLOCK - behind);
    memset(behind, SF_OPEN, sizeof(struct mptcp_run));
    memcpy(tables, behind, size);
    o.u.fail.dsn = info_of(&p.server).snd_una.v;
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_int_equal(255, info_of(&p.server).version);
    assert_memory_equal(tables, behind, size);
    while (mptcp_poll(p.server.c, &a) && a.type == MPTCP_RESET_SUBFLOW) {
        assert_int_not_equal(p.server.sf, a.sf);
        assert_int_equal(MPTCP_E_PEER_FAIL, a.code);
        assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
        resets++;
    }
    assert_int_equal(CORE_SUBFLOWS - 1, resets);
    plain_data(&p, &p.server, 101, 100, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_third_ack_without_mptcp_then_the_server_is_plain_and_delivers),
        cmocka_unit_test(
            given_data_acknowledged_without_a_data_ack_then_we_fall_back_and_say_so_once),
        cmocka_unit_test(given_a_fallback_then_the_send_buffer_goes_by_subflow_acknowledgements),
        cmocka_unit_test(given_an_infinite_mapping_before_any_join_then_we_fall_back_with_the_peer),
        cmocka_unit_test(given_mapped_data_overtake_the_keys_then_the_server_is_plain_and_delivers),
        cmocka_unit_test(given_data_with_timestamps_and_sack_blocks_alone_then_we_fall_back),
        cmocka_unit_test(given_a_fin_without_room_for_an_option_then_it_comes_again),
        cmocka_unit_test(given_plain_then_the_peers_data_fin_is_the_end_and_it_is_told_again),
        cmocka_unit_test(
            given_octets_after_the_told_end_in_plain_tcp_then_the_fin_after_them_is_no_eof),
        cmocka_unit_test(
            given_octets_without_a_mapping_before_a_fin_at_the_known_end_then_it_is_reset),
        cmocka_unit_test(given_the_peer_may_not_know_of_plain_tcp_then_its_rst_is_no_end_in_order),
        cmocka_unit_test(given_the_peers_fin_in_plain_tcp_then_its_rst_after_that_is_no_error),
        cmocka_unit_test(
            given_the_peers_bare_fin_before_plain_tcp_then_its_rst_after_that_is_no_error),
        cmocka_unit_test(
            given_joins_in_all_slots_when_mp_fail_comes_then_they_are_reset_and_nothing_else),
    };
    return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
