/*
 * test_init.c - making a connection: its size, what is refused, wiping, cloning, another clock.
 */
#include "core_test.h"

static void given_the_reference_shape_then_the_macro_is_what_init_needs(void **state)
{
    (void)state;
    struct mptcp_config cfg;
    mptcp_config_init(&cfg);
    assert_int_equal(MPTCP_CONN_SIZE(2u, 4u, 24u), mptcp_conn_size(&cfg));
    assert_true(mptcp_conn_size(&cfg) <= (int64_t)(2560 + 5 * BLOCK_GAP));
}

static void given_a_configuration_out_of_range_then_there_is_no_connection(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[65536];
    struct mptcp_secret secret = {.key = 1};
    struct mptcp_config good;
    mptcp_config_init(&good);
    struct mptcp_config bad[11];
    for (unsigned i = 0; i < 11; i++) {
        bad[i] = good;
    }
    bad[0].subflows = 0;
    bad[1].subflows = 33;
    bad[1].runs = 4 * 33;
    bad[2].addrs = 0;
    bad[3].runs = 7;
    bad[4].runs = 65535;
    bad[5].rcv_buf = 0;
    bad[6].rcv_buf = 0x40000000;
    bad[7].size = 4;
    bad[8].answer_wait = 0x40000000;
    bad[9].silence_min = good.answer_wait + 1;
    bad[10].addrs = 65;
    for (unsigned i = 0; i < 11; i++) {
        assert_null(mptcp_conn_init(mem, sizeof mem, &bad[i], &secret));
        assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&bad[i]));
    }
    size_t need = (size_t)mptcp_conn_size(&good);
    assert_null(mptcp_conn_init(mem, need - 1, &good, &secret));
    assert_null(mptcp_conn_init(mem + 1, need, &good, &secret));
    assert_null(mptcp_conn_init(NULL, need, &good, &secret));
    assert_non_null(mptcp_conn_init(mem, need, &good, &secret));
}

static void given_the_largest_configuration_then_it_has_a_size(void **state)
{
    (void)state;
    struct mptcp_config cfg;
    mptcp_config_init(&cfg);
    cfg.subflows = 32;
    cfg.addrs = 64;
    cfg.runs = 65534;
    cfg.rcv_buf = cfg.answer_wait = cfg.silence_min = 0x3fffffff;
    cfg.silence_limit = 0x3fffffff;
    cfg.signal_rto = cfg.add_addr_rto = 0x3fffffff;
    assert_int_equal(MPTCP_CONN_SIZE(32u, 64u, 65534u), mptcp_conn_size(&cfg));
}

/* The keys are gone from the whole block. */
static void given_a_connection_is_wiped_then_no_octet_of_it_is_left(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    static const uint8_t zeros[CORE_BLOCK];
    mptcp_conn_wipe(p.client.c);
    assert_memory_equal(zeros, p.client.c, sizeof zeros);
}

/* Design law 2: a connection is a value. */
static void given_a_clone_then_it_runs_on_elsewhere_exactly_alike(void **state)
{
    (void)state;
    struct pair p;
    static _Alignas(uint64_t) uint8_t elsewhere[CORE_BLOCK];
    establish(&p, 0, 0);
    memcpy(elsewhere, p.client.c, sizeof elsewhere);
    struct side clone = p.client;
    clone.c = (struct mptcp_conn *)(void *)elsewhere;
    for (unsigned i = 0; i < 2; i++) {
        struct side *s = i == 0 ? &p.client : &clone;
        room(&p, s, s->sf, 5000);
        mptcp_on_written(s->c, 300, p.now);
        drain(&p, s);
        mptcp_on_shutdown(s->c, p.now + 7);
        mptcp_on_timeout(s->c, p.now + 2000000);
    }
    assert_memory_equal(elsewhere, p.client.c, sizeof elsewhere);
}

static void given_another_clock_then_what_was_due_in_a_second_is_due_in_a_second(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 5000);
    mptcp_on_written(p.client.c, 300, p.now);
    drain(&p, &p.client);
    mptcp_time due = mptcp_deadline(p.client.c);
    assert_true(due > p.now && due != MPTCP_NEVER);
    mptcp_time other = 5000000000ull;
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p.client.c, p.now, other));
    assert_true(mptcp_deadline(p.client.c) - other == due - p.now);
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p.client.c, other, p.now));
    assert_true(mptcp_deadline(p.client.c) == due);
}

static void given_a_clock_that_goes_back_then_time_stands_still_inside(void **state)
{
    (void)state;
    struct pair p;
    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 5000);
    mptcp_on_written(p.client.c, 300, p.now);
    drain(&p, &p.client);
    mptcp_time due = mptcp_deadline(p.client.c);
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, 1));
    assert_true(mptcp_deadline(p.client.c) == due);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_reference_shape_then_the_macro_is_what_init_needs),
        cmocka_unit_test(given_a_configuration_out_of_range_then_there_is_no_connection),
        cmocka_unit_test(given_the_largest_configuration_then_it_has_a_size),
        cmocka_unit_test(given_a_connection_is_wiped_then_no_octet_of_it_is_left),
        cmocka_unit_test(given_a_clone_then_it_runs_on_elsewhere_exactly_alike),
        cmocka_unit_test(given_another_clock_then_what_was_due_in_a_second_is_due_in_a_second),
        cmocka_unit_test(given_a_clock_that_goes_back_then_time_stands_still_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
