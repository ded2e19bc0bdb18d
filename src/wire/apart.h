/*
 * apart.h - what is seldom needed stands in a function of its own, MPTCP_APART: what calls it then
 * saves no registers for it. A build for size decides by itself.
 */
#ifndef MPTCP_APART_H
#define MPTCP_APART_H

#if defined(__GNUC__) && !defined(__OPTIMIZE_SIZE__)
#define MPTCP_APART __attribute__((noinline, cold))
#else
#define MPTCP_APART
#endif

#endif
