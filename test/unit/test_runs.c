/*
 * test_runs.c - the ring of runs: look-ups, insertion anywhere, removal anywhere,
 * around the end of the ring and over the wrap of SSNs.
 */
#include "core_test.h"

#include "tables/tables.h"

#define N 4

static struct mptcp_run base[N];

static struct mptcp_runs empty_at(unsigned first)
{
    struct mptcp_runs t = {(uint16_t)first, 0, N, 0};
    return t;
}

static void put(struct mptcp_runs *t, uint32_t ssn, uint32_t len)
{
    struct mptcp_run r = mptcp_run_of(mptcp_dsn_of(1000 + ssn), mptcp_ssn_of(ssn), len, 0, 0);
    mptcp_runs_insert(base, t, mptcp_runs_upto(base, t, mptcp_ssn_of(ssn)), &r);
}

static uint32_t ssn_at(const struct mptcp_runs *t, unsigned i)
{
    return mptcp_run_at(base, t, i)->ssn.v;
}

/* checks: D-7 */
static void given_runs_in_any_order_then_they_stand_in_ssn_order(void **state)
{
    (void)state;
    for (unsigned first = 0; first < N; first++) {
        struct mptcp_runs t = empty_at(first);
        put(&t, 300, 10);
        put(&t, 100, 10);
        put(&t, 200, 10);
        put(&t, 50, 10);
        assert_int_equal(4, t.count);
        assert_int_equal(50, ssn_at(&t, 0));
        assert_int_equal(100, ssn_at(&t, 1));
        assert_int_equal(200, ssn_at(&t, 2));
        assert_int_equal(300, ssn_at(&t, 3));
    }
}

static void given_an_ssn_then_only_the_run_that_holds_it_is_found(void **state)
{
    (void)state;
    struct mptcp_runs t = empty_at(3);
    put(&t, 100, 10);
    put(&t, 200, 10);
    assert_null(mptcp_runs_find(base, &t, mptcp_ssn_of(99)));
    assert_int_equal(100, mptcp_runs_find(base, &t, mptcp_ssn_of(100))->ssn.v);
    assert_int_equal(100, mptcp_runs_find(base, &t, mptcp_ssn_of(109))->ssn.v);
    assert_null(mptcp_runs_find(base, &t, mptcp_ssn_of(110)));
    assert_int_equal(200, mptcp_runs_find(base, &t, mptcp_ssn_of(205))->ssn.v);
    assert_null(mptcp_runs_find(base, &t, mptcp_ssn_of(210)));
}

static void given_a_run_is_taken_out_then_the_others_keep_their_order(void **state)
{
    (void)state;
    for (unsigned gone = 0; gone < 4; gone++) {
        struct mptcp_runs t = empty_at(2);
        for (uint32_t i = 0; i < 4; i++) {
            put(&t, 100 * (i + 1), 10);
        }
        mptcp_runs_remove(base, &t, gone);
        assert_int_equal(3, t.count);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(100 * (i + 1 + (i >= gone)), ssn_at(&t, i));
        }
    }
}

/* checks: D-7 */
static void given_ssns_wrap_then_order_and_look_up_hold(void **state)
{
    (void)state;
    struct mptcp_runs t = empty_at(0);
    put(&t, 5, 10);
    put(&t, 0xfffffff0u, 16);
    assert_int_equal(0xfffffff0u, ssn_at(&t, 0));
    assert_int_equal(0xfffffff0u, mptcp_runs_find(base, &t, mptcp_ssn_of(0xffffffffu))->ssn.v);
    assert_null(mptcp_runs_find(base, &t, mptcp_ssn_of(0)));
    assert_int_equal(5, mptcp_runs_find(base, &t, mptcp_ssn_of(14))->ssn.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_runs_in_any_order_then_they_stand_in_ssn_order),
        cmocka_unit_test(given_an_ssn_then_only_the_run_that_holds_it_is_found),
        cmocka_unit_test(given_a_run_is_taken_out_then_the_others_keep_their_order),
        cmocka_unit_test(given_ssns_wrap_then_order_and_look_up_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
