/*
 * lwip_parts.h - private to the binding: what of lwIP can be left out by its options, and how it
 * counts windows.
 */
#ifndef MPTCPL_LWIP_PARTS_H
#define MPTCPL_LWIP_PARTS_H

#include <stdbool.h>

#include "lwip/opt.h"

#include "lwip/tcp.h"

#define OPT_TIMESTAMP 12u /* what lwIP itself writes on anything but a SYN, at most */

/* As lwIP counts windows: in 16 bits, where it does not scale them. */
static inline tcpwnd_size_t mptcpl_window(uint32_t octets)
{
    return (tcpwnd_size_t)LWIP_MIN(octets, (tcpwnd_size_t)-1);
}

/* What of lwIP can be left out. Octets of a timestamp on each segment. */
#if LWIP_TCP_TIMESTAMPS
static inline unsigned mptcpl_timestamp(const struct tcp_pcb *pcb)
{
    return (pcb->flags & TF_TIMESTAMP) != 0 ? OPT_TIMESTAMP : 0;
}
#else
static inline unsigned mptcpl_timestamp(const struct tcp_pcb *pcb)
{
    (void)pcb;
    return 0;
}
#endif

/* Both ends may send SACK blocks. */
#if LWIP_TCP_SACK_OUT
static inline bool mptcpl_sacks(const struct tcp_pcb *pcb)
{
    return (pcb->flags & TF_SACK) != 0;
}
#else
static inline bool mptcpl_sacks(const struct tcp_pcb *pcb)
{
    (void)pcb;
    return false;
}
#endif

#endif
