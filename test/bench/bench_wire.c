/*
 * bench_wire.c - what the codec costs: reading the options area of a data segment,
 * writing a DSS, summing the payload of a segment. Each beside a plain loop
 * that does the same, in the same run: the two take turns, the best round of
 * each counts, and the ratio says more than the nanoseconds.
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

static uint64_t number(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;
    while (n-- > 0) {
        v = v << 8 | *p++;
    }
    return v;
}

/* The plain strict loop: every option by its kind, the DSS field by field. */
static bool plain_read(const uint8_t *p, size_t n, struct mptcp_dss *out)
{
    bool found = false;
    size_t at = 0;
    while (at < n && p[at] != 0) {
        if (p[at] == 1) {
            at++;
            continue;
        }
        if (n - at < 2 || p[at + 1] < 2 || p[at + 1] > n - at) {
            return false;
        }
        const uint8_t *o = p + at;
        unsigned len = o[1];
        at += len;
        if (o[0] != MPTCP_OPTION_KIND || len < 4 || o[2] >> 4 != MPTCP_DSS) {
            continue;
        }
        unsigned flags = o[3];
        unsigned ack = (flags & MPTCP_DSS_ACK) != 0 ? ((flags & MPTCP_DSS_ACK64) != 0 ? 8 : 4) : 0;
        unsigned dsn = (flags & MPTCP_DSS_MAP) != 0 ? ((flags & MPTCP_DSS_DSN64) != 0 ? 8 : 4) : 0;
        unsigned want = 4 + ack + (dsn != 0 ? dsn + 6 : 0);
        if (found || (len != want && (dsn == 0 || len != want + 2))) {
            return false;
        }
        memset(out, 0, sizeof *out);
        out->flags = (uint8_t)flags;
        out->has_checksum = len != want;
        out->data_ack = number(o + 4, ack);
        if (dsn != 0) {
            const uint8_t *map = o + 4 + ack;
            out->dsn = number(map, dsn);
            out->ssn = (uint32_t)number(map + dsn, 4);
            out->dll = (uint16_t)number(map + dsn + 4, 2);
            out->checksum = out->has_checksum ? (uint16_t)number(map + dsn + 6, 2) : 0;
        }
        found = true;
    }
    return found;
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

static uint32_t plain_sum(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    }
    return (n & 1) != 0 ? sum + (uint32_t)(p[n - 1] << 8) : sum;
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
static bool (*volatile plain_reader)(const uint8_t *, size_t, struct mptcp_dss *) = plain_read;
static unsigned (*volatile plain_writer)(const struct mptcp_dss *, uint8_t *) = plain_write;
static uint32_t (*volatile plain_summer)(const uint8_t *, size_t) = plain_sum;

static uint64_t read_plain(const void *arg, unsigned times)
{
    const struct area *a = (const struct area *)arg;
    struct mptcp_dss out;
    uint64_t seen = 0;
    for (unsigned i = 0; i < times; i++) {
        seen += plain_reader(a->octets, a->n, &out) + out.data_ack + out.dsn;
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

static void compare(const char *name, uint64_t (*ours)(const void *, unsigned),
                    uint64_t (*plain)(const void *, unsigned), const void *arg, unsigned times)
{
    double best = 1e9;
    double best_plain = 1e9;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double a = once(ours, arg, times);
        double b = once(plain, arg, times);
        best = a < best ? a : best;
        best_plain = b < best_plain ? b : best_plain;
    }
    printf("%-44s %7.1f ns   plain %7.1f ns   ratio %.2f\n", name, best, best_plain,
           best / best_plain);
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

    compare("read: timestamps, DSS ack32 map64", read_ours, read_plain, &areas[0], 200000);
    compare("read: timestamps, DSS ack64 map64", read_ours, read_plain, &areas[1], 200000);
    compare("read: DSS ack64 map64 checksum", read_ours, read_plain, &areas[2], 200000);
    compare("read: timestamps, DSS ack64", read_ours, read_plain, &areas[3], 200000);
    compare("write: DSS ack64 map64", write_ours, write_plain, &opt, 200000);
    compare("checksum: 1424 octets", sum_ours, sum_plain, payload, 20000);
    return 0;
}
