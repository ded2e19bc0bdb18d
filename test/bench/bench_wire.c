/*
 * bench_wire.c - what the codec costs: reading the options area of a data segment,
 * writing a DSS, summing the payload of a segment. Each beside a floor, in the same run: the two
 * take turns, the best round of each counts, and their ratio has a limit. The floor of reading
 * is to load the 40 octets, that of the checksum a plain loop at -O3.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mptcp/option.h"

#define ROUNDS 40u
#define PAYLOAD 1424u

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Results are added up here, so that no work can be left out. */
static volatile uint64_t sink;

struct area {
    uint8_t octets[MPTCP_OPTION_MAX];
    size_t n;
};

static struct area areas[4];
static uint8_t payload[PAYLOAD];

static void make_area(struct area *a, bool timestamps, unsigned flags, bool checksum)
{
    static const uint8_t ts[12] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    struct mptcp_option opt;
    memset(a, 0, sizeof *a);
    memset(&opt, 0, sizeof opt);
    if (timestamps) {
        memcpy(a->octets, ts, sizeof ts);
        a->n = sizeof ts;
    }
    opt.subtype = MPTCP_DSS;
    opt.u.dss.flags = (uint8_t)flags;
    opt.u.dss.has_checksum = checksum;
    opt.u.dss.data_ack = 0x1122334455667788u;
    opt.u.dss.dsn = 0x99aabbccddeeff00u;
    opt.u.dss.ssn = 1;
    opt.u.dss.dll = PAYLOAD;
    int len = mptcp_option_write(&opt, a->octets + a->n, sizeof a->octets - a->n);
    if (len < 0) {
        fprintf(stderr, "bench_wire: %s\n", mptcp_error_text(len));
        exit(1);
    }
    a->n += (size_t)len;
    while (a->n % 4 != 0) {
        a->octets[a->n++] = 1;
    }
}

static void plain_put(uint8_t *p, uint64_t v, unsigned n)
{
    while (n-- > 0) {
        p[n] = (uint8_t)v;
        v >>= 8;
    }
}

static unsigned plain_write(const struct mptcp_dss *d, uint8_t *p)
{
    unsigned at = 4;
    p[0] = MPTCP_OPTION_KIND;
    p[2] = MPTCP_DSS << 4;
    p[3] = d->flags;
    if ((d->flags & MPTCP_DSS_ACK) != 0) {
        unsigned n = (d->flags & MPTCP_DSS_ACK64) != 0 ? 8 : 4;
        plain_put(p + at, d->data_ack, n);
        at += n;
    }
    if ((d->flags & MPTCP_DSS_MAP) != 0) {
        unsigned n = (d->flags & MPTCP_DSS_DSN64) != 0 ? 8 : 4;
        plain_put(p + at, d->dsn, n);
        plain_put(p + at + n, d->ssn, 4);
        plain_put(p + at + n + 4, d->dll, 2);
        at += n + 6;
        if (d->has_checksum) {
            plain_put(p + at, d->checksum, 2);
            at += 2;
        }
    }
    p[1] = (uint8_t)at;
    return at;
}

/* The floor of a checksum: a loop over words of 64 bits, as the compiler makes it at -O3 (test.mk
 * builds this file so). */
static uint32_t plain_sum(const uint8_t *p, size_t n)
{
    uint64_t low = 0;
    uint64_t high = 0;
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        low += (uint32_t)word;
        high += word >> 32;
    }
    low += high;
    return mptcp_sum_fold((uint32_t)low) + mptcp_sum_fold((uint32_t)(low >> 32));
}

/* The floor of reading an area: its 40 octets loaded, each word added to a sum that depends on all
 * before it and on their order. */
static uint64_t plain_load(const uint8_t *p, uint64_t sum)
{
    for (unsigned i = 0; i < 40; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        sum = (sum << 1 | sum >> 63) + word;
    }
    return sum;
}

/* Each does its job `times` times and returns something that depends on all of them. */
static uint64_t read_ours(const void *arg, unsigned times)
{
    const struct area *a = (const struct area *)arg;
    struct mptcp_options out;
    uint64_t seen = 0;
    for (unsigned i = 0; i < times; i++) {
        mptcp_options_read(a->octets, a->n, MPTCP_TCP_ACK, &out, NULL);
        seen += out.present + out.dss.data_ack + out.dss.dsn;
    }
    return seen;
}

