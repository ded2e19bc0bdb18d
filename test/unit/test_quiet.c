/*
 * test_quiet.c - a subflow that brings nothing while another one brings octets: when its peer is
 * asked, and what becomes of it when nobody answers.
 */
#include "quiet_test.h"

/* checks: D-29 R-4 */
static void given_a_download_and_a_path_that_drops_all_then_its_subflow_is_reset(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    assert_int_equal(MPTCP_OK, passes(&d, 2 * SECOND - STEP, true));
    assert_int_equal(0, d.probes);
    assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 4 * SECOND, true));
    /* Three keep-alives, each of which is given answer_wait and twice the RTT. */
    assert_int_equal(3, d.probes);
    assert_in_range(d.asked[0], 2 * SECOND - STEP, 2 * SECOND + STEP);
    assert_in_range(d.asked[1] - d.asked[0], SECOND, SECOND + STEP);
    assert_in_range(d.asked[2] - d.asked[1], SECOND, SECOND + STEP);
    assert_int_equal(1, info_of(&d.p.client).subflows);
}

/* checks: D-29 H-4 */
static void
given_that_reset_then_the_pair_of_addresses_is_joined_again_from_another_port(void **state)
{
    (void)state;
    struct download d;
    struct mptcp_action a;

    begins(&d);
    assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 8 * SECOND, true));
    assert_false(find_action(&d.p, &d.p.client, MPTCP_CONNECT, &a));
    d.p.now += SECOND + STEP;
    mptcp_on_timeout(d.p.client.c, d.p.now);
    assert_true(find_action(&d.p, &d.p.client, MPTCP_CONNECT, &a));
    assert_int_equal(0, a.local.port);
    assert_true(
        mptcp_addr_same_ip(&(struct mptcp_addr){.family = 4, .ip = {10, 1, 0, 1}}, &a.local));
}

/* checks: D-29 */
static void
given_a_peer_that_answers_then_it_is_asked_ever_more_seldom_and_the_subflow_stays(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    d.answers = true;
    assert_int_equal(MPTCP_OK, passes(&d, 40 * SECOND, true));
    assert_int_equal(5, d.probes);
    for (unsigned i = 0; i < 5; i++) {
        assert_in_range(d.asked[i], (2 * SECOND << i) - STEP, (2 * SECOND << i) + 8 * STEP);
    }
    assert_int_equal(2, info_of(&d.p.client).subflows);
}

/* checks: D-29 */
static void given_octets_on_both_subflows_then_nobody_is_asked(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(MPTCP_OK, passes(&d, SECOND, true));
        brings(&d, d.theirs, d.ours);
    }
    assert_int_equal(0, d.probes);
}

/* checks: D-29 */
static void given_no_octets_on_any_subflow_then_nobody_is_asked(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    assert_int_equal(MPTCP_OK, passes(&d, 300 * SECOND, false));
    assert_int_equal(0, d.probes);
    assert_true(mptcp_deadline(d.p.client.c) == MPTCP_NEVER);
}

/* checks: D-29 */
static void
given_that_all_paths_fall_silent_while_one_is_asked_then_no_subflow_is_reset(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    assert_int_equal(MPTCP_OK, passes(&d, 2 * SECOND + STEP, true));
    assert_int_equal(1, d.probes);
    assert_int_equal(MPTCP_OK, passes(&d, 100 * SECOND, false));
    assert_int_equal(2, info_of(&d.p.client).subflows);
    assert_in_range(d.probes, 1, 2);
    assert_true(mptcp_deadline(d.p.client.c) == MPTCP_NEVER);
    /* As soon as the other one brings octets again, it is asked again. */
    d.probes = 0;
    assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 4 * SECOND, true));
    assert_int_equal(3, d.probes);
}

/* The end that did not open a subflow cannot open another one in its place. checks: D-29 */
static void given_an_upload_then_the_server_asks_nothing(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;
    uint32_t ssn = 101;

    two_subflows(&p, &ours, &theirs);
    room(&p, &p.client, ours, 0);
    for (unsigned i = 0; i < 100; i++) {
        client_sends(&p, ssn, 100);
        ssn += 100;
        assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 100, p.now));
        server_acks(&p, ssn);
        p.now += STEP;
        mptcp_on_timeout(p.server.c, p.now);
        assert_false(wants(&p.server, MPTCP_PROBE));
        drain(&p, &p.server);
    }
}

/* The host opens the subflow of this CONNECT, which ends before anybody has answered. */
static void fails(struct pair *p, const struct mptcp_action *a, int why)
{
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, a, 0, MPTCP_DONE, p->now));
    send_from(p, &p->client, a->sf, SYN, 0, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, a->sf, why, p->now));
}

/* checks: H-4 */
static void
given_a_subflow_lost_so_and_joins_that_nobody_answers_then_they_are_repeated(void **state)
{
    (void)state;
    struct download d;
    struct mptcp_action a;
    unsigned joins = 0;

    begins(&d);
    assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 8 * SECOND, true));
    for (unsigned i = 0; i < 2048; i++) {
        d.p.now += SECOND;
        mptcp_on_timeout(d.p.client.c, d.p.now);
        if (find_action(&d.p, &d.p.client, MPTCP_CONNECT, &a)) {
            fails(&d.p, &a, MPTCP_E_SUBFLOW_FAILED);
            joins++;
        }
    }
    /* After 1, 2, 4 s and so on, then each 256 s. */
    assert_in_range(joins, 14, 15);
}

