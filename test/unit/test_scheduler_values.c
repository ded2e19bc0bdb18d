/*
 * test_scheduler_values.c - each scheduler of the library, shown paths of any values.
 */
#include "rounds.h"
#include "scheduler_view_test.h"

static const uint32_t numbers[] = {0, 1, 10000, 0x7fffffffu, 0x80000000u, UINT32_MAX};

static uint32_t any_of(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return numbers[(*seed >> 33) % COUNT_OF(numbers)];
}

static void any_path(struct mptcp_sched_path *p, uint64_t *seed)
{
    p->srtt_us = any_of(seed);
    p->min_rtt_us = any_of(seed);
    p->in_flight = any_of(seed);
    p->spare = p->room = any_of(seed);
    p->word = any_of(seed);
    p->unit = (uint16_t)any_of(seed);
    p->usable = any_of(seed) != 0;
    p->backup = any_of(seed) == 0;
    p->avoid = any_of(seed) == 0;
    p->cost = any_of(seed) == 0;
}

/* checks: none */
static void given_any_values_then_each_wait_of_each_scheduler_has_a_witness(void **state)
{
    (void)state;
    static const struct mptcp_scheduler *const all[] = {
        &mptcp_gain, &mptcp_minrtt, &mptcp_roundrobin, &mptcp_redundant, &mptcp_blest, &mptcp_ecf};
    struct seen s;
    uint64_t seed = 1;
    unsigned waits[COUNT_OF(all)] = {0};

    for (unsigned n = 0; n < rounds(200000); n++) {
        const struct mptcp_scheduler *scheduler = all[n % COUNT_OF(all)];
        see(&s, 1 + n % 4, any_of(&seed), any_of(&seed));
        for (unsigned i = 0; i < s.array.view.n; i++) {
            any_path(&s.path[i], &seed);
        }
        s.array.view.una = any_of(&seed);
        s.array.view.in_flight = any_of(&seed);
        s.array.view.again = n % 7 == 0;
        s.word = (uint16_t)any_of(&seed);
        holds(&s, n % s.array.view.n, (int32_t)any_of(&seed) / 2, any_of(&seed), 0);
        ask(&s, scheduler);
        wait_has_witness(&s);
        waits[n % COUNT_OF(all)] += s.choice.what == MPTCP_SCHED_WAIT;
        assert_true(s.choice.path < s.array.view.n && s.choice.other < s.array.view.n);
        if (s.choice.what == MPTCP_SCHED_NEW || s.choice.what == MPTCP_SCHED_AGAIN) {
            assert_true(s.path[s.choice.path].usable);
            send_it(&s, scheduler);
        }
    }
    for (unsigned i = 0; i < COUNT_OF(all); i++) {
        bool may_wait = all[i] == &mptcp_gain || all[i] == &mptcp_blest || all[i] == &mptcp_ecf;
        assert_true((waits[i] > 20) == may_wait);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_any_values_then_each_wait_of_each_scheduler_has_a_witness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
