/*
 * test_move_refused.c - connections that cannot be parked, and blocks that cannot be resumed.
 */
#include "core_test.h"

static uint8_t before[CORE_BLOCK];

static void refuses_to_park(struct pair *p, struct side *s, int code)
{
    memcpy(before, s->block, sizeof before);
    assert_int_equal(code, mptcp_conn_park(s->c, p->now));
    assert_memory_equal(before, s->block, sizeof before);
}

/* -------------------------------------------------------------------------- parking */

/* checks: none */
static void given_something_left_to_deliver_or_to_tell_then_parking_has_to_wait(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    refuses_to_park(&p, &p.server, MPTCP_E_AGAIN);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 40, MPTCP_DONE, p.now));
    refuses_to_park(&p, &p.server, MPTCP_E_AGAIN);
    drain(&p, &p.server);
    shuts_down(&p, &p.client, &p.server, 201, 1);
    refuses_to_park(&p, &p.server, MPTCP_E_AGAIN); /* EOF was not told */
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.server.c, p.now));
}

/* checks: C-17 */
static void given_a_connection_that_is_not_fully_established_then_it_cannot_be_parked(void **state)
{
    (void)state;
    struct pair p;

    begin(&p, 0, 0);
    refuses_to_park(&p, &p.server, MPTCP_E_STATE); /* not opened */
    refuses_to_park(&p, &p.client, MPTCP_E_STATE); /* opening */
    open_pair(&p, 0, 0);
    drain(&p, &p.client);
    refuses_to_park(&p, &p.client, MPTCP_E_STATE);
}

/* checks: B-9 */
static void given_plain_tcp_then_it_cannot_be_parked(void **state)
{
    (void)state;
    struct pair p;

    begin(&p, 0, 0);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    drain(&p, &p.client);
    refuses_to_park(&p, &p.client, MPTCP_E_STATE);
}

/* checks: B-6 */
static void given_a_failed_checksum_that_is_not_settled_then_it_cannot_be_parked(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = info_of(&p.server).rcv_nxt.v;
    o.u.dss.ssn = 101;
    o.u.dss.dll = 100;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = 1;
    struct wire w = with_option(&o, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    mptcp_on_data(p.server.c, p.server.sf, &piece, p.now);
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    refuses_to_park(&p, &p.server, MPTCP_E_STATE);
}

/* checks: D-22 */
static void given_a_connection_that_is_closed_or_aborted_then_it_cannot_be_parked(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    drain(&p, &p.server);
    shuts_down(&p, &p.server, &p.client, 1, 101);
    struct wire ack = says(&p, &p.client, p.client.sf);
    come(&p, &p.server, p.server.sf, &ack);
    assert_true(told(&p, &p.server, MPTCP_EV_CLOSED));
    refuses_to_park(&p, &p.server, MPTCP_E_STATE);

    for (unsigned at_once = 0; at_once < 2; at_once++) {
        establish(&p, at_once ? MPTCP_CFG_ABORT_RST : 0, 0);
        assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
        refuses_to_park(&p, &p.client, MPTCP_E_STATE);
        drain(&p, &p.client);
        refuses_to_park(&p, &p.client, MPTCP_E_STATE);
    }
}

/* checks: D-22 */
static void given_a_parked_connection_then_nothing_is_due_and_no_timer_runs(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    client_sends(&p, 101, 100); /* not acknowledged */
    assert_true(mptcp_deadline(p.client.c) != MPTCP_NEVER);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    assert_int_equal(0, mptcp_want(p.client.c));
    assert_true(mptcp_deadline(p.client.c) == MPTCP_NEVER);
    assert_int_equal(0, info_of(&p.client).subflows);
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.client).state);
    assert_int_equal(MPTCP_E_STALE, mptcp_on_gone(p.client.c, ours, MPTCP_E_CLOSED, p.now));
    assert_int_equal(100,
                     (int)mptcp_dsn_diff(info_of(&p.client).snd_end, info_of(&p.client).snd_una));
}

/* ------------------------------------------------------------------------- resuming */

#define THERE 5000000000000ull
#define LIMIT 30000000u

static struct mptcp_conn *resume(void *mem, size_t size)
{
    return mptcp_conn_resume(mem, size, 0, THERE, LIMIT);
}

/* checks: none */
static void given_a_block_of_another_size_or_place_then_it_is_refused_unchanged(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t room_for_more[CORE_BLOCK + 16];
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    memcpy(room_for_more, p.client.block, CORE_BLOCK);
    memcpy(before, room_for_more, CORE_BLOCK);
    assert_null(resume(NULL, CORE_BLOCK));
    for (size_t size = 0; size < sizeof room_for_more; size++) {
        if (size != CORE_BLOCK) {
            assert_null(resume(room_for_more, size));
        }
    }
    assert_memory_equal(before, room_for_more, CORE_BLOCK);
    memmove(room_for_more + 1, before, CORE_BLOCK);
    assert_null(resume(room_for_more + 1, CORE_BLOCK));
    memmove(room_for_more, before, CORE_BLOCK);
    assert_non_null(resume(room_for_more, CORE_BLOCK));
}

/* checks: none */
static void given_a_block_that_is_no_parked_connection_then_it_is_refused(void **state)
{
    (void)state;
    struct pair p;

    begin(&p, 0, 0);
    assert_null(resume(p.server.block, sizeof p.server.block)); /* new */
    assert_null(resume(p.client.block, sizeof p.client.block)); /* opening */
    establish(&p, 0, 0);
    memcpy(before, p.client.block, sizeof before);
    assert_null(resume(p.client.block, sizeof p.client.block)); /* running */
    assert_memory_equal(before, p.client.block, sizeof before);
    mptcp_conn_wipe(p.client.c);
    assert_null(resume(p.client.block, sizeof p.client.block));
    /* Of no library at all. */
    for (unsigned fill = 0; fill < 256; fill++) {
        memset(p.client.block, (int)fill, sizeof p.client.block);
        assert_null(resume(p.client.block, sizeof p.client.block));
    }
}

/* checks: none */
static void
given_a_block_that_was_resumed_and_has_no_subflow_yet_then_it_is_not_resumed_again(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    assert_non_null(resume(p.client.block, sizeof p.client.block));
    memcpy(before, p.client.block, sizeof before);
    assert_null(resume(p.client.block, sizeof p.client.block));
    assert_memory_equal(before, p.client.block, sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_something_left_to_deliver_or_to_tell_then_parking_has_to_wait),
        cmocka_unit_test(given_a_connection_that_is_not_fully_established_then_it_cannot_be_parked),
        cmocka_unit_test(given_plain_tcp_then_it_cannot_be_parked),
        cmocka_unit_test(given_a_failed_checksum_that_is_not_settled_then_it_cannot_be_parked),
        cmocka_unit_test(given_a_connection_that_is_closed_or_aborted_then_it_cannot_be_parked),
        cmocka_unit_test(given_a_parked_connection_then_nothing_is_due_and_no_timer_runs),
        cmocka_unit_test(given_a_block_of_another_size_or_place_then_it_is_refused_unchanged),
        cmocka_unit_test(given_a_block_that_is_no_parked_connection_then_it_is_refused),
        cmocka_unit_test(
            given_a_block_that_was_resumed_and_has_no_subflow_yet_then_it_is_not_resumed_again),
    };
    return cmocka_run_group_tests_name("move_refused", tests, NULL, NULL);
}
