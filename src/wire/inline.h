/*
 * inline.h - small functions in headers. Each has one external copy, in the .c file beside the
 * header: a build for speed inlines the function, a build for size calls that copy.
 */
#ifndef MPTCP_INLINE_H
#define MPTCP_INLINE_H

#if defined(__GNUC__) && defined(__OPTIMIZE_SIZE__)
/* GCC warns of functions that are both. */
#pragma GCC diagnostic ignored "-Wattributes"
#define MPTCP_INLINE inline __attribute__((noinline))
#else
#define MPTCP_INLINE inline
#endif

#endif
