/*
 * scarce.c - the wrapped allocators of scarce.h.
 */
#include "scarce.h"

#include <limits.h>
#include <string.h>

#include "lwip/mem.h"
#include "lwip/memp.h"

void *__real_mem_malloc(mem_size_t size);
void *__real_mem_calloc(mem_size_t count, mem_size_t size);
void *__real_memp_malloc(memp_t type);
void __real_mem_free(void *block);
void __wrap_mem_free(void *block);
void *__wrap_mem_malloc(mem_size_t size);
void *__wrap_mem_calloc(mem_size_t count, mem_size_t size);
void *__wrap_memp_malloc(memp_t type);

static struct {
    unsigned none; /* SCARCE_ bits */
    unsigned long asked;
    unsigned long fails; /* the number of the one that does */
    void (*freed)(const void *block, size_t n);
    size_t held;
    size_t longest; /* block of the heap; 0: any */
} state = {.fails = ULONG_MAX};

void scarce(unsigned kinds)
{
    state.none = kinds;
}

void scarce_at(unsigned long k)
{
    state.asked = 0;
    state.fails = k;
}

size_t scarce_held(void)
{
    return state.held;
}

unsigned long scarce_asked(void)
{
    return state.asked;
}

void scarce_watch(void (*freed)(const void *block, size_t n))
{
    state.freed = freed;
}

void scarce_blocks(size_t n)
{
    state.longest = n;
}

void scarce_begin(void)
{
    state.none = 0;
    state.longest = 0;
    state.freed = NULL;
    scarce_at(ULONG_MAX);
}

static bool refused(unsigned kind)
{
    return state.asked++ == state.fails || (state.none & kind) != 0;
}

/* Before each block stands its size. */
#define HEAD 16u

static void *noted(uint8_t *block, size_t size)
{
    if (block == NULL) {
        return NULL;
    }
    memcpy(block, &size, sizeof size);
    state.held += size;
    return block + HEAD;
}

/* Blocks that are watched are empty at first: what an earlier test has left there is not theirs. */
void *__wrap_mem_malloc(mem_size_t size)
{
    bool none = refused(SCARCE_HEAP) || (state.longest != 0 && size > state.longest);
    void *block = none ? NULL : noted(__real_mem_malloc(size + HEAD), size);

    if (block != NULL && state.freed != NULL) {
        memset(block, 0, size);
    }
    return block;
}

void *__wrap_mem_calloc(mem_size_t count, mem_size_t size)
{
    size_t n = (size_t)count * size;
    return refused(SCARCE_HEAP) ? NULL : noted(__real_mem_calloc(1, n + HEAD), n);
}

void __wrap_mem_free(void *block)
{
    size_t size;

    if (block == NULL) {
        return;
    }
    memcpy(&size, (uint8_t *)block - HEAD, sizeof size);
    if (state.freed != NULL) {
        state.freed(block, size);
    }
    state.held -= size;
    __real_mem_free((uint8_t *)block - HEAD);
}

static unsigned kind_of(memp_t type)
{
    switch (type) {
    case MEMP_TCP_SEG:
        return SCARCE_SEGMENTS;
    case MEMP_PBUF:
        return SCARCE_PBUFS;
    case MEMP_PBUF_POOL:
        return SCARCE_PACKETS;
    case MEMP_TCP_PCB:
    case MEMP_TCP_PCB_LISTEN:
        return SCARCE_PCBS;
    default:
        return 0;
    }
}

void *__wrap_memp_malloc(memp_t type)
{
    unsigned kind = kind_of(type);
    return kind != 0 && refused(kind) ? NULL : __real_memp_malloc(type);
}
