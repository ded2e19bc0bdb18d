/*
 * test_subflows.c - what the machines ask about the subflows of a connection (tables/subflows.c),
 * in every state that they may be in.
 */
#include "tables_test.h"

#define STATES 6 /* enum mptcp_subflow_state */
#define KINDS (STATES * 4)

/* Each of a subflow's states with each of two flags, by number. */
static void becomes(struct mptcp_subflow *s, unsigned kind)
{
    s->state = (uint8_t)(kind % STATES);
    s->flags = (kind / STATES & 1u) != 0 ? SF_SILENT : 0u;
    s->flags |= (kind / STATES & 2u) != 0 ? SF_RESET : 0u;
}

static bool may_carry(unsigned kind)
{
    return kind % STATES == SF_OPEN && (kind / STATES & 2u) == 0;
}

static bool is_silent(unsigned kind)
{
    return (kind / STATES & 1u) != 0;
}

/* checks: D-27 D-29 */
static void given_subflows_in_any_state_then_the_first_that_answers_carries_signals(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t block[TABLES_BLOCK];
    struct mptcp_conn *c = tables_open(block, 1, TABLES_RUNS);

    for (unsigned all = 0; all < KINDS * KINDS * KINDS; all++) {
        unsigned kind[TABLES_SUBFLOWS] = {all % KINDS, all / KINDS % KINDS, all / KINDS / KINDS};
        int answers = -1;
        int silent = -1;

        for (unsigned i = TABLES_SUBFLOWS; i-- > 0;) { /* the first one comes last, and stays */
            becomes(subflow_at(c, i), kind[i]);
            if (may_carry(kind[i])) {
                *(is_silent(kind[i]) ? &silent : &answers) = (int)i;
            }
        }
        assert_int_equal(answers >= 0 ? answers : silent, mptcp_signal_subflow(c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_subflows_in_any_state_then_the_first_that_answers_carries_signals),
    };
    return cmocka_run_group_tests_name("subflows", tests, NULL, NULL);
}
