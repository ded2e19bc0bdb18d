/*
 * test_versions.c - "version 1, then 0": what a client remembers of destinations that answered
 * without MPTCP (Z-20, C-4).
 */
#include "version0_test.h"

#include "mptcp/endpoint.h"

#define DAY 86400000000ull

/* Destination n, each of another net. */
static struct mptcp_addr place(unsigned n)
{
    return address(n, 2, 80);
}

/* checks: Z-20 C-1 C-4 */
static void given_nothing_is_remembered_then_version_1_is_offered_to_everybody(void **state)
{
    (void)state;
    struct mptcp_versions v;

    memset(&v, 0xa5, sizeof v); /* whatever the memory held */
    mptcp_versions_init(&v);
    for (unsigned n = 0; n < 20; n++) {
        struct mptcp_addr to = place(n);
        assert_int_equal(1, mptcp_versions_offer(&v, &to, n * DAY));
    }
    struct mptcp_addr six = address6(1, 2, 80);
    assert_int_equal(1, mptcp_versions_offer(&v, &six, 5));
}

/* checks: Z-20 C-4 */
static void
given_version_1_was_answered_without_mptcp_then_the_next_offers_0_for_a_day(void **state)
{
    (void)state;
    static const int codes[] = {MPTCP_E_NO_MPTCP, MPTCP_E_OPT_VERSION};

    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct mptcp_versions v;
        struct mptcp_addr to = place(1);
        struct mptcp_addr port = address(1, 2, 81);
        struct mptcp_addr other = place(2);
        mptcp_versions_init(&v);
        mptcp_versions_opened(&v, &to, 1, codes[i], 100);
        assert_int_equal(0, mptcp_versions_offer(&v, &to, 100));
        assert_int_equal(0, mptcp_versions_offer(&v, &to, 99 + DAY));
        assert_int_equal(1, mptcp_versions_offer(&v, &port, 100));
        assert_int_equal(1, mptcp_versions_offer(&v, &other, 100));
        /* A success of version 0 does not make it last longer. */
        mptcp_versions_opened(&v, &to, 0, MPTCP_OK, DAY / 2);
        assert_int_equal(0, mptcp_versions_offer(&v, &to, 99 + DAY));
        assert_int_equal(1, mptcp_versions_offer(&v, &to, 100 + DAY));
    }
}

/* checks: Z-20 */
static void given_both_versions_failed_then_plain_tcp_for_a_day(void **state)
{
    (void)state;
    struct mptcp_versions v;
    struct mptcp_addr to = place(1);

    mptcp_versions_init(&v);
    mptcp_versions_opened(&v, &to, 1, MPTCP_E_NO_MPTCP, 100);
    mptcp_versions_opened(&v, &to, 0, MPTCP_E_NO_MPTCP, 200);
    assert_int_equal(MPTCP_VERSIONS_NONE, mptcp_versions_offer(&v, &to, 300));
    assert_int_equal(MPTCP_VERSIONS_NONE, mptcp_versions_offer(&v, &to, 99 + DAY));
    assert_int_equal(1, mptcp_versions_offer(&v, &to, 100 + DAY));
    /* Again after the day: the slot begins anew. */
    mptcp_versions_opened(&v, &to, 1, MPTCP_E_NO_MPTCP, 100 + DAY);
    assert_int_equal(0, mptcp_versions_offer(&v, &to, 101 + DAY));
}

/* checks: Z-20 */
static void given_version_1_was_spoken_then_a_later_failure_does_not_move_it(void **state)
{
    (void)state;
    struct mptcp_versions v;
    struct mptcp_addr to = place(1);

    mptcp_versions_init(&v);
    mptcp_versions_opened(&v, &to, 1, MPTCP_OK, 100);
    mptcp_versions_opened(&v, &to, 1, MPTCP_E_NO_MPTCP, 200);
    assert_int_equal(1, mptcp_versions_offer(&v, &to, 300));
    /* A success after failures: those are forgotten. */
    to = place(2);
    mptcp_versions_opened(&v, &to, 1, MPTCP_E_NO_MPTCP, 100);
    mptcp_versions_opened(&v, &to, 1, MPTCP_OK, 200);
    assert_int_equal(1, mptcp_versions_offer(&v, &to, 300));
}

