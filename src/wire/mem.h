/*
 * mem.h - declares memcpy, memmove, memset and memcmp, which are all that the core needs of a C
 * library.
 *
 * They come from <string.h>, if there is one. A freestanding toolchain may have none: then they are
 * declared here, and the program must define them. It must anyway, since the compiler calls them to
 * copy structures.
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

/* In a freestanding build the compiler does not know what memcpy and memcmp do, and calls them even
 * to load one word. It knows what its builtins do, and inlines them. */
#ifdef __GNUC__
#define memcpy __builtin_memcpy
#define memcmp __builtin_memcmp
#endif

#endif
