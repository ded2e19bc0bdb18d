/*
 * test_mtu.c - IPv6 paths with a hop that lets through less than the interface does: a router drops
 * what is too long and answers Packet Too Big (RFC 8201).
 */
#include "suite.h"

#include <string.h>

#define HOP 1280u
#define IP6 40u
#define ICMP 8u
#define WAITING 64u

/* The router: packets of path `path` longer than `mtu` are dropped, and answered in the next step.
 */
static struct {
    unsigned path;
    size_t mtu;
    uint32_t says; /* what it answers; 0: mtu */
    bool forges;   /* about octets that were never sent */
    bool answered; /* at least once */
    unsigned dropped;
    unsigned longest[WORLD_PATHS]; /* of the client that got through, since the first answer */
    unsigned waiting;
    uint8_t packet[WAITING][HOP];
    size_t len[WAITING];
} router;

static uint32_t add(uint32_t sum, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sum += (i & 1) != 0 ? p[i] : (uint32_t)p[i] << 8;
    }
    return sum;
}

/* Packet Too Big about a packet, as much of it as fits. */
static size_t answer(uint8_t *to, const uint8_t *about, size_t len)
{
    static const uint8_t address[16] = {0xfd, 0xff, [15] = 1};
    uint32_t mtu = router.says != 0 ? router.says : (uint32_t)router.mtu;
    size_t n = len > HOP - IP6 - ICMP ? HOP - IP6 - ICMP : len;

    memset(to, 0, IP6 + ICMP);
    to[0] = 0x60;
    to[4] = (uint8_t)((ICMP + n) >> 8);
    to[5] = (uint8_t)(ICMP + n);
    to[6] = 58;
    to[7] = 64;
    memcpy(to + 8, address, 16);
    memcpy(to + 24, about + 8, 16);
    to[IP6] = 2;
    to[IP6 + 6] = (uint8_t)(mtu >> 8);
    to[IP6 + 7] = (uint8_t)mtu;
    memcpy(to + IP6 + ICMP, about, n);
    if (router.forges) {
        to[IP6 + ICMP + IP6 + 4] ^= 0x40; /* of the sequence number */
    }
    uint32_t sum = add(58 + ICMP + (uint32_t)n, to + 8, 32 + ICMP + n);
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    to[IP6 + 2] = (uint8_t)(~sum >> 8);
    to[IP6 + 3] = (uint8_t)~sum;
    return IP6 + ICMP + n;
}

static bool hop(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    (void)arg;
    if (path == router.path && router.forges && *len > router.mtu && router.waiting == 0) {
        router.len[router.waiting] = answer(router.packet[router.waiting], data, *len);
        router.waiting++;
    } else if (path == router.path && *len > router.mtu && !router.forges) {
        router.dropped++;
        if (router.waiting < WAITING) {
            router.len[router.waiting] = answer(router.packet[router.waiting], data, *len);
            router.waiting++;
        }
        return false;
    }
    if (from == WORLD_CLIENT && *len > router.longest[path]) {
        router.longest[path] = (unsigned)*len;
    }
    return true;
}

static bool step(void *arg)
{
    for (unsigned i = 0; i < router.waiting; i++) {
        assert_true(world_inject(router.packet[i], router.len[i]));
        if (!router.answered) {
            router.longest[router.path] = 0; /* from here on */
        }
        router.answered = true;
    }
    router.waiting = 0;
    return peers_done(arg);
}

static void begin_router(unsigned path)
{
    memset(&router, 0, sizeof router);
    router.path = path;
    router.mtu = HOP;
    world_middlebox(hop, NULL);
}

/* Both ends send so much, beginning at once; how long it takes. */
static mptcp_time talk(struct peers *p, uint64_t octets, mptcp_time limit)
{
    mptcp_time began = world_now();

    p->client.to_send = p->server.to_send = octets;
    peers_connect(p);
    assert_true(world_run_until(step, p, limit));
    assert_false(p->client.wrong);
    assert_false(p->server.wrong);
    mptcp_time took = world_now() - began;
    peers_end(p);
    return took;
}

static void
given_a_hop_of_1280_octets_when_both_ends_send_then_all_arrives_in_packets_that_fit(void **state)
{
    struct peers p;

    (void)state;
    world_path("fd10:1::1", "fd10:1::2", &medium);
    begin_router(0);
    peers_make(&p, &defaults, &defaults);
    /* 300,000 octets at 20 Mbit/s each way; a timeout of TCP's would cost a second more. */
    assert_in_range(talk(&p, 300000, 20 * SECOND), 1, 600 * MILLISECOND);
    assert_in_range(router.dropped, 1, 40); /* what was in flight: the initial windows */
    assert_in_range(router.longest[0], HOP - 20, HOP);
}

