/*
 * test_blackhole.c - destinations that swallow SYNs with MPTCP, remembered for a while.
 */
#include "core_test.h"

#define HOUR 3600000000ull

static bool may(const struct mptcp_blackhole *b, const struct mptcp_addr *remote, mptcp_time now)
{
    return mptcp_blackhole_may_offer(b, remote, now);
}

/* Destination n, each of another net. */
static struct mptcp_addr place(unsigned n)
{
    return address(n, 2, 80);
}

/* checks: H-3 M-2 */
static void given_nothing_is_remembered_then_mptcp_is_offered_to_everybody(void **state)
{
    (void)state;
    struct mptcp_blackhole b;
    struct mptcp_addr six = address6(1, 2, 80);

    memset(&b, 0xa5, sizeof b); /* whatever the memory held */
    mptcp_blackhole_init(&b);
    for (unsigned n = 0; n < 20; n++) {
        struct mptcp_addr to = place(n);
        assert_true(may(&b, &to, n * HOUR));
    }
    assert_true(may(&b, &six, 0));
}

/* checks: H-3 M-2 */
static void given_syns_were_lost_again_and_again_then_each_wait_is_twice_as_long(void **state)
{
    (void)state;
    struct mptcp_blackhole b;
    struct mptcp_addr to = place(1);
    mptcp_time now = 5;

    mptcp_blackhole_init(&b);
    for (unsigned n = 0; n < 300; n++) {
        uint64_t wait = HOUR << (n < 6 ? n : 6); /* at most 64 hours */
        mptcp_blackhole_opened(&b, &to, MPTCP_E_BLACKHOLE, now);
        assert_false(may(&b, &to, now));
        assert_false(may(&b, &to, now + wait - 1));
        assert_true(may(&b, &to, now + wait));
        now += wait;
    }
}

/* checks: H-3 */
static void given_the_clock_lags_then_mptcp_stays_away_as_long(void **state)
{
    (void)state;
    struct mptcp_blackhole b;
    struct mptcp_addr to = place(1);

    mptcp_blackhole_init(&b);
    mptcp_blackhole_opened(&b, &to, MPTCP_E_BLACKHOLE, 10 * HOUR);
    assert_false(may(&b, &to, 9 * HOUR));
    assert_false(may(&b, &to, 0));
    assert_true(may(&b, &to, 11 * HOUR));
}

/* checks: H-3 */
static void given_mptcp_came_through_or_was_refused_then_the_strikes_are_forgotten(void **state)
{
    (void)state;
    static const int codes[] = {MPTCP_OK, MPTCP_E_NO_MPTCP, MPTCP_E_HANDSHAKE};

    for (unsigned i = 0; i < 3; i++) {
        struct mptcp_blackhole b;
        struct mptcp_addr to = place(1);
        mptcp_blackhole_init(&b);
        for (unsigned n = 0; n < 4; n++) {
            mptcp_blackhole_opened(&b, &to, MPTCP_E_BLACKHOLE, HOUR);
        }
        assert_false(may(&b, &to, 3 * HOUR));
        mptcp_blackhole_opened(&b, &to, codes[i], 3 * HOUR);
        assert_true(may(&b, &to, 3 * HOUR));
        /* The next one counts as the first. */
        mptcp_blackhole_opened(&b, &to, MPTCP_E_BLACKHOLE, 3 * HOUR);
        assert_false(may(&b, &to, 4 * HOUR - 1));
        assert_true(may(&b, &to, 4 * HOUR));
    }
}

/* checks: H-3 */
static void given_news_of_somewhere_unknown_then_nothing_else_is_forgotten(void **state)
{
    (void)state;
    struct mptcp_blackhole b;
    struct mptcp_addr to = place(1);
    struct mptcp_addr other = place(2);

    mptcp_blackhole_init(&b);
    mptcp_blackhole_opened(&b, &to, MPTCP_E_BLACKHOLE, 0);
    mptcp_blackhole_opened(&b, &other, MPTCP_OK, 0);
    assert_false(may(&b, &to, 1));
    assert_true(may(&b, &other, 1));
}

/* checks: H-3 */
static void given_a_destination_then_another_port_address_or_family_is_another(void **state)
{
    (void)state;
    struct mptcp_blackhole b;
    struct mptcp_addr to = address6(1, 2, 80);
    struct mptcp_addr others[4] = {to, to, to, to};

    others[0].port = 81;
    others[1].ip[15] ^= 1;
    others[2].ip[0] ^= 0x80;
    others[3].family = 4;
    mptcp_blackhole_init(&b);
    mptcp_blackhole_opened(&b, &to, MPTCP_E_BLACKHOLE, 0);
    assert_false(may(&b, &to, 1));
    for (unsigned i = 0; i < 4; i++) {
        assert_true(may(&b, &others[i], 1));
        /* And what is heard of it says nothing of the first. */
        mptcp_blackhole_opened(&b, &others[i], MPTCP_OK, 1);
        assert_false(may(&b, &to, 1));
    }
}

