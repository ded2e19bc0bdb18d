/*
 * test_below_fallback.c - peers and paths without MPTCP, or with half of it: the stream is whole,
 * as plain TCP where nothing else is left.
 */
#include "below_test.h"

/* Takes the MPTCP options off packets, in place of each two NOPs. */
struct strip {
    unsigned link;  /* LINKS: on all */
    uint8_t need;   /* of flags: only from packets that have these */
    uint8_t but;    /* ... and none of these */
    int from;       /* enum side; -1: both */
    unsigned after; /* packets that pass before */
    unsigned seen;
    unsigned taken;
};

static bool strip(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct strip *x = arg;
    struct seg s;
    const uint8_t *o;

    if (!seg_read(packet, *len, &s) || (x->link != LINKS && x->link != link) ||
        (x->from >= 0 && x->from != (int)from) || (s.flags & x->need) != x->need ||
        (s.flags & x->but) != 0 || x->seen++ < x->after) {
        return true;
    }
    while ((o = seg_option(&s, OPT_MPTCP)) != NULL) {
        memset(packet + (o - packet), 1, o[1]);
        x->taken++;
    }
    seg_refit(packet, *len);
    return true;
}

/* A stream through the box: whole, both ways. */
static struct world *through(const struct world_config *cfg, box_fn box, void *arg, uint64_t octets)
{
    struct app like = {.out = octets / 2};
    struct world *w = world_new(cfg);

    world_box(w, box, arg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, octets);
    if (!world_until(w, world_all_done, NULL, 120 * SECOND)) {
        struct app *s = world_app(w, SERVER, 0);
        fail_msg("%u of %u octets and %u of %u have come; %s", s ? (unsigned)s->got : 0,
                 (unsigned)octets, (unsigned)world_app(w, CLIENT, 0)->got, (unsigned)(octets / 2),
                 world_fault(w) ? world_fault(w) : "no fault");
    }
    assert_int_equal(octets, world_app(w, SERVER, 0)->got);
    assert_int_equal(octets / 2, world_app(w, CLIENT, 0)->got);
    assert_int_equal(MPTCP_E_CLOSED, world_app(w, CLIENT, 0)->code);
    return w;
}

static unsigned version_of(struct world *w, enum side side)
{
    return report_of(w, side, 0).version;
}

#define PLAIN 255u

/* checks: none */
static void given_a_box_that_strips_options_then_the_stream_is_plain_tcp_and_whole(void **state)
{
    (void)state;
    struct strip boxes[] = {
        {.link = LINKS, .from = -1},                  /* all of them */
        {.link = LINKS, .from = -1, .need = SYN},     /* from SYNs */
        {.link = LINKS, .from = SERVER, .need = SYN}, /* from SYN/ACKs */
        {.link = LINKS, .from = CLIENT, .but = SYN},  /* from the client's third ACK on */
        {.link = LINKS, .from = SERVER, .but = SYN},  /* from what the server says later */
        {.link = LINKS, .from = -1, .but = SYN},
    };
    struct world_config cfg;

    for (unsigned i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        world_config_init(&cfg);
        cfg.loose = true;
        struct world *w = through(&cfg, strip, &boxes[i], 600000);
        assert_true(boxes[i].taken > 0);
        if (version_of(w, CLIENT) != PLAIN || version_of(w, SERVER) != PLAIN) {
            fail_msg("box %u: still MPTCP", i);
        }
        world_free(w);
    }
}

/* checks: none */
static void given_a_box_on_the_second_path_alone_then_the_first_one_stays_mptcp(void **state)
{
    (void)state;
    struct strip boxes[] = {
        {.link = 1, .from = -1},
        {.link = 1, .from = SERVER, .need = SYN},
        {.link = 1, .from = CLIENT, .but = SYN},
        {.link = 1, .from = -1, .but = SYN, .after = 20},
    };
    struct world_config cfg;

    for (unsigned i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        world_config_init(&cfg);
        cfg.loose = true;
        struct world *w = through(&cfg, strip, &boxes[i], 1500000);
        assert_true(boxes[i].taken > 0);
        assert_int_equal(1, version_of(w, CLIENT));
        assert_int_equal(1, version_of(w, SERVER));
        world_free(w);
    }
}

