/*
 * test_duties.c - what RFC 8684 asks of the TCP under the library, seen on the wire: initial
 * sequence numbers, ports, urgent data, duplicate ACKs, retransmission, the room for options,
 * buffers.
 */
#include <string.h>

#include "hooks.h"
#include "lwip/tcp.h"
#include "suite.h"

#define FIN 0x01u
#define SYN 0x02u
#define URG 0x20u

#define KIND_SACK 5u
#define KIND_TIMESTAMP 8u
#define KIND_MPTCP 30u
#define SUBTYPE_DSS 2u
#define SUBTYPE_ADD_ADDR 3u

/* A packet over IPv4, read. */
struct seen {
    uint32_t seqno;
    uint16_t from_port;
    uint16_t to_port;
    unsigned flags;
    unsigned header;   /* octets of TCP's */
    unsigned payload;  /* octets */
    uint32_t kinds;    /* of options: a bit each */
    uint32_t subtypes; /* of MPTCP's options */
    bool well_formed;
};

static uint32_t number(const uint8_t *p, unsigned n)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

static void look_at_options(const uint8_t *p, const uint8_t *end, struct seen *s)
{
    while (p < end && *p != 0) {
        size_t len = *p == 1 ? 1 : end - p < 2 ? 0 : p[1];
        s->well_formed &= (*p == 1 || len >= 2) && len <= (size_t)(end - p);
        if (!s->well_formed) {
            return;
        }
        s->kinds |= 1u << (*p & 31);
        if (*p == KIND_MPTCP) {
            s->subtypes |= 1u << (p[2] >> 4);
        }
        p += len;
    }
}

static struct seen read_packet(const uint8_t *data, size_t len)
{
    const uint8_t *tcp = data + 20;
    struct seen s = {.well_formed = true};

    s.from_port = (uint16_t)number(tcp, 2);
    s.to_port = (uint16_t)number(tcp + 2, 2);
    s.seqno = number(tcp + 4, 4);
    s.header = (unsigned)(tcp[12] >> 4) * 4;
    s.flags = tcp[13];
    s.payload = (unsigned)(len - 20 - s.header);
    look_at_options(tcp + 20, tcp + s.header, &s);
    return s;
}

static void two_paths(struct peers *p, const struct world_link *link)
{
    world_path("10.0.1.1", "10.0.1.2", link);
    world_path("10.0.2.1", "10.0.2.2", link);
    peers_make(p, &defaults, &defaults);
}

