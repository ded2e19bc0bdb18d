/*
 * test_dark.c - how often a path that is dark is tried, and how soon it carries new data when it is
 * back.
 */
#include "suite.h"

#include <string.h>

#define HEADERS 20u

/* What the client sends on the path that is dark. */
static struct {
    unsigned path;
    unsigned tries; /* segments with payload, since the path is dark */
    uint32_t edge;  /* the sequence number after the highest octet sent before the return */
    bool any;
    bool back;
    mptcp_time carried; /* when an octet above that arrived */
} seen;

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void look(void *arg, const struct world_packet *packet)
{
    const uint8_t *tcp = packet->data + HEADERS;
    size_t headers = HEADERS + (size_t)(tcp[12] >> 4) * 4;
    uint32_t end = number_at(tcp + 4) + (uint32_t)(packet->len - headers);

    (void)arg;
    if (packet->path != seen.path || packet->from != WORLD_CLIENT || packet->len == headers) {
        return;
    }
    bool above = !seen.any || (int32_t)(end - seen.edge) > 0;
    if (seen.back) {
        if (packet->fate == WORLD_DELIVERED && above && seen.carried == 0) {
            seen.carried = packet->at;
        }
        return;
    }
    seen.tries += packet->fate == WORLD_CUT;
    if (above) {
        seen.edge = end;
        seen.any = true;
    }
}

static bool carries(void *arg)
{
    (void)arg;
    return seen.carried != 0;
}

/* An upload without an end; after 2 s the last path is dark for so long. */
static void darken(struct peers *p, const struct world_link *second, mptcp_time night)
{
    memset(&seen, 0, sizeof seen);
    seen.path = world_path("10.0.1.1", "10.0.1.2", &medium);
    if (second != NULL) {
        seen.path = world_path("10.0.2.1", "10.0.2.2", second);
    }
    world_observe(look, NULL);
    peers_make(p, &defaults, &defaults);
    if (second != NULL) {
        assert_int_equal(ERR_OK, mptcpl_add_path(p->client.pcb, world_address(1, WORLD_CLIENT),
                                                 world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    }
    p->client.to_send = (uint64_t)1 << 40;
    p->client.keep_open = p->server.keep_open = true;
    peers_connect(p);
    world_run_for(2 * SECOND);
    world_cut(seen.path, true);
    world_run_for(SECOND); /* what was under way is lost, and the path counts as dark */
    seen.tries = 0;
    world_run_for(night - SECOND);
}

static void carries_again_after(mptcp_time night)
{
    static struct peers p;

    darken(&p, &slow, night);
    world_cut(seen.path, false);
    seen.back = true;
    mptcp_time back = world_now();
    assert_true(world_run_until(carries, &p, 10 * SECOND));
    /* The timer, whose tick is 0.1 s, the answer, and three RTTs in which leaves again what was in
     * flight. */
    assert_in_range(seen.carried - back, 1, (600 + 4 * 80) * MILLISECOND);
    suite_end(NULL);
    suite_begin(NULL);
}

/* checks: D-29 */
static void given_a_path_of_80_ms_that_was_dark_then_it_soon_carries_new_data(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        carries_again_after((2 + 3 * i) * SECOND + i * 70 * MILLISECOND);
    }
}

/* checks: D-29 */
static void given_a_path_that_is_dark_for_long_then_it_is_tried_at_a_limited_rate(void **state)
{
    static struct peers p;

    (void)state;
    darken(&p, &medium, 31 * SECOND);
    /* Once per RTO of 0.5 s, and by probes at intervals that double. */
    assert_in_range(seen.tries, 55, 72);
    world_run_for(60 * SECOND);
    seen.tries = 0;
    world_run_for(60 * SECOND);
    assert_in_range(seen.tries, 1, 12);
    peers_end(&p);
}

/* checks: D-29 */
static void given_no_path_that_works_then_the_timer_backs_off(void **state)
{
    static struct peers p;

    (void)state;
    darken(&p, NULL, 31 * SECOND);
    assert_in_range(seen.tries, 3, 16);
    world_run_for(30 * SECOND);
    unsigned tries = seen.tries;
    world_run_for(60 * SECOND);
    assert_in_range(seen.tries - tries, 1, 4);
    peers_end(&p);
}

int test_dark(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_path_of_80_ms_that_was_dark_then_it_soon_carries_new_data),
        in_world(given_a_path_that_is_dark_for_long_then_it_is_tried_at_a_limited_rate),
        in_world(given_no_path_that_works_then_the_timer_backs_off),
    };
    return cmocka_run_group_tests_name("dark", tests, NULL, NULL);
}
