/*
 * test_clock.c - the time inside a connection: ticks of 8 us in 32 bits, an epoch that moves up.
 */
#include "core_test.h"

#include "machines/machines.h"

#define HOUR 3600000000ull

/* checks: none */
static void given_moments_near_the_end_then_they_stop_short_of_idle(void **state)
{
    (void)state;
    assert_int_equal(7, tick_after(5, 16));
    assert_int_equal(7, tick_after(5, 9)); /* never too early */
    assert_int_equal(IDLE - 1, tick_after(IDLE - 5, 80));
    assert_int_equal(IDLE - 1, tick_after(IDLE, 80));
    assert_int_equal(0x20000000, tick_after(0, UINT32_MAX));
}

/* checks: none */
static void given_many_tries_then_backing_off_doubles_up_to_a_minute(void **state)
{
    (void)state;
    assert_int_equal(500000, backoff(500000, 0));
    assert_int_equal(1000000, backoff(500000, 1));
    assert_int_equal(64000000, backoff(500000, 7));
    for (unsigned n = 8; n < 300; n++) {
        assert_int_equal(64000000, backoff(500000, n));
    }
    assert_int_equal(0, backoff(0, 255));
    assert_int_equal(64000000, backoff(UINT32_MAX, 0));
}

/* checks: none */
static void given_a_timer_then_it_fires_once_and_not_before_its_time(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct mptcp_conn *c = p.client.c;

    assert_false(fired(c, DUE_PROBE));
    c->timer[DUE_PROBE] = c->tick + 1;
    assert_false(fired(c, DUE_PROBE));
    c->tick++;
    assert_true(fired(c, DUE_PROBE));
    assert_false(fired(c, DUE_PROBE));
}

/* checks: none */
static void given_a_time_that_goes_back_then_the_present_stays(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct mptcp_conn *c = p.client.c;

    mptcp_clock_set(c, 5000000);
    assert_true(mptcp_clock_time(c, c->tick) == 5000000);
    mptcp_clock_set(c, 4000000);
    assert_true(mptcp_clock_time(c, c->tick) == 5000000);
    assert_true(mptcp_clock_time(c, IDLE) == MPTCP_NEVER);
    assert_true(mptcp_clock_time(c, c->tick - 1000) ==
                5000000 - (1000u << TICK_SHIFT)); /* what is over stays over */
    assert_true(mptcp_clock_time(c, from_now(c, UINT32_MAX)) == 5000000ull + 0x100000000ull);
}

/* A timer of 71 minutes is set before each step of the clock; whatever the steps are it fires in
 * time. */
static void steps(mptcp_time first, mptcp_time step, unsigned n)
{
    struct pair p;
    begin(&p, 0, 0);
    struct mptcp_conn *c = p.client.c;
    mptcp_time now = first;

    mptcp_clock_set(c, now);
    for (unsigned i = 0; i < n; i++) {
        c->timer[DUE_NO_PATH] = from_now(c, 4000000000u);
        mptcp_time due = now + 4000000000u;
        assert_true(mptcp_clock_time(c, c->timer[DUE_NO_PATH]) - due + 8 <= 8);
        mptcp_clock_set(c, now + step);
        assert_true(c->tick < 0x80000000u);
        now += step;
        bool over = now >= due;
        assert_true(over == fired(c, DUE_NO_PATH));
        assert_true(mptcp_clock_time(c, c->tick) - now + 8 <= 8);
    }
}

/* checks: none */
static void given_hours_and_years_then_every_timer_fires_in_its_time(void **state)
{
    (void)state;
    steps(2000000, HOUR, 100);
    steps(2000008, 4000000000u, 100);
    steps(1700000000000000ull, HOUR / 2, 100); /* a clock that began in 1970 */
    steps(1700000000000000ull, 24 * 365 * HOUR, 10);
    steps(123456789, 5 * HOUR, 50);
}

/* checks: none */
static void given_the_epoch_moves_then_what_is_long_ago_stays_long_ago(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    struct mptcp_conn *c = p.client.c;
    struct mptcp_subflow *s = subflow_at(c, 0);

    c->wide_since = c->tick;
    s->silent_at = c->tick;
    for (unsigned hours = 1; hours < 50; hours++) {
        mptcp_clock_set(c, p.now + hours * HOUR);
        assert_true(us_since(c, s->silent_at) >= HOUR);
        assert_true(us_since(c, c->wide_since) >= HOUR);
    }
    c->wide_since = c->burst_end = s->progress = s->hold = c->tick - 1000;
    mptcp_clock_set(c, p.now + 60 * HOUR - 8);
    mptcp_clock_set(c, p.now + 60 * HOUR);
    assert_true(us_since(c, c->wide_since) == UINT32_MAX);
    assert_true(c->burst_end <= c->tick && s->progress <= c->tick && s->hold <= c->tick);
}

/* checks: none */
static void given_another_clock_then_every_moment_is_as_far_away_as_it_was(void **state)
{
    (void)state;
    static const mptcp_time to[] = {0, 8, 1000000, HOUR, 1ull << 50};

    for (unsigned i = 0; i < sizeof to / sizeof to[0]; i++) {
        struct pair p;
        establish(&p, 0, 0);
        client_sends(&p, 101, 100);
        mptcp_time due = mptcp_deadline(p.client.c) - p.now;
        mptcp_conn_rebase(p.client.c, p.now, to[i]);
        assert_true(mptcp_deadline(p.client.c) == to[i] + due);
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, to[i] + due - 8));
        assert_false(mptcp_subflow_silent(p.client.c, p.client.sf));
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, to[i] + due));
        assert_true(mptcp_subflow_silent(p.client.c, p.client.sf));
    }
}

/* checks: none */
static void given_another_clock_then_the_octets_do_not_tell_how_late_it_was_before(void **state)
{
    (void)state;
    static const mptcp_time start[] = {1000000, HOUR, 1ull << 50};
    struct pair p[3];

    for (unsigned i = 0; i < 3; i++) {
        memset(&p[i], 0, sizeof p[i]);
        establish(&p[i], 0, 0);
        mptcp_clock_set(p[i].client.c, p[i].now + 100 * HOUR + start[i]);
        client_sends(&p[i], 101, 100);
        mptcp_conn_rebase(p[i].client.c, mptcp_clock_time(p[i].client.c, 0), 8 * HOUR);
        assert_memory_equal(p[0].client.block, p[i].client.block, sizeof p[i].client.block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_moments_near_the_end_then_they_stop_short_of_idle),
        cmocka_unit_test(given_many_tries_then_backing_off_doubles_up_to_a_minute),
        cmocka_unit_test(given_a_timer_then_it_fires_once_and_not_before_its_time),
        cmocka_unit_test(given_a_time_that_goes_back_then_the_present_stays),
        cmocka_unit_test(given_hours_and_years_then_every_timer_fires_in_its_time),
        cmocka_unit_test(given_the_epoch_moves_then_what_is_long_ago_stays_long_ago),
        cmocka_unit_test(given_another_clock_then_every_moment_is_as_far_away_as_it_was),
        cmocka_unit_test(given_another_clock_then_the_octets_do_not_tell_how_late_it_was_before),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
