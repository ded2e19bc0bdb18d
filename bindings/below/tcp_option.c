/*
 * tcp_option.c - walks over the options of a TCP header (RFC 9293 s3.2).
 */
#include "tcp_option.h"

#include <string.h>

#define END 0u
#define NOP 1u
#define SACK_BLOCK 8u

/* The offset after the option at i, or UINT32_MAX if that is malformed. */
static uint32_t after(const uint8_t *area, uint32_t length, uint32_t i)
{
    if (area[i] == NOP) {
        return i + 1;
    }
    bool cut_off = length - i < 2 || area[i + 1] < 2 || area[i + 1] > length - i;
    return cut_off ? UINT32_MAX : i + area[i + 1];
}

/* Finds the first option of this kind. *nops: how many NOPs stand right before it. */
static uint32_t find(const uint8_t *area, uint32_t length, uint8_t kind, uint8_t size,
                     uint32_t *nops)
{
    uint32_t i = 0;

    *nops = 0;
    while (i < length && area[i] != END) {
        uint32_t next = after(area, length, i);
        if (next == UINT32_MAX) {
            break;
        }
        if (area[i] == kind) {
            return area[i + 1] >= size ? i : UINT32_MAX;
        }
        *nops = area[i] == NOP ? *nops + 1 : 0;
        i = next;
    }
    return UINT32_MAX;
}

uint32_t tcp_option_find(const uint8_t *area, uint32_t length, uint8_t kind, uint8_t size)
{
    uint32_t nops;

    return find(area, length, kind, size, &nops);
}

uint32_t tcp_option_open(uint8_t *area, uint32_t length)
{
    uint32_t i = 0;

    while (i < length && area[i] != END) {
        uint32_t next = after(area, length, i);
        if (next == UINT32_MAX) {
            return length;
        }
        i = next;
    }
    while (i % 4 != 0) {
        area[i++] = NOP;
    }
    return i;
}

/* Takes n octets out at `at`; fills up with NOPs to a multiple of 4. */
static uint32_t cut(uint8_t *area, uint32_t length, uint32_t at, uint32_t n)
{
    memmove(area + at, area + at + n, length - at - n);
    length -= n;
    while (length % 4 != 0) {
        area[length++] = NOP;
    }
    return length;
}

uint32_t tcp_option_less_sack(uint8_t *area, uint32_t length)
{
    uint32_t nops;
    uint32_t at = find(area, length, TCP_OPTION_SACK, 2 + SACK_BLOCK, &nops);

    if (at == UINT32_MAX) {
        return length;
    }
    uint32_t size = area[at + 1];
    if (size >= 2 + 2 * SACK_BLOCK) {
        /* The block that was reported first is the newest (RFC 2018 s4): the last one goes. */
        area[at + 1] = (uint8_t)(size - SACK_BLOCK);
        return cut(area, length, at + size - SACK_BLOCK, SACK_BLOCK);
    }
    uint32_t aligning = nops < 2 ? nops : 2;
    return cut(area, length, at - aligning, size + aligning);
}
