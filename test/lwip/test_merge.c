/*
 * test_merge.c - segments that are merged for a device with segmentation offload, and cut again as
 * such a device cuts them.
 */
/* Before anything else: lwIP makes its own ssize_t where limits.h does not tell of one. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>

#include "suite.h"

#include <string.h>

#include "octets.h"
#include "port/merge.h"

#define PACKETS 80
#define MTU 1500u
#define OPTIONS 32u
#define FIN 0x01u
#define SYN 0x02u
#define RST 0x04u
#define PSH 0x08u
#define ACK 0x10u
#define URG 0x20u
#define CWR 0x80u

struct packet {
    uint8_t data[MPTCPL_MERGE_MAX + 1];
    uint32_t len;
};

static struct mptcpl_merge g;
static struct packet in[PACKETS];
static struct packet out[PACKETS];
static unsigned n_in;

static uint32_t ip_of(bool v6)
{
    return v6 ? 40 : 20;
}

/* The n-th of a flow whose segments have `full` octets of payload, with `len` of its own. */
static void make(struct packet *p, bool v6, unsigned n, uint32_t full, uint32_t len, unsigned flags)
{
    uint32_t ip = ip_of(v6);
    uint8_t *tcp = p->data + ip;

    memset(p, 0, sizeof *p);
    p->len = ip + 20 + OPTIONS + len;
    if (v6) {
        p->data[0] = 0x60;
        put(p->data + 4, 2, p->len - 40);
        p->data[6] = 6;
        p->data[7] = 64;
        memset(p->data + 8, 0xfd, 32);
        p->data[39] = 0x17;
    } else {
        p->data[0] = 0x45;
        put(p->data + 2, 2, p->len);
        put(p->data + 4, 2, 0xfffe + n);
        p->data[8] = 255;
        p->data[9] = 6;
        put(p->data + 12, 4, 0x0a510102);
        put(p->data + 16, 4, 0x0a510101);
    }
    put(tcp, 2, 49152);
    put(tcp + 2, 2, 5001);
    put(tcp + 4, 4, 0xfffffff0u + n * full);
    put(tcp + 8, 4, 0x12345678);
    tcp[12] = (20 + OPTIONS) / 4 << 4;
    tcp[13] = (uint8_t)flags;
    put(tcp + 14, 2, 1000);
    memset(tcp + 20, 0x1e, OPTIONS);
    for (uint32_t i = 0; i < len; i++) {
        tcp[20 + OPTIONS + i] = (uint8_t)(world_random());
    }
    world_refit(p->data, p->len);
}

/* In pieces, as lwIP's are: the headers, and the payload in two. */
static bool add(const struct packet *p)
{
    uint32_t header = ip_of(p->data[0] >> 4 == 6) + 20 + OPTIONS;
    uint32_t a = p->len < header ? p->len : header;
    uint32_t b = (p->len - a) / 3;
    struct iovec v[3] = {{(void *)(uintptr_t)p->data, a},
                         {(void *)(uintptr_t)(p->data + a), b},
                         {(void *)(uintptr_t)(p->data + a + b), p->len - a - b}};

    return mptcpl_merge_add(&g, v, 3);
}

/* A train of n segments, the last one with `last` octets. */
static void make_train(bool v6, unsigned n, uint32_t full, uint32_t last)
{
    mptcpl_merge_clear(&g);
    n_in = n;
    for (unsigned i = 0; i < n; i++) {
        bool end = i == n - 1;
        make(&in[i], v6, i, full, end ? last : full, end ? ACK | PSH : ACK);
    }
}

static void add_all(void)
{
    for (unsigned i = 0; i < n_in; i++) {
        assert_true(add(&in[i]));
    }
}

