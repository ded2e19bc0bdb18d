/*
 * apart.h - MPTCP_APART marks a function that holds a seldom needed part of another one and must
 * not be inlined: the caller then saves no registers for it. In a build for size the compiler
 * decides.
 */
#ifndef MPTCP_APART_H
#define MPTCP_APART_H

#if defined(__GNUC__) && !defined(__OPTIMIZE_SIZE__)
#define MPTCP_APART __attribute__((noinline, cold))
#else
#define MPTCP_APART
#endif

#endif
