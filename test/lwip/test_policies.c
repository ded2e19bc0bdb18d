/*
 * test_policies.c - what two Linux kernels stall on: payload changed on the way in mid-stream
 * or inside the first mapping, options that vanish under two subflows. Under each policy
 * of the host nobody stalls: both ends fall back and deliver what TCP would have, or both
 * are reset at once and see why. And where SYNs with MPTCP get lost, which is remembered.
 */
#include <string.h>

#include "suite.h"

#define SYN 0x02u
#define ACK 0x10u
#define KIND_MPTCP 30u
#define MIDDLEBOX 6u /* the reason in MP_TCPRST for a middlebox that interferes (s3.6) */
#define AT_ONCE (2 * (mptcp_time)SECOND)

static struct {
    mptcp_time from;
    enum world_side side; /* whose segments */
    unsigned spoil;       /* the so-many-th segment with payload from then on; 0: none */
    bool strip;           /* all options of MPTCP, both ways, on all but SYNs */
    bool drop_syns;       /* that offer MPTCP */
    unsigned offers;      /* SYNs with MPTCP seen */
    bool spoilt;
} box;

/* The option of MPTCP in a TCP header; NULL. */
static uint8_t *option_of(uint8_t *tcp)
{
    uint8_t *p = tcp + 20;
    uint8_t *end = tcp + (size_t)(tcp[12] >> 4) * 4;

    while (p < end && *p != 0) {
        if (*p == KIND_MPTCP) {
            return p;
        }
        p += *p == 1 ? 1 : p[1];
    }
    return NULL;
}

static bool on_syn(const uint8_t *option)
{
    box.offers += option != NULL;
    return option == NULL || !box.drop_syns;
}

static bool act(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    uint8_t *tcp = data + 20;
    size_t header = 20 + (size_t)(tcp[12] >> 4) * 4;
    uint8_t *option;

    (void)arg;
    if ((tcp[13] & (SYN | ACK)) == SYN) {
        return on_syn(option_of(tcp));
    }
    if (world_now() < box.from || (tcp[13] & SYN) != 0) {
        return true;
    }
    while (box.strip && (option = option_of(tcp)) != NULL) {
        memset(option, 1, option[1]);
    }
    if (box.spoil > 0 && path == 0 && from == box.side && *len > header && --box.spoil == 0) {
        data[header + (*len - header) / 2] ^= 0x55;
        box.spoilt = true;
    }
    world_refit(data, *len);
    return true;
}

static void begin(unsigned paths, bool resets)
{
    memset(&box, 0, sizeof box);
    world_middlebox(act, NULL);
    world_path("10.0.1.1", "10.0.1.2", &medium);
    if (paths == 2) {
        world_path("10.0.2.1", "10.0.2.2", &medium);
    }
    defaults.fail_resets = resets;
}

static bool both_over(void *arg)
{
    struct peers *p = arg;
    return p->client.over && p->server.over;
}

/* All octets that were sent have arrived, whatever became of them, and both directions ended. */
static bool all_arrived(void *arg)
{
    struct peers *p = arg;
    return both_over(p) || (p->client.eof && p->server.eof && p->client.finished &&
                            p->server.finished && p->client.over && p->server.over);
}

static void connect_and_spoil(struct peers *p, enum world_side side, mptcp_time after, unsigned nth)
{
    defaults.checksum = 1;
    peers_make(p, &defaults, &defaults);
    p->client.to_send = p->server.to_send = 4 << 20;
    box.side = side;
    box.from = world_now() + after;
    box.spoil = nth;
    peers_connect(p);
}

/* As over TCP: one octet is another, none is lost or there twice, and both know what it is now. */
static void delivered_as_tcp_would(struct peers *p, enum world_side side)
{
    struct peer *victim = side == WORLD_CLIENT ? &p->server : &p->client;
    struct peer *other = side == WORLD_CLIENT ? &p->client : &p->server;

    assert_true(world_run_until(all_arrived, p, 30 * (mptcp_time)SECOND));
    assert_true(box.spoilt);
    assert_int_equal(ERR_CLSD, p->client.error);
    assert_int_equal(ERR_CLSD, p->server.error);
    assert_int_equal(4 << 20, victim->received);
    assert_int_equal(4 << 20, other->received);
    assert_int_equal(1, victim->bad);
    assert_int_equal(0, other->bad);
    assert_int_equal(MPTCP_E_CHECKSUM, victim->fallback);
    assert_int_equal(MPTCP_E_PEER_FAIL, other->fallback);
}

