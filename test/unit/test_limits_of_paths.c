/*
 * test_limits_of_paths.c - how often subflows are opened again, how many addresses are tried or
 * named at once, and how far sequence numbers may lie apart.
 */
#include "story_test.h"

#define MANY 24
#define BLOCK MPTCP_CONN_SIZE(4, MANY, 18)

static _Alignas(uint64_t) uint8_t blocks[2 * BLOCK];

static void establish_with_many(struct pair *p, unsigned policy, uint32_t flags)
{
    struct mptcp_config cfg = core_config(flags);

    cfg.subflows = cfg.subflow_limit = 4;
    cfg.runs = 18;
    cfg.addrs = MANY;
    cfg.policy = (uint8_t)policy;
    establish_as(p, &cfg, blocks, BLOCK);
}

/* checks: H-2 T-3 */
static void
given_a_subflow_that_is_lost_again_and_again_then_it_is_opened_ever_more_seldom(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr from = address(1, 1, 0);
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;
    mptcp_time wait = 1000000;

    establish_with_many(&p, MPTCP_POLICY_ADDRESSES, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &from, MPTCP_ADDR_JOIN, &id, p.now));
    joins(&p, &p.client, &p.server, &ours, &theirs);
    for (unsigned n = 0; n < 12; n++) {
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, ours, MPTCP_E_TIMED_OUT, p.now));
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, theirs, MPTCP_E_TIMED_OUT, p.now));
        assert_string_equal("ack SUBFLOW_GONE(TIMED_OUT)", story_of(&p, &p.client, wait - 8));
        assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        p.now += 8;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
        drain(&p, &p.server);
        joins(&p, &p.client, &p.server, &ours, &theirs);
        wait = wait < 256000000 ? 2 * wait : 256000000;
    }
}

/* checks: Y-3 A-8 H-4 */
static void given_many_addresses_where_nobody_is_then_sixteen_in_a_row_are_tried(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    unsigned tried = 0;

    establish_with_many(&p, MPTCP_POLICY_ADDRESSES, 0);
    for (uint8_t id = 1; id < MANY; id++) {
        struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, id, address(50u + id, 2, 80));
        option_comes(&p, &p.client, p.client.sf, &o);
        says(&p, &p.client, p.client.sf);
    }
    for (unsigned n = 0; n < MANY && find_action(&p, &p.client, MPTCP_CONNECT, &a); n++) {
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        send_from(&p, &p.client, a.sf, SYN, 0, 0, 0);
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, a.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
        tried++;
    }
    assert_int_equal(16, tried);
    p.now += HOUR;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    /* A new place to try from is a new start. */
    struct mptcp_addr from = address(1, 1, 0);
    uint8_t id;
    assert_int_equal(MPTCP_E_FULL,
                     mptcp_join(p.client.c, 0, 1, p.now) == MPTCP_OK ? MPTCP_E_FULL : 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &from, MPTCP_ADDR_JOIN, &id, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
}

/* checks: R-7 P-1 */
static void given_more_removed_addresses_than_an_option_holds_then_sixteen_go_first(void **state)
{
    (void)state;
    struct pair p;

    establish_with_many(&p, MPTCP_POLICY_HOST, 0);
    for (unsigned n = 0; n < 18; n++) {
        struct mptcp_addr addr = address(100 + n, 1, 0);
        uint8_t id;
        assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &addr, 0, &id, p.now));
        assert_int_equal(n + 1, id);
    }
    for (uint8_t id = 1; id <= 18; id++) {
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
    }
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_int_equal(16, options_of(&w).remove_addr.count);
    w = says(&p, &p.client, p.client.sf);
    assert_int_equal(2, options_of(&w).remove_addr.count);
    assert_int_equal(17, options_of(&w).remove_addr.ids[0]);
    assert_int_equal(18, options_of(&w).remove_addr.ids[1]);
    assert_false(wants(&p.client, MPTCP_SEND_ACK));
}

/* checks: C-1 C-2 */
static void given_a_syn_of_any_later_version_then_the_one_we_speak_is_answered(void **state)
{
    (void)state;
    for (uint8_t version = 1; version < 16; version++) {
        struct pair p;
        struct wire syn = begin(&p, 0, 0);
        struct mptcp_option o = {.subtype = MPTCP_CAPABLE, .u.capable.form = MPTCP_CAPABLE_SYN};

        o.u.capable.version = version;
        o.u.capable.flags = MPTCP_CAPABLE_SHA256;
        syn = with_option(&o, SYN, 0, 0, 0);
        accept_syn(&p, &syn);
        struct wire w = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
        assert_true(has_option(&w, MPTCP_CAPABLE));
        assert_int_equal(1, options_of(&w).capable.version);
    }
}

/* checks: G-3 */
static void given_an_acknowledgement_then_it_may_be_as_old_as_the_largest_window(void **state)
{
    (void)state;
    struct several t;
    struct side *client = &t.p.client;

    several_subflows(&t, 0);
    data_acks(&t, 0, 0x3fffffff);
    for (unsigned n = 0; n < 3; n++) {
        gives(&t, 0, 0x20000000);
        data_acks(&t, 0, 0x3fffffff);
    }
    uint32_t una = subflow_of(client, t.ours[0]).snd_una.v;
    struct wire w = with_option(NULL, ACK, 1, 0, una - 0x40000000);
    come(&t.p, client, t.ours[0], &w);
    assert_false(client->verdict.drop);
    w = with_option(NULL, ACK, 1, 0, una - 0x40000001);
    come(&t.p, client, t.ours[0], &w);
    assert_true(client->verdict.drop);
}

