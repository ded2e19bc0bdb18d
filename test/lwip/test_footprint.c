/*
 * test_footprint.c - the memory that the binding takes beside lwIP's own pools: for an idle
 * connection of a small configuration, for a SYN until its handshake is complete, for octets that
 * wait. What is not needed any more is given back.
 */
#include "suite.h"

#include <string.h>

#include "lwip/pbuf.h"

#define CONNECTIONS 6u
#define IDLE_MOST 2560u
#define HALF_OPEN_MOST 512u
#define SYNS 1000u
#define PCBS_MOST MEMP_NUM_TCP_PCB

static struct {
    struct mptcpl_pcb *listener;
    struct mptcpl_pcb *client[CONNECTIONS];
    struct mptcpl_pcb *server[CONNECTIONS];
    unsigned accepted;
    uint64_t received;
} t;

/* --------------------------------------------------------------- small connections */

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p != NULL) {
        t.received += p->tot_len;
        mptcpl_recved(pcb, p->tot_len);
        pbuf_free(p);
    }
    return ERR_OK;
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    mptcpl_recv(pcb, on_recv);
    t.server[t.accepted++] = pcb;
    return ERR_OK;
}

static void small_config(struct mptcpl_config *cfg)
{
    mptcpl_config_init(cfg);
    cfg->max_subflows = 2;
    cfg->addrs = 2;
    cfg->runs = 16;
    cfg->snd_buf = cfg->rcv_buf = 65536;
}

static void listen_small(void)
{
    struct mptcpl_config cfg;

    memset(&t, 0, sizeof t);
    small_config(&cfg);
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    t.listener = mptcpl_new(&cfg);
    mptcpl_bind(t.listener, world_address(0, WORLD_SERVER), PEERS_PORT);
    mptcpl_listen(t.listener, 255);
    mptcpl_accept(t.listener, on_accept);
}

