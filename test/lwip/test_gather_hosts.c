/*
 * test_gather_hosts.c - what mptcpl_gather owes to the host: memory, other connections, packets
 * that are for another host, interfaces that go.
 */
#include "suite.h"

#include <string.h>

#include "gathered.h"

static struct netif *netif;

static void open_gate(void)
{
    netif = gathered_host();
}

static unsigned pass(const struct made *m, unsigned n)
{
    return gathered_pass(m, n, netif);
}

/* The third segment continues the mapping over the first two. */
static void
given_a_mapping_over_two_segments_when_the_next_continues_it_then_lwip_is_given_one(void **state)
{
    struct made m[3] = {gathered_usual(0)};

    (void)state;
    open_gate();
    m[0].dll = 2 * GATHERED_FULL;
    m[1] = gathered_next(m[0]);
    m[1].ssn = m[0].ssn;
    m[1].dsn = m[0].dsn;
    m[2] = gathered_next(m[1]);
    m[2].dll = GATHERED_FULL;
    assert_int_equal(pass(m, 3), 1);
    gathered_end();
}

/* The place has held longer options, with a mapping of as many octets as there are here. */
static void given_short_options_where_long_ones_were_then_nothing_is_read_behind_them(void **state)
{
    struct made m[3] = {gathered_usual(0)};

    (void)state;
    open_gate();
    m[0].dss_flags = 0x0f;
    m[1] = gathered_next(m[0]);
    assert_int_equal(pass(m, 2), 1);
    m[0] = gathered_usual(1);
    m[0].dss_flags = 0x01;
    m[1] = gathered_next(m[0]);
    m[2] = gathered_next(m[1]);
    m[2].data_ack++;
    assert_int_equal(pass(m, 3), 2);
    gathered_end();
}

/* A host with IP_FORWARD or LWIP_IPV6_FORWARD sends them on, each in its length, and with the
 * checksum of TCP that it has. */
static void given_segments_for_another_host_when_they_come_then_each_is_given_alone(void **state)
{
    (void)state;
    open_gate();
    for (unsigned flow = 0; flow < 2; flow++) {
        struct made m[2] = {gathered_usual(flow)};
        m[0].to = 9;
        m[1] = gathered_next(m[0]);
        assert_int_equal(pass(m, 2), 2);
    }
    gathered_end();
}

/* A frame has 65,535 octets at most, with its own header. */
static void given_long_packets_when_frames_hold_them_then_a_frame_is_not_too_long(void **state)
{
    (void)state;
    open_gate();
    netif->flags |= NETIF_FLAG_ETHERNET;
    for (uint32_t behind = 0; behind < 20; behind++) {
        struct made m[2] = {gathered_usual(0)};
        m[0].ethernet = true;
        m[0].len = m[0].dll = 40000;
        m[1] = gathered_next(m[0]);
        m[1].len = m[1].dll = 65535 - 80 - 40000 - behind;
        assert_int_equal(pass(m, 2), behind < 14 ? 2 : 1);
    }
    netif->flags &= (u8_t)~NETIF_FLAG_ETHERNET;
    gathered_end();
}

static err_t begin_interface(struct netif *n)
{
    n->mtu = 1500;
    return ERR_OK;
}

/* An application of lwIP does so in its callback. */
static void remove_it(struct netif *n)
{
    netif_remove(n);
    memset(n, 0xa5, sizeof *n);
}

static void
given_held_segments_when_lwip_removes_their_interface_then_it_is_not_touched_again(void **state)
{
    static struct netif goes;
    static struct netif gone;
    struct made m = gathered_usual(0);

    (void)state;
    open_gate();
    assert_non_null(netif_add_noaddr(&goes, NULL, begin_interface, netif_input));
    memset(&gone, 0xa5, sizeof gone);
    gathered_give(&m, &goes);
    gathered_then(remove_it);
    mptcpl_work();
    assert_int_equal(gathered_packets(), 1);
    assert_memory_equal(&goes, &gone, sizeof gone);
    gathered_end();
}

static struct made damaged(void)
{
    struct made m = gathered_usual(2);

    m.tcp_wrong = true;
    return m;
}

static void give_damaged(struct netif *n)
{
    struct made m = damaged();
    gathered_give(&m, n);
}

/* An interface that hands over a packet while it is given one to send. */
static void given_a_damaged_segment_when_it_comes_in_between_then_lwip_verifies_it(void **state)
{
    struct made m[2] = {gathered_usual(0), damaged()};

    (void)state;
    open_gate();
    u16_t flags = netif->chksum_flags;
    gathered_give(&m[0], netif);
    gathered_then(give_damaged);
    mptcpl_work();
    mptcpl_work();
    assert_true(gathered_takes(&m[0]));
    assert_true(gathered_takes(&m[1]));
    assert_int_equal(netif->chksum_flags, flags);
    gathered_end();
}

int test_gather_hosts(void)
{
    const struct CMUnitTest tests[] = {
        in_world(
            given_a_mapping_over_two_segments_when_the_next_continues_it_then_lwip_is_given_one),
        in_world(given_short_options_where_long_ones_were_then_nothing_is_read_behind_them),
        in_world(given_segments_for_another_host_when_they_come_then_each_is_given_alone),
        in_world(given_long_packets_when_frames_hold_them_then_a_frame_is_not_too_long),
        in_world(
            given_held_segments_when_lwip_removes_their_interface_then_it_is_not_touched_again),
        in_world(given_a_damaged_segment_when_it_comes_in_between_then_lwip_verifies_it),
    };
    return cmocka_run_group_tests_name("gather, hosts", tests, NULL, NULL);
}
