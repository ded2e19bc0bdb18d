/*
 * test_below_limits.c - memory is bounded by the configuration, whatever comes: floods of SYNs,
 * more clients than streams. What lives goes on.
 */
#include "below_test.h"

/* SYNs of strangers, with MP_CAPABLE, MP_JOIN, or neither, reach the server's interface. */
static void flood(struct world *w, uint32_t n)
{
    uint8_t options[20] = {2, 4, 0x05, 0xb4, 30, 4, 0x01, 0x01};
    uint8_t packet[SEG_MOST];

    for (uint32_t i = 0; i < n; i++) {
        struct seg s = {.from = address4(192, 0, 2, (uint8_t)(1 + i % 250), 0), .flags = SYN};
        uint32_t kind = world_random(w) % 3;
        s.from.port = (uint16_t)world_random(w);
        s.to = world_address(SERVER, 0, 4);
        s.to.port = PORT;
        s.seq = world_random(w);
        s.options = options;
        options[5] = kind == 2 ? 12 : 4;
        options[6] = kind == 2 ? 0x10 : 0x01;
        put32(options + 8, world_random(w));
        s.options_len = kind == 0 ? 4 : kind == 1 ? 8 : 16;
        s.window = 1000;
        size_t len = seg_write(&s, packet);
        world_inject(w, SERVER, 0, packet, len);
    }
}

/* checks: none */
static void given_a_flood_of_syns_then_streams_go_on_and_the_next_client_is_served(void **state)
{
    (void)state;
    struct world_config cfg;
    struct shim_counts counts;

    world_config_init(&cfg);
    cfg.toy[SERVER].backlog = 200;
    cfg.toy[SERVER].retries = 1;
    cfg.below[SERVER].shim.half = 32;
    struct world *w = world_new(&cfg);
    world_serve(w, NULL);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, 1000000);
    world_run(w, 50000); /* its handshake is complete */
    for (unsigned i = 0; i < 20; i++) {
        world_run(w, 20000);
        flood(w, 100);
    }
    if (!world_until(w, world_all_done, NULL, 60 * SECOND)) {
        fail_msg("%u octets; %s", (unsigned)world_app(w, SERVER, 0)->got,
                 world_fault(w) ? world_fault(w) : "no fault");
    }
    assert_int_equal(1000000, world_app(w, SERVER, 0)->got);
    below_shim_counts(world_below(w, SERVER), &counts);
    assert_true(counts.half_forgotten > 1000);
    assert_true(counts.refused > 300); /* joins of no connection */
    world_run(w, 10 * SECOND);         /* TCP gives its half-open ones up */
    world_connect(w, 0, 0, 4, 50000);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(50000, world_app(w, SERVER, 1)->got);
    assert_int_equal(1, report_of(w, SERVER, 1).version);
    world_free(w);
}

/* checks: none */
static void given_a_client_in_the_midst_of_a_flood_then_it_is_served_over_both_paths(void **state)
{
    (void)state;
    struct world_config cfg;
    struct shim_counts counts;

    world_config_init(&cfg);
    cfg.toy[SERVER].backlog = 250; /* its TCP has room for all of them */
    cfg.below[SERVER].shim.half = 32;
    struct world *w = world_new(&cfg);
    world_serve(w, NULL);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, 300000);
    do {
        world_run(w, 1000);
        below_shim_counts(world_below(w, SERVER), &counts);
    } while (counts.in == 0); /* until its SYN has come */
    flood(w, 200);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(300000, world_app(w, SERVER, 0)->got);
    assert_int_equal(1, report_of(w, SERVER, 0).version);
    assert_int_equal(MPTCP_OK, report_of(w, SERVER, 0).fallback);
    below_shim_counts(world_below(w, SERVER), &counts);
    assert_int_equal(1, counts.restored);
    world_free(w);
}

/* Nothing that a client of plain TCP sends tells what its SYN said; but TCP knows the client. With
 * few octets its end comes before TCP has given its socket to the listener.
 * checks: none */
static void given_a_plain_client_in_the_midst_of_a_flood_then_it_is_served(void **state)
{
    (void)state;
    struct world_config cfg;
    struct shim_counts counts;

    for (unsigned seed = 1; seed <= 24; seed++) {
        uint64_t octets = seed % 2 != 0 ? 1 : 300000;
        struct app like = {.out = seed % 3 != 0 ? 200000 : 0};
        world_config_init(&cfg);
        cfg.seed = seed;
        vary_toys(&cfg);
        cfg.header = 0; /* strangers' frames have none */
        cfg.plain[CLIENT] = true;
        cfg.toy[SERVER].backlog = 250;
        cfg.below[SERVER].shim.half = 32;
        struct world *w = world_new(&cfg);
        world_serve(w, &like);
        world_connect(w, 0, 0, 4, octets);
        do {
            world_run(w, 1000);
            below_shim_counts(world_below(w, SERVER), &counts);
        } while (counts.in == 0); /* until its SYN has come */
        flood(w, seed == 1 ? 5000 : 200);
        if (!world_until(w, world_all_done, NULL, 60 * SECOND)) {
            fail_msg("seed %u: the client is not served", seed);
        }
        assert_int_equal(octets, world_app(w, SERVER, 0)->got);
        assert_int_equal(like.out, world_app(w, CLIENT, 0)->got);
        assert_int_equal(MPTCP_E_CLOSED, world_app(w, SERVER, 0)->code);
        below_shim_counts(world_below(w, SERVER), &counts);
        assert_int_equal(1, counts.restored);
        assert_true(world_now(w) < 3 * SECOND + SECOND); /* at the pace of the link */
        world_free(w);
    }
}

