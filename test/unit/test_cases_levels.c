/*
 * test_cases_levels.c - what is put off has a deadline, a healthy path with a long RTT is not
 * called silent, and a connection whose peer has vanished ends with a reason.
 */
#include "bugs_test.h"

#define SECOND 1000000u
#define BLOCK 8192

static _Alignas(8) uint8_t memory[2][BLOCK];

/* A report of a host whose TCP has this RTT. */
static void reports(struct pair *p, mptcp_sf sf, uint32_t octets, uint32_t rtt_us)
{
    tcp_tells(p, &p->client, sf, octets, 100, rtt_us);
}

/* A hundred octets of the client's are given to a subflow. */
static void gives(struct pair *p, mptcp_sf sf)
{
    struct mptcp_action a;

    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 100, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(100, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 100, MPTCP_DONE, p->now));
}

/* The other end has it all: an ACK with its DATA_ACK. */
static void acknowledged(struct pair *p, mptcp_sf sf)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(&p->client).snd_nxt.v;
    struct wire w = with_option(&o, ACK, subflow_of(&p->client, sf).rcv_nxt.v, 0,
                                subflow_of(&p->client, sf).snd_nxt.v);
    come(p, &p->client, sf, &w);
    drain(p, &p->client);
}

/* Flights of one segment on the first subflow, each acknowledged after an RTT; the second has room.
 */
static void healthy_path(uint32_t rtt_us)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;
    mptcp_sf theirs;

    two_subflows(&p, &second, &theirs);
    for (unsigned flight = 0; flight < 8; flight++) {
        mptcp_time end = p.now + rtt_us;
        reports(&p, second, 0, rtt_us);
        reports(&p, p.client.sf, 1000, rtt_us);
        gives(&p, p.client.sf);
        reports(&p, second, 1000, rtt_us);
        while (p.now < end) {
            p.now += 10000;
            assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
            assert_false(mptcp_subflow_silent(p.client.c, p.client.sf));
            while (mptcp_poll(p.client.c, &a)) {
                assert_int_not_equal(MPTCP_SEND, a.type);
                assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
            }
        }
        acknowledged(&p, p.client.sf);
    }
}

/* checks: none, law 7 */
static void given_an_rtt_below_a_second_then_the_path_is_not_silent(void **state)
{
    (void)state;
    healthy_path(600000);
    healthy_path(900000);
}

/* checks: none, law 7 */
static void given_an_rtt_above_a_second_then_the_path_is_not_silent(void **state)
{
    (void)state;
    healthy_path(1200000);
    healthy_path(1600000);
    healthy_path(3000000);
}

/* The peer says nothing any more. Seconds until the connection has ended; UINT32_MAX: it never
 * does. */
static uint32_t ends_after(struct pair *p, unsigned limit_seconds)
{
    struct mptcp_action a;
    mptcp_time begin = p->now;

    while (p->now - begin < (mptcp_time)limit_seconds * SECOND) {
        if (mptcp_deadline(p->client.c) == MPTCP_NEVER) {
            return UINT32_MAX;
        }
        p->now = mptcp_deadline(p->client.c) > p->now ? mptcp_deadline(p->client.c) : p->now + 1;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->client.c, p->now));
        for (unsigned i = 0; mptcp_poll(p->client.c, &a); i++) {
            assert_true(i < 100);
            assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
            if (a.type == MPTCP_EVENT && a.event == MPTCP_EV_END) {
                assert_int_not_equal(MPTCP_OK, a.code);
                return (uint32_t)((p->now - begin) / SECOND);
            }
        }
    }
    return UINT32_MAX;
}

/* checks: none, law 7 */
static void given_data_in_flight_when_the_peer_vanishes_then_the_connection_ends(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    reports(&p, p.client.sf, 1000, 20000);
    gives(&p, p.client.sf);
    assert_true(ends_after(&p, 900) < 900);
}

/* checks: none, law 7 */
static void given_data_in_flight_and_a_shutdown_when_the_peer_vanishes_then_it_ends(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    reports(&p, p.client.sf, 1000, 20000);
    gives(&p, p.client.sf);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    assert_true(ends_after(&p, 900) < 900);
}

/* checks: none, law 7 */
static void given_two_subflows_when_the_peer_vanishes_then_the_connection_ends(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf second;
    mptcp_sf theirs;

    two_subflows(&p, &second, &theirs);
    reports(&p, second, 0, 20000);
    reports(&p, p.client.sf, 1000, 20000);
    gives(&p, p.client.sf);
    reports(&p, second, 1000, 20000);
    assert_true(ends_after(&p, 900) < 900);
}

/* The host could not do an action, and never says that it can: it is due again by itself. */
static void put_off(struct pair *p, struct side *s, unsigned type, enum mptcp_result result)
{
    struct mptcp_action a;

    assert_true(find_action(p, s, type, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, 0, result, p->now));
    for (unsigned i = 0; i < 50; i++) {
        if (wants(s, type)) {
            return;
        }
        assert_true(mptcp_deadline(s->c) != MPTCP_NEVER);
        next_timeout(p, s);
    }
    fail_msg("never due again");
}

/* checks: none, law 7 */
static void
given_a_send_that_was_put_off_when_the_host_says_no_more_then_it_is_due_again(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    for (unsigned result = MPTCP_LATER; result <= MPTCP_FAILED; result++) {
        reports(&p, p.client.sf, 1000, 20000);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
        put_off(&p, &p.client, MPTCP_SEND, (enum mptcp_result)result);
    }
}

/* checks: none, law 7 */
static void given_other_actions_that_were_put_off_then_they_are_due_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg = core_config(0);
    struct mptcp_addr other = address(3, 2, 0);
    struct mptcp_option o;
    uint8_t id;

    cfg.no_path_limit = 60000000;
    establish_as(&p, &cfg, memory[0], BLOCK);
    o = map_option(info_of(&p.server).rcv_nxt.v, 101, 100);
    octets_come(&p, &p.server, &o, 101, 100);
    put_off(&p, &p.server, MPTCP_DELIVER, MPTCP_LATER);
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p.server.c, &other, MPTCP_ADDR_ANNOUNCE, &id, p.now));
    put_off(&p, &p.server, MPTCP_LISTEN, MPTCP_LATER);
    put_off(&p, &p.server, MPTCP_SEND_ACK, MPTCP_LATER);
    other = address(4, 1, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &other, MPTCP_ADDR_JOIN, &id, p.now));
    put_off(&p, &p.client, MPTCP_CONNECT, MPTCP_LATER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_rtt_below_a_second_then_the_path_is_not_silent),
        cmocka_unit_test(given_an_rtt_above_a_second_then_the_path_is_not_silent),
        cmocka_unit_test(given_data_in_flight_when_the_peer_vanishes_then_the_connection_ends),
        cmocka_unit_test(given_data_in_flight_and_a_shutdown_when_the_peer_vanishes_then_it_ends),
        cmocka_unit_test(given_two_subflows_when_the_peer_vanishes_then_the_connection_ends),
        cmocka_unit_test(
            given_a_send_that_was_put_off_when_the_host_says_no_more_then_it_is_due_again),
        cmocka_unit_test(given_other_actions_that_were_put_off_then_they_are_due_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