/* checks: none */
static void given_a_host_without_mptcp_then_the_stream_is_plain_tcp_and_whole(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned side = 0; side < 2; side++) {
        struct app like = {.out = 200000};
        world_config_init(&cfg);
        cfg.plain[side] = true;
        struct world *w = world_new(&cfg);
        world_serve(w, &like);
        world_connect(w, 0, 0, 4, 400000);
        assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
        assert_int_equal(400000, world_app(w, SERVER, 0)->got);
        assert_int_equal(200000, world_app(w, CLIENT, 0)->got);
        assert_int_equal(PLAIN, version_of(w, side == CLIENT ? SERVER : CLIENT));
        world_free(w);
    }
}

/* checks: none */
static void given_loss_and_a_host_without_mptcp_then_the_streams_are_whole(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned seed = 1; seed <= 20; seed++) {
        struct app like = {.out = 100000};
        world_config_init(&cfg);
        cfg.seed = seed;
        cfg.way.loss = 20000;
        cfg.way.late = 100000;
        cfg.way.late_us = 8000;
        vary_toys(&cfg);
        cfg.plain[seed % 2] = true;
        struct world *w = world_new(&cfg);
        world_serve(w, &like);
        world_connect(w, 0, 0, 4, 200000);
        if (!world_until(w, world_all_done, NULL, 300 * SECOND)) {
            fail_msg("seed %u: %u and %u octets, codes %d and %d; %s", seed,
                     (unsigned)world_app(w, SERVER, 0)->got, (unsigned)world_app(w, CLIENT, 0)->got,
                     world_app(w, SERVER, 0)->code, world_app(w, CLIENT, 0)->code,
                     world_fault(w) ? world_fault(w) : "no fault");
        }
        assert_int_equal(200000, world_app(w, SERVER, 0)->got);
        world_free(w);
    }
}

/* ---------------------------------------------------------------- checksums */

/* Changes an octet of payload now and then. */
struct change {
    unsigned link; /* LINKS: on all */
    unsigned every;
    unsigned seen;
    unsigned done;
};

static bool change(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct change *x = arg;
    struct seg s;

    if (from == CLIENT && (x->link == LINKS || x->link == link) && seg_read(packet, *len, &s) &&
        s.len > 100 && ++x->seen % x->every == 0) {
        packet[*len - 7] ^= 4;
        seg_refit(packet, *len);
        x->done++;
    }
    return true;
}

static void with_checksums(struct world_config *cfg)
{
    world_config_init(cfg);
    cfg->below[CLIENT].conn.flags |= MPTCP_CFG_CHECKSUM;
    cfg->below[SERVER].conn.flags |= MPTCP_CFG_CHECKSUM;
}

/* checks: none */
static void given_checksums_and_loss_then_both_streams_are_whole_and_stay_mptcp(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned seed = 1; seed <= 30; seed++) {
        struct app like = {.out = 150000};
        with_checksums(&cfg);
        cfg.seed = seed;
        cfg.way.loss = seed % 3 * 10000;
        cfg.way.late = 100000;
        cfg.way.late_us = 8000;
        vary_toys(&cfg);
        struct world *w = world_new(&cfg);
        world_serve(w, &like);
        join_from(w, 1, 4);
        world_connect(w, 0, 0, 4, 300000);
        if (!world_until(w, world_all_done, NULL, 300 * SECOND)) {
            fail_msg("seed %u: %u octets", seed, (unsigned)world_app(w, SERVER, 0)->got);
        }
        assert_int_equal(300000, world_app(w, SERVER, 0)->got);
        assert_int_equal(1, version_of(w, CLIENT));
        assert_int_equal(1, report_of(w, SERVER, 0).checksum);
        world_free(w);
    }
}

/* checks: none */
static void given_checksums_and_a_path_that_changes_octets_then_none_is_wrong(void **state)
{
    (void)state;
    struct world_config cfg;
    struct change box = {.link = 1, .every = 20};

    with_checksums(&cfg);
    struct world *w = through(&cfg, change, &box, 1500000);
    assert_true(box.done > 0);
    assert_int_equal(1, version_of(w, SERVER));
    world_free(w);
}

