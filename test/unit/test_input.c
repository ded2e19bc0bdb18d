/*
 * test_input.c - what a host may say, and what it may not: a wrong argument, a stale handle,
 * a call at the wrong time returns its code and changes nothing.
 */
#include "bugs_test.h"

#define CHECK_UNCHANGED(side, code, call)                         \
    do {                                                          \
        uint8_t before[CORE_BLOCK];                               \
        memcpy(before, (side).block, sizeof before);              \
        assert_int_equal(code, call);                             \
        assert_memory_equal(before, (side).block, sizeof before); \
    } while (0)

/* checks: none */
static void given_a_stale_handle_then_every_input_refuses_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_path path = {.size = sizeof path, .room = 1, .segment_size = 1};
    struct mptcp_piece piece = {.len = 1};
    struct mptcp_segment seg = {0};
    struct mptcp_verdict v;

    establish(&p, 0, 0);
    struct mptcp_conn *c = p.client.c;
    mptcp_time now = p.now + 1000;
    mptcp_sf stale[] = {p.client.sf + 0x100, p.client.sf + 1, MPTCP_SF_NONE};
    for (unsigned i = 0; i < 3; i++) {
        mptcp_sf sf = stale[i];
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_on_path(c, sf, &path, now));
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_on_data(c, sf, &piece, now));
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_on_segment(c, sf, &seg, &v, now));
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_on_established(c, sf, now));
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_on_fin(c, sf, now));
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_on_copied(c, sf, now));
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_set_backup(c, sf, true, now));
        CHECK_UNCHANGED(p.client, MPTCP_E_STALE, mptcp_on_gone(c, sf, MPTCP_E_PEER_RESET, now));
    }
}

/* checks: none */
static void given_wrong_arguments_then_they_are_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_path path = {.size = sizeof path - 1, .room = 1};
    struct mptcp_piece piece = {.len = 0};

    establish(&p, 0, 0);
    struct mptcp_conn *c = p.client.c;
    mptcp_sf sf = p.client.sf;
    mptcp_time now = p.now + 1000;
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_path(c, sf, &path, now));
    path.size++;
    path.segment_size = 65536;
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_path(c, sf, &path, now));
    path.segment_size = 0;
    path.mapping_max = 65536;
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_path(c, sf, &path, now));
    path.mapping_max = 0;
    path.acknowledged = mptcp_ssn_of(102); /* 100 octets were given to it */
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_path(c, sf, &path, now));
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_path(c, sf, NULL, now));
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_data(c, sf, &piece, now));
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_data(c, sf, NULL, now));
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_gone(c, sf, MPTCP_OK, now));
    CHECK_UNCHANGED(p.client, MPTCP_E_ARGUMENT, mptcp_on_consumed(c, 1, now));
}

/* checks: none */
static void given_a_connection_that_is_not_open_then_what_needs_one_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr a = address(3, 3, 0);
    uint8_t id;

    begin(&p, 0, 0);
    struct mptcp_conn *c = p.server.c; /* made, and nothing else */
    CHECK_UNCHANGED(p.server, MPTCP_E_STATE, mptcp_on_shutdown(c, p.now));
    CHECK_UNCHANGED(p.server, MPTCP_E_STATE, mptcp_add_address(c, &a, MPTCP_ADDR_JOIN, &id, p.now));
}

/* checks: D-18 */
static void given_a_shutdown_then_nothing_more_is_written(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    CHECK_UNCHANGED(p.client, MPTCP_E_STATE, mptcp_on_written(p.client.c, 1, p.now));
}

/* checks: none */
static void given_an_end_then_writing_is_refused_and_aborting_again_is_no_error(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    CHECK_UNCHANGED(p.client, MPTCP_E_STATE, mptcp_on_written(p.client.c, 1, p.now));
    CHECK_UNCHANGED(p.client, MPTCP_E_STATE, mptcp_on_shutdown(p.client.c, p.now));
    CHECK_UNCHANGED(p.client, MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    assert_int_equal(MPTCP_E_ABORTED, info_of(&p.client).error);
}

/* checks: D-10 B-4 */
static void given_two_windows_of_octets_without_any_mapping_then_the_subflow_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_piece piece = {.len = 1000};
    struct mptcp_action a;
    static const uint8_t zeros[1000];

    piece.data = zeros;
    establish(&p, 0, 0);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
        assert_int_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_RESET_SUBFLOW));
    }
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_UNMAPPED, a.code);
    assert_int_equal(MPTCP_RST_MIDDLEBOX, a.reason);
}

