/*
 * test_cases_signals.c - a signal (ADD_ADDR, its echo) on an ACK must not use up the ACK of data,
 * of a DATA_FIN or of a window that is due: where both do not fit, the DATA_ACK leaves too. Linux's
 * TCP leaves 28 octets for options beside timestamps, and so do these.
 */
#include "bugs_test.h"

#define ACK_ROOM 28 /* beside timestamps */

/* The pure ACK that a side's TCP emits now, with the room that TCP has. */
static struct wire emits(struct pair *p, struct side *s, mptcp_sf sf)
{
    struct mptcp_subflow_report info = subflow_of(s, sf);
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = info.snd_nxt};
    struct mptcp_receipt r;
    struct wire w = with_option(NULL, ACK, info.snd_nxt.v, 0, info.rcv_nxt.v);

    int n = mptcp_tx_options(s->c, sf, &seg, w.options, ACK_ROOM, &r);
    assert_true(n >= 0);
    assert_int_equal(MPTCP_OK, mptcp_sent(s->c, sf, &r, p->now));
    w.seg.options_len = (uint16_t)n;
    w.seg.window = r.window;
    return w;
}

/* It carries a DATA_ACK of all that has come. */
static bool acks_all(const struct side *s, const struct wire *w)
{
    struct mptcp_options o = options_of(w);
    uint64_t due = info_of(s).rcv_nxt.v;

    if ((o.present & MPTCP_HAS(MPTCP_DSS)) == 0 || (o.dss.flags & MPTCP_DSS_ACK) == 0) {
        return false;
    }
    return (uint32_t)o.dss.data_ack == (uint32_t)due;
}

/*
 * The host does what is due, and emits an ACK wherever it is asked to and for nothing else, for
 * `us`. How many of them carried a DATA_ACK of all that has come.
 */
static unsigned data_acks_within(struct pair *p, struct side *s, mptcp_time us)
{
    mptcp_time end = p->now + us;
    struct mptcp_action a;
    unsigned acks = 0;

    for (unsigned step = 0; step < 100; step++) {
        for (unsigned i = 0; mptcp_poll(s->c, &a); i++) {
            assert_true(i < 50);
            assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
            if (a.type == MPTCP_SEND_ACK) {
                struct wire w = emits(p, s, a.sf);
                acks += acks_all(s, &w) ? 1 : 0;
            }
        }
        if (mptcp_deadline(s->c) > end) {
            break;
        }
        p->now = mptcp_deadline(s->c) > p->now ? mptcp_deadline(s->c) : p->now + 1;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(s->c, p->now));
    }
    p->now = end;
    return acks;
}

/* An open pair, whose server has an address to announce. */
static void open_with_an_address(struct pair *p, struct mptcp_addr addr)
{
    open_pair(p, 0, 0);
    announces(p, addr);
}

static void data_comes_while_an_address_is_due(struct mptcp_addr addr)
{
    struct pair p;

    open_with_an_address(&p, addr);
    client_sends(&p, 1, 100);
    assert_true(data_acks_within(&p, &p.server, 20000) > 0);
}

/* checks: D-16 */
static void given_an_address_to_announce_when_data_comes_then_a_data_ack_leaves_too(void **state)
{
    (void)state;
    data_comes_while_an_address_is_due(address(1, 2, 0));
    data_comes_while_an_address_is_due(address(1, 2, 4000));
}

/* checks: D-16 */
static void
given_an_ipv6_address_to_announce_when_data_comes_then_a_data_ack_leaves_too(void **state)
{
    (void)state;
    data_comes_while_an_address_is_due(address6(1, 2, 0));
    data_comes_while_an_address_is_due(address6(1, 2, 4000));
}

/* checks: D-20 */
static void given_an_address_to_announce_when_a_data_fin_comes_then_it_is_acknowledged(void **state)
{
    (void)state;
    struct pair p;

    open_with_an_address(&p, address(1, 2, 0));
    client_sends(&p, 1, 100);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    assert_true(data_acks_within(&p, &p.server, 20000) > 0);
}

/* A segment of the client's with octets in order, under a mapping. */
static void octets_at(struct pair *p, uint64_t first, uint32_t at, uint16_t n)
{
    struct mptcp_option o = map_option(first + at, 101 + at, n);
    octets_come(p, &p->server, &o, 101 + at, n);
}