/* checks: H-4 */
static void
given_octets_that_come_on_a_subflow_joined_again_then_there_are_tries_as_at_first(void **state)
{
    (void)state;
    struct download d;

    begins(&d);
    for (unsigned i = 0; i < 20; i++) {
        d.since = d.p.now;
        d.probes = 0;
        assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 8 * SECOND, true));
        d.p.now += SECOND + STEP;
        mptcp_on_timeout(d.p.client.c, d.p.now);
        drain(&d.p, &d.p.server);
        mptcp_on_gone(d.p.server.c, d.theirs, MPTCP_E_PEER_RESET, d.p.now);
        drain(&d.p, &d.p.server);
        joins(&d.p, &d.p.client, &d.p.server, &d.ours, &d.theirs);
        brings(&d, d.theirs, d.ours);
    }
}

/* checks: H-4 */
static void
given_octets_that_come_on_other_subflows_then_joins_are_not_repeated_more_often(void **state)
{
    (void)state;
    struct download d;
    struct mptcp_action a;
    unsigned joins = 0;

    begins(&d);
    assert_int_equal(MPTCP_E_TIMED_OUT, passes(&d, 8 * SECOND, true));
    for (unsigned i = 0; i < 10000; i++) {
        d.p.now += STEP;
        brings(&d, d.p.server.sf, d.p.client.sf);
        mptcp_on_timeout(d.p.client.c, d.p.now);
        if (find_action(&d.p, &d.p.client, MPTCP_CONNECT, &a)) {
            fails(&d.p, &a, MPTCP_E_SUBFLOW_FAILED);
            joins++;
        }
    }
    /* 1000 s: as many as without those octets. */
    assert_in_range(joins, 10, 11);
}

/* checks: H-4 */
static void
given_octets_that_come_then_joins_by_ports_that_the_peer_has_refused_are_not_tried_again(
    void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct download d = {0};
    struct mptcp_action a;

    cfg.policy = MPTCP_POLICY_PORTS;
    establish_as(&d.p, &cfg, mem, CORE_BLOCK);
    d.theirs = d.p.server.sf;
    for (unsigned i = 0; i < 8; i++) {
        mptcp_sf sf = mptcp_subflow_at(d.p.client.c, i);
        if (sf != MPTCP_SF_NONE && sf != d.p.client.sf) {
            send_from(&d.p, &d.p.client, sf, SYN, 0, 0, 0);
            assert_int_equal(MPTCP_OK,
                             mptcp_on_gone(d.p.client.c, sf, MPTCP_E_PEER_RESET, d.p.now));
        }
    }
    for (unsigned i = 0; i < 100; i++) {
        d.p.now += STEP;
        brings(&d, d.p.server.sf, d.p.client.sf);
        mptcp_on_timeout(d.p.client.c, d.p.now);
        assert_false(find_action(&d.p, &d.p.client, MPTCP_CONNECT, &a));
    }
}

/* A peer may announce an address of somebody else. checks: H-4 A-8 */
static void
given_a_download_and_an_announced_address_that_never_answered_then_it_is_tried_once(void **state)
{
    (void)state;
    struct download d;
    struct mptcp_action a;
    struct pair *p = &d.p;
    unsigned strangers = 0;

    begins(&d);
    mptcp_on_gone(p->client.c, d.ours, MPTCP_E_PEER_RESET, p->now);
    mptcp_on_gone(p->server.c, d.theirs, MPTCP_E_PEER_RESET, p->now);
    drain(p, &p->server);
    d.theirs = p->server.sf;
    hears_of(p, 9, address(99, 7, 53));
    for (unsigned i = 0; i < 2000; i++) {
        p->now += STEP;
        brings(&d, p->server.sf, p->client.sf);
        mptcp_on_timeout(p->client.c, p->now);
        if (find_action(p, &p->client, MPTCP_CONNECT, &a)) {
            strangers += a.remote_id == 9;
            fails(p, &a, a.remote_id == 9 ? MPTCP_E_SUBFLOW_FAILED : MPTCP_E_PEER_RESET);
        }
    }
    assert_int_equal(1, strangers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_download_and_a_path_that_drops_all_then_its_subflow_is_reset),
        cmocka_unit_test(
            given_that_reset_then_the_pair_of_addresses_is_joined_again_from_another_port),
        cmocka_unit_test(
            given_a_peer_that_answers_then_it_is_asked_ever_more_seldom_and_the_subflow_stays),
        cmocka_unit_test(given_octets_on_both_subflows_then_nobody_is_asked),
        cmocka_unit_test(given_no_octets_on_any_subflow_then_nobody_is_asked),
        cmocka_unit_test(
            given_that_all_paths_fall_silent_while_one_is_asked_then_no_subflow_is_reset),
        cmocka_unit_test(given_an_upload_then_the_server_asks_nothing),
        cmocka_unit_test(
            given_a_subflow_lost_so_and_joins_that_nobody_answers_then_they_are_repeated),
        cmocka_unit_test(
            given_octets_that_come_on_a_subflow_joined_again_then_there_are_tries_as_at_first),
        cmocka_unit_test(
            given_octets_that_come_on_other_subflows_then_joins_are_not_repeated_more_often),
        cmocka_unit_test(
            given_octets_that_come_then_joins_by_ports_that_the_peer_has_refused_are_not_tried_again),
        cmocka_unit_test(
            given_a_download_and_an_announced_address_that_never_answered_then_it_is_tried_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