/* A hundred octets of the stream come next on the first subflow, again or for the first time. */
static void octets_from(struct pair *p, uint64_t dsn)
{
    uint32_t ssn = subflow_of(&p->server, p->server.sf).rcv_nxt.v;
    struct mptcp_option o = map_option(dsn, ssn, 100);
    octets_come(p, &p->server, &o, ssn, 100);
    if (!mptcp_subflow_resets(p->server.c, p->server.sf)) {
        says(p, &p->server, p->server.sf);
    }
}

/* What waits for a gap lies in front of them in the queue, so the host cannot let them go. */
/* checks: D-24 E-2 */
static void
given_the_same_octets_again_and_again_behind_a_gap_then_the_host_keeps_a_bounded_part(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    uint32_t kept = 0;

    establish(&p, 0, 0);
    uint64_t next = mptcp_rcv_nxt(p.server.c).v;
    octets_from(&p, next + 100);
    for (; !wants(&p.server, MPTCP_RESET_SUBFLOW); kept += 100) {
        drain(&p, &p.server);
        assert_true(kept <= 4 * 10000);
        octets_from(&p, next - 100);
    }
    assert_true(kept > 3 * 10000);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_SUBFLOW_FAILED, a.code);
    assert_int_equal(MPTCP_RST_OUTSTANDING, a.reason);
    /* Without a gap they are let go at once, however many there are. */
    establish(&p, 0, 0);
    next = mptcp_rcv_nxt(p.server.c).v;
    for (unsigned i = 0; i < 1000; i++) {
        octets_from(&p, next - 100);
        assert_true(find_action(&p, &p.server, MPTCP_RELEASE, &a));
        drain(&p, &p.server);
    }
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
}

/* checks: D-8 D-3 */
static void given_octets_told_by_their_sum_then_it_may_not_cross_the_end_of_a_mapping(void **state)
{
    (void)state;
    for (uint32_t len = 99; len <= 101; len++) {
        struct pair p;
        struct mptcp_piece piece = {.len = len};

        establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
        for (uint32_t n = 0; n < 2; n++) { /* two mappings, of zeros */
            mptcp_dsn dsn = mptcp_dsn_add(mptcp_rcv_nxt(p.server.c), 100 * n);
            struct mptcp_option o = map_option(dsn.v, 101 + 100 * n, 100);
            o.u.dss.has_checksum = 1;
            o.u.dss.checksum = mptcp_dss_checksum(dsn, mptcp_ssn_of(101 + 100 * n), 100, 0);
            struct wire w = with_option(&o, ACK, 101 + 100 * n, 100, 1);
            come(&p, &p.server, p.server.sf, &w);
            assert_false(p.server.verdict.drop);
        }
        if (len > 100) {
            CHECK_UNCHANGED(p.server, MPTCP_E_ARGUMENT,
                            mptcp_on_data(p.server.c, p.server.sf, &piece, p.now + 1000));
            static const uint8_t zeros[200];
            piece.data = zeros; /* of octets that are there any sum can be made */
        }
        mptcp_dsn before = mptcp_rcv_nxt(p.server.c);
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
        assert_int_equal(len < 100 ? 0 : 100, mptcp_rcv_nxt(p.server.c).v - before.v);
    }
    /* Nothing is summed up without checksums. */
    struct pair p;
    struct mptcp_piece piece = {.len = 101};
    establish(&p, 0, 0);
    struct mptcp_option o = map_option(mptcp_rcv_nxt(p.server.c).v, 101, 100);
    struct wire w = with_option(&o, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_stale_handle_then_every_input_refuses_it),
        cmocka_unit_test(given_wrong_arguments_then_they_are_refused),
        cmocka_unit_test(given_a_connection_that_is_not_open_then_what_needs_one_is_refused),
        cmocka_unit_test(given_a_shutdown_then_nothing_more_is_written),
        cmocka_unit_test(given_an_end_then_writing_is_refused_and_aborting_again_is_no_error),
        cmocka_unit_test(given_two_windows_of_octets_without_any_mapping_then_the_subflow_is_reset),
        cmocka_unit_test(
            given_the_same_octets_again_and_again_behind_a_gap_then_the_host_keeps_a_bounded_part),
        cmocka_unit_test(given_octets_told_by_their_sum_then_it_may_not_cross_the_end_of_a_mapping),
    };
    return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
