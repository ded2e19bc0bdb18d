/*
 * test_block.c - places in a connection's block.
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

    assert_ptr_equal((const uint8_t *)(c + 1) + BLOCK_GAP, subflow_at(c, 0));
    end = (const uint8_t *)subflow_at(c, CORE_SUBFLOWS);
    assert_ptr_equal(end + BLOCK_GAP, runs_of(c));
    end = (const uint8_t *)(runs_of(c) + CORE_RUNS);
    assert_ptr_equal(end + BLOCK_GAP, remote_at(c, 0));
    assert_ptr_equal(remote_at(c, CORE_ADDRS), local_at(c, 0));
    assert_true((const uint8_t *)local_at(c, CORE_ADDRS) <= p.client.block + CORE_BLOCK);
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
        cmocka_unit_test(given_a_counter_at_its_end_then_it_stays_there),
    };
    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
