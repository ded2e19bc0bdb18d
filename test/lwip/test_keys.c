/*
 * test_keys.c - whatever the binding frees holds neither key. An observer reads the keys off the
 * handshake; every block of the heap is searched for both when it is freed. Blocks as small as
 * packets are left out: those are lwIP's.
 */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define SMALL 2048u

#define SYN 0x02u
#define KIND_NOP 1u
#define KIND_MPTCP 30u
#define KEY 8u

static struct {
    uint8_t key[2][KEY]; /* as they cross the network: the server's, the client's */
    uint8_t mirrored[2][KEY];
    unsigned keys;
    unsigned searched;
    unsigned found;
} t;

static void note_key(const uint8_t *key)
{
    for (unsigned i = 0; i < t.keys; i++) {
        if (memcmp(t.key[i], key, KEY) == 0) {
            return;
        }
    }
    assert_true(t.keys < 2);
    memcpy(t.key[t.keys], key, KEY);
    for (unsigned i = 0; i < KEY; i++) {
        t.mirrored[t.keys][i] = key[KEY - 1 - i];
    }
    t.keys++;
}

/* MP_CAPABLE: 4 octets, then the sender's key, then the receiver's. */
static void note_keys(void *arg, const struct world_packet *packet)
{
    const uint8_t *tcp = packet->data + 20;
    size_t end = (size_t)(tcp[12] >> 4) * 4;

    (void)arg;
    for (size_t i = 20; i < end && tcp[i] != 0; i += tcp[i] == KIND_NOP ? 1 : tcp[i + 1]) {
        if (tcp[i] == KIND_MPTCP && tcp[i + 2] >> 4 == 0 && tcp[i + 1] >= 12) {
            note_key(tcp + i + 4);
        }
    }
}

static bool is_at(const uint8_t *p)
{
    for (unsigned i = 0; i < t.keys; i++) {
        if (memcmp(p, t.key[i], KEY) == 0 || memcmp(p, t.mirrored[i], KEY) == 0) {
            return true;
        }
    }
    return false;
}

static void search(const void *block, size_t n)
{
    const uint8_t *p = block;

    if (n < SMALL) {
        return;
    }
    t.searched++;
    for (size_t i = 0; i + KEY <= n; i++) {
        t.found += is_at(p + i);
    }
}

enum way { CLOSE, ABORT, ABORT_BY_RST, VANISH, PARK, DURING_THE_HANDSHAKE, WAYS };

static void leave(struct peers *p, enum way way)
{
    uint8_t *octets;

    switch (way) {
    case ABORT:
    case ABORT_BY_RST:
        mptcpl_abort(p->client.pcb);
        p->client.pcb = NULL;
        break;
    case VANISH:
        world_cut(0, true);
        world_cut(1, true);
        world_run_for(5 * SECOND);
        world_cut(0, false);
        world_cut(1, false);
        break;
    case PARK:
        assert_int_equal(ERR_OK, mptcpl_park(p->client.pcb));
        octets = malloc(mptcpl_saved_size(p->client.pcb));
        mptcpl_save(p->client.pcb, octets);
        free(octets);
        mptcpl_close(p->client.pcb);
        p->client.pcb = NULL;
        break;
    default:
        p->client.keep_open = p->server.keep_open = false;
        peer_write(&p->client);
        peer_write(&p->server);
        break;
    }
}

static void live_and_die(enum way way)
{
    static struct peers p;

    memset(&t, 0, sizeof t);
    defaults.abort_rst = way == ABORT_BY_RST;
    world_observe(note_keys, NULL);
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    peers_make(&p, &defaults, &defaults);
    mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    p.client.to_send = p.server.to_send = 50000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    scarce_watch(search);
    world_run_for(way == DURING_THE_HANDSHAKE ? 31 * MILLISECOND : SECOND);
    leave(&p, way);
    world_run_for(2 * SECOND);
    peers_end(&p);
    world_run_for(30 * SECOND);
    assert_int_equal(2, t.keys);
    assert_true(t.searched >= 6); /* two pcbs, blocks and rings */
    assert_int_equal(0, t.found);
    scarce_begin();
    world_end();
}

/* checks: none */
static void given_a_connection_that_is_over_then_no_key_is_left_in_what_was_freed(void **state)
{
    for (enum way way = 0; way < WAYS; way++) {
        suite_begin(state);
        live_and_die(way);
    }
}

int test_keys(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_connection_that_is_over_then_no_key_is_left_in_what_was_freed),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
