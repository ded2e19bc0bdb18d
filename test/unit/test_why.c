/*
 * test_why.c - each answer of mptcp_why_not_sending and mptcp_why_not_joining, and where it was
 * found. That they agree with what is due, the simulators check after every step (test/check.h);
 * that mistakes of a host are found, test_mistakes.c.
 */
#include "core_test.h"
#include "mptcp/why.h"

static struct mptcp_where where;

static int sending(const struct side *s, mptcp_sf sf)
{
    return mptcp_why_not_sending(s->c, sf, &where);
}

static int joining(const struct side *s, int from, int to)
{
    return mptcp_why_not_joining(s->c, from, to, &where);
}

static void written(struct pair *p, uint32_t n)
{
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, n, p->now));
}

/* All octets that can be given to subflows are. */
static void sends_all(struct pair *p)
{
    struct mptcp_action a;
    while (find_action(p, &p->client, MPTCP_SEND, &a)) {
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
    }
}

/* checks: none */
static void given_no_open_connection_then_the_answer_is_its_stage(void **state)
{
    (void)state;
    struct pair p;

    memset(&p, 0, sizeof p);
    make_side(&p.client, CLIENT_KEY, 0);
    assert_int_equal(MPTCP_E_NOT_OPEN, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(MPTCP_E_NOT_OPEN, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    begin(&p, 0, 0);
    written(&p, 100);
    assert_int_equal(MPTCP_E_OPENING, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(MPTCP_E_OPENING, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    establish(&p, 0, 0);
    written(&p, 100);
    mptcp_on_abort(p.client.c, p.now);
    assert_int_equal(MPTCP_E_ABORTED, sending(&p.client, MPTCP_SF_NONE));
    establish(&p, 0, 0);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(info_of(&p.client).error, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(MPTCP_E_STALE, sending(&p.client, p.client.sf));
    mptcp_conn_wipe(p.client.c);
    assert_int_equal(MPTCP_E_NOT_OPEN, sending(&p.client, MPTCP_SF_NONE));
}

/* checks: none */
static void given_octets_that_wait_then_the_answer_is_what_they_wait_for(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_E_NOTHING, sending(&p.client, MPTCP_SF_NONE));
    room(&p, &p.client, p.client.sf, 0);
    written(&p, 20000);
    assert_int_equal(MPTCP_E_NO_ROOM, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(p.client.sf, where.sf);
    room(&p, &p.client, p.client.sf, 50000);
    assert_int_equal(MPTCP_OK, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(p.client.sf, where.sf);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_LATER, p.now);
    assert_int_equal(MPTCP_E_LATER, sending(&p.client, p.client.sf));
    assert_int_equal(mptcp_deadline(p.client.c), where.when);
    next_timeout(&p, &p.client);
    sends_all(&p);
    assert_int_equal(MPTCP_E_WINDOW, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(MPTCP_NEVER, where.when);
}

/* checks: none */
static void given_a_subflow_whose_window_is_closed_then_subflow_window(void **state)
{
    (void)state;
    struct pair p;

    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    room(&p, &p.client, p.client.sf, 0);
    room(&p, &p.client, ours, 50000);
    written(&p, 30000);
    sends_all(&p);
    assert_int_equal(MPTCP_E_WINDOW, sending(&p.client, ours));
    /* An ACK on the other subflow opens the shared window, but not that of this one. */
    struct wire ack = says(&p, &p.server, p.server.sf);
    ack.seg.window = 50000;
    come(&p, &p.client, p.client.sf, &ack);
    sends_all(&p);
    assert_int_equal(MPTCP_E_SUBFLOW_WINDOW, sending(&p.client, ours));
    assert_int_equal(ours, where.sf);
}

/* checks: none */
static void given_a_backup_with_room_then_the_scheduler_waits_for_the_other_one(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    mptcp_set_backup(p.client.c, ours, true, p.now);
    room(&p, &p.client, p.client.sf, 1000);
    room(&p, &p.client, ours, 1000);
    written(&p, 2000);
    sends_all(&p);
    assert_int_equal(MPTCP_E_SCHEDULER, sending(&p.client, ours));
    assert_int_equal(p.client.sf, where.sf);
    assert_int_equal(MPTCP_E_SCHEDULER, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(p.client.sf, where.sf);
    assert_int_equal(MPTCP_E_NO_ROOM, sending(&p.client, p.client.sf));
    assert_int_equal(p.client.sf, where.sf);
}

/* checks: none */
static void given_a_silent_subflow_then_it_says_so_and_the_answer_is_that_of_the_other(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    room(&p, &p.client, p.client.sf, 1000);
    room(&p, &p.client, ours, 0);
    written(&p, 1000);
    sends_all(&p);
    for (unsigned i = 0; i < 5 && !mptcp_subflow_silent(p.client.c, p.client.sf); i++) {
        next_timeout(&p, &p.client);
    }
    assert_true(mptcp_subflow_silent(p.client.c, p.client.sf));
    written(&p, 1000);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_E_SILENT, sending(&p.client, p.client.sf));
    assert_int_equal(MPTCP_E_NO_ROOM, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(ours, where.sf);
    room(&p, &p.client, ours, 1000);
    assert_int_equal(MPTCP_OK, sending(&p.client, ours));
}

/* checks: none */
static void given_a_subflow_whose_address_was_removed_then_it_is_closing(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    uint8_t id = subflow_of(&p.client, ours).local_id;
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
    drain(&p, &p.client);
    room(&p, &p.client, ours, 1000);
    written(&p, 1000);
    assert_int_equal(MPTCP_E_CLOSING, sending(&p.client, ours));
}

/* checks: none */
static void given_no_run_for_another_mapping_then_full(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf sf[2];
    mptcp_sf theirs;
    struct mptcp_action a;

    two_subflows(&p, &sf[1], &theirs);
    sf[0] = p.client.sf;
    written(&p, 9000);
    unsigned i = 0;
    do { /* each change of path takes a run */
        room(&p, &p.client, sf[i % 2], 0);
        room(&p, &p.client, sf[(i + 1) % 2], 100);
        if (!find_action(&p, &p.client, MPTCP_SEND, &a)) {
            break;
        }
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
    } while (++i < 60);
    assert_true(i < 60);
    room(&p, &p.client, sf[(i + 1) % 2], 5000);
    assert_int_equal(MPTCP_E_FULL, sending(&p.client, sf[(i + 1) % 2]));
}

/* checks: none */
static void given_a_parked_connection_then_there_is_no_subflow(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 0);
    written(&p, 100);
    drain(&p, &p.client);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    assert_int_equal(MPTCP_E_NO_SUBFLOW, sending(&p.client, MPTCP_SF_NONE));
    assert_int_equal(MPTCP_SF_NONE, where.sf);
}

/* --------------------------------------------------------------------------- joins */

/* checks: none */
static void given_a_connection_that_may_not_join_then_its_reason(void **state)
{
    (void)state;
    struct pair p;

    begin(&p, MPTCP_CFG_NO_MPTCP, 0);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(&p, &p.client, p.client.sf, &synack);
    assert_int_equal(MPTCP_E_PLAIN, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    open_pair(&p, 0, 0);
    assert_int_equal(MPTCP_E_NOT_FULLY, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    server_acks(&p, 101);
    assert_int_equal(MPTCP_E_CLOSING, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
}

/* checks: none */
static void given_two_addresses_then_the_answer_is_what_keeps_them_apart(void **state)
{
    (void)state;
    struct pair p;
    uint8_t four;
    uint8_t six;
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_addr other = address6(1, 1, 0);

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &other, MPTCP_ADDR_JOIN, &six, p.now));
    assert_int_equal(MPTCP_E_PAIR, joining(&p.client, six, 0));
    assert_int_equal(1, where.pair);
    assert_int_equal(six, where.local_id);
    assert_int_equal(0, where.remote_id);
    assert_int_equal(MPTCP_E_JOINED, joining(&p.client, 0, 0));
    assert_int_equal(MPTCP_E_NOT_FOUND, joining(&p.client, 77, 0));
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &four, p.now));
    assert_int_equal(MPTCP_OK, joining(&p.client, four, 0));
    assert_int_equal(MPTCP_OK, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    assert_int_equal(four, where.local_id);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, four, p.now));
    assert_int_equal(MPTCP_E_ADDRESS_GONE, joining(&p.client, four, 0));
    assert_int_equal(MPTCP_E_NO_TARGET, joining(&p.server, 0, 0));
}

/* checks: none */
static void
given_a_join_that_is_put_off_or_was_refused_then_later_with_its_time_or_tried(void **state)
{
    (void)state;
    struct pair p;
    uint8_t id;
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_action a;

    establish(&p, 0, 0);
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_LATER, p.now);
    assert_int_equal(MPTCP_E_LATER, joining(&p.client, id, 0));
    assert_int_equal(p.now + 10000, where.when);
    p.now = where.when;
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_FAILED, p.now);
    assert_int_equal(MPTCP_E_LATER, joining(&p.client, id, 0));
    assert_true(where.when >= p.now + 1000000 && where.when != MPTCP_NEVER);
    p.now = where.when;
    mptcp_on_timeout(p.client.c, p.now);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    assert_int_equal(MPTCP_E_JOINED, joining(&p.client, id, 0));
    mptcp_on_gone(p.client.c, a.sf, MPTCP_E_PEER_RESET, p.now);
    assert_int_equal(MPTCP_E_TRIED, joining(&p.client, id, 0));
    assert_int_equal(MPTCP_NEVER, where.when);
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));
    assert_int_equal(MPTCP_OK, joining(&p.client, id, 0));
}

