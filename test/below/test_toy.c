/*
 * test_toy.c - the toy TCP alone, host to host: what stands below MPTCP in the other tests works,
 * and is as bad as it claims to be.
 */
#include "below_test.h"

static void begin(struct world_config *cfg)
{
    world_config_init(cfg);
    cfg->plain[CLIENT] = cfg->plain[SERVER] = true;
    cfg->links = 1;
}

/* Both sides send so many octets to each other. */
static struct world *transfer(const struct world_config *cfg, unsigned family, uint64_t octets,
                              mptcp_time limit)
{
    struct app like = {.out = octets / 3};
    struct world *w = world_new(cfg);

    world_serve(w, &like);
    world_connect(w, 0, 0, family, octets);
    assert_true(world_until(w, world_all_done, NULL, limit));
    assert_int_equal(octets, world_app(w, SERVER, 0)->got);
    assert_int_equal(octets / 3, world_app(w, CLIENT, 0)->got);
    return w;
}

/* checks: none */
static void given_a_clean_link_then_both_streams_are_whole_over_ipv4_and_ipv6(void **state)
{
    (void)state;
    struct world_config cfg;
    struct toy_report r;

    begin(&cfg);
    for (unsigned family = 4; family <= 6; family += 2) {
        struct world *w = transfer(&cfg, family, 1000000, 60 * SECOND);
        toy_look(world_toy(w, CLIENT), &r);
        assert_int_equal(0, r.retransmits);
        assert_int_equal(0, r.resets_sent);
        world_free(w);
    }
}

/* checks: none */
static void given_loss_reordering_and_duplicates_then_both_streams_are_whole(void **state)
{
    (void)state;
    struct world_config cfg;
    uint32_t fast = 0;
    struct toy_report r;

    begin(&cfg);
    cfg.way.loss = 20000;
    cfg.way.twice = 10000;
    cfg.way.late = 100000;
    cfg.way.late_us = 8000;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        cfg.seed = seed;
        cfg.toy[CLIENT].timestamps = (uint8_t)(seed & 1);
        cfg.toy[SERVER].sack_blocks = (uint8_t)(seed % 5);
        cfg.toy[CLIENT].sack_on_data = cfg.toy[SERVER].sack_on_data = (uint8_t)(seed & 2);
        struct world *w = transfer(&cfg, 4, 300000, 300 * SECOND);
        toy_look(world_toy(w, CLIENT), &r);
        fast += r.fast;
        world_free(w);
    }
    assert_true(fast > 20);
}

/* checks: none */
static void given_small_windows_without_scale_then_closed_windows_are_probed_and_open(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 100, .deaf = true};
    struct toy_report r;

    begin(&cfg);
    cfg.toy[SERVER].rcvbuf = 5000;
    cfg.toy[SERVER].scale = TOY_NO_SCALE;
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    world_connect(w, 0, 0, 4, 20000);
    world_run(w, 10 * SECOND);
    toy_look(world_toy(w, CLIENT), &r);
    assert_true(r.probes >= 2);
    world_app(w, SERVER, 0)->deaf = false;
    world_app(w, SERVER, 0)->dirty = true;
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(20000, world_app(w, SERVER, 0)->got);
    world_free(w);
}

/* What a watcher saw of the options and sizes of segments. */
struct seen {
    unsigned full_of_sack; /* segments with 40 octets of options */
    uint32_t longest;
    uint32_t odd; /* retransmissions that begin or end inside of an earlier segment */
    uint32_t edge[2000];
    unsigned edges;
};

static bool see(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct seen *seen = arg;
    struct seg s;

    (void)link;
    if (!seg_read(packet, *len, &s)) {
        return true;
    }
    seen->full_of_sack += s.options_len == 40;
    if (from == CLIENT && s.len != 0) {
        bool cut = false;
        bool again = false;
        for (unsigned i = 0; i < seen->edges; i++) {
            cut |= seen->edge[i] == s.seq + s.len;
            again |= (int32_t)(seen->edge[i] - s.seq) > 0;
        }
        seen->odd += again && !cut;
        if (seen->edges < 2000) {
            seen->edge[seen->edges++] = s.seq + s.len;
        }
        seen->longest = s.len > seen->longest ? s.len : seen->longest;
    }
    return true;
}

/* checks: none */
static void
given_small_writes_and_loss_then_segments_are_full_cut_anew_and_options_full(void **state)
{
    (void)state;
    struct world_config cfg;
    struct seen seen = {0};

    begin(&cfg);
    cfg.way.loss = 100000;
    struct world *w = world_new(&cfg);
    world_watch(w, see, &seen);
    world_serve(w, NULL);
    world_connect(w, 0, 0, 4, 400000)->chunk = 100;
    assert_true(world_until(w, world_all_done, NULL, 300 * SECOND));
    assert_int_equal(1448, seen.longest);
    assert_true(seen.odd > 0);
    assert_true(seen.full_of_sack > 0);
    world_free(w);
}

/* checks: none */
static void given_a_link_dark_for_a_while_then_the_transfer_goes_on(void **state)
{
    (void)state;
    struct world_config cfg;

    begin(&cfg);
    struct world *w = world_new(&cfg);
    world_serve(w, NULL);
    world_connect(w, 0, 0, 4, 1000000);
    world_run(w, 100000);
    world_dark(w, 0, true);
    world_run(w, 3 * SECOND);
    world_dark(w, 0, false);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(1000000, world_app(w, SERVER, 0)->got);
    world_free(w);
}

