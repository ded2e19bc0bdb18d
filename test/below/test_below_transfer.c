/*
 * test_below_transfer.c - streams over a toy TCP, host to host: what is written comes, whatever the
 * links do, and no subflow is lost to loss or reordering.
 */
#include "below_test.h"

/* Resets, as the links saw them. */
static bool count_resets(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    unsigned *resets = arg;
    struct seg s;

    (void)link;
    (void)from;
    *resets += seg_read(packet, *len, &s) && (s.flags & RST) != 0;
    return true;
}

static bool all_read(struct world *w, void *arg)
{
    struct app *c = world_app(w, CLIENT, 0);
    struct app *s = world_app(w, SERVER, 0);

    (void)arg;
    return s != NULL && s->got == c->out && c->got == s->out;
}

/* Both ends have both subflows. */
static bool joined(struct world *w, void *arg)
{
    (void)arg;
    return subflows(w, CLIENT, 0) == 2 && subflows(w, SERVER, 0) == 2;
}

/* So many octets go from the client, and a third back, over two paths; then both subflows live, and
 * the stream ends in order. */
static void both_ways(const struct world_config *cfg, unsigned family, uint64_t octets)
{
    struct app like = {.out = octets / 3, .stays = true};
    struct world *w = world_new(cfg);
    unsigned resets = 0;

    world_watch(w, count_resets, &resets);
    world_serve(w, &like);
    join_from(w, 1, family);
    struct app *a = world_connect(w, 0, 0, family, octets);
    a->stays = true;
    if (!world_until(w, all_read, NULL, 600 * SECOND)) {
        fail_msg("seed %u: %u of %u octets have come; %s", (unsigned)cfg->seed,
                 (unsigned)(world_app(w, SERVER, 0) ? world_app(w, SERVER, 0)->got : 0),
                 (unsigned)octets, world_fault(w) ? world_fault(w) : "no fault");
    }
    if (!world_until(w, joined, NULL, 30 * SECOND) || resets != 0) {
        fail_msg("seed %u: %u subflows, %u resets", (unsigned)cfg->seed, subflows(w, CLIENT, 0),
                 resets);
    }
    finish(w, a);
    finish(w, world_app(w, SERVER, 0));
    if (!world_until(w, world_all_done, NULL, 120 * SECOND)) {
        struct app *s = world_app(w, SERVER, 0);
        fail_msg("seed %u: eof %d %d, ended %d %d, codes %d %d", (unsigned)cfg->seed, a->eof,
                 s->eof, a->ended, s->ended, below_code(world_below(w, CLIENT), a->handle),
                 below_code(world_below(w, SERVER), s->handle));
    }
    assert_int_equal(MPTCP_E_CLOSED, a->code);
    assert_int_equal(MPTCP_E_CLOSED, world_app(w, SERVER, 0)->code);
    world_free(w);
}

/* checks: none */
static void given_clean_links_then_both_streams_are_whole_and_both_paths_carry(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    both_ways(&cfg, 4, 2000000);
    both_ways(&cfg, 6, 2000000);
}

/* checks: none */
static void
given_loss_and_reordering_then_both_streams_are_whole_and_no_subflow_is_lost(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned seed = 1; seed <= 100; seed++) {
        world_config_init(&cfg);
        cfg.seed = seed;
        cfg.way.loss = 10000;
        cfg.way.twice = 5000;
        cfg.way.late = 200000;
        cfg.way.late_us = 8000;
        vary_toys(&cfg);
        both_ways(&cfg, 4 + 2 * (seed & 1), 300000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_clean_links_then_both_streams_are_whole_and_both_paths_carry),
        cmocka_unit_test(
            given_loss_and_reordering_then_both_streams_are_whole_and_no_subflow_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
