/*
 * test_runs.c - runs in order, against models that know nothing of trees: sorted arrays, counters.
 */
#include "core_test.h"

#include "machines/machines.h"
#include "runs_check.h"
#include "tables/order.h"
#include "tables/received.h"

#define MOST 300u

static uint32_t draw(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

/* ------------------------------------------------------------------ in order */

/* A model of a tree: numbers of runs, sorted. */
struct sorted {
    uint16_t at[MOST];
    unsigned n;
};

/* A connection that is nothing but its runs, and the secret of their ranks. */
static _Alignas(uint64_t) uint8_t memory[MPTCP_CONN_SIZE(1u, 1u, RUNS_MAX)];

static struct mptcp_conn *bare_runs(unsigned n, uint32_t secret)
{
    struct mptcp_conn *c = (struct mptcp_conn *)(void *)memory;
    memset(memory, 0, sizeof memory);
    c->subflows = 1;
    c->runs = (uint16_t)n;
    c->rank_secret = secret | 1;
    return c;
}

/* Keys lie around the wrap of 32 bits. */
static bool comes_before(const struct mptcp_conn *c, unsigned by, uint16_t a, uint16_t b)
{
    int32_t n = (int32_t)(runs_of(c)[a].key[by] - runs_of(c)[b].key[by]);
    return n < 0 || (n == 0 && a < b);
}

static void sorted_put(const struct mptcp_conn *c, struct sorted *s, unsigned by, uint16_t i)
{
    unsigned k = s->n++;
    for (; k > 0 && comes_before(c, by, i, s->at[k - 1]); k--) {
        s->at[k] = s->at[k - 1];
    }
    s->at[k] = i;
}

static void sorted_take(struct sorted *s, unsigned k)
{
    s->n--;
    memmove(&s->at[k], &s->at[k + 1], (s->n - k) * sizeof s->at[0]);
}

/* The tree holds what the model holds, in its order. */
static void same(const struct mptcp_conn *c, unsigned by, uint16_t root, const struct sorted *s)
{
    const struct mptcp_run *t = runs_of(c);
    static uint16_t stack[MOST];
    unsigned depth = 0;
    unsigned n = 0;

    while (root != RUN_NONE || depth > 0) {
        for (; root != RUN_NONE; root = t[root].link[by][0]) {
            assert_true(depth < MOST);
            stack[depth++] = root;
        }
        root = stack[--depth];
        assert_true(n < s->n);
        assert_int_equal(s->at[n++], root);
        root = t[root].link[by][1];
    }
    assert_int_equal(s->n, n);
}

/* checks: none */
static void
given_any_insertions_and_removals_then_a_tree_holds_what_a_sorted_array_does(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        uint32_t x = seed;
        struct mptcp_conn *c = bare_runs(MOST, draw(&x) << 1);
        struct mptcp_run *t = runs_of(c);
        unsigned by = seed % 2;
        struct sorted s = {.n = 0};
        bool used[MOST] = {false};
        uint16_t root = RUN_NONE;
        uint32_t width = seed % 3 == 0 ? 40 : 1u << 20; /* with equal keys, or hardly any */

        for (unsigned step = 0; step < 600; step++) {
            unsigned what = draw(&x) % 8;
            uint16_t i = (uint16_t)(draw(&x) % MOST);
            uint32_t key = draw(&x) % width - width / 2;
            if (what < 4 && !used[i]) {
                t[i].key[by] = key;
                used[i] = true;
                mptcp_order_insert(c, by, &root, i);
                sorted_put(c, &s, by, i);
            } else if (what == 4 && s.n > 0) {
                unsigned k = draw(&x) % s.n;
                used[s.at[k]] = false;
                mptcp_order_remove(c, by, &root, s.at[k]);
                sorted_take(&s, k);
            } else if (what == 5) { /* the first few, one after the other */
                uint16_t k = mptcp_order_turn(c, by, root, RUN_NONE);
                for (unsigned n = draw(&x) % 5; n > 0 && k != RUN_NONE; n--) {
                    assert_int_equal(s.at[0], k);
                    used[k] = false;
                    sorted_take(&s, 0);
                    k = mptcp_order_next(c, by, k);
                }
                root = mptcp_order_turn(c, by, k, RUN_NONE);
            } else if (what == 6) { /* in two, and together again */
                uint16_t rest = mptcp_order_split(c, by, &root, key);
                struct sorted low = {.n = 0};
                struct sorted high = {.n = 0};
                for (unsigned k = 0; k < s.n; k++) {
                    bool is_low = (int32_t)(t[s.at[k]].key[by] - key) < 0;
                    struct sorted *to = is_low ? &low : &high;
                    to->at[to->n++] = s.at[k];
                }
                same(c, by, root, &low);
                same(c, by, rest, &high);
                root = mptcp_order_join(c, by, root, rest);
            }
            uint16_t upto = RUN_NONE;
            for (unsigned k = 0; k < s.n && (int32_t)(t[s.at[k]].key[by] - key) <= 0; k++) {
                upto = s.at[k];
            }
            assert_int_equal(upto, mptcp_order_upto(c, by, root, key));
            assert_int_equal(s.n > 0 ? s.at[0] : RUN_NONE, mptcp_order_first(c, by, root));
            same(c, by, root, &s);
        }
    }
}

