/*
 * test_merged.c - segments that an interface has merged before lwIP sees them: they are longer than
 * the MSS, and are acknowledged as the several that they stand for.
 */
#include "suite.h"

#define SMALL_MSS 500u

static struct {
    mptcp_time sent;  /* the client's octets; 0: not yet */
    mptcp_time acked; /* ... and the server's answer */
} seen;

/* The server takes segments of more than 500 octets for merged ones. */
static bool with_small_mss(void *arg, unsigned path, enum world_side from, uint8_t *data,
                           size_t *len)
{
    uint8_t *tcp = data + 20;

    (void)arg;
    (void)path;
    (void)len;
    if (from == WORLD_CLIENT && (tcp[13] & 2) != 0 && tcp[20] == 2) {
        tcp[22] = SMALL_MSS >> 8;
        tcp[23] = SMALL_MSS & 0xff;
        world_refit(data, *len);
    }
    return true;
}

static void look(void *arg, const struct world_packet *p)
{
    const uint8_t *tcp = p->data + 20;
    uint32_t payload = (uint32_t)p->len - 20 - tcp[12] / 16u * 4u;

    (void)arg;
    if (p->fate == WORLD_DELIVERED && p->from == WORLD_CLIENT && payload > SMALL_MSS) {
        seen.sent = seen.sent != 0 ? seen.sent : p->at;
    }
    if (p->fate == WORLD_SENT && p->from == WORLD_SERVER && seen.sent != 0 && seen.acked == 0) {
        seen.acked = p->at;
    }
}

/* How long a segment of 1000 octets waits for its acknowledgement. */
static mptcp_time wait_of_one(world_box box)
{
    static struct peers p;

    seen.sent = seen.acked = 0;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_observe(look, NULL);
    world_middlebox(box, NULL);
    peers_make(&p, &defaults, &defaults);
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(300 * MILLISECOND);
    p.client.to_send = 1000;
    peer_write(&p.client);
    world_run_for(SECOND);
    assert_int_equal(p.server.received, 1000);
    assert_true(seen.sent != 0 && seen.acked != 0);
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 10 * SECOND);
    peers_end(&p);
    world_end();
    return seen.acked - seen.sent;
}

static void
given_a_segment_longer_than_the_mss_when_it_comes_then_it_is_acknowledged_at_once(void **state)
{
    (void)state;
    assert_true(wait_of_one(with_small_mss) < MILLISECOND);
}

static void given_a_single_segment_when_it_comes_then_lwip_may_wait_for_another(void **state)
{
    (void)state;
    assert_true(wait_of_one(NULL) > MILLISECOND);
}

int test_merged(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_segment_longer_than_the_mss_when_it_comes_then_it_is_acknowledged_at_once),
        in_world(given_a_single_segment_when_it_comes_then_lwip_may_wait_for_another),
    };
    return cmocka_run_group_tests_name("merged", tests, NULL, NULL);
}
