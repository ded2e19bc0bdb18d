/*
 * test_congestion.c - the seat of an algorithm of congestion control: each hook of those that the
 * library has, over the smallest and largest values.
 */
#include "wire_test.h"

#include "mptcp/congestion.h"

#define MSS 1460u
#define PATHS 3u

struct flows {
    struct mptcp_cc_flows f;
    struct mptcp_cc_path paths[PATHS];
    struct mptcp_cc_acc state[PATHS];
    struct mptcp_cc_acc *acc[PATHS];
};

/* Three paths in congestion avoidance; it happens to the second one. */
static void begin(struct flows *w, uint32_t cwnd)
{
    memset(w, 0, sizeof *w);
    for (unsigned i = 0; i < PATHS; i++) {
        w->paths[i].cwnd = cwnd;
        w->paths[i].srtt_us = 20000 * (i + 1);
        w->paths[i].mss = MSS;
        w->paths[i].flags = MPTCP_CC_USABLE;
        w->acc[i] = &w->state[i];
    }
    w->f.paths = w->paths;
    w->f.acc = w->acc;
    w->f.n = PATHS;
    w->f.self = 1;
}

static void given_each_algorithm_then_it_has_a_name_of_its_own_and_every_hook(void **state)
{
    (void)state;
    assert_string_equal("lia", mptcp_lia.name);
    assert_string_equal("reno", mptcp_reno.name);
    assert_string_equal("olia", mptcp_olia.name);
    assert_string_equal("balia", mptcp_balia.name);
    assert_string_equal("wvegas", mptcp_wvegas.name);
    assert_string_equal("cubic", mptcp_cubic.name);
    assert_non_null(mptcp_congestion_at(5));
    assert_null(mptcp_congestion_at(6));
    for (unsigned k = 0; mptcp_congestion_at(k) != NULL; k++) {
        assert_non_null(mptcp_congestion_at(k)->on_ack);
        assert_non_null(mptcp_congestion_at(k)->on_loss);
        assert_non_null(mptcp_congestion_at(k)->on_rto);
        assert_non_null(mptcp_congestion_at(k)->on_undo);
        assert_non_null(mptcp_congestion_at(k)->on_idle);
    }
}

/* checks: D-30 */
static void given_acks_then_the_hooks_grow_the_window_as_the_increases_do(void **state)
{
    (void)state;
    struct flows w;
    struct mptcp_cc_acc acc = {0};

    begin(&w, 20 * MSS);
    for (unsigned k = 0; k < 1000; k++) {
        uint32_t more = mptcp_lia_increase(w.paths, PATHS, 1, MSS, &acc);
        uint32_t cwnd = mptcp_lia.on_ack(&w.f, MSS);
        assert_int_equal(cwnd, w.paths[1].cwnd + more);
        w.paths[1].cwnd = cwnd;
    }
    uint32_t coupled = w.paths[1].cwnd;
    assert_true(coupled > 20 * MSS);
    begin(&w, 20 * MSS);
    memset(&acc, 0, sizeof acc);
    for (unsigned k = 0; k < 1000; k++) {
        uint32_t more = mptcp_reno_increase(&w.paths[1], MSS, &acc);
        uint32_t cwnd = mptcp_reno.on_ack(&w.f, MSS);
        assert_int_equal(cwnd, w.paths[1].cwnd + more);
        w.paths[1].cwnd = cwnd;
    }
    assert_true(w.paths[1].cwnd > coupled);
    assert_int_equal(w.paths[0].cwnd, 20 * MSS);
}

