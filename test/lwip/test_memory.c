/*
 * test_memory.c - lwIP's pool of packet buffers nearly or wholly empty: everything
 * takes longer, and everything arrives.
 */
#include "suite.h"

#include "lwip/pbuf.h"

/* Buffers of the pool that the test keeps to itself. */
static struct pbuf *hoard[PBUF_POOL_SIZE];
static unsigned hoarded;

static void hoard_more(void)
{
    while (hoarded < PBUF_POOL_SIZE) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, 1, PBUF_POOL);
        if (p == NULL) {
            return;
        }
        hoard[hoarded++] = p;
    }
}

static void hoard_all_but(unsigned n)
{
    hoarded = 0;
    hoard_more();
    assert_true(hoarded > n);
    for (unsigned i = 0; i < n; i++) {
        pbuf_free(hoard[--hoarded]);
    }
}

static void release_hoard(void)
{
    while (hoarded > 0) {
        pbuf_free(hoard[--hoarded]);
    }
}

static int end(void **state)
{
    release_hoard();
    return suite_end(state);
}

/* Unequal paths: what comes on the fast one waits for the slow one. */
static void start(struct peers *p, uint64_t n)
{
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &slow);
    peers_make(p, &defaults, &defaults);
    mptcpl_add_path(p->client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    p->client.to_send = n;
    p->server.keep_open = true;
    peers_connect(p);
    assert_true(world_run_until(peers_open, p, SECOND));
}

static void finish(struct peers *p, mptcp_time limit)
{
    p->server.keep_open = false;
    peer_write(&p->server);
    peers_run(p, limit);
    peers_end(p);
}

static bool received_all(void *arg)
{
    struct peers *p = arg;
    return p->server.received == p->client.to_send;
}

static void given_few_buffers_when_segments_wait_for_the_slow_path_then_all_arrives(void **state)
{
    static struct peers p;

    (void)state;
    start(&p, 4 << 20);
    hoard_all_but(8);
    assert_true(world_run_until(received_all, &p, 120 * SECOND));
    release_hoard();
    finish(&p, 20 * SECOND);
}

static void given_no_buffer_at_all_when_there_are_some_again_then_the_transfer_goes_on(void **state)
{
    static struct peers p;

    (void)state;
    start(&p, 4 << 20);
    world_run_for(500 * MILLISECOND);
    /* Whatever comes free goes as well. */
    hoard_all_but(0);
    uint64_t before = 0;
    for (unsigned i = 0; i < 300; i++) {
        before = p.server.received;
        world_run_for(10 * MILLISECOND);
        hoard_more();
    }
    assert_int_equal(before, p.server.received);
    release_hoard();
    finish(&p, 20 * SECOND);
}

/* The reader refuses for some seconds; hosts look for packets every `us`, 0: at once. Meanwhile
 * there are few buffers, at most 64, and the heap is in blocks of n octets, 0: of any. */
static void refuses(mptcp_time us, unsigned buffers, size_t n)
{
    static struct peers p;

    world_polls(us);
    start(&p, 4 << 20);
    p.server.refuse = true;
    hoard_all_but(buffers);
    scarce_blocks(n);
    world_run_for(3 * SECOND);
    /* What waits for the reader is not in the pool. */
    unsigned left = 0;
    static struct pbuf *free_ones[64];
    while (left < buffers && (free_ones[left] = pbuf_alloc(PBUF_RAW, 1, PBUF_POOL)) != NULL) {
        left++;
    }
    for (unsigned i = 0; i < left; i++) {
        pbuf_free(free_ones[i]);
    }
    scarce_blocks(0);
    assert_true(left > buffers - 8);
    p.server.refuse = false;
    assert_true(world_run_until(received_all, &p, 60 * SECOND));
    release_hoard();
    finish(&p, 20 * SECOND);
    world_end();
}

static void given_a_reader_that_refuses_when_few_buffers_are_left_then_others_get_them(void **state)
{
    (void)state;
    refuses(0, 32, 0);
}

static void given_a_reader_that_refuses_when_the_host_gathers_then_others_get_buffers(void **state)
{
    (void)state;
    defaults.rcv_buf = 65536; /* fewer packets on their way than there are buffers */
    refuses(10 * MILLISECOND, 64, 0);
}

/* No block of the heap is longer than those that a packet needs. */
static void given_a_heap_in_small_blocks_when_the_host_gathers_then_others_get_buffers(void **state)
{
    (void)state;
    defaults.rcv_buf = 65536;
    refuses(10 * MILLISECOND, 64, 2048);
}

static void given_many_transfers_when_they_are_over_then_no_buffer_is_lost(void **state)
{
    static struct peers p;

    (void)state;
    hoard_all_but(0);
    unsigned all = hoarded;
    release_hoard();
    for (unsigned i = 0; i < 4; i++) {
        start(&p, 1 << 20);
        world_run_for(300 * MILLISECOND);
        if (i % 2 != 0) {
            world_cut(0, true);
            world_run_for(2 * SECOND);
            world_cut(0, false);
        }
        finish(&p, 30 * SECOND);
        world_end();
    }
    hoard_all_but(0);
    assert_int_equal(all, hoarded);
}

int test_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            given_few_buffers_when_segments_wait_for_the_slow_path_then_all_arrives, suite_begin,
            end),
        cmocka_unit_test_setup_teardown(
            given_no_buffer_at_all_when_there_are_some_again_then_the_transfer_goes_on, suite_begin,
            end),
        cmocka_unit_test_setup_teardown(
            given_a_reader_that_refuses_when_few_buffers_are_left_then_others_get_them, suite_begin,
            end),
        cmocka_unit_test_setup_teardown(
            given_a_reader_that_refuses_when_the_host_gathers_then_others_get_buffers, suite_begin,
            end),
        cmocka_unit_test_setup_teardown(
            given_a_heap_in_small_blocks_when_the_host_gathers_then_others_get_buffers, suite_begin,
            end),
        cmocka_unit_test_setup_teardown(
            given_many_transfers_when_they_are_over_then_no_buffer_is_lost, suite_begin, end),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