/* checks: none */
static void given_the_policy_of_a_host_then_policy_and_after_its_request_nothing(void **state)
{
    (void)state;
    static _Alignas(8) uint8_t mem[2 * CORE_BLOCK];
    struct pair p;
    uint8_t id;
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_config cfg = core_config(0);

    cfg.policy = MPTCP_POLICY_HOST;
    establish_as(&p, &cfg, mem, CORE_BLOCK);
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now);
    assert_int_equal(MPTCP_E_POLICY, joining(&p.client, id, 0));
    assert_int_equal(MPTCP_E_POLICY, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, id, 0, p.now));
    assert_int_equal(MPTCP_OK, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    cfg.policy = MPTCP_POLICY_ADDRESSES;
    cfg.option_room = 23;
    establish_as(&p, &cfg, mem, CORE_BLOCK);
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now);
    assert_int_equal(MPTCP_E_ROOM, joining(&p.client, id, 0));
}

/* checks: none */
static void
given_a_join_that_the_host_asked_for_between_the_only_addresses_then_nothing(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_E_NO_SOURCE, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, 0, 0, p.now));
    assert_true(wants(&p.client, MPTCP_CONNECT));
    assert_int_equal(MPTCP_OK, joining(&p.client, MPTCP_ANY_ID, MPTCP_ANY_ID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_no_open_connection_then_the_answer_is_its_stage),
        cmocka_unit_test(given_octets_that_wait_then_the_answer_is_what_they_wait_for),
        cmocka_unit_test(given_a_subflow_whose_window_is_closed_then_subflow_window),
        cmocka_unit_test(given_a_backup_with_room_then_the_scheduler_waits_for_the_other_one),
        cmocka_unit_test(
            given_a_silent_subflow_then_it_says_so_and_the_answer_is_that_of_the_other),
        cmocka_unit_test(given_a_subflow_whose_address_was_removed_then_it_is_closing),
        cmocka_unit_test(given_no_run_for_another_mapping_then_full),
        cmocka_unit_test(given_a_parked_connection_then_there_is_no_subflow),
        cmocka_unit_test(given_a_connection_that_may_not_join_then_its_reason),
        cmocka_unit_test(given_two_addresses_then_the_answer_is_what_keeps_them_apart),
        cmocka_unit_test(
            given_a_join_that_is_put_off_or_was_refused_then_later_with_its_time_or_tried),
        cmocka_unit_test(given_the_policy_of_a_host_then_policy_and_after_its_request_nothing),
        cmocka_unit_test(
            given_a_join_that_the_host_asked_for_between_the_only_addresses_then_nothing),
    };
    return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
