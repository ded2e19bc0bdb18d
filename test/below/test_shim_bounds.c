/*
 * test_shim_bounds.c - the table of flows is full, or flooded: what lives goes on.
 */
#define _POSIX_C_SOURCE 200809L
#include "below_test.h"
#include "duo.h"

#include <time.h>

#define SAID_BITS 24u /* of a server's key, which tell what the SYNs said */

static struct duo *of_sixteen(void)
{
    struct duo_config cfg;

    duo_config_init(&cfg);
    cfg.shim.flows = 64;
    cfg.shim.half = 16;
    return duo_new(&cfg);
}

/* A SYN with MP_CAPABLE from a port that nobody has. */
static void stranger(struct duo *d, uint16_t port, uint8_t host)
{
    static const uint8_t options[16] = {2, 4, 0x05, 0xb4, 30, 4, 0x01, 0x01, 1, 1, 1, 1};
    struct seg s = {.from = d->line[0].addr[A], .to = d->line[0].addr[B], .flags = SYN};
    uint8_t packet[SEG_MOST];

    s.from.ip[2] = host;
    s.from.port = port;
    s.seq = port * 1000u;
    s.window = 1000;
    s.options = options;
    s.options_len = sizeof options;
    size_t len = seg_write(&s, packet);
    (void)duo_comes(d, B, packet, len);
}

/* checks: none */
static void given_a_flood_of_syns_then_living_connections_go_on_and_new_ones_open(void **state)
{
    (void)state;
    struct duo *d = of_sixteen();

    duo_establish(d);
    for (uint32_t i = 0; i < 20000; i++) {
        stranger(d, (uint16_t)(1000 + i), (uint8_t)(100 + i / 10000));
    }
    assert_int_equal(1, d->end[B].conns);
    assert_true(duo_counts(d, B).half_forgotten >= 20000 - 16);
    d->end[B].sents = 0;
    duo_transfer(d, A, 0, 1000);
    duo_transfer(d, B, 0, 1000);
    duo_join(d, 1);
    duo_transfer(d, A, 1, 1000);
    duo_free(d);
}

/* checks: none */
static void given_a_half_open_client_that_was_forgotten_then_its_syn_opens_it_again(void **state)
{
    (void)state;
    struct duo *d = of_sixteen();

    duo_open(d);
    duo_sends(d, A, 0, SYN, 0, 0);
    (void)duo_carry(d, A);
    duo_sends(d, B, 0, SYN | ACK, 0, 1);
    d->end[B].sents = 0;
    for (uint16_t i = 0; i < 100; i++) {
        stranger(d, (uint16_t)(1000 + i), 100);
    }
    duo_answered(d, 0);
    duo_sends(d, A, 0, ACK, 1, 1);
    assert_non_null(duo_carry(d, A));
    assert_int_equal(1, d->end[B].conns);
    duo_free(d);
}

/* A client's SYN and the SYN/ACK, and then more SYNs than there may be half-open flows. */
static void answered_and_forgotten(struct duo *d)
{
    duo_open(d);
    duo_sends(d, A, 0, SYN, 0, 0);
    (void)duo_carry(d, A);
    duo_sends(d, B, 0, SYN | ACK, 0, 1);
    (void)duo_carry(d, B);
    d->end[B].sents = 0;
    for (uint16_t i = 0; i < 100; i++) {
        stranger(d, (uint16_t)(1000 + i), 100);
    }
    assert_int_equal(100 + 1 - 16, duo_counts(d, B).half_forgotten);
}

/* What a shim knows of the flow of line 0 from both SYNs. */
static struct shim_report known_at(struct duo *d, unsigned end)
{
    struct shim_report r;
    const struct duo_line *l = &d->line[0];
    shim_flow flow = shim_find(d->end[end].shim, &l->addr[end], &l->addr[1 - end]);

    assert_int_equal(0, shim_look(d->end[end].shim, flow, &r));
    return r;
}

/* Window scales, by what B makes of windows: of one that it sends and one that it gets. */
static void windows_are_alike(struct duo *one, struct duo *other)
{
    struct duo *both[2] = {one, other};
    struct mptcp_conn_report r[2];
    uint16_t window[2];

    for (unsigned i = 0; i < 2; i++) {
        struct duo_segment ack = {.flags = ACK, .window = 60000, .ssn = 1001, .ack = 1001};
        assert_int_equal(0, duo_tcp(both[i], B, &ack));
        window[i] = duo_last(both[i], B).window;
        mptcp_conn_info(both[i]->end[B].conn[0], &r[i]);
    }
    assert_in_range(window[0], 1, 59999);
    assert_int_equal(window[0], window[1]);
    assert_int_not_equal(0, r[0].snd_window);
    assert_int_equal(r[0].snd_window, r[1].snd_window);
}

