/*
 * test_companions.c - below_blocking.h and below_polled.h without hosts: wrong arguments, and
 * ticks. test_blocking*.c and test_polled.c run them.
 */
#include "below_blocking.h"
#include "below_polled.h"
#include "below_test.h"

#include <string.h>

static void lock(void *context)
{
    (void)context;
}

static mptcp_time time_of(void *context)
{
    (void)context;
    return 1;
}

static void *none_of(void *context)
{
    return context;
}

static void sleeps(void *context, mptcp_time us)
{
    (void)context;
    (void)us;
}

static void wakes(void *context, void *thread)
{
    (void)context;
    (void)thread;
}

/* checks: none */
static void given_wrong_arguments_then_nothing_happens(void **state)
{
    (void)state;
    struct below_blocking k;
    struct below_polled p;
    struct below_polled_place place[1];
    struct below *b = (struct below *)&k;
    const struct below_threads good = {&k, lock, lock, time_of, none_of, sleeps, wakes, NULL};
    const struct below_polled_calls no_calls = {0};
    uint8_t octet = 0;

    assert_int_equal(MPTCP_OK, below_blocking_init(&k, b, &good));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_init(NULL, b, &good));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_init(&k, NULL, &good));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_init(&k, b, NULL));
    for (size_t i = 1; i <= 6; i++) {
        struct below_threads bad = good;
        memset((uint8_t *)&bad + i * sizeof bad.context, 0, sizeof bad.context);
        assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_init(&k, b, &bad));
    }
    below_blocking_changed(NULL, 0, 0);
    below_blocking_work(NULL);
    below_blocking_leave(NULL);
    below_blocking_close(NULL, 0);
    below_blocking_abort(NULL, 0);
    below_blocking_unlisten(NULL, 0);
    assert_null(below_blocking_enter(NULL, NULL));
    assert_int_equal(SHIM_DROP, below_blocking_in(NULL, 0, &octet, 1));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_out(NULL, 0, &octet, 1));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_add_address(NULL, NULL, 0));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_remove_address(NULL, NULL));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_connect(NULL, NULL, NULL, NULL, 0));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_listen(NULL, NULL, NULL));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_accept(NULL, 0, NULL, 0));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_read(NULL, 0, NULL, 0, 0));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_write(NULL, 0, NULL, 0, 0));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_write(&k, 0, &octet, UINT32_MAX, 0));
    assert_int_equal(MPTCP_E_ARGUMENT, below_blocking_shutdown(NULL, 0));
    assert_int_equal(MPTCP_E_ARGUMENT, below_polled_init(&p, &no_calls, place, 1));
    assert_int_equal(MPTCP_E_ARGUMENT, below_polled_init(NULL, &no_calls, place, 1));
    below_polled_look(NULL, NULL);
}

/* checks: none */
static void given_a_tick_count_that_wraps_then_the_time_goes_on(void **state)
{
    (void)state;
    struct below_ticks t;

    below_ticks_init(&t, 1000, UINT32_MAX - 9);
    assert_int_equal(0, below_ticks_now(&t, UINT32_MAX - 9));
    assert_int_equal(20000, below_ticks_now(&t, 10));
    assert_int_equal(20000 + 0x7fffffffull * 1000, below_ticks_now(&t, 10 + 0x7fffffffu));
    assert_int_equal(0, below_ticks_of(&t, 0));
    assert_int_equal(1, below_ticks_of(&t, 1));
    assert_int_equal(60000, below_ticks_of(&t, MPTCP_NEVER));
    below_ticks_init(&t, 100, 0);
    assert_int_equal(2, below_ticks_of(&t, 10001));
    below_ticks_init(NULL, 100, 0);
    assert_int_equal(0, below_ticks_now(NULL, 5));
    assert_int_equal(0, below_ticks_of(NULL, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_wrong_arguments_then_nothing_happens),
        cmocka_unit_test(given_a_tick_count_that_wraps_then_the_time_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
