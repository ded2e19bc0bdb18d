/*
 * offload.h - a TUN device that takes and gives large packets of TCP, each with virtio's header
 * before it, which says of which segments it is made: fewer reads and writes.
 */
#ifndef MPTCP_NC_OFFLOAD_H
#define MPTCP_NC_OFFLOAD_H

#include "nc.h"
#include "port/merge.h"

#include "lwip/pbuf.h"

#define NC_PIECES 8 /* of a packet of lwIP's */

/* The pieces of p; returns how many. */
int nc_pieces(const struct pbuf *p, struct iovec v[NC_PIECES]);

/* Whether the kernel has such devices. The device is then to be attached with IFF_VNET_HDR. */
bool nc_offload_possible(int fd);

/*
 * Of a device that is attached: whether it may give large packets, and packets with an incomplete
 * checksum. A device remembers this, and how long virtio's header is, when its program is gone: so
 * it is to be said whenever one is attached, with offload or without, and unsaid at the end. Does
 * nothing where the kernel can't.
 */
void nc_offload_ask(int fd, bool on);

/* A packet leaves: it is merged with what waits, or that leaves at once and the packet waits. */
void nc_offload_put(int fd, struct mptcpl_merge *waiting, const struct iovec *v, int n);

/* What waits leaves. */
void nc_offload_flush(int fd, struct mptcpl_merge *waiting);

/*
 * Reads a packet into p, which is shortened or extended to its length. Returns the octets that were
 * read, virtio's header included; 0 or less: none, as readv. *whole: TCP's checksum need not be
 * verified: it is incomplete, since the packet has not been on any wire, or known to be right.
 */
ssize_t nc_offload_get(int fd, struct pbuf *p, bool *whole);

#endif