/* checks: none */
static void
given_a_flood_between_syn_ack_and_third_ack_then_the_client_is_served_as_without_one(void **state)
{
    (void)state;

    for (unsigned version = 0; version < 2; version++) {
        struct duo_config cfg;
        duo_config_init(&cfg);
        cfg.shim.flows = 64;
        cfg.shim.half = 16;
        cfg.shim.versions = SHIM_VERSION_0 | SHIM_VERSION_1;
        cfg.conn.version = (uint8_t)version;
        struct duo *calm = duo_new(&cfg);
        duo_connect(calm);
        struct duo *d = duo_new(&cfg);
        answered_and_forgotten(d);
        duo_sends(d, A, 0, ACK, 1, 1);
        assert_non_null(duo_carry(d, A));
        assert_int_equal(1, d->end[B].conns);
        assert_int_equal(0, d->end[B].opening.plain + d->end[B].opening.unscaled);
        assert_int_equal(version, d->end[B].opening.version);
        assert_int_equal(1, duo_counts(d, B).restored);
        assert_int_equal(known_at(calm, B).segment_size, known_at(d, B).segment_size);
        d->line[0].sf[B] = known_at(d, B).sf;
        duo_act(d, A);
        duo_act(d, B);
        duo_transfer(d, A, 0, 1000);
        duo_transfer(d, B, 0, 1000);
        duo_transfer(calm, A, 0, 1000);
        duo_transfer(calm, B, 0, 1000);
        windows_are_alike(calm, d);
        duo_free(calm);
        duo_free(d);
    }
}

/* checks: none */
static void given_a_third_ack_with_another_key_then_no_connection_is_made_of_it(void **state)
{
    (void)state;
    struct duo *d = of_sixteen();

    answered_and_forgotten(d);
    duo_sends(d, A, 0, ACK, 1, 1);
    struct duo_frame third = d->end[A].sent[0];
    for (unsigned bit = SAID_BITS; bit < 64; bit++) {
        struct duo_frame f = third;
        struct seg s = duo_read(&f);
        uint8_t *option = f.packet + (seg_mptcp(&s, SUB_CAPABLE) - f.packet);
        option[19 - bit / 8] ^= (uint8_t)(1u << bit % 8);
        seg_refit(f.packet, f.len);
        assert_non_null(duo_comes(d, B, f.packet, f.len)); /* TCP decides */
    }
    assert_int_equal(0, d->end[B].conns);
    d->now += 65000000; /* nor after a minute without a flood */
    assert_non_null(duo_comes(d, B, third.packet, third.len));
    assert_int_equal(0, d->end[B].conns);
    d->now -= 65000000;
    assert_non_null(duo_comes(d, B, third.packet, third.len));
    assert_int_equal(1, d->end[B].conns);
    duo_free(d);
}

/* What an ACK without a flow may be is TCP's to say: until then nothing is made of it.
 * checks: none */
static void given_acks_of_nobody_in_a_flood_then_no_connection_is_made_and_all_pass(void **state)
{
    (void)state;
    struct duo *d = of_sixteen();

    answered_and_forgotten(d);
    struct duo_line *l = &d->line[0];
    for (uint32_t i = 0; i < 200; i++) {
        uint8_t packet[SEG_MOST];
        struct seg ack = {.from = l->addr[A], .to = l->addr[B], .flags = ACK, .window = 1000};
        ack.from.port = (uint16_t)(20000 + i);
        ack.seq = i * 1000;
        ack.ack = i * 77;
        assert_non_null(duo_comes(d, B, packet, seg_write(&ack, packet)));
    }
    assert_int_equal(0, d->end[B].conns);
    assert_int_equal(0, duo_counts(d, B).restored);
    /* One of them is accepted, of which TCP knows. */
    struct mptcp_addr client = l->addr[A];
    client.port = 20199;
    shim_flow flow = shim_accepted(d->end[B].shim, &l->addr[B], &client, d->now);
    assert_int_not_equal(SHIM_NO_FLOW, flow);
    assert_int_equal(1, d->end[B].conns);
    assert_int_equal(1, d->end[B].opening.plain);
    assert_int_equal(1, d->end[B].opening.unscaled);
    assert_int_equal(1, duo_counts(d, B).restored);
    client.port = 12345; /* nothing came from there */
    assert_int_equal(SHIM_NO_FLOW, shim_accepted(d->end[B].shim, &l->addr[B], &client, d->now));
    duo_free(d);
}

