/*
 * test_polling.c - hosts that look for packets from time to time, and have mptcpl_gather make one
 * of the segments that came in together.
 */
#include "suite.h"

#include <string.h>

#include "lwip/tcp.h"

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

/* A connection of lwIP's alone, and when its server acknowledged what the client sent. */
static struct {
    mptcp_time sent;
    mptcp_time acked;
    struct tcp_pcb *accepted;
} plain;

static void look(void *arg, const struct world_packet *p)
{
    const uint8_t *tcp = p->data + 20;

    (void)arg;
    if (p->fate != WORLD_SENT) {
        return;
    }
    if (p->from == WORLD_CLIENT && p->len > 20u + (size_t)(tcp[12] >> 4) * 4) {
        plain.sent = p->at;
    } else if (p->from == WORLD_SERVER && plain.sent != 0 && plain.acked == 0) {
        plain.acked = p->at;
    }
}

static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    plain.accepted = pcb;
    return ERR_OK;
}

static bool is_accepted(void *arg)
{
    (void)arg;
    return plain.accepted != NULL;
}

static void
given_two_segments_for_a_connection_of_lwip_when_gathered_then_it_acknowledges_at_once(void **state)
{
    static const uint8_t octets[2800];

    (void)state;
    memset(&plain, 0, sizeof plain);
    world_path("10.0.1.1", "10.0.1.2", &fast);
    world_polls(MILLISECOND);
    world_observe(look, NULL);
    struct tcp_pcb *client = tcp_new();
    struct tcp_pcb *bound = tcp_new();
    tcp_bind(bound, world_address(0, WORLD_SERVER), 4000);
    struct tcp_pcb *listener = tcp_listen(bound);
    tcp_accept(listener, accepted);
    tcp_bind(client, world_address(0, WORLD_CLIENT), 0);
    tcp_nagle_disable(client);
    assert_int_equal(tcp_connect(client, world_address(0, WORLD_SERVER), 4000, NULL), ERR_OK);
    assert_true(world_run_until(is_accepted, NULL, SECOND));
    assert_int_equal(tcp_write(client, octets, sizeof octets, 0), ERR_OK);
    tcp_output(client);
    world_run_for(SECOND);
    assert_in_range(plain.acked - plain.sent, 1, 7 * MILLISECOND);
    tcp_abort(client);
    tcp_abort(plain.accepted);
    tcp_close(listener);
}

int test_polling(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_host_that_polls_when_it_gathers_then_it_acknowledges_seldom),
        in_world(given_losses_and_damage_when_a_host_gathers_then_all_octets_arrive),
        in_world(
            given_two_segments_for_a_connection_of_lwip_when_gathered_then_it_acknowledges_at_once),
    };
    return cmocka_run_group_tests_name("polling", tests, NULL, NULL);
}
