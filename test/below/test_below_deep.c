/*
 * test_below_deep.c - two links whose queues hold whatever comes, below a TCP whose congestion
 * window nobody knows: only the shared window limits, and what a stream gets of two links depends
 * on which of them is given what.
 */
#include "below_test.h"

#define KIB 1024u
#define MEGA 1000000u

struct links {
    uint32_t mbit[2];
    uint32_t ms[2]; /* each way */
    uint32_t window;
    double least; /* of what the better link carries alone */
};

static const struct links cases[] = {
    {{10, 10}, {2, 5}, 64 * KIB, 1.7},     {{10, 10}, {5, 5}, 64 * KIB, 1.8},
    {{10, 10}, {2, 5}, 256 * KIB, 1.9},    {{20, 10}, {10, 10}, 256 * KIB, 1.4},
    {{20, 10}, {10, 10}, 1024 * KIB, 1.4}, {{20, 10}, {10, 50}, 256 * KIB, 0.99},
    {{20, 10}, {10, 100}, 64 * KIB, 0.99}, {{20, 2}, {10, 150}, 256 * KIB, 0.99},
};

static bool all_read(struct world *w, void *arg)
{
    struct app *s = world_app(w, SERVER, 0);

    (void)arg;
    return s != NULL && s->got == world_app(w, CLIENT, 0)->out;
}

/* Octets of payload that the client sends. */
static bool count_octets(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    uint64_t *octets = arg;
    struct seg s;

    (void)link;
    *octets += from == CLIENT && seg_read(packet, *len, &s) ? s.len : 0;
    return true;
}

/* Mbit/s of a stream that joins the second link, or not; sets *sent to the octets that left for
 * each that came. */
static double carried(const struct links *l, bool joins, double *sent)
{
    const uint64_t octets = 10 * MEGA;
    struct app reads = {.stays = true};
    struct world_config cfg;
    uint64_t left = 0;

    world_config_init(&cfg);
    for (unsigned side = 0; side < 2; side++) {
        cfg.toy[side].sndbuf = cfg.toy[side].rcvbuf = l->window;
        cfg.toy[side].scale = 5;
        cfg.below[side].snd_buf = cfg.below[side].conn.rcv_buf = l->window;
    }
    struct world *w = world_new(&cfg);
    for (unsigned i = 0; i < 2; i++) {
        struct way way = {.rate = (uint64_t)l->mbit[i] * MEGA, .delay_us = l->ms[i] * 1000};
        world_set_way(w, i, &way);
    }
    world_watch(w, count_octets, &left);
    world_serve(w, &reads);
    if (joins) {
        join_from(w, 1, 4);
    }
    mptcp_time begin = world_now(w);
    struct app *a = world_connect(w, 0, 0, 4, octets);
    assert_true(world_until(w, all_read, NULL, 60 * SECOND));
    double us = (double)(world_now(w) - begin);
    finish(w, a);
    finish(w, world_app(w, SERVER, 0));
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    world_free(w);
    *sent = (double)left / (double)octets;
    return (double)octets * 8 / us;
}

/* checks: none */
static void
given_deep_queues_and_one_window_then_two_links_carry_what_they_can_and_little_twice(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct links *l = &cases[i];
        double sent;
        double alone = carried(l, false, &sent);
        double both = carried(l, true, &sent);
        if (both < l->least * alone || sent > 1.1) {
            fail_msg("%u + %u Mbit/s, %u KiB: alone %.2f, both %.2f Mbit/s; %.3f times sent",
                     l->mbit[0], l->mbit[1], l->window / KIB, alone, both, sent);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_deep_queues_and_one_window_then_two_links_carry_what_they_can_and_little_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
