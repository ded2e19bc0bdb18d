/*
 * wire_test.h - what the tests of codec and crypto share: octets from hex, a seeded
 * generator, a reader of small pcap files that needs no library.
 *
 * Captures are opened relative to the top of the tree, where tests are run.
 * One that is missing or not understood fails the test.
 */
#ifndef WIRE_TEST_H
#define WIRE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mptcp/option.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Octets written as hex; stops at the end of the text. Gives their number. */
static inline size_t from_hex(const char *hex, uint8_t *out, size_t room)
{
    size_t n = 0;
    for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        unsigned octet = 0;
        assert_int_equal(sscanf(hex, "%2x", &octet), 1);
        assert_true(n < room);
        out[n++] = (uint8_t)octet;
    }
    return n;
}

/* xorshift64*: the same numbers on every machine. The seed must not be 0. */
static inline uint64_t random64(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1du;
}

static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((random64(state) >> 32) % n);
}

/* A copy that ends where the octets end, so that a sanitizer sees one read too many. */
static inline uint8_t *exact_copy(const uint8_t *p, size_t n)
{
    uint8_t *copy = (uint8_t *)malloc(n == 0 ? 1 : n);
    assert_non_null(copy);
    if (n > 0) {
        memcpy(copy, p, n);
    }
    return copy;
}

/* Reads one option that must be accepted whole. */
static inline struct mptcp_option read_hex(const char *hex)
{
    uint8_t octets[64];
    size_t n = from_hex(hex, octets, sizeof octets);
    struct mptcp_option opt;
    memset(&opt, 0xa5, sizeof opt);
    uint8_t *copy = exact_copy(octets, n);
    struct mptcp_refusal why;
    int len = mptcp_option_read(copy, n, &opt, &why);
    free(copy);
    assert_int_equal(why.code, MPTCP_OK);
    assert_int_equal(len, (int)n);
    return opt;
}

/* Reads one option that must be refused, with nothing written; gives the reason. */
static inline struct mptcp_refusal refuse_hex(const char *hex)
{
    uint8_t octets[64];
    size_t n = from_hex(hex, octets, sizeof octets);
    struct mptcp_option opt;
    struct mptcp_option before;
    memset(&opt, 0xa5, sizeof opt);
    before = opt;
    uint8_t *copy = exact_copy(octets, n);
    struct mptcp_refusal why;
    int code = mptcp_option_read(copy, n, &opt, &why);
    assert_int_equal(code, mptcp_option_read(copy, n, &opt, NULL));
    free(copy);
    assert_true(code < 0);
    assert_int_equal(code, why.code);
    assert_memory_equal(&opt, &before, sizeof opt);
    return why;
}

#define assert_refused(hex, expected_code, expected_octet)                                     \
    do {                                                                                       \
        struct mptcp_refusal refusal_ = refuse_hex(hex);                                       \
        assert_string_equal(mptcp_error_name(refusal_.code), mptcp_error_name(expected_code)); \
        assert_int_equal(refusal_.octet, (expected_octet));                                    \
    } while (0)

/* Writes the option: exactly these octets, in exactly the room they need and not in less. */
static inline void assert_writes(const struct mptcp_option *opt, const char *hex)
{
    uint8_t expected[64];
    uint8_t octets[64];
    size_t n = from_hex(hex, expected, sizeof expected);
    memset(octets, 0x5a, sizeof octets);
    assert_int_equal(mptcp_option_length(opt), (int)n);
    for (size_t room = 0; room < n; room++) {
        assert_int_equal(mptcp_option_write(opt, octets, room), MPTCP_E_ROOM);
        assert_int_equal(octets[0], 0x5a);
    }
    assert_int_equal(mptcp_option_write(opt, octets, n), (int)n);
    assert_memory_equal(octets, expected, n);
    assert_int_equal(octets[n], 0x5a);
}

/* Contents that no option has: this code, and not one octet written. */
static inline void assert_not_written(const struct mptcp_option *opt, int code)
{
    uint8_t octets[64];
    uint8_t before[64];
    memset(octets, 0x5a, sizeof octets);
    memcpy(before, octets, sizeof octets);
    assert_int_equal(mptcp_option_length(opt), code);
    assert_int_equal(mptcp_option_write(opt, octets, sizeof octets), code);
    assert_memory_equal(octets, before, sizeof octets);
}

/* A TCP segment of a capture; the pointers are into the capture. */
struct segment {
    unsigned number; /* of the packet, the first is 1 */
    uint16_t from_port;
    uint16_t to_port;
    unsigned tcp_flags;
    const uint8_t *options;
    size_t options_len;
    const uint8_t *payload;
    size_t payload_len;
};

struct capture {
    uint8_t octets[65536];
    size_t n;
    size_t at;
    size_t link_len; /* of the header before the IP header */
    unsigned number;
};

static inline uint32_t little32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void capture_open(struct capture *c, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "test/vectors/%s", name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fail_msg("cannot open %s: run the tests from the top of the tree", path);
        return;
    }
    c->n = fread(c->octets, 1, sizeof c->octets, f);
    fclose(f);
    assert_true(c->n >= 24 && c->n < sizeof c->octets);
    assert_int_equal(little32(c->octets), 0xa1b2c3d4u);
    switch (little32(c->octets + 20)) {
    case 1: /* Ethernet */
        c->link_len = 14;
        break;
    case 101: /* raw IP */
        c->link_len = 0;
        break;
    case 113: /* Linux cooked */
        c->link_len = 16;
        break;
    default:
        fail_msg("%s has a link layer that is not known here", path);
    }
    c->at = 24;
    c->number = 0;
}

/* The next IPv4 TCP segment; false at the end. Packets that are no such segment are passed over. */
static inline bool capture_next(struct capture *c, struct segment *s)
{
    while (c->at + 16 <= c->n) {
        size_t caught = little32(c->octets + c->at + 8);
        const uint8_t *packet = c->octets + c->at + 16;
        assert_true(caught <= c->n - c->at - 16);
        c->at += 16 + caught;
        c->number++;
        if (caught < c->link_len + 40 || packet[c->link_len + 9] != 6) {
            continue;
        }
        const uint8_t *ip = packet + c->link_len;
        size_t total = (size_t)(ip[2] << 8 | ip[3]);
        size_t there = caught - c->link_len < total ? caught - c->link_len : total;
        const uint8_t *tcp = ip + (size_t)(ip[0] & 15) * 4;
        size_t head = (size_t)(tcp[12] >> 4) * 4;
        size_t before = (size_t)(tcp - ip);
        s->number = c->number;
        s->from_port = (uint16_t)(tcp[0] << 8 | tcp[1]);
        s->to_port = (uint16_t)(tcp[2] << 8 | tcp[3]);
        s->tcp_flags = tcp[13];
        s->options = tcp + 20;
        s->options_len = (there < before + head ? there - before : head) - 20;
        s->payload = tcp + head;
        s->payload_len = there < before + head ? 0 : there - before - head;
        return true;
    }
    return false;
}

#endif
