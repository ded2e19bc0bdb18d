/*
 * cc.h - the compiler and the C library, for any hosted gcc or clang.
 */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stdio.h>
#include <stdlib.h>

#define LWIP_ERRNO_STDINCLUDE 1
#define LWIP_PLATFORM_DIAG(x) \
    do {                      \
        printf x;             \
    } while (0)
#define LWIP_PLATFORM_ASSERT(x)                                                 \
    do {                                                                        \
        fprintf(stderr, "lwIP assertion: %s (%s:%d)\n", x, __FILE__, __LINE__); \
        abort();                                                                \
    } while (0)
#define LWIP_RAND() ((u32_t)rand())

typedef unsigned int sys_prot_t; /* of a port with threads */

#endif
