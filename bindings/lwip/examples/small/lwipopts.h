/*
 * lwipopts.h - lwIP as it is on a small board, for raw.c: IPv4 only, windows of some segments that
 * are not scaled, no timestamps, no SACK, lwIP's own heap and pools.
 */
#ifndef EXAMPLE_SMALL_LWIPOPTS_H
#define EXAMPLE_SMALL_LWIPOPTS_H

/* for the binding */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_TCP_PCB_NUM_EXT_ARGS 1
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dest) mptcpl_hook_route4(src, dest)

#define NO_SYS 1
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_RAW 0
#define LWIP_DHCP 0
#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_IPV6 0
#define SYS_LIGHTWEIGHT_PROT 0

#define MEM_SIZE (256 * 1024)
#define MEM_ALIGNMENT 8
#define MEMP_NUM_TCP_PCB 8
#define MEMP_NUM_TCP_SEG 64
#define MEMP_NUM_PBUF 64
#define PBUF_POOL_SIZE 32

#define TCP_MSS 1460
#define TCP_WND (8 * TCP_MSS)
#define TCP_SND_BUF (8 * TCP_MSS)
#define TCP_SND_QUEUELEN 32
#define TCP_OVERSIZE 0
#define LWIP_STATS 0

#endif
