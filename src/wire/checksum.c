/*
 * checksum.c - the DSS checksum (RFC 8684 s3.3.1): the one's-complement sum of TCP over
 * payload and the pseudo-header {DSN 64, SSN 32, length 16, zero 16}.
 *
 * The sum is the same in either byte order but for a swap of its two octets
 * (RFC 1071), so words are read as most machines load them and the total is
 * swapped once at the end. The inner loop has a constant count and no carry
 * between its sums, which is what compilers need to use vector registers.
 */
#include "wire.h"

#define BLOCK 128u

static uint16_t swap16(uint32_t v)
{
    return (uint16_t)((v << 8) | (v >> 8));
}

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

uint32_t mptcp_sum(uint32_t sum, const void *data, size_t n, bool odd)
{
    const uint8_t *p = (const uint8_t *)data;
    uint32_t total = 0;
    for (; n >= BLOCK; p += BLOCK, n -= BLOCK) {
        uint32_t low = 0;
        uint32_t high = 0;
        for (unsigned i = 0; i < BLOCK; i += 4) {
            uint32_t word;
            memcpy(&word, p + i, 4);
            low += word & 0xffffu;
            high += word >> 16;
        }
        total = mptcp_sum_fold(total) + low + high;
    }
    uint16_t half = 0;
    for (; n >= 2; p += 2, n -= 2) {
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
