/*
 * sized.c - fills and checks structures that begin with their size (sized.h).
 */
#include "tables/sized.h"

#include "wire/mem.h"

void sized_fill(void *p, size_t size, const void *from, size_t known)
{
    uint32_t own = (uint32_t)size;

    if (p == NULL || size < sizeof own) {
        return;
    }
    memset(p, 0, size);
    memcpy(p, from, size < known ? size : known);
    memcpy(p, &own, sizeof own);
}

bool sized_right(const void *p, size_t least, size_t known)
{
    uint32_t size;

    memcpy(&size, p, sizeof size);
    if (size < least || size > SIZED_MOST) {
        return false;
    }
    for (size_t i = known; i < size; i++) {
        if (((const uint8_t *)p)[i] != 0) {
            return false;
        }
    }
    return true;
}
