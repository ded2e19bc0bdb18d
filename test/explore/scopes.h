/*
 * scopes.h - words of which scopes are made (scopes.c, scopes_0.c).
 */
#ifndef EXPLORE_SCOPES_H
#define EXPLORE_SCOPES_H

#include "explore.h"

/* Tables of the least size, and of 16; the host's TCPs copy what they are given, or do not. */
#define ONE .subflows = 1, .addrs = 2, .unit = 2
#define TWO .subflows = 2, .addrs = 3, .unit = 2
#define LEAST .runs = 2
#define SIXTEEN .runs = 16
#define WINDOW .rcv_buf = 64
/* A DATA_ACK has no room beside an ADD_ADDR or its echo. (A DATA_ACK that has left on data that was
 * sent again counts as said, although it may have been dropped: no RESEND where an echo follows.)
 */
#define TIGHT .room = 28, .ipv6 = 1
#define COPIES .flags = {MPTCP_CFG_TCP_COPIES, MPTCP_CFG_TCP_COPIES}
#define SUMS \
    .flags = {MPTCP_CFG_TCP_COPIES | MPTCP_CFG_CHECKSUM, MPTCP_CFG_TCP_COPIES | MPTCP_CFG_CHECKSUM}
#define VERSION_0 .old = {1, 1}
#define TIMERS(a, b) [TIMER_A] = (a), [TIMER_B] = (b)

/* scopes_0.c */
extern const struct scope scopes_0[];
extern const unsigned scopes_0_count;

#endif
