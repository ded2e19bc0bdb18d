/*
 * test_block.c - places in a connection's block, and the arithmetic of its times.
 */
#include "core_test.h"

#include "machines/machines.h"

/* checks: none */
static void given_the_shape_then_every_part_has_its_own_place_within_the_block(void **state)
{
    (void)state;
    struct pair p;
    begin(&p, 0, 0);
    const struct mptcp_conn *c = p.client.c;
    const uint8_t *end = (const uint8_t *)c;

    assert_ptr_equal(c + 1, subflow_at(c, 0));
    end = (const uint8_t *)subflow_at(c, CORE_SUBFLOWS);
    assert_ptr_equal(end, remote_at(c, 0));
    assert_ptr_equal(remote_at(c, CORE_ADDRS), local_at(c, 0));
    assert_ptr_equal(local_at(c, CORE_ADDRS), tx_base(c, 0));
    for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
        assert_ptr_equal(tx_base(c, i) + CORE_RUNS, rx_base(c, i));
        assert_ptr_equal(rx_base(c, i) + CORE_RUNS, tx_base(c, i + 1));
    }
    assert_true((const uint8_t *)tx_base(c, CORE_SUBFLOWS) <= p.client.block + CORE_BLOCK);
}

/* checks: none */
static void given_times_near_the_end_then_they_stop_short_of_never(void **state)
{
    (void)state;
    assert_true(time_after(5, 10) == 15);
    assert_true(time_after(MPTCP_NEVER - 5, 10) == MPTCP_NEVER - 1);
    assert_true(time_after(MPTCP_NEVER, 10) == MPTCP_NEVER - 1);
    assert_true(time_after(0, UINT32_MAX) == UINT32_MAX);
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
    c->due[DUE_PROBE] = c->now + 1;
    assert_false(fired(c, DUE_PROBE));
    c->now++;
    assert_true(fired(c, DUE_PROBE));
    assert_false(fired(c, DUE_PROBE));
}

/* checks: none */
static void given_a_counter_at_its_end_then_it_stays_there(void **state)
{
    (void)state;
    uint8_t n = 253;
    for (unsigned i = 0; i < 5; i++) {
        count_up(&n);
    }
    assert_int_equal(255, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_shape_then_every_part_has_its_own_place_within_the_block),
        cmocka_unit_test(given_times_near_the_end_then_they_stop_short_of_never),
        cmocka_unit_test(given_many_tries_then_backing_off_doubles_up_to_a_minute),
        cmocka_unit_test(given_a_timer_then_it_fires_once_and_not_before_its_time),
        cmocka_unit_test(given_a_counter_at_its_end_then_it_stays_there),
    };
    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
