/*
 * packet.c - reads, compares and completes the headers of IP packets with TCP segments (packet.h).
 */
#include "packet.h"

/* The IP header of a packet with a whole TCP segment; 0: it has none, or only a fragment of one. */
static uint32_t ip_header(const uint8_t *p, uint32_t n)
{
    if (n >= MPTCPL_IP4_HEADER && mptcpl_is_v4(p)) {
        uint32_t len = (p[0] & 0x0fu) * 4u;
        bool whole = (p[6] & 0x3fu) == 0 && p[7] == 0;
        return len >= MPTCPL_IP4_HEADER && whole && p[9] == MPTCPL_PROTOCOL_TCP ? len : 0;
    }
    return n >= MPTCPL_IP6_HEADER && p[0] >> 4 == 6 && p[6] == MPTCPL_PROTOCOL_TCP
               ? MPTCPL_IP6_HEADER
               : 0;
}

struct mptcpl_headers mptcpl_headers_of(const uint8_t *p, uint32_t n)
{
    struct mptcpl_headers h = {ip_header(p, n), 0};

    if (h.ip == 0 || n < h.ip + MPTCPL_TCP_HEADER) {
        return (struct mptcpl_headers){0, 0};
    }
    uint32_t tcp = p[h.ip + MPTCPL_AT_OFFSET] / 16u * 4u;
    h.header = h.ip + tcp;
    return tcp < MPTCPL_TCP_HEADER || h.header > n ? (struct mptcpl_headers){0, 0} : h;
}

bool mptcpl_same_ip(const uint8_t *a, const uint8_t *b, uint32_t ip)
{
    if (mptcpl_is_v4(a)) {
        return memcmp(a, b, 2) == 0 && memcmp(a + 6, b + 6, 4) == 0 &&
               memcmp(a + 12, b + 12, ip - 12) == 0;
    }
    return memcmp(a, b, 4) == 0 && memcmp(a + 6, b + 6, ip - 6) == 0;
}

bool mptcpl_follows(const uint8_t *a, const uint8_t *b, uint32_t sent)
{
    return memcmp(a, b, MPTCPL_AT_SEQUENCE) == 0 &&
           mptcpl_get32(b + MPTCPL_AT_SEQUENCE) - mptcpl_get32(a + MPTCPL_AT_SEQUENCE) == sent &&
           memcmp(a + MPTCPL_AT_ACK, b + MPTCPL_AT_ACK, MPTCPL_AT_FLAGS - MPTCPL_AT_ACK) == 0 &&
           memcmp(a + MPTCPL_AT_WINDOW, b + MPTCPL_AT_WINDOW,
                  MPTCPL_AT_CHECKSUM - MPTCPL_AT_WINDOW) == 0 &&
           memcmp(a + MPTCPL_AT_URGENT, b + MPTCPL_AT_URGENT,
                  MPTCPL_TCP_HEADER - MPTCPL_AT_URGENT) == 0;
}

uint32_t mptcpl_sum_words(uint32_t s, const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 2) {
        s += mptcpl_get16(p + i);
    }
    return s;
}

uint32_t mptcpl_sum_fold(uint32_t s)
{
    s = (s & 0xffffu) + (s >> 16);
    return (s & 0xffffu) + (s >> 16);
}

void mptcpl_set_length(uint8_t *packet, uint32_t ip, uint32_t len)
{
    if (!mptcpl_is_v4(packet)) {
        mptcpl_put16(packet + 4, len - MPTCPL_IP6_HEADER);
        return;
    }
    mptcpl_put16(packet + 2, len);
    mptcpl_put16(packet + 10, 0);
    mptcpl_put16(packet + 10, ~mptcpl_sum_fold(mptcpl_sum_words(0, packet, ip)));
}

uint32_t mptcpl_pseudo_header(const uint8_t *packet, uint32_t ip, uint32_t len)
{
    uint32_t s = MPTCPL_PROTOCOL_TCP + len - ip;

    return mptcpl_is_v4(packet) ? mptcpl_sum_words(s, packet + 12, 8)
                                : mptcpl_sum_words(s, packet + 8, 32);
}
