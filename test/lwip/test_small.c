/*
 * test_small.c - small segments, windows and buffers, down to what TCP allows: they work, slowly,
 * or are refused at once.
 */
#include "suite.h"

#include <string.h>

#define SYN 0x02u
#define ACK 0x10u

#define KIND_NOP 1u
#define KIND_MSS 2u
#define KIND_SCALE 3u

struct row {
    unsigned mss;    /* in every SYN; 0: as it is */
    unsigned window; /* at most, in every segment, without scaling; 0: as it is */
    bool checksum;
    bool plain;
    uint32_t octets;
    uint32_t rcv_buf; /* of both ends; 0: the default */
    uint32_t snd_buf;
};

static const struct row *row;

static void change_syn(uint8_t *tcp)
{
    size_t end = (size_t)(tcp[12] >> 4) * 4;

    for (size_t i = 20; i < end && tcp[i] != 0; i += tcp[i] == KIND_NOP ? 1 : tcp[i + 1]) {
        if (tcp[i] == KIND_MSS && row->mss != 0) {
            tcp[i + 2] = (uint8_t)(row->mss >> 8);
            tcp[i + 3] = (uint8_t)row->mss;
        }
        if (tcp[i] == KIND_SCALE && row->window != 0) {
            memset(tcp + i, KIND_NOP, 3);
        }
    }
}

static bool act(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    uint8_t *tcp = data + 20;
    unsigned window = (unsigned)tcp[14] << 8 | tcp[15];

    (void)arg;
    (void)path;
    (void)from;
    if ((tcp[13] & SYN) != 0) {
        change_syn(tcp);
    }
    if (row->window != 0 && window > row->window) {
        tcp[14] = (uint8_t)(row->window >> 8);
        tcp[15] = (uint8_t)row->window;
    }
    world_refit(data, *len);
    return true;
}

static const struct row rows[] = {
    {.mss = 48, .octets = 20000},
    {.mss = 48, .checksum = true, .octets = 20000},
    {.mss = 48, .plain = true, .octets = 20000},
    {.mss = 60, .checksum = true, .octets = 20000},
    {.mss = 79, .checksum = true, .octets = 20000},
    {.mss = 80, .checksum = true, .octets = 20000},
    {.mss = 81, .checksum = true, .octets = 20000},
    {.mss = 100, .octets = 20000},
    {.mss = 536, .checksum = true, .octets = 20000},
    /* Less than any IPv4 host may ask for. */
    {.mss = 28, .octets = 20000},
    {.mss = 1, .octets = 20000},
    {.mss = 1, .plain = true, .octets = 20000},
    {.window = 1, .octets = 200},
    {.window = 1, .checksum = true, .octets = 200},
    {.window = 1, .plain = true, .octets = 200},
    {.window = 2, .octets = 200},
    {.window = 39, .octets = 2000},
    {.window = 40, .octets = 2000},
    {.window = 60, .checksum = true, .octets = 2000},
    {.window = 100, .octets = 2000},
    {.window = 1000, .checksum = true, .octets = 20000},
    {.mss = 48, .window = 1, .checksum = true, .octets = 200},
    {.mss = 48, .window = 60, .checksum = true, .octets = 2000},
    {.rcv_buf = 512, .octets = 20000},
    {.rcv_buf = 512, .checksum = true, .octets = 20000},
    {.rcv_buf = 513, .mss = 48, .octets = 20000},
    {.rcv_buf = 1000, .plain = true, .octets = 20000},
    {.rcv_buf = 1459, .checksum = true, .octets = 20000},
    {.snd_buf = 1, .octets = 5000},
    {.snd_buf = 1, .rcv_buf = 512, .checksum = true, .octets = 5000},
};

static void transfer(enum world_side writer, unsigned subflows)
{
    static struct peers p;

    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    world_middlebox(act, NULL);
    defaults.checksum = row->checksum;
    defaults.no_mptcp = row->plain;
    defaults.rcv_buf = row->rcv_buf != 0 ? row->rcv_buf : defaults.rcv_buf;
    defaults.snd_buf = row->snd_buf != 0 ? row->snd_buf : defaults.snd_buf;
    peers_make(&p, &defaults, &defaults);
    if (subflows > 1) {
        mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                        MPTCP_ADDR_JOIN);
    }
    (writer == WORLD_CLIENT ? &p.client : &p.server)->to_send = row->octets;
    peers_connect(&p);
    peers_run(&p, 600 * SECOND);
    assert_int_equal(MPTCP_E_CLOSED, p.client.end);
    assert_int_equal(row->plain ? MPTCP_E_NO_MPTCP : 0, p.client.fallback);
    peers_end(&p);
    world_end();
}

