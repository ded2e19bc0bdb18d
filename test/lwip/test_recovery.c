/*
 * test_recovery.c - what a subflow does when many segments of a window are lost: the peer's SACK
 * blocks tell which.
 */
#include "suite.h"

#include <string.h>

#define HEADERS 40u /* IPv4 and TCP without options */
#define LOSSES 20u
#define FROM (1u << 20) /* the octet of the subflow from which segments are lost */

/* A box that loses every second of 2 x LOSSES data segments, and some of them once more. */
static struct {
    uint32_t tail;  /* all from this octet on are lost; 0: none */
    bool no_sack;   /* it takes the offer of SACK out of SYNs */
    unsigned twice; /* how many of the lost ones are lost a second time */
    uint32_t isn;   /* of the client */
    uint32_t high;  /* the end of what was sent, as an offset of the subflow */
    unsigned candidates;
    unsigned lost;
    unsigned lost_again;
    unsigned again; /* data segments that were sent more than once */
    uint32_t hole[LOSSES];
} box;

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* SACK-permitted (kind 4, 2 octets) becomes two NOPs. */
static void strip_sack(uint8_t *data, size_t len)
{
    size_t end = 20u + (size_t)(data[32] >> 4) * 4;

    for (size_t i = HEADERS; i + 1 < end;) {
        if (data[i] == 4) {
            data[i] = data[i + 1] = 1;
            world_refit(data, len);
            return;
        }
        i += data[i] == 1 ? 1 : data[i + 1];
    }
}

static bool is_hole(uint32_t at)
{
    for (unsigned i = 0; i < box.lost; i++) {
        if (box.hole[i] == at) {
            return true;
        }
    }
    return false;
}

/* A segment that was sent before: false if it is lost once more. */
static bool repeated(uint32_t at)
{
    box.again += at >= box.tail;
    if (box.lost_again < box.twice && is_hole(at)) {
        box.lost_again++;
        return false;
    }
    return true;
}

static bool loses(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    uint32_t seq = number_at(data + 24);
    uint32_t payload = (uint32_t)*len - 20u - (uint32_t)(data[32] >> 4) * 4;

    (void)arg;
    (void)path;
    if ((data[33] & 2) != 0) {
        box.isn = from == WORLD_CLIENT ? seq : box.isn;
        if (box.no_sack) {
            strip_sack(data, *len);
        }
    }
    if (from != WORLD_CLIENT || payload == 0) {
        return true;
    }
    uint32_t at = seq - box.isn;
    if (at < box.high) {
        return repeated(at);
    }
    box.high = at + payload;
    if (box.tail != 0 && at >= box.tail) {
        box.lost++;
        return false;
    }
    if (box.tail != 0 || at < FROM || box.lost == LOSSES || box.candidates++ % 2 != 0) {
        return true;
    }
    box.hole[box.lost++] = at;
    return false;
}

#define SIZE (4u << 20)

/* The time that a transfer of so many octets takes. */
static mptcp_time takes(uint64_t size)
{
    static struct peers p;

    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_middlebox(loses, NULL);
    peers_make(&p, &defaults, &defaults);
    mptcp_time took = peers_upload(&p, size, 60 * SECOND);
    peers_end(&p);
    world_end();
    return took;
}

/* checks: D-26 D-30 */
static void given_twenty_holes_in_a_window_then_each_leaves_once_more_and_nothing_else(void **state)
{
    (void)state;
    memset(&box, 0, sizeof box);
    mptcp_time took = takes(SIZE);
    assert_int_equal(LOSSES, box.lost);
    assert_int_equal(LOSSES, box.again);
    /* 4 MiB at 20 Mbit/s are 1.8 s; one hole per RTT would be 0.4 s more. */
    assert_in_range(took, 1700 * MILLISECOND, 2000 * MILLISECOND);
}

/* checks: D-26 D-30 */
static void given_holes_that_are_lost_twice_then_no_timeout_is_needed(void **state)
{
    (void)state;
    memset(&box, 0, sizeof box);
    box.twice = 5;
    mptcp_time took = takes(SIZE);
    assert_int_equal(5, box.lost_again);
    assert_int_equal(LOSSES + 5, box.again);
    assert_in_range(took, 1700 * MILLISECOND, 2050 * MILLISECOND);
}

