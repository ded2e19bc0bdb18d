/*
 * mem.h - the four memory functions, which are all that the core asks of a
 * C library.
 *
 * Where there is a <string.h> they come from it. A freestanding toolchain may
 * have none; then they are declared here, and the image supplies them: the
 * compiler calls them on its own account anyway (struct copies).
 */
#ifndef MPTCP_MEM_H
#define MPTCP_MEM_H

#include <stddef.h>

#if defined(__has_include)
#if __has_include(<string.h>)
#define MPTCP_MEM_FROM_LIBC 1
#endif
#elif __STDC_HOSTED__
#define MPTCP_MEM_FROM_LIBC 1
#endif

#ifdef MPTCP_MEM_FROM_LIBC
#include <string.h>
#else
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *p, int octet, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif

/* In a freestanding build the compiler takes these for anybody's functions, and calls them even
 * to load one word. By its own names it knows what they do. */
#ifdef __GNUC__
#define memcpy __builtin_memcpy
#define memcmp __builtin_memcmp
#endif

#endif
