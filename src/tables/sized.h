/*
 * sized.h - floor 2: structures of the caller's that begin with their size (mptcp_config,
 * mptcp_path), so that later versions can append members (mptcp/version.h).
 */
#ifndef MPTCP_TABLES_SIZED_H
#define MPTCP_TABLES_SIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where `member` of a structure ends: the size of the structure in the version that has no member
 * after it. */
#define SIZED_UPTO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* No structure of a later version is larger than this. */
#define SIZED_MOST 512u

/* Fills a structure of `size` octets at p, whose first member is that size, with the members of
 * *from, which has `known` octets; what lies after them becomes 0. NULL, or less octets than the
 * first member has, does nothing. */
void sized_fill(void *p, size_t size, const void *from, size_t known);

/* True if a structure at p, whose first member is its size, can be read: it has the members up to
 * `least` octets, and those from `known` octets on, which this version does not know, are 0. */
bool sized_right(const void *p, size_t least, size_t known);

#endif
