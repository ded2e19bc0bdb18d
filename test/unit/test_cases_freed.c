/*
 * test_cases_freed.c - octets that the host was told to let go while its TCP might still send them
 * again (RFC 8684 s3.3.2): on a subflow that had carried more than a window, or than 2 GiB.
 */
#include "core_test.h"

#define HUGE_WINDOW 0x3fffffffu

/* A side's host has room for n octets; `unit` in one segment. */
static void room_for(struct pair *p, mptcp_sf sf, uint32_t n, uint32_t unit)
{
    tcp_tells(p, &p->client, sf, n, unit, 10000);
}

/* All that the client sent on a subflow is acknowledged, and DATA_ACKed up to here. */
static void acked_on(struct pair *p, mptcp_sf sf, uint32_t ssn, uint64_t data_ack)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = data_ack;
    struct wire w = with_option(&o, ACK, 1, 0, ssn);
    w.seg.window = HUGE_WINDOW;
    come(p, &p->client, sf, &w);
}

/* The first subflow carries this many octets and more, all of them acknowledged. */
static void carries(struct pair *p, mptcp_sf first, mptcp_sf second, uint64_t octets)
{
    struct mptcp_action a;

    acked_on(p, first, subflow_of(&p->client, first).snd_nxt.v, info_of(&p->client).snd_nxt.v);
    for (uint64_t sent = 0; sent < octets;) {
        p->now += 1000000;
        room_for(p, second, 0, 60000);
        room_for(p, first, HUGE_WINDOW, 60000);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 500000000, p->now));
        while (info_of(&p->client).snd_nxt.v != info_of(&p->client).snd_end.v) {
            assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
            assert_int_equal(first, a.sf);
            assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
            sent += a.len;
            acked_on(p, first, subflow_of(&p->client, first).snd_nxt.v,
                     info_of(&p->client).snd_nxt.v);
            drain(p, &p->client);
            room_for(p, first, HUGE_WINDOW, 60000);
        }
    }
}

/*
 * A thousand octets on the first subflow are lost there, and DATA_ACKed by way of the second. The
 * first one's TCP may still want to send them again. True if the host is told to drop them.
 */
static bool freed_while_tcp_needs_them(uint64_t octets_before)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;
    mptcp_sf theirs;

    two_subflows(&p, &second, &theirs);
    mptcp_sf first = p.client.sf;
    carries(&p, first, second, octets_before);
    room_for(&p, first, 1000, 1000);
    room_for(&p, second, 0, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 1000, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(first, a.sf);
    assert_int_equal(1000, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 1000, MPTCP_DONE, p.now));
    p.now += 2000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    room_for(&p, second, 1000, 1000);
    acked_on(&p, second, 1, info_of(&p.client).snd_una.v);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(second, a.sf);
    assert_true(a.reinjected);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
    acked_on(&p, second, subflow_of(&p.client, second).snd_nxt.v, info_of(&p.client).snd_nxt.v);
    return wants(&p.client, MPTCP_FREE);
}

/* checks: D-16 */
static void given_a_young_subflow_when_octets_are_lost_there_then_free_waits_for_it(void **state)
{
    (void)state;
    assert_false(freed_while_tcp_needs_them(0));
    assert_false(freed_while_tcp_needs_them(0x40000000u));
}

/* checks: D-16 */
static void
given_over_2_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it(void **state)
{
    (void)state;
    assert_false(freed_while_tcp_needs_them(0x90000000u));
}

/* checks: D-16 */
static void
given_over_3_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it(void **state)
{
    (void)state;
    assert_false(freed_while_tcp_needs_them(0xe0000000u));
    assert_false(freed_while_tcp_needs_them(0x190000000ull));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_young_subflow_when_octets_are_lost_there_then_free_waits_for_it),
        cmocka_unit_test(
            given_over_2_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it),
        cmocka_unit_test(
            given_over_3_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it),
    };
    return cmocka_run_group_tests_name("cases_freed", tests, NULL, NULL);
}
