/*
 * secret.c - compares and erases secrets. The comparison reads volatile octets: the compiler must
 * do every access, and cannot stop early. Erasing calls memset through a volatile pointer: the
 * compiler does not know what is called, so it cannot drop the call for memory that is not read
 * again.
 */
#include "mptcp/crypto.h"
#include "wire/mem.h"

bool mptcp_ct_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = (const volatile uint8_t *)a;
    const volatile uint8_t *y = (const volatile uint8_t *)b;
    unsigned differ = 0;
    if (a == NULL || b == NULL) {
        return n == 0;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned left = x[i];
        differ |= left ^ y[i];
    }
    return differ == 0;
}

void mptcp_wipe(void *p, size_t n)
{
    void *(*volatile call_memset)(void *, int, size_t) = memset;

    if (p != NULL) {
        call_memset(p, 0, n);
    }
}