/* checks: D-23 */
static void
given_an_address_to_announce_when_the_window_opens_then_the_peer_hears_of_it(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    uint8_t id = announces(&p, address(1, 2, 0));
    data_acks_within(&p, &p.server, 20000);
    struct mptcp_option echo = {.subtype = MPTCP_ADD_ADDR};
    echo.u.add_addr.echo = 1;
    echo.u.add_addr.addr_id = id;
    echo.u.add_addr.addr = address(1, 2, 0);
    option_comes(&p, &p.server, p.server.sf, &echo);
    uint64_t first = info_of(&p.server).rcv_nxt.v;
    uint32_t at = 0;
    while (info_of(&p.server).rcv_window >= 100) {
        octets_at(&p, first, at, 100);
        at += 100;
        drain(&p, &p.server);
    }
    emits(&p, &p.server, p.server.sf); /* TCP acknowledges them: the window is closed */
    assert_int_equal(MPTCP_OK, mptcp_refresh_address(p.server.c, id, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, at, p.now));
    assert_true(data_acks_within(&p, &p.server, 20000) > 0);
}

/* checks: D-16 */
static void
given_data_when_an_add_addr_comes_before_its_ack_then_a_data_ack_leaves_too(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = add_addr(CLIENT_KEY, SERVER_KEY, 7, address(9, 9, 0));

    open_pair(&p, 0, 0);
    client_sends(&p, 1, 100);
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_true(data_acks_within(&p, &p.server, 20000) > 0);
}

/* checks: D-16 */
static void
given_a_data_ack_on_data_sent_again_when_an_echo_leaves_then_it_has_the_data_ack_too(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = add_addr(CLIENT_KEY, SERVER_KEY, 7, address(9, 9, 0));

    /* Who has these octets already drops the segment, and with it the DATA_ACK. */
    establish(&p, 0, 0);
    room(&p, &p.server, p.server.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 100, p.now));
    drain(&p, &p.server);
    send_from(&p, &p.server, p.server.sf, ACK, 1, 100, 101);
    client_sends(&p, 101, 100);
    send_from(&p, &p.server, p.server.sf, ACK, 1, 100, 201);
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_true(data_acks_within(&p, &p.server, 20000) > 0);
}

/* A DSS whose mapping has length 0 on a segment without payload; its DATA_ACK is news or not. */
static struct mptcp_option empty_mapping(struct side *s, uint64_t data_ack)
{
    struct mptcp_option o = map_option(info_of(s).rcv_nxt.v, subflow_of(s, s->sf).rcv_nxt.v, 0);

    o.u.dss.flags |= MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = data_ack;
    return o;
}

/* checks: X-3 */
static void given_a_mapping_of_length_0_without_payload_then_mptcp_goes_on(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    struct mptcp_option o = empty_mapping(&p.server, info_of(&p.server).snd_una.v);
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_false(p.server.verdict.drop);
    assert_int_equal(1, info_of(&p.server).version);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_false(told(&p, &p.server, MPTCP_EV_FALLBACK));
}

/* checks: X-3 */
static void
given_a_mapping_of_length_0_without_payload_on_two_subflows_then_none_is_reset(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    struct mptcp_option o = empty_mapping(&p.server, info_of(&p.server).snd_una.v);
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    option_comes(&p, &p.server, theirs, &o);
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    assert_int_equal(2, info_of(&p.server).subflows);
}

/* checks: X-3 */
static void given_a_mapping_of_length_0_without_payload_then_its_data_ack_counts(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    uint64_t end = info_of(&p.client).snd_nxt.v;
    struct mptcp_option o = empty_mapping(&p.client, end);
    struct wire w = with_option(&o, ACK, 1, 0, 201);
    come(&p, &p.client, p.client.sf, &w);
    assert_int_equal(end, info_of(&p.client).snd_una.v);
    assert_int_equal(1, info_of(&p.client).version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_address_to_announce_when_data_comes_then_a_data_ack_leaves_too),
        cmocka_unit_test(
            given_an_ipv6_address_to_announce_when_data_comes_then_a_data_ack_leaves_too),
        cmocka_unit_test(
            given_an_address_to_announce_when_a_data_fin_comes_then_it_is_acknowledged),
        cmocka_unit_test(
            given_an_address_to_announce_when_the_window_opens_then_the_peer_hears_of_it),
        cmocka_unit_test(
            given_data_when_an_add_addr_comes_before_its_ack_then_a_data_ack_leaves_too),
        cmocka_unit_test(
            given_a_data_ack_on_data_sent_again_when_an_echo_leaves_then_it_has_the_data_ack_too),
        cmocka_unit_test(given_a_mapping_of_length_0_without_payload_then_mptcp_goes_on),
        cmocka_unit_test(
            given_a_mapping_of_length_0_without_payload_on_two_subflows_then_none_is_reset),
        cmocka_unit_test(given_a_mapping_of_length_0_without_payload_then_its_data_ack_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