/* Joined over a second path, and much was transferred in both directions. */
static void open_small(unsigned i)
{
    static uint8_t octets[50000];
    struct mptcpl_config cfg;
    struct mptcp_conn_report info;

    small_config(&cfg);
    t.client[i] = mptcpl_new(&cfg);
    mptcpl_bind(t.client[i], world_address(0, WORLD_CLIENT), 0);
    mptcpl_recv(t.client[i], on_recv);
    mptcpl_add_path(t.client[i], world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    mptcpl_connect(t.client[i], world_address(0, WORLD_SERVER), PEERS_PORT, NULL);
    world_run_for(200 * MILLISECOND);
    assert_int_equal(i + 1, t.accepted);
    assert_int_equal(ERR_OK, mptcpl_write(t.client[i], octets, sizeof octets));
    assert_int_equal(ERR_OK, mptcpl_write(t.server[i], octets, sizeof octets));
    world_run_for(5 * SECOND);
    mptcpl_info(t.client[i], &info);
    assert_int_equal(2, info.subflows);
    mptcpl_info(t.server[i], &info);
    assert_int_equal(2, info.subflows);
    assert_int_equal(2 * (i + 1) * sizeof octets, t.received);
}

static void given_two_subflows_and_16_runs_when_idle_then_it_takes_2560_octets(void **state)
{
    (void)state;
    listen_small();
    open_small(0); /* and whatever is taken once for all */
    size_t before = scarce_held();
    for (unsigned i = 1; i < CONNECTIONS; i++) {
        open_small(i);
    }
    size_t each = (scarce_held() - before) / (2 * (CONNECTIONS - 1));
    print_message("an idle connection of 2 subflows and 16 runs: %u octets\n", (unsigned)each);
    assert_true(each <= IDLE_MOST);
    for (unsigned i = 1; i < CONNECTIONS; i++) {
        mptcpl_abort(t.client[i]);
    }
    world_run_for(10 * SECOND);
    /* Tables that have grown keep their size. */
    assert_in_range(scarce_held(), before, before + 1024);
    mptcpl_abort(t.client[0]);
    mptcpl_close(t.listener);
    world_run_for(10 * SECOND);
}

/* ------------------------------------------------------------------------- floods */

static const uint8_t capable1[] = {30, 4, 0x01, 0x01};
static const uint8_t capable0[] = {30, 12, 0x00, 0x01, 1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t nothing[] = {1, 1, 1, 1};

#define SYN 2u
#define ACK 16u

/* A segment from port `port` of 10.66.0.1, with these flags and options. */
static void forge(uint16_t port, uint8_t flags, const uint8_t *options, uint8_t n)
{
    uint8_t packet[52] = {0x45, 0, 0, (uint8_t)(40 + n), 0, 0, 0, 0, 64, 6, 0, 0, 10, 66, 0, 1, 10,
                          0,    1, 2};
    uint8_t *tcp = packet + 20;

    tcp[0] = (uint8_t)(port >> 8);
    tcp[1] = (uint8_t)port;
    tcp[2] = PEERS_PORT >> 8;
    tcp[3] = PEERS_PORT & 0xff;
    tcp[7] = flags == SYN ? 1 : 2;
    tcp[12] = (uint8_t)((20 + n) / 4 << 4);
    tcp[13] = flags;
    tcp[14] = tcp[15] = 0x7f;
    memcpy(tcp + 20, options, n);
    world_refit(packet, 40u + n);
    assert_true(world_inject(packet, 40u + n));
}

/* The SYN/ACKs go nowhere. */
static void flood(const uint8_t *options, uint8_t n)
{
    listen_small();
    open_small(0);
    size_t before = scarce_held();
    for (unsigned i = 0; i < SYNS; i++) {
        forge((uint16_t)(1000 + i), SYN, options, n);
    }
    size_t records = scarce_held();
    /* Nobody has seen the SYN/ACKs, so these are guesses. */
    for (unsigned i = 0; i < SYNS; i++) {
        forge((uint16_t)(1000 + i), ACK, nothing, sizeof nothing);
    }
    assert_int_equal(records, scarce_held());
    world_run_for(MILLISECOND);
    size_t more = scarce_held() - before;
    print_message("%u SYNs: %u octets\n", SYNS, (unsigned)more);
    assert_true(more > 0);
    assert_true(more <= (PCBS_MOST - 4) * HALF_OPEN_MOST); /* a pcb has each of them */
    /* lwIP gives them up, and then somebody who means it is served. */
    world_run_for(30 * SECOND);
    assert_in_range(scarce_held(), before, before + 4096);
    open_small(1);
    mptcpl_abort(t.client[0]);
    mptcpl_abort(t.client[1]);
    mptcpl_close(t.listener);
    world_run_for(10 * SECOND);
    world_end();
}

static void given_a_flood_of_syns_when_half_open_then_each_takes_512_octets(void **state)
{
    (void)state;
    flood(capable1, sizeof capable1);
    flood(capable0, sizeof capable0);
    flood(nothing, sizeof nothing);
}

/* --------------------------------------------------------------- octets that wait */

/* The server does not take the first octet; the others come one by one. */
static void
given_a_reader_that_refuses_when_octets_come_singly_then_they_are_kept_together(void **state)
{
    static struct peers p;

    (void)state;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.keep_open = p.server.keep_open = true;
    p.client.to_send = 1;
    p.server.refuse = true;
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, SECOND));
    world_run_for(SECOND);
    size_t before = scarce_held();
    for (unsigned i = 0; i < 5000; i++) {
        p.client.to_send++;
        peer_write(&p.client);
        mptcpl_work();
        world_run_for(MILLISECOND);
    }
    world_run_for(SECOND);
    size_t more = scarce_held() - before;
    print_message("5000 octets that came one by one wait: %u octets\n", (unsigned)more);
    assert_in_range(more, 5000, 8192);
    p.server.refuse = false;
    world_run_for(SECOND);
    assert_int_equal(5001, p.server.received);
    peers_end(&p);
}

int test_footprint(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_two_subflows_and_16_runs_when_idle_then_it_takes_2560_octets),
        in_world(given_a_flood_of_syns_when_half_open_then_each_takes_512_octets),
        in_world(given_a_reader_that_refuses_when_octets_come_singly_then_they_are_kept_together),
    };
    return cmocka_run_group_tests_name("footprint", tests, NULL, NULL);
}
