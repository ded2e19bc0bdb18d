/*
 * test_urgent.c - urgent data. lwIP has no out-of-band channel and delivers all in line, as
 * RFC 6093 advises; what the flag and its pointer say must not touch the mappings: neither
 * where the pointer lies inside a segment, nor where it lies beyond its mapping.
 */
#include "suite.h"

#define URG 0x20u
#define SYN 0x02u

static struct {
    unsigned pointer; /* 0: to the middle of the segment */
    unsigned every;
    unsigned seen;
    unsigned marked[2];
} box;

/* Marks every so-many-th data segment as urgent. */
static bool act(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    uint8_t *tcp = data + 20;
    size_t header = 20 + (size_t)(tcp[12] >> 4) * 4;

    (void)arg;
    (void)path;
    if ((tcp[13] & SYN) != 0 || *len == header || ++box.seen % box.every != 0) {
        return true;
    }
    unsigned pointer = box.pointer != 0 ? box.pointer : (unsigned)(*len - header + 1) / 2;
    tcp[13] |= URG;
    tcp[18] = (uint8_t)(pointer >> 8);
    tcp[19] = (uint8_t)pointer;
    box.marked[from]++;
    world_refit(data, *len);
    return true;
}

static void transfer(unsigned pointer, unsigned every, unsigned paths)
{
    static struct peers p;

    box.pointer = pointer;
    box.every = every;
    box.seen = box.marked[0] = box.marked[1] = 0;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    world_middlebox(act, NULL);
    peers_make(&p, &defaults, &defaults);
    if (paths == 2) {
        mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                        MPTCP_ADDR_JOIN);
    }
    p.client.to_send = p.server.to_send = 2 << 20;
    peers_connect(&p);
    peers_run(&p, 20 * SECOND);
    assert_true(box.marked[WORLD_CLIENT] > 100 && box.marked[WORLD_SERVER] > 100);
    assert_int_equal(0, p.client.fallback);
    assert_int_equal(0, p.client.lost);
    assert_int_equal(0, p.server.lost);
    peers_end(&p);
    world_end();
}

/* checks: D-9 */
static void given_urgent_octets_inside_segments_when_sent_then_they_come_in_line(void **state)
{
    (void)state;
    transfer(0, 5, 1);
    transfer(0, 1, 2);
}

/* A mapping ends at the segment's end at the latest: a pointer behind it lies in another one. */
/* checks: D-9 */
static void given_an_urgent_pointer_beyond_the_mapping_when_sent_then_it_does_no_harm(void **state)
{
    (void)state;
    transfer(2000, 5, 1);
    transfer(0xffff, 3, 2);
}

/* checks: D-9 D-13 */
static void given_checksums_when_octets_are_urgent_then_they_still_fit(void **state)
{
    (void)state;
    defaults.checksum = 1;
    transfer(0, 3, 2);
    transfer(3000, 3, 2);
}

/* checks: D-9 */
static void given_plain_tcp_when_octets_are_urgent_then_they_come_in_line(void **state)
{
    static struct peers p;

    (void)state;
    box.pointer = 0;
    box.every = 3;
    box.seen = box.marked[0] = box.marked[1] = 0;
    defaults.no_mptcp = 1;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_middlebox(act, NULL);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = p.server.to_send = 1 << 20;
    peers_connect(&p);
    peers_run(&p, 20 * SECOND);
    assert_true(box.marked[WORLD_CLIENT] > 100);
    peers_end(&p);
}

int test_urgent(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_urgent_octets_inside_segments_when_sent_then_they_come_in_line),
        in_world(given_an_urgent_pointer_beyond_the_mapping_when_sent_then_it_does_no_harm),
        in_world(given_checksums_when_octets_are_urgent_then_they_still_fit),
        in_world(given_plain_tcp_when_octets_are_urgent_then_they_come_in_line),
    };
    return cmocka_run_group_tests_name("urgent", tests, NULL, NULL);
}