/* The client sends so many octets, all at once; they are acknowledged. */
static void sends(struct pair *p, uint32_t octets)
{
    struct mptcp_action a;
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    tcp_tells(p, &p->client, p->client.sf, octets, 1000, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, octets, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(octets, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, octets, MPTCP_DONE, p->now));
    o.u.dss.data_ack = (uint32_t)info_of(&p->client).snd_nxt.v;
    struct wire w = with_option(&o, ACK, 1, 0, subflow_of(&p->client, p->client.sf).snd_nxt.v);
    w.seg.window = 0x3fffffff;
    come(p, &p->client, p->client.sf, &w);
}

/* The next mapping of the client's has a DSN of 32 bits. */
static bool is_narrow(struct pair *p)
{
    struct mptcp_action a;
    tcp_tells(p, &p->client, p->client.sf, 100, 1000, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 100, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 100, MPTCP_DONE, p->now));
    struct wire w = send_from(p, &p->client, p->client.sf, ACK, a.ssn.v, 100, 1);
    return (options_of(&w).dss.flags & MPTCP_DSS_DSN64) == 0;
}

/* checks: D-11 */
static void given_short_dsns_then_they_stay_while_2_29_octets_take_half_a_minute(void **state)
{
    (void)state;
    for (unsigned quick = 0; quick < 2; quick++) {
        struct pair p;

        establish(&p, MPTCP_CFG_DSN32, 0);
        sends(&p, 100);
        for (unsigned n = 0; n < 12; n++) {
            p.now += quick && n > 9 ? 14900000 : 15100000;
            assert_true(is_narrow(&p));
            sends(&p, 0x10000000);
        }
        assert_int_equal(!quick, is_narrow(&p));
        p.now += HOUR; /* once and for all */
        sends(&p, 0x20000000);
        assert_int_equal(!quick, is_narrow(&p));
    }
}

static void establish_with_runs(struct pair *p)
{
    static _Alignas(uint64_t) uint8_t roomy[2 * MPTCP_CONN_SIZE(3, 4, 60)];
    struct mptcp_config cfg = core_config(0);

    cfg.runs = 60;
    cfg.rcv_buf = 0x3fffffff;
    establish_as(p, &cfg, roomy, sizeof roomy / 2);
}

/* checks: D-12 M-1 */
static void
given_a_segment_of_eight_mappings_then_it_is_taken_and_one_of_nine_comes_again(void **state)
{
    (void)state;
    for (uint32_t count = 7; count <= 10; count++) {
        struct pair p;

        establish_with_runs(&p);
        uint64_t dsn = info_of(&p.server).rcv_nxt.v;
        for (uint32_t n = 0; n < count; n++) { /* none follows the one before it */
            struct mptcp_option o = map_option(dsn + 1000 - 20 * n, 101 + 10 * n, 10);
            option_comes(&p, &p.server, p.server.sf, &o);
        }
        assert_int_equal(count, subflow_of(&p.server, p.server.sf).rx_runs);
        struct mptcp_option o = map_option(dsn + 1000, 101, 10);
        struct wire w = with_option(&o, ACK, 101, 10 * count, 1);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(count > 8, p.server.verdict.drop);
    }
}

/* checks: D-24 */
static void given_the_largest_buffer_then_all_of_it_can_be_mapped_and_nothing_behind(void **state)
{
    (void)state;
    struct pair p;

    establish_with_runs(&p);
    uint64_t dsn = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = map_option(dsn + 0x40000000, 301, 10);
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_int_equal(1, subflow_of(&p.server, p.server.sf).rx_runs);
    o = map_option(dsn + 0x40000001, 201, 10);
    option_comes(&p, &p.server, p.server.sf, &o);
    o = map_option(dsn + 10, 101 + 0x40000001, 10);
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_int_equal(1, subflow_of(&p.server, p.server.sf).rx_runs);
    o = map_option(dsn + 10, 101 + 0x40000000, 10);
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_int_equal(2, subflow_of(&p.server, p.server.sf).rx_runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_subflow_that_is_lost_again_and_again_then_it_is_opened_ever_more_seldom),
        cmocka_unit_test(given_many_addresses_where_nobody_is_then_sixteen_in_a_row_are_tried),
        cmocka_unit_test(given_more_removed_addresses_than_an_option_holds_then_sixteen_go_first),
        cmocka_unit_test(given_a_syn_of_any_later_version_then_the_one_we_speak_is_answered),
        cmocka_unit_test(given_an_acknowledgement_then_it_may_be_as_old_as_the_largest_window),
        cmocka_unit_test(given_short_dsns_then_they_stay_while_2_29_octets_take_half_a_minute),
        cmocka_unit_test(
            given_a_segment_of_eight_mappings_then_it_is_taken_and_one_of_nine_comes_again),
        cmocka_unit_test(given_the_largest_buffer_then_all_of_it_can_be_mapped_and_nothing_behind),
    };
    return cmocka_run_group_tests_name("limits_of_paths", tests, NULL, NULL);
}
