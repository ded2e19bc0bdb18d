/*
 * test_info.c - getters: const, by value, and the look-ups a host needs on its own.
 */
#include "core_test.h"

/* checks: K-1 */
static void given_an_established_connection_then_the_getters_tell_its_control_block(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_subflow_report sf;

    establish(&p, 0, 0);
    struct mptcp_conn_report client = info_of(&p.client);
    struct mptcp_conn_report server = info_of(&p.server);
    assert_int_equal(MPTCP_ESTABLISHED, client.state);
    assert_int_equal(1, client.version);
    assert_true(client.client && !server.client);
    assert_true(client.fully_established && server.fully_established);
    assert_int_equal(client.local_token, server.remote_token);
    assert_int_equal(client.remote_token, server.local_token);
    assert_true(mptcp_dsn_eq(client.snd_una, server.rcv_nxt));
    assert_true(mptcp_dsn_eq(server.rcv_nxt, mptcp_rcv_nxt(p.server.c)));
    assert_int_equal(1, client.subflows);

    assert_int_equal(MPTCP_OK, mptcp_subflow_info(p.client.c, p.client.sf, &sf));
    assert_true(sf.initial && sf.established && !sf.silent && !sf.window_closed && !sf.backup &&
                !sf.closing);
    assert_int_equal(101, sf.snd_nxt.v);
    assert_int_equal(10000, sf.srtt_us);
    assert_int_equal(5000, sf.local_port);
    assert_int_equal(80, sf.remote_port);
    assert_int_equal(MPTCP_E_STALE, mptcp_subflow_info(p.client.c, p.client.sf + 0x100, &sf));
}

/* A client's TCP takes any port for a join, which the host tells as it commits. checks: K-1 */
static void given_a_port_that_tcp_took_for_a_join_then_the_getter_tells_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_action a;
    uint8_t id;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    a.local.port = 7777;
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_int_equal(7777, subflow_of(&p.client, a.sf).local_port);
    assert_int_equal(80, subflow_of(&p.client, a.sf).remote_port);
}

/* checks: none */
static void given_subflows_then_they_are_counted_through(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    assert_int_equal(p.client.sf, mptcp_subflow_at(p.client.c, 0));
    assert_int_equal(MPTCP_SF_NONE, mptcp_subflow_at(p.client.c, 1));
}

/* checks: J-3 J-4 */
static void given_address_ids_then_both_sides_addresses_are_found(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr a;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, false, MPTCP_ADDR_ID_INITIAL, &a));
    assert_int_equal(5000, a.port);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, MPTCP_ADDR_ID_INITIAL, &a));
    assert_int_equal(80, a.port);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 9, &a));
}

/* checks: D-5 */
static void given_an_ssn_that_was_sent_then_its_mapping_is_found(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_tx_map map;

    establish(&p, 0, 0);
    uint64_t dsn = info_of(&p.client).snd_nxt.v;
    client_sends(&p, 101, 100);
    assert_int_equal(MPTCP_OK, mptcp_tx_mapping(p.client.c, p.client.sf, mptcp_ssn_of(150), &map));
    assert_true(map.dsn.v == dsn);
    assert_int_equal(101, map.ssn.v);
    assert_int_equal(100, map.len);
    assert_int_equal(MPTCP_E_NOT_FOUND,
                     mptcp_tx_mapping(p.client.c, p.client.sf, mptcp_ssn_of(201), &map));
}

/* checks: none */
static void given_a_mapping_that_arrives_then_what_is_left_of_it_is_told(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_piece piece = {.len = 30};
    static const uint8_t zeros[100];

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 10000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(100, mptcp_rx_mapping_left(p.server.c, p.server.sf));
    piece.data = zeros;
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(70, mptcp_rx_mapping_left(p.server.c, p.server.sf));
    assert_int_equal(0, mptcp_rx_mapping_left(p.server.c, p.server.sf + 0x100));
}

