/*
 * test_mapping_out.c - our own mappings: they never change, and stay until both levels have
 * acknowledged them.
 */
#include "core_test.h"

static struct mptcp_tx_map map_at(const struct pair *p, uint32_t ssn)
{
    struct mptcp_tx_map map;
    assert_int_equal(MPTCP_OK,
                     mptcp_tx_mapping(p->client.c, p->client.sf, mptcp_ssn_of(ssn), &map));
    return map;
}

static void send_all(struct pair *p, uint32_t n)
{
    struct mptcp_action a;
    mptcp_on_written(p->client.c, n, p->now);
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
}

/* checks: D-5 D-7 */
static void given_octets_sent_in_one_go_then_each_segment_is_a_mapping(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    uint64_t dsn = info_of(&p.client).snd_nxt.v;
    room(&p, &p.client, p.client.sf, 1000);
    send_all(&p, 250);
    for (uint32_t i = 0; i < 250; i++) {
        struct mptcp_tx_map map = map_at(&p, 101 + i);
        uint32_t start = i - i % 100;
        assert_int_equal(101 + start, map.ssn.v);
        assert_true(map.dsn.v == dsn + start);
        assert_int_equal(start == 200 ? 50 : 100, map.len);
    }
}

/* checks: D-5 */
static void given_a_short_last_mapping_then_more_octets_do_not_lengthen_it(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    send_all(&p, 50);
    send_all(&p, 100);
    assert_int_equal(50, map_at(&p, 101).len);
    assert_int_equal(151, map_at(&p, 151).ssn.v);
    assert_int_equal(100, map_at(&p, 151).len);
}

/* checks: D-5 */
static void given_another_segment_size_then_mappings_on_the_wire_keep_theirs(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_path path = {
        .size = sizeof path, .room = 1000, .segment_size = 40, .srtt_us = 10000};

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    send_all(&p, 200);
    assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
    send_all(&p, 80);
    assert_int_equal(100, map_at(&p, 250).len);
    assert_int_equal(40, map_at(&p, 301).len);
    assert_int_equal(341, map_at(&p, 350).ssn.v);
}

/* checks: D-16 D-27 */
static void given_an_acknowledgement_at_one_level_only_then_the_mapping_stays(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    struct mptcp_tx_map map;

    for (unsigned first = 0; first < 2; first++) {
        establish(&p, 0, 0);
        room(&p, &p.client, p.client.sf, 1000);
        uint32_t una = (uint32_t)info_of(&p.client).snd_una.v;
        send_all(&p, 100);
        /* The peer's TCP first, or the peer's MPTCP. */
        o.u.dss.data_ack = una + (first ? 100 : 0);
        struct wire w = with_option(&o, ACK, 1, 0, first ? 101 : 201);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(1, subflow_of(&p.client, p.client.sf).tx_runs);
        assert_int_equal(first ? MPTCP_OK : MPTCP_E_NOT_FOUND,
                         mptcp_tx_mapping(p.client.c, p.client.sf, mptcp_ssn_of(101), &map));
        assert_false(wants(&p.client, MPTCP_FREE));
        o.u.dss.data_ack = una + 100;
        w = with_option(&o, ACK, 1, 0, 201);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(0, subflow_of(&p.client, p.client.sf).tx_runs);
        assert_int_equal(MPTCP_E_NOT_FOUND,
                         mptcp_tx_mapping(p.client.c, p.client.sf, mptcp_ssn_of(101), &map));
        assert_true(wants(&p.client, MPTCP_FREE));
    }
}

/* checks: D-16 */
static void given_a_full_table_then_sending_waits_and_goes_on_when_a_slot_is_free(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    uint32_t sent = 0;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 5000);
    /* Short mappings: each takes a slot of its own. */
    for (;;) {
        mptcp_on_written(p.client.c, 10, p.now);
        if (!find_action(&p, &p.client, MPTCP_SEND, &a)) {
            break;
        }
        assert_true(sent < 1000);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 10, MPTCP_DONE, p.now));
        sent += 10;
    }
    assert_int_equal(CORE_WAITING * 10, sent); /* the last one is kept for the stream's head */
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)(info_of(&p.client).snd_una.v + sent);
    struct wire w = with_option(&o, ACK, 1, 0, 101 + sent);
    come(&p, &p.client, p.client.sf, &w);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(10, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_octets_sent_in_one_go_then_each_segment_is_a_mapping),
        cmocka_unit_test(given_a_short_last_mapping_then_more_octets_do_not_lengthen_it),
        cmocka_unit_test(given_another_segment_size_then_mappings_on_the_wire_keep_theirs),
        cmocka_unit_test(given_an_acknowledgement_at_one_level_only_then_the_mapping_stays),
        cmocka_unit_test(given_a_full_table_then_sending_waits_and_goes_on_when_a_slot_is_free),
    };
    return cmocka_run_group_tests_name("mapping_out", tests, NULL, NULL);
}
