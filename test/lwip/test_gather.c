/*
 * test_gather.c - segments that came in together become one before lwIP sees them (mptcpl_gather):
 * what lwIP is given says the same of every octet, and transfers work over it.
 */
#include "suite.h"

#include <string.h>

#include "gathered.h"

#define ACK 0x10u
#define PSH 0x08u
#define FIN 0x01u
#define URG 0x20u

#define FLOWS 7u
#define MOST 200u

static struct netif *netif;

static void open_gate(void)
{
    netif = gathered_host();
}

static unsigned pass(const struct made *m, unsigned n)
{
    return gathered_pass(m, n, netif);
}

/* The second of two segments is as `second` makes it: how many packets lwIP is given. */
static unsigned pair(struct made first, void (*second)(struct made *))
{
    struct made m[2] = {first, gathered_next(first)};

    second(&m[1]);
    return pass(m, 2);
}

static void as_it_is(struct made *m)
{
    (void)m;
}

static void given_a_train_of_segments_when_the_host_works_then_lwip_is_given_one(void **state)
{
    struct made m[40];

    (void)state;
    open_gate();
    for (unsigned flow = 0; flow < 2; flow++) {
        m[0] = gathered_usual(flow);
        for (unsigned i = 1; i < 40; i++) {
            m[i] = gathered_next(m[i - 1]);
        }
        m[39].len = m[39].dll = 100;
        m[39].flags |= PSH;
        for (unsigned i = 0; i < 40; i++) {
            gathered_give(&m[i], netif);
            assert_int_equal(gathered_packets(), 0);
        }
        assert_int_equal(mptcpl_sleep_us(), 0);
        mptcpl_work();
        assert_int_equal(gathered_packets(), 1);
        assert_int_equal(gathered_payload(0), 39 * GATHERED_FULL + 100);
        assert_true(gathered_is_right(0));
        for (unsigned i = 0; i < 40; i++) {
            assert_true(gathered_takes(&m[i]));
        }
        assert_true(gathered_empty());
        gathered_end();
        gathered_begin();
    }
    gathered_end();
}

/* An IP packet has 65,535 octets at most. */
static void
given_more_than_a_packet_holds_when_it_is_gathered_then_a_second_one_begins(void **state)
{
    struct made m[60];

    (void)state;
    open_gate();
    m[0] = gathered_usual(0);
    for (unsigned i = 1; i < 60; i++) {
        m[i] = gathered_next(m[i - 1]);
    }
    assert_int_equal(pass(m, 60), 2);
    gathered_end();
}

static void other_ack(struct made *m)
{
    m->ack++;
}
static void other_window(struct made *m)
{
    m->window++;
}
static void other_stamp(struct made *m)
{
    m->stamp++;
}
static void other_data_ack(struct made *m)
{
    m->data_ack++;
}
static void other_service(struct made *m)
{
    m->service = 3;
}
static void other_hops(struct made *m)
{
    m->hops ^= 1;
}
static void with_fin(struct made *m)
{
    m->flags |= FIN;
}
static void with_urgent(struct made *m)
{
    m->flags |= URG;
}
static void with_gap(struct made *m)
{
    m->seq++;
    m->ssn++;
}
static void sent_again(struct made *m)
{
    m->seq -= m->len;
}
static void elsewhere_in_the_stream(struct made *m)
{
    m->dsn += 1;
}
static void elsewhere_on_the_subflow(struct made *m)
{
    m->ssn += 1;
}
static void from_elsewhere(struct made *m)
{
    m->station++;
}
static void with_data_fin(struct made *m)
{
    m->dss_flags |= 0x10;
    m->dll++;
}
static void with_short_dsn(struct made *m)
{
    m->dss_flags &= ~0x08u;
}
static void with_sum(struct made *m)
{
    m->dss_flags &= ~0x02u;
    m->sum = true;
}
static void without_mptcp(struct made *m)
{
    m->mptcp = false;
}
static void mapped_beyond(struct made *m)
{
    m->dll++;
}
static void without_payload(struct made *m)
{
    m->len = 0;
}
static void with_wrong_sum(struct made *m)
{
    m->tcp_wrong = true;
}
static void with_padding(struct made *m)
{
    m->padding = 6;
}

