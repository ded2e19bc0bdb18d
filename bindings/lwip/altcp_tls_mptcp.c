/*
 * altcp_tls_mptcp.c - altcp_tls_new over MPTCP and without TLS, for lwIP's
 * applications that call nothing else. See altcp_mptcp.h.
 */
#include "altcp_mptcp.h"

#if LWIP_ALTCP && LWIP_ALTCP_TLS

#include "lwip/altcp_tls.h"

struct altcp_pcb *altcp_tls_new(struct altcp_tls_config *config, u8_t ip_type)
{
    return altcp_mptcp_alloc(config, ip_type);
}

#endif
