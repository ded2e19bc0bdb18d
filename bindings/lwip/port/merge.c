/*
 * merge.c - merges TCP segments for segmentation offload (merge.h).
 */
#include "port/merge.h"

#include <string.h>

/* The segment with the TCP header b, of `tcp` octets, may stand `sent` octets behind that with the
 * header a: PSH and FIN are the last segment's. */
static bool continues(const uint8_t *a, const uint8_t *b, uint32_t tcp, uint32_t sent)
{
    return mptcpl_follows(a, b, sent) && a[MPTCPL_AT_FLAGS] == MPTCPL_ACK &&
           (b[MPTCPL_AT_FLAGS] & ~(MPTCPL_PSH | MPTCPL_FIN)) == MPTCPL_ACK &&
           memcmp(a + MPTCPL_TCP_HEADER, b + MPTCPL_TCP_HEADER, tcp - MPTCPL_TCP_HEADER) == 0;
}

static bool fits(const struct mptcpl_merge *g, const uint8_t *p, struct mptcpl_headers h,
                 uint32_t len)
{
    return !g->ended && h.ip == g->ip && h.header == g->header && len > h.header &&
           len - h.header <= g->segment && len - h.header <= MPTCPL_MERGE_MAX - g->len &&
           mptcpl_same_ip(g->packet, p, h.ip) &&
           continues(g->packet + h.ip, p + h.ip, h.header - h.ip, g->len - h.header);
}

/* Behind what is there, without the first `skip` octets of the pieces. */
static void append(struct mptcpl_merge *g, const struct iovec *v, int n, uint32_t skip)
{
    for (int i = 0; i < n; i++) {
        const uint8_t *from = v[i].iov_base;
        uint32_t len = (uint32_t)v[i].iov_len;
        uint32_t left_out = skip < len ? skip : len;
        memcpy(g->packet + g->len, from + left_out, len - left_out);
        g->len += len - left_out;
        skip -= left_out;
    }
}

static void begin(struct mptcpl_merge *g, const struct iovec *v, int n, struct mptcpl_headers h,
                  uint32_t len)
{
    append(g, v, n, 0);
    g->ip = (uint16_t)h.ip;
    g->header = (uint16_t)h.header;
    g->segments = 1;
    g->segment = (uint16_t)(h.ip == 0 ? 0 : len - h.header);
    g->ended = g->segment == 0 || g->packet[h.ip + MPTCPL_AT_FLAGS] != MPTCPL_ACK;
}

bool mptcpl_merge_add(struct mptcpl_merge *g, const struct iovec *v, int n)
{
    size_t len = 0;

    for (int i = 0; i < n; i++) {
        len += v[i].iov_len;
    }
    if (n == 0 || len == 0 || len > MPTCPL_MERGE_MAX) {
        return false;
    }
    const uint8_t *p = v[0].iov_base;
    struct mptcpl_headers h = mptcpl_headers_of(p, (uint32_t)v[0].iov_len);
    if (g->len == 0) {
        begin(g, v, n, h, (uint32_t)len);
        return true;
    }
    if (!fits(g, p, h, (uint32_t)len)) {
        return false;
    }
    uint8_t flags = p[h.ip + MPTCPL_AT_FLAGS];
    append(g, v, n, h.header);
    g->packet[h.ip + MPTCPL_AT_FLAGS] = flags;
    g->segments++;
    g->ended = flags != MPTCPL_ACK || len - h.header < g->segment;
    return true;
}

/* ------------------------------------------------------------------ what the device gets */

void mptcpl_merge_finish(struct mptcpl_merge *g, struct virtio_net_hdr *h)
{
    memset(h, 0, sizeof *h);
    if (g->ip == 0) {
        return;
    }
    mptcpl_set_length(g->packet, g->ip, g->len);
    mptcpl_put16(g->packet + g->ip + MPTCPL_AT_CHECKSUM,
                 mptcpl_sum_fold(mptcpl_pseudo_header(g->packet, g->ip, g->len)));
    h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    h->csum_start = g->ip;
    h->csum_offset = MPTCPL_AT_CHECKSUM;
    h->hdr_len = g->header;
    if (g->segments > 1) {
        h->gso_type = mptcpl_is_v4(g->packet) ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
        h->gso_size = g->segment;
    }
}

void mptcpl_merge_clear(struct mptcpl_merge *g)
{
    g->len = g->ip = g->header = g->segment = g->segments = 0;
    g->ended = false;
}
