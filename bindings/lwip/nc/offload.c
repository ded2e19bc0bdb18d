/*
 * offload.c - packets of a TUN device behind virtio's header (offload.h).
 *
 * Out, a packet waits until one comes that it cannot be merged with, or until the loop has nothing
 * else to do: so none is late. Packets leave in the order in which they came.
 */
#include "offload.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

int nc_pieces(const struct pbuf *p, struct iovec v[NC_PIECES])
{
    int n = 0;

    for (; p != NULL && n < NC_PIECES; p = p->next) {
        v[n].iov_base = p->payload;
        v[n].iov_len = p->len;
        n++;
    }
    return n;
}

bool nc_offload_possible(int fd)
{
    unsigned features = 0;
    return ioctl(fd, TUNGETFEATURES, &features) == 0 && (features & IFF_VNET_HDR) != 0;
}

void nc_offload_ask(int fd, bool on)
{
    unsigned long what = on ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
    int size = sizeof(struct virtio_net_hdr);

    if (ioctl(fd, TUNSETOFFLOAD, what) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &size) < 0) {
        return; /* then it gives packets as it gives them to anybody */
    }
}

void nc_offload_flush(int fd, struct mptcpl_merge *waiting)
{
    struct virtio_net_hdr h;
    struct iovec v[2] = {{&h, sizeof h}, {waiting->packet, waiting->len}};

    if (waiting->len == 0) {
        return;
    }
    mptcpl_merge_finish(waiting, &h);
    mptcpl_merge_clear(waiting);
    if (writev(fd, v, 2) < 0) {
        return; /* lost, whatever the reason */
    }
}

void nc_offload_put(int fd, struct mptcpl_merge *waiting, const struct iovec *v, int n)
{
    if (!mptcpl_merge_add(waiting, v, n)) {
        nc_offload_flush(fd, waiting);
        (void)mptcpl_merge_add(waiting, v, n); /* lost if it is too long for any packet */
    }
}

/* What was read behind the buffers of p. */
static bool extend(struct pbuf *p, const uint8_t *rest, size_t n)
{
    struct pbuf *q = pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_RAM);

    if (q == NULL) {
        return false;
    }
    pbuf_take(q, rest, (u16_t)n);
    pbuf_cat(p, q);
    return true;
}

ssize_t nc_offload_get(int fd, struct pbuf *p, bool *whole)
{
    static uint8_t rest[MPTCPL_MERGE_MAX];
    struct virtio_net_hdr h;
    struct iovec v[NC_PIECES + 2] = {{&h, sizeof h}};
    int n = 1 + nc_pieces(p, v + 1);

    v[n] = (struct iovec){rest, MPTCPL_MERGE_MAX - p->tot_len};
    ssize_t got = readv(fd, v, n + 1);
    if (got <= (ssize_t)sizeof h) {
        return got > 0 ? 0 : got;
    }
    *whole = (h.flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID)) != 0;
    size_t len = (size_t)got - sizeof h;
    if (len <= p->tot_len) {
        pbuf_realloc(p, (u16_t)len);
    } else if (!extend(p, rest, len - p->tot_len)) {
        return 0; /* lost */
    }
    return got;
}