/* checks: D-26 D-30 */
static void given_the_last_thirty_segments_are_lost_then_a_probe_finds_them(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        uint32_t size = SIZE + i * 50000u; /* 20 ms longer each time */
        memset(&box, 0, sizeof box);
        box.tail = size - 30u * 1424u;
        world_begin(1);
        mptcp_time took = takes(size);
        assert_in_range(box.lost, 30, 31);
        assert_int_equal(box.lost, box.again); /* the last of them was the probe */
        assert_in_range(took, 1700 * MILLISECOND, 2100 * MILLISECOND);
    }
}

/* checks: D-26 */
static void given_a_peer_without_sack_then_the_holes_are_filled_one_by_one(void **state)
{
    (void)state;
    memset(&box, 0, sizeof box);
    box.no_sack = true;
    mptcp_time took = takes(SIZE);
    assert_int_equal(LOSSES, box.lost);
    assert_true(box.again >= LOSSES);
    assert_in_range(took, 2000 * MILLISECOND, 4000 * MILLISECOND);
}

static bool has_all(void *arg)
{
    const struct peers *p = arg;
    return p->server.received == p->client.to_send;
}

/* The last three of each ten data segments on the second path are lost when they are sent first. */
static bool loses_on_the_second(void *arg, unsigned path, enum world_side from, uint8_t *data,
                                size_t *len)
{
    uint32_t seq = number_at(data + 24);
    uint32_t payload = (uint32_t)*len - 20u - (uint32_t)(data[32] >> 4) * 4;

    (void)arg;
    if (path != 1 || from != WORLD_CLIENT) {
        return true;
    }
    box.isn = (data[33] & 2) != 0 ? seq : box.isn;
    uint32_t at = seq - box.isn;
    if (payload == 0 || at < box.high) {
        return true;
    }
    box.high = at + payload;
    box.lost += box.candidates % 10 >= 7;
    return box.candidates++ % 10 < 7;
}

/*
 * The time that 8 MiB take, over a fast path and, if `second`, one that is slow and loses: each
 * loss keeps octets in the send buffer of which the peer has all that follow.
 */
static mptcp_time takes_beside(bool second)
{
    static struct peers p;
    const struct world_link fast = {.rate = 20000000, .delay_us = 10000, .queue = 65536};
    const struct world_link far = {.rate = 10000000, .delay_us = 100000, .queue = 65536};

    memset(&box, 0, sizeof box);
    world_begin(1);
    world_path("10.0.1.1", "10.0.1.2", &fast);
    world_path("10.0.2.1", "10.0.2.2", &far);
    world_middlebox(loses_on_the_second, NULL);
    defaults.snd_buf = 1 << 19;
    defaults.scheduler = &mptcp_gain;
    peers_make(&p, &defaults, &defaults);
    if (second) {
        assert_int_equal(ERR_OK, mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                                 world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    }
    p.client.to_send = 8 << 20;
    mptcp_time began = world_now();
    peers_connect(&p);
    assert_true(world_run_until(has_all, &p, 60 * SECOND));
    mptcp_time took = world_now() - began;
    peers_end(&p);
    return took;
}

/* checks: D-16 D-26 */
static void given_a_slow_path_that_loses_then_the_send_buffer_does_not_wait_for_it(void **state)
{
    (void)state;
    mptcp_time alone = takes_beside(false);
    mptcp_time both = takes_beside(true);
    assert_true(box.lost > 0);
    assert_in_range(both, 0, alone + alone / 10);
}

int test_recovery(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_twenty_holes_in_a_window_then_each_leaves_once_more_and_nothing_else),
        in_world(given_holes_that_are_lost_twice_then_no_timeout_is_needed),
        in_world(given_the_last_thirty_segments_are_lost_then_a_probe_finds_them),
        in_world(given_a_peer_without_sack_then_the_holes_are_filled_one_by_one),
        in_world(given_a_slow_path_that_loses_then_the_send_buffer_does_not_wait_for_it),
    };
    return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
