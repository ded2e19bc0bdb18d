/*
 * scarce.c - the wrapped allocators of scarce.h.
 */
#include "scarce.h"

#include <limits.h>

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
    void (*freed)(const void *block);
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

unsigned long scarce_asked(void)
{
    return state.asked;
}

void scarce_watch(void (*freed)(const void *block))
{
    state.freed = freed;
}

void scarce_begin(void)
{
    state.none = 0;
    state.freed = NULL;
    scarce_at(ULONG_MAX);
}

static bool refused(unsigned kind)
{
    return state.asked++ == state.fails || (state.none & kind) != 0;
}

void *__wrap_mem_malloc(mem_size_t size)
{
    return refused(SCARCE_HEAP) ? NULL : __real_mem_malloc(size);
}

void *__wrap_mem_calloc(mem_size_t count, mem_size_t size)
{
    return refused(SCARCE_HEAP) ? NULL : __real_mem_calloc(count, size);
}

void __wrap_mem_free(void *block)
{
    if (state.freed != NULL && block != NULL) {
        state.freed(block);
    }
    __real_mem_free(block);
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
