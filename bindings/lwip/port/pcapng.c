/*
 * pcapng.c - see pcapng.h. Blocks are written in the host's byte order, as the
 * format allows; the section header tells which it is.
 */
#include "pcapng.h"

#include <string.h>

#define SECTION 0x0a0d0d0au
#define INTERFACE 1u
#define PACKET 6u
#define ORDER 0x1a2b3c4du
#define LINKTYPE_RAW 101u
#define OPT_IF_NAME 2u

static uint32_t padded(uint32_t len)
{
    return (len + 3u) & ~3u;
}

static bool put(FILE *f, const void *p, size_t n)
{
    return fwrite(p, 1, n, f) == n;
}

static bool put_padding(FILE *f, uint32_t len)
{
    static const uint8_t zero[4] = {0};
    return put(f, zero, padded(len) - len);
}

bool mptcpl_pcapng_begin(FILE *f)
{
    uint32_t block[7] = {SECTION, sizeof block, ORDER, 0, UINT32_MAX, UINT32_MAX, sizeof block};
    uint16_t version[2] = {1, 0};
    memcpy(&block[3], version, sizeof version);
    return put(f, block, sizeof block);
}

bool mptcpl_pcapng_interface(FILE *f, const char *name)
{
    uint32_t len = (uint32_t)strlen(name);
    uint32_t total = 8 + 8 + 4 + padded(len) + 4 + 4;
    uint32_t head[4] = {INTERFACE, total, 0, 0};
    uint16_t link[2] = {LINKTYPE_RAW, 0};
    uint16_t option[2] = {OPT_IF_NAME, (uint16_t)len};
    uint32_t end[2] = {0, total};

    memcpy(&head[2], link, sizeof link);
    return put(f, head, sizeof head) && put(f, option, sizeof option) && put(f, name, len) &&
           put_padding(f, len) && put(f, end, sizeof end);
}

bool mptcpl_pcapng_packet(FILE *f, uint32_t interface, uint64_t us, const void *packet,
                          uint32_t len)
{
    uint32_t total = 28 + padded(len) + 4;
    uint32_t head[7] = {PACKET, total, interface, (uint32_t)(us >> 32), (uint32_t)us, len, len};

    return put(f, head, sizeof head) && put(f, packet, len) && put_padding(f, len) &&
           put(f, &total, sizeof total);
}
