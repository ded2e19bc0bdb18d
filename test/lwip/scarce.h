/*
 * scarce.h - lwIP's memory in the hands of a test: heap and pools give nothing when the test says
 * so. (The link wraps mem_malloc, mem_calloc, mem_free and memp_malloc: pbufs of every type are
 * made of them.) Timers are left out: lwIP asserts that its pool of them is never empty.
 */
#ifndef TEST_LWIP_SCARCE_H
#define TEST_LWIP_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

/* Of what there is nothing. */
#define SCARCE_HEAP 1u
#define SCARCE_SEGMENTS 2u /* of lwIP's send queue */
#define SCARCE_PBUFS 4u    /* descriptors of what is sent without a copy */
#define SCARCE_PACKETS 8u  /* buffers that packets are received into */
#define SCARCE_PCBS 16u
#define SCARCE_ALL 31u

/* Nothing of these from now on; 0: there is enough of all. */
void scarce(unsigned kinds);

/* Allocation k from now on (0: the next) fails, and no other. */
void scarce_at(unsigned long k);

/* From now on the heap is in blocks of at most n octets, until scarce_begin. */
void scarce_blocks(size_t n);

/* Allocations since the last scarce_at or scarce_begin, failed ones included. */
unsigned long scarce_asked(void);

/* Called with every block of the heap that is freed, while it still has what it had, and its
 * octets. NULL: none. */
void scarce_watch(void (*freed)(const void *block, size_t n));

/* Octets of the heap that are in use now, as they were asked for. */
size_t scarce_held(void);

/* Enough of all; counts from 0; no watch. */
void scarce_begin(void);

#endif
