/*
 * inline.h - MPTCP_INLINE marks small functions in headers. Each has one external copy in a .c
 * file: a build for speed inlines the function, a build for size calls the copy.
 */
#ifndef MPTCP_INLINE_H
#define MPTCP_INLINE_H

#if defined(__GNUC__) && defined(__OPTIMIZE_SIZE__)
/* GCC warns about functions that are both inline and noinline. */
#pragma GCC diagnostic ignored "-Wattributes"
#define MPTCP_INLINE inline __attribute__((noinline))
#else
#define MPTCP_INLINE inline
#endif

#endif
