/*
 * merge.h - segments of TCP that leave one after the other become one packet for a device that
 * takes such packets (virtio's segmentation offload): one write instead of dozens.
 *
 * The device, or the kernel behind it, cuts the packet into the segments that it was made of, or
 * hands it to its own TCP whole. So only that is merged which can be told from the first header:
 * all segments but the last have the same payload length, and their headers differ in nothing but
 * what each cut changes: lengths, the IPv4 identification, sequence numbers, checksums, and PSH and
 * FIN, which stand on the last segment. The options are the same octet for octet. So segments of
 * MPTCP are merged if they are under one mapping and carry the same DATA_ACK.
 *
 *   empty     nothing is there                        add: any packet -> open or ended
 *   open      the next segment may be added           add: segment that fits -> open or ended
 *   ended     nothing may be added: it is no TCP segment with payload, or the last segment was
 *             shorter, or has PSH or FIN
 *
 * mptcpl_merge_finish, then mptcpl_merge_clear -> empty. No allocation, no I/O.
 */
#ifndef MPTCPL_MERGE_H
#define MPTCPL_MERGE_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "packet.h"

#define MPTCPL_MERGE_MAX MPTCPL_PACKET_MAX

struct mptcpl_merge {
    uint8_t packet[MPTCPL_MERGE_MAX];
    uint32_t len;      /* octets there; 0: empty */
    uint16_t ip;       /* octets of the IP header; 0: no TCP segment */
    uint16_t header;   /* ... and of both headers */
    uint16_t segment;  /* payload of the first segment */
    uint16_t segments; /* how many there are */
    bool ended;
};

/*
 * Adds a packet that lies in n pieces; IP's and TCP's header are in the first. False, and nothing
 * changes: it does not fit behind what is there, or is longer than MPTCPL_MERGE_MAX. To an empty
 * merge any packet can be added. The checksum of a TCP segment is not read.
 */
bool mptcpl_merge_add(struct mptcpl_merge *g, const struct iovec *v, int n);

/*
 * Completes the headers of the packet, which is not empty, and writes what the device is to know of
 * it. The checksum of TCP is that of the pseudo-header, which the device completes; what is no TCP
 * segment is left as it was added.
 */
void mptcpl_merge_finish(struct mptcpl_merge *g, struct virtio_net_hdr *h);

void mptcpl_merge_clear(struct mptcpl_merge *g);

#endif
