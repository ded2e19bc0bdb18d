/*
 * test_port.c - the parts of a port that mptcp-nc and the demo share: the
 * emulated link and the capture file.
 */
#include "suite.h"

#include "port/link.h"
#include "port/pcapng.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------- link */

static void given_all_parts_of_a_link_when_read_then_each_is_set(void **state)
{
    struct mptcpl_link link = {0};

    (void)state;
    assert_null(mptcpl_link_parse("rate:20mbit,delay:10ms,loss:0.5%,queue:64k", &link));
    assert_int_equal(20000000, link.rate);
    assert_int_equal(10000, link.delay_us);
    assert_int_equal(21474836, link.loss);
    assert_int_equal(65536, link.queue);
    assert_null(mptcpl_link_parse("delay:1.5s", &link));
    assert_int_equal(1500000, link.delay_us);
    assert_int_equal(20000000, link.rate);
    assert_null(mptcpl_link_parse("loss:100%,rate:0.5gbit,queue:1500,delay:0us", &link));
    assert_int_equal(UINT32_MAX, link.loss);
    assert_int_equal(500000000, link.rate);
    assert_int_equal(1500, link.queue);
    assert_int_equal(0, link.delay_us);
}

static void given_a_link_that_makes_no_sense_when_read_then_nothing_changes(void **state)
{
    static const char *const wrong[] = {
        "",
        ",",
        "rate",
        "rate:",
        "rate:20",
        "rate:mbit",
        "rate:0bit",
        "rate:nanmbit",
        "rate:infmbit",
        "rate:-1mbit",
        "rate:1e3bit",
        "rate: 1mbit",
        "rate:0x1mbit",
        "rate:1.2.3mbit",
        "rate:101gbit",
        "delay:10",
        "delay:-1ms",
        "delay:61s",
        "loss:101%",
        "loss:nan",
        "queue:0",
        "queue:5g",
        "speed:1mbit",
        "rate:1mbit,",
        "rate:1mbit,delay:x",
        "rate:1mbitx",
        "rat:1mbit",
        "queue:0000000000000000000000000000000000001",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct mptcpl_link link = {.rate = 1, .delay_us = 2, .loss = 3, .queue = 4};
        struct mptcpl_link before = link;
        const char *why = mptcpl_link_parse(wrong[i], &link);
        assert_non_null(why);
        assert_null(strchr(why, '\n'));
        assert_memory_equal(&before, &link, sizeof link);
    }
}

static void given_a_rate_when_packets_follow_each_other_then_each_takes_its_time(void **state)
{
    struct mptcpl_link link = {.rate = 20000000, .delay_us = 10000};

    (void)state;
    assert_int_equal(10600, mptcpl_link_push(&link, 1500, 0));
    assert_int_equal(11200, mptcpl_link_push(&link, 1500, 0));
    /* After a pause nothing is left of what went before. */
    assert_int_equal(60600, mptcpl_link_push(&link, 1500, 50000));
}

static void given_a_fast_link_when_small_packets_pass_then_fractions_are_not_lost(void **state)
{
    struct mptcpl_link link = {.rate = 1000000000};
    mptcp_time at = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        at = mptcpl_link_push(&link, 52, 0);
    }
    assert_int_equal(41600, at);
}

static void given_a_queue_when_it_is_full_then_the_tail_is_dropped(void **state)
{
    struct mptcpl_link link = {.rate = 8000000, .queue = 3000};

    (void)state;
    assert_int_equal(1500, mptcpl_link_push(&link, 1500, 0));
    assert_int_equal(3000, mptcpl_link_push(&link, 1500, 0));
    assert_int_equal(MPTCP_NEVER, mptcpl_link_push(&link, 1500, 0));
    assert_int_equal(1, link.dropped);
    /* Room again as soon as enough has left. */
    assert_int_equal(4500, mptcpl_link_push(&link, 1500, 1500));
    assert_int_equal(4, link.packets);
}

