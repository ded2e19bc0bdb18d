/*
 * checksum.c - the DSS checksum (RFC 8684 s3.3.1): the one's-complement sum of TCP over
 * payload and the pseudo-header {DSN 64, SSN 32, length 16, zero 16}.
 *
 * In the other byte order the sum is the same with its two octets swapped (RFC 1071). So words are
 * added as the machine loads them, and the total is swapped once at the end. On a 64-bit machine
 * words of 64 bits are added, each four words of 16 side by side, and the carries are counted: the
 * result is the same modulo 2^16 - 1. Four separate sums are kept, so that the processor can add in
 * parallel.
 */
#include "wire.h"

/* Returns the low 16 bits of v with their octets swapped. */
static uint16_t swap16(uint32_t v)
{
    return (uint16_t)((v << 8) | (v >> 8));
}

/* True if the machine stores the low octet of a number first. */
static bool little_endian(void)
{
    const uint8_t octets[2] = {0, 1};
    uint16_t word;
    memcpy(&word, octets, sizeof word);
    return word != 1;
}

uint16_t mptcp_sum_fold(uint32_t sum)
{
    sum = (sum & 0xffffu) + (sum >> 16);
    return (uint16_t)((sum & 0xffffu) + (sum >> 16));
}

/* Returns sum plus the 64-bit word at p; a carry out of it adds 1 to *carries, and will be added to
 * the total as 1. */
static inline uint64_t add_word(uint64_t sum, const uint8_t *p, uint64_t *carries)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    sum += word;
    *carries += sum < word;
    return sum;
}

/* Adds the two 32-bit halves of a sum, which keeps its value modulo 2^16 - 1. */
static uint64_t halves(uint64_t sum)
{
    return (sum >> 32) + (uint32_t)sum;
}

/* Returns the sum of n octets in the machine's byte order, for 64-bit machines. n must be a
 * multiple of 8 and below 2^32. */
static uint64_t sum_wide(const uint8_t *p, size_t n)
{
    uint64_t carries = 0;
    uint64_t a = 0;
    uint64_t b = 0;
    uint64_t c = 0;
    uint64_t d = 0;

    for (; n >= 32; p += 32, n -= 32) {
        a = add_word(a, p, &carries);
        b = add_word(b, p + 8, &carries);
        c = add_word(c, p + 16, &carries);
        d = add_word(d, p + 24, &carries);
    }
    for (; n > 0; p += 8, n -= 8) {
        a = add_word(a, p, &carries);
    }
    return halves(a) + halves(b) + halves(c) + halves(d) + carries;
}

/* Does the same for smaller machines: adds words of 32 bits; the carries gather in the high half.
 */
static uint64_t sum_narrow(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;

    for (; n > 0; p += 4, n -= 4) {
        uint32_t word;
        memcpy(&word, p, sizeof word);
        sum += word;
    }
    return sum;
}

/* Returns the folded sum of n octets, a multiple of 8, in the machine's byte order. */
static uint16_t sum_words(const uint8_t *p, size_t n)
{
    uint64_t sum = sizeof n > sizeof(uint32_t) ? sum_wide(p, n) : sum_narrow(p, n);
    return mptcp_sum_fold((uint32_t)halves(halves(sum)));
}

uint32_t mptcp_sum(uint32_t sum, const void *data, size_t n, bool odd)
{
    const uint8_t *p = (const uint8_t *)data;
    n = data != NULL ? n : 0;
    size_t words = n & ~(size_t)7;
    uint32_t total = sum_words(p, words);
    uint16_t half;

    for (p += words, n -= words; n >= 2; p += 2, n -= 2) {
        memcpy(&half, p, 2);
        total += half;
    }
    if (n > 0) {
        half = 0;
        memcpy(&half, p, 1);
        total += half;
    }
    total = mptcp_sum_fold(total);
    return mptcp_sum_fold(sum) + (little_endian() != odd ? swap16(total) : total);
}

uint16_t mptcp_dss_checksum(mptcp_dsn dsn, mptcp_ssn ssn, uint16_t dll, uint32_t sum)
{
    uint32_t dsn_high = mptcp_sum_fold((uint32_t)(dsn.v >> 32));
    uint32_t header = dsn_high + mptcp_sum_fold((uint32_t)dsn.v) + mptcp_sum_fold(ssn.v) + dll;
    return (uint16_t)~mptcp_sum_fold(header + mptcp_sum_fold(sum));
}