static bool spoilt(void *arg)
{
    (void)arg;
    return box.spoilt;
}

/* Both are told at once, by what the other end says; nothing wrong was delivered. */
static void reset_with_a_reason(struct peers *p, enum world_side side)
{
    struct peer *victim = side == WORLD_CLIENT ? &p->server : &p->client;
    struct peer *other = side == WORLD_CLIENT ? &p->client : &p->server;

    assert_true(world_run_until(spoilt, NULL, 5 * (mptcp_time)SECOND));
    assert_true(world_run_until(both_over, p, AT_ONCE));
    assert_int_equal(0, victim->bad + other->bad);
    assert_int_equal(MPTCP_E_CHECKSUM, victim->lost);
    assert_int_equal(MPTCP_E_CHECKSUM, victim->end);
    assert_int_equal(MIDDLEBOX, other->reason);
    assert_int_not_equal(ERR_CLSD, other->error);
    assert_int_not_equal(ERR_CLSD, victim->error);
}

static const struct {
    mptcp_time after;
    unsigned nth;
} places[] = {
    {SECOND, 1}, /* in mid-stream */
    {500 * MILLISECOND, 40},
    {0, 1}, /* inside the first mapping, which rides on MP_CAPABLE */
    {0, 2},
};
#define PLACES (sizeof places / sizeof places[0])

static void spoil_everywhere(bool resets, void (*check)(struct peers *p, enum world_side side))
{
    static struct peers p;

    for (unsigned i = 0; i < 2 * PLACES; i++) {
        enum world_side side = i % 2 == 0 ? WORLD_CLIENT : WORLD_SERVER;
        begin(1, resets);
        connect_and_spoil(&p, side, places[i / 2].after, places[i / 2].nth);
        check(&p, side);
        peers_end(&p);
        world_end();
    }
}

/* checks: B-6 B-8 B-9 D-13 */
static void given_one_subflow_when_an_octet_is_changed_then_both_fall_back_as_tcp(void **state)
{
    (void)state;
    spoil_everywhere(false, delivered_as_tcp_would);
}

/* checks: B-5 B-7 T-1 */
static void given_a_policy_to_reset_when_an_octet_is_changed_then_both_see_why(void **state)
{
    (void)state;
    spoil_everywhere(true, reset_with_a_reason);
}

/* With another subflow there it is reset alone, and what was wrong comes again; either policy. */
/* checks: B-5 D-13 */
static void given_two_subflows_when_an_octet_is_changed_then_nothing_wrong_arrives(void **state)
{
    static struct peers p;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        begin(2, i / 2 == 1);
        defaults.checksum = 1;
        peers_make(&p, &defaults, &defaults);
        assert_int_equal(ERR_OK, mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                                 world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
        p.client.to_send = p.server.to_send = 8 << 20;
        box.side = i % 2 == 0 ? WORLD_CLIENT : WORLD_SERVER;
        box.from = world_now() + SECOND;
        box.spoil = 1;
        peers_connect(&p);
        peers_run(&p, 30 * SECOND);
        assert_true(box.spoilt);
        assert_int_equal(0, p.client.fallback);
        assert_int_equal(0, p.server.fallback);
        peers_end(&p);
        world_end();
    }
}

static bool two_alive(void *arg)
{
    struct peers *p = arg;
    return p->client.pcb != NULL && p->server.pcb != NULL && peer_alive(&p->client) == 2 &&
           peer_alive(&p->server) == 2;
}

/* No option gets through to say why; each end sees it for itself, or hears TCP's RST. */
static bool is_loss_of_options(int code)
{
    return code == MPTCP_E_NO_MPTCP || code == MPTCP_E_UNMAPPED || code == MPTCP_E_PEER_RESET;
}