/* How many runs are passed on the longest way down. */
static unsigned depth_of(const struct mptcp_run *t, unsigned by, uint16_t root)
{
    static struct {
        uint16_t run;
        uint16_t depth;
    } stack[RUNS_MAX];
    unsigned n = 1;
    unsigned deepest = 0;

    stack[0].run = root;
    stack[0].depth = 1;
    while (n > 0) {
        uint16_t run = stack[--n].run;
        uint16_t depth = stack[n].depth;
        if (run == RUN_NONE) {
            continue;
        }
        deepest = depth > deepest ? depth : deepest;
        for (unsigned side = 0; side < 2; side++, n++) {
            stack[n].run = t[run].link[by][side];
            stack[n].depth = (uint16_t)(depth + 1);
        }
    }
    return deepest;
}

/* Whatever the order in which a peer makes them arrive, and whatever numbers they get. */
static void given_any_order_of_arrival_then_no_tree_is_deep(void **state)
{
    (void)state;
    static const unsigned counts[] = {1024, 32768, RUNS_MAX};

    for (uint32_t seed = 0; seed < 12; seed++) {
        unsigned n = counts[seed % 3];
        struct mptcp_conn *c = bare_runs(n, seed * 0x9e3779b9u);
        struct mptcp_run *many = runs_of(c);
        uint16_t root = RUN_NONE;
        for (unsigned i = 0; i < n; i++) {
            unsigned how = seed / 3; /* rising, falling, both ends by turns, strides */
            many[i].key[BY_DSN] = how == 0   ? i
                                  : how == 1 ? 0u - i
                                  : how == 2 ? (i % 2 ? i : 0u - i)
                                             : i * 7919u % n;
            mptcp_order_insert(c, BY_DSN, &root, (uint16_t)i);
        }
        unsigned deepest = depth_of(many, BY_DSN, root);
        assert_true(deepest <= (n == 1024 ? 40 : 60));
    }
}

/* ---------------------------------------------------------------------- places */

static _Alignas(uint64_t) uint8_t block[MPTCP_CONN_SIZE(4u, 1u, 64u)];

static struct mptcp_conn *connection(unsigned subflows, unsigned pool, uint32_t seed)
{
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.key = 1, .seed = {(uint8_t)seed, (uint8_t)(seed >> 8)}};

    mptcp_config_init(&cfg);
    cfg.subflows = (uint8_t)subflows;
    cfg.addrs = 1;
    cfg.runs = (uint16_t)pool;
    struct mptcp_conn *c = mptcp_conn_init(block, sizeof block, &cfg, &secret);
    assert_non_null(c);
    return c;
}

static void give(struct mptcp_conn *c, uint16_t k, enum mptcp_side side)
{
    struct mptcp_subflow *s = subflow_at(c, runs_of(c)[k].owner);

    mptcp_pool_free(c, k);
    mptcp_pool_count_off(c, s, side, 1);
}

/* checks: D-10 D-16 */
static void given_a_full_pool_then_each_side_has_two_places_that_no_other_can_take(void **state)
{
    (void)state;
    for (unsigned spare = 0; spare < 4; spare++) {
        struct mptcp_conn *c = connection(3, 12 + spare, spare);
        unsigned n = 0;

        /* One side takes all that it can get. */
        while (mptcp_pool_take(c, 0, SIDE_RECEIVED, false) != RUN_NONE) {
            n++;
        }
        assert_int_equal(1 + spare, n);
        for (unsigned i = 0; i < 3; i++) {
            for (unsigned side = 0; side < 2; side++) {
                bool first = i == 0 && side == SIDE_RECEIVED;
                assert_int_equal(!first, mptcp_pool_room(c, i, side, false));
                assert_true(mptcp_pool_room(c, i, side, true));
                if (!first) {
                    assert_int_not_equal(RUN_NONE, mptcp_pool_take(c, i, side, false));
                }
                assert_false(mptcp_pool_room(c, i, side, false));
                assert_int_not_equal(RUN_NONE, mptcp_pool_take(c, i, side, true));
                assert_false(mptcp_pool_room(c, i, side, true));
                assert_int_equal(RUN_NONE, mptcp_pool_take(c, i, side, true));
            }
        }
        assert_int_equal(0, c->pool.left);
    }
}

