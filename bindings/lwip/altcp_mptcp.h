/*
 * altcp_mptcp.h - lwIP's application layer TCP (altcp) over Multipath TCP: an
 * application written for altcp runs on several paths without a change.
 *
 * An allocator for altcp_new and for applications that take one:
 *
 *     static struct altcp_mptcp mptcp;
 *     altcp_mptcp_init(&mptcp);
 *     altcp_allocator_t allocator = {altcp_mptcp_alloc, &mptcp};
 *     conn = altcp_new_ip_type(&allocator, IPADDR_TYPE_ANY);
 *
 * lwIP's own servers make their connections themselves, but for TLS they call
 * altcp_tls_new. altcp_tls_mptcp.c defines that function, over MPTCP and
 * without TLS: httpd_inits((struct altcp_tls_config *)&mptcp) then serves
 * HTTP over MPTCP, on httpd's port for HTTPS. A port that has TLS leaves
 * that file out.
 */
#ifndef ALTCP_MPTCP_H
#define ALTCP_MPTCP_H

#include "lwip/altcp.h"

#include "mptcp_lwip.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the connections of an allocator are made with; it must outlive the allocator. */
struct altcp_mptcp {
    struct mptcpl_config config;
    /* May be NULL; called for each connection or listener that is made, to give it paths. */
    void (*setup)(void *arg, struct mptcpl_pcb *pcb);
    void *arg;
};

/* The defaults, no setup. */
void altcp_mptcp_init(struct altcp_mptcp *mptcp);

/* arg: a struct altcp_mptcp. NULL without memory. */
struct altcp_pcb *altcp_mptcp_alloc(void *arg, u8_t ip_type);

/* The connection or listener under conn, for statistics and paths; NULL once it is gone. */
struct mptcpl_pcb *altcp_mptcp_pcb(const struct altcp_pcb *conn);

#ifdef __cplusplus
}
#endif

#endif