/* checks: H-3 */
static void given_more_destinations_than_slots_then_the_least_recent_is_forgotten(void **state)
{
    (void)state;
    struct mptcp_blackhole b;

    mptcp_blackhole_init(&b);
    for (unsigned n = 0; n < 3 * MPTCP_BLACKHOLES; n++) {
        struct mptcp_addr next = place(n);
        mptcp_blackhole_opened(&b, &next, MPTCP_E_BLACKHOLE, n);
        for (unsigned k = 0; k <= n; k++) {
            struct mptcp_addr to = place(k);
            assert_int_equal(n - k >= MPTCP_BLACKHOLES, may(&b, &to, n));
        }
    }
    /* It comes back as if it had never been there. */
    struct mptcp_addr again = place(0);
    mptcp_blackhole_opened(&b, &again, MPTCP_E_BLACKHOLE, 100);
    assert_false(may(&b, &again, 100 + HOUR - 1));
    assert_true(may(&b, &again, 100 + HOUR));
}

/* checks: H-3 */
static void given_a_slot_that_was_forgotten_then_it_is_taken_before_one_that_counts(void **state)
{
    (void)state;
    struct mptcp_blackhole b;

    mptcp_blackhole_init(&b);
    for (unsigned n = 0; n < MPTCP_BLACKHOLES; n++) {
        struct mptcp_addr to = place(n);
        mptcp_blackhole_opened(&b, &to, MPTCP_E_BLACKHOLE, n);
    }
    struct mptcp_addr fine = place(5);
    struct mptcp_addr next = place(20);
    mptcp_blackhole_opened(&b, &fine, MPTCP_OK, 50);
    mptcp_blackhole_opened(&b, &next, MPTCP_E_BLACKHOLE, 50);
    for (unsigned n = 0; n < MPTCP_BLACKHOLES; n++) {
        struct mptcp_addr to = place(n);
        assert_int_equal(n == 5, may(&b, &to, 50));
    }
    assert_false(may(&b, &next, 50));
}

/* A client whose SYNs with MP_CAPABLE are lost; the SYN without is answered. Its code of OPEN. */
static int opens_through_a_blackhole(struct pair *p)
{
    struct mptcp_action a;

    begin(p, 0, 0);
    for (unsigned i = 1; i < 3; i++) {
        struct wire again = send_from(p, &p->client, p->client.sf, SYN, 0, 0, 0);
        assert_true(has_option(&again, MPTCP_CAPABLE));
    }
    struct wire plain = send_from(p, &p->client, p->client.sf, SYN, 0, 0, 0);
    assert_int_equal(0, plain.seg.options_len);
    struct wire synack = with_option(NULL, SYN | ACK, 0, 0, 1);
    come(p, &p->client, p->client.sf, &synack);
    assert_true(find_action(p, &p->client, MPTCP_EVENT, &a));
    assert_int_equal(MPTCP_EV_OPEN, a.event);
    return a.code;
}

/* checks: C-28 H-3 M-2 */
static void given_a_connection_that_met_one_then_the_next_is_told_to_stay_plain(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_blackhole b;
    struct mptcp_addr to = address(0, 2, 80);

    mptcp_blackhole_init(&b);
    int code = opens_through_a_blackhole(&p);
    assert_int_equal(MPTCP_E_BLACKHOLE, code);
    mptcp_blackhole_opened(&b, &to, code, p.now);
    assert_false(may(&b, &to, p.now));
    struct wire syn = begin(&p, may(&b, &to, p.now) ? 0 : MPTCP_CFG_NO_MPTCP, 0);
    assert_int_equal(0, syn.seg.options_len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_nothing_is_remembered_then_mptcp_is_offered_to_everybody),
        cmocka_unit_test(given_syns_were_lost_again_and_again_then_each_wait_is_twice_as_long),
        cmocka_unit_test(given_the_clock_lags_then_mptcp_stays_away_as_long),
        cmocka_unit_test(given_mptcp_came_through_or_was_refused_then_the_strikes_are_forgotten),
        cmocka_unit_test(given_news_of_somewhere_unknown_then_nothing_else_is_forgotten),
        cmocka_unit_test(given_a_destination_then_another_port_address_or_family_is_another),
        cmocka_unit_test(given_more_destinations_than_slots_then_the_least_recent_is_forgotten),
        cmocka_unit_test(given_a_slot_that_was_forgotten_then_it_is_taken_before_one_that_counts),
        cmocka_unit_test(given_a_connection_that_met_one_then_the_next_is_told_to_stay_plain),
    };
    return cmocka_run_group_tests_name("blackhole", tests, NULL, NULL);
}