/* checks: none */
static void given_more_live_flows_than_slots_then_no_live_one_is_given_up(void **state)
{
    (void)state;
    struct duo_config cfg;
    struct mptcp_addr local = address4(10, 0, 0, 1, 0);
    struct mptcp_addr remote = address4(10, 0, 0, 2, 443);

    duo_config_init(&cfg);
    cfg.shim.flows = 4;
    cfg.shim.half = 2;
    struct duo *d = duo_new(&cfg);
    duo_establish(d);
    for (uint16_t i = 0; i < 10; i++) {
        local.port = (uint16_t)(2000 + i);
        shim_flow f = shim_open(d->end[A].shim, d->end[A].conn[0], 0, &local, &remote, d->now);
        assert_int_equal(i >= 3, f == SHIM_NO_FLOW);
    }
    assert_int_equal(7, duo_counts(d, A).no_room);
    duo_transfer(d, A, 0, 100);
    duo_free(d);
}

/* checks: none */
static void
given_no_room_for_a_connection_then_the_third_ack_is_dropped_and_comes_again(void **state)
{
    (void)state;
    struct duo *d = duo_of(4);

    d->end[B].room = 0;
    duo_open(d);
    duo_answered(d, 0);
    duo_sends(d, A, 0, ACK, 1, 1);
    struct duo_frame third = d->end[A].sent[0];
    assert_null(duo_carry(d, A));
    assert_int_equal(1, duo_counts(d, B).no_room);
    d->end[B].room = 1;
    assert_non_null(duo_comes(d, B, third.packet, third.len));
    assert_int_equal(1, d->end[B].conns);
    duo_free(d);
}

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#define FORGOTTEN 64u
#define ROUNDS 3u

/* What it costs to forget a connection of two subflows among so many flows: the least of some
 * rounds. */
static double cost_to_forget(uint32_t flows)
{
    static uint64_t conn[65536]; /* stand for connections: the shim only compares them */
    struct duo_config cfg;
    double least = 1e18;

    duo_config_init(&cfg);
    cfg.shim.flows = flows;
    cfg.shim.half = 2;
    struct duo *d = duo_new(&cfg);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < flows; i++) {
            struct mptcp_addr local = address4(10, 0, 0, 1, (uint16_t)(1 + i));
            struct mptcp_addr remote = address4(10, 0, 0, 2, 443);
            assert_int_not_equal(SHIM_NO_FLOW, shim_open(d->end[A].shim,
                                                         (struct mptcp_conn *)(void *)&conn[i / 2],
                                                         i % 2, &local, &remote, d->now));
        }
        double begun = cpu_ns();
        for (uint32_t i = 0; i < FORGOTTEN; i++) {
            shim_forget(d->end[A].shim, (struct mptcp_conn *)(void *)&conn[i]);
        }
        double took = cpu_ns() - begun;
        least = took < least ? took : least;
        for (uint32_t i = 0; i < 2 * FORGOTTEN; i++) {
            struct mptcp_addr local = address4(10, 0, 0, 1, (uint16_t)(1 + i));
            struct mptcp_addr remote = address4(10, 0, 0, 2, 443);
            assert_int_equal(SHIM_NO_FLOW, shim_find(d->end[A].shim, &local, &remote));
        }
    }
    duo_free(d);
    return least;
}

/* checks: none */
static void given_many_flows_then_to_forget_a_connection_costs_what_it_costs_among_few(void **state)
{
    (void)state;
    double few = cost_to_forget(256);
    double many = cost_to_forget(65534);

    if (many > 30 * few) { /* caches differ; flow by flow it is 256 times */
        fail_msg("among 65,534 flows %.0f ns, among 256 %.0f ns", many, few);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_flood_of_syns_then_living_connections_go_on_and_new_ones_open),
        cmocka_unit_test(given_a_half_open_client_that_was_forgotten_then_its_syn_opens_it_again),
        cmocka_unit_test(
            given_a_flood_between_syn_ack_and_third_ack_then_the_client_is_served_as_without_one),
        cmocka_unit_test(given_a_third_ack_with_another_key_then_no_connection_is_made_of_it),
        cmocka_unit_test(given_acks_of_nobody_in_a_flood_then_no_connection_is_made_and_all_pass),
        cmocka_unit_test(given_more_live_flows_than_slots_then_no_live_one_is_given_up),
        cmocka_unit_test(
            given_no_room_for_a_connection_then_the_third_ack_is_dropped_and_comes_again),
        cmocka_unit_test(
            given_many_flows_then_to_forget_a_connection_costs_what_it_costs_among_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