/* What is different is not lost, nor is the order. */
static void given_a_segment_that_differs_when_it_comes_then_it_is_given_alone(void **state)
{
    void (*const differs[])(struct made *) = {
        other_ack,
        other_window,
        other_stamp,
        other_data_ack,
        other_service,
        other_hops,
        with_fin,
        with_urgent,
        with_gap,
        sent_again,
        elsewhere_in_the_stream,
        elsewhere_on_the_subflow,
        with_data_fin,
        with_short_dsn,
        with_sum,
        without_mptcp,
        mapped_beyond,
        without_payload,
        with_wrong_sum,
        with_padding,
    };

    (void)state;
    open_gate();
    for (unsigned flow = 0; flow < 2; flow++) {
        assert_int_equal(pair(gathered_usual(flow), as_it_is), 1);
        for (unsigned i = 0; i < sizeof differs / sizeof *differs; i++) {
            assert_int_equal(pair(gathered_usual(flow), differs[i]), 2);
        }
    }
    gathered_end();
}

static void under_the_same(struct made *m)
{
    m->ssn -= m->dll;
    m->dsn -= m->dll;
}

/* A mapping over several segments stands on each; one with a checksum has to. */
static void
given_one_mapping_over_several_segments_when_they_come_then_lwip_is_given_one(void **state)
{
    struct made m = gathered_usual(0);

    (void)state;
    open_gate();
    m.dll = 3 * GATHERED_FULL;
    assert_int_equal(pair(m, under_the_same), 1);
    m.sum = true;
    m.dss_flags = 0x0d;
    assert_int_equal(pair(m, under_the_same), 1);
    m.dll = GATHERED_FULL;
    assert_int_equal(pair(m, as_it_is), 2);
    gathered_end();
}

/* The third segment has the options of the first. */
static void given_a_mapping_twice_when_another_one_was_between_then_it_is_not_gathered(void **state)
{
    struct made m[3] = {gathered_usual(0)};

    (void)state;
    open_gate();
    m[1] = gathered_next(m[0]);
    m[2] = gathered_next(m[1]);
    m[2].ssn = m[0].ssn;
    m[2].dsn = m[0].dsn;
    assert_int_equal(pass(m, 3), 2);
    gathered_end();
}

static void given_plain_tcp_when_segments_come_then_lwip_is_given_one(void **state)
{
    struct made m = gathered_usual(1);

    (void)state;
    open_gate();
    m.mptcp = false;
    assert_int_equal(pair(m, as_it_is), 1);
    gathered_end();
}

static void given_an_ethernet_frame_when_segments_come_then_lwip_is_given_one(void **state)
{
    struct made m = gathered_usual(0);

    (void)state;
    open_gate();
    netif->flags |= NETIF_FLAG_ETHERNET;
    m.ethernet = true;
    m.in_two = true;
    assert_int_equal(pair(m, as_it_is), 1);
    assert_int_equal(pair(m, from_elsewhere), 2);
    m.flow = 1;
    assert_int_equal(pair(m, as_it_is), 1);
    netif->flags &= (u8_t)~NETIF_FLAG_ETHERNET;
    gathered_end();
}

static void given_segments_by_two_interfaces_when_they_come_then_each_is_given_alone(void **state)
{
    struct made m[2] = {gathered_usual(0), gathered_next(gathered_usual(0))};

    (void)state;
    open_gate();
    gathered_give(&m[0], netif);
    gathered_give(&m[1], world_netif(0, WORLD_CLIENT));
    mptcpl_work();
    assert_int_equal(gathered_packets(), 2);
    gathered_end();
}

static void given_held_segments_when_their_interface_is_removed_then_they_are_freed(void **state)
{
    struct netif gone;
    struct made m = gathered_usual(0);

    (void)state;
    open_gate();
    memset(&gone, 0, sizeof gone);
    gathered_give(&m, &gone);
    m = gathered_next(m);
    gathered_give(&m, &gone);
    mptcpl_work();
    assert_int_equal(gathered_packets(), 0);
    gathered_end();
}

/* ------------------------------------------------------------------------- at random */

static unsigned die(unsigned sides)
{
    return world_random() % sides;
}