/* checks: none */
static void
given_a_path_dark_for_a_while_with_checksums_then_no_sum_is_asked_of_octets_that_are_gone(
    void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned seed = 1; seed <= 12; seed++) {
        with_checksums(&cfg);
        cfg.seed = seed;
        cfg.way.rate = 3000000;
        vary_toys(&cfg);
        struct world *w = world_new(&cfg);
        world_serve(w, NULL);
        join_from(w, 1, 4);
        world_connect(w, 0, 0, 4, 1500000);
        world_run(w, 700000);
        world_dark(w, seed % 2, true);
        world_run(w, 1500000);
        world_dark(w, seed % 2, false);
        world_run(w, 700000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        assert_true(world_until(w, world_all_done, NULL, 120 * SECOND));
        assert_int_equal(1500000, world_app(w, SERVER, 0)->got);
        assert_int_equal(1, version_of(w, SERVER));
        world_free(w);
    }
}

/* ----------------------------------------------------------------- version 0 */

/* checks: none */
static void given_clients_of_either_version_then_a_server_of_both_serves_them(void **state)
{
    (void)state;
    struct world_config cfg;

    for (unsigned version = 0; version <= 1; version++) {
        world_config_init(&cfg);
        cfg.below[CLIENT].conn.version = (uint8_t)version;
        cfg.below[SERVER].shim.versions = SHIM_VERSION_0 | SHIM_VERSION_1;
        struct world *w = world_new(&cfg);
        struct app like = {.out = 200000};
        world_serve(w, &like);
        join_from(w, 1, 4);
        world_connect(w, 0, 0, 4, 1000000);
        world_run(w, 400000);
        assert_int_equal(2, subflows(w, CLIENT, 0));
        assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
        assert_int_equal(1000000, world_app(w, SERVER, 0)->got);
        assert_int_equal(version, version_of(w, SERVER));
        world_free(w);
    }
}

/* A stream from the client to the server, and what version it has. */
static unsigned one_more(struct world *w, unsigned i)
{
    world_connect(w, 0, 0, 4, 50000);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(50000, world_app(w, SERVER, i)->got);
    return report_of(w, CLIENT, i).version;
}

/* checks: C-4 */
static void
given_a_server_of_version_0_then_the_next_connection_to_it_offers_version_0(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 20000};

    world_config_init(&cfg);
    cfg.below[CLIENT].one_then_zero = 1;
    cfg.below[SERVER].shim.versions = SHIM_VERSION_0;
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    assert_int_equal(PLAIN, one_more(w, 0));
    assert_int_equal(0, one_more(w, 1));
    assert_int_equal(0, one_more(w, 2));
    world_run(w, 25ull * 3600 * SECOND); /* after a day */
    assert_int_equal(PLAIN, one_more(w, 3));
    assert_int_equal(0, one_more(w, 4));
    world_free(w);
}

/* checks: C-4 */
static void given_a_server_of_both_versions_then_a_client_that_offers_both_gets_1(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 20000};

    world_config_init(&cfg);
    cfg.below[CLIENT].one_then_zero = 1;
    cfg.below[CLIENT].conn.version = 0;
    cfg.below[SERVER].shim.versions = SHIM_VERSION_0 | SHIM_VERSION_1;
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    assert_int_equal(1, one_more(w, 0));
    assert_int_equal(1, one_more(w, 1));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_box_that_strips_options_then_the_stream_is_plain_tcp_and_whole),
        cmocka_unit_test(given_a_box_on_the_second_path_alone_then_the_first_one_stays_mptcp),
        cmocka_unit_test(given_a_host_without_mptcp_then_the_stream_is_plain_tcp_and_whole),
        cmocka_unit_test(given_loss_and_a_host_without_mptcp_then_the_streams_are_whole),
        cmocka_unit_test(given_checksums_and_loss_then_both_streams_are_whole_and_stay_mptcp),
        cmocka_unit_test(given_checksums_and_a_path_that_changes_octets_then_none_is_wrong),
        cmocka_unit_test(
            given_a_path_dark_for_a_while_with_checksums_then_no_sum_is_asked_of_octets_that_are_gone),
        cmocka_unit_test(given_clients_of_either_version_then_a_server_of_both_serves_them),
        cmocka_unit_test(
            given_a_server_of_version_0_then_the_next_connection_to_it_offers_version_0),
        cmocka_unit_test(given_a_server_of_both_versions_then_a_client_that_offers_both_gets_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