/* What stands where the device finds it is the sum of the pseudo-header: with the rest, right. */
static void check_partial_sum(const struct virtio_net_hdr *h)
{
    static struct packet whole;
    uint32_t at = h->csum_start;
    uint32_t sum = 0;

    memcpy(whole.data, g.packet, g.len);
    for (uint32_t i = at; i < g.len; i++) {
        sum += (i - at) % 2 != 0 ? whole.data[i] : (uint32_t)whole.data[i] << 8;
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    put(whole.data + at + h->csum_offset, 2, ~sum);
    memcpy(out[0].data, whole.data, g.len);
    world_refit(out[0].data, g.len);
    assert_memory_equal(whole.data, out[0].data, g.len);
}

/* As the virtio specification says; returns how many packets. */
static unsigned cut(const struct virtio_net_hdr *h)
{
    uint32_t header = h->hdr_len;
    uint32_t ip = h->csum_start;
    unsigned n = 0;

    for (uint32_t at = header; at < g.len; at += h->gso_size, n++) {
        struct packet *p = &out[n];
        uint32_t len = g.len - at < h->gso_size ? g.len - at : h->gso_size;
        bool end = at + len == g.len;
        memcpy(p->data, g.packet, header);
        memcpy(p->data + header, g.packet + at, len);
        p->len = header + len;
        if (p->data[0] >> 4 == 6) {
            put(p->data + 4, 2, p->len - 40);
        } else {
            put(p->data + 2, 2, p->len);
            put(p->data + 4, 2, get(p->data + 4, 2) + n);
        }
        put(p->data + ip + 4, 4, get(p->data + ip + 4, 4) + at - header);
        p->data[ip + 13] &= (uint8_t)(end ? 0xff : ~(FIN | PSH));
        world_refit(p->data, p->len);
    }
    return n;
}

static void finish_and_compare(bool v6)
{
    struct virtio_net_hdr h;

    mptcpl_merge_finish(&g, &h);
    assert_int_equal(h.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
    assert_int_equal(h.gso_type, v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4);
    assert_int_equal(h.csum_start, ip_of(v6));
    assert_int_equal(h.csum_offset, 16);
    check_partial_sum(&h);
    assert_int_equal(cut(&h), n_in);
    for (unsigned i = 0; i < n_in; i++) {
        assert_int_equal(in[i].len, out[i].len);
        assert_memory_equal(in[i].data, out[i].data, in[i].len);
    }
}

static void
given_segments_under_one_mapping_when_merged_and_cut_then_they_are_the_same(void **state)
{
    static const uint32_t lasts[] = {1, 2, 1000, 1399, 1400};

    (void)state;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        for (unsigned i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
            make_train(v6, 2 + i * 10, 1400, lasts[i]);
            add_all();
            finish_and_compare(v6);
        }
    }
}

static void
given_a_segment_alone_when_it_leaves_then_only_its_checksum_is_left_to_the_device(void **state)
{
    struct virtio_net_hdr h;

    (void)state;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        make_train(v6, 1, 1400, 1400);
        add_all();
        mptcpl_merge_finish(&g, &h);
        assert_int_equal(h.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
        assert_int_equal(h.gso_type, VIRTIO_NET_HDR_GSO_NONE);
        assert_int_equal(h.gso_size, 0);
        assert_int_equal(g.len, in[0].len);
        check_partial_sum(&h);
    }
}

/* lwIP does not make checksums for a device that does. */
static void given_no_checksum_when_merged_then_the_packet_is_the_same(void **state)
{
    static uint8_t once[MPTCPL_MERGE_MAX];
    struct virtio_net_hdr h;

    (void)state;
    make_train(false, 3, 1400, 700);
    add_all();
    mptcpl_merge_finish(&g, &h);
    uint32_t len = g.len;
    memcpy(once, g.packet, len);
    mptcpl_merge_clear(&g);
    for (unsigned i = 0; i < n_in; i++) {
        put(in[i].data + 20 + 16, 2, 0);
    }
    add_all();
    mptcpl_merge_finish(&g, &h);
    assert_int_equal(len, g.len);
    assert_memory_equal(once, g.packet, len);
}

/* The second of two segments; it is changed, and does not fit any more. */
typedef void (*change)(struct packet *p, uint8_t *tcp);

#define CHANGE(name, statement)                      \
    static void name(struct packet *p, uint8_t *tcp) \
    {                                                \
        (void)p;                                     \
        (void)tcp;                                   \
        statement;                                   \
    }

CHANGE(source_port, tcp[1] ^= 1)
CHANGE(destination_port, tcp[3] ^= 1)
CHANGE(gap, tcp[7] ^= 1)
CHANGE(repeated, put(tcp + 4, 4, 0xfffffff0u))
CHANGE(acknowledgement, tcp[11] ^= 1)
CHANGE(data_offset, tcp[12] -= 0x10)
CHANGE(reserved_bit, tcp[12] ^= 1)
CHANGE(with_syn, tcp[13] = ACK | SYN)
CHANGE(with_rst, tcp[13] = ACK | RST)
CHANGE(with_urg, tcp[13] = ACK | URG)
CHANGE(with_cwr, tcp[13] = ACK | CWR)
CHANGE(without_ack, tcp[13] = PSH)
CHANGE(window, tcp[15] ^= 1)
CHANGE(urgent_pointer, tcp[19] ^= 1)
CHANGE(first_option, tcp[20] ^= 1)
CHANGE(last_option, tcp[20 + OPTIONS - 1] ^= 1)
CHANGE(no_payload, p->len -= 1400)
CHANGE(longer_payload, p->len += 1)
CHANGE(service, p->data[1] ^= 1)
CHANGE(address, p->data[tcp - p->data - 1] ^= 1)
CHANGE(other_source, p->data[12] ^= 1)
CHANGE(protocol, p->data[tcp - p->data == 40 ? 6 : 9] = 17)
CHANGE(hops, p->data[tcp - p->data == 40 ? 7 : 8]--)
CHANGE(other_version, p->data[0] ^= 0x20)
CHANGE(truncated, p->len = (uint32_t)(tcp - p->data) + 19)
CHANGE(fragment, p->data[tcp - p->data == 40 ? 6 : 6] = 44)
CHANGE(tail_of_fragments, p->data[tcp - p->data == 40 ? 6 : 7] = 44)

static const change changes[] = {
    source_port,
    destination_port,
    gap,
    repeated,
    acknowledgement,
    data_offset,
    reserved_bit,
    with_syn,
    with_rst,
    with_urg,
    with_cwr,
    without_ack,
    window,
    urgent_pointer,
    first_option,
    last_option,
    no_payload,
    longer_payload,
    service,
    address,
    other_source,
    protocol,
    hops,
    other_version,
    truncated,
    fragment,
    tail_of_fragments,
};

static void given_a_header_that_differs_when_added_then_it_does_not_fit(void **state)
{
    struct virtio_net_hdr h;

    (void)state;
    for (unsigned i = 0; i < 2 * sizeof changes / sizeof changes[0]; i++) {
        bool v6 = i % 2 != 0;
        make_train(v6, 3, 1400, 1400);
        changes[i / 2](&in[1], in[1].data + ip_of(v6));
        assert_true(add(&in[0]));
        assert_false(add(&in[1]));
        n_in = 1;
        assert_int_equal(g.len, in[0].len);
        mptcpl_merge_finish(&g, &h);
        assert_int_equal(h.gso_type, VIRTIO_NET_HDR_GSO_NONE);
    }
}

static void given_the_last_segment_when_another_comes_then_it_does_not_fit(void **state)
{
    static const unsigned ends[] = {ACK | PSH, ACK | FIN, ACK | FIN | PSH, ACK};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        bool shorter = ends[i] == ACK;
        mptcpl_merge_clear(&g);
        make(&in[0], false, 0, 1400, 1400, ACK);
        make(&in[1], false, 1, 1400, shorter ? 1399 : 1400, ends[i]);
        make(&in[2], false, 2, 1400, 1400, ACK);
        put(in[2].data + 24, 4, 0xfffffff0u + in[0].len + in[1].len - 2 * 72);
        assert_true(add(&in[0]));
        assert_true(add(&in[1]));
        assert_false(add(&in[2]));
        n_in = 2;
        finish_and_compare(false);
    }
}

