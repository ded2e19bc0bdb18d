/*
 * test_tokens.c - the token table: found again whatever was put in and taken out around it.
 */
#include "wire_test.h"

#include "tables/tables.h"

#define SLOTS 16u

static struct mptcp_tokens head;

static void clear_many(struct mptcp_token_slot *t, uint32_t n)
{
    head.n = n;
    head.used = 0;
    head.seed = MPTCP_TOKENS_UNSEEDED;
    for (uint32_t i = 0; i < n; i++) {
        t[i].token = 0;
        t[i].conn = MPTCP_TOKEN_FREE;
    }
}

static void clear(struct mptcp_token_slot t[SLOTS])
{
    clear_many(t, SLOTS);
}

static uint32_t conn_of(const struct mptcp_token_slot t[SLOTS], uint32_t token)
{
    uint32_t i = mptcp_tokens_find(&head, t, token);
    return i == MPTCP_TOKEN_NONE ? MPTCP_TOKEN_FREE : t[i].conn;
}

/* checks: C-7 */
static void given_tokens_then_each_leads_to_its_connection(void **state)
{
    (void)state;
    struct mptcp_token_slot t[SLOTS];
    clear(t);
    for (uint32_t i = 0; i < SLOTS / 2; i++) {
        mptcp_tokens_put(&head, t, i * 0x9e3779b9u, i);
    }
    for (uint32_t i = 0; i < SLOTS / 2; i++) {
        assert_int_equal(i, conn_of(t, i * 0x9e3779b9u));
    }
    assert_int_equal(MPTCP_TOKEN_NONE, mptcp_tokens_find(&head, t, 12345));
}

/* checks: C-7 */
static void given_tokens_on_one_slot_when_one_is_taken_out_then_the_others_are_found(void **state)
{
    (void)state;
    /* Whatever bits the table looks at, some of these share a slot; take each out in turn. */
    for (uint32_t out = 0; out < SLOTS / 2; out++) {
        struct mptcp_token_slot t[SLOTS];
        clear(t);
        for (uint32_t i = 0; i < SLOTS / 2; i++) {
            mptcp_tokens_put(&head, t, (i << 28) | 0xf, i);
        }
        mptcp_tokens_remove(&head, t, mptcp_tokens_find(&head, t, (out << 28) | 0xf));
        for (uint32_t i = 0; i < SLOTS / 2; i++) {
            assert_int_equal(i == out ? MPTCP_TOKEN_FREE : i, conn_of(t, (i << 28) | 0xf));
        }
    }
}

/* checks: none */
static void given_long_use_then_the_table_does_not_wear_out(void **state)
{
    (void)state;
    struct mptcp_token_slot t[SLOTS];
    clear(t);
    for (uint32_t i = 0; i < 10000; i++) {
        uint32_t token = i * 2654435761u;
        mptcp_tokens_put(&head, t, token, i);
        assert_int_equal(i, conn_of(t, token));
        if (i >= 7) {
            mptcp_tokens_remove(&head, t, mptcp_tokens_find(&head, t, (i - 7) * 2654435761u));
        }
        assert_int_equal(MPTCP_TOKEN_NONE, mptcp_tokens_find(&head, t, token + 1));
    }
}

#define MANY 4096u

/* Of any token: how many slots are looked at until a free one, at most and summed over all slots.
 */
static uint32_t longest(const struct mptcp_token_slot *t, uint32_t *sum)
{
    uint32_t max = 0;
    *sum = 0;
    for (uint32_t home = 0; home < MANY; home++) {
        uint32_t probes = 1;
        while (t[(home + probes - 1) & (MANY - 1)].conn != MPTCP_TOKEN_FREE) {
            probes++;
        }
        *sum += probes;
        max = probes > max ? probes : max;
    }
    return max;
}

static uint32_t token_of(uint32_t conn)
{
    uint32_t x = conn * 0x9e3779b9u + 0x7f4a7c15u;
    x = (x ^ x >> 16) * 0x85ebca6bu;
    x = (x ^ x >> 13) * 0xc2b2ae35u;
    return x ^ x >> 16;
}

/* checks: C-7 */
static void given_a_million_connections_that_came_and_went_then_no_search_grew_longer(void **state)
{
    (void)state;
    static struct mptcp_token_slot t[MANY];
    static uint32_t live[MANY / 2];
    uint32_t sum;
    clear_many(t, MANY);
    for (uint32_t i = 0; i < MANY / 2; i++) {
        live[i] = i;
        mptcp_tokens_put(&head, t, token_of(i), i);
    }
    /* As full as it gets, all the time; any of them may be the next to go. */
    for (uint32_t i = MANY / 2; i < 1000000; i++) {
        uint32_t *gone = &live[token_of(~i) % (MANY / 2)];
        mptcp_tokens_remove(&head, t, mptcp_tokens_find(&head, t, token_of(*gone)));
        *gone = i;
        mptcp_tokens_put(&head, t, token_of(i), i);
    }
    for (uint32_t i = 0; i < MANY / 2; i++) {
        uint32_t slot = mptcp_tokens_find(&head, t, token_of(live[i]));
        assert_int_not_equal(MPTCP_TOKEN_NONE, slot);
        assert_int_equal(live[i], t[slot].conn);
    }
    /* With random tokens in half of the slots: 2.5 in the mean, and about 5 ln(4096) = 42 at most.
     */
    assert_in_range(longest(t, &sum), 2, 80);
    assert_in_range(sum, MANY, MANY * 3);
}

/* checks: C-7 */
static void given_a_seed_then_a_peer_that_chooses_its_tokens_makes_no_search_longer(void **state)
{
    (void)state;
    static struct mptcp_token_slot t[MANY];
    uint32_t sum;
    for (unsigned seeded = 0; seeded < 2; seeded++) {
        clear_many(t, MANY);
        if (seeded) {
            head.seed = 0x9d3c5a17e4b0862fu;
        }
        /* Of all that it has had it keeps a sixteenth: half a table, with homes side by side. */
        for (uint32_t i = 0; head.used < MANY / 2; i++) {
            if ((token_of(i) & (MANY - 1)) < MANY / 16) {
                mptcp_tokens_put(&head, t, token_of(i), i);
            }
        }
        uint32_t max = longest(t, &sum);
        assert_int_equal(seeded, max < 80);
        assert_int_equal(seeded, sum < MANY * 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_tokens_then_each_leads_to_its_connection),
        cmocka_unit_test(given_tokens_on_one_slot_when_one_is_taken_out_then_the_others_are_found),
        cmocka_unit_test(given_long_use_then_the_table_does_not_wear_out),
        cmocka_unit_test(given_a_million_connections_that_came_and_went_then_no_search_grew_longer),
        cmocka_unit_test(given_a_seed_then_a_peer_that_chooses_its_tokens_makes_no_search_longer),
    };
    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