/* checks: D-10 D-16 */
static void given_any_takers_then_places_add_up_and_come_back(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        uint32_t x = seed;
        unsigned subflows = 1 + seed % 4;
        unsigned pool = 4 * subflows + draw(&x) % 20;
        struct mptcp_conn *c = connection(subflows, pool, seed);
        uint16_t taken[64];
        uint8_t side_of[64];
        bool in_use[64] = {false};
        unsigned held[4][2] = {{0}};
        unsigned n = 0;

        for (unsigned step = 0; step < 400; step++) {
            unsigned i = draw(&x) % subflows;
            enum mptcp_side side = draw(&x) % 2;
            bool head = draw(&x) % 4 == 0;
            if (draw(&x) % 5 < 3) {
                bool room = mptcp_pool_room(c, i, side, head);
                uint16_t k = mptcp_pool_take(c, i, side, head);
                assert_int_equal(room, k != RUN_NONE);
                assert_true(room || held[i][side] > 0);
                if (room) {
                    assert_true(k < pool && !in_use[k]);
                    in_use[k] = true;
                    taken[n] = k;
                    side_of[n++] = (uint8_t)side;
                    held[i][side]++;
                }
            } else if (n > 0) {
                unsigned which = draw(&x) % n;
                uint16_t k = taken[which];
                held[runs_of(c)[k].owner][side_of[which]]--;
                give(c, k, side_of[which]);
                in_use[k] = false;
                taken[which] = taken[--n];
                side_of[which] = side_of[n];
            }
            unsigned reserved = 0;
            for (unsigned m = 0; m < 2 * subflows; m++) {
                unsigned urgents = (unsigned)subflow_at(c, m / 2)->head >> m % 2 & 1u;
                reserved += (urgents == 0 ? 1u : 0u) + (held[m / 2][m % 2] == urgents ? 1u : 0u);
            }
            assert_int_equal(pool - n, c->pool.left);
            assert_int_equal(reserved, c->pool.reserved);
            assert_true(c->pool.left >= reserved);
        }
        while (n > 0) {
            n--;
            give(c, taken[n], side_of[n]);
        }
        assert_null(runs_check(c));
        assert_int_equal(4 * subflows, c->pool.reserved);
    }
}

/* ------------------------------------------------------- the place for the gap */

/* checks: D-10 D-16 */
static void
given_no_place_when_a_mapping_comes_late_then_it_leaves_the_one_that_closes_the_gap(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t blocks[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct pair p;

    cfg.runs = (uint16_t)(4 * CORE_SUBFLOWS); /* no more than each side's own */
    establish_as(&p, &cfg, blocks, sizeof blocks / 2);
    struct mptcp_conn *c = p.server.c;
    mptcp_ssn next = subflow_at(c, 0)->rcv_nxt;
    mptcp_dsn gap = c->rcv_nxt;
    struct mptcp_mapping waits =
        mptcp_mapping_of(mptcp_dsn_add(gap, 1000), mptcp_ssn_add(next, 1000), 100);
    struct mptcp_mapping late = mptcp_mapping_of(mptcp_dsn_add(gap, 500), next, 100);
    struct mptcp_mapping closes = mptcp_mapping_of(gap, mptcp_ssn_add(next, 100), 100);

    assert_int_equal(MPTCP_OK, mptcp_received_add(c, 0, &waits, false));
    assert_false(mptcp_received_arrived(c, 0, mptcp_ssn_add(next, 100))); /* without a mapping */
    assert_int_equal(MPTCP_E_FULL, mptcp_received_add_late(c, 0, &late));
    assert_int_equal(MPTCP_OK, mptcp_received_add(c, 0, &closes, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_any_insertions_and_removals_then_a_tree_holds_what_a_sorted_array_does),
        cmocka_unit_test(given_any_order_of_arrival_then_no_tree_is_deep),
        cmocka_unit_test(given_a_full_pool_then_each_side_has_two_places_that_no_other_can_take),
        cmocka_unit_test(given_any_takers_then_places_add_up_and_come_back),
        cmocka_unit_test(
            given_no_place_when_a_mapping_comes_late_then_it_leaves_the_one_that_closes_the_gap),
    };
    return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
