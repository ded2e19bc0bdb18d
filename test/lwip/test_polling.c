/*
 * test_polling.c - hosts that look for packets from time to time, and have mptcpl_gather make one
 * of the segments that came in together.
 */
#include "suite.h"

#include <string.h>

static struct {
    unsigned acks;     /* segments without payload that the server sent */
    unsigned segments; /* with payload, of the client */
} seen;

static void count(void *arg, const struct world_packet *p)
{
    uint32_t ip = p->data[0] >> 4 == 4 ? 20 : 40;
    uint32_t header = ip + (uint32_t)(p->data[ip + 12] >> 4) * 4;

    (void)arg;
    seen.acks += p->fate == WORLD_SENT && p->from == WORLD_SERVER && p->len == header;
    seen.segments += p->fate == WORLD_SENT && p->from == WORLD_CLIENT && p->len > header;
}

/* The client sends 4 MiB over two paths; the hosts look for packets every `us` microseconds. */
static mptcp_time upload(mptcp_time us, bool v6, const struct world_link *link,
                         const struct mptcpl_config *cfg, world_box box)
{
    static struct peers p;

    memset(&seen, 0, sizeof seen);
    world_begin(3);
    world_path(v6 ? "fd00:1::1" : "10.0.1.1", v6 ? "fd00:1::2" : "10.0.1.2", link);
    world_path(v6 ? "fd00:2::1" : "10.0.2.1", v6 ? "fd00:2::2" : "10.0.2.2", link);
    world_polls(us);
    world_observe(count, NULL);
    world_middlebox(box, NULL);
    peers_make(&p, cfg, cfg);
    mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    mptcp_time took = peers_upload(&p, 4u << 20, 60 * SECOND);
    assert_int_equal(p.client.end, MPTCP_E_CLOSED);
    peers_end(&p);
    world_end();
    return took;
}

static const struct world_link fast = {
    .rate = 100000000, .delay_us = 5 * MILLISECOND, .queue = 1u << 20};
static const struct world_link lossy = {
    .rate = 20000000, .delay_us = 10 * MILLISECOND, .loss = 10000, .queue = 128u << 10};

static void given_a_host_that_polls_when_it_gathers_then_it_acknowledges_seldom(void **state)
{
    (void)state;
    mptcp_time alone = upload(0, false, &fast, &defaults, NULL);
    unsigned acks = seen.acks;
    assert_in_range(acks, seen.segments / 3, seen.segments);
    mptcp_time together = upload(MILLISECOND, false, &fast, &defaults, NULL);
    /* 8 segments come in a millisecond on each path. */
    assert_in_range(seen.acks, seen.segments / 12, seen.segments / 4);
    assert_in_range(together, alone * 8 / 10, alone * 13 / 10);
    together = upload(MILLISECOND, true, &fast, &defaults, NULL);
    assert_in_range(seen.acks, seen.segments / 12, seen.segments / 4);
    assert_in_range(together, alone * 8 / 10, alone * 13 / 10);
}

/* Each 50th segment with payload of the client has a wrong octet that its checksum finds. */
static bool damages(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    static unsigned n;

    (void)arg;
    (void)path;
    if (from == WORLD_CLIENT && *len > 1000 && ++n % 50 == 0) {
        data[*len - 1] ^= 0x40;
    }
    return true;
}

static void given_losses_and_damage_when_a_host_gathers_then_all_octets_arrive(void **state)
{
    struct mptcpl_config cfg = defaults;

    (void)state;
    upload(2 * MILLISECOND, false, &lossy, &cfg, damages);
    upload(2 * MILLISECOND, true, &lossy, &cfg, damages);
    cfg.checksum = 1;
    upload(2 * MILLISECOND, false, &lossy, &cfg, damages);
    cfg.checksum = 0;
    cfg.long_mappings = 1;
    upload(2 * MILLISECOND, false, &lossy, &cfg, damages);
    cfg.long_mappings = 0;
    cfg.no_mptcp = 1;
    upload(2 * MILLISECOND, false, &lossy, &cfg, damages);
}

int test_polling(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_host_that_polls_when_it_gathers_then_it_acknowledges_seldom),
        in_world(given_losses_and_damage_when_a_host_gathers_then_all_octets_arrive),
    };
    return cmocka_run_group_tests_name("polling", tests, NULL, NULL);
}
