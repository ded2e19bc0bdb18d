/*
 * hooks.h - what lwIP calls: LWIP_HOOK_FILENAME of lwipopts.h. The functions
 * are in hooks.c, one in returning.c.
 */
#ifndef MPTCPL_HOOKS_H
#define MPTCPL_HOOKS_H

#include "lwip/arch.h"
#include "lwip/ip_addr.h"

struct tcp_pcb;
struct tcp_hdr;
struct pbuf;
struct netif;

s8_t mptcpl_hook_in(struct tcp_pcb *pcb, struct tcp_hdr *hdr, u16_t optlen, u16_t opt1len,
                    u8_t *opt2, struct pbuf *p);
u8_t mptcpl_hook_optlen(const struct tcp_pcb *pcb, u8_t internal);
u32_t *mptcpl_hook_opts(struct pbuf *p, struct tcp_hdr *hdr, const struct tcp_pcb *pcb,
                        u32_t *opts);
u32_t mptcpl_hook_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote,
                      u16_t remote_port);
struct netif *mptcpl_hook_route4(const void *src, const void *dest);
struct netif *mptcpl_hook_route6(const void *src, const void *dest);
int mptcpl_hook_ip6(struct pbuf *p);
int mptcpl_hook_ip(struct pbuf *p); /* returning.c; not 0: the packet was taken */

#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p) \
    mptcpl_hook_in(pcb, hdr, optlen, opt1len, opt2, p)
#define LWIP_HOOK_TCP_OUT_TCPOPT_LENGTH(pcb, internal) mptcpl_hook_optlen(pcb, internal)
#define LWIP_HOOK_TCP_OUT_ADD_TCPOPTS(p, hdr, pcb, opts) mptcpl_hook_opts(p, hdr, pcb, opts)
#define LWIP_HOOK_TCP_ISN(lip, lport, rip, rport) mptcpl_hook_isn(lip, lport, rip, rport)
#define LWIP_HOOK_IP4_INPUT(p, netif) mptcpl_hook_ip(p)
#define LWIP_HOOK_IP6_INPUT(p, netif) mptcpl_hook_ip6(p)

#endif
