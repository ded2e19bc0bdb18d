/*
 * suite.h - what the tests over lwIP share, and the list of their files.
 */
#ifndef TEST_LWIP_SUITE_H
#define TEST_LWIP_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "peers.h"
#include "scarce.h"

#define SECOND 1000000u
#define MILLISECOND 1000u

/* 20 Mbit/s, 20 ms there and back, 64 KiB of queue. */
extern const struct world_link medium;
/* 10 Mbit/s, 80 ms, 64 KiB. */
extern const struct world_link slow;

extern struct mptcpl_config defaults;

/* A test in a world of its own. */
int suite_begin(void **state);
int suite_end(void **state);
#define in_world(test) cmocka_unit_test_setup_teardown(test, suite_begin, suite_end)

int test_transfer(void);
int test_paths(void);
int test_choices(void);
int test_congestion(void);
int test_recovery(void);
int test_fallback(void);
int test_policies(void);
int test_version0(void);
int test_urgent(void);
int test_merged(void);
int test_merge(void);
int test_gather(void);
int test_gather_hosts(void);
int test_polling(void);
int test_long_mappings(void);
int test_unmapped(void);
int test_move(void);
int test_memory(void);
int test_scarce(void);
int test_scarce_each(void);
int test_callbacks(void);
int test_rejoin(void);
int test_half_open(void);
int test_refused(void);
int test_silence(void);
int test_dark(void);
int test_vanish(void);
int test_many(void);
int test_footprint(void);
int test_syn(void);
int test_small(void);
int test_keys(void);
int test_altcp(void);
int test_altcp_calls(void);
int test_port(void);
int test_duties(void);
int test_mtu(void);

#endif