/* A SYN, a pure ACK, a RST, or the last segment of a train stands alone. */
static void
given_a_first_segment_that_nothing_may_follow_when_another_comes_then_it_does_not_fit(void **state)
{
    static const unsigned flags[] = {SYN, ACK | PSH, ACK | FIN, ACK | RST, ACK | URG, ACK | CWR};

    (void)state;
    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        make_train(false, 2, 1400, 1400);
        in[0].data[33] = (uint8_t)flags[i];
        assert_true(add(&in[0]));
        assert_false(add(&in[1]));
    }
    make_train(false, 2, 0, 1400);
    assert_true(add(&in[0]));
    assert_false(add(&in[1]));
}

static void given_64_kilobytes_when_another_segment_comes_then_it_does_not_fit(void **state)
{
    (void)state;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        make_train(v6, 60, 1400, 1400);
        unsigned n = 0;
        while (n < 60 && add(&in[n])) {
            n++;
        }
        assert_int_equal(n, 46);
        assert_true(g.len <= MPTCPL_MERGE_MAX);
        in[n - 1].data[ip_of(v6) + 13] = ACK;
        n_in = n;
        finish_and_compare(v6);
    }
}

/* Nothing is read behind a packet, whatever it says of itself. */
static void given_what_is_no_segment_when_added_then_it_leaves_as_it_is(void **state)
{
    static struct packet p;
    struct virtio_net_hdr h;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t *exact;
        p.len = 1 + world_random() % 100;
        for (uint32_t k = 0; k < p.len; k++) {
            p.data[k] = (uint8_t)world_random();
        }
        p.data[0] = (uint8_t)(i % 2 == 0 ? 0x45 : 0x60);
        exact = test_malloc(p.len);
        memcpy(exact, p.data, p.len);
        struct iovec v = {exact, p.len};
        mptcpl_merge_clear(&g);
        assert_true(mptcpl_merge_add(&g, &v, 1));
        (void)mptcpl_merge_add(&g, &v, 1);
        mptcpl_merge_finish(&g, &h);
        if (h.flags == 0) {
            assert_int_equal(g.len, p.len);
            assert_memory_equal(g.packet, p.data, p.len);
        }
        test_free(exact);
    }
}

