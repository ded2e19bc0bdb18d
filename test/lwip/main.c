/*
 * main.c - runs the tests over lwIP, file by file.
 */
#include "suite.h"

const struct world_link medium = {.rate = 20000000, .delay_us = 10000, .queue = 65536};
const struct world_link slow = {.rate = 10000000, .delay_us = 40000, .queue = 65536};

struct mptcpl_config defaults;

int suite_begin(void **state)
{
    (void)state;
    world_begin(1);
    mptcpl_forget_blackholes();
    mptcpl_config_init(&defaults);
    return 0;
}

int suite_end(void **state)
{
    (void)state;
    scarce_begin();
    peers_clean_up();
    world_end();
    return 0;
}

/* An argument is a pattern of test names: only those are run. */
int main(int argc, char **argv)
{
    int failed = 0;

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    failed += test_transfer();
    failed += test_paths();
    failed += test_choices();
    failed += test_congestion();
    failed += test_recovery();
    failed += test_fallback();
    failed += test_policies();
    failed += test_version0();
    failed += test_urgent();
    failed += test_merged();
    failed += test_merge();
    failed += test_gather();
    failed += test_gather_hosts();
    failed += test_polling();
    failed += test_long_mappings();
    failed += test_unmapped();
    failed += test_move();
    failed += test_memory();
    failed += test_scarce();
    failed += test_scarce_each();
    failed += test_callbacks();
    failed += test_rejoin();
    failed += test_half_open();
    failed += test_refused();
    failed += test_silence();
    failed += test_dark();
    failed += test_vanish();
    failed += test_many();
    failed += test_footprint();
    failed += test_syn();
    failed += test_small();
    failed += test_keys();
    failed += test_altcp();
    failed += test_altcp_calls();
    failed += test_port();
    failed += test_duties();
    failed += test_mtu();
    return failed != 0;
}