/* checks: Z-20 */
static void given_codes_that_say_nothing_of_versions_then_nothing_is_remembered(void **state)
{
    (void)state;
    static const int codes[] = {MPTCP_E_BLACKHOLE, MPTCP_E_TIMED_OUT, MPTCP_E_SUBFLOW_FAILED,
                                MPTCP_E_CHECKSUM};
    struct mptcp_addr to = place(1);

    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct mptcp_versions v;
        mptcp_versions_init(&v);
        mptcp_versions_opened(&v, &to, 1, codes[i], 100);
        mptcp_versions_opened(&v, &to, 2, MPTCP_E_NO_MPTCP, 100); /* no such version */
        mptcp_versions_opened(&v, &to, 1, MPTCP_E_NO_MPTCP, MPTCP_NEVER);
        assert_int_equal(1, mptcp_versions_offer(&v, &to, 100));
    }
    mptcp_versions_opened(NULL, &to, 1, MPTCP_OK, 1);
    mptcp_versions_init(NULL);
    assert_int_equal(1, mptcp_versions_offer(NULL, &to, 1));
}

/* checks: Z-20 */
static void given_more_destinations_than_slots_then_the_oldest_gives_way(void **state)
{
    (void)state;
    struct mptcp_versions v;

    mptcp_versions_init(&v);
    for (unsigned n = 0; n < MPTCP_VERSIONS + 3; n++) {
        struct mptcp_addr to = place(n);
        mptcp_versions_opened(&v, &to, 1, MPTCP_E_NO_MPTCP, 100 + n);
    }
    for (unsigned n = 0; n < MPTCP_VERSIONS + 3; n++) {
        struct mptcp_addr to = place(n);
        assert_int_equal(n < 3 ? 1 : 0, mptcp_versions_offer(&v, &to, 200));
    }
}

/* checks: Z-20 */
static void given_slots_full_of_failures_then_successes_take_none_of_them(void **state)
{
    (void)state;
    struct mptcp_versions v;

    mptcp_versions_init(&v);
    for (unsigned n = 0; n < MPTCP_VERSIONS; n++) {
        struct mptcp_addr old = place(n);
        mptcp_versions_opened(&v, &old, 1, MPTCP_E_NO_MPTCP, 100 + n);
    }
    for (unsigned n = 100; n < 120; n++) {
        struct mptcp_addr today = place(n);
        mptcp_versions_opened(&v, &today, 1, MPTCP_OK, 200 + n);
        mptcp_versions_opened(&v, &today, 0, MPTCP_OK, 200 + n);
    }
    for (unsigned n = 0; n < MPTCP_VERSIONS; n++) {
        struct mptcp_addr old = place(n);
        assert_int_equal(0, mptcp_versions_offer(&v, &old, 400));
    }
}