static void given_a_packet_that_is_too_long_or_empty_when_added_then_it_is_refused(void **state)
{
    static struct packet p;
    struct iovec v = {p.data, sizeof p.data};

    (void)state;
    mptcpl_merge_clear(&g);
    assert_false(mptcpl_merge_add(&g, &v, 1));
    v.iov_len = 0;
    assert_false(mptcpl_merge_add(&g, &v, 1));
    assert_false(mptcpl_merge_add(&g, &v, 0));
    assert_int_equal(g.len, 0);
}

int test_merge(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_segments_under_one_mapping_when_merged_and_cut_then_they_are_the_same),
        in_world(given_a_segment_alone_when_it_leaves_then_only_its_checksum_is_left_to_the_device),
        in_world(given_no_checksum_when_merged_then_the_packet_is_the_same),
        in_world(given_a_header_that_differs_when_added_then_it_does_not_fit),
        in_world(given_the_last_segment_when_another_comes_then_it_does_not_fit),
        in_world(
            given_a_first_segment_that_nothing_may_follow_when_another_comes_then_it_does_not_fit),
        in_world(given_64_kilobytes_when_another_segment_comes_then_it_does_not_fit),
        in_world(given_what_is_no_segment_when_added_then_it_leaves_as_it_is),
        in_world(given_a_packet_that_is_too_long_or_empty_when_added_then_it_is_refused),
    };
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