/* checks: D-6 */
static void given_octets_that_come_then_their_place_in_the_stream_is_told(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_piece piece = {.len = 30};
    struct mptcp_rx_map map;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 10000);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_rx_mapping(p.server.c, p.server.sf, &map));
    assert_int_equal(0, map.len);
    uint64_t first = map.delivered.v;
    uint32_t ssn = map.ssn.v;
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_rx_mapping(p.server.c, p.server.sf, &map));
    assert_int_equal(first, map.dsn.v);
    assert_int_equal(ssn, map.ssn.v);
    assert_int_equal(100, map.len);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(MPTCP_OK, mptcp_rx_mapping(p.server.c, p.server.sf, &map));
    assert_int_equal(first + 30, map.dsn.v);
    assert_int_equal(first, map.delivered.v); /* nothing was */
    assert_int_equal(ssn + 30, map.ssn.v);
    assert_int_equal(ssn + 30, map.valid.v);
    assert_int_equal(70, map.len);
    assert_int_equal(0, map.summed);
}

/* checks: D-17 */
static void given_a_checksum_then_octets_of_a_part_of_its_mapping_are_not_valid(void **state)
{
    (void)state;
    struct pair p;
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.len = 30, .data = zeros};
    struct mptcp_rx_map map;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    room(&p, &p.client, p.client.sf, 10000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_rx_mapping(p.server.c, p.server.sf, &map));
    assert_int_equal(1, map.summed);
    uint32_t ssn = map.ssn.v;
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(MPTCP_OK, mptcp_rx_mapping(p.server.c, p.server.sf, &map));
    assert_int_equal(ssn + 30, map.ssn.v);
    assert_int_equal(ssn, map.valid.v);
    assert_int_equal(70, map.len);
    piece.len = 70;
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    (void)mptcp_rx_mapping(p.server.c, p.server.sf, &map);
    assert_int_equal(ssn + 100, map.valid.v);
}

/* checks: B-1 */
static void given_plain_tcp_then_octets_have_the_place_of_their_ssn(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_piece piece = {.len = 30};
    struct mptcp_rx_map map;

    establish(&p, MPTCP_CFG_NO_MPTCP, MPTCP_CFG_NO_MPTCP);
    assert_int_equal(MPTCP_OK, mptcp_rx_mapping(p.server.c, p.server.sf, &map));
    uint64_t first = map.dsn.v;
    assert_int_equal(first, map.delivered.v);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(MPTCP_OK, mptcp_rx_mapping(p.server.c, p.server.sf, &map));
    assert_int_equal(first + 30, map.dsn.v);
    assert_true(map.len > 100000);
}

/* checks: T-1 T-2 */
static void given_a_reason_then_a_reset_option_can_be_had_without_a_connection(void **state)
{
    (void)state;
    uint8_t option[4];
    const uint8_t expected[4] = {30, 4, 0x80, MPTCP_RST_MPTCP};

    assert_int_equal(4, mptcp_reset_option(MPTCP_E_JOIN_TOKEN, option, sizeof option));
    assert_memory_equal(expected, option, sizeof expected);
    assert_int_equal(MPTCP_E_ROOM, mptcp_reset_option(MPTCP_E_JOIN_TOKEN, option, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_established_connection_then_the_getters_tell_its_control_block),
        cmocka_unit_test(given_a_port_that_tcp_took_for_a_join_then_the_getter_tells_it),
        cmocka_unit_test(given_subflows_then_they_are_counted_through),
        cmocka_unit_test(given_address_ids_then_both_sides_addresses_are_found),
        cmocka_unit_test(given_an_ssn_that_was_sent_then_its_mapping_is_found),
        cmocka_unit_test(given_a_mapping_that_arrives_then_what_is_left_of_it_is_told),
        cmocka_unit_test(given_octets_that_come_then_their_place_in_the_stream_is_told),
        cmocka_unit_test(given_a_checksum_then_octets_of_a_part_of_its_mapping_are_not_valid),
        cmocka_unit_test(given_plain_tcp_then_octets_have_the_place_of_their_ssn),
        cmocka_unit_test(given_a_reason_then_a_reset_option_can_be_had_without_a_connection),
    };
    return cmocka_run_group_tests_name("info", tests, NULL, NULL);
}