static void given_no_rate_when_a_packet_comes_then_only_the_delay_counts(void **state)
{
    struct mptcpl_link link = {.delay_us = 7, .queue = 1};

    (void)state;
    assert_int_equal(107, mptcpl_link_push(&link, 1500, 100));
    assert_int_equal(107, mptcpl_link_push(&link, 1500, 100));
}

static unsigned lost_of(struct mptcpl_link *link, unsigned n)
{
    unsigned lost = 0;
    for (unsigned i = 0; i < n; i++) {
        lost += mptcpl_link_push(link, 100, i) == MPTCP_NEVER;
    }
    return lost;
}

static void given_a_loss_when_many_packets_pass_then_that_share_is_lost(void **state)
{
    struct mptcpl_link link = {.seed = 1};
    struct mptcpl_link again = {.seed = 1};

    (void)state;
    assert_null(mptcpl_link_parse("loss:5%", &link));
    assert_null(mptcpl_link_parse("loss:5%", &again));
    unsigned lost = lost_of(&link, 100000);
    assert_in_range(lost, 4700, 5300);
    assert_int_equal(lost, link.dropped);
    assert_int_equal(lost, lost_of(&again, 100000));
    struct mptcpl_link none = {.seed = 1};
    assert_int_equal(0, lost_of(&none, 1000));
}

/* ----------------------------------------------------------------------- pcapng */

static uint32_t word(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The block at *p: its type and length, which must be there twice and a multiple of four. */
static const uint8_t *block(const uint8_t *p, uint32_t type)
{
    uint32_t total = word(p + 4);
    assert_int_equal(type, word(p));
    assert_int_equal(0, total % 4);
    assert_int_equal(total, word(p + total - 4));
    return p + total;
}

static void given_interfaces_and_packets_when_written_then_the_blocks_are_right(void **state)
{
    static const uint8_t packet[] = {0x45, 1, 2, 3, 4, 5, 6};
    static uint8_t file[512];
    FILE *f = tmpfile();

    (void)state;
    assert_non_null(f);
    assert_true(mptcpl_pcapng_begin(f));
    assert_true(mptcpl_pcapng_interface(f, "path 1"));
    assert_true(mptcpl_pcapng_interface(f, "p2"));
    assert_true(mptcpl_pcapng_packet(f, 1, 0x123456789abcull, packet, sizeof packet));
    rewind(f);
    size_t len = fread(file, 1, sizeof file, f);
    fclose(f);

    const uint8_t *p = block(file, 0x0a0d0d0a);
    assert_int_equal(0x1a2b3c4d, word(file + 8));
    assert_memory_equal("path 1\0\0", p + 20, 8);
    p = block(p, 1);
    const uint8_t *last = block(p, 1);
    assert_int_equal(1, word(last + 8));
    assert_int_equal(0x1234, word(last + 12));
    assert_int_equal(0x56789abc, word(last + 16));
    assert_int_equal(sizeof packet, word(last + 20));
    assert_int_equal(sizeof packet, word(last + 24));
    assert_memory_equal(packet, last + 28, sizeof packet);
    assert_int_equal(0, last[28 + sizeof packet]);
    assert_ptr_equal(file + len, block(last, 6));
}

int test_port(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_all_parts_of_a_link_when_read_then_each_is_set),
        cmocka_unit_test(given_a_link_that_makes_no_sense_when_read_then_nothing_changes),
        cmocka_unit_test(given_a_rate_when_packets_follow_each_other_then_each_takes_its_time),
        cmocka_unit_test(given_a_fast_link_when_small_packets_pass_then_fractions_are_not_lost),
        cmocka_unit_test(given_a_queue_when_it_is_full_then_the_tail_is_dropped),
        cmocka_unit_test(given_no_rate_when_a_packet_comes_then_only_the_delay_counts),
        cmocka_unit_test(given_a_loss_when_many_packets_pass_then_that_share_is_lost),
        cmocka_unit_test(given_interfaces_and_packets_when_written_then_the_blocks_are_right),
    };
    return cmocka_run_group_tests_name("port", tests, NULL, NULL);
}
