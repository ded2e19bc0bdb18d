/*
 * test_need.c - how many octets of options a segment needs, by kind, in the states that a
 * connection goes through; and the room of a subflow. test/pair/need.c compares the same with every
 * segment of its scenarios.
 */
#include "core_test.h"
#include "version0_test.h"

/* What a kind needs on a side's first subflow, or on another one. */
static unsigned need_on(const struct side *s, mptcp_sf sf, unsigned kind)
{
    return mptcp_tx_options_need(s->c, sf, kind);
}

static unsigned need(const struct side *s, unsigned kind)
{
    return need_on(s, s->sf, kind);
}

/* checks: C-1 C-9 C-13 */
static void given_a_handshake_then_each_of_its_segments_needs_what_it_carries(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);

    assert_int_equal(4, need(&p.client, MPTCP_TX_SYN));
    assert_int_equal(0, need(&p.client, MPTCP_TX_DATA)); /* none may leave yet */
    accept_syn(&p, &syn);
    assert_int_equal(12, need(&p.server, MPTCP_TX_SYN_ACK));
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(20, need(&p.client, MPTCP_TX_ACK));
    assert_int_equal(24, need(&p.client, MPTCP_TX_DATA)); /* the keys with a mapping */
}

/* checks: Z-2 Z-5 */
static void given_version_0_then_the_syn_carries_a_key_and_the_first_data_do_not(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg = core_config(0);
    _Alignas(uint64_t) static uint8_t mem[2 * CORE_BLOCK];

    cfg.version = 0;
    make_pair(&p, &cfg, mem, CORE_BLOCK);
    struct wire syn = connects_first(&p);
    assert_int_equal(MPTCP_TX_MOST_SYN, need(&p.client, MPTCP_TX_SYN));
    answers(&p, &syn);
    assert_int_equal(20, need(&p.client, MPTCP_TX_DATA)); /* 32 bits each, and padding */
}

/* checks: J-2 J-8 */
static void given_a_join_then_its_third_ack_needs_24_octets(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    assert_int_equal(MPTCP_TX_MOST_SYN, need_on(&p.client, ours, MPTCP_TX_SYN));
    assert_int_equal(MPTCP_TX_MOST_SYN_ACK, need_on(&p.server, theirs, MPTCP_TX_SYN_ACK));
    come(&p, &p.client, ours, &synack);
    assert_int_equal(MPTCP_TX_MOST_THIRD_ACK, need_on(&p.client, ours, MPTCP_TX_ACK));
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    assert_true(need_on(&p.client, ours, MPTCP_TX_ACK) <= MPTCP_TX_MOST_DATA_ACK);
}

/* The server has got octets with a 64-bit DSN: its answers have 64 bits. */
static void wide_data(struct pair *p)
{
    client_sends(p, 101, 100);
    server_acks(p, 201);
}

/* checks: D-14 D-6 */
static void given_the_peer_sends_64_bits_then_data_and_acks_need_4_octets_more(void **state)
{
    (void)state;
    struct pair p;

    for (unsigned sums = 0; sums < 2; sums++) {
        establish(&p, sums != 0 ? MPTCP_CFG_CHECKSUM : 0, 0);
        wide_data(&p);
        assert_int_equal(24, need(&p.client, MPTCP_TX_DATA));
        assert_int_equal(8, need(&p.client, MPTCP_TX_ACK));
        assert_int_equal(8, need(&p.client, MPTCP_TX_FIN));
        assert_int_equal(MPTCP_TX_MOST_DATA, need(&p.server, MPTCP_TX_DATA));
        assert_int_equal(MPTCP_TX_MOST_DATA_ACK, need(&p.server, MPTCP_TX_ACK));
        assert_int_equal(MPTCP_TX_MOST_FIN, need(&p.server, MPTCP_TX_FIN));
        assert_int_equal(4, need(&p.server, MPTCP_TX_RST));
    }
}

/* checks: D-14 */
static void given_narrow_numbers_then_data_need_20_octets(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_DSN32, 0);
    assert_int_equal(20, need(&p.client, MPTCP_TX_DATA));
}

/* checks: P-1 */
static void
given_less_room_than_data_and_data_ack_need_then_the_data_ack_is_not_counted(void **state)
{
    (void)state;
    _Alignas(uint64_t) static uint8_t mem[2 * CORE_BLOCK];
    struct pair p;
    struct mptcp_config cfg = core_config(0);

    cfg.option_room = 24;
    establish_as(&p, &cfg, mem, CORE_BLOCK);
    wide_data(&p);
    assert_int_equal(20, need(&p.server, MPTCP_TX_DATA));
}