/* checks: none */
static void given_a_link_dark_for_good_then_the_socket_fails(void **state)
{
    (void)state;
    struct world_config cfg;

    begin(&cfg);
    cfg.toy[CLIENT].retries = 3;
    struct world *w = world_new(&cfg);
    world_serve(w, NULL);
    struct app *a = world_connect(w, 0, 0, 4, 1000000);
    world_run(w, 100000);
    world_dark(w, 0, true);
    world_run(w, 60 * SECOND);
    assert_true(a->ended);
    assert_int_equal(MPTCP_E_SUBFLOW_FAILED, a->code);
    world_free(w);
}

/* checks: none */
static void given_no_listener_then_connecting_is_refused_by_a_rst(void **state)
{
    (void)state;
    struct world_config cfg;
    struct toy_report r;

    begin(&cfg);
    struct world *w = world_new(&cfg);
    struct app *a = world_connect(w, 0, 0, 6, 10);
    world_run(w, SECOND);
    toy_look(world_toy(w, SERVER), &r);
    assert_int_equal(1, r.resets_sent);
    assert_true(a->ended);
    assert_int_equal(MPTCP_E_PEER_RESET, a->code);
    world_free(w);
}

static uint32_t time_waits(struct world *w)
{
    struct toy_report c;
    struct toy_report s;

    toy_look(world_toy(w, CLIENT), &c);
    toy_look(world_toy(w, SERVER), &s);
    return c.time_wait + s.time_wait;
}

/* checks: none */
static void given_both_close_at_once_then_both_are_in_time_wait_and_it_ends(void **state)
{
    (void)state;
    struct world_config cfg;

    begin(&cfg);
    struct world *w = world_new(&cfg);
    world_serve(w, NULL);
    struct app *a = world_connect(w, 0, 0, 4, 0);
    a->stays = true;
    world_run(w, SECOND);
    world_app(w, SERVER, 0)->stays = true;
    toy_shutdown(world_toy(w, CLIENT), a->handle, world_now(w));
    toy_shutdown(world_toy(w, SERVER), world_app(w, SERVER, 0)->handle, world_now(w));
    world_run(w, SECOND / 2);
    assert_in_range(time_waits(w), 1, 2);
    world_run(w, 10 * SECOND);
    assert_int_equal(0, time_waits(w));
    world_free(w);
}

/* checks: none */
static void given_few_ports_then_one_in_time_wait_is_taken_again(void **state)
{
    (void)state;
    struct world_config cfg;

    begin(&cfg);
    cfg.toy[CLIENT].ports = 1;
    cfg.toy[CLIENT].time_wait_us = cfg.toy[SERVER].time_wait_us = 60000000;
    struct world *w = world_new(&cfg);
    world_serve(w, NULL);
    for (unsigned i = 0; i < 5; i++) {
        world_connect(w, 0, 0, 4, 5000);
        assert_true(world_until(w, world_all_done, NULL, 5 * SECOND));
        assert_int_equal(5000, world_app(w, SERVER, i)->got);
    }
    world_free(w);
}

/* checks: none */
static void given_a_router_with_a_small_mtu_then_its_icmp_message_lowers_the_segments(void **state)
{
    (void)state;
    struct world_config cfg;
    struct toy_report r;

    begin(&cfg);
    cfg.way.mtu = 1300;
    for (unsigned family = 4; family <= 6; family += 2) {
        struct world *w = transfer(&cfg, family, 200000, 60 * SECOND);
        toy_look(world_toy(w, CLIENT), &r);
        assert_int_equal(1, r.too_big);
        world_free(w);
    }
}

/* checks: none */
static void given_a_damaged_packet_then_its_checksum_tells(void **state)
{
    (void)state;
    struct world_config cfg;
    struct toy_report r;
    uint8_t packet[SEG_MOST];
    struct seg s = {.from = world_address(CLIENT, 0, 4), .to = world_address(SERVER, 0, 4)};

    begin(&cfg);
    struct world *w = world_new(&cfg);
    s.flags = ACK;
    size_t len = seg_write(&s, packet);
    assert_true(seg_sums_right(packet, len));
    packet[len - 1] ^= 1;
    assert_false(seg_sums_right(packet, len));
    world_inject(w, SERVER, 0, packet, len);
    toy_look(world_toy(w, SERVER), &r);
    assert_int_equal(1, r.bad_sums);
    assert_int_equal(0, r.unknown);
    world_free(w);
}

/* RFC 1071's example, and the checksum of a UDP-less IPv4 header known from elsewhere. */
/* checks: none */
static void given_known_octets_then_the_sum_of_the_tests_is_the_known_one(void **state)
{
    (void)state;
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    static const uint8_t header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                     0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};

    assert_int_equal(0xddf2, seg_sum(0, example, sizeof example));
    assert_int_equal(0xb861, 0xffff & ~seg_sum(0, header, sizeof header));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_clean_link_then_both_streams_are_whole_over_ipv4_and_ipv6),
        cmocka_unit_test(given_loss_reordering_and_duplicates_then_both_streams_are_whole),
        cmocka_unit_test(given_small_windows_without_scale_then_closed_windows_are_probed_and_open),
        cmocka_unit_test(
            given_small_writes_and_loss_then_segments_are_full_cut_anew_and_options_full),
        cmocka_unit_test(given_a_link_dark_for_a_while_then_the_transfer_goes_on),
        cmocka_unit_test(given_a_link_dark_for_good_then_the_socket_fails),
        cmocka_unit_test(given_no_listener_then_connecting_is_refused_by_a_rst),
        cmocka_unit_test(given_both_close_at_once_then_both_are_in_time_wait_and_it_ends),
        cmocka_unit_test(given_few_ports_then_one_in_time_wait_is_taken_again),
        cmocka_unit_test(given_a_router_with_a_small_mtu_then_its_icmp_message_lowers_the_segments),
        cmocka_unit_test(given_a_damaged_packet_then_its_checksum_tells),
        cmocka_unit_test(given_known_octets_then_the_sum_of_the_tests_is_the_known_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