/* Called through a pointer, as the library's functions are from another file. */
static uint64_t (*volatile plain_loader)(const uint8_t *, uint64_t) = plain_load;
static unsigned (*volatile plain_writer)(const struct mptcp_dss *, uint8_t *) = plain_write;
static uint32_t (*volatile plain_summer)(const uint8_t *, size_t) = plain_sum;

static uint64_t read_floor(const void *arg, unsigned times)
{
    const struct area *a = (const struct area *)arg;
    uint64_t seen = 0;
    for (unsigned i = 0; i < times; i++) {
        seen = plain_loader(a->octets, seen);
    }
    return seen;
}

static uint64_t write_ours(const void *arg, unsigned times)
{
    struct mptcp_option opt = *(const struct mptcp_option *)arg;
    uint8_t octets[MPTCP_OPTION_MAX];
    uint64_t seen = 0;
    for (unsigned i = 0; i < times; i++) {
        opt.u.dss.data_ack += i;
        seen += (unsigned)mptcp_option_write(&opt, octets, sizeof octets);
        seen += octets[11];
    }
    return seen;
}

static uint64_t write_plain(const void *arg, unsigned times)
{
    struct mptcp_option opt = *(const struct mptcp_option *)arg;
    uint8_t octets[MPTCP_OPTION_MAX];
    uint64_t seen = 0;
    for (unsigned i = 0; i < times; i++) {
        opt.u.dss.data_ack += i;
        seen += plain_writer(&opt.u.dss, octets);
        seen += octets[11];
    }
    return seen;
}

static uint64_t sum_ours(const void *arg, unsigned times)
{
    uint64_t seen = 0;
    for (unsigned i = 0; i < times; i++) {
        seen += mptcp_sum_fold(mptcp_sum(0, arg, PAYLOAD, false));
    }
    return seen;
}

static uint64_t sum_plain(const void *arg, unsigned times)
{
    uint64_t seen = 0;
    for (unsigned i = 0; i < times; i++) {
        seen += mptcp_sum_fold(plain_summer((const uint8_t *)arg, PAYLOAD));
    }
    return seen;
}

static double once(uint64_t (*job)(const void *, unsigned), const void *arg, unsigned times)
{
    double start = now_ns();
    sink += job(arg, times);
    return (now_ns() - start) / times;
}

/* Prints the best round of each and their ratio; counts it as a failure if that is above limit. */
static unsigned failures;

static void compare(const char *name, uint64_t (*ours)(const void *, unsigned),
                    uint64_t (*floor)(const void *, unsigned), const void *arg, unsigned times,
                    double limit)
{
    double best = 1e9;
    double best_floor = 1e9;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double a = once(ours, arg, times);
        double b = once(floor, arg, times);
        best = a < best ? a : best;
        best_floor = b < best_floor ? b : best_floor;
    }
    double ratio = best / best_floor;
    failures += limit > 0 && ratio > limit;
    printf("%-36s %7.1f ns   floor %7.1f ns   ratio %.2f", name, best, best_floor, ratio);
    if (limit > 0) {
        printf(" of at most %.1f%s", limit, ratio > limit ? "  TOO MUCH" : "");
    }
    printf("\n");
}

int main(void)
{
    const unsigned all = MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    for (unsigned i = 0; i < PAYLOAD; i++) {
        payload[i] = (uint8_t)(i * 131u + 7u);
    }
    make_area(&areas[0], true, MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_DSN64, false);
    make_area(&areas[1], true, all, false);
    make_area(&areas[2], false, all, true);
    make_area(&areas[3], true, MPTCP_DSS_ACK | MPTCP_DSS_ACK64, false);

    struct mptcp_option opt;
    memset(&opt, 0, sizeof opt);
    opt.subtype = MPTCP_DSS;
    opt.u.dss.flags = (uint8_t)all;
    opt.u.dss.dll = PAYLOAD;

    compare("read: timestamps, DSS ack32 map64", read_ours, read_floor, &areas[0], 200000, 1.5);
    compare("read: timestamps, DSS ack64 map64", read_ours, read_floor, &areas[1], 200000, 1.5);
    compare("read: DSS ack64 map64 checksum", read_ours, read_floor, &areas[2], 200000, 1.5);
    compare("read: timestamps, DSS ack64", read_ours, read_floor, &areas[3], 200000, 1.5);
    compare("write: DSS ack64 map64", write_ours, write_plain, &opt, 200000, 0);
    compare("checksum: 1424 octets", sum_ours, sum_plain, payload, 20000, 1.3);
    if (failures > 0) {
        printf("bench_wire: %u above the limit\n", failures);
    }
    return failures > 0;
}
