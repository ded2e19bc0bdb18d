/*
 * lwipopts.h - lwIP for MPTCP: no operating system, IPv4 and IPv6, timestamps
 * for the RTT, windows up to 1 MiB, the hooks of the binding. A port may keep
 * its own file; what MPTCP needs is marked.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

/* needed: the hooks */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_TCP_PCB_NUM_EXT_ARGS 1

/* a packet leaves on the interface of its source address; lwIP's headers look at these already */
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dest) mptcpl_hook_route4(src, dest)
#define LWIP_HOOK_IP6_ROUTE(src, dest) mptcpl_hook_route6(src, dest)

/* needed on 64-bit machines with IPv6 */
#define IPV6_FRAG_COPYHEADER 1

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_NETIF_API 0
#define LWIP_RAW 0
#define LWIP_DHCP 0
#define LWIP_AUTOIP 0
#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_IPV6_AUTOCONFIG 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_IPV6_MLD 0
#define LWIP_ND6_NUM_NEIGHBORS 4
#define LWIP_UDP 1
#define LWIP_DNS 0
#define LWIP_ALTCP 1
#define LWIP_ALTCP_TLS 1
#define HTTPD_ENABLE_HTTPS 1 /* httpd_inits, which lets httpd run over MPTCP: altcp_mptcp.h */
#define LWIP_SINGLE_NETIF 0
#define LWIP_NETIF_LOOPBACK 0
#define LWIP_HAVE_LOOPIF 0

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT 8
#ifndef MEMP_NUM_TCP_PCB
#define MEMP_NUM_TCP_PCB 64
#endif
#define MEMP_NUM_TCP_PCB_LISTEN 16
#define MEMP_NUM_TCP_SEG 4096
#define MEMP_NUM_PBUF 8192
#define MEMP_NUM_SYS_TIMEOUT 16
#ifndef PBUF_POOL_SIZE
#define PBUF_POOL_SIZE 4096
#endif
#define PBUF_POOL_BUFSIZE 1664

#define LWIP_TCP 1
#define TCP_MSS 1460
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 7
#define TCP_WND (1024 * 1024)
#define TCP_SND_BUF (1024 * 1024)
#define TCP_SND_QUEUELEN 4000
#define TCP_SNDLOWAT 32768
#define TCP_SNDQUEUELOWAT 100
#define TCP_OVERSIZE 0
#define TCP_LISTEN_BACKLOG 1
#define LWIP_TCP_TIMESTAMPS 1
#define LWIP_TCP_SACK_OUT 1 /* on pure ACKs, in the room that MPTCP's options leave */
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 0
#define TCP_MSL 1000
#define TCP_TMR_INTERVAL 50 /* RTO in ticks of twice this: the coarse 500 ms hurt recovery */

#define LWIP_STATS 0
#define LWIP_CHECKSUM_ON_COPY 0
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1 /* a TUN device may do TCP's; mptcpl_gather verifies */
#define LWIP_CHKSUM_ALGORITHM 3
#ifdef NDEBUG
#define LWIP_NOASSERT 1
#endif
#define LWIP_DBG_TYPES_ON 0

#endif
