/*
 * test_bugs_parsing.c - what went wrong elsewhere in reading and writing options.
 */
#include "bugs_test.h"

/* checks: none, bug class 3 */
static void given_a_dss_after_another_segments_then_no_field_of_that_one_is_left(void **state)
{
    (void)state;
    static const uint8_t area[] = {30, 8, 0x20, MPTCP_DSS_ACK, 1, 2, 3, 4};
    struct mptcp_options o;

    memset(&o, 0xa5, sizeof o);
    assert_int_equal(MPTCP_OK, mptcp_options_read(area, sizeof area, ACK, &o, NULL));
    assert_int_equal(MPTCP_HAS(MPTCP_DSS), o.present);
    assert_true(o.dss.data_ack == 0x01020304);
    assert_true(o.dss.dsn == 0);
    assert_int_equal(0, o.dss.ssn);
    assert_int_equal(0, o.dss.dll);
    assert_int_equal(0, o.dss.checksum);
    assert_int_equal(0, o.dss.has_checksum);
}

/* checks: C-13 C-19, bug class 5 */
static void given_checksums_then_the_keys_on_the_first_data_have_one(void **state)
{
    (void)state;
    struct pair p;

    open_pair(&p, MPTCP_CFG_CHECKSUM, 0);
    room(&p, &p.client, p.client.sf, 1000);
    mptcp_on_written(p.client.c, 100, p.now);
    drain(&p, &p.client);
    struct wire w = send_from(&p, &p.client, p.client.sf, ACK, 1, 100, 1);
    struct mptcp_options o = options_of(&w);
    assert_int_equal(MPTCP_CAPABLE_DATA_CHECKSUM, o.capable.form);
    assert_int_not_equal(0, o.capable.flags & MPTCP_CAPABLE_CHECKSUM);
    mptcp_dsn first = mptcp_dsn_add(mptcp_key_id(CLIENT_KEY).idsn, 1);
    assert_int_equal(mptcp_dss_checksum(first, mptcp_ssn_of(1), 100, 0), o.capable.checksum);
}

/* checks: none, bug class 6 */
static void given_an_announcement_and_little_room_then_nothing_is_written_behind_it(void **state)
{
    (void)state;
    for (size_t room_left = 0; room_left <= MPTCP_OPTION_MAX; room_left++) {
        struct pair p;
        struct mptcp_action a;
        struct mptcp_addr second = address(7, 2, 8000);
        struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(1)};
        struct mptcp_receipt r;
        uint8_t octets[2 * MPTCP_OPTION_MAX];
        uint8_t id;

        establish(&p, 0, 0);
        mptcp_add_address(p.server.c, &second, MPTCP_ADDR_ANNOUNCE, &id, p.now);
        assert_true(find_action(&p, &p.server, MPTCP_LISTEN, &a));
        mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
        memset(octets, 0xa5, sizeof octets);
        int n = mptcp_tx_options(p.server.c, p.server.sf, &seg, octets, room_left, &r);
        assert_in_range(n, 0, room_left);
        for (size_t i = room_left; i < sizeof octets; i++) {
            assert_int_equal(0xa5, octets[i]);
        }
    }
}

/* checks: A-1 A-3, bug class 6 */
static void given_an_ipv6_announcement_and_room_for_no_more_then_it_leaves_alone(void **state)
{
    (void)state;
    /* Beside timestamps there are 28 octets. */
    for (size_t room_left = 28; room_left <= MPTCP_OPTION_MAX; room_left += 4) {
        struct pair p;
        struct mptcp_action a;
        struct mptcp_addr second = {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, [15] = 2}};
        struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(1)};
        struct mptcp_options o;
        struct mptcp_receipt r;
        uint8_t octets[MPTCP_OPTION_MAX];
        uint8_t id;

        establish(&p, 0, 0);
        mptcp_add_address(p.server.c, &second, MPTCP_ADDR_ANNOUNCE, &id, p.now);
        assert_true(find_action(&p, &p.server, MPTCP_LISTEN, &a));
        mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now);
        int n = mptcp_tx_options(p.server.c, p.server.sf, &seg, octets, room_left, &r);
        assert_int_equal(room_left < 36 ? 28 : 36, n); /* beside a DATA_ACK, if both have room */
        mptcp_options_read(octets, (size_t)n, ACK, &o, NULL);
        assert_int_equal(0, o.refused);
        assert_int_not_equal(0, o.present & MPTCP_HAS(MPTCP_ADD_ADDR));
        assert_int_equal(id, o.add_addr.addr_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_dss_after_another_segments_then_no_field_of_that_one_is_left),
        cmocka_unit_test(given_checksums_then_the_keys_on_the_first_data_have_one),
        cmocka_unit_test(given_an_announcement_and_little_room_then_nothing_is_written_behind_it),
        cmocka_unit_test(given_an_ipv6_announcement_and_room_for_no_more_then_it_leaves_alone),
    };
    return cmocka_run_group_tests_name("bugs_parsing", tests, NULL, NULL);
}