static void given_a_small_segment_or_window_when_data_is_sent_then_it_arrives(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        row = &rows[i];
        for (unsigned k = 0; k < 4; k++) {
            suite_begin(state);
            transfer((enum world_side)(k % 2), 1 + k / 2);
        }
    }
}

static void refused(err_t why)
{
    assert_int_equal(why, mptcpl_config_check(&defaults));
    assert_null(mptcpl_new(&defaults));
    mptcpl_config_init(&defaults);
}

static void given_settings_that_never_work_when_they_are_set_then_they_are_refused(void **state)
{
    (void)state;
    assert_int_equal(ERR_OK, mptcpl_config_check(&defaults));
    defaults.rcv_buf = 511; /* less than its scale can tell */
    refused(ERR_ARG);
    defaults.rcv_buf = (1u << 30) + 1;
    refused(ERR_ARG);
    defaults.snd_buf = 0;
    refused(ERR_ARG);
    defaults.snd_buf = (1u << 30) + 1;
    refused(ERR_ARG);
    defaults.max_subflows = 0;
    refused(ERR_ARG);
    defaults.max_subflows = MPTCPL_SUBFLOWS + 1;
    refused(ERR_ARG);
    defaults.cc = NULL;
    refused(ERR_ARG);
    defaults.scheduler = NULL;
    refused(ERR_ARG);
    defaults.scheduler = &mptcp_blest; /* not in the library's table */
    refused(ERR_ARG);
    assert_ptr_equal(&mptcp_gain, defaults.scheduler);
    defaults.scheduler = &mptcp_minrtt;
    assert_int_equal(ERR_OK, mptcpl_config_check(&defaults));
    defaults.policy = MPTCP_POLICY_BACKUP + 1;
    refused(ERR_ARG);
    defaults.silence_min_us = 0;
    refused(ERR_ARG);
    defaults.silence_min_us = defaults.answer_wait_us + 1;
    refused(ERR_ARG);
    defaults.silence_limit_us = defaults.answer_wait_us - 1;
    refused(ERR_ARG);
    defaults.silence_limit_us = 0; /* TCP's own alone */
    assert_int_equal(ERR_OK, mptcpl_config_check(&defaults));
}

/* Octets of a connection besides its send buffer, which mptcpl_save would write. */
static uint32_t block(unsigned max_subflows, bool plain)
{
    defaults.rcv_buf = 32768; /* runs follow both buffers */
    defaults.max_subflows = (uint8_t)max_subflows;
    defaults.no_mptcp = plain;
    defaults.snd_buf = 4096;
    struct mptcpl_pcb *pcb = mptcpl_new(&defaults);
    assert_non_null(pcb);
    uint32_t n = mptcpl_saved_max(pcb) - 4096;
    mptcpl_close(pcb);
    return n;
}

static void given_few_subflows_when_a_connection_is_made_then_it_takes_little(void **state)
{
    (void)state;
    assert_in_range(block(8, false), 4000, 10000);
    assert_in_range(block(2, false), 2000, 4000);
    assert_in_range(block(1, false), 1000, 2500);
    assert_in_range(block(8, true), 500, 2000);
}

static int end(void **state)
{
    if (row != NULL) {
        print_message("MSS %u, window %u, buffers %u and %u%s%s\n", row->mss, row->window,
                      row->rcv_buf, row->snd_buf, row->checksum ? ", checksums" : "",
                      row->plain ? ", plain" : "");
    }
    return suite_end(state);
}

int test_small(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            given_a_small_segment_or_window_when_data_is_sent_then_it_arrives, suite_begin, end),
        in_world(given_few_subflows_when_a_connection_is_made_then_it_takes_little),
        in_world(given_settings_that_never_work_when_they_are_set_then_they_are_refused),
    };
    return cmocka_run_group_tests_name("small", tests, NULL, NULL);
}