/* checks: Z-20 */
static void
given_slots_full_of_successes_then_a_failure_or_a_newer_success_takes_the_oldest(void **state)
{
    (void)state;
    struct mptcp_versions v;
    struct mptcp_addr old = place(50);
    struct mptcp_addr newer = place(51);

    mptcp_versions_init(&v);
    for (unsigned n = 0; n < MPTCP_VERSIONS; n++) {
        struct mptcp_addr today = place(n);
        mptcp_versions_opened(&v, &today, 1, MPTCP_OK, 100 + n);
    }
    mptcp_versions_opened(&v, &old, 1, MPTCP_E_NO_MPTCP, 200); /* in the place of 0 */
    mptcp_versions_opened(&v, &newer, 1, MPTCP_OK, 201);       /* ... of 1 */
    assert_int_equal(0, mptcp_versions_offer(&v, &old, 300));
    struct mptcp_addr others[] = {newer, place(2), place(MPTCP_VERSIONS - 1)};
    for (size_t i = 0; i < COUNT_OF(others); i++) { /* these have spoken it: the path fails */
        mptcp_versions_opened(&v, &others[i], 1, MPTCP_E_NO_MPTCP, 300);
        assert_int_equal(1, mptcp_versions_offer(&v, &others[i], 301));
    }
    /* An expired failure is worth nothing: a success takes its place. */
    mptcp_versions_init(&v);
    for (unsigned n = 0; n < MPTCP_VERSIONS; n++) {
        struct mptcp_addr to = place(n);
        mptcp_versions_opened(&v, &to, 1, MPTCP_E_NO_MPTCP, 100);
    }
    mptcp_versions_opened(&v, &newer, 1, MPTCP_OK, 101 + DAY);
    mptcp_versions_opened(&v, &newer, 1, MPTCP_E_NO_MPTCP, 102 + DAY);
    assert_int_equal(1, mptcp_versions_offer(&v, &newer, 103 + DAY));
}

/* A client that offers what is remembered, to a server of one version; the code of its opening. */
static int connects(struct mptcp_versions *v, const struct mptcp_addr *to, unsigned server,
                    mptcp_time now)
{
    struct pair p;
    struct mptcp_action a;
    unsigned version = mptcp_versions_offer(v, to, now);
    struct mptcp_config mine = config_of(version == 0 ? 0 : 1, 0);
    struct mptcp_config theirs = config_of(server, 0);

    mine.flags |= version == MPTCP_VERSIONS_NONE ? MPTCP_CFG_NO_MPTCP : 0u;
    struct wire syn = begin_as(&p, &mine, &theirs);
    answers(&p, &syn);
    int code = 0;
    while (find_action(&p, &p.client, MPTCP_EVENT, &a)) {
        code = a.event == MPTCP_EV_OPEN ? a.code : code;
        mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    }
    mptcp_versions_opened(v, to, version, code, now);
    return code;
}

/* checks: Z-16 Z-18 Z-20 C-4 */
static void given_servers_of_either_version_then_the_second_connection_finds_it(void **state)
{
    (void)state;
    struct mptcp_versions v;
    struct mptcp_addr old = place(1);
    struct mptcp_addr today = place(2);

    mptcp_versions_init(&v);
    assert_int_equal(MPTCP_E_NO_MPTCP, connects(&v, &old, 0, 100)); /* plain TCP, with data */
    assert_int_equal(MPTCP_OK, connects(&v, &old, 0, 200));
    assert_int_equal(0, mptcp_versions_offer(&v, &old, 300));
    assert_int_equal(MPTCP_OK, connects(&v, &today, 1, 100));
    assert_int_equal(MPTCP_OK, connects(&v, &today, 1, 200));
    /* The old one was renewed: after a day it is asked for version 1 again. */
    assert_int_equal(MPTCP_OK, connects(&v, &old, 1, 101 + DAY));
    assert_int_equal(1, mptcp_versions_offer(&v, &old, 102 + DAY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_nothing_is_remembered_then_version_1_is_offered_to_everybody),
        cmocka_unit_test(
            given_version_1_was_answered_without_mptcp_then_the_next_offers_0_for_a_day),
        cmocka_unit_test(given_both_versions_failed_then_plain_tcp_for_a_day),
        cmocka_unit_test(given_version_1_was_spoken_then_a_later_failure_does_not_move_it),
        cmocka_unit_test(given_codes_that_say_nothing_of_versions_then_nothing_is_remembered),
        cmocka_unit_test(given_more_destinations_than_slots_then_the_oldest_gives_way),
        cmocka_unit_test(given_slots_full_of_failures_then_successes_take_none_of_them),
        cmocka_unit_test(
            given_slots_full_of_successes_then_a_failure_or_a_newer_success_takes_the_oldest),
        cmocka_unit_test(given_servers_of_either_version_then_the_second_connection_finds_it),
    };
    return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}
