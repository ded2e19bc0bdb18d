/*
 * lwipopts.h - lwIP with a thread of its own and its socket layer, for sockets.c and the tests of
 * bindings/lwip/threads: what differs from the file of a port without an operating system.
 */
#ifndef EXAMPLE_THREADS_LWIPOPTS_H
#define EXAMPLE_THREADS_LWIPOPTS_H

#include "../../lwipopts.h"

#include <sys/time.h> /* struct timeval is the C library's */

#undef NO_SYS
#define NO_SYS 0
#undef SYS_LIGHTWEIGHT_PROT
#define SYS_LIGHTWEIGHT_PROT 1 /* needed: pbufs are freed in any thread */

#ifndef LWIP_TCPIP_CORE_LOCKING
#define LWIP_TCPIP_CORE_LOCKING 1 /* either */
#endif
#define LWIP_TCPIP_CORE_LOCKING_INPUT 0
#define LWIP_NETCONN_SEM_PER_THREAD 1 /* or else each mptcpl_call makes and frees a semaphore */

/* Without these lwIP has no timer while it has no connection, and its thread sleeps. */
#undef LWIP_IPV6
#define LWIP_IPV6 0
#define IP_REASSEMBLY 0

#undef LWIP_NETCONN
#define LWIP_NETCONN 1
#undef LWIP_SOCKET
#define LWIP_SOCKET 1
#define LWIP_COMPAT_SOCKETS 0
#define LWIP_TIMEVAL_PRIVATE 0

/* What is under way fits the mailboxes that packets go through: 128 of them. */
#undef TCP_WND
#define TCP_WND (64 * 1024)
#undef TCP_SND_BUF
#define TCP_SND_BUF (128 * 1024)
#define TCPIP_MBOX_SIZE 128
#define DEFAULT_TCP_RECVMBOX_SIZE 128
#define DEFAULT_ACCEPTMBOX_SIZE 16
#define MEMP_NUM_TCPIP_MSG_INPKT 128
#define MEMP_NUM_TCPIP_MSG_API 64
#define MEMP_NUM_NETCONN 32

/* Raw calls in the wrong thread, or without the lock, end the program. */
#define LWIP_ASSERT_CORE_LOCKED() sys_check_core_locking()
void sys_check_core_locking(void);

#endif