/* Its TCP answers all the time that the window is closed. With and without a flood. checks: D-4 */
static void
given_a_plain_client_that_reads_nothing_for_minutes_then_it_is_served_later(void **state)
{
    (void)state;
    struct world_config cfg;
    struct shim_counts counts;

    for (unsigned floods = 0; floods < 2; floods++) {
        struct app like = {.out = 2000000};
        world_config_init(&cfg);
        cfg.header = 0; /* strangers' frames have none */
        cfg.plain[CLIENT] = true;
        cfg.toy[SERVER].backlog = 250;
        cfg.below[SERVER].shim.half = 32;
        struct world *w = world_new(&cfg);
        world_serve(w, &like);
        struct app *client = world_connect(w, 0, 0, 4, 100);
        client->deaf = true;
        do {
            world_run(w, 1000);
            below_shim_counts(world_below(w, SERVER), &counts);
        } while (counts.in == 0); /* until its SYN has come */
        flood(w, floods * 200);
        world_run(w, 1800 * SECOND);
        below_shim_counts(world_below(w, SERVER), &counts);
        assert_int_equal(floods, counts.restored);
        assert_int_equal(MPTCP_OK, world_app(w, SERVER, 0)->code);
        client->deaf = false;
        client->dirty = true;
        assert_true(world_until(w, world_all_done, NULL, 120 * SECOND));
        assert_int_equal(like.out, client->got);
        world_free(w);
    }
}

/* A box that loses a client's third ACK and its first octets. */
struct loss {
    unsigned acks; /* that it has lost */
    unsigned octets;
    uint16_t port; /* the client's */
    bool loses;
};

static bool lose_first(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct loss *l = arg;
    struct seg s;

    (void)link;
    if (from != CLIENT || !seg_read(packet, *len, &s)) {
        return true;
    }
    l->port = s.from.port;
    unsigned *lost = s.len != 0 ? &l->octets : &l->acks;
    if ((s.flags & SYN) != 0 || !l->loses || *lost != 0) {
        return true;
    }
    ++*lost;
    return false;
}

/* An ACK between the client and the server, of somebody who knows no sequence number. */
static void forge_ack(struct world *w, uint16_t port)
{
    struct seg s = {.flags = ACK, .seq = 12345, .ack = 54321, .window = 1000};
    uint8_t packet[SEG_MOST];

    s.from = world_address(CLIENT, 0, 4);
    s.from.port = port;
    s.to = world_address(SERVER, 0, 4);
    s.to.port = PORT;
    world_inject(w, SERVER, 0, packet, seg_write(&s, packet));
}

/* checks: none */
static void
given_a_plain_client_in_a_flood_when_its_first_ack_is_forged_or_lost_then_it_is_served(void **state)
{
    (void)state;
    struct world_config cfg;
    struct shim_counts counts;

    for (unsigned seed = 1; seed <= 24; seed++) {
        struct app like = {.out = 200000};
        struct loss l = {.loses = seed % 2 == 0};
        world_config_init(&cfg);
        cfg.seed = seed;
        vary_toys(&cfg);
        cfg.header = 0;
        cfg.plain[CLIENT] = true;
        cfg.toy[SERVER].backlog = 250;
        cfg.below[SERVER].shim.half = 32;
        struct world *w = world_new(&cfg);
        world_box(w, lose_first, &l);
        world_serve(w, &like);
        world_connect(w, 0, 0, 4, 30000);
        do {
            world_run(w, 1000);
            below_shim_counts(world_below(w, SERVER), &counts);
        } while (counts.in == 0);
        flood(w, 200);
        if (seed % 3 != 0) {
            forge_ack(w, l.port);
        }
        if (!world_until(w, world_all_done, NULL, 60 * SECOND)) {
            fail_msg("seed %u: the client is not served", seed);
        }
        assert_int_equal(30000, world_app(w, SERVER, 0)->got);
        assert_int_equal(200000, world_app(w, CLIENT, 0)->got);
        world_free(w);
    }
}

/* checks: none */
static void given_more_clients_than_streams_then_the_others_wait_and_are_served_later(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.below[CLIENT].streams = 6;
    cfg.below[SERVER].streams = 3;
    struct world *w = world_new(&cfg);
    world_serve(w, &(struct app){.stays = true});
    for (unsigned i = 0; i < 6; i++) {
        world_connect(w, 0, 0, 4, 20000);
    }
    world_run(w, 2 * SECOND);
    assert_non_null(world_app(w, SERVER, 2));
    assert_null(world_app(w, SERVER, 3));
    for (unsigned i = 0; i < 3; i++) { /* these end, and their places are free */
        struct app *a = world_app(w, SERVER, i);
        assert_int_equal(20000, a->got);
        below_close(world_below(w, SERVER), a->handle, world_now(w));
        a->ended = true;
    }
    world_run(w, 60 * SECOND);
    assert_non_null(world_app(w, SERVER, 5));
    for (unsigned i = 3; i < 6; i++) {
        assert_int_equal(20000, world_app(w, SERVER, i)->got);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_flood_of_syns_then_streams_go_on_and_the_next_client_is_served),
        cmocka_unit_test(given_a_client_in_the_midst_of_a_flood_then_it_is_served_over_both_paths),
        cmocka_unit_test(given_a_plain_client_in_the_midst_of_a_flood_then_it_is_served),
        cmocka_unit_test(
            given_a_plain_client_that_reads_nothing_for_minutes_then_it_is_served_later),
        cmocka_unit_test(
            given_a_plain_client_in_a_flood_when_its_first_ack_is_forged_or_lost_then_it_is_served),
        cmocka_unit_test(given_more_clients_than_streams_then_the_others_wait_and_are_served_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