/* checks: A-3 */
static void given_an_address_to_announce_then_an_ack_needs_room_for_it(void **state)
{
    (void)state;
    _Alignas(uint64_t) static uint8_t mem[2 * CORE_BLOCK];
    static const struct {
        uint8_t room;
        bool ipv6;
        uint8_t need;
    } row[] = {
        {28, false, 28}, /* ADD_ADDR of IPv4, 16 octets, and the DATA_ACK */
        {28, true, 28},  /* of IPv6, 28, alone */
        {40, true, MPTCP_TX_MOST_ACK},
    };

    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct pair p;
        struct mptcp_config cfg = core_config(0);
        cfg.option_room = row[i].room;
        establish_as(&p, &cfg, mem, CORE_BLOCK);
        wide_data(&p);
        announces(&p, row[i].ipv6 ? address6(2, 2, 80) : address(2, 2, 80));
        assert_int_equal(row[i].need, need(&p.server, MPTCP_TX_ACK));
    }
}

/* checks: F-1 */
static void given_an_abort_then_the_rst_needs_room_for_mp_fastclose_and_the_reason(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    mptcp_on_abort(p.client.c, p.now);
    assert_int_equal(12, need(&p.client, MPTCP_TX_ACK)); /* MP_FASTCLOSE */
    assert_int_equal(4, need_on(&p.client, ours, MPTCP_TX_RST));
    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    mptcp_on_abort(p.client.c, p.now);
    assert_int_equal(MPTCP_TX_MOST_RST, need(&p.client, MPTCP_TX_RST));
    assert_int_equal(0, need(&p.client, MPTCP_TX_ACK)); /* nothing but the RST may leave */
    assert_int_equal(0, need(&p.client, MPTCP_TX_DATA));
}

/* checks: FB-1 */
static void given_plain_tcp_then_nothing_is_needed(void **state)
{
    (void)state;
    struct pair p;

    open_pair(&p, MPTCP_CFG_NO_MPTCP, 0);
    for (unsigned kind = 0; kind <= MPTCP_TX_RST; kind++) {
        assert_int_equal(0, need(&p.client, kind));
    }
    assert_int_equal(0, need_on(&p.client, p.client.sf + 0x100, MPTCP_TX_ACK));
}

/* ------------------------------------------------------------------------ room */

static uint32_t room_of(const struct side *s)
{
    return subflow_of(s, s->sf).room;
}

/* checks: D-25 D-31 */
static void given_tcp_tells_its_room_then_the_report_has_what_is_left_of_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 3000);
    assert_int_equal(3000, room_of(&p.client));
    room(&p, &p.client, p.client.sf, 90000); /* the peer's window for the subflow: 100 are unread */
    assert_int_equal(9900, room_of(&p.client));
    room(&p, &p.client, p.client.sf, 3000);
    mptcp_on_written(p.client.c, 700, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_done(p.client.c, &a, 400, MPTCP_DONE, p.now);
    assert_int_equal(2600, room_of(&p.client));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_LATER, p.now);
    assert_int_equal(0, room_of(&p.client));
}

/* checks: D-25 */
static void given_a_subflow_that_is_to_be_reset_then_it_has_no_room(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_ABORT_RST, 0);
    room(&p, &p.client, p.client.sf, 3000);
    mptcp_on_abort(p.client.c, p.now);
    assert_int_equal(0, room_of(&p.client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_handshake_then_each_of_its_segments_needs_what_it_carries),
        cmocka_unit_test(given_version_0_then_the_syn_carries_a_key_and_the_first_data_do_not),
        cmocka_unit_test(given_a_join_then_its_third_ack_needs_24_octets),
        cmocka_unit_test(given_the_peer_sends_64_bits_then_data_and_acks_need_4_octets_more),
        cmocka_unit_test(given_narrow_numbers_then_data_need_20_octets),
        cmocka_unit_test(
            given_less_room_than_data_and_data_ack_need_then_the_data_ack_is_not_counted),
        cmocka_unit_test(given_an_address_to_announce_then_an_ack_needs_room_for_it),
        cmocka_unit_test(given_an_abort_then_the_rst_needs_room_for_mp_fastclose_and_the_reason),
        cmocka_unit_test(given_plain_tcp_then_nothing_is_needed),
        cmocka_unit_test(given_tcp_tells_its_room_then_the_report_has_what_is_left_of_it),
        cmocka_unit_test(given_a_subflow_that_is_to_be_reset_then_it_has_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
