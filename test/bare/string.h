/*
 * string.h - what is used of it, for a bare-metal compiler that has no C library.
 */
#ifndef TEST_BARE_STRING_H
#define TEST_BARE_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int octet, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