/* The next segment of a flow: nearly always the next one in every respect. */
static struct made another(struct made m)
{
    void (*const differs[])(struct made *) = {
        other_ack,      other_window,  other_stamp, other_data_ack,
        other_service,  other_hops,    with_gap,    elsewhere_in_the_stream,
        with_short_dsn, without_mptcp,
    };

    m = gathered_next(m);
    m.flags = ACK | (die(6) == 0 ? PSH : 0);
    m.tcp_wrong = m.ip_wrong = m.in_two = false;
    m.mptcp = m.mptcp || die(4) == 0;
    m.dss_flags |= die(8) == 0 ? 0x08u : 0;
    m.len = die(5) == 0 ? 1 + die(GATHERED_FULL) : GATHERED_FULL;
    m.dll = m.len * (1 + die(2) * die(3));
    if (die(8) == 0) {
        differs[die(sizeof differs / sizeof *differs)](&m);
    }
    m.in_two = die(10) == 0 && m.len > 1;
    m.flags |= die(60) == 0 ? FIN : 0;
    m.tcp_wrong = die(60) == 0;
    m.ip_wrong = die(60) == 0 && m.flow % 2 == 0;
    m.len = die(40) == 0 ? 0 : m.len;
    return m;
}

static void
given_any_segments_of_several_flows_then_lwip_is_told_the_same_of_each_octet(void **state)
{
    static struct made m[MOST];
    struct made last[FLOWS];
    unsigned packets = 0;
    unsigned made = 0;

    (void)state;
    open_gate();
    for (unsigned flow = 0; flow < FLOWS; flow++) {
        last[flow] = gathered_usual(flow);
    }
    for (unsigned round = 0; round < 400; round++) {
        unsigned n = 1 + die(MOST - 1);
        unsigned flow = die(FLOWS);
        for (unsigned i = 0; i < n; i++) {
            flow = die(8) == 0 ? die(FLOWS) : flow;
            m[i] = last[flow] = another(last[flow]);
        }
        packets += pass(m, n);
        made += n;
    }
    gathered_end();
    /* Many were gathered, and many had to be given alone. */
    assert_in_range(packets, made / 8, made * 3 / 4);
}

/* Interfaces whose hardware verifies checksums: every packet is gathered that can be. What has come
 * in goes on, octet for octet or gathered. */
static void given_any_octets_in_headers_when_they_come_then_nothing_is_lost(void **state)
{
    (void)state;
    open_gate();
    u16_t verifies = netif->chksum_flags;
    netif->chksum_flags = NETIF_CHECKSUM_DISABLE_ALL;
    for (unsigned round = 0; round < 3000; round++) {
        struct made m = gathered_usual(die(2));
        unsigned sum = 0;
        for (unsigned i = 0; i < 8; i++) {
            m.len = m.dll = 40 + die(4);
            m.broken = die(4);
            gathered_give(&m, netif);
            sum += m.len;
            m = gathered_next(m);
        }
        mptcpl_work();
        assert_in_range(gathered_packets(), 1, 8);
        assert_true(gathered_octets() >= sum);
        gathered_end();
        gathered_begin();
    }
    netif->chksum_flags = verifies;
    gathered_end();
}

int test_gather(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_train_of_segments_when_the_host_works_then_lwip_is_given_one),
        in_world(given_more_than_a_packet_holds_when_it_is_gathered_then_a_second_one_begins),
        in_world(given_a_segment_that_differs_when_it_comes_then_it_is_given_alone),
        in_world(given_one_mapping_over_several_segments_when_they_come_then_lwip_is_given_one),
        in_world(given_a_mapping_twice_when_another_one_was_between_then_it_is_not_gathered),
        in_world(given_plain_tcp_when_segments_come_then_lwip_is_given_one),
        in_world(given_an_ethernet_frame_when_segments_come_then_lwip_is_given_one),
        in_world(given_segments_by_two_interfaces_when_they_come_then_each_is_given_alone),
        in_world(given_held_segments_when_their_interface_is_removed_then_they_are_freed),
        in_world(given_any_segments_of_several_flows_then_lwip_is_told_the_same_of_each_octet),
        in_world(given_any_octets_in_headers_when_they_come_then_nothing_is_lost),
    };
    return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