static void joins_from_second(struct peers *p)
{
    assert_int_equal(ERR_OK, mptcpl_add_path(p->client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
}

/* ----------------------------------------------------------------- SYNs: numbers, ports */

static struct {
    struct seen syn[2];
    unsigned count;
} syns;

static void note_syn(void *arg, const struct world_packet *packet)
{
    struct seen s = read_packet(packet->data, packet->len);

    (void)arg;
    if (packet->fate == WORLD_SENT && packet->from == WORLD_CLIENT && (s.flags & SYN) != 0 &&
        syns.count < 2) {
        syns.syn[syns.count++] = s;
    }
}

/* A connection with two subflows, whose SYNs are in syns. */
static void open_and_close_two(void)
{
    static struct peers p;

    memset(&syns, 0, sizeof syns);
    world_observe(note_syn, NULL);
    two_paths(&p, &medium);
    joins_from_second(&p);
    p.client.to_send = 1 << 20;
    peers_connect(&p);
    peers_run(&p, 20 * SECOND);
    assert_int_equal(2, syns.count);
    peers_end(&p);
    world_end();
}

static bool near(uint32_t a, uint32_t b)
{
    uint32_t apart = a - b;
    return apart < 0x10000 || -apart < 0x10000;
}

/* checks: G-4 */
static void given_connections_then_their_initial_numbers_tell_nothing_of_each_other(void **state)
{
    ip_addr_t local;
    ip_addr_t remote;
    uint32_t isn[8];

    (void)state;
    ipaddr_aton("10.0.1.1", &local);
    ipaddr_aton("10.0.1.2", &remote);
    for (uint16_t i = 0; i < 8; i++) {
        isn[i] = mptcpl_hook_isn(&local, (uint16_t)(50000 + i), &remote, 80);
        for (unsigned k = 0; k < i; k++) {
            assert_false(near(isn[k], isn[i]));
        }
    }
    /* Of the same addresses and ports they grow, by one in four microseconds (RFC 6528). */
    world_run_for(4000);
    assert_true(mptcpl_hook_isn(&local, 50000, &remote, 80) == isn[0] + 1000);
    open_and_close_two();
    assert_false(near(syns.syn[0].seqno, syns.syn[1].seqno));
}

/* checks: H-1 */
static void given_a_second_path_then_its_syn_has_the_ports_of_the_first(void **state)
{
    (void)state;
    open_and_close_two();
    assert_int_equal(PEERS_PORT, syns.syn[0].to_port);
    assert_int_equal(PEERS_PORT, syns.syn[1].to_port);
    assert_int_equal(syns.syn[0].from_port, syns.syn[1].from_port);
}

/* ------------------------------------------------------------------------- urgent data */

static unsigned urgent;

/* Calls the first octets of each of the client's segments with data urgent. */
static bool make_urgent(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    struct seen s = read_packet(data, *len);
    uint8_t *tcp = data + 20;

    (void)arg;
    (void)path;
    assert_int_equal(0, s.flags & URG); /* nobody says so by himself */
    if (from == WORLD_CLIENT && s.payload > 10) {
        tcp[13] |= URG;
        tcp[19] = 10;
        world_refit(data, *len);
        urgent++;
    }
    return true;
}

/* checks: D-9 */
static void given_urgent_data_then_it_is_delivered_in_line_and_its_mapping_holds(void **state)
{
    static struct peers p;

    (void)state;
    for (uint8_t checksum = 0; checksum < 2; checksum++) {
        urgent = 0;
        defaults.checksum = checksum;
        world_middlebox(make_urgent, NULL);
        two_paths(&p, &medium);
        joins_from_second(&p);
        p.client.to_send = 1 << 20;
        peers_connect(&p);
        peers_run(&p, 20 * SECOND);
        assert_true(urgent > 100);
        assert_int_equal(0, p.server.fallback);
        peers_end(&p);
        world_end();
    }
}

/* -------------------------------------------------------------------- duplicate ACKs */

static struct {
    bool lose;           /* the next segment of the client's with octets */
    bool as_signals;     /* SACK blocks on the server's pure ACKs become MP_PRIOs */
    uint32_t seqno;      /* of the segment that was lost */
    unsigned duplicates; /* ACKs that do not acknowledge it */
    mptcp_time again;    /* when it left again */
} loss;

/* Overwrites the first SACK option with an MP_PRIO and NOPs; false if there is none. */
static bool sack_to_prio(uint8_t *tcp)
{
    uint8_t *end = tcp + (size_t)(tcp[12] >> 4) * 4;

    for (uint8_t *p = tcp + 20; p < end && *p != 0; p += *p == 1 ? 1 : p[1]) {
        if (*p == KIND_SACK) {
            memset(p + 3, 1, p[1] - 3u);
            p[0] = KIND_MPTCP;
            p[1] = 3;
            p[2] = 5 << 4;
            return true;
        }
    }
    return false;
}

static bool lose_one(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    struct seen s = read_packet(data, *len);

    (void)arg;
    (void)path;
    if (from == WORLD_CLIENT && s.payload > 0) {
        if (loss.lose) {
            loss.lose = false;
            loss.seqno = s.seqno;
            return false;
        }
        loss.again = s.seqno == loss.seqno && loss.again == 0 ? world_now() : loss.again;
    }
    if (from == WORLD_SERVER && s.payload == 0 && number(data + 28, 4) == loss.seqno) {
        loss.duplicates += loss.again == 0;
        if (loss.as_signals && sack_to_prio(data + 20)) {
            world_refit(data, *len);
        }
    }
    return true;
}

/* A segment is lost, and more duplicate ACKs come back than TCP needs to believe it. How long until
 * it is sent again. */
static mptcp_time until_sent_again(bool as_signals)
{
    static struct peers p;
    struct world_link far = medium;

    far.delay_us = 200 * MILLISECOND;
    world_path("10.0.1.1", "10.0.1.2", &far);
    world_middlebox(lose_one, NULL);
    memset(&loss, 0, sizeof loss);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = 100000;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(5 * SECOND);
    assert_int_equal(100000, p.server.received);

    mptcp_time begin = world_now();
    loss.lose = true;
    loss.as_signals = as_signals;
    p.client.to_send += 10000;
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 20 * SECOND);
    assert_true(loss.duplicates >= 3);
    peers_end(&p);
    world_end();
    return loss.again - begin;
}

/* checks: G-1 */
static void given_duplicate_acks_that_carry_signals_then_they_are_no_sign_of_a_loss(void **state)
{
    (void)state;
    mptcp_time by_duplicates = until_sent_again(false);
    mptcp_time by_timeout = until_sent_again(true);
    assert_in_range(by_duplicates, 1, 500 * MILLISECOND);
    assert_true(by_timeout > by_duplicates + 100 * MILLISECOND);
}

/* -------------------------------------------------------------------- retransmission */

static unsigned into_the_dark;

static void note_lost(void *arg, const struct world_packet *packet)
{
    (void)arg;
    into_the_dark += packet->path == 0 && packet->from == WORLD_CLIENT &&
                     packet->fate == WORLD_CUT &&
                     read_packet(packet->data, packet->len).payload > 0;
}

static bool reinjected(void *arg)
{
    struct peers *p = arg;
    struct mptcpl_subflow_stats second;
    return mptcpl_subflow_stats(p->client.pcb, 1, &second) && second.bytes_reinjected > 0;
}

/* checks: D-27 */
static void given_octets_that_went_elsewhere_then_the_dark_path_repeats_them_too(void **state)
{
    static struct peers p;

    (void)state;
    two_paths(&p, &medium);
    joins_from_second(&p);
    p.client.to_send = 16 << 20;
    peers_connect(&p);
    world_run_for(2 * SECOND);
    world_cut(0, true);
    assert_true(world_run_until(reinjected, &p, 3 * SECOND));
    into_the_dark = 0;
    world_observe(note_lost, NULL);
    world_run_for(5 * SECOND);
    assert_in_range(into_the_dark, 2, 100);
    world_cut(0, false);
    peers_run(&p, 30 * SECOND);
    peers_end(&p);
}

/* --------------------------------------------------------------------- option space */

static struct {
    unsigned data;
    unsigned unmapped;
    unsigned with_sack;
    unsigned announced;
    unsigned wrong;
} options;

static void note_options(void *arg, const struct world_packet *packet)
{
    struct seen s = read_packet(packet->data, packet->len);
    bool handshake = (s.flags & SYN) != 0;

    (void)arg;
    if (packet->fate != WORLD_SENT) {
        return;
    }
    options.wrong += !s.well_formed || s.header > 60;
    options.data += s.payload > 0;
    /* A FIN that is repeated brings octets again that were acknowledged at both levels. */
    options.unmapped += s.payload > 0 && (s.flags & FIN) == 0 && (s.kinds & 1u << KIND_MPTCP) == 0;
    options.with_sack += !handshake && (s.kinds & 1u << KIND_SACK) != 0;
    if ((s.subtypes & 1u << SUBTYPE_ADD_ADDR) != 0) {
        options.announced++;
        options.wrong += s.payload > 0;
    }
    /* Timestamps give way on pure ACKs only. */
    options.wrong += s.payload > 0 && (s.kinds & 1u << KIND_TIMESTAMP) == 0;
}

/* checks: P-1 A-7 */
static void given_sack_timestamps_and_checksums_then_the_mappings_find_room(void **state)
{
    static struct peers p;
    struct world_link lossy = medium;

    (void)state;
    lossy.loss = 20000;
    defaults.checksum = 1;
    memset(&options, 0, sizeof options);
    world_observe(note_options, NULL);
    two_paths(&p, &lossy);
    assert_int_equal(ERR_OK, mptcpl_add_path(p.listener, world_address(1, WORLD_SERVER),
                                             world_netif(1, WORLD_SERVER), MPTCP_ADDR_ANNOUNCE));
    p.client.to_send = p.server.to_send = 2 << 20;
    peers_connect(&p);
    peers_run(&p, 60 * SECOND);
    assert_int_equal(0, options.wrong);
    assert_true(options.data > 1000);
    assert_int_equal(0, options.unmapped);
    assert_true(options.with_sack > 10);
    assert_true(options.announced > 0);
    assert_int_equal(2, p.client.events[MPTCP_EV_SUBFLOW]);
    peers_end(&p);
}

/* -------------------------------------------------------------------------- buffers */

/* checks: D-26 */
static void given_the_default_buffers_then_a_whole_window_can_be_written(void **state)
{
    static struct peers p;
    struct mptcp_conn_report info;

    (void)state;
    assert_true(defaults.snd_buf >= defaults.rcv_buf);
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(SECOND);
    mptcpl_info(p.server.pcb, &info);
    assert_true(mptcpl_sndbuf(p.client.pcb) >= info.rcv_window);
    p.client.keep_open = p.server.keep_open = false;
    peer_write(&p.client);
    peer_write(&p.server);
    peers_run(&p, 10 * SECOND);
    peers_end(&p);
}

int test_duties(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_connections_then_their_initial_numbers_tell_nothing_of_each_other),
        in_world(given_a_second_path_then_its_syn_has_the_ports_of_the_first),
        in_world(given_urgent_data_then_it_is_delivered_in_line_and_its_mapping_holds),
        in_world(given_duplicate_acks_that_carry_signals_then_they_are_no_sign_of_a_loss),
        in_world(given_octets_that_went_elsewhere_then_the_dark_path_repeats_them_too),
        in_world(given_sack_timestamps_and_checksums_then_the_mappings_find_room),
        in_world(given_the_default_buffers_then_a_whole_window_can_be_written),
    };
    return cmocka_run_group_tests_name("duties", tests, NULL, NULL);
}