/* No fallback is allowed by then (s3.7), so both policies mean the same. */
/* checks: B-3 B-4 M-1 T-1 */
static void given_two_subflows_when_options_vanish_then_both_are_reset_at_once(void **state)
{
    static struct peers p;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        begin(2, i == 1);
        peers_make(&p, &defaults, &defaults);
        mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                        MPTCP_ADDR_JOIN);
        p.client.to_send = p.server.to_send = (uint64_t)1 << 40;
        peers_connect(&p);
        assert_true(world_run_until(two_alive, &p, 5 * SECOND));
        world_run_for(SECOND);
        box.strip = true;
        assert_true(world_run_until(both_over, &p, AT_ONCE));
        assert_int_equal(0, p.client.bad + p.server.bad);
        assert_true(is_loss_of_options(p.client.end));
        assert_true(is_loss_of_options(p.server.end));
        peers_end(&p);
        world_end();
    }
}

/* ------------------------------------------------------------------ blackholes */

/* A short transfer; returns how long opening it took. */
static mptcp_time open_and_end(int fallback)
{
    static struct peers p;
    mptcp_time from = world_now();

    peers_make(&p, &defaults, &defaults);
    p.client.to_send = p.server.to_send = 100000;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 20 * (mptcp_time)SECOND));
    mptcp_time took = world_now() - from;
    peers_run(&p, 30 * SECOND);
    assert_int_equal(fallback, p.client.fallback);
    peers_end(&p);
    return took;
}

/* checks: H-3 M-2 C-28 */
static void given_syns_with_mptcp_get_lost_when_connecting_again_then_none_offers_it(void **state)
{
    (void)state;
    begin(1, false);
    box.drop_syns = true;
    assert_true(open_and_end(MPTCP_E_BLACKHOLE) > SECOND);
    assert_true(box.offers >= 2);

    box.offers = 0;
    assert_true(open_and_end(MPTCP_E_BLACKHOLE) < 100 * MILLISECOND);
    assert_int_equal(0, box.offers);

    /* After an hour it is tried again; lost again, then it is two. */
    world_run_for(3600 * (mptcp_time)SECOND);
    assert_true(open_and_end(MPTCP_E_BLACKHOLE) > SECOND);
    assert_true(box.offers >= 2);
    world_run_for(3600 * (mptcp_time)SECOND);
    box.offers = 0;
    assert_true(open_and_end(MPTCP_E_BLACKHOLE) < 100 * MILLISECOND);
    assert_int_equal(0, box.offers);
}

/* checks: H-3 */
static void given_a_blackhole_when_it_is_forgotten_or_healed_then_mptcp_is_back(void **state)
{
    (void)state;
    begin(1, false);
    box.drop_syns = true;
    open_and_end(MPTCP_E_BLACKHOLE);
    box.drop_syns = false;
    open_and_end(MPTCP_E_BLACKHOLE);
    mptcpl_forget_blackholes();
    open_and_end(0);
    assert_true(open_and_end(0) < 100 * MILLISECOND);
}

/* A peer that takes the offer and does not speak MPTCP is no blackhole. */
/* checks: H-3 C-25 */
static void given_a_peer_without_mptcp_when_connecting_again_then_it_is_offered_again(void **state)
{
    static struct peers p;
    struct mptcpl_config plain = defaults;

    (void)state;
    begin(1, false);
    plain.no_mptcp = 1;
    for (unsigned i = 0; i < 2; i++) {
        peers_make(&p, &defaults, &plain);
        peers_connect(&p);
        peers_run(&p, 5 * SECOND);
        assert_int_equal(MPTCP_E_NO_MPTCP, p.client.fallback);
        peers_end(&p);
        assert_int_equal(i + 1, box.offers);
    }
}

int test_policies(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_one_subflow_when_an_octet_is_changed_then_both_fall_back_as_tcp),
        in_world(given_a_policy_to_reset_when_an_octet_is_changed_then_both_see_why),
        in_world(given_two_subflows_when_an_octet_is_changed_then_nothing_wrong_arrives),
        in_world(given_two_subflows_when_options_vanish_then_both_are_reset_at_once),
        in_world(given_syns_with_mptcp_get_lost_when_connecting_again_then_none_offers_it),
        in_world(given_a_blackhole_when_it_is_forgotten_or_healed_then_mptcp_is_back),
        in_world(given_a_peer_without_mptcp_when_connecting_again_then_it_is_offered_again),
    };
    return cmocka_run_group_tests_name("policies", tests, NULL, NULL);
}