/* checks: none */
static void given_slow_start_or_recovery_then_an_ack_leaves_the_window_to_the_host(void **state)
{
    (void)state;
    struct flows w;

    for (unsigned k = 0; mptcp_congestion_at(k) != NULL; k++) {
        begin(&w, 10 * MSS);
        w.paths[1].ssthresh = 10 * MSS + 1;
        assert_int_equal(10 * MSS, mptcp_congestion_at(k)->on_ack(&w.f, 5 * MSS));
        w.paths[1].ssthresh = 0;
        w.paths[1].flags |= MPTCP_CC_RECOVERY;
        assert_int_equal(10 * MSS, mptcp_congestion_at(k)->on_ack(&w.f, 5 * MSS));
        w.paths[1].flags = MPTCP_CC_USABLE | MPTCP_CC_APP_LIMITED;
        assert_int_equal(10 * MSS, mptcp_congestion_at(k)->on_ack(&w.f, 5 * MSS));
    }
}

/* What a loss leaves. */
static uint32_t share(const struct mptcp_congestion *cc, uint32_t cwnd)
{
    return cc == &mptcp_cubic ? (uint32_t)((uint64_t)cwnd * 7 / 10) : cwnd / 2;
}

/* P5: what is left is two segments at least. */
static void
given_a_loss_or_a_timeout_on_one_path_then_a_share_is_left_two_segments_at_least(void **state)
{
    (void)state;
    static const uint32_t windows[] = {0, 1, MSS, 4 * MSS - 1, 4 * MSS + 2, 1u << 20, UINT32_MAX};
    struct flows w;

    for (unsigned k = 0; mptcp_congestion_at(k) != NULL; k++) {
        for (unsigned i = 0; i < sizeof windows / sizeof windows[0]; i++) {
            uint32_t part = share(mptcp_congestion_at(k), windows[i]);
            uint32_t left = part > 2 * MSS ? part : 2 * MSS;
            begin(&w, windows[i]);
            w.f.n = 1;
            w.f.self = 0;
            assert_int_equal(left, mptcp_congestion_at(k)->on_loss(&w.f));
            assert_int_equal(left, mptcp_congestion_at(k)->on_rto(&w.f));
        }
        begin(&w, UINT32_MAX);
        w.f.n = 1;
        w.f.self = 0;
        w.paths[0].mss = UINT16_MAX;
        assert_int_equal(share(mptcp_congestion_at(k), UINT32_MAX),
                         mptcp_congestion_at(k)->on_loss(&w.f));
    }
}

/* P9: growth goes on from where the window was, as if nothing had been lost. */
static void given_an_undo_or_a_pause_then_the_window_grows_as_before(void **state)
{
    (void)state;
    for (unsigned k = 0; mptcp_congestion_at(k) != NULL; k++) {
        const uint32_t slack = mptcp_congestion_at(k) == &mptcp_cubic ? MSS / 4 : 0;
        struct flows a;
        struct flows b;
        begin(&a, 20 * MSS);
        begin(&b, 20 * MSS);
        for (unsigned n = 0; n < 200; n++) {
            if (n == 50) {
                struct mptcp_cc_path was = a.paths[1];
                a.paths[1].ssthresh = a.paths[1].cwnd = mptcp_congestion_at(k)->on_loss(&a.f);
                a.paths[1] = was;
                mptcp_congestion_at(k)->on_undo(&a.f);
            }
            if (n == 100) {
                a.f.now += 3600000000u;
                mptcp_congestion_at(k)->on_idle(&a.f, 3600000000u);
            }
            a.paths[1].cwnd = mptcp_congestion_at(k)->on_ack(&a.f, MSS);
            b.paths[1].cwnd = mptcp_congestion_at(k)->on_ack(&b.f, MSS);
            assert_in_range(a.paths[1].cwnd, b.paths[1].cwnd - slack, b.paths[1].cwnd + slack);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_each_algorithm_then_it_has_a_name_of_its_own_and_every_hook),
        cmocka_unit_test(given_acks_then_the_hooks_grow_the_window_as_the_increases_do),
        cmocka_unit_test(given_slow_start_or_recovery_then_an_ack_leaves_the_window_to_the_host),
        cmocka_unit_test(
            given_a_loss_or_a_timeout_on_one_path_then_a_share_is_left_two_segments_at_least),
        cmocka_unit_test(given_an_undo_or_a_pause_then_the_window_grows_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