static void
given_checksums_when_segments_are_cut_anew_then_their_mappings_sums_are_right(void **state)
{
    struct peers p;

    (void)state;
    world_path("fd10:2::1", "fd10:2::2", &medium);
    begin_router(0);
    defaults.checksum = 1;
    peers_make(&p, &defaults, &defaults);
    assert_in_range(talk(&p, 300000, 20 * SECOND), 1, 600 * MILLISECOND);
    assert_true(router.dropped > 0);
    assert_int_equal(0, p.client.events[MPTCP_EV_FALLBACK]);
    assert_int_equal(0, p.server.events[MPTCP_EV_FALLBACK]);
}

static void given_plain_tcp_when_a_hop_lets_through_less_then_all_arrives(void **state)
{
    struct peers p;

    (void)state;
    world_path("fd10:3::1", "fd10:3::2", &medium);
    begin_router(0);
    defaults.no_mptcp = 1;
    peers_make(&p, &defaults, &defaults);
    assert_in_range(talk(&p, 300000, 20 * SECOND), 1, 600 * MILLISECOND);
    assert_in_range(router.longest[0], HOP - 20, HOP);
}

static void
given_a_narrow_path_then_the_next_connection_on_it_knows_and_another_path_does_not(void **state)
{
    struct peers p;

    (void)state;
    world_path("fd10:4::1", "fd10:4::2", &medium);
    world_path("fd10:5::1", "fd10:5::2", &medium);
    begin_router(0);
    peers_make(&p, &defaults, &defaults);
    assert_int_equal(ERR_OK, mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    talk(&p, 1000000, 20 * SECOND);
    assert_true(router.dropped > 0);
    assert_in_range(router.longest[0], HOP - 20, HOP);
    assert_int_equal(1500, router.longest[1]);

    router.dropped = 0;
    peers_make(&p, &defaults, &defaults);
    talk(&p, 300000, 20 * SECOND);
    assert_int_equal(0, router.dropped);
}

/* RFC 8200 s5: no path has less than 1280. */
static void given_a_router_that_says_68_octets_then_packets_have_1280(void **state)
{
    struct peers p;

    (void)state;
    world_path("fd10:6::1", "fd10:6::2", &medium);
    begin_router(0);
    router.says = 68;
    peers_make(&p, &defaults, &defaults);
    talk(&p, 300000, 20 * SECOND);
    assert_in_range(router.longest[0], HOP - 20, HOP);
}

static void given_an_answer_about_octets_that_are_not_in_flight_then_nothing_changes(void **state)
{
    struct peers p;

    (void)state;
    world_path("fd10:7::1", "fd10:7::2", &medium);
    begin_router(0);
    router.forges = true;
    peers_make(&p, &defaults, &defaults);
    talk(&p, 300000, 20 * SECOND);
    assert_int_equal(1500, router.longest[0]);
}

static bool heard_without_memory(void *arg)
{
    bool heard = router.waiting > 0;

    step(arg);
    return heard;
}

static void given_no_memory_when_segments_are_to_be_cut_then_they_are_cut_later(void **state)
{
    struct peers p;

    (void)state;
    world_path("fd10:8::1", "fd10:8::2", &medium);
    begin_router(0);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 300000;
    peers_connect(&p);
    assert_true(world_run_until(heard_without_memory, &p, 20 * SECOND));
    scarce(SCARCE_SEGMENTS);
    world_run_for(200 * MILLISECOND);
    scarce(0);
    mptcp_time began = world_now();
    assert_true(world_run_until(step, &p, 20 * SECOND));
    assert_in_range(world_now() - began, 1, 2 * SECOND);
    assert_false(p.server.wrong);
    peers_end(&p);
}

int test_mtu(void)
{
    const struct CMUnitTest tests[] = {
        in_world(
            given_a_hop_of_1280_octets_when_both_ends_send_then_all_arrives_in_packets_that_fit),
        in_world(given_checksums_when_segments_are_cut_anew_then_their_mappings_sums_are_right),
        in_world(given_plain_tcp_when_a_hop_lets_through_less_then_all_arrives),
        in_world(
            given_a_narrow_path_then_the_next_connection_on_it_knows_and_another_path_does_not),
        in_world(given_a_router_that_says_68_octets_then_packets_have_1280),
        in_world(given_an_answer_about_octets_that_are_not_in_flight_then_nothing_changes),
        in_world(given_no_memory_when_segments_are_to_be_cut_then_they_are_cut_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
