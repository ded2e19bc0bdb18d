/*
 * test_timer.c - deadlines that no packet and no call reminds of: lwIP's thread keeps them, also
 * when it slept without a limit before.
 */
#include "threads.h"

#include "lwip/timeouts.h"

#include <stdatomic.h>

/*
 * No packet comes, and no thread calls: only the timer can find that the silence has lasted long
 * enough.
 */
static void given_no_packets_when_a_deadline_passes_then_lwips_thread_keeps_it(void **state)
{
    struct mptcpl_stream_options options;
    struct mptcpl_stream *listener = serve(1);
    uint8_t octet = 1;
    err_t err;

    (void)state;
    mptcpl_stream_options_init(&options);
    options.config.silence_min_us = 100000;
    options.config.answer_wait_us = 200000;
    options.config.silence_limit_us = 400000;
    struct mptcpl_stream *s =
        mptcpl_stream_connect(&options, example_server(), port(), LIMIT_MS, &err);
    assert_int_equal(ERR_OK, err);
    struct mptcpl_stream *server = mptcpl_stream_accept(listener, &err);
    assert_int_equal(ERR_OK, err);
    assert_int_equal(ERR_OK, mptcpl_stream_write(s, &octet, 1));
    assert_int_equal(1, mptcpl_stream_read(server, &octet, 1));
    example_net_cut(0, true);
    example_net_cut(1, true);
    assert_int_equal(ERR_OK, mptcpl_stream_write(s, &octet, 1));
    mptcpl_stream_timeout(s, LIMIT_MS);
    assert_int_equal(ERR_ABRT, mptcpl_stream_read(s, &octet, 1));
    mptcpl_stream_close(s);
    mptcpl_stream_abort(server);
    mptcpl_stream_close(listener);
}

static err_t sleeps_for_ever(void *arg)
{
    (void)arg;
    return sys_timeouts_sleeptime() == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? ERR_OK : ERR_INPROGRESS;
}

static atomic_uint polled;

static err_t on_poll(void *arg, struct mptcpl_pcb *pcb)
{
    (void)arg;
    (void)pcb;
    polled++;
    return ERR_OK;
}

static void poll_soon(void *arg, struct mptcpl_pcb *pcb)
{
    (void)arg;
    mptcpl_poll(pcb, on_poll, 1);
}

static void
given_lwips_thread_sleeps_when_a_call_brings_a_deadline_then_it_wakes_for_it(void **state)
{
    struct mptcpl_stream_options options;
    err_t err;

    (void)state;
    /* No connection was there before: this is the first test. */
    assert_int_equal(ERR_OK, mptcpl_call(sleeps_for_ever, NULL));
    example_net_cut(0, true);
    example_net_cut(1, true);
    polled = 0;
    mptcpl_stream_options_init(&options);
    options.setup = poll_soon;
    assert_null(mptcpl_stream_connect(&options, example_server(), port(), 2000, &err));
    assert_int_equal(ERR_TIMEOUT, err);
    /* The call that finds the timeout polls, too. */
    assert_in_range(polled, 2, 5);
}

int test_timer(void)
{
    const struct CMUnitTest tests[] = {
        threaded(given_lwips_thread_sleeps_when_a_call_brings_a_deadline_then_it_wakes_for_it),
        threaded(given_no_packets_when_a_deadline_passes_then_lwips_thread_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
