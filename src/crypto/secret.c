/*
 * secret.c - comparing and erasing secrets. Both go through volatile octets: the
 * compiler must do every access, so it can neither stop a comparison early
 * nor drop a store to memory that is about to die.
 */
#include "mptcp/crypto.h"

bool mptcp_ct_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = (const volatile uint8_t *)a;
    const volatile uint8_t *y = (const volatile uint8_t *)b;
    unsigned differ = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned left = x[i];
        differ |= left ^ y[i];
    }
    return differ == 0;
}

void mptcp_wipe(void *p, size_t n)
{
    volatile uint8_t *octet = (volatile uint8_t *)p;
    for (size_t i = 0; i < n; i++) {
        octet[i] = 0;
    }
}
